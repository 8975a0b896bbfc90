package report

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"slices"

	"pagerisk/scanner"
)

// Confidence of every statement that is made from a sample.
const confidence = 0.95

// sampleGoal is the share that the sample shall rule out when nothing is found in it: "fewer than 5 %".
const sampleGoal = 0.05

// SampleSize is the number of items without a finding that are put before the reviewer: the least that, with nothing
// found, gives "with 95 % confidence fewer than 5 %". That is 59 of a large page, fewer of a small one, and all of them up
// to about 20.
func SampleSize(population int) int {
	for n := 0; n < min(population, 59); n++ {
		if Bound(0, n, population) < sampleGoal {
			return n
		}
	}
	return min(population, 59)
}

// Sample draws items to be looked at. The same keys and seed give the same sample, whatever the order of the keys, and a
// page that grows keeps most of it: each key has a place of its own in a shuffled order.
func Sample(keys []scanner.Key, seed string) []scanner.Key {
	n := SampleSize(len(keys))
	if n == 0 {
		return nil
	}
	place := make(map[scanner.Key]uint64, len(keys))
	for _, k := range keys {
		sum := sha256.Sum256([]byte(seed + "\x00" + string(k)))
		place[k] = binary.BigEndian.Uint64(sum[:8])
	}
	out := slices.Clone(keys)
	slices.SortFunc(out, func(a, b scanner.Key) int {
		if place[a] != place[b] {
			if place[a] < place[b] {
				return -1
			}
			return 1
		}
		if a < b {
			return -1
		}
		return 1
	})
	return out[:n]
}

// Bound is the upper limit of the share of items, of a population, that have what a reviewer found in a random sample
// of n, with 95 % confidence, one-sided and exact. It counts the drawn items without putting them back (hypergeometric);
// for a population that is large against the sample this is the bound of Clopper and Pearson. It is 1 without a sample.
func Bound(found, n, population int) float64 {
	if n <= 0 || population <= 0 || found < 0 || found > n || n > population {
		return 1
	}
	if population > 200*n {
		return clopperPearson(found, n)
	}
	// The largest number of items with the property under which so few in the sample are not yet a surprise.
	lo, hi := found, population-(n-found)
	for lo < hi {
		mid := lo + (hi-lo+1)/2
		if atMostDrawn(found, n, mid, population) > 1-confidence {
			lo = mid
		} else {
			hi = mid - 1
		}
	}
	return float64(lo) / float64(population)
}

// atMostDrawn is the chance of at most found items with a property in a sample of n, when k of the population have it.
func atMostDrawn(found, n, k, population int) float64 {
	sum := 0.0
	all := logChoose(population, n)
	for i := max(0, n-(population-k)); i <= min(found, k); i++ {
		sum += math.Exp(logChoose(k, i) + logChoose(population-k, n-i) - all)
	}
	return min(sum, 1)
}

// clopperPearson is the upper limit for a population without end.
func clopperPearson(found, n int) float64 {
	if found == n {
		return 1
	}
	lo, hi := float64(found)/float64(n), 1.0
	for range 60 {
		p := (lo + hi) / 2
		sum := 0.0
		for i := range found + 1 {
			sum += math.Exp(logChoose(n, i) + float64(i)*math.Log(p) + float64(n-i)*math.Log1p(-p))
		}
		if sum > 1-confidence {
			lo = p
		} else {
			hi = p
		}
	}
	return hi
}

func logChoose(n, k int) float64 {
	if k < 0 || k > n {
		return math.Inf(-1)
	}
	a, _ := math.Lgamma(float64(n + 1))
	b, _ := math.Lgamma(float64(k + 1))
	c, _ := math.Lgamma(float64(n - k + 1))
	return a - b - c
}
