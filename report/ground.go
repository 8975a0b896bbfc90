package report

import (
	"maps"
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
		why := []Step{w.why("reviewer", nil)}
		until, err := time.Parse(time.DateOnly, w.value(FieldGroundUntil))
		if err == nil && until.Before(dayOf(w.StatusDate)) && (g == CoversAI || g == PublishOnly || g == Statutory) {
			g = Expired
			why = append(why, w.why("until", map[string]string{"Date": until.Format(time.DateOnly)}))
		}
		w.ground, w.groundWhy = g, why
		w.byClass[true], w.byClass[false] = g, g
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

// consent settles the ground of the people shown.
func (w *weighing) consent() (Ground, []Step) {
	// Of each person the line that reaches farthest counts; "" is everybody.
	type held struct {
		ground Ground
		step   Step
	}
	best := map[string]held{}
	for _, m := range w.Grounds {
		if m.Kind != records.Consent {
			continue
		}
		args := map[string]string{"Code": m.Code}
		var h held
		switch {
		case !m.Withdrawn.IsZero() && !dayOf(m.Withdrawn).After(dayOf(w.StatusDate)):
			args["Date"] = m.Withdrawn.Format(time.DateOnly)
			h = held{Expired, w.why("withdrawn", args, "NO-04", "HK-E3")}
		case w.over(m.Until):
			args["Date"] = m.Until.Format(time.DateOnly)
			h = held{Expired, w.why("expired", args, "NO-04")}
		case m.Scope == records.Training:
			h = held{CoversAI, w.why("covers_ai", args, "NO-04", "MS-06")}
		default:
			h = held{PublishOnly, w.why("publish_only", args, "HK-E6", "NO-02")}
		}
		if old, ok := best[m.Person]; !ok || groundOrder(h.ground) > groundOrder(old.ground) {
			best[m.Person] = h
		}
	}
	if len(best) == 0 {
		return w.noConsent()
	}
	ground, why := NotNeeded, []Step(nil)
	persons := 0
	for _, code := range slices.Sorted(maps.Keys(best)) {
		h := best[code]
		if groundOrder(h.ground) < groundOrder(ground) {
			ground = h.ground
		}
		why = append(why, h.step)
		if code != "" {
			persons++
		}
	}
	if _, everybody := best[""]; !everybody && ground == CoversAI {
		shown, known := w.people()
		switch {
		case !known:
			return Unknown, append(why, w.why("people_unknown", nil, "NO-04"))
		case shown > persons:
			return Unknown, append(why, w.why("more_people", map[string]string{"Shown": strconv.Itoa(shown), "Held": strconv.Itoa(persons)}, "NO-04"))
		}
	}
	return ground, why
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
		for _, t := range []string{"crowd", "event"} {
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
	return Unknown, []Step{w.why("no_consent", nil, "NO-04", "HK-C3")}
}

// people is the largest number of people in one picture of the item; known is false where nobody could look at a picture.
func (w *weighing) people() (n int, known bool) {
	if len(w.Item.Media) == 0 {
		return 0, false
	}
	for i := range w.Item.Media {
		if i >= len(w.Facts) || w.Facts[i] == nil || w.Facts[i].People == nil {
			return 0, false
		}
		n = max(n, *w.Facts[i].People)
	}
	return n, true
}

// licence settles the ground of the works shown.
func (w *weighing) licence() (Ground, []Step) {
	// A line about this very picture beats one about its provider.
	var lines []records.GroundMatch
	exact := false
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
	if len(lines) == 0 {
		if p := w.provider; p != nil {
			key := "provider_" + p.Status()
			return Unknown, []Step{w.why(key, map[string]string{"Provider": p.Name}, p.Record, "HK-S1", "HK-S2")}
		}
		return Unknown, []Step{w.why("no_licence", nil, "HK-S1", "HK-S2")}
	}
	ground, why := NotNeeded, []Step(nil)
	for _, m := range lines {
		args := map[string]string{"Code": m.Code}
		g, key := Unknown, "licence_silent"
		switch {
		case !m.Withdrawn.IsZero() && !dayOf(m.Withdrawn).After(dayOf(w.StatusDate)):
			g, key = Expired, "licence_ended"
			args["Date"] = m.Withdrawn.Format(time.DateOnly)
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
	if exact && ground == CoversAI && len(lines) < len(w.Item.Media) {
		why = append(why, w.why("more_pictures", map[string]string{"Shown": strconv.Itoa(len(w.Item.Media)), "Held": strconv.Itoa(len(lines))}, "HK-S1"))
		ground = Unknown
	}
	return ground, why
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
	for _, r := range []RuleInfo{
		{ID: "records.person.name", Family: "records.person", Weight: 3.6}, {ID: "records.person.typo", Family: "records.person", Weight: 2.6},
		{ID: "records.person.surname", Family: "records.person", Weight: 1.4}, {ID: "records.person.first", Family: "records.person", Weight: 0.5},
		{ID: "records.person.former", Family: "records.person", Weight: 3.6, Label: classify.Employee},
		{ID: "records.known.portrait", Family: "records.known", Weight: 3.8}, {ID: "records.known.stock", Family: "records.known", Weight: 5, Label: classify.Stock},
		{ID: "records.known.work", Family: "records.known", Weight: 5, Label: classify.ThirdPartyWork},
		{ID: "balance.stronger-label", Family: "balance.balance.stronger-label"}, {ID: "balance.nobody-seen", Family: "balance.balance.nobody-seen"},
		{ID: "balance.stock-models", Family: "balance.balance.stock-models"}, {ID: "balance.somebody-seen", Family: "balance.balance.somebody-seen"},
		{ID: "learned.context", Family: "learned.context"}, {ID: "learned.hints", Family: "learned.hints"},
		{ID: "learned.others", Family: "learned.others"}, {ID: "learned.care", Family: "learned.care"},
	} {
		r.Why = t.Say("ground.rule." + r.ID)
		out = append(out, r)
	}
	// Each learned word counts for itself.
	for i := range classify.LearnedWords {
		n := strconv.Itoa(i + 1)
		out = append(out, RuleInfo{ID: "learned.word-" + n, Family: "learned." + n, Why: t.Say("ground.rule.learned.word")})
	}
	return out
}
