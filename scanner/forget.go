package scanner

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
)

// Forget deletes an item with its other names and notes, inside a transaction of the caller's. It returns the hashes of
// the item's media that no other item shows: what else is known of those bytes can go too. The account of inputs stays
// as it was, because they were seen.
func Forget(ctx context.Context, tx *sql.Tx, key Key) ([]Hash, error) {
	var body string
	if err := tx.QueryRowContext(ctx, `SELECT body FROM item WHERE key = ?`, string(key)).Scan(&body); err != nil {
		return nil, fmt.Errorf("forget %q: %w", key, err)
	}
	var item Item
	if err := json.Unmarshal([]byte(body), &item); err != nil {
		return nil, fmt.Errorf("forget %q: %w", key, err)
	}
	for _, q := range []string{
		`DELETE FROM item WHERE key = ?`, `DELETE FROM alias WHERE key = ?`,
		// The note stays, because it is part of the account; what it says of the item goes.
		`UPDATE note SET item = '', place = '', detail = '' WHERE item = ?`,
	} {
		if _, err := tx.ExecContext(ctx, q, string(key)); err != nil {
			return nil, fmt.Errorf("forget %q: %w", key, err)
		}
	}
	var alone []Hash
	for _, m := range item.Media {
		if m.SHA256 == (Hash{}) {
			continue
		}
		var others int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM item WHERE instr(body, ?) > 0`, m.SHA256.String()).Scan(&others); err != nil {
			return nil, fmt.Errorf("forget %q: %w", key, err)
		}
		if others == 0 {
			alone = append(alone, m.SHA256)
		}
	}
	return alone, nil
}
