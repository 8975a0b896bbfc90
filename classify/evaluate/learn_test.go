package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pagerisk/classify"
)

// The learned words are those of the rows and rules at hand: go run ./classify/evaluate --learn classify/learned.tsv
// classify/training
func TestLearnedWordsAreCurrent(t *testing.T) {
	rules, err := classify.BuiltinRules()
	if err != nil {
		t.Fatal(err)
	}
	files, err := corpora([]string{"../training"})
	if err != nil || len(files) == 0 {
		t.Fatalf("training rows: %v, %v", files, err)
	}
	want, err := learnedFrom(rules, files)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile("../learned.tsv")
	if err != nil {
		t.Fatal(err)
	}
	if got, _, _ := strings.Cut(string(data), "\n"); got+"\n" != want {
		t.Errorf("learned.tsv was made from %q, now it would be made from %q: train anew", got, want)
	}
}

// Training twice gives the same bytes, and what it learned decides new posts.
func TestLearn(t *testing.T) {
	rows := filepath.Join(t.TempDir(), "rows.jsonl")
	var lines strings.Builder
	for i, what := range []string{"Tanja", "Uwe", "Sina", "Ralf", "Gabi", "Kurt", "Inge", "Nils"} {
		page := "Laden " + what
		for _, kind := range []struct{ text, label string }{
			{what + " zupft heute die Glimmerknolle.", "employee"}, {what + " bestaunt heute die Wunderrübe.", "customer"},
		} {
			lines.WriteString(`{"id":"` + kind.label + what + `","page":"` + page + `","platform":"facebook","kind":"post","created":"2024-01-0` +
				string(rune('1'+i)) + `T10:00:00Z","lang":"de","text":"` + kind.text + `","media":[{"type":"photo","file":"1_n.jpg","people":1,"alt":""}],"labels":["` + kind.label + `"]}` + "\n")
		}
	}
	if err := os.WriteFile(rows, []byte(lines.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	var first []byte
	for range 2 {
		out := filepath.Join(t.TempDir(), "learned.tsv")
		var stderr bytes.Buffer
		if code := run([]string{"--learn", out, rows}, &bytes.Buffer{}, &stderr); code != 0 {
			t.Fatalf("run = %d: %s", code, &stderr)
		}
		data, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = data
		} else if !bytes.Equal(first, data) {
			t.Error("training twice gives different files")
		}
	}
	for _, word := range []string{"w:glimmerknolle", "w:wunderruebe"} {
		if !strings.Contains(string(first), word+"\t") {
			t.Errorf("nothing was learned of %q:\n%s", word, first)
		}
	}
}
