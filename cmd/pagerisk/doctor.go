package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pagerisk/scanner/graphapi"
)

// newDoctorCommand says before the first pull what the token opens, what will be missing, and what to do about it.
func newDoctorCommand(p *program) *cobra.Command {
	var s settings
	cmd := p.verb("doctor", "graph:PAGE_ID")
	cmd.Flags().BoolVar(&s.offline, "offline", false, p.say("flag_offline"))
	s.graph.register(p, cmd)
	cmd.Args = func(_ *cobra.Command, args []string) error {
		if len(args) != 1 || !strings.HasPrefix(args[0], graphPrefix) {
			return usageError{errors.New(p.say("doctor.one_page"))}
		}
		return nil
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if s.offline {
			return plainError{p.say("hint_offline")}
		}
		src, err := p.openGraph(&s, strings.TrimPrefix(args[0], graphPrefix))
		if err != nil {
			return err
		}
		health, err := src.Doctor(cmd.Context())
		if err != nil {
			return err
		}
		if complete := p.sayHealth(health); !complete {
			return errPartly
		}
		return nil
	}
	return cmd
}

// sayHealth prints what a pull can expect, and reports whether nothing will be missing.
func (p *program) sayHealth(h *graphapi.Health) (complete bool) {
	complete = true
	line := func(key string, pairs ...any) { fmt.Fprintln(p.stdout, p.say("doctor."+key, pairs...)) }
	missing := func(key string, pairs ...any) {
		complete = false
		fmt.Fprintln(p.stdout, "  → "+p.say("doctor."+key, pairs...))
	}
	line("page", "Name", h.Page, "ID", h.PageID)
	if !h.Published {
		line("unpublished")
	}

	t := h.Token
	line("token", "Kind", p.tokenKind(t))
	switch {
	case !t.Valid:
		complete = false
		fmt.Fprintln(p.stdout, "  → "+p.say("graph_"+string(t.Cause)))
	case !t.Checked:
		line("token_unchecked")
	case t.Expires.IsZero():
		line("token_lasting")
	default:
		line("token_expires", "Day", p.texts.Date(t.Expires))
	}
	if soon := p.now().Add(90 * 24 * time.Hour); !t.Access.IsZero() && t.Access.Before(soon) {
		line("token_access", "Day", p.texts.Date(t.Access))
	}
	if len(t.Missing) > 0 {
		missing("scopes_missing", "Scopes", strings.Join(t.Missing, ", "))
	} else if t.Checked && t.Valid {
		line("scopes_complete")
	}
	if t.OtherIDs {
		missing("other_page")
	}
	if !t.Own && t.Valid && t.Kind == "USER" {
		line("user_token")
	}

	if posts := slices.IndexFunc(h.Lists, func(l graphapi.ListHealth) bool { return l.Name == "published_posts" }); len(h.Tasks) > 0 {
		line("role_tasks", "Tasks", strings.Join(h.Tasks, ", "))
	} else if posts >= 0 && h.Lists[posts].Err == nil {
		line("role_enough")
	} else if posts >= 0 {
		missing("role_missing")
	}

	switch ig := h.Instagram; {
	case ig.ID != "":
		line("instagram", "Name", ig.Username, "Media", ig.Media)
	case ig.Half:
		missing("instagram_half")
	default:
		line("instagram_none")
	}

	if len(h.Lists) > 0 {
		line("lists")
	}
	for _, l := range h.Lists {
		what := p.say("doctor.list_" + l.Name)
		switch {
		case l.Err != nil:
			complete = false
			fmt.Fprintf(p.stdout, "  %s: %s\n", what, p.say("doctor.refused"))
			fmt.Fprintln(p.stdout, "    → "+p.say("doctor.loses_"+l.Name))
			fmt.Fprintln(p.stdout, "    → "+p.say("graph_"+string(l.Err.Cause)))
		case l.Empty:
			fmt.Fprintf(p.stdout, "  %s: %s\n", what, p.say("doctor.empty"))
		default:
			fmt.Fprintf(p.stdout, "  %s: %s\n", what, p.say("doctor.readable"))
		}
	}
	if h.Served != "" {
		line("version", "Asked", h.Version, "Served", h.Served)
	}
	if h.Used >= 0 {
		line("used", "Percent", h.Used)
	}
	line("limits")
	if complete {
		line("complete")
	} else {
		line("incomplete")
	}
	return complete
}

func (p *program) tokenKind(t graphapi.TokenHealth) string {
	switch t.Kind {
	case "PAGE", "USER", "SYSTEM_USER", "APP":
		return p.say("doctor.kind_" + strings.ToLower(t.Kind))
	}
	return p.say("doctor.kind_unknown")
}
