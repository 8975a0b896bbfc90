package classify_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pagerisk/classify"
	"pagerisk/classify/picture"
	"pagerisk/scanner"
	"pagerisk/scanner/casefile"
)

// echo is a looker that tells what the bytes say, and counts how often it was asked.
type echo struct {
	version int
	asked   int
}

func (e *echo) Name() string { return "echo" }
func (e *echo) Version() int { return e.version }
func (e *echo) Look(_ context.Context, r io.Reader, _ picture.Limits) (*picture.Facts, error) {
	e.asked++
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	facts := &picture.Facts{Format: "jpeg", Width: len(data), Thumb: []byte("thumb")}
	switch string(data) {
	case "broken":
		return facts, fmt.Errorf("decode: %w", picture.ErrCorrupt)
	case "huge":
		return nil, picture.ErrTooLarge
	case "avif":
		return &picture.Facts{Format: "avif", Missing: []string{"pixels", "people"}}, nil
	case "video":
		return &picture.Facts{Format: "mp4", Video: true, Missing: []string{"people"}}, nil
	case "bug":
		panic("index out of range")
	}
	return facts, nil
}

func looking(t *testing.T, e *echo) (*casefile.Case, func(scanner.Media, error) scanner.Looked) {
	t.Helper()
	c, err := casefile.Create(t.Context(), t.TempDir()+"/x.case")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	look := classify.NewLook(c, e, picture.Limits{})
	return c, func(m scanner.Media, broken error) scanner.Looked {
		l, err := look(t.Context(), m, func(ref string) (io.ReadCloser, error) {
			if broken != nil {
				return nil, broken
			}
			return io.NopCloser(strings.NewReader(ref)), nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if l.Save != nil {
			if err := c.Write(t.Context(), func(tx *sql.Tx) error { return l.Save(tx) }); err != nil {
				t.Fatal(err)
			}
		}
		return l
	}
}

func TestLookStatus(t *testing.T) {
	for _, tt := range []struct {
		ref    string
		open   error
		status scanner.Status
		code   scanner.Code
	}{
		{"fine", nil, scanner.OK, ""},
		{"broken", nil, scanner.Unreadable, scanner.CodeUnreadable},
		{"huge", nil, scanner.TooLarge, scanner.CodeTooLarge},
		{"avif", nil, scanner.Unsupported, scanner.CodeUnsupported},
		{"video", nil, scanner.OK, scanner.CodeNoPeople},
		{"bug", nil, scanner.Unreadable, scanner.CodePanic},
		{"", nil, scanner.Missing, scanner.CodeMissing},
		{"gone", fmt.Errorf("part 2: %w", scanner.ErrMissing), scanner.Missing, scanner.CodeMissing},
		{"far", scanner.ErrRemote, scanner.Remote, scanner.CodeRemote},
		{"wire", errors.New("reset"), scanner.Unreadable, scanner.CodeUnreadable},
	} {
		t.Run(tt.ref, func(t *testing.T) {
			_, look := looking(t, &echo{})
			l := look(scanner.Media{Ref: tt.ref}, tt.open)
			var code scanner.Code
			if len(l.Notes) > 0 {
				code = l.Notes[0].Code
			}
			if l.Media.Status != tt.status || code != tt.code || len(l.Notes) > 1 {
				t.Errorf("look = %s, notes %v, want %s, %s", l.Media.Status, l.Notes, tt.status, tt.code)
			}
		})
	}
}

func TestFactsAreKeptByBytesAndLooker(t *testing.T) {
	e := &echo{version: 1}
	c, look := looking(t, e)
	for range 2 {
		l := look(scanner.Media{Ref: "fine"}, nil)
		if l.Media.SHA256 != sha256.Sum256([]byte("fine")) || l.Media.Bytes != 4 || l.Media.Width != 4 {
			t.Errorf("look = %+v", l.Media)
		}
	}
	if e.asked != 1 {
		t.Errorf("the looker was asked %d times for the same bytes", e.asked)
	}
	e.version = 2
	again := classify.NewLook(c, e, picture.Limits{})
	if _, err := again(t.Context(), scanner.Media{Ref: "fine"}, func(string) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader("fine")), nil
	}); err != nil || e.asked != 2 {
		t.Errorf("another version was asked %d times, %v", e.asked, err)
	}
	thumb, err := classify.Thumb(t.Context(), c, sha256.Sum256([]byte("fine")))
	if err != nil || string(thumb) != "thumb" {
		t.Errorf("Thumb = %q, %v", thumb, err)
	}
}

// A file that is larger than what is held in memory is looked at while it streams, and hashed whole.
func TestLargeFilesStream(t *testing.T) {
	data := bytes.Repeat([]byte("0123456789abcdef"), 33<<16)
	c, _ := looking(t, &echo{})
	look := classify.NewLook(c, &echo{}, picture.Limits{})
	l, err := look(t.Context(), scanner.Media{Ref: "x"}, func(string) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil })
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(scanner.Hash(sha256.Sum256(data)), l.Media.SHA256); diff != "" || l.Media.Bytes != int64(len(data)) {
		t.Errorf("hash of %d bytes of %d (-want +got):\n%s", l.Media.Bytes, len(data), diff)
	}
}

func TestLookEndsWithTheContext(t *testing.T) {
	c, _ := looking(t, &echo{})
	ctx, cancel := context.WithCancel(t.Context())
	look := classify.NewLook(c, &echo{}, picture.Limits{})
	_, err := look(ctx, scanner.Media{Ref: "x"}, func(string) (io.ReadCloser, error) {
		cancel()
		return nil, errors.New("cut")
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("look = %v, want %v", err, context.Canceled)
	}
}
