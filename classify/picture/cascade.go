package picture

import (
	"context"
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"math"
	"sort"
	"sync"
)

// The cascade of pixel comparisons that github.com/esimov/pigo v1.4.6 ships (MIT, see thirdparty/pigo): 468 trees of
// depth 6, trained by the authors of PICO.
//
//go:embed thirdparty/pigo/facefinder
var facefinder []byte

const (
	// facefinderSum is the SHA-256 of the embedded cascade as its publisher ships it.
	facefinderSum = "d8014993e7298c7b1865d1f8b855d6dbf4ec5c808bf879e2091ab6837abf90cd"

	cascadeVersion = 2
	// minFace is the smallest window in pixels; the cascade was trained on faces of this size and more.
	minFace     = 20
	shiftFactor = 0.10
	scaleFactor = 1.1
	// clusterOverlap is the intersection over union from which two hits are the same face.
	clusterOverlap = 0.2
	// sureQ and possibleQ are thresholds of the summed quality of a cluster, measured on 672 photographs: from sureQ on
	// 97 of 100 pictures said to have people have some, from possibleQ on 90.
	sureQ     = 8
	possibleQ = 5
	// Colour and symmetry sharpen that (see weigh). Of chance hits nine in ten are not of the colour of skin, and fewer
	// still are a face in the mirror too, where real faces look much the same. On 80 turned and dimmed copies of faces and
	// 1,170 of pictures without: 0.50 found and 14 chance boxes by quality alone; 0.59 and 13 with both; 0.65 and 14
	// with heads tilted by tiltDegrees as well.
	skinPart   = 0.5 // of the middle of a face
	skinSureQ  = 6   // quality and mirrored quality together, where it is skin
	otherSureQ = 16  // the same where the picture has colours but this is not skin
	skinQ      = 3   // possible, where it is skin
	// tiltDegrees is by how much heads are searched tilted to either side; the cascade itself stands about 12 degrees.
	tiltDegrees = 22
	// tiltFace is the smallest tilted face that is looked for: below it lie three fifths of all windows.
	tiltFace = 36
	// batchWindows is how many windows go through a tree together: enough to keep several comparisons in flight, few
	// enough that their pixels stay in the first cache.
	batchWindows = 256
	// maxHits is how many windows that passed are joined to faces, best first: joining takes quadratic time, and the
	// hundred faces of a crowd have about fifteen each.
	maxHits = 3000
	// maxTrees and maxTreeDepth bound what a cascade may claim of itself.
	maxTrees     = 4096
	maxTreeDepth = 8
)

// BuiltinPeople returns the finder that is part of the program: good at faces that look into the camera, blind to
// profiles and small faces.
func BuiltinPeople() (*People, error) {
	c, err := builtinCascade()
	if err != nil {
		return nil, fmt.Errorf("read built-in cascade: %w", err)
	}
	return &People{name: BuiltinName, version: cascadeVersion, known: true, finder: c}, nil
}

var builtinCascade = sync.OnceValues(func() (*cascade, error) { return newCascade(facefinder) })

// cascade holds the trees and, for each window size, the comparisons as distances in the work picture. The work picture
// has one stride for all sizes, so that the distances are computed once per program and not once per picture.
type cascade struct {
	depth  int
	codes  []int8    // per tree 4 << depth: row and column of two points, in 1/256 of the window's side
	preds  []float32 // per tree 1 << depth
	limits []float32 // per tree: a sum that does not exceed it is no face
	tables [3][len(windowSizes)]struct {
		once  sync.Once
		nodes []node
	}
	scratch sync.Pool // *cascadeScratch
}

// node is a comparison: the two pixels' distances from the window's centre.
type node struct{ a, b int32 }

type cascadeScratch struct {
	pix  [workSide * workSide]byte
	flip [workSide * workSide]byte // the mirrored picture
	skin skinMap
	at   [batchWindows + workSide]int32
	sums [batchWindows + workSide]float32
}

// windowSizes are the sides of the search windows in pixels: scaleFactor apart, at least two pixels, up to workSide.
var windowSizes = func() (sizes [39]int) {
	s := minFace
	for i := range sizes {
		sizes[i] = s
		s = int(float64(s) + math.Max(2, float64(s)*scaleFactor-float64(s)))
	}
	return sizes
}()

// newCascade reads a cascade in the format of PICO: eight bytes of version, depth and number of trees, then for each
// tree its comparisons without the unused first one, its predictions and its threshold.
func newCascade(data []byte) (*cascade, error) {
	if len(data) < 16 {
		return nil, errors.New("no header")
	}
	depth, trees := binary.LittleEndian.Uint32(data[8:]), binary.LittleEndian.Uint32(data[12:])
	if depth < 1 || depth > maxTreeDepth || trees < 1 || trees > maxTrees {
		return nil, fmt.Errorf("%d trees of depth %d", trees, depth)
	}
	leaves := 1 << depth
	size := 4*(leaves-1) + 4*leaves + 4
	data = data[16:]
	if len(data) != int(trees)*size {
		return nil, fmt.Errorf("%d bytes of trees, want %d", len(data), int(trees)*size)
	}
	c := &cascade{depth: int(depth)}
	c.scratch.New = func() any { return new(cascadeScratch) }
	float := func(b []byte) float32 { return math.Float32frombits(binary.LittleEndian.Uint32(b)) }
	for range trees {
		c.codes = append(c.codes, 0, 0, 0, 0)
		for _, v := range data[:4*(leaves-1)] {
			c.codes = append(c.codes, int8(v))
		}
		data = data[4*(leaves-1):]
		for i := range leaves {
			c.preds = append(c.preds, float(data[4*i:]))
		}
		c.limits = append(c.limits, float(data[4*leaves:]))
		data = data[4*leaves+4:]
	}
	return c, nil
}

// tilt is an angle of the head.
type tilt int

const (
	upright tilt = iota
	tiltedLeft
	tiltedRight
)

// nodes returns the comparisons for the i-th window size.
func (c *cascade) nodes(i int, angle tilt) []node {
	t := &c.tables[angle][i]
	t.once.Do(func() {
		s := windowSizes[i]
		sin, cos := math.Sincos(tiltDegrees * math.Pi / 180)
		if angle == tiltedLeft {
			sin = -sin
		}
		t.nodes = make([]node, len(c.codes)/4)
		for n := range t.nodes {
			k := c.codes[4*n : 4*n+4]
			point := func(row, col int8) int32 {
				// A shift rounds down for negative distances too, as the cascade was trained.
				y, x := int(row)*s>>8, int(col)*s>>8
				if angle != upright {
					r, c := float64(row)*float64(s)/256, float64(col)*float64(s)/256
					y, x = int(math.Floor(r*cos-c*sin)), int(math.Floor(r*sin+c*cos))
				}
				return int32(y*workSide + x)
			}
			t.nodes[n] = node{point(k[0], k[1]), point(k[2], k[3])}
		}
	})
	return t.nodes
}

// hit is a window that passed all trees.
type hit struct {
	row, col, size int // centre and side in pixels
	q              float32
}

func (c *cascade) find(ctx context.Context, img image.Image) ([]Box, error) {
	b := img.Bounds()
	w, h := fit(b.Dx(), b.Dy(), workSide)
	s := c.scratch.Get().(*cascadeScratch)
	defer c.scratch.Put(s)
	greyPlane(plane{s.pix[:], workSide, w, h}, img)
	colour := s.skin.load(img, w, h)
	hits, err := c.scan(ctx, s, w, h, upright)
	if err != nil {
		return nil, err
	}
	var found []face
	mirrored := false
	for _, f := range faces(hits) {
		if f.q < skinQ {
			break // best first
		}
		if colour && !mirrored {
			mirrored = true
			s.mirror(w, h)
		}
		var again float32
		if colour {
			again = c.again(s, w, h, f)
		}
		if v, possible := weigh(f.q, again, colour, s.skin.part(f)); possible {
			found = append(found, face{f, v})
		}
	}
	if colour && s.skin.any() {
		for _, angle := range []tilt{tiltedLeft, tiltedRight} {
			hits, err := c.scan(ctx, s, w, h, angle)
			if err != nil {
				return nil, err
			}
			for _, f := range faces(hits) {
				if f.q >= possibleQ && s.skin.part(f) >= skinPart {
					found = append(found, face{f, f.q})
				}
			}
		}
	}
	sx, sy := float64(b.Dx())/float64(w), float64(b.Dy())/float64(h)
	var boxes []Box
	for _, f := range distinct(found) {
		x0, y0 := float64(f.col)-float64(f.size)/2, float64(f.row)-float64(f.size)/2
		boxes = append(boxes, Box{
			X: int(math.Round(x0 * sx)), Y: int(math.Round(y0 * sy)),
			W: int(math.Round(float64(f.size) * sx)), H: int(math.Round(float64(f.size) * sy)),
			Score: math.Round(float64(f.value)/(float64(f.value)+sureQ)*1000) / 1000,
			Sure:  f.value >= sureQ,
		})
	}
	sortBoxes(boxes)
	return boxes, nil
}

// face is a hit with what colour and symmetry make of its quality: from sureQ on it is one.
type face struct {
	hit
	value float32
}

// weigh says what a face's quality is worth, given that of its mirror image and, where the picture has colours, how much
// of its middle has the colour of skin; and whether it is at least possible.
func weigh(q, again float32, colour bool, skin float64) (value float32, possible bool) {
	switch {
	case !colour:
		return q, q >= possibleQ
	case skin >= skinPart:
		return max(q, (q+again)*sureQ/skinSureQ), q >= skinQ
	}
	value = min(q, (q+again)*sureQ/otherSureQ)
	return value, value >= possibleQ
}

// mirror writes the mirrored picture of w × h pixels.
func (s *cascadeScratch) mirror(w, h int) {
	for y := range h {
		from, to := s.pix[y*workSide:][:w], s.flip[y*workSide:][:w]
		for x, v := range from {
			to[w-1-x] = v
		}
	}
}

// again is the quality of a face in the mirrored picture, searched around its place and size.
func (c *cascade) again(s *cascadeScratch, w, h int, f hit) float32 {
	var hits []hit
	row, col, reach := f.row, w-1-f.col, f.size/3
	for i, size := range windowSizes {
		if 10*size < 7*f.size {
			continue
		}
		if 10*size > 14*f.size || size > min(w, h) {
			break
		}
		step := max(1, int(shiftFactor*float64(size)))
		margin := size/2 + 1
		n := 0
		for y := max(margin, row-reach); y <= min(h-margin, row+reach); y += step {
			for x := max(margin, col-reach); x <= min(w-margin, col+reach); x += step {
				s.at[n] = int32(y*workSide + x)
				n++
			}
			if n >= batchWindows {
				hits = c.batch(hits, s, s.flip[:], n, c.nodes(i, upright), size)
				n = 0
			}
		}
		hits = c.batch(hits, s, s.flip[:], n, c.nodes(i, upright), size)
	}
	var best float32
	for _, k := range cluster(hits) {
		best = max(best, k.q)
	}
	return best
}

// skinMap counts the pixels whose colour can be skin's: sums from the left upper corner, for two by two pixels each.
type skinMap struct {
	w, h   int
	sums   []int32 // (w+1) × (h+1)
	cb, cr []byte
}

// load reads the colours of img for a work picture of w × h pixels; false means that it has none.
func (m *skinMap) load(img image.Image, w, h int) bool {
	m.w, m.h = (w+1)/2, (h+1)/2
	m.cb, m.cr = sized(m.cb, m.w*m.h), sized(m.cr, m.w*m.h)
	m.sums = sized(m.sums, (m.w+1)*(m.h+1))
	if !chromaPlanes(plane{m.cb, m.w, m.w, m.h}, plane{m.cr, m.w, m.w, m.h}, img) {
		return false
	}
	clear(m.sums[:m.w+1])
	colours := 0
	for y := range m.h {
		above, out := m.sums[y*(m.w+1):][:m.w+1], m.sums[(y+1)*(m.w+1):][:m.w+1]
		out[0] = 0
		n := int32(0)
		red := m.cr[y*m.w:][:m.w]
		for x, b := range m.cb[y*m.w:][:m.w] {
			r := red[x]
			// The range of Chai and Ngan holds for all tones of skin: those differ in brightness.
			if b >= 77 && b <= 127 && r >= 133 && r <= 173 {
				n++
			}
			if b < 124 || b > 132 || r < 124 || r > 132 {
				colours++
			}
			out[x+1] = above[x+1] + n
		}
	}
	// A grey photograph has a few coloured pixels from compression, a toned one is coloured all over.
	return colours*50 > m.w*m.h
}

// part is how much of the middle of a face has the colour of skin, 0 to 1.
func (m *skinMap) part(f hit) float64 {
	return m.share(f.row, f.col, f.size)
}

func (m *skinMap) share(row, col, size int) float64 {
	quarter := size / 4
	x0, x1 := max(0, (col-quarter)/2), min(m.w, (col+quarter)/2+1)
	y0, y1 := max(0, (row-quarter)/2), min(m.h, (row+quarter)/2+1)
	line := m.w + 1
	n := m.sums[y1*line+x1] - m.sums[y0*line+x1] - m.sums[y1*line+x0] + m.sums[y0*line+x0]
	return float64(n) / float64((x1-x0)*(y1-y0))
}

// any reports whether there is enough skin for the smallest face.
func (m *skinMap) any() bool {
	const least = minFace * minFace / 16 // half of its middle, in fours
	return m.sums[len(m.sums)-1] >= least/2
}

// scan looks at every window of every size in the scratch's picture of w × h pixels; for tilted heads only where skin is.
func (c *cascade) scan(ctx context.Context, s *cascadeScratch, w, h int, angle tilt) ([]hit, error) {
	var hits []hit
	for i, size := range windowSizes {
		if size > min(w, h) {
			break
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if angle != upright && size < tiltFace {
			continue
		}
		nodes := c.nodes(i, angle)
		step := max(1, int(shiftFactor*float64(size)))
		margin := size/2 + 1
		if angle != upright {
			margin = size*72/100 + 2 // half the diagonal
		}
		n := 0
		for row := margin; row <= h-margin; row += step {
			for col := margin; col <= w-margin; col += step {
				if angle != upright && s.skin.share(row, col, size) < skinPart {
					continue
				}
				s.at[n] = int32(row*workSide + col)
				n++
			}
			if n >= batchWindows {
				hits = c.batch(hits, s, s.pix[:], n, nodes, size)
				n = 0
			}
		}
		hits = c.batch(hits, s, s.pix[:], n, nodes, size)
	}
	return hits, nil
}

// batch sends the first n windows of the scratch through the trees, one tree after the other, each time dropping those
// that are no face. Four windows at a time hide the latency of the dependent loads. Sums are added in the order of the
// trees, so that the result equals that of one window after the other to the last bit.
func (c *cascade) batch(hits []hit, s *cascadeScratch, pix []byte, n int, nodes []node, size int) []hit {
	leaves := 1 << c.depth
	clear(s.sums[:n])
	for t, limit := range c.limits {
		if n == 0 {
			return hits
		}
		tree := nodes[t*leaves:][:leaves]
		preds := c.preds[t*leaves:][:leaves]
		kept := 0
		i := 0
		for ; i+4 <= n; i += 4 {
			at := s.at[i : i+4 : i+4]
			p0, p1, p2, p3 := at[0], at[1], at[2], at[3]
			i0, i1, i2, i3 := 1, 1, 1, 1
			for range c.depth {
				n0, n1, n2, n3 := tree[i0], tree[i1], tree[i2], tree[i3]
				i0 = 2*i0 + le(pix[p0+n0.a], pix[p0+n0.b])
				i1 = 2*i1 + le(pix[p1+n1.a], pix[p1+n1.b])
				i2 = 2*i2 + le(pix[p2+n2.a], pix[p2+n2.b])
				i3 = 2*i3 + le(pix[p3+n3.a], pix[p3+n3.b])
			}
			sum := s.sums[i : i+4 : i+4]
			v0, v1, v2, v3 := sum[0]+preds[i0-leaves], sum[1]+preds[i1-leaves], sum[2]+preds[i2-leaves], sum[3]+preds[i3-leaves]
			s.at[kept], s.sums[kept] = p0, v0
			kept += over(v0, limit)
			s.at[kept], s.sums[kept] = p1, v1
			kept += over(v1, limit)
			s.at[kept], s.sums[kept] = p2, v2
			kept += over(v2, limit)
			s.at[kept], s.sums[kept] = p3, v3
			kept += over(v3, limit)
		}
		for ; i < n; i++ {
			p, v := s.at[i], s.sums[i]
			k := 1
			for range c.depth {
				nd := tree[k]
				k = 2*k + le(pix[p+nd.a], pix[p+nd.b])
			}
			v += preds[k-leaves]
			s.at[kept], s.sums[kept] = p, v
			kept += over(v, limit)
		}
		n = kept
	}
	last := c.limits[len(c.limits)-1]
	for i := range n {
		if q := s.sums[i] - last; q > 0 {
			hits = append(hits, hit{int(s.at[i]) / workSide, int(s.at[i]) % workSide, size, q})
		}
	}
	return hits
}

// le is 1 where a is at most b; the compiler makes it a flag, not a jump.
func le(a, b byte) int {
	if a <= b {
		return 1
	}
	return 0
}

// over is 1 where v exceeds the limit.
func over(v, limit float32) int {
	if v > limit {
		return 1
	}
	return 0
}

// faces joins hits that overlap to one face each, whose quality is their sum, best first.
func faces(hits []hit) []hit {
	clusters := cluster(hits)
	sort.SliceStable(clusters, func(i, j int) bool { return clusters[i].q > clusters[j].q })
	return clusters
}

// distinct drops a face whose centre lies within half a face of one that is worth more.
func distinct(all []face) []face {
	sort.SliceStable(all, func(i, j int) bool { return all[i].value > all[j].value })
	var kept []face
next:
	for _, f := range all {
		for _, k := range kept {
			reach := float64(max(f.size, k.size)) / 2
			if math.Hypot(float64(f.row-k.row), float64(f.col-k.col)) < reach {
				continue next
			}
		}
		kept = append(kept, f)
	}
	return kept
}

// cluster joins hits as pigo does, so that its published thresholds hold: from the weakest hit on, each takes all that
// overlap it, also those that a weaker one has taken already.
func cluster(hits []hit) []hit {
	sort.Slice(hits, func(i, j int) bool { return hits[i].q < hits[j].q })
	hits = hits[max(0, len(hits)-maxHits):]
	taken := make([]bool, len(hits))
	var out []hit
	for i, a := range hits {
		if taken[i] {
			continue
		}
		var sum hit
		n := 0
		for j, b := range hits {
			if overlap(a, b) > clusterOverlap {
				taken[j] = true
				sum.row += b.row
				sum.col += b.col
				sum.size += b.size
				sum.q += b.q
				n++
			}
		}
		if n > 0 {
			out = append(out, hit{sum.row / n, sum.col / n, sum.size / n, sum.q})
		}
	}
	return out
}

// overlap is the intersection over union of two windows.
func overlap(a, b hit) float64 {
	r1, c1, s1 := float64(a.row), float64(a.col), float64(a.size)
	r2, c2, s2 := float64(b.row), float64(b.col), float64(b.size)
	rows := math.Max(0, math.Min(r1+s1/2, r2+s2/2)-math.Max(r1-s1/2, r2-s2/2))
	cols := math.Max(0, math.Min(c1+s1/2, c2+s2/2)-math.Max(c1-s1/2, c2-s2/2))
	return rows * cols / (s1*s1 + s2*s2 - rows*cols)
}
