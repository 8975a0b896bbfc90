//go:build !amd64

package picture

const (
	pointPixels = 1
	vectors     = false
)

func pointwiseVector(dst, src []float32, c *conv, n int)     { pointwisePortable(dst, src, c, n) }
func depthwiseVector(dst, a, b, d []float32, c *conv, n int) { depthwisePortable(dst, a, b, d, c, n) }
func maxPoolVector(dst, a, b []float32, n, c int)            { maxPoolPortable(dst, a, b, n, c) }
