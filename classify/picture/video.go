package picture

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image/jpeg"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Limits of videos. They are streamed: only the boxes that describe them are held.
const (
	maxMovie    = 32 << 20 // bytes of a moov box; an hour of video has about 3 MB
	maxHead     = 1 << 20  // bytes at the beginning of formats without boxes in which size and length stand
	maxMovieBox = 4096     // boxes of one movie that are looked at
)

// lookVideo reads what a video says about itself and, where somebody can, looks for people in a few of its frames.
func (l *looker) lookVideo(ctx context.Context, f *Facts, r io.Reader, lim Limits) error {
	in := &stoppable{ctx: ctx, r: r, left: videoBytes}
	var file *os.File
	if l.o.People != nil && l.o.FFmpeg != "" {
		// The program wants to seek, and a film's index often stands at its end.
		dir, err := os.MkdirTemp(l.o.TempDir, "pagerisk-")
		if err != nil {
			return fmt.Errorf("read video: %w", err)
		}
		defer os.RemoveAll(dir)
		if file, err = os.OpenFile(filepath.Join(dir, "video"), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600); err != nil {
			return fmt.Errorf("read video: %w", err)
		}
		defer file.Close()
		in.copy = file
	}
	m := metadata{left: lim.Fields}
	v := movie{f: f, m: &m}
	var err error
	switch f.Format {
	case "mp4", "mov":
		err = v.readBoxes(in)
	case "webm", "mkv":
		v.readMatroska(in.head(maxHead))
	case "avi":
		v.readAVI(in.head(maxHead))
	}
	if err == nil && !l.o.MetadataOnly {
		_, err = io.Copy(io.Discard, in)
	}
	f.Metadata = m.settle(nil)
	for _, code := range m.missing {
		f.miss(code)
	}
	if l.o.People != nil {
		f.miss("people") // until somebody looked
	}
	switch {
	case err != nil:
		return fmt.Errorf("read video: %w", err)
	case in.left < 0:
		return fmt.Errorf("read video: %w: more than %d bytes", ErrTooLarge, int64(videoBytes))
	case v.corrupt && f.Width == 0:
		return fmt.Errorf("read %s: %w: no film in it", f.Format, ErrCorrupt)
	}
	if file == nil {
		return nil
	}
	if err := file.Close(); err != nil {
		return fmt.Errorf("read video: %w", err)
	}
	return l.lookFrames(ctx, f, file.Name())
}

// stoppable is a reader that stops at a limit and when the context ends, and copies what it reads.
type stoppable struct {
	ctx  context.Context
	r    io.Reader
	left int64 // below 0 once there was more
	copy io.Writer
}

func (s *stoppable) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	if s.left < 0 {
		return 0, io.EOF
	}
	n, err := s.r.Read(p[:min(int64(len(p)), s.left+1)])
	s.left -= int64(n)
	if s.copy != nil && n > 0 {
		if _, werr := s.copy.Write(p[:n]); werr != nil {
			return n, werr
		}
	}
	return n, err
}

// head reads at most n bytes.
func (s *stoppable) head(n int64) []byte {
	var b bytes.Buffer
	io.CopyN(&b, s, n)
	return b.Bytes()
}

// movie collects what a video says.
type movie struct {
	f       *Facts
	m       *metadata
	corrupt bool
	boxes   int
}

// readBoxes streams over a film's outermost boxes and reads those that describe it.
func (v *movie) readBoxes(r io.Reader) error {
	found := false
	for n := 0; n < maxChunks; n++ {
		var head [16]byte
		if _, err := io.ReadFull(r, head[:8]); err != nil {
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				break
			}
			return err
		}
		size, kind := int64(binary.BigEndian.Uint32(head[:])), string(head[4:8])
		body := size - 8
		if size == 1 {
			if _, err := io.ReadFull(r, head[8:]); err != nil {
				break
			}
			body = int64(min(binary.BigEndian.Uint64(head[8:]), math.MaxInt64)) - 16
		}
		if size == 0 {
			body = math.MaxInt64
		}
		if body < 0 {
			v.corrupt = true
			break
		}
		if kind == "moov" || kind == "uuid" || kind == "meta" {
			if body > maxMovie {
				v.m.miss("metadata_cut")
			}
			var b bytes.Buffer
			got, err := io.CopyN(&b, r, min(body, maxMovie))
			if err != nil && !errors.Is(err, io.EOF) {
				return err
			}
			switch {
			case kind == "moov":
				found = true
				v.readMovie(b.Bytes())
			case kind == "uuid":
				v.readUUID(b.Bytes())
			case kind == "meta":
				v.readAppleMeta(b.Bytes())
			}
			body -= got
		}
		if _, err := io.CopyN(io.Discard, r, body); err != nil {
			if errors.Is(err, io.EOF) {
				break
			}
			return err
		}
	}
	v.corrupt = v.corrupt || !found
	return nil
}

func (v *movie) readUUID(b []byte) {
	switch {
	case bytes.HasPrefix(b, uuidXMP):
		v.m.readXMP(b[16:])
	case bytes.HasPrefix(b, uuidC2PA):
		c := container{}
		c.keepC2PABox(b[16:])
		for _, block := range c.c2pa {
			v.m.readC2PA(block)
		}
	}
}

// macEpoch is the zero of times in films: 1904, in seconds before 1970.
const macEpoch = 2082844800

func (v *movie) readMovie(b []byte) {
	boxes(b, func(kind string, body []byte, _ bool) bool {
		if v.boxes++; v.boxes > maxMovieBox {
			v.m.miss("metadata_cut")
			return false
		}
		switch kind {
		case "mvhd":
			r := byteReader{b: body}
			wide := pick(r.version() == 0, 4, 8)
			created := r.number(wide)
			r.number(wide)
			scale, length := r.number(4), r.number(wide)
			if scale > 0 && !r.bad {
				v.f.Seconds = math.Round(float64(length)/float64(scale)*1000) / 1000
			}
			if created > macEpoch && created < macEpoch+1<<33 {
				v.m.set(&v.m.own.taken, time.Unix(int64(created-macEpoch), 0).UTC().Format("2006-01-02T15:04:05Z07:00"))
			}
		case "trak":
			v.readTrack(body)
		case "udta":
			v.readUserData(body)
		case "meta":
			v.readAppleMeta(body)
		case "uuid":
			v.readUUID(body)
		}
		return true
	})
}

// readTrack takes the size of a picture track, turned as its matrix says.
func (v *movie) readTrack(b []byte) {
	boxes(b, func(kind string, body []byte, _ bool) bool {
		if kind != "tkhd" {
			return true
		}
		r := byteReader{b: body}
		wide := pick(r.version() == 0, 4, 8)
		r.number(2*wide + 4 + 4 + wide) // times, number, reserved, length: stepped over as one
		r.number(16)
		var matrix [9]int32
		for i := range matrix {
			matrix[i] = int32(r.number(4))
		}
		w, h := int(r.number(4)>>16), int(r.number(4)>>16)
		if r.bad || w == 0 || h == 0 || w*h <= v.f.Width*v.f.Height {
			return true
		}
		if matrix[0] == 0 && matrix[4] == 0 && matrix[1] != 0 {
			w, h = h, w
		}
		v.f.Width, v.f.Height = w, h
		return true
	})
}

// userData maps QuickTime's own tags to the fields that they belong to.
func (v *movie) readUserData(b []byte) {
	own := &v.m.own
	fields := map[string]*string{
		"\xa9too": &own.software, "\xa9swr": &own.software, "\xa9enc": &own.software, "\xa9cpy": &own.copyright,
		"\xa9ART": &own.creator, "\xa9aut": &own.creator, "\xa9nam": &own.title, "\xa9des": &own.description,
		"\xa9cmt": &own.description, "\xa9src": &own.source,
	}
	boxes(b, func(kind string, body []byte, _ bool) bool {
		if v.boxes++; v.boxes > maxMovieBox {
			return false
		}
		to := fields[kind]
		switch {
		case kind == "meta":
			v.readAppleMeta(body)
		case kind == "XMP_":
			v.m.readXMP(body)
		case kind == "cprt" && len(body) > 6:
			v.m.set(&own.copyright, text(body[6:]))
		case to != nil && len(body) >= 4:
			n := int(binary.BigEndian.Uint16(body))
			v.m.set(to, text(body[4:4+min(n, len(body)-4)]))
		}
		return true
	})
}

// readAppleMeta reads an item list: under four-letter names as iTunes has them, or under keys as cameras write them.
func (v *movie) readAppleMeta(b []byte) {
	// QuickTime's own meta box has no version.
	if len(b) >= 8 && string(b[4:8]) != "hdlr" && len(b) > 4 {
		b = b[4:]
	}
	own := &v.m.own
	fields := map[string]*string{
		"\xa9too": &own.software, "\xa9cpy": &own.copyright, "cprt": &own.copyright, "\xa9ART": &own.creator,
		"aART": &own.creator, "\xa9nam": &own.title, "desc": &own.description, "\xa9cmt": &own.description,
		"com.apple.quicktime.software": &own.software, "com.apple.quicktime.copyright": &own.copyright,
		"com.apple.quicktime.author": &own.creator, "com.apple.quicktime.artist": &own.creator,
		"com.apple.quicktime.title": &own.title, "com.apple.quicktime.description": &own.description,
	}
	var keys []string
	boxes(b, func(kind string, body []byte, _ bool) bool {
		switch kind {
		case "keys":
			if len(body) < 8 {
				return true
			}
			boxes(body[8:], func(_ string, name []byte, _ bool) bool {
				keys = append(keys, text(name))
				return len(keys) < maxMovieBox
			})
		case "ilst":
			boxes(body, func(kind string, item []byte, _ bool) bool {
				if v.boxes++; v.boxes > maxMovieBox {
					return false
				}
				name := kind
				if i := binary.BigEndian.Uint32([]byte(kind)); i >= 1 && uint64(i) <= uint64(len(keys)) {
					name = keys[i-1]
				}
				boxes(item, func(kind string, data []byte, _ bool) bool {
					if kind != "data" || len(data) < 8 || binary.BigEndian.Uint32(data) != 1 {
						return true
					}
					value := text(data[8:])
					switch {
					case name == "com.apple.quicktime.creationdate":
						// The camera's own clock with its zone is better than the film's time.
						own.taken = v.m.take(zoned(value))
					case fields[name] != nil:
						v.m.set(fields[name], value)
					}
					return true
				})
				return true
			})
		}
		return true
	})
}

// zoned brings "2006-01-02T15:04:05+0100" to "+01:00".
func zoned(s string) string {
	if n := len(s); n > 5 && (s[n-5] == '+' || s[n-5] == '-') && digits([]byte(s[n-4:])) {
		return s[:n-2] + ":" + s[n-2:]
	}
	return s
}

// Elements of Matroska.
const (
	ebmlHead     = 0x1a45dfa3
	mkSegment    = 0x18538067
	mkInfo       = 0x1549a966
	mkScale      = 0x2ad7b1
	mkDuration   = 0x4489
	mkTitle      = 0x7ba9
	mkWritingApp = 0x5741
	mkDate       = 0x4461
	mkTracks     = 0x1654ae6b
	mkTrack      = 0xae
	mkVideo      = 0xe0
	mkWidth      = 0xb0
	mkHeight     = 0xba
)

func (v *movie) readMatroska(b []byte) {
	scale, length := uint64(1000000), 0.0
	v.elements(b, 0, func(id uint64, body []byte) {
		number := func() (n uint64) {
			for _, c := range body[:min(len(body), 8)] {
				n = n<<8 | uint64(c)
			}
			return n
		}
		switch id {
		case mkScale:
			scale = number()
		case mkDuration:
			switch len(body) {
			case 4:
				length = float64(math.Float32frombits(uint32(number())))
			case 8:
				length = math.Float64frombits(number())
			}
		case mkTitle:
			v.m.set(&v.m.own.title, text(body))
		case mkWritingApp:
			v.m.set(&v.m.own.software, text(body))
		case mkDate:
			if len(body) == 8 {
				t := time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(number()))
				v.m.set(&v.m.own.taken, t.Format("2006-01-02T15:04:05Z07:00"))
			}
		case mkWidth:
			v.f.Width = max(v.f.Width, int(min(number(), 1<<16)))
		case mkHeight:
			v.f.Height = max(v.f.Height, int(min(number(), 1<<16)))
		}
	})
	if s := length * float64(scale) / 1e9; s > 0 && s < 1e7 {
		v.f.Seconds = math.Round(s*1000) / 1000
	}
}

// elements walks Matroska's elements: an id and a length, both of one to eight bytes.
func (v *movie) elements(b []byte, depth int, f func(id uint64, body []byte)) {
	for depth <= maxDepth {
		id, n := ebmlNumber(b, false)
		if n == 0 || n > 4 {
			return
		}
		size, k := ebmlNumber(b[n:], true)
		if k == 0 {
			return
		}
		if v.boxes++; v.boxes > maxMovieBox {
			return
		}
		body := b[n+k:]
		body = body[:min(size, uint64(len(body)))]
		switch id {
		case mkSegment, mkInfo, mkTracks, mkTrack, mkVideo:
			v.elements(body, depth+1, f)
		default:
			f(id, body)
		}
		b = b[n+k+len(body):]
	}
}

func ebmlNumber(b []byte, strip bool) (uint64, int) {
	if len(b) == 0 || b[0] == 0 {
		return 0, 0
	}
	n := 1
	for mask := byte(0x80); b[0]&mask == 0; mask >>= 1 {
		n++
	}
	if len(b) < n {
		return 0, 0
	}
	x := uint64(b[0])
	if strip {
		x &= 1<<(8-n) - 1
	}
	for _, c := range b[1:n] {
		x = x<<8 | uint64(c)
	}
	return x, n
}

// readAVI takes the main header: microseconds per frame, frames, size.
func (v *movie) readAVI(b []byte) {
	i := bytes.Index(b, []byte("avih"))
	if i < 0 || i+8+40 > len(b) {
		v.corrupt = true
		return
	}
	h := b[i+8:]
	v.f.Seconds = math.Round(float64(binary.LittleEndian.Uint32(h))*float64(binary.LittleEndian.Uint32(h[16:]))/1e3) / 1e3
	v.f.Width = int(min(binary.LittleEndian.Uint32(h[32:]), 1<<16))
	v.f.Height = int(min(binary.LittleEndian.Uint32(h[36:]), 1<<16))
	if i := bytes.Index(b, []byte("ISFT")); i >= 0 && i+8 <= len(b) {
		n := int(min(binary.LittleEndian.Uint32(b[i+4:]), 1<<10))
		v.m.set(&v.m.own.software, text(b[i+8:min(len(b), i+8+n)]))
	}
}

// Frames of videos.

const (
	videoFrames = 6                // evenly spread: enough to see who appears in a short film
	frameTime   = 20 * time.Second // for one frame, with the seek to it
	frameBytes  = 8 << 20          // of one frame as JPEG
	ffmpegAlloc = 256 << 20        // of one allocation of the program; a frame of 8K needs 50 MB
)

// demuxers names the reader that the program shall use for each format: its own guess could be a play list, which names
// other files.
var demuxers = map[string]string{
	"mp4": "mov", "mov": "mov", "webm": "matroska", "mkv": "matroska", "avi": "avi", "mpeg": "mpeg", "mpegts": "mpegts",
	"flv": "flv", "wmv": "asf", "ogg": "ogg", "avif": "mov",
}

// lookFrames asks the program for a few frames and the finder for people in each; the frame with the most people counts.
// A film that the program cannot read is not looked at, which is no error of the film.
func (l *looker) lookFrames(ctx context.Context, f *Facts, path string) error {
	looked, best := false, -1
	for i := range videoFrames {
		at := 0.0
		if f.Seconds > 0 {
			at = f.Seconds * (float64(i) + 0.5) / videoFrames
		} else {
			at = float64(i * i) // an unknown length: the beginning closely, then further apart
		}
		frame, err := l.frameAt(ctx, f.Format, path, at, max(thumbSide, l.o.People.Side()))
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			continue
		}
		if f.Width == 0 {
			f.Width, f.Height = frame.Width, frame.Height
		}
		var seen Facts
		seen.Width, seen.Height = f.Width, f.Height
		if err := seen.findPeople(ctx, l.o.People, frame); err != nil {
			continue
		}
		looked = true
		if *seen.People > best {
			best = *seen.People
			f.People, f.Boxes, f.Detector = seen.People, seen.Boxes, seen.Detector
			f.Thumb = thumb(frame.Reduce(thumbSide))
		}
		if f.Seconds == 0 && i > 0 && at > 60 {
			break
		}
	}
	if looked {
		f.unmiss("people")
	}
	return nil
}

func (f *Facts) unmiss(code string) {
	for i, c := range f.Missing {
		if c == code {
			f.Missing = append(f.Missing[:i:i], f.Missing[i+1:]...)
			return
		}
	}
}

// avifFrame has the program decode a still picture, which nothing in Go can.
func (l *looker) avifFrame(ctx context.Context, c *container, side int) (*Frame, error) {
	dir, err := os.MkdirTemp(l.o.TempDir, "pagerisk-")
	if err != nil {
		return nil, fmt.Errorf("decode avif: %w", err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "picture")
	if err := os.WriteFile(path, c.data, 0o600); err != nil {
		return nil, fmt.Errorf("decode avif: %w", err)
	}
	frame, err := l.frameAt(ctx, "avif", path, 0, side)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fmt.Errorf("decode avif: %w: %v", ErrUnsupported, err)
	}
	frame.YCbCr = turn(frame.YCbCr, c.orientation)
	return frame, nil
}

// frameAt is one frame of a film or a picture, reduced by the program to at most side pixels. Films are turned as they
// say; of a picture the caller knows better.
func (l *looker) frameAt(ctx context.Context, format, path string, seconds float64, side int) (*Frame, error) {
	demuxer, ok := demuxers[format]
	if !ok {
		return nil, fmt.Errorf("read frame: %w: format %q", ErrUnsupported, format)
	}
	ctx, cancel := context.WithTimeout(ctx, frameTime)
	defer cancel()
	limit := strconv.Itoa(side)
	args := []string{"-nostdin", "-v", "error", "-max_alloc", strconv.Itoa(ffmpegAlloc), "-threads", "1",
		"-protocol_whitelist", "file,pipe", "-f", demuxer}
	if format == "avif" {
		args = append(args, "-noautorotate")
	} else {
		args = append(args, "-ss", strconv.FormatFloat(seconds, 'f', 3, 64))
	}
	args = append(args, "-i", path, "-map", "0:v:0", "-frames:v", "1", "-an", "-sn", "-dn",
		"-vf", "scale='min("+limit+",iw)':'min("+limit+",ih)':force_original_aspect_ratio=decrease",
		"-pix_fmt", "yuvj420p", "-q:v", "3", "-f", "image2pipe", "-c:v", "mjpeg", "-threads", "1", "pipe:1")
	cmd := exec.CommandContext(ctx, l.o.FFmpeg, args...)
	cmd.Env = []string{"PATH=", "LC_ALL=C"}
	cmd.Dir = filepath.Dir(path)
	cmd.WaitDelay = time.Second
	out := &bounded{left: frameBytes}
	var complaint strings.Builder
	cmd.Stdout, cmd.Stderr = out, &boundedText{b: &complaint}
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("read frame: %w: %s", err, strings.TrimSpace(complaint.String()))
	}
	img, err := jpeg.Decode(bytes.NewReader(out.b))
	if err != nil {
		return nil, fmt.Errorf("read frame: %w", err)
	}
	full := toYCbCr(img)
	b := full.Rect
	w, h := fit(b.Dx(), b.Dy(), side)
	return &Frame{Width: b.Dx(), Height: b.Dy(), YCbCr: reduceYCbCr(full, w, h)}, nil
}

// bounded keeps what a program prints, up to a limit, at which writing fails and the program ends.
type bounded struct {
	b    []byte
	left int
}

func (o *bounded) Write(p []byte) (int, error) {
	if len(p) > o.left {
		return 0, fmt.Errorf("%w: frame", ErrTooLarge)
	}
	o.left -= len(p)
	o.b = append(o.b, p...)
	return len(p), nil
}

// boundedText keeps the beginning of what a program complains about, and swallows the rest.
type boundedText struct{ b *strings.Builder }

func (o *boundedText) Write(p []byte) (int, error) {
	const enough = 500
	if n := enough - o.b.Len(); n > 0 {
		o.b.Write(p[:min(n, len(p))])
	}
	return len(p), nil
}
