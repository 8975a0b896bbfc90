package report

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"

	"golang.org/x/image/draw"
)

// blurredSide is the longer side, in pixels, of what remains of a blurred preview: colours and a horizon. Nobody can be
// recognised in so few dots, and what is gone cannot be brought back.
const blurredSide = 7

// Coarse reduces a picture to the few dots that a copy for outsiders may show.
func Coarse(src image.Image) image.Image {
	w, h := src.Bounds().Dx(), src.Bounds().Dy()
	tw, th := blurredSide, max(1, h*blurredSide/max(1, w))
	if h > w {
		tw, th = max(1, w*blurredSide/h), blurredSide
	}
	few := image.NewRGBA(image.Rect(0, 0, tw, th))
	draw.BiLinear.Scale(few, few.Bounds(), src, src.Bounds(), draw.Src, nil)
	return few
}

// Blur makes of a small JPEG one that shows colours and no persons, for registers that leave the house. What was taken
// out is not in the file any more.
func Blur(small []byte) ([]byte, error) {
	src, err := jpeg.Decode(bytes.NewReader(small))
	if err != nil {
		return nil, fmt.Errorf("blur preview: %w", err)
	}
	w, h := src.Bounds().Dx(), src.Bounds().Dy()
	if w <= 0 || h <= 0 {
		return nil, fmt.Errorf("blur preview: empty picture")
	}
	few := Coarse(src)
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.CatmullRom.Scale(out, out.Bounds(), few, few.Bounds(), draw.Src, nil)
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, out, &jpeg.Options{Quality: 60}); err != nil {
		return nil, fmt.Errorf("blur preview: %w", err)
	}
	return buf.Bytes(), nil
}
