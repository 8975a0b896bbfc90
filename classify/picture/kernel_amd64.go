package picture

import "golang.org/x/sys/cpu"

// pointPixels is how many pixels the assembly computes together; fewer are left to the portable form.
const pointPixels = 6

// vectors reports whether the assembly can run here.
var vectors = cpu.X86.HasAVX2 && cpu.X86.HasFMA

func pointwiseVector(dst, src []float32, c *conv, n int) {
	relu := float32(negativeInfinity)
	if c.relu {
		relu = 0
	}
	for first := 0; first < c.out; first += block {
		w, bias := &c.weights[first*c.in], &c.bias[first]
		kernel := point16
		if c.out-first < block {
			kernel = point8
		}
		kernel(&dst[first], &src[0], w, bias, n/pointPixels, c.in, c.out, relu)
		if n%pointPixels != 0 {
			// The last pixels are computed together with some before them, a second time.
			x := n - pointPixels
			kernel(&dst[x*c.out+first], &src[x*c.in], w, bias, 1, c.in, c.out, relu)
		}
	}
}

func depthwiseVector(dst, a, b, d []float32, c *conv, n int) {
	relu := float32(negativeInfinity)
	if c.relu {
		relu = 0
	}
	depth8(&dst[0], &a[0], &b[0], &d[0], &c.weights[0], &c.bias[0], n, c.out, relu)
}

func maxPoolVector(dst, a, b []float32, n, c int) { pool8(&dst[0], &a[0], &b[0], n, c) }

// negativeInfinity is below every value: the floor of a convolution without activation.
const negativeInfinity = -3.4028234663852886e38

// point16 computes groups × 6 pixels and 16 outputs of a pointwise convolution whose pixels have in and out channels.
//
//go:noescape
func point16(dst, src, weights, bias *float32, groups, in, out int, floor float32)

// point8 is point16 for 8 outputs.
//
//go:noescape
func point8(dst, src, weights, bias *float32, groups, in, out int, floor float32)

// depth8 computes n pixels of a depthwise convolution, eight channels at a time.
//
//go:noescape
func depth8(dst, a, b, d, weights, bias *float32, n, channels int, floor float32)

// pool8 computes n pixels of the maximum of two by two, eight channels at a time.
//
//go:noescape
func pool8(dst, a, b *float32, n, channels int)
