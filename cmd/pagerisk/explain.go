package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"pagerisk/classify"
	"pagerisk/report"
	"pagerisk/scanner/casefile"
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
		if err := s.findCase(p); err != nil {
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
		row, err := report.FindRow(ctx, c, reg, rowName(args[0]))
		if err != nil {
			return err
		}
		if row == nil {
			return plainError{p.say("explain_none", "Key", args[0])}
		}
		if row.Derivations, err = p.derivations(ctx, c, &s, row); err != nil {
			return err
		}
		_, err = fmt.Fprintln(p.stdout, strings.Join(report.ExplainRisk(p.texts, reg, row), "\n"))
		return err
	}
	return cmd
}

// rowNumber is a register's number as people write it.
var rowNumber = regexp.MustCompile(`^[Bb]?[-– ]?([0-9]{1,9})$`)

// rowName is what the register calls what people name: a key as it is, "b17" and "17" like "B-00017".
func rowName(name string) string {
	if m := rowNumber.FindStringSubmatch(strings.TrimSpace(name)); m != nil {
		return "B-" + m[1]
	}
	return name
}

// derivations judges an item anew, to tell how the learned words weighed what was found. Where the rules or the lists have
// changed since, the stored findings are of another sum, and the derivation is left out with a note.
func (p *program) derivations(ctx context.Context, c *casefile.Case, s *settings, row *report.Row) ([]classify.Derivation, error) {
	subject, err := classify.SubjectOf(ctx, c, row.Item.Key)
	if err != nil || subject == nil {
		return nil, err
	}
	classifier, err := p.classifier(c, s)
	if err != nil {
		return nil, err
	}
	findings, all, err := classifier.Explain(subject)
	if err != nil {
		return nil, err
	}
	same := func(a, b classify.Finding) bool { return a.Label == b.Label && a.Score == b.Score }
	if !slices.EqualFunc(findings, row.Findings, same) {
		p.note("explain_changed")
		return nil, nil
	}
	return all, nil
}
