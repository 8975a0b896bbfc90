package casefile_test

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"pagerisk/scanner/casefile"
)

func create(t *testing.T, dir string) *casefile.Case {
	t.Helper()
	c, err := casefile.Create(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func TestFolderIsForItsOwnerOnly(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "x.case")
	create(t, dir)
	for path, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, "case.db"): 0o600, filepath.Join(dir, "lock"): 0o600} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("mode of %s: %v, %v, want %v", filepath.Base(path), info.Mode().Perm(), err, want)
		}
	}
}

// An item is found whole on its page, as the comment at the pages' size has it.
func TestPagesHoldAnItem(t *testing.T) {
	const want = 16384
	var got int
	if err := create(t, t.TempDir()).Read().QueryRowContext(t.Context(), "PRAGMA page_size").Scan(&got); err != nil || got != want {
		t.Errorf("pages of a fresh case: %d bytes, %v, want %d", got, err, want)
	}
}

func TestErrors(t *testing.T) {
	other := t.TempDir()
	if err := os.WriteFile(filepath.Join(other, "holiday.jpg"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := casefile.Create(t.Context(), other); !errors.Is(err, casefile.ErrNotACase) {
		t.Errorf("Create in a folder with other things = %v, want %v", err, casefile.ErrNotACase)
	}
	export := t.TempDir()
	if err := os.Mkdir(filepath.Join(export, "media"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := casefile.Create(t.Context(), export); !errors.Is(err, casefile.ErrNotACase) {
		t.Errorf("Create in an unpacked export = %v, want %v", err, casefile.ErrNotACase)
	}
	if _, err := casefile.Open(t.Context(), t.TempDir()); !errors.Is(err, casefile.ErrNoCase) {
		t.Errorf("Open of an empty folder = %v, want %v", err, casefile.ErrNoCase)
	}
	dir := filepath.Join(t.TempDir(), "x.case")
	c := create(t, dir)
	if _, err := casefile.Create(t.Context(), dir); !errors.Is(err, casefile.ErrLocked) {
		t.Errorf("second Create = %v, want %v", err, casefile.ErrLocked)
	}
	if err := c.Write(t.Context(), func(tx *sql.Tx) error { _, err := tx.Exec("PRAGMA user_version = 99"); return err }); err != nil {
		t.Fatal(err)
	}
	c.Close()
	for name, open := range map[string]func() (*casefile.Case, error){
		"Create": func() (*casefile.Case, error) { return casefile.Create(t.Context(), dir) },
		"Open":   func() (*casefile.Case, error) { return casefile.Open(t.Context(), dir) },
	} {
		if _, err := open(); !errors.Is(err, casefile.ErrNewer) {
			t.Errorf("%s of a newer case = %v, want %v", name, err, casefile.ErrNewer)
		}
	}
}

func TestDamagedDatabase(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "x.case")
	create(t, dir).Close()
	for _, left := range []string{"case.db-wal", "case.db-shm"} {
		os.Remove(filepath.Join(dir, left))
	}
	if err := os.WriteFile(filepath.Join(dir, "case.db"), []byte("this is a text, and long enough to be read as a header of a database"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := casefile.Create(t.Context(), dir); !errors.Is(err, casefile.ErrDamaged) {
		t.Errorf("Create = %v, want %v", err, casefile.ErrDamaged)
	}
}

func TestWriteLandsWholeOrNotAtAll(t *testing.T) {
	c := create(t, filepath.Join(t.TempDir(), "x.case"))
	broken := errors.New("broken")
	err := c.Write(t.Context(), func(tx *sql.Tx) error {
		if _, err := tx.Exec("INSERT INTO meta(k, v) VALUES('a', '1')"); err != nil {
			return err
		}
		return broken
	})
	if !errors.Is(err, broken) {
		t.Fatalf("Write = %v", err)
	}
	if v, err := c.Meta(t.Context(), "a"); v != "" || err != nil {
		t.Errorf("Meta after a broken Write = %q, %v", v, err)
	}
	if err := c.SetMeta(t.Context(), "a", "2"); err != nil {
		t.Fatal(err)
	}
	if v, err := c.Meta(t.Context(), "a"); v != "2" || err != nil {
		t.Errorf("Meta = %q, %v", v, err)
	}
	if _, err := c.Read().Exec("DELETE FROM meta"); err == nil {
		t.Error("the reading connection writes")
	}
}

func TestWriteFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.txt")
	write := func(text string, err error) error {
		return casefile.WriteFile(path, func(f *os.File) error {
			f.WriteString(text)
			return err
		})
	}
	if err := write("good", nil); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	if err := write("half", broken); !errors.Is(err, broken) {
		t.Errorf("WriteFile = %v", err)
	}
	if data, _ := os.ReadFile(path); string(data) != "good" {
		t.Errorf("after a broken WriteFile the file holds %q", data)
	}
	if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) != 1 {
		t.Errorf("WriteFile left %v", entries)
	}
}

func TestWhatAKilledRunLeftGoes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "facebook [2.case")
	create(t, dir).Close()
	left := filepath.Join(dir, casefile.Unfinished+"gallery-1")
	if err := os.MkdirAll(filepath.Join(left, "img"), 0o700); err != nil {
		t.Fatal(err)
	}
	create(t, dir)
	if _, err := os.Stat(left); err == nil {
		t.Error("an unfinished folder is still there")
	}
}
