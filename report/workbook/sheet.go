package workbook

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"pagerisk/report"
)

// Colours. Level colours differ in lightness, so that they can be told apart without seeing colours; words stand beside
// them always.
const (
	navy   = "1F3864"
	green  = "375623"
	grey   = "595959"
	pale   = "FFF9E5" // cells to fill in
	line1  = "D9D9D9" // hairlines
	paper  = "F3F6FA" // tiles
	ink    = "1A1A1A"
	muted  = "5F6B7A"
	accent = "2F5597"
)

var levelColors = map[report.Level]string{report.VeryHigh: "7F0000", report.High: "F4B183", report.Medium: "FFE699", report.Low: "DDEBF7"}

// levelOrder is heaviest first, as everything is sorted.
var levelOrder = []report.Level{report.VeryHigh, report.High, report.Medium, report.Low}

// styles are the formats of a workbook by role. Excel allows about 65,000, this program needs fewer than 80.
type styles struct {
	f    *excelize.File
	lang string
	ids  map[string]int
	err  error
}

func newStyles(f *excelize.File, lang string) styles {
	return styles{f: f, lang: lang, ids: make(map[string]int)}
}

func (s *styles) dateFormat() string {
	if s.lang == "en" {
		return "yyyy-mm-dd"
	}
	return "dd.mm.yyyy"
}

func (s *styles) percentFormat() string {
	if s.lang == "en" {
		return "0.0%"
	}
	return `0.0\ %`
}

// id returns the format of a role: a base ("cell", "review", "head", …) and modifiers after dots ("cell.date.wrap").
func (s *styles) id(role string) int {
	if id, ok := s.ids[role]; ok {
		return id
	}
	st := s.make(role)
	id, err := s.f.NewStyle(st)
	if err != nil && s.err == nil {
		s.err = fmt.Errorf("style %q: %w", role, err)
	}
	s.ids[role] = id
	return id
}

func fill(color string) excelize.Fill {
	return excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{color}}
}

func under(color string) []excelize.Border {
	return []excelize.Border{{Type: "bottom", Color: color, Style: 1}}
}

func frame(color string) []excelize.Border {
	return []excelize.Border{
		{Type: "left", Color: color, Style: 1}, {Type: "right", Color: color, Style: 1},
		{Type: "top", Color: color, Style: 1}, {Type: "bottom", Color: color, Style: 1},
	}
}

func (s *styles) make(role string) *excelize.Style {
	parts := strings.Split(role, ".")
	st := &excelize.Style{
		Font:       &excelize.Font{Family: "Calibri", Size: 10, Color: ink},
		Alignment:  &excelize.Alignment{Vertical: "top"},
		Protection: &excelize.Protection{Locked: true},
	}
	switch parts[0] {
	case "cell":
		st.Border = under(line1)
	case "review":
		st.Border = frame(line1)
		st.Fill = fill(pale)
		st.Protection = &excelize.Protection{Locked: false}
	case "legendreview": // a cell to fill in, as the guide shows it
		st.Border = frame(line1)
		st.Fill = fill(pale)
		st.Font.Bold = true
		st.Alignment.Vertical = "center"
	case "head", "headreview", "headtech":
		color := map[string]string{"head": navy, "headreview": green, "headtech": grey}[parts[0]]
		st.Font = &excelize.Font{Family: "Calibri", Size: 10, Bold: true, Color: "FFFFFF"}
		st.Fill = fill(color)
		st.Alignment = &excelize.Alignment{Vertical: "center", WrapText: true}
		st.Border = []excelize.Border{{Type: "right", Color: "FFFFFF", Style: 1}}
	case "plain":
		st.Alignment.Vertical = "center"
	case "title":
		st.Font = &excelize.Font{Family: "Calibri", Size: 20, Bold: true, Color: navy}
		st.Alignment = &excelize.Alignment{Vertical: "center"}
	case "subtitle":
		st.Font = &excelize.Font{Family: "Calibri", Size: 12, Color: muted}
		st.Alignment = &excelize.Alignment{Vertical: "center"}
	case "section":
		st.Font = &excelize.Font{Family: "Calibri", Size: 12, Bold: true, Color: navy}
		st.Border = []excelize.Border{{Type: "bottom", Color: navy, Style: 1}}
		st.Alignment = &excelize.Alignment{Vertical: "center"}
	case "caption":
		st.Font = &excelize.Font{Family: "Calibri", Size: 9, Color: muted}
		st.Alignment = &excelize.Alignment{Vertical: "top", WrapText: true}
	case "tile":
		st.Font = &excelize.Font{Family: "Calibri", Size: 24, Bold: true, Color: navy}
		st.Fill = fill(paper)
		st.Alignment = &excelize.Alignment{Vertical: "bottom", Horizontal: "center"}
		st.NumFmt = 3
	case "tilecaption":
		st.Font = &excelize.Font{Family: "Calibri", Size: 9, Color: muted}
		st.Fill = fill(paper)
		st.Alignment = &excelize.Alignment{Vertical: "top", Horizontal: "center", WrapText: true}
	case "level":
		st.Border = frame("FFFFFF")
		level := report.Level(parts[1])
		st.Fill = fill(levelColors[level])
		st.Alignment = &excelize.Alignment{Vertical: "center", Horizontal: "center"}
		if level == report.VeryHigh {
			st.Font.Color = "FFFFFF"
		}
		parts = parts[1:]
	case "sign":
		st.Border = []excelize.Border{{Type: "bottom", Color: grey, Style: 1}}
		st.Protection = &excelize.Protection{Locked: false}
	case "good", "warn":
		color := map[string]string{"good": "E2EFDA", "warn": "FCE4D6"}[parts[0]]
		st.Fill = fill(color)
		st.Border = under(line1)
	}
	for _, mod := range parts[1:] {
		switch mod {
		case "wrap":
			st.Alignment.WrapText = true
		case "small":
			st.Font.Size = 9
		case "bold":
			st.Font.Bold = true
		case "big":
			st.Font.Size = 14
			st.Font.Bold = true
		case "muted":
			st.Font.Color = muted
		case "center":
			st.Alignment.Horizontal = "center"
		case "middle":
			st.Alignment.Vertical = "center"
		case "right":
			st.Alignment.Horizontal = "right"
		case "int":
			st.NumFmt = 3
			if st.Alignment.Horizontal == "" { // keep off the text of the next column
				st.Alignment.Horizontal, st.Alignment.Indent = "right", 1
			}
		case "dash0": // a nought as a dash
			f := "#,##0;;–"
			st.CustomNumFmt = &f
		case "blank0": // a nought means "none" and is not shown
			f := "#,##0;;"
			st.CustomNumFmt = &f
		case "percent":
			f := s.percentFormat()
			st.CustomNumFmt = &f
		case "decimal":
			f := "0.00"
			st.CustomNumFmt = &f
		case "date":
			f := s.dateFormat()
			st.CustomNumFmt = &f
			st.Alignment.Horizontal = "left"
		case "datetime":
			f := s.dateFormat() + " hh:mm"
			st.CustomNumFmt = &f
			st.Alignment.Horizontal = "left"
		case "text":
			st.NumFmt = 49
		case "link":
			st.Font.Color = "0563C1"
			st.Font.Underline = "single"
		}
	}
	return st
}

// kind of a column's cells.
type kind int

const (
	text kind = iota
	wrapped
	date
	datetime
	integer
	list
	formula
)

// band is the colour of a column's head: facts, columns to fill in, technical things.
type band int

const (
	fact band = iota
	review
	tech
)

// column is one column of a table. Its header is the catalogue's "wb.col.<code>".
type column struct {
	code   string
	width  float64
	band   band
	kind   kind
	list   string // of allowed values
	hidden bool
}

func (c column) role() string {
	base := "cell"
	if c.band == review {
		base = "review"
	}
	switch c.kind {
	case wrapped:
		return base + ".wrap"
	case date:
		return base + ".date"
	case datetime:
		return base + ".datetime"
	case integer:
		return base + ".int"
	}
	if c.band == review {
		return base + ".wrap"
	}
	return base
}

func (c column) head() string {
	switch c.band {
	case review:
		return "headreview"
	case tech:
		return "headtech"
	}
	return "head"
}

// sheet is one sheet while it is written.
type sheet struct {
	b    *book
	code string
	name string
	sw   *excelize.StreamWriter
	rows int // written so far
	part int // 2 for "Inventar (2)"
	cols []column
	// frozen is how many columns stay in view, and also are the first and last of further columns that are printed: on pages
	// of their own, behind the frozen ones.
	frozen int
	also   [][2]string
	// heights of rows, for a sheet with charts: excelize places them by the model of the sheet, which knows no streamed
	// row.
	heights map[int]float64
}

func (b *book) sheetName(code string) string { return b.say("sheet." + code) }

// addSheet makes a sheet with all that has to be set before its stream writer exists; set later it would be lost.
func (b *book) addSheet(code string) error { return b.addSheetNamed(code, b.sheetName(code)) }

func (b *book) addSheetNamed(code, name string) error {
	if len(b.sheets) == 0 {
		if err := b.f.SetSheetName("Sheet1", name); err != nil {
			return err
		}
	} else if _, err := b.f.NewSheet(name); err != nil {
		return err
	}
	if code == "lists" || code == "meta" {
		if err := b.f.SetSheetVisible(name, false, code == "meta"); err != nil {
			return err
		}
	}
	yes, no := true, false
	props := &excelize.SheetPropsOptions{FitToPage: &yes}
	if c, ok := tabColors[code]; ok {
		props.TabColorRGB = &c
	}
	if err := b.f.SetSheetProps(name, props); err != nil {
		return err
	}
	zoom := 100.0
	if code == "findings" || code == "media" || code == "inventory" || code == "risks" {
		zoom = 90
	}
	if err := b.f.SetSheetView(name, -1, &excelize.ViewOptions{ShowGridLines: &no, ZoomScale: &zoom}); err != nil {
		return err
	}
	sw, err := b.f.NewStreamWriter(name)
	if err != nil {
		return err
	}
	b.sheets[code] = &sheet{b: b, code: code, name: name, sw: sw}
	return nil
}

// table begins a sheet that is one table: widths, frozen head, head row.
func (s *sheet) table(cols []column, freeze int) error {
	s.cols, s.frozen = cols, freeze
	// From the last to the first: excelize puts each before the others, and Excel wants them in order.
	for i, c := range slices.Backward(cols) {
		if err := s.sw.SetColWidth(i+1, i+1, c.width); err != nil {
			return err
		}
		if c.hidden {
			if err := s.sw.SetColVisible(i+1, i+1, false); err != nil {
				return err
			}
		}
	}
	if err := s.sw.SetPanes(panes(freeze)); err != nil {
		return err
	}
	head := make([]any, len(cols))
	high := 32.0
	for i, c := range cols {
		word := s.b.say("col." + c.code)
		head[i] = excelize.Cell{StyleID: s.b.styles.id(c.head()), Value: word}
		if !c.hidden {
			high = height(high, word, c.width-1) // it is bold
		}
	}
	return s.row(high, head)
}

// panes freezes row 1 and the first columns.
func panes(columns int) *excelize.Panes {
	p := &excelize.Panes{Freeze: true, YSplit: 1, XSplit: columns, TopLeftCell: cell(columns+1, 2), ActivePane: "bottomRight"}
	if columns == 0 {
		p.ActivePane = "bottomLeft"
	}
	p.Selection = []excelize.Selection{{SQRef: p.TopLeftCell, ActiveCell: p.TopLeftCell, Pane: p.ActivePane}}
	return p
}

// row writes the next row; height 0 is the default one.
func (s *sheet) row(height float64, cells []any) error {
	s.rows++
	var opts []excelize.RowOpts
	if height > 0 {
		opts = append(opts, excelize.RowOpts{Height: min(height, maxRow)})
	}
	if s.heights != nil && height > 0 {
		s.heights[s.rows] = height
	}
	return s.sw.SetRow(cell(1, s.rows), cells, opts...)
}

// skip leaves rows empty.
func (s *sheet) skip(n int) { s.rows += n }

// record writes one row of a table from values by column code; what is missing stays empty but formatted. The row is as
// high as its wrapped cells need, at least as high as said.
func (s *sheet) record(least float64, values map[string]any) error {
	cells := make([]any, len(s.cols))
	high := s.high(least, values)
	for i, c := range s.cols {
		v := values[c.code]
		if v, ok := v.(excelize.Cell); ok {
			if v.StyleID == 0 {
				v.StyleID = s.b.styles.id(c.role())
			}
			cells[i] = v
			continue
		}
		if str, ok := v.(string); ok {
			if v = s.b.clean(str); str == "" {
				v = nil
			}
		}
		cells[i] = excelize.Cell{StyleID: s.b.styles.id(c.role()), Value: v}
	}
	return s.row(high, cells)
}

// high is the height of a record.
func (s *sheet) high(least float64, values map[string]any) float64 {
	for _, c := range s.cols {
		if c.hidden || c.kind != wrapped && c.band != review {
			continue
		}
		if str, ok := values[c.code].(string); ok && str != "" {
			least = height(least, str, c.width)
		}
	}
	return least
}

// col returns the number of a column of a table, from 1.
func (s *sheet) col(code string) int {
	for i, c := range s.cols {
		if c.code == code {
			return i + 1
		}
	}
	panic("no column " + code)
}

// area is a column's range over all records of the sheet, as an absolute reference from other sheets.
func (s *sheet) area(code string) string {
	c := colName(s.col(code))
	return fmt.Sprintf("%s!$%s$2:$%s$%d", quoteSheet(s.name), c, c, max(s.rows, 2))
}

// end closes a sheet: protection, print set-up, and the stream.
func (s *sheet) end(landscape bool, printCols int) error {
	if err := s.protect(); err != nil {
		return err
	}
	if err := s.print(landscape, printCols); err != nil {
		return err
	}
	return s.sw.Flush()
}

// endTable closes a sheet that is one table with a filter over all of it. A table needs at least one record.
func (s *sheet) endTable(name string, printCols int) error {
	if s.rows > 1 {
		stripes := false
		if err := s.sw.AddTable(&excelize.Table{
			Range: "A1:" + cell(len(s.cols), s.rows), Name: name, StyleName: "", ShowRowStripes: &stripes,
		}); err != nil {
			return err
		}
	}
	return s.end(true, printCols)
}

// protect guards against slips, not against people: no password. Sorting is not offered, because Excel refuses it on
// locked cells anyway.
func (s *sheet) protect() error {
	return s.b.f.ProtectSheet(s.name, &excelize.SheetProtectionOptions{
		SelectLockedCells: true, SelectUnlockedCells: true, AutoFilter: true, FormatColumns: true, FormatRows: true,
	})
}

func (s *sheet) print(landscape bool, printCols int) error {
	size, orientation, wide, tall := 9, "portrait", 1, 0
	if landscape {
		orientation = "landscape"
	}
	if s.code == "overview" {
		tall = 1
	}
	if err := s.b.f.SetPageLayout(s.name, &excelize.PageLayoutOptions{Size: &size, Orientation: &orientation, FitToWidth: &wide, FitToHeight: &tall}); err != nil {
		return err
	}
	side, topBottom, edge := 0.4, 0.6, 0.3 // inches: 1.0 cm, 1.5 cm
	yes := true
	if err := s.b.f.SetPageMargins(s.name, &excelize.PageLayoutMarginsOptions{
		Left: &side, Right: &side, Top: &topBottom, Bottom: &topBottom, Header: &edge, Footer: &edge, Horizontally: &yes,
	}); err != nil {
		return err
	}
	b := s.b
	header := "&L&9" + amp(b.say("title")+" – "+b.pages()) + "&R&9" + amp(b.say("as_of", "Day", b.r.Head.StatusDate))
	footer := "&L&9" + amp(b.say("confidential")+" – "+b.say("no_advice")) + "&R&9" + b.say("page_of")
	if err := b.f.SetHeaderFooter(s.name, &excelize.HeaderFooterOptions{OddHeader: header, OddFooter: footer}); err != nil {
		return err
	}
	// excelize keeps the number of the sheet and not the sheet: a name that is set before all sheets are in their place
	// would belong to another one later.
	sheet := quoteSheet(s.name)
	if s.cols != nil {
		titles := sheet + "!$1:$1"
		if len(s.also) > 0 {
			titles = fmt.Sprintf("%s!$A:$%s,%s", sheet, colName(s.frozen), titles)
		}
		b.names = append(b.names, excelize.DefinedName{Name: "_xlnm.Print_Titles", RefersTo: titles, Scope: s.name})
	}
	if printCols > 0 {
		area := func(first, last int) string {
			return fmt.Sprintf("%s!$%s$1:$%s$%d", sheet, colName(first), colName(last), max(s.rows, 1))
		}
		areas := area(1, printCols)
		for _, a := range s.also {
			areas += "," + area(s.col(a[0]), s.col(a[1]))
		}
		b.names = append(b.names, excelize.DefinedName{Name: "_xlnm.Print_Area", RefersTo: areas, Scope: s.name})
	}
	return nil
}

// amp doubles what is a command in a header, and keeps within Excel's 255 characters for the whole of it.
func amp(s string) string {
	r := []rune(s)
	if len(r) > 90 {
		s = string(r[:89]) + "…"
	}
	return strings.ReplaceAll(s, "&", "&&")
}

func quoteSheet(name string) string { return "'" + strings.ReplaceAll(name, "'", "''") + "'" }

func cell(col, row int) string {
	name, err := excelize.CoordinatesToCellName(col, row)
	if err != nil {
		panic(err) // a constant of ours is wrong
	}
	return name
}

func colName(col int) string {
	name, err := excelize.ColumnNumberToName(col)
	if err != nil {
		panic(err)
	}
	return name
}

// Limits of a cell: Excel holds 32,767 UTF-16 units and 253 line feeds; excelize cuts without a word.
const (
	maxCellUnits = 32_000
	maxCellLines = 200
)

// clean makes a text fit for a cell: line ends as one character, no control characters, no marks that turn the
// direction of what follows, not longer than a cell. What was changed is counted and told in the audit trail.
func (b *book) clean(s string) string {
	plain := true
	units, lines := 0, 0
	for i, r := range s {
		if r == utf8.RuneError {
			if _, n := utf8.DecodeRuneInString(s[i:]); n == 1 {
				plain = false
				break
			}
		}
		if odd(r) {
			plain = false
			break
		}
		if r == '\n' {
			lines++
		}
		units += utf16Len(r)
	}
	if plain && units <= maxCellUnits && lines <= maxCellLines {
		return s
	}
	s = strings.ReplaceAll(s, "\r\n", "\n")
	var out strings.Builder
	units, lines = 0, 0
	mended, cut := false, false
	for _, r := range s {
		switch {
		case r == '\r':
			r = '\n'
		case turns(r):
			mended = true
			continue
		case odd(r):
			r, mended = ' ', true
		}
		if r == '\n' {
			lines++
		}
		units += utf16Len(r)
		if units > maxCellUnits || lines > maxCellLines {
			cut = true
			break
		}
		out.WriteRune(r)
	}
	if mended {
		b.mended++
	}
	if cut {
		b.cut++
		out.WriteString(" " + b.say("cut"))
	}
	return out.String()
}

// odd characters are not allowed in a cell or do things in it.
func odd(r rune) bool {
	return r < ' ' && r != '\n' && r != '\t' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == 0xfffe || r == 0xffff || turns(r)
}

// turns reports the marks that change the direction of text: they can make a name or an address read as another one.
func turns(r rune) bool { return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 }

func utf16Len(r rune) int {
	if r > 0xffff {
		return 2
	}
	return 1
}

// excerpt is the beginning of a text, cut at a word.
func excerpt(s string, most int) string {
	s = strings.Join(strings.Fields(s), " ")
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	end := most
	for i := most; i > most*2/3; i-- {
		if unicode.IsSpace(r[i]) {
			end = i
			break
		}
	}
	// A mark that belongs to the character before it goes with it.
	for end > 0 && (unicode.Is(unicode.Mn, r[end]) || r[end] == 0x200d || r[end-1] == 0x200d) {
		end--
	}
	return strings.TrimRightFunc(string(r[:end]), unicode.IsSpace) + " …"
}

// maxRow is below Excel's 409 points for the height of a row.
const maxRow = 400

// height of a row in points, so that nothing in its wrapped cells is cut: texts by the width of their column.
func height(least float64, texts ...any) float64 {
	lines := 1
	for i := 0; i+1 < len(texts); i += 2 {
		lines = max(lines, wrapLines(texts[i].(string), texts[i+1].(float64)))
	}
	return min(max(least, float64(lines)*13.2+3), maxRow)
}

// wrapLines is how many lines a text takes in a column.
func wrapLines(s string, width float64) int {
	width = max((width-0.8)*0.97, 1)
	lines := 0
	for _, para := range strings.Split(s, "\n") {
		lines++
		used := 0.0
		for word := range strings.FieldsSeq(para) {
			w := 0.0
			for _, r := range word {
				w += letter(r)
			}
			switch {
			case used > 0 && used+space+w <= width:
				used += space + w
			case used > 0:
				lines++
				used = w
			default:
				used = w
			}
			for used > width {
				lines++
				used -= width
			}
		}
	}
	return lines
}

// em are widths of Calibri's (and Carlito's) letters in thousandths of the font size.
var em = map[rune]int{
	'a': 479, 'b': 525, 'c': 423, 'd': 525, 'e': 498, 'f': 305, 'g': 471, 'h': 525, 'i': 229, 'j': 239, 'k': 455, 'l': 229, 'm': 799,
	'n': 525, 'o': 527, 'p': 525, 'q': 525, 'r': 349, 's': 391, 't': 335, 'u': 525, 'v': 452, 'w': 715, 'x': 433, 'y': 453, 'z': 395,
	'I': 252, 'J': 319, 'L': 420, 'M': 855, 'W': 890, 'ß': 527, 'ä': 479, 'ö': 527, 'ü': 525, '.': 252, ',': 250, ':': 268, ';': 268,
	'-': 306, '(': 303, ')': 303, '/': 386, '!': 326, '?': 463, '„': 418, '“': 418, '‘': 250, '’': 250, '·': 252, '…': 690, '%': 715, '@': 894,
}

// letter is the width of a letter of 10 points in units of a column, which are the digits of 11 points.
func letter(r rune) float64 {
	w, ok := em[r]
	switch {
	case ok:
	case r > 0x1f000:
		w = 1400
	case r > 0x2e80:
		w = 1000
	case unicode.IsUpper(r):
		w = 600
	default:
		w = 510
	}
	return float64(w) / 1000 * 1.905
}

// space is the width of one.
const space = 0.43

// serial is a moment as Excel counts days, in the zone of the workbook, to the minute: LibreOffice shortens longer
// fractions, and a comparison would then see a change.
func (b *book) serial(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	t = t.In(b.zone)
	wall := time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), 0, 0, time.UTC)
	return serialOf(wall)
}

func serialOf(wall time.Time) any {
	days := wall.Sub(time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)).Minutes() / (24 * 60)
	if days < 1 || days > 2958465 {
		return nil // before 1900 or after 9999: no date for Excel
	}
	return math.Round(days*1e9) / 1e9
}

// day is a day without a time.
func day(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return serialOf(time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC))
}
