package workbook

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"image"
	"image/jpeg"
	"runtime"
	"slices"

	"github.com/xuri/excelize/v2"
	"golang.org/x/image/draw"
	"golang.org/x/sync/errgroup"

	"pagerisk/report"
)

// Previews are small enough for thousands of them in one file, and large enough to recognise a picture that one knows.
const (
	previewWidth, previewHeight = 96, 72
	previewQuality              = 70
	// previewRow is the least height of a row with a picture, in points: excelize counts 1.18 dots to a point and would
	// let the picture reach into the next row, where it would stay when the first one is filtered away.
	previewRow = 66
	// maxThumb and maxThumbPixels bound what is decoded here: thumbnails of our own are far below.
	maxThumb       = 512 << 10
	maxThumbPixels = 1 << 20
)

// thumbs holds the pictures of the heaviest rows, never many more than will be shown.
type thumbs struct {
	most int
	of   map[*line][]byte
	blur bool
}

func (t *thumbs) add(l *line, data []byte, blur bool) {
	t.blur = blur
	if len(data) == 0 || len(data) > maxThumb || t.most == 0 {
		return
	}
	if t.of == nil {
		t.of = make(map[*line][]byte)
	}
	t.of[l] = data
	if len(t.of) >= 2*t.most {
		t.settle()
	}
}

// settle lets go of the pictures of rows that come too late to show one.
func (t *thumbs) settle() {
	if len(t.of) <= t.most {
		return
	}
	lines := make([]*line, 0, len(t.of))
	for l := range t.of {
		lines = append(lines, l)
	}
	slices.SortFunc(lines, compareLines)
	for _, l := range lines[t.most:] {
		delete(t.of, l)
	}
}

// previews puts a picture over the cell of each row that has one. Rows get their height a second time, in the sheet's
// model, because excelize places pictures by it; the model's rows are not written.
func (b *book) previews(s *sheet) error {
	if len(b.thumbs.of) == 0 {
		return nil
	}
	type job struct {
		row  int
		line *line
	}
	var jobs []job
	for i, l := range b.lines {
		if b.thumbs.of[l] != nil {
			jobs = append(jobs, job{i + 2, l})
		}
	}
	small := make(map[[32]byte][]byte)
	sums := make([][32]byte, len(jobs))
	for i, j := range jobs {
		sums[i] = sha256.Sum256(b.thumbs.of[j.line])
		small[sums[i]] = b.thumbs.of[j.line]
	}
	type made struct {
		sum  [32]byte
		jpeg []byte
	}
	results := make(chan made, len(small))
	group, ctx := errgroup.WithContext(b.ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for sum, data := range small {
		group.Go(func() error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			out, err := preview(data, b.thumbs.blur)
			if err != nil {
				out = nil // a picture that cannot be shown here; the row says everything else
			}
			results <- made{sum, out}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	close(results)
	for m := range results {
		small[m.sum] = m.jpeg
	}
	column := s.col("thumb")
	for i, j := range jobs {
		data := small[sums[i]]
		if data == nil {
			continue
		}
		if err := b.f.SetRowHeight(s.name, j.row, j.line.height); err != nil {
			return err
		}
		if err := b.f.AddPictureFromBytes(s.name, cell(column, j.row), &excelize.Picture{
			Extension: ".jpg", File: data,
			Format: &excelize.GraphicOptions{
				AltText: b.say("alt_preview", "Number", b.number(j.line.number)), OffsetX: 3, OffsetY: 3, LockAspectRatio: true,
			},
		}); err != nil {
			return err
		}
	}
	return nil
}

var errPreview = errors.New("no picture for a preview")

// preview makes a small JPEG without metadata.
func preview(data []byte, blur bool) ([]byte, error) {
	cfg, err := jpeg.DecodeConfig(bytes.NewReader(data))
	if err != nil || cfg.Width < 1 || cfg.Height < 1 || cfg.Width > maxThumbPixels/cfg.Height {
		return nil, errPreview
	}
	src, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	w, h := fit(cfg.Width, cfg.Height, previewWidth, previewHeight)
	if blur {
		src = report.Coarse(src)
	}
	dst := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.BiLinear.Scale(dst, dst.Bounds(), src, src.Bounds(), draw.Src, nil)
	var out bytes.Buffer
	if err := jpeg.Encode(&out, dst, &jpeg.Options{Quality: previewQuality}); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// fit scales a size into a box, never up and never to nothing.
func fit(w, h, maxW, maxH int) (int, int) {
	if w <= maxW && h <= maxH {
		return w, h
	}
	if w*maxH > h*maxW {
		return maxW, max(1, h*maxW/w)
	}
	return max(1, w*maxH/h), maxH
}
