package report

import (
	"strings"
	"testing"

	"pagerisk/classify"
	"pagerisk/classify/picture"
	"pagerisk/classify/records"
	"pagerisk/scanner"
)

// TestLicensed: of several pictures as many are licensed as different numbers say, and never one that may be without.
func TestLicensed(t *testing.T) {
	line := func(number string, media ...int) records.GroundMatch {
		return records.GroundMatch{Kind: records.Licence, Code: "L" + number, By: "asset", Names: []string{number}, Media: media, Social: records.ClauseYes, AI: records.ClauseYes}
	}
	known := records.GroundMatch{Kind: records.Licence, Code: "K", By: "known", Media: []int{0}, Social: records.ClauseYes, AI: records.ClauseYes}
	const plain, getty = "448761234_102233445566_n.jpg", "GettyImages-555666777.jpg"
	for _, tt := range []struct {
		name  string
		text  string
		files []string
		lines []records.GroundMatch
		want  Ground
		why   string // the last reason holds this
	}{
		{"one number, one picture", "Foto: Adobe Stock 111222333", []string{plain}, []records.GroundMatch{line("111222333")}, CoversAI, "L111222333"},
		{"one number, two pictures", "Foto: Adobe Stock 111222333", []string{plain, plain}, []records.GroundMatch{line("111222333")}, Unknown, "für 1 belegt"},
		{"two numbers, two pictures", "Fotos: Adobe Stock 111222333, 444555666", []string{plain, plain}, []records.GroundMatch{line("111222333"), line("444555666")}, CoversAI, "L444555666"},
		{"two numbers, three pictures", "Fotos: Adobe Stock 111222333, 444555666", []string{plain, plain, plain}, []records.GroundMatch{line("111222333"), line("444555666")}, Unknown, "für 2 belegt"},
		{"two lines of one number, two pictures", "Foto: Adobe Stock 111222333", []string{plain, plain}, []records.GroundMatch{line("111222333"), line("111222333")}, Unknown, "für 1 belegt"},
		{"two numbers, each of its own picture", "Neu", []string{plain, plain}, []records.GroundMatch{line("111222333", 0), line("444555666", 1)}, CoversAI, "L444555666"},
		{"two numbers of one picture", "Neu", []string{plain, plain}, []records.GroundMatch{line("111222333", 0), line("444555666", 0)}, Unknown, "für 1 belegt"},
		{"one number of a picture, one in the text", "Foto: Adobe Stock 444555666", []string{plain, plain}, []records.GroundMatch{line("111222333", 0), line("444555666")}, CoversAI, "L444555666"},
		{"a known picture may be the one of the number", "Foto: Adobe Stock 444555666", []string{plain, plain}, []records.GroundMatch{known, line("444555666")}, Unknown, "für 1 belegt"},
		{"a third number, of which there is no licence", "Fotos: Adobe Stock 111222333, 444555666, 777888999", []string{plain, plain}, []records.GroundMatch{line("111222333"), line("444555666")}, Unknown, "auch 777888999"},
		{"a second number for one picture", "Foto: Adobe Stock 111222333 / 777888999", []string{plain}, []records.GroundMatch{line("111222333")}, Unknown, "auch 777888999"},
		{"a number of which another picture's file has the licence", "Fotos: Adobe Stock 111222333, 444555666", []string{plain, plain}, []records.GroundMatch{line("111222333", 0), line("444555666")}, CoversAI, "L444555666"},
		{"a telephone number", "Foto: Adobe Stock 111222333. Ruf an: 0531 12345678, +49 531 9988776", []string{plain}, []records.GroundMatch{line("111222333")}, CoversAI, "L111222333"},
		{"telephone numbers as people write them", "Foto: Adobe Stock 111222333 (Tel.: 01511234567, +49 (0)531 9988776, ☎ (0531) 12345678, 0531/9988776, 044 123 45 67)", []string{plain}, []records.GroundMatch{line("111222333")}, CoversAI, "L111222333"},
		{"a second number, 111222333 + 777888999", "Foto: Adobe Stock 111222333 + 777888999", []string{plain}, []records.GroundMatch{line("111222333")}, Unknown, "auch 777888999"},
		{"a second number, 111222333, Unsplash+ 777888999", "Fotos: Adobe Stock 111222333, Unsplash+ 777888999", []string{plain}, []records.GroundMatch{line("111222333")}, Unknown, "auch 777888999"},
		{"a second number, 111222333 +777888999", "Foto: Adobe Stock 111222333 +777888999", []string{plain}, []records.GroundMatch{line("111222333")}, Unknown, "auch 777888999"},
		{"a second number, #111222333 (10.05.2024 777888999)", "Foto: Adobe Stock #111222333 (10.05.2024 777888999)", []string{plain}, []records.GroundMatch{line("111222333")}, Unknown, "auch 777888999"},
		{"a second number, 111222333, Tel. 0531 12345678 / 777888999", "Foto: Adobe Stock 111222333, Tel. 0531 12345678 / 777888999", []string{plain}, []records.GroundMatch{line("111222333")}, Unknown, "auch 777888999"},
		{"a second number, 111222333, +49 531 9988776 777888999", "Foto: Adobe Stock 111222333, +49 531 9988776 777888999", []string{plain}, []records.GroundMatch{line("111222333")}, Unknown, "auch 777888999"},
		{"a second number, 111222333 +1 777888999", "Fotos: Adobe Stock 111222333 +1 777888999", []string{plain}, []records.GroundMatch{line("111222333")}, Unknown, "auch 777888999"},
		{"a second number that begins with 0", "Fotos: Adobe Stock #111222333, #077788899", []string{plain}, []records.GroundMatch{line("111222333")}, Unknown, "auch 077788899"},
		{"a number of another length is no picture's of that library", "Foto: Adobe Stock 111222333, Kundennummer 123456", []string{plain}, []records.GroundMatch{line("111222333")}, CoversAI, "L111222333"},
		{"a number that is two figures shorter may be one", "Foto: Adobe Stock 111222333, 7778889", []string{plain}, []records.GroundMatch{line("111222333")}, Unknown, "auch 7778889"},
		{"a year and a postcode", "Foto: Adobe Stock 111222333, 38100 Braunschweig, 2025", []string{plain}, []records.GroundMatch{line("111222333")}, CoversAI, "L111222333"},
		{"one of the files is another library's", "Fotos: Adobe Stock 111222333, 444555666", []string{plain, getty}, []records.GroundMatch{line("111222333"), line("444555666")}, Unknown, "für 1 belegt"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := assessment(people(0), found(classify.Stock, classify.Sure, ev("stock.credit-line", "Adobe Stock")))
			a.Item.Text, a.Item.Media, a.Facts, a.Grounds = tt.text, nil, nil, tt.lines
			for _, f := range tt.files {
				a.Item.Media, a.Facts = append(a.Item.Media, scanner.Media{File: f}), append(a.Facts, &picture.Facts{})
			}
			r := Assess(a)
			why := NewTexts("de").GroundReasons(r)
			if r.Ground != tt.want || len(why) == 0 || !strings.Contains(strings.Join(why, " "), tt.why) {
				t.Errorf("got %s: %q, want %s with %q", r.Ground, why, tt.want, tt.why)
			}
		})
	}
}
