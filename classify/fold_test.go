package classify

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func forms(f *folded) []string {
	var out []string
	for i := range f.words {
		out = append(out, string(f.form(i)))
	}
	return out
}

func TestFold(t *testing.T) {
	r, err := BuiltinRules()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		text string
		want string
	}{
		{"Mitarbeiter:innen", "mitarbeiterinnen"},
		{"Mitarbeiter*innen", "mitarbeiterinnen"},
		{"Mitarbeiter_innen", "mitarbeiterinnen"},
		{"MitarbeiterInnen", "mitarbeiterinnen"},
		{"Mitarbeiter/-innen", "mitarbeiterinnen"},
		{"Mitarbeiter/innen", "mitarbeiterinnen"},
		{"Mitarbeiter(innen)", "mitarbeiterinnen"},
		{"TANZLEHRER:IN GESUCHT", "tanzlehrerin gesucht"},
		{"Steuerfachangestellte:r", "steuerfachangestellter"},
		{"Foto: Unsplash/N. Berg", "foto unsplash n berg"},
		{"Bild:innen und außen", "bildinnen und aussen"},
		{"MÜLLER Müller Mueller Mu\u0308ller", "mueller mueller mueller mueller"},
		{"Straße STRASSE", "strasse strasse"},
		{"Hülya Şahin, Łukasz, Loïc", "huelya sahin lukasz loic"},
		{"𝗧𝗲𝗮𝗺 Ｔｅａｍ", "team team"},
		{"Schlüssel🔑übergabe", "schluessel 🔑 uebergabe"},
		{"#DankeTeam", "danketeam danke team"},
		{"#teamzwirbelix", "teamzwirbelix team zwirbelix"},
		{"#steampunk", "steampunk"},
		{"#zwirbelixteam", "zwirbelixteam zwirbelix team"},
		{"@lenz.hoffmann", "lenz hoffmann"},
		{"1.400 Gäste", "1 400 gaeste"},
	}
	for _, tt := range tests {
		var f folded
		f.take(tt.text, r.vocabulary.hashtags)
		if diff := cmp.Diff(tt.want, strings.Join(forms(&f), " ")); diff != "" {
			t.Errorf("fold %q: (-want +got)\n%s", tt.text, diff)
		}
	}
}

func TestSentences(t *testing.T) {
	tests := []struct {
		text string
		want int
	}{
		{"Dr. Weir kam am 1. April um 9 Uhr zu Prof. Adler.", 1},
		{"Danke! Bis morgen. Servus", 3},
		{"Erste Zeile\nzweite Zeile", 2},
		{"Schön 🥐 Heute neu", 2},
		{"Foto 📸 Ulf Behrmann", 1},
	}
	for _, tt := range tests {
		var f folded
		f.take(tt.text, nil)
		if got := int(f.words[len(f.words)-1].sentence) + 1; got != tt.want {
			t.Errorf("%q: %d sentences, want %d", tt.text, got, tt.want)
		}
	}
}

func TestNegation(t *testing.T) {
	tests := []struct {
		text string
		want string // the negated words
	}{
		{"Hier ist kein Kunde zufrieden", "kunde zufrieden"},
		{"nicht nur unser Team", ""},
		{"Was nicht geht, sagt Silke", "geht"},
		{"without our team", "our team"},
	}
	for _, tt := range tests {
		var f folded
		f.take(tt.text, nil)
		var got []string
		for i := range f.words {
			if f.words[i].flags&negated != 0 {
				got = append(got, string(f.form(i)))
			}
		}
		if diff := cmp.Diff(tt.want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%q: (-want +got)\n%s", tt.text, diff)
		}
	}
}

// FuzzFold holds that every word and every folded byte leads back to whole letters of the text, in order, and that
// folding the quoted piece alone gives the same letters.
func FuzzFold(f *testing.F) {
	for _, s := range captions {
		f.Add(s)
	}
	f.Add("Kolleg:innen Mu\u0308ller #DankeTeam @a.b (innen) 𝗧𝗲𝗮𝗺 \xff\xfe ẞ İ")
	f.Add("a:r*in_innen/-innen(in")
	r, err := BuiltinRules()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var x folded
		x.take(text, r.vocabulary.hashtags)
		if len(x.back) != len(x.buf) || len(x.ahead) != len(x.buf) {
			t.Fatalf("%q: %d folded bytes, %d ways back, %d ends", text, len(x.buf), len(x.back), len(x.ahead))
		}
		for k := range x.buf {
			if x.back[k] < 0 || x.ahead[k] > int32(len(text)) || x.back[k] >= x.ahead[k] || k > 0 && x.back[k] < x.back[k-1] {
				t.Fatalf("%q: byte %d comes from %d to %d", text, k, x.back[k], x.ahead[k])
			}
		}
		for i, w := range x.words {
			if w.start < 0 || w.start >= w.end || int(w.end) > len(text) {
				t.Fatalf("%q: word %d is [%d:%d]", text, i, w.start, w.end)
			}
			if utf8.ValidString(text) && !utf8.ValidString(text[w.start:w.end]) {
				t.Fatalf("%q: word %d cuts a letter: %q", text, i, text[w.start:w.end])
			}
		}
	})
}

// FuzzEvidence holds the promise that every quote stands where the evidence says.
func FuzzEvidence(f *testing.F) {
	for _, s := range captions {
		f.Add(s, "Unsere Gäste 2018", "Bäckerei Sonnkorn")
	}
	f.Add("Unsere Kolleg:innen 🥐 und #DankeTeam (Foto: Ulf Bär)", "Weihnachtsfeier", "Müller")
	r, err := BuiltinRules()
	if err != nil {
		f.Fatal(err)
	}
	c := New(r)
	f.Fuzz(func(t *testing.T, text, album, page string) {
		s, _ := Example{Text: text, Album: album, Page: page, Alt: text, Tag: album, Creator: text, File: album}.subject()
		findings, err := c.Classify(s)
		if err != nil {
			t.Fatal(err)
		}
		checkQuotes(t, s, findings)
	})
}
