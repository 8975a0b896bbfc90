package classify

import (
	_ "embed"
	"fmt"
	"sync"

	"github.com/BurntSushi/toml"
)

//go:embed rates.toml
var ratesFile string

// Rates are the published hit rates of the built-in rules: measured on rows that no rule was tuned on, by
// `go run ./classify/evaluate --rates`.
type Rates struct {
	Corpus   []string     `toml:"corpus"` // names of the files, none where nothing was measured yet
	Rows     int          `toml:"rows"`
	Rules    string       `toml:"rules"` // Rules.Digest of the rules that were measured
	Labels   []LabelRate  `toml:"label"`
	Families []FamilyRate `toml:"family"`
}

// LabelRate counts the findings of one label, bands possible and up.
type LabelRate struct {
	Label Label `toml:"label"`
	TP    int   `toml:"tp"`
	FP    int   `toml:"fp"`
	FN    int   `toml:"fn"`
}

// FamilyRate says in how many findings of the label a family of rules took part, and how many of those were right.
type FamilyRate struct {
	Label  Label  `toml:"label"`
	Family string `toml:"family"`
	Hits   int    `toml:"hits"`
	Right  int    `toml:"right"`
}

// PublishedRates returns the hit rates that the program carries.
var PublishedRates = sync.OnceValue(func() *Rates {
	r := new(Rates)
	if _, err := toml.Decode(ratesFile, r); err != nil {
		panic(fmt.Sprintf("rates.toml: %v", err)) // embedded: a bug, found by any test
	}
	return r
})

// RatesOf returns the published rates of those rules, nil where nobody measured them.
func RatesOf(rules *Rules) *Rates {
	if r := PublishedRates(); r.Rows > 0 && r.Rules == rules.Digest() {
		return r
	}
	return nil
}

// Of returns the rate of a rule's family; false where it took part in no finding, or nobody measured it.
func (r *Rates) Of(rule *Rule) (FamilyRate, bool) {
	if r == nil {
		return FamilyRate{}, false
	}
	for _, f := range r.Families {
		if f.Label == rule.Label && f.Family == rule.Family {
			return f, true
		}
	}
	return FamilyRate{}, false
}
