package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
)

// FuzzLook wants facts or one of the errors for any bytes, within the limits, and no broken reader.
func FuzzLook(f *testing.F) {
	for _, pattern := range []string{"*.jpg", "*.webp", "*.avif", "metadata/*"} {
		names, err := filepath.Glob(filepath.Join("testdata", filepath.FromSlash(pattern)))
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range names {
			b, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(b)
		}
	}
	for _, b := range [][]byte{
		gifHeader(65535, 65535), bmpHeaderOf(1000, 1<<31), tiffLies(), heifLies(), matroska("webm"),
		slices.Concat(isoBox("ftyp", []byte("isom\x00\x00\x02\x00")), movieBox(640, 360, false)),
	} {
		f.Add(b)
	}
	l := NewLooker(Options{Memory: 64 << 20})
	f.Fuzz(func(t *testing.T, b []byte) {
		facts, err := l.Look(t.Context(), bytes.NewReader(b), Limits{Bytes: 1 << 20, Pixels: 1 << 20, Fields: 100})
		if facts == nil {
			t.Fatal("no facts")
		}
		if broke(err) {
			t.Fatal(err)
		}
		if err != nil && !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrTooLarge) && !errors.Is(err, ErrUnsupported) {
			t.Fatalf("an error of no kind: %v", err)
		}
		if err == nil && !facts.Video && facts.Thumb == nil {
			t.Error("neither an error nor a preview")
		}
		if facts.Width < 0 || facts.Height < 0 {
			t.Errorf("size %d × %d", facts.Width, facts.Height)
		}
		if n := len(facts.Metadata.Keywords) + len(facts.Metadata.Persons); n > 100 {
			t.Errorf("%d values kept", n)
		}
	})
}

// fuzzBlock fuzzes one of the readers of metadata blocks.
func fuzzBlock(f *testing.F, read func(m *metadata, b []byte)) {
	f.Fuzz(func(t *testing.T, b []byte) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		m := metadata{left: 50}
		read(&m, b)
		md := m.settle(nil)
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > 16<<20+uint64(len(b))*1000 {
			t.Errorf("%d bytes allocated for %d", n, len(b))
		}
		for _, s := range slices.Concat(md.Keywords, md.Persons, md.C2PA, []string{md.Creator, md.Credit, md.Copyright, md.Source}) {
			if printable(s) != s || len(s) > 50*maxValue {
				t.Errorf("value %q", s)
			}
		}
	})
}

func FuzzEXIF(f *testing.F) {
	f.Add(exifBlock(binary.BigEndian, []exifEntry{ascii(tagArtist, "Eva"), {tagOrientation, 3, 1, []byte{0, 6}}}, []exifEntry{ascii(tagTaken, "2020:02:29 08:09:10")}))
	f.Add(exifBlock(binary.LittleEndian, []exifEntry{{tagCopyright, 2, 8, []byte(" \x00Red B\x00")}, {tagArtist, 12, 0x60000001, []byte{8}}}, nil))
	fuzzBlock(f, (*metadata).readEXIF)
}

func FuzzIPTC(f *testing.F) {
	f.Add(slices.Concat(dataset(1, 90, "\x1b%G"), dataset(2, iimByline, "Jörg"), dataset(2, iimDate, "20200229"), dataset(2, iimTime, "080910+0100")))
	f.Add([]byte{0x1c, 2, iimCredit, 0x80, 4, 0, 0, 0, 3, 'd', 'p', 'a'})
	f.Add(unswapped(dataset(2, iimKeyword, "Fest")))
	fuzzBlock(f, (*metadata).readIPTC)
}

func FuzzXMP(f *testing.F) {
	f.Add([]byte(packet(`photoshop:Credit="dpa"`, "<dc:creator><rdf:Seq><rdf:li>A</rdf:li></rdf:Seq></dc:creator><plus:DataMining rdf:resource='x/y'/>")))
	f.Add([]byte(laughs()))
	fuzzBlock(f, (*metadata).readXMP)
}

func FuzzC2PA(f *testing.F) {
	f.Add(c2paStore())
	f.Add(nested("jumb", 50))
	fuzzBlock(f, (*metadata).readC2PA)
}

func FuzzMovie(f *testing.F) {
	f.Add(movieBox(640, 360, true)[8:])
	f.Add(matroska("webm"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var facts Facts
		v := movie{f: &facts, m: &metadata{left: 50}}
		v.readMovie(b)
		v.readMatroska(b)
		v.readAVI(b)
		if facts.Width < 0 || facts.Height < 0 || facts.Seconds < 0 {
			t.Errorf("%d × %d, %v s", facts.Width, facts.Height, facts.Seconds)
		}
	})
}
