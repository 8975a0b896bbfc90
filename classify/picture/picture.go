// Package picture reads what can be known of one picture or video from its bytes: format, size, embedded metadata,
// whether people are in it, and how it looks. It knows nothing of pages, posts or risks, and never says who somebody is.
// Its one rule: a picture is read once, decoded at most once, within limits; what could not be read is said, never
// taken for "nothing there".
package picture

import (
	"context"
	"io"
)

// Facts is what is known of one picture. Same bytes, same looker: same facts. The JSON form is stored and cached.
type Facts struct {
	Format string `json:"format"`           // "jpeg", "png", "gif", "webp", "heic", "avif", "tiff", "bmp", "mp4", "mov", "webm", …; "" = unknown
	Video  bool   `json:"video,omitempty"`  // the bytes are a video's
	Width  int    `json:"width,omitempty"`  // pixels, upright
	Height int    `json:"height,omitempty"` // pixels, upright

	Seconds float64 `json:"seconds,omitempty"` // length of a video, 0 where it does not tell

	Metadata Metadata `json:"metadata,omitzero"`

	// People is how many people were seen; nil where nobody could look (or was asked to), which is not 0.
	People   *int   `json:"people,omitempty"`
	Boxes    []Box  `json:"boxes,omitempty"`    // best first; the ones counted in People come first
	Detector string `json:"detector,omitempty"` // name and version of who looked

	PHash uint64 `json:"phash,omitempty"` // DCT hash of the grey picture
	DHash uint64 `json:"dhash,omitempty"` // difference hash of the grey picture
	Flat  bool   `json:"flat,omitempty"`  // a flat graphic or a text tile: hashes of such pictures say little

	Miniature []byte `json:"miniature,omitempty"` // 24 × 24 grey values, squeezed to a square: see Print

	Thumb []byte `json:"-"` // small JPEG without metadata, nil where none could be made

	// Missing is what could not be read, as codes: "pixels" (nobody could decode them), "people" (asked for, and nobody
	// could look), "exif", "iptc", "xmp", "c2pa", "text", "metadata" (broken in part), the same with "_cut" (more than a
	// limit), "panic" (a reader broke on it).
	Missing []string `json:"missing,omitempty"`
}

// Box is where a person's face was seen, in pixels of the upright picture.
type Box struct {
	X     int     `json:"x"`
	Y     int     `json:"y"`
	W     int     `json:"w"`
	H     int     `json:"h"`
	Score float64 `json:"score"` // the detector's own measure, 0 to 1
	// Sure is false for a box of the second threshold: possibly a person. Such boxes are not in People.
	Sure bool `json:"sure"`
}

// Metadata is what the file itself says about rights and origin. Names are those of items.jsonl; terms of a controlled
// vocabulary stand as the code after the last "/" of their address. Empty means that the file does not carry it.
type Metadata struct {
	Creator           string   `json:"creator,omitempty"`             // EXIF Artist, IPTC By-line, XMP dc:creator
	Credit            string   `json:"credit,omitempty"`              // IPTC Credit, XMP photoshop:Credit
	Copyright         string   `json:"copyright,omitempty"`           // EXIF Copyright, IPTC CopyrightNotice, XMP dc:rights
	Source            string   `json:"source,omitempty"`              // IPTC Source, XMP photoshop:Source
	Instructions      string   `json:"instructions,omitempty"`        // IPTC SpecialInstructions, XMP photoshop:Instructions
	Persons           []string `json:"persons,omitempty"`             // XMP Iptc4xmpExt:PersonInImage
	ModelRelease      string   `json:"model_release,omitempty"`       // XMP plus:ModelReleaseStatus ("MR-LMR")
	DataMining        string   `json:"data_mining,omitempty"`         // XMP plus:DataMining ("DMI-PROHIBITED")
	DigitalSourceType string   `json:"digital_source_type,omitempty"` // XMP Iptc4xmpExt:DigitalSourceType ("trainedAlgorithmicMedia")
	Software          string   `json:"software,omitempty"`            // EXIF Software, XMP xmp:CreatorTool
	Taken             string   `json:"taken,omitempty"`               // EXIF DateTimeOriginal, "2006-01-02T15:04:05" with offset where known
	// Beyond the contract's fields, for rules and for people who look closely.
	Title        string   `json:"title,omitempty"`         // XMP dc:title, IPTC ObjectName
	Headline     string   `json:"headline,omitempty"`      // IPTC Headline, XMP photoshop:Headline
	Description  string   `json:"description,omitempty"`   // EXIF ImageDescription, IPTC Caption, XMP dc:description
	Transmission string   `json:"transmission,omitempty"`  // IPTC OriginalTransmissionReference: often an asset number
	Keywords     []string `json:"keywords,omitempty"`      // IPTC Keywords, XMP dc:subject
	WebStatement string   `json:"web_statement,omitempty"` // XMP xmpRights:WebStatement
	Licensor     string   `json:"licensor,omitempty"`      // XMP plus:Licensor name or address
	C2PA         []string `json:"c2pa,omitempty"`          // labels of Content Credentials assertions; "present" if none could be read
	Facebook     bool     `json:"facebook,omitempty"`      // Facebook's own mark (FBMD…) in Special Instructions
}

// Limits bounds what one picture may cost. A file that reaches one is a note, never silence.
type Limits struct {
	Bytes  int64 // of the file
	Pixels int64 // width × height by the header, before anything is decoded
	Fields int   // metadata values kept
}

// A Looker finds facts in one picture or video. Same bytes, same version: same facts. Safe for concurrent use. It
// returns facts and an error together where only part could be read. The error wraps ErrTooLarge, ErrCorrupt or
// ErrUnsupported.
type Looker interface {
	// Name and Version are the key of the cache, together with the bytes: "people:pigo@1".
	Name() string
	Version() int
	Look(ctx context.Context, r io.Reader, l Limits) (*Facts, error)
}
