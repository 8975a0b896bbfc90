// Package metaexport reads Meta's export archives, Facebook's and Instagram's of all generations, as a scanner.Source
// for the scan. Its one rule: a list is recognised by where it stands and what is in it, never by the archive's name,
// and every archive entry and every list element ends as an item or a note.
package metaexport

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"pagerisk/scanner"
)

// Errors of Open: nothing can be read at all. Each comes wrapped with the base name of what was given.
var (
	ErrNotArchive   = errors.New("not an export archive")
	ErrEncrypted    = errors.New("every file in it is encrypted")
	ErrEmpty        = errors.New("nothing in it")
	ErrOtherProduct = errors.New("no Facebook or Instagram export in it")
)

// Options of Open.
type Options struct {
	// Zone is that of local times without one, in HTML exports; nil means Europe/Berlin.
	Zone *time.Location
}

// Source is one or several exports, each as zips or folders, overlaid to one tree per account.
type Source struct {
	t    *tree
	id   string
	zone *time.Location
}

// Open lists the zips and folders that the user gave, in any mix of parts, accounts and products. It reads directories
// only; the error wraps one of the errors above, or tells what the file system said.
func Open(ctx context.Context, paths []string, o Options) (*Source, error) {
	if len(paths) == 0 {
		return nil, ErrEmpty
	}
	t, err := openParts(ctx, paths)
	if err != nil {
		return nil, err
	}
	if err := t.arrange(); err != nil {
		t.close()
		return nil, err
	}
	s := &Source{t: t, id: t.id(), zone: o.Zone}
	if s.zone == nil {
		if s.zone, err = time.LoadLocation("Europe/Berlin"); err != nil {
			s.zone = time.FixedZone("CET", 3600) // a machine without zone files
		}
	}
	s.collect(ctx)
	return s, nil
}

// ID is "export:" and a digest of all files' paths, sizes and checksums: renamed parts are the same source.
func (s *Source) ID() string { return s.id }

// Parts are digests of the parts, as scanner.Options has them: of each one's list of files, whatever it is called.
func (s *Source) Parts() []string {
	var ids []string
	for _, p := range s.t.parts {
		if p.id != "" {
			ids = append(ids, p.id)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// Close closes all parts.
func (s *Source) Close() error { return s.t.close() }

// Open returns a medium's bytes; ref is Media.Ref or Media.Cover. It is safe for concurrent use.
func (s *Source) Open(_ context.Context, ref string) (io.ReadCloser, error) {
	f := s.t.byRef(ref)
	if f == nil {
		return nil, fmt.Errorf("open %q: %w", ref, scanner.ErrMissing)
	}
	return s.t.open(f)
}

// input is one list file of an account.
type input struct {
	file *file
	list list
	row  int
	html bool
	// resaved: somebody saved the file again after the export.
	resaved bool
}

// collect finds the lists of every account and brings them into reading order.
func (s *Source) collect(ctx context.Context) {
	for _, a := range s.t.accounts {
		seen := make(map[uint64]string)
		a.twins = make(map[scanner.Key]bool)
		for _, i := range a.byPath {
			f := &s.t.files[i]
			ext := strings.ToLower(path.Ext(f.path))
			if ext != ".json" && ext != ".html" && ext != ".htm" {
				if id := scanner.FileMediaID(a.platform, f.path); id != "" {
					if have, ok := seen[mediumDigest(id)]; ok && have != ext {
						a.twins[id] = true
					} else {
						seen[mediumDigest(id)] = ext
					}
				}
				continue
			}
			l, row, ok := listOf(a.platform, f.path)
			if !ok && ext == ".json" && ctx.Err() == nil {
				l, ok = s.guess(a.platform, f)
				row = len(facebookLists)
			}
			if ok {
				f.list = true
				a.lists = append(a.lists, &input{file: f, list: l, row: row, html: ext != ".json"})
			}
		}
		slices.SortStableFunc(a.lists, func(x, y *input) int {
			switch {
			case x.html != y.html: // JSON leads
				if y.html {
					return -1
				}
				return 1
			case x.list.rank != y.list.rank:
				return x.list.rank - y.list.rank
			case x.row != y.row:
				return x.row - y.row
			}
			return byNumber(x.file.name, y.file.name)
		})
	}
}

// guess looks into a file of unknown name that stands where lists of content stand, and takes it for one by its shape.
func (s *Source) guess(p scanner.Platform, f *file) (list, bool) {
	if f.code != "" || !maybeList(f.path) {
		return list{}, false
	}
	r, err := s.t.openList(f)
	if err != nil {
		return list{}, false
	}
	defer r.Close()
	_, raw, err := newSplitter(r, false).next()
	var v any
	if err != nil || json.Unmarshal(raw, &v) != nil {
		return list{}, false
	}
	l := list{form: timeline, kind: scanner.Post, state: scanner.StateUnknown, rank: 9, note: "a list of a name that is not known"}
	switch folder, _, _ := strings.Cut(f.path, "/"); folder {
	case "reels", "short_videos":
		l.kind, l.state, l.rank = scanner.Reel, scanner.Published, 1
	case "stories":
		l.kind, l.state, l.rank = scanner.Story, scanner.Published, 2
	}
	if p == scanner.Instagram {
		l.form = posts
	}
	for _, rec := range (decoder{list: l}).decode("", v) {
		if rec.fault == "" && (len(rec.media) > 0 || rec.text != "") {
			return l, true
		}
	}
	return list{}, false
}

// Read yields everything in the archives: publications' own lists first, then lists that show their media again, files
// that no list names, and a note for every other archive entry.
func (s *Source) Read(ctx context.Context, after scanner.Cursor) iter.Seq2[scanner.Entry, error] {
	return func(yield func(scanner.Entry, error) bool) {
		skip := 0
		if after != "" {
			n, err := strconv.Atoi(string(after))
			if err != nil || n < 0 {
				yield(scanner.Entry{}, fmt.Errorf("read %s after %q: not a cursor of this source", s.id, after))
				return
			}
			skip = n
		}
		for i := range s.t.files {
			s.t.files[i].used = false
		}
		w := &walk{s: s, ctx: ctx, skip: skip, yield: yield, keys: make(map[uint64]seenRecord), owners: make(map[uint64]scanner.Key)}
		if err := w.run(); err != nil {
			yield(scanner.Entry{}, err)
		}
	}
}

// errStop means that the consumer has had enough.
var errStop = errors.New("stop")

// seenRecord is what was yielded under one key.
type seenRecord struct {
	digest uint32
	file   uint32 // of the list
}

// walk is one pass of Read.
type walk struct {
	s     *Source
	ctx   context.Context
	skip  int
	count int
	yield func(scanner.Entry, error) bool
	keys  map[uint64]seenRecord
	// owners are the keys of publications by their media, where another list describes the publications again.
	owners map[uint64]scanner.Key
	// known is what the JSON lists of the account told; nil where it has no HTML besides.
	known *knownJSON
}

func (w *walk) run() error {
	for _, a := range w.s.t.accounts {
		if a.index == nil {
			x, err := w.s.buildIndex(w.ctx, a)
			if err != nil {
				return err
			}
			a.index = x
		}
	}
	err := w.all()
	if errors.Is(err, errStop) {
		return nil
	}
	return err
}

func (w *walk) all() error {
	for _, a := range w.s.t.accounts {
		w.known = nil
		if n := len(a.lists); n > 0 && !a.lists[0].html && a.lists[n-1].html {
			w.known = &knownJSON{media: make(map[uint64]uint8), words: make(map[uint64][]told)}
		}
		for i, in := range a.lists {
			if err := w.list(a, in, uint32(i)); err != nil {
				return err
			}
		}
	}
	for i := range w.s.t.files {
		if err := w.rest(&w.s.t.files[i]); err != nil {
			return err
		}
	}
	for _, d := range w.s.t.doubles {
		if err := w.note(scanner.CodeSameFile, d.name, fmt.Sprintf("again in %q, with the same bytes", d.part)); err != nil {
			return err
		}
	}
	for _, n := range w.s.t.notes {
		if err := w.emit(scanner.Entry{Note: &n}); err != nil {
			return err
		}
	}
	for _, p := range w.s.t.parts {
		if p.cut != "" {
			if err := w.note(scanner.CodeCorrupt, p.name, p.cut); err != nil {
				return err
			}
		}
	}
	for _, a := range w.s.t.accounts {
		for _, text := range w.s.promises(a) {
			if err := w.note(scanner.CodePromise, cmp.Or(a.name, string(a.platform)), text); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *walk) emit(e scanner.Entry) error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	w.count++
	if w.count <= w.skip {
		return nil
	}
	e.Cursor = scanner.Cursor(strconv.Itoa(w.count))
	if !w.yield(e, nil) {
		return errStop
	}
	return nil
}

func (w *walk) note(code scanner.Code, where, detail string) error {
	return w.emit(scanner.Entry{Note: &scanner.Note{Code: code, Where: where, Detail: detail}})
}

// list reads one list file: its elements, then the file itself.
func (w *walk) list(a *account, in *input, number uint32) error {
	in.file.used = true
	if in.file.code != "" {
		return w.note(in.file.code, in.file.name, in.file.detail)
	}
	r, err := w.s.t.openList(in.file)
	if err != nil {
		return w.note(codeOf(err), in.file.name, reason(err))
	}
	defer r.Close()
	if in.list.note != "" {
		if err := w.note(scanner.CodeState, in.file.name, in.list.note); err != nil {
			return err
		}
	}
	if in.resaved {
		if err := w.note(scanner.CodeResaved, in.file.name, "saved again after the export: texts are taken as they stand"); err != nil {
			return err
		}
	}
	l := &listing{w: w, a: a, in: in, number: number, dec: decoder{list: in.list, pieces: !in.resaved}}
	if in.html {
		return l.html(r)
	}
	sp := newSplitter(r, in.list.form == album || in.list.form == media2020)
	var v any
	sp.valid = func(raw []byte) bool {
		v = nil
		return json.Unmarshal(raw, &v) == nil
	}
	for {
		key, _, err := sp.next()
		switch {
		case err == nil:
			err = l.element(key, v)
			if err != nil {
				return err
			}
			continue
		case errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
			if err := l.finish(); err != nil {
				return err
			}
			if sp.repaired {
				if err := w.note(scanner.CodeRepaired, in.file.name, "read past damaged places between elements"); err != nil {
					return err
				}
			}
			return w.emit(scanner.Entry{})
		}
		code := scanner.CodeCorrupt
		if errors.Is(err, errTooLarge) {
			code = scanner.CodeTooLarge
		}
		if sp.over {
			if err := l.finish(); err != nil {
				return err
			}
			return w.note(code, in.file.name, strings.ReplaceAll(err.Error(), "\n", ": "))
		}
		if err := w.note(code, l.place(key), err.Error()); err != nil {
			return err
		}
	}
}

// document reads a list that is HTML.
func (in *input) document(r io.Reader, zone *time.Location, emit func(record) error) (htmlHead, error) {
	if in.list.early {
		return readEarly(r, in.list, zone, emit)
	}
	return readHTML(r, in.list, zone, emit)
}

// html reads one HTML document. What the JSON lists of the account tell already is a duplicate.
func (l *listing) html(r io.Reader) error {
	w, name := l.w, l.in.file.name
	var stop error
	zone := false
	_, err := l.in.document(r, w.s.zone, func(rec record) error {
		zone = zone || rec.zoneAssumed
		if w.known == nil {
			stop = l.record(l.place("")+rec.sub, rec)
		} else {
			stop = l.gap(l.place("")+rec.sub, rec)
		}
		return stop
	})
	if stop != nil {
		return stop
	}
	if zone {
		if err := w.note(scanner.CodeZone, name, fmt.Sprintf("its times are local ones without a zone, read as %q", w.s.zone)); err != nil {
			return err
		}
	}
	switch {
	case err == nil:
		return w.emit(scanner.Entry{})
	case errors.Is(err, errNoList):
		return w.note(scanner.CodeUnknownForm, name, err.Error())
	case errors.Is(err, errTooLarge):
		return w.note(scanner.CodeTooLarge, name, err.Error())
	}
	return w.note(scanner.CodeCorrupt, name, reason(err))
}

// codeOf is the note's code for an error of the tree.
func codeOf(err error) scanner.Code {
	switch {
	case errors.Is(err, scanner.ErrTooLarge):
		return scanner.CodeTooLarge
	case errors.Is(err, scanner.ErrMissing):
		return scanner.CodeMissing
	case errors.Is(err, scanner.ErrCorrupt):
		return scanner.CodeCorrupt
	}
	return scanner.CodeUnreadable
}

// listing is the state of reading one list.
type listing struct {
	w      *walk
	a      *account
	in     *input
	number uint32
	dec    decoder
	counts map[string]int // elements by key
	key    scanner.Key    // of the publication that the next record completes
	// of an album:
	title  string
	kind   scanner.Kind
	cover  *mediaRef
	photos map[uint64]struct{}
}

// place names the next element of the list under a key: "posts/videos.json[3]". Only where a file has several lists
// does the key show.
func (l *listing) place(key string) string {
	if l.counts == nil {
		l.counts = make(map[string]int)
	}
	n := l.counts[key]
	l.counts[key]++
	if l.in.list.form == media2020 && key != "" {
		return fmt.Sprintf("%s.%s[%d]", l.in.file.name, key, n)
	}
	return fmt.Sprintf("%s[%d]", l.in.file.name, n)
}

func (l *listing) element(key string, v any) error {
	switch l.in.list.form {
	case album:
		if key != "photos" && key != "" {
			l.albumField(key, v)
			return nil
		}
	case media2020:
		if key == "direct" {
			return l.w.note(scanner.CodePrivate, l.place(key), "")
		}
	}
	where := l.place(key)
	records := l.decode(key, v)
	// Account data without a profile photo give no record; the file itself stands in the account.
	for _, rec := range records {
		if l.in.list.form == album && rec.fault == "" {
			rec.album, rec.kind = l.title, l.kind
			if rec.album == "" && len(rec.media) > 0 {
				rec.album = rec.media[0].album
			}
			for _, m := range rec.media {
				l.remember(m)
			}
		}
		if err := l.record(where+rec.sub, rec); err != nil {
			return err
		}
	}
	return nil
}

// decode guards the decoders: a record on which they break costs itself only.
func (l *listing) decode(key string, v any) (records []record) {
	defer func() {
		if p := recover(); p != nil {
			records = []record{{fault: scanner.CodePanic, why: fmt.Sprint(p)}}
		}
	}()
	return l.dec.decode(key, v)
}

// record makes one item or note of one record.
func (l *listing) record(where string, rec record) error {
	w, a, x := l.w, l.a, l.a.index
	if rec.fault != "" {
		return w.note(rec.fault, where, rec.why)
	}
	if n := len(rec.media); n > maxMedia {
		rec.media = rec.media[:maxMedia]
		if err := w.note(scanner.CodeTooLarge, where, fmt.Sprintf("names %d pictures, of which %d are read here", n, maxMedia)); err != nil {
			return err
		}
	}
	if len(rec.media) == 0 && rec.text == "" {
		if rec.place == "" && x.isAuthored(rec.created) {
			return w.note(scanner.CodeShell, where, "announces the post of the same time")
		}
		if rec.link == "" && rec.named == "" && rec.place == "" && !rec.hollow && !rec.attached {
			return w.note(scanner.CodeEmpty, where, "")
		}
		rec.text = rec.named
	} else if rec.link == "" && l.in.list.form == timeline && l.in.list.rank == 0 {
		rec.link = x.shellLinks[rec.created.Unix()]
		if rec.link == "" && !rec.updated.IsZero() {
			rec.link = x.shellLinks[rec.updated.Unix()]
		}
	}
	item := &scanner.Item{
		Platform: a.platform, Kind: rec.kind, Account: a.name, Created: rec.created, ZoneAssumed: rec.zoneAssumed,
		Text: rec.text, Album: rec.album, Place: rec.place, Link: rec.link, Permalink: rec.permalink, Tags: rec.tags,
		Origins: []scanner.Origin{{Source: w.s.id, Where: where, Rank: l.in.list.rank}},
	}
	if item.Kind == "" {
		item.Kind = l.in.list.kind
	}
	notes := l.media(item, where, rec)
	if len(rec.media) > 0 && len(item.Media) == 0 {
		return w.note(scanner.CodePlaceholder, where, "")
	}
	if item.Kind == scanner.AlbumPhoto && len(item.Media) == 1 && item.Media[0].Video {
		item.Kind = scanner.Video
	}
	item.State = l.state(item, rec)
	if rec.hollow && len(item.Media) == 0 && item.Text == "" {
		notes = append(notes, scanner.Note{Code: scanner.CodeState, Where: where, Detail: "the export lists an attachment without content: its picture or video was lost before the export"})
	}
	if rec.unclear != "" {
		notes = append(notes, scanner.Note{Code: scanner.CodeState, Where: where, Detail: rec.unclear})
	}
	if !l.name(item) {
		return w.note(scanner.CodeDuplicate, where, "the same record again")
	}
	if w.known != nil && !l.in.html {
		w.known.add(item)
	}
	if err := w.emit(scanner.Entry{Item: item}); err != nil {
		return err
	}
	for _, n := range notes {
		n.Item = item.Key
		if err := w.emit(scanner.Entry{Note: &n}); err != nil {
			return err
		}
	}
	return nil
}
