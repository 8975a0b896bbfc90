package classify_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"iter"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"pagerisk/classify"
	"pagerisk/classify/picture"
	"pagerisk/scanner"
	"pagerisk/scanner/casefile"
)

// list is a source over items in memory.
type list []*scanner.Item

func (list) ID() string { return "list" }

func (l list) Read(context.Context, scanner.Cursor) iter.Seq2[scanner.Entry, error] {
	return func(yield func(scanner.Entry, error) bool) {
		for i, item := range l {
			if !yield(scanner.Entry{Item: item, Cursor: scanner.Cursor(fmt.Sprint(i + 1))}, nil) {
				return
			}
		}
	}
}

func (list) Open(context.Context, string) (io.ReadCloser, error) { return nil, errors.New("unused") }

func post(key, text string) *scanner.Item {
	return &scanner.Item{
		Key: scanner.Key(key), Platform: scanner.Facebook, Kind: scanner.Post, State: scanner.Published, Account: "Werkstatt", Text: text,
		Media: []scanner.Media{{File: key + ".jpg"}}, Origins: []scanner.Origin{{Source: "list", Where: key}},
	}
}

// newCase is a case with those items; in each picture that a looker has seen, one person was.
func newCase(t *testing.T, items list) *casefile.Case {
	t.Helper()
	c, err := casefile.Create(t.Context(), t.TempDir()+"/x.case")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	one := 1
	err = scanner.Scan(t.Context(), c, items, scanner.Options{
		Name: "list", Looker: "test@1", Now: func() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) },
		Look: func(_ context.Context, m scanner.Media, _ func(string) (io.ReadCloser, error)) (scanner.Looked, error) {
			m.Status = scanner.OK
			copy(m.SHA256[:], m.File)
			return scanner.Looked{Media: m, Save: func(tx *sql.Tx) error {
				return classify.SaveFacts(tx, m.SHA256, "test@1", &picture.Facts{People: &one, Detector: "test@1"})
			}}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func builtin(t *testing.T) *classify.Rules {
	t.Helper()
	r, err := classify.BuiltinRules()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// witness is a detector that does what it is told, and remembers what it was shown.
type witness struct {
	mu   sync.Mutex
	saw  map[scanner.Key]*classify.Subject
	told func(s *classify.Subject) error
}

func (*witness) Name() string { return "witness" }
func (*witness) Version() int { return 1 }
func (w *witness) Detect(s *classify.Subject) ([]classify.Signal, error) {
	w.mu.Lock()
	if w.saw == nil {
		w.saw = make(map[scanner.Key]*classify.Subject)
	}
	w.saw[s.Item.Key] = s
	w.mu.Unlock()
	if w.told == nil {
		return nil, nil
	}
	return nil, w.told(s)
}

// What is explained later is what was classified: the same item, facts, page and language.
func TestSubjectOf(t *testing.T) {
	english := post("fb:c", "❤")
	english.Account = "Workshop"
	draft := post("fb:d", "Entwurf")
	draft.State = scanner.Draft
	words := post("fb:e", "Heute geschlossen")
	words.Media = nil
	renamed := post("fb:f", "Wir haben heute wieder für euch geöffnet")
	renamed.Aliases = []scanner.Key{"fb:old"}
	other := post("fb:g", "We are open today and look forward to seeing you")
	other.Account = "Workshop"
	c := newCase(t, list{post("fb:a", "Ole backt für euch"), post("fb:b", "Danke, Ole!"), english, draft, words, renamed, other})
	w := new(witness)
	if err := classify.Run(t.Context(), c, classify.New(builtin(t), w), nil); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		key, now, lang, page string // now: the key under which it is classified, "" for not at all
	}{
		{"fb:a", "fb:a", "de", "Werkstatt"},
		{"fb:b", "fb:b", "de", "Werkstatt"},
		{"fb:c", "fb:c", "en", "Workshop"},
		{"fb:old", "fb:f", "de", "Werkstatt"},
		{"fb:d", "", "", ""},
		{"fb:e", "", "", ""},
		{"fb:nobody", "", "", ""},
	} {
		got, err := classify.SubjectOf(t.Context(), c, scanner.Key(tt.key))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(w.saw[scanner.Key(tt.now)], got); diff != "" {
			t.Errorf("%s (-classified +explained)\n%s", tt.key, diff)
		}
		if (got != nil) != (tt.now != "") {
			t.Fatalf("%s: subject %+v, want %q", tt.key, got, tt.now)
		}
		if got == nil {
			continue
		}
		if got.Item.Lang != tt.lang || got.Page.Name != tt.page || got.Page.Regulars["ole"] != (tt.page == "Werkstatt") || got.Facts[0] == nil {
			t.Errorf("%s: language %s, page %+v, facts %v", tt.key, got.Item.Lang, got.Page, got.Facts)
		}
	}
}

// A detector that breaks on every item names some of them, and says of how many more it does not.
func TestRunWithABrokenDetector(t *testing.T) {
	var items list
	for i := range 25 {
		items = append(items, post(fmt.Sprintf("fb:%03d", i), "Unsere neue Kollegin Petra ist da"))
	}
	c := newCase(t, items)
	broken := errors.New("broken")
	w := &witness{told: func(*classify.Subject) error { return broken }}
	err := classify.Run(t.Context(), c, classify.New(builtin(t), w), nil)
	if !errors.Is(err, broken) {
		t.Fatalf("Run() = %v, want it to wrap %v", err, broken)
	}
	lines := strings.Split(err.Error(), "\n")
	named := make(map[string]bool)
	for _, l := range lines[:len(lines)-1] {
		if !regexp.MustCompile(`^classify "fb:\d+": witness: broken$`).MatchString(l) {
			t.Errorf("line %q", l)
		}
		named[l] = true
	}
	if last := lines[len(lines)-1]; len(named) != 10 || last != "and 15 more items" {
		t.Errorf("%d items are named, and %q", len(named), last)
	}
	for _, item := range items {
		if got, err := classify.FindingsOf(t.Context(), c, item.Key); err != nil || len(got) != 1 || got[0].Label != classify.Employee {
			t.Errorf("findings of %s: %v, %v; want what the rules found", item.Key, got, err)
		}
	}
}

// Where one worker cannot go on, the others do not classify the rest of a large page first.
func TestRunStopsAtTheFirstFailure(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2)) // as many workers
	synctest.Test(t, func(t *testing.T) {
		var items list
		for i := range 600 { // more than wait between reader and workers
			items = append(items, post(fmt.Sprintf("fb:%03d", i), ""))
		}
		c := newCase(t, items)
		err := c.Write(t.Context(), func(tx *sql.Tx) error {
			var first scanner.Hash
			copy(first[:], items[0].Media[0].File)
			_, err := tx.Exec(`UPDATE fact SET body = '{' WHERE hash = ?`, first[:])
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		failed := make(chan struct{})
		w := &witness{told: func(*classify.Subject) error { <-failed; return nil }}
		result := make(chan error, 1)
		go func() { result <- classify.Run(t.Context(), c, classify.New(builtin(t), w), nil) }()
		synctest.Wait() // until one has failed, and the other waits in its first item
		close(failed)
		if err := <-result; err == nil || !strings.Contains(err.Error(), "read facts") {
			t.Errorf("Run() = %v, want the facts that could not be read", err)
		}
		if len(w.saw) > 1 {
			t.Errorf("%d items were classified after the failure", len(w.saw))
		}
	})
}

// A scan that trusts names gets what the looker found, as if it had looked again.
func TestRecall(t *testing.T) {
	e := &echo{version: 1}
	c, look := looking(t, e)
	recall := classify.NewRecall(c, classify.LookerID(e))
	for _, ref := range []string{"jpeg", "avif", "video", "broken", "huge"} {
		want := look(scanner.Media{Ref: ref}, nil)
		want.Save = nil
		got, ok := recall(t.Context(), scanner.Media{Ref: ref, SHA256: want.Media.SHA256, Bytes: want.Media.Bytes})
		if ref == "broken" || ref == "huge" { // may succeed when it is looked at again
			want = scanner.Looked{}
		}
		if diff := cmp.Diff(want, got); diff != "" || ok != (want.Media.Ref != "") {
			t.Errorf("%s: %v (-looked +recalled)\n%s", ref, ok, diff)
		}
	}
	_, ok := classify.NewRecall(c, "echo@2")(t.Context(), look(scanner.Media{Ref: "jpeg"}, nil).Media)
	if ok {
		t.Error("what one version saw is recalled for another")
	}
}
