// Package records reads the owner's own lists (people, consents, licences, known pictures) and compares them with what
// was published, for the classifier and for the ground of each item. Its one rule: nothing is guessed, and nothing of the
// lists leaves this package but the code that the owner gave a line.
package records

import (
	"time"

	"pagerisk/classify"
	"pagerisk/classify/picture"
	"pagerisk/scanner"
)

// Kind says which list a ground comes from.
type Kind string

const (
	Consent Kind = "consent"
	Licence Kind = "licence"
)

// Scope says how far a consent reaches.
type Scope string

const (
	Publish  Scope = "publish"     // publication only
	Training Scope = "ai_training" // publication, and use by the platform for training
)

// Clause is what a licence says of one use.
type Clause string

const (
	ClauseYes    Clause = "yes"
	ClauseNo     Clause = "no"
	ClauseSilent Clause = "" // the line does not tell
)

// GroundMatch is one line of the owner's lists that speaks of an item.
type GroundMatch struct {
	Kind Kind
	Code string // the owner's code of the line
	By   string // what matched: "person", "album", "event", "span", "provider", "file", "asset", "known"
	// Person is the owner's code of the one person that a consent is about; "" where it is about everybody shown.
	Person    string
	Scope     Scope     // of a consent
	Social    Clause    // of a licence: publication in social media
	AI        Clause    // of a licence: use for training
	Until     time.Time // last day of validity, zero = without end
	Withdrawn time.Time // zero = not withdrawn
}

// Records are the owner's lists as read from a folder; nil means that there are none.
type Records struct{}

// Load reads the lists of a folder.
func Load(dir string) (*Records, error) { return nil, nil }

// Detectors are the detectors that compare items with the lists.
func (r *Records) Detectors() []classify.Detector { return nil }

// Grounds are the lines of the lists that speak of an item.
func (r *Records) Grounds(item *scanner.Item, facts []*picture.Facts, findings []classify.Finding) []GroundMatch {
	return nil
}
