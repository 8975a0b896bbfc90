package picture

// The three kernels of the network. Each has a portable form and, on amd64 with AVX2, one in assembly; a test holds them
// equal.

// pointwise computes n pixels of a 1 × 1 convolution: dst has c.out values a pixel, src c.in.
func pointwise(dst, src []float32, c *conv, n int) {
	_, _ = dst[:n*c.out], src[:n*c.in]
	if n >= pointPixels && vectors {
		pointwiseVector(dst, src, c, n)
		return
	}
	pointwisePortable(dst, src, c, n)
}

// depthwise computes n pixels of a 3 × 3 convolution of each channel: a, b and d are the three rows, each beginning one
// pixel before dst.
func depthwise(dst, a, b, d []float32, c *conv, n int) {
	_, _, _, _ = dst[:n*c.out], a[:(n+2)*c.out], b[:(n+2)*c.out], d[:(n+2)*c.out]
	if vectors {
		depthwiseVector(dst, a, b, d, c, n)
		return
	}
	depthwisePortable(dst, a, b, d, c, n)
}

// maxPool computes n pixels of c channels, each the greatest of two by two in the rows a and b.
func maxPool(dst, a, b []float32, n, c int) {
	_, _, _ = dst[:n*c], a[:2*n*c], b[:2*n*c]
	if vectors {
		maxPoolVector(dst, a, b, n, c)
		return
	}
	maxPoolPortable(dst, a, b, n, c)
}

func pointwisePortable(dst, src []float32, c *conv, n int) {
	for first := 0; first < c.out; first += block {
		width := min(block, c.out-first)
		weights := c.weights[first*c.in:][:width*c.in]
		for x := 0; x < n; x += 2 {
			// Two pixels and four outputs at a time use what is loaded four and two times.
			p := src[x*c.in:][:c.in]
			q := p
			if x+1 < n {
				q = src[(x+1)*c.in:][:c.in]
			}
			for o := 0; o < width; o += 4 {
				bias := c.bias[first+o:][:4]
				p0, p1, p2, p3 := bias[0], bias[1], bias[2], bias[3]
				q0, q1, q2, q3 := p0, p1, p2, p3
				at := o
				for i, u := range p {
					v := q[i]
					w := weights[at : at+4 : at+4]
					p0 += u * w[0]
					p1 += u * w[1]
					p2 += u * w[2]
					p3 += u * w[3]
					q0 += v * w[0]
					q1 += v * w[1]
					q2 += v * w[2]
					q3 += v * w[3]
					at += width
				}
				if c.relu {
					p0, p1, p2, p3 = max(p0, 0), max(p1, 0), max(p2, 0), max(p3, 0)
					q0, q1, q2, q3 = max(q0, 0), max(q1, 0), max(q2, 0), max(q3, 0)
				}
				d := dst[x*c.out+first+o:][:4]
				d[0], d[1], d[2], d[3] = p0, p1, p2, p3
				if x+1 < n {
					d = dst[(x+1)*c.out+first+o:][:4]
					d[0], d[1], d[2], d[3] = q0, q1, q2, q3
				}
			}
		}
	}
}

func depthwisePortable(dst, a, b, d []float32, c *conv, n int) {
	k := c.out
	for ch := range k {
		w := c.weights[ch/lanes*9*lanes+ch%lanes:]
		w0, w1, w2 := w[0], w[lanes], w[2*lanes]
		w3, w4, w5 := w[3*lanes], w[4*lanes], w[5*lanes]
		w6, w7, w8 := w[6*lanes], w[7*lanes], w[8*lanes]
		bias := c.bias[ch]
		for i := ch; i < n*k; i += k {
			v := bias + a[i]*w0 + a[i+k]*w1 + a[i+2*k]*w2 +
				b[i]*w3 + b[i+k]*w4 + b[i+2*k]*w5 +
				d[i]*w6 + d[i+k]*w7 + d[i+2*k]*w8
			if c.relu {
				v = max(v, 0)
			}
			dst[i] = v
		}
	}
}

func maxPoolPortable(dst, a, b []float32, n, c int) {
	for x := range n {
		o, p, q := dst[x*c:][:c], a[2*x*c:][:2*c], b[2*x*c:][:2*c]
		for i := range o {
			o[i] = max(p[i], p[i+c], q[i], q[i+c])
		}
	}
}
