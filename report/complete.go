package report

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"time"

	"pagerisk/scanner"
	"pagerisk/scanner/casefile"
)

// Complete is one line of the completeness report: what the sources list of one account, year and kind, and what of it
// could be read. It says what the sources list, never what was published.
type Complete struct {
	Platform        scanner.Platform
	Account         string
	Year            int // 0 = unknown
	Kind            scanner.Kind
	Items           int
	NotPublished    int // of Items: in the trash, archived, drafts, in groups, unlisted, unknown
	Media           int
	MediaRead       int
	MediaMissing    int // listed, but not in the archive or only an address
	MediaUnreadable int // there, but broken, too large or of a format that nobody here can read
}

// Completeness counts the items of a case by account, year in Berlin, and kind, in that order.
func Completeness(ctx context.Context, c *casefile.Case) ([]Complete, error) {
	return completeness(scanner.Items(ctx, c), Berlin)
}

// CompletenessOf is Completeness over the rows of a register, with years in its zone.
func CompletenessOf(ctx context.Context, r *Register) ([]Complete, error) {
	return completeness(func(yield func(*scanner.Item, error) bool) {
		for row, err := range r.Rows(ctx) {
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(row.Item, nil) {
				return
			}
		}
	}, r.Head.Started.Location())
}

func completeness(items iter.Seq2[*scanner.Item, error], zone *time.Location) ([]Complete, error) {
	type key struct {
		platform scanner.Platform
		account  string
		year     int
		kind     scanner.Kind
	}
	lines := make(map[key]*Complete)
	for item, err := range items {
		if err != nil {
			return nil, err
		}
		k := key{item.Platform, item.Account, 0, item.Kind}
		if !item.Created.IsZero() {
			k.year = item.Created.In(zone).Year()
		}
		l := lines[k]
		if l == nil {
			l = &Complete{Platform: k.platform, Account: k.account, Year: k.year, Kind: k.kind}
			lines[k] = l
		}
		l.Items++
		if item.State != scanner.Published {
			l.NotPublished++
		}
		for _, m := range item.Media {
			l.Media++
			switch m.Status {
			case scanner.OK:
				l.MediaRead++
			case scanner.Missing, scanner.Remote:
				l.MediaMissing++
			default:
				l.MediaUnreadable++
			}
		}
	}
	var out []Complete
	for _, l := range lines {
		out = append(out, *l)
	}
	slices.SortFunc(out, func(a, b Complete) int {
		return cmp.Or(cmp.Compare(a.Platform, b.Platform), cmp.Compare(a.Account, b.Account),
			cmp.Compare(a.Year, b.Year), cmp.Compare(a.Kind, b.Kind))
	})
	return out, nil
}
