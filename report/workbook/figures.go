package workbook

import (
	"cmp"
	"slices"
	"time"

	"pagerisk/classify"
	"pagerisk/report"
	"pagerisk/scanner"
)

// figures are all sums that the register states. They are computed here and nowhere else; where a cell shows one as a
// formula, so that it follows what people enter, the figure is its stored result.
type figures struct {
	all, published int // published: and still there
	unpublished    map[scanner.State]int
	gone           int // were published, and are no longer found
	media          int
	mediaStatus    map[scanner.Status]int
	videos         int // in which nobody looked for people
	videosLooked   int // in frames or the cover of which somebody did
	notLooked      int // pictures that were read, and nobody could look for people in
	population     int // published items with pictures and without finding: what the sample is drawn from
	sampled        int
	farewells      int // rows with a score whose text says goodbye to somebody of the staff
	again          int // decided on, and changed since
	conflicts      int // fields that two people filled in differently
	sampleSeen     int
	sampleFound    int
	first, last    time.Time
	kinds          map[kindKey]*tallyLine
	albums         map[string]*tallyLine
	notes          map[scanner.Code]int
	rules          map[string]*ruleHits
	scenarios      *report.Scenarios

	flagged int // rows with a score: published, still there, something found
	levels  map[report.Level]int
	high    int       // high and very high, without those set aside
	open    int       // neither confirmed nor set aside
	matrix  [5][5]int // [likelihood][severity], without those set aside
	// Without those set aside: rated in a view, and all in the view of the organisation as the program proposes it.
	viewed       map[viewedAt]int
	organisation map[report.Level]int
	years        []int
	byYear       map[int]map[report.Level]int
	undated      map[report.Level]int
	yearOf       map[int]map[classify.Label]int
	labels       map[classify.Label]int
	labelTop     map[classify.Label]int   // of them high and very high, without those set aside
	periods      map[report.Period][2]int // decided, open
	statuses     map[string]int
	entered      map[report.Ground]int // what reviewers entered as ground
	proposed     map[report.Ground]int // what the owner's lists propose where nobody entered anything
	// What the ground that counts says of AI training. Only a consent or licence that names it covers it; leave by statute
	// to publish, or none being needed, says something else.
	coveredEntered, coveredProposed, statutory, notNeeded int
}

type kindKey struct {
	platform scanner.Platform
	kind     scanner.Kind
}

// viewedAt is a level in a view.
type viewedAt struct {
	view  report.View
	level report.Level
}

// ruleHits is how often a rule answered in this register, and what reviewers said of these items.
type ruleHits struct{ all, confirmed, rejected int }

type tallyLine struct{ items, flagged int }

func (f *figures) start(b *book) {
	*f = figures{
		unpublished: map[scanner.State]int{}, mediaStatus: map[scanner.Status]int{}, kinds: map[kindKey]*tallyLine{},
		albums: map[string]*tallyLine{}, rules: map[string]*ruleHits{}, notes: map[scanner.Code]int{}, levels: map[report.Level]int{},
		viewed:       map[viewedAt]int{},
		organisation: map[report.Level]int{},
		byYear:       map[int]map[report.Level]int{}, undated: map[report.Level]int{}, yearOf: map[int]map[classify.Label]int{},
		labels: map[classify.Label]int{}, labelTop: map[classify.Label]int{}, periods: map[report.Period][2]int{},
		statuses: map[string]int{}, entered: map[report.Ground]int{}, proposed: map[report.Ground]int{},
		scenarios: report.NewScenarios(b.r.Law, b.r.Head.StatusDate),
	}
}

func (f *figures) add(b *book, row *report.Row) {
	it := row.Item
	f.all++
	f.scenarios.Add(row)
	if row.LookAgain() {
		f.again++
	}
	found := len(row.Findings) > 0
	switch {
	case it.State != scanner.Published:
		f.unpublished[it.State]++
	case !row.Gone.IsZero():
		f.gone++
	default:
		f.published++
		if !it.Created.IsZero() {
			at := it.Created.In(b.zone)
			if f.first.IsZero() || at.Before(f.first) {
				f.first = at
			}
			if at.After(f.last) {
				f.last = at
			}
		}
		bump(f.kinds, kindKey{it.Platform, it.Kind}, found)
		if it.Album != "" {
			bump(f.albums, it.Album, found)
		}
	}
	if it.State == scanner.Published && !found && len(it.Media) > 0 {
		f.population++
	}
	for i, m := range it.Media {
		f.media++
		f.mediaStatus[cmp.Or(m.Status, scanner.Missing)]++
		video, read, looked := m.Video, false, false
		if i < len(row.Facts) && row.Facts[i] != nil {
			video, read, looked = video || row.Facts[i].Video, true, row.Facts[i].People != nil
		}
		switch {
		case video && looked:
			f.videosLooked++
		case video:
			f.videos++
		case read && !looked:
			f.notLooked++
		}
	}
	for _, id := range rulesOf(row) {
		h := f.rules[id]
		if h == nil {
			h = &ruleHits{}
			f.rules[id] = h
		}
		h.all++
		switch row.Decided[report.FieldStatus].Value {
		case "confirmed":
			h.confirmed++
		case "no_risk":
			h.rejected++
		}
	}
	if row.Sample {
		f.sampled++
		switch row.Decided[report.FieldShown].Value {
		case "staff", "clients", "others", "mixed":
			f.sampleSeen++
			f.sampleFound++
		case "nobody", "models":
			f.sampleSeen++
		}
	}
}

// rulesOf are the rules that spoke for a finding of the item, each once.
func rulesOf(row *report.Row) []string {
	var ids []string
	for _, f := range row.Findings {
		for _, e := range f.Evidence {
			if id := report.RuleName(e.Rule); e.Weight > 0 && !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

func bump[K comparable](m map[K]*tallyLine, k K, found bool) {
	t := m[k]
	if t == nil {
		t = &tallyLine{}
		m[k] = t
	}
	t.items++
	if found {
		t.flagged++
	}
}

func (f *figures) note(n scanner.Note) {
	f.notes[n.Code]++
	f.scenarios.Note(n)
}

// maxYears are shown one by one; a page is not older than its platform, but a wrong date can be.
const maxYears = 30

// finish counts the rows of the sheet of findings as its formulas count them.
func (f *figures) finish(b *book) {
	for _, l := range b.lines {
		score := l.score()
		if score < 1 {
			continue
		}
		if l.farewell && !l.former {
			f.farewells++
		}
		level := report.LevelOf(score)
		f.flagged++
		f.levels[level]++
		status := l.status()
		f.statuses[status]++
		open := undecided(status)
		if open {
			f.open++
		}
		if status != "no_risk" {
			if score >= 8 {
				f.high++
			}
			x, y := l.valid()
			f.matrix[x][y]++
			f.viewed[viewedAt{l.view, level}]++
			if l.org > 0 {
				f.organisation[report.LevelOf(l.org)]++
			}
		}
		if l.created.IsZero() {
			f.undated[level]++
		} else {
			y := l.created.In(b.zone).Year()
			if f.byYear[y] == nil {
				f.byYear[y], f.yearOf[y] = map[report.Level]int{}, map[classify.Label]int{}
				f.years = append(f.years, y)
			}
			f.byYear[y][level]++
			for i, band := range l.bands {
				if band != "" {
					f.yearOf[y][classify.Labels[i]]++
				}
			}
		}
		for i, band := range l.bands {
			if band != "" {
				f.labels[classify.Labels[i]]++
				if score >= 8 && status != "no_risk" {
					f.labelTop[classify.Labels[i]]++
				}
			}
		}
		p := f.periods[l.period]
		if open {
			p[1]++
		} else {
			p[0]++
		}
		f.periods[l.period] = p
		entered := report.Ground(l.decided[report.FieldGround])
		if entered != "" {
			f.entered[entered]++
		} else {
			f.proposed[l.proposed]++
		}
		switch {
		case l.ground == report.CoversAI && entered != "":
			f.coveredEntered++
		case l.ground == report.CoversAI:
			f.coveredProposed++
		case l.ground == report.Statutory:
			f.statutory++
		case l.ground == report.NotNeeded:
			f.notNeeded++
		}
	}
	slices.Sort(f.years)
	if len(f.years) > maxYears {
		f.years = f.years[len(f.years)-maxYears:]
	}
	if len(f.years) > 0 {
		// Years without a finding are years too.
		first, last := f.years[0], f.years[len(f.years)-1]
		if last-first < maxYears {
			f.years = f.years[:0]
			for y := first; y <= last; y++ {
				f.years = append(f.years, y)
			}
		}
	}
}

// undecided reports a status in which nobody has decided on the item yet: an inquiry and a postponement are none.
func undecided(status string) bool { return status != "confirmed" && status != "no_risk" }

// topLabels are the labels that were found, most frequent first.
func (f *figures) topLabels() []classify.Label {
	out := slices.Clone(classify.Labels)
	slices.SortStableFunc(out, func(a, b classify.Label) int { return cmp.Compare(f.labels[b], f.labels[a]) })
	return out
}
