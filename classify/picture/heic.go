package picture

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

// HEIC is decoded by libheif as WebAssembly: in a sandbox without files or network, with bounded memory. The Go package that the module comes from is not used: it prefers a shared library of the system
// where it finds one (which makes the program a dynamic one, and lets native code read hostile bytes), sets no limits, and
// writes to standard output.
//
//go:embed thirdparty/heif/heif.wasm.gz
var heifModule []byte

const (
	heifModuleSum = "3634a6447ea3915633667f39e01ff540a60f4e2f837a8391d044d76dfd8a0435"
	// heicPages bounds the sandbox's memory, in pages of 64 KiB: 640 MiB, for a picture of 24 megapixels takes 490.
	heicPages = 10 << 10
	// heicPixel is how many bytes of that a pixel takes, measured on pictures of 2 to 24 megapixels.
	heicPixel = 20
	// heicTime is the most that one picture may take; 24 megapixels take 5 s. The sandbox could be told to look at the
	// clock in every loop, which makes it six times as slow; instead, the one picture that takes longer is left behind
	// with its core, and no other HEIC picture is decoded until the program ends.
	heicTime = time.Minute
)

// heicSandbox compiles the module once, when the first HEIC picture comes: it takes half a second.
var heicSandbox = sync.OnceValues(func() (*sandbox, error) {
	sum := sha256.Sum256(heifModule)
	if hex.EncodeToString(sum[:]) != heifModuleSum {
		return nil, errors.New("the embedded decoder is not the one that it should be")
	}
	z, err := gzip.NewReader(bytes.NewReader(heifModule))
	if err != nil {
		return nil, err
	}
	code, err := io.ReadAll(z)
	if err != nil {
		return nil, err
	}
	ctx := context.Background()
	s := &sandbox{runtime: wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfig().WithMemoryLimitPages(heicPages))}
	if _, err := wasi_snapshot_preview1.Instantiate(ctx, s.runtime); err != nil {
		return nil, err
	}
	if s.module, err = s.runtime.CompileModule(ctx, code); err != nil {
		return nil, err
	}
	return s, nil
})

type sandbox struct {
	runtime wazero.Runtime
	module  wazero.CompiledModule
	stuck   atomic.Bool
}

// Values of libheif.
const (
	heifYCbCr      = 0
	heifRGB        = 1
	heifMonochrome = 2
)

// heifRatio translates libheif's names of chroma subsampling.
var heifRatio = map[uint32]image.YCbCrSubsampleRatio{
	1: image.YCbCrSubsampleRatio420, 2: image.YCbCrSubsampleRatio422, 3: image.YCbCrSubsampleRatio444,
}

// decodeHEIC decodes the primary picture, turned as the file says.
func decodeHEIC(ctx context.Context, data []byte) (image.Image, error) {
	s, err := heicSandbox()
	if err != nil {
		return nil, fmt.Errorf("decode heic: %w: %v", ErrUnsupported, err)
	}
	if s.stuck.Load() {
		return nil, fmt.Errorf("decode heic: %w: an earlier picture did not end", ErrUnsupported)
	}
	type result struct {
		img image.Image
		err error
	}
	done := make(chan result, 1)
	begun := make(chan struct{}) // the bytes are in the sandbox, and nobody reads data any more
	go func() {
		var r result
		defer func() {
			if p := recover(); p != nil {
				r = result{err: fmt.Errorf("decode heic: %w: decoder broke: %v", ErrCorrupt, p)}
			}
			done <- r
		}()
		r.img, r.err = s.decode(data, begun)
	}()
	select {
	case r := <-done:
		return r.img, r.err
	case <-begun:
	}
	timer := time.NewTimer(heicTime)
	defer timer.Stop()
	select {
	case r := <-done:
		return r.img, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-timer.C:
		s.stuck.Store(true)
		return nil, fmt.Errorf("decode heic: %w: took more than %v", ErrTooLarge, heicTime)
	}
}

// decode has a sandbox of its own in each call, so that no picture can leave anything behind for the next.
func (s *sandbox) decode(data []byte, begun chan<- struct{}) (image.Image, error) {
	ctx := context.Background()
	mod, err := s.runtime.InstantiateModule(ctx, s.module, wazero.NewModuleConfig().WithName("").WithStdout(io.Discard).WithStderr(io.Discard))
	if err != nil {
		return nil, err
	}
	defer mod.Close(ctx)
	call := func(name string, args ...uint64) (uint32, error) {
		r, err := mod.ExportedFunction(name).Call(ctx, args...)
		if err != nil {
			return 0, err
		}
		return uint32(r[0]), nil
	}
	in, err := call("malloc", uint64(len(data)))
	if err != nil {
		return nil, err
	}
	about, err := call("malloc", 5*4)
	if err != nil {
		return nil, err
	}
	if in == 0 || about == 0 || !mod.Memory().Write(in, data) {
		return nil, fmt.Errorf("decode heic: %w: no room for %d bytes", ErrTooLarge, len(data))
	}
	size := uint64(len(data))
	close(begun)
	decode := func(sizeOnly, out uint32) error {
		at := uint64(about)
		ok, err := call("decode", uint64(in), size, uint64(sizeOnly), at, at+4, at+8, at+12, at+16, uint64(out))
		if err == nil && ok == 0 {
			return fmt.Errorf("decode heic: %w: the decoder refused it", ErrCorrupt)
		}
		return err
	}
	if err := decode(1, 0); err != nil {
		return nil, err
	}
	said, ok := mod.Memory().Read(about, 5*4)
	if !ok {
		return nil, fmt.Errorf("decode heic: %w: no answer", ErrCorrupt)
	}
	le := binary.LittleEndian
	w, h, space, chroma := int64(le.Uint32(said)), int64(le.Uint32(said[4:])), le.Uint32(said[8:]), le.Uint32(said[12:])
	if w <= 0 || h <= 0 || w*h*heicPixel > heicPages<<16 {
		return nil, fmt.Errorf("decode heic: %w: %d × %d pixels", ErrTooLarge, w, h)
	}
	img, pix, err := heicPlanes(int(w), int(h), space, chroma)
	if err != nil {
		return nil, err
	}
	out, err := call("malloc", uint64(pix))
	if err != nil {
		return nil, err
	}
	if out == 0 {
		return nil, fmt.Errorf("decode heic: %w: no room for %d × %d pixels", ErrTooLarge, w, h)
	}
	if err := decode(0, out); err != nil {
		return nil, err
	}
	b, ok := mod.Memory().Read(out, uint32(pix))
	if !ok {
		return nil, fmt.Errorf("decode heic: %w: no pixels", ErrCorrupt)
	}
	// The sandbox's memory lives as long as somebody points to it.
	switch img := img.(type) {
	case *image.YCbCr:
		luma, plane := img.YStride*int(h), (pix-img.YStride*int(h))/2
		img.Y, img.Cb, img.Cr = b[:luma], b[luma:luma+plane], b[luma+plane:]
	case *image.Gray:
		img.Pix = b
	case *image.NRGBA:
		img.Pix = b
	}
	return img, nil
}

// heicPlanes is the picture that the decoder will fill, without its pixels, and how many bytes they take: libheif pads
// lines to 16 bytes.
func heicPlanes(w, h int, space, chroma uint32) (image.Image, int, error) {
	padded := func(n int) int { return (n + 15) &^ 15 }
	r := image.Rect(0, 0, w, h)
	switch space {
	case heifYCbCr:
		ratio, ok := heifRatio[chroma]
		if !ok {
			return nil, 0, fmt.Errorf("decode heic: %w: chroma %d", ErrUnsupported, chroma)
		}
		p := &image.YCbCr{Rect: r, SubsampleRatio: ratio}
		cw, ch := chromaSize(p)
		p.YStride, p.CStride = padded(w), padded(cw)
		return p, p.YStride*h + 2*p.CStride*ch, nil
	case heifMonochrome:
		return &image.Gray{Rect: r, Stride: padded(w)}, padded(w) * h, nil
	case heifRGB:
		return &image.NRGBA{Rect: r, Stride: padded(4 * w)}, padded(4*w) * h, nil
	}
	return nil, 0, fmt.Errorf("decode heic: %w: colours %d", ErrUnsupported, space)
}
