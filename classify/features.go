package classify

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"pagerisk/scanner"
)

// feature is one property of an item that the learned scorer knows, with the words that it rests on.
type feature struct {
	value float64
	row   int32 // of the model
	place int32 // of features.places, noPlace where it rests on no words
	ruled bool  // it repeats what the rules say
}

// noPlace is the place of what rests on no words.
const noPlace = int32(-1)

// place is a word that features rest on.
type place struct {
	field    string
	from, to int  // bytes of the field
	small    bool // the word means nothing by itself
	common   bool // … and is one of those that every text has, no short one like "7c"
}

// features collects the properties of one item: words, stems, pairs of words, classes of words, and the frame around
// them. Each stands once, with its first place.
type features struct {
	model  *model
	rows   map[string]int32 // while training: the names so far
	last   []int32          // by row: the item that had it last
	item   int32
	named  bool // keep the names, for explanations
	out    []feature
	names  []string // of out, where named
	places []place
	order  []int32   // of out, by place
	starts []int32   // room to make it
	parts  []carrier // room for the words of one explanation
	words  []meaning // room for the words of one text
}

func (c *features) begin() {
	c.item, c.out, c.names, c.places = c.item+1, c.out[:0], c.names[:0], c.places[:0]
}

// byPlace puts the features into order: those of no place, then those of each word together.
func (c *features) byPlace() {
	starts := append(c.starts[:0], make([]int32, len(c.places)+2)...)
	for i := range c.out {
		starts[c.out[i].place+2]++
	}
	for k := 1; k < len(starts); k++ {
		starts[k] += starts[k-1]
	}
	c.order = slices.Grow(c.order[:0], len(c.out))[:len(c.out)]
	for i := range c.out {
		at := &starts[c.out[i].place+1]
		c.order[*at] = int32(i)
		*at++
	}
	c.starts = starts
}

// hashParts is FNV-1a over the parts of a name.
func hashParts(parts ...string) uint64 {
	h := uint64(14695981039346656037)
	for _, p := range parts {
		for i := range len(p) {
			h = (h ^ uint64(p[i])) * 1099511628211
		}
	}
	return h
}

func (c *features) put(f feature, parts ...string) {
	row, ok := c.row(parts)
	if !ok || c.last[row] == c.item {
		return
	}
	c.last[row] = c.item
	f.row = row
	if c.named {
		c.names = append(c.names, strings.Join(parts, ""))
	}
	c.out = append(c.out, f)
}

// row is the number of a name: without a model, for training, each name gets one.
func (c *features) row(parts []string) (row int32, ok bool) {
	if c.model != nil {
		return c.model.rows.find(hashParts(parts...))
	}
	name := strings.Join(parts, "")
	if row, ok = c.rows[name]; !ok {
		row = int32(len(c.rows))
		c.rows[name], c.last = row, append(c.last, 0)
	}
	return row, true
}

func (c *features) frame(parts ...string) { c.put(feature{value: 1, place: noPlace}, parts...) }

// crowdSize puts numbers of people into groups: it matters most whether there is one, or two, or many.
func crowdSize(people int) int {
	switch {
	case people < 0:
		return 0
	case people <= 3:
		return people
	case people < 6:
		return 4
	case people < 10:
		return 5
	default:
		return 6
	}
}

// crowdSizes is how many groups crowdSize knows.
const crowdSizes = 7

// collect puts together the properties of an item.
func (j *judgement) collect(c *features) {
	c.frame("base")
	c.frame("kind:", string(j.Item.Kind))
	c.frame("page:", j.Page.Kind)
	c.frame("sector:", j.Page.Sector)
	c.frame("platform:", string(j.Item.Platform))
	size := strconv.Itoa(crowdSize(j.count()))
	c.frame("people:", size)
	c.frame("people:", size, " ", j.Page.Sector)
	c.frame("kind:", string(j.Item.Kind), " ", j.Page.Sector)
	c.frame("media:", strconv.Itoa(min(len(j.Item.Media), 4)))
	if slices.ContainsFunc(j.Item.Media, func(m scanner.Media) bool { return m.Video }) {
		c.frame("video")
	}
	if len(j.Item.Tags) > 0 {
		c.frame("tags")
	}
	switch {
	case j.words == 0:
		c.frame("words:0")
	case j.words <= 6:
		c.frame("words:few")
	case j.words >= 40:
		c.frame("words:many")
	}
	// What the rules say of the other labels matters too: who is a pupil is hardly a colleague.
	for _, label := range Labels {
		if label == Stock {
			continue // models are dealt with where the labels are balanced
		}
		if score, _ := j.score(label); score != 0 {
			c.put(feature{value: clampScore(score) / 3, place: noPlace, ruled: true}, "rules:", string(label))
		}
	}
	for _, s := range j.signals {
		if s.Label == Stock {
			continue
		}
		sign := "+"
		if s.Evidence.Weight < 0 {
			sign = "-"
		}
		c.put(feature{value: 1, place: noPlace, ruled: true}, "family:", sign, string(s.Label), ".", s.Family)
	}

	f := &j.scratch.folded // the fields have been looked through
	f.take(j.Page.Name, nil)
	for i := range f.words {
		if w := f.form(i); len(w) >= 4 {
			c.frame("name:", stem(string(w)))
		}
	}
	j.wordFeatures(c, &j.scratch.caption, "", "text")
	f.take(j.Item.Album, j.rules.vocabulary.hashtags)
	j.wordFeatures(c, f, "album:", "album")
}

// stem is the beginning of a word: enough to tell it from others, little enough to survive German endings.
func stem(w string) string {
	if len(w) <= stemLength {
		return w
	}
	n := stemLength
	for !utf8.RuneStart(w[n]) {
		n--
	}
	return w[:n]
}

// stemLength is in bytes of the folded word.
const stemLength = 6

// classes are the lists of the rules as word classes: what was learned of one craft holds for others too.
type classes struct {
	names          []string
	exact          map[string][]atom // atoms are places in names
	prefix, suffix *trie             // suffix holds the words backwards
}

// noClass are lists that say nothing of a word's meaning.
func noClass(list string) bool {
	return strings.HasPrefix(list, "beside_") || strings.HasPrefix(list, "page_") || strings.HasPrefix(list, "talk_") || strings.HasPrefix(list, "sector_") ||
		strings.HasPrefix(list, "common") || list == "generic" || list == "person" || list == "greetings" || strings.HasPrefix(list, "name") || list == "dedicated"
}

func newClasses(lists map[string][]string) *classes {
	c := &classes{exact: make(map[string][]atom), prefix: newTrie(), suffix: newTrie()}
	for _, list := range slices.Sorted(maps.Keys(lists)) {
		if noClass(list) {
			continue
		}
		class := atom(len(c.names))
		c.names = append(c.names, list)
		for _, w := range lists[list] {
			head, tail := strings.HasPrefix(w, "*"), strings.HasSuffix(w, "*")
			switch s := strings.Trim(w, "*"); {
			case strings.HasPrefix(w, "-") || head && tail:
			case head:
				c.suffix.add(reverse(s), class)
			case tail:
				c.prefix.add(s, class)
			case !slices.Contains(c.exact[s], class):
				c.exact[s] = append(c.exact[s], class)
			}
		}
	}
	return c
}

// of returns the classes of a folded word, the closest match first.
func (c *classes) of(w string, into []string) []string {
	add := func(classes []atom) {
		for _, a := range classes {
			if name := c.names[a]; !slices.Contains(into, name) {
				into = append(into, name)
			}
		}
	}
	add(c.exact[w])
	var room [16]int32 // of nodes, the longest match last; few words match so many lists
	for _, n := range slices.Backward(c.suffix.path(w, true, room[:0])) {
		add(c.suffix.out[n])
	}
	for _, n := range slices.Backward(c.prefix.path(w, false, room[:0])) {
		add(c.prefix.out[n])
	}
	return into
}

// times is a feature that counts less: many of its kind stand on one word.
func (f feature) times(value float64) feature {
	f.value = value
	return f
}

// meaning is what is known of a word of a text.
type meaning struct {
	form  string
	at    feature // as a place that features rest on
	name  bool    // a first name, written as one
	kinds []string
}

// mean finds what is known of each word.
func (c *features) mean(j *judgement, f *folded, field string) {
	for len(c.words) < len(f.words) {
		c.words = append(c.words, meaning{})
	}
	letters := string(f.buf)
	for i := range f.words {
		w, m := &f.words[i], &c.words[i]
		form := letters[w.from:w.to]
		m.form, m.name, m.kinds = form, j.rules.firstName(f, i), m.kinds[:0]
		m.at = feature{value: 1, place: int32(len(c.places))}
		common := j.small[form]
		c.places = append(c.places, place{field, int(w.start), int(w.end), common || len(form) < 4 && !m.name, common})
		if w.flags&(digits|mention|symbol) == 0 {
			m.kinds = j.classes.of(form, m.kinds)
		}
	}
}

// The names of features, by their beginning. Behind "album:" they speak of the name of the album.
//
//	w:   a word                               w:werkstatt
//	s:   how a longer word begins             s:meiste
//	e:   how a longer word ends               e:fest
//	g:   a piece of a longer word             g:meist
//	n:   a word beside how many are shown     n:1 stolz
//	p:   two words, or their kinds, in turn   p:unsere <craft>
//	c:   the kind of a word                   c:craft
//	k:   … on a kind of page, K: in a sector  k:practice craft
//	b:   a word before a kind of word         b:danke firstwords
//	a:   a kind of word before a word         a:craft zeigt
//	x:   two kinds of words in one sentence   x:craft work
//	not: a word that is denied                not:kunde
//	says: a word in quotation marks           says:danke
//	begins: a word at the beginning           begins:heute
func (j *judgement) wordFeatures(c *features, f *folded, prefix, field string) {
	c.mean(j, f, field)
	before := "^"
	names := 0
	few := strconv.Itoa(min(crowdSize(j.count()), 4)) // one person meant, or two, or a group
	var last []string                                 // kinds of the word before
	for i := range f.words {
		w, m := &f.words[i], &c.words[i]
		at, word := m.at, m.form
		switch {
		case w.flags&digits != 0:
			word = "0"
			if w.number >= 0 && w.number < 18 {
				word = "0<18"
			}
		case m.name:
			if j.own[word] {
				c.put(at, "own name")
			}
			word = "NAME"
			names++
		case j.own[word]:
			word = "OWN"
		case w.flags&mention != 0:
			word = "@"
		}
		token := stem(word)
		plain := token
		for k, class := range m.kinds {
			c.put(at, prefix, "c:", class)
			c.put(at, prefix, "k:", j.Page.Kind, " ", class)
			c.put(at, prefix, "K:", j.Page.Sector, " ", class)
			if k == 0 && word != "NAME" {
				token = "<" + class + ">"
			}
		}
		if w.flags&negated != 0 {
			c.put(at, prefix, "not:", token)
		} else {
			c.put(at, prefix, "w:", word)
			if prefix == "" {
				c.put(at, "n:", few, " ", plain)
			}
			if len(word) > stemLength {
				c.put(at, prefix, "s:", plain)
			}
			// A piece of a compound is often known where the whole is not: "Bademeisterhäuschen".
			for k := 1; len(word) >= 7 && k+pieceLength <= len(word); k++ {
				if whole(word, k, k+pieceLength) {
					c.put(at.times(0.5), "g:", word[k:k+pieceLength])
				}
			}
			// German puts what a thing is at the end: "Hauswirtschaftsleiterin", "Sommerfest".
			if n := len(word); n >= 9 && whole(word, n-6, n) {
				c.put(at, prefix, "e:", word[n-6:])
			}
			if n := len(word); n >= 7 && w.flags&capital != 0 && whole(word, n-4, n) {
				c.put(at, prefix, "e:", word[n-4:])
			}
		}
		if prefix == "" {
			if w.flags&first != 0 {
				before, last = "^", nil
			}
			c.put(at, "p:", before, " ", token)
			for _, class := range m.kinds {
				c.put(at, "b:", before, " ", class)
			}
			for _, class := range last {
				c.put(at, "a:", class, " ", plain)
			}
			before, last = token, m.kinds
		}
	}
	if prefix == "" {
		j.shape(c, f, names)
	}
}

// pieceLength is how many bytes of a compound are looked at together.
const pieceLength = 5

// whole reports whether a piece of a word cuts no letter in two.
func whole(word string, from, to int) bool {
	return utf8.RuneStart(word[from]) && (to == len(word) || utf8.RuneStart(word[to]))
}

// pairReach is how many words apart two kinds of words may stand to be read together.
const pairReach = 8

// marks are pairs of kinds of words in one sentence: a trade and a verb of work, a name and a gift.
func (j *judgement) marks(c *features, f *folded) {
	type mark struct {
		class        string
		at, sentence int
	}
	var marks []mark
	for i := range f.words {
		m, sentence := &c.words[i], int(f.words[i].sentence)
		if m.name {
			marks = append(marks, mark{"NAME", i, sentence})
			continue
		}
		for _, class := range m.kinds {
			marks = append(marks, mark{class, i, sentence})
		}
	}
	for a, x := range marks {
		for _, y := range marks[a+1:] {
			if y.sentence != x.sentence || y.at-x.at > pairReach {
				break
			}
			if y.at > x.at {
				c.put(c.words[y.at].at.times(0.7), "x:", x.class, " ", y.class)
			}
		}
	}
}

// shape is how a caption is built: quotes, questions, how many names for how many people, who speaks.
func (j *judgement) shape(c *features, f *folded, names int) {
	text := j.Item.Text
	size := strconv.Itoa(crowdSize(j.count()))
	c.frame("names:", strconv.Itoa(min(names, 3)))
	c.frame("names:", strconv.Itoa(min(names, 4)), " people:", size)
	quote := strings.IndexAny(text, "„“\"»")
	switch {
	case quote == 0:
		c.frame("quote first")
	case quote > 0:
		c.frame("quote")
	}
	if strings.Contains(text, "?") {
		c.frame("question")
	}
	if strings.Contains(text, "!") {
		c.frame("shout")
	}
	if strings.Contains(text, "#") {
		c.frame("hashtag")
	}
	if text != "" && text == strings.ToLower(text) {
		c.frame("lower case")
	}
	// The first words tell what a caption is about.
	for i := range min(3, len(f.words)) {
		m := &c.words[i]
		if m.name {
			c.put(m.at, "begins:NAME")
			continue
		}
		c.put(m.at, "begins:", stem(m.form))
		for _, class := range m.kinds {
			c.put(m.at, "begins:c:", class)
		}
	}
	j.marks(c, f)
	// What somebody says in quotes is said by who is shown, not by the house.
	in := false
	at := 0
	for i := range f.words {
		w := &f.words[i]
		for ; at < int(w.start); at++ {
			switch {
			case strings.HasPrefix(text[at:], "„"), strings.HasPrefix(text[at:], "»"):
				in = true
			case strings.HasPrefix(text[at:], "“"):
				in = !in
			case strings.HasPrefix(text[at:], "”"), strings.HasPrefix(text[at:], "«"):
				in = false
			case text[at] == '"':
				in = !in
			}
		}
		if in {
			c.put(c.words[i].at, "says:", stem(c.words[i].form))
		}
	}
}
