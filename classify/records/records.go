// Package records reads the owner's own lists (people, consents, licences, known pictures) and compares them with what
// was published, for the classifier and for the ground of each item. Its one rule: nothing is guessed, and nothing of the
// lists leaves this package but the code that the owner gave a line.
package records

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"

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
	// Media are the item's pictures that a licence names by file or that are known, by index; none where it is about a
	// provider, or about one asset number.
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
	today    time.Time
}

type person struct {
	code  string
	label classify.Label
	names [][]nameToken // all spellings
	left  time.Time
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

// On returns the same lists as they stand on a day: people whose last day is still to come have not left yet. Without it
// everybody with a leaving date counts as having left.
func (r *Records) On(day time.Time) *Records {
	if r == nil {
		return nil
	}
	c := *r
	c.today = day
	return &c
}

// Load reads the lists of a folder; where there is no such folder, there are no lists and Records is nil. Every error
// that is found comes joined, each an *Error with file, row and column.
func Load(dir string) (*Records, error) {
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return LoadFS(os.DirFS(dir))
}

// LoadFS is Load for a file system.
func LoadFS(fsys fs.FS) (*Records, error) {
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, fmt.Errorf("read records: %w", err)
	}
	var errs []error
	tables := map[string][]*row{}
	from := map[string]string{}
	for _, e := range entries {
		name := e.Name()
		ext := strings.ToLower(path.Ext(name))
		if e.IsDir() || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "~$") || !slices.Contains([]string{".csv", ".xlsx", ".xls", ".xlsm", ".ods", ".tsv"}, ext) {
			continue // folders of pictures, locks of spreadsheets, notes
		}
		l := listOf(strings.TrimSuffix(strings.ToLower(name), ext))
		if l == nil || ext != ".csv" && ext != ".xlsx" {
			var known []string
			for i := range lists {
				for _, f := range lists[i].files {
					known = append(known, f+".csv")
				}
			}
			errs = append(errs, &Error{File: name, Other: strings.Join(known, ", ") + "; .xlsx", Err: ErrUnknownFile})
			continue
		}
		rows, err := readTable(fsys, name, l)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if len(rows) == 0 {
			continue // a template that nobody filled in
		}
		if old, ok := from[l.name]; ok {
			errs = append(errs, &Error{File: name, Other: old, Err: ErrTwice})
			continue
		}
		from[l.name], tables[l.name] = name, rows
	}
	r := &Records{}
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
	bad := func(err error) {
		if err != nil {
			errs = append(errs, err)
		}
	}
	byCode := map[string]int{}
	for _, row := range tables["people"] {
		p, err := readPerson(row)
		bad(err)
		byCode[p.code] = len(r.people)
		r.people = append(r.people, p)
	}
	_, err = newNames(r.people)
	bad(err)
	for _, row := range tables["consents"] {
		c, err := readConsent(row, r, byCode)
		bad(err)
		r.consents = append(r.consents, c)
	}
	if r.names, err = newNames(r.people); err != nil && len(errs) == 0 {
		bad(err)
	}
	licences := map[string]int{}
	for _, row := range tables["licences"] {
		l, err := readLicence(row)
		bad(err)
		licences[l.code] = len(r.licences)
		r.licences = append(r.licences, l)
	}
	r.known, err = readGallery(fsys, tables["known"], byCode, licences)
	bad(err)
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return r, nil
}

func listOf(base string) *list {
	for i := range lists {
		if slices.Contains(lists[i].files, base) {
			return &lists[i]
		}
	}
	return nil
}

var roleWords = map[string][]string{
	"customer": {"Kundschaft", "customer", "Kunde", "Kundin", "client", "Gast", "guest", "Patient", "Patientin", "patient", "Schüler", "Schülerin", "pupil", "Mitglied", "member", "Mandant", "Mandantin", "Bewohner", "Bewohnerin", "resident"},
	"other":    {"andere", "other", "andere Person", "other person", "extern", "external"},
}

func readPerson(r *row) (person, error) {
	var errs []error
	p := person{code: r.values["code"], label: classify.Employee, row: r}
	role := header(r.values["role"])
	for code, words := range roleWords {
		if slices.ContainsFunc(words, func(w string) bool { return header(w) == role }) {
			p.label = map[string]classify.Label{"customer": classify.Customer, "other": classify.OtherPerson}[code]
		}
	}
	var err error
	if p.left, err = r.date("left"); err != nil {
		errs = append(errs, err)
	}
	name, col := r.values["name"], "name"
	if name == "" {
		name = strings.TrimSpace(r.values["first"] + " " + r.values["last"])
		if r.heads["name"] == "" {
			col = "last"
		}
	}
	switch {
	case r.heads["name"] == "" && (r.heads["first"] == "" || r.heads["last"] == ""):
		errs = append(errs, &Error{File: r.file, Row: r.n, Column: "Name", Err: ErrNoColumn})
	case name == "" || r.values["name"] == "" && (r.values["first"] == "" || r.values["last"] == ""):
		errs = append(errs, r.wrong(col, ErrNoValue, ""))
	}
	for _, s := range append([]string{name}, strings.FieldsFunc(r.values["spellings"], func(c rune) bool { return c == '|' || c == ';' || c == '/' })...) {
		if last, first, ok := strings.Cut(s, ","); ok {
			s = first + " " + last // "Muster, Petra"
		}
		if n := nameTokens(s); len(n) > 0 {
			p.names = append(p.names, n)
		}
	}
	if name != "" && len(p.names) == 0 {
		errs = append(errs, r.wrong(col, ErrBadValue, ""))
	}
	return p, errors.Join(errs...)
}

var scopeWords = map[string][]string{
	string(Publish): {"Veröffentlichung", "publish", "nur Veröffentlichung", "veröffentlichen", "publication", "publication only", "publish only", "publishing", "publish_only"},
	string(Training): {"KI-Training", "AI training", "Veröffentlichung und KI-Training", "Veröffentlichung + KI-Training", "Veröffentlichung, KI-Training", "publish and AI training",
		"publish + AI training", "publish, AI training", "publication and AI training", "KI Training", "KI", "AI", "AI-training", "training", "beides", "both", "ai_training", "covers_ai"},
}

// named is the person of the list with that full name, however it is folded.
func (r *Records) named(name string) (int, bool) {
	if last, first, ok := strings.Cut(name, ","); ok {
		name = first + " " + last
	}
	want := nameTokens(name)
	for i, p := range r.people {
		for _, have := range p.names {
			if len(want) > 1 && slices.EqualFunc(have, want, func(a, b nameToken) bool { return equal(a.forms, b.forms) }) {
				return i, true
			}
		}
	}
	return -1, false
}

var yesNo = map[string][]string{
	string(ClauseYes): {"ja", "yes", "j", "y", "x", "erlaubt", "allowed", "true", "wahr", "1"},
	string(ClauseNo):  {"nein", "no", "n", "untersagt", "verboten", "forbidden", "prohibited", "false", "falsch", "0"},
	"silent":          {"unbekannt", "unknown", "keine Angabe", "silent", "?", "-", "–"},
}

// readConsent reads one line. A person that the list of people does not have is added by the full name alone: a consent
// says whose it is, not whether somebody is staff or a customer.
func readConsent(r *row, all *Records, people map[string]int) (consent, error) {
	var errs []error
	bad := func(err error) {
		if err != nil {
			errs = append(errs, err)
		}
	}
	c := consent{code: r.values["code"], person: -1, row: r, album: words(r.values["album"]), event: words(r.values["event"])}
	var err error
	if code := r.values["person"]; code != "" {
		i, ok := people[code]
		if !ok {
			i, ok = all.named(code)
		}
		if name := nameTokens(code); !ok && len(name) > 1 {
			i, ok = len(all.people), true
			all.people = append(all.people, person{code: c.code, names: [][]nameToken{name}, row: r})
		}
		if !ok {
			bad(r.wrong("person", ErrUnknownCode, "people / personen"))
		}
		c.person = i
	}
	scope, err := r.choice("scope", scopeWords)
	bad(err)
	if r.values["scope"] == "" {
		bad(r.wrong("scope", ErrNoValue, "Veröffentlichung | KI-Training"))
	}
	c.scope = Scope(scope)
	c.given, err = r.date("given")
	bad(err)
	if r.values["given"]+r.values["until"]+r.values["from"]+r.values["to"] == "" {
		col := "given"
		if r.heads[col] == "" {
			col = "until"
		}
		e := r.wrong(col, ErrNoDate, "")
		if e.Column == "" {
			e.Column = "Erteilt am / Given on"
		}
		bad(e)
	}
	c.from, err = r.date("from")
	bad(err)
	c.to, err = r.date("to")
	bad(err)
	c.until, err = r.date("until")
	bad(err)
	c.withdrawn, err = r.date("withdrawn")
	bad(err)
	if !c.from.IsZero() && !c.to.IsZero() && c.to.Before(c.from) {
		bad(r.wrong("to", ErrDateOrder, ""))
	}
	if c.person < 0 && len(c.album) == 0 && len(c.event) == 0 && c.from.IsZero() && c.to.IsZero() && r.values["person"] == "" {
		bad(&Error{File: r.file, Row: r.n, Err: ErrNoTarget})
	}
	return c, errors.Join(errs...)
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
	l.until, err = r.date("until")
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
