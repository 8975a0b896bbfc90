package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"pagerisk/report"
)

// blobModel is a model file of the project's own: it has the shape of YuNet and finds blue squares.
const blobModel = "../../classify/picture/testdata/blob.onnx"

// model FILE writes a small model.
func cmdModel(ts *testscript.TestScript, neg bool, args []string) {
	data, err := os.ReadFile(blobModel)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), data, 0o644))
}

func TestPeopleChoice(t *testing.T) {
	home := t.TempDir()
	environ := []string{"HOME=" + home, "XDG_CONFIG_HOME=" + filepath.Join(home, "config"), "AppData=" + filepath.Join(home, "config")}
	p := &program{world: world{environ: environ, stdout: io.Discard, stderr: io.Discard}, texts: report.NewTexts("en")}
	file, err := filepath.Abs(blobModel)
	if err != nil {
		t.Fatal(err)
	}
	const builtin, model, none = "pigo", "yunet", ""
	check := func(name string, s settings, want string) {
		t.Helper()
		people, err := p.people(&s)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		got := none
		if people != nil {
			got = people.Name()[:min(len(people.Name()), 5)]
			if got != model {
				got = people.Name()
			}
		}
		if got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	dir := filepath.Dir(file)
	check("nothing said", settings{}, builtin)
	check("none", settings{people: "none"}, none)
	check("file", settings{people: file}, model)
	check("file, other spelling", settings{model: file}, model)
	check("both spellings", settings{people: file, model: file}, model)
	check("config", settings{config: config{People: "none"}}, none)
	check("config's file beside it", settings{caseDir: dir, config: config{People: "blob.onnx"}}, model)
	check("flag before config", settings{people: "builtin", config: config{People: "none"}}, builtin)

	path, err := p.modelPath()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := replaceFile(path, data); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("the installed model has mode %v", info.Mode())
	}
	check("installed", settings{}, model)
	check("installed, but told otherwise", settings{people: "builtin"}, builtin)
	check("installed, config says none", settings{config: config{People: "none"}}, none)

	p.environ = nil
	check("no home", settings{}, builtin)
	if _, err := p.modelPath(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no home: %v", err)
	}
	if _, err := p.people(&settings{people: "builtin", model: file}); !errors.As(err, new(usageError)) {
		t.Errorf("two choices: %v, want a wrong call", err)
	}
}
