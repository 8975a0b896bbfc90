package classify

import (
	"cmp"
	"math"
	"slices"
)

// Derivation is how the learned words came from what the rules say of a label to its score, for people who redo the sum.
// All numbers are points of the score, but for the chances.
type Derivation struct {
	Label  Label
	Found  bool    // false for labels about people that are no finding: those that are were weighed against them
	Rules  float64 // score of the rules
	Held   float64 // … within what the training saw: −3 to 5
	Shares []Share // what each learned property adds to it
	Own    float64 // Held and Shares together
	// Groups are the sets of labels about people that are possible here; the chances of those with the label are the odds
	// that become Weighed. Empty for a label that is not weighed against others: there it is Own.
	Groups  []Group
	Line    float64 // taken off, so that a label is given from where on it was right in practice
	Weighed float64
	Score   float64 // Weighed within the bounds of what words may do
}

// Share is what one place in the item's texts, or one property of the item, adds to a label.
type Share struct {
	Kind       ShareKind
	Field      string
	Start, End int    // bytes of the field
	Quote      string // the words, empty where it rests on none
	Features   []FeatureWeight
	Weight     float64 // of all its features
}

// ShareKind says what a share rests on.
type ShareKind string

// Kinds of shares.
const (
	ShareWords   ShareKind = "words"   // words of the caption or album
	ShareContext ShareKind = "context" // page, kind of item, number of people, form of the caption
	ShareHints   ShareKind = "hints"   // what the rules say, of this label and of the others
)

// FeatureWeight is a row of learned.tsv with what it counts here: its weight there times how much of it there is.
type FeatureWeight struct {
	Name   string
	Value  float64 // 1 but for pieces of words, pairs of kinds and sums of rules
	Weight float64
}

// Group is a set of labels about people that may be shown together.
type Group struct {
	Labels   []Label
	Points   float64 // of its labels, each less the points of "possible", and Together
	Together float64 // what the number of people says for having two of them
	Chance   float64 // 0 to 1, all groups together 1
}

// PointsPerOdds is how many points of a score the natural logarithm of odds is: a score of "possible" stands for even odds.
const PointsPerOdds = 1 / unit

// shares lists what carried a label: words in the order of the text, then the rest by weight.
func (j *judgement) shares(l int, c *features) []Share {
	var out []Share
	place := noPlace
	for _, i := range c.order {
		f := &c.out[i]
		w := j.model.weights[f.row].of(l, f.value)
		if w == 0 {
			continue
		}
		kind := ShareContext
		switch {
		case f.ruled:
			kind = ShareHints
		case f.place != noPlace:
			kind = ShareWords
		}
		s := Share{Kind: kind}
		switch {
		case kind == ShareWords && f.place == place:
			s, out = out[len(out)-1], out[:len(out)-1]
		case kind == ShareWords:
			place = f.place
			p := &c.places[place]
			s.Field, s.Start, s.End, s.Quote = p.field, p.from, p.to, j.fieldText(p.field)[p.from:p.to]
		}
		s.Features = append(s.Features, FeatureWeight{c.names[i], f.value, w})
		s.Weight += w
		out = append(out, s)
	}
	kinds := []ShareKind{ShareWords, ShareContext, ShareHints}
	slices.SortStableFunc(out, func(a, b Share) int {
		if a.Kind == ShareWords && b.Kind == ShareWords {
			return 0
		}
		return cmp.Or(cmp.Compare(slices.Index(kinds, a.Kind), slices.Index(kinds, b.Kind)), cmp.Compare(math.Abs(b.Weight), math.Abs(a.Weight)))
	})
	return out
}

// groups lists the sets that setsOf finds possible, the likeliest first.
func groups(alone [peopleLabels]float64, both *[len(together)]float64, size int) (out []Group) {
	sums := setsOf(alone, both, size)
	top, total := slices.Max(sums[:]), 0.0
	for _, sum := range sums {
		total += math.Exp(sum - top)
	}
	for set, sum := range sums {
		if math.IsInf(sum, -1) {
			continue
		}
		g := Group{Points: sum / unit, Chance: math.Exp(sum-top) / total}
		for l := range peopleLabels {
			if set&(1<<l) != 0 {
				g.Labels = append(g.Labels, learnedLabels[l])
			}
		}
		for k, pair := range together {
			if set&(1<<pair[0]) != 0 && set&(1<<pair[1]) != 0 {
				g.Together += both[k] / unit
			}
		}
		out = append(out, g)
	}
	slices.SortStableFunc(out, func(a, b Group) int { return cmp.Compare(b.Chance, a.Chance) })
	return out
}
