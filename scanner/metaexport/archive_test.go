package metaexport_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pagerisk/fixtures"
	"pagerisk/scanner"
	"pagerisk/scanner/metaexport"
)

func raw(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	must(t, os.WriteFile(path, data, 0o600))
	return path
}

// TestOpenErrors: what cannot be read at all is one error that tells what it is, and says the name as the user gave it.
func TestOpenErrors(t *testing.T) {
	small := page(map[string]string{"posts/profile_posts_1.json": `[{"timestamp":1700000000,"data":[{"post":"a"}]}]`})
	var encrypted []fixtures.Member
	for _, path := range small.Paths() {
		encrypted = append(encrypted, fixtures.Member{Name: path, Data: small[path], Encrypted: true})
	}
	empty := t.TempDir()
	for _, test := range []struct {
		name string
		path string
		want error
	}{
		{"text", raw(t, "brief.zip", []byte("Sehr geehrte Damen und Herren")), metaexport.ErrNotArchive},
		{"short", raw(t, "a.zip", []byte("P")), metaexport.ErrNotArchive},
		{"no bytes", raw(t, "leer.zip", nil), metaexport.ErrEmpty},
		{"empty zip", raw(t, "leer.zip", fixtures.Zip()), metaexport.ErrEmpty},
		{"empty folder", empty, metaexport.ErrEmpty},
		{"only what macOS leaves", raw(t, "leer.zip", fixtures.Tree{".DS_Store": nil, "__MACOSX/._x": []byte("x")}.Zip()), metaexport.ErrEmpty},
		{"encrypted", raw(t, "geheim.zip", fixtures.Zip(encrypted...)), metaexport.ErrEncrypted},
		{"other product", raw(t, "takeout.zip", fixtures.Tree{"Takeout/Google Fotos/a.jpg": []byte(jpeg), "Takeout/archive_browser.html": nil}.Zip()), metaexport.ErrOtherProduct},
		{"pictures", raw(t, "bilder.zip", fixtures.Tree{"urlaub/a.jpg": []byte(jpeg)}.Zip()), metaexport.ErrOtherProduct},
		{"workbook", raw(t, "register.xlsx", fixtures.Tree{"[Content_Types].xml": nil, "xl/media/image1.jpeg": []byte(jpeg)}.Zip()), metaexport.ErrNotArchive},
		{"first file cut", raw(t, "rest.zip", small.Zip()[:40]), metaexport.ErrNotArchive},
		{"not there", filepath.Join(empty, "fehlt.zip"), os.ErrNotExist},
	} {
		t.Run(test.name, func(t *testing.T) {
			src, err := metaexport.Open(t.Context(), []string{test.path}, metaexport.Options{})
			if err == nil {
				src.Close()
			}
			if !errors.Is(err, test.want) {
				t.Fatalf("error %v, want %v", err, test.want)
			}
			if name := filepath.Base(test.path); !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), filepath.Dir(test.path)) {
				t.Errorf("error %q should name %q and no folder of this machine", err, name)
			}
		})
	}
	good := raw(t, "gut.zip", small.Zip())
	s := scanPaths(t, good, raw(t, "kaputt.zip", []byte("nichts")))
	if len(s.items) != 1 || !slices.Contains(s.noteLines(), "corrupt kaputt.zip") {
		t.Errorf("a bad file beside a good one: items %q, notes %q", s.lines(), s.noteLines())
	}
}

// TestHostileArchives: names that leave the archive, links, locked entries and lies cost themselves only.
func TestHostileArchives(t *testing.T) {
	posts := pageRoot + "posts/profile_posts_1.json"
	list := []byte(`[{"timestamp":1700000000,"data":[{"post":"Bleibt"}]}]`)
	archive := fixtures.Zip(
		fixtures.Member{Name: posts, Data: list},
		fixtures.Member{Name: "../../etc/passwd", Data: []byte("x")},
		fixtures.Member{Name: "/etc/passwd", Data: []byte("x")},
		fixtures.Member{Name: `C:\boot.ini`, Data: []byte("x")},
		fixtures.Member{Name: `..\..\evil.jpg`, Data: []byte(jpeg)},
		fixtures.Member{Name: "a\x00b.jpg", Data: []byte(jpeg)},
		fixtures.Member{Name: pageRoot + "posts/media/A_1/link.jpg", Data: []byte("/etc/passwd"), Link: true},
		fixtures.Member{Name: pageRoot + "posts/media/A_1/geheim.jpg", Data: []byte("x"), Encrypted: true},
		fixtures.Member{Name: pageRoot + "posts/media/A_1/1.jpg", Data: []byte(jpeg)},
		fixtures.Member{Name: pageRoot + "posts/media/A_1/1.jpg", Data: []byte(jpeg)},
		fixtures.Member{Name: pageRoot + "posts/media/A_1/1.jpg", Data: []byte(jpeg + " anders")},
	)
	s := scanPaths(t, raw(t, "facebook.zip", archive))
	want := []string{
		"encrypted posts/media/A_1/geheim.jpg", "refused ../../etc/passwd", "refused ../../evil.jpg", "refused /etc/passwd", "refused C:/boot.ini",
		"refused a\ufffdb.jpg", "refused posts/media/A_1/link.jpg", "same_file posts/media/A_1/1.jpg (2)",
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, s.noteLines()); diff != "" {
		t.Errorf("notes (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{`post published "Bleibt" [] posts/profile_posts_1.json[0]`, `album_photo unlisted "" [1.jpg ok] posts/media/A_1/1.jpg (2)`,
		`album_photo unlisted "" [1.jpg ok] posts/media/A_1/1.jpg`}, sorted(s.lines())); diff != "" {
		t.Errorf("items (-want +got):\n%s", diff)
	}
}

func sorted(lines []string) []string {
	slices.SortFunc(lines, func(a, b string) int { return strings.Compare(b, a) })
	return lines
}

// TestListBomb: a list that unpacks to far more than any real one is not read.
func TestListBomb(t *testing.T) {
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	w.RegisterCompressor(zip.Deflate, func(out io.Writer) (io.WriteCloser, error) { return flate.NewWriter(out, flate.BestSpeed) })
	f, err := w.Create(pageRoot + "posts/profile_posts_1.json")
	must(t, err)
	_, err = io.CopyN(f, zeros{}, 65<<20)
	must(t, err)
	must(t, w.Close())
	s := scanPaths(t, raw(t, "bombe.zip", buf.Bytes()))
	if diff := cmp.Diff([]string{"too_large posts/profile_posts_1.json"}, s.noteLines()); diff != "" {
		t.Errorf("notes (-want +got):\n%s", diff)
	}
}

// TestOverlap: entries that share their bytes, as bombs are made of, are refused; an entry that lies about its size is
// corrupt.
func TestOverlap(t *testing.T) {
	body := []byte(`[{"timestamp":1700000000,"data":[{"post":"` + strings.Repeat("x", 4000) + `"}]}]`)
	archive := handmadeZip([]string{pageRoot + "posts/profile_posts_1.json", pageRoot + "posts/profile_posts_2.json", pageRoot + "posts/profile_posts_3.json"}, body, len(body))
	s := scanPaths(t, raw(t, "a.zip", archive))
	if diff := cmp.Diff([]string{"refused posts/profile_posts_1.json", "refused posts/profile_posts_2.json", "refused posts/profile_posts_3.json"}, s.noteLines()); diff != "" || len(s.items) > 0 {
		t.Errorf("overlapping entries: %d items, notes (-want +got):\n%s", len(s.items), diff)
	}
	s = scanPaths(t, raw(t, "b.zip", handmadeZip([]string{pageRoot + "posts/profile_posts_1.json"}, body, 60)))
	if !slices.Contains(s.noteLines(), "corrupt posts/profile_posts_1.json") {
		t.Errorf("an entry that says 60 bytes and has %d: notes %q", len(body), s.noteLines())
	}
}

// handmadeZip has one stored member and a directory that names it once for each name, with size as its unpacked size.
func handmadeZip(names []string, body []byte, size int) []byte {
	var b bytes.Buffer
	le := binary.LittleEndian
	sum := crc32.ChecksumIEEE(body)
	fields := func(name string) []byte {
		f := le.AppendUint16(nil, 20)
		f = append(f, 0, 0, 0, 0, 0, 0, 0, 0) // flags, method, time, date
		f = le.AppendUint32(f, sum)
		f = le.AppendUint32(f, uint32(len(body)))
		f = le.AppendUint32(f, uint32(size))
		f = le.AppendUint16(f, uint16(len(name)))
		return append(f, 0, 0)
	}
	b.WriteString("PK\x03\x04")
	b.Write(fields(names[0]))
	b.WriteString(names[0])
	b.Write(body)
	directory := b.Len()
	for _, name := range names {
		b.WriteString("PK\x01\x02\x14\x00")
		b.Write(fields(name))
		b.Write(make([]byte, 2+2+2+4+4)) // comment, disk, attributes, offset 0
		b.WriteString(name)
	}
	end := b.Len()
	b.WriteString("PK\x05\x06\x00\x00\x00\x00")
	b.Write(le.AppendUint16(le.AppendUint16(nil, uint16(len(names))), uint16(len(names))))
	b.Write(le.AppendUint32(le.AppendUint32(nil, uint32(end-directory)), uint32(directory)))
	b.Write([]byte{0, 0})
	return b.Bytes()
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// TestHugeElement: one element beyond the limit is lost, the ones around it are read.
func TestHugeElement(t *testing.T) {
	huge := `{"timestamp":1700000001,"data":[{"post":"` + strings.Repeat("riesig ", 2<<20) + `"}]}`
	for name, list := range map[string]string{
		"with line breaks": "[\n  {\"timestamp\":1700000000,\"data\":[{\"post\":\"a\"}]},\n  " + huge + ",\n  {\"timestamp\":1700000002,\"data\":[{\"post\":\"b\"}]}\n]",
		"without":          `[{"timestamp":1700000000,"data":[{"post":"a"}]},` + huge + `,{"timestamp":1700000002,"data":[{"post":"b"}]}]`,
	} {
		dir := t.TempDir()
		must(t, page(map[string]string{"posts/profile_posts_1.json": list}).Folder(dir))
		s := scanPaths(t, dir)
		if diff := cmp.Diff([]string{`post published "a" [] posts/profile_posts_1.json[0]`, `post published "b" [] posts/profile_posts_1.json[2]`}, s.lines()); diff != "" {
			t.Errorf("%s: items (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff([]string{"too_large posts/profile_posts_1.json[1]"}, s.noteLines()); diff != "" {
			t.Errorf("%s: notes (-want +got):\n%s", name, diff)
		}
	}
}

// TestLinksInFolders: a link in an unpacked folder is never followed.
func TestLinksInFolders(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "export")
	must(t, page(map[string]string{"posts/profile_posts_1.json": `[{"timestamp":1700000000,` + attached(medium("411200000000001.jpg")) + `}]`}).Folder(dir))
	outside := raw(t, "secret.jpg", []byte(jpeg))
	media := filepath.Join(dir, filepath.FromSlash(pageRoot+"posts/media/A_1"))
	must(t, os.MkdirAll(media, 0o700))
	must(t, os.Symlink(outside, filepath.Join(media, "411200000000001.jpg")))
	s := scanPaths(t, dir)
	if diff := cmp.Diff([]string{"refused posts/media/A_1/411200000000001.jpg", "unreadable " + pageRoot + "posts/media/A_1/411200000000001.jpg"}, s.noteLines()); diff != "" {
		t.Errorf("notes (-want +got):\n%s", diff)
	}
	if m := s.items[0].Media[0]; m.Status == scanner.OK {
		t.Errorf("medium behind a link has status %q", m.Status)
	}
}

// TestCutArchives: an archive without its directory gives what is there, and says that it is cut.
func TestCutArchives(t *testing.T) {
	tree := fixtures.Build(fixtures.FacebookPage, fixtures.JSON, everything(), fixtures.Options{})
	whole := scanPaths(t, write(t, tree)...)
	data := tree.Zip()
	stored := storedZip(t, tree)
	for name, data := range map[string][]byte{"packed": data, "stored with sizes behind": stored} {
		t.Run(name, func(t *testing.T) {
			noDirectory := bytes.Index(data, []byte("PK\x01\x02"))
			s := scanPaths(t, raw(t, "facebook.zip", data[:noDirectory+50]))
			if diff := cmp.Diff(whole.lines(), s.lines()); diff != "" {
				t.Errorf("items without directory (-whole +cut):\n%s", diff)
			}
			if !slices.Contains(s.noteLines(), "corrupt facebook.zip") {
				t.Errorf("no note of the cut: %q", s.noteLines())
			}
			half := scanPaths(t, raw(t, "facebook.zip", data[:noDirectory/2]))
			if len(half.items) == 0 || len(half.items) > len(whole.items) || half.tally.Failed == 0 {
				t.Errorf("half of the archive: %d items of %d, tally %+v", len(half.items), len(whole.items), half.tally)
			}
			// A damaged header in the middle costs its own member.
			broken := bytes.Clone(data)
			at := 0
			for range 5 {
				at += bytes.Index(broken[at+4:], []byte("PK\x03\x04")) + 4
			}
			copy(broken[at:], "XXXX")
			s = scanPaths(t, raw(t, "facebook.zip", broken[:noDirectory+50]))
			if s.tally.Failed == 0 || len(s.items) < len(whole.items)/2 {
				t.Errorf("one header broken: %d items of %d, tally %+v", len(s.items), len(whole.items), s.tally)
			}
		})
	}
}

// storedZip writes members stored, with their sizes only behind them, as a streaming writer does.
func storedZip(t testing.TB, tree fixtures.Tree) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	for _, path := range tree.Paths() {
		f, err := w.CreateHeader(&zip.FileHeader{Name: path, Method: zip.Store})
		must(t, err)
		_, err = f.Write(tree[path])
		must(t, err)
	}
	must(t, w.Close())
	return buf.Bytes()
}

// TestOpenMedia: what Read names can be opened, side by side, with the bytes of the archive.
func TestOpenMedia(t *testing.T) {
	tree := fixtures.Build(fixtures.FacebookPage, fixtures.JSON, everything(), fixtures.Options{})
	for name, paths := range map[string][]string{"zips": write(t, tree.Split(3)...), "folders": folders(t, tree.Split(3)...), "cut": {raw(t, "a.zip", cutDirectory(tree.Zip()))}} {
		src, err := metaexport.Open(t.Context(), paths, metaexport.Options{})
		must(t, err)
		media := map[string]string{}
		for e, err := range src.Read(t.Context(), "") {
			must(t, err)
			if e.Item != nil {
				for _, m := range e.Item.Media {
					media[m.Ref] = m.URI
				}
			}
		}
		if len(media) < 14 {
			t.Errorf("%s: only %d media", name, len(media))
		}
		done := make(chan error)
		for ref, uri := range media {
			go func() {
				r, err := src.Open(context.Background(), ref)
				if err != nil {
					done <- err
					return
				}
				defer r.Close()
				got, err := io.ReadAll(r)
				if err == nil && !bytes.Equal(got, tree[uri]) {
					err = fmt.Errorf("open %q: other bytes than %q", ref, uri)
				}
				done <- err
			}()
		}
		for range media {
			if err := <-done; err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := src.Open(t.Context(), "nichts"); !errors.Is(err, scanner.ErrMissing) {
			t.Errorf("%s: unknown ref: %v", name, err)
		}
		must(t, src.Close())
	}
}

func cutDirectory(data []byte) []byte { return data[:bytes.Index(data, []byte("PK\x01\x02"))] }

// TestResume: reading on after any cursor gives exactly the rest.
func TestResume(t *testing.T) {
	for _, g := range []fixtures.Generation{fixtures.FacebookPage, fixtures.Instagram26} {
		src, err := metaexport.Open(t.Context(), write(t, fixtures.Build(g, fixtures.JSON, everything(), fixtures.Options{})), metaexport.Options{})
		must(t, err)
		defer src.Close()
		read := func(after scanner.Cursor) (out []string) {
			for e, err := range src.Read(t.Context(), after) {
				must(t, err)
				switch {
				case e.Item != nil:
					out = append(out, fmt.Sprintf("%s %+v", e.Cursor, *e.Item))
				case e.Note != nil:
					out = append(out, fmt.Sprintf("%s %+v", e.Cursor, *e.Note))
				default:
					out = append(out, string(e.Cursor))
				}
			}
			return out
		}
		all := read("")
		for i := 0; i <= len(all); i += 7 {
			if diff := cmp.Diff(all[i:], append([]string{}, read(scanner.Cursor(fmt.Sprint(i)))...)); diff != "" {
				t.Fatalf("%s: after %d (-want +got):\n%s", g, i, diff)
			}
		}
		for _, err := range src.Read(t.Context(), "quatsch") {
			if err == nil {
				t.Error("a foreign cursor was taken")
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		n := 0
		for _, err := range src.Read(ctx, "") {
			if n++; n == 5 {
				cancel()
			}
			if err != nil && !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		}
		if n > 6 {
			t.Errorf("%d entries after the context ended", n-5)
		}
	}
}
