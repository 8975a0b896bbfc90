package report

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"pagerisk/scanner"
	"pagerisk/scanner/casefile"
)

// Lack is what an export should hold of an account and does not, as far as that changes what can be said of a page.
type Lack struct {
	Platform scanner.Platform `json:"platform"`
	Product  string           `json:"product"` // "page", "profile", "facebook" or "instagram"
	Account  string           `json:"account,omitempty"`
	What     []string         `json:"what"` // codes of the catalogue of texts, as "no_posts"
}

// Gaps are the lacks of one source.
type Gaps struct {
	Lacks []Lack   `json:"lacks,omitempty"`
	Parts []string `json:"parts,omitempty"` // archives that are cut or damaged
}

// Any tells whether something is missing at all.
func (g Gaps) Any() bool { return len(g.Lacks)+len(g.Parts) > 0 }

// Lines are the gaps in words, the warning first; nil where nothing is missing.
func (g Gaps) Lines(t *Texts) []string {
	if !g.Any() {
		return nil
	}
	out := []string{t.Say("lack.warning")}
	for _, p := range g.Parts {
		out = append(out, t.Say("lack.part_damaged", "Name", p))
	}
	again := map[scanner.Platform]bool{}
	for _, l := range g.Lacks {
		var what []string
		for _, w := range l.What {
			what = append(what, t.Say("lack."+w))
		}
		out = append(out, t.Say("lack.of_account", "Product", t.Say("lack.product_"+l.Product), "Account", cmp.Or(l.Account, t.Say("lack.no_name")), "What", strings.Join(what, " · ")))
		again[l.Platform] = true
	}
	for _, p := range []scanner.Platform{scanner.Facebook, scanner.Instagram} {
		if again[p] {
			out = append(out, t.Say("lack.how_again", "How", t.Say("lack.again_"+string(p))))
		}
	}
	return out
}

const metaGaps = "report.gaps."

// SetGaps remembers the gaps of a source, also that it has none.
func SetGaps(ctx context.Context, c *casefile.Case, source string, g Gaps) error {
	body, err := json.Marshal(g)
	if err != nil {
		return err
	}
	return c.SetMeta(ctx, metaGaps+source, string(body))
}

// ReadGaps returns the gaps of a source, and whether anybody looked for them.
func ReadGaps(ctx context.Context, c *casefile.Case, source string) (g Gaps, known bool, err error) {
	body, err := c.Meta(ctx, metaGaps+source)
	if err != nil || body == "" {
		return g, false, err
	}
	if err := json.Unmarshal([]byte(body), &g); err != nil {
		return g, false, fmt.Errorf("stored gaps of %q: %w", source, err)
	}
	return g, true, nil
}

// allGaps are those of all sources that still count.
func allGaps(ctx context.Context, c *casefile.Case, passes []scanner.Pass) (Gaps, error) {
	var all Gaps
	for _, p := range passes {
		if p.Replaced {
			continue
		}
		g, _, err := ReadGaps(ctx, c, p.Source)
		if err != nil {
			return all, err
		}
		all.Lacks = append(all.Lacks, g.Lacks...)
		all.Parts = append(all.Parts, g.Parts...)
	}
	return all, nil
}
