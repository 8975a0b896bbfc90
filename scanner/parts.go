package scanner

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"pagerisk/scanner/casefile"
)

// PartsJoin stands between the parts of a source in its name: "fb-1.zip + fb-2.zip".
const PartsJoin = " + "

// Covers reports whether a source of the first name has all parts of one of the second.
func Covers(name, other string) bool {
	return within(strings.Split(other, PartsJoin), strings.Split(name, PartsJoin))
}

func within(some, all []string) bool {
	return !slices.ContainsFunc(some, func(part string) bool { return !slices.Contains(all, part) })
}

// metaParts begins the name under which a case has the Options.Parts of a source.
const metaParts = "scanner.parts."

func saveParts(ctx context.Context, tx *sql.Tx, source string, parts []string) error {
	if len(parts) == 0 {
		return nil
	}
	body, err := json.Marshal(parts)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO meta(k, v) VALUES(?, ?) ON CONFLICT(k) DO UPDATE SET v = excluded.v`, metaParts+source, string(body))
	return err
}

func readParts(source, body string) (parts []string, err error) {
	if body == "" {
		return nil, nil
	}
	if err := json.Unmarshal([]byte(body), &parts); err != nil {
		return nil, fmt.Errorf("stored parts of %q: %w", source, err)
	}
	return parts, nil
}

// ReadTogether returns the pass that has read all these parts to its end together with others, nil if there is none that
// counts. Such parts are not to be read again alone: everything would count twice, and a part lacks the pictures that
// stand in the others. parts are Options.Parts.
func ReadTogether(ctx context.Context, c *casefile.Case, parts []string) (*Pass, error) {
	if len(parts) == 0 {
		return nil, nil
	}
	passes, err := Passes(ctx, c)
	if err != nil {
		return nil, err
	}
	for _, p := range slices.Backward(passes) {
		if !p.Replaced && !p.Ended.IsZero() && len(p.Parts) > len(parts) && within(parts, p.Parts) {
			return &p, nil
		}
	}
	return nil, nil
}

// Shares reports whether a source of these parts has some in common with the pass that it does not replace: their inputs
// then count in both. A pass is replaced by a source that has all of its parts, or all of its names.
func (p Pass) Shares(name string, parts []string) bool {
	return !p.Replaced && !Covers(name, p.Name) && !within(p.Parts, parts) &&
		slices.ContainsFunc(parts, func(part string) bool { return slices.Contains(p.Parts, part) })
}

// Namesake reports whether a source has a part that is called like one of the pass, with or without ".zip", and does not
// replace the pass: another archive under the same name, or an archive and the folder that it was unpacked to.
func (p Pass) Namesake(name string) bool {
	mine := plainNames(p.Name)
	return !p.Replaced && !Covers(name, p.Name) &&
		slices.ContainsFunc(plainNames(name), func(part string) bool { return slices.Contains(mine, part) })
}

func plainNames(name string) (plain []string) {
	for part := range strings.SplitSeq(name, PartsJoin) {
		plain = append(plain, strings.TrimSuffix(strings.ToLower(part), ".zip"))
	}
	return plain
}
