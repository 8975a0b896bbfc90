package workbook

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"pagerisk/classify"
	"pagerisk/report"
	"pagerisk/scanner"
)

// block is a table of the sheet with the analysis: where its rows are, for charts and tiles.
type block struct{ head, first, last int }

// analysis remembers the blocks that the overview draws on.
type analysis struct {
	years, labels, periods block
}

// count is a formula that counts rows of the sheet of findings, with its result.
func (b *book) count(role string, result int, criteria ...string) excelize.Cell {
	s := b.sheets["findings"]
	if len(b.lines) == 0 {
		return excelize.Cell{StyleID: b.styles.id(role), Value: result}
	}
	parts := make([]string, len(criteria))
	for i := 0; i < len(criteria); i += 2 {
		parts[i] = s.area(criteria[i])
		parts[i+1] = criteria[i+1]
	}
	return excelize.Cell{StyleID: b.styles.id(role), Formula: "COUNTIFS(" + strings.Join(parts, ",") + ")", Value: result}
}

func quoted(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

func (b *book) levelIs(l report.Level) string { return quoted(b.t.Say("level." + string(l))) }

// isOpen are the criteria of what nobody has decided yet: undecided, as a formula counts.
func (b *book) isOpen() []string {
	return []string{"status", b.statusNot("confirmed"), "status", b.statusNot("no_risk")}
}

// decided counts what somebody has decided, confirmed or set aside.
func (b *book) decided(result int, criteria ...string) excelize.Cell {
	yes := b.count("cell.int", result, append(slices.Clip(criteria), "status", b.statusIs("confirmed"))...)
	no := b.count("cell.int", result, append(slices.Clip(criteria), "status", b.statusIs("no_risk"))...)
	if yes.Formula != "" {
		yes.Formula += "+" + no.Formula
	}
	return yes
}

func (b *book) statusIs(code string) string  { return quoted(b.listWord("status", code)) }
func (b *book) statusNot(code string) string { return quoted("<>" + b.listWord("status", code)) }

// begin writes the caption and the head of a block.
func (b *book) begin(s *sheet, caption string, heads ...string) error {
	if s.rows > 0 {
		s.skip(1)
	}
	if err := s.row(20, b.filled("section", 9, b.say("analysis."+caption))); err != nil {
		return err
	}
	cells := make([]any, len(heads))
	high := 18.0
	for i, h := range heads {
		cells[i] = excelize.Cell{StyleID: b.styles.id("head"), Value: h}
		if i > 0 {
			high = height(high, h, 15.0)
		}
	}
	return s.row(high, cells)
}

// filled is a row in which one text is followed by cells of the same format.
func (b *book) filled(role string, n int, texts ...any) []any {
	out := make([]any, n)
	for i := range out {
		out[i] = excelize.Cell{StyleID: b.styles.id(role)}
	}
	for i, t := range texts {
		out[i] = b.cellOf(role, t)
	}
	return out
}

func (b *book) cellOf(role string, v any) excelize.Cell {
	if s, ok := v.(string); ok {
		v = b.clean(s)
	}
	return excelize.Cell{StyleID: b.styles.id(role), Value: v}
}

func (b *book) levelHeads() []string {
	var out []string
	for _, l := range levelOrder {
		out = append(out, b.t.Say("level."+string(l)))
	}
	return out
}

// writeAnalysis writes the tables behind the charts. What depends on what people enter is a formula.
func (b *book) writeAnalysis() error {
	s := b.sheets["analysis"]
	f := &b.fig
	if err := b.widths(s, 34, 16, 16, 16, 16, 16, 16, 16, 16); err != nil {
		return err
	}
	a := &b.charts

	if err := b.begin(s, "years", append(append([]string{b.say("col.year")}, b.levelHeads()...), b.say("col.sum"))...); err != nil {
		return err
	}
	a.years = block{head: s.rows, first: s.rows + 1}
	for _, y := range f.years {
		row := []any{b.cellOf("cell", strconv.Itoa(y))}
		from, to := fmt.Sprintf(`">="&DATE(%d,1,1)`, y), fmt.Sprintf(`"<"&DATE(%d,1,1)`, y+1)
		sum := 0
		for _, l := range levelOrder {
			n := f.byYear[y][l]
			sum += n
			row = append(row, b.count("cell.int", n, "published", from, "published", to, "level_valid", b.levelIs(l)))
		}
		row = append(row, b.sumOf(s, sum))
		if err := s.row(0, row); err != nil {
			return err
		}
	}
	a.years.last = s.rows
	undated := []any{b.cellOf("cell", b.say("undated"))}
	sum := 0
	for _, l := range levelOrder {
		undated = append(undated, b.count("cell.int", f.undated[l], "published", `"="`, "level_valid", b.levelIs(l)))
		sum += f.undated[l]
	}
	if err := s.row(0, append(undated, b.sumOf(s, sum))); err != nil {
		return err
	}

	if err := b.begin(s, "labels", b.say("col.category"), b.say("col.flagged_n"), b.say("col.high_n")); err != nil {
		return err
	}
	a.labels = block{head: s.rows, first: s.rows + 1}
	for _, l := range f.topLabels() {
		if err := s.row(0, []any{
			b.cellOf("cell", b.t.Say("label."+string(l))),
			b.count("cell.int", f.labels[l], string(l), `"?*"`, "score_valid", `">0"`),
			b.count("cell.int", f.labelTop[l], string(l), `"?*"`, "score_valid", `">=8"`, "status", b.statusNot("no_risk")),
		}); err != nil {
			return err
		}
	}
	a.labels.last = s.rows

	if err := b.begin(s, "periods", b.say("col.window"), b.say("col.reviewed_n"), b.say("col.open_n")); err != nil {
		return err
	}
	a.periods = block{head: s.rows, first: s.rows + 1}
	for _, p := range b.periodsShown() {
		word := quoted(b.t.Say("period." + string(p)))
		if err := s.row(0, []any{
			b.cellOf("cell", b.t.Say("period."+string(p))),
			b.decided(f.periods[p][0], "window", word, "score_valid", `">0"`),
			b.count("cell.int", f.periods[p][1], append([]string{"window", word, "score_valid", `">0"`}, b.isOpen()...)...),
		}); err != nil {
			return err
		}
	}
	a.periods.last = s.rows

	// Two views are two tables' worth of numbers: the first two lines are the matrix, the third stands for itself. Rows without
	// their head tell nothing: the table begins a page, as what is above it, with a row per year, fills most of one.
	if err := s.sw.InsertPageBreak(cell(1, s.rows+2)); err != nil {
		return err
	}
	if err := b.begin(s, "views", append(append([]string{b.say("col.view_of")}, b.levelHeads()...), b.say("col.sum"))...); err != nil {
		return err
	}
	for _, of := range []struct {
		caption, level string
		view           report.View // "" = whatever it is rated for
	}{
		{"analysis.view_persons", "level_valid", report.Persons},
		{"analysis.view_organisation", "level_valid", report.Organisation},
		{"analysis.view_all", "org_level", ""},
	} {
		criteria := []string{"status", b.statusNot("no_risk")}
		if of.view != "" {
			criteria = append(criteria, "view", quoted(b.say("view."+string(of.view))))
		}
		row := []any{b.cellOf("cell.wrap", b.say(of.caption))}
		sum := 0
		for _, l := range levelOrder {
			n := f.organisation[l]
			if of.view != "" {
				n = f.viewed[viewedAt{of.view, l}]
			}
			sum += n
			row = append(row, b.count("cell.int", n, append(slices.Clip(criteria), of.level, b.levelIs(l))...))
		}
		if err := s.row(height(15, b.say(of.caption), 34.0), append(row, b.sumOf(s, sum))); err != nil {
			return err
		}
	}

	if err := b.begin(s, "progress", b.say("col.status"), b.say("col.items_n")); err != nil {
		return err
	}
	for _, code := range report.ValueLists["status"] {
		if err := s.row(0, []any{
			b.cellOf("cell", b.listWord("status", code)),
			b.count("cell.int", f.statuses[code], "score_valid", `">0"`, "status", b.statusIs(code)),
		}); err != nil {
			return err
		}
	}

	heads := []string{b.say("col.year")}
	for _, l := range classify.Labels {
		heads = append(heads, b.t.Say("label."+string(l)))
	}
	if err := b.begin(s, "years_labels", heads...); err != nil {
		return err
	}
	for _, y := range f.years {
		row := []any{b.cellOf("cell", strconv.Itoa(y))}
		from, to := fmt.Sprintf(`">="&DATE(%d,1,1)`, y), fmt.Sprintf(`"<"&DATE(%d,1,1)`, y+1)
		for _, l := range classify.Labels {
			row = append(row, b.count("cell.int", f.yearOf[y][l], "published", from, "published", to, string(l), `"?*"`, "score_valid", `">0"`))
		}
		if err := s.row(0, row); err != nil {
			return err
		}
	}

	if err := b.begin(s, "kinds", b.say("col.platform"), b.say("col.kind"), b.say("col.items_n"), b.say("col.flagged_n"), b.say("col.share")); err != nil {
		return err
	}
	kinds := slices.SortedFunc(maps.Keys(f.kinds), func(x, y kindKey) int {
		return cmp.Or(cmp.Compare(x.platform, y.platform), -cmp.Compare(f.kinds[x].items, f.kinds[y].items), cmp.Compare(x.kind, y.kind))
	})
	for _, k := range kinds {
		t := f.kinds[k]
		if err := s.row(0, []any{
			b.cellOf("cell", b.platform(k.platform)), b.cellOf("cell", b.t.Say("kind."+string(k.kind))), b.cellOf("cell.int", t.items),
			b.cellOf("cell.int", t.flagged), b.cellOf("cell.percent", float64(t.flagged)/float64(t.items)),
		}); err != nil {
			return err
		}
	}

	if err := b.begin(s, "grounds", b.say("col.ground"), b.say("col.entered_n"), b.say("col.proposed_n")); err != nil {
		return err
	}
	for _, code := range report.ValueLists["ground"] {
		word := quoted(b.listWord("ground", code))
		if err := s.row(0, []any{
			b.cellOf("cell", b.listWord("ground", code)),
			b.count("cell.int", f.entered[report.Ground(code)], "ground", word, "score_valid", `">0"`),
			b.count("cell.int", f.proposed[report.Ground(code)], "ground_proposed", word, "ground", `"="`, "score_valid", `">0"`),
		}); err != nil {
			return err
		}
	}

	if err := b.begin(s, "albums", b.say("col.album"), b.say("col.items_n"), b.say("col.flagged_n")); err != nil {
		return err
	}
	albums := slices.SortedFunc(maps.Keys(f.albums), func(x, y string) int {
		return cmp.Or(-cmp.Compare(f.albums[x].flagged, f.albums[y].flagged), -cmp.Compare(f.albums[x].items, f.albums[y].items), cmp.Compare(x, y))
	})
	for _, name := range albums[:min(len(albums), 15)] {
		if err := s.row(height(15, name, 34.0), []any{
			b.cellOf("cell.wrap", b.clean(name)), b.cellOf("cell.int", f.albums[name].items), b.cellOf("cell.int", f.albums[name].flagged),
		}); err != nil {
			return err
		}
	}
	return s.end(true, 9)
}

// sumOf is the sum of the four cells before it.
func (b *book) sumOf(s *sheet, sum int) excelize.Cell {
	n := s.rows + 1
	return excelize.Cell{StyleID: b.styles.id("cell.int.bold"), Formula: fmt.Sprintf("SUM(B%d:E%d)", n, n), Value: sum}
}

// periodsShown leaves out what cannot occur: an objection is recorded or it is not.
func (b *book) periodsShown() []report.Period {
	if b.r.Head.Objection.IsZero() && b.fig.periods[report.UntilObjection] == [2]int{} && b.fig.periods[report.AfterObjection] == [2]int{} {
		return []report.Period{report.BeforeTraining, report.ObjectionOpen, report.PeriodUnknown}
	}
	return []report.Period{report.BeforeTraining, report.UntilObjection, report.AfterObjection, report.ObjectionOpen, report.PeriodUnknown}
}

// The overview is a grid of narrow columns: two halves of 15 with one between them, four tiles of 7, three signatures
// of 9.
const (
	overviewColumns = 31
	gridWidth       = 3.43
	halfColumns     = 15
	rightHalf       = halfColumns + 2 // its first column
	// overviewChars is the width of the page in characters, for rows that wrap.
	overviewChars = 104.0
	// The size of a chart as excelize counts it: a column of the grid has 27 of its dots, a point of height 1.18.
	chartWidth, chartHeight = 15*27 - 6, 176
)

// writeOverview writes the page that a managing director signs.
func (b *book) writeOverview() error {
	s := b.sheets["overview"]
	s.heights = make(map[int]float64)
	if err := s.sw.SetColWidth(1, overviewColumns, gridWidth); err != nil {
		return err
	}
	head := b.r.Head
	span := b.say("overview.span_unknown", "Day", head.StatusDate.In(b.zone))
	if f := &b.fig; !f.first.IsZero() {
		span = b.say("overview.span", "From", f.first, "To", f.last, "Day", head.StatusDate.In(b.zone))
	}
	complete := b.completeness()
	chartRow := 0
	for _, step := range []func() error{
		func() error { return b.across(s, 32, "title", b.say("title")) },
		func() error {
			return b.across(s, height(18, b.whose(), overviewChars*0.82), "subtitle.wrap", b.whose())
		},
		func() error { return b.across(s, 16, "caption", span) },
		func() error { return s.row(8, nil) },
		func() error { return b.tiles(s) },
		func() error { return s.row(8, nil) },
		func() error { return b.across(s, height(15, complete, overviewChars), "plain.wrap", complete) },
		func() error {
			for _, l := range head.Gaps.Lines(b.t) {
				l = b.clean(l)
				if err := b.across(s, height(15, l, overviewChars), "warn.wrap.bold", l); err != nil {
					return err
				}
			}
			return s.row(6, nil)
		},
		func() error { return b.matrix(s) },
		func() error {
			// It is smaller print, of which more goes into a line.
			return b.across(s, height(13, b.say("overview.views"), overviewChars*1.1), "caption", b.say("overview.views"))
		},
		func() error { return s.row(6, nil) },
		func() error { return b.twoHeads(s, "overview.by_year", "overview.by_period") },
		func() error {
			chartRow = s.rows + 1
			for range 8 {
				if err := s.row(19, nil); err != nil {
					return err
				}
			}
			return nil
		},
		func() error {
			return b.section(s, b.say("overview.result", "Day", head.StatusDate.In(b.zone)), b.result())
		},
		func() error { return b.section(s, b.say("overview.not_examined"), b.notExamined()) },
		func() error { return b.section(s, b.say("overview.certainty"), []string{b.sampleStatement()}) },
		func() error { return b.signatures(s) },
		func() error { return b.drawCharts(s, chartRow) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return s.end(false, overviewColumns)
}

// whose register it is.
func (b *book) whose() string {
	var parts []string
	for _, a := range b.r.Head.Accounts {
		parts = append(parts, b.say("overview.account", "Platform", b.platform(a.Platform), "Name", cmp.Or(b.clean(a.Name), b.say("no_name"))))
	}
	if len(parts) > 4 {
		parts = append(parts[:4], b.say("overview.more_accounts", "Count", len(b.r.Head.Accounts)-4))
	}
	pages := strings.Join(parts, " · ")
	if o := b.r.Head.Organisation; o != "" {
		if pages == "" {
			return o
		}
		return b.clean(o) + " – " + pages
	}
	return cmp.Or(pages, b.say("no_name"))
}

// across writes one text over the whole width.
func (b *book) across(s *sheet, h float64, role, text string) error {
	if err := s.row(h, b.filled(role, overviewColumns, text)); err != nil {
		return err
	}
	return s.sw.MergeCell(cell(1, s.rows), cell(overviewColumns, s.rows))
}

// tiles are the four numbers that count.
func (b *book) tiles(s *sheet) error {
	f := &b.fig
	values := []excelize.Cell{
		b.cellOf("tile", f.published),
		b.count("tile", f.flagged, "score_valid", `">0"`),
		b.count("tile", f.high, "score_valid", `">=8"`, "status", b.statusNot("no_risk")),
		b.count("tile", f.open, append([]string{"score_valid", `">0"`}, b.isOpen()...)...),
	}
	captions := []string{"overview.tile_items", "overview.tile_flagged", "overview.tile_high", "overview.tile_open"}
	top, low := make([]any, overviewColumns), make([]any, overviewColumns)
	for i := range 4 {
		for j := range 7 {
			top[8*i+j] = b.cellOf("tile", nil)
			low[8*i+j] = b.cellOf("tilecaption", nil)
		}
		top[8*i] = values[i]
		low[8*i] = b.cellOf("tilecaption", b.say(captions[i]))
	}
	if err := s.row(36, top); err != nil {
		return err
	}
	if err := s.row(29, low); err != nil {
		return err
	}
	for i := range 4 {
		for r := s.rows - 1; r <= s.rows; r++ {
			if err := s.sw.MergeCell(cell(8*i+1, r), cell(8*i+7, r)); err != nil {
				return err
			}
		}
	}
	return nil
}

// completeness says whether everything that was there is accounted for.
func (b *book) completeness() string {
	t := b.r.Head.Tally
	key := "overview.complete"
	switch {
	case t.Seen != t.Read+t.Skipped+t.Failed:
		key = "overview.complete_open"
	case t.Failed > 0:
		key = "overview.complete_but"
	}
	return b.say(key, "Seen", t.Seen, "Read", t.Read, "Skipped", t.Skipped, "Failed", t.Failed)
}

func (b *book) twoHeads(s *sheet, left, right string) error {
	row := b.filled("section", overviewColumns)
	row[0] = b.cellOf("section", b.say(left))
	row[halfColumns] = nil
	row[rightHalf-1] = b.cellOf("section", b.say(right))
	if err := s.row(20, row); err != nil {
		return err
	}
	if err := s.sw.MergeCell(cell(1, s.rows), cell(halfColumns, s.rows)); err != nil {
		return err
	}
	return s.sw.MergeCell(cell(rightHalf, s.rows), cell(overviewColumns, s.rows))
}

// five writes a row of the matrix: a label and four cells, three columns each.
func (b *book) five(s *sheet, h float64, cells [5]excelize.Cell) error {
	row := make([]any, halfColumns)
	for i := range row {
		row[i] = excelize.Cell{StyleID: cells[i/3].StyleID}
	}
	for i, c := range cells {
		row[3*i] = c
	}
	if err := s.row(h, row); err != nil {
		return err
	}
	for i := range 5 {
		if err := s.sw.MergeCell(cell(3*i+1, s.rows), cell(3*i+3, s.rows)); err != nil {
			return err
		}
	}
	return nil
}

// matrix writes the 4 × 4 matrix: likelihood upwards, severity to the right. Its right half is free for a chart.
func (b *book) matrix(s *sheet) error {
	if err := b.twoHeads(s, "overview.matrix", "overview.by_label"); err != nil {
		return err
	}
	b.matrixRow = s.rows + 1
	for lik := 4; lik >= 1; lik-- {
		row := [5]excelize.Cell{b.cellOf("caption.right.middle", b.say("overview.grade", "N", lik, "Word", b.say("grade."+strconv.Itoa(lik))))}
		for sev := 1; sev <= 4; sev++ {
			row[sev] = b.count("level."+string(report.LevelOf(lik*sev))+".bold.dash0", b.fig.matrix[lik][sev],
				"lik_valid", strconv.Itoa(lik), "sev_valid", strconv.Itoa(sev), "status", b.statusNot("no_risk"))
		}
		if err := b.five(s, 27, row); err != nil {
			return err
		}
	}
	labels := [5]excelize.Cell{b.cellOf("caption.right", b.say("overview.axes"))}
	for sev := 1; sev <= 4; sev++ {
		labels[sev] = b.cellOf("caption.center", b.say("overview.grade", "N", sev, "Word", b.say("grade."+strconv.Itoa(sev))))
	}
	if err := b.five(s, 28, labels); err != nil {
		return err
	}
	legend := [5]excelize.Cell{b.cellOf("caption.right.middle", b.say("overview.legend"))}
	for i, l := range []report.Level{report.Low, report.Medium, report.High, report.VeryHigh} {
		legend[i+1] = b.cellOf("level."+string(l)+".small", b.t.Say("level."+string(l)))
	}
	return b.five(s, 18, legend)
}

// section writes a heading and its lines.
func (b *book) section(s *sheet, heading string, lines []string) error {
	if err := s.row(6, nil); err != nil {
		return err
	}
	if err := b.across(s, 19, "section", heading); err != nil {
		return err
	}
	for _, l := range lines {
		if err := b.across(s, height(16, l, overviewChars), "plain.wrap.middle", l); err != nil {
			return err
		}
	}
	return nil
}

// result is the outcome in five lines, and a sixth where reviewers contradict each other.
func (b *book) result() []string {
	lines := b.outcome()
	if n := b.fig.conflicts; n > 0 {
		lines = append(lines, b.say("overview.conflicts", "Count", n))
	}
	if n := b.fig.again; n > 0 {
		lines = append(lines, b.say("overview.again", "Count", n))
	}
	return lines
}

func (b *book) outcome() []string {
	f := &b.fig
	if f.published == 0 {
		return []string{b.say("overview.no_items")}
	}
	if f.flagged == 0 {
		return []string{b.say("overview.nothing", "Items", f.published), b.say("overview.nothing_means")}
	}
	var top []string
	for _, l := range f.topLabels()[:3] {
		if n := f.labels[l]; n > 0 {
			top = append(top, fmt.Sprintf("%s (%s)", b.t.Say("label."+string(l)), b.t.Int(int64(n))))
		}
	}
	lines := []string{
		b.say("overview.result_found", "Items", f.published, "Flagged", f.flagged, "Share", b.percent(f.flagged, f.published)),
		b.say("overview.result_high", "High", f.high, "Flagged", f.flagged, "Top", strings.Join(top, ", ")),
		b.grounds(),
	}
	sum := func(p report.Period) int { return f.periods[p][0] + f.periods[p][1] }
	before, undated := sum(report.BeforeTraining), sum(report.PeriodUnknown)
	period := b.say("overview.result_period", "Before", before, "Since", f.flagged-before-undated)
	if undated > 0 {
		period += " " + b.say("overview.result_undated", "Count", undated)
	}
	key := "overview.objection_none"
	if !b.r.Head.Objection.IsZero() {
		key = "overview.objection_first"
	}
	lines = append(lines, period+" "+b.say(key, "Day", b.r.Head.Objection))
	// An account without an objection of its own is open, whatever was filed for another one.
	open := b.r.Head.Objection.IsZero() || sum(report.ObjectionOpen) > 0
	switch {
	case f.high > 0 && open && !b.r.Head.Objection.IsZero():
		lines = append(lines, b.say("overview.advice_object_rest", "High", f.high)+" "+b.say("overview.object_open"))
	case f.high > 0 && open:
		lines = append(lines, b.say("overview.advice_object", "High", f.high)+" "+b.say("overview.object_open"))
	case f.high > 0:
		lines = append(lines, b.say("overview.advice_high", "High", f.high))
	case open:
		lines = append(lines, b.say("overview.advice_consider")+" "+b.say("overview.object_open"))
	default:
		lines = append(lines, b.say("overview.advice_rest"))
	}
	return lines
}

// grounds says for how many items a consent or licence covers AI training, who says so, and what is no such ground.
func (b *book) grounds() string {
	f := &b.fig
	covered := f.coveredEntered + f.coveredProposed
	text := b.say("overview.ground_none", "Flagged", f.flagged)
	if covered > 0 {
		text = b.say("overview.ground_some", "Flagged", f.flagged, "Covered", covered, "Entered", f.coveredEntered, "Proposed", f.coveredProposed)
	}
	if f.statutory > 0 {
		text += " " + b.say("overview.ground_statutory", "Count", f.statutory)
	}
	if f.notNeeded > 0 {
		text += " " + b.say("overview.ground_not_needed", "Count", f.notNeeded)
	}
	return text
}

func (b *book) percent(n, of int) string {
	if of == 0 {
		return "–"
	}
	p := fmt.Sprintf("%.1f", 100*float64(n)/float64(of))
	if b.t.Lang == "de" {
		return strings.ReplaceAll(p, ".", ",") + " %"
	}
	return p + "%"
}

// notExamined says what the numbers do not cover.
func (b *book) notExamined() []string {
	f := &b.fig
	var lines []string
	for _, of := range []struct {
		key    string
		states []scanner.State
	}{
		{"overview.not_published", []scanner.State{scanner.Archived, scanner.Deleted, scanner.Draft, scanner.Group}},
		{"overview.unknown_place", []scanner.State{scanner.Unlisted, scanner.StateUnknown}},
	} {
		var states []string
		sum := 0
		for _, st := range of.states {
			if n := f.unpublished[st]; n > 0 {
				sum += n
				states = append(states, fmt.Sprintf("%s: %s", b.t.Say("state."+string(st)), b.t.Int(int64(n))))
			}
		}
		if sum > 0 {
			lines = append(lines, b.say(of.key, "Count", sum, "States", strings.Join(states, ", ")))
		}
	}
	if f.gone > 0 {
		lines = append(lines, b.say("overview.gone", "Count", f.gone))
	}
	bad := f.media - f.mediaStatus[scanner.OK]
	if bad > 0 {
		var parts []string
		for _, st := range []scanner.Status{scanner.Missing, scanner.Remote, scanner.Unreadable, scanner.Unsupported, scanner.TooLarge} {
			if n := f.mediaStatus[st]; n > 0 {
				parts = append(parts, fmt.Sprintf("%s: %s", b.t.Say("status."+string(st)), b.t.Int(int64(n))))
			}
		}
		lines = append(lines, b.say("overview.media_unread", "Count", bad, "All", f.media, "Parts", strings.Join(parts, ", ")))
	}
	var looked []string
	if b.r.Head.Detector == "" {
		looked = append(looked, b.say("overview.nobody_looked"))
	} else if f.notLooked > 0 {
		looked = append(looked, b.say("overview.not_looked", "Count", f.notLooked))
	}
	if f.videos > 0 {
		looked = append(looked, b.say("overview.videos", "Count", f.videos))
	}
	if len(looked) > 0 {
		lines = append(lines, strings.Join(looked, " "))
	}
	return append(lines, b.say("overview.never"))
}

// sampleStatement says what can be missing among the items without a finding.
func (b *book) sampleStatement() string {
	f := &b.fig
	switch {
	case f.population == 0:
		return b.say("sample.none")
	case f.sampled == 0:
		return b.say("sample.not_drawn", "Population", f.population)
	case f.sampleSeen == 0:
		return b.say("sample.open", "Drawn", f.sampled, "Population", f.population)
	}
	bound := report.Bound(f.sampleFound, f.sampleSeen, f.population)
	share := fmt.Sprintf("%.1f", 100*bound)
	if b.t.Lang == "de" {
		share = strings.ReplaceAll(share, ".", ",")
	}
	key := "sample.done"
	if f.sampleSeen < f.sampled {
		key = "sample.partly"
	}
	return b.say(key, "Drawn", f.sampled, "Seen", f.sampleSeen, "Found", f.sampleFound, "Population", f.population, "Share", share)
}

// signatures are lines to fill in by hand or in the file. Nobody signs for a page of which nothing was read.
func (b *book) signatures(s *sheet) error {
	if b.fig.published == 0 {
		return nil
	}
	if err := s.row(6, nil); err != nil {
		return err
	}
	if err := b.across(s, 19, "section", b.say("overview.signatures")); err != nil {
		return err
	}
	for range 2 {
		line, caption := make([]any, overviewColumns), make([]any, overviewColumns)
		for i := range 3 {
			for j := range 9 {
				line[11*i+j] = b.cellOf("sign", nil)
			}
		}
		for i, key := range []string{"overview.sign_name", "overview.sign_role", "overview.sign_date"} {
			caption[11*i] = b.cellOf("caption", b.say(key))
		}
		if err := s.row(22, line); err != nil {
			return err
		}
		if err := s.row(13, caption); err != nil {
			return err
		}
		for i := range 3 {
			for r := s.rows - 1; r <= s.rows; r++ {
				if err := s.sw.MergeCell(cell(11*i+1, r), cell(11*i+9, r)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// drawCharts draws three charts over the free places of the overview.
func (b *book) drawCharts(s *sheet, chartRow int) error {
	for row, h := range s.heights {
		if err := b.f.SetRowHeight(s.name, row, h); err != nil {
			return err
		}
	}
	src := quoteSheet(b.sheets["analysis"].name)
	area := func(col string, bl block) string {
		return fmt.Sprintf("%s!$%s$%d:$%s$%d", src, col, bl.first, col, bl.last)
	}
	name := func(col string, bl block) string { return fmt.Sprintf("%s!$%s$%d", src, col, bl.head) }
	font := excelize.Font{Family: "Calibri", Size: 8, Color: muted}
	gap := uint(45)
	none := excelize.LineOptions{Type: excelize.LineNone}
	zero := 0.0
	plot := excelize.ChartPlotArea{ShowVal: true, NumFmt: excelize.ChartNumFmt{CustomNumFmt: "#,##0;;", SourceLinked: false}}
	value := excelize.ChartAxis{MajorGridLines: false, Font: font, NumFmt: excelize.ChartNumFmt{CustomNumFmt: "#,##0"}, None: true, Minimum: &zero}
	colour := func(c string) excelize.Fill { return fill(c) }
	label := func(c string) excelize.ChartDataLabel {
		return excelize.ChartDataLabel{Font: excelize.Font{Family: "Calibri", Size: 8, Color: c}}
	}
	f := &b.fig
	if len(f.years) > 0 {
		var series []excelize.ChartSeries
		for i := len(levelOrder) - 1; i >= 0; i-- { // lightest at the bottom of the column
			col := colName(2 + i)
			ink := "1A1A1A"
			if levelOrder[i] == report.VeryHigh {
				ink = "FFFFFF"
			}
			series = append(series, excelize.ChartSeries{
				Name: name(col, b.charts.years), Categories: area("A", b.charts.years), Values: area(col, b.charts.years),
				Fill: colour(levelColors[levelOrder[i]]), DataLabel: label(ink),
			})
		}
		if err := b.f.AddChart(s.name, cell(1, chartRow), &excelize.Chart{
			Type: excelize.ColStacked, Series: series, Dimension: excelize.ChartDimension{Width: chartWidth, Height: chartHeight},
			Format: excelize.GraphicOptions{AltText: b.say("alt_years", "From", strconv.Itoa(f.years[0]), "To", strconv.Itoa(f.years[len(f.years)-1])), OffsetX: 2, OffsetY: 3},
			Legend: excelize.ChartLegend{Position: "bottom", Font: &font},
			XAxis:  excelize.ChartAxis{Font: font}, YAxis: value, PlotArea: plot, GapWidth: &gap, Border: none,
		}); err != nil {
			return err
		}
	}
	if err := b.f.AddChart(s.name, cell(rightHalf, b.matrixRow), &excelize.Chart{
		Type: excelize.Bar, Series: []excelize.ChartSeries{{
			Name: name("B", b.charts.labels), Categories: area("A", b.charts.labels), Values: area("B", b.charts.labels), Fill: colour(accent), DataLabel: label(muted),
		}},
		Dimension: excelize.ChartDimension{Width: chartWidth, Height: chartHeight},
		Format:    excelize.GraphicOptions{AltText: b.say("alt_labels", "Label", b.t.Say("label."+string(f.topLabels()[0]))), OffsetX: 2, OffsetY: 3},
		Legend:    excelize.ChartLegend{Position: "none"},
		XAxis:     excelize.ChartAxis{Font: font, ReverseOrder: true}, YAxis: value, PlotArea: plot, GapWidth: &gap, Border: none,
	}); err != nil {
		return err
	}
	return b.f.AddChart(s.name, cell(rightHalf, chartRow), &excelize.Chart{
		Type: excelize.BarStacked, Series: []excelize.ChartSeries{
			{Name: name("B", b.charts.periods), Categories: area("A", b.charts.periods), Values: area("B", b.charts.periods), Fill: colour("8EA9DB"), DataLabel: label("1A1A1A")},
			{Name: name("C", b.charts.periods), Categories: area("A", b.charts.periods), Values: area("C", b.charts.periods), Fill: colour(navy), DataLabel: label("FFFFFF")},
		},
		Dimension: excelize.ChartDimension{Width: chartWidth, Height: chartHeight},
		Format:    excelize.GraphicOptions{AltText: b.say("alt_periods"), OffsetX: 2, OffsetY: 3},
		Legend:    excelize.ChartLegend{Position: "bottom", Font: &font},
		XAxis:     excelize.ChartAxis{Font: font, ReverseOrder: true}, YAxis: value, PlotArea: plot, GapWidth: &gap, Border: none,
	})
}
