package report

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"pagerisk/scanner"
)

// The wanted values are those of the exact formulas, computed by hand: 1 − 0.05^(1/n) for none found in an endless
// population, and for small ones the largest number of items that still leaves a chance above 5 %.
func TestBound(t *testing.T) {
	for _, tt := range []struct {
		found, n, population int
		want                 float64
	}{
		{0, 59, 1_000_000, 1 - math.Pow(0.05, 1.0/59)},
		{0, 10, 1_000_000, 1 - math.Pow(0.05, 1.0/10)},
		{1, 10, 1_000_000, 0.39416}, // published tables of Clopper and Pearson, one-sided 95 %
		{10, 10, 1_000_000, 1},
		{0, 50, 50, 0},
		{3, 50, 50, 3.0 / 50},
		{0, 10, 20, 3.0 / 20}, // none in ten of 20 with four: C(16,10)/C(20,10) = 0.043; with three 0.105
		{0, 0, 100, 1},
		{5, 4, 100, 1},
		{0, 30, 20, 1},
	} {
		got := Bound(tt.found, tt.n, tt.population)
		if math.Abs(got-tt.want) > 0.0005 {
			t.Errorf("Bound(%d, %d, %d) = %.5f, want %.5f", tt.found, tt.n, tt.population, got, tt.want)
		}
	}
}

// The bound of a finite population is never above that of an endless one, and what was found is always within it.
func TestBoundOrder(t *testing.T) {
	for _, population := range []int{5, 40, 300, 2000} {
		for n := 1; n <= min(population, 60); n += 7 {
			for found := 0; found <= n; found += 3 {
				got := Bound(found, n, population)
				if got < float64(found)/float64(population) || got > 1 {
					t.Errorf("Bound(%d, %d, %d) = %v", found, n, population, got)
				}
				if ceiling := clopperPearson(found, n); got > ceiling+1e-9 {
					t.Errorf("Bound(%d, %d, %d) = %v, above %v of an endless population", found, n, population, got, ceiling)
				}
			}
		}
	}
}

func TestSampleSize(t *testing.T) {
	for _, tt := range []struct{ population, want int }{{0, 0}, {1, 1}, {100_000, 59}, {5_000, 59}} {
		if got := SampleSize(tt.population); got != tt.want {
			t.Errorf("SampleSize(%d) = %d, want %d", tt.population, got, tt.want)
		}
	}
	for population := 1; population < 400; population++ {
		n := SampleSize(population)
		if b := Bound(0, n, population); b >= 0.05 {
			t.Errorf("population %d: a clean sample of %d still allows %.3f", population, n, b)
		}
		if n > 1 && Bound(0, n-1, population) < 0.05 {
			t.Errorf("population %d: %d would be enough", population, n-1)
		}
	}
}

func TestSample(t *testing.T) {
	var keys []scanner.Key
	for i := range 1000 {
		keys = append(keys, scanner.Key(fmt.Sprintf("fb:%d", i)))
	}
	first := Sample(keys, "page")
	if len(first) != SampleSize(len(keys)) {
		t.Fatalf("Sample drew %d, want %d", len(first), SampleSize(len(keys)))
	}
	mixed := slices.Clone(keys)
	slices.Reverse(mixed)
	if again := Sample(mixed, "page"); !slices.Equal(first, again) {
		t.Error("the sample depends on the order of the keys")
	}
	if other := Sample(keys, "another page"); slices.Equal(first, other) {
		t.Error("the sample does not depend on the seed")
	}
	// A page that grows by a tenth keeps most of its sample.
	for i := range 100 {
		keys = append(keys, scanner.Key(fmt.Sprintf("fb:new%d", i)))
	}
	kept := 0
	for _, k := range Sample(keys, "page") {
		if slices.Contains(first, k) {
			kept++
		}
	}
	if kept < 45 {
		t.Errorf("of %d only %d stayed in the sample", len(first), kept)
	}
	// Each item has the same chance: over many seeds, none is drawn far more often than another.
	count := map[scanner.Key]int{}
	small := keys[:100]
	for seed := range 400 {
		for _, k := range Sample(small, fmt.Sprint(seed)) {
			count[k]++
		}
	}
	want := 400 * SampleSize(100) / 100
	for k, n := range count {
		if n < want*7/10 || n > want*13/10 {
			t.Errorf("%s was drawn %d times, about %d expected", k, n, want)
		}
	}
}
