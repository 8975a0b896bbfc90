package main

import (
	"bytes"
	"encoding/json"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// runPicture calls the verb as a user does and returns its lines.
func runPicture(t *testing.T, args ...string) (lines []string, code int, complaint string) {
	t.Helper()
	var out, complaints bytes.Buffer
	w := world{environ: []string{"HOME=" + t.TempDir()}, stdin: strings.NewReader(""), stdout: &out, stderr: &complaints, now: time.Now}
	code = run(t.Context(), w, append([]string{"picture", "--lang", "en"}, args...))
	if s := strings.TrimRight(out.String(), "\n"); s != "" {
		lines = strings.Split(s, "\n")
	}
	return lines, code, complaints.String()
}

func TestPictureVerb(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, b []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 40, 30))); err != nil {
		t.Fatal(err)
	}
	good, broken := write("gut", b.Bytes()), write("kaputt.png", b.Bytes()[:60])
	svg, missing := write("logo.svg", []byte("<svg xmlns='http://www.w3.org/2000/svg'/>")), filepath.Join(dir, "fehlt.jpg")

	t.Run("json", func(t *testing.T) {
		lines, code, _ := runPicture(t, "--json", "--people", "builtin", good, broken, svg, missing)
		if code != exitPartly || len(lines) != 4 {
			t.Fatalf("exit %d, %d lines", code, len(lines))
		}
		for i, want := range []struct{ file, status, format string }{
			{good, "ok", "png"}, {broken, "unreadable", "png"}, {svg, "unsupported", "svg"}, {missing, "missing", ""},
		} {
			var got map[string]any
			if err := json.Unmarshal([]byte(lines[i]), &got); err != nil {
				t.Fatal(err)
			}
			if got["file"] != want.file || got["status"] != want.status || got["format"] != want.format {
				t.Errorf("line %d: %s", i, lines[i])
			}
			for _, key := range []string{"width", "height", "sha256", "people", "boxes", "detector", "metadata", "phash"} {
				if _, ok := got[key]; !ok {
					t.Errorf("line %d lacks %q", i, key)
				}
			}
			// Nobody there and nobody could look are different answers.
			if people := got["people"]; i == 0 && people != 0.0 || i > 0 && people != nil {
				t.Errorf("line %d: people %v", i, people)
			}
		}
	})
	t.Run("metadata only", func(t *testing.T) {
		lines, code, _ := runPicture(t, "--json", "--metadata-only", good)
		if code != exitDone || len(lines) != 1 || !strings.Contains(lines[0], `"width":40,"height":30`) ||
			!strings.Contains(lines[0], `"people":null`) || !strings.Contains(lines[0], `"phash":""`) {
			t.Errorf("exit %d: %s", code, lines)
		}
	})
	t.Run("for people", func(t *testing.T) {
		lines, code, _ := runPicture(t, "--people", "none", good, missing)
		text := strings.Join(lines, "\n")
		if code != exitPartly || !strings.Contains(text, "PNG, 40 × 30") || !strings.Contains(text, "not examined") || !strings.Contains(text, "no such file") {
			t.Errorf("exit %d:\n%s", code, text)
		}
		if strings.Contains(text, "cli.picture") {
			t.Errorf("a text is missing:\n%s", text)
		}
	})
	t.Run("without a file", func(t *testing.T) {
		if _, code, complaint := runPicture(t); code != exitUsage || complaint == "" {
			t.Errorf("exit %d, %q", code, complaint)
		}
	})
}
