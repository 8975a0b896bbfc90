package picture

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"golang.org/x/sync/semaphore"
)

// Errors of Look. The facts that come with one hold.
var (
	ErrTooLarge    = errors.New("too large")
	ErrCorrupt     = errors.New("corrupt")
	ErrUnsupported = errors.New("unsupported")
)

// Limits where the caller sets none.
const (
	defaultBytes  = 64 << 20  // a picture's bytes are held in memory; the largest that platforms hand out are about 30 MB
	defaultPixels = 120 << 20 // more than any camera of today but stitched panoramas
	defaultFields = 5000      // metadata values; a picture with more is not described but stuffed
	defaultMemory = 512 << 20 // decoded pictures together

	// videoBytes bounds a video, which is streamed and never held: beyond it, it is no publication of a page.
	videoBytes = 16 << 30

	// thumbSide is the longest side of a preview, and of the grey picture that is hashed: large enough to recognise a
	// scene in a list, too small to be of use without it.
	thumbSide = 320
)

// readerVersion is raised whenever the same bytes may give other facts.
const readerVersion = 1

// Options says how a Looker looks.
type Options struct {
	// People looks for people; nil means that nobody does.
	People *People
	// MetadataOnly decodes nothing: format, size and metadata only. Look then stops reading where the metadata ends.
	MetadataOnly bool
	// Memory bounds the decoded pictures of all calls together, in bytes; 0 means 512 MiB. Look waits for its share.
	Memory int64
	// FFmpeg is the path of a program that gives frames of videos and pixels of AVIF; "" means that nobody sees these.
	FFmpeg string
	// TempDir is where such a file is laid down for that program, "" for the system's. The folder made there is private.
	TempDir string
}

type looker struct {
	o      Options
	budget int64
	memory *semaphore.Weighted
}

// NewLooker returns the Looker that reads a picture once and decodes it at most once for everything that is asked.
func NewLooker(o Options) Looker {
	if o.Memory <= 0 {
		o.Memory = defaultMemory
	}
	if o.MetadataOnly {
		o.People, o.FFmpeg = nil, ""
	}
	return &looker{o: o, budget: o.Memory, memory: semaphore.NewWeighted(o.Memory)}
}

func (l *looker) Name() string {
	if l.o.MetadataOnly {
		return "metadata"
	}
	name := "people:none"
	if l.o.People != nil {
		name = "people:" + l.o.People.Name()
	}
	if l.o.FFmpeg != "" {
		name += "+ffmpeg"
	}
	return name
}

func (l *looker) Version() int {
	if l.o.People != nil {
		return readerVersion*1000 + l.o.People.Version()
	}
	return readerVersion * 1000
}

// buffers holds the bytes of pictures between calls; a run of thousands would else leave its memory to the collector.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// maxPooled is the largest buffer that is kept between calls.
const maxPooled = 16 << 20

// sniffBytes is how much of a file decides on its format: the brands of an MP4 may stand behind a long list.
const sniffBytes = 4 << 10

func (l *looker) Look(ctx context.Context, r io.Reader, lim Limits) (facts *Facts, err error) {
	if lim.Bytes <= 0 {
		lim.Bytes = defaultBytes
	}
	if lim.Pixels <= 0 {
		lim.Pixels = defaultPixels
	}
	if lim.Fields <= 0 {
		lim.Fields = defaultFields
	}
	facts = new(Facts)
	// A decoder that breaks on hostile bytes costs this picture's pixels, never the run.
	defer func() {
		if p := recover(); p != nil {
			facts.miss("panic")
			err = fmt.Errorf("read picture: %w: reader broke: %v", ErrCorrupt, p)
		}
	}()
	buf := buffers.Get().(*bytes.Buffer)
	buf.Reset()
	defer func() {
		if buf.Cap() <= maxPooled {
			buffers.Put(buf)
		}
	}()

	if _, err := io.CopyN(buf, r, sniffBytes); err != nil && !errors.Is(err, io.EOF) {
		return facts, fmt.Errorf("read picture: %w", err)
	}
	if buf.Len() == 0 {
		return facts, fmt.Errorf("read picture: %w: no bytes", ErrCorrupt)
	}
	facts.Format, facts.Video = sniff(buf.Bytes())
	if facts.Video {
		return facts, l.lookVideo(ctx, facts, io.MultiReader(bytes.NewReader(bytes.Clone(buf.Bytes())), r), lim)
	}
	if err := l.fill(ctx, buf, r, facts.Format, lim.Bytes); err != nil {
		return facts, err
	}
	c := open(facts.Format, buf.Bytes())
	c.describe(facts, lim)
	if l.o.MetadataOnly {
		return facts, c.err
	}
	return facts, l.lookPixels(ctx, facts, c, lim)
}

// fill reads the rest of a picture, or as much of it as can hold metadata.
func (l *looker) fill(ctx context.Context, buf *bytes.Buffer, r io.Reader, format string, limit int64) error {
	for step := int64(64 << 10); ; step *= 2 {
		if err := ctx.Err(); err != nil {
			return err
		}
		if int64(buf.Len()) > limit {
			return fmt.Errorf("read picture: %w: more than %d bytes", ErrTooLarge, limit)
		}
		if l.o.MetadataOnly && format == "jpeg" && headEnds(buf.Bytes()) {
			return nil
		}
		_, err := io.CopyN(buf, r, min(step, limit+1-int64(buf.Len())))
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read picture: %w", err)
		}
	}
}

// describe writes what the container says into the facts.
func (c *container) describe(f *Facts, lim Limits) {
	m := metadata{left: lim.Fields}
	for _, b := range c.exif {
		m.readEXIF(b)
	}
	for _, b := range c.iptc {
		m.readIPTC(b)
	}
	for _, b := range c.xmp {
		m.readXMP(b)
	}
	for _, b := range c.c2pa {
		m.readC2PA(b)
	}
	f.Metadata = m.settle(c.text)
	f.Width, f.Height = c.width, c.height
	if c.orientation == 0 {
		c.orientation = 1
	}
	if !c.turned && m.orientation != 0 {
		c.orientation = m.orientation
		if c.orientation >= 5 {
			f.Width, f.Height = f.Height, f.Width
		}
	}
	for _, code := range slices.Concat(c.missing, m.missing) {
		f.miss(code)
	}
}

// miss records a code once.
func (f *Facts) miss(code string) {
	if !slices.Contains(f.Missing, code) {
		f.Missing = append(f.Missing, code)
	}
}

// lookPixels decodes the picture, if anybody can, and gives the frame to everybody who wants it.
func (l *looker) lookPixels(ctx context.Context, f *Facts, c *container, lim Limits) error {
	if c.err != nil {
		f.missPixels(l.o.People != nil)
		return c.err
	}
	if c.width <= 0 || c.height <= 0 {
		f.missPixels(l.o.People != nil)
		if !decodable[f.Format] {
			return fmt.Errorf("decode picture: %w: format %q", ErrUnsupported, f.Format)
		}
		return fmt.Errorf("decode picture: %w: no size", ErrCorrupt)
	}
	if pixels := int64(c.width) * int64(c.height); pixels > lim.Pixels {
		f.missPixels(l.o.People != nil)
		return fmt.Errorf("decode picture: %w: %d × %d pixels", ErrTooLarge, c.width, c.height)
	}
	weight := c.weight()
	if weight > l.budget {
		f.missPixels(l.o.People != nil)
		return fmt.Errorf("decode picture: %w: %d × %d pixels need %d bytes", ErrTooLarge, c.width, c.height, weight)
	}
	frame, err := l.decode(ctx, c, weight)
	if err != nil {
		f.missPixels(l.o.People != nil)
		return err
	}
	frame.Width, frame.Height = f.Width, f.Height
	small := frame.Reduce(thumbSide)
	f.measure(small)
	f.Thumb = thumb(small)
	if l.o.People == nil {
		return nil
	}
	if err := f.findPeople(ctx, l.o.People, frame); err != nil {
		f.miss("people")
		return err
	}
	return nil
}

func (f *Facts) missPixels(people bool) {
	f.miss("pixels")
	if people {
		f.miss("people")
	}
}

// decode waits for its share of the memory, decodes and gives it back: what remains is a small frame.
func (l *looker) decode(ctx context.Context, c *container, weight int64) (*Frame, error) {
	if err := l.memory.Acquire(ctx, weight); err != nil {
		return nil, err
	}
	defer l.memory.Release(weight)
	side := thumbSide
	if l.o.People != nil {
		side = max(side, l.o.People.Side())
	}
	if c.format == "avif" && l.o.FFmpeg != "" {
		return l.avifFrame(ctx, c, side)
	}
	return c.decode(ctx, side)
}

// findPeople asks the finder and brings its boxes to the whole picture.
func (f *Facts) findPeople(ctx context.Context, p *People, frame *Frame) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("look for people: %w: finder broke: %v", ErrCorrupt, r)
		}
	}()
	small := frame.Reduce(p.Side()).YCbCr
	boxes, err := p.Find(ctx, small)
	if err != nil {
		return fmt.Errorf("look for people: %w", err)
	}
	f.Detector = p.String()
	f.Boxes = scaleBoxes(boxes, small.Rect.Dx(), small.Rect.Dy(), f.Width, f.Height)
	n := Count(f.Boxes)
	f.People = &n
	return nil
}

// scaleBoxes brings boxes from a w × h frame to the whole picture and cuts them at its border.
func scaleBoxes(boxes []Box, w, h, width, height int) []Box {
	var out []Box
	for _, b := range boxes {
		x0, y0 := max(0, b.X*width/w), max(0, b.Y*height/h)
		x1, y1 := min(width, (b.X+b.W)*width/w), min(height, (b.Y+b.H)*height/h)
		if x1 <= x0 || y1 <= y0 {
			continue
		}
		b.X, b.Y, b.W, b.H = x0, y0, x1-x0, y1-y0
		out = append(out, b)
	}
	sortBoxes(out)
	return out
}
