package metaexport_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pagerisk/fixtures"
	"pagerisk/scanner"
	"pagerisk/scanner/metaexport"
)

// account reads an export without a case and checks that every file is accounted for, and nothing broke a reader.
func account(t testing.TB, paths ...string) (items int, tally scanner.Tally, codes map[scanner.Code]int) {
	t.Helper()
	src, err := metaexport.Open(context.Background(), paths, metaexport.Options{Zone: fixtures.Berlin})
	if err != nil {
		return 0, scanner.Tally{}, nil
	}
	defer src.Close()
	sum, err := src.Inspect(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	files := 0
	for _, p := range sum.Parts {
		files += p.Files
	}
	switch {
	case sum.Tally.Seen != sum.Tally.Read+sum.Tally.Skipped+sum.Tally.Failed:
		t.Fatalf("tally does not close: %+v", sum.Tally)
	case sum.Tally.Seen < int64(files):
		t.Fatalf("%d files, but %+v", files, sum.Tally)
	case sum.Notes[scanner.CodePanic] > 0:
		t.Fatalf("a reader broke: %v", sum.Notes)
	}
	for _, a := range sum.Accounts {
		items += a.Items
	}
	return items, sum.Tally, sum.Notes
}

// TestDamage: cut, flipped and doubled archives and lists never break the reader, and what is intact is read.
func TestDamage(t *testing.T) {
	dir := t.TempDir()
	at := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		must(t, os.WriteFile(path, data, 0o600))
		return path
	}
	formats := map[fixtures.Format]string{fixtures.JSON: "JSON", fixtures.HTML: "HTML"}
	for g, has := range map[fixtures.Generation][]fixtures.Format{
		fixtures.FacebookPage: {fixtures.JSON, fixtures.HTML}, fixtures.Facebook2018: {fixtures.JSON},
		fixtures.Instagram20: {fixtures.JSON}, fixtures.Instagram26: {fixtures.JSON, fixtures.HTML},
	} {
		for _, format := range has {
			t.Run(string(g)+" "+formats[format], func(t *testing.T) {
				tree := fixtures.Build(g, format, everything(), fixtures.Options{})
				data := tree.Zip()
				whole, tally, _ := account(t, at("whole.zip", data))
				if whole == 0 || tally.Failed > 0 {
					t.Fatalf("undamaged: %d items, %+v", whole, tally)
				}
				random := rand.New(rand.NewPCG(1, uint64(len(data))))
				last := 0
				for i := 1; i < 24; i++ {
					items, _, _ := account(t, at("cut.zip", data[:len(data)*i/24]))
					if items < last-8 { // a cut list can turn listed pictures into unlisted ones
						t.Errorf("cut at %d/24: %d items, but %d at the cut before", i, items, last)
					}
					last = max(last, items)
				}
				for range 16 {
					broken := bytes.Clone(data)
					for range 1 + random.IntN(4) {
						broken[random.IntN(len(broken))] ^= 1 << random.IntN(8)
					}
					account(t, at("flipped.zip", broken))
				}
				var members []fixtures.Member
				for _, path := range tree.Paths() {
					members = append(members, fixtures.Member{Name: path, Data: tree[path]}, fixtures.Member{Name: path, Data: tree[path]})
				}
				if items, tally, codes := account(t, at("doubled.zip", fixtures.Zip(members...))); items != whole || codes[scanner.CodeSameFile] != len(tree) || tally.Failed > 0 {
					t.Errorf("every entry twice: %d items, want %d; %+v %v", items, whole, tally, codes)
				}
			})
		}
	}
}

// TestDamagedLists damages one list at a time, where no archive stands between.
func TestDamagedLists(t *testing.T) {
	for _, g := range []fixtures.Generation{fixtures.FacebookPage, fixtures.Instagram26} {
		tree := fixtures.Build(g, fixtures.JSON, everything(), fixtures.Options{})
		dir := filepath.Join(t.TempDir(), "export")
		must(t, tree.Folder(dir))
		whole, _, _ := account(t, dir)
		random := rand.New(rand.NewPCG(2, 2))
		for _, path := range tree.Paths() {
			if !strings.HasSuffix(path, ".json") {
				continue
			}
			file, good := filepath.Join(dir, filepath.FromSlash(path)), tree[path]
			try := func(name string, data []byte, least int) {
				must(t, os.WriteFile(file, data, 0o600))
				items, _, _ := account(t, dir)
				if items < least {
					t.Errorf("%s: %s: %d items, want at least %d of %d", path, name, items, least, whole)
				}
			}
			for i := range 5 {
				try(fmt.Sprintf("cut at %d/5", i), good[:len(good)*i/5], 0)
			}
			for i := range 5 {
				broken := bytes.Clone(good)
				broken[random.IntN(len(broken))] ^= 1 << random.IntN(8)
				// A record with one picture can fall out of the list and come back as an unlisted picture.
				try(fmt.Sprintf("bit %d", i), broken, whole-4)
			}
			try("[object Object]", []byte("[object Object]"), 0)
			try("twice", append(bytes.Clone(good), good...), whole)
			try("empty", nil, 0)
			must(t, os.WriteFile(file, good, 0o600))
		}
	}
}

// TestFlippedBits counts what one flipped bit costs in a long list: one record, in most cases none.
func TestFlippedBits(t *testing.T) {
	a := &fixtures.Account{Name: "Lang", User: "lang", ID: "1"}
	const records = 200
	for i := range records {
		a.Posts = append(a.Posts, fixtures.Post{At: at(i), Text: fmt.Sprintf("Beitrag Nummer %d über Möbel", i), Media: []fixtures.Medium{gone(photo(i))}})
	}
	tree := fixtures.Build(fixtures.FacebookPage, fixtures.JSON, a, fixtures.Options{})
	name := pageRoot + "posts/profile_posts_1.json"
	compact := compactJSON(t, tree[name])
	for _, list := range [][]byte{tree[name], compact} {
		random := rand.New(rand.NewPCG(3, 3))
		dir := filepath.Join(t.TempDir(), "export")
		must(t, tree.Folder(dir))
		file := filepath.Join(dir, filepath.FromSlash(name))
		for range 24 {
			broken := bytes.Clone(list)
			pos := random.IntN(len(broken))
			broken[pos] ^= 1 << random.IntN(8)
			must(t, os.WriteFile(file, broken, 0o600))
			items, _, _ := account(t, dir)
			if items < records-2 {
				t.Errorf("flip at %d (%q): %d of %d records", pos, broken[max(pos-20, 0):min(pos+20, len(broken))], items, records)
			}
		}
	}
}

func compactJSON(t testing.TB, data []byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	must(t, json.Compact(&buf, data))
	return buf.Bytes()
}
