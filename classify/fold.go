package classify

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Folding brings the many spellings of a word to one: case, ß and ss, ü and ue, accents, composed and decomposed letters,
// and the gender marks of German (Kolleg:innen, Kolleg*innen, Kolleg_innen, Kolleg/-innen, KollegInnen, Kollegen(innen)).
// A folded text keeps the way back to the bytes it came from, so that evidence quotes what was really written.

// word is one word, number, emoji or part of a hashtag of a text.
type word struct {
	start, end int32 // bytes of the text
	from, to   int32 // bytes of folded.buf
	sentence   int32
	pre, post  rune // the sign before and after, 0 if only white space: "(", ")", ":", ",", "„", "#", "@", …
	number     int32
	flags      wordFlags
}

type wordFlags uint16

const (
	capital wordFlags = 1 << iota // begins with a capital letter
	shouted                       // all capitals, more than one
	digits                        // a number; word.number has it, -1 beyond 9 digits
	hashtag                       // the whole of a hashtag
	part                          // a part of a hashtag
	mention                       // part of an @name
	symbol                        // an emoji or ©
	negated                       // "kein", "nicht", "ohne", "no" stand before it
	first                         // first of its sentence
	leading                       // begins its line: greetings and lists do
)

// folded is a text taken apart. It is reused: nothing of it outlives the call that filled it.
type folded struct {
	text  string
	buf   []byte
	back  []int32 // for each byte of buf the byte of text it came from
	ahead []int32 // … and where the letter that it came from ends
	words []word
}

func (f *folded) form(i int) []byte { return f.buf[f.words[i].from:f.words[i].to] }

// maxWords bounds what one text may cost: captions have at most 63,206 bytes (Facebook's own limit), some 12,000 words.
const maxWords = 20_000

// take folds a text and cuts it into words. dictionary cuts hashtags written in one ("#danketeam"); it may be nil.
func (f *folded) take(text string, dictionary *trie) {
	f.text = text
	f.buf, f.back, f.ahead, f.words = f.buf[:0], f.back[:0], f.ahead[:0], f.words[:0]
	var (
		sentence  int32
		ends      bool // a sign that may end a sentence was seen since the last word
		newline   = true
		pre       rune
		sinceWord int // runes of punctuation since the last word
		mentionOn bool
	)
	for i := 0; i < len(text) && len(f.words) < maxWords; {
		r, n := decode(text, i)
		switch {
		case isLetter(r) || isDigit(r):
			if ends && f.breaks(text, i, r) {
				sentence++
			}
			ends = false
			w := word{start: int32(i), from: int32(len(f.buf)), sentence: sentence, pre: pre}
			if pre != '.' && pre != '_' && pre != '-' || sinceWord != 1 {
				mentionOn = pre == '@'
			}
			i = f.fold(text, i, mentionOn, &w)
			w.end, w.to = int32(i), int32(len(f.buf))
			switch {
			case pre == '#':
				w.flags |= hashtag
			case mentionOn:
				w.flags |= mention
			}
			if newline {
				w.flags |= leading
			}
			if len(f.words) == 0 || f.words[len(f.words)-1].sentence != sentence {
				w.flags |= first
			}
			newline = false
			f.words = append(f.words, w)
			if w.flags&hashtag != 0 {
				f.cutHashtag(len(f.words)-1, dictionary)
			}
			pre, sinceWord = 0, 0
			continue
		case isEmoji(r):
			w := word{start: int32(i), end: int32(i + n), from: int32(len(f.buf)), sentence: sentence, pre: pre, flags: symbol}
			f.add(text[i:i+n], i, i+n)
			w.to = int32(len(f.buf))
			f.words = append(f.words, w)
			pre, sinceWord = 0, 0
			// A heart ends a sentence as a full stop does; a camera or © stands before the name it speaks of.
			ends = !isCredit(r)
		case r == '\n' || r == '\u2028' || r == '\u2029':
			f.mark(r, &sinceWord)
			if len(f.words) > 0 && f.words[len(f.words)-1].sentence == sentence {
				sentence++
			}
			ends, newline, pre = false, true, 0
		case unicode.IsSpace(r) || r == '\u200b' || r == '\ufe0f' || r == '\u200d':
			if r != '\ufe0f' && r != '\u200d' {
				if pre == '#' || pre == '@' {
					pre = 0
				}
				mentionOn = false
			}
		default:
			f.mark(r, &sinceWord)
			if r == '.' || r == '!' || r == '?' || r == '…' || r == '•' || r == '|' {
				ends = true
			}
			pre = r
		}
		i += n
	}
	f.negate()
}

// mark notes the first sign after the last word.
func (f *folded) mark(r rune, since *int) {
	if *since == 0 && len(f.words) > 0 {
		for i := len(f.words) - 1; i >= 0; i-- {
			f.words[i].post = r
			if f.words[i].flags&part == 0 {
				break
			}
		}
	}
	*since++
}

// breaks reports whether a stop before text[i:] ends a sentence: "Dr. Malou", "1. April", "z. B. hier" do not.
func (f *folded) breaks(text string, i int, r rune) bool {
	if len(f.words) == 0 {
		return false
	}
	w := f.words[len(f.words)-1]
	if w.flags&symbol != 0 {
		return unicode.IsUpper(r)
	}
	if w.post != '.' {
		return true
	}
	if int(w.end)+1 == i { // "ver.di", "1.400"
		return false
	}
	if w.flags&digits != 0 || w.to-w.from == 1 {
		return false
	}
	switch string(f.buf[w.from:w.to]) {
	case "dr", "prof", "med", "dent", "vet", "ing", "dipl", "mag", "hl", "st", "str", "nr", "ca", "bzw", "inkl", "usw", "vgl", "mr", "mrs", "ms", "jun", "sen", "fam":
		return false
	}
	return !unicode.IsLower(r)
}

// fold appends the folded letters of one word from text[i:] and returns where it ends.
func (f *folded) fold(text string, i int, inMention bool, w *word) int {
	begin := i
	number, isNumber := int32(0), true
	upper, letters := 0, 0
	for i < len(text) {
		r, n := decode(text, i)
		switch {
		case isDigit(r):
			if isNumber && number >= 0 {
				if i-begin >= 9 {
					number = -1
				} else {
					number = number*10 + int32(r-'0')
				}
			}
			if letters > 0 && isNumber {
				isNumber = false
			}
			f.add(text[i:i+n], i, i+n)
		case r == 0x0308 && len(f.buf) > int(w.from) && isVowel(f.buf[len(f.buf)-1]):
			f.add("e", i, i+n)
		case isMark(r):
			f.extend(i + n)
		case isLetter(r):
			if letters == 0 && i > begin && isNumber { // "40mm", "4er": one word, no number
				isNumber = false
			}
			isNumber = false
			if letters == 0 && i == begin && unicode.IsUpper(r) {
				w.flags |= capital
			}
			if unicode.IsUpper(r) {
				upper++
			}
			letters++
			f.letter(r, i, i+n)
		default:
			j := genderMark(text, i, r, n)
			if j < 0 || letters < 3 || inMention {
				return f.finish(w, i, number, isNumber, upper, letters)
			}
			// The letters behind the mark follow as if it were not there; a closing bracket is passed over.
			i = j
			for i < len(text) {
				r, n := decode(text, i)
				if !isLetter(r) {
					if r == ')' && text[j-1] == '(' {
						f.extend(i + n)
						i += n
					}
					break
				}
				f.letter(r, i, i+n)
				letters++
				i += n
			}
			return f.finish(w, i, number, false, 0, letters)
		}
		i += n
	}
	return f.finish(w, i, number, isNumber, upper, letters)
}

func (f *folded) finish(w *word, i int, number int32, isNumber bool, upper, letters int) int {
	if isNumber {
		w.flags |= digits
		w.number = number
	}
	if upper > 1 && upper == letters {
		w.flags |= shouted
	}
	return i
}

// genderMark returns where the ending behind a gender mark at text[i:] begins, -1 if there is none.
func genderMark(text string, i int, r rune, n int) int {
	j := i + n
	switch r {
	case ':', '*', '_', '·', '•':
	case '/':
		if j < len(text) && text[j] == '-' {
			j++
		}
	case '(':
	default:
		return -1
	}
	k := j
	for k < len(text) && k-j < 8 && asciiLetter(text[k]) {
		k++
	}
	if k < len(text) && text[k] >= utf8.RuneSelf {
		return -1
	}
	// A capital behind the mark begins something new ("Unsplash/N. Berg"), unless all is in capitals.
	if k > j && text[j] <= 'Z' && (i == 0 || text[i-1] > 'Z') && (k-j < 2 || r == '/' && text[i+n-1] == '/' && j == i+n) {
		return -1
	}
	var ending [8]byte
	e := ending[:0]
	for _, c := range []byte(text[j:k]) {
		e = append(e, c|0x20)
	}
	switch string(e) {
	case "in", "innen", "inne", "frau", "frauen":
		return j
	case "r", "n", "s", "e", "en", "er", "rn", "nen":
		if r == '(' && (k >= len(text) || text[k] != ')') || r == '_' {
			return -1
		}
		return j
	}
	return -1
}

func (f *folded) add(s string, start, end int) {
	for k := range len(s) {
		f.buf = append(f.buf, s[k])
		f.back = append(f.back, int32(start))
		f.ahead = append(f.ahead, int32(end))
	}
}

// extend lets the last folded letter reach to end: a combining mark belongs to it.
func (f *folded) extend(end int) {
	if n := len(f.ahead); n > 0 {
		f.ahead[n-1] = int32(end)
	}
}

func (f *folded) letter(r rune, start, end int) {
	if r < utf8.RuneSelf {
		if 'A' <= r && r <= 'Z' {
			r |= 0x20
		}
		f.buf = append(f.buf, byte(r))
		f.back = append(f.back, int32(start))
		f.ahead = append(f.ahead, int32(end))
		return
	}
	if s, ok := letters[r]; ok {
		f.add(s, start, end)
		return
	}
	if r >= 0x1d400 && r <= 0x1d7ff || r >= 0xff01 && r <= 0xff5e || r >= 0x2100 && r <= 0x214f { // letters in fancy dress
		f.add(strings.ToLower(norm.NFKD.String(string(r))), start, end)
		return
	}
	var enc [4]byte
	n := utf8.EncodeRune(enc[:], unicode.ToLower(r))
	f.add(string(enc[:n]), start, end)
}

// cutHashtag adds the parts of a hashtag as words: at capitals (#TeamKopfsalat), else along words that the rules know
// (#danketeam), which must begin or end it or stand beside one another, so that "team" is not found in "steampunk".
func (f *folded) cutHashtag(at int, dictionary *trie) {
	w := f.words[at]
	var cuts [12]int32 // pairs of from, to
	c := cuts[:0]
	form := f.buf[w.from:w.to]
	camel := false
	from := w.from
	for k := w.from + 1; k < w.to; k++ {
		if f.back[k] == f.back[k-1] {
			continue
		}
		r, _ := utf8.DecodeRuneInString(f.text[f.back[k]:])
		before, _ := utf8.DecodeRuneInString(f.text[f.back[k-1]:])
		if unicode.IsUpper(r) && unicode.IsLower(before) || isDigit(r) != isDigit(before) {
			camel = camel || unicode.IsUpper(r)
			if len(c)+2 < cap(cuts[:]) {
				c = append(c, from, k)
				from = k
			}
		}
	}
	if len(c) > 0 {
		c = append(c, from, w.to)
	}
	if !camel && dictionary != nil {
		c = dictionary.segment(form, w.from, cuts[:0])
	}
	for k := 0; k+1 < len(c); k += 2 {
		from, to := c[k], c[k+1]
		p := word{start: f.back[from], end: f.ahead[to-1], from: from, to: to, sentence: w.sentence, flags: part | w.flags&capital}
		f.words = append(f.words, p)
	}
}

// negate marks the words that a negation stands before: "kein Kunde", "not our team", "ohne unsere nette Kundin".
func (f *folded) negate() {
	for i := range f.words {
		var reach int
		switch string(f.form(i)) {
		case "kein", "keine", "keinen", "keiner", "keinem", "keines", "koa", "koane", "kei", "ohne", "statt", "without", "no", "nie", "niemals":
			reach = 2
		case "nicht", "not", "weder":
			if i+1 < len(f.words) {
				switch string(f.form(i + 1)) {
				case "nur", "only", "just", "mehr", "zu":
					continue
				}
			}
			reach = 2
		default:
			continue
		}
		for j := i + 1; j <= i+reach && j < len(f.words) && f.words[j].sentence == f.words[i].sentence; j++ {
			if p := f.words[j-1].post; p == ',' || p == ':' || p == ';' || p == ')' || sign('"', p) {
				break
			}
			f.words[j].flags |= negated
		}
	}
}

func decode(s string, i int) (rune, int) {
	if c := s[i]; c < utf8.RuneSelf {
		return rune(c), 1
	}
	return utf8.DecodeRuneInString(s[i:])
}

func asciiLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func isDigit(r rune) bool     { return '0' <= r && r <= '9' }
func isMark(r rune) bool      { return r >= 0x300 && unicode.Is(unicode.Mn, r) && r != 0xfe0f }
func isVowel(c byte) bool     { return c == 'a' || c == 'o' || c == 'u' }

func isLetter(r rune) bool {
	if r < utf8.RuneSelf {
		return asciiLetter(byte(r))
	}
	return unicode.IsLetter(r)
}

func isEmoji(r rune) bool {
	return r >= 0x1f000 && r <= 0x1faff || r >= 0x2600 && r <= 0x27bf || r == '©' || r == '®'
}

func isCredit(r rune) bool {
	switch r {
	case '©', '®', '📷', '📸', '🎥', '📹', '🎬', '🎞':
		return true
	}
	return false
}

// letters folds what is not ASCII. The umlauts become two letters, so that "Mueller" and "Müller" meet; other accents
// fall away.
var letters = func() map[rune]string {
	m := map[rune]string{'ä': "ae", 'ö': "oe", 'ü': "ue", 'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'ł': "l", 'đ': "d", 'ð': "d", 'þ': "th", 'ı': "i"}
	for to, from := range map[string]string{
		"a": "àáâãåāăą", "c": "çćĉċč", "d": "ď", "e": "èéêëēĕėęě", "g": "ĝğġģ", "h": "ĥħ", "i": "ìíîïĩīĭį", "j": "ĵ", "k": "ķ",
		"l": "ĺļľŀ", "n": "ñńņňŉ", "o": "òóôõōŏő", "r": "ŕŗř", "s": "śŝşšș", "t": "ţťŧț", "u": "ùúûũūŭůűų", "w": "ŵ", "y": "ýÿŷ", "z": "źżž",
	} {
		for _, r := range from {
			m[r] = to
		}
	}
	for r, s := range m {
		if u := unicode.ToUpper(r); u != r {
			if _, ok := m[u]; !ok {
				m[u] = s
			}
		}
	}
	m['ẞ'], m['İ'] = "ss", "i"
	return m
}()

// foldString is the folded form of a short text that is no sentence: list entries, names.
func foldString(s string) string {
	var f folded
	f.take(s, nil)
	out := make([]byte, 0, len(f.buf)+len(f.words))
	for i := range f.words {
		if i > 0 {
			out = append(out, ' ')
		}
		out = append(out, f.form(i)...)
	}
	return string(out)
}
