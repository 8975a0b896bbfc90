package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"pagerisk/report"
	"pagerisk/scanner"
)

// newForgetCommand deletes items from a case for good, for retention and for people who ask to be forgotten.
func newForgetCommand(p *program) *cobra.Command {
	var s settings
	var history bool
	cmd := p.verb("forget", "KEY...")
	s.caseFlag(p, cmd)
	cmd.Flags().BoolVar(&history, "history", false, p.say("flag_forget_history"))
	cmd.Args = func(_ *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usageError{errors.New(p.say("forget_none"))}
		}
		return nil
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		ctx := cmd.Context()
		if err := s.findCase(p); err != nil {
			return err
		}
		c, err := p.existing(ctx, &s)
		if err != nil {
			return err
		}
		defer c.Close()
		// What people entered in the register is taken in first; only what is to be forgotten may be lost.
		if _, err := p.takeIn(ctx, c); err != nil {
			return err
		}
		reg, err := p.register(ctx, c, &s)
		if err != nil {
			return err
		}
		var keys []scanner.Key
		for _, name := range args {
			row, err := report.FindRow(ctx, c, reg, rowName(name))
			if err != nil {
				return err
			}
			if row == nil {
				return plainError{p.say("explain_none", "Key", name)}
			}
			keys = append(keys, row.Item.Key)
		}
		if err := report.Forget(ctx, c, keys); err != nil {
			return err
		}
		if reg, err = p.register(ctx, c, &s); err != nil {
			return err
		}
		for _, w := range p.writers(&s) {
			if err := w.Write(ctx, c.Dir(), reg); err != nil {
				return err
			}
		}
		if err := report.KeepShown(ctx, c, reg); err != nil {
			return err
		}
		if history {
			if err := os.RemoveAll(c.Path(historyName)); err != nil {
				return fmt.Errorf("forget earlier registers: %w", err)
			}
		}
		fmt.Fprintln(p.stdout, p.say("forgotten", "Count", len(keys)))
		if entries, err := os.ReadDir(c.Path(historyName)); err == nil && len(entries) > 0 {
			p.note("forget_history", "Path", c.Path(historyName))
		}
		return nil
	}
	return cmd
}
