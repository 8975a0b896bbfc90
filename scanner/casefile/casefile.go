// Package casefile keeps the state of one audit in one folder: it opens, locks and migrates the SQLite file and hands out
// transactions. Its one rule: SQL, no domain. Which package owns which table is written in schema.sql; no other package
// touches a table that it does not own, and no other package imports the SQLite driver.
package casefile

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"modernc.org/sqlite"
	sqlitelib "modernc.org/sqlite/lib"
)

//go:embed schema.sql
var schema string

// Errors that a caller may tell apart.
var (
	ErrLocked   = errors.New("another run is using the case")
	ErrNoCase   = errors.New("no case here")
	ErrNewer    = errors.New("the case was written by a newer version")
	ErrNotACase = errors.New("not a case folder")
	ErrDamaged  = errors.New("the case's database is damaged")
)

// Name of the database inside a case folder.
const dbName = "case.db"

// Unfinished begins the names of files and folders that are being written beside their place. What a killed run left of
// them goes when the case is opened for writing again.
const Unfinished = ".tmp-"

// Case is an open case folder. Its methods are safe for concurrent use; writes are done one at a time.
type Case struct {
	dir   string
	write *sql.DB
	read  *sql.DB
	lock  *os.File
}

// Create opens the case in dir for writing, makes it if it is not there, and holds its lock until Close. The error
// wraps ErrLocked while another process holds it, ErrNewer or ErrNotACase where dir is something else.
func Create(ctx context.Context, dir string) (*Case, error) {
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return nil, fmt.Errorf("make case folder: %w", err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, fmt.Errorf("make case folder: %w", err)
	}
	if err := checkIsCase(dir); err != nil {
		return nil, err
	}
	// A folder that somebody made by hand may be open to others; it will hold personal data.
	if err := os.Chmod(dir, 0o700); err != nil {
		return nil, fmt.Errorf("close case folder to others: %w", err)
	}
	lock, err := acquire(filepath.Join(dir, "lock"))
	if err != nil {
		return nil, err
	}
	c, err := open(ctx, dir, false)
	if err == nil {
		err = removeUnfinished(dir)
	}
	if err != nil {
		release(lock)
		return nil, err
	}
	c.lock = lock
	return c, nil
}

func removeUnfinished(dir string) error {
	entries, err := os.ReadDir(dir) // not Glob: the folder's own name may have brackets
	if err != nil {
		return fmt.Errorf("clean case folder: %w", err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), Unfinished) {
			continue
		}
		if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
			return fmt.Errorf("clean case folder: %w", err)
		}
	}
	return nil
}

// Open opens an existing case for reading. The error wraps ErrNoCase where there is none.
func Open(ctx context.Context, dir string) (*Case, error) {
	if _, err := os.Stat(filepath.Join(dir, dbName)); err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("open %q: %w", dir, ErrNoCase)
		}
		return nil, fmt.Errorf("open %q: %w", dir, err)
	}
	return open(ctx, dir, true)
}

// checkIsCase refuses a folder that holds other things: writing a case into somebody's pictures would mix them. Folders
// like "media" prove nothing: exports have them too.
func checkIsCase(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("read case folder: %w", err)
	}
	known := map[string]bool{
		dbName: true, "lock": true, "config.toml": true, "decisions.jsonl": true, "register.xlsx": true,
		"items.jsonl": true, "records": true,
	}
	for _, e := range entries {
		if known[e.Name()] {
			return nil
		}
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") {
			return fmt.Errorf("use %q as case folder: %w", dir, ErrNotACase)
		}
	}
	return nil
}

func open(ctx context.Context, dir string, readOnly bool) (*Case, error) {
	path := filepath.Join(dir, dbName)
	c := &Case{dir: dir}
	mode := "rwc"
	if readOnly {
		mode = "rw"
	}
	// Pages of 16 KB hold an item, or what is found of it, whole. In the usual 4 KB it spills over, and every search for
	// a key reads the spill of what it passes.
	dsn := (&url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(path)}).String() + "?mode=" + mode +
		"&_pragma=page_size(16384)&_pragma=busy_timeout(10000)&_pragma=foreign_keys(0)&_pragma=synchronous(NORMAL)&_pragma=cache_size(-16384)&_pragma=temp_store(MEMORY)"
	var err error
	if c.write, err = sql.Open("sqlite", dsn+"&_txlock=immediate"); err != nil {
		return nil, fmt.Errorf("open %q: %w", dbName, err)
	}
	// One writing connection: SQLite has one writer anyway, and waiting in Go is fairer than busy errors.
	c.write.SetMaxOpenConns(1)
	if c.read, err = sql.Open("sqlite", dsn+"&_pragma=query_only(1)"); err != nil {
		c.write.Close()
		return nil, fmt.Errorf("open %q: %w", dbName, err)
	}
	c.read.SetMaxOpenConns(4)
	if err := c.prepare(ctx, readOnly); err != nil {
		c.Close()
		var broken *sqlite.Error
		if errors.As(err, &broken) && (broken.Code() == sqlitelib.SQLITE_NOTADB || broken.Code() == sqlitelib.SQLITE_CORRUPT) {
			err = fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		return nil, fmt.Errorf("open %q: %w", dbName, err)
	}
	return c, nil
}

func (c *Case) prepare(ctx context.Context, readOnly bool) error {
	if !readOnly {
		if _, err := c.write.ExecContext(ctx, "PRAGMA journal_mode="+journalMode(c.dir)); err != nil {
			return err
		}
		if err := os.Chmod(filepath.Join(c.dir, dbName), 0o600); err != nil {
			return err
		}
	}
	migrations := strings.Split(schema, "\n-- migration ")[1:]
	var have int
	if err := c.write.QueryRowContext(ctx, "PRAGMA user_version").Scan(&have); err != nil {
		return err
	}
	if have > len(migrations) {
		return ErrNewer
	}
	if readOnly {
		if have < len(migrations) {
			return fmt.Errorf("%w: run the scan again first", ErrNoCase)
		}
		return nil
	}
	for i := have; i < len(migrations); i++ {
		_, body, _ := strings.Cut(migrations[i], "\n")
		err := c.Write(ctx, func(tx *sql.Tx) error {
			if _, err := tx.ExecContext(ctx, body); err != nil {
				return err
			}
			_, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version=%d", i+1))
			return err
		})
		if err != nil {
			return fmt.Errorf("migration %d: %w", i+1, err)
		}
	}
	return nil
}

// Dir is the case folder.
func (c *Case) Dir() string { return c.dir }

// Path is the path of a file in the case folder.
func (c *Case) Path(elem ...string) string { return filepath.Join(append([]string{c.dir}, elem...)...) }

// Read is for queries; it refuses to write.
func (c *Case) Read() *sql.DB { return c.read }

// Write runs f in one transaction: all of it lands, or nothing.
func (c *Case) Write(ctx context.Context, f func(tx *sql.Tx) error) error {
	tx, err := c.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := f(tx); err != nil {
		tx.Rollback()
		return err
	}
	return tx.Commit()
}

// Meta returns a value that SetMeta stored, "" if none.
func (c *Case) Meta(ctx context.Context, key string) (string, error) {
	var v string
	err := c.read.QueryRowContext(ctx, "SELECT v FROM meta WHERE k = ?", key).Scan(&v)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return v, err
}

// SetMeta stores a value under a name; keys are prefixed with the package that owns them ("report.locale").
func (c *Case) SetMeta(ctx context.Context, key, value string) error {
	return c.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO meta(k, v) VALUES(?, ?) ON CONFLICT(k) DO UPDATE SET v = excluded.v", key, value)
		return err
	})
}

// Vacuum overwrites what was deleted, so that what is forgotten is gone from the file too.
func (c *Case) Vacuum(ctx context.Context) error {
	if _, err := c.write.ExecContext(ctx, "VACUUM"); err != nil {
		return fmt.Errorf("vacuum: %w", err)
	}
	_, err := c.write.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	return err
}

// Close releases the lock and the file.
func (c *Case) Close() error {
	err := errors.Join(c.read.Close(), c.write.Close())
	if c.lock != nil {
		release(c.lock)
		c.lock = nil
	}
	return err
}

// WriteFile puts a file into place whole or not at all: f writes beside, then it is synced and renamed. The file is
// readable by its owner only.
func WriteFile(path string, f func(w *os.File) error) (err error) {
	tmp, err := os.CreateTemp(filepath.Dir(path), Unfinished+filepath.Base(path)+"-*")
	if err != nil {
		return fmt.Errorf("write %q: %w", filepath.Base(path), err)
	}
	defer func() {
		if err != nil {
			tmp.Close()
			os.Remove(tmp.Name())
		}
	}()
	if err := f(tmp); err != nil {
		return fmt.Errorf("write %q: %w", filepath.Base(path), err)
	}
	if err := tmp.Sync(); err != nil {
		return fmt.Errorf("write %q: %w", filepath.Base(path), err)
	}
	if err := tmp.Close(); err != nil {
		return fmt.Errorf("write %q: %w", filepath.Base(path), err)
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return fmt.Errorf("write %q: %w", filepath.Base(path), err)
	}
	return nil
}
