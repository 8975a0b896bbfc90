package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"pagerisk/report"
	"pagerisk/report/gallery"
	"pagerisk/report/workbook"
	"pagerisk/scanner/casefile"
)

const (
	registerName = "register.xlsx"
	historyName  = "history"
)

// writers are all outputs, in the order in which they are written: what machines read first, what people open last.
func (p *program) writers(s *settings) []report.Writer {
	all := []report.Writer{report.Lines{}, gallery.Writer{}}
	if s.csv {
		all = append(all, workbook.CSV{})
	}
	return append(all, workbook.Writer{})
}

// takeIn reads what people entered in the register that lies in the case. A register that cannot be read is no reason to
// stop: it stays in history/, and the person is told.
func (p *program) takeIn(ctx context.Context, c *casefile.Case) (report.Summary, error) {
	path := c.Path(registerName)
	returned, err := workbook.Read(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return report.Summary{}, nil
	case errors.Is(err, workbook.ErrNewerSchema):
		return report.Summary{}, err
	case err != nil:
		p.note("old_register_unreadable", "Path", filepath.Join(historyName, historyFile(path, 0)))
		return report.Summary{}, nil
	}
	return report.TakeIn(ctx, c, returned, p.now())
}

// historyFile is the name under which an earlier register is kept: when it was last changed, so that names sort by time.
func historyFile(path string, n int) string {
	stamp := "undated"
	if info, err := os.Stat(path); err == nil {
		stamp = info.ModTime().Format("2006-01-02_150405")
	}
	if n > 0 {
		return fmt.Sprintf("register_%s_%d.xlsx", stamp, n)
	}
	return fmt.Sprintf("register_%s.xlsx", stamp)
}

// keepOld puts a second name on the register that is about to be replaced, so that at every moment one of the two is
// whole. It returns where it is kept, "" where there was none.
func keepOld(c *casefile.Case) (string, error) {
	path := c.Path(registerName)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err := os.MkdirAll(c.Path(historyName), 0o700); err != nil {
		return "", fmt.Errorf("keep the earlier register: %w", err)
	}
	for n := 0; ; n++ {
		to := c.Path(historyName, historyFile(path, n))
		err := os.Link(path, to)
		if err != nil && !errors.Is(err, fs.ErrExist) {
			err = copyNew(path, to) // file systems without links
		}
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return "", fmt.Errorf("keep the earlier register: %w", err)
		}
		return to, nil
	}
}

func copyNew(from, to string) error {
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(dst, src)
	return errors.Join(err, dst.Close())
}

// sayDone prints where the results are and what they say, and fails with errPartly where something could not be read.
func (p *program) sayDone(ctx context.Context, c *casefile.Case, s *settings, r *report.Register, taken report.Summary, kept string) error {
	var items, flagged, high, aside, again int
	for row, err := range r.Rows(ctx) {
		if err != nil {
			return err
		}
		items++
		if row.LookAgain() {
			again++
		}
		// What counts is what the sheet of findings counts: without what is gone, with people's own ratings.
		if row.Risk != nil && row.Gone.IsZero() {
			flagged++
			likelihood, severity := row.Rated()
			switch l := report.LevelOf(likelihood * severity); {
			case l != report.High && l != report.VeryHigh:
			case row.Decided[report.FieldStatus].Value == "no_risk":
				aside++
			default:
				high++
			}
		}
	}
	without := ""
	if aside > 0 {
		without = p.say("done_aside", "Count", aside)
	}
	fmt.Fprintln(p.stdout, p.say("done_counts", "Items", items, "Flagged", flagged, "High", high, "Aside", without))
	if owner, err := p.owner(c.Path(listsFolder)); err == nil && len(owner.Lists()) > 0 {
		n := owner.Counts()
		fmt.Fprintln(p.stdout, p.say("done_lists", "People", n.People, "Consents", n.Consents, "Licences", n.Licences, "Known", n.Known))
	}
	for _, line := range r.Head.Gaps.Lines(p.texts) {
		fmt.Fprintln(p.stdout, line)
	}
	if n, odd := taken.New+taken.Changed, len(taken.Unknown)+len(taken.Odd)+taken.Altered; n+odd > 0 || taken.Conflicts > 0 {
		fmt.Fprintln(p.stdout, p.say("done_decisions", "New", n, "Conflicts", taken.Conflicts, "Unknown", len(taken.Unknown)))
		if taken.Conflicts > 0 {
			fmt.Fprintln(p.stdout, p.say("done_conflicts"))
		}
		p.sayOdd(p.stderr, taken)
	}
	if again > 0 {
		fmt.Fprintln(p.stdout, p.say("done_again", "Count", again))
	}
	if kept != "" {
		fmt.Fprintln(p.stdout, p.say("done_history", "Path", kept))
	}
	fmt.Fprintln(p.stdout, p.say("done_register", "Path", c.Path(registerName)))
	fmt.Fprintln(p.stdout, p.say("done_gallery", "Path", c.Path("gallery", "index.html")))
	if s.offline {
		fmt.Fprintln(p.stdout, p.say("done_offline"))
	}
	if n := r.Head.Tally.Failed; n > 0 {
		fmt.Fprintln(p.stdout, p.say("done_unread", "Count", n))
		return errPartly
	}
	return nil
}
