package classify

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"

	"pagerisk/classify/picture"
	"pagerisk/scanner"
)

// Classifier judges items. It is safe for concurrent use.
type Classifier struct {
	rules     *Rules
	detectors []Detector
	model     *model // nil: rules alone
	scratches sync.Pool
	learning  sync.Pool       // of *features
	names     sync.Map        // page name → map[string]bool of its own words
	small     map[string]bool // words that mean nothing by themselves
	classes   *classes
}

// New returns a classifier with the rules and further detectors, whose signals add up with those of the rules.
func New(r *Rules, more ...Detector) *Classifier {
	c := &Classifier{rules: r, detectors: more, classes: newClasses(r.lists)}
	c.small = make(map[string]bool)
	for _, list := range []string{"common", "common2", "greetings"} {
		for _, w := range r.lists[list] {
			c.small[w] = true
		}
	}
	// Before the first training there is nothing learned.
	if m := builtinModel(); len(m.weights) > 0 {
		c.model = m
	}
	c.scratches.New = func() any { return &scratch{fired: make([]bool, len(r.rules))} }
	c.learning.New = func() any { return new(features) }
	return c
}

// FindingID names a finding for good: hex digits of a hash over the item's key and the label, and of nothing else, so that
// a reworded rule re-opens nothing.
func FindingID(key scanner.Key, label Label) string {
	sum := sha256.Sum256([]byte(string(key) + "\x00" + string(label)))
	return hex.EncodeToString(sum[:16])
}

// Classify returns the findings of one item in the order of Labels. A detector that breaks is an error that names it;
// the other findings are returned all the same.
func (c *Classifier) Classify(s *Subject) ([]Finding, error) { return c.classify(s, nil) }

// Explain is Classify with the derivation of each score that learned words had a say in.
func (c *Classifier) Explain(s *Subject) ([]Finding, []Derivation, error) {
	var derivations []Derivation
	findings, err := c.classify(s, &derivations)
	for i := range derivations {
		d := &derivations[i]
		d.Found = slices.ContainsFunc(findings, func(f Finding) bool {
			return f.Label == d.Label && slices.ContainsFunc(f.Evidence, func(e Evidence) bool { return strings.HasPrefix(e.Rule, LearnedPrefix) })
		})
	}
	// Whoever redoes the weighing of one label about people needs the sums of the others.
	return findings, slices.DeleteFunc(derivations, func(d Derivation) bool { return !d.Found && len(d.Groups) == 0 }), err
}

func (c *Classifier) classify(s *Subject, derivations *[]Derivation) (findings []Finding, err error) {
	if len(s.Item.Media) == 0 {
		return nil, nil
	}
	defer func() {
		if p := recover(); p != nil {
			err = errorf("classify %q: rules: panic: %v\n%s", s.Item.Key, p, debug.Stack())
		}
	}()
	j := c.judge(s)
	defer j.release()
	j.derivations = derivations
	for _, d := range c.detectors {
		signals, derr := detect(d, s)
		if derr != nil && err == nil {
			err = errorf("classify %q: %s: %w", s.Item.Key, d.Name(), derr)
		}
		j.signals = append(j.signals, signals...)
	}
	j.pairs()
	j.weighWords()
	return j.findings(), err
}

func detect(d Detector, s *Subject) (signals []Signal, err error) {
	defer func() {
		if p := recover(); p != nil {
			signals, err = nil, errorf("panic: %v", p)
		}
	}()
	return d.Detect(s)
}

// fieldSet is a set of fields.
type fieldSet uint32

const (
	inText fieldSet = 1 << iota
	inAlbum
	inPlace
	inLink
	inTags
	inAlt
	inFile
	inCreator
	inCredit
	inCopyright
	inSource
	inInstructions
	inPersons
	inModelRelease
	inDataMining
	inDigitalSource
	inSoftware
	inTitle
	inHeadline
	inDescription
	inKeywords
	inTransmission
	inWebStatement
	inLicensor
	inC2PA
)

const inMetadata = inCreator | inCredit | inCopyright | inSource | inInstructions | inTitle | inHeadline | inDescription | inKeywords |
	inTransmission | inWebStatement | inLicensor

var fieldNames = map[string]fieldSet{
	"text": inText, "album": inAlbum, "place": inPlace, "link": inLink, "tags": inTags, "alt": inAlt, "file": inFile,
	"metadata": inMetadata, "metadata.creator": inCreator, "metadata.credit": inCredit, "metadata.copyright": inCopyright,
	"metadata.source": inSource, "metadata.instructions": inInstructions, "metadata.persons": inPersons,
	"metadata.model_release": inModelRelease, "metadata.data_mining": inDataMining, "metadata.digital_source_type": inDigitalSource,
	"metadata.software": inSoftware, "metadata.title": inTitle, "metadata.headline": inHeadline, "metadata.description": inDescription,
	"metadata.keywords": inKeywords, "metadata.transmission": inTransmission, "metadata.web_statement": inWebStatement,
	"metadata.licensor": inLicensor, "metadata.c2pa": inC2PA,
}

// judgement is the work on one subject.
type judgement struct {
	*Classifier
	*Subject
	scratch *scratch
	own     map[string]bool
	signals []Signal
	fired   []bool // per rule

	words  int // words of the caption
	seen   int // people in all pictures together, -1 where nobody could look
	most   int // people in the fullest picture
	alt    int // people by the platform's description, -1 where it says nothing
	weak   bool
	looked int // pictures that somebody looked at for people

	derivations *[]Derivation // where somebody asked for them
	weighed     bool          // the learned words have weighed the labels about people against one another
}

// judge begins the work on a subject; release ends it.
func (c *Classifier) judge(s *Subject) *judgement {
	room := c.scratches.Get().(*scratch)
	clear(room.fired)
	j := &judgement{Classifier: c, Subject: s, scratch: room, own: c.ownWords(s.Page.Name), signals: room.signals[:0], fired: room.fired, seen: -1, alt: -1}
	j.people()

	item := s.Item
	j.field(inText, "text", -1, "", item.Text)
	room.folded, room.caption = room.caption, room.folded
	j.field(inAlbum, "album", -1, "", item.Album)
	j.field(inPlace, "place", -1, "", item.Place)
	j.field(inLink, "link", -1, "", item.Link)
	for i, tag := range item.Tags {
		j.field(inTags, "tags", i, "", tag)
	}
	for i := range item.Media {
		m := &item.Media[i]
		if m.Caption != "" && m.Caption != item.Text {
			j.field(inText, "media", i, ".caption", m.Caption)
		}
		j.field(inAlt, "media", i, ".alt", m.Alt)
		j.field(inFile, "media", i, ".file", m.File)
		if f := j.facts(i); f != nil {
			j.metadata(i, &f.Metadata)
		}
	}
	j.factRules()
	return j
}

// release gives the working memory back; the judgement must not be used any more.
func (j *judgement) release() {
	j.scratch.signals = j.signals
	j.scratches.Put(j.scratch)
	j.scratch, j.signals = nil, nil
}

func (j *judgement) facts(i int) *picture.Facts {
	if i < len(j.Facts) {
		return j.Facts[i]
	}
	return nil
}

func (j *judgement) metadata(i int, m *picture.Metadata) {
	for _, f := range [...]struct {
		set   fieldSet
		name  string
		value string
	}{
		{inCreator, ".metadata.creator", m.Creator}, {inCredit, ".metadata.credit", m.Credit},
		{inCopyright, ".metadata.copyright", m.Copyright}, {inSource, ".metadata.source", m.Source},
		{inInstructions, ".metadata.instructions", m.Instructions}, {inModelRelease, ".metadata.model_release", m.ModelRelease},
		{inDataMining, ".metadata.data_mining", m.DataMining}, {inDigitalSource, ".metadata.digital_source_type", m.DigitalSourceType},
		{inSoftware, ".metadata.software", m.Software}, {inTitle, ".metadata.title", m.Title}, {inHeadline, ".metadata.headline", m.Headline},
		{inDescription, ".metadata.description", m.Description}, {inTransmission, ".metadata.transmission", m.Transmission},
		{inWebStatement, ".metadata.web_statement", m.WebStatement}, {inLicensor, ".metadata.licensor", m.Licensor},
	} {
		if f.value != "" {
			j.field(f.set, "media", i, f.name, f.value)
		}
	}
	for k, p := range m.Persons {
		j.field(inPersons, "media", i, ".metadata.persons["+strconv.Itoa(k)+"]", p)
	}
	for k, w := range m.Keywords {
		j.field(inKeywords, "media", i, ".metadata.keywords["+strconv.Itoa(k)+"]", w)
	}
	for k, w := range m.C2PA {
		j.field(inC2PA, "media", i, ".metadata.c2pa["+strconv.Itoa(k)+"]", w)
	}
}

// fieldName is what Evidence.Field says; it is made only for what was found.
func fieldName(base string, i int, rest string) string {
	if i < 0 {
		return base
	}
	return base + "[" + strconv.Itoa(i) + "]" + rest
}

// field runs all rules of words over one field.
func (j *judgement) field(set fieldSet, base string, n int, rest, text string) {
	s := j.scratch
	r := j.rules
	if text == "" {
		s.words = s.words[:0]
		return
	}
	if set == inFile && platformName(text) {
		return
	}
	s.take(text, r.vocabulary.hashtags)
	s.look(r.vocabulary, j.own)
	if base == "text" {
		for i := range s.words {
			if s.words[i].flags&(part|symbol) == 0 {
				j.words++
			}
		}
	}
	s.hits = s.hits[:0]
	for i := range s.words {
		for _, a := range s.atoms[s.begins[i]:s.begins[i+1]] {
			for _, st := range r.table[a] {
				if st.fields&set == 0 || st.affirmed && s.words[i].flags&negated != 0 {
					continue
				}
				if end, ok := s.match(st.pattern, i); ok {
					s.hits = append(s.hits, hit{st.rule, st.slot, int32(i), int32(end)})
				}
			}
		}
	}
	if len(s.hits) > 0 {
		slices.SortFunc(s.hits, func(a, b hit) int {
			return cmp.Or(cmp.Compare(a.rule, b.rule), cmp.Compare(a.slot, b.slot), cmp.Compare(a.from, b.from), cmp.Compare(b.to, a.to))
		})
		for from := 0; from < len(s.hits); {
			to := from
			for to < len(s.hits) && s.hits[to].rule == s.hits[from].rule {
				to++
			}
			rule := r.rules[s.hits[from].rule]
			if a, b, ok := j.combine(rule, s.hits[from:to]); ok && j.holds(rule) {
				start, end := s.words[a].start, s.words[b].end
				if int(end) < len(text) && text[end] == ')' && strings.Count(text[start:end], "(") > strings.Count(text[start:end], ")") {
					end++ // "Lena (7)" is quoted whole
				}
				j.fire(rule, Evidence{Field: fieldName(base, n, rest), Start: int(start), End: int(end), Quote: text[start:end]})
			}
			from = to
		}
	}
	if set == inFile || set&inMetadata != 0 || set == inC2PA {
		for _, rule := range r.rules {
			if rule.regexp == nil || rule.fields&set == 0 {
				continue
			}
			if at := rule.regexp.FindStringIndex(text); at != nil && j.holds(rule) {
				j.fire(rule, Evidence{Field: fieldName(base, n, rest), Start: at[0], End: at[1], Quote: text[at[0]:at[1]]})
			}
		}
	}
}

// platformName reports whether a file bears the numbers that the platforms give ("7651_1243_n.jpg"), which say nothing.
func platformName(name string) bool {
	for k := range len(name) {
		c := name[k]
		if c == '.' {
			return true
		}
		if c != '_' && c != '-' && !('0' <= c && c <= '9') && !((c == 'n' || c == 'o') && k > 0 && name[k-1] == '_') {
			return false
		}
	}
	return true
}

// near is the distance in words within which NotNear speaks against a hit.
const near = 4

// combine finds one hit of each slot within reach of one another: of a rule with one slot the longest, for it says most,
// of a rule with several the tightest; the first among equals.
func (j *judgement) combine(rule *Rule, hits []hit) (from, to int32, ok bool) {
	if hits[0].slot == slotUnless || hits[0].slot == slotNotNear {
		for _, h := range hits {
			if h.slot == slotUnless {
				return 0, 0, false
			}
		}
	}
	anchors := hits
	best := int32(math.MaxInt32)
	if rule.slots == 1 {
		best = 1
	}
	for _, h := range anchors {
		if h.slot != 0 {
			continue
		}
		a, b := h.from, h.to
		found := true
		for slot := int32(1); slot < int32(rule.slots) && found; slot++ {
			closest := int32(math.MaxInt32)
			var ca, cb int32
			for _, o := range hits {
				if o.slot != slot {
					continue
				}
				x, y := min(a, o.from), max(b, o.to)
				if y-x < closest {
					closest, ca, cb = y-x, x, y
				}
			}
			if closest == math.MaxInt32 || rule.Within > 0 && int(closest) > rule.Within {
				found = false
			}
			a, b = ca, cb
		}
		width := b - a
		if rule.slots == 1 {
			width = -width
		}
		if !found || width >= best {
			continue
		}
		if rule.Whole && (a != 0 || int(b) != len(j.scratch.words)-1) {
			continue
		}
		blocked := false
		for _, o := range hits {
			if o.slot == slotNotNear && o.from <= b+near && o.to >= a-near && j.scratch.words[o.from].sentence == j.scratch.words[a].sentence {
				blocked = true
				break
			}
		}
		if blocked {
			continue
		}
		best, from, to, ok = width, a, b, true
	}
	return from, to, ok
}

// holds reports whether the item fulfils what a rule asks beyond words.
func (j *judgement) holds(rule *Rule) bool {
	if len(rule.Pages) > 0 && !slices.Contains(rule.Pages, j.Page.Kind) ||
		len(rule.NotPages) > 0 && slices.Contains(rule.NotPages, j.Page.Kind) ||
		len(rule.Items) > 0 && !slices.Contains(rule.Items, j.Item.Kind) {
		return false
	}
	if len(rule.People) == 2 {
		if n := j.count(); n < rule.People[0] || n > rule.People[1] {
			return false
		}
	}
	if len(rule.Words) == 2 && (j.words < rule.Words[0] || j.words > rule.Words[1]) {
		return false
	}
	if rule.Fact != "" && rule.Kind != KindFact {
		_, ok := facts[rule.Fact](j)
		return ok
	}
	return true
}

func (j *judgement) fire(rule *Rule, e Evidence) {
	if rule.Kind != KindPair {
		j.fired[rule.index] = true
	}
	e.Rule, e.Weight = rule.ID, rule.Weight
	j.signals = append(j.signals, Signal{Label: rule.Label, Family: rule.Family, Evidence: e})
}

// people counts what was seen.
func (j *judgement) people() {
	for i := range j.Item.Media {
		f := j.facts(i)
		if f != nil && f.People != nil {
			j.looked++
			j.seen = max(j.seen, 0) + *f.People
			j.most = max(j.most, *f.People)
			for _, weak := range j.rules.Settings.WeakDetectors {
				j.weak = j.weak || strings.HasPrefix(f.Detector, weak)
			}
		}
		if n, ok := altPeople(j.Item.Media[i].Alt); ok {
			j.alt = max(j.alt, 0) + n
		}
	}
}

// count is the number of people as far as anybody knows: seen, else by the platform's description; -1 if nobody knows.
func (j *judgement) count() int {
	if j.seen > 0 || j.seen == 0 && j.looked == len(j.Item.Media) && !j.weak {
		return j.seen
	}
	if j.alt > 0 {
		return j.alt
	}
	if j.seen == 0 && j.looked < len(j.Item.Media) {
		return -1
	}
	return j.seen
}

// altPeople reads the number of people from a platform's automatic description, in the languages that it comes in.
// Without a number ("Personen, die stehen") it counts two.
func altPeople(alt string) (int, bool) {
	if alt == "" {
		return 0, false
	}
	// What is written in the picture stands in quotes and describes nothing.
	if k := strings.IndexAny(alt, "„“‘’'\""); k >= 0 {
		alt = alt[:k]
	}
	number, best := 0, 0
	for w := range strings.FieldsFuncSeq(alt, func(r rune) bool { return !isLetter(r) && !isDigit(r) }) {
		if n, err := strconv.Atoi(w); err == nil {
			number = n
			continue
		}
		switch strings.ToLower(w) {
		case "person", "persona", "personne", "persoon", "osoba", "kişi":
			best = max(best, number, 1)
		case "personen", "people", "personnes", "personas", "persone", "mensen", "osoby", "osób":
			if number > 0 {
				best = max(best, number)
			} else {
				best = max(best, 2)
			}
		case "selfie":
			best = max(best, 1)
		}
		number = 0
	}
	if best == 0 {
		return 0, false
	}
	return min(best, 1000), true
}

// ownWords are the folded words of the page's name that no other organisation of its kind has in its name, and their
// initials where the name has them.
func (c *Classifier) ownWords(name string) map[string]bool {
	if name == "" {
		return nil
	}
	if m, ok := c.names.Load(name); ok {
		return m.(map[string]bool)
	}
	generic := map[string]bool{}
	for _, w := range c.rules.lists["generic"] {
		generic[w] = true
	}
	own := map[string]bool{}
	var f folded
	f.take(name, nil)
	var joined strings.Builder
	for i := range f.words {
		w := string(f.form(i))
		joined.WriteString(w)
		if len(w) >= 4 && !generic[w] {
			own[w] = true
		}
	}
	own[joined.String()] = true
	// Instances with thousands of pages do not exist; the map grows with the accounts of one case.
	c.names.Store(name, own)
	return own
}

// foreign reports whether names (a creator, a credit line) have nothing of the page's own name.
func (j *judgement) foreign(names ...string) bool {
	var f folded
	for _, name := range names {
		f.take(name, nil)
		for i := range f.words {
			w := f.form(i)
			if j.own[string(w)] {
				return false
			}
			if len(w) >= 4 {
				for o := range j.own {
					if len(o) > len(w)+2 && strings.HasPrefix(o, string(w)) || len(w) > len(o)+2 && len(o) >= 5 && strings.HasPrefix(string(w), o) {
						return false
					}
				}
			}
		}
	}
	return true
}

// facts are the named facts that rules may ask for, with the field and the quote of their evidence.
var facts map[string]func(*judgement) (Evidence, bool)

func init() {
	yes := func(ok bool) (Evidence, bool) { return Evidence{}, ok }
	fullest := func(j *judgement) Evidence {
		for i := range j.Item.Media {
			if f := j.facts(i); f != nil && f.People != nil && *f.People == j.most && j.most > 0 {
				return Evidence{Field: fieldName("media", i, ""), Quote: strconv.Itoa(*f.People)}
			}
		}
		for i := range j.Item.Media {
			if n, ok := altPeople(j.Item.Media[i].Alt); ok {
				return Evidence{Field: fieldName("media", i, ""), Quote: strconv.Itoa(n)}
			}
		}
		return Evidence{Field: "media[0]"}
	}
	facts = map[string]func(*judgement) (Evidence, bool){
		// Somebody looked and saw people, or the platform's description counts some where nobody looked.
		"people": func(j *judgement) (Evidence, bool) { return fullest(j), j.count() > 0 },
		// Only the description speaks of people.
		"alt_people": func(j *judgement) (Evidence, bool) { return fullest(j), j.seen <= 0 && j.alt > 0 && j.count() > 0 },
		// Nobody could look at any picture, and no description helps.
		"people_unknown": func(j *judgement) (Evidence, bool) { return Evidence{Field: "media[0]"}, j.count() < 0 },
		"video": func(j *judgement) (Evidence, bool) {
			return yes(slices.ContainsFunc(j.Item.Media, func(m scanner.Media) bool { return m.Video }))
		},
		"no_video": func(j *judgement) (Evidence, bool) {
			return yes(!slices.ContainsFunc(j.Item.Media, func(m scanner.Media) bool { return m.Video }))
		},
		"gen_ai": func(j *judgement) (Evidence, bool) {
			i := slices.IndexFunc(j.Item.Media, func(m scanner.Media) bool { return m.GenAI })
			return Evidence{Field: fieldName("media", max(i, 0), "")}, i >= 0
		},
		// How large people are, by the boxes of those who looked: for the question whether they are subject or bystanders.
		"portrait":   func(j *judgement) (Evidence, bool) { return j.arranged(picture.Portrait) },
		"bystanders": func(j *judgement) (Evidence, bool) { return j.arranged(picture.Bystanders) },
		"crowd":      func(j *judgement) (Evidence, bool) { return j.arranged(picture.Crowd) },
		// The page's name says that it is for people who are mostly under 18.
		"young_page": func(j *judgement) (Evidence, bool) {
			var f folded
			f.take(j.Page.Name, nil)
			for i := range f.words {
				if j.rules.youngPages.has(f.form(i)) {
					return Evidence{}, true
				}
			}
			return Evidence{}, false
		},
		// A name of the caption comes back in the page's captions.
		"regular": func(j *judgement) (Evidence, bool) {
			if len(j.Page.Regulars) == 0 {
				return Evidence{}, false
			}
			f := &j.scratch.caption
			for i := range f.words {
				if name := j.rules.nameAt(f, i); name != "" && j.Page.Regulars[name] {
					w := &f.words[i]
					return Evidence{Field: "text", Start: int(w.start), End: int(w.end), Quote: j.Item.Text[w.start:w.end]}, true
				}
			}
			return Evidence{}, false
		},
		// The file names a creator or owner, and nothing of it is the page's own name.
		"creator_foreign": func(j *judgement) (Evidence, bool) { return j.creator(true) },
		"creator_own":     func(j *judgement) (Evidence, bool) { return j.creator(false) },
	}
}

// arranged reports whether people stand in the item's pictures in that way.
func (j *judgement) arranged(want picture.Arrangement) (Evidence, bool) {
	a, at := picture.Foremost(j.Facts)
	if at < 0 || a != want {
		return Evidence{}, false
	}
	return Evidence{Field: fieldName("media", at, ""), Quote: strconv.Itoa(*j.Facts[at].People)}, true
}

// creator finds a picture whose embedded names are foreign, or the page's own.
func (j *judgement) creator(foreign bool) (Evidence, bool) {
	for i := range j.Item.Media {
		f := j.facts(i)
		if f == nil {
			continue
		}
		m := &f.Metadata
		name, value := ".metadata.creator", m.Creator
		if value == "" {
			name, value = ".metadata.copyright", m.Copyright
		}
		if value == "" {
			name, value = ".metadata.credit", m.Credit
		}
		if value == "" || !strings.ContainsFunc(value, isLetter) {
			continue
		}
		if j.foreign(m.Creator, m.Credit, m.Copyright, m.Source) == foreign {
			return Evidence{Field: fieldName("media", i, name), Start: 0, End: len(value), Quote: value}, true
		}
	}
	return Evidence{}, false
}

func (j *judgement) factRules() {
	for _, rule := range j.rules.rules {
		if rule.Kind != KindFact || !j.holds(rule) {
			continue
		}
		e := Evidence{Field: "media[0]"}
		if rule.Fact != "" {
			var ok bool
			if e, ok = facts[rule.Fact](j); !ok {
				continue
			}
			if e.Field == "" {
				e.Field = "media[0]"
			}
		}
		j.fire(rule, e)
	}
}

// pairs runs the rules that need others. They are taken in the order of the file, so a pair may need an earlier pair.
func (j *judgement) pairs() {
	for _, rule := range j.rules.rules {
		if rule.Kind != KindPair || !j.holds(rule) {
			continue
		}
		e := Evidence{Field: "media[0]"}
		ok := true
		for _, need := range rule.Needs {
			from, met := j.met(need)
			if !met {
				ok = false
				break
			}
			if from.Field != "" {
				e = from
			}
		}
		for _, lack := range rule.Lacks {
			if _, met := j.met(lack); met {
				ok = false
			}
		}
		if ok {
			j.fire(rule, e)
			j.fired[rule.index] = true
		}
	}
}

// met reports whether a need of a pair is fulfilled, and by what evidence.
func (j *judgement) met(need string) (Evidence, bool) {
	if label, ok := strings.CutPrefix(need, "label:"); ok {
		score, best := j.score(Label(label))
		return best, score >= j.rules.Settings.Possible
	}
	i := j.rules.byID[need]
	if !j.fired[i] {
		return Evidence{}, false
	}
	for _, s := range j.signals {
		if s.Evidence.Rule == need {
			return s.Evidence, true
		}
	}
	return Evidence{}, true
}

// score adds up a label: of each family the strongest evidence for it and the strongest against it.
func (j *judgement) score(label Label) (sum float64, best Evidence) {
	type key struct {
		family  string
		against bool
	}
	var keys [24]key // most labels have fewer families; more go to the heap
	var weights [24]float64
	seen, strongest := keys[:0], weights[:0]
	top := 0.0
	for n := range j.signals {
		s := &j.signals[n]
		if s.Label != label {
			continue
		}
		k := key{s.Family, s.Evidence.Weight < 0}
		i := slices.Index(seen, k)
		if i < 0 {
			seen, strongest = append(seen, k), append(strongest, 0)
			i = len(seen) - 1
		}
		if math.Abs(s.Evidence.Weight) > math.Abs(strongest[i]) {
			strongest[i] = s.Evidence.Weight
		}
		if s.Evidence.Weight > top {
			top, best = s.Evidence.Weight, s.Evidence
		}
	}
	for i := range seen {
		sum += strongest[i]
	}
	return math.Round(sum*100) / 100, best
}

// Families of what the classifier itself adds, for people to see why a label is weaker than its words.
const (
	// familyMachine are the rules by which a machine made the picture.
	familyMachine = "machine"
	ruleStronger  = "balance.stronger-label"
	ruleNobody    = "balance.nobody-seen"
	ruleModels    = "balance.stock-models"
	ruleSomeone   = "balance.somebody-seen"
)

// nearEnough is how far below "possible" a label may stay and still be the best guess.
const nearEnough = 0.5

// saysSomething is the weight that the words for a label need to make it more than possible: a point, as a rule of its own
// would have that makes it possible.
const saysSomething = 1.0

// OwnRules are the rules that stand in no file of rules: what the classifier itself adds, each a family by itself.
func OwnRules() []string {
	own := []string{ruleStronger, ruleNobody, ruleModels, ruleSomeone, ruleLearnedRest, ruleLearnedHints, ruleLearnedOthers, ruleLearnedHeld, ruleLearnedLine, ruleLearnedCare}
	for n := range LearnedWords {
		own = append(own, ruleLearnedWord+strconv.Itoa(n+1), ruleLearnedSmall+strconv.Itoa(n+1))
	}
	return own
}

// balance weighs the labels about people against one another and against what was seen.
func (j *judgement) balance() {
	set := &j.rules.Settings
	people := j.count()
	if people == 0 {
		for _, label := range learnedLabels[:shownLabels] {
			weight := -10.0
			if j.weak {
				// A weak detector overlooks people: strong words leave it possible, no more.
				score, _ := j.score(label)
				weight = -cents(max(set.WeakZero, score-(set.Likely-justBelow)))
			}
			j.add(label, ruleNobody, weight, Evidence{Field: "media[0]", Quote: "0"})
		}
	}
	if e, ok := j.models(); ok {
		for _, label := range learnedLabels[:shownLabels] {
			j.add(label, ruleModels, -10, e)
		}
	}
	// By rules alone: the picture shows one person, so the strongest label is the one; it shows several, so a second label
	// has to be likely. The learned words have dealt with that already.
	var scores [peopleLabels]float64
	var bests [peopleLabels]Evidence
	top := 0
	for i, label := range learnedLabels[:peopleLabels] {
		scores[i], bests[i] = j.score(label)
		if scores[i] > scores[top] {
			top = i
		}
	}
	if scores[top] < set.Possible {
		j.someone(people, top, scores[top])
		return
	}
	for i, label := range learnedLabels[:peopleLabels] {
		if i == top || scores[i] < set.Possible {
			continue
		}
		if j.weighed || people != 1 && scores[i] >= set.Likely {
			continue
		}
		j.add(label, ruleStronger, -scores[i], bests[top])
	}
}

// someone lifts the strongest of the labels about people to "possible" where people were seen and no label reaches it:
// that somebody is shown is known, only who it is is not.
func (j *judgement) someone(people, top int, score float64) {
	if people <= 0 {
		return
	}
	if _, stock := j.models(); stock {
		return
	}
	if j.machineMade() {
		return
	}
	// Where nothing comes near, nobody can say who it is.
	if score < j.rules.Settings.Possible-nearEnough {
		top = other
		score, _ = j.score(OtherPerson)
	}
	lift := math.Round((j.rules.Settings.Possible-score)*100) / 100
	e, _ := facts["people"](j)
	e.Rule, e.Weight = ruleSomeone, lift
	j.signals = append(j.signals, Signal{Label: learnedLabels[top], Family: ruleSomeone, Evidence: e})
}

// machineMade reports whether a rule says outright that nobody is shown: what a machine made shows nobody, however many
// faces it has.
func (j *judgement) machineMade() bool {
	return slices.ContainsFunc(j.signals, func(s Signal) bool {
		return s.Label == OtherPerson && s.Family == familyMachine
	})
}

func (j *judgement) add(label Label, rule string, weight float64, e Evidence) {
	for _, s := range j.signals {
		if s.Label == label && s.Evidence.Weight > 0 {
			e.Rule, e.Weight = rule, weight
			j.signals = append(j.signals, Signal{Label: label, Family: rule, Evidence: e})
			return
		}
	}
}

// models reports whether all people that were seen are in stock pictures: then they are models, whatever the caption says
// about staff or customers.
func (j *judgement) models() (Evidence, bool) {
	score, best := j.score(Stock)
	if score < j.rules.Settings.Likely {
		return Evidence{}, false
	}
	if !strings.HasPrefix(best.Field, "media[") || len(j.Item.Media) == 1 {
		return best, true
	}
	// The proof stands in one picture's file: it speaks for that picture only.
	var stock [64]bool
	for _, s := range j.signals {
		if s.Label != Stock || s.Evidence.Weight <= 0 {
			continue
		}
		if rest, ok := strings.CutPrefix(s.Evidence.Field, "media["); ok {
			if k := strings.IndexByte(rest, ']'); k > 0 {
				if n, err := strconv.Atoi(rest[:k]); err == nil && n < len(stock) {
					stock[n] = true
				}
			}
		}
	}
	for i := range j.Item.Media {
		if i < len(stock) && stock[i] {
			continue
		}
		if f := j.facts(i); f == nil || f.People == nil || *f.People > 0 {
			return Evidence{}, false
		}
	}
	return best, true
}

func (j *judgement) findings() []Finding {
	j.balance()
	var out []Finding
	set := &j.rules.Settings
	for _, label := range Labels {
		score, _ := j.score(label)
		if score < set.Possible {
			continue
		}
		f := Finding{ID: FindingID(j.Item.Key, label), Label: label, Band: set.band(score), Score: score}
		of := 0
		for i := range j.signals {
			if j.signals[i].Label == label {
				of++
			}
		}
		f.Evidence = make([]Evidence, 0, of)
		for i := range j.signals {
			if s := &j.signals[i]; s.Label == label && !slices.Contains(f.Evidence, s.Evidence) {
				f.Evidence = append(f.Evidence, s.Evidence)
			}
		}
		slices.SortStableFunc(f.Evidence, func(a, b Evidence) int {
			return cmp.Or(cmp.Compare(math.Abs(b.Weight), math.Abs(a.Weight)), cmp.Compare(a.Field, b.Field), cmp.Compare(a.Start, b.Start), cmp.Compare(a.Rule, b.Rule))
		})
		out = append(out, f)
	}
	return out
}

func (s *Settings) band(score float64) Band {
	switch {
	case score >= s.Sure:
		return Sure
	case score >= s.Likely:
		return Likely
	default:
		return Possible
	}
}

// answers runs one rule's example.
func (c *Classifier) answers(rule *Rule, e Example) (bool, error) {
	s, err := e.subject()
	if err != nil {
		return false, err
	}
	j := c.judge(s)
	defer j.release()
	j.pairs()
	for _, sig := range j.signals {
		if sig.Evidence.Rule == rule.ID {
			return true, nil
		}
	}
	return false, nil
}

// subject builds the item that an example describes.
func (e Example) subject() (*Subject, error) {
	item := &scanner.Item{Key: "fb:example", Platform: scanner.Facebook, Kind: cmp.Or(e.Item, scanner.Post), Text: e.Text, Album: e.Album, Place: e.Place, Link: e.Link}
	if e.Tag != "" {
		item.Tags = []string{e.Tag}
	}
	item.Media = []scanner.Media{{File: cmp.Or(e.File, "1_n.jpg"), Alt: e.Alt, Video: e.Video, GenAI: e.GenAI, Status: scanner.OK}}
	f := &picture.Facts{People: e.People, Detector: "example"}
	if e.People != nil && e.Face > 0 {
		f.Width, f.Height = 100, 100
		for range *e.People {
			f.Boxes = append(f.Boxes, picture.Box{W: e.Face, H: e.Face, Sure: true})
		}
	}
	f.Metadata.Creator, f.Metadata.Credit, f.Metadata.Copyright = e.Creator, e.Credit, e.Copy
	if e.Meta != "" {
		name, value, ok := strings.Cut(e.Meta, "=")
		if !ok {
			return nil, errorf("meta %q is not of the form field=value", e.Meta)
		}
		if err := setMetadata(&f.Metadata, name, value); err != nil {
			return nil, err
		}
	}
	page := Page{Name: e.Page, Kind: e.PageKind, Regulars: map[string]bool{e.Regular: e.Regular != ""}}
	return &Subject{Item: item, Facts: []*picture.Facts{f}, Page: page}, nil
}

func setMetadata(m *picture.Metadata, name, value string) error {
	switch name {
	case "source":
		m.Source = value
	case "instructions":
		m.Instructions = value
	case "persons":
		m.Persons = []string{value}
	case "model_release":
		m.ModelRelease = value
	case "data_mining":
		m.DataMining = value
	case "digital_source_type":
		m.DigitalSourceType = value
	case "software":
		m.Software = value
	case "title":
		m.Title = value
	case "description":
		m.Description = value
	case "keywords":
		m.Keywords = []string{value}
	case "transmission":
		m.Transmission = value
	case "c2pa":
		m.C2PA = []string{value}
	default:
		return fmt.Errorf("no metadata field %q", name)
	}
	return nil
}
