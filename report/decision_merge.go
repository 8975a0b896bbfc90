package report

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"pagerisk/scanner"
	"pagerisk/scanner/casefile"
)

// Summary says what a returned file brings.
type Summary struct {
	Read      int        // values that somebody filled in
	New       int        // where nothing was decided before
	Changed   int        // where something else was decided before
	Conflicts int        // changed here and elsewhere since the file was written
	Grouped   int        // taken over for items with the same picture
	Kept      int        // not taken over for the group, because the item has a decision of its own
	Manual    int        // rows that somebody added by hand
	Missing   int        // rows of the last register that did not come back; they stay as they are
	Altered   int        // rows with changed facts; ignored
	Unknown   []Problem  // values that are on no list
	Odd       []Problem  // everything else that a person should know
	Decisions []Decision // what would be appended to the log
}

// groupFields are taken over for items with the same picture. Who does what until when belongs to one item.
var groupFields = []Field{
	FieldStatus, FieldMeasure, FieldShown, FieldPersonRef, FieldLeft, FieldGround, FieldGroundUntil, FieldGroundRef,
	FieldLikelihood, FieldSeverity,
}

// Merge compares a returned file with the log, cell by cell, and says what is to be appended. The third side is the
// value that stood in the cell when the file was written: what was not touched since never undoes what was decided
// elsewhere. Where both sides changed, the later decision stays and the other one is named in Decision.Against.
// Nothing is changed; see [TakeIn].
func Merge(log *Log, last *Last, ret *Returned, now time.Time) Summary {
	m := merge{log: log, last: last, ret: ret, now: now.UTC().Truncate(time.Second), pending: map[scanner.Key]map[Field]Decision{}}
	m.sum.Altered, m.sum.Unknown, m.sum.Odd = ret.Altered, ret.Unknown, ret.Odd
	apply := map[scanner.Key]bool{}
	seen := map[scanner.Key]bool{}
	objections := map[scanner.Key]string{} // where they stand
	for _, row := range ret.Rows {
		key, ok := m.resolve(row)
		if !ok {
			continue
		}
		seen[key] = true
		m.row(key, row)
		if m.ours(key, FieldGroupApply).Value == "yes" {
			apply[key] = true
		}
		if strings.HasPrefix(string(key), ObjectionPrefix) {
			objections[key] = row.Where
		}
	}
	for _, key := range slices.Sorted(maps.Keys(objections)) {
		m.objection(key, objections[key])
	}
	for _, key := range slices.Sorted(maps.Keys(apply)) {
		m.group(key)
	}
	if ret.Lang != "" {
		for key, s := range last.Items {
			if s.Number > 0 && !seen[key] {
				m.sum.Missing++
			}
		}
	}
	return m.sum
}

type merge struct {
	log     *Log
	last    *Last
	ret     *Returned
	now     time.Time
	pending map[scanner.Key]map[Field]Decision
	sum     Summary
}

// resolve finds what a row is about: by key, number, link; else it is a row of its own.
func (m *merge) resolve(row ReturnedRow) (scanner.Key, bool) {
	if row.Key != "" {
		return row.Key, true
	}
	if key, ok := m.last.byNumber[row.Number]; ok && row.Number > 0 {
		return key, true
	}
	if key, ok := m.last.linked(row.Link); ok {
		return key, true
	}
	if row.Number > 0 || row.Link != "" {
		m.sum.Odd = append(m.sum.Odd, Problem{Code: "unknown_row", Where: row.Where, Value: cmp.Or(row.Link, fmt.Sprint(row.Number))})
	}
	var text []string
	for _, s := range ReviewFields {
		if v := s.norm(row.Values[s.Field]); v != s.Default {
			text = append(text, string(s.Field)+"="+v)
		}
	}
	if len(text) == 0 {
		return "", false
	}
	m.sum.Manual++
	return scanner.Key(ManualPrefix + shortDigest(strings.Join(text, "\x00"))), true
}

func (m *merge) ours(key scanner.Key, f Field) Decision {
	if d, ok := m.pending[key][f]; ok {
		return d
	}
	return m.log.Newest(key)[f]
}

func (m *merge) put(d Decision) {
	if m.pending[d.Item] == nil {
		m.pending[d.Item] = map[Field]Decision{}
	}
	m.pending[d.Item][d.Field] = d
	m.sum.Decisions = append(m.sum.Decisions, d)
}

func (m *merge) row(key scanner.Key, row ReturnedRow) {
	at := row.At
	if at.IsZero() {
		at = m.ret.Saved
	}
	// A date in the future is a slip of the pen; it must not win every later comparison.
	if at.IsZero() || at.After(m.now) {
		at = m.now
	}
	for _, spec := range FieldsOf(key) {
		given, ok := row.Values[spec.Field]
		if !ok {
			continue
		}
		theirs := spec.norm(given)
		if theirs != spec.Default {
			m.sum.Read++
		}
		ours := m.ours(key, spec.Field)
		d := Decision{Item: key, Field: spec.Field, Value: theirs, Reviewer: row.Reviewer, At: at, Base: spec.norm(ours.Value), From: m.ret.SHA256}
		switch base, known := m.base(key, spec, row); {
		case theirs == d.Base: // both say the same
		case known && theirs == base: // not touched since; what was decided elsewhere stays
		case m.heard(key, spec, theirs, known): // brought before, and decided again since
		case d.Base == base || !known:
			if d.Base == spec.Default {
				m.sum.New++
			} else {
				m.sum.Changed++
			}
			m.put(d)
		default:
			m.conflict(d, ours, spec)
		}
	}
}

// objection says which days of an objection cannot be, once all cells are read: such days stay as they were entered, but do
// not count.
func (m *merge) objection(key scanner.Key, where string) {
	filed, confirmed := m.ours(key, FieldFiledOn).Value, m.ours(key, FieldConfirmedOn).Value
	odd := func(code, value string) {
		m.sum.Odd = append(m.sum.Odd, Problem{Code: code, Where: where, Value: value})
	}
	today := m.now.In(Berlin).Format(time.DateOnly) // days of this form are in the order of their letters
	switch {
	case confirmed != "" && filed == "":
		odd("confirmed_alone", confirmed)
	case confirmed != "" && confirmed < filed:
		odd("confirmed_early", confirmed)
	case max(filed, confirmed) > today:
		odd("objection_ahead", max(filed, confirmed))
	}
}

// base is what stood in the cell when the file was written.
func (m *merge) base(key scanner.Key, spec FieldSpec, row ReturnedRow) (string, bool) {
	if v, ok := row.Base[spec.Field]; ok {
		return spec.norm(v), true
	}
	if m.ret.Base < 0 {
		return "", false
	}
	v, _ := m.log.at(key, spec.Field, m.ret.Base)
	return spec.norm(v), true
}

// heard reports whether the value was in the log already: since the file was written, or, where nobody knows when
// that was, ever.
func (m *merge) heard(key scanner.Key, spec FieldSpec, value string, known bool) bool {
	after := m.ret.Base
	if !known || after < 0 {
		after = 0
		if !known && value == spec.Default {
			return true
		}
	}
	m.log.mu.Lock()
	defer m.log.mu.Unlock()
	for _, d := range m.log.all[key][spec.Field] {
		if d.seq > after && (spec.norm(d.Value) == value || d.Conflict && spec.norm(d.Against) == value) {
			return true
		}
	}
	return false
}

func (m *merge) conflict(theirs, ours Decision, spec FieldSpec) {
	winner, loser := theirs, ours
	if day := ours.At.UTC().Format(time.DateOnly); theirs.At.UTC().Format(time.DateOnly) < day ||
		theirs.At.UTC().Format(time.DateOnly) == day && !theirs.At.After(ours.At) {
		winner, loser = ours, theirs
	}
	if spec.Field == FieldReviewer || spec.Field == FieldReviewed || spec.Field == FieldGroupApply {
		// These tell of the row; two people who reviewed it do not contradict each other.
		if winner.From == theirs.From && winner.Value == theirs.Value {
			m.put(theirs)
		}
		return
	}
	m.sum.Conflicts++
	m.put(Decision{
		Item: theirs.Item, Field: theirs.Field, Value: spec.norm(winner.Value), Reviewer: winner.Reviewer, At: winner.At,
		Base: theirs.Base, From: m.ret.SHA256, Conflict: true, Against: spec.norm(loser.Value), AgainstBy: loser.Reviewer,
	})
}

// group takes the decisions of one item over for the items with the same picture that have none of their own.
func (m *merge) group(key scanner.Key) {
	group := m.last.Items[key].Group
	if group == 0 {
		return
	}
	for _, other := range m.last.groups[group] {
		if other == key {
			continue
		}
		for _, f := range groupFields {
			spec, _ := SpecOf(other, f)
			from, have := m.ours(key, f), m.ours(other, f)
			value := spec.norm(from.Value)
			switch {
			case from.Item == "" || value == spec.norm(have.Value) || from.Forced:
			case have.Item != "" && !have.Forced:
				m.sum.Kept++
			default:
				m.sum.Grouped++
				m.put(Decision{
					Item: other, Field: f, Value: value, Reviewer: from.Reviewer, At: from.At, Base: spec.norm(have.Value),
					From: m.ret.SHA256, Forced: true, Via: key,
				})
			}
		}
	}
}

// TakeIn merges a returned file into the decisions of a case and appends what is new to the log.
func TakeIn(ctx context.Context, c *casefile.Case, ret *Returned, now time.Time) (Summary, error) {
	log, last, err := ReadDecided(ctx, c)
	if err != nil {
		return Summary{}, err
	}
	sum := Merge(log, last, ret, now)
	if err := log.Append(ctx, sum.Decisions); err != nil {
		return Summary{}, err
	}
	return sum, nil
}

// ReadDecided reads what [Merge] needs: the log, and what the last register showed.
func ReadDecided(ctx context.Context, c *casefile.Case) (*Log, *Last, error) {
	log, err := ReadLog(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	last, err := ReadLast(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	return log, last, nil
}
