package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pagerisk/classify"
)

var update = flag.Bool("update", false, "rewrite the golden file")

const (
	sanity = "../training/sanity.jsonl"
	golden = "testdata/sanity.golden.json"
)

// The figures on the project's own rows are pinned, so that a change of a rule shows what it changes. They are no claim
// about unseen pages.
func TestSanityRows(t *testing.T) {
	var out, errs bytes.Buffer
	if code := run([]string{"--json", sanity}, &out, &errs); code != 0 {
		t.Fatalf("exit %d: %s", code, errs.String())
	}
	if *update {
		if err := os.WriteFile(golden, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), out.String()); diff != "" {
		t.Errorf("figures changed; look at them and run with -update (-want +got)\n%s", diff)
	}
	var r result
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"employee", "customer", "other_person", "stock", "third_party_work", "minor", "special_category", personsFlag} {
		if r.Labels[name] == nil {
			t.Errorf("no figures for %s", name)
		}
	}
}

// The classifier never sees labels or reasons: without them it finds the same.
func TestLabelsAreHidden(t *testing.T) {
	data, err := os.ReadFile(sanity)
	if err != nil {
		t.Fatal(err)
	}
	var bare bytes.Buffer
	for line := range bytes.Lines(data) {
		var m map[string]any
		if err := json.Unmarshal(line, &m); err != nil {
			t.Fatal(err)
		}
		delete(m, "labels")
		m["why"] = "stock minor employee"
		b, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		bare.Write(append(b, '\n'))
	}
	other := filepath.Join(t.TempDir(), "bare.jsonl")
	if err := os.WriteFile(other, bare.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	rules, err := classify.BuiltinRules()
	if err != nil {
		t.Fatal(err)
	}
	findings := func(name string) [][]classify.Finding {
		var rows []*row
		var answers []answer
		if err := load(name, &rows, &answers); err != nil {
			t.Fatal(err)
		}
		m, err := measure(rules, rows, answers, classify.Possible)
		if err != nil {
			t.Fatal(err)
		}
		return m.findings
	}
	if diff := cmp.Diff(findings(sanity), findings(other)); diff != "" {
		t.Errorf("(-with +without labels)\n%s", diff)
	}
}

const rowOf = `{"id":"a","page":"Bäckerei","platform":"facebook","kind":"post","created":"2024-01-01T00:00:00Z","text":"Unsere Kollegin Petra","media":[{"type":"photo","file":"1_n.jpg","people":1,"alt":""}],"labels":["customer"]}`

func TestRun(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	good := write("good.jsonl", rowOf+"\n\n")
	tests := []struct {
		name string
		args []string
		code int
		out  string // must be part of standard output
		err  string // … of standard error
	}{
		{"table", []string{good}, 0, "employee               0     1     0      0.000    0.000    0.000", ""},
		{"persons", []string{good}, 0, "persons_flag           1     0     0      1.000    1.000    1.000", ""},
		{"json", []string{"--json", good}, 0, `"customer":{"tp":0,"fp":0,"fn":1,"precision":0,"recall":0,"f1":0}`, ""},
		{"wrong", []string{"--wrong", good}, 0, "+employee -customer  a  [Bäckerei] post, 1 people\n  Unsere Kollegin Petra\n    employee", ""},
		{"band", []string{"--band", "sure", good}, 0, "band sure and up", ""},
		{"folder", []string{dir}, 1, "", "bad.jsonl"},
		{"no corpus", nil, 2, "", "name a labelled corpus"},
		{"every job has its form", nil, 2, "", "[--rates FILE] CORPUS...\n       evaluate [--rules FOLDER] --learn FILE CORPUS..."},
		{"no band", []string{"--band", "perhaps", good}, 2, "", "\"perhaps\" is none of sure, likely, possible"},
		{"two jobs", []string{"--learn", "x", "--rates", "y", good}, 2, "", "leave out --rates"},
		{"no flag", []string{"--x", good}, 2, "", "usage"},
		{"no file", []string{filepath.Join(dir, "none")}, 1, "", "none"},
		{"broken row", []string{write("bad.jsonl", "{\n")}, 1, "", "line 1"},
		{"unknown label", []string{write("bad.jsonl", strings.Replace(rowOf, "customer", "staff", 1))}, 1, "", `line 1: no label "staff"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out, errs bytes.Buffer
			if code := run(tt.args, &out, &errs); code != tt.code {
				t.Errorf("exit %d, want %d: %s", code, tt.code, errs.String())
			}
			if !strings.Contains(out.String(), tt.out) {
				t.Errorf("standard output lacks %q:\n%s", tt.out, out.String())
			}
			if !strings.Contains(errs.String(), tt.err) {
				t.Errorf("standard error lacks %q:\n%s", tt.err, errs.String())
			}
		})
	}
}

// The published hit rates are those of the rules as they are, measured on fixtures/corpus. Where they are not, run
//
//	go run ./classify/evaluate --rates classify/rates.toml fixtures/corpus
func TestPublishedRatesAreCurrent(t *testing.T) {
	files, err := filepath.Glob("../../fixtures/corpus/*.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	now := filepath.Join(t.TempDir(), "rates.toml")
	corpus := "../../fixtures/corpus"
	if len(files) == 0 {
		corpus = t.TempDir()
	}
	var out, errs bytes.Buffer
	if code := run([]string{"--rates", now, corpus}, &out, &errs); code != 0 {
		t.Fatalf("exit %d: %s", code, errs.String())
	}
	want, err := os.ReadFile(now)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../rates.toml")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("classify/rates.toml is not current (-want +got)\n%s", diff)
	}
	published := classify.PublishedRates()
	if len(published.Corpus) != len(files) || len(published.Labels) != len(classify.Labels) {
		t.Errorf("published: %d files and %d labels; want %d and %d", len(published.Corpus), len(published.Labels), len(files), len(classify.Labels))
	}
}
