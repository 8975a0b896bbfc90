package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"pagerisk/classify"
	"pagerisk/classify/picture"
	"pagerisk/classify/records"
	"pagerisk/report"
	"pagerisk/scanner"
	"pagerisk/scanner/casefile"
	"pagerisk/scanner/metaexport"
)

// Exit codes, as the contract has them.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitPartly      = 3 // done, but some inputs could not be read
	exitInterrupted = 130
)

// world is everything that the program touches.
type world struct {
	environ        []string
	stdin          io.Reader
	stdout, stderr io.Writer
	now            func() time.Time
	transport      http.RoundTripper
}

// env returns an environment variable.
func (w world) env(name string) string {
	for i := len(w.environ) - 1; i >= 0; i-- {
		if v, ok := strings.CutPrefix(w.environ[i], name+"="); ok {
			return v
		}
	}
	return ""
}

// program is one call of the command: the world, and the flags that all verbs share.
type program struct {
	world
	secrets
	lang  string // --lang
	quiet bool   // --quiet
	texts *report.Texts
	lists map[string]*records.Records // the owner's lists, by folder: known pictures are read once
	ruled map[string]*classify.Rules  // the user's rules, by folder
}

// say is a text of the catalogue "cli".
func (p *program) say(key string, pairs ...any) string { return p.texts.Say("cli."+key, pairs...) }

// note prints a line for people to standard error.
func (p *program) note(key string, pairs ...any) {
	fmt.Fprintln(p.stderr, "pagerisk: "+p.say(key, pairs...))
}

// usageError is a wrong call: exit code 2.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

// plainError is an error whose text is in the user's language already and says all there is.
type plainError struct{ text string }

func (e plainError) Error() string { return e.text }

// maxMistakes is how many mistakes of a person's own files are told at once: more are not read.
const maxMistakes = 20

// mistakes are the errors of one kind in an error that joins many, each as a line for people.
func mistakes[E error](p *program, err error, line func(E) string) []string {
	all := errorsOf[E](err)
	var lines []string
	for i, e := range all {
		if i == maxMistakes {
			return append(lines, p.say("more", "Count", len(all)-i))
		}
		lines = append(lines, line(e))
	}
	return lines
}

// errorsOf takes joined errors apart.
func errorsOf[E error](err error) (out []E) {
	if e, ok := err.(E); ok {
		return []E{e}
	}
	switch u := err.(type) {
	case interface{ Unwrap() []error }:
		for _, e := range u.Unwrap() {
			out = append(out, errorsOf[E](e)...)
		}
	case interface{ Unwrap() error }:
		out = errorsOf[E](u.Unwrap())
	}
	return out
}

// without is an error without those of one kind that it joins.
func without[E error](err error) error {
	if all, ok := err.(interface{ Unwrap() []error }); ok {
		var rest []error
		for _, e := range all.Unwrap() {
			rest = append(rest, without[E](e))
		}
		return errors.Join(rest...)
	}
	if len(errorsOf[E](err)) > 0 {
		return nil
	}
	return err
}

// errPartly is returned by a verb that did its work although some inputs could not be read: exit code 3.
var errPartly = errors.New("some inputs could not be read")

func run(ctx context.Context, w world, args []string) int {
	p := &program{world: w, secrets: secretsOf(w), lang: language(w, args)}
	p.stdout, p.stderr = screen{w.stdout, p.secrets}, screen{w.stderr, p.secrets}
	p.texts = report.NewTexts(p.lang)
	if !slices.Contains(report.Languages, p.lang) {
		p.texts = report.NewTexts(language(w, nil))
		fmt.Fprintf(p.stderr, "pagerisk: %s\n", p.say("flag_one_of", "Flag", "--lang", "Value", p.lang, "Allowed", strings.Join(report.Languages, ", ")))
		p.note("see_help", "Verb", "")
		return exitUsage
	}
	root := newRoot(p)
	root.SetArgs(args)
	called, err := root.ExecuteContextC(ctx)
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errPartly):
		return exitPartly
	case ctx.Err() != nil:
		p.note("interrupted")
		return exitInterrupted
	}
	var usage usageError
	if errors.As(err, &usage) {
		fmt.Fprintf(p.stderr, "pagerisk: %v\n", err)
		p.note("see_help", "Verb", strings.TrimSuffix(strings.TrimPrefix(called.CommandPath(), root.Name()), " help"))
		return exitUsage
	}
	var plain plainError
	if errors.As(err, &plain) {
		fmt.Fprintf(p.stderr, "pagerisk: %v\n", err)
		return exitFailed
	}
	if text := p.wordingHint(err); text != "" {
		fmt.Fprintf(p.stderr, "pagerisk: %s\n", text)
		if err = without[*report.WordingError](err); err == nil {
			return exitFailed
		}
	}
	// First what it means and what to do, in the user's language; then the error itself, for whoever helps them.
	if hint := p.hint(err); hint != "" {
		fmt.Fprintf(p.stderr, "pagerisk: %s\n", hint)
	}
	p.note("detail", "Error", err)
	return exitFailed
}

// newRoot assembles the verbs; the list is the table of contents of this package.
func newRoot(p *program) *cobra.Command {
	root := &cobra.Command{Use: "pagerisk VERB", Long: p.say("about"), Example: p.say("verb_run_example"), SilenceErrors: true, SilenceUsage: true}
	root.SetIn(p.stdin)
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	root.PersistentFlags().StringVar(&p.lang, "lang", p.lang, p.say("flag_lang"))
	root.PersistentFlags().BoolVar(&p.quiet, "quiet", false, p.say("flag_quiet"))
	cobra.EnableCommandSorting = false
	root.AddCommand(
		newRunCommand(p), newDemoCommand(p), newScanCommand(p), newClassifyCommand(p), newReportCommand(p), newReviewCommand(p), newDiffCommand(p), newStatusCommand(p), newInspectCommand(p),
		newExplainCommand(p), newPictureCommand(p), newModelCommand(p), newRulesCommand(p), newLawCommand(p), newRecordsCommand(p),
		newDoctorCommand(p), newForgetCommand(p), newVersionCommand(p),
	)
	p.localize(root)
	return root
}

// hint is what a person can do about an error, "" if nothing is known.
func (p *program) hint(err error) string {
	if hint := p.graphHint(err); hint != "" {
		return hint
	}
	if hint := p.reviewHint(err); hint != "" {
		return hint
	}
	if hint := p.lawHint(err); hint != "" {
		return hint
	}
	for _, h := range []struct {
		err error
		key string
	}{
		{metaexport.ErrNotArchive, "hint_export_not_archive"}, {metaexport.ErrEncrypted, "hint_export_encrypted"},
		{metaexport.ErrEmpty, "hint_export_empty"}, {metaexport.ErrOtherProduct, "hint_export_other_product"},
		{casefile.ErrLocked, "hint_locked"}, {casefile.ErrNoCase, "hint_no_case"}, {casefile.ErrNewer, "hint_newer"}, {casefile.ErrDamaged, "hint_damaged"},
		{casefile.ErrNotACase, "hint_not_a_case"}, {scanner.ErrTally, "hint_tally"},
		{fs.ErrPermission, "hint_permission"}, {errConfig, "hint_config"}, {errRules, "hint_rules"}, {picture.ErrModel, "model.hint"}, {syscall.ENOSPC, "hint_full"}, {syscall.ENOTDIR, "hint_not_folder"}, {fs.ErrNotExist, "hint_not_exist"},
	} {
		if errors.Is(err, h.err) {
			return p.say(h.key, "Name", subject(err))
		}
	}
	return ""
}

// quoted is a name in the text of an error, as %q writes it.
var quoted = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)

// subject is the file or folder that an error is about, as far as it tells, so that the details need not be read for that.
func subject(err error) string {
	if name, bad := strconv.Unquote(quoted.FindString(err.Error())); bad == nil {
		return name
	}
	if path := new(fs.PathError); errors.As(err, &path) {
		return path.Path
	}
	return ""
}

// language is the language of all texts: --lang, else the system's, else German. It is needed before the flags are
// parsed, because help and errors have a language too.
func language(w world, args []string) string {
	for i, a := range args {
		if v, ok := strings.CutPrefix(a, "--lang="); ok {
			return v
		}
		if a == "--lang" && i+1 < len(args) {
			return args[i+1]
		}
	}
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := w.env(name); v != "" {
			if strings.HasPrefix(v, "en") {
				return "en"
			}
			return "de"
		}
	}
	return "de"
}
