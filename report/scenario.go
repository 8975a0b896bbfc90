package report

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"pagerisk/scanner"
)

// Scenario is one risk of the register: cause, event, consequence. Its words are in the texts under "scenario.<id>.…"
// (title, cause, event, consequence, group, ground, gap, existing, proposed); its code is stable across runs.
type Scenario struct {
	ID string `toml:"id"` // "R-01"
	// Starts are the starting values that belong to it, as patterns of their ids; "employee+trainee" only counts where
	// the item has the trait too.
	Starts []string `toml:"starts"`
	// Rated are those of Starts whose ratings come first: what else the item shows has scenarios of its own.
	Rated   []string `toml:"rated"`
	Trait   string   `toml:"trait"`   // only where the item has it
	Without string   `toml:"without"` // only where the item has it not
	Unless  []Ground `toml:"unless"`  // not where the people, or the works, have one of these grounds
	Measure string   `toml:"measure"` // usually proposed
	Law     []string `toml:"law"`
	// Unseen marks the scenario of incomplete data: its items are the inputs that could not be read, and its rating is
	// the fixed one that follows.
	Unseen     bool `toml:"unseen"`
	Likelihood int  `toml:"likelihood"`
	Severity   int  `toml:"severity"`

	line int
}

// ScenarioWords are the texts that every scenario has.
var ScenarioWords = []string{"title", "cause", "event", "consequence", "group", "ground", "gap", "existing", "proposed"}

var scenarioID = regexp.MustCompile(`^R-[0-9]{2}$`)

func (l *Law) checkScenarios(wrong func(string, int, string, ...any)) {
	const file = "scenarios.toml"
	seen := map[string]bool{}
	for _, s := range l.Scenarios {
		bad := func(format string, args ...any) {
			wrong(file, s.line, "scenario %q: %s", s.ID, fmt.Sprintf(format, args...))
		}
		if !scenarioID.MatchString(s.ID) || seen[s.ID] {
			bad("the id is not of the form R-01, or used already")
		}
		seen[s.ID] = true
		for _, lang := range Languages {
			for _, word := range ScenarioWords {
				if key := "scenario." + s.ID + "." + word; !NewTexts(lang).Has(key) {
					bad("the text %s is missing in %q", key, lang)
				}
			}
		}
		traits := []string{s.Trait, s.Without}
		for _, p := range s.Starts {
			id, with, _ := strings.Cut(p, "+")
			traits = append(traits, with)
			if !slices.ContainsFunc(l.method.starts, func(x start) bool { return match(id, x.ID) }) {
				bad("no starting value is called %q", id)
			}
		}
		for _, t := range traits {
			if t != "" && !slices.Contains(builtinTraits, t) && !slices.ContainsFunc(l.method.traits, func(x trait) bool { return x.ID == t }) {
				bad("trait %q is unknown", t)
			}
		}
		for _, g := range s.Unless {
			if !slices.Contains(Grounds, g) {
				bad("ground %q is unknown", g)
			}
		}
		for _, p := range s.Rated {
			if !slices.Contains(s.Starts, p) {
				bad("rated %q is not among its starts", p)
			}
		}
		if !slices.Contains(Measures, s.Measure) {
			bad("measure %q is unknown", s.Measure)
		}
		if s.Unseen == (len(s.Starts) > 0) {
			bad("needs either starts or unseen")
		}
		if s.Unseen && (s.Likelihood < 1 || s.Likelihood > 4 || s.Severity < 1 || s.Severity > 4) {
			bad("likelihood and severity are numbers from 1 to 4")
		}
		for _, id := range s.Law {
			if l.byID[id] == nil {
				bad("cites %q, which is not in the catalogue", id)
			}
		}
	}
	if len(seen) == 0 {
		wrong(file, 0, "no scenario")
	}
}

// fits reports whether a starting value belongs to the scenario; has tells the traits of the item, nil = all.
func (s *Scenario) fits(start string, has func(trait string) bool) bool {
	return slices.ContainsFunc(s.Starts, func(p string) bool {
		id, with, _ := strings.Cut(p, "+")
		return match(id, start) && (with == "" || has == nil || has(with))
	})
}

// scenarios are the ids of the scenarios that an item belongs to.
func (w *weighing) scenarios(all []Weighed) []string {
	ids := []string{}
	has := func(t string) bool { _, ok := w.traits[t]; return ok }
	for i := range w.Law.Scenarios {
		s := &w.Law.Scenarios[i]
		if !slices.ContainsFunc(all, func(x Weighed) bool {
			return s.fits(x.Start, has) && !slices.Contains(s.Unless, w.byClass[isPersons(x.Label)])
		}) {
			continue
		}
		if s.Trait != "" && !has(s.Trait) || s.Without != "" && has(s.Without) {
			continue
		}
		ids = append(ids, s.ID)
	}
	return ids
}

// maxReferences is how many finding numbers a scenario names; the sheet shows a few of them and the rest as a number.
const maxReferences = 20

// ScenarioTotal is one scenario with the numbers of this register.
type ScenarioTotal struct {
	Scenario
	Items     int // with the scenario, without those that reviewers set aside
	Confirmed int // status "confirmed"
	Open      int // nobody has decided yet: no status, "open", "ask" or "later"
	Undone    int // confirmed, and no measure entered as done
	SetAside  int // status "no_risk"
	From, To  time.Time
	Platforms []scanner.Platform
	Grounds   map[Ground]int
	Levels    map[Level]int // of the items, today
	// The heaviest item in each state; zero without items.
	Today, AfterObjection, AfterCleanup Rating
	Heaviest                            scanner.Key // item behind Today, "" without items
	Numbers                             []int       // register numbers, heaviest first, at most 20
	More                                int         // further items beside Numbers

	refs []reference
}

type reference struct {
	number, score int
}

// Level is the zone of the rating today, "" for a scenario without items.
func (s *ScenarioTotal) Level() Level {
	if s.Items == 0 {
		return ""
	}
	return s.Today.Level()
}

// Scenarios adds up the scenarios of a register, row by row. It holds a bounded amount of memory whatever the number of
// rows.
type Scenarios struct {
	totals []ScenarioTotal
}

// NewScenarios begins with all scenarios of a catalogue at 0, as they stood on a day.
func NewScenarios(l *Law, day time.Time) *Scenarios {
	if l == nil {
		l = BuiltinLaw()
	}
	s := &Scenarios{totals: make([]ScenarioTotal, len(l.Scenarios))}
	for i, sc := range l.Scenarios {
		sc.Law = l.Cited(sc.Law, day)
		s.totals[i] = ScenarioTotal{Scenario: sc, Grounds: map[Ground]int{}, Levels: map[Level]int{}}
	}
	return s
}

// Add counts one row.
func (s *Scenarios) Add(row *Row) {
	if row.Risk == nil {
		return
	}
	for i := range s.totals {
		if t := &s.totals[i]; slices.Contains(row.Risk.Scenarios, t.ID) {
			t.add(row)
		}
	}
}

// Note counts one note: inputs that could not be read are the items of the scenario of incomplete data.
func (s *Scenarios) Note(n scanner.Note) {
	if n.Code.Class() != scanner.Failed {
		return
	}
	for i := range s.totals {
		t := &s.totals[i]
		if !t.Unseen {
			continue
		}
		t.Items++
		t.Open++
		rating := func(l int, key string) Rating {
			return Rating{Likelihood: l, Severity: t.Severity, Steps: []Step{{Key: key, Likelihood: l, Severity: t.Severity, Law: t.Law}}}
		}
		t.Today = rating(t.Likelihood, "risk.unseen.today")
		t.AfterObjection = rating(max(t.Likelihood-1, 1), "risk.unseen.objection")
		t.AfterCleanup = rating(1, "risk.unseen.cleanup")
		t.Levels = map[Level]int{t.Today.Level(): t.Items}
	}
}

// Totals are all scenarios in the order of the catalogue, those without items with 0.
func (s *Scenarios) Totals() []ScenarioTotal {
	out := slices.Clone(s.totals)
	for i := range out {
		t := &out[i]
		t.Numbers = nil
		for _, r := range t.refs {
			t.Numbers = append(t.Numbers, r.number)
		}
		t.More = max(t.Items-len(t.Numbers), 0)
	}
	return out
}

func (t *ScenarioTotal) add(row *Row) {
	status := row.Decided[FieldStatus].Value
	if status == "no_risk" {
		t.SetAside++
		return
	}
	t.Items++
	if status == "confirmed" {
		t.Confirmed++
		if row.Decided[FieldDone].Value == "" {
			t.Undone++
		}
	} else {
		t.Open++
	}
	if c := row.Item.Created; !c.IsZero() {
		if t.From.IsZero() || c.Before(t.From) {
			t.From = c
		}
		if c.After(t.To) {
			t.To = c
		}
	}
	if i, ok := slices.BinarySearch(t.Platforms, row.Item.Platform); !ok {
		t.Platforms = slices.Insert(t.Platforms, i, row.Item.Platform)
	}
	t.Grounds[row.Risk.Ground]++

	// The rating of the scenario is that of its own label, not of what else the item shows. A reviewer's own rating is
	// about the whole item and counts for each of its scenarios.
	today, after, clean := t.ratings(row)
	t.Levels[today.Level()]++
	more := func(a, b Rating) bool {
		return a.Score() > b.Score() || a.Score() == b.Score() && a.Severity > b.Severity
	}
	if t.Heaviest == "" || more(today, t.Today) {
		t.Today, t.Heaviest = today, row.Item.Key
	}
	if more(after, t.AfterObjection) {
		t.AfterObjection = after
	}
	if more(clean, t.AfterCleanup) {
		t.AfterCleanup = clean
	}
	if row.Number > 0 {
		r := reference{row.Number, today.Score()}
		i, _ := slices.BinarySearchFunc(t.refs, r, func(a, b reference) int {
			return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.number, b.number))
		})
		if i < maxReferences {
			t.refs = slices.Insert(t.refs, i, r)
			t.refs = t.refs[:min(len(t.refs), maxReferences)]
		}
	}
}

// ratings are the heaviest ratings of the labels behind the scenario, in the view that the starting values name.
func (t *ScenarioTotal) ratings(row *Row) (today, after, clean Rating) {
	var best *Weighed
	first := false // best is one of Rated
	for i := range row.Risk.Weighed {
		w := &row.Risk.Weighed[i]
		own := slices.Contains(t.Rated, w.Start)
		if t.fits(w.Start, nil) && (best == nil || own && !first || own == first && heavier(w, best)) {
			best, first = w, own
		}
	}
	if best == nil { // a row of another catalogue
		return row.Risk.Today, row.Risk.AfterObjection, row.Risk.AfterCleanup
	}
	today, after, clean = best.Today, best.AfterObjection, best.AfterCleanup
	if l, s := row.Rated(); l != row.Risk.Today.Likelihood || s != row.Risk.Today.Severity {
		today.Steps = append(slices.Clip(today.Steps), Step{Key: "risk.own", Likelihood: l - today.Likelihood, Severity: s - today.Severity})
		today.Likelihood, today.Severity = l, s
	}
	return today, after, clean
}
