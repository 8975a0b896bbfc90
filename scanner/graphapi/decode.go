package graphapi

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The API's types drift: ids come as strings or numbers, times without a colon in the zone or as seconds, missing
// values as null. These types take what they can and are empty otherwise; only a missing id makes an object unusable.

type text string

func (t *text) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		var s string
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
		*t = text(s)
		return nil
	}
	if s := string(b); s != "null" && (s == "true" || s == "false" || s[0] == '-' || s[0] >= '0' && s[0] <= '9') {
		*t = text(s)
	}
	return nil
}

type number float64

func (n *number) UnmarshalJSON(b []byte) error {
	if f, err := strconv.ParseFloat(strings.Trim(string(b), `"`), 64); err == nil && f == f && f < 1e18 && f > -1e18 {
		*n = number(f)
	}
	return nil
}

type truth bool

func (t *truth) UnmarshalJSON(b []byte) error {
	*t = truth(strings.Trim(string(b), `"`) == "true" || string(b) == "1")
	return nil
}

// flag is a truth that may be missing.
type flag struct{ set, value bool }

func (f *flag) UnmarshalJSON(b []byte) error {
	switch strings.Trim(string(b), `"`) {
	case "true", "1":
		*f = flag{true, true}
	case "false", "0":
		*f = flag{true, false}
	}
	return nil
}

// moment is a point in time, UTC.
type moment struct{ time.Time }

func (m *moment) UnmarshalJSON(b []byte) error {
	s := strings.Trim(string(b), `"`)
	if sec, err := strconv.ParseInt(s, 10, 64); err == nil {
		m.Time = sane(time.Unix(sec, 0))
		return nil
	}
	for _, layout := range []string{"2006-01-02T15:04:05-0700", time.RFC3339, "2006-01-02T15:04:05"} {
		if t, err := time.Parse(layout, s); err == nil {
			m.Time = sane(t)
			return nil
		}
	}
	return nil
}

// sane drops times that no publication can have, so that a year of five digits reaches no cell and no file.
func sane(t time.Time) time.Time {
	if t = t.UTC(); t.Year() < 1900 || t.Year() > 9999 {
		return time.Time{}
	}
	return t
}

// many is a list that the API gives as an array, as {"data":[…]} with paging, or not at all. Elements that do not fit
// are left out; the raw count is kept.
type many[T any] struct {
	List   []T
	Paging paging
}

type paging struct {
	Next    text `json:"next"`
	Cursors struct {
		After text `json:"after"`
	} `json:"cursors"`
}

func (m *many[T]) UnmarshalJSON(b []byte) error {
	raw := b
	if b = bytes.TrimSpace(b); len(b) > 0 && b[0] == '{' {
		var edge struct {
			Data   json.RawMessage `json:"data"`
			Paging json.RawMessage `json:"paging"`
		}
		if json.Unmarshal(b, &edge) != nil {
			return nil
		}
		raw = edge.Data
		decode(edge.Paging, &m.Paging)
	}
	var elems []json.RawMessage
	if json.Unmarshal(raw, &elems) != nil {
		return nil
	}
	for _, e := range elems {
		var v T
		if isObject(e) {
			decode(e, &v)
			m.List = append(m.List, v)
		}
	}
	return nil
}

func isObject(raw json.RawMessage) bool {
	raw = bytes.TrimSpace(raw)
	return len(raw) > 0 && raw[0] == '{'
}

// decode fills v with what fits; encoding/json goes on behind a field of another type and reports it last.
func decode(raw json.RawMessage, v any) { _ = json.Unmarshal(raw, v) }

type named struct {
	ID       text `json:"id"`
	Name     text `json:"name"`
	Username text `json:"username"`
}

// one is an object that may come as something else.
type one[T any] struct{ V T }

func (o *one[T]) UnmarshalJSON(b []byte) error {
	if isObject(b) {
		decode(b, &o.V)
	}
	return nil
}

type pageNode struct {
	ID        text        `json:"id"`
	Name      text        `json:"name"`
	Username  text        `json:"username"`
	Link      text        `json:"link"`
	Category  text        `json:"category"`
	Published flag        `json:"is_published"`
	Token     text        `json:"access_token"` // only in the call that asks for it
	Cover     one[cover]  `json:"cover"`
	Instagram one[igUser] `json:"instagram_business_account"`
	Connected one[igUser] `json:"connected_instagram_account"`
	Picture   one[struct {
		Data one[picture] `json:"data"`
	}] `json:"picture"`
}

type cover struct {
	ID      text `json:"id"`
	CoverID text `json:"cover_id"`
	Source  text `json:"source"`
}

type picture struct {
	URL        text   `json:"url"`
	Width      number `json:"width"`
	Height     number `json:"height"`
	Silhouette truth  `json:"is_silhouette"`
}

type igUser struct {
	ID         text   `json:"id"`
	Username   text   `json:"username"`
	Name       text   `json:"name"`
	MediaCount number `json:"media_count"`
}

type post struct {
	ID          text             `json:"id"`
	Created     moment           `json:"created_time"`
	Backdated   moment           `json:"backdated_time"`
	Permalink   text             `json:"permalink_url"`
	Message     text             `json:"message"`
	Story       text             `json:"story"`
	Tags        tags             `json:"message_tags"`
	StoryTags   tags             `json:"story_tags"`
	Sponsors    many[named]      `json:"sponsor_tags"`
	From        one[named]       `json:"from"`
	Place       one[place]       `json:"place"`
	Parent      text             `json:"parent_id"`
	Published   flag             `json:"is_published"`
	Hidden      flag             `json:"is_hidden"`
	Expired     flag             `json:"is_expired"`
	StatusType  text             `json:"status_type"`
	FullPicture text             `json:"full_picture"`
	Privacy     one[privacy]     `json:"privacy"`
	Attachments many[attachment] `json:"attachments"`
}

type privacy struct {
	Value text `json:"value"`
}

type place struct {
	Name     text `json:"name"`
	Location one[struct {
		City text `json:"city"`
	}] `json:"location"`
}

func (p place) String() string {
	if city := string(p.Location.V.City); city != "" && !strings.Contains(string(p.Name), city) {
		return strings.Trim(string(p.Name)+", "+city, ", ")
	}
	return string(p.Name)
}

type attachment struct {
	MediaType   text `json:"media_type"`
	Type        text `json:"type"`
	Title       text `json:"title"`
	Description text `json:"description"`
	URL         text `json:"url"`
	Unshimmed   text `json:"unshimmed_url"`
	Target      one[struct {
		ID  text `json:"id"`
		URL text `json:"url"`
	}] `json:"target"`
	Media one[struct {
		Image  one[rendition] `json:"image"`
		Source text           `json:"source"`
	}] `json:"media"`
	Sub many[attachment] `json:"subattachments"`
}

type rendition struct {
	Source text   `json:"source"`
	Src    text   `json:"src"`
	URI    text   `json:"uri"`
	Width  number `json:"width"`
	Height number `json:"height"`
}

func (r rendition) url() string {
	for _, u := range []text{r.Source, r.Src, r.URI} {
		if u != "" {
			return string(u)
		}
	}
	return ""
}

// largest returns the rendition with most pixels; the API gives them in no order.
func largest(of []rendition) (best rendition) {
	for _, r := range of {
		if r.url() != "" && (best.url() == "" || r.Width*r.Height > best.Width*best.Height) {
			best = r
		}
	}
	return best
}

type photo struct {
	ID        text            `json:"id"`
	Created   moment          `json:"created_time"`
	Backdated moment          `json:"backdated_time"`
	Name      text            `json:"name"`
	Tags      many[named]     `json:"name_tags"`
	Alt       text            `json:"alt_text"`
	AltCustom text            `json:"alt_text_custom"`
	Images    many[rendition] `json:"images"`
	Picture   text            `json:"picture"`
	Link      text            `json:"link"`
	Story     text            `json:"page_story_id"`
	Album     one[album]      `json:"album"`
	Place     one[place]      `json:"place"`
	From      one[named]      `json:"from"`
}

func (p photo) alt() string {
	if p.AltCustom != "" {
		return string(p.AltCustom)
	}
	return string(p.Alt)
}

func (p photo) url() string {
	if u := largest(p.Images.List).url(); u != "" {
		return u
	}
	return string(p.Picture)
}

type album struct {
	ID          text             `json:"id"`
	Name        text             `json:"name"`
	Description text             `json:"description"`
	Type        text             `json:"type"`
	Count       *number          `json:"count"`
	Place       one[place]       `json:"place"`
	Location    text             `json:"location"`
	Photos      *json.RawMessage `json:"photos"`
}

type video struct {
	ID          text            `json:"id"`
	Created     moment          `json:"created_time"`
	Backdated   moment          `json:"backdated_time"`
	Title       text            `json:"title"`
	Description text            `json:"description"`
	Permalink   text            `json:"permalink_url"`
	Post        text            `json:"post_id"`
	Published   flag            `json:"published"`
	Source      text            `json:"source"`
	Picture     text            `json:"picture"`
	Thumbnails  many[thumbnail] `json:"thumbnails"`
	Place       one[place]      `json:"place"`
	From        one[named]      `json:"from"`
	Tags        many[named]     `json:"tags"`
	Sponsors    many[named]     `json:"sponsor_tags"`
	Privacy     one[privacy]    `json:"privacy"`
}

type thumbnail struct {
	rendition
	Preferred truth `json:"is_preferred"`
}

func (v video) cover() string {
	var all []rendition
	for _, t := range v.Thumbnails.List {
		if bool(t.Preferred) && t.url() != "" {
			return t.url()
		}
		all = append(all, t.rendition)
	}
	if u := largest(all).url(); u != "" {
		return u
	}
	return string(v.Picture)
}

type story struct {
	ID        text   `json:"id"`
	Post      text   `json:"post_id"`
	Status    text   `json:"status"`
	Created   moment `json:"creation_time"`
	MediaType text   `json:"media_type"`
	Media     text   `json:"media_id"`
	URL       text   `json:"url"`
}

type igMedia struct {
	ID            text          `json:"id"`
	Caption       text          `json:"caption"`
	Type          text          `json:"media_type"`
	Product       text          `json:"media_product_type"`
	URL           text          `json:"media_url"`
	Thumbnail     text          `json:"thumbnail_url"`
	Permalink     text          `json:"permalink"`
	Created       moment        `json:"timestamp"`
	Username      text          `json:"username"`
	Alt           text          `json:"alt_text"`
	GenAI         truth         `json:"is_ai_generated"`
	Collaborators many[named]   `json:"collaborators"`
	Children      many[igMedia] `json:"children"`
}

// tags is a list of named things, or (in old forms) an object whose values are such lists.
type tags []named

func (t *tags) UnmarshalJSON(b []byte) error {
	var list many[named]
	_ = list.UnmarshalJSON(b)
	*t = list.List
	if len(list.List) == 0 && isObject(b) {
		var byOffset map[string]many[named]
		decode(b, &byOffset)
		for _, offset := range slices.Sorted(maps.Keys(byOffset)) {
			*t = append(*t, byOffset[offset].List...)
		}
	}
	return nil
}
