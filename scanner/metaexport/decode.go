package metaexport

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"pagerisk/scanner"
)

// object is a JSON object as encoding/json gives it.
type object = map[string]any

// decoder turns elements of one list file into records. It takes every field in any type that was ever seen: a wrong
// type is a missing field, never an error.
type decoder struct {
	list list
	// pieces: repair strings piece by piece; not in files that somebody saved again.
	pieces bool
}

// decode gives the records of one element. An element can hold several: a trash record names many pictures.
func (d decoder) decode(key string, v any) []record {
	o, ok := v.(object)
	if !ok {
		return []record{{fault: scanner.CodeUnknownForm, why: "not an object"}}
	}
	if len(o) == 0 {
		return []record{{}}
	}
	if _, ok := o["label_values"]; ok {
		return d.labelled(o)
	}
	switch d.list.form {
	case photoList, album:
		if _, ok := o["uri"].(string); !ok && hasTimelineShape(o) {
			return []record{d.timeline(o)}
		}
		return []record{d.photo(o)}
	case posts, mediaList, detailed:
		return []record{d.instagram(o)}
	case media2020:
		return []record{d.first(key, o)}
	case personal:
		return d.person(o)
	}
	if !hasTimelineShape(o) && !hasMedium(o) {
		return []record{{fault: scanner.CodeUnknownForm, why: "none of the forms known: " + fieldNames(o)}}
	}
	if _, ok := o["uri"].(string); ok {
		return []record{d.photo(o)}
	}
	return []record{d.timeline(o)}
}

func fieldNames(o object) string {
	names := slices.Sorted(maps.Keys(o))
	for i, n := range names {
		names[i] = strconv.Quote(n[:min(len(n), 40)])
	}
	return "fields " + strings.Join(names[:min(len(names), 8)], ", ")
}

func hasTimelineShape(o object) bool {
	_, data := o["data"].([]any)
	_, attached := o["attachments"].([]any)
	_, title := o["title"].(string)
	_, stamped := number(o["timestamp"])
	return data || attached || title || stamped
}

func hasMedium(v any) bool {
	found := false
	eachMedium(v, func(object) { found = true })
	return found
}

// str is a string field, mended and clean.
func (d decoder) str(v any) string {
	s, ok := v.(string)
	if !ok {
		return ""
	}
	return clean(mend(s, d.pieces))
}

// number takes numbers and numbers in quotes.
func number(v any) (int64, bool) {
	switch v := v.(type) {
	case float64:
		if math.Abs(v) < 1<<62 {
			return int64(v), true
		}
	case string:
		if n, err := strconv.ParseInt(v, 10, 64); err == nil {
			return n, true
		}
	}
	return 0, false
}

// milliseconds begin where seconds would lie beyond the year 5000.
const milliseconds = 100_000_000_000

// moment reads Unix seconds, or milliseconds as some generations write them. Zero, missing and negative mean that
// nobody knows.
func moment(v any) time.Time {
	n, ok := number(v)
	if ok && n >= milliseconds {
		n /= 1000
	}
	if !ok || n <= 0 || n >= milliseconds {
		return time.Time{}
	}
	return time.Unix(n, 0).UTC()
}

func items(v any) []any {
	switch v := v.(type) {
	case []any:
		return v
	case object:
		return []any{v}
	}
	return nil
}

func isTrue(v any) bool {
	switch v := v.(type) {
	case bool:
		return v
	case string:
		return strings.EqualFold(v, "true")
	case float64:
		return v != 0
	}
	return false
}

// eachMedium walks v for media objects: a string "uri" with a time or metadata, at any depth, in the order of the file
// as far as lists go. Previews and subtitles belong to a medium and are none themselves.
func eachMedium(v any, f func(object)) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			eachMedium(e, f)
		}
	case object:
		if _, ok := v["uri"].(string); ok && mediumShape(v) {
			f(v)
			return
		}
		for _, k := range slices.Sorted(maps.Keys(v)) {
			switch k {
			case "thumbnail", "subtitles", "comments", "backup_uri", "cross_post_source":
				continue
			case "media":
				// A medium may stand with its address alone.
				if m, ok := v[k].(object); ok {
					if _, ok := m["uri"].(string); ok {
						f(m)
						continue
					}
				}
			}
			eachMedium(v[k], f)
		}
	}
}

func mediumShape(o object) bool {
	for _, k := range []string{"creation_timestamp", "media_metadata", "media_variants", "provenance_info", "backup_uri"} {
		if _, ok := o[k]; ok {
			return true
		}
	}
	return false
}

func (d decoder) media(v any) []mediaRef {
	var out []mediaRef
	eachMedium(v, func(o object) { out = append(out, d.ref(o)) })
	return out
}

// ref reads one media object of either product.
func (d decoder) ref(o object) mediaRef {
	uri, _ := o["uri"].(string)
	m := mediaRef{uri: uri, backup: address(o["backup_uri"]), cover: address(o["thumbnail"]), created: moment(o["creation_timestamp"])}
	meta, _ := o["media_metadata"].(object)
	_, m.photo = meta["photo_metadata"]
	var video any
	if video, m.video = meta["video_metadata"]; m.video {
		if v, ok := video.(object); ok {
			for _, s := range items(v["subtitles"]) {
				if a := address(s); a != "" {
					m.subtitles = append(m.subtitles, a)
				}
			}
		}
	}
	for _, s := range items(o["subtitles"]) {
		if a := address(s); a != "" {
			m.subtitles = append(m.subtitles, a)
		}
	}
	if p, ok := o["provenance_info"].(object); ok {
		m.genAI = isTrue(p["is_gen_ai"])
	}
	title := d.str(o["title"])
	m.caption = d.str(o["description"])
	switch {
	case d.isInstagram():
		m.caption = cmp.Or(m.caption, title)
	case m.video && !m.photo:
		m.title = title
	default:
		m.album = title
	}
	m.bare = len(o) == 1
	return m
}

func (d decoder) isInstagram() bool {
	switch d.list.form {
	case posts, mediaList, detailed, media2020, personal:
		return true
	}
	return false
}

// address is a path that stands as a string or in an object with "uri".
func address(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case object:
		s, _ := v["uri"].(string)
		return s
	}
	return ""
}

// timeline reads a record of Facebook's timeline, groups, reels or stories.
func (d decoder) timeline(o object) record {
	rec := record{created: moment(o["timestamp"]), title: d.str(o["title"])}
	if rec.created.IsZero() {
		rec.created = moment(o["creation_timestamp"])
	}
	var text, further texts
	for _, e := range items(o["data"]) {
		f, _ := e.(object)
		text.add(d.str(f["post"]))
		if t := moment(f["update_timestamp"]); !t.IsZero() {
			rec.updated = t
		}
		if t := moment(f["backdated_timestamp"]); !t.IsZero() {
			rec.created = t
		}
		rec.media = append(rec.media, d.media(f)...)
	}
	for _, a := range items(o["attachments"]) {
		f, ok := a.(object)
		if !ok {
			continue
		}
		data, isList := f["data"].([]any)
		if isList && len(data) == 0 {
			rec.hollow = true
		}
		for _, e := range data {
			d.attachment(&rec, e, &text, &further)
		}
		if !isList {
			d.attachment(&rec, a, &text, &further)
		}
	}
	for _, k := range []string{"media", "photos", "videos"} {
		rec.media = append(rec.media, d.media(object{k: o[k]})...)
	}
	rec.text = text.String()
	rec.named = further.String()
	for _, t := range items(o["tags"]) {
		rec.tag(d.name(t))
	}
	if place, ok := o["place"].(object); ok && rec.place == "" {
		rec.place = d.str(place["name"])
	}
	return rec
}

func (d decoder) name(v any) string {
	if o, ok := v.(object); ok {
		return d.str(o["name"])
	}
	return d.str(v)
}

func (r *record) tag(name string) {
	switch {
	case name == "":
	case len(r.tags) == maxTags:
		r.unclear = fmt.Sprintf("tags more than %d people: the rest is left out", maxTags)
	case !slices.Contains(r.tags, name):
		r.tags = append(r.tags, name)
	}
}

// texts collects what an owner wrote in several places, each once.
type texts []string

func (t *texts) add(s string) {
	if s = strings.TrimSpace(s); s == "" || slices.ContainsFunc((*t)[:min(len(*t), maxTexts)], func(have string) bool { return strings.Contains(have, s) }) {
		return
	}
	*t = append(*t, s)
}

func (t texts) String() string { return strings.Join(t, "\n\n") }

// attachment reads one element of attachments[].data. What its owner wrote there is text; what only names something
// else (a shared page) stands in only where there is no text.
func (d decoder) attachment(rec *record, v any, text, further *texts) {
	o, ok := v.(object)
	if !ok {
		return
	}
	rec.media = append(rec.media, d.media(o)...)
	for _, k := range slices.Sorted(maps.Keys(o)) {
		f, _ := o[k].(object)
		switch k {
		case "media":
			continue
		case "external_context":
			url, _ := f["url"].(string)
			if url != "" && url != "http://0.0.0.0/" && url != "http://0.0.0.0" {
				rec.link = cmp.Or(rec.link, url)
			} else {
				further.add(d.str(f["name"]))
			}
		case "place":
			rec.place = cmp.Or(rec.place, d.str(f["name"]))
		case "text":
			text.add(d.str(o[k]))
		case "name":
			further.add(d.str(o[k]))
		case "event":
			text.add(d.str(f["name"]))
			text.add(d.str(f["description"]))
			if p, ok := f["place"].(object); ok {
				rec.place = cmp.Or(rec.place, d.str(p["name"]))
			}
		case "poll":
			text.add(d.str(f["question"]))
			for _, opt := range items(f["options"]) {
				if p, ok := opt.(object); ok {
					text.add(d.str(p["option"]))
				}
			}
		case "note", "life_event", "for_sale_item", "fundraiser":
			for _, field := range []string{"title", "name", "text", "description", "price"} {
				text.add(d.str(f[field]))
			}
			for _, t := range items(f["tags"]) {
				rec.tag(d.name(t))
			}
			if p, ok := f["place"].(object); ok {
				rec.place = cmp.Or(rec.place, d.str(p["name"]))
			}
		default:
			further.add(d.str(o[k]))
		}
	}
}

// photo reads one media object of an album, of the uncategorized photos or of the videos.
func (d decoder) photo(o object) record {
	m := d.ref(o)
	rec := record{created: m.created, album: m.album, media: []mediaRef{m}}
	for _, t := range items(o["tags"]) {
		rec.tag(d.name(t))
	}
	return rec
}

// instagram reads {media, title, creation_timestamp} and media objects that stand alone.
func (d decoder) instagram(o object) record {
	if _, ok := o["uri"].(string); ok {
		m := d.ref(o)
		return record{created: m.created, media: []mediaRef{m}}
	}
	rec := record{text: d.str(o["title"]), created: moment(o["creation_timestamp"])}
	rec.media = d.media(object{"media": o["media"]})
	if len(rec.media) == 0 {
		rec.media = d.media(o)
	}
	if rec.text == "" {
		rec.text = d.str(o["caption"])
	}
	if len(rec.media) == 1 || rec.created.IsZero() {
		for _, m := range rec.media {
			if rec.created.IsZero() {
				rec.created = m.created
			}
		}
	}
	if len(rec.media) == 0 && rec.text == "" {
		if _, ok := o["media"]; !ok {
			return record{fault: scanner.CodeUnknownForm, why: "none of the forms known: " + fieldNames(o)}
		}
		rec.hollow = true
	}
	return rec
}

// first reads an entry of the one list that Instagram gave up to 2020.
func (d decoder) first(key string, o object) record {
	where := address(o["path"])
	if where == "" {
		where = address(o["uri"])
	}
	taken, _ := o["taken_at"].(string)
	rec := record{text: d.str(o["caption"]), place: d.name(o["location"])}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05.999999", "2006-01-02T15:04:05"} {
		if t, err := time.Parse(layout, taken); err == nil {
			if y := t.UTC().Year(); y >= 1970 && y <= 9999 { // what JSON can hold, and moment takes
				rec.created = t.UTC()
			}
			break
		}
	}
	if rec.created.IsZero() {
		rec.created = moment(o["taken_at"])
	}
	if where == "" {
		return record{fault: scanner.CodeUnknownForm, why: "none of the forms known: " + fieldNames(o)}
	}
	rec.media = []mediaRef{{uri: where, created: rec.created, video: key == "videos" || path.Ext(where) == ".mp4"}}
	switch key {
	case "photos":
	case "videos":
	case "stories":
		rec.kind = scanner.Story
		rec.unclear = limited
	case "profile":
		rec.kind = scanner.ProfilePhoto
	default:
		rec.state = scanner.StateUnknown
	}
	return rec
}

// person reads the profile photo out of Instagram's account data.
func (d decoder) person(o object) []record {
	var out []record
	eachMedium(o["media_map_data"], func(m object) {
		ref := d.ref(m)
		ref.caption = ""
		out = append(out, record{created: ref.created, media: []mediaRef{ref}, sub: ".media_map_data"})
	})
	return out
}

// words of labels that label_values carry in the account's language, in lower case. They only refine: where a language
// is not here, the largest text is the text, and flags stay unknown.
var (
	captionLabel   = regexp.MustCompile(`^(?:text|texte?|texto|testo|tekst|metin|văn bản|caption|bildunterschrift|légende|descripción|pie de foto|didascalia|legenda|bijschrift|podpis|opis|açıklama|bildtext|chú thích|post|beitrag|message|nachricht|description|beschreibung)$`)
	placeLabel     = regexp.MustCompile(`^(?:location|place|ort|standort|lieu|ubicación|lugar|luogo|localização|local|locatie|plaats|lokalizacja|miejsce|konum|yer|plats|vị trí)$`)
	draftLabel     = regexp.MustCompile(`^(?:(?:is[ _])?draft|entwurf|brouillon|borrador|bozza|rascunho|concept|wersja robocza|taslak|utkast|bản nháp)$`)
	publishedLabel = regexp.MustCompile(`^(?:(?:is[ _])?published|veröffentlicht|publiée?|publicad[oa]|pubblicat[oa]|gepubliceerd|opublikowan[oye]|yayınlandı|publicera[dt]|đã (?:đăng|xuất bản))$`)
	genAILabel     = regexp.MustCompile(`\b(?:ai|ki|ia)\b`)
	flagValue      = regexp.MustCompile(`(?i)^(?:true|false)$`)
	ownAddress     = regexp.MustCompile(`(?i)^https?://(?:[a-z-]+\.)?(?:facebook|instagram)\.com/`)
	addressValue   = regexp.MustCompile(`(?i)^https?://`)
)

// labels is what a walk over label_values finds.
type labels struct {
	text, longest, place, link string
	permalink                  string
	created                    time.Time
	media                      []mediaRef
	draft, published           *bool
	flags                      int // true or false under any label
	genAI                      bool
	groups                     [][]mediaRef // media by the outermost value that has them
}

// labelled reads a record whose fields have labels in the account's language: by the labels that are known, else by
// type and position.
func (d decoder) labelled(o object) []record {
	var l labels
	l.media = d.media(object{"media": o["media"]})
	for _, v := range items(o["label_values"]) {
		before := len(l.media)
		d.label(&l, v, 0)
		if len(l.media) > before {
			l.groups = append(l.groups, l.media[before:len(l.media):len(l.media)])
		}
	}
	rec := record{created: moment(o["timestamp"]), text: cmp.Or(l.text, l.longest), place: l.place, link: l.link, permalink: l.permalink, media: l.media}
	if rec.created.IsZero() || d.list.form == detailed && !l.created.IsZero() {
		rec.created = l.created
	}
	for _, m := range l.media {
		if rec.created.IsZero() {
			rec.created = m.created
		}
	}
	if d.list.form == detailed {
		// Carousels come in reverse.
		slices.Reverse(rec.media)
		switch {
		case l.draft != nil && *l.draft, l.published != nil && !*l.published:
			rec.state = scanner.Draft
		case l.draft == nil && l.published == nil && l.flags > 0:
			rec.unclear = "flags in a language not known: draft or published cannot be told"
		}
		if l.genAI {
			for i := range rec.media {
				rec.media[i].genAI = true
			}
		}
	}
	if d.list.state == scanner.Deleted && rec.text == "" && len(rec.media) > 1 {
		// Pictures that were put into the trash one by one.
		out := make([]record, 0, len(rec.media))
		for i, m := range rec.media {
			out = append(out, record{created: cmp.Or(m.created, rec.created), album: m.album, media: []mediaRef{m}, sub: fmt.Sprintf(".media[%d]", i)})
		}
		return out
	}
	return []record{rec}
}

func (d decoder) label(l *labels, v any, depth int) {
	o, ok := v.(object)
	if !ok || depth > 30 {
		return
	}
	label := strings.ToLower(d.str(o["label"]))
	if ent, ok := o["ent_field_name"].(string); ok && label == "" {
		label = strings.ToLower(ent)
	}
	value := d.str(o["value"])
	switch {
	case value == "":
	case flagValue.MatchString(value):
		l.flags++
		set := strings.EqualFold(value, "true")
		switch {
		case draftLabel.MatchString(label):
			l.draft = &set
		case publishedLabel.MatchString(label):
			l.published = &set
		case set && genAILabel.MatchString(label):
			l.genAI = true
		}
	case ownAddress.MatchString(value) && depth == 0:
		l.permalink = cmp.Or(l.permalink, value)
	case addressValue.MatchString(value):
		l.link = cmp.Or(l.link, value)
	case captionLabel.MatchString(label):
		if depth == 0 || l.text == "" {
			l.text = value
		}
	case placeLabel.MatchString(label):
		l.place = cmp.Or(l.place, value)
	default:
		if _, err := strconv.ParseFloat(value, 64); err != nil && len(value) > len(l.longest) {
			l.longest = value
		}
	}
	if t := moment(o["timestamp_value"]); !t.IsZero() && l.created.IsZero() {
		l.created = t
	}
	if m, ok := o["media"]; ok {
		l.media = append(l.media, d.media(object{"media": m})...)
	}
	for _, k := range []string{"dict", "vec"} {
		for _, e := range items(o[k]) {
			d.label(l, e, depth+1)
		}
	}
}

// profile is who an export is about.
type profile struct {
	id, name, category string
}

// userLabel is how Instagram calls the user name, in the languages known.
var userLabel = regexp.MustCompile(`^(?:username|benutzername|nom d.utilisateur|nom de profil|nombre de usuario|nome utente|nome de usuário|nome de utilizador|gebruikersnaam|nazwa użytkownika|kullanıcı adı|användarnamn|tên người dùng)$`)

func readProfile(product scanner.Platform, raw []byte) profile {
	var v object
	if json.Unmarshal(raw, &v) != nil {
		return profile{}
	}
	d := decoder{pieces: !beyondLatin(raw)}
	var p profile
	if product == scanner.Instagram {
		p.name = cmp.Or(d.str(v["username"]), d.str(v["name"]))
		for _, u := range items(v["profile_user"]) {
			o, _ := u.(object)
			fields, _ := o["string_map_data"].(object)
			for _, k := range slices.Sorted(maps.Keys(fields)) {
				f, _ := fields[k].(object)
				if userLabel.MatchString(strings.ToLower(d.str(k))) {
					p.name = cmp.Or(d.str(f["value"]), p.name)
				} else if strings.EqualFold(k, "name") && p.name == "" {
					p.name = d.str(f["value"])
				}
			}
		}
		p.id = p.name
		return p
	}
	for _, k := range []string{"profile_v2", "profile"} {
		o, ok := v[k].(object)
		if !ok {
			continue
		}
		p.name = d.name(o["name"])
		if n, ok := o["name"].(object); ok {
			p.name = cmp.Or(d.str(n["full_name"]), p.name)
		}
		p.category = d.name(o["profile_category"])
		for _, c := range items(o["profile_category"]) {
			p.category = cmp.Or(p.category, d.name(c))
		}
		uri, _ := o["profile_uri"].(string)
		p.id = cmp.Or(uri, p.name)
		break
	}
	return p
}
