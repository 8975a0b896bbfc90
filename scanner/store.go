package scanner

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"pagerisk/scanner/casefile"
)

// scan is one pass over a source, as the table scan has it.
type scan struct {
	c      *casefile.Case
	id     int64
	source string
	cursor Cursor
	ended  bool
	recall Recall // nil: all media are opened
	tally  Tally
	seq    int64           // of the last note
	live   map[string]bool // sources whose account still counts
}

// known returns what an earlier look found in a medium, where the scan may trust its name.
func (s *scan) known(ctx context.Context, m Media) (Looked, bool) {
	if s.recall == nil || m.ID == "" || m.Ref == "" {
		return Looked{}, false
	}
	item, err := FindItem(ctx, s.c, m.ID)
	if err != nil || item == nil {
		return Looked{}, false
	}
	for _, have := range item.Media {
		if have.ID == m.ID && have.Ref == m.Ref && have.SHA256 != (Hash{}) {
			m.SHA256, m.Bytes = have.SHA256, have.Bytes
			return s.recall(ctx, m)
		}
	}
	return Looked{}, false
}

// begin finds the scan to go on with, or starts one. A source that was read to its end with the same looker is not read
// again, unless it lives.
func begin(ctx context.Context, c *casefile.Case, source string, o Options) (*scan, error) {
	s := &scan{c: c, source: source, recall: o.Recall, live: make(map[string]bool)}
	err := c.Write(ctx, func(tx *sql.Tx) error {
		var ended sql.NullString
		var looker string
		err := tx.QueryRowContext(ctx, `SELECT id, looker, ended, cursor, seen, read, skipped, failed FROM scan
			WHERE source = ? AND replaced IS NULL ORDER BY id DESC LIMIT 1`, source).
			Scan(&s.id, &looker, &ended, &s.cursor, &s.tally.Seen, &s.tally.Read, &s.tally.Skipped, &s.tally.Failed)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		// Where one of its parts was read alone since, a source is read anew: what it had counted of that part counts there.
		// So it is where it comes with more names than before, as a folder does beside the archive that it was unpacked from.
		covered, failed := s.covered(ctx, tx, o)
		if failed != nil {
			return failed
		}
		others := slices.ContainsFunc(covered, func(id int64) bool { return id != s.id })
		switch {
		case err == nil && looker == o.Looker && !others && !ended.Valid:
			// goes on
		case err == nil && looker == o.Looker && !others && !o.Again:
			s.ended = true
		default:
			res, err := tx.ExecContext(ctx, `INSERT INTO scan(source, name, looker, begun) VALUES(?, ?, ?, ?)`,
				source, o.Name, o.Looker, o.Now().UTC().Format(time.RFC3339))
			if err != nil {
				return err
			}
			if s.id, err = res.LastInsertId(); err != nil {
				return err
			}
			s.cursor, s.tally = "", Tally{}
			if err := saveParts(ctx, tx, source, o.Parts); err != nil {
				return err
			}
			for _, old := range covered {
				if _, err := tx.ExecContext(ctx, `UPDATE scan SET replaced = ? WHERE id = ?`, s.id, old); err != nil {
					return err
				}
			}
			if _, err := tx.ExecContext(ctx, `DELETE FROM note WHERE scan IN (SELECT id FROM scan WHERE replaced IS NOT NULL)`); err != nil {
				return err
			}
		}
		if err := tx.QueryRowContext(ctx, `SELECT coalesce(max(seq), 0) FROM note WHERE scan = ?`, s.id).Scan(&s.seq); err != nil {
			return err
		}
		rows, err := tx.QueryContext(ctx, `SELECT source FROM scan WHERE replaced IS NULL`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var src string
			if err := rows.Scan(&src); err != nil {
				return err
			}
			s.live[src] = true
		}
		return rows.Err()
	})
	return s, err
}

// covered are the earlier scans whose account ends with a new one of this source: those of the same source, and of those
// whose archives are all among the ones that are read now. Whoever adds a part names the parts before it again, and
// nothing may count twice.
func (s *scan) covered(ctx context.Context, tx *sql.Tx, o Options) ([]int64, error) {
	rows, err := tx.QueryContext(ctx, `SELECT id, source, name, coalesce(v, '') FROM scan LEFT JOIN meta ON k = ? || source
		WHERE replaced IS NULL`, metaParts)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []int64
	for rows.Next() {
		var id int64
		var source, name, body string
		if err := rows.Scan(&id, &source, &name, &body); err != nil {
			return nil, err
		}
		parts, err := readParts(source, body)
		if err != nil {
			return nil, err
		}
		if source == s.source || Covers(o.Name, name) || len(parts) > 0 && within(parts, o.Parts) {
			out = append(out, id)
		}
	}
	return out, rows.Err()
}

// end marks the source as read to its end, if its account adds up.
func (s *scan) end(ctx context.Context, o Options) error {
	return s.c.Write(ctx, func(tx *sql.Tx) error {
		var t Tally
		err := tx.QueryRowContext(ctx, `SELECT seen, read, skipped, failed FROM scan WHERE id = ?`, s.id).
			Scan(&t.Seen, &t.Read, &t.Skipped, &t.Failed)
		if err != nil {
			return err
		}
		if t.Seen != t.Read+t.Skipped+t.Failed {
			return fmt.Errorf("%w: %d seen, %d read, %d skipped, %d failed", ErrTally, t.Seen, t.Read, t.Skipped, t.Failed)
		}
		_, err = tx.ExecContext(ctx, `UPDATE scan SET ended = ? WHERE id = ?`, o.Now().UTC().Format(time.RFC3339), s.id)
		return err
	})
}

// statements of one batch; preparing them once is half of the time of a scan without pictures.
type statements struct {
	item, alias, putItem, putAlias, dropItem, moveAlias, moveNote, note *sql.Stmt
}

func prepare(ctx context.Context, tx *sql.Tx) (st statements, err error) {
	for _, p := range []struct {
		stmt **sql.Stmt
		text string
	}{
		{&st.item, `SELECT body, last FROM item WHERE key = ?`},
		{&st.alias, `SELECT key FROM alias WHERE alias = ?`},
		{&st.putItem, `INSERT INTO item(key, created, body, first, last) VALUES(?1, ?2, ?3, ?4, ?4)
			ON CONFLICT(key) DO UPDATE SET created = ?2, body = ?3, last = ?4`},
		{&st.putAlias, `INSERT INTO alias(alias, key) VALUES(?, ?) ON CONFLICT(alias) DO NOTHING`},
		{&st.dropItem, `DELETE FROM item WHERE key = ?`},
		{&st.moveAlias, `UPDATE alias SET key = ? WHERE key = ?`},
		{&st.moveNote, `UPDATE note SET item = ? WHERE item = ? AND item <> ''`},
		{&st.note, `INSERT INTO note(scan, seq, code, place, item, detail) VALUES(?, ?, ?, ?, ?, ?)`},
	} {
		if *p.stmt, err = tx.PrepareContext(ctx, p.text); err != nil {
			return st, err
		}
	}
	return st, nil
}

func (s *scan) commit(ctx context.Context, batch []*job, o Options) error {
	tally, seq := s.tally, s.seq
	err := s.c.Write(ctx, func(tx *sql.Tx) error {
		st, err := prepare(ctx, tx)
		if err != nil {
			return err
		}
		for _, j := range batch {
			if err := s.put(ctx, tx, st, j); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, `UPDATE scan SET cursor = ?, seen = ?, read = ?, skipped = ?, failed = ? WHERE id = ?`,
			string(batch[len(batch)-1].entry.Cursor), s.tally.Seen, s.tally.Read, s.tally.Skipped, s.tally.Failed, s.id)
		return err
	})
	if err != nil {
		s.tally, s.seq = tally, seq
	}
	return err
}

func (s *scan) put(ctx context.Context, tx *sql.Tx, st statements, j *job) error {
	switch e := j.entry; {
	case e.Note != nil:
		if e.Note.Code.Class() != Info {
			s.tally.Seen++
		}
		return s.note(ctx, st, *e.Note)
	case e.Item == nil:
		s.tally.Seen++
		s.tally.Read++
		return nil
	}
	s.tally.Seen++
	s.tally.Read++
	item := *j.entry.Item
	item.Media = slices.Clone(item.Media)
	for i, l := range j.looked {
		item.Media[i] = l.Media
		if l.Save != nil {
			if err := l.Save(tx); err != nil {
				return err
			}
		}
	}
	before, merged, err := s.join(ctx, st, &item)
	if err != nil {
		return err
	}
	for i, m := range item.Media {
		if before != nil && slices.ContainsFunc(before.Media, func(o Media) bool { return sameMedium(o, m) }) {
			continue // counted with the item that it joins
		}
		s.countMedium(m)
		notes := []Note(nil)
		if i < len(j.looked) {
			notes = j.looked[i].Notes
		} else if code := m.Status.code(); code != "" {
			notes = []Note{{Code: code}}
		}
		for _, n := range notes {
			n.Item = merged.Key
			n.Where = mediumWhere(m)
			if err := s.noteUncounted(ctx, st, n); err != nil {
				return err
			}
		}
	}
	return s.store(ctx, st, merged)
}

// mediumWhere is the place of a medium in a note: its address in the source.
func mediumWhere(m Media) string {
	if m.URI != "" {
		return m.URI
	}
	return m.File
}

// code is the code of the note about a medium of that status, "" for none.
func (st Status) code() Code {
	switch st {
	case Missing:
		return CodeMissing
	case Unreadable:
		return CodeUnreadable
	case Unsupported:
		return CodeUnsupported
	case TooLarge:
		return CodeTooLarge
	case Remote:
		return CodeRemote
	}
	return ""
}

func (s *scan) countMedium(m Media) {
	s.tally.Seen++
	switch code := m.Status.code(); {
	case code == "":
		s.tally.Read++
	case code.Class() == Skipped:
		s.tally.Skipped++
	default:
		s.tally.Failed++
	}
}

// join finds what the case already has of the publication, and returns the whole, with what this scan has counted of it
// before (nil if the case has nothing).
func (s *scan) join(ctx context.Context, st statements, item *Item) (before, merged *Item, err error) {
	merged = item
	seen := make(map[Key]bool)
	for i, name := range append([]Key{item.Key}, item.Aliases...) {
		key := name
		if i > 0 {
			err := st.alias.QueryRowContext(ctx, string(name)).Scan(&key)
			if errors.Is(err, sql.ErrNoRows) {
				continue
			}
			if err != nil {
				return nil, nil, err
			}
		} else if err := st.alias.QueryRowContext(ctx, string(name)).Scan(&key); err != nil && !errors.Is(err, sql.ErrNoRows) {
			return nil, nil, err
		}
		if seen[key] {
			continue
		}
		seen[key] = true
		have, last, err := loadItem(ctx, st.item, key)
		if err != nil {
			return nil, nil, err
		}
		if have == nil {
			continue
		}
		join := Merge
		if last != s.id {
			have, join = s.outdated(have), Renew
		}
		switch {
		case before == nil && (key == item.Key || Joins(have, item)):
			before, merged = &Item{}, join(have, item)
			if last == s.id {
				before.Media = have.Media
			}
		case before != nil && rank(have) > 0 && Joins(have, item):
			// Two pictures of one post that were items of their own until the post turned up.
			merged = Merge(merged, have)
			if last == s.id {
				before.Media = slices.Concat(before.Media, have.Media)
			}
			if _, err := st.dropItem.ExecContext(ctx, string(key)); err != nil {
				return nil, nil, err
			}
			for _, move := range []*sql.Stmt{st.moveAlias, st.moveNote} {
				if _, err := move.ExecContext(ctx, string(merged.Key), string(key)); err != nil {
					return nil, nil, err
				}
			}
		}
	}
	return before, merged, nil
}

// outdated is what remains of an item that this scan touches for the first time: what sources other than this one, and
// still in the account, say of it. The source that is being read tells the rest anew.
func (s *scan) outdated(have *Item) *Item {
	old := *have
	old.Origins = slices.DeleteFunc(slices.Clone(have.Origins), func(o Origin) bool { return o.Source == s.source || !s.live[o.Source] })
	if len(old.Origins) == 0 {
		return &Item{Key: have.Key, Aliases: have.Aliases, Platform: have.Platform, State: StateUnknown}
	}
	return &old
}

func loadItem(ctx context.Context, stmt *sql.Stmt, key Key) (*Item, int64, error) {
	var body []byte
	var last int64
	err := stmt.QueryRowContext(ctx, string(key)).Scan(&body, &last)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, err
	}
	item, err := Stored(body).Item()
	if err != nil {
		return nil, 0, fmt.Errorf("stored item %q: %w", key, err)
	}
	return item, last, nil
}

func (s *scan) store(ctx context.Context, st statements, item *Item) error {
	body, err := json.Marshal(item)
	if err != nil {
		return err
	}
	// Items without a date come last: they are few and need a look.
	created := int64(1) << 62
	if !item.Created.IsZero() {
		created = item.Created.Unix()
	}
	if _, err := st.putItem.ExecContext(ctx, string(item.Key), created, string(body), s.id); err != nil {
		return err
	}
	for _, a := range item.Aliases {
		if _, err := st.putAlias.ExecContext(ctx, string(a), string(item.Key)); err != nil {
			return err
		}
	}
	return nil
}

// note stores and counts the note of an input that became no item.
func (s *scan) note(ctx context.Context, st statements, n Note) error {
	switch n.Code.Class() {
	case Skipped:
		s.tally.Skipped++
	case Failed:
		s.tally.Failed++
	}
	return s.noteUncounted(ctx, st, n)
}

func (s *scan) noteUncounted(ctx context.Context, st statements, n Note) error {
	s.seq++
	_, err := st.note.ExecContext(ctx, s.id, s.seq, string(n.Code), n.Where, string(n.Item), n.Detail)
	return err
}

// Stored is an item as the case holds it, for whoever needs all items fast: reading is quick in the order of keys, which is
// that of the file, and undoing the JSON can be shared among workers.
type Stored []byte

// Item undoes the JSON.
func (s Stored) Item() (*Item, error) {
	item := new(Item)
	if err := json.Unmarshal(s, item); err != nil {
		return nil, fmt.Errorf("read item: %w", err)
	}
	return item, nil
}

// Brief undoes as much of the JSON as tells who publishes what.
func (s Stored) Brief() (Brief, error) {
	var b Brief
	if err := json.Unmarshal(s, &b); err != nil {
		return Brief{}, fmt.Errorf("read item: %w", err)
	}
	return b, nil
}

// bodies yields the first column of a query over items. The bytes are the caller's.
func bodies(ctx context.Context, c *casefile.Case, query string, args ...any) iter.Seq2[Stored, error] {
	return func(yield func(Stored, error) bool) {
		rows, err := c.Read().QueryContext(ctx, query, args...)
		if err != nil {
			yield(nil, fmt.Errorf("read items: %w", err))
			return
		}
		defer rows.Close()
		for rows.Next() {
			var body []byte
			if err := rows.Scan(&body); err != nil {
				yield(nil, fmt.Errorf("read items: %w", err))
				return
			}
			if !yield(body, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(nil, fmt.Errorf("read items: %w", err))
		}
	}
}

// StoredItems yields all items of the case in the order of their keys. The bytes are the caller's.
func StoredItems(ctx context.Context, c *casefile.Case) iter.Seq2[Stored, error] {
	return bodies(ctx, c, `SELECT body FROM item ORDER BY key`)
}

// Items yields all items of the case: by time of publication, then key; those without a date last.
func Items(ctx context.Context, c *casefile.Case) iter.Seq2[*Item, error] {
	return func(yield func(*Item, error) bool) {
		for stored, err := range bodies(ctx, c, `SELECT body FROM item ORDER BY created, key`) {
			var item *Item
			if err == nil {
				item, err = stored.Item()
			}
			if !yield(item, err) || err != nil {
				return
			}
		}
	}
}

// FindItem returns the item of that key or alias, nil if there is none.
func FindItem(ctx context.Context, c *casefile.Case, key Key) (*Item, error) {
	for stored, err := range bodies(ctx, c, `SELECT body FROM item WHERE key = ?1
		UNION ALL SELECT body FROM item WHERE key IN (SELECT key FROM alias WHERE alias = ?1) LIMIT 1`, string(key)) {
		var item *Item
		if err == nil {
			item, err = stored.Item()
		}
		if err != nil {
			return nil, fmt.Errorf("find item %q: %w", key, err)
		}
		return item, nil
	}
	return nil, nil
}

// Canonical returns the key under which the case now has what was once called key.
func Canonical(ctx context.Context, c *casefile.Case, key Key) (Key, error) {
	item, err := FindItem(ctx, c, key)
	if err != nil || item == nil {
		return key, err
	}
	return item.Key, nil
}

// Notes yields the notes of all sources that count, in the order in which they were made.
func Notes(ctx context.Context, c *casefile.Case) iter.Seq2[Note, error] {
	return func(yield func(Note, error) bool) {
		rows, err := c.Read().QueryContext(ctx, `SELECT code, place, item, detail FROM note
			JOIN scan ON scan.id = note.scan AND scan.replaced IS NULL ORDER BY scan.name, scan.id, seq`)
		if err != nil {
			yield(Note{}, fmt.Errorf("read notes: %w", err))
			return
		}
		defer rows.Close()
		for rows.Next() {
			var n Note
			if err := rows.Scan(&n.Code, &n.Where, &n.Item, &n.Detail); err != nil {
				yield(Note{}, fmt.Errorf("read notes: %w", err))
				return
			}
			if !yield(n, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(Note{}, fmt.Errorf("read notes: %w", err))
		}
	}
}

// Pass is one scan of a source, for reports.
type Pass struct {
	ID           int64
	Source, Name string
	Looker       string    // what looked at its media, as Options.Looker
	Begun, Ended time.Time // Ended is zero while it is not read to its end
	Replaced     bool      // by a later scan: its tally and notes no longer count
	Tally        Tally
	Parts        []string // as Options.Parts
}

// Passes returns all scans of the case, oldest first.
func Passes(ctx context.Context, c *casefile.Case) ([]Pass, error) {
	rows, err := c.Read().QueryContext(ctx, `SELECT id, source, name, looker, begun, coalesce(ended, ''), replaced IS NOT NULL,
		seen, read, skipped, failed, coalesce(v, '') FROM scan LEFT JOIN meta ON k = ? || source ORDER BY id`, metaParts)
	if err != nil {
		return nil, fmt.Errorf("read scans: %w", err)
	}
	defer rows.Close()
	var out []Pass
	for rows.Next() {
		var p Pass
		var begun, ended, parts string
		if err := rows.Scan(&p.ID, &p.Source, &p.Name, &p.Looker, &begun, &ended, &p.Replaced,
			&p.Tally.Seen, &p.Tally.Read, &p.Tally.Skipped, &p.Tally.Failed, &parts); err != nil {
			return nil, fmt.Errorf("read scans: %w", err)
		}
		if p.Parts, err = readParts(p.Source, parts); err != nil {
			return nil, err
		}
		p.Begun, _ = time.Parse(time.RFC3339, begun)
		p.Ended, _ = time.Parse(time.RFC3339, ended)
		out = append(out, p)
	}
	return out, rows.Err()
}

// Sum is the tally of the whole case.
func Sum(passes []Pass) Tally {
	var t Tally
	for _, p := range passes {
		if !p.Replaced {
			t.Seen += p.Tally.Seen
			t.Read += p.Tally.Read
			t.Skipped += p.Tally.Skipped
			t.Failed += p.Tally.Failed
		}
	}
	return t
}

// Unread reports whether any input of the sources that count should have been readable and was not.
func Unread(ctx context.Context, c *casefile.Case) (bool, error) {
	passes, err := Passes(ctx, c)
	return Sum(passes).Failed > 0, err
}
