package records

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"pagerisk/classify"
	"pagerisk/classify/picture"
	"pagerisk/scanner"
)

// token is one word of a text.
type token struct {
	start, end int      // bytes
	forms      []string // folded: umlauts written out, and without accents where that differs
	capital    bool
	handle     rune // '#' or '@' where it is part of a hashtag or of a handle
	gap        gap  // what stands between it and the word before
}

// gap is what separates a word from the one before it.
type gap int

const (
	begin  gap = iota // start of the text or of a line, or any other sign
	space             // white space on one line
	hyphen            // a hyphen alone
	comma             // a comma and white space
	joint             // a dot or an underscore alone: "petra.muster"
	inside            // nothing: parts of "#PetraMuster", or a sign within a handle
)

var accents = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss", "æ", "ae", "ø", "oe", "œ", "oe", "å", "a", "ł", "l", "đ", "d", "ı", "i")

// fold returns the forms in which a word is compared: "Müller" → mueller, muller. Composed and decomposed letters are
// the same.
func fold(s string) []string {
	if ascii(s) {
		return []string{strings.ToLower(s)}
	}
	s = strings.ToLower(norm.NFC.String(s))
	out := bare(accents.Replace(s))
	if plain := bare(s); plain != out {
		return []string{out, plain}
	}
	return []string{out}
}

// bare leaves accents away.
func bare(s string) string {
	if ascii(s) {
		return s
	}
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ReplaceAll(s, "ß", "ss")) {
		if !unicode.Is(unicode.Mn, r) {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// maxText bounds the part of one field that is searched: captions have at most 63,206 bytes (Facebook's own limit).
const maxText = 64 << 10

// tokens cuts a text into words.
func tokens(s string) []token {
	if len(s) > maxText {
		s = s[:maxText]
	}
	var (
		out    []token
		handle rune
		start  = -1
		last   = 0 // end of the last word
		prev   rune
	)
	flush := func(end int) {
		if start < 0 {
			return
		}
		r, _ := utf8.DecodeRuneInString(s[start:])
		t := token{start: start, end: end, forms: fold(s[start:end]), capital: unicode.IsUpper(r) || unicode.IsTitle(r), handle: handle}
		if len(out) > 0 {
			t.gap = gapOf(s[last:start], handle)
			if t.gap != inside && out[len(out)-1].initial() && strings.TrimRight(s[last:start], " \u00a0") == "." {
				t.gap = space // "Petra M. Schulz"
			}
		}
		out = append(out, t)
		start, last = -1, end
	}
	for i, r := range s {
		letter := unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r)
		switch {
		case letter && start >= 0 && handle != 0 && (unicode.IsUpper(r) && unicode.IsLower(prev) || unicode.IsDigit(r) && unicode.IsLetter(prev)):
			flush(i)
			start = i
		case letter && start < 0:
			start = i
			if prev == '#' || prev == '@' {
				handle = prev
			} else if !(handle != 0 && i == last+1 && (prev == '_' || prev == '.' || prev == '-')) {
				handle = 0
			}
		case !letter:
			flush(i)
		}
		prev = r
	}
	flush(len(s))
	return out
}

// initial reports whether a word is one capital letter.
func (t *token) initial() bool { return t.capital && utf8.RuneCountInString(t.forms[0]) == 1 }

// number reports whether a word is one.
func (t *token) number() bool {
	return !strings.ContainsFunc(t.forms[0], func(r rune) bool { return !unicode.IsDigit(r) })
}

func gapOf(between string, handle rune) gap {
	if !ascii(between) {
		between = visible(between)
	}
	switch {
	case between == "", handle != 0 && len(between) == 1 && strings.Contains("_.-", between):
		return inside
	case between == "." || between == "_":
		return joint
	case between == "-" || between == "‑" || between == "–":
		return hyphen
	case strings.ContainsAny(between, "\n\r"):
		return begin
	case strings.TrimSpace(between) == "":
		return space
	case strings.TrimSpace(between) == ",":
		return comma
	}
	return begin
}

// visible leaves out what nobody sees: soft hyphens, joiners, marks of direction.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, s)
}

// nameToken is one part of a name as the owner wrote it.
type nameToken struct {
	forms []string
	runes int  // letters as written: Müller has six
	small bool // written small within a name that is not: "Anna von der Heide"
	tied  bool // by a hyphen to the part before
}

// maxName is how many parts a name may have; further ones are left out. It is as well how far before a name its form of
// address may stand: a text that is nothing but titles is not searched anew from each of them.
const maxName = 8

func nameTokens(s string) []nameToken {
	var out []nameToken
	for _, t := range tokens(s) {
		n := nameToken{forms: t.forms, runes: utf8.RuneCountInString(norm.NFC.String(s[t.start:t.end]))}
		if titles[t.forms[0]] {
			continue
		}
		n.small, n.tied = !t.capital, len(out) > 0 && t.gap == hyphen
		if out = append(out, n); len(out) == maxName {
			break
		}
	}
	if !slices.ContainsFunc(out, func(n nameToken) bool { return !n.small }) {
		for i := range out {
			out[i].small = false // a list in small letters
		}
	}
	return out
}

// titles are left away on both sides.
var titles = set("dr", "prof", "professor", "dipl", "ing", "med", "dent", "herr", "frau", "mr", "mrs", "ms", "mag", "ba", "ma")

// firms stand behind a name that a firm has.
var firms = set("gmbh", "kg", "ag", "ohg", "gbr", "ug", "se", "ltd", "inc", "llc", "mbh", "gmbhco", "fotografie", "photography")

// What somebody has made who need not be shown. Endings are those of compounds: a Mitglied is no Lied, Facebook no book.
var (
	works = set("lied", "lieder", "hit", "hits", "oper", "opern", "buch", "buecher", "werk", "werke", "werken", "text", "texte", "plastik", "idee", "ideen", "stueck", "album", "design", "serie",
		"kinderlied", "kinderlieder", "volkslied", "volkslieder", "liebeslied", "wiegenlied", "weihnachtslied", "kirchenlied", "lieblingslied",
		"kinderbuch", "kinderbuecher", "kochbuch", "kochbuecher", "bilderbuch", "bilderbuecher", "sachbuch", "fachbuch", "drehbuch", "hoerbuch", "tagebuch",
		"kunstwerk", "kunstwerke", "meisterwerk", "meisterwerke", "liedtext", "songtext", "musikstueck", "theaterstueck", "klavierstueck", "chanson",
		"songs", "music", "book", "books", "novel", "novels", "poem", "poems", "quote", "quotes", "movie", "work", "works", "painting", "paintings", "recipe", "recipes")
	workEnds = []string{"song", "musik", "sinfonie", "symphonie", "sonate", "komposition", "kompositionen", "roman", "romane", "krimi", "krimis", "erzaehlung", "gedicht", "gedichte", "biografie", "biographie",
		"zitat", "zitate", "film", "filme", "drama", "artikel", "kolumne", "gemaelde", "skulptur", "zeichnung", "zeichnungen", "illustration", "illustrationen", "grafik", "aquarell", "aquarelle",
		"rezept", "rezepte", "entwurf", "melodie", "walzer", "choral", "kantate"}
	// pictureWords name who took them in a credit only: on them, and in them, people are shown.
	pictureWords = set("foto", "fotos", "photo", "photos", "bild", "bilder", "aufnahme", "aufnahmen", "fotografie", "fotografien")
)

// What makes a name that of a place or of a product, beside what the rules have: in the languages of those who come and
// stay, too.
var (
	placesBehind = set("tunnel", "bridge", "building", "church", "chapel", "cathedral", "library", "hospital", "stadium", "theatre", "university", "institute", "trust", "verlag", "edition", "kollektion",
		"collection", "show", "caddesi", "sokak", "sokagi", "bulvari", "meydani", "parki", "ilkokulu", "ortaokulu", "lisesi", "universitesi", "hastanesi", "vakfi", "camii", "stadyumu")
	placesBefore = set("schloss", "burg", "kloster", "sankt", "st", "saint", "sainte", "san", "santa", "ecole", "lycee", "college", "hopital", "clinique", "stade", "parc", "quai", "impasse", "allee", "square",
		"istituto", "scuola", "liceo", "ospedale", "stadio", "parco", "largo", "corso", "szkola", "liceum", "szpital", "osiedle", "rondo", "park", "institut", "stadion")
	// placeKinds may stand between such a word and the name.
	placeKinds = set("primaire", "maternelle", "elementaire", "publique", "municipal", "municipale", "comprensivo", "statale", "primaria", "secondaria", "superiore", "scientifico", "podstawowa", "im")
)

// placeEnds are what names of towns end in, and names of families too.
var placeEnds = []string{"berg", "burg", "dorf", "bach", "feld", "stein", "thal", "wald", "see", "hof", "stadt", "heim", "hausen", "au", "ort"}

// isPlace reports whether a word makes a name that of a street, an institution or a prize. In small letters only long
// words do: somebody may be "weg".
func (n *names) isPlace(t token) bool {
	return slices.ContainsFunc(t.forms, func(f string) bool {
		return (t.capital || t.handle != 0 || len(f) > 5) && (placesBehind[f] || n.rules.Namesake(f))
	})
}

// isDedicated reports whether a word makes a name behind it that of a street or an institution: "Haus", "rue", and
// compounds. Short words that would do so behind the name mean more before it: a Stift is an apprentice too.
func (n *names) isDedicated(t token) bool {
	return slices.ContainsFunc(t.forms, func(f string) bool {
		return n.dedicated[f] || placesBefore[f] && t.capital || t.capital && len(f) > 5 && n.rules.Namesake(f)
	})
}

// wordNames are first names that are words too, beside those that the rules have: alone they say nothing.
var wordNames = set("may", "mai", "kai", "june", "will", "bill", "rob", "sue", "pat", "art", "gold", "silver", "amber", "heather", "dawn", "eve", "victor", "viktor", "dominik", "falk", "malve", "jade",
	"rubin", "kirsten", "sonne", "liebe", "london", "sydney", "chelsea", "berlin", "bonn", "ella", "miele", "ina", "an", "in", "so")

func set(words ...string) map[string]bool {
	m := make(map[string]bool, len(words))
	for _, w := range words {
		m[w] = true
	}
	return m
}

// names finds people of a list in texts.
type names struct {
	people    []person
	rules     *classify.Rules
	roles     *roles
	words     map[string]bool      // given names that are words too
	known     map[string]bool      // first names of anybody
	dedicated map[string]bool      // words that make a name behind them that of a place
	part      map[string][]part    // folded part of a name → where it stands
	pair      map[[2]string][]part // a part that very many have, and another one of the same name
	joined    map[string]int       // "petramuster" → person
	first     map[string]int       // given name → person, -1 where several have it
	last      map[string]int       // family name → person, -1 where several have it
}

type part struct {
	person, spelling, at int
}

func newNames(people []person, rules *classify.Rules) (*names, error) {
	n := &names{people: people, rules: rules, words: maps.Clone(wordNames), known: map[string]bool{}, dedicated: set(rules.Words("dedicated")...), part: map[string][]part{}, pair: map[[2]string][]part{}, joined: map[string]int{}, first: map[string]int{}, last: map[string]int{}}
	for _, w := range rules.Words("name_unsure") {
		n.words[w] = true
	}
	for _, list := range []string{"name", "name_unsure"} {
		for _, w := range rules.Words(list) {
			n.known[fold(w)[0]] = true
		}
	}
	var err error
	if n.roles, err = builtinRoles(); err != nil {
		return nil, err
	}
	for i, p := range people {
		for k, parts := range p.names {
			for at, t := range parts {
				for _, f := range t.forms {
					n.part[f] = append(n.part[f], part{i, k, at})
				}
			}
			if len(parts) < 2 {
				continue
			}
			for form := range 2 {
				var b strings.Builder
				for _, t := range parts {
					b.WriteString(t.forms[min(form, len(t.forms)-1)])
				}
				if j, ok := n.joined[b.String()]; ok && j != i {
					n.joined[b.String()] = -1
				} else {
					n.joined[b.String()] = i
				}
			}
			if k == 0 {
				unlessShared(n.first, parts[0].forms, i)
				unlessShared(n.last, parts[len(parts)-1].forms, i)
			}
		}
		for k, parts := range p.names {
			if len(parts) == 1 {
				unlessShared(n.first, parts[0].forms, i) // a nickname
			}
			if len(parts) == 1 && k == 0 {
				unlessShared(n.last, parts[0].forms, i) // "Frau Meier"
			}
		}
	}
	for f, all := range n.part {
		if len(all) <= maxNamesakes {
			continue
		}
		for _, p := range all {
			name := people[p.person].names[p.spelling]
			for _, at := range []int{p.at + 1, p.at + len(name) - 1} { // its neighbours; of the last part, the first one
				if other := name[at%len(name)]; at%len(name) != p.at {
					for _, g := range other.forms {
						n.pair[[2]string{f, g}] = append(n.pair[[2]string{f, g}], p)
					}
				}
			}
		}
	}
	return n, nil
}

// sameNames is the error about two people of one name.
func sameNames(people []person) error {
	owner := map[string]int{}
	for i, p := range people {
		for k, name := range p.names {
			if k > 0 && len(name) == 1 {
				continue // several people may have a nickname: it is nobody's then
			}
			full := nameKey(name)
			if j, ok := owner[full]; ok && j != i {
				col := "name"
				if k > 0 {
					col = "spellings"
				}
				return p.row.collides(col, ErrSameName, people[j].row)
			}
			owner[full] = i
		}
	}
	return nil
}

// nameKey is a name as it is compared with others.
func nameKey(name []nameToken) string {
	var b strings.Builder
	for i, t := range name {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(t.forms[0])
	}
	return b.String()
}

func unlessShared(m map[string]int, forms []string, person int) {
	for _, f := range forms {
		if old, ok := m[f]; ok && old != person {
			m[f] = -1
		} else {
			m[f] = person
		}
	}
}

// how says how well a name was met.
type how string

const (
	fully   how = "name"    // the whole name
	nearly  how = "typo"    // with one typing error
	surname how = "surname" // form of address and family name
	aside   how = "aside"   // the whole name, but of a work, of an institution, or in words that may be none: weak
	given   how = "first"   // the first name alone: weak
)

// meeting is a place where somebody of the list is named.
type meeting struct {
	person     int
	how        how
	start, end int
}

// minTypo is the length from which on a part of a name may have one typing error: shorter names differ by a letter from
// other people's names.
const minTypo = 6

// find returns who is named in a text, in order, each place once. A tag is a field that holds a name and nothing else:
// there capital letters do not matter, and the family name may stand first.
func (n *names) find(text string, tag bool) []meeting {
	if len(n.people) == 0 || text == "" {
		return nil
	}
	ts := tokens(text)
	small := true // who writes all in small letters writes names so too
	for i, t := range ts {
		small = small && !t.capital
		if tag && !t.number() { // "petra.schulz85"
			for k, f := range t.forms {
				ts[i].forms[k] = strings.TrimRight(f, "0123456789")
			}
		}
	}
	var out []meeting
	for i := 0; i < len(ts); i++ {
		best := meeting{person: -1}
		next := i
		try := func(m meeting, upto int) {
			if m.person >= 0 && (best.person < 0 || rank(m.how) > rank(best.how) || m.how == best.how && m.end > best.end) {
				best, next = m, upto
			}
		}
		for _, p := range n.candidates(ts, i) {
			spelling := n.people[p.person].names[p.spelling]
			if len(spelling) < 2 {
				continue
			}
			for turn := range spelling {
				if upto, h, ok := n.run(ts, i, spelling, turn, tag || small, tag); ok {
					if !tag && (byMaker(text, ts, i) || n.bearsName(text, ts, i, upto)) {
						h = aside
					}
					try(meeting{p.person, h, ts[i].start, ts[upto-1].end}, upto)
				}
			}
		}
		if t := ts[i]; t.handle != 0 || tag {
			last := i+1 == len(ts) || ts[i+1].gap != inside || ts[i+1].number()
			for _, f := range t.forms {
				if p, ok := n.joined[f]; ok && p >= 0 && last && t.gap != inside {
					h := fully
					if t.handle == '#' && slices.ContainsFunc(placeEnds, func(e string) bool { return strings.HasSuffix(f, e) && len(f) < len(e)+8 }) {
						h = aside // #annaberg is a town
					}
					try(meeting{p, h, t.start, t.end}, i+1)
				}
			}
		}
		if best.person < 0 {
			if m, ok := n.addressed(ts, i); ok {
				if m.start < ts[i].start && byMaker(text, ts, i-1) || n.bearsName(text, ts, i, i+1) {
					m.how = aside
				}
				try(m, i+1)
			} else if m, ok := n.alone(ts, i); ok {
				try(m, i+1)
			}
		}
		if best.person >= 0 {
			out = append(out, best)
			i = max(i, next-1)
		}
	}
	return out
}

func rank(h how) int { return slices.Index([]how{given, aside, surname, nearly, fully}, h) }

// maxNamesakes is how many spellings with one part in common are all compared with a text. Of a part that more have, a
// Hans of a large house, only those are that have another part of the name nearby, too, so that a list of 200,000 people
// of one first name costs no more than any other; a typing error in the other part is not met then.
const maxNamesakes = 1000

// nearby is how far from each other two parts of a name are looked for: titles and initials may stand between them.
const nearby = 4

// candidates are the spellings whose first part, or the one after a first part with a typing error, stands at i.
func (n *names) candidates(ts []token, i int) []part {
	var out []part
	var seen map[part]bool // of many
	add := func(all []part) {
		for _, p := range all {
			p.at = 0
			if len(out) < 16 {
				if !slices.Contains(out, p) {
					out = append(out, p)
				}
				continue
			}
			if seen == nil {
				seen = map[part]bool{}
				for _, o := range out {
					seen[o] = true
				}
			}
			if !seen[p] {
				seen[p], out = true, append(out, p)
			}
		}
	}
	look := func(f string) {
		all := n.part[f]
		if len(all) <= maxNamesakes {
			add(all)
			return
		}
		for _, t := range ts[i:min(i+nearby, len(ts))] {
			for _, g := range t.forms {
				for _, g := range []string{g, strings.TrimSuffix(g, "s")} {
					if both := n.pair[[2]string{f, g}]; len(both) <= maxNamesakes {
						add(both)
					}
				}
			}
		}
	}
	if i+1 < len(ts) && ts[i+1].gap == hyphen {
		for _, f := range tie(ts[i].forms, ts[i+1].forms) {
			look(f)
		}
	}
	for k := i; k < len(ts) && k < i+2; k++ {
		for _, f := range ts[k].forms {
			look(f)
			if g, ok := strings.CutSuffix(f, "s"); ok {
				look(g)
			}
		}
	}
	return out
}

// run reports whether a name begins at i, up to which token it goes, and how well it is met. turn is where the given names
// begin: 0 as one speaks, else what stands from there on comes first, as in lists: "Schulz, Petra". A comma has to part the two,
// or an article to stand before, as in the South ("der Schulz Sepp"), but for tags.
func (n *names) run(ts []token, i int, name []nameToken, turn int, anyCase, tag bool) (upto int, h how, ok bool) {
	if i > 0 && ts[i].gap == hyphen {
		return 0, "", false // the end of a longer compound
	}
	if turn > 0 && i > 0 && ts[i].gap == space && address[ts[i-1].forms[0]] {
		return 0, "", false // "Herr Müller, Petra und ich"
	}
	h = fully
	parted := tag || turn > 0 && i > 0 && n.article(ts, i)
	if turn > 0 && !tag && (n.wordy(name[0]) || i > 0 && ts[i].gap == space && !ts[i-1].capital && !roleJoins[ts[i-1].forms[0]] && !beforeLists[ts[i-1].forms[0]] && !parted) {
		h = aside // "Rosen im Sommer, Viola im Topf", "unser Koch, Robert"
	}
	k := i
	for at := range name {
		part, seam := name[(at+turn)%len(name)], turn > 0 && at == len(name)-turn
		titled := false
		for at > 0 && k < len(ts) && titles[ts[k].forms[0]] && (ts[k].gap == space || titled) {
			titled = true // "Petra Dr. Muster": the dot behind the title ends nothing
			k++
		}
		if at > 0 && k+1 < len(ts) && !seam && ts[k].initial() && ts[k].gap == space && !equal(ts[k].forms, part.forms) {
			k++ // "Petra M. Schulz"
		}
		if k >= len(ts) {
			return 0, "", false
		}
		t := ts[k]
		switch {
		case at == 0:
		case seam && !tag:
			ok = t.gap == comma || t.gap == space && parted
		case t.gap == comma:
			ok = tag
		case t.gap == joint:
			ok = anyCase
		default:
			ok = t.gap == space || t.gap == hyphen || t.gap == inside || titled && t.gap == begin
		}
		if at > 0 && !ok {
			return 0, "", false
		}
		if !t.capital && t.handle == 0 && !anyCase && !part.small {
			return 0, "", false
		}
		givenName := (at+turn)%len(name) == 0
		switch {
		case equal(t.forms, part.forms):
		case givenName && k+1 < len(ts) && ts[k+1].gap == hyphen && equal(tie(t.forms, ts[k+1].forms), part.forms):
			k++ // Karl-Heinz, of whom the list has Karlheinz
		case at == len(name)-1 && turn == 0 && genitive(t.forms, part.forms):
		case h == fully && n.typo(t.forms, part, givenName):
			h = nearly
		default:
			return 0, "", false
		}
		k++
	}
	if k < len(ts) {
		next := ts[k]
		if next.gap == hyphen || (next.gap == space || next.gap == inside) && n.isPlace(next) {
			return 0, "", false // a street, a school, a double name
		}
	}
	return k, h, true
}

// article reports whether an article stands before a family name that is no trade: "der Koch Robert" is any cook.
func (n *names) article(ts []token, i int) bool {
	t := ts[i-1]
	return articles[t.forms[0]] && (ts[i].gap == space || len(t.forms[0]) == 1) && n.roles.of(ts[i].forms[0]) == ""
}

// beforeLists stand before lists of people; before nouns an article mostly comes between.
var beforeLists = set("mit", "von", "fuer", "an", "with", "for")

var articles = set("der", "die", "den", "dem", "da", "de", "dr", "d", "s")

// wordy reports whether a first name is a word too.
func (n *names) wordy(t nameToken) bool {
	return slices.ContainsFunc(t.forms, func(f string) bool { return n.words[f] })
}

// tie joins the forms of two parts of a name.
func tie(a, b []string) []string {
	out := []string{a[0] + b[0]}
	if len(a)+len(b) > 2 {
		out = append(out, a[len(a)-1]+b[len(b)-1])
	}
	return out
}

// byMaker reports whether a name is that of somebody by whom something is: "ein Lied von Clara Schumann", "Foto: Petra
// Schulz". The picture shows the work, or is it; who made it need not be in it, and the maker of a known work is mostly
// not the one of the list.
func byMaker(text string, ts []token, i int) bool {
	before := strings.TrimRight(text[:ts[i].start], " \u00a0")
	if strings.HasSuffix(before, "©") || strings.HasSuffix(before, "(c)") || strings.HasSuffix(before, "(C)") {
		return true
	}
	if i == 0 {
		return false
	}
	between := func(k int) string { return strings.TrimSpace(text[ts[k-1].end:ts[k].start]) }
	switch between(i) {
	case ":":
		return credits(ts, i-1)
	case "":
	default:
		return false
	}
	w := ts[i-1].forms[0]
	if i > 1 && w == "nach" && ts[i-2].forms[0] == "frei" {
		return true
	}
	if i < 2 || w != "von" && w != "by" {
		return false
	}
	if k := i - 2; isPicture(ts[k]) {
		return between(i-1) == "" && credits(ts, k)
	}
	// Between the work and its maker stands its title, if anything.
	for k := i - 2; k >= 0 && k >= i-8; k-- {
		if isWork(ts[k]) {
			title := strings.TrimSpace(text[ts[k].end:ts[i-1].start])
			return title == "" || quoted(title) || ts[i-1].gap == space && !slices.ContainsFunc(ts[k+1:i-1], func(t token) bool { return !t.capital || t.gap != space })
		}
	}
	return false
}

// credits reports whether a sentence or a part of one begins with a word for a work or a picture, or with several: "Text
// und Foto". Of who is shown one speaks otherwise: "Im Bild".
func credits(ts []token, k int) bool {
	return (isWork(ts[k]) || isPicture(ts[k])) &&
		(ts[k].gap == begin || ts[k].gap == comma || k > 1 && roleJoins[ts[k-1].forms[0]] && credits(ts, k-2))
}

func quoted(s string) bool {
	first, _ := utf8.DecodeRuneInString(s)
	last, _ := utf8.DecodeLastRuneInString(s)
	return strings.ContainsRune("„“”\"»«›‚‘'", first) && strings.ContainsRune("“”\"«»‹‘’'", last)
}

func isPicture(t token) bool {
	return slices.ContainsFunc(t.forms, func(f string) bool { return pictureWords[f] })
}

func isWork(t token) bool {
	return slices.ContainsFunc(t.forms, func(f string) bool {
		return works[f] || slices.ContainsFunc(workEnds, func(e string) bool { return strings.HasSuffix(f, e) })
	})
}

// bearsName reports whether something bears the name: "Grundschule Clara Schumann", "Frank Hoffmann GmbH", "Clara
// Schumanns Lieder". It says nothing of who is shown; but the head of a school may stand beside it by chance.
func (n *names) bearsName(text string, ts []token, i, upto int) bool {
	if i > 0 {
		switch between := text[ts[i-1].end:ts[i].start]; strings.TrimSpace(between) {
		case "", "„", "“", "\"", "»", "«", "‚", ".":
			if !strings.Contains(between, "\n") && (n.isDedicated(ts[i-1]) || i > 1 && placeKinds[ts[i-1].forms[0]] && (n.isDedicated(ts[i-2]) || i > 2 && placeKinds[ts[i-2].forms[0]] && n.isDedicated(ts[i-3]))) {
				return true
			}
		}
	}
	return upto < len(ts) && ts[upto].gap == space && (firms[ts[upto].forms[0]] || ts[upto].capital && isWork(ts[upto]))
}

func equal(a, b []string) bool {
	for _, x := range a {
		if slices.Contains(b, x) {
			return true
		}
	}
	return false
}

func genitive(word, name []string) bool {
	for _, w := range word {
		if g, ok := strings.CutSuffix(w, "s"); ok && slices.Contains(name, g) {
			return true
		}
	}
	return false
}

// typo reports whether one typing error lies between a word and a part of a name of six letters or more. A first name that
// sounds otherwise and is known is another one: Martina is not Marina, Julian not Julina. The end of a first name has to
// stand as it is, or with its last two letters swapped: Martin is not Martina, Andrea not Andreas. A first letter is seldom
// mistyped, and another first letter is mostly another name, as is another vowel: Müller is not Möller, Schulz not Scholz.
func (n *names) typo(word []string, name nameToken, firstName bool) bool {
	if name.runes < minTypo {
		return false
	}
	known := slices.ContainsFunc(word, func(w string) bool { return n.known[w] }) // the rules have one form of each
	for _, w := range word {
		for _, f := range name.forms {
			a, b := []rune(w), []rune(f)
			if len(a) < minTypo-1 || len(b) < minTypo || a[0] != b[0] || edits(a, b, 1) != 1 || otherVowel(a, b) {
				continue
			}
			if firstName && (a[len(a)-1] != b[len(b)-1] && !swapped(a, b) || known && sound.Replace(w) != sound.Replace(f)) {
				continue
			}
			return true
		}
	}
	return false
}

// swapped reports whether two words differ by the order of their last two letters.
func swapped(a, b []rune) bool {
	n := len(a)
	return n == len(b) && a[n-1] == b[n-2] && a[n-2] == b[n-1] && slices.Equal(a[:n-2], b[:n-2])
}

// otherVowel reports whether two words differ by one vowel in place of another. Before an i or a y it may sound the same:
// Obermaier and Obermeier.
func otherVowel(a, b []rune) bool {
	if len(a) != len(b) {
		return false
	}
	const vowels = "aeiou"
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	glide := i+1 < len(a) && (a[i+1] == 'i' || a[i+1] == 'y')
	return i < len(a) && slices.Equal(a[i+1:], b[i+1:]) && strings.ContainsRune(vowels, a[i]) && strings.ContainsRune(vowels, b[i]) && !glide
}

// sound brings the ways in which one first name is written together: Kathrin and Katrin, Mathias and Matthias.
var sound = strings.NewReplacer("ie", "i", "ch", "k", "ck", "k", "c", "k", "ph", "f", "th", "t", "tth", "t", "tt", "t", "ll", "l", "nn", "n", "ss", "s", "ff", "f", "rr", "r", "mm", "m", "y", "i")

// particles stand before family names.
var particles = set("von", "vom", "van", "de", "der", "den", "zu", "zur", "zum", "da", "di", "del", "della", "la", "le", "ten", "ter")

var address = set("frau", "fr", "herr", "herrn", "hr", "hrn", "mr", "mrs", "ms", "miss", "dr", "mme", "madame", "monsieur", "signora", "signor", "pani", "pan", "sayin")

// addressBehind stand behind first names.
var addressBehind = set("hanim", "bey", "abla", "abi", "hoca", "usta")

// addressed finds "Frau Muster" where one person of the list has that family name.
func (n *names) addressed(ts []token, i int) (meeting, bool) {
	if i == 0 || !ts[i].capital || ts[i].gap != space && ts[i].gap != begin {
		return meeting{}, false
	}
	at := i - 1
	for at > max(0, i-maxName) && !address[ts[at].forms[0]] && (particles[ts[at].forms[0]] || titles[ts[at].forms[0]]) {
		at-- // "Frau von der Heide", "Frau Dr. med. Schulz"
	}
	start, letter := ts[i].start, ""
	switch {
	case address[ts[at].forms[0]] && ts[at].capital:
	case ts[i-1].initial() && ts[i].gap == space && (i == 1 || ts[i-1].gap != hyphen): // "P. Schulz"
		start, letter = ts[i-1].start, ts[i-1].forms[0]
	default:
		return meeting{}, false
	}
	if i+1 < len(ts) && (ts[i+1].gap == hyphen || ts[i+1].gap == space && ts[i+1].capital && !address[ts[i+1].forms[0]] && ts[i+1].forms[0] != "und") {
		return meeting{}, false
	}
	for _, f := range ts[i].forms {
		for _, f := range []string{f, strings.TrimSuffix(f, "s")} {
			if p, ok := n.last[f]; ok && p >= 0 && (letter == "" || len(n.people[p].names[0]) > 1 && strings.HasPrefix(n.people[p].names[0][0].forms[0], letter)) {
				return meeting{p, surname, start, ts[i].end}, true
			}
		}
	}
	return meeting{}, false
}

// alone finds a first name that only one person of the list has. It is weak: "Rosa Wolken" and "Frank und frei" are
// words, and another person may have the name too.
func (n *names) alone(ts []token, i int) (meeting, bool) {
	t := ts[i]
	if !t.capital && t.handle == 0 || t.gap == hyphen || t.handle == '@' || i > 0 && t.handle == 0 && address[ts[i-1].forms[0]] {
		return meeting{}, false
	}
	letter := "" // of the family name
	if i+1 < len(ts) {
		next := ts[i+1]
		switch {
		case next.gap == space && t.handle == 0 && next.initial() && (i+2 == len(ts) || ts[i+2].gap != hyphen): // "Petra S."
			letter = next.forms[0]
		case next.gap == space && addressBehind[next.forms[0]]:
		case next.gap == hyphen, next.gap == inside, next.gap == space && next.capital && t.handle == 0: // a compound, or another person's name
			return meeting{}, false
		case next.gap == space && next.forms[0] == "und" && i+2 < len(ts) && !ts[i+2].capital: // "Frank und frei"
			return meeting{}, false
		}
	}
	if i > 1 && t.gap == space && t.handle == 0 && ts[i-1].capital && ts[i-1].gap != begin { // "die Anna Petra"
		return meeting{}, false
	}
	for _, f := range t.forms {
		if n.words[f] {
			return meeting{}, false
		}
		for _, f := range []string{f, strings.TrimSuffix(f, "s"), teamOf(t, f)} {
			if p, ok := n.first[f]; ok && p >= 0 && utf8.RuneCountInString(f) > 2 && n.lastBegins(p, letter) {
				return meeting{p, given, t.start, t.end}, true
			}
		}
	}
	return meeting{}, false
}

// teamOf is the name in a hashtag like #teampetra.
func teamOf(t token, f string) string {
	if name, ok := strings.CutPrefix(f, "team"); ok && t.handle == '#' {
		return name
	}
	return f
}

// lastBegins reports whether the family name of somebody begins with a letter, or with any where that is "".
func (n *names) lastBegins(person int, letter string) bool {
	name := n.people[person].names[0]
	return len(name) > 1 && strings.HasPrefix(name[len(name)-1].forms[0], letter) || letter == ""
}

// field is one text of an item in which people may be named.
type field struct {
	name, text string
	tag        bool
}

func fieldsOf(item *scanner.Item, facts []*picture.Facts) []field {
	out := []field{{"text", item.Text, false}, {"album", item.Album, false}}
	for i, t := range item.Tags {
		out = append(out, field{"tags[" + strconv.Itoa(i) + "]", t, true})
	}
	for i, f := range facts {
		if f == nil {
			continue
		}
		place := "media[" + strconv.Itoa(i) + "].metadata."
		for k, p := range f.Metadata.Persons {
			out = append(out, field{place + "persons[" + strconv.Itoa(k) + "]", p, true})
		}
		out = append(out, field{place + "headline", f.Metadata.Headline, false}, field{place + "description", f.Metadata.Description, false})
	}
	return out
}

// weights of what is met. One strong hint alone is "sure" (3.5 with the built-in rules); a first name alone is below
// "possible".
var weights = map[how]float64{fully: 3.6, nearly: 2.6, surname: 1.4, aside: 0.5, given: 0.5}

const (
	weightTag      = 3.8
	weightPortrait = 3.8
	weightKnown    = 5.0
)

// Families of the rules: each counts once for a label.
const (
	personFamily = "records.person"
	knownFamily  = "records.known"
	ruleFormer   = personFamily + ".former" // somebody of the staff who has left, however well the name is met
)

// Rule is a rule by which the lists speak.
type Rule struct {
	ID, Family string
	Label      classify.Label // "" = what the list says of the person
	Weight     float64        // of a whole name in a text; a tag counts a little more
}

// Rules are the rules by which the lists speak, for those who explain evidence.
func Rules() []Rule {
	var out []Rule
	for _, h := range []how{fully, nearly, surname, given, aside} {
		out = append(out, Rule{h.rule(), personFamily, "", weights[h]})
	}
	return append(out, Rule{ruleFormer, personFamily, classify.Employee, weights[fully]},
		Rule{knownFamily + ".portrait", personFamily, "", weightPortrait},
		Rule{knownFamily + ".stock", knownFamily, classify.Stock, weightKnown},
		Rule{knownFamily + ".work", knownFamily, classify.ThirdPartyWork, weightKnown})
}

func (h how) rule() string { return personFamily + "." + string(h) }

// detector compares items with the lists.
type detector struct{ r *Records }

// Detectors are the classifier's detectors for the lists; none where there are no lists.
func (r *Records) Detectors() []classify.Detector {
	if r == nil || len(r.people) == 0 && r.known == nil {
		return nil
	}
	return []classify.Detector{detector{r}}
}

func (detector) Name() string { return "records" }
func (detector) Version() int { return 1 }

// former reports whether somebody has left.
func (r *Records) former(p *person) bool {
	return p.gone || !p.left.IsZero() && (r.today.IsZero() || p.left.Format(time.DateOnly) < r.today.Format(time.DateOnly))
}

func (d detector) Detect(s *classify.Subject) ([]classify.Signal, error) {
	r := d.r
	var out []classify.Signal
	told := map[string]bool{}
	// Each person gives the words that name them, and the owner's code, once.
	signal := func(p *person, rule string, weight float64, e classify.Evidence) {
		if p.label == "" {
			return // known by a consent only
		}
		if r.former(p) && p.label == classify.Employee && !weak(rule) {
			rule = ruleFormer
		}
		e.Rule, e.Weight = rule, weight
		if e.Field != "" {
			out = append(out, classify.Signal{Label: p.label, Family: personFamily, Evidence: e})
		}
		if !told[p.code] && !weak(rule) {
			told[p.code] = true
			out = append(out, classify.Signal{Label: p.label, Family: personFamily, Evidence: classify.Evidence{Rule: rule, Field: "records", Quote: p.code, Weight: weight}})
		}
	}
	for _, f := range fieldsOf(s.Item, s.Facts) {
		for _, m := range r.names.find(f.text, f.tag) {
			weight := weights[m.how]
			if f.tag && m.how == fully {
				weight = weightTag
			}
			signal(&r.people[m.person], m.how.rule(), weight,
				classify.Evidence{Field: f.name, Start: m.start, End: m.end, Quote: f.text[m.start:m.end]})
		}
	}
	if r.known != nil {
		for _, hit := range r.known.hits(s.Item, s.Facts) {
			k := &r.known.folders[hit.folder]
			switch k.kind {
			case "portrait":
				if k.person >= 0 {
					p := r.people[k.person]
					p.label = cmp.Or(p.label, classify.Employee) // known by the code alone: a folder of portraits is one of staff
					signal(&p, knownFamily+".portrait", weightPortrait, classify.Evidence{})
					continue
				}
				out = append(out, knownSignal(classify.Employee, k))
			case "stock":
				out = append(out, knownSignal(classify.Stock, k))
			case "work":
				out = append(out, knownSignal(classify.ThirdPartyWork, k))
			}
		}
	}
	return out, nil
}

// weak rules do not say who is meant: they give no code away.
func weak(rule string) bool {
	return rule == given.rule() || rule == aside.rule()
}

func knownSignal(l classify.Label, k *folder) classify.Signal {
	return classify.Signal{Label: l, Family: knownFamily, Evidence: classify.Evidence{Rule: knownFamily + "." + k.kind, Field: "records", Quote: k.code, Weight: weightKnown}}
}
