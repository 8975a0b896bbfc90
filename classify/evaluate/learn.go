package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"slices"

	"pagerisk/classify"
)

// pagesOf says what kind of organisation publishes each page, from the texts of its rows.
func pagesOf(rows []*row) map[string]classify.Page {
	samples := map[string][]string{}
	for _, r := range rows {
		samples[r.Page] = append(samples[r.Page], r.Text)
	}
	pages := map[string]classify.Page{}
	for name, sample := range samples {
		pages[name] = classify.PageOf(name, "", sample)
	}
	return pages
}

// learn trains the scorer of the learned words on labelled rows and writes its file. The rows are the project's own
// practice posts; rows that are evaluated are never among them.
func learn(rules *classify.Rules, out string, files []string, rows []*row, answers []answer, stderr io.Writer) error {
	pages := pagesOf(rows)
	head, err := learnedFrom(rules, files)
	if err != nil {
		return err
	}
	var examples []classify.Labelled
	for i, r := range rows {
		examples = append(examples, classify.Labelled{Subject: r.subject(pages[r.Page]), Labels: answers[i].Labels})
	}
	var buf bytes.Buffer
	buf.WriteString(head)
	held, err := classify.Learn(rules, examples, &buf)
	if err != nil {
		return err
	}
	fmt.Fprintf(stderr, "%d rows, %d bytes; F1 on pages held back:", len(examples), buf.Len())
	for _, l := range classify.Labels {
		if f1, ok := held[l]; ok {
			fmt.Fprintf(stderr, " %s %.3f", l, f1)
		}
	}
	fmt.Fprintln(stderr)
	return os.WriteFile(out, buf.Bytes(), 0o644)
}

// learnedFrom is the first line of the trained file: what it was made from. A test compares it, so that rows or rules
// that changed since are noticed.
func learnedFrom(rules *classify.Rules, files []string) (string, error) {
	hash := sha256.New()
	for _, name := range slices.Sorted(slices.Values(files)) {
		data, err := os.ReadFile(name)
		if err != nil {
			return "", err
		}
		hash.Write(data)
	}
	return fmt.Sprintf("// rows %x, rules %s\n", hash.Sum(nil)[:8], rules.Digest()), nil
}
