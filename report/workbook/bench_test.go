package workbook

import (
	"context"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"

	"pagerisk/report"
)

// peak samples the memory that Go holds while f runs, beyond what it held before.
func peak(f func()) uint64 {
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	done, out := make(chan struct{}), make(chan uint64)
	go func() {
		var most uint64
		var m runtime.MemStats
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				runtime.ReadMemStats(&m)
				most = max(most, m.HeapInuse+m.StackInuse)
			case <-done:
				out <- most - min(most, before.HeapInuse)
				return
			}
		}
	}()
	f()
	close(done)
	return <-out
}

// allFlagged makes every item one with a finding and three media: the sheet of findings is then as long as the register.
// The rows are made once, so that what making them costs is not measured.
func allFlagged(b *testing.B, n int) *report.Register {
	r := synthetic("de", 3*n)
	var rows []*report.Row
	for row, err := range r.Rows(b.Context()) {
		if err != nil {
			b.Fatal(err)
		}
		if row.Number > 0 && len(row.Findings) > 0 {
			for len(row.Item.Media) < 3 {
				row.Item.Media = append(row.Item.Media, row.Item.Media[0])
				row.Facts = append(row.Facts, row.Facts[0])
			}
			rows = append(rows, row)
		}
	}
	r.Rows = func(context.Context) iter.Seq2[*report.Row, error] {
		return func(yield func(*report.Row, error) bool) {
			for _, row := range rows {
				if !yield(row, nil) {
					return
				}
			}
		}
	}
	return r
}

// BenchmarkWrite is the budget of the workbook: 10,000 findings, 1,500 previews, 30,000 media within 6 s on two slow
// cores. What it holds in memory is measured by BenchmarkWriteLarge, where the rows come in a stream as they do from a
// case.
func BenchmarkWrite(b *testing.B) {
	r := allFlagged(b, 10_000)
	dir := b.TempDir()
	for b.Loop() {
		if err := (Writer{}).Write(b.Context(), dir, r); err != nil {
			b.Fatal(err)
		}
	}
	info, err := os.Stat(filepath.Join(dir, FileName))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(info.Size())/(1<<20), "file-MB")
}

// BenchmarkWriteLarge is a page of 30,000 and one of 100,000 items, of which a third is flagged; 200 MB are the budget of
// the smaller one.
func BenchmarkWriteLarge(b *testing.B) {
	for _, n := range []int{30_000, 100_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			r := synthetic("de", n)
			dir := b.TempDir()
			for b.Loop() {
				most := peak(func() {
					if err := (Writer{}).Write(b.Context(), dir, r); err != nil {
						b.Fatal(err)
					}
				})
				b.ReportMetric(float64(most)/(1<<20), "peak-MB")
			}
		})
	}
}

func BenchmarkRead(b *testing.B) {
	file := write(b, Writer{}, allFlagged(b, 10_000))
	for b.Loop() {
		most := peak(func() {
			if _, err := Read(file); err != nil {
				b.Fatal(err)
			}
		})
		b.ReportMetric(float64(most)/(1<<20), "peak-MB")
	}
}
