package picture

import (
	"bytes"
	"encoding/binary"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/rwcarlsen/goexif/tiff"
	"golang.org/x/text/encoding/charmap"
)

// maxValue is how many bytes of one metadata value are kept: more than the longest caption, less than hidden cargo.
const maxValue = 10 << 10

// metadata collects values from all blocks of a file. Of several values for one field the first one that is not empty
// counts, in the order EXIF, IPTC, XMP, the format's own texts: the order in which the Metadata Working Group reads.
type metadata struct {
	left        int // values that may still be kept
	orientation int
	missing     []string

	exif, iptc, xmp, own values
	licensor             string
	c2pa                 []string
	c2paSource           string
}

// values holds what one kind of block says, by field.
type values struct {
	creator, credit, copyright, source, instructions, software, taken       string
	title, headline, description, transmission, web                         string
	persons, keywords                                                       []string
	creators                                                                []string
	modelRelease, dataMining, digitalSource, tiffArtist, tiffCopy, tiffSoft string
	date, clock, caption                                                    string
}

func (m *metadata) miss(code string) {
	if !slices.Contains(m.missing, code) {
		m.missing = append(m.missing, code)
	}
}

// take cuts a value to what is kept and counts it. It returns "" once there are too many.
func (m *metadata) take(s string) string {
	s = strings.TrimSpace(s)
	if s == "" {
		return ""
	}
	if m.left <= 0 {
		m.miss("metadata_cut")
		return ""
	}
	m.left--
	if len(s) > maxValue {
		m.miss("metadata_cut")
		s = strings.TrimSpace(strings.ToValidUTF8(s[:maxValue], ""))
	}
	return s
}

// set fills a field that is still empty.
func (m *metadata) set(to *string, s string) {
	if *to == "" {
		*to = m.take(s)
	}
}

// add appends a value to a list, once.
func (m *metadata) add(to *[]string, s string) {
	if s = m.take(s); s != "" && !slices.Contains(*to, s) {
		*to = append(*to, s)
	}
}

// settle decides which of the values stand in the facts. PNG's own keywords come last.
func (m *metadata) settle(own map[string]string) Metadata {
	for key, to := range map[string]*string{
		"Author": &m.own.creator, "Copyright": &m.own.copyright, "Software": &m.own.software, "Source": &m.own.source,
		"Title": &m.own.title, "Description": &m.own.description,
	} {
		m.set(to, own[key])
	}
	first := func(of func(v *values) string) string {
		for _, v := range []*values{&m.exif, &m.iptc, &m.xmp, &m.own} {
			if s := of(v); s != "" {
				return s
			}
		}
		return ""
	}
	md := Metadata{
		Creator: first(func(v *values) string {
			if len(v.creators) > 0 {
				return strings.Join(v.creators, ", ")
			}
			return or(v.creator, v.tiffArtist)
		}),
		Credit:       first(func(v *values) string { return v.credit }),
		Copyright:    first(func(v *values) string { return or(v.copyright, v.tiffCopy) }),
		Source:       first(func(v *values) string { return v.source }),
		Instructions: first(func(v *values) string { return v.instructions }),
		Persons:      m.xmp.persons,
		ModelRelease: m.xmp.modelRelease,
		DataMining:   m.xmp.dataMining,
		Software:     first(func(v *values) string { return or(v.software, v.tiffSoft) }),
		Taken:        or(first(func(v *values) string { return v.taken }), m.xmp.date),
		Title:        first(func(v *values) string { return v.title }),
		Headline:     first(func(v *values) string { return v.headline }),
		Description:  first(func(v *values) string { return or(v.description, v.caption) }),
		Transmission: first(func(v *values) string { return v.transmission }),
		WebStatement: m.xmp.web,
		Licensor:     m.licensor,
		C2PA:         m.c2pa,
	}
	md.DigitalSourceType = or(m.xmp.digitalSource, m.c2paSource)
	md.Keywords = slices.Clone(m.iptc.keywords)
	for _, k := range m.xmp.keywords {
		if !slices.Contains(md.Keywords, k) {
			md.Keywords = append(md.Keywords, k)
		}
	}
	md.Facebook = strings.HasPrefix(m.iptc.instructions, "FBMD") || strings.HasPrefix(m.xmp.instructions, "FBMD")
	return md
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// vocabulary is the code at the end of a term's address.
func vocabulary(s string) string {
	s = strings.TrimRight(strings.TrimSpace(s), "/")
	if i := strings.LastIndexByte(s, '/'); i >= 0 {
		return s[i+1:]
	}
	if i := strings.LastIndexByte(s, ':'); i >= 0 {
		return s[i+1:]
	}
	return s
}

// text reads bytes that ought to be UTF-8: what is not is taken for Windows-1252, as older programs wrote it.
func text(b []byte) string {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	if !utf8.Valid(b) {
		return latin1(b)
	}
	return printable(string(b))
}

// latin1 reads bytes as Windows-1252, which is Latin-1 with quotation marks.
func latin1(b []byte) string {
	ascii := true
	for _, c := range b {
		ascii = ascii && c < 0x80
	}
	if ascii {
		return printable(string(b))
	}
	s, err := charmap.Windows1252.NewDecoder().Bytes(b)
	if err != nil {
		return printable(strings.ToValidUTF8(string(b), "\uFFFD"))
	}
	return printable(string(s))
}

// printable drops control characters but line breaks and tabs: they mean nothing, and workbooks refuse them.
func printable(s string) string {
	if strings.IndexFunc(s, isControl) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		if isControl(r) {
			return -1
		}
		return r
	}, s)
}

func isControl(r rune) bool {
	return r < ' ' && r != '\n' && r != '\t' && r != '\r' || r == 0x7f || r == 0xfffe || r == 0xffff
}

// EXIF.

// directory is an EXIF block or a TIFF file whose directories are walked with sums that cannot overflow, before
// anything of it is handed to goexif: that library believes what a directory claims (a file of 90 bytes made it
// allocate 12 GiB), and gives up at the first directory that it dislikes.
type directory struct {
	b     []byte
	order binary.ByteOrder
	first uint32
}

// entry is one checked entry of a directory. Value has the bytes that it claims, all of them inside the block.
type entry struct {
	tag   uint16
	kind  uint16
	count uint32
	value []byte
	at    int // of the entry itself
	order binary.ByteOrder
}

// kindSize is the size of one value of each TIFF type; 129 is EXIF 3's UTF-8.
var kindSize = map[uint16]uint64{1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 129: 1}

// maxEntries is how many entries of one directory are looked at; cameras write about sixty.
const maxEntries = 4096

func openDirectory(b []byte) (directory, bool) {
	d := directory{b: b}
	if len(b) < 8 {
		return d, false
	}
	switch string(b[:2]) {
	case "II":
		d.order = binary.LittleEndian
	case "MM":
		d.order = binary.BigEndian
	default:
		return d, false
	}
	// The number 42 has relatives in raw formats; who reads EXIF by its byte order gets along with them.
	d.first = d.order.Uint32(b[4:])
	return d, uint64(d.first)+2 <= uint64(len(b))
}

// entries yields the entries of the directory at an offset whose values lie inside the block.
func (d directory) entries(at uint32) iter.Seq[entry] {
	return func(yield func(entry) bool) {
		if uint64(at)+2 > uint64(len(d.b)) {
			return
		}
		n := int(d.order.Uint16(d.b[at:]))
		for i := range min(n, maxEntries) {
			p := int(at) + 2 + 12*i
			if p+12 > len(d.b) {
				return
			}
			e := entry{tag: d.order.Uint16(d.b[p:]), kind: d.order.Uint16(d.b[p+2:]), count: d.order.Uint32(d.b[p+4:]), at: p, order: d.order}
			size := kindSize[e.kind] * uint64(e.count)
			switch {
			case size == 0:
				continue
			case size <= 4:
				e.value = d.b[p+8 : p+8+int(size)]
			default:
				from := uint64(d.order.Uint32(d.b[p+8:]))
				if from+size > uint64(len(d.b)) {
					continue
				}
				e.value = d.b[from : from+size]
			}
			if !yield(e) {
				return
			}
		}
	}
}

// number is the first value of an entry of whole numbers, else 0.
func (e entry) number() uint64 {
	switch {
	case e.kind == 1 || e.kind == 7:
		return uint64(e.value[0])
	case e.kind == 3:
		return uint64(e.order.Uint16(e.value))
	case e.kind == 4 || e.kind == 13:
		return uint64(e.order.Uint32(e.value))
	}
	return 0
}

// Tags of EXIF that carry rights and origin.
const (
	tagDescription = 0x010e
	tagOrientation = 0x0112
	tagSoftware    = 0x0131
	tagArtist      = 0x013b
	tagCopyright   = 0x8298
	tagExifIFD     = 0x8769
	tagTaken       = 0x9003
	tagOffset      = 0x9011
)

// maxExifValue bounds what goexif is asked to decode; longer values of the tags above are cut there.
const maxExifValue = 64 << 10

func (m *metadata) readEXIF(b []byte) {
	d, ok := openDirectory(b)
	if !ok {
		m.miss("exif")
		return
	}
	v := &m.exif
	offset := ""
	read := func(e entry) {
		switch e.tag {
		case tagOrientation:
			if o := e.number(); o >= 1 && o <= 8 && m.orientation == 0 {
				m.orientation = int(o)
			}
		case tagDescription:
			m.set(&v.description, d.string(e))
		case tagSoftware:
			m.set(&v.software, d.string(e))
		case tagArtist:
			m.set(&v.creator, d.string(e))
		case tagCopyright:
			m.set(&v.copyright, d.copyright(e))
		case tagTaken:
			m.set(&v.taken, exifTime(d.string(e)))
		case tagOffset:
			offset = strings.TrimSpace(d.string(e))
		}
	}
	var sub uint64
	for e := range d.entries(d.first) {
		if e.tag == tagExifIFD {
			sub = e.number()
			continue
		}
		read(e)
	}
	if sub != 0 && sub+2 <= uint64(len(b)) && sub != uint64(d.first) {
		for e := range d.entries(uint32(sub)) {
			read(e)
		}
	} else if sub != 0 {
		m.miss("exif")
	}
	if v.taken != "" && isOffset(offset) && len(v.taken) == len("2006-01-02T15:04:05") {
		v.taken += offset
	}
}

// string decodes an entry of characters by goexif, which sees this one entry and nothing else of the block.
func (d directory) string(e entry) string {
	if e.kind == 129 || len(e.value) > maxExifValue {
		return text(e.value[:min(len(e.value), maxExifValue)])
	}
	if e.kind != 2 && e.kind != 7 {
		return ""
	}
	r := bytes.NewReader(d.b)
	r.Seek(int64(e.at), 0)
	tag, err := tiff.DecodeTag(r, d.order)
	if err != nil {
		return ""
	}
	if tag.Format() == tiff.StringVal {
		if s, err := tag.StringVal(); err == nil {
			return text([]byte(s))
		}
	}
	return text(tag.Val)
}

// copyright joins the two notices that EXIF's Copyright may hold: photographer and editor, each ending in NUL.
func (d directory) copyright(e entry) string {
	photographer, rest, _ := bytes.Cut(e.value[:min(len(e.value), maxExifValue)], []byte{0})
	editor, _, _ := bytes.Cut(rest, []byte{0})
	a, b := strings.TrimSpace(text(photographer)), strings.TrimSpace(text(editor))
	if a != "" && b != "" {
		return a + "\n" + b
	}
	return a + b
}

// exifTime brings "2006:01:02 15:04:05" to "2006-01-02T15:04:05". A date that is only zeros or blanks is none.
func exifTime(s string) string {
	s = strings.TrimSpace(s)
	if strings.Trim(s, "0: -./T") == "" {
		return ""
	}
	b := []byte(s)
	if len(b) < 10 || !digits(b[:4]) || !digits(b[5:7]) || !digits(b[8:10]) {
		return s
	}
	b[4], b[7] = '-', '-'
	if len(b) > 11 && b[10] == ' ' {
		b[10] = 'T'
	}
	return string(b)
}

// onlyDigits drops the separators that some writers put into dates.
func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

func digits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// isOffset reports whether s is an offset from UTC such as "+02:00".
func isOffset(s string) bool {
	return len(s) == 6 && (s[0] == '+' || s[0] == '-') && digits([]byte(s[1:3])) && s[3] == ':' && digits([]byte(s[4:]))
}

// IPTC.

// Datasets of IPTC's application record.
const (
	iimTitle        = 5
	iimKeyword      = 25
	iimInstructions = 40
	iimDate         = 55
	iimTime         = 60
	iimByline       = 80
	iimTransmission = 103
	iimHeadline     = 105
	iimCredit       = 110
	iimSource       = 115
	iimCopyright    = 116
	iimCaption      = 120
)

// readIPTC walks one block of datasets. Of several blocks the first one that has a field gives it; inside a block the
// last one counts, as every reader does it, but for the lists By-line and Keywords.
func (m *metadata) readIPTC(b []byte) {
	var v values
	b = unswap(b)
	utf8Said := false
	decode := func(p []byte) string {
		p = bytes.TrimRight(p, "\x00")
		// Many programs write UTF-8 and forget to say so.
		if utf8Said || utf8.Valid(p) {
			return text(p)
		}
		return latin1(p)
	}
	last := func(to *string, p []byte) { *to = m.take(decode(p)) }
	for len(b) >= 5 {
		if b[0] != 0x1c {
			if len(bytes.Trim(b, "\x00")) > 0 {
				m.miss("iptc")
			}
			break
		}
		record, set, n := b[1], b[2], uint64(binary.BigEndian.Uint16(b[3:]))
		b = b[5:]
		if n&0x8000 != 0 {
			wide := int(n & 0x7fff)
			if wide > 8 || wide > len(b) {
				m.miss("iptc")
				break
			}
			n = 0
			for _, c := range b[:wide] {
				n = n<<8 | uint64(c)
			}
			b = b[wide:]
		}
		if n > uint64(len(b)) {
			m.miss("iptc")
			break
		}
		p := b[:n]
		b = b[n:]
		if record == 1 && set == 90 {
			utf8Said = bytes.Equal(bytes.TrimRight(p, "\x00"), []byte("\x1b%G"))
		}
		if record != 2 {
			continue
		}
		switch set {
		case iimTitle:
			last(&v.title, p)
		case iimKeyword:
			m.add(&v.keywords, decode(p))
		case iimInstructions:
			last(&v.instructions, p)
		case iimDate:
			last(&v.date, p)
		case iimTime:
			last(&v.clock, p)
		case iimByline:
			m.add(&v.creators, decode(p))
		case iimTransmission:
			last(&v.transmission, p)
		case iimHeadline:
			last(&v.headline, p)
		case iimCredit:
			last(&v.credit, p)
		case iimSource:
			last(&v.source, p)
		case iimCopyright:
			last(&v.copyright, p)
		case iimCaption:
			last(&v.description, p)
		}
	}
	v.taken = iptcTime(v.date, v.clock)
	w := &m.iptc
	for _, f := range []struct{ to, from *string }{
		{&w.title, &v.title}, {&w.instructions, &v.instructions}, {&w.taken, &v.taken}, {&w.transmission, &v.transmission},
		{&w.headline, &v.headline}, {&w.credit, &v.credit}, {&w.source, &v.source}, {&w.copyright, &v.copyright},
		{&w.description, &v.description},
	} {
		*f.to = or(*f.to, *f.from)
	}
	if len(w.creators) == 0 {
		w.creators = v.creators
	}
	if len(w.keywords) == 0 {
		w.keywords = v.keywords
	}
}

// iptcTime brings "20060102" and "150405+0100" to "2006-01-02T15:04:05+01:00".
func iptcTime(date, clock string) string {
	date, clock = onlyDigits(date), strings.ReplaceAll(clock, ":", "")
	if len(date) != 8 || date == "00000000" {
		return ""
	}
	s := date[:4] + "-" + date[4:6] + "-" + date[6:]
	if len(clock) < 6 || !digits([]byte(clock[:6])) {
		return s
	}
	s += "T" + clock[:2] + ":" + clock[2:4] + ":" + clock[4:6]
	if len(clock) == 11 && (clock[6] == '+' || clock[6] == '-') && digits([]byte(clock[7:])) {
		s += clock[6:9] + ":" + clock[9:]
	}
	return s
}
