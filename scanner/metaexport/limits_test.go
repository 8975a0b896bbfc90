package metaexport

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pagerisk/scanner"
)

// One record of a list can be as large as maxElement. What is compared with everything else in it has a limit, and
// reaching it is told.
func TestLimitsOfOneRecord(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "export")
	list := filepath.Join(dir, "this_profile's_activity_across_facebook", "posts", "profile_posts_1.json")
	if err := os.MkdirAll(filepath.Dir(list), 0o700); err != nil {
		t.Fatal(err)
	}
	var media, tags []string
	for i := range maxMedia + 1 {
		media = append(media, fmt.Sprintf(`{"media":{"uri":"posts/media/%d.jpg","creation_timestamp":1}}`, 411200000000000+i))
	}
	for i := range maxTags + 1 {
		tags = append(tags, fmt.Sprintf("%q", fmt.Sprint("Name ", i)))
	}
	record := `[{"timestamp":1700000000,"tags":[` + strings.Join(tags, ",") + `],"attachments":[{"data":[` + strings.Join(media, ",") + `]}]}]`
	if err := os.WriteFile(list, []byte(record), 0o600); err != nil {
		t.Fatal(err)
	}
	src, err := Open(t.Context(), []string{dir}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	codes := map[scanner.Code]int{}
	items := 0
	for e, err := range src.Read(t.Context(), "") {
		switch {
		case err != nil:
			t.Fatal(err)
		case e.Note != nil:
			codes[e.Note.Code]++
		case e.Item != nil:
			items++
			if len(e.Item.Media) != maxMedia || len(e.Item.Tags) != maxTags {
				t.Errorf("%d media, %d tags, want %d and %d", len(e.Item.Media), len(e.Item.Tags), maxMedia, maxTags)
			}
		}
	}
	if items != 1 || codes[scanner.CodeTooLarge] != 1 || codes[scanner.CodeState] != 1 {
		t.Errorf("%d items, notes %v, want 1 item and a note of each limit", items, codes)
	}
}

// A year beyond 9999 cannot be stored as JSON: one such record would end every run.
func TestTimesThatCannotBeStored(t *testing.T) {
	for _, taken := range []string{"9999-12-31T23:59:59-12:00", "0000-01-01T00:00:00+12:00", "2019-01-02T03:04:05+00:00"} {
		d := decoder{list: list{form: media2020}}
		recs := d.decode("photos", object{"path": "photos/1.jpg", "taken_at": taken})
		if len(recs) != 1 {
			t.Fatalf("%q: %d records", taken, len(recs))
		}
		if _, err := json.Marshal(recs[0].created); err != nil {
			t.Errorf("%q: %v", taken, err)
		}
		if want := strings.HasPrefix(taken, "2019"); want == recs[0].created.IsZero() {
			t.Errorf("%q read as %v", taken, recs[0].created)
		}
	}
}

// Sizes in a directory are claims of 64 bits: a sum that wraps round must not hide members that share their bytes.
func TestOverlapIsSeenWhateverTheSizesClaim(t *testing.T) {
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	m, err := w.Create("a")
	if err != nil {
		t.Fatal(err)
	}
	m.Write(make([]byte, 100))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := zip.NewReader(bytes.NewReader(buf.Bytes()), int64(buf.Len()))
	if err != nil {
		t.Fatal(err)
	}
	if got := overlapping(r.File, int64(buf.Len())); len(got) != 0 {
		t.Errorf("honest archive: %v", got)
	}
	a, b := *r.File[0], *r.File[0]
	a.CompressedSize64, b.CompressedSize64 = 1<<63, 1<<63
	if got := overlapping([]*zip.File{&a, &b}, int64(buf.Len())); !got[0] || !got[1] {
		t.Errorf("two members over the same bytes: %v", got)
	}
}

// Data that look like one descriptor after another cost what other data cost.
func TestWalkOverSignaturesIsPaidFor(t *testing.T) {
	data := bytes.Repeat(descriptorSignature, 1000)
	w := &zipWalk{r: bytes.NewReader(data), size: int64(len(data)), budget: 100}
	w.br = bufio.NewReader(bytes.NewReader(data))
	w.storedEnd(context.Background(), &walked{crc: crc32.ChecksumIEEE(nil)})
	if w.pos > 200 || w.budget > 0 {
		t.Errorf("the walk came to byte %d with a budget of 100", w.pos)
	}
}

// A text that is longer than any post is cut, and the record says so.
func TestEarlyTextBeyondItsLimit(t *testing.T) {
	long := strings.Repeat("<br>"+strings.Repeat("x", 1<<16), 17)
	doc := `<html><body><div class="meta">12. November 2014 um 20:53 UTC+01</div><div class="comment">` + long + `</div></body></html>`
	n := 0
	if _, err := readEarly(strings.NewReader(doc), list{form: timeline}, time.UTC, func(rec record) error {
		n++
		if rec.text == "" || rec.unclear == "" {
			t.Errorf("%d bytes of text, unclear %q", len(rec.text), rec.unclear)
		}
		return nil
	}); err != nil || n != 1 {
		t.Errorf("%d records, %v", n, err)
	}
}
