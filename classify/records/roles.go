package records

import (
	"regexp"
	"slices"
	"strings"

	"pagerisk/classify"
)

// What the column for roles may say. Each word stands for its forms (Kunde: Kundin, Kunden, Kundinnen, Kund:innen) and,
// from four letters on, for what ends in it, as German compounds say at their end what they are: a Fahrgast is a guest, a
// Gästebetreuerin looks after some. The longest word that fits decides. "-mann" stands for compounds alone, "=mann" for the word alone.
const (
	staffRoles = `
		beschäftigt beschäftigung mitarbeiter mitarbeitend mitarbeit angestellt arbeitnehmer arbeiter arbeitskraft personal belegschaft team crew kollege
		kollegium stammkraft leitung leiter führung chef boss vorgesetzt inhaber gründer geschäftsführer -führer gesellschafter prokurist
		vorstand vorständin vorsitz vorsitzend aufsichtsrat direktor direktion direktorin manager management präsident obmann obfrau sprecher
		azubi azubine auszubildend ausbildung lehrling lernend lehrbub lehrmädchen lehrtochter stift stifti praktikant praktikum trainee volontär volontariat
		referendar werkstudent hilfskraft aushilfe minijob minijobber ferienjobber saisonkraft zeitarbeiter leiharbeiter zivi zivildienst bufdi bfd fsj fsjler
		ehrenamt ehrenamtlich ehrenamtler freiwillig freiwilligendienst helfer bewerber anwärter teammitglied vorstandsmitglied crewmitglied
		belegschaftsmitglied betriebsratsmitglied betriebsrat betriebsrätin personalrat personalrätin stellvertreter beauftragt meister geselle vorarbeiter
		fachkraft servicekraft reinigungskraft pflegekraft lehrkraft betreuungskraft bürokraft -kraft -kräfte hilfe gehilfe assistent assistenz sekretär
		sekretariat sachbearbeiter referatsleiter fachangestellt verwaltungsangestellt kaufmann kauffrau kaufleute fachmann fachfrau fachleute -mann -frau
		-leute berater beratung betreuer betreuung koordinator koordination
		schreiner tischler zimmerer maurer maler lackierer dachdecker spengler klempner elektriker elektroniker monteur installateur schlosser metallbauer
		schweißer schmied glaser fliesenleger bodenleger parkettleger estrichleger stuckateur verputzer gipser trockenbauer polier bauarbeiter betonbauer
		-bauer pflasterer steinmetz bildhauer kaminkehrer schornsteinfeger rauchfangkehrer sattler polsterer raumausstatter schuhmacher schneider weber näher
		kürschner uhrmacher graveur buchbinder drucker setzer keramiker töpfer küfer böttcher mechaniker mechatroniker kfzler werkzeugmacher zerspaner fräser
		dreher gießer konstrukteur techniker ingenieur architekt statiker vermesser zeichner gärtner galabauer florist bauer landwirt
		lagerist packer kommissionierer disponent fahrer trucker schaffner kapitän steuermann matrose skipper kurier zusteller postbote paketbote bote werker
		chemikant laborant prüftechniker -lotse pilot bergmann
		koch köchin spüler kellner bedienung barista barkeeper bartender wirt gastronom pächter sommelier pizzaiolo bäcker konditor patissier chocolatier metzger
		fleischer käser senner brauer brenner winzer müller imker fischer rezeptionist zimmermädchen hausdame portier concierge hotelier gastgeber
		verkäufer kassierer einkäufer dekorateur friseur frisör coiffeur stylist barbier barber kosmetiker visagist masseur tätowierer piercer optiker akustiker
		apotheker pta drogist händler
		arzt ärztin chirurg internist kardiologe radiologe orthopäde gynäkologe urologe onkologe psychiater psychologe therapeut physio logopäde heilpraktiker
		osteopath chiropraktiker hebamme doula pfleger pflege krankenschwester kinderkrankenschwester ordensschwester stationsschwester mfa zfa tfa mta mtra
		prophylaxe anästhesist sanitäter seelsorger podologe mediziner
		lehrer rektor pädagoge erzieher tagesmutter tagesvater tagesmütter sozialarbeiter streetworker professor prof dozent doktorand postdoc promovend
		wissenschaftler forscher ausbilder trainer coach instruktor bibliothekar
		buchhalter controller recruiter personaler steuerberater wirtschaftsprüfer anwalt anwältin notar jurist makler verwalter richter entwickler programmierer admin
		administrator designer grafiker gestalter texter redakteur redaktion analyst hausmeister pförtner telefonist putzfrau wachmann
		kämmerer kommandant maschinist förster ranger beamter
		regisseur dramaturg intendant dirigent kapellmeister choreograf choreograph organist kantor bühnenbildner
		kostümbildner maskenbildner beleuchter requisiteur inspizient kurator restaurator archivar
		diakon küster mesner kirchenvorsteher messdiener gemeindereferent
		-wart schatzmeister wirtschaftsförderer rettungsschwimmer qualitätsprüfer puppenspieler
		schulbegleiter alltagsbegleiter hospizbegleiter zugbegleiter flugbegleiter ladenbesitzer restaurantbesitzer hotelbesitzer stationsleitung pdl
		presbyter ministrant schriftführer übungsleiter
		employee staff director captain courier dispatcher conductor rector deacon worker workforce colleague coworker owner founder cofounder ceo cto cfo coo cmo cio head lead leader teamlead supervisor officer
		president executive chairman chairwoman chairperson principal apprentice intern trainee volunteer temp consultant advisor adviser
		coordinator assistant secretary clerk accountant lawyer attorney solicitor paralegal developer programmer engineer technician operator driver
		carpenter joiner electrician plumber roofer bricklayer welder mechanic fitter foreman builder decorator plasterer tiler blacksmith locksmith tailor
		cook baker butcher brewer winemaker waiter waitress bartender receptionist housekeeping housekeeper cashier salesperson seller hairdresser beautician
		optician pharmacist bookseller doctor physician nurse dentist vet surgeon midwife therapist carer caregiver paramedic hygienist gp teacher lecturer
		tutor instructor headmaster nanny librarian researcher architect editor treasurer curator ranger firefighter lifeguard recruiter
		buchhaltung empfang rezeption küche service lager logistik versand werkstatt verwaltung büro theke tresen kasse backstube produktion montage vertrieb
		verkauf einkauf marketing station ambulanz abteilung kundendienst dienst support disposition technik bauhof labor kanzlei hauswirtschaft wäscherei
		fuhrpark anmeldung entwicklung forschung qualitätssicherung finanzen presse kommunikation office sales finance operations reception warehouse kitchen
		workshop hr it edv accounting engineering bar garderobe kantine apotheke bibliothek`

	customerRoles = `
		kunde kundschaft käufer auftraggeber bauherr bauherrschaft klient mandant patient gast gästin gäste besucher mieter bewohner
		schüler student studierend studi teilnehmer teilnehmend absolvent abiturient kursteilnehmer täufling konfirmand konfi firmling
		mitglied mitglieder vereinsmitglied spieler sportler athlet spender gewinner preisträger stipendiat jubilar brautpaar hochzeitspaar braut
		bräutigam abonnent leser hörer zuschauer zuhörer nutzer anwender user camper urlauber tourist reisend fahrgast passagier bürger einwohner
		wohnungseigentümer hausbesitzer tierhalter hundehalter hundebesitzer katzenbesitzer pferdebesitzer -besitzer betreut -betreut klientel
		torwart torfrau stürmer verteidiger läufer schwimmer turner reiter fahrzeughalter erstklässler -klässler fan wanderer jubelpaar frischvermählt newlywed herrchen frauchen
		krippenkind kitakind kindergartenkind hortkind tageskind schulkind
		customer client clientele guest tenant resident pupil student learner attendee participant member visitor buyer shopper donor winner bride groom
		subscriber reader passenger diner camper tourist graduate homeowner player beneficiary`

	otherRoles = `
		ander sonstig extern fremd dritt lieferant zulieferer dienstleister geschäftspartner kooperationspartner projektpartner
		vertragspartner handelspartner netzwerkpartner spediteur subunternehmer nachunternehmer sponsor förderer gastredner gastreferent gastdozent gastmusiker
		gastkünstler gastspieler redner laudator schirmherr schirmfrau juror jury ehrengast stargast promi prominent prominenz influencer blogger politiker
		abgeordnet minister model fotomodel modell nachbar anwohner passant mitbewerber konkurrent vermieter unbeteiligt privatperson freund bekannt
		gastdirigent delegation youtuber konkurrenz gegner zeitzeuge komponist erfinder auditor botschafter ehrengäste
		mami mutti papi vati söhne töchter brüder zwilling drilling omi opi großeltern ehepaar paar pärchen mom mum dad sibling twin grandma grandpa grandson
		granddaughter grandparent couple elternteil eltern mutter vater mama papa sohn tochter kind bruder geschwister oma opa großmutter großvater enkel tante onkel cousin cousine neffe
		nichte verwandt familie familienmitglied familienangehörig angehörig ehepartner lebenspartner ehefrau ehemann gatte lebensgefährt verlobt witwe witwer
		hausfrau hausmann schwiegermutter schwiegervater schwiegersohn schwiegertochter schwager schwägerin
		other external outsider supplier vendor contractor subcontractor sponsor speaker panelist politician celebrity neighbour neighbor bystander passer
		stranger relative family parent mother father son daughter brother sister wife husband spouse friend child`

	// unclear words would be found at the end of others, or mean one thing here and another there: a town hall has a mayor,
	// a bakery has one as its guest.
	unclearRoles = `landrat landrätin bürgermeister ortsvorsteher dezernent polizist kommissar zöllner soldat pfarrer pastor vikar priester kaplan imam rabbiner
		bischof bischöfin dekan superintendent propst mönch nonne moderator journalist reporter filmemacher mayor police bishop rabbi monk nun schauspieler
		sänger tänzer musiker fotograf künstler
		eigentümer schwester partner begleiter vertreter elternvertreter prüfer referent gutachter experte senior junior hofdame dame herr =frau =mann person
		reiseleute brautleute eheleute landsleute landsmann hauptmann freifrau jungfrau weihnachtsmann schneemann`
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

var roleStems, roleEnds = func() (whole, ends map[string]classify.Label) {
	whole, ends = map[string]classify.Label{}, map[string]classify.Label{}
	for _, l := range []struct {
		label classify.Label
		words string
	}{{classify.Employee, staffRoles}, {classify.OtherPerson, otherRoles}, {classify.Customer, customerRoles}, {roleUnclear, unclearRoles}} {
		for _, w := range strings.Fields(l.words) {
			stem := roleStem(fold(strings.TrimLeft(w, "-="))[0])
			if w[0] != '-' {
				whole[stem] = l.label
			}
			if w[0] == '-' || w[0] != '=' && len(stem) >= 4 {
				ends[stem] = l.label
			}
		}
	}
	return whole, ends
}()

// roleOf is what one word of a role says, "" where it is none.
func roleOf(word string) classify.Label {
	stem := roleStem(word)
	if l, ok := roleStems[stem]; ok {
		return l
	}
	for i := 2; i+3 <= len(stem); i++ { // the longest end first
		if l, ok := roleEnds[stem[i:]]; ok {
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

// readRole understands what stands in the column for roles. Nothing there means staff, as the template says; ok is false
// where the words tell nothing, or several things.
func readRole(s string) (label classify.Label, gone, ok bool) {
	if strings.TrimSpace(s) == "" {
		return classify.Employee, false, true
	}
	var said []classify.Label
	for _, choice := range strings.FieldsFunc(genderMarks.ReplaceAllString(s, "$1"), func(r rune) bool { return strings.ContainsRune("/,;|+&", r) }) {
		var phrase []string
		say := func() {
			if l := phraseRole(phrase); l != "" && !slices.Contains(said, l) {
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

// phraseRole is the role that one phrase names. Somebody of the family or from outside stays that whatever stands beside;
// else the word for staff decides: a "customer service manager" and a "team member" work here.
func phraseRole(words []string) classify.Label {
	found := map[classify.Label]bool{}
	for i, w := range words {
		if i > 0 && roleBounds[w] {
			member := roleStem(words[i-1]) == "mitglied" || roleStem(words[i-1]) == "memb"
			if member && slices.ContainsFunc(words[i:], func(w string) bool { return roleOf(w) == classify.Employee }) {
				return classify.Employee // "Mitglied der Geschäftsleitung"
			}
			break
		}
		found[roleOf(w)] = true
	}
	for _, l := range []classify.Label{classify.OtherPerson, classify.Employee, classify.Customer, roleUnclear} {
		if found[l] {
			return l
		}
	}
	return ""
}
