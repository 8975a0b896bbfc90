package report

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"

	"golang.org/x/image/draw"
)

// blurredSide is the longer side, in pixels, of what remains of a blurred preview: enough for colours and a horizon, far
// too little for a face (which has less than two pixels there).
const blurredSide = 12

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
	tw, th := blurredSide, max(1, h*blurredSide/w)
	if h > w {
		tw, th = max(1, w*blurredSide/h), blurredSide
	}
	tiny := image.NewRGBA(image.Rect(0, 0, tw, th))
	draw.BiLinear.Scale(tiny, tiny.Bounds(), src, src.Bounds(), draw.Src, nil)
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.CatmullRom.Scale(out, out.Bounds(), tiny, tiny.Bounds(), draw.Src, nil)
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, out, &jpeg.Options{Quality: 60}); err != nil {
		return nil, fmt.Errorf("blur preview: %w", err)
	}
	return buf.Bytes(), nil
}
