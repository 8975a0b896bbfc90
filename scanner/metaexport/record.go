package metaexport

import (
	"time"

	"pagerisk/scanner"
)

const (
	// maxMedia bounds the pictures of one record, which are compared with each other. Meta's carousels have 20, its posts
	// some hundreds; what is beyond turns up as files that no list names.
	maxMedia = 5000
	// maxTags bounds the people whom one record tags; Facebook takes 50.
	maxTags = 1000
	// maxTexts is how many texts of one record are looked through for repetitions.
	maxTexts = 200
)

// record is one element of a list, whatever the list's format and generation: what the JSON decoders and the HTML
// reader hand to the part that builds items. Texts are mended and NFC; no field has been checked against the tree.
type record struct {
	kind  scanner.Kind  // "" = what the list holds
	state scanner.State // "" = what the list's place says
	// created is the publication; zero where the list does not tell. zoneAssumed: read from local time without a zone.
	created     time.Time
	zoneAssumed bool
	updated     time.Time // last edit, zero where unknown
	text        string
	album       string
	place       string
	link        string // shared address; "" for Meta's placeholder http://0.0.0.0/
	permalink   string // the publication's own address
	tags        []string
	media       []mediaRef // in the order shown, each once

	sub string // place below the element where one element holds several records: ".photos[3]"
	// title is the narration in the account's language ("… added 3 photos."): shown nowhere, classified nowhere.
	title string
	// named is what something shared is called (a page, a link): text only where there is no other.
	named string
	// attached: the record has content that no other field holds (a poll without words), so that it is not empty.
	attached bool
	// hollow: the record has an attachment without content, so that its picture or video was lost at the source.
	hollow bool
	// fault is set instead of all else where the element could not be read; why says it in English.
	fault scanner.Code
	why   string
	// unclear is something narrower that a reader of the account should know, in English: an Info note.
	unclear string
}

// mediaRef is one picture or video as a list names it.
type mediaRef struct {
	uri       string // as written
	backup    string // another path of the same picture
	cover     string // a video's still; only a local path counts
	subtitles []string
	caption   string // the medium's own text (description; in Instagram its title)
	title     string // Facebook: name of a video
	album     string // Facebook: title of a photo is the name of its album
	created   time.Time
	video     bool // the list says so
	photo     bool // the list says so
	genAI     bool
	bare      bool // nothing but an address, as the cover of an empty album
}

// htmlHead is what an HTML document says of itself.
type htmlHead struct {
	account  string
	from, to time.Time // window of the export; zero where it says none
	// offset of the account's local time, where the head gives one moment in both spellings.
	offset *time.Duration
}
