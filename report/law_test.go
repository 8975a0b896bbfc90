package report

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"pagerisk/classify"
	"pagerisk/classify/picture"
	"pagerisk/scanner"
)

// TestCatalogueIsComplete names every record that the catalogue has to have.
func TestCatalogueIsComplete(t *testing.T) {
	l := BuiltinLaw()
	for _, group := range []struct {
		prefix string
		from   int
		to     int
	}{
		{"TL-", 1, 35}, {"PR-", 1, 21}, {"PB-", 1, 7}, {"NO-", 1, 18}, {"HK-E", 1, 9}, {"HK-C", 1, 4}, {"HK-P", 1, 7}, {"HK-V", 1, 6}, {"HK-S", 1, 11},
		{"HK-J", 1, 7}, {"LC-", 1, 16}, {"RM-", 1, 7}, {"EV-", 1, 10}, {"MS-", 1, 14}, {"CA-", 1, 19}, {"OQ-", 1, 9}, {"TX-", 1, 10},
	} {
		for n := group.from; n <= group.to; n++ {
			id := group.prefix + pad(n, group.prefix)
			if l.Find(id) == nil {
				t.Errorf("%s is missing", id)
			}
		}
	}
	for _, id := range []string{"TL-22a", "PR-LATE", "PR-LATEa", "PR-LATEb", "PR-LATEc", "HK-M1", "HK-M2", "CL-01"} {
		if l.Find(id) == nil {
			t.Errorf("%s is missing", id)
		}
	}
	if len(l.Providers) < 40 || len(l.Scenarios) != 12 {
		t.Errorf("%d providers, %d scenarios", len(l.Providers), len(l.Scenarios))
	}
	for _, label := range classify.Labels {
		if !slices.ContainsFunc(l.Kind("counter", day("2026-11-22")), func(r *LawRecord) bool { return slices.Contains(LabelsOf(r), label) }) {
			t.Errorf("no counter-argument speaks to %s", label)
		}
	}
}

func pad(n int, prefix string) string {
	s := string(rune('0'+n/10)) + string(rune('0'+n%10))
	if strings.HasPrefix(prefix, "HK-") && n < 10 {
		return s[1:]
	}
	return s
}

// TestUncertainIsNeverStated looks at how each record is printed.
func TestUncertainIsNeverStated(t *testing.T) {
	l := BuiltinLaw()
	for _, lang := range Languages {
		texts := NewTexts(lang)
		for i := range l.Records {
			r := &l.Records[i]
			got := texts.Cite(r)
			if strings.HasPrefix(got, "[") || !strings.Contains(got, r.Statement(lang)) || !strings.Contains(got, r.ID) {
				t.Errorf("%s in %s: %q", r.ID, lang, got)
			}
			start := map[Confidence][2]string{
				Uncertain: {"Offene Frage: ", "Open question: "}, Reported: {"Laut ", "According to "},
				Advised: {"Praxisempfehlung oder Ansicht: ", "Recommendation or view: "}, Proposal: {"Methode dieses Programms: ", "Method of this program: "},
			}[r.Confidence]
			if r.Confidence == General && r.SourceType != "statute" {
				start = [2]string{"Allgemein bekannt, hier nicht nachgeprüft: ", "Generally known, not checked here: "}
			}
			if !strings.HasPrefix(got, inLang(lang, start[0], start[1])) {
				t.Errorf("%s (%s) in %s is stated as %q", r.ID, r.Confidence, lang, got)
			}
			if r.Contested && r.Confidence != Uncertain && !strings.Contains(got, texts.Say("law.contested")) {
				t.Errorf("%s in %s hides that it is contested: %q", r.ID, lang, got)
			}
			if r.Finality == "not_final" && !strings.Contains(got, texts.Say("law.not_final")) {
				t.Errorf("%s in %s hides that it is not final: %q", r.ID, lang, got)
			}
		}
	}
}

// TestSeeds keeps the five practitioners' texts from being cited by a number that only the project knows.
func TestSeeds(t *testing.T) {
	l := BuiltinLaw()
	bad := regexp.MustCompile(`(?i)\bseeds?\b|(^|[^.,0-9])00[0-4]\b`)
	n := 0
	for i := range l.Records {
		r := &l.Records[i]
		if r.SourceType == "seed" {
			n++
			if !regexp.MustCompile(`2025`).MatchString(r.Authority) || r.AuthorityEN == "" {
				t.Errorf("%s: a practitioners' text is cited as %q / %q", r.ID, r.Authority, r.AuthorityEN)
			}
		}
		for _, s := range []string{r.TitleDE, r.TitleEN, r.StatementDE, r.StatementEN, r.Authority, r.AuthorityEN, r.Note, r.NoteEN} {
			if bad.MatchString(s) {
				t.Errorf("%s: %q", r.ID, s)
			}
		}
	}
	if n < 10 {
		t.Errorf("%d records of practitioners' texts", n)
	}
}

func TestKnown(t *testing.T) {
	l := BuiltinLaw()
	for _, tt := range []struct {
		id, day string
		want    bool
	}{
		{"TL-26", "2025-03-31", false}, {"TL-26", "2025-12-01", false}, {"TL-26", "2025-12-02", true},
		{"HK-E1", "2014-12-10", false}, {"HK-E1", "2025-03-31", true}, {"NO-04", "2020-01-01", true},
		{"TL-01", "2024-02-29", false}, {"TL-01", "2024-03-01", true}, {"CA-13", "2020-01-01", true},
	} {
		if got := l.Find(tt.id).Known(day(tt.day)); got != tt.want {
			t.Errorf("%s on %s: known %v, want %v", tt.id, tt.day, got, tt.want)
		}
	}
}

func TestProviderIn(t *testing.T) {
	l := BuiltinLaw()
	for text, want := range map[string]string{
		"© Fotolia / Müller": "LC-01", "AdobeStock_123456789.jpeg": "LC-01", "stock.adobe.com": "LC-01", "Foto: Adobe Stock": "LC-01", "ADOBE STOCK": "LC-01",
		"iStock.com/foo": "LC-02", "istock-12345.jpg": "LC-02", "Getty Images": "LC-02", "GettyImages-171.jpg": "LC-02", "iStockphoto": "LC-02",
		"shutterstock_99.jpg": "LC-03", "Depositphotos_7_xl.jpg": "LC-04", "pexels-photo-123.jpeg": "LC-05", "Foto: pexels/Wayan P.": "LC-05",
		"pixabay": "LC-06", "Photo by X on Unsplash": "LC-07", "Unsplash+": "LC-08", "x-unsplash.jpg": "LC-07", "freepik.com": "LC-09",
		"Envato Elements": "LC-10", "Canva": "LC-11", "Dreamstime.com": "LC-16", "Keystone/SDA": "LC-16", "Reuters": "LC-16", "dpa": "LC-12", "picture-alliance/dpa": "LC-12", "picture alliance": "LC-12",
		"IMAGO / Sven": "LC-13", "Storyblocks": "LC-14", "CC BY-SA 4.0": "LC-15", "CC0": "LC-15", "Wikimedia Commons": "LC-15",
		"Foto: Jana Licht": "", "im dritten Stock": "", "Stockfoto": "", "Dpaul": "", "Bildredaktion": "", "": "",
	} {
		got := ""
		if p := l.ProviderIn(text); p != nil {
			got = p.Record
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestStockProvider(t *testing.T) {
	l := BuiltinLaw()
	item := &scanner.Item{Text: "Foto: Unsplash+, bearbeitet", Media: []scanner.Media{{File: "pexels-photo-1.jpg"}}}
	plus := found(classify.Stock, classify.Sure, ev("stock.credit-line", "Foto: Unsplash"))
	facts := []*picture.Facts{{Metadata: picture.Metadata{Credit: "Getty Images"}}}
	inFile := []*picture.Facts{{Metadata: picture.Metadata{Credit: "Jo Lind/Unsplash+"}}}
	credit := found(classify.Stock, classify.Sure, classify.Evidence{Rule: "stock.name", Weight: 5, Field: "media[0].metadata.credit", Start: 8, End: 16, Quote: "Unsplash"})
	symbol := found(classify.Stock, classify.Sure, ev("stock.admitted", "Symbolbild"))
	shutter := found(classify.Stock, classify.Sure, ev("stock.credit-line", "Shutterstock"))
	against := found(classify.Stock, classify.Sure, classify.Evidence{Rule: "x", Quote: "Adobe Stock", Weight: -1})
	for _, tt := range []struct {
		name     string
		facts    []*picture.Facts
		findings []classify.Finding
		want     string
	}{
		{"evidence first", facts, []classify.Finding{shutter}, "Shutterstock"},
		{"then metadata", facts, []classify.Finding{symbol}, "iStock / Getty Images"},
		{"then the file name", []*picture.Facts{nil}, []classify.Finding{symbol}, "Pexels"},
		{"evidence against names nobody", []*picture.Facts{nil}, []classify.Finding{against}, "Pexels"},
		{"a provider beside one of nearly its name", facts, []classify.Finding{plus}, "Unsplash+"},
		{"… in a file", inFile, []classify.Finding{credit}, "Unsplash+"},
		{"no stock finding", facts, []classify.Finding{found(classify.ThirdPartyWork, classify.Sure)}, ""},
	} {
		got := ""
		if p := l.StockProvider(item, tt.facts, tt.findings); p != nil {
			got = p.Name
		}
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestProviderStatus: what is uncertain never becomes covered or not covered.
func TestProviderStatus(t *testing.T) {
	for _, tt := range [][3]string{
		{Allowed, Allowed, "covered"}, {Allowed, Forbidden, "not_covered"}, {Forbidden, Allowed, "not_covered"}, {Forbidden, LicenceUnknown, "not_covered"},
		{Allowed, Silent, "check"}, {Allowed, LicenceUnknown, "check"}, {LicenceUnknown, LicenceUnknown, "check"}, {Silent, Allowed, "check"},
	} {
		if got := (&Provider{Social: tt[0], AI: tt[1]}).Status(); got != tt[2] {
			t.Errorf("social %s, ai %s: got %s, want %s", tt[0], tt[1], got, tt[2])
		}
	}
	for _, id := range []string{"LC-02", "LC-12", "LC-16"} {
		if p := BuiltinLaw().ProvidersOf(id)[0]; p.Status() != "check" {
			t.Errorf("%s: %s", id, p.Status())
		}
	}
}

// own is the built-in catalogue with some files replaced.
func own(t *testing.T, files map[string]string) fs.FS {
	t.Helper()
	sub, err := fs.Sub(lawFiles, "law")
	if err != nil {
		t.Fatal(err)
	}
	upper := fstest.MapFS{}
	for name, data := range files {
		upper[name] = &fstest.MapFile{Data: []byte(data)}
	}
	return overlay{upper, sub}
}

const goodRecord = `[[record]]
id = "ZZ-01"
kind = "hook"
title_de = "T"
title_en = "T"
statement_de = "S"
statement_en = "S"
authority = "A"
source_type = "none"
confidence = "F1"
finality = "n/a"
`

// TestStrictLoader is the table of mistakes in a catalogue, each told with its file and line.
func TestStrictLoader(t *testing.T) {
	change := func(old, new string) string { return strings.Replace(goodRecord, old, new, 1) }
	for name, tt := range map[string]struct {
		data string
		want string
	}{
		"syntax":                 {"\n[[record]\n", `own.toml:3: `},
		"unknown key":            {goodRecord + "colour = \"red\"\n", `own.toml:12: unknown key "record.colour"`},
		"unknown kind":           {change(`"hook"`, `"hunch"`), `own.toml:1: ZZ-01: kind "hunch" is unknown`},
		"unknown confidence":     {change(`"F1"`, `"F3"`), `own.toml:1: ZZ-01: confidence "F3" is unknown`},
		"unknown source type":    {change(`"none"`, `"rumour"`), `own.toml:1: ZZ-01: source_type "rumour" is unknown`},
		"unknown finality":       {change(`"n/a"`, `"soon"`), `own.toml:1: ZZ-01: finality "soon" is unknown`},
		"unknown category":       {goodRecord + "categories = [\"DOGS\"]\n", `own.toml:1: ZZ-01: category "DOGS" is unknown`},
		"one language":           {change(`statement_en = "S"`, ``), `own.toml:1: ZZ-01: statement_en is missing`},
		"note in one language":   {goodRecord + "note = \"x\"\n", `own.toml:1: ZZ-01: note and note_en come together or not at all`},
		"too long":               {change(`statement_de = "S"`, `statement_de = "`+strings.Repeat("ä", 301)+`"`), `own.toml:1: ZZ-01: statement_de has 301 characters, at most 300 are allowed`},
		"id":                     {change(`ZZ-01`, `zz1`), `own.toml:1: zz1: id "zz1" is not of the form XX-01`},
		"id twice":               {goodRecord + "\n" + goodRecord, `own.toml:13: ZZ-01: the id is used already in own.toml:1`},
		"id of the built-in one": {change(`ZZ-01`, `CA-01`), `CA-01: the id is used already in`},
		"date":                   {goodRecord + "decision_date = \"27.05.2025\"\n", `own.toml:1: ZZ-01: decision_date "27.05.2025" is no date`},
		"day read":               {goodRecord + "seen_on = \"gestern\"\n", `own.toml:1: ZZ-01: seen_on "gestern" is no day`},
		"ends before it begins":  {goodRecord + "valid_from = \"2025\"\nvalid_to = \"2024\"\n", `own.toml:1: ZZ-01: valid_to 2024 is before valid_from`},
		"supersedes nothing":     {goodRecord + "supersedes = [\"ZZ-09\"]\n", `own.toml:1: ZZ-01: supersedes "ZZ-09", which is not in the catalogue`},
		"not UTF-8":              {"\xff", "not UTF-8"},
		"too large":              {strings.Repeat("#", maxLawFile+1), "larger than"},
		"uncertain law raises":   {"[[change]]\nid = \"x\"\ntrait = \"named\"\nseverity = 1\nlaw = [\"LC-02\"]\n", `own.toml:1: change "x": LC-02 is uncertain and must not raise a score`},
		"change without trait":   {"[[change]]\nid = \"x\"\ntrait = \"mood\"\n", `own.toml:1: change "x": id and a known trait are needed, got trait "mood"`},
		"start off the scale":    {"[[start]]\nid = \"x\"\nlabel = \"minor\"\nview = \"persons\"\nseverity = 5\nlikelihood = 3\nobjection = 2\nmin_severity = 1\nmax_severity = 5\n", `own.toml:1: start "x": severity, likelihood, objection`},
		"start at likelihood 4":  {"[[start]]\nid = \"x\"\nlabel = \"minor\"\nview = \"persons\"\nseverity = 3\nlikelihood = 4\nobjection = 2\nmin_severity = 1\nmax_severity = 4\n", `own.toml:1: start "x": a starting likelihood is at most 3`},
		"law of nowhere":         {"[[change]]\nid = \"x\"\ntrait = \"named\"\nlaw = [\"XX-99\"]\n", `own.toml:1: change "x": cites "XX-99", which is not in the catalogue`},
		"trait without a sign":   {"[[trait]]\nid = \"x\"\n", `own.toml:1: trait "x": needs rules, fields, words, whole, quotes or made`},
		"measure unknown":        {"[[measure]]\nmeasure = \"pray\"\n", `own.toml:1: measure "pray": the measure or its trait "" is unknown`},
		"provider of no record":  {"[[provider]]\nrecord = \"CA-01\"\nname = \"X\"\nnames = [\"X\"]\nsocial = \"allowed\"\nai = \"allowed\"\nquestion_de = \"?\"\nquestion_en = \"?\"\n", `"CA-01" is no licence record`},
		"provider for editors":   {"[[provider]]\nrecord = \"LC-02\"\nname = \"X\"\nnames = [\"Xpix\"]\nsocial = \"unknown\"\nai = \"unknown\"\neditorial = true\nquestion_de = \"?\"\nquestion_en = \"?\"\n", `LC-02 is uncertain, so social and ai can only be unknown, and editorial left out`},
		"provider that knows":    {"[[provider]]\nrecord = \"LC-02\"\nname = \"X\"\nnames = [\"Xpix\"]\nsocial = \"allowed\"\nai = \"allowed\"\nquestion_de = \"?\"\nquestion_en = \"?\"\n", `LC-02 is uncertain, so social and ai can only be unknown`},
		"scenario without texts": {"[[scenario]]\nid = \"R-99\"\nstarts = [\"employee\"]\nmeasure = \"keep\"\n", `the text scenario.R-99.title is missing in "de"`},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := LoadLaw(own(t, map[string]string{"own.toml": tt.data}))
			if l != nil || !errors.Is(err, ErrLaw) {
				t.Fatalf("got %v, %v", l, err)
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

// TestSupersede: a correction speaks for the old record, but only once it is known.
func TestSupersede(t *testing.T) {
	data := strings.Replace(goodRecord, "ZZ-01", "CA-99", 1) + "supersedes = [\"CA-16\"]\nvalid_from = \"2026-06-01\"\n"
	l, err := LoadLaw(own(t, map[string]string{"own.toml": strings.Replace(data, `"hook"`, `"counter"`, 1)}))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"CA-16"}, l.Cited([]string{"CA-16", "CA-16", "XX-01"}, day("2026-05-31"))); diff != "" {
		t.Errorf("before (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"CA-99"}, l.Cited([]string{"CA-16"}, day("2026-06-01"))); diff != "" {
		t.Errorf("after (-want +got):\n%s", diff)
	}
	has := func(d, id string) bool {
		return slices.ContainsFunc(l.Kind("counter", day(d)), func(r *LawRecord) bool { return r.ID == id })
	}
	if !has("2026-05-31", "CA-16") || has("2026-05-31", "CA-99") || has("2026-06-01", "CA-16") || !has("2026-06-01", "CA-99") {
		t.Error("Kind does not follow the correction")
	}
}

func TestLawFrom(t *testing.T) {
	dir := t.TempDir()
	if _, err := LawFrom(filepath.Join(dir, "nowhere")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("folder that is not there: %v", err)
	}
	if _, err := LawFrom(dir); !errors.Is(err, ErrLaw) {
		t.Errorf("folder without a catalogue: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "catalogue.toml"), []byte("version = \"own/1\"\ndate = \"2026-12-01\"\nmatrix = \"M\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := LawFrom(dir)
	if err != nil {
		t.Fatal(err)
	}
	if l.Version != "own/1" || l.Matrix != "M" || len(l.Records) != len(BuiltinLaw().Records) {
		t.Errorf("version %q, matrix %q, %d records", l.Version, l.Matrix, len(l.Records))
	}
	if _, err := LawFrom(filepath.Join(dir, "catalogue.toml")); !errors.Is(err, ErrLaw) || !strings.Contains(err.Error(), "is a file") {
		t.Errorf("file in place of a folder: %v", err)
	}
	// Who replaces the day of the catalogue has not read its sources on that day.
	if seen := l.Find("tl-01").SeenOn; seen != "2026-11-22" {
		t.Errorf("TL-01 was read on %s", seen)
	}
	// A catalogue that is not the built-in one does not go by its name.
	if err := os.Rename(filepath.Join(dir, "catalogue.toml"), filepath.Join(t.TempDir(), "x")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "more.toml"), []byte(goodRecord), 0o600); err != nil {
		t.Fatal(err)
	}
	if l, err := LawFrom(dir); err != nil || l.Version != BuiltinLaw().Version+" + "+filepath.Base(dir) {
		t.Errorf("built-in catalogue with a file beside: version %q, %v", l.Version, err)
	}
	if l, err := LawFrom(""); err != nil || l != BuiltinLaw() {
		t.Errorf("no folder: %v", err)
	}
}

func FuzzLaw(f *testing.F) {
	f.Add([]byte(goodRecord))
	f.Add([]byte("[[start]]\nid=\"x\"\n[[change]]\n[[trait]]\nrules=[\"[\"]\n[[provider]]\nnames=[\"\"]\n"))
	f.Add([]byte("[[scenario]]\nid=\"R-01\"\nstarts=[\"+\"]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := LoadLaw(fstest.MapFS{"x.toml": {Data: data}})
		if (l == nil) != (err != nil) {
			t.Fatalf("got %v, %v", l, err)
		}
		if err != nil && !errors.Is(err, ErrLaw) {
			t.Fatalf("%v does not wrap ErrLaw", err)
		}
	})
}
