// Package report weighs findings into risks and writes the register: workbook, gallery and JSON lines, from one model
// that is built once. It also keeps what people decided. Its one rule: no work of a person is ever lost or silently
// re-opened, and no text of its own claims more than is known.
package report

import (
	"context"
	"iter"
	"time"

	"pagerisk/classify"
	"pagerisk/classify/picture"
	"pagerisk/classify/records"
	"pagerisk/scanner"
)

// Level is the zone of the 4 × 4 matrix: score 1–3 low, 4–7 medium, 8–11 high, 12–16 very high.
type Level string

const (
	Low      Level = "low"
	Medium   Level = "medium"
	High     Level = "high"
	VeryHigh Level = "very_high"
)

// LevelOf is the level of a score (likelihood × severity).
func LevelOf(score int) Level {
	switch {
	case score >= 12:
		return VeryHigh
	case score >= 8:
		return High
	case score >= 4:
		return Medium
	default:
		return Low
	}
}

// Step is one reason in the chain from a finding to a rating, so that a person can redo it with a pencil. Key names a
// sentence of the catalogue; Args fill its gaps.
type Step struct {
	Key        string            `json:"key"`
	Args       map[string]string `json:"args,omitempty"`
	Likelihood int               `json:"likelihood,omitempty"` // added (or set, for the first step)
	Severity   int               `json:"severity,omitempty"`
	Law        []string          `json:"law,omitempty"`    // ids of the legal catalogue
	Capped     bool              `json:"capped,omitempty"` // would have changed more, but for the limits of the scale
}

// Rating is likelihood × severity, both 1–4, with the steps that led there.
type Rating struct {
	Likelihood int    `json:"likelihood"`
	Severity   int    `json:"severity"`
	Steps      []Step `json:"steps"`
}

// Score is likelihood × severity.
func (r Rating) Score() int { return r.Likelihood * r.Severity }

// Level is the zone of the score.
func (r Rating) Level() Level { return LevelOf(r.Score()) }

// View says whose risk a rating is about. The two are never mixed in one number.
type View string

const (
	Persons      View = "persons"      // the people shown
	Organisation View = "organisation" // claims, licences, reputation
)

// Ground is what the owner can show for an item, as far as AI training is concerned. The codes are those of the
// workbook's drop-down.
type Ground string

const (
	CoversAI    Ground = "covers_ai"
	PublishOnly Ground = "publish_only"
	Expired     Ground = "expired" // or withdrawn
	NoGround    Ground = "none"
	Unknown     Ground = "unknown"
	Statutory   Ground = "statutory"
	NotNeeded   Ground = "not_needed"
)

// Period is when an item was public, seen from the start of training and from the objection.
type Period string

const (
	BeforeTraining Period = "before"  // published before 27.05.2025
	UntilObjection Period = "until"   // published since, before the objection
	AfterObjection Period = "after"   // published after it
	ObjectionOpen  Period = "open"    // published since, no objection yet
	PeriodUnknown  Period = "undated" // no date
)

// Risk is what one item means, weighed from its findings. Heaviest is the finding that decides.
type Risk struct {
	View           View           `json:"view"`
	Heaviest       classify.Label `json:"heaviest"`
	Today          Rating         `json:"today"`
	AfterObjection Rating         `json:"after_objection"`
	AfterCleanup   Rating         `json:"after_cleanup"`
	// Other is the other view of the same item, nil where it has none.
	Other *Rating `json:"other,omitempty"`
	// Ground is the one that counts: the reviewer's entry, else the proposed one.
	Ground    Ground `json:"ground"`
	GroundWhy []Step `json:"ground_why,omitempty"`
	// Proposed is what the owner's lists tell, whatever the reviewer entered.
	Proposed    Ground   `json:"proposed_ground"`
	ProposedWhy []Step   `json:"proposed_ground_why,omitempty"`
	Period      Period   `json:"period"`
	Exposed     int      `json:"exposed_days"` // days since training began, until the status date; see Row.ExposedDays
	Scenarios   []string `json:"scenarios"`    // "R-01" …
	Measure     string   `json:"measure"`      // proposed: code of the workbook's drop-down
	Law         []string `json:"law,omitempty"`
	// Weighed is every label in every view, of which the heaviest decides.
	Weighed    []Weighed `json:"weighed,omitempty"`
	MeasureWhy []Step    `json:"measure_why,omitempty"`
	Doubtful   []string  `json:"doubtful,omitempty"` // ids of counter-arguments
	Provider   string    `json:"provider,omitempty"` // name of the stock library or agency: see Law.ProviderNamed
	// Licence is what the owner's own licences say of the item, nil where the lists have none for it.
	Licence *LicenceTerms `json:"licence,omitempty"`
	// Former says that somebody shown or named has left: by the reviewer's entry, else as ProposedFormer, by the owner's list.
	Former         bool `json:"former,omitempty"`
	ProposedFormer bool `json:"proposed_former,omitempty"`
	// Farewell says that the text says goodbye to somebody of the staff: somebody may have left, which only a list can tell.
	Farewell bool `json:"farewell,omitempty"`
}

// In is the rating today in a view, nil where the item has none in it.
func (r *Risk) In(v View) *Rating {
	if r.View == v {
		return &r.Today
	}
	return r.Other
}

// Row is one item with everything that the outputs show of it.
type Row struct {
	Item     *scanner.Item
	Facts    []*picture.Facts // one per Item.Media, nil where nothing is known
	Findings []classify.Finding
	Risk     *Risk              // nil without finding, and for items that were not published
	Proposal string             // how the program alone rates it, in short; see Last.Change
	Number   int                // 17 = "B-00017"; 0 for items that are neither flagged nor in the sample
	Change   Change             // since the last register
	Group    int                // number of the group of equal pictures, 0 = none
	Sample   bool               // drawn to be looked at although nothing was found
	Gone     time.Time          // since when it is no longer found; zero = still there
	Decided  map[Field]Decision // newest decision of each field
	Thumb    []byte             // JPEG of the picture that decides, nil if none
	// Derivations is how the learned words came to the scores; for an explanation only.
	Derivations []classify.Derivation
}

// Change says what happened to an item since the last register.
type Change string

const (
	New       Change = "new"
	Unchanged Change = "unchanged"
	Changed   Change = "changed" // please look again
	// The post is the same, and the program rates it otherwise: Recheck where somebody had decided on it before.
	Rerated Change = "rerated"
	Recheck Change = "recheck"
	GoneNow Change = "gone" // no longer found
)

// Field is a review column that people fill in. The codes are those of excel-register's columns.
type Field string

// Decision is what one person entered in one field of one item.
type Decision struct {
	Item     scanner.Key `json:"item"`
	Field    Field       `json:"field"`
	Value    string      `json:"value"` // a code, a date as 2006-01-02, or free text; "" = emptied
	Reviewer string      `json:"reviewer,omitempty"`
	At       time.Time   `json:"at"`
	Base     string      `json:"base"`             // the value it replaced
	From     string      `json:"from,omitempty"`   // SHA-256 of the file it came in
	Forced   bool        `json:"forced,omitempty"` // taken over for a group of equal pictures
	Via      scanner.Key `json:"via,omitempty"`    // the item of the group that it was taken over from
	// Conflict: the field was changed in two places at once. Value is what counts, Against what was entered elsewhere.
	Conflict  bool   `json:"conflict,omitempty"`
	Against   string `json:"against,omitempty"`
	AgainstBy string `json:"against_by,omitempty"`
}

// Head is what the register says of itself.
type Head struct {
	Tool, Version string
	Organisation  string    // as the owner named it, "" = the accounts' names
	Lang          string    // "de" or "en": language of the register
	Started       time.Time // of the run
	Sources       []string  // as the user named them, without folders
	Accounts      []Account
	Tally         scanner.Tally
	Fingerprint   string // of rules and learned words
	LawVersion    string
	Detector      string    // who looked for people, "" = nobody
	Objection     time.Time // day of the objection, zero = none recorded
	StatusDate    time.Time // day for which risks are stated
	Hosts         []string  // that were contacted; empty = none
	Redact        bool      // previews blurred, for outsiders
	Zone          string    // IANA name of the zone in which times are shown, "" = Europe/Berlin
	Inputs        []Input   // what was read, for the audit trail
	Settings      []Setting // what the run was told
	Gaps          Gaps      // what the sources should hold and do not

	Lists []records.List // the owner's lists that were read
	// Listed is how much these lists hold.
	Listed records.Counts
}

// Input is one file, folder or edge of the API that was read.
type Input struct {
	Name     string // base name, or the edge
	Bytes    int64
	SHA256   string    // hex, "" where there is no single file
	Modified time.Time // when the file was last written, as its folder says: while that stays, SHA256 does
	Tally    scanner.Tally
}

// Setting is one value that the run was given, as the audit trail names it. Never a token or a path.
type Setting struct{ Name, Value string }

// RuleInfo is one rule as the register explains it.
type RuleInfo struct {
	ID     string
	Label  classify.Label
	Family string
	Weight float64
	Why    string // in the register's language
}

// Account is one page or profile in the register.
type Account struct {
	Platform scanner.Platform
	Name     string
	Items    int // published ones
	From, To time.Time
}

// Register is the whole result. It may be walked more than once and is never held in memory.
type Register struct {
	Head  Head
	Texts *Texts
	// Rules are explained on the sheet about the method, and give the sentences for evidence. Law is cited there.
	Rules []RuleInfo
	Law   *Law
	// Bands are the thresholds of the bands, nil where nobody knows the rules.
	Bands *classify.Settings
	// Rates say how often the rules were right on posts that they had not met; nil where nobody measured these rules.
	Rates *classify.Rates
	// Rows yields all items, flagged or not, in stable order: by publication, then key.
	Rows func(ctx context.Context) iter.Seq2[*Row, error]
	// Log is what people decided; nil if nobody did. Rows carry the decisions on items, Log also those on scenarios and
	// objections, and rows that somebody added by hand.
	Log *Log
	// Last is what the register before this one said; nil where nobody looked.
	Last *Last
	// Preview returns the small JPEG of a medium by its hash, nil if there is none.
	Preview func(scanner.Hash) ([]byte, error)
	// Notes yields why inputs are not in the register.
	Notes func(ctx context.Context) iter.Seq2[scanner.Note, error]
}

// A Writer puts one output of a register into a folder. It writes beside and renames; on error the folder is as before.
// It is called from one goroutine.
type Writer interface {
	Write(ctx context.Context, dir string, r *Register) error
}
