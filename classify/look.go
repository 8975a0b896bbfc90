package classify

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"pagerisk/classify/picture"
	"pagerisk/scanner"
	"pagerisk/scanner/casefile"
)

// wholeFile is up to which size a medium is held in memory, so that its hash is known before anybody looks and a cached
// fact saves the look. Pictures of Meta stay far below; larger files (videos) are looked at while they stream.
const wholeFile = 32 << 20

// LookerID names a looker with its version, as the cache of facts and the scan know it.
func LookerID(l picture.Looker) string { return fmt.Sprintf("%s@%d", l.Name(), l.Version()) }

// NewLook returns the scan's look at a medium: it opens the bytes once, hashes them, and asks the looker unless the case
// already has facts about the same bytes from the same looker.
func NewLook(c *casefile.Case, looker picture.Looker, limits picture.Limits) scanner.Look {
	id := LookerID(looker)
	buffers := sync.Pool{New: func() any { return new(bytes.Buffer) }}
	return func(ctx context.Context, m scanner.Media, open func(string) (io.ReadCloser, error)) (scanner.Looked, error) {
		buf := buffers.Get().(*bytes.Buffer)
		buf.Reset()
		defer buffers.Put(buf)
		l := look{c: c, looker: looker, id: id, limits: limits, buf: buf, media: m}
		l.run(ctx, open)
		if ctx.Err() != nil {
			return scanner.Looked{}, ctx.Err()
		}
		return scanner.Looked{Media: l.media, Notes: l.notes, Save: l.save}, nil
	}
}

// look is one look at one medium.
type look struct {
	c      *casefile.Case
	looker picture.Looker
	id     string
	limits picture.Limits
	buf    *bytes.Buffer
	media  scanner.Media
	notes  []scanner.Note
	save   func(*sql.Tx) error
}

func (l *look) run(ctx context.Context, open func(string) (io.ReadCloser, error)) {
	defer func() {
		if p := recover(); p != nil {
			l.fail(scanner.Unreadable, scanner.CodePanic, fmt.Errorf("%v", p))
		}
	}()
	if l.media.Ref == "" {
		if l.media.Status == "" || l.media.Status == scanner.OK {
			l.media.Status = scanner.Missing
		}
		l.notes = append(l.notes, scanner.Note{Code: statusCode[l.media.Status]})
		return
	}
	r, err := open(l.media.Ref)
	if err != nil && ctx.Err() == nil && !errors.Is(err, scanner.ErrMissing) && !errors.Is(err, scanner.ErrRemote) &&
		!errors.Is(err, scanner.ErrTooLarge) && !errors.Is(err, scanner.ErrCorrupt) {
		r, err = open(l.media.Ref)
	}
	if err != nil {
		l.failWith(err)
		return
	}
	defer r.Close()
	n, err := l.buf.ReadFrom(io.LimitReader(r, wholeFile))
	if err != nil {
		l.failWith(err)
		return
	}
	if n < wholeFile {
		l.whole(ctx)
		return
	}
	l.stream(ctx, io.MultiReader(bytes.NewReader(l.buf.Bytes()), r))
}

func (l *look) whole(ctx context.Context) {
	l.media.SHA256 = sha256.Sum256(l.buf.Bytes())
	l.media.Bytes = int64(l.buf.Len())
	facts, err := findFacts(ctx, l.c, l.media.SHA256, l.id)
	if err == nil && facts != nil {
		l.known(facts, nil)
		return
	}
	facts, err = l.looker.Look(ctx, bytes.NewReader(l.buf.Bytes()), l.limits)
	l.learned(facts, err)
}

func (l *look) stream(ctx context.Context, r io.Reader) {
	hash := sha256.New()
	counted := &countingReader{r: io.TeeReader(r, hash)}
	facts, err := l.looker.Look(ctx, counted, l.limits)
	if _, copyErr := io.Copy(io.Discard, counted); copyErr != nil && err == nil {
		err = copyErr
	}
	l.media.SHA256 = [32]byte(hash.Sum(nil))
	l.media.Bytes = counted.n
	l.learned(facts, err)
}

type countingReader struct {
	r io.Reader
	n int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// learned takes facts that are new, and keeps them for the next run.
func (l *look) learned(facts *picture.Facts, err error) {
	l.known(facts, err)
	// What failed may succeed with the next version, and costs little to find out again.
	if facts == nil || err != nil && !errors.Is(err, picture.ErrUnsupported) {
		return
	}
	hash := l.media.SHA256
	l.save = func(tx *sql.Tx) error { return SaveFacts(tx, hash, l.id, facts) }
}

func (l *look) known(facts *picture.Facts, err error) {
	l.media.Status = scanner.OK
	if facts != nil {
		l.media.Format, l.media.Width, l.media.Height = facts.Format, facts.Width, facts.Height
		l.media.Video = facts.Video || l.media.Video && facts.Format == ""
		if facts.People == nil && err == nil {
			if slices.Contains(facts.Missing, "pixels") {
				l.media.Status = scanner.Unsupported
				l.notes = append(l.notes, scanner.Note{Code: scanner.CodeUnsupported, Detail: facts.Format})
			} else if slices.Contains(facts.Missing, "people") {
				l.notes = append(l.notes, scanner.Note{Code: scanner.CodeNoPeople, Detail: facts.Format})
			}
		}
	}
	if err != nil {
		l.failWith(err)
	}
}

var statusCode = map[scanner.Status]scanner.Code{
	scanner.Missing: scanner.CodeMissing, scanner.Unreadable: scanner.CodeUnreadable, scanner.Unsupported: scanner.CodeUnsupported,
	scanner.TooLarge: scanner.CodeTooLarge, scanner.Remote: scanner.CodeRemote,
}

func (l *look) failWith(err error) {
	status := scanner.Unreadable
	switch {
	case errors.Is(err, scanner.ErrMissing):
		status = scanner.Missing
	case errors.Is(err, scanner.ErrRemote):
		status = scanner.Remote
	case errors.Is(err, scanner.ErrTooLarge), errors.Is(err, picture.ErrTooLarge):
		status = scanner.TooLarge
	case errors.Is(err, scanner.ErrUnsupported), errors.Is(err, picture.ErrUnsupported):
		status = scanner.Unsupported
	}
	l.fail(status, statusCode[status], err)
}

func (l *look) fail(status scanner.Status, code scanner.Code, err error) {
	l.media.Status = status
	l.notes = append(l.notes, scanner.Note{Code: code, Detail: err.Error()})
}
