package workbook

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"pagerisk/classify"
	"pagerisk/report"
	"pagerisk/scanner"
)

// paragraphs writes texts of the catalogue, numbered from 1 until there is none: "<key>.1", "<key>.2", …
func (b *book) paragraphs(s *sheet, key, role string, columns int, chars float64, pairs ...any) error {
	for i := 1; b.t.Has(fmt.Sprintf("wb.%s.p%d", key, i)); i++ {
		if err := b.wide(s, role, b.say(fmt.Sprintf("%s.p%d", key, i), pairs...), columns, chars); err != nil {
			return err
		}
	}
	return nil
}

// heading writes the heading of a section over some columns.
func (b *book) heading(s *sheet, columns int, text string) error {
	if s.rows > 0 {
		if err := s.row(9, nil); err != nil {
			return err
		}
	}
	return s.row(20, b.filled("section", columns, text))
}

// writeGuide writes what a person needs to know to work with the register.
func (b *book) writeGuide() error {
	s := b.sheets["guide"]
	if err := b.widths(s, 5, 30, 85); err != nil {
		return err
	}
	if err := s.row(30, b.filled("title", 3, b.say("guide.title"))); err != nil {
		return err
	}
	if err := b.paragraphs(s, "guide.intro", "plain.wrap", 3, 118); err != nil {
		return err
	}
	if err := b.heading(s, 3, b.say("guide.steps_title")); err != nil {
		return err
	}
	for i := 1; b.t.Has(fmt.Sprintf("wb.guide.step%d", i)); i++ {
		text := b.say(fmt.Sprintf("guide.step%d", i))
		if err := s.row(height(16, text, 113.0), []any{
			b.cellOf("plain.bold.center", i), b.cellOf("plain.wrap", text),
		}); err != nil {
			return err
		}
		if err := s.sw.MergeCell(cell(2, s.rows), cell(3, s.rows)); err != nil {
			return err
		}
	}
	if err := b.heading(s, 3, b.say("guide.colours_title")); err != nil {
		return err
	}
	for _, c := range []struct{ role, word, text string }{
		{"legendreview", b.say("guide.colour_review"), "guide.colour_review_text"},
		{"head", b.say("guide.colour_fact"), "guide.colour_fact_text"},
		{"headtech", b.say("guide.colour_tech"), "guide.colour_tech_text"},
		{"level.very_high.bold", b.t.Say("level.very_high"), "guide.level_very_high"},
		{"level.high.bold", b.t.Say("level.high"), "guide.level_high"},
		{"level.medium.bold", b.t.Say("level.medium"), "guide.level_medium"},
		{"level.low.bold", b.t.Say("level.low"), "guide.level_low"},
	} {
		text := b.say(c.text)
		if err := s.row(height(18, text, 85.0), []any{nil, b.cellOf(c.role, c.word), b.cellOf("cell.wrap.middle", text)}); err != nil {
			return err
		}
	}
	if err := b.heading(s, 3, b.say("guide.columns_title")); err != nil {
		return err
	}
	for _, spec := range report.ReviewFields {
		name, text := b.say("col."+string(spec.Field)), b.say("hint."+string(spec.Field))
		if spec.Kind == report.ListField && spec.List != "grade" {
			var words []string
			for _, code := range report.ValueLists[spec.List] {
				words = append(words, b.listWord(spec.List, code))
			}
			text += " " + b.say("guide.values", "Values", strings.Join(words, " · "))
		}
		if err := s.row(height(16, text, 85.0, name, 30.0), []any{nil, b.cellOf("cell.bold.wrap", name), b.cellOf("cell.wrap", text)}); err != nil {
			return err
		}
	}
	if err := b.heading(s, 3, b.say("guide.sheets_title")); err != nil {
		return err
	}
	for _, code := range sheetOrder {
		if code == "lists" || code == "meta" || b.sheets[code] == nil {
			continue
		}
		text := b.say("guide.sheet_" + code)
		if err := s.row(height(16, text, 85.0), []any{nil, b.cellOf("cell.bold", b.sheetName(code)), b.cellOf("cell.wrap", text)}); err != nil {
			return err
		}
	}
	if err := b.heading(s, 3, b.say("guide.short_title")); err != nil {
		return err
	}
	if err := b.glossary(s, 2); err != nil {
		return err
	}
	return s.end(false, 3)
}

// glossary explains words, with its first column at col.
func (b *book) glossary(s *sheet, col int) error {
	for i := 1; b.t.Has(fmt.Sprintf("wb.glossary.w%d", i)); i++ {
		word, text := b.say(fmt.Sprintf("glossary.w%d", i)), b.say(fmt.Sprintf("glossary.t%d", i))
		row := make([]any, col+1)
		row[col-1], row[col] = b.cellOf("cell.bold.wrap", word), b.cellOf("cell.wrap", text)
		if err := s.row(height(16, text, 85.0, word, 30.0), row); err != nil {
			return err
		}
	}
	return nil
}

func (b *book) widths(s *sheet, widths ...float64) error {
	for i, w := range slices.Backward(widths) {
		if err := s.sw.SetColWidth(i+1, i+1, w); err != nil {
			return err
		}
	}
	return nil
}

// heads writes the head row of a table within a sheet of prose.
func (b *book) heads(s *sheet, codes ...string) error {
	cells := make([]any, len(codes))
	for i, c := range codes {
		cells[i] = b.cellOf("head", b.say("col."+c))
	}
	return s.row(28, cells)
}

// law is the catalogue that the register cites.
func (b *book) law() *report.Law {
	if b.r.Law != nil {
		return b.r.Law
	}
	return report.BuiltinLaw()
}

// writeMethod writes how the register came about, and what it cannot know.
func (b *book) writeMethod() error {
	s := b.sheets["method"]
	if err := b.widths(s, 30, 24, 12, 12, 12, 12, 78); err != nil {
		return err
	}
	const columns, chars = 7, 178.0
	if err := s.row(30, b.filled("title", columns, b.say("method.title"))); err != nil {
		return err
	}
	if err := b.wide(s, "warn.wrap.bold", b.say("no_advice_long"), columns, chars); err != nil {
		return err
	}
	for _, section := range []string{"what", "how", "levels", "not_meant"} {
		if err := b.heading(s, columns, b.say("method."+section+"_title")); err != nil {
			return err
		}
		if err := b.paragraphs(s, "method."+section, "plain.wrap", columns, chars); err != nil {
			return err
		}
	}
	if err := b.heading(s, columns, b.say("method.detector_title")); err != nil {
		return err
	}
	detector := b.say("method.detector_none")
	if d := b.r.Head.Detector; d != "" {
		detector = b.say("method.detector", "Detector", b.detector(d))
	}
	if err := b.wide(s, "plain.wrap", detector, columns, chars); err != nil {
		return err
	}
	if err := b.paragraphs(s, "method.detector_limits", "plain.wrap", columns, chars, "Looked", b.fig.videosLooked, "Other", b.fig.videos); err != nil {
		return err
	}
	if err := b.methodRates(s, columns, chars); err != nil {
		return err
	}
	if err := b.methodRules(s, columns, chars); err != nil {
		return err
	}
	if err := b.methodLaw(s, columns, chars); err != nil {
		return err
	}
	if err := b.heading(s, columns, b.say("method.glossary_title")); err != nil {
		return err
	}
	for i := 1; b.t.Has(fmt.Sprintf("wb.glossary.w%d", i)); i++ {
		word, text := b.say(fmt.Sprintf("glossary.w%d", i)), b.say(fmt.Sprintf("glossary.t%d", i))
		if err := b.spread(s, height(16, text, 148.0, word, 30.0), columns, b.cellOf("cell.bold.wrap", word), b.cellOf("cell.wrap", text)); err != nil {
			return err
		}
	}
	return s.end(true, columns)
}

// spread writes a row whose last text takes all columns that are left.
func (b *book) spread(s *sheet, h float64, columns int, cells ...excelize.Cell) error {
	row := make([]any, columns)
	for i := range row {
		row[i] = excelize.Cell{StyleID: cells[len(cells)-1].StyleID}
	}
	for i, c := range cells {
		row[i] = c
	}
	if err := s.row(h, row); err != nil {
		return err
	}
	return s.sw.MergeCell(cell(len(cells), s.rows), cell(columns, s.rows))
}

// fewHits is how many hints a share must be of: with less, one hint more or less would move it by more than ten points.
const fewHits = 10

// methodRates says how often the rules were right on pages that they had not met: each category, then each family of rules.
func (b *book) methodRates(s *sheet, columns int, chars float64) error {
	if err := b.heading(s, columns, b.say("method.rates_title")); err != nil {
		return err
	}
	rates := b.r.Rates
	if rates == nil {
		return b.wide(s, "plain.wrap", b.say("method.rates_none"), columns, chars)
	}
	if err := b.paragraphs(s, "method.rates", "plain.wrap", columns, chars, "Rows", rates.Rows); err != nil {
		return err
	}
	share := func(n, of int) excelize.Cell {
		switch {
		case of == 0:
			return b.cellOf("cell.percent", nil)
		case of < fewHits:
			return b.cellOf("cell.center", b.say("method.too_few"))
		}
		return b.cellOf("cell.percent", float64(n)/float64(of))
	}
	if err := b.heads(s, "category", "rate_have", "rate_given", "rate_right", "rate_share", "rate_found"); err != nil {
		return err
	}
	for _, l := range rates.Labels {
		if err := s.row(15, []any{
			b.cellOf("cell.bold.wrap", b.t.Say("label."+string(l.Label))), b.cellOf("cell.int", l.TP+l.FN), b.cellOf("cell.int", l.TP+l.FP),
			b.cellOf("cell.int", l.TP), share(l.TP, l.TP+l.FP), share(l.TP, l.TP+l.FN),
		}); err != nil {
			return err
		}
	}
	if err := b.heads(s, "category", "rate_family", "rate_given", "rate_right", "rate_share", "weight", "rate_rules"); err != nil {
		return err
	}
	for _, f := range rates.Families {
		weight := 0.0
		var ids []string
		for _, r := range b.r.Rules {
			switch {
			case strings.HasPrefix(r.ID, classify.LearnedPrefix) && r.ID == f.Family:
				ids = []string{b.clean(r.Why)} // what was learned has no rules to name
			case r.Family == f.Family && (r.Label == f.Label || r.Label == ""):
				ids = append(ids, r.ID)
				weight = max(weight, r.Weight)
			}
		}
		rules, name := strings.Join(ids, ", "), b.t.Family(f.Family)
		if err := s.row(height(15, rules, 78.0, name, 24.0), []any{
			b.cellOf("cell.wrap", b.t.Say("label."+string(f.Label))), b.cellOf("cell.wrap", name), b.cellOf("cell.int", f.Hits),
			b.cellOf("cell.int", f.Right), share(f.Right, f.Hits), b.cellOf("cell.decimal", weightOf(weight)), b.cellOf("cell.wrap.small", rules),
		}); err != nil {
			return err
		}
	}
	return nil
}

// weightOf leaves the weight empty where it differs from item to item.
func weightOf(w float64) any {
	if w == 0 {
		return nil
	}
	return w
}

// methodRules lists every rule with its reason, and how it did in this register: that is the rate that counts for the
// reader, measured on the reader's own answers.
func (b *book) methodRules(s *sheet, columns int, chars float64) error {
	if err := b.heading(s, columns, b.say("method.rules_title")); err != nil {
		return err
	}
	if err := b.paragraphs(s, "method.rules", "plain.wrap", columns, chars, "Digest", b.r.Head.Fingerprint); err != nil {
		return err
	}
	if err := b.heads(s, "rule", "category", "weight", "hits", "hits_confirmed", "hits_rejected", "reason"); err != nil {
		return err
	}
	rules := slices.Clone(b.r.Rules)
	place := func(l classify.Label) int {
		if i := slices.Index(classify.Labels, l); i >= 0 {
			return i
		}
		return len(classify.Labels) // those of no single category come last
	}
	slices.SortStableFunc(rules, func(x, y report.RuleInfo) int {
		return cmp.Or(cmp.Compare(place(x.Label), place(y.Label)), cmp.Compare(x.ID, y.ID))
	})
	known := map[string]bool{}
	for _, r := range rules {
		known[r.ID] = true
	}
	for _, id := range slices.Sorted(maps.Keys(b.fig.rules)) {
		if !known[id] {
			rules = append(rules, report.RuleInfo{ID: id})
		}
	}
	for _, r := range rules {
		var hits ruleHits
		if h := b.fig.rules[r.ID]; h != nil {
			hits = *h
		}
		label := b.say("several")
		if r.Label != "" {
			label = b.t.Say("label." + string(r.Label))
		}
		why := b.clean(r.Why)
		if err := s.row(height(15, why, 78.0, r.ID, 30.0), []any{
			b.cellOf("cell.wrap.small", r.ID), b.cellOf("cell.wrap", label), b.cellOf("cell.decimal", weightOf(r.Weight)), b.cellOf("cell.int", hits.all),
			b.cellOf("cell.int", hits.confirmed), b.cellOf("cell.int", hits.rejected), b.cellOf("cell.wrap", why),
		}); err != nil {
			return err
		}
	}
	return nil
}

// methodLaw lists what the register cites, each with its source and the day on which somebody read it, and beside the
// arguments what can be said against them.
func (b *book) methodLaw(s *sheet, columns int, chars float64) error {
	law := b.law()
	day := b.r.Head.StatusDate
	seen := map[string]bool{}
	for _, part := range []struct {
		heading string
		kinds   []string
	}{
		{"method.against_title", []string{"counter"}},
		{"method.law_title", []string{"norm", "hook", "timeline", "procedure", "case", "licence", "measure", "evidence", "question"}},
	} {
		if err := b.heading(s, columns, b.say(part.heading)); err != nil {
			return err
		}
		if err := b.paragraphs(s, strings.TrimSuffix(part.heading, "_title"), "plain.wrap", columns, chars, "Version", law.Version); err != nil {
			return err
		}
		for _, kind := range part.kinds {
			for _, r := range law.Kind(kind, day) {
				if seen[r.ID] {
					continue
				}
				seen[r.ID] = true
				title, text := r.Title(b.t.Lang), b.t.Cite(r)
				if err := b.spread(s, height(15, title, 24.0, text, 124.0), columns,
					b.cellOf("cell.small", r.ID), b.cellOf("cell.bold.wrap", title), b.cellOf("cell.wrap", text)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// writeAudit writes the account of all inputs: what was read, what was not, and why.
func (b *book) writeAudit() error {
	s := b.sheets["audit"]
	if err := b.widths(s, 34, 20, 16, 16, 16, 16, 16, 16, 16); err != nil {
		return err
	}
	const columns, chars = 9, 164.0
	head := b.r.Head
	if err := s.row(30, b.filled("title", columns, b.say("audit.title"))); err != nil {
		return err
	}
	if err := b.wide(s, "plain.wrap", b.say("audit.intro"), columns, chars); err != nil {
		return err
	}
	if err := b.heading(s, columns, b.say("audit.sum_title")); err != nil {
		return err
	}
	t := head.Tally
	check := "good"
	verdict := b.say("audit.sum_closes")
	if t.Seen != t.Read+t.Skipped+t.Failed {
		check, verdict = "warn", b.say("audit.sum_open")
	}
	for _, l := range []struct {
		key string
		n   int64
	}{{"seen", t.Seen}, {"read", t.Read}, {"skipped", t.Skipped}, {"failed", t.Failed}} {
		if err := s.row(15, []any{b.cellOf("cell.bold", b.say("audit."+l.key)), b.cellOf("cell.int", l.n), b.cellOf("plain.muted", b.say("audit."+l.key+"_means"))}); err != nil {
			return err
		}
	}
	if err := b.spread(s, 16, 5, b.cellOf(check+".bold", verdict)); err != nil {
		return err
	}
	if err := b.auditCodes(s, columns); err != nil {
		return err
	}
	if err := b.auditComplete(s, columns, chars); err != nil {
		return err
	}
	if err := b.auditRun(s, columns, chars); err != nil {
		return err
	}
	if err := b.auditNotes(s, columns, chars); err != nil {
		return err
	}
	return s.end(true, columns)
}

func (b *book) auditCodes(s *sheet, columns int) error {
	if err := b.heading(s, columns, b.say("audit.codes_title")); err != nil {
		return err
	}
	if len(b.fig.notes) == 0 {
		return b.wide(s, "plain", b.say("audit.no_notes"), columns, 164)
	}
	if err := b.heads(s, "note_code", "note_class", "count_n"); err != nil {
		return err
	}
	codes := slices.SortedFunc(maps.Keys(b.fig.notes), func(x, y scanner.Code) int {
		return cmp.Or(-cmp.Compare(x.Class(), y.Class()), -cmp.Compare(b.fig.notes[x], b.fig.notes[y]), cmp.Compare(x, y))
	})
	for _, c := range codes {
		role := "cell"
		if c.Class() == scanner.Failed {
			role = "warn"
		}
		word := b.t.Say("code." + string(c))
		if err := s.row(height(15, word, 34.0), []any{b.cellOf(role+".wrap", word), b.cellOf(role, b.class(c.Class())), b.cellOf(role+".int", b.fig.notes[c])}); err != nil {
			return err
		}
	}
	return nil
}

func (b *book) class(c scanner.Class) string {
	switch c {
	case scanner.Failed:
		return b.say("audit.class_failed")
	case scanner.Skipped:
		return b.say("audit.class_skipped")
	}
	return b.say("audit.class_info")
}

// auditComplete lists what the sources hold by account, year and kind, and what of its pictures could be read.
func (b *book) auditComplete(s *sheet, columns int, chars float64) error {
	if err := b.heading(s, columns, b.say("audit.complete_title")); err != nil {
		return err
	}
	if err := b.wide(s, "caption", b.say("audit.complete_means"), columns, chars); err != nil {
		return err
	}
	lines, err := report.CompletenessOf(b.ctx, b.r)
	if err != nil {
		return err
	}
	if err := b.heads(s, "account", "platform", "year", "kind", "items_n", "not_published_n", "media_n", "media_read_n", "media_bad_n"); err != nil {
		return err
	}
	for _, l := range lines {
		year := b.say("undated")
		if l.Year > 0 {
			year = fmt.Sprint(l.Year)
		}
		bad := "cell.int"
		if l.MediaMissing+l.MediaUnreadable > 0 {
			bad = "warn.int"
		}
		account := b.clean(cmp.Or(l.Account, b.say("no_name")))
		if err := s.row(height(15, account, 34.0), []any{
			b.cellOf("cell.wrap", account), b.cellOf("cell", b.platform(l.Platform)), b.cellOf("cell", year), b.cellOf("cell", b.t.Say("kind."+string(l.Kind))),
			b.cellOf("cell.int", l.Items), b.cellOf("cell.int", l.NotPublished), b.cellOf("cell.int", l.Media), b.cellOf("cell.int", l.MediaRead),
			b.cellOf(bad, l.MediaMissing+l.MediaUnreadable),
		}); err != nil {
			return err
		}
	}
	return nil
}

// auditRun says what was read with what, and who was called.
func (b *book) auditRun(s *sheet, columns int, chars float64) error {
	head := b.r.Head
	if err := b.heading(s, columns, b.say("audit.run_title")); err != nil {
		return err
	}
	hosts := b.say("audit.no_hosts")
	if len(head.Hosts) > 0 {
		hosts = strings.Join(head.Hosts, ", ")
	}
	objection := b.say("audit.no_objection")
	if !head.Objection.IsZero() {
		objection = b.t.Date(head.Objection)
	}
	detector := b.say("audit.no_detector")
	if head.Detector != "" {
		detector = b.detector(head.Detector)
	}
	zone := cmp.Or(head.Zone, defaultZone)
	lists := make([]string, len(head.Lists))
	for i, l := range head.Lists {
		lists[i] = b.say("audit.list_n", "Name", l.Name, "Count", l.Rows, "Digest", l.SHA256)
	}
	rows := [][2]string{
		{"tool", strings.TrimSpace(head.Tool + " " + head.Version)},
		{"started", b.t.Date(head.Started.In(b.zone)) + " " + head.Started.In(b.zone).Format("15:04:05")},
		{"zone", zone},
		{"status_date", b.t.Date(head.StatusDate.In(b.zone))},
		{"objection", objection},
		{"detector", detector},
		{"rules", head.Fingerprint},
		{"law", cmp.Or(head.LawVersion, b.law().Version)},
		{"hosts", hosts},
		{"sources", strings.Join(head.Sources, "\n")},
		{"lists", cmp.Or(strings.Join(lists, "\n"), b.say("audit.no_lists"))},
		{"decisions", b.say("audit.decisions_n", "Lines", b.r.Log.Len())},
	}
	if b.mended > 0 || b.cut > 0 {
		rows = append(rows, [2]string{"mended", b.say("audit.mended_n", "Mended", b.mended, "Cut", b.cut)})
	}
	for _, r := range rows {
		if err := b.spread(s, height(15, r[1], 130.0), columns, b.cellOf("cell.bold", b.say("audit.run_"+r[0])), b.cellOf("cell.wrap", b.clean(r[1]))); err != nil {
			return err
		}
	}
	for _, set := range head.Settings {
		if err := b.spread(s, height(15, set.Value, 130.0), columns, b.cellOf("cell.bold", b.clean(set.Name)), b.cellOf("cell.wrap", b.clean(set.Value))); err != nil {
			return err
		}
	}
	if len(head.Inputs) == 0 {
		return nil
	}
	if err := b.heading(s, columns, b.say("audit.inputs_title")); err != nil {
		return err
	}
	if err := b.heads(s, "input", "bytes", "audit_seen", "audit_read", "audit_skipped", "audit_failed", "sha256"); err != nil {
		return err
	}
	if err := s.sw.MergeCell(cell(7, s.rows), cell(columns, s.rows)); err != nil {
		return err
	}
	for _, in := range head.Inputs {
		whole := in.Tally == scanner.Tally{} // a file; the account is that of all files of a source together
		row := []any{
			b.cellOf("cell.wrap", b.clean(in.Name)), b.cellOf("cell.int", none(in.Bytes == 0, in.Bytes)), b.cellOf("cell.int", none(whole, in.Tally.Seen)),
			b.cellOf("cell.int", none(whole, in.Tally.Read)), b.cellOf("cell.int", none(whole, in.Tally.Skipped)),
			b.cellOf("cell.int", none(whole, in.Tally.Failed)), b.cellOf("cell.wrap.small", in.SHA256),
		}
		row = append(row, b.cellOf("cell.wrap.small", nil), b.cellOf("cell.wrap.small", nil)) // a digest is longer than a column
		if err := s.row(height(15, in.Name, 34.0, in.SHA256, 42.0), row); err != nil {
			return err
		}
		if err := s.sw.MergeCell(cell(7, s.rows), cell(columns, s.rows)); err != nil {
			return err
		}
	}
	return nil
}

// detector puts the name of who looked for people into words: its id says nothing to a reader.
func (b *book) detector(id string) string {
	if strings.HasPrefix(id, "pigo") {
		return b.say("audit.detector_builtin", "ID", id)
	}
	return b.say("audit.detector_model", "ID", id)
}

// none leaves a cell empty where there is no number, which is not 0.
func none(empty bool, n int64) any {
	if empty {
		return nil
	}
	return n
}

// auditNotes lists every input that is not, or not wholly, in the register. What can go wrong comes first.
func (b *book) auditNotes(s *sheet, columns int, chars float64) error {
	if err := b.heading(s, columns, b.say("audit.notes_title")); err != nil {
		return err
	}
	if err := b.wide(s, "caption", b.say("audit.notes_mean"), columns, chars); err != nil {
		return err
	}
	if err := b.noteHeads(s, columns); err != nil {
		return err
	}
	numbers := make(map[scanner.Key]int, len(b.lines))
	for _, l := range b.lines {
		numbers[l.key] = l.number
	}
	for _, class := range []scanner.Class{scanner.Failed, scanner.Skipped, scanner.Info} {
		for n, err := range b.r.Notes(b.ctx) {
			if err != nil {
				return err
			}
			if n.Code.Class() != class {
				continue
			}
			if s.rows >= b.w.rows {
				// Each note is in items.jsonl, and its number above.
				return b.wide(s, "caption", b.say("audit.notes_cut"), columns, chars)
			}
			where, detail := b.clean(n.Where), b.clean(b.detail(n))
			if item := b.number(numbers[n.Item]); item != "" {
				detail = strings.TrimPrefix(detail+"; "+b.say("audit.note_item", "Number", item), "; ")
			}
			row := b.filled("cell.wrap.small", columns, b.t.Say("code."+string(n.Code)), where)
			row[5] = b.cellOf("cell.wrap.small", detail)
			if err := s.row(height(15, where, 64.0, detail, 64.0, b.t.Say("code."+string(n.Code)), 34.0), row); err != nil {
				return err
			}
			if err := s.sw.MergeCell(cell(2, s.rows), cell(5, s.rows)); err != nil {
				return err
			}
			if err := s.sw.MergeCell(cell(6, s.rows), cell(columns, s.rows)); err != nil {
				return err
			}
		}
	}
	return nil
}

// What differs from one note to the next: names in quotes, numbers and times, and the API's codes behind a sentence.
var (
	quotedPart = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
	numberPart = regexp.MustCompile(`\d+(?:[-:T.]\d+)*Z?`)
	codePart   = regexp.MustCompile(` \((?:#[\d/]+|HTTP \d+|[\dhms]+)\)`)
)

// detail is what a note adds, in the register's language. Of an error's chain that is not known as a whole, the links
// that are known stay; items.jsonl has it in full.
func (b *book) detail(n scanner.Note) string {
	if t, ok := b.sentence(n.Detail); ok || n.Detail == "" || b.t.Lang == "en" {
		return cmp.Or(t, n.Detail)
	}
	var known []string
	translated := false
	for _, clause := range strings.Split(n.Detail, "; ") {
		for _, link := range strings.Split(clause, ": ") {
			t, ok := b.sentence(link)
			translated = translated || ok
			if !ok && n.Code.Class() == scanner.Info {
				t, ok = link, true // a name that the sentence before it is about
			}
			if ok && !slices.Contains(known, t) {
				known = append(known, t)
			}
		}
	}
	switch {
	case translated:
		return strings.Join(known, ": ")
	case n.Code.Class() == scanner.Failed:
		return b.say("detail.technical")
	}
	return n.Detail
}

// sentence translates one of the sentences that are the same but for names (A, B) and numbers (N, M, O).
func (b *book) sentence(s string) (string, bool) {
	code := codePart.FindString(s)
	s = codePart.ReplaceAllLiteralString(s, "")
	data := map[string]any{"A": "", "B": "", "N": "", "M": "", "O": ""}
	fill := func(names []string, mark string) func(string) string {
		return func(found string) string {
			if len(names) > 0 {
				data[names[0]], names = strings.Trim(found, `"`), names[1:]
			}
			return mark
		}
	}
	plain := numberPart.ReplaceAllStringFunc(quotedPart.ReplaceAllStringFunc(s, fill([]string{"A", "B"}, "x")), fill([]string{"N", "M", "O"}, "n"))
	var key strings.Builder
	for _, r := range strings.ToLower(plain) {
		if r >= 'a' && r <= 'z' {
			key.WriteRune(r)
		} else if n := key.Len(); n > 0 && key.String()[n-1] != '_' {
			key.WriteByte('_')
		}
	}
	k := key.String()
	k = "wb.detail." + strings.Trim(k[:min(len(k), 60)], "_")
	if !b.t.Has(k) {
		return "", false
	}
	pairs := make([]any, 0, 2*len(data))
	for name, v := range data {
		pairs = append(pairs, name, v)
	}
	return b.t.Say(k, pairs...) + code, true
}

func (b *book) noteHeads(s *sheet, columns int) error {
	row := b.filled("head", columns, b.say("col.note_code"), b.say("col.note_where"))
	row[5] = b.cellOf("head", b.say("col.note_detail"))
	if err := s.row(18, row); err != nil {
		return err
	}
	if err := s.sw.MergeCell(cell(2, s.rows), cell(5, s.rows)); err != nil {
		return err
	}
	return s.sw.MergeCell(cell(6, s.rows), cell(columns, s.rows))
}
