//go:build unix

package picture

import (
	"bytes"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// program writes a script that stands in for ffmpeg: it notes how it was called, and does as the body says.
func program(t *testing.T, dir, body string) string {
	t.Helper()
	path := filepath.Join(dir, "ffmpeg")
	script := "#!/bin/sh\nprintf '%s\\n' \"$*\" >> " + filepath.Join(dir, "calls") + "\n" + body + "\n"
	if err := os.WriteFile(path, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestVideoFrames(t *testing.T) {
	people, err := BuiltinPeople()
	if err != nil {
		t.Fatal(err)
	}
	dir, temp := t.TempDir(), t.TempDir()
	shot := filepath.Join(dir, "frame.jpg")
	if err := os.WriteFile(shot, jpegBytes(t, scene(5, 320, 180), 85), 0o600); err != nil {
		t.Fatal(err)
	}
	film := slices.Concat(isoBox("ftyp", []byte("isom\x00\x00\x02\x00")), movieBox(640, 360, false), isoBox("mdat", make([]byte, 5000)))
	// The program must see the whole film, in a folder that only its owner may enter.
	ffmpeg := program(t, dir, fmt.Sprintf(`for a; do [ "$last" = -i ] && in="$a"; last="$a"; done
[ "$(/usr/bin/wc -c < "$in")" -eq %d ] || exit 9
/bin/ls -ld "$(/usr/bin/dirname "$in")" | /bin/grep -q '^drwx------' || exit 8
exec /bin/cat %s`, len(film), shot))
	f, err := look(t, Options{People: people, FFmpeg: ffmpeg, TempDir: temp}, film)
	if err != nil {
		t.Fatal(err)
	}
	if f.People == nil || *f.People != 0 || f.Detector != people.String() || len(f.Missing) > 0 || f.Thumb == nil {
		t.Errorf("people %v by %q, missing %v, preview of %d bytes", f.People, f.Detector, f.Missing, len(f.Thumb))
	}
	calls, err := os.ReadFile(filepath.Join(dir, "calls"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(calls)), "\n")
	if len(lines) != videoFrames {
		t.Errorf("%d calls, want %d", len(lines), videoFrames)
	}
	for i, line := range lines {
		for _, part := range []string{"-protocol_whitelist file,pipe", "-f mov -ss " + fmt.Sprintf("%.3f", 12.5*(float64(i)+0.5)/videoFrames), "-nostdin"} {
			if !strings.Contains(line, part) {
				t.Errorf("call %d lacks %q: %s", i, part, line)
			}
		}
	}
	if left, _ := os.ReadDir(temp); len(left) > 0 {
		t.Errorf("%d files are left behind", len(left))
	}
}

func TestProgramThatFails(t *testing.T) {
	people, err := BuiltinPeople()
	if err != nil {
		t.Fatal(err)
	}
	film := slices.Concat(isoBox("ftyp", []byte("isom\x00\x00\x02\x00")), movieBox(640, 360, false))
	for name, body := range map[string]string{
		"refuses": "echo no >&2; exit 1", "says nothing": "exit 0", "says something else": "echo hello", "never stops talking": "exec /usr/bin/yes",
	} {
		t.Run(name, func(t *testing.T) {
			f, err := look(t, Options{People: people, FFmpeg: program(t, t.TempDir(), body), TempDir: t.TempDir()}, film)
			if err != nil || f.People != nil || !slices.Contains(f.Missing, "people") || f.Width != 640 {
				t.Errorf("people %v, missing %v, error %v", f.People, f.Missing, err)
			}
		})
	}
}

func TestAVIFByProgram(t *testing.T) {
	dir := t.TempDir()
	shot := filepath.Join(dir, "frame.jpg")
	img := scene(6, 64, 48)
	if err := os.WriteFile(shot, jpegBytes(t, img, 90), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := look(t, Options{FFmpeg: program(t, dir, "exec /bin/cat "+shot), TempDir: t.TempDir()}, file(t, "metadata/full.avif"))
	if err != nil {
		t.Fatal(err)
	}
	want, err := look(t, Options{}, jpegBytes(t, img, 90))
	if err != nil {
		t.Fatal(err)
	}
	if f.DHash != want.DHash || !bytes.Equal(f.Thumb, want.Thumb) || f.Format != "avif" {
		t.Errorf("%q, hash %x, want %x", f.Format, f.DHash, want.DHash)
	}
	if a, b := NewLooker(Options{FFmpeg: shot}), NewLooker(Options{}); a.Name() == b.Name() {
		t.Error("two lookers that see different things have one name")
	}
	if got := image.Rect(0, 0, f.Width, f.Height).Size(); got != image.Pt(64, 48) {
		t.Errorf("size %v", got)
	}
}
