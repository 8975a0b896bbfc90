package workbook

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"pagerisk/classify"
	"pagerisk/report"
	"pagerisk/scanner"
)

// findingColumns are the columns of the sheet of findings. The first 12 are printed: they fit an A4 page across, and a
// reader of the paper has beside each level why it is a finding and what ground there is for it.
func findingColumns() []column {
	cols := []column{
		{code: "no", width: 9},
		{code: "thumb", width: 14.3},
		{code: "published", width: 11, kind: date},
		{code: "platform", width: 10},
		{code: "kind", width: 11},
		{code: "link", width: 8, kind: formula},
		{code: "excerpt", width: 32, kind: wrapped},
		{code: "finding", width: 22, kind: wrapped},
		{code: "level_valid", width: 11, kind: formula},
		{code: "why", width: 72, kind: wrapped},
		{code: "ground_valid", width: 18, kind: formula},
		{code: "status", width: 14, band: review, kind: list, list: "status"},
		{code: "measure", width: 19, band: review, kind: list, list: "measure"},
		{code: "owner", width: 13, band: review},
		{code: "due", width: 11, band: review, kind: date},
		{code: "note", width: 22, band: review},
		{code: "change", width: 15, kind: wrapped},
		{code: "account", width: 18, kind: wrapped},
		{code: "album", width: 18, kind: wrapped},
		{code: "media_n", width: 8, kind: integer},
		{code: "people_max", width: 10, kind: integer},
	}
	for _, l := range classify.Labels {
		cols = append(cols, column{code: string(l), width: 13.5})
	}
	return append(cols,
		column{code: "window", width: 16, kind: wrapped},
		column{code: "exposed", width: 14, kind: integer},
		column{code: "view", width: 14, kind: wrapped},
		column{code: "lik", width: 10, kind: integer},
		column{code: "sev", width: 10, kind: integer},
		column{code: "score_why", width: 110, kind: wrapped},
		column{code: "org_score", width: 12, kind: integer},
		column{code: "org_level", width: 12},
		column{code: "org_why", width: 90, kind: wrapped},
		column{code: "shown", width: 18, band: review, kind: list, list: "shown"},
		column{code: "person_ref", width: 19, band: review},
		column{code: "left_proposed", width: 18, kind: wrapped},
		column{code: "left", width: 14, band: review, kind: list, list: "yesno"},
		column{code: "ground_proposed", width: 24, kind: wrapped},
		column{code: "ground_why", width: 60, kind: wrapped},
		column{code: "ground", width: 24, band: review, kind: list, list: "ground"},
		column{code: "ground_until", width: 11, band: review, kind: date},
		column{code: "ground_ref", width: 20, band: review},
		column{code: "lik_own", width: 10, band: review, kind: list, list: "grade"},
		column{code: "sev_own", width: 10, band: review, kind: list, list: "grade"},
		column{code: "score_valid", width: 10, kind: formula},
		column{code: "done", width: 11, band: review, kind: date},
		column{code: "reviewer", width: 14, band: review},
		column{code: "reviewed", width: 11, band: review, kind: date},
		column{code: "group", width: 14, kind: wrapped},
		column{code: "group_apply", width: 14, band: review, kind: list, list: "yesno"},
		column{code: "rules", width: 60, band: tech, kind: wrapped},
		column{code: "lik_valid", width: 9, band: tech, kind: formula, hidden: true},
		column{code: "sev_valid", width: 9, band: tech, kind: formula, hidden: true},
		column{code: "key", width: 30, band: tech, hidden: true},
		column{code: "facts", width: 18, band: tech, hidden: true},
	)
}

// printedColumns of the sheet of findings fit a page.
const printedColumns = 12

// factColumns go into the digest that tells whether somebody changed a locked cell. Columns with formulas, dates and
// pictures are not in it: office programs rewrite them.
var factColumns = []string{"no", "platform", "kind", "excerpt", "finding", "why", "account", "album", "score_why", "rules", "key"}

// line is one row of the sheet of findings, small enough to hold all of them for sorting.
type line struct {
	key       scanner.Key
	number    int
	created   time.Time
	platform  string
	kind      string
	link      string
	excerpt   string
	finding   string
	bands     [7]classify.Band
	lik, sev  int // proposed
	ownL      int // own, both or none
	ownS      int
	scoreWhy  string
	why       string
	account   string
	album     string
	media     int
	people    *int
	period    report.Period
	change    string
	farewell  bool // the text says goodbye to somebody of the staff
	gone      bool
	group     string
	decided   map[report.Field]string
	ground    report.Ground // that counts
	proposed  report.Ground
	left      string // who has left, by the owner's list
	former    bool   // the same, as it counts
	groundWhy string
	exposed   any // days in public since training began, or a word; nil where the day is not known
	view      report.View
	org       int // score in the view of the organisation, 0 = none
	orgWhy    string
	sample    bool
	flagged   bool
	rules     string
	height    float64 // of its row, points
}

func (l *line) score() int {
	if l.ownL > 0 {
		return l.ownL * l.ownS
	}
	return l.lik * l.sev
}

func (l *line) valid() (lik, sev int) {
	if l.ownL > 0 {
		return l.ownL, l.ownS
	}
	return l.lik, l.sev
}

func (l *line) status() string { return cmp.Or(l.decided[report.FieldStatus], "open") }

// compareLines puts former staff on top, unless little risk is left, then the heaviest, then the newest; rows of the sample
// come after what was found, and what was added by hand last.
func compareLines(a, b *line) int {
	return cmp.Or(
		cmp.Compare(rank(a), rank(b)),
		-cmp.Compare(formerRank(a), formerRank(b)),
		-cmp.Compare(levelRank(a.score()), levelRank(b.score())),
		-a.created.Compare(b.created),
		cmp.Compare(a.number, b.number),
		cmp.Compare(a.key, b.key),
	)
}

func rank(l *line) int {
	switch {
	case strings.HasPrefix(string(l.key), report.ManualPrefix):
		return 3
	case l.gone:
		return 2
	case l.sample && !l.flagged:
		return 1
	}
	return 0
}

func formerRank(l *line) int {
	if l.former && report.LevelOf(l.score()) != report.Low {
		return 1
	}
	return 0
}

func levelRank(score int) int {
	if score < 1 {
		return 0
	}
	return 1 + slices.Index([]report.Level{report.Low, report.Medium, report.High, report.VeryHigh}, report.LevelOf(score))
}

// collect walks the register once: it counts, and keeps what the sheet of findings needs.
func (b *book) collect() error {
	b.fig.start(b)
	for row, err := range b.r.Rows(b.ctx) {
		if err != nil {
			return err
		}
		b.fig.add(b, row)
		for _, d := range row.Decided {
			if d.Conflict {
				b.fig.conflicts++
			}
		}
		if row.Number == 0 {
			continue
		}
		l := b.line(row)
		b.lines = append(b.lines, l)
		b.thumbs.add(l, row.Thumb, b.r.Head.Redact)
	}
	for note, err := range b.r.Notes(b.ctx) {
		if err != nil {
			return err
		}
		b.fig.note(note)
	}
	for _, key := range b.r.Log.Keys("") {
		if !decidable(key) {
			continue
		}
		for _, d := range b.r.Log.Newest(key) {
			if d.Conflict {
				b.fig.conflicts++
			}
		}
	}
	for _, key := range b.r.Log.Keys(report.ManualPrefix) {
		b.lines = append(b.lines, b.manualLine(key))
	}
	slices.SortFunc(b.lines, compareLines)
	b.thumbs.settle()
	b.fig.finish(b)
	return nil
}

// decidable reports whether a key names a scenario, an objection or a row of one's own: no item.
func decidable(key scanner.Key) bool {
	for _, p := range []string{report.ScenarioPrefix, report.ObjectionPrefix, report.ManualPrefix} {
		if strings.HasPrefix(string(key), p) {
			return true
		}
	}
	return false
}

func (b *book) line(row *report.Row) *line {
	it := row.Item
	l := &line{
		key: it.Key, number: row.Number, created: it.Created, platform: b.platform(it.Platform), kind: b.t.Say("kind." + string(it.Kind)),
		link: safeLink(it.Permalink), excerpt: b.clean(excerpt(it.Text, 200)), account: b.clean(it.Account), album: b.clean(it.Album),
		media: len(it.Media), sample: row.Sample, gone: !row.Gone.IsZero(), flagged: len(row.Findings) > 0, decided: plain(row.Decided),
	}
	if l.excerpt == "" {
		l.excerpt = b.clean(excerpt(captions(it), 200))
	}
	for _, f := range row.Facts {
		if f != nil && f.People != nil && (l.people == nil || *f.People > *l.people) {
			l.people = f.People
		}
	}
	var named, rules []string
	for _, f := range sorted(row.Findings) {
		i := slices.Index(classify.Labels, f.Label)
		if i >= 0 {
			l.bands[i] = f.Band
		}
		named = append(named, fmt.Sprintf("%s (%s)", b.t.Say("label."+string(f.Label)), b.t.Say("band."+string(f.Band))))
		for _, e := range f.Evidence {
			if id := report.RuleName(e.Rule); !slices.Contains(rules, id) {
				rules = append(rules, id)
			}
		}
	}
	l.finding = strings.Join(named, ",\n")
	l.rules = b.clean(strings.Join(rules, ", "))
	l.why = b.clean(b.reasons(row))
	switch {
	case l.flagged:
	case row.Sample:
		l.finding = b.say("sampled")
		l.why = b.say("sampled_why")
	default:
		l.finding = b.say("nothing_left")
	}
	if r := row.Risk; r != nil {
		l.period = r.Period
		if days, ok := row.ExposedDays(); ok {
			l.exposed = days
		} else if it.Kind == scanner.Story {
			l.exposed = b.say("limited")
		}
		l.proposed, l.groundWhy = r.Proposed, b.clean(strings.Join(b.t.ProposedReasons(r), " "))
		l.left, l.former, l.farewell = b.leftBy(row), r.Former, r.Farewell
		if !l.gone {
			l.lik, l.sev = r.Today.Likelihood, r.Today.Severity
			l.ground, l.view = r.Ground, r.View
			if o, s := own(l.decided); o > 0 {
				l.ownL, l.ownS = o, s
			}
			l.scoreWhy = strings.Join(b.steps(&r.Today), " ")
			if org := r.In(report.Organisation); org != nil {
				l.org = org.Score()
				if r.View != report.Organisation { // else it is the rating itself
					l.orgWhy = strings.Join(b.steps(org), " ")
				}
			}
		}
	}
	if it.State != scanner.Published && l.flagged {
		l.scoreWhy = b.say("not_assessed", "State", b.t.Say("state."+string(it.State)))
	}
	l.change = b.t.Say("change." + string(cmp.Or(row.Change, report.New)))
	if !row.Gone.IsZero() {
		l.change = b.say("gone_since", "Day", row.Gone.In(b.zone))
	}
	if row.Group > 0 {
		l.group = fmt.Sprintf("%s-%03d", b.say("group_prefix"), row.Group)
		for _, d := range row.Decided {
			if d.Forced {
				l.group += "\n" + b.say("taken_over")
				break
			}
		}
	}
	return l
}

// leftBy says that somebody shown has left, and by which codes of the owner's list; "" where the list says no such thing.
func (b *book) leftBy(row *report.Row) string {
	if !row.Risk.ProposedFormer {
		return ""
	}
	yes := b.listWord("yesno", "yes")
	var codes []string
	for _, f := range row.Findings {
		for _, e := range f.Evidence {
			// Evidence in the field "records" quotes the owner's code, never a name.
			if e.Rule == "records.person.former" && e.Field == "records" && !slices.Contains(codes, e.Quote) {
				codes = append(codes, e.Quote)
			}
		}
	}
	if len(codes) == 0 {
		return yes
	}
	return b.clean(b.say("left_listed", "Yes", yes, "Codes", strings.Join(codes, ", ")))
}

// steps are the reasons of a rating, a sentence each.
func (b *book) steps(r *report.Rating) []string {
	var out []string
	for _, s := range r.Steps {
		out = append(out, b.clean(strings.TrimSpace(b.t.Sentence(b.inWordsOf(s)))))
	}
	return out
}

// fieldName is the name of a place in an item at the beginning of a text: "media[0].metadata.data_mining: DMI-…".
var fieldName = regexp.MustCompile(`^media\[\d+\](?:\.[a-z_]+)*`)

// inWordsOf is a step with the places that it names in words.
func (b *book) inWordsOf(s report.Step) report.Step {
	for gap, v := range s.Args {
		if name := fieldName.FindString(v); name != "" {
			s.Args = maps.Clone(s.Args)
			s.Args[gap] = b.field(name) + v[len(name):]
		}
	}
	return s
}

func (b *book) manualLine(key scanner.Key) *line {
	return &line{key: key, finding: b.say("by_hand"), decided: plain(b.r.Log.Newest(key))}
}

// captions of the pictures stand in for a text of the post.
func captions(it *scanner.Item) string {
	var out []string
	for _, m := range it.Media {
		if m.Caption != "" && !slices.Contains(out, m.Caption) {
			out = append(out, m.Caption)
		}
	}
	return strings.Join(out, " · ")
}

func plain(ds map[report.Field]report.Decision) map[report.Field]string {
	if len(ds) == 0 {
		return nil
	}
	out := make(map[report.Field]string, len(ds))
	for f, d := range ds {
		out[f] = d.Value
	}
	return out
}

func own(decided map[report.Field]string) (l, s int) {
	x, y := decided[report.FieldLikelihood], decided[report.FieldSeverity]
	if len(x) != 1 || len(y) != 1 || x < "1" || x > "4" || y < "1" || y > "4" {
		return 0, 0
	}
	return int(x[0] - '0'), int(y[0] - '0')
}

// sorted puts findings in the order of their weight.
func sorted(fs []classify.Finding) []classify.Finding {
	out := slices.Clone(fs)
	sort.SliceStable(out, func(i, j int) bool { return out[i].Score > out[j].Score })
	return out
}

// Reasons that a cell shows; the rest stands in items.jsonl. More than this nobody reads in a cell.
const maxReasons = 5

// reasons are the sentences for and against, strongest first, each with the words that it is about. Where there are more
// than a cell shows, each label keeps its strongest.
func (b *book) reasons(row *report.Row) string {
	fs := sorted(row.Findings)
	learned := make([]string, len(fs))
	for i := range fs {
		fs[i].Evidence, learned[i] = b.learned(fs[i].Evidence)
	}
	take := make([]int, len(fs))
	total, all := 0, 0
	for _, f := range fs {
		all += len(f.Evidence)
	}
	for total < min(max(maxReasons, len(fs)), all) {
		for i, f := range fs {
			if take[i] < len(f.Evidence) && (total < maxReasons || take[i] == 0) {
				take[i]++
				total++
			}
		}
		if total >= maxReasons {
			break
		}
	}
	var out []string
	for i, f := range fs {
		label := b.t.Say("label." + string(f.Label))
		var lines []string
		for _, e := range f.Evidence[:take[i]] {
			lines = append(lines, b.reason(label, e))
		}
		if learned[i] != "" {
			lines = append(lines, b.say("learned", "Label", label, "Words", learned[i]))
		}
		// Below a line that names the label, what speaks for it too need not name it again: it would make a printed row a
		// third higher.
		named := false
		for _, l := range lines {
			rest, speaksFor := strings.CutPrefix(l, label+": ")
			if named && speaksFor {
				l = "– " + rest
			}
			named = speaksFor
			out = append(out, l)
		}
	}
	if left := all - total; left > 0 {
		out = append(out, b.say("more_reasons", "Count", left))
	}
	return strings.Join(out, "\n")
}

// learned takes the learned evidence out of a finding and returns the telling words of it that speak for the label, as one list:
// a line for each of them would drown what rules say. The single weights stand in items.jsonl and in "explain".
func (b *book) learned(all []classify.Evidence) (rest []classify.Evidence, words string) {
	var quotes []string
	for _, e := range all {
		if !strings.HasPrefix(e.Rule, classify.LearnedPrefix) {
			rest = append(rest, e)
			continue
		}
		if e.Telling() && e.Weight > 0 {
			quotes = append(quotes, b.say("quoted", "Text", b.clean(e.Quote)))
		}
	}
	return rest, strings.Join(quotes, ", ")
}

func (b *book) reason(label string, e classify.Evidence) string {
	why := strings.TrimSpace(b.why[report.RuleName(e.Rule)])
	if why == "" {
		why = b.say("rule_named", "Rule", e.Rule)
	}
	s := label + ": " + why
	if e.Weight < 0 {
		s = b.say("against", "Label", label, "Why", why)
	}
	if n, err := strconv.Atoi(e.Quote); err == nil && e.End == 0 && strings.HasPrefix(e.Field, "media[") {
		return s + " " + b.say("people_seen", "Count", n, "Field", b.field(e.Field))
	}
	if e.Quote != "" {
		return s + " " + b.say("quote", "Quote", excerpt(e.Quote, 120), "Field", b.field(e.Field))
	}
	return s + " (" + b.field(e.Field) + ")"
}

// field names a place in an item: "text", "tags[0]", "media[2].metadata.credit".
func (b *book) field(f string) string {
	var name string
	var n int
	if rest, ok := strings.CutPrefix(f, "media["); ok {
		idx, tail, _ := strings.Cut(rest, "]")
		if _, err := fmt.Sscan(idx, &n); err != nil {
			return f
		}
		picture := b.say("picture_n", "N", n+1)
		tail = strings.TrimPrefix(tail, ".")
		if tail == "" {
			return picture
		}
		name = strings.TrimPrefix(tail, "metadata.")
		if i := strings.IndexByte(name, '['); i >= 0 {
			name = name[:i]
		}
		if key := "wb.field." + name; b.t.Has(key) {
			return picture + ", " + b.t.Say(key)
		}
		return picture + ", " + b.say("field.metadata")
	}
	name = f
	if i := strings.IndexByte(name, '['); i >= 0 {
		name = name[:i]
	}
	if key := "wb.field." + name; b.t.Has(key) {
		return b.t.Say(key)
	}
	return f
}

// Hosts that a link may lead to: the platforms themselves. A signed address of a content server expires and carries a
// secret; any other address is not where the item was published.
var linkHosts = map[string]bool{
	"www.facebook.com": true, "facebook.com": true, "m.facebook.com": true, "web.facebook.com": true, "fb.watch": true,
	"www.instagram.com": true, "instagram.com": true,
}

// maxLink is the longest text in a formula that Excel reads.
const maxLink = 255

// safeLink returns an address that may become a link, or "".
func safeLink(s string) string {
	if s == "" || len(s) > 2000 {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" || u.User != nil || u.Port() != "" || !linkHosts[strings.ToLower(u.Hostname())] {
		return ""
	}
	q := u.Query()
	for name := range q {
		switch strings.ToLower(name) {
		case "access_token", "token", "appsecret_proof", "oh", "oe", "sig":
			return ""
		}
	}
	u.Fragment = ""
	return u.String()
}

// linkCell is a link as a formula with its result. The program's own links would be slow in number and limited; a
// formula of an address that was checked is neither.
func (b *book) linkCell(link, word string, role string) excelize.Cell {
	switch {
	case link == "":
		return excelize.Cell{StyleID: b.styles.id(role), Value: b.say("no_link")}
	case len(link) > maxLink:
		return excelize.Cell{StyleID: b.styles.id(role), Value: link}
	}
	return excelize.Cell{
		StyleID: b.styles.id(role + ".link"), Value: word,
		Formula: fmt.Sprintf(`HYPERLINK("%s","%s")`, strings.ReplaceAll(link, `"`, `""`), word),
	}
}

// listWord is the word of a code in a list; a code that is on no list is shown as it is.
func (b *book) listWord(list, code string) string {
	if code == "" {
		return ""
	}
	if list == "grade" {
		return code
	}
	if key := "wb.list." + list + "." + code; b.t.Has(key) {
		return b.t.Say(key)
	}
	return code
}

// decidedCell is the value of a review column.
func (b *book) decidedCell(spec report.FieldSpec, c column, value string) any {
	if value == "" {
		value = spec.Default
	}
	switch {
	case value == "":
		return nil
	case c.kind == date:
		d, err := time.Parse(time.DateOnly, value)
		if err != nil {
			return b.clean(value)
		}
		return day(d)
	case c.list == "grade" && len(value) == 1:
		return int(value[0] - '0')
	case c.kind == list:
		return b.listWord(c.list, value)
	}
	return b.clean(value)
}

func (b *book) levelWord(score int) string {
	if score < 1 {
		return "–"
	}
	return b.t.Say("level." + string(report.LevelOf(score)))
}

// formulas of row n, by the letters of the columns they read.
func (s *sheet) levelFormula(score string) string {
	b := s.b
	return fmt.Sprintf(`IF(%[1]s>=12,"%[2]s",IF(%[1]s>=8,"%[3]s",IF(%[1]s>=4,"%[4]s",IF(%[1]s>=1,"%[5]s","–"))))`, score,
		b.t.Say("level.very_high"), b.t.Say("level.high"), b.t.Say("level.medium"), b.t.Say("level.low"))
}

func (b *book) number(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("B-%05d", n)
}

func (b *book) writeFindings() error {
	s := b.sheets["findings"]
	if err := s.table(findingColumns(), 2); err != nil {
		return err
	}
	for i, l := range b.lines {
		if i%1000 == 0 && b.ctx.Err() != nil {
			return b.ctx.Err()
		}
		if err := b.writeLine(s, l); err != nil {
			return err
		}
	}
	if len(b.lines) == 0 {
		if err := s.row(30, []any{nil, nil, nil, nil, nil, nil, excelize.Cell{StyleID: b.styles.id("plain"), Value: b.say("no_findings")}}); err != nil {
			return err
		}
		return s.end(true, printedColumns)
	}
	if err := b.validate(s, s.rows); err != nil {
		return err
	}
	if err := b.conditions(s); err != nil {
		return err
	}
	if err := b.previews(s); err != nil {
		return err
	}
	return s.endTable("tblFindings", printedColumns)
}

func (b *book) writeLine(s *sheet, l *line) error {
	n := s.rows + 1
	at := func(code string) string { return fmt.Sprintf("%s%d", colName(s.col(code)), n) }
	v := map[string]any{
		"no": b.number(l.number), "published": b.serial(l.created), "platform": l.platform, "kind": l.kind,
		"link":    b.linkCell(l.link, b.say("open"), "cell"),
		"excerpt": l.excerpt, "finding": l.finding, "change": l.change, "why": l.why, "account": l.account, "album": l.album,
		"media_n": l.media, "window": "", "score_why": l.scoreWhy, "group": l.group, "rules": l.rules, "key": string(l.key),
	}
	if l.period != "" {
		v["window"] = b.t.Say("period." + string(l.period))
	}
	if l.people != nil {
		v["people_max"] = *l.people
	}
	for i, band := range l.bands {
		if band != "" {
			v[string(classify.Labels[i])] = b.t.Say("band." + string(band))
		}
	}
	if l.lik > 0 {
		v["lik"], v["sev"] = l.lik, l.sev
	}
	v["ground_valid"] = b.groundCell(l, at("ground"), at("ground_until"))
	if l.exposed != nil {
		v["exposed"] = l.exposed
	}
	if l.org > 0 {
		v["org_score"] = l.org
	}
	for code, word := range b.inWords(l) {
		v[code] = word
	}
	for _, spec := range report.ReviewFields {
		c := s.cols[s.col(string(spec.Field))-1]
		v[string(spec.Field)] = b.decidedCell(spec, c, l.decided[spec.Field])
	}
	lik, sev := l.valid()
	ownBoth := fmt.Sprintf("AND(ISNUMBER(%s),ISNUMBER(%s))", at("lik_own"), at("sev_own"))
	v["lik_valid"] = excelize.Cell{Formula: fmt.Sprintf("IF(AND(%s,ISNUMBER(%s)),%s,N(%s))", ownBoth, at("lik"), at("lik_own"), at("lik")), Value: lik}
	v["sev_valid"] = excelize.Cell{Formula: fmt.Sprintf("IF(AND(%s,ISNUMBER(%s)),%s,N(%s))", ownBoth, at("sev"), at("sev_own"), at("sev")), Value: sev}
	v["score_valid"] = excelize.Cell{StyleID: b.styles.id("cell.blank0"), Formula: at("lik_valid") + "*" + at("sev_valid"), Value: l.score()}
	v["level_valid"] = excelize.Cell{StyleID: b.styles.id("cell.bold.center"), Formula: s.levelFormula(at("score_valid")), Value: b.levelWord(l.score())}
	v["facts"] = factsDigest(func(code string) string {
		str, _ := v[code].(string)
		return str
	})
	least := 30.0
	if b.thumbs.of[l] != nil {
		least = previewRow
	}
	l.height = height(s.high(least, v), b.groundWord(l), s.cols[s.col("ground_valid")-1].width)
	return s.record(l.height, v)
}

// mayEnd are the grounds that a last day ends.
var mayEnd = []report.Ground{report.CoversAI, report.PublishOnly, report.Statutory}

// groundOf is the ground that counts: the entered one, unless its last day is before the day for which the register states
// risks, and else the proposed one.
func (b *book) groundOf(l *line) report.Ground {
	entered := report.Ground(l.decided[report.FieldGround])
	if slices.Contains(mayEnd, entered) {
		last, err := time.Parse(time.DateOnly, l.decided[report.FieldGroundUntil])
		if err == nil && last.Format(time.DateOnly) < b.r.Head.StatusDate.In(b.zone).Format(time.DateOnly) {
			return report.Expired
		}
	}
	return cmp.Or(entered, l.proposed)
}

// groundWord is groundOf in words. What nobody entered reads as a proposal: whether it holds a person decides.
func (b *book) groundWord(l *line) string {
	if l.decided[report.FieldGround] == "" {
		return b.suggested(l.proposed)
	}
	return b.listWord("ground", string(b.groundOf(l)))
}

// suggested is a proposed ground in words. That none is known proposes nothing.
func (b *book) suggested(g report.Ground) string {
	switch g {
	case "", report.Unknown:
		return b.listWord("ground", string(g))
	case report.Statutory:
		return b.say("ground_suggested", "Ground", b.t.Say("ground.name.statutory_proposed"))
	}
	return b.say("ground_suggested", "Ground", b.listWord("ground", string(g)))
}

// groundCell is groundWord as a formula that follows what people enter.
func (b *book) groundCell(l *line, ground, until string) excelize.Cell {
	entered := ground
	if today, ok := day(b.r.Head.StatusDate.In(b.zone)).(float64); ok {
		var ends []string
		for _, g := range mayEnd {
			ends = append(ends, ground+"="+quoted(b.listWord("ground", string(g))))
		}
		entered = fmt.Sprintf("IF(AND(ISNUMBER(%[1]s),N(%[1]s)<%[2]d,OR(%[3]s)),%[4]s,%[5]s)", until, int(today),
			strings.Join(ends, ","), quoted(b.listWord("ground", string(report.Expired))), ground)
	}
	return excelize.Cell{
		StyleID: b.styles.id("cell.wrap"), Value: cmp.Or(b.groundWord(l), "–"),
		Formula: fmt.Sprintf(`IF(LEN(%s)=0,%s,%s)`, ground, quoted(cmp.Or(b.suggested(l.proposed), "–")), entered),
	}
}

// inWords are the columns in words of what was weighed for a row: its views, and what the owner's lists propose.
func (b *book) inWords(l *line) map[string]string {
	v := map[string]string{"org_why": l.orgWhy, "ground_why": l.groundWhy, "ground_proposed": b.listWord("ground", string(l.proposed))}
	switch {
	case l.left != "":
		v["left_proposed"] = l.left
	case l.farewell:
		v["left_proposed"] = b.say("farewell")
	}
	if l.view != "" {
		v["view"] = b.say("view." + string(l.view))
	}
	if l.org > 0 {
		v["org_level"] = b.levelWord(l.org)
		if l.view == report.Organisation {
			v["org_why"] = b.say("org_same", "Column", b.say("col.score_why"))
		}
	}
	return v
}

// factsDigest is a digest of what the locked cells show; white space does not count.
func factsDigest(get func(code string) string) string {
	h := sha256.New()
	for _, code := range factColumns {
		fmt.Fprintf(h, "%s\x00", strings.Join(strings.Fields(get(code)), " "))
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}

// validate puts a drop-down or a date check and a hint on each column to fill in. Lists are named ranges: a list of words
// in the rule itself is cut at commas and at 255 characters.
func (b *book) validate(s *sheet, last int) error {
	for i, c := range s.cols {
		if c.band != review {
			continue
		}
		dv := excelize.NewDataValidation(true)
		dv.Sqref = fmt.Sprintf("%s2:%s%d", colName(i+1), colName(i+1), last)
		title := short(b.say("col."+c.code), 32)
		switch c.kind {
		case list:
			dv.SetSqrefDropList("lst_" + c.list)
			if c.list == "grade" {
				dv.SetError(excelize.DataValidationErrorStyleStop, title, b.say("hint.grade_error"))
			} else {
				dv.SetError(excelize.DataValidationErrorStyleWarning, title, b.say("hint.list_error"))
			}
		case date:
			if err := dv.SetRange(float64(37987), float64(73050), excelize.DataValidationTypeDate, excelize.DataValidationOperatorBetween); err != nil {
				return err
			}
			dv.SetError(excelize.DataValidationErrorStyleStop, title, b.say("hint.date_error"))
		default:
			if err := dv.SetRange(0, maxCellUnits, excelize.DataValidationTypeTextLength, excelize.DataValidationOperatorBetween); err != nil {
				return err
			}
			dv.SetError(excelize.DataValidationErrorStyleStop, title, b.say("hint.text_error"))
		}
		dv.SetInput(title, short(b.say("hint."+c.code), 255))
		if err := b.f.AddDataValidation(s.name, dv); err != nil {
			return err
		}
	}
	return nil
}

// short cuts to Excel's limit for titles and hints, counted in UTF-16 units; excelize lets longer ones pass and Excel
// then repairs the file.
func short(s string, units int) string {
	n := 0
	for i, r := range s {
		n += utf16Len(r)
		if n > units-1 {
			return s[:i] + "…"
		}
	}
	return s
}

// conditions colour what changes while people work. Words stand beside every colour.
func (b *book) conditions(s *sheet) error {
	all := fmt.Sprintf("A2:%s%d", colName(len(s.cols)), s.rows)
	span := func(code string) string {
		c := colName(s.col(code))
		return fmt.Sprintf("%s2:%s%d", c, c, s.rows)
	}
	ref := func(code string) string { return "$" + colName(s.col(code)) + "2" }
	style := func(st excelize.Style) (*int, error) {
		id, err := b.f.NewConditionalStyle(&st)
		return &id, err
	}
	type rule struct {
		area, formula string
		style         excelize.Style
		stop          bool
	}
	rules := []rule{
		{all, fmt.Sprintf(`%s="%s"`, ref("status"), b.listWord("status", "no_risk")), excelize.Style{Font: &excelize.Font{Color: "808080"}, Fill: fill("F2F2F2")}, true},
	}
	for _, level := range levelOrder {
		font := ink
		if level == report.VeryHigh {
			font = "FFFFFF"
		}
		rules = append(rules, rule{span("level_valid"), fmt.Sprintf(`%s="%s"`, ref("level_valid"), b.t.Say("level."+string(level))),
			excelize.Style{Font: &excelize.Font{Color: font}, Fill: fill(levelColors[level])}, false})
	}
	orange := excelize.Style{Font: &excelize.Font{Bold: true, Color: "833C0B"}, Fill: fill("F8CBAD")}
	rules = append(rules,
		rule{span("due"), fmt.Sprintf(`AND(ISNUMBER(%s),%s<TODAY(),NOT(ISNUMBER(%s)))`, ref("due"), ref("due"), ref("done")),
			excelize.Style{Font: &excelize.Font{Bold: true, Color: "9C0006"}, Fill: fill("FFC7CE")}, false},
		rule{span("change"), fmt.Sprintf(`OR(%s="%s",%s="%s")`, ref("change"), b.t.Say("change.changed"), ref("change"), b.t.Say("change.recheck")),
			excelize.Style{Font: &excelize.Font{Bold: true, Color: navy}, Fill: fill("DDEBF7")}, false},
		rule{span("ground"), fmt.Sprintf(`AND(%s>=8,OR(%s="%s",%s="%s"))`, ref("score_valid"), ref("ground"), b.listWord("ground", "publish_only"),
			ref("ground"), b.listWord("ground", "none")), orange, false},
	)
	for _, r := range rules {
		id, err := style(r.style)
		if err != nil {
			return err
		}
		if err := b.f.SetConditionalFormat(s.name, r.area, []excelize.ConditionalFormatOptions{
			{Type: "formula", Criteria: r.formula, Format: id, StopIfTrue: r.stop},
		}); err != nil {
			return err
		}
	}
	return nil
}
