package metaexport_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pagerisk/fixtures"
	"pagerisk/scanner"
	"pagerisk/scanner/metaexport"
)

// dated are the plain lines with their publication, to the minute: Instagram's documents have no seconds.
func dated(s seen) []string {
	var out []string
	for i, l := range s.lines() {
		out = append(out, plain([]string{l})[0]+" "+s.items[i].Created.Truncate(time.Minute).Format(time.RFC3339))
	}
	slices.Sort(out)
	return out
}

// An account gives the same items as HTML that it gives as JSON, in every generation that had both, in every language
// and with every set of class names, but for what HTML documents do not say.
func TestHTMLGivesWhatJSONGives(t *testing.T) {
	account := everything()
	type variant struct {
		lang string
		era  fixtures.Era
	}
	variants := []variant{{"de", fixtures.EraUnknown}, {"en", fixtures.Era2025}}
	for _, lang := range fixtures.Languages {
		variants = append(variants, variant{lang, ""})
	}
	for _, g := range fixtures.Generations {
		if g == fixtures.Instagram20 {
			continue
		}
		want := dated(scanPaths(t, write(t, fixtures.Build(g, fixtures.JSON, account, fixtures.Options{}))...))
		for i, l := range want {
			if !g.Instagram() {
				// Names that Facebook's JSON lists with a post stand in no document that was ever described.
				want[i] = strings.ReplaceAll(l, ` tags="Änne Größner"`, "")
			} else if strings.Contains(l, "Wir begrüßen") {
				// Instagram's documents do what its JSON does not: they name who is tagged.
				want[i] = strings.Replace(l, "] ", `] tags="Änne" `, 1)
			}
		}
		want = slices.DeleteFunc(want, func(l string) bool { return strings.Contains(l, "Tolle Arbeit!") })
		slices.Sort(want)
		for _, v := range variants {
			if v.lang != "de" && g != fixtures.FacebookPage && g != fixtures.Instagram25 {
				continue
			}
			t.Run(fmt.Sprint(g, " ", v.lang, " ", v.era), func(t *testing.T) {
				tree := fixtures.Build(g, fixtures.HTML, html(account, g), fixtures.Options{Lang: v.lang, Era: v.era})
				s := scanPaths(t, write(t, tree)...)
				if diff := cmp.Diff(want, dated(s)); diff != "" {
					t.Errorf("items (-want +got):\n%s", diff)
				}
				for _, i := range s.items {
					if !i.ZoneAssumed {
						t.Errorf("%q: zone not marked as assumed", i.Text)
					}
				}
				checkTally(t, s, len(tree))
			})
		}
	}
}

// html is the account with what only documents have.
func html(a *fixtures.Account, g fixtures.Generation) *fixtures.Account {
	c := *a
	c.Posts = slices.Clone(a.Posts)
	for i := range c.Posts {
		if g.Instagram() && len(c.Posts[i].Tags) > 0 {
			c.Posts[i].Tags = []string{"Änne"}
		}
	}
	return &c
}

func TestHTMLSourceIsASource(t *testing.T) {
	for _, g := range []fixtures.Generation{fixtures.FacebookPage, fixtures.Instagram25} {
		t.Run(string(g), func(t *testing.T) {
			paths := write(t, fixtures.Build(g, fixtures.HTML, everything(), fixtures.Options{}))
			fixtures.TestSource(t, func() (scanner.Source, error) {
				return metaexport.Open(context.Background(), paths, metaexport.Options{Zone: fixtures.Berlin})
			})
		})
	}
}

// One document of many blocks: the time grows with it, what is held does not.
func BenchmarkReadHTML(b *testing.B) {
	for _, n := range []int{1_000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			a := &fixtures.Account{Name: "Bank", User: "bank", ID: "1"}
			for i := range n {
				a.Posts = append(a.Posts, fixtures.Post{At: at(i), Text: fmt.Sprint("Beitrag ", i), Media: []fixtures.Medium{gone(photo(i))}})
			}
			tree := fixtures.Build(fixtures.FacebookPage, fixtures.HTML, a, fixtures.Options{})
			paths := write(b, tree)
			var read int
			for b.Loop() {
				src, err := metaexport.Open(context.Background(), paths, metaexport.Options{Zone: fixtures.Berlin})
				if err != nil {
					b.Fatal(err)
				}
				read = 0
				for e, err := range src.Read(context.Background(), "") {
					if err != nil {
						b.Fatal(err)
					}
					if e.Item != nil {
						read++
					}
				}
				src.Close()
			}
			b.ReportMetric(float64(read*b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}
