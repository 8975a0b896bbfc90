package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"pagerisk/report"
)

// newExplainCommand prints the whole chain of one item, from where it stood to how it was rated.
func newExplainCommand(p *program) *cobra.Command {
	var s settings
	cmd := p.verb("explain", "KEY")
	s.caseFlag(p, cmd)
	cmd.Flags().StringVar(&s.law, "law", "", p.say("flag_law"))
	cmd.Args = func(_ *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usageError{errors.New(p.say("explain_one"))}
		}
		return nil
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		ctx := cmd.Context()
		if err := s.findCase(); err != nil {
			return err
		}
		c, err := s.open(ctx, false)
		if err != nil {
			return err
		}
		defer c.Close()
		reg, err := p.register(ctx, c, &s)
		if err != nil {
			return err
		}
		row, err := report.FindRow(ctx, c, reg, args[0])
		if err != nil {
			return err
		}
		if row == nil {
			return plainError{p.say("explain_none", "Key", args[0])}
		}
		_, err = fmt.Fprintln(p.stdout, strings.Join(report.ExplainRisk(p.texts, reg, row), "\n"))
		return err
	}
	return cmd
}
