package metaexport

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"pagerisk/scanner"
)

// maxShellLinks bounds the addresses that are kept to complete posts whose link stands in their share shell: beyond,
// a post goes without. At 100 bytes each, 20 MB.
const maxShellLinks = 200_000

// index is what has to be known of all lists before the first item: it holds numbers, never texts.
type index struct {
	authored   []int64 // times, and times of edits, of records with text or media; sorted
	shellLinks map[int64]string
	withdrawn  map[uint64]scanner.State // media and texts in trash, archive and pending lists; drafts
	group      map[uint64]struct{}      // media of posts in groups
	groupPosts map[uint64]struct{}      // identities of posts in groups
	second     bool                     // a list describes publications of another list again
}

// digest is 64 bits of what identifies something; among a million a collision has the odds of 1 in 36 million.
func digest(parts ...string) uint64 {
	h := sha256.New()
	for _, p := range parts {
		io.WriteString(h, p)
		h.Write([]byte{0})
	}
	return binary.BigEndian.Uint64(h.Sum(nil))
}

func mediumDigest(id scanner.Key) uint64 { return digest("medium", string(id)) }

func (s *Source) buildIndex(ctx context.Context, a *account) (*index, error) {
	x := &index{shellLinks: make(map[int64]string), withdrawn: make(map[uint64]scanner.State),
		group: make(map[uint64]struct{}), groupPosts: make(map[uint64]struct{})}
	for _, in := range a.lists {
		if in.file.code != "" {
			continue
		}
		if in.list.form == detailed || in.list.rank >= 7 && in.list.rank <= 8 {
			x.second = true
		}
		if err := s.indexList(ctx, a, in, x); err != nil {
			return nil, err
		}
	}
	slices.Sort(x.authored)
	x.authored = slices.Compact(x.authored)
	return x, nil
}

func (s *Source) indexList(ctx context.Context, a *account, in *input, x *index) error {
	r, err := s.t.openList(in.file)
	if err != nil {
		return nil // told when the list is read
	}
	defer r.Close()
	withdrawn := in.list.state == scanner.Deleted || in.list.state == scanner.Archived || in.list.state == scanner.Draft
	wanted := withdrawn || in.list.state == scanner.Group || in.list.form == detailed || in.list.form == timeline && in.list.rank == 0
	if in.html {
		head, err := in.document(r, s.zone, func(rec record) error {
			if wanted && rec.fault == "" {
				s.indexRecord(a, in.list, rec, x)
			}
			return ctx.Err()
		})
		if a.id == "" && head.account != "" {
			a.name, a.id = head.account, head.account
		}
		if !head.from.IsZero() && (a.from.IsZero() || head.from.Before(a.from)) {
			a.from = head.from
		}
		if head.to.After(a.to) {
			a.to = head.to
		}
		if ctx.Err() != nil {
			return err
		}
		return nil
	}
	// Of posts that are the page's own and public only their seconds are wanted.
	authored := in.list.form == timeline && !withdrawn && in.list.state != scanner.Group
	sp := newSplitter(r, in.list.form == album || in.list.form == media2020)
	l := &listing{w: &walk{s: s}, a: a, in: in, dec: decoder{list: in.list, pieces: true}}
	for n := 0; !sp.over; n++ {
		if n%1000 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		key, raw, err := sp.next()
		if err != nil {
			continue
		}
		if !in.resaved {
			in.resaved = beyondLatin(raw)
		}
		if !wanted || authored && x.stamp(raw) {
			continue
		}
		var v any
		if json.Unmarshal(raw, &v) != nil {
			continue
		}
		for _, rec := range l.decode(key, v) {
			if rec.fault == "" {
				s.indexRecord(a, in.list, rec, x)
			}
		}
	}
	return nil
}

func (s *Source) indexRecord(a *account, l list, rec record, x *index) {
	switch state := cmp.Or(rec.state, l.state); state {
	case scanner.Deleted, scanner.Archived, scanner.Draft:
		for _, m := range rec.media {
			x.withdrawn[mediumDigest(s.mediaID(a, m.uri))] = state
		}
		if alias := scanner.TextAlias(a.platform, rec.created, rec.text); alias != "" && len(rec.media) == 0 {
			x.withdrawn[digest("text", string(alias))] = state
		}
	case scanner.Group:
		for _, m := range rec.media {
			x.group[mediumDigest(s.mediaID(a, m.uri))] = struct{}{}
		}
		x.groupPosts[s.publication(a, rec)] = struct{}{}
	}
	if l.form == timeline && l.rank == 0 {
		x.timeline(rec)
	}
}

// timeline notes which seconds belong to posts, and what share shells link to.
func (x *index) timeline(rec record) {
	if rec.created.IsZero() {
		return
	}
	if rec.text == "" && len(rec.media) == 0 {
		if rec.link != "" && len(x.shellLinks) < maxShellLinks {
			x.shellLinks[rec.created.Unix()] = rec.link
		}
		return
	}
	x.authored = append(x.authored, rec.created.Unix())
	if !rec.updated.IsZero() && !rec.updated.Equal(rec.created) {
		x.authored = append(x.authored, rec.updated.Unix())
	}
}

var (
	postText = regexp.MustCompile(`"post"\s*:\s*"(?:[^"\\\s]|\\u)`)
	timeKey  = []byte(`"timestamp"`)
	editKey  = []byte(`"update_timestamp"`)
	backKey  = []byte(`"backdated_timestamp"`)
)

// stamp notes the seconds of a record with a text without decoding it, which saves a third of the time of a large
// timeline; false where the record has to be decoded because it may be a share shell.
func (x *index) stamp(raw []byte) bool {
	if !postText.Match(raw) {
		return false
	}
	for _, key := range [][]byte{timeKey, editKey, backKey} {
		_, rest, ok := bytes.Cut(raw, key)
		if !ok {
			continue
		}
		rest = bytes.TrimLeft(rest, ": \t\r\n\"")
		end := 0
		for end < len(rest) && rest[end] >= '0' && rest[end] <= '9' {
			end++
		}
		if t := moment(string(rest[:end])); !t.IsZero() {
			x.authored = append(x.authored, t.Unix())
		}
	}
	return true
}

func (x *index) isAuthored(t time.Time) bool {
	if t.IsZero() {
		return false
	}
	_, ok := slices.BinarySearch(x.authored, t.Unix())
	return ok
}

// publication identifies a record by its second and its first medium, or its words.
func (s *Source) publication(a *account, rec record) uint64 {
	what := rec.text
	if len(rec.media) > 0 {
		what = string(s.mediaID(a, rec.media[0].uri))
	}
	return digest("publication", fmt.Sprint(rec.created.Unix()), what)
}

// mediaID is the identity of a medium across lists: by the platform's number in its name, else by its address below the
// folder of media.
func (s *Source) mediaID(a *account, uri string) scanner.Key {
	uri = withoutQuery(uri)
	ext := strings.ToLower(path.Ext(uri))
	if id := scanner.FileMediaID(a.platform, uri); id != "" {
		if a.twins[id] && ext != ".jpg" {
			return id + scanner.Key(ext)
		}
		return id
	}
	_, rest, _ := belowActivity(uri)
	for _, mark := range []string{"posts/media/", "media/"} {
		if i := strings.LastIndex(rest, mark); i == 0 || i > 0 && rest[i-1] == '/' {
			rest = rest[i+len(mark):]
			break
		}
	}
	prefix := "fb"
	if a.platform == scanner.Instagram {
		prefix = "ig"
	}
	sum := sha256.Sum256([]byte(rest))
	return scanner.Key(prefix + ":u:" + hex.EncodeToString(sum[:6]))
}

var placeholder = regexp.MustCompile(`(?i)(?:^|/)empty_?album[^/]*$`)

// media resolves the addresses of a record against the tree and puts the media into the item, each once.
func (l *listing) media(item *scanner.Item, where string, rec record) (notes []scanner.Note) {
	s, a := l.w.s, l.a
	var have []scanner.Key
	var titles []string
	captions := 0
	for _, ref := range rec.media {
		if placeholder.MatchString(ref.uri) && ref.bare {
			if f, how := s.t.resolve(a, ref.uri); how == there {
				f.used = true
			}
			continue
		}
		id := s.mediaID(a, ref.uri)
		m := scanner.Media{ID: id, URI: ref.uri, File: withoutQuery(path.Base(strings.ReplaceAll(ref.uri, `\`, "/"))), Caption: cmp.Or(ref.caption, ref.title), GenAI: ref.genAI, Status: scanner.OK}
		if i := slices.Index(have, id); i >= 0 && strings.EqualFold(path.Ext(item.Media[i].File), path.Ext(m.File)) {
			continue // the same picture twice in one record
		} else if i >= 0 {
			m.ID += scanner.Key(strings.ToLower(path.Ext(m.File)))
		}
		f, how := s.t.resolve(a, ref.uri)
		if b, ok := s.t.resolve(a, ref.backup); ok == there {
			b.used = true
			if how == absent || how == ambiguous {
				f, how = b, there
			}
		}
		switch how {
		case there:
			f.used = true
			m.Ref = f.name
			if f.code != "" {
				m.Status = scanner.Unreadable
			}
		case remote:
			m.Status = scanner.Remote
		case ambiguous:
			m.Status = scanner.Missing
			notes = append(notes, scanner.Note{Code: scanner.CodeAmbiguous, Where: where, Detail: fmt.Sprintf("several files are named %q", m.File)})
		case outside:
			m.Status = scanner.Missing
			notes = append(notes, scanner.Note{Code: scanner.CodeRefused, Where: where, Detail: fmt.Sprintf("the address %.200q leaves the archive", ref.uri)})
		default:
			m.Status = scanner.Missing
		}
		m.Video = s.isVideo(ref, f, l.in.list)
		if still, ok := s.t.resolve(a, ref.cover); ok == there && still != f {
			still.used = true
			if m.Video {
				m.Cover = still.name
			}
		}
		for _, sub := range ref.subtitles {
			if f, ok := s.t.resolve(a, sub); ok == there {
				f.used = true
			}
		}
		if m.Caption != "" {
			captions++
		}
		have = append(have, m.ID)
		titles = append(titles, ref.title)
		item.Media = append(item.Media, m)
		item.Aliases = append(item.Aliases, m.ID)
	}
	// The caption of a picture that stands alone, or that all share, is what the publication says.
	if item.Text == "" && captions > 0 {
		common := ""
		for _, m := range item.Media {
			if m.Caption != "" && common != "" && m.Caption != common {
				common = ""
				break
			}
			common = cmp.Or(common, m.Caption)
		}
		item.Text = common
	}
	for i := range item.Media {
		own := &item.Media[i].Caption
		if *own == item.Text {
			*own = ""
		}
		if title := titles[i]; title != "" && title != item.Text && title != *own {
			*own = strings.TrimSpace(title + "\n" + *own)
		}
	}
	switch l.in.list.form {
	case timeline, labelled, posts, detailed, media2020:
		if alias := scanner.TextAlias(a.platform, item.Created, item.Text); alias != "" && !item.ZoneAssumed {
			item.Aliases = append(item.Aliases, alias)
		}
	}
	return notes
}

var videoExtensions = map[string]bool{".mp4": true, ".mov": true, ".m4v": true, ".webm": true, ".avi": true, ".mkv": true, ".3gp": true, ".wmv": true, ".mpg": true, ".mpeg": true}

var pictureExtensions = map[string]bool{".jpg": true, ".jpeg": true, ".png": true, ".gif": true, ".webp": true, ".heic": true, ".heif": true, ".avif": true, ".bmp": true, ".tif": true, ".tiff": true}

// isVideo says what a medium is: by its extension, without one by its first bytes, else as the list has it.
func (s *Source) isVideo(ref mediaRef, f *file, l list) bool {
	switch ext := strings.ToLower(path.Ext(withoutQuery(ref.uri))); {
	case videoExtensions[ext]:
		return true
	case pictureExtensions[ext]:
		return false
	}
	if f != nil {
		if video, ok := s.sniff(f); ok {
			return video
		}
	}
	return ref.video || !ref.photo && (l.kind == scanner.Video || l.kind == scanner.Reel)
}

// sniff tells picture from video by the first bytes; ok is false for anything else.
func (s *Source) sniff(f *file) (video, ok bool) {
	r, err := s.t.open(f)
	if err != nil {
		return false, false
	}
	defer r.Close()
	var head [16]byte
	n, _ := io.ReadFull(r, head[:])
	b := head[:n]
	switch {
	case n >= 12 && string(b[4:8]) == "ftyp":
		switch string(b[8:12]) {
		case "heic", "heix", "mif1", "msf1", "avif", "avis":
			return false, true
		}
		return true, true
	case n >= 8 && (string(b[4:8]) == "moov" || string(b[4:8]) == "mdat" || string(b[4:8]) == "wide"),
		bytes.HasPrefix(b, []byte("\x1aE\xdf\xa3")), n >= 12 && string(b[:4]) == "RIFF" && string(b[8:11]) == "AVI":
		return true, true
	case bytes.HasPrefix(b, []byte("\xff\xd8\xff")), bytes.HasPrefix(b, []byte("\x89PNG")), bytes.HasPrefix(b, []byte("GIF8")),
		n >= 12 && string(b[:4]) == "RIFF" && string(b[8:12]) == "WEBP", bytes.HasPrefix(b, []byte("BM")):
		return false, true
	}
	return false, false
}

// state says whether the public could see the item, from its list and from the lists of what was withdrawn.
func (l *listing) state(item *scanner.Item, rec record) scanner.State {
	x := l.a.index
	state := cmp.Or(rec.state, l.in.list.state)
	if state != scanner.Published {
		return state
	}
	all := func(has func(uint64) bool) bool {
		for _, m := range item.Media {
			if !has(mediumDigest(m.ID)) {
				return false
			}
		}
		return len(item.Media) > 0
	}
	var gone scanner.State
	if all(func(d uint64) bool {
		s, ok := x.withdrawn[d]
		if gone == "" || s == scanner.Deleted {
			gone = s
		}
		return ok
	}) {
		return gone
	}
	if len(x.withdrawn) > 0 {
		alias := scanner.TextAlias(l.a.platform, rec.created, rec.text)
		if s, ok := x.withdrawn[digest("text", string(alias))]; ok {
			return s
		}
	}
	grouped := func(d uint64) bool { _, ok := x.group[d]; return ok }
	if l.in.list.rank > 0 && all(grouped) {
		return scanner.Group
	}
	if len(x.groupPosts) > 0 && l.in.list.rank == 0 {
		if _, ok := x.groupPosts[l.w.s.publication(l.a, rec)]; ok {
			return scanner.Group
		}
	}
	return state
}

// name gives the item its key: the same in every export of the account, whatever the numbers of its files and whatever
// was edited since. It reports false for a record that the same list had already.
func (l *listing) name(item *scanner.Item) bool {
	w := l.w
	identity := ""
	switch {
	case len(item.Media) > 0:
		identity = string(item.Media[0].ID)
	case item.Text != "":
		identity = string(scanner.TextAlias(item.Platform, time.Unix(1, 0), item.Text))
	default:
		identity = item.Link + "\x00" + item.Place
	}
	prefix := "fb:x:"
	if item.Platform == scanner.Instagram {
		prefix = "ig:x:"
	}
	content := uint32(digest(string(item.Kind), item.Text, item.Link, item.Place, fmt.Sprint(item.Created.Unix()), fmt.Sprint(mediaIDs(item))))
	base := digest(string(item.Kind), fmt.Sprint(item.Created.Unix()), identity, l.a.prefix)
	if l.key != "" {
		item.Key, item.Origins[0].Rank = l.key, 1
		return true
	}
	if owner, ok := l.owner(item); ok {
		item.Key = owner
		return true
	}
	if len(item.Media) > 1 {
		// A publication of its own, even where its list usually shows single media again: joining it with each of them
		// would join them with each other.
		item.Origins[0].Rank = 0
	}
	for n := 1; ; n++ {
		sum := base
		if n > 1 {
			sum = digest(fmt.Sprint(base), fmt.Sprint(n))
		}
		item.Key = scanner.Key(fmt.Sprintf("%s%016x", prefix, sum))
		have, ok := w.keys[sum]
		switch {
		case !ok:
			w.keys[sum] = seenRecord{content, l.number}
		case have.file == l.number && have.digest == content:
			return false
		case have.file == l.number:
			continue // another publication of the same second with the same picture
		}
		break
	}
	if l.in.list.rank == 0 && (l.a.index.second || w.known != nil) {
		for _, m := range item.Media {
			if d := mediumDigest(m.ID); w.owners[d] == "" {
				w.owners[d] = item.Key
			}
		}
	}
	return true
}

// knownJSON is what the JSON lists of an account told, for the HTML documents beside them.
type knownJSON struct {
	media map[uint64]uint8  // best rank of the lists that have a medium
	words map[uint64][]told // publications by their words or link
}

type told struct {
	key     scanner.Key
	unix    int64
	picture bool
}

// zoneSlack is how far local time can be from UTC.
const zoneSlack = 14 * 3600

func wordsDigest(text, link string) uint64 {
	if alias := scanner.TextAlias(scanner.Facebook, time.Unix(1, 0), text); alias != "" {
		return digest("words", string(alias))
	}
	return digest("link", link)
}

func (k *knownJSON) add(item *scanner.Item) {
	rank := uint8(item.Origins[0].Rank)
	for _, m := range item.Media {
		d := mediumDigest(m.ID)
		if have, ok := k.media[d]; !ok || rank < have {
			k.media[d] = rank
		}
	}
	if item.Text != "" || item.Link != "" {
		d := wordsDigest(item.Text, item.Link)
		k.words[d] = append(k.words[d], told{item.Key, item.Created.Unix(), len(item.Media) > 0})
	}
}

// gap takes from an HTML document what the JSON lists lack: whole records, media of a post that JSON tells without
// them, and single media.
func (l *listing) gap(where string, rec record) error {
	if rec.fault != "" {
		return l.record(where, rec)
	}
	known := l.w.known
	var fresh []mediaRef
	for _, m := range rec.media {
		rank, ok := known.media[mediumDigest(l.w.s.mediaID(l.a, m.uri))]
		if !ok || int(rank) > l.in.list.rank {
			fresh = append(fresh, m)
		}
	}
	const again = "told by the JSON list already"
	if len(rec.media) > 0 && len(fresh) == 0 {
		return l.w.note(scanner.CodeDuplicate, where, again)
	}
	if rec.text != "" || rec.link != "" {
		for _, t := range known.words[wordsDigest(rec.text, rec.link)] {
			if d := t.unix - rec.created.Unix(); d < -zoneSlack || d > zoneSlack {
				continue
			}
			if len(rec.media) == 0 {
				return l.w.note(scanner.CodeDuplicate, where, again)
			}
			if !t.picture {
				l.key = t.key
				break
			}
		}
	}
	if len(fresh) < len(rec.media) {
		rec.media = fresh
	}
	err := l.record(where, rec)
	l.key = ""
	return err
}

// owner finds the publication that a list of second descriptions (posts.json, archive, trash) means.
func (l *listing) owner(item *scanner.Item) (scanner.Key, bool) {
	if l.in.list.rank == 0 || !l.a.index.second || len(item.Media) == 0 || l.in.list.rank < 7 && l.in.list.form != detailed {
		return "", false
	}
	key := scanner.Key("")
	for _, m := range item.Media {
		k, ok := l.w.owners[mediumDigest(m.ID)]
		if !ok || key != "" && k != key {
			return "", false
		}
		key = k
	}
	return key, len(item.Media) > 1 || l.in.list.form == detailed
}

func mediaIDs(item *scanner.Item) []scanner.Key {
	ids := make([]scanner.Key, len(item.Media))
	for i, m := range item.Media {
		ids[i] = m.ID
	}
	return ids
}

// albumField reads what stands beside the photos of an album.
func (l *listing) albumField(key string, v any) {
	switch key {
	case "name", "title":
		l.title = cmp.Or(l.title, l.dec.str(v))
		l.kind = albumKind(l.title)
	case "cover_photo":
		if o, ok := v.(object); ok {
			if refs := l.dec.media(object{"media": o}); len(refs) == 1 {
				l.cover = &refs[0]
			}
		}
	}
}

func (l *listing) remember(m mediaRef) {
	if l.photos == nil {
		l.photos = make(map[uint64]struct{})
	}
	l.photos[mediumDigest(l.w.s.mediaID(l.a, m.uri))] = struct{}{}
}

// finish ends a list: a cover that is not among its album's photos is a picture too, unless the album is empty and the
// cover Meta's placeholder.
func (l *listing) finish() error {
	if l.cover == nil {
		return nil
	}
	if _, ok := l.photos[mediumDigest(l.w.s.mediaID(l.a, l.cover.uri))]; ok {
		return nil
	}
	where := l.in.file.name + ".cover_photo"
	if placeholder.MatchString(l.cover.uri) || l.cover.bare && len(l.photos) == 0 {
		if f, how := l.w.s.t.resolve(l.a, l.cover.uri); how == there {
			f.used = true
		}
		return l.w.note(scanner.CodePlaceholder, where, "")
	}
	return l.record(where, record{created: l.cover.created, album: l.title, kind: l.kind, media: []mediaRef{*l.cover}})
}

// Names of the built-in albums for profile and cover pictures, folded. They only make an album photo's kind narrower.
var (
	profileAlbums = regexp.MustCompile(`^(?:profile (?:pictures|photos)|profil(?:bilder|fotos|e bilder|billeder)|photos de profil|fotos? (?:de|del) perfil|immagini del profilo|profielfoto.?s|zdjęcia profilowe|profil resimleri|profilbilder|ảnh đại diện)$`)
	coverAlbums   = regexp.MustCompile(`^(?:cover (?:photos|pictures)|(?:titel|cover)(?:bilder|fotos)|photos de couverture|fotos de (?:portada|capa)|immagini di copertina|omslagfoto.?s|zdjęcia w tle|kapak fotoğrafları|omslagsfoton|omslagsbilder|ảnh bìa)$`)
)

func albumKind(name string) scanner.Kind {
	switch name = strings.ToLower(name); {
	case profileAlbums.MatchString(name):
		return scanner.ProfilePhoto
	case coverAlbums.MatchString(name):
		return scanner.CoverPhoto
	}
	return ""
}

// rest accounts for one archive entry that is not a list: a medium that an item uses, one that no list names, or
// something that is no content.
func (w *walk) rest(f *file) error {
	switch {
	case f.code != "" && !f.used:
		return w.note(f.code, f.name, f.detail)
	case f.list:
		return nil // told when it was read
	case f.used && placeholder.MatchString(f.path):
		return w.note(scanner.CodePlaceholder, f.name, "")
	case f.used && f.code != "":
		return w.note(f.code, f.name, f.detail)
	case f.used:
		return w.emit(scanner.Entry{})
	}
	if profileFile.MatchString(f.path) {
		return w.emit(scanner.Entry{}) // read for the account's name
	}
	code := leftover(f)
	if code != "" {
		return w.note(code, discreet(f.name), "")
	}
	if f.acct < 0 {
		return w.note(scanner.CodeNotContent, f.name, "belongs to none of the accounts")
	}
	a := w.s.t.accounts[f.acct]
	ext := strings.ToLower(path.Ext(f.path))
	video := videoExtensions[ext]
	if !video && !pictureExtensions[ext] {
		var ok bool
		if ext == ".srt" || ext == ".json" || ext == ".html" || ext == ".txt" {
			return w.note(scanner.CodeNotContent, f.name, "")
		}
		if video, ok = w.s.sniff(f); !ok {
			return w.note(scanner.CodeNotContent, f.name, "")
		}
	}
	if placeholder.MatchString(f.path) {
		return w.note(scanner.CodePlaceholder, f.name, "")
	}
	return w.emit(scanner.Entry{Item: w.unlisted(a, f, video)})
}

// unlisted is the item of a file that no list names.
func (w *walk) unlisted(a *account, f *file, video bool) *scanner.Item {
	id := w.s.mediaID(a, f.path)
	if !strings.HasSuffix(f.name, f.path) {
		id += scanner.Key(fmt.Sprintf(":%016x", digest(f.name))) // other bytes under a path that is there already
	}
	prefix, kind := "fb:x:", scanner.AlbumPhoto
	if a.platform == scanner.Instagram {
		prefix = "ig:x:"
	}
	if video {
		kind = scanner.Video
	}
	return &scanner.Item{
		Key: scanner.Key(fmt.Sprintf("%s%016x", prefix, digest("unlisted", string(id), f.path, a.prefix))), Aliases: []scanner.Key{id}, Platform: a.platform,
		Kind: kind, State: scanner.Unlisted, Account: a.name,
		Media:   []scanner.Media{{Ref: f.name, ID: id, URI: f.path, File: path.Base(f.path), Video: video, Status: scanner.OK}},
		Origins: []scanner.Origin{{Source: w.s.id, Where: f.name, Rank: 20}},
	}
}

var (
	// privateFolder holds what its owner did not publish; such files are never opened.
	privateFolder = regexp.MustCompile(`(?i)(?:^|/)(?:messages|direct|inbox|saved[^/]*|likes?[^/]*|[^/]*search[^/]*|ads_information|[^/]*security[^/]*|device[^/]*|dating|[^/]*payments?|location|friends[^/]*|followers[^/]*|connections|contacts[^/]*|comments(?:_and_reactions)?|voice_[^/]*|preferences|login[^/]*|personal_information|profile_information|logged_information|reports|shopping|your_topics|other_logged_information)/`)
	junk          = regexp.MustCompile(`(?i)(?:^|/)(?:__macosx/.*|\.ds_store|\._[^/]*|thumbs\.db|desktop\.ini|no-data\.txt)$`)
	ownFolders    = regexp.MustCompile(`(?i)(?:^|/)(?:stickers_used|files|icons|html)/`)
	earlyPrivate  = regexp.MustCompile(`^html/(?:messages|friends|ads|security|contact_info|events|pokes|settings|survey_responses|apps)\.htm$`)
	notPublished  = regexp.MustCompile(`(?i)(?:^|/)(?:check-ins|places_you_have_been_tagged_in|photos_and_videos_you.?.?.?re_tagged_in)\.(?:json|html)$`)
)

// correspondence finds the folder that is named after whom somebody wrote with.
var correspondence = regexp.MustCompile(`(?i)((?:^|/)messages/[^/]+/)[^/]+(/)`)

// discreet is a file's name without the names of people whom the owner wrote with: they have no place in a register that
// others read.
func discreet(name string) string { return correspondence.ReplaceAllString(name, "${1}…${2}") }

var profileFile = regexp.MustCompile(`^(?:personal_information/)?(?:profile_information/)+profile_information\.json$|^profile\.json$`)

// leftover says why a file is not content; "" where it may be a medium.
func leftover(f *file) scanner.Code {
	ext := strings.ToLower(path.Ext(f.path))
	switch {
	case junk.MatchString(f.path):
		return scanner.CodeNotContent
	case notPublished.MatchString(f.path):
		return scanner.CodeNotPublished
	case privateFolder.MatchString(f.path), earlyPrivate.MatchString(f.path):
		return scanner.CodePrivate
	case ext == ".json" || ext == ".html" || ext == ".htm" || ownFolders.MatchString(f.path):
		return scanner.CodeNotContent
	}
	first, _, nested := strings.Cut(f.path, "/")
	if !nested {
		return scanner.CodeNotContent
	}
	if _, ok := tops[first]; !content[first] && (ok || !f.inside) {
		return scanner.CodeNotContent
	}
	return ""
}

// content are the folders below the activity folder (or the root) that hold published media.
var content = map[string]bool{
	"posts": true, "photos_and_videos": true, "photos": true, "videos": true, "stories": true, "reels": true, "short_videos": true,
	"groups": true, "media": true, "public-media": true, "profile": true, "content": true,
}

// contentFolder reports whether media at that path can be meant by a list.
func contentFolder(p string) bool {
	ext := strings.ToLower(path.Ext(p))
	return ext != ".json" && ext != ".html" && ext != ".htm" && !privateFolder.MatchString(p) && !junk.MatchString(p)
}

var (
	listName    = regexp.MustCompile(`(?i)(?:posts?|photos?|videos?|reels?|stor(?:y|ies)|albums?|highlights?)[^/]*$`)
	noList      = regexp.MustCompile(`(?i)(?:^|/)(?:edits_you_made_to_posts|content_sharing_links_you_have_created|media_used_for_memories|shared_memories|birthday_media|facebook_editor|your_received_shared_album_invites|video_collaboration_events|story_reactions|story_interactions|[^/]*_you.?.?.?re_tagged_in|[^/]*watched[^/]*|[^/]*viewed[^/]*|[^/]*comments[^/]*|[^/]*insights[^/]*|[^/]*reactions?[^/]*|[^/]*invites?[^/]*)\.json$`)
	listFolders = map[string]bool{"posts": true, "photos_and_videos": true, "stories": true, "reels": true, "short_videos": true, "groups": true, "content": true, "media": true}
)

// maybeList reports a name that could be a list of content which the table does not know yet.
func maybeList(p string) bool {
	first, _, nested := strings.Cut(p, "/")
	named := first == "reels" || first == "short_videos" || first == "stories" || listName.MatchString(strings.TrimSuffix(path.Base(p), ".json"))
	return nested && listFolders[first] && named && !noList.MatchString(p) && !notPublished.MatchString(p) && !privateFolder.MatchString(p)
}

// promises are what an archive of this kind cannot tell, in English; the register shows them.
func (s *Source) promises(a *account) []string {
	has := func(form form, kind scanner.Kind) bool {
		return slices.ContainsFunc(a.lists, func(in *input) bool { return in.list.form == form && in.list.kind == kind && in.list.rank == 0 })
	}
	var out []string
	if a.platform == scanner.Facebook {
		if !has(timeline, scanner.Post) {
			out = append(out, "no list of timeline posts in the archive: posts without pictures, and the texts of posts, are unknown")
		}
		out = append(out, "posts of visitors on the page are not part of such archives",
			"posts of the page in groups can stand among its own posts; only those that the list of group posts names are told apart")
	} else if !has(posts, scanner.Post) && !has(media2020, scanner.Post) {
		out = append(out, "no list of posts in the archive")
	}
	return append(out, "the archive lists what Meta put into it for the chosen period and categories: it does not prove that this is all that was ever published",
		"permanent links of posts, and who could see them, are not in the archive")
}
