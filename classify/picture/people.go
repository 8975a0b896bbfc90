package picture

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"image/color"
	"io"
	"os"
	"slices"
	"sort"
	"strings"
)

// workSide is the longer side, in pixels, of the picture that is searched: below it small faces are lost, above it time
// grows faster than what is found.
const workSide = 640

// maxBoxes bounds the boxes of one picture; a crowd has hundreds of faces, a hostile texture could have thousands.
const maxBoxes = 400

// finder is one way of looking for faces. The picture's longer side is at most workSide; boxes are in its pixels, any
// order, each person once.
type finder interface {
	find(ctx context.Context, img image.Image) ([]Box, error)
}

// People finds people by their faces. It says that somebody is there and where, never who. It is safe for concurrent
// use.
type People struct {
	name    string
	version int
	known   bool
	finder  finder
}

// BuiltinName is the Name of the built-in finder.
const BuiltinName = "pigo"

// Name is "pigo" for the built-in finder and "yunet" for a model file, with a piece of its checksum where that is not
// known.
func (p *People) Name() string { return p.name }

// Version grows with every change that can change a box; with the name it belongs to the key of a cache.
func (p *People) Version() int { return p.version }

// String is the name and version as Facts.Detector has them: "pigo@1".
func (p *People) String() string { return fmt.Sprintf("%s@%d", p.name, p.version) }

// Side is the longer side in pixels at which the finder works. Larger pictures are reduced to it by Find; whoever has
// a reduced picture of at least this size at hand saves time by giving that.
func (p *People) Side() int { return workSide }

// Find returns where people's faces are, in pixels of img with its bounds' corner as origin, surest first. Boxes with
// Sure are people; the others are possibly people. An empty list means that somebody looked and saw none.
func (p *People) Find(ctx context.Context, img image.Image) ([]Box, error) {
	b := img.Bounds()
	if b.Dx() <= 0 || b.Dy() <= 0 {
		return nil, errors.New("find people: the picture has no pixels")
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	boxes, err := p.finder.find(ctx, img)
	if err != nil {
		return nil, fmt.Errorf("find people with %s: %w", p, err)
	}
	if len(boxes) > maxBoxes {
		boxes = boxes[:maxBoxes]
	}
	return boxes, nil
}

// Count is how many of the boxes are people for sure: the value of Facts.People.
func Count(boxes []Box) int {
	n := 0
	for _, b := range boxes {
		if b.Sure {
			n++
		}
	}
	return n
}

// sortBoxes puts sure boxes first, then high scores, then from left to right, so that equal pictures give equal lists.
func sortBoxes(boxes []Box) {
	sort.Slice(boxes, func(i, j int) bool {
		a, b := boxes[i], boxes[j]
		switch {
		case a.Sure != b.Sure:
			return a.Sure
		case a.Score != b.Score:
			return a.Score > b.Score
		case a.X != b.X:
			return a.X < b.X
		}
		return a.Y < b.Y
	})
}

// Share is the part of a picture of w × h pixels that the box covers, 0 to 1.
func (b Box) Share(w, h int) float64 {
	if w <= 0 || h <= 0 {
		return 0
	}
	return min(1, float64(b.W)*float64(b.H)/(float64(w)*float64(h)))
}

// Arrangement says how people stand in a picture, as far as sizes and positions tell.
type Arrangement string

const (
	NoPeople   Arrangement = ""
	Portrait   Arrangement = "portrait"   // one or two people are what the picture is about
	GroupShot  Arrangement = "group"      // several people of about one size
	Bystanders Arrangement = "bystanders" // a few people, all small: the picture is about something else
	Crowd      Arrangement = "crowd"      // many people
)

// CrowdCount is from how many people on single persons hardly matter any more. Case law on assemblies gives no number;
// ten is more than fits into one row of a group picture.
const CrowdCount = 10

const (
	// smallFace is the height of a face, as part of the picture's shorter side, below which a person is scenery: a
	// standing person is about seven and a half faces tall, so at 1/20 the whole person takes a third of the picture.
	smallFace = 1.0 / 20
	// portraitFace is the same measure from which one person fills the picture.
	portraitFace = 1.0 / 7
)

// Arrange classifies the sure boxes of a picture of w × h pixels.
func Arrange(boxes []Box, w, h int) Arrangement {
	side := float64(min(w, h))
	var heights []float64
	for _, b := range boxes {
		if b.Sure {
			heights = append(heights, float64(b.H))
		}
	}
	if len(heights) == 0 || side <= 0 {
		return NoPeople
	}
	sort.Sort(sort.Reverse(sort.Float64Slice(heights)))
	largest := heights[0] / side
	prominent := 0 // people not much smaller than the largest: the others are in the background
	for _, f := range heights {
		if f >= heights[0]/2 {
			prominent++
		}
	}
	switch {
	case largest >= portraitFace && prominent <= 2:
		return Portrait
	case len(heights) >= CrowdCount:
		return Crowd
	case largest < smallFace:
		return Bystanders
	case prominent == 1:
		return Portrait
	}
	return GroupShot
}

// Foremost says how people stand in the pictures of an item: of several pictures the one that shows single persons most
// clearly counts, and of equal ones the one with most people. at is its place, -1 where no picture tells.
func Foremost(facts []*Facts) (a Arrangement, at int) {
	order := []Arrangement{Portrait, GroupShot, Bystanders, Crowd}
	best := len(order)
	at = -1
	for i, f := range facts {
		if f == nil || f.People == nil || *f.People == 0 {
			continue
		}
		this := Arrange(f.Boxes, f.Width, f.Height)
		if len(f.Boxes) == 0 && *f.People >= CrowdCount {
			this = Crowd // where nobody told where they are, only a crowd can be known
		}
		k := slices.Index(order, this)
		if k >= 0 && (k < best || k == best && *f.People > *facts[at].People) {
			best, a, at = k, this, i
		}
	}
	return a, at
}

// Accuracy is how a finder did on labelled photographs, for people who must judge what its silence is worth. The
// photographs are no part of the project; the figures are of November 2026.
type Accuracy struct {
	Detector  string  // Facts.Detector without the version
	Pictures  int     // judged photographs
	Recall    float64 // of the photographs with people, the part in which some were found
	Precision float64 // of the photographs in which people were found, the part that has some
	// Found and all photographs by how people appear in them.
	Frontal, Small, Profile [2]int
}

// AccuracyOf returns the figures for a value of Facts.Detector ("pigo@1"), and false where nothing was measured.
func AccuracyOf(detector string) (Accuracy, bool) {
	name, _, _ := strings.Cut(detector, "@")
	for _, a := range accuracies {
		if a.Detector == name {
			return a, true
		}
	}
	return Accuracy{}, false
}

// Both as their thresholds were chosen: the cascade by quality alone, the network at 640 pixels. What was added since
// (colour, mirror image and tilt; a second look from further away) finds more; how much was not measured on these.
// Judged: 172 photographs with frontal faces, 17 with small ones, 29 with people in profile, looking down or covered,
// 7 rotated, 305 without people, 24 drawings and statues.
var accuracies = []Accuracy{
	{Detector: "pigo", Pictures: 554, Recall: 0.827, Precision: 0.974, Frontal: [2]int{162, 172}, Small: [2]int{13, 17}, Profile: [2]int{7, 29}},
	{Detector: "yunet", Pictures: 554, Recall: 0.978, Precision: 0.987, Frontal: [2]int{172, 172}, Small: [2]int{17, 17}, Profile: [2]int{27, 29}},
}

// plane is one channel of a picture, a byte each pixel.
type plane struct {
	pix    []byte
	stride int
	w, h   int
}

// resample writes the plane src of w × h pixels into dst at dst's size: the mean of the covered area where it shrinks,
// linear between neighbours where it grows.
func resample(dst plane, src []byte, stride, w, h int) {
	if dst.w <= w && dst.h <= h {
		reduce(dst.pix, dst.stride, dst.w, dst.h, src, stride, w, h)
		return
	}
	for y := range dst.h {
		y0, y1, fy := between(y, h, dst.h)
		a, b := src[y0*stride:][:w], src[y1*stride:][:w]
		out := dst.pix[y*dst.stride:][:dst.w]
		for x := range out {
			x0, x1, fx := between(x, w, dst.w)
			top := int(a[x0])*(256-fx) + int(a[x1])*fx
			bottom := int(b[x0])*(256-fx) + int(b[x1])*fx
			out[x] = byte((top*(256-fy) + bottom*fy + 1<<15) >> 16)
		}
	}
}

// between says between which of n pixels the middle of the i-th of m equal parts lies, and how much of the second one
// counts, in 1/256.
func between(i, n, m int) (first, second, part int) {
	pos := min(max((2*i+1)*n*128/m-128, 0), (n-1)*256)
	return pos >> 8, min(pos>>8+1, n-1), pos & 255
}

// greyPlane writes the brightness of img into dst at dst's size.
func greyPlane(dst plane, img image.Image) {
	b := img.Bounds()
	w, h := b.Dx(), b.Dy()
	switch m := img.(type) {
	case *image.Gray:
		resample(dst, m.Pix[m.PixOffset(b.Min.X, b.Min.Y):], m.Stride, w, h)
		return
	case *image.YCbCr:
		resample(dst, m.Y[m.YOffset(b.Min.X, b.Min.Y):], m.YStride, w, h)
		return
	}
	full := make([]byte, w*h)
	switch m := img.(type) {
	case *image.RGBA:
		luma(full, m.Pix[m.PixOffset(b.Min.X, b.Min.Y):], m.Stride, w, h)
	case *image.NRGBA:
		luma(full, m.Pix[m.PixOffset(b.Min.X, b.Min.Y):], m.Stride, w, h)
	default:
		for y := range h {
			for x := range w {
				r, g, bl, _ := img.At(b.Min.X+x, b.Min.Y+y).RGBA()
				full[y*w+x] = byte((19595*r + 38470*g + 7471*bl + 1<<23) >> 24)
			}
		}
	}
	resample(dst, full, w, w, h)
}

// chromaPlanes writes the colours of img, as JPEG has them, into two planes of one size; false means that it is grey by
// its kind.
func chromaPlanes(cb, cr plane, img image.Image) bool {
	b := img.Bounds()
	switch m := img.(type) {
	case *image.Gray, *image.Gray16:
		return false
	case *image.YCbCr:
		w, h := chromaSize(m)
		at := m.COffset(b.Min.X, b.Min.Y)
		resample(cb, m.Cb[at:], m.CStride, w, h)
		resample(cr, m.Cr[at:], m.CStride, w, h)
		return true
	}
	// One pixel stands for the few that fall together: the colour of a face's middle needs no better.
	for y := range cb.h {
		for x := range cb.w {
			r, g, bl, _ := img.At(b.Min.X+(2*x+1)*b.Dx()/(2*cb.w), b.Min.Y+(2*y+1)*b.Dy()/(2*cb.h)).RGBA()
			_, u, v := color.RGBToYCbCr(byte(r>>8), byte(g>>8), byte(bl>>8))
			cb.pix[y*cb.stride+x], cr.pix[y*cr.stride+x] = u, v
		}
	}
	return true
}

// luma is the brightness of pixels of four bytes, as JPEG weighs it.
func luma(dst, pix []byte, stride, w, h int) {
	for y := range h {
		row := pix[y*stride:][:4*w]
		out := dst[y*w:][:w]
		for x := range out {
			p := row[4*x : 4*x+4 : 4*x+4]
			out[x] = byte((19595*uint32(p[0]) + 38470*uint32(p[1]) + 7471*uint32(p[2]) + 1<<15) >> 16)
		}
	}
}

// yunetSum is the SHA-256 of the model file that the thresholds were measured with.
const (
	yunetSum     = "ebafce4e3c118d6554634be5c27ab333b4c047a9a8c3faf1d7cf93101c22f0f0"
	yunetVersion = 1
)

// OpenPeople reads a finder from an ONNX file of YuNet. A file of the same shape whose checksum is not known is used,
// and warn is called once with a sentence about it; anything else is an error that wraps ErrModel or that of the file
// system.
func OpenPeople(path string, warn func(string)) (*People, error) {
	_, p, err := LoadPeople(path)
	if err == nil && !p.Known() && warn != nil {
		warn(fmt.Sprintf("model %q has the shape of YuNet but not its known checksum", path))
	}
	return p, err
}

// LoadPeople is OpenPeople for somebody who wants the file's bytes too.
func LoadPeople(path string) ([]byte, *People, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, fmt.Errorf("read model: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxModelBytes+1))
	if err != nil {
		return nil, nil, fmt.Errorf("read model: %w", err)
	}
	p, err := ReadPeople(data)
	if err != nil {
		return nil, nil, fmt.Errorf("read model %q: %w", path, err)
	}
	return data, p, nil
}

// ErrModel is wrapped by the errors of a model file that is not YuNet.
var ErrModel = errors.New("not a YuNet model")

// ReadPeople reads a finder from the bytes of a model file; ask Known whether they are those that were measured.
func ReadPeople(data []byte) (*People, error) {
	g, err := readONNX(data)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrModel, err)
	}
	n, err := newNetwork(g)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrModel, err)
	}
	sum := sha256.Sum256(data)
	p := &People{name: "yunet", version: yunetVersion, known: hex.EncodeToString(sum[:]) == yunetSum, finder: n}
	if !p.known {
		// Another file gives other boxes: it has a name of its own in every cache.
		p.name = "yunet-" + hex.EncodeToString(sum[:4])
	}
	return p, nil
}

// Known reports whether the finder is one whose accuracy was measured.
func (p *People) Known() bool { return p.known }
