package workbook

import (
	"bufio"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"pagerisk/classify"
	"pagerisk/report"
	"pagerisk/scanner/casefile"
)

// CSVName of the file in a case folder.
const CSVName = "register.csv"

// CSV writes the findings as a table for spreadsheets in the form that Excel opens by double click: semicolons, a mark
// for UTF-8, lines that end in CR LF, and in German a comma in numbers. There is no line "sep=;", which would switch the
// mark off. It implements report.Writer.
type CSV struct{}

// Write puts the table into dir as register.csv.
func (CSV) Write(ctx context.Context, dir string, r *report.Register) error {
	b, err := newBook(ctx, r, os.TempDir(), Writer{Previews: -1})
	if err != nil {
		return err
	}
	defer b.f.Close()
	if err := b.collect(); err != nil {
		return err
	}
	return casefile.WriteFile(filepath.Join(dir, CSVName), func(f *os.File) error {
		w := bufio.NewWriter(f)
		w.WriteString("\ufeff")
		var cols []column
		for _, c := range findingColumns() {
			if c.code != "thumb" {
				cols = append(cols, c)
			}
		}
		for i, c := range cols {
			if i > 0 {
				w.WriteByte(';')
			}
			w.WriteString(csvField(b.say("col." + c.code)))
		}
		w.WriteString("\r\n")
		for _, l := range b.lines {
			if err := ctx.Err(); err != nil {
				return err
			}
			v := b.csvLine(l)
			for i, c := range cols {
				if i > 0 {
					w.WriteByte(';')
				}
				w.WriteString(csvField(v[c.code]))
			}
			w.WriteString("\r\n")
		}
		return w.Flush()
	})
}

// csvLine is one row of the sheet of findings as text.
func (b *book) csvLine(l *line) map[string]string {
	lik, sev := l.valid()
	grade := func(n int) string {
		if n == 0 {
			return ""
		}
		return strconv.Itoa(n)
	}
	v := map[string]string{
		"no": b.number(l.number), "platform": l.platform, "kind": l.kind, "link": l.link, "excerpt": l.excerpt, "finding": l.finding,
		"level_valid": b.levelWord(l.score()), "change": l.change, "why": l.why, "account": l.account, "album": l.album,
		"media_n": strconv.Itoa(l.media), "lik": grade(l.lik), "sev": grade(l.sev), "score_why": l.scoreWhy, "score_valid": grade(l.score()),
		"group": l.group, "rules": l.rules, "lik_valid": grade(lik), "sev_valid": grade(sev), "key": string(l.key),
	}
	if !l.created.IsZero() {
		at := l.created.In(b.zone)
		v["published"] = b.t.Date(at) + at.Format(" 15:04")
	}
	if l.period != "" {
		v["window"] = b.t.Say("period." + string(l.period))
	}
	if l.people != nil {
		v["people_max"] = strconv.Itoa(*l.people)
	}
	v["org_score"] = grade(l.org)
	if l.exposed != nil {
		v["exposed"] = fmt.Sprint(l.exposed)
	}
	maps.Copy(v, b.inWords(l))
	for i, band := range l.bands {
		if band != "" {
			v[string(classify.Labels[i])] = b.t.Say("band." + string(band))
		}
	}
	for _, spec := range report.ReviewFields {
		value := l.decided[spec.Field]
		if value == "" {
			value = spec.Default
		}
		switch spec.Kind {
		case report.ListField:
			value = b.listWord(spec.List, value)
		case report.DateField:
			value = b.dayWord(value)
		}
		v[string(spec.Field)] = b.clean(value)
	}
	v["ground_valid"] = b.groundWord(l)
	v["facts"] = factsDigest(func(code string) string { return v[code] })
	return v
}

// csvField quotes a field and takes the life out of what a spreadsheet would compute: an apostrophe before a sign that
// begins a formula, also one in full width, and after a separator or a line end within the field, where a careless
// reader would begin a new one.
func csvField(s string) string {
	if s == "" {
		return ""
	}
	var out strings.Builder
	fresh := true // at the beginning of what could be read as a field
	for _, r := range s {
		if fresh && startsFormula(r) {
			out.WriteByte('\'')
		}
		fresh = r == ';' || r == ',' || r == '\n' || r == '\r' || r == '\t' || fresh && (r == ' ' || r == '"')
		if r == '"' {
			out.WriteByte('"')
		}
		out.WriteRune(r)
	}
	s = strings.ReplaceAll(strings.ReplaceAll(out.String(), "\r\n", "\n"), "\r", "\n")
	if strings.ContainsAny(s, ";\"\n\t, ") {
		return `"` + s + `"`
	}
	return s
}

func startsFormula(r rune) bool {
	switch r {
	case '=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠':
		return true
	}
	return false
}

// dayWord writes a stored day as people do.
func (b *book) dayWord(s string) string {
	d, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return s
	}
	return b.t.Date(d)
}
