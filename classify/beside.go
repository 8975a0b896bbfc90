package classify

import (
	"bytes"
	"slices"
	"strings"
	"sync"
)

// Beside finds the words of a text that speak of people beside those whom names name, as they stand in the text:
// other first names, forms of address, words for relatives, colleagues and groups, and what a name is joined to with "and".
// It is made for questions where overlooking somebody is worse than asking once too often; what can be read as said of the
// named people themselves ("Gitte Rau, unsere Azubi", "Gitte Rau ist Kundin", "verstärkt unser Team") is left out. Quotes
// are in the order of the text, each once, at most five.
func (r *Rules) Beside(text string, names []string) []string {
	b := besideWords()
	var f folded
	f.take(text, nil)
	w := f.words
	named := markNames(&f, names)
	isNamed := func(i int) bool { return i >= 0 && i < len(w) && named[i] }
	among := func(i int, s wordsBut) bool { return i >= 0 && i < len(w) && s.has(f.form(i)) }
	upper := func(i int) bool {
		return i >= 0 && i < len(w) && w[i].flags&capital != 0 && w[i].flags&(symbol|digits) == 0
	}
	same := func(i, k int) bool {
		return i >= 0 && k >= 0 && i < len(w) && k < len(w) && w[i].sentence == w[k].sentence
	}
	// Whether nothing but white space, or one of these signs, stands between a word and the next.
	between := func(i int, signs string) bool {
		return i >= 0 && i+1 < len(w) && w[i].end <= w[i+1].start && strings.Trim(text[w[i].end:w[i+1].start], " \u00a0"+signs) == ""
	}
	name := func(i int) bool { // a first name written as one
		return upper(i) && among(i, b.name) && !r.vocabulary.common[string(f.form(i))] && !r.vocabulary.namesake(&f, i)
	}
	// Two words as a full name has them. Nouns look the same, so the place has to tell the rest.
	pair := func(i int) bool {
		return upper(i) && upper(i+1) && between(i, "") && !isNamed(i) && !isNamed(i+1) && !among(i, b.work) && !among(i, b.people) && !among(i, b.common) && !among(i+1, b.common)
	}
	var out []string
	say := func(i, k int) {
		k = min(k, len(w)-1)
		if quote := strings.TrimSpace(text[w[i].start:w[k].end]); len(out) < maxBeside && !slices.Contains(out, quote) {
			out = append(out, quote)
		}
	}
	for i := range w {
		if named[i] || w[i].flags&(symbol|part) != 0 {
			continue
		}
		prev, next := i-1, i+1
		beforeName := isNamed(next) && same(i, next)
		afterName := isNamed(prev) && same(i, prev)
		switch {
		case among(i, b.and) && w[i].flags&digits == 0 && (afterName || beforeName):
			// "Gitte Rau und Veit Lund", both named, are no more than two.
			if afterName && beforeName || afterName && isNamed(next+1) && same(i, next+1) && among(next, b.address) || beforeName && w[i].flags&first != 0 {
				continue
			}
			if afterName {
				say(i, next)
			} else {
				say(max(prev, 0), i)
			}
		case among(i, b.with) && (pair(next) || name(next)) && same(i, next):
			say(next, next+1)
		case name(i):
			if among(i, b.unsure) && !upper(next) && !among(prev, b.and) && !among(next, b.and) {
				continue // "im August", "Rosa ist das neue Grün"
			}
			say(i, i)
		case among(i, b.address) && upper(next) && between(i, ".") && !isNamed(next) && !among(next, b.people) && !(among(next, b.address) && isNamed(next+1)):
			say(i, next)
		case afterName && pair(i) && prev >= 0 && between(prev, ",;/"):
			say(i, next)
		case b.place(&f, i, named):
			say(i, i)
		case among(i, b.several):
			say(i, i)
		case among(i, b.team):
			if !belongs(&f, i, b) {
				say(i, i)
			}
		case among(i, b.people) && (upper(i) || among(i, b.small)):
			single := !among(i, b.plural) && !among(i, b.dative) || among(i, b.dative) && isNamed(next) && w[i].post == 0
			if !single || !ofNamed(&f, i, named, b) {
				say(i, i)
			}
		}
		if w[i].post == '&' || w[i].post == '+' {
			if i+1 < len(w) && isNamed(i+1) && between(i, "&+") {
				say(i, i)
			}
		}
	}
	for i := range w { // "Gitte Rau & ihr Team", "Gitte Rau + 3"
		if named[i] && i+1 < len(w) && !named[i+1] && between(i, "&+") && strings.ContainsAny(text[w[i].end:w[i+1].start], "&+") {
			say(i+1, i+2)
		}
	}
	return out
}

// maxBeside is how many quotes say enough.
const maxBeside = 5

// markNames says of each word whether it is part of one of the names, or a part of one that stands alone: after "Gitte Rau"
// nobody else need be meant by "Gitte".
func markNames(f *folded, names []string) []bool {
	marked := make([]bool, len(f.words))
	parts := map[string]bool{}
	for _, n := range names {
		run := strings.Fields(foldString(n))
		for i := 0; i+len(run) <= len(f.words); i++ {
			whole := len(run) > 0
			for k := range run {
				whole = whole && string(f.form(i+k)) == run[k]
			}
			for k := range run {
				marked[i+k] = marked[i+k] || whole
			}
		}
		for _, p := range run {
			if len(p) > 1 {
				parts[p] = true
			}
		}
	}
	for i := range f.words {
		if marked[i] || f.words[i].flags&capital == 0 {
			continue
		}
		form := f.form(i)
		alone := (i == 0 || f.words[i-1].flags&capital == 0 || f.words[i-1].sentence != f.words[i].sentence || f.words[i-1].post != 0) &&
			(i+1 == len(f.words) || f.words[i+1].flags&capital == 0 || f.words[i+1].sentence != f.words[i].sentence || f.words[i].post != 0)
		marked[i] = alone && (parts[string(form)] || parts[string(bytes.TrimSuffix(form, []byte("s")))])
	}
	return marked
}

// ofNamed reports whether a word for a person can be said of the named one: beside the name ("Kollegin Gitte Rau", "Gitte Rau,
// unsere neue Azubi") or joined to it by a verb of being ("ist unsere neue Kollegin", "Unsere Neue heißt").
func ofNamed(f *folded, i int, named []bool, b *beside) bool {
	w := f.words
	stops := func(k int) bool {
		return b.other.has(f.form(k)) || b.and.has(f.form(k)) || b.with.has(f.form(k))
	}
	within := func(k int) bool { return k >= 0 && k < len(w) && w[k].sentence == w[i].sentence }
	if within(i+1) && named[i+1] || within(i+2) && named[i+2] && b.address.has(f.form(i+1)) {
		return true
	}
	is := false
	for k := i + 1; k <= i+reach && within(k) && !stops(k); k++ {
		if named[k] {
			if is || w[k-1].post == ':' {
				return true
			}
			break
		}
		is = is || b.being.has(f.form(k))
	}
	beside := true // so far only what may stand before a noun
	articles := 0
	for k := i - 1; k >= i-reach && within(k); k-- {
		form := f.form(k)
		switch {
		case named[k]:
			return beside && (k == i-1 || w[k].post != 0)
		case b.being.has(form):
			return true
		case stops(k), w[k].flags&capital != 0 && w[k].flags&first == 0 && !b.common.has(form):
			return false
		case b.article.has(form):
			if articles++; articles > 1 {
				beside = false
			}
		case w[k].flags&digits == 0 && !b.adjective.has(form) && !strings.ContainsAny(string(form[max(len(form)-2, 0):]), "e"):
			beside = false
		}
	}
	return false
}

// belongs reports whether a word for a team says where somebody works: "im Team", "verstärkt unser Team", "Teil des Teams".
func belongs(f *folded, i int, b *beside) bool {
	w := f.words
	for k := i - 1; k >= 0 && i-k <= reach && w[k].sentence == w[i].sentence; k-- {
		switch form := f.form(k); {
		case b.into.has(form):
			return true
		case b.and.has(form), b.with.has(form), b.other.has(form):
			return false
		}
	}
	return false
}

// reach is how many words may stand between a name and what is said of it: "ist seit Mai unsere neue".
const reach = 5

// place reports whether a word says where somebody stands among others: "(links)", "2. v. l.", "von rechts".
func (b *beside) place(f *folded, i int, named []bool) bool {
	w := f.words
	switch {
	case !b.sides.has(f.form(i)):
		return false
	case i > 0 && named[i-1] && (w[i].pre == '(' || w[i].pre == ','):
		return true
	case i+1 < len(w) && named[i+1] && w[i].post == ':':
		return true
	}
	if i == 0 || w[i-1].sentence != w[i].sentence {
		return false
	}
	switch string(f.form(i - 1)) {
	case "v", "von", "from", "second", "third":
		return true
	}
	return false
}

// beside are the words by which Beside reads, lists of the built-in rules: whoever brings rules of their own has not
// thought of these questions.
type beside struct {
	name, unsure, common, address, article, adjective, dative, and, with, several, team, people, plural, small, being, other, into, sides, work wordsBut
}

// wordsBut are lists of word patterns, each with its own exceptions, less the exceptions of the first from all.
type wordsBut struct {
	lists []wordSet
	but   wordSet
}

func (s wordsBut) has(form []byte) bool {
	return !s.but.has(form) && slices.ContainsFunc(s.lists, func(l wordSet) bool { return l.has(form) })
}

var besideWords = sync.OnceValue(func() *beside {
	r, err := loadBuiltin()
	if err != nil {
		panic(err) // the rules are compiled in, and tested
	}
	words := func(lists ...string) (all wordsBut) {
		var but []string
		for _, p := range r.lists[lists[0]] {
			if word, except := strings.CutPrefix(p, "-"); except {
				but = append(but, word)
			}
		}
		all.but = newWordSet(but)
		for _, l := range lists {
			all.lists = append(all.lists, newWordSet(r.lists[l]))
		}
		return all
	}
	return &beside{
		name: words("name"), unsure: words("name_unsure"), common: words("common"),
		address: words("beside_address", "honorific"), article: words("beside_article"), adjective: words("beside_adjective"),
		dative: words("beside_dative"), and: words("beside_and"), with: words("beside_with"), several: words("beside_several"),
		team: words("beside_team", "teamword"),
		people: words("beside_people", "kin", "young", "trainees", "staffword", "staffone", "customers", "customerone", "volunteers", "kidsgroup",
			"members", "outsider", "clergy"),
		plural: words("beside_plural"), small: words("beside_small"), being: words("beside_being"), other: words("beside_other"),
		into: words("beside_into"), sides: words("beside_sides"),
		work: words("beside_work", "department", "job_craft", "job_plant", "job_kitchen", "job_shop", "job_health", "job_school", "job_office", "craft", "title"),
	}
})
