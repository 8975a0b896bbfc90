package graphapi

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pagerisk/scanner"
)

func TestFields(t *testing.T) {
	for _, list := range []string{pageFields, postFields, photoFields, videoFields, albumFields, storyFields, igMediaFields, igStoryFields} {
		if got := renderFields(parseFields(list)); got != list {
			t.Errorf("fields come back changed:\n%s\n%s", list, got)
		}
	}
	const nested = "id,name,place{name},album{name},children{id,name}"
	for _, tt := range []struct{ typeName, want string }{
		{"Photo", "id,place{name},album{name},children{id,name}"}, {"", "id,place{name},album{name},children{id,name}"},
		{"Album", "id,name,place{name},album,children{id,name}"}, {"ShadowIGMedia", "id,name,place{name},album{name},children{id}"},
		{"Place", "id,name,place{name},album{name},children{id}"},
	} {
		list := parseFields(nested)
		if !dropField(&list, "name", tt.typeName) || renderFields(list) != tt.want {
			t.Errorf("dropField(name, %q) leaves %s, want %s", tt.typeName, renderFields(list), tt.want)
		}
	}
	list := parseFields(nested)
	if dropField(&list, "nobody", "") {
		t.Error("a field that is not there was dropped")
	}
}

func TestRefusedField(t *testing.T) {
	asked := parseFields(postFields)
	for _, tt := range []struct {
		message string
		code    int
		want    string
	}{
		{"(#100) Tried accessing nonexisting field (sponsor_tags) on node type (PagePost)", 100, "sponsor_tags"},
		{"(#100) Tried accessing nonexisting field (with_tags) on node type (PagePost)", 100, ""},
		{"(#12) message_tags field is deprecated for versions v3.3 and higher", 12, "message_tags"},
		{"(#10) To use 'instagram_eligibility', your use of this endpoint must be reviewed", 10, ""},
		{"(#100) The field privacy is not readable, (privacy)", 100, "privacy"},
		{"(#100) Invalid cursors values provided", 100, ""},
	} {
		if got := refusedField(&Error{Message: tt.message, Code: tt.code}, asked); got.field != tt.want {
			t.Errorf("refusedField(%q) = %q, want %q", tt.message, got.field, tt.want)
		}
	}
}

func TestNext(t *testing.T) {
	for _, tt := range []struct {
		name, next, after string
		want              cont
		fails             bool
	}{
		{name: "end", after: "abc"},
		{name: "cursor", next: "https://graph.facebook.com/v25.0/1/photos?access_token=SECRET&appsecret_proof=P&limit=25&after=abc&fields=id", want: cont{"after": "abc"}},
		{name: "by time", next: "https://x/v25.0/1/photos?until=1700&__paging_token=enc&access_token=SECRET", want: cont{"until": "1700", "__paging_token": "enc"}},
		{name: "another edge", next: "https://graph.facebook.com/v25.0/1/friends?after=abc", fails: true},
		{name: "another edge, with a cursor", next: "https://graph.facebook.com/v25.0/1/friends?after=evil", after: "abc", want: cont{"after": "abc"}},
		{name: "garbage", next: "::::", fails: true},
		{name: "endless", next: "https://x/1/photos?after=" + strings.Repeat("a", 5000), fails: true},
	} {
		var p paging
		p.Next, p.Cursors.After = text(tt.next), text(tt.after)
		got, err := p.next("1/photos")
		if diff := cmp.Diff(tt.want, got); diff != "" || (err != nil) != tt.fails {
			t.Errorf("%s: error %v (-want +got):\n%s", tt.name, err, diff)
		}
	}
}

func TestUsage(t *testing.T) {
	now := time.Unix(0, 0)
	for _, tt := range []struct {
		header, value string
		share         float64
		minutes       int
		pause         time.Duration
	}{
		{"X-App-Usage", `{"call_count":12,"total_cputime":7,"total_time":9}`, 12, 0, 0},
		{"X-App-Usage", `{"call_count":28.5,"total_cputime":"72.5","total_time":9}`, 72.5, 0, 5 * time.Second},
		{"X-Business-Use-Case-Usage", `{"1":[{"type":"pages","call_count":31,"estimated_time_to_regain_access":0}],"1":[{"type":"instagram","call_volume":90}]}`, 90, 0, time.Minute},
		{"X-Business-Use-Case-Usage", `{"1":[{"type":"pages","call_count":100,"estimated_time_to_regain_access":19}]}`, 100, 19, 19 * time.Minute},
		{"X-Page-Usage", `{"call_count":97}`, 97, 0, time.Minute},
		{"X-App-Usage", `{"call_count":{"call_count":[1,{"call_count":66}]`, 66, 0, 2400 * time.Millisecond},
		{"X-App-Usage", strings.Repeat("[", 100_000), 0, 0, 0},
	} {
		var u usage
		u.read(http.Header{tt.header: {tt.value}}, now)
		if u.share != tt.share || (tt.minutes > 0) != (u.until == now.Add(time.Duration(tt.minutes)*time.Minute)) && tt.minutes > 0 {
			t.Errorf("%s: share %v until %v, want %v and %d minutes", tt.value[:min(80, len(tt.value))], u.share, u.until, tt.share, tt.minutes)
		}
		u.paused = now
		if got := u.pause(now); got < tt.pause || got > tt.pause+tt.pause/8 {
			t.Errorf("%s: pause %v, want %v", tt.value[:min(80, len(tt.value))], got, tt.pause)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for v, want := range map[string]time.Duration{
		"": 0, "90": 90 * time.Second, "0.5": 500 * time.Millisecond, "-3": 0, "soon": 0, "1e300": 0,
		"Sun, 22 Nov 2026 12:05:00 GMT": 5 * time.Minute, "Sun, 22 Nov 2026 11:00:00 GMT": 0,
	} {
		if got := retryAfter(http.Header{"Retry-After": {v}}, now); got != want {
			t.Errorf("retryAfter(%q) = %v, want %v", v, got, want)
		}
	}
}

func TestMoment(t *testing.T) {
	want := time.Date(2025, 1, 1, 7, 0, 0, 0, time.UTC)
	for _, in := range []string{`"2025-01-01T07:00:00+0000"`, `"2025-01-01T08:00:00+01:00"`, `"2025-01-01T07:00:00Z"`, `1735714800`, `"1735714800"`} {
		var m moment
		if err := json.Unmarshal([]byte(in), &m); err != nil || !m.Equal(want) || m.Location() != time.UTC {
			t.Errorf("%s: %v, %v, want %v", in, m, err, want)
		}
	}
	for _, in := range []string{`null`, `""`, `"yesterday"`, `{}`, `"99999999999999"`, `"0001-01-01T00:00:00+0000"`} {
		var m moment
		if err := json.Unmarshal([]byte(in), &m); err != nil || !m.IsZero() {
			t.Errorf("%s: %v, %v, want no time", in, m, err)
		}
	}
}

func TestPosition(t *testing.T) {
	p := position{Stage: "albums", After: cont{"after": "x"}, Limit: 25, Last: "7", Part: 1, Child: &position{Last: "9", Part: 2}}
	got, err := parsePosition(p.cursor())
	if diff := cmp.Diff(&p, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for _, c := range []scanner.Cursor{"x", "{}", `{"s":"elsewhere"}`, "[]"} {
		if _, err := parsePosition(c); err == nil {
			t.Errorf("mark %q was taken", c)
		}
	}
}

// FuzzAnswer holds that no answer makes the reader panic, and that nothing of it gets into an item unbounded.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		`{"data":[{"id":"1_2","message":"x","attachments":{"data":[{"type":"album","subattachments":{"data":[{"target":{"id":"3"},"media":{"image":{"src":"https://x/y.jpg"}},"type":"photo"}]}}]}}],"paging":{"next":"https://x/1/published_posts?after=a"}}`,
		`{"data":[{"id":1,"images":[{"source":"u","width":"1"},null,7],"name_tags":{"0":[{"name":"x"}]},"album":"a"}]}`,
		`{"data":null}`, `{"error":{"code":"190","error_subcode":463}}`, `{"error":"text"}`, `{"error_code":1}`, `[]`, `null`, `{"data":[[],1,"x",{"id":null}]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if e := judge(200, body); e != nil {
			s := &scrubber{}
			s.add("SECRETTOKEN")
			e.Message = s.message(e.Message)
			if strings.Contains(e.Error(), "SECRETTOKEN") || len(e.Message) > 4*maxMessage+8 {
				t.Errorf("message %q", e.Message)
			}
			return
		}
		p, _ := readPage(body, "1/published_posts")
		r := newReader(t.Context(), &Source{o: Options{Page: "1"}, refused: make(refusals)}, nil)
		r.s.links.init()
		r.photos, r.videos = newFeed[photo](nil, nil), newFeed[video](nil, nil)
		for _, raw := range p.elems {
			e := element{raw: raw}
			var po post
			decode(raw, &po)
			var all []scanner.Entry
			if scanner.NumberKey(scanner.Facebook, string(po.ID)) != "" {
				e.id = string(po.ID)
				all = append(all, r.postEntries("published_posts", &po)...)
			}
			var m igMedia
			decode(raw, &m)
			if scanner.NumberKey(scanner.Instagram, string(m.ID)) != "" {
				all = append(all, r.igEntries("media", &m)...)
			}
			for _, list := range []lister{r.videoPage} {
				more, err := list("videos", []element{e})
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, slices.Concat(more...)...)
			}
			var ph photo
			decode(raw, &ph)
			if scanner.MediaID(scanner.Facebook, string(ph.ID)) != "" {
				all = append(all, r.photoItem("photos", &ph, scanner.AlbumPhoto, 1, album{})...)
			}
			for _, entry := range all {
				if i := entry.Item; i != nil {
					if i.Key == "" || len(i.Key) > 120 || strings.ContainsAny(string(i.Key), " \n\t") || len(i.Tags) > maxTags || len([]rune(i.Text)) > maxText+maxName+1 {
						t.Errorf("item %+v", i)
					}
					if _, err := json.Marshal(i); err != nil {
						t.Error(err)
					}
				}
			}
		}
	})
}
