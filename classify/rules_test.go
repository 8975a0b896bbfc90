package classify

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"testing/fstest"
)

func TestBuiltinRules(t *testing.T) {
	r := builtin(t)
	for _, err := range r.Check() {
		t.Error(err)
	}
	have := map[Label]bool{}
	for _, rule := range r.All() {
		have[rule.Label] = true
	}
	for _, l := range Labels {
		if !have[l] {
			t.Errorf("no rule for %s", l)
		}
	}
}

const settings = "[settings]\npossible = 1.0\nlikely = 2.0\nsure = 3.0\n"

const goodRule = `
[[rule]]
id = "a"
label = "employee"
family = "f"
weight = 1.0
lang = ["de"]
any = ["team"]
match = ["Das Team"]
miss = ["Der Tee"]
why.de = "Grund"
why.en = "reason"
`

func TestLoadRules(t *testing.T) {
	tests := []struct {
		name, text, want string
	}{
		{"good", settings + goodRule, ""},
		{"no settings", goodRule, "no table [settings]"},
		{"bands that fall", strings.Replace(settings, "sure = 3.0", "sure = 1.5", 1) + goodRule, "bands do not rise"},
		{"unknown key", settings + strings.Replace(goodRule, "lang =", "long =", 1), `x.toml:11: unknown key "rule.long"`},
		{"broken TOML", settings + "[[rule]]\nid = \n", "x.toml:6:"},
		{"unknown label", settings + strings.Replace(goodRule, "employee", "staff", 1), `x.toml:6: rule "a": no label "staff"`},
		{"unknown list", settings + strings.Replace(goodRule, `"team"`, `"<crew>"`, 1), `no list "crew"`},
		{"no reason", settings + strings.Replace(goodRule, `why.en = "reason"`, "", 1), "no reason"},
		{"no example", settings + strings.Replace(goodRule, `miss = ["Der Tee"]`, "", 1), "no example"},
		{"no weight", settings + strings.Replace(goodRule, "weight = 1.0", "", 1), "weight 0"},
		{"twice", settings + goodRule + goodRule, "the id is taken"},
		{"unknown field", settings + strings.Replace(goodRule, "any =", "fields = [\"title\"]\nany =", 1), `no field "title"`},
		{"unknown kind of page", settings + strings.Replace(goodRule, "any =", "pages = [\"shop\"]\nany =", 1), `no kind of page "shop"`},
		{"unknown fact", settings + strings.Replace(goodRule, "any =", "fact = \"moon\"\nany =", 1), `no fact "moon"`},
		{"needs what is not there", settings + strings.Replace(goodRule, `any = ["team"]`, "kind = \"pair\"\nneeds = [\"b\"]", 1), `no rule "b"`},
		{"a gap at the end", settings + strings.Replace(goodRule, `"team"`, `"team .."`, 1), "does not begin and end with a word"},
		{"two words in one", settings + strings.Replace(goodRule, `"team"`, `"te'am"`, 1), "is not one word"},
		{"short beginning", settings + strings.Replace(goodRule, `"team"`, `"te*"`, 1), "three letters"},
		{"unknown key of an example", settings + strings.Replace(goodRule, `["Das Team"]`, `[{ test = "Das Team" }]`, 1), `unknown key "test"`},
		{"a list in itself", settings + "[lists]\nl = \"a <l>\"\n" + goodRule, "contains itself"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := LoadRules(fstest.MapFS{"x.toml": {Data: []byte(tt.text)}})
			switch {
			case tt.want == "" && err != nil:
				t.Fatal(err)
			case tt.want == "":
				if errs := r.Check(); len(errs) > 0 {
					t.Error(errs)
				}
			case err == nil || !strings.Contains(err.Error(), tt.want):
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
		})
	}
	if _, err := LoadRules(fstest.MapFS{}); err == nil {
		t.Error("an empty folder is no error")
	}
}

// Check must notice examples that do not hold.
func TestCheckFails(t *testing.T) {
	text := settings + strings.NewReplacer(`"Das Team"`, `"Der Tee"`, `"Der Tee"`, `"Das Team"`).Replace(goodRule)
	r, err := LoadRules(fstest.MapFS{"x.toml": {Data: []byte(text)}})
	if err != nil {
		t.Fatal(err)
	}
	if errs := r.Check(); len(errs) != 2 || !strings.Contains(errs[0].Error(), `x.toml:6: rule "a": match 1`) {
		t.Errorf("got %v, want two errors with file, line and rule", errs)
	}
}

func TestDigest(t *testing.T) {
	load := func(text string) string {
		r, err := LoadRules(fstest.MapFS{"x.toml": {Data: []byte(text)}})
		if err != nil {
			t.Fatal(err)
		}
		return r.Digest()
	}
	a, b := load(settings+goodRule), load(settings+strings.Replace(goodRule, "1.0", "1.1", 1))
	if a == b || a != load(settings+goodRule) || len(a) != 64 {
		t.Errorf("digests %q and %q", a, b)
	}
}

// TestPatterns holds the pattern language to its description.
func TestPatterns(t *testing.T) {
	tests := []struct {
		pattern, hit, miss string
	}{
		{"team", "Das Team ist da", "Teamviewer"},
		{"mitarbeit*", "Mitarbeitende", "die Arbeit"},
		{"*leiterin", "Filialleiterin", "Leiterinnen"},
		{"*azubi*", "Friseurazubis", "Azu bis"},
		{"<crew> der", "Truppe der Woche", "Truppe die"},
		{"team|crew da", "die Crew da", "die Crew dort"},
		{"^stock", "Stock", "stock"},
		{"im neuen? team", "im Team", "im alten Team"},
		{"danke .. team", "Danke an das Team", "Danke an all die Leute im Team"},
		{"danke ..5 team", "Danke an all die Leute im Team", "Danke. Das Team"},
		{"foto: <caps>", "Foto: Ulf", "Foto Ulf"},
		{"(<minorage>)", "Lena (7)", "Lena 7"},
		{"anna ~berg", "Anna Berg", "Anna, Berg"},
		{"@jana", "@jana", "jana"},
		{"\"kunde", "der „Kunde“", "der Kunde"},
		{"<year>", "seit 1998", "um 9"},
		{"<own>", "Foto Zumstadel", "Foto Luzi"},
	}
	for _, tt := range tests {
		text := settings + "[lists]\ncrew = \"truppe mannschaft\"\n" + strings.NewReplacer(`any = ["team"]`, "any = ['"+tt.pattern+"']",
			`"Das Team"`, `{ text = '`+tt.hit+`', page = "Schreinerei Zumstadel" }`, `"Der Tee"`, `{ text = '`+tt.miss+`', page = "Schreinerei Zumstadel" }`).Replace(goodRule)
		r, err := LoadRules(fstest.MapFS{"x.toml": {Data: []byte(text)}})
		if err != nil {
			t.Errorf("%s: %v", tt.pattern, err)
			continue
		}
		for _, err := range r.Check() {
			t.Errorf("%s: %v", tt.pattern, err)
		}
	}
}

// TestSlots holds all, within, unless and not_near to their description.
func TestSlots(t *testing.T) {
	tests := []struct{ change, hit, miss string }{
		{"all = [[\"neu\"]]\nwithin = 3", "neu im Team", "neu ist hier vieles, aber nicht das Team"},
		{"unless = [\"gesucht\"]", "Team da", "Team da, und sonst wird noch eine Leitung gesucht"},
		{"not_near = [\"gesucht\"]", "Team da. Jemand wird gesucht", "Team gesucht"},
		{"whole = true", "Team", "Team da"},
		{"words = [1, 2]", "Team da", "Team da und dort"},
		{"people = [2, 5]\nfields = [\"text\"]", "", ""},
	}
	for _, tt := range tests {
		hit, miss := "\""+tt.hit+"\"", "\""+tt.miss+"\""
		if tt.hit == "" {
			hit, miss = `{ text = "Team", people = 2 }`, `{ text = "Team", people = 1 }`
		}
		text := settings + strings.NewReplacer(`any = ["team"]`, "any = [\"team\"]\n"+tt.change, `"Das Team"`, hit, `"Der Tee"`, miss).Replace(goodRule)
		r, err := LoadRules(fstest.MapFS{"x.toml": {Data: []byte(text)}})
		if err != nil {
			t.Errorf("%s: %v", tt.change, err)
			continue
		}
		for _, err := range r.Check() {
			t.Errorf("%s: %v", tt.change, err)
		}
	}
}

func FuzzLoadRules(f *testing.F) {
	f.Add(settings + goodRule)
	f.Add(settings + "[lists]\na = \"b* *c *d* -e <a>\"\n" + goodRule)
	f.Fuzz(func(t *testing.T, text string) {
		r, err := LoadRules(fstest.MapFS{"x.toml": {Data: []byte(text)}})
		if err == nil {
			r.Check()
		}
	})
}

// A first name is somebody's only where it names no street, school or phrase.
func TestFirstName(t *testing.T) {
	r := builtin(t)
	tests := []struct {
		text string
		want string // the words that are first names
	}{
		{"Clara zeigt die Werkbank", "Clara"},
		{"Clara Schumann geht in Rente", "Clara"},
		{"Clara-Schumann-Straße gesperrt", ""},
		{"Umzug in die Clara-Schumannstr. 4", ""},
		{"Clara Schumann Gymnasium", ""},
		{"Besuch in der Clara Schumann-Halle", ""},
		{"Der Karl-Heinz-Weber-Pokal", ""},
		{"Karl-Heinz und Anna-Lena", "Karl Heinz Anna Lena"},
		{"Clara, Schule ist aus", "Clara"},
		{"Clara am Platz", "Clara"},
		{"Das Haus Clara Schumann ist fertig", ""},
		{"Rue Clara Schumann", ""},
		{"Das Haus, Clara und ich", "Clara"},
		{"Frank und frei gesagt", ""},
		{"Frank und Petra", "Frank Petra"},
		{"frank bleibt klein", ""},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			var f folded
			f.take(tt.text, nil)
			var got []string
			for i := range f.words {
				if r.firstName(&f, i) {
					got = append(got, tt.text[f.words[i].start:f.words[i].end])
				}
			}
			if diff := cmp.Diff(tt.want, strings.Join(got, " ")); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// What was learned decides findings as the rules do, so it is part of what names them.
func TestFingerprint(t *testing.T) {
	r := builtin(t)
	before, learned := r.Fingerprint(), learnedFile
	defer func() { learnedFile = learned }()
	learnedFile = append(slices.Clone(learned), "w:glimmerknolle\t1\t0\t0\t0\t0\t0\n"...)
	if r.Fingerprint() == before {
		t.Error("other learned words, the same fingerprint")
	}
}
