package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/spf13/cobra"

	"pagerisk/classify/picture"
)

// Words of --people beside a file.
const (
	peopleBuiltin = "builtin"
	peopleNone    = "none"
)

// people is who looks for people in pictures: --people or --people-model, else config.toml of the case, else the model
// that the user installed, else the built-in finder. It is nil for "none".
func (p *program) people(s *settings) (*picture.People, error) {
	choice := s.people
	switch {
	case s.model != "" && choice != "" && choice != s.model:
		return nil, usageError{errors.New(p.say("model.two_choices"))}
	case s.model != "":
		choice = s.model
	case choice == "":
		choice = s.config.People
		if choice != "" && choice != peopleBuiltin && choice != peopleNone && !filepath.IsAbs(choice) {
			choice = filepath.Join(s.caseDir, choice) // a path in the file is meant from where the file stands
		}
	}
	switch choice {
	case peopleNone:
		return nil, nil
	case peopleBuiltin:
		return picture.BuiltinPeople()
	case "":
		installed, err := p.modelPath()
		if err == nil {
			if _, err = os.Stat(installed); err == nil {
				return p.openModel(installed)
			}
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("look for an installed model: %w", err)
		}
		return picture.BuiltinPeople()
	}
	people, err := p.openModel(choice)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, usageError{errors.New(p.say("model.bad_choice", "Value", choice))}
	}
	return people, err
}

// recommendModel says that a model finds more people, where the built-in finder searched.
func (p *program) recommendModel(people *picture.People) {
	if people != nil && people.Name() == picture.BuiltinName && !p.quiet {
		p.note("people_better")
	}
}

func (p *program) openModel(path string) (*picture.People, error) {
	return picture.OpenPeople(path, func(string) { p.note("model.unknown_sum", "File", filepath.Base(path)) })
}

// modelPath is where an installed model lies: in the user's configuration folder, as the system has it. It wraps
// fs.ErrNotExist where the environment names no such folder.
func (p *program) modelPath() (string, error) {
	dir := ""
	switch runtime.GOOS {
	case "windows":
		dir = p.env("AppData")
	case "darwin", "ios":
		if home := p.env("HOME"); home != "" {
			dir = filepath.Join(home, "Library", "Application Support")
		}
	default:
		if dir = p.env("XDG_CONFIG_HOME"); dir == "" {
			if home := p.env("HOME"); home != "" {
				dir = filepath.Join(home, ".config")
			}
		}
	}
	if dir == "" || !filepath.IsAbs(dir) {
		return "", fmt.Errorf("user's configuration folder: %w", fs.ErrNotExist)
	}
	return filepath.Join(dir, "pagerisk", "people.onnx"), nil
}

// newModelCommand looks after the model file that finds people.
func newModelCommand(p *program) *cobra.Command {
	cmd := p.verb("model", "status|install FILE|remove")
	cmd.Args = func(_ *cobra.Command, args []string) error {
		if len(args) > 0 {
			return usageError{errors.New(p.say("model.no_verb", "Verb", args[0]))}
		}
		return nil
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return p.modelStatus() }

	status := p.verb("model_status", "")
	status.Use = "status"
	status.Args = p.noArguments
	status.RunE = cmd.RunE

	install := p.verb("model_install", "FILE")
	install.Use = "install FILE"
	install.Args = func(_ *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usageError{errors.New(p.say("model.no_file"))}
		}
		return nil
	}
	install.RunE = func(_ *cobra.Command, args []string) error { return p.modelInstall(args[0]) }

	remove := p.verb("model_remove", "")
	remove.Use = "remove"
	remove.Args = p.noArguments
	remove.RunE = func(*cobra.Command, []string) error { return p.modelRemove() }

	cmd.AddCommand(status, install, remove)
	return cmd
}

// modelStatus says which finder a run would use, and how well it did on labelled photographs.
func (p *program) modelStatus() error {
	people, err := p.people(&settings{})
	if err != nil {
		return err
	}
	path, err := p.modelPath()
	if err == nil {
		_, err = os.Stat(path)
	}
	switch {
	case err != nil:
		fmt.Fprintln(p.stdout, p.say("model.builtin", "Name", people.String()))
	case people.Known():
		fmt.Fprintln(p.stdout, p.say("model.installed_known", "Name", people.String(), "File", path))
	default:
		fmt.Fprintln(p.stdout, p.say("model.installed_unknown", "Name", people.String(), "File", path))
	}
	if a, ok := picture.AccuracyOf(people.String()); ok {
		fmt.Fprintln(p.stdout, p.say("model.accuracy", "Recall", percent(a.Recall), "Precision", percent(a.Precision), "Pictures", a.Pictures))
	}
	if err != nil {
		fmt.Fprintln(p.stdout, p.say("model.advice"))
	}
	return nil
}

// percent is a share in whole hundredths.
func percent(share float64) int { return int(share*100 + 0.5) }

// modelInstall copies a model to where runs find it, after making sure that it is one.
func (p *program) modelInstall(file string) error {
	path, err := p.modelPath()
	if err != nil {
		return fmt.Errorf("install model: %w", err)
	}
	data, people, err := picture.LoadPeople(file)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("install model: %w", err)
	}
	if err := replaceFile(path, data); err != nil {
		return fmt.Errorf("install model: %w", err)
	}
	key := "model.done_unknown"
	if people.Known() {
		key = "model.done_known"
	}
	fmt.Fprintln(p.stdout, p.say(key, "File", path))
	return nil
}

// replaceFile writes a file beside its place and renames it, so that nobody ever sees half of it.
func replaceFile(path string, data []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	if err = f.Chmod(0o600); err != nil && runtime.GOOS != "windows" {
		f.Close()
		return err
	}
	if _, err = f.Write(data); err != nil {
		f.Close()
		return err
	}
	if err = f.Sync(); err != nil {
		f.Close()
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// modelRemove goes back to the built-in finder.
func (p *program) modelRemove() error {
	path, err := p.modelPath()
	if err == nil {
		err = os.Remove(path)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		fmt.Fprintln(p.stdout, p.say("model.none"))
		return nil
	case err != nil:
		return fmt.Errorf("remove model: %w", err)
	}
	fmt.Fprintln(p.stdout, p.say("model.removed"))
	return nil
}
