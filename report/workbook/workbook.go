// Package workbook writes a register as an Excel workbook that people read, print and fill in, and reads back what they
// entered, for the decision log. Its one rule: a cell shows the same on every machine without being recalculated, and
// nothing in it reaches out: no macro, no external link, no formula made of outside text.
package workbook

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // Windows has no zone files, and times are shown in the page's zone

	"github.com/xuri/excelize/v2"

	"pagerisk/report"
	"pagerisk/scanner"
	"pagerisk/scanner/casefile"
)

// FileName of the workbook in a case folder.
const FileName = "register.xlsx"

const (
	// schema of the workbook: raised when a reader of this version could misunderstand a cell.
	schema = 1
	// defaultPreviews: more make the file slow to open (LibreOffice needs 8 s for 5,000) without helping anybody; the
	// gallery has them all.
	defaultPreviews = 1500
	// sheetRows is below Excel's 1,048,576, so that people can still add rows.
	sheetRows = 1_000_000
	// defaultZone is that of the pages the program is for.
	defaultZone = "Europe/Berlin"
)

// Writer writes register.xlsx. It implements report.Writer.
type Writer struct {
	// Previews is the number of pictures in the sheet of findings, heaviest first; 0 means 1,500, -1 none.
	Previews int
	// rows per sheet, for tests; 0 means sheetRows.
	rows int
}

// Write puts the register into dir as register.xlsx, whole or not at all. Whoever calls it keeps the register that it
// replaces.
func (w Writer) Write(ctx context.Context, dir string, r *report.Register) (err error) {
	tmp, err := os.MkdirTemp("", "pagerisk-workbook-")
	if err != nil {
		return fmt.Errorf("write %q: %w", FileName, err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
	b, err := newBook(ctx, r, tmp, w)
	if err != nil {
		return fmt.Errorf("write %q: %w", FileName, err)
	}
	defer b.f.Close()
	if err := b.fill(); err != nil {
		return fmt.Errorf("write %q: %w", FileName, err)
	}
	raw, err := os.CreateTemp(tmp, "raw-*.xlsx")
	if err != nil {
		return fmt.Errorf("write %q: %w", FileName, err)
	}
	defer raw.Close()
	if _, err := b.f.WriteTo(raw); err != nil {
		return fmt.Errorf("write %q: %w", FileName, err)
	}
	return casefile.WriteFile(filepath.Join(dir, FileName), func(out *os.File) error { return repack(out, raw) })
}

// repack copies a workbook with its parts, and its list of content types, in order: excelize keeps both in maps, and the
// same register shall give the same bytes.
func repack(out io.Writer, raw *os.File) error {
	size, err := raw.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	zr, err := zip.NewReader(raw, size)
	if err != nil {
		return err
	}
	const types = "[Content_Types].xml" // readers look for it first
	slices.SortFunc(zr.File, func(a, b *zip.File) int {
		if (a.Name == types) != (b.Name == types) {
			if a.Name == types {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Name, b.Name)
	})
	zw := zip.NewWriter(out)
	for _, part := range zr.File {
		if part.Name != types {
			if err := zw.Copy(part); err != nil {
				return err
			}
			continue
		}
		rc, err := part.Open()
		if err != nil {
			return err
		}
		data, err := io.ReadAll(rc)
		if err = errors.Join(err, rc.Close()); err != nil {
			return err
		}
		header := part.FileHeader
		dst, err := zw.CreateHeader(&zip.FileHeader{Name: header.Name, Method: header.Method})
		if err != nil {
			return err
		}
		if _, err := io.WriteString(dst, sortTypes(string(data))); err != nil {
			return err
		}
	}
	return zw.Close()
}

func sortTypes(s string) string {
	begin := strings.Index(s, "<Override")
	if d := strings.Index(s, "<Default"); d >= 0 && (begin < 0 || d < begin) {
		begin = d
	}
	end := strings.LastIndex(s, "</Types>")
	if begin < 0 || end < begin {
		return s
	}
	var types []string
	for _, t := range strings.SplitAfter(s[begin:end], ">") {
		// An element may be written with an end tag of its own.
		if t == "" {
			continue
		}
		if strings.HasPrefix(t, "</") {
			types[len(types)-1] += t
			continue
		}
		types = append(types, t)
	}
	slices.Sort(types)
	return s[:begin] + strings.Join(types, "") + s[end:]
}

func digestFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// book is one workbook while it is written.
type book struct {
	ctx       context.Context
	w         Writer
	r         *report.Register
	t         *report.Texts
	f         *excelize.File
	zone      *time.Location
	styles    styles
	sheets    map[string]*sheet
	why       map[string]string // sentence of each rule
	lines     []*line
	names     []excelize.DefinedName // set at the very end
	thumbs    thumbs
	fig       figures
	charts    analysis
	matrixRow int // first row of the matrix
	mended    int // texts with characters that a cell cannot hold
	cut       int // texts that are longer than a cell
}

// The sheets, in their order. The names are in the catalogue under "wb.sheet".
var sheetOrder = []string{"overview", "guide", "risks", "findings", "objection", "media", "inventory", "analysis", "method", "audit", "conflicts", "lists", "meta"}

// Tab colours tell the purpose: result, work, evidence, help.
var tabColors = map[string]string{
	"overview": "1F3864", "risks": "1F3864", "guide": "7F7F7F", "method": "7F7F7F", "findings": "548235", "objection": "548235",
	"conflicts": "C55A11", "media": "8EA9DB", "inventory": "8EA9DB", "analysis": "8EA9DB", "audit": "8EA9DB",
}

func newBook(ctx context.Context, r *report.Register, tmp string, w Writer) (*book, error) {
	zone := r.Head.Zone
	if zone == "" {
		zone = defaultZone
	}
	loc, err := time.LoadLocation(zone)
	if err != nil {
		return nil, fmt.Errorf("time zone %q: %w", zone, err)
	}
	if w.rows == 0 {
		w.rows = sheetRows
	}
	if w.Previews == 0 {
		w.Previews = defaultPreviews
	}
	t := r.Texts
	if t == nil || t.Lang != r.Head.Lang && r.Head.Lang != "" {
		t = report.NewTexts(r.Head.Lang)
	}
	b := &book{
		ctx: ctx, w: w, r: r, t: t, zone: loc, sheets: make(map[string]*sheet), why: make(map[string]string),
		f: excelize.NewFile(excelize.Options{TmpDir: tmp}),
	}
	for _, rule := range r.Rules {
		b.why[rule.ID] = rule.Why
	}
	b.thumbs.most = max(w.Previews, 0)
	b.styles = newStyles(b.f, t.Lang)
	return b, nil
}

// say is a text of the workbook's catalogue.
func (b *book) say(key string, pairs ...any) string { return b.t.Say("wb."+key, pairs...) }

// fill writes all sheets. The order of calls is the one that works with excelize's stream writer: sheets and their
// properties, stream writers, widths and panes, rows, then everything else of a sheet, flush, and at the very end names
// and properties of the workbook.
func (b *book) fill() error {
	if err := b.collect(); err != nil {
		return err
	}
	for _, code := range sheetOrder {
		if code == "conflicts" && b.fig.conflicts == 0 {
			continue
		}
		if err := b.addSheet(code); err != nil {
			return err
		}
	}
	b.f.SetActiveSheet(0)
	for _, step := range []func() error{
		b.writeEvidence, b.writeFindings, b.writeAnalysis, b.writeRisks, b.writeObjection, b.writeConflicts,
		b.writeOverview, b.writeGuide, b.writeMethod, b.writeAudit, b.writeLists, b.writeMeta, b.finish,
	} {
		if err := b.ctx.Err(); err != nil {
			return err
		}
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// finish sets what belongs to the whole workbook.
func (b *book) finish() error {
	for _, name := range b.names {
		if err := b.f.SetDefinedName(&name); err != nil {
			return err
		}
	}
	head := b.r.Head
	created := head.Started.UTC().Format(time.RFC3339)
	if err := b.f.SetDocProps(&excelize.DocProperties{
		Title:   b.say("title"),
		Subject: b.say("subject", "Pages", b.pages()),
		Creator: strings.TrimSpace(head.Tool + " " + head.Version), LastModifiedBy: strings.TrimSpace(head.Tool + " " + head.Version),
		Description: b.say("no_advice"), Language: b.t.Lang, Created: created, Modified: created, Category: b.say("confidential"),
	}); err != nil {
		return err
	}
	if err := b.f.SetAppProps(&excelize.AppProperties{Application: "pagerisk"}); err != nil {
		return err
	}
	for _, p := range []excelize.CustomProperty{
		{Name: "pagerisk.schema", Value: int32(schema)},
		{Name: "pagerisk.locale", Value: b.t.Lang},
		{Name: "pagerisk.run", Value: created},
		{Name: "pagerisk.decisions", Value: int32(b.r.Log.Len())},
	} {
		if err := b.f.SetCustomProps(p); err != nil {
			return err
		}
	}
	return b.f.ProtectWorkbook(&excelize.WorkbookProtectionOptions{LockStructure: true})
}

// pages names what was looked at.
func (b *book) pages() string {
	var names []string
	for _, a := range b.r.Head.Accounts {
		if a.Name != "" && !slices.Contains(names, a.Name) {
			names = append(names, a.Name)
		}
	}
	if len(names) == 0 {
		return b.say("no_name")
	}
	if len(names) > 3 {
		names = append(names[:3], "…")
	}
	return strings.Join(names, ", ")
}

// platform is the written name.
func (b *book) platform(p scanner.Platform) string { return b.t.Say("platform." + string(p)) }
