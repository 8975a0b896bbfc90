package graphapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// Errors that end a pull, or an edge of it. Every error of this package that comes from the API is an [Error] that
// wraps one of them.
var (
	ErrToken       = errors.New("token is not valid")
	ErrRole        = errors.New("the person behind the token has no role on the page")
	ErrTokenKind   = errors.New("token is not a page token")
	ErrProof       = errors.New("proof of the app secret is missing or wrong")
	ErrPermission  = errors.New("permission is missing")
	ErrThrottled   = errors.New("the API asks to wait longer than allowed")
	ErrBlocked     = errors.New("the API blocks the account for now")
	ErrGone        = errors.New("does not exist, or is not visible to this token")
	ErrRequest     = errors.New("the API does not accept the request")
	ErrUnavailable = errors.New("the API does not answer as it should")
	ErrOffline     = errors.New("no connection wanted")
)

// errors that never leave the package: they are answered, not reported.
var (
	errTooMuch   = errors.New("too much data in one answer")
	errTransient = errors.New("passing fault")
	errThrottle  = errors.New("throttled")
	errWrongKind = errors.New("page token wanted")
)

// Cause names the reason of an Error for people; each has a text "graph.<cause>" in the catalogue.
type Cause string

const (
	CauseExpired     Cause = "token_expired"
	CausePassword    Cause = "token_password"
	CauseRemoved     Cause = "token_removed"
	CauseCheckpoint  Cause = "token_checkpoint"
	CauseUnconfirmed Cause = "token_unconfirmed"
	CauseInvalid     Cause = "token_invalid"
	CauseRole        Cause = "role"
	CauseKind        Cause = "token_kind"
	CauseProof       Cause = "proof"
	CausePermission  Cause = "permission"
	CauseFeature     Cause = "feature"
	CauseThrottled   Cause = "throttled"
	CauseBlocked     Cause = "blocked"
	CauseGone        Cause = "gone"
	CauseRequest     Cause = "request"
	CauseUnavailable Cause = "unavailable"
	CauseOffline     Cause = "offline"
)

// Causes returns all causes, for the catalogue's test.
func Causes() []Cause {
	return []Cause{CauseExpired, CausePassword, CauseRemoved, CauseCheckpoint, CauseUnconfirmed, CauseInvalid, CauseRole,
		CauseKind, CauseProof, CausePermission, CauseFeature, CauseThrottled, CauseBlocked, CauseGone, CauseRequest,
		CauseUnavailable, CauseOffline}
}

// Error is what the API refused. Its text holds no secret and no address with a query.
type Error struct {
	Op      string // what was asked: `read "graph:123/albums"`
	Kind    error  // one of the Err… values
	Cause   Cause
	Status  int    // HTTP
	Code    int    // Graph's; 0 where the answer was none of Graph's
	Subcode int    // Graph's
	Message string // Graph's, or that of the connection
	Trace   string // fbtrace_id, what Meta's support asks for
	Wait    time.Duration
}

func (e *Error) Error() string {
	var b strings.Builder
	if e.Op != "" {
		b.WriteString(e.Op + ": ")
	}
	b.WriteString(e.Kind.Error())
	if e.Code != 0 {
		fmt.Fprintf(&b, " (#%d", e.Code)
		if e.Subcode != 0 {
			fmt.Fprintf(&b, "/%d", e.Subcode)
		}
		b.WriteString(")")
	} else if e.Status != 0 && e.Status != http.StatusOK {
		fmt.Fprintf(&b, " (HTTP %d)", e.Status)
	}
	if e.Wait > 0 {
		fmt.Fprintf(&b, " (%s)", e.Wait.Round(time.Second))
	}
	if e.Message != "" {
		b.WriteString(": " + e.Message)
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Kind }

// fatal reports whether nothing more can be read with this token now, on whatever edge.
func fatal(err error) bool {
	for _, kind := range []error{ErrToken, ErrRole, ErrTokenKind, ErrProof, ErrThrottled, ErrBlocked, ErrOffline} {
		if errors.Is(err, kind) {
			return true
		}
	}
	var e *Error
	return !errors.As(err, &e)
}

// graphError is the error object of an answer. Only message and code are sure; types vary.
type graphError struct {
	Message   text   `json:"message"`
	Type      text   `json:"type"`
	Code      number `json:"code"`
	Subcode   number `json:"error_subcode"`
	Subcode2  number `json:"subcode"` // inside debug_token
	Transient truth  `json:"is_transient"`
	Trace     text   `json:"fbtrace_id"`
}

// tokenCauses are the subcodes of a dead token.
var tokenCauses = map[int]Cause{
	458: CauseRemoved, 459: CauseCheckpoint, 460: CausePassword, 463: CauseExpired, 464: CauseUnconfirmed, 467: CauseInvalid,
}

var throttleCodes = map[int]bool{
	4: true, 17: true, 32: true, 341: true, 613: true,
	80000: true, 80001: true, 80002: true, 80003: true, 80004: true, 80005: true, 80006: true, 80008: true, 80009: true, 80014: true,
}

// judge classifies an answer: nil where it is data. The body decides, then the status.
func judge(status int, body []byte) *Error {
	var envelope map[string]json.RawMessage
	if err := json.Unmarshal(body, &envelope); err != nil {
		return judgeStatus(status, "the answer is not JSON")
	}
	raw, has := envelope["error"]
	if !has {
		if legacy, ok := envelope["error_code"]; ok {
			var code number
			var msg text
			_ = json.Unmarshal(legacy, &code)
			_ = json.Unmarshal(envelope["error_msg"], &msg)
			return judgeCode(status, graphError{Code: code, Message: msg})
		}
		if envelope == nil || status >= 300 {
			return judgeStatus(status, "")
		}
		return nil
	}
	var g graphError
	if raw[0] != '{' {
		var msg text
		_ = json.Unmarshal(raw, &msg)
		return judgeStatus(status, string(msg))
	}
	_ = json.Unmarshal(raw, &g) // types that do not fit are left at zero
	return judgeCode(status, g)
}

func judgeStatus(status int, message string) *Error {
	e := &Error{Status: status, Message: message, Kind: errTransient, Cause: CauseUnavailable}
	switch {
	case status == http.StatusTooManyRequests:
		e.Kind, e.Cause = errThrottle, CauseThrottled
	case status == http.StatusUnauthorized:
		e.Kind, e.Cause = ErrToken, CauseInvalid
	case status == http.StatusForbidden:
		e.Kind, e.Cause = ErrPermission, CausePermission
	case status == http.StatusNotFound, status == http.StatusGone:
		e.Kind, e.Cause = ErrGone, CauseGone
	case status >= 400 && status < 500:
		e.Kind, e.Cause = ErrRequest, CauseRequest
	}
	return e
}

func judgeCode(status int, g graphError) *Error {
	e := &Error{Status: status, Code: int(g.Code), Subcode: int(g.Subcode), Message: string(g.Message), Trace: string(g.Trace)}
	low := strings.ToLower(e.Message)
	set := func(kind error, cause Cause) *Error {
		e.Kind, e.Cause = kind, cause
		return e
	}
	switch code := e.Code; {
	case (code == 1 || code == 0 || code == -1) && strings.Contains(low, "reduce the amount of data"), code == -3:
		return set(errTooMuch, CauseUnavailable)
	case throttleCodes[code], status == http.StatusTooManyRequests:
		return set(errThrottle, CauseThrottled)
	case code == 368:
		return set(ErrBlocked, CauseBlocked)
	case code == 190 && e.Subcode == 492:
		return set(ErrRole, CauseRole)
	case code == 190 && strings.Contains(low, "page access token"), code == 210, code == 1705:
		return set(errWrongKind, CauseKind)
	case code == 190, code == 102, code == 0 && g.Type == "OAuthException":
		if cause, ok := tokenCauses[e.Subcode]; ok {
			return set(ErrToken, cause)
		}
		return set(ErrToken, CauseInvalid)
	case code == 104, code == 100 && strings.Contains(low, "appsecret_proof"):
		return set(ErrProof, CauseProof)
	case strings.Contains(low, "page public content access"):
		return set(ErrPermission, CauseFeature)
	case code == 3, code == 10, code >= 200 && code <= 299:
		return set(ErrPermission, CausePermission)
	case code == 100 && e.Subcode == 33, code == 803:
		return set(ErrGone, CauseGone)
	case bool(g.Transient), code == 1, code == 2, code == -1:
		return set(errTransient, CauseUnavailable)
	case code == 100, code == 12, code == 2500, code == 3001:
		return set(ErrRequest, CauseRequest)
	}
	fallback := judgeStatus(status, e.Message)
	if status < 300 {
		fallback = &Error{Kind: errTransient, Cause: CauseUnavailable}
	}
	return set(fallback.Kind, fallback.Cause)
}

// scrubber takes secrets out of texts: first by value, whatever stands around them, then by the names of parameters.
type scrubber struct{ values []string }

func (s *scrubber) add(secret string) {
	if secret == "" {
		return
	}
	s.values = append(s.values, secret)
	if escaped := url.QueryEscape(secret); escaped != secret {
		s.values = append(s.values, escaped)
	}
}

const scrubbed = "[…]"

var (
	secretParams = regexp.MustCompile(`(?i)\b(access_token|appsecret_proof|input_token|fb_exchange_token|client_secret)(=|%3D|"\s*:\s*")[^&\s"'\\]*`)
	bearer       = regexp.MustCompile(`(?i)\bBearer\s+[^\s"']+`)
	queries      = regexp.MustCompile(`(https?:\\?/\\?/[^\s"'?]*)\?[^\s"']*`)
)

// value takes known secrets out, and leaves all else as it is.
func (s *scrubber) value(t string) string {
	for _, v := range s.values {
		t = strings.ReplaceAll(t, v, scrubbed)
	}
	return t
}

// maxMessage bounds what of a text from outside goes into errors and notes.
const maxMessage = 300

// message makes a text from outside fit for errors, notes and logs.
func (s *scrubber) message(t string) string {
	t = s.value(t)
	t = secretParams.ReplaceAllString(t, "$1="+scrubbed)
	t = bearer.ReplaceAllString(t, "Bearer "+scrubbed)
	t = queries.ReplaceAllString(t, "$1")
	t = strings.Join(strings.Fields(strings.ToValidUTF8(t, "�")), " ")
	if r := []rune(t); len(r) > maxMessage {
		t = string(r[:maxMessage]) + "…"
	}
	return t
}
