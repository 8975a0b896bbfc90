package workbook

import (
	"testing"

	"pagerisk/report"
	"pagerisk/scanner"
)

func TestDetail(t *testing.T) {
	for _, test := range []struct {
		code   scanner.Code
		detail string
		de     string
	}{
		{scanner.CodeUnreadable, "read mp4: corrupt: no film in it", "beschädigt: kein Film darin"},
		{scanner.CodeCorrupt, `ends in the middle: read "posts/archive.json": corrupt: unexpected EOF`, "bricht mittendrin ab: beschädigt"},
		{scanner.CodeTooLarge, "decode picture: too large: 20000 × 30000 pixels", "zu groß: 20000 × 30000 Bildpunkte"},
		{scanner.CodeSameFile, `again in "part 2.zip", with the same bytes`, "noch einmal in part 2.zip, mit demselben Inhalt"},
		{scanner.CodeDenied, "permission is missing (#200): (#200) Requires a permission", "eine Berechtigung fehlt (#200)"},
		{scanner.CodeLimit, "2023: the list gave 590 posts, near the 600 a year that the API is said to rank; asked month by month it gave none beyond",
			"2023: die Liste gab 590 Beiträge, nahe an den 600 im Jahr, welche die API herausgeben soll; nach Monaten gefragt kamen keine weiteren"},
		{scanner.CodeState, "visible to: Freunde", "sichtbar nur für: Freunde"},
		{scanner.CodeState, "dated back; added 2023-05-01T08:00:00Z", "zurückdatiert; hinzugefügt 2023-05-01T08:00:00Z"},
		{scanner.CodeZone, `its times are local ones without a zone, read as "Europe/Berlin"`, "Ortszeiten ohne Zeitzone, gelesen als Europe/Berlin"},
		{scanner.CodePanic, "runtime error: index out of range", "technische Einzelheit, siehe items.jsonl"},
		{scanner.CodeUnsupported, "jpeg", "jpeg"},
		{scanner.CodeMissing, "", ""},
	} {
		note := scanner.Note{Code: test.code, Detail: test.detail}
		if got := (&book{t: report.NewTexts("de")}).detail(note); got != test.de {
			t.Errorf("detail %q in German: %q, want %q", test.detail, got, test.de)
		}
		if got := (&book{t: report.NewTexts("en")}).detail(note); len(got)+4 < len(test.detail) {
			t.Errorf("detail %q in English lost something: %q", test.detail, got)
		}
	}
}
