package scanner_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pagerisk/scanner"
	"pagerisk/scanner/casefile"
)

// list is a source over entries in memory; it breaks off before entry stop, if that is not negative.
type list struct {
	id      string
	entries []scanner.Entry
	stop    int
	cancel  func()
}

func (l *list) ID() string { return l.id }

func (l *list) Read(ctx context.Context, after scanner.Cursor) iter.Seq2[scanner.Entry, error] {
	return func(yield func(scanner.Entry, error) bool) {
		from, _ := strconv.Atoi(string(after))
		for i := from; i < len(l.entries); i++ {
			if i == l.stop {
				if l.cancel != nil {
					l.cancel()
					<-ctx.Done()
				}
				yield(scanner.Entry{}, errBroken)
				return
			}
			e := l.entries[i]
			e.Cursor = scanner.Cursor(strconv.Itoa(i + 1))
			if !yield(e, nil) {
				return
			}
		}
	}
}

var errBroken = errors.New("the wire was cut")

func (l *list) Open(_ context.Context, ref string) (io.ReadCloser, error) {
	if ref == "gone" {
		return nil, scanner.ErrMissing
	}
	return io.NopCloser(bytes.NewReader([]byte(ref))), nil
}

func clock() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }

func post(key string, rank int, media ...scanner.Media) scanner.Entry {
	item := &scanner.Item{
		Key: scanner.Key(key), Platform: scanner.Facebook, Kind: scanner.Post, State: scanner.Published, Text: "text of " + key,
		Created: time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC), Media: media, Origins: []scanner.Origin{{Source: "s", Where: key, Rank: rank}},
	}
	if rank > 0 {
		item.Kind, item.Text = scanner.AlbumPhoto, ""
	}
	for _, m := range media {
		item.Aliases = append(item.Aliases, m.ID)
	}
	return scanner.Entry{Item: item}
}

func medium(id string) scanner.Media {
	return scanner.Media{ID: scanner.Key("fb:m:" + id), Ref: id, URI: id + ".jpg", File: id + ".jpg"}
}

func note(code scanner.Code) scanner.Entry {
	return scanner.Entry{Note: &scanner.Note{Code: code, Where: string(code)}}
}

func newCase(t *testing.T) *casefile.Case {
	t.Helper()
	c, err := casefile.Create(t.Context(), t.TempDir()+"/x.case")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func look(_ context.Context, m scanner.Media, open func(string) (io.ReadCloser, error)) (scanner.Looked, error) {
	r, err := open(m.Ref)
	if err != nil {
		m.Status = scanner.Missing
		return scanner.Looked{Media: m, Notes: []scanner.Note{{Code: scanner.CodeMissing}}}, nil
	}
	defer r.Close()
	b, _ := io.ReadAll(r)
	m.Status, m.Bytes = scanner.OK, int64(len(b))
	copy(m.SHA256[:], b)
	return scanner.Looked{Media: m}, nil
}

// dump is what a case holds, as text.
func dump(t *testing.T, c *casefile.Case) []string {
	t.Helper()
	var out []string
	for item, err := range scanner.Items(t.Context(), c) {
		if err != nil {
			t.Fatal(err)
		}
		line := fmt.Sprintf("%s %s %s %q", item.Key, item.Kind, item.State, item.Text)
		for _, m := range item.Media {
			line += fmt.Sprintf(" [%s %s]", m.File, m.Status)
		}
		for _, o := range item.Origins {
			line += " " + o.Where
		}
		out = append(out, line)
	}
	for n, err := range scanner.Notes(t.Context(), c) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, fmt.Sprintf("note %s %s %s", n.Code, n.Where, n.Item))
	}
	passes, err := scanner.Passes(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return append(out, fmt.Sprintf("%+v", scanner.Sum(passes)))
}

func entries() []scanner.Entry {
	return []scanner.Entry{
		{},
		post("fb:a", 0, medium("11111111"), medium("22222222")),
		post("fb:b", 0, medium("22222222")), // the same picture, published again
		post("fb:c", 0, scanner.Media{ID: "fb:m:33333333", Ref: "gone", URI: "gone.jpg", File: "gone.jpg"}),
		note(scanner.CodeEmpty),
		note(scanner.CodeCorrupt),
		note(scanner.CodeZone),
		post("fb:d", 2, medium("11111111")), // an album shows a post's picture again
		post("fb:e", 2, medium("44444444")), // only the album has it
		post("fb:f", 3, medium("44444444")), // and another list
	}
}

var want = []string{
	`fb:a post published "text of fb:a" [11111111.jpg ok] [22222222.jpg ok] fb:a fb:d`,
	`fb:b post published "text of fb:b" [22222222.jpg ok] fb:b`,
	`fb:c post published "text of fb:c" [gone.jpg missing] fb:c`,
	`fb:e album_photo published "" [44444444.jpg ok] fb:e fb:f`,
	"note empty empty ",
	"note corrupt corrupt ",
	"note zone zone ",
	"note missing gone.jpg fb:c",
	"{Seen:14 Read:11 Skipped:1 Failed:2}",
}

func sorted(lines []string) map[string]int {
	m := make(map[string]int)
	for _, l := range lines {
		m[l]++
	}
	return m
}

func TestScan(t *testing.T) {
	c := newCase(t)
	src := &list{id: "s", entries: entries(), stop: -1}
	for range 2 { // the second pass finds nothing to do
		if err := scanner.Scan(t.Context(), c, src, scanner.Options{Name: "a.zip", Look: look, Now: clock}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(sorted(want), sorted(dump(t, c))); diff != "" {
			t.Fatalf("case after Scan (-want +got):\n%s", diff)
		}
	}
}

func TestScanGoesOnWhereItBroke(t *testing.T) {
	for stop := range entries() {
		t.Run(strconv.Itoa(stop), func(t *testing.T) {
			c := newCase(t)
			o := scanner.Options{Name: "a.zip", Look: look, Now: clock}
			err := scanner.Scan(t.Context(), c, &list{id: "s", entries: entries(), stop: stop}, o)
			if !errors.Is(err, errBroken) {
				t.Fatalf("Scan() = %v, want %v", err, errBroken)
			}
			if err := scanner.Scan(t.Context(), c, &list{id: "s", entries: entries(), stop: -1}, o); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(sorted(want), sorted(dump(t, c))); diff != "" {
				t.Errorf("case after two parts (-want +got):\n%s", diff)
			}
		})
	}
}

func TestScanKeepsWhatWasReadWhenInterrupted(t *testing.T) {
	c := newCase(t)
	ctx, cancel := context.WithCancel(t.Context())
	o := scanner.Options{Name: "a.zip", Look: look, Now: clock, Workers: 1}
	err := scanner.Scan(ctx, c, &list{id: "s", entries: entries(), stop: 5, cancel: cancel}, o)
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("Scan() = %v, want %v", err, context.Canceled)
	}
	if err := scanner.Scan(t.Context(), c, &list{id: "s", entries: entries(), stop: -1}, o); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sorted(want), sorted(dump(t, c))); diff != "" {
		t.Errorf("case after the second run (-want +got):\n%s", diff)
	}
}

func TestScanOfANewerArchive(t *testing.T) {
	c := newCase(t)
	o := scanner.Options{Name: "a.zip", Look: look, Now: clock}
	if err := scanner.Scan(t.Context(), c, &list{id: "s", entries: entries(), stop: -1}, o); err != nil {
		t.Fatal(err)
	}
	newer := entries()[:3]
	for i := range newer {
		if item := newer[i].Item; item != nil {
			item.Text = "edited"
			item.Origins[0].Source = "s2"
		}
	}
	if err := scanner.Scan(t.Context(), c, &list{id: "s2", entries: newer, stop: -1}, o); err != nil {
		t.Fatal(err)
	}
	want := []string{
		`fb:a post published "edited" [11111111.jpg ok] [22222222.jpg ok] fb:a`,
		`fb:b post published "edited" [22222222.jpg ok] fb:b`,
		`fb:c post published "text of fb:c" [gone.jpg missing] fb:c`,
		`fb:e album_photo published "" [44444444.jpg ok] fb:e fb:f`,
		"{Seen:6 Read:6 Skipped:0 Failed:0}",
	}
	if diff := cmp.Diff(sorted(want), sorted(dump(t, c))); diff != "" {
		t.Errorf("case after the newer archive (-want +got):\n%s", diff)
	}
}

// Whoever adds a part to an export names the earlier part again: it counts once, and its places are named once.
func TestScanWithOneMorePart(t *testing.T) {
	c := newCase(t)
	o := scanner.Options{Name: "a.zip", Look: look, Now: clock}
	part := entries()[:4]
	part[3].Item.State = scanner.Unlisted
	if err := scanner.Scan(t.Context(), c, &list{id: "s", entries: part, stop: -1}, o); err != nil {
		t.Fatal(err)
	}
	o.Name = "a.zip" + scanner.PartsJoin + "b.zip"
	all := entries()
	all[3].Item.State = scanner.Unlisted
	for i := range all {
		if item := all[i].Item; item != nil {
			item.Origins[0].Source = "s+"
		}
	}
	if err := scanner.Scan(t.Context(), c, &list{id: "s+", entries: all, stop: -1}, o); err != nil {
		t.Fatal(err)
	}
	once := newCase(t)
	if err := scanner.Scan(t.Context(), once, &list{id: "s+", entries: all, stop: -1}, o); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sorted(dump(t, once)), sorted(dump(t, c))); diff != "" {
		t.Errorf("case after the second part (-both at once +one after the other):\n%s", diff)
	}
}

// What counts does not depend on how often, under which names and in which order the parts of a source were read.
func TestScanCountsPartsOnce(t *testing.T) {
	whole := func() *list {
		all := entries()
		for i := range all {
			if item := all[i].Item; item != nil {
				item.Origins[0].Source = "s+"
			}
		}
		return &list{id: "s+", entries: all, stop: -1}
	}
	together := scanner.Options{Name: "a.zip + b.zip", Parts: []string{"1", "2"}, Look: look, Now: clock}
	once := newCase(t)
	if err := scanner.Scan(t.Context(), once, whole(), together); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		stop int // how far the first run over all parts gets; 0: there is none, -1: to its end
		part scanner.Options
	}{
		{"under another name", 0, scanner.Options{Name: "renamed.zip", Parts: []string{"1"}}},
		{"other bytes under its name", 0, scanner.Options{Name: "a.zip", Parts: []string{"3"}}},
		{"other bytes under its name, and back", -1, scanner.Options{Name: "a.zip", Parts: []string{"3"}}},
		{"after all were begun", 4, scanner.Options{Name: "a.zip", Parts: []string{"1"}}},
		{"renamed after all were begun", 4, scanner.Options{Name: "renamed.zip", Parts: []string{"1"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newCase(t)
			if tt.stop != 0 {
				begun := whole()
				begun.stop = tt.stop
				if err := scanner.Scan(t.Context(), c, begun, together); errors.Is(err, errBroken) != (tt.stop > 0) {
					t.Fatalf("Scan() = %v", err)
				}
			}
			tt.part.Look, tt.part.Now = look, clock
			if err := scanner.Scan(t.Context(), c, &list{id: "s", entries: entries()[:3], stop: -1}, tt.part); err != nil {
				t.Fatal(err)
			}
			if err := scanner.Scan(t.Context(), c, whole(), together); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(sorted(dump(t, once)), sorted(dump(t, c))); diff != "" {
				t.Errorf("case after a part and the whole (-whole at once +whole after the part):\n%s", diff)
			}
		})
	}
}

func TestReadTogether(t *testing.T) {
	c := newCase(t)
	scan := func(id string, stop int, parts ...string) {
		t.Helper()
		o := scanner.Options{Name: id, Parts: parts, Look: look, Now: clock, Looker: "eye@1"}
		if err := scanner.Scan(t.Context(), c, &list{id: id, entries: entries(), stop: stop}, o); err != nil && !errors.Is(err, errBroken) {
			t.Fatal(err)
		}
	}
	check := func(want string, parts ...string) {
		t.Helper()
		pass, err := scanner.ReadTogether(t.Context(), c, parts)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if pass != nil {
			got = pass.Source + " " + pass.Looker
		}
		if got != want {
			t.Errorf("ReadTogether(%v) = %q, want %q", parts, got, want)
		}
	}
	check("", "1")
	scan("12", -1, "1", "2")
	scan("45", 3, "4", "5") // not to its end
	scan("6", -1)           // not made of parts
	check("12 eye@1", "1")
	check("12 eye@1", "2")
	check("", "1", "2") // the source itself
	check("", "1", "3")
	check("", "4")
	check("")
	scan("123", -1, "1", "2", "3")
	check("123 eye@1", "2", "1") // the one that counts
	o := scanner.Options{Name: "123", Parts: []string{"7", "8", "9"}, Look: look, Now: clock, Looker: "eye@1"}
	if err := scanner.Scan(t.Context(), c, &list{id: "789", entries: entries(), stop: -1}, o); err != nil {
		t.Fatal(err)
	}
	check("", "2", "1") // others of the same name took its place: what it counted is to be read again
}

// A source that was read before under fewer names replaces what has the new ones, although its bytes are no others.
func TestScanUnderMoreNames(t *testing.T) {
	c := newCase(t)
	tally := func(id, name string, parts ...string) scanner.Tally {
		t.Helper()
		o := scanner.Options{Name: name, Parts: parts, Look: look, Now: clock, Looker: "eye@1"}
		if err := scanner.Scan(t.Context(), c, &list{id: id, entries: entries(), stop: -1}, o); err != nil {
			t.Fatal(err)
		}
		passes, err := scanner.Passes(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		return scanner.Sum(passes)
	}
	once := tally("archive", "a.zip", "1")
	if twice := tally("folder", "a", "2"); twice.Seen != 2*once.Seen {
		t.Errorf("archive and folder: %+v, want twice %+v", twice, once)
	}
	if got := tally("folder", "a + a.zip", "1", "2"); got != once {
		t.Errorf("both together: %+v, want %+v", got, once)
	}
}

// Whatever counts beside an earlier pass is told apart by what they have in common; what replaces it counts alone.
func TestPassInCommon(t *testing.T) {
	for _, tt := range []struct {
		name, other      string
		parts, others    []string
		shares, namesake bool
	}{
		{"a.zip + c.zip", "a.zip + b.zip", []string{"1", "3"}, []string{"1", "2"}, true, true},
		{"x.zip + c.zip", "a.zip + b.zip", []string{"1", "3"}, []string{"1", "2"}, true, false},
		{"a.zip + b.zip + c.zip", "a.zip + b.zip", []string{"1", "2", "3"}, []string{"1", "2"}, false, false},
		{"a.zip + b.zip", "a.zip + b.zip", []string{"4", "2"}, []string{"1", "2"}, false, false},
		{"x.zip + y.zip", "a.zip", []string{"1", "2"}, []string{"1"}, false, false},
		{"a.zip", "a.zip + b.zip", []string{"4"}, []string{"1", "2"}, false, true},
		{"A.ZIP", "a", []string{"1"}, []string{"2"}, false, true},
		{"a", "a.zip", []string{"1"}, []string{"2"}, false, true},
		{"a + a.zip", "a.zip", []string{"1", "2"}, []string{"2"}, false, false},
		{"c.zip", "a.zip + b.zip", []string{"3"}, []string{"1", "2"}, false, false},
		{"a.zip", "graph:a", []string{"1"}, nil, false, false},
		{"graph:a", "a.zip", nil, []string{"1"}, false, false},
	} {
		for _, replaced := range []bool{false, true} {
			p := scanner.Pass{Name: tt.other, Parts: tt.others, Replaced: replaced}
			if got := p.Shares(tt.name, tt.parts); got != (tt.shares && !replaced) {
				t.Errorf("%q (replaced %t) shares with %q: %t", tt.other, replaced, tt.name, got)
			}
			if got := p.Namesake(tt.name); got != (tt.namesake && !replaced) {
				t.Errorf("%q (replaced %t) is a namesake of %q: %t", tt.other, replaced, tt.name, got)
			}
		}
	}
}

// A post that turns up after its pictures takes them in, whatever source came first.
func TestScanJoinsSources(t *testing.T) {
	c := newCase(t)
	albums := []scanner.Entry{post("fb:x", 2, medium("11111111")), post("fb:y", 2, medium("22222222"))}
	page := post("fb:z", 0, medium("11111111"), medium("22222222"))
	page.Item.Origins[0].Source = "graph:1"
	page.Item.Permalink = "https://www.facebook.com/1"
	o := scanner.Options{Look: look, Now: clock}
	o.Name = "a.zip"
	if err := scanner.Scan(t.Context(), c, &list{id: "s", entries: albums, stop: -1}, o); err != nil {
		t.Fatal(err)
	}
	o.Name = "graph:1"
	if err := scanner.Scan(t.Context(), c, &list{id: "graph:1", entries: []scanner.Entry{page}, stop: -1}, o); err != nil {
		t.Fatal(err)
	}
	want := []string{
		`fb:x post published "text of fb:z" [11111111.jpg ok] [22222222.jpg ok] fb:z fb:x fb:y`,
		"{Seen:7 Read:7 Skipped:0 Failed:0}",
	}
	if diff := cmp.Diff(sorted(want), sorted(dump(t, c))); diff != "" {
		t.Errorf("joined case (-want +got):\n%s", diff)
	}
	for _, name := range []scanner.Key{"fb:y", "fb:z", "fb:m:22222222"} {
		if key, err := scanner.Canonical(t.Context(), c, name); err != nil || key != "fb:x" {
			t.Errorf("Canonical(%q) = %q, %v, want fb:x", name, key, err)
		}
	}
}

func TestLock(t *testing.T) {
	c := newCase(t)
	if _, err := casefile.Create(t.Context(), c.Dir()); !errors.Is(err, casefile.ErrLocked) {
		t.Errorf("second Create() = %v, want %v", err, casefile.ErrLocked)
	}
}

func BenchmarkScan(b *testing.B) {
	for _, n := range []int{1_000, 100_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			var all []scanner.Entry
			for i := range n {
				e := post("fb:"+strconv.Itoa(i), 0)
				e.Item.Aliases = []scanner.Key{scanner.Key("fb:t:" + strconv.Itoa(i))}
				all = append(all, e)
			}
			for b.Loop() {
				c, err := casefile.Create(b.Context(), b.TempDir()+"/x.case")
				if err != nil {
					b.Fatal(err)
				}
				if err := scanner.Scan(b.Context(), c, &list{id: "s", entries: all, stop: -1}, scanner.Options{Name: "x", Now: clock}); err != nil {
					b.Fatal(err)
				}
				c.Close()
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "items/s")
		})
	}
}

// A live source is read again, but what the same looker has seen under the same name is not opened again; what only
// another one saw is, whatever became of the passes in between.
func TestScanOpensKnownMediaOnce(t *testing.T) {
	type known struct {
		looker string
		bytes  scanner.Hash
	}
	a, b := post("fb:a", 0, medium("11111111")), post("fb:b", 0, medium("22222222"))
	type pass struct {
		looker string
		lists  []scanner.Entry
		breaks bool // at the end of the list
		opens  []string
	}
	for _, tt := range []struct {
		name   string
		passes []pass
	}{
		{"again", []pass{{"x@1", []scanner.Entry{a}, false, []string{"11111111"}}, {"x@1", []scanner.Entry{a}, false, nil}}},
		{"one more", []pass{{"x@1", []scanner.Entry{a}, false, []string{"11111111"}}, {"x@1", []scanner.Entry{a, b}, false, []string{"22222222"}}}},
		{"another looker", []pass{{"x@1", []scanner.Entry{a}, false, []string{"11111111"}}, {"x@2", []scanner.Entry{a}, false, []string{"11111111"}}}},
		{"another looker in between", []pass{
			{"x@1", []scanner.Entry{a, b}, true, []string{"11111111", "22222222"}}, {"x@2", []scanner.Entry{a, b}, false, []string{"11111111", "22222222"}},
			{"x@1", []scanner.Entry{a, b}, false, nil},
		}},
		{"only another looker saw it", []pass{
			{"x@1", []scanner.Entry{a}, true, []string{"11111111"}}, {"x@2", []scanner.Entry{a, b}, false, []string{"11111111", "22222222"}},
			{"x@1", []scanner.Entry{a, b}, false, []string{"22222222"}},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newCase(t)
			saw := make(map[known]bool)
			for n, p := range tt.passes {
				var opened []string
				o := scanner.Options{Name: "graph:1", Again: true, Looker: p.looker, Now: clock, Workers: 1}
				o.Look = func(ctx context.Context, m scanner.Media, open func(string) (io.ReadCloser, error)) (scanner.Looked, error) {
					opened = append(opened, m.Ref)
					l, err := look(ctx, m, open)
					saw[known{p.looker, l.Media.SHA256}] = true
					l.Notes = []scanner.Note{{Code: scanner.CodeNoPeople}}
					return l, err
				}
				o.Recall = func(_ context.Context, m scanner.Media) (scanner.Looked, bool) {
					m.Status = scanner.OK
					return scanner.Looked{Media: m, Notes: []scanner.Note{{Code: scanner.CodeNoPeople}}}, saw[known{p.looker, m.SHA256}]
				}
				source := &list{id: "s", entries: p.lists, stop: -1}
				var want error
				if p.breaks {
					source.entries, source.stop, want = append(slices.Clone(p.lists), scanner.Entry{}), len(p.lists), errBroken
				}
				if err := scanner.Scan(t.Context(), c, source, o); !errors.Is(err, want) {
					t.Fatal(err)
				}
				if diff := cmp.Diff(p.opens, opened); diff != "" {
					t.Errorf("pass %d opens (-want +got):\n%s", n+1, diff)
				}
				notes := 0
				for _, err := range scanner.Notes(t.Context(), c) {
					if err != nil {
						t.Fatal(err)
					}
					notes++
				}
				if notes != len(p.lists) {
					t.Errorf("pass %d leaves %d notes, want one of each of %d media", n+1, notes, len(p.lists))
				}
			}
			for item, err := range scanner.Items(t.Context(), c) {
				if err != nil || item.Media[0].Bytes != 8 || item.Media[0].Status != scanner.OK {
					t.Errorf("%+v, %v", item, err)
				}
			}
		})
	}
}

// The short form of a stored item has the names that the long one is stored with.
func TestBrief(t *testing.T) {
	c := newCase(t)
	e := post("fb:a", 0, medium("11111111"))
	e.Item.Account = "Werkstatt"
	if err := scanner.Scan(t.Context(), c, &list{id: "s", entries: []scanner.Entry{e}, stop: -1}, scanner.Options{Name: "s", Now: clock}); err != nil {
		t.Fatal(err)
	}
	for stored, err := range scanner.StoredItems(t.Context(), c) {
		if err != nil {
			t.Fatal(err)
		}
		got, err := stored.Brief()
		want := scanner.Brief{Key: "fb:a", Platform: scanner.Facebook, Account: "Werkstatt", Text: "text of fb:a"}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("Brief() (-want +got):\n%s%v", diff, err)
		}
	}
}
