package graphapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"

	"pagerisk/scanner"
)

const (
	// maxPicture and maxVideo bound one medium. Meta scales pictures to 2,048 pixels, far below; a long video may be larger
	// and is then a note.
	maxPicture = 64 << 20
	maxVideo   = 512 << 20
	// firstByte and stall bound how long the CDN may keep silent.
	firstByte = 30 * time.Second
	stall     = 60 * time.Second
	// mediumTime bounds one medium in all.
	mediumTime = 30 * time.Minute
	// resumes is how often a medium that breaks off goes on, and cdnTries how often a fetch begins.
	resumes, cdnTries = 5, 4
	// keptLinks bounds the addresses held in memory, about 0.5 kB each; a forgotten one is asked for again.
	keptLinks = 40_000
	// maxHops bounds redirects within a host.
	maxHops = 3
)

// mediaHosts are the domains of Meta's CDN. Nothing is fetched from elsewhere.
var mediaHosts = []string{".fbcdn.net", ".cdninstagram.com", ".fbsbx.com"}

// links holds the present addresses of media. They are signed, expire, and are stored nowhere.
type links struct {
	mu    sync.Mutex
	byRef map[string]string
	order []string
}

func (l *links) init() { l.byRef = make(map[string]string) }

func (l *links) set(ref, address string) {
	if address == "" {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, ok := l.byRef[ref]; !ok {
		if len(l.order) >= keptLinks {
			delete(l.byRef, l.order[0])
			l.order = l.order[1:]
		}
		l.order = append(l.order, ref)
	}
	l.byRef[ref] = address
}

func (l *links) get(ref string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.byRef[ref]
}

// cdn fetches media: without token, cookies or referrer, from Meta's hosts only.
type cdn struct {
	client  *http.Client
	local   string           // host and port of the API where that is a loopback address, else ""
	now     func() time.Time // for dates in Retry-After
	wait    func(context.Context, time.Duration) error
	resolve func(context.Context, string) ([]netip.Addr, error)
	met     func(string)
	scrub   *scrubber
	keep    string
}

func newCDN(o *Options, base *url.URL, c *client) *cdn {
	d := &cdn{now: c.now, wait: c.wait, resolve: o.Resolve, met: c.met, scrub: c.scrub, keep: o.KeepMedia}
	if loopback(base.Hostname()) {
		d.local = base.Host
	}
	if d.resolve == nil {
		d.resolve = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		}
	}
	transport := o.Transport
	if t, ok := transport.(*http.Transport); ok {
		t = t.Clone()
		t.DialContext, t.DialTLSContext = d.dial, nil
		t.ResponseHeaderTimeout = firstByte
		t.DisableCompression = true // offsets of a range count the bytes as they are
		transport = t
	}
	d.client = &http.Client{Transport: transport, CheckRedirect: func(req *http.Request, via []*http.Request) error {
		req.Header.Del("Referer") // it would carry the signed address
		if len(via) > maxHops || req.URL.Host != via[0].URL.Host || req.URL.Scheme != via[0].URL.Scheme {
			return errElsewhere
		}
		return nil
	}}
	return d
}

var errElsewhere = fmt.Errorf("a redirect to another host is not followed: %w", scanner.ErrRemote)

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// allowed reports whether an address may be fetched.
func (d *cdn) allowed(u *url.URL) bool {
	if d.local != "" && u.Host == d.local && u.User == nil && (u.Scheme == "http" || u.Scheme == "https") {
		return true
	}
	return u.Scheme == "https" && u.User == nil && (u.Port() == "" || u.Port() == "443") && onCDN(u.Hostname())
}

func onCDN(host string) bool {
	host = strings.ToLower(host)
	return slices.ContainsFunc(mediaHosts, func(suffix string) bool { return strings.HasSuffix(host, suffix) && len(host) > len(suffix) })
}

// dial connects to a host of the CDN at a public address only: a name may point anywhere. Other hosts reach this place
// only as a proxy that the system's settings name.
func (d *cdn) dial(ctx context.Context, network, address string) (net.Conn, error) {
	dialer := &net.Dialer{Timeout: firstByte}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	if !onCDN(host) {
		return dialer.DialContext(ctx, network, address)
	}
	addrs, err := d.resolve(ctx, host)
	if err != nil {
		return nil, fmt.Errorf("look up %q: %w", host, err)
	}
	last := fmt.Errorf("look up %q: no address", host)
	for _, a := range addrs {
		if !public(a) {
			return nil, fmt.Errorf("%q points to a private address: %w", host, scanner.ErrRemote)
		}
	}
	for _, a := range addrs {
		conn, err := dialer.DialContext(ctx, network, net.JoinHostPort(a.Unmap().String(), port))
		if err == nil {
			return conn, nil
		}
		last = err
	}
	return nil, last
}

// reserved are ranges that are neither private nor reachable in public, and the two that carry an IPv4 address inside.
var reserved = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("100::/64"),
}

func public(a netip.Addr) bool {
	a = a.Unmap()
	return a.IsGlobalUnicast() && !a.IsPrivate() && !a.IsLoopback() && !a.IsLinkLocalUnicast() &&
		!slices.ContainsFunc(reserved, func(p netip.Prefix) bool { return p.Contains(a) })
}

// Open fetches a medium that Read named. A link that has expired, or is not known any more, is asked for once.
func (s *Source) Open(ctx context.Context, ref string) (io.ReadCloser, error) {
	address, fresh := s.links.get(ref), false
	if address == "" {
		var err error
		if address, err = s.again(ctx, ref); err != nil {
			return nil, fmt.Errorf("open %q: %w", ref, err)
		}
		fresh = true
	}
	limit := int64(maxPicture)
	if strings.HasPrefix(ref, "video:") || strings.HasPrefix(ref, "ig:") || strings.HasPrefix(ref, "attachment:") {
		limit = maxVideo
	}
	r, err := s.cdn.open(ctx, address, limit)
	if errors.Is(err, errStale) && !fresh && ctx.Err() == nil {
		if address, err = s.again(ctx, ref); err == nil {
			r, err = s.cdn.open(ctx, address, limit)
		}
	}
	if errors.Is(err, errStale) {
		err = fmt.Errorf("%w: %w", scanner.ErrMissing, err)
	}
	if err != nil {
		return nil, fmt.Errorf("open %q: %w", ref, err)
	}
	if s.cdn.keep != "" {
		return keepOriginal(r, s.cdn.keep, ref)
	}
	return r, nil
}

// again reads the object of ref once more and returns its present address.
func (s *Source) again(ctx context.Context, ref string) (string, error) {
	kind, id, _ := strings.Cut(ref, ":")
	sub := ""
	if kind == "cover" {
		sub, id, _ = strings.Cut(id, ":")
	}
	if kind == "attachment" {
		id, sub, _ = strings.Cut(id, ":")
	}
	if scanner.NumberKey(scanner.Facebook, id) == "" {
		return "", fmt.Errorf("%w: nothing of that name", scanner.ErrMissing)
	}
	fields := map[string]string{
		"photo": "images{source,width,height},picture", "video": "source", "cover video": "picture,thumbnails{uri,width,height,is_preferred}",
		"ig": "media_url", "cover ig": "thumbnail_url", "picture": "picture{url,is_silhouette}",
		"attachment": "attachments{" + attachmentFields + ",subattachments.limit(100){" + attachmentFields + "}}",
	}[strings.TrimSpace(kind+" "+map[bool]string{true: sub}[kind == "cover"])]
	if fields == "" {
		return "", fmt.Errorf("%w: nothing of that name", scanner.ErrMissing)
	}
	list := parseFields("id," + fields)
	raw, err := s.c.node(ctx, id, &list, func(refusal) {})
	if err != nil {
		if errors.Is(err, ErrGone) || errors.Is(err, ErrPermission) {
			return "", fmt.Errorf("%w: %w", scanner.ErrMissing, err)
		}
		return "", err
	}
	address := presentAddress(raw, kind, sub)
	if address == "" {
		return "", fmt.Errorf("%w: the API gives no address", scanner.ErrMissing)
	}
	s.links.set(ref, address)
	return address, nil
}

func presentAddress(raw json.RawMessage, kind, sub string) string {
	switch kind {
	case "photo":
		var p photo
		decode(raw, &p)
		return p.url()
	case "video", "cover":
		if sub == "ig" {
			var m igMedia
			decode(raw, &m)
			return string(m.Thumbnail)
		}
		var v video
		decode(raw, &v)
		if kind == "cover" {
			return v.cover()
		}
		return string(v.Source)
	case "ig":
		var m igMedia
		decode(raw, &m)
		return string(m.URL)
	case "picture":
		var p pageNode
		decode(raw, &p)
		return string(p.Picture.V.Data.V.URL)
	case "attachment":
		var p post
		decode(raw, &p)
		i, err := strconv.Atoi(sub)
		if all := parts(&p); err == nil && i >= 0 && i < len(all) {
			if all[i].Media.V.Source != "" {
				return string(all[i].Media.V.Source)
			}
			return all[i].Media.V.Image.V.url()
		}
	}
	return ""
}

// errStale is an answer that a fresh link may better.
var errStale = errors.New("the link is no longer valid")

// open begins a fetch, with retries for what may pass.
func (d *cdn) open(ctx context.Context, address string, limit int64) (io.ReadCloser, error) {
	u, err := url.Parse(address)
	if err != nil || !d.allowed(u) {
		host := "?"
		if err == nil {
			host = u.Hostname()
		}
		return nil, fmt.Errorf("%w: %q is not a host of Meta's", scanner.ErrRemote, d.scrub.message(host))
	}
	inner, cancel := context.WithTimeout(ctx, mediumTime)
	b := &body{d: d, ctx: inner, cancel: cancel, url: u, limit: limit, size: -1}
	if err := b.begin(); err != nil {
		cancel()
		return nil, err
	}
	return b, nil
}

// body streams one medium, and goes on where the connection broke off.
type body struct {
	d      *cdn
	ctx    context.Context
	cancel context.CancelFunc
	url    *url.URL
	limit  int64
	size   int64  // -1 = not told
	tag    string // what says that the bytes are still the same
	at     int64
	resp   io.ReadCloser
	stop   context.CancelFunc
	watch  *time.Timer
	broken int
	err    error
}

// begin makes the request from b.at on.
func (b *body) begin() error {
	pauses := &backoff.ExponentialBackOff{InitialInterval: time.Second, Multiplier: 2, RandomizationFactor: 0.5, MaxInterval: 15 * time.Second}
	var last error
	for try := 0; try < cdnTries; try++ {
		resp, err := b.request()
		if b.ctx.Err() != nil {
			return b.ctx.Err()
		}
		pause := pauses.NextBackOff()
		if err != nil {
			if errors.Is(err, scanner.ErrRemote) {
				return fmt.Errorf("%w: %s", scanner.ErrRemote, b.d.scrub.message(plain(err)))
			}
			last = errors.New(b.d.scrub.message(plain(err)))
		} else {
			done, err := b.take(resp)
			if done {
				return err
			}
			last = err
			pause = max(pause, min(retryAfter(resp.Header, b.d.now()), 5*time.Minute))
		}
		b.close()
		if try+1 < cdnTries {
			if err := b.d.wait(b.ctx, pause); err != nil {
				return err
			}
		}
	}
	return last
}

func (b *body) request() (*http.Response, error) {
	ctx, stop := context.WithCancel(b.ctx)
	b.stop = stop
	b.watch = time.AfterFunc(stall, stop)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.url.String(), nil)
	if err != nil {
		return nil, errors.New("address cannot be read")
	}
	req.Header.Set("User-Agent", userAgent)
	if b.at > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", b.at))
		if b.tag != "" {
			req.Header.Set("If-Range", b.tag)
		}
	}
	b.d.met(b.url.Host)
	return b.d.client.Do(req)
}

// take judges an answer: whether it settles the matter, and how.
func (b *body) take(resp *http.Response) (done bool, err error) {
	b.resp = resp.Body
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	switch code := resp.StatusCode; {
	case code == http.StatusOK && (kind == "text/html" || kind == "application/json"):
		b.close()
		return true, fmt.Errorf("%w: an answer of type %q", errStale, kind)
	case code == http.StatusOK:
		if b.at == 0 {
			b.size, b.tag = resp.ContentLength, resp.Header.Get("ETag")
			if strings.HasPrefix(b.tag, "W/") {
				b.tag = ""
			}
		} else {
			// The host knows no ranges, or the file changed: only the same length may be the same file.
			if b.size >= 0 && resp.ContentLength >= 0 && b.size != resp.ContentLength || b.tag != "" && resp.Header.Get("ETag") != b.tag {
				b.close()
				return true, fmt.Errorf("%w: changed while it was read", scanner.ErrCorrupt)
			}
			if _, err := io.CopyN(io.Discard, resp.Body, b.at); err != nil {
				return false, errors.New("broke off again")
			}
		}
		if b.size > b.limit {
			b.close()
			return true, fmt.Errorf("%w: %d MiB", scanner.ErrTooLarge, b.size>>20)
		}
		return true, nil
	case code == http.StatusPartialContent && b.at > 0:
		if !strings.HasPrefix(resp.Header.Get("Content-Range"), fmt.Sprintf("bytes %d-", b.at)) {
			b.close()
			return true, fmt.Errorf("%w: another range than was asked for", scanner.ErrCorrupt)
		}
		return true, nil
	case code == http.StatusForbidden, code == http.StatusGone, code == http.StatusNotFound, code == http.StatusUnauthorized:
		b.close()
		return true, fmt.Errorf("%w (HTTP %d)", errStale, code)
	case code == http.StatusTooManyRequests, code >= 500, code == http.StatusRequestTimeout:
		return false, fmt.Errorf("HTTP %d", code)
	default:
		b.close()
		return true, fmt.Errorf("%w: HTTP %d", scanner.ErrCorrupt, code)
	}
}

func (b *body) close() {
	if b.watch != nil {
		b.watch.Stop()
	}
	if b.resp != nil {
		b.resp.Close()
		b.resp = nil
	}
	if b.stop != nil {
		b.stop()
	}
}

func (b *body) Read(p []byte) (int, error) {
	for b.err == nil {
		b.watch.Reset(stall)
		n, err := b.resp.Read(p)
		b.watch.Stop() // time that the caller takes is not the CDN's
		b.at += int64(n)
		if b.at > b.limit {
			b.err = fmt.Errorf("%w: more than %d MiB", scanner.ErrTooLarge, b.limit>>20)
			break
		}
		if err == nil {
			return n, nil
		}
		if errors.Is(err, io.EOF) && (b.size < 0 || b.at >= b.size) {
			b.err = io.EOF
			return n, io.EOF
		}
		b.close()
		if b.broken++; b.broken > resumes || b.ctx.Err() != nil {
			b.err = fmt.Errorf("%w: broke off after %d bytes", scanner.ErrCorrupt, b.at)
			if b.ctx.Err() != nil {
				b.err = b.ctx.Err()
			}
			return n, b.err
		}
		if err := b.begin(); err != nil {
			b.err = fmt.Errorf("%w: broke off after %d bytes: %w", scanner.ErrCorrupt, b.at, err)
		}
		if n > 0 {
			return n, nil
		}
	}
	return 0, b.err
}

func (b *body) Close() error {
	b.close()
	b.cancel()
	if b.err == nil {
		b.err = errors.New("closed")
	}
	return nil
}

// keeper writes what is read beside, and puts it into place once it was read to its end.
type keeper struct {
	io.ReadCloser
	tmp  *os.File
	path string
	head []byte
	done bool
	err  error
}

func keepOriginal(r io.ReadCloser, dir, ref string) (io.ReadCloser, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		r.Close()
		return nil, fmt.Errorf("keep %q: %w", ref, err)
	}
	tmp, err := os.CreateTemp(dir, ".medium-*")
	if err != nil {
		r.Close()
		return nil, fmt.Errorf("keep %q: %w", ref, err)
	}
	return &keeper{ReadCloser: r, tmp: tmp, path: filepath.Join(dir, strings.ReplaceAll(ref, ":", "-"))}, nil
}

func (k *keeper) Read(p []byte) (int, error) {
	n, err := k.ReadCloser.Read(p)
	if k.err == nil && n > 0 {
		if room := 512 - len(k.head); room > 0 {
			k.head = append(k.head, p[:min(n, room)]...)
		}
		_, k.err = k.tmp.Write(p[:n])
	}
	k.done = k.done || err == io.EOF
	if k.err != nil {
		return n, fmt.Errorf("keep the original: %w", k.err)
	}
	return n, err
}

// extensions are those under which originals are kept; by the bytes, because names of the CDN lie.
var extensions = map[string]string{
	"image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif", "image/webp": ".webp", "video/mp4": ".mp4", "video/webm": ".webm",
}

func (k *keeper) Close() error {
	err := k.ReadCloser.Close()
	closed := k.tmp.Close()
	if !k.done || k.err != nil || closed != nil {
		os.Remove(k.tmp.Name())
		return errors.Join(err, closed)
	}
	ext := extensions[http.DetectContentType(k.head)]
	if ext == "" && len(k.head) > 12 && bytes.Equal(k.head[4:8], []byte("ftyp")) {
		ext = ".mp4"
	}
	if ext == "" {
		ext = ".bin"
	}
	if err := os.Rename(k.tmp.Name(), k.path+ext); err != nil {
		os.Remove(k.tmp.Name())
		return fmt.Errorf("keep the original: %w", err)
	}
	return err
}
