package metaexport

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pagerisk/fixtures"
	"pagerisk/scanner"
)

// readAll reads a document and gives its records in short: what matters to an item.
func readAll(t *testing.T, doc string, l list) ([]brief, htmlHead) {
	t.Helper()
	var out []brief
	head, err := readHTML(strings.NewReader(doc), l, fixtures.Berlin, func(r record) error {
		out = append(out, shorten(r))
		return nil
	})
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	return out, head
}

// brief is a record without what is empty, for comparing.
type brief struct {
	At, Updated, Text, Title, Album, Place, Link, Named string
	Tags                                                []string
	Media                                               []string // "uri", then what is known of it in brackets
	Fault                                               scanner.Code
	Unclear                                             string
}

func shorten(r record) brief {
	b := brief{Text: r.text, Title: r.title, Album: r.album, Place: r.place, Link: r.link, Named: r.named, Tags: r.tags, Fault: r.fault, Unclear: r.unclear}
	if !r.created.IsZero() {
		b.At = r.created.Format(time.RFC3339)
		if r.zoneAssumed {
			b.At += "?"
		}
	}
	if !r.updated.IsZero() {
		b.Updated = r.updated.Format(time.RFC3339)
	}
	for _, m := range r.media {
		s := m.uri
		for _, p := range []struct{ name, value string }{{"album", m.album}, {"caption", m.caption}, {"cover", m.cover}, {"backup", m.backup}, {"srt", strings.Join(m.subtitles, ",")}} {
			if p.value != "" {
				s += " [" + p.name + "=" + p.value + "]"
			}
		}
		if m.video {
			s += " [video]"
		}
		if m.bare {
			s += " [bare]"
		}
		b.Media = append(b.Media, s)
	}
	return b
}

var (
	timelineList  = list{form: timeline, kind: scanner.Post}
	photosList    = list{form: photoList, kind: scanner.AlbumPhoto}
	albumList     = list{form: album, kind: scanner.AlbumPhoto}
	instagramList = list{form: posts, kind: scanner.Post}
)

var noon = time.Date(2024, 5, 3, 12, 8, 9, 0, time.UTC)

func facebookAccount() *fixtures.Account {
	jpeg := []byte("\xff\xd8\xff\xe0 a picture")
	photo := func(name string) fixtures.Medium {
		return fixtures.Medium{Name: name, Dir: "Chronik-Fotos_411", Title: "Chronik-Fotos", At: noon, Bytes: append(jpeg, name...), Description: "Die Werkstatt"}
	}
	a, b, c := photo("4110001.jpg"), photo("4110002.jpg"), photo("4110003.jpg")
	b.Description, b.Camera = "Nur hier", true
	film := fixtures.Medium{Name: "4110009.mp4", Dir: "videos", At: noon, Bytes: []byte("\x00\x00\x00\x18ftypisom"), Video: true, Title: "Öl oder Lack?", Description: "Wir vergleichen"}
	return &fixtures.Account{
		Name: "Tischlerei Mai & Söhne", User: "mai", ID: "1",
		Posts: []fixtures.Post{
			{At: noon, Text: "Die Werkstatt", Title: "Mai hat 2 Fotos hinzugefügt.", Media: []fixtures.Medium{a, b}, Place: "Moorbrück", Updated: noon.Add(time.Hour)},
			{At: noon.Add(-24 * time.Hour), Text: "Zeile 1\nZeile 2 \"zitiert\" <3 😀", Title: ""},
			{At: noon.Add(-48 * time.Hour), Text: "Lesen Sie hier", Link: "https://blatt.example/a?b=1&c=2", LinkName: "Ein Artikel"},
			{At: noon.Add(-72 * time.Hour), Text: "Film ab", Media: []fixtures.Medium{film}},
		},
		Albums: []fixtures.Album{
			{Name: "Chronik-Fotos", Photos: []fixtures.Medium{a, c}, At: noon},
			{Name: "Leer", At: noon},
		},
		Videos:        []fixtures.Medium{film},
		Uncategorized: []fixtures.Medium{{Name: "4110005.jpg", Dir: "your_posts", At: noon, Bytes: jpeg, Description: "Nachttisch"}},
	}
}

func TestReadHTMLFacebook(t *testing.T) {
	for _, era := range []fixtures.Era{fixtures.Era2018, fixtures.Era2022, fixtures.Era2025, fixtures.EraUnknown} {
		t.Run(string(era), func(t *testing.T) {
			tree := fixtures.Build(fixtures.FacebookPage, fixtures.HTML, facebookAccount(), fixtures.Options{Era: era})
			const root = "this_profile's_activity_across_facebook/posts/"
			media := root + "media/"
			got, head := readAll(t, string(tree[root+"profile_posts_1.html"]), timelineList)
			want := []brief{
				{At: "2024-05-03T12:08:09Z?", Updated: "2024-05-03T13:08:09Z", Text: "Die Werkstatt", Title: "Mai hat 2 Fotos hinzugefügt.", Place: "Moorbrück", Media: []string{
					media + "Chronik-Fotos_411/4110001.jpg [album=Chronik-Fotos]",
					media + "Chronik-Fotos_411/4110002.jpg [album=Chronik-Fotos] [caption=Nur hier]"}},
				{At: "2024-05-02T12:08:09Z?", Text: "Zeile 1\nZeile 2 \"zitiert\" <3 😀"},
				{At: "2024-05-01T12:08:09Z?", Text: "Lesen Sie hier", Link: "https://blatt.example/a?b=1&c=2", Named: "Ein Artikel"},
				{At: "2024-04-30T12:08:09Z?", Text: "Film ab", Media: []string{media + "videos/4110009.mp4 [caption=Öl oder Lack?\nWir vergleichen] [video]"}},
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("timeline (-want +got):\n%s", diff)
			}
			if head.account != "Tischlerei Mai & Söhne" {
				t.Errorf("account %q", head.account)
			}
			if head.offset == nil || *head.offset != time.Hour {
				t.Errorf("offset %v, want 1h", head.offset)
			}

			got, _ = readAll(t, string(tree[root+"album/0.html"]), albumList)
			want = []brief{
				{At: "2024-05-03T12:08:09Z?", Album: "Chronik-Fotos", Media: []string{media + "Chronik-Fotos_411/4110001.jpg [caption=Die Werkstatt]"}},
				{At: "2024-05-03T12:08:09Z?", Album: "Chronik-Fotos", Media: []string{media + "Chronik-Fotos_411/4110003.jpg [caption=Die Werkstatt]"}},
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("album (-want +got):\n%s", diff)
			}
			got, _ = readAll(t, string(tree[root+"album/1.html"]), albumList)
			if len(got) != 0 {
				t.Errorf("empty album: %v", got)
			}

			got, _ = readAll(t, string(tree[root+"photos.html"]), photosList)
			want = []brief{{Fault: scanner.CodeNotContent}, {Fault: scanner.CodeNotContent}}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("index (-want +got):\n%s", diff)
			}

			got, _ = readAll(t, string(tree[root+"videos.html"]), photosList)
			want = []brief{{At: "2024-05-03T12:08:09Z?", Media: []string{media + "videos/4110009.mp4 [caption=Öl oder Lack?\nWir vergleichen] [video]"}}}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("videos (-want +got):\n%s", diff)
			}
			got, _ = readAll(t, string(tree[root+"uncategorized_photos.html"]), photosList)
			want = []brief{{At: "2024-05-03T12:08:09Z?", Media: []string{media + "your_posts/4110005.jpg [caption=Nachttisch]"}}}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("uncategorized (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadHTMLInstagram(t *testing.T) {
	at := noon.Truncate(time.Minute)
	jpeg := []byte("\xff\xd8\xff\xe0")
	pic := func(name string) fixtures.Medium {
		return fixtures.Medium{Name: name, Dir: "posts/202405", At: at, Bytes: jpeg}
	}
	film := pic("17003.mp4")
	film.Video, film.Subtitles = true, []byte("1\n")
	camera := pic("17004.jpg")
	camera.Camera, camera.At = true, at.Add(-time.Hour)
	account := &fixtures.Account{Name: "Salon", User: "salon", Posts: []fixtures.Post{
		{At: at, Text: "Drei auf einmal @anna\n#salon", Media: []fixtures.Medium{pic("17001.jpg"), pic("17002.webp"), film}, Tags: []string{"anna_k", "b.erta"}},
		{At: at.Add(-time.Hour), Media: []fixtures.Medium{camera}},
	}, Trash: []fixtures.Post{{At: at, Text: "Weg damit", Media: []fixtures.Medium{pic("17009.jpg")}}}}
	for _, era := range []fixtures.Era{fixtures.EraInstagram, fixtures.Era2018, fixtures.Era2025, fixtures.EraUnknown} {
		for _, lang := range fixtures.Languages {
			t.Run(string(era)+" "+lang, func(t *testing.T) {
				tree := fixtures.Build(fixtures.Instagram25, fixtures.HTML, account, fixtures.Options{Era: era, Lang: lang})
				got, _ := readAll(t, string(tree["your_instagram_activity/media/posts_1.html"]), instagramList)
				want := []brief{
					{At: "2024-05-03T12:08:00Z?", Text: "Drei auf einmal @anna\n#salon", Tags: []string{"anna_k", "b.erta"}, Media: []string{
						"media/posts/202405/17001.jpg", "media/posts/202405/17002.webp", "media/posts/202405/17003.mp4 [srt=media/posts/202405/17003.srt] [video]"}},
					{At: "2024-05-03T11:08:00Z?", Media: []string{"media/posts/202405/17004.jpg"}},
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("posts (-want +got):\n%s", diff)
				}
				got, _ = readAll(t, string(tree["your_instagram_activity/media/recently_deleted_content.html"]), instagramList)
				want = []brief{{At: "2024-05-03T12:08:00Z?", Text: "Weg damit", Media: []string{"media/posts/202405/17009.jpg"}}}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("deleted (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// Structures written by hand after the documents described, with what builders do not vary.
func TestReadHTMLStructure(t *testing.T) {
	tests := []struct {
		name string
		list list
		doc  string
		want []brief
	}{
		{"blocks in a wrapper below the main area, no class known", timelineList,
			`<body><header><h1>Posts</h1><p>May 3, 2024 2:08 pm</p></header><div role="main"><div class="w">
			<div class="q"><div class="b"><div>Erster</div></div><div class="d">May 3, 2024 2:08:09 pm</div></div>
			<div class="q"><div class="b"><div>Zweiter</div></div><div class="d">May 2, 2024 2:08:09 pm</div></div>
			</div></div></body></html>`,
			[]brief{{At: "2024-05-03T12:08:09Z?", Text: "Erster"}, {At: "2024-05-02T12:08:09Z?", Text: "Zweiter"}}},
		{"the album below a picture is nobody's words", timelineList,
			`<main><div class="_3-95 _a6-g"><div class="_2ph_ _a6-p"><div><div class="_2pin"><div></div></div><div class="_2pin"><div><div class="_a6_o _3-96"><a href="posts/media/ChronikFotos_1222000/1.jpg"><img src="posts/media/ChronikFotos_1222000/1.jpg"></a><div class="_3-95">Chronik-Fotos</div></div></div></div></div></div><div class="_3-94 _a6-o"><div class="_a72d">May 3, 2024 2:08 pm</div></div></div></main></body>`,
			[]brief{{At: "2024-05-03T12:08:00Z?", Media: []string{"posts/media/ChronikFotos_1222000/1.jpg [album=Chronik-Fotos]"}}}},
		{"no main area", timelineList,
			`<body><div class="top">Logo</div><div class="_a6-g"><div class="_2ph_ _a6-p"><div class="_2pin"><div>Text</div></div></div><div class="_3-94 _a6-o">3. Mai 2024, 14:08</div></div></body></html>`,
			[]brief{{At: "2024-05-03T12:08:00Z?", Text: "Text"}}},
		{"a date in a language nobody taught us", timelineList,
			`<main><div class="k"><div>Hallo</div><div>Xyzzy 3, 2024 14:08</div></div></main></body>`,
			[]brief{{Text: "Hallo", Unclear: `date "Xyzzy 3, 2024 14:08" not understood`}}},
		{"sections in sections", photosList,
			`<main><section class="_3-95 _a6-g"><div class="_a6-p"><section class="_3-95 _a6-g"><div class="_a6-p"><img src="posts/media/a/1.jpg"></div></section></div><footer><div>May 3, 2024 2:08 pm</div></footer></section></main></body>`,
			[]brief{{At: "2024-05-03T12:08:00Z?", Media: []string{"posts/media/a/1.jpg"}}}},
		{"base address, and none", photosList,
			`<head><base href="../../../"></head><main><div class="_a6-g"><a href="posts/media/a/1.jpg"><img src="posts/media/a/1.jpg"></a><div class="_a6-o">May 3, 2024 2:08 pm</div></div>
			<div class="_a6-g"><img src="../../posts/media/a/2.jpg"><div class="_a6-o">May 3, 2024 2:09 pm</div></div></main></body>`,
			[]brief{{At: "2024-05-03T12:08:00Z?", Media: []string{"posts/media/a/1.jpg"}}, {At: "2024-05-03T12:09:00Z?", Media: []string{"posts/media/a/2.jpg"}}}},
		{"video with still, source element, link to a larger picture, link without picture", photosList,
			`<main><div class="_a6-g"><video poster="m/v.jpg"><source src="m/v.mp4"></video><a href="m/big.jpg"><img src="m/small.jpg"></a><a href="m/film_0"><div>Film</div></a><div class="_a6-o">May 3, 2024 2:08 pm</div></div></main></body>`,
			[]brief{{At: "2024-05-03T12:08:00Z?", Media: []string{"m/v.mp4 [cover=m/v.jpg] [video]", "m/big.jpg [backup=m/small.jpg]", "m/film_0"}}}},
		{"pictures that are only addresses, logos, downloads of Meta's", photosList,
			`<body><img src="files/logo.png"><main><div class="_a6-g"><img src="https://scontent.example/1.jpg"><img src="data:image/png;base64,AA"><a href="https://www.facebook.com/dyi/l/?l=1"><div class="_a6-o">May 3, 2024 2:08 pm</div></a></div></main></body>`,
			[]brief{{At: "2024-05-03T12:08:00Z?", Unclear: "1 pictures are only addresses"}}},
		{"the detour of a shared link and the placeholder", timelineList,
			`<main><div class="_a6-g"><div class="_a6-p"><div class="_2pin"><div><div><div><a href="https://l.facebook.com/l.php?u=https%3A%2F%2Fa.example%2Fx&h=1">a.example</a></div></div></div></div></div><div class="_a6-o">May 3, 2024 2:08 pm</div></div>
			<div class="_a6-g"><div class="_a6-p"><div class="_2pin"><div><div><div><a href="http://0.0.0.0/">http://0.0.0.0/</a></div></div></div></div><div class="_2pin"><div>Text</div></div></div><div class="_a6-o">May 3, 2024 2:08 pm</div></div></main></body>`,
			[]brief{{At: "2024-05-03T12:08:00Z?", Link: "https://a.example/x"}, {At: "2024-05-03T12:08:00Z?", Text: "Text"}}},
		{"character references, no repair of what looks like mojibake", instagramList,
			`<main><div class="_a6-g"><h2 class="_a6-h">&#064;anna &amp; Caf&eacute; &#039;Ã¼&#039;</h2><div class="_a6-p"><img src="media/posts/202405/1.jpg"></div><div class="_a6-o">May 3, 2024 2:08 pm</div></div></main></body>`,
			[]brief{{At: "2024-05-03T12:08:00Z?", Text: "@anna & Café 'Ã¼'", Media: []string{"media/posts/202405/1.jpg"}}}},
		{"tagged users by their form, in a language not known", instagramList,
			`<main><div class="_a6-g"><div class="_a6-p"><img src="media/posts/202405/1.jpg"><table><tr><td colspan="2"><div>Ceci n'est pas connu</div><div><div>anna.k (Mentionnée, 0,5, 0,25)</div><div>bert (Mentionné, 0.5, 0.75)</div></div></td></tr><tr><td>Lieu</td><td>Paris (France)</td></tr></table></div><div class="_a6-o">May 3, 2024 2:08 pm</div></div></main></body>`,
			[]brief{{At: "2024-05-03T12:08:00Z?", Tags: []string{"anna.k", "bert"}, Media: []string{"media/posts/202405/1.jpg"}}}},
		{"coauthors", instagramList,
			`<main><div class="_a6-g"><div class="_a6-p"><img src="media/posts/202405/1.jpg"><table><tr><td colspan="2"><div>Tagged users</div><div><div>anna (Coauthor)</div><div>bert (Invited coauthor)</div></div></td></tr></table></div><div class="_a6-o">May 3, 2024 2:08 pm</div></div></main></body>`,
			[]brief{{At: "2024-05-03T12:08:00Z?", Tags: []string{"anna", "bert"}, Media: []string{"media/posts/202405/1.jpg"}}}},
		{"a table that is the record", list{form: labelled, state: scanner.Deleted},
			`<main><section class="_a6-g"><div class="_a6-p"><table><tr><td>Text</td><td>Aprilscherz, alles aus Pappe</td></tr><tr><td colspan="2"><div>Medien</div><div><a href="posts/media/a/1.jpg"><img src="posts/media/a/1.jpg"></a></div></td></tr></table></div><footer>1. Apr. 2022, 10:00</footer></section></main></body>`,
			[]brief{{At: "2022-04-01T08:00:00Z?", Text: "Aprilscherz, alles aus Pappe", Media: []string{"posts/media/a/1.jpg"}}}},
		{"a draft", list{form: detailed},
			`<main><section class="_a6-g"><table><tr><td>Caption</td><td>Noch nicht fertig</td></tr><tr><td>Creation time</td><td>May 3, 2024 2:08 pm</td></tr><tr><td>Draft</td><td>True</td></tr></table><img src="media/posts/202405/1.jpg"></section></main></body>`,
			[]brief{{At: "2024-05-03T12:08:00Z?", Text: "Noch nicht fertig", Media: []string{"media/posts/202405/1.jpg"}}}},
		{"nothing to show", timelineList,
			`<main><div class="_a6-g"><div>Es liegen keine Daten vor.</div></div></main></body>`,
			[]brief{{Fault: scanner.CodeEmpty}}},
		{"end tags left out, style and script in between", photosList,
			`<main><div class="_a6-g"><style>.x{color:red}</style><script>document.write("<div class=_a6-g>")</script><p><img src="m/1.jpg"><table><tr><td>Kamera<td>Nikon</table><div class="_a6-o">May 3, 2024 2:08 pm</div></div></main></body>`,
			[]brief{{At: "2024-05-03T12:08:00Z?", Media: []string{"m/1.jpg"}}}},
		{"the offset of the head counts where the assumed zone contradicts", timelineList,
			`<body><header><p>Generated by June Mai on Monday, December 11, 2023 at 3:41 PM UTC+07:00</p></header><main><div class="_a6-g"><div class="_a6-p"><div class="_2pin"><div>Text</div></div></div><div class="_a6-o">Tháng 8 18, 2023 9:49:03chiều</div></div></main></body>`,
			[]brief{{At: "2023-08-18T14:49:03Z?", Text: "Text"}}},
		{"so does the moment that the head has in both spellings", timelineList,
			`<body><header><p><time datetime="2026-08-10T03:38:30Z">ago 10, 2026 4:38 da manhã</time></p></header><main><div class="_a6-g"><div class="_a6-p"><div class="_2pin"><div>Texto</div></div></div><div class="_a6-o">ago 9, 2026 10:15 da tarde</div></div></main></body>`,
			[]brief{{At: "2026-08-09T21:15:00Z?", Text: "Texto"}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, _ := readAll(t, test.doc, test.list)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadHTMLHead(t *testing.T) {
	doc := `<html><head><title>Bài viết</title></head><body><div><div>Bài viết</div><div><div>Hải Nguyễn tạo lúc Thứ Hai, 11 tháng 12, 2023 lúc 15:41 UTC+07:00<div>Chứa dữ liệu từ 11 tháng 12, 2022 lúc 09:48 đến 11 tháng 12, 2023 lúc 15:36</div></div></div></div><main></main></body></html>`
	_, head := readAll(t, doc, timelineList)
	if head.account != "Hải Nguyễn" {
		t.Errorf("account %q", head.account)
	}
	if head.offset == nil || *head.offset != 7*time.Hour {
		t.Fatalf("offset %v", head.offset)
	}
	got := []string{head.from.Format(time.RFC3339), head.to.Format(time.RFC3339)}
	if diff := cmp.Diff([]string{"2022-12-11T02:48:00Z", "2023-12-11T08:36:00Z"}, got); diff != "" {
		t.Errorf("window (-want +got):\n%s", diff)
	}
}

func TestReadHTMLDamage(t *testing.T) {
	block := `<div class="_a6-g"><div class="_a6-p"><img src="m/%d.jpg"></div><div class="_a6-o">May 3, 2024 2:08 pm</div></div>`
	var doc strings.Builder
	doc.WriteString(`<body><div role="main">`)
	for i := range 8 {
		fmt.Fprintf(&doc, block, i)
	}
	doc.WriteString(`</div></body></html>`)
	whole := doc.String()
	for i := 1; i < 64; i++ {
		part := whole[:len(whole)*i/64]
		read, broken := 0, 0
		_, err := readHTML(strings.NewReader(part), photosList, time.UTC, func(r record) error {
			switch r.fault {
			case "":
				read++
			case scanner.CodeCorrupt:
				broken++
			default:
				t.Errorf("cut at %d/64: fault %q", i, r.fault)
			}
			return nil
		})
		intact := strings.Count(part, "</div></div>")
		if len(part) > 0 && intact > 8 {
			intact = 8
		}
		if read != intact {
			t.Errorf("cut at %d/64: %d blocks read, want %d", i, read, intact)
		}
		if begun := strings.Count(part, `<img src="m/`); begun > intact+1 || broken > 1 {
			t.Errorf("cut at %d/64: %d broken", i, broken)
		}
		if strings.Contains(part, `role="main"`) && !strings.HasSuffix(part, "</html>") && !strings.Contains(part, "</body>") && i < 62 && !errors.Is(err, errCut) {
			t.Errorf("cut at %d/64: error %v, want one that says so", i, err)
		}
	}
	stop := errors.New("stop")
	if _, err := readHTML(strings.NewReader(whole), photosList, time.UTC, func(record) error { return stop }); err != stop {
		t.Errorf("error of emit: %v", err)
	}
	if _, err := readHTML(strings.NewReader("<p>[object Object]"), photosList, time.UTC, func(record) error { return nil }); !errors.Is(err, errNoList) {
		t.Errorf("no list: %v", err)
	}
	broken := io.MultiReader(strings.NewReader(whole[:300]), failing{})
	if _, err := readHTML(broken, photosList, time.UTC, func(record) error { return nil }); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("broken reader: %v", err)
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrClosedPipe }

// A block beyond the limits costs itself only.
func TestReadHTMLLimits(t *testing.T) {
	small := `<div class="_a6-g"><div class="_a6-p"><img src="m/1.jpg"></div><div class="_a6-o">May 3, 2024 2:08 pm</div></div>`
	tests := []struct{ name, middle string }{
		{"many elements", strings.Repeat(`<i>x</i>`, maxBlockNodes)},
		{"long text", strings.Repeat("<p>"+strings.Repeat("wort ", 1000)+"</p>", maxBlockBytes/4000)},
		{"deep", strings.Repeat(`<div>`, 10*maxNesting) + strings.Repeat(`</div>`, 10*maxNesting)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			doc := `<div role="main">` + small + `<div class="_a6-g"><div class="_a6-p">` + test.middle + `</div><div class="_a6-o">May 3, 2024 2:08 pm</div></div>` + small + `</div></body>`
			var ok, large int
			_, err := readHTML(strings.NewReader(doc), photosList, time.UTC, func(r record) error {
				switch {
				case r.fault == scanner.CodeTooLarge:
					large++
				case len(r.media) == 1:
					ok++
				}
				return nil
			})
			wantLarge := 1
			if test.name == "deep" {
				wantLarge = 0
			}
			if err != nil || ok != 2 || large != wantLarge {
				t.Errorf("%d read, %d too large, error %v", ok, large, err)
			}
		})
	}
}

// repeated gives a document of n equal blocks without holding it.
type repeated struct {
	head, block, tail string
	n                 int
	rest              string
}

func (r *repeated) Read(p []byte) (int, error) {
	if r.rest == "" {
		switch {
		case r.head != "":
			r.rest, r.head = r.head, ""
		case r.n > 0:
			r.n--
			r.rest = r.block
		case r.tail != "":
			r.rest, r.tail = r.tail, ""
		default:
			return 0, io.EOF
		}
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// What is held does not grow with the document, whether its blocks have known classes, unknown ones, or stand in
// elements of their own below the main area.
func TestReadHTMLHoldsOneBlock(t *testing.T) {
	const blocks = 1_000
	text := strings.Repeat("Ein Satz von üblicher Länge. ", 120)
	known := `<div class="_a6-g"><div class="_a6-p"><div class="_2pin"><div><div><div><a href="m/1.jpg"><img src="m/1.jpg"></a></div></div></div></div><div class="_2pin"><div>` + text + `</div></div></div><div class="_a6-o">May 3, 2024 2:08 pm</div></div>`
	unknown := `<div class="b"><div><img src="m/1.jpg"></div><div>` + text + `</div><div>May 3, 2024 2:08 pm</div></div> `
	for name, doc := range map[string]*repeated{
		"known classes":   {head: `<div role="main">`, block: known, tail: `</div></body>`, n: blocks},
		"unknown classes": {head: `<div role="main">`, block: unknown, tail: `</div></body>`, n: blocks},
		"in a wrapper":    {head: `<div role="main"><div><div>`, block: unknown, tail: `</div></div></div></body>`, n: blocks},
		"no main area":    {head: `<body>`, block: unknown, tail: `</body>`, n: blocks},
	} {
		t.Run(name, func(t *testing.T) {
			var read int
			var early, late uint64
			_, err := readHTML(doc, photosList, time.UTC, func(r record) error {
				read++
				if read == blocks/10 || read == blocks {
					runtime.GC()
					var m runtime.MemStats
					runtime.ReadMemStats(&m)
					early, late = late, m.HeapAlloc
				}
				return nil
			})
			if err != nil || read != blocks {
				t.Fatalf("%d blocks, error %v", read, err)
			}
			const slack = 512 << 10 // the blocks are 3.5 MB of text
			if late > early+slack {
				t.Errorf("%d bytes held after a tenth, %d at the end", early, late)
			}
		})
	}
}

func FuzzReadHTML(f *testing.F) {
	for _, era := range fixtures.Eras {
		tree := fixtures.Build(fixtures.FacebookPage, fixtures.HTML, facebookAccount(), fixtures.Options{Era: era})
		for _, p := range tree.Paths() {
			if strings.HasSuffix(p, ".html") {
				f.Add(tree[p], 0)
			}
		}
	}
	forms := []form{timeline, photoList, album, labelled, posts, mediaList, detailed, personal}
	f.Fuzz(func(t *testing.T, doc []byte, which int) {
		l := list{form: forms[uint(which)%uint(len(forms))]}
		_, _ = readHTML(bytes.NewReader(doc), l, fixtures.Berlin, func(r record) error {
			for _, m := range r.media {
				if m.uri == "" || strings.HasPrefix(m.uri, "../") {
					t.Errorf("address %q", m.uri)
				}
			}
			if r.fault != "" && r.why == "" {
				t.Errorf("fault %q without a reason", r.fault)
			}
			return nil
		})
	})
}
