package metaexport_test

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"testing"
	"time"

	"pagerisk/scanner"
	"pagerisk/scanner/metaexport"
)

var million = flag.Bool("million", false, "let BenchmarkTimeline read 1,000,000 records too (about a minute)")

// timelineFolder is an unpacked page export without media: n records in files of 10,000, as Meta cuts them.
func timelineFolder(t testing.TB, n int) (dir string, size int64) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "export")
	posts := filepath.Join(dir, filepath.FromSlash(pageRoot+"posts"))
	must(t, os.MkdirAll(posts, 0o700))
	for i := 0; i < n; {
		f, err := os.Create(filepath.Join(posts, fmt.Sprintf("profile_posts_%d.json", i/10_000+1)))
		must(t, err)
		w := bufio.NewWriter(f)
		w.WriteString("[")
		for first := i; i < n && (i == first || i%10_000 != 0); i++ {
			if i > first {
				w.WriteString(",")
			}
			fmt.Fprintf(w, "\n  {\n    \"timestamp\": %d,\n    \"attachments\": [\n      {\n        \"data\": [", 1_300_000_000+i*97)
			if i%3 > 0 {
				fmt.Fprintf(w, "\n          {\n            \"media\": {\n              \"uri\": \"this_profile's_activity_across_facebook/posts/media/Chronik-Fotos_4111/4112%012d.jpg\",\n              \"creation_timestamp\": %d,\n"+
					"              \"media_metadata\": {\n                \"photo_metadata\": {\n                  \"exif_data\": [\n                    {\n                      \"upload_ip\": \"192.0.2.17\",\n                      \"taken_timestamp\": %d\n"+
					"                    }\n                  ]\n                }\n              },\n              \"title\": \"Chronik-Fotos\",\n              \"description\": \"Beitrag %d\"\n            }\n          }", i, 1_300_000_000+i*97, 1_300_000_000+i*97, i)
			}
			fmt.Fprintf(w, "\n        ]\n      }\n    ],\n    \"data\": [\n      {\n        \"post\": \"Beitrag %d: Wir begr\\u00c3\\u00bc\\u00c3\\u009fen unsere neuen Kolleginnen und Kollegen in der Werkstatt. Sch\\u00c3\\u00b6n, dass ihr da seid! \\u00f0\\u009f\\u008e\\u0089\"\n      },\n      {\n        \"update_timestamp\": %d\n      }\n    ],\n    \"title\": \"Die Tischlerei hat ein neues Foto hinzugef\\u00c3\\u00bcgt.\"\n  }", i, 1_300_000_000+i*97)
		}
		w.WriteString("\n]\n")
		must(t, w.Flush())
		info, err := f.Stat()
		must(t, err)
		size += info.Size()
		must(t, f.Close())
	}
	return dir, size
}

// BenchmarkTimeline reads timelines without media files: the time has to grow with the records, the memory hardly.
func BenchmarkTimeline(b *testing.B) {
	for _, n := range []int{10_000, 100_000, 1_000_000} {
		if n == 1_000_000 && !*million {
			continue
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			dir, size := timelineFolder(b, n)
			b.SetBytes(size)
			debug.FreeOSMemory()
			var peak atomic.Uint64
			stop := make(chan struct{})
			go func() {
				for {
					select {
					case <-stop:
						return
					case <-time.After(20 * time.Millisecond):
						var m runtime.MemStats
						runtime.ReadMemStats(&m)
						peak.Store(max(peak.Load(), m.HeapInuse+m.StackInuse))
					}
				}
			}()
			for b.Loop() {
				src, err := metaexport.Open(b.Context(), []string{dir}, metaexport.Options{})
				must(b, err)
				items := 0
				for e, err := range src.Read(b.Context(), "") {
					must(b, err)
					if e.Item != nil && e.Item.State == scanner.Published {
						items++
					}
				}
				if items != n {
					b.Fatalf("%d items of %d records", items, n)
				}
				must(b, src.Close())
			}
			close(stop)
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
			b.ReportMetric(float64(peak.Load())/(1<<20), "peak-MB")
		})
	}
}
