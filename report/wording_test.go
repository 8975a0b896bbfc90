package report

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/BurntSushi/toml"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"pagerisk/classify"
)

// lint returns what is wrong with a text.
func lint(s string) []string {
	var out []string
	for _, b := range Wording(s) {
		out = append(out, strconv.Quote(b.Found)+" ("+b.Rule+")")
	}
	return out
}

// TestLint: the test of the texts below can fail, and does not fail on what may be said.
func TestLint(t *testing.T) {
	for rule, texts := range map[string][]string{
		"legality": {
			"Metas KI-Training ist rechtswidrig.", "Das Training ist illegal.", "Meta's training is unlawful.", "Das Training war unzulässig.", "The training is prohibited.",
			"Das verstößt gegen die DSGVO.", "Die gesetzeswidrige Verarbeitung.", "Das ist rechts\u00adwidrig.",
		},
		"silence": {
			"Wer schweigt, stimmt zu.", "Schweigen gilt als Zustimmung.", "Silence means consent.", "Whoever is silent agrees.", "Wer nicht widerspricht, willigt ein.",
			"Sie haben stillschweigend zugestimmt.", "If you do not object, you consent.", "Tacit consent.",
		},
		"erasure": {
			"Der Widerspruch löscht die Daten aus dem Modell.", "Die Bilder werden aus dem Modell gelöscht.", "The objection removes the data.", "It is then deleted from the model.",
			"Der Widerspruch löscht nicht nur neue, auch alte Daten.",
		},
		"compliance": {"Mit dem Widerspruch ist das Unternehmen rechtskonform.", "So sind Sie rechtssicher.", "You are then GDPR compliant.", "You are in compliance with the GDPR.", "behalten (Widerspruch genügt)", "The objection is enough."},
		"validity": {
			"Die Einwilligung ist unwirksam.", "Die Einwilligung ist nicht unwirksam.", "Die Lizenz ist verletzt.", "The consent is invalid.", "The licence was breached.",
			"Der Beitrag verletzt die Lizenz.", "The post infringes the copyright.",
		},
		"people": {
			"Person X ist Mitarbeiter.", "Frau M. ist eine Patientin.", "Das Kind ist minderjährig.", "She is an employee.", "X is a minor.", "X ist\n  Mitarbeiterin.", "Die Abgebildeten sind Beschäftigte.",
			"Es handelt sich um eine Kundin.", "The people shown are customers.", "X ist kein Kunde.",
		},
		"proof":    {"Das Register ist gerichtsfest.", "Das Register ist nicht gerichtsfest.", "This is court-proof.", "Das hält vor Gericht.", "Die Ablage ist revisionssicher."},
		"demand":   {"Der Betriebsrat verlangt das.", "Die Aufsichtsbehörde fordert das.", "The authority requires it."},
		"effect":   {"Der Widerspruch ist wirksam.", "An effective objection."},
		"advice":   {"Das garantiert Sicherheit.", "Sie sind rechtlich verpflichtet.", "Wir raten Ihnen zum Löschen.", "You are liable."},
		"deadline": {"Nur noch 3 Tage!"},
	} {
		for _, s := range texts {
			if !slices.ContainsFunc(Wording(s), func(b Breach) bool { return b.Rule == rule }) {
				t.Errorf("%q does not break %s: %v", s, rule, lint(s))
			}
		}
	}
	for _, s := range []string{
		"Hinweis auf Beschäftigte.", "Nachweis fehlt; Umfang nicht belegt; zu prüfen.", "Der Widerspruch wirkt nach Metas eigener Zusage für die künftige Entwicklung der Modelle.",
		"Bereits erfolgtes Training wird nicht rückgängig gemacht.", "Der Text spricht von einer Person, die hier Kundin oder Gast ist.", "Training already done is not undone.",
		"Ob eine Person beschäftigt ist, entscheidet ein Mensch.", "Die Aufsicht empfiehlt es.", "Minors are shown.", "Hint at minors.", "Der Widerspruch löscht nichts aus dem Modell.",
		"No objection removes data from a model.", "Ein Widerspruch allein macht nicht rechtskonform.", "Betreibende sind dazu verpflichtet.", "Das OLG Köln hielt das Training für zulässig.", "",
	} {
		if got := lint(s); len(got) > 0 {
			t.Errorf("%q is refused: %v", s, got)
		}
	}
}

// TestClaims holds sentences as people write them against the rules of wording: what a register must not claim, in words
// that no rule lists, and what it may say of the same things.
func TestClaims(t *testing.T) {
	for rule, texts := range map[string][]string{
		"legality": {
			"Was Meta da tut, ist nach deutschem Recht nicht erlaubt.", "Für dieses Training gibt es keine gesetzliche Grundlage.", "Meta verletzt mit dem KI-Training die Rechte der Abgebildeten.",
			"Die Verwendung der Bilder für die KI ist strafbar.", "Mit jedem Bild begeht Meta einen Datenschutzverstoß.", "Metas Vorgehen verstößt gegen geltende Vorschriften.",
			"Das KI-Training war von Anfang an verboten.", "Das Training ist ein klarer Rechtsbruch.", "Ihre Veröffentlichung verstößt gegen das Kunsturhebergesetz.",
			"Meta is breaking the law with its AI training.", "Training on these posts violates European privacy rules.", "Meta has no lawful basis for the training.",
			"What Meta does with the pictures is not legal.", "Such use is forbidden under the GDPR.", "Your company infringes the rights of the people shown.", "The training was never lawful.",
			"Meta handelt beim Training gegen das Gesetz.", "Das KI-Training ist ein Verstoß gegen die DSGVO.", "Für das Training mit Ihren Bildern gibt es keinerlei Rechtsgrundlage.", "Die Nutzung ist unzulässig.", "Training AI on staff pictures is against the law.", "Meta lacks any legal basis.", "The AI training constitutes a violation of the GDPR.",
			"Meta hat kein Recht, mit den Bildern zu trainieren.", "Das Training der KI ist nach der DSGVO unerlaubt.", "Sie begehen eine Urheberrechtsverletzung.", "Mit dem Training setzt sich Meta über geltendes Recht hinweg.", "Die Veröffentlichung des Bildes war rechtlich unzulässig.", "Meta's use of the photos contravenes data protection law.", "There's no legal ground for Meta's training.", "The AI training is a breach of the GDPR.", "Metas Training ist eine Straftat.", "Das Training der Modelle ist mit dem Datenschutzrecht unvereinbar.", "Dieses KI-Training steht im Widerspruch zur DSGVO.",
			// What else a sentence leaves open, or says is to be done, hedges nothing.
			"Die Veröffentlichung ist illegal und sollte enden.", "Die Nutzung ist rechtswidrig und das Risiko ist hoch.", "Das Training kann Ihnen nicht gefallen und ist rechtswidrig.", "Meta handelt rechtswidrig und das ist offen gesagt klar.", "The use is illegal and should end.",
			"Bei so hohem Risiko ist die Nutzung rechtswidrig.", "Sie können das rechtswidrige Training beenden.", "Ob ein Gericht das rechtswidrige Training beendet, ist offen.", "Sie sollten prüfen, was Sie tun, denn das Training ist illegal.", "Fragen Sie, ob Meta weiß, dass das Training illegal ist.", "Vielleicht wissen Sie schon, dass es rechtswidrig ist.",
			"Das Training kann nur rechtswidrig sein.", "You may want to stop the unlawful training.", "Please check this, as the training is open to all and unlawful.", "The use may please you but is unlawful.", "Ob es gefällt oder nicht: Das Training ist illegal.", "The risk is that you like it and the use is illegal.", "Meta says the use is fine, it is unlawful.", "The training is unlawful, the law says.",
			"Die Nutzung ist verboten und sollte enden.", "Das Training kann Ihnen nicht gefallen und ist verboten.", "Das Risiko ist hoch und das Training verstößt gegen geltende Vorschriften.", "The use is forbidden and should end.", "The risk is high and the training violates privacy rules.",
			"Nach Ansicht des OLG Hamburg ist das Training rechtswidrig.", "According to the court, the training is unlawful.", "Nach Auffassung des Gerichts verstößt das Training gegen die DSGVO.",
		},
		"silence": {
			"Wer die Frist verstreichen lässt, willigt ein.", "Reagieren Sie nicht, gilt das als Einverständnis.", "Untätigkeit bedeutet Einwilligung.", "Ohne Widerspruch haben Sie Ihre Zustimmung erteilt.",
			"Wer nicht widersprochen hat, ist mit dem Training einverstanden.", "Nichtstun ist eine Einwilligung.", "Sagen die Beschäftigten nichts, haben sie zugestimmt.",
			"By not objecting you give your permission.", "Anyone who does not opt out has accepted the training.", "Failure to respond amounts to consent.", "Unless you object, you have agreed to it.", "You consent if you do nothing.", "Sie stimmen zu, wenn Sie nichts tun.",
			"Wer nicht handelt, hat schon zugestimmt.", "Kein Widerspruch heißt Einwilligung.", "Mit Ihrem Schweigen erlauben Sie Meta das Training.", "Staying silent is a yes to training.", "No objection means consent.", "If you ignore the notice, you agree to the training.",
			"Keine Reaktion gilt als Zustimmung.", "Wer den Hinweis ignoriert, ist einverstanden.", "Passives Verhalten wird als Einwilligung gewertet.", "Users who stay silent have consented.", "Not reacting counts as acceptance.", "By doing nothing you allow Meta to train on your posts.", "Missing the deadline means you have consented.",
		},
		"erasure": {
			"Durch den Widerspruch verschwinden Ihre Fotos aus der KI.", "Nach einem Widerspruch muss Meta alle Trainingsdaten löschen.", "Der Widerspruch macht das bisherige Training ungeschehen.",
			"Der Widerspruch wirkt rückwirkend.", "Widersprechen Sie, entfernt Meta die Bilder aus seinen Modellen.", "Mit dem Widerspruch wird alles Gelernte vergessen.", "Ein Widerspruch führt zur Löschung der Daten im Modell.",
			"Once you object, your photos are wiped from the AI.", "The objection undoes earlier training.", "An objection takes your pictures out of the model.", "After an objection Meta must unlearn the data.",
			"The objection applies retroactively.", "Objecting means the removal of all your data from the model.", "Meta removes your photos from the model if you object.",
			"Meta löscht nach Ihrem Widerspruch sämtliche Bilder.", "Dank des Widerspruchs ist Ihr Material aus dem Modell raus.", "Mit dem Widerspruch wird das Training zurückgedreht.", "Your objection will erase everything the AI has learned.", "After objecting, the model no longer knows your pictures.", "Objecting reverses the training.",
			"Der Widerspruch sorgt dafür, dass Ihre Bilder aus dem Modell entfernt werden.", "Nach dem Widerspruch sind die Bilder aus der KI verschwunden.", "Mit dem Widerspruch holen Sie Ihre Daten aus dem Modell zurück.", "The objection clears your data out of the model.", "Once the objection is confirmed, earlier training is cancelled.", "After you object, the AI forgets your staff.", "Nach dem Widerspruch werden alle Fotos aus dem Training genommen.",
		},
		"compliance": {
			"Mit dem Widerspruch ist für Ihr Unternehmen alles erledigt.", "Der Widerspruch schützt Sie vor Abmahnungen.", "Wer widerspricht, erfüllt seine Pflichten nach der DSGVO.", "Nach dem Widerspruch haben Sie nichts mehr zu befürchten.",
			"Mit diesem Register ist Ihre Seite rechtlich abgesichert.", "Nach dem Widerspruch ist der Auftritt legal.", "Durch den Widerspruch wird die Seite datenschutzkonform.", "Mit dem Widerspruch besteht keine Haftung mehr.",
			"The objection keeps you out of trouble and makes the page lawful.", "Once you have objected, there is nothing left to fear.", "The objection protects you from claims.", "With this register you meet all your obligations.",
			"After the objection your page complies with the GDPR.", "Objecting is sufficient.",
			"Der Widerspruch macht Ihr Unternehmen rechtssicher.", "Wer widersprochen hat, haftet nicht.", "Nach dem Widerspruch kann Ihnen nichts mehr passieren.", "Der Widerspruch reicht.", "Das Register genügt jedem Richter.", "You are fully protected once you object.", "By objecting you fulfil your duties.",
			"Sobald der Widerspruch bestätigt ist, sind Sie rechtlich aus dem Schneider.", "Der Widerspruch beseitigt das Haftungsrisiko vollständig.", "Mit dem Widerspruch ist der Datenschutz gewahrt.", "Filing the objection brings the page into line with the GDPR.", "With an objection your company is off the hook.", "The objection removes all liability.", "Der Widerspruch befreit Sie von jeder Haftung.", "Wer widerspricht, handelt rechtmäßig.",
		},
		"validity": {
			"Die Einwilligung der Beschäftigten gilt für die KI nicht.", "Diese Freigabe ist wertlos.", "Die Zustimmung war von Anfang an ungültig.", "Sie haben die Lizenz verletzt.", "Das Posten war ein Verstoß gegen den Lizenzvertrag.",
			"Es gibt keine gültige Einwilligung.", "Mit der Veröffentlichung wurde das Nutzungsrecht überschritten.", "Das Urheberrecht der Fotografin wurde missachtet.",
			"The consent was void from the start.", "Your consent form is worthless.", "The licence terms were violated by the post.", "This permission no longer holds.", "You are in breach of the licence.", "Posting it amounts to a licence infringement.",
			"There is a copyright infringement.",
			"Die Freigabe trägt nicht.", "Ihre Agentur hat die Lizenz gebrochen.", "Der Vertrag mit der Fotografin ist nichtig.", "The release is no longer valid.", "The agency's licence has been infringed.", "Without AI clause the consent is void.", "The post breaches the contract.",
			"Die Einwilligungserklärung taugt nichts.", "Ohne Schriftform ist die Einwilligung nichtig.", "Mit dem Upload haben Sie gegen die Lizenz verstoßen.", "Diese Lizenz deckt den Beitrag nicht.", "The model release is invalid.", "You violated the licence agreement.", "The old consent has lost its effect.",
			"Die Einwilligung ist unwirksam und sollte erneuert werden.", "Prüfen Sie die unwirksame Einwilligung.", "The post infringes the copyright and should go.", "Nach Ansicht des BAG ist die Einwilligung unwirksam.", "Die Lizenz ist verletzt und das Risiko ist hoch.",
		},
		"people": {
			"Dieses Foto zeigt eine Kundin.", "Die Frau auf dem Bild ist Patientin der Praxis.", "Im Video sind Schülerinnen der 5b zu sehen, das sind Minderjährige.", "Die abgebildeten Personen gehören zum Team.", "Der Mann im Bild arbeitet in Ihrem Betrieb.",
			"Auf diesem Bild sieht man zwei Auszubildende.", "The woman in the picture is a resident of the home.", "This photo depicts an employee of yours.", "The people shown work for the company.", "The boy in the picture is under age.", "In this picture you see one of the pupils.",
			"Auf dem Foto sehen Sie die Auszubildende Lena.", "The girl shown is a pupil.", "The image shows two customers.", "The man pictured works for you.",
			"Das Bild zeigt die Patientin nach der Behandlung.", "Das Mädchen auf dem Foto ist elf Jahre alt.", "The photo shows your trainee.", "Das Bild zeigt Ihre Beschäftigten.", "Das Foto zeigt Ihre neue Kundin.", "Das Video zeigt zwei Ihrer Auszubildenden.", "Auf dem Bild sind Mitarbeitende zu sehen.", "Zu sehen sind auf dem Bild Mitarbeitende.", "Mitarbeitende sind auf dem Bild zu sehen.", "Auf dem Foto ist Kundschaft zu sehen.", "Sie sehen im Bild Ihren Kollegen.", "Das Bild zeigt Anna, Ihre Kundin.", "The picture shows Anna, your employee.", "Your employees are shown in the picture.", "The person in this picture is a customer.",
		},
		"proof": {
			"Das Register wird jedes Gericht überzeugen.", "Die Prüfsummen werden vor Gericht anerkannt.", "Der Nachweis ist unanfechtbar.", "Damit ist die Ablage rechtsverbindlich.", "Das Register belegt, dass Meta die Bilder verwendet hat.", "Mit diesem Protokoll bestehen Sie vor dem Richter.",
			"Any court will accept this record.", "The checksum is conclusive evidence.", "This report holds water in court.", "The register proves that Meta used the pictures.", "Your evidence is watertight.",
			"Die Dokumentation ist beweiskräftig.", "The register is legally binding.", "The hash proves that the picture was used for training.", "A judge will accept this register.",
			"Die Hashwerte halten jeder gerichtlichen Prüfung stand.", "Mit dem Register gewinnen Sie jeden Prozess.", "Das Register ist ein Beweis, dass Meta die Bilder verwendet hat.", "The record is admissible evidence in court.", "This file will hold up before any judge.", "Kein Gericht kann dieses Register anzweifeln.",
		},
		"demand": {
			"Die Aufsichtsbehörde schreibt ein solches Register vor.", "Der Personalrat muss vorher beteiligt werden.", "Die Datenschutzbeauftragte verbietet solche Beiträge.", "Das Löschen wurde von der Behörde angeordnet.", "Die DSK verpflichtet dazu.", "Ohne Zustimmung des Betriebsrats geht nichts: Der Betriebsrat muss zustimmen.",
			"The supervisory authority has ordered the deletion.", "The data protection officer must be consulted.", "The DPC insists on deletion.", "Regulators forbid such posts.", "The trade union has to agree.",
			"Die Behörde fordert die sofortige Löschung.", "Der Betriebsrat hat das untersagt.", "Das Landesamt für Datenschutz ordnet die Löschung an.", "The authority orders you to delete.", "The works council has forbidden it.", "Your data protection officer requires this.",
			"Die Landesbeauftragte hat das Training untersagt.", "Der Datenschutzbeauftragte muss das freigeben.", "Die Aufsicht besteht auf einem Widerspruch.", "The supervisory authority expects you to delete the posts.", "The works council has to be asked first.", "Das BayLDA fordert die Löschung.",
		},
	} {
		for _, s := range texts {
			if !slices.ContainsFunc(Wording(s), func(b Breach) bool { return b.Rule == rule }) {
				t.Errorf("%q does not break %s: %v", s, rule, lint(s))
			}
		}
	}
	for _, s := range []string{
		// Limits that have to be said.
		"Der Widerspruch macht bereits erfolgtes Training nicht rückgängig.", "Ein Widerspruch entfernt keine Bilder aus einem fertigen Modell.", "Der Widerspruch schützt nicht vor Ansprüchen wegen fehlender Einwilligungen.", "The objection does not undo training that has been done.",
		"No objection erases what a model has learned.", "An objection does not make a page compliant.", "Mit dem Widerspruch ist nicht alles erledigt.", "Schweigen gilt nicht als Zustimmung.", "Wer nicht widerspricht, erteilt damit keine Einwilligung.", "Silence is not consent.",
		"Doing nothing is no consent in the sense of the GDPR.", "Das Register beweist nicht, dass Meta ein Bild verwendet hat.", "The checksum does not prove that Meta used the picture.", "Kein Gericht hat entschieden, dass das Training gegen die DSGVO verstößt.", "No court has held that the training breaks EU law.",
		"Eine Prüfsumme ist kein Beweis dafür, dass das Bild online war.",
		// What others hold.
		"Nach Auffassung der Verbraucherzentrale NRW verstößt das Training gegen die DSGVO.", "Nach Ansicht von noyb fehlt für das Training eine Rechtsgrundlage.", "noyb vertritt die Auffassung, dass Metas Training rechtswidrig ist.", "According to noyb, the training has no legal basis.",
		"In the view of the consumer association, Meta's training breaks EU law.", "Die Kanzlei meint, die Einwilligung gelte nicht für das Training.", "Laut SOMI verletzt Meta die Rechte der Abgebildeten.", "SOMI argues that the training violates the GDPR.", "Nach Auffassung des Verbands ist die Einwilligung dafür unwirksam.",
		"Some advisers take the view that the consent does not hold for training.", "Ein Fachanwalt argumentiert, die Lizenz sei durch das Hochladen verletzt.",
		// What is open, possible or asked.
		"Ob das Training gegen die DSGVO verstößt, ist umstritten.", "Whether the training has a legal basis is disputed.", "Es ist offen, ob die Einwilligung das Training umfasst.", "Die Einwilligung könnte hinfällig sein; bitte prüfen.", "The licence may have been breached; please check.", "Die Lizenz kann durch die Weitergabe verletzt sein.",
		"Möglicherweise fehlt für das Training eine Rechtsgrundlage.", "It is unclear whether the consent is valid.", "Gilt die Einwilligung nach dem Ausscheiden nicht mehr?", "Was the licence breached?", "Ein Verstoß gegen die Lizenz ist denkbar.", "Der Betriebsrat könnte zu beteiligen sein.",
		"Bitte klären Sie, ob der Betriebsrat zustimmen muss.", "Find out whether the works council must agree.", "Meta sagt zu, nach einem Widerspruch keine öffentlichen Inhalte mehr zu verwenden.", "Nach Metas Zusage werden Inhalte nach dem Widerspruch nicht mehr verwendet.",
		// Hints at people.
		"Hinweis auf eine Mitarbeiterin im Bild.", "Das Bild zeigt mindestens drei Personen.", "Der Text spricht von einer Kundin.", "Hint at an employee: the caption names her role.", "The picture shows two people in close-up.", "Es gibt Anzeichen, dass das Bild Minderjährige zeigt.", "Ob das Bild Kundschaft zeigt, entscheidet ein Mensch.",
		"Der Beitrag nennt einen Namen und eine Aufgabe im Betrieb.", "Das Bild zeigt Ihre Räume.", "Das Bild könnte Ihre Beschäftigten zeigen.", "Ob das Bild Ihre Beschäftigten zeigt, wissen nur Sie.", "Zeigt das Bild Ihre Beschäftigten, fragen Sie sie.", "The picture may show Anna, your employee.",
		// Words of illegality that are left open themselves.
		"Das Training kann rechtswidrig sein.", "Möglicherweise ist die Nutzung rechtswidrig.", "Die möglicherweise rechtswidrige Nutzung endet.", "Es ist umstritten, ob das Training rechtswidrig ist.", "Prüfen Sie, ob die Einwilligung unwirksam ist.", "Es besteht das Risiko, dass die Einwilligung unwirksam ist.", "Ob und wann die Nutzung rechtswidrig ist, ist offen.",
		"Ob das Training rechtmäßig oder rechtswidrig ist, entscheiden Gerichte.", "Ist die Nutzung rechtswidrig, kommen Ansprüche in Betracht.", "Ohne Einwilligung wäre die Nutzung rechtswidrig.", "Falls die Einwilligung unwirksam ist, brauchen Sie eine neue.", "The use may well be unlawful.", "The allegedly unlawful training goes on.", "Whether the training is unlawful has not been decided.",
		"There is a risk that the training is unlawful.", "If the use is unlawful, claims are possible.", "It might be that the training is illegal.", "Ob Training und Nutzung gegen die DSGVO verstoßen, ist umstritten.", "Möglicherweise sind Training und Nutzung verboten.", "Die Lizenz und die Einwilligung könnten verletzt sein.",
		// Facts of the file and of the lists.
		"Die Einwilligung nennt nur die Veröffentlichung.", "Die Lizenz endete am 31.12.2024.", "In Ihren Listen steht keine Einwilligung für diesen Beitrag.", "The consent ended on 31 December 2024.", "Consent withdrawn on 1 March 2025.", "Die Lizenz nimmt das KI-Training aus.", "Der Umfang der Freigabe ist nicht belegt.",
		"Die Datei enthält einen Vorbehalt gegen die Auswertung.", "Proof of the licence is missing.",
		// What authorities and courts said, without more.
		"Die Behörde rät, jetzt zu entscheiden.", "The authority recommends objecting early.", "Das OLG Köln hielt das Training im Eilverfahren für zulässig.", "Gerichte würdigen Beweise frei.", "Courts weigh evidence freely.", "Die irische Aufsicht ließ den Start des Trainings zu.",
		"Eine Entscheidung der Aufsichtsbehörde über das Training ist nicht bekannt.", "Beteiligen Sie die Datenschutzbeauftragte.", "Involve the works council where staff are shown.",
		// Procedure.
		"Der Widerspruch gilt je Konto.", "Der Widerspruch wirkt für die künftige Entwicklung der Modelle.", "Bewahren Sie die Bestätigung des Widerspruchs auf.", "Keep the confirmation of the objection as evidence.", "Ohne Widerspruch werden öffentliche Inhalte verwendet.", "Without an objection, public content is used.",
		"Löschen Sie Bilder ohne Einwilligung und legen Sie Widerspruch ein.", "Delete pictures without consent and file an objection.", "Beiträge, die vor dem Widerspruch gelöscht wurden, stehen nicht mehr im Register.", "Wer keine Einwilligung nachweisen kann, sollte den Beitrag löschen.",
		"Fragen Sie die Agentur, ob die Lizenz soziale Medien umfasst.", "Der Widerspruch verringert nur ein Risiko.", "The objection lowers one risk only; proof that is missing stays missing.",
		// What a law firm writes.
		"Das LDA Brandenburg hat darauf hingewiesen, dass ein Widerspruch nur das eigene Profil erfasst.", "Nach § 26 BDSG ist die Einwilligung schriftlich oder elektronisch zu erteilen.", "§ 22 KUG verlangt eine Einwilligung in die Veröffentlichung.", "Die Einwilligung ist nach Art. 7 Abs. 3 DSGVO jederzeit widerruflich.",
		"Whoever objects gets a confirmation by e-mail.", "Die Bedingungen verbieten die Nutzung für maschinelles Lernen.", "The agreement forbids use for machine learning.", "Standard licence: social media allowed, no sub-licence.", "Die Aufsichtsbehörde kann die Löschung anordnen (Art. 58 DSGVO).", "The authority may order erasure (Art. 58 GDPR).",
		"Veröffentlichungen ohne Einwilligung können gegen das KUG verstoßen.", "Publishing without consent may infringe the right to one's own image.", "If the licence was breached, contractual claims are possible.", "Ist die Lizenz verletzt, kommen vertragliche Ansprüche in Betracht.", "Die Agentur könnte behaupten, die Lizenz sei verletzt.",
		"Die Einwilligung deckt nach Ansicht der Beraterin das Training nicht ab.", "The consent does not name AI training.", "Der Bericht Metas an die DPC war für Oktober 2025 fällig.", "Meta must report to the DPC in October 2025.", "Das VG Köln hielt Meta allein für verantwortlich.", "Minderjährige brauchen die Einwilligung der Sorgeberechtigten.",
		"Wer der Verarbeitung widerspricht, erhält eine Bestätigung per E-Mail.", "Terms that are silent on AI: ask for written permission.", "Unlawful training can affect later use, the EDPB says.", "Das Training könnte rechtswidrig sein; entschieden ist das nicht.", "Das Register ersetzt keine Rechtsberatung.", "Wie weit ein Widerspruch reicht, ist offen.", "Kein Widerspruch ersetzt eine Einwilligung.",
	} {
		if got := lint(s); len(got) > 0 {
			t.Errorf("%q is refused: %v", s, got)
		}
	}
}

// TestWordingReasons: each rule says in both languages why it is there.
func TestWordingReasons(t *testing.T) {
	for _, r := range wordingRules {
		for _, lang := range Languages {
			if !NewTexts(lang).Has("wording." + r.id) {
				t.Errorf("wording.%s is missing in %q", r.id, lang)
			}
		}
	}
}

// TestOwnWording: a catalogue or rules of the user's own that say too much are refused, place by place.
func TestOwnWording(t *testing.T) {
	change := func(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(goodRecord) }
	authority := []string{`source_type = "none"`, `source_type = "authority"`, `statement_de = "S"`, `statement_de = "Die Aufsichtsbehörde verlangt das."`}
	ruling := []string{`source_type = "none"`, "source_type = \"judgment\"\ndocket = \"5 U 1/26\"", `statement_de = "S"`, `statement_de = "Das OLG Hamburg hielt das Training für rechtswidrig (Az. 5 U 1/26)."`}
	consent := []string{`statement_de = "S"`, `statement_de = "Das BAG hielt die Einwilligung für unwirksam."`}
	unlawful := []WordingError{{File: "own.toml", Line: 1, ID: "ZZ-01", Field: "statement_de", Breach: Breach{"legality", "rechtswidrig"}}}
	provider := "[[provider]]\nrecord = \"LC-16\"\nname = \"X\"\nnames = [\"Xpix\"]\nsocial = \"unknown\"\nai = \"unknown\"\nquestion_de = \"Ist das rechtssicher?\"\nquestion_en = \"?\"\n"
	for _, tt := range []struct {
		name, data string
		want       []WordingError
	}{
		{"nothing", goodRecord, nil},
		{"statement", change(`statement_de = "S"`, `statement_de = "Das ist rechtswidrig und gerichtsfest bewiesen."`), []WordingError{
			{File: "own.toml", Line: 1, ID: "ZZ-01", Field: "statement_de", Breach: Breach{"legality", "rechtswidrig"}},
			{File: "own.toml", Line: 1, ID: "ZZ-01", Field: "statement_de", Breach: Breach{"proof", "gerichtsfest"}},
		}},
		{"title", change(`title_en = "T"`, `title_en = "It is unlawful"`), []WordingError{{File: "own.toml", Line: 1, ID: "ZZ-01", Field: "title_en", Breach: Breach{"legality", "unlawful"}}}},
		{"source", change(`authority = "A"`, `authority = "wer schweigt, stimmt zu"`), []WordingError{{File: "own.toml", Line: 1, ID: "ZZ-01", Field: "authority", Breach: Breach{"silence", "schweigt, stimmt zu"}}}},
		{"note", goodRecord + "note = \"unwirksam\"\nnote_en = \"x\"\n", []WordingError{{File: "own.toml", Line: 1, ID: "ZZ-01", Field: "note", Breach: Breach{"validity", "unwirksam"}}}},
		{"provider", provider, []WordingError{{File: "own.toml", Line: 1, ID: "X", Field: "question_de", Breach: Breach{"compliance", "rechtssicher"}}}},
		{"an authority's own words", change(authority...), nil},
		{"words that no source vouches for", change(authority[2:]...), []WordingError{{File: "own.toml", Line: 1, ID: "ZZ-01", Field: "statement_de", Breach: Breach{"demand", "Aufsichtsbehörde verlangt"}}}},
		{"what a court held", change(ruling...), nil},
		{"what a court held of a consent", change(append(ruling[:2:2], consent...)...), nil},
		{"a ruling without its docket", strings.Replace(change(ruling...), "docket = \"5 U 1/26\"\n", "", 1), unlawful},
		{"a ruling that nobody looked up", change(append(ruling, `"F1"`, `"U"`)...), unlawful},
		{"a ruling that no record cites", change(ruling[2:]...), unlawful},
		{"a ruling's record says that it proves", change(append(ruling[:2:2], `statement_de = "S"`, `statement_de = "Das ist gerichtsfest."`)...), []WordingError{
			{File: "own.toml", Line: 1, ID: "ZZ-01", Field: "statement_de", Breach: Breach{"proof", "gerichtsfest"}},
		}},
		{"an uncertain source", change(append(authority, `"F1"`, `"U"`)...), []WordingError{{File: "own.toml", Line: 1, ID: "ZZ-01", Field: "statement_de", Breach: Breach{"demand", "Aufsichtsbehörde verlangt"}}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l, err := LoadLaw(own(t, map[string]string{"own.toml": tt.data}))
			if (l == nil) != (len(tt.want) > 0) || (err != nil) != errors.Is(err, ErrLaw) {
				t.Fatalf("got %v, %v", l != nil, err)
			}
			compareWording(t, tt.want, err)
		})
	}
	t.Run("matrix", func(t *testing.T) {
		_, err := LoadLaw(own(t, map[string]string{"catalogue.toml": "version = \"1\"\ndate = \"2026-12-01\"\nmatrix = \"Matrix\"\nmatrix_en = \"court-proof matrix\"\n"}))
		compareWording(t, []WordingError{{File: "catalogue.toml", Line: 3, ID: "1", Field: "matrix_en", Breach: Breach{"proof", "court-proof"}}}, err)
	})
	t.Run("rules", func(t *testing.T) {
		files := fstest.MapFS{}
		readAll(t, "../classify/rules/*.toml", 5, func(name string, data []byte) { files[filepath.Base(name)] = &fstest.MapFile{Data: data} })
		changed := files["employee.toml"]
		head, tail, _ := strings.Cut(string(changed.Data), `id = "employee.our-role"`)
		changed.Data = []byte(head + `id = "employee.our-role"` + regexp.MustCompile(`why\.en = ".*"`).ReplaceAllString(tail, `why.en = "She is an employee."`))
		rules, err := classify.LoadRules(files)
		if err != nil {
			t.Fatal(err)
		}
		all, ok := RulesWording(rules).(interface{ Unwrap() []error })
		if !ok || len(all.Unwrap()) == 0 {
			t.Fatal("a rule that claims to know is accepted")
		}
		compareWording(t, []WordingError{{ID: "employee.our-role", Field: "why.en", Breach: Breach{"people", "is an employee"}}}, errors.Join(all.Unwrap()[0]))
	})
}

func compareWording(t *testing.T, want []WordingError, err error) {
	t.Helper()
	var got []WordingError
	if all, ok := err.(interface{ Unwrap() []error }); ok {
		for _, err := range all.Unwrap() {
			e, ok := err.(*WordingError)
			if !ok {
				t.Fatal(err)
			}
			got = append(got, *e)
		}
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(WordingError{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// readAll reads the files of a pattern, of which there are so many at least.
func readAll(t *testing.T, pattern string, least int, take func(name string, data []byte)) {
	t.Helper()
	names, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		take(name, data)
	}
	if len(names) < least {
		t.Errorf("%d files %s", len(names), pattern)
	}
}

// said collects every text that the program can print, and what its people say of it: the catalogues of texts, their gaps
// filled; the legal catalogue; the reasons of the rules; the string literals of the code, joined where the code joins
// them; the pages of the gallery; the read-me files.
func said(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	add := func(file string, data []byte, want func(path []string) bool) {
		var tree map[string]any
		if err := toml.Unmarshal(data, &tree); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		walk(tree, nil, func(path []string, s string) {
			if want(path) {
				out[file+": "+strings.Join(path, ".")] = s
			}
		})
	}
	all := func([]string) bool { return true }
	readAll(t, "texts/*.toml", 10, func(name string, data []byte) { add(name, data, all) })
	for at, s := range fill(out) {
		out[at] = s
	}
	readAll(t, "law/*.toml", 10, func(name string, data []byte) { add(name, data, all) })
	readAll(t, "../classify/rules/*.toml", 5, func(name string, data []byte) {
		add(name, data, func(path []string) bool { return slices.Contains(path, "why") })
	})
	for pattern, least := range map[string]int{"../*.md": 4, "gallery/*.html": 1, "gallery/*.js": 1, "gallery/*.css": 1} {
		readAll(t, pattern, least, func(name string, data []byte) { out[name] = string(data) })
	}
	err := filepath.WalkDir("..", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && (d.Name() == "testdata" || d.Name() == "thirdparty" || d.Name() == ".git") {
			return cmp2(err, fs.SkipDir)
		}
		// The rules of wording have to name what they forbid.
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || name == filepath.FromSlash("../report/wording.go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil // does not compile at all: other tests say so
		}
		n := 0
		ast.Inspect(f, func(node ast.Node) bool {
			expr, ok := node.(ast.Expr)
			if !ok {
				return true
			}
			if s, ok := joined(expr); ok {
				n++
				out[name+": literal "+strconv.Itoa(n)] = s
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

var verbs = regexp.MustCompile(`%[-+# 0-9.\[\]*]*[a-zA-Z]`)

// joined is what a string literal says, or a sum in which one stands: whatever else is in the sum, and whatever a verb of
// fmt prints, could be a name.
func joined(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return joined(e.X)
	case *ast.BasicLit:
		if e.Kind != token.STRING {
			return "", false
		}
		s, err := strconv.Unquote(e.Value)
		return verbs.ReplaceAllString(s, "Petra"), err == nil
	case *ast.BinaryExpr:
		if e.Op != token.ADD {
			return "", false
		}
		x, okX := joined(e.X)
		y, okY := joined(e.Y)
		if !okX {
			x = "Petra"
		}
		if !okY {
			y = "Petra"
		}
		return x + y, okX || okY
	}
	return "", false
}

var (
	gap    = regexp.MustCompile(`\{\{.*?\}\}`)
	counts = regexp.MustCompile(`: cli\.(no_case_named|doctor\.used)$`) // texts with numbers only in their gaps
	claims = regexp.MustCompile(`^label\.`)
)

// fill puts into the gaps of each text what could come to stand there and turn it into a claim: a name, or a label.
func fill(texts map[string]string) map[string]string {
	values := map[string][]string{}
	for at, s := range texts {
		// A label of which nothing can be claimed makes no claim of a text.
		if _, key, _ := strings.Cut(at, ": "); claims.MatchString(key) && len(lint("Das ist "+s+". This is "+s+".")) > 0 {
			values[langOf(at)] = append(values[langOf(at)], s)
		}
	}
	for _, lang := range Languages {
		if len(values[lang]) < 3 {
			panic("too few texts to fill gaps with: were their keys renamed?")
		}
	}
	out := map[string]string{}
	for at, s := range texts {
		if !gap.MatchString(s) || counts.MatchString(at) {
			continue
		}
		for _, v := range append(values[langOf(at)], "Petra") {
			out[at+" with "+v] = gap.ReplaceAllLiteralString(s, v)
		}
	}
	return out
}

// langOf is the language of a catalogue, by the name of its file.
func langOf(at string) string {
	if strings.Contains(at, ".en.toml") {
		return "en"
	}
	return "de"
}

func cmp2(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

// walk visits the strings of a TOML tree.
func walk(v any, path []string, visit func(path []string, s string)) {
	switch v := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			walk(v[k], append(slices.Clone(path), k), visit)
		}
	case []map[string]any:
		for i, x := range v {
			walk(x, append(slices.Clone(path), strconv.Itoa(i)), visit)
		}
	case []any:
		for i, x := range v {
			walk(x, append(slices.Clone(path), strconv.Itoa(i)), visit)
		}
	case string:
		visit(path, v)
	}
}

// TestWording holds every text that the program can print against the rules of wording.
func TestWording(t *testing.T) {
	texts := said(t)
	read := map[string]bool{} // most sentences stand in many texts: gaps are filled with one thing after the other
	for _, at := range slices.Sorted(maps.Keys(texts)) {
		for _, sentence := range sentencesOf(strings.Join(strings.Fields(texts[at]), " ")) {
			if read[sentence] {
				continue
			}
			read[sentence] = true
			for _, wrong := range lint(sentence) {
				t.Errorf("%s says %s", at, wrong)
			}
		}
	}
	if len(texts) < 1000 {
		t.Errorf("only %d texts were found", len(texts))
	}
}

// TestGermanTexts: German for people who are not technical, without English words and without a form that means men only.
// Commands, quotations, gaps and what Meta calls its own do not count.
func TestGermanTexts(t *testing.T) {
	foreign := rx(`\b(tools?|features?|updates?|downloads?|uploads?|buttons?|screenshots?|feedback|content|users?|accounts?|dashboards?|workflows?|support|opt-(out|in)|reports?|templates?` +
		`|posts?|gepostet\w*|checken|checklisten?|files?|scannen|gescannt\w*|labels?|matchen|tracking|scraping|captions?|crowd|fanpages?)\b`)
	men := rx(`(?-i:\b(Mitarbeiter|Kunden?|Nutzer|Betreiber|Käufer|Verantwortlicher|(Rechte|Konto)inhaber)\b)`)
	quoted := rx(`\{\{.*?\}\}|»[^«]*«|„[^“]*“|--[a-z-]+|Page Public Content Access`)
	for at, s := range said(t) {
		file, key, _ := strings.Cut(at, ": ")
		switch {
		case strings.Contains(key, " with ") || strings.HasSuffix(key, "_example") || strings.HasSuffix(key, ".no_verb"):
			continue
		case strings.HasSuffix(file, ".de.toml"), strings.HasPrefix(file, "law") && (strings.HasSuffix(key, "_de") || strings.HasSuffix(key, ".note")), strings.HasSuffix(key, "why.de"):
		default:
			continue
		}
		s = quoted.ReplaceAllString(s, "")
		if w := foreign.FindString(s); w != "" {
			t.Errorf("%s: English word %q: %s", at, w, s)
		}
		if w := men.FindString(s); w != "" && !strings.Contains(s, w+"in") {
			t.Errorf("%s: %q means men only: %s", at, w, s)
		}
	}
}

var gapNames = regexp.MustCompile(`\{\{[^}]*?\.([A-Za-z]+)`)

// TestBothLanguages: every text exists in both languages, with the same gaps.
func TestBothLanguages(t *testing.T) {
	names, err := filepath.Glob("texts/*.de.toml")
	if err != nil {
		t.Fatal(err)
	}
	english, err := filepath.Glob("texts/*.en.toml")
	if err != nil {
		t.Fatal(err)
	}
	if len(names) != len(english) || len(names) == 0 {
		t.Errorf("%d German and %d English catalogues", len(names), len(english))
	}
	load := func(name string) map[string][]string {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var tree map[string]any
		if err := toml.Unmarshal(data, &tree); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out := map[string][]string{}
		walk(tree, nil, func(path []string, s string) {
			if strings.TrimSpace(s) == "" {
				t.Errorf("%s: %s is empty", name, strings.Join(path, "."))
			}
			found := []string{}
			for _, m := range gapNames.FindAllStringSubmatch(s, -1) {
				if !slices.Contains(found, m[1]) {
					found = append(found, m[1])
				}
			}
			slices.Sort(found)
			out[strings.Join(path, ".")] = found
		})
		return out
	}
	for _, name := range names {
		if diff := cmp.Diff(load(name), load(strings.Replace(name, ".de.", ".en.", 1))); diff != "" {
			t.Errorf("%s: keys and gaps (-de +en):\n%s", name, diff)
		}
	}
}

// TestEveryKeyIsSaid: each sentence that the method can need is there.
func TestEveryKeyIsSaid(t *testing.T) {
	m := &BuiltinLaw().method
	var keys []string
	for _, s := range m.starts {
		keys = append(keys, "risk.start."+s.ID)
	}
	for _, c := range m.changes {
		keys = append(keys, "risk.change."+c.ID)
	}
	for _, g := range Grounds {
		keys = append(keys, "risk.ground."+string(g), "ground.name."+string(g))
	}
	for _, x := range Measures {
		keys = append(keys, "risk.measure."+x, "risk.measure_name."+x, "risk.cleanup."+x)
	}
	for _, p := range []Period{BeforeTraining, UntilObjection, AfterObjection, ObjectionOpen, PeriodUnknown} {
		keys = append(keys, "risk.period."+string(p))
	}
	for _, x := range []string{Allowed, Forbidden, Silent, LicenceUnknown} {
		keys = append(keys, "law.value."+x)
	}
	for _, x := range lawKinds {
		keys = append(keys, "cli.law.kind_"+x)
	}
	for _, x := range sourceTypes {
		keys = append(keys, "cli.law.source_"+x)
	}
	for _, lang := range Languages {
		for _, key := range keys {
			if !NewTexts(lang).Has(key) {
				t.Errorf("%s is missing in %q", key, lang)
			}
		}
	}
	for _, kind := range []struct {
		what string
		n    int
	}{{"change", len(m.changes)}, {"ground", len(m.grounds)}, {"cleanup", len(m.cleanups)}} {
		if kind.n < len(Measures) {
			t.Errorf("only %d of kind %s", kind.n, kind.what)
		}
	}
}
