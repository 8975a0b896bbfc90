package report

import (
	"bufio"
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"pagerisk/classify"
	"pagerisk/scanner"
	"pagerisk/scanner/casefile"
)

// Shown is what a register said of one item.
type Shown struct {
	Number int `json:"n,omitempty"`
	Basis
	// Decided is what the newest decision rests on, where that is not what was shown; it was the Line of the log.
	Decided *Basis           `json:"b,omitempty"`
	Line    int64            `json:"q,omitempty"`
	Labels  []classify.Label `json:"l,omitempty"`
	Level   Level            `json:"v,omitempty"`
	Change  Change           `json:"c"`
	Group   int              `json:"g,omitempty"`
	Link    string           `json:"u,omitempty"`
	Created time.Time        `json:"t,omitzero"`
	Kind    scanner.Kind     `json:"k"`
	Text    string           `json:"x,omitempty"` // its beginning, where it is to be listed
}

// Basis is what a decision on an item rests on. Rating is [Row.Proposal].
type Basis struct {
	Facts  string `json:"d"` // FactsDigest
	Rating string `json:"r,omitempty"`
}

func basisOf(row *Row) Basis { return Basis{Facts: FactsDigest(row), Rating: row.Proposal} }

// Last is what the last register said. The zero value is a case without one.
type Last struct {
	Items    map[scanner.Key]Shown
	At       time.Time // when it was written; zero: there is none
	byNumber map[int]scanner.Key
	byLink   map[string]scanner.Key // nil until somebody asks
	groups   map[int][]scanner.Key
}

const metaShownAt = "report.shown_at"

// ReadLast reads what the last register of a case said.
func ReadLast(ctx context.Context, c *casefile.Case) (*Last, error) {
	l := &Last{}
	at, err := c.Meta(ctx, metaShownAt)
	if err != nil {
		return nil, fmt.Errorf("read the last register's state: %w", err)
	}
	if at != "" {
		if l.At, err = time.Parse(time.RFC3339, at); err != nil {
			return nil, fmt.Errorf("read the last register's state: %w", err)
		}
	}
	rows, err := c.Read().QueryContext(ctx, "SELECT item, body FROM shown ORDER BY item")
	if err != nil {
		return nil, fmt.Errorf("read the last register's state: %w", err)
	}
	defer rows.Close()
	items := make(map[scanner.Key]Shown)
	ratings := make(map[string]string) // there are few, and a million items
	for rows.Next() {
		var key scanner.Key
		var body string
		if err := rows.Scan(&key, &body); err != nil {
			return nil, fmt.Errorf("read the last register's state: %w", err)
		}
		var s Shown
		if err := json.Unmarshal([]byte(body), &s); err != nil {
			return nil, fmt.Errorf("read the last register's state of %q: %w", key, err)
		}
		if same, ok := ratings[s.Rating]; ok {
			s.Rating = same
		}
		ratings[s.Rating] = s.Rating
		items[key] = s
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read the last register's state: %w", err)
	}
	l.index(items)
	return l, nil
}

func (l *Last) index(items map[scanner.Key]Shown) {
	l.Items = items
	l.byNumber, l.groups = map[int]scanner.Key{}, map[int][]scanner.Key{}
	for key, s := range items {
		if s.Number > 0 {
			l.byNumber[s.Number] = key
		}
		if s.Group > 0 {
			l.groups[s.Group] = append(l.groups[s.Group], key)
		}
	}
	for _, keys := range l.groups {
		slices.Sort(keys)
	}
}

// linked is the item of an address; one that two items share names neither.
func (l *Last) linked(link string) (scanner.Key, bool) {
	if l.byLink == nil {
		l.byLink = make(map[string]scanner.Key)
		for key, s := range l.Items {
			if _, ok := l.byLink[s.Link]; ok {
				key = ""
			}
			l.byLink[s.Link] = key
		}
	}
	key := l.byLink[link]
	return key, key != "" && link != ""
}

// find returns what was said of an item, under any of its names.
func (l *Last) find(item *scanner.Item) (Shown, bool) {
	if s, ok := l.Items[item.Key]; ok {
		return s, true
	}
	for _, a := range item.Aliases {
		if s, ok := l.Items[a]; ok {
			return s, true
		}
	}
	return Shown{}, false
}

// basis is what is to be compared with an item today: what the last register showed of it. For an item on which people
// decided it is what they knew then, for as long as nobody entered anything on it since; otherwise the request to look
// again would be gone with the next run, whether somebody looked or not.
func (l *Last) basis(item *scanner.Item, log *Log) (Basis, bool) {
	s, ok := l.find(item)
	if s.Decided != nil && log.line(item) <= s.Line {
		return *s.Decided, ok
	}
	return s.Basis, ok
}

// Change says what happened to an item since the last register, or since somebody decided on it. Row.Gone, Row.Decided and
// Row.Proposal must be set where they are.
func (l *Last) Change(row *Row, log *Log) Change {
	was, ok := l.basis(row.Item, log)
	return since(was, ok, row)
}

func since(was Basis, ok bool, row *Row) Change {
	switch {
	case !row.Gone.IsZero():
		return GoneNow
	case !ok:
		return New
	case was.Facts != FactsDigest(row):
		return Changed
	case was.Rating == "" || row.Proposal == "" || was.Rating == row.Proposal: // without a rating there was none, or nobody kept it
		return Unchanged
	case row.judged():
		return Recheck
	}
	return Rerated
}

// judged reports whether somebody decided something on the item: a deadline or a note is no decision.
func (r *Row) judged() bool {
	return slices.ContainsFunc(groupFields, func(f Field) bool {
		spec, _ := SpecOf(r.Item.Key, f)
		return spec.norm(r.Decided[f].Value) != spec.Default
	})
}

// LookAgain reports whether somebody decided on the item, and what that rests on is another today.
func (r *Row) LookAgain() bool { return r.Change == Recheck || r.Change == Changed && r.judged() }

// proposalOf is what the program itself says of an item, as far as a decision rests on it: the level, what the ground is,
// and whether somebody shown has left. Finer steps would ask for a second look whenever a rule gets a better weight.
func proposalOf(r *Risk) string {
	if r == nil {
		return ""
	}
	return fmt.Sprintf("%s %s %t", r.Today.Level(), r.Proposed, r.ProposedFormer)
}

// FactsDigest is a digest of what a reviewer's decision rests on: texts, pictures, state and labels. It does not
// change with rules, weights or levels as long as the labels stay; those are Row.Proposal's.
func FactsDigest(row *Row) string {
	h := sha256.New()
	put := func(parts ...string) {
		for _, p := range parts {
			fmt.Fprintf(h, "%d:%s,", len(p), p)
		}
	}
	it := row.Item
	put(string(it.State), it.Text, it.Album, it.Place, it.Link)
	put(it.Tags...)
	for _, m := range it.Media {
		if m.SHA256 != (scanner.Hash{}) {
			put(hex.EncodeToString(m.SHA256[:]))
		} else {
			put(m.File, string(m.Status))
		}
	}
	for _, l := range labels(row) {
		put(string(l))
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}

func labels(row *Row) []classify.Label {
	var out []classify.Label
	for _, f := range row.Findings {
		out = append(out, f.Label)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Reopen appends to the log that an item is open again because its labels changed since somebody decided: the words of
// the old decision stay in the note. It returns how many were opened. It is called before a register is built.
func Reopen(ctx context.Context, log *Log, last *Last, rows func(yield func(*Row, error) bool), t *Texts, now time.Time) (int, error) {
	var ds []Decision
	for row, err := range rows {
		if err != nil {
			return 0, err
		}
		s, ok := last.find(row.Item)
		if !ok || s.Number == 0 || slices.Equal(s.Labels, labels(row)) || !row.Gone.IsZero() {
			continue
		}
		decided := log.Of(row.Item)
		was := decided[FieldStatus]
		if was.Value == "" || was.Value == "open" {
			continue
		}
		note := decided[FieldNote].Value
		line := t.Say("returned.reopened", "Status", t.Say("wb.list.status."+was.Value), "Day", was.At, "By", was.Reviewer)
		text := line
		if note != "" {
			text = note + "\n" + line
		}
		ds = append(ds,
			Decision{Item: row.Item.Key, Field: FieldStatus, Value: "open", Reviewer: "pagerisk", At: now.UTC(), Base: was.Value},
			Decision{Item: row.Item.Key, Field: FieldNote, Value: text, Reviewer: "pagerisk", At: now.UTC(), Base: note})
	}
	if len(ds) == 0 {
		return 0, nil
	}
	return len(ds) / 2, log.Append(ctx, ds)
}

// KeepShown stores what a register that was written just now says, for the next one to compare with.
func KeepShown(ctx context.Context, c *casefile.Case, r *Register) error {
	if err := keepShown(ctx, c, r); err != nil {
		return fmt.Errorf("keep the register's state: %w", err)
	}
	return nil
}

func keepShown(ctx context.Context, c *casefile.Case, r *Register) (err error) {
	last := r.Last
	if last == nil {
		if last, err = ReadLast(ctx, c); err != nil {
			return err
		}
	}
	// Read first, then write: where the file system allows no write-ahead log, a reader inside the transaction would
	// wait for it for ever. What a million items come to is too much for memory.
	f, err := os.CreateTemp(c.Dir(), casefile.Unfinished+"shown-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	w := bufio.NewWriter(f)
	lines := json.NewEncoder(w)
	for row, err := range r.Rows(ctx) {
		if err != nil {
			return err
		}
		s := Shown{
			Number: row.Number, Basis: basisOf(row), Labels: labels(row), Change: row.Change, Group: row.Group,
			Link: row.Item.Permalink, Created: row.Item.Created, Kind: row.Item.Kind,
		}
		// Only changes are ever listed, and those of the first register are not.
		if row.Change != Unchanged && !last.At.IsZero() {
			s.Text = cutBytes(row.Item.Text, 80)
		}
		if row.Risk != nil {
			s.Level = row.Risk.Today.Level()
		}
		if was, ok := last.basis(row.Item, r.Log); ok && was != s.Basis && row.judged() {
			s.Decided, s.Line = &was, r.Log.line(row.Item)
		}
		body, err := json.Marshal(s)
		if err != nil {
			return err
		}
		if err := lines.Encode(shownLine{row.Item.Key, body}); err != nil {
			return err
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return c.Write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM shown"); err != nil {
			return err
		}
		put, err := tx.PrepareContext(ctx, "INSERT INTO shown(item, body) VALUES(?, ?)")
		if err != nil {
			return err
		}
		defer put.Close()
		for lines := json.NewDecoder(bufio.NewReader(f)); ; {
			var l shownLine
			if err := lines.Decode(&l); err == io.EOF {
				break
			} else if err != nil {
				return err
			}
			if _, err := put.ExecContext(ctx, string(l.Key), string(l.Body)); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, "INSERT INTO meta(k, v) VALUES(?, ?) ON CONFLICT(k) DO UPDATE SET v = excluded.v",
			metaShownAt, r.Head.Started.UTC().Format(time.RFC3339))
		return err
	})
}

// shownLine is one row of the table on its way there.
type shownLine struct {
	Key  scanner.Key     `json:"k"`
	Body json.RawMessage `json:"b"`
}

func shortDigest(s string) string {
	h := sha256.New()
	io.WriteString(h, s)
	return hex.EncodeToString(h.Sum(nil))[:16]
}

// First reports whether the last register was the first one: then everything in it is new, which says nothing.
func (l *Last) First() bool {
	for _, s := range l.Items {
		if s.Change != New {
			return false
		}
	}
	return true
}

// Changes are the keys of the items that the last register called anything but unchanged, oldest first.
func (l *Last) Changes() map[Change][]scanner.Key {
	out := make(map[Change][]scanner.Key)
	for key, s := range l.Items {
		if s.Change != Unchanged {
			out[s.Change] = append(out[s.Change], key)
		}
	}
	for _, keys := range out {
		sortByTime(keys, l.Items)
	}
	return out
}

// Since says what the case holds that the last register did not show: items that are new or changed since, oldest first,
// and what is to be said of them. What is gone or rated otherwise turns out when the next register is written.
func Since(ctx context.Context, c *casefile.Case, last *Last) (map[Change][]scanner.Key, map[scanner.Key]Shown, error) {
	changes, items := make(map[Change][]scanner.Key), make(map[scanner.Key]Shown)
	for item, err := range scanner.Items(ctx, c) {
		if err != nil {
			return nil, nil, fmt.Errorf("compare with the last register: %w", err)
		}
		row := &Row{Item: item}
		if row.Findings, err = classify.FindingsOf(ctx, c, item.Key); err != nil {
			return nil, nil, fmt.Errorf("compare with the last register: %w", err)
		}
		was, ok := last.find(item)
		if was.Change == GoneNow {
			continue
		}
		change := since(was.Basis, ok, row)
		if change == Unchanged {
			continue
		}
		changes[change] = append(changes[change], item.Key)
		items[item.Key] = Shown{Number: was.Number, Created: item.Created, Kind: item.Kind, Text: cutBytes(item.Text, 80)}
	}
	for _, keys := range changes {
		sortByTime(keys, items)
	}
	return changes, items, nil
}

func sortByTime(keys []scanner.Key, items map[scanner.Key]Shown) {
	slices.SortFunc(keys, func(a, b scanner.Key) int {
		return cmp.Or(items[a].Created.Compare(items[b].Created), cmp.Compare(a, b))
	})
}

// NewLast is what a register said, for whoever has it from elsewhere than the case.
func NewLast(items map[scanner.Key]Shown, at time.Time) *Last {
	l := &Last{At: at}
	l.index(items)
	return l
}
