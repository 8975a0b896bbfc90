package main

import (
	"context"
	"fmt"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"pagerisk/report"
	"pagerisk/scanner"
	"pagerisk/scanner/casefile"
)

// newDiffCommand says what is new, changed and gone: between the last register and the one before it, and since then.
func newDiffCommand(p *program) *cobra.Command {
	var s settings
	var all bool
	cmd := p.verb("diff", "")
	s.caseFlag(p, cmd)
	cmd.Flags().BoolVar(&all, "all", false, p.say("flag_all"))
	cmd.Args = p.noArguments
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := s.findCase(p); err != nil {
			return err
		}
		c, err := s.open(cmd.Context(), false)
		if err != nil {
			return err
		}
		defer c.Close()
		return p.diff(cmd.Context(), c, all)
	}
	return cmd
}

func (p *program) diff(ctx context.Context, c *casefile.Case, all bool) error {
	last, err := report.ReadLast(ctx, c)
	if err != nil {
		return err
	}
	if last.At.IsZero() {
		fmt.Fprintln(p.stdout, p.say("diff_no_register"))
	} else {
		changes := last.Changes()
		if last.First() {
			fmt.Fprintln(p.stdout, p.say("diff_first", "Day", last.At, "Count", len(last.Items)))
		} else {
			fmt.Fprintln(p.stdout, p.say("diff_last", "Day", last.At, "New", len(changes[report.New]), "Changed", len(changes[report.Changed]),
				"Rerated", len(changes[report.Rerated])+len(changes[report.Recheck]), "Gone", len(changes[report.GoneNow])))
			p.sayChanges(changes, last.Items, all)
		}
	}
	now, items, err := report.Since(ctx, c, last)
	if err != nil {
		return err
	}
	if len(now[report.New])+len(now[report.Changed]) > 0 {
		fmt.Fprintln(p.stdout, p.say("diff_since", "New", len(now[report.New]), "Changed", len(now[report.Changed])))
		p.sayChanges(now, items, all)
	}
	return nil
}

// listed are named one by one unless --all is given.
const listed = 20

func (p *program) sayChanges(changes map[report.Change][]scanner.Key, items map[scanner.Key]report.Shown, all bool) {
	for _, change := range []report.Change{report.Recheck, report.Changed, report.New, report.Rerated, report.GoneNow} {
		keys := changes[change]
		for i, key := range keys {
			if i == listed && !all {
				fmt.Fprintln(p.stdout, "  "+p.say("diff_more", "Count", len(keys)-i))
				break
			}
			s := items[key]
			number := "–"
			if s.Number > 0 {
				number = fmt.Sprintf("B-%05d", s.Number)
			}
			fmt.Fprintf(p.stdout, "  %s · %s · %s · %s · %s\n", p.texts.Say("change."+string(change)), number, p.texts.Date(s.Created), p.texts.Say("kind."+string(s.Kind)), oneLine(s.Text, string(key)))
		}
	}
}

// oneLine is the beginning of a text without line ends and without what a terminal would obey; the key where there is no
// text.
func oneLine(s, key string) string {
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
	if s == "" {
		return key
	}
	return s
}
