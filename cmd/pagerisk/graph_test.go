package main

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pagerisk/fixtures/graph"
	"pagerisk/report"
	"pagerisk/scanner/graphapi"
)

// call runs the program against a stand-in of the API.
func call(t *testing.T, s *graph.Server, env []string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	s.Now = now
	code = run(t.Context(), world{environ: append([]string{"LANG=de_DE.UTF-8", "PAGERISK_TOKEN=" + graph.PageToken}, env...),
		stdin: strings.NewReader(""), stdout: &out, stderr: &errs, now: now, transport: s}, args)
	return code, out.String(), errs.String()
}

// A page over the API gives a register like an archive does, and no secret gets into anything that is written or said.
func TestGraphRun(t *testing.T) {
	s := graph.Demo()
	s.Secret, s.RequireProof = "geheimnis-4711", true
	dir := filepath.Join(t.TempDir(), "x.case")
	code, stdout, stderr := call(t, s, []string{"PAGERISK_APP_SECRET=" + s.Secret}, "run", "--people", "none", "--case", dir, "graph:"+s.Page)
	if code != exitDone {
		t.Fatalf("exit code %d\n%s%s", code, stdout, stderr)
	}
	if v := s.Violations(); len(v) > 0 {
		t.Errorf("the client did what it must not: %q", v)
	}
	lines, err := os.ReadFile(filepath.Join(dir, "items.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"key":"fb:104000000000001_9001"`, `"permalink":"https://www.facebook.com/104000000000001/posts/9001"`,
		`"alt":"May be an image of 2 people, people standing and bakery"`, `"platform":"instagram"`, `"kind":"story"`} {
		if !bytes.Contains(lines, []byte(want)) {
			t.Errorf("items.jsonl lacks %s", want)
		}
	}
	if n := bytes.Count(lines, []byte(`{"type":"item"`)); n != 86 {
		t.Errorf("%d items, want 86", n)
	}
	said := stdout + stderr
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		said += string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{graph.PageToken, s.Secret, "access_token", "appsecret_proof", "oh="} {
		if i := strings.Index(said, secret); i >= 0 {
			t.Errorf("%q got out: …%q…", secret, said[max(0, i-60):min(len(said), i+60)])
		}
	}
}

func TestGraphCalls(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte(graph.PageToken+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name  string
		token string
		fault *graph.Fault
		args  []string
		code  int
		says  string // in standard error, or in standard output where it ended well
	}{
		{"no token", "", nil, []string{"doctor", "graph:104000000000001"}, exitUsage, "PAGERISK_TOKEN"},
		{"no page", "x", nil, []string{"doctor", "104000000000001"}, exitUsage, "genau eine Seite"},
		{"name of a page that is none", "x", nil, []string{"doctor", "graph:a/b"}, exitUsage, "»graph:a/b« nennt keine Seite"},
		{"token from a file that others can read", "", nil, []string{"doctor", "--token-file", file, "graph:104000000000001"}, exitDone, "Seitenschlüssel"},
		{"empty file", "", nil, []string{"doctor", "--token-file", empty, "graph:104000000000001"}, exitUsage, "genau einen Zugriffsschlüssel"},
		{"dead token", graph.PageToken, &graph.Fault{Reply: graph.Fail(400, 190, 463, "expired")}, []string{"doctor", "graph:104000000000001"}, exitFailed, "(#190/463)"},
		{"a list is closed", graph.PageToken, &graph.Fault{On: "video_reels", Reply: graph.Fail(403, 10, 0, "no")}, []string{"doctor", "graph:104000000000001"}, exitPartly, "Reels: verweigert"},
		{"plain http", graph.PageToken, nil, []string{"doctor", "--graph-url", "http://graph.example", "graph:1"}, exitUsage, "--graph-url braucht eine ganze Adresse, die mit https:"},
		{"offline", graph.PageToken, nil, []string{"doctor", "--offline", "graph:1"}, exitFailed, "offline"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := graph.Demo()
			if tt.fault != nil {
				s.Faults = []*graph.Fault{tt.fault}
			}
			code, stdout, stderr := call(t, s, []string{"PAGERISK_TOKEN=" + tt.token}, tt.args...)
			if code != tt.code || !strings.Contains(stdout+stderr, tt.says) || strings.Contains(stdout+stderr, graph.PageToken) {
				t.Errorf("exit code %d, want %d and %q:\n%s%s", code, tt.code, tt.says, stdout, stderr)
			}
			if calls := s.Calls(); tt.code == exitUsage && calls > 0 {
				t.Errorf("%d calls of the API", calls)
			}
		})
	}
}

// Every cause of an error of the API has a sentence in both languages.
func TestGraphCausesAreSaid(t *testing.T) {
	for _, lang := range report.Languages {
		texts := report.NewTexts(lang)
		for _, cause := range graphapi.Causes() {
			if key := "cli.graph_" + string(cause); !texts.Has(key) {
				t.Errorf("%s: no text %q", lang, key)
			}
		}
	}
}

// A pull that ends early keeps what it read, leaves the reports alone, says what to do, and goes on with the same command.
func TestGraphGoesOn(t *testing.T) {
	s := graph.Demo()
	dir := filepath.Join(t.TempDir(), "x.case")
	args := []string{"run", "--people", "none", "--max-wait", "30m", "--case", dir, "graph:" + s.Page}
	s.Faults = []*graph.Fault{{On: "video_reels", Reply: graph.Throttle(80001, 5*time.Hour, "business")}}
	code, stdout, stderr := call(t, s, nil, args...)
	if code != exitFailed || !strings.Contains(stderr, "--max-wait") || !strings.Contains(stderr, "#80001") {
		t.Errorf("exit code %d, want %d and what to do:\n%s%s", code, exitFailed, stdout, stderr)
	}
	if _, err := os.Stat(filepath.Join(dir, "register.xlsx")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a register was written of half a page: %v", err)
	}
	later := graph.Demo()
	if code, stdout, stderr := call(t, later, nil, args...); code != exitDone {
		t.Fatalf("exit code %d\n%s%s", code, stdout, stderr)
	}
	lines, err := os.ReadFile(filepath.Join(dir, "items.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(lines, []byte(`{"type":"item"`)); n != 86 {
		t.Errorf("%d items, want 86", n)
	}
}
