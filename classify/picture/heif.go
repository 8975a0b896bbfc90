package picture

import (
	"bytes"
	"encoding/binary"
)

// uuidC2PA names the box in which ISO formats carry Content Credentials, uuidXMP the one with XMP in videos.
var (
	uuidC2PA = []byte("\xd8\xfe\xc3\xd6\x1b\x0e\x48\x3c\x92\x97\x58\x28\x87\x7e\xc4\x81")
	uuidXMP  = []byte("\xbe\x7a\xcf\xcb\x97\xa9\x42\xe8\x9c\x71\x99\x94\x91\xe3\xaf\xac")
)

// heifItem is one item of a HEIF file: a picture, a tile, a preview, EXIF, XMP.
type heifItem struct {
	kind    string // "hvc1", "grid", "Exif", "mime", …
	mime    string
	extents [][2]uint64 // offset and length in the file, or in idat
	inIdat  bool
	props   []int // numbers of properties, from 1
}

// walkHEIF reads the meta box: which item is the picture, how large it is shown, and where EXIF and XMP stand.
func (c *container) walkHEIF() {
	items := map[uint32]*heifItem{}
	var primary uint32
	var props []heifProperty
	var idat []byte
	found := false
	boxes(c.data, func(kind string, body []byte, whole bool) bool {
		switch {
		case kind == "meta" && len(body) >= 4 && !found:
			found = true
			if !whole {
				c.miss("metadata")
			}
			primary, props, idat = readMeta(body[4:], items)
		case kind == "uuid" && bytes.HasPrefix(body, uuidC2PA):
			c.keepC2PABox(body[16:])
		case kind == "uuid" && bytes.HasPrefix(body, uuidXMP):
			c.keep(&c.xmp, body[16:], "xmp")
		}
		return true
	})
	if !found {
		c.corrupt("no meta box")
		return
	}
	// A reader turns the picture as the properties say; EXIF repeats that and must not turn it again.
	c.turned = true
	if it := items[primary]; it != nil {
		c.place(it, props)
	}
	for _, it := range items {
		switch {
		case it.kind == "Exif":
			b := c.item(it, idat)
			if len(b) < 4 {
				c.miss("exif")
				continue
			}
			skip := uint64(binary.BigEndian.Uint32(b)) + 4
			if skip > uint64(len(b)) {
				c.miss("exif")
				continue
			}
			c.keep(&c.exif, bytes.TrimPrefix(b[skip:], []byte("Exif\x00\x00")), "exif")
		case it.kind == "mime" && it.mime == "application/rdf+xml":
			c.keep(&c.xmp, c.item(it, idat), "xmp")
		}
	}
	if c.width == 0 || c.height == 0 {
		c.corrupt("no size")
	}
}

// keepC2PABox takes the body of a C2PA box behind its name: version and flags, purpose, and for manifests an offset.
func (c *container) keepC2PABox(body []byte) {
	if len(body) < 4 {
		return
	}
	purpose, rest, ok := bytes.Cut(body[4:], []byte{0})
	if ok && string(purpose) == "manifest" && len(rest) > 8 {
		c.keep(&c.c2pa, rest[8:], "c2pa")
	}
}

// heifProperty is one of the properties that items share.
type heifProperty struct {
	kind string
	body []byte
}

// place gives the size of an item as it is shown: a clean aperture is left aside, a quarter turn swaps the sides.
func (c *container) place(it *heifItem, props []heifProperty) {
	quarter := false
	for _, i := range it.props {
		if i < 1 || i > len(props) {
			continue
		}
		p := props[i-1]
		switch {
		case p.kind == "ispe" && len(p.body) >= 12:
			c.width = int(min(binary.BigEndian.Uint32(p.body[4:]), 1<<31-1))
			c.height = int(min(binary.BigEndian.Uint32(p.body[8:]), 1<<31-1))
		case p.kind == "irot" && len(p.body) >= 1:
			// Quarter turns against the clock, in EXIF's numbers; libheif turns by itself, other decoders do not.
			c.orientation = [4]int{1, 8, 3, 6}[p.body[0]&3]
			quarter = p.body[0]&1 == 1
		case p.kind == "pixi" && len(p.body) >= 6:
			c.deep = p.body[5] > 8
		}
	}
	if quarter {
		c.width, c.height = c.height, c.width
	}
}

// item puts an item's extents together, no more than a block may have.
func (c *container) item(it *heifItem, idat []byte) []byte {
	from := c.data
	if it.inIdat {
		from = idat
	}
	var out []byte
	for _, e := range it.extents {
		at, n := e[0], e[1]
		if at > uint64(len(from)) {
			return nil
		}
		if n == 0 || n > uint64(len(from))-at {
			n = uint64(len(from)) - at
		}
		if uint64(len(out))+n > maxBlock {
			return nil
		}
		if len(it.extents) == 1 {
			return from[at : at+n]
		}
		out = append(out, from[at:at+n]...)
	}
	return out
}

// readMeta reads the boxes of a meta box.
func readMeta(b []byte, items map[uint32]*heifItem) (primary uint32, props []heifProperty, idat []byte) {
	item := func(id uint32) *heifItem {
		it := items[id]
		if it == nil {
			it = new(heifItem)
			if len(items) < maxItems {
				items[id] = it
			}
		}
		return it
	}
	boxes(b, func(kind string, body []byte, _ bool) bool {
		r := byteReader{b: body}
		switch kind {
		case "pitm":
			primary = uint32(r.number(pick(r.version() == 0, 2, 4)))
		case "idat":
			idat = body
		case "iinf":
			r.number(pick(r.version() == 0, 2, 4))
			boxes(r.b, func(kind string, body []byte, _ bool) bool {
				if kind == "infe" {
					readItemInfo(body, item)
				}
				return true
			})
		case "iloc":
			readItemLocations(&r, item)
		case "iprp":
			boxes(body, func(kind string, body []byte, _ bool) bool {
				switch kind {
				case "ipco":
					boxes(body, func(kind string, body []byte, _ bool) bool {
						props = append(props, heifProperty{kind, body})
						return len(props) < maxItems
					})
				case "ipma":
					readAssociations(body, item)
				}
				return true
			})
		}
		return true
	})
	return primary, props, idat
}

func readItemInfo(body []byte, item func(uint32) *heifItem) {
	r := byteReader{b: body}
	version := r.version()
	if version < 2 {
		return
	}
	it := item(uint32(r.number(pick(version == 2, 2, 4))))
	r.number(2)
	if len(r.b) < 4 {
		return
	}
	it.kind = string(r.b[:4])
	_, rest, _ := bytes.Cut(r.b[4:], []byte{0}) // the item's name
	if it.kind == "mime" {
		mime, _, _ := bytes.Cut(rest, []byte{0})
		it.mime = string(mime)
	}
}

func readItemLocations(r *byteReader, item func(uint32) *heifItem) {
	version := r.version()
	sizes := r.number(2)
	offsetSize, lengthSize, baseSize, indexSize := int(sizes>>12), int(sizes>>8&15), int(sizes>>4&15), int(sizes&15)
	if version == 0 {
		indexSize = 0
	}
	count := r.number(pick(version < 2, 2, 4))
	for i := uint64(0); i < count && !r.bad; i++ {
		it := item(uint32(r.number(pick(version < 2, 2, 4))))
		method := uint64(0)
		if version > 0 {
			method = r.number(2) & 15
		}
		reference := r.number(2)
		base := r.number(baseSize)
		extents := r.number(2)
		// Another file, or another item: neither carries what is looked for here.
		usable := reference == 0 && method <= 1
		it.inIdat = method == 1
		for e := uint64(0); e < extents && !r.bad; e++ {
			r.number(indexSize)
			at, n := r.number(offsetSize), r.number(lengthSize)
			if usable && len(it.extents) < maxItems && !r.bad {
				it.extents = append(it.extents, [2]uint64{base + at, n})
			}
		}
	}
}

func readAssociations(body []byte, item func(uint32) *heifItem) {
	r := byteReader{b: body}
	full := r.number(4)
	version, wide := full>>24, full&1 == 1
	count := r.number(4)
	for i := uint64(0); i < count && !r.bad; i++ {
		it := item(uint32(r.number(pick(version < 1, 2, 4))))
		n := r.number(1)
		for p := uint64(0); p < n && !r.bad; p++ {
			index := r.number(1) & 0x7f
			if wide {
				index = index<<8 | r.number(1)
			}
			if len(it.props) < maxItems {
				it.props = append(it.props, int(index))
			}
		}
	}
}

// byteReader takes big-endian numbers from the front; bad is set where there are none left.
type byteReader struct {
	b   []byte
	bad bool
}

func (r *byteReader) number(size int) (n uint64) {
	if size > len(r.b) {
		r.bad, r.b = true, nil
		return 0
	}
	for _, c := range r.b[:size] {
		n = n<<8 | uint64(c)
	}
	r.b = r.b[size:]
	return n
}

// version reads the version and flags that many boxes begin with.
func (r *byteReader) version() byte { return byte(r.number(4) >> 24) }

func pick(first bool, a, b int) int {
	if first {
		return a
	}
	return b
}
