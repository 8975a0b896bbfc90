// Package classify finds signals in the texts and pictures of an item and adds them up to findings, for the reports. Its
// one rule: every finding names its evidence, and the quoted words really stand at the place that is named. It says what
// hints at something, never that it is so, and it sets no risk level.
package classify

import (
	"pagerisk/classify/picture"
	"pagerisk/scanner"
)

// Label is what may be the matter with an item: the item has a picture or video, and …
type Label string

const (
	Employee        Label = "employee"         // shows people who work for the organisation
	Customer        Label = "customer"         // shows people whom the organisation serves
	OtherPerson     Label = "other_person"     // shows recognisable people who are neither, or nobody can say
	Stock           Label = "stock"            // uses a stock library's or agency's picture
	ThirdPartyWork  Label = "third_party_work" // uses somebody else's work that is not stock
	Minor           Label = "minor"            // shows people under 18
	SpecialCategory Label = "special_category" // with its text, hints at health, religion, union, politics, origin, sex life
)

// Labels is the order in which labels are shown.
var Labels = []Label{Employee, Customer, OtherPerson, Stock, ThirdPartyWork, Minor, SpecialCategory}

// Band says how sure a finding is: thresholds of the score, set in the rules.
type Band string

const (
	Sure     Band = "sure"
	Likely   Band = "likely"
	Possible Band = "possible"
)

// Evidence is one reason for or against a label. Quote is field[Start:End] in bytes; evidence of another kind than
// words has Start and End 0.
type Evidence struct {
	Rule   string  `json:"rule"`
	Field  string  `json:"field"` // "text", "album", "tags[0]", "media[2].alt", "media[0].metadata.credit", "media[0]", "records"
	Start  int     `json:"start"`
	End    int     `json:"end"`
	Quote  string  `json:"quote"`
	Weight float64 `json:"weight"` // negative: speaks against
}

// Signal is one rule's answer for one subject.
type Signal struct {
	Label    Label
	Family   string // of each family only the strongest counts
	Evidence Evidence
}

// Finding is the sum of the signals for one label of one item.
type Finding struct {
	ID       string     `json:"id"` // hex, of item key and label and nothing else: see FindingID
	Label    Label      `json:"label"`
	Band     Band       `json:"band"`
	Score    float64    `json:"score"`
	Evidence []Evidence `json:"evidence"` // strongest first, for and against
}

// Subject is one item with all that is known of it. Detectors share it and do not change it.
type Subject struct {
	Item  *scanner.Item
	Facts []*picture.Facts // one per Item.Media, nil where nothing is known
	Page  Page
}

// Page is what is known of the publisher: it decides what "we", "our guests" or "pupils" mean.
type Page struct {
	Name     string // display name of the account
	Category string // the platform's category, if the source tells
	Kind     string // "practice", "school", "club", "authority", …; "" = a business like others
	Sector   string // finer than Kind: "craft", "food", "salon", "office", …; "" = nobody knows

	// Regulars are the folded first names and surnames ("frau meier") that come back in its captions: people of the house
	// mostly, for guests come once.
	Regulars map[string]bool
}

// A Detector gives signals for one subject. It does no input or output and keeps nothing between calls; it is safe for
// concurrent use.
type Detector interface {
	Name() string
	Version() int
	Detect(s *Subject) ([]Signal, error)
}
