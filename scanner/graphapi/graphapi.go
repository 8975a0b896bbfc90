// Package graphapi reads a Facebook page and the Instagram account linked to it over Meta's Graph API, for people who
// have a token and want what the export lacks: permalinks, Meta's picture descriptions, full-size pictures, the latest
// posts. It is the only package that talks to the network. Its one rule: the token goes to the API's own address, in a
// header, and nowhere else; what the API answers is scrubbed of secrets before anybody reads it.
package graphapi

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"pagerisk/scanner"
)

const (
	// DefaultURL is where the API is.
	DefaultURL = "https://graph.facebook.com"
	// DefaultVersion is the version whose fields the lists of this package were checked against; served until July 2028.
	DefaultVersion = "v25.0"
	// DefaultMaxWait is how long one call may wait for the API in all.
	DefaultMaxWait = 2 * time.Hour

	userAgent = "pagerisk (reads its owner's page)"
	// locale fixes the language of Meta's picture descriptions, so that two runs give the same: German, as the register is
	// in most cases; the rules read both.
	locale = "de_DE"
	site   = "https://www.facebook.com"
)

// Options say what is read, and give everything that the package touches.
type Options struct {
	Page      string        // id or name of the page
	Token     string        // a page token, or a user token of somebody with a role on the page
	Secret    string        // of the app; "" = no proof is sent
	BaseURL   string        // "" = DefaultURL; plain http is taken on a loopback address only
	Version   string        // "" = DefaultVersion
	MaxWait   time.Duration // 0 = DefaultMaxWait
	KeepMedia string        // folder for the originals, "" = none is kept
	Offline   bool          // New fails with ErrOffline

	Transport http.RoundTripper // an *http.Transport is cloned and guarded for media
	Now       func() time.Time
	// Wait returns after d, or with ctx.Err() when the context ends. nil = a timer.
	Wait func(ctx context.Context, d time.Duration) error
	// Resolve looks up a host of the CDN. nil = the system's resolver.
	Resolve func(ctx context.Context, host string) ([]netip.Addr, error)
}

// Remembers tells the source how to ask whether the case has an item of a key or alias. A pull that goes on after a break
// then knows which posts came before it, and does not ask the API for them again. Call it before Read.
func (s *Source) Remembers(known func(ctx context.Context, key scanner.Key) bool) { s.known = known }

// Source reads one page. It implements scanner.Source.
type Source struct {
	o       Options
	c       *client
	cdn     *cdn
	links   links
	known   func(ctx context.Context, key scanner.Key) bool // nil = nothing is known
	refused refusals
}

var pageName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$`)

// New prepares a source; it makes no call. The error is one of the options', or wraps ErrOffline.
func New(o Options) (*Source, error) {
	if o.Offline {
		return nil, &Error{Op: fmt.Sprintf("read %q", "graph:"+o.Page), Kind: ErrOffline, Cause: CauseOffline}
	}
	if !pageName.MatchString(o.Page) {
		return nil, fmt.Errorf("page %q: want the page's number or name", o.Page)
	}
	if o.Token == "" || strings.ContainsFunc(o.Token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, &Error{Op: fmt.Sprintf("read %q", "graph:"+o.Page), Kind: ErrToken, Cause: CauseInvalid, Message: "there is no token, or it holds white space"}
	}
	if o.BaseURL == "" {
		o.BaseURL = DefaultURL
	}
	if o.Version == "" {
		o.Version = DefaultVersion
	}
	if o.MaxWait == 0 {
		o.MaxWait = DefaultMaxWait
	}
	if o.Transport == nil || o.Now == nil {
		return nil, errors.New("a source needs a transport and a clock")
	}
	if o.Wait == nil {
		o.Wait = sleep
	}
	base, err := url.Parse(o.BaseURL)
	switch {
	case err != nil:
		return nil, errors.New("address of the API: cannot be read")
	case base.User != nil || base.RawQuery != "" || base.Fragment != "" || base.Host == "":
		return nil, fmt.Errorf("address of the API %q: want scheme, host and path", base.Redacted())
	case base.Scheme != "https" && !(base.Scheme == "http" && loopback(base.Hostname())):
		return nil, fmt.Errorf("address of the API %q: want https, because the token is sent there", base.Redacted())
	}
	s := &Source{o: o, c: newClient(&o, base), refused: make(refusals)}
	s.links.init()
	s.cdn = newCDN(&o, base, s.c)
	return s, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ID is "graph:" and the page as it was named.
func (s *Source) ID() string { return "graph:" + s.o.Page }

// Hosts returns the hosts that were contacted so far, in order of name.
func (s *Source) Hosts() []string {
	s.c.mu.Lock()
	defer s.c.mu.Unlock()
	hosts := make([]string, 0, len(s.c.hosts))
	for h := range s.c.hosts {
		hosts = append(hosts, h)
	}
	slices.Sort(hosts)
	return hosts
}

// Calls returns how many calls of the API were made so far. Fetches of media are none.
func (s *Source) Calls() int {
	s.c.mu.Lock()
	defer s.c.mu.Unlock()
	return s.c.calls
}

// Read yields every object of the page's and the account's lists after the cursor: posts first, then the lists that show
// their pictures and videos again, with the same identities. A list that the API refuses becomes a note, and the rest
// goes on. The error that ends a pull is an *Error: the same cursor goes on with another token, or another day.
func (s *Source) Read(ctx context.Context, after scanner.Cursor) iter.Seq2[scanner.Entry, error] {
	return func(yield func(scanner.Entry, error) bool) {
		r := newReader(ctx, s, yield)
		from, err := parsePosition(after)
		if err == nil {
			err = r.run(from)
		}
		if err != nil && !errors.Is(err, errStopped) {
			yield(scanner.Entry{}, err)
		}
	}
}
