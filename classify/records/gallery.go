package records

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"
	"golang.org/x/text/unicode/norm" // macOS writes "Porträts" in parts

	"pagerisk/classify/picture"
	"pagerisk/scanner"
)

// Limits of the folders of known pictures.
const (
	maxKnown      = 50_000   // pictures in all folders: some ten minutes of decoding on two cores
	maxKnownBytes = 64 << 20 // of one picture, as the scan has it
	maxDepth      = 8        // folders within folders
)

var knownLimits = picture.Limits{Bytes: maxKnownBytes, Pixels: 100_000_000, Fields: 100}

// portraitLeast is how alike a picture and a portrait must be in all that they show, and of several portraits the one that
// is most alike counts. A portrait names somebody, and the portraits of a house are a series before one wall: by what they
// have in common, 5 in 100 pairs of drawn ones were taken for the same. With this, of 120 drawn portraits each was found
// again at 200 and at 1,500 pixels, 110 with 2 % and 86 with 5 % cut away all round, 96 cut to a square, 69 with a
// logo, and none was taken for another one; of 120 strangers one was.
const portraitLeast = 0.98

// pictureEndings are the files of a folder that are taken for pictures.
var pictureEndings = []string{".jpg", ".jpeg", ".png", ".gif", ".webp", ".heic", ".heif", ".avif", ".tif", ".tiff", ".bmp"}

// gallery holds the known pictures. They are read when the first item asks for them, once.
type gallery struct {
	fsys    fs.FS
	folders []folder
	read    func() *shelf
}

// folder is one line of the list of known pictures.
type folder struct {
	code, path, kind string
	person, licence  int // index, -1 = none
}

// shelf is what was read: the bytes by their hash, and how the pictures look.
type shelf struct {
	bytes map[scanner.Hash]int // → folder
	index *picture.Index
	of    []int // print → folder

	problems []error
}

// hit is a medium that is known.
type hit struct{ media, folder int }

var kindWords = map[string][]string{
	"stock":    {"Stock", "Stockbild", "Stockbilder", "licensed stock"},
	"portrait": {"Porträt", "portrait", "Porträts", "portraits", "Portrait", "staff", "Beschäftigte"},
	"work":     {"Werk", "work", "Fotograf", "Fotografin", "photographer", "Fremdwerk"},
}

// customary are folders that need no line in the list: their names say what they hold.
var customary = map[string]string{
	"stock": "stock", "stockbilder": "stock", "portraits": "portrait", "portraets": "portrait", "porträts": "portrait", "staff": "portrait",
	"works": "work", "werke": "work", "photographers": "work", "fotografen": "work",
}

// readGallery reads the list of folders, and adds customary ones that lie beside the lists or in a folder of that name. It
// returns nil where there are none.
func (all *Records) readGallery(fsys fs.FS, rows []*row, people, licences *codes) (*gallery, error) {
	g := &gallery{fsys: fsys}
	var errs []error
	bad := func(err error) {
		if err != nil {
			errs = append(errs, err)
		}
	}
	for _, r := range rows {
		f := folder{code: r.values["code"], licence: -1}
		var err error
		f.person, err = all.personOf(r, people, false, f.code)
		bad(err)
		if code := r.values["licence"]; code != "" {
			if i, ok := licences.at[code]; ok {
				f.licence = i
			} else {
				bad(licences.missing(r, "licence"))
			}
		}
		if f.kind, err = r.choice("kind", kindWords); err != nil {
			bad(err)
		} else if f.kind == "" {
			bad(r.wrong("kind", ErrNoValue, r.hint("kind")))
		}
		f.path = path.Clean(strings.Trim(strings.ReplaceAll(r.values["folder"], `\`, "/"), "/"))
		info, err := fs.Stat(fsys, f.path)
		switch {
		case r.values["folder"] == "":
			bad(r.wrong("folder", ErrNoValue, ""))
		case !fs.ValidPath(f.path) || f.path == "." || err != nil || !info.IsDir():
			bad(r.wrong("folder", ErrNoFolder, ""))
		}
		g.folders = append(g.folders, f)
	}
	for _, parent := range append([]string{"."}, listOf("known").files...) {
		entries, err := fs.ReadDir(fsys, parent)
		if err != nil {
			continue // no such folder
		}
		for _, e := range entries {
			kind, ok := customary[strings.ToLower(norm.NFC.String(e.Name()))]
			name := path.Join(parent, e.Name())
			listed := slices.ContainsFunc(g.folders, func(f folder) bool { return f.path == name || strings.HasPrefix(f.path, name+"/") })
			if ok && e.IsDir() && !listed {
				g.folders = append(g.folders, folder{code: e.Name(), path: name, kind: kind, person: -1, licence: -1})
			}
		}
	}
	if len(g.folders) == 0 {
		return nil, errors.Join(errs...) // no known pictures
	}
	g.read = sync.OnceValue(g.load)
	return g, errors.Join(errs...)
}

// has reports whether a folder beside the lists holds known pictures.
func (g *gallery) has(name string) bool {
	return slices.ContainsFunc(g.folders, func(f folder) bool { return f.path == name || strings.HasPrefix(f.path, name+"/") })
}

// load reads all known pictures. A file that cannot be decoded is still known by its bytes.
func (g *gallery) load() *shelf {
	type found struct {
		folder int
		name   string
	}
	var files []found
	s := &shelf{bytes: map[scanner.Hash]int{}}
	problem := func(name string, err error) {
		s.problems = append(s.problems, &Error{File: path.Base(name), Err: err})
	}
	for i, f := range g.folders {
		_ = fs.WalkDir(g.fsys, f.path, func(name string, d fs.DirEntry, err error) error { // its errors become problems
			switch {
			case err != nil:
				problem(name, fmt.Errorf("%w: %w", ErrUnreadable, err))
				return fs.SkipDir
			case len(files) >= maxKnown:
				s.problems = append(s.problems, &Error{File: path.Base(f.path), Other: strconv.Itoa(maxKnown), Err: ErrManyPictures})
				return fs.SkipAll
			case d.IsDir() && strings.Count(strings.TrimPrefix(name, f.path), "/") > maxDepth:
				s.problems = append(s.problems, &Error{File: path.Base(name), Other: strconv.Itoa(maxDepth), Err: ErrDeepFolders})
				return fs.SkipDir
			}
			if d.Type().IsRegular() && slices.Contains(pictureEndings, strings.ToLower(path.Ext(name))) {
				files = append(files, found{i, name})
			}
			return nil
		})
	}
	type seen struct {
		hash  scanner.Hash
		ok    bool
		print picture.Print
		looks bool
		err   error
	}
	all := make([]seen, len(files))
	looker := picture.NewLooker(picture.Options{})
	var work errgroup.Group
	work.SetLimit(runtime.GOMAXPROCS(0))
	for i, f := range files {
		work.Go(func() error {
			data, err := readFile(g.fsys, f.name, maxKnownBytes)
			if err != nil {
				all[i].err = err
				return nil
			}
			s := seen{hash: sha256.Sum256(data), ok: true}
			facts, err := looker.Look(context.Background(), bytes.NewReader(data), knownLimits)
			s.print, s.looks = picture.PrintOf(facts)
			if err != nil {
				s.err = fmt.Errorf("%w: %w", ErrPicture, err)
			}
			all[i] = s
			return nil
		})
	}
	_ = work.Wait() // the workers return no error
	var prints []picture.Print
	for i, one := range all {
		if one.err != nil {
			problem(files[i].name, one.err)
		}
		if !one.ok {
			continue
		}
		if _, ok := s.bytes[one.hash]; !ok {
			s.bytes[one.hash] = files[i].folder
		}
		if one.looks {
			prints, s.of = append(prints, one.print), append(s.of, files[i].folder)
		}
	}
	s.index = picture.NewIndex(prints)
	return s
}

// hits are the media of an item that are known, by their bytes or by how they look.
func (g *gallery) hits(item *scanner.Item, facts []*picture.Facts) []hit {
	if len(item.Media) == 0 {
		return nil
	}
	s := g.read()
	var out []hit
	add := func(h hit) {
		if !slices.Contains(out, h) {
			out = append(out, h)
		}
	}
	for i := range item.Media {
		if h := item.Media[i].SHA256; h != (scanner.Hash{}) {
			if f, ok := s.bytes[h]; ok {
				add(hit{i, f})
				continue
			}
		}
		if i >= len(facts) {
			continue
		}
		if p, ok := picture.PrintOf(facts[i]); ok {
			face, like := -1, portraitLeast
			for _, m := range s.index.Match(p) {
				f := s.of[m.Known]
				switch {
				case g.folders[f].kind != "portrait":
					add(hit{i, f})
				case m.Whole >= like:
					face, like = f, m.Whole
				}
			}
			if face >= 0 {
				add(hit{i, face})
			}
		}
	}
	return out
}

// Problems are what is used, but not in full: people whose role is not understood, consents that nothing can be met of,
// pictures that could not be read, or whose pixels could not be seen and that are known by their bytes only. It reads the
// folders if nobody has.
func (r *Records) Problems() []error {
	switch {
	case r == nil:
		return nil
	case r.known == nil:
		return r.doubts
	}
	return append(slices.Clip(r.doubts), r.known.read().problems...)
}
