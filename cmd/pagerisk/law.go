package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"pagerisk/report"
)

// newLawCommand shows the legal catalogue that ratings cite, and checks one that the user brings.
func newLawCommand(p *program) *cobra.Command {
	var dir, on string
	load := func() (*report.Law, time.Time, error) {
		var day time.Time
		if on != "" {
			var err error
			if day, err = time.Parse(time.DateOnly, on); err != nil {
				return nil, day, usageError{errors.New(p.say("law.bad_day", "Day", on))}
			}
		}
		l, err := report.LawFrom(dir)
		return l, day, err
	}
	cmd := p.verb("law", "list|show|check")
	cmd.Args = func(_ *cobra.Command, args []string) error {
		if len(args) > 0 {
			return usageError{errors.New(p.say("law.no_verb", "Verb", args[0]))}
		}
		return nil
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	cmd.PersistentFlags().StringVar(&dir, "law", "", p.say("law.flag_law"))
	cmd.PersistentFlags().StringVar(&on, "on", "", p.say("law.flag_on"))
	list := &cobra.Command{Use: "list", Short: p.say("law.list"), Args: p.noArguments, RunE: func(*cobra.Command, []string) error {
		l, day, err := load()
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
		for i := range l.Records {
			r := &l.Records[i]
			if r.Known(day) {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", r.ID, r.Confidence, p.say("law.kind_"+r.Kind), r.Title(p.texts.Lang))
			}
		}
		return w.Flush()
	}}
	show := &cobra.Command{Use: "show ID", Short: p.say("law.show"),
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError{errors.New(p.say("law.need_id"))}
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			l, _, err := load()
			if err != nil {
				return err
			}
			r := l.Find(strings.TrimSpace(args[0]))
			if r == nil {
				return plainError{p.say("law.unknown", "ID", args[0])}
			}
			p.showLaw(l, r)
			return nil
		}}
	check := &cobra.Command{Use: "check", Short: p.say("law.check"), Args: p.noArguments, RunE: func(*cobra.Command, []string) error {
		l, day, err := load()
		if err != nil {
			return err
		}
		p.checkLaw(l, day)
		return nil
	}}
	cmd.AddCommand(list, show, check)
	return cmd
}

func (p *program) showLaw(l *report.Law, r *report.LawRecord) {
	fmt.Fprintf(p.stdout, "%s  %s\n\n%s\n\n", r.ID, r.Title(p.texts.Lang), p.texts.Cite(r))
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	line := func(key, value string) {
		if value != "" {
			fmt.Fprintf(w, "%s\t%s\n", p.say("law."+key), value)
		}
	}
	line("f_kind", p.say("law.kind_"+r.Kind))
	line("f_confidence", string(r.Confidence)+" – "+p.say("law.confidence_"+strings.ToLower(string(r.Confidence))))
	line("f_authority", r.Source(p.texts.Lang))
	line("f_docket", r.Docket)
	line("f_decided", p.texts.Day(r.Decided))
	line("f_norms", strings.Join(r.Cites(p.texts.Lang), ", "))
	line("f_source", r.URL)
	line("f_source_type", p.say("law.source_"+r.SourceType))
	line("f_finality", p.say("law.finality_"+strings.ReplaceAll(strings.ReplaceAll(r.Finality, "/", ""), " ", "")))
	line("f_seen", p.texts.Day(r.SeenOn))
	line("f_from", p.texts.Day(r.ValidFrom))
	line("f_to", p.texts.Day(r.ValidTo))
	line("f_supersedes", strings.Join(r.Supersedes, ", "))
	line("f_superseded_by", l.SupersededBy(r.ID))
	var labels []string
	for _, label := range report.LabelsOf(r) {
		labels = append(labels, p.texts.Say("label."+string(label)))
	}
	line("f_labels", strings.Join(labels, ", "))
	line("f_note", r.Remark(p.texts.Lang))
	for _, pr := range l.ProvidersOf(r.ID) {
		line("f_provider", pr.Name)
		line("f_social", p.texts.Say("law.value."+pr.Social))
		line("f_ai", p.texts.Say("law.value."+pr.AI))
		line("f_status", p.texts.Say("law.status."+pr.Status()))
		line("f_question", pr.Question(p.texts.Lang))
	}
	w.Flush()
	fmt.Fprintf(p.stdout, "\n%s\n", p.texts.Say("law.no_advice"))
}

// checkLaw says what a catalogue holds, and what a person should still check before it is relied on. Loading has
// checked its form.
func (p *program) checkLaw(l *report.Law, day time.Time) {
	fmt.Fprintln(p.stdout, p.say("law.check_done", "Version", l.Version, "Count", len(l.Records), "Providers", len(l.Providers), "Scenarios", len(l.Scenarios)))
	count := map[report.Confidence]int{}
	var rulings, later, old []string
	for i := range l.Records {
		r := &l.Records[i]
		count[r.Confidence]++
		switch {
		case l.SupersededBy(r.ID) != "":
			old = append(old, r.ID)
		case !r.Known(day):
			later = append(later, r.ID)
		case r.Confidence == report.General && r.SourceType == "judgment":
			rulings = append(rulings, r.ID)
		}
	}
	keys := make([]report.Confidence, 0, len(count))
	for c := range count {
		keys = append(keys, c)
	}
	slices.SortFunc(keys, func(a, b report.Confidence) int { return cmp.Compare(a, b) })
	for _, c := range keys {
		fmt.Fprintf(p.stdout, "  %-2s %4d  %s\n", c, count[c], p.say("law.confidence_"+strings.ToLower(string(c))))
	}
	for _, part := range []struct {
		key string
		ids []string
	}{{"to_verify", rulings}, {"superseded", old}, {"not_known", later}} {
		if len(part.ids) > 0 {
			fmt.Fprintln(p.stdout, p.say("law."+part.key, "IDs", strings.Join(part.ids, ", ")))
		}
	}
	for _, q := range l.Kind("question", day) {
		fmt.Fprintf(p.stdout, "  %s  %s\n", q.ID, q.Title(p.texts.Lang))
	}
}

// lawHint says what is wrong with the form of a legal catalogue, "" for other errors. Its words are told by wordingHint.
func (p *program) lawHint(err error) string {
	if !errors.Is(err, report.ErrLaw) {
		return ""
	}
	return p.say("hint_law")
}

// wordingHint says which words of a catalogue or of rules a register must never print, place by place; "" for other errors.
func (p *program) wordingHint(err error) string {
	lines := mistakes(p, err, func(e *report.WordingError) string {
		where := p.say("law.wording_rule", "ID", e.ID)
		if e.File != "" {
			where = p.say("law.wording_at", "File", e.File, "Line", fmt.Sprint(e.Line)) + p.say("law.wording_record", "ID", e.ID)
		}
		return p.say("law.wording_line", "Where", where, "Field", e.Field, "Found", e.Found, "Reason", p.texts.Say("wording."+e.Rule))
	})
	if len(lines) == 0 {
		return ""
	}
	return strings.Join(append([]string{p.say("law.wording_head")}, lines...), "\n")
}
