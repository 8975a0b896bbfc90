package report

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"golang.org/x/text/unicode/norm"

	"pagerisk/classify"
)

// wordingRule is one thing that a register must never say, in both languages: it reports hints and open questions, and
// it is not a court.
type wordingRule struct {
	id      string // its reason in words is the text "wording." + id
	pattern *regexp.Regexp
	// denied: a sentence that denies it may stand. "Der Widerspruch löscht nichts aus dem Modell" is a limit that has to be said.
	denied bool
	// sourced reports whether a record may say it all the same, as what its source says; nil = none may.
	sourced func(*LawRecord) bool
}

var wordingRules = []wordingRule{
	{id: "legality", sourced: (*LawRecord).ruled, pattern: rx(`(rechts|gesetz(es)?)widrig|widerrechtlich|\billegal|verbotenerweise|\bunlawful` +
		`|training\w*[^.;]{0,30}\b(ist|war|sei|is|was) (\w+ )?(unzulässig|verboten|unerlaubt|prohibited|forbidden|not permitted|not allowed|against the law)` +
		`|verst(ö|oe)(ß|ss)t gegen (die |das |den |geltendes )?(dsgvo|kug|urhg|recht|gesetz|datenschutz)`)},
	{id: "silence", pattern: rx(`(schweig\w*|wer nicht widerspr\w+)[^.]{0,25}(stimmt|zustimm|einverstanden|willigt|einwilligung)|stillschweigend\w* (zustimm|zugestimm|einw|eingew)` +
		`|silence[^.]{0,25}(consent|agree)|(who(ever)?|those who|if you) (says? nothing|(is|are) silent|stays? silent|do(es)?(n't| not) object)[^.]{0,20}(consent|agree)|tacit(ly)? (consent|agree)`)},
	{id: "erasure", denied: true, pattern: rx(`widerspruch[^.;]{0,30}(löscht|entfernt|holt|tilgt)\b|(aus|im) (dem |den |metas )?modell\w* (gelöscht|entfernt|getilgt)` +
		`|objection[^.;]{0,30}(deletes|erases|removes)\b|(deleted|removed|erased) from (the |a |meta's )?models?\b`)},
	{id: "compliance", denied: true, pattern: rx(`rechtskonform|rechtssicher|rechtlich (sicher|unbedenklich|einwandfrei)|gesetzeskonform|(dsgvo|datenschutz)-?konform` +
		`|\b(legally|gdpr|data protection)[- ](compliant|safe)\b|widerspruch[^.;]{0,15}\b(genügt|reicht aus)\b|\bfully compliant|objection[^.;]{0,10}\b(is enough|suffices)\b|(compliant|in compliance) with the (gdpr|law)`)},
	{id: "validity", sourced: (*LawRecord).ruled, pattern: rx(`unwirksam|(einwilligung|lizenz)\w*[^.;]{0,30}(ungültig|verletzt|nichtig)\b|\b(verletzt|missachtet) [^.;]{0,25}(lizenz|urheberrecht|persönlichkeitsrecht|recht am eigenen bild)` +
		`|(consent|licen[cs]e)[^.;]{0,30}\b(is|are|was|were) (invalid|void|ineffective|breached|infringed|violated)|\b(breach|infring|violat)es (the |a |your |this )?(licen[cs]e|copyright|consent|personality right)`)},
	{id: "people", pattern: rx(`\b(ist|sind|war|waren) (hier |wohl |eindeutig |sicher )?((ein|eine|kein|keine|ihre?|unsere?) )?(mitarbeiter|beschäftigte|angestellte|kund(e|en|in|innen)\b|kundschaft|patient|minderjährig|azubi|gast\b|gäste\b)` +
		`|\bhandelt (es )?sich um ((eine?n?|ihre?n?) )?(mitarbeiter|beschäftigte|kund(e|in)|patient|minderjährig)` +
		`|\b(is|are|was|were) (clearly )?((an?|no|not an?|your) )?(employees?|members? of staff|customers?|patients?|minors?)\b`)},
	{id: "proof", pattern: rx(`gerichts(fest|sicher|verwertbar)|beweissicher|revisionssicher|vor gericht (verwertbar|bestand|standhalten|stand)|hält vor gericht` +
		`|court[- ]?proof|(stands?|holds?) up in court|(admissible|proof) in court|legally watertight`)},
	{id: "demand", sourced: (*LawRecord).sourced, pattern: rx(`(betriebsrat|personalrat|aufsicht\S*|datenschutzbehörde\S*|datenschutzkonferenz) (verlangt|fordert|schreibt vor|ordnet an)\b` +
		`|(works council|(supervisory )?authorit(y|ies)) (demands?|requires?|orders?)\b`)},
	{id: "effect", denied: true, pattern: rx(`widerspruch[^.;]{0,15}\b(ist|war|wird) (voll )?wirksam|wirksam(er|en)? widerspr|effective objection|objection is effective`)},
	{id: "advice", sourced: (*LawRecord).sourced, pattern: rx(`wir raten (ihnen|dringend)|\b(?-i:Sie) (haften|sind (gesetzlich |rechtlich )?verpflichtet)\b|garantier` +
		`|\bwe advise you|you are (legally )?(obliged|liable)|\bguarantee[sd]?\b`)},
	{id: "deadline", pattern: rx(`(nur noch|only) \d+ (tage|days)|letzte chance|last chance`)},
}

func rx(s string) *regexp.Regexp { return regexp.MustCompile(`(?is)` + s) }

var (
	denial    = rx(`\b(nicht|nichts|nie|kein\w*|not|no|never|nothing)\b`)
	notOnly   = rx(`\b(nicht nur|nicht bloß|not only|not just)\b`)
	sentences = `.;!?`

	// unseen are the characters that part a word without being seen: a soft hyphen, joiners, spaces of no width.
	unseen = strings.NewReplacer("\u00ad", "", "\u200b", "", "\u200c", "", "\u200d", "", "\u2060", "", "\ufeff", "")
)

// Breach is a place in a text that breaks a rule of wording.
type Breach struct {
	Rule  string // "legality"; Texts.Say("wording."+Rule) is the reason, and what can be said instead
	Found string // the words, as they stand
}

// Wording returns what a text says although a register must not, nil where the text is in order. The rules for German
// and English are tried on every text, whichever language it is in.
func Wording(text string) []Breach { return wording(text, nil) }

// wording is Wording for a text of a record; nil for one that nobody but the text itself vouches for.
func wording(text string, of *LawRecord) []Breach {
	text = norm.NFC.String(strings.Join(strings.Fields(unseen.Replace(text)), " "))
	var out []Breach
	for _, r := range wordingRules {
		if of != nil && r.sourced != nil && r.sourced(of) {
			continue
		}
		for _, at := range r.pattern.FindAllStringIndex(text, -1) {
			if r.denied && denial.MatchString(notOnly.ReplaceAllString(sentenceAt(text, at), "")) {
				continue
			}
			out = append(out, Breach{Rule: r.id, Found: text[at[0]:at[1]]})
			break // one place of each kind shows what is meant
		}
	}
	return out
}

// sentenceAt is the sentence around a place of a text.
func sentenceAt(text string, at []int) string {
	from := strings.LastIndexAny(text[:at[0]], sentences) + 1
	to := strings.IndexAny(text[at[1]:], sentences)
	if to < 0 {
		return text[from:]
	}
	return text[from : at[1]+to]
}

// WordingError is a sentence of a catalogue or of a rule that a register must never print. It wraps ErrLaw where it
// stands in a legal catalogue.
type WordingError struct {
	File  string // "" where it is not known
	Line  int
	ID    string // of the record, provider or rule
	Field string // "statement_de"
	Breach
	of error
}

func (e *WordingError) Error() string {
	at := ""
	if e.File != "" {
		at = fmt.Sprintf("%s:%d: ", e.File, e.Line)
	}
	return fmt.Sprintf("%s%s: %s says %q, which a register must never say (rule of wording %q)", at, e.ID, e.Field, e.Found, e.Rule)
}

func (e *WordingError) Unwrap() error { return e.of }

// RulesWording is the joined WordingErrors of rules whose reason a register must not print: rules can be the user's own.
func RulesWording(rules *classify.Rules) error {
	var out []error
	for _, r := range rules.All() {
		for _, f := range []struct{ name, text string }{{"why.de", r.Why.De}, {"why.en", r.Why.En}} {
			for _, b := range Wording(f.text) {
				out = append(out, &WordingError{ID: r.ID, Field: f.name, Breach: b})
			}
		}
	}
	return errors.Join(out...)
}

// checkWording reads every text of a catalogue that a register can print, but for what the built-in one says too: a test
// has read that. A catalogue that says what a register must never say is refused as a whole, like one with any other
// mistake: a sentence left out or changed by the program would be a catalogue that nobody wrote, and a note beside a
// register that claims too much does not unsay it.
func (l *Law) checkWording() []error {
	var errs []error
	check := func(file string, line int, id, field, text, known string, of *LawRecord) {
		if text == known {
			return
		}
		for _, b := range wording(text, of) {
			errs = append(errs, &WordingError{File: file, Line: line, ID: id, Field: field, Breach: b, of: ErrLaw})
		}
	}
	builtin := BuiltinLaw()
	check(l.file, l.line, l.Version, "matrix", l.Matrix, builtin.Matrix, nil)
	check(l.file, l.line, l.Version, "matrix_en", l.MatrixEN, builtin.MatrixEN, nil)
	for i := range l.Records {
		r := &l.Records[i]
		known := builtin.byID[r.ID].texts()
		for j, f := range r.texts() {
			check(r.file, r.line, r.ID, f.name, f.text, known[j].text, r)
		}
	}
	for i := range l.Providers {
		p := &l.Providers[i]
		known := cmp.Or(builtin.ProviderNamed(p.Name), &Provider{})
		check(p.file, p.line, p.Name, "name", p.Name, known.Name, nil)
		check(p.file, p.line, p.Name, "question_de", p.QuestionDE, known.QuestionDE, nil)
		check(p.file, p.line, p.Name, "question_en", p.QuestionEN, known.QuestionEN, nil)
	}
	return errs
}

// recordText is a field of a record that people read.
type recordText struct{ name, text string }

// texts are the fields of a record that people read; a nil record has them too, empty.
func (r *LawRecord) texts() []recordText {
	r = cmp.Or(r, &LawRecord{})
	return []recordText{
		{"title_de", r.TitleDE}, {"title_en", r.TitleEN}, {"statement_de", r.StatementDE}, {"statement_en", r.StatementEN}, {"authority", r.Authority},
		{"authority_en", r.AuthorityEN}, {"docket", r.Docket}, {"norms", strings.Join(r.Norms, ", ")}, {"url", r.URL}, {"note", r.Note}, {"note_en", r.NoteEN},
	}
}

// sourced reports whether a record stands in a statute, or was found in a ruling or with an authority.
func (r *LawRecord) sourced() bool {
	switch r.SourceType {
	case "statute":
		return r.Confidence != Uncertain
	case "judgment", "authority":
		return r.Confidence == Found || r.Confidence == Reported
	}
	return false
}

// ruled reports whether a record is a court's ruling that was found, with its docket: what the court held can be said.
func (r *LawRecord) ruled() bool {
	return r.SourceType == "judgment" && r.Docket != "" && r.sourced()
}
