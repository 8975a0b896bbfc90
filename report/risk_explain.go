package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"pagerisk/classify"
	"pagerisk/scanner"
)

// ExplainRisk is the whole chain of one item in lines: what it is, the evidence with its quotes, the sum of the families
// and the band, the ground, every step of every rating, the measure, the law that is cited and what speaks against it. A
// person can redo it with a pencil: the numbers of each block add up to the line below them.
func ExplainRisk(t *Texts, reg *Register, row *Row) []string {
	x := &explanation{t: t, law: BuiltinLaw(), rules: map[string]RuleInfo{}, zone: Berlin}
	if reg != nil {
		x.bands = reg.Bands
		x.law, x.zone = cmp.Or(reg.Law, x.law), reg.Head.Started.Location()
		for _, r := range reg.Rules {
			x.rules[r.ID] = r
		}
	}
	x.item(row)
	x.findings(row)
	if row.Risk == nil {
		x.head("rating")
		switch {
		case row.Item.State != "published":
			x.say("not_published", "State", t.Say("state."+string(row.Item.State)))
		default:
			x.say("no_risk")
		}
	} else {
		x.ground(row)
		x.ratings(row)
		x.measure(row)
		x.cited(row)
	}
	x.derivations(row)
	x.lines = append(x.lines, "", t.Say("law.no_advice"))
	return x.lines
}

type explanation struct {
	t     *Texts
	law   *Law
	rules map[string]RuleInfo
	bands *classify.Settings
	zone  *time.Location
	lines []string
}

func (x *explanation) text(key string, pairs ...any) string {
	return x.t.Say("risk.explain."+key, pairs...)
}

func (x *explanation) say(key string, pairs ...any) {
	x.lines = append(x.lines, "  "+x.text(key, pairs...))
}

func (x *explanation) head(key string, pairs ...any) {
	x.lines = append(x.lines, "", x.text(key, pairs...))
}

func (x *explanation) item(row *Row) {
	t, item := x.t, row.Item
	name := string(item.Key)
	if row.Number > 0 {
		name = fmt.Sprintf("B-%05d  %s", row.Number, name)
	}
	x.lines = append(x.lines, name)
	day := t.Date(item.Created.In(x.zone))
	if item.Created.IsZero() {
		day = t.Say("period.undated")
	}
	x.say("item", "Platform", t.Say("platform."+string(item.Platform)), "Kind", t.Say("kind."+string(item.Kind)), "Day", day)
	for _, o := range item.Origins {
		x.say("where", "Where", printable(o.Where))
	}
	if item.Text != "" {
		x.say("text", "Text", strconv.Quote(excerpt(item.Text, maxExcerpt)))
	}
	for i, m := range item.Media {
		if i == maxMediaLines {
			x.say("more_media", "Count", len(item.Media)-i)
			break
		}
		key, n := "people_unknown", 0
		if i < len(row.Facts) && row.Facts[i] != nil && row.Facts[i].People != nil {
			key, n = "people", *row.Facts[i].People
		}
		x.say("media", "No", i, "File", printable(m.File), "People", x.text(key, "Count", n))
	}
}

// printable replaces control characters: names come from archives, and terminals obey them.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

// What an explanation shows of an item itself: enough to recognise it.
const (
	maxExcerpt    = 600
	maxMediaLines = 12
)

// excerpt cuts a text at a word.
func excerpt(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	cut := string(r[:n])
	if i := strings.LastIndexAny(cut, " \n"); i > 0 {
		cut = cut[:i]
	}
	return cut + " …"
}

// number writes a weight with its sign, in the language's form.
func (x *explanation) number(f float64) string {
	s := x.plain(f)
	if rest, minus := strings.CutPrefix(s, "-"); minus {
		return "−" + rest
	}
	return "+" + s
}

func (x *explanation) plain(f float64) string {
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if x.t.Lang == "de" {
		s = strings.ReplaceAll(s, ".", ",")
	}
	return s
}

func signed(n int) string {
	switch {
	case n > 0:
		return "+" + strconv.Itoa(n)
	case n < 0:
		return "−" + strconv.Itoa(-n)
	default:
		return "±0"
	}
}

// findings prints the evidence family by family: of each only the strongest for and against counts, in brackets what does not.
func (x *explanation) findings(row *Row) {
	t := x.t
	x.head("findings")
	if len(row.Findings) == 0 {
		x.say("none_found")
	}
	for _, f := range row.Findings {
		x.lines = append(x.lines, "  "+t.Say("label."+string(f.Label))+" – "+t.Say("band."+string(f.Band)))
		counted := map[string]bool{}
		sum := 0.0
		for _, e := range f.Evidence {
			family := cmp.Or(x.rules[RuleName(e.Rule)].Family, e.Rule)
			side := family + fmt.Sprint(e.Weight < 0)
			if classify.LearnedFamily(e.Rule) != "" {
				side = e.Rule // each learned word counts
			}
			weight := x.number(e.Weight)
			if counted[side] {
				weight = "(" + weight + ")"
			} else {
				counted[side] = true
				sum += e.Weight
			}
			place := e.Field
			if e.End > e.Start {
				place = fmt.Sprintf("%s[%d:%d]", e.Field, e.Start, e.End)
			}
			line := fmt.Sprintf("    %7s  %s · %s  %s", weight, x.t.Family(family), e.Rule, place)
			if e.Quote != "" {
				line += fmt.Sprintf("  %q", e.Quote)
			}
			x.lines = append(x.lines, line)
			if why := x.rules[RuleName(e.Rule)].Why; why != "" {
				x.lines = append(x.lines, "             "+why)
			}
		}
		total := x.text("sum")
		if b := x.bands; b != nil {
			total = x.text("bands", "Band", t.Say("band."+string(f.Band)), "Possible", x.plain(b.Possible), "Likely", x.plain(b.Likely), "Sure", x.plain(b.Sure))
		}
		x.lines = append(x.lines, fmt.Sprintf("    %7s  %s", x.number(round(f.Score)), total))
		if round(sum) != round(f.Score) {
			// The classifier also balances labels against each other; the difference is shown rather than hidden.
			x.lines = append(x.lines, "             "+x.text("balanced", "Difference", x.number(round(f.Score-sum))))
		}
	}
}

// derivations redoes what the learned words added to each finding, down to the rows of learned.tsv. Of a label that is no
// finding the sums are told, for the others were weighed against it.
func (x *explanation) derivations(row *Row) {
	if !slices.ContainsFunc(row.Derivations, func(d classify.Derivation) bool { return d.Found }) {
		return
	}
	x.head("learned.head")
	for i := range row.Derivations {
		d := &row.Derivations[i]
		name := x.t.Say("label." + string(d.Label))
		if d.Found {
			x.lines = append(x.lines, "  "+name)
		} else {
			x.lines = append(x.lines, "  "+x.text("learned.beside", "Label", name))
		}
		x.line(d.Held, x.text("learned.rules", "Rules", x.fine(d.Rules), "Same", d.Rules == d.Held))
		x.shares(d)
		x.line(d.Own, x.text("learned.own"))
		if d.Found {
			x.weighed(d, name)
		}
	}
}

// line is a number with what it is.
func (x *explanation) line(weight float64, text string) {
	x.lines = append(x.lines, fmt.Sprintf("    %8s  %s", x.fine(weight), text))
}

func (x *explanation) shares(d *classify.Derivation) {
	for _, kind := range []classify.ShareKind{classify.ShareWords, classify.ShareContext, classify.ShareHints} {
		sum := 0.0
		var lines []string
		for _, s := range d.Shares {
			if s.Kind != kind {
				continue
			}
			sum += s.Weight
			var parts []string
			for _, f := range s.Features {
				part := printable(f.Name)
				switch {
				case f.Value != 1:
					part += " " + x.fine(f.Weight/f.Value) + " × " + x.plain(math.Round(1000*f.Value)/1000)
				case len(s.Features) > 1:
					part += " " + x.fine(f.Weight)
				}
				parts = append(parts, part)
			}
			text := strings.Join(parts, ", ")
			if s.Quote != "" {
				text = fmt.Sprintf("%s[%d:%d] %q  %s", s.Field, s.Start, s.End, s.Quote, text)
			}
			lines = append(lines, fmt.Sprintf("      %8s  %s", x.fine(s.Weight), text))
		}
		if len(lines) == 0 {
			continue
		}
		x.line(sum, x.text("learned."+string(kind)))
		if d.Found {
			x.lines = append(x.lines, lines...)
		}
	}
}

// weighed tells how a label's own sum became its score.
func (x *explanation) weighed(d *classify.Derivation, name string) {
	with := 0.0
	for i, g := range d.Groups {
		if i == 0 {
			x.lines = append(x.lines, "    "+x.text("learned.groups"))
		}
		var names []string
		for _, l := range g.Labels {
			names = append(names, x.t.Say("label."+string(l)))
			if l == d.Label {
				with += g.Chance
			}
		}
		x.lines = append(x.lines, fmt.Sprintf("      %8s  %s", x.fine(g.Points), x.text("learned.group",
			"Labels", strings.Join(names, " + "), "Together", x.fine(g.Together), "Several", len(g.Labels) > 1, "Chance", x.percent(g.Chance))))
	}
	if len(d.Groups) > 0 {
		x.line(d.Weighed+d.Line, x.text("learned.odds", "Label", name, "With", x.percent(with), "Without", x.percent(1-with)))
	}
	if d.Line != 0 {
		x.line(-d.Line, x.text("learned.line"))
	}
	if care := d.Score - d.Weighed; math.Abs(care) >= 0.005 {
		x.line(care, x.t.Say("ground.rule.learned.care"))
	}
	x.line(d.Score, x.text("learned.score"))
}

// fine writes a weight to the thousandth, as the rows of learned.tsv need it.
func (x *explanation) fine(f float64) string {
	return x.number(math.Round(f*1000) / 1000)
}

// percent writes a chance so that small ones can be told from none.
func (x *explanation) percent(f float64) string {
	s := strconv.FormatFloat(100*f, 'f', 2, 64)
	if x.t.Lang == "de" {
		return strings.ReplaceAll(s, ".", ",") + " %"
	}
	return s + "%"
}

// round cuts the noise of floating point: weights have two decimals at most.
func round(f float64) float64 {
	r, err := strconv.ParseFloat(strconv.FormatFloat(f, 'f', 2, 64), 64)
	if err != nil {
		return f
	}
	return r
}

func (x *explanation) ground(row *Row) {
	x.head("ground", "Ground", x.t.GroundOf(row))
	for _, s := range row.Risk.GroundWhy {
		x.lines = append(x.lines, "    "+x.t.Sentence(s)+x.refs(s.Law))
	}
	if r := row.Risk; slices.Contains(Grounds, Ground(row.Decided[FieldGround].Value)) {
		x.say("proposed", "Ground", x.t.groundName(r.Proposed, false))
		for _, s := range r.ProposedWhy {
			x.lines = append(x.lines, "    "+x.t.Sentence(s)+x.refs(s.Law))
		}
	}
}

func (x *explanation) refs(ids []string) string {
	if len(ids) == 0 {
		return ""
	}
	return " [" + strings.Join(ids, ", ") + "]"
}

func (x *explanation) ratings(row *Row) {
	t, r := x.t, row.Risk
	x.head("rating")
	x.lines = append(x.lines, "  "+t.Say("risk.matrix", "Matrix", x.law.MatrixName(t.Lang)))
	for i := range r.Weighed {
		w := &r.Weighed[i]
		mark := ""
		if w.View == r.View && w.Label == r.Heaviest {
			mark = " – " + x.text("decides")
		}
		x.lines = append(x.lines, "", "  "+t.Say("label."+string(w.Label))+", "+t.Say("risk.view."+string(w.View))+mark)
		x.lines = append(x.lines, "    "+x.text("today"))
		x.rating(&w.Today, 0)
		x.lines = append(x.lines, "    "+x.text("after_objection"))
		x.rating(&w.AfterObjection, 0)
		// The clean-up goes on from the rating above; its steps are not written twice.
		x.lines = append(x.lines, "    "+x.text("after_cleanup"))
		x.rating(&w.AfterCleanup, len(w.AfterObjection.Steps))
	}
	x.lines = append(x.lines, "")
	x.say("result", "View", t.Say("risk.view."+string(r.View)), "Label", t.Say("label."+string(r.Heaviest)), "Score", r.Today.Score(), "Level", t.Say("level."+string(r.Today.Level())))
	if l, s := row.Rated(); l != r.Today.Likelihood || s != r.Today.Severity {
		x.say("own", "Likelihood", l, "Severity", s, "Score", l*s, "Level", t.Say("level."+string(LevelOf(l*s))))
	}
	period := t.Say("risk.period." + string(r.Period))
	if days, ok := row.ExposedDays(); ok {
		period += "; " + t.Say("risk.period.exposed", "Count", days)
	} else if row.Item.Kind == scanner.Story {
		period += "; " + t.Say("risk.period.limited")
	}
	x.lines = append(x.lines, "  "+period)
}

// rating prints the steps with what they changed, and the product. With skip > 0 it begins at the sum of the first steps.
func (x *explanation) rating(r *Rating, skip int) {
	if skip > 0 {
		l, v := 0, 0
		for _, s := range r.Steps[:skip] {
			l, v = l+s.Likelihood, v+s.Severity
		}
		x.lines = append(x.lines, fmt.Sprintf("      %s %2d  %s %2d  %s", x.text("l"), l, x.text("s"), v, x.text("carried")))
	}
	for i, s := range r.Steps {
		if i < skip {
			continue
		}
		l, v := signed(s.Likelihood), signed(s.Severity)
		if i == 0 {
			l, v = strconv.Itoa(s.Likelihood), strconv.Itoa(s.Severity)
		}
		limit := ""
		switch {
		case s.Capped && s.Likelihood == 0 && s.Severity == 0:
			limit = " (" + x.t.Say("risk.no_effect") + ")"
		case s.Capped:
			limit = " (" + x.t.Say("risk.cut_effect") + ")"
		}
		x.lines = append(x.lines, fmt.Sprintf("      %s %2s  %s %2s  %s%s%s", x.text("l"), l, x.text("s"), v, x.t.Sentence(s), limit, x.refs(s.Law)))
	}
	x.lines = append(x.lines, "      "+x.text("product", "Likelihood", r.Likelihood, "Severity", r.Severity, "Score", r.Score(), "Level", x.t.Say("level."+string(r.Level()))))
}

func (x *explanation) measure(row *Row) {
	t, r := x.t, row.Risk
	x.head("measure", "Measure", t.Say("risk.measure_name."+r.Measure))
	for _, s := range r.MeasureWhy {
		x.lines = append(x.lines, "    "+t.Sentence(s)+x.refs(s.Law))
	}
	if p := x.law.ProviderNamed(r.Provider); p != nil {
		x.head("provider", "Name", p.Name, "Social", t.Say("law.value."+p.Social), "AI", t.Say("law.value."+p.AI), "Status", t.Say("law.status."+p.Status()))
		if o := r.Licence; o == nil || o.Social == Silent || o.AI == Silent {
			x.lines = append(x.lines, "    "+p.Question(t.Lang))
		}
	}
	if o := r.Licence; o != nil {
		ended := ""
		if o.Ended {
			ended = "yes"
		}
		x.head("licence", "Codes", strings.Join(o.Codes, ", "), "Social", t.Say("law.value."+o.Social), "AI", t.Say("law.value."+o.AI), "Ended", ended)
	}
	x.head("scenarios")
	for _, id := range r.Scenarios {
		x.lines = append(x.lines, "    "+id+"  "+t.Say("scenario."+id+".title"))
	}
}

// cited prints the law behind the steps, uncertain records as open questions, and the counter-arguments beside it.
func (x *explanation) cited(row *Row) {
	x.head("law", "Version", x.law.Version)
	var open []string
	for _, id := range row.Risk.Law {
		r := x.law.Find(id)
		switch {
		case r == nil || r.Kind == "counter":
		case r.Confidence == Uncertain:
			open = append(open, x.t.Cite(r))
		default:
			x.lines = append(x.lines, "    "+x.t.Cite(r))
		}
	}
	if len(open) > 0 {
		x.head("open")
		for _, s := range open {
			x.lines = append(x.lines, "    "+s)
		}
	}
	x.head("counter")
	for _, id := range row.Risk.Doubtful {
		if r := x.law.Find(id); r != nil {
			x.lines = append(x.lines, "    "+x.t.Cite(r))
		}
	}
}

// ProviderNamed returns what is known of a provider by its name, nil if there is none of that name.
func (l *Law) ProviderNamed(name string) *Provider {
	i := slices.IndexFunc(l.Providers, func(p Provider) bool { return p.Name == name })
	if i < 0 {
		return nil
	}
	return &l.Providers[i]
}

// ProvidersOf are the providers that a licence record speaks of ("LC-01").
func (l *Law) ProvidersOf(record string) []*Provider {
	var out []*Provider
	for i := range l.Providers {
		if l.Providers[i].Record == record {
			out = append(out, &l.Providers[i])
		}
	}
	return out
}

// LabelsOf are the labels to which a record of the catalogue speaks, in the order of labels; none for those of a general
// kind.
func LabelsOf(r *LawRecord) []classify.Label {
	var out []classify.Label
	for _, l := range classify.Labels {
		if slices.ContainsFunc(categoriesOf[l], func(c string) bool { return slices.Contains(r.Categories, c) }) {
			out = append(out, l)
		}
	}
	return out
}
