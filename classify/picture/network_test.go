package picture

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

var updateModel = flag.Bool("update-model", false, "write testdata/blob.onnx anew")

// message writes a protobuf message.
type message struct{ b []byte }

func (m *message) number(field int, v uint64) {
	m.b = binary.AppendUvarint(m.b, uint64(field)<<3)
	m.b = binary.AppendUvarint(m.b, v)
}

func (m *message) bytes(field int, v []byte) {
	m.b = binary.AppendUvarint(m.b, uint64(field)<<3|2)
	m.b = binary.AppendUvarint(m.b, uint64(len(v)))
	m.b = append(m.b, v...)
}

func (m *message) text(field int, v string) { m.bytes(field, []byte(v)) }

func (m *message) sub(field int, f func(*message)) {
	var s message
	f(&s)
	m.bytes(field, s.b)
}

// modelWriter writes ONNX files of YuNet's shape with weights of one's choice.
type modelWriter struct {
	graph  message
	serial int
	// weight gives the weight from input i to output o at row y and column x of a convolution; bias that of an output.
	weight func(layer string, o, i, y, x int) float32
	bias   func(layer string, o int) float32
}

func (w *modelWriter) tensor(name string, kind uint64, data []byte, dims ...int) {
	w.graph.sub(5, func(m *message) {
		for _, d := range dims {
			m.number(1, uint64(d))
		}
		m.number(2, kind)
		m.text(8, name)
		m.bytes(9, data)
	})
}

func floats(v ...float32) []byte {
	var b []byte
	for _, f := range v {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(f))
	}
	return b
}

func (w *modelWriter) node(op string, inputs []string, output string, attributes ...any) string {
	if output == "" {
		w.serial++
		output = fmt.Sprint("v", w.serial)
	}
	w.graph.sub(1, func(m *message) {
		for _, in := range inputs {
			m.text(1, in)
		}
		m.text(2, output)
		m.text(4, op)
		for i := 0; i+1 < len(attributes); i += 2 {
			m.sub(5, func(a *message) {
				a.text(1, attributes[i].(string))
				switch v := attributes[i+1].(type) {
				case string:
					a.text(4, v)
				case int:
					a.number(3, uint64(v))
				case []int:
					for _, n := range v {
						a.number(8, uint64(n))
					}
				}
			})
		}
	})
	return output
}

func (w *modelWriter) conv(layer, in string, inputs, outputs, group, kernel, stride int) string {
	var weights, bias []float32
	for o := range outputs {
		for i := range inputs / group {
			for y := range kernel {
				for x := range kernel {
					weights = append(weights, w.weight(layer, o, i, y, x))
				}
			}
		}
		bias = append(bias, w.bias(layer, o))
	}
	w.tensor(layer+".w", 1, floats(weights...), outputs, inputs/group, kernel, kernel)
	w.tensor(layer+".b", 1, floats(bias...), outputs)
	p := kernel / 2
	return w.node("Conv", []string{in, layer + ".w", layer + ".b"}, "", "dilations", []int{1, 1}, "group", group,
		"kernel_shape", []int{kernel, kernel}, "pads", []int{p, p, p, p}, "strides", []int{stride, stride})
}

func (w *modelWriter) unit(layer, in string, inputs, outputs int, relu bool) string {
	v := w.conv(layer+".point", in, inputs, outputs, 1, 1, 1)
	v = w.conv(layer+".depth", v, outputs, outputs, outputs, 3, 1)
	if relu {
		v = w.node("Relu", []string{v}, "")
	}
	return v
}

func (w *modelWriter) half(in string) string {
	return w.node("MaxPool", []string{in}, "", "ceil_mode", 0, "kernel_shape", []int{2, 2}, "pads", []int{0, 0, 0, 0}, "strides", []int{2, 2})
}

// yunet writes a network with YuNet's layers; c are the channels of its first stages and of its features.
func (w *modelWriter) yunet(c [3]int) []byte {
	w.tensor("factors", 1, floats(1, 1, 2, 2), 4)
	w.tensor("region", 1, nil, 0)
	for _, n := range []int{1, 4, 10} {
		var b []byte
		for _, v := range []int64{1, -1, int64(n)} {
			b = binary.LittleEndian.AppendUint64(b, uint64(v))
		}
		w.tensor(fmt.Sprint("shape", n), 7, b, 3)
	}
	v := w.node("Relu", []string{w.conv("first", "input", 3, c[0], 1, 3, 2)}, "")
	v = w.half(w.unit("0", v, c[0], c[0], true))
	v = w.unit("1", v, c[0], c[1], true)
	v = w.half(w.unit("2", v, c[1], c[2], true))
	eight := w.unit("3", v, c[2], c[2], true)
	sixteen := w.unit("4", w.half(eight), c[2], c[2], true)
	thirtyTwo := w.unit("5", w.half(sixteen), c[2], c[2], true)
	up := func(in string) string {
		return w.node("Resize", []string{in, "region", "factors"}, "", "coordinate_transformation_mode", "asymmetric", "mode", "nearest", "nearest_mode", "floor")
	}
	f32 := w.unit("n32", thirtyTwo, c[2], c[2], true)
	f16 := w.unit("n16", w.node("Add", []string{sixteen, up(f32)}, ""), c[2], c[2], true)
	f8 := w.unit("n8", w.node("Add", []string{eight, up(f16)}, ""), c[2], c[2], true)
	for _, head := range []struct {
		name     string
		channels int
	}{{"cls", 1}, {"obj", 1}, {"bbox", 4}, {"kps", 10}} {
		for i, f := range []string{f8, f16, f32} {
			name := fmt.Sprint(head.name, "_", 8<<i)
			v := w.unit(name, f, c[2], head.channels, false)
			v = w.node("Transpose", []string{v}, "", "perm", []int{0, 2, 3, 1})
			if head.channels == 1 {
				v = w.node("Reshape", []string{v, "shape1"}, "")
				w.node("Sigmoid", []string{v}, name)
			} else {
				w.node("Reshape", []string{v, fmt.Sprint("shape", head.channels)}, name)
			}
			w.graph.sub(12, func(m *message) { m.text(1, name) })
		}
	}
	w.graph.sub(11, func(m *message) {
		m.text(1, "input")
		m.sub(2, func(m *message) {
			m.sub(1, func(m *message) {
				m.number(1, 1)
				m.sub(2, func(m *message) {
					for _, d := range []int{1, 3, 0, 0} {
						m.sub(1, func(m *message) {
							if d == 0 {
								m.text(2, "side")
							} else {
								m.number(1, uint64(d))
							}
						})
					}
				})
			})
		})
	})
	var model message
	model.number(1, 6)
	model.text(2, "pagerisk")
	model.bytes(7, w.graph.b)
	return model.b
}

// randomModel has weights by chance, small enough that values stay moderate through all layers.
func randomModel(seed uint64, c [3]int) []byte {
	r := rand.New(rand.NewPCG(seed, 2))
	w := &modelWriter{
		weight: func(layer string, o, i, y, x int) float32 {
			f := 0.5
			switch {
			case layer == "first":
				f = 0.004
			case strings.HasSuffix(layer, ".point"):
				f = 0.35
			}
			return float32((r.Float64()*2 - 0.8) * f)
		},
		bias: func(layer string, o int) float32 {
			f := 0.2
			return float32((r.Float64()*2 - 1) * f)
		},
	}
	return w.yunet(c)
}

// blobModel finds blue squares: everything hands the blue of the picture through, the class says how blue a cell is,
// boxes have the size of two cells around their middle. neighbours is what the blue of the cells around counts.
func blobModel(neighbours float32) []byte {
	w := &modelWriter{
		weight: func(layer string, o, i, y, x int) float32 {
			switch {
			case layer == "first":
				// Blue less green of the window's middle.
				if o == 0 && y == 1 && x == 1 {
					return [3]float32{1. / 255, -1. / 255, 0}[i]
				}
			case strings.HasPrefix(layer, "cls") && strings.HasSuffix(layer, ".point"):
				if i == 0 && layer == "cls_32.point" {
					return 20
				}
			case layer == "cls_32.depth" && (y != 1 || x != 1):
				return neighbours
			case strings.HasSuffix(layer, ".point") && !strings.Contains(layer, "_"):
				if o == 0 && i == 0 {
					return 1
				}
			case strings.HasSuffix(layer, ".depth") && o == 0 && y == 1 && x == 1:
				return 1
			}
			return 0
		},
		bias: func(layer string, o int) float32 {
			switch {
			case strings.HasPrefix(layer, "cls") && strings.HasSuffix(layer, ".depth"):
				return -10
			case strings.HasPrefix(layer, "obj") && strings.HasSuffix(layer, ".depth"):
				return 4
			case strings.HasPrefix(layer, "bbox") && strings.HasSuffix(layer, ".depth"):
				return [4]float32{0.5, 0.5, math.Ln2, math.Ln2}[o]
			}
			return 0
		},
	}
	return w.yunet([3]int{8, 8, 8})
}

// naive runs a graph operator by operator as the ONNX standard describes them, channels first, slowly.
type naive struct {
	g      *onnxGraph
	values map[string]tensor4
}

type tensor4 struct {
	c, h, w int
	v       []float32
}

func (t tensor4) at(c, y, x int) float32 {
	if y < 0 || x < 0 || y >= t.h || x >= t.w {
		return 0
	}
	return t.v[(c*t.h+y)*t.w+x]
}

func (n *naive) run(t *testing.T, input tensor4) {
	n.values = map[string]tensor4{"input": input}
	for _, node := range n.g.nodes {
		in := n.values[node.inputs[0]]
		var out tensor4
		switch node.op {
		case "Conv":
			w, b := n.g.tensors[node.inputs[1]], n.g.tensors[node.inputs[2]]
			k, stride, pad := int(w.dims[2]), int(node.ints["strides"][0]), int(node.ints["pads"][0])
			group, per := int(node.ints["group"][0]), int(w.dims[1])
			out = tensor4{c: int(w.dims[0]), h: (in.h+2*pad-k)/stride + 1, w: (in.w+2*pad-k)/stride + 1}
			for o := range out.c {
				from := o / (out.c / group) * per
				for y := range out.h {
					for x := range out.w {
						sum := float64(b.floats[o])
						for i := range per {
							for ky := range k {
								for kx := range k {
									sum += float64(w.floats[((o*per+i)*k+ky)*k+kx]) * float64(in.at(from+i, y*stride+ky-pad, x*stride+kx-pad))
								}
							}
						}
						out.v = append(out.v, float32(sum))
					}
				}
			}
		case "Relu":
			out = tensor4{in.c, in.h, in.w, slices.Clone(in.v)}
			for i := range out.v {
				out.v[i] = max(0, out.v[i])
			}
		case "Sigmoid":
			out = tensor4{in.c, in.h, in.w, slices.Clone(in.v)}
			for i, v := range out.v {
				out.v[i] = float32(1 / (1 + math.Exp(-float64(v))))
			}
		case "MaxPool":
			out = tensor4{c: in.c, h: in.h / 2, w: in.w / 2}
			for c := range out.c {
				for y := range out.h {
					for x := range out.w {
						out.v = append(out.v, max(in.at(c, 2*y, 2*x), in.at(c, 2*y+1, 2*x), in.at(c, 2*y, 2*x+1), in.at(c, 2*y+1, 2*x+1)))
					}
				}
			}
		case "Resize":
			out = tensor4{c: in.c, h: in.h * 2, w: in.w * 2}
			for c := range out.c {
				for y := range out.h {
					for x := range out.w {
						out.v = append(out.v, in.at(c, y/2, x/2))
					}
				}
			}
		case "Add":
			other := n.values[node.inputs[1]]
			out = tensor4{in.c, in.h, in.w, slices.Clone(in.v)}
			for i := range out.v {
				out.v[i] += other.v[i]
			}
		case "Transpose":
			out = tensor4{c: in.h, h: in.w, w: in.c}
			for y := range in.h {
				for x := range in.w {
					for c := range in.c {
						out.v = append(out.v, in.at(c, y, x))
					}
				}
			}
		case "Reshape":
			out = tensor4{1, len(in.v) / in.w, in.w, in.v}
		default:
			t.Fatalf("operator %q", node.op)
		}
		n.values[node.outputs[0]] = out
	}
}

// noise is a coloured picture that no layer can take for granted.
func noise(seed uint64, w, h int) *image.RGBA {
	r := rand.New(rand.NewPCG(seed, 3))
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range m.Pix {
		m.Pix[i] = byte(r.IntN(256)) | byte(i%4/3*255)
	}
	return m
}

// compareWithNaive runs both on the same input and compares all values of all heads.
func compareWithNaive(t *testing.T, data []byte, img image.Image, w, h int) {
	t.Helper()
	g, err := readONNX(data)
	if err != nil {
		t.Fatal(err)
	}
	net, err := newNetwork(g)
	if err != nil {
		t.Fatal(err)
	}
	s := new(session)
	s.load(img, w, h)
	if err := net.run(context.Background(), s); err != nil {
		t.Fatal(err)
	}
	input := tensor4{c: 3, h: s.h, w: s.w}
	for c := range 3 {
		for y := range s.h {
			for x := range s.w {
				input.v = append(input.v, s.input[(y+1)*3*(s.w+1)+3*(x+1)+c])
			}
		}
	}
	n := naive{g: g}
	n.run(t, input)
	spread := 0.0
	for _, head := range net.heads {
		got, c := net.value(s, head.value), net.channels[head.value]
		for first, name := range map[int]string{headCls: "cls", headObj: "obj", headBox: "bbox"} {
			want := n.values[fmt.Sprint(name, "_", head.stride)]
			for i, v := range want.v {
				have := float64(got[i/want.w*c+first+i%want.w])
				if name != "bbox" {
					have = probability(float32(have), true)
				}
				spread = max(spread, math.Abs(float64(v)))
				if d := math.Abs(have - float64(v)); !(d <= 1e-4*max(1, math.Abs(float64(v)))) {
					t.Fatalf("%s_%d[%d] = %v, want %v", name, head.stride, i, have, v)
				}
			}
		}
	}
	if spread < 0.1 {
		t.Errorf("the outputs are all about zero: nothing was compared")
	}
}

func TestNetworkEqualsNaive(t *testing.T) {
	for _, tt := range []struct {
		name     string
		channels [3]int
		w, h     int
	}{
		{"wide", [3]int{16, 32, 64}, 160, 96},
		{"narrow and padded", [3]int{8, 16, 24}, 70, 130},
		{"channels that fill no vector", [3]int{4, 12, 20}, 64, 64},
		{"one cell", [3]int{16, 16, 32}, 20, 9},
	} {
		t.Run(tt.name, func(t *testing.T) {
			compareWithNaive(t, randomModel(1, tt.channels), noise(1, tt.w, tt.h), tt.w, tt.h)
		})
	}
}

func TestKernelsEqualPortable(t *testing.T) {
	if !vectors {
		t.Log("this machine runs the portable form only; the comparison is with itself")
	}
	r := rand.New(rand.NewPCG(5, 5))
	random := func(n int) []float32 {
		v := make([]float32, n)
		for i := range v {
			v[i] = float32(r.NormFloat64())
		}
		return v
	}
	check := func(what string, got, want []float32) {
		t.Helper()
		for i := range want {
			if math.Abs(float64(got[i]-want[i])) > 1e-4 {
				t.Fatalf("%s: element %d is %v, want %v", what, i, got[i], want[i])
			}
		}
	}
	for _, n := range []int{1, 2, 5, 6, 7, 11, 12, 16, 40} {
		for _, out := range []int{8, 16, 24, 64} {
			for _, in := range []int{1, 8, 27, 64} {
				for _, relu := range []bool{true, false} {
					c := &conv{in: in, out: out, weights: random(in * out), bias: random(out), relu: relu}
					src := random(n * in)
					got, want := make([]float32, n*out+1), make([]float32, n*out+1)
					got[n*out], want[n*out] = 7, 7 // what lies behind stays
					pointwise(got, src, c, n)
					pointwisePortable(want, src, c, n)
					check(fmt.Sprintf("pointwise of %d pixels, %d to %d", n, in, out), got, want)
				}
			}
			c := &conv{in: out, out: out, weights: random(9 * out), bias: random(out), relu: n%2 == 0}
			a, b, d := random((n+2)*out), random((n+2)*out), random((n+2)*out)
			got, want := make([]float32, n*out+1), make([]float32, n*out+1)
			depthwise(got, a, b, d, c, n)
			depthwisePortable(want, a, b, d, c, n)
			check(fmt.Sprintf("depthwise of %d pixels, %d channels", n, out), got, want)
			p, q := random(2*n*out), random(2*n*out)
			maxPool(got, p, q, n, out)
			maxPoolPortable(want, p, q, n, out)
			check(fmt.Sprintf("maximum of %d pixels, %d channels", n, out), got, want)
		}
	}
}

// blob is a black picture with blue squares, and a white and a red one that are none.
func blob(w, h int, at ...image.Point) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(m, m.Rect, image.Black, image.Point{}, draw.Src)
	square := func(p image.Point, c color.Color) {
		draw.Draw(m, image.Rect(p.X, p.Y, p.X+32, p.Y+32), image.NewUniform(c), image.Point{}, draw.Src)
	}
	for _, p := range at {
		square(p, color.RGBA{0, 0, 255, 255})
	}
	square(image.Pt(0, 0), color.White)
	square(image.Pt(w-32, 0), color.RGBA{255, 0, 0, 255})
	return m
}

const blobFile = "testdata/blob.onnx"

func TestModelFileIsTheGenerators(t *testing.T) {
	data := blobModel(0)
	if *updateModel {
		if err := os.MkdirAll(filepath.Dir(blobFile), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(blobFile, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(blobFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(have, data) {
		t.Errorf("%s is not what its generator writes; run the test with -update-model", blobFile)
	}
}

func TestModelFindsKnownPlaces(t *testing.T) {
	warned := 0
	p, err := OpenPeople(blobFile, func(string) { warned++ })
	if err != nil {
		t.Fatal(err)
	}
	if warned != 1 || p.Known() {
		t.Errorf("a file of unknown checksum: warned %d times, known %v", warned, p.Known())
	}
	if !strings.HasPrefix(p.Name(), "yunet-") {
		t.Errorf("an unknown file is called %q; its facts would be taken for those of the known one", p.Name())
	}
	m := blob(256, 224, image.Pt(96, 128), image.Pt(192, 160))
	tests := map[string]image.Image{"rgba": m}
	ycbcr := image.NewYCbCr(m.Rect, image.YCbCrSubsampleRatio420)
	shifted := image.NewRGBA(m.Rect.Add(image.Pt(30, 7)))
	double := image.NewRGBA(image.Rect(0, 0, 1024, 896))
	for y := range 224 {
		for x := range 256 {
			c := m.RGBAAt(x, y)
			shifted.SetRGBA(x+30, y+7, c)
			draw.Draw(double, image.Rect(4*x, 4*y, 4*x+4, 4*y+4), image.NewUniform(c), image.Point{}, draw.Src)
			yy, cb, cr := color.RGBToYCbCr(c.R, c.G, c.B)
			ycbcr.Y[ycbcr.YOffset(x, y)], ycbcr.Cb[ycbcr.COffset(x, y)], ycbcr.Cr[ycbcr.COffset(x, y)] = yy, cb, cr
		}
	}
	tests["ycbcr"], tests["with another origin"], tests["four times the size"] = ycbcr, shifted, double
	for name, img := range tests {
		boxes, err := p.Find(context.Background(), img)
		if err != nil {
			t.Fatal(err)
		}
		// A cell of 32 pixels with a box of 64 around its middle. In the large picture a square has several cells at
		// workSide, of whose boxes some are the same, and one at closeSide.
		f := 1
		if name == "four times the size" {
			f = 4
			found := slices.ContainsFunc(boxes, func(b Box) bool {
				return image.Rect(b.X, b.Y, b.X+b.W, b.Y+b.H).Overlaps(image.Rect(96*f, 128*f, 128*f, 160*f))
			})
			if !found || len(boxes) < 2 {
				t.Errorf("%s: boxes %v", name, boxes)
			}
			continue
		}
		score := math.Round(1000*math.Sqrt(1/(1+math.Exp(-10))/(1+math.Exp(-4)))) / 1000
		want := []Box{{80, 112, 64, 64, score, true}, {176, 144, 64, 64, score, true}}
		for i := range boxes {
			boxes[i].Score = math.Round(boxes[i].Score*100) / 100
			want[min(i, 1)].Score = math.Round(score*100) / 100
		}
		if diff := gocmp.Diff(want, boxes); diff != "" {
			t.Errorf("%s: boxes differ (-want +got):\n%s", name, diff)
		}
	}
}

// A face that fills the picture is only seen from further away.
func TestSecondLookFindsLargeFaces(t *testing.T) {
	p, err := ReadPeople(blobModel(-1)) // a cell counts only where the cells around it are black
	if err != nil {
		t.Fatal(err)
	}
	m := image.NewRGBA(image.Rect(0, 0, 1024, 896))
	draw.Draw(m, m.Rect, image.Black, image.Point{}, draw.Src)
	// At 640 pixels the square has several cells, at 256 one.
	draw.Draw(m, image.Rect(384, 512, 512, 640), image.NewUniform(color.RGBA{0, 0, 255, 255}), image.Point{}, draw.Src)
	boxes, err := p.Find(context.Background(), m)
	if err != nil {
		t.Fatal(err)
	}
	if len(boxes) != 1 || boxes[0].X != 320 || boxes[0].Y != 448 || boxes[0].W != 256 || boxes[0].H != 256 {
		t.Errorf("boxes %v, want one of 256 pixels at 320, 448", boxes)
	}
}

func TestSuppress(t *testing.T) {
	a := candidate{100, 100, 50, 50, 0.9}
	for name, tt := range map[string]struct {
		other candidate
		kept  int
	}{
		"apart":            {candidate{200, 100, 50, 50, 0.8}, 2},
		"touching":         {candidate{150, 100, 50, 50, 0.8}, 2},
		"a fifth shared":   {candidate{135, 100, 50, 50, 0.8}, 2},
		"half shared":      {candidate{125, 100, 50, 50, 0.8}, 1},
		"inside":           {candidate{110, 110, 20, 20, 0.95}, 1},
		"around":           {candidate{80, 80, 120, 120, 0.8}, 1},
		"better and apart": {candidate{10, 10, 50, 50, 0.99}, 2},
	} {
		kept := suppress([]candidate{a, tt.other})
		if len(kept) != tt.kept || kept[0].score != max(a.score, tt.other.score) {
			t.Errorf("%s: kept %v, want %d, best first", name, kept, tt.kept)
		}
	}
}

func TestReadPeopleRefuses(t *testing.T) {
	good := blobModel(0)
	swap := func(old, new string) []byte {
		if len(old) != len(new) || !bytes.Contains(good, []byte(old)) {
			t.Fatalf("%q for %q", new, old)
		}
		return bytes.ReplaceAll(good, []byte(old), []byte(new))
	}
	for name, tt := range map[string]struct {
		data []byte
		want string
	}{
		"empty":            {nil, "no graph"},
		"text":             {[]byte("this is no model at all, only words"), ""},
		"cut":              {good[:len(good)/2], "protobuf"},
		"other outputs":    {swap("cls_16", "clx_16"), "cls_16"},
		"unknown operator": {swap("MaxPool", "AvgPool"), "AvgPool"},
		"other resizing":   {swap("nearest", "boxcars"), "boxcars"},
		"not a number":     {bytes.Replace(good, floats(20), floats(float32(math.NaN())), 1), "no number"},
		"other factors":    {bytes.Replace(good, floats(1, 1, 2, 2), floats(1, 1, 3, 3), 1), "factors"},
		"too long":         {make([]byte, maxModelBytes+1), "more than"},
	} {
		_, err := ReadPeople(tt.data)
		if !errors.Is(err, ErrModel) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want one that says %q", name, err, tt.want)
		}
	}
	if _, err := OpenPeople(filepath.Join(t.TempDir(), "none.onnx"), nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
}

func TestFindStops(t *testing.T) {
	p, err := ReadPeople(blobModel(0))
	if err != nil {
		t.Fatal(err)
	}
	builtin, err := BuiltinPeople()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, p := range []*People{p, builtin} {
		if _, err := p.Find(ctx, blob(64, 64)); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, want %v", p, err, context.Canceled)
		}
		if _, err := p.Find(context.Background(), image.NewGray(image.Rect(3, 3, 3, 9))); err == nil {
			t.Errorf("%s: no error for a picture without pixels", p)
		}
	}
}

func FuzzReadPeople(f *testing.F) {
	good := blobModel(0)
	f.Add(good)
	f.Add(good[:len(good)-1])
	f.Add(randomModel(3, [3]int{4, 4, 4}))
	f.Add([]byte{0x3a, 0x02, 0x0a, 0x00})
	img := blob(32, 32)
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := ReadPeople(data)
		if err != nil {
			if !errors.Is(err, ErrModel) {
				t.Fatalf("error %v does not say that the file is no model", err)
			}
			return
		}
		boxes, err := p.Find(context.Background(), img)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range boxes {
			if b.X < 0 || b.Y < 0 || b.W < 1 || b.H < 1 || b.X+b.W > 32 || b.Y+b.H > 32 || !(b.Score >= 0 && b.Score <= 1) {
				t.Fatalf("box %v is not in the picture", b)
			}
		}
	})
}

// The random network is as large as YuNet and takes as long.
func BenchmarkFindModel(b *testing.B) {
	data := randomModel(1, [3]int{16, 32, 64})
	if file := os.Getenv("PAGERISK_MODEL"); file != "" {
		var err error
		if data, err = os.ReadFile(file); err != nil {
			b.Fatal(err)
		}
	}
	p, err := ReadPeople(data)
	if err != nil {
		b.Fatal(err)
	}
	src := noise(1, 640, 480)
	m := image.NewYCbCr(src.Rect, image.YCbCrSubsampleRatio420)
	copy(m.Y, src.Pix)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Find(context.Background(), m); err != nil {
			b.Fatal(err)
		}
	}
}
