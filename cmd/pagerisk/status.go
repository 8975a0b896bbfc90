package main

import (
	"fmt"
	"maps"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"pagerisk/report"
	"pagerisk/scanner"
	"pagerisk/scanner/casefile"
)

// newStatusCommand says what the case holds: the account of all inputs, notes by code, what is complete.
func newStatusCommand(p *program) *cobra.Command {
	var s settings
	cmd := p.verb("status", "")
	s.caseFlag(p, cmd)
	cmd.Args = p.noArguments
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		ctx := cmd.Context()
		if err := s.findCase(p); err != nil {
			return err
		}
		c, err := s.open(ctx, false)
		if err != nil {
			return err
		}
		defer c.Close()
		passes, err := scanner.Passes(ctx, c)
		if err != nil {
			return err
		}
		for _, pass := range passes {
			switch {
			case pass.Replaced:
			case pass.Ended.IsZero():
				fmt.Fprintln(p.stdout, p.say("status_unfinished", "Source", pass.Name))
			default:
				fmt.Fprintln(p.stdout, p.say("status_read", "Source", pass.Name, "Day", pass.Ended))
				gaps, _, err := report.ReadGaps(ctx, c, pass.Source)
				if err != nil {
					return err
				}
				for _, line := range gaps.Lines(p.texts) {
					fmt.Fprintln(p.stdout, "  "+line)
				}
			}
		}
		if err := p.completeness(cmd, c); err != nil {
			return err
		}
		counts := make(map[scanner.Code]int)
		for n, err := range scanner.Notes(ctx, c) {
			if err != nil {
				return err
			}
			counts[n.Code]++
		}
		if len(counts) > 0 {
			fmt.Fprintln(p.stdout)
			w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
			for _, code := range slices.Sorted(maps.Keys(counts)) {
				fmt.Fprintf(w, "%s\t%s\t%s\n", p.texts.Int(int64(counts[code])), code, p.texts.Say("code."+string(code)))
			}
			if err := w.Flush(); err != nil {
				return err
			}
		}
		fmt.Fprintln(p.stdout)
		return p.sayTally(ctx, c)
	}
	return cmd
}

// completeness prints what was listed, read and missed, by account, year and kind.
func (p *program) completeness(cmd *cobra.Command, c *casefile.Case) error {
	table, err := report.Completeness(cmd.Context(), c)
	if err != nil || len(table) == 0 {
		return err
	}
	fmt.Fprintln(p.stdout)
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	for _, key := range []string{"account", "year", "kind", "items", "media", "media_read", "media_missing", "media_unreadable", "not_published"} {
		fmt.Fprintf(w, "%s\t", p.texts.Say("complete."+key))
	}
	fmt.Fprintln(w)
	for _, r := range table {
		year := "–"
		if r.Year > 0 {
			year = fmt.Sprint(r.Year)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t\n", r.Account, year, p.texts.Say("kind."+string(r.Kind)),
			r.Items, r.Media, r.MediaRead, r.MediaMissing, r.MediaUnreadable, r.NotPublished)
	}
	return w.Flush()
}
