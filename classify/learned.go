package classify

import (
	"bufio"
	"bytes"
	"cmp"
	_ "embed"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"

	"pagerisk/scanner"
)

// The learned words. Who is shown is mostly said by ordinary words in ordinary places ("bei uns", "endlich", "steht
// Ihnen"), too many for rules by hand. A linear scorer over words, word pairs and the frame of an item adds to the sum of
// the rules what posts of this kind taught it. It stays explainable: the score is still a sum, and every word that
// carried it is evidence with its quote and its weight. It is trained on posts that this project wrote
// (classify/training), deterministically, by "go run ./classify/evaluate --learn".

//go:embed learned.tsv
var learnedFile []byte

// learnedLabels are the labels for which words in context say more than rules alone.
var learnedLabels = []Label{Employee, Customer, OtherPerson, Minor, SpecialCategory}

// model is the learned scorer: for each feature its weight for each learned label, in the unit of the rules' scores.
type model struct {
	weights map[string][]float32
}

var builtinModel = sync.OnceValues(func() (*model, error) { return readModel(bytes.NewReader(learnedFile)) })

const (
	// maxLearned bounds the file: a model that is larger is none of ours.
	maxLearned = 200_000
	// LearnedWords is how many words of a label are named one by one; what remains is summed up in one line.
	LearnedWords = 6
	// leastShown is the weight below which a word is not worth a line.
	leastShown = 0.1
)

// Rules of the learned evidence, for people who ask what a line means.
const (
	// LearnedPrefix begins the rule of all learned evidence.
	LearnedPrefix    = "learned."
	ruleLearnedWord  = "learned.word-" // and a number: each word counts for itself
	ruleLearnedRest  = "learned.context"
	ruleLearnedHints = "learned.hints"
)

func readModel(r io.Reader) (*model, error) {
	m := &model{weights: make(map[string][]float32)}
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		if strings.HasPrefix(lines.Text(), "//") || lines.Text() == "" {
			continue
		}
		fields := strings.Split(lines.Text(), "\t")
		if len(fields) != 1+len(learnedLabels) || n > maxLearned {
			return nil, fmt.Errorf("learned.tsv:%d: %d fields", n, len(fields))
		}
		w := make([]float32, len(learnedLabels))
		for i, f := range fields[1:] {
			v, err := strconv.ParseFloat(f, 32)
			if err != nil {
				return nil, fmt.Errorf("learned.tsv:%d: %w", n, err)
			}
			w[i] = float32(v)
		}
		m.weights[fields[0]] = w
	}
	return m, lines.Err()
}

// feature is one property of an item, with the words that it rests on; from < 0 where it rests on none.
type feature struct {
	name     string
	value    float64
	field    string
	from, to int
}

// features are the properties of an item that the scorer knows: words, stems, pairs of words, and the frame around them.
// Each stands once, with its first place. used tells which are wanted; nil means all.
func (j *judgement) features(used func(name []byte) bool) []feature {
	var out []feature
	seen := make(map[string]bool)
	var buf []byte
	put := func(value float64, field string, from, to int, parts ...string) {
		buf = buf[:0]
		for _, p := range parts {
			buf = append(buf, p...)
		}
		if used != nil && !used(buf) || seen[string(buf)] {
			return
		}
		name := string(buf)
		seen[name] = true
		out = append(out, feature{name, value, field, from, to})
	}
	frame := func(parts ...string) { put(1, "", -1, -1, parts...) }

	frame("base")
	frame("kind:", string(j.Item.Kind))
	frame("page:", j.Page.Kind)
	frame("platform:", string(j.Item.Platform))
	people := j.count()
	switch {
	case people < 0:
		frame("people:unknown")
	case people >= 10:
		frame("people:many")
	case people >= 4:
		frame("people:some")
	default:
		frame("people:", strconv.Itoa(people))
	}
	frame("media:", strconv.Itoa(min(len(j.Item.Media), 4)))
	if slices.ContainsFunc(j.Item.Media, func(m scanner.Media) bool { return m.Video }) {
		frame("video")
	}
	if len(j.Item.Tags) > 0 {
		frame("tags")
	}
	switch {
	case j.words == 0:
		frame("words:0")
	case j.words <= 6:
		frame("words:few")
	case j.words >= 40:
		frame("words:many")
	}
	// What the rules say of the other labels matters too: who is a pupil is hardly a colleague.
	for _, label := range Labels {
		if label == Stock {
			continue // models are dealt with where the labels are balanced
		}
		if score, _ := j.score(label); score != 0 {
			put(max(-3, min(score, 5))/3, "", -1, -1, "rules:", string(label))
		}
	}
	families := make(map[string]bool)
	for _, s := range j.signals {
		if s.Label == Stock {
			continue
		}
		sign := "+"
		if s.Evidence.Weight < 0 {
			sign = "-"
		}
		if name := sign + string(s.Label) + "." + s.Family; !families[name] {
			families[name] = true
			frame("family:", name)
		}
	}

	var f folded
	f.take(j.Page.Name, nil)
	for i := range f.words {
		if w := f.form(i); len(w) >= 4 {
			frame("name:", stem(w))
		}
	}
	j.wordFeatures(&f, "", "text", j.Item.Text, put)
	j.wordFeatures(&f, "album:", "album", j.Item.Album, put)
	return out
}

// stem is the beginning of a word: enough to tell it from others, little enough to survive German endings.
func stem(w []byte) string { return string(w[:min(len(w), 6)]) }

// classes are the lists of the rules as word classes: what was learned of one craft holds for others too.
type classes struct {
	exact, prefix, suffix map[string][]string
}

// noClass are lists that say nothing of a word's meaning.
func noClass(list string) bool {
	return strings.HasPrefix(list, "page_") || strings.HasPrefix(list, "talk_") || strings.HasPrefix(list, "common") || list == "generic" || list == "name"
}

func newClasses(lists map[string][]string) *classes {
	c := &classes{make(map[string][]string), make(map[string][]string), make(map[string][]string)}
	for _, list := range slices.Sorted(maps.Keys(lists)) {
		if noClass(list) {
			continue
		}
		for _, w := range lists[list] {
			into := c.exact
			head, tail := strings.HasPrefix(w, "*"), strings.HasSuffix(w, "*")
			switch {
			case strings.HasPrefix(w, "-") || head && tail:
				continue
			case head:
				into = c.suffix
			case tail:
				into = c.prefix
			}
			w = strings.Trim(w, "*")
			if !slices.Contains(into[w], list) {
				into[w] = append(into[w], list)
			}
		}
	}
	return c
}

// of returns the classes of a folded word, the closest match first.
func (c *classes) of(w string, into []string) []string {
	add := func(lists []string) {
		for _, l := range lists {
			if !slices.Contains(into, l) {
				into = append(into, l)
			}
		}
	}
	add(c.exact[w])
	for i := 1; i+2 < len(w); i++ {
		add(c.suffix[w[i:]])
	}
	add(c.suffix[w])
	for i := len(w); i > 2; i-- {
		add(c.prefix[w[:i]])
	}
	return into
}

func (j *judgement) wordFeatures(f *folded, prefix, field, text string, put func(float64, string, int, int, ...string)) {
	f.take(text, j.rules.vocabulary.hashtags)
	before := "^"
	names := 0
	var buf []string
	for i := range f.words {
		w := &f.words[i]
		form := f.form(i)
		from, to := int(w.start), int(w.end)
		word := string(form)
		switch {
		case w.flags&digits != 0:
			word = "0"
			if w.number >= 0 && w.number < 18 {
				word = "0<18"
			}
		case j.firstNames[word] && w.flags&capital != 0:
			word = "NAME"
			names++
		case w.flags&mention != 0:
			word = "@"
		}
		token := stem([]byte(word))
		if w.flags&(digits|mention|symbol) == 0 {
			buf = j.classes.of(string(form), buf[:0])
			for k, class := range buf {
				put(1, field, from, to, prefix, "c:", class)
				put(1, field, from, to, prefix, "k:", j.Page.Kind, " ", class)
				if k == 0 && word != "NAME" {
					token = "<" + class + ">"
				}
			}
		}
		if w.flags&negated != 0 {
			put(1, field, from, to, prefix, "not:", token)
		} else {
			put(1, field, from, to, prefix, "w:", word)
			if len(word) > 6 {
				put(1, field, from, to, prefix, "s:", stem(form))
			}
			// German puts what a thing is at the end: "Hauswirtschaftsleiterin", "Sommerfest".
			if len(word) >= 9 {
				put(1, field, from, to, prefix, "e:", word[len(word)-6:])
			}
			if len(word) >= 7 && w.flags&capital != 0 {
				put(1, field, from, to, prefix, "e:", word[len(word)-4:])
			}
		}
		if prefix == "" {
			if w.flags&first != 0 {
				before = "^"
			}
			put(1, field, from, to, "p:", before, " ", token)
			before = token
		}
	}
	if prefix == "" && names > 0 {
		put(1, "", -1, -1, "names:", strconv.Itoa(min(names, 3)))
	}
}

// learn adds what the learned words say to the signals of the rules.
func (j *judgement) learn() {
	m := j.model
	if m == nil || len(m.weights) == 0 {
		return
	}
	if j.count() == 0 {
		return // nobody is shown: words have nothing to explain
	}
	j.byRules = make([]bool, len(learnedLabels))
	found := j.features(func(name []byte) bool { return m.weights[string(name)] != nil })
	for l, label := range learnedLabels {
		// Where nobody looked for people, words alone must not put some into a picture: a rule has to speak first.
		if score, _ := j.score(label); j.count() > 0 || score > 0 {
			j.learnLabel(l, label, found)
		}
	}
}

func (j *judgement) learnLabel(l int, label Label, found []feature) {
	type part struct {
		feature
		weight float64
	}
	var parts []part
	ruled, _ := j.score(label)
	j.byRules[l] = ruled >= j.rules.Settings.Likely
	rest, hints := 0.0, 0.0
	for _, f := range found {
		w := float64(j.model.weights[f.name][l]) * f.value
		if w == 0 {
			continue
		}
		if strings.HasPrefix(f.name, "rules:") || strings.HasPrefix(f.name, "family:") {
			hints += w
			continue
		}
		if f.from < 0 || math.Abs(w) < leastShown {
			rest += w
			continue
		}
		// Several features may rest on one word; they are one reason.
		if i := slices.IndexFunc(parts, func(p part) bool { return p.field == f.field && p.from == f.from && p.to == f.to }); i >= 0 {
			parts[i].weight += w
			continue
		}
		parts = append(parts, part{f, w})
	}
	slices.SortStableFunc(parts, func(a, b part) int { return cmp.Compare(math.Abs(b.weight), math.Abs(a.weight)) })
	for i, p := range parts {
		p.weight = math.Round(p.weight*100) / 100
		text := j.fieldText(p.field)
		if i >= LearnedWords || math.Abs(p.weight) < leastShown || j.smallWord(text[p.from:p.to]) {
			rest += p.weight
			continue
		}
		j.signals = append(j.signals, Signal{Label: label, Family: "learned." + strconv.Itoa(i), Evidence: Evidence{
			Rule: ruleLearnedWord + strconv.Itoa(i+1), Field: p.field, Start: p.from, End: p.to, Quote: text[p.from:p.to], Weight: p.weight}})
	}
	// What rules make likely, words may weaken but not take away: a rule is right in the language, a weight in its examples.
	if score, _ := j.score(label); j.byRules[l] && score+rest+hints < j.rules.Settings.Possible {
		hints += j.rules.Settings.Possible - (score + rest + hints)
	}
	for _, sum := range []struct {
		rule   string
		weight float64
	}{{ruleLearnedRest, rest}, {ruleLearnedHints, hints}} {
		if w := math.Round(sum.weight*100) / 100; w != 0 {
			j.signals = append(j.signals, Signal{Label: label, Family: sum.rule, Evidence: Evidence{Rule: sum.rule, Field: "media[0]", Weight: w}})
		}
	}
}

// smallWord reports whether a word means nothing by itself ("der", "uns"): it is context, not a reason to show.
func (j *judgement) smallWord(w string) bool {
	return len(w) < 4 || j.small[strings.ToLower(w)]
}

func (j *judgement) fieldText(field string) string {
	switch field {
	case "text":
		return j.Item.Text
	case "album":
		return j.Item.Album
	}
	return ""
}

// Labelled is a subject with the labels that a careful reviewer gave it.
type Labelled struct {
	Subject *Subject
	Labels  []Label
}

// Training settings. Weights are kept small (a word that stood in few posts proves little); the passes are enough for
// them to settle.
const (
	learnPasses  = 40
	learnRate    = 0.1
	learnShrink  = 0.004
	leastSeen    = 2    // posts in which a feature must stand
	leastWeight  = 0.03 // weights below it are left out of the file
	ruleStrength = 0.8  // logits per point of the rules' score
	learnFolds   = 5    // parts of the pages that are held back in turn
)

// Learn trains the scorer on examples and writes it in the form of learned.tsv. The same examples give the same bytes. It
// returns for each label the F1 score on pages that were held back.
func Learn(r *Rules, examples []Labelled, w io.Writer) (map[Label]float64, error) {
	held := make(map[Label]float64)
	c := New(r)
	c.model = nil
	var all []practice
	count := make(map[string]int)
	for _, e := range examples {
		j := c.judge(e.Subject)
		j.pairs()
		if len(e.Subject.Item.Media) == 0 || j.count() == 0 {
			continue
		}
		if _, models := j.models(); models {
			continue
		}
		x := practice{found: j.features(nil), labels: e.Labels}
		for _, b := range []byte(e.Subject.Page.Name) {
			x.fold = (x.fold*31 + int(b)) % learnFolds
		}
		for _, label := range learnedLabels {
			score, _ := j.score(label)
			x.scores = append(x.scores, score)
		}
		for _, f := range x.found {
			count[f.name]++
		}
		all = append(all, x)
	}
	index := make(map[string]int)
	names := slices.Sorted(maps.Keys(count))
	names = slices.DeleteFunc(names, func(n string) bool { return count[n] < leastSeen })
	counts := make([]float64, len(names))
	for i, n := range names {
		index[n] = i
		counts[i] = float64(count[n])
	}
	for i := range all {
		for _, f := range all[i].found {
			if k, ok := index[f.name]; ok {
				all[i].features = append(all[i].features, weighted{k, f.value})
			}
		}
	}
	weights := make([][]float64, len(learnedLabels))
	for l, label := range learnedLabels {
		weights[l] = train(all, l, label, counts, r.Settings.Possible, -1)
		// Where the line is drawn is decided on pages that the weights have not seen.
		var unseen []verdict
		for fold := range learnFolds {
			fresh := train(all, l, label, counts, r.Settings.Possible, fold)
			for i := range all {
				if all[i].fold == fold {
					unseen = append(unseen, verdict{all[i].logit(fresh, l, r.Settings.Possible), slices.Contains(all[i].labels, label)})
				}
			}
		}
		line, f1 := bestLine(unseen)
		weights[l][index["base"]] -= line
		held[label] = f1
	}
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "// Made by \"go run ./classify/evaluate --learn\" from classify/training; do not edit.\n// feature")
	for _, label := range learnedLabels {
		fmt.Fprintf(out, "\t%s", label)
	}
	fmt.Fprintln(out)
	for i, n := range names {
		keep := false
		for l := range learnedLabels {
			keep = keep || math.Abs(weights[l][i]/ruleStrength) >= leastWeight
		}
		if !keep || strings.ContainsAny(n, "\t\n\r") {
			continue
		}
		fmt.Fprint(out, n)
		for l := range learnedLabels {
			fmt.Fprintf(out, "\t%.2f", weights[l][i]/ruleStrength)
		}
		fmt.Fprintln(out)
	}
	return held, out.Flush()
}

// practice is one example as the training sees it.
type practice struct {
	found    []feature
	features []weighted
	labels   []Label
	scores   []float64 // of the rules, for each learned label
	fold     int       // of its page: pages are held back whole
}

type weighted struct {
	index int
	value float64
}

type verdict struct {
	logit float64
	right bool
}

// logit is how much speaks for a label: the rules' score, and the weights of what the post has.
func (p *practice) logit(weights []float64, l int, possible float64) float64 {
	z := ruleStrength * (max(-3, min(p.scores[l], 5)) - possible)
	for _, f := range p.features {
		z += weights[f.index] * f.value
	}
	return z
}

// train fits the weights of one label by gradient descent, each weight with a pace of its own (AdaGrad). Examples of the
// fold that is held back are not seen.
func train(all []practice, l int, label Label, counts []float64, possible float64, held int) []float64 {
	weights, sum := make([]float64, len(counts)), make([]float64, len(counts))
	var order []int
	for i := range all {
		if all[i].fold != held {
			order = append(order, i)
		}
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
			p := &all[n]
			y := 0.0
			if slices.Contains(p.labels, label) {
				y = 1
			}
			g := 1/(1+math.Exp(-p.logit(weights, l, possible))) - y
			for _, f := range p.features {
				d := g*f.value + learnShrink*weights[f.index]*float64(len(order))/counts[f.index]
				sum[f.index] += d * d
				weights[f.index] -= learnRate * d / math.Sqrt(sum[f.index]+1e-8)
			}
		}
	}
	return weights
}

// bestLine is the logit from which on a label should be given: where precision and recall together are best.
func bestLine(all []verdict) (line, best float64) {
	slices.SortFunc(all, func(a, b verdict) int { return cmp.Compare(b.logit, a.logit) })
	wanted := 0
	for _, v := range all {
		if v.right {
			wanted++
		}
	}
	hits := 0
	for i, v := range all {
		if v.right {
			hits++
		}
		f1 := 2 * float64(hits) / float64(i+1+wanted)
		if f1 > best && i+1 < len(all) {
			best, line = f1, (v.logit+all[i+1].logit)/2
		}
	}
	// A line far from even odds is an accident of few examples.
	return max(-1.5, min(line, 1.5)), best
}
