package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pagerisk/fixtures"
	"pagerisk/report"
	"pagerisk/scanner/casefile"
)

func newProgram(t *testing.T) (*program, *casefile.Case) {
	t.Helper()
	c, err := casefile.Create(t.Context(), filepath.Join(t.TempDir(), "x.case"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return &program{world: world{stdout: io.Discard, stderr: io.Discard, now: now, transport: noNetwork{}}, texts: report.NewTexts("de")}, c
}

// filesRead are the digests that a case has, by name.
func filesRead(t *testing.T, c *casefile.Case) map[string]string {
	t.Helper()
	have, err := report.FilesRead(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	out := make(map[string]string)
	for _, in := range have {
		out[in.Name] = in.SHA256
	}
	return out
}

// Whoever interrupts does not wait until the archives, which may have many gigabytes, are read for their digests.
func TestInterruptHashesNothing(t *testing.T) {
	p, c := newProgram(t)
	path := filepath.Join(t.TempDir(), "facebook.zip")
	if err := os.WriteFile(path, fixtures.Zip(fixtures.Member{Name: "posts/profile_posts_1.json", Data: []byte("[]")}), 0o600); err != nil {
		t.Fatal(err)
	}
	s := settings{people: "none"}
	opened, err := p.openSources(t.Context(), &s, []string{path})
	if err != nil {
		t.Fatal(err)
	}
	defer opened.close()
	interrupted, interrupt := context.WithCancel(t.Context())
	interrupt()
	for name, f := range map[string]func() error{
		"while it is read":   func() error { return p.scan(interrupted, c, &s, opened) },
		"while it is hashed": func() error { return p.rememberInputs(interrupted, c, opened.paths) },
		"in the middle": func() error {
			ctx, interrupt := context.WithCancel(t.Context())
			large := filepath.Join(t.TempDir(), "large.zip")
			if err := errors.Join(os.WriteFile(large, nil, 0o600), os.Truncate(large, 3*digestPiece)); err != nil {
				t.Fatal(err)
			}
			_, _, err := digest(ctx, large, func(done int64) {
				if interrupt(); done > digestPiece {
					t.Errorf("%d bytes are read after the interrupt", done-digestPiece)
				}
			})
			return err
		},
	} {
		if err := f(); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: error %v, want %v", name, err, context.Canceled)
		}
		if got := filesRead(t, c); len(got) > 0 {
			t.Errorf("%s: digests %v, want none", name, got)
		}
	}
}

// An archive that is as large and as old as before is not read again for its digest.
func TestUnchangedArchivesAreNotHashedAgain(t *testing.T) {
	p, c := newProgram(t)
	dir := t.TempDir()
	one, two, folder := filepath.Join(dir, "1.zip"), filepath.Join(dir, "2.zip"), filepath.Join(dir, "folder")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	write := func(path, content string, at time.Time) {
		t.Helper()
		if err := errors.Join(os.WriteFile(path, []byte(content), 0o600), os.Chtimes(path, at, at)); err != nil {
			t.Fatal(err)
		}
	}
	sum := func(content string) string {
		h := sha256.Sum256([]byte(content))
		return hex.EncodeToString(h[:])
	}
	write(two, "unchanged", now())
	for _, tt := range []struct {
		name, content string
		at            time.Time
		want          string
	}{
		{"first", "aaaa", now(), "aaaa"},
		{"same size and time", "bbbb", now(), "aaaa"}, // proves that nobody looked
		{"another time", "bbbb", now().Add(time.Hour), "bbbb"},
		{"another size", "bbbbb", now().Add(time.Hour), "bbbbb"},
	} {
		write(one, tt.content, tt.at)
		if err := p.rememberInputs(t.Context(), c, []string{one, two, folder}); err != nil {
			t.Fatal(err)
		}
		want := map[string]string{"1.zip": sum(tt.want), "2.zip": sum("unchanged"), "folder": ""}
		if diff := cmp.Diff(want, filesRead(t, c)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}
