package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/xuri/excelize/v2"

	"pagerisk/classify"
	"pagerisk/report"
)

// TestWordingOfOutputs holds what the program really prints, put together at run time, against the rules of wording: the
// help of every verb, its lists, and all that a run over the demo page leaves behind.
func TestWordingOfOutputs(t *testing.T) {
	t.Chdir(t.TempDir())
	dir := filepath.Join(demoDir, "demo.case")
	for _, lang := range report.Languages {
		t.Run(lang, func(t *testing.T) {
			seen := map[string]bool{}
			hold := func(at, text string) {
				if seen[text] {
					return
				}
				seen[text] = true
				for _, b := range report.Wording(text) {
					t.Errorf("%s says %q (%s): %.200s", at, b.Found, b.Rule, text)
				}
			}
			call := func(want int, args ...string) string {
				t.Helper()
				var stdout, stderr bytes.Buffer
				w := world{environ: []string{"HOME=" + t.TempDir()}, stdin: strings.NewReader(""), stdout: &stdout, stderr: &stderr, now: now, transport: noNetwork{}}
				if code := run(context.Background(), w, append([]string{"--lang", lang}, args...)); code != want {
					t.Fatalf("%v: exit %d, want %d: %s", args, code, want, &stderr)
				}
				for _, part := range []struct{ name, text string }{{"stdout", stdout.String()}, {"stderr", stderr.String()}} {
					for line := range strings.Lines(part.text) {
						hold(fmt.Sprintf("%v, %s", args, part.name), line)
					}
				}
				return stdout.String()
			}

			for _, path := range verbs(newRoot(&program{texts: report.NewTexts(lang), lang: lang})) {
				call(exitDone, append([]string{"help"}, path...)...)
			}
			call(exitDone, "law", "list")
			call(exitDone, "law", "check")
			law := report.BuiltinLaw()
			for i := range law.Records {
				hold("law "+law.Records[i].ID, report.NewTexts(lang).Cite(&law.Records[i]))
			}
			call(exitDone, "law", "show", "LC-02")
			call(exitDone, "rules", "list")
			if _, err := os.Stat(dir); err != nil {
				call(exitDone, "demo", "--people", "none", "--csv")
			} else {
				call(exitPartly, "report", "--case", dir, "--csv") // the same case in the other language
			}
			call(exitPartly, "status", "--case", dir)

			shown := map[classify.Label]bool{}
			for _, it := range readItems(t, filepath.Join(dir, "items.jsonl")) {
				for _, f := range it.Findings {
					if !shown[f.Label] { // one item of each label: what differs between two is quoted
						shown[f.Label] = true
						call(exitDone, "explain", "--case", dir, it.Key)
					}
				}
			}
			if len(shown) != len(classify.Labels) {
				t.Errorf("the demo page shows only the labels %v", shown)
			}
			book, err := excelize.OpenFile(filepath.Join(dir, "register.xlsx"))
			if err != nil {
				t.Fatal(err)
			}
			defer book.Close()
			for _, sheet := range book.GetSheetList() {
				rows, err := book.GetRows(sheet)
				if err != nil {
					t.Fatal(err)
				}
				for n, row := range rows {
					for c, cell := range row {
						hold(fmt.Sprintf("register.xlsx, %s, row %d, column %d", sheet, n+1, c+1), cell)
					}
				}
			}
			err = filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
				if err != nil || !regexp.MustCompile(`\.(jsonl|html|js|csv|toml|txt)$`).MatchString(name) {
					return err
				}
				data, err := os.ReadFile(name)
				for line := range strings.Lines(string(data)) {
					hold(name, line)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if len(seen) < 2000 {
				t.Errorf("only %d texts were looked at", len(seen))
			}
		})
	}
}

// verbs are the paths of all commands below one.
func verbs(c *cobra.Command) [][]string {
	out := [][]string{}
	for _, sub := range c.Commands() {
		if sub.Hidden || sub.Name() == "help" || sub.Name() == "completion" {
			continue
		}
		out = append(out, []string{sub.Name()})
		for _, below := range verbs(sub) {
			out = append(out, append([]string{sub.Name()}, below...))
		}
	}
	return out
}

type shownItem struct {
	Type, Key string
	Findings  []struct{ Label classify.Label }
}

func readItems(t *testing.T, name string) []shownItem {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var out []shownItem
	for line := range strings.Lines(string(data)) {
		var it shownItem
		if err := json.Unmarshal([]byte(line), &it); err != nil {
			t.Fatal(err)
		}
		if it.Type == "item" {
			out = append(out, it)
		}
	}
	return out
}
