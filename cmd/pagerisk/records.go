package main

import (
	"cmp"
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
	template := &cobra.Command{Use: "template [FOLDER]", Short: p.say("records.template")}
	into := p.listsFlags(template)
	template.RunE = func(_ *cobra.Command, args []string) error {
		dir, err := into(args)
		if err != nil {
			return err
		}
		return p.recordsTemplate(cmp.Or(dir, listsFolder))
	}
	check := &cobra.Command{Use: "check [FOLDER]", Short: p.say("records.check")}
	from := p.listsFlags(check)
	check.RunE = func(_ *cobra.Command, args []string) error {
		dir, err := from(args)
		if err != nil {
			return err
		}
		if dir == "" {
			if dir, err = p.findLists(); err != nil {
				return err
			}
		}
		return p.recordsCheck(dir)
	}
	cmd.AddCommand(template, check)
	return cmd
}

// listsFolder is where a case has its lists.
const listsFolder = "records"

// listsFlags lets people name the folder of the lists in each way that they would try: as an argument, with --dir, and by
// its case. The function returns the folder, "" where none was named.
func (p *program) listsFlags(cmd *cobra.Command) func(args []string) (string, error) {
	var dir, caseDir string
	cmd.Flags().StringVar(&dir, "dir", "", p.say("records.flag_dir"))
	cmd.Flags().StringVar(&caseDir, "case", "", p.say("records.flag_case"))
	return func(args []string) (string, error) {
		if caseDir != "" {
			args = append(args, filepath.Join(caseDir, listsFolder))
		}
		if dir != "" {
			args = append(args, dir)
		}
		switch len(args) {
		case 0:
			return "", nil
		case 1:
			return args[0], nil
		}
		return "", usageError{errors.New(p.say("records.one_folder"))}
	}
}

// findLists is the folder of the lists where none was named: the one beside, or that of the only case beside.
func (p *program) findLists() (string, error) {
	if isFolder(listsFolder) {
		return listsFolder, nil
	}
	cases, err := filepath.Glob("*.case")
	if err != nil {
		return "", err
	}
	if len(cases) != 1 {
		return "", usageError{errors.New(p.say("records.need_folder"))}
	}
	return filepath.Join(cases[0], listsFolder), nil
}

func isFolder(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

// recordsCheck reads the lists as a run would, and says what was read, what was left alone, and what is doubtful.
func (p *program) recordsCheck(dir string) error {
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		dir = filepath.Dir(dir) // one of the lists was named, or the register of a case
	}
	_, err := os.Stat(filepath.Join(dir, "case.db"))
	switch inside := filepath.Join(dir, listsFolder); {
	case isFolder(inside):
		dir = inside // a case was named
	case err == nil:
		return plainError{p.say("records.no_lists", "Folder", inside)}
	}
	if _, err := os.Stat(dir); err != nil {
		return err
	}
	r, err := p.loadLists(dir)
	if err != nil {
		return err
	}
	read, empty, others := r.Files()
	fmt.Fprintln(p.stdout, p.say("records.read", "Folder", dir, "Files", strings.Join(read, ", ")))
	for _, l := range []struct {
		key   string
		names []string
	}{{"records.empty", empty}, {"records.others", others}} {
		if len(l.names) > 0 {
			fmt.Fprintln(p.stdout, p.say(l.key, "Files", strings.Join(l.names, ", ")))
		}
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
}

// loadLists reads the lists as they stand today. What is wrong in them is told in the user's language, place by place, and
// that is all there is to tell.
func (p *program) loadLists(dir string) (*records.Records, error) {
	r, err := records.LoadOn(dir, p.now())
	if text := p.recordsHint(err); text != "" {
		return nil, plainError{text}
	}
	return r, err
}

// owner reads the owner's lists of a case, once. What is used but not in full is said, and the run goes on.
func (p *program) owner(dir string) (*records.Records, error) {
	if r, ok := p.lists[dir]; ok {
		return r, nil
	}
	r, err := p.loadLists(dir)
	if err != nil {
		return nil, err
	}
	for i, err := range r.Problems() {
		if i == maxMistakes {
			p.note("more", "Count", len(r.Problems())-i)
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

// recordsHint says what is wrong in the owner's lists, place by place; "" for other errors and for none.
func (p *program) recordsHint(err error) string {
	return strings.Join(mistakes(p, err, func(e *records.Error) string { return p.recordsLine(e) }), "\n")
}

var recordKeys = []struct {
	err error
	key string
}{
	{records.ErrTooLarge, "too_large"}, {records.ErrManyRows, "many_rows"}, {records.ErrManyColumns, "many_columns"}, {records.ErrLongCell, "long_cell"}, {records.ErrEncoding, "encoding"}, {records.ErrFormula, "formula"},
	{records.ErrManyPictures, "many_pictures"}, {records.ErrDeepFolders, "deep_folders"}, {records.ErrPicture, "picture"}, {records.ErrUnreadable, "unreadable"}, {records.ErrQuote, "quote"}, {records.ErrMacros, "macros"}, {records.ErrTwoSheets, "two_sheets"}, {records.ErrUnknownFile, "unknown_file"}, {records.ErrTwice, "twice"},
	{records.ErrUnknownColumn, "unknown_column"}, {records.ErrColumnTwice, "column_twice"}, {records.ErrNoColumn, "no_column"},
	{records.ErrExtraCell, "extra_cell"}, {records.ErrNoValue, "no_value"}, {records.ErrNoDate, "no_date"}, {records.ErrBadDate, "bad_date"},
	{records.ErrDateOrder, "date_order"}, {records.ErrFarDate, "far_date"}, {records.ErrFarEnd, "far_end"}, {records.ErrFuture, "future"}, {records.ErrBadValue, "bad_value"}, {records.ErrUnknownRole, "unknown_role"}, {records.ErrSameCode, "same_code"}, {records.ErrSameName, "same_name"},
	{records.ErrUnknownCode, "unknown_code"}, {records.ErrNearName, "near_name"}, {records.ErrNoName, "no_name"}, {records.ErrOneWord, "one_word"}, {records.ErrNoGiven, "no_given"}, {records.ErrNoTarget, "no_target"}, {records.ErrNoFolder, "no_folder"},
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
	other := e.Other
	if errors.Is(e.Err, records.ErrUnknownCode) {
		list, _, _ := strings.Cut(e.Other, " ")
		other = p.say("records.list_" + list)
	}
	for _, k := range recordKeys {
		if errors.Is(e.Err, k.err) {
			return place + ": " + p.say("records."+k.key, "Value", e.Value, "Other", other, "Near", e.Near, "Row", e.With)
		}
	}
	return place + ": " + e.Err.Error()
}
