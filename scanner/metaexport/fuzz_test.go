package metaexport

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"pagerisk/scanner"
)

// mojibake writes a text as Meta's exports do.
func mojibake(s string) string {
	var b strings.Builder
	for i := range len(s) {
		b.WriteRune(rune(s[i]))
	}
	return b.String()
}

func TestMend(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"", ""},
		{"Tisch", "Tisch"},
		{mojibake("Grüße aus Öllerkamp"), "Grüße aus Öllerkamp"},
		{mojibake("🎉"), "🎉"},
		{mojibake("工厂"), "工厂"},
		{mojibake("„Größe“ – 100 €"), "„Größe“ – 100 €"},
		{"Grüße – schon richtig", "Grüße – schon richtig"},
		{"Café", "Café"}, // Latin-1 that is no UTF-8
		{mojibake("Schön") + "ð\u009f¤...", "Schönð\u009f¤..."},                  // cut in the middle of an emoji
		{mojibake("ü") + mojibake("🎉")[:len(mojibake("🎉"))-2], "üð\u009f\u008e"}, // the same at the end
		{mojibake("Zitat: Ã©"), "Zitat: Ã©"},                                     // what somebody really typed stays after one repair
	} {
		if got := Mend(test.in); got != test.want {
			t.Errorf("Mend(%q) = %q, want %q", test.in, got, test.want)
		}
	}
}

// FuzzMend: what Meta does to a text is undone exactly; other texts stay; a repaired text beyond Latin-1 is never
// repaired again.
func FuzzMend(f *testing.F) {
	for _, s := range []string{"", "a", "Grüße 🎉 工厂", "Ã©", "ð\u009f¤", "e\u0301", "\x00", "�"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			s = strings.ToValidUTF8(s, "�")
		}
		if got := Mend(mojibake(s)); got != s {
			t.Errorf("Mend(mojibake(%q)) = %q", s, got)
		}
		once := Mend(s)
		if !utf8.ValidString(once) {
			t.Errorf("Mend(%q) = %q is no UTF-8", s, once)
		}
		beyond := strings.IndexFunc(once, func(r rune) bool { return r > 0xff }) >= 0
		if twice := Mend(once); beyond && twice != once {
			t.Errorf("Mend twice: %q, %q, %q", s, once, twice)
		}
		if !norm.NFC.IsNormalString(clean(once)) {
			t.Errorf("clean(%q) is not NFC", once)
		}
	})
}

// FuzzSplitter: any bytes end, give only valid JSON, and what stands before damage is found.
func FuzzSplitter(f *testing.F) {
	for _, s := range []string{`[]`, `{}`, `[{"a":1},{"a":2}]`, "[\n  {\n    \"a\": 1\n  },\n  {\n    \"a\": \"\\u00c3\"\n  }\n]", `{"videos_v2":[{"uri":"a"}]}`,
		`{"g":{"activity_log_data":[{"timestamp":1}]}}`, `{"timestamp":1,"data":[{}]}`, `[object Object]`, `{"name":"A","photos":[{"uri":"x"}],"cover_photo":{"uri":"y"}}`,
		`[{"a":1},{"a":`, `[{"a":1}][{"a":2}]`, "\ufeff[1,\"x\",null]", `[{"a":"\"}]`, `[[[[`} {
		f.Add([]byte(s), true)
		f.Add([]byte(s), false)
	}
	f.Fuzz(func(t *testing.T, data []byte, walk bool) {
		s := newSplitter(bytes.NewReader(data), walk)
		for n := 0; ; n++ {
			_, raw, err := s.next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err == nil && !json.Valid(raw) && s.found && len(s.open) > 0 {
				t.Errorf("element %q is not JSON", raw)
			}
			if n > len(data)+2 {
				t.Fatalf("%d elements in %d bytes", n, len(data))
			}
		}
		intact := append([]byte(`[{"timestamp":1,"data":[{"post":"ganz"}]},`), data...)
		if _, raw, err := newSplitter(bytes.NewReader(intact), walk).next(); err != nil || string(raw) != `{"timestamp":1,"data":[{"post":"ganz"}]}` {
			t.Errorf("intact element before %q: %q, %v", data, raw, err)
		}
	})
}

// FuzzElement: whatever an element is, it gives records that can be shown.
func FuzzElement(f *testing.F) {
	for _, s := range []string{
		`{"timestamp":1700000000,"title":"t","data":[{"post":"\u00c3\u00a4"},{"update_timestamp":1}],"attachments":[{"data":[{"media":{"uri":"a/b.jpg","creation_timestamp":1}},{"external_context":{"url":"x"}}]}],"tags":["a",{"name":"b"}]}`,
		`{"uri":"x.mp4","creation_timestamp":1,"media_metadata":{"video_metadata":{"subtitles":{"uri":"x.srt"}}},"provenance_info":{"is_gen_ai":"true"}}`,
		`{"media":[{"uri":"media/posts/1.jpg","creation_timestamp":1,"title":"c"}]}`,
		`{"timestamp":1,"label_values":[{"label":"Text","value":"v"},{"dict":[{"dict":[{"media":[{"uri":"a","creation_timestamp":1}]}]}]}]}`,
		`{"caption":"c","taken_at":"2019-01-02T03:04:05+00:00","path":"photos/201901/a.jpg"}`,
		`{"attachments":[{"data":[{"note":{"title":"a","text":"b","media":[{"uri":"u","creation_timestamp":1}]}},{"poll":{"question":"q","options":[{"option":"o"}]}},{"life_event":{"title":"l"}}]}],"timestamp":1e300}`,
		`[]`, `null`, `{}`,
	} {
		for form := range int(personal) + 1 {
			f.Add([]byte(s), form)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte, n int) {
		if n < 0 || n > int(personal) {
			return
		}
		for _, state := range []scanner.State{scanner.Published, scanner.Deleted} {
			d := decoder{list: list{form: form(n), kind: scanner.Post, state: state}, pieces: true}
			var v any
			if json.Unmarshal(raw, &v) != nil {
				return
			}
			for _, rec := range d.decode("photos", v) {
				if rec.fault != "" && rec.why == "" {
					t.Errorf("fault %q of %q without a reason", rec.fault, raw)
				}
				if !utf8.ValidString(rec.text) || !norm.NFC.IsNormalString(rec.text) {
					t.Errorf("text %q of %q", rec.text, raw)
				}
				if !rec.created.IsZero() && (rec.created.Year() < 1970 || rec.created.Year() > 9999) {
					t.Errorf("time %v of %q", rec.created, raw)
				}
			}
		}
	})
}

// FuzzZip: any bytes as an archive end, and what the walk finds lies inside them.
func FuzzZip(f *testing.F) {
	for _, method := range []uint16{zip.Store, zip.Deflate} {
		var buf bytes.Buffer
		w := zip.NewWriter(&buf)
		for _, name := range []string{"your_instagram_activity/media/posts_1.json", "media/posts/1.jpg", "../x"} {
			m, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: method})
			if err != nil {
				f.Fatal(err)
			}
			if _, err := m.Write([]byte(`[{"media":[]}]`)); err != nil {
				f.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			f.Fatal(err)
		}
		f.Add(buf.Bytes())
		f.Add(buf.Bytes()[:buf.Len()/2])
		f.Add(bytes.ReplaceAll(buf.Bytes(), []byte("PK\x05\x06"), []byte("PKxx")))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p := &part{name: "a.zip", raw: bytes.NewReader(data)}
		members, _, err := walkZip(t.Context(), p.raw, int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range members {
			if m.offset < 0 || m.packed < 0 || m.offset+m.packed > int64(len(data)) {
				t.Errorf("member %q at %d with %d bytes in an archive of %d", m.name, m.offset, m.packed, len(data))
			}
			r, err := m.open(p.raw)
			if err != nil {
				continue
			}
			n, err := io.Copy(io.Discard, io.LimitReader(r, 1<<20))
			if err == nil && m.whole && n < 1<<20 && n != m.size {
				t.Errorf("member %q says %d bytes and gives %d", m.name, m.size, n)
			}
		}
		tree := &tree{parts: []*part{p}}
		list, err := p.list(t.Context(), int64(len(data)))
		if err != nil {
			return
		}
		if err := tree.add(list, ""); err != nil {
			t.Fatal(err)
		}
		if err := tree.arrange(); err != nil {
			return
		}
		s := &Source{t: tree, id: tree.id()}
		s.collect(t.Context())
		sum, err := s.Inspect(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got := sum.Tally; got.Seen != got.Read+got.Skipped+got.Failed || got.Seen < int64(len(tree.files)) {
			t.Errorf("tally %+v of %d files", got, len(tree.files))
		}
	})
}

// FuzzEarly: any bytes as a document of the time before 2018 end, and give texts that can be shown.
func FuzzEarly(f *testing.F) {
	for _, s := range []string{
		`<html><body><h1>A</h1><p><div class="meta">12. November 2014 um 20:53 UTC+01</div>x<div class="comment">y<br>z</div><img src="../photos/1/2.jpg"></p></body></html>`,
		`<h1>A</h1><div class="block"><img src="photos/1/2.jpg"><div>Text<div class="meta">x</div></div><div class="comment">z</div></div>`, `<div class="meta"`, `<img><img src=x>`,
	} {
		f.Add([]byte(s), true)
		f.Add([]byte(s), false)
	}
	f.Fuzz(func(t *testing.T, data []byte, isAlbum bool) {
		l := list{form: timeline}
		if isAlbum {
			l.form = album
		}
		n := 0
		readEarly(bytes.NewReader(data), l, time.UTC, func(rec record) error {
			if n++; n > len(data) {
				t.Fatalf("%d records in %d bytes", n, len(data))
			}
			if !utf8.ValidString(rec.text) || !utf8.ValidString(rec.album) {
				t.Errorf("texts %q, %q", rec.text, rec.album)
			}
			return nil
		})
	})
}

func TestCleanName(t *testing.T) {
	for _, test := range []struct {
		raw, want string
		ok        bool
	}{
		{"a/b.jpg", "a/b.jpg", true}, {`a\b.jpg`, "a/b.jpg", true}, {"./a//b", "a/b", true}, {"A\u0308/x", "Ä/x", true},
		{"../a", "../a", false}, {"a/../../b", "a/../../b", false}, {"/a", "/a", false}, {"c:/a", "c:/a", false}, {`\\server\a`, "//server/a", false},
		{"a\x00b", "a\ufffdb", false}, {"", "", false}, {"a..b/c", "a..b/c", true},
	} {
		if got, ok := cleanName(test.raw); got != test.want || ok != test.ok {
			t.Errorf("cleanName(%q) = %q, %t, want %q, %t", test.raw, got, ok, test.want, test.ok)
		}
	}
}

func TestBelowActivity(t *testing.T) {
	for _, test := range []struct {
		path, root, rest string
		product          scanner.Platform
	}{
		{"this_profile's_activity_across_facebook/posts/a.json", "", "posts/a.json", scanner.Facebook},
		{"w/this_profile_s_activity_across_facebook/posts/a.json", "w", "posts/a.json", scanner.Facebook},
		{"w/v/your_instagram_activity/media/posts_1.json", "w/v", "media/posts_1.json", scanner.Instagram},
		{"personal_information/profile_information/your_facebook_activity/posts/a.json", "", "posts/a.json", scanner.Facebook},
		{"posts/your_posts_1.json", "", "posts/your_posts_1.json", ""},
		{"your_facebook_activity", "", "your_facebook_activity", ""},
	} {
		root, rest, product := belowActivity(test.path)
		if root != test.root || rest != test.rest || product != test.product {
			t.Errorf("belowActivity(%q) = %q, %q, %q", test.path, root, rest, product)
		}
	}
}
