package classify

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
)

// Labelled is a subject with the labels that a careful reviewer gave it.
type Labelled struct {
	Subject *Subject
	Labels  []Label
}

// Training settings, chosen by the scores on practice pages that were held back. Weights are kept small (a word that
// stood in few posts proves little); the passes are enough for them to settle.
const (
	learnPasses  = 10
	learnRate    = 0.05
	learnShrink  = 3.0  // how strongly weights are drawn to nothing, against one example
	leastSeen    = 3    // posts in which a feature must stand
	leastWeight  = 0.04 // weights below it are left out of the file
	leastTelling = 0.1  // of a feature that tells nothing by itself
	learnFolds   = 5    // parts of the pages that are held back in turn
)

// usual is how often each set of labels about people is given where people are shown: 1 for staff, 2 for customers, 4 for
// others, added up. Whoever writes practice posts likes difficult ones, with several groups; business pages are plainer.
// Source: 219 labelled items of 19 pages that practice posts were not taken from.
var usual = [1 << peopleLabels]float64{1: 0.44, 2: 0.30, 3: 0.03, 4: 0.19, 5: 0.025, 6: 0.015}

// weigh gives each example the weight that makes the sets of labels as frequent as they usually are.
func weigh(all []practice) {
	set := func(x *practice) (n int) {
		for l := range peopleLabels {
			if x.want[l] {
				n |= 1 << l
			}
		}
		return n
	}
	var count [1 << peopleLabels]float64
	total := 0.0
	for i := range all {
		if n := set(&all[i]); n != 0 {
			count[n]++
			total++
		}
	}
	for i := range all {
		all[i].weight = 1
		if n := set(&all[i]); usual[n] > 0 {
			all[i].weight = usual[n] * total / count[n]
		}
	}
}

// practice is one example as the training sees it.
type practice struct {
	subject  *Subject
	features []weighted
	want     [len(learnedLabels)]bool
	nobody   bool     // nobody is shown: it teaches nothing about people
	people   bool     // some label about people is given
	ruled    perLabel // logits by the rules alone
	size     int
	weight   float64
	fold     int // of its page: pages are held back whole
}

type weighted struct {
	index int32
	value float32
}

// lesson is what a training has learned so far.
type lesson struct {
	weights, sums []perLabel // for each feature, and how far it has moved: its own pace (AdaGrad)
	both, pace    [crowdSizes][len(together)]float64
}

// Learn trains the scorer on examples and writes it in the form of learned.tsv. The same examples give the same bytes. It
// returns for each label the F1 score of the whole classifier on pages that were held back.
func Learn(r *Rules, examples []Labelled, w io.Writer) (map[Label]float64, error) {
	c := New(r)
	c.model = nil
	all, names, counts := c.practise(examples)
	weigh(all)

	lessons := make([]*lesson, learnFolds+1)
	var wait sync.WaitGroup
	for fold := range lessons {
		wait.Go(func() { lessons[fold] = study(all, counts, fold) })
	}
	wait.Wait()
	// The last fold holds nothing back: it is the one that is kept. Where the line is drawn is decided on pages that the
	// weights have not seen.
	var line perLabel
	var unseen [shownLabels][]verdict
	for i := range all {
		x := &all[i]
		if x.nobody {
			continue
		}
		alone, joint := lessons[x.fold].judge(x)
		copy(alone[:], joint[:])
		for l := range unseen {
			unseen[l] = append(unseen[l], verdict{alone[l], x.want[l], x.weight})
		}
	}
	for l := range unseen {
		near := 0.0
		if l >= peopleLabels {
			near = asGood
		}
		line[l] = bestLine(unseen[l], near) / unit
	}
	held := make(map[Label]float64)
	var scored [len(learnedLabels)][]verdict
	var hits, given, wanted perLabel
	for fold := range learnFolds {
		fresh := New(r)
		var err error
		if fresh.model, err = lessons[fold].model(names, line); err != nil {
			return nil, err
		}
		for i := range all {
			x := &all[i]
			if x.fold != fold {
				continue
			}
			findings, err := fresh.Classify(x.subject)
			if err != nil {
				return nil, err
			}
			for l, label := range learnedLabels {
				got := false
				for _, f := range findings {
					if f.Label == label {
						got = true
						given[l] += x.weight
						scored[l] = append(scored[l], verdict{f.Score, x.want[l], x.weight})
					}
				}
				if x.want[l] {
					wanted[l] += x.weight
				}
				if got && x.want[l] {
					hits[l] += x.weight
				}
			}
		}
	}
	for l, label := range learnedLabels {
		if given[l]+wanted[l] > 0 {
			held[label] = 2 * hits[l] / (given[l] + wanted[l])
		}
	}
	m, err := lessons[learnFolds].model(names, line)
	if err != nil {
		return nil, err
	}
	for l := range learnedLabels {
		m.sure[l] = sureLine(scored[l])
	}
	return held, m.write(w, names)
}

// practise turns examples into what the training sees. Models teach nothing.
func (c *Classifier) practise(examples []Labelled) (all []practice, names []string, counts []float64) {
	collect := &features{rows: make(map[string]int32)}
	var seen []float64 // by row: in how many posts
	for _, e := range examples {
		if len(e.Subject.Item.Media) == 0 {
			continue
		}
		j := c.judge(e.Subject)
		j.pairs()
		if _, models := j.models(); models {
			j.release()
			continue
		}
		x := practice{subject: e.Subject, size: crowdSize(j.count()), nobody: j.count() == 0}
		for _, b := range []byte(e.Subject.Page.Name) {
			x.fold = (x.fold + int(b)) % learnFolds
		}
		for l, label := range learnedLabels {
			score, _ := j.score(label)
			x.ruled[l] = unit * (clampScore(score) - c.rules.Settings.Possible)
			x.want[l] = slices.Contains(e.Labels, label)
			x.people = x.people || l < peopleLabels && x.want[l]
		}
		collect.begin()
		j.collect(collect)
		seen = append(seen, make([]float64, len(collect.rows)-len(seen))...)
		for _, f := range collect.out {
			x.features = append(x.features, weighted{f.row, float32(f.value)})
			seen[f.row]++
		}
		j.release()
		all = append(all, x)
	}
	index := make([]int32, len(collect.rows)) // of what stands in enough posts, from 1
	for _, name := range slices.Sorted(maps.Keys(collect.rows)) {
		if row := collect.rows[name]; seen[row] >= leastSeen && !strings.ContainsAny(name, "\t\n\r") {
			names, counts = append(names, name), append(counts, seen[row])
			index[row] = int32(len(names))
		}
	}
	for i := range all {
		kept := all[i].features[:0]
		for _, f := range all[i].features {
			if k := index[f.index]; k > 0 {
				kept = append(kept, weighted{k - 1, f.value})
			}
		}
		all[i].features = kept
	}
	return all, names, counts
}

// judge returns the logits of each label by itself, and of those about people together.
func (s *lesson) judge(x *practice) (alone perLabel, joint [peopleLabels]float64) {
	alone = x.ruled
	for _, f := range x.features {
		w := &s.weights[f.index]
		for l := range alone {
			alone[l] += w[l] * float64(f.value)
		}
	}
	return alone, odds([peopleLabels]float64(alone[:peopleLabels]), &s.both[x.size], x.size)
}

func logistic(z float64) float64 { return 1 / (1 + math.Exp(-z)) }

// telling says for each feature and label how much its presence tells by itself: the square root of the log-likelihood
// ratio. Features that tell much may move freely, the others are held back more strongly (Wang and Manning, "Baselines
// and Bigrams", 2012).
func telling(all []practice, features, held int) []perLabel {
	const prior = 1.0
	with, without := make([]perLabel, features), make([]perLabel, features)
	var withAll, withoutAll perLabel
	for i := range all {
		x := &all[i]
		if x.fold == held {
			continue
		}
		for _, f := range x.features {
			for l, want := range x.want {
				if want {
					with[f.index][l] += x.weight
					withAll[l] += x.weight
				} else {
					without[f.index][l] += x.weight
					withoutAll[l] += x.weight
				}
			}
		}
	}
	for k := range with {
		for l := range learnedLabels {
			ratio := (with[k][l] + prior) / (withAll[l] + prior) / ((without[k][l] + prior) / (withoutAll[l] + prior))
			with[k][l] = math.Sqrt(math.Abs(math.Log(ratio))) + leastTelling
		}
	}
	return with
}

// study fits the weights by gradient descent. Examples of the fold that is held back are not seen.
func study(all []practice, counts []float64, held int) *lesson {
	s := &lesson{weights: make([]perLabel, len(counts)), sums: make([]perLabel, len(counts))}
	var order []int
	for i := range all {
		if all[i].fold != held {
			order = append(order, i)
		}
	}
	tells := telling(all, len(counts), held)
	move := func(weight, sum *float64, gradient, tells float64) {
		gradient *= tells
		*sum += gradient * gradient
		*weight -= tells * learnRate * gradient / math.Sqrt(*sum+1e-8)
	}
	state := uint64(88172645463325252)
	for range learnPasses {
		// xorshift: the order of the examples must not depend on a library.
		for i := len(order) - 1; i > 0; i-- {
			state ^= state << 13
			state ^= state >> 7
			state ^= state << 17
			k := int(state % uint64(i+1))
			order[i], order[k] = order[k], order[i]
		}
		for _, n := range order {
			x := &all[n]
			alone, joint := s.judge(x)
			var off perLabel
			for l := range off {
				switch {
				case x.nobody && l < shownLabels:
					continue
				case l >= peopleLabels:
					off[l] = logistic(alone[l])
				case x.people:
					off[l] = logistic(joint[l])
				default:
					continue
				}
				if x.want[l] {
					off[l]--
				}
				off[l] *= x.weight
			}
			if x.people {
				s.pairs(x, alone, move)
			}
			for _, f := range x.features {
				w, sum, tells := &s.weights[f.index], &s.sums[f.index], &tells[f.index]
				for l := range off {
					move(&w[l], &sum[l], off[l]*float64(f.value)+learnShrink*w[l]/counts[f.index]/(tells[l]*tells[l]), tells[l])
				}
			}
		}
	}
	return s
}

// pairs moves what speaks for two labels at once.
func (s *lesson) pairs(x *practice, alone perLabel, move func(weight, sum *float64, gradient, tells float64)) {
	sums := setsOf([peopleLabels]float64(alone[:peopleLabels]), &s.both[x.size], x.size)
	top := slices.Max(sums[:])
	var total float64
	var with [len(together)]float64
	for set, sum := range sums {
		share := math.Exp(sum - top)
		total += share
		for k, pair := range together {
			if set&(1<<pair[0]) != 0 && set&(1<<pair[1]) != 0 {
				with[k] += share
			}
		}
	}
	for k, pair := range together {
		g := with[k] / total
		if x.want[pair[0]] && x.want[pair[1]] {
			g--
		}
		g *= x.weight
		move(&s.both[x.size][k], &s.pace[x.size][k], g, 1)
	}
}

// model is what was learned, in the unit of the rules' scores.
func (s *lesson) model(names []string, line perLabel) (*model, error) {
	m := newModel(len(names))
	m.both, m.line = s.both, line
	for i, name := range names {
		w := s.weights[i]
		keep := false
		for l := range w {
			w[l] = math.Round(w[l] / unit * 100)
			keep = keep || math.Abs(w[l]) >= 100*leastWeight
		}
		if keep {
			if err := m.add(name, w); err != nil {
				return nil, err
			}
		}
	}
	return m, nil
}

// write writes the model in the form that readModel reads.
func (m *model) write(w io.Writer, names []string) error {
	out := bufio.NewWriter(w)
	row := func(name string, numbers ...float64) {
		fmt.Fprint(out, name)
		for l := range learnedLabels {
			v := 0.0
			if l < len(numbers) {
				v = numbers[l]
			}
			fmt.Fprintf(out, "\t%d", int(math.Round(100*v)))
		}
		fmt.Fprintln(out)
	}
	fmt.Fprintf(out, "// Made by \"go run ./classify/evaluate --learn\" from classify/training; do not edit.\n// feature, and in hundredths of a point:")
	for _, label := range learnedLabels {
		fmt.Fprintf(out, "\t%s", label)
	}
	fmt.Fprintln(out)
	row(rowLine, m.line[:]...)
	row(rowSure, m.sure[:]...)
	for size, both := range m.both {
		row(fmt.Sprint(rowBoth, size), both[:]...)
	}
	for _, name := range names {
		if i, ok := m.rows.find(hashParts(name)); ok {
			fmt.Fprint(out, name)
			for _, v := range m.weights[i] {
				fmt.Fprintf(out, "\t%d", v)
			}
			fmt.Fprintln(out)
		}
	}
	return out.Flush()
}

type verdict struct {
	score  float64
	right  bool
	weight float64
}

// sureShare is the share of findings that have to be right, on pages that were held back, for them to be called sure.
const sureShare = 0.97

// sureLine is the score from which on so many findings are right.
func sureLine(all []verdict) (line float64) {
	slices.SortFunc(all, func(a, b verdict) int { return cmp.Compare(b.score, a.score) })
	line = math.MaxInt16 // never
	hits, given := 0.0, 0.0
	for i, v := range all {
		given += v.weight
		if v.right {
			hits += v.weight
		}
		if hits >= sureShare*given && (i+1 == len(all) || all[i+1].score < v.score) {
			line = v.score
		}
	}
	return line
}

// asGood is how far below the best F1 score a line may stay that is nearer to even odds, for a label that is given by
// itself: the curve is flat, and where on it the best point lies is an accident of few examples.
const asGood = 0.003

// bestLine is the score from which on a label should be given: where precision and recall together are best, or less by no
// more than near.
func bestLine(all []verdict, near float64) (line float64) {
	slices.SortFunc(all, func(a, b verdict) int { return cmp.Compare(b.score, a.score) })
	wanted := 0.0
	for _, v := range all {
		if v.right {
			wanted += v.weight
		}
	}
	scores := make([]float64, len(all)) // F1 if the line is drawn below all[i]
	hits, given := 0.0, 0.0
	for i, v := range all {
		given += v.weight
		if v.right {
			hits += v.weight
		}
		scores[i] = 2 * hits / (given + wanted)
	}
	best := slices.Max(append([]float64{0}, scores...))
	line = math.Inf(1)
	for i := range len(all) - 1 {
		if l := (all[i].score + all[i+1].score) / 2; scores[i] >= best-near && math.Abs(l) < math.Abs(line) {
			line = l
		}
	}
	// A line far from even odds is an accident too.
	return max(-1.5, min(line, 1.5))
}
