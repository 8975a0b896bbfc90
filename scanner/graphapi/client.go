package graphapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/huandu/facebook/v2"
	"golang.org/x/time/rate"
)

const (
	// maxAnswer bounds one answer of the API. A page of 100 photos with all renditions is below 1 MB; a larger answer
	// is asked for again in smaller portions.
	maxAnswer = 32 << 20
	// callTime bounds one call: the API itself gives up after about 30 s.
	callTime = 90 * time.Second
	// tries of a call that fails without a reason of ours: 1, 2, 4, 8, 16 s between them.
	tries = 6
	// interval and burst spread calls evenly, as Meta advises.
	interval = 200 * time.Millisecond
	burst    = 5
	// firstPause is the first of the growing pauses where the API throttles without saying for how long; maxPause the
	// longest. Calling while throttled prolongs the throttle, so pauses double.
	firstPause = 5 * time.Second
	maxPause   = 30 * time.Minute
	// Shares of the budget (percent of the usage headers) from which on calls are spaced, up to spacedPause, and nearly
	// stopped, with slowPause between them.
	spaced, slowed = 60, 85
	spacedPause    = 10 * time.Second
	slowPause      = time.Minute
)

// client makes calls, one at a time: paced, retried, judged. It is safe for concurrent use.
type client struct {
	base    *url.URL
	version string
	session *facebook.Session
	secret  string
	scrub   *scrubber
	maxWait time.Duration
	clock   func() time.Time
	sleep   func(context.Context, time.Duration) error
	limiter *rate.Limiter
	turn    chan struct{} // holds the right to call

	mu     sync.Mutex // guards what follows
	calls  int
	waits  int
	served string // the version that answered, where it is another one
	usage  usage
	hosts  map[string]bool
	page   string        // id of the page, for deriving its token
	kind   bool          // a page token was derived already
	skew   time.Duration // what was waited while the clock stood still
}

// exchange is what the transport saw of one call; the library keeps neither status nor headers.
type exchange struct {
	status int
	header http.Header
	body   []byte
	err    error
}

type exchangeKey struct{}

// door is the only way out: it lets calls to the API's own address pass, keeps the answer, and takes secrets out of it
// before anybody reads it ("next" links and echoed parameters hold them).
type door struct {
	base  *url.URL
	next  http.RoundTripper
	scrub *scrubber
	met   func(host string)
}

func (d *door) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Scheme != d.base.Scheme || req.URL.Host != d.base.Host || req.Method != http.MethodGet {
		return nil, fmt.Errorf("refuse %s %s: not the API", req.Method, req.URL.Host)
	}
	x, _ := req.Context().Value(exchangeKey{}).(*exchange)
	if x == nil {
		return nil, errors.New("call outside of the client")
	}
	req.Header.Set("User-Agent", userAgent)
	d.met(req.URL.Host)
	resp, err := d.next.RoundTrip(req)
	if err != nil {
		x.err = err
		return nil, err
	}
	defer resp.Body.Close()
	x.status, x.header = resp.StatusCode, resp.Header
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		x.err = fmt.Errorf("answer broke off: %w", err)
		return nil, x.err
	}
	x.body = body
	if len(body) <= maxAnswer {
		x.body = []byte(d.scrub.value(string(body)))
	}
	// The library gets an empty object: its own reading of answers loses errors and statuses, and would put the raw
	// answer into its errors.
	resp.Body, resp.ContentLength = io.NopCloser(strings.NewReader("{}")), 2
	resp.Header = http.Header{"Content-Type": {"application/json"}}
	resp.StatusCode = http.StatusOK
	return resp, nil
}

func newClient(o *Options, base *url.URL) *client {
	c := &client{
		base: base, version: o.Version, secret: o.Secret, scrub: &scrubber{}, maxWait: o.MaxWait, clock: o.Now, sleep: o.Wait,
		limiter: rate.NewLimiter(rate.Every(interval), burst), turn: make(chan struct{}, 1), hosts: make(map[string]bool),
	}
	c.scrub.add(o.Secret)
	httpClient := &http.Client{
		Transport: &door{base: base, next: o.Transport, scrub: c.scrub, met: c.met},
		// A redirect would carry the call, token and all, to wherever the answer points.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	c.session = c.newSession(o.Token, httpClient)
	return c
}

func (c *client) newSession(token string, via facebook.HttpClient) *facebook.Session {
	c.scrub.add(token)
	app := facebook.New("", c.secret)
	s := app.Session(token)
	s.HttpClient, s.Version, s.BaseURL = via, c.version, strings.TrimSuffix(c.base.String(), "/")+"/"
	s.UseAuthorizationHeader()
	if c.secret != "" {
		_ = s.EnableAppsecretProof(true) // fails without an app only
		c.scrub.add(s.AppsecretProof())  // computed once, before calls run side by side
	}
	return s
}

func (c *client) met(host string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hosts[host] = true
}

// now is the time by which calls are paced: that of the clock, and past what was waited also where the clock does not
// move, as it may in tests.
func (c *client) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.clock().Add(c.skew)
}

func (c *client) wait(ctx context.Context, d time.Duration) error {
	until := c.now().Add(d)
	err := c.sleep(ctx, d)
	if err == nil {
		if behind := until.Sub(c.now()); behind > 0 {
			c.mu.Lock()
			c.skew += behind
			c.mu.Unlock()
		}
	}
	return err
}

// get calls path and returns the answer, which is data. It waits as the API asks, and retries what may pass. The error
// is a *Error, or that of the context.
func (c *client) get(ctx context.Context, path string, params facebook.Params) ([]byte, error) {
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	pauses := &backoff.ExponentialBackOff{InitialInterval: time.Second, Multiplier: 2, RandomizationFactor: 0.3, MaxInterval: 30 * time.Second}
	throttle := &backoff.ExponentialBackOff{InitialInterval: firstPause, Multiplier: 2, RandomizationFactor: 0.1, MaxInterval: maxPause}
	var waited time.Duration
	for try := 1; ; {
		if err := c.pace(ctx, &waited); err != nil {
			return nil, err
		}
		x, err := c.once(ctx, path, params)
		if err != nil {
			return nil, err
		}
		fault := c.judge(x)
		if fault == nil {
			return x.body, nil
		}
		switch fault.Kind {
		case errThrottle:
			pause := retryAfter(x.header, c.now())
			if pause <= 0 {
				pause = c.regain()
			}
			if pause <= 0 {
				pause = throttle.NextBackOff()
			}
			if err := c.pause(ctx, pause, &waited, fault); err != nil {
				return nil, err
			}
			// It was waited as told; the share of the refused answer asks for no second wait.
			c.mu.Lock()
			c.usage.share, c.usage.until = 0, time.Time{}
			c.mu.Unlock()
		case errTransient:
			if try++; try > tries {
				fault.Kind = ErrUnavailable
				return nil, fault
			}
			pause := pauses.NextBackOff()
			if after := retryAfter(x.header, c.now()); after > pause {
				if err := c.pause(ctx, after, &waited, fault); err != nil {
					return nil, err
				}
			} else if err := c.wait(ctx, pause); err != nil {
				return nil, err
			}
		case errWrongKind:
			if err := c.derive(ctx); err != nil {
				fault.Kind = ErrTokenKind
				if ctx.Err() != nil {
					return nil, ctx.Err()
				}
				return nil, fault
			}
		default:
			return nil, fault
		}
	}
}

// pause waits, unless that would be longer in all than the user allows.
func (c *client) pause(ctx context.Context, d time.Duration, waited *time.Duration, why *Error) error {
	if *waited += d; *waited > c.maxWait {
		e := *why
		e.Kind, e.Cause, e.Wait = ErrThrottled, CauseThrottled, d
		if why.Kind == errTransient {
			e.Kind, e.Cause = ErrUnavailable, CauseUnavailable
		}
		return &e
	}
	if why.Kind == errThrottle {
		c.mu.Lock()
		c.waits++
		c.mu.Unlock()
	}
	return c.wait(ctx, d)
}

// once makes one call through the library.
func (c *client) once(ctx context.Context, path string, params facebook.Params) (*exchange, error) {
	inner, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	x := &exchange{}
	own := facebook.Params{"locale": locale} // the library writes into it
	for k, v := range params {
		own[k] = v
	}
	c.mu.Lock()
	c.calls++
	session := c.session
	c.mu.Unlock()
	_, err := session.WithContext(context.WithValue(inner, exchangeKey{}, x)).Get(path, own)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if x.err == nil && x.status == 0 {
		if err == nil {
			err = errors.New("no answer")
		}
		x.err = err
	}
	c.note(x)
	return x, nil
}

// note keeps what the headers of an answer tell.
func (c *client) note(x *exchange) {
	if x.header == nil {
		return
	}
	now := c.now()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.usage.read(x.header, now)
	if v := x.header.Get("facebook-api-version"); v != "" && v != c.version && len(v) < 16 {
		c.served = v
	}
}

func (c *client) judge(x *exchange) *Error {
	var fault *Error
	switch {
	case x.err != nil:
		fault = &Error{Status: x.status, Kind: errTransient, Cause: CauseUnavailable, Message: plain(x.err)}
	case len(x.body) > maxAnswer:
		fault = &Error{Status: x.status, Kind: errTooMuch, Cause: CauseUnavailable, Message: "answer is larger than 32 MiB"}
	case x.status >= 300 && x.status < 400:
		fault = &Error{Status: x.status, Kind: ErrRequest, Cause: CauseRequest, Message: "the API answers with a redirect, which is not followed"}
	default:
		fault = judge(x.status, x.body)
	}
	if fault != nil {
		fault.Message = c.scrub.message(fault.Message)
		fault.Trace = c.scrub.message(fault.Trace)
	}
	return fault
}

// plain is the text of a connection's error without the address, whose query may hold a proof.
func plain(err error) string {
	var u *url.Error
	for errors.As(err, &u) {
		err = u.Err
	}
	return err.Error()
}

// derive asks for the page's own token with the user's token, once.
func (c *client) derive(ctx context.Context) error {
	c.mu.Lock()
	page, done := c.page, c.kind
	c.kind = true
	c.mu.Unlock()
	if done || page == "" {
		return errWrongKind
	}
	var waited time.Duration
	if err := c.pace(ctx, &waited); err != nil {
		return err
	}
	x, err := c.once(ctx, page, facebook.Params{"fields": "access_token"})
	if err != nil {
		return err
	}
	if fault := c.judge(x); fault != nil {
		return fault
	}
	var node pageNode
	decode(x.body, &node)
	if node.Token == "" || node.Token == scrubbed {
		return errWrongKind
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.session = c.newSession(string(node.Token), c.session.HttpClient)
	return nil
}

// pace waits until the next call may start: evenly spread, and slower the more of the budget is used.
func (c *client) pace(ctx context.Context, waited *time.Duration) error {
	now := c.now()
	d := c.limiter.ReserveN(now, 1).DelayFrom(now)
	c.mu.Lock()
	slow := c.usage.pause(now)
	c.usage.paused = now
	c.mu.Unlock()
	if slow > 0 {
		if err := c.pause(ctx, slow, waited, &Error{Kind: errThrottle, Cause: CauseThrottled, Message: "the budget of the app or page is used up"}); err != nil {
			return err
		}
		return nil
	}
	if d > 0 {
		return c.wait(ctx, d)
	}
	return ctx.Err()
}

// regain is how long the usage header asks to wait.
func (c *client) regain() time.Duration {
	now := c.now()
	c.mu.Lock()
	defer c.mu.Unlock()
	return max(0, c.usage.until.Sub(now))
}

// usage is what the API's headers say of the budget.
type usage struct {
	told   bool      // any header came
	share  float64   // highest percentage of all measures in the last answer that told any
	until  time.Time // no call before
	paused time.Time // when the last call was let through
}

var usageHeaders = []string{"X-App-Usage", "X-Page-Usage", "X-Business-Use-Case-Usage", "X-Ad-Account-Usage"}

// shareNames are the measures in percent, under all names that were seen.
var shareNames = []string{"call_count", "total_cputime", "total_time", "call_volume", "cpu_time", "acc_id_util_pct"}

func (u *usage) read(h http.Header, now time.Time) {
	share, minutes, any := 0.0, 0.0, false
	for _, name := range usageHeaders {
		for _, v := range h.Values(name) {
			if len(v) > 64<<10 {
				continue
			}
			walkUsage(json.NewDecoder(strings.NewReader(v)), func(key string, value float64) {
				switch {
				case key == "estimated_time_to_regain_access":
					minutes, any = max(minutes, value), true
				case slices.Contains(shareNames, key):
					share, any = max(share, value), true
				}
			})
		}
	}
	if !any {
		return
	}
	u.told, u.share = true, share
	u.until = time.Time{}
	if minutes > 0 {
		// A header beyond a week is garbage; the longest window of Meta's is a day.
		u.until = now.Add(time.Duration(min(minutes, 7*24*60) * float64(time.Minute)))
	}
}

// walkUsage visits all numbers of a usage header with their names. It reads tokens instead of a map: Meta's own sample
// repeats a key.
func walkUsage(dec *json.Decoder, visit func(key string, value float64)) {
	type level struct {
		object bool
		key    string
		onKey  bool
	}
	var stack []level
	for {
		tok, err := dec.Token()
		if err != nil || len(stack) > 16 {
			return
		}
		top := func() *level {
			if len(stack) == 0 {
				return &level{}
			}
			return &stack[len(stack)-1]
		}
		if t := top(); t.object && t.onKey {
			if key, ok := tok.(string); ok {
				t.key, t.onKey = key, false
				continue
			}
		}
		switch v := tok.(type) {
		case json.Delim:
			if v == '{' || v == '[' {
				stack = append(stack, level{object: v == '{', onKey: v == '{'})
				continue
			}
			if len(stack) == 0 {
				return
			}
			stack = stack[:len(stack)-1]
		case float64:
			visit(top().key, v)
		case string:
			if f, err := strconv.ParseFloat(v, 64); err == nil {
				visit(top().key, f)
			}
		}
		top().onKey = top().object
	}
}

// pause is how long to wait before the next call.
func (u *usage) pause(now time.Time) time.Duration {
	if now.Before(u.until) {
		d := u.until.Sub(now)
		return d + time.Duration(rand.Float64()*0.1*float64(d))
	}
	var d time.Duration
	switch {
	case u.share >= slowed && u.until.IsZero():
		d = slowPause
	case u.share >= spaced && u.until.IsZero():
		d = time.Duration((u.share - spaced) / (slowed - spaced) * float64(spacedPause))
	}
	return max(0, d-now.Sub(u.paused))
}

// retryAfter reads the header of that name: seconds, or a date.
func retryAfter(h http.Header, now time.Time) time.Duration {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if sec, err := strconv.ParseFloat(v, 64); err == nil && sec >= 0 && sec < 1e9 {
		return time.Duration(sec * float64(time.Second))
	}
	if at, err := http.ParseTime(v); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}
