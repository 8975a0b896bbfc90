package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// movieBox describes a film of 12.5 seconds.
func movieBox(w, h int, quarterTurn bool, more ...[]byte) []byte {
	u32 := func(v ...uint32) (b []byte) {
		for _, x := range v {
			b = binary.BigEndian.AppendUint32(b, x)
		}
		return b
	}
	header := isoBox("mvhd", u32(0, macEpoch+1600000000, 0, 1000, 12500), make([]byte, 80))
	matrix := u32(1<<16, 0, 0, 0, 1<<16, 0, 0, 0, 1<<30)
	if quarterTurn {
		matrix = u32(0, 1<<16, 0, 0xffff0000, 0, 0, 0, 0, 1<<30)
	}
	sound := isoBox("trak", isoBox("tkhd", u32(3, 0, 0, 1, 0, 0), make([]byte, 16), u32(1<<16, 0, 0, 0, 1<<16, 0, 0, 0, 1<<30), u32(0, 0)))
	track := isoBox("trak", isoBox("tkhd", u32(3, 0, 0, 2, 0, 0), make([]byte, 16), matrix, u32(uint32(w)<<16, uint32(h)<<16)))
	return isoBox("moov", append([][]byte{header, sound, track}, more...)...)
}

func TestLookVideo(t *testing.T) {
	ftyp := isoBox("ftyp", []byte("isom\x00\x00\x02\x00isommp41"))
	wide := func(kind string, body []byte) []byte { // a box with a 64-bit length
		b := append([]byte{0, 0, 0, 1}, kind...)
		return append(binary.BigEndian.AppendUint64(b, uint64(16+len(body))), body...)
	}
	apple := func(value string) []byte { return isoBox("data", []byte{0, 0, 0, 1, 0, 0, 0, 0}, []byte(value)) }
	items := isoBox("ilst", isoBox("\xa9too", apple("Schnitt 3")), isoBox("\xa9ART", apple("Eva")))
	itunes := isoBox("udta", isoBox("meta", make([]byte, 4), isoBox("hdlr", make([]byte, 24)), items), isoBox("\xa9cpy", []byte{0, 7, 0x15, 0xc7}, []byte("© Firma")[:7], nil))
	keys := isoBox("meta", isoBox("hdlr", make([]byte, 24)),
		isoBox("keys", make([]byte, 4), []byte{0, 0, 0, 2}, isoBox("mdta", []byte("com.apple.quicktime.creationdate")), isoBox("mdta", []byte("com.apple.quicktime.software"))),
		isoBox("ilst", isoBox("\x00\x00\x00\x01", apple("2020-02-29T08:09:10+0100")), isoBox("\x00\x00\x00\x02", apple("17.1"))))
	const made = "2020-09-13T12:26:40Z"
	for _, tc := range []struct {
		name  string
		bytes []byte
		want  Facts
	}{
		{"index in front", slices.Concat(ftyp, movieBox(640, 360, false), isoBox("mdat", make([]byte, 9000))), Facts{Format: "mp4", Video: true, Width: 640, Height: 360, Seconds: 12.5, Metadata: Metadata{Taken: made}}},
		{"index at the end, long box before", slices.Concat(ftyp, wide("mdat", make([]byte, 90000)), movieBox(640, 360, false)), Facts{Format: "mp4", Video: true, Width: 640, Height: 360, Seconds: 12.5, Metadata: Metadata{Taken: made}}},
		{"turned", slices.Concat(ftyp, movieBox(640, 360, true)), Facts{Format: "mp4", Video: true, Width: 360, Height: 640, Seconds: 12.5, Metadata: Metadata{Taken: made}}},
		{"iTunes' names", slices.Concat(ftyp, movieBox(640, 360, false, itunes)), Facts{Format: "mp4", Video: true, Width: 640, Height: 360, Seconds: 12.5, Metadata: Metadata{Creator: "Eva", Copyright: "© Firm", Software: "Schnitt 3", Taken: made}}},
		{"a camera's keys", slices.Concat(ftyp, movieBox(640, 360, false, keys)), Facts{Format: "mp4", Video: true, Width: 640, Height: 360, Seconds: 12.5, Metadata: Metadata{Software: "17.1", Taken: "2020-02-29T08:09:10+01:00"}}},
		{"XMP", slices.Concat(ftyp, isoBox("uuid", uuidXMP, []byte(packet(`photoshop:Credit="dpa"`, ""))), movieBox(640, 360, false)), Facts{Format: "mp4", Video: true, Width: 640, Height: 360, Seconds: 12.5, Metadata: Metadata{Credit: "dpa", Taken: made}}},
		{"webm", matroska("webm"), Facts{Format: "webm", Video: true, Width: 320, Height: 200, Seconds: 4.5, Metadata: Metadata{Software: "Schnitt 4", Title: "Fest"}}},
		{"avi", slices.Concat([]byte("RIFF\x00\x00\x00\x00AVI LIST\x00\x00\x00\x00hdrlavih8\x00\x00\x00"), avih(100000, 25, 320, 200)), Facts{Format: "avi", Video: true, Width: 320, Height: 200, Seconds: 2.5}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := bytes.NewReader(tc.bytes)
			f, err := NewLooker(Options{}).Look(t.Context(), r, Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(&tc.want, f); d != "" {
				t.Error(d)
			}
			if r.Len() > 0 {
				t.Errorf("%d bytes were not read", r.Len())
			}
		})
	}
}

func avih(perFrame, frames, w, h uint32) []byte {
	b := make([]byte, 56)
	for at, v := range map[int]uint32{0: perFrame, 16: frames, 32: w, 36: h} {
		binary.LittleEndian.PutUint32(b[at:], v)
	}
	return b
}

func matroska(kind string) []byte {
	element := func(id uint32, parts ...[]byte) []byte {
		body := slices.Concat(parts...)
		b := bytes.TrimLeft(binary.BigEndian.AppendUint32(nil, id), "\x00")
		return append(append(b, 0x40|byte(len(body)>>8), byte(len(body))), body...)
	}
	return slices.Concat(element(ebmlHead, element(0x4282, []byte(kind))), element(mkSegment,
		element(mkInfo, element(mkScale, []byte{0x0f, 0x42, 0x40}), element(mkDuration, binary.BigEndian.AppendUint64(nil, math.Float64bits(4500))),
			element(mkTitle, []byte("Fest")), element(mkWritingApp, []byte("Schnitt 4"))),
		element(mkTracks, element(mkTrack, element(mkVideo, element(mkWidth, []byte{1, 64}), element(mkHeight, []byte{200}))))))
}

// TestVideoWithoutFrames wants "nobody could look" where people were asked for and no program gives frames.
func TestVideoWithoutFrames(t *testing.T) {
	people, err := BuiltinPeople()
	if err != nil {
		t.Fatal(err)
	}
	film := slices.Concat(isoBox("ftyp", []byte("isom\x00\x00\x02\x00")), movieBox(640, 360, false))
	f, err := look(t, Options{People: people}, film)
	if err != nil || f.People != nil || !slices.Contains(f.Missing, "people") {
		t.Errorf("people %v, missing %v, error %v", f.People, f.Missing, err)
	}
	if f, err = look(t, Options{}, film); err != nil || len(f.Missing) > 0 {
		t.Errorf("missing %v, error %v, although nobody asked for people", f.Missing, err)
	}
}

func TestVideoErrors(t *testing.T) {
	ftyp := isoBox("ftyp", []byte("isom\x00\x00\x02\x00"))
	for name, b := range map[string][]byte{
		"no index":   slices.Concat(ftyp, isoBox("mdat", make([]byte, 100))),
		"a bad size": slices.Concat(ftyp, []byte("\x00\x00\x00\x05moov")),
	} {
		if _, err := look(t, Options{}, b); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	broken := errors.New("broken disk")
	_, err := NewLooker(Options{}).Look(t.Context(), io.MultiReader(bytes.NewReader(slices.Concat(ftyp, make([]byte, 8192))), failing{broken}), Limits{})
	if !errors.Is(err, broken) {
		t.Errorf("error %v, want the reader's", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
