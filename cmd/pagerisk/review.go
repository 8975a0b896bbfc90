package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"pagerisk/report"
	"pagerisk/report/workbook"
)

// newReviewCommand takes decisions out of a copy that came back: a workbook, or the file that the gallery hands out.
func newReviewCommand(p *program) *cobra.Command {
	var s settings
	var apply bool
	cmd := p.verb("review", "FILE...")
	s.caseFlag(p, cmd)
	cmd.Flags().BoolVar(&apply, "apply", false, p.say("flag_apply"))
	cmd.Args = func(_ *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usageError{errors.New(p.say("review_no_file"))}
		}
		return nil
	}
	cmd.RunE = func(cmd *cobra.Command, files []string) error {
		if err := s.findCase(p); err != nil {
			return err
		}
		return p.review(cmd.Context(), &s, files, apply)
	}
	return cmd
}

// review reads all files before it changes anything: one that cannot be read changes nothing.
func (p *program) review(ctx context.Context, s *settings, files []string, apply bool) error {
	var all []*report.Returned
	for _, path := range files {
		ret, err := readReturned(path)
		if err != nil {
			return err
		}
		all = append(all, ret)
	}
	c, err := s.open(ctx, apply)
	if err != nil {
		return err
	}
	defer c.Close()
	something := false
	for _, ret := range all {
		var sum report.Summary
		if apply {
			sum, err = report.TakeIn(ctx, c, ret, p.now())
		} else {
			var log *report.Log
			var last *report.Last
			if log, last, err = report.ReadDecided(ctx, c); err == nil {
				sum = report.Merge(log, last, ret, p.now())
			}
		}
		if err != nil {
			return err
		}
		p.saySummary(ret, sum)
		something = something || sum.New+sum.Changed+sum.Conflicts+len(sum.Unknown) > 0
	}
	switch {
	case !something:
		fmt.Fprintln(p.stdout, p.say("review_nothing"))
	case apply:
		fmt.Fprintln(p.stdout, p.say("review_applied"))
	default:
		fmt.Fprintln(p.stdout, p.say("review_dry"))
	}
	return nil
}

// readReturned reads a file by what is in it, whatever its name says.
func readReturned(path string) (*report.Returned, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read decisions: %w", err)
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("read %q: %w", filepath.Base(path), workbook.ErrNotRegister)
	}
	var magic [4]byte
	n, err := io.ReadFull(f, magic[:])
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read decisions: %w", err)
	}
	switch string(magic[:n]) {
	case "PK\x03\x04", "\xd0\xcf\x11\xe0":
		return workbook.Read(path)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("read decisions: %w", err)
	}
	ret, err := report.ReadDecisions(f, filepath.Base(path))
	if err != nil {
		return nil, err
	}
	if len(ret.Rows) == 0 && len(ret.Unknown) == 0 {
		return nil, fmt.Errorf("read %q: %w", filepath.Base(path), workbook.ErrNotRegister)
	}
	return ret, nil
}

// maxProblems are told one by one; the rest is a number.
const maxProblems = 20

func (p *program) saySummary(ret *report.Returned, sum report.Summary) {
	fmt.Fprintln(p.stdout, p.say("review_sum", "File", ret.Name,
		"Read", p.say("review_read", "Count", sum.Read), "New", p.texts.Int(int64(sum.New)), "Changed", p.texts.Int(int64(sum.Changed)),
		"Conflicts", p.say("review_conflicts", "Count", sum.Conflicts), "Unknown", p.say("review_unknown", "Count", len(sum.Unknown))))
	p.sayOdd(p.stdout, sum)
}

// sayOdd says what of a returned file is not as it went out, and what was made of it.
func (p *program) sayOdd(w io.Writer, sum report.Summary) {
	say := func(key string, pairs ...any) { fmt.Fprintln(w, p.say(key, pairs...)) }
	for _, n := range []struct {
		key string
		n   int
	}{
		{"review_grouped", sum.Grouped}, {"review_kept", sum.Kept}, {"review_manual", sum.Manual}, {"review_missing", sum.Missing}, {"review_altered", sum.Altered},
	} {
		if n.n > 0 {
			say(n.key, "Count", n.n)
		}
	}
	told := 0
	for _, problems := range [][]report.Problem{sum.Unknown, sum.Odd} {
		for _, pr := range problems {
			if told++; told <= maxProblems {
				fmt.Fprintln(w, "  "+p.texts.Say("returned."+pr.Code, "Where", pr.Where, "Value", pr.Value))
			}
		}
	}
	if told > maxProblems {
		say("review_more", "Count", told-maxProblems)
	}
}

// reviewHint is what a person can do about a file that cannot be taken in.
func (p *program) reviewHint(err error) string {
	for _, h := range []struct {
		err error
		key string
	}{
		{workbook.ErrNewerSchema, "hint_newer_register"}, {workbook.ErrMacros, "hint_macros"}, {workbook.ErrEncrypted, "hint_encrypted_register"},
		{workbook.ErrTooLarge, "hint_register_too_large"}, {workbook.ErrDamaged, "hint_damaged_register"}, {workbook.ErrNotRegister, "hint_not_register"},
	} {
		if errors.Is(err, h.err) {
			return p.say(h.key, "Name", subject(err))
		}
	}
	return ""
}
