package report

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pagerisk/classify"
	"pagerisk/scanner"
	"pagerisk/scanner/casefile"
)

func decisionCase(t *testing.T) *casefile.Case {
	t.Helper()
	c, err := casefile.Create(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func dayAt(s string) time.Time {
	d, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return d
}

func readLog(t *testing.T, c *casefile.Case) *Log {
	t.Helper()
	l, err := ReadLog(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func values(m map[Field]Decision) map[Field]string {
	out := map[Field]string{}
	for f, d := range m {
		out[f] = d.Value
	}
	return out
}

func tableRows(t *testing.T, c *casefile.Case) int {
	t.Helper()
	var n int
	if err := c.Read().QueryRowContext(t.Context(), "SELECT count(*) FROM decision").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestLog(t *testing.T) {
	c := decisionCase(t)
	l := readLog(t, c)
	first := []Decision{
		{Item: "fb:1", Field: FieldStatus, Value: "confirmed", Reviewer: "AB", At: dayAt("2026-03-01")},
		{Item: "fb:1", Field: FieldNote, Value: "Zeile 1\nZeile 2 <ü>", At: dayAt("2026-03-01")},
		{Item: "fb:2", Field: FieldStatus, Value: "ask", At: dayAt("2026-03-01")},
	}
	if err := l.Append(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	if err := l.Append(t.Context(), []Decision{{Item: "fb:1", Field: FieldStatus, Value: "no_risk", Base: "confirmed", At: dayAt("2026-03-02")}}); err != nil {
		t.Fatal(err)
	}
	want := map[Field]string{FieldStatus: "no_risk", FieldNote: "Zeile 1\nZeile 2 <ü>"}
	for name, l := range map[string]*Log{"same": l, "read again": readLog(t, c)} {
		if diff := cmp.Diff(want, values(l.Newest("fb:1"))); diff != "" {
			t.Errorf("%s: Newest (-want +got):\n%s", name, diff)
		}
		if l.Len() != 4 {
			t.Errorf("%s: Len = %d, want 4", name, l.Len())
		}
	}
	// An item that was merged keeps what was decided under its other name.
	if got := values(l.Of(&scanner.Item{Key: "ig:9", Aliases: []scanner.Key{"fb:2"}})); got[FieldStatus] != "ask" {
		t.Errorf("Of with an alias = %v", got)
	}
	if n := tableRows(t, c); n != 4 {
		t.Errorf("the table has %d rows, want 4", n)
	}
}

// The file is the truth: a database that lost rows is mended with the next decision, a file that is gone is written
// again from the database.
func TestLogSurvives(t *testing.T) {
	add := func(t *testing.T, l *Log, item scanner.Key) {
		t.Helper()
		if err := l.Append(t.Context(), []Decision{{Item: item, Field: FieldStatus, Value: "confirmed", At: dayAt("2026-03-01")}}); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		name  string
		harm  func(t *testing.T, c *casefile.Case)
		lines int64
		bad   int
	}{
		{"table emptied", func(t *testing.T, c *casefile.Case) {
			if err := c.Write(t.Context(), func(tx *sql.Tx) error { _, err := tx.Exec("DELETE FROM decision"); return err }); err != nil {
				t.Fatal(err)
			}
		}, 3, 0},
		{"file gone", func(t *testing.T, c *casefile.Case) {
			if err := os.Remove(c.Path("decisions.jsonl")); err != nil {
				t.Fatal(err)
			}
		}, 3, 0},
		{"killed while writing", func(t *testing.T, c *casefile.Case) {
			f, err := os.OpenFile(c.Path("decisions.jsonl"), os.O_APPEND|os.O_WRONLY, 0o600)
			if err != nil {
				t.Fatal(err)
			}
			f.WriteString(`{"item":"fb:1","fi`)
			f.Close()
		}, 4, 1},
		{"line by hand", func(t *testing.T, c *casefile.Case) {
			data, err := os.ReadFile(c.Path("decisions.jsonl"))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(c.Path("decisions.jsonl"), append([]byte("garbage\n"), data...), 0o600); err != nil {
				t.Fatal(err)
			}
		}, 4, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := decisionCase(t)
			l := readLog(t, c)
			add(t, l, "fb:1")
			add(t, l, "fb:2")
			tt.harm(t, c)
			l = readLog(t, c)
			if len(l.Bad()) != tt.bad {
				t.Errorf("Bad = %v, want %d", l.Bad(), tt.bad)
			}
			add(t, l, "fb:3")
			l = readLog(t, c)
			for _, key := range []scanner.Key{"fb:1", "fb:2", "fb:3"} {
				if got := l.Newest(key)[FieldStatus].Value; got != "confirmed" {
					t.Errorf("%s: status %q, want confirmed", key, got)
				}
			}
			if l.Len() != tt.lines {
				t.Errorf("Len = %d, want %d", l.Len(), tt.lines)
			}
			if n := tableRows(t, c); n != 3 {
				t.Errorf("the table has %d rows, want 3", n)
			}
		})
	}
}

// A line beyond the limit is passed over and named, not read into memory.
func TestLogLongLine(t *testing.T) {
	c := decisionCase(t)
	body := `{"item":"fb:1","field":"note","value":"` + strings.Repeat("x", 2<<20) + `"}` + "\n" + `{"item":"fb:2","field":"note","value":"y"}` + "\n"
	if err := os.WriteFile(c.Path("decisions.jsonl"), []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	l := readLog(t, c)
	if diff := cmp.Diff([]string{"decisions.jsonl:1"}, l.Bad()); diff != "" {
		t.Errorf("Bad (-want +got):\n%s", diff)
	}
	if l.Newest("fb:2")[FieldNote].Value != "y" {
		t.Error("the line after the long one was not read")
	}
}

func TestMerge(t *testing.T) {
	now := dayAt("2026-03-20").Add(10 * time.Hour)
	shown := map[scanner.Key]Shown{
		"fb:1": {Number: 1, Link: "https://www.facebook.com/p/1", Group: 1},
		"fb:2": {Number: 2, Link: "https://www.facebook.com/p/2", Group: 1},
		"fb:3": {Number: 3, Group: 1},
		"fb:4": {Number: 4},
	}
	status := func(v string) map[Field]string { return map[Field]string{FieldStatus: v} }
	type result struct {
		New, Changed, Conflicts, Grouped, Kept, Manual, Missing int
		Status                                                  map[scanner.Key]string
	}
	dec := func(item scanner.Key, v, day string) Decision {
		return Decision{Item: item, Field: FieldStatus, Value: v, Reviewer: "AB", At: dayAt(day)}
	}
	for _, tt := range []struct {
		name string
		log  []Decision
		ret  Returned
		want result
	}{
		{
			name: "untouched",
			ret:  Returned{Base: 0, Rows: []ReturnedRow{{Key: "fb:1", Values: status("open")}, {Key: "fb:2", Values: status("")}}},
			want: result{Status: map[scanner.Key]string{}},
		},
		{
			name: "new",
			ret:  Returned{Base: 0, Rows: []ReturnedRow{{Key: "fb:1", Values: status("confirmed")}}},
			want: result{New: 1, Status: map[scanner.Key]string{"fb:1": "confirmed"}},
		},
		{
			name: "by number and by address",
			ret:  Returned{Base: 0, Rows: []ReturnedRow{{Number: 1, Values: status("ask")}, {Link: "https://www.facebook.com/p/2", Values: status("later")}}},
			want: result{New: 2, Status: map[scanner.Key]string{"fb:1": "ask", "fb:2": "later"}},
		},
		{
			name: "changed",
			log:  []Decision{dec("fb:1", "confirmed", "2026-03-01")},
			ret:  Returned{Base: 1, Rows: []ReturnedRow{{Key: "fb:1", Values: status("no_risk")}}},
			want: result{Changed: 1, Status: map[scanner.Key]string{"fb:1": "no_risk"}},
		},
		{
			name: "emptied",
			log:  []Decision{dec("fb:1", "confirmed", "2026-03-01")},
			ret:  Returned{Base: 1, Rows: []ReturnedRow{{Key: "fb:1", Values: status("")}}},
			want: result{Changed: 1, Status: map[scanner.Key]string{"fb:1": "open"}},
		},
		{
			name: "old copy, untouched: what was decided since stays",
			log:  []Decision{dec("fb:1", "confirmed", "2026-03-01")},
			ret:  Returned{Base: 0, Rows: []ReturnedRow{{Key: "fb:1", Values: status("open")}}},
			want: result{Status: map[scanner.Key]string{"fb:1": "confirmed"}},
		},
		{
			name: "both sides agree",
			log:  []Decision{dec("fb:1", "confirmed", "2026-03-01")},
			ret:  Returned{Base: 0, Rows: []ReturnedRow{{Key: "fb:1", Values: status("confirmed")}}},
			want: result{Status: map[scanner.Key]string{"fb:1": "confirmed"}},
		},
		{
			name: "conflict, theirs is later",
			log:  []Decision{dec("fb:1", "confirmed", "2026-03-01")},
			ret:  Returned{Base: 0, Rows: []ReturnedRow{{Key: "fb:1", Values: status("no_risk"), At: dayAt("2026-03-05")}}},
			want: result{Conflicts: 1, Status: map[scanner.Key]string{"fb:1": "no_risk"}},
		},
		{
			name: "conflict, ours is later",
			log:  []Decision{dec("fb:1", "confirmed", "2026-03-09")},
			ret:  Returned{Base: 0, Rows: []ReturnedRow{{Key: "fb:1", Values: status("no_risk"), At: dayAt("2026-03-05")}}},
			want: result{Conflicts: 1, Status: map[scanner.Key]string{"fb:1": "confirmed"}},
		},
		{
			name: "a date in the future does not win for ever",
			log:  []Decision{dec("fb:1", "confirmed", "2026-03-21")},
			ret:  Returned{Base: 0, Rows: []ReturnedRow{{Key: "fb:1", Values: status("no_risk"), At: dayAt("2062-01-01")}}},
			want: result{Conflicts: 1, Status: map[scanner.Key]string{"fb:1": "confirmed"}},
		},
		{
			name: "the same copy again",
			log:  []Decision{dec("fb:1", "confirmed", "2026-03-01"), {Item: "fb:1", Field: FieldStatus, Value: "no_risk", Conflict: true, Against: "ask"}},
			ret:  Returned{Base: 0, Rows: []ReturnedRow{{Key: "fb:1", Values: status("ask")}}},
			want: result{Status: map[scanner.Key]string{"fb:1": "no_risk"}},
		},
		{
			name: "nobody knows when it was written: what was said before is not news",
			log:  []Decision{dec("fb:1", "ask", "2026-03-01"), dec("fb:1", "confirmed", "2026-03-02")},
			ret:  Returned{Base: -1, Rows: []ReturnedRow{{Key: "fb:1", Values: status("ask")}, {Key: "fb:2", Values: status("later")}}},
			want: result{New: 1, Status: map[scanner.Key]string{"fb:1": "confirmed", "fb:2": "later"}},
		},
		{
			name: "the file knows what stood there",
			log:  []Decision{dec("fb:1", "ask", "2026-03-01")},
			ret:  Returned{Base: -1, Rows: []ReturnedRow{{Key: "fb:1", Values: status("open"), Base: status("ask")}}},
			want: result{Changed: 1, Status: map[scanner.Key]string{"fb:1": "open"}},
		},
		{
			name: "two reviewers in one file",
			ret: Returned{Base: 0, Rows: []ReturnedRow{
				{Key: "fb:1", Values: status("confirmed"), At: dayAt("2026-03-01")}, {Key: "fb:1", Values: status("open")},
				{Key: "fb:2", Values: status("ask"), At: dayAt("2026-03-01")}, {Key: "fb:2", Values: status("no_risk"), At: dayAt("2026-03-02")},
			}},
			want: result{New: 2, Conflicts: 1, Status: map[scanner.Key]string{"fb:1": "confirmed", "fb:2": "no_risk"}},
		},
		{
			name: "for the group, but not over a decision of its own",
			log:  []Decision{dec("fb:2", "no_risk", "2026-03-01")},
			ret: Returned{Base: 1, Rows: []ReturnedRow{
				{Key: "fb:1", Values: map[Field]string{FieldStatus: "confirmed", FieldGroupApply: "yes"}},
				{Key: "fb:2", Values: status("no_risk")}, {Key: "fb:3", Values: status("open")},
			}},
			want: result{New: 2, Grouped: 1, Kept: 1, Status: map[scanner.Key]string{"fb:1": "confirmed", "fb:2": "no_risk", "fb:3": "confirmed"}},
		},
		{
			name: "a row by hand",
			ret:  Returned{Base: 0, Rows: []ReturnedRow{{Values: map[Field]string{FieldNote: "Plakat am Bahnhof"}}, {Values: map[Field]string{FieldNote: ""}}}},
			want: result{New: 1, Manual: 1, Status: map[scanner.Key]string{}},
		},
		{
			name: "a filtered copy",
			log:  []Decision{dec("fb:4", "confirmed", "2026-03-01")},
			ret:  Returned{Base: 1, Lang: "de", Rows: []ReturnedRow{{Key: "fb:1", Values: status("open")}}},
			want: result{Missing: 3, Status: map[scanner.Key]string{"fb:4": "confirmed"}},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			log := &Log{}
			if err := log.Append(t.Context(), tt.log); err != nil {
				t.Fatal(err)
			}
			last := &Last{}
			last.index(shown)
			sum := Merge(log, last, &tt.ret, now)
			if err := log.Append(t.Context(), sum.Decisions); err != nil {
				t.Fatal(err)
			}
			got := result{sum.New, sum.Changed, sum.Conflicts, sum.Grouped, sum.Kept, sum.Manual, sum.Missing, map[scanner.Key]string{}}
			for key := range shown {
				if d, ok := log.Newest(key)[FieldStatus]; ok {
					got.Status[key] = d.Value
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Merge (-want +got):\n%s", diff)
			}
			// Nothing is invented by reading the same file again.
			if again := Merge(log, last, &tt.ret, now); len(again.Decisions) > 0 {
				t.Errorf("the same file again brings %v", again.Decisions)
			}
			for _, d := range sum.Decisions {
				if d.Conflict && d.Against == d.Value {
					t.Errorf("a conflict of %q with itself", d.Value)
				}
			}
		})
	}
}

func TestReadDecisions(t *testing.T) {
	body := "\ufeff" + `{"type":"decisions","schema":1}
{"item":"fb:1","field":"status","value":"confirmed","reviewer":"AB","at":"2026-03-01T10:00:00Z","base":"open"}

{"item":"fb:1","field":"status","value":"perhaps"}
{"item":"fb:1","field":"colour","value":"red"}
{"item":"fb:1","field":"due","value":"31.12.2026"}
not json
{"item":"scenario:R-01","field":"decision","value":"accept"}`
	got, err := ReadDecisions(strings.NewReader(body), "d.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	for _, p := range append(got.Unknown, got.Odd...) {
		codes = append(codes, p.Code+" "+p.Where)
	}
	if diff := cmp.Diff([]string{"unknown_value d.jsonl:4", "unknown_field d.jsonl:5", "unknown_value d.jsonl:6", "no_decision d.jsonl:7"}, codes); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	want := []ReturnedRow{
		{Key: "fb:1", Where: "d.jsonl:2", Reviewer: "AB", At: dayAt("2026-03-01").Add(10 * time.Hour), Values: map[Field]string{FieldStatus: "confirmed"}, Base: map[Field]string{FieldStatus: "open"}},
		{Key: "scenario:R-01", Where: "d.jsonl:8", Values: map[Field]string{FieldDecision: "accept"}},
	}
	if diff := cmp.Diff(want, got.Rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

// TakeIn writes the file first: when the database cannot take it any more, the decision is not lost.
func TestTakeInFileFirst(t *testing.T) {
	c := decisionCase(t)
	if err := c.Write(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec("CREATE TRIGGER full BEFORE INSERT ON decision BEGIN SELECT RAISE(ABORT, 'disk full'); END")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	ret := &Returned{Name: "x", Base: 0, Rows: []ReturnedRow{{Key: "fb:1", Values: map[Field]string{FieldStatus: "confirmed"}}}}
	if _, err := TakeIn(t.Context(), c, ret, dayAt("2026-03-01")); err == nil {
		t.Fatal("TakeIn reports no error although the database refused")
	}
	if got := readLog(t, c).Newest("fb:1")[FieldStatus].Value; got != "confirmed" {
		t.Errorf("status after the failure = %q, want confirmed", got)
	}
}

func TestReadDecisionsLimit(t *testing.T) {
	_, err := ReadDecisions(endless{}, "d.jsonl")
	if !errors.Is(err, scanner.ErrTooLarge) {
		t.Errorf("an endless file: %v, want ErrTooLarge", err)
	}
}

// endless is a file of empty lines without end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '\n'
	}
	return len(p), nil
}

// shownRegister is a register of a few rows, for what the next one compares with.
func shownRegister(at time.Time, rows ...*Row) *Register {
	return &Register{
		Head: Head{Started: at},
		Rows: func(context.Context) iter.Seq2[*Row, error] {
			return func(yield func(*Row, error) bool) {
				for _, r := range rows {
					if !yield(r, nil) {
						return
					}
				}
			}
		},
	}
}

// What is kept of a register passes through: the memory for it does not grow with the number of items. Nothing is left
// beside the database.
func TestKeepShownHoldsNoItems(t *testing.T) {
	c := decisionCase(t)
	const items = 20_000
	live := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	var before, after uint64
	r := &Register{Head: Head{Started: dayAt("2026-03-01")}, Rows: func(context.Context) iter.Seq2[*Row, error] {
		return func(yield func(*Row, error) bool) {
			before = live()
			for i := range items {
				link := fmt.Sprintf("https://www.facebook.com/%d", i)
				if !yield(&Row{Item: &scanner.Item{Key: scanner.Key(fmt.Sprintf("fb:%d", i)), Permalink: link, State: scanner.Published}, Change: New}, nil) {
					return
				}
			}
			after = live()
		}
	}}
	if err := KeepShown(t.Context(), c, r); err != nil {
		t.Fatal(err)
	}
	const most = 1 << 20 // 50 bytes an item; a line has 200
	if after > before+most {
		t.Errorf("%d bytes are held for %d items", after-before, items)
	}
	last, err := ReadLast(t.Context(), c)
	if err != nil || len(last.Items) != items {
		t.Errorf("ReadLast: %d items, %v", len(last.Items), err)
	}
	if key, ok := last.linked("https://www.facebook.com/7"); !ok || key != "fb:7" {
		t.Errorf("linked: %q, %t", key, ok)
	}
	left, err := filepath.Glob(filepath.Join(c.Dir(), casefile.Unfinished+"*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left beside the database: %v, %v", left, err)
	}
}

func TestChange(t *testing.T) {
	c := decisionCase(t)
	row := func(key scanner.Key, text string, labels ...classify.Label) *Row {
		r := &Row{Item: &scanner.Item{Key: key, Text: text, State: scanner.Published, Media: []scanner.Media{{File: "1.jpg", SHA256: scanner.Hash{1}}}}, Number: 1}
		for _, l := range labels {
			r.Findings = append(r.Findings, classify.Finding{Label: l, Band: classify.Likely, Score: 2})
		}
		return r
	}
	if last, err := ReadLast(t.Context(), c); err != nil || !last.At.IsZero() || last.Change(row("fb:1", "a"), nil) != New {
		t.Fatalf("a case without a register: %v, %v", last, err)
	}
	at := dayAt("2026-03-01")
	if err := KeepShown(t.Context(), c, shownRegister(at, row("fb:1", "a", classify.Employee), row("fb:2", "b"))); err != nil {
		t.Fatal(err)
	}
	last, err := ReadLast(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if !last.At.Equal(at) || len(last.Items) != 2 {
		t.Errorf("ReadLast: At %v, %d items", last.At, len(last.Items))
	}
	picture := row("fb:1", "a", classify.Employee)
	picture.Item.Media[0].SHA256 = scanner.Hash{2}
	gone := row("fb:1", "a", classify.Employee)
	gone.Gone = at
	renamed := row("ig:7", "b")
	renamed.Item.Aliases = []scanner.Key{"fb:2"}
	surer := row("fb:1", "a", classify.Employee)
	surer.Findings[0].Band, surer.Findings[0].Score = classify.Sure, 9
	for _, tt := range []struct {
		name string
		row  *Row
		want Change
	}{
		{"same", row("fb:1", "a", classify.Employee), Unchanged},
		{"another text", row("fb:1", "a!", classify.Employee), Changed},
		{"another label", row("fb:1", "a", classify.Employee, classify.Minor), Changed},
		{"another picture", picture, Changed},
		{"surer only", surer, Unchanged},
		{"new", row("fb:3", "c"), New},
		{"gone", gone, GoneNow},
		{"under another name", renamed, Unchanged},
	} {
		if got := last.Change(tt.row, nil); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// What somebody decided on is shown as changed until somebody enters something on it, or it is again what it was.
func TestRecheck(t *testing.T) {
	c := decisionCase(t)
	log, _, err := ReadDecided(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	item := &scanner.Item{Key: "ig:7", Aliases: []scanner.Key{"fb:1"}, Text: "a", State: scanner.Published}
	register := func(text string, level Level, ground Ground) Change {
		t.Helper()
		last, err := ReadLast(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		item.Text = text
		risk := &Risk{Today: map[Level]Rating{High: {Likelihood: 3, Severity: 3}, VeryHigh: {Likelihood: 4, Severity: 3}}[level], Proposed: ground}
		row := &Row{Item: item, Number: 1, Risk: risk, Proposal: proposalOf(risk), Decided: log.Of(item)}
		row.Change = last.Change(row, log)
		r := shownRegister(dayAt("2026-03-01"), row)
		r.Log = log
		if err := KeepShown(t.Context(), c, r); err != nil {
			t.Fatal(err)
		}
		if want := row.Change == Recheck || row.Change == Changed && row.judged(); row.LookAgain() != want {
			t.Errorf("LookAgain = %t with %s", !want, row.Change)
		}
		return row.Change
	}
	enter := func(key scanner.Key, f Field, value string) {
		t.Helper()
		if err := log.Append(t.Context(), []Decision{{Item: key, Field: f, Value: value}}); err != nil {
			t.Fatal(err)
		}
	}
	for i, step := range []struct {
		what   string
		text   string
		level  Level
		ground Ground
		want   Change
	}{
		{"first", "a", High, NoGround, New},
		{"nothing", "a", High, NoGround, Unchanged},
		{"level, nobody decided", "a", VeryHigh, NoGround, Rerated},
		{"nothing", "a", VeryHigh, NoGround, Unchanged},
		{"an owner is no decision", "a", High, NoGround, Rerated},
		{"decided on High", "a", VeryHigh, NoGround, Recheck},
		{"nobody looked", "a", VeryHigh, NoGround, Recheck},
		{"as it was", "a", High, NoGround, Unchanged},
		{"ground", "a", High, Expired, Recheck},
		{"looked at again", "a", High, Expired, Unchanged},
		{"text", "b", High, Expired, Changed},
		{"nobody looked", "b", High, Expired, Changed},
		{"and the level", "b", VeryHigh, Expired, Changed},
		{"looked at again, under another name", "b", VeryHigh, Expired, Unchanged},
	} {
		switch i {
		case 4:
			enter("fb:1", FieldOwner, "AB")
		case 5:
			enter("fb:1", FieldStatus, "no_risk")
		case 9:
			enter("fb:1", FieldReviewed, "2026-03-05")
		case 13:
			enter("ig:7", FieldReviewed, "2026-03-06")
		}
		if got := register(step.text, step.level, step.ground); got != step.want {
			t.Errorf("%d, %s: %s, want %s", i, step.what, got, step.want)
		}
	}
}

// A decision falls open again only when the labels changed, it says so in the note, and it does so once.
func TestReopen(t *testing.T) {
	c := decisionCase(t)
	row := func(key scanner.Key, text string, labels ...classify.Label) *Row {
		r := &Row{Item: &scanner.Item{Key: key, Text: text, State: scanner.Published}, Number: 1}
		for _, l := range labels {
			r.Findings = append(r.Findings, classify.Finding{Label: l})
		}
		return r
	}
	old := []*Row{row("fb:1", "a", classify.Employee), row("fb:2", "b", classify.Employee), row("fb:3", "c", classify.Employee)}
	if err := KeepShown(t.Context(), c, shownRegister(dayAt("2026-03-01"), old...)); err != nil {
		t.Fatal(err)
	}
	log, last, err := ReadDecided(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if err := log.Append(t.Context(), []Decision{
		{Item: "fb:1", Field: FieldStatus, Value: "no_risk", Reviewer: "AB", At: dayAt("2026-03-02")},
		{Item: "fb:1", Field: FieldNote, Value: "nur Möbel"},
		{Item: "fb:2", Field: FieldStatus, Value: "confirmed", Reviewer: "AB", At: dayAt("2026-03-02")},
	}); err != nil {
		t.Fatal(err)
	}
	now := shownRegister(dayAt("2026-04-01"), row("fb:1", "a", classify.Employee, classify.Minor), row("fb:2", "b, anders", classify.Employee), row("fb:3", "c", classify.Minor))
	n, err := Reopen(t.Context(), log, last, now.Rows(t.Context()), NewTexts("de"), dayAt("2026-04-01"))
	if err != nil || n != 1 {
		t.Fatalf("Reopen = %d, %v, want 1", n, err)
	}
	got := values(log.Newest("fb:1"))
	want := map[Field]string{FieldStatus: "open", FieldNote: "nur Möbel\nFrüher: kein Risiko am 02.03.2026 (AB); wieder offen, weil sich der Befund geändert hat."}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("fb:1 (-want +got):\n%s", diff)
	}
	if got := log.Newest("fb:2")[FieldStatus].Value; got != "confirmed" {
		t.Errorf("fb:2 is %q although its labels are the same", got)
	}
	if n, err := Reopen(t.Context(), log, last, now.Rows(t.Context()), NewTexts("de"), dayAt("2026-04-01")); n != 0 || err != nil {
		t.Errorf("again: %d, %v", n, err)
	}
}

// TestImpossibleObjection: days of an objection that cannot be are named with their place, and nothing is made up for them.
func TestImpossibleObjection(t *testing.T) {
	for _, tt := range []struct {
		name, before, filed, confirmed string // before: filed, as the log has it
		want                           []Problem
	}{
		{"nothing", "", "", "", nil},
		{"filed", "", "2025-08-15", "", nil},
		{"confirmed on the same day", "", "2025-08-15", "2025-08-15", nil},
		{"confirmed before it was filed", "", "2025-08-15", "2025-08-01", []Problem{{"confirmed_early", "Widerspruch, 2", "2025-08-01"}}},
		{"confirmed, and nobody entered when it was filed", "", "", "2025-08-17", []Problem{{"confirmed_alone", "Widerspruch, 2", "2025-08-17"}}},
		{"the day of filing taken out", "2025-08-15", "", "2025-08-17", []Problem{{"confirmed_alone", "Widerspruch, 2", "2025-08-17"}}},
		{"filed today", "", "2026-03-20", "", nil},
		{"filed tomorrow", "", "2026-03-21", "", []Problem{{"objection_ahead", "Widerspruch, 2", "2026-03-21"}}},
		{"confirmed tomorrow", "", "2026-03-01", "2026-03-21", []Problem{{"objection_ahead", "Widerspruch, 2", "2026-03-21"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			key := scanner.Key(ObjectionPrefix + "facebook:Werkstatt")
			log := &Log{}
			if tt.before != "" {
				if err := log.Append(t.Context(), []Decision{{Item: key, Field: FieldFiledOn, Value: tt.before, At: dayAt("2026-03-01")}}); err != nil {
					t.Fatal(err)
				}
			}
			ret := &Returned{Base: log.Len(), Rows: []ReturnedRow{{Key: key, Where: "Widerspruch, 2", Values: map[Field]string{FieldFiledOn: tt.filed, FieldConfirmedOn: tt.confirmed}}}}
			sum := Merge(log, &Last{}, ret, dayAt("2026-03-20"))
			if diff := cmp.Diff(tt.want, sum.Odd); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if err := log.Append(t.Context(), sum.Decisions); err != nil {
				t.Fatal(err)
			}
			got := values(log.Newest(key))
			if got[FieldFiledOn] != tt.filed || got[FieldConfirmedOn] != tt.confirmed {
				t.Errorf("the log has %v, want the days as they were entered", got)
			}
			for _, p := range sum.Odd {
				for _, lang := range Languages {
					if text := NewTexts(lang).Say("returned."+p.Code, "Where", p.Where, "Value", p.Value); !strings.HasPrefix(text, p.Where+": ") {
						t.Errorf("in %s: %q", lang, text)
					}
				}
			}
		})
	}
}

// FuzzReadDecisions feeds lines that are no decisions; what comes out is what the fields take, and the log reads what it
// writes.
func FuzzReadDecisions(f *testing.F) {
	f.Add(`{"item":"fb:1","field":"status","value":"confirmed","at":"2026-03-01T10:00:00Z","base":"open"}`)
	f.Add("\ufeff{\"type\":\"decisions\"}\n{\"item\":\"scenario:R-01\",\"field\":\"due\",\"value\":\"2026-12-31\"}\n")
	f.Add(`{"item":"fb:1","field":"note","value":"` + "\u2028\\u0000" + `"}`)
	f.Fuzz(func(t *testing.T, body string) {
		ret, err := ReadDecisions(strings.NewReader(body), "d.jsonl")
		if err != nil {
			return
		}
		log := &Log{}
		sum := Merge(log, &Last{}, ret, dayAt("2026-03-20"))
		for _, d := range sum.Decisions {
			if spec, ok := SpecOf(d.Item, d.Field); !ok || !spec.Valid(d.Value) {
				t.Errorf("took %+v", d)
			}
		}
		if err := log.Append(t.Context(), sum.Decisions); err != nil {
			t.Fatal(err)
		}
		if again := Merge(log, &Last{}, ret, dayAt("2026-03-20")); len(again.Decisions) > 0 {
			t.Errorf("the same lines again bring %+v", again.Decisions)
		}
	})
}
