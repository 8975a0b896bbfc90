package classify

import (
	"bytes"
	"cmp"
	_ "embed"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// The learned words. Who is shown is mostly said by ordinary words in ordinary places ("bei uns", "endlich", "steht
// Ihnen"), too many for rules by hand. A linear scorer over words, word pairs and the frame of an item adds to the sum of
// the rules what posts of this kind taught it. It stays explainable: the score is still a sum, and every word that
// carried it is evidence with its quote and its weight. It is trained on posts that this project wrote
// (classify/training), deterministically, by "go run ./classify/evaluate --learn".
//
// The three labels about people are weighed together: who is one person in a picture is either staff or a customer, and
// where people are, somebody is right. Each set of these labels has as its score the sum of its labels' scores and of
// what the number of people says for having both; a label's chance is the share of the sets that contain it.

//go:embed learned.tsv
var learnedFile []byte

// learnedLabels are the labels for which words in context say more than rules alone; those about people come first.
var learnedLabels = [...]Label{Employee, Customer, OtherPerson, Minor, SpecialCategory, ThirdPartyWork}

const (
	// peopleLabels are the first of learnedLabels: who is shown.
	peopleLabels = 3
	// shownLabels are the first of learnedLabels that need somebody to be shown.
	shownLabels = 5
	// other is the label of whom nobody can say more about.
	other = 2
)

// together are the pairs of labels about people, by their place in learnedLabels.
var together = [...][2]int{{0, 1}, {0, 2}, {1, 2}}

// perLabel is a number for each learned label.
type perLabel [len(learnedLabels)]float64

// model is the learned scorer.
type model struct {
	rows    rowTable
	weights []hundredths                       // by row
	both    [crowdSizes][len(together)]float64 // what speaks for two labels at once, by number of people
	line    perLabel                           // from which chance on a label is given, in the same unit
	sure    perLabel                           // from which score on a label was hardly ever wrong
}

// hundredths are weights as the file has them, in hundredths of a point: a text has hundreds of features, whose weights
// are small enough to stay near the processor.
type hundredths [len(learnedLabels)]int16

// of is the weight of a feature for a label, in points.
func (h *hundredths) of(label int, value float64) float64 { return float64(h[label]) * value / 100 }

// rowTable finds the row of a feature by the hash of its name. Most features of a text have no row, and are told by two
// bytes of a table that stays near the processor.
type rowTable struct {
	marks []uint16 // 0: nothing
	slots []rowSlot
	count int
}

type rowSlot struct {
	hash uint64
	row  int32
}

func newRowTable(rows int) rowTable {
	size := 1 << bits.Len(uint(2*rows+1)) // at most half full: searches end soon
	return rowTable{marks: make([]uint16, size), slots: make([]rowSlot, size)}
}

// slot is where a hash stands, or where it would.
func (t *rowTable) slot(hash uint64) (at uint64, found bool) {
	mask, mark := uint64(len(t.marks)-1), uint16(hash>>48)|1
	for at = hash & mask; t.marks[at] != 0; at = (at + 1) & mask {
		if t.marks[at] == mark && t.slots[at].hash == hash {
			return at, true
		}
	}
	return at, false
}

func (t *rowTable) find(hash uint64) (row int32, ok bool) {
	at, ok := t.slot(hash)
	if !ok {
		return 0, false
	}
	return t.slots[at].row, true
}

// add gives a hash the next row; false if it has one.
func (t *rowTable) add(hash uint64) bool {
	at, found := t.slot(hash)
	if found {
		return false
	}
	t.marks[at], t.slots[at] = uint16(hash>>48)|1, rowSlot{hash, int32(t.count)}
	t.count++
	return true
}

var builtinModel = sync.OnceValue(func() *model {
	m, err := readModel(learnedFile)
	if err != nil {
		panic(err) // embedded: a bug, found by any test
	}
	return m
})

const (
	// maxLearned bounds the file: a model that is larger is none of ours.
	maxLearned = 400_000
	// LearnedWords is how many words of a label are named one by one; what remains is summed up in one line.
	LearnedWords = 6
	// leastShown is the weight below which a word is not worth a line.
	leastShown = 0.1
	// smallShown is the weight from which a word is shown that means nothing by itself.
	smallShown = 1.0
)

// Rules of the learned evidence, for people who ask what a line means.
const (
	// LearnedPrefix begins the rule of all learned evidence.
	LearnedPrefix     = "learned."
	ruleLearnedWord   = "learned.word-"  // and a number: each word counts for itself
	ruleLearnedSmall  = "learned.small-" // and a number: one that means nothing by itself ("und"), but says much here
	ruleLearnedRest   = "learned.context"
	ruleLearnedHints  = "learned.hints"
	ruleLearnedOthers = "learned.others"
	ruleLearnedHeld   = "learned.held"
	ruleLearnedLine   = "learned.line"
	ruleLearnedCare   = "learned.care"
)

// LearnedFamily is the name under which rules of learned evidence are measured together: the words are one family, however
// many a finding has. It is empty for other rules, and for lines that only keep the sum.
func LearnedFamily(rule string) string {
	switch {
	case strings.HasPrefix(rule, ruleLearnedWord), strings.HasPrefix(rule, ruleLearnedSmall):
		return LearnedPrefix + "words"
	case rule == ruleLearnedRest, rule == ruleLearnedHints, rule == ruleLearnedOthers:
		return rule
	}
	return ""
}

// Telling reports whether evidence is a learned word that means something to a reader; "und" may count, but tells nothing.
func (e *Evidence) Telling() bool { return strings.HasPrefix(e.Rule, ruleLearnedWord) }

// Rows of the file that are no features.
const (
	rowLine = "=line"
	rowSure = "=sure"
	rowBoth = "=both " // and a number: of crowdSize
)

// readModel reads lines of a name and, for each learned label, hundredths of a point, separated by tabs.
func readModel(data []byte) (*model, error) {
	lines := bytes.Count(data, []byte("\n"))
	if lines > maxLearned {
		return nil, fmt.Errorf("learned.tsv: %d lines, more than %d", lines, maxLearned)
	}
	m := newModel(lines)
	n := 0
	for line := range bytes.Lines(data) {
		n++
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 || bytes.HasPrefix(line, []byte("//")) {
			continue
		}
		name, rest, _ := bytes.Cut(line, []byte("\t"))
		var w perLabel
		for i := range w {
			var number []byte
			number, rest, _ = bytes.Cut(rest, []byte("\t"))
			v, err := strconv.Atoi(string(number))
			if err != nil {
				return nil, fmt.Errorf("learned.tsv:%d: %w", n, err)
			}
			w[i] = float64(v)
		}
		if len(rest) > 0 {
			return nil, fmt.Errorf("learned.tsv:%d: more than %d numbers", n, len(w))
		}
		if err := m.add(string(name), w); err != nil {
			return nil, fmt.Errorf("learned.tsv:%d: %w", n, err)
		}
	}
	return m, nil
}

func newModel(rows int) *model {
	return &model{rows: newRowTable(rows), weights: make([]hundredths, 0, rows)}
}

// add takes a row of the file, in hundredths of a point.
func (m *model) add(name string, w perLabel) error {
	var points perLabel
	for l := range w {
		points[l] = w[l] / 100
	}
	size, both := strings.CutPrefix(name, rowBoth)
	switch {
	case name == rowLine:
		m.line = points
	case name == rowSure:
		m.sure = points
	case both:
		n, err := strconv.Atoi(size)
		if err != nil || n < 0 || n >= crowdSizes {
			return fmt.Errorf("row %q: no number of people", name)
		}
		copy(m.both[n][:], points[:])
	case strings.HasPrefix(name, "="):
		return fmt.Errorf("row %q: unknown", name)
	default:
		var h hundredths
		for l, v := range w {
			if math.Abs(v) > math.MaxInt16 {
				return fmt.Errorf("row %q: weight %v is out of reach", name, v)
			}
			h[l] = int16(v)
		}
		if !m.rows.add(hashParts(name)) {
			return fmt.Errorf("row %q: stands there twice", name)
		}
		m.weights = append(m.weights, h)
	}
	return nil
}

// unit is how many logits a point of the rules' scores is.
const unit = 0.8

// sets are the scores of all sets of labels about people, and which are possible: one person is of one kind, two are of
// no three.
type sets [1 << peopleLabels]float64

func setsOf(alone [peopleLabels]float64, both *[len(together)]float64, size int) (sums sets) {
	for set := range sums {
		if set == 0 || size > 0 && bits.OnesCount(uint(set)) > size {
			sums[set] = math.Inf(-1)
			continue
		}
		for l, v := range alone {
			if set&(1<<l) != 0 {
				sums[set] += v
			}
		}
		for k, pair := range together {
			if set&(1<<pair[0]) != 0 && set&(1<<pair[1]) != 0 {
				sums[set] += both[k]
			}
		}
	}
	return sums
}

// certain is the logarithm of 99 to 1: words are not credited with proving more.
const certain = 4.6

// odds returns for each label about people the logarithm of the odds that somebody of the kind is shown, given that
// people are. alone are the odds of each label by itself, both what speaks for having two, size the crowdSize.
func odds(alone [peopleLabels]float64, both *[len(together)]float64, size int) (out [peopleLabels]float64) {
	var with, without [peopleLabels]float64
	sums := setsOf(alone, both, size)
	top := slices.Max(sums[:])
	for set, sum := range sums {
		share := math.Exp(sum - top)
		for l := range out {
			if set&(1<<l) != 0 {
				with[l] += share
			} else {
				without[l] += share
			}
		}
	}
	for l := range out {
		out[l] = max(-certain, min(math.Log(with[l])-math.Log(without[l]), certain))
	}
	return out
}

// weighWords adds what the learned words say to the signals of the rules.
func (j *judgement) weighWords() {
	m := j.model
	if m == nil {
		return
	}
	c := j.learning.Get().(*features)
	defer j.learning.Put(c)
	if c.model != m {
		*c = features{model: m, last: make([]int32, len(m.weights))}
	}
	c.named = j.derivations != nil
	c.begin()
	j.collect(c)
	c.byPlace()

	all := j.derive(c)
	best, unsaid := j.strongest(&all, c)
	// Where nobody is shown, or only models, words have nobody to explain: they learned who is shown, not whether.
	nobody := j.count() == 0 && !j.weak || j.machineMade()
	_, models := j.models()
	for l := range all {
		d := &all[l]
		if models || nobody && l < shownLabels || !j.bound(l, d) {
			continue
		}
		switch {
		case d.Score < j.rules.Settings.Possible && l != best:
			j.addLine(d.Label, ruleLearnedRest, d.Score-d.Rules) // it will be no finding: nobody asks why
		case l == other && unsaid:
			// That somebody is seen is all there is.
		default:
			d.Score = cents(d.Score)
			j.explain(l, d, c)
		}
	}
	if j.derivations != nil && !models && !nobody {
		for l := range all {
			all[l].Shares = j.shares(l, c)
		}
		*j.derivations = all[:]
	}
	j.weighed = !nobody && j.count() != 0
}

// derive adds up each label by itself and weighs those about people against one another.
func (j *judgement) derive(c *features) (all [len(learnedLabels)]Derivation) {
	possible := j.rules.Settings.Possible
	for l, label := range learnedLabels {
		rules, _ := j.score(label)
		all[l] = Derivation{Label: label, Rules: rules, Held: clampScore(rules), Own: clampScore(rules), Line: j.model.line[l]}
	}
	var sum perLabel // in hundredths
	for i := range c.out {
		f := &c.out[i]
		for l, w := range &j.model.weights[f.row] {
			sum[l] += float64(w) * f.value
		}
	}
	for l := range all {
		all[l].Own += sum[l] / 100
	}
	var alone [peopleLabels]float64
	for l := range alone {
		alone[l] = unit * (all[l].Own - possible)
	}
	size := crowdSize(j.count())
	both := &j.model.both[size]
	var shown []Group
	if j.derivations != nil {
		shown = groups(alone, both, size)
	}
	weighed := odds(alone, both, size)
	for l := range all {
		d := &all[l]
		d.Weighed = d.Own - d.Line
		// Weighed against one another, somebody is right; where nobody was seen that is not known.
		if l < peopleLabels && j.count() != 0 {
			d.Weighed, d.Groups = possible+weighed[l]/unit-d.Line, shown
		}
		d.Score = d.Weighed
	}
	return all
}

// practised are the languages of nearly all practice posts; where nothing tells the language, it is taken for one of them.
var practised = []string{"", "de", "en", "gsw", "bar"}

// justBelow is what a score stays under a band that it must not reach.
const justBelow = 0.01

// strongest is the label about people that comes nearest. Somebody is called staff or customer for words, never for the
// page or the number of people alone: where words say little, it is no more than possible; where no word says who it is,
// nobody can know, and unsaid is true.
func (j *judgement) strongest(all *[len(learnedLabels)]Derivation, c *features) (best int, unsaid bool) {
	set := &j.rules.Settings
	best = other
	for l := range other {
		d := &all[l]
		if unnamed := set.Possible - 1; d.Score > unnamed {
			if words := j.worded(l, c); words == 0 {
				d.Score = unnamed
			} else if words < saysSomething {
				d.Score = min(d.Score, set.Likely-justBelow)
			}
		}
		if d.Score > all[best].Score {
			best = l
		}
	}
	if unsaid = all[best].Score < set.Possible-nearEnough; unsaid {
		best = other
	}
	return best, unsaid
}

// bound holds a score within what words may do; false where they have no say.
func (j *judgement) bound(l int, d *Derivation) bool {
	set := &j.rules.Settings
	switch {
	case l < shownLabels && j.count() <= 0 && d.Rules <= 0:
		return false // where nobody looked for people, or saw any, words alone must not put some into a picture
	case l < shownLabels && j.count() == 0:
		d.Score = max(d.Rules, d.Score) // words that were learned with people in view take nothing from the rules
	case l >= shownLabels && (d.Rules >= set.Possible || d.Rules < 0):
		return false // credits are the rules' business: they see somebody's, or the page's own
	case l >= peopleLabels && d.Rules < set.Possible:
		d.Score = min(d.Score, set.Likely-justBelow) // without a rule, words make no child, illness or foreign work likely
	}
	// What rules are sure of, words may weaken but not take away: a rule is right in the language, a weight in its examples.
	// In languages of few examples that holds for what rules find likely.
	if d.Rules >= set.Sure || d.Rules >= set.Likely && !slices.Contains(practised, base(j.Item.Lang)) {
		d.Score = max(d.Score, set.Possible)
	}
	// What was wrong too often in practice posts is not called sure.
	if d.Score >= set.Sure && d.Score < j.model.sure[l] {
		d.Score = set.Sure - justBelow
	}
	return true
}

// clampScore keeps the rules' answer within what the training saw.
func clampScore(score float64) float64 { return max(-3, min(score, 5)) }

// carrier is what one place in a text says for a label.
type carrier struct {
	field    string
	from, to int
	small    bool
	common   bool
	weight   float64
}

// worded is the weight of the reasons that a reader can be told for a label: words that mean something by themselves, and
// what makes it possible without any, such as an entry in the owner's records.
func (j *judgement) worded(l int, c *features) (sum float64) {
	for _, s := range j.signals {
		if e := &s.Evidence; s.Label == learnedLabels[l] && e.Weight > 0 && (e.End > e.Start || e.Weight >= j.rules.Settings.Possible) {
			sum += s.Evidence.Weight
		}
	}
	for _, p := range j.carriers(l, c) {
		if p.weight >= leastShown && !p.small && !j.credited(p) {
			sum += p.weight
		}
	}
	return sum
}

// credited reports whether a word is part of a credit: whoever took a picture is not who it shows.
func (j *judgement) credited(p carrier) bool {
	return slices.ContainsFunc(j.signals, func(s Signal) bool {
		e := &s.Evidence
		return (s.Label == ThirdPartyWork || s.Label == Stock) && e.Weight > 0 && e.Field == p.field && e.Start <= p.from && p.to <= e.End
	})
}

// carriers are the words that speak for or against a label, each place once. They are good until the next call.
func (j *judgement) carriers(l int, c *features) []carrier {
	parts := c.parts[:0]
	place := noPlace
	for _, i := range c.order {
		f := &c.out[i]
		w := j.model.weights[f.row].of(l, f.value)
		if f.place == noPlace || w == 0 {
			continue
		}
		// Several features may rest on one word; they are one reason.
		if f.place == place {
			parts[len(parts)-1].weight += w
			continue
		}
		place = f.place
		p := &c.places[place]
		parts = append(parts, carrier{p.field, p.from, p.to, p.small, p.common, w})
	}
	c.parts = parts
	return parts
}

// explain puts what carried a label into the signals, so that it and the rules' score add up to its score.
func (j *judgement) explain(l int, d *Derivation, c *features) {
	lines := []struct {
		rule   string
		weight float64
	}{{ruleLearnedHints, 0}, {ruleLearnedHeld, d.Held - d.Rules}, {ruleLearnedOthers, d.Weighed + d.Line - d.Own}, {ruleLearnedLine, -d.Line},
		{ruleLearnedCare, d.Score - d.Weighed}}
	for i := range c.out {
		if f := &c.out[i]; f.ruled {
			lines[0].weight += j.model.weights[f.row].of(l, f.value)
		}
	}
	rest := d.Score - d.Rules
	shown, speaks := 0, false
	carriers := j.carriers(l, c)
	slices.SortStableFunc(carriers, func(a, b carrier) int { return cmp.Compare(math.Abs(b.weight), math.Abs(a.weight)) })
	for _, p := range carriers {
		p.weight = cents(p.weight)
		if math.Abs(p.weight) < leastShown {
			break
		}
		// "der" and "uns" are context, not a reason to show, unless they say much here. The last line is kept for a word that
		// speaks for the label.
		if p.small && math.Abs(p.weight) < smallShown || shown == LearnedWords-1 && !speaks && p.weight < 0 {
			continue
		}
		shown++
		rest -= p.weight
		speaks = speaks || p.weight > 0
		rule := ruleLearnedWord + strconv.Itoa(shown)
		if p.common {
			rule = ruleLearnedSmall + strconv.Itoa(shown)
		}
		j.signals = append(j.signals, Signal{Label: d.Label, Family: rule, Evidence: Evidence{
			Rule: rule, Field: p.field, Start: p.from, End: p.to, Quote: j.fieldText(p.field)[p.from:p.to], Weight: p.weight}})
		if shown == LearnedWords {
			break
		}
	}
	for _, line := range lines {
		rest -= cents(line.weight)
		j.addLine(d.Label, line.rule, line.weight)
	}
	j.addLine(d.Label, ruleLearnedRest, rest)
}

// addLine adds a line for what several properties say together.
func (j *judgement) addLine(label Label, rule string, weight float64) {
	if w := cents(weight); w != 0 {
		j.signals = append(j.signals, Signal{Label: label, Family: rule, Evidence: Evidence{Rule: rule, Field: "media[0]", Weight: w}})
	}
}

// cents rounds a weight to what is shown of it.
func cents(w float64) float64 { return math.Round(w*100) / 100 }

func (j *judgement) fieldText(field string) string {
	switch field {
	case "text":
		return j.Item.Text
	case "album":
		return j.Item.Album
	}
	return ""
}
