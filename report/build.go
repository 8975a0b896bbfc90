package report

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"pagerisk/classify"
	"pagerisk/classify/picture"
	"pagerisk/classify/records"
	"pagerisk/scanner"
	"pagerisk/scanner/casefile"
)

// BuildOptions is what a register says beside what the case holds.
type BuildOptions struct {
	Version      string
	Lang         string
	Organisation string // "" = the accounts' names
	Started      time.Time
	Zone         *time.Location // of all times that people read
	// Objection is the day of the objection as config.toml has it, Confirmed that of Meta's confirmation. A day that the
	// sheet Widerspruch gives for an account beats it.
	Objection, Confirmed time.Time
	Law                  *Law
	Rules                *classify.Rules
	Records              *records.Records
	Redact               bool
	People               string // who looked for people, "" = nobody
	Settings             []Setting
}

// Build makes the register of a case. It gives numbers to items that show up for the first time, and keeps them.
func Build(ctx context.Context, c *casefile.Case, o BuildOptions) (*Register, error) {
	b := &builder{c: c, o: o}
	if err := b.prepare(ctx); err != nil {
		return nil, fmt.Errorf("build the register: %w", err)
	}
	return &Register{
		Head:    b.head,
		Texts:   NewTexts(o.Lang),
		Rules:   b.rules(),
		Rates:   classify.RatesOf(o.Rules),
		Bands:   &o.Rules.Settings,
		Law:     o.Law,
		Log:     b.log,
		Last:    b.last,
		Rows:    b.rows,
		Preview: func(hash scanner.Hash) ([]byte, error) { return classify.Thumb(ctx, c, hash) },
		Notes:   func(ctx context.Context) iter.Seq2[scanner.Note, error] { return scanner.Notes(ctx, c) },
	}, nil
}

type builder struct {
	c       *casefile.Case
	o       BuildOptions
	head    Head
	log     *Log
	last    *Last
	pages   classify.Publishers
	gone    map[overtaken]time.Time // since when a newer source tells of an account what an older one told
	numbers map[scanner.Key]int
	groups  map[scanner.Key]int
	sample  map[scanner.Key]bool
}

func (b *builder) prepare(ctx context.Context) error {
	passes, err := scanner.Passes(ctx, b.c)
	if err != nil {
		return err
	}
	if b.log, b.last, err = ReadDecided(ctx, b.c); err != nil {
		return err
	}
	if b.pages, err = classify.Pages(ctx, b.c); err != nil {
		return err
	}
	b.head = Head{
		Tool: "pagerisk", Version: b.o.Version, Lang: b.o.Lang, Started: b.o.Started.In(b.o.Zone),
		StatusDate: b.o.Started.In(b.o.Zone), Tally: scanner.Sum(passes), Objection: b.objection(),
		Organisation: b.o.Organisation, Fingerprint: b.o.Rules.Fingerprint(), LawVersion: b.o.Law.Version, Detector: b.o.People,
		Redact: b.o.Redact,
	}
	if b.head.Sources, err = metaList(ctx, b.c, metaSources); err != nil {
		return err
	}
	if b.head.Hosts, err = metaList(ctx, b.c, metaHosts); err != nil {
		return err
	}
	b.head.Zone = b.o.Zone.String()
	if b.head.Inputs, err = inputs(ctx, b.c, passes); err != nil {
		return err
	}
	if b.head.Gaps, err = allGaps(ctx, b.c, passes); err != nil {
		return err
	}
	b.head.Lists, b.head.Listed = b.o.Records.Lists(), b.o.Records.Counts()
	b.head.Settings = b.o.Settings
	survey, err := b.survey(ctx, passes)
	if err != nil {
		return err
	}
	b.head.Accounts = survey.accounts
	b.gone = survey.overtaken(passes)
	b.groups = survey.groups()
	b.sample = survey.sample
	return b.number(ctx, survey.numbered)
}

// objection is the earliest day of an objection that has been filed: what somebody entered for an account, else the
// settings'. One of a day to come is none yet.
func (b *builder) objection() time.Time {
	var day time.Time
	earlier := func(filed, _ time.Time) {
		if !filed.IsZero() && !filed.After(b.o.Started) && (day.IsZero() || filed.Before(day)) {
			day = filed
		}
	}
	earlier(b.filed(time.Time{}, time.Time{}))
	for _, key := range b.log.Keys(ObjectionPrefix) {
		earlier(b.filed(b.dayOn(key, FieldFiledOn), b.dayOn(key, FieldConfirmedOn)))
	}
	return day
}

// objectionOf is the day of the objection for the account that published an item, and that of Meta's confirmation.
func (b *builder) objectionOf(item *scanner.Item) (filed, confirmed time.Time) {
	key := scanner.Key(ObjectionPrefix + string(item.Platform) + ":" + item.Account)
	return b.filed(b.dayOn(key, FieldFiledOn), b.dayOn(key, FieldConfirmedOn))
}

// filed puts the settings' days where an account has none. The settings' confirmation is that of their objection, and
// of no other. A confirmation alone tells no day of an objection: none is made up from it.
func (b *builder) filed(on, confirmed time.Time) (time.Time, time.Time) {
	if on.IsZero() {
		on = b.o.Objection
		if confirmed.IsZero() {
			confirmed = b.o.Confirmed
		}
	}
	return on, confirmed
}

func (b *builder) dayOn(key scanner.Key, f Field) time.Time {
	day, err := time.ParseInLocation(time.DateOnly, b.log.Newest(key)[f].Value, b.o.Zone)
	if err != nil {
		return time.Time{}
	}
	return day
}

// rows yields all items with everything that is known of them.
func (b *builder) rows(ctx context.Context) iter.Seq2[*Row, error] {
	return func(yield func(*Row, error) bool) {
		for row, err := range b.plainRows(ctx) {
			if err == nil {
				err = b.complete(ctx, row)
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

// plainRows yields items with facts and findings, and nothing that needs a look at other items. One query walks items
// and findings together: a query per item would be most of the time of a large register.
func (b *builder) plainRows(ctx context.Context) iter.Seq2[*Row, error] {
	return func(yield func(*Row, error) bool) {
		rows, err := b.c.Read().QueryContext(ctx, `SELECT item.key, item.body, coalesce(finding.body, '') FROM item
			LEFT JOIN finding ON finding.item = item.key ORDER BY item.created, item.key`)
		if err != nil {
			yield(nil, err)
			return
		}
		defer rows.Close()
		facts, err := classify.NewFactReader(ctx, b.c)
		if err != nil {
			yield(nil, err)
			return
		}
		defer facts.Close()
		finish := func(row *Row) error {
			slices.SortFunc(row.Findings, func(x, y classify.Finding) int {
				return cmp.Compare(slices.Index(classify.Labels, x.Label), slices.Index(classify.Labels, y.Label))
			})
			var err error
			row.Item.Lang = b.pages.Lang(row.Item)
			row.Facts, err = facts.Of(ctx, row.Item)
			return err
		}
		var row *Row
		for rows.Next() {
			var key string
			var body, finding sql.RawBytes
			if err := rows.Scan(&key, &body, &finding); err != nil {
				yield(nil, err)
				return
			}
			if row == nil || string(row.Item.Key) != key {
				if row != nil {
					if err := finish(row); !yield(row, err) || err != nil {
						return
					}
				}
				row = &Row{Item: new(scanner.Item)}
				if err := json.Unmarshal(body, row.Item); err != nil {
					yield(nil, fmt.Errorf("stored item %q: %w", key, err))
					return
				}
			}
			if len(finding) > 0 {
				var f classify.Finding
				if err := json.Unmarshal(finding, &f); err != nil {
					yield(nil, fmt.Errorf("stored finding of %q: %w", key, err))
					return
				}
				row.Findings = append(row.Findings, f)
			}
		}
		if err := rows.Err(); err != nil {
			yield(nil, err)
			return
		}
		if row != nil {
			yield(row, finish(row))
		}
	}
}

// complete adds what the case, the last register and people's decisions say of an item.
func (b *builder) complete(ctx context.Context, row *Row) error {
	item := row.Item
	row.Number = b.numbers[item.Key]
	row.Group = b.groups[item.Key]
	row.Sample = b.sample[item.Key]
	row.Gone = b.goneSince(item)
	row.Decided = b.log.Of(item)
	filed, confirmed := b.objectionOf(item)
	row.Risk = b.assess(row, row.Decided, filed, confirmed)
	// No entry of people's own is news to them: not in a row, and not the day of the objection, which touches all rows. A
	// confirmation without that day rates nothing.
	alone := row.Risk
	if len(row.Decided) > 0 || !filed.IsZero() {
		alone = b.assess(row, nil, time.Time{}, time.Time{})
	}
	row.Proposal = proposalOf(alone)
	row.Change = b.last.Change(row, b.log)
	if row.Number == 0 {
		return nil
	}
	var err error
	row.Thumb, err = b.thumb(ctx, row)
	return err
}

// assess weighs an item's findings; nil for what was not published and for what has none.
func (b *builder) assess(row *Row, decided map[Field]Decision, filed, confirmed time.Time) *Risk {
	if len(row.Findings) == 0 || row.Item.State != scanner.Published {
		return nil
	}
	local := *row.Item // a consent for pictures of a day means the day there, not in Greenwich
	local.Created = local.Created.In(b.o.Zone)
	return Assess(Assessment{
		Item: row.Item, Facts: row.Facts, Findings: row.Findings, Grounds: b.o.Records.Grounds(&local, row.Facts, row.Findings),
		Decided: decided, Lists: b.o.Records.Counts(), Law: b.o.Law, Objection: filed, Confirmed: confirmed,
		StatusDate: b.head.StatusDate, Gone: row.Gone, Zone: b.o.Zone,
	})
}

// rules are the rules in the words of the register's language.
func (b *builder) rules() []RuleInfo {
	var out []RuleInfo
	for _, r := range b.o.Rules.All() {
		why := r.Why.De
		if b.o.Lang == "en" {
			why = r.Why.En
		}
		out = append(out, RuleInfo{ID: r.ID, Label: r.Label, Family: r.Family, Weight: r.Weight, Why: why})
	}
	return append(out, RecordRules(NewTexts(b.o.Lang))...)
}

// FindRow returns the row with that key, other name or register number ("B-00017"), nil if there is none.
func FindRow(ctx context.Context, c *casefile.Case, r *Register, name string) (*Row, error) {
	key, err := scanner.Canonical(ctx, c, scanner.Key(name))
	if err != nil {
		return nil, err
	}
	number := -1
	if digits, ok := strings.CutPrefix(strings.ToUpper(name), "B-"); ok {
		if n, err := strconv.Atoi(digits); err == nil {
			number = n
		}
	}
	for row, err := range r.Rows(ctx) {
		if err != nil {
			return nil, err
		}
		if row.Item.Key == key || row.Number == number {
			return row, nil
		}
	}
	return nil, nil
}

// thumb is the picture that stands for the item: the first in which people were seen, else the first there is.
func (b *builder) thumb(ctx context.Context, row *Row) ([]byte, error) {
	first := -1
	for i, m := range row.Item.Media {
		if m.SHA256 == (scanner.Hash{}) {
			continue
		}
		if f := row.Facts[i]; f != nil && f.People != nil && *f.People > 0 {
			first = i
			break
		}
		if first < 0 {
			first = i
		}
	}
	if first < 0 {
		return nil, nil
	}
	return classify.Thumb(ctx, b.c, row.Item.Media[first].SHA256)
}

// survey is what one walk over all items finds out for the register as a whole.
type survey struct {
	accounts []Account
	numbered []scanner.Key // in the order of the register
	sample   map[scanner.Key]bool
	prints   []picture.Print
	printOf  []scanner.Key
	// per account and kind of source: how many items each source lists, and how many of those an earlier one listed too
	listed map[lineage]map[string]int
	both   map[lineage]map[[2]string]int
}

// lineage is an account as one kind of source shows it.
type lineage struct {
	platform scanner.Platform
	account  string
	kind     string // "export", "graph"
}

func sourceKind(id string) string { kind, _, _ := strings.Cut(id, ":"); return kind }

func (b *builder) survey(ctx context.Context, passes []scanner.Pass) (*survey, error) {
	s := &survey{listed: make(map[lineage]map[string]int), both: make(map[lineage]map[[2]string]int)}
	accounts := make(map[classify.PageKey]*Account)
	var unflagged []scanner.Key
	for row, err := range b.plainRows(ctx) {
		if err != nil {
			return nil, err
		}
		item := row.Item
		key := classify.PageKey{Platform: item.Platform, Account: item.Account}
		a := accounts[key]
		if a == nil {
			a = &Account{Platform: item.Platform, Name: item.Account}
			accounts[key] = a
		}
		if item.State == scanner.Published {
			a.Items++
		}
		if !item.Created.IsZero() {
			if a.From.IsZero() || item.Created.Before(a.From) {
				a.From = item.Created
			}
			if item.Created.After(a.To) {
				a.To = item.Created
			}
		}
		switch {
		case len(row.Findings) > 0:
			s.numbered = append(s.numbered, item.Key)
		case item.State == scanner.Published && len(item.Media) > 0:
			unflagged = append(unflagged, item.Key)
		}
		for _, f := range row.Facts {
			if p, ok := picture.PrintOf(f); ok {
				s.prints = append(s.prints, p)
				s.printOf = append(s.printOf, item.Key)
			}
		}
		s.countSources(item)
	}
	s.sample = make(map[scanner.Key]bool)
	for _, key := range Sample(unflagged, sampleSeed(accounts)) {
		s.sample[key] = true
	}
	for _, key := range unflagged {
		if s.sample[key] {
			s.numbered = append(s.numbered, key)
		}
	}
	for _, a := range accounts {
		s.accounts = append(s.accounts, *a)
	}
	slices.SortFunc(s.accounts, func(x, y Account) int {
		return cmp.Or(cmp.Compare(x.Platform, y.Platform), cmp.Compare(x.Name, y.Name))
	})
	return s, nil
}

// sampleSeed draws the same sample in every run over the same accounts: a sample that changes cannot be worked through.
func sampleSeed(accounts map[classify.PageKey]*Account) string {
	var names []string
	for key := range accounts {
		names = append(names, string(key.Platform)+":"+key.Account)
	}
	slices.Sort(names)
	return strings.Join(names, "\n")
}

func (s *survey) countSources(item *scanner.Item) {
	var ids []string
	for _, o := range item.Origins {
		if !slices.Contains(ids, o.Source) {
			ids = append(ids, o.Source)
		}
	}
	for _, id := range ids {
		l := lineage{item.Platform, item.Account, sourceKind(id)}
		if s.listed[l] == nil {
			s.listed[l] = make(map[string]int)
			s.both[l] = make(map[[2]string]int)
		}
		s.listed[l][id]++
		for _, other := range ids {
			if other != id {
				s.both[l][[2]string{id, other}]++
			}
		}
	}
}

// overtaken is a source in what it tells of one account; of another account that it holds it may still be the latest word.
type overtaken struct {
	lineage
	source string
}

// overtaken tells which sources a newer one of the same account has overtaken. An archive overtakes an earlier one if it
// lists at least half of what that one listed: then it is a later picture of the same page, and what it lacks is gone.
// With less in common it is another part or another span of time, which says nothing about the rest.
func (s *survey) overtaken(passes []scanner.Pass) map[overtaken]time.Time {
	out := make(map[overtaken]time.Time)
	for l, listed := range s.listed {
		for _, newer := range passes {
			if newer.Ended.IsZero() || listed[newer.Source] == 0 || newer.Replaced {
				continue
			}
			for _, older := range passes {
				if older.ID >= newer.ID || older.Source == newer.Source || sourceKind(older.Source) != l.kind {
					continue
				}
				if n := listed[older.Source]; n > 0 && 2*s.both[l][[2]string{newer.Source, older.Source}] >= n {
					out[overtaken{l, older.Source}] = newer.Begun
				}
			}
		}
		// What a source of the same name, or with more parts, replaced is overtaken by it.
		for _, p := range passes {
			for _, newer := range passes {
				if p.Replaced && newer.ID > p.ID && newer.Source != p.Source && !newer.Ended.IsZero() && scanner.Covers(newer.Name, p.Name) {
					out[overtaken{l, p.Source}] = newer.Begun
				}
			}
		}
	}
	return out
}

// goneSince is since when no source that is up to date lists the item; zero while one does.
func (b *builder) goneSince(item *scanner.Item) time.Time {
	var since time.Time
	for _, o := range item.Origins {
		at, ok := b.gone[overtaken{lineage{item.Platform, item.Account, sourceKind(o.Source)}, o.Source}]
		if !ok {
			return time.Time{}
		}
		if at.After(since) {
			since = at
		}
	}
	return since
}

// groups numbers the groups of equal pictures, in the order in which they first appear.
func (s *survey) groups() map[scanner.Key]int {
	out := make(map[scanner.Key]int)
	n := 0
	for _, members := range picture.Group(s.prints) {
		keys := make(map[scanner.Key]bool)
		for _, i := range members {
			keys[s.printOf[i]] = true
		}
		if len(keys) < 2 {
			continue
		}
		n++
		for key := range keys {
			if out[key] == 0 {
				out[key] = n
			}
		}
	}
	return out
}

// number gives the next free numbers to items that have none, and remembers them for good.
func (b *builder) number(ctx context.Context, keys []scanner.Key) error {
	b.numbers = make(map[scanner.Key]int)
	return b.c.Write(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT item, no FROM number`)
		if err != nil {
			return err
		}
		defer rows.Close()
		next := 1
		for rows.Next() {
			var key scanner.Key
			var no int
			if err := rows.Scan(&key, &no); err != nil {
				return err
			}
			b.numbers[key] = no
			next = max(next, no+1)
		}
		if err := rows.Err(); err != nil {
			return err
		}
		put, err := tx.PrepareContext(ctx, `INSERT INTO number(item, no) VALUES(?, ?)`)
		if err != nil {
			return err
		}
		defer put.Close()
		for _, key := range keys {
			if b.numbers[key] != 0 {
				continue
			}
			if _, err := put.ExecContext(ctx, string(key), next); err != nil {
				return err
			}
			b.numbers[key] = next
			next++
		}
		return nil
	})
}

// AddInputs remembers the files that were read, with their digests. A file of the same name replaces the earlier one.
func AddInputs(ctx context.Context, c *casefile.Case, add []Input) error {
	have, err := FilesRead(ctx, c)
	if err != nil {
		return err
	}
	for _, in := range add {
		if i := slices.IndexFunc(have, func(h Input) bool { return h.Name == in.Name }); i >= 0 {
			have[i] = in
		} else {
			have = append(have, in)
		}
	}
	body, err := json.Marshal(have)
	if err != nil {
		return err
	}
	return c.SetMeta(ctx, metaInputs, string(body))
}

// FilesRead returns the files and folders that AddInputs remembered.
func FilesRead(ctx context.Context, c *casefile.Case) ([]Input, error) {
	body, err := c.Meta(ctx, metaInputs)
	if err != nil || body == "" {
		return nil, err
	}
	var have []Input
	if err := json.Unmarshal([]byte(body), &have); err != nil {
		return nil, fmt.Errorf("stored inputs: %w", err)
	}
	return have, nil
}

// inputs are the files that were read, and behind them each source as a whole with its account.
func inputs(ctx context.Context, c *casefile.Case, passes []scanner.Pass) ([]Input, error) {
	out, err := FilesRead(ctx, c)
	if err != nil {
		return nil, err
	}
	for _, p := range passes {
		if !p.Replaced {
			out = append(out, Input{Name: p.Name, Tally: p.Tally})
		}
	}
	return out, nil
}

const (
	metaInputs  = "report.inputs"
	metaSources = "report.sources"
	metaHosts   = "report.hosts"
)

// AddSources remembers how the user named what was read, without folders.
func AddSources(ctx context.Context, c *casefile.Case, names []string) error {
	return addToList(ctx, c, metaSources, names)
}

// AddHosts remembers which hosts were contacted.
func AddHosts(ctx context.Context, c *casefile.Case, hosts []string) error {
	return addToList(ctx, c, metaHosts, hosts)
}

func metaList(ctx context.Context, c *casefile.Case, key string) ([]string, error) {
	v, err := c.Meta(ctx, key)
	if err != nil || v == "" {
		return nil, err
	}
	return strings.Split(v, "\n"), nil
}

func addToList(ctx context.Context, c *casefile.Case, key string, add []string) error {
	have, err := metaList(ctx, c, key)
	if err != nil {
		return err
	}
	n := len(have)
	for _, v := range add {
		if v = strings.ReplaceAll(v, "\n", " "); !slices.Contains(have, v) {
			have = append(have, v)
		}
	}
	if len(have) == n {
		return nil
	}
	return c.SetMeta(ctx, key, strings.Join(have, "\n"))
}
