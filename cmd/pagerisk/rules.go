package main

import (
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"pagerisk/classify"
	"pagerisk/report"
)

// newRulesCommand shows the rules that findings rest on, and checks them against their own examples.
func newRulesCommand(p *program) *cobra.Command {
	var dir string
	load := func() (*classify.Rules, error) { return p.rules(&settings{rules: dir}) }
	cmd := &cobra.Command{Use: "rules list|show|check", Short: p.say("rules.short"), Long: p.say("rules.long"), Example: "  pagerisk rules show employee.our-role",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError{errors.New(p.say("rules.no_verb", "Verb", args[0]))}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.PersistentFlags().StringVar(&dir, "rules", "", p.say("rules.flag_rules"))
	list := &cobra.Command{Use: "list", Short: p.say("rules.list"), Args: p.noArguments, RunE: func(*cobra.Command, []string) error {
		r, err := load()
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, strings.Join([]string{p.say("rules.id"), p.say("rules.label"), p.say("rules.family"), p.say("rules.weight"), p.say("rules.rate"), p.say("rules.why")}, "\t"))
		rates := classify.RatesOf(r)
		for _, rule := range r.All() {
			rate := "–" // never met, or rules that nobody measured
			if f, ok := rates.Of(rule); ok {
				rate = fmt.Sprintf("%d/%d", f.Right, f.Hits)
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%+.1f\t%s\t%s\n", rule.ID, rule.Label, rule.Family, rule.Weight, rate, p.why(rule))
		}
		return w.Flush()
	}}
	check := &cobra.Command{Use: "check", Short: p.say("rules.check"), Args: p.noArguments, RunE: func(*cobra.Command, []string) error {
		r, err := load()
		if err != nil {
			return err
		}
		if errs := r.Check(); len(errs) > 0 {
			for _, err := range errs {
				fmt.Fprintln(p.stderr, err)
			}
			return plainError{p.say("rules.check_failed", "Count", len(errs))}
		}
		fmt.Fprintln(p.stdout, p.say("rules.check_done", "Count", len(r.All())))
		return nil
	}}
	show := &cobra.Command{Use: "show ID", Short: p.say("rules.show"),
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError{errors.New(p.say("rules.need_id"))}
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			r, err := load()
			if err != nil {
				return err
			}
			rule := r.Rule(args[0])
			if rule == nil {
				// What the classifier itself adds has no file, but a reason.
				for _, own := range report.RecordRules(p.texts) {
					if own.ID == report.RuleName(args[0]) {
						fmt.Fprintln(p.stdout, own.Why)
						return nil
					}
				}
				return plainError{p.say("rules.unknown", "ID", args[0])}
			}
			p.showRule(rule)
			return nil
		}}
	cmd.AddCommand(list, check, show)
	return cmd
}

func (p *program) why(rule *classify.Rule) string {
	if p.texts.Lang == "en" {
		return rule.Why.En
	}
	return rule.Why.De
}

func (p *program) showRule(rule *classify.Rule) {
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	line := func(key, value string) {
		if value != "" {
			fmt.Fprintf(w, "%s\t%s\n", p.say("rules."+key), value)
		}
	}
	line("id", rule.ID)
	line("label", string(rule.Label))
	line("family", rule.Family)
	line("weight", fmt.Sprintf("%+.1f", rule.Weight))
	line("kind", rule.Kind)
	line("why", p.why(rule))
	line("where", rule.Where())
	line("fields", strings.Join(rule.Fields, ", "))
	line("pages", strings.Join(rule.Pages, ", "))
	line("any", strings.Join(rule.Any, " · "))
	for _, list := range rule.All {
		line("all", strings.Join(list, " · "))
	}
	line("regexp", rule.Regexp)
	line("fact", rule.Fact)
	line("unless", strings.Join(append(append([]string{}, rule.Unless...), rule.NotNear...), " · "))
	line("needs", strings.Join(rule.Needs, ", "))
	for _, e := range rule.Match {
		line("match", e.String())
	}
	for _, e := range rule.Miss {
		line("miss", e.String())
	}
	w.Flush()
}
