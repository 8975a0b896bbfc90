package picture

import (
	"image"
	"sync"
)

// Frame is a picture as everybody behind the one decode shares it: upright, reduced, luma and 4:2:0 chroma apart.
type Frame struct {
	Width, Height int // of the whole upright picture, in pixels
	// YCbCr is the reduced picture, always with SubsampleRatio420 and its origin at 0, 0. JPEG's full range (JFIF).
	YCbCr *image.YCbCr
}

// Grey is the frame's luma reduced to at most side pixels on its longest side; where the frame is not larger, it shares
// the frame's memory. The caller does not change it.
func (f *Frame) Grey(side int) *image.Gray {
	y := f.YCbCr
	w, h := y.Rect.Dx(), y.Rect.Dy()
	rw, rh := fit(w, h, side)
	if rw == w && rh == h {
		return &image.Gray{Pix: y.Y, Stride: y.YStride, Rect: image.Rect(0, 0, w, h)}
	}
	g := &image.Gray{Pix: make([]byte, rw*rh), Stride: rw, Rect: image.Rect(0, 0, rw, rh)}
	reduce(g.Pix, rw, rw, rh, y.Y, y.YStride, w, h)
	return g
}

// Reduce is the frame at no more than side pixels; the frame itself where it is not larger.
func (f *Frame) Reduce(side int) *Frame {
	y := f.YCbCr
	w, h := y.Rect.Dx(), y.Rect.Dy()
	rw, rh := fit(w, h, side)
	if rw == w && rh == h {
		return f
	}
	return &Frame{Width: f.Width, Height: f.Height, YCbCr: reduceYCbCr(y, rw, rh)}
}

// fit is the size of a w × h picture whose longest side is at most side; never below 1 × 1, never enlarged.
func fit(w, h, side int) (int, int) {
	long := max(w, h)
	if long <= side || side <= 0 {
		return w, h
	}
	return max(1, (w*side+long/2)/long), max(1, (h*side+long/2)/long)
}

// reduceYCbCr brings a picture of any chroma subsampling to w × h in 4:2:0.
func reduceYCbCr(src *image.YCbCr, w, h int) *image.YCbCr {
	dst := image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio420)
	sw, sh := src.Rect.Dx(), src.Rect.Dy()
	reduce(dst.Y, dst.YStride, w, h, src.Y, src.YStride, sw, sh)
	cw, ch := chromaSize(src)
	dw, dh := (w+1)/2, (h+1)/2
	reduce(dst.Cb, dst.CStride, dw, dh, src.Cb, src.CStride, cw, ch)
	reduce(dst.Cr, dst.CStride, dw, dh, src.Cr, src.CStride, cw, ch)
	return dst
}

// chromaSize is the size of the chroma planes of a picture whose origin is 0, 0.
func chromaSize(p *image.YCbCr) (int, int) {
	w, h := p.Rect.Dx(), p.Rect.Dy()
	switch p.SubsampleRatio {
	case image.YCbCrSubsampleRatio422:
		return (w + 1) / 2, h
	case image.YCbCrSubsampleRatio420:
		return (w + 1) / 2, (h + 1) / 2
	case image.YCbCrSubsampleRatio440:
		return w, (h + 1) / 2
	case image.YCbCrSubsampleRatio411:
		return (w + 3) / 4, h
	case image.YCbCrSubsampleRatio410:
		return (w + 3) / 4, (h + 1) / 2
	}
	return w, h
}

// reduction is the scratch memory of reduce; a picture of 1,500 pixels needs about 40 kB of it.
type reduction struct {
	left, right []uint32 // per column of the result: weight of its first and last source column, 0 to 256
	from, to    []int32  // per column of the result: first and last source column
	sum         []uint32
}

var reductions = sync.Pool{New: func() any { return new(reduction) }}

// reduce averages the source plane over the area of each pixel of the result: each source pixel counts with the part of
// it that lies in there. It enlarges by repeating pixels, which only chroma planes of tiny pictures need.
func reduce(dst []byte, dstStride, dw, dh int, src []byte, srcStride, sw, sh int) {
	if dw == sw && dh == sh {
		for y := range dh {
			copy(dst[y*dstStride:y*dstStride+dw], src[y*srcStride:y*srcStride+sw])
		}
		return
	}
	if dw > sw || dh > sh {
		for y := range dh {
			for x := range dw {
				dst[y*dstStride+x] = src[y*sh/dh*srcStride+x*sw/dw]
			}
		}
		return
	}
	r := reductions.Get().(*reduction)
	defer reductions.Put(r)
	r.grow(dw)
	for x := range dw {
		r.from[x], r.to[x], r.left[x], r.right[x] = span(x, dw, sw)
	}
	// Areas in 1/256 of a source pixel, horizontally and vertically. Sums fit 32 bits up to a ratio of 4,000; a frame of
	// 640 pixels is made with 103 at most, from 65,535.
	wide := uint64(sw) * 256 / uint64(dw)
	area := wide * (uint64(sh) * 256 / uint64(dh))
	inv := (uint64(1)<<40 + area/2) / area
	for y := range dh {
		top, bottom, first, last := span(y, dh, sh)
		clear(r.sum)
		for sy := top; sy <= bottom; sy++ {
			weight := uint32(256)
			if sy == top {
				weight = first
			} else if sy == bottom {
				weight = last
			}
			if weight == 0 {
				continue
			}
			line := src[int(sy)*srcStride : int(sy)*srcStride+sw]
			r.add(line, weight)
		}
		out := dst[y*dstStride : y*dstStride+dw]
		for x := range out {
			v := (uint64(r.sum[x])*256*inv + 1<<39) >> 40
			out[x] = byte(min(v, 255))
		}
	}
}

// add adds one source row with its weight (of 256) to the sums. Sums are in pixel areas × 256, scaled down by 256 so
// that they fit: a column's area × weight / 256.
func (r *reduction) add(line []byte, weight uint32) {
	for x := range r.sum {
		from, to := r.from[x], r.to[x]
		v := uint32(line[from]) * r.left[x]
		if to > from {
			for _, p := range line[from+1 : to] {
				v += uint32(p) << 8
			}
			v += uint32(line[to]) * r.right[x]
		}
		r.sum[x] += (v>>4*weight + 8) >> 4
	}
}

func (r *reduction) grow(n int) {
	if cap(r.sum) < n {
		r.left, r.right = make([]uint32, n), make([]uint32, n)
		r.from, r.to = make([]int32, n), make([]int32, n)
		r.sum = make([]uint32, n)
	}
	r.left, r.right, r.from, r.to, r.sum = r.left[:n], r.right[:n], r.from[:n], r.to[:n], r.sum[:n]
}

// span is the part of a source line of n pixels that pixel i of d covers: first and last source pixel and how much of
// them (in 1/256) lies inside. Where it ends on a border, the last pixel is the one before.
func span(i, d, n int) (from, to int32, left, right uint32) {
	a, b := uint64(i)*uint64(n)*256/uint64(d), uint64(i+1)*uint64(n)*256/uint64(d)
	from, to = int32(a>>8), int32((b-1)>>8)
	if from == to {
		return from, to, uint32(b - a), 0
	}
	return from, to, 256 - uint32(a&255), uint32(b - uint64(to)<<8)
}
