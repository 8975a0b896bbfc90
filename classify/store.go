package classify

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"

	"pagerisk/classify/picture"
	"pagerisk/scanner"
	"pagerisk/scanner/casefile"
)

// SaveFacts keeps what a looker found in those bytes.
func SaveFacts(tx *sql.Tx, hash scanner.Hash, looker string, f *picture.Facts) error {
	body, err := json.Marshal(f)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`INSERT INTO fact(hash, looker, body) VALUES(?, ?, ?) ON CONFLICT DO NOTHING`, hash[:], looker, string(body)); err != nil {
		return err
	}
	if len(f.Thumb) > 0 {
		_, err = tx.Exec(`INSERT INTO thumb(hash, jpeg) VALUES(?, ?) ON CONFLICT DO NOTHING`, hash[:], f.Thumb)
	}
	return err
}

// findFacts returns what that looker found in those bytes, nil if it has not looked.
func findFacts(ctx context.Context, c *casefile.Case, hash scanner.Hash, looker string) (*picture.Facts, error) {
	return scanFacts(c.Read().QueryRowContext(ctx, `SELECT body FROM fact WHERE hash = ? AND looker = ?`, hash[:], looker))
}

func scanFacts(row *sql.Row) (*picture.Facts, error) {
	var body []byte
	err := row.Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read facts: %w", err)
	}
	f := new(picture.Facts)
	if err := json.Unmarshal(body, f); err != nil {
		return nil, fmt.Errorf("read facts: %w", err)
	}
	return f, nil
}

// NewRecall returns what a scan may ask before it opens a medium again: what that looker (LookerID) found in the bytes.
func NewRecall(c *casefile.Case, looker string) scanner.Recall {
	return func(ctx context.Context, m scanner.Media) (scanner.Looked, bool) {
		facts, err := findFacts(ctx, c, m.SHA256, looker)
		if err != nil || facts == nil {
			return scanner.Looked{}, false // looking again is the remedy
		}
		l := look{media: m}
		l.known(facts, nil)
		return scanner.Looked{Media: l.media, Notes: l.notes}, true
	}
}

// FactReader reads the facts of many items: those of the looker of the newest scan, else those of any other. It is for
// one goroutine.
type FactReader struct {
	stmt *sql.Stmt
	last string // looker of the newest scan
}

// NewFactReader prepares the reading; the caller closes it.
func NewFactReader(ctx context.Context, c *casefile.Case) (*FactReader, error) {
	var last string
	err := c.Read().QueryRowContext(ctx, `SELECT looker FROM scan ORDER BY id DESC LIMIT 1`).Scan(&last)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("read facts: %w", err)
	}
	stmt, err := c.Read().PrepareContext(ctx, `SELECT body FROM fact WHERE hash = ?1 ORDER BY looker = ?2 DESC, looker LIMIT 1`)
	if err != nil {
		return nil, fmt.Errorf("read facts: %w", err)
	}
	return &FactReader{stmt, last}, nil
}

// Of returns what is known of each medium of an item, nil where nothing is.
func (r *FactReader) Of(ctx context.Context, item *scanner.Item) ([]*picture.Facts, error) {
	facts := make([]*picture.Facts, len(item.Media))
	// A row found by its key is there at once; a context that may end costs the driver a goroutine each time.
	ctx = context.WithoutCancel(ctx)
	for i, m := range item.Media {
		if m.SHA256 == (scanner.Hash{}) {
			continue
		}
		var err error
		if facts[i], err = scanFacts(r.stmt.QueryRowContext(ctx, m.SHA256[:], r.last)); err != nil {
			return nil, err
		}
	}
	return facts, nil
}

// Close releases the reader.
func (r *FactReader) Close() error { return r.stmt.Close() }

// Thumb returns the small JPEG of a medium, nil if there is none.
func Thumb(ctx context.Context, c *casefile.Case, hash scanner.Hash) ([]byte, error) {
	var jpeg []byte
	err := c.Read().QueryRowContext(ctx, `SELECT jpeg FROM thumb WHERE hash = ?`, hash[:]).Scan(&jpeg)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return jpeg, err
}

// Forget deletes the findings of an item, and facts and previews of bytes that no other item shows.
func Forget(ctx context.Context, tx *sql.Tx, key scanner.Key, alone []scanner.Hash) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM finding WHERE item = ?`, string(key)); err != nil {
		return fmt.Errorf("forget findings of %q: %w", key, err)
	}
	for _, hash := range alone {
		for _, q := range []string{`DELETE FROM fact WHERE hash = ?`, `DELETE FROM thumb WHERE hash = ?`} {
			if _, err := tx.ExecContext(ctx, q, hash[:]); err != nil {
				return fmt.Errorf("forget facts of %q: %w", key, err)
			}
		}
	}
	return nil
}

const (
	// batchFindings is how many items' findings land in one transaction.
	batchFindings = 5000
	// brokenNamed is how many items an error names when a detector breaks: one that always does would name a million.
	brokenNamed = 10
)

// Run classifies all published items of the case anew and stores the findings. Texts are never cached: a million of
// them takes seconds, and a rule that changed must not leave old findings behind. A detector that breaks on an item
// costs that item its signals and is returned as an error after all others are done.
func Run(ctx context.Context, c *casefile.Case, cl *Classifier, progress func(done int)) error {
	pages, err := Pages(ctx, c)
	if err != nil {
		return err
	}
	if err := c.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM finding`)
		return err
	}); err != nil {
		return fmt.Errorf("clear findings: %w", err)
	}
	type result struct {
		key      scanner.Key
		findings []Finding
		err      error
	}
	items := make(chan scanner.Stored, 256)
	results := make(chan result, 256)
	group, inner := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(items)
		for stored, err := range scanner.StoredItems(inner, c) {
			if err != nil {
				return err
			}
			select {
			case items <- stored:
			case <-inner.Done():
				return inner.Err()
			}
		}
		return nil
	})
	var working sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		working.Add(1)
		group.Go(func() error {
			defer working.Done()
			reader, err := NewFactReader(inner, c)
			if err != nil {
				return err
			}
			defer reader.Close()
			for stored := range items {
				if err := inner.Err(); err != nil {
					return err
				}
				item, err := stored.Item()
				if err != nil {
					return err
				}
				s, err := subject(inner, item, reader, pages)
				if err != nil {
					return err
				}
				if s == nil {
					continue
				}
				findings, err := cl.Classify(s)
				select {
				case results <- result{item.Key, findings, err}:
				case <-inner.Done():
					return inner.Err()
				}
			}
			return nil
		})
	}
	group.Go(func() error {
		working.Wait()
		close(results)
		return nil
	})
	var broken []error
	unnamed := 0
	group.Go(func() error {
		done := 0
		for open := true; open; {
			err := c.Write(inner, func(tx *sql.Tx) error {
				put, err := tx.PrepareContext(inner, `INSERT INTO finding(item, label, body) VALUES(?, ?, ?)`)
				if err != nil {
					return err
				}
				for range batchFindings {
					r, ok := <-results
					if !ok {
						open = false
						return nil
					}
					done++
					if r.err != nil && len(broken) < brokenNamed {
						broken = append(broken, r.err)
					} else if r.err != nil {
						unnamed++
					}
					for _, f := range r.findings {
						body, err := json.Marshal(f)
						if err != nil {
							return err
						}
						if _, err := put.ExecContext(context.WithoutCancel(inner), string(r.key), string(f.Label), string(body)); err != nil {
							return err
						}
					}
				}
				return nil
			})
			if err != nil {
				return fmt.Errorf("save findings: %w", err)
			}
			if progress != nil {
				progress(done)
			}
		}
		return nil
	})
	if err := group.Wait(); err != nil {
		return err
	}
	if unnamed > 0 {
		broken = append(broken, fmt.Errorf("and %d more items", unnamed))
	}
	return errors.Join(broken...)
}

// subject is what the classifier sees of an item, nil where it leaves the item alone.
func subject(ctx context.Context, item *scanner.Item, reader *FactReader, pages Publishers) (*Subject, error) {
	if item.State != scanner.Published || len(item.Media) == 0 {
		return nil, nil
	}
	facts, err := reader.Of(ctx, item)
	if err != nil {
		return nil, err
	}
	item.Lang = pages.Lang(item)
	return &Subject{Item: item, Facts: facts, Page: pages[PageKey{item.Platform, item.Account}].Page}, nil
}

// SubjectOf returns what Run gives the classifier of the item of that key or alias: nil if there is none, or where Run
// leaves it alone because nothing is published or no picture is there.
func SubjectOf(ctx context.Context, c *casefile.Case, key scanner.Key) (*Subject, error) {
	item, err := scanner.FindItem(ctx, c, key)
	if err != nil || item == nil {
		return nil, err
	}
	pages, err := Pages(ctx, c)
	if err != nil {
		return nil, err
	}
	reader, err := NewFactReader(ctx, c)
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	return subject(ctx, item, reader, pages)
}

// FindingsOf returns the stored findings of an item, in the order of Labels.
func FindingsOf(ctx context.Context, c *casefile.Case, key scanner.Key) ([]Finding, error) {
	rows, err := c.Read().QueryContext(ctx, `SELECT body FROM finding WHERE item = ?`, string(key))
	if err != nil {
		return nil, fmt.Errorf("read findings: %w", err)
	}
	defer rows.Close()
	byLabel := make(map[Label]Finding)
	for rows.Next() {
		var body sql.RawBytes
		if err := rows.Scan(&body); err != nil {
			return nil, fmt.Errorf("read findings: %w", err)
		}
		var f Finding
		if err := json.Unmarshal(body, &f); err != nil {
			return nil, fmt.Errorf("read findings: %w", err)
		}
		byLabel[f.Label] = f
	}
	var out []Finding
	for _, l := range Labels {
		if f, ok := byLabel[l]; ok {
			out = append(out, f)
		}
	}
	return out, rows.Err()
}

// PageKey names a publisher.
type PageKey struct {
	Platform scanner.Platform
	Account  string
}

// Publishers is what is known of each publisher of a case.
type Publishers map[PageKey]Publisher

// Publisher is a page with the language in which it mostly writes.
type Publisher struct {
	Page Page
	Lang string
}

// Lang is the language of an item's text, or that of its page where the text does not tell.
func (p Publishers) Lang(item *scanner.Item) string {
	return Language(item.Text, p[PageKey{item.Platform, item.Account}].Lang)
}

// sampledTexts is how many texts of an account are enough to tell what kind of page it is.
const sampledTexts = 500

// Pages looks at each account's name and texts and says what kind of publisher it is.
func Pages(ctx context.Context, c *casefile.Case) (Publishers, error) {
	samples := make(map[PageKey][]string)
	texts := make(map[PageKey]int)
	for stored, err := range scanner.StoredItems(ctx, c) {
		if err != nil {
			return nil, err
		}
		item, err := stored.Brief()
		if err != nil {
			return nil, err
		}
		key := PageKey{item.Platform, item.Account}
		have := samples[key]
		if item.Text != "" {
			texts[key]++
			if len(have) < sampledTexts {
				have = append(have, item.Text)
			} else if k := int(crc32.ChecksumIEEE([]byte(item.Key)) % uint32(texts[key])); k < len(have) {
				have[k] = item.Text // a page of many years is known by all of them (reservoir sampling)
			}
		}
		samples[key] = have
	}
	pages := make(Publishers, len(samples))
	for key, texts := range samples {
		category, err := c.Meta(ctx, "scanner.category."+string(key.Platform)+"."+key.Account)
		if err != nil {
			return nil, err
		}
		votes := make(map[string]int)
		best := "de"
		for _, t := range texts {
			l := Language(t, "")
			votes[l]++
			if l != "" && (votes[l] > votes[best] || votes[l] == votes[best] && l < best) {
				best = l
			}
		}
		pages[key] = Publisher{Page: PageOf(key.Account, category, texts), Lang: best}
	}
	return pages, nil
}
