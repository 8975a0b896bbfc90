package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pagerisk/scanner"
	"pagerisk/scanner/metaexport"
)

// newInspectCommand says what an export is and what it lacks, before anybody spends an hour on it.
func newInspectCommand(p *program) *cobra.Command {
	var s settings
	var asJSON bool
	cmd := p.verb("inspect", "SOURCE...")
	cmd.Flags().BoolVar(&asJSON, "json", false, p.say("flag_json"))
	cmd.Flags().StringVar(&s.timezone, "timezone", "Europe/Berlin", p.say("flag_timezone"))
	cmd.Args = func(_ *cobra.Command, sources []string) error {
		if len(sources) == 0 {
			return usageError{errors.New(p.say("inspect.no_source"))}
		}
		return nil
	}
	cmd.RunE = func(cmd *cobra.Command, sources []string) error {
		for _, source := range sources {
			if strings.HasPrefix(source, graphPrefix) {
				return usageError{errors.New(p.say("inspect.no_graph", "Name", source))}
			}
			if err := p.notASource(source); err != nil {
				return err
			}
		}
		zone, err := s.location(p)
		if err != nil {
			return err
		}
		return p.inspect(cmd.Context(), sources, zone, asJSON)
	}
	return cmd
}

func (p *program) inspect(ctx context.Context, sources []string, zone *time.Location, asJSON bool) error {
	src, err := metaexport.Open(ctx, sources, metaexport.Options{Zone: zone})
	if err != nil {
		return err
	}
	defer src.Close()
	sum, err := src.Inspect(ctx)
	if err != nil {
		return err
	}
	if asJSON {
		enc := json.NewEncoder(p.stdout)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(sum); err != nil {
			return err
		}
	} else {
		for i := range sum.Accounts {
			p.printAccount(&sum.Accounts[i])
		}
		p.printParts(sum)
	}
	if sum.Tally.Failed > 0 || slices.ContainsFunc(sum.Accounts, func(a metaexport.AccountSummary) bool { return a.Media[scanner.Missing] > 0 }) {
		return errPartly
	}
	return nil
}

// inspectLine prints one line "name: value".
func (p *program) inspectLine(key, value string) {
	p.factLine(p.say("inspect."+key), value)
}

func (p *program) factLine(name, value string) {
	if value != "" {
		fmt.Fprintf(p.stdout, "  %-*s %s\n", inspectColumn, name, value)
	}
}

// inspectColumn fits the longest name in both languages.
const inspectColumn = 15

func (p *program) printAccount(a *metaexport.AccountSummary) {
	fmt.Fprintf(p.stdout, "%s: %s\n", p.texts.Say("lack.product_"+a.Product()), cmp.Or(a.Name, p.texts.Say("lack.no_name")))
	format := "JSON"
	switch {
	case a.JSON && a.HTML:
		format = "JSON + HTML"
	case a.HTML:
		format = "HTML"
	}
	p.inspectLine("category", a.Category)
	p.inspectLine("form", p.say("inspect.form_value", "Format", format, "Years", a.Generation))
	if !a.First.IsZero() {
		p.inspectLine("span", p.texts.Date(a.First)+" – "+p.texts.Date(a.Last))
	}
	if !a.From.IsZero() && !a.To.IsZero() {
		p.inspectLine("window", p.texts.Date(a.From)+" – "+p.texts.Date(a.To))
	}
	items := p.texts.Int(int64(a.Items))
	if a.Items > 0 {
		items += ": " + counts(p, "inspect.kind_", a.Kinds)
	}
	p.inspectLine("items", items)
	if a.Items > a.States[scanner.Published] {
		p.inspectLine("states", counts(p, "inspect.state_", a.States))
	}
	listed, missing := 0, a.Media[scanner.Missing]
	for _, n := range a.Media {
		listed += n
	}
	p.inspectLine("media", p.say("inspect.media_value", "Listed", listed, "Missing", missing))
	p.printLacks(a.Platform, a.Lacks)
}

// printLacks says what is missing of an account, and how to order it again.
func (p *program) printLacks(platform scanner.Platform, lacks []metaexport.Lack) {
	for _, lack := range lacks {
		p.factLine(p.texts.Say("lack.missing"), p.texts.Say("lack."+string(lack)))
	}
	if len(lacks) > 0 {
		p.factLine(p.texts.Say("lack.again"), p.texts.Say("lack.again_"+string(platform)))
	}
}

// counts lists numbers by name, largest first: "12 Beiträge, 3 Videos".
func counts[K ~string](p *program, key string, n map[K]int) string {
	names := slices.SortedFunc(maps.Keys(n), func(a, b K) int {
		if n[a] != n[b] {
			return n[b] - n[a]
		}
		return strings.Compare(string(a), string(b))
	})
	var out []string
	for _, k := range names {
		out = append(out, p.say(key+string(k), "Count", n[k]))
	}
	return strings.Join(out, ", ")
}

func (p *program) printParts(sum *metaexport.Summary) {
	files := 0
	for _, part := range sum.Parts {
		files += part.Files
	}
	fmt.Fprintln(p.stdout, p.say("inspect.parts", "Count", len(sum.Parts), "Files", files))
	for _, part := range sum.Parts {
		if part.Damaged {
			fmt.Fprintln(p.stdout, p.texts.Say("lack.part_damaged", "Name", part.Name))
		}
	}
	fmt.Fprintln(p.stdout, p.say("inspect.tally", "Seen", sum.Tally.Seen, "Read", sum.Tally.Read, "Skipped", sum.Tally.Skipped, "Failed", sum.Tally.Failed))
}
