package report_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"pagerisk/classify"
	"pagerisk/classify/picture"
	"pagerisk/classify/records"
	"pagerisk/report"
	"pagerisk/scanner"
	"pagerisk/scanner/casefile"
)

// page is a source over posts in memory.
type page struct {
	id    string
	posts []string // text; the key is its first word
}

func (p page) ID() string { return p.id }

func (p page) Read(context.Context, scanner.Cursor) iter.Seq2[scanner.Entry, error] {
	return func(yield func(scanner.Entry, error) bool) {
		for i, text := range p.posts {
			name, _, _ := strings.Cut(text, " ")
			item := &scanner.Item{
				Key: scanner.Key("fb:x:" + name), Platform: scanner.Facebook, Kind: scanner.Post, State: scanner.Published, Account: "Werkstatt",
				Text: text, Created: time.Date(2024, 3, 1, 12, len(name), 0, 0, time.UTC).AddDate(0, 0, int(name[0])),
				Media:   []scanner.Media{{ID: scanner.Key("fb:m:" + name), Ref: name, URI: name + ".jpg", File: name + ".jpg", Status: scanner.OK}},
				Origins: []scanner.Origin{{Source: p.id, Where: fmt.Sprintf("posts_1.json[%d]", i)}},
			}
			if !yield(scanner.Entry{Item: item, Cursor: scanner.Cursor(fmt.Sprint(i + 1))}, nil) {
				return
			}
		}
	}
}

func (p page) Open(context.Context, string) (io.ReadCloser, error) { return nil, errors.New("unused") }

// audit is a case with its rules; run scans a page into it and builds the register.
type audit struct {
	t     *testing.T
	c     *casefile.Case
	rules *classify.Rules
	now   time.Time

	options report.BuildOptions // objection and confirmation
}

func newAudit(t *testing.T) *audit {
	t.Helper()
	c, err := casefile.Create(t.Context(), t.TempDir()+"/x.case")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	rules, err := classify.BuiltinRules()
	if err != nil {
		t.Fatal(err)
	}
	return &audit{t: t, c: c, rules: rules, now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
}

func (a *audit) run(name string, p page) *report.Register {
	a.t.Helper()
	a.now = a.now.AddDate(0, 0, 1)
	ctx := a.t.Context()
	err := scanner.Scan(ctx, a.c, p, scanner.Options{Name: name, Now: func() time.Time { return a.now }, Look: func(_ context.Context, m scanner.Media, _ func(string) (io.ReadCloser, error)) (scanner.Looked, error) {
		copy(m.SHA256[:], m.File)
		return scanner.Looked{Media: m}, nil
	}})
	if err != nil {
		a.t.Fatal(err)
	}
	if err := classify.Run(ctx, a.c, classify.New(a.rules), nil); err != nil {
		a.t.Fatal(err)
	}
	owner, err := records.Load(a.c.Path("records"))
	if err != nil {
		a.t.Fatal(err)
	}
	r, err := report.Build(ctx, a.c, report.BuildOptions{
		Version: "test", Lang: "de", Started: a.now, Zone: report.Berlin, Law: report.BuiltinLaw(), Rules: a.rules, Records: owner,
		Objection: a.options.Objection, Confirmed: a.options.Confirmed,
	})
	if err != nil {
		a.t.Fatal(err)
	}
	return r
}

func (a *audit) dump(r *report.Register) []string {
	a.t.Helper()
	var out []string
	for row, err := range r.Rows(a.t.Context()) {
		if err != nil {
			a.t.Fatal(err)
		}
		line := fmt.Sprintf("%s %d %s", row.Item.Key, row.Number, row.Change)
		if !row.Gone.IsZero() {
			line += " gone since " + row.Gone.Format(time.DateOnly)
		}
		out = append(out, line)
	}
	return out
}

func (a *audit) want(r *report.Register, want ...string) {
	a.t.Helper()
	if diff := cmp.Diff(want, a.dump(r)); diff != "" {
		a.t.Errorf("register (-want +got):\n%s", diff)
	}
	if err := report.KeepShown(a.t.Context(), a.c, r); err != nil {
		a.t.Fatal(err)
	}
}

const staff = " Unsere neue Kollegin Petra verstärkt das Team in der Werkstatt"

func TestNumbersAndChanges(t *testing.T) {
	a := newAudit(t)
	a.want(a.run("1.zip", page{"export:1", []string{"a" + staff, "b" + staff, "c" + staff}}),
		"fb:x:a 1 new", "fb:x:b 2 new", "fb:x:c 3 new")
	a.want(a.run("1.zip", page{"export:1", []string{"a" + staff, "b" + staff, "c" + staff}}),
		"fb:x:a 1 unchanged", "fb:x:b 2 unchanged", "fb:x:c 3 unchanged")
	// A later archive of the page: one post was edited, one was taken down, one is new. Numbers stay.
	a.want(a.run("2.zip", page{"export:2", []string{"a" + staff, "aa" + staff, "c" + staff + " seit gestern"}}),
		"fb:x:a 1 unchanged", "fb:x:aa 4 new", "fb:x:b 2 gone gone since 2026-11-25", "fb:x:c 3 changed")
}

// Another part of an export says nothing about what the first part lists.
func TestAnotherPartTakesNothingAway(t *testing.T) {
	a := newAudit(t)
	a.run("1.zip", page{"export:1", []string{"a" + staff, "b" + staff, "c" + staff}})
	a.want(a.run("2.zip", page{"export:2", []string{"d" + staff, "e" + staff}}),
		"fb:x:a 1 new", "fb:x:b 2 new", "fb:x:c 3 new", "fb:x:d 4 new", "fb:x:e 5 new")
}

// What the sheet says of an account beats the settings, and only a confirmed objection lowers today's rating.
func TestObjectionOfTheAccountBeatsTheSettings(t *testing.T) {
	day := func(s string) time.Time {
		d, err := time.ParseInLocation(time.DateOnly, s, report.Berlin)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, tt := range []struct {
		name               string
		filed, confirmed   string // on the sheet
		setFiled, setAgain string // in the settings
		want               string
		lowered            bool
	}{
		{"filed", "2025-05-20", "", "", "", "2025-05-20", false},
		{"filed and confirmed", "2025-05-20", "2025-05-21", "", "", "2025-05-20", true},
		{"confirmed, and nobody entered when it was filed", "", "2025-05-21", "", "", "", false},
		{"confirmed on the sheet, filed by the settings", "", "2025-05-21", "2025-05-10", "", "2025-05-10", true},
		{"the sheet's confirmation is before the settings' objection", "", "2025-05-09", "2025-05-10", "2025-05-11", "2025-05-10", false},
		{"settings", "", "", "2025-05-10", "", "2025-05-10", false},
		{"filed on a day to come", "2027-08-15", "", "", "", "", false},
		{"settings, confirmed", "", "", "2025-05-10", "2025-05-11", "2025-05-10", true},
		{"the settings' confirmation is not the account's", "2025-05-20", "", "2025-05-10", "2025-05-11", "2025-05-10", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := newAudit(t)
			proposals := func(r *report.Register) (out []string) {
				for row, err := range r.Rows(t.Context()) {
					if err != nil {
						t.Fatal(err)
					}
					out = append(out, row.Proposal)
				}
				return out
			}
			before := proposals(a.run("1.zip", page{"export:1", []string{"a" + staff}}))
			if tt.setFiled != "" {
				a.options.Objection = day(tt.setFiled)
			}
			if tt.setAgain != "" {
				a.options.Confirmed = day(tt.setAgain)
			}
			log, err := report.ReadLog(t.Context(), a.c)
			if err != nil {
				t.Fatal(err)
			}
			for field, value := range map[report.Field]string{report.FieldFiledOn: tt.filed, report.FieldConfirmedOn: tt.confirmed} {
				if value == "" {
					continue
				}
				if err := log.Append(t.Context(), []report.Decision{{Item: report.ObjectionPrefix + "facebook:Werkstatt", Field: field, Value: value, At: a.now}}); err != nil {
					t.Fatal(err)
				}
			}
			r := a.run("1.zip", page{"export:1", []string{"a" + staff}})
			got := ""
			if !r.Head.Objection.IsZero() {
				got = r.Head.Objection.Format(time.DateOnly)
			}
			if got != tt.want {
				t.Errorf("Head.Objection = %q, want %q", got, tt.want)
			}
			for row := range r.Rows(t.Context()) {
				if row.Risk == nil || (row.Risk.Today.Likelihood == row.Risk.AfterObjection.Likelihood) != tt.lowered {
					t.Errorf("risk %+v, want it lowered: %v", row.Risk, tt.lowered)
				}
			}
			// People know of their own objection, and of its confirmation alone too: it makes no row one to look at again.
			if diff := cmp.Diff(before, proposals(r)); diff != "" || len(before) != 1 {
				t.Errorf("proposals of %d rows (-before +after):\n%s", len(before), diff)
			}
		})
	}
}

// The published hit rates are those of the built-in rules, and of no others.
func TestRatesAreOfTheRulesAtHand(t *testing.T) {
	a := newAudit(t)
	if r := a.run("1.zip", page{"export:1", []string{"a" + staff}}); r.Rates == nil || r.Rates.Rows == 0 || len(r.Rates.Families) == 0 {
		t.Errorf("rates of the built-in rules: %+v, want those that were published", r.Rates)
	}
	var err error
	a.rules, err = classify.LoadRules(fstest.MapFS{"rules.toml": {Data: []byte("[settings]\npossible = 1.0\nlikely = 2.0\nsure = 4.6\nweak_detectors = []\nweak_zero = 1.5\n")}})
	if err != nil {
		t.Fatal(err)
	}
	if r := a.run("2.zip", page{"export:2", []string{"b" + staff}}); r.Rates != nil {
		t.Errorf("rates of other rules: %+v, want none", r.Rates)
	}
}

// Years are those of the people who read the table: what went online at 0:30 on New Year's Day belongs to the new year.
func TestYearsOfCompletenessAreLocal(t *testing.T) {
	r := &report.Register{Head: report.Head{Started: time.Date(2026, 11, 22, 12, 0, 0, 0, report.Berlin)}}
	r.Rows = func(context.Context) iter.Seq2[*report.Row, error] {
		return func(yield func(*report.Row, error) bool) {
			yield(&report.Row{Item: &scanner.Item{Created: time.Date(2024, 12, 31, 23, 30, 0, 0, time.UTC)}}, nil)
		}
	}
	got, err := report.CompletenessOf(t.Context(), r)
	if err != nil || len(got) != 1 || got[0].Year != 2025 {
		t.Errorf("CompletenessOf = %+v, %v, want one line of 2025", got, err)
	}
}

// Facts of equal pictures put their items into one group.
func TestEqualPicturesAreGrouped(t *testing.T) {
	a := newAudit(t)
	a.run("1.zip", page{"export:1", []string{"a" + staff, "b" + staff, "c" + staff}})
	looked := func(seed byte) picture.Facts {
		mini := make([]byte, 24*24)
		for i := range mini {
			mini[i] = byte(int(seed)*i*i>>3) ^ byte(i*31)
		}
		return picture.Facts{Width: 640, Height: 480, PHash: uint64(seed) * 0x9e3779b97f4a7c15, DHash: uint64(seed) * 0xc2b2ae3d27d4eb4f, Miniature: mini}
	}
	err := a.c.Write(t.Context(), func(tx *sql.Tx) error {
		for name, seed := range map[string]byte{"a.jpg": 5, "b.jpg": 9, "c.jpg": 5} {
			var hash scanner.Hash
			copy(hash[:], name)
			if err := classify.SaveFacts(tx, hash, "test@1", new(looked(seed))); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	groups := map[scanner.Key]int{}
	for row, err := range a.run("1.zip", page{"export:1", []string{"a" + staff, "b" + staff, "c" + staff}}).Rows(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		groups[row.Item.Key] = row.Group
	}
	if diff := cmp.Diff(map[scanner.Key]int{"fb:x:a": 1, "fb:x:b": 0, "fb:x:c": 1}, groups); diff != "" {
		t.Errorf("groups (-want +got):\n%s", diff)
	}
}
