package workbook

import (
	"fmt"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"pagerisk/report"
	"pagerisk/scanner"
)

// shownReferences is how many numbers of findings a scenario names; the rest is a number.
const shownReferences = 6

// writeRisks writes the register proper: a row per scenario, also those without items.
func (b *book) writeRisks() error {
	s := b.sheets["risks"]
	cols := []column{
		{code: "risk_no", width: 8},
		{code: "risk", width: 26, kind: wrapped},
		{code: "causal", width: 64, kind: wrapped},
		{code: "risk_items", width: 14.5, kind: integer},
		{code: "risk_confirmed", width: 11, kind: integer},
		{code: "risk_open", width: 9, kind: integer},
		{code: "level_today", width: 12},
		{code: "level_after", width: 13},
		{code: "level_clean", width: 13},
		{code: "proposed", width: 36, kind: wrapped},
		{code: "references", width: 32, kind: wrapped},
		{code: "owner", width: 14, band: review},
		{code: "due", width: 11, band: review, kind: date},
		{code: "status", width: 13, band: review, kind: list, list: "work"},
		{code: "decision", width: 16, band: review, kind: list, list: "risk"},
		{code: "approver", width: 14, band: review},
		{code: "decided_by", width: 14, band: review},
		{code: "decided_on", width: 12, band: review, kind: date},
		{code: "next_review", width: 12, band: review, kind: date},
		{code: "note", width: 26, band: review},
		{code: "affected", width: 20, kind: wrapped},
		{code: "risk_ground", width: 28, kind: wrapped},
		{code: "risk_gap", width: 42, kind: wrapped},
		{code: "law", width: 16, kind: wrapped},
		{code: "existing", width: 24, kind: wrapped},
		{code: "score_why", width: 84, kind: wrapped},
		{code: "lik", width: 10, kind: integer},
		{code: "sev", width: 10, kind: integer},
		{code: "score_today", width: 9, kind: integer},
		{code: "risk_span", width: 23},
		{code: "risk_platforms", width: 14, kind: wrapped},
		{code: "key", width: 20, band: tech, hidden: true},
	}
	// On paper: what it is and how heavy, then the law behind it, then what is proposed and what was decided, each beside the
	// name of the risk.
	s.also = [][2]string{{"affected", "score_why"}, {"proposed", "note"}}
	if err := s.table(cols, 2); err != nil {
		return err
	}
	for _, t := range b.fig.scenarios.Totals() {
		if err := b.writeScenario(s, &t); err != nil {
			return err
		}
	}
	if s.rows > 1 {
		if err := b.validate(s, s.rows); err != nil {
			return err
		}
	}
	return s.endTable("tblRisks", s.col("references"))
}

func (b *book) writeScenario(s *sheet, t *report.ScenarioTotal) error {
	word := func(w string) string { return b.t.Say("scenario." + t.ID + "." + w) }
	key := scanner.Key(report.ScenarioPrefix + t.ID)
	decided := plain(b.r.Log.Newest(key))
	description := word("cause") + " " + word("event") + " " + word("consequence")
	v := map[string]any{
		"risk_no": t.ID, "risk": word("title"), "causal": description, "risk_items": t.Items, "risk_confirmed": t.Confirmed,
		"risk_open": t.Open, "proposed": word("proposed"), "affected": word("group"), "risk_ground": word("ground"), "risk_gap": word("gap"),
		"existing": word("existing"), "law": strings.Join(t.Law, ", "), "key": string(key),
		"level_today": b.zoneCell(t.Items, t.Today), "level_after": b.zoneCell(t.Items, t.AfterObjection), "level_clean": b.zoneCell(t.Items, t.AfterCleanup),
	}
	if t.Items > 0 {
		v["lik"], v["sev"], v["score_today"] = t.Today.Likelihood, t.Today.Severity, t.Today.Score()
		v["score_why"] = strings.Join(b.steps(&t.Today), "\n")
	}
	if !t.From.IsZero() {
		v["risk_span"] = b.t.Date(t.From.In(b.zone)) + " – " + b.t.Date(t.To.In(b.zone))
	}
	var platforms []string
	for _, p := range t.Platforms {
		platforms = append(platforms, b.platform(p))
	}
	v["risk_platforms"] = strings.Join(platforms, ", ")
	var refs []string
	for i, n := range t.Numbers {
		if i == shownReferences {
			break
		}
		refs = append(refs, b.number(n))
	}
	if more := t.Items - len(refs); more > 0 && len(refs) > 0 {
		refs = append(refs, fmt.Sprintf("… +%s", b.t.Int(int64(more))))
	}
	if slices.Contains(t.Starts, "former") && t.Trait == "" && b.r.Head.Listed.People == 0 {
		refs = append(refs, b.say("no_people_list", "Count", b.fig.farewells)) // that nothing was found would claim that somebody looked
	}
	v["references"] = strings.Join(refs, ", ")
	for _, spec := range report.ScenarioFields {
		c := s.cols[s.col(string(spec.Field))-1]
		v[string(spec.Field)] = b.decidedCell(spec, c, decided[spec.Field])
	}
	return s.record(30, v)
}

func (b *book) zoneCell(items int, r report.Rating) excelize.Cell {
	if items == 0 || r.Score() == 0 {
		return excelize.Cell{StyleID: b.styles.id("cell.center.muted"), Value: "–"}
	}
	l := r.Level()
	return excelize.Cell{StyleID: b.styles.id("level." + string(l) + ".bold"), Value: b.t.Say("level." + string(l))}
}
