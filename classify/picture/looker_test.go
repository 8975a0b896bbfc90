package picture

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
)

// scene is a picture with shapes of all sizes, another one for each seed: enough structure for hashes to bite.
func scene(seed uint64, w, h int) *image.RGBA {
	rnd := func() float64 {
		seed = seed*6364136223846793005 + 1442695040888963407
		return float64(seed>>33) / (1 << 31)
	}
	type blob struct{ x, y, r, v float64 }
	var blobs []blob
	for range 24 {
		blobs = append(blobs, blob{rnd(), rnd(), 0.05 + 0.25*rnd(), 200*rnd() - 100})
	}
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			fx, fy := (float64(x)+0.5)/float64(w), (float64(y)+0.5)/float64(h)
			v := 128.0
			for _, b := range blobs {
				if dx, dy := fx-b.x, fy-b.y; dx*dx+dy*dy < b.r*b.r {
					v += b.v * (1 - math.Sqrt(dx*dx+dy*dy)/b.r)
				}
			}
			v += 3 * math.Sin(float64(x*7+y*13)) // the noise of a photograph
			c := uint8(min(max(v, 0), 255))
			img.SetRGBA(x, y, color.RGBA{c, uint8(min(255, int(c)+20)), 255 - c, 255})
		}
	}
	return img
}

func jpegBytes(t testing.TB, img image.Image, quality int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func pngBytes(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func look(t testing.TB, o Options, b []byte) (*Facts, error) {
	t.Helper()
	return NewLooker(o).Look(t.Context(), bytes.NewReader(b), Limits{})
}

func TestLookFormats(t *testing.T) {
	img := scene(1, 160, 120)
	encoded := func(f func(w io.Writer) error) []byte {
		var b bytes.Buffer
		if err := f(&b); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	reference, err := look(t, Options{}, pngBytes(t, img))
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		format string
		bytes  []byte
	}{
		{"jpeg", jpegBytes(t, img, 90)},
		{"png", pngBytes(t, img)},
		{"gif", encoded(func(w io.Writer) error { return gif.Encode(w, img, nil) })},
		{"bmp", encoded(func(w io.Writer) error { return bmp.Encode(w, img) })},
		{"tiff", encoded(func(w io.Writer) error { return tiff.Encode(w, img, nil) })},
	} {
		t.Run(tc.format, func(t *testing.T) {
			f, err := look(t, Options{}, tc.bytes)
			if err != nil {
				t.Fatal(err)
			}
			if f.Format != tc.format || f.Width != 160 || f.Height != 120 || f.Video {
				t.Errorf("got %q, %d × %d, video %v", f.Format, f.Width, f.Height, f.Video)
			}
			if d := distance(f.PHash, reference.PHash); d > 4 {
				t.Errorf("DCT hash differs in %d bits from the one of the PNG", d)
			}
			if d := distance(f.DHash, reference.DHash); d > 4 {
				t.Errorf("difference hash differs in %d bits from the one of the PNG", d)
			}
			small, err := jpeg.DecodeConfig(bytes.NewReader(f.Thumb))
			if err != nil || small.Width != 160 || small.Height != 120 {
				t.Errorf("preview: %v, %d × %d", err, small.Width, small.Height)
			}
			if f.People != nil || len(f.Missing) > 0 {
				t.Errorf("people %v, missing %v; nobody was asked to look", f.People, f.Missing)
			}
		})
	}
}

func distance(a, b uint64) int {
	n := 0
	for x := a ^ b; x != 0; x &= x - 1 {
		n++
	}
	return n
}

// TestLookSniffs wants the bytes to decide, whatever a file is called.
func TestLookSniffs(t *testing.T) {
	ftyp := func(brands ...string) []byte {
		b := binary.BigEndian.AppendUint32(nil, uint32(12+4*len(brands)))
		b = append(b, "ftyp"+brands[0]+"\x00\x00\x00\x00"+strings.Join(brands[1:], "")...)
		return append(b, make([]byte, 32)...)
	}
	for _, tc := range []struct {
		name, bytes string
		format      string
		video       bool
	}{
		{"mp4", string(ftyp("isom", "avc1")), "mp4", true},
		{"iphone film", string(ftyp("qt  ")), "mov", true},
		{"old film", "\x00\x00\x00\x08wide\x00\x00\x00\x08mdat", "mov", true},
		{"heic", string(ftyp("heic", "mif1")), "heic", false},
		{"heif that only says so behind", string(ftyp("mif1", "miaf", "heic")), "heic", false},
		{"avif", string(ftyp("avif", "mif1")), "avif", false},
		{"avif that only says so behind", string(ftyp("mif1", "avif")), "avif", false},
		{"webm", "\x1aE\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm", "webm", true},
		{"matroska", "\x1aE\xdf\xa3\x9fB\x86\x81\x01B\x82\x88matroska", "mkv", true},
		{"avi", "RIFF\x00\x00\x00\x00AVI LIST", "avi", true},
		{"webp", "RIFF\x00\x00\x00\x00WEBPVP8 ", "webp", false},
		{"svg", "\xef\xbb\xbf<?xml version='1.0'?>\n<!-- x --><svg xmlns='http://www.w3.org/2000/svg'/>", "svg", false},
		{"jxl", "\xff\x0a\x00\x00", "jxl", false},
		{"psd", "8BPS\x00\x01", "psd", false},
		{"text", "BM is how this text begins, and it goes on", "", false},
		{"page", "<!DOCTYPE html><html><body>", "", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f, err := look(t, Options{}, []byte(tc.bytes))
			if f.Format != tc.format || f.Video != tc.video {
				t.Errorf("got %q, video %v", f.Format, f.Video)
			}
			if err == nil && !tc.video {
				t.Error("a picture without pixels gave no error")
			}
		})
	}
}

func TestLookErrors(t *testing.T) {
	img := scene(1, 64, 48)
	good := jpegBytes(t, img, 80)
	for _, tc := range []struct {
		name   string
		bytes  []byte
		limits Limits
		want   error
		format string
	}{
		{"nothing", nil, Limits{}, ErrCorrupt, ""},
		{"unknown", []byte("hello"), Limits{}, ErrUnsupported, ""},
		{"svg", []byte("<svg xmlns='http://www.w3.org/2000/svg'/>"), Limits{}, ErrUnsupported, "svg"},
		{"cut", good[:len(good)*2/3], Limits{}, ErrCorrupt, "jpeg"},
		{"head only", good[:30], Limits{}, ErrCorrupt, "jpeg"},
		{"too many bytes", good, Limits{Bytes: int64(len(good) - 1)}, ErrTooLarge, "jpeg"},
		{"just enough bytes", good, Limits{Bytes: int64(len(good))}, nil, "jpeg"},
		{"too many pixels", good, Limits{Pixels: 64*48 - 1}, ErrTooLarge, "jpeg"},
		{"avif", file(t, "metadata/full.avif"), Limits{}, ErrUnsupported, "avif"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			people, err := BuiltinPeople()
			if err != nil {
				t.Fatal(err)
			}
			f, err := NewLooker(Options{People: people}).Look(t.Context(), bytes.NewReader(tc.bytes), tc.limits)
			if !errors.Is(err, tc.want) {
				t.Fatalf("error %v, want %v", err, tc.want)
			}
			if f == nil || f.Format != tc.format {
				t.Fatalf("facts %+v", f)
			}
			if tc.want != nil && f.People != nil {
				t.Errorf("%d people in a picture that nobody could see", *f.People)
			}
		})
	}
}

func file(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestLookPeople wants "nobody there" and "nobody looked" to be different answers.
func TestLookPeople(t *testing.T) {
	people, err := BuiltinPeople()
	if err != nil {
		t.Fatal(err)
	}
	b := jpegBytes(t, image.NewGray(image.Rect(0, 0, 200, 200)), 80)
	f, err := look(t, Options{People: people}, b)
	if err != nil || f.People == nil || *f.People != 0 || f.Detector != people.String() {
		t.Errorf("people %v, detector %q, error %v; want 0 seen by %s", f.People, f.Detector, err, people)
	}
	f, err = look(t, Options{}, b)
	if err != nil || f.People != nil || f.Detector != "" {
		t.Errorf("people %v, detector %q, error %v; nobody was asked", f.People, f.Detector, err)
	}
	l := NewLooker(Options{People: people})
	if !strings.Contains(l.Name(), people.Name()) || l.Version()%1000 != people.Version() {
		t.Errorf("%s@%d does not tell who looked", l.Name(), l.Version())
	}
	if a, b := NewLooker(Options{}), NewLooker(Options{MetadataOnly: true}); a.Name() == b.Name() {
		t.Errorf("two lookers that find different facts are both %q", a.Name())
	}
}

func TestScaleBoxes(t *testing.T) {
	got := scaleBoxes([]Box{
		{X: 10, Y: 10, W: 20, H: 20, Score: 0.5},
		{X: 90, Y: 40, W: 20, H: 20, Score: 0.7, Sure: true}, // over the border
		{X: 0, Y: 0, W: 10, H: 10, Score: 0.9, Sure: true},
		{X: 200, Y: 0, W: 10, H: 10, Score: 1, Sure: true}, // outside
	}, 100, 50, 400, 200)
	want := []Box{
		{X: 0, Y: 0, W: 40, H: 40, Score: 0.9, Sure: true},
		{X: 360, Y: 160, W: 40, H: 40, Score: 0.7, Sure: true},
		{X: 40, Y: 40, W: 80, H: 80, Score: 0.5},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// TestLookOrientation turns one picture by each of EXIF's eight values and wants the same upright picture.
func TestLookOrientation(t *testing.T) {
	upright := scene(3, 120, 80)
	want, err := look(t, Options{}, jpegBytes(t, upright, 95))
	if err != nil {
		t.Fatal(err)
	}
	for o := 1; o <= 8; o++ {
		t.Run(fmt.Sprint(o), func(t *testing.T) {
			w, h := 120, 80
			if o >= 5 {
				w, h = h, w
			}
			stored := image.NewRGBA(image.Rect(0, 0, w, h))
			for y := range h {
				for x := range w {
					var ux, uy int // where the stored pixel belongs
					switch o {
					case 1:
						ux, uy = x, y
					case 2:
						ux, uy = 119-x, y
					case 3:
						ux, uy = 119-x, 79-y
					case 4:
						ux, uy = x, 79-y
					case 5:
						ux, uy = y, x
					case 6:
						ux, uy = 119-y, x
					case 7:
						ux, uy = 119-y, 79-x
					case 8:
						ux, uy = y, 79-x
					}
					stored.Set(x, y, upright.At(ux, uy))
				}
			}
			exif := exifBlock(binary.BigEndian, []exifEntry{{tagOrientation, 3, 1, []byte{0, byte(o), 0, 0}}}, nil)
			f, err := look(t, Options{}, withSegments(jpegBytes(t, stored, 95), segment(0xe1, "Exif\x00\x00", exif)))
			if err != nil {
				t.Fatal(err)
			}
			if f.Width != 120 || f.Height != 80 {
				t.Errorf("size %d × %d", f.Width, f.Height)
			}
			if d := distance(f.DHash, want.DHash); d > 4 {
				t.Errorf("the upright picture differs in %d bits", d)
			}
		})
	}
}

// TestMetadataOnlyReadsTheHead wants no more of a JPEG than its head, and nothing decoded.
func TestMetadataOnlyReadsTheHead(t *testing.T) {
	b := withSegments(jpegBytes(t, scene(1, 1200, 900), 95), segment(0xe1, "Exif\x00\x00",
		exifBlock(binary.LittleEndian, []exifEntry{{tagArtist, 2, 4, []byte("Eva\x00")}}, nil)))
	r := bytes.NewReader(append(b, make([]byte, 4<<20)...))
	f, err := NewLooker(Options{MetadataOnly: true}).Look(t.Context(), r, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if f.Metadata.Creator != "Eva" || f.Width != 1200 || f.Height != 900 {
		t.Errorf("got %q, %d × %d", f.Metadata.Creator, f.Width, f.Height)
	}
	if f.Thumb != nil || f.PHash != 0 || f.Miniature != nil {
		t.Error("something was decoded")
	}
	if read := r.Size() - int64(r.Len()); read > 256<<10 {
		t.Errorf("%d bytes were read", read)
	}
}

// TestLookReadsAll wants all bytes read, so that whoever hashes them while they pass has them all.
func TestLookReadsAll(t *testing.T) {
	b := append(jpegBytes(t, scene(1, 64, 48), 80), make([]byte, 1<<20)...)
	r := bytes.NewReader(b)
	if _, err := NewLooker(Options{}).Look(t.Context(), r, Limits{}); err != nil {
		t.Fatal(err)
	}
	if r.Len() != 0 {
		t.Errorf("%d bytes left", r.Len())
	}
}

func TestLookStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := NewLooker(Options{}).Look(ctx, bytes.NewReader(jpegBytes(t, scene(1, 64, 48), 80)), Limits{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// TestTransparent wants what is transparent to look as it does on a page: white.
func TestTransparent(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 64, 64))
	draw.Draw(img, image.Rect(0, 0, 32, 64), image.NewUniform(color.NRGBA{A: 255}), image.Point{}, draw.Src)
	f, err := look(t, Options{}, pngBytes(t, img))
	if err != nil {
		t.Fatal(err)
	}
	if a, b := f.Miniature[0], f.Miniature[miniSide-1]; a > 5 || b < 250 {
		t.Errorf("black is %d, transparent is %d", a, b)
	}
}

// TestLastScan cuts a progressive file behind the scan that completes luma, and only where that is asked for.
func TestLastScan(t *testing.T) {
	b := file(t, "progressive.jpg")
	scans := bytes.Count(b, []byte{0xff, 0xda})
	if scans != 10 {
		t.Fatalf("%d scans in the file", scans)
	}
	if end := lastScan(b, false); end != len(b) {
		t.Errorf("cut at %d of %d although all scans are wanted", end, len(b))
	}
	if n := bytes.Count(b[:lastScan(b, true)], []byte{0xff, 0xda}); n != 5 {
		t.Errorf("%d scans left, want 5", n)
	}
	c := open("jpeg", b)
	if !c.progressive {
		t.Fatal("not seen to be progressive")
	}
	full, err := jpeg.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	c.width = cutSide // pretend that it is large enough
	cut, err := jpeg.Decode(c.scans())
	if err != nil {
		t.Fatal(err)
	}
	w, h := fit(full.Bounds().Dx(), full.Bounds().Dy(), 64)
	x, y := reduceYCbCr(toYCbCr(full), w, h), reduceYCbCr(toYCbCr(cut), w, h)
	sum := 0
	for i := range x.Y {
		sum += max(int(x.Y[i])-int(y.Y[i]), int(y.Y[i])-int(x.Y[i]))
	}
	if mean := float64(sum) / float64(len(x.Y)); mean > 1.5 {
		t.Errorf("without its last scans the reduced picture differs by %.2f levels on average", mean)
	}
}

func TestReduce(t *testing.T) {
	for _, tc := range []struct{ sw, sh, dw, dh int }{
		{640, 480, 320, 240}, {641, 479, 320, 240}, {100, 100, 33, 7}, {5, 5, 5, 5}, {1600, 3, 640, 1}, {3, 2, 8, 4}, {1, 1, 2, 2},
	} {
		t.Run(fmt.Sprint(tc), func(t *testing.T) {
			src := make([]byte, tc.sw*tc.sh)
			for i := range src {
				src[i] = byte(i%tc.sw*255/max(tc.sw-1, 1)+i/tc.sw*7) | 1
			}
			got := make([]byte, tc.dw*tc.dh)
			reduce(got, tc.dw, tc.dw, tc.dh, src, tc.sw, tc.sw, tc.sh)
			if tc.dw > tc.sw {
				for _, v := range got {
					if !slices.Contains(src, v) {
						t.Fatal("a pixel that is not in the source")
					}
				}
				return
			}
			for y := range tc.dh {
				for x := range tc.dw {
					want := mean(src, tc.sw, tc.sh, float64(x)*float64(tc.sw)/float64(tc.dw), float64(y)*float64(tc.sh)/float64(tc.dh),
						float64(x+1)*float64(tc.sw)/float64(tc.dw), float64(y+1)*float64(tc.sh)/float64(tc.dh))
					if v := float64(got[y*tc.dw+x]); math.Abs(v-want) > 2 {
						t.Fatalf("pixel %d, %d is %v, want %.2f", x, y, v, want)
					}
				}
			}
		})
	}
}

// mean is the plain average over an area, for comparison.
func mean(src []byte, w, h int, x0, y0, x1, y1 float64) float64 {
	sum, area := 0.0, 0.0
	for y := int(y0); y < h && float64(y) < y1; y++ {
		for x := int(x0); x < w && float64(x) < x1; x++ {
			a := (min(x1, float64(x+1)) - max(x0, float64(x))) * (min(y1, float64(y+1)) - max(y0, float64(y)))
			sum += a * float64(src[y*w+x])
			area += a
		}
	}
	return sum / area
}

// TestHEIC decodes in the sandbox what the same picture is as PNG.
func TestHEIC(t *testing.T) {
	f, err := look(t, Options{}, file(t, "metadata/full.heic"))
	if err != nil {
		t.Fatal(err)
	}
	want, err := look(t, Options{}, file(t, "metadata/full.png"))
	if err != nil {
		t.Fatal(err)
	}
	if f.Width != 64 || f.Height != 48 || distance(f.PHash, want.PHash) > 6 {
		t.Errorf("%d × %d, %d bits from the PNG", f.Width, f.Height, distance(f.PHash, want.PHash))
	}
	b := file(t, "metadata/full.heic")
	clear(b[bytes.Index(b, []byte("mdat"))+4:])
	if _, err := look(t, Options{}, b); !errors.Is(err, ErrCorrupt) {
		t.Errorf("without its pixels: error %v", err)
	}
}

// TestWebP reads a still and an animated file; of the second the first frame.
func TestWebP(t *testing.T) {
	still, err := look(t, Options{}, file(t, "metadata/full.webp"))
	if err != nil {
		t.Fatal(err)
	}
	moving, err := look(t, Options{}, file(t, "animated.webp"))
	if err != nil {
		t.Fatal(err)
	}
	if moving.Width != 64 || moving.Height != 48 || distance(still.DHash, moving.DHash) > 6 {
		t.Errorf("animated: %d × %d, %d bits from the still one", moving.Width, moving.Height, distance(still.DHash, moving.DHash))
	}
}
