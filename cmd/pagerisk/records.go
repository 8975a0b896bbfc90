package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"pagerisk/classify/records"
)

// newRecordsCommand writes empty lists to fill in, and checks filled ones.
func newRecordsCommand(p *program) *cobra.Command {
	cmd := p.verb("records", "template|check")
	cmd.Args = func(_ *cobra.Command, args []string) error {
		if len(args) > 0 {
			return usageError{errors.New(p.say("records.no_verb", "Verb", args[0]))}
		}
		return nil
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	var dir string
	template := &cobra.Command{Use: "template", Short: p.say("records.template"), Args: p.noArguments, RunE: func(*cobra.Command, []string) error {
		return p.recordsTemplate(dir)
	}}
	template.Flags().StringVar(&dir, "dir", "records", p.say("records.flag_dir"))
	check := &cobra.Command{Use: "check FOLDER", Short: p.say("records.check"),
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError{errors.New(p.say("records.need_folder"))}
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if _, err := os.Stat(args[0]); err != nil {
				return err
			}
			r, err := records.Load(args[0])
			if err != nil {
				return err
			}
			c := r.Counts()
			fmt.Fprintln(p.stdout, p.say("records.counts", "People", c.People, "Consents", c.Consents, "Licences", c.Licences, "Known", c.Known))
			problems := r.Problems()
			for _, err := range problems {
				fmt.Fprintln(p.stdout, "  "+p.recordsLine(err))
			}
			if len(problems) > 0 {
				return errPartly
			}
			return nil
		}}
	cmd.AddCommand(template, check)
	return cmd
}

// owner reads the owner's lists of a case, once, as they stand today. Known pictures that cannot be read are said, and the
// run goes on without them.
func (p *program) owner(dir string) (*records.Records, error) {
	if r, ok := p.lists[dir]; ok {
		return r, nil
	}
	r, err := records.Load(dir)
	if err != nil {
		return nil, err
	}
	r = r.On(p.now())
	for i, err := range r.Problems() {
		if i == maxRecordLines {
			p.note("records.more", "Count", len(r.Problems())-i)
			break
		}
		fmt.Fprintln(p.stderr, "pagerisk: "+p.recordsLine(err))
	}
	if p.lists == nil {
		p.lists = map[string]*records.Records{}
	}
	p.lists[dir] = r
	return r, nil
}

// recordsTemplate writes the empty lists into a folder and leaves what is there alone: a filled list is never overwritten.
func (p *program) recordsTemplate(dir string) error {
	templates, err := records.Templates(p.texts.Lang)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make folder for lists: %w", err)
	}
	for _, t := range templates {
		name := filepath.Join(dir, t.Name)
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, os.ErrExist) {
			p.note("records.kept", "File", t.Name)
			continue
		}
		if err != nil {
			return fmt.Errorf("write template: %w", err)
		}
		_, err = f.Write(t.Data)
		if err = errors.Join(err, f.Close()); err != nil {
			return fmt.Errorf("write template %q: %w", t.Name, err)
		}
		fmt.Fprintln(p.stdout, name)
	}
	p.note("records.next")
	return nil
}

// maxRecordLines is how many mistakes of the lists are told at once: more are not read.
const maxRecordLines = 20

// recordsHint says what is wrong in the owner's lists, place by place; "" for other errors.
func (p *program) recordsHint(err error) string {
	all := recordErrors(err)
	if len(all) == 0 {
		return ""
	}
	var lines []string
	for i, e := range all {
		if i == maxRecordLines {
			lines = append(lines, p.say("records.more", "Count", len(all)-i))
			break
		}
		lines = append(lines, p.recordsLine(e))
	}
	return strings.Join(lines, "\n")
}

// recordErrors takes joined errors apart.
func recordErrors(err error) []*records.Error {
	if e, ok := err.(*records.Error); ok {
		return []*records.Error{e}
	}
	var out []*records.Error
	switch u := err.(type) {
	case interface{ Unwrap() []error }:
		for _, e := range u.Unwrap() {
			out = append(out, recordErrors(e)...)
		}
	case interface{ Unwrap() error }:
		if next := u.Unwrap(); next != nil {
			out = recordErrors(next)
		}
	}
	return out
}

var recordKeys = []struct {
	err error
	key string
}{
	{records.ErrTooLarge, "too_large"}, {records.ErrUnreadable, "unreadable"}, {records.ErrUnknownFile, "unknown_file"}, {records.ErrTwice, "twice"},
	{records.ErrUnknownColumn, "unknown_column"}, {records.ErrColumnTwice, "column_twice"}, {records.ErrNoColumn, "no_column"},
	{records.ErrExtraCell, "extra_cell"}, {records.ErrNoValue, "no_value"}, {records.ErrNoDate, "no_date"}, {records.ErrBadDate, "bad_date"},
	{records.ErrDateOrder, "date_order"}, {records.ErrBadValue, "bad_value"}, {records.ErrSameCode, "same_code"}, {records.ErrSameName, "same_name"},
	{records.ErrUnknownCode, "unknown_code"}, {records.ErrNoTarget, "no_target"}, {records.ErrNoFolder, "no_folder"},
}

// recordsLine is one mistake in the user's language: file, row, column, what is wrong.
func (p *program) recordsLine(err error) string {
	var e *records.Error
	if !errors.As(err, &e) {
		return err.Error()
	}
	place := e.File
	if e.Row > 0 {
		place += ", " + p.say("records.row", "Row", e.Row)
	}
	if e.Column != "" {
		place += ", " + p.say("records.column", "Column", e.Column)
	}
	for _, k := range recordKeys {
		if errors.Is(e.Err, k.err) {
			return place + ": " + p.say("records."+k.key, "Value", e.Value, "Other", e.Other, "Row", e.With)
		}
	}
	return place + ": " + e.Err.Error()
}
