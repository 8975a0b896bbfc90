// Package gallery writes the flagged items as a folder of pages that open by double click, for people who look through
// them and decide. Its one rule: it works from the disk alone, without network, server or script, and text from outside
// never becomes markup.
package gallery

import (
	"bytes"
	"cmp"
	"context"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"pagerisk/classify"
	"pagerisk/report"
	"pagerisk/scanner"
	"pagerisk/scanner/casefile"
)

//go:embed gallery.html gallery.css gallery.js
var files embed.FS

const (
	// perPage is how many items stand on one page of the contact sheet: what a browser lays out without a pause.
	perPage = 200
	// maxItems bounds the gallery: items.js of 5,000 items has about 10 MB, which a browser still reads from the disk in a
	// second. The heaviest items are kept; the register has them all.
	maxItems = 5000
	// learnedShown is the weight from which on a learned word is marked in the caption: marks everywhere mark nothing.
	learnedShown = 0.6
	// maxPictures per item: a carousel of Meta has at most 20 today.
	maxPictures = 30
)

// Writer writes the folder gallery: index.html and its further pages, style, script, data and small pictures. It
// implements report.Writer.
type Writer struct{}

// item is one item as the pages and the script know it. Texts are in the register's language.
type item struct {
	Key       scanner.Key             `json:"key"`
	Number    string                  `json:"no"`
	Level     report.Level            `json:"level"` // "" for the sample
	LevelText string                  `json:"levelText"`
	Score     string                  `json:"score"`
	Labels    []label                 `json:"labels"`
	Caption   []segment               `json:"caption"`
	Reasons   []string                `json:"reasons"`
	Platform  string                  `json:"platform"`
	Kind      string                  `json:"kind"`
	Account   string                  `json:"account"`
	Date      string                  `json:"date"`
	Year      int                     `json:"year"`
	Album     string                  `json:"album"`
	Period    report.Period           `json:"period"`
	Ground    string                  `json:"ground"`
	Link      string                  `json:"link"`
	Group     int                     `json:"group"`
	Sample    bool                    `json:"sample"`
	Change    string                  `json:"change"`
	Pictures  []pictureView           `json:"pictures"`
	Hidden    int                     `json:"hidden"` // pictures beyond maxPictures
	Decided   map[report.Field]string `json:"decided"`
	score     int
	row       *report.Row // until its pictures are written
}

type label struct {
	Label classify.Label `json:"label"`
	Text  string         `json:"text"`
	Band  string         `json:"band"`
}

// segment is a piece of a caption; Rule is set where it is evidence.
type segment struct {
	Text string `json:"t"`
	Why  string `json:"w,omitempty"`
	Anti bool   `json:"a,omitempty"` // speaks against
}

type pictureView struct {
	Source string    `json:"src"` // "" where there is nothing to show
	Alt    string    `json:"alt"`
	Name   string    `json:"name"`
	Video  bool      `json:"video"`
	Status string    `json:"status"` // in words, "" = ok
	People *int      `json:"people"`
	Boxes  []boxView `json:"boxes"`
	W      int       `json:"w"`
	H      int       `json:"h"`
}

// boxView is a box in thousandths of the picture's sides.
type boxView struct {
	X, Y, W, H int
	Sure       bool
}

type page struct {
	Lang, Title   string
	Items         []*item
	Number, Pages int
	PageLinks     []pageLink
	Total, Left   int // items in the gallery, and those that did not fit
}

type pageLink struct {
	Number  int
	File    string
	Current bool
}

// Write puts the folder gallery into dir, beside the earlier one, and then into its place.
func (Writer) Write(ctx context.Context, dir string, r *report.Register) (err error) {
	tmp, err := os.MkdirTemp(dir, casefile.Unfinished+"gallery-*")
	if err != nil {
		return fmt.Errorf("write gallery: %w", err)
	}
	defer os.RemoveAll(tmp)
	w := &writer{dir: tmp, r: r, t: r.Texts, why: make(map[string]string), written: make(map[string]bool)}
	for _, rule := range r.Rules {
		w.why[rule.ID] = rule.Why
	}
	if err := w.write(ctx); err != nil {
		return fmt.Errorf("write gallery: %w", err)
	}
	return swap(tmp, filepath.Join(dir, "gallery"))
}

// swap puts a finished folder into the place of the old one. Folders cannot be renamed over each other, so that for a
// moment the old one has another name.
func swap(fresh, place string) error {
	old := fresh + ".old"
	err := os.Rename(place, old)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("write gallery: %w", err)
	}
	if err := os.Rename(fresh, place); err != nil {
		return errors.Join(fmt.Errorf("write gallery: %w", err), os.Rename(old, place))
	}
	return os.RemoveAll(old)
}

type writer struct {
	dir     string
	r       *report.Register
	t       *report.Texts
	why     map[string]string
	written map[string]bool // pictures
}

func (w *writer) write(ctx context.Context) error {
	if err := os.Mkdir(filepath.Join(w.dir, "img"), 0o700); err != nil {
		return err
	}
	items, left, err := w.items(ctx)
	if err != nil {
		return err
	}
	for _, name := range []string{"gallery.css", "gallery.js"} {
		data, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(w.dir, name), data, 0o600); err != nil {
			return err
		}
	}
	if err := w.data(items); err != nil {
		return err
	}
	return w.pages(items, left)
}

// items are the rows with a number, heaviest first, and how many did not fit. Those are let go on the way, before anything
// of them is written: at most twice maxItems are held.
func (w *writer) items(ctx context.Context) (items []*item, left int, err error) {
	keep := func() {
		slices.SortStableFunc(items, func(a, b *item) int {
			return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(b.Year, a.Year), cmp.Compare(a.row.Number, b.row.Number))
		})
		if len(items) > maxItems {
			left += len(items) - maxItems
			clear(items[maxItems:])
			items = items[:maxItems]
		}
	}
	for row, err := range w.r.Rows(ctx) {
		if err != nil {
			return nil, 0, err
		}
		if row.Number == 0 || !row.Gone.IsZero() {
			continue
		}
		if items = append(items, w.item(row)); len(items) == 2*maxItems {
			keep()
		}
	}
	keep()
	for _, it := range items {
		if err := w.pictures(it, it.row); err != nil {
			return nil, 0, err
		}
		it.row = nil
	}
	return items, left, nil
}

func (w *writer) item(row *report.Row) *item {
	src := row.Item
	it := &item{
		row: row, Key: src.Key, Number: fmt.Sprintf("B-%05d", row.Number), Platform: w.t.Say("platform." + string(src.Platform)),
		Kind: w.t.Say("kind." + string(src.Kind)), Account: src.Account, Album: src.Album, Group: row.Group, Sample: row.Sample,
		Labels: []label{}, Reasons: []string{}, Pictures: []pictureView{}, Decided: make(map[report.Field]string),
		Change: w.t.Say("change." + string(row.Change)), Link: safeLink(src.Permalink),
	}
	if !src.Created.IsZero() {
		day := src.Created.In(w.r.Head.Started.Location())
		it.Date, it.Year = w.t.Date(day), day.Year()
	}
	if risk := row.Risk; risk != nil {
		likelihood, severity := row.Rated()
		it.score = likelihood * severity
		it.Level = report.LevelOf(it.score)
		it.LevelText = w.t.Say("level." + string(it.Level))
		it.Score = fmt.Sprintf("%d × %d = %d", likelihood, severity, it.score)
		it.Period = risk.Period
		it.Ground = w.t.GroundOf(row)
	}
	for field, d := range row.Decided {
		it.Decided[field] = d.Value
	}
	said := make(map[string]bool)
	for _, f := range row.Findings {
		name := w.t.Say("label." + string(f.Label))
		it.Labels = append(it.Labels, label{f.Label, name, w.t.Say("band." + string(f.Band))})
		var words []string
		for _, e := range f.Evidence {
			if e.Telling() && e.Weight > 0 {
				words = append(words, w.t.Say("wb.quoted", "Text", e.Quote))
			}
			if why := w.why[e.Rule]; why != "" && !said[why] && !strings.HasPrefix(e.Rule, classify.LearnedPrefix) {
				said[why] = true
				it.Reasons = append(it.Reasons, why)
			}
		}
		if len(words) > 0 {
			it.Reasons = append(it.Reasons, w.t.Say("wb.learned", "Label", name, "Words", strings.Join(words, ", ")))
		}
	}
	it.Caption = w.caption(src.Text, row.Findings)
	return it
}

// caption cuts a text at the borders of its evidence. Where pieces of evidence overlap, the first one names the piece; of
// the same words what speaks for a category comes before what speaks against another.
func (w *writer) caption(text string, findings []classify.Finding) []segment {
	type span struct {
		from, to int
		why      string
		anti     bool
	}
	var spans []span
	for _, f := range findings {
		for _, e := range f.Evidence {
			if strings.HasPrefix(e.Rule, classify.LearnedPrefix) && (e.Weight < learnedShown || !e.Telling()) {
				continue
			}
			if e.Field == "text" && e.Start >= 0 && e.Start < e.End && e.End <= len(text) && text[e.Start:e.End] == e.Quote {
				spans = append(spans, span{e.Start, e.End, w.why[report.RuleName(e.Rule)], e.Weight < 0})
			}
		}
	}
	slices.SortStableFunc(spans, func(a, b span) int {
		order := cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(b.to, a.to))
		if order == 0 && a.anti != b.anti {
			order = 1
			if b.anti {
				order = -1
			}
		}
		return order
	})
	out := []segment{}
	at := 0
	for _, s := range spans {
		if s.to <= at {
			continue
		}
		s.from = max(s.from, at)
		if s.from > at {
			out = append(out, segment{Text: text[at:s.from]})
		}
		out = append(out, segment{Text: text[s.from:s.to], Why: cmp.Or(s.why, "·"), Anti: s.anti})
		at = s.to
	}
	if at < len(text) {
		out = append(out, segment{Text: text[at:]})
	}
	return out
}

func (w *writer) pictures(it *item, row *report.Row) error {
	for i, m := range row.Item.Media {
		if len(it.Pictures) == maxPictures {
			it.Hidden = len(row.Item.Media) - maxPictures
			return nil
		}
		v := pictureView{Alt: m.Alt, Name: m.File, Video: m.Video, W: m.Width, H: m.Height, Boxes: []boxView{}}
		if m.Status != scanner.OK {
			v.Status = w.t.Say("status." + string(m.Status))
		}
		if i < len(row.Facts) && row.Facts[i] != nil {
			f := row.Facts[i]
			v.People = f.People
			for _, b := range f.Boxes {
				if f.Width > 0 && f.Height > 0 {
					v.Boxes = append(v.Boxes, boxView{b.X * 1000 / f.Width, b.Y * 1000 / f.Height, b.W * 1000 / f.Width, b.H * 1000 / f.Height, b.Sure})
				}
			}
		}
		var small []byte
		if m.SHA256 != (scanner.Hash{}) {
			var err error
			if small, err = w.r.Preview(m.SHA256); err != nil {
				return err
			}
		}
		if len(small) > 0 {
			var err error
			if v.Source, err = w.picture(m.SHA256, small); err != nil {
				return err
			}
		}
		it.Pictures = append(it.Pictures, v)
	}
	return nil
}

// picture writes a small picture under its hash, once.
func (w *writer) picture(hash scanner.Hash, small []byte) (string, error) {
	name := "img/" + hex.EncodeToString(hash[:8]) + ".jpg"
	if w.written[name] {
		return name, nil
	}
	w.written[name] = true
	if w.r.Head.Redact {
		var err error
		if small, err = report.Blur(small); err != nil {
			return "", err
		}
	}
	return name, os.WriteFile(filepath.Join(w.dir, filepath.FromSlash(name)), small, 0o600)
}

// safeLink lets through what a browser opens as a page of the platforms, and nothing else.
func safeLink(link string) string {
	for _, host := range []string{"https://www.facebook.com/", "https://facebook.com/", "https://www.instagram.com/", "https://instagram.com/"} {
		if strings.HasPrefix(link, host) {
			return link
		}
	}
	return ""
}

// scriptTexts are the keys of the catalogue that the script needs.
var scriptTexts = []string{
	"all", "any_level", "any_label", "any_period", "any_album", "any_year", "any_status", "matches", "nothing", "prev", "next", "next_open",
	"boxes", "undo", "legend", "export", "import", "export_none", "imported", "import_failed", "reviewer", "note", "back", "status", "measure", "shown",
	"people", "people_unknown", "same_picture", "sample", "reasons", "ground", "period", "rating", "open_link", "video", "no_preview", "saved",
	"not_saved", "keys", "close", "sheet", "undone", "nothing_to_undo", "speaks_for", "speaks_against", "changed_count", "picture", "album", "of",
}

// data writes items.js: a script, because pages opened from the disk may not read files any other way.
func (w *writer) data(items []*item) error {
	texts := make(map[string]string)
	for _, key := range scriptTexts {
		texts[key] = w.t.Say("gallery." + key)
	}
	lists := make(map[string][][2]string)
	for _, list := range []string{"status", "measure", "shown"} {
		for _, code := range report.ValueLists[list] {
			lists[list] = append(lists[list], [2]string{code, w.t.Say("wb.list." + list + "." + code)})
		}
	}
	words := func(prefix string, codes ...string) [][2]string {
		var out [][2]string
		for _, code := range codes {
			out = append(out, [2]string{code, w.t.Say(prefix + "." + code)})
		}
		return out
	}
	lists["level"] = words("level", "very_high", "high", "medium", "low")
	lists["period"] = words("period", "before", "until", "after", "open", "undated")
	for _, l := range classify.Labels {
		lists["label"] = append(lists["label"], words("label", string(l))...)
	}
	var accounts []string
	for _, a := range w.r.Head.Accounts {
		accounts = append(accounts, string(a.Platform)+":"+a.Name)
	}
	if items == nil {
		items = []*item{}
	}
	// json.Marshal writes <, > and & as escapes, so that no text can end the script.
	data, err := json.Marshal(map[string]any{
		"schema": 1, "lang": w.t.Lang, "accounts": accounts, "texts": texts, "lists": lists, "items": items,
	})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(w.dir, "items.js"), slices.Concat([]byte("window.pagerisk = "), data, []byte(";\n")), 0o600)
}

func pageFile(n int) string {
	if n == 1 {
		return "index.html"
	}
	return fmt.Sprintf("page-%d.html", n)
}

// pages writes the contact sheet: plain pages that need no script. index.html is the first of them, and the script turns
// it into the gallery.
func (w *writer) pages(items []*item, left int) error {
	source, err := files.ReadFile("gallery.html")
	if err != nil {
		return err
	}
	tmpl, err := template.New("gallery.html").Funcs(template.FuncMap{
		"say": func(key string, pairs ...any) string { return w.t.Say("gallery."+key, pairs...) },
	}).Parse(string(source))
	if err != nil {
		return err
	}
	names := make([]string, 0, len(w.r.Head.Accounts))
	for _, a := range w.r.Head.Accounts {
		if a.Name != "" && !slices.Contains(names, a.Name) {
			names = append(names, a.Name)
		}
	}
	title := cmp.Or(w.r.Head.Organisation, strings.Join(names, ", "))
	count := max(1, (len(items)+perPage-1)/perPage)
	for n := 1; n <= count; n++ {
		p := page{
			Lang: w.t.Lang, Title: title, Number: n, Pages: count, Total: len(items), Left: left,
			Items: items[min((n-1)*perPage, len(items)):min(n*perPage, len(items))],
		}
		for i := 1; i <= count; i++ {
			p.PageLinks = append(p.PageLinks, pageLink{i, pageFile(i), i == n})
		}
		var buf bytes.Buffer
		if err := tmpl.Execute(&buf, p); err != nil {
			return err
		}
		if err := casefile.WriteFile(filepath.Join(w.dir, pageFile(n)), func(f *os.File) error {
			_, err := f.Write(buf.Bytes())
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}
