package picture

import (
	"image"
	"math"
	"slices"
)

// measure fills in the hashes and whether the picture is flat, from its small frame.
func (f *Facts) measure(small *Frame) {
	grey := small.Grey(thumbSide)
	f.PHash, f.DHash = pHash(grey), dHash(grey)
	f.Flat = flat(grey)
}

// hashSide is the side of the square from which a perceptual hash takes its frequencies.
const hashSide = 32

// cosines has the first eight rows of a discrete cosine transform over hashSide samples.
var cosines = func() (c [8][hashSide]float64) {
	for k := range c {
		for n := range c[k] {
			c[k][n] = math.Cos(math.Pi * float64(k) * (2*float64(n) + 1) / (2 * hashSide))
		}
	}
	return c
}()

// pHash is the 64-bit DCT hash: a bit for each of the lowest 8 × 8 frequencies, set where it lies above their median.
func pHash(g *image.Gray) uint64 {
	var px [hashSide * hashSide]byte
	shrink(px[:], hashSide, hashSide, g)
	var half [8][hashSide]float64 // frequency across, row
	for y := range hashSide {
		row := px[y*hashSide : (y+1)*hashSide]
		for k := range half {
			sum := 0.0
			for n, v := range row {
				sum += float64(v) * cosines[k][n]
			}
			half[k][y] = sum
		}
	}
	var freq [64]float64
	for v := range 8 {
		for k := range 8 {
			sum := 0.0
			for n, s := range half[k] {
				sum += s * cosines[v][n]
			}
			freq[v*8+k] = sum
		}
	}
	sorted := freq
	slices.Sort(sorted[:])
	median := (sorted[31] + sorted[32]) / 2
	var hash uint64
	for i, f := range freq {
		if f > median {
			hash |= 1 << (63 - i)
		}
	}
	return hash
}

// dHash is the 64-bit difference hash: a bit for each pixel of 9 × 8 that is darker than its right neighbour.
func dHash(g *image.Gray) uint64 {
	var px [9 * 8]byte
	shrink(px[:], 9, 8, g)
	var hash uint64
	for y := range 8 {
		for x := range 8 {
			hash <<= 1
			if px[y*9+x] < px[y*9+x+1] {
				hash |= 1
			}
		}
	}
	return hash
}

func shrink(dst []byte, w, h int, g *image.Gray) {
	gw, gh := g.Rect.Dx(), g.Rect.Dy()
	reduce(dst, w, w, h, g.Pix, g.Stride, gw, gh)
}

// flat tells drawings, logos and text tiles from photographs.
func flat(g *image.Gray) bool {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	if w < 2 || h < 2 {
		return true
	}
	still, all := 0, 0
	for y := 1; y < h; y++ {
		row, above := g.Pix[y*g.Stride:][:w], g.Pix[(y-1)*g.Stride:][:w]
		for x := 1; x < w; x++ {
			d := int(row[x]) - int(row[x-1])
			e := int(row[x]) - int(above[x])
			if d*d+e*e <= 1 {
				still++
			}
			all++
		}
	}
	return still*100 >= all*60
}

func printsOf(small *Frame) []uint64 { return nil }
