package metaexport

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/html"

	"pagerisk/scanner"
)

const (
	// maxToken bounds one tag or one run of text. The longest real ones are pictures inside style sheets, some 100 kB.
	maxToken = 8 << 20
	// maxBlockNodes and maxBlockBytes bound one block, of which only one is held at a time. A carousel of 20 with its
	// tables has 2,000 nodes; a post of 63,206 characters is the longest that Facebook takes.
	maxBlockNodes = 100_000
	maxBlockBytes = 8 << 20
	// maxNesting bounds open elements; Meta nests about 30 deep. Deeper ones are read as if they were not nested.
	maxNesting = 512
	// maxEarly bounds what looks like a block before the main area begins: it is held back until that is known.
	maxEarly = 16
	// maxHeadText bounds the text above the main area that is searched for name and dates.
	maxHeadText = 16 << 10
)

// Class names are generated and change from year to year. They are hints: where none is known, the structure decides.
var (
	blockClasses   = []string{"_a6-g", "_2lej"}
	titleClasses   = []string{"_a6-h", "_2lel"}
	footerClasses  = []string{"_a6-o", "_2lem", "_a72d"}
	groupClass     = "_2pin"
	describedClass = "_3-95"
)

// node is an element, or with an empty tag a run of text.
type node struct {
	tag, class, text  string
	src, href, poster string
	parent            *node
	children          []*node
	split             bool // blocks were taken out of it
	tooLarge          bool
}

func (n *node) has(classes ...string) bool {
	for c := range strings.FieldsSeq(n.class) {
		if slices.Contains(classes, c) {
			return true
		}
	}
	return false
}

func (n *node) isBlock() bool {
	return n.has(blockClasses...) || n.tag == "section" || n.tag == "article"
}
func (n *node) isFooter() bool { return n.has(footerClasses...) || n.tag == "footer" }

func (n *node) isTitle() bool {
	return n.has(titleClasses...) || len(n.tag) == 2 && n.tag[0] == 'h' && n.tag[1] >= '1' && n.tag[1] <= '6'
}

// htmlReader keeps the open elements and what hangs below them. Blocks leave the tree as soon as they are complete.
type htmlReader struct {
	list list
	zone *time.Location
	emit func(record) error
	head htmlHead

	base     string
	title    strings.Builder
	early    strings.Builder // text above the main area
	moment   time.Time       // <time datetime> of the head, with its local spelling
	local    string
	headAt   time.Time // the moment at which head.offset holds
	headRead bool
	root     *node // the body, until the main area is met
	main     bool
	ended    bool // the main area was closed
	open     []*node
	nodes    int
	bytes    int
	blocks   int // open elements that a class names as block
	tables   int
	pending  []*node // blocks found above the main area
	skipping string  // script or style
	hinted   bool    // its blocks have class names that somebody has seen
	overflow *node
	surplus  map[string]int // open elements beyond maxNesting, by name
}

// readHTML reads one document of an HTML export and calls emit once per block, in the order of the document; an error
// of emit ends the reading and is returned as it is. A block that cannot be read is emitted with fault and why.
// Dates are read in zone, or with the offset that the document's head proves, and marked zoneAssumed. Addresses are
// relative to the export's root. Memory is bounded by one block. The error wraps errCut where the document ends in the
// middle.
func readHTML(r io.Reader, l list, zone *time.Location, emit func(record) error) (htmlHead, error) {
	z := html.NewTokenizer(r)
	z.SetMaxBuf(maxToken)
	h := &htmlReader{list: l, zone: zone, emit: emit, root: &node{tag: "body"}, surplus: make(map[string]int)}
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			return h.finish(z.Err())
		}
		var err error
		switch kind {
		case html.TextToken:
			h.textToken(z)
		case html.StartTagToken, html.SelfClosingTagToken:
			err = h.startToken(z, kind == html.SelfClosingTagToken)
		case html.EndTagToken:
			name, _ := z.TagName()
			err = h.endToken(string(name))
		}
		if err != nil {
			return h.head, err
		}
	}
}

func (h *htmlReader) finish(end error) (htmlHead, error) {
	empty := !h.main && len(h.pending) == 0
	if !h.main {
		if err := h.flushPending(); err != nil {
			return h.head, err
		}
	}
	cut := end != io.EOF || h.main && !h.ended
	if cut && len(h.open) > 0 && (h.blocks > 0 || h.overflow != nil || hasMedia(h.open[0])) {
		if err := h.emit(record{fault: scanner.CodeCorrupt, why: "the document ends in the middle of this block"}); err != nil {
			return h.head, err
		}
	}
	h.readHead()
	switch {
	case errors.Is(end, html.ErrBufferExceeded):
		return h.head, fmt.Errorf("a tag or text beyond %d MiB: %w", maxToken>>20, errTooLarge)
	case end != io.EOF:
		return h.head, end
	case cut:
		return h.head, errCut
	case empty:
		return h.head, errNoList
	}
	return h.head, nil
}

func (h *htmlReader) top() *node {
	if len(h.open) == 0 {
		return h.root
	}
	return h.open[len(h.open)-1]
}

func (h *htmlReader) textToken(z *html.Tokenizer) {
	switch h.skipping {
	case "":
	case "title":
		if h.title.Len() < maxHeadText {
			h.title.Write(z.Text())
		}
		return
	default:
		return
	}
	if h.ended || h.overflow != nil {
		return
	}
	text := strings.ToValidUTF8(string(z.Text()), "\uFFFD")
	if !h.main && h.early.Len() < maxHeadText {
		h.early.WriteString(text)
		h.early.WriteByte('\n')
	}
	at := h.top()
	if at.tag == "time" && !h.main {
		h.local += text
	}
	if strings.TrimSpace(text) == "" {
		// Blanks only matter between words.
		if len(at.children) == 0 || !inline(at.children[len(at.children)-1]) {
			return
		}
		text = " "
	}
	h.add(&node{text: text})
}

func (h *htmlReader) add(n *node) {
	at := h.top()
	n.parent = at
	at.children = append(at.children, n)
	h.nodes++
	h.bytes += len(n.text) + len(n.src) + len(n.href) + len(n.class)
	if h.nodes <= maxBlockNodes && h.bytes <= maxBlockBytes {
		return
	}
	// The outermost block, or what hangs directly below the main area, is given up; its end is still looked for.
	victim := at
	if len(h.open) > 0 {
		victim = h.open[0]
		for _, o := range h.open {
			if o.isBlock() {
				victim = o
				break
			}
		}
	}
	victim.tooLarge, victim.children = true, nil
	h.root.children = slices.DeleteFunc(h.root.children, func(c *node) bool { return c != h.first() })
	h.overflow = victim
	h.nodes, h.bytes = 0, 0
}

func (h *htmlReader) first() *node {
	if len(h.open) == 0 {
		return nil
	}
	return h.open[0]
}

// void elements have no end tag.
var void = map[string]bool{"area": true, "base": true, "br": true, "col": true, "embed": true, "hr": true, "img": true,
	"input": true, "link": true, "meta": true, "source": true, "track": true, "wbr": true}

// closes lists the open elements that a start tag ends, where the end tag may be left out.
var closes = map[string][]string{"p": {"p"}, "div": {"p"}, "table": {"p"}, "section": {"p"}, "footer": {"p"}, "ul": {"p"}, "li": {"li"}, "tr": {"tr", "td", "th"}, "td": {"td", "th"}, "th": {"td", "th"}, "option": {"option"}}

func (h *htmlReader) startToken(z *html.Tokenizer, selfClosing bool) error {
	raw, more := z.TagName()
	n := &node{tag: string(raw)}
	var role, moment string
	for more {
		var key, value []byte
		key, value, more = z.TagAttr()
		v := strings.ToValidUTF8(string(value), "\uFFFD")
		switch string(key) {
		case "class":
			n.class = v
		case "src":
			n.src = v
		case "href":
			n.href = v
		case "poster":
			n.poster = v
		case "role":
			role = v
		case "datetime":
			moment = v
		}
	}
	switch n.tag {
	case "base":
		if h.base == "" {
			h.base = n.href
		}
		return nil
	case "script", "style", "title", "textarea", "noscript":
		// Their content is no markup; the tokenizer hands it over as text.
		if !selfClosing {
			h.skipping = n.tag
		}
		return nil
	case "html", "head", "body", "meta", "link":
		return nil
	case "time":
		if t, err := time.Parse(time.RFC3339, moment); err == nil && !h.main && h.moment.IsZero() {
			h.moment, h.local = t, ""
		}
	}
	if h.ended {
		return nil
	}
	if !h.main && (role == "main" || n.tag == "main" || n.isBlock()) {
		h.main, h.pending = true, nil
		h.root = &node{tag: "main"}
		h.open, h.nodes, h.bytes, h.tables, h.blocks, h.overflow = nil, 0, 0, 0, 0, nil
		if role == "main" || n.tag == "main" {
			h.open = append(h.open, h.root)
			h.root.parent = nil
			h.root.tag = n.tag
			return nil
		}
		// A document without main area: its blocks stand in the body. Nothing closes it but the end.
		h.root.tag = "body"
		h.open = append(h.open, h.root)
	}
	for len(h.open) > 0 && slices.Contains(closes[n.tag], h.top().tag) {
		if err := h.closeTop(); err != nil {
			return err
		}
	}
	if h.overflow == nil {
		h.add(n)
	}
	if void[n.tag] {
		return nil
	}
	if len(h.open) >= maxNesting {
		h.surplus[n.tag]++
		return nil
	}
	h.open = append(h.open, n)
	if n.tag == "table" {
		h.tables++
	}
	if n.isBlock() {
		h.blocks++
		h.hinted = h.hinted || n.has(blockClasses...)
	}
	return nil
}

func (h *htmlReader) endToken(tag string) error {
	if h.skipping != "" {
		if tag == h.skipping {
			h.skipping = ""
		}
		return nil
	}
	if (tag == "body" || tag == "html") && h.main && !h.ended {
		for len(h.open) > 0 {
			if err := h.closeTop(); err != nil {
				return err
			}
		}
		h.ended = true
		return nil
	}
	if h.surplus[tag] > 0 {
		h.surplus[tag]--
		return nil
	}
	end := h.innermost(tag)
	for end != nil {
		n := h.top()
		if err := h.closeTop(); err != nil {
			return err
		}
		if n == end {
			break
		}
	}
	return nil
}

// innermost finds the open element that an end tag closes, nil where there is none.
func (h *htmlReader) innermost(tag string) *node {
	for _, n := range slices.Backward(h.open) {
		if n.tag == tag {
			return n
		}
	}
	return nil
}

// closeTop ends the innermost open element and decides whether it was a block.
func (h *htmlReader) closeTop() error {
	n := h.top()
	h.open = h.open[:len(h.open)-1]
	if n == h.root {
		h.ended = true
		return nil
	}
	if n.tag == "table" {
		h.tables--
	}
	hinted := n.isBlock()
	if hinted {
		h.blocks--
	}
	direct := h.main && len(h.open) == 1 // just below the main area
	if h.overflow != nil {
		if h.overflow != n {
			return nil
		}
		h.overflow = nil
		h.drop(n)
		return h.emit(record{fault: scanner.CodeTooLarge, why: "the block is beyond a limit of this program"})
	}
	if h.tables > 0 {
		return nil
	}
	dated := (hinted || h.blocks == 0) && h.footer(n) != nil && meaningful(n) > 1
	switch {
	case hinted && dated:
		return h.block(n)
	case hinted && h.blocks == 0:
		if n.split && !hasMedia(n) {
			h.drop(n)
			return nil
		}
		return h.block(n)
	case hinted:
		return nil
	case h.blocks == 0 && dated && n.tag != "header":
		return h.block(n)
	case h.blocks == 0 && direct:
		if hasMedia(n) {
			return h.block(n)
		}
		h.drop(n)
	}
	return nil
}

// drop takes a finished element out of the tree.
func (h *htmlReader) drop(n *node) {
	for p := n.parent; p != nil; p = p.parent {
		p.split = true
	}
	if n.parent != nil {
		// From the end: it is the last one, or near it, and there may be many others.
		for i := len(n.parent.children) - 1; i >= 0; i-- {
			if n.parent.children[i] == n {
				n.parent.children = slices.Delete(n.parent.children, i, i+1)
				break
			}
		}
	}
	nodes, bytes := weight(n)
	h.nodes, h.bytes = max(0, h.nodes-nodes), max(0, h.bytes-bytes)
}

func weight(n *node) (nodes, bytes int) {
	nodes, bytes = 1, len(n.text)+len(n.src)+len(n.href)+len(n.class)
	for _, c := range n.children {
		a, b := weight(c)
		nodes, bytes = nodes+a, bytes+b
	}
	return nodes, bytes
}

// block hands a finished block over, or keeps it until it is known whether it stands in the main area.
func (h *htmlReader) block(n *node) error {
	h.drop(n)
	if h.main {
		return h.emit(h.record(n))
	}
	h.pending = append(h.pending, n)
	if len(h.pending) <= maxEarly {
		return nil
	}
	// No header repeats itself that often: this document has no main area.
	h.main = true
	h.open = append([]*node{h.root}, h.open...)
	return h.flushPending()
}

func (h *htmlReader) flushPending() error {
	for _, n := range h.pending {
		if err := h.emit(h.record(n)); err != nil {
			return err
		}
	}
	h.pending = nil
	return nil
}

// footer finds the date at the end of a block: named by its class, or by its text.
func (h *htmlReader) footer(n *node) *node {
	for i := len(n.children) - 1; i >= 0; i-- {
		c := n.children[i]
		if c.tag == "" || c.tag == "br" {
			if strings.TrimSpace(c.text) != "" {
				return nil
			}
			continue
		}
		switch {
		case c.isFooter():
			return c
		case !hasMedia(c) && !hasText(c):
			continue
		case !hasMedia(c) && !longText(c) && looksLikeDate(innerText(c)):
			return c
		}
		return nil
	}
	return nil
}

func hasText(n *node) bool {
	return strings.TrimSpace(n.text) != "" || n.tag != "video" && n.tag != "audio" && n.tag != "table" && slices.ContainsFunc(n.children, hasText)
}

// longText reports without building the text whether it is longer than any date: footers are looked for at the end of
// every element, and most are none.
func longText(n *node) bool {
	left := 4 * maxDateRunes
	var spend func(n *node) bool
	spend = func(n *node) bool {
		left -= len(n.text)
		return left < 0 || slices.ContainsFunc(n.children, spend)
	}
	return spend(n)
}

// meaningful counts children that hold text or media.
func meaningful(n *node) int {
	count := 0
	for _, c := range n.children {
		if hasMedia(c) || hasText(c) {
			count++
		}
	}
	return count
}

func hasMedia(n *node) bool {
	switch n.tag {
	case "img", "video", "audio", "source":
		return true
	case "a":
		if kindOf(n.href) == mediaAddress {
			return true
		}
	}
	return slices.ContainsFunc(n.children, hasMedia)
}

// inline elements do not begin a new line.
func inline(n *node) bool {
	switch n.tag {
	case "", "a", "b", "i", "u", "em", "strong", "span", "small", "code", "time", "mark", "sub", "sup", "font", "label", "wbr", "bdi", "bdo", "abbr", "s", "del", "ins", "q", "cite":
		return true
	}
	return false
}

// innerText is an element's text as a reader sees it: blocks and <br> begin lines, video fallbacks are not shown.
func innerText(n *node) string {
	var b strings.Builder
	appendText(&b, n)
	return tidy(b.String())
}

func appendText(b *strings.Builder, n *node) {
	switch n.tag {
	case "":
		text := n.text
		if s := b.String(); s == "" || strings.HasSuffix(s, "\n") {
			text = strings.TrimLeft(text, " \t")
		}
		b.WriteString(text)
		return
	case "br":
		b.WriteByte('\n')
		return
	case "video", "audio", "table":
		return
	}
	line := func() {
		if s := b.String(); s != "" && !strings.HasSuffix(s, "\n") && !inline(n) {
			b.WriteByte('\n')
		}
	}
	line()
	for _, c := range n.children {
		appendText(b, c)
	}
	line()
}

func tidy(s string) string { return clean(strings.TrimSpace(s)) }

// refKind: addresses are told apart by their look alone; whether there is such a file is for the tree to say.
type refKind int

const (
	noAddress refKind = iota
	mediaAddress
	subtitleAddress
	pageAddress // another document of the export
	linkAddress // somewhere else
)

func kindOf(ref string) refKind {
	ref = strings.TrimSpace(ref)
	switch {
	case ref == "", ref[0] == '#':
		return noAddress
	case strings.HasPrefix(ref, "//"):
		return linkAddress
	}
	if i := strings.IndexAny(ref, ":/"); i >= 0 && ref[i] == ':' {
		switch strings.ToLower(ref[:i]) {
		case "http", "https":
			return linkAddress
		}
		return noAddress // data:, javascript:, mailto:, a drive letter
	}
	name, _, _ := strings.Cut(ref, "?")
	name, _, _ = strings.Cut(name, "#")
	switch strings.ToLower(path.Ext(name)) {
	case ".html", ".htm":
		return pageAddress
	case ".srt", ".vtt":
		return subtitleAddress
	}
	if strings.HasSuffix(name, "/") {
		return noAddress
	}
	return mediaAddress
}

// local turns an address into a path below the export's root, which is where Meta's base addresses lead.
func local(base, ref string) string {
	ref = strings.TrimSpace(ref)
	if base = strings.TrimSpace(base); strings.HasSuffix(base, "/") && kindOf(base) == noAddress && !strings.HasPrefix(ref, "/") {
		ref = base + ref
	}
	for {
		short := strings.TrimPrefix(strings.TrimPrefix(ref, "./"), "../")
		if short == ref {
			return ref
		}
		ref = short
	}
}

// unit is one medium of a block with the texts that stand right below it.
type unit struct {
	ref   mediaRef
	texts []paragraph
}

// paragraph is text without a break in its element.
type paragraph struct {
	text      string
	described bool // the class of descriptions
	depth     int  // below its group
	link      string
}

// group is one part of a block's body: attachments, the post's text, the time of its last change.
type group struct {
	media bool
	paras []paragraph
}

// reading is the state of one block's extraction.
type reading struct {
	h      *htmlReader
	units  []unit
	byPath map[string]int
	rows   []tableRow
	remote int
	index  bool // pictures that only lead to another document
}

type tableRow struct{ label, value string }

// record makes a record of a finished block.
func (h *htmlReader) record(b *node) record {
	x := &reading{h: h, byPath: make(map[string]int)}
	var rec record
	foot := h.footer(b)
	if foot != nil {
		h.date(&rec, innerText(foot))
	}
	title, guessed := blockTitle(b, foot)
	var groups []group
	for _, body := range bodies(b, foot, title) {
		groups = append(groups, x.body(body)...)
	}
	head := ""
	if title != nil {
		head = innerText(title)
	}
	for _, u := range x.units {
		rec.media = append(rec.media, u.ref)
	}
	if h.instagram() {
		x.instagram(&rec, head, groups)
	} else {
		x.facebook(&rec, head, groups)
	}
	x.table(&rec)
	if guessed && rec.text == "" {
		rec.text = head
	}
	for i := range rec.media {
		if rec.media[i].caption == rec.text {
			rec.media[i].caption = ""
		}
	}
	if x.remote > 0 {
		rec.unclear = join(rec.unclear, fmt.Sprintf("%d pictures are only addresses", x.remote))
	}
	switch {
	case len(rec.media) == 0 && h.list.form == personal:
		return record{fault: scanner.CodeNotContent, why: "data of the account, without a picture"}
	case len(rec.media) == 0 && x.index:
		return record{fault: scanner.CodeNotContent, why: "leads to another document of the archive"}
	case len(rec.media) == 0 && rec.created.IsZero() && foot == nil && rec.title == "":
		return record{fault: scanner.CodeEmpty, why: "neither a picture nor a date"}
	}
	return rec
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + "; " + b
}

func (h *htmlReader) instagram() bool {
	switch h.list.form {
	case posts, mediaList, media2020, detailed, personal:
		return true
	}
	return false
}

// date sets the record's date. What cannot be read is said, with the words of the document.
func (h *htmlReader) date(rec *record, text string) {
	t, ok := parseDate(text)
	if !ok {
		rec.unclear = join(rec.unclear, fmt.Sprintf("date %.60q not understood", text))
		return
	}
	rec.created, rec.zoneAssumed = h.when(t)
}

// when turns local time into a moment. An offset in the text itself counts; one in the document's head counts where
// the assumed zone disagrees with it at that moment.
func (h *htmlReader) when(t localTime) (time.Time, bool) {
	if t.offsetKnown && t.offset != 0 {
		return t.in(time.FixedZone("", int(t.offset.Seconds()))), false
	}
	h.readHead()
	return t.in(h.clockZone()), true
}

func (h *htmlReader) clockZone() *time.Location {
	if h.head.offset == nil || h.headAt.IsZero() {
		return h.zone
	}
	if _, have := h.headAt.In(h.zone).Zone(); have == int(h.head.offset.Seconds()) {
		return h.zone
	}
	return time.FixedZone("", int(h.head.offset.Seconds()))
}

// blockTitle finds what stands above a block's body: Facebook's narration, Instagram's caption. guessed: only the
// structure says so.
func blockTitle(b, foot *node) (title *node, guessed bool) {
	var parts []*node
	known := false
	for _, c := range b.children {
		if c == foot || c.tag == "" {
			continue
		}
		known = known || c.isTitle() || c.has("_a6-p", "_2let")
		if hasMedia(c) || hasTable(c) || hasText(c) {
			parts = append(parts, c)
		}
	}
	if len(parts) == 0 {
		return nil, false
	}
	if parts[0].isTitle() {
		return parts[0], false
	}
	if !known && len(parts) > 1 && !hasMedia(parts[0]) && !hasTable(parts[0]) {
		return parts[0], true
	}
	return nil, false
}

func hasTable(n *node) bool { return n.tag == "table" || slices.ContainsFunc(n.children, hasTable) }

// bodies are a block's children without title and date; loose text between them counts as one.
func bodies(b, foot, title *node) []*node {
	var out []*node
	var loose *node
	for _, c := range b.children {
		switch {
		case c == foot || c == title:
			loose = nil
		case (inline(c) || c.tag == "br" || shows(c)) && !marked(c): // what is marked is a part by itself, also within a line
			if loose == nil {
				loose = &node{tag: "div"}
				out = append(out, loose)
			}
			loose.children = append(loose.children, c)
		default:
			loose = nil
			out = append(out, c)
		}
	}
	return out
}

// shows reports whether an element itself shows or links to a medium.
func shows(n *node) bool {
	switch n.tag {
	case "img", "video", "audio":
		return true
	case "a":
		return hasMedia(n)
	}
	return false
}

// body splits a block's body into its groups: by class where that is known, else where it first branches.
func (x *reading) body(n *node) []group {
	if n.tag == "table" {
		x.tableRows(n)
		return nil
	}
	if marked(n) {
		if n.has(groupClass) {
			return []group{x.group(n)}
		}
		var out []group
		for _, part := range bodies(n, nil, nil) {
			out = append(out, x.body(part)...)
		}
		return out
	}
	var parts []*node
	for _, c := range n.children {
		switch {
		case shows(c), inline(c) && hasText(c), c.tag == "table":
			return []group{x.group(n)}
		case hasMedia(c) || hasTable(c) || hasText(c):
			parts = append(parts, c)
		}
	}
	if len(parts) == 1 {
		return x.body(parts[0])
	}
	var out []group
	for _, p := range parts {
		out = append(out, x.group(p))
	}
	return out
}

// marked reports whether groups are named by their class somewhere in n; table cells have that class, too.
func marked(n *node) bool {
	return n.tag != "table" && (n.has(groupClass) || slices.ContainsFunc(n.children, marked))
}

func (x *reading) group(n *node) group {
	var g group
	x.walk(&g, n, 0)
	return g
}

// walk collects media, texts and tables below n. Text that follows a medium in the same element belongs to it.
func (x *reading) walk(g *group, n *node, depth int) {
	current := -1
	run := node{tag: "span"}
	flush := func() {
		text := innerText(&run)
		link, only := linkIn(&run)
		run.children = nil
		if text == "" && link == "" {
			return
		}
		p := paragraph{text: text, depth: depth, described: n.has(describedClass)}
		if link != "" {
			p.link = link
			if only {
				p.text = ""
			}
		}
		if current >= 0 {
			x.units[current].texts = append(x.units[current].texts, p)
		} else {
			g.paras = append(g.paras, p)
		}
	}
	for _, c := range n.children {
		switch {
		case c.tag == "table":
			flush()
			x.tableRows(c)
		case shows(c):
			flush()
			if i := x.medium(c); i >= 0 {
				current = i
				g.media = true
			}
		case hasMedia(c):
			flush()
			current = -1
			x.walk(g, c, depth+1)
		case inline(c) || c.tag == "br":
			run.children = append(run.children, c)
			x.subtitles(c)
		case current >= 0:
			flush()
			var below group
			x.walk(&below, c, depth+1)
			for _, p := range below.paras {
				p.described = p.described || c.has(describedClass)
				x.units[current].texts = append(x.units[current].texts, p)
			}
		default:
			flush()
			x.walk(g, c, depth+1)
		}
	}
	flush()
}

// linkIn finds an address that leads out of the export; only: there is no text besides the link's own.
func linkIn(n *node) (link string, only bool) {
	only = true
	for _, c := range n.children {
		if c.tag == "a" && kindOf(c.href) == linkAddress {
			if link == "" {
				link = c.href
			}
			continue
		}
		if l, o := linkIn(c); l != "" {
			if link == "" {
				link = l
			}
			only = only && o
			continue
		}
		if innerText(c) != "" {
			only = false
		}
	}
	return link, only
}

// medium adds what a link, picture or video shows, once per block, and returns its unit; -1 where there is none.
func (x *reading) medium(n *node) int {
	switch n.tag {
	case "video", "audio":
		ref := n.src
		for _, c := range n.children {
			if ref == "" && (c.tag == "source" || c.tag == "video") {
				ref = c.src
			}
			if ref == "" && c.tag == "a" && kindOf(c.href) == mediaAddress {
				ref = c.href
			}
		}
		i := x.add(ref, true)
		if i >= 0 && kindOf(n.poster) == mediaAddress {
			x.units[i].ref.cover = local(x.h.base, n.poster)
		}
		return i
	case "img":
		return x.add(n.src, false)
	}
	switch kindOf(n.href) {
	case mediaAddress:
		video := videoName(n.href) || find(n, "video") != nil
		i := x.add(n.href, video)
		if img := find(n, "img"); img != nil && i >= 0 && kindOf(img.src) == mediaAddress {
			other := local(x.h.base, img.src)
			switch ref := &x.units[i].ref; {
			case other == ref.uri:
				ref.photo = !ref.video
			case ref.video:
				ref.cover = other
			default:
				// The link leads to the picture, the page shows a smaller one.
				ref.photo, ref.backup = true, other
			}
		}
		return i
	case pageAddress:
		x.index = true
		return -1
	}
	last := -1
	for _, c := range n.children {
		if shows(c) {
			last = x.medium(c)
		} else if hasMedia(c) {
			var inner group
			x.walk(&inner, c, 0)
			last = len(x.units) - 1
		}
	}
	return last
}

func find(n *node, tag string) *node {
	for _, c := range n.children {
		if c.tag == tag {
			return c
		}
		if f := find(c, tag); f != nil {
			return f
		}
	}
	return nil
}

func videoName(ref string) bool {
	ref, _, _ = strings.Cut(ref, "?")
	switch strings.ToLower(path.Ext(ref)) {
	case ".mp4", ".mov", ".m4v", ".webm", ".3gp", ".mkv":
		return true
	}
	return false
}

func (x *reading) add(ref string, video bool) int {
	switch kindOf(ref) {
	case linkAddress:
		x.remote++
		return -1
	case mediaAddress:
	default:
		return -1
	}
	uri := local(x.h.base, ref)
	if i, ok := x.byPath[uri]; ok {
		return i
	}
	m := mediaRef{uri: uri, video: video || videoName(uri)}
	m.photo = !m.video
	m.bare = strings.HasPrefix(path.Base(uri), "emptyalbum")
	x.units = append(x.units, unit{ref: m})
	x.byPath[uri] = len(x.units) - 1
	return len(x.units) - 1
}

// subtitles gives the links to subtitle files below n to the medium before them.
func (x *reading) subtitles(n *node) {
	if n.tag == "a" && kindOf(n.href) == subtitleAddress && len(x.units) > 0 {
		last := &x.units[len(x.units)-1].ref
		if uri := local(x.h.base, n.href); !slices.Contains(last.subtitles, uri) {
			last.subtitles = append(last.subtitles, uri)
		}
	}
	for _, c := range n.children {
		x.subtitles(c)
	}
}

// tableRows reads a table of labels and values: two cells a row, or one cell with the label on top. Tables may hold
// media (label_values) and further tables.
func (x *reading) tableRows(n *node) {
	if n.tag == "tr" {
		var cells []*node
		for _, c := range n.children {
			if c.tag == "td" || c.tag == "th" {
				cells = append(cells, c)
			}
		}
		var row tableRow
		switch {
		case len(cells) == 1:
			parts := bodies(cells[0], nil, nil)
			if len(parts) > 0 {
				row.label = innerText(parts[0])
				rest := node{tag: "div", children: parts[1:]}
				row.value = innerText(&rest)
			}
		case len(cells) > 1:
			row.label = innerText(cells[0])
			rest := node{tag: "div", children: cells[1:]}
			row.value = innerText(&rest)
		}
		if row.label != "" || row.value != "" {
			x.rows = append(x.rows, row)
		}
		for _, c := range cells {
			if hasMedia(c) || hasTable(c) {
				var inner group
				x.walk(&inner, c, 0)
			} else {
				x.subtitles(c)
			}
		}
		return
	}
	for _, c := range n.children {
		x.tableRows(c)
	}
}

// tagged reads "name (Tagged, 0.52, 0.31)", "name (Coauthor)": the words are localized, the form is not.
var (
	taggedUser  = regexp.MustCompile(`@?([\p{L}\p{N}._]{1,64})\s*\(([^()]{0,200})\)`)
	tagPosition = regexp.MustCompile(`,\s*-?\d+(?:[.,]\d+)?\s*,\s*-?\d+(?:[.,]\d+)?\s*$`)
)

// taggedLabels name the row of tagged users, folded.
var taggedLabels = wordSet("taggedusers markiertenutzer markiertepersonen markiertebenutzer markierteprofile utilisateursidentifies personnesidentifiees usuariosetiquetados personasetiquetadas " +
	"utentitaggati personetaggate usuariosmarcados utilizadoresidentificados pessoasmarcadas getaggedegebruikers getagdegebruikers oznaczeniuzytkownicy oznaczoneosoby etiketlenenkullanicilar etiketlenenkisiler " +
	"taggadeanvandare nguoidungduocgantheduocgan nguoiduocganthe nguoidungduocganthe")

// labelKey folds a label to its letters.
func labelKey(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r > 0x7f {
			return r
		}
		return -1
	}, foldDate(s))
}

func (x *reading) table(rec *record) {
	longest := ""
	draft, published := false, true
	for _, row := range x.rows {
		key, label := labelKey(row.label), strings.ToLower(row.label)
		if x.h.instagram() {
			known := taggedLabels[key]
			for _, m := range taggedUser.FindAllStringSubmatch(row.value, -1) {
				if known || tagPosition.MatchString(m[2]) {
					rec.tag(m[1])
				}
			}
			if known && len(rec.tags) == 0 {
				for _, name := range strings.FieldsFunc(row.value, func(r rune) bool { return r == '\n' || r == ',' }) {
					rec.tag(strings.TrimPrefix(strings.TrimSpace(name), "@"))
				}
			}
		}
		switch x.h.list.form {
		case personal:
			if x.h.head.account == "" && userLabel.MatchString(label) {
				x.h.head.account = row.value
			}
		case labelled, detailed:
			if t, ok := isDate(row.value); ok {
				if rec.created.IsZero() {
					rec.created, rec.zoneAssumed = x.h.when(t)
				}
				continue
			}
			switch {
			case captionLabel.MatchString(label) && rec.text == "":
				rec.text = row.value
			case placeLabel.MatchString(label) && rec.place == "":
				rec.place = row.value
			case flagValue.MatchString(row.value):
				set := strings.EqualFold(row.value, "true")
				switch {
				case draftLabel.MatchString(label):
					draft = set
				case publishedLabel.MatchString(label):
					published = set
				case set && genAILabel.MatchString(label):
					for i := range rec.media {
						rec.media[i].genAI = true
					}
				}
			case kindOf(row.value) != linkAddress && len(row.value) > len(longest):
				longest = row.value
			}
		}
	}
	if rec.text == "" && strings.Contains(longest, " ") {
		rec.text = longest
	}
	if x.h.list.form == detailed && (draft || !published) {
		rec.state = scanner.Draft
	}
}

func (x *reading) instagram(rec *record, caption string, groups []group) {
	rec.text = caption
	var loose []string
	for _, g := range groups {
		for _, p := range g.paras {
			if p.text != "" {
				loose = append(loose, p.text)
			}
		}
	}
	if rec.text == "" {
		rec.text = strings.Join(loose, "\n")
	}
	for i, u := range x.units {
		var texts []string
		for _, p := range u.texts {
			if p.text != "" {
				texts = append(texts, p.text)
			}
		}
		rec.media[i].caption = strings.Join(texts, "\n")
	}
}

// placeLabels and addressLabels begin the lines of a place among attachments, folded.
var (
	placeLabels   = wordSet("place ort lieu lugar luogo local lokalizacja plaats miejsce yer konum plats diadiem platz standort")
	addressLabels = wordSet("address adresse direccion indirizzo endereco morada adres adress diachi")
	labelledLine  = regexp.MustCompile(`^(\p{L}[\p{L} ]{1,24})\s*:\s*(.*)$`)
	coordinates   = regexp.MustCompile(`^(.{1,200}?)\s*\(\s*-?\d{1,3}\.\d+,\s*-?\d{1,3}\.\d+\s*\)$`)
)

func (x *reading) facebook(rec *record, title string, groups []group) {
	rec.title = title
	if x.h.list.form == album {
		rec.album = x.h.docTitle()
		rec.kind = albumKind(rec.album)
	}
	for i, u := range x.units {
		x.below(&rec.media[i], u.texts)
	}
	var text, attached []string
	for _, g := range groups {
		for _, p := range g.paras {
			if t, ok := isDate(p.text); ok && t.clock {
				rec.updated, _ = x.h.when(t)
				continue
			}
			if p.link != "" && rec.link == "" {
				rec.link = target(p.link)
			}
			if p.text == "" {
				continue
			}
			deep := g.media || p.depth > maxTextDepth
			if place, ok := placeOf(p.text); ok && deep {
				if rec.place == "" {
					rec.place = place
				}
				continue
			}
			if deep {
				attached = append(attached, p.text)
			} else {
				text = append(text, p.text)
			}
		}
	}
	if len(text) == 0 && len(rec.media) > 0 {
		// Notes, sold things and life events have their text in the attachment; the album's name below a picture is
		// nobody's words.
		attached = slices.DeleteFunc(attached, func(line string) bool {
			for i := range rec.media {
				if namesFolder(line, rec.media[i].uri) {
					fillAlbum(&rec.media[i], line)
					return true
				}
			}
			return false
		})
		text, attached = attached, nil
	}
	rec.text, rec.named = strings.Join(text, "\n"), strings.Join(attached, "\n")
}

func fillAlbum(m *mediaRef, name string) {
	if m.album == "" {
		m.album = name
	}
}

// maxTextDepth tells a post's text from what its attachments say: those stand deeper below their group.
const maxTextDepth = 2

// below reads the texts under a picture: the album's name, which is nobody's words, and the caption.
func (x *reading) below(m *mediaRef, texts []paragraph) {
	var lines []paragraph
	for _, p := range texts {
		if p.text != "" {
			lines = append(lines, p)
		}
	}
	if len(lines) == 0 {
		return
	}
	own := namesFolder(lines[0].text, m.uri)
	name := own || !lines[0].described && (len(lines) > 1 || x.h.hinted)
	if name && (m.photo || own) {
		m.album = lines[0].text
		lines = lines[1:]
	}
	var caption []string
	for _, p := range lines {
		if !slices.Contains(caption, p.text) {
			caption = append(caption, p.text)
		}
	}
	m.caption = strings.Join(caption, "\n")
}

// namesFolder reports whether a medium's folder is made of the text: "Anhbia_fvvTfM0cOg" of "Ảnh bìa".
func namesFolder(text, uri string) bool {
	folder := path.Base(path.Dir(uri))
	i := strings.LastIndexByte(folder, '_')
	if i <= 0 {
		return false
	}
	fold := func(s string) string {
		return strings.Map(func(r rune) rune {
			if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
				return r
			}
			return -1
		}, foldDate(s))
	}
	have := fold(text)
	return have != "" && have == fold(folder[:i])
}

func placeOf(line string) (string, bool) {
	if m := coordinates.FindStringSubmatch(line); m != nil {
		line = m[1]
		if n := labelledLine.FindStringSubmatch(line); n != nil && placeLabels[labelKey(n[1])] {
			line = n[2]
		}
		return line, true
	}
	m := labelledLine.FindStringSubmatch(line)
	switch {
	case m == nil:
		return "", false
	case placeLabels[labelKey(m[1])]:
		return m[2], true
	}
	return "", addressLabels[labelKey(m[1])]
}

// target takes the shared address out of Facebook's detour; Meta's placeholder and its own download links are none.
func target(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return link
	}
	host := strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
	switch {
	case host == "0.0.0.0", strings.HasSuffix(host, "facebook.com") && strings.HasPrefix(u.Path, "/dyi/"):
		return ""
	case (host == "l.facebook.com" || host == "l.instagram.com") && u.Query().Get("u") != "":
		return u.Query().Get("u")
	}
	return link
}

func (h *htmlReader) docTitle() string { return tidy(h.title.String()) }

// madeBy finds the account's name in the line that says who had the export made.
var madeBy = []*regexp.Regexp{
	regexp.MustCompile(`^(?i:generated by) (.+?) (?i:on|at) `),
	regexp.MustCompile(`^(?i:erstellt von) (.+?) (?i:am|um) `),
	regexp.MustCompile(`^(?i:von) (.+?) (?i:am|um) .+ (?i:erstellt|generiert)`),
	regexp.MustCompile(`^(?i:généré par|créé par) (.+?) (?i:le|à) `),
	regexp.MustCompile(`^(?i:generado por|creado por) (.+?) (?i:el|a las) `),
	regexp.MustCompile(`^(?i:generato da|creato da) (.+?) (?i:il|in data|alle) `),
	regexp.MustCompile(`^(?i:gerado por|criado por) (.+?) (?i:em|a|às) `),
	regexp.MustCompile(`^(?i:gegenereerd door|gemaakt door) (.+?) (?i:op) `),
	regexp.MustCompile(`^(?i:wygenerowane przez|utworzone przez) (.+?) (?i:dnia|w dniu|o) `),
	regexp.MustCompile(`^(?i:skapad av|genererad av) (.+?) (?i:den|på|kl) `),
	regexp.MustCompile(`^(.+?) tạo lúc `),
}

// readHead takes account, window and offset out of what stands above the main area.
func (h *htmlReader) readHead() {
	if h.headRead {
		return
	}
	h.headRead = true
	if t, ok := parseDate(h.local); ok && !h.moment.IsZero() && t.clock {
		h.setOffset(t.in(time.UTC).Sub(h.moment), h.moment)
	}
	for line := range strings.Lines(h.early.String()) {
		line = tidy(line)
		if len(line) > 8*maxDateRunes {
			continue
		}
		bare := zoneMark.ReplaceAllString(line, "")
		clocks := clockPattern.FindAllStringIndex(bare, -1)
		if len(clocks) == 0 {
			continue
		}
		if len(clocks) == 2 {
			if from, to, ok := window(bare, clocks); ok {
				h.head.from, h.head.to = from.in(h.clockZone()), to.in(h.clockZone())
			}
			continue
		}
		if h.head.account == "" {
			for _, p := range madeBy {
				if m := p.FindStringSubmatch(line); m != nil {
					h.head.account = m[1]
					break
				}
			}
		}
		// A head that says UTC was seen above dates that were local all the same: only another offset proves anything.
		if t, ok := parseDate(dateTail(line)); ok && t.offsetKnown && t.offset != 0 && h.head.offset == nil {
			h.setOffset(t.offset, t.in(time.FixedZone("", int(t.offset.Seconds()))))
		}
	}
}

// zoneMark is an offset as heads write it.
var zoneMark = regexp.MustCompile(`(?i)(?:utc|gmt)\s*[+\-−]\s*\d{1,2}(?::?\d{2})?`)

// setOffset rounds to the quarters of an hour in which zones differ: the local spelling may lack seconds.
func (h *htmlReader) setOffset(d time.Duration, at time.Time) {
	d = d.Round(15 * time.Minute)
	if d < -14*time.Hour || d > 14*time.Hour {
		return
	}
	h.head.offset, h.headAt = &d, at
}

// dateTail drops what stands more than two words before the first figure: a name may be a month's.
func dateTail(line string) string {
	i := strings.IndexAny(line, "0123456789")
	if i < 0 {
		return line
	}
	words := strings.Fields(line[:i])
	if len(words) > 2 {
		words = words[len(words)-2:]
	}
	return strings.Join(words, " ") + " " + line[i:]
}

// window splits "data from … to …" behind the first time of day.
func window(line string, clocks [][]int) (from, to localTime, ok bool) {
	end := clocks[0][1]
	rest := strings.TrimLeft(line[end:], " \u00a0\u202f")
	if word := dateToken.FindString(dottedHalf.ReplaceAllString(foldDate(rest), "${1}m ")); morning[word] || evening[word] {
		if i := strings.IndexAny(rest, " \u00a0\u202f"); i > 0 {
			end = len(line) - len(rest) + i
		}
	}
	from, ok1 := parseDate(dateTail(line[:end]))
	to, ok2 := parseDate(dateTail(line[end:]))
	return from, to, ok1 && ok2
}
