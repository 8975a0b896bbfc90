package graphapi_test

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pagerisk/fixtures/graph"
	"pagerisk/scanner"
	"pagerisk/scanner/casefile"
	"pagerisk/scanner/graphapi"
)

// clock stands still but for waits.
type clock struct {
	mu    sync.Mutex
	now   time.Time
	waits []time.Duration
}

func newClock(s *graph.Server) *clock {
	c := &clock{now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
	s.Now = c.Now
	return c
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Wait(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	c.waits = append(c.waits, d)
	return ctx.Err()
}

func (c *clock) longest() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.waits) == 0 {
		return 0
	}
	return slices.Max(c.waits)
}

func open(t *testing.T, s *graph.Server, change ...func(*graphapi.Options)) *graphapi.Source {
	t.Helper()
	c := newClock(s)
	o := graphapi.Options{Page: s.Page, Token: graph.PageToken, Transport: s, Now: c.Now, Wait: c.Wait}
	for _, f := range change {
		f(&o)
	}
	src, err := graphapi.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// look reads a medium to its end, as the real one does.
func look(ctx context.Context, m scanner.Media, open func(string) (io.ReadCloser, error)) (scanner.Looked, error) {
	l := scanner.Looked{Media: m}
	fail := func(err error) (scanner.Looked, error) {
		l.Media.Status = scanner.Unreadable
		if errors.Is(err, scanner.ErrMissing) {
			l.Media.Status = scanner.Missing
		}
		if errors.Is(err, scanner.ErrRemote) {
			l.Media.Status = scanner.Remote
		}
		if errors.Is(err, scanner.ErrTooLarge) {
			l.Media.Status = scanner.TooLarge
		}
		l.Notes = append(l.Notes, scanner.Note{Code: scanner.CodeUnreadable, Detail: err.Error()})
		return l, ctx.Err()
	}
	r, err := open(m.Ref)
	if err != nil {
		return fail(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		return fail(err)
	}
	l.Media.Status, l.Media.SHA256, l.Media.Bytes = scanner.OK, sha256.Sum256(b), int64(len(b))
	return l, nil
}

func newCase(t *testing.T) *casefile.Case {
	t.Helper()
	c, err := casefile.Create(t.Context(), filepath.Join(t.TempDir(), "x.case"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func scan(t *testing.T, c *casefile.Case, src scanner.Source) error {
	t.Helper()
	return scanner.Scan(t.Context(), c, src, scanner.Options{Name: "graph", Again: true, Look: look, Looker: "test", Workers: 2,
		Now: func() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }})
}

func items(t *testing.T, c *casefile.Case) []*scanner.Item {
	t.Helper()
	var out []*scanner.Item
	for i, err := range scanner.Items(t.Context(), c) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, i)
	}
	return out
}

func notes(t *testing.T, c *casefile.Case) []scanner.Note {
	t.Helper()
	var out []scanner.Note
	for n, err := range scanner.Notes(t.Context(), c) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, n)
	}
	return out
}

// lines say of each item what matters here, in order of key.
func lines(all []*scanner.Item) []string {
	var out []string
	for _, i := range all {
		ok := 0
		for _, m := range i.Media {
			if m.Status == scanner.OK {
				ok++
			}
		}
		out = append(out, fmt.Sprintf("%s %s %s %s %d/%d album=%q", i.Key, i.Kind, i.State, i.Created.Format(time.DateOnly), ok, len(i.Media), i.Album))
	}
	slices.Sort(out)
	return out
}

func codes(all []scanner.Note) map[scanner.Code]int {
	out := make(map[scanner.Code]int)
	for _, n := range all {
		out[n.Code]++
	}
	return out
}

func clean(t *testing.T, s *graph.Server) {
	t.Helper()
	if v := s.Violations(); len(v) > 0 {
		t.Errorf("the client did what it must not: %q", v)
	}
}

func TestDemo(t *testing.T) {
	s := graph.Demo()
	c := newCase(t)
	src := open(t, s)
	if err := scan(t, c, src); err != nil {
		t.Fatal(err)
	}
	clean(t, s)
	for _, l := range lines(items(t, c)) {
		t.Log(l)
	}
	for _, n := range notes(t, c) {
		t.Log(n)
	}
	t.Log(s.Calls(), src.Hosts())
	passes, _ := scanner.Passes(t.Context(), c)
	t.Log(scanner.Sum(passes))
	for f, n := range s.Fetched() {
		if n > 1 {
			t.Errorf("%s was fetched %d times", f, n)
		}
	}
	_ = cmp.Diff
	_ = json.Marshal
	_ = os.ReadFile
	_ = strings.Cut
	_ = sql.ErrNoRows
}
