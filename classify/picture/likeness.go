package picture

import (
	"image"
	"math"
	"math/bits"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// Likeness in three steps, because no single measure does it: hashes of the differences from left to right, of the whole
// known picture and of its usual crops, find candidates (they stand logos, text bars and new encodings); those of the
// differences from top to bottom discard most of the accidental ones; and a miniature of grey values, laid over the
// other one, decides. The DCT hash, which a logo changes a lot, is for whoever compares with other tools.

// measure fills in the hashes, the miniature and whether the picture is flat, from its small frame.
func (f *Facts) measure(small *Frame) {
	grey := small.Grey(thumbSide)
	f.Flat = flat(grey)
	if grey.Rect.Dx() < miniSide || grey.Rect.Dy() < miniSide {
		grey = blowUp(grey)
	}
	p := whole(grey)
	f.PHash, f.DHash = pHash(p), dHash(p)
	f.Miniature = make([]byte, miniSide*miniSide)
	reduce(f.Miniature, miniSide, miniSide, miniSide, grey.Pix, grey.Stride, grey.Rect.Dx(), grey.Rect.Dy())
}

// blowUp brings a picture of a few pixels to a size that can be hashed.
func blowUp(g *image.Gray) *image.Gray {
	w, h := max(g.Rect.Dx(), miniSide), max(g.Rect.Dy(), miniSide)
	out := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			out.Pix[y*w+x] = g.Pix[y*g.Rect.Dy()/h*g.Stride+x*g.Rect.Dx()/w]
		}
	}
	return out
}

// flat tells drawings, logos and text tiles from photographs: most of their pixels have one of two brightnesses, and
// many equal their neighbours exactly, which the noise of a photograph prevents even where it is out of focus.
func flat(g *image.Gray) bool {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	if w < 2 || h < 2 {
		return true
	}
	var count [256 + flatWidth]int
	still := 0
	for y := 1; y < h; y++ {
		row, above := g.Pix[y*g.Stride:][:w], g.Pix[(y-1)*g.Stride:][:w]
		for x := 1; x < w; x++ {
			v := row[x]
			count[v]++
			if v == row[x-1] && v == above[x] {
				still++
			}
		}
	}
	all, most := (w-1)*(h-1), 0
	for range 2 {
		best, at, sum := 0, 0, 0
		for v, n := range count {
			if sum += n; v >= flatWidth {
				sum -= count[v-flatWidth]
			}
			if sum > best {
				best, at = sum, v
			}
		}
		most += best
		clear(count[max(0, at-flatWidth+1) : at+1])
	}
	return still*100 >= all*flatStill && most*100 >= all*flatTones
}

const (
	// A picture is flat from flatStill pixels in 100 that equal their neighbours and flatTones in 100 whose brightness
	// lies in one of the two fullest ranges of flatWidth levels. Text tiles and logos have 70 and 80 at least; of 80
	// parts of photographs three had more than 45 and 65, all of them out of focus.
	flatStill = 45
	flatTones = 65
	flatWidth = 5
	// miniSide is the side of the miniature, squeezed to a square.
	miniSide = 24
	// hashSide is the side of the square whose frequencies make the DCT hash.
	hashSide = 24
)

// plate is a grey picture whose parts can be averaged at once: sums over all pixels above and left of each.
type plate struct {
	w, h int
	sums []uint32 // (w+1) × (h+1)
}

// whole prepares a grey picture of at most 4,000 × 4,000 pixels.
func whole(g *image.Gray) *plate {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	p := &plate{w: w, h: h, sums: make([]uint32, (w+1)*(h+1))}
	for y := range h {
		row := g.Pix[y*g.Stride:][:w]
		above, here := p.sums[y*(w+1):][:w+1], p.sums[(y+1)*(w+1):][:w+1]
		sum := uint32(0)
		for x, v := range row {
			sum += uint32(v)
			here[x+1] = above[x+1] + sum
		}
	}
	return p
}

// at is the sum up to a point between pixels.
func (p *plate) at(x, y float64) float64 {
	x, y = min(max(x, 0), float64(p.w)), min(max(y, 0), float64(p.h))
	x0, y0 := min(int(x), p.w-1), min(int(y), p.h-1)
	fx, fy := x-float64(x0), y-float64(y0)
	i := y0*(p.w+1) + x0
	a, b := float64(p.sums[i]), float64(p.sums[i+1])
	c, d := float64(p.sums[i+p.w+1]), float64(p.sums[i+p.w+2])
	return (a*(1-fx)+b*fx)*(1-fy) + (c*(1-fx)+d*fx)*fy
}

// crop is what is cut away at each side, as a part of the picture.
type crop struct{ left, top, right, bottom float64 }

// cells fills dst with the means of n × m equal parts of a picture's crop.
func (p *plate) cells(dst []float64, n, m int, c crop) {
	x0, y0 := c.left*float64(p.w), c.top*float64(p.h)
	dx, dy := (1-c.left-c.right)*float64(p.w)/float64(n), (1-c.top-c.bottom)*float64(p.h)/float64(m)
	var line [2][hashSide + 1]float64
	for y := 0; y <= m; y++ {
		below := &line[y&1]
		for x := range n + 1 {
			below[x] = p.at(x0+float64(x)*dx, y0+float64(y)*dy)
		}
		if y == 0 {
			continue
		}
		above := &line[1-y&1]
		for x := range n {
			dst[(y-1)*n+x] = (below[x+1] - below[x] - above[x+1] + above[x]) / (dx * dy)
		}
	}
}

// cosines has the first eight rows of a discrete cosine transform over hashSide samples.
var cosines = func() (c [8][hashSide]float64) {
	for k := range c {
		for n := range c[k] {
			c[k][n] = math.Cos(math.Pi * float64(k) * (2*float64(n) + 1) / (2 * hashSide))
		}
	}
	return c
}()

// pHash is the 64-bit DCT hash of the whole picture.
func pHash(p *plate) uint64 { return p.dct(crop{}) }

// dHash is the 64-bit difference hash of the whole picture.
func dHash(p *plate) uint64 { return p.differences(crop{}) }

// dct has a bit for each of the lowest 8 × 8 frequencies, set where it lies above their median.
func (p *plate) dct(c crop) uint64 {
	var px [hashSide * hashSide]float64
	p.cells(px[:], hashSide, hashSide, c)
	var half [8][hashSide]float64 // frequency across, row
	for y := range hashSide {
		row := px[y*hashSide : (y+1)*hashSide]
		for k := range half {
			sum := 0.0
			for n, v := range row {
				sum += v * cosines[k][n]
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

// hashMargin is by how many grey levels a cell must be darker: without it, plain grounds hash to noise.
const hashMargin = 1

// differences has a bit for each of 9 × 8 cells that is darker than its right neighbour.
func (p *plate) differences(c crop) uint64 {
	var px [9 * 8]float64
	p.cells(px[:], 9, 8, c)
	var hash uint64
	for y := range 8 {
		for x := range 8 {
			hash <<= 1
			if px[y*9+x]+hashMargin < px[y*9+x+1] {
				hash |= 1
			}
		}
	}
	return hash
}

// falls has a bit for each of 8 × 9 cells that is darker than the one below.
func (p *plate) falls(c crop) uint64 {
	var px [8 * 9]float64
	p.cells(px[:], 8, 9, c)
	var hash uint64
	for i := range 64 {
		hash <<= 1
		if px[i]+hashMargin < px[i+8] {
			hash |= 1
		}
	}
	return hash
}

// Print is what likeness is judged by.
type Print struct {
	PHash, DHash uint64
	Miniature    []byte // 24 × 24 grey values of the whole picture, row by row
	Flat         bool
}

// PrintOf returns the print of a picture, and false where nobody saw its pixels. f may be nil.
func PrintOf(f *Facts) (Print, bool) {
	if f == nil || len(f.Miniature) != miniSide*miniSide {
		return Print{}, false
	}
	return Print{PHash: f.PHash, DHash: f.DHash, Miniature: f.Miniature, Flat: f.Flat}, true
}

// Match is a known picture that shows the same.
type Match struct {
	Known    int  // its place in the list that the index was made of
	Distance int  // bits of 64 that differ between the hashes: 0 the same, 12 the most that is looked at
	Cropped  bool // the one shows only a part of the other
	// Whole is the likeness when nearly every pixel counts, at most 1. Pictures of one series (the same room, the same
	// pose) are alike in what surrounds the one thing that differs; this tells them apart, but not a picture from the same
	// one with a logo or a bar of text.
	Whole float64
}

// Thresholds, from the table in BENCHMARKS.md.
const (
	nearHash = 12 // bits of the hash across, at the crop that fits best
	nearBoth = 20 // bits of both hashes together, across and down
	// alikeLeast is the least likeness of two photographs in the three quarters that fit best; alikeFlat that of flat
	// pictures, of which nearly every pixel counts: tiles of one design differ by a few words.
	alikeLeast = 0.945
	alikeFlat  = 0.985
)

// crops are the parts of a known picture that are hashed: each side with and without 5 %, then the cuts of platforms
// that want other proportions. A picture that is cut by 2.5 % more or less than one of these is still found.
var crops = func() []crop {
	var list []crop
	for i := range 16 {
		side := func(bit int) float64 { return 0.05 * float64(i>>bit&1) }
		list = append(list, crop{side(0), side(1), side(2), side(3)})
	}
	for _, m := range []float64{0.1, 0.15, 0.2, 0.25} {
		list = append(list, crop{left: m, right: m}, crop{top: m, bottom: m})
	}
	return append(list, crop{0.1, 0.1, 0.1, 0.1})
}()

// Index finds prints among many. It is made once and safe for concurrent use.
type Index struct {
	known []Print
	// One entry for each known picture and crop, in the order known × crops.
	falls []uint64
	// For each of four bands of 16 bits: where the entries of each value begin, and the entries in that order.
	bands [4]struct {
		begin  []uint32
		hashes []uint64
		entry  []uint32
	}
}

// NewIndex prepares known pictures. Prints without a miniature are never found.
func NewIndex(known []Print) *Index {
	x := &Index{known: known}
	n := len(known) * len(crops)
	x.falls = make([]uint64, n)
	hashes := make([]uint64, n)
	valid := make([]bool, len(known))
	parallel(len(known), func(i int) {
		if len(known[i].Miniature) != miniSide*miniSide {
			return
		}
		valid[i] = true
		p := known[i].plate()
		for k, c := range crops {
			hashes[i*len(crops)+k], x.falls[i*len(crops)+k] = p.differences(c), p.falls(c)
		}
	})
	for b := range x.bands {
		band := &x.bands[b]
		band.begin = make([]uint32, 1<<16+1)
		for i, h := range hashes {
			if valid[i/len(crops)] {
				band.begin[h>>(16*b)&0xffff+1]++
			}
		}
		for v := range 1 << 16 {
			band.begin[v+1] += band.begin[v]
		}
		all := band.begin[1<<16]
		band.hashes, band.entry = make([]uint64, all), make([]uint32, all)
		next := slices.Clone(band.begin[:1<<16])
		for i, h := range hashes {
			if valid[i/len(crops)] {
				v := h >> (16 * b) & 0xffff
				band.hashes[next[v]], band.entry[next[v]] = h, uint32(i)
				next[v]++
			}
		}
	}
	return x
}

// parallel calls f for 0 to n-1 on all cores.
func parallel(n int, f func(i int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), n) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				f(i)
			}
		})
	}
	wg.Wait()
}

func (p *Print) plate() *plate {
	return whole(&image.Gray{Pix: p.Miniature, Stride: miniSide, Rect: image.Rect(0, 0, miniSide, miniSide)})
}

// Match returns the known pictures that show what p shows, the nearest first.
func (x *Index) Match(p Print) []Match { return x.match(p, func(int) bool { return true }) }

func (x *Index) match(p Print, wanted func(known int) bool) []Match {
	if len(p.Miniature) != miniSide*miniSide {
		return nil
	}
	// The hashes that the known ones are compared with come from the miniature as theirs do.
	mine := p.plate()
	hash, falls := mine.differences(crop{}), mine.falls(crop{})
	type candidate struct{ crop, distance int }
	best := map[int]candidate{}
	seen := func(h uint64, entry uint32) {
		d := bits.OnesCount64(h ^ hash)
		if d > nearHash {
			return
		}
		known, k := int(entry)/len(crops), int(entry)%len(crops)
		if d+bits.OnesCount64(x.falls[entry]^falls) > nearBoth || !wanted(known) {
			return
		}
		if c, ok := best[known]; !ok || d < c.distance || d == c.distance && k < c.crop {
			best[known] = candidate{k, d}
		}
	}
	for b := range x.bands {
		band := &x.bands[b]
		value := hash >> (16 * b) & 0xffff
		for flip := -1; flip < 16; flip++ {
			v := value
			if flip >= 0 {
				v ^= 1 << flip
			}
			from, to := band.begin[v], band.begin[v+1]
			for i, h := range band.hashes[from:to] {
				seen(h, band.entry[from+uint32(i)])
			}
		}
	}
	var out []Match
	for known, c := range best {
		other := &x.known[known]
		keep, least := keepPixels, alikeLeast
		if p.Flat && other.Flat {
			keep, least = keepFlat, alikeFlat
		}
		if fit, score := lay(p.Miniature, other.Miniature, crops[c.crop], keep); score >= least {
			_, all := lay(p.Miniature, other.Miniature, fit, keepFlat)
			out = append(out, Match{Known: known, Distance: c.distance, Cropped: fit.cuts(), Whole: all})
		}
	}
	slices.SortFunc(out, func(a, b Match) int {
		if a.Distance != b.Distance {
			return a.Distance - b.Distance
		}
		return a.Known - b.Known
	})
	return out
}

// cuts reports whether so much is cut away that it cannot be a matter of rounding.
func (c crop) cuts() bool { return max(c.left, c.top, c.right, c.bottom) > 0.02 }

// lay moves the borders of a crop of b until what is inside resembles a best, and returns how well it does.
func lay(a, b []byte, c crop, keep int) (crop, float64) {
	best := alike(a, b, c, keep)
	if best < alikeHope || best > alikeSure {
		return c, best
	}
	for _, step := range []float64{0.03, 0.015, 0.0075} {
		for moves := 0; moves < 4; moves++ {
			moved := false
			for side := range 4 {
				for _, d := range []float64{step, -step} {
					n := c
					edge := []*float64{&n.left, &n.top, &n.right, &n.bottom}[side]
					// A little beyond the border is allowed: resizing rounds.
					if *edge = max(*edge+d, -0.01); n.left+n.right > 0.7 || n.top+n.bottom > 0.7 {
						continue
					}
					if s := alike(a, b, n, keep); s > best+1e-4 {
						c, best, moved = n, s, true
					}
				}
			}
			if !moved {
				break
			}
		}
	}
	return c, best
}

// alike compares a miniature with a crop of another one: the share of its contrast that the other explains, at most 1,
// in the pixels that fit best (without a logo, a bar with text), whatever brightness and contrast were changed.
func alike(a, b []byte, c crop, keep int) float64 {
	var sample, residue [miniSide * miniSide]float32
	resampleMini(&sample, b, c)
	worst := float32(math.MaxFloat32)
	var gain, offset float32
	// Fit again without what fits worst, so that an overlay does not shift the tone of the rest.
	for round := range 4 {
		var ok bool
		if gain, offset, ok = fitTone(a, &sample, &residue, worst); !ok {
			return 0
		}
		if round == 3 {
			break
		}
		for i, v := range a {
			r := float32(v) - gain*sample[i] - offset
			residue[i] = r * r
		}
		worst = quantile(&residue, keep)
	}
	if gain < 0.4 || gain > 2.5 {
		return 0
	}
	var sum, mean, square, n float32
	for i, v := range a {
		if residue[i] > worst {
			continue
		}
		r := float32(v) - (gain*sample[i] + offset)
		sum += r * r
		mean += float32(v)
		square += float32(v) * float32(v)
		n++
	}
	mean /= n
	variance := square/n - mean*mean
	if variance < leastContrast {
		return 0
	}
	return float64(1 - sum/n/variance)
}

const (
	keepPixels = miniSide * miniSide * 3 / 4    // how many of a miniature's pixels must fit
	keepFlat   = miniSide * miniSide * 97 / 100 // of a flat picture
	// alikeHope is the likeness before borders are moved below which moving them will not help.
	alikeHope = 0.5
	// alikeSure is the likeness before borders are moved from which it need not get better.
	alikeSure = 0.999
	// leastContrast is the variance below which a miniature shows nothing that could be compared.
	leastContrast = 4
)

// resampleMini reads a crop of a miniature at its own size, linear between pixels.
func resampleMini(dst *[miniSide * miniSide]float32, b []byte, c crop) {
	var xs [miniSide]int
	var fx [miniSide]float32
	place := func(i int, from, to float64) (int, float32) {
		p := (from+(1-from-to)*(float64(i)+0.5)/miniSide)*miniSide - 0.5
		p = min(max(p, 0), miniSide-1)
		k := min(int(p), miniSide-2)
		return k, float32(p - float64(k))
	}
	for x := range xs {
		xs[x], fx[x] = place(x, c.left, c.right)
	}
	for y := range miniSide {
		k, fy := place(y, c.top, c.bottom)
		top, bottom := b[k*miniSide:][:miniSide], b[(k+1)*miniSide:][:miniSide]
		out := dst[y*miniSide:][:miniSide]
		for x := range out {
			i, f := xs[x], fx[x]
			t := float32(top[i])*(1-f) + float32(top[i+1])*f
			u := float32(bottom[i])*(1-f) + float32(bottom[i+1])*f
			out[x] = t*(1-fy) + u*fy
		}
	}
}

// fitTone finds gain and offset with which the sample explains a best, over the pixels that did not fit worse before.
func fitTone(a []byte, sample, residue *[miniSide * miniSide]float32, worst float32) (gain, offset float32, ok bool) {
	var n, sx, sy, sxx, sxy float32
	for i, v := range a {
		if residue[i] > worst {
			continue
		}
		// From the middle grey, so that the sums stay exact enough.
		x, y := sample[i]-128, float32(v)-128
		n++
		sx += x
		sy += y
		sxx += x * x
		sxy += x * y
	}
	d := n*sxx - sx*sx
	if n == 0 || d < 1 {
		return 0, 0, false
	}
	gain = (n*sxy - sx*sy) / d
	return gain, (sy-gain*sx)/n + 128 - gain*128, true
}

// quantile is about the k-th smallest value, over steps of a quarter of each doubling.
func quantile(v *[miniSide * miniSide]float32, k int) float32 {
	// Four steps to each doubling of 1 + x, read from the number's own exponent and first digits.
	const one = 127 << 2
	var count [80]int
	for _, x := range v {
		count[min(int(math.Float32bits(1+x)>>21)-one, len(count)-1)]++
	}
	for i, n := range count {
		if k -= n; k <= 0 {
			return math.Float32frombits(uint32(i+1+one)<<21) - 1
		}
	}
	return math.MaxFloat32
}

// Group joins pictures that show the same, whoever published them first: lists of places in prints, each in order,
// without those that stand alone.
func Group(prints []Print) [][]int {
	x := NewIndex(prints)
	found := make([][]Match, len(prints))
	parallel(len(prints), func(i int) {
		found[i] = x.match(prints[i], func(known int) bool { return known != i })
	})
	parent := make([]int, len(prints))
	for i := range parent {
		parent[i] = i
	}
	root := func(i int) int {
		for parent[i] != i {
			parent[i] = parent[parent[i]]
			i = parent[i]
		}
		return i
	}
	for i, list := range found {
		for _, m := range list {
			a, b := root(i), root(m.Known)
			parent[max(a, b)] = min(a, b)
		}
	}
	members := map[int][]int{}
	for i := range prints {
		members[root(i)] = append(members[root(i)], i)
	}
	var groups [][]int
	for i := range prints {
		if g := members[i]; len(g) > 1 {
			groups = append(groups, g)
		}
	}
	return groups
}
