// Package scanner reads every input of a company's Facebook page or Instagram account into a case, for the packages
// that judge and report. Its one rule: seen = read + skipped + failed, for every archive entry, list element, API object
// and medium; what does not become part of an [Item] becomes a [Note].
package scanner

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"
)

// Platform is where an item was published.
type Platform string

const (
	Facebook  Platform = "facebook"
	Instagram Platform = "instagram"
)

// Kind says what sort of publication an item is. The values are those of items.jsonl.
type Kind string

const (
	Post         Kind = "post"
	AlbumPhoto   Kind = "album_photo"
	Video        Kind = "video"
	Reel         Kind = "reel"
	Story        Kind = "story"
	ProfilePhoto Kind = "profile_photo"
	CoverPhoto   Kind = "cover_photo"
)

// State says whether the public could see an item. Only published items are assessed.
type State string

const (
	Published    State = "published"
	Archived     State = "archived"
	Deleted      State = "deleted"
	Draft        State = "draft"
	Group        State = "group"
	Unlisted     State = "unlisted"
	StateUnknown State = "unknown"
)

// Key names an item for good: the same publication has the same key in every run and from every archive of the account.
// Keys are ASCII without white space, at most 120 bytes, and begin with "fb:" or "ig:".
type Key string

// Hash is the SHA-256 of a medium's bytes; the zero value means that nobody read them.
type Hash [32]byte

// String is the hash in hexadecimal digits.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// MarshalText writes the hash in hexadecimal digits.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (h *Hash) UnmarshalText(text []byte) error {
	if hex.DecodedLen(len(text)) != len(h) {
		return fmt.Errorf("hash of %d digits", len(text))
	}
	_, err := hex.Decode(h[:], text)
	return err
}

// Cursor is a source's own mark of how far it was read; opaque to everybody else. "" is the beginning.
type Cursor string

// Item is one publication with the pictures and videos that it shows.
type Item struct {
	Key Key `json:"key"`
	// Aliases are other names under which the same publication may come again, from the same list, another list or
	// another source: identities of its media, platform ids, a digest of time and text. See Merge.
	Aliases     []Key     `json:"aliases,omitempty"`
	Platform    Platform  `json:"platform"`
	Kind        Kind      `json:"kind"`
	State       State     `json:"state"`
	Account     string    `json:"account,omitempty"` // display name, "" where the source does not tell
	Created     time.Time `json:"created,omitzero"`  // publication, UTC; zero where unknown
	ZoneAssumed bool      `json:"zone_assumed,omitempty"`
	Text        string    `json:"text,omitempty"` // caption, NFC, mended
	Lang        string    `json:"lang,omitempty"` // BCP 47, "" until somebody guessed it
	Album       string    `json:"album,omitempty"`
	Place       string    `json:"place,omitempty"`
	Link        string    `json:"link,omitempty"` // the shared address
	Permalink   string    `json:"permalink,omitempty"`
	Tags        []string  `json:"tags,omitempty"`
	Media       []Media   `json:"media,omitempty"`
	Origins     []Origin  `json:"origins"` // best first
}

// Brief is the part of a stored Item that tells who publishes what. Undoing the rest is not worth it where a million are
// looked through.
type Brief struct {
	Key      Key      `json:"key"`
	Platform Platform `json:"platform"`
	Account  string   `json:"account"`
	Text     string   `json:"text"`
}

// Origin is one place at which a source lists an item.
type Origin struct {
	Source string `json:"source"` // Source.ID
	Where  string `json:"where"`  // "posts/profile_posts_1.json[3]"
	// Rank orders origins of one item: a post's own record is 0 and gives date and text, lists that only show its
	// pictures again (album, uncategorized, videos) come behind.
	Rank int `json:"rank"`
}

// Media is one picture or video of an item.
type Media struct {
	Ref     string `json:"ref"`               // what Source.Open takes; "" where there is nothing to open
	ID      Key    `json:"id,omitempty"`      // identity across lists ("fb:m:<platform number>"), "" where unknown
	URI     string `json:"uri"`               // as the source wrote it
	File    string `json:"file"`              // base name as delivered
	Video   bool   `json:"video,omitempty"`   // as the source says; the bytes decide in the end
	Alt     string `json:"alt,omitempty"`     // the platform's automatic description
	Caption string `json:"caption,omitempty"` // the medium's own text where it differs from the item's
	GenAI   bool   `json:"gen_ai,omitempty"`  // Meta's own mark "made with AI"
	Cover   string `json:"cover,omitempty"`   // Ref of a video's cover picture, "" if none
	// The rest is known once somebody has looked.
	Status Status `json:"status"`
	SHA256 Hash   `json:"sha256,omitzero"`
	Bytes  int64  `json:"bytes,omitempty"`
	Format string `json:"format,omitempty"` // "jpeg", "mp4", …, by the bytes
	Width  int    `json:"width,omitempty"`  // upright
	Height int    `json:"height,omitempty"`
}

// Status says what became of a medium's bytes. The values are those of items.jsonl.
type Status string

const (
	OK          Status = "ok"
	Missing     Status = "missing"     // listed, but in none of the parts
	Unreadable  Status = "unreadable"  // there, but broken
	Unsupported Status = "unsupported" // a format that nobody here can read
	TooLarge    Status = "too_large"
	Remote      Status = "remote" // only an address; never fetched
)

// Note says why an input is not (or not wholly) in an item. Class of its code decides how the tally counts it.
type Note struct {
	Code   Code   `json:"code"`
	Where  string `json:"where"`
	Item   Key    `json:"item,omitempty"`
	Detail string `json:"detail,omitempty"` // for people, in English; never a token, never a path of this machine
}

// Entry is one input: an item, or a note, or (both nil) a file that was read and gave neither, such as a list.
// Where Item is set, Seen of the element itself is counted as read and its media are counted by the scan.
type Entry struct {
	Item   *Item
	Note   *Note
	Cursor Cursor // go on after this entry
}

// Tally is the account of all inputs. Seen = Read + Skipped + Failed, always.
type Tally struct {
	Seen    int64 `json:"seen"`
	Read    int64 `json:"read"`
	Skipped int64 `json:"skipped"`
	Failed  int64 `json:"failed"`
}

// A Source yields every input of one account once, in a stable order.
type Source interface {
	// ID names what is read and is the same on every run over the same bytes: "graph:1784140…", "export:<16 hex digits
	// over the list of its files>".
	ID() string
	// Read yields entries after the cursor ("" = all). Best origins come first: a post before the album that shows its
	// pictures again. A non-nil error is the last thing yielded: nothing more can be read. Read is called from one
	// goroutine, at most one call at a time.
	Read(ctx context.Context, after Cursor) iter.Seq2[Entry, error]
	// Open returns the bytes of a medium that Read named (by Media.Ref or Media.Cover). It is safe for concurrent use.
	// An error that wraps ErrMissing, ErrRemote, ErrTooLarge or ErrCorrupt becomes a note with that code; any other one
	// is tried once more and then becomes the note "unreadable". The caller closes the reader.
	Open(ctx context.Context, ref string) (io.ReadCloser, error)
}

// Errors of Source.Open.
var (
	ErrMissing     = errors.New("missing")
	ErrRemote      = errors.New("only an address")
	ErrTooLarge    = errors.New("too large")
	ErrCorrupt     = errors.New("corrupt")
	ErrUnsupported = errors.New("unsupported")
)
