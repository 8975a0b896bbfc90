package scanner

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"pagerisk/scanner/casefile"
)

// ErrTally means that the account of inputs does not add up: a bug, and a reason not to trust the run.
var ErrTally = errors.New("seen is not read + skipped + failed")

// Look opens one medium, once, and tells what became of it. It fills the part of Media below "Status", and may save what
// it found in the same transaction in which the item lands. It must return ctx.Err() when the context ended.
type Look func(ctx context.Context, m Media, open func(ref string) (io.ReadCloser, error)) (Looked, error)

// Recall returns what the looker of this scan found in the bytes that the medium's SHA256 names, without opening them;
// false where it has not looked.
type Recall func(ctx context.Context, m Media) (Looked, bool)

// Looked is what a look at one medium gave.
type Looked struct {
	Media Media
	Notes []Note                 // Where and Item are filled in by the scan
	Save  func(tx *sql.Tx) error // nil: nothing to save
}

// Options of a scan.
type Options struct {
	// Name is what the user calls the source, its parts joined by PartsJoin; a later source of the same name, or of more
	// parts, replaces the account of the earlier one.
	Name string
	// Parts names what the source is made of, whatever the user calls it: each the same only where the same bytes are a
	// part. The same bytes may have two names, as a folder whose files were given another time. nil where it is not made
	// of parts.
	Parts []string
	// Again reads a source again that was read to its end before: for sources that live, such as the API.
	Again bool
	// Recall, if set, trusts the name of a medium: one that the case has under the same ID and Ref is asked for there
	// before it is opened. For sources whose numbers stand for the same bytes for good, such as the API's.
	Recall Recall
	// Look is nil where nobody looks into media. Looker names what looks, with its version: another one looks again.
	Look     Look
	Looker   string
	Workers  int              // 0 = one per processor
	Progress func(Tally)      // called after each batch, from one goroutine; may be nil
	Now      func() time.Time // needed
}

const (
	// batchEntries and batchTime bound what a killed run repeats. 2,000 rows are where SQLite's cost per commit vanishes.
	batchEntries = 2000
	batchTime    = time.Second
	// queued is how far the reader may run ahead of the writer; with workers it bounds the memory of a scan.
	queued = 256
)

// job is one entry on its way through the pipeline.
type job struct {
	entry  Entry
	looked []Looked // one per medium
	err    error
	done   chan struct{}
}

// Scan reads a source into the case: what is new, or what an earlier scan left unread. Items and cursor land in one
// transaction, so that a scan that was killed goes on where it stopped. A non-nil error means that the source could not
// be read to its end; what was read is kept.
func Scan(ctx context.Context, c *casefile.Case, src Source, o Options) error {
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	s, err := begin(ctx, c, src.ID(), o)
	if err != nil {
		return fmt.Errorf("begin scan: %w", err)
	}
	if s.ended {
		return nil
	}

	jobs := make(chan *job, queued)
	work := make(chan *job, queued)
	group, inner := errgroup.WithContext(ctx)
	var readErr error // written by the reader before it closes jobs
	group.Go(func() error {
		defer close(jobs)
		defer close(work)
		readErr = read(inner, src, s.cursor, o, jobs, work)
		return nil
	})
	for range o.Workers {
		group.Go(func() error {
			for j := range work {
				j.look(inner, src, o.Look, s.known)
				close(j.done)
			}
			return nil
		})
	}
	group.Go(func() error { return s.write(inner, jobs, o) })
	err = group.Wait()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return err
	case readErr != nil:
		return readErr
	}
	return s.end(ctx, o)
}

// read runs the source and hands its entries on, in order to jobs and, where there is something to look at, to work.
func read(ctx context.Context, src Source, after Cursor, o Options, jobs, work chan<- *job) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("read source: panic: %v", p)
		}
	}()
	// A list that shows a post's pictures again would have them opened again; the writer merges such items, so that
	// nobody misses the second look.
	opened := make(map[string]struct{})
	for e, err := range src.Read(ctx, after) {
		if err != nil {
			return err
		}
		j := &job{entry: e, done: make(chan struct{})}
		if !wantsLook(e.Item, o, opened) {
			close(j.done)
		} else {
			select {
			case work <- j:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		select {
		case jobs <- j:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func wantsLook(item *Item, o Options, opened map[string]struct{}) bool {
	if item == nil || o.Look == nil || len(item.Media) == 0 {
		return false
	}
	again := rank(item) > 0
	for _, m := range item.Media {
		if _, ok := opened[m.Ref]; !ok {
			again = false
		}
		if m.Ref != "" {
			opened[m.Ref] = struct{}{}
		}
	}
	return !again
}

func (j *job) look(ctx context.Context, src Source, look Look, known Recall) {
	defer func() {
		if p := recover(); p != nil {
			j.err = fmt.Errorf("look at media of %q: panic: %v", where(j.entry.Item), p)
		}
	}()
	j.looked = make([]Looked, len(j.entry.Item.Media))
	for i, m := range j.entry.Item.Media {
		if have, ok := known(ctx, m); ok {
			j.looked[i] = have
			continue
		}
		open := func(ref string) (io.ReadCloser, error) { return src.Open(ctx, ref) }
		var err error
		if j.looked[i], err = look(ctx, m, open); err != nil {
			j.err = err
			return
		}
	}
}

// write commits jobs in the order in which the source gave them, in batches with their cursor.
func (s *scan) write(ctx context.Context, jobs <-chan *job, o Options) error {
	// What is finished lands also when the run is interrupted: that is what the next run builds on.
	lasting := context.WithoutCancel(ctx)
	tick := time.NewTicker(batchTime)
	defer tick.Stop()
	var batch []*job
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		if err := s.commit(lasting, batch, o); err != nil {
			return fmt.Errorf("save what was read: %w", err)
		}
		batch = batch[:0]
		if o.Progress != nil {
			o.Progress(s.tally)
		}
		return nil
	}
	for {
		select {
		case <-tick.C:
			if err := flush(); err != nil {
				return err
			}
		case j, ok := <-jobs:
			if !ok {
				return flush()
			}
			for waiting := true; waiting; {
				select {
				case <-j.done:
					waiting = false
				case <-tick.C:
					if err := flush(); err != nil {
						return err
					}
				case <-ctx.Done():
					// Workers close done also then; only what is ready now is kept.
					select {
					case <-j.done:
						waiting = false
					default:
						return errors.Join(flush(), ctx.Err())
					}
				}
			}
			if j.err != nil {
				return errors.Join(flush(), j.err)
			}
			if batch = append(batch, j); len(batch) >= batchEntries {
				if err := flush(); err != nil {
					return err
				}
			}
		}
	}
}
