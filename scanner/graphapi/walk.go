package graphapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/huandu/facebook/v2"
)

const (
	// maxEmpty is how many empty pages in a row are followed; a few are normal (rows filtered after paging), endless
	// chains have been seen.
	maxEmpty = 20
	// maxPages bounds one edge: ten million objects at a hundred a page.
	maxPages = 100_000
	// maxCont bounds one parameter of a "next" link, which is stored with the state; Meta's are below 500 bytes.
	maxCont = 4096
	// goodPages is how many pages must come well before the page size grows again.
	goodPages = 5
	// maxNegotiation is how many fields of one edge may be refused before the API, not the fields, is taken for broken.
	maxNegotiation = 24
)

// cont is how to go on with an edge: the parameters of a "next" link, never the link. nil is the beginning.
type cont map[string]string

// continuation parameters that are taken out of a "next" link. All others, secrets first, are dropped.
var continuations = []string{"after", "until", "since", "__paging_token", "offset"}

func (c cont) key() string {
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(c)) {
		fmt.Fprintf(&b, "%q=%q;", k, c[k])
	}
	return b.String()
}

// next reads how to go on from an answer; nil at the end. Only a "next" link counts: "after" is there on the last page
// too. A link to another edge is not followed.
func (p paging) next(edge string) (cont, error) {
	if p.Next == "" {
		return nil, nil
	}
	c := cont{}
	if u, err := url.Parse(string(p.Next)); err == nil && path.Base(u.Path) == path.Base(edge) {
		q := u.Query()
		for _, k := range continuations {
			if v := q.Get(k); v != "" && len(v) <= maxCont {
				c[k] = v
			}
		}
	}
	if len(c) == 0 && p.Cursors.After != "" && len(p.Cursors.After) <= maxCont {
		c["after"] = string(p.Cursors.After)
	}
	if len(c) == 0 {
		return nil, errors.New("the link to the next page leads elsewhere")
	}
	return c, nil
}

// edge is a list of the API.
type edge struct {
	name   string // of the stage, and in origins
	path   string
	params facebook.Params
	fields []*field
	start  int // page size
}

// walk reads an edge page by page, with a page size that gives way to "too much data" and fields that give way to
// refusals.
type walk struct {
	edge
	c     *client
	limit int
	good  int
	tries int           // negotiations so far
	drop  func(refusal) // told of each field that was refused
}

// page is one answer of an edge.
type page struct {
	elems []json.RawMessage
	next  cont
	limit int  // that gave it
	thin  bool // only minimal fields: the object was too much in full
}

func (c *client) walk(e edge, drop func(refusal)) *walk {
	return &walk{edge: e, c: c, limit: e.start, drop: drop}
}

// fetch reads the page at from. A page that does not say how to go on comes with an error.
func (w *walk) fetch(ctx context.Context, from cont) (page, error) {
	thin := false
	for {
		fields := w.fields
		if thin {
			fields = minimal(w.fields)
		}
		params := facebook.Params{"fields": renderFields(fields), "limit": strconv.Itoa(w.limit)}
		for k, v := range w.params {
			params[k] = v
		}
		for k, v := range from {
			params[k] = v
		}
		body, err := w.c.get(ctx, w.path, params)
		if err == nil {
			p, err := readPage(body, w.path)
			if err != nil {
				err = w.op(&Error{Kind: ErrUnavailable, Cause: CauseUnavailable, Message: w.c.scrub.message(err.Error())})
			}
			p.limit, p.thin = w.limit, thin
			if w.good++; w.good >= goodPages && w.limit < w.start {
				w.limit, w.good = min(w.start, w.limit*2), 0
			}
			return p, err
		}
		var fault *Error
		if !errors.As(err, &fault) {
			return page{}, err
		}
		w.good = 0
		switch {
		case errors.Is(err, errTooMuch) && w.limit > 1:
			w.limit /= 2
		case errors.Is(err, errTooMuch) && !thin:
			thin = true
		case errors.Is(err, errTooMuch):
			fault.Kind = ErrUnavailable
			return page{}, w.op(fault)
		case errors.Is(err, ErrUnavailable) && fault.Code != 0 && w.limit > 25:
			// A fault that does not pass may be one of size that does not say so.
			w.limit /= 4
		case errors.Is(err, ErrRequest) || errors.Is(err, ErrPermission):
			ok, err := w.negotiate(ctx, fault, from)
			if err != nil {
				return page{}, err
			}
			if !ok {
				return page{}, w.op(fault)
			}
		default:
			return page{}, w.op(fault)
		}
	}
}

func (w *walk) op(e *Error) error {
	e.Op = fmt.Sprintf("read %q", w.name)
	return e
}

// negotiate takes out the field that a refusal is about, and reports whether to ask again.
func (w *walk) negotiate(ctx context.Context, fault *Error, from cont) (bool, error) {
	if w.tries++; w.tries > maxNegotiation || fault.Cause == CauseFeature {
		return false, nil
	}
	if no := refusedField(fault, w.fields); no.field != "" {
		w.fields = cloneFields(w.fields)
		dropField(&w.fields, no.field, no.typeName)
		w.drop(no)
		return true, nil
	}
	// An invalid cursor and a wrong parameter are refused with the same code and no field either.
	if len(from) > 0 || nonexisting.MatchString(fault.Message) {
		return false, nil
	}
	keep := minimal(w.fields)
	optional := slices.DeleteFunc(slices.Clone(w.fields), func(f *field) bool { return slices.Contains(keep, f) })
	if len(optional) == 0 {
		return false, nil
	}
	works := func(list []*field) (bool, error) {
		_, err := w.c.get(ctx, w.path, facebook.Params{"fields": renderFields(list), "limit": "1"})
		var e *Error
		if err != nil && (!errors.As(err, &e) || fatal(err)) {
			return false, err
		}
		return err == nil, nil
	}
	if ok, err := works(keep); !ok {
		return false, err
	}
	// One field is refused without being named: halve until it is found.
	for len(optional) > 1 {
		half := optional[:len(optional)/2]
		ok, err := works(append(slices.Clone(keep), half...))
		if err != nil {
			return false, err
		}
		if ok {
			optional = optional[len(optional)/2:]
		} else {
			optional = half
		}
	}
	w.fields = slices.DeleteFunc(slices.Clone(w.fields), func(f *field) bool { return f == optional[0] })
	w.drop(refusal{field: optional[0].name})
	return true, nil
}

func cloneFields(list []*field) []*field {
	out := make([]*field, len(list))
	for i, f := range list {
		c := *f
		c.sub = cloneFields(f.sub)
		out[i] = &c
	}
	return out
}

// readPage decodes an answer of an edge.
func readPage(body []byte, edge string) (page, error) {
	var answer struct {
		Data   json.RawMessage `json:"data"`
		Paging json.RawMessage `json:"paging"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return page{}, fmt.Errorf("answer: %w", err)
	}
	var p page
	if err := json.Unmarshal(answer.Data, &p.elems); err != nil {
		return page{}, errors.New("the answer holds no list")
	}
	var links paging
	decode(answer.Paging, &links)
	var err error
	p.next, err = links.next(edge)
	return p, err
}

// node reads one object with the fields of e, negotiated like a list's.
func (c *client) node(ctx context.Context, id string, fields *[]*field, drop func(refusal)) (json.RawMessage, error) {
	for range maxNegotiation {
		body, err := c.get(ctx, id, facebook.Params{"fields": renderFields(*fields)})
		if err == nil {
			return body, nil
		}
		var fault *Error
		if !errors.As(err, &fault) {
			return nil, err
		}
		no := refusedField(fault, *fields)
		if no.field == "" || !errors.Is(err, ErrRequest) && !errors.Is(err, ErrPermission) {
			fault.Op = fmt.Sprintf("read %q", id)
			if errors.Is(err, errTooMuch) {
				fault.Kind = ErrUnavailable
			}
			return nil, fault
		}
		*fields = cloneFields(*fields)
		dropField(fields, no.field, no.typeName)
		drop(no)
	}
	return nil, &Error{Op: fmt.Sprintf("read %q", id), Kind: ErrRequest, Cause: CauseRequest}
}

// maxIDs is how many objects one call with "ids=" may name.
const maxIDs = 50

// nodes reads several objects by id, in as few calls as it can; budget bounds the calls. One id that the token cannot
// see fails a whole call, so a failed one is halved. What cannot be read is missing in the result. The error is one
// that ends the pull.
func (c *client) nodes(ctx context.Context, ids []string, fields *[]*field, drop func(refusal), budget int) (map[string]json.RawMessage, error) {
	out := make(map[string]json.RawMessage)
	todo := slices.Collect(slices.Chunk(ids, maxIDs))
	for len(todo) > 0 && budget > 0 {
		some := todo[0]
		todo = todo[1:]
		budget--
		body, err := c.get(ctx, "", facebook.Params{"ids": strings.Join(some, ","), "fields": renderFields(*fields)})
		if err == nil {
			var byID map[string]json.RawMessage
			decode(body, &byID)
			for _, id := range some {
				if raw, ok := byID[id]; ok && isObject(raw) {
					out[id] = raw
				}
			}
			continue
		}
		var fault *Error
		if !errors.As(err, &fault) || fatal(err) {
			return out, err
		}
		if no := refusedField(fault, *fields); no.field != "" {
			*fields = cloneFields(*fields)
			dropField(fields, no.field, no.typeName)
			drop(no)
			todo = append([][]string{some}, todo...)
		} else if len(some) > 1 {
			todo = append([][]string{some[:len(some)/2], some[len(some)/2:]}, todo...)
		}
	}
	return out, nil
}
