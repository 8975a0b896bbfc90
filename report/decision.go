package report

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"pagerisk/scanner"
	"pagerisk/scanner/casefile"
)

// The review columns. Items have them in the sheet of findings, scenarios and objections in their own sheets; see
// [ReviewFields].
const (
	FieldStatus      Field = "status"
	FieldMeasure     Field = "measure"
	FieldOwner       Field = "owner"
	FieldDue         Field = "due"
	FieldNote        Field = "note"
	FieldShown       Field = "shown"
	FieldPersonRef   Field = "person_ref"
	FieldLeft        Field = "left"
	FieldGround      Field = "ground"
	FieldGroundUntil Field = "ground_until"
	FieldGroundRef   Field = "ground_ref"
	FieldLikelihood  Field = "lik_own"
	FieldSeverity    Field = "sev_own"
	FieldDone        Field = "done"
	FieldReviewer    Field = "reviewer"
	FieldReviewed    Field = "reviewed"
	FieldGroupApply  Field = "group_apply"

	FieldApprover   Field = "approver"
	FieldDecision   Field = "decision"
	FieldDecidedBy  Field = "decided_by"
	FieldDecidedOn  Field = "decided_on"
	FieldNextReview Field = "next_review"

	FieldLinked      Field = "linked"
	FieldFiledOn     Field = "filed_on"
	FieldFiledBy     Field = "filed_by"
	FieldConfirmedOn Field = "confirmed_on"
	FieldProof       Field = "proof"
	FieldMailChanged Field = "mail_changed"
)

// Keys of things that are no items but can be decided on.
const (
	ScenarioPrefix  = "scenario:"  // "scenario:R-01"
	ObjectionPrefix = "objection:" // "objection:facebook:Praxis am Markt"
	ManualPrefix    = "manual:"    // a row that somebody added by hand
)

// FieldKind is what a review column takes.
type FieldKind int

const (
	TextField FieldKind = iota
	ListField           // one of the codes of a list
	DateField           // 2006-01-02
)

// FieldSpec describes a review column: what it takes, and which value stands there before anybody decided.
type FieldSpec struct {
	Field   Field
	Kind    FieldKind
	List    string // name of the list, for ListField
	Default string
}

// ValueLists are the codes of all drop-down lists, in the order in which they are offered.
var ValueLists = map[string][]string{
	"status":  {"open", "confirmed", "no_risk", "ask", "later"},
	"measure": Measures,
	"shown":   {"staff", "clients", "others", "mixed", "nobody", "models", "unclear"},
	"ground":  {string(CoversAI), string(PublishOnly), string(Expired), string(NoGround), string(Unknown), string(Statutory), string(NotNeeded)},
	"yesno":   {"yes", "no", "unknown"},
	"grade":   {"1", "2", "3", "4"},
	"risk":    {"reduce", "accept", "avoid", "transfer"},
	"work":    {"open", "running", "done"},
}

// ReviewFields are the review columns of an item, in the order of the sheet.
var ReviewFields = []FieldSpec{
	{FieldStatus, ListField, "status", "open"},
	{FieldMeasure, ListField, "measure", ""},
	{FieldOwner, TextField, "", ""},
	{FieldDue, DateField, "", ""},
	{FieldNote, TextField, "", ""},
	{FieldShown, ListField, "shown", ""},
	{FieldPersonRef, TextField, "", ""},
	{FieldLeft, ListField, "yesno", ""},
	{FieldGround, ListField, "ground", ""},
	{FieldGroundUntil, DateField, "", ""},
	{FieldGroundRef, TextField, "", ""},
	{FieldLikelihood, ListField, "grade", ""},
	{FieldSeverity, ListField, "grade", ""},
	{FieldDone, DateField, "", ""},
	{FieldReviewer, TextField, "", ""},
	{FieldReviewed, DateField, "", ""},
	{FieldGroupApply, ListField, "yesno", ""},
}

// ScenarioFields are the review columns of a scenario.
var ScenarioFields = []FieldSpec{
	{FieldOwner, TextField, "", ""},
	{FieldApprover, TextField, "", ""},
	{FieldDue, DateField, "", ""},
	{FieldStatus, ListField, "work", "open"},
	{FieldDecision, ListField, "risk", ""},
	{FieldDecidedBy, TextField, "", ""},
	{FieldDecidedOn, DateField, "", ""},
	{FieldNextReview, DateField, "", ""},
	{FieldNote, TextField, "", ""},
}

// ObjectionFields are the columns to fill in for each account.
var ObjectionFields = []FieldSpec{
	{FieldLinked, ListField, "yesno", ""},
	{FieldFiledOn, DateField, "", ""},
	{FieldFiledBy, TextField, "", ""},
	{FieldConfirmedOn, DateField, "", ""},
	{FieldProof, TextField, "", ""},
	{FieldMailChanged, ListField, "yesno", ""},
	{FieldNote, TextField, "", ""},
}

// FieldsOf returns the review columns of the thing that a key names.
func FieldsOf(key scanner.Key) []FieldSpec {
	switch {
	case strings.HasPrefix(string(key), ScenarioPrefix):
		return ScenarioFields
	case strings.HasPrefix(string(key), ObjectionPrefix):
		return ObjectionFields
	}
	return ReviewFields
}

// SpecOf returns the description of one field of the thing that a key names.
func SpecOf(key scanner.Key, f Field) (FieldSpec, bool) {
	for _, s := range FieldsOf(key) {
		if s.Field == f {
			return s, true
		}
	}
	return FieldSpec{}, false
}

// Limits of what people give back. A note longer than a cell is not a note.
const (
	maxValueBytes   = 32 << 10
	maxLineBytes    = 1 << 20
	maxDecisionFile = 256 << 20
	maxDecisions    = 2_000_000 // lines of a returned file; a gallery of 50,000 items hands out fewer
)

// Log is what people decided: the lines of decisions.jsonl, oldest first. It is safe for concurrent use. The zero value
// is an empty log without a file.
type Log struct {
	mu    sync.Mutex
	of    *casefile.Case
	lines int64 // of the file, also those that could not be read
	bad   []string
	open  bool // the last line has no end: a run was killed while it wrote
	all   map[scanner.Key]map[Field][]logged
}

type logged struct {
	seq int64 // line in decisions.jsonl, from 1
	Decision
}

const logName = "decisions.jsonl"

// ReadLog reads the decisions of a case. decisions.jsonl is the truth; where the file is gone, the database's copy is
// read, and written out again with the next [Log.Append]. Lines that cannot be read stay in the file, see [Log.Bad].
func ReadLog(ctx context.Context, c *casefile.Case) (*Log, error) {
	l := &Log{of: c}
	f, err := os.Open(c.Path(logName))
	if errors.Is(err, os.ErrNotExist) {
		if err := l.fromTable(ctx); err != nil {
			return nil, fmt.Errorf("read the copy of %q: %w", logName, err)
		}
		return l, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %q: %w", logName, err)
	}
	defer f.Close()
	if err := l.read(ctx, f); err != nil {
		return nil, fmt.Errorf("read %q: %w", logName, err)
	}
	return l, nil
}

func (l *Log) read(ctx context.Context, r io.Reader) error {
	br := bufio.NewReaderSize(r, 64<<10)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		line, long, err := readLine(br)
		if len(line) == 0 && !long && err != nil {
			if err == io.EOF {
				return nil
			}
			return err
		}
		l.lines++
		l.open = err == io.EOF
		var d Decision
		switch {
		case long:
			l.bad = append(l.bad, fmt.Sprintf("%s:%d", logName, l.lines))
		case len(bytes.TrimSpace(line)) == 0:
		case json.Unmarshal(line, &d) != nil || d.Item == "" || d.Field == "":
			l.bad = append(l.bad, fmt.Sprintf("%s:%d", logName, l.lines))
		default:
			l.add(l.lines, d)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// readLine returns a line without its end; long lines are read to their end and not kept.
func readLine(br *bufio.Reader) (line []byte, long bool, err error) {
	for {
		part, e := br.ReadSlice('\n')
		if !long {
			line = append(line, part...)
			if len(line) > maxLineBytes {
				line, long = nil, true
			}
		}
		if e == bufio.ErrBufferFull {
			continue
		}
		return bytes.TrimSuffix(line, []byte("\n")), long, e
	}
}

func (l *Log) fromTable(ctx context.Context) error {
	rows, err := l.of.Read().QueryContext(ctx, "SELECT seq, body FROM decision ORDER BY seq")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var seq int64
		var body string
		if err := rows.Scan(&seq, &body); err != nil {
			return err
		}
		var d Decision
		if err := json.Unmarshal([]byte(body), &d); err != nil {
			return err
		}
		// Lines of the lost file that were no decisions leave gaps; the file is written anew without them.
		l.lines++
		l.add(l.lines, d)
	}
	return rows.Err()
}

func (l *Log) add(seq int64, d Decision) {
	if l.all == nil {
		l.all = make(map[scanner.Key]map[Field][]logged)
	}
	m := l.all[d.Item]
	if m == nil {
		m = make(map[Field][]logged)
		l.all[d.Item] = m
	}
	m[d.Field] = append(m[d.Field], logged{seq, d})
}

// Len is the number of lines of the log. A register notes it, so that a copy that comes back later can be compared with
// what stood in it when it was written.
func (l *Log) Len() int64 {
	if l == nil {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lines
}

// Bad names the lines that are no decisions. They are kept as they are.
func (l *Log) Bad() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.bad)
}

// Newest returns the newest decision of each field of one key; nil if there is none.
func (l *Log) Newest(key scanner.Key) map[Field]Decision {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.newest(nil, key)
}

func (l *Log) newest(into map[Field]Decision, key scanner.Key) map[Field]Decision {
	for f, ds := range l.all[key] {
		if into == nil {
			into = make(map[Field]Decision)
		}
		if _, ok := into[f]; !ok {
			into[f] = ds[len(ds)-1].Decision
		}
	}
	return into
}

// Of returns the newest decision of each field of an item, also those that were made under another of its names.
func (l *Log) Of(item *scanner.Item) map[Field]Decision {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	into := l.newest(nil, item.Key)
	for _, a := range item.Aliases {
		into = l.newest(into, a)
	}
	return into
}

// line is the line of the newest decision on an item, 0 without one.
func (l *Log) line(item *scanner.Item) int64 {
	if l == nil {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	newest := int64(0)
	for _, key := range append([]scanner.Key{item.Key}, item.Aliases...) {
		for _, ds := range l.all[key] {
			newest = max(newest, ds[len(ds)-1].seq)
		}
	}
	return newest
}

// Keys returns the keys with a prefix that somebody decided on, sorted.
func (l *Log) Keys(prefix string) []scanner.Key {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	var keys []scanner.Key
	for k := range l.all {
		if strings.HasPrefix(string(k), prefix) {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return keys
}

// at is the value of a field when the log had n lines; past tells the values that it had before.
func (l *Log) at(key scanner.Key, f Field, n int64) (value string, past []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, d := range l.all[key][f] {
		if d.seq > n {
			break
		}
		past = append(past, value)
		value = d.Value
	}
	return value, past
}

// Append adds decisions to the log: to the file first, and when that is on the disk, to the database's copy.
func (l *Log) Append(ctx context.Context, ds []Decision) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.of != nil {
		if err := l.appendFile(ds); err != nil {
			return err
		}
	}
	for _, d := range ds {
		l.lines++
		l.add(l.lines, d)
	}
	l.open = false
	if l.of == nil {
		return nil
	}
	if err := l.mirror(ctx); err != nil {
		return fmt.Errorf("copy decisions: %w", err)
	}
	return nil
}

func (l *Log) appendFile(ds []Decision) error {
	path := l.of.Path(logName)
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) && l.lines > 0 {
		var lost []Decision
		for _, d := range l.sorted() {
			lost = append(lost, d.Decision)
		}
		if err := casefile.WriteFile(path, func(w *os.File) error { return encode(w, lost) }); err != nil {
			return err
		}
	}
	if len(ds) == 0 {
		return nil
	}
	var buf bytes.Buffer
	if l.open {
		buf.WriteByte('\n')
	}
	if err := encode(&buf, ds); err != nil {
		return fmt.Errorf("write %q: %w", logName, err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("write %q: %w", logName, err)
	}
	_, err = f.Write(buf.Bytes())
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write %q: %w", logName, err)
	}
	return nil
}

func encode(w io.Writer, ds []Decision) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, d := range ds {
		if err := enc.Encode(d); err != nil {
			return err
		}
	}
	return nil
}

// sorted returns all decisions in the order in which they were made.
func (l *Log) sorted() []logged {
	var all []logged
	for _, fields := range l.all {
		for _, ds := range fields {
			all = append(all, ds...)
		}
	}
	slices.SortFunc(all, func(a, b logged) int { return cmp.Compare(a.seq, b.seq) })
	return all
}

// mirror makes the table equal to the file where it lost rows or has others.
func (l *Log) mirror(ctx context.Context) error {
	all := l.sorted()
	return l.of.Write(ctx, func(tx *sql.Tx) error {
		have := make(map[int64]string)
		rows, err := tx.QueryContext(ctx, "SELECT seq, body FROM decision")
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var seq int64
			var body string
			if err := rows.Scan(&seq, &body); err != nil {
				return err
			}
			have[seq] = body
		}
		if err := rows.Err(); err != nil {
			return err
		}
		put, err := tx.PrepareContext(ctx, `INSERT INTO decision(seq, item, field, body) VALUES(?, ?, ?, ?)
			ON CONFLICT(seq) DO UPDATE SET item = excluded.item, field = excluded.field, body = excluded.body`)
		if err != nil {
			return err
		}
		defer put.Close()
		for _, d := range all {
			body, err := json.Marshal(d.Decision)
			if err != nil {
				return err
			}
			if have[d.seq] != string(body) {
				if _, err := put.ExecContext(ctx, d.seq, d.Item, d.Field, string(body)); err != nil {
					return err
				}
			}
			delete(have, d.seq)
		}
		for seq := range have {
			if _, err := tx.ExecContext(ctx, "DELETE FROM decision WHERE seq = ?", seq); err != nil {
				return err
			}
		}
		return nil
	})
}

// Returned is what people gave back: the cells of a workbook, or the decisions of a gallery.
type Returned struct {
	Name   string    // of the file, without folders
	SHA256 string    // of the file, hex
	Lang   string    // of the workbook
	Saved  time.Time // when it was last saved, as the file says
	// Base is the length of the decision log when the workbook was written; -1 where the file does not tell any more.
	Base    int64
	Rows    []ReturnedRow
	Altered int       // rows in which locked cells were changed; what stands there is ignored
	Unknown []Problem // values that are on no list; kept as a note
	Odd     []Problem // everything else that a person should know
}

// Problem is something in a returned file that could not be taken as it stands. Code is a key of the catalogue
// ("returned.<code>").
type Problem struct {
	Code  string
	Where string // sheet and row, or line
	Value string
}

// ReturnedRow is one row that came back. It is known by Key, else by Number, else by Link; a row with none of them is
// one that somebody added by hand.
type ReturnedRow struct {
	Key      scanner.Key
	Number   int
	Link     string
	Where    string
	Values   map[Field]string // codes, dates, texts of the columns that are there; "" = empty
	Base     map[Field]string // what stood there before, where the file itself says so
	Reviewer string
	At       time.Time // when it was decided, zero where the file does not say
}

// ReadDecisions reads decisions in the form of decisions.jsonl, as the gallery hands them out. Lines that are no
// decisions become problems.
func ReadDecisions(r io.Reader, name string) (*Returned, error) {
	ret := &Returned{Name: name, Base: -1}
	br := bufio.NewReader(io.LimitReader(r, maxDecisionFile+1))
	var total int64
	for n := 1; ; n++ {
		line, long, err := readLine(br)
		total += int64(len(line)) + 1
		if total > maxDecisionFile || n > maxDecisions {
			return nil, fmt.Errorf("read %q: %w", name, scanner.ErrTooLarge)
		}
		line = bytes.TrimSpace(bytes.TrimPrefix(line, []byte("\ufeff")))
		if long || len(line) > 0 {
			ret.line(line, long, fmt.Sprintf("%s:%d", name, n))
		}
		if err == io.EOF {
			return ret, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read %q: %w", name, err)
		}
	}
}

func (ret *Returned) line(line []byte, long bool, where string) {
	var d struct {
		Decision
		Type string  `json:"type"`
		Base *string `json:"base"`
	}
	if !long && json.Unmarshal(line, &d) == nil && d.Type != "" && d.Type != "decision" {
		return // a heading
	}
	if long || json.Unmarshal(line, &d) != nil || d.Item == "" || d.Field == "" {
		ret.Odd = append(ret.Odd, Problem{Code: "no_decision", Where: where})
		return
	}
	spec, ok := SpecOf(d.Item, d.Field)
	if !ok {
		ret.Unknown = append(ret.Unknown, Problem{Code: "unknown_field", Where: where, Value: string(d.Field)})
		return
	}
	if !spec.Valid(d.Value) {
		ret.Unknown = append(ret.Unknown, Problem{Code: "unknown_value", Where: where, Value: cutBytes(d.Value, 200)})
		return
	}
	row := ReturnedRow{Key: d.Item, Where: where, Reviewer: d.Reviewer, At: d.At, Values: map[Field]string{d.Field: d.Value}}
	if d.Base != nil {
		row.Base = map[Field]string{d.Field: *d.Base}
	}
	ret.Rows = append(ret.Rows, row)
}

// Valid reports whether a value is one that the field takes; empty always is.
func (s FieldSpec) Valid(value string) bool {
	switch {
	case value == "":
		return true
	case s.Kind == ListField:
		return slices.Contains(ValueLists[s.List], value)
	case s.Kind == DateField:
		_, err := time.Parse(time.DateOnly, value)
		return err == nil
	}
	return len(value) <= maxValueBytes
}

// norm makes an untouched cell and an empty one the same.
func (s FieldSpec) norm(value string) string {
	value = strings.TrimSpace(strings.ReplaceAll(value, "\r\n", "\n"))
	if value == "" {
		return s.Default
	}
	return value
}

func cutBytes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + " …"
}
