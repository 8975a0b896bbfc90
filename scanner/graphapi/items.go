package graphapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"pagerisk/scanner"
)

const (
	// maxText bounds a caption; Facebook's own limit is 63,206 characters.
	maxText = 100_000
	// maxName bounds names, places and addresses.
	maxName = 2_000
	// maxTags and maxParts bound what one publication may list.
	maxTags, maxParts = 200, 2_000
	// maxSubPages is how many further pages of one post's pictures are read: 2,000 pictures.
	maxSubPages = 20
)

func clean(t text, limit int) (string, bool) {
	s := norm.NFC.String(strings.ToValidUTF8(string(t), "\ufffd"))
	if r := []rune(s); len(r) > limit {
		return string(r[:limit]), true
	}
	return s, false
}

func name(t text) string {
	s, _ := clean(t, maxName)
	return strings.TrimSpace(s)
}

// address keeps web addresses only; what else stands in a link reaches no register.
func address(t text) string {
	u, err := url.Parse(strings.TrimSpace(string(t)))
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || len(t) > maxName {
		return ""
	}
	return u.String()
}

// onSite completes the relative permalinks of videos.
func onSite(t text) string {
	if strings.HasPrefix(string(t), "/") && !strings.HasPrefix(string(t), "//") {
		t = text(site) + t
	}
	return address(t)
}

// unshim takes the address out of Facebook's redirecting one.
func unshim(t text) string {
	u, err := url.Parse(string(t))
	if err == nil && (u.Host == "l.facebook.com" || u.Host == "lm.facebook.com") && u.Query().Get("u") != "" {
		return address(text(u.Query().Get("u")))
	}
	return address(t)
}

func (r *reader) tags(lists ...[]named) []string {
	var out []string
	for _, list := range lists {
		for _, n := range list {
			t := name(n.Name)
			if t == "" {
				t = name(n.Username)
			}
			if t != "" && n.ID != r.page.ID && !slices.Contains(out, t) && len(out) < maxTags {
				out = append(out, t)
			}
		}
	}
	return out
}

// fresh is the beginning of an item of the page.
func (r *reader) fresh(kind scanner.Kind, stage, id string, rank int) *scanner.Item {
	return &scanner.Item{Key: scanner.NumberKey(scanner.Facebook, id), Platform: scanner.Facebook, Kind: kind, State: scanner.Published,
		Account: name(r.page.Name), Origins: []scanner.Origin{{Source: r.s.ID(), Where: r.where(stage, id), Rank: rank}}}
}

// dated sets the time that readers see, and the aliases by which an export's record of the item is found.
func dated(item *scanner.Item, created, backdated moment) (notes []scanner.Note) {
	item.Created = created.Time
	if !backdated.IsZero() && !backdated.Equal(created.Time) {
		item.Created = backdated.Time
		if created.IsZero() {
			return nil
		}
		notes = append(notes, scanner.Note{Code: scanner.CodeState, Where: item.Origins[0].Where, Item: item.Key,
			Detail: "dated back; added " + created.Format(time.RFC3339)})
	}
	return notes
}

func alias(item *scanner.Item, keys ...scanner.Key) {
	for _, k := range keys {
		if k != "" && k != item.Key && !slices.Contains(item.Aliases, k) {
			item.Aliases = append(item.Aliases, k)
		}
	}
}

// done completes an item: aliases of its media and of its words, and what was shown.
func (r *reader) done(item *scanner.Item, created, backdated moment) {
	for _, m := range item.Media {
		alias(item, m.ID)
		if m.ID != "" {
			r.shown[m.ID] = true
		}
	}
	alias(item, scanner.TextAlias(item.Platform, created.Time, item.Text), scanner.TextAlias(item.Platform, backdated.Time, item.Text))
}

func entries(notes []scanner.Note, item *scanner.Item) []scanner.Entry {
	var out []scanner.Entry
	for i := range notes {
		out = append(out, scanner.Entry{Note: &notes[i]})
	}
	if item != nil {
		out = append(out, scanner.Entry{Item: item})
	}
	return out
}

// odd is the note about an element that has no form we know.
func (r *reader) odd(stage string, e element) []scanner.Entry {
	return entries([]scanner.Note{{Code: scanner.CodeUnknownForm, Where: strings.TrimSuffix(r.where(stage, e.id), "/"), Detail: "no object with an id"}}, nil)
}

// whole reads an object again that was too much in its list; nil if that fails, with the note why.
func (r *reader) whole(stage string, e element, fields string) (json.RawMessage, []scanner.Entry, error) {
	if !e.thin {
		return e.raw, nil, nil
	}
	list := r.s.refused.without(fields)
	raw, err := r.s.c.node(r.ctx, e.id, &list, r.dropOf(stage, fields))
	var fault *Error
	if err == nil || fatal(err) || !errors.As(err, &fault) {
		return raw, nil, err
	}
	return nil, entries([]scanner.Note{{Code: scanner.CodeUnreadable, Where: r.where(stage, e.id), Detail: detail(fault)}}, nil), nil
}

// ---- posts

// postPage turns a page of posts into items. Their pictures are looked up in the list of photos, which is read ahead.
func (r *reader) postPage(stage string, elems []element) ([][]scanner.Entry, error) {
	out := make([][]scanner.Entry, len(elems))
	posts := make([]post, len(elems))
	var photos, videos []string
	for i, e := range elems {
		raw, failed, err := r.whole(stage, e, postFields)
		if err != nil {
			return nil, err
		}
		if failed != nil {
			out[i] = failed
			continue
		}
		decode(raw, &posts[i])
		if scanner.NumberKey(scanner.Facebook, string(posts[i].ID)) == "" {
			posts[i].ID, out[i] = "", r.odd(stage, e)
			continue
		}
		if err := r.furtherPictures(&posts[i]); err != nil {
			return nil, err
		}
		for _, a := range parts(&posts[i]) {
			id := string(a.Target.V.ID)
			// What a share shows belongs to somebody else, whose photos this token may not see.
			switch {
			case scanner.MediaID(scanner.Facebook, id) == "" || posts[i].Parent != "":
			case a.isVideo() && a.Media.V.Source == "":
				videos = append(videos, id)
			case !a.isVideo() && a.isPicture():
				photos = append(photos, id)
			}
		}
	}
	if err := lookUp(r, r.photos, photos, photoFields); err != nil {
		return nil, err
	}
	if err := lookUp(r, r.videos, videos, videoFields); err != nil {
		return nil, err
	}
	for i := range posts {
		if posts[i].ID != "" {
			out[i] = r.postEntries(stage, &posts[i])
		}
	}
	return out, nil
}

// lookUp finds objects in the list read ahead, and asks for the rest by number.
func lookUp[T any](r *reader, f *feed[T], ids []string, fields string) error {
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	if len(ids) == 0 {
		return nil
	}
	if err := f.ahead(r.ctx, ids, 3+len(ids)/50); err != nil {
		return err
	}
	missing := slices.DeleteFunc(ids, func(id string) bool { _, ok := f.index[id]; return ok })
	if len(missing) == 0 {
		return nil
	}
	list := r.s.refused.without(fields)
	found, err := r.s.c.nodes(r.ctx, missing, &list, r.dropOf("nodes", fields), 2+len(missing)/maxIDs)
	for id, raw := range found {
		var v T
		decode(raw, &v)
		f.index[id] = v
	}
	return err
}

// parts are the attachments of a post that stand for one thing each.
func parts(p *post) []attachment {
	var out []attachment
	for _, a := range p.Attachments.List {
		if len(a.Sub.List) > 0 {
			out = append(out, a.Sub.List...)
		} else {
			out = append(out, a)
		}
	}
	return out[:min(len(out), maxParts)]
}

func (a attachment) isVideo() bool {
	return a.Media.V.Source != "" || strings.Contains(string(a.MediaType), "video") || strings.Contains(string(a.Type), "video")
}

// isPicture reports whether the attachment is an upload, not the preview of a linked site. Both sets of names are open;
// what is of an unknown type and has a picture with a number of its own is an upload.
func (a attachment) isPicture() bool {
	switch kind := string(a.Type) + " " + string(a.MediaType); {
	case strings.Contains(kind, "photo"), strings.Contains(kind, "video"), strings.Contains(kind, "album"), strings.Contains(kind, "profile_media"),
		strings.Contains(kind, "animated_image"):
		return a.Target.V.ID != "" || a.Media.V.Image.V.url() != "" || a.Media.V.Source != ""
	case strings.Contains(kind, "share"), strings.Contains(kind, "link"), strings.Contains(kind, "event"), strings.Contains(kind, "unavailable"):
		return false
	}
	return a.Media.V.Image.V.url() != "" && scanner.MediaID(scanner.Facebook, string(a.Target.V.ID)) != "" && a.Unshimmed == ""
}

var subPath = regexp.MustCompile(`^(?:/v[0-9]+\.[0-9]+)?/([0-9_]+/(?:sub)?attachments)/?$`)

// furtherPictures reads the pictures of a post that did not come with it.
func (r *reader) furtherPictures(p *post) error {
	for i := range p.Attachments.List {
		a := &p.Attachments.List[i]
		if a.Sub.Paging.Next == "" {
			continue
		}
		u, err := url.Parse(string(a.Sub.Paging.Next))
		if err != nil {
			continue
		}
		m := subPath.FindStringSubmatch(strings.TrimPrefix(u.Path, strings.TrimSuffix(r.s.c.base.Path, "/")))
		at, err := a.Sub.Paging.next(u.Path)
		if m == nil || err != nil {
			continue // the link that is left is noted
		}
		err = r.morePictures(a, m[1], at)
		var fault *Error
		switch {
		case err == nil:
			a.Sub.Paging.Next = ""
		case fatal(err), r.ctx.Err() != nil, !errors.As(err, &fault):
			return err
		}
	}
	return nil
}

func (r *reader) morePictures(a *attachment, path string, at cont) error {
	w := r.walk("attachments", path, nil, attachmentFields, 100)
	for n := 0; n < maxSubPages; n++ {
		p, err := w.fetch(r.ctx, at)
		for _, raw := range p.elems {
			var x attachment
			if isObject(raw) {
				decode(raw, &x)
				if len(x.Sub.List) > 0 {
					a.Sub.List = append(a.Sub.List, x.Sub.List...)
				} else {
					a.Sub.List = append(a.Sub.List, x)
				}
			}
		}
		if err != nil || p.next == nil || p.next.key() == at.key() {
			return err
		}
		at = p.next
	}
	return nil
}

func (r *reader) postEntries(stage string, p *post) []scanner.Entry {
	id := string(p.ID)
	r.posts[id] = true
	item := r.fresh(scanner.Post, stage, id, 0)
	where := item.Origins[0].Where
	if p.From.V.ID != "" && p.From.V.ID != r.page.ID {
		return entries([]scanner.Note{{Code: scanner.CodeNotPublished, Where: where, Detail: "somebody else's post"}}, nil)
	}
	notes := dated(item, p.Created, p.Backdated)
	note := func(code scanner.Code, detail string) {
		notes = append(notes, scanner.Note{Code: code, Where: where, Item: item.Key, Detail: detail})
	}
	var cut bool
	if item.Text, cut = clean(p.Message, maxText); cut {
		note(scanner.CodeCut, "text")
	}
	item.Place, item.Permalink = name(text(p.Place.V.String())), onSite(p.Permalink)
	item.Tags = r.tags(p.Tags, p.StoryTags, p.Sponsors.List)
	r.visibility(item, p.Published, p.Privacy.V, note)
	if p.Hidden.value {
		note(scanner.CodeState, "hidden from the timeline, still reachable by its link")
	}
	if p.Expired.value {
		note(scanner.CodeState, "expired")
	}
	r.attach(item, p)
	for _, a := range p.Attachments.List {
		if a.Sub.Paging.Next != "" {
			note(scanner.CodeLimit, fmt.Sprintf("the API lists %d pictures of this post and does not say how to get the rest", len(a.Sub.List)))
		}
	}
	if item.Text == "" && item.Link == "" && len(item.Media) == 0 {
		return entries([]scanner.Note{{Code: scanner.CodeEmpty, Where: where, Detail: name(p.Story)}}, nil)
	}
	r.done(item, p.Created, p.Backdated)
	return entries(notes, item)
}

// visibility sets the state as the API tells it.
func (r *reader) visibility(item *scanner.Item, published flag, p privacy, note func(scanner.Code, string)) {
	if published.set && !published.value {
		item.State = scanner.Draft
	}
	if p.Value != "" && p.Value != "EVERYONE" {
		note(scanner.CodeState, "visible to: "+name(p.Value))
	}
}

// attach gives the item the pictures, videos and the link of a post.
func (r *reader) attach(item *scanner.Item, p *post) {
	add := func(m scanner.Media) {
		if !slices.ContainsFunc(item.Media, func(o scanner.Media) bool { return o.Ref == m.Ref }) {
			item.Media = append(item.Media, m)
		}
	}
	for i, a := range parts(p) {
		id := string(a.Target.V.ID)
		switch {
		case a.isVideo():
			if scanner.MediaID(scanner.Facebook, id) == "" {
				add(r.loose(item, p, i, a))
				continue
			}
			v, ok := r.videos.index[id]
			if !ok {
				v = video{ID: text(id)}
			}
			if v.Source == "" {
				v.Source = a.Media.V.Source
			}
			if v.cover() == "" {
				v.Picture = text(a.Media.V.Image.V.url())
			}
			if strings.Contains(string(v.Permalink), "/reel/") || strings.Contains(string(a.URL), "/reel/") {
				r.reels++
			}
			add(r.videoMedium(v))
		case a.isPicture():
			if scanner.MediaID(scanner.Facebook, id) == "" {
				add(r.loose(item, p, i, a))
				continue
			}
			ph, ok := r.photos.index[id]
			if !ok {
				ph = photo{ID: text(id)}
			}
			if ph.url() == "" {
				ph.Picture = text(a.Media.V.Image.V.url())
			}
			add(r.photoMedium(ph, item.Text))
		case item.Link == "":
			for _, u := range []text{a.Unshimmed, a.URL, a.Target.V.URL} {
				if item.Link == "" {
					item.Link = unshim(u)
				}
			}
		}
	}
	// A post is said to list a dozen of its pictures at most; the list of photos names the post of each.
	for _, id := range r.byPost[string(p.ID)] {
		if ph, ok := r.photos.index[id]; ok {
			add(r.photoMedium(ph, item.Text))
		}
	}
}

// loose is a medium without a number of its own, known by its place in the post.
func (r *reader) loose(item *scanner.Item, p *post, i int, a attachment) scanner.Media {
	ref := fmt.Sprintf("attachment:%s:%d", p.ID, i)
	u := string(a.Media.V.Source)
	if u == "" {
		u = a.Media.V.Image.V.url()
	}
	r.s.links.set(ref, u)
	return scanner.Media{Ref: ref, URI: fmt.Sprintf("%s/attachments/%d", p.ID, i), File: fileName(u), Video: a.Media.V.Source != ""}
}

// fileName is the base name in an address of the CDN.
func fileName(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Path == "" {
		return ""
	}
	base := path.Base(u.Path)
	if base == "/" || base == "." || len(base) > 200 {
		return ""
	}
	return strings.ToValidUTF8(base, "")
}

func (r *reader) photoMedium(p photo, caption string) scanner.Media {
	id := string(p.ID)
	u := p.url()
	r.s.links.set("photo:"+id, u)
	m := scanner.Media{Ref: "photo:" + id, ID: scanner.MediaID(scanner.Facebook, id), URI: "photos/" + id, File: fileName(u)}
	m.Alt, _ = clean(text(p.alt()), maxName)
	if own, _ := clean(p.Name, maxText); own != caption {
		m.Caption = own
	}
	return m
}

// videoMedium is a video with its cover. The API leaves out the file where the token is not an administrator's, and where
// rights forbid it: then the cover stands for it.
func (r *reader) videoMedium(v video) scanner.Media {
	id := string(v.ID)
	m := scanner.Media{Ref: "video:" + id, ID: scanner.MediaID(scanner.Facebook, id), URI: "videos/" + id, File: fileName(string(v.Source)), Video: true}
	r.s.links.set(m.Ref, string(v.Source))
	if c := v.cover(); c != "" {
		m.Cover = "cover:video:" + id
		r.s.links.set(m.Cover, c)
		if v.Source == "" {
			m.Ref, m.File = m.Cover, fileName(c)
		}
	}
	return m
}

// ---- videos and reels

func (r *reader) reelPage(stage string, elems []element) ([][]scanner.Entry, error) {
	return r.videoEntries(stage, elems, scanner.Reel, 1)
}

func (r *reader) videoPage(stage string, elems []element) ([][]scanner.Entry, error) {
	return r.videoEntries(stage, elems, scanner.Video, 2)
}

func (r *reader) videoEntries(stage string, elems []element, kind scanner.Kind, rank int) ([][]scanner.Entry, error) {
	out := make([][]scanner.Entry, len(elems))
	for i, e := range elems {
		raw, failed, err := r.whole(stage, e, videoFields)
		if err != nil {
			return nil, err
		}
		var v video
		decode(raw, &v)
		switch {
		case failed != nil:
			out[i] = failed
			continue
		case scanner.MediaID(scanner.Facebook, string(v.ID)) == "":
			out[i] = r.odd(stage, e)
			continue
		case v.From.V.ID != "" && v.From.V.ID != r.page.ID:
			out[i] = entries([]scanner.Note{{Code: scanner.CodeNotPublished, Where: r.where(stage, e.id), Detail: "somebody else's video"}}, nil)
			continue
		}
		item := r.fresh(kind, stage, string(v.ID), rank)
		if kind == scanner.Video && strings.Contains(string(v.Permalink), "/reel/") {
			item.Kind = scanner.Reel
			r.reels++
		}
		notes := dated(item, v.Created, v.Backdated)
		note := func(code scanner.Code, detail string) {
			notes = append(notes, scanner.Note{Code: code, Where: item.Origins[0].Where, Item: item.Key, Detail: detail})
		}
		described, cut := clean(v.Description, maxText)
		if cut {
			note(scanner.CodeCut, "text")
		}
		item.Text = described
		if t := name(v.Title); t != "" && !strings.Contains(described, t) {
			item.Text = strings.TrimSpace(t + "\n" + described)
		}
		item.Place, item.Permalink = name(text(v.Place.V.String())), onSite(v.Permalink)
		item.Tags = r.tags(v.Tags.List, v.Sponsors.List)
		r.visibility(item, v.Published, v.Privacy.V, note)
		item.Media = []scanner.Media{r.videoMedium(v)}
		if v.Source == "" && item.Media[0].Cover != "" {
			note(scanner.CodeField, "the API does not give the video itself; its cover was looked at")
		}
		r.done(item, v.Created, v.Backdated)
		out[i] = entries(notes, item)
	}
	return out, nil
}

// ---- stories

func (r *reader) storyPage(stage string, elems []element) ([][]scanner.Entry, error) {
	out := make([][]scanner.Entry, len(elems))
	stories := make([]story, len(elems))
	var photos, videos []string
	for i, e := range elems {
		decode(e.raw, &stories[i])
		id := string(stories[i].Media)
		switch {
		case scanner.MediaID(scanner.Facebook, id) == "":
		case strings.Contains(strings.ToLower(string(stories[i].MediaType)), "video"):
			videos = append(videos, id)
		default:
			photos = append(photos, id)
		}
	}
	if err := lookUp(r, r.photos, photos, photoFields); err != nil {
		return nil, err
	}
	if err := lookUp(r, r.videos, videos, videoFields); err != nil {
		return nil, err
	}
	for i, st := range stories {
		id := string(st.Post)
		if id == "" {
			id = string(st.ID)
		}
		if scanner.NumberKey(scanner.Facebook, id) == "" {
			out[i] = r.odd(stage, elems[i])
			continue
		}
		if r.storiesSeen[id] && stage == "archived_stories" {
			// The list without a status holds archived ones too: one object, counted there.
			continue
		}
		r.storiesSeen[id] = true
		item := r.fresh(scanner.Story, "stories", id, 0)
		notes := dated(item, st.Created, moment{})
		item.Permalink = onSite(st.URL)
		media := string(st.Media)
		v, isVideo := r.videos.index[media]
		p, isPhoto := r.photos.index[media]
		switch {
		case scanner.MediaID(scanner.Facebook, media) == "":
		case isVideo || !isPhoto && slices.Contains(videos, media):
			v.ID = st.Media
			item.Media = []scanner.Media{r.videoMedium(v)}
			item.Text, _ = clean(v.Description, maxText)
		default:
			p.ID = st.Media
			item.Media = []scanner.Media{r.photoMedium(p, "")}
			item.Text, _ = clean(p.Name, maxText)
			item.Media[0].Caption = ""
		}
		if strings.EqualFold(string(st.Status), "ARCHIVED") {
			notes = append(notes, scanner.Note{Code: scanner.CodeState, Where: item.Origins[0].Where, Item: item.Key, Detail: "story, was public for a limited time"})
		}
		r.done(item, st.Created, moment{})
		out[i] = entries(notes, item)
	}
	return out, nil
}

// ---- photos and albums

func (r *reader) photoPage(stage string, elems []element) ([][]scanner.Entry, error) {
	return r.photoEntries(stage, elems, scanner.AlbumPhoto, 1, album{})
}

func (r *reader) profilePage(stage string, elems []element) ([][]scanner.Entry, error) {
	return r.photoEntries(stage, elems, scanner.ProfilePhoto, 3, album{})
}

func (r *reader) photoEntries(stage string, elems []element, kind scanner.Kind, rank int, in album) ([][]scanner.Entry, error) {
	out := make([][]scanner.Entry, len(elems))
	photos := make([]photo, len(elems))
	var lost []string // posts that photos name and no list had
	for i, e := range elems {
		raw, failed, err := r.whole(stage, e, photoFields)
		if err != nil {
			return nil, err
		}
		decode(raw, &photos[i])
		p := &photos[i]
		switch {
		case failed != nil:
			out[i], p.ID = failed, ""
		case scanner.MediaID(scanner.Facebook, string(p.ID)) == "":
			out[i], p.ID = r.odd(stage, e), ""
		case p.From.V.ID != "" && p.From.V.ID != r.page.ID:
			out[i], p.ID = entries([]scanner.Note{{Code: scanner.CodeNotPublished, Where: r.where(stage, e.id), Detail: "somebody else's photo"}}, nil), ""
		case p.Story != "" && !r.showed(string(p.ID)) && !r.knowsPost(string(p.Story)) && !(r.resumed && r.s.known == nil) &&
			scanner.NumberKey(scanner.Facebook, string(p.Story)) != "":
			lost = append(lost, string(p.Story))
		}
	}
	lost = slices.Compact(slices.Sorted(slices.Values(lost)))
	found, err := r.lostPosts(lost)
	if err != nil {
		return nil, err
	}
	for i := range photos {
		p := &photos[i]
		if p.ID == "" {
			continue
		}
		if e := found[string(p.Story)]; e != nil {
			out[i] = append(out[i], e...)
			delete(found, string(p.Story))
		}
		out[i] = append(out[i], r.photoItem(stage, p, kind, rank, in)...)
	}
	return out, nil
}

func (r *reader) showed(photo string) bool {
	id := scanner.MediaID(scanner.Facebook, photo)
	return r.shown[id] || r.resumed && r.s.known != nil && r.s.known(r.ctx, id)
}

// lostPosts reads posts that the list of posts left out, and that photos name. A post that cannot be read is not there.
func (r *reader) lostPosts(ids []string) (map[string][]scanner.Entry, error) {
	ids = slices.DeleteFunc(ids, func(id string) bool { return r.unseen[id] })
	if len(ids) == 0 {
		return nil, nil
	}
	fields := r.s.refused.without(postFields)
	raws, err := r.s.c.nodes(r.ctx, ids, &fields, r.dropOf("published_posts", postFields), 2+len(ids)/maxIDs)
	if err != nil {
		return nil, err
	}
	var elems []element
	for _, id := range ids {
		if raw, ok := raws[id]; ok {
			elems = append(elems, element{id: id, raw: raw})
		} else {
			r.unseen[id] = true
		}
	}
	all, err := r.postPage("published_posts", elems)
	if err != nil {
		return nil, err
	}
	out := make(map[string][]scanner.Entry)
	for i, e := range elems {
		note := scanner.Note{Code: scanner.CodeRepaired, Where: r.where("published_posts", e.id), Detail: "not in the list of posts; found through a photo of it"}
		out[e.id] = append(entries([]scanner.Note{note}, nil), all[i]...)
	}
	return out, nil
}

func (r *reader) photoItem(stage string, p *photo, kind scanner.Kind, rank int, in album) []scanner.Entry {
	if p.Album.V.Name == "" && p.Album.V.Type == "" {
		p.Album.V.Name, p.Album.V.Type = in.Name, in.Type
	}
	switch strings.ToLower(string(p.Album.V.Type)) {
	case "profile":
		kind = scanner.ProfilePhoto
	case "cover":
		kind = scanner.CoverPhoto
	}
	id := string(p.ID)
	where := id
	if in.ID != "" {
		where = string(in.ID) + "/" + id
	}
	item := r.fresh(kind, stage, id, rank)
	item.Origins[0].Where = r.where(stage, where)
	// A photo that its post does not show, although it belongs to it, takes the post's key, and is added there.
	if p.Story != "" && !r.showed(id) && r.knowsPost(string(p.Story)) {
		item.Key = scanner.NumberKey(scanner.Facebook, string(p.Story))
	}
	notes := dated(item, p.Created, p.Backdated)
	var cut bool
	if item.Text, cut = clean(p.Name, maxText); cut {
		notes = append(notes, scanner.Note{Code: scanner.CodeCut, Where: item.Origins[0].Where, Item: item.Key, Detail: "text"})
	}
	item.Album, item.Permalink = name(p.Album.V.Name), onSite(p.Link)
	item.Place = name(text(p.Place.V.String()))
	if item.Place == "" {
		item.Place = name(text(in.Place.V.String()))
	}
	item.Tags = r.tags(p.Tags.List)
	item.Media = []scanner.Media{r.photoMedium(*p, item.Text)}
	r.done(item, moment{}, moment{}) // no alias by words: many photos of an album share theirs
	return entries(notes, item)
}

func (r *reader) albumPage(stage string, elems []element) ([][]scanner.Entry, error) {
	out := make([][]scanner.Entry, len(elems))
	for i, e := range elems {
		out[i] = []scanner.Entry{{}}
		if scanner.NumberKey(scanner.Facebook, e.id) == "" {
			out[i] = r.odd(stage, e)
		}
	}
	return out, nil
}

// albumPhotos reads the photos of one album; the first came with it.
func (r *reader) albumPhotos(e element, at position, from *position) error {
	var a album
	decode(e.raw, &a)
	if scanner.NumberKey(scanner.Facebook, e.id) == "" || from != nil && from.Done {
		return nil
	}
	a.ID = text(e.id)
	if name(text(a.Place.V.String())) == "" {
		a.Place.V.Name = a.Location
	}
	w := r.walk("albums", e.id+"/photos", nil, photoFields, photoLimit)
	var first *page
	switch {
	case a.Photos != nil:
		p, err := readPage(*a.Photos, "photos")
		if err == nil {
			first = &p
		}
	case a.Count != nil && *a.Count == 0:
		return nil
	}
	return r.pages("albums", r.where("albums", e.id), w.fetch, first, from, func(stage string, elems []element) ([][]scanner.Entry, error) {
		return r.photoEntries(stage, elems, scanner.AlbumPhoto, 2, a)
	}, nil, func(p position) position {
		outer := at
		outer.Stage, outer.Child = "albums", &p
		return outer
	})
}

func (r *reader) coverID() string {
	if id := r.page.Cover.V.CoverID; id != "" {
		return string(id)
	}
	return string(r.page.Cover.V.ID)
}

// coverPhoto gives the page's cover and its profile picture where no list had them.
func (r *reader) coverPhoto(stage string) error {
	at := position{Stage: stage}
	told := r.from != nil && r.from.Stage == stage
	id := r.coverID()
	if scanner.MediaID(scanner.Facebook, id) != "" && !told && !r.at.Cover && !r.showed(id) {
		fields := r.s.refused.without(photoFields)
		raw, err := r.s.c.node(r.ctx, id, &fields, r.dropOf(stage, photoFields))
		if err != nil && (fatal(err) || r.ctx.Err() != nil) {
			return err
		}
		p := photo{}
		decode(raw, &p)
		p.ID = text(id)
		if p.url() == "" {
			p.Picture = r.page.Cover.V.Source
		}
		for _, e := range r.photoItem(stage, &p, scanner.CoverPhoto, 3, album{}) {
			at.Part++
			if err := r.emit(e, at); err != nil {
				return err
			}
		}
	}
	pic := r.page.Picture.V.Data.V
	if !r.at.Profile && pic.URL != "" && !bool(pic.Silhouette) {
		ref := "picture:" + string(r.page.ID)
		r.s.links.set(ref, string(pic.URL))
		item := r.fresh(scanner.ProfilePhoto, stage, string(r.page.ID), 3)
		item.Media = []scanner.Media{{Ref: ref, URI: "picture", File: fileName(string(pic.URL))}}
		item.Permalink = onSite(r.page.Link)
		return r.emit(scanner.Entry{Item: item}, position{Stage: stage, Done: true})
	}
	return nil
}

// ---- Instagram

func (r *reader) instagram(stage string) error {
	ig := r.page.Instagram.V
	id := string(ig.ID)
	if scanner.NumberKey(scanner.Instagram, id) == "" {
		note := scanner.Note{Code: scanner.CodePromise, Where: r.where("instagram"),
			Detail: "no Instagram account is shown for the page: none is linked, or the permission instagram_basic is missing"}
		if r.page.Connected.V.ID != "" {
			note.Code, note.Detail = scanner.CodeDenied, "an Instagram account is connected, but not as a business account: the API does not show its media"
		}
		return r.emit(scanner.Entry{Note: &note}, position{Stage: "ig_stories", Done: true})
	}
	err := r.list(stage, r.walk(stage, id+"/media", nil, igMediaFields, igLimit).fetch, r.igPage, nil)
	if err != nil || r.ctx.Err() != nil {
		return err
	}
	// The account's own figure is the only one to check against; filtered media make small differences normal.
	total, count := int(ig.MediaCount), r.count
	note := scanner.Note{Where: r.where(stage), Detail: fmt.Sprintf("the account says %d media, the API listed %d", total, count)}
	switch {
	case total > newestMedia && count >= newestMedia:
		note.Code = scanner.CodeLimit
		note.Detail += fmt.Sprintf("; it lists the newest %d at most", newestMedia)
	case total-count > max(3, total/50):
		note.Code = scanner.CodePromise
	default:
		return nil
	}
	return r.emit(scanner.Entry{Note: &note}, position{Stage: stage, Done: true, Count: count})
}

func (r *reader) instagramStories(stage string) error {
	id := string(r.page.Instagram.V.ID)
	if scanner.NumberKey(scanner.Instagram, id) == "" {
		return nil
	}
	return r.list(stage, r.walk(stage, id+"/stories", nil, igStoryFields, igLimit).fetch, r.igPage, nil)
}

func (r *reader) igPage(stage string, elems []element) ([][]scanner.Entry, error) {
	out := make([][]scanner.Entry, len(elems))
	for i, e := range elems {
		raw, failed, err := r.whole(stage, e, igMediaFields)
		if err != nil {
			return nil, err
		}
		var m igMedia
		decode(raw, &m)
		switch {
		case failed != nil:
			out[i] = failed
			continue
		case scanner.NumberKey(scanner.Instagram, string(m.ID)) == "":
			out[i] = r.odd(stage, e)
			continue
		}
		if err := r.furtherChildren(&m); err != nil {
			return nil, err
		}
		out[i] = r.igEntries(stage, &m)
	}
	return out, nil
}

// furtherChildren reads the parts of a carousel that did not come with it.
func (r *reader) furtherChildren(m *igMedia) error {
	var at cont
	switch {
	case m.Children.Paging.Next != "":
		at, _ = m.Children.Paging.next("children") // one that cannot be read asks for all of them, which is right too
	case len(m.Children.List) > 0 || !strings.EqualFold(string(m.Type), "CAROUSEL_ALBUM"):
		return nil
	}
	w := r.walk("children", string(m.ID)+"/children", nil, igChildFields, 50)
	for range maxSubPages {
		p, err := w.fetch(r.ctx, at)
		if err != nil && (fatal(err) || r.ctx.Err() != nil) {
			return err
		}
		for _, raw := range p.elems {
			var c igMedia
			if isObject(raw) {
				decode(raw, &c)
			}
			if !slices.ContainsFunc(m.Children.List, func(o igMedia) bool { return o.ID == c.ID }) {
				m.Children.List = append(m.Children.List, c)
			}
		}
		if err != nil || p.next == nil || p.next.key() == at.key() {
			return nil
		}
		at = p.next
	}
	return nil
}

func (r *reader) igEntries(stage string, m *igMedia) []scanner.Entry {
	id := string(m.ID)
	item := &scanner.Item{Key: scanner.NumberKey(scanner.Instagram, id), Platform: scanner.Instagram, Kind: scanner.Post, State: scanner.Published,
		Account: name(r.page.Instagram.V.Username), Permalink: address(m.Permalink),
		Origins: []scanner.Origin{{Source: r.s.ID(), Where: r.where(stage, id)}}}
	switch product := strings.ToUpper(string(m.Product)); {
	case product == "STORY" || stage == "ig_stories":
		item.Kind = scanner.Story
	case product == "REELS" || product == "CLIPS":
		item.Kind = scanner.Reel
	}
	notes := dated(item, m.Created, moment{})
	note := func(code scanner.Code, detail string) {
		notes = append(notes, scanner.Note{Code: code, Where: item.Origins[0].Where, Item: item.Key, Detail: detail})
	}
	var cut bool
	if item.Text, cut = clean(m.Caption, maxText); cut {
		note(scanner.CodeCut, "text")
	}
	item.Tags = r.tags(m.Collaborators.List)
	parts := m.Children.List
	if len(parts) == 0 {
		parts = []igMedia{*m}
	}
	for i, p := range parts[:min(len(parts), maxParts)] {
		if scanner.MediaID(scanner.Instagram, string(p.ID)) == "" {
			note(scanner.CodeUnknownForm, fmt.Sprintf("picture %d has no number", i+1))
			continue
		}
		if p.Alt == "" && len(parts) == 1 {
			p.Alt = m.Alt
		}
		p.GenAI = p.GenAI || m.GenAI && len(parts) == 1
		medium := r.igMedium(p)
		if p.URL == "" && medium.Cover != "" {
			note(scanner.CodeField, "the API does not give the video itself; its cover was looked at")
		}
		item.Media = append(item.Media, medium)
	}
	r.done(item, m.Created, moment{})
	return entries(notes, item)
}

func (r *reader) igMedium(p igMedia) scanner.Media {
	id := string(p.ID)
	m := scanner.Media{Ref: "ig:" + id, ID: scanner.MediaID(scanner.Instagram, id), URI: "media/" + id, File: fileName(string(p.URL)),
		Video: strings.EqualFold(string(p.Type), "VIDEO"), GenAI: bool(p.GenAI)}
	m.Alt, _ = clean(p.Alt, maxName)
	r.s.links.set(m.Ref, string(p.URL))
	if p.Thumbnail != "" {
		m.Cover = "cover:ig:" + id
		r.s.links.set(m.Cover, string(p.Thumbnail))
		if p.URL == "" {
			m.Ref, m.File = m.Cover, fileName(string(p.Thumbnail))
		}
	}
	return m
}
