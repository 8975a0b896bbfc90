package picture

import (
	"context"
	"errors"
	"fmt"
	"image"
	"math"
	"slices"
	"strconv"
	"sync"
)

const (
	// sureScore and possibleScore are the thresholds of YuNet's confidence. On 672 photographs, 640 pixels: at 0.70, 99 of
	// 100 pictures said to have people have some, and 98 of 100 with people are found.
	sureScore     = 0.70
	possibleScore = 0.60
	// nmsOverlap is the intersection over union from which two boxes are the same face.
	nmsOverlap = 0.3
	// nmsInside is the part of the smaller box that lies in the other one from which they are the same face too: the two
	// sizes of picture draw the box differently tight.
	nmsInside = 0.7
	// A face that fills the picture is seen better from further away: cut close, a face at 640 pixels scored 0.00 to
	// 0.87 where it scored 0.89 to 0.96 at 256. So there is a second look at closeSide, for faces of closeFace pixels there
	// and more; it costs a sixth of the first.
	closeSide = 256
	closeFace = 32
	// tinyFace is the height in pixels below which the network takes the pins of a circuit board for faces: such a face
	// counts only where it is sure.
	tinyFace = 16
	// maxCandidates bounds the boxes that are compared with each other.
	maxCandidates = 2000

	lanes        = 8  // channels are padded to a multiple of it, the width of a vector
	block        = 16 // outputs of a pointwise convolution that are computed together
	tile         = 16 // pixels whose neighbourhood stays in the first cache
	inputStrides = 32 // sides of the input are multiples of it
)

// network is YuNet, compiled from an ONNX graph: channels last, each pointwise convolution joined with the depthwise one
// behind it, so that a row is computed, used and forgotten.
type network struct {
	layers   []layer
	shifts   []int // per slot-free value: its sides are those of the input >> shift
	channels []int // per value, padded
	slots    []int // per value: the buffer it lives in
	heads    []head
	sessions sync.Pool // *session
}

// layer makes one value from one or two others.
type layer struct {
	kind     layerKind
	src, add int // values; src is -1 where the first convolution feeds the unit, add is the enlarged one of upAdd
	dst      int
	first    *conv // feeds the unit from the picture
	point    conv
	depth    conv
	pool     bool // the unit's output is halved
}

type layerKind uint8

const (
	unit  layerKind = iota // pointwise convolution, depthwise 3 × 3, perhaps halved
	halve                  // maximum of 2 × 2
	upAdd                  // src + add, where add is enlarged twice
)

// conv holds the weights of a convolution with padded outputs. Pointwise: blocks of up to 16 outputs, in each for every
// input the outputs' weights. Depthwise: for each 8 channels nine times eight weights.
type conv struct {
	in, out int
	weights []float32
	bias    []float32
	relu    bool
}

// head is one stride's output: six channels of a unit without activation.
type head struct {
	value            int
	stride           int
	clsSigm, objSigm bool
}

// Channels of a head.
const (
	headCls = iota
	headObj
	headBox
	headChannels = headBox + 4
)

// compiler turns an ONNX graph into a network, from the outputs back to the input.
type compiler struct {
	g        *onnxGraph
	producer map[string]*onnxNode
	uses     map[string]int
	values   map[string]int
	net      *network
}

// newNetwork compiles a graph that has YuNet's shape; everything else is an error that names what differs.
func newNetwork(g *onnxGraph) (*network, error) {
	c := &compiler{g: g, producer: map[string]*onnxNode{}, uses: map[string]int{}, values: map[string]int{}, net: &network{}}
	for i := range g.nodes {
		n := &g.nodes[i]
		for _, o := range n.outputs {
			if c.producer[o] != nil {
				return nil, fmt.Errorf("value %q is computed twice", o)
			}
			c.producer[o] = n
		}
		for _, in := range n.inputs {
			c.uses[in]++
		}
	}
	in := slices.DeleteFunc(slices.Clone(g.inputs), func(v onnxValue) bool { // old writers list weights as inputs
		_, constant := g.tensors[v.name]
		return constant
	})
	if len(in) != 1 || len(in[0].dims) != 4 || in[0].dims[1] != 3 {
		return nil, errors.New("the input is not one picture of three channels")
	}
	c.values[in[0].name] = -1
	for _, stride := range []int{8, 16, 32} {
		if err := c.head(stride); err != nil {
			return nil, err
		}
	}
	c.assign()
	c.net.sessions.New = func() any { return new(session) }
	return c.net, nil
}

// head compiles the class, objectness and box outputs of a stride into one unit.
func (c *compiler) head(stride int) error {
	h := head{stride: stride}
	var points, depths []onnxConv
	var from string
	for i, name := range []string{"cls", "obj", "bbox"} {
		name += "_" + strconv.Itoa(stride)
		if !slices.ContainsFunc(c.g.outputs, func(v onnxValue) bool { return v.name == name }) {
			return fmt.Errorf("no output %q", name)
		}
		n := c.producer[name]
		if n != nil && n.op == "Sigmoid" && len(n.inputs) == 1 && i < 2 {
			if i == 0 {
				h.clsSigm = true
			} else {
				h.objSigm = true
			}
			n = c.producer[n.inputs[0]]
		}
		if n == nil || n.op != "Reshape" || len(n.inputs) != 2 {
			return fmt.Errorf("output %q does not come from a Reshape", name)
		}
		n = c.producer[n.inputs[0]]
		if n == nil || n.op != "Transpose" || len(n.inputs) != 1 || !slices.Equal(n.ints["perm"], []int64{0, 2, 3, 1}) {
			return fmt.Errorf("output %q is not channels last", name)
		}
		point, depth, err := c.pair(n.inputs[0])
		if err != nil {
			return fmt.Errorf("output %q: %w", name, err)
		}
		want := []int{1, 1, 4}[i]
		if depth.out != want {
			return fmt.Errorf("output %q has %d channels, want %d", name, depth.out, want)
		}
		if i > 0 && point.input != from {
			return fmt.Errorf("output %q does not come from the same features as the others", name)
		}
		from = point.input
		points, depths = append(points, point), append(depths, depth)
	}
	src, err := c.value(from)
	if err != nil {
		return err
	}
	if src < 0 || 1<<c.net.shifts[src] != stride {
		return fmt.Errorf("the outputs of stride %d have another stride", stride)
	}
	l := layer{kind: unit, src: src}
	if l.point, err = pointwiseOf(c.net.channels[src], points...); err != nil {
		return err
	}
	l.depth = depthwiseOf(depths...)
	h.value = c.add(l, l.depth.out, c.net.shifts[src])
	c.net.heads = append(c.net.heads, h)
	return nil
}

// add appends a layer and gives it a value.
func (c *compiler) add(l layer, channels, shift int) int {
	l.dst = len(c.net.channels)
	c.net.channels = append(c.net.channels, channels)
	c.net.shifts = append(c.net.shifts, shift)
	c.net.layers = append(c.net.layers, l)
	return l.dst
}

// value compiles what computes a value and returns its number; -1 is the input.
func (c *compiler) value(name string) (int, error) {
	if v, ok := c.values[name]; ok {
		if v == underWay {
			return 0, fmt.Errorf("value %q depends on itself", name)
		}
		return v, nil
	}
	c.values[name] = underWay
	v, err := c.compile(name)
	if err != nil {
		return 0, err
	}
	c.values[name] = v
	return v, nil
}

const underWay = math.MinInt

func (c *compiler) compile(name string) (int, error) {
	n := c.producer[name]
	if n == nil {
		return 0, fmt.Errorf("nothing computes %q", name)
	}
	switch n.op {
	case "MaxPool":
		if !is(n, "kernel_shape", 2, 2) || !is(n, "strides", 2, 2) || !zero(n.ints["pads"]) || !zero(n.ints["ceil_mode"]) || len(n.inputs) != 1 {
			return 0, fmt.Errorf("operator MaxPool %q: only halving is known", name)
		}
		if c.uses[n.inputs[0]] == 1 {
			if _, done := c.values[n.inputs[0]]; !done {
				return c.unit(n.inputs[0], true)
			}
		}
		src, err := c.value(n.inputs[0])
		if err != nil {
			return 0, err
		}
		if src < 0 || c.net.shifts[src] >= 5 {
			return 0, fmt.Errorf("operator MaxPool %q: a stride that is not known", name)
		}
		return c.add(layer{kind: halve, src: src}, c.net.channels[src], c.net.shifts[src]+1), nil
	case "Add":
		if len(n.inputs) != 2 {
			return 0, fmt.Errorf("operator Add %q: %d inputs", name, len(n.inputs))
		}
		for i, in := range n.inputs {
			up := c.producer[in]
			if up == nil || up.op != "Resize" && up.op != "Upsample" {
				continue
			}
			if err := c.doubles(up); err != nil {
				return 0, fmt.Errorf("%s %q: %w", up.op, in, err)
			}
			a, err := c.value(n.inputs[1-i])
			if err != nil {
				return 0, err
			}
			b, err := c.value(up.inputs[0])
			if err != nil {
				return 0, err
			}
			if a < 0 || b < 0 || c.net.channels[a] != c.net.channels[b] || c.net.shifts[a]+1 != c.net.shifts[b] {
				return 0, fmt.Errorf("operator Add %q: sizes differ", name)
			}
			return c.add(layer{kind: upAdd, src: a, add: b}, c.net.channels[a], c.net.shifts[a]), nil
		}
		return 0, fmt.Errorf("operator Add %q: neither side is enlarged", name)
	case "Relu", "Conv":
		return c.unit(name, false)
	}
	return 0, fmt.Errorf("operator %q is not known", n.op)
}

// unit compiles a pointwise and a depthwise convolution; pool halves their output.
func (c *compiler) unit(name string, pool bool) (int, error) {
	relu := false
	conv := name
	if n := c.producer[name]; n != nil && n.op == "Relu" && len(n.inputs) == 1 {
		relu, conv = true, n.inputs[0]
	}
	point, depth, err := c.pair(conv)
	if err != nil {
		return 0, err
	}
	l := layer{kind: unit, src: -1, pool: pool}
	channels, shift := 0, 0
	if first, ok := c.first(point.input); ok && c.uses[point.input] == 1 {
		l.first = &first
		channels, shift = first.out, 1
	} else {
		if l.src, err = c.value(point.input); err != nil {
			return 0, err
		}
		if l.src < 0 {
			return 0, fmt.Errorf("operator Conv %q reads the picture itself", name)
		}
		channels, shift = c.net.channels[l.src], c.net.shifts[l.src]
	}
	if l.point, err = pointwiseOf(channels, point); err != nil {
		return 0, fmt.Errorf("operator Conv %q: %w", point.input, err)
	}
	l.depth = depthwiseOf(depth)
	l.depth.relu = relu
	if pool {
		shift++
	}
	if shift > 5 {
		return 0, fmt.Errorf("operator Conv %q: a stride that is not known", name)
	}
	return c.add(l, l.depth.out, shift), nil
}

// onnxConv is a convolution as the file has it.
type onnxConv struct {
	input    string
	in, out  int // channels
	w, b     []float32
	depth    bool
	dense3x3 bool
}

// conv reads the convolution that computes a value.
func (c *compiler) conv(name string) (v onnxConv, err error) {
	n := c.producer[name]
	if n == nil || n.op != "Conv" || len(n.inputs) < 2 || len(n.inputs) > 3 {
		return v, fmt.Errorf("value %q does not come from a Conv", name)
	}
	w, ok := c.g.tensors[n.inputs[1]]
	if !ok || len(w.dims) != 4 || w.floats == nil {
		return v, fmt.Errorf("operator Conv %q: no weights", name)
	}
	v = onnxConv{input: n.inputs[0], out: int(w.dims[0]), in: int(w.dims[1]), w: w.floats}
	if v.out < 1 || v.in < 1 || v.out > maxChannels || v.in > maxChannels {
		return v, fmt.Errorf("operator Conv %q: %d × %d channels", name, v.in, v.out)
	}
	v.b = make([]float32, v.out)
	if len(n.inputs) == 3 {
		b := c.g.tensors[n.inputs[2]].floats
		if len(b) != v.out {
			return v, fmt.Errorf("operator Conv %q: %d biases for %d channels", name, len(b), v.out)
		}
		v.b = b
	}
	group := int64(1)
	if g := n.ints["group"]; len(g) == 1 {
		group = g[0]
	}
	if d := n.ints["dilations"]; len(d) > 0 && !is(n, "dilations", 1, 1) || n.texts["auto_pad"] != "" && n.texts["auto_pad"] != "NOTSET" {
		return v, fmt.Errorf("operator Conv %q: dilated or padded by itself", name)
	}
	stride1 := len(n.ints["strides"]) == 0 || is(n, "strides", 1, 1)
	three := w.dims[2] == 3 && w.dims[3] == 3 && is(n, "pads", 1, 1, 1, 1)
	switch {
	case three && v.in == 1 && group == int64(v.out) && stride1:
		v.depth = true
	case three && group == 1 && is(n, "strides", 2, 2):
		v.dense3x3 = true
	case w.dims[2] == 1 && w.dims[3] == 1 && zero(n.ints["pads"]) && group == 1 && stride1:
	default:
		return v, fmt.Errorf("operator Conv %q: kernel %v in %d groups is not known", name, w.dims, group)
	}
	return v, nil
}

// pair reads the depthwise convolution that computes a value and the pointwise one before it.
func (c *compiler) pair(name string) (point, depth onnxConv, err error) {
	if depth, err = c.conv(name); err != nil {
		return point, depth, err
	}
	if !depth.depth {
		return point, depth, fmt.Errorf("operator Conv %q is not depthwise", name)
	}
	if point, err = c.conv(depth.input); err != nil {
		return point, depth, err
	}
	if point.depth && point.out != 1 || point.dense3x3 || len(point.w) != point.in*point.out {
		return point, depth, fmt.Errorf("operator Conv %q is not pointwise", depth.input)
	}
	if point.out != depth.out {
		return point, depth, fmt.Errorf("operator Conv %q: %d channels from %d", name, depth.out, point.out)
	}
	return point, depth, nil
}

// first reads the convolution of the picture itself.
func (c *compiler) first(name string) (conv, bool) {
	relu := false
	if n := c.producer[name]; n != nil && n.op == "Relu" && len(n.inputs) == 1 {
		relu, name = true, n.inputs[0]
	}
	v, err := c.conv(name)
	if from, ok := c.values[v.input]; err != nil || !v.dense3x3 || v.in != 3 || !ok || from != -1 {
		return conv{}, false
	}
	// The file has the inputs' order channel, row, column; a window of the picture has row, column, channel.
	p := conv{in: 27, out: pad(v.out), relu: relu, bias: make([]float32, pad(v.out))}
	copy(p.bias, v.b)
	p.weights = make([]float32, p.in*p.out)
	for o := range v.out {
		for ch := range 3 {
			for k := range 9 {
				p.weights[p.at(3*k+ch, o)] = v.w[(o*3+ch)*9+k]
			}
		}
	}
	return p, true
}

// doubles checks that a Resize repeats each pixel twice in both directions.
func (c *compiler) doubles(n *onnxNode) error {
	if mode := n.texts["mode"]; mode != "" && mode != "nearest" {
		return fmt.Errorf("mode %q", mode)
	}
	if t := n.texts["coordinate_transformation_mode"]; n.op == "Resize" && t != "asymmetric" && t != "half_pixel" && t != "" {
		return fmt.Errorf("coordinates %q", t)
	}
	if len(n.inputs) < 2 || len(n.inputs) > 3 { // picture, region, factors; a fourth would be a size
		return fmt.Errorf("%d inputs", len(n.inputs))
	}
	if f := c.g.tensors[n.inputs[len(n.inputs)-1]].floats; !slices.Equal(f, []float32{1, 1, 2, 2}) {
		return fmt.Errorf("factors %v", f)
	}
	return nil
}

// is reports whether an attribute has exactly these values.
func is(n *onnxNode, name string, want ...int64) bool { return slices.Equal(n.ints[name], want) }

func zero(v []int64) bool { return !slices.ContainsFunc(v, func(n int64) bool { return n != 0 }) }

func pad(channels int) int { return (channels + lanes - 1) / lanes * lanes }

// at is where a pointwise weight from an input to an output stands.
func (c *conv) at(in, out int) int {
	b := out / block
	width := min(block, c.out-b*block)
	return b*block*c.in + in*width + out%block
}

// pointwiseOf joins pointwise convolutions of one input side by side.
func pointwiseOf(in int, parts ...onnxConv) (conv, error) {
	total := 0
	for _, p := range parts {
		if pad(p.in) != in {
			return conv{}, fmt.Errorf("%d channels where %d are read", in, p.in)
		}
		total += p.out
	}
	c := conv{in: in, out: pad(total), weights: make([]float32, in*pad(total)), bias: make([]float32, pad(total))}
	first := 0
	for _, p := range parts {
		for o := range p.out {
			for i := range p.in {
				c.weights[c.at(i, first+o)] = p.w[o*p.in+i]
			}
			c.bias[first+o] = p.b[o]
		}
		first += p.out
	}
	return c, nil
}

// depthwiseOf joins depthwise convolutions side by side.
func depthwiseOf(parts ...onnxConv) conv {
	total := 0
	for _, p := range parts {
		total += p.out
	}
	c := conv{in: pad(total), out: pad(total), weights: make([]float32, 9*pad(total)), bias: make([]float32, pad(total))}
	first := 0
	for _, p := range parts {
		for o := range p.out {
			ch := first + o
			for k := range 9 {
				c.weights[ch/lanes*9*lanes+k*lanes+ch%lanes] = p.w[o*9+k]
			}
			c.bias[ch] = p.b[o]
		}
		first += p.out
	}
	return c
}

// assign gives each value a buffer; a buffer is free again behind the last layer that reads its value.
func (c *compiler) assign() {
	n := c.net
	last := make([]int, len(n.channels))
	for i, l := range n.layers {
		if l.src >= 0 {
			last[l.src] = i
		}
		if l.kind == upAdd {
			last[l.add] = i
		}
	}
	for _, h := range n.heads {
		last[h.value] = len(n.layers)
	}
	n.slots = make([]int, len(n.channels))
	var busy []int // per buffer: the layer until which it is in use
	for i, l := range n.layers {
		slot := slices.IndexFunc(busy, func(until int) bool { return until < i })
		if slot < 0 {
			slot, busy = len(busy), append(busy, 0)
		}
		n.slots[l.dst], busy[slot] = slot, last[l.dst]
	}
}

// session is the memory of one run.
type session struct {
	w, h    int
	planes  [3][]byte
	input   []float32   // blue, green, red, with a border of zeros above and on the left
	buffers [][]float32 // per slot
	window  []float32   // the picture's windows of a row, as the first convolution reads them
	row     []float32   // a row of the first convolution
	ring    []float32   // four rows of a pointwise convolution with a zero pixel on both sides: three in use, one of zeros
	pair    []float32   // two rows before they are halved
}

// sized returns b with n elements, whatever they are.
func sized[T any](b []T, n int) []T {
	if cap(b) < n {
		return make([]T, n)
	}
	return b[:n]
}

// run computes all heads for the input of the session.
func (n *network) run(ctx context.Context, s *session) error {
	if s.buffers == nil {
		s.buffers = make([][]float32, slices.Max(n.slots)+1)
	}
	for i := range n.layers {
		if err := ctx.Err(); err != nil {
			return err
		}
		l := &n.layers[i]
		w, h, c := s.w>>n.shifts[l.dst], s.h>>n.shifts[l.dst], n.channels[l.dst]
		slot := n.slots[l.dst]
		s.buffers[slot] = sized(s.buffers[slot], w*h*c)
		dst := s.buffers[slot]
		switch l.kind {
		case unit:
			n.unit(s, l, dst)
		case halve:
			src := n.value(s, l.src)
			for y := range h {
				maxPool(dst[y*w*c:][:w*c], src[2*y*2*w*c:][:2*w*c], src[(2*y+1)*2*w*c:][:2*w*c], w, c)
			}
		case upAdd:
			a, b := n.value(s, l.src), n.value(s, l.add)
			for y := range h {
				enlarge(dst[y*w*c:][:w*c], a[y*w*c:][:w*c], b[y/2*(w/2)*c:][:w/2*c], c)
			}
		}
	}
	return nil
}

// value is the data of a value.
func (n *network) value(s *session, v int) []float32 {
	return s.buffers[n.slots[v]][:(s.w>>n.shifts[v])*(s.h>>n.shifts[v])*n.channels[v]]
}

// enlarge writes a + b, where each pixel of b stands for two.
func enlarge(dst, a, b []float32, c int) {
	for x := 0; x < len(dst); x += c {
		d, p, q := dst[x:x+c:x+c], a[x:x+c:x+c], b[x/(2*c)*c:][:c:c]
		for i := range d {
			d[i] = p[i] + q[i]
		}
	}
}

// unit runs a pointwise and a depthwise convolution row by row.
func (n *network) unit(s *session, l *layer, dst []float32) {
	shift := 1
	var src []float32
	if l.first == nil {
		shift = n.shifts[l.src]
		src = n.value(s, l.src)
	}
	w, h, in, c := s.w>>shift, s.h>>shift, l.point.in, l.point.out
	line := (w + 2) * c
	s.ring = sized(s.ring, 4*line)
	for i := range 4 {
		r := s.ring[i*line:][:line]
		clear(r[:c])
		clear(r[line-c:])
	}
	none := s.ring[3*line:]
	clear(none)
	rows := func(y int) []float32 {
		if y < 0 || y >= h {
			return none
		}
		return s.ring[y%3*line:][:line]
	}
	point := func(y int) {
		if y >= h {
			return
		}
		var from []float32
		if l.first != nil {
			from = n.first(s, l.first, y, w)
		} else {
			from = src[y*w*in:][:w*in]
		}
		pointwise(rows(y)[c:][:w*c], from, &l.point, w)
	}
	if l.pool {
		s.pair = sized(s.pair, 2*w*c)
	}
	point(0)
	for y := range h {
		point(y + 1)
		out := dst
		if l.pool {
			out = s.pair[y%2*w*c:][:w*c]
		} else {
			out = dst[y*w*c:][:w*c]
		}
		a, b, d := rows(y-1), rows(y), rows(y+1)
		for x := 0; x < w; x += tile {
			k := min(tile, w-x)
			depthwise(out[x*c:][:k*c], a[x*c:], b[x*c:], d[x*c:], &l.depth, k)
		}
		if l.pool && y%2 == 1 {
			maxPool(dst[y/2*(w/2)*c:][:w/2*c], s.pair[:w*c], s.pair[w*c:], w/2, c)
		}
	}
}

// first computes one row of the first convolution.
func (n *network) first(s *session, c *conv, y, w int) []float32 {
	s.window = sized(s.window, 27*w)
	s.row = sized(s.row, c.out*w)
	line := 3 * (s.w + 1)
	for k := range 3 {
		from := s.input[(2*y+k)*line:][:line]
		for x := range w {
			copy(s.window[27*x+9*k:][:9], from[6*x:][:9])
		}
	}
	pointwise(s.row, s.window, c, w)
	return s.row
}

// load fills the session's input with img, brought to w × h pixels.
func (s *session) load(img image.Image, w, h int) {
	s.w, s.h = (w+inputStrides-1)/inputStrides*inputStrides, (h+inputStrides-1)/inputStrides*inputStrides
	line := 3 * (s.w + 1)
	s.input = sized(s.input, line*(s.h+1))
	clear(s.input)
	at := func(y int) []float32 { return s.input[(y+1)*line+3:][:3*w] }
	b := img.Bounds()
	plane := func(i, pw, ph int) plane {
		s.planes[i] = sized(s.planes[i], pw*ph)
		return plane{s.planes[i], pw, pw, ph}
	}
	if m, ok := img.(*image.YCbCr); ok {
		luma := plane(0, w, h)
		resample(luma, m.Y[m.YOffset(b.Min.X, b.Min.Y):], m.YStride, b.Dx(), b.Dy())
		cw, ch := chromaSize(m)
		cb, cr := plane(1, (w+1)/2, (h+1)/2), plane(2, (w+1)/2, (h+1)/2)
		resample(cb, m.Cb[m.COffset(b.Min.X, b.Min.Y):], m.CStride, cw, ch)
		resample(cr, m.Cr[m.COffset(b.Min.X, b.Min.Y):], m.CStride, cw, ch)
		for y := range h {
			out := at(y)
			l, blue, red := luma.pix[y*w:][:w], cb.pix[y/2*cb.stride:], cr.pix[y/2*cr.stride:]
			for x, v := range l {
				u, v1 := float32(blue[x/2])-128, float32(red[x/2])-128
				f := float32(v)
				out[3*x] = min(255, max(0, f+1.772*u))
				out[3*x+1] = min(255, max(0, f-0.344136*u-0.714136*v1))
				out[3*x+2] = min(255, max(0, f+1.402*v1))
			}
		}
		return
	}
	if m, ok := img.(*image.Gray); ok {
		p := plane(0, w, h)
		resample(p, m.Pix[m.PixOffset(b.Min.X, b.Min.Y):], m.Stride, b.Dx(), b.Dy())
		for y := range h {
			out := at(y)
			for x, v := range p.pix[y*w:][:w] {
				f := float32(v)
				out[3*x], out[3*x+1], out[3*x+2] = f, f, f
			}
		}
		return
	}
	full := make([]byte, b.Dx()*b.Dy())
	for ch := range 3 {
		i := 0
		for y := b.Min.Y; y < b.Max.Y; y++ {
			for x := b.Min.X; x < b.Max.X; x++ {
				r, g, bl, _ := img.At(x, y).RGBA()
				full[i] = byte([3]uint32{bl, g, r}[ch] >> 8)
				i++
			}
		}
		p := plane(ch, w, h)
		resample(p, full, b.Dx(), b.Dx(), b.Dy())
		for y := range h {
			out := at(y)
			for x, v := range p.pix[y*w:][:w] {
				out[3*x+ch] = float32(v)
			}
		}
	}
}

// find looks for faces in the picture at workSide, and for large ones at closeSide.
func (n *network) find(ctx context.Context, img image.Image) ([]Box, error) {
	b := img.Bounds()
	s := n.sessions.Get().(*session)
	defer n.sessions.Put(s)
	var found []candidate
	for _, side := range []int{workSide, closeSide} {
		w, h := fit(b.Dx(), b.Dy(), side)
		if side == closeSide && max(w, h) == max(b.Dx(), b.Dy()) {
			break // it was looked at in this size
		}
		s.load(img, w, h)
		if err := n.run(ctx, s); err != nil {
			return nil, err
		}
		sx, sy := float64(b.Dx())/float64(w), float64(b.Dy())/float64(h)
		for _, c := range n.boxes(s) {
			if side == closeSide && c.h < closeFace || c.h < tinyFace && c.score < sureScore {
				continue
			}
			found = append(found, candidate{c.x * sx, c.y * sy, c.w * sx, c.h * sy, c.score})
		}
	}
	boxes := make([]Box, 0, len(found))
	for _, f := range suppress(found) {
		// A face at the edge may reach out of the picture.
		x0, y0 := max(0, f.x), max(0, f.y)
		x1, y1 := min(float64(b.Dx()), f.x+f.w), min(float64(b.Dy()), f.y+f.h)
		if x1-x0 < 1 || y1-y0 < 1 {
			continue
		}
		box := Box{X: int(math.Round(x0)), Y: int(math.Round(y0)), Score: math.Round(f.score*1000) / 1000, Sure: f.score >= sureScore}
		box.W, box.H = int(math.Round(x1))-box.X, int(math.Round(y1))-box.Y
		boxes = append(boxes, box)
	}
	sortBoxes(boxes)
	return boxes, nil
}

// candidate is a box in pixels of the network's input.
type candidate struct{ x, y, w, h, score float64 }

// boxes reads the heads: each cell whose score passes gives a box around its place.
func (n *network) boxes(s *session) []candidate {
	var out []candidate
	for _, h := range n.heads {
		v := n.value(s, h.value)
		c := n.channels[h.value]
		w := s.w / h.stride
		for i := 0; i*c < len(v); i++ {
			cell := v[i*c:][:headChannels]
			score := math.Sqrt(probability(cell[headCls], h.clsSigm) * probability(cell[headObj], h.objSigm))
			if !(score >= possibleScore) {
				continue
			}
			stride := float64(h.stride)
			bw, bh := math.Exp(float64(cell[headBox+2]))*stride, math.Exp(float64(cell[headBox+3]))*stride
			cx, cy := (float64(i%w)+float64(cell[headBox]))*stride, (float64(i/w)+float64(cell[headBox+1]))*stride
			if b := (candidate{cx - bw/2, cy - bh/2, bw, bh, score}); b.sane(float64(s.w + s.h)) {
				out = append(out, b)
			}
		}
	}
	return out
}

// sane refuses boxes that only broken weights give; a comparison with a value that is no number is false.
func (c candidate) sane(size float64) bool {
	return c.w > 0 && c.w < 2*size && c.h > 0 && c.h < 2*size && c.x > -2*size && c.x < size && c.y > -2*size && c.y < size
}

func probability(v float32, sigmoid bool) float64 {
	if sigmoid {
		return 1 / (1 + math.Exp(-float64(v)))
	}
	return min(1, max(0, float64(v)))
}

// suppress keeps the best of boxes that are the same face.
func suppress(all []candidate) []candidate {
	slices.SortStableFunc(all, func(a, b candidate) int {
		switch {
		case a.score > b.score:
			return -1
		case a.score < b.score:
			return 1
		}
		return 0
	})
	all = all[:min(len(all), maxCandidates)]
	var kept []candidate
next:
	for _, a := range all {
		for _, k := range kept {
			w := min(a.x+a.w, k.x+k.w) - max(a.x, k.x)
			h := min(a.y+a.h, k.y+k.h) - max(a.y, k.y)
			if w <= 0 || h <= 0 {
				continue
			}
			if w*h > nmsOverlap*(a.w*a.h+k.w*k.h-w*h) || w*h > nmsInside*min(a.w*a.h, k.w*k.h) {
				continue next
			}
		}
		kept = append(kept, a)
	}
	return kept
}
