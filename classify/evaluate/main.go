// Command evaluate measures the classifier on a labelled corpus, for whoever changes a rule. Its one rule: the
// classifier never sees the labels, nor why somebody gave them.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"pagerisk/classify"
	"pagerisk/classify/picture"
	"pagerisk/scanner"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// row is a row of the corpus without its labels.
type row struct {
	ID       string           `json:"id"`
	Page     string           `json:"page"`
	Platform scanner.Platform `json:"platform"`
	Kind     scanner.Kind     `json:"kind"`
	Created  time.Time        `json:"created"`
	Lang     string           `json:"lang"`
	Text     string           `json:"text"`
	Album    string           `json:"album"`
	Place    string           `json:"place"`
	Tags     []string         `json:"tags"`
	Link     string           `json:"link"`
	Media    []medium         `json:"media"`
}

type medium struct {
	Type         string   `json:"type"`
	File         string   `json:"file"`
	People       *int     `json:"people"`
	Crowd        bool     `json:"crowd"`
	Alt          string   `json:"alt"`
	Creator      string   `json:"creator"`
	Credit       string   `json:"credit"`
	Copyright    string   `json:"copyright"`
	Source       string   `json:"source"`
	Instructions string   `json:"instructions"`
	Persons      []string `json:"persons"`
	ModelRelease string   `json:"model_release"`
	DataMining   string   `json:"data_mining"`
	SourceType   string   `json:"digital_source_type"`
	Software     string   `json:"software"`
}

// answer is what a careful reviewer said.
type answer struct {
	Labels []classify.Label `json:"labels"`
}

// subject is a row as the classifier sees it.
func (r *row) subject(page classify.Page) *classify.Subject {
	item := &scanner.Item{Key: scanner.Key("fb:" + r.ID), Platform: r.Platform, Kind: r.Kind, State: scanner.Published, Account: r.Page, Created: r.Created,
		Lang: r.Lang, Text: r.Text, Album: r.Album, Place: r.Place, Tags: r.Tags, Link: r.Link}
	s := &classify.Subject{Item: item, Page: page}
	for _, m := range r.Media {
		item.Media = append(item.Media, scanner.Media{URI: m.File, File: m.File, Video: m.Type == "video", Alt: m.Alt, Status: scanner.OK})
		f := &picture.Facts{Video: m.Type == "video", People: m.People, Detector: "corpus", Metadata: picture.Metadata{
			Creator: m.Creator, Credit: m.Credit, Copyright: m.Copyright, Source: m.Source, Instructions: m.Instructions, Persons: m.Persons,
			ModelRelease: m.ModelRelease, DataMining: m.DataMining, DigitalSourceType: m.SourceType, Software: m.Software}}
		f.Metadata.Facebook = strings.HasPrefix(m.Instructions, "FBMD")
		s.Facts = append(s.Facts, f)
	}
	return s
}

// Score counts one label.
type Score struct {
	TP        int     `json:"tp"`
	FP        int     `json:"fp"`
	FN        int     `json:"fn"`
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
	F1        float64 `json:"f1"`
}

func (s *Score) count(given, want bool) {
	switch {
	case given && want:
		s.TP++
	case given:
		s.FP++
	case want:
		s.FN++
	}
}

func (s *Score) finish() {
	ratio := func(a, b int) float64 {
		if b == 0 {
			return 0
		}
		return math.Round(float64(a)/float64(b)*1e4) / 1e4
	}
	s.Precision, s.Recall, s.F1 = ratio(s.TP, s.TP+s.FP), ratio(s.TP, s.TP+s.FN), ratio(2*s.TP, 2*s.TP+s.FP+s.FN)
}

// personsFlag is the total that tools report beside the labels: any label about people.
const personsFlag = "persons_flag"

var persons = []classify.Label{classify.Employee, classify.Customer, classify.OtherPerson}

type result struct {
	Labels map[string]*Score `json:"labels"`
}

// usage has a line per job. CORPUS is a .jsonl of labelled rows, a .tsv of practice rows, or a folder of such files.
const usage = `usage: evaluate [--rules FOLDER] [--band BAND] [--wrong] [--json] [--rates FILE] CORPUS...
       evaluate [--rules FOLDER] --learn FILE CORPUS...
`

func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("evaluate", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprint(stderr, usage)
		flags.PrintDefaults()
	}
	asJSON := flags.Bool("json", false, "print one JSON object")
	wrong := flags.Bool("wrong", false, "list each row that differs, with the evidence")
	band := flags.String("band", string(classify.Possible), "the lowest `BAND` that counts as given: sure, likely or possible")
	learnTo := flags.String("learn", "", "train the learned words on the rows, write them to `FILE` and measure nothing")
	rates := flags.String("rates", "", "beside the figures, write the hit rates of each family of rules to `FILE`")
	rulesDir := flags.String("rules", "", "`FOLDER` of rules to take instead of the built-in ones")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	bad := ""
	switch {
	case flags.NArg() == 0:
		bad = "name a labelled corpus, or a folder of them"
	case !slices.Contains(bands, classify.Band(*band)):
		bad = fmt.Sprintf("--band %q is none of sure, likely, possible", *band)
	case *learnTo != "" && (*rates != "" || *asJSON || *wrong):
		bad = "--learn measures nothing: leave out --rates, --json and --wrong"
	}
	if bad != "" {
		fmt.Fprintln(stderr, "evaluate:", bad)
		flags.Usage()
		return 2
	}
	rules, err := classify.BuiltinRules()
	if *rulesDir != "" {
		rules, err = classify.LoadRules(os.DirFS(*rulesDir))
	}
	if err != nil {
		fmt.Fprintln(stderr, "evaluate:", err)
		return 1
	}
	var rows []*row
	var answers []answer
	files, err := corpora(flags.Args())
	if err != nil {
		fmt.Fprintln(stderr, "evaluate:", err)
		return 1
	}
	for _, name := range files {
		if err := load(name, &rows, &answers); err != nil {
			fmt.Fprintln(stderr, "evaluate:", err)
			return 1
		}
	}
	if *learnTo != "" {
		if err := learn(rules, *learnTo, files, rows, answers, stderr); err != nil {
			fmt.Fprintln(stderr, "evaluate:", err)
			return 1
		}
		return 0
	}
	m, err := measure(rules, rows, answers, classify.Band(*band))
	if err != nil {
		fmt.Fprintln(stderr, "evaluate:", err)
		return 1
	}
	if *rates != "" {
		if err := os.WriteFile(*rates, m.rates(files), 0o644); err != nil {
			fmt.Fprintln(stderr, "evaluate:", err)
			return 1
		}
	}
	out := bufio.NewWriter(stdout)
	defer out.Flush()
	if *wrong {
		m.wrong(out)
	}
	if *asJSON {
		enc := json.NewEncoder(out)
		if err := enc.Encode(m.result); err != nil {
			fmt.Fprintln(stderr, "evaluate:", err)
			return 1
		}
		return 0
	}
	m.table(out, len(rows))
	return 0
}

// corpora replaces a folder by its files *.jsonl and *.tsv.
func corpora(args []string) ([]string, error) {
	var files []string
	for _, arg := range args {
		info, err := os.Stat(arg)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			files = append(files, arg)
			continue
		}
		for _, form := range []string{"*.jsonl", "*.tsv"} {
			in, err := filepath.Glob(filepath.Join(arg, form))
			if err != nil {
				return nil, err
			}
			files = append(files, in...)
		}
	}
	return files, nil
}

// maxLine bounds one row: a caption has at most 63,206 characters, the rest is small.
const maxLine = 4 << 20

func load(name string, rows *[]*row, answers *[]answer) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	if filepath.Ext(name) == ".tsv" {
		return loadPractice(name, f, rows, answers)
	}
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, maxLine)
	for n := 1; sc.Scan(); n++ {
		line := bytes.TrimSpace(sc.Bytes())
		if len(line) == 0 {
			continue
		}
		r := new(row)
		if err := json.Unmarshal(line, r); err != nil {
			return fmt.Errorf("read %q: line %d: %w", name, n, err)
		}
		var a answer
		if err := json.Unmarshal(line, &a); err != nil {
			return fmt.Errorf("read %q: line %d: %w", name, n, err)
		}
		for _, l := range a.Labels {
			if !slices.Contains(classify.Labels, l) {
				return fmt.Errorf("read %q: line %d: no label %q", name, n, l)
			}
		}
		*rows = append(*rows, r)
		*answers = append(*answers, a)
	}
	if err := sc.Err(); err != nil {
		return fmt.Errorf("read %q: %w", name, err)
	}
	return nil
}

// measurement is what came out.
type measurement struct {
	result   result
	rows     []*row
	answers  []answer
	findings [][]classify.Finding
	band     classify.Band
	rules    *classify.Rules
}

// bands from the weakest up.
var bands = []classify.Band{classify.Possible, classify.Likely, classify.Sure}

func atLeast(b, least classify.Band) bool {
	return slices.Index(bands, b) >= slices.Index(bands, least)
}

func measure(rules *classify.Rules, rows []*row, answers []answer, band classify.Band) (*measurement, error) {
	c := classify.New(rules)
	pages := pagesOf(rows)
	m := &measurement{rows: rows, answers: answers, band: band, rules: rules, result: result{Labels: map[string]*Score{personsFlag: {}}}}
	for _, l := range classify.Labels {
		m.result.Labels[string(l)] = &Score{}
	}
	for i, r := range rows {
		findings, err := c.Classify(r.subject(pages[r.Page]))
		if err != nil {
			return nil, fmt.Errorf("row %q: %w", r.ID, err)
		}
		m.findings = append(m.findings, findings)
		given, want := m.given(i), answers[i].Labels
		for _, l := range classify.Labels {
			m.result.Labels[string(l)].count(slices.Contains(given, l), slices.Contains(want, l))
		}
		m.result.Labels[personsFlag].count(anyOf(given, persons), anyOf(want, persons))
	}
	for _, s := range m.result.Labels {
		s.finish()
	}
	return m, nil
}

func anyOf(have, of []classify.Label) bool {
	return slices.ContainsFunc(of, func(l classify.Label) bool { return slices.Contains(have, l) })
}

// given are the labels of a row that count.
func (m *measurement) given(i int) []classify.Label {
	var labels []classify.Label
	for _, f := range m.findings[i] {
		if atLeast(f.Band, m.band) {
			labels = append(labels, f.Label)
		}
	}
	return labels
}

func (m *measurement) table(w io.Writer, rows int) {
	fmt.Fprintf(w, "%d rows, band %s and up\n\n%-18s %5s %5s %5s %10s %8s %8s\n", rows, m.band, "label", "tp", "fp", "fn", "precision", "recall", "f1")
	names := []string{}
	for _, l := range classify.Labels {
		names = append(names, string(l))
	}
	for _, name := range append(names, personsFlag) {
		s := m.result.Labels[name]
		fmt.Fprintf(w, "%-18s %5d %5d %5d %10.3f %8.3f %8.3f\n", name, s.TP, s.FP, s.FN, s.Precision, s.Recall, s.F1)
	}
}

// wrong lists the rows that differ.
func (m *measurement) wrong(w io.Writer) {
	for i, r := range m.rows {
		given, want := m.given(i), m.answers[i].Labels
		var diff []string
		for _, l := range classify.Labels {
			switch g, x := slices.Contains(given, l), slices.Contains(want, l); {
			case g && !x:
				diff = append(diff, "+"+string(l))
			case !g && x:
				diff = append(diff, "-"+string(l))
			}
		}
		if len(diff) == 0 {
			continue
		}
		people := 0
		for _, md := range r.Media {
			if md.People != nil {
				people += *md.People
			}
		}
		fmt.Fprintf(w, "%s  %s  [%s] %s, %d people\n  %s\n", strings.Join(diff, " "), r.ID, r.Page, r.Kind, people, strings.ReplaceAll(r.Text, "\n", " / "))
		if r.Album != "" {
			fmt.Fprintf(w, "  album: %s\n", r.Album)
		}
		for _, f := range m.findings[i] {
			for _, e := range f.Evidence {
				fmt.Fprintf(w, "    %s %.2f (%s): %+.2f %s %s %q\n", f.Label, f.Score, f.Band, e.Weight, e.Rule, e.Field, e.Quote)
			}
		}
		fmt.Fprintln(w)
	}
}

// rates are the published hit rates: of the rows in which a family of rules spoke for a label, the share that has it.
func (m *measurement) rates(files []string) []byte {
	type key struct {
		label  classify.Label
		family string
	}
	hits, right := map[key]int{}, map[key]int{}
	for i := range m.rows {
		counted := map[key]bool{}
		for _, f := range m.findings[i] {
			for _, e := range f.Evidence {
				if e.Weight <= 0 {
					continue
				}
				k := key{f.Label, classify.LearnedFamily(e.Rule)}
				if rule := m.rules.Rule(e.Rule); rule != nil {
					k.family = rule.Family
				} else if k.family == "" {
					continue // what balances labels says nothing by itself
				}
				if counted[k] {
					continue
				}
				counted[k] = true
				hits[k]++
				if slices.Contains(m.answers[i].Labels, f.Label) {
					right[k]++
				}
			}
		}
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "# Written by classify/evaluate --rates. Of the items in which a family of rules led to a finding, how many have the label.\n\n")
	var names []string
	for _, f := range files {
		names = append(names, fmt.Sprintf("%q", filepath.ToSlash(filepath.Base(f))))
	}
	slices.Sort(names)
	fmt.Fprintf(&b, "corpus = [%s]\nrows = %d\nrules = %q\n", strings.Join(names, ", "), len(m.rows), m.rules.Digest())
	for _, l := range classify.Labels {
		s := m.result.Labels[string(l)]
		fmt.Fprintf(&b, "\n[[label]]\nlabel = %q\ntp = %d\nfp = %d\nfn = %d\n", l, s.TP, s.FP, s.FN)
	}
	var keys []key
	for k := range hits {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b key) int {
		if n := slices.Index(classify.Labels, a.label) - slices.Index(classify.Labels, b.label); n != 0 {
			return n
		}
		return strings.Compare(a.family, b.family)
	})
	for _, k := range keys {
		fmt.Fprintf(&b, "\n[[family]]\nlabel = %q\nfamily = %q\nhits = %d\nright = %d\n", k.label, k.family, hits[k], right[k])
	}
	return b.Bytes()
}
