package picture

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Namespaces of XMP, as their documents name them.
const (
	nsRDF       = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
	nsXML       = "http://www.w3.org/XML/1998/namespace"
	nsDC        = "http://purl.org/dc/elements/1.1"
	nsXMP       = "http://ns.adobe.com/xap/1.0"
	nsRights    = "http://ns.adobe.com/xap/1.0/rights"
	nsPhotoshop = "http://ns.adobe.com/photoshop/1.0"
	nsExif      = "http://ns.adobe.com/exif/1.0"
	nsTiff      = "http://ns.adobe.com/tiff/1.0"
	nsIptcExt   = "http://iptc.org/std/Iptc4xmpExt/2008-02-29"
	nsPLUS      = "http://ns.useplus.org/ldf/xmp/1.0"
)

// Limits of one packet. XML's own entities are never expanded: the tokenizer knows the five that XML has.
const (
	maxTokens = 1 << 20 // elements and texts; edit histories of years have some ten thousand
	maxNested = 64      // elements in elements
)

// element is one that is open.
type element struct {
	space, name string
	prefixes    map[string]string // declared here; nil where none are
	resource    bool              // rdf:parseType="Resource": its children are fields
	lang        string
}

// xmpReader walks one packet. A property is a child of an rdf:Description that is a child of rdf:RDF; everything
// deeper belongs to that property.
type xmpReader struct {
	m        *metadata
	open     []element
	text     []byte
	property int // depth of the property that is being read, 0 = none
	// What was read of the property so far.
	items    []string // of a list; or the one value
	fallback string   // of alternatives: the first one
	byLang   bool     // an alternative x-default was seen
	licensor [2]string
}

// readXMP takes the values out of one packet; what comes before an error in it counts.
func (m *metadata) readXMP(b []byte) {
	b = utf8Packet(b)
	if i := bytes.IndexByte(b, '<'); i > 0 {
		b = b[i:]
	}
	b = bytes.TrimRight(b, "\x00")
	d := xml.NewDecoder(bytes.NewReader(b))
	d.Strict = false
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	x := xmpReader{m: m}
	for n := 0; ; n++ {
		t, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil || n > maxTokens {
			m.miss("xmp_cut")
			break
		}
		switch t := t.(type) {
		case xml.StartElement:
			if len(x.open) >= maxNested {
				m.miss("xmp_cut")
				return
			}
			x.start(t)
		case xml.EndElement:
			x.end()
		case xml.CharData:
			if x.property > 0 && len(x.text) <= maxValue {
				x.text = append(x.text, t...)
			}
		}
	}
}

// utf8Packet turns a packet of UTF-16 into UTF-8. Others pass.
func utf8Packet(b []byte) []byte {
	var high, low int
	switch {
	case len(b) >= 4 && b[0] == 0 && b[1] == '<' || bytes.HasPrefix(b, []byte("\xfe\xff")):
		high, low = 0, 1
	case len(b) >= 4 && b[0] == '<' && b[1] == 0 || bytes.HasPrefix(b, []byte("\xff\xfe")):
		high, low = 1, 0
	default:
		return bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	}
	u := make([]uint16, len(b)/2)
	for i := range u {
		u[i] = uint16(b[2*i+high])<<8 | uint16(b[2*i+low])
	}
	return []byte(strings.TrimPrefix(string(utf16.Decode(u)), "\ufeff"))
}

// resolve gives the namespace of a prefix, without a slash at its end: writers disagree about that one.
func (x *xmpReader) resolve(prefix string, here map[string]string) string {
	if prefix == "xml" {
		return nsXML
	}
	if uri, ok := here[prefix]; ok {
		return uri
	}
	for i := len(x.open) - 1; i >= 0; i-- {
		if uri, ok := x.open[i].prefixes[prefix]; ok {
			return uri
		}
	}
	return usual[prefix]
}

// usual are the prefixes as everybody uses them, for packets that forgot to declare one.
var usual = map[string]string{
	"rdf": nsRDF, "dc": nsDC, "xmp": nsXMP, "xap": nsXMP, "xmpRights": nsRights, "xapRights": nsRights,
	"photoshop": nsPhotoshop, "exif": nsExif, "tiff": nsTiff, "Iptc4xmpExt": nsIptcExt, "plus": nsPLUS,
}

func (x *xmpReader) start(t xml.StartElement) {
	n := element{}
	for _, a := range t.Attr {
		switch {
		case a.Name.Space == "xmlns":
			if n.prefixes == nil {
				n.prefixes = map[string]string{}
			}
			n.prefixes[a.Name.Local] = strings.TrimRight(a.Value, "/")
		case a.Name.Space == "" && a.Name.Local == "xmlns":
			if n.prefixes == nil {
				n.prefixes = map[string]string{}
			}
			n.prefixes[""] = strings.TrimRight(a.Value, "/")
		}
	}
	n.space, n.name = x.resolve(t.Name.Space, n.prefixes), t.Name.Local
	parent := len(x.open)
	x.open = append(x.open, n)
	isProperty := x.property == 0 && parent >= 2 && x.is(parent-1, nsRDF, "Description") && x.is(parent-2, nsRDF, "RDF")
	if isProperty {
		x.property = len(x.open)
		x.items, x.fallback, x.byLang, x.licensor = x.items[:0], "", false, [2]string{}
	}
	x.text = x.text[:0]
	for _, a := range t.Attr {
		if a.Name.Space == "xmlns" || a.Name.Space == "" && a.Name.Local == "xmlns" {
			continue
		}
		space := x.resolve(a.Name.Space, n.prefixes)
		switch {
		case space == nsXML && a.Name.Local == "lang":
			x.open[parent].lang = a.Value
		case space == nsRDF && a.Name.Local == "parseType":
			x.open[parent].resource = a.Value == "Resource"
		case space == nsRDF && a.Name.Local == "resource" && x.property > 0:
			// The value is an address, and the element is empty.
			x.text = append(x.text[:0], a.Value...)
		case space == nsRDF:
		case x.property == 0 && x.is(parent, nsRDF, "Description") && parent >= 1 && x.is(parent-1, nsRDF, "RDF"):
			x.value(space, a.Name.Local, []string{a.Value})
		case x.property > 0:
			x.field(space, a.Name.Local, a.Value)
		}
	}
}

// is reports whether the open element at a depth has a name.
func (x *xmpReader) is(at int, space, name string) bool {
	return x.open[at].space == space && x.open[at].name == name
}

func (x *xmpReader) end() {
	if len(x.open) == 0 {
		return
	}
	n := x.open[len(x.open)-1]
	s := ""
	if x.property > 0 {
		s = strings.TrimSpace(valid(x.text))
	}
	switch {
	case x.property == 0:
	case len(x.open) == x.property:
		items := x.items
		if len(items) == 0 {
			switch {
			case x.fallback != "":
				items = []string{x.fallback}
			case s != "":
				items = []string{s}
			}
		}
		x.value(n.space, n.name, items)
		x.property = 0
	case n.space == nsRDF && n.name == "li" && len(x.open) == x.property+2:
		x.item(n, s)
	case n.space == nsRDF && n.name == "value" && s != "":
		x.items = append(x.items, s)
	default:
		x.field(n.space, n.name, s)
	}
	x.open = x.open[:len(x.open)-1]
	x.text = x.text[:0]
}

// item takes one element of a list. Of alternatives in several languages the default counts, else the first.
func (x *xmpReader) item(n element, s string) {
	if s == "" {
		return
	}
	if parent := x.open[len(x.open)-2]; parent.space == nsRDF && parent.name == "Alt" {
		if x.fallback == "" {
			x.fallback = s
		}
		if !x.byLang && strings.EqualFold(n.lang, "x-default") {
			x.byLang = true
			x.items = append(x.items[:0], s)
		}
		return
	}
	if len(x.items) < maxItems {
		x.items = append(x.items, s)
	}
}

// field takes one field of a structure: the licensor is the only one that is asked for.
func (x *xmpReader) field(space, name, s string) {
	if space != nsPLUS || s == "" {
		return
	}
	switch name {
	case "LicensorName":
		x.licensor[0] = or(x.licensor[0], s)
	case "LicensorURL":
		x.licensor[1] = or(x.licensor[1], s)
	}
}

// value takes a whole property.
func (x *xmpReader) value(space, name string, items []string) {
	m, v := x.m, &x.m.xmp
	if space == nsPLUS && name == "Licensor" {
		m.set(&m.licensor, or(x.licensor[0], x.licensor[1]))
		return
	}
	if len(items) == 0 {
		return
	}
	one := printable(items[0])
	switch space {
	case nsDC:
		switch name {
		case "creator":
			if len(v.creators) == 0 {
				for _, s := range items {
					m.add(&v.creators, printable(s))
				}
			}
		case "rights":
			m.set(&v.copyright, one)
		case "title":
			m.set(&v.title, one)
		case "description":
			m.set(&v.description, one)
		case "subject":
			if len(v.keywords) == 0 {
				for _, s := range items {
					m.add(&v.keywords, printable(s))
				}
			}
		}
	case nsPhotoshop:
		switch name {
		case "Credit":
			m.set(&v.credit, one)
		case "Source":
			m.set(&v.source, one)
		case "Instructions":
			m.set(&v.instructions, one)
		case "Headline":
			m.set(&v.headline, one)
		case "TransmissionReference":
			m.set(&v.transmission, one)
		case "DateCreated":
			m.set(&v.date, exifTime(one))
		}
	case nsXMP:
		if name == "CreatorTool" {
			m.set(&v.software, one)
		}
	case nsRights:
		if name == "WebStatement" {
			m.set(&v.web, one)
		}
	case nsExif:
		if name == "DateTimeOriginal" {
			m.set(&v.taken, exifTime(one))
		}
	case nsTiff:
		switch name {
		case "Artist":
			m.set(&v.tiffArtist, one)
		case "Copyright":
			m.set(&v.tiffCopy, one)
		case "Software":
			m.set(&v.tiffSoft, one)
		case "ImageDescription":
			m.set(&v.caption, one)
		}
	case nsIptcExt:
		switch name {
		case "PersonInImage":
			for _, s := range items {
				m.add(&v.persons, printable(s))
			}
		case "DigitalSourceType", "DigitalSourcetype":
			m.set(&v.digitalSource, vocabulary(one))
		}
	case nsPLUS:
		switch name {
		case "ModelReleaseStatus":
			m.set(&v.modelRelease, vocabulary(one))
		case "DataMining":
			m.set(&v.dataMining, vocabulary(one))
		}
	}
}

// valid is the bytes as text, as text does it, but it copies always: they are reused.
func valid(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	return latin1(b)
}
