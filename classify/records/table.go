package records

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
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
	maxCell    = 4_000     // bytes of one cell
)

// Errors of reading a list. Error says where.
var (
	ErrUnreadable    = errors.New("unreadable")
	ErrTooLarge      = errors.New("too large")
	ErrUnknownFile   = errors.New("not one of the lists")
	ErrTwice         = errors.New("the list is there twice")
	ErrUnknownColumn = errors.New("unknown column")
	ErrColumnTwice   = errors.New("column given twice")
	ErrNoColumn      = errors.New("column missing")
	ErrExtraCell     = errors.New("value beyond the last column")
	ErrNoValue       = errors.New("value missing")
	ErrNoDate        = errors.New("date missing")
	ErrBadDate       = errors.New("no date")
	ErrDateOrder     = errors.New("ends before it begins")
	ErrBadValue      = errors.New("unknown value")
	ErrSameCode      = errors.New("code used twice")
	ErrSameName      = errors.New("two people of one name")
	ErrUnknownCode   = errors.New("code in no list")
	ErrNoTarget      = errors.New("says nothing of what it covers")
	ErrNoFolder      = errors.New("folder not found")
)

// Error is what is wrong in one place of a list. Errors of several places come joined.
type Error struct {
	File   string // base name
	Row    int    // as the spreadsheet counts, from 1; 0 = the whole file
	Column string // header as it stands in the file, "" = the whole row
	Value  string // what stands there
	Other  string // what it should be
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
	{"people", []string{"people", "persons", "beschaeftigte", "beschäftigte", "personen"}, []column{
		{"code", []string{"Kürzel", "Code", "Personalnummer"}, []string{"Code", "ID"}, false, [2]string{"Ihr Kürzel; nur das Kürzel erscheint in Ergebnissen (leer: Datei und Zeile)", "your code; only the code appears in results (empty: file and row)"}},
		{"name", []string{"Name", "Vor- und Nachname"}, []string{"Name", "Full name"}, false, [2]string{"Vorname Nachname", "first name, then last name"}},
		{"first", []string{"Vorname"}, []string{"First name", "Given name"}, false, [2]string{"statt Name: Vorname und Nachname in zwei Spalten", "instead of Name: first and last name in two columns"}},
		{"last", []string{"Nachname", "Familienname"}, []string{"Last name", "Family name", "Surname"}, false, [2]string{"", ""}},
		{"spellings", []string{"Weitere Schreibweisen", "Schreibweisen", "Andere Schreibweisen", "Spitzname"}, []string{"Other spellings", "Spellings", "Nickname"}, false, [2]string{"getrennt durch |, zum Beispiel: Peti Muster | P. Muster-Beispiel", "separated by |"}},
		{"role", []string{"Funktion", "Rolle"}, []string{"Role", "Function"}, false, [2]string{"leer oder Tätigkeit = beschäftigt; Kundschaft = Kundschaft; andere = andere Person", "empty or a job = staff; customer = customer; other = other person"}},
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
	serial bool              // dates may be a workbook's day numbers
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

// readTable reads one file of a list. All errors that it finds come joined.
func readTable(fsys fs.FS, name string, l *list) ([]*row, error) {
	base := path.Base(name)
	data, err := readFile(fsys, name, maxFile)
	if err != nil {
		return nil, &Error{File: base, Err: err}
	}
	var (
		cells  [][]string
		lines  []int
		serial bool
	)
	if strings.EqualFold(path.Ext(name), ".xlsx") {
		cells, err = xlsxCells(data)
		for i := range cells {
			lines = append(lines, i+1)
		}
		serial = true
	} else {
		cells, lines, err = csvCells(data)
	}
	if err != nil {
		var e *Error
		if errors.As(err, &e) {
			e.File = base
			return nil, e
		}
		return nil, &Error{File: base, Err: err}
	}
	return l.rows(base, cells, lines, serial)
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
func (l *list) rows(file string, cells [][]string, lines []int, serial bool) ([]*row, error) {
	var (
		errs  []error
		out   []*row
		codes []string // column code by place
		heads map[string]string
	)
	for i, rec := range cells {
		blank := !slices.ContainsFunc(rec, func(s string) bool { return strings.TrimSpace(s) != "" })
		if blank || strings.HasPrefix(strings.TrimSpace(rec[0]), "#") {
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
		r := &row{file: file, n: lines[i], values: map[string]string{}, heads: heads, serial: serial}
		for k, v := range rec {
			v = strings.TrimSpace(strings.ReplaceAll(v, "\u00a0", " "))
			switch {
			case v == "":
			case len(v) > maxCell:
				errs = append(errs, &Error{File: file, Row: lines[i], Column: head(codes, heads, k), Err: ErrTooLarge})
			case k >= len(codes) || codes[k] == "":
				errs = append(errs, &Error{File: file, Row: lines[i], Value: v, Err: ErrExtraCell})
			default:
				r.values[codes[k]] = v
			}
		}
		out = append(out, r)
		if len(out) > maxRows {
			return nil, &Error{File: file, Row: lines[i], Err: ErrTooLarge}
		}
	}
	if heads == nil {
		return nil, nil // an empty file is an empty list
	}
	return out, errors.Join(errs...)
}

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
	if !utf8.Valid(data) {
		if data, err = charmap.Windows1252.NewDecoder().Bytes(data); err != nil {
			return nil, nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
		}
	}
	if bytes.IndexByte(data, 0) >= 0 {
		return nil, nil, fmt.Errorf("%w: no text", ErrUnreadable)
	}
	skipped := 0
	comma := delimiter(data)
	// Excel's own line for the separator.
	if line, rest, ok := bytes.Cut(data, []byte("\n")); ok && len(line) >= 5 && bytes.EqualFold(line[:4], []byte("sep=")) {
		comma, data, skipped = rune(line[4]), rest, 1
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
				return nil, nil, &Error{Row: pe.StartLine + skipped, Err: fmt.Errorf("%w: %w", ErrUnreadable, pe.Err)}
			}
			return nil, nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
		}
		line, _ := r.FieldPos(0)
		if len(cells) > maxRows || len(rec) > maxColumns {
			return nil, nil, &Error{Row: line + skipped, Err: ErrTooLarge}
		}
		cells, lines = append(cells, rec), append(lines, line+skipped)
	}
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

// xlsxCells reads the first sheet of a workbook: stored values, never formulas, no macros.
func xlsxCells(data []byte) (cells [][]string, err error) {
	defer func() {
		if p := recover(); p != nil {
			cells, err = nil, fmt.Errorf("%w: reader broke: %v", ErrUnreadable, p)
		}
	}()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	for _, f := range z.File {
		if strings.EqualFold(path.Base(f.Name), "vbaProject.bin") {
			return nil, fmt.Errorf("%w: the workbook has macros", ErrUnreadable)
		}
	}
	f, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{RawCellValue: true, UnzipSizeLimit: maxUnpack, UnzipXMLSizeLimit: maxUnpack})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	defer f.Close()
	sheets := f.GetSheetList()
	if len(sheets) == 0 {
		return nil, fmt.Errorf("%w: no sheet", ErrUnreadable)
	}
	rows, err := f.Rows(sheets[0])
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
		if len(cells) > maxRows || len(rec) > maxColumns {
			return nil, &Error{Row: len(cells) + 1, Err: ErrTooLarge}
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

// date reads a day: 02.01.2006, 2006-01-02, or a workbook's day number. Years of two digits and days with slashes could
// mean several days and are refused.
func (r *row) date(col string) (time.Time, error) {
	s := r.values[col]
	if s == "" {
		return time.Time{}, nil
	}
	day, _, _ := strings.Cut(s, " ") // "02.01.2006 00:00:00"
	for _, layout := range []string{"2.1.2006", time.DateOnly, "2006-1-2", "2006-01-02T15:04:05Z"} {
		if t, err := time.Parse(layout, day); err == nil && plausible(t) {
			return t.Truncate(24 * time.Hour), nil
		}
	}
	if n, err := strconv.ParseFloat(s, 64); r.serial && err == nil && n >= 1 && n < 2_958_466 {
		if t, err := excelize.ExcelDateToTime(n, false); err == nil && plausible(t) {
			return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC), nil
		}
	}
	return time.Time{}, r.wrong(col, ErrBadDate, "31.12.2025 / 2025-12-31")
}

// plausible keeps numbers of another kind from being taken for days.
func plausible(t time.Time) bool { return t.Year() >= 1950 && t.Year() <= 2199 }

// choice reads one of a few words in either language.
func (r *row) choice(col string, words map[string][]string) (string, error) {
	s := r.values[col]
	if s == "" {
		return "", nil
	}
	var all []string
	for _, code := range slices.Sorted(maps.Keys(words)) {
		for _, w := range words[code] {
			if header(w) == header(s) {
				return code, nil
			}
		}
		all = append(all, words[code][0])
	}
	return "", r.wrong(col, ErrBadValue, strings.Join(all, " | "))
}
