package picture

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Limits of what containers may claim.
const (
	maxBlocks  = 512      // metadata blocks of one file; extended XMP of a panorama with depth has about 200
	maxBlock   = 16 << 20 // bytes of one metadata block, put together or inflated; extended XMP with a depth map has 8 MB
	maxChunks  = 1 << 20  // chunks, boxes and segments that are stepped over
	maxDepth   = 12       // boxes in boxes
	maxItems   = 4096     // items of a HEIF file; a 50 MP picture in tiles has about 200
	maxScans   = 100      // of a progressive JPEG; libjpeg writes 10. Each costs a pass over the whole picture
	maxSVGHead = 1 << 10  // bytes in which an SVG's first element must come
)

// decodable names the formats whose pixels somebody here can read.
var decodable = map[string]bool{"jpeg": true, "png": true, "gif": true, "webp": true, "heic": true, "tiff": true, "bmp": true}

// sniff tells the format by the first bytes of a file; "" where they say nothing.
func sniff(b []byte) (format string, video bool) {
	has := func(at int, s string) bool { return len(b) >= at+len(s) && string(b[at:at+len(s)]) == s }
	switch {
	case has(0, "\xff\xd8\xff"):
		return "jpeg", false
	case has(0, "\x89PNG\r\n\x1a\n"):
		return "png", false
	case has(0, "GIF87a"), has(0, "GIF89a"):
		return "gif", false
	case has(0, "RIFF") && has(8, "WEBP"):
		return "webp", false
	case has(0, "RIFF") && has(8, "AVI "):
		return "avi", true
	case has(0, "II*\x00"), has(0, "MM\x00*"):
		return "tiff", false
	case has(0, "II+\x00"), has(0, "MM\x00+"):
		return "bigtiff", false
	case has(0, "BM") && len(b) >= 18 && bmpHeader(b):
		return "bmp", false
	case has(4, "ftyp"):
		return sniffBrands(b)
	case has(4, "moov"), has(4, "mdat"), has(4, "wide"), has(4, "free"), has(4, "skip"), has(4, "pnot"):
		return "mov", true
	case has(0, "\x1aE\xdf\xa3"):
		if bytes.Contains(b[:min(len(b), 256)], []byte("webm")) {
			return "webm", true
		}
		return "mkv", true
	case has(0, "OggS"):
		return "ogg", true
	case has(0, "FLV\x01"):
		return "flv", true
	case has(0, "\x30\x26\xb2\x75\x8e\x66\xcf\x11"):
		return "wmv", true
	case has(0, "\x00\x00\x01\xba"), has(0, "\x00\x00\x01\xb3"):
		return "mpeg", true
	case len(b) > 377 && b[0] == 0x47 && b[188] == 0x47 && b[376] == 0x47:
		return "mpegts", true
	case has(0, "\x00\x00\x00\x0cJXL \r\n\x87\n"), has(0, "\xff\x0a"):
		return "jxl", false
	case has(0, "\x00\x00\x00\x0cjP  \r\n\x87\n"), has(0, "\xff\x4f\xff\x51"):
		return "jp2", false
	case has(0, "8BPS"):
		return "psd", false
	case has(0, "%PDF-"):
		return "pdf", false
	case has(0, "\x00\x00\x01\x00") && len(b) >= 6 && b[4] != 0:
		return "ico", false
	case has(0, "icns"):
		return "icns", false
	}
	head := bytes.TrimLeft(bytes.TrimPrefix(b[:min(len(b), maxSVGHead)], []byte("\xef\xbb\xbf")), " \t\r\n")
	if bytes.HasPrefix(head, []byte("<svg")) || bytes.HasPrefix(head, []byte("<?xml")) && bytes.Contains(head, []byte("<svg")) {
		return "svg", false
	}
	return "", false
}

// bmpHeader tells a bitmap from a text that begins with "BM".
func bmpHeader(b []byte) bool {
	switch binary.LittleEndian.Uint32(b[14:]) {
	case 12, 40, 52, 56, 64, 108, 124:
		return true
	}
	return false
}

// sniffBrands tells the formats apart that share ISO's boxes: the major brand decides, then the compatible ones.
func sniffBrands(b []byte) (string, bool) {
	end := min(int(min(binary.BigEndian.Uint32(b), sniffBytes)), len(b))
	if end < 12 {
		return "mp4", true
	}
	brands := []string{string(b[8:12])}
	for at := 16; at+4 <= end; at += 4 {
		brands = append(brands, string(b[at:at+4]))
	}
	for _, brand := range brands {
		switch brand {
		case "avif", "avis":
			return "avif", false
		case "heic", "heix", "heim", "heis", "hevc", "hevx":
			return "heic", false
		case "crx ":
			return "cr3", false
		case "qt  ":
			return "mov", true
		case "jxl ":
			return "jxl", false
		}
		if strings.HasPrefix(brand, "mp4") || strings.HasPrefix(brand, "iso") || strings.HasPrefix(brand, "M4V") ||
			strings.HasPrefix(brand, "3g") || brand == "avc1" || brand == "dash" {
			return "mp4", true
		}
	}
	for _, brand := range brands {
		if brand == "mif1" || brand == "msf1" || brand == "miaf" {
			return "heic", false
		}
	}
	return "mp4", true
}

// container is what a file's outer structure says: its size and where its metadata and its pixels stand. Slices share
// the file's bytes.
type container struct {
	format        string
	data          []byte
	width, height int  // as stored; as shown where turned
	turned        bool // the format itself says how the picture is turned, and the EXIF orientation does not count
	orientation   int  // EXIF's 1 to 8, once the metadata is read
	exif          [][]byte
	iptc          [][]byte
	xmp           [][]byte
	c2pa          [][]byte
	text          map[string]string // PNG's own keywords
	missing       []string
	err           error // why the structure could not be read to its end

	progressive bool
	components  int
	animated    bool
	deep        bool // more than eight bits per sample
}

// open walks a file's structure. What is broken is in missing or, where nothing behind it can be read, in err.
func open(format string, data []byte) *container {
	c := &container{format: format, data: data}
	switch format {
	case "jpeg":
		c.walkJPEG()
	case "png":
		c.walkPNG()
	case "gif":
		c.walkGIF()
	case "webp":
		c.walkWebP()
	case "tiff":
		c.walkTIFF()
	case "bmp":
		c.walkBMP()
	case "heic", "avif":
		c.walkHEIF()
	case "":
		c.err = fmt.Errorf("read picture: %w: not a format that is known here", ErrUnsupported)
	default:
		c.err = fmt.Errorf("read picture: %w: format %q", ErrUnsupported, format)
	}
	return c
}

func (c *container) miss(code string) { c.missing = append(c.missing, code) }

func (c *container) corrupt(format string, a ...any) {
	if c.err == nil {
		c.err = fmt.Errorf("read %s: %w: %s", c.format, ErrCorrupt, fmt.Sprintf(format, a...))
	}
}

// keep adds a metadata block unless there are too many already.
func (c *container) keep(to *[][]byte, b []byte, code string) {
	if len(b) == 0 {
		return
	}
	if len(*to) >= maxBlocks || len(b) > maxBlock {
		c.miss(code + "_cut")
		return
	}
	*to = append(*to, b)
}

// Identifiers at the beginning of JPEG segments.
var (
	exifID      = []byte("Exif\x00")
	xmpID       = []byte("http://ns.adobe.com/xap/1.0/\x00")
	xmpExtID    = []byte("http://ns.adobe.com/xmp/extension/\x00")
	photoshopID = []byte("Photoshop 3.0\x00")
	ps25ID      = []byte("Adobe_Photoshop2.5:")
)

// headEnds reports whether the bytes of a JPEG reach its first scan: no metadata comes behind it.
func headEnds(b []byte) bool {
	ended := false
	segments(b, func(marker byte, _ []byte) bool {
		ended = marker == 0xda
		return true
	})
	return ended
}

// segments calls f for each segment of a JPEG up to its first scan and reports whether it got there or to the end.
func segments(b []byte, f func(marker byte, body []byte) bool) bool {
	for at := 2; ; {
		i := bytes.IndexByte(b[min(at, len(b)):], 0xff)
		if i < 0 {
			return false
		}
		at += i
		for at < len(b) && b[at] == 0xff {
			at++
		}
		if at >= len(b) {
			return false
		}
		marker := b[at]
		at++
		if marker == 0 || marker == 1 || marker >= 0xd0 && marker <= 0xd8 {
			continue
		}
		if marker == 0xd9 {
			return true
		}
		if at+2 > len(b) {
			return false
		}
		n := int(binary.BigEndian.Uint16(b[at:]))
		if n < 2 {
			return false
		}
		if at+n > len(b) {
			return false
		}
		if !f(marker, b[at+2:at+n]) {
			return true
		}
		if marker == 0xda {
			return true
		}
		at += n
	}
}

func (c *container) walkJPEG() {
	var photoshop []byte
	ext := extendedXMP{}
	jumbf := jumbfParts{}
	scan := false
	complete := segments(c.data, func(marker byte, body []byte) bool {
		switch {
		case marker == 0xe1:
			c.readAPP1(body, ext)
		case marker == 0xeb:
			jumbf.add(body)
		case marker == 0xed:
			switch {
			case bytes.HasPrefix(body, photoshopID):
				if len(photoshop)+len(body) > maxBlock {
					c.miss("iptc_cut")
					break
				}
				// A resource may go on in the next segment.
				photoshop = append(photoshop, body[len(photoshopID):]...)
			case bytes.HasPrefix(body, ps25ID) && len(body) > 27:
				c.readPhotoshop(body[27:])
			case bytes.HasPrefix(body, []byte("\x1c\x02")):
				c.keep(&c.iptc, body, "iptc")
			}
		case marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc:
			if len(body) < 6 || c.width != 0 {
				break
			}
			c.deep = body[0] != 8
			c.height, c.width = int(binary.BigEndian.Uint16(body[1:])), int(binary.BigEndian.Uint16(body[3:]))
			c.components = int(body[5])
			c.progressive = marker == 0xc2
		case marker == 0xda:
			scan = true
		}
		return true
	})
	c.readPhotoshop(photoshop)
	c.xmp = ext.join(c)
	for _, b := range jumbf.join() {
		c.keep(&c.c2pa, b, "c2pa")
	}
	switch {
	case c.width == 0 || c.height == 0:
		c.corrupt("no picture in it")
	case !complete || !scan:
		c.corrupt("ends before the picture begins")
	}
}

func (c *container) readAPP1(body []byte, ext extendedXMP) {
	// Some writers put up to four bytes before the mark.
	if i := bytes.Index(body[:min(len(body), len(exifID)+4)], exifID); i >= 0 && len(body) > i+6 {
		c.keep(&c.exif, body[i+6:], "exif")
		return
	}
	switch {
	case bytes.HasPrefix(body, xmpID):
		c.keep(&c.xmp, body[len(xmpID):], "xmp")
	case bytes.HasPrefix(body, xmpExtID):
		if !ext.add(body[len(xmpExtID):]) {
			c.miss("xmp_cut")
		}
	case bytes.Contains(body, []byte("<rdf:RDF")):
		c.keep(&c.xmp, body, "xmp") // some writers have a header of their own, or none
	}
}

// extendedXMP collects the parts of a packet that did not fit one segment, by the digest that names it.
type extendedXMP map[string]*xmpParts

type xmpParts struct {
	full  int
	bytes []byte
}

// add takes one part: digest (32 hex digits), full length, offset, bytes.
func (e extendedXMP) add(body []byte) bool {
	if len(body) < 40 {
		return false
	}
	id := string(body[:32])
	full, at := int(binary.BigEndian.Uint32(body[32:])), int(binary.BigEndian.Uint32(body[36:]))
	part := body[40:]
	p := e[id]
	if p == nil {
		if full > maxBlock || len(e) >= 4 {
			return false
		}
		p = &xmpParts{full: full}
		e[id] = p
	}
	// Memory grows with what is there, not with what is claimed; writers store the parts in order.
	if at != len(p.bytes) || at+len(part) > p.full {
		return false
	}
	p.bytes = append(p.bytes, part...)
	return true
}

// join puts the extended packet that the main one names behind it. Without that name it belongs to something else.
func (e extendedXMP) join(c *container) [][]byte {
	out := c.xmp
	for id, p := range e {
		named := false
		for _, b := range c.xmp {
			named = named || bytes.Contains(b, []byte(id))
		}
		if !named {
			continue
		}
		if len(p.bytes) < p.full {
			c.miss("xmp_cut")
		}
		out = append(out, p.bytes)
	}
	return out
}

// readPhotoshop walks image resources: "8BIM", number, a name padded to an even length, a length, bytes padded likewise.
func (c *container) readPhotoshop(b []byte) {
	for n := 0; len(b) >= 12 && n < maxChunks; n++ {
		switch string(b[:4]) {
		case "8BIM", "PHUT", "DCSR", "AgHg", "MeSa":
		default:
			return
		}
		id := binary.BigEndian.Uint16(b[4:])
		name := 1 + int(b[6])
		name += name & 1
		size, at, ok := resourceSize(b, 6+name)
		if !ok {
			// Some writers leave the name's padding out.
			if size, at, ok = resourceSize(b, 6+1+int(b[6])); !ok {
				c.miss("iptc")
				return
			}
		}
		body := b[at : at+size]
		switch id {
		case 0x0404:
			c.keep(&c.iptc, body, "iptc")
		case 0x0424:
			c.keep(&c.xmp, body, "xmp")
		case 0x0422:
			c.keep(&c.exif, body, "exif")
		}
		next := at + size
		if size&1 == 1 && next < len(b) {
			// The padding byte, unless the next resource begins right here.
			if b[next] == 0 || next+5 <= len(b) && string(b[next+1:next+5]) == "8BIM" {
				next++
			}
		}
		b = b[next:]
	}
}

func resourceSize(b []byte, at int) (size, start int, ok bool) {
	if at+4 > len(b) {
		return 0, 0, false
	}
	n := binary.BigEndian.Uint32(b[at:])
	if uint64(n) > uint64(len(b)-at-4) {
		return 0, 0, false
	}
	return int(n), at + 4, true
}

func (c *container) walkPNG() {
	b := c.data[8:]
	if len(b) < 25 || string(b[4:8]) != "IHDR" {
		c.corrupt("no header")
		return
	}
	c.width, c.height = int(binary.BigEndian.Uint32(b[8:])&0x7fffffff), int(binary.BigEndian.Uint32(b[12:])&0x7fffffff)
	c.deep = b[16] == 16
	c.text = map[string]string{}
	for n := 0; len(b) >= 12; n++ {
		size := binary.BigEndian.Uint32(b)
		kind := string(b[4:8])
		if uint64(size)+12 > uint64(len(b)) {
			if kind != "IDAT" {
				c.miss("metadata")
			}
			return
		}
		body := b[8 : 8+size]
		b = b[12+size:]
		switch kind {
		case "eXIf":
			c.keep(&c.exif, bytes.TrimPrefix(body, []byte("Exif\x00\x00")), "exif")
		case "caBX":
			c.keep(&c.c2pa, body, "c2pa")
		case "tEXt", "zTXt", "iTXt":
			c.readPNGText(kind, body)
		case "acTL":
			c.animated = true
		case "IEND":
			return
		}
		if n > maxChunks {
			c.miss("metadata")
			return
		}
	}
}

// readPNGText reads one of the three kinds of text chunks. Older programs keep EXIF, IPTC and XMP in there as "raw
// profiles": a name, a length and hex digits.
func (c *container) readPNGText(kind string, body []byte) {
	key, rest, ok := bytes.Cut(body, []byte{0})
	if !ok || len(key) > 79 {
		return
	}
	name, utf8Text := string(key), false
	switch kind {
	case "zTXt":
		if len(rest) < 1 {
			return
		}
		rest = c.inflate(rest[1:])
	case "iTXt":
		if len(rest) < 2 {
			return
		}
		packed := rest[0] == 1
		_, rest, _ = bytes.Cut(rest[2:], []byte{0}) // language
		_, rest, _ = bytes.Cut(rest, []byte{0})     // translated keyword
		if packed {
			rest = c.inflate(rest)
		}
		utf8Text = true
	}
	switch name {
	case "XML:com.adobe.xmp":
		c.keep(&c.xmp, rest, "xmp")
	case "Raw profile type exif", "Raw profile type APP1":
		b := rawProfile(rest)
		switch {
		case bytes.HasPrefix(b, []byte("Exif\x00\x00")):
			c.keep(&c.exif, b[6:], "exif")
		case bytes.HasPrefix(b, xmpID):
			c.keep(&c.xmp, b[len(xmpID):], "xmp")
		default:
			c.keep(&c.exif, b, "exif")
		}
	case "Raw profile type iptc", "Raw profile type 8bim":
		b := rawProfile(rest)
		if bytes.HasPrefix(b, []byte("\x1c")) {
			c.keep(&c.iptc, b, "iptc")
		} else {
			c.readPhotoshop(bytes.TrimPrefix(b, photoshopID))
		}
	case "Raw profile type xmp":
		c.keep(&c.xmp, rawProfile(rest), "xmp")
	default:
		if len(c.text) >= maxBlocks || len(rest) > maxValue {
			c.miss("text_cut")
			return
		}
		if utf8Text {
			c.text[name] = text(rest)
		} else {
			c.text[name] = latin1(rest)
		}
	}
}

// inflate unpacks a compressed text, no more of it than a block may have.
func (c *container) inflate(b []byte) []byte {
	z, err := zlib.NewReader(bytes.NewReader(b))
	if err != nil {
		c.miss("text")
		return nil
	}
	defer z.Close()
	out, err := io.ReadAll(io.LimitReader(z, maxBlock+1))
	switch {
	case len(out) > maxBlock:
		c.miss("text_cut")
		return nil
	case err != nil && !errors.Is(err, zlib.ErrChecksum):
		c.miss("text")
	}
	return out
}

// rawProfile reads "\nexif\n    1234\n" and hex digits.
func rawProfile(b []byte) []byte {
	_, b, ok := bytes.Cut(bytes.TrimLeft(b, "\n"), []byte("\n"))
	if !ok {
		return nil
	}
	length, digits, ok := bytes.Cut(b, []byte("\n"))
	if !ok {
		return nil
	}
	n, err := strconv.Atoi(string(bytes.TrimSpace(length)))
	if err != nil || n <= 0 {
		return nil
	}
	clean := make([]byte, 0, len(digits))
	for _, d := range digits {
		if d > ' ' {
			clean = append(clean, d)
		}
	}
	out := make([]byte, len(clean)/2)
	k, _ := hex.Decode(out, clean[:len(clean)&^1])
	return out[:min(k, n)]
}

func (c *container) walkGIF() {
	b := c.data
	if len(b) < 13 {
		c.corrupt("no header")
		return
	}
	c.width, c.height = int(binary.LittleEndian.Uint16(b[6:])), int(binary.LittleEndian.Uint16(b[8:]))
	at := 13
	if b[10]&0x80 != 0 {
		at += 3 << (b[10]&7 + 1)
	}
	frames := 0
	for n := 0; at < len(b) && n < maxChunks; n++ {
		switch b[at] {
		case 0x3b:
			return
		case 0x2c:
			if at+10 > len(b) {
				c.miss("metadata")
				return
			}
			if frames++; frames > 1 {
				c.animated = true
			}
			flags := b[at+9]
			at += 10
			if flags&0x80 != 0 {
				at += 3 << (flags&7 + 1)
			}
			at = skipSubBlocks(b, at+1)
		case 0x21:
			if at+2 > len(b) {
				c.miss("metadata")
				return
			}
			if b[at+1] == 0xff && at+14 <= len(b) && b[at+2] == 11 && string(b[at+3:at+14]) == "XMP DataXMP" {
				// The packet stands unpacked and ends in 258 bytes that lead any reader of sub-blocks to its end.
				start := at + 14
				end := skipSubBlocks(b, start)
				if end-258 > start && end <= len(b) {
					c.keep(&c.xmp, b[start:end-258], "xmp")
				}
				at = end
				continue
			}
			if b[at+1] == 0xff && at+14 <= len(b) && b[at+2] == 11 && string(b[at+3:at+14]) == "C2PA_GIF\x01\x00\x00" {
				c.keep(&c.c2pa, joinSubBlocks(b, at+14), "c2pa")
			}
			at = skipSubBlocks(b, at+2)
		default:
			c.miss("metadata")
			return
		}
	}
	if at >= len(b) && frames == 0 {
		c.corrupt("no picture in it")
	}
}

func skipSubBlocks(b []byte, at int) int {
	for at < len(b) {
		n := int(b[at])
		at += 1 + n
		if n == 0 {
			return at
		}
	}
	return at
}

func joinSubBlocks(b []byte, at int) []byte {
	var out []byte
	for at < len(b) && b[at] != 0 && len(out) < maxBlock {
		end := min(len(b), at+1+int(b[at]))
		out = append(out, b[at+1:end]...)
		at = end
	}
	return out
}

func (c *container) walkWebP() {
	b := c.data[12:]
	for n := 0; len(b) >= 8 && n < maxChunks; n++ {
		kind, size := string(b[:4]), uint64(binary.LittleEndian.Uint32(b[4:]))
		if size > uint64(len(b)-8) {
			if kind != "VP8 " && kind != "VP8L" || c.width == 0 {
				c.miss("metadata")
			}
			size = uint64(len(b) - 8)
		}
		body := b[8 : 8+size]
		b = b[min(uint64(len(b)), 8+size+size&1):]
		switch kind {
		case "VP8X":
			if len(body) >= 10 {
				c.animated = body[0]&2 != 0
				c.width = 1 + (int(body[4]) | int(body[5])<<8 | int(body[6])<<16)
				c.height = 1 + (int(body[7]) | int(body[8])<<8 | int(body[9])<<16)
			}
		case "VP8 ":
			if len(body) >= 10 && c.width == 0 && string(body[3:6]) == "\x9d\x01\x2a" {
				c.width = int(binary.LittleEndian.Uint16(body[6:]) & 0x3fff)
				c.height = int(binary.LittleEndian.Uint16(body[8:]) & 0x3fff)
			}
		case "VP8L":
			if len(body) >= 5 && c.width == 0 && body[0] == 0x2f {
				v := binary.LittleEndian.Uint32(body[1:])
				c.width, c.height = int(v&0x3fff)+1, int(v>>14&0x3fff)+1
			}
		case "EXIF":
			c.keep(&c.exif, bytes.TrimPrefix(body, []byte("Exif\x00\x00")), "exif")
		case "XMP ", "XMP\x00":
			c.keep(&c.xmp, body, "xmp")
		case "C2PA":
			c.keep(&c.c2pa, body, "c2pa")
		}
	}
	if c.width == 0 || c.height == 0 {
		c.corrupt("no picture in it")
	}
}

func (c *container) walkBMP() {
	b := c.data
	if len(b) < 26 {
		c.corrupt("no header")
		return
	}
	if binary.LittleEndian.Uint32(b[14:]) == 12 {
		c.width, c.height = int(binary.LittleEndian.Uint16(b[18:])), int(binary.LittleEndian.Uint16(b[20:]))
		return
	}
	h := int64(int32(binary.LittleEndian.Uint32(b[22:])))
	if h < 0 {
		h = -h
	}
	if w := int32(binary.LittleEndian.Uint32(b[18:])); w > 0 {
		c.width = int(w)
	}
	c.height = int(h)
}

// walkTIFF takes the first directory: a TIFF is one big EXIF block, which may hold the other kinds of metadata.
func (c *container) walkTIFF() {
	dir, ok := openDirectory(c.data)
	if !ok {
		c.corrupt("no directory")
		return
	}
	c.exif = append(c.exif, c.data)
	for e := range dir.entries(dir.first) {
		switch e.tag {
		case 256:
			c.width = int(min(e.number(), 1<<31-1))
		case 257:
			c.height = int(min(e.number(), 1<<31-1))
		case 258:
			c.deep = e.number() > 8
		case 277:
			c.components = int(min(e.number(), 255))
		case 700:
			c.keep(&c.xmp, e.value, "xmp")
		case 33723:
			c.keep(&c.iptc, unswap(e.value), "iptc")
		case 34377:
			c.readPhotoshop(e.value)
		case 0xcd41:
			c.keep(&c.c2pa, e.value, "c2pa")
		}
	}
	if c.width == 0 || c.height == 0 {
		c.corrupt("no size")
	}
}

// unswap repairs IPTC that a writer stored as 32-bit numbers of the other byte order.
func unswap(b []byte) []byte {
	if len(b) < 4 || b[0] == 0x1c || b[3] != 0x1c {
		return b
	}
	out := make([]byte, (len(b)+3)&^3)
	copy(out, b)
	for i := 0; i+4 <= len(out); i += 4 {
		out[i], out[i+1], out[i+2], out[i+3] = out[i+3], out[i+2], out[i+1], out[i]
	}
	return out
}

// webpFrame is the first frame of an animated WebP as a file of its own; the library reads still pictures only.
func (c *container) webpFrame() ([]byte, error) {
	b := c.data[12:]
	for len(b) >= 8 {
		size := uint64(binary.LittleEndian.Uint32(b[4:]))
		if size > uint64(len(b)-8) {
			break
		}
		body := b[8 : 8+size]
		if string(b[:4]) == "ANMF" && len(body) > 16 {
			return stillWebP(body), nil
		}
		b = b[min(uint64(len(b)), 8+size+size&1):]
	}
	return nil, fmt.Errorf("decode webp: %w: no frame", ErrCorrupt)
}

// stillWebP wraps the chunks of one frame (its header of 16 bytes first) into a file.
func stillWebP(frame []byte) []byte {
	width := 1 + (int(frame[6]) | int(frame[7])<<8 | int(frame[8])<<16)
	height := 1 + (int(frame[9]) | int(frame[10])<<8 | int(frame[11])<<16)
	chunks := frame[16:]
	out := []byte("RIFF\x00\x00\x00\x00WEBP")
	if len(chunks) >= 4 && string(chunks[:4]) == "ALPH" {
		out = append(out, "VP8X\x0a\x00\x00\x00\x10\x00\x00\x00"...)
		for _, n := range []int{width - 1, height - 1} {
			out = append(out, byte(n), byte(n>>8), byte(n>>16))
		}
	}
	out = append(out, chunks...)
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	return out
}
