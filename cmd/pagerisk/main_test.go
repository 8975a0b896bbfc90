package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"pagerisk/fixtures"
	"pagerisk/scanner"
)

var update = flag.Bool("update", false, "write the expected outputs in testdata/script anew")

// now is the clock of all scripts.
func now() time.Time { return time.Date(2026, 11, 22, 14, 30, 0, 0, time.UTC) }

// noNetwork refuses every request: a script that needs one serves it itself.
type noNetwork struct{}

func (noNetwork) RoundTrip(r *http.Request) (*http.Response, error) {
	return nil, errors.New("no network in tests: " + r.URL.Host)
}

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"pagerisk-main": main, // with the signals of a process
		"pagerisk": func() {
			os.Exit(run(context.Background(), world{
				environ: os.Environ(), stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, now: now, transport: noNetwork{},
			}, os.Args[1:]))
		},
	})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: *update,
		Setup: func(e *testscript.Env) error {
			e.Setenv("LANG", "de_DE.UTF-8")
			e.Setenv("XDG_CONFIG_HOME", e.Getenv("WORK")+"/config")
			e.Setenv("HOME", e.Getenv("WORK")+"/home")
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits":   cmdExits,
			"demo":    cmdDemo,
			"cut":     cmdCut,
			"items":   cmdItems,
			"same":    cmdSame,
			"tallies": cmdTallies,
			"zip":     cmdZip,
			"model":   cmdModel,
		},
	})
}

// exits CODE COMMAND... runs a command and compares its exit code.
func cmdExits(ts *testscript.TestScript, neg bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	code := 0
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if fmt.Sprint(code) != args[0] {
		ts.Fatalf("%s exited with %d, want %s", strings.Join(args[1:], " "), code, args[0])
	}
}

// demo DIR writes the archives of the demo page into a folder, as facebook.zip and instagram.zip.
func cmdDemo(ts *testscript.TestScript, neg bool, args []string) {
	dir := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(dir, 0o755))
	for name, data := range fixtures.Demo() {
		short, _, _ := strings.Cut(filepath.Base(name), "-")
		ts.Check(os.WriteFile(filepath.Join(dir, short+".zip"), data, 0o644))
	}
}

// cut FILE N keeps the first N per cent of a file.
func cmdCut(ts *testscript.TestScript, neg bool, args []string) {
	path := ts.MkAbs(args[0])
	data, err := os.ReadFile(path)
	ts.Check(err)
	var percent int
	fmt.Sscan(args[1], &percent)
	ts.Check(os.WriteFile(path, data[:len(data)*percent/100], 0o644))
}

// zip FILE NAME... packs files of the script into an archive.
func cmdZip(ts *testscript.TestScript, neg bool, args []string) {
	var members []fixtures.Member
	for _, name := range args[1:] {
		members = append(members, fixtures.Member{Name: name, Data: []byte(ts.ReadFile(name))})
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), fixtures.Zip(members...), 0o644))
}

// items FILE checks what the contract says of items.jsonl: the sum of the tally, and each quote at its place.
func cmdItems(ts *testscript.TestScript, neg bool, args []string) {
	f, err := os.Open(ts.MkAbs(args[0]))
	ts.Check(err)
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 64<<20)
	items, findings, notes := 0, 0, 0
	for n := 1; lines.Scan(); n++ {
		var l struct {
			Type  string
			Tally struct{ Seen, Read, Skipped, Failed int }
			Text  string
			Album string
			Place string
			Tags  []string
			Media []struct {
				File, Alt, Caption string
				Metadata           map[string]any
			}
			Findings []struct {
				ID       string
				Evidence []struct {
					Field, Quote string
					Start, End   int
				}
			}
		}
		ts.Check(json.Unmarshal(lines.Bytes(), &l))
		switch l.Type {
		case "run":
			if l.Tally.Seen != l.Tally.Read+l.Tally.Skipped+l.Tally.Failed || l.Tally.Seen == 0 {
				ts.Fatalf("the tally does not close: %+v", l.Tally)
			}
		case "note":
			notes++
		case "item":
			items++
			findings += len(l.Findings)
			fields := map[string]string{"text": l.Text, "album": l.Album, "place": l.Place}
			for i, tag := range l.Tags {
				fields[fmt.Sprintf("tags[%d]", i)] = tag
			}
			for i, m := range l.Media {
				fields[fmt.Sprintf("media[%d].file", i)] = m.File
				fields[fmt.Sprintf("media[%d].alt", i)] = m.Alt
				fields[fmt.Sprintf("media[%d].caption", i)] = m.Caption
				for name, v := range m.Metadata {
					if s, ok := v.(string); ok {
						fields[fmt.Sprintf("media[%d].metadata.%s", i, name)] = s
					}
				}
			}
			for _, finding := range l.Findings {
				for _, e := range finding.Evidence {
					if e.Start == 0 && e.End == 0 {
						continue
					}
					text, ok := fields[e.Field]
					if !ok || e.End > len(text) || e.Start > e.End || text[e.Start:e.End] != e.Quote {
						ts.Fatalf("line %d: %q does not stand at %s[%d:%d]", n, e.Quote, e.Field, e.Start, e.End)
					}
				}
			}
		default:
			ts.Fatalf("line %d: unknown type %q", n, l.Type)
		}
	}
	ts.Check(lines.Err())
	if items == 0 || findings == 0 {
		ts.Fatalf("%d items, %d findings, %d notes", items, findings, notes)
	}
	fmt.Fprintf(ts.Stdout(), "%d items, %d notes\n", items, notes)
}

// same A B compares two items.jsonl but for the line about the run.
func cmdSame(ts *testscript.TestScript, neg bool, args []string) {
	cut := func(name string) []string {
		lines := strings.Split(ts.ReadFile(name), "\n")
		return lines[1:]
	}
	a, b := cut(args[0]), cut(args[1])
	if slices.Equal(a, b) == neg {
		for i := range min(len(a), len(b)) {
			if a[i] != b[i] {
				ts.Fatalf("line %d:\n%s\n%s", i+2, a[i], b[i])
			}
		}
		ts.Fatalf("%d lines, %d lines", len(a), len(b))
	}
}

// tallies A B compares the accounts of two items.jsonl.
func cmdTallies(ts *testscript.TestScript, neg bool, args []string) {
	tally := func(name string) (run struct{ Tally scanner.Tally }) {
		line, _, _ := strings.Cut(ts.ReadFile(name), "\n")
		ts.Check(json.Unmarshal([]byte(line), &run))
		return run
	}
	if a, b := tally(args[0]), tally(args[1]); (a == b) == neg {
		ts.Fatalf("%+v, %+v", a, b)
	}
}
