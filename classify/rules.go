package classify

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"

	"pagerisk/scanner"
)

//go:embed rules/*.toml
var builtinRules embed.FS

// errorf keeps the messages of this file in one form.
var errorf = fmt.Errorf

// Rules is a set of rules, ready to use and safe for concurrent use.
type Rules struct {
	Settings Settings
	rules    []*Rule
	digest   string

	lists      map[string][]string
	vocabulary *vocabulary
	atoms      map[string]atom
	byID       map[string]int32
	// starts has, for each atom, the patterns that begin with it.
	starts              map[atom][]start
	table               [][]start
	pageWords, pageTalk map[string]wordSet
	sectors             map[string]wordSet
	youngPages          wordSet
	firstNames          map[string]bool
}

type start struct {
	rule, slot int32
	fields     fieldSet // of the rule
	affirmed   bool     // does not count behind a negation
	pattern    *pattern
}

// Settings are the numbers of the rules file that belong to no single rule.
type Settings struct {
	// The score from which on a finding has a band.
	Possible float64 `toml:"possible"`
	Likely   float64 `toml:"likely"`
	Sure     float64 `toml:"sure"`
	// WeakDetectors names people detectors (by the beginning of Facts.Detector) that overlook many people: what they do
	// not see lowers a finding by WeakZero instead of ruling it out.
	WeakDetectors []string `toml:"weak_detectors"`
	WeakZero      float64  `toml:"weak_zero"`
}

// Kind of a rule.
const (
	KindWords = "words" // words of a text
	KindField = "field" // values of embedded metadata, file names
	KindName  = "name"  // a field compared with the page's own name
	KindFact  = "fact"  // what was seen in the picture, what kind of item it is
	KindPair  = "pair"  // other rules or labels that were found
)

// Rule is one reason for or against a label, as written in the rules file.
type Rule struct {
	ID     string   `toml:"id"`
	Label  Label    `toml:"label"`
	Family string   `toml:"family"`
	Kind   string   `toml:"kind"`
	Weight float64  `toml:"weight"`
	Lang   []string `toml:"lang"`
	// Fields in which the words are looked for: text, album, place, link, tags, alt, file, metadata, metadata.credit, …
	Fields []string `toml:"fields"`
	Any    []string `toml:"any"` // one of these patterns
	// All: one of each list, at most Within words apart (0: anywhere in the field).
	All     [][]string `toml:"all"`
	Within  int        `toml:"within"`
	Unless  []string   `toml:"unless"`   // none of these anywhere in the field
	NotNear []string   `toml:"not_near"` // none of these within four words
	Regexp  string     `toml:"regexp"`   // instead of patterns, for file names
	Whole   bool       `toml:"whole"`    // the field has no other words
	Negated bool       `toml:"negated"`  // counts behind a negation too
	// Conditions on the item.
	Pages    []string       `toml:"pages"`     // kinds of pages
	NotPages []string       `toml:"not_pages"` // …
	Items    []scanner.Kind `toml:"items"`     // kinds of items
	People   []int          `toml:"people"`    // [from, to] people seen, by whoever looked; not met where nobody did
	Words    []int          `toml:"words"`     // [from, to] words of the caption
	Fact     string         `toml:"fact"`      // a named fact, see facts
	Needs    []string       `toml:"needs"`     // ids of rules, or "label:customer"
	Lacks    []string       `toml:"lacks"`

	Match []Example `toml:"match"`
	Miss  []Example `toml:"miss"`
	Why   Why       `toml:"why"`

	index  int32
	slots  int
	fields fieldSet
	regexp *regexp.Regexp
	where  string // file:line
}

// Why is a rule's reason in words for people.
type Why struct {
	De string `toml:"de"`
	En string `toml:"en"`
}

// Example is a text that a rule must or must not answer to, with what else it needs to know. In the file it is a
// string (the caption) or a table.
type Example struct {
	Text     string       `toml:"text"`
	Album    string       `toml:"album"`
	Place    string       `toml:"place"`
	Link     string       `toml:"link"`
	Alt      string       `toml:"alt"`
	File     string       `toml:"file"`
	Tag      string       `toml:"tag"`
	Page     string       `toml:"page"`      // the page's name
	PageKind string       `toml:"page_kind"` // …
	Regular  string       `toml:"regular"`   // a folded name that comes back on the page
	Item     scanner.Kind `toml:"item"`
	People   *int         `toml:"people"`
	Video    bool         `toml:"video"`
	GenAI    bool         `toml:"gen_ai"`
	Face     int          `toml:"face"` // height of each face in percent of the picture's
	Creator  string       `toml:"creator"`
	Credit   string       `toml:"credit"`
	Copy     string       `toml:"copyright"`
	Meta     string       `toml:"meta"` // field=value for the rest
}

// UnmarshalTOML takes a string for a caption.
func (e *Example) UnmarshalTOML(v any) error {
	switch v := v.(type) {
	case string:
		e.Text = v
		return nil
	case map[string]any:
		for k, x := range v {
			s, _ := x.(string)
			n, isInt := x.(int64)
			switch k {
			case "text":
				e.Text = s
			case "album":
				e.Album = s
			case "place":
				e.Place = s
			case "link":
				e.Link = s
			case "alt":
				e.Alt = s
			case "file":
				e.File = s
			case "tag":
				e.Tag = s
			case "page":
				e.Page = s
			case "page_kind":
				e.PageKind = s
			case "regular":
				e.Regular = s
			case "item":
				e.Item = scanner.Kind(s)
			case "creator":
				e.Creator = s
			case "credit":
				e.Credit = s
			case "copyright":
				e.Copy = s
			case "meta":
				e.Meta = s
			case "video", "gen_ai":
				b, ok := x.(bool)
				if !ok {
					return errorf("%s in an example is neither true nor false", k)
				}
				if k == "video" {
					e.Video = b
				} else {
					e.GenAI = b
				}
				continue
			case "face":
				if !isInt {
					return errorf("face in an example is no number")
				}
				e.Face = int(n)
				continue
			case "people":
				if !isInt {
					return errorf("people is no number")
				}
				p := int(n)
				e.People = &p
				continue
			default:
				return errorf("unknown key %q in an example", k)
			}
			if _, ok := x.(string); !ok {
				return errorf("%s in an example is no text", k)
			}
		}
		return nil
	}
	return errorf("an example is a text or a table")
}

type rulesFile struct {
	Settings *Settings         `toml:"settings"`
	Lists    map[string]string `toml:"lists"`
	Rule     []*Rule           `toml:"rule"`
}

var loadBuiltin = sync.OnceValues(func() (*Rules, error) {
	sub, err := fs.Sub(builtinRules, "rules")
	if err != nil {
		return nil, err
	}
	return LoadRules(sub)
})

// BuiltinRules returns the rules that the program carries.
func BuiltinRules() (*Rules, error) { return loadBuiltin() }

// LoadRules reads all *.toml files of a folder as one set of rules. An unknown key, an unknown list or label, a rule
// without reason or examples is an error that names file and line.
func LoadRules(fsys fs.FS) (*Rules, error) {
	names, err := fs.Glob(fsys, "*.toml")
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, errorf("read rules: no file *.toml")
	}
	slices.Sort(names)
	r := &Rules{lists: map[string][]string{}, vocabulary: newVocabulary(), atoms: map[string]atom{}, byID: map[string]int32{}, starts: map[atom][]start{}}
	sum := sha256.New()
	raw := map[string]string{}
	var settings *Settings
	for _, name := range names {
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, errorf("read rules: %w", err)
		}
		fmt.Fprintf(sum, "%s\x00%d\x00", name, len(data))
		sum.Write(data)
		var file rulesFile
		md, err := toml.Decode(string(data), &file)
		if err != nil {
			var parse toml.ParseError
			if errors.As(err, &parse) {
				return nil, errorf("read rules: %s:%d: %s", name, parse.Position.Line, cmp.Or(parse.Message, parse.Error()))
			}
			return nil, errorf("read rules: %s: %w", name, err)
		}
		for _, key := range md.Undecoded() {
			if len(key) > 2 && key[0] == "rule" && (key[1] == "match" || key[1] == "miss") {
				continue // the keys of an example, checked by it
			}
			return nil, errorf("read rules: %s:%d: unknown key %q", name, lineOf(data, key[len(key)-1], 1), key.String())
		}
		if file.Settings != nil {
			if settings != nil {
				return nil, errorf("read rules: %s:%d: settings stand in another file already", name, lineOf(data, "settings", 1))
			}
			settings = file.Settings
		}
		for list, words := range file.Lists {
			if _, ok := raw[list]; ok {
				return nil, errorf("read rules: %s:%d: list %q is in another file already", name, lineOf(data, list, 1), list)
			}
			raw[list] = words
		}
		for i, rule := range file.Rule {
			rule.where = fmt.Sprintf("%s:%d", name, lineOf(data, "[[rule]]", i+1))
			r.rules = append(r.rules, rule)
		}
	}
	if settings == nil {
		return nil, errorf("read rules: no table [settings] in %s", strings.Join(names, ", "))
	}
	if settings.Possible <= 0 || settings.Likely <= settings.Possible || settings.Sure <= settings.Likely {
		return nil, errorf("read rules: settings: bands do not rise: possible %v, likely %v, sure %v", settings.Possible, settings.Likely, settings.Sure)
	}
	r.Settings = *settings
	if err := r.expand(raw); err != nil {
		return nil, errorf("read rules: %w", err)
	}
	r.vocabulary.namesakes = newWordSet(r.lists["namesake"])
	r.vocabulary.dedicated = newWordSet(r.lists["dedicated"])
	for _, phrase := range r.lists["name_idioms"] {
		r.vocabulary.idioms[phrase] = true
	}
	r.firstNames = make(map[string]bool)
	for _, name := range r.lists["name"] {
		r.firstNames[name] = true
		r.vocabulary.add(name, atomName)
		if len(name) >= 4 && !strings.HasSuffix(name, "s") {
			r.vocabulary.exact[name+"s"] = append(r.vocabulary.exact[name+"s"], atomName) // "Carolas Lieblingsbuch"
		}
	}
	for _, list := range []string{"common", "common_adjective"} {
		for _, w := range r.lists[list] {
			r.vocabulary.common[w] = true
			if len(w) >= 2 {
				r.vocabulary.hashtags.addWord(w)
			}
		}
	}
	r.pageLists()
	var errs []error
	for i, rule := range r.rules {
		rule.index = int32(i)
		if err := r.compile(rule); err != nil {
			errs = append(errs, errorf("read rules: %s: rule %q: %w", rule.where, rule.ID, err))
		}
	}
	if errs != nil {
		return nil, errors.Join(errs...)
	}
	for _, rule := range r.rules {
		for _, need := range slices.Concat(rule.Needs, rule.Lacks) {
			if label, ok := strings.CutPrefix(need, "label:"); ok {
				if !slices.Contains(Labels, Label(label)) {
					return nil, errorf("read rules: %s: rule %q: no label %q", rule.where, rule.ID, label)
				}
			} else if _, ok := r.byID[need]; !ok {
				return nil, errorf("read rules: %s: rule %q: no rule %q", rule.where, rule.ID, need)
			}
		}
	}
	r.table = make([][]start, r.vocabulary.count)
	for a, s := range r.starts {
		r.table[a] = s
	}
	r.digest = hex.EncodeToString(sum.Sum(nil))
	return r, nil
}

// lineOf returns the line on which a key is set (or a table begins) for the n-th time.
func lineOf(data []byte, key string, n int) int {
	line := 0
	for l := range bytes.Lines(data) {
		line++
		l = bytes.TrimSpace(l)
		rest, ok := bytes.CutPrefix(l, []byte(key))
		if !ok {
			rest, ok = bytes.CutPrefix(l, []byte("["+key+"]"))
		}
		rest = bytes.TrimSpace(rest)
		if ok && (len(rest) == 0 || rest[0] == '=' || rest[0] == '#' || rest[0] == '.') {
			if n--; n == 0 {
				return line
			}
		}
	}
	return line
}

// Namesake reports whether a folded word makes a name before it that of a street, a house, an institution or a prize.
func (r *Rules) Namesake(word string) bool { return r.vocabulary.namesakes.has([]byte(word)) }

// Words are the folded words of a list; "*meister" stands for what ends so.
func (r *Rules) Words(list string) []string { return slices.Clone(r.lists[list]) }

// firstName reports whether a first name stands at a word, written as one and as somebody's name.
func (r *Rules) firstName(f *folded, i int) bool {
	return f.words[i].flags&capital != 0 && r.firstNames[string(f.form(i))] && !r.vocabulary.namesake(f, i)
}

// expand turns the lists into folded words; "<other>" stands for the words of another list.
func (r *Rules) expand(raw map[string]string) error {
	names := make([]string, 0, len(raw))
	for name := range raw {
		names = append(names, name)
	}
	slices.Sort(names)
	var grow func(name string, depth int) ([]string, error)
	grow = func(name string, depth int) ([]string, error) {
		if words, ok := r.lists[name]; ok {
			return words, nil
		}
		text, ok := raw[name]
		if !ok {
			return nil, errorf("no list %q", name)
		}
		if depth > 8 {
			return nil, errorf("list %q contains itself", name)
		}
		var words []string
		for w := range strings.FieldsSeq(text) {
			if other, ok := strings.CutPrefix(w, "<"); ok {
				more, err := grow(strings.TrimSuffix(other, ">"), depth+1)
				if err != nil {
					return nil, err
				}
				words = append(words, more...)
				continue
			}
			rest, except := strings.CutPrefix(w, "-")
			p, err := foldPattern(rest)
			if err != nil {
				return nil, errorf("list %q: %w", name, err)
			}
			if except {
				p = "-" + p
			}
			words = append(words, p)
		}
		slices.Sort(words)
		r.lists[name] = slices.Compact(words)
		return r.lists[name], nil
	}
	for _, name := range names {
		if _, ok := builtinAtoms[name]; ok && name != "name" {
			return errorf("list %q: the name is taken", name)
		}
		if _, err := grow(name, 0); err != nil {
			return err
		}
	}
	return nil
}

func (r *Rules) compile(rule *Rule) error {
	if rule.Kind == "" {
		rule.Kind = KindWords
	}
	switch {
	case rule.ID == "":
		return errorf("no id")
	case !slices.Contains(Labels, rule.Label):
		return errorf("no label %q", rule.Label)
	case rule.Family == "":
		return errorf("no family")
	case rule.Weight == 0 || rule.Weight < -10 || rule.Weight > 10:
		return errorf("weight %v is not between -10 and 10, or 0", rule.Weight)
	case rule.Why.De == "" || rule.Why.En == "":
		return errorf("no reason (why) in German and English")
	case len(rule.Match) == 0 || len(rule.Miss) == 0:
		return errorf("no example that must match, or none that must not")
	case len(rule.Lang) == 0:
		return errorf("no lang (\"*\" for any)")
	case len(rule.People) != 0 && len(rule.People) != 2, len(rule.Words) != 0 && len(rule.Words) != 2:
		return errorf("people and words are pairs: [from, to]")
	}
	if _, ok := r.byID[rule.ID]; ok {
		return errorf("the id is taken")
	}
	r.byID[rule.ID] = rule.index
	if _, ok := facts[rule.Fact]; rule.Fact != "" && !ok {
		return errorf("no fact %q", rule.Fact)
	}
	for _, kind := range slices.Concat(rule.Pages, rule.NotPages) {
		if kind != "" && !slices.Contains(pageOrder, kind) {
			return errorf("no kind of page %q", kind)
		}
	}
	if len(rule.Fields) == 0 {
		rule.Fields = []string{"text"}
	}
	for _, name := range rule.Fields {
		set, ok := fieldNames[name]
		if !ok {
			return errorf("no field %q", name)
		}
		rule.fields |= set
	}
	patterns := len(rule.Any) + len(rule.All)
	switch rule.Kind {
	case KindWords, KindField, KindName:
		if patterns == 0 && rule.Regexp == "" {
			return errorf("no words")
		}
		if rule.Regexp != "" && patterns > 0 {
			return errorf("either words or a regexp")
		}
	case KindFact:
		if rule.Fact == "" && len(rule.People) == 0 && len(rule.Items) == 0 {
			return errorf("no fact")
		}
		fallthrough
	case KindPair:
		if patterns > 0 || rule.Regexp != "" {
			return errorf("a rule of kind %q has no words", rule.Kind)
		}
		if rule.Kind == KindPair && len(rule.Needs)+len(rule.Lacks) == 0 {
			return errorf("no needs, no lacks")
		}
	default:
		return errorf("no kind %q", rule.Kind)
	}
	if rule.Regexp != "" {
		re, err := regexp.Compile(rule.Regexp)
		if err != nil {
			return err
		}
		rule.regexp = re
	}
	all := rule.All
	if len(rule.Any) > 0 {
		all = append([][]string{rule.Any}, all...)
	}
	rule.slots = len(all)
	for i, list := range all {
		if err := r.register(rule, int32(i), list); err != nil {
			return err
		}
	}
	if err := r.register(rule, slotUnless, rule.Unless); err != nil {
		return err
	}
	return r.register(rule, slotNotNear, rule.NotNear)
}

// Slots of patterns that speak against their rule.
const (
	slotUnless  = -1
	slotNotNear = -2
)

func (r *Rules) register(rule *Rule, slot int32, patterns []string) error {
	var errs []error
	for _, source := range patterns {
		p, err := r.parsePattern(source)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		s := start{rule.index, slot, rule.fields, slot == 0 && !rule.Negated, p}
		r.starts[p.elements[0].atom] = append(r.starts[p.elements[0].atom], s)
		for _, a := range p.elements[0].also {
			r.starts[a] = append(r.starts[a], s)
		}
	}
	return errors.Join(errs...)
}

// Digest is a hash over all rule files.
func (r *Rules) Digest() string { return r.digest }

// Fingerprint is a hash over all that decides a finding beside the owner's lists, the rules and the learned words: the
// same fingerprint, the same judgement.
func (r *Rules) Fingerprint() string {
	sum := sha256.New()
	sum.Write([]byte(r.digest))
	sum.Write(learnedFile)
	return hex.EncodeToString(sum.Sum(nil))
}

// All returns the rules in the order of their files. They are not to be changed.
func (r *Rules) All() []*Rule { return slices.Clone(r.rules) }

// Rule returns the rule with the id, nil if there is none.
func (r *Rules) Rule(id string) *Rule {
	if i, ok := r.byID[id]; ok {
		return r.rules[i]
	}
	return nil
}

// Where is the file and line at which the rule is written.
func (r *Rule) Where() string { return r.where }

// Check runs the examples of every rule: each of match must make it answer, none of miss may.
func (r *Rules) Check() []error {
	var errs []error
	c := New(r)
	for _, rule := range r.rules {
		for i, e := range rule.Match {
			if ok, err := c.answers(rule, e); err != nil {
				errs = append(errs, errorf("%s: rule %q: match %d: %w", rule.where, rule.ID, i+1, err))
			} else if !ok {
				errs = append(errs, errorf("%s: rule %q: match %d does not match: %s", rule.where, rule.ID, i+1, e))
			}
		}
		for i, e := range rule.Miss {
			if ok, err := c.answers(rule, e); err != nil {
				errs = append(errs, errorf("%s: rule %q: miss %d: %w", rule.where, rule.ID, i+1, err))
			} else if ok {
				errs = append(errs, errorf("%s: rule %q: miss %d matches: %s", rule.where, rule.ID, i+1, e))
			}
		}
	}
	return errs
}

// String shows an example in one line.
func (e Example) String() string {
	return path.Clean(strings.Join(strings.Fields(fmt.Sprintf("%q album %q alt %q file %q page %q (%s)", e.Text, e.Album, e.Alt, e.File, e.Page, e.PageKind)), " "))
}
