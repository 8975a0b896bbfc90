package picture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// What a model file may claim. YuNet has 126 nodes, 137 tensors and 75,000 weights.
const (
	maxModelBytes  = 8 << 20
	maxModelNodes  = 2000
	maxTensorDims  = 8
	maxModelValues = 2 << 20 // numbers in one tensor
	maxChannels    = 1024    // of one layer
)

// onnxGraph is the part of an ONNX file that the network needs: nodes in the order of the file, constant tensors, and
// the names of inputs and outputs.
type onnxGraph struct {
	nodes   []onnxNode
	tensors map[string]onnxTensor
	inputs  []onnxValue
	outputs []onnxValue
}

type onnxNode struct {
	op      string
	inputs  []string
	outputs []string
	ints    map[string][]int64 // attributes that are whole numbers
	texts   map[string]string  // attributes that are words
}

type onnxTensor struct {
	dims   []int64
	floats []float32 // type 1
	ints   []int64   // type 7
}

// onnxValue is the declaration of an input or output; a size that is a name or missing is 0.
type onnxValue struct {
	name string
	dims []int64
}

// wire reads the fields of one protobuf message.
type wire []byte

var errWire = errors.New("not a protobuf message")

// field is the next field: its number, and its number or bytes by its wire type (0 and 5 give n, 2 gives b, 1 both).
func (w *wire) field() (number int, kind byte, n uint64, b []byte, err error) {
	key, err := w.varint()
	if err != nil {
		return 0, 0, 0, nil, err
	}
	kind = byte(key & 7)
	if key>>3 == 0 || key>>3 > math.MaxInt32 {
		return 0, 0, 0, nil, errWire
	}
	size := uint64(0)
	switch kind {
	case 0:
		n, err = w.varint()
		return int(key >> 3), kind, n, nil, err
	case 1:
		size = 8
	case 2:
		if size, err = w.varint(); err != nil {
			return 0, 0, 0, nil, err
		}
	case 5:
		size = 4
	default:
		return 0, 0, 0, nil, errWire
	}
	if size > uint64(len(*w)) {
		return 0, 0, 0, nil, errWire
	}
	b, *w = (*w)[:size:size], (*w)[size:]
	switch kind {
	case 1:
		n = binary.LittleEndian.Uint64(b)
	case 5:
		n = uint64(binary.LittleEndian.Uint32(b))
	}
	return int(key >> 3), kind, n, b, nil
}

func (w *wire) varint() (uint64, error) {
	v, n := binary.Uvarint(*w)
	if n <= 0 {
		return 0, errWire
	}
	*w = (*w)[n:]
	return v, nil
}

// each calls f for every field of a message.
func each(message []byte, f func(number int, kind byte, n uint64, b []byte) error) error {
	for w := wire(message); len(w) > 0; {
		number, kind, n, b, err := w.field()
		if err != nil {
			return err
		}
		if err := f(number, kind, n, b); err != nil {
			return err
		}
	}
	return nil
}

// numbers appends a repeated whole number, which stands alone or packed.
func numbers(to []int64, limit int, kind byte, n uint64, b []byte) ([]int64, error) {
	if kind == 0 {
		to = append(to, int64(n))
	} else {
		for w := wire(b); len(w) > 0; {
			v, err := w.varint()
			if err != nil {
				return nil, err
			}
			if len(to) >= limit {
				break
			}
			to = append(to, int64(v))
		}
	}
	if len(to) > limit {
		return nil, fmt.Errorf("more than %d numbers", limit)
	}
	return to, nil
}

// readONNX reads a model. What the network does not need is skipped, whatever it says.
func readONNX(data []byte) (*onnxGraph, error) {
	if len(data) > maxModelBytes {
		return nil, fmt.Errorf("%d bytes, more than %d", len(data), maxModelBytes)
	}
	var g *onnxGraph
	err := each(data, func(number int, kind byte, _ uint64, b []byte) error {
		if number != 7 || kind != 2 { // ModelProto.graph
			return nil
		}
		if g != nil {
			return errors.New("two graphs")
		}
		g = &onnxGraph{tensors: map[string]onnxTensor{}}
		return g.read(b)
	})
	if err != nil {
		return nil, err
	}
	if g == nil {
		return nil, errors.New("no graph")
	}
	return g, nil
}

func (g *onnxGraph) read(message []byte) error {
	return each(message, func(number int, kind byte, _ uint64, b []byte) error {
		if kind != 2 {
			return nil
		}
		switch number {
		case 1: // GraphProto.node
			if len(g.nodes) >= maxModelNodes {
				return fmt.Errorf("more than %d nodes", maxModelNodes)
			}
			n, err := readNode(b)
			if err != nil {
				return fmt.Errorf("node %d: %w", len(g.nodes), err)
			}
			if t, ok, err := n.constant(b); err != nil {
				return fmt.Errorf("node %d: %w", len(g.nodes), err)
			} else if ok {
				g.tensors[n.outputs[0]] = t
				return nil
			}
			g.nodes = append(g.nodes, n)
		case 5: // initializer
			name, t, err := readTensor(b)
			if err != nil {
				return fmt.Errorf("tensor %q: %w", name, err)
			}
			if len(g.tensors) >= maxModelNodes {
				return fmt.Errorf("more than %d tensors", maxModelNodes)
			}
			g.tensors[name] = t
		case 11, 12: // input, output
			v, err := readValue(b)
			if err != nil {
				return fmt.Errorf("declaration %q: %w", v.name, err)
			}
			to := &g.inputs
			if number == 12 {
				to = &g.outputs
			}
			if len(*to) >= maxModelNodes {
				return fmt.Errorf("more than %d declarations", maxModelNodes)
			}
			*to = append(*to, v)
		}
		return nil
	})
}

func readNode(message []byte) (onnxNode, error) {
	n := onnxNode{ints: map[string][]int64{}, texts: map[string]string{}}
	err := each(message, func(number int, kind byte, _ uint64, b []byte) error {
		if kind != 2 {
			return nil
		}
		switch number {
		case 1:
			n.inputs = append(n.inputs, string(b))
		case 2:
			n.outputs = append(n.outputs, string(b))
		case 4:
			n.op = string(b)
		case 5:
			return n.attribute(b)
		}
		if len(n.inputs)+len(n.outputs) > maxModelNodes {
			return fmt.Errorf("more than %d edges", maxModelNodes)
		}
		return nil
	})
	return n, err
}

func (n *onnxNode) attribute(message []byte) error {
	var name, text string
	var ints []int64
	err := each(message, func(number int, kind byte, v uint64, b []byte) (err error) {
		switch number {
		case 1:
			name = string(b)
		case 3, 8: // i, ints
			ints, err = numbers(ints, maxTensorDims*2, kind, v, b)
		case 4:
			text = string(b)
		}
		return err
	})
	if err != nil {
		return err
	}
	n.ints[name], n.texts[name] = ints, text
	return nil
}

// constant is the tensor of a Constant node: some writers put weights there.
func (n *onnxNode) constant(message []byte) (t onnxTensor, ok bool, err error) {
	if n.op != "Constant" || len(n.outputs) != 1 {
		return t, false, nil
	}
	err = each(message, func(number int, kind byte, _ uint64, b []byte) error {
		if number != 5 || kind != 2 {
			return nil
		}
		return each(b, func(number int, kind byte, _ uint64, b []byte) (err error) {
			if number == 5 && kind == 2 { // AttributeProto.t
				_, t, err = readTensor(b)
				ok = true
			}
			return err
		})
	})
	return t, ok, err
}

func readTensor(message []byte) (name string, t onnxTensor, err error) {
	var kind uint64
	var raw, packed []byte
	err = each(message, func(number int, wireKind byte, n uint64, b []byte) (err error) {
		switch number {
		case 1:
			t.dims, err = numbers(t.dims, maxTensorDims, wireKind, n, b)
		case 2:
			kind = n
		case 4: // float_data
			packed = append(packed, b...)
		case 7: // int64_data
			t.ints, err = numbers(t.ints, maxModelValues, wireKind, n, b)
		case 8:
			name = string(b)
		case 9:
			raw = b
		case 14:
			if n != 0 {
				err = errors.New("weights in another file")
			}
		}
		return err
	})
	if err != nil {
		return name, t, err
	}
	want := int64(1)
	for _, d := range t.dims {
		if d < 0 || d > maxModelValues || want*d > maxModelValues {
			return name, t, fmt.Errorf("size %v", t.dims)
		}
		want *= d
	}
	switch kind {
	case 1:
		if raw == nil {
			raw = packed
		}
		if int64(len(raw)) != 4*want {
			return name, t, fmt.Errorf("%d bytes for size %v", len(raw), t.dims)
		}
		t.floats = make([]float32, want)
		for i := range t.floats {
			v := math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
			if v != v || math.IsInf(float64(v), 0) {
				return name, t, errors.New("a weight that is no number")
			}
			t.floats[i] = v
		}
	case 7:
		if raw != nil {
			if int64(len(raw)) != 8*want {
				return name, t, fmt.Errorf("%d bytes for size %v", len(raw), t.dims)
			}
			t.ints = make([]int64, want)
			for i := range t.ints {
				t.ints[i] = int64(binary.LittleEndian.Uint64(raw[8*i:]))
			}
		}
		if int64(len(t.ints)) != want {
			return name, t, fmt.Errorf("%d numbers for size %v", len(t.ints), t.dims)
		}
	}
	return name, t, nil // a tensor of another type is empty; whoever needs it says so
}

func readValue(message []byte) (v onnxValue, err error) {
	err = each(message, func(number int, kind byte, _ uint64, b []byte) error {
		switch {
		case number == 1 && kind == 2:
			v.name = string(b)
		case number == 2 && kind == 2: // TypeProto
			return each(b, func(number int, kind byte, _ uint64, b []byte) error {
				if number != 1 || kind != 2 { // tensor_type
					return nil
				}
				return each(b, func(number int, kind byte, _ uint64, b []byte) error {
					if number != 2 || kind != 2 { // shape
						return nil
					}
					return each(b, func(number int, kind byte, _ uint64, b []byte) error {
						if number != 1 || kind != 2 { // dim
							return nil
						}
						if len(v.dims) >= maxTensorDims {
							return fmt.Errorf("more than %d dimensions", maxTensorDims)
						}
						d := int64(0)
						err := each(b, func(number int, kind byte, n uint64, _ []byte) error {
							if number == 1 && kind == 0 {
								d = int64(n)
							}
							return nil
						})
						v.dims = append(v.dims, d)
						return err
					})
				})
			})
		}
		return nil
	})
	return v, err
}
