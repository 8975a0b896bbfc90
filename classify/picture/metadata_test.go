package picture

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"slices"
	"strings"
	"testing"

	"github.com/bep/imagemeta"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// exifEntry is an entry as it stands in a directory; value is written behind it where it is longer than four bytes.
type exifEntry struct {
	tag, kind uint16
	count     uint32
	value     []byte
}

// exifBlock writes an EXIF block with its first directory and, if there is any, the one that tagExifIFD names.
func exifBlock(order binary.AppendByteOrder, main, sub []exifEntry) []byte {
	b := []byte("II*\x00\x08\x00\x00\x00")
	if order.AppendUint16(nil, 1)[0] == 0 {
		b = []byte("MM\x00*\x00\x00\x00\x08")
	}
	size := func(list []exifEntry) int { return 2 + 12*len(list) + 4 }
	if sub != nil {
		main = append(slices.Clone(main), exifEntry{tagExifIFD, 4, 1, nil})
	}
	data := 8 + size(main)
	if sub != nil {
		data += size(sub)
	}
	var behind []byte
	write := func(list []exifEntry, next int) {
		b = order.AppendUint16(b, uint16(len(list)))
		for _, e := range list {
			b = order.AppendUint16(b, e.tag)
			b = order.AppendUint16(b, e.kind)
			b = order.AppendUint32(b, e.count)
			switch {
			case e.tag == tagExifIFD && e.value == nil:
				b = order.AppendUint32(b, uint32(next))
			case len(e.value) <= 4:
				b = append(b, append(slices.Clone(e.value), 0, 0, 0, 0)[:4]...)
			default:
				b = order.AppendUint32(b, uint32(data+len(behind)))
				behind = append(behind, e.value...)
			}
		}
		b = order.AppendUint32(b, 0)
	}
	write(main, 8+size(main))
	if sub != nil {
		write(sub, 0)
	}
	return append(b, behind...)
}

func ascii(tag uint16, s string) exifEntry {
	return exifEntry{tag, 2, uint32(len(s) + 1), append([]byte(s), 0)}
}

func segment(marker byte, parts ...any) []byte {
	var body []byte
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			body = append(body, p...)
		case []byte:
			body = append(body, p...)
		}
	}
	b := binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(body)+2))
	return append(b, body...)
}

// withSegments puts segments behind the first marker of a JPEG.
func withSegments(jpeg []byte, segments ...[]byte) []byte {
	return slices.Concat(jpeg[:2], slices.Concat(segments...), jpeg[2:])
}

func resource(id uint16, name string, body []byte) []byte {
	b := binary.BigEndian.AppendUint16([]byte("8BIM"), id)
	b = append(b, byte(len(name)))
	b = append(b, name...)
	if len(name)%2 == 0 {
		b = append(b, 0)
	}
	b = binary.BigEndian.AppendUint32(b, uint32(len(body)))
	b = append(b, body...)
	if len(body)%2 == 1 {
		b = append(b, 0)
	}
	return b
}

func dataset(record, set byte, value string) []byte {
	b := []byte{0x1c, record, set}
	return append(binary.BigEndian.AppendUint16(b, uint16(len(value))), value...)
}

// packet wraps properties into an XMP packet.
func packet(attributes, elements string) string {
	return `<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">` +
		`<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"` +
		` xmlns:plus="http://ns.useplus.org/ldf/xmp/1.0/" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" xmlns:xmpRights="http://ns.adobe.com/xap/1.0/rights/" ` +
		attributes + `>` + elements + `</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>`
}

func smallJPEG(t testing.TB) []byte { return jpegBytes(t, image.NewGray(image.Rect(0, 0, 16, 16)), 50) }

func metadataOf(t testing.TB, b []byte) Metadata {
	t.Helper()
	f, err := look(t, Options{MetadataOnly: true}, b)
	if err != nil {
		t.Fatal(err)
	}
	return f.Metadata
}

// TestMetadataFiles reads files of every format that exiftool wrote with the same values. GIF carries XMP only.
func TestMetadataFiles(t *testing.T) {
	xmp := Metadata{
		Creator: "Clara Kühn, Dirk Öz", Credit: "Agentur Süd", Copyright: "© XMP", Source: "Quelle", Instructions: "Nur redaktionell",
		Persons: []string{"Erika Muster", "Max Muster"}, ModelRelease: "MR-LMR", DigitalSourceType: "trainedAlgorithmicMedia",
		Software: "Bildprogramm 2", WebStatement: "https://example.org/rechte", Licensor: "Agentur Süd GmbH",
	}
	exif := xmp
	exif.Creator, exif.Copyright, exif.Software, exif.Description = "Jörg Müller", "© 2021 Jörg Müller", "Kamera 1.0", "Sommerfest"
	exif.Taken = "2021-07-03T15:04:05+02:00"
	all := exif
	all.Credit, all.Source, all.Instructions, all.Facebook = "Agentur Nord", "Bildbüro", "FBMD01000abc", true
	all.Headline, all.Title, all.Transmission, all.Keywords = "Überschrift", "Titel", "AS-4711", []string{"Fest", "Team"}
	for name, want := range map[string]Metadata{
		"full.jpg": all, "full.png": all, "full.tiff": all, "full.webp": exif, "full.heic": exif, "full.avif": exif, "full.gif": xmp,
	} {
		t.Run(name, func(t *testing.T) {
			b := file(t, "metadata/"+name)
			f, err := look(t, Options{MetadataOnly: true}, b)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want, f.Metadata); d != "" {
				t.Error(d)
			}
			if f.Width != 64 || f.Height != 48 || len(f.Missing) > 0 {
				t.Errorf("%d × %d, missing %v", f.Width, f.Height, f.Missing)
			}
		})
	}
}

// TestMetadataAgreesWithImagemeta has another library judge IPTC and XMP of the same file.
func TestMetadataAgreesWithImagemeta(t *testing.T) {
	b := file(t, "metadata/full.jpg")
	got := map[string]string{}
	_, err := imagemeta.Decode(imagemeta.Options{
		R: bytes.NewReader(b), ImageFormat: imagemeta.JPEG, Sources: imagemeta.IPTC | imagemeta.XMP,
		HandleTag: func(tag imagemeta.TagInfo) error {
			if s, ok := tag.Value.(string); ok {
				got[fmt.Sprintf("%v:%s", tag.Source, tag.Tag)] = s
			}
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	var m metadata
	m.left = 100
	c := open("jpeg", b)
	for _, block := range c.iptc {
		m.readIPTC(block)
	}
	for _, block := range c.xmp {
		m.readXMP(block)
	}
	for key, want := range map[string]string{
		"IPTC:Credit": m.iptc.credit, "IPTC:Source": m.iptc.source, "IPTC:CopyrightNotice": m.iptc.copyright, "IPTC:Headline": m.iptc.headline,
		"XMP:CreatorTool": m.xmp.software, "XMP:Credit": m.xmp.credit, "XMP:Instructions": m.xmp.instructions, "XMP:WebStatement": m.xmp.web,
	} {
		if want == "" || got[key] != want {
			t.Errorf("%s: %q here, %q there", key, want, got[key])
		}
	}
}

func TestReadEXIF(t *testing.T) {
	for _, tc := range []struct {
		name    string
		block   []byte
		want    Metadata
		missing []string
	}{
		{"both orders are read: little", exifBlock(binary.LittleEndian, []exifEntry{ascii(tagArtist, "Eva Lang")}, nil), Metadata{Creator: "Eva Lang"}, nil},
		{"both orders are read: big", exifBlock(binary.BigEndian, []exifEntry{ascii(tagArtist, "Eva Lang")}, nil), Metadata{Creator: "Eva Lang"}, nil},
		{"Latin-1", exifBlock(binary.BigEndian, []exifEntry{ascii(tagArtist, "J\xf6rg")}, nil), Metadata{Creator: "Jörg"}, nil},
		{"blanks are no value", exifBlock(binary.BigEndian, []exifEntry{ascii(tagArtist, "        "), ascii(tagSoftware, " x ")}, nil), Metadata{Software: "x"}, nil},
		{"two notices", exifBlock(binary.BigEndian, []exifEntry{{tagCopyright, 2, 12, []byte("Foto A\x00Red B\x00")[:12]}}, nil), Metadata{Copyright: "Foto A\nRed B"}, nil},
		{"editor only", exifBlock(binary.BigEndian, []exifEntry{{tagCopyright, 2, 8, []byte(" \x00Red B\x00")}}, nil), Metadata{Copyright: "Red B"}, nil},
		{"date", exifBlock(binary.BigEndian, nil, []exifEntry{ascii(tagTaken, "2020:02:29 08:09:10")}), Metadata{Taken: "2020-02-29T08:09:10"}, nil},
		{"date with offset", exifBlock(binary.BigEndian, nil, []exifEntry{ascii(tagTaken, "2020:02:29 08:09:10"), ascii(tagOffset, "-05:30")}), Metadata{Taken: "2020-02-29T08:09:10-05:30"}, nil},
		{"offset that is none", exifBlock(binary.BigEndian, nil, []exifEntry{ascii(tagTaken, "2020:02:29 08:09:10"), ascii(tagOffset, "hello!")}), Metadata{Taken: "2020-02-29T08:09:10"}, nil},
		{"a date of zeros is none", exifBlock(binary.BigEndian, nil, []exifEntry{ascii(tagTaken, "0000:00:00 00:00:00")}), Metadata{}, nil},
		{"a value outside the block is left out, the rest counts", exifBlock(binary.BigEndian, []exifEntry{{tagArtist, 2, 1 << 20, []byte("abcdefgh")}, ascii(tagSoftware, "Programm")}, nil), Metadata{Software: "Programm"}, nil},
		{"a number where a text should be", exifBlock(binary.BigEndian, []exifEntry{{tagArtist, 4, 1, []byte{0, 0, 0, 7}}}, nil), Metadata{}, nil},
		{"sub-directory outside", exifBlock(binary.BigEndian, []exifEntry{{tagExifIFD, 4, 1, []byte{0x7f, 0xff, 0xff, 0xff}}, ascii(tagSoftware, "Programm")}, nil), Metadata{Software: "Programm"}, []string{"exif"}},
		{"no block at all", []byte("Exif? No."), Metadata{}, []string{"exif"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f, err := look(t, Options{MetadataOnly: true}, withSegments(smallJPEG(t), segment(0xe1, "Exif\x00\x00", tc.block)))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tc.want, f.Metadata); d != "" {
				t.Error(d)
			}
			if d := cmp.Diff(tc.missing, f.Missing, cmpopts.EquateEmpty()); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestReadIPTC(t *testing.T) {
	ps := func(resources ...[]byte) []byte {
		return segment(0xed, "Photoshop 3.0\x00", slices.Concat(resources...))
	}
	credit := dataset(2, iimCredit, "dpa")
	utf8Mark := dataset(1, 90, "\x1b%G")
	for _, tc := range []struct {
		name     string
		segments [][]byte
		want     Metadata
	}{
		{"plain", [][]byte{ps(resource(0x404, "", credit))}, Metadata{Credit: "dpa"}},
		{"Windows-1252 unless something else is said", [][]byte{ps(resource(0x404, "", dataset(2, iimSource, "B\xfcro \x84x\x93")))}, Metadata{Source: "Büro „x“"}},
		{"UTF-8 as said", [][]byte{ps(resource(0x404, "", slices.Concat(utf8Mark, dataset(2, iimSource, "Büro"))))}, Metadata{Source: "Büro"}},
		{"UTF-8 that nobody announced", [][]byte{ps(resource(0x404, "", dataset(2, iimSource, "Büro")))}, Metadata{Source: "Büro"}},
		{"several authors", [][]byte{ps(resource(0x404, "", slices.Concat(dataset(2, iimByline, "A"), dataset(2, iimByline, "B"))))}, Metadata{Creator: "A, B"}},
		{"NUL at the end", [][]byte{ps(resource(0x404, "", dataset(2, iimCredit, "dpa\x00\x00")))}, Metadata{Credit: "dpa"}},
		{"behind other resources with odd names and lengths", [][]byte{ps(resource(0x3ed, "abc", []byte("xyz")), resource(0x40b, "ab", []byte("12")), resource(0x404, "name", credit))}, Metadata{Credit: "dpa"}},
		{"name without padding", [][]byte{ps([]byte("8BIM\x04\x04\x00"), []byte{0, 0, 0, byte(len(credit))}, credit)}, Metadata{Credit: "dpa"}},
		{"odd length without padding", [][]byte{ps([]byte("8BIM\x03\xed\x00\x00\x00\x00\x00\x03xyz"), resource(0x404, "", credit))}, Metadata{Credit: "dpa"}},
		{"the first of two blocks counts, field by field", [][]byte{ps(resource(0x404, "", credit), resource(0x404, "", slices.Concat(dataset(2, iimCredit, "AP"), dataset(2, iimSource, "AP"))))}, Metadata{Credit: "dpa", Source: "AP"}},
		{"over two segments", func() [][]byte {
			r := resource(0x404, "", slices.Concat(credit, dataset(2, iimHeadline, strings.Repeat("lang ", 200))))
			return [][]byte{ps(r[:100]), ps(r[100:])}
		}(), Metadata{Credit: "dpa", Headline: strings.TrimSpace(strings.Repeat("lang ", 200))}},
		{"of a version before 3.0", [][]byte{segment(0xed, "Adobe_Photoshop2.5:\x00\x00\x00\x00\x00\x00\x00\x00", resource(0x404, "", credit))}, Metadata{Credit: "dpa"}},
		{"without any resource", [][]byte{segment(0xed, dataset(2, iimCredit, "dpa"))}, Metadata{Credit: "dpa"}},
		{"extended length", [][]byte{ps(resource(0x404, "", append([]byte{0x1c, 2, iimCredit, 0x80, 4, 0, 0, 0, 3}, "dpa"...)))}, Metadata{Credit: "dpa"}},
		{"swapped bytes", [][]byte{ps(resource(0x404, "", unswapped(credit)))}, Metadata{Credit: "dpa"}},
		{"date", [][]byte{ps(resource(0x404, "", slices.Concat(dataset(2, iimDate, "20200229"), dataset(2, iimTime, "080910+0100"))))}, Metadata{Taken: "2020-02-29T08:09:10+01:00"}},
		{"date with separators", [][]byte{ps(resource(0x404, "", dataset(2, iimDate, "2020-02-29")))}, Metadata{Taken: "2020-02-29"}},
		{"Facebook's mark", [][]byte{ps(resource(0x404, "", dataset(2, iimInstructions, "FBMD0a000a6f0100")))}, Metadata{Instructions: "FBMD0a000a6f0100", Facebook: true}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if d := cmp.Diff(tc.want, metadataOf(t, withSegments(smallJPEG(t), tc.segments...))); d != "" {
				t.Error(d)
			}
		})
	}
}

// unswapped turns every four bytes around, as some writers stored them.
func unswapped(b []byte) []byte {
	out := append(slices.Clone(b), make([]byte, -len(b)&3)...)
	for i := 0; i < len(out); i += 4 {
		slices.Reverse(out[i : i+4])
	}
	return out
}

func TestReadXMP(t *testing.T) {
	for _, tc := range []struct {
		name, packet string
		want         Metadata
	}{
		{"attributes", packet(`photoshop:Credit="dpa" xmp:CreatorTool="Werkzeug"`, ""), Metadata{Credit: "dpa", Software: "Werkzeug"}},
		{"elements", packet("", "<photoshop:Credit>  dpa &amp; Co </photoshop:Credit>"), Metadata{Credit: "dpa & Co"}},
		{"a list", packet("", "<dc:creator><rdf:Seq><rdf:li>A</rdf:li><rdf:li>B</rdf:li></rdf:Seq></dc:creator>"), Metadata{Creator: "A, B"}},
		{"the default of several languages", packet("", `<dc:rights><rdf:Alt><rdf:li xml:lang="de">Rechte</rdf:li><rdf:li xml:lang="x-default">Rights</rdf:li></rdf:Alt></dc:rights>`), Metadata{Copyright: "Rights"}},
		{"the only language", packet("", `<dc:rights><rdf:Alt><rdf:li xml:lang="de">Rechte</rdf:li></rdf:Alt></dc:rights>`), Metadata{Copyright: "Rechte"}},
		{"a term as text", packet("", "<plus:DataMining>http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED-AIMLTRAINING</plus:DataMining>"), Metadata{DataMining: "DMI-PROHIBITED-AIMLTRAINING"}},
		{"a term as address", packet("", `<plus:DataMining rdf:resource="http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED"/>`), Metadata{DataMining: "DMI-PROHIBITED"}},
		{"a term in short", packet(`plus:ModelReleaseStatus="plus:MR-UMR"`, ""), Metadata{ModelRelease: "MR-UMR"}},
		{"source type", packet(`Iptc4xmpExt:DigitalSourceType="https://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"`, ""), Metadata{DigitalSourceType: "compositeWithTrainedAlgorithmicMedia"}},
		{"persons", packet("", "<Iptc4xmpExt:PersonInImage><rdf:Bag><rdf:li>Eva</rdf:li><rdf:li>Max</rdf:li></rdf:Bag></Iptc4xmpExt:PersonInImage>"), Metadata{Persons: []string{"Eva", "Max"}}},
		{"licensor as a structure", packet("", `<plus:Licensor><rdf:Seq><rdf:li rdf:parseType="Resource"><plus:LicensorURL>https://example.org</plus:LicensorURL><plus:LicensorName>Agentur</plus:LicensorName></rdf:li></rdf:Seq></plus:Licensor>`), Metadata{Licensor: "Agentur"}},
		{"licensor in attributes", packet("", `<plus:Licensor><rdf:Seq><rdf:li><rdf:Description plus:LicensorURL="https://example.org"/></rdf:li></rdf:Seq></plus:Licensor>`), Metadata{Licensor: "https://example.org"}},
		{"what belongs to an ingredient is not the file's", packet("", `<xmp:History><rdf:Seq><rdf:li><rdf:Description photoshop:Credit="fremd"><photoshop:Source>fremd</photoshop:Source></rdf:Description></rdf:li></rdf:Seq></xmp:History>`), Metadata{}},
		{"other prefixes for the same names", `<x:xmpmeta xmlns:x="adobe:ns:meta/"><r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><r:Description xmlns:q="http://ns.adobe.com/photoshop/1.0/" q:Credit="dpa"/></r:RDF></x:xmpmeta>`, Metadata{Credit: "dpa"}},
		{"the same prefix for another name", packet(`xmlns:photoshop="http://example.org/"`, ""), Metadata{}},
		{"a packet that breaks off", strings.TrimSuffix(packet("", "<photoshop:Credit>dpa</photoshop:Credit><photoshop:Source>x"), `</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>`), Metadata{Credit: "dpa"}},
		{"tiff and exif names", packet(`xmlns:tiff="http://ns.adobe.com/tiff/1.0/" xmlns:exif="http://ns.adobe.com/exif/1.0/" tiff:Artist="Eva" tiff:Software="Kamera" exif:DateTimeOriginal="2020-02-29T08:09:10+01:00"`, ""), Metadata{Creator: "Eva", Software: "Kamera", Taken: "2020-02-29T08:09:10+01:00"}},
		{"no entity of its own is expanded", `<!DOCTYPE x [<!ENTITY a "dpa">]>` + packet("", "<photoshop:Credit>&a;</photoshop:Credit>"), Metadata{Credit: "&a;"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := withSegments(smallJPEG(t), segment(0xe1, xmpID, tc.packet))
			if d := cmp.Diff(tc.want, metadataOf(t, b)); d != "" {
				t.Error(d)
			}
		})
	}
	t.Run("UTF-16", func(t *testing.T) {
		var wide []byte
		for _, c := range packet(`photoshop:Credit="dpa"`, "") {
			wide = append(wide, byte(c>>8), byte(c))
		}
		if got := metadataOf(t, withSegments(smallJPEG(t), segment(0xe1, xmpID, wide))).Credit; got != "dpa" {
			t.Errorf("credit %q", got)
		}
	})
}

// TestExtendedXMP joins a packet over segments, and only the one that the main packet names.
func TestExtendedXMP(t *testing.T) {
	const id, other = "0123456789ABCDEF0123456789ABCDEF", "FEDCBA9876543210FEDCBA9876543210"
	long := packet("", "<photoshop:Source>"+strings.Repeat("x", 300)+"</photoshop:Source><photoshop:Instructions>Nur Presse</photoshop:Instructions>")
	part := func(id, whole string, from, to int) []byte {
		head := binary.BigEndian.AppendUint32([]byte(id), uint32(len(whole)))
		return segment(0xe1, xmpExtID, binary.BigEndian.AppendUint32(head, uint32(from)), whole[from:to])
	}
	main := segment(0xe1, xmpID, packet(`xmlns:xmpNote="http://ns.adobe.com/xmp/note/" xmpNote:HasExtendedXMP="`+id+`"`, ""))
	stray := packet(`photoshop:Credit="fremd"`, "")
	f, err := look(t, Options{MetadataOnly: true}, withSegments(smallJPEG(t), main,
		part(id, long, 0, 200), part(id, long, 200, 600), part(other, stray, 0, len(stray)), part(id, long, 600, len(long))))
	if err != nil {
		t.Fatal(err)
	}
	want := Metadata{Source: strings.Repeat("x", 300), Instructions: "Nur Presse"}
	if d := cmp.Diff(want, f.Metadata); d != "" || len(f.Missing) > 0 {
		t.Error(d, f.Missing)
	}
	f, err = look(t, Options{MetadataOnly: true}, withSegments(smallJPEG(t), main, part(id, long, 0, 200)))
	if err != nil || !slices.Contains(f.Missing, "xmp_cut") {
		t.Errorf("a packet without its end: error %v, missing %v", err, f.Missing)
	}
}

func TestPrecedence(t *testing.T) {
	exif := segment(0xe1, "Exif\x00\x00", exifBlock(binary.BigEndian, []exifEntry{ascii(tagArtist, "E")}, nil))
	iptc := segment(0xed, "Photoshop 3.0\x00", resource(0x404, "", slices.Concat(dataset(2, iimByline, "I"), dataset(2, iimCopyright, "I"))))
	xmp := segment(0xe1, xmpID, packet(`photoshop:Credit="X"`, "<dc:creator><rdf:Seq><rdf:li>X</rdf:li></rdf:Seq></dc:creator><dc:rights><rdf:Alt><rdf:li xml:lang=\"x-default\">X</rdf:li></rdf:Alt></dc:rights>"))
	want := Metadata{Creator: "E", Copyright: "I", Credit: "X"}
	for _, order := range [][][]byte{{exif, iptc, xmp}, {xmp, iptc, exif}, {iptc, exif, xmp}} {
		if d := cmp.Diff(want, metadataOf(t, withSegments(smallJPEG(t), order...))); d != "" {
			t.Error(d)
		}
	}
}

func chunk(kind string, body []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	b = append(b, kind...)
	b = append(b, body...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

// withChunks puts chunks behind the header of a PNG.
func withChunks(png []byte, chunks ...[]byte) []byte {
	return slices.Concat(png[:33], slices.Concat(chunks...), png[33:])
}

func deflated(b []byte) []byte {
	var out bytes.Buffer
	z := zlib.NewWriter(&out)
	z.Write(b)
	z.Close()
	return out.Bytes()
}

func TestPNGText(t *testing.T) {
	small := pngBytes(t, image.NewGray(image.Rect(0, 0, 4, 4)))
	hexed := func(kind string, b []byte) string { return fmt.Sprintf("\n%s\n%8d\n%x\n", kind, len(b), b) }
	iptc := resource(0x404, "", dataset(2, iimCredit, "dpa"))
	for _, tc := range []struct {
		name  string
		chunk []byte
		want  Metadata
	}{
		{"Latin-1", chunk("tEXt", []byte("Author\x00J\xf6rg")), Metadata{Creator: "Jörg"}},
		{"packed", chunk("zTXt", append([]byte("Copyright\x00\x00"), deflated([]byte("(c) Firma"))...)), Metadata{Copyright: "(c) Firma"}},
		{"UTF-8", chunk("iTXt", []byte("Software\x00\x00\x00de\x00Programm\x00Größe")), Metadata{Software: "Größe"}},
		{"XMP, packed", chunk("iTXt", append([]byte("XML:com.adobe.xmp\x00\x01\x00\x00\x00"), deflated([]byte(packet(`photoshop:Credit="dpa"`, "")))...)), Metadata{Credit: "dpa"}},
		{"IPTC as hex digits", chunk("zTXt", append([]byte("Raw profile type iptc\x00\x00"), deflated([]byte(hexed("iptc", iptc)))...)), Metadata{Credit: "dpa"}},
		{"EXIF as hex digits", chunk("zTXt", append([]byte("Raw profile type exif\x00\x00"), deflated([]byte(hexed("exif", append([]byte("Exif\x00\x00"), exifBlock(binary.BigEndian, []exifEntry{ascii(tagArtist, "Eva")}, nil)...))))...)), Metadata{Creator: "Eva"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if d := cmp.Diff(tc.want, metadataOf(t, withChunks(small, tc.chunk))); d != "" {
				t.Error(d)
			}
		})
	}
}

// Content Credentials.

func isoBox(kind string, parts ...[]byte) []byte {
	body := slices.Concat(parts...)
	b := binary.BigEndian.AppendUint32(nil, uint32(8+len(body)))
	return append(append(b, kind...), body...)
}

func superbox(label string, parts ...[]byte) []byte {
	return isoBox("jumb", append([][]byte{isoBox("jumd", make([]byte, 16), []byte{3}, []byte(label+"\x00"))}, parts...)...)
}

// cborText, cborMap and cborList write what the tests need of CBOR.
func cborText(s string) []byte {
	if len(s) < 24 {
		return append([]byte{0x60 | byte(len(s))}, s...)
	}
	return append([]byte{0x78, byte(len(s))}, s...)
}

func cborMap(pairs ...any) []byte {
	b := []byte{0xa0 | byte(len(pairs)/2)}
	for _, p := range pairs {
		switch p := p.(type) {
		case string:
			b = append(b, cborText(p)...)
		case []byte:
			b = append(b, p...)
		}
	}
	return b
}

func c2paStore() []byte {
	training := superbox("c2pa.training-mining", isoBox("cbor", cborMap("entries", cborMap(
		"c2pa.ai_training", cborMap("use", "notAllowed"), "c2pa.data_mining", cborMap("use", "constrained")))))
	actions := superbox("c2pa.actions.v2__1", isoBox("cbor", cborMap("actions", append([]byte{0x81}, cborMap(
		"action", "c2pa.created", "when", []byte{0xc0, 0x61, 'x'}, "digitalSourceType", "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia")...))))
	ingredient := superbox("urn:uuid:1", superbox("c2pa.assertions", superbox("stds.exif")))
	active := superbox("urn:uuid:2", superbox("c2pa.assertions", training, actions), superbox("c2pa.claim"))
	return superbox("c2pa", ingredient, active)
}

func TestC2PA(t *testing.T) {
	store := c2paStore()
	jp := func(seq uint32, body []byte) []byte {
		return segment(0xeb, "JP\x00\x01", binary.BigEndian.AppendUint32(nil, seq), body)
	}
	want := Metadata{
		C2PA: []string{
			"c2pa.training-mining", "c2pa.training-mining:notAllowed", "c2pa.ai_training:notAllowed",
			"c2pa.training-mining:constrained", "c2pa.data_mining:constrained", "c2pa.actions.v2", "c2pa.actions:trainedAlgorithmicMedia",
		},
		DigitalSourceType: "trainedAlgorithmicMedia",
	}
	uuid := isoBox("uuid", uuidC2PA, make([]byte, 4), []byte("manifest\x00"), make([]byte, 8), store)
	film := slices.Concat(isoBox("ftyp", []byte("isom\x00\x00\x00\x00")), uuid, movieBox(320, 240, false))
	for name, b := range map[string][]byte{
		"jpeg, one segment":  withSegments(smallJPEG(t), jp(1, store)),
		"jpeg, two segments": withSegments(smallJPEG(t), jp(1, store[:200]), jp(2, append(slices.Clone(store[:8]), store[200:]...))),
		"png":                withChunks(pngBytes(t, image.NewGray(image.Rect(0, 0, 4, 4))), chunk("caBX", store)),
		"avif":               append(file(t, "metadata/full.avif")[:0:0], append(file(t, "plain.avif"), uuid...)...),
		"mp4":                film,
	} {
		t.Run(name, func(t *testing.T) {
			if d := cmp.Diff(want, metadataOf(t, b), cmpopts.IgnoreFields(Metadata{}, "Taken")); d != "" {
				t.Error(d)
			}
		})
	}
	t.Run("cut", func(t *testing.T) {
		if got := metadataOf(t, withSegments(smallJPEG(t), jp(1, store[:60]))).C2PA; !slices.Equal(got, []string{"present"}) {
			t.Errorf("got %q", got)
		}
	})
}

// Limits.

func TestMetadataLimits(t *testing.T) {
	var sets []byte
	for i := range 60 {
		sets = append(sets, dataset(2, iimKeyword, fmt.Sprint("wort ", i))...)
	}
	b := withSegments(smallJPEG(t), segment(0xed, "Photoshop 3.0\x00", resource(0x404, "", sets)))
	f, err := NewLooker(Options{MetadataOnly: true}).Look(t.Context(), bytes.NewReader(b), Limits{Fields: 50})
	if err != nil || len(f.Metadata.Keywords) != 50 || !slices.Contains(f.Missing, "metadata_cut") {
		t.Errorf("%d keywords, missing %v, error %v", len(f.Metadata.Keywords), f.Missing, err)
	}
	long := strings.Repeat("ä", maxValue)
	f, err = look(t, Options{MetadataOnly: true}, withSegments(smallJPEG(t), segment(0xe1, xmpID, packet(`photoshop:Credit="`+long+`"`, ""))))
	if err != nil || len(f.Metadata.Credit) != maxValue || !slices.Contains(f.Missing, "metadata_cut") {
		t.Errorf("%d bytes, missing %v, error %v", len(f.Metadata.Credit), f.Missing, err)
	}
}
