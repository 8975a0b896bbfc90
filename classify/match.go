package classify

import (
	"slices"
	"strings"
)

// atom is one thing that a rule asks of a single word: to be "team", to begin with "mitarbeit", to be in a list, to be a
// number. All atoms of all rules are looked up at once, so the cost of a text does not grow with the number of rules.
type atom int32

// Atoms that are no words of a list.
const (
	atomAny    atom = iota // <any>: any word
	atomCap                // <cap>: a word with a capital letter that is neither a known common word nor shouted
	atomNumber             // <num>
	atomChild              // <minorage>: 0–17
	atomAdult              // <adultage>: 18–110
	atomYear               // <year>: 1900–2099
	atomName               // <name>: a first name written as one
	atomOwn                // <own>: part of the page's own name
	atomHandle             // <handle>: the first word of an @name
	atomEmoji              // <emoji>
	atomCaps               // <caps>: any capital word
	atomFree               // first free number
)

// trie finds words by their beginning. Letters and digits only; everything else cannot be in it.
type trie struct {
	next []([36]int32)
	out  [][]atom
	word []bool // a word that hashtags are cut at ends here
}

func newTrie() *trie {
	return &trie{next: make([][36]int32, 1), out: make([][]atom, 1), word: make([]bool, 1)}
}

func slot(c byte) int {
	switch {
	case 'a' <= c && c <= 'z':
		return int(c - 'a')
	case '0' <= c && c <= '9':
		return int(c-'0') + 26
	}
	return -1
}

func (t *trie) node(s string) int32 {
	n := int32(0)
	for k := range len(s) {
		c := slot(s[k])
		if c < 0 {
			return -1
		}
		if t.next[n][c] == 0 {
			t.next = append(t.next, [36]int32{})
			t.out = append(t.out, nil)
			t.word = append(t.word, false)
			t.next[n][c] = int32(len(t.next) - 1)
		}
		n = t.next[n][c]
	}
	return n
}

func (t *trie) add(s string, a atom) {
	if n := t.node(s); n > 0 && !slices.Contains(t.out[n], a) {
		t.out[n] = append(t.out[n], a)
	}
}

func (t *trie) addWord(s string) {
	if n := t.node(s); n > 0 {
		t.word[n] = true
	}
}

// path appends the nodes with atoms that the letters of w lead to, taken from its beginning or its end.
func (t *trie) path(w string, backwards bool, nodes []int32) []int32 {
	n := int32(0)
	for k := range len(w) {
		c := w[k]
		if backwards {
			c = w[len(w)-1-k]
		}
		s := slot(c)
		if s < 0 {
			break
		}
		if n = t.next[n][s]; n == 0 {
			break
		}
		if len(t.out[n]) > 0 {
			nodes = append(nodes, n)
		}
	}
	return nodes
}

// longest is the length of the longest word that b begins with, 0 if none.
func (t *trie) longest(b []byte) int {
	n, best := int32(0), 0
	for k, c := range b {
		s := slot(c)
		if s < 0 || t.next[n][s] == 0 {
			break
		}
		n = t.next[n][s]
		if t.word[n] {
			best = k + 1
		}
	}
	return best
}

// segment cuts b into words of the dictionary, from the left and, where the beginning is unknown, from the right.
// Positions are given from base on, as pairs.
func (t *trie) segment(b []byte, base int32, cuts []int32) []int32 {
	at := 0
	for at < len(b) && len(cuts)+2 < cap(cuts) {
		n := t.longest(b[at:])
		if n == 0 || n == len(b) {
			break
		}
		if rest := len(b) - at - n; rest > 0 && rest < 3 { // "mona" does not begin "monat"
			break
		}
		cuts = append(cuts, base+int32(at), base+int32(at+n))
		at += n
	}
	if at == len(b) || len(cuts)+2 >= cap(cuts) {
		return cuts
	}
	// What is left is unknown, or begins with something unknown: the name of a place, of the firm.
	for from := at + 1; from < len(b)-3; from++ {
		if n := t.longest(b[from:]); n == len(b)-from {
			if len(cuts) > 0 || from > at {
				cuts = append(cuts, base+int32(at), base+int32(from))
			}
			return append(cuts, base+int32(from), base+int32(len(b)))
		}
	}
	if len(cuts) > 0 {
		cuts = append(cuts, base+int32(at), base+int32(len(b)))
	}
	return cuts
}

// vocabulary finds the atoms of a word.
type vocabulary struct {
	exact          map[string][]atom
	prefix, suffix *trie // suffix holds the words backwards
	infix          *trie
	hashtags       *trie // words at which hashtags are cut
	common         map[string]bool
	namesakes      wordSet         // words that make a name before them that of a street or a school
	dedicated      wordSet         // words that do so to a name behind them
	idioms         map[string]bool // phrases that begin with what may be a name, written in one
	except         bool            // some list has exceptions, which stand as negative atoms
	count          atom
}

func newVocabulary() *vocabulary {
	return &vocabulary{exact: map[string][]atom{}, prefix: newTrie(), suffix: newTrie(), infix: newTrie(), hashtags: newTrie(),
		common: map[string]bool{}, idioms: map[string]bool{}, count: atomFree}
}

// add registers a word pattern ("team", "mitarbeit*", "*leiterin", "*azubi*") under an atom.
func (v *vocabulary) add(p string, a atom) {
	if word, ok := strings.CutPrefix(p, "-"); ok {
		v.add(word, -a)
		v.except = true
		return
	}
	head, tail := strings.HasPrefix(p, "*"), strings.HasSuffix(p, "*")
	s := strings.Trim(p, "*")
	switch {
	case head && tail:
		v.infix.add(s, a)
	case head:
		v.suffix.add(reverse(s), a)
	case tail:
		v.prefix.add(s, a)
	default:
		if !slices.Contains(v.exact[s], a) {
			v.exact[s] = append(v.exact[s], a)
		}
	}
	if !head && a > 0 && len(s) >= 4 {
		v.hashtags.addWord(s)
	}
}

func reverse(s string) string {
	b := []byte(s)
	slices.Reverse(b)
	return string(b)
}

// find appends the atoms of the folded word b.
func (v *vocabulary) find(b []byte, atoms []atom) []atom {
	from := len(atoms)
	atoms = v.findAll(b, atoms)
	if !v.except {
		return atoms
	}
	// An exception takes its list's atom away: "*meister" without "bürgermeister*".
	found := atoms[from:]
	for _, x := range found {
		if x < 0 {
			for k := range found {
				if found[k] == -x {
					found[k] = atomAny
				}
			}
		}
	}
	kept := found[:0]
	for _, x := range found {
		if x > 0 {
			kept = append(kept, x)
		}
	}
	return atoms[:from+len(kept)]
}

func (v *vocabulary) findAll(b []byte, atoms []atom) []atom {
	atoms = append(atoms, v.exact[string(b)]...)
	n := int32(0)
	for _, c := range b {
		s := slot(c)
		if s < 0 {
			break
		}
		if n = v.prefix.next[n][s]; n == 0 {
			break
		}
		atoms = append(atoms, v.prefix.out[n]...)
	}
	n = 0
	for k := len(b) - 1; k >= 0; k-- {
		s := slot(b[k])
		if s < 0 {
			break
		}
		if n = v.suffix.next[n][s]; n == 0 {
			break
		}
		atoms = append(atoms, v.suffix.out[n]...)
	}
	if len(v.infix.next) > 1 {
		for from := range b {
			n = 0
			for _, c := range b[from:] {
				s := slot(c)
				if s < 0 {
					break
				}
				if n = v.infix.next[n][s]; n == 0 {
					break
				}
				atoms = append(atoms, v.infix.out[n]...)
			}
		}
	}
	return atoms
}

// element is one place of a pattern.
type element struct {
	atom     atom
	also     []atom // or one of these
	gap      int    // > 0: up to so many words of any kind, and no atom
	capital  bool   // ^: must be written with a capital letter
	optional bool   // ?: may be absent
	joined   bool   // ~: nothing but white space stands before
	pre      byte   // the sign that must stand before: ( , : " @ #
	post     byte   // … behind
}

// pattern is a sequence of words within one sentence. Its first element is a word.
type pattern struct {
	elements []element
	source   string
}

// scratch is the working memory of one Classify call.
type scratch struct {
	folded          // the field at hand
	caption folded  // the item's text
	atoms   []atom  // of all words, one after the other
	begins  []int32 // words[i] has atoms[begins[i]:begins[i+1]]
	hits    []hit
	signals []Signal
	fired   []bool // per rule
}

// hit is a pattern found in the field at hand.
type hit struct {
	rule, slot int32
	from, to   int32 // words
}

func (s *scratch) has(i int, a atom) bool {
	for _, x := range s.atoms[s.begins[i]:s.begins[i+1]] {
		if x == a {
			return true
		}
	}
	return false
}

// look finds the atoms of all words.
func (s *scratch) look(v *vocabulary, own map[string]bool) {
	s.atoms, s.begins = s.atoms[:0], s.begins[:0]
	for i := range s.words {
		s.begins = append(s.begins, int32(len(s.atoms)))
		w := &s.words[i]
		b := s.form(i)
		before := len(s.atoms)
		s.atoms = append(s.atoms, atomAny)
		if w.flags&symbol != 0 {
			s.atoms = append(s.atoms, atomEmoji)
			s.atoms = append(s.atoms, v.exact[string(b)]...)
			continue
		}
		if w.flags&digits != 0 {
			s.atoms = append(s.atoms, atomNumber)
			switch n := w.number; {
			case n < 0:
			case n < 18:
				s.atoms = append(s.atoms, atomChild)
			case n <= 110:
				s.atoms = append(s.atoms, atomAdult)
			case 1900 <= n && n < 2100:
				s.atoms = append(s.atoms, atomYear)
			}
		}
		s.atoms = v.find(b, s.atoms)
		if len(own) > 0 && own[string(b)] {
			s.atoms = append(s.atoms, atomOwn)
		}
		if w.flags&mention != 0 && w.pre == '@' {
			s.atoms = append(s.atoms, atomHandle)
		}
		// A first name must be written like one: "rosa Wolken", "frank und frei" are none.
		named := false
		for k := before; k < len(s.atoms); k++ {
			if s.atoms[k] == atomName {
				if w.flags&(capital|part) == 0 || w.flags&mention != 0 || v.namesake(&s.folded, i) {
					s.atoms = slices.Delete(s.atoms, k, k+1)
				} else {
					named = true
				}
				break
			}
		}
		if w.flags&capital != 0 {
			s.atoms = append(s.atoms, atomCaps)
			if !named && w.flags&(shouted|hashtag|part) == 0 && !v.common[string(b)] {
				s.atoms = append(s.atoms, atomCap)
			}
		}
	}
	s.begins = append(s.begins, int32(len(s.atoms)))
}

// longestIdiom is how many words a phrase that begins with a name may have: "frank und frei".
const longestIdiom = 3

// namesake reports whether what may be a first name at word i is nobody's: the name of a street, a school or a prize
// ("Clara-Schumann-Straße", "Clara Schumann Gymnasium"), or the beginning of a phrase ("Frank und frei").
func (v *vocabulary) namesake(f *folded, i int) bool {
	words := f.words
	w := &words[i]
	if w.flags&part == 0 {
		phrase := make([]byte, 0, 32)
		for k := i; k < min(i+longestIdiom, len(words)) && words[k].sentence == w.sentence; k++ {
			if phrase = append(phrase, f.form(k)...); v.idioms[string(phrase)] {
				return true
			}
		}
	}
	if i > 0 && w.pre == 0 && words[i-1].sentence == w.sentence && v.dedicated.has(f.form(i-1)) {
		return true // "Haus Clara Schumann", "rue Clara"
	}
	// The name may have a second first name and a family name, joined to the word behind them or not.
	for k := i + 1; k < min(i+4, len(words)); k++ {
		next := &words[k]
		joined := words[k-1].post == '-' && next.start == words[k-1].end+1
		if next.sentence != w.sentence || next.flags&(capital|part) != capital || next.pre != 0 && !joined {
			return false
		}
		if v.namesakes.has(f.form(k)) {
			return true
		}
	}
	return false
}

// match reports where the pattern ends if it begins at word i.
func (s *scratch) match(p *pattern, i int) (end int, ok bool) {
	if !s.fits(&p.elements[0], i) {
		return 0, false
	}
	return s.rest(p.elements[1:], i)
}

func (s *scratch) rest(e []element, i int) (int, bool) {
	if len(e) == 0 {
		return i, true
	}
	next := func(j int) (int, bool) { // the word after j in the same sentence
		j++
		// The whole of a hashtag is passed over in favour of its parts.
		return j, j < len(s.words) && s.words[j].sentence == s.words[i].sentence
	}
	if e[0].gap > 0 {
		for skip := 0; skip <= e[0].gap; skip++ {
			j := i + skip
			if j >= len(s.words) || s.words[j].sentence != s.words[i].sentence {
				return 0, false
			}
			if end, ok := s.rest(e[1:], j); ok {
				return end, true
			}
		}
		return 0, false
	}
	if j, ok := next(i); ok && s.fits(&e[0], j) {
		if end, ok := s.rest(e[1:], j); ok {
			return end, true
		}
	}
	if e[0].optional {
		return s.rest(e[1:], i)
	}
	return 0, false
}

func (s *scratch) fits(e *element, i int) bool {
	w := &s.words[i]
	if e.capital && w.flags&capital == 0 || e.joined && w.pre != 0 {
		return false
	}
	if e.pre != 0 && !sign(e.pre, w.pre) || e.post != 0 && !sign(e.post, w.post) {
		return false
	}
	if s.has(i, e.atom) {
		return true
	}
	for _, a := range e.also {
		if s.has(i, a) {
			return true
		}
	}
	return false
}

// sign reports whether r is a sign of the class that a pattern writes as c.
func sign(c byte, r rune) bool {
	switch c {
	case '"':
		return r == '"' || r == '„' || r == '“' || r == '”' || r == '«' || r == '»' || r == '‚' || r == '‘' || r == '›' || r == '‹'
	case '-':
		return r == '-' || r == '–' || r == '—'
	case '(':
		return r == '(' || r == '['
	case ')':
		return r == ')' || r == ']'
	}
	return r == rune(c)
}

// parsePattern reads the pattern language of the rules:
//
//	team  mitarbeit*  *leiterin  *azubi*   a word, its beginning, its end, its middle
//	<craft>  <craft|name>                  a word of a list, or of a built-in kind (<name>, <cap>, <num>, …), or of either
//	^wort                                  with a capital letter
//	wort?                                  may be absent
//	~wort                                  no sign stands before it, only white space
//	..  ..5                                up to three (five) words of any kind
//	(wort)  wort:  ,wort  "wort            with this sign before or behind
//	a|b                                    either; of words only: "an der|im" is "an", then "der" or "im"
//
// In a list, -word is an exception from it.
func (r *Rules) parsePattern(source string) (*pattern, error) {
	p := &pattern{source: source}
	for _, field := range strings.Fields(source) {
		var e element
		if n, ok := strings.CutPrefix(field, ".."); ok {
			e.gap = 3
			if n != "" {
				if len(n) != 1 || n[0] < '1' || n[0] > '9' {
					return nil, errorf("pattern %q: gap %q is not of the form ..5", source, field)
				}
				e.gap = int(n[0] - '0')
			}
			p.elements = append(p.elements, e)
			continue
		}
		s := field
		for len(s) > 1 && strings.ContainsRune(`(,:"@#-`, rune(s[0])) {
			e.pre, s = s[0], s[1:]
		}
		if len(s) > 1 && s[0] == '~' {
			e.joined, s = true, s[1:]
		}
		if strings.HasPrefix(s, "^") {
			e.capital, s = true, s[1:]
		}
		if strings.HasSuffix(s, "?") {
			e.optional, s = true, s[:len(s)-1]
		}
		for len(s) > 1 && strings.ContainsRune(`),:"!-`, rune(s[len(s)-1])) {
			e.post, s = s[len(s)-1], s[:len(s)-1]
		}
		var words []string
		for alternative := range strings.SplitSeq(spread(s), "|") {
			if alternative == "" {
				return nil, errorf("pattern %q: an empty word", source)
			}
			if a, ok := builtinAtoms[strings.Trim(alternative, "<>")]; ok && alternative[0] == '<' {
				e.also = append(e.also, a)
			} else {
				words = append(words, alternative)
			}
		}
		if len(words) > 0 {
			a, err := r.atom(strings.Join(words, "|"))
			if err != nil {
				return nil, errorf("pattern %q: %w", source, err)
			}
			e.atom = a
		} else {
			e.atom, e.also = e.also[0], e.also[1:]
		}
		p.elements = append(p.elements, e)
	}
	if len(p.elements) == 0 || p.elements[0].gap > 0 || p.elements[0].optional || p.elements[len(p.elements)-1].gap > 0 {
		return nil, errorf("pattern %q: does not begin and end with a word", source)
	}
	if p.elements[0].atom == atomAny || slices.Contains(p.elements[0].also, atomAny) {
		return nil, errorf("pattern %q: begins with <any>", source)
	}
	return p, nil
}

// spread writes "<a|b>" as "<a>|<b>".
func spread(s string) string {
	open, rest, ok := strings.Cut(s, "<")
	if !ok {
		return s
	}
	in, after, ok := strings.Cut(rest, ">")
	if !ok {
		return s
	}
	return open + "<" + strings.ReplaceAll(in, "|", ">|<") + ">" + spread(after)
}

var builtinAtoms = map[string]atom{"any": atomAny, "cap": atomCap, "num": atomNumber, "minorage": atomChild, "adultage": atomAdult,
	"year": atomYear, "name": atomName, "own": atomOwn, "handle": atomHandle, "emoji": atomEmoji, "caps": atomCaps}

// atom returns the atom of an element: a list, a word, or several with "|" between them.
func (r *Rules) atom(s string) (atom, error) {
	if s == "" {
		return 0, errorf("an empty word")
	}
	if a, ok := r.atoms[s]; ok {
		return a, nil
	}
	a := r.vocabulary.count
	r.vocabulary.count++
	r.atoms[s] = a
	for alternative := range strings.SplitSeq(s, "|") {
		if strings.HasPrefix(alternative, "<") {
			name := strings.Trim(alternative, "<>")
			words, ok := r.lists[name]
			if !ok {
				return 0, errorf("no list %q", name)
			}
			for _, w := range words {
				r.vocabulary.add(w, a)
			}
			continue
		}
		w, err := foldPattern(alternative)
		if err != nil {
			return 0, err
		}
		r.vocabulary.add(w, a)
	}
	return a, nil
}

// foldPattern folds one word of a rule and keeps its asterisks.
func foldPattern(s string) (string, error) {
	head, tail := "", ""
	if strings.HasPrefix(s, "*") {
		head, s = "*", s[1:]
	}
	if strings.HasSuffix(s, "*") {
		tail, s = "*", s[:len(s)-1]
	}
	var f folded
	f.take(s, nil)
	if len(f.words) != 1 || f.words[0].end-f.words[0].start != int32(len(s)) {
		return "", errorf("%q is not one word", s)
	}
	form := string(f.form(0))
	if (head != "" || tail != "") && (len(form) < 3 || strings.ContainsFunc(form, func(c rune) bool { return c >= 0x80 || slot(byte(c)) < 0 })) {
		return "", errorf("%q: with an asterisk a word needs three letters or more, plain ones", s)
	}
	return head + form + tail, nil
}
