package metaexport_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pagerisk/fixtures"
)

// TestDemo compares what is read of the demonstration page with what its builder says that it put in.
func TestDemo(t *testing.T) {
	dir := t.TempDir()
	for name, data := range fixtures.Demo() {
		must(t, os.WriteFile(filepath.Join(dir, name), data, 0o600))
	}
	var want, got []string
	for line := range strings.Lines(string(fixtures.DemoExpected())) {
		var e struct {
			Platform, Kind, Text, State string
			Created                     time.Time
			Files                       []string
		}
		must(t, json.Unmarshal([]byte(line), &e))
		want = append(want, fmt.Sprintf("%s %s %s %s %q %v", e.Platform, e.Kind, e.State, e.Created.Format(time.RFC3339), e.Text, e.Files))
	}
	s := scanPaths(t, dir)
	for _, i := range s.items {
		files := []string{}
		for _, m := range i.Media {
			files = append(files, m.File)
		}
		created := i.Created.Format(time.RFC3339)
		got = append(got, fmt.Sprintf("%s %s %s %s %q %v", i.Platform, i.Kind, i.State, created, i.Text, files))
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("items (-want +got):\n%s", diff)
	}
	checkTally(t, s, 0)
}
