package graphapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/huandu/facebook/v2"

	"pagerisk/scanner"
)

// Stages of a pull, in order: best origins first. They are names in stored cursors: never rename one.
var stages = []string{"page", "published_posts", "windows", "video_reels", "videos", "stories", "archived_stories", "photos", "albums",
	"profile_photos", "cover", "media", "ig_stories", "end"}

// Page sizes to begin with; "limit" beyond 100 is an error on post edges.
const (
	postLimit, photoLimit, albumLimit, videoLimit, storyLimit, igLimit = 50, 100, 10, 25, 50, 50

	// rankedPosts is how many posts of a year the API is said to list at most; from manyPosts on a year is asked again
	// month by month.
	rankedPosts, manyPosts = 600, 500
	// newestMedia is how many media of an Instagram account the API lists.
	newestMedia = 10_000
	// keptPhotos bounds how many photos read ahead are kept in memory, about 1 kB each; beyond, they are read again.
	keptPhotos = 20_000
)

// position is a cursor: which element of which page was delivered last. The elements, not their numbers, are what is
// looked for when a pull goes on, because pages move when something is added or deleted.
type position struct {
	Stage string      `json:"s,omitempty"`
	After cont        `json:"a,omitempty"`
	Limit int         `json:"m,omitempty"`
	Last  string      `json:"l,omitempty"` // id of the element
	Part  int         `json:"k,omitempty"` // entries of that element that were delivered
	Done  bool        `json:"d,omitempty"` // the stage is over
	Child *position   `json:"c,omitempty"` // within the element: an album's photos
	Years map[int]int `json:"y,omitempty"` // posts so far
	Count int         `json:"n,omitempty"` // elements of the stage so far
	Notes int         `json:"q,omitempty"` // notes behind that place
	// What the last stages need to know of the earlier ones.
	Cover   bool `json:"v,omitempty"` // the cover was shown
	Profile bool `json:"p,omitempty"` // a profile photo was listed
}

func (p position) cursor() scanner.Cursor {
	b, err := json.Marshal(p)
	if err != nil {
		panic(err) // strings and numbers only
	}
	return scanner.Cursor(b)
}

func parsePosition(c scanner.Cursor) (*position, error) {
	if c == "" {
		return nil, nil
	}
	p := new(position)
	if err := json.Unmarshal([]byte(c), p); err != nil || !slices.Contains(stages, p.Stage) {
		return nil, fmt.Errorf("go on where the last pull stopped: the mark %q is not one of this source", c)
	}
	return p, nil
}

// errStopped ends a pull whose reader has enough.
var errStopped = errors.New("stopped")

// reader is one pull.
type reader struct {
	ctx   context.Context
	s     *Source
	yield func(scanner.Entry, error) bool

	from    *position // where to go on; nil once that place was reached, or from the beginning
	resumed bool
	at      position       // of the last entry
	queue   []scanner.Note // about the stage, before the next entry

	page        pageNode
	years       map[int]int
	photos      *feed[photo]
	videos      *feed[video]
	posts       map[string]bool      // posts that were delivered
	shown       map[scanner.Key]bool // media that were delivered
	byPost      map[string][]string  // photos that name their post, by post
	storiesSeen map[string]bool
	unseen      map[string]bool // posts that photos name and that cannot be read
	count       int             // elements of the stage that were delivered
	reels       int             // reels in lists other than their own
	noReels     bool            // their own list is closed
	noStories   bool
	refused     map[string]bool // fields that were noted already, by stage
}

func newReader(ctx context.Context, s *Source, yield func(scanner.Entry, error) bool) *reader {
	return &reader{ctx: ctx, s: s, yield: yield, years: make(map[int]int), posts: make(map[string]bool),
		shown: make(map[scanner.Key]bool), byPost: make(map[string][]string),
		storiesSeen: make(map[string]bool), unseen: make(map[string]bool), refused: make(map[string]bool)}
}

func (r *reader) where(parts ...string) string { return r.s.ID() + "/" + strings.Join(parts, "/") }

// run goes through the stages.
func (r *reader) run(from *position) error {
	if from != nil && from.Stage == "page" && !from.Done {
		from = nil // only notes were told
	}
	r.from, r.resumed = from, from != nil
	if from != nil {
		r.at = *from
		if from.Years != nil {
			r.years = from.Years
		}
	} else {
		r.at.Stage = "page"
	}
	if err := r.readPage(); err != nil {
		return err
	}
	id := string(r.page.ID)
	r.photos = newFeed(r.walk("photos", id+"/photos", facebook.Params{"type": "uploaded"}, photoFields, photoLimit), func(p photo) string {
		if p.Story != "" {
			r.byPost[string(p.Story)] = append(r.byPost[string(p.Story)], string(p.ID))
		}
		return string(p.ID)
	})
	r.videos = newFeed(r.walk("videos", id+"/videos", nil, videoFields, videoLimit), func(v video) string { return string(v.ID) })
	for _, stage := range []struct {
		name string
		run  func(stage string) error
	}{
		{"published_posts", func(stage string) error {
			return r.list(stage, r.walk(stage, id+"/published_posts", facebook.Params{"include_hidden": "true"}, postFields, postLimit).fetch, r.postPage, nil)
		}},
		{"windows", r.windows},
		{"video_reels", func(stage string) error {
			return r.list(stage, r.walk(stage, id+"/video_reels", nil, videoFields, videoLimit).fetch, r.reelPage, nil)
		}},
		{"videos", func(stage string) error { return r.list(stage, r.videos.take, r.videoPage, nil) }},
		{"stories", func(stage string) error {
			return r.list(stage, r.walk(stage, id+"/stories", nil, storyFields, storyLimit).fetch, r.storyPage, nil)
		}},
		{"archived_stories", func(stage string) error {
			if r.noStories {
				return nil // refused already, and noted
			}
			return r.list(stage, r.walk(stage, id+"/stories", facebook.Params{"status": "ARCHIVED"}, storyFields, storyLimit).fetch, r.storyPage, nil)
		}},
		{"photos", func(stage string) error { return r.list(stage, r.photos.take, r.photoPage, nil) }},
		{"albums", func(stage string) error {
			return r.list(stage, r.walk(stage, id+"/albums", nil, albumFields, albumLimit).fetch, r.albumPage, r.albumPhotos)
		}},
		{"profile_photos", func(stage string) error {
			return r.list(stage, r.walk(stage, id+"/photos", facebook.Params{"type": "profile"}, photoFields, photoLimit).fetch, r.profilePage, nil)
		}},
		{"cover", r.coverPhoto},
		{"media", r.instagram},
		{"ig_stories", r.instagramStories},
		{"end", r.end},
	} {
		if r.skip(stage.name) {
			continue
		}
		if err := stage.run(stage.name); err != nil {
			return err
		}
		r.from = nil
	}
	return nil
}

// skip reports whether an earlier pull was through with the stage.
func (r *reader) skip(stage string) bool {
	if r.from == nil {
		return false
	}
	have, want := slices.Index(stages, stage), slices.Index(stages, r.from.Stage)
	if have == want && r.from.Done {
		r.from = nil
		return true
	}
	return have < want
}

func (r *reader) walk(stage, path string, params facebook.Params, fields string, start int) *walk {
	return r.s.c.walk(edge{name: r.where(stage), path: path, params: params, fields: r.s.refused.without(fields), start: start}, r.dropOf(stage, fields))
}

// dropOf notes a refused field, and spares the other lists of such objects the refusal.
func (r *reader) dropOf(stage, fields string) func(refusal) {
	note := r.drop(stage)
	return func(no refusal) {
		r.s.refused.add(fields, no)
		note(no)
	}
}

// drop returns what is told of refused fields of a stage.
func (r *reader) drop(stage string) func(refusal) {
	return func(no refusal) {
		if key := stage + " " + no.field; !r.refused[key] {
			r.refused[key] = true
			r.queue = append(r.queue, scanner.Note{Code: scanner.CodeField, Where: r.where(stage), Detail: fmt.Sprintf("field %q", no.field)})
		}
	}
}

// emit hands on one entry.
func (r *reader) emit(e scanner.Entry, at position) error {
	if err := r.tell(); err != nil {
		return err
	}
	if e.Item != nil {
		if at.Years != nil && e.Item.Origins[0].Rank == 0 {
			at.Years[e.Item.Created.Year()]++
		}
		cover := scanner.MediaID(scanner.Facebook, r.coverID())
		r.at.Cover = r.at.Cover || slices.ContainsFunc(e.Item.Media, func(m scanner.Media) bool { return m.ID != "" && m.ID == cover })
		r.at.Profile = r.at.Profile || at.Stage == "profile_photos"
	}
	at.Cover, at.Profile = r.at.Cover, r.at.Profile
	r.at = at
	e.Cursor = at.cursor()
	if !r.yield(e, nil) {
		return errStopped
	}
	return r.ctx.Err()
}

// tell hands on the notes that wait for the next entry.
func (r *reader) tell() error {
	for len(r.queue) > 0 {
		n := r.queue[0]
		r.queue = r.queue[1:]
		r.at.Notes++
		if !r.yield(scanner.Entry{Note: &n, Cursor: r.at.cursor()}, nil) {
			return errStopped
		}
	}
	return nil
}

// refuse notes that a list cannot be read (to its end); at is where the pull goes on then. The error is nil where the
// rest goes on.
func (r *reader) refuse(at position, where string, err error) error {
	if r.ctx.Err() != nil {
		return r.ctx.Err()
	}
	var fault *Error
	if fatal(err) || !errors.As(err, &fault) {
		return err
	}
	code := scanner.CodeDenied
	switch {
	case errors.Is(err, ErrUnavailable):
		// Either this list is broken, or the API is not there at all: then the pull has to go on another day.
		if _, probe := r.s.c.get(r.ctx, string(r.page.ID), facebook.Params{"fields": "id"}); probe != nil {
			return err
		}
		code = scanner.CodeUnreadable
	case errors.Is(err, ErrRequest):
		code = scanner.CodeUnreadable
		if fault.Code == 100 || fault.Code == 12 {
			code = scanner.CodeDenied // "unsupported get request": what an edge says that is closed to us
		}
	}
	r.noReels, r.noStories = r.noReels || at.Stage == "video_reels", r.noStories || at.Stage == "stories"
	return r.emit(scanner.Entry{Note: &scanner.Note{Code: code, Where: where, Detail: detail(fault)}}, at)
}

func detail(e *Error) string {
	short := *e
	short.Op = ""
	return short.Error()
}

// pageNode reads the page, with as much of it as the token may see: a permission that is missing for one field can fail
// the call without naming the field.
func (s *Source) pageNode(ctx context.Context, drop func(refusal)) (json.RawMessage, error) {
	var first error
	for _, list := range []string{pageFields, pageAlone, "id,name"} {
		fields := parseFields(list)
		raw, err := s.c.node(ctx, s.o.Page, &fields, drop)
		if err == nil && first != nil {
			drop(refusal{field: strings.TrimPrefix(pageFields, list+",")})
		}
		if err == nil || !errors.Is(err, ErrPermission) && !errors.Is(err, ErrRequest) {
			return raw, err
		}
		if first == nil {
			first = err
		}
	}
	return nil, first
}

func (r *reader) readPage() error {
	raw, err := r.s.pageNode(r.ctx, r.drop("page"))
	if err != nil {
		return err
	}
	decode(raw, &r.page)
	if scanner.NumberKey(scanner.Facebook, string(r.page.ID)) == "" {
		return &Error{Op: fmt.Sprintf("read %q", r.s.ID()), Kind: ErrUnavailable, Cause: CauseUnavailable, Message: "the answer holds no page"}
	}
	r.s.c.mu.Lock()
	r.s.c.page = string(r.page.ID)
	served := r.s.c.served
	r.s.c.mu.Unlock()
	if r.from != nil {
		r.queue = nil // told before the break
		return nil
	}
	if served != "" {
		r.queue = append(r.queue, scanner.Note{Code: scanner.CodePromise, Where: r.where("page"),
			Detail: fmt.Sprintf("asked for version %s of the API, answered by %s", r.s.c.version, served)})
	}
	if r.page.Published.set && !r.page.Published.value {
		r.queue = append(r.queue, scanner.Note{Code: scanner.CodeState, Where: r.where("page"), Detail: "the page is not published at present"})
	}
	return r.emit(scanner.Entry{}, position{Stage: "page", Done: true})
}

// element is one object of a list.
type element struct {
	id   string
	raw  json.RawMessage
	thin bool
}

type (
	// fetcher gives the page at from.
	fetcher func(ctx context.Context, from cont) (page, error)
	// lister turns the elements of a page into entries: one list of entries per element, notes before the item.
	lister func(stage string, elems []element) (entries [][]scanner.Entry, err error)
	// descender is called behind an element's entries, for what it holds: at is the element's place, from where within
	// it to go on, nil for the beginning.
	descender func(e element, at position, from *position) error
)

func (r *reader) list(stage string, fetch fetcher, each lister, descend descender) error {
	var from *position
	if r.from != nil && r.from.Stage == stage {
		from = r.from
	}
	return r.pages(stage, r.where(stage), fetch, nil, from, each, descend, func(p position) position {
		p.Stage = stage
		if stage == "published_posts" {
			p.Years = r.years
		}
		return p
	})
}

// pages delivers a list page by page. first is its first page where that came with something else; from is where to go
// on. wrap completes a position of this list to a cursor.
func (r *reader) pages(stage, where string, fetch fetcher, first *page, from *position, each lister,
	descend descender, wrap func(position) position) error {
	var at cont
	if from != nil {
		at = from.After
	}
	seen, followed := make(map[string]bool), make(map[string]bool)
	empty, count, restarted := 0, 0, false
	if from != nil {
		count = from.Count
	}
	defer func() { r.count = count }()
	for n := 0; n < maxPages; n++ {
		p, err := page{}, error(nil)
		if first != nil && len(at) == 0 {
			p = *first
		} else {
			p, err = fetch(r.ctx, at)
		}
		if err != nil && len(at) > 0 && !restarted && (errors.Is(err, ErrRequest) || errors.Is(err, ErrGone)) {
			// A cursor that went stale while the list changed: once more from the top, what comes again is known.
			if from != nil {
				count = 0
			}
			at, from, restarted, followed = nil, nil, true, make(map[string]bool)
			continue
		}
		if err != nil && len(p.elems) == 0 {
			return r.refuse(wrap(position{Done: true, Count: count}), where, err)
		}
		elems := make([]element, len(p.elems))
		for i, raw := range p.elems {
			var head struct {
				ID   text `json:"id"`
				Post text `json:"post_id"`
			}
			if isObject(raw) {
				decode(raw, &head)
			}
			elems[i] = element{id: string(head.ID), raw: raw, thin: p.thin}
			if head.ID == "" {
				elems[i].id = string(head.Post) // a story has no other name
			}
		}
		skipTo, part := 0, 0
		var child *position
		if from != nil && from.Last != "" {
			i := slices.IndexFunc(elems, func(e element) bool { return e.id == from.Last })
			switch {
			case i >= 0:
				skipTo, part, child = i, from.Part, from.Child
			case len(at) > 0 && !restarted:
				// The page moved on since: only the whole list holds for sure what is missing.
				at, from, restarted, count = nil, nil, true, 0
				continue
			}
		}
		from = nil
		fresh := elems[:0:0]
		dups := make(map[int]bool)
		for i, e := range elems {
			switch {
			case e.id == "":
			case seen[e.id]:
				dups[i] = true
				continue
			default:
				seen[e.id] = true
			}
			if i >= skipTo {
				fresh = append(fresh, e)
			}
		}
		entries, err2 := each(stage, fresh)
		if err2 != nil {
			return err2
		}
		k := 0
		for i, e := range elems {
			if i < skipTo {
				continue
			}
			pos := position{After: at, Limit: p.limit, Last: e.id}
			if dups[i] {
				if restarted {
					continue // counted when it came first
				}
				pos.Part, pos.Count = 1, count
				note := &scanner.Note{Code: scanner.CodeDuplicate, Where: where + "/" + e.id}
				if err := r.emit(scanner.Entry{Note: note}, wrap(pos)); err != nil {
					return err
				}
				continue
			}
			if !(i == skipTo && part > 0) {
				count++
			}
			for j, entry := range entries[k] {
				if i == skipTo && j < part {
					continue
				}
				pos.Part, pos.Count = j+1, count
				if err := r.emit(entry, wrap(pos)); err != nil {
					return err
				}
			}
			k++
			if descend != nil {
				pos.Part, pos.Count = len(entries[k-1]), count
				if i != skipTo {
					child = nil
				}
				if err := descend(e, pos, child); err != nil {
					return err
				}
			}
		}
		if err != nil { // the page was read, but it does not say how to go on
			return r.refuse(wrap(position{Done: true, Count: count}), where, err)
		}
		if p.next == nil {
			return nil
		}
		if empty++; len(p.elems) > 0 {
			empty = 0
		}
		key := p.next.key()
		if followed[key] || empty > maxEmpty {
			return r.emit(scanner.Entry{Note: &scanner.Note{Code: scanner.CodeLimit, Where: where,
				Detail: fmt.Sprintf("the list turns in a circle after %d objects; nothing more can be read of it", count)}},
				wrap(position{Done: true, Count: count}))
		}
		followed[key] = true
		at, first = p.next, nil
	}
	return nil
}

// feed reads a list of photos or videos ahead of its turn, because posts name their pictures by number only: the list
// gives a hundred large pictures for one call. Pages read ahead are kept and delivered in their turn.
type feed[T any] struct {
	w     *walk
	id    func(T) string
	pages map[string]page // by how they were reached
	index map[string]T
	at    cont
	more  bool
	err   error
	kept  int
}

func newFeed[T any](w *walk, id func(T) string) *feed[T] {
	return &feed[T]{w: w, id: id, pages: make(map[string]page), index: make(map[string]T), more: true}
}

// ahead reads on until all ids are found, the list ends, or pages are used up. What ends a pull is returned.
func (f *feed[T]) ahead(ctx context.Context, ids []string, pages int) error {
	for ; pages > 0 && f.more && f.kept < keptPhotos; pages-- {
		if !slices.ContainsFunc(ids, func(id string) bool { _, ok := f.index[id]; return !ok }) {
			return nil
		}
		key := f.at.key()
		if _, again := f.pages[key]; again {
			f.more = false
			return nil
		}
		p, err := f.w.fetch(ctx, f.at)
		if err != nil {
			if fatal(err) || ctx.Err() != nil {
				return err
			}
			f.more, f.err = false, err
			return nil
		}
		f.pages[key] = p
		f.learn(p)
		f.at, f.more = p.next, p.next != nil
	}
	return nil
}

func (f *feed[T]) learn(p page) {
	for i, raw := range p.elems {
		var v T
		if isObject(raw) {
			decode(raw, &v)
			f.index[f.id(v)] = v
			p.elems[i] = slim(raw)
		}
	}
	f.kept += len(p.elems)
}

// slim takes out what a kept photo or video does not need: all renditions but the largest, nine tenths of its size.
func slim(raw json.RawMessage) json.RawMessage {
	var all map[string]json.RawMessage
	var have struct {
		Images many[rendition] `json:"images"`
	}
	decode(raw, &all)
	decode(raw, &have)
	best := largest(have.Images.List)
	if best.url() == "" {
		return raw
	}
	all["images"], _ = json.Marshal([]map[string]any{{"source": best.url(), "width": best.Width, "height": best.Height}})
	if b, err := json.Marshal(all); err == nil {
		return b
	}
	return raw
}

// take gives the page at from, from memory where it was read ahead.
func (f *feed[T]) take(ctx context.Context, from cont) (page, error) {
	key := from.key()
	if p, ok := f.pages[key]; ok {
		delete(f.pages, key)
		return p, nil
	}
	if f.err != nil && key == f.at.key() {
		err := f.err
		f.err = nil
		return page{}, err
	}
	return f.w.fetch(ctx, from)
}

// windows asks month by month for posts of years in which the list is so long that the API may have cut it.
func (r *reader) windows(stage string) error {
	var years []int
	for y, n := range r.years {
		if n >= manyPosts {
			years = append(years, y)
		}
	}
	slices.Sort(years)
	if r.from != nil && r.from.Stage == stage {
		years = slices.DeleteFunc(years, func(y int) bool { return y <= r.from.Count })
	}
	for _, year := range years {
		path := string(r.page.ID) + "/published_posts"
		found := 0
		for month := time.January; month <= time.December; month++ {
			begin := time.Date(year, month, 1, 0, 0, 0, 0, time.UTC)
			if begin.After(r.s.o.Now()) {
				break
			}
			w := r.walk(stage, path, facebook.Params{"include_hidden": "true", "since": fmt.Sprint(begin.Unix()),
				"until": fmt.Sprint(begin.AddDate(0, 1, 0).Unix())}, postFields, 100)
			err := r.pages(stage, r.where("published_posts"), w.fetch, nil, nil, func(stage string, elems []element) ([][]scanner.Entry, error) {
				fresh := slices.DeleteFunc(slices.Clone(elems), func(e element) bool { return r.knowsPost(e.id) })
				found += len(fresh)
				entries, err := r.postPage("published_posts", fresh)
				if err != nil {
					return nil, err
				}
				all, k := make([][]scanner.Entry, len(elems)), 0
				for i, e := range elems {
					if k < len(fresh) && fresh[k].id == e.id {
						all[i] = entries[k]
						k++
					}
				}
				return all, nil
			}, nil, func(p position) position {
				p.Stage, p.Done, p.Count, p.Years = stage, false, year-1, r.years
				return p
			})
			if err != nil {
				return err
			}
		}
		n := r.years[year]
		note := scanner.Note{Code: scanner.CodeLimit, Where: r.where("published_posts"), Detail: fmt.Sprintf(
			"%d: the list gave %d posts, near the %d a year that the API is said to rank; asked month by month it gave none beyond", year, n, rankedPosts)}
		switch {
		case found > 0:
			note.Code = scanner.CodeRepaired
			note.Detail = fmt.Sprintf("%d: the list stopped at %d posts; asked month by month it gave %d more", year, n-found, found)
		case n < rankedPosts:
			note.Code = scanner.CodePromise
		}
		if err := r.emit(scanner.Entry{Note: &note}, position{Stage: stage, Count: year, Years: r.years}); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) knowsPost(id string) bool {
	if r.posts[id] {
		return true
	}
	return r.resumed && r.s.known != nil && r.s.known(r.ctx, scanner.NumberKey(scanner.Facebook, id))
}

// end tells what the whole pull met.
func (r *reader) end(stage string) error {
	r.s.c.mu.Lock()
	waits := r.s.c.waits
	r.s.c.mu.Unlock()
	var notes []scanner.Note
	if waits > 0 {
		notes = append(notes, scanner.Note{Code: scanner.CodeThrottled, Where: r.s.ID(), Detail: fmt.Sprintf("the API asked to wait %d times", waits)})
	}
	if r.noReels {
		notes = append(notes, scanner.Note{Code: scanner.CodePromise, Where: r.where("video_reels"),
			Detail: fmt.Sprintf("the list of reels is closed; %d reels were found in posts and videos, others may be missing", r.reels)})
	}
	told := 0
	if r.from != nil && r.from.Stage == stage {
		told = r.from.Count
	}
	for i := told; i < len(notes); i++ {
		if err := r.emit(scanner.Entry{Note: &notes[i]}, position{Stage: stage, Count: i + 1}); err != nil {
			return err
		}
	}
	return r.tell()
}
