package workbook

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"pagerisk/classify/picture"
	"pagerisk/report"
	"pagerisk/scanner"
)

var mediaColumns = []column{
	{code: "no", width: 9},
	{code: "published", width: 11, kind: date},
	{code: "pos", width: 8, kind: integer},
	{code: "media_type", width: 9},
	{code: "file", width: 34, kind: wrapped},
	{code: "media_status", width: 16, kind: wrapped},
	{code: "bytes", width: 12, kind: integer},
	{code: "pixels", width: 13},
	{code: "people", width: 10, kind: integer},
	{code: "face_share", width: 11},
	{code: "creator", width: 22, kind: wrapped},
	{code: "credit", width: 22, kind: wrapped},
	{code: "copyright", width: 24, kind: wrapped},
	{code: "source", width: 20, kind: wrapped},
	{code: "instructions", width: 22, kind: wrapped},
	{code: "persons", width: 20, kind: wrapped},
	{code: "model_release", width: 14},
	{code: "data_mining", width: 20, kind: wrapped},
	{code: "digital_source", width: 20, kind: wrapped},
	{code: "software", width: 20, kind: wrapped},
	{code: "taken", width: 20},
	{code: "alt", width: 36, kind: wrapped},
	{code: "group", width: 12},
	{code: "not_looked", width: 18, kind: wrapped},
	{code: "phash", width: 18, band: tech},
	{code: "sha256", width: 30, band: tech},
	{code: "key", width: 30, band: tech},
}

var inventoryColumns = []column{
	{code: "no", width: 9},
	{code: "published", width: 16, kind: datetime},
	{code: "platform", width: 10},
	{code: "account", width: 20, kind: wrapped},
	{code: "kind", width: 11},
	{code: "state", width: 15},
	{code: "text", width: 60, kind: wrapped},
	{code: "flagged", width: 10},
	{code: "level_proposed", width: 11},
	{code: "album", width: 20, kind: wrapped},
	{code: "place", width: 18, kind: wrapped},
	{code: "tags", width: 20, kind: wrapped},
	{code: "media_n", width: 8, kind: integer},
	{code: "change", width: 16, kind: wrapped},
	{code: "link", width: 8, kind: formula},
	{code: "where", width: 36, band: tech, kind: wrapped},
	{code: "key", width: 30, band: tech},
}

// writeEvidence writes the sheets that hold everything that was read, in one walk: a row per medium, a row per item.
func (b *book) writeEvidence() error {
	media, inventory := b.sheets["media"], b.sheets["inventory"]
	if err := media.table(mediaColumns, 1); err != nil {
		return err
	}
	if err := inventory.table(inventoryColumns, 1); err != nil {
		return err
	}
	n := 0
	for row, err := range b.r.Rows(b.ctx) {
		if err != nil {
			return err
		}
		if n++; n%1000 == 0 && b.ctx.Err() != nil {
			return b.ctx.Err()
		}
		if inventory, err = b.next(inventory, inventoryColumns); err != nil {
			return err
		}
		if err := b.writeItem(inventory, row); err != nil {
			return err
		}
		for i := range row.Item.Media {
			if media, err = b.next(media, mediaColumns); err != nil {
				return err
			}
			if err := b.writeMedium(media, row, i); err != nil {
				return err
			}
		}
	}
	for _, s := range []*sheet{media, inventory} {
		if s.rows == 1 {
			if err := s.row(30, []any{excelize.Cell{StyleID: b.styles.id("plain"), Value: b.say("nothing_here")}}); err != nil {
				return err
			}
			if err := s.end(true, 0); err != nil {
				return err
			}
			continue
		}
		if err := s.endTable(tableName(s.code, s.part), printed[s.code]); err != nil {
			return err
		}
	}
	return nil
}

// printed is how many columns of a wide sheet go on paper, so that they can be read there.
var printed = map[string]int{"media": 14, "inventory": 14}

func tableName(code string, part int) string {
	name := "tbl" + strings.ToUpper(code[:1]) + code[1:]
	if part > 1 {
		return fmt.Sprintf("%s%d", name, part)
	}
	return name
}

// next closes a full sheet and goes on in a second one of the same name, "Inventar (2)".
func (b *book) next(s *sheet, cols []column) (*sheet, error) {
	if s.rows < b.w.rows {
		return s, nil
	}
	if err := s.endTable(tableName(s.code, s.part), printed[s.code]); err != nil {
		return nil, err
	}
	before := s.name
	part := max(s.part, 1) + 1
	code := s.code
	name := fmt.Sprintf("%s (%d)", b.sheetName(code), part)
	if err := b.addSheetNamed(code, name); err != nil {
		return nil, err
	}
	next := b.sheets[code]
	next.part = part
	// The new sheet is the last one. File.MoveSheet reads all sheets for that, and breaks on one that was written to disk.
	sheets := b.f.WorkBook.Sheets.Sheet
	to, last := slices.Index(b.f.GetSheetList(), before)+1, len(sheets)-1
	moved := sheets[last]
	copy(sheets[to+1:], sheets[to:last])
	sheets[to] = moved
	return next, next.table(cols, 1)
}

func (b *book) writeItem(s *sheet, row *report.Row) error {
	it := row.Item
	v := map[string]any{
		"key": string(it.Key), "published": b.serial(it.Created), "platform": b.platform(it.Platform), "kind": b.t.Say("kind." + string(it.Kind)),
		"state": b.t.Say("state." + string(it.State)), "account": b.clean(it.Account), "text": b.clean(it.Text), "album": b.clean(it.Album),
		"place": b.clean(it.Place), "tags": b.clean(strings.Join(it.Tags, ", ")), "media_n": len(it.Media), "no": b.number(row.Number),
		"change": b.t.Say("change." + string(cmp.Or(row.Change, report.New))), "link": b.linkCell(safeLink(it.Permalink), b.say("open"), "cell"),
		"flagged": b.say("yesno.no"),
	}
	if len(row.Findings) > 0 {
		v["flagged"] = b.say("yesno.yes")
	}
	if row.Risk != nil && row.Gone.IsZero() {
		v["level_proposed"] = b.t.Say("level." + string(row.Risk.Today.Level()))
	}
	if !row.Gone.IsZero() {
		v["change"] = b.say("gone_since", "Day", row.Gone.In(b.zone))
	}
	var where []string
	for _, o := range it.Origins {
		where = append(where, o.Where)
	}
	v["where"] = b.clean(strings.Join(where, "\n"))
	return s.record(15, v)
}

func (b *book) writeMedium(s *sheet, row *report.Row, i int) error {
	it, m := row.Item, row.Item.Media[i]
	var facts *picture.Facts
	if i < len(row.Facts) {
		facts = row.Facts[i]
	}
	typ := "photo"
	if m.Video || facts != nil && facts.Video {
		typ = "video"
	}
	v := map[string]any{
		"no": b.number(row.Number), "published": b.serial(it.Created), "pos": i + 1, "media_type": b.say("media." + typ), "file": b.clean(m.File),
		"media_status": b.t.Say("status." + string(cmp.Or(m.Status, scanner.Missing))), "alt": b.clean(m.Alt), "key": string(it.Key),
	}
	if m.Bytes > 0 {
		v["bytes"] = m.Bytes
	}
	if m.Width > 0 && m.Height > 0 {
		v["pixels"] = fmt.Sprintf("%d × %d", m.Width, m.Height)
	}
	if m.SHA256 != (scanner.Hash{}) {
		v["sha256"] = hex.EncodeToString(m.SHA256[:])
	}
	if row.Group > 0 {
		v["group"] = fmt.Sprintf("%s-%03d", b.say("group_prefix"), row.Group)
	}
	var not []string
	if facts == nil && m.Status == scanner.OK {
		not = append(not, b.say("not_looked"))
	}
	if facts != nil {
		b.factCells(v, facts)
		for _, code := range facts.Missing {
			key := "wb.missing." + code
			if !b.t.Has(key) {
				key = "wb.missing.rest"
			}
			if s := b.t.Say(key, "Code", code); !slices.Contains(not, s) {
				not = append(not, s)
			}
		}
	}
	v["not_looked"] = strings.Join(not, ", ")
	return s.record(15, v)
}

func (b *book) factCells(v map[string]any, f *picture.Facts) {
	if f.People != nil {
		v["people"] = *f.People
	}
	if f.PHash != 0 {
		v["phash"] = fmt.Sprintf("%016x", f.PHash)
	}
	if n := len(f.Boxes); n > 0 && f.Width > 0 && f.Height > 0 {
		largest := 0
		for _, box := range f.Boxes {
			if box.W > 0 && box.H > 0 {
				largest = max(largest, box.W*box.H)
			}
		}
		v["face_share"] = excelize.Cell{StyleID: b.styles.id("cell.percent"), Value: float64(largest) / (float64(f.Width) * float64(f.Height))}
	}
	m := f.Metadata
	for code, s := range map[string]string{
		"creator": m.Creator, "credit": m.Credit, "copyright": m.Copyright, "source": m.Source, "instructions": m.Instructions,
		"persons": strings.Join(m.Persons, ", "), "model_release": m.ModelRelease, "data_mining": m.DataMining,
		"digital_source": m.DigitalSourceType, "software": m.Software, "taken": m.Taken,
	} {
		v[code] = b.clean(s)
	}
	if strings.HasPrefix(m.Instructions, "FBMD") {
		// Facebook's own mark in every picture that it stored, and not an instruction: its beginning is enough.
		v["instructions"] = b.clean(excerpt(m.Instructions, 12))
	}
}

// writeObjection writes a row per account with the columns in which people note what they filed and where the proof is.
func (b *book) writeObjection() error {
	s := b.sheets["objection"]
	cols := []column{
		{code: "platform", width: 11},
		{code: "account", width: 26, kind: wrapped},
		{code: "items_published_n", width: 15, kind: integer},
		{code: "form", width: 14, kind: formula},
		{code: "linked", width: 16, band: review, kind: list, list: "yesno"},
		{code: "filed_on", width: 13, band: review, kind: date},
		{code: "filed_by", width: 18, band: review},
		{code: "confirmed_on", width: 15, band: review, kind: date},
		{code: "proof", width: 28, band: review},
		{code: "mail_changed", width: 16, band: review, kind: list, list: "yesno"},
		{code: "covers_from", width: 15, kind: formula},
		{code: "repeat", width: 15, kind: formula},
		{code: "note", width: 26, band: review},
		{code: "key", width: 30, band: tech, hidden: true},
	}
	if err := s.table(cols, 2); err != nil {
		return err
	}
	seen := map[scanner.Key]bool{}
	for _, a := range b.r.Head.Accounts {
		key := objectionKey(a)
		seen[key] = true
		if err := b.writeAccount(s, key, b.platform(a.Platform), a.Name, a.Items, a.Platform); err != nil {
			return err
		}
	}
	for _, key := range b.r.Log.Keys(report.ObjectionPrefix) {
		if !seen[key] {
			platform, name, _ := strings.Cut(strings.TrimPrefix(string(key), report.ObjectionPrefix), ":")
			if err := b.writeAccount(s, key, b.platform(scanner.Platform(platform)), name, 0, scanner.Platform(platform)); err != nil {
				return err
			}
		}
	}
	if s.rows > 1 {
		if err := b.validate(s, s.rows); err != nil {
			return err
		}
	}
	records := s.rows
	s.skip(1)
	for _, key := range []string{"objection_box1", "objection_box2", "objection_box3"} {
		text := b.say(key)
		if err := b.wide(s, "caption", text, 11, 190); err != nil {
			return err
		}
	}
	if records > 1 {
		no := false
		if err := s.sw.AddTable(&excelize.Table{Range: "A1:" + cell(len(cols), records), Name: "tblObjection", ShowRowStripes: &no}); err != nil {
			return err
		}
	}
	return s.end(true, 13)
}

// objectionKey names an account in the decision log.
func objectionKey(a report.Account) scanner.Key {
	return scanner.Key(report.ObjectionPrefix + string(a.Platform) + ":" + a.Name)
}

// The forms for an objection, as last read on the day of the legal catalogue. They open only for people who are logged in.
var objectionForms = map[scanner.Platform]string{
	scanner.Facebook:  "https://www.facebook.com/help/contact/712876720715583",
	scanner.Instagram: "https://help.instagram.com/contact/767264225370182",
}

func (b *book) writeAccount(s *sheet, key scanner.Key, platform, name string, items int, p scanner.Platform) error {
	n := s.rows + 1
	at := func(code string) string { return fmt.Sprintf("%s%d", colName(s.col(code)), n) }
	decided := plain(b.r.Log.Newest(key))
	v := map[string]any{"platform": platform, "account": b.clean(name), "items_published_n": items, "key": string(key)}
	if form := objectionForms[p]; form != "" {
		v["form"] = excelize.Cell{StyleID: b.styles.id("cell.link"), Formula: fmt.Sprintf(`HYPERLINK("%s","%s")`, form, b.say("open_form")), Value: b.say("open_form")}
	}
	for _, spec := range report.ObjectionFields {
		c := s.cols[s.col(string(spec.Field))-1]
		v[string(spec.Field)] = b.decidedCell(spec, c, decided[spec.Field])
	}
	var from any = ""
	if filed, ok := v["filed_on"].(float64); ok {
		from = filed
	}
	v["covers_from"] = excelize.Cell{StyleID: b.styles.id("cell.date"), Formula: fmt.Sprintf(`IF(ISNUMBER(%s),%s,"")`, at("filed_on"), at("filed_on")), Value: from}
	// "no" before any objection would read as if there were nothing to do.
	yes, again := b.listWord("yesno", "yes"), b.say("repeat_first")
	switch _, filed := v["filed_on"].(float64); {
	case decided[report.FieldMailChanged] == "yes":
		again = b.say("repeat_yes")
	case filed:
		again = b.say("repeat_no")
	}
	v["repeat"] = excelize.Cell{StyleID: b.styles.id("cell.wrap"), Formula: fmt.Sprintf(`IF(%s="%s","%s",IF(ISNUMBER(%s),"%s","%s"))`,
		at("mail_changed"), yes, b.say("repeat_yes"), at("filed_on"), b.say("repeat_no"), b.say("repeat_first")), Value: again}
	return s.record(30, v)
}

// writeConflicts lists what two people changed at once: what counts now, and what the other one entered.
func (b *book) writeConflicts() error {
	s, ok := b.sheets["conflicts"]
	if !ok {
		return nil
	}
	if err := s.table([]column{
		{code: "no", width: 12}, {code: "field", width: 26, kind: wrapped}, {code: "counts", width: 34, kind: wrapped},
		{code: "counts_by", width: 18, kind: wrapped}, {code: "counts_on", width: 12, kind: date}, {code: "against", width: 34, kind: wrapped},
		{code: "against_by", width: 18, kind: wrapped}, {code: "what", width: 50, kind: wrapped}, {code: "key", width: 30, band: tech, hidden: true},
	}, 1); err != nil {
		return err
	}
	put := func(key scanner.Key, number int, about string, decided map[report.Field]report.Decision) error {
		for _, spec := range report.FieldsOf(key) {
			d, ok := decided[spec.Field]
			if !ok || !d.Conflict {
				continue
			}
			word := func(v string) string {
				if spec.Kind == report.ListField {
					return b.listWord(spec.List, v)
				}
				return b.clean(v)
			}
			counts, against := word(d.Value), word(d.Against)
			if err := s.record(15, map[string]any{
				"no": b.number(number), "field": b.say("col." + string(spec.Field)), "counts": cmp.Or(counts, b.say("empty")), "counts_by": b.clean(d.Reviewer),
				"counts_on": b.serial(d.At), "against": cmp.Or(against, b.say("empty")), "against_by": b.clean(d.AgainstBy), "what": about, "key": string(key),
			}); err != nil {
				return err
			}
		}
		return nil
	}
	for row, err := range b.r.Rows(b.ctx) {
		if err != nil {
			return err
		}
		if err := put(row.Item.Key, row.Number, b.clean(excerpt(row.Item.Text, 120)), row.Decided); err != nil {
			return err
		}
	}
	for _, key := range b.r.Log.Keys("") {
		if decidable(key) {
			if err := put(key, 0, string(key), b.r.Log.Newest(key)); err != nil {
				return err
			}
		}
	}
	s.skip(1)
	if err := b.wide(s, "caption", b.say("conflicts_how"), 8, 200); err != nil {
		return err
	}
	return s.end(true, 8)
}

// wide writes a text across the first columns of a sheet, as high as it needs. chars is the width of these columns.
func (b *book) wide(s *sheet, role, text string, columns int, chars float64) error {
	n := s.rows + 1
	if err := s.row(height(15, text, chars), []any{excelize.Cell{StyleID: b.styles.id(role), Value: text}}); err != nil {
		return err
	}
	return s.sw.MergeCell(cell(1, n), cell(columns, n))
}

// writeLists writes the hidden lists behind the drop-downs: code, German, English.
func (b *book) writeLists() error {
	s := b.sheets["lists"]
	if err := s.sw.SetColWidth(1, 5, 26); err != nil {
		return err
	}
	if err := s.row(0, []any{"list", "code", b.t.Lang, "order", "other"}); err != nil {
		return err
	}
	other := report.NewTexts(map[string]string{"de": "en", "en": "de"}[b.t.Lang])
	names := make([]string, 0, len(report.ValueLists))
	for name := range report.ValueLists {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		first := s.rows + 1
		for i, code := range report.ValueLists[name] {
			var word any = b.listWord(name, code)
			otherWord := any(code)
			if name == "grade" {
				word = i + 1
			} else {
				otherWord = other.Say("wb.list." + name + "." + code)
			}
			if err := s.row(0, []any{name, code, word, i + 1, otherWord}); err != nil {
				return err
			}
		}
		b.names = append(b.names, excelize.DefinedName{Name: "lst_" + name, RefersTo: fmt.Sprintf("%s!$C$%d:$C$%d", quoteSheet(s.name), first, s.rows)})
	}
	return s.end(true, 0)
}

// writeMeta writes what the program needs to know when the workbook comes back. No personal data.
func (b *book) writeMeta() error {
	s := b.sheets["meta"]
	rows := [][2]string{
		{"schema", fmt.Sprint(schema)}, {"locale", b.t.Lang}, {"run", b.r.Head.Started.UTC().Format("2006-01-02T15:04:05Z")},
		{"decisions", fmt.Sprint(b.r.Log.Len())}, {"tool", strings.TrimSpace(b.r.Head.Tool + " " + b.r.Head.Version)},
	}
	for _, code := range []string{"findings", "risks", "objection"} {
		rows = append(rows, [2]string{"sheet." + code, b.sheets[code].name})
		for i, c := range b.sheets[code].cols {
			rows = append(rows, [2]string{fmt.Sprintf("column.%s.%d", code, i+1), c.code})
		}
	}
	for _, r := range rows {
		if err := s.row(0, []any{r[0], r[1]}); err != nil {
			return err
		}
	}
	return s.end(true, 0)
}
