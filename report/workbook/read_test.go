package workbook

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"pagerisk/report"
	"pagerisk/scanner"
)

// An untouched workbook brings every row and no decision.
func TestReadUntouched(t *testing.T) {
	for _, lang := range report.Languages {
		r := synthetic(lang, 90)
		ret, err := Read(write(t, Writer{}, r))
		if err != nil {
			t.Fatal(err)
		}
		if ret.Lang != lang || ret.Base != 0 || ret.Altered != 0 || len(ret.Unknown) != 0 || len(ret.Odd) != 0 {
			t.Errorf("%s: Lang %q, Base %d, Altered %d, Unknown %v, Odd %v", lang, ret.Lang, ret.Base, ret.Altered, ret.Unknown, ret.Odd)
		}
		findings := 0
		for _, row := range ret.Rows {
			if row.Number > 0 {
				findings++
			}
			for f, v := range row.Values {
				if v != "" && v != "open" {
					t.Errorf("%s: %s of %s is %q", lang, f, row.Key, v)
				}
			}
		}
		if want := len(numbered(t, r)); findings != want {
			t.Errorf("%s: %d rows of findings, want %d", lang, findings, want)
		}
		sum := report.Merge(r.Log, &report.Last{}, ret, r.Head.Started)
		if len(sum.Decisions) > 0 {
			t.Errorf("%s: an untouched workbook brings %v", lang, sum.Decisions)
		}
	}
}

// numbered are the keys and numbers of the rows of the sheet of findings.
func numbered(t testing.TB, r *report.Register) map[scanner.Key]int {
	t.Helper()
	out := map[scanner.Key]int{}
	for row, err := range r.Rows(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if row.Number > 0 {
			out[row.Item.Key] = row.Number
		}
	}
	return out
}

// entry is what a person may enter in a cell, and what it means.
type entry struct{ de, en, code string }

func entries(rng *rand.Rand, spec report.FieldSpec) entry {
	switch spec.Kind {
	case report.ListField:
		code := report.ValueLists[spec.List][rng.IntN(len(report.ValueLists[spec.List]))]
		if spec.List == "grade" {
			return entry{code, code, code}
		}
		key := "wb.list." + spec.List + "." + code
		return entry{report.NewTexts("de").Say(key), report.NewTexts("en").Say(key), code}
	case report.DateField:
		d := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rng.IntN(400))
		return entry{d.Format([]string{"02.01.2006", "2.1.2006", "2006-01-02"}[rng.IntN(3)]), d.Format("2006-01-02"), d.Format(time.DateOnly)}
	}
	s := []string{"AB", "siehe Ordner 7/3", "Zeile 1\nZeile 2", "ü 🎉", "=kein Befehl", "B-12"}[rng.IntN(6)]
	return entry{s, s, s}
}

// sheetCopy is the sheet of findings as somebody gives it back: cells by column code.
type sheetCopy struct {
	cols []string
	rows []map[string]string
}

// TestRoundTrip edits, sorts, filters, renames, translates and cuts up workbooks at random, and holds what is read back
// against what was entered: no decision lost, none invented.
func TestRoundTrip(t *testing.T) {
	for seed := range uint64(25) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 7))
			lang := report.Languages[rng.IntN(2)]
			r := synthetic(lang, 40+rng.IntN(60))
			keys := numbered(t, r)
			// Somebody decided before, so that the workbook does not come empty.
			before := map[scanner.Key]map[report.Field]string{}
			enter := func(into map[scanner.Key]map[report.Field]string, key scanner.Key, f report.Field, v string) {
				if into[key] == nil {
					into[key] = map[report.Field]string{}
				}
				into[key][f] = v
			}
			var first []report.Decision
			for _, key := range slices.Sorted(mapKeysOf(keys)) {
				for _, spec := range report.ReviewFields {
					if rng.IntN(6) == 0 {
						v := entries(rng, spec).code
						enter(before, key, spec.Field, v)
						first = append(first, report.Decision{Item: key, Field: spec.Field, Value: v, At: r.Head.Started.AddDate(0, -1, 0)})
					}
				}
			}
			if err := r.Log.Append(t.Context(), first); err != nil {
				t.Fatal(err)
			}
			file := write(t, Writer{Previews: -1}, r)
			dir := t.TempDir()
			edited, want := edit(t, rng, file, lang, dir, before)
			ret, err := Read(edited)
			if err != nil {
				t.Fatal(err)
			}
			last := shownAs(t, r)
			sum := report.Merge(r.Log, last, ret, r.Head.Started.AddDate(1, 0, 0))
			if err := r.Log.Append(t.Context(), sum.Decisions); err != nil {
				t.Fatal(err)
			}
			got := map[scanner.Key]map[report.Field]string{}
			for key := range keys {
				for f, d := range r.Log.Newest(key) {
					if spec, _ := report.SpecOf(key, f); d.Value != spec.Default {
						enter(got, key, f, d.Value)
					}
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("decisions (-want +got):\n%s", diff)
			}
			if sum.Conflicts > 0 || len(sum.Unknown) > 0 {
				t.Errorf("conflicts %d, unknown %v, where there are none", sum.Conflicts, sum.Unknown)
			}
		})
	}
}

func mapKeysOf[K comparable, V any](m map[K]V) func(func(K) bool) {
	return func(yield func(K) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// shownAs is what the last register of a case would remember; here only what Merge asks for.
func shownAs(t *testing.T, r *report.Register) *report.Last {
	t.Helper()
	items := map[scanner.Key]report.Shown{}
	for row, err := range r.Rows(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		items[row.Item.Key] = report.Shown{Number: row.Number, Link: row.Item.Permalink}
	}
	return report.NewLast(items, r.Head.Started)
}

// edit changes a workbook as people do and returns the copy, and what must be decided after it was taken in.
func edit(t *testing.T, rng *rand.Rand, file, lang, dir string, before map[scanner.Key]map[report.Field]string) (string, map[scanner.Key]map[report.Field]string) {
	t.Helper()
	f := open(t, file)
	other := map[string]string{"de": "en", "en": "de"}[lang]
	sheet := report.NewTexts(lang).Say("wb.sheet.findings")
	grid, err := f.GetRows(sheet, excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	c := sheetCopy{}
	for _, col := range findingColumns() {
		c.cols = append(c.cols, col.code)
	}
	for _, cells := range grid[1:] {
		row := map[string]string{}
		for i, v := range cells {
			row[c.cols[i]] = v
		}
		c.rows = append(c.rows, row)
	}
	want := map[scanner.Key]map[report.Field]string{}
	for key, m := range before {
		for f, v := range m {
			if spec, _ := report.SpecOf(key, f); v != spec.Default {
				if want[key] == nil {
					want[key] = map[report.Field]string{}
				}
				want[key][f] = v
			}
		}
	}
	// The language of a copy is that of its words: heads and values of the other one may stand in it.
	spoken := []string{lang, other}[rng.IntN(2)]
	missing := map[string]bool{}
	for _, code := range c.cols {
		if rng.IntN(8) == 0 {
			missing[code] = true
		}
	}
	how := rng.IntN(3) // what a row is known by
	switch how {
	case 0:
		delete(missing, "key")
	case 1:
		missing["key"] = true
		delete(missing, "no")
	case 2:
		missing["key"], missing["no"] = true, true
		delete(missing, "link")
	}
	for _, need := range parts[0].need[:4] {
		delete(missing, need) // people do not delete everything by which they know the table
	}
	kept := c.rows[:0:0]
	for _, row := range c.rows {
		if rng.IntN(5) > 0 {
			kept = append(kept, row)
		}
	}
	for _, row := range kept {
		key := scanner.Key(row["key"])
		for _, spec := range report.ReviewFields {
			code := string(spec.Field)
			if missing[code] || spec.Field == report.FieldGroupApply {
				continue
			}
			switch rng.IntN(8) {
			case 0:
				e := entries(rng, spec)
				row[code] = map[string]string{"de": e.de, "en": e.en}[spoken]
				if want[key] == nil {
					want[key] = map[report.Field]string{}
				}
				want[key][spec.Field] = e.code
				if e.code == spec.Default {
					delete(want[key], spec.Field)
				}
			case 1:
				row[code] = ""
				delete(want[key], spec.Field)
			}
			if len(want[key]) == 0 {
				delete(want, key)
			}
		}
	}
	rng.Shuffle(len(kept), func(i, j int) { kept[i], kept[j] = kept[j], kept[i] })
	order := slices.DeleteFunc(slices.Clone(c.cols), func(code string) bool { return missing[code] })
	rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })

	out := excelize.NewFile()
	defer out.Close()
	name := []string{sheet, "Tabelle1", "Kopie von Anna (2)"}[rng.IntN(3)]
	if err := out.SetSheetName("Sheet1", name); err != nil {
		t.Fatal(err)
	}
	top := rng.IntN(3) // somebody put a title above it
	if top > 0 {
		out.SetCellStr(name, "A1", "Stand: Dienstag")
	}
	for x, code := range order {
		head := report.NewTexts(spoken).Say("wb.col." + code)
		if rng.IntN(4) == 0 {
			head = "\u00a0" + strings.ToUpper(head) + " "
		}
		out.SetCellStr(name, cell(x+1, top+1), head)
		for y, row := range kept {
			ref := cell(x+1, top+2+y)
			v := row[code]
			switch {
			case v == "":
			case code == "link":
				out.SetCellFormula(name, ref, fmt.Sprintf(`HYPERLINK("%s","x")`, linkOf(t, f, sheet, row["no"])))
			default:
				out.SetCellStr(name, ref, v)
			}
		}
	}
	// Copies keep what the program wrote for itself, in the hidden sheet or in the properties, or lose both.
	if how < 2 || rng.IntN(2) == 0 {
		if rng.IntN(2) == 0 {
			out.NewSheet("_meta")
			rows, err := f.GetRows("_meta")
			if err != nil {
				t.Fatal(err)
			}
			for y, row := range rows {
				for x, v := range row {
					out.SetCellStr("_meta", cell(x+1, y+1), v)
				}
			}
		} else {
			props, err := f.GetCustomProps()
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range props {
				out.SetCustomProps(p)
			}
		}
	} else {
		// Without them nobody knows what stood in the file when it was written, and what was emptied cannot be told from
		// what was never there.
		out.NewSheet("_meta")
		out.SetCellStr("_meta", "A1", "decisions")
		out.SetCellStr("_meta", "B1", metaOf(t, f, "decisions"))
	}
	path := filepath.Join(dir, "zurück.xlsx")
	if err := out.SaveAs(path); err != nil {
		t.Fatal(err)
	}
	return path, want
}

func metaOf(t *testing.T, f *excelize.File, name string) string {
	t.Helper()
	rows, err := f.GetRows("_meta")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if r[0] == name {
			return r[1]
		}
	}
	t.Fatalf("_meta has no %q", name)
	return ""
}

func linkOf(t *testing.T, f *excelize.File, sheet, no string) string {
	t.Helper()
	for y := 2; ; y++ {
		v, err := f.GetCellValue(sheet, cell(1, y))
		if err != nil || v == "" {
			t.Fatalf("no row %s", no)
		}
		if v == no {
			formula, err := f.GetCellFormula(sheet, cell(6, y))
			if err != nil {
				t.Fatal(err)
			}
			_, rest, _ := strings.Cut(formula, `"`)
			address, _, _ := strings.Cut(rest, `"`)
			return address
		}
	}
}

// TestRoundTripLibreOffice lets LibreOffice save the workbook in between. It needs the program, so it runs where
// PAGERISK_SOFFICE names it.
func TestRoundTripLibreOffice(t *testing.T) {
	soffice := os.Getenv("PAGERISK_SOFFICE")
	if soffice == "" {
		return // the ordinary tests need Go only; .ci/run sets it
	}
	for _, lang := range report.Languages {
		r := synthetic(lang, 90)
		file := write(t, Writer{}, r)
		f := open(t, file)
		texts := report.NewTexts(lang)
		sheet := texts.Say("wb.sheet.findings")
		want := map[scanner.Key]map[report.Field]string{}
		rng := rand.New(rand.NewPCG(1, 2))
		cols := findingColumns()
		keyCol := slices.IndexFunc(cols, func(c column) bool { return c.code == "key" }) + 1
		for y := 2; y < 20; y++ {
			key, _ := f.GetCellValue(sheet, cell(keyCol, y))
			want[scanner.Key(key)] = map[report.Field]string{}
			for i, c := range cols {
				spec, ok := report.SpecOf(scanner.Key(key), report.Field(c.code))
				if !ok || spec.Field == report.FieldGroupApply {
					continue
				}
				e := entries(rng, spec)
				var v any = map[string]string{"de": e.de, "en": e.en}[lang]
				if d, err := time.Parse(time.DateOnly, e.code); err == nil && spec.Kind == report.DateField {
					v = day(d)
				}
				if err := f.SetCellValue(sheet, cell(i+1, y), v); err != nil {
					t.Fatal(err)
				}
				if e.code != spec.Default {
					want[scanner.Key(key)][spec.Field] = e.code
				}
			}
		}
		edited := filepath.Join(t.TempDir(), "edited.xlsx")
		if err := f.SaveAs(edited); err != nil {
			t.Fatal(err)
		}
		out := t.TempDir()
		cmd := exec.CommandContext(t.Context(), soffice, "-env:UserInstallation=file://"+t.TempDir(), "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", out, edited)
		if msg, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("soffice: %v\n%s", err, msg)
		}
		ret, err := Read(filepath.Join(out, "edited.xlsx"))
		if err != nil {
			t.Fatal(err)
		}
		if ret.Altered > 0 || len(ret.Unknown) > 0 || ret.Base != 0 {
			t.Errorf("%s: Altered %d, Unknown %v, Base %d", lang, ret.Altered, ret.Unknown, ret.Base)
		}
		log := &report.Log{}
		if err := log.Append(t.Context(), report.Merge(log, shownAs(t, r), ret, r.Head.Started.AddDate(1, 0, 0)).Decisions); err != nil {
			t.Fatal(err)
		}
		got := map[scanner.Key]map[report.Field]string{}
		for _, key := range log.Keys("") {
			got[key] = map[report.Field]string{}
			for f, d := range log.Newest(key) {
				got[key][f] = d.Value
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: decisions after LibreOffice (-want +got):\n%s", lang, diff)
		}
	}
}

// handmade is a workbook made cell by cell.
func handmade(t testing.TB, set func(f *excelize.File)) string {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	set(f)
	path := filepath.Join(t.TempDir(), "x.xlsx")
	if err := f.SaveAs(path); err != nil {
		t.Fatal(err)
	}
	return path
}

func heads(f *excelize.File, codes ...string) {
	for i, c := range codes {
		f.SetCellStr("Sheet1", cell(i+1, 1), report.NewTexts("de").Say("wb.col."+c))
	}
}

// What people write by hand is read as it is meant, and what cannot be meant is kept as a note and told.
func TestReadValues(t *testing.T) {
	for _, tt := range []struct {
		name  string
		field report.Field
		value any
		want  string
		note  string
		told  string
	}{
		{"word", report.FieldStatus, "bestätigt", "confirmed", "", ""},
		{"word of the other language", report.FieldStatus, " Needs Inquiry ", "ask", "", ""},
		{"code", report.FieldGround, "publish_only", "publish_only", "", ""},
		{"other dash", report.FieldGround, "ja - nur Veröffentlichung", "publish_only", "", ""},
		{"unknown word", report.FieldStatus, "vielleicht", "", "Prüfstatus: vielleicht", "unknown_value"},
		{"grade as number", report.FieldLikelihood, 3, "3", "", ""},
		{"grade as text", report.FieldLikelihood, "3.0", "3", "", ""},
		{"grade too high", report.FieldLikelihood, 7, "", "Wahrsch. (eigene): 7", "unknown_value"},
		{"day as number", report.FieldDue, 46387, "2026-12-31", "", ""},
		{"day with time just before midnight", report.FieldDue, 46386.999999, "2026-12-31", "", ""},
		{"German day", report.FieldDue, "31.12.2026", "2026-12-31", "", ""},
		{"short German day", report.FieldDue, "1.2.26", "2026-02-01", "", ""},
		{"ISO day", report.FieldDue, "2026-12-31", "2026-12-31", "", ""},
		{"no day", report.FieldDue, "bald", "", "Frist: bald", "no_date"},
		{"day of long ago", report.FieldDue, 12, "", "Frist: 12", "no_date"},
		{"error value", report.FieldOwner, "#REF!", "", "", "error_value"},
		{"text", report.FieldOwner, " Anna\r\nBerta ", "Anna\nBerta", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := handmade(t, func(f *excelize.File) {
				heads(f, "no", "finding", "excerpt", "note", string(tt.field))
				f.SetCellStr("Sheet1", "A2", "B-00007")
				f.SetCellStr("Sheet1", "B2", "Beschäftigte (sicher)")
				f.SetCellValue("Sheet1", "E2", tt.value)
			})
			ret, err := Read(path)
			if err != nil {
				t.Fatal(err)
			}
			if len(ret.Rows) != 1 || ret.Rows[0].Number != 7 {
				t.Fatalf("rows %+v", ret.Rows)
			}
			if got := ret.Rows[0].Values[tt.field]; got != tt.want {
				t.Errorf("value %q, want %q", got, tt.want)
			}
			if got := ret.Rows[0].Values[report.FieldNote]; got != tt.note {
				t.Errorf("note %q, want %q", got, tt.note)
			}
			told := ""
			for _, p := range append(ret.Unknown, ret.Odd...) {
				told = p.Code
			}
			if told != tt.told {
				t.Errorf("told %q, want %q", told, tt.told)
			}
			if tt.note != "" {
				if _, ok := ret.Rows[0].Values[tt.field]; ok {
					t.Error("a word that nobody knows counts as a change of the field")
				}
			}
		})
	}
}

func TestReadFormula(t *testing.T) {
	path := handmade(t, func(f *excelize.File) {
		heads(f, "no", "finding", "excerpt", "note", "owner")
		f.SetCellStr("Sheet1", "A2", "B-00007")
		f.SetCellStr("Sheet1", "E2", "Anna")
		f.SetCellFormula("Sheet1", "E2", `A1&"x"`)
	})
	ret, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(ret.Odd) != 1 || ret.Odd[0].Code != "formula" {
		t.Errorf("Odd = %v, want a note about the formula", ret.Odd)
	}
}

// Facts that somebody changed are not read back, but told.
func TestReadAltered(t *testing.T) {
	f := open(t, write(t, Writer{Previews: -1}, synthetic("de", 60)))
	f.SetCellStr("Befunde", "H3", "nichts zu sehen")
	f.SetCellStr("Befunde", "J4", "nichts zu sehen")
	f.SetCellStr("Befunde", "G5", "  "+func() string { v, _ := f.GetCellValue("Befunde", "G5"); return v }()+" ") // white space is nothing
	path := filepath.Join(t.TempDir(), "x.xlsx")
	if err := f.SaveAs(path); err != nil {
		t.Fatal(err)
	}
	ret, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if ret.Altered != 2 {
		t.Errorf("Altered = %d, want 2", ret.Altered)
	}
}

// Scenarios and objections come back like findings do.
func TestReadOtherSheets(t *testing.T) {
	r := synthetic("de", 30)
	f := open(t, write(t, Writer{Previews: -1}, r))
	set := func(sheet, code string, row int, v any) {
		t.Helper()
		head, err := f.GetRows(sheet, excelize.Options{RawCellValue: true})
		if err != nil {
			t.Fatal(err)
		}
		x := slices.Index(head[0], report.NewTexts("de").Say("wb.col."+code))
		if x < 0 {
			t.Fatalf("%s has no column %s", sheet, code)
		}
		f.SetCellValue(sheet, cell(x+1, row), v)
	}
	set("Risiken", "decision", 2, "hinnehmen")
	set("Risiken", "owner", 2, "GF")
	set("Widerspruch", "filed_on", 2, "20.05.2025")
	set("Widerspruch", "key", 2, "")
	path := filepath.Join(t.TempDir(), "x.xlsx")
	if err := f.SaveAs(path); err != nil {
		t.Fatal(err)
	}
	ret, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Log.Append(t.Context(), report.Merge(r.Log, shownAs(t, r), ret, r.Head.Started).Decisions); err != nil {
		t.Fatal(err)
	}
	if got := r.Log.Newest("scenario:R-01"); got["decision"].Value != "accept" || got["owner"].Value != "GF" || len(got) != 2 {
		t.Errorf("decisions on R-01: %v", got)
	}
	if got := r.Log.Newest("objection:facebook:Radhaus Nord"); got["filed_on"].Value != "2025-05-20" || len(got) != 1 {
		t.Errorf("decisions on the objection: %v", got)
	}
	// What was taken in stands in the next register, and the objection's columns follow it.
	second := open(t, write(t, Writer{Previews: -1}, r))
	rows, err := second.GetRows("Widerspruch", excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	if rows[1][5] != "45797" || rows[1][10] != "45797" {
		t.Errorf("the objection's row is %q", rows[1])
	}
}

func TestReadRefuses(t *testing.T) {
	good := write(t, Writer{Previews: -1}, synthetic("de", 12))
	parts := readParts(t, good)
	with := func(change func(m map[string]string)) []byte {
		m := map[string]string{}
		for k, v := range parts {
			m[k] = v
		}
		change(m)
		var buf bytes.Buffer
		zw := zip.NewWriter(&buf)
		for _, name := range slices.Sorted(mapKeys(m)) {
			w, err := zw.Create(name)
			if err != nil {
				t.Fatal(err)
			}
			io.WriteString(w, m[name])
		}
		if err := zw.Close(); err != nil {
			t.Fatal(err)
		}
		return buf.Bytes()
	}
	data, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	meta := ""
	for name, part := range parts {
		if strings.Contains(part, "<t>schema</t>") {
			meta = name
		}
	}
	for _, tt := range []struct {
		name string
		data []byte
		want error
	}{
		{"empty", nil, ErrNotRegister},
		{"text", []byte("Guten Tag, anbei das Register.\n"), ErrNotRegister},
		{"another zip", func() []byte {
			var buf bytes.Buffer
			zw := zip.NewWriter(&buf)
			zw.Create("posts/posts_1.json")
			zw.Close()
			return buf.Bytes()
		}(), ErrNotRegister},
		{"cut in half", data[:len(data)/2], ErrDamaged},
		{"another workbook", func() []byte {
			f := excelize.NewFile()
			defer f.Close()
			f.SetCellStr("Sheet1", "A1", "Umsatz")
			f.SetCellStr("Sheet1", "A2", "Status")
			var buf bytes.Buffer
			f.Write(&buf)
			return buf.Bytes()
		}(), ErrNotRegister},
		{"macros", with(func(m map[string]string) { m["xl/vbaProject.bin"] = "x" }), ErrMacros},
		{"old macros", with(func(m map[string]string) { m["xl/macrosheets/sheet1.xml"] = "x" }), ErrMacros},
		{"password", append([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), make([]byte, 600)...), ErrEncrypted},
		{"newer", with(func(m map[string]string) {
			m[meta] = strings.Replace(m[meta], "<t>1</t>", "<t>2</t>", 1)
		}), ErrNewerSchema},
		{"newer, by the properties", with(func(m map[string]string) {
			m[meta] = strings.Replace(m[meta], "<t>schema</t>", "<t>x</t>", 1)
			m["docProps/custom.xml"] = strings.Replace(m["docProps/custom.xml"], `name="pagerisk.schema"><vt:i4>1`, `name="pagerisk.schema"><vt:i4>2`, 1)
		}), ErrNewerSchema},
		{"garbage in the sheet", with(func(m map[string]string) {
			for name := range m {
				if strings.HasPrefix(name, "xl/worksheets/") {
					m[name] = "<worksheet><sheetData><row><c r=\"A1\" t=\"inlineStr\"><is><t>" + strings.Repeat("x", 100)
				}
			}
		}), ErrNotRegister},
		{"a bomb", bomb(t), ErrTooLarge},
		{"too many parts", func() []byte {
			var buf bytes.Buffer
			zw := zip.NewWriter(&buf)
			for i := range maxParts + 1 {
				zw.CreateHeader(&zip.FileHeader{Name: fmt.Sprintf("a%d", i), Method: zip.Store})
			}
			zw.Close()
			return buf.Bytes()
		}(), ErrTooLarge},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.xlsx")
			if err := os.WriteFile(path, tt.data, 0o600); err != nil {
				t.Fatal(err)
			}
			ret, err := Read(path)
			if !errors.Is(err, tt.want) {
				t.Errorf("Read: %v, %v, want %v", ret, err, tt.want)
			}
			if after, _ := os.ReadFile(path); !bytes.Equal(after, tt.data) {
				t.Error("the file was changed")
			}
		})
	}
	if _, err := Read(filepath.Join(t.TempDir(), "none.xlsx")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
	if _, err := Read(t.TempDir()); err == nil {
		t.Error("a folder was read")
	}
}

// bomb is a small workbook that claims a sheet of a gigabyte.
func bomb(t *testing.T) []byte {
	t.Helper()
	var buf bytes.Buffer
	zw := zip.NewWriter(&buf)
	w, err := zw.Create("xl/workbook.xml")
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(w, "<workbook/>")
	raw, err := zw.CreateRaw(&zip.FileHeader{Name: "xl/worksheets/sheet1.xml", Method: zip.Deflate, UncompressedSize64: 1 << 30, CompressedSize64: 5})
	if err != nil {
		t.Fatal(err)
	}
	raw.Write([]byte{1, 0, 0, 0xff, 0xff})
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// A bomb that lies about its size is stopped while it unpacks.
func TestReadLyingBomb(t *testing.T) {
	parts := readParts(t, write(t, Writer{Previews: -1}, synthetic("de", 3)))
	var buf bytes.Buffer
	zw := zip.NewWriter(&buf)
	for _, name := range slices.Sorted(mapKeys(parts)) {
		w, err := zw.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, parts[name])
		if name == "xl/worksheets/sheet4.xml" {
			io.WriteString(w, strings.Repeat(" ", 20<<20))
		}
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	// In the directory at the end, the sizes are made small.
	data := buf.Bytes()
	for i := 0; i+46 < len(data); i++ {
		if binary.LittleEndian.Uint32(data[i:]) == 0x02014b50 && bytes.HasPrefix(data[i+46:], []byte("xl/worksheets/sheet4.xml")) {
			binary.LittleEndian.PutUint32(data[i+24:], 100)
		}
	}
	path := filepath.Join(t.TempDir(), "x.xlsx")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(path); err == nil {
		t.Error("a part that is longer than it claims was read")
	}
}

// FuzzRead feeds damaged workbooks: whole files, and sheets within an otherwise sound one, because the packing would
// refuse nearly everything. Reading must end, without a crash, and bring only values that the fields take.
func FuzzRead(f *testing.F) {
	small := readParts(f, handmade(f, func(x *excelize.File) {
		heads(x, "no", "finding", "excerpt", "note", "status", "due", "lik_own", "link", "key")
		x.SetCellStr("Sheet1", "A2", "B-1")
		x.SetCellStr("Sheet1", "E2", "bestätigt")
		x.SetCellValue("Sheet1", "F2", 46387)
		x.SetCellFormula("Sheet1", "H2", `HYPERLINK("https://www.facebook.com/1","x")`)
	}))
	const sheet = "xl/worksheets/sheet1.xml"
	f.Add([]byte(small[sheet]), []byte(small["xl/sharedStrings.xml"]))
	f.Add([]byte(strings.ReplaceAll(small[sheet], "<c ", "<c t=\"e\" ")), []byte(small["xl/sharedStrings.xml"]))
	f.Add([]byte("PK\x03\x04"), []byte(nil))
	f.Fuzz(func(t *testing.T, data, strs []byte) {
		path := filepath.Join(t.TempDir(), "x.xlsx")
		if !bytes.HasPrefix(data, []byte("PK")) {
			var buf bytes.Buffer
			zw := zip.NewWriter(&buf)
			for _, name := range slices.Sorted(mapKeys(small)) {
				w, err := zw.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
				if err != nil {
					t.Fatal(err)
				}
				switch name {
				case sheet:
					w.Write(data)
				case "xl/sharedStrings.xml":
					w.Write(strs)
				default:
					io.WriteString(w, small[name])
				}
			}
			if err := zw.Close(); err != nil {
				t.Fatal(err)
			}
			data = buf.Bytes()
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		ret, err := Read(path)
		if err != nil {
			return
		}
		for _, row := range ret.Rows {
			for field, v := range row.Values {
				if spec, ok := report.SpecOf(row.Key, field); !ok || !spec.Valid(v) {
					t.Errorf("%s = %q", field, v)
				}
			}
		}
	})
}
