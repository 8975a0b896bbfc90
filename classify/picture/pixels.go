package picture

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
	"golang.org/x/image/webp"
)

const (
	// cutSide is the longest side from which a progressive JPEG is decoded without its last refinements: a frame is
	// less than half as large, so what they add lies below a grey level. Smaller pictures need all scans.
	cutSide = 1000
	// previewQuality is the JPEG quality of previews: text in them stays readable at about 12 kB.
	previewQuality = 75
)

// weight estimates the bytes that decoding needs, from the header: before anything is decoded.
func (c *container) weight() int64 {
	pixels := int64(c.width) * int64(c.height)
	// What is not YCbCr already is brought to it at full size, with three bytes a pixel.
	switch c.format {
	case "jpeg":
		samples := pixels * int64(max(c.components, 1))
		if c.progressive {
			return samples * 5 // coefficients of 32 bits are kept until the last scan
		}
		return samples
	case "png":
		if c.deep {
			return pixels * 11
		}
		return pixels * 7
	case "gif":
		return pixels * 4
	case "webp":
		return pixels * 9 // lossless and alpha
	case "heic":
		return pixels * heicPixel
	case "tiff":
		return pixels*11 + int64(len(c.data))
	}
	return pixels * 7
}

// decode gives the picture's frame: upright, at most side pixels. It is the one place where pixels are decoded.
func (c *container) decode(ctx context.Context, side int) (*Frame, error) {
	img, err := c.pixels(ctx)
	if err != nil {
		if errors.Is(err, ErrCorrupt) || errors.Is(err, ErrUnsupported) || errors.Is(err, ErrTooLarge) || ctx.Err() != nil {
			return nil, err
		}
		kind := ErrCorrupt
		if unsupported(err) {
			kind = ErrUnsupported
		}
		return nil, fmt.Errorf("decode %s: %w: %v", c.format, kind, err)
	}
	b := img.Bounds()
	if b.Empty() {
		return nil, fmt.Errorf("decode %s: %w: no pixels", c.format, ErrCorrupt)
	}
	full := toYCbCr(img)
	w, h := fit(b.Dx(), b.Dy(), side)
	small := reduceYCbCr(full, w, h)
	if !c.turned {
		small = turn(small, c.orientation)
	}
	return &Frame{Width: b.Dx(), Height: b.Dy(), YCbCr: small}, nil
}

func unsupported(err error) bool {
	var j jpeg.UnsupportedError
	var p png.UnsupportedError
	var t tiff.UnsupportedError
	return errors.As(err, &j) || errors.As(err, &p) || errors.As(err, &t) || errors.Is(err, bmp.ErrUnsupported)
}

func (c *container) pixels(ctx context.Context) (image.Image, error) {
	switch c.format {
	case "jpeg":
		return jpeg.Decode(c.scans())
	case "png":
		return png.Decode(bytes.NewReader(c.data))
	case "gif":
		return gif.Decode(bytes.NewReader(c.data))
	case "webp":
		b := c.data
		if c.animated {
			var err error
			if b, err = c.webpFrame(); err != nil {
				return nil, err
			}
		}
		return webp.Decode(bytes.NewReader(b))
	case "tiff":
		return tiff.Decode(bytes.NewReader(c.data))
	case "bmp":
		return bmp.Decode(bytes.NewReader(c.data))
	case "heic":
		return decodeHEIC(ctx, c.data)
	}
	return nil, fmt.Errorf("decode picture: %w: format %q", ErrUnsupported, c.format)
}

// scans is the JPEG without what a frame does not need of it.
func (c *container) scans() io.Reader {
	if !c.progressive {
		return bytes.NewReader(c.data)
	}
	end := lastScan(c.data, max(c.width, c.height) >= cutSide)
	if end >= len(c.data) {
		return bytes.NewReader(c.data)
	}
	return io.MultiReader(bytes.NewReader(c.data[:end]), bytes.NewReader([]byte{0xff, 0xd9}))
}

// lastScan is where to cut a progressive JPEG: behind the scan with which luma has all its frequencies, at any
// precision, and chroma its means (in libjpeg's usual order the fifth of ten); and behind maxScans in any case, since
// each costs a pass over the picture and a scan of a few bytes is legal.
func lastScan(b []byte, early bool) int {
	var luma byte
	var have uint64 // frequencies of luma that came
	means := 0      // components whose means came
	components := 0
	scans := 0
	for at := 2; at+4 <= len(b); {
		if b[at] != 0xff {
			i := bytes.IndexByte(b[at:], 0xff)
			if i < 0 {
				break
			}
			at += i
			continue
		}
		marker := b[at+1]
		if marker == 0xff { // filling
			at++
			continue
		}
		if marker <= 1 || marker >= 0xd0 && marker <= 0xd8 {
			at += 2
			continue
		}
		if marker == 0xd9 {
			break
		}
		if marker == 0xda && scans > 0 && (scans >= maxScans || early && components > 0 && means >= components && have == 1<<64-2) {
			return at
		}
		n := int(b[at+2])<<8 | int(b[at+3])
		if n < 2 || at+2+n > len(b) {
			break
		}
		body := b[at+4 : at+2+n]
		switch {
		case marker == 0xc2 && len(body) > 6:
			components, luma = int(body[5]), body[6]
		case marker == 0xda && len(body) >= 1 && len(body) == 4+2*int(body[0]):
			scans++
			first, last, high := body[len(body)-3]&63, body[len(body)-2]&63, body[len(body)-1]>>4
			for i := range int(body[0]) {
				switch {
				case first == 0 && high == 0:
					means++
				case first > 0 && body[1+2*i] == luma && last >= first:
					have |= (1<<(last-first+1) - 1) << first
				}
			}
		}
		at += 2 + n
	}
	return len(b)
}

// cornered is the picture with its origin at 0, 0; planes are shared.
func cornered(p *image.YCbCr) *image.YCbCr {
	if p.Rect.Min == (image.Point{}) {
		return p
	}
	q := *p
	q.Y, q.Cb, q.Cr = p.Y[p.YOffset(p.Rect.Min.X, p.Rect.Min.Y):], p.Cb[p.COffset(p.Rect.Min.X, p.Rect.Min.Y):], p.Cr[p.COffset(p.Rect.Min.X, p.Rect.Min.Y):]
	q.Rect = p.Rect.Sub(p.Rect.Min)
	return &q
}

// toYCbCr brings a picture of any kind to JPEG's colours at full size, with its origin at 0, 0. What is transparent
// shows white, as pages do.
func toYCbCr(img image.Image) *image.YCbCr {
	if p, ok := img.(*image.YCbCr); ok {
		return cornered(p)
	}
	b := img.Bounds()
	w, h := b.Dx(), b.Dy()
	if g, ok := img.(*image.Gray); ok {
		p := &image.YCbCr{
			Y: g.Pix[g.PixOffset(b.Min.X, b.Min.Y):], YStride: g.Stride,
			Rect: image.Rect(0, 0, w, h), SubsampleRatio: image.YCbCrSubsampleRatio410, CStride: (w + 3) / 4,
		}
		p.Cb = bytes.Repeat([]byte{128}, p.CStride*((h+1)/2))
		p.Cr = p.Cb
		return p
	}
	p := image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio444)
	row := rower(img)
	line := make([]byte, 4*w)
	for y := range h {
		row(line, b.Min.Y+y)
		at := y * p.YStride
		for x := range w {
			q := line[4*x : 4*x+4 : 4*x+4]
			red, green, blue := int32(q[0]), int32(q[1]), int32(q[2])
			// JFIF's weights in 1/65,536; the sums stay inside a byte.
			p.Y[at+x] = byte((19595*red + 38470*green + 7471*blue + 1<<15) >> 16)
			p.Cb[at+x] = byte((-11056*red - 21712*green + 32768*blue + 257<<15 - 1) >> 16)
			p.Cr[at+x] = byte((32768*red - 27440*green - 5328*blue + 257<<15 - 1) >> 16)
		}
	}
	return p
}

// rower gives rows of a picture as red, green, blue and a byte that nobody reads, on white.
func rower(img image.Image) func(line []byte, y int) {
	b := img.Bounds()
	onWhite := func(line []byte, alphaMultiplied bool) {
		for i := 0; i+4 <= len(line); i += 4 {
			a := uint32(line[i+3])
			if a == 255 {
				continue
			}
			for k := i; k < i+3; k++ {
				v := uint32(line[k])
				if !alphaMultiplied {
					v = v * a / 255
				}
				line[k] = byte(min(v+255-a, 255))
			}
		}
	}
	switch m := img.(type) {
	case *image.RGBA:
		return func(line []byte, y int) {
			copy(line, m.Pix[m.PixOffset(b.Min.X, y):])
			onWhite(line, true)
		}
	case *image.NRGBA:
		return func(line []byte, y int) {
			copy(line, m.Pix[m.PixOffset(b.Min.X, y):])
			onWhite(line, false)
		}
	case *image.Paletted:
		palette := make([][4]byte, 256)
		for i := range palette {
			palette[i] = [4]byte{255, 255, 255, 255}
			if i < len(m.Palette) {
				n := color.NRGBAModel.Convert(m.Palette[i]).(color.NRGBA)
				q := [4]byte{n.R, n.G, n.B, n.A}
				onWhite(q[:], false)
				palette[i] = q
			}
		}
		return func(line []byte, y int) {
			for x, i := range m.Pix[m.PixOffset(b.Min.X, y):][:b.Dx()] {
				*(*[4]byte)(line[4*x:]) = palette[i]
			}
		}
	}
	return func(line []byte, y int) {
		for x := range b.Dx() {
			red, green, blue, alpha := img.At(b.Min.X+x, y).RGBA()
			*(*[4]byte)(line[4*x:]) = [4]byte{byte(red >> 8), byte(green >> 8), byte(blue >> 8), byte(alpha >> 8)}
		}
		onWhite(line, true)
	}
}

// turn brings a small 4:2:0 picture upright, as EXIF's orientation says (1 to 8).
func turn(p *image.YCbCr, orientation int) *image.YCbCr {
	if orientation <= 1 || orientation > 8 {
		return p
	}
	w, h := p.Rect.Dx(), p.Rect.Dy()
	dw, dh := w, h
	if orientation >= 5 {
		dw, dh = h, w
	}
	q := image.NewYCbCr(image.Rect(0, 0, dw, dh), image.YCbCrSubsampleRatio420)
	turnPlane(q.Y, q.YStride, p.Y, p.YStride, w, h, orientation)
	turnPlane(q.Cb, q.CStride, p.Cb, p.CStride, (w+1)/2, (h+1)/2, orientation)
	turnPlane(q.Cr, q.CStride, p.Cr, p.CStride, (w+1)/2, (h+1)/2, orientation)
	return q
}

func turnPlane(dst []byte, dstStride int, src []byte, srcStride, w, h, orientation int) {
	for y := range h {
		for x, v := range src[y*srcStride : y*srcStride+w] {
			var dx, dy int
			switch orientation {
			case 2:
				dx, dy = w-1-x, y
			case 3:
				dx, dy = w-1-x, h-1-y
			case 4:
				dx, dy = x, h-1-y
			case 5:
				dx, dy = y, x
			case 6:
				dx, dy = h-1-y, x
			case 7:
				dx, dy = h-1-y, w-1-x
			case 8:
				dx, dy = y, w-1-x
			}
			dst[dy*dstStride+dx] = v
		}
	}
}

// thumb is a small JPEG of the frame, without metadata.
func thumb(f *Frame) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, f.YCbCr, &jpeg.Options{Quality: previewQuality}); err != nil {
		return nil
	}
	return b.Bytes()
}
