package metaexport

import (
	"archive/zip"
	"bufio"
	"bytes"
	"cmp"
	"compress/flate"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"strings"
)

const (
	// An archive can hold headers that lead over the same bytes again and again. In all, the walk reads its bytes, and
	// inflates what they hold, no more than walkFactor times and walkFree: honest archives need once.
	walkFactor = 40
	walkFree   = 1 << 30
	// localHeaderLen is the fixed part of a member's header.
	localHeaderLen = 30
)

var (
	localSignature      = []byte("PK\x03\x04")
	directorySignature  = []byte("PK\x01\x02")
	descriptorSignature = []byte("PK\x07\x08")
)

// walked is one member that the walk over local headers found.
type walked struct {
	name          string
	method, flags uint16
	crc           uint32
	packed, size  int64 // size is -1 where nobody knows: the archive ends inside the member
	offset        int64 // of the data
	whole         bool
}

// walkZip lists the members of an archive whose directory is lost, by walking forward over the members' own headers.
// clean reports that the walk came to the directory without finding anything broken on its way. A damaged stretch is
// skipped up to the next header. The time is linear in the archive's bytes and in what it inflates.
func walkZip(ctx context.Context, r io.ReaderAt, size int64) (members []walked, clean bool, err error) {
	w := &zipWalk{r: r, size: size, budget: walkFree + walkFactor*size}
	w.seek(0)
	clean = true
	for {
		if err := ctx.Err(); err != nil {
			return nil, false, err
		}
		head, err := w.br.Peek(4)
		switch {
		case err != nil:
			return members, false, nil
		case bytes.Equal(head, directorySignature):
			return members, clean, nil
		case !bytes.Equal(head, localSignature):
			clean = false
			if !w.resync() {
				return members, false, nil
			}
			continue
		}
		start := w.pos
		m, ok, err := w.member(ctx)
		if err != nil {
			return nil, false, err
		}
		if m != nil {
			members = append(members, *m)
			if len(members) >= maxEntries || w.budget <= 0 {
				return members, false, nil
			}
		}
		if !ok {
			// Behind a member that is broken or cut there may be others.
			clean = false
			w.seek(start + 4)
			if !w.resync() {
				return members, false, nil
			}
		}
	}
}

type zipWalk struct {
	r    io.ReaderAt
	size int64
	pos  int64
	br   *bufio.Reader
	// budget is how many bytes may still be inflated or searched.
	budget int64
}

func (w *zipWalk) seek(pos int64) {
	w.pos = pos
	section := io.NewSectionReader(w.r, pos, max(w.size-pos, 0))
	if w.br == nil {
		w.br = bufio.NewReaderSize(section, 64<<10)
	} else {
		w.br.Reset(section)
	}
}

// ReadByte lets flate take exactly the bytes of one stream.
func (w *zipWalk) ReadByte() (byte, error) {
	b, err := w.br.ReadByte()
	if err == nil {
		w.pos++
	}
	return b, err
}

func (w *zipWalk) Read(p []byte) (int, error) {
	n, err := w.br.Read(p)
	w.pos += int64(n)
	return n, err
}

// resync moves to the next local header or directory header.
func (w *zipWalk) resync() bool {
	for {
		buf, err := w.br.Peek(32 << 10)
		if len(buf) < 4 {
			return false
		}
		i := bytes.Index(buf, localSignature)
		if j := bytes.Index(buf, directorySignature); j >= 0 && (i < 0 || j < i) {
			i = j
		}
		if i < 0 {
			if err != nil {
				return false
			}
			i = len(buf) - 3
			w.discard(i)
			continue
		}
		w.discard(i)
		return true
	}
}

func (w *zipWalk) discard(n int) {
	n, _ = w.br.Discard(n)
	w.pos += int64(n)
}

// member reads one local header and finds the end of its data. ok is false where the walk has to look for the next
// header; a member whose name is known is returned even then.
func (w *zipWalk) member(ctx context.Context) (m *walked, ok bool, err error) {
	var h [localHeaderLen]byte
	if _, err := io.ReadFull(w, h[:]); err != nil {
		return nil, false, nil
	}
	le := binary.LittleEndian
	nameLen, extraLen := int(le.Uint16(h[26:])), int(le.Uint16(h[28:]))
	version := h[4]
	if version > 63 || nameLen == 0 || nameLen > maxNameBytes {
		return nil, false, nil
	}
	rest := make([]byte, nameLen+extraLen)
	if _, err := io.ReadFull(w, rest); err != nil {
		return nil, false, nil
	}
	m = &walked{
		name: string(rest[:nameLen]), flags: le.Uint16(h[6:]), method: le.Uint16(h[8:]), crc: le.Uint32(h[14:]),
		packed: int64(le.Uint32(h[18:])), size: int64(le.Uint32(h[22:])), offset: w.pos,
	}
	if strings.ContainsRune(m.name, 0) {
		return nil, false, nil
	}
	zip64 := zip64Sizes(m, rest[nameLen:])
	described := m.flags&8 != 0
	if !described || m.packed > 0 {
		if m.packed < 0 || m.packed > w.size-m.offset {
			m.packed, m.size = max(w.size-m.offset, 0), -1
			return m, false, nil
		}
		m.whole = true
		w.seek(m.offset + m.packed)
		if described {
			w.descriptor(m, zip64)
		}
		return m, true, nil
	}
	switch m.method {
	case zip.Deflate:
		sum := crc32.NewIEEE()
		body := flate.NewReader(w)
		n, copyErr := copyWithContext(ctx, sum, io.LimitReader(body, w.budget))
		w.budget -= n
		if ctx.Err() != nil {
			return nil, false, ctx.Err()
		}
		m.packed = w.pos - m.offset
		if copyErr != nil || w.budget <= 0 {
			m.packed, m.size = w.size-m.offset, -1
			return m, false, nil
		}
		m.size, m.whole = n, true
		if !w.descriptor(m, zip64) {
			return m, false, nil
		}
		m.crc = sum.Sum32()
		return m, true, nil
	case zip.Store:
		return m, w.storedEnd(ctx, m), ctx.Err()
	}
	m.packed, m.size = w.size-m.offset, -1
	return m, false, nil
}

// zip64Sizes takes sizes beyond 4 GiB from the extra field.
func zip64Sizes(m *walked, extra []byte) bool {
	le := binary.LittleEndian
	for len(extra) >= 4 {
		id, n := le.Uint16(extra), int(le.Uint16(extra[2:]))
		extra = extra[4:]
		if n > len(extra) {
			return false
		}
		if id == 1 {
			field := extra[:n]
			if m.size == 0xffffffff && len(field) >= 8 {
				m.size, field = int64(le.Uint64(field)), field[8:]
			}
			if m.packed == 0xffffffff && len(field) >= 8 {
				m.packed = int64(le.Uint64(field))
			}
			return true
		}
		extra = extra[n:]
	}
	return false
}

// descriptor steps over the record of sizes behind a member's data; writers leave out its signature and use 4 or 8
// bytes for sizes as they please, so the next header decides.
func (w *zipWalk) descriptor(m *walked, zip64 bool) bool {
	buf, _ := w.br.Peek(28)
	for _, n := range []int{16, 24, 12, 20} {
		if len(buf) < n {
			continue
		}
		if n%8 == 0 && !bytes.HasPrefix(buf, descriptorSignature) {
			continue
		}
		next := buf[n:]
		if len(buf) == n || bytes.HasPrefix(next, localSignature) || bytes.HasPrefix(next, directorySignature) || len(next) < 4 {
			w.discard(n)
			return true
		}
	}
	return false
}

// storedEnd finds the end of stored data of unknown size: a descriptor that gives just the size and the checksum of
// what stands before it.
func (w *zipWalk) storedEnd(ctx context.Context, m *walked) bool {
	le := binary.LittleEndian
	var n int64
	sum := crc32.NewIEEE()
	for ctx.Err() == nil && w.budget > 0 {
		buf, err := w.br.Peek(32 << 10)
		i := bytes.Index(buf, descriptorSignature)
		if i < 0 {
			if err != nil {
				break
			}
			i = len(buf) - 3
			sum.Write(buf[:i])
			n += int64(i)
			w.budget -= int64(i)
			w.discard(i)
			continue
		}
		sum.Write(buf[:i])
		n += int64(i)
		w.budget -= int64(i) + 1
		w.discard(i)
		d, _ := w.br.Peek(24)
		if len(d) >= 16 && le.Uint32(d[4:]) == sum.Sum32() &&
			(int64(le.Uint32(d[8:])) == n || len(d) >= 24 && le.Uint64(d[8:]) == uint64(n)) {
			m.packed, m.size, m.crc, m.whole = n, n, sum.Sum32(), true
			return w.descriptor(m, false)
		}
		b, _ := w.ReadByte()
		sum.Write([]byte{b})
		n++
	}
	m.packed, m.size = w.size-m.offset, -1
	return false
}

func copyWithContext(ctx context.Context, dst io.Writer, src io.Reader) (int64, error) {
	buf := make([]byte, 64<<10)
	var n int64
	for {
		if err := ctx.Err(); err != nil {
			return n, err
		}
		k, err := src.Read(buf)
		dst.Write(buf[:k])
		n += int64(k)
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
}

// open reads the member from r. A member that the archive cuts gives what is there and then io.ErrUnexpectedEOF.
func (m walked) open(r io.ReaderAt) (io.ReadCloser, error) {
	section := io.NewSectionReader(r, m.offset, m.packed)
	var body io.ReadCloser
	switch m.method {
	case zip.Store:
		body = io.NopCloser(section)
	case zip.Deflate:
		body = flate.NewReader(bufio.NewReader(section))
	default:
		return nil, fmt.Errorf("compression method %d: %w", m.method, zip.ErrAlgorithm)
	}
	return &checkedMember{body: body, want: m}, nil
}

// checkedMember compares size and checksum at the end, as archive/zip does.
type checkedMember struct {
	body io.ReadCloser
	want walked
	n    int64
	crc  uint32
}

func (c *checkedMember) Read(p []byte) (int, error) {
	n, err := c.body.Read(p)
	c.crc = crc32.Update(c.crc, crc32.IEEETable, p[:n])
	c.n += int64(n)
	if c.want.size >= 0 && c.n > c.want.size {
		return 0, zip.ErrFormat
	}
	if errors.Is(err, io.EOF) {
		switch {
		case !c.want.whole || c.n != c.want.size:
			return n, io.ErrUnexpectedEOF
		case c.crc != c.want.crc:
			return n, zip.ErrChecksum
		}
	}
	return n, err
}

func (c *checkedMember) Close() error { return c.body.Close() }

// overlapping finds members whose data share bytes with those of another member: no honest writer makes them, and
// they are how a small archive becomes endless work.
func overlapping(files []*zip.File, size int64) map[int]bool {
	left := uint64(size)
	for _, f := range files {
		if f.CompressedSize64 > left {
			return sharing(files, size)
		}
		left -= f.CompressedSize64
	}
	return nil // the headers of all members are read only where the sizes alone prove it
}

func sharing(files []*zip.File, size int64) map[int]bool {
	type span struct {
		index      int
		begin, end int64
	}
	spans := make([]span, 0, len(files))
	for i, f := range files {
		if begin, err := f.DataOffset(); err == nil {
			spans = append(spans, span{i, begin, begin + int64(min(f.CompressedSize64, uint64(size)))})
		}
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.begin, b.begin) })
	out := make(map[int]bool)
	last := -1
	for i, s := range spans {
		if last >= 0 && s.begin < spans[last].end {
			out[spans[last].index], out[s.index] = true, true
		}
		if last < 0 || s.end > spans[last].end {
			last = i
		}
	}
	return out
}
