package picture

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"image"
	"image/color"
	"image/draw"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	pigo "github.com/esimov/pigo/core"
	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// face is a plain drawing of a face: enough for the cascade, nothing to look at. Pictures for people are made by
// fixtures/pictures.
func drawFace(dst *image.Gray, cx, cy, s float64) {
	blob := func(x, y, rx, ry float64, v, soft float64) {
		for py := max(0, int(y-2*ry)); py < min(dst.Rect.Dy(), int(y+2*ry)+1); py++ {
			for px := max(0, int(x-2*rx)); px < min(dst.Rect.Dx(), int(x+2*rx)+1); px++ {
				dx, dy := (float64(px)-x)/rx, (float64(py)-y)/ry
				a := min(1, max(0, (1+soft-(dx*dx+dy*dy))/(2*soft)))
				p := &dst.Pix[py*dst.Stride+px]
				*p = byte(float64(*p) + (v-float64(*p))*a)
			}
		}
	}
	blob(cx, cy-0.14*s, 0.50*s, 0.60*s, 40, 0.1)  // hair
	blob(cx, cy, 0.40*s, 0.53*s, 190, 0.1)        // skin
	blob(cx, cy-0.46*s, 0.40*s, 0.15*s, 40, 0.2)  // fringe
	blob(cx, cy-0.25*s, 0.24*s, 0.10*s, 215, 0.9) // forehead
	for _, side := range []float64{-1, 1} {
		x := cx + side*0.185*s
		blob(x+side*0.015*s, cy+0.14*s, 0.11*s, 0.10*s, 215, 0.9) // cheek
		blob(x, cy-0.08*s, 0.135*s, 0.085*s, 105, 0.7)            // socket
		blob(x, cy-0.11*s, 0.11*s, 0.025*s, 50, 0.4)              // brow
		blob(x, cy-0.06*s, 0.08*s, 0.04*s, 200, 0.2)
		blob(x, cy-0.06*s, 0.04*s, 0.04*s, 30, 0.2)
	}
	blob(cx, cy+0.03*s, 0.04*s, 0.12*s, 220, 0.8)    // nose
	blob(cx, cy+0.185*s, 0.095*s, 0.030*s, 100, 0.6) // its shadow
	blob(cx, cy+0.29*s, 0.150*s, 0.048*s, 95, 0.3)   // mouth
	blob(cx, cy+0.365*s, 0.10*s, 0.020*s, 130, 0.8)
}

// testPicture is a grey picture with the given number of faces in a row over a noisy ground.
func testPicture(seed uint64, w, h, n int) *image.Gray {
	r := rand.New(rand.NewPCG(seed, 1))
	m := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.Pix[y*m.Stride+x] = byte(110 + 40*y/h + r.IntN(7))
		}
	}
	for i := range n {
		s := min(float64(w)/float64(n)*0.55, float64(h)*0.5)
		drawFace(m, float64(w)*(float64(i)+0.5)/float64(n), float64(h)*0.5, s)
	}
	return m
}

func TestFacefinderIsThePublishers(t *testing.T) {
	sum := sha256.Sum256(facefinder)
	if got := hex.EncodeToString(sum[:]); got != facefinderSum {
		t.Errorf("checksum of the embedded cascade is %s, want %s", got, facefinderSum)
	}
}

// The own loop must give what the library gives, window for window and bit for bit: the thresholds were measured there.
func TestCascadeEqualsPigo(t *testing.T) {
	library, err := pigo.NewPigo().Unpack(facefinder)
	if err != nil {
		t.Fatal(err)
	}
	own, err := newCascade(facefinder)
	if err != nil {
		t.Fatal(err)
	}
	noise := testPicture(4, 300, 640, 0)
	r := rand.New(rand.NewPCG(9, 9))
	for i := range noise.Pix {
		noise.Pix[i] = byte(r.IntN(256))
	}
	for name, m := range map[string]*image.Gray{
		"one face": testPicture(1, 320, 240, 1), "four faces": testPicture(2, 640, 427, 4), "noise": noise,
		"no face": testPicture(3, 200, 640, 0), "small": testPicture(5, 41, 23, 1), "tiny": testPicture(6, 19, 19, 0),
	} {
		t.Run(name, func(t *testing.T) {
			w, h := m.Rect.Dx(), m.Rect.Dy()
			found := library.RunCascade(pigo.CascadeParams{
				MinSize: minFace, MaxSize: min(w, h), ShiftFactor: shiftFactor, ScaleFactor: scaleFactor,
				ImageParams: pigo.ImageParams{Pixels: m.Pix, Rows: h, Cols: w, Dim: m.Stride},
			}, 0)
			hits := func(ds []pigo.Detection) []hit {
				var out []hit
				for _, d := range ds {
					out = append(out, hit{d.Row, d.Col, d.Scale, d.Q})
				}
				return out
			}
			s := new(cascadeScratch)
			greyPlane(plane{s.pix[:], workSide, w, h}, m)
			got, err := own.scan(context.Background(), s, w, h, upright)
			if err != nil {
				t.Fatal(err)
			}
			order := func(hits []hit) {
				slices.SortFunc(hits, func(a, b hit) int {
					return cmp.Or(cmp.Compare(a.q, b.q), cmp.Compare(a.size, b.size), cmp.Compare(a.row, b.row), cmp.Compare(a.col, b.col))
				})
			}
			want := hits(found)
			order(want)
			order(got)
			if diff := gocmp.Diff(want, got, gocmp.AllowUnexported(hit{})); diff != "" {
				t.Errorf("windows differ from the library's (-library +own):\n%s", diff)
			}
			wantClusters, gotClusters := hits(library.ClusterDetections(found, clusterOverlap)), cluster(got)
			order(wantClusters)
			order(gotClusters)
			if diff := gocmp.Diff(wantClusters, gotClusters, gocmp.AllowUnexported(hit{}), cmpopts.EquateApprox(1e-5, 0)); diff != "" {
				t.Errorf("clusters differ from the library's (-library +own):\n%s", diff)
			}
		})
	}
}

func TestBuiltinFindsFaces(t *testing.T) {
	p, err := BuiltinPeople()
	if err != nil {
		t.Fatal(err)
	}
	for n := range 5 {
		m := testPicture(uint64(n), 800, 450, n)
		boxes, err := p.Find(context.Background(), m)
		if err != nil {
			t.Fatal(err)
		}
		if Count(boxes) != n {
			t.Errorf("%d faces drawn, found %v", n, boxes)
		}
		for i := range n {
			x, y := int(800*(float64(i)+0.5)/float64(n)), 225
			if !slices.ContainsFunc(boxes, func(b Box) bool {
				return b.Sure && image.Pt(x, y).In(image.Rect(b.X, b.Y, b.X+b.W, b.Y+b.H))
			}) {
				t.Errorf("the face at %d, %d is in none of %v", x, y, boxes)
			}
		}
	}
}

// coloured gives a grey picture one colour all over.
func coloured(m *image.Gray, cb, cr byte) *image.YCbCr {
	c := image.NewYCbCr(m.Rect, image.YCbCrSubsampleRatio420)
	for y := range m.Rect.Dy() {
		copy(c.Y[y*c.YStride:][:m.Rect.Dx()], m.Pix[y*m.Stride:])
	}
	for i := range c.Cb {
		c.Cb[i], c.Cr[i] = cb, cr
	}
	return c
}

// turned turns a picture around its middle.
func turned(m *image.Gray, degrees float64) *image.Gray {
	out := image.NewGray(m.Rect)
	w, h := m.Rect.Dx(), m.Rect.Dy()
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	for y := range h {
		for x := range w {
			dx, dy := float64(x-w/2), float64(y-h/2)
			sx, sy := int(dx*cos+dy*sin)+w/2, int(dy*cos-dx*sin)+h/2
			out.Pix[y*out.Stride+x] = m.Pix[min(max(sy, 0), h-1)*m.Stride+min(max(sx, 0), w-1)]
		}
	}
	return out
}

// Tilted heads are looked for where skin is, and nowhere else.
func TestBuiltinFindsTiltedHeads(t *testing.T) {
	p, err := BuiltinPeople()
	if err != nil {
		t.Fatal(err)
	}
	for _, degrees := range []float64{-30, 30} {
		m := turned(testPicture(3, 400, 400, 1), degrees)
		find := func(img image.Image) []Box {
			boxes, err := p.Find(context.Background(), img)
			if err != nil {
				t.Fatal(err)
			}
			return boxes
		}
		if got := find(coloured(m, 110, 150)); Count(got) != 1 {
			t.Errorf("turned by %v: %v, want one person", degrees, got)
		}
		if got := find(coloured(m, 150, 110)); Count(got) != 0 {
			t.Errorf("turned by %v and green: %v, want nobody", degrees, got)
		}
	}
}

func TestWeigh(t *testing.T) {
	for name, tt := range map[string]struct {
		q, again float32
		colour   bool
		skin     float64
		sure     bool
		possible bool
	}{
		"grey, good":                {8, 0, false, 0, true, true},
		"grey, fair":                {7.9, 50, false, 0, false, true},
		"grey, weak":                {4.9, 50, false, 0, false, false},
		"skin, the mirror agrees":   {3.5, 2.5, true, 0.5, true, true},
		"skin, the mirror does not": {3.5, 0, true, 0.5, false, true},
		"skin, too weak":            {2.9, 30, true, 1, true, false},
		"other, good":               {9, 7, true, 0.4, true, true},
		"other, by chance":          {15, 0, true, 0.4, false, true},
		"other, mirror only":        {5, 50, true, 0.4, false, true},
		"other, weak":               {9, 0, true, 0, false, false},
	} {
		value, possible := weigh(tt.q, tt.again, tt.colour, tt.skin)
		if possible != tt.possible || possible && (value >= sureQ) != tt.sure {
			t.Errorf("%s: value %v, possible %v; want sure %v, possible %v", name, value, possible, tt.sure, tt.possible)
		}
	}
}

func TestSkinMap(t *testing.T) {
	grey := testPicture(1, 64, 64, 1)
	var m skinMap
	for name, tt := range map[string]struct {
		img    image.Image
		colour bool
		part   float64
	}{
		"grey by its kind": {grey, false, 0},
		"grey by looks":    {coloured(grey, 129, 127), false, 0},
		"skin":             {coloured(grey, 110, 150), true, 1},
		"green":            {coloured(grey, 150, 110), true, 0},
		"rgba":             {image.NewUniform(color.RGBA{214, 166, 130, 255}), true, 1},
	} {
		img := tt.img
		if u, ok := img.(*image.Uniform); ok {
			r := image.NewRGBA(grey.Rect)
			draw.Draw(r, r.Rect, u, image.Point{}, draw.Src)
			img = r
		}
		if got := m.load(img, 64, 64); got != tt.colour {
			t.Errorf("%s: colours %v, want %v", name, got, tt.colour)
		} else if part := m.part(hit{32, 32, 30, 9}); got && part != tt.part {
			t.Errorf("%s: skin %v, want %v", name, part, tt.part)
		}
	}
}

func TestNewCascadeRefuses(t *testing.T) {
	change := func(at int, v byte) []byte {
		d := slices.Clone(facefinder)
		d[at] = v
		return d
	}
	for name, data := range map[string][]byte{
		"empty": nil, "header only": facefinder[:16], "cut": facefinder[:len(facefinder)-1],
		"deep": change(8, 200), "many trees": change(14, 200), "depth 0": change(8, 0),
	} {
		if _, err := newCascade(data); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func BenchmarkFindBuiltin(b *testing.B) {
	p, err := BuiltinPeople()
	if err != nil {
		b.Fatal(err)
	}
	grey := testPicture(1, 640, 427, 3)
	for name, m := range map[string]image.Image{"grey": grey, "colour": coloured(grey, 150, 110), "skin everywhere": coloured(grey, 110, 150)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.Find(context.Background(), m); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
