package main

import (
	"testing"

	"pagerisk/classify"
)

// posts are the 785 posts of fixtures/corpus, all different: what one post leaves in the processor's memory is of little
// use to the next, as in a real account.
func posts(b *testing.B) (*classify.Classifier, []*classify.Subject) {
	b.Helper()
	rules, err := classify.BuiltinRules()
	if err != nil {
		b.Fatal(err)
	}
	var rows []*row
	var answers []answer
	files, err := corpora([]string{"../../fixtures/corpus"})
	if err != nil {
		b.Fatal(err)
	}
	for _, name := range files {
		if err := load(name, &rows, &answers); err != nil {
			b.Fatal(err)
		}
	}
	pages := pagesOf(rows)
	subjects := make([]*classify.Subject, 0, len(rows))
	for _, r := range rows {
		subjects = append(subjects, r.subject(pages[r.Page]))
	}
	return classify.New(rules), subjects
}

// BenchmarkPost measures one post on one core. A million captions in 60 s on two cores allow 120 µs.
func BenchmarkPost(b *testing.B) {
	c, subjects := posts(b)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		if _, err := c.Classify(subjects[n%len(subjects)]); err != nil {
			b.Fatal(err)
		}
		n++
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N), "µs/post")
}

// BenchmarkPosts measures posts on all cores: "-benchtime 1000000x" is a million.
func BenchmarkPosts(b *testing.B) {
	c, subjects := posts(b)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for n := 0; pb.Next(); n++ {
			if _, err := c.Classify(subjects[n%len(subjects)]); err != nil {
				b.Error(err)
				return
			}
		}
	})
}
