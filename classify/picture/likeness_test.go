package picture

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	xdraw "golang.org/x/image/draw"
)

func printOf(t testing.TB, img image.Image, quality int) Print {
	t.Helper()
	f, err := look(t, Options{}, jpegBytes(t, img, quality))
	if err != nil {
		t.Fatal(err)
	}
	p, ok := PrintOf(f)
	if !ok {
		t.Fatal("no print")
	}
	return p
}

func resized(img image.Image, w int) image.Image {
	b := img.Bounds()
	out := image.NewRGBA(image.Rect(0, 0, w, b.Dy()*w/b.Dx()))
	xdraw.BiLinear.Scale(out, out.Rect, img, b, draw.Src, nil)
	return out
}

// cropped cuts parts of the sides away.
func cropped(img image.Image, c crop) image.Image {
	b := img.Bounds()
	w, h := float64(b.Dx()), float64(b.Dy())
	r := image.Rect(int(c.left*w), int(c.top*h), b.Dx()-int(c.right*w), b.Dy()-int(c.bottom*h))
	out := image.NewRGBA(image.Rect(0, 0, r.Dx(), r.Dy()))
	draw.Draw(out, out.Rect, img, b.Min.Add(r.Min), draw.Src)
	return out
}

func stamped(img image.Image, r image.Rectangle, c color.Color) image.Image {
	b := img.Bounds()
	out := image.NewRGBA(b)
	draw.Draw(out, b, img, b.Min, draw.Src)
	draw.Draw(out, r, image.NewUniform(c), image.Point{}, draw.Src)
	return out
}

// textTile is: a plain ground with lines of words, which the seed chooses.
func textTile(seed uint64, w, h int) image.Image {
	rnd := rand.New(rand.NewPCG(seed, 1))
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(out, out.Rect, image.NewUniform(color.RGBA{20, 60, 120, 255}), image.Point{}, draw.Src)
	for line := range 5 {
		for x := w / 8; x < w*7/8; {
			word := 10 + rnd.IntN(w/5)
			draw.Draw(out, image.Rect(x, h/5+line*h/8, min(x+word, w*7/8), h/5+line*h/8+h/20), image.White, image.Point{}, draw.Src)
			x += word + 8
		}
	}
	return out
}

func TestLikeness(t *testing.T) {
	const n = 20
	var known []Print
	var pictures []image.Image
	for i := range n {
		img := scene(uint64(100+i), 240, 160)
		pictures = append(pictures, img)
		known = append(known, printOf(t, img, 92))
	}
	x := NewIndex(known)
	for _, tc := range []struct {
		name    string
		change  func(img image.Image) image.Image
		quality int
		cropped bool
	}{
		{"encoded anew", func(img image.Image) image.Image { return img }, 50, false},
		{"smaller", func(img image.Image) image.Image { return resized(img, 180) }, 80, false},
		{"larger", func(img image.Image) image.Image { return resized(img, 600) }, 80, false},
		{"logo", func(img image.Image) image.Image { return stamped(img, image.Rect(187, 123, 233, 155), color.White) }, 80, false},
		{"5 % cut on all sides", func(img image.Image) image.Image { return cropped(img, crop{0.05, 0.05, 0.05, 0.05}) }, 80, true},
		{"6 % cut on one side", func(img image.Image) image.Image { return cropped(img, crop{left: 0.06}) }, 80, true},
		{"4 % cut in a corner", func(img image.Image) image.Image { return cropped(img, crop{right: 0.04, bottom: 0.04}) }, 80, true},
		{"a square", func(img image.Image) image.Image { return cropped(img, crop{left: 1. / 6, right: 1. / 6}) }, 80, true},
		{"logo and 5 % cut", func(img image.Image) image.Image {
			return stamped(cropped(img, crop{0.05, 0.05, 0.05, 0.05}), image.Rect(167, 113, 207, 137), color.Black)
		}, 80, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			hit := 0
			for i, img := range pictures {
				for _, m := range x.Match(printOf(t, tc.change(img), tc.quality)) {
					if m.Known != i {
						t.Errorf("picture %d is taken for %d at distance %d", i, m.Known, m.Distance)
						continue
					}
					hit++
					if m.Cropped != tc.cropped {
						t.Errorf("picture %d: cropped is %v", i, m.Cropped)
					}
				}
			}
			if hit < n*95/100 {
				t.Errorf("%d of %d found again", hit, n)
			}
		})
	}
}

// TestFlatLikeness wants tiles of one design with other words to be other pictures.
func TestFlatLikeness(t *testing.T) {
	var known []Print
	for i := range 12 {
		known = append(known, printOf(t, textTile(uint64(i), 400, 400), 90))
		if !known[i].Flat {
			t.Fatalf("tile %d is not seen to be flat", i)
		}
	}
	x := NewIndex(known)
	for i := range known {
		got := x.Match(printOf(t, resized(textTile(uint64(i), 400, 400), 600), 70))
		if len(got) != 1 || got[0].Known != i {
			t.Errorf("tile %d is taken for %v", i, got)
		}
	}
	if printOf(t, scene(1, 300, 200), 90).Flat {
		t.Error("a photograph is taken for flat")
	}
}

func TestGroup(t *testing.T) {
	a, b, c := scene(11, 300, 200), scene(12, 300, 200), scene(13, 300, 200)
	prints := []Print{
		printOf(t, a, 90), printOf(t, b, 90), printOf(t, resized(a, 500), 70), {}, printOf(t, c, 90),
		printOf(t, cropped(b, crop{0.05, 0.05, 0.05, 0.05}), 80), printOf(t, stamped(a, image.Rect(0, 0, 60, 40), color.White), 80),
	}
	if d := cmp.Diff([][]int{{0, 2, 6}, {1, 5}}, Group(prints)); d != "" {
		t.Error(d)
	}
	if got := Group(nil); len(got) > 0 {
		t.Errorf("groups of nothing: %v", got)
	}
}

// TestIndexMissesNothing compares the index with looking at every known picture.
func TestIndexMissesNothing(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	base := printOf(t, scene(21, 300, 200), 90)
	var known []Print
	for range 300 {
		p := base
		p.Miniature = slices.Clone(base.Miniature)
		strength := rnd.IntN(60)
		for i := range p.Miniature {
			p.Miniature[i] = byte(min(max(int(p.Miniature[i])+rnd.IntN(2*strength+1)-strength, 0), 255))
		}
		known = append(known, p)
	}
	x := NewIndex(known)
	var got []int
	for _, m := range x.Match(base) {
		got = append(got, m.Known)
	}
	slices.Sort(got)
	var want []int
	for i := range known {
		p := known[i].plate()
		near := false
		for _, c := range crops {
			d := distance(p.differences(c), base.plate().differences(crop{}))
			// Four bands, each with one bit turned, find up to seven bits for sure.
			near = near || d <= 7 && d+distance(p.falls(c), base.plate().falls(crop{})) <= nearBoth
		}
		if near && alike(base.Miniature, known[i].Miniature, crop{}, keepPixels) >= alikeLeast {
			want = append(want, i)
		}
	}
	if len(want) == 0 || len(want) == len(known) {
		t.Fatalf("%d of %d to be found: the test shows nothing", len(want), len(known))
	}
	for _, i := range want {
		if !slices.Contains(got, i) {
			t.Errorf("picture %d is not found", i)
		}
	}
}

func TestPrintOf(t *testing.T) {
	if _, ok := PrintOf(nil); ok {
		t.Error("a print of nothing")
	}
	if _, ok := PrintOf(&Facts{PHash: 1}); ok {
		t.Error("a print of a picture that nobody saw")
	}
	// A picture of a few pixels has one too.
	for _, size := range []image.Point{{1, 1}, {3, 200}, {200, 3}} {
		f, err := look(t, Options{}, pngBytes(t, image.NewGray(image.Rectangle{Max: size})))
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := PrintOf(f); !ok {
			t.Errorf("%v has none", size)
		}
	}
}

// manyPrints are n random pictures, from the one of a number on.
func manyPrints(from, n int) []Print {
	prints := make([]Print, n)
	parallel(n, func(i int) {
		rnd := rand.New(rand.NewPCG(uint64(from+i), 7))
		g := image.NewGray(image.Rect(0, 0, miniSide, miniSide))
		draw.Draw(g, g.Rect, image.NewUniform(color.Gray{uint8(rnd.IntN(256))}), image.Point{}, draw.Src)
		for range 40 {
			x, y := rnd.IntN(miniSide), rnd.IntN(miniSide)
			r := image.Rect(x-rnd.IntN(9), y-rnd.IntN(9), x+rnd.IntN(9), y+rnd.IntN(9)).Intersect(g.Rect)
			draw.Draw(g, r, image.NewUniform(color.Gray{uint8(rnd.IntN(256))}), image.Point{}, draw.Src)
		}
		p := whole(g)
		prints[i] = Print{PHash: pHash(p), DHash: dHash(p), Miniature: g.Pix}
	})
	return prints
}

// BenchmarkJoin looks up n pictures among n known ones, a tenth of which are the same.
func BenchmarkJoin(b *testing.B) {
	for _, n := range []int{1000, 10000, 100000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			known, asked := manyPrints(0, n), manyPrints(n*9/10, n)
			for b.Loop() {
				x := NewIndex(known)
				parallel(len(asked), func(i int) { x.Match(asked[i]) })
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "pictures/s")
		})
	}
}

// BenchmarkLook is the cost of a photograph of 1.7 megapixels by step; see BENCHMARKS.md. Its picture is drawn, so that
// the benchmark needs no file; photographs take about as long.
func BenchmarkLook(b *testing.B) {
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, resized(scene(1, 400, 267), 1600), &jpeg.Options{Quality: 85}); err != nil {
		b.Fatal(err)
	}
	people, err := BuiltinPeople()
	if err != nil {
		b.Fatal(err)
	}
	for _, bc := range []struct {
		name string
		o    Options
	}{{"metadata", Options{MetadataOnly: true}}, {"pixels", Options{}}, {"people", Options{People: people}}} {
		b.Run(bc.name, func(b *testing.B) {
			l := NewLooker(bc.o)
			b.SetBytes(int64(buf.Len()))
			for b.Loop() {
				if _, err := l.Look(b.Context(), bytes.NewReader(buf.Bytes()), Limits{}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "pictures/s")
		})
	}
}

func BenchmarkReduce(b *testing.B) {
	src, dst := make([]byte, 1600*1067), make([]byte, 640*427)
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		reduce(dst, 640, 640, 427, src, 1600, 1600, 1067)
	}
}

func BenchmarkMeasure(b *testing.B) {
	f := &Frame{YCbCr: reduceYCbCr(toYCbCr(scene(1, 640, 427)), 320, 213)}
	var facts Facts
	for b.Loop() {
		facts.measure(f)
	}
}
