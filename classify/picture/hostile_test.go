package picture

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// hostile are files made to cost more than they look. Each has the error and the code that it must end with, and a
// bound of what it may allocate on the way.
func hostile(t testing.TB) []hostileFile {
	jpg, pic := smallJPEG(t), pngBytes(t, image.NewGray(image.Rect(0, 0, 8, 8)))
	exif := func(b []byte) []byte { return withSegments(jpg, segment(0xe1, "Exif\x00\x00", b)) }
	sized := func(b []byte, marker []byte, at int, w, h uint16) []byte {
		b = slices.Clone(b)
		i := bytes.Index(b, marker) + at
		binary.BigEndian.PutUint16(b[i:], h)
		binary.BigEndian.PutUint16(b[i+2:], w)
		return b
	}
	header := func(w, h uint32, depth, kind byte) []byte {
		b := binary.BigEndian.AppendUint32(nil, w)
		b = binary.BigEndian.AppendUint32(b, h)
		return append([]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", append(b, depth, kind, 0, 0, 0))...)
	}
	return []hostileFile{
		// 90 bytes that make goexif allocate 12 GiB when it is asked directly: a count whose product overflows 32 bits.
		{"EXIF that claims 12 GiB", exif(exifBlock(binary.BigEndian, []exifEntry{{0x010f, 12, 0x60000001, []byte{0, 0, 0, 8}}, {tagArtist, 5, 0x20000001, []byte{0, 0, 0, 8}}, {tagCopyright, 2, 0xfffffffe, []byte{0, 0, 0, 8}}}, nil)), nil, "", 4 << 20},
		{"EXIF directory that names itself", exif(exifBlock(binary.BigEndian, []exifEntry{{tagExifIFD, 4, 1, []byte{0, 0, 0, 8}}}, nil)), nil, "exif", 4 << 20},
		{"EXIF directory of 65,535 entries", exif(append([]byte("MM\x00*\x00\x00\x00\x08\xff\xff"), bytes.Repeat([]byte{0x01, 0x3b, 0, 2, 0, 0, 0, 1, 'x', 0, 0, 0}, 5000)...)), nil, "", 4 << 20},
		{"JPEG of 65,535 × 65,535", sized(jpg, []byte{0xff, 0xc0}, 5, 65535, 65535), ErrTooLarge, "pixels", 4 << 20},
		{"JPEG that claims more than it has", sized(jpg, []byte{0xff, 0xc0}, 5, 4000, 4000), ErrCorrupt, "pixels", 64 << 20},
		{"JPEG of nothing but markers", append([]byte{0xff, 0xd8}, bytes.Repeat([]byte{0xff, 0xd0}, 1<<20)...), ErrCorrupt, "pixels", 16 << 20},
		{"JPEG with 10,000 scans", endlessScans(t), nil, "", 64 << 20},
		{"PNG of 2,147,483,647 × 2,147,483,647", append(header(1<<31-1, 1<<31-1, 8, 6), pic[33:]...), ErrTooLarge, "pixels", 4 << 20},
		{"PNG of 10,000 × 10,000 in 16 bits: too much for the memory of all", append(header(10000, 10000, 16, 6), chunk("IDAT", nil)...), ErrTooLarge, "pixels", 4 << 20},
		{"PNG text that unpacks to 256 MiB", withChunks(pic, chunk("zTXt", append([]byte("Author\x00\x00"), bomb(256<<20)...))), nil, "text_cut", 96 << 20},
		{"XMP that expands entities", withSegments(jpg, segment(0xe1, xmpID, laughs())), nil, "", 8 << 20},
		{"XMP of a million levels", withChunks(pic, chunk("iTXt", []byte("XML:com.adobe.xmp\x00\x00\x00\x00\x00"+strings.Repeat("<a>", 1<<20)))), nil, "xmp_cut", 48 << 20},
		{"XMP with a million prefixes", withChunks(pic, chunk("iTXt", []byte("XML:com.adobe.xmp\x00\x00\x00\x00\x00<a "+strings.Repeat(`xmlns:b="c" `, 1<<18)+"/>"))), nil, "", 192 << 20},
		{"extended XMP that claims 4 GiB", withSegments(jpg, segment(0xe1, xmpExtID, strings.Repeat("A", 32), "\xff\xff\xff\xff\x00\x00\x00\x00", "x")), nil, "xmp_cut", 4 << 20},
		{"IPTC of 8 bytes' length", withSegments(jpg, segment(0xed, "Photoshop 3.0\x00", resource(0x404, "", []byte("\x1c\x02\x50\x80\x08\xff\xff\xff\xff\xff\xff\xff\xff")))), nil, "iptc", 4 << 20},
		{"GIF of 65,535 × 65,535", gifHeader(65535, 65535), ErrTooLarge, "pixels", 4 << 20},
		{"GIF of 10,000 frames", gifFrames(t, 10000), nil, "", 8 << 20},
		{"TIFF whose strips lie", tiffLies(), ErrCorrupt, "pixels", 64 << 20},
		{"WebP of 16,384 × 16,384", []byte("RIFF\x1e\x00\x00\x00WEBPVP8L\x0a\x00\x00\x00\x2f\xff\xff\xff\x0f\x00\x00\x00\x00\x00"), ErrTooLarge, "pixels", 4 << 20},
		{"BMP of 2,147,483,647 rows", bmpHeaderOf(1000, 1<<31-1), ErrTooLarge, "pixels", 4 << 20},
		{"BMP turned over, the smallest number", bmpHeaderOf(1000, 1<<31), ErrTooLarge, "pixels", 4 << 20},
		{"HEIF with 65,535 items and extents", heifLies(), ErrCorrupt, "", 16 << 20},
		{"HEIF boxes in boxes", nested("meta", 1<<16), ErrCorrupt, "", 16 << 20},
		{"Content Credentials in Content Credentials", withSegments(jpg, segment(0xeb, "JP\x00\x01\x00\x00\x00\x01", nested("jumb", 7000))), nil, "", 8 << 20},
		{"film whose boxes claim 9 exabytes", slices.Concat(isoBox("ftyp", []byte("isom\x00\x00\x02\x00")), []byte("\x00\x00\x00\x01moov\x7f\xff\xff\xff\xff\xff\xff\xff"), movieBox(640, 360, false)[8:]), nil, "", 8 << 20},
		{"film with a million boxes", slices.Concat(isoBox("ftyp", []byte("isom\x00\x00\x02\x00")), isoBox("moov", bytes.Repeat(isoBox("free"), 1<<20))), nil, "metadata_cut", 96 << 20},
		{"Matroska in Matroska", append([]byte("\x1aE\xdf\xa3\x80"), bytes.Repeat([]byte("\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff"), 5000)...), nil, "", 8 << 20},
	}
}

type hostileFile struct {
	name  string
	bytes []byte
	err   error
	code  string // in Facts.Missing; "" where none is wanted
	alloc uint64
}

// bomb is n zero bytes, packed.
func bomb(n int64) []byte {
	var out bytes.Buffer
	z, _ := zlib.NewWriterLevel(&out, zlib.BestSpeed)
	io.CopyN(z, zeros{}, n)
	z.Close()
	return out.Bytes()
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func laughs() string {
	s := `<!DOCTYPE l [<!ENTITY l0 "ha">`
	for i := range 20 {
		s += fmt.Sprintf(`<!ENTITY l%d "%s">`, i+1, strings.Repeat(fmt.Sprintf("&l%d;", i), 10))
	}
	return s + "]>" + packet("", "<photoshop:Credit>&l20;</photoshop:Credit>")
}

// endlessScans repeats the second scan of a progressive picture, the first one of luma's frequencies: legal, and each
// time a pass over the picture.
func endlessScans(t testing.TB) []byte {
	b := file(t, "progressive.jpg")
	at := bytes.Index(b, []byte{0xff, 0xda}) + 2
	at += bytes.Index(b[at:], []byte{0xff, 0xda})
	end := at + 2
	for b[end] != 0xff || b[end+1] == 0 {
		end++
	}
	return slices.Concat(b[:end], bytes.Repeat(b[at:end], 10000), b[end:])
}

func gifHeader(w, h uint16) []byte {
	b := binary.LittleEndian.AppendUint16([]byte("GIF89a"), w)
	b = binary.LittleEndian.AppendUint16(b, h)
	b = append(b, 0, 0, 0, 0x2c, 0, 0, 0, 0)
	b = binary.LittleEndian.AppendUint16(b, w)
	b = binary.LittleEndian.AppendUint16(b, h)
	return append(b, 0, 8, 1, 0, 0, 0x3b)
}

func gifFrames(t testing.TB, n int) []byte {
	frame := image.NewPaletted(image.Rect(0, 0, 64, 64), color.Palette{color.Black, color.White})
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, &gif.GIF{Image: []*image.Paletted{frame, frame}, Delay: []int{1, 1}}); err != nil {
		t.Fatal(err)
	}
	second := bytes.LastIndex(b.Bytes(), []byte{0x21, 0xf9})
	tail := b.Bytes()[second : b.Len()-1]
	return slices.Concat(b.Bytes()[:second], bytes.Repeat(tail, n-1), []byte{0x3b})
}

// tiffLies claims 5,000 × 5,000 pixels in strips that are not there.
func tiffLies() []byte {
	le := binary.LittleEndian
	long := func(tag uint16, v uint32) exifEntry { return exifEntry{tag, 4, 1, le.AppendUint32(nil, v)} }
	return exifBlock(le, []exifEntry{
		long(256, 5000), long(257, 5000), long(258, 8), long(259, 1), long(262, 1), long(273, 0xfffffff0), long(277, 1), long(278, 5000), long(279, 0xffffffff),
	}, nil)
}

func bmpHeaderOf(w, h uint32) []byte {
	le := binary.LittleEndian
	b := append([]byte("BM\x00\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00"), 40, 0, 0, 0)
	b = le.AppendUint32(b, w)
	b = le.AppendUint32(b, h)
	b = append(b, 1, 0, 24, 0)
	return append(b, make([]byte, 24)...)
}

func heifLies() []byte {
	iloc := append([]byte{0, 0, 0, 0, 0x44, 0x00, 0xff, 0xff}, bytes.Repeat([]byte{0, 1, 0, 0, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff}, 3000)...)
	ipma := append([]byte{0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff}, bytes.Repeat([]byte{0, 1, 255}, 3000)...)
	infe := isoBox("infe", []byte{2, 0, 0, 0, 0, 1, 0, 0}, []byte("Exif\x00"))
	return slices.Concat(isoBox("ftyp", []byte("heic\x00\x00\x00\x00heic")),
		isoBox("meta", make([]byte, 4), isoBox("iloc", iloc), isoBox("iinf", []byte{0, 0, 0, 0, 0xff, 0xff}, infe), isoBox("iprp", isoBox("ipma", ipma))))
}

func nested(kind string, n int) []byte {
	b := make([]byte, 8*n)
	for i := range n {
		binary.BigEndian.PutUint32(b[8*i:], uint32(len(b)-8*i))
		copy(b[8*i+4:], kind)
	}
	if kind == "meta" {
		return append(isoBox("ftyp", []byte("heic\x00\x00\x00\x00heic")), b...)
	}
	return b
}

func TestHostile(t *testing.T) {
	people, err := BuiltinPeople()
	if err != nil {
		t.Fatal(err)
	}
	look(t, Options{People: people}, smallJPEG(t)) // tables are made once
	for _, tc := range hostile(t) {
		t.Run(tc.name, func(t *testing.T) {
			l := NewLooker(Options{People: people})
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			begun := time.Now()
			f, err := l.Look(t.Context(), bytes.NewReader(tc.bytes), Limits{})
			took := time.Since(begun)
			runtime.ReadMemStats(&after)
			if tc.err == nil && err != nil || tc.err != nil && !errors.Is(err, tc.err) {
				t.Errorf("error %v, want %v", err, tc.err)
			}
			if f == nil || f.Format == "" {
				t.Fatalf("facts %+v", f)
			}
			if tc.code != "" && !slices.Contains(f.Missing, tc.code) {
				t.Errorf("missing %v, want %q", f.Missing, tc.code)
			}
			if err != nil && f.People != nil {
				t.Errorf("%d people where nobody could look", *f.People)
			}
			// The count is that of the whole process: pools that the collector emptied in between are filled again, and the
			// race detector has needs of its own. What the bound is for is a thousand times as large.
			const slack = 4 << 20
			if n := after.TotalAlloc - before.TotalAlloc; n > tc.alloc+slack {
				t.Errorf("%d KiB allocated, bound %d", n>>10, tc.alloc>>10)
			}
			// A generous bound: it tells seconds from hours, on a busy machine too.
			if took > 30*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

// TestScansAreBounded wants a picture of a few kilobytes to cost no more passes than maxScans.
func TestScansAreBounded(t *testing.T) {
	b := endlessScans(t)
	if n := bytes.Count(b[:lastScan(b, false)], []byte{0xff, 0xda}); n != maxScans {
		t.Errorf("%d scans are decoded, want %d", n, maxScans)
	}
}

// TestDamage cuts good files at many places and turns bits: facts or an error, never a panic.
func TestDamage(t *testing.T) {
	for _, name := range []string{"metadata/full.jpg", "metadata/full.png", "metadata/full.webp", "metadata/full.tiff", "metadata/full.gif", "metadata/full.heic", "metadata/full.avif", "animated.webp", "progressive.jpg"} {
		b := file(t, name)
		l := NewLooker(Options{MetadataOnly: true})
		for i := range 64 {
			if _, err := l.Look(t.Context(), bytes.NewReader(b[:len(b)*i/64]), Limits{}); broke(err) {
				t.Errorf("%s cut at %d/64: %v", name, i, err)
			}
			flipped := slices.Clone(b)
			for k := i; k < len(b); k += 331 {
				flipped[k] ^= 1 << (i & 7)
			}
			if _, err := l.Look(t.Context(), bytes.NewReader(flipped), Limits{}); broke(err) {
				t.Errorf("%s with bits turned from %d: %v", name, i, err)
			}
		}
	}
}

func broke(err error) bool { return err != nil && strings.Contains(err.Error(), "reader broke") }
