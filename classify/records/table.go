package records

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// Limits of a list. They are far above what an organisation has, and keep a hostile file from taking the machine.
const (
	maxFile    = 32 << 20  // bytes of one file
	maxUnpack  = 128 << 20 // bytes of a workbook when unpacked
	maxRows    = 200_000   // staff of the largest employers, with room
	maxColumns = 100       // a workbook's own are 16,384; a list of ours has ten
	maxCell    = 4_000     // characters of one cell
)

// Errors of reading a list. Error says where.
var (
	ErrUnreadable    = errors.New("unreadable")
	ErrQuote         = errors.New("quotation mark without its other half")
	ErrMacros        = errors.New("workbook with macros")
	ErrTwoSheets     = errors.New("two sheets have the list")
	ErrTooLarge      = errors.New("too large")
	ErrManyRows      = errors.New("too many rows")
	ErrManyColumns   = errors.New("too many columns")
	ErrLongCell      = errors.New("cell too long")
	ErrEncoding      = errors.New("letters that cannot be read")
	ErrFormula       = errors.New("formula, not a value")
	ErrUnknownFile   = errors.New("not one of the lists")
	ErrTwice         = errors.New("the list is there twice")
	ErrUnknownColumn = errors.New("unknown column")
	ErrColumnTwice   = errors.New("column given twice")
	ErrNoColumn      = errors.New("column missing")
	ErrExtraCell     = errors.New("value beyond the last column")
	ErrNoValue       = errors.New("value missing")
	ErrNoDate        = errors.New("date missing")
	ErrBadDate       = errors.New("no date")
	ErrFarDate       = errors.New("no day that can be meant")
	ErrFarEnd        = errors.New("no last day that can be meant")
	ErrFuture        = errors.New("still to come")
	ErrDateOrder     = errors.New("ends before it begins")
	ErrBadValue      = errors.New("unknown value")
	ErrUnknownRole   = errors.New("unknown role")
	ErrSameCode      = errors.New("code used twice")
	ErrSameName      = errors.New("two people of one name")
	ErrUnknownCode   = errors.New("code in no list")
	ErrNearName      = errors.New("name in no list, but one is near")
	ErrNoName        = errors.New("code without a name and without a portrait")
	ErrOneWord       = errors.New("name of one word")
	ErrNoGiven       = errors.New("day on which it was given missing")
	ErrNoTarget      = errors.New("says nothing of what it covers")
	ErrManyPictures  = errors.New("too many pictures")
	ErrDeepFolders   = errors.New("folders within folders, too deep")
	ErrPicture       = errors.New("picture known by its bytes only")
	ErrNoFolder      = errors.New("folder not found")
)

// Error is what is wrong in one place of a list. Errors of several places come joined.
type Error struct {
	File   string // base name
	Row    int    // as the spreadsheet counts, from 1; 0 = the whole file
	Column string // header as it stands in the file, "" = the whole row
	Value  string // what stands there
	Other  string // what it should be, or what it stands against
	Near   string // what was probably meant
	With   int    // the row that it collides with, 0 = none
	Err    error  // one of the errors above
}

func (e *Error) Error() string {
	s := "read " + strconv.Quote(e.File)
	if e.Row > 0 {
		s += fmt.Sprintf(": row %d", e.Row)
	}
	if e.Column != "" {
		s += fmt.Sprintf(", column %q", e.Column)
	}
	s += ": " + e.Err.Error()
	if e.Value != "" {
		s += fmt.Sprintf(": %q", e.Value)
	}
	if e.With > 0 {
		s += fmt.Sprintf(" (as in row %d)", e.With)
	}
	if e.Other != "" {
		s += " (" + e.Other + ")"
	}
	if e.Near != "" {
		s += fmt.Sprintf(" (perhaps %q)", e.Near)
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }

// list is one of the four lists: its file names, its columns.
type list struct {
	name    string   // "people"
	files   []string // base names without ending, in both languages
	columns []column
}

// column is one column of a list; the first header of each language is the one of the template.
type column struct {
	code   string
	de, en []string
	needed bool // the column has to be there
	hint   [2]string
}

var lists = []list{
	{"people", []string{"people", "persons", "employees", "staff", "team", "beschaeftigte", "beschäftigte", "mitarbeiter", "mitarbeitende", "personal", "personen"}, []column{
		{"code", []string{"Kürzel", "Code", "Personalnummer"}, []string{"Code", "ID"}, false, [2]string{"Ihr Kürzel; nur das Kürzel erscheint in Ergebnissen (leer: Datei und Zeile)", "your code; only the code appears in results (empty: file and row)"}},
		{"name", []string{"Name", "Vor- und Nachname"}, []string{"Name", "Full name"}, false, [2]string{"Vorname Nachname", "first name, then last name"}},
		{"first", []string{"Vorname"}, []string{"First name", "Given name"}, false, [2]string{"statt Name: Vorname und Nachname in zwei Spalten", "instead of Name: first and last name in two columns"}},
		{"last", []string{"Nachname", "Familienname"}, []string{"Last name", "Family name", "Surname"}, false, [2]string{"", ""}},
		{"spellings", []string{"Weitere Schreibweisen", "Schreibweisen", "Andere Schreibweisen", "Spitzname"}, []string{"Other spellings", "Spellings", "Nickname"}, false, [2]string{"getrennt durch |, zum Beispiel: Peti Muster | P. Muster-Beispiel", "separated by |"}},
		{"role", []string{"Funktion", "Rolle", "Position", "Tätigkeit", "Beruf"}, []string{"Role", "Function", "Position", "Job", "Job title"}, false, [2]string{"leer oder Berufsbezeichnung = beschäftigt; Kundschaft, Gast, Mitglied … = Kundschaft; andere = andere Person", "empty or a job = staff; customer, guest, member … = customer; other = other person"}},
		{"left", []string{"Ausgeschieden am", "Ausgeschieden", "Austritt", "Austrittsdatum"}, []string{"Left on", "Left", "Leaving date"}, false, [2]string{"TT.MM.JJJJ", "YYYY-MM-DD"}},
	}},
	{"consents", []string{"consents", "consent", "einwilligungen"}, []column{
		{"code", []string{"Kürzel", "Code"}, []string{"Code", "ID"}, false, [2]string{"Ihr Kürzel der Einwilligung (leer: Datei und Zeile)", "your code of the consent (empty: file and row)"}},
		{"person", []string{"Person (Kürzel)", "Person", "Name"}, []string{"Person (code)", "Person", "Name"}, false, [2]string{"Kürzel aus der Liste der Personen oder voller Name; leer = alle Abgebildeten", "code from the list of people, or full name; empty = everybody shown"}},
		{"album", []string{"Album"}, []string{"Album"}, false, [2]string{"Name des Albums", "name of the album"}},
		{"event", []string{"Veranstaltung", "Anlass", "Ereignis"}, []string{"Event", "Occasion"}, false, [2]string{"Worte, die im Beitrag stehen", "words that stand in the item"}},
		{"from", []string{"Aufnahmen von", "Zeitraum von", "Von"}, []string{"Pictures from", "Period from", "From"}, false, [2]string{"TT.MM.JJJJ", "YYYY-MM-DD"}},
		{"to", []string{"Aufnahmen bis", "Zeitraum bis", "Bis"}, []string{"Pictures to", "Period to", "To"}, false, [2]string{"TT.MM.JJJJ", "YYYY-MM-DD"}},
		{"scope", []string{"Umfang", "Reichweite"}, []string{"Scope"}, true, [2]string{"Veröffentlichung | KI-Training", "publish | AI training"}},
		{"given", []string{"Erteilt am", "Datum", "Erteilt"}, []string{"Given on", "Date", "Given"}, false, [2]string{"TT.MM.JJJJ", "YYYY-MM-DD"}},
		{"until", []string{"Gültig bis"}, []string{"Valid until", "Until"}, false, [2]string{"TT.MM.JJJJ, leer = ohne Ende", "YYYY-MM-DD, empty = no end"}},
		{"withdrawn", []string{"Widerrufen am", "Widerruf am", "Widerruf"}, []string{"Withdrawn on", "Withdrawn"}, false, [2]string{"TT.MM.JJJJ", "YYYY-MM-DD"}},
		{"filed", []string{"Ablage", "Beleg", "Ablageort", "Nachweis", "Beleg (Ablage)"}, []string{"Filed at", "Where filed", "Filed", "Proof", "Proof (where filed)"}, false, [2]string{"wo der Nachweis liegt; erscheint nicht in Ergebnissen", "where the proof is kept; does not appear in results"}},
	}},
	{"licences", []string{"licences", "licenses", "lizenzen"}, []column{
		{"code", []string{"Kürzel", "Code"}, []string{"Code", "ID"}, false, [2]string{"Ihr Kürzel der Lizenz (leer: Datei und Zeile)", "your code of the licence (empty: file and row)"}},
		{"provider", []string{"Anbieter", "Rechteinhaber", "Bildanbieter", "Fotograf", "Fotografin"}, []string{"Provider", "Right holder", "Photographer"}, false, [2]string{"Bildanbieter, Fotografin oder Fotograf", "library or photographer"}},
		{"file", []string{"Datei", "Dateiname oder Muster", "Dateiname", "Muster", "Datei oder Bildnummer", "Datei oder Nummer", "Datei, Nummer oder Muster"}, []string{"File", "File name or pattern", "File name", "Pattern", "File or asset number", "File or asset number or pattern"}, false, [2]string{"Dateiname oder Muster (* steht für Beliebiges)", "file name, or pattern (* stands for anything)"}},
		{"asset", []string{"Bildnummer", "Nummer", "Asset-Nummer"}, []string{"Asset number", "Asset"}, false, [2]string{"Nummer beim Anbieter", "the provider's number"}},
		{"social", []string{"Soziale Medien", "Social Media"}, []string{"Social media"}, false, [2]string{"ja | nein | leer", "yes | no | empty"}},
		{"ai", []string{"KI-Klausel", "KI-Training", "KI"}, []string{"AI clause", "AI training", "AI"}, false, [2]string{"erlaubt | untersagt | leer", "allowed | forbidden | empty"}},
		{"until", []string{"Gültig bis"}, []string{"Valid until", "Until"}, false, [2]string{"TT.MM.JJJJ, leer = ohne Ende", "YYYY-MM-DD, empty = no end"}},
		{"filed", []string{"Ablage", "Beleg", "Ablageort", "Nachweis", "Beleg (Ablage)"}, []string{"Filed at", "Where filed", "Filed", "Proof", "Proof (where filed)"}, false, [2]string{"wo der Nachweis liegt; erscheint nicht in Ergebnissen", "where the proof is kept; does not appear in results"}},
	}},
	{"known", []string{"known", "known_pictures", "known-pictures", "bekannte-bilder", "bekannte_bilder"}, []column{
		{"code", []string{"Kürzel", "Code"}, []string{"Code", "ID"}, false, [2]string{"Ihr Kürzel des Ordners (leer: Datei und Zeile)", "your code of the folder (empty: file and row)"}},
		{"folder", []string{"Ordner", "Pfad"}, []string{"Folder", "Path"}, true, [2]string{"Unterordner neben dieser Datei", "subfolder beside this file"}},
		{"kind", []string{"Art", "Typ"}, []string{"Kind", "Type"}, true, [2]string{"Stock | Porträt | Werk", "stock | portrait | work"}},
		{"person", []string{"Person (Kürzel)", "Person"}, []string{"Person (code)", "Person"}, false, [2]string{"bei Porträts: Kürzel der Person", "of portraits: code of the person"}},
		{"licence", []string{"Lizenz (Kürzel)", "Lizenz"}, []string{"Licence (code)", "License (code)", "Licence", "License"}, false, [2]string{"Kürzel aus der Liste der Lizenzen", "code from the list of licences"}},
	}},
}

// header brings a heading to the form in which headings are compared.
func header(s string) string {
	s = strings.Trim(strings.Join(strings.Fields(strings.ToLower(strings.ReplaceAll(s, "\u00a0", " "))), " "), " *:")
	return strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss").Replace(s)
}

// row is one line of a list: values by column code.
type row struct {
	file   string
	n      int
	values map[string]string
	heads  map[string]string // column code → header as written
	serial serial            // what day numbers mean
	list   *list
}

// serial says whether a number may be a day, as workbooks have it, and from which year on they count.
type serial int

const (
	noSerial serial = iota
	from1900
	from1904 // workbooks that were made on a Mac
)

// hint says what may stand in a column, in the language of its heading.
func (r *row) hint(col string) string {
	c := r.list.column(r.heads[col])
	if c == nil {
		return ""
	}
	return c.hint[c.lang(r.heads[col])]
}

func (r *row) wrong(col string, err error, other string) *Error {
	return &Error{File: r.file, Row: r.n, Column: r.heads[col], Value: r.values[col], Other: other, Err: err}
}

// collides is an error about a value that another row has too.
func (r *row) collides(col string, err error, with *row) *Error {
	e := r.wrong(col, err, "")
	e.With = with.n
	return e
}

// readTable reads one file of a list, and says which sheets of a workbook it left alone. All errors that it finds come
// joined; rows without one come nevertheless.
func readTable(fsys fs.FS, name string, l *list) (rows []*row, others []string, err error) {
	base := path.Base(name)
	data, err := readFile(fsys, name, maxFile)
	if err != nil {
		return nil, nil, &Error{File: base, Err: err}
	}
	var (
		cells [][]string
		lines []int
		days  serial
	)
	if strings.EqualFold(path.Ext(name), ".xlsx") {
		cells, others, days, err = xlsxCells(data, l)
		for i := range cells {
			lines = append(lines, i+1)
		}
		for i := range others {
			others[i] = base + " [" + others[i] + "]"
		}
	} else {
		cells, lines, err = csvCells(data)
	}
	if err != nil {
		var e *Error
		if errors.As(err, &e) {
			e.File = base
			return nil, nil, e
		}
		return nil, nil, &Error{File: base, Err: err}
	}
	rows, err = l.rows(base, cells, lines, days)
	return rows, others, err
}

func readFile(fsys fs.FS, name string, limit int64) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, limit)
	}
	return data, nil
}

// rows reads the heading, which is the first line that has one, and the lines below it. Lines that are empty or begin with
// "#" are skipped.
func (l *list) rows(file string, cells [][]string, lines []int, days serial) ([]*row, error) {
	var (
		errs  []error
		out   []*row
		codes []string // column code by place
		heads map[string]string
	)
	for i, rec := range cells {
		blank := !slices.ContainsFunc(rec, func(s string) bool { return strings.TrimSpace(s) != "" })
		if first := strings.TrimSpace(rec[0]); blank || strings.HasPrefix(first, "#") && !slices.Contains(formulaErrors, first) {
			continue
		}
		if heads == nil {
			codes, heads = make([]string, len(rec)), map[string]string{}
			for k, h := range rec {
				if strings.TrimSpace(h) == "" {
					continue
				}
				c := l.column(h)
				switch {
				case c == nil:
					errs = append(errs, &Error{File: file, Row: lines[i], Column: strings.TrimSpace(h), Other: l.headings(), Err: ErrUnknownColumn})
				case heads[c.code] != "":
					errs = append(errs, &Error{File: file, Row: lines[i], Column: strings.TrimSpace(h), Other: heads[c.code], Err: ErrColumnTwice})
				default:
					codes[k], heads[c.code] = c.code, strings.TrimSpace(h)
				}
			}
			for _, c := range l.columns {
				if c.needed && heads[c.code] == "" {
					errs = append(errs, &Error{File: file, Row: lines[i], Column: c.de[0] + " / " + c.en[0], Err: ErrNoColumn})
				}
			}
			if len(errs) > 0 {
				return nil, errors.Join(errs...) // without its columns, nothing of the list can be told
			}
			continue
		}
		r := &row{file: file, n: lines[i], values: map[string]string{}, heads: heads, serial: days, list: l}
		for k, v := range rec {
			v = value(v)
			if utf8.RuneCountInString(v) > maxCell {
				errs = append(errs, &Error{File: file, Row: lines[i], Column: head(codes, heads, k), Other: strconv.Itoa(maxCell), Err: ErrLongCell})
				v = ""
			}
			switch {
			case v == "":
			case strings.HasPrefix(v, "="), v[0] == '#' && slices.Contains(formulaErrors, v):
				errs = append(errs, &Error{File: file, Row: lines[i], Column: head(codes, heads, k), Value: v, Err: ErrFormula})
			case k >= len(codes) || codes[k] == "":
				errs = append(errs, &Error{File: file, Row: lines[i], Value: v, Err: ErrExtraCell})
			default:
				r.values[codes[k]] = v
			}
		}
		out = append(out, r)
		if len(out) > maxRows {
			return nil, &Error{File: file, Row: lines[i], Other: strconv.Itoa(maxRows), Err: ErrManyRows}
		}
	}
	if heads == nil {
		return nil, nil // an empty file is an empty list
	}
	return out, errors.Join(errs...)
}

// value is what a cell holds for a reader: without spaces around it and without what nobody sees. Some programs write
// numbers as ="0123", so that spreadsheets keep the zero.
func value(cell string) string {
	if !ascii(cell) {
		cell = visible(strings.ReplaceAll(cell, "\u00a0", " "))
	}
	cell = strings.TrimSpace(cell)
	if text, ok := strings.CutPrefix(cell, `="`); ok && strings.Count(text, `"`) == 1 && strings.HasSuffix(text, `"`) {
		return strings.TrimSuffix(text, `"`)
	}
	return cell
}

// formulaErrors are what spreadsheets write where a formula has no value.
var formulaErrors = []string{"#N/A", "#NV", "#REF!", "#BEZUG!", "#NAME?", "#VALUE!", "#WERT!", "#DIV/0!", "#NULL!", "#NUM!", "#ZAHL!"}

func head(codes []string, heads map[string]string, k int) string {
	if k < len(codes) {
		return heads[codes[k]]
	}
	return ""
}

func (l *list) column(h string) *column {
	for i := range l.columns {
		c := &l.columns[i]
		for _, name := range append(slices.Clone(c.de), c.en...) {
			if header(name) == header(h) {
				return c
			}
		}
	}
	return nil
}

// lang is the language of a heading, 0 German, 1 English.
func (c *column) lang(head string) int {
	is := func(name string) bool { return header(name) == header(head) }
	if !slices.ContainsFunc(c.de, is) {
		return 1
	}
	return 0
}

// headings are the columns of the template, for a message.
func (l *list) headings() string {
	var names []string
	for _, c := range l.columns {
		n := c.de[0]
		if c.en[0] != n {
			n += " / " + c.en[0]
		}
		names = append(names, n)
	}
	return strings.Join(names, ", ")
}

// csvCells reads CSV with ";", "," or tabs, in UTF-8 with or without a mark, UTF-16 with one, or Windows-1252.
func csvCells(data []byte) (cells [][]string, lines []int, err error) {
	switch {
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}), bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		if data, err = unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Bytes(data); err != nil {
			return nil, nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
		}
	case bytes.HasPrefix(data, []byte{0xef, 0xbb, 0xbf}):
		data = data[3:]
	}
	wrong := lost
	if !utf8.Valid(data) {
		wrong = garbled
		if data, err = charmap.Windows1252.NewDecoder().Bytes(data); err != nil {
			return nil, nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
		}
	}
	if bytes.IndexByte(data, 0) >= 0 {
		return nil, nil, fmt.Errorf("%w: no text", ErrUnreadable)
	}
	if bytes.IndexByte(data, '\n') < 0 {
		data = bytes.ReplaceAll(data, []byte("\r"), []byte("\n")) // spreadsheets on a Mac may end lines so
	}
	if at := wrong.FindIndex(data); at != nil {
		return nil, nil, &Error{Row: 1 + bytes.Count(data[:at[0]], []byte("\n")), Value: wordAt(data, at[0]), Err: ErrEncoding}
	}
	within := 0 // lines that a spreadsheet does not count as rows: they lie within a cell
	comma := delimiter(data)
	// Excel's own line for the separator.
	if line, rest, ok := bytes.Cut(data, []byte("\n")); ok && len(line) >= 5 && bytes.EqualFold(line[:4], []byte("sep=")) {
		comma, data, within = rune(line[4]), rest, -1
	}
	if comma == '"' || comma == '\r' || comma == '\n' || comma == utf8.RuneError || comma == 0 {
		comma = ';'
	}
	r := csv.NewReader(bytes.NewReader(data))
	r.Comma, r.FieldsPerRecord = comma, -1
	for {
		rec, err := r.Read()
		if errors.Is(err, io.EOF) {
			return cells, lines, nil
		}
		if err != nil {
			var pe *csv.ParseError
			if errors.As(err, &pe) {
				return nil, nil, &Error{Row: pe.StartLine - within, Err: fmt.Errorf("%w: %w", ErrQuote, pe.Err)}
			}
			return nil, nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
		}
		line, _ := r.FieldPos(0)
		line -= within
		if len(rec) > maxColumns {
			return nil, nil, &Error{Row: line, Other: strconv.Itoa(maxColumns), Err: ErrManyColumns}
		}
		if len(cells) > maxRows {
			return nil, nil, &Error{Row: line, Other: strconv.Itoa(maxRows), Err: ErrManyRows}
		}
		cells, lines = append(cells, rec), append(lines, line)
		for _, cell := range rec {
			within += strings.Count(cell, "\n")
		}
	}
}

// lost is what stands for letters that were lost; garbled also what those of a Mac or of MS-DOS look like when they are read as
// Windows-1252: signs and capitals amid words. A name that is read so would never be found.
var (
	lost    = regexp.MustCompile(`\x{fffd}`)
	garbled = regexp.MustCompile(`\x{fffd}|\pL[„”™‚†‡§ˆ‰•˜Ÿ¦¤]\p{Ll}|\p{Ll}§\s*(?:[;,\t\r\n"]|$)|\p{L}[ŠŽ]\p{Ll}|[\x{80}-\x{9f}]`)
)

// wordAt is the word around a place of a text.
func wordAt(data []byte, at int) string {
	edge := func(r rune) bool { return strings.ContainsRune(" ;,\t\r\n\"", r) }
	from, to := bytes.LastIndexFunc(data[:at], edge)+1, bytes.IndexFunc(data[at:], edge)
	if to < 0 {
		to = len(data) - at
	}
	return strings.ToValidUTF8(string(data[max(from, at-40):min(at+to, at+40)]), "")
}

// delimiter is the sign that stands most often in the first line that is not a remark, outside of quotes.
func delimiter(data []byte) rune {
	for line := range bytes.Lines(data) {
		if t := bytes.TrimSpace(line); len(t) == 0 || t[0] == '#' {
			continue
		}
		best, most, quoted := ';', 0, false
		for _, d := range ";,\t" {
			n := 0
			for _, c := range string(line) {
				switch {
				case c == '"':
					quoted = !quoted
				case c == d && !quoted:
					n++
				}
			}
			if n > most {
				best, most = d, n
			}
			quoted = false
		}
		return best
	}
	return ';'
}

// xlsxCells reads the sheet of a workbook that has the list: stored values, never formulas, no macros. The other sheets that
// hold something are named.
func xlsxCells(data []byte, l *list) (cells [][]string, others []string, days serial, err error) {
	defer func() {
		if p := recover(); p != nil {
			cells, err = nil, fmt.Errorf("%w: reader broke: %v", ErrUnreadable, p)
		}
	}()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, nil, 0, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	for _, f := range z.File {
		if strings.EqualFold(path.Base(f.Name), "vbaProject.bin") {
			return nil, nil, 0, ErrMacros
		}
	}
	f, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{RawCellValue: true, UnzipSizeLimit: maxUnpack, UnzipXMLSizeLimit: maxUnpack})
	if err != nil {
		return nil, nil, 0, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	defer f.Close()
	days = from1900
	if props, err := f.GetWorkbookProps(); err == nil && props.Date1904 != nil && *props.Date1904 {
		days = from1904
	}
	var list, first string // the sheet that has the list; else the first that has anything
	most := 0
	for _, sheet := range f.GetSheetList() {
		rows, err := sheetCells(f, sheet)
		if err != nil {
			return nil, nil, 0, err
		}
		known, filled := l.recognizes(rows)
		switch {
		case !filled:
			continue
		case known > 0 && list != "":
			return nil, nil, 0, &Error{Value: sheet, Other: list, Err: ErrTwoSheets}
		case known > 0 || first == "":
			if first != "" {
				others = append(others, first)
			}
			first, cells = sheet, rows
			if most = known; most > 0 {
				list = sheet
			}
		default:
			others = append(others, sheet)
		}
	}
	return cells, others, days, nil
}

// recognizes says how many columns of the list a sheet's heading has, and whether the sheet has any lines at all. One
// column of many is not enough: other tables have a name too.
func (l *list) recognizes(cells [][]string) (columns int, filled bool) {
	for _, rec := range cells {
		if strings.HasPrefix(strings.TrimSpace(rec[0]), "#") || !slices.ContainsFunc(rec, func(s string) bool { return strings.TrimSpace(s) != "" }) {
			continue
		}
		heads := 0
		for _, h := range rec {
			if strings.TrimSpace(h) == "" {
				continue
			}
			if heads++; l.column(h) != nil {
				columns++
			}
		}
		if columns*2 < heads {
			columns = 0
		}
		return columns, true
	}
	return 0, false
}

func sheetCells(f *excelize.File, sheet string) (cells [][]string, err error) {
	rows, err := f.Rows(sheet)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	defer rows.Close()
	for rows.Next() {
		rec, err := rows.Columns()
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
		}
		for len(rec) > 0 && strings.TrimSpace(rec[len(rec)-1]) == "" {
			rec = rec[:len(rec)-1]
		}
		if len(rec) > maxColumns {
			return nil, &Error{Row: len(cells) + 1, Other: strconv.Itoa(maxColumns), Err: ErrManyColumns}
		}
		if len(cells) > maxRows {
			return nil, &Error{Row: len(cells) + 1, Other: strconv.Itoa(maxRows), Err: ErrManyRows}
		}
		if len(rec) == 0 {
			rec = []string{""}
		}
		cells = append(cells, rec)
	}
	if err := rows.Error(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	return cells, nil
}

// Days before the first are numbers of another kind or slips of the pen, as those after the last are.
var (
	firstDay = time.Date(1950, 1, 1, 0, 0, 0, 0, time.UTC)
	lastDay  = time.Date(2099, 12, 31, 0, 0, 0, 0, time.UTC)
)

// date reads a day: 02.01.2006, 2006-01-02, or a workbook's day number. Years of two digits and days with slashes could
// mean several days and are refused, as is a day after last, where that is given.
func (r *row) date(col string, last time.Time) (time.Time, error) {
	s := r.values[col]
	if s == "" {
		return time.Time{}, nil
	}
	t, ok := r.day(s)
	switch {
	case !ok:
		return time.Time{}, r.wrong(col, ErrBadDate, "31.12.2025 / 2025-12-31")
	case t.Before(firstDay), t.After(lastDay):
		far := ErrFarDate
		if t.After(lastDay) && (col == "until" || col == "to") {
			far = ErrFarEnd // what is meant is: without end
		}
		return time.Time{}, r.wrong(col, far, dayAsWritten(firstDay, s)+" – "+dayAsWritten(lastDay, s))
	case !last.IsZero() && t.Format(time.DateOnly) > last.Format(time.DateOnly):
		return time.Time{}, r.wrong(col, ErrFuture, dayAsWritten(last, s))
	}
	return t, nil
}

func (r *row) day(s string) (time.Time, bool) {
	day, _, _ := strings.Cut(s, " ") // "02.01.2006 00:00:00"
	for _, layout := range []string{"2.1.2006", time.DateOnly, "2006-1-2", "2006-01-02T15:04:05Z", "2006-01-02T15:04:05"} {
		if t, err := time.Parse(layout, day); err == nil {
			return t.Truncate(24 * time.Hour), true
		}
	}
	// A number below some ten thousand is a year or a typing error, no day since 1927.
	if n, err := strconv.ParseFloat(s, 64); err == nil && r.serial != noSerial && n >= 10_000 && n < 2_958_466 {
		if t, err := excelize.ExcelDateToTime(n, r.serial == from1904); err == nil {
			return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC), true
		}
	}
	return time.Time{}, false
}

// dayAsWritten writes a day as another one stands in the list.
func dayAsWritten(t time.Time, like string) string {
	if strings.Contains(like, "-") {
		return t.Format(time.DateOnly)
	}
	return t.Format("02.01.2006")
}

// order is the error about two days of which the later one stands first.
func (r *row) order(fromCol string, from time.Time, toCol string, to time.Time) error {
	if from.IsZero() || to.IsZero() || !to.Before(from) {
		return nil
	}
	return r.wrong(toCol, ErrDateOrder, r.heads[fromCol]+": "+r.values[fromCol])
}

// choice reads one of a few words in either language.
func (r *row) choice(col string, words map[string][]string) (string, error) {
	s := r.values[col]
	if s == "" {
		return "", nil
	}
	for code, all := range words {
		if slices.ContainsFunc(all, func(w string) bool { return header(w) == header(s) }) {
			return code, nil
		}
	}
	return "", r.wrong(col, ErrBadValue, r.hint(col))
}
