package picture

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"maps"
	"slices"
	"strings"
)

// Content Credentials stand in JUMBF boxes: a store of manifests, the last one of which speaks for the file; each has
// assertions with labels. Signatures are not checked: what is claimed is reported as claimed.

// maxAssertions bounds the labels of one file; editors write about ten.
const maxAssertions = 200

// jumbfParts collects what JPEG splits over APP11 segments, by the number that the parts share.
type jumbfParts map[uint16]*[]jumbfPart

type jumbfPart struct {
	seq  uint32
	body []byte
}

// add takes a segment: "JP", the box's number, the part's number, then the part; each repeats the box's header.
func (j jumbfParts) add(body []byte) {
	if len(body) < 16 || string(body[:2]) != "JP" {
		return
	}
	id := binary.BigEndian.Uint16(body[2:])
	if j[id] == nil {
		if len(j) >= maxBlocks {
			return
		}
		j[id] = new([]jumbfPart)
	}
	if len(*j[id]) < maxBlock>>16 {
		*j[id] = append(*j[id], jumbfPart{binary.BigEndian.Uint32(body[4:]), body[8:]})
	}
}

func (j jumbfParts) join() [][]byte {
	var out [][]byte
	for _, id := range slices.Sorted(maps.Keys(j)) {
		parts := *j[id]
		slices.SortStableFunc(parts, func(a, b jumbfPart) int { return cmp.Compare(a.seq, b.seq) })
		var box []byte
		for i, p := range parts {
			if i == 0 {
				box = append(box, p.body...)
				continue
			}
			box = append(box, p.body[8:]...)
		}
		out = append(out, box)
	}
	return out
}

// boxes calls f for each box of ISO's or JUMBF's kind in b; the body of a box that claims more than there is ends
// where b ends, and whole says so.
func boxes(b []byte, f func(kind string, body []byte, whole bool) bool) {
	for n := 0; len(b) >= 8 && n < maxChunks; n++ {
		size, head := uint64(binary.BigEndian.Uint32(b)), uint64(8)
		kind := string(b[4:8])
		switch size {
		case 0:
			size = uint64(len(b))
		case 1:
			if len(b) < 16 {
				return
			}
			size, head = binary.BigEndian.Uint64(b[8:]), 16
		}
		if size < head {
			return
		}
		whole := size <= uint64(len(b))
		size = min(size, uint64(len(b)))
		if !f(kind, b[head:size], whole) {
			return
		}
		b = b[size:]
	}
}

// claim is one labelled superbox: a manifest, a list of assertions, an assertion.
type claim struct {
	label    string
	content  []byte // CBOR or JSON
	children []claim
}

// readJUMBF reads a superbox and what is in it.
func readJUMBF(b []byte, depth int, left *int) (c claim) {
	boxes(b, func(kind string, body []byte, _ bool) bool {
		switch kind {
		case "jumd":
			if len(body) > 17 && body[16]&2 != 0 {
				label, _, _ := bytes.Cut(body[17:], []byte{0})
				c.label = text(label[:min(len(label), 200)])
			}
		case "jumb":
			if *left--; depth >= maxDepth || *left < 0 {
				return false
			}
			c.children = append(c.children, readJUMBF(body, depth+1, left))
		case "cbor", "json":
			c.content = body
		}
		return true
	})
	return c
}

func (m *metadata) readC2PA(b []byte) {
	left := maxAssertions
	root := readJUMBF(b, 0, &left)
	// The bytes hold one superbox, the store; where they were cut, at least that is known.
	var store *claim
	for i := range root.children {
		if strings.HasPrefix(root.children[i].label, "c2pa") {
			store = &root.children[i]
		}
	}
	if store == nil {
		return
	}
	before := len(m.c2pa)
	if n := len(store.children); n > 0 {
		for _, part := range store.children[n-1].children {
			if !strings.HasPrefix(part.label, "c2pa.assertions") {
				continue
			}
			for _, a := range part.children {
				m.readAssertion(a)
			}
		}
	}
	if len(m.c2pa) == before {
		m.add(&m.c2pa, "present")
	}
}

// readAssertion records an assertion's label; of those about training what they say, and of those about how the
// picture came to be the source type.
func (m *metadata) readAssertion(a claim) {
	label, _, _ := strings.Cut(a.label, "__") // "__2" counts assertions of one label
	m.add(&m.c2pa, label)
	base := label
	if i := strings.LastIndex(base, ".v"); i > 0 {
		base = base[:i]
	}
	switch base {
	case "c2pa.training-mining", "cawg.training-mining":
		v, _ := decodeCBOR(a.content)
		entries, _ := v["entries"].(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(entries)) {
			entry, _ := entries[name].(map[string]any)
			use, _ := entry["use"].(string)
			if use == "" {
				use, _ = entries[name].(string)
			}
			if use != "" {
				m.add(&m.c2pa, base+":"+printable(use))
				m.add(&m.c2pa, printable(name)+":"+printable(use))
			}
		}
	case "c2pa.actions":
		v, _ := decodeCBOR(a.content)
		actions, _ := v["actions"].([]any)
		for _, one := range actions {
			action, _ := one.(map[string]any)
			if s, _ := action["digitalSourceType"].(string); s != "" {
				code := vocabulary(printable(s))
				m.add(&m.c2pa, base+":"+code)
				m.set(&m.c2paSource, code)
			}
		}
	}
}

// maxCBOR is how many values of one assertion are read.
const maxCBOR = 4096

// decodeCBOR reads a map of CBOR: maps with text keys, lists, texts; other values are stepped over and are nil.
func decodeCBOR(b []byte) (map[string]any, bool) {
	d := cborReader{b: b, left: maxCBOR}
	v := d.value(0)
	m, ok := v.(map[string]any)
	return m, ok && !d.bad
}

type cborReader struct {
	b    []byte
	left int
	bad  bool
}

// head reads a value's kind and number. Open is a length that is not told.
func (d *cborReader) head() (major byte, n uint64, open bool) {
	if len(d.b) == 0 {
		d.bad = true
		return 0, 0, false
	}
	major, info := d.b[0]>>5, d.b[0]&31
	d.b = d.b[1:]
	switch {
	case info < 24:
		return major, uint64(info), false
	case info <= 27:
		size := 1 << (info - 24)
		if len(d.b) < size {
			d.bad = true
			return 0, 0, false
		}
		for _, c := range d.b[:size] {
			n = n<<8 | uint64(c)
		}
		d.b = d.b[size:]
		return major, n, false
	case info == 31:
		return major, 0, true
	}
	d.bad = true
	return 0, 0, false
}

// closed takes the end mark of a list without a length.
func (d *cborReader) closed() bool {
	if len(d.b) > 0 && d.b[0] == 0xff {
		d.b = d.b[1:]
		return true
	}
	return false
}

func (d *cborReader) value(depth int) any {
	if d.left--; d.left < 0 || depth > maxDepth {
		d.bad = true
	}
	if d.bad {
		return nil
	}
	major, n, open := d.head()
	switch major {
	case 2, 3:
		if open {
			var s []byte
			for !d.bad && !d.closed() {
				_, k, _ := d.head()
				s = append(s, d.take(k)...)
			}
			if major == 3 {
				return string(s)
			}
			return nil
		}
		s := d.take(n)
		if major == 3 {
			return string(s)
		}
	case 4:
		var list []any
		for i := uint64(0); (open || i < n) && !d.bad; i++ {
			if open && d.closed() {
				break
			}
			list = append(list, d.value(depth+1))
		}
		return list
	case 5:
		m := map[string]any{}
		for i := uint64(0); (open || i < n) && !d.bad; i++ {
			if open && d.closed() {
				break
			}
			key, _ := d.value(depth + 1).(string)
			m[key] = d.value(depth + 1)
		}
		return m
	case 6:
		return d.value(depth + 1)
	}
	return nil
}

func (d *cborReader) take(n uint64) []byte {
	if n > uint64(len(d.b)) {
		d.bad = true
		return nil
	}
	s := d.b[:n]
	d.b = d.b[n:]
	return s
}
