package report

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/BurntSushi/toml"

	"pagerisk/classify"
	"pagerisk/classify/records"
)

//go:embed law/*.toml
var lawFiles embed.FS

// maxLawFile bounds one file of a catalogue: the built-in ones are below 100 KB, and a lawyer's own will not be larger
// by an order of magnitude. A larger file is an error.
const maxLawFile = 2 << 20

// maxStatement is how long a statement may be, in characters: one that is longer is no longer read.
const maxStatement = 300

// ErrLaw is wrapped by every error about the content of a catalogue.
var ErrLaw = errors.New("legal catalogue")

// LawError says where a catalogue is wrong.
type LawError struct {
	File string
	Line int // 0 where the whole file is meant
	Msg  string
}

func (e *LawError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.File, e.Msg)
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Msg)
}

func (e *LawError) Unwrap() error { return ErrLaw }

// Confidence says how well a record is evidenced, and with that how it may be stated.
type Confidence string

const (
	Found     Confidence = "F1" // primary text seen: may be stated, with source and day
	Reported  Confidence = "F2" // secondary text seen: "according to …"
	Advised   Confidence = "S"  // a practitioner's or authority's recommendation: a view
	General   Confidence = "G"  // general knowledge, not checked here: statutes may be stated, rulings only as not checked
	Uncertain Confidence = "U"  // contested or not found: an open question, never a reason for a score
	Proposal  Confidence = "P"  // a choice of this program's method, not law
)

// LawRecord is one statement of the legal catalogue. Its id never changes its meaning: a correction is a new record that
// names the old one in Supersedes.
type LawRecord struct {
	ID          string     `toml:"id"`
	Kind        string     `toml:"kind"`
	TitleDE     string     `toml:"title_de"`
	TitleEN     string     `toml:"title_en"`
	StatementDE string     `toml:"statement_de"` // own words, at most 300 characters
	StatementEN string     `toml:"statement_en"`
	Authority   string     `toml:"authority"`    // who says it, as named in German
	AuthorityEN string     `toml:"authority_en"` // where English names it otherwise
	Docket      string     `toml:"docket"`
	Decided     string     `toml:"decision_date"` // 2006, 2006-01 or 2006-01-02
	Norms       []string   `toml:"norms"`
	URL         string     `toml:"url"` // as seen, without scheme
	SourceType  string     `toml:"source_type"`
	Confidence  Confidence `toml:"confidence"`
	Contested   bool       `toml:"contested"`
	Finality    string     `toml:"finality"`
	SeenOn      string     `toml:"seen_on"`    // 2006-01-02, when somebody read the source; "" = day of the catalogue
	ValidFrom   string     `toml:"valid_from"` // since when it was known; "" = the decision date, else always
	ValidTo     string     `toml:"valid_to"`   // last day; "" = still valid
	Supersedes  []string   `toml:"supersedes"`
	Categories  []string   `toml:"categories"`
	Note        string     `toml:"note"`
	NoteEN      string     `toml:"note_en"`

	from, to time.Time // of validity, zero = open
	rank     int       // place in the catalogue
	file     string
	line     int
}

// Title in a language.
func (r *LawRecord) Title(lang string) string { return inLang(lang, r.TitleDE, r.TitleEN) }

// Statement in a language, bare: Law.Cite says how sure it is.
func (r *LawRecord) Statement(lang string) string { return inLang(lang, r.StatementDE, r.StatementEN) }

// Source names who says it, in a language.
func (r *LawRecord) Source(lang string) string {
	if lang == "en" && r.AuthorityEN != "" {
		return r.AuthorityEN
	}
	return r.Authority
}

// Remark is the note in a language, "" if there is none.
func (r *LawRecord) Remark(lang string) string { return inLang(lang, r.Note, r.NoteEN) }

// Cites are the norms in a language: Art. 6 Abs. 1 DSGVO, or Art. 6 para. 1 GDPR.
func (r *LawRecord) Cites(lang string) []string {
	out := slices.Clone(r.Norms)
	if lang == "en" {
		for i := range out {
			out[i] = englishNorms.Replace(out[i])
		}
	}
	return out
}

var englishNorms = strings.NewReplacer("DSGVO", "GDPR", "ErwGr.", "recital", "Abs.", "para.", "Nr.", "no.", "Buchst.", "lit.", " bis ", " to ", "§§ ", "ss. ", "§ ", "s. ", "VO (EU)", "Regulation (EU)", "-VO", " Regulation", " ff.", " et seq.")

// Known reports whether the record existed on a day: a register for March 2025 knows no ruling of December 2025.
func (r *LawRecord) Known(day time.Time) bool {
	if day.IsZero() {
		return true
	}
	day = dayOf(day)
	return !day.Before(r.from) && (r.to.IsZero() || !day.After(r.to))
}

// Provider is what is known of the licences of one stock library or agency. Allowed, Forbidden, Silent and LicenceUnknown
// are the values of Social and AI.
type Provider struct {
	Record     string   `toml:"record"` // "LC-01"
	Name       string   `toml:"name"`
	Names      []string `toml:"names"` // as they stand in credit lines, file names and metadata
	Social     string   `toml:"social"`
	AI         string   `toml:"ai"`
	Editorial  bool     `toml:"editorial"` // the terms that were seen are for editorial use
	QuestionDE string   `toml:"question_de"`
	QuestionEN string   `toml:"question_en"`

	file string
	line int
}

const (
	Allowed        = "allowed"
	Forbidden      = "forbidden"
	Silent         = "silent"
	LicenceUnknown = "unknown"
)

// Question is what to ask the provider.
func (p *Provider) Question(lang string) string { return inLang(lang, p.QuestionDE, p.QuestionEN) }

// Status says what follows for AI training from what is known: "covered", "not_covered" or "check".
func (p *Provider) Status() string {
	switch {
	case p.Social == Forbidden || p.AI == Forbidden:
		return "not_covered"
	case p.Social == Allowed && p.AI == Allowed:
		return "covered"
	default:
		return "check"
	}
}

// Law is a legal catalogue with the method of rating and the scenarios that cite it. It is not changed after loading.
type Law struct {
	Version   string // stored with every register
	Date      string // day of the catalogue, 2006-01-02
	Matrix    string // name of the matrix in use, in German
	MatrixEN  string
	Records   []LawRecord
	Providers []Provider
	Scenarios []Scenario

	file   string // that gives version, date and matrix,
	line   int    // and where the matrix stands there
	method method
	byID   map[string]*LawRecord
	doubts map[classify.Label][]*LawRecord // counter-arguments that speak to a label
	newer  map[string]string               // id → id of the record that supersedes it
	names  []providerName
}

type providerName struct {
	words  []string
	joined string // the words in one: file names and addresses write them so
	p      *Provider
}

// MatrixName is the name of the matrix in a language.
func (l *Law) MatrixName(lang string) string { return inLang(lang, l.Matrix, l.MatrixEN) }

// BuiltinLaw is the catalogue that the program carries.
func BuiltinLaw() *Law { return builtinLaw }

var builtinLaw = mustLaw()

func mustLaw() *Law {
	sub, err := fs.Sub(lawFiles, "law")
	if err != nil {
		panic(err)
	}
	l, errs := loadLaw(sub)
	if len(errs) > 0 {
		panic(errors.Join(errs...)) // embedded: a bug, found by any test
	}
	return l
}

// LawFrom is the built-in catalogue with the files of a folder in place of those of the same name, and with its further
// files beside. Errors wrap ErrLaw where the content is wrong, and name file and line.
func LawFrom(dir string) (*Law, error) {
	if dir == "" {
		return BuiltinLaw(), nil
	}
	switch info, err := os.Stat(dir); {
	case err != nil:
		return nil, fmt.Errorf("read legal catalogue: %w", err)
	case !info.IsDir():
		return nil, &LawError{File: filepath.Base(dir), Msg: "is a file; the folder that holds it is needed"}
	}
	own := os.DirFS(dir)
	names, err := fs.Glob(own, "*.toml")
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, &LawError{File: filepath.Base(dir), Msg: "no *.toml file in this folder"}
	}
	sub, err := fs.Sub(lawFiles, "law")
	if err != nil {
		return nil, err
	}
	l, err := LoadLaw(overlay{own, sub})
	if err == nil && l.Version == BuiltinLaw().Version {
		if whole, err := filepath.Abs(dir); err == nil {
			dir = whole
		}
		l.Version += " + " + filepath.Base(dir) // a register tells by the version what it rests on
	}
	return l, err
}

// overlay reads a file from the upper system where it is there, else from the lower one.
type overlay struct{ upper, lower fs.FS }

func (o overlay) Open(name string) (fs.File, error) {
	f, err := o.upper.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return o.lower.Open(name)
	}
	return f, err
}

func (o overlay) Glob(pattern string) ([]string, error) {
	a, err := fs.Glob(o.upper, pattern)
	if err != nil {
		return nil, err
	}
	b, err := fs.Glob(o.lower, pattern)
	if err != nil {
		return nil, err
	}
	all := append(a, b...)
	slices.Sort(all)
	return slices.Compact(all), nil
}

// lawFile is the form of every file of a catalogue; each file fills what it is about.
type lawFile struct {
	Version string `toml:"version"`
	Date    string `toml:"date"`
	Matrix  string `toml:"matrix"`
	// MatrixEN is the name of the matrix in English.
	MatrixEN string `toml:"matrix_en"`

	Records   []LawRecord `toml:"record"`
	Providers []Provider  `toml:"provider"`
	Scenarios []Scenario  `toml:"scenario"`

	Starts   []start    `toml:"start"`
	Changes  []change   `toml:"change"`
	Grounds  []change   `toml:"ground"`
	Cleanups []cleanup  `toml:"cleanup"`
	Measures []proposal `toml:"measure"`
	Traits   []trait    `toml:"trait"`
}

// LoadLaw reads a whole catalogue: every *.toml of the file system. It is strict: an unknown key, an unknown code, a
// missing language, a reference to nothing, a statement that is too long, or one that a register must never make
// (a WordingError) is an error with file and line. All errors are joined, so that an author sees them at once.
func LoadLaw(fsys fs.FS) (*Law, error) {
	l, errs := loadLaw(fsys)
	if l != nil {
		errs = append(errs, l.checkWording()...)
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return l, nil
}

// loadLaw is LoadLaw without the look at the wording; nil where a file cannot be read at all.
func loadLaw(fsys fs.FS) (*Law, []error) {
	names, err := fs.Glob(fsys, "*.toml")
	if err != nil {
		return nil, []error{fmt.Errorf("list legal catalogue: %w", err)}
	}
	l := &Law{byID: map[string]*LawRecord{}, newer: map[string]string{}}
	var errs []error
	wrong := func(file string, line int, format string, args ...any) {
		errs = append(errs, &LawError{File: file, Line: line, Msg: fmt.Sprintf(format, args...)})
	}
	for _, name := range names {
		data, err := readLawFile(fsys, name)
		if err != nil {
			return nil, []error{fmt.Errorf("read legal catalogue %q: %w", name, err)}
		}
		var f lawFile
		md, err := toml.Decode(string(data), &f)
		if err != nil {
			line := 0
			var pe toml.ParseError
			if errors.As(err, &pe) {
				line, err = pe.Position.Line, errors.New(pe.Message)
			}
			wrong(name, line, "%v", err)
			continue
		}
		lines := tableLines(data)
		for _, k := range md.Undecoded() {
			wrong(name, keyLine(data, k), "unknown key %q", k.String())
		}
		if f.Version != "" {
			l.Version, l.Date, l.Matrix, l.MatrixEN = f.Version, f.Date, f.Matrix, cmp.Or(f.MatrixEN, f.Matrix)
			l.file, l.line = name, keyLine(data, toml.Key{"matrix"})
			if _, err := time.Parse(time.DateOnly, f.Date); err != nil {
				wrong(name, keyLine(data, toml.Key{"date"}), "date %q is no day (2006-01-02)", f.Date)
			}
		}
		for i := range f.Records {
			f.Records[i].file, f.Records[i].line = name, lines.at("record", i)
		}
		for i := range f.Providers {
			f.Providers[i].file, f.Providers[i].line = name, lines.at("provider", i)
		}
		for i := range f.Scenarios {
			f.Scenarios[i].line = lines.at("scenario", i)
		}
		l.Records = append(l.Records, f.Records...)
		l.Providers = append(l.Providers, f.Providers...)
		l.Scenarios = append(l.Scenarios, f.Scenarios...)
		l.method.add(name, &f, lines)
	}
	if l.Version == "" {
		wrong("catalogue.toml", 0, "no file gives the version of the catalogue")
	}
	for i := range l.Records {
		r := &l.Records[i]
		for _, msg := range r.check(l.Date) {
			wrong(r.file, r.line, "%s: %s", r.ID, msg)
		}
		if old, ok := l.byID[r.ID]; ok {
			wrong(r.file, r.line, "%s: the id is used already in %s:%d", r.ID, old.file, old.line)
			continue
		}
		l.byID[r.ID] = r
	}
	for i := range l.Records {
		r := &l.Records[i]
		for _, old := range r.Supersedes {
			if l.byID[old] == nil {
				wrong(r.file, r.line, "%s: supersedes %q, which is not in the catalogue", r.ID, old)
				continue
			}
			l.newer[old] = r.ID
		}
	}
	l.checkProviders(wrong)
	l.method.check(l, wrong)
	l.checkScenarios(wrong)
	slices.SortStableFunc(l.Records, func(a, b LawRecord) int {
		return cmp.Compare(idOrder(a.ID), idOrder(b.ID))
	})
	for i := range l.Records {
		l.Records[i].rank = i
		l.byID[l.Records[i].ID] = &l.Records[i]
	}
	l.doubts = map[classify.Label][]*LawRecord{}
	for _, r := range l.Kind("counter", time.Time{}) {
		for _, label := range LabelsOf(r) {
			l.doubts[label] = append(l.doubts[label], r)
		}
	}
	return l, errs
}

func readLawFile(fsys fs.FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxLawFile+1))
	switch {
	case err != nil:
		return nil, err
	case len(data) > maxLawFile:
		return nil, &LawError{File: name, Msg: fmt.Sprintf("larger than %d bytes", maxLawFile)}
	case !utf8.Valid(data):
		return nil, &LawError{File: name, Msg: "not UTF-8"}
	}
	return data, nil
}

// lineIndex knows on which line the n-th table of a name begins.
type lineIndex map[string][]int

func (x lineIndex) at(table string, n int) int {
	if n < len(x[table]) {
		return x[table][n]
	}
	return 0
}

var tableHead = regexp.MustCompile(`^\s*\[\[\s*([a-z_]+)\s*\]\]`)

func tableLines(data []byte) lineIndex {
	x := lineIndex{}
	for i, line := range strings.Split(string(data), "\n") {
		if m := tableHead.FindStringSubmatch(line); m != nil {
			x[m[1]] = append(x[m[1]], i+1)
		}
	}
	return x
}

// keyLine is the first line that sets a key; 0 where none can be told.
func keyLine(data []byte, k toml.Key) int {
	last := k[len(k)-1]
	for i, line := range strings.Split(string(data), "\n") {
		line = strings.Trim(strings.TrimSpace(line), `["' `)
		if rest, ok := strings.CutPrefix(line, last); ok && (rest == "" || strings.ContainsAny(rest[:1], " \t=]\"'.")) {
			return i + 1
		}
	}
	return 0
}

var (
	lawID       = regexp.MustCompile(`^[A-Z]{2}-(LATE[a-z]?|[A-Z]{0,2}[0-9]{1,3}[a-z]?)$`)
	lawKinds    = []string{"timeline", "procedure", "hook", "case", "licence", "method", "measure", "text", "counter", "norm", "question", "evidence"}
	sourceTypes = []string{"statute", "judgment", "authority", "contract", "secondary", "seed", "method", "none"}
	finalities  = []string{"final", "not_final", "pending", "n/a"}
	confidences = []Confidence{Found, Reported, Advised, General, Uncertain, Proposal}
	categories  = []string{"EMP", "EMPX", "APPL", "CUST", "PAT", "MINOR", "EVENT", "SPECIAL", "STOCK", "PHOTOG", "THIRD", "UGC", "OWN", "AIGEN"}
)

// check returns what is wrong with a record, and computes its validity.
func (r *LawRecord) check(catalogueDay string) (wrong []string) {
	bad := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	if !lawID.MatchString(r.ID) {
		bad("id %q is not of the form XX-01", r.ID)
	}
	for name, v := range map[string]string{"title_de": r.TitleDE, "title_en": r.TitleEN, "statement_de": r.StatementDE, "statement_en": r.StatementEN, "authority": r.Authority} {
		if strings.TrimSpace(v) == "" {
			bad("%s is missing", name)
		}
	}
	for name, v := range map[string]string{"statement_de": r.StatementDE, "statement_en": r.StatementEN} {
		if n := utf8.RuneCountInString(v); n > maxStatement {
			bad("%s has %d characters, at most %d are allowed", name, n, maxStatement)
		}
	}
	slices.Sort(wrong) // maps have no order
	if (r.Note == "") != (r.NoteEN == "") {
		bad("note and note_en come together or not at all")
	}
	if !slices.Contains(lawKinds, r.Kind) {
		bad("kind %q is unknown", r.Kind)
	}
	if !slices.Contains(sourceTypes, r.SourceType) {
		bad("source_type %q is unknown", r.SourceType)
	}
	if !slices.Contains(confidences, r.Confidence) {
		bad("confidence %q is unknown", r.Confidence)
	}
	if !slices.Contains(finalities, r.Finality) {
		bad("finality %q is unknown", r.Finality)
	}
	for _, c := range r.Categories {
		if !slices.Contains(categories, c) {
			bad("category %q is unknown", c)
		}
	}
	if r.SeenOn == "" {
		r.SeenOn = catalogueDay // checked where it stands
	} else if _, err := time.Parse(time.DateOnly, r.SeenOn); err != nil {
		bad("seen_on %q is no day (2006-01-02)", r.SeenOn)
	}
	var err error
	if r.Decided != "" {
		if r.from, err = partialDay(r.Decided); err != nil {
			bad("decision_date %q is no date (2006, 2006-01 or 2006-01-02)", r.Decided)
		}
	}
	if r.ValidFrom != "" {
		if r.from, err = partialDay(r.ValidFrom); err != nil {
			bad("valid_from %q is no date", r.ValidFrom)
		}
	}
	if r.ValidTo != "" {
		if r.to, err = partialDay(r.ValidTo); err != nil {
			bad("valid_to %q is no date", r.ValidTo)
		} else if r.to.Before(r.from) {
			bad("valid_to %s is before valid_from", r.ValidTo)
		}
	}
	return wrong
}

// partialDay reads a year, a month or a day as its first day.
func partialDay(s string) (time.Time, error) {
	for _, layout := range []string{time.DateOnly, "2006-01", "2006"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("parse date %q: %w", s, ErrLaw)
}

// idOrder sorts ids as people count: groups in the order of the catalogue, then numbers.
func idOrder(id string) string {
	groups := "TL PR PB NO HK CL LC RM EV MS TX CA OQ"
	group, rest, _ := strings.Cut(id, "-")
	n := strings.Index(groups, group)
	if n < 0 {
		n = len(groups)
	}
	letters := strings.TrimRight(rest, "0123456789abcdefghijklmnopqrstuvwxyz")
	digits := strings.TrimPrefix(rest, letters)
	number := strings.TrimRight(digits, "abcdefghijklmnopqrstuvwxyz")
	return fmt.Sprintf("%03d %-6s %4s %s", n, letters, number, strings.TrimPrefix(digits, number))
}

func (l *Law) checkProviders(wrong func(string, int, string, ...any)) {
	values := []string{Allowed, Forbidden, Silent, LicenceUnknown}
	seen := map[string]bool{}
	for i := range l.Providers {
		p := &l.Providers[i]
		r := l.byID[p.Record]
		if r == nil || r.Kind != "licence" {
			wrong(p.file, p.line, "provider %q: %q is no licence record", p.Name, p.Record)
		}
		if !slices.Contains(values, p.Social) || !slices.Contains(values, p.AI) {
			wrong(p.file, p.line, "provider %q: social and ai must be one of %s", p.Name, strings.Join(values, ", "))
		}
		if r != nil && r.Confidence == Uncertain && (p.Social != LicenceUnknown || p.AI != LicenceUnknown || p.Editorial) {
			wrong(p.file, p.line, "provider %q: %s is uncertain, so social and ai can only be unknown, and editorial left out", p.Name, p.Record)
		}
		if p.Name == "" || len(p.Names) == 0 || p.QuestionDE == "" || p.QuestionEN == "" {
			wrong(p.file, p.line, "provider %q: name, names, question_de and question_en are needed", p.Name)
		}
		for _, n := range p.Names {
			words := nameWords(n)
			key := strings.Join(words, " ")
			if key == "" || seen[key] {
				wrong(p.file, p.line, "provider %q: the name %q is empty or used twice", p.Name, n)
				continue
			}
			seen[key] = true
			l.names = append(l.names, providerName{words, strings.Join(words, ""), p})
		}
	}
	// Longer names first: "Unsplash+" before "Unsplash".
	slices.SortStableFunc(l.names, func(a, b providerName) int {
		return cmp.Compare(len(strings.Join(b.words, "")), len(strings.Join(a.words, "")))
	})
}

// nameWords cuts a text into lower-case words at everything that is no letter, digit or plus sign, and where a capital
// follows a small letter: "AdobeStock_123.jpeg" → adobe stock 123 jpeg.
func nameWords(s string) []string {
	var (
		out   []string
		start = -1
		prev  rune
	)
	flush := func(end int) {
		if start >= 0 {
			out = append(out, strings.ToLower(s[start:end]))
		}
		start = -1
	}
	for i, r := range s {
		if !(r == '+' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r > 127 && (unicode.IsLetter(r) || unicode.IsDigit(r))) {
			flush(i)
		} else if start < 0 {
			start = i
		} else if unicode.IsUpper(r) && unicode.IsLower(prev) {
			flush(i)
			start = i
		}
		prev = r
	}
	flush(len(s))
	return out
}

// ProviderIn finds the stock library or agency that a text names: a credit line, a file name, metadata. nil if none.
func (l *Law) ProviderIn(text string) *Provider {
	if text == "" {
		return nil
	}
	words := nameWords(text)
	joined := nameWords(strings.ToLower(text))
	for _, n := range l.names {
		for _, w := range [][]string{words, joined} {
			if records.ContainsRun(w, n.words) || slices.Contains(w, n.joined) {
				return n.p
			}
		}
	}
	return nil
}

// Find returns a record by its id, in capitals or not, nil if there is none. It returns what the id says, even where a
// newer one supersedes it.
func (l *Law) Find(id string) *LawRecord {
	if r := l.byID[id]; r != nil {
		return r
	}
	for i := range l.Records {
		if strings.EqualFold(l.Records[i].ID, id) {
			return &l.Records[i]
		}
	}
	return nil
}

// SupersededBy is the id of the record that corrects another one, "" if none does.
func (l *Law) SupersededBy(id string) string { return l.newer[id] }

// Cited returns the ids that may be cited for a day: known then, and not corrected by a record known then. Unknown ids
// are left out. The order stays.
func (l *Law) Cited(ids []string, day time.Time) []string {
	var out []string
	for _, id := range ids {
		for next := l.newer[id]; next != "" && l.byID[next].Known(day); next = l.newer[id] {
			id = next
		}
		if r := l.byID[id]; r != nil && r.Known(day) && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// Kind yields the records of a kind that were known on a day, in order. The zero day means all.
func (l *Law) Kind(kind string, day time.Time) []*LawRecord {
	var out []*LawRecord
	for i := range l.Records {
		r := &l.Records[i]
		if r.Kind == kind && r.Known(day) && (l.newer[r.ID] == "" || !l.byID[l.newer[r.ID]].Known(day)) {
			out = append(out, r)
		}
	}
	return out
}

// Cite is a record as a register may print it: the statement with as much certainty as it has, the source, and the day on
// which somebody read it. An uncertain record comes out as an open question.
func (t *Texts) Cite(r *LawRecord) string {
	key := "law.cite_" + strings.ToLower(string(r.Confidence))
	if r.Confidence == General && r.SourceType != "statute" {
		key = "law.cite_g_unchecked"
	}
	s := t.Say(key, "ID", r.ID, "Statement", r.Statement(t.Lang), "Source", r.citation(t.Lang), "Seen", t.Day(r.SeenOn))
	if r.Contested && r.Confidence != Uncertain {
		s += " " + t.Say("law.contested")
	}
	switch r.Finality {
	case "not_final", "pending":
		s += " " + t.Say("law."+r.Finality)
	}
	return s
}

// citation is authority, docket, day of the decision, and where it was read.
func (r *LawRecord) citation(lang string) string {
	parts := []string{r.Source(lang)}
	if r.Docket != "" {
		parts = append(parts, r.Docket)
	}
	if r.Decided != "" && r.Docket != "" {
		parts = append(parts, NewTexts(lang).Day(r.Decided))
	}
	// A view is a view whoever has it; its author is not named.
	if r.URL != "" && r.Confidence != Advised && !strings.Contains(parts[0], r.URL) {
		parts = append(parts, r.URL)
	}
	return strings.Join(parts, ", ")
}

// Day writes a stored date (2006, 2006-01 or 2006-01-02) in the language.
func (t *Texts) Day(s string) string {
	if d, err := time.Parse(time.DateOnly, s); err == nil {
		return t.Date(d)
	}
	if d, err := time.Parse("2006-01", s); err == nil && t.Lang == "de" {
		return d.Format("01/2006")
	}
	return s
}

func inLang(lang, de, en string) string {
	if lang == "en" {
		return en
	}
	return de
}

// dayOf is the calendar day of a time, as midnight UTC, for comparing days.
func dayOf(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}
