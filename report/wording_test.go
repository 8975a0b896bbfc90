package report

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/google/go-cmp/cmp"
)

// forbidden are the things that the register must never say, in both languages: it reports hints and open questions, and
// it is not a court. The numbers are those of the catalogue's list of wording rules.
var forbidden = []struct {
	why     string
	pattern *regexp.Regexp
}{
	{"1: no court has held that", rx(`rechtswidrig|\billegal|gesetzwidrig|verbotenerweise|\bunlawful`)},
	{"2: legally wrong label", rx(`schweig\w*[^.]{0,25}(stimmt|zustimm|einverstanden)|silence[^.]{0,25}(consent|agree)|who(ever)? (says nothing|is silent|stays silent)[^.]{0,20}(consent|agree)`)},
	{"3: nothing is taken out of a model", rx(`widerspruch[^.;]{0,30}(löscht|entfernt|holt)\b|(aus|im) (dem |den )?modell\w* (gelöscht|entfernt)|objection[^.;]{0,30}(deletes|erases|removes)\b|(deleted|removed|erased) from (the|a) model`)},
	{"4: an objection reduces one exposure only", rx(`rechtskonform|rechtssicher|dsgvo-konform|datenschutzkonform|\b(legally|gdpr)[- ](compliant|safe)\b|\bfully compliant`)},
	{"5: only missing proof, open scope", rx(`unwirksam|(einwilligung|lizenz)\w*[^.;]{0,30}(ungültig|verletzt|nichtig)\b|(consent|licen[cs]e)[^.;]{0,30}\b(is|are|was|were) (invalid|void|ineffective|breached|infringed|violated)`)},
	{"6: only a hint, until a person confirms", rx(`\bist (hier |wohl |eindeutig )?((ein|eine|kein|keine) )?(mitarbeiter|beschäftigte|kund(e|in)\b|patient|minderjährig|azubi|gast\b)|\bis (clearly )?((an?|no|not an?) )?(employee|member of staff|customer|patient|minor)\b`)},
	{"7: evidence is weighed freely", rx(`gerichtsfest|gerichtssicher|beweissicher|court[- ]?proof|(stands|holds) up in court|admissible in court`)},
	{"8: only what a record says", rx(`(betriebsrat|aufsicht\S*|datenschutzbehörde\S*) (verlangt|fordert|schreibt vor)\b|(works council|(supervisory )?authorit(y|ies)) (demands?|requires?)\b`)},
	{"an objection is never called effective", rx(`widerspruch[^.;]{0,15}\b(ist|war|wird) (voll )?wirksam|wirksam(er|en)? widerspr|effective objection|objection is effective`)},
	{"no advice, no promises", rx(`wir raten (ihnen|dringend)|garantier|\bwe advise you|\bguarantee[sd]?\b`)},
	{"no false deadline", rx(`(nur noch|only) \d+ (tage|days)|letzte chance|last chance`)},
}

func rx(s string) *regexp.Regexp { return regexp.MustCompile(`(?is)` + s) }

// lint returns what is wrong with a sentence.
func lint(s string) []string {
	var out []string
	for _, f := range forbidden {
		if m := f.pattern.FindString(s); m != "" {
			out = append(out, strconv.Quote(m)+" ("+f.why+")")
		}
	}
	return out
}

// TestLint: the test of the texts below can fail, and does not fail on what may be said.
func TestLint(t *testing.T) {
	for _, s := range []string{
		"Metas KI-Training ist rechtswidrig.", "Das Training ist illegal.", "Meta's training is unlawful.",
		"Wer schweigt, stimmt zu.", "Schweigen gilt als Zustimmung.", "Silence means consent.", "Whoever is silent agrees.",
		"Der Widerspruch löscht die Daten aus dem Modell.", "Die Bilder werden aus dem Modell gelöscht.", "The objection removes the data.", "It is then deleted from the model.",
		"Mit dem Widerspruch ist das Unternehmen rechtskonform.", "So sind Sie rechtssicher.", "You are then GDPR compliant.",
		"Die Einwilligung ist unwirksam.", "Die Lizenz ist verletzt.", "The consent is invalid.", "The licence was breached.",
		"Person X ist Mitarbeiter.", "Frau M. ist eine Patientin.", "Das Kind ist minderjährig.", "She is an employee.", "X is a minor.",
		"Das Register ist gerichtsfest.", "This is court-proof.", "Der Betriebsrat verlangt das.", "Die Aufsichtsbehörde fordert das.", "The authority requires it.",
		"Der Widerspruch ist wirksam.", "An effective objection.", "Nur noch 3 Tage!", "Das garantiert Sicherheit.",
	} {
		if len(lint(s)) == 0 {
			t.Errorf("%q passes", s)
		}
	}
	for _, s := range []string{
		"Hinweis auf Beschäftigte.", "Nachweis fehlt; Umfang nicht belegt; zu prüfen.", "Der Widerspruch wirkt nach Metas eigener Zusage für die künftige Entwicklung der Modelle.",
		"Bereits erfolgtes Training wird nicht rückgängig gemacht.", "Der Text spricht von einer Person, die hier Kundin oder Gast ist.", "Training already done is not undone.",
		"Ob eine Person beschäftigt ist, entscheidet ein Mensch.", "Die Aufsicht empfiehlt es.", "Minors are shown.", "Hint at minors.",
	} {
		if got := lint(s); len(got) > 0 {
			t.Errorf("%q is refused: %v", s, got)
		}
	}
}

// said collects every text that the program can print: the catalogues of texts and of law, the reasons of the rules, and
// the string literals of the code.
func said(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	add := func(file string, data []byte, want func(path []string) bool) {
		var tree map[string]any
		if err := toml.Unmarshal(data, &tree); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		walk(tree, nil, func(path []string, s string) {
			if want(path) {
				out[file+": "+strings.Join(path, ".")] = s
			}
		})
	}
	all := func([]string) bool { return true }
	read := func(pattern string, want func([]string) bool) int {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			add(name, data, want)
		}
		return len(names)
	}
	if n := read("texts/*.toml", all); n < 10 {
		t.Errorf("%d catalogues of texts", n)
	}
	if n := read("law/*.toml", all); n < 10 {
		t.Errorf("%d files of the legal catalogue", n)
	}
	if n := read("../classify/rules/*.toml", func(path []string) bool { return slices.Contains(path, "why") }); n < 5 {
		t.Errorf("%d files of rules", n)
	}
	for _, root := range []string{".", "../cmd", "../classify", "../scanner"} {
		err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() && (d.Name() == "testdata" || d.Name() == "thirdparty") {
				return cmp2(err, fs.SkipDir)
			}
			if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
				return nil
			}
			f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
			if err != nil {
				return nil // does not compile at all: other tests say so
			}
			n := 0
			ast.Inspect(f, func(node ast.Node) bool {
				if lit, ok := node.(*ast.BasicLit); ok && lit.Kind == token.STRING {
					if s, err := strconv.Unquote(lit.Value); err == nil {
						n++
						out[name+": literal "+strconv.Itoa(n)] = s
					}
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func cmp2(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

// walk visits the strings of a TOML tree.
func walk(v any, path []string, visit func(path []string, s string)) {
	switch v := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			walk(v[k], append(slices.Clone(path), k), visit)
		}
	case []map[string]any:
		for i, x := range v {
			walk(x, append(slices.Clone(path), strconv.Itoa(i)), visit)
		}
	case []any:
		for i, x := range v {
			walk(x, append(slices.Clone(path), strconv.Itoa(i)), visit)
		}
	case string:
		visit(path, v)
	}
}

// TestWording holds every text that the program can print against the rules of wording.
func TestWording(t *testing.T) {
	texts := said(t)
	for _, at := range slices.Sorted(maps.Keys(texts)) {
		for _, wrong := range lint(texts[at]) {
			t.Errorf("%s says %s", at, wrong)
		}
	}
	if len(texts) < 1000 {
		t.Errorf("only %d texts were found", len(texts))
	}
}

var gaps = regexp.MustCompile(`\{\{[^}]*?\.([A-Za-z]+)`)

// TestBothLanguages: every text exists in both languages, with the same gaps.
func TestBothLanguages(t *testing.T) {
	names, err := filepath.Glob("texts/*.de.toml")
	if err != nil {
		t.Fatal(err)
	}
	english, err := filepath.Glob("texts/*.en.toml")
	if err != nil {
		t.Fatal(err)
	}
	if len(names) != len(english) || len(names) == 0 {
		t.Errorf("%d German and %d English catalogues", len(names), len(english))
	}
	load := func(name string) map[string][]string {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var tree map[string]any
		if err := toml.Unmarshal(data, &tree); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out := map[string][]string{}
		walk(tree, nil, func(path []string, s string) {
			if strings.TrimSpace(s) == "" {
				t.Errorf("%s: %s is empty", name, strings.Join(path, "."))
			}
			found := []string{}
			for _, m := range gaps.FindAllStringSubmatch(s, -1) {
				if !slices.Contains(found, m[1]) {
					found = append(found, m[1])
				}
			}
			slices.Sort(found)
			out[strings.Join(path, ".")] = found
		})
		return out
	}
	for _, name := range names {
		if diff := cmp.Diff(load(name), load(strings.Replace(name, ".de.", ".en.", 1))); diff != "" {
			t.Errorf("%s: keys and gaps (-de +en):\n%s", name, diff)
		}
	}
}

// TestEveryKeyIsSaid: each sentence that the method can need is there.
func TestEveryKeyIsSaid(t *testing.T) {
	m := &BuiltinLaw().method
	var keys []string
	for _, s := range m.starts {
		keys = append(keys, "risk.start."+s.ID)
	}
	for _, c := range m.changes {
		keys = append(keys, "risk.change."+c.ID)
	}
	for _, g := range Grounds {
		keys = append(keys, "risk.ground."+string(g), "ground.name."+string(g))
	}
	for _, x := range Measures {
		keys = append(keys, "risk.measure."+x, "risk.measure_name."+x, "risk.cleanup."+x)
	}
	for _, p := range []Period{BeforeTraining, UntilObjection, AfterObjection, ObjectionOpen, PeriodUnknown} {
		keys = append(keys, "risk.period."+string(p))
	}
	for _, x := range []string{Allowed, Forbidden, Silent, LicenceUnknown} {
		keys = append(keys, "law.value."+x)
	}
	for _, x := range lawKinds {
		keys = append(keys, "cli.law.kind_"+x)
	}
	for _, x := range sourceTypes {
		keys = append(keys, "cli.law.source_"+x)
	}
	for _, lang := range Languages {
		for _, key := range keys {
			if !NewTexts(lang).Has(key) {
				t.Errorf("%s is missing in %q", key, lang)
			}
		}
	}
	for _, kind := range []struct {
		what string
		n    int
	}{{"change", len(m.changes)}, {"ground", len(m.grounds)}, {"cleanup", len(m.cleanups)}} {
		if kind.n < len(Measures) {
			t.Errorf("only %d of kind %s", kind.n, kind.what)
		}
	}
}
