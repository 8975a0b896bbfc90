package graphapi

import (
	"regexp"
	"slices"
	"strings"
)

// field is one name in a list of fields, with its arguments (".limit(100)") and the fields of what it holds.
type field struct {
	name string
	args string
	sub  []*field
}

// parseFields reads "id,attachments{target{id},subattachments.limit(100){url}}". It is for our own constants: a wrong
// one gives a wrong tree, which the first test shows.
func parseFields(s string) []*field {
	list, _ := parseList(s)
	return list
}

func parseList(s string) (list []*field, rest string) {
	for s != "" && s[0] != '}' {
		end := strings.IndexAny(s, ",{}.")
		if end < 0 {
			end = len(s)
		}
		f := &field{name: s[:end]}
		s = s[end:]
		if strings.HasPrefix(s, ".") {
			end = strings.IndexByte(s, ')') + 1
			f.args, s = s[:end], s[end:]
		}
		if strings.HasPrefix(s, "{") {
			f.sub, s = parseList(s[1:])
			s = strings.TrimPrefix(s, "}")
		}
		list = append(list, f)
		s = strings.TrimPrefix(s, ",")
	}
	return list, s
}

func renderFields(list []*field) string {
	var b strings.Builder
	for i, f := range list {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(f.name + f.args)
		if len(f.sub) > 0 {
			b.WriteString("{" + renderFields(f.sub) + "}")
		}
	}
	return b.String()
}

// kindOf brings the names that the API gives its types to the few that matter here: "PagePost", "Photo", "ShadowIGMedia".
func kindOf(typeName string) string {
	low := strings.ToLower(typeName)
	for _, k := range []struct{ part, kind string }{
		{"attachment", ""}, {"cover", ""}, {"post", "post"}, {"photo", "photo"}, {"album", "album"}, {"video", "video"}, {"stor", "story"},
		{"ig", "ig"}, {"instagram", "ig"}, {"media", "ig"}, {"page", "page"},
	} {
		if strings.Contains(low, k.part) {
			return k.kind
		}
	}
	return ""
}

// holds are the fields that hold objects of a kind that is asked for by itself, too.
var holds = map[string]string{"album": "album", "photos": "photo", "children": "ig"}

// dropField takes one field of that name out, and reports whether there was one. The API names the field and the type that
// lacks it, but not the place: it is the list's own field where the type is the list's, else one of what the list holds.
// Asking again shows whether it was the right one.
func dropField(list *[]*field, name, typeName string) bool {
	type place struct {
		list  *[]*field
		depth int
		kind  string // of the object that has the field; "" for the list's own and for parts of objects
	}
	var found []place
	var walk func(l *[]*field, depth int, kind string)
	walk = func(l *[]*field, depth int, kind string) {
		for _, f := range *l {
			if f.name == name {
				found = append(found, place{l, depth, kind})
			}
			if len(f.sub) > 0 {
				walk(&f.sub, depth+1, holds[f.name])
			}
		}
	}
	walk(list, 0, "")
	if len(found) == 0 {
		return false
	}
	slices.SortStableFunc(found, func(a, b place) int { return a.depth - b.depth })
	at := found[0]
	kind := kindOf(typeName)
	if typeName != "" && kind == "" {
		at = found[len(found)-1]
	}
	for _, p := range found {
		if kind != "" && p.kind == kind {
			at = p
		}
	}
	*at.list = slices.DeleteFunc(slices.Clone(*at.list), func(f *field) bool { return f.name == name })
	return true
}

func hasField(list []*field, name string) bool {
	return slices.ContainsFunc(list, func(f *field) bool { return f.name == name || hasField(f.sub, name) })
}

var (
	nonexisting = regexp.MustCompile(`(?i)nonexist\w* field \(([A-Za-z0-9_]+)\)(?: on node type \(([A-Za-z0-9_]+)\))?`)
	words       = regexp.MustCompile(`[a-z][a-z0-9_]*`)
)

// refusal is a field that the API does not give, and the type that lacks it, where that is told.
type refusal struct{ field, typeName string }

// refusedField returns the field that an error's text is about; empty if it names none that was asked for.
func refusedField(e *Error, asked []*field) refusal {
	if m := nonexisting.FindStringSubmatch(e.Message); m != nil {
		if hasField(asked, m[1]) {
			return refusal{m[1], m[2]}
		}
		return refusal{}
	}
	if e.Code != 12 && !strings.Contains(e.Message, "deprecat") && !strings.Contains(e.Message, "field") {
		return refusal{}
	}
	for _, w := range words.FindAllString(e.Message, -1) {
		// Everyday words of the message itself ("name", "status") would be taken for fields; the ones with an
		// underscore, and those in brackets or at the beginning, are what Graph means.
		if hasField(asked, w) && (strings.Contains(w, "_") || strings.Contains(e.Message, "("+w+")") || e.Code == 12) {
			return refusal{field: w}
		}
	}
	return refusal{}
}

// What is asked of each node. Counts of likes and comments are the main cause of "too much data", and nobody here needs
// them; fields that are personal data of staff (admin_creator) are not asked for.
const (
	pageAlone        = "id,name,username,link,is_published,category,cover{id,cover_id,source},picture{url,width,height,is_silhouette}"
	pageFields       = pageAlone + ",instagram_business_account{id,username,name,media_count},connected_instagram_account{id,username}"
	attachmentFields = "media_type,type,title,description,url,unshimmed_url,target{id,url},media{image{src,width,height},source}"
	postFields       = "id,created_time,message,permalink_url,status_type,is_published,is_hidden,is_expired,backdated_time," +
		"message_tags,story_tags,sponsor_tags{id,name},from{id,name},place{name,location},parent_id,privacy{value}," +
		"attachments{" + attachmentFields + ",subattachments.limit(100){" + attachmentFields + "}}"
	photoFields = "id,created_time,name,images{source,width,height},link,page_story_id,album{id,name,type},alt_text,alt_text_custom," +
		"backdated_time,name_tags,place{name,location},from{id,name}"
	videoFields = "id,created_time,title,description,permalink_url,post_id,published,source,picture,thumbnails{uri,width,height,is_preferred}," +
		"backdated_time,from{id,name},place{name,location},tags{id,name},sponsor_tags{id,name},privacy{value}"
	// The first photos of an album come with it, so that a hundred small albums cost no hundred calls.
	albumFields   = "id,name,type,description,count,location,place{name,location},photos.limit(50){" + photoFields + "}"
	storyFields   = "id,post_id,status,creation_time,media_type,media_id,url"
	igMediaFields = "id,caption,media_type,media_product_type,media_url,thumbnail_url,permalink,timestamp,username,alt_text," +
		"is_ai_generated,collaborators{id,username},children{" + igChildFields + "}"
	igChildFields = "id,media_type,media_url,thumbnail_url,timestamp,alt_text"
	igStoryFields = "id,caption,media_type,media_product_type,media_url,thumbnail_url,permalink,timestamp,username"
)

// refusals are the fields that the API has refused so far, by the list of fields that they stood in.
type refusals map[string][]refusal

func (r refusals) add(fields string, no refusal) { r[fields] = append(r[fields], no) }

// without returns the list without what was refused of it.
func (r refusals) without(fields string) []*field {
	list := parseFields(fields)
	for _, no := range r[fields] {
		dropField(&list, no.field, no.typeName)
	}
	if fields == albumFields {
		for _, f := range list {
			for _, no := range r[photoFields] {
				if f.name == "photos" {
					dropField(&f.sub, no.field, no.typeName)
				}
			}
		}
	}
	return list
}

// required fields stay when the API refuses a request without saying which field it means.
var required = []string{"id", "created_time", "timestamp", "creation_time", "post_id", "media_id", "name"}

func minimal(list []*field) []*field {
	var out []*field
	for _, f := range list {
		if slices.Contains(required, f.name) && len(f.sub) == 0 {
			out = append(out, f)
		}
	}
	return out
}
