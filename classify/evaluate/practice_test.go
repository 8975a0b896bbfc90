package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pagerisk/classify"
	"pagerisk/scanner"
)

func TestLoadPractice(t *testing.T) {
	var rows []*row
	var answers []answer
	text := "# Bäckerei Beispiel\tf\ne\t1\tp\tde\t\tUm vier steht Jutta schon am Ofen.\\nJeden Tag.\n\ncm\tv?\tr\ten\tSummer\t\n# zweirad.beispiel\ti\nco\t4\ta\tde\tMesse\tStand 7\n"
	if err := loadPractice("x.tsv", strings.NewReader(text), &rows, &answers); err != nil {
		t.Fatal(err)
	}
	one, four := 1, 4
	want := []*row{
		{ID: "x.tsv:2", Page: "Bäckerei Beispiel", Platform: scanner.Facebook, Kind: scanner.Post, Lang: "de", Text: "Um vier steht Jutta schon am Ofen.\nJeden Tag.",
			Media: []medium{{Type: "photo", File: "1_n.jpg", People: &one}}},
		{ID: "x.tsv:4", Page: "Bäckerei Beispiel", Platform: scanner.Facebook, Kind: scanner.Reel, Lang: "en", Album: "Summer",
			Media: []medium{{Type: "video", File: "1_n.jpg"}}},
		{ID: "x.tsv:6", Page: "zweirad.beispiel", Platform: scanner.Instagram, Kind: scanner.AlbumPhoto, Lang: "de", Album: "Messe", Text: "Stand 7",
			Media: []medium{{Type: "photo", File: "1_n.jpg", People: &four}}},
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("rows (-want +got)\n%s", diff)
	}
	labels := []answer{{[]classify.Label{classify.Employee}}, {[]classify.Label{classify.Customer, classify.Minor}}, {[]classify.Label{classify.Customer, classify.OtherPerson}}}
	if diff := cmp.Diff(labels, answers); diff != "" {
		t.Errorf("labels (-want +got)\n%s", diff)
	}
}

func TestLoadPracticeErrors(t *testing.T) {
	const page = "# Laden\tf\n"
	for _, tt := range []struct{ text, want string }{
		{"e\t1\tp\tde\t\tText\n", `line 1: no page stands above it`},
		{"# Laden\tx\n", `line 1: platform "x" is neither f nor i`},
		{page + "e\t1\tp\tde\tText\n", `line 2: 5 columns instead of 6`},
		{page + "z\t1\tp\tde\t\tText\n", `line 2: no label 'z'`},
		{page + "e\tmany\tp\tde\t\tText\n", `line 2: people "many" is no number`},
		{page + "e\t-1\tp\tde\t\tText\n", `line 2: people "-1" is no number`},
		{page + "e\t1\tq\tde\t\tText\n", `line 2: no kind "q"`},
	} {
		err := loadPractice("x.tsv", strings.NewReader(tt.text), new([]*row), new([]answer))
		if err == nil || !strings.Contains(err.Error(), `read "x.tsv": `+tt.want) {
			t.Errorf("%q: %v, want %s", tt.text, err, tt.want)
		}
	}
}
