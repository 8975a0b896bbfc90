package report

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"pagerisk/classify"
	"pagerisk/classify/records"
)

// settleGround finds what the owner can show for the item: the reviewer's entry, else what the lists tell. People and
// works are settled apart, because a licence for a picture says nothing of the people in it; the item gets the weaker one.
func (w *weighing) settleGround() {
	persons, works := false, false
	for _, f := range w.findings {
		if isPersons(f.Label) {
			persons = true
		} else {
			works = true
		}
	}
	w.byClass = map[bool]Ground{}
	if persons {
		g, why := w.consent()
		w.byClass[true], w.proposed, w.proposedWhy = g, g, why
	}
	if works {
		g, why := w.licence()
		w.byClass[false] = g
		if !persons || groundOrder(g) < groundOrder(w.proposed) {
			w.proposed = g
		}
		w.proposedWhy = append(w.proposedWhy, why...)
	}
	w.ground, w.groundWhy = w.proposed, w.proposedWhy
	if g := Ground(w.value(FieldGround)); slices.Contains(Grounds, g) {
		entry := w.Decided[FieldGround]
		by := map[string]string{"By": entry.Reviewer}
		if !entry.At.IsZero() {
			by["Date"] = entry.At.In(w.Zone).Format(time.DateOnly)
		}
		why := []Step{w.why("reviewer", by)}
		until, err := time.Parse(time.DateOnly, w.value(FieldGroundUntil))
		if err == nil && until.Before(dayOf(w.StatusDate)) && (g == CoversAI || g == PublishOnly || g == Statutory) {
			g = Expired
			why = append(why, w.why("until", map[string]string{"Date": until.Format(time.DateOnly)}))
		}
		w.ground, w.groundWhy = g, why
		w.reviewed = map[bool]bool{persons: true}
		// What covers the people shown says nothing of somebody's work: for that an entry counts only where it is weaker than
		// what the lists tell.
		if persons && works {
			if groundOrder(g) < groundOrder(w.byClass[false]) {
				w.reviewed[false] = true
			} else if g != w.byClass[false] {
				w.groundWhy = append(w.groundWhy, w.why("reviewer_people", map[string]string{"Works": string(w.byClass[false])}))
			}
		}
		for class := range w.reviewed {
			w.byClass[class] = g
		}
	}
	// Where there is no ground, or none any more, no licence or release of a list or a file makes up for it.
	ended := func(class bool) bool { return w.byClass[class] == NoGround || w.byClass[class] == Expired }
	if ended(false) {
		delete(w.traits, "licence_social")
		delete(w.traits, "provider_allows_social")
	}
	if ended(true) {
		delete(w.traits, "release")
	}
}

// groundOrder is how far a ground reaches, weakest first.
func groundOrder(g Ground) int {
	return slices.Index([]Ground{Expired, NoGround, PublishOnly, Unknown, Statutory, CoversAI, NotNeeded}, g)
}

func (w *weighing) why(key string, args map[string]string, law ...string) Step {
	return w.step("ground.why."+key, args, law...)
}

// over reports whether a day of validity had passed by the status date.
func (w *weighing) over(until time.Time) bool {
	return !until.IsZero() && dayOf(until).Before(dayOf(w.StatusDate))
}

// withdrawn reports whether a line had been withdrawn by the status date.
func (w *weighing) withdrawn(m *records.GroundMatch) bool {
	return !m.Withdrawn.IsZero() && !dayOf(m.Withdrawn).After(dayOf(w.StatusDate))
}

// consent settles the ground of the people shown.
func (w *weighing) consent() (Ground, []Step) {
	lines := map[string][]records.GroundMatch{} // by person; "" is everybody
	for _, m := range w.Grounds {
		if m.Kind == records.Consent {
			lines[m.Person] = append(lines[m.Person], m)
		}
	}
	if len(lines) == 0 {
		return w.noConsent()
	}
	ground, why := NotNeeded, []Step(nil)
	var named []records.GroundMatch // one line of each person
	held, everybody := 0, false     // people with valid lines
	for _, person := range slices.Sorted(maps.Keys(lines)) {
		g, steps := w.consentOf(lines[person])
		if groundOrder(g) < groundOrder(ground) {
			ground = g
		}
		why = append(why, steps...)
		if person != "" {
			named = append(named, lines[person][0])
		}
		switch {
		case g == Expired:
		case person == "":
			everybody = true
		default:
			held++
		}
	}
	if everybody {
		return ground, why
	}
	// What one person agreed to says nothing of the others in the picture.
	doubts := w.others(named, held)
	if len(doubts) > 0 && ground != Expired {
		ground = Unknown
	}
	return ground, append(why, doubts...)
}

// others are the reasons why an item may show somebody beside the people whose consents are in the lists, or show them in
// another light than they agreed to; none where nothing speaks for that. In doubt it finds one: a ground that is asked for
// in vain costs a look, one that is granted in error somebody's right.
func (w *weighing) others(named []records.GroundMatch, held int) (why []Step) {
	// Pictures. A known portrait shows its person. In all other pictures there may be different people each time, and those
	// named in the texts may be some of them. That nobody was counted does not prove that nobody is shown.
	portrayed := map[string]bool{}
	counted, pictures, uncounted := 0, 0, 0
	for i := range w.Item.Media {
		var here []string
		for _, m := range named {
			if slices.Contains(m.Portraits, i) {
				here = append(here, m.Person)
			}
		}
		n := 0
		if i < len(w.Facts) && w.Facts[i] != nil && w.Facts[i].People != nil {
			n = *w.Facts[i].People
		}
		switch {
		case len(here) > 0 && n <= len(here):
			for _, person := range here {
				portrayed[person] = true
			}
		case n == 0:
			uncounted++
		default:
			counted += n
			pictures++
		}
	}
	open := 0 // people of whom some may be the ones counted: who is known by a portrait alone is shown there
	for _, m := range named {
		if (len(m.Names) > 0 || len(m.Portraits) == 0) && !portrayed[m.Person] {
			open++
		}
	}
	shown := map[string]string{"Shown": strconv.Itoa(counted + len(portrayed)), "Held": strconv.Itoa(held), "Missing": strconv.Itoa(max(counted+len(portrayed)-held, 1))}
	switch {
	case counted > open && len(w.Item.Media) == 1:
		why = append(why, w.why("more_people", shown, "NO-04"))
	case counted > open:
		why = append(why, w.why("other_pictures", shown, "NO-04"))
	}
	if uncounted > 0 {
		why = append(why, w.why("people_unknown", map[string]string{"Pictures": strconv.Itoa(uncounted), "All": strconv.Itoa(len(w.Item.Media))}, "NO-04"))
	}

	// People in the owner's lists, and in the texts.
	var codes []string
	labels := map[classify.Label]bool{} // what people with a consent explain
	for _, f := range w.findings {
		for _, e := range f.Evidence {
			if e.Weight <= 0 || e.Field != "records" || !strings.HasPrefix(e.Rule, "records.person.") && e.Rule != "records.known.portrait" {
				continue
			}
			switch {
			case slices.ContainsFunc(named, func(m records.GroundMatch) bool { return m.Person == e.Quote }):
				labels[f.Label] = true
			case !slices.Contains(codes, e.Quote):
				codes = append(codes, e.Quote)
			}
		}
	}
	if len(codes) > 0 {
		why = append(why, w.why("others_listed", map[string]string{"Codes": strings.Join(codes, ", ")}, "NO-04"))
	}
	if quotes := w.beside(named); len(quotes) > 0 {
		why = append(why, w.why("others_named", map[string]string{"Quotes": strings.Join(quotes, " · ")}, "NO-04"))
	}

	// Groups of people. One person is of one group; a consent for a child is the parents' to give.
	groups := 0
	for _, f := range w.findings {
		switch f.Label {
		case classify.Minor:
			why = append(why, w.why("others_minor", nil, "HK-M1", "NO-05"))
		case classify.Employee, classify.Customer, classify.OtherPerson:
			groups++
		}
	}
	if groups > max(len(labels), 1) {
		why = append(why, w.why("others_group", nil, "NO-04"))
	}
	return why
}

// maxQuotes is how many words of an item stand in one reason.
const maxQuotes = 3

// beside are the words by which the item speaks of people beside the named ones.
func (w *weighing) beside(named []records.GroundMatch) []string {
	rules, err := classify.BuiltinRules()
	if err != nil {
		panic(err) // the rules are compiled in
	}
	var names []string
	for _, m := range named {
		names = append(names, m.Names...)
	}
	var out []string
	read := func(text string) {
		for _, quote := range rules.Beside(text, names) {
			if len(out) < maxQuotes && !slices.Contains(out, quote) {
				out = append(out, quote)
			}
		}
	}
	tagged := func(tag string) {
		known := append(slices.Clone(names), w.Item.Account)
		if len(out) < maxQuotes && !slices.Contains(out, tag) &&
			!slices.ContainsFunc(known, func(n string) bool { return slices.Equal(nameWords(n), nameWords(tag)) }) {
			out = append(out, tag)
		}
	}
	read(w.Item.Text)
	for _, t := range w.Item.Tags {
		tagged(t)
	}
	for i := range w.Item.Media {
		read(w.Item.Media[i].Caption)
		if i < len(w.Facts) && w.Facts[i] != nil {
			m := &w.Facts[i].Metadata
			read(m.Headline)
			read(m.Description)
			for _, p := range m.Persons {
				tagged(p)
			}
		}
	}
	return out
}

// consentOf settles what the lines about one person give, or those about everybody. A withdrawal ends what had been given
// by then, also by other lines; what was given on a later day counts again. Of what is left, the line that reaches
// farthest counts.
func (w *weighing) consentOf(lines []records.GroundMatch) (ground Ground, why []Step) {
	var end *records.GroundMatch // the latest withdrawal
	for i := range lines {
		if m := &lines[i]; w.withdrawn(m) && (end == nil || m.Withdrawn.After(end.Withdrawn)) {
			end = m
		}
	}
	for i := range lines {
		m := &lines[i]
		if w.withdrawn(m) || end != nil && !dayOf(m.Given).After(dayOf(end.Withdrawn)) {
			continue
		}
		args := map[string]string{"Code": m.Code}
		var g Ground
		var step Step
		switch {
		case w.over(m.Until):
			args["Date"] = m.Until.Format(time.DateOnly)
			g, step = Expired, w.why("expired", args, "NO-04")
		case m.Scope == records.Training:
			g, step = CoversAI, w.why("covers_ai", args, "NO-04", "MS-06")
		default:
			g, step = PublishOnly, w.why("publish_only", args, "HK-E6", "NO-02")
		}
		if ground == "" || groundOrder(g) > groundOrder(ground) {
			ground, why = g, []Step{step}
		}
	}
	if end == nil {
		return ground, why
	}
	args := map[string]string{"Code": end.Code, "Date": end.Withdrawn.Format(time.DateOnly)}
	if ground == "" {
		return Expired, []Step{w.why("withdrawn", args, "NO-04", "HK-E3")}
	}
	return ground, append(why, w.why("given_again", args, "NO-04"))
}

// noConsent is the ground of people of whom the lists say nothing.
func (w *weighing) noConsent() (Ground, []Step) {
	bystanders := true
	for _, f := range w.findings {
		if isPersons(f.Label) && f.Label != classify.OtherPerson {
			bystanders = false
		}
	}
	if bystanders {
		for _, t := range []string{"crowd", "bystanders", "event"} {
			_, ok := w.traits[t]
			_, single := w.traits["portrait"]
			if ok && !single {
				return Statutory, []Step{w.why("statutory_"+t, nil, "HK-V1", "HK-V2", "HK-V3", "HK-V6", "CA-11")}
			}
		}
	}
	if what, ok := w.traits["release"]; ok {
		return Unknown, []Step{w.why("release", map[string]string{"What": what}, "HK-S11", "NO-04")}
	}
	key := "no_consent"
	if w.Lists.Consents == 0 {
		key = "no_consents"
	}
	return Unknown, []Step{w.why(key, nil, "NO-04", "HK-C3")}
}

// licences are the owner's licences that count: a line about this very picture beats one about its provider.
func (w *weighing) licences() (lines []records.GroundMatch, exact bool) {
	for _, m := range w.Grounds {
		if m.Kind != records.Licence {
			continue
		}
		switch e := m.By != "provider"; {
		case e && !exact:
			lines, exact = []records.GroundMatch{m}, true
		case e == exact:
			lines = append(lines, m)
		}
	}
	return lines, exact
}

// askedToo reports whether the item names a provider whom none of the owner's licences is from: "Foto: Mira Vogt / Getty
// Images". What she allows is not all that is asked. A licence of this very picture answers for it.
func (w *weighing) askedToo() bool {
	lines, exact := w.licences()
	return w.provider != nil && len(lines) > 0 && !exact && !slices.ContainsFunc(lines, func(m records.GroundMatch) bool {
		return slices.ContainsFunc(m.Names, func(n string) bool { return w.Law.ProviderIn(n) == w.provider })
	})
}

// LicenceTerms is what the owner's own licences say of an item, as the values that providers have: Allowed, Forbidden or
// Silent. Of several licences the narrowest counts.
type LicenceTerms struct {
	Codes  []string `json:"codes"` // the owner's codes of the lines
	Social string   `json:"social"`
	AI     string   `json:"ai"`
	Ended  bool     `json:"ended,omitempty"` // one of them has
}

// terms are those of the owner's own licences, nil where the lists have none for the item, or not for all of it.
func (w *weighing) terms() *LicenceTerms {
	lines, _ := w.licences()
	if len(lines) == 0 || w.askedToo() {
		return nil
	}
	t := &LicenceTerms{Social: Allowed, AI: Allowed}
	narrow := func(now string, c records.Clause) string {
		switch {
		case c == records.ClauseNo || now == Forbidden:
			return Forbidden
		case c == records.ClauseSilent:
			return Silent
		}
		return now
	}
	for _, m := range lines {
		t.Codes = append(t.Codes, m.Code)
		t.Social, t.AI = narrow(t.Social, m.Social), narrow(t.AI, m.AI)
		t.Ended = t.Ended || w.over(m.Until)
	}
	return t
}

// licence settles the ground of the works shown.
func (w *weighing) licence() (Ground, []Step) {
	lines, exact := w.licences()
	if len(lines) == 0 {
		if p := w.provider; p != nil {
			key := "provider_" + p.Status()
			return Unknown, []Step{w.why(key, map[string]string{"Provider": p.Name}, p.Record, "HK-S1", "HK-S2")}
		}
		key := "no_licence"
		if w.Lists.Licences == 0 {
			key = "no_licences"
		}
		return Unknown, []Step{w.why(key, nil, "HK-S1", "HK-S2")}
	}
	ground, why := NotNeeded, []Step(nil)
	for _, m := range lines {
		args := map[string]string{"Code": m.Code}
		g, key := Unknown, "licence_silent"
		switch {
		case w.over(m.Until):
			g, key = Expired, "licence_ended"
			args["Date"] = m.Until.Format(time.DateOnly)
		case m.Social == records.ClauseNo:
			g, key = NoGround, "licence_not_social"
		case m.AI == records.ClauseYes:
			g, key = CoversAI, "licence_ai"
		case m.AI == records.ClauseNo:
			g, key = PublishOnly, "licence_not_ai"
		case m.Social == records.ClauseYes:
			g, key = PublishOnly, "licence_social"
		}
		if groundOrder(g) < groundOrder(ground) {
			ground = g
		}
		why = append(why, w.why(key, args, "HK-S2"))
	}
	if p := w.provider; w.askedToo() {
		why = append(why, w.why("other_provider", map[string]string{"Provider": p.Name}, p.Record, "HK-S1", "HK-S2"))
		if ground == CoversAI || ground == PublishOnly {
			ground = Unknown
		}
	}
	if exact {
		held, strange := w.licensed(lines)
		if len(strange) > 0 {
			why = append(why, w.why("other_numbers", map[string]string{"Numbers": strings.Join(strange, ", ")}, "HK-S1"))
		}
		if held < len(w.Item.Media) {
			why = append(why, w.why("more_pictures", map[string]string{"Shown": strconv.Itoa(len(w.Item.Media)), "Held": strconv.Itoa(held)}, "HK-S1"))
		}
		if (held < len(w.Item.Media) || len(strange) > 0) && (ground == CoversAI || ground == PublishOnly) {
			ground = Unknown
		}
	}
	return ground, why
}

// licensed is for how many of the item's pictures licences are shown at least, and which numbers of the item's words may be
// those of further pictures. A number that only the words have is about one picture, and one picture has one number: as
// many pictures are licensed as there are different numbers, but one that a file's name or a known picture tells may be
// among them, and one whose own file has another number is not.
func (w *weighing) licensed(lines []records.GroundMatch) (held int, strange []string) {
	numbered, told := map[int]bool{}, map[int]bool{} // pictures
	words, numbers := map[string]bool{}, map[string]bool{}
	for _, m := range lines {
		number := strings.Join(m.Names, " ")
		numbers[number] = true
		if len(m.Media) == 0 {
			words[number] = true
		}
		for _, i := range m.Media {
			if m.By == "asset" {
				numbered[i] = true
			} else {
				told[i] = true
			}
		}
	}
	others := 0 // pictures that show by themselves that none of the lines is about them
	for i := range w.Item.Media {
		if !numbered[i] && !told[i] && w.namesItself(i) {
			others++
		}
	}
	for i := range told {
		if numbered[i] {
			delete(told, i)
		}
	}
	if len(words) == 0 {
		return len(numbered) + len(told), nil
	}
	for _, n := range assetNumber.FindAllString(telephone.ReplaceAllString(w.Item.Text, " "), -1) {
		if !slices.Contains(strange, n) && !slices.ContainsFunc(slices.Collect(maps.Keys(numbers)), func(have string) bool { return strings.Contains(have, n) }) &&
			slices.ContainsFunc(slices.Collect(maps.Keys(words)), func(have string) bool { return max(len(have)-len(n), len(n)-len(have)) <= 2 }) {
			strange = append(strange, n)
		}
	}
	return len(numbered) + max(len(told), min(len(words), len(w.Item.Media)-len(numbered)-others)), strange
}

// namesItself reports whether a picture's file has a provider and a number.
func (w *weighing) namesItself(i int) bool {
	texts := records.Sources(w.Item, w.Facts, i)
	return slices.ContainsFunc(texts, func(s string) bool { return w.Law.ProviderIn(s) != nil }) && slices.ContainsFunc(texts, assetNumber.MatchString)
}

// Numbers of one library differ by a few figures in length. A telephone number has a country or area code with a gap behind
// it, or a word before it: a plus sign or a leading zero alone may be another picture's, and to take that for a telephone
// number would show a licence for more than there is one for.
var (
	assetNumber = regexp.MustCompile(`\d{6,}`)
	telephone   = regexp.MustCompile(`(?i)(?:^|[^\w.#+-])(?:\+\d{1,3}` + telGap + `(?:\(0\) ?)?\(?\d{2,5}\)?|\(?0\d{2,5}\)?)` + telGap + `\d{1,8}(?:[ \x{a0}-]\d{1,5})*\b` +
		`|\b(?:tel|telefon|telephone|phone|fax|whatsapp)[.: \x{a0}]{1,3}\+?\d{7,15}\b`)
)

const telGap = `[ \x{a0}/.–-]{1,3}`

// GroundOf is the name of the ground that counts for a row, "" without a risk. A statutory permission that nobody entered
// is a possible one.
func (t *Texts) GroundOf(row *Row) string {
	if row.Risk == nil {
		return ""
	}
	return t.groundName(row.Risk.Ground, slices.Contains(Grounds, Ground(row.Decided[FieldGround].Value)))
}

func (t *Texts) groundName(g Ground, entered bool) string {
	if g == Statutory && !entered {
		return t.Say("ground.name.statutory_proposed")
	}
	return t.Say("ground.name." + string(g))
}

// GroundReasons is the ground of a risk that counts, in sentences, one each.
func (t *Texts) GroundReasons(r *Risk) []string { return t.sentences(r.GroundWhy) }

// ProposedReasons is why the owner's lists propose a ground, in sentences, one each.
func (t *Texts) ProposedReasons(r *Risk) []string { return t.sentences(r.ProposedWhy) }

func (t *Texts) sentences(steps []Step) []string {
	out := make([]string, 0, len(steps))
	for _, s := range steps {
		out = append(out, strings.TrimSpace(t.Sentence(s)))
	}
	return out
}

// RecordRules are the rules by which the owner's lists speak, and those by which the classifier weighs labels against each
// other, with their reasons in words. They stand beside the rules of the rules files.
func RecordRules(t *Texts) []RuleInfo {
	var out []RuleInfo
	for _, r := range records.Rules() {
		out = append(out, RuleInfo{ID: r.ID, Family: r.Family, Label: r.Label, Weight: r.Weight})
	}
	for _, id := range classify.OwnRules() {
		id = RuleName(id)
		out = append(out, RuleInfo{ID: id, Family: id})
	}
	out = slices.CompactFunc(out, func(a, b RuleInfo) bool { return a.ID == b.ID })
	for i := range out {
		out[i].Why = t.Say("ground.rule." + out[i].ID)
	}
	return out
}

// RuleName is the name under which a rule is told of: the learned words of an item, which the classifier numbers, have one
// name, as that a word was its third says nothing to a reader.
func RuleName(id string) string { return cmp.Or(classify.LearnedFamily(id), id) }
