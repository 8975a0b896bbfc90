package gallery_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"iter"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pagerisk/classify"
	"pagerisk/classify/picture"
	"pagerisk/report"
	"pagerisk/report/gallery"
	"pagerisk/scanner"
)

// hostile is what an attacker would put into a caption.
const hostile = `</script><script>alert(1)</script><img src=x onerror=alert(1)> "quoted" & 'so' on` + "\u2028" + `= 1 + 1`

func small(t testing.TB) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 64, 48))
	for i := range 64 * 48 {
		img.Set(i%64, i/64, color.Gray{byte((i%64/4 + i/64/4) % 2 * 255)})
	}
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, img, nil); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// register has n flagged items, of which the first is hostile, and one that is gone.
func register(t testing.TB, n int, lang string) *report.Register {
	jpg := small(t)
	row := func(i int) *report.Row {
		text := fmt.Sprintf("Danke, Petra! Beitrag %d", i)
		if i == 0 {
			text = hostile
		}
		two := 2
		score := report.Rating{Likelihood: 1 + i%4, Severity: 1 + i/4%4}
		r := &report.Row{
			Item: &scanner.Item{
				Key: scanner.Key(fmt.Sprintf("fb:x:%016d", i)), Platform: scanner.Facebook, Kind: scanner.Post, State: scanner.Published,
				Account: "Werkstatt", Text: text, Album: fmt.Sprintf("Album %d", i%3), Created: time.Date(2020+i%6, 3, 1+i%28, 12, 0, 0, 0, time.UTC),
				Permalink: "javascript:alert(1)",
				Media: []scanner.Media{
					{File: "1.jpg", Status: scanner.OK, SHA256: scanner.Hash{1, byte(i), byte(i >> 8)}, Width: 640, Height: 480, Alt: hostile},
					{File: "2.jpg", Status: scanner.Missing},
				},
			},
			Facts:  []*picture.Facts{{Width: 640, Height: 480, People: &two, Boxes: []picture.Box{{X: 64, Y: 48, W: 64, H: 48, Sure: true}}}, nil},
			Number: i + 1, Group: i % 2,
			Findings: []classify.Finding{{Label: classify.Labels[i%7], Band: classify.Likely, Evidence: []classify.Evidence{
				{Rule: "thanks", Field: "text", Start: 0, End: 5, Quote: text[:5], Weight: 1},
				{Rule: "thanks", Field: "text", Start: 2, End: 5000, Quote: "nowhere", Weight: 1},
			}}},
			Risk: &report.Risk{Today: score, Period: report.ObjectionOpen, Ground: report.Unknown},
		}
		return r
	}
	return &report.Register{
		Head: report.Head{
			Organisation: "Werkstatt <b>", Lang: lang, Started: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC),
			Accounts: []report.Account{{Platform: scanner.Facebook, Name: "Werkstatt"}},
		},
		Texts:   report.NewTexts(lang),
		Rules:   []report.RuleInfo{{ID: "thanks", Why: "Der Text dankt einer Person."}},
		Preview: func(scanner.Hash) ([]byte, error) { return jpg, nil },
		Rows: func(context.Context) iter.Seq2[*report.Row, error] {
			return func(yield func(*report.Row, error) bool) {
				for i := range n {
					if !yield(row(i), nil) {
						return
					}
				}
				gone := row(n)
				gone.Gone = time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
				yield(gone, nil)
			}
		},
	}
}

func write(t testing.TB, r *report.Register) string {
	t.Helper()
	dir := t.TempDir()
	if err := (gallery.Writer{}).Write(t.Context(), dir, r); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "gallery")
}

func read(t testing.TB, elem ...string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(elem...))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestContactSheetNeedsNoScript(t *testing.T) {
	dir := write(t, register(t, 450, "de"))
	cards := regexp.MustCompile(`<li class="card"`)
	var got []int
	for _, name := range []string{"index.html", "page-2.html", "page-3.html"} {
		got = append(got, len(cards.FindAllString(read(t, dir, name), -1)))
	}
	if diff := cmp.Diff([]int{200, 200, 50}, got); diff != "" {
		t.Errorf("cards per page (-want +got):\n%s", diff)
	}
	page := read(t, dir, "page-2.html")
	if !strings.Contains(page, `<mark>spricht für einen Befund</mark> <mark class="anti">spricht gegen einen Befund</mark>`) {
		t.Error("page-2.html does not say what the marks mean")
	}
	if strings.Contains(page, "<script") {
		t.Error("page-2.html has a script: a contact sheet needs none")
	}
	if !strings.Contains(page, `<mark title="Der Text dankt einer Person.">Danke</mark>, Petra!`) {
		t.Error("page-2.html does not show evidence in the caption")
	}
}

func TestTextsNeverBecomeMarkup(t *testing.T) {
	dir := write(t, register(t, 1, "de"))
	page, script := read(t, dir, "index.html"), read(t, dir, "items.js")
	for name, text := range map[string]string{"index.html": page, "items.js": script} {
		if strings.Contains(text, "<script>alert") || strings.Contains(text, "<img src=x") || strings.Contains(text, "javascript:") || name == "items.js" && strings.Contains(text, "\u2028") {
			t.Errorf("%s lets text from outside become markup", name)
		}
	}
	if strings.Contains(page, "<b>") {
		t.Error("index.html lets the organisation's name become markup")
	}
	var data struct {
		Items []struct{ Caption []struct{ T string } }
	}
	if err := json.Unmarshal([]byte(strings.TrimSuffix(strings.TrimPrefix(script, "window.pagerisk = "), ";\n")), &data); err != nil {
		t.Fatal(err)
	}
	var got string
	for _, s := range data.Items[0].Caption {
		got += s.T
	}
	if diff := cmp.Diff(hostile, got); diff != "" {
		t.Errorf("caption in items.js (-want +got):\n%s", diff)
	}
}

func TestNothingIsFetched(t *testing.T) {
	dir := write(t, register(t, 3, "en"))
	address := regexp.MustCompile(`(?:src|href)="([^"]*)"`)
	for _, m := range address.FindAllStringSubmatch(read(t, dir, "index.html"), -1) {
		if strings.Contains(m[1], ":") || strings.HasPrefix(m[1], "/") {
			t.Errorf("index.html loads %q", m[1])
		}
	}
	for _, name := range []string{"gallery.css", "gallery.js"} {
		if text := read(t, dir, name); regexp.MustCompile(`https?://|@import|fetch\(|XMLHttpRequest|url\(`).MatchString(text) {
			t.Errorf("%s reaches for something outside", name)
		}
	}
}

func TestEveryTextIsThere(t *testing.T) {
	for _, lang := range report.Languages {
		dir := write(t, register(t, 2, lang))
		for _, name := range []string{"index.html", "items.js"} {
			if m := regexp.MustCompile(`\[[a-z_]+\.[a-z_.]+\]`).FindString(read(t, dir, name)); m != "" {
				t.Errorf("%s in %q lacks the text %s", name, lang, m)
			}
		}
	}
}

// Where nothing but learned words speaks for a category, they are its reason, but for those that tell nothing.
func TestLearnedWordsAreReasons(t *testing.T) {
	r := register(t, 1, "de")
	rows := r.Rows
	r.Rows = func(ctx context.Context) iter.Seq2[*report.Row, error] {
		return func(yield func(*report.Row, error) bool) {
			for row, err := range rows(ctx) {
				row.Findings = []classify.Finding{{Label: classify.Minor, Band: classify.Likely, Evidence: []classify.Evidence{
					{Rule: classify.LearnedPrefix + "word-1", Field: "text", Start: 0, End: 4, Quote: "Leni", Weight: 2},
					{Rule: classify.LearnedPrefix + "word-2", Field: "text", Start: 5, End: 8, Quote: "war", Weight: -2},
					{Rule: classify.LearnedPrefix + "small-3", Field: "text", Start: 9, End: 12, Quote: "und", Weight: 1.5},
				}}}
				if !yield(row, err) {
					return
				}
			}
		}
	}
	if items := read(t, write(t, r), "items.js"); !strings.Contains(items, "Minderjährige: auch diese gelernten Wörter sprechen dafür: „Leni“\"") {
		t.Errorf("no reason names the word:\n%s", items)
	}
}

// The words that make somebody a child are marked as speaking for it, though they speak against staff too.
func TestForBeforeAgainst(t *testing.T) {
	r := register(t, 1, "de")
	rows := r.Rows
	r.Rows = func(ctx context.Context) iter.Seq2[*report.Row, error] {
		return func(yield func(*report.Row, error) bool) {
			for row, err := range rows(ctx) {
				row.Item.Text = "Leni (12) lacht"
				row.Findings = []classify.Finding{
					{Label: classify.Employee, Evidence: []classify.Evidence{{Rule: "against", Field: "text", Start: 0, End: 9, Quote: "Leni (12)", Weight: -1}}},
					{Label: classify.Minor, Evidence: []classify.Evidence{{Rule: "thanks", Field: "text", Start: 0, End: 9, Quote: "Leni (12)", Weight: 3}}},
				}
				if !yield(row, err) {
					return
				}
			}
		}
	}
	if items := read(t, write(t, r), "items.js"); strings.Contains(items, `"a":true`) {
		t.Errorf("the age is marked as speaking against:\n%s", items)
	}
}

func TestRedact(t *testing.T) {
	r := register(t, 1, "de")
	r.Head.Redact = true
	dir := write(t, r)
	pictures, err := filepath.Glob(filepath.Join(dir, "img", "*.jpg"))
	if err != nil || len(pictures) != 1 {
		t.Fatalf("pictures: %v, %v", pictures, err)
	}
	if was, is := roughness(t, small(t)), roughness(t, []byte(read(t, pictures[0]))); is > was/4 {
		t.Errorf("a blurred preview has still a roughness of %.1f, the picture had %.1f", is, was)
	}
}

// roughness is how much neighbouring pixels differ on average.
func roughness(t *testing.T, jpg []byte) float64 {
	t.Helper()
	img, err := jpeg.Decode(bytes.NewReader(jpg))
	if err != nil {
		t.Fatal(err)
	}
	sum, n := 0.0, 0.0
	for y := range img.Bounds().Dy() {
		for x := 1; x < img.Bounds().Dx(); x++ {
			a := color.GrayModel.Convert(img.At(x-1, y)).(color.Gray).Y
			b := color.GrayModel.Convert(img.At(x, y)).(color.Gray).Y
			sum += max(float64(a), float64(b)) - min(float64(a), float64(b))
			n++
		}
	}
	return sum / n
}

// Of a very large register the heaviest items are shown, the rest is counted, and nothing is written of it.
func TestOnlyTheHeaviestOfVeryMany(t *testing.T) {
	const shown, n = 5000, 10_020
	r := register(t, n, "de")
	asked := 0
	r.Preview = func(scanner.Hash) ([]byte, error) { asked++; return nil, nil }
	dir := write(t, r)
	if asked != shown {
		t.Errorf("%d pictures were asked for, want %d", asked, shown)
	}
	data := read(t, dir, "items.js")
	if got := strings.Count(data, `"levelText":`); got != shown {
		t.Errorf("%d items, want %d", got, shown)
	}
	// Items come with scores of 1, 2, 3, 4, 2, 4 … to 16, each as often: the lighter half is left out.
	if strings.Contains(data, `"score":"1 × 1 = 1"`) || !strings.Contains(data, `"score":"4 × 4 = 16"`) {
		t.Error("not the heaviest items are shown")
	}
	if page := read(t, dir, "index.html"); !strings.Contains(page, "5.020") {
		t.Error("the page does not say how many items are left out")
	}
}

func TestOldGalleryIsReplacedWhole(t *testing.T) {
	dir := t.TempDir()
	for _, n := range []int{450, 3} {
		if err := (gallery.Writer{}).Write(t.Context(), dir, register(t, n, "de")); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "gallery", "page-2.html")); err == nil {
		t.Error("a page of the earlier gallery is still there")
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("Write left %v, %v", entries, err)
	}
}

func BenchmarkWrite(b *testing.B) {
	r := register(b, 2000, "de")
	for b.Loop() {
		if err := (gallery.Writer{}).Write(b.Context(), b.TempDir(), r); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(2000*float64(b.N)/b.Elapsed().Seconds(), "items/s")
}
