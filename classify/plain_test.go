package classify

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pagerisk/classify/picture"
	"pagerisk/scanner"
)

// plainPosts are what anybody would write of anybody, for every trade and name: a language that is known only in part
// shows here first.
type plainPosts struct {
	name  string
	label Label
	lang  string
	// Each line is a page and, behind the colon, who works or is served there; with "/" the form for a woman.
	who       string
	names     string   // men "/" women
	templates []string // men "/" women, or one for both; {n} is the name, {r} the role
	weak      float64  // share that is found where a weak detector saw nobody
}

var plain = []plainPosts{
	{"staff", Employee, "de", `
		Schreinerei Holzapfel: Schreiner/Schreinerin, Bäckerei Krume: Bäcker/Bäckerin, Bäckerei Krume: Konditor/Konditorin, Metzgerei Speck: Verkäufer/Verkäuferin
		Autohaus Radlos: Kfz-Mechatroniker/Kfz-Mechatronikerin, Salon Lockenkopf: Friseur/Friseurin, Zahnarztpraxis Weiß: Zahnarzt/Zahnärztin, Zahnarztpraxis Weiß: ZFA/ZFA
		Hausarztpraxis am Markt: Arzthelfer/Arzthelferin, Physio Beweglich: Physiotherapeut/Physiotherapeutin, Klinikum Süd: Pfleger/Krankenschwester, Klinikum Süd: Oberarzt/Oberärztin
		Seniorenheim Abendrot: Koch/Köchin, Kita Zwergenland: Erzieher/Erzieherin, Grundschule Am See: Lehrer/Lehrerin, Hotel Seeblick: Kellner/Kellnerin, Hotel Seeblick: Rezeptionist/Rezeptionistin
		Kanzlei Recht & Gut: Anwalt/Anwältin, Steuerberatung Soll: Steuerberater/Steuerberaterin, Spedition Schnell: Fahrer/Fahrerin, Stahlbau Nord: Schweißer/Schweißerin, Gartenbau Grün: Gärtner/Gärtnerin
		Elektro Blitz: Elektriker/Elektrikerin, Apotheke am Ring: Apotheker/Apothekerin, Optik Klarblick: Optiker/Optikerin, Softwarehaus Bit: Entwickler/Entwicklerin, Stadtwerke Fluss: Monteur/Monteurin
		TSV Rot-Weiß: Trainer/Trainerin, Brauerei Hopfen: Braumeister/Braumeisterin, Stadttheater: Bühnenmeister/Bühnenmeisterin, Tierarztpraxis Pfote: Tierarzt/Tierärztin, Tanzschule Takt: Tanzlehrer/Tanzlehrerin
		Sparkasse Tal: Filialleiter/Filialleiterin, Bestattungen Ruhe: Bestatter/Bestatterin, Goldschmiede Karat: Goldschmied/Goldschmiedin, Architekturbüro Linie: Bauzeichner/Bauzeichnerin`,
		"Jonas Tobias Emre Marek Heinz/Mara Lena Aylin Kasia Gudrun", []string{
			"Das ist {n}, unser neuer {r}./Das ist {n}, unsere neue {r}.",
			"Unser {r} {n} zeigt euch heute, wie es geht./Unsere {r} {n} zeigt euch heute, wie es geht.",
			"{n} ist seit zehn Jahren {r} bei uns.",
			"Vom Azubi zum {r}: {n} ist angekommen./Von der Azubi zur {r}: {n} ist angekommen.",
		}, 0.9},
	{"staff in English", Employee, "en", `
		Smithson Metalworks: welder, Smithson Metalworks: machinist, The Copper Kettle: barista, The Copper Kettle: chef, Bright Smiles Dental: hygienist, Oakfield Vets: veterinary nurse, Hillview Care Home: carer
		Northway Logistics: forklift driver, Pixel & Code Ltd: software engineer, Pixel & Code Ltd: account manager, Greenleaf Garden Centre: gardener, Mason & Sons Builders: bricklayer, St Mary's School: teacher
		The Grand Hotel: housekeeper, The Grand Hotel: receptionist, Luna Hair: colourist, Fit Factory Gym: personal trainer, City Museum: curator, City Library: librarian, Harper Law: solicitor, Fix-It Garage: mechanic`,
		"Dave Kofi Callum/Gemma Priya Siobhan", []string{
			"Say hi to {n}, our new {r}.", "Meet {n}, {r} here since 2015.", "Our {r} {n} showing how it's done.", "{n} has been our {r} for ten years today.", "Happy retirement to our {r} {n}!",
		}, 0.9},
	{"staff in French", Employee, "fr", `Boulangerie Épi d’Or: boulangère, Boulangerie Épi d’Or: vendeuse, Boulangerie Épi d’Or: apprentie, Salon Ciseaux: coiffeuse, Restaurant du Port: serveuse, Garage Roux: comptable`,
		"Lucie Camille Chloé", []string{"Bienvenue à {n}, notre nouvelle {r} !", "Voici {n}, {r} chez nous depuis 5 ans.", "Merci à {n}, notre {r}, pour ces 20 années."}, 0.9},
	{"staff in Italian", Employee, "it", `Pasticceria Dolce: pasticciera, Pasticceria Dolce: commessa, Trattoria Sole: cameriera, Salone Bella: parrucchiera, Clinica Verde: infermiera, Officina Rossi: apprendista`,
		"Giulia Chiara Elena", []string{"Diamo il benvenuto a {n}, la nostra nuova {r}!", "Ecco {n}, {r} da noi da 5 anni.", "Grazie a {n}, la nostra {r}."}, 0.9},
	{"staff in Turkish", Employee, "tr", `Lezzet Fırın: fırıncı, Lezzet Fırın: kasiyer, Lokanta Deniz: aşçı, Lokanta Deniz: garson, Salon Gül: kuaför, Klinik Umut: hemşire`,
		"Mehmet Emre/Ayşe Elif", []string{"Yeni {r}mız {n} aramıza katıldı, hoş geldin!", "Ekibimizin yeni üyesi {n}, {r} olarak başladı.", "{n} 10 yıldır bizimle çalışıyor."}, 0.9},
	{"staff in Polish", Employee, "pl", `Piekarnia Kłos: piekarka, Piekarnia Kłos: sprzedawczyni, Restauracja Pod Lipą: kelnerka, Salon Nożyczki: fryzjerka, Przychodnia Zdrowie: pielęgniarka, Hotel Morze: recepcjonistka`,
		"Kasia Ola Magda", []string{"Witamy w zespole! To {n}, nasza nowa {r}.", "{n} pracuje u nas już 10 lat jako {r}.", "Dziękujemy, {n}! Nasza {r} odchodzi na emeryturę."}, 0.9},
	{"those who are served", Customer, "de", `
		Zahnarztpraxis Weiß: Patient/Patientin, Seniorenheim Abendrot: Bewohner/Bewohnerin, Hotel Seeblick: Stammgast/Stammgast, Autohaus Radlos: Kunde/Kundin, Schreinerei Holzapfel: Bauherr/Bauherrin
		Fahrschule Gang: Fahrschüler/Fahrschülerin, Musikschule Dur: Geigenschüler/Geigenschülerin, Reitstall Huf: Reitschüler/Reitschülerin, Bücherei Lesegern: Leser/Leserin, Museum Altstadt: Besucher/Besucherin
		Wohnbau Heim eG: Mieter/Mieterin, Steuerberatung Soll: Mandant/Mandantin, Yogastudio Om: Teilnehmer/Teilnehmerin, Tierarztpraxis Pfote: Tierhalter/Tierhalterin, Campingplatz Düne: Dauercamper/Dauercamperin`,
		"Paul Bernd Heiner/Klara Ilse Renate", []string{
			"{r} {n} erzählt, warum er gern zu uns kommt./{r} {n} erzählt, warum sie gern zu uns kommt.",
			"Danke an unseren {r} {n} für das Vertrauen!/Danke an unsere {r} {n} für das Vertrauen!",
			"Wir gratulieren unserem {r} {n} zum Geburtstag./Wir gratulieren unserer {r} {n} zum Geburtstag.",
		}, 0.85},
}

// posts are the texts with their pages.
func (p *plainPosts) posts() (out [][2]string) {
	sides := func(s string) (string, string) {
		if man, woman, ok := strings.Cut(s, "/"); ok {
			return man, woman
		}
		return s, s
	}
	men, women := sides(p.names)
	who := strings.FieldsFunc(p.who, func(r rune) bool { return r == ',' || r == '\n' })
	for k, line := range slices.DeleteFunc(who, func(s string) bool { return strings.TrimSpace(s) == "" }) {
		page, role, _ := strings.Cut(strings.TrimSpace(line), ": ")
		for t, template := range p.templates {
			text, _ := sides(template)
			r, _ := sides(role)
			names := strings.Fields(men)
			if (k+t)%2 == 1 {
				_, text = sides(template)
				_, r = sides(role)
				names = strings.Fields(women)
			}
			out = append(out, [2]string{page, strings.NewReplacer("{n}", names[(k+t)%len(names)], "{r}", r).Replace(text)})
		}
	}
	return out
}

func TestPlainPosts(t *testing.T) {
	const least = 0.97 // of posts with one person seen
	c := New(builtin(t))
	for _, p := range plain {
		for _, tt := range []struct {
			seen     int
			detector string
			least    float64
		}{{1, "corpus", least}, {0, "pigo@2", p.weak}} {
			t.Run(fmt.Sprintf("%s, %d seen by %s", p.name, tt.seen, tt.detector), func(t *testing.T) {
				posts := p.posts()
				var missed []string
				for _, post := range posts {
					s := &Subject{Item: &scanner.Item{Key: "fb:1", Platform: scanner.Facebook, Kind: scanner.Post, Lang: p.lang, Text: post[1], Media: []scanner.Media{{File: "1_n.jpg"}}},
						Facts: []*picture.Facts{{People: &tt.seen, Detector: tt.detector}}, Page: PageOf(post[0], "", []string{post[1]})}
					findings, err := c.Classify(s)
					if err != nil {
						t.Fatal(err)
					}
					for _, f := range findings {
						if tt.seen == 0 && f.Band != Possible {
							t.Errorf("%s: %s is %s where nobody was seen", post, f.Label, f.Band)
						}
					}
					if !slices.ContainsFunc(findings, func(f Finding) bool { return f.Label == p.label }) {
						missed = append(missed, post[0]+": "+post[1])
					}
				}
				if share := 1 - float64(len(missed))/float64(len(posts)); share < tt.least {
					t.Errorf("%s is found in %.2f of %d posts, want %.2f; missed:\n%s", p.label, share, len(posts), tt.least, strings.Join(missed, "\n"))
				}
			})
		}
	}
}
