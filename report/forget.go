package report

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"pagerisk/classify"
	"pagerisk/scanner"
	"pagerisk/scanner/casefile"
)

// Forget deletes items with everything that the case knows of them: texts, findings, previews, what people decided.
// Their register numbers are not given again. The reports that were written before still show them; the caller writes
// new ones. Keys may be other names of an item; one that the case does not have is an error, and nothing is deleted.
func Forget(ctx context.Context, c *casefile.Case, names []scanner.Key) error {
	gone := make(map[scanner.Key]bool)
	var keys []scanner.Key
	for _, name := range names {
		item, err := scanner.FindItem(ctx, c, name)
		if err != nil {
			return err
		}
		if item == nil {
			return fmt.Errorf("forget %q: %w", name, ErrNoItem)
		}
		if !gone[item.Key] {
			keys = append(keys, item.Key)
		}
		gone[item.Key] = true
		for _, alias := range item.Aliases {
			gone[alias] = true
		}
	}
	// The file first: it is the truth, and a database that still knows an item can be asked to forget it again.
	if err := forgetDecisions(c, gone); err != nil {
		return err
	}
	err := c.Write(ctx, func(tx *sql.Tx) error {
		for _, key := range keys {
			alone, err := scanner.Forget(ctx, tx, key)
			if err != nil {
				return err
			}
			if err := classify.Forget(ctx, tx, key, alone); err != nil {
				return err
			}
			for _, q := range []string{
				`DELETE FROM shown WHERE item = ?`,
				`UPDATE number SET item = 'forgotten:' || no WHERE item = ?`,
			} {
				if _, err := tx.ExecContext(ctx, q, string(key)); err != nil {
					return fmt.Errorf("forget %q: %w", key, err)
				}
			}
		}
		for key := range gone {
			if _, err := tx.ExecContext(ctx, `DELETE FROM decision WHERE item = ?`, string(key)); err != nil {
				return fmt.Errorf("forget decisions on %q: %w", key, err)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	// A deleted row stays readable in the file until its page is written again.
	return c.Vacuum(ctx)
}

// ErrNoItem: the case has no item of that name.
var ErrNoItem = errors.New("no such item")

// forgetDecisions writes decisions.jsonl again without the lines about items that are to be forgotten. A line that
// cannot be read stays: nobody knows what it is about.
func forgetDecisions(c *casefile.Case, gone map[scanner.Key]bool) error {
	f, err := os.Open(c.Path(logName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("forget decisions: %w", err)
	}
	defer f.Close()
	in := bufio.NewReader(f)
	return casefile.WriteFile(c.Path(logName), func(w *os.File) error {
		out := bufio.NewWriter(w)
		for {
			line, readErr := in.ReadBytes('\n')
			var d Decision
			if len(line) > 0 && !(json.Unmarshal(line, &d) == nil && (gone[d.Item] || gone[d.Via])) {
				if _, err := out.Write(line); err != nil {
					return err
				}
			}
			if readErr != nil {
				return out.Flush()
			}
		}
	})
}
