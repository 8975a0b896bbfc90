package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/spf13/cobra"

	"pagerisk/scanner/casefile"
)

// settings are what a verb is told: by its flags, else by config.toml in the case folder, else built in. That is the
// whole order; nothing is searched for elsewhere.
type settings struct {
	caseDir  string
	rules    string // folder of rules instead of the built-in ones
	law      string // folder of the legal catalogue instead of the built-in one
	timezone string
	people   string
	model    string
	offline  bool
	csv      bool
	redact   bool
	graph    graphSettings
	config   config
}

// config is config.toml in the case folder: what the owner of the page knows and the archive does not.
type config struct {
	Organisation string `toml:"organisation"`
	Objection    string `toml:"objection"`           // day on which the objection was filed, "2025-05-20"
	Confirmed    string `toml:"objection_confirmed"` // day on which Meta confirmed it
	Timezone     string `toml:"timezone"`
	People       string `toml:"people"` // builtin, none, or a model file
	Rules        string `toml:"rules"`
	Law          string `toml:"law"`
}

// errConfig is a config.toml that cannot be used.
var errConfig = errors.New("config.toml")

// readConfig reads config.toml of a case folder, if there is one. An unknown name is an error: a setting that silently
// does nothing is worse than none.
func readConfig(dir string) (config, error) {
	var c config
	path := filepath.Join(dir, "config.toml")
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return c, fmt.Errorf("read settings: %w", err)
	}
	meta, err := toml.Decode(string(data), &c)
	var parse toml.ParseError
	switch {
	case errors.As(err, &parse):
		return c, fmt.Errorf("%w:%d: %s", errConfig, parse.Position.Line, parse.Message)
	case err != nil:
		return c, fmt.Errorf("%w: %w", errConfig, err)
	case len(meta.Undecoded()) > 0:
		return c, fmt.Errorf("%w: unknown setting %q", errConfig, meta.Undecoded()[0].String())
	}
	for _, day := range [][2]string{{"objection", c.Objection}, {"objection_confirmed", c.Confirmed}} {
		if _, err := time.Parse(time.DateOnly, day[1]); err != nil && day[1] != "" {
			return c, fmt.Errorf("%w: %s %q is not a day like 2025-05-20", errConfig, day[0], day[1])
		}
	}
	switch { // days of this form are in the order of their letters
	case c.Confirmed != "" && c.Objection == "":
		return c, fmt.Errorf("%w: objection_confirmed %q needs objection, the day it was filed", errConfig, c.Confirmed)
	case c.Confirmed != "" && c.Confirmed < c.Objection:
		return c, fmt.Errorf("%w: objection_confirmed %q is before objection %q", errConfig, c.Confirmed, c.Objection)
	}
	// A path in the file is meant from where the file stands.
	for _, path := range []*string{&c.Rules, &c.Law} {
		if *path != "" && !filepath.IsAbs(*path) {
			*path = filepath.Join(dir, *path)
		}
	}
	return c, nil
}

// load takes from config.toml what no flag said.
func (s *settings) load() error {
	var err error
	if s.config, err = readConfig(s.caseDir); err != nil {
		return err
	}
	for _, v := range []struct{ flag, config *string }{
		{&s.rules, &s.config.Rules}, {&s.law, &s.config.Law}, {&s.timezone, &s.config.Timezone},
	} {
		if *v.flag == "" {
			*v.flag = *v.config
		}
	}
	if s.timezone == "" {
		s.timezone = "Europe/Berlin"
	}
	return nil
}

// location is the time zone for local times without one.
func (s *settings) location(p *program) (*time.Location, error) {
	loc, err := time.LoadLocation(s.timezone)
	if err != nil {
		return nil, usageError{errors.New(p.say("flag_bad_timezone", "Value", s.timezone))}
	}
	return loc, nil
}

// caseFlag adds --case to a verb that works on an existing case.
func (s *settings) caseFlag(p *program, cmd *cobra.Command) {
	text := "flag_case_made"
	if strings.Contains(cmd.Use, "SOURCE") {
		text = "flag_case"
	}
	cmd.Flags().StringVar(&s.caseDir, "case", "", p.say(text))
}

// findCase is the case folder of a verb that names no source: --case, else the only one in the working directory.
func (s *settings) findCase(p *program) error {
	if s.caseDir != "" {
		return s.load()
	}
	found, err := filepath.Glob("*.case")
	if err != nil {
		return err
	}
	switch len(found) {
	case 0:
		return plainError{p.say("no_case_here")}
	case 1:
	default:
		return plainError{p.say("no_case_named", "Found", len(found), "Names", strings.Join(found[:min(len(found), maxMistakes)], ", "))}
	}
	s.caseDir = found[0]
	return s.load()
}

// caseOf is the case folder for sources, where --case does not name one: beside the first source, under its name.
func caseOf(sources []string) string {
	first := sources[0]
	if page, ok := strings.CutPrefix(first, graphPrefix); ok {
		return "graph-" + safeName(page) + ".case"
	}
	first = filepath.Clean(first)
	if ext := filepath.Ext(first); strings.EqualFold(ext, ".zip") {
		first = strings.TrimSuffix(first, ext)
	}
	if base := filepath.Base(first); base == "." || base == ".." || base == string(filepath.Separator) {
		if abs, err := filepath.Abs(first); err == nil {
			first = abs
		}
	}
	return first + ".case"
}

const graphPrefix = "graph:"

// safeName keeps of a page's id what may stand in a file name on every system.
func safeName(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '-' || r == '_' || r == '.' {
			return r
		}
		return '_'
	}, s)
}

// sourceNames are the sources as the register names them: without the folders of this machine.
func sourceNames(sources []string) []string {
	var names []string
	for _, s := range sources {
		if !strings.HasPrefix(s, graphPrefix) {
			if abs, err := filepath.Abs(s); err == nil {
				s = abs
			}
			s = filepath.Base(s)
		}
		names = append(names, s)
	}
	return names
}

// open opens the case for writing, or for reading only.
func (s *settings) open(ctx context.Context, write bool) (*casefile.Case, error) {
	if write {
		return casefile.Create(ctx, s.caseDir)
	}
	return casefile.Open(ctx, s.caseDir)
}
