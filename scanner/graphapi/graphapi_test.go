package graphapi_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pagerisk/fixtures"
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

// shelf is a case in memory: it merges as the scan does, without the cost of a database for every fault that is tried.
type shelf struct {
	items  map[scanner.Key]*scanner.Item
	alias  map[scanner.Key]scanner.Key
	notes  []scanner.Note
	cursor scanner.Cursor
	tally  scanner.Tally // elements only
}

func newShelf() *shelf {
	return &shelf{items: make(map[scanner.Key]*scanner.Item), alias: make(map[scanner.Key]scanner.Key)}
}

func (s *shelf) known(_ context.Context, key scanner.Key) bool {
	_, ok := s.alias[key]
	return ok || s.items[key] != nil
}

// fill reads src on from where the shelf was left; stop ends it behind so many entries, below 0 never.
func (s *shelf) fill(ctx context.Context, src scanner.Source, stop int) error {
	opened := make(map[string]bool)
	for e, err := range src.Read(ctx, s.cursor) {
		if err != nil {
			return err
		}
		if stop == 0 {
			return errBroken
		}
		stop--
		s.cursor = e.Cursor
		switch {
		case e.Note != nil:
			s.notes = append(s.notes, *e.Note)
			if e.Note.Code.Class() != scanner.Info {
				s.tally.Seen++
			}
			continue
		case e.Item == nil:
			s.tally.Seen++
			continue
		}
		s.tally.Seen++
		item := *e.Item
		item.Media = slices.Clone(item.Media)
		for i, m := range item.Media {
			if !opened[m.Ref] {
				l, err := look(ctx, m, func(ref string) (io.ReadCloser, error) { return src.Open(ctx, ref) })
				if err != nil {
					return err
				}
				item.Media[i] = l.Media
			}
			opened[m.Ref] = true
		}
		s.put(&item)
	}
	return nil
}

func (s *shelf) put(item *scanner.Item) {
	for i, name := range append([]scanner.Key{item.Key}, item.Aliases...) {
		key, ok := s.alias[name]
		if !ok && i == 0 {
			key = name
		}
		if have := s.items[key]; have != nil && (key == item.Key || scanner.Joins(have, item)) {
			item = scanner.Merge(have, item)
			break
		}
	}
	s.items[item.Key] = item
	for _, a := range item.Aliases {
		if _, ok := s.alias[a]; !ok {
			s.alias[a] = item.Key
		}
	}
}

func (s *shelf) lines() []string { return lines(slices.Collect(maps.Values(s.items))) }

// read reads a page to its end.
func read(t *testing.T, s *graph.Server, change ...func(*graphapi.Options)) *shelf {
	t.Helper()
	out := newShelf()
	if err := out.fill(t.Context(), open(t, s, change...), -1); err != nil {
		t.Fatal(err)
	}
	clean(t, s)
	return out
}

var errBroken = errors.New("broken off")

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
	return scanner.Scan(t.Context(), c, src, scanner.Options{Name: src.ID(), Again: true, Look: look, Looker: "test", Workers: 2,
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

func find(t *testing.T, all []*scanner.Item, key scanner.Key) *scanner.Item {
	t.Helper()
	for _, i := range all {
		if i.Key == key {
			return i
		}
	}
	t.Fatalf("there is no item %q", key)
	return nil
}

// inventory is what the demo page holds: one line per publication, however often the API lists it.
func inventory() []string {
	var out []string
	add := func(key string, kind scanner.Kind, state scanner.State, day string, media int, album string) {
		out = append(out, fmt.Sprintf("%s %s %s %s %d/%d album=%q", key, kind, state, day, media, media, album))
	}
	for _, p := range []struct {
		number, day string
		media       int
	}{{"9001", "2026-10-31", 1}, {"9002", "2026-10-28", 1}, {"9003", "2026-10-23", 2}, {"9004", "2026-10-17", 12}, {"9005", "2026-10-02", 30}, {"9006", "2026-09-29", 0},
		{"9007", "2026-09-22", 0}, {"9008", "2026-09-18", 1}, {"9009", "2026-09-12", 1}, {"9010", "1998-05-02", 1}, {"9012", "2026-10-29", 1}} {
		add("fb:104000000000001_"+p.number, scanner.Post, scanner.Published, p.day, p.media, "")
	}
	add("fb:104000000000001_9011", scanner.Post, scanner.Draft, "2026-09-01", 0, "")
	for i := range 60 {
		add(fmt.Sprint("fb:", 122100000000000200+i), scanner.AlbumPhoto, scanner.Published, "2026-07-24", 1, "Sommerfest 2026")
	}
	add("fb:122100000000000300", scanner.ProfilePhoto, scanner.Published, "2026-07-04", 1, "Profilbilder")
	add("fb:122100000000000301", scanner.ProfilePhoto, scanner.Published, "2024-12-01", 1, "Profilbilder")
	add("fb:122100000000000310", scanner.CoverPhoto, scanner.Published, "2026-06-24", 1, "Titelbilder")
	add("fb:122100000000000401", scanner.Reel, scanner.Published, "2026-10-27", 1, "")
	add("fb:122100000000000402", scanner.Video, scanner.Published, "2026-08-23", 1, "")
	add("fb:122100000000000403", scanner.Video, scanner.Published, "2026-08-22", 1, "")
	add("fb:122000000000000501", scanner.Story, scanner.Published, "2026-11-01", 1, "")
	add("fb:122000000000000503", scanner.Story, scanner.Published, "2026-04-15", 1, "")
	for i, p := range []struct {
		kind  scanner.Kind
		day   string
		media int
	}{{scanner.Post, "2026-10-30", 1}, {scanner.Post, "2026-10-26", 1}, {scanner.Post, "2026-10-21", 10}, {scanner.Reel, "2026-10-20", 1}, {scanner.Post, "2026-10-19", 1}, {scanner.Story, "2026-11-01", 1}} {
		add(fmt.Sprint("ig:", 17900000000000001+i), p.kind, scanner.Published, p.day, p.media, "")
	}
	slices.Sort(out)
	return out
}

func TestEverythingOnce(t *testing.T) {
	s := graph.Demo()
	src := open(t, s)
	c := newCase(t)
	if err := scan(t, c, src); err != nil {
		t.Fatal(err)
	}
	clean(t, s)
	all := items(t, c)
	if diff := cmp.Diff(inventory(), lines(all)); diff != "" {
		t.Errorf("items (-want +got):\n%s", diff)
	}
	for file, n := range s.Fetched() {
		if n != 1 {
			t.Errorf("%s was fetched %d times", file, n)
		}
	}
	want := map[scanner.Code]int{scanner.CodeState: 3, scanner.CodeField: 2}
	if diff := cmp.Diff(want, codes(notes(t, c))); diff != "" {
		t.Errorf("notes (-want +got):\n%s", diff)
	}
	if got, want := src.Hosts(), []string{graph.APIHost, graph.CDNHost}; !slices.Equal(got, want) {
		t.Errorf("Hosts() = %q, want %q", got, want)
	}

	first := find(t, all, "fb:104000000000001_9001")
	if first.Account != "Bäckerei Beispiel" || first.Text != "Unser Team ist komplett: Danke, Petra und Ayşe! 🥨" || first.Place != "Backstube, Musterstadt" ||
		!slices.Equal(first.Tags, []string{"Petra Muster"}) || first.Permalink != "https://www.facebook.com/104000000000001/posts/9001" {
		t.Errorf("post: %+v", first)
	}
	m := first.Media[0]
	if m.Alt != "May be an image of 2 people, people standing and bakery" || m.File != "l_122100000000000001_n.jpg" || m.ID != "fb:m:122100000000000001" {
		t.Errorf("picture: %+v", m)
	}
	if want := sha256.Sum256(s.Bytes("l_122100000000000001_n.jpg", 2048)); m.SHA256 != want {
		t.Error("the picture is not the largest rendition")
	}
	if origins := first.Origins; len(origins) != 2 || origins[0].Where != "graph:104000000000001/published_posts/104000000000001_9001" {
		t.Errorf("origins: %+v", origins)
	}
	if link := find(t, all, "fb:104000000000001_9007"); link.Link != "https://www.example.org/brot" {
		t.Errorf("link: %q", link.Link)
	}
	if reel := find(t, all, "fb:104000000000001_9012"); len(reel.Origins) != 3 || reel.Media[0].Cover == "" {
		t.Errorf("a reel in three lists: %+v", reel)
	}
	if v := find(t, all, "fb:122100000000000402"); v.Permalink != "https://www.facebook.com/beispiel/videos/122100000000000402/" {
		t.Errorf("permalink of a video: %q", v.Permalink)
	}
	if ig := find(t, all, "ig:17900000000000005"); !slices.Equal(ig.Tags, []string{"muehle.beispiel"}) || ig.Account != "baeckerei.beispiel" {
		t.Errorf("instagram: %+v", ig)
	}
	export := scanner.TextAlias(scanner.Facebook, first.Created, "Unser Team ist komplett: Danke, Petra und Ayşe! 🥨")
	if !slices.Contains(first.Aliases, export) || !slices.Contains(first.Aliases, scanner.FileMediaID(scanner.Facebook, "x/122100000000000001.jpg")) {
		t.Errorf("an export would not find the post: %q", first.Aliases)
	}
}

// What the API does on its good days: nothing may be lost, nothing come twice.
func TestOddities(t *testing.T) {
	for _, tt := range []struct {
		name string
		set  func(s *graph.Server)
		add  map[scanner.Code]int // notes beyond those of a plain page
	}{
		{"empty pages in the middle", func(s *graph.Server) {
			s.Budget = 400
			s.EmptyPages = map[string]int{"published_posts": 3, "photos": 9, "media": 2, "albums": 1}
		}, nil},
		{"pages by time", func(s *graph.Server) {
			s.Budget = 200
			s.TimePaging = map[string]bool{"published_posts": true}
		}, nil},
		{"no order", func(s *graph.Server) { s.Shuffle, s.Budget = 7, 300 }, nil},
		{"small answers only", func(s *graph.Server) { s.Budget = 90 }, nil},
		{"a post that is too much", func(s *graph.Server) {
			s.Heavy = map[string]bool{"104000000000001_9003": true}
		}, nil},
		{"a post again behind a new one", func(s *graph.Server) {
			s.Budget = 200
			s.Add("104000000000001_9900", "PagePost", graph.Fields{"created_time": "2026-11-22T11:59:00+0000", "message": "Ganz neu", "from": graph.Fields{"id": s.Page}})
			s.InsertAfter = map[string]string{"published_posts": "104000000000001_9900"}
		}, map[scanner.Code]int{scanner.CodeDuplicate: 1}},
		{"fields that do not exist", func(s *graph.Server) {
			s.Refused = map[string][]string{"PagePost": {"sponsor_tags", "privacy"}, "Photo": {"name_tags"}, "IGMedia": {"is_ai_generated"}}
		}, map[scanner.Code]int{scanner.CodeField: 4}},
		{"fields of the past", func(s *graph.Server) { s.Deprecated = []string{"story_tags"} }, map[scanner.Code]int{scanner.CodeField: 1}},
		{"another version", func(s *graph.Server) { s.Version = "v27.0" }, map[scanner.Code]int{scanner.CodePromise: 1}},
		{"a field that needs a permission, unnamed", func(s *graph.Server) {
			s.Faults = []*graph.Fault{{On: s.Page, Times: 1, Reply: graph.Fail(403, 10, 0, "(#10) Application does not have permission for this action")}}
			// Without the field nobody knows of the account; the note about it stands for that about its reel.
			s.Edges[s.Instagram+"/media"], s.Edges[s.Instagram+"/stories"] = nil, nil
		}, map[scanner.Code]int{scanner.CodePromise: 1}},
		{"a field that nobody names", func(s *graph.Server) {
			s.Faults = []*graph.Fault{{On: "published_posts", Reply: func(s *graph.Server, r graph.Request) graph.Reply {
				if strings.Contains(r.Query.Get("fields"), "sponsor_tags") {
					return graph.Error(403, 10, 0, "(#10) This endpoint requires a permission")
				}
				return graph.Reply{}
			}}}
		}, map[scanner.Code]int{scanner.CodeField: 1}},
		{"throttled twice, told both ways", func(s *graph.Server) {
			s.Faults = []*graph.Fault{{On: "photos", Times: 2, Reply: func(s *graph.Server, r graph.Request) graph.Reply {
				reply := graph.Throttle(32, 20*time.Second, "retry-after")(s, r)
				reply.Header.Set("X-App-Usage", `{"call_count":100,"estimated_time_to_regain_access":600}`)
				return reply
			}}}
		}, map[scanner.Code]int{scanner.CodeThrottled: 1}},
		{"a page of its own name", func(s *graph.Server) { s.NextHost = "https://graph.example" }, nil},
		{"carousels without their parts", func(s *graph.Server) { s.Mute = []string{"children"} }, nil},
		{"a proof is wanted", func(s *graph.Server) { s.Secret, s.RequireProof = "app-secret-0815", true }, nil},
		{"usage headers", func(s *graph.Server) {
			s.Usage = func(call int) http.Header {
				return http.Header{"X-Business-Use-Case-Usage": {fmt.Sprintf(`{"1":[{"type":"pages","call_count":%d.5,"total_time":1}],"1":[{"call_volume":"3"}]}`, call)}}
			}
		}, nil},
		{"garbage in headers", func(s *graph.Server) {
			s.Usage = func(int) http.Header {
				return http.Header{"X-App-Usage": {`{"call_count":`}, "X-Page-Usage": {`[[[[1,"x"]]]]`}, "X-Business-Use-Case-Usage": {`"`}}
			}
		}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := graph.Demo()
			tt.set(s)
			got := read(t, s, func(o *graphapi.Options) { o.Secret = s.Secret })
			plain := inventory()
			if len(s.Edges[s.Instagram+"/media"]) == 0 {
				plain = slices.DeleteFunc(plain, func(l string) bool { return strings.HasPrefix(l, "ig:") })
			}
			if diff := cmp.Diff(plain, got.lines()); diff != "" {
				t.Errorf("items (-want +got):\n%s", diff)
			}
			want := map[scanner.Code]int{scanner.CodeState: 3, scanner.CodeField: 2}
			for code, n := range tt.add {
				want[code] += n
			}
			if diff := cmp.Diff(want, codes(got.notes)); diff != "" {
				t.Errorf("notes (-want +got):\n%s\n%v", diff, got.notes)
			}
		})
	}
}

// Faults that pass: the pull waits or asks again, and nothing is missing in the end.
func TestPassingFaults(t *testing.T) {
	html := graph.Raw(502, "text/html", "<html><body>Bad Gateway</body></html>")
	for _, tt := range []struct {
		name  string
		fault graph.Fault
		waits time.Duration // at least one wait as long
	}{
		{"unknown error", graph.Fault{On: "published_posts", Times: 2, Reply: graph.Fail(500, 1, 99, "An unknown error occurred")}, time.Second / 2},
		{"service error", graph.Fault{On: "photos", Times: 3, Reply: graph.Fail(503, 2, 0, "Service temporarily unavailable")}, time.Second},
		{"page of a proxy", graph.Fault{On: "media", Times: 1, Reply: html}, time.Second / 2},
		{"empty answer", graph.Fault{On: "albums", Times: 1, Reply: graph.Raw(200, "application/json", "")}, time.Second / 2},
		{"null", graph.Fault{On: "albums", Times: 1, Reply: graph.Raw(200, "application/json", "null")}, time.Second / 2},
		{"text that says no", graph.Fault{On: "videos", Times: 1, Reply: graph.Raw(200, "text/plain", "Service Unavailable")}, time.Second / 2},
		{"error as text", graph.Fault{On: "videos", Times: 1, Reply: graph.Raw(500, "application/json", `{"error":"boom"}`)}, time.Second / 2},
		{"code as text", graph.Fault{On: "videos", Times: 1, Reply: graph.Raw(500, "application/json", `{"error":{"code":"2","message":null}}`)}, time.Second / 2},
		{"old error", graph.Fault{On: "videos", Times: 1, Reply: graph.Raw(200, "application/json", `{"error_code":1,"error_msg":"x"}`)}, time.Second / 2},
		{"answer cut off", graph.Fault{On: "published_posts", Times: 1, Reply: graph.CutOff}, time.Second / 2},
		{"connection reset", graph.Fault{On: "published_posts", Times: 2, Reply: graph.Reset}, time.Second / 2},
		{"reduce", graph.Fault{On: "published_posts", Times: 3, Reply: graph.Reduce}, 0},
		{"throttled, with a time to try again", graph.Fault{On: "photos", Times: 1, Reply: graph.Throttle(32, 90*time.Second, "retry-after")}, 90 * time.Second},
		{"throttled, business header", graph.Fault{On: "photos", Times: 1, Reply: graph.Throttle(80001, 7*time.Minute, "business")}, 7 * time.Minute},
		{"throttled, app header", graph.Fault{On: "media", Times: 1, Reply: graph.Throttle(4, 5*time.Minute, "app")}, 5 * time.Minute},
		{"throttled without a word", graph.Fault{On: "media", Times: 4, Reply: graph.Throttle(17, 0, "")}, 30 * time.Second},
		{"429", graph.Fault{On: "media", Times: 1, Reply: graph.Raw(429, "text/plain", "slow down")}, 4 * time.Second},
		{"picture refused once", graph.Fault{On: "cdn", Times: 1, Reply: graph.Raw(403, "text/plain", "URL signature expired")}, 0},
		{"picture gone once", graph.Fault{On: "cdn", After: 3, Times: 1, Reply: graph.Raw(410, "text/plain", "Gone")}, 0},
		{"a page instead of a picture", graph.Fault{On: "cdn", After: 5, Times: 1, Reply: graph.Raw(200, "text/html", "<html>")}, 0},
		{"pictures cut off", graph.Fault{On: "cdn", After: 2, Times: 2, Reply: graph.CutOff}, 0},
		{"CDN overloaded", graph.Fault{On: "cdn", After: 2, Times: 2, Reply: graph.Raw(503, "text/plain", "")}, time.Second / 2},
		{"CDN connection reset", graph.Fault{On: "cdn", After: 2, Times: 2, Reply: graph.Reset}, time.Second / 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := graph.Demo()
			s.Faults = []*graph.Fault{&tt.fault}
			k := newClock(s)
			got := read(t, s, func(o *graphapi.Options) { s.Now, o.Now, o.Wait = k.Now, k.Now, k.Wait })
			if diff := cmp.Diff(inventory(), got.lines()); diff != "" {
				t.Errorf("items (-want +got):\n%s", diff)
			}
			if k.longest() < tt.waits {
				t.Errorf("longest wait %v, want %v", k.longest(), tt.waits)
			}
		})
	}
}

// Faults of one list: it is told, and the rest is read.
func TestRefusedLists(t *testing.T) {
	for _, tt := range []struct {
		name  string
		fault graph.Fault
		code  scanner.Code
		where string
		gone  string // items that are missing begin so
	}{
		{"no permission", graph.Fault{On: "video_reels", Reply: graph.Fail(403, 10, 0, "(#10) This endpoint requires the 'pages_read_engagement' permission")}, scanner.CodeDenied, "/video_reels", "fb:122100000000000401 "},
		{"unsupported", graph.Fault{On: "104000000000001/stories", Reply: graph.Fail(400, 100, 0, "(#100) Unsupported get request")}, scanner.CodeDenied, "/stories", "fb:1220000000000005"},
		{"not visible", graph.Fault{On: "media", Reply: graph.Fail(400, 100, 33, "Unsupported get request. Object with ID does not exist")}, scanner.CodeDenied, "/media", "ig:1790000000000000"},
		{"broken for good", graph.Fault{On: "video_reels", Reply: graph.Fail(500, 2, 0, "An unexpected error has occurred")}, scanner.CodeUnreadable, "/video_reels", "fb:122100000000000401 "},
		{"not even JSON", graph.Fault{On: "video_reels", Reply: graph.Raw(502, "text/html", "<html>")}, scanner.CodeUnreadable, "/video_reels", "fb:122100000000000401 "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := graph.Demo()
			s.Faults = []*graph.Fault{&tt.fault}
			got := read(t, s)
			want := slices.DeleteFunc(inventory(), func(l string) bool {
				return strings.HasPrefix(l, tt.gone) && !(tt.where == "/media" && strings.Contains(l, "story"))
			})
			if diff := cmp.Diff(want, got.lines()); diff != "" {
				t.Errorf("items (-want +got):\n%s", diff)
			}
			if !slices.ContainsFunc(got.notes, func(n scanner.Note) bool { return n.Code == tt.code && strings.HasSuffix(n.Where, tt.where) }) {
				t.Errorf("no note %q at %q: %v", tt.code, tt.where, got.notes)
			}
		})
	}
}

// Faults that end a pull: the error says which, and the same pull goes on later without doubles.
func TestEndsAndGoesOn(t *testing.T) {
	whole := read(t, graph.Demo())
	for _, tt := range []struct {
		name  string
		fault graph.Fault
		want  error
		cause graphapi.Cause
	}{
		{"expired", graph.Fault{On: "photos", Reply: graph.Fail(400, 190, 463, "Session has expired")}, graphapi.ErrToken, graphapi.CauseExpired},
		{"password", graph.Fault{On: "albums", Reply: graph.Fail(401, 190, 460, "The session has been invalidated")}, graphapi.ErrToken, graphapi.CausePassword},
		{"app removed", graph.Fault{On: "media", Reply: graph.Fail(400, 190, 458, "x")}, graphapi.ErrToken, graphapi.CauseRemoved},
		{"checkpoint", graph.Fault{On: "media", Reply: graph.Fail(400, 190, 459, "x")}, graphapi.ErrToken, graphapi.CauseCheckpoint},
		{"session", graph.Fault{On: "media", Reply: graph.Fail(400, 102, 0, "x")}, graphapi.ErrToken, graphapi.CauseInvalid},
		{"role", graph.Fault{On: "stories", Reply: graph.Fail(400, 190, 492, "x")}, graphapi.ErrRole, graphapi.CauseRole},
		{"blocked", graph.Fault{On: "videos", Reply: graph.Fail(400, 368, 0, "temporarily blocked for policies violations")}, graphapi.ErrBlocked, graphapi.CauseBlocked},
		{"throttled for long", graph.Fault{On: "albums", Reply: graph.Throttle(80001, 5*time.Hour, "business")}, graphapi.ErrThrottled, graphapi.CauseThrottled},
		{"throttled for ever", graph.Fault{On: "albums", Reply: graph.Throttle(4, 0, "")}, graphapi.ErrThrottled, graphapi.CauseThrottled},
		{"nobody there", graph.Fault{After: 7, Reply: graph.Reset}, graphapi.ErrUnavailable, graphapi.CauseUnavailable},
		{"proof", graph.Fault{After: 3, Reply: graph.Fail(400, 104, 0, "Incorrect signature")}, graphapi.ErrProof, graphapi.CauseProof},
		{"no page token", graph.Fault{After: 3, Reply: graph.Fail(400, 190, 0, "This method must be called with a Page Access Token")}, graphapi.ErrTokenKind, graphapi.CauseKind},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := graph.Demo()
			s.Faults = []*graph.Fault{&tt.fault}
			got := newShelf()
			err := got.fill(t.Context(), open(t, s), -1)
			var fault *graphapi.Error
			if !errors.Is(err, tt.want) || !errors.As(err, &fault) || fault.Cause != tt.cause {
				t.Fatalf("error %v, want %v with cause %q", err, tt.want, tt.cause)
			}
			s.Faults = nil
			later := func(o *graphapi.Options) {
				o.Now = func() time.Time { return time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC) }
				s.Now = o.Now
			}
			src := open(t, s, later)
			src.Remembers(got.known)
			if err := got.fill(t.Context(), src, -1); err != nil {
				t.Fatal(err)
			}
			clean(t, s)
			if diff := cmp.Diff(inventory(), got.lines()); diff != "" {
				t.Errorf("items (-want +got):\n%s", diff)
			}
			if got.tally != whole.tally {
				t.Errorf("%d elements, want %d", got.tally.Seen, whole.tally.Seen)
			}
		})
	}
}

func TestBrokenOffAnywhere(t *testing.T) {
	whole := read(t, graph.Demo())
	for n := 1; ; n += 13 {
		s := graph.Demo()
		s.Budget = 700 // several pages of everything
		got := newShelf()
		err := got.fill(t.Context(), open(t, s), n)
		if err == nil && n > 200 {
			break // that was all
		}
		if !errors.Is(err, errBroken) {
			t.Fatalf("after %d entries: error %v", n, err)
		}
		// Tomorrow the cursors of yesterday are no longer valid, every third time.
		if n%3 == 0 {
			s.Epoch++
		}
		src := open(t, s)
		if n%2 == 0 {
			src.Remembers(got.known)
		}
		if err := got.fill(t.Context(), src, -1); err != nil {
			t.Fatalf("after %d entries: %v", n, err)
		}
		if diff := cmp.Diff(inventory(), got.lines()); diff != "" {
			t.Errorf("broken off after %d entries (-want +got):\n%s", n, diff)
		}
		if got.tally != whole.tally && n%3 != 0 {
			t.Errorf("broken off after %d entries: %d elements, want %d", n, got.tally.Seen, whole.tally.Seen)
		}
	}
}

// list is another source that tells of the same page, as an export does.
type list struct{ entries []scanner.Entry }

func (list) ID() string { return "export:1" }
func (l list) Read(context.Context, scanner.Cursor) iter.Seq2[scanner.Entry, error] {
	return func(yield func(scanner.Entry, error) bool) {
		for i, e := range l.entries {
			if e.Cursor = scanner.Cursor(fmt.Sprint(i)); !yield(e, nil) {
				return
			}
		}
	}
}
func (list) Open(context.Context, string) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader("bytes of the export")), nil
}

// A post that an export has told of stays one item when the API tells of it, and gains what only the API knows.
func TestJoinsExport(t *testing.T) {
	at := time.Date(2026, 10, 31, 9, 0, 0, 0, time.UTC)
	export := func(where, text string, at time.Time, media ...scanner.Media) scanner.Entry {
		item := &scanner.Item{Key: scanner.Key("fb:x:" + where), Platform: scanner.Facebook, Kind: scanner.Post, State: scanner.Published, Created: at, Text: text, Media: media,
			Aliases: []scanner.Key{scanner.TextAlias(scanner.Facebook, at, text)}, Origins: []scanner.Origin{{Source: "export:1", Where: where}}}
		for _, m := range media {
			item.Aliases = append(item.Aliases, m.ID)
		}
		return scanner.Entry{Item: item}
	}
	medium := func(number string) scanner.Media {
		file := number + ".jpg"
		return scanner.Media{Ref: file, URI: file, File: file, ID: scanner.FileMediaID(scanner.Facebook, file)}
	}
	c := newCase(t)
	if err := scan(t, c, list{[]scanner.Entry{
		export("posts_1.json[0]", "Unser Team ist komplett: Danke, Petra und Ayşe! 🥨", at, medium("122100000000000001")),
		export("posts_1.json[1]", "Unser Betriebsausflug in Bildern", at.AddDate(0, 0, -14), medium("122100000000000020"), medium("122100000000000021")),
		export("posts_1.json[2]", "Nur Text: Wir haben am Montag geschlossen.", at.AddDate(0, 0, -32)),
		export("posts_1.json[3]", "Gibt es online nicht mehr", at.AddDate(-1, 0, 0)),
	}}); err != nil {
		t.Fatal(err)
	}
	if err := scan(t, c, open(t, graph.Demo())); err != nil {
		t.Fatal(err)
	}
	all := items(t, c)
	if want := len(inventory()) + 1; len(all) != want {
		t.Errorf("%d items, want %d", len(all), want)
	}
	for key, want := range map[scanner.Key]struct{ media, origins int }{
		"fb:x:posts_1.json[0]": {1, 3}, "fb:x:posts_1.json[1]": {12, 14}, "fb:x:posts_1.json[2]": {0, 2}, "fb:x:posts_1.json[3]": {0, 1},
	} {
		i := find(t, all, key)
		if len(i.Media) != want.media || len(i.Origins) != want.origins {
			t.Errorf("%s: %d media, %d origins, want %+v", key, len(i.Media), len(i.Origins), want)
		}
		if want.origins > 1 && i.Permalink == "" {
			t.Errorf("%s: no permalink", key)
		}
	}
	if alt := find(t, all, "fb:x:posts_1.json[0]").Media[0].Alt; alt == "" {
		t.Error("no alt text")
	}
}

// The same with the real scan and its database.
func TestScanGoesOn(t *testing.T) {
	whole := newCase(t)
	if err := scan(t, whole, open(t, graph.Demo())); err != nil {
		t.Fatal(err)
	}
	s := graph.Demo()
	s.Faults = []*graph.Fault{{On: "albums", Reply: graph.Fail(400, 190, 463, "expired")}}
	c := newCase(t)
	if err := scan(t, c, open(t, s)); !errors.Is(err, graphapi.ErrToken) {
		t.Fatalf("error %v, want %v", err, graphapi.ErrToken)
	}
	s.Faults = nil
	if err := scan(t, c, open(t, s)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(inventory(), lines(items(t, c))); diff != "" {
		t.Errorf("items (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(sum(t, whole), sum(t, c)); diff != "" {
		t.Errorf("tally (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(notes(t, whole), notes(t, c)); diff != "" {
		t.Errorf("notes (-want +got):\n%s", diff)
	}
}

func sum(t *testing.T, c *casefile.Case) scanner.Tally {
	t.Helper()
	passes, err := scanner.Passes(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return scanner.Sum(passes)
}

func TestIsASource(t *testing.T) {
	s := graph.Demo()
	fixtures.TestSource(t, func() (scanner.Source, error) { return open(t, s), nil })
	clean(t, s)
}

func TestRequestBudget(t *testing.T) {
	for _, tt := range []struct {
		name string
		s    *graph.Server
	}{{"demo", graph.Demo()}, {"large", graph.Large(1000)}} {
		got := len(read(t, tt.s).items)
		if most := 30 + 12*got/100; tt.s.Calls() > most {
			t.Errorf("%s: %d calls for %d items, want at most %d", tt.name, tt.s.Calls(), got, most)
		}
		for _, r := range tt.s.Requests() {
			if strings.Contains(r.Path, "debug_token") || strings.HasSuffix(r.Path, "/me") {
				t.Errorf("%s: probe %s", tt.name, r.Path)
			}
		}
	}
}

func TestLimitsOfThePlatform(t *testing.T) {
	t.Run("600 posts a year", func(t *testing.T) {
		s := graph.New("104000000000003", "Vielschreiber")
		s.Tokens[graph.PageToken] = graph.Token{Kind: "PAGE"}
		for i := range 650 {
			s.Post(fmt.Sprint(1000+i), time.Date(2024, 12, 31, 8, 0, 0, 0, time.UTC).Add(-time.Duration(i)*12*time.Hour), fmt.Sprint("Beitrag ", i), nil, nil)
		}
		s.YearCap = 600
		got := read(t, s)
		if len(got.items) != 650 {
			t.Errorf("%d posts, want 650", len(got.items))
		}
		i := slices.IndexFunc(got.notes, func(n scanner.Note) bool { return n.Code == scanner.CodeRepaired })
		if i < 0 || !strings.Contains(got.notes[i].Detail, "stopped at 600 posts; asked month by month it gave 50 more") {
			t.Errorf("notes: %v", got.notes)
		}
		if most := 30 + 12*650/100; s.Calls() > most {
			t.Errorf("%d calls, want at most %d", s.Calls(), most)
		}
	})
	t.Run("10,000 media", func(t *testing.T) {
		s := graph.New("104000000000004", "Bilderflut")
		s.Tokens[graph.PageToken] = graph.Token{Kind: "PAGE"}
		s.LinkInstagram("17841400000000009", "bilderflut")
		for i := range 10_050 {
			s.Media(fmt.Sprint(17900000000100000+i), "IMAGE", time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(-time.Duration(i)*time.Hour), "x", nil)
		}
		s.ListedMedia = 10_000
		listed, limit := 0, ""
		for e, err := range open(t, s).Read(t.Context(), "") {
			if err != nil {
				t.Fatal(err)
			}
			if e.Item != nil {
				listed++
			}
			if e.Note != nil && e.Note.Code == scanner.CodeLimit {
				limit = e.Note.Detail
			}
		}
		if listed != 10_000 || limit != "the account says 10050 media, the API listed 10000; it lists the newest 10000 at most" {
			t.Errorf("%d media, note %q", listed, limit)
		}
	})
	t.Run("a list in a circle", func(t *testing.T) {
		s := graph.Demo()
		s.EmptyPages = map[string]int{"published_posts": 1_000_000}
		if n := codes(read(t, s).notes)[scanner.CodeLimit]; n != 1 {
			t.Errorf("%d notes about a limit, want 1", n)
		}
	})
	t.Run("a post that no list has", func(t *testing.T) {
		s := graph.Demo()
		edge := s.Page + "/published_posts"
		s.Edges[edge] = slices.DeleteFunc(s.Edges[edge], func(id string) bool { return id == "104000000000001_9004" })
		got := read(t, s)
		if diff := cmp.Diff(inventory(), got.lines()); diff != "" {
			t.Errorf("items (-want +got):\n%s", diff)
		}
		if n := codes(got.notes)[scanner.CodeRepaired]; n != 1 {
			t.Errorf("%d notes that say so, want 1", n)
		}
	})
	t.Run("an account that is only connected", func(t *testing.T) {
		s := graph.Demo()
		delete(s.Nodes[s.Page].Fields, "instagram_business_account")
		if n := codes(read(t, s).notes)[scanner.CodeDenied]; n != 1 {
			t.Errorf("%d notes that say so, want 1", n)
		}
	})
}

func TestUserTokenGivesPageToken(t *testing.T) {
	s := graph.Demo()
	s.Tokens["user-token"] = graph.Token{Kind: "USER"}
	s.Nodes[s.Page].Fields["access_token"] = graph.PageToken
	s.Secret, s.RequireProof = "app-secret-0815", true
	got := read(t, s, func(o *graphapi.Options) { o.Token, o.Secret = "user-token", s.Secret })
	if diff := cmp.Diff(inventory(), got.lines()); diff != "" {
		t.Errorf("items (-want +got):\n%s", diff)
	}
}

// Nothing that is kept, said or sent elsewhere holds a secret, whatever the API echoes.
func TestSecretsStayInside(t *testing.T) {
	s := graph.Demo()
	s.Secret, s.RequireProof = "app-secret-0815", true
	mac := hmac.New(sha256.New, []byte(s.Secret))
	mac.Write([]byte(graph.PageToken))
	proof := hex.EncodeToString(mac.Sum(nil))
	secrets := []string{graph.PageToken, url.QueryEscape(graph.PageToken), url.PathEscape(graph.PageToken), s.Secret, proof, "access_token=", "appsecret_proof="}
	leak := "see https://graph.facebook.com/v25.0/me?access_token=" + graph.PageToken + "&appsecret_proof=" + proof + " or Bearer " + url.QueryEscape(graph.PageToken)
	s.Faults = []*graph.Fault{
		{On: "video_reels", Reply: graph.Fail(403, 10, 0, "(#10) "+leak)},
		{On: "stories", Reply: graph.Raw(403, "text/html", leak)},
		{On: "albums", After: 1, Times: 1, Reply: graph.Reset},
		{On: "cdn", After: 9, Times: 4, Reply: graph.Raw(404, "text/plain", leak)},
	}
	s.Nodes["104000000000001_9006"].Fields["message"] = "Ein Text mit " + leak
	s.Budget = 400 // so that there are next links
	c := newCase(t)
	keep := filepath.Join(t.TempDir(), "media")
	secret := func(o *graphapi.Options) { o.Secret, o.KeepMedia = s.Secret, keep }
	if err := scan(t, c, open(t, s, secret)); err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	for _, n := range notes(t, c) {
		fmt.Fprintf(&said, "%+v\n", n)
	}
	for _, i := range items(t, c) {
		b, err := json.Marshal(i)
		if err != nil {
			t.Fatal(err)
		}
		said.Write(b)
	}
	for _, fault := range []graph.Fault{
		{Reply: graph.Reset}, {Reply: graph.Fail(400, 190, 463, leak)}, {Reply: graph.Raw(500, "text/html", leak)}, {Reply: graph.Fail(400, 100, 0, leak)},
		{Reply: graph.CutOff}, {Reply: graph.Raw(302, "text/html", leak)}, {Reply: graph.Throttle(4, 9*time.Hour, "retry-after")},
	} {
		s.Faults = []*graph.Fault{&fault}
		err := newShelf().fill(t.Context(), open(t, s, secret), -1)
		if err == nil {
			t.Error("no error")
			continue
		}
		fmt.Fprintf(&said, "%v\n%+v\n", err, err)
		for e := err; e != nil; e = errors.Unwrap(e) {
			fmt.Fprintf(&said, "%#v\n", e)
		}
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	kept := 0
	for _, dir := range []string{c.Dir(), keep} {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			kept++
			b, err := os.ReadFile(path)
			said.WriteString(d.Name())
			said.Write(b)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if kept < 50 {
		t.Errorf("only %d files were kept", kept)
	}
	for _, secret := range secrets {
		for _, form := range []string{secret, strings.ReplaceAll(secret, "/", `\/`), base64.StdEncoding.EncodeToString([]byte(secret))} {
			if i := strings.Index(said.String(), form); i >= 0 && secret != "access_token=" && secret != "appsecret_proof=" {
				t.Errorf("%q got out: …%s…", form, said.String()[max(0, i-80):min(said.Len(), i+80)])
			}
		}
	}
	for _, r := range s.Requests() {
		if r.CDN && (len(r.Header["Authorization"]) > 0 || strings.Contains(r.Query.Encode(), "access_token")) {
			t.Errorf("the CDN was told a secret: %v", r)
		}
		if !r.CDN && r.Query.Get("appsecret_proof") != proof {
			t.Errorf("%s without proof", r.Path)
		}
	}
	for _, v := range s.Violations() {
		if !strings.Contains(v, "throttled") {
			t.Errorf("violation: %s", v)
		}
	}
}

func TestNew(t *testing.T) {
	good := graphapi.Options{Page: "1", Token: "t", Transport: graph.Demo(), Now: time.Now}
	for _, tt := range []struct {
		name   string
		change func(*graphapi.Options)
		want   string
	}{
		{"page", func(o *graphapi.Options) { o.Page = "../me" }, "want the page's number or name"},
		{"no token", func(o *graphapi.Options) { o.Token = "" }, "token is not valid"},
		{"token with a line break", func(o *graphapi.Options) { o.Token = "a\nb" }, "token is not valid"},
		{"plain http", func(o *graphapi.Options) { o.BaseURL = "http://graph.example" }, "want https"},
		{"query", func(o *graphapi.Options) { o.BaseURL = "https://graph.example/?x=1" }, "want scheme, host and path"},
		{"password", func(o *graphapi.Options) { o.BaseURL = "https://a:geheim@graph.example" }, "want scheme, host and path"},
		{"offline", func(o *graphapi.Options) { o.Offline = true }, "no connection wanted"},
	} {
		o := good
		tt.change(&o)
		if _, err := graphapi.New(o); err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "geheim") {
			t.Errorf("%s: error %v, want %q", tt.name, err, tt.want)
		}
	}
	for _, address := range []string{"", "http://127.0.0.1:8080", "http://[::1]:8080/graph/", "http://localhost:1", "https://proxy.example/graph"} {
		o := good
		o.BaseURL = address
		if _, err := graphapi.New(o); err != nil {
			t.Errorf("%q: %v", address, err)
		}
	}
}

// Media over a socket: the address of the API itself is open, its neighbours are not.
func TestLoopback(t *testing.T) {
	s := graph.Demo()
	srv := httptest.NewServer(s)
	defer srv.Close()
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a neighbour was called") }))
	defer other.Close()
	s.Nodes["122100000000000200"].Fields["images"] = []graph.Fields{{"source": other.URL + "/x.jpg", "width": 1, "height": 1}}
	s.Nodes["122100000000000201"].Fields["images"] = []graph.Fields{{"source": "https://192.168.1.1/x.jpg", "width": 1, "height": 1}}
	s.Nodes["122100000000000202"].Fields["images"] = []graph.Fields{{"source": "https://evil-fbcdn.net/x.jpg", "width": 1, "height": 1}}
	s.Nodes["122100000000000203"].Fields["images"] = []graph.Fields{{"source": "http://scontent.xx.fbcdn.net/x.jpg", "width": 1, "height": 1}}
	s.Nodes["122100000000000204"].Fields["images"] = []graph.Fields{{"source": "https://private.xx.fbcdn.net/x.jpg", "width": 1, "height": 1}}
	s.Faults = []*graph.Fault{
		{On: "cdn", After: 20, Times: 1, Reply: func(*graph.Server, graph.Request) graph.Reply {
			return graph.Reply{Status: 302, Header: http.Header{"Location": {other.URL}}}
		}},
		{On: "cdn", After: 40, Times: 2, Reply: graph.CutOff},
	}
	k := newClock(s)
	src, err := graphapi.New(graphapi.Options{Page: s.Page, Token: graph.PageToken, BaseURL: srv.URL, Transport: http.DefaultTransport, Now: k.Now, Wait: k.Wait,
		Resolve: func(_ context.Context, host string) ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
		}})
	if err != nil {
		t.Fatal(err)
	}
	got := newShelf()
	if err := got.fill(t.Context(), src, -1); err != nil {
		t.Fatal(err)
	}
	remote := 0
	for _, i := range got.items {
		for _, m := range i.Media {
			switch m.Status {
			case scanner.Remote:
				remote++
			case scanner.OK:
			default:
				t.Errorf("%s: %s", m.URI, m.Status)
			}
		}
	}
	if remote != 6 {
		t.Errorf("%d media were not fetched, want 6", remote)
	}
	clean(t, s)
}

func TestPublicAddresses(t *testing.T) {
	for _, tt := range []struct {
		url  string
		addr string
		ok   bool
	}{
		{"https://scontent.xx.fbcdn.net/x", "10.0.0.1", false}, {"https://scontent.xx.fbcdn.net/x", "169.254.169.254", false},
		{"https://scontent.xx.fbcdn.net/x", "::1", false}, {"https://scontent.xx.fbcdn.net/x", "::ffff:192.168.0.1", false},
		{"https://scontent.xx.fbcdn.net/x", "100.64.0.1", false}, {"https://scontent.xx.fbcdn.net/x", "fd00::1", false}, {"https://scontent.xx.fbcdn.net/x", "0.0.0.0", false},
	} {
		s := graph.Demo()
		s.Nodes["122100000000000001"].Fields["images"] = []graph.Fields{{"source": tt.url, "width": 1, "height": 1}}
		k := newClock(s)
		srv := httptest.NewServer(s)
		src, err := graphapi.New(graphapi.Options{Page: s.Page, Token: graph.PageToken, BaseURL: srv.URL, Transport: http.DefaultTransport, Now: k.Now, Wait: k.Wait,
			Resolve: func(context.Context, string) ([]netip.Addr, error) {
				return []netip.Addr{netip.MustParseAddr(tt.addr)}, nil
			}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = src.Open(t.Context(), "photo:122100000000000001")
		if !errors.Is(err, scanner.ErrRemote) {
			t.Errorf("%s at %s: error %v, want %v", tt.url, tt.addr, err, scanner.ErrRemote)
		}
		srv.Close()
	}
}

func TestNothingIsLeftRunning(t *testing.T) {
	before := runtime.NumGoroutine()
	s := graph.Demo()
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	for _, err := range open(t, s).Read(ctx, "") {
		if n++; n == 40 {
			cancel()
		}
		if n > 41 {
			t.Fatalf("goes on after the end: %v", err)
		}
	}
	cancel()
	if after := runtime.NumGoroutine(); after > before {
		t.Errorf("%d goroutines before, %d after", before, after)
	}
}

func BenchmarkRead(b *testing.B) {
	s := graph.Large(1000)
	k := newClock(s)
	n := 0
	for b.Loop() {
		src, err := graphapi.New(graphapi.Options{Page: s.Page, Token: graph.PageToken, Transport: s, Now: k.Now, Wait: k.Wait})
		if err != nil {
			b.Fatal(err)
		}
		for e, err := range src.Read(b.Context(), "") {
			if err != nil {
				b.Fatal(err)
			}
			if e.Item != nil {
				n++
			}
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "items/s")
}
