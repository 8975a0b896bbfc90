package metaexport

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

const (
	// maxElement bounds one element of a list. Meta's have a few kilobytes; 22 pictures with captions make 60.
	maxElement = 8 << 20
	// maxDepth bounds nesting; Meta's deepest records (label_values) have about 20 levels.
	maxDepth = 500
)

var (
	errTooLarge = errors.New("element beyond 8 MiB")
	errBroken   = errors.New("not valid JSON")
	errCut      = errors.New("ends in the middle")
	errNoList   = errors.New("no list in it")
)

// splitter takes the elements out of a JSON list one by one without holding the list. The list may stand bare, be the
// value of a key of an object (also one level deeper, as {"group_posts": {"activity_log_data": […]}}), or be one bare
// record. An element that is broken costs itself only: the next one is found by what the elements before it began with.
type splitter struct {
	r      io.Reader
	buf    []byte
	lo, hi int   // unread part of buf
	eof    error // what ended reading: io.EOF or worse
	// open are the containers around the list: '{' of wrappers, '[' while in a list.
	open []byte
	keys []string
	lead []byte // what every element of this list begins with
	// walk asks for the fields of the outermost object instead of taking it for one bare record.
	walk  bool
	begun bool
	found bool // something was yielded
	over  bool
	// repaired: something between two elements was not JSON and was skipped.
	repaired bool
	// valid decides whether an element is JSON; whoever parses it anyway does so here, and saves a second look.
	valid func(raw []byte) bool
}

// recordKeys begin a record, never a wrapper around a list of records.
var recordKeys = map[string]bool{
	"timestamp": true, "data": true, "attachments": true, "title": true, "tags": true, "media": true, "uri": true,
	"creation_timestamp": true, "label_values": true, "fbid": true, "ent_name": true, "media_metadata": true,
	"cross_post_source": true, "description": true, "backup_uri": true, "thumbnail": true,
}

// bareKeys begin the only record of a wrapped list that lost its brackets. Keys that a wrapper may have as well are not
// among them.
var bareKeys = map[string]bool{
	"timestamp": true, "attachments": true, "media": true, "uri": true, "creation_timestamp": true, "label_values": true, "fbid": true,
}

func newSplitter(r io.Reader, walk bool) *splitter {
	return &splitter{r: r, buf: make([]byte, 64<<10), walk: walk, valid: json.Valid}
}

// next returns one element and the key of the list that it stands in ("" for a bare one). With walk, other fields of
// the object come too, under their own key. The bytes are valid until the next call. Errors: io.EOF after the last
// element; errTooLarge and errBroken for one element that is lost; errCut and errNoList for the rest of the file.
func (s *splitter) next() (key string, raw []byte, err error) {
	if s.over {
		return "", nil, io.EOF
	}
	if !s.begun {
		s.begun = true
		s.skip("\ufeff")
		switch c, ok := s.peek(); {
		case !ok:
			return s.stop(errNoList)
		case c == '[':
			s.lo++
			s.open = append(s.open, '[')
			s.keys = append(s.keys, "")
		case c == '{':
			first, ok := s.firstKey()
			if !ok {
				return s.stop(errNoList)
			}
			if recordKeys[first] && !s.walk {
				raw, err := s.value()
				if err == nil && !s.valid(raw) {
					err = errBroken
				}
				if err != nil {
					return s.stop(err)
				}
				s.over, s.found = true, true
				return "", raw, nil
			}
			s.lo++
			s.open = append(s.open, '{')
			s.keys = append(s.keys, "")
		default:
			return s.stop(errNoList)
		}
	}
	for {
		c, ok := s.peek()
		if !ok {
			if len(s.open) == 0 {
				return s.end()
			}
			return s.stop(errCut)
		}
		if len(s.open) == 0 {
			// Behind the end: a bracket that was damaged, or the list once more.
			if c == ',' || c == '[' || c == '{' {
				s.repaired = true
				s.open, s.keys = append(s.open, '['), append(s.keys, "")
				if c != '{' {
					s.lo++
				}
				continue
			}
			return s.stop(errBroken)
		}
		top := s.open[len(s.open)-1]
		switch {
		case c == ',':
			s.lo++
		case c == ']' || c == '}':
			s.lo++
			if c == ']' && top != '[' || c == '}' && top != '{' {
				s.repaired = true
				continue
			}
			s.open, s.keys = s.open[:len(s.open)-1], s.keys[:len(s.keys)-1]
		case top == '[':
			return s.element(c)
		default:
			key, raw, err := s.field()
			if err != nil || raw != nil {
				return key, raw, err
			}
		}
	}
}

// element reads one element of the list that is open.
func (s *splitter) element(c byte) (string, []byte, error) {
	key := s.keys[len(s.keys)-1]
	if s.lead == nil && c == '{' {
		s.learn()
	}
	if c != '{' {
		// Lists of content hold objects; anything else is an element nobody knows, or damage.
		raw, err := s.value()
		if err == nil && s.valid(raw) {
			return key, raw, nil
		}
		s.lo -= len(raw)
		if !s.found && s.lead == nil {
			return s.stop(errBroken)
		}
		return s.lost(key, errBroken)
	}
	raw, err := s.value()
	if err == nil && !s.valid(raw) {
		s.lo -= len(raw)
		err = errBroken
	}
	if err != nil {
		return s.lost(key, err)
	}
	s.found = true
	return key, raw, nil
}

// learn remembers how elements of this list begin: the white space before them where Meta's line breaks are kept, else
// their first key.
func (s *splitter) learn() {
	i := s.lo
	for i > 0 && (s.buf[i-1] == ' ' || s.buf[i-1] == '\t' || s.buf[i-1] == '\n' || s.buf[i-1] == '\r') {
		i--
	}
	if space := s.buf[i:s.lo]; bytes.IndexByte(space, '\n') >= 0 {
		s.lead = append(append([]byte(nil), space[bytes.LastIndexByte(space, '\n'):]...), '{')
		return
	}
	if key, ok := s.firstKey(); ok {
		s.lead = []byte(`{"` + key + `"`)
	}
}

// lost ends an element that cannot be read and moves to the next one. s.lo stands at its beginning, unless it was too
// large and is gone already.
func (s *splitter) lost(key string, err error) (string, []byte, error) {
	if errors.Is(err, errTooLarge) {
		return key, nil, err
	}
	if s.lead == nil {
		return s.stop(err)
	}
	if s.lo < s.hi {
		s.lo++
	}
	for {
		if i := bytes.Index(s.buf[s.lo:s.hi], s.lead); i >= 0 {
			s.lo += i
			if s.lead[0] == '\n' {
				s.lo++
			}
			return key, nil, errBroken
		}
		s.lo = max(s.lo, s.hi-len(s.lead)+1)
		if !s.fill() {
			s.lo = s.hi
			if !errors.Is(err, errCut) {
				// The last element of the list: what follows it is gone with it.
				s.over = true
				return key, nil, errBroken
			}
			return s.stop(errCut)
		}
	}
}

// field reads one field of an object around lists: it opens a list or a wrapper, and hands out other values where walk
// asks for them.
func (s *splitter) field() (string, []byte, error) {
	raw, err := s.value()
	var key string
	if err != nil || json.Unmarshal(raw, &key) != nil {
		return s.stop(errBroken)
	}
	if c, ok := s.peek(); !ok || c != ':' {
		return s.stop(errBroken)
	}
	s.lo++
	c, ok := s.peek()
	if !ok {
		return s.stop(errCut)
	}
	switch {
	case c == '[':
		s.lo++
		s.open, s.keys, s.lead = append(s.open, '['), append(s.keys, key), nil
		return "", nil, nil
	case c == '{' && !s.walk && len(s.open) < 4:
		if first, ok := s.firstKey(); ok && bareKeys[first] {
			raw, err := s.value()
			if err == nil && !s.valid(raw) {
				err = errBroken
			}
			if err != nil {
				return s.stop(err)
			}
			s.found = true
			return key, raw, nil
		}
		s.lo++
		s.open, s.keys = append(s.open, '{'), append(s.keys, key)
		return "", nil, nil
	}
	raw, err = s.value()
	if err != nil {
		return s.stop(err)
	}
	if !s.walk {
		return "", nil, nil
	}
	if !s.valid(raw) {
		return key, nil, errBroken
	}
	return key, raw, nil
}

func (s *splitter) stop(err error) (string, []byte, error) {
	s.over = true
	if s.eof != nil && s.eof != io.EOF {
		err = errors.Join(err, s.eof)
	}
	return "", nil, err
}

// end is the regular end; a checksum that does not fit shows only here.
func (s *splitter) end() (string, []byte, error) {
	s.over = true
	if s.eof != nil && s.eof != io.EOF {
		return "", nil, errors.Join(errBroken, s.eof)
	}
	return "", nil, io.EOF
}

// peek skips white space and returns the next byte.
func (s *splitter) peek() (byte, bool) {
	for {
		for s.lo < s.hi {
			switch c := s.buf[s.lo]; c {
			case ' ', '\t', '\r', '\n':
				s.lo++
			default:
				return c, true
			}
		}
		if !s.fill() {
			return 0, false
		}
	}
}

func (s *splitter) skip(prefix string) {
	for s.hi-s.lo < len(prefix) && s.fill() {
	}
	if bytes.HasPrefix(s.buf[s.lo:s.hi], []byte(prefix)) {
		s.lo += len(prefix)
	}
}

// firstKey looks into the object at s.lo without reading it.
func (s *splitter) firstKey() (string, bool) {
	for size := 4 << 10; ; size *= 2 {
		for s.hi-s.lo < size && s.fill() {
		}
		window := s.buf[s.lo:min(s.hi, s.lo+size)]
		rest := bytes.TrimLeft(window[1:], " \t\r\n")
		if len(rest) > 0 && rest[0] == '}' {
			return "", true
		}
		if len(rest) > 0 && rest[0] != '"' {
			return "", false
		}
		if len(rest) > 1 {
			if i := bytes.IndexByte(rest[1:], '"'); i >= 0 {
				return string(rest[1 : i+1]), true
			}
		}
		if size >= 64<<10 || len(window) < size {
			return "", false
		}
	}
}

// value reads one JSON value from s.lo and moves behind it. It checks nesting and strings only as far as it needs to
// find the end. On errBroken and errCut s.lo stays.
func (s *splitter) value() ([]byte, error) {
	var (
		i       = s.lo
		stack   [maxDepth]byte
		depth   int
		quoted  bool
		scalar  bool
		dropped bool // beyond maxElement: only the end is looked for
	)
	for {
		for ; i < s.hi; i++ {
			c := s.buf[i]
			switch {
			case quoted:
				switch {
				case c == '\\':
					i++ // the escaped byte; where it lies beyond what was read, fill brings it
				case c == '"':
					quoted = false
					if depth == 0 {
						return s.take(i+1, dropped)
					}
				case c < ' ':
					return nil, errBroken
				}
			case c == '"':
				quoted = true
			case c == '{' || c == '[':
				if depth == maxDepth {
					return nil, errBroken
				}
				stack[depth] = c
				depth++
			case c == '}' || c == ']':
				if depth == 0 {
					if scalar {
						return s.take(i, dropped)
					}
					return nil, errBroken
				}
				depth--
				if stack[depth] != c-2 { // '{' + 2 = '}', '[' + 2 = ']'
					return nil, errBroken
				}
				if depth == 0 {
					return s.take(i+1, dropped)
				}
			case depth == 0 && (c == ',' || c == ' ' || c == '\n' || c == '\r' || c == '\t'):
				return s.take(i, dropped)
			default:
				scalar = true
			}
		}
		if i-s.lo > maxElement {
			dropped = true
			s.lo = min(i, s.hi)
		}
		read := i - s.lo
		if !s.fill() {
			if depth == 0 && scalar && !quoted {
				return s.take(s.hi, dropped)
			}
			return nil, errCut
		}
		i = s.lo + read
	}
}

func (s *splitter) take(end int, dropped bool) ([]byte, error) {
	raw := s.buf[s.lo:end]
	s.lo = end
	if dropped || len(raw) > maxElement {
		return nil, errTooLarge
	}
	return raw, nil
}

// fill reads more behind what is unread; false at the end.
func (s *splitter) fill() bool {
	if s.eof != nil {
		return false
	}
	if s.lo > 0 {
		s.hi = copy(s.buf, s.buf[s.lo:s.hi])
		s.lo = 0
	}
	if s.hi == len(s.buf) {
		s.buf = append(s.buf, make([]byte, len(s.buf))...)
	}
	for range 100 {
		n, err := s.r.Read(s.buf[s.hi:])
		s.hi += n
		if err != nil {
			s.eof = err
		}
		if n > 0 || err != nil {
			return n > 0
		}
	}
	s.eof = io.ErrNoProgress
	return false
}

// beyondLatin reports a character above U+00FF, which no list has as Meta wrote it: somebody saved the file again.
func beyondLatin(raw []byte) bool {
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case c >= 0xc4: // lead byte of U+0100 and above
			return true
		case c == '\\':
			if i+3 < len(raw) && raw[i+1] == 'u' && (raw[i+2] != '0' || raw[i+3] != '0') {
				return true
			}
			i++
		}
	}
	return false
}
