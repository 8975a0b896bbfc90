package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// verb begins a command. Its texts stand in the catalogue under "cli.verb_<name>": the line in the list of verbs, what it
// does, and an example that works.
func (p *program) verb(name, arguments string) *cobra.Command {
	key := "verb_" + strings.ReplaceAll(name, "-", "_")
	use := name
	if arguments != "" {
		use += " " + arguments
	}
	return &cobra.Command{
		Use: use, Short: p.say(key), Long: p.say(key + "_long"), Example: p.say(key + "_example"),
		DisableFlagsInUseLine: true,
	}
}

// usageTemplate is cobra's, in the user's language and short enough for one screen.
func (p *program) usageTemplate() string {
	return p.say("usage") + `
  {{.UseLine}}{{if .HasAvailableFlags}} [--…]{{end}}{{if .HasAvailableSubCommands}}

` + p.say("usage_verbs") + `{{range .Commands}}{{if .IsAvailableCommand}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}{{end}}

` + p.say("usage_flags") + `
{{flags .LocalFlags .InheritedFlags}}{{if not .HasParent}}

` + p.say("usage_codes") + `{{end}}{{if .HasExample}}

` + p.say("usage_example") + `
{{indent .Example}}{{end}}
`
}

// flagLines lists flags with their meaning, the verb's own first. pflag's own listing adds English defaults.
func flagLines(sets ...*pflag.FlagSet) string {
	var names, texts []string
	width := 0
	visit := func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		name := "--" + f.Name
		text := f.Usage
		// The catalogue writes the name of a value in back quotes, as pflag has it.
		if before, rest, ok := strings.Cut(text, "`"); ok {
			value, after, _ := strings.Cut(rest, "`")
			name += " " + value
			text = before + value + after
		}
		names, texts = append(names, name), append(texts, text)
		width = max(width, len(name))
	}
	for _, flags := range sets {
		flags.VisitAll(visit)
	}
	var b strings.Builder
	for i := range names {
		fmt.Fprintf(&b, "  %-*s  %s\n", width, names[i], texts[i])
	}
	return strings.TrimRight(b.String(), "\n")
}

func indent(s string) string {
	return "  " + strings.ReplaceAll(strings.TrimSpace(s), "\n", "\n  ")
}

// localize gives a command and all below it help in the user's language.
func (p *program) localize(root *cobra.Command) {
	cobra.AddTemplateFunc("flags", flagLines)
	cobra.AddTemplateFunc("indent", indent)
	root.SetUsageTemplate(p.usageTemplate())
	root.SetHelpTemplate("{{with (or .Long .Short)}}{{. | trimTrailingWhitespaces}}\n\n{{end}}{{.UsageString}}")
	root.SuggestionsMinimumDistance = 2
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetHelpCommand(&cobra.Command{Use: "help", Hidden: true, RunE: func(cmd *cobra.Command, args []string) error {
		found, _, err := root.Find(args)
		if err != nil || found == nil || found == root && len(args) > 0 {
			return p.unknownVerb(root, args)
		}
		return found.Help()
	}})
	var walk func(cmd *cobra.Command)
	words := strings.NewReplacer("VERB", p.say("word_verb"), "PAGE_ID", p.say("word_page"), "ID", p.say("word_id"), "SOURCE", p.say("word_source"),
		"KEY", p.say("word_key"), "FILE", p.say("word_file"), "FOLDER", p.say("word_folder"))
	walk = func(cmd *cobra.Command) {
		cmd.Use, cmd.DisableFlagsInUseLine = words.Replace(cmd.Use), true
		cmd.InitDefaultHelpFlag()
		if f := cmd.Flags().Lookup("help"); f != nil {
			f.Usage = p.say("flag_help")
		}
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
	}
	walk(root)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{p.flagError(err)} })
	root.Args = func(_ *cobra.Command, args []string) error {
		if len(args) > 0 {
			return p.unknownVerb(root, args)
		}
		return nil
	}
	root.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
}

func (p *program) unknownVerb(root *cobra.Command, args []string) error {
	name := args[0]
	if near := root.SuggestionsFor(args[0]); len(near) > 0 {
		slices.Sort(near)
		return usageError{errors.New(p.say("unknown_verb_near", "Verb", name, "Near", strings.Join(near, ", ")))}
	}
	return usageError{errors.New(p.say("unknown_verb", "Verb", name))}
}

// flagError says in the user's language what pflag says in English.
func (p *program) flagError(err error) error {
	var unknown *pflag.NotExistError
	var missing *pflag.ValueRequiredError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown):
		if name := unknown.GetSpecifiedName(); name == "version" || name == "v" {
			return errors.New(p.say("flag_version"))
		}
		name := "--" + unknown.GetSpecifiedName()
		if unknown.GetSpecifiedShortnames() != "" {
			name = name[1:]
		}
		return errors.New(p.say("flag_unknown", "Flag", name))
	case errors.As(err, &missing):
		return errors.New(p.say("flag_no_value", "Flag", "--"+missing.GetSpecifiedName()))
	case errors.As(err, &invalid) && invalid.GetFlag().Name == "max-wait":
		return errors.New(p.say("graph.bad_max_wait"))
	case errors.As(err, &invalid) && invalid.GetFlag().Value.Type() == "bool":
		return errors.New(p.say("flag_alone", "Flag", "--"+invalid.GetFlag().Name))
	case errors.As(err, &invalid):
		return errors.New(p.say("flag_bad_value", "Flag", "--"+invalid.GetFlag().Name, "Value", invalid.GetValue()))
	}
	return err
}
