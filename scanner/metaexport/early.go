package metaexport

import (
	"io"
	"path"
	"strings"
	"time"

	"golang.org/x/net/html"
)

// maxEarlyText bounds the text of one record of an early document; the longest post that Facebook takes has 63,206
// characters.
const maxEarlyText = 1 << 20

// earlyReader reads the HTML that Facebook gave up to about 2017. It has no blocks: a date (class "meta") begins a
// record of html/timeline.htm, a picture begins one of photos/<id>/index.htm, and what its owner wrote stands in class
// "comment" of the timeline, but loose beside a picture, where "comment" is what others wrote.
type earlyReader struct {
	list  list
	zone  *time.Location
	emit  func(record) error
	cur   *record
	album string
	// capture is the element whose text is being read: its class, its tag and how many of that tag are open in it.
	capture, tag string
	depth        int
	captured     strings.Builder
	text, title  strings.Builder
	table        int
}

// readEarly has the contract of readHTML.
func readEarly(r io.Reader, l list, zone *time.Location, emit func(record) error) (htmlHead, error) {
	z := html.NewTokenizer(r)
	z.SetMaxBuf(maxToken)
	e := &earlyReader{list: l, zone: zone, emit: emit}
	closed := false
	for {
		switch z.Next() {
		case html.ErrorToken:
			if err := e.flush(); err != nil {
				return htmlHead{}, err
			}
			if z.Err() != io.EOF {
				return htmlHead{}, z.Err()
			}
			if !closed {
				return htmlHead{}, errCut
			}
			return htmlHead{}, nil
		case html.TextToken:
			e.words(strings.ToValidUTF8(string(z.Text()), "\ufffd"))
		case html.StartTagToken, html.SelfClosingTagToken:
			if err := e.start(z); err != nil {
				return htmlHead{}, err
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			closed = closed || string(name) == "body" || string(name) == "html"
			e.end(string(name))
		}
	}
}

func (e *earlyReader) start(z *html.Tokenizer) error {
	raw, more := z.TagName()
	tag := string(raw)
	var class, src string
	for more {
		var key, value []byte
		key, value, more = z.TagAttr()
		switch string(key) {
		case "class":
			class = string(value)
		case "src":
			src = strings.ToValidUTF8(string(value), "\ufffd")
		}
	}
	switch tag {
	case "img", "video", "source":
		return e.medium(src, tag != "img")
	case "br":
		e.words("\n")
		return nil
	case "table":
		e.table++
	}
	if e.capture != "" {
		if tag == e.tag {
			e.depth++
		}
		return nil
	}
	switch {
	case class == "meta":
		if e.list.form == timeline {
			if err := e.flush(); err != nil {
				return err
			}
			e.cur = &record{}
		}
		e.capture, e.tag = class, tag
	case class == "comment", tag == "h1", tag == "title", tag == "style", tag == "script":
		e.capture, e.tag = tag, tag
		if class != "" {
			e.capture = class
		}
	}
	return nil
}

func (e *earlyReader) end(tag string) {
	if tag == "table" && e.table > 0 {
		e.table--
	}
	if e.capture == "" || tag != e.tag {
		return
	}
	if e.depth > 0 {
		e.depth--
		return
	}
	text := strings.TrimSpace(e.captured.String())
	e.captured.Reset()
	switch e.capture {
	case "meta":
		if t, ok := parseDate(text); ok && e.cur != nil {
			zone := e.zone
			e.cur.zoneAssumed = !t.offsetKnown
			if t.offsetKnown {
				zone = time.FixedZone("", int(t.offset.Seconds()))
			}
			e.cur.created = t.in(zone).UTC()
		}
	case "comment":
		if e.list.form == timeline && e.cur != nil {
			e.add(&e.text, text+"\n")
		}
	case "h1":
		if e.list.form == album {
			e.album = text
		}
	}
	e.capture = ""
}

func (e *earlyReader) words(s string) {
	switch {
	case e.capture != "":
		e.add(&e.captured, s)
	case e.cur == nil || e.table > 0:
	case e.list.form == timeline:
		e.add(&e.title, s)
	default:
		e.add(&e.text, s)
	}
}

func (e *earlyReader) add(b *strings.Builder, s string) {
	if b.Len()+len(s) <= maxEarlyText {
		b.WriteString(s)
	} else if e.cur != nil {
		e.cur.unclear = "its text is cut: it is longer than any that could be published"
	}
}

func (e *earlyReader) medium(src string, video bool) error {
	if src == "" || strings.Contains(src, "://") || strings.HasPrefix(src, "data:") {
		return nil
	}
	for {
		rest, ok := strings.CutPrefix(src, "../")
		if !ok {
			break
		}
		src = rest
	}
	if e.list.form != timeline {
		if err := e.flush(); err != nil {
			return err
		}
		e.cur = &record{album: e.album}
	}
	if e.cur != nil {
		video = video || videoExtensions[strings.ToLower(path.Ext(src))]
		e.cur.media = append(e.cur.media, mediaRef{uri: src, video: video, photo: !video, album: e.album})
	}
	return nil
}

func (e *earlyReader) flush() error {
	rec := e.cur
	if rec == nil {
		return nil
	}
	e.cur = nil
	rec.text, rec.title = clean(strings.TrimSpace(e.text.String())), clean(strings.TrimSpace(e.title.String()))
	rec.album = clean(rec.album)
	e.text.Reset()
	e.title.Reset()
	return e.emit(*rec)
}
