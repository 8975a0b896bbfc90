// Package records reads the owner's own lists (people, consents, licences, known pictures) and compares them with what
// was published, for the classifier and for the ground of each item. Its one rule: nothing is guessed, and nothing of the
// lists leaves this package but the code that the owner gave a line.
package records

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/bits"
	"os"
	"path"
	"slices"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"pagerisk/classify"
)

// Kind says which list a ground comes from.
type Kind string

const (
	Consent Kind = "consent"
	Licence Kind = "licence"
)

// Scope says how far a consent reaches.
type Scope string

const (
	Publish  Scope = "publish"     // publication only
	Training Scope = "ai_training" // publication, and use by the platform for training
)

// Clause is what a licence says of one use.
type Clause string

const (
	ClauseYes    Clause = "yes"
	ClauseNo     Clause = "no"
	ClauseSilent Clause = "" // the line does not tell
)

// GroundMatch is one line of the owner's lists that speaks of an item.
type GroundMatch struct {
	Kind Kind
	Code string // the owner's code of the line
	By   string // what matched: "person", "album", "event", "span", "provider", "file", "asset", "known"
	// Person is the owner's code of the one person that a consent is about; "" where it is about everybody shown.
	Person string
	// Names are the words by which the item's texts name that person ("Petra Schulz"), Portraits the item's pictures, by
	// index, that are known portraits of that person. Of a licence that is met by its provider, Names has the provider; of
	// one that is met by its asset number, the number.
	Names     []string
	Portraits []int
	// Media are the item's pictures, by index, that a licence names by file or that are known, or whose own file or words
	// have its asset number; none where it is about a provider, or where only the item's words have the number.
	Media     []int
	Scope     Scope     // of a consent
	Social    Clause    // of a licence: publication in social media
	AI        Clause    // of a licence: use for training
	Given     time.Time // of a consent, zero = the line does not tell
	Until     time.Time // last day of validity, zero = without end
	Withdrawn time.Time // zero = not withdrawn
}

// Records are the owner's lists. The nil value has no lines. They are not changed after loading and are safe for
// concurrent use.
type Records struct {
	people   []person
	consents []consent
	licences []licence
	known    *gallery
	names    *names
	index    *index
	roles    *roles
	full     fullNames
	listed   *spellings // names of the list of people, made when the first other name is met
	today    time.Time
	files    []string // the lists, by their file names
	lists    []List   // the same, for the audit trail
	empty    []string // lists without a line
	others   []string // what lies beside them
	doubts   []error  // of lines that are used, but not in full
}

type person struct {
	code  string
	label classify.Label // "" = known by a consent only
	names [][]nameToken  // all spellings; none of somebody who is known by the code only
	left  time.Time
	gone  bool // has left, whenever that was
	row   *row
}

type consent struct {
	code             string
	person           int // index into people, -1 = everybody shown
	album, event     []string
	from, to         time.Time
	scope            Scope
	given            time.Time
	until, withdrawn time.Time
	row              *row
}

type licence struct {
	code       string
	provider   []string // words
	file       string   // pattern, lower case
	asset      string   // lower case
	number     []string // words of it
	social, ai Clause
	until      time.Time
	row        *row
}

// Counts are the numbers of lines of each list.
type Counts struct{ People, Consents, Licences, Known int }

// Counts says how many lines there are.
func (r *Records) Counts() Counts {
	if r == nil {
		return Counts{}
	}
	c := Counts{Consents: len(r.consents), Licences: len(r.licences)}
	for _, p := range r.people {
		if p.label != "" {
			c.People++
		}
	}
	if r.known != nil {
		c.Known = len(r.known.folders)
	}
	return c
}

// Load reads the lists of a folder; where there is no such folder, there are no lists and Records is nil. Every error
// that is found comes joined, each an *Error with file, row and column. Everybody with a leaving date counts as having left.
func Load(dir string) (*Records, error) { return LoadOn(dir, time.Time{}) }

// LoadOn is Load on a day: people whose last day is still to come have not left yet, and a consent that was given later is
// a mistake.
func LoadOn(dir string, today time.Time) (*Records, error) {
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return LoadFS(os.DirFS(dir), today)
}

// LoadFS is LoadOn for a file system.
func LoadFS(fsys fs.FS, today time.Time) (*Records, error) {
	rules, err := classify.BuiltinRules()
	if err != nil {
		return nil, err
	}
	roles, err := builtinRoles()
	if err != nil {
		return nil, err
	}
	r := &Records{today: today, roles: roles}
	var errs []error
	bad := func(err error) {
		if err != nil {
			errs = append(errs, err)
		}
	}
	tables, broken, err := r.readLists(fsys)
	bad(err)
	people := &codes{list: "people", given: len(tables["people"]) > 0, broken: broken["people"], at: map[string]int{}}
	for _, row := range tables["people"] {
		p, err := r.readPerson(row)
		bad(err)
		people.at[p.code] = len(r.people)
		r.people = append(r.people, p)
	}
	bad(sameNames(r.people))
	spellOut(r.people)
	listed := len(r.people)
	r.full = newFullNames(r.people)
	for _, row := range tables["consents"] {
		c, err := r.readConsent(row, people)
		bad(err)
		r.consents = append(r.consents, c)
	}
	licences := &codes{list: "licences", given: true, broken: broken["licences"], at: map[string]int{}}
	for _, row := range tables["licences"] {
		l, err := readLicence(row)
		bad(err)
		licences.at[l.code] = len(r.licences)
		r.licences = append(r.licences, l)
	}
	r.known, err = r.readGallery(fsys, tables["known"], people, licences)
	bad(err)
	r.unreachable(listed)
	// The same person may stand in two consents by the full name: one person, not two of one name.
	if err := sameNames(r.people); err != nil && len(errs) == 0 {
		bad(err)
	}
	if r.known != nil {
		r.others = slices.DeleteFunc(r.others, r.known.has)
	}
	if len(errs) > 0 {
		return nil, errors.Join(oncePerCell(nil, map[Error]bool{}, errs)...)
	}
	r.index = newIndex(r.consents, r.licences)
	if r.names, err = newNames(r.people, rules); err != nil {
		return nil, err
	}
	return r, nil
}

// oncePerCell takes errors apart and leaves out what follows from another one: a cell that is too long has no value, too.
func oncePerCell(out []error, told map[Error]bool, errs []error) []error {
	for _, err := range errs {
		var e *Error
		if several, ok := err.(interface{ Unwrap() []error }); ok {
			out = oncePerCell(out, told, several.Unwrap())
			continue
		} else if errors.As(err, &e) && e.Column != "" {
			cell := Error{File: e.File, Row: e.Row, Column: e.Column}
			if told[cell] {
				continue
			}
			told[cell] = true
		}
		out = append(out, err)
	}
	return out
}

// readLists reads the rows of each list, and says of which lists nothing can be told, not even which codes they have. Each
// row has a code of its own afterwards.
func (r *Records) readLists(fsys fs.FS) (tables map[string][]*row, broken map[string]bool, err error) {
	tables, broken = map[string][]*row{}, map[string]bool{}
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, nil, fmt.Errorf("read records: %w", err)
	}
	var errs []error
	from := map[string]string{}
	for _, e := range entries {
		name := e.Name()
		ext := strings.ToLower(path.Ext(name))
		if strings.HasPrefix(name, ".") || strings.HasPrefix(name, "~$") {
			continue // marks of file managers, locks of spreadsheets
		}
		if e.IsDir() || !slices.Contains([]string{".csv", ".xlsx", ".xls", ".xlsm", ".ods", ".tsv"}, ext) {
			r.others = append(r.others, name)
			continue
		}
		base := strings.TrimSuffix(strings.ToLower(norm.NFC.String(name)), ext)
		if strings.HasPrefix(base, "register") {
			r.others = append(r.others, name) // what this program wrote
			continue
		}
		l := listOf(base)
		if l == nil || ext != ".csv" && ext != ".xlsx" {
			errs = append(errs, &Error{File: name, Err: ErrUnknownFile})
			if l != nil {
				broken[l.name] = true
			}
			continue
		}
		rows, others, err := readTable(fsys, name, l)
		if err != nil {
			errs = append(errs, err)
		}
		r.others = append(r.others, others...)
		switch old, twice := from[l.name]; {
		case err != nil && len(rows) == 0:
			broken[l.name] = true
		case len(rows) == 0:
			r.empty = append(r.empty, name) // a template that nobody filled in
		case twice:
			errs = append(errs, &Error{File: name, Other: old, Err: ErrTwice})
		default:
			from[l.name], tables[l.name] = name, rows
			r.files = append(r.files, name)
			data, err := readFile(fsys, name, maxFile)
			if err != nil {
				errs = append(errs, &Error{File: name, Err: err})
			}
			sum := sha256.Sum256(data)
			r.lists = append(r.lists, List{Name: name, Rows: len(rows), SHA256: hex.EncodeToString(sum[:])})
		}
	}
	for _, l := range lists {
		seen := map[string]*row{}
		for _, row := range tables[l.name] {
			if row.values["code"] == "" {
				row.values["code"] = fmt.Sprintf("%s:%d", row.file, row.n) // a place tells nothing of the line
			}
			c := row.values["code"]
			if old := seen[c]; old != nil {
				errs = append(errs, row.collides("code", ErrSameCode, old))
				continue
			}
			seen[c] = row
		}
	}
	return tables, broken, errors.Join(errs...)
}

// Files are the lists that were read, those without a line, and what lies beside them and was left alone: folders, other
// files, further sheets.
func (r *Records) Files() (read, empty, others []string) {
	if r == nil {
		return nil, nil, nil
	}
	return r.files, r.empty, r.others
}

// List is one list that was read: what a register may say of it, and nothing that stands in it.
type List struct {
	Name   string // of its file
	Rows   int    // below the heading
	SHA256 string // of the file, hex
}

// Lists are the lists that were read, with what proves which they were.
func (r *Records) Lists() []List {
	if r == nil {
		return nil
	}
	return r.lists
}

// unreachable says of which consents nothing can be met: those of somebody without a name and without a portrait.
func (r *Records) unreachable(listed int) {
	shown := map[int]bool{}
	if r.known != nil {
		for _, f := range r.known.folders {
			shown[f.person] = true
		}
	}
	for _, c := range r.consents {
		if c.person >= listed && len(r.people[c.person].names) == 0 && !shown[c.person] {
			r.doubts = append(r.doubts, c.row.wrong("person", ErrNoName, ""))
		}
	}
}

// codes finds the lines of a list by their codes.
type codes struct {
	list    string
	given   bool // the list has lines
	broken  bool // the list could not be read: what it has is not known
	at      map[string]int
	near    *spellings // of the codes, made at the first one that is missing
	guesses int
}

// maxGuesses is for how many unknown codes of a list the one that was meant is looked for: two lists that do not belong
// together have nothing else, and after so many mistakes nobody reads on.
const maxGuesses = 20

// missing is the error about a code that no line has, nil where the list itself is what has to be mended first.
func (g *codes) missing(r *row, col string) error {
	if g.broken {
		return nil
	}
	e := r.wrong(col, ErrUnknownCode, "")
	for i := range lists {
		if lists[i].name == g.list {
			e.Other = lists[i].files[0] + " / " + lists[i].files[len(lists[i].files)-1]
		}
	}
	if g.guesses++; g.guesses > maxGuesses {
		return e
	}
	if g.near == nil {
		g.near = newSpellings(slices.Sorted(maps.Keys(g.at)))
	}
	e.Near = g.near.nearest(r.values[col])
	return e
}

// farthest is how many letters a mistyped word may be off.
const farthest = 2

// spellings finds what a mistyped word was meant to be, by the words' lengths and by which letters they have: most
// words differ in more letters than may be off.
type spellings struct{ long map[int][]spelled }

type spelled struct {
	word    string
	plain   []rune // folded letters and digits
	letters uint64
}

func newSpellings(words []string) *spellings {
	s := &spellings{long: map[int][]spelled{}}
	for _, w := range words {
		one := spell(w)
		s.long[len(one.plain)] = append(s.long[len(one.plain)], one)
	}
	return s
}

func spell(word string) spelled {
	s := spelled{word: word, plain: slices.DeleteFunc([]rune(fold(word)[0]), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })}
	for _, r := range s.plain {
		s.letters |= 1 << (r % 64)
	}
	return s
}

// nearest is the word that a mistyped one was probably meant to be, "" if none is near or two are as near.
func (s *spellings) nearest(word string) string {
	want := spell(word)
	best, least := "", farthest+1
	for n := len(want.plain) - farthest; n <= len(want.plain)+farthest; n++ {
		off := min(farthest, n/3, len(want.plain)/3) // a third of it is another word
		for _, have := range s.long[n] {
			if bits.OnesCount64(want.letters^have.letters) > 2*off { // a letter for another one is two
				continue
			}
			switch d := edits(want.plain, have.plain, off); {
			case d > off, d > least:
			case d == least:
				best = ""
			default:
				best, least = have.word, d
			}
		}
	}
	return best
}

// longest is the longest word of which mistyped forms are known.
const longest = 64

// edits is how many letters have to be changed, added, left out or swapped with their neighbour; most+1 where it is more than
// most. It is asked of each word that may begin a name: it looks no further than it has to, and needs no memory.
func edits(a, b []rune, most int) int {
	if max(len(a), len(b)) > longest || len(a)-len(b) > most || len(b)-len(a) > most {
		return most + 1
	}
	var rows [3][longest + 2]int
	before, above, here := &rows[0], &rows[1], &rows[2]
	for j := range len(b) + 1 {
		above[j] = j
	}
	least := 0 // of the row above
	for i := range a {
		// Cells further from the diagonal are more than most.
		from, to := max(0, i+1-most), min(len(b), i+1+most)
		last := least
		least = most + 1
		if from > 0 {
			here[from-1] = most + 1
		}
		here[to+1] = most + 1
		for j := from; j <= to; j++ {
			d := i + 1
			if j > 0 {
				d = above[j-1]
				if a[i] != b[j-1] {
					d++
				}
				d = min(d, above[j]+1, here[j-1]+1)
				if i > 0 && j > 1 && a[i] == b[j-2] && a[i-1] == b[j-1] {
					d = min(d, before[j-2]+1)
				}
			}
			here[j] = d
			least = min(least, d)
		}
		if least > most && last >= most {
			return most + 1 // a swap begins two rows before
		}
		before, above, here = above, here, before
	}
	return min(above[len(b)], most+1)
}

func listOf(base string) *list {
	for i := range lists {
		if slices.Contains(lists[i].files, base) {
			return &lists[i]
		}
	}
	return nil
}

func (r *Records) readPerson(row *row) (person, error) {
	var errs []error
	p := person{code: row.values["code"], row: row}
	var ok bool
	if p.label, p.gone, ok = r.roles.read(row.values["role"]); !ok {
		p.label = classify.OtherPerson // known, but not as staff
		r.doubts = append(r.doubts, row.wrong("role", ErrUnknownRole, ""))
	}
	var err error
	if p.left, err = row.date("left", r.soon()); err != nil {
		errs = append(errs, err)
	}
	name, col := row.values["name"], "name"
	if name == "" {
		name = strings.TrimSpace(row.values["first"] + " " + row.values["last"])
		if row.heads["name"] == "" {
			col = "last"
		}
	}
	switch {
	case row.heads["name"] == "" && (row.heads["first"] == "" || row.heads["last"] == ""):
		errs = append(errs, &Error{File: row.file, Row: row.n, Column: "Name", Err: ErrNoColumn})
	case name == "" || row.values["name"] == "" && (row.values["first"] == "" || row.values["last"] == ""):
		errs = append(errs, row.wrong(col, ErrNoValue, ""))
	}
	for _, s := range append([]string{name}, strings.FieldsFunc(row.values["spellings"], func(c rune) bool { return c == '|' || c == ';' || c == '/' })...) {
		if n := nameTokens(straight(s)); len(n) > 0 {
			p.names = append(p.names, n)
		}
	}
	if name != "" && len(p.names) == 0 {
		errs = append(errs, row.wrong(col, ErrBadValue, ""))
	}
	if len(p.names) > 0 && !slices.ContainsFunc(p.names, func(n []nameToken) bool { return len(n) > 1 }) {
		r.doubts = append(r.doubts, row.wrong(col, ErrOneWord, ""))
	}
	return p, errors.Join(errs...)
}

// spellOut adds to the names of people how they are written too, where that is nobody else's name: a nickname with the family
// name ("Peti Muster"), and a double first name as one word ("Karlheinz Muster").
func spellOut(people []person) {
	owner := map[string]int{}
	take := func(person int, name []nameToken) {
		if old, ok := owner[nameKey(name)]; ok && old != person {
			person = -1
		}
		owner[nameKey(name)] = person
	}
	more := make([][][]nameToken, len(people))
	for i, p := range people {
		for _, name := range p.names {
			take(i, name)
		}
		if len(p.names) == 0 || len(p.names[0]) < 2 {
			continue
		}
		name := p.names[0]
		given := 1 // where the given names that are tied to one end
		for given < len(name)-1 && name[given].tied {
			given++
		}
		if given > 1 {
			one := name[0]
			for _, t := range name[1:given] {
				one.forms, one.runes = tie(one.forms, t.forms), one.runes+t.runes
			}
			more[i] = append(more[i], append([]nameToken{one}, name[given:]...))
		}
		family := len(name) - 1
		for family > 1 && name[family].tied {
			family--
		}
		for k := len(name) - 1; k > 0; k-- {
			if particles[name[k].forms[0]] {
				family = min(family, k) // "von der Heide"
			}
		}
		for _, nick := range p.names[1:] {
			if len(nick) == 1 {
				more[i] = append(more[i], append(slices.Clone(nick), name[family:]...))
			}
		}
	}
	for i := range more {
		for _, name := range more[i] {
			take(i, name)
		}
	}
	for i := range more {
		for _, name := range more[i] {
			if owner[nameKey(name)] == i {
				people[i].names = append(people[i].names, name)
			}
		}
	}
}

// straight puts the given name first: "Muster, Petra".
func straight(name string) string {
	if last, first, ok := strings.Cut(name, ","); ok {
		return first + " " + last
	}
	return name
}

// soon is the last day of what is planned and not yet done, a leaving or a withdrawal.
func (r *Records) soon() time.Time {
	if r.today.IsZero() {
		return time.Time{}
	}
	return r.today.AddDate(10, 0, 0)
}

var scopeWords = map[string][]string{
	string(Publish): {"Veröffentlichung", "publish", "nur Veröffentlichung", "veröffentlichen", "publication", "publication only", "publish only", "publishing", "publish_only"},
	string(Training): {"KI-Training", "AI training", "Veröffentlichung und KI-Training", "Veröffentlichung + KI-Training", "Veröffentlichung, KI-Training", "publish and AI training",
		"publish + AI training", "publish, AI training", "publication and AI training", "KI Training", "KI", "AI", "AI-training", "training", "beides", "both", "ai_training", "covers_ai"},
}

// fullNames finds people by their full names, however they are folded.
type fullNames map[string][]int // folded first and last part → people

func newFullNames(people []person) fullNames {
	f := fullNames{}
	for i := range people {
		f.add(people, i)
	}
	return f
}

func (f fullNames) add(people []person, i int) {
	for _, name := range people[i].names {
		for _, key := range nameKeys(name) {
			f[key] = append(f[key], i)
		}
	}
}

func (f fullNames) find(people []person, name string) (int, bool) {
	want := nameTokens(straight(name))
	for _, key := range nameKeys(want) {
		for _, i := range f[key] {
			if slices.ContainsFunc(people[i].names, func(have []nameToken) bool {
				return slices.EqualFunc(have, want, func(a, b nameToken) bool { return equal(a.forms, b.forms) })
			}) {
				return i, true
			}
		}
	}
	return -1, false
}

// nameKeys are the first and the last part of a full name in each form, none for a single name.
func nameKeys(name []nameToken) []string {
	if len(name) < 2 {
		return nil
	}
	var out []string
	for _, a := range name[0].forms {
		for _, b := range name[len(name)-1].forms {
			out = append(out, a+" "+b)
		}
	}
	return out
}

// isName tells a full name from a code: a name has two parts with a space between, and no digits.
func isName(s string) bool {
	return len(nameTokens(straight(s))) > 1 && strings.ContainsAny(strings.TrimSpace(s), " ,") && !strings.ContainsFunc(s, unicode.IsDigit)
}

// personOf finds the person that a line of another list names, by the code or by the full name. A consent may name
// somebody whom the list of people does not have, by the full name alone: it says whose it is, not whether somebody is
// staff or a customer. Where nobody is listed, codes stand alone: they join portraits with consents. newCode is the code of
// somebody who has none but a name.
func (r *Records) personOf(row *row, people *codes, strangers bool, newCode string) (int, error) {
	said := row.values["person"]
	if said == "" {
		return -1, nil
	}
	if i, ok := people.at[said]; ok {
		return i, nil
	}
	if i, ok := r.full.find(r.people, said); ok {
		return i, nil
	}
	p := person{code: said, row: row}
	switch {
	case isName(said) && (strangers || !people.given):
		p.code, p.names = newCode, [][]nameToken{nameTokens(straight(said))}
		if near := r.nearName(said); near != "" {
			e := row.wrong("person", ErrNearName, "")
			e.Near = near
			r.doubts = append(r.doubts, e)
		}
	case people.given || people.broken:
		return -1, people.missing(row, "person")
	default:
		people.at[said] = len(r.people)
	}
	r.people = append(r.people, p)
	r.full.add(r.people, len(r.people)-1)
	return len(r.people) - 1, nil
}

// nearName is the listed name that a name was perhaps meant to be.
func (r *Records) nearName(name string) string {
	if r.listed == nil {
		var listed []string
		for _, p := range r.people {
			if p.label != "" {
				listed = append(listed, strings.TrimSpace(cmp.Or(straight(p.row.values["name"]), p.row.values["first"]+" "+p.row.values["last"])))
			}
		}
		r.listed = newSpellings(listed)
	}
	return r.listed.nearest(straight(name))
}

var yesNo = map[string][]string{
	string(ClauseYes): {"ja", "yes", "j", "y", "x", "erlaubt", "allowed", "true", "wahr", "1"},
	string(ClauseNo):  {"nein", "no", "n", "untersagt", "verboten", "forbidden", "prohibited", "false", "falsch", "0"},
	"silent":          {"unbekannt", "unknown", "keine Angabe", "silent", "?", "-", "–"},
}

func (r *Records) readConsent(row *row, people *codes) (consent, error) {
	var errs []error
	bad := func(err error) {
		if err != nil {
			errs = append(errs, err)
		}
	}
	c := consent{code: row.values["code"], row: row, album: words(row.values["album"]), event: words(row.values["event"])}
	var err error
	c.person, err = r.personOf(row, people, true, c.code)
	bad(err)
	scope, err := row.choice("scope", scopeWords)
	bad(err)
	if row.values["scope"] == "" {
		bad(row.wrong("scope", ErrNoValue, row.hint("scope")))
	}
	c.scope = Scope(scope)
	c.given, err = row.date("given", r.today)
	bad(err)
	if row.values["given"]+row.values["until"]+row.values["from"]+row.values["to"] == "" {
		col := "given"
		if row.heads[col] == "" {
			col = "until"
		}
		e := row.wrong(col, ErrNoDate, "")
		if e.Column == "" {
			e.Column = "Erteilt am / Given on"
		}
		bad(e)
	} else if row.values["given"] == "" {
		r.doubts = append(r.doubts, r.notGiven(row)...)
	}
	c.from, err = row.date("from", r.soon())
	bad(err)
	c.to, err = row.date("to", time.Time{})
	bad(err)
	c.until, err = row.date("until", time.Time{})
	bad(err)
	c.withdrawn, err = row.date("withdrawn", r.soon())
	bad(err)
	bad(row.order("from", c.from, "to", c.to))
	bad(row.order("given", c.given, "until", c.until))
	bad(row.order("given", c.given, "withdrawn", c.withdrawn))
	if len(c.album) == 0 && len(c.event) == 0 && row.values["from"]+row.values["to"]+row.values["person"] == "" {
		bad(&Error{File: row.file, Row: row.n, Err: ErrNoTarget})
	}
	return c, errors.Join(errs...)
}

// notGiven is the doubt about a consent that does not tell the day on which it was given; where the list has no column for
// it, it is told once.
func (r *Records) notGiven(row *row) []error {
	e := row.wrong("given", ErrNoGiven, "")
	if e.Column == "" {
		e.Row, e.Column = 0, "Erteilt am / Given on"
		if slices.ContainsFunc(r.doubts, func(err error) bool {
			old, ok := err.(*Error)
			return ok && old.Err == ErrNoGiven
		}) {
			return nil
		}
	}
	return []error{e}
}

func readLicence(r *row) (licence, error) {
	var errs []error
	bad := func(err error) {
		if err != nil {
			errs = append(errs, err)
		}
	}
	l := licence{code: r.values["code"], row: r, provider: words(r.values["provider"]), file: strings.ToLower(r.values["file"]), asset: strings.ToLower(r.values["asset"])}
	if l.file != "" && !strings.ContainsAny(l.file, ".*?") && l.asset == "" {
		l.file, l.asset = "", l.file // a number in the column for both
	}
	l.number = words(l.asset)
	clause := func(col string) Clause {
		s, err := r.choice(col, yesNo)
		bad(err)
		if s == "silent" {
			s = ""
		}
		return Clause(s)
	}
	l.social, l.ai = clause("social"), clause("ai")
	var err error
	l.until, err = r.date("until", time.Time{})
	bad(err)
	if l.file != "" {
		if _, err := path.Match(l.file, ""); err != nil || strings.Trim(l.file, "*?. ") == "" {
			bad(r.wrong("file", ErrBadValue, "IMG_*.jpg"))
		}
	}
	if l.asset != "" && len(l.asset) < minAsset {
		col := "asset"
		if r.values[col] == "" {
			col = "file"
		}
		bad(r.wrong(col, ErrBadValue, "123456789"))
	}
	if len(l.provider) == 0 && l.file == "" && l.asset == "" {
		bad(&Error{File: r.file, Row: r.n, Err: ErrNoTarget})
	}
	return l, errors.Join(errs...)
}

// minAsset is the shortest asset number that is looked for: shorter ones stand in every file name.
const minAsset = 5
