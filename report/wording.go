package report

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/unicode/norm"

	"pagerisk/classify"
)

// wordingRule is one thing that a register must never say, in both languages: it reports hints and open questions, and
// it is not a court.
type wordingRule struct {
	id string // its reason in words is the text "wording." + id
	// never are words that stand for the claim by themselves, whatever the sentence is about.
	never *regexp.Regexp
	// claims are sentences taken apart. They may be hedged, asked or denied: then nobody claims them.
	claims []claim
	// denied: a sentence that denies the words of never may stand. "Der Widerspruch löscht nichts aus dem Modell" is a limit
	// that has to be said.
	denied bool
	// viewed: the words of never may stand where a sentence says whose view it tells, or leaves this very thing open: see
	// leftOpen. That anything else in the sentence is possible, risky or to be done makes them no less of a claim.
	viewed bool
	// anyway: a condition belongs to the claim ("wenn Sie widersprechen, …") and does not hedge it.
	anyway bool
	// sourced reports whether a record may say it all the same, as what its source says; nil = none may.
	sourced func(*LawRecord) bool
}

// claim is a sentence that says something of a subject. The two stand in one sentence, in any order.
type claim struct {
	subject, says *regexp.Regexp
	// lacks says it by what there is not: its own "not" denies nothing.
	lacks *regexp.Regexp
}

// wordingReach is how far apart, in bytes, a subject and what is said of it stand at most: in a long sentence they belong to
// different thoughts.
const wordingReach = 70

// doubtReach is how far, in bytes, a doubt stands from its word at most: no clause of people is longer, and one of a
// catalogue that is not theirs costs no more.
const doubtReach = 400

// groups are the words for people that say which group somebody is of.
const groups = `mitarbeite(r|nd)|beschäftigte|angestellte|kolleg(e|in)|kund(e|en|in|innen|schaft)\b|patient|schüler|mandant|bewohner|klient|azubi|auszubildende|minderjährig|jahre alt|years old|ein(en)? kind\b` +
	`|employee|member of staff|members of staff|\bstaff\b|customer|pupil|client|\bminors?\b|resident|apprentice|\btrainee|colleague|\b(a child|children)\b`

var wordingRules = []wordingRule{
	{id: "legality", viewed: true, sourced: (*LawRecord).ruled,
		never: rx(`(rechts|gesetz(es)?)widrig|widerrechtlich|\billegal|unrechtmäßig|verbotenerweise|\bunlawful` +
			`|verst(ö|oe)(ß|ss)t gegen (die |das |den |geltendes )?(dsgvo|kug|urhg|recht|gesetz|datenschutz)`),
		claims: []claim{{
			rx(`training|trainier|\btrain(s|ed)?\b|\bmetas?\b|verarbeitung|nutzung|verwendung|veröffentlichung|\b(beitrag|beiträge|bild(er|s|es)?|fotos?|posts?|processing|use|publication|pictures?|you|company|organisation|unternehmen)\b|(?-i:\bSie\b)`),
			rx(`verst(ö|o|ie|oe)(ß|ss)\S* ([^ ,]+ ){0,4}gegen [^,]{0,25}(recht|gesetz|dsgvo|datenschutz|vorschrift|verordnung)|(bricht|brechen|beugt) [^,]{0,20}recht\b|(rechts|gesetzes|datenschutz)-?(bruch|verstoß|verletzung)` +
				`|straftat|unvereinbar|im widerspruch zu[rm]? [^,]{0,15}(dsgvo|recht|gesetz)|incompatible with|über [^,]{0,25}(recht|gesetz|dsgvo) hinweg|\bhandel\S* [^,]{0,30}gegen [^,]{0,15}(gesetz|recht|dsgvo|datenschutz)|(ist|war|sind|wäre|bleibt) ([^ ,]+ ){0,4}(unzulässig|verboten|unerlaubt|untersagt|strafbar)\b|(verletzt|missachtet) [^,]{0,25}(dsgvo|datenschutz|gesetz|recht|vorschrift)` +
				`|(break|broke|breach|violat|infring|contraven|flout)\S* [^,]{0,25}\b(law|laws|gdpr|regulations?|rules|rights?|copyright|privacy)\b|against the (law|gdpr)|\b(is|are|was|were) ([^ ]+ )?(prohibited|forbidden|outlawed|criminal|impermissible)\b`),
			rx(`kein(erlei)? recht\b|\bno right to\b|ohne [^,]{0,20}(rechts|gesetzliche |rechtliche )grundlage|(fehlt|kein|entbehrt)[^,]{0,25}(rechts|gesetzliche[nr]? |rechtliche[nr]? )grundlage|(rechts|gesetzliche |rechtliche )grundlage (fehlt|gibt es nicht|besteht nicht)` +
				`|\b(nicht|nie|niemals|keinesfalls|keineswegs) (rechtlich |gesetzlich |datenschutzrechtlich )?(erlaubt|zulässig|rechtmäßig|legal|gestattet|rechtens)\b` +
				`|(without|lacks?|no|any) (a |any )?(legal|lawful|statutory) (basis|ground)|\b(is|are|was|were)(n't| not| never) (legal|lawful|permitted|allowed|permissible)\b`),
		}}},
	{id: "silence", denied: true, anyway: true,
		never: rx(`stillschweigend\w* (zustimm|zugestimm|einw|eingew)|tacit(ly)? (consent|agree)`),
		claims: []claim{{
			rx(`schweig|nichtstun|untätig|(nichts|nicht) ([^ ]+ )?(tut|tun|sagt|sagen|macht|machen|unternimmt|unternehmen|reagiert|reagieren|widerspricht|widersprechen|widersprochen|antwortet|antworten|handelt|ablehnt|meldet)\b|\b(reagier|sag|widersprech|unternehm|antwort|meld|tu|lehn)(en|n|t|e)? ([^ ,]+ ){1,2}(nicht|nichts)\b|(frist|stichtag)( [^ ,]+){0,2} (verpasst|versäumt|verstreich)` +
				`|ignorier|(ohne|fehlende\S|unterlassene\S|ausbleibende\S) widerspr|ausbleiben|\b(whoever|who|those|anyone|users?|people|staff|you)( [^ ,]+){0,4} silent|inaction|\bignor(e|es|ing)\b|miss(es|ed|ing)? the deadline|(do|doing|does|did|say|says|saying) nothing|(not|n't|never|fails? to|failing to|failure to) (object|react|respond|answer|opt|reply)|without (an |any )?objection|unless( [^ ,]+){0,2} object`),
			rx(`(stimm(t|en|te|ten)|willigt?|willigen) ([^,]+ )?(zu|ein)\b|zustimmung|zugestimmt|einverst(anden|ändnis)|einwilligung|eingewilligt|erlaub(t|en) (damit|meta|es|sie|das)\b|erlaubnis|akzeptiert|genehmigt|\b(consent|agree|accept|approv|permission|(allow|permit)s? meta)`),
			nil,
		}, {
			rx(`keine? (widerspruch|reaktion|antwort)|\bno (objection|reaction|reply)|schweig|nichtstun|untätig|passiv|\bsilence|inaction|(staying|being|remaining) silent`),
			rx(`\b(heißt|bedeutet|ist|(gilt|wird|zählt) ([^ ,]+ )?als|means?|is|equals|amounts to|counts as) [^,]{0,15}(zustimmung|einwilligung|einverständnis|ein ja\b|consent|agreement|permission|a yes\b)`),
			nil,
		}}},
	{id: "erasure", denied: true, anyway: true,
		never: rx(`(aus|im) (dem |den |metas )?modell\w* (gelöscht|entfernt|getilgt)|(deleted|removed|erased) from (the |a |meta's )?models?\b`),
		claims: []claim{{
			rx(`wider(spruch|spreche|sprich|sproche)|\bobjection|\bobject(s|ed|ing)?\b`),
			rx(`\baus [^,]{0,25} genommen\b|\b(löscht|entfernt|bereinigt|tilgt|holt|vergisst|vergessen|verlernt|verschwind\w+|verschwunden|holen sie)\b|macht [^,]{0,40}(rückgängig|ungeschehen)|(wird|werden|wurden?|ist|sind|müssen|muss) ([^,]+ )?(gelöscht|entfernt|getilgt|vergessen|bereinigt|herausgenommen|herausgelöst|zurückgeholt|rückgängig gemacht|ungeschehen gemacht|zurückgedreht|zurückgenommen|löschen|entfernen|vergessen)` +
				`|(führt|sorgt|bewirkt|heißt|bedeutet)[^,]{0,40}(löschung|entfernung)|(wirkt|gilt|greift) (auch |sogar )?rückwirkend` +
				`|\b(delete|erase|remove|wipe|purge|forget|undoe|reverse|unlearn|scrub|clear|withdraw)s\b|\btakes [^,]{0,30}\bout\b|\b(is|are|was|were|be|been|get|gets) ([^ ,]+ ){0,2}(deleted|erased|removed|wiped|purged|forgotten|undone|reversed|cancelled|unlearned|scrubbed|taken out)\b` +
				`|\b(will|must|has to|have to) (delete|erase|remove|forget|undo|reverse|unlearn|wipe|purge)\b|(lead|mean|result|bring|cause|ensure)s? [^,]{0,30}(deletion|erasure|removal)|\b(disappear|vanish)|retroactive|\b(ist|sind) [^,]{0,40}\braus\b`),
			rx(`(kennt|enthält|weiß) [^,]{0,40}(nicht mehr|nichts mehr|keine?) |no longer (know|contain|hold)s?\b`),
		}}},
	{id: "compliance", denied: true, anyway: true,
		never: rx(`rechtskonform|rechtssicher|rechtlich (sicher|unbedenklich|einwandfrei)|gesetzeskonform|(dsgvo|datenschutz)-?(konform|gerecht)|auf der sicheren seite` +
			`|\b(legally|gdpr|data protection)[- ](compliant|safe)\b|\bfully compliant|(compliant|in compliance) with the (gdpr|law)|on the safe side`),
		claims: []claim{{
			rx(`wider(spruch|spreche|sprich|sproche)|\bobjection|\bobject(s|ed|ing)?\b|\b(prüfung|register|audit|review)\b|pagerisk`),
			rx(`\b(genügt|reicht aus|ausreichend)\b|\breicht([.,!:]|$)|alles (in ordnung|erledigt|geklärt|gut)|abgesichert|aus dem schneider|haftungsfrei|(beseitigt|beendet) [^,]{0,25}(risiko|haftung)|(risiko|haftung) [^,]{0,20}(ausgeschlossen|entfällt)|gewahrt|(remove|end|eliminate)s? [^,]{0,15}(risk|liability)|into line with|(pflicht\w*|dsgvo) [^,]{0,12}(erfüllt|genüge|eingehalten)|erfüllt [^,]{0,25}(pflicht|dsgvo|anforderungen)|schützt [^,]{0,15}vor |geschützt|\b(ist|sind|handel\S+) [^,]{0,20}(legal|rechtmäßig|zulässig)\b|\bbefreit\b|\bfrees\b|all you need|entspricht [^,]{0,15}(dsgvo|gesetz|recht)|im einklang mit` +
				`|\b(is enough|suffices|is sufficient)\b|\b(are|is|be|you're|keeps?|makes?|becomes?) ([^ ,]+ ){0,4}(safe|compliant|secure|protected|lawful|legal|in order|in the clear|off the hook)\b|compl(ies|y) with|(meet|satisf|fulfil)\S* [^,]{0,20}(obligation|dut(y|ies)|requirement)|(protect|shield)s? [^,]{0,25}(from|against) `),
			rx(`(nichts|kein\w*) [^,]{0,20}(zu befürchten|risiko mehr|haftung mehr)|(kann|können) [^,]{0,25}(nichts|niemand)[^,]{0,12}(passieren|geschehen|anhaben)|(haftet|haften) ([^ ,]+ ){0,3}nicht\b|nothing (more |left |else )?to fear|no (further|more|remaining) (risk|liability|duty)`),
		}}},
	{id: "validity", viewed: true, sourced: (*LawRecord).ruled,
		never: rx(`unwirksam|\b(verletzt|missachtet) [^.;]{0,25}(lizenz|urheberrecht|persönlichkeitsrecht|recht am eigenen bild)` +
			`|\b(breach|infring|violat)es (the |a |your |this )?(licen[cs]e|copyright|consent|personality right)`),
		claims: []claim{{
			rx(`einwilligung|zustimmung|freigabe|lizenz|nutzungsrecht|\bvertr(ag|ags|äge)\b|urheberrecht|\bconsents?\b|licen[cs]e|permission|\brelease\b|copyright|\bcontract`),
			rx(`hinfällig|ungültig|\bnichtig|wertlos|gegenstandslos|verwirkt|gegen [^,]{0,30} versto(ß|ss)en|(lost|loses) (its|their|all) (effect|force)` +
				`|(verletzt|gebrochen|missachtet|überschritten)\b|(verletzung|verstoß|bruch)( [^,]{0,20})? (vor|dar|begangen)\b|(ist|bedeutet|begeht|liegt|darin) [^,]{0,20}(verletzung|verstoß|bruch)|verst(ö|o)(ß|ss)\S* gegen` +
				`|\b(is|are|was|were|been|becomes?) ([^ ,]+ ){0,2}(invalid|void|ineffective|breached|infringed|violated|broken|worthless|unenforceable|moot)\b|in breach\b|(constitute|amount)s? [^,]{0,25}(breach|infringement|violation)|\b(breach|infringe|violate|broke|break)(s|es|d|ed)? [^,]{0,20}(licen[cs]e|contract|agreement|terms|copyright)|(is|commits) an? ([^ ,]+ )?(breach|infringement|violation)`),
			rx(`taugt [^,]{0,15}nichts|deckt ([^ ,]+ ){0,4}nicht\b|(does|do)(n't| not) cover|\b(has|have) no (legal )?(effect|force)\b|(gilt|galt|gelten|greift|trägt|hält) ([^ ,]+ ){0,4}nicht( mehr| für| fürs| beim| zum|[.,;:!]|$)|(ist|sind|war) ([^ ,]+ )?nicht ([^ ,]+ )?(gültig|wirksam|rechtsgültig|tragfähig)|kein\w* (gültige|wirksame|tragfähige)` +
				`|(is|are|was|were)(n't| not| no longer) (valid|effective|binding|enforceable)|(does|do|did)(n't| not| no longer) (hold|bind|stand)\b|no longer (holds|binds|stands)`),
		}}},
	{id: "people",
		never: rx(`\b(ist|sind|war|waren) (hier |wohl |eindeutig |sicher )?((ein|eine|kein|keine|ihre?|unsere?) )?(mitarbeite(r|nd)|beschäftigte|angestellte|kund(e|en|in|innen)\b|kundschaft|patient|minderjährig|azubi|gast\b|gäste\b)` +
			`|\bhandelt (es )?sich um ((eine?n?|ihre?n?) )?(mitarbeite(r|nd)|beschäftigte|kund(e|in)|patient|minderjährig)` +
			`|\b(is|are|was|were) (clearly )?((an?|no|not an?|your) )?(employees?|members? of staff|customers?|patients?|minors?)\b`),
		claims: []claim{
			{rx(`\b(das|dieses|dem|diesem|im|ihr) (bild|foto|video)e?\b|\b(die|diese) aufnahme\b|\b(this|that|the) (picture|photo|photograph|image|video)\b`),
				rx(`\b(zeigt|sieht man|zu sehen ist|zu sehen sind|sehen sie|sie sehen|ist|sind|shows?|depicts?|features|portrays|you see|we see|there is|there are) (?-i:[^,A-ZÄÖÜ]{0,25}((Bilde?|Fotos?|Videos?|Ihr(e[nmrs]?)?) [^,A-ZÄÖÜ]{0,25}){0,2})(` + groups + `)` +
					`|\b(zeigt|shows|depicts|features|portrays) [^,]{0,30}, (one of )?(eine?n?|ihre?[nr]?|an?|your|the|die|der|den) (` + groups + `)|\b(` + groups + `)\S* (ist|sind|is|are) [^,]{0,30}(zu sehen|zu erkennen|abgebildet|shown|pictured|to be seen|visible)\b`), nil},
			{rx(`\b(abgebildete|gezeigte|fotografierte|sichtbare|erkennbare)n? (person|frau|mann|kind|leute)\w*|(person|frau|mann|kind|junge|mädchen)\w* (auf|im|in) (dem|diesem|bild|foto|video)\w*|\b(person|people|woman|man|boy|girl|child|children) (shown|depicted|pictured|in (the|this) (picture|photo|image|video))\b`),
				rx(`\b(arbeitet|arbeiten|gehört|gehören) [^,]{0,20}(unternehmen|praxis|team|betrieb|organisation|firma|ihnen)|\b(ist|sind|war|waren|is|are|was|were) [^,]{0,25}(` + groups + `|beschäftigt|angestellt|underage|under age|behandelt|treated)|\bworks? (for|at|in) `), nil},
		}},
	{id: "proof",
		never: rx(`gerichts(fest|sicher|verwertbar)|beweissicher|revisionssicher|vor gericht (verwertbar|bestand|standhalten|stand)|hält vor gericht` +
			`|court[- ]?proof|(stands?|holds?) up in court|admissible|proof in court|legally watertight|unwiderlegbar|irrefutabl|incontestabl`),
		claims: []claim{
			{rx(`register|prüfsumme|\bhash|ablage|beweis|nachweis|dokumentation|protokoll|zeitstempel|bildschirmfoto|pagerisk|\b(record|evidence|checksum|time ?stamp|proof|report|export|log|screenshot|file)s?\b`),
				rx(`(hält|halten|besteht|bestehen|gilt|zählt|überzeugt|taugt|stand) [^,]{0,30}(gericht|richter)|(gericht|richter)\S* [^,]{0,25}(standhalten|bestehen|hält|besteht|anerkannt|anerkennen|akzeptier|überzeug|genügt|taugt)|gewinn\S+ [^,]{0,20}(prozess|klage|verfahren)|\bwins? [^,]{0,20}(case|lawsuit|court)|unanfechtbar|beweiskräftig|rechtsverbindlich|volle beweiskraft` +
					`|\b(stand|hold|held|stood)s? (up )?[^,]{0,15}\b(court|judge)|\b(court|judge)s?\b[^,]{0,15} (will|must|has to|have to|would have to) (accept|recogni|believe)|conclusive|legally binding|watertight|full (evidential|probative)`),
				rx(`kein\w* (gericht|richter)\S* (kann|wird)|\bno (court|judge) (can|could|will)`)},
			{rx(`register|prüfsumme|\bhash|nachweis|ablage|\b(record|evidence|checksum|export|this|das|das bild|picture)s?\b`),
				rx(`(beweist|belegt|beweis|beweis dafür|proof|evidence),? (dass|that) [^,]{0,30}(meta|modell|training|trainiert|verwendet)|\bproves? (that )?[^,]{0,30}(meta|model|train|used)`), nil},
		}},
	{id: "demand", sourced: (*LawRecord).sourced,
		claims: []claim{{
			rx(`betriebsr(at|äte)|personalrat|gewerkschaft|aufsicht|behörde|datenschutzbeauftragte|datenschutzkonferenz|\b(dsk|hmbbfdi|lfdi|(bay)?lda|bfdi|edpb|edsa|dpc)\b|landesbeauftragte|landesamt|works council|regulator|\bauthorit(y|ies)\b|data protection (officer|commissioner)|watchdog|trade union`),
			rx(`\b(verlangt|verlangen|fordert|fordern|schreibt|ordnet|ordnete|verpflichtet|untersagt|verbietet|zwingt|besteht auf|bestehen auf)\b|angeordnet|vorgeschrieben|untersagt|\b(muss|müssen) [^,]{0,25}(zustimmen|freigeben|unterschreiben|gefragt|beteiligt|genehmigen|informiert|zugestimmt)` +
				`|\b(demand|require|expect|order|insist|prescribe|mandate|forbid|prohibit|compel)(s|ed)?\b|\bforb(ade|idden)\b|\b(must|has to|have to|needs to) (approve|agree|be (asked|involved|informed|consulted)|consent|sign)`),
			nil,
		}}},
	{id: "effect", denied: true, never: rx(`widerspruch[^.;]{0,15}\b(ist|war|wird) (voll )?wirksam|wirksam(er|en)? widerspr|effective objection|objection is effective`)},
	{id: "advice", sourced: (*LawRecord).sourced, never: rx(`wir raten (ihnen|dringend)|\b(?-i:Sie) (haften|sind (gesetzlich |rechtlich )?verpflichtet)\b|garantier` +
		`|\bwe advise you|you are (legally )?(obliged|liable)|\bguarantee[sd]?\b`)},
	{id: "deadline", never: rx(`(nur noch|only) \d+ (tage|days)|letzte chance|last chance`)},
}

func rx(s string) *regexp.Regexp { return regexp.MustCompile(`(?is)` + s) }

var (
	denial  = rx(`\b(nicht|nichts|nie|niemals|kein\w*|weder|ohne dass|not|no|never|nothing|none|neither|nor|cannot|nobody|niemand)\b|n't\b`)
	notOnly = rx(`\b(nicht nur|nicht bloß|nicht allein|not only|not just|no doubt|kein zweifel|ohne zweifel)\b`)

	// view names somebody whose view a sentence reports. The register itself is nobody's view, and what a court held needs
	// the judgment: see ruled.
	view = rx(`\b(nach|in) (der |einer |ihrer |seiner |deren |dessen |the |its |their )?([^ ,]+ )?(auffassung|ansicht|meinung|einschätzung|lesart|darstellung|view|opinion|reading)\b|\b(laut|zufolge|according to)\b|\b(vertritt|vertreten|behaupte\w*|argumentier\w*|meint|meinen|rügt?|rügen)\b|mach(t|en)( [^,]+)? geltend|(wirft|werfen) [^,]+ vor\b` +
		`|\b(argue|allege|contend)(s|d|ed)?\b|\b(claim|complain|maintain|submit)(s|ed)? that\b|\bin [^ ,]+'s? (view|opinion)\b|\b(ansicht|auffassung|adviser's view|(take|takes|on|of) (the|this|that) view)\b|, ((so|sagt|schreibt|meint) ((der|die|das) )?[^ ,]+|(the )?[^ ,]+ (says|writes|holds))\W*$`)
	ownView = rx(`\b(unsere\w*|our|pagerisk\w*|register\w*|this program|diese[ms] programm\w*)\b|, (so|sagt) (das gesetz|die dsgvo)|, (the )?(law|gdpr) says`)
	courts  = rx(`\b(olg|lg|vg|ovg|bgh|bag|lag|bverwg|bverfg|eugh|cjeu|ecj)\b|gericht|\b(court|tribunal|judgment)\b|\burteil`)

	// hedge is what makes a claim a possibility, a question or a hint.
	hedge = rx(`\b(hinweis\w*|anhaltspunkt\w*|anzeichen|verdacht|könnte\w*|kann|können|mag|mögen|dürfte\w*|würde\w*|wäre\w*|soll|sollte\w*|sollen|möglicherweise|womöglich|vermutlich|vielleicht|mutmaßlich|eventuell|angeblich|denkbar|fraglich|streitig|strittig|umstritten|offen|wie weit|inwieweit|ungeklärt|unklar|zweifelhaft|prüfen|klären|ob|risiko|gefahr|vorwurf|spricht|sagt|nennt|zusage|versprech\w*|zugesagt|empfiehlt|empfehlen|rät)\b` +
		`|\b(hints?|signs?|indications?|could|can|may|might|would|should|possibl[ey]|perhaps|presumably|probably|likely|allegedly|reportedly|disputed|contested|unclear|doubtful|open|how far|whether|check|risk|danger|accusation|says|said|mentions?|promise[sd]?|statement|recommends?|advises?|suggests?)\b`)
	condition = rx(`\b(if|in case|falls|sofern|soweit)\b`)
	// governed begins a clause whose truth hangs on the clause before it.
	governed = rx(`^\W*(und |oder |and |or )?(dass|ob|wonach|that|whether|if|wenn|falls|how|wie|to)\b`)

	// asked begins a clause with its verb: before another clause that is a condition in German.
	asked = rx(`^\W*(ist|sind|war|waren|wird|werden|wurden?|hat|haben|gilt|gelten|fehlt|besteht|liegt|zeigt|verstößt|verletzt|sollte)\b`)

	// What leaves open whether a word of never is true. A modal verb does by the infinitive that belongs to it: "kann … und
	// ist rechtswidrig" has none. Behind turns another thought begins.
	doubt = rx(`\b(ob|inwieweit|inwiefern|wie weit|wann|falls|sofern|soweit|möglicherweise|womöglich|vermutlich|vielleicht|mutmaßlich|eventuell|angeblich|wäre\w*|whether|if|in case|how far|possibly|perhaps|presumably|allegedly|reportedly` +
		`|(möglich|denkbar|fraglich|streitig|strittig|umstritten|offen|ungeklärt|unklar|zweifelhaft|(kann|könnte|mag|dürfte) (auch )?sein|vorwurf|verdacht|risiko|gefahr), dass` +
		`|(possible|conceivable|disputed|contested|open|unclear|doubtful|(may|might|could) be|accusation|allegation|suspicion|risk|danger),? that)\b`)
	doubtful   = rx(`\b(möglicherweise|womöglich|vermutlich|vielleicht|mutmaßlich|eventuell|angeblich|possibly|perhaps|presumably|allegedly|reportedly) $`)
	modalDE    = rx(`\b(kann|können|könnte\w*|mag|mögen|dürfte\w*|soll|sollen|sollte\w*)\b`)
	infinitive = rx(`^ ([^ ,]+ )?(sein|werden|machen)\b`)
	modalEN    = rx(`\b(could|can|may|might|would) ([^ ,]+ )?(be|been|become) ([^ ,]+ly |held |found |deemed |considered |ruled )?$`)
	turns      = rx(`[^ ,] (und|and|aber|but|dass|that|weil|because|denn|since)\b|\b(nur|only)\b|[,;:–—()]\s`)
	finite     = rx(`^(verst|verletzt|missachtet|breach|infring|violat)`)
	predicate  = rx(`^(ly\b.*| (ist|sind|war|waren|sei|seien|wäre|wären|wird|werden|wurde|sein|gewesen|handel\w*|mach\w*|und|oder|is|was|are|were|has|and|or)\b.*|\W*)$`)
	copula     = rx(`\b(is|are|was|were|be|been|being|becomes?|remains?) ([^ ,]+ly |held |found |deemed |considered |ruled )?$`)

	// joins ends with an "and" that begins another statement: of a subject, or with a verb. Behind a complement the two are
	// one thought: "ob das eine und das andere …".
	and        = rx(`\b(und|and)\b`)
	joins      = rx(`\b(und|and) ((das|die|der|dies\w*|metas?|ihre?|the|this|that|your|meta's|its) )?$`)
	verb       = rx(`^(ist|sind|war|waren|bleibt|verstößt|bricht|handelt|is|are|was|were|breaks|breaches|violates|infringes|contravenes)\b`)
	complement = rx(`\b(ob|dass|inwieweit|inwiefern|wie weit|how far|whether|that|if)\b`)

	clauseEnd = regexp.MustCompile(`[,;:–—()]\s| - `)
	// sentenceEnd is a mark with a space behind it; what stands before the mark decides, see sentencesOf.
	sentenceEnd = regexp.MustCompile(`[.!?;]+["“”»)\]]*( |$)`)
	abbreviated = rx(`(^|[ („“"/])(\d{1,2}|art|abs|nr|az|urt|beschl|v|vs|s|z|d|h|u|a|b|bzw|ca|dr|prof|st|vgl|ggf|etc|usw|sog|inkl|e|g|i|no|para|inc|approx)\.$`)

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
	sentences := sentencesOf(text)
	var out []Breach
	for i := range wordingRules {
		r := &wordingRules[i]
		if of != nil && r.sourced != nil && r.sourced(of) {
			continue
		}
		for _, s := range sentences {
			if found := r.breach(s); found != "" {
				out = append(out, Breach{Rule: r.id, Found: found})
				break // one place of each kind shows what is meant
			}
		}
	}
	return out
}

// sentencesOf takes a text apart. The point of a day, an ordinal or an abbreviation ends no sentence.
func sentencesOf(text string) []string {
	var out []string
	from := 0
	for _, at := range sentenceEnd.FindAllStringIndex(text, -1) {
		if text[at[0]] == '.' && at[1] < len(text) && abbreviated.MatchString(text[from:at[0]+1]) {
			continue
		}
		out = append(out, text[from:at[1]])
		from = at[1]
	}
	return append(out, text[from:])
}

// breach is what a sentence says against the rule, "" if nothing.
func (r *wordingRule) breach(s string) string {
	reported := sync.OnceValue(func() bool { return r.reported(s) })
	if r.never != nil {
		for _, at := range r.never.FindAllStringIndex(s, -1) {
			if !(r.denied && deniedAt(s, at)) && !(r.viewed && (leftOpen(s, at) || reported())) {
				return s[at[0]:at[1]]
			}
		}
	}
	if !strings.Contains(s, " ") || strings.HasSuffix(strings.TrimSpace(s), "?") {
		return ""
	}
	for _, c := range r.claims {
		subjects := c.subject.FindAllStringIndex(s, -1)
		for i, words := range []*regexp.Regexp{c.says, c.lacks} {
			if words == nil || len(subjects) == 0 {
				continue
			}
			for _, says := range words.FindAllStringIndex(s, -1) {
				for _, of := range subjects {
					if max(of[0]-says[1], says[0]-of[1]) > wordingReach {
						continue
					}
					own := [][]int{of}
					if i == 1 {
						own = append(own, says)
					}
					if from, to := statement(s, of, says); !deniedIn(s, from, to, own...) && !r.hedgedIn(s, from, to, says) && !reported() {
						return strings.TrimSpace(s[min(of[0], says[0]):max(of[1], says[1])])
					}
				}
			}
		}
	}
	return ""
}

// hedgedIn reports whether a clause makes what it says a possibility, a condition or somebody's words. What another "and"
// joins to it says nothing of it: "… is forbidden and should end".
func (r *wordingRule) hedgedIn(s string, from, to int, says []int) bool {
	if conditional(s, from, to) {
		return true
	}
	if at := and.FindStringIndex(s[says[1]:to]); at != nil {
		to = says[1] + at[0]
	}
	clause := blank(s, says)[from:to]
	return hedge.MatchString(clause) || !r.anyway && condition.MatchString(clause)
}

// statement is where the clause begins and ends in which something is said of a subject, without what stands before an
// "and" that begins with it anew.
func statement(s string, of, says []int) (from, to int) {
	from, to = around(s, says)
	for _, end := range []int{of[0], says[0]} {
		if end <= from || end > says[0] || end == says[0] && !verb.MatchString(s[says[0]:says[1]]) {
			continue
		}
		if at := joins.FindStringIndex(s[from:end]); at != nil && !complement.MatchString(s[from:from+at[0]]) {
			from += at[0]
		}
	}
	return from, to
}

// leftOpen reports whether the clause of a word of never leaves open whether it is so: the doubt stands before the word and
// is about it, and the word tells of something, as "ob das Training rechtswidrig ist" does and "ob das rechtswidrige
// Training endet" does not.
func leftOpen(s string, at []int) bool {
	from, to := around(s, at)
	before, word, after := s[max(from, at[0]-doubtReach):at[0]], s[at[0]:at[1]], s[at[1]:min(to, at[1]+doubtReach)]
	if doubtful.MatchString(before) {
		return true
	}
	if !finite.MatchString(word) && !predicate.MatchString(after) && !copula.MatchString(before) {
		return false
	}
	if conditional(s, from, to) || modalEN.MatchString(before) {
		return true
	}
	about := func(doubts *regexp.Regexp) bool {
		return slices.ContainsFunc(doubts.FindAllStringIndex(before, -1), func(d []int) bool { return !turns.MatchString(before[d[1]:]) })
	}
	return about(doubt) || infinitive.MatchString(after) && about(modalDE)
}

// conditional reports whether a clause is a condition by its order: "Ist die Lizenz verletzt, …".
func conditional(s string, from, to int) bool {
	return from == 0 && to < len(s) && asked.MatchString(s[from:to])
}

// deniedAt reports whether the clause of a place denies it.
func deniedAt(s string, at []int) bool {
	from, to := around(s, at)
	return deniedIn(s, from, to)
}

// deniedIn reports whether a clause holds a denial outside of the places that are no denial.
func deniedIn(s string, from, to int, own ...[]int) bool {
	return denial.MatchString(blank(s, append(notOnly.FindAllStringIndex(s, -1), own...)...)[from:to])
}

// blank is a text with spaces in some places.
func blank(s string, places ...[]int) string {
	b := []byte(s)
	for _, at := range places {
		for i := at[0]; i < at[1]; i++ {
			b[i] = ' '
		}
	}
	return string(b)
}

// reported reports whether a sentence says whose view it tells.
func (r *wordingRule) reported(s string) bool {
	return view.MatchString(s) && !ownView.MatchString(s) && !(r.sourced != nil && courts.MatchString(s))
}

// around is where the clause of a place begins and ends, with the clauses that it depends on.
func around(s string, at []int) (from, to int) {
	to = len(s)
	for _, e := range clauseEnd.FindAllStringIndex(s, -1) {
		switch {
		case e[0] >= at[1]:
			return from, e[0]
		case e[1] <= at[0] && !governed.MatchString(s[e[1]:]):
			from = e[1]
		}
	}
	return from, to
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
