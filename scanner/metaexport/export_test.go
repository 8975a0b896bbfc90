package metaexport_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pagerisk/fixtures"
	"pagerisk/scanner"
	"pagerisk/scanner/casefile"
	"pagerisk/scanner/metaexport"
)

// at is a moment some hours after the first one of all accounts here.
func at(hours int) time.Time {
	return time.Date(2023, 11, 24, 8, 0, 0, 0, time.UTC).Add(time.Duration(hours) * time.Hour)
}

// photo is a picture of its own bytes; its number makes it the same picture wherever it is listed.
func photo(n int) fixtures.Medium {
	return fixtures.Medium{Name: fmt.Sprintf("4112%011d.jpg", n), Dir: "Chronik-Fotos_4111", At: at(n), Bytes: fmt.Appendf(nil, "\xff\xd8\xffpicture %d", n)}
}

func video(n int) fixtures.Medium {
	return fixtures.Medium{Name: fmt.Sprintf("4113%011d.mp4", n), Dir: "videos", At: at(n), Video: true, Bytes: fmt.Appendf(nil, "\x00\x00\x00\x18ftypisom video %d", n)}
}

func gone(m fixtures.Medium) fixtures.Medium {
	m.Bytes = nil
	return m
}

// seen is what a scan of an export put into the case.
type seen struct {
	items []*scanner.Item
	notes []scanner.Note
	tally scanner.Tally
	id    string
}

// scanPaths reads exports through the whole pipeline, without looking into pictures.
func scanPaths(t testing.TB, paths ...string) seen {
	t.Helper()
	ctx := context.Background()
	src, err := metaexport.Open(ctx, paths, metaexport.Options{Zone: fixtures.Berlin})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	c, err := casefile.Create(ctx, filepath.Join(t.TempDir(), "case"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := scanner.Scan(ctx, c, src, scanner.Options{Name: "export", Workers: 1, Now: func() time.Time { return at(0) }}); err != nil {
		t.Fatal(err)
	}
	out := seen{id: src.ID()}
	for item, err := range scanner.Items(ctx, c) {
		if err != nil {
			t.Fatal(err)
		}
		out.items = append(out.items, item)
	}
	for n, err := range scanner.Notes(ctx, c) {
		if err != nil {
			t.Fatal(err)
		}
		out.notes = append(out.notes, n)
	}
	passes, err := scanner.Passes(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	out.tally = scanner.Sum(passes)
	return out
}

// write puts trees on the disk as zips and returns their paths.
func write(t testing.TB, trees ...fixtures.Tree) []string {
	t.Helper()
	dir := t.TempDir()
	var paths []string
	for i, tree := range trees {
		path := filepath.Join(dir, fmt.Sprintf("part-%d.zip", i+1))
		if err := os.WriteFile(path, tree.Zip(), 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return paths
}

// lines shows items as a person would compare them: kind, state, text, media with status, places.
func (s seen) lines() []string {
	var out []string
	for _, i := range s.items {
		var media, places []string
		for _, m := range i.Media {
			name := m.File
			if m.Video {
				name += " (video)"
			}
			media = append(media, name+" "+string(m.Status))
		}
		for _, o := range i.Origins {
			places = append(places, o.Where)
		}
		line := fmt.Sprintf("%s %s %q [%s] %s", i.Kind, i.State, i.Text, strings.Join(media, ", "), strings.Join(places, " "))
		for _, f := range []struct{ name, value string }{{"album", i.Album}, {"place", i.Place}, {"link", i.Link}, {"tags", strings.Join(i.Tags, ",")}, {"permalink", i.Permalink}} {
			if f.value != "" {
				line += fmt.Sprintf(" %s=%q", f.name, f.value)
			}
		}
		out = append(out, line)
	}
	return out
}

// noteLines are the notes but for promises, for what every archive has, and for media, whose status stands in lines.
func (s seen) noteLines() []string {
	var out []string
	for _, n := range s.notes {
		if n.Code == scanner.CodePromise || n.Code == scanner.CodeMissing || n.Code == scanner.CodeRemote || n.Code == scanner.CodeNotContent && strings.HasSuffix(n.Where, "start_here.html") {
			continue
		}
		out = append(out, string(n.Code)+" "+n.Where)
	}
	slices.Sort(out)
	return out
}

// everything is an account with each list that the generations have.
func everything() *fixtures.Account {
	return &fixtures.Account{
		Name: "Tischlerei Öllerkamp", User: "oellerkamp", ID: "100064000000001",
		Posts: []fixtures.Post{
			{At: at(0), Text: "Wir begrüßen Änne im Team! 🎉", Title: "Tischlerei Öllerkamp hat 2 neue Fotos hinzugefügt.", Media: []fixtures.Medium{photo(1), photo(2)}, Tags: []string{"Änne Größner"}},
			{At: at(2), Text: "Nur Worte."},
			{At: at(4), Text: "Zu sehen in Bremen", Place: "Messe Bremen", Media: []fixtures.Medium{photo(3)}},
			{At: at(6), Text: "Ein Film", Media: []fixtures.Medium{video(4)}},
		},
		Albums: []fixtures.Album{
			{Name: "Chronik-Fotos", At: at(9), Photos: []fixtures.Medium{photo(1), photo(2), photo(3)}},
			{Name: "Profilbilder", At: at(9), Photos: []fixtures.Medium{photo(5)}},
			{Name: "Leer", At: at(9)},
		},
		Videos:        []fixtures.Medium{video(4), video(6)},
		Uncategorized: []fixtures.Medium{photo(7), photo(8)},
		Reels:         []fixtures.Post{{At: at(10), Text: "Ein Reel", Media: []fixtures.Medium{video(10)}}},
		Stories:       []fixtures.Post{{At: at(11), Media: []fixtures.Medium{photo(11)}}},
		IGTV:          []fixtures.Post{{At: at(12), Text: "Langer Film", Media: []fixtures.Medium{video(12)}}},
		Profile:       []fixtures.Medium{photo(13)},
		Other:         []fixtures.Post{{At: at(14), Text: "Anderes", Media: []fixtures.Medium{photo(14)}}},
		Groups:        []fixtures.Post{{At: at(15), Text: "In der Gruppe", Media: []fixtures.Medium{photo(8)}}},
		Pending:       []fixtures.Post{{At: at(16), Text: "Wartet noch", Media: []fixtures.Medium{photo(16)}}},
		Elsewhere:     []fixtures.Post{{At: at(17), Text: "Bei den Nachbarn", Media: []fixtures.Medium{photo(17)}}},
		Visitors:      []fixtures.Post{{At: at(18), Text: "Tolle Arbeit!"}},
		Trash:         []fixtures.Post{{At: at(19), Media: []fixtures.Medium{photo(19)}}},
		Archived:      []fixtures.Post{{At: at(20), Text: "Im Archiv", Media: []fixtures.Medium{photo(20)}}},
	}
}

// plain are the lines of everything without their places, which differ by generation.
func plain(lines []string) []string {
	var out []string
	for _, l := range lines {
		head, rest, _ := strings.Cut(l, "] ")
		fields := ""
		for _, f := range []string{" album=", " place=", " link=", " tags="} {
			if i := strings.Index(rest, f); i >= 0 {
				end := strings.Index(rest[i+len(f)+1:], `"`)
				fields += rest[i : i+len(f)+1+end+1]
			}
		}
		out = append(out, head+"]"+fields)
	}
	slices.Sort(out)
	return out
}

// Lines of everything, named by what they come from.
const (
	lineTwo      = `post published "Wir begrüßen Änne im Team! 🎉" [411200000000001.jpg ok, 411200000000002.jpg ok]`
	lineTwoAlbum = lineTwo + ` album="Chronik-Fotos" tags="Änne Größner"`
	lineWords    = `post published "Nur Worte." []`
	linePlace    = `post published "Zu sehen in Bremen" [411200000000003.jpg ok] album="Chronik-Fotos" place="Messe Bremen"`
	lineFilm     = `post published "Ein Film" [411300000000004.mp4 (video) ok]`
	lineFace     = `profile_photo published "" [411200000000005.jpg ok] album="Profilbilder"`
	lineVideo    = `video published "" [411300000000006.mp4 (video) ok]`
	lineLoose    = `album_photo published "" [411200000000007.jpg ok]`
	lineGroup    = `post group "In der Gruppe" [411200000000008.jpg ok]`
	lineReel     = `reel published "Ein Reel" [411300000000010.mp4 (video) ok]`
	lineStory    = `story published "" [411200000000011.jpg ok]`
	linePending  = `post draft "Wartet noch" [411200000000016.jpg ok]`
	lineThere    = `post unknown "Bei den Nachbarn" [411200000000017.jpg ok]`
	lineVisitor  = `post unknown "Tolle Arbeit!" []`
	lineTrash    = `post deleted "" [411200000000019.jpg ok]`
	lineArchive  = `post archived "Im Archiv" [411200000000020.jpg ok]`
	lineIGTV     = `video published "Langer Film" [411300000000012.mp4 (video) ok]`
	lineIGFace   = `profile_photo published "" [411200000000013.jpg ok]`
	lineOther    = `post published "Anderes" [411200000000014.jpg ok]`
	lineIGPlace  = `post published "Zu sehen in Bremen" [411200000000003.jpg ok]`
)

// TestGenerations has a case for every row of the tables of folder layouts, Facebook's and Instagram's.
func TestGenerations(t *testing.T) {
	base := []string{lineTwoAlbum, lineWords, linePlace, lineFilm, lineFace, lineVideo, lineLoose, lineGroup}
	today := slices.Concat(base, []string{lineReel, lineStory, linePending, lineThere, lineTrash, lineArchive})
	instagram := []string{lineTwo, lineWords, lineIGPlace, lineFilm, lineReel, lineStory, lineIGTV, lineIGFace, lineOther, lineTrash, lineArchive}
	want := map[fixtures.Generation][]string{
		fixtures.Facebook2018: slices.Concat(base, []string{lineVisitor}),
		fixtures.Facebook2019: slices.Concat(base, []string{lineVisitor, lineStory}),
		fixtures.Facebook2021: slices.Concat(base, []string{lineStory}),
		fixtures.Facebook2023: today,
		fixtures.Facebook2024: today,
		fixtures.FacebookPage: today,
		fixtures.Instagram20: {
			strings.Replace(lineTwo, ", 411200000000002.jpg ok", "", 1), strings.Replace(lineTwo, "411200000000001.jpg ok, ", "", 1),
			lineIGPlace + ` place="Messe Bremen"`, lineFilm, lineStory, lineIGFace,
		},
		fixtures.Instagram21: instagram,
		fixtures.Instagram23: instagram,
		fixtures.Instagram25: instagram,
		fixtures.Instagram26: instagram,
	}
	for _, g := range fixtures.Generations {
		t.Run(string(g), func(t *testing.T) {
			tree := fixtures.Build(g, fixtures.JSON, everything(), fixtures.Options{})
			s := scanPaths(t, write(t, tree)...)
			slices.Sort(want[g])
			if diff := cmp.Diff(want[g], plain(s.lines())); diff != "" {
				t.Errorf("items (-want +got):\n%s", diff)
			}
			checkTally(t, s, len(tree))
			for _, i := range s.items {
				if name := "Tischlerei Öllerkamp"; i.Account != name && i.Account != "oellerkamp" {
					t.Errorf("account of %q is %q, want %q", i.Key, i.Account, name)
				}
			}
		})
	}
}

// checkTally fails unless every archive entry, list element and medium is in the account once.
func checkTally(t testing.TB, s seen, entries int) {
	t.Helper()
	if s.tally.Seen != s.tally.Read+s.tally.Skipped+s.tally.Failed {
		t.Errorf("tally does not close: %+v", s.tally)
	}
	if s.tally.Seen < int64(entries) {
		t.Errorf("%d seen, but there are %d archive entries alone", s.tally.Seen, entries)
	}
}

// TestPlaces checks where today's layouts say that an item stands: below the activity folder, whatever lies around it.
func TestPlaces(t *testing.T) {
	tree := fixtures.Build(fixtures.FacebookPage, fixtures.JSON, everything(), fixtures.Options{})
	want := scanPaths(t, write(t, tree)...)
	if got := want.lines()[0]; !strings.Contains(got, "posts/profile_posts_1.json[3] posts/album/0.json[0] posts/album/0.json[1]") {
		t.Fatalf("places of the first post: %s", got)
	}
	halves := tree.Split(3)
	doubled := tree.Wrap("facebook-oellerkamp-2026-11-02-AbCdEfGh").With(tree.Wrap("facebook-oellerkamp-2026-11-02-AbCdEfGh").Wrap("facebook-oellerkamp-2026-11-02-AbCdEfGh"))
	for _, test := range []struct {
		name  string
		paths func(t *testing.T) []string
	}{
		{"wrapped", func(t *testing.T) []string { return write(t, tree.Wrap("facebook-oellerkamp-2026-11-02-AbCdEfGh")) }},
		{"wrapped by hand", func(t *testing.T) []string { return write(t, tree.Wrap("Neuer Ordner").Wrap("Sicherung")) }},
		{"doubled", func(t *testing.T) []string { return write(t, doubled) }},
		{"parts", func(t *testing.T) []string { return write(t, halves...) }},
		{"parts in other order", func(t *testing.T) []string {
			p := write(t, halves...)
			slices.Reverse(p)
			return p
		}},
		{"parts in folders", func(t *testing.T) []string { return folders(t, halves...) }},
		{"part zipped, part unpacked", func(t *testing.T) []string {
			return append(write(t, halves[0], halves[1]), folders(t, halves[2])...)
		}},
		{"a folder with zips in it", func(t *testing.T) []string { return []string{filepath.Dir(write(t, halves...)[0])} }},
		{"apostrophe as underscore", func(t *testing.T) []string { return write(t, tree.Apostrophes("_")) }},
		{"apostrophe lost", func(t *testing.T) []string { return write(t, tree.Apostrophes("")) }},
		{"apostrophe typographic", func(t *testing.T) []string { return write(t, tree.Apostrophes("\u2019")) }},
		{"activity below the profile", func(t *testing.T) []string {
			return write(t, tree.Move("this_profile's", "personal_information/profile_information/this_profile's"))
		}},
		{"media under another prefix", func(t *testing.T) []string {
			return write(t, tree.Move("this_profile's_activity_across_facebook/posts/media", "your_activity_across_facebook/posts/media"))
		}},
		{"the folder of the activity alone", func(t *testing.T) []string {
			dir := filepath.Join(t.TempDir(), "this_profile's_activity_across_facebook")
			must(t, tree.Inner("this_profile's_activity_across_facebook/").Folder(dir))
			return []string{dir}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := scanPaths(t, test.paths(t)...)
			if diff := cmp.Diff(want.lines(), got.lines()); diff != "" {
				t.Errorf("items (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("only posts, as folder", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "posts")
		must(t, tree.Inner("this_profile's_activity_across_facebook/posts/").Folder(dir))
		innerPosts(t, scanPaths(t, dir))
	})
	t.Run("only posts, as zip", func(t *testing.T) {
		innerPosts(t, scanPaths(t, write(t, tree.Inner("this_profile's_activity_across_facebook/posts/"))...))
	})
}

func innerPosts(t *testing.T, s seen) {
	t.Helper()
	lines := s.lines()
	if len(lines) == 0 || !strings.Contains(lines[0], "[411200000000001.jpg ok, 411200000000002.jpg ok] posts/profile_posts_1.json[3]") {
		t.Errorf("items of the inner folder:\n%s", strings.Join(lines, "\n"))
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// folders unpacks trees side by side.
func folders(t testing.TB, trees ...fixtures.Tree) []string {
	t.Helper()
	var paths []string
	for i, tree := range trees {
		dir := filepath.Join(t.TempDir(), fmt.Sprintf("facebook-oellerkamp-%d", i))
		must(t, tree.Folder(dir))
		paths = append(paths, dir)
	}
	return paths
}
