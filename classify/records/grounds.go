package records

import (
	"cmp"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"pagerisk/classify"
	"pagerisk/classify/picture"
	"pagerisk/scanner"
)

var (
	camel = regexp.MustCompile(`(\p{Ll})(\p{Lu})`)
	plus  = regexp.MustCompile(`(?m)([\pL\d])(?:\+|[ \x{a0}]\+(?:[.,;:)/|]|$))`)
)

// words are the folded words of a text, for comparing titles and names of providers. A plus sign that belongs to a word is
// one too: Unsplash and Unsplash+ have different terms.
func words(s string) []string { return creditOf(s, -1, false).words }

// ContainsRun reports whether words stand in a text one behind the other; no words stand in none.
func ContainsRun(words, run []string) bool {
	if len(run) == 0 {
		return false
	}
	for i := 0; i+len(run) <= len(words); i++ {
		if slices.Equal(words[i:i+len(run)], run) {
			return true
		}
	}
	return false
}

// Grounds are the consents and licences that speak of an item: only those whose every condition is met. People count
// where their whole name stands, or their portrait is shown; licences where something hints at a foreign picture, or the
// picture is known. Spans of time are compared with the day of item.Created in the zone that it has.
func (r *Records) Grounds(item *scanner.Item, facts []*picture.Facts, findings []classify.Finding) []GroundMatch {
	if r == nil || len(r.consents)+len(r.licences) == 0 {
		return nil
	}
	var hits []hit
	if r.known != nil {
		hits = r.known.hits(item, facts)
	}
	met := map[int]string{} // person → how
	called, shown := map[int][]string{}, map[int][]int{}
	if r.names != nil {
		for _, f := range fieldsOf(item, facts) {
			for _, m := range r.names.find(f.text, f.tag) {
				if m.how == fully {
					met[m.person] = "person"
					if name := f.text[m.start:m.end]; !slices.Contains(called[m.person], name) {
						called[m.person] = append(called[m.person], name)
					}
				}
			}
		}
	}
	for _, h := range hits {
		if k := &r.known.folders[h.folder]; k.kind == "portrait" && k.person >= 0 {
			met[k.person] = cmp.Or(met[k.person], "known")
			if !slices.Contains(shown[k.person], h.media) {
				shown[k.person] = append(shown[k.person], h.media)
			}
		}
	}
	about := slices.Clone(r.index.everybody)
	for p := range met {
		about = append(about, r.index.consents[p]...)
	}
	slices.Sort(about)
	var out []GroundMatch
	var all []string // words of the item, made when the first event needs them
	for _, i := range about {
		c := &r.consents[i]
		by := ""
		if c.person >= 0 {
			if by = met[c.person]; by == "" {
				continue
			}
		}
		if len(c.album) > 0 {
			if !slices.Equal(words(item.Album), c.album) {
				continue
			}
			by = cmp.Or(by, "album")
		}
		if len(c.event) > 0 {
			if all == nil {
				all = words(strings.Join(append([]string{item.Text, item.Album, item.Place}, item.Tags...), "\n"))
			}
			if !ContainsRun(all, c.event) {
				continue
			}
			by = cmp.Or(by, "event")
		}
		if !c.from.IsZero() || !c.to.IsZero() {
			if item.Created.IsZero() {
				continue
			}
			day := item.Created.Format(time.DateOnly)
			if !c.from.IsZero() && day < c.from.Format(time.DateOnly) || !c.to.IsZero() && day > c.to.Format(time.DateOnly) {
				continue
			}
			by = cmp.Or(by, "span")
		}
		m := GroundMatch{Kind: Consent, Code: c.code, By: by, Scope: c.scope, Given: c.given, Until: c.until, Withdrawn: c.withdrawn}
		if c.person >= 0 {
			m.Person, m.Names, m.Portraits = r.people[c.person].code, called[c.person], shown[c.person]
		}
		out = append(out, m)
	}
	return append(out, r.licencesOf(item, facts, findings, hits)...)
}

// credit is a text that may say whose a picture is.
type credit struct {
	words  []string
	double []bool // the word is joined to the one before as in double names: "Licht-Bauer"
	media  int    // index of the one picture that it is about, -1 where it is about the item
}

func creditOf(s string, media int, file bool) credit {
	c := credit{media: media}
	for _, t := range tokens(plus.ReplaceAllString(camel.ReplaceAllString(s, "$1 $2"), "$1 plus ")) {
		c.words = append(c.words, t.forms[0])
		c.double = append(c.double, t.gap == hyphen && t.capital && !file) // hyphens part the words of a file's name
	}
	return c
}

// besideNames are words that are joined to a name without making another one of it: "Getty Images-Lizenz".
var besideNames = set("lizenz", "licence", "license", "nr", "nummer", "id", "archiv", "agentur", "datenbank", "stock", "symbolbild", "symbolfoto", "bildnachweis")

// names reports whether a text has the name of a provider. A name that goes on is another one.
func (c *credit) names(provider []string) bool {
	if len(provider) == 0 {
		return false
	}
	another := func(i int) bool { return !pictureWords[c.words[i]] && !besideNames[c.words[i]] }
	whole := func(from, to int) bool {
		return (to == len(c.words) || c.words[to] != "plus" && !(c.double[to] && another(to))) && !(c.double[from] && another(from-1))
	}
	joined := strings.Join(provider, "")
	for i, w := range c.words {
		if to := i + len(provider); to <= len(c.words) && slices.Equal(c.words[i:to], provider) && whole(i, to) || w == joined && whole(i, i+1) {
			return true
		}
	}
	return false
}

// numbered reports whether a text has an asset number, alone or behind letters: "adobestock123456".
func (c *credit) numbered(words []string, digits string) bool {
	return ContainsRun(c.words, words) || len(digits) >= minAsset && slices.ContainsFunc(c.words, func(s string) bool { return digitsIn(s) == digits })
}

// creditsOf are the texts of an item that say whose its pictures are: their files' names and metadata, and what the findings
// quote. foreign is whether any finding hints at somebody else's picture.
func creditsOf(item *scanner.Item, facts []*picture.Facts, findings []classify.Finding) (out []credit, foreign bool) {
	for _, f := range findings {
		if f.Label != classify.Stock && f.Label != classify.ThirdPartyWork {
			continue
		}
		foreign = true
		for _, e := range f.Evidence {
			if e.Weight > 0 && e.Field != "records" && e.Quote != "" {
				media, ok := mediaOf(e.Field)
				if !ok || media >= len(item.Media) {
					media = -1
				}
				out = append(out, creditOf(Quoted(item, facts, e), media, strings.HasSuffix(e.Field, ".file")))
			}
		}
	}
	for i := range item.Media {
		for k, s := range Sources(item, facts, i) {
			if s != "" {
				out = append(out, creditOf(s, i, k == 0))
			}
		}
	}
	return out, foreign
}

// Sources are a picture's name and what its file says of where it is from.
func Sources(item *scanner.Item, facts []*picture.Facts, i int) []string {
	if i >= len(facts) || facts[i] == nil {
		return []string{item.Media[i].File}
	}
	m := &facts[i].Metadata
	return []string{item.Media[i].File, m.Creator, m.Credit, m.Copyright, m.Source, m.Licensor, m.Instructions, m.Title, m.Transmission}
}

// Quoted is what evidence quotes of an item, with what belongs to the name at its end: a rule may end at "Unsplash" where
// the text has "Unsplash+", and at "KI" of "KI-Institut".
func Quoted(item *scanner.Item, facts []*picture.Facts, e classify.Evidence) string {
	fields := []string{item.Text, item.Album}
	if i, ok := mediaOf(e.Field); ok && i < len(item.Media) {
		fields = append(Sources(item, facts, i), item.Media[i].Alt, item.Media[i].Caption)
		if i < len(facts) && facts[i] != nil {
			fields = append(fields, facts[i].Metadata.Headline, facts[i].Metadata.Description)
		}
	}
	for _, text := range fields {
		if e.Start < e.End && e.End <= len(text) && text[e.Start:e.End] == e.Quote {
			rest := goingOn.FindString(text[e.End:])
			if strings.HasPrefix(strings.TrimLeft(rest, " \u00a0"), "+") {
				rest = "+"
			}
			return e.Quote + rest
		}
	}
	return e.Quote
}

// goingOn is what may stand behind a name and belong to it.
var goingOn = regexp.MustCompile(`(?m)^(?:\+|[ \x{a0}]\+(?:[.,;:)/|]|$)|[ -](?i:plus)\b|-\pL+)`)

// mediaOf is the picture that a field is of: "media[2].alt".
func mediaOf(field string) (int, bool) {
	rest, ok := strings.CutPrefix(field, "media[")
	n, _, end := strings.Cut(rest, "]")
	i, err := strconv.Atoi(n)
	return i, ok && end && err == nil && i >= 0
}

func (r *Records) licencesOf(item *scanner.Item, facts []*picture.Facts, findings []classify.Finding, hits []hit) []GroundMatch {
	credits, foreign := creditsOf(item, facts, findings)
	captions := captionsOf(item)
	var about []int
	if foreign {
		about = r.index.licencesFor(item, slices.Concat(credits, captions))
	}
	for _, h := range hits {
		if i := r.known.folders[h.folder].licence; i >= 0 {
			about = append(about, i)
		}
	}
	slices.Sort(about)
	var out []GroundMatch
	for _, i := range slices.Compact(about) {
		l := &r.licences[i]
		by := ""
		var media []int
		for _, h := range hits {
			if r.known.folders[h.folder].licence == i && !slices.Contains(media, h.media) {
				by, media = "known", append(media, h.media)
			}
		}
		if by == "" && foreign {
			by, media = l.meets(item, credits, captions)
		}
		if by != "" {
			m := GroundMatch{Kind: Licence, Code: l.code, By: by, Media: media, Social: l.social, AI: l.ai, Until: l.until}
			switch by {
			case "provider":
				m.Names = []string{l.row.values["provider"]}
			case "asset":
				m.Names = []string{l.asset}
			}
			out = append(out, m)
		}
	}
	return out
}

// captionsOf are the item's own words, and those that stand below one picture only.
func captionsOf(item *scanner.Item) []credit {
	out := []credit{creditOf(item.Text, -1, false)}
	for i := range item.Media {
		if c := item.Media[i].Caption; c != "" {
			media := i
			for k := range item.Media {
				if k != i && item.Media[k].Caption == c {
					media = -1
				}
			}
			out = append(out, creditOf(c, media, false))
		}
	}
	return out
}

// meets says by what a licence speaks of an item, "" if it does not, and of which pictures, where that can be known: none
// where only the item's words have the number. Of file, asset number and provider the licence's most exact condition
// decides: a line about one picture says nothing of the provider's other pictures.
func (l *licence) meets(item *scanner.Item, credits, captions []credit) (by string, media []int) {
	if l.asset != "" {
		for _, c := range slices.Concat(credits, captions) {
			if c.numbered(l.number, digitsIn(l.asset)) {
				by = "asset"
				if c.media >= 0 && !slices.Contains(media, c.media) {
					media = append(media, c.media)
				}
			}
		}
		if by != "" {
			slices.Sort(media)
			return by, media
		}
	}
	if l.file != "" {
		for i := range item.Media {
			if ok, err := path.Match(l.file, strings.ToLower(item.Media[i].File)); ok && err == nil {
				by, media = "file", append(media, i)
			}
		}
	}
	if l.asset != "" || l.file != "" {
		return by, media
	}
	for _, c := range credits {
		if c.names(l.provider) {
			return "provider", nil
		}
	}
	return "", nil
}

// index finds the lines that may speak of an item, without asking each of some 100,000.
type index struct {
	consents  map[int][]int    // person → consents
	everybody []int            // consents of no one person
	words     map[string][]int // word of an asset number or of a provider → licences
	files     map[string][]int // name of a file → licences
	patterns  []int            // licences of files by pattern
}

func newIndex(consents []consent, licences []licence) *index {
	x := &index{consents: map[int][]int{}, words: map[string][]int{}, files: map[string][]int{}}
	for i := range consents {
		if p := consents[i].person; p >= 0 {
			x.consents[p] = append(x.consents[p], i)
		} else {
			x.everybody = append(x.everybody, i)
		}
	}
	for i := range licences {
		l := &licences[i]
		switch {
		case l.file == "":
		case strings.ContainsAny(l.file, `*?[\`):
			x.patterns = append(x.patterns, i)
		default:
			x.files[l.file] = append(x.files[l.file], i)
		}
		run := l.provider
		if l.asset != "" {
			run = append(slices.Clone(l.number), digitsIn(l.asset))
		} else if len(run) > 0 {
			run = []string{run[0], strings.Join(run, "")}
		}
		slices.Sort(run)
		for _, w := range slices.Compact(run) {
			x.words[w] = append(x.words[w], i)
		}
	}
	return x
}

// licencesFor are the licences that may speak of an item, some of them more than once.
func (x *index) licencesFor(item *scanner.Item, texts []credit) []int {
	out := slices.Clone(x.patterns)
	for i := range item.Media {
		out = append(out, x.files[strings.ToLower(item.Media[i].File)]...)
	}
	seen := map[string]bool{"": true}
	for _, c := range texts {
		for _, w := range c.words {
			for _, w := range []string{w, digitsIn(w)} {
				if !seen[w] {
					seen[w] = true
					out = append(out, x.words[w]...)
				}
			}
		}
	}
	return out
}

// digitsIn cuts letters off both ends of a word: "adobestock123456" → 123456.
func digitsIn(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return !unicode.IsDigit(r) })
}
