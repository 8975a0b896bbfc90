package records

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"pagerisk/classify"
)

// What the column for roles may say. Each word stands for its forms (Kunde: Kundin, Kunden, Kundinnen, Kund:innen) and,
// from four letters on, for what ends in it, as German compounds say at their end what they are: a Fahrgast is a guest, a
// Gästebetreuerin looks after some. The longest word that fits decides. "-mann" stands for compounds alone, "=mann" for the word alone.
const (
	// staffRoles are what the trades of the rules lack.
	staffRoles = `
		beschäftigt beschäftigung mitarbeiter mitarbeitend angestellt arbeitnehmer arbeiter arbeitskraft belegschaft team kollegium stammkraft leitung leiter
		führung vorgesetzt gesellschafter vorsitz vorsitzend direktion management präsident obmann obfrau sprecher ausbildung lernend praktikum volontär
		volontariat hilfskraft aushilfe minijob minijobber ferienjobber saisonkraft zeitarbeiter leiharbeiter zivi zivildienst bufdi bfd fsj fsjler ehrenamt
		ehrenamtlich ehrenamtler freiwillig freiwilligendienst helfer bewerber anwärter teammitglied vorstandsmitglied crewmitglied belegschaftsmitglied
		betriebsratsmitglied personalrat personalrätin stellvertreter beauftragt fachkraft bürokraft -kraft -kräfte hilfe gehilfe sekretariat referatsleiter
		fachangestellt verwaltungsangestellt kaufmann kauffrau kaufleute fachmann fachfrau fachleute -mann -frau -leute beratung betreuung koordinator
		koordination bauarbeiter zeichner bauer landwirt prüftechniker -lotse ordensschwester stationsschwester mediziner verwalter gestalter redaktion
		kämmerer kommandant maschinist förster ranger beamter regisseur dramaturg intendant dirigent kapellmeister choreograf choreograph organist kantor
		bühnenbildner kostümbildner maskenbildner beleuchter requisiteur inspizient kurator restaurator archivar diakon küster mesner kirchenvorsteher
		messdiener gemeindereferent -wart schatzmeister wirtschaftsförderer rettungsschwimmer puppenspieler restaurantbesitzer hotelbesitzer presbyter
		ministrant schriftführer employee staff rector deacon workforce colleague coworker cmo cio head lead officer president executive
		chairman chairwoman chairperson volunteer temp coordinator seller physician editor treasurer curator firefighter lifeguard
		buchhaltung rezeption küche service lager logistik versand werkstatt verwaltung büro theke tresen kasse backstube produktion montage vertrieb verkauf
		einkauf marketing station ambulanz abteilung kundendienst dienst support disposition bauhof labor kanzlei hauswirtschaft wäscherei fuhrpark anmeldung
		entwicklung forschung qualitätssicherung finanzen presse kommunikation sales finance operations reception kitchen workshop it edv accounting
		engineering bar garderobe kantine bibliothek`

	customerRoles = `
		kunde kundschaft käufer auftraggeber bauherr bauherrschaft klient mandant patient gast gästin besucher mieter bewohner schüler student studierend
		studi teilnehmer teilnehmend absolvent abiturient kursteilnehmer täufling konfirmand konfi firmling mitglied vereinsmitglied spieler sportler athlet
		spender gewinner preisträger stipendiat jubilar brautpaar hochzeitspaar braut bräutigam abonnent leser hörer zuschauer zuhörer nutzer anwender user
		camper urlauber tourist reisend fahrgast passagier bürger einwohner wohnungseigentümer hausbesitzer tierhalter hundehalter hundebesitzer
		katzenbesitzer pferdebesitzer -besitzer betreut -betreut klientel torwart torfrau stürmer verteidiger läufer schwimmer turner reiter fahrzeughalter
		erstklässler -klässler fan wanderer jubelpaar frischvermählt newlywed herrchen frauchen krippenkind kitakind kindergartenkind hortkind tageskind
		schulkind customer client clientele guest tenant resident pupil learner attendee participant member visitor buyer shopper donor winner bride groom
		subscriber reader passenger diner graduate homeowner player beneficiary schülersprecher klassensprecher schulsprecher`

	otherRoles = `
		ander sonstig extern fremd dritt lieferant zulieferer dienstleister geschäftspartner kooperationspartner projektpartner vertragspartner handelspartner
		netzwerkpartner spediteur subunternehmer nachunternehmer sponsor förderer gastredner gastreferent gastdozent gastmusiker gastkünstler gastspieler
		redner laudator schirmherr schirmfrau juror jury ehrengast stargast promi prominent prominenz influencer blogger politiker abgeordnet minister model
		fotomodel modell nachbar anwohner passant mitbewerber konkurrent vermieter unbeteiligt privatperson freund bekannt gastdirigent delegation youtuber
		konkurrenz gegner zeitzeuge komponist erfinder auditor botschafter ehrengäste mami mutti papi vati söhne töchter brüder zwilling drilling omi opi
		großeltern ehepaar paar pärchen mom mum dad sibling twin grandma grandpa grandson granddaughter grandparent couple elternteil eltern mutter vater mama
		papa sohn tochter kind bruder geschwister oma opa großmutter großvater enkel tante onkel cousin neffe nichte verwandt familie familienmitglied
		familienangehörig angehörig ehepartner lebenspartner ehefrau ehemann gatte lebensgefährt verlobt witwe hausfrau hausmann schwiegermutter
		schwiegervater schwiegersohn schwiegertochter schwager schwägerin other external outsider supplier vendor contractor subcontractor speaker panelist
		politician celebrity neighbour neighbor bystander passer stranger relative family parent mother father son daughter brother sister wife husband spouse
		friend child elternbeirat elternsprecher landlord landlady`

	// unclear words would be found at the end of others, or mean one thing here and another there: a town hall has a mayor,
	// a bakery has one as its guest.
	unclearRoles = `
		landrat landrätin bürgermeister ortsvorsteher dezernent polizist kommissar zöllner soldat pfarrer pastor vikar priester kaplan imam rabbiner bischof
		bischöfin dekan superintendent propst mönch nonne moderator journalist reporter filmemacher mayor police bishop rabbi monk nun schauspieler sänger
		tänzer musiker fotograf künstler eigentümer schwester partner begleiter vertreter elternvertreter prüfer referent gutachter experte senior junior
		hofdame dame herr =frau =mann person reiseleute brautleute eheleute landsleute landsmann hauptmann freifrau jungfrau weihnachtsmann schneemann =former
		kumpel bürohund host hostess hausherr wertstoffhof`
)

var roleEndings = []string{"innen", "inn", "in", "ern", "en", "er", "es", "e", "n", "s"}

// roleStem leaves endings away: Kunde, Kundin, Kundinnen and customers become kund and custom.
func roleStem(word string) string {
	for again := true; again; {
		again = false
		for _, e := range roleEndings {
			if s, ok := strings.CutSuffix(word, e); ok && len(s) >= 3 && !(len(e) == 1 && strings.HasSuffix(s, e)) { // Mann, boss
				word, again = s, true
				break
			}
		}
	}
	return word
}

// roleUnclear is the label of the words that do not tell.
const roleUnclear classify.Label = "unclear"

// jobLists are the trades that the rules know; whoever has one works here.
var jobLists = []string{"job_craft", "job_plant", "job_kitchen", "job_shop", "job_health", "job_school", "job_office"}

// roles says what words for roles mean.
type roles struct{ whole, ends map[string]classify.Label }

func newRoles(rules *classify.Rules) *roles {
	r := &roles{map[string]classify.Label{}, map[string]classify.Label{}}
	add := func(label classify.Label, word string) {
		stem := roleStem(fold(strings.TrimLeft(word, "-="))[0])
		if word[0] != '-' {
			if _, ok := r.whole[stem]; ok {
				return // of several lists the first decides
			}
			r.whole[stem] = label
		}
		if word[0] == '-' || word[0] != '=' && len(stem) >= 4 {
			r.ends[stem] = label
		}
	}
	for _, l := range []struct {
		label classify.Label
		words string
	}{{roleUnclear, unclearRoles}, {classify.Customer, customerRoles}, {classify.OtherPerson, otherRoles}, {classify.Employee, staffRoles}} {
		for _, w := range strings.Fields(l.words) {
			add(l.label, w)
		}
	}
	for _, list := range jobLists {
		for _, w := range rules.Words(list) {
			add(classify.Employee, strings.Replace(w, "*", "-", 1))
		}
	}
	return r
}

var builtinRoles = sync.OnceValues(func() (*roles, error) {
	rules, err := classify.BuiltinRules()
	if err != nil {
		return nil, err
	}
	return newRoles(rules), nil
})

// of is what one word of a role says, "" where it is none.
func (r *roles) of(word string) classify.Label {
	stem := roleStem(word)
	if l, ok := r.whole[stem]; ok {
		return l
	}
	for i := 2; i+3 <= len(stem); i++ { // the longest end first
		if l, ok := r.ends[stem[i:]]; ok {
			return l
		}
	}
	return ""
}

var (
	// genderMarks are left away, so that Kund:innen, Kund*innen, Patient/in and Kund(inn)en are one word.
	genderMarks = regexp.MustCompile(`(?i)(?:[:*_·]|/-?|\()(innen|inn|in|r|n)(?:\)|\b)`)
	// roleBounds stand between a role and what it belongs to: the wife of the manager is no manager.
	roleBounds = set("der", "des", "von", "vom", "im", "in", "bei", "beim", "am", "an", "aus", "fuer", "mit", "zum", "zur", "einer", "eines", "unserer", "unseres", "of", "at", "for", "from", "in", "the", "to")
	roleJoins  = set("und", "oder", "and", "or", "sowie")
	// roleGone are words for somebody who has left.
	roleGone = set("ehemalig", "frueh", "ex", "form", "ruhestand", "retir", "ausgeschied")
)

// read understands what stands in the column for roles. Nothing there means staff, as the template says; ok is false
// where the words tell nothing, or several things.
func (r *roles) read(s string) (label classify.Label, gone, ok bool) {
	if strings.TrimSpace(s) == "" {
		return classify.Employee, false, true
	}
	var said []classify.Label
	for _, choice := range strings.FieldsFunc(genderMarks.ReplaceAllString(s, "$1"), func(c rune) bool { return strings.ContainsRune("/,;|+&", c) }) {
		var phrase []string
		say := func() {
			if l := r.phrase(phrase); l != "" && !slices.Contains(said, l) {
				said = append(said, l)
			}
			phrase = nil
		}
		for _, t := range tokens(choice) {
			w := t.forms[0]
			if gone = gone || roleGone[roleStem(w)]; roleJoins[w] {
				say()
				continue
			}
			phrase = append(phrase, w)
		}
		say()
	}
	if len(said) != 1 || said[0] == roleUnclear {
		return "", gone, false
	}
	return said[0], gone, true
}

// phrase is the role that one phrase names. Somebody of the family or from outside stays that whatever stands beside;
// else the word for staff decides: a "customer service manager" and a "team member" work here.
func (r *roles) phrase(words []string) classify.Label {
	found := map[classify.Label]bool{}
	for i, w := range words {
		if i > 0 && roleBounds[w] {
			member := roleStem(words[i-1]) == "mitglied" || roleStem(words[i-1]) == "memb"
			for _, w := range words[i:] {
				if l := r.of(w); member && (l == classify.Employee || l == classify.OtherPerson) {
					return l // "Mitglied der Geschäftsleitung", "Mitglied im Elternbeirat"
				}
			}
			break
		}
		found[r.of(w)] = true
	}
	for _, l := range []classify.Label{classify.OtherPerson, classify.Employee, classify.Customer, roleUnclear} {
		if found[l] {
			return l
		}
	}
	return ""
}
