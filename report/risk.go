package report

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // periods are days in Berlin, also on machines that know no time zones
	"unicode"
	"unicode/utf8"

	"pagerisk/classify"
	"pagerisk/classify/picture"
	"pagerisk/classify/records"
	"pagerisk/scanner"
)

// TrainingStart is when Meta began to train with public content in the EU: 27.05.2025 in Berlin.
var TrainingStart = time.Date(2025, time.May, 27, 0, 0, 0, 0, Berlin)

// Berlin is the zone in which days are counted unless the user names another one.
var Berlin = mustZone("Europe/Berlin")

func mustZone(name string) *time.Location {
	z, err := time.LoadLocation(name)
	if err != nil {
		panic(err) // the zone is compiled in
	}
	return z
}

// Assessment is everything that a risk is weighed from.
type Assessment struct {
	Item     *scanner.Item
	Facts    []*picture.Facts // one per Item.Media, nil where nothing is known
	Findings []classify.Finding
	// Grounds are the lines of the owner's lists that speak of the item.
	Grounds []records.GroundMatch
	// Lists says how much the owner's lists hold: that a list says nothing of an item needs the list.
	Lists records.Counts
	// Former says that the owner's list names somebody in the item who has left. A finding whose evidence comes from the
	// rule "records.person.former" says the same.
	Former     bool
	Decided    map[Field]Decision
	Law        *Law      // nil = the built-in one
	Objection  time.Time // day of the objection, zero = none
	Confirmed  time.Time // day on which Meta confirmed it, zero = not
	StatusDate time.Time // day for which the risk is stated; needed
	Gone       time.Time // since when the item is no longer found, zero = still there
	Zone       *time.Location
}

// Weighed is the rating of one label in one view: the three states that a register shows.
type Weighed struct {
	Label          classify.Label `json:"label"`
	View           View           `json:"view"`
	Start          string         `json:"start"` // id of the starting value
	Today          Rating         `json:"today"`
	AfterObjection Rating         `json:"after_objection"`
	AfterCleanup   Rating         `json:"after_cleanup"`
}

// method is the rating method as the catalogue has it: values, not code.
type method struct {
	starts   []start
	changes  []change
	grounds  []change
	cleanups []cleanup
	measures []proposal
	traits   []trait

	file map[string]string // kind of table → file, for errors
}

// start is a starting value: likelihood and severity of a label in a view. The first that fits counts.
type start struct {
	ID          string   `toml:"id"`
	Label       string   `toml:"label"`
	View        View     `toml:"view"`
	Trait       string   `toml:"trait"` // only where the item has it
	Severity    int      `toml:"severity"`
	Likelihood  int      `toml:"likelihood"` // without objection
	Objection   int      `toml:"objection"`  // likelihood with a confirmed objection
	MinSeverity int      `toml:"min_severity"`
	MaxSeverity int      `toml:"max_severity"`
	Law         []string `toml:"law"`

	line int
}

// change raises or lowers a rating where its trait (or its ground) is there.
type change struct {
	ID         string   `toml:"id"`
	Trait      string   `toml:"trait"`  // of a change
	Ground     Ground   `toml:"ground"` // of a ground's effect
	Starts     []string `toml:"starts"` // ids of starting values, path.Match patterns; none = all
	View       View     `toml:"view"`   // "" = both
	Severity   int      `toml:"severity"`
	Likelihood int      `toml:"likelihood"`
	Fact       bool     `toml:"fact"` // a concrete fact, which alone may lift the likelihood to 4
	Law        []string `toml:"law"`

	line int
}

// cleanup is what a measure does to the rating once it is done.
type cleanup struct {
	Measure    string   `toml:"measure"`
	Likelihood int      `toml:"likelihood"` // set to this at most; 0 = stays
	Severity   int      `toml:"severity"`   // added
	Law        []string `toml:"law"`

	line int
}

// proposal is the measure that the method proposes. The first that fits counts.
type proposal struct {
	Measure string   `toml:"measure"`
	Starts  []string `toml:"starts"`
	Grounds []Ground `toml:"grounds"` // none = all
	Trait   string   `toml:"trait"`
	Law     []string `toml:"law"`

	line int
}

// trait is a property of an item that rules of the classifier reveal by their ids or by the field of their evidence. Other
// traits are computed: see builtinTraits.
type trait struct {
	ID     string   `toml:"id"`
	Labels []string `toml:"labels"` // of findings whose evidence is looked at; none = all
	Rules  []string `toml:"rules"`  // patterns of rule ids (path.Match)
	Fields []string `toml:"fields"` // patterns of evidence fields; a "[" stands for itself
	Words  []string `toml:"words"`  // that stand in the quote, whole words, case does not matter
	Whole  []string `toml:"whole"`  // that are all of the quote, with no word behind it
	Quotes []string `toml:"quotes"` // patterns of quotes, in small letters
	Made   []string `toml:"made"`   // digital source types of the file in whose metadata the evidence stands
	Unless []string `toml:"unless"` // patterns of quotes that do not count, in small letters
	Every  bool     `toml:"every"`  // all evidence has to show it: one piece that shows something else speaks against it
	Seen   bool     `toml:"seen"`   // only fields count where the pictures show nobody

	runs, whole [][]string // Words and Whole taken apart
	line        int
}

// builtinTraits are the traits that facts, lists and decisions tell.
var builtinTraits = []string{
	"former", "weak", "portrait", "group", "bystanders", "crowd", "prohibited", "release", "provider", "provider_forbids_ai",
	"provider_allows_social", "provider_editorial", "licence_social", "licence_forbids_ai", "story",
}

func (m *method) add(name string, f *lawFile, lines lineIndex) {
	if m.file == nil {
		m.file = map[string]string{}
	}
	for i := range f.Starts {
		f.Starts[i].line = lines.at("start", i)
		m.file["start"] = name
	}
	for i := range f.Changes {
		f.Changes[i].line = lines.at("change", i)
		m.file["change"] = name
	}
	for i := range f.Grounds {
		f.Grounds[i].line = lines.at("ground", i)
		m.file["ground"] = name
	}
	for i := range f.Cleanups {
		f.Cleanups[i].line = lines.at("cleanup", i)
		m.file["cleanup"] = name
	}
	for i := range f.Measures {
		f.Measures[i].line = lines.at("measure", i)
		m.file["measure"] = name
	}
	for i := range f.Traits {
		f.Traits[i].line = lines.at("trait", i)
		for _, x := range f.Traits[i].Words {
			f.Traits[i].runs = append(f.Traits[i].runs, nameWords(x))
		}
		for _, x := range f.Traits[i].Whole {
			f.Traits[i].whole = append(f.Traits[i].whole, nameWords(x))
		}
		m.file["trait"] = name
	}
	m.starts = append(m.starts, f.Starts...)
	m.changes = append(m.changes, f.Changes...)
	m.grounds = append(m.grounds, f.Grounds...)
	m.cleanups = append(m.cleanups, f.Cleanups...)
	m.measures = append(m.measures, f.Measures...)
	m.traits = append(m.traits, f.Traits...)
}

// Measures are the codes of the workbook's drop-down.
var Measures = []string{"keep", "get_consent", "check_licence", "blur", "hide", "delete", "none"}

// Grounds are the codes of the workbook's drop-down.
var Grounds = []Ground{CoversAI, PublishOnly, Expired, NoGround, Unknown, Statutory, NotNeeded}

// check reports what is wrong with the method: codes and references that lead nowhere, numbers off the scale, and
// uncertain law that would raise a score.
func (m *method) check(l *Law, wrong func(string, int, string, ...any)) {
	traits := slices.Clone(builtinTraits)
	for _, t := range m.traits {
		bad := func(format string, args ...any) {
			wrong(m.file["trait"], t.line, "trait %q: %s", t.ID, fmt.Sprintf(format, args...))
		}
		if t.ID == "" || slices.Contains(traits, t.ID) {
			bad("the id is empty or used already")
		}
		if len(t.Rules)+len(t.Fields)+len(t.Words)+len(t.Whole)+len(t.Quotes)+len(t.Made) == 0 {
			bad("needs rules, fields, words, whole, quotes or made")
		}
		for _, p := range slices.Concat(t.Rules, t.Fields, t.Quotes, t.Unless) {
			if !patternOK(p) {
				bad("pattern %q is malformed", p)
			}
		}
		for _, label := range t.Labels {
			if !slices.Contains(classify.Labels, classify.Label(label)) {
				bad("label %q is unknown", label)
			}
		}
		traits = append(traits, t.ID)
	}
	known := func(id string) bool { return id == "" || slices.Contains(traits, id) }
	laws := func(file string, line int, what string, ids []string, raises bool) {
		for _, id := range ids {
			switch r := l.byID[id]; {
			case r == nil:
				wrong(file, line, "%s: cites %q, which is not in the catalogue", what, id)
			case raises && r.Confidence == Uncertain:
				wrong(file, line, "%s: %s is uncertain and must not raise a score", what, id)
			}
		}
	}
	var starts []string
	for _, s := range m.starts {
		what := fmt.Sprintf("start %q", s.ID)
		bad := func(format string, args ...any) {
			wrong(m.file["start"], s.line, "%s: %s", what, fmt.Sprintf(format, args...))
		}
		if s.ID == "" || slices.Contains(starts, s.ID) {
			bad("the id is empty or used already")
		}
		starts = append(starts, s.ID)
		if !slices.Contains(classify.Labels, classify.Label(s.Label)) {
			bad("label %q is unknown", s.Label)
		}
		if s.View != Persons && s.View != Organisation {
			bad("view %q is unknown", s.View)
		}
		if !known(s.Trait) {
			bad("trait %q is unknown", s.Trait)
		}
		for _, n := range []int{s.Severity, s.Likelihood, s.Objection, s.MinSeverity, s.MaxSeverity} {
			if n < 1 || n > 4 {
				bad("severity, likelihood, objection, min_severity and max_severity are numbers from 1 to 4")
				break
			}
		}
		if s.Likelihood > 3 || s.Objection > s.Likelihood {
			bad("a starting likelihood is at most 3, and with objection not higher")
		}
		if s.MinSeverity > s.Severity || s.MaxSeverity < s.Severity {
			bad("severity lies outside of min_severity and max_severity")
		}
		laws(m.file["start"], s.line, what, s.Law, true)
	}
	for _, label := range classify.Labels {
		if !slices.ContainsFunc(m.starts, func(s start) bool { return s.Label == string(label) && s.Trait == "" }) {
			wrong("method.toml", 0, "no starting value without a trait for label %q", label)
		}
	}
	patterns := func(file string, line int, what string, ps []string) {
		for _, p := range ps {
			if !slices.ContainsFunc(starts, func(id string) bool { return match(p, id) }) {
				wrong(file, line, "%s: no starting value is called %q", what, p)
			}
		}
	}
	check := func(kind string, c change) {
		what := fmt.Sprintf("%s %q", kind, cmp.Or(c.ID, string(c.Ground)))
		if c.Severity < -3 || c.Severity > 3 || c.Likelihood < -3 || c.Likelihood > 3 {
			wrong(m.file[kind], c.line, "%s: severity and likelihood are changed by 3 at most", what)
		}
		if c.View != "" && c.View != Persons && c.View != Organisation {
			wrong(m.file[kind], c.line, "%s: view %q is unknown", what, c.View)
		}
		patterns(m.file[kind], c.line, what, c.Starts)
		laws(m.file[kind], c.line, what, c.Law, c.Severity > 0 || c.Likelihood > 0)
	}
	for _, c := range m.changes {
		if c.ID == "" || c.Trait == "" || !known(c.Trait) {
			wrong(m.file["change"], c.line, "change %q: id and a known trait are needed, got trait %q", c.ID, c.Trait)
		}
		check("change", c)
	}
	for _, c := range m.grounds {
		if !slices.Contains(Grounds, c.Ground) {
			wrong(m.file["ground"], c.line, "ground %q is unknown", c.Ground)
		}
		check("ground", c)
	}
	for _, c := range m.cleanups {
		if !slices.Contains(Measures, c.Measure) {
			wrong(m.file["cleanup"], c.line, "cleanup: measure %q is unknown", c.Measure)
		}
		if c.Likelihood < 0 || c.Likelihood > 4 || c.Severity > 0 || c.Severity < -3 {
			wrong(m.file["cleanup"], c.line, "cleanup %q: likelihood is 0 to 4, severity -3 to 0", c.Measure)
		}
		laws(m.file["cleanup"], c.line, "cleanup", c.Law, false)
	}
	for _, p := range m.measures {
		what := fmt.Sprintf("measure %q", p.Measure)
		if !slices.Contains(Measures, p.Measure) || !known(p.Trait) {
			wrong(m.file["measure"], p.line, "%s: the measure or its trait %q is unknown", what, p.Trait)
		}
		for _, g := range p.Grounds {
			if !slices.Contains(Grounds, g) {
				wrong(m.file["measure"], p.line, "%s: ground %q is unknown", what, g)
			}
		}
		patterns(m.file["measure"], p.line, what, p.Starts)
		laws(m.file["measure"], p.line, what, p.Law, false)
	}
}

// match is path.Match in which "[" stands for itself; ids have no slash.
func match(pattern, s string) bool {
	ok, err := path.Match(strings.ReplaceAll(pattern, "[", `\[`), s)
	return ok && err == nil
}

func patternOK(pattern string) bool {
	_, err := path.Match(strings.ReplaceAll(pattern, "[", `\[`), "")
	return err == nil && pattern != ""
}

// Assess weighs what was found in one item. It returns nil where nothing was found, where the reviewer says that nothing
// of it is shown, and for items that were not published. It is pure: the same assessment gives the same risk.
func Assess(a Assessment) *Risk {
	if a.Item == nil || a.Item.State != scanner.Published {
		return nil
	}
	if a.Law == nil {
		a.Law = BuiltinLaw()
	}
	if a.Zone == nil {
		a.Zone = Berlin
	}
	findings := a.shown()
	if len(findings) == 0 {
		return nil
	}
	w := &weighing{Assessment: a, findings: findings}
	w.look()
	w.settleGround()

	var all []Weighed
	for _, f := range findings {
		for _, view := range []View{Persons, Organisation} {
			if s := w.start(f.Label, view); s != nil {
				all = append(all, w.weigh(f, s))
			}
		}
	}
	if len(all) == 0 {
		return nil
	}
	view := Organisation
	for _, f := range findings {
		if isPersons(f.Label) {
			view = Persons
		}
	}
	best, other := -1, -1
	for i := range all {
		at := &best
		if all[i].View != view {
			at = &other
		}
		if *at < 0 || heavier(&all[i], &all[*at]) {
			*at = i
		}
	}
	if best < 0 {
		best, other, view = other, -1, all[other].View
	}
	h := all[best]
	r := &Risk{
		View: view, Heaviest: h.Label, Today: h.Today, AfterObjection: h.AfterObjection, AfterCleanup: h.AfterCleanup,
		Weighed: all, Ground: w.ground, GroundWhy: w.groundWhy, Proposed: w.proposed, ProposedWhy: w.proposedWhy,
		Period: PeriodOf(a.Item.Created, a.Objection, a.StatusDate, a.Zone), Exposed: w.exposed(),
	}
	if other >= 0 {
		o := all[other].Today
		r.Other = &o
	}
	r.Measure, r.MeasureWhy = w.measure(&h)
	for _, f := range findings {
		r.Doubtful = append(r.Doubtful, w.doubts(f.Label)...)
	}
	slices.Sort(r.Doubtful)
	r.Doubtful = slices.Compact(r.Doubtful)
	r.Scenarios = w.scenarios(all)
	for _, wd := range all {
		for _, s := range wd.Today.Steps {
			r.Law = append(r.Law, s.Law...)
		}
	}
	for _, s := range w.groundWhy {
		r.Law = append(r.Law, s.Law...)
	}
	for _, s := range r.MeasureWhy {
		r.Law = append(r.Law, s.Law...)
	}
	slices.SortFunc(r.Law, func(x, y string) int { return cmp.Compare(a.Law.byID[x].rank, a.Law.byID[y].rank) })
	r.Law = slices.Compact(r.Law)
	if w.provider != nil {
		r.Provider = w.provider.Name
	}
	r.Licence = w.own
	_, r.Former = w.traits["former"]
	_, r.Farewell = w.traits["farewell"]
	r.ProposedFormer = w.listedFormer
	return r
}

// heavier orders ratings: score, then severity, then what the catalogue counts as heavier (its order of labels).
func heavier(a, b *Weighed) bool {
	if c := cmp.Compare(a.Today.Score(), b.Today.Score()); c != 0 {
		return c > 0
	}
	if c := cmp.Compare(a.Today.Severity, b.Today.Severity); c != 0 {
		return c > 0
	}
	return slices.Index(weightOrder, a.Label) < slices.Index(weightOrder, b.Label)
}

var weightOrder = []classify.Label{
	classify.SpecialCategory, classify.Minor, classify.Customer, classify.Employee, classify.OtherPerson,
	classify.ThirdPartyWork, classify.Stock,
}

// isPersons reports whether a label is about people shown.
func isPersons(l classify.Label) bool { return l != classify.Stock && l != classify.ThirdPartyWork }

// value is what people entered in a field, "" if nothing.
func (a *Assessment) value(f Field) string { return a.Decided[f].Value }

// shown is the findings as the reviewer corrected them by "actually shown".
func (a *Assessment) shown() []classify.Finding {
	only := func(keep func(classify.Label) bool, add classify.Label) []classify.Finding {
		var out []classify.Finding
		has := add == ""
		for _, f := range a.Findings {
			if keep(f.Label) {
				out = append(out, f)
				has = has || f.Label == add
			}
		}
		if !has {
			out = append(out, classify.Finding{Label: add, Band: classify.Sure})
			slices.SortStableFunc(out, func(x, y classify.Finding) int {
				return cmp.Compare(slices.Index(classify.Labels, x.Label), slices.Index(classify.Labels, y.Label))
			})
		}
		return out
	}
	who := func(l classify.Label) bool {
		return l == classify.Employee || l == classify.Customer || l == classify.OtherPerson
	}
	instead := func(l classify.Label) []classify.Finding {
		return only(func(x classify.Label) bool { return x == l || !who(x) }, l)
	}
	switch a.value(FieldShown) {
	case "staff":
		return instead(classify.Employee)
	case "clients":
		return instead(classify.Customer)
	case "others":
		return instead(classify.OtherPerson)
	case "nobody":
		return only(func(l classify.Label) bool { return !isPersons(l) }, "")
	case "models":
		return only(func(l classify.Label) bool { return !isPersons(l) }, classify.Stock)
	default:
		return a.Findings
	}
}

// weighing is one call of Assess.
type weighing struct {
	Assessment
	findings  []classify.Finding
	traits    map[string]string // trait → what shows it, "" where nothing can be quoted
	provider  *Provider
	own       *LicenceTerms
	ground    Ground // of the item, as it counts
	groundWhy []Step
	byClass   map[bool]Ground // persons (true) or works (false) → ground
	reviewed  map[bool]bool   // persons or works → the ground is the reviewer's entry

	proposed     Ground // by the lists
	proposedWhy  []Step
	listedFormer bool
}

// groupFrom is from how many people on single ones recede into a group: two side by side do not.
const groupFrom = 3

// look finds the traits of the item.
func (w *weighing) look() {
	w.traits = map[string]string{}
	for i, f := range w.Facts {
		if f == nil {
			continue
		}
		place := "media[" + strconv.Itoa(i) + "]"
		if strings.HasPrefix(f.Metadata.DataMining, "DMI-PROHIBITED") {
			w.traits["prohibited"] = place + ".metadata.data_mining: " + f.Metadata.DataMining
		}
		if f.Metadata.ModelRelease == "MR-UMR" {
			w.traits["release"] = place + ".metadata.model_release: " + f.Metadata.ModelRelease
		}
	}
	if a, at := picture.Foremost(w.Facts); at >= 0 {
		if people := *w.Facts[at].People; a != picture.GroupShot || people >= groupFrom {
			w.traits[string(a)] = strconv.Itoa(people)
		}
	}
	if w.Item.Kind == scanner.Story {
		w.traits["story"] = ""
	}
	if w.Former {
		w.traits["former"] = ""
	}
	for _, f := range w.findings {
		for _, e := range f.Evidence {
			if e.Weight > 0 && e.Rule == "records.person.former" {
				w.traits["former"] = e.Quote
			}
		}
	}
	_, w.listedFormer = w.traits["former"]
	switch w.value(FieldLeft) {
	case "yes":
		w.traits["former"] = ""
	case "no":
		delete(w.traits, "former")
	}
	quoted := make([][][]string, len(w.findings)) // words of each quote
	for i, f := range w.findings {
		quoted[i] = make([][]string, len(f.Evidence))
		for k, e := range f.Evidence {
			quoted[i][k] = nameWords(records.Quoted(w.Item, w.Facts, e))
		}
	}
	empty := w.nobodySeen()
	for i := range w.Law.method.traits {
		t := &w.Law.method.traits[i]
		if quote, ok := t.in(w, quoted, t.Seen && empty); ok {
			w.traits[t.ID] = quote
		}
	}
	w.provider = w.Law.StockProvider(w.Item, w.Facts, w.findings)
	w.own = w.terms()
	w.lookAtTerms()
}

// nobodySeen reports whether somebody looked at each picture and saw no people, and no reviewer says otherwise. A name then
// makes nobody in the picture known: it may be that of a rock.
func (w *weighing) nobodySeen() bool {
	switch w.value(FieldShown) {
	case "staff", "clients", "others", "mixed":
		return false
	}
	return len(w.Facts) > 0 && !slices.ContainsFunc(w.Facts, func(f *picture.Facts) bool {
		return f == nil || f.People == nil || *f.People > 0
	})
}

// lookAtTerms finds the traits that terms of licences tell: the owner's own licence before what is known of its provider.
// A clause against machine learning is not made up for by leave to publish.
func (w *weighing) lookAtTerms() {
	own := LicenceTerms{Social: Silent, AI: Silent}
	if w.own != nil {
		own = *w.own
	}
	codes := strings.Join(own.Codes, ", ")
	p := w.provider
	if p != nil {
		w.traits["provider"] = p.Name
		if p.Editorial {
			w.traits["provider_editorial"] = p.Name
		}
	}
	if w.own != nil && p == nil {
		w.traits["provider"] = codes // a picture with a licence is of known origin
	}
	switch {
	case own.AI == Forbidden:
		w.traits["licence_forbids_ai"] = codes
	case own.AI == Silent && p != nil && p.AI == Forbidden:
		w.traits["provider_forbids_ai"] = p.Name
	case own.Ended:
	case own.Social == Allowed:
		w.traits["licence_social"] = codes
	case own.Social == Silent && p != nil && p.Social == Allowed:
		w.traits["provider_allows_social"] = p.Name
	}
}

// in looks for the trait in the evidence that speaks for a finding. Of several it quotes words before codes, and of words
// the fewest. fieldsOnly leaves out what texts say.
func (t *trait) in(w *weighing, quoted [][][]string, fieldsOnly bool) (quote string, ok bool) {
	worded := false
	for i, f := range w.findings {
		if len(t.Labels) > 0 && !slices.Contains(t.Labels, string(f.Label)) {
			continue
		}
		for k, e := range f.Evidence {
			if e.Weight <= 0 {
				continue
			}
			if !t.shownBy(w, &e, quoted[i][k], fieldsOnly) {
				if t.Every {
					return "", false
				}
				continue
			}
			words := e.End > e.Start
			if !ok || words && !worded || words == worded && len(e.Quote) < len(quote) {
				quote, worded = e.Quote, words
			}
			ok = true
		}
	}
	return quote, ok
}

// shownBy reports whether one piece of evidence, whose quote has these words, shows the trait.
func (t *trait) shownBy(w *weighing, e *classify.Evidence, words []string, fieldsOnly bool) bool {
	hit := func(patterns []string, s string) bool {
		return slices.ContainsFunc(patterns, func(p string) bool { return match(p, s) })
	}
	if hit(t.Fields, e.Field) || len(t.Made) > 0 && slices.Contains(t.Made, w.madeBy(e)) {
		return true
	}
	quote := strings.ToLower(strings.ReplaceAll(e.Quote, "/", " "))
	return !fieldsOnly && !hit(t.Unless, quote) && (hit(t.Rules, e.Rule) || hit(t.Quotes, quote) ||
		slices.ContainsFunc(t.runs, func(run []string) bool { return records.ContainsRun(words, run) }) ||
		slices.ContainsFunc(t.whole, func(run []string) bool { return slices.Equal(words, run) }) && closed(w.Item, e))
}

// madeBy is the digital source type of the file in whose metadata evidence stands, "" where it stands elsewhere.
func (w *weighing) madeBy(e *classify.Evidence) string {
	for i, f := range w.Facts {
		if f != nil && strings.HasPrefix(e.Field, "media["+strconv.Itoa(i)+"].metadata.") {
			return f.Metadata.DigitalSourceType
		}
	}
	return ""
}

// closed reports whether no word follows a quote in its line: "Foto: KI" in "Foto: KI Institut" is a part of a name.
func closed(item *scanner.Item, e *classify.Evidence) bool {
	if e.Field != "text" || e.End > len(item.Text) {
		return true
	}
	rest, _, _ := strings.Cut(item.Text[e.End:], "\n")
	next, _ := utf8.DecodeRuneInString(strings.TrimSpace(rest))
	return rest == "" || !unicode.IsLetter(next) && !unicode.IsDigit(next)
}

// StockProvider is the stock library or agency whose picture an item seems to use: named in the evidence of a stock
// finding, in the metadata or in the file name. nil where none is named.
func (l *Law) StockProvider(item *scanner.Item, facts []*picture.Facts, findings []classify.Finding) *Provider {
	i := slices.IndexFunc(findings, func(f classify.Finding) bool { return f.Label == classify.Stock })
	if i < 0 {
		return nil
	}
	for _, e := range findings[i].Evidence {
		if e.Weight <= 0 {
			continue
		}
		if p := cmp.Or(l.ProviderIn(records.Quoted(item, facts, e)), l.ProviderIn(e.Rule)); p != nil {
			return p
		}
	}
	for j := range item.Media {
		if j < len(facts) && facts[j] != nil {
			m := facts[j].Metadata
			for _, s := range []string{m.Credit, m.Source, m.Copyright, m.Creator, m.Licensor, m.WebStatement, m.Instructions} {
				if p := l.ProviderIn(s); p != nil {
					return p
				}
			}
		}
		if p := l.ProviderIn(item.Media[j].File); p != nil {
			return p
		}
	}
	return nil
}

// has reports whether a trait holds for a label.
func (w *weighing) has(t string, f *classify.Finding) (arg string, ok bool) {
	if t == "weak" {
		return string(f.Label), f.Band == classify.Possible && w.value(FieldStatus) != "confirmed" && w.value(FieldShown) == ""
	}
	arg, ok = w.traits[t]
	return arg, ok
}

// start is the starting value for a label in a view, nil if the view has none for it.
func (w *weighing) start(l classify.Label, v View) *start {
	for i := range w.Law.method.starts {
		s := &w.Law.method.starts[i]
		if s.Label != string(l) || s.View != v {
			continue
		}
		if _, ok := w.traits[s.Trait]; s.Trait == "" || ok {
			return s
		}
	}
	return nil
}

// inForce reports whether an objection had been made by the status date.
func (w *weighing) inForce() bool {
	return !w.Objection.IsZero() && !dayOf(w.Objection).After(dayOf(w.StatusDate))
}

// confirmed reports whether Meta had confirmed an objection by the status date.
func (w *weighing) confirmed() bool {
	return w.inForce() && !w.Confirmed.IsZero() && !dayOf(w.Confirmed).After(dayOf(w.StatusDate)) && !w.tooEarly()
}

// tooEarly reports whether the confirmation bears an earlier day than the objection: one of the two is a slip.
func (w *weighing) tooEarly() bool {
	return !w.Confirmed.IsZero() && dayOf(w.Confirmed).Before(dayOf(w.Objection))
}

// objected is what a confirmed objection does to a starting value: the state after the objection.
func (w *weighing) objected(s *start) *Step {
	st := w.step("risk.objection", nil, "PR-LATE", "PR-10")
	if w.confirmed() {
		st = w.step("risk.objection_made", map[string]string{"Date": w.Objection.Format(time.DateOnly)}, "PR-LATE", "PR-10")
	}
	st.Likelihood = s.Objection - s.Likelihood
	return &st
}

// objectedToday is what an objection that was made does to today's rating, nil where none was made. It lowers only what
// it surely reaches: it has to be confirmed, and the item must not have been open to training before. Whether an
// objection takes older items out of later training is disputed (PR-LATE), and a value of today must not rest on that.
func (w *weighing) objectedToday(s *start) *Step {
	if w.Objection.IsZero() && !w.Confirmed.IsZero() {
		st := w.step("risk.objection_no_day", map[string]string{"Confirmed": w.Confirmed.Format(time.DateOnly)}, "RM-11", "PR-07", "PR-10")
		return &st
	}
	if !w.inForce() {
		return nil
	}
	args := map[string]string{"Date": w.Objection.Format(time.DateOnly)}
	switch {
	case w.tooEarly():
		args["Confirmed"] = w.Confirmed.Format(time.DateOnly)
		st := w.step("risk.objection_too_early", args, "RM-11", "PR-07", "PR-10")
		return &st
	case !w.confirmed():
		st := w.step("risk.objection_unconfirmed", args, "RM-11", "PR-07", "PR-10")
		return &st
	}
	late := !dayOf(w.Objection).Before(dayOf(TrainingStart.In(Berlin)))
	switch period := PeriodOf(w.Item.Created, w.Objection, w.StatusDate, w.Zone); {
	case late && period == PeriodUnknown:
		st := w.step("risk.objection_undated", args, "RM-11", "PR-LATE", "PR-10")
		return &st
	case late && period != AfterObjection:
		if w.Item.Kind != scanner.Story {
			args["Days"] = strconv.Itoa(w.exposedUntil(w.Objection))
		}
		st := w.step("risk.objection_late", args, "RM-11", "PR-LATE", "PR-10")
		return &st
	}
	args["Confirmed"] = w.Confirmed.Format(time.DateOnly)
	law := []string{"RM-11", "PR-LATE", "PR-07"}
	if w.Item.Platform == scanner.Facebook {
		law = append(law, "PB-04") // an open question that stands beside it
	}
	st := w.step("risk.objection_reaches", args, law...)
	st.Likelihood = s.Objection - s.Likelihood
	return &st
}

// weigh rates one label in one view.
func (w *weighing) weigh(f classify.Finding, s *start) Weighed {
	out := Weighed{Label: f.Label, View: s.View, Start: s.ID}
	with := w.rate(&f, s, w.objected(s))
	out.Today, out.AfterObjection = w.rate(&f, s, w.objectedToday(s)), with
	proposed, _ := w.measure(&out)
	measure := proposed
	if m := w.value(FieldMeasure); slices.Contains(Measures, m) {
		measure = m
	}
	out.AfterCleanup = w.cleaned(with, s, measure)
	switch {
	case !w.Gone.IsZero():
		out.Today = w.cleaned(out.Today, s, "delete")
		out.Today.Steps = append(out.Today.Steps, w.step("risk.gone", map[string]string{"Date": w.Gone.In(w.Zone).Format(time.DateOnly)}, "PR-20"))
	case w.isDone():
		out.Today = w.cleaned(out.Today, s, w.value(FieldMeasure))
		out.Today.Steps = append(out.Today.Steps, w.step("risk.done", map[string]string{"Measure": w.value(FieldMeasure)}))
	}
	return out
}

// isDone reports whether the reviewer entered a measure as done by the status date.
func (w *weighing) isDone() bool {
	done, err := time.Parse(time.DateOnly, w.value(FieldDone))
	return err == nil && slices.Contains(Measures, w.value(FieldMeasure)) && !done.After(dayOf(w.StatusDate))
}

func (w *weighing) step(key string, args map[string]string, law ...string) Step {
	return Step{Key: key, Args: args, Law: w.Law.Cited(law, w.StatusDate)}
}

// rate adds up one rating; objection is what an objection does to it, nil without one. Each step carries what it really
// changed, so that the steps add up to the rating.
func (w *weighing) rate(f *classify.Finding, s *start, objection *Step) Rating {
	first := w.step("risk.start."+s.ID, nil, s.Law...)
	first.Likelihood, first.Severity = s.Likelihood, s.Severity
	r := Rating{Likelihood: s.Likelihood, Severity: s.Severity, Steps: []Step{first}}
	if objection != nil {
		r.Likelihood += objection.Likelihood
		r.Steps = append(r.Steps, *objection)
	}
	fact := false
	apply := func(key string, c *change, args map[string]string) {
		if len(c.Starts) > 0 && !slices.ContainsFunc(c.Starts, func(p string) bool { return match(p, s.ID) }) || c.View != "" && c.View != s.View {
			return
		}
		fact = fact || c.Fact
		top := 3
		if fact {
			top = 4
		}
		law := c.Law
		if p := w.provider; p != nil && strings.HasPrefix(c.Trait, "provider_") {
			law = append(slices.Clone(law), p.Record) // where the terms were seen
		}
		st := w.step(key, args, law...)
		l := min(max(r.Likelihood+c.Likelihood, 1), max(top, r.Likelihood))
		v := min(max(r.Severity+c.Severity, s.MinSeverity), s.MaxSeverity)
		st.Likelihood, st.Severity = l-r.Likelihood, v-r.Severity
		st.Capped = st.Likelihood != c.Likelihood || st.Severity != c.Severity
		r.Likelihood, r.Severity = l, v
		r.Steps = append(r.Steps, st)
	}
	for i := range w.Law.method.changes {
		c := &w.Law.method.changes[i]
		if arg, ok := w.has(c.Trait, f); ok {
			var args map[string]string
			if arg != "" {
				args = map[string]string{"What": arg}
			}
			apply("risk.change."+c.ID, c, args)
		}
	}
	g := w.byClass[isPersons(f.Label)]
	var args map[string]string
	if w.reviewed[isPersons(f.Label)] {
		args = map[string]string{"Reviewed": "yes"}
	}
	for i := range w.Law.method.grounds {
		if c := &w.Law.method.grounds[i]; c.Ground == g {
			apply("risk.ground."+string(g), c, args)
		}
	}
	return r
}

// cleaned is a rating once a measure is done.
func (w *weighing) cleaned(r Rating, s *start, measure string) Rating {
	out := Rating{Likelihood: r.Likelihood, Severity: r.Severity, Steps: append(slices.Clip(slices.Clone(r.Steps)), w.step("risk.cleanup."+measure, nil))}
	st := &out.Steps[len(out.Steps)-1]
	for i := range w.Law.method.cleanups {
		c := &w.Law.method.cleanups[i]
		if c.Measure != measure {
			continue
		}
		st.Law = w.Law.Cited(c.Law, w.StatusDate)
		if c.Likelihood > 0 {
			out.Likelihood = min(out.Likelihood, c.Likelihood)
		}
		out.Severity = max(out.Severity+c.Severity, 1)
	}
	st.Likelihood, st.Severity = out.Likelihood-r.Likelihood, out.Severity-r.Severity
	return out
}

// measure is the first proposal of the method that fits the heaviest finding.
func (w *weighing) measure(h *Weighed) (string, []Step) {
	f := classify.Finding{Label: h.Label}
	if i := slices.IndexFunc(w.findings, func(x classify.Finding) bool { return x.Label == h.Label }); i >= 0 {
		f = w.findings[i]
	}
	g := w.byClass[isPersons(h.Label)]
	for i := range w.Law.method.measures {
		p := &w.Law.method.measures[i]
		if len(p.Starts) > 0 && !slices.ContainsFunc(p.Starts, func(x string) bool { return match(x, h.Start) }) ||
			len(p.Grounds) > 0 && !slices.Contains(p.Grounds, g) {
			continue
		}
		if _, ok := w.has(p.Trait, &f); p.Trait != "" && !ok {
			continue
		}
		return p.Measure, []Step{w.step("risk.measure."+p.Measure, nil, p.Law...)}
	}
	return "keep", []Step{w.step("risk.measure.keep", nil, "MS-01", "MS-12")}
}

// PeriodOf says when an item was public, seen from the start of training and from the objection. An item of the day of
// the objection counts as published before it; an objection after the status date has not been made yet.
func PeriodOf(created, objection, status time.Time, zone *time.Location) Period {
	if zone == nil {
		zone = Berlin
	}
	if !objection.IsZero() && !status.IsZero() && dayOf(objection).After(dayOf(status.In(zone))) {
		objection = time.Time{}
	}
	switch {
	case created.IsZero():
		return PeriodUnknown
	case created.Before(TrainingStart):
		return BeforeTraining
	case objection.IsZero():
		return ObjectionOpen
	case !dayOf(created.In(zone)).After(dayOf(objection)):
		return UntilObjection
	default:
		return AfterObjection
	}
}

// exposed is how many days the item was public since training began, until the status date or until it was no longer
// found.
func (w *weighing) exposed() int {
	to := w.StatusDate
	if !w.Gone.IsZero() && w.Gone.Before(to) {
		to = w.Gone
	}
	return w.exposedUntil(to.In(w.Zone))
}

// exposedUntil is how many days the item was public between the start of training and a day.
func (w *weighing) exposedUntil(to time.Time) int {
	if w.Item.Created.IsZero() {
		return 0
	}
	from := TrainingStart
	if w.Item.Created.After(from) {
		from = w.Item.Created
	}
	return max(int(dayOf(to).Sub(dayOf(from.In(w.Zone)))/(24*time.Hour)), 0)
}

// doubts are the counter-arguments that stand beside a label.
func (w *weighing) doubts(l classify.Label) []string {
	var ids []string
	for _, r := range w.Law.doubts[l] {
		ids = append(ids, r.ID)
	}
	return w.Law.Cited(ids, w.StatusDate)
}

// categoriesOf maps labels onto the catalogue's categories of people and works.
var categoriesOf = map[classify.Label][]string{
	classify.Employee:        {"EMP", "EMPX", "APPL"},
	classify.Customer:        {"CUST", "PAT"},
	classify.OtherPerson:     {"EVENT"},
	classify.Minor:           {"MINOR"},
	classify.SpecialCategory: {"SPECIAL", "PAT"},
	classify.Stock:           {"STOCK"},
	classify.ThirdPartyWork:  {"PHOTOG", "THIRD", "UGC"},
}

// Rated is likelihood and severity as they count: the reviewer's own where both are given, else the proposed ones; 0, 0
// without risk.
func (r *Row) Rated() (likelihood, severity int) {
	if r.Risk == nil {
		return 0, 0
	}
	l, errL := strconv.Atoi(r.Decided[FieldLikelihood].Value)
	s, errS := strconv.Atoi(r.Decided[FieldSeverity].Value)
	if errL == nil && errS == nil && l >= 1 && l <= 4 && s >= 1 && s <= 4 {
		return l, s
	}
	return r.Risk.Today.Likelihood, r.Risk.Today.Severity
}

// ExposedDays is how many days the item was public since training began. It is not known without a date, nor of a story,
// which is gone after a day unless it was kept as a highlight: exports do not say which were.
func (r *Row) ExposedDays() (days int, known bool) {
	if r.Risk == nil || r.Item.Created.IsZero() || r.Item.Kind == scanner.Story {
		return 0, false
	}
	return r.Risk.Exposed, true
}

// Sentence is a step in words: why, and what it changed.
func (t *Texts) Sentence(s Step) string {
	pairs := make([]any, 0, 2*len(s.Args))
	for name, v := range s.Args {
		switch name {
		case "Date", "Confirmed":
			v = t.Day(v)
		case "Measure":
			v = t.Say("risk.measure_name." + v)
		case "Works":
			v = t.Say("ground.name." + v)
		}
		pairs = append(pairs, name, v)
	}
	return t.Say(s.Key, pairs...)
}
