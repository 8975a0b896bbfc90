package workbook

import (
	"archive/zip"
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/xuri/excelize/v2"

	"pagerisk/report"
	"pagerisk/scanner"
)

// Errors of Read.
var (
	ErrNotRegister = errors.New("not a risk register")
	ErrDamaged     = errors.New("a damaged workbook")
	ErrNewerSchema = errors.New("written by a newer version")
	ErrTooLarge    = errors.New("larger than a register can be")
	ErrMacros      = errors.New("holds macros")
	ErrEncrypted   = errors.New("protected with a password")
)

// Limits of what comes back. A register of 50,000 findings with previews is 30 MB packed and 300 MB unpacked.
const (
	maxFile    = 256 << 20
	maxUnpack  = 512 << 20 // excelize's own limit is 16 GB
	maxPart    = 16 << 20  // of XML in memory; more goes to a private temporary file
	maxParts   = 20_000    // entries of the zip: 1,500 previews need 1,600
	maxRead    = 1_050_000 // rows of a sheet; Excel has no more
	maxColumns = 300       // people add columns, but not thousands
	maxCells   = 50 << 20  // of all sheets, empty ones before the last of a row included: each costs, and a row can claim 16,384
	maxProbs   = 1_000     // problems that are told one by one
)

// Read reads what people entered in a register. It finds things by their meaning: sheets, columns and rows may have been
// renamed, moved, sorted, or left out, in German or English, by Excel, LibreOffice or anything else that writes such files.
// The file is treated as hostile. Facts are never read back.
func Read(path string) (*report.Returned, error) {
	name := filepath.Base(path)
	ret, err := read(path, name)
	if err != nil {
		return nil, fmt.Errorf("read %q: %w", name, err)
	}
	return ret, nil
}

func read(path, name string) (_ *report.Returned, err error) {
	saved, err := inspect(path)
	if err != nil {
		return nil, err
	}
	sum, err := digestFile(path)
	if err != nil {
		return nil, err
	}
	tmp, err := os.MkdirTemp("", "pagerisk-read-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
	// excelize has met every file but the next one.
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", ErrDamaged, p)
		}
	}()
	f, err := excelize.OpenFile(path, excelize.Options{UnzipSizeLimit: maxUnpack, UnzipXMLSizeLimit: maxPart, TmpDir: tmp, RawCellValue: true})
	if err != nil {
		if strings.Contains(err.Error(), "unzip size exceeds") {
			return nil, ErrTooLarge
		}
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	defer f.Close()
	r := &reader{f: f, path: path, ret: &report.Returned{Name: name, SHA256: sum, Saved: saved, Base: -1}}
	if err := r.read(); err != nil {
		return nil, err
	}
	return r.ret, nil
}

// inspect looks at the packing before anything is unpacked: size, number and sizes of parts, macros. It returns when the
// file was last saved.
func inspect(path string) (saved time.Time, err error) {
	f, err := os.Open(path)
	if err != nil {
		return time.Time{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return time.Time{}, err
	}
	if !info.Mode().IsRegular() {
		return time.Time{}, ErrNotRegister
	}
	if info.Size() > maxFile {
		return time.Time{}, ErrTooLarge
	}
	var magic [8]byte
	if _, err := io.ReadFull(f, magic[:]); err != nil {
		return time.Time{}, ErrNotRegister
	}
	if string(magic[:]) == "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" {
		// A password turns a workbook into a file of the old kind; an old workbook is no register either.
		return time.Time{}, ErrEncrypted
	}
	zr, err := zip.NewReader(f, info.Size())
	if err != nil {
		if strings.HasPrefix(string(magic[:]), "PK") {
			return time.Time{}, fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		return time.Time{}, fmt.Errorf("%w: %w", ErrNotRegister, err)
	}
	if len(zr.File) > maxParts {
		return time.Time{}, ErrTooLarge
	}
	var total uint64
	book := false
	for _, part := range zr.File {
		total += part.UncompressedSize64
		if total > maxUnpack || part.UncompressedSize64 > maxUnpack {
			return time.Time{}, ErrTooLarge
		}
		lower := strings.ToLower(part.Name)
		if strings.HasSuffix(lower, "vbaproject.bin") || strings.Contains(lower, "/macrosheets/") {
			return time.Time{}, ErrMacros
		}
		book = book || lower == "xl/workbook.xml"
	}
	if !book {
		return time.Time{}, ErrNotRegister
	}
	// excelize takes what it gets of a part that is damaged or longer than it claims; a workbook of which half is missing
	// must not be taken for one from which rows were deleted.
	for _, part := range zr.File {
		if strings.HasSuffix(strings.ToLower(part.Name), ".xml") {
			if err := whole(part); err != nil {
				return time.Time{}, fmt.Errorf("%w: part %q: %w", ErrDamaged, part.Name, err)
			}
		}
	}
	return coreTime(zr, "modified"), nil
}

// whole reads a part to its end, within the size that it claims, and checks its sum.
func whole(part *zip.File) error {
	rc, err := part.Open()
	if err != nil {
		return err
	}
	defer rc.Close()
	_, err = io.Copy(io.Discard, io.LimitReader(rc, int64(min(part.UncompressedSize64, maxUnpack))+1))
	return err
}

// coreTime is a time of the document's properties, zero if there is none.
func coreTime(zr *zip.Reader, name string) time.Time {
	part, err := zr.Open("docProps/core.xml")
	if err != nil {
		return time.Time{}
	}
	defer part.Close()
	dec := xml.NewDecoder(io.LimitReader(part, 1<<20))
	for {
		tok, err := dec.Token()
		if err != nil {
			return time.Time{}
		}
		if el, ok := tok.(xml.StartElement); ok && el.Name.Local == name {
			var s string
			if dec.DecodeElement(&s, &el) != nil {
				return time.Time{}
			}
			at, err := time.Parse(time.RFC3339, strings.TrimSpace(s))
			if err != nil {
				return time.Time{}
			}
			return at.UTC()
		}
	}
}

type reader struct {
	f        *excelize.File
	path     string
	ret      *report.Returned
	date     bool // the workbook counts days from 1904
	formulas map[cellRef]string
	cells    int
}

// cellRef is a cell of the sheet that is being read: column and row, from 1.
type cellRef struct{ col, row int }

// part is one of the three sheets that hold decisions.
type part struct {
	code   string
	fields []report.FieldSpec
	need   []string // columns by which the sheet is known
	prefix string
}

var parts = []part{
	{code: "findings", fields: report.ReviewFields, need: []string{"finding", "excerpt", "level_valid", "why", "measure", "ground", "shown"}},
	{code: "risks", fields: report.ScenarioFields, need: []string{"risk", "causal", "risk_gap", "approver", "next_review", "decision"}, prefix: report.ScenarioPrefix},
	{code: "objection", fields: report.ObjectionFields, need: []string{"filed_on", "filed_by", "confirmed_on", "proof", "mail_changed"}, prefix: report.ObjectionPrefix},
}

// headings maps a heading in any language to its code, for each part.
var headings = func() map[string]string {
	codes := []string{"no", "key", "facts", "link", "platform", "account", "risk_no"}
	codes = append(codes, factColumns...)
	for _, p := range parts {
		codes = append(codes, p.need...)
		for _, f := range p.fields {
			codes = append(codes, string(f.Field))
		}
	}
	m := make(map[string]string)
	for _, lang := range report.Languages {
		t := report.NewTexts(lang)
		for _, code := range codes {
			m[folded(t.Say("wb.col."+code))] = code
		}
	}
	return m
}()

// ambiguous headings mean one thing on the sheet of risks and another elsewhere.
func headingCode(p *part, head string) string {
	code := headings[head]
	if p != nil && p.code == "risks" && code == "no" {
		return "risk_no"
	}
	if p != nil && p.code != "risks" && code == "risk_no" {
		return "no"
	}
	return code
}

// words maps a word of a list in any language to its code.
var words = func() map[string]map[string]string {
	m := make(map[string]map[string]string)
	for name, codes := range report.ValueLists {
		m[name] = make(map[string]string)
		for _, code := range codes {
			m[name][folded(code)] = code
			for _, lang := range report.Languages {
				if key := "wb.list." + name + "." + code; report.NewTexts(lang).Has(key) {
					m[name][folded(report.NewTexts(lang).Say(key))] = code
				}
			}
		}
	}
	return m
}()

// folded makes headings and words comparable: case, white space of all kinds, dashes and soft hyphens do not count.
func folded(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case unicode.IsSpace(r) || r == 0xa0 || r == 0x200b || r == 0xfeff:
		case r == 0xad:
		case r == '–' || r == '—' || r == '−' || r == 0x2011:
			b.WriteByte('-')
		default:
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}

func (r *reader) read() error {
	if props, err := r.f.GetWorkbookProps(); err == nil && props.Date1904 != nil {
		r.date = *props.Date1904
	}
	meta := r.meta()
	if v := meta["schema"]; v != "" {
		n, err := strconv.Atoi(v)
		if err != nil {
			return ErrNotRegister
		}
		if n > schema {
			return fmt.Errorf("%w (%d, known here: %d)", ErrNewerSchema, n, schema)
		}
	}
	if n, err := strconv.ParseInt(meta["decisions"], 10, 64); err == nil && n >= 0 {
		r.ret.Base = n
	}
	r.ret.Lang = meta["locale"]
	if r.ret.Lang != "en" {
		r.ret.Lang = "de"
	}
	found := make(map[string]bool)
	for _, name := range r.f.GetSheetList() {
		code, err := r.sheet(name, meta["schema"] != "")
		if err != nil {
			return fmt.Errorf("sheet %q: %w", name, err)
		}
		if code != "" {
			found[code] = true
		}
	}
	if len(found) == 0 {
		return ErrNotRegister
	}
	if meta["schema"] != "" {
		for _, p := range parts {
			if !found[p.code] {
				r.odd(report.Problem{Code: "no_sheet", Value: report.NewTexts(r.ret.Lang).Say("wb.sheet." + p.code)})
			}
		}
	}
	return nil
}

// meta reads what the program wrote for itself: the hidden sheet, else the properties.
func (r *reader) meta() map[string]string {
	meta := make(map[string]string)
	if rows, err := r.f.Rows("_meta"); err == nil {
		for n := 0; rows.Next() && n < 500; n++ {
			cols, err := rows.Columns(excelize.Options{RawCellValue: true})
			if err != nil {
				break
			}
			if len(cols) >= 2 {
				meta[cols[0]] = cols[1]
			}
		}
		rows.Close()
	}
	if props, err := r.f.GetCustomProps(); err == nil {
		for _, p := range props {
			if name, ok := strings.CutPrefix(p.Name, "pagerisk."); ok && meta[name] == "" {
				meta[name] = fmt.Sprint(p.Value)
			}
		}
	}
	return meta
}

func (r *reader) odd(p report.Problem) {
	if len(r.ret.Odd) < maxProbs {
		r.ret.Odd = append(r.ret.Odd, p)
	}
}

// layout says which column of a sheet means what.
type layout struct {
	part *part
	at   map[string]int // code → column, from 0
}

// recognise finds the part that a row of headings belongs to.
func recognise(cells []string) *layout {
	var best *layout
	most := 0
	for i := range parts {
		p := &parts[i]
		at := make(map[string]int)
		hits := 0
		for c, head := range cells {
			if c >= maxColumns {
				break
			}
			code := headingCode(p, folded(head))
			if code == "" {
				continue
			}
			if _, twice := at[code]; twice {
				continue // of two columns with one heading the first is ours
			}
			at[code] = c
			if slices.Contains(p.need, code) {
				hits++
			}
		}
		// Two columns of its own and one to fill in: with less it could be anybody's table.
		fields := 0
		for _, f := range p.fields {
			if _, ok := at[string(f.Field)]; ok {
				fields++
			}
		}
		if hits >= 2 && fields >= 1 && hits > most {
			best, most = &layout{part: p, at: at}, hits
		}
	}
	return best
}

// watched are the columns, from 1, in which a formula tells something: the link, and the columns to fill in.
func (l *layout) watched() map[int]bool {
	cols := make(map[int]bool)
	if c, ok := l.at["link"]; ok {
		cols[c+1] = true
	}
	for _, f := range l.part.fields {
		if c, ok := l.at[string(f.Field)]; ok {
			cols[c+1] = true
		}
	}
	return cols
}

// headRows is how far down the headings may have slipped when somebody put a title above them.
const headRows = 10

// sheet reads a sheet and returns the code of its part, "" where it is somebody's own. ours says that pagerisk wrote the
// workbook: then every column to fill in was there.
func (r *reader) sheet(name string, ours bool) (string, error) {
	rows, err := r.f.Rows(name)
	if err != nil {
		return "", nil // a sheet of charts
	}
	defer rows.Close()
	var l *layout
	seen := make(map[scanner.Key]bool)
	n := 0
	for rows.Next() {
		n++
		if n > maxRead {
			r.odd(report.Problem{Code: "rows_cut", Where: name})
			break
		}
		cells, err := rows.Columns(excelize.Options{RawCellValue: true})
		if err != nil {
			return "", fmt.Errorf("%w: %w", ErrNotRegister, err)
		}
		if r.cells += len(cells); r.cells > maxCells {
			return "", ErrTooLarge
		}
		if l == nil {
			if l = recognise(cells); l == nil && n >= headRows {
				return "", nil
			}
			if l != nil {
				for _, f := range l.part.fields {
					if _, ok := l.at[string(f.Field)]; !ok && ours {
						r.odd(report.Problem{Code: "no_column", Where: name, Value: report.NewTexts(r.ret.Lang).Say("wb.col." + string(f.Field))})
					}
				}
				r.formulas = formulasOf(r.path, name, l.watched())
			}
			continue
		}
		r.row(l, name, n, cells, seen)
	}
	if err := rows.Error(); err != nil {
		return "", fmt.Errorf("%w: %w", ErrNotRegister, err)
	}
	if l == nil {
		return "", nil
	}
	return l.part.code, nil
}

func (r *reader) row(l *layout, sheet string, n int, cells []string, seen map[scanner.Key]bool) {
	get := func(code string) string {
		c, ok := l.at[code]
		if !ok || c >= len(cells) {
			return ""
		}
		return strings.TrimSpace(cells[c])
	}
	where := fmt.Sprintf("%s, %d", sheet, n)
	row := report.ReturnedRow{Where: where, Values: make(map[report.Field]string)}
	var notes []string
	any := false
	for _, spec := range l.part.fields {
		c, ok := l.at[string(spec.Field)]
		if !ok {
			continue
		}
		raw := ""
		if c < len(cells) {
			raw = cells[c]
		}
		v, note, keep := r.value(spec, raw, where)
		if _, ok := r.formulas[cellRef{c + 1, n}]; ok {
			r.odd(report.Problem{Code: "formula", Where: where, Value: cutText(raw, 100)})
		}
		if note != "" {
			notes = append(notes, report.NewTexts(r.ret.Lang).Say("wb.col."+string(spec.Field))+": "+note)
		}
		if keep {
			row.Values[spec.Field] = v
			any = any || v != "" && v != spec.Default
		}
	}
	r.identify(l, n, get, &row)
	if row.Key == "" && row.Number == 0 && row.Link == "" && !any && len(notes) == 0 {
		return
	}
	if len(notes) > 0 {
		note := row.Values[report.FieldNote]
		for _, add := range notes {
			if !strings.Contains(note, add) {
				note = strings.TrimSpace(note + "\n" + add)
			}
		}
		row.Values[report.FieldNote] = note
	}
	row.Reviewer = row.Values[report.FieldReviewer]
	if row.Reviewer == "" {
		row.Reviewer = cmp.Or(row.Values[report.FieldDecidedBy], row.Values[report.FieldFiledBy])
	}
	for _, f := range []report.Field{report.FieldReviewed, report.FieldDecidedOn} {
		if d, err := time.Parse(time.DateOnly, row.Values[f]); err == nil {
			row.At = d
			break
		}
	}
	if row.Key != "" {
		if seen[row.Key] {
			r.odd(report.Problem{Code: "twice", Where: where})
		}
		seen[row.Key] = true
	}
	if l.part.code == "findings" {
		r.check(l, get)
	}
	r.ret.Rows = append(r.ret.Rows, row)
}

// maxKey is the longest key that an item has, with room.
const maxKey = 500

// identify finds out what a row is about: the hidden key, else the number, else the address.
func (r *reader) identify(l *layout, n int, get func(string) string, row *report.ReturnedRow) {
	key := get("key")
	if len(key) > maxKey || strings.ContainsFunc(key, unicode.IsControl) {
		key = ""
	}
	switch l.part.code {
	case "risks":
		if key == "" || !strings.HasPrefix(key, report.ScenarioPrefix) {
			if no := get("risk_no"); scenarioNo(no) {
				key = report.ScenarioPrefix + no
			} else {
				key = ""
			}
		}
	case "objection":
		if !strings.HasPrefix(key, report.ObjectionPrefix) {
			key = ""
			for _, p := range []scanner.Platform{scanner.Facebook, scanner.Instagram} {
				if folded(get("platform")) == string(p) && get("account") != "" {
					key = report.ObjectionPrefix + string(p) + ":" + get("account")
				}
			}
		}
	default:
		// A key of another kind does not belong here; rows by hand keep theirs.
		if strings.HasPrefix(key, report.ScenarioPrefix) || strings.HasPrefix(key, report.ObjectionPrefix) {
			key = ""
		}
		row.Number = numberOf(get("no"))
		if c, ok := l.at["link"]; ok {
			row.Link = r.linkAt(cellRef{c + 1, n}, get("link"))
		}
	}
	row.Key = scanner.Key(key)
}

func scenarioNo(s string) bool {
	return len(s) == 4 && s[:2] == "R-" && s[2] >= '0' && s[2] <= '9' && s[3] >= '0' && s[3] <= '9'
}

// numberOf reads "B-00017", "b 17" or "17".
func numberOf(s string) int {
	s = strings.TrimLeft(strings.TrimSpace(s), "Bb- ")
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > 100_000_000 {
		return 0
	}
	return n
}

// linkAt is the address of a row: as a text, or out of the formula that makes it a link.
func (r *reader) linkAt(c cellRef, text string) string {
	if strings.HasPrefix(text, "https://") {
		return text
	}
	rest, ok := strings.CutPrefix(strings.TrimPrefix(r.formulas[c], "="), `HYPERLINK("`)
	if !ok {
		return ""
	}
	address, _, ok := strings.Cut(rest, `"`)
	if !ok {
		return ""
	}
	return address
}

// value reads one cell. Words become codes, dates 2006-01-02. What is on no list comes back as a note and the field stays
// as it was.
func (r *reader) value(spec report.FieldSpec, raw, where string) (v, note string, keep bool) {
	v = strings.TrimSpace(strings.ReplaceAll(raw, "\r\n", "\n"))
	if v == "" {
		return "", "", true
	}
	if isErrorValue(v) {
		r.odd(report.Problem{Code: "error_value", Where: where, Value: v})
		return "", "", true
	}
	switch spec.Kind {
	case report.ListField:
		w := folded(v)
		if spec.List == "grade" {
			if f, err := strconv.ParseFloat(v, 64); err == nil && f == math.Trunc(f) {
				w = strconv.Itoa(int(f))
			}
		}
		if code, ok := words[spec.List][w]; ok {
			return code, "", true
		}
		r.unknown(report.Problem{Code: "unknown_value", Where: where, Value: cutText(v, 100)})
		return "", cutText(v, 500), false
	case report.DateField:
		if d, ok := r.dateOf(v); ok {
			return d, "", true
		}
		r.unknown(report.Problem{Code: "no_date", Where: where, Value: cutText(v, 100)})
		return "", cutText(v, 500), false
	}
	if len(v) > maxCellUnits {
		r.odd(report.Problem{Code: "too_long", Where: where})
		v = cutText(v, maxCellUnits-10)
	}
	return strings.ToValidUTF8(v, "�"), "", true
}

func (r *reader) unknown(p report.Problem) {
	if len(r.ret.Unknown) < maxProbs {
		r.ret.Unknown = append(r.ret.Unknown, p)
	}
}

func isErrorValue(v string) bool {
	switch v {
	case "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#N/A", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#BEZUG!", "#WERT!", "#NV", "#NAME!", "Err:502", "Err:504", "Err:508":
		return true
	}
	return false
}

func cutText(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + " …"
}

var dateSpellings = []string{
	"2.1.2006", "02.01.2006", "2.1.06", "2006-01-02", "2006-1-2", "2006/01/02", "02/01/2006", "2. 1. 2006", "2006-01-02T15:04:05Z07:00",
	"2006-01-02 15:04:05", "2006-01-02 15:04", "2.1.2006 15:04", "2 Jan 2006", "2 January 2006",
}

// dateOf reads a day: a number of days as office programs store it, or one of the usual spellings.
func (r *reader) dateOf(v string) (string, bool) {
	if f, err := strconv.ParseFloat(v, 64); err == nil {
		if f < 1 || f > 2958465 || math.IsNaN(f) {
			return "", false
		}
		base := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
		if r.date {
			base = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
		}
		// To the minute: a moment just before midnight is one of a rounded fraction.
		minutes := math.Round(f * 24 * 60)
		return sane(base.Add(time.Duration(minutes) * time.Minute))
	}
	v = strings.Join(strings.Fields(strings.ReplaceAll(v, "\u00a0", " ")), " ")
	for _, s := range dateSpellings {
		if d, err := time.Parse(s, v); err == nil {
			return sane(d)
		}
	}
	return "", false
}

// sane refuses days that no register means.
func sane(d time.Time) (string, bool) {
	if d.Year() < 2004 || d.Year() > 2099 {
		return "", false
	}
	return d.Format(time.DateOnly), true
}

// check compares the digest of a row with what its locked cells show now.
func (r *reader) check(l *layout, get func(string) string) {
	want := get("facts")
	if len(want) != 16 {
		return
	}
	for _, code := range factColumns {
		if _, ok := l.at[code]; !ok {
			return // a column is gone: nothing to compare
		}
	}
	if factsDigest(get) != want {
		r.ret.Altered++
	}
}
