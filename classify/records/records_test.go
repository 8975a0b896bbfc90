package records

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"math/bits"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/charmap"

	"pagerisk/classify"
	"pagerisk/classify/picture"
	"pagerisk/fixtures/pictures"
	"pagerisk/scanner"
)

const peopleCSV = `Kürzel;Name;Weitere Schreibweisen;Funktion;Ausgeschieden am
MA-1;Petra Schulz;Peti | Petra Schulz-Meier;Theke;
MA-2;Jürgen Müller;;Meister;31.03.2024
MA-3;Martin Schneider;;;
MA-4;Frank Frei;;;
MA-5;Rosa Wolkenstein;;;
KU-1;Ayşe Yıldız;;Kundin;
MA-6;Jean-Luc Moreau;;;
MA-7;Robert Koch;;;
MA-8;Viola Licht;;;
MA-9;Anna von der Heyde;;;
`

func load(t *testing.T, files map[string]string) *Records {
	t.Helper()
	return loadOn(t, time.Time{}, files)
}

func loadOn(t *testing.T, today time.Time, files map[string]string) *Records {
	t.Helper()
	r, err := LoadFS(files2fs(files), today)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func files2fs(files map[string]string) fstest.MapFS {
	m := fstest.MapFS{}
	for name, data := range files {
		m[name] = &fstest.MapFile{Data: []byte(data)}
	}
	return m
}

// TestLists: the audit trail can name each list that was read and prove which it was, without a word of what stands in it.
func TestLists(t *testing.T) {
	got := load(t, map[string]string{"people.csv": "Code,Name\nP1,Petra Schulz\nP2,Jan Weber\n", "licences.csv": "Code,Provider\n"}).Lists()
	want := []List{{Name: "people.csv", Rows: 2}}
	sum := sha256.Sum256([]byte("Code,Name\nP1,Petra Schulz\nP2,Jan Weber\n"))
	want[0].SHA256 = hex.EncodeToString(sum[:])
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lists (-want +got):\n%s", diff)
	}
}

// TestNames is the table of what counts as somebody's name and what does not.
func TestNames(t *testing.T) {
	r := load(t, map[string]string{"personen.csv": peopleCSV})
	type met struct {
		Code, How, Quote string
	}
	for _, tt := range []struct {
		text string
		tag  bool
		want []met
	}{
		{text: "Danke, Petra Schulz, für 25 Jahre!", want: []met{{"MA-1", "name", "Petra Schulz"}}},
		{text: "DANKE PETRA SCHULZ!", want: []met{{"MA-1", "name", "PETRA SCHULZ"}}},
		{text: "danke petra schulz für alles", want: []met{{"MA-1", "name", "petra schulz"}}},
		{text: "Petra Schulz' Abschied und Petra Schulzs Torte", want: []met{{"MA-1", "name", "Petra Schulz"}, {"MA-1", "name", "Petra Schulzs"}}},
		{text: "Hochzeit von Petra Schulz-Meier", want: []met{{"MA-1", "name", "Petra Schulz-Meier"}}},
		{text: "Unsere Peti ist zurück", want: []met{{"MA-1", "first", "Peti"}}},
		{text: "Jürgen Müller, Juergen Mueller, Jurgen Muller", want: []met{{"MA-2", "name", "Jürgen Müller"}, {"MA-2", "name", "Juergen Mueller"}, {"MA-2", "name", "Jurgen Muller"}}},
		{text: "Ju\u0308rgen Mu\u0308ller zerlegt geschrieben", want: []met{{"MA-2", "name", "Ju\u0308rgen Mu\u0308ller"}}},
		{text: "Jürgen Dr. Müller", want: []met{{"MA-2", "name", "Jürgen Dr. Müller"}}},
		{text: "mit #JürgenMüller und @juergen.mueller und #juergenmueller", want: []met{{"MA-2", "name", "JürgenMüller"}, {"MA-2", "name", "juergen.mueller"}, {"MA-2", "name", "juergenmueller"}}},
		{text: "Ayse Yildiz war da", want: []met{{"KU-1", "name", "Ayse Yildiz"}}},
		{text: "Jean Luc Moreau kocht", want: []met{{"MA-6", "name", "Jean Luc Moreau"}}},
		{text: "Herr Schneider zeigt, wie es geht", want: []met{{"MA-3", "surname", "Schneider"}}},
		{text: "Frau Schulz und Herr Müller", want: []met{{"MA-1", "surname", "Schulz"}, {"MA-2", "surname", "Müller"}}},
		// One typing error, from six letters on.
		{text: "Martin Schneidr hat gewonnen", want: []met{{"MA-3", "typo", "Martin Schneidr"}}},
		{text: "Martin Schnieder hat gewonnen", want: []met{{"MA-3", "typo", "Martin Schnieder"}}},
		{text: "Jürgne Müller", want: []met{{"MA-2", "typo", "Jürgne Müller"}}}, // no name that anybody has
		{text: "Jüregn Müller", want: []met{{"MA-2", "typo", "Jüregn Müller"}}},
		{text: "Martina Schneider ist eine andere", want: nil},
		{text: "Martin Schneidereit ist ein anderer", want: nil},
		{text: "Petra Schutz, verschrieben oder eine andere", want: []met{{"MA-1", "typo", "Petra Schutz"}}},
		{text: "Petra Schmutz ist eine andere", want: nil},
		{text: "Frank Frey ist ein anderer", want: nil}, // too short for typing errors
		// False friends.
		{text: "Frank und frei gesagt", want: nil},
		{text: "Frank Und Frei", want: nil},
		{text: "Rosa Wolken über der Stadt", want: nil},
		{text: "Wir sind für Sie da in der Petra-Schulz-Straße 5", want: nil},
		{text: "Eröffnung am Petra-Schulz-Platz", want: nil},
		{text: "Robert-Koch-Str. 12", want: nil},
		{text: "Robert Koch Straße 12", want: nil},
		{text: "im Robert Koch Institut", want: nil},
		{text: "#RobertKochSchule", want: nil},
		{text: "Petra Schulz-Lohmann ist eine andere", want: nil},
		{text: "Anna-Petra Schulz ist eine andere", want: nil},
		{text: "Petra Lehmann ist eine andere", want: nil},
		{text: "Herr Schneider-Wolf", want: nil},
		{text: "Unser Schneider näht", want: nil},
		{text: "die Müller des Jahres", want: nil},
		{text: "mit Petra, Schulz und Koch", want: []met{{"MA-1", "first", "Petra"}}},
		{text: "Petra\nSchulz & Sohn", want: []met{{"MA-1", "first", "Petra"}}},
		{text: "Unsere Anna von der Heyde", want: []met{{"MA-9", "name", "Anna von der Heyde"}}},
		{text: "Anna Von Der Heyde", want: []met{{"MA-9", "name", "Anna Von Der Heyde"}}},
		{text: "von der Heyde, Anna", want: []met{{"MA-9", "name", "von der Heyde, Anna"}}},
		{text: "Frau von der Heyde kocht", want: []met{{"MA-9", "surname", "Heyde"}}},
		{text: "anna von der heyde", want: []met{{"MA-9", "name", "anna von der heyde"}}},
		{text: "Unsere anna von der Heyde", want: nil},
		// As lists have it: the family name, a comma, the given name.
		{text: "SCHULZ, Petra: neue Meisterin", want: []met{{"MA-1", "name", "SCHULZ, Petra"}}},
		{text: "Schulz, petra", want: []met{{"MA-1", "name", "Schulz, petra"}}[:0]}, // one of them is a word
		{text: "MÜLLER, JÜRGEN (Meister)", want: []met{{"MA-2", "name", "MÜLLER, JÜRGEN"}}},
		{text: "schulz, petra; moreau, jean-luc", want: []met{{"MA-1", "name", "schulz, petra"}, {"MA-6", "name", "moreau, jean-luc"}}},
		{text: "Schulz-Meier, Petra", want: []met{{"MA-1", "name", "Schulz-Meier, Petra"}}},
		{text: "Moreau, Jean-Luc", want: []met{{"MA-6", "name", "Moreau, Jean-Luc"}}},
		{text: "Frau Schulz, Petra und alle anderen", want: []met{{"MA-1", "surname", "Schulz"}}},
		{text: "Schulz. Petra war da", want: []met{{"MA-1", "first", "Petra"}}},
		{text: "petra, schulz und koch", want: nil},
		// Of whom something is, or what bears the name: the picture need not show anybody of that name.
		{text: "Lied von Petra Schulz gehört", want: []met{{"MA-1", "aside", "Petra Schulz"}}},
		{text: "Das Kinderlied „Sommerwind“ von Petra Schulz", want: []met{{"MA-1", "aside", "Petra Schulz"}}},
		{text: "Buchtipp: der neue Roman von Robert Koch", want: []met{{"MA-7", "aside", "Robert Koch"}}},
		{text: "a film by Robert Koch", want: []met{{"MA-7", "aside", "Robert Koch"}}},
		{text: "Lied von Martin Schneidr", want: []met{{"MA-3", "aside", "Martin Schneidr"}}},
		{text: "Das Lied Sommerwind von Petra Schulz", want: []met{{"MA-1", "aside", "Petra Schulz"}}},
		{text: "Foto: Petra Schulz", want: []met{{"MA-1", "aside", "Petra Schulz"}}},
		{text: "Schön war es! (Fotos: Petra Schulz)", want: []met{{"MA-1", "aside", "Petra Schulz"}}},
		{text: "Schön war es\nText und Foto: Petra Schulz", want: []met{{"MA-1", "aside", "Petra Schulz"}}},
		{text: "Foto © Petra Schulz", want: []met{{"MA-1", "aside", "Petra Schulz"}}},
		{text: "Photo by Petra Schulz", want: []met{{"MA-1", "aside", "Petra Schulz"}}},
		{text: "Petra Schulz Fotografie", want: []met{{"MA-1", "aside", "Petra Schulz"}}},
		// Who is shown, whatever else stands there.
		{text: "Im Bild: Petra Schulz", want: []met{{"MA-1", "name", "Petra Schulz"}}},
		{text: "Auf dem Foto: Petra Schulz und Martin Schneider", want: []met{{"MA-1", "name", "Petra Schulz"}, {"MA-3", "name", "Martin Schneider"}}},
		{text: "Von links nach rechts auf dem Foto: Petra Schulz", want: []met{{"MA-1", "name", "Petra Schulz"}}},
		{text: "In the photo: Petra Schulz", want: []met{{"MA-1", "name", "Petra Schulz"}}},
		{text: "Unser Mitglied: Petra Schulz", want: []met{{"MA-1", "name", "Petra Schulz"}}},
		{text: "Neu im Handwerk: Petra Schulz", want: []met{{"MA-1", "name", "Petra Schulz"}}},
		{text: "Handwerk: Petra Schulz", want: []met{{"MA-1", "name", "Petra Schulz"}}},
		{text: "Hier auf Facebook ein Gruß von Petra Schulz", want: []met{{"MA-1", "name", "Petra Schulz"}}},
		{text: "Unser neues Teammitglied wird begrüßt von Petra Schulz", want: []met{{"MA-1", "name", "Petra Schulz"}}},
		{text: "Ein Bild von Petra Schulz bei der Arbeit", want: []met{{"MA-1", "name", "Petra Schulz"}}},
		{text: "Musik und dazu Kuchen von Petra Schulz", want: []met{{"MA-1", "name", "Petra Schulz"}}},
		{text: "Nach dem Lied: Petra Schulz an der Theke", want: []met{{"MA-1", "name", "Petra Schulz"}}},
		{text: "Unser neuer Stift Petra Schulz", want: []met{{"MA-1", "name", "Petra Schulz"}}},
		{text: "Zum Abschied von Petra Schulz", want: []met{{"MA-1", "name", "Petra Schulz"}}},
		{text: "Wir hören ein Lied. Von Petra Schulz gibt es Kuchen", want: []met{{"MA-1", "name", "Petra Schulz"}}},
		{text: "Grundschule Petra Schulz", want: []met{{"MA-1", "aside", "Petra Schulz"}}},
		{text: "Sommerfest im Haus Petra Schulz", want: []met{{"MA-1", "aside", "Petra Schulz"}}},
		{text: "Ausflug der Musikschule Petra Schulz", want: []met{{"MA-1", "aside", "Petra Schulz"}}},
		{text: "12, rue Robert Koch", want: []met{{"MA-7", "aside", "Robert Koch"}}},
		{text: "Besuch der Schule „Petra Schulz“", want: []met{{"MA-1", "aside", "Petra Schulz"}}},
		{text: "Unsere Leiterin Petra Schulz", want: []met{{"MA-1", "name", "Petra Schulz"}}},
		{text: "Petra Schulz GmbH", want: []met{{"MA-1", "aside", "Petra Schulz"}}},
		{text: "Robert Kochs Bücher", want: []met{{"MA-7", "aside", "Robert Kochs"}}},
		{text: "Petra Schulzs Torte", want: []met{{"MA-1", "name", "Petra Schulzs"}}},
		{text: "#RobertKochStraße #RobertKochGymnasium", want: nil},
		{text: "Petra Schulz Musikschule", want: nil},
		{text: "Petra-Schulz-Gedächtnisturnier", want: nil},
		{text: "Petra Schulz Gedächtnisturnier", want: nil},
		{text: "In der Petra-Schulzstr. 4", want: nil},
		{text: "Petra Schulz weg von der Theke", want: []met{{"MA-1", "name", "Petra Schulz"}}},
		{text: "Kreuzung Robert-Koch-Platz", want: nil},
		{text: "Der Petra-Schulz-Preis 2024", want: nil},
		// Weak: a first name that only one of the list has.
		{text: "Danke, Petra!", want: []met{{"MA-1", "first", "Petra"}}},
		{text: "petra war da. Ja.", want: nil},
		{text: "Es blüht die Viola, und im Mai.", want: nil}, // a word too
		// Tags hold a name and nothing else.
		{text: "petra schulz", tag: true, want: []met{{"MA-1", "name", "petra schulz"}}},
		{text: "Schulz, Petra", tag: true, want: []met{{"MA-1", "name", "Schulz, Petra"}}},
		{text: "Schulz Petra", tag: true, want: []met{{"MA-1", "name", "Schulz Petra"}}},
		{text: "petraschulz", tag: true, want: []met{{"MA-1", "name", "petraschulz"}}},
		{text: "petra_schulz", tag: true, want: []met{{"MA-1", "name", "petra_schulz"}}},
		{text: "Petra Schulz Stiftung", tag: true, want: nil},
	} {
		t.Run(tt.text, func(t *testing.T) {
			var got []met
			for _, m := range r.names.find(tt.text, tt.tag) {
				got = append(got, met{r.people[m.person].code, string(m.how), tt.text[m.start:m.end]})
			}
			if len(got) == 0 && len(tt.want) == 0 {
				return
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("names in %q (-want +got):\n%s", tt.text, diff)
			}
		})
	}
}

// mixedCSV are people of many tongues whose names mean other things, too.
const mixedCSV = `Code;Name;Other spellings
PS;Petra Sandmann;
WH;Wiebke Harkensee;
SH;Sepp Huber;
MB;Monika Brand;Moni
FW;Frank Winter;
VS;Viola Sommer;
RB;Robert Bosch;
AB;Anna Berg;
RK;Robert Koch;
AD;Ayşe Demir;
GR;Giulia Rossi;
CM;Chloé Martin;
MS;Mark Stone;
MO;Mehmet Öztürk;
ST;Maria Stern;
MP;Max Planck;
KV;Karl-Heinz Vogel;
HV;Hansjörg Vetter;
ZN;Zofia Nowak;
JM;Jean Moulin;
CS;Christian Schulte;
MK;Martina Kruse;
KL;Kathrin Lemke;
`

// TestNamesAbroad is the table of names as people really write them, here and elsewhere, and of what only looks like one.
func TestNamesAbroad(t *testing.T) {
	r := load(t, map[string]string{"people.csv": mixedCSV})
	for _, tt := range []struct{ text, want string }{
		// In dialect, the family name comes first.
		{"d'Moni steht heut an der Theke", "MB first Moni"},
		{"Die Moni Brand hat Geburtstag", "MB name Moni Brand"},
		{"der Huber Sepp und d'Moni", "SH name Huber Sepp, MB first Moni"},
		{"da Huber Sepp is wieda do", "SH name Huber Sepp"},
		{"die Sommer Viola blüht", "VS aside Sommer Viola"},
		{"der Koch Robert zaubert", ""}, // any cook
		{"Huber Sepp", "SH first Sepp"},
		// Titles and forms of address.
		{"Frau Dr. med. Sandmann ist zurück", "PS surname Sandmann"},
		{"Herr Dipl.-Ing. Winter plant", "FW surname Winter"},
		{"Fr. Sandmann und Hr. Winter", "PS surname Sandmann, FW surname Winter"},
		{"Mme Martin nous quitte", "CM surname Martin"},
		{"Signora Rossi e Petra Sandmann", "GR surname Rossi, PS name Petra Sandmann"},
		{"Pani Nowak", "ZN surname Nowak"},
		{"Ayşe Hanım ve Mehmet Bey", "AD first Ayşe, MO first Mehmet"},
		{"Mehmet Öztürk'e teşekkürler", "MO name Mehmet Öztürk"},
		// Initials.
		{"Petra S. feiert heute", "PS first Petra"},
		{"Petra A. ist eine andere", ""},
		{"v. l.: P. Sandmann, F. Winter", "PS surname P. Sandmann, FW surname F. Winter"},
		{"A. Sandmann ist eine andere", ""},
		{"Petra M. Sandmann", "PS name Petra M. Sandmann"},
		{"Dank Vitamin C. Petra Sandmann kam", "PS name Petra Sandmann"},
		{"Foto: P. Sandmann", "PS aside P. Sandmann"},
		{"Ein schöner Tag! © Petra Sandmann", "PS aside Petra Sandmann"},
		// Double first names, joined or not.
		{"Karlheinz Vogel und Karl-Heinz Vogel", "KV name Karlheinz Vogel, KV name Karl-Heinz Vogel"},
		{"Hans-Jörg Vetter", "HV name Hans-Jörg Vetter"},
		{"Marie-Petra Sandmann", ""},
		// Hashtags and handles.
		{"#teampetra #TeamPetra #petra", "PS first teampetra, PS first Petra, PS first petra"},
		{"#TeamPetraSandmann", "PS name PetraSandmann"},
		{"@PetraSandmann85 @petra_sandmann_official @petrasandmann85", "PS name PetraSandmann, PS name petra_sandmann, PS name petrasandmann"},
		{"#annaberg #AnnaBerg", "AB aside annaberg, AB name AnnaBerg"},
		{"#RobertBoschKrankenhaus #maxplanckinstitut @robertboschgmbh", ""},
		// Typing errors, but not other people's first names.
		{"Wiebek Harkensee", "WH typo Wiebek Harkensee"},
		{"Wibke Harkensee", "WH typo Wibke Harkensee"},
		{"Christina Schulte ist eine andere", ""},
		{"Marina Kruse ist eine andere", ""},
		{"Katrin Lemke", "KL typo Katrin Lemke"},
		// Lists, and seasons.
		{"mit Sandmann, Petra und Huber, Sepp", "PS name Sandmann, Petra, SH name Huber, Sepp"},
		{"Rosa Blüten im Sommer, Viola im Topf", "VS aside Sommer, Viola"},
		{"Danke an unseren Koch, Robert ist der Beste", "RK aside Koch, Robert"},
		// Streets, institutions, products, sayings.
		{"Petra Sandmann Allee 4, am Petra-Sandmann-Ufer", ""},
		{"Im Anna Berg Tunnel staut es sich", ""},
		{"Führung im Schloss Maria Stern", "ST aside Maria Stern"},
		{"Frank Winter Edition: das neue Messer", ""},
		{"Frei nach Max Planck: Wissen ist alles", "MP aside Max Planck"},
		{"Max Planck Gesellschaft, Robert Bosch Stiftung", ""},
		{"St. Mark Stone Church, Mark Stone Building", ""},
		{"Lycée Jean Moulin : portes ouvertes", "JM aside Jean Moulin"},
		{"École primaire Chloé Martin", "CM aside Chloé Martin"},
		{"Istituto comprensivo Giulia Rossi, Liceo Statale Giulia Rossi", "GR aside Giulia Rossi, GR aside Giulia Rossi"},
		{"Szkoła Podstawowa im. Zofia Nowak", "ZN aside Zofia Nowak"},
		{"Mehmet Öztürk Caddesi, Ayşe Demir Parkı, Mehmet Öztürk İlkokulu", ""},
		{"ulica Zofia Nowak 12", "ZN aside Zofia Nowak"},
	} {
		var got []string
		for _, m := range r.names.find(tt.text, false) {
			got = append(got, r.people[m.person].code+" "+string(m.how)+" "+tt.text[m.start:m.end])
		}
		if diff := cmp.Diff(tt.want, strings.Join(got, ", ")); diff != "" {
			t.Errorf("names in %q (-want +got):\n%s", tt.text, diff)
		}
	}
	for _, tag := range []string{"petra.sandmann85", "petrasandmann85", "Petra M. Sandmann"} {
		if got := r.names.find(tag, true); len(got) != 1 || got[0].how != fully {
			t.Errorf("tag %q: got %+v", tag, got)
		}
	}
}

// TestOtherPeople: what differs by a letter from a name of the list, and is a typing error or another person's name.
func TestOtherPeople(t *testing.T) {
	r := load(t, map[string]string{"people.csv": "Code;Name\nA;Jörgen Schmidt\nB;Petra Möller\nC;Gülten Aydin\nD;Ute Obermeier\nE;Ina Schulz\nF;Timo Schneider\n"})
	for _, tt := range []struct{ text, want string }{
		{"Jürgen Schmidt, Juergen Schmidt, Jurgen Schmidt", ""},
		{"Jorgen Schmidt und Joergen Schmidt", "A name Jorgen Schmidt, A name Joergen Schmidt"},
		{"Petra Müller, Petra Mueller, Petra Muller", ""},
		{"Petra Möler", "B typo Petra Möler"},
		{"Gülsen Aydin, Guelsen Aydin", ""}, // known in either spelling
		{"Ute Obermaier", "D typo Ute Obermaier"},
		{"Ina Scholz", ""},
		{"Ina Schulzz", "E typo Ina Schulzz"},
		{"Timo Schnieder, Timo Schnaider", "F typo Timo Schnieder, F typo Timo Schnaider"},
		{"Timo Schnoider, Timo Schneidor", "F typo Timo Schnoider"},
	} {
		var got []string
		for _, m := range r.names.find(tt.text, false) {
			got = append(got, r.people[m.person].code+" "+string(m.how)+" "+tt.text[m.start:m.end])
		}
		if diff := cmp.Diff(tt.want, strings.Join(got, ", ")); diff != "" {
			t.Errorf("names in %q (-want +got):\n%s", tt.text, diff)
		}
	}
}

// TestFarAddress: a form of address stands no further before a name than a name is long, so that each word of a text of
// titles costs the same.
func TestFarAddress(t *testing.T) {
	r := load(t, map[string]string{"personen.csv": peopleCSV})
	for text, want := range map[string]int{
		"Herr Schneider": 1,
		"Herr Prof. Dr. Dr. med. dent. Schneider":                1,
		"Frau Prof. Dr. med. von der Heyde":                      1,
		"Herr" + strings.Repeat(" Prof", 7) + " Schneider":       1,
		"Herr" + strings.Repeat(" Prof", maxName) + " Schneider": 0,
		"Herr" + strings.Repeat(" von", 5000) + " Schneider":     0,
	} {
		if got := r.names.find(text, false); len(got) != want {
			t.Errorf("%.60q: got %+v, want %d", text, got, want)
		}
	}
}

// TestSpellings: what stands for somebody's name only where it is nobody else's.
func TestSpellings(t *testing.T) {
	r := load(t, map[string]string{"people.csv": "Code;Name;Other spellings\nA;Peter Lang;Pit\nB;Pit Lang;\nC;Anna von der Au;Anni\nD;Georg Kern;Schorsch\nE;Gerhard Kern;Schorsch\n",
		"consents.csv": "Person;Scope;Given on\nAnni von der Au;publish;2020-01-01\n"})
	for text, want := range map[string]string{"Pit Lang": "B", "Anni von der Au": "C", "Schorsch Kern": "", "Schorsch": ""} {
		var got []string
		for _, m := range r.names.find(text, false) {
			if m.how == fully {
				got = append(got, r.people[m.person].code)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
	if len(r.consents) != 1 || r.consents[0].person != 2 {
		t.Errorf("the consent is of %+v", r.consents)
	}
}

// TestMany: a list of thousands of one first name, or of one family name, is searched as quickly as any other.
func TestMany(t *testing.T) {
	list := "Code;Name\n"
	letters := func(i int) string {
		return string([]byte{'B' + byte(i%20), 'a', 'b' + byte(i/20%20), 'e', 'b' + byte(i/400)})
	}
	for i := range 3 * maxNamesakes {
		list += fmt.Sprintf("A%d;Hans %s\nB%d;Hans Peter %s\nC%d;%s Maier\n", i, letters(i), i, letters(i), i, letters(i))
	}
	r := load(t, map[string]string{"people.csv": list})
	for text, want := range map[string]string{
		"Heute mit Hans Babeb am Grill": "A0", "Hans Peter Babebs Grill": "B0", "Hans P. Babeb": "A0", "Hans Dr. Babeb": "A0", "Babeb Maier": "C0", "Babeb, Hans": "A0", "Hans": "", "Hans Peter": "", "Maier": "",
	} {
		ts := tokens(text)
		for i := range ts {
			if n := len(r.names.candidates(ts, i)); n > maxNamesakes {
				t.Errorf("%q: %d names are compared at word %d", text, n, i)
			}
		}
		var got []string
		for _, m := range r.names.find(text, false) {
			got = append(got, r.people[m.person].code)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// TestOneWord: of whom the list has one word, a form of address before it is met, and an initial tells nothing.
func TestOneWord(t *testing.T) {
	r := load(t, map[string]string{"people.csv": "Code;Name\nM;Frau Meier\n"})
	for text, want := range map[string]how{"Frau Meier hilft": surname, "Unsere Meier": given, "M. Meier": given, "Mit Eva Meier": ""} {
		var got how
		for _, m := range r.names.find(text, false) {
			got = m.how
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// TestDoubts: what is used, but not in full, is told where it stands.
func TestDoubts(t *testing.T) {
	for _, tt := range []struct{ name, file, data, want string }{
		{"one word", "people.csv", "Code;Name;Other spellings\n1;Madonna;\n2;Cher;Cher Muster\n3;Frau Meier;\n", `read "people.csv": row 2, column "Name": name of one word: "Madonna"` + "\n" + `read "people.csv": row 4, column "Name": name of one word: "Frau Meier"`},
		{"no day of giving", "consents.csv", "Album;Scope;Given on;Valid until\nFest;publish;;2030-01-01\nTag;publish;2020-01-01;2030-01-01\n", `read "consents.csv": row 2, column "Given on": day on which it was given missing`},
		{"no column for it", "einwilligungen.csv", "Album;Umfang;Gültig bis\nFest;Veröffentlichung;1.1.2030\nTag;Veröffentlichung;1.1.2030\n", `read "einwilligungen.csv", column "Erteilt am / Given on": day on which it was given missing`},
	} {
		r := load(t, map[string]string{tt.file: tt.data})
		if diff := cmp.Diff(tt.want, strings.Join(texts(r.Problems()), "\n")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestDetect(t *testing.T) {
	r := load(t, map[string]string{"personen.csv": peopleCSV})
	item := &scanner.Item{Text: "Abschied von Jürgen Müller, gratuliert hat Petra.", Tags: []string{"Ayşe Yıldız"}, Media: []scanner.Media{{File: "1_n.jpg"}}}
	got, err := r.Detectors()[0].Detect(&classify.Subject{Item: item, Facts: []*picture.Facts{nil}})
	if err != nil {
		t.Fatal(err)
	}
	want := []classify.Signal{
		{Label: classify.Employee, Family: "records.person", Evidence: classify.Evidence{Rule: "records.person.former", Field: "text", Start: 13, End: 28, Quote: "Jürgen Müller", Weight: 3.6}},
		{Label: classify.Employee, Family: "records.person", Evidence: classify.Evidence{Rule: "records.person.former", Field: "records", Quote: "MA-2", Weight: 3.6}},
		{Label: classify.Employee, Family: "records.person", Evidence: classify.Evidence{Rule: "records.person.first", Field: "text", Start: 45, End: 50, Quote: "Petra", Weight: 0.5}},
		{Label: classify.Customer, Family: "records.person", Evidence: classify.Evidence{Rule: "records.person.name", Field: "tags[0]", End: 14, Quote: "Ayşe Yıldız", Weight: 3.8}},
		{Label: classify.Customer, Family: "records.person", Evidence: classify.Evidence{Rule: "records.person.name", Field: "records", Quote: "KU-1", Weight: 3.8}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("signals (-want +got):\n%s", diff)
	}
	// Before the last day somebody is still there.
	r = loadOn(t, time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC), map[string]string{"personen.csv": peopleCSV})
	early, err := r.Detectors()[0].Detect(&classify.Subject{Item: item, Facts: []*picture.Facts{nil}})
	if err != nil {
		t.Fatal(err)
	}
	if rule := early[0].Evidence.Rule; rule != "records.person.name" {
		t.Errorf("rule before the leaving date: got %q", rule)
	}
}

// TestRules: each rule that evidence names is among those that are told, with the weight that it counts, but for tags.
func TestRules(t *testing.T) {
	told := map[string]Rule{}
	for _, r := range Rules() {
		told[r.ID] = r
	}
	r := load(t, map[string]string{"personen.csv": peopleCSV, "known.csv": "Code;Folder;Kind;Person\nK1;a;Stock;\nK2;b;work;\nK3;c;portrait;MA-6\n",
		"a/a.png": string(painting(1)), "b/b.png": string(painting(2)), "c/c.png": string(painting(3))})
	item := &scanner.Item{Text: "Petra Schulz, Jürgen Müller, Martin Schneidr, Herr Schneider, Foto: Robert Koch. Danke, Petra!"}
	for i := range 3 {
		item.Media = append(item.Media, scanner.Media{SHA256: sha256.Sum256(painting(i + 1))})
	}
	signals, err := r.Detectors()[0].Detect(&classify.Subject{Item: item, Facts: make([]*picture.Facts, 3)})
	if err != nil {
		t.Fatal(err)
	}
	met := map[string]bool{}
	for _, s := range signals {
		rule, ok := told[s.Evidence.Rule]
		if !ok || rule.Family != s.Family || rule.Weight != s.Evidence.Weight || rule.Label != "" && rule.Label != s.Label {
			t.Errorf("%+v is told as %+v", s, rule)
		}
		met[s.Evidence.Rule] = true
	}
	for id := range told {
		if !met[id] {
			t.Errorf("rule %q is told, but not met", id)
		}
	}
}

// TestFormerByRole: the role may say that somebody has left, without a day.
func TestFormerByRole(t *testing.T) {
	got, err := load(t, map[string]string{"people.csv": "Code,Name,Role\nP1,Petra Schulz,former employee\n"}).Detectors()[0].Detect(&classify.Subject{Item: &scanner.Item{Text: "Mit Petra Schulz"}})
	if err != nil || len(got) == 0 || got[0].Evidence.Rule != "records.person.former" {
		t.Errorf("got %v, %v", got, err)
	}
}

// Somebody is there on the last day; whoever reads the lists that day is told so at any hour.
func TestLastDay(t *testing.T) {
	for _, tt := range []struct {
		today time.Time
		rule  string
	}{
		{time.Date(2024, 3, 1, 23, 0, 0, 0, time.UTC), "records.person.name"},
		{time.Date(2024, 3, 2, 1, 0, 0, 0, time.UTC), "records.person.former"},
	} {
		got, err := loadOn(t, tt.today, map[string]string{"people.csv": "Code,Name,Left on\nP1,Petra Schulz,2024-03-01\n"}).Detectors()[0].Detect(&classify.Subject{Item: &scanner.Item{Text: "Mit Petra Schulz"}})
		if err != nil || len(got) == 0 || got[0].Evidence.Rule != tt.rule {
			t.Errorf("on %v: %v, %v, want rule %q", tt.today, got, err, tt.rule)
		}
	}
}

func TestNoLists(t *testing.T) {
	r, err := Load(t.TempDir() + "/records")
	if r != nil || err != nil {
		t.Fatalf("Load of no folder: got %v, %v", r, err)
	}
	if r.Detectors() != nil || r.Grounds(&scanner.Item{}, nil, nil) != nil || r.Problems() != nil {
		t.Error("no lists say something")
	}
}

func TestGrounds(t *testing.T) {
	day := func(s string) time.Time {
		d, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	r := load(t, map[string]string{
		"people.csv": "Code,Name,Left on\nP1,Petra Schulz,\nP2,Max Muster,\n",
		"consents.csv": `Code,Person (code),Album,Event,Pictures from,Pictures to,Scope,Given on,Valid until,Withdrawn on,Filed at
C1,P1,,,,,publish,2020-01-01,,,secret cabinet
C2,P1,,,2025-01-01,2025-12-31,AI training,2025-01-01,2026-12-31,,
C3,,Sommerfest 2024,,,,publish,2024-06-01,,,
C4,,,Tag der offenen Tür,,,AI training,2024-06-01,,2025-02-01,
C5,P2,,,,,publish,2020-01-01,,,
`,
		"licences.csv": `Code,Provider,File,Asset number,Social media,AI clause,Valid until
L1,Adobe Stock,,,yes,,
L2,,,123456789,yes,forbidden,
L3,,IMG_77*.jpg,,no,,2024-12-31
L4,Jana Licht,,,yes,allowed,
`,
	})
	stock := []classify.Finding{{Label: classify.Stock, Band: classify.Sure, Evidence: []classify.Evidence{{Rule: "x", Field: "text", Quote: "AdobeStock", Weight: 3}}}}
	work := []classify.Finding{{Label: classify.ThirdPartyWork, Band: classify.Sure, Evidence: []classify.Evidence{{Rule: "x", Field: "text", Quote: "Foto: Jana Licht", Weight: 3}}}}
	for _, tt := range []struct {
		name     string
		item     scanner.Item
		findings []classify.Finding
		want     []GroundMatch
	}{
		{name: "person", item: scanner.Item{Text: "Mit Petra Schulz", Created: day("2024-05-05")}, want: []GroundMatch{{Kind: Consent, Code: "C1", By: "person", Person: "P1", Names: []string{"Petra Schulz"}, Scope: Publish, Given: day("2020-01-01")}}},
		{name: "person in span", item: scanner.Item{Text: "Mit Petra Schulz", Created: day("2025-12-31")}, want: []GroundMatch{
			{Kind: Consent, Code: "C1", By: "person", Person: "P1", Names: []string{"Petra Schulz"}, Scope: Publish, Given: day("2020-01-01")}, {Kind: Consent, Code: "C2", By: "person", Person: "P1", Names: []string{"Petra Schulz"}, Scope: Training, Given: day("2025-01-01"), Until: day("2026-12-31")}}},
		{name: "first name alone is no ground", item: scanner.Item{Text: "Mit Petra"}},
		{name: "a name with a typing error is no ground", item: scanner.Item{Text: "Mit Petra Schullz"}},
		{name: "album", item: scanner.Item{Album: "sommerfest 2024"}, want: []GroundMatch{{Kind: Consent, Code: "C3", By: "album", Scope: Publish, Given: day("2024-06-01")}}},
		{name: "longer album", item: scanner.Item{Album: "Sommerfest 2024 Nachlese"}},
		{name: "event", item: scanner.Item{Text: "Unser Tag der offenen Tür!"}, want: []GroundMatch{{Kind: Consent, Code: "C4", By: "event", Scope: Training, Given: day("2024-06-01"), Withdrawn: day("2025-02-01")}}},
		{name: "provider", item: scanner.Item{Media: []scanner.Media{{File: "a.jpg"}}}, findings: stock, want: []GroundMatch{{Kind: Licence, Code: "L1", By: "provider", Names: []string{"Adobe Stock"}, Social: ClauseYes}}},
		{name: "provider without a finding", item: scanner.Item{Media: []scanner.Media{{File: "AdobeStock_1.jpg"}}}},
		{name: "asset number", item: scanner.Item{Media: []scanner.Media{{File: "AdobeStock_123456789_Preview.jpeg"}}}, findings: stock, want: []GroundMatch{
			{Kind: Licence, Code: "L1", By: "provider", Names: []string{"Adobe Stock"}, Social: ClauseYes}, {Kind: Licence, Code: "L2", By: "asset", Names: []string{"123456789"}, Media: []int{0}, Social: ClauseYes, AI: ClauseNo}}},
		{name: "asset number in the item's words only", item: scanner.Item{Text: "Foto: 123456789", Media: []scanner.Media{{File: "a.jpg"}, {File: "b.jpg"}}}, findings: work[:1:1], want: []GroundMatch{
			{Kind: Licence, Code: "L2", By: "asset", Names: []string{"123456789"}, Social: ClauseYes, AI: ClauseNo}, {Kind: Licence, Code: "L4", By: "provider", Names: []string{"Jana Licht"}, Social: ClauseYes, AI: ClauseYes}}},
		{name: "asset number below one picture", item: scanner.Item{Media: []scanner.Media{{File: "a.jpg"}, {File: "b.jpg", Caption: "Foto: 123456789"}}}, findings: work, want: []GroundMatch{
			{Kind: Licence, Code: "L2", By: "asset", Names: []string{"123456789"}, Media: []int{1}, Social: ClauseYes, AI: ClauseNo}, {Kind: Licence, Code: "L4", By: "provider", Names: []string{"Jana Licht"}, Social: ClauseYes, AI: ClauseYes}}},
		{name: "asset number below both pictures", item: scanner.Item{Media: []scanner.Media{{File: "a.jpg", Caption: "Foto: 123456789"}, {File: "b.jpg", Caption: "Foto: 123456789"}}}, findings: work, want: []GroundMatch{
			{Kind: Licence, Code: "L2", By: "asset", Names: []string{"123456789"}, Social: ClauseYes, AI: ClauseNo}, {Kind: Licence, Code: "L4", By: "provider", Names: []string{"Jana Licht"}, Social: ClauseYes, AI: ClauseYes}}},
		{name: "asset number within a longer one", item: scanner.Item{Media: []scanner.Media{{File: "x_91234567890.jpeg"}}}, findings: work, want: []GroundMatch{{Kind: Licence, Code: "L4", By: "provider", Names: []string{"Jana Licht"}, Social: ClauseYes, AI: ClauseYes}}},
		{name: "file pattern, several pictures", item: scanner.Item{Media: []scanner.Media{{File: "IMG_7712.jpg"}, {File: "x.jpg"}, {File: "IMG_7713.jpg"}}}, findings: stock, want: []GroundMatch{
			{Kind: Licence, Code: "L1", By: "provider", Names: []string{"Adobe Stock"}, Social: ClauseYes}, {Kind: Licence, Code: "L3", By: "file", Media: []int{0, 2}, Social: ClauseNo, Until: day("2024-12-31")}}},
		{name: "file pattern", item: scanner.Item{Media: []scanner.Media{{File: "img_7712.JPG"}}}, findings: work, want: []GroundMatch{
			{Kind: Licence, Code: "L3", By: "file", Media: []int{0}, Social: ClauseNo, Until: day("2024-12-31")}, {Kind: Licence, Code: "L4", By: "provider", Names: []string{"Jana Licht"}, Social: ClauseYes, AI: ClauseYes}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := r.Grounds(&tt.item, make([]*picture.Facts, len(tt.item.Media)), tt.findings)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("grounds (-want +got):\n%s", diff)
			}
		})
	}
}

// TestLicences: of which pictures a licence speaks, and whose name a credit has.
func TestLicences(t *testing.T) {
	quote := func(field, text, quote string) []classify.Finding {
		at := strings.Index(text, quote)
		return []classify.Finding{{Label: classify.Stock, Evidence: []classify.Evidence{{Field: field, Start: at, End: at + len(quote), Quote: quote, Weight: 3}}}}
	}
	for _, tt := range []struct {
		licence string // provider, or asset number
		text    string // of which the rules quote
		quote   string
		met     bool
	}{
		{"Unsplash", "Foto: Unsplash, bearbeitet", "Foto: Unsplash", true},
		{"Unsplash", "Foto: Unsplash+", "Foto: Unsplash", false},
		{"Unsplash", "Bild: Unsplash +", "Unsplash", false},
		{"Unsplash", "Bild: Unsplash + eigene Bearbeitung", "Unsplash", true},
		{"Unsplash", "Photo by Ada on Unsplash Plus.", "Photo by Ada on Unsplash", false},
		{"Unsplash", "Unsplash+/Getty Images", "Unsplash+/Getty Images", false},
		{"Unsplash+", "Foto: Unsplash+, bearbeitet", "Foto: Unsplash", true},
		{"Unsplash Plus", "Foto: Unsplash+", "Foto: Unsplash", true},
		{"Unsplash+", "Foto: #UnsplashPlus", "#UnsplashPlus", true},
		{"Unsplash+", "Foto: Unsplash", "Foto: Unsplash", false},
		{"Unsplash+", "Photo by Ada on Unsplash", "Unsplash", false},
		{"Jana Licht", "Foto: Jana Licht", "Foto: Jana Licht", true},
		{"Jana Licht", "Foto: Jana Licht-Bauer", "Foto: Jana Licht", false},
		{"Jana Licht", "Foto: Anna-Jana Licht", "Anna-Jana Licht", false},
		{"Jana Licht-Bauer", "Foto: Jana Licht-Bauer", "Foto: Jana Licht", true},
		{"Adobe Stock", "Adobe Stock-Lizenz liegt vor", "Adobe Stock", true},
		{"Picture Alliance", "Foto: Picture-Alliance/dpa", "Foto: Picture-Alliance/dpa", true},
		{"Getty Images", "Symbolfoto: Getty Images-Archiv", "Getty Images", true},
	} {
		r := load(t, map[string]string{"licences.csv": "Code;Provider;Social media\nL;" + tt.licence + ";yes\n"})
		for field, item := range map[string]scanner.Item{
			"text":         {Text: tt.text, Media: []scanner.Media{{File: "1_n.jpg"}}},
			"media[0].alt": {Media: []scanner.Media{{File: "1_n.jpg", Alt: tt.text}}},
		} {
			if got := r.Grounds(&item, make([]*picture.Facts, 1), quote(field, tt.text, tt.quote)); (len(got) > 0) != tt.met {
				t.Errorf("licence of %q for %s %q: got %+v", tt.licence, field, tt.text, got)
			}
		}
		facts := &picture.Facts{Metadata: picture.Metadata{Credit: tt.text}}
		if got := r.Grounds(&scanner.Item{Media: make([]scanner.Media, 1)}, []*picture.Facts{facts}, quote("media[0].metadata.credit", tt.text, tt.quote)); (len(got) > 0) != tt.met {
			t.Errorf("licence of %q for metadata %q: got %+v", tt.licence, tt.text, got)
		}
	}
	for text, want := range map[string]string{"Foto: Unsplash+, neu": "Unsplash+", "Foto: Unsplash +": "Unsplash+", "Foto: Unsplash Plus": "Unsplash Plus", "Foto: Unsplash, neu": "Unsplash", "Foto: Unsplash + wir": "Unsplash"} {
		if got := Quoted(&scanner.Item{Text: text}, nil, quote("text", text, "Unsplash")[0].Evidence[0]); got != want {
			t.Errorf("%q: quoted as %q, want %q", text, got, want)
		}
	}
	r := load(t, map[string]string{"licences.csv": "Code;Asset number\nA;AdobeStock_123456789\nB;222333444\n"})
	facts := []*picture.Facts{{}, {Metadata: picture.Metadata{Transmission: "222333444"}}, nil}
	item := &scanner.Item{Text: "Zwei Bilder", Media: []scanner.Media{{File: "AdobeStock_123456789.jpeg"}, {File: "b.jpg"}, {File: "c.jpg"}}}
	var got []string
	for _, m := range r.Grounds(item, facts, []classify.Finding{{Label: classify.Stock}}) {
		got = append(got, fmt.Sprint(m.Code, m.Media))
	}
	if diff := cmp.Diff([]string{"A[0]", "B[1]"}, got); diff != "" {
		t.Errorf("pictures (-want +got):\n%s", diff)
	}
}

// TestListsAsTheyCome reads lists with fewer columns than the template's: names in two columns, no codes, people of a
// consent by their name, a number in the column for files.
func TestListsAsTheyCome(t *testing.T) {
	r := load(t, map[string]string{
		"personen.csv":       "Nachname;Vorname;Austritt\nSchulz;Petra;31.12.2024\n",
		"einwilligungen.csv": "Person;Umfang;Gültig bis;Widerruf\nSchulz, Petra;beides;31.12.2030;\nKarl Kunde;Veröffentlichung;31.12.2030;\n",
		"lizenzen.csv":       "Datei oder Bildnummer;Social Media\n123456789;ja\n",
	})
	if c := r.Counts(); c != (Counts{People: 1, Consents: 2, Licences: 1}) {
		t.Errorf("counts %+v", c)
	}
	item := &scanner.Item{Text: "Petra Schulz mit Karl Kunde", Media: []scanner.Media{{File: "x_123456789.jpg"}}}
	signals, err := r.Detectors()[0].Detect(&classify.Subject{Item: item, Facts: make([]*picture.Facts, 1)})
	if err != nil {
		t.Fatal(err)
	}
	if len(signals) != 2 || signals[1].Evidence.Quote != "personen.csv:2" || signals[1].Evidence.Rule != "records.person.former" {
		t.Errorf("signals %+v", signals)
	}
	until := time.Date(2030, 12, 31, 0, 0, 0, 0, time.UTC)
	want := []GroundMatch{
		{Kind: Consent, Code: "einwilligungen.csv:2", By: "person", Person: "personen.csv:2", Names: []string{"Petra Schulz"}, Scope: Training, Until: until},
		{Kind: Consent, Code: "einwilligungen.csv:3", By: "person", Person: "einwilligungen.csv:3", Names: []string{"Karl Kunde"}, Scope: Publish, Until: until},
		{Kind: Licence, Code: "lizenzen.csv:2", By: "asset", Names: []string{"123456789"}, Media: []int{0}, Social: ClauseYes},
	}
	if diff := cmp.Diff(want, r.Grounds(item, make([]*picture.Facts, 1), []classify.Finding{{Label: classify.Stock}})); diff != "" {
		t.Errorf("grounds (-want +got):\n%s", diff)
	}
}

// TestCustomaryFolders: folders whose names say what they hold need no list.
func TestCustomaryFolders(t *testing.T) {
	r := load(t, map[string]string{"Stock/a.png": string(painting(1)), "known/staff/b.png": string(painting(2)), "holiday/c.png": string(painting(3))})
	if n := r.Counts().Known; n != 2 {
		t.Fatalf("%d folders", n)
	}
	item := &scanner.Item{Media: []scanner.Media{{SHA256: sha256.Sum256(painting(1))}, {SHA256: sha256.Sum256(painting(2))}, {SHA256: sha256.Sum256(painting(3))}}}
	signals, err := r.Detectors()[0].Detect(&classify.Subject{Item: item, Facts: make([]*picture.Facts, 3)})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range signals {
		got = append(got, string(s.Label)+" "+s.Evidence.Quote)
	}
	if diff := cmp.Diff([]string{"stock Stock", "employee staff"}, got); diff != "" {
		t.Errorf("signals (-want +got):\n%s", diff)
	}
}

// TestNothingButCodes keeps what the owner wrote out of the results.
func TestNothingButCodes(t *testing.T) {
	r := load(t, map[string]string{
		"people.csv":   "Code;Name;Other spellings;Role;Left on\nP1;Petra Schulz;Peti Geheim;Geheimrolle;2020-01-01\n",
		"consents.csv": "Code;Person;Scope;Given on;Filed at\nC1;P1;publish;2020-01-01;Geheimfach 7\n",
	})
	item := &scanner.Item{Text: "Mit Petra Schulz", Media: []scanner.Media{{}}}
	signals, err := r.Detectors()[0].Detect(&classify.Subject{Item: item, Facts: make([]*picture.Facts, 1)})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range signals {
		if strings.Contains(s.Evidence.Quote, "eheim") || s.Evidence.Field == "records" && s.Evidence.Quote != "P1" {
			t.Errorf("evidence gives away the list: %+v", s.Evidence)
		}
	}
	for _, g := range r.Grounds(item, make([]*picture.Facts, 1), nil) {
		if g.Code != "C1" || g.Person != "P1" {
			t.Errorf("ground gives away the list: %+v", g)
		}
	}
}

// TestBrokenLists shows that each mistake is told with its file, row and column.
func TestBrokenLists(t *testing.T) {
	type place struct {
		File, Column, Value string
		Row                 int
	}
	for _, tt := range []struct {
		name  string
		files map[string]string
		want  error
		at    place
	}{
		{"unknown column", map[string]string{"people.csv": "Code;Name;Schuhgröße\n1;A B;42\n"}, ErrUnknownColumn, place{"people.csv", "Schuhgröße", "", 1}},
		{"column twice", map[string]string{"people.csv": "Code;Name;Name\n"}, ErrColumnTwice, place{"people.csv", "Name", "", 1}},
		{"column missing", map[string]string{"consents.csv": "Code;Album;Given on\nC;Fest;2020-01-01\n"}, ErrNoColumn, place{"consents.csv", "Umfang / Scope", "", 1}},
		{"no column for names", map[string]string{"people.csv": "Code;First name\n1;Petra\n"}, ErrNoColumn, place{"people.csv", "Name", "", 2}},
		{"half a name", map[string]string{"people.csv": "Code;First name;Last name\n1;Petra;\n"}, ErrNoValue, place{"people.csv", "Last name", "", 2}},
		{"two people of one name", map[string]string{"people.csv": "Code;Name\n1;Jürgen Müller\n2;Juergen Mueller\n"}, ErrSameName, place{"people.csv", "Name", "Juergen Mueller", 3}},
		{"two people of one nickname", map[string]string{"people.csv": "Code;Name;Other spellings\n1;A Bcd;Bo Li\n2;C Def;Bo Li\n"}, ErrSameName, place{"people.csv", "Other spellings", "Bo Li", 3}},
		{"code twice", map[string]string{"people.csv": "Code;Name\n1;A B\n\n1;C D\n"}, ErrSameCode, place{"people.csv", "Code", "1", 4}},
		{"no name", map[string]string{"people.csv": "Code;Name\n1;\n"}, ErrNoValue, place{"people.csv", "Name", "", 2}},
		{"no date", map[string]string{"people.csv": "Code;Name;Left on\n1;A B;gestern\n"}, ErrBadDate, place{"people.csv", "Left on", "gestern", 2}},
		{"date that could be two", map[string]string{"people.csv": "Code;Name;Left on\n1;A B;01/02/2024\n"}, ErrBadDate, place{"people.csv", "Left on", "01/02/2024", 2}},
		{"year of two digits", map[string]string{"people.csv": "Code;Name;Left on\n1;A B;1.2.24\n"}, ErrBadDate, place{"people.csv", "Left on", "1.2.24", 2}},
		{"a day that does not exist", map[string]string{"people.csv": "Code;Name;Left on\n1;A B;31.02.2024\n"}, ErrBadDate, place{"people.csv", "Left on", "31.02.2024", 2}},
		{"consent without a date", map[string]string{"consents.csv": "Code;Album;Scope;Given on\nC;Fest;publish;\n"}, ErrNoDate, place{"consents.csv", "Given on", "", 2}},
		{"consent without a scope", map[string]string{"consents.csv": "Code;Album;Scope;Given on\nC;Fest;;2020-01-01\n"}, ErrNoValue, place{"consents.csv", "Scope", "", 2}},
		{"unknown scope", map[string]string{"einwilligungen.csv": "Kürzel;Album;Umfang;Erteilt am\nC;Fest;alles;1.1.2020\n"}, ErrBadValue, place{"einwilligungen.csv", "Umfang", "alles", 2}},
		{"consent of nobody", map[string]string{"consents.csv": "Code;Scope;Given on\nC;publish;2020-01-01\n"}, ErrNoTarget, place{"consents.csv", "", "", 2}},
		{"consent of an unknown person", map[string]string{"people.csv": "Code;Name\nP1;A B\n", "consents.csv": "Code;Person;Scope;Given on\nC;P9;publish;2020-01-01\n"}, ErrUnknownCode, place{"consents.csv", "Person", "P9", 2}},
		{"consent without any column for dates", map[string]string{"consents.csv": "Album;Scope\nFest;publish\n"}, ErrNoDate, place{"consents.csv", "Erteilt am / Given on", "", 2}},
		{"span that ends before it begins", map[string]string{"consents.csv": "Code;Scope;Given on;Pictures from;Pictures to\nC;publish;2020-01-01;2020-03-01;2020-02-01\n"}, ErrDateOrder, place{"consents.csv", "Pictures to", "2020-02-01", 2}},
		{"licence of nothing", map[string]string{"licences.csv": "Code;Social media\nL;yes\n"}, ErrNoTarget, place{"licences.csv", "", "", 2}},
		{"licence, maybe", map[string]string{"licences.csv": "Code;Provider;AI clause\nL;X;vielleicht\n"}, ErrBadValue, place{"licences.csv", "AI clause", "vielleicht", 2}},
		{"licence for every file", map[string]string{"licences.csv": "Code;File\nL;*.*\n"}, ErrBadValue, place{"licences.csv", "File", "*.*", 2}},
		{"short asset number", map[string]string{"licences.csv": "Code;Asset number\nL;12\n"}, ErrBadValue, place{"licences.csv", "Asset number", "12", 2}},
		{"folder that is not there", map[string]string{"known.csv": "Code;Folder;Kind\nK;nowhere;stock\n"}, ErrNoFolder, place{"known.csv", "Folder", "nowhere", 2}},
		{"folder outside", map[string]string{"known.csv": "Code;Folder;Kind\nK;../x;stock\n"}, ErrNoFolder, place{"known.csv", "Folder", "../x", 2}},
		{"value beyond the columns", map[string]string{"people.csv": "Code;Name\n1;A B;42\n"}, ErrExtraCell, place{"people.csv", "", "42", 2}},
		{"quote without an end", map[string]string{"people.csv": "Code;Name\n1;\"A B\n"}, ErrQuote, place{"people.csv", "", "", 2}},
		{"not a workbook", map[string]string{"people.xlsx": "hello"}, ErrUnreadable, place{"people.xlsx", "", "", 0}},
		{"cell too long, told once", map[string]string{"people.csv": "Code;Name\n1;" + strings.Repeat("ä", maxCell+1) + "\n"}, ErrLongCell, place{"people.csv", "Name", "", 2}},
		{"too many columns", map[string]string{"people.csv": "Name" + strings.Repeat(";", maxColumns) + "\n"}, ErrManyColumns, place{"people.csv", "", "", 1}},
		{"too many rows", map[string]string{"people.csv": "Name\n" + strings.Repeat("A B\n", maxRows+1)}, ErrManyRows, place{"people.csv", "", "", maxRows + 2}},
		{"a formula", map[string]string{"people.csv": "Code;Name;Left on\n1;A B;=TODAY()\n"}, ErrFormula, place{"people.csv", "Left on", "=TODAY()", 2}},
		{"a formula instead of a name", map[string]string{"people.csv": "Code;Name\n1;=A1\n"}, ErrFormula, place{"people.csv", "Name", "=A1", 2}},
		{"a formula's error in the first column", map[string]string{"people.csv": "Code;Name\n#REF!;A B\n"}, ErrFormula, place{"people.csv", "Code", "#REF!", 2}},
		{"letters of a Mac", map[string]string{"people.csv": "Code;Name\n1;J\x9frgen Hinz\n"}, ErrEncoding, place{"people.csv", "", "JŸrgen", 2}},
		{"letters of MS-DOS", map[string]string{"people.csv": "Code;Name\n1;J\x81rgen Hinz\n"}, ErrEncoding, place{"people.csv", "", "J\ufffdrgen", 2}},
		{"lost letters", map[string]string{"people.csv": "Code;Name\n1;Eva Hinz\n2;J\ufffdrgen Hinz\n"}, ErrEncoding, place{"people.csv", "", "J\ufffdrgen", 3}},
		{"half a letter of UTF-16", map[string]string{"people.csv": "\xff\xfeN\x00a\x00m\x00e\x00\n\x00A\x00 \x00B"}, ErrEncoding, place{"people.csv", "", "\ufffd", 2}},
		{"bytes", map[string]string{"people.csv": "\x00\x01"}, ErrUnreadable, place{"people.csv", "", "", 0}},
		{"unknown list", map[string]string{"gehälter.csv": "Name\n"}, ErrUnknownFile, place{"gehälter.csv", "", "", 0}},
		{"other spreadsheet", map[string]string{"people.ods": "x"}, ErrUnknownFile, place{"people.ods", "", "", 0}},
		{"list twice", map[string]string{"people.csv": "Code;Name\n1;A B\n", "personen.csv": "Kürzel;Name\n1;A B\n"}, ErrTwice, place{"personen.csv", "", "", 0}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := LoadFS(files2fs(tt.files), time.Time{})
			if r != nil || !errors.Is(err, tt.want) {
				t.Fatalf("got %v, %v, want %v", r, err, tt.want)
			}
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("%v is no *Error", err)
			}
			if diff := cmp.Diff(tt.at, place{e.File, e.Column, e.Value, e.Row}); diff != "" {
				t.Errorf("place (-want +got):\n%s", diff)
			}
			if all := err.(interface{ Unwrap() []error }).Unwrap(); len(all) != 1 {
				t.Errorf("%d mistakes are told of one", len(all))
			}
		})
	}
}

// TestRoles: what the column for roles may say, and what tells nothing.
func TestRoles(t *testing.T) {
	roles, err := builtinRoles()
	if err != nil {
		t.Fatal(err)
	}
	for label, words := range map[classify.Label][]string{
		classify.Employee: {"", "Beschäftigte", "Theke", "Meister", "Tischlerin", "Mitarbeiter:in", "Angestellte:r", "Verkäufer/in (m/w/d)", "Azubi im 2. Lehrjahr", "Kundenberaterin", "Kundendienst",
			"Gästebetreuung", "Schülerpraktikant", "Mitglied der Geschäftsleitung", "Vorstandsmitglied", "member of staff", "team member", "customer service manager", "Head of Sales",
			"CEO & Founder", "Pressesprecherin", "Mitglied des Vorstands", "Zahnmedizinische Fachangestellte", "Feuerwehrmann", "Bürokauffrau", "Gerüstbauer", "Ehrenamtliche", "president"},
		classify.Customer: {"Kundschaft", "Kunde", "Kunden", "Kundin/Kunde", "Kund:innen", "KundInnen", "Kund(inn)en", "Patient", "Patienten", "Patient/in", "Patient*innen", "Privatpatientin", "Gast",
			"Gäste", "Hotelgast", "Fahrgäste", "Mitglied", "Mitglieder", "Vereinsmitglied", "Bewohnerin", "Bewohner*innen", "Schüler", "Schülerinnen", "Fahrschüler", "Mieter", "Mandantin",
			"Klient", "Studierende", "Teilnehmer_innen", "Brautpaar", "customers", "guest", "pupils", "client", "residents", "Schülersprecherin", "Klassensprecher", "former customer"},
		classify.OtherPerson: {"andere", "andere Person", "other", "extern", "Lieferant", "Lieferantin", "Geschäftspartner", "Ehemann der Chefin", "Tochter des Inhabers", "owner's daughter", "Nachbarin", "Model",
			"externe Beraterin", "Ehrengast", "Elternbeirat", "Mitglied im Elternbeirat", "supplier", "wife of the manager"},
	} {
		for _, w := range words {
			if got, _, ok := roles.read(w); got != label || !ok {
				t.Errorf("role %q: got %q, %v, want %q", w, got, ok, label)
			}
		}
	}
	for _, w := range []string{"Geheimrolle", "?", "-", "Partner", "Frau", "Schwester", "Bürgermeisterin", "Fotografin", "Kundin, Verkäuferin", "Person", "siehe oben", "42"} {
		if got, _, ok := roles.read(w); ok {
			t.Errorf("role %q is taken for %q", w, got)
		}
	}
	for _, w := range []string{"ehemalige Mitarbeiterin", "Ex-Kollege", "former employee", "Verkäuferin im Ruhestand"} {
		if got, gone, _ := roles.read(w); got != classify.Employee || !gone {
			t.Errorf("role %q: got %q, gone %v", w, got, gone)
		}
	}
}

// TestEachRoleOnce: no word for a role stands twice, be it in another form, in another list, or among the trades that the
// rules know: one of the two would be without effect, or the two would contradict each other.
func TestEachRoleOnce(t *testing.T) {
	rules, err := classify.BuiltinRules()
	if err != nil {
		t.Fatal(err)
	}
	stem := func(w string) string {
		if mark := w[:1]; mark == "-" || mark == "=" {
			return mark + roleStem(fold(w[1:])[0])
		}
		return roleStem(fold(w)[0])
	}
	seen := map[string]string{}
	for _, list := range []string{unclearRoles, customerRoles, otherRoles, staffRoles} {
		for _, w := range strings.Fields(list) {
			if old, ok := seen[stem(w)]; ok {
				t.Errorf("%q says what %q says", w, old)
			}
			seen[stem(w)] = w
		}
	}
	staff := strings.Fields(staffRoles)
	for _, list := range jobLists {
		words := rules.Words(list)
		if len(words) < 50 {
			t.Errorf("%s: %d words", list, len(words))
		}
		for _, w := range words {
			if old := seen[stem(strings.Replace(w, "*", "-", 1))]; slices.Contains(staff, old) {
				t.Errorf("%q stands in %s: %q", old, list, w)
			}
		}
	}
}

// TestUnknownRole: somebody whose role is not understood is known, but never staff, and the owner is told where.
func TestUnknownRole(t *testing.T) {
	r := load(t, map[string]string{"personen.csv": "Kürzel;Name;Rolle\nA;Eva Muster;Xyz\nB;Udo Hinz;Kundin/Kunde\n"})
	signals, err := r.Detectors()[0].Detect(&classify.Subject{Item: &scanner.Item{Text: "Mit Eva Muster und Udo Hinz"}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range signals {
		if s.Evidence.Field == "records" {
			got = append(got, string(s.Label)+" "+s.Evidence.Quote)
		}
	}
	if diff := cmp.Diff([]string{"other_person A", "customer B"}, got); diff != "" {
		t.Errorf("signals (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{`read "personen.csv": row 2, column "Rolle": unknown role: "Xyz"`}, texts(r.Problems())); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

func texts(errs []error) []string {
	var out []string
	for _, err := range errs {
		out = append(out, err.Error())
	}
	return out
}

// TestCodes: a code that is in no list is a mistake, and the one that was probably meant is named.
func TestCodes(t *testing.T) {
	const people = "Code;Name\nP-KRAHL;Eva Krahl\nP-17;Udo Hinz\nP-18;Ida Kunz\n"
	const head = "Code;Person;Scope;Given on\n"
	for _, tt := range []struct{ person, near string }{
		{"PX-KRAHL", "P-KRAHL"}, {"P-KRALH", "P-KRAHL"}, {"p_krahl", "P-KRAHL"}, {"P-71", "P-17"}, {"P-19", ""}, {"Eva", ""}, {"Krahl", "P-KRAHL"}, {"Q-XYZ", ""},
	} {
		_, err := LoadFS(files2fs(map[string]string{"people.csv": people, "consents.csv": head + "C1;" + tt.person + ";publish;2020-01-01\n"}), time.Time{})
		var e *Error
		if !errors.As(err, &e) || e.Err != ErrUnknownCode || e.File != "consents.csv" || e.Row != 2 || e.Column != "Person" || e.Value != tt.person || e.Near != tt.near {
			t.Errorf("person %q: got %v, want %q to be named", tt.person, err, tt.near)
		}
		_, err = LoadFS(files2fs(map[string]string{"people.csv": people, "known.csv": "Code;Folder;Kind;Person\nK;p;portrait;" + tt.person + "\n", "p/a.png": "x"}), time.Time{})
		if !errors.As(err, &e) || e.Err != ErrUnknownCode || e.File != "known.csv" || e.Near != tt.near {
			t.Errorf("portrait of %q: got %v", tt.person, err)
		}
	}
	if near := newSpellings([]string{"P-17"}).nearest("P-29"); near != "" {
		t.Errorf("P-29: got %q, of which only a third is the same", near)
	}
	// A full name may be that of somebody who is not listed; where one is near, the owner is told.
	r := load(t, map[string]string{"people.csv": people, "consents.csv": head + "C1;Eva Kralh;publish;2020-01-01\nC2;Karla Fern;publish;2020-01-01\nC3;Fern, Karla;AI training;2020-01-01\n"})
	if r.consents[1].person != r.consents[2].person {
		t.Error("two consents of one name are of two people")
	}
	if diff := cmp.Diff([]string{`read "consents.csv": row 2, column "Person": name in no list, but one is near: "Eva Kralh" (perhaps "Eva Krahl")`}, texts(r.Problems())); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

// TestListsApart: lists of some thousand lines that do not belong together are told at once. All pairs of their codes, or
// of their names, compared letter by letter would take minutes.
func TestListsApart(t *testing.T) {
	const n = 4000
	people, byCode, byName := "Code;Name\n", "Code;Person;Scope;Given on\n", "Code;Person;Scope;Given on\n"
	for i := range n {
		letters := fmt.Sprintf("%c%c%c%c", 'a'+i%26, 'a'+i/26%26, 'a'+i/676%26, 'a'+i%7)
		people += fmt.Sprintf("P-%05d;Vor%s Nach%s\n", i, letters, letters)
		byCode += fmt.Sprintf("C%d;Q-%05d;publish;2020-01-01\n", i, i)
		byName += fmt.Sprintf("C%d;%[2]s Ander%[2]s;publish;2020-01-01\n", i, letters)
	}
	_, err := LoadFS(files2fs(map[string]string{"people.csv": people, "consents.csv": byCode}), time.Time{})
	for i, e := range err.(interface{ Unwrap() []error }).Unwrap() {
		var one *Error
		if !errors.As(e, &one) || one.Err != ErrUnknownCode || (one.Near != "") != (i < maxGuesses) {
			t.Fatalf("mistake %d: %v", i, e)
		}
	}
	r := load(t, map[string]string{"people.csv": people, "consents.csv": byName + "Z;Voraaa Nachaaaa;publish;2020-01-01\nY;Voraaaa Nachaaaa;publish;2020-01-01\n"})
	if diff := cmp.Diff([]string{fmt.Sprintf(`read "consents.csv": row %d, column "Person": name in no list, but one is near: "Voraaa Nachaaaa" (perhaps "Voraaaa Nachaaaa")`, n+2)}, texts(r.Problems())); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	if c := r.consents[n+1]; c.person != 0 {
		t.Errorf("a listed name is that of person %d", c.person)
	}
}

// TestEdits holds the comparison of words that stops early against one that does not.
func TestEdits(t *testing.T) {
	var whole func(a, b []rune) int
	whole = func(a, b []rune) int {
		if len(a) == 0 || len(b) == 0 {
			return len(a) + len(b)
		}
		d := whole(a[1:], b[1:])
		if a[0] != b[0] {
			d = 1 + min(d, whole(a[1:], b), whole(a, b[1:]))
		}
		if len(a) > 1 && len(b) > 1 && a[0] == b[1] && a[1] == b[0] {
			d = min(d, 1+whole(a[2:], b[2:]))
		}
		return d
	}
	var words []string
	for i := range 4 * 4 * 4 * 4 {
		words = append(words, strings.TrimRight(string([]byte{"ab c"[i%4], "ab c"[i/4%4], "ab c"[i/16%4], "ab c"[i/64]}), " "))
	}
	words = append(words, "schneider", "schnieder", "schneidr", "schneidre", "cshneidre", "hcsneider", "schmeidre", "schnyder", "müllre", "müler")
	for _, a := range words {
		for _, b := range words {
			want := whole([]rune(a), []rune(b))
			for most := 1; most <= farthest; most++ {
				if got := edits([]rune(a), []rune(b), most); got != min(want, most+1) {
					t.Fatalf("%q and %q, at most %d: got %d, want %d", a, b, most, got, want)
				}
			}
			if x, y := spell(a), spell(b); bits.OnesCount64(x.letters^y.letters) > 2*whole(x.plain, y.plain) {
				t.Errorf("%q and %q: their letters differ in more than %d edits", a, b, want)
			}
		}
	}
}

// TestCodesAlone: without a list of people, codes join portraits with consents; a consent that no portrait belongs to is
// told.
func TestCodesAlone(t *testing.T) {
	r := load(t, map[string]string{
		"consents.csv": "Code;Person;Scope;Given on\nC1;P-1;publish;2020-01-01\nC2;P-2;AI training;2020-01-01\n",
		"known.csv":    "Code;Folder;Kind;Person\nK1;p1;portrait;P-1\n", "p1/a.png": string(painting(1)),
	})
	item := &scanner.Item{Media: []scanner.Media{{SHA256: sha256.Sum256(painting(1))}}}
	got := r.Grounds(item, make([]*picture.Facts, 1), nil)
	if len(got) != 1 || got[0].Code != "C1" || got[0].Person != "P-1" || got[0].By != "known" {
		t.Errorf("grounds %+v", got)
	}
	signals, err := r.Detectors()[0].Detect(&classify.Subject{Item: item, Facts: make([]*picture.Facts, 1)})
	if err != nil || len(signals) != 1 || signals[0].Label != classify.Employee || signals[0].Evidence.Quote != "P-1" {
		t.Errorf("signals %+v, %v", signals, err)
	}
	if diff := cmp.Diff([]string{`read "consents.csv": row 3, column "Person": code without a name and without a portrait: "P-2"`}, texts(r.Problems())); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

// TestDates refuses days that cannot be meant, each at its place.
func TestDates(t *testing.T) {
	today := time.Date(2026, 11, 22, 15, 0, 0, 0, time.UTC)
	consent := func(given, until, withdrawn string) map[string]string {
		return map[string]string{"consents.csv": "Code;Album;Scope;Given on;Valid until;Withdrawn on\nC;Fest;publish;" + given + ";" + until + ";" + withdrawn + "\n"}
	}
	for _, tt := range []struct {
		name   string
		files  map[string]string
		want   error
		column string
		other  string
	}{
		{"ends before it was given", consent("2024-01-01", "2020-01-01", ""), ErrDateOrder, "Valid until", "Given on: 2024-01-01"},
		{"withdrawn before it was given", consent("2024-01-01", "", "2019-01-01"), ErrDateOrder, "Withdrawn on", "Given on: 2024-01-01"},
		{"given tomorrow", consent("2026-11-23", "", ""), ErrFuture, "Given on", "2026-11-22"},
		{"given in a far year", consent("2205-01-01", "", ""), ErrFarDate, "Given on", "1950-01-01 – 2099-12-31"},
		{"for a thousand years", consent("2024-01-01", "31.12.9999", ""), ErrFarEnd, "Valid until", "01.01.1950 – 31.12.2099"},
		{"withdrawn in a far year", consent("2024-01-01", "", "2052-01-01"), ErrFuture, "Withdrawn on", "2036-11-22"},
		{"given long ago", consent("1905-01-01", "", ""), ErrFarDate, "Given on", "1950-01-01 – 2099-12-31"},
		{"left in a far year", map[string]string{"people.csv": "Code;Name;Left on\n1;A B;2062-01-01\n"}, ErrFuture, "Left on", "2036-11-22"},
		{"licence for a thousand years", map[string]string{"licences.csv": "Code;Provider;Valid until\n1;X;2999-01-01\n"}, ErrFarEnd, "Valid until", "1950-01-01 – 2099-12-31"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := LoadFS(files2fs(tt.files), today)
			var e *Error
			if !errors.As(err, &e) || e.Err != tt.want || e.Row != 2 || e.Column != tt.column || e.Other != tt.other {
				t.Errorf("got %v", err)
			}
		})
	}
	for name, files := range map[string]map[string]string{
		"given today": consent("2026-11-22", "", ""), "given and withdrawn on one day": consent("2024-01-01", "", "2024-01-01"), "until the last year": consent("2024-01-01", "2099-12-31", "2027-01-01"),
		"leaves soon": {"people.csv": "Code;Name;Left on\n1;A B;2027-03-31\n"},
	} {
		if _, err := LoadFS(files2fs(files), today); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestNoFollowingMistakes: while a list cannot be read, nothing is said of the codes that it would have.
func TestNoFollowingMistakes(t *testing.T) {
	const consents = "Code;Person;Scope;Given on\nC1;P1;publish;2020-01-01\n"
	known := "Code;Folder;Kind;Person;Licence\nK;p;portrait;P1;L1\n"
	for name, files := range map[string]map[string]string{
		"unknown column": {"people.csv": "Code;Name;Gehalt\nP1;A B;5\n", "consents.csv": consents},
		"no column":      {"people.csv": "Code;Role\nP1;Kunde\n", "consents.csv": consents},
		"unreadable":     {"people.csv": "Code;Name\nP1;\"A B\n", "consents.csv": consents},
		"not a list":     {"people.ods": "x", "consents.csv": consents},
		"extra cell":     {"people.csv": "Code;Name\nP1;A B;5\n", "consents.csv": consents},
		"licences":       {"people.csv": "Code;Name\nP1;A B\n", "licences.csv": "Code;Provider;Farbe\nL1;X;rot\n", "known.csv": known, "p/a.png": "x"},
	} {
		_, err := LoadFS(files2fs(files), time.Time{})
		if err == nil || strings.Count(err.Error(), "read ") != 1 || errors.Is(err, ErrUnknownCode) {
			t.Errorf("%s: got %v, want one mistake", name, err)
		}
	}
}

// TestRowsAsASpreadsheetCounts: the lines within a cell are no rows.
func TestRowsAsASpreadsheetCounts(t *testing.T) {
	_, err := LoadFS(files2fs(map[string]string{"people.csv": "Code;Name;Other spellings\n1;A B;\"X Y\n| Z Y\"\n\n2;C D;\n3;A B;\n"}), time.Time{})
	var e *Error
	if !errors.As(err, &e) || e.Err != ErrSameName || e.Row != 5 || e.With != 2 {
		t.Errorf("got %v", err)
	}
}

func TestAllMistakesAtOnce(t *testing.T) {
	_, err := LoadFS(files2fs(map[string]string{"people.csv": "Code;Name;Left on\n1;A B;x\n2;C D;y\n"}), time.Time{})
	if n := strings.Count(err.Error(), "no date"); n != 2 {
		t.Errorf("%d of 2 mistakes told: %v", n, err)
	}
}

// TestEncodings reads the same list in the forms in which spreadsheets save it.
func TestEncodings(t *testing.T) {
	const text = "Kürzel;Name;Ausgeschieden am\nM-1;Jürgen Groß;31.12.2020\n"
	cp, err := charmap.Windows1252.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	utf16 := []byte{0xff, 0xfe}
	for _, r := range text {
		utf16 = append(utf16, byte(r), byte(r>>8))
	}
	for name, data := range map[string]string{
		"UTF-8": text, "with mark": "\ufeff" + text, "Windows-1252": cp, "UTF-16": string(utf16),
		"commas": strings.ReplaceAll(text, ";", ","), "tabs": strings.ReplaceAll(text, ";", "\t"),
		"sep line": "sep=;\r\n" + strings.ReplaceAll(text, "\n", "\r\n"), "lines of a Mac": strings.ReplaceAll(text, "\n", "\r"), "codes as text": strings.ReplaceAll(text, "M-1", `"=""M-1"""`), "unseen signs": strings.ReplaceAll(text, "Groß", "\u200bGr\u00adoß"), "remarks": "# Unsere Liste, Stand heute, ohne Aushilfen\n" + text + "# Ende\n;;\n",
	} {
		t.Run(name, func(t *testing.T) {
			r := load(t, map[string]string{"personen.csv": data})
			if len(r.people) != 1 || r.people[0].code != "M-1" || r.people[0].left.Format(time.DateOnly) != "2020-12-31" || len(r.names.find("Mit Jürgen Groß", false)) != 1 {
				t.Errorf("got %+v", r.people)
			}
		})
	}
}

func TestWorkbook(t *testing.T) {
	f := excelize.NewFile()
	for cell, v := range map[string]any{"A1": "Kürzel", "B1": "Name", "C1": "Ausgeschieden\u00a0am", "A2": "M-1", "B2": "Petra Schulz", "C2": time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC), "A4": "M-2", "B4": "Max Muster", "C4": "1.3.2024"} {
		if err := f.SetCellValue("Sheet1", cell, v); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	r := load(t, map[string]string{"Personen.xlsx": b.String()})
	var got []string
	for _, p := range r.people {
		got = append(got, p.code+" "+p.left.Format(time.DateOnly))
	}
	if diff := cmp.Diff([]string{"M-1 2024-02-29", "M-2 2024-03-01"}, got); diff != "" {
		t.Errorf("people (-want +got):\n%s", diff)
	}
}

// TestSheets: the sheet that has the list is read, wherever it stands; further ones are told.
func TestSheets(t *testing.T) {
	book := func(sheets ...[][]any) string {
		f := excelize.NewFile()
		for i, rows := range sheets {
			name := fmt.Sprintf("Blatt %d", i+1)
			if _, err := f.NewSheet(name); err != nil {
				t.Fatal(err)
			}
			for n, row := range rows {
				if err := f.SetSheetRow(name, fmt.Sprintf("A%d", n+1), &row); err != nil {
					t.Fatal(err)
				}
			}
		}
		yes := true
		if err := f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &yes}); err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := f.Write(&b); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	notes := [][]any{{"So füllen Sie die Liste aus"}, {"Name und Datum"}}
	list := [][]any{{"Kürzel", "Name", "Ausgeschieden am"}, {"M-1", "Petra Schulz", 44256}}
	r := load(t, map[string]string{"personen.xlsx": book(notes, list, [][]any{}, notes)})
	if read, _, others := r.Files(); !slices.Equal(read, []string{"personen.xlsx"}) || !slices.Equal(others, []string{"personen.xlsx [Blatt 1]", "personen.xlsx [Blatt 4]"}) {
		t.Errorf("read %q, others %q", read, others)
	}
	// In a workbook of a Mac, days count from 1904.
	if len(r.people) != 1 || r.people[0].left.Format(time.DateOnly) != "2025-03-02" {
		t.Errorf("people %+v", r.people)
	}
	_, err := LoadFS(files2fs(map[string]string{"personen.xlsx": book(list, list)}), time.Time{})
	var e *Error
	if !errors.As(err, &e) || e.Err != ErrTwoSheets || e.Value != "Blatt 2" || e.Other != "Blatt 1" {
		t.Errorf("two sheets: got %v", err)
	}
}

// TestPortraits: portraits of one series are not taken for each other, the same ones are found again, and people of whom
// there is no portrait are taken for nobody.
func TestPortraits(t *testing.T) {
	const n, strangers = 20, 20
	files := map[string]string{}
	list := "Code,Folder,Kind\n"
	var all []image.Image
	for i := range n + strangers {
		all = append(all, pictures.Portrait(int64(i+1), 400, 300))
		if i >= n {
			continue
		}
		files[fmt.Sprintf("p%d/a.jpg", i)] = string(pictures.JPEG(all[i], 85))
		list += fmt.Sprintf("P%d,p%d,portrait\n", i, i)
	}
	files["known.csv"] = list
	r := load(t, files)
	looker := picture.NewLooker(picture.Options{})
	for i, img := range all {
		f, err := looker.Look(t.Context(), bytes.NewReader(pictures.JPEG(img, 50)), picture.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if got := r.known.hits(&scanner.Item{Media: []scanner.Media{{}}}, []*picture.Facts{f}); !slices.Equal(got, []hit{{0, i}}[:min(1, max(0, n-i))]) {
			t.Errorf("portrait %d is taken for %v", i, got)
		}
	}
}

// TestTemplates fills a template of each kind in and reads it back.
func TestTemplates(t *testing.T) {
	for _, lang := range []string{"de", "en"} {
		ts, err := Templates(lang)
		if err != nil {
			t.Fatal(err)
		}
		empty := fstest.MapFS{}
		for _, tpl := range ts {
			empty[tpl.Name] = &fstest.MapFile{Data: tpl.Data}
		}
		r, err := LoadFS(empty, time.Time{})
		if err != nil {
			t.Errorf("%s: untouched templates are refused: %v", lang, err)
		}
		if c := r.Counts(); c != (Counts{}) {
			t.Errorf("%s: untouched templates have lines: %+v", lang, c)
		}
		if read, without, _ := r.Files(); len(read) > 0 || len(without) != len(ts) {
			t.Errorf("%s: read %q, without a line %q", lang, read, without)
		}
		if len(ts) != 2*len(lists) {
			t.Errorf("%s: %d templates", lang, len(ts))
		}
	}
	ts, err := Templates("de")
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(ts, func(t Template) bool { return t.Name == "personen.csv" })
	r := load(t, map[string]string{"personen.csv": string(ts[i].Data) + "M-1;Petra Schulz;;;\r\n"})
	if r.Counts().People != 1 {
		t.Error("the line below the template's was not read")
	}
}

// painting is a picture with enough structure to be told from others.
func painting(seed int) []byte {
	img := image.NewGray(image.Rect(0, 0, 200, 160))
	for y := range 160 {
		for x := range 200 {
			v := 128 + 60*math.Sin(float64(x*(seed+2))/23) + 60*math.Cos(float64(y*(seed+1))/(11+float64(seed)))
			img.SetGray(x, y, color.Gray{uint8(max(0, min(255, v)))})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func TestKnownPictures(t *testing.T) {
	r := load(t, map[string]string{
		"people.csv":          "Code;Name\nP1;Petra Schulz\n",
		"consents.csv":        "Code;Person;Scope;Given on\nC1;P1;publish;2020-01-01\n",
		"licences.csv":        "Code;Provider;Social media\nL1;Somebody;yes\n",
		"bekannte_bilder.csv": "Kürzel;Ordner;Art;Person;Lizenz\nK1;stock\\2024;Stock;;L1\nK2;portraits;Porträt;P1;\nK3;works;Werk;;\n",
		"stock/2024/a.png":    string(painting(1)), "portraits/p.png": string(painting(2)), "works/w.png": string(painting(3)),
		"works/broken.jpg": "no picture", "works/notes.txt": "x",
	})
	looker := picture.NewLooker(picture.Options{})
	facts := func(seed int) *picture.Facts {
		f, err := looker.Look(t.Context(), bytes.NewReader(painting(seed)), picture.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	// The platform re-encodes pictures: their bytes differ, their looks do not.
	item := &scanner.Item{Media: []scanner.Media{{File: "1_n.jpg", SHA256: scanner.Hash{1}}, {File: "2_n.jpg", SHA256: scanner.Hash{2}}, {File: "3_n.jpg", SHA256: scanner.Hash{3}}, {File: "4_n.jpg", SHA256: scanner.Hash{4}}}}
	seen := []*picture.Facts{facts(1), facts(2), facts(3), facts(9)}
	signals, err := r.Detectors()[0].Detect(&classify.Subject{Item: item, Facts: seen})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range signals {
		got = append(got, string(s.Label)+" "+s.Evidence.Rule+" "+s.Evidence.Field+" "+s.Evidence.Quote)
	}
	want := []string{"stock records.known.stock records K1", "employee records.known.portrait records P1", "third_party_work records.known.work records K3"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("signals (-want +got):\n%s", diff)
	}
	grounds := r.Grounds(item, seen, nil)
	wantGrounds := []GroundMatch{{Kind: Consent, Code: "C1", By: "known", Person: "P1", Portraits: []int{1}, Scope: Publish, Given: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)}, {Kind: Licence, Code: "L1", By: "known", Media: []int{0}, Social: ClauseYes}}
	if diff := cmp.Diff(wantGrounds, grounds); diff != "" {
		t.Errorf("grounds (-want +got):\n%s", diff)
	}
	if p := r.Problems(); len(p) != 1 || !strings.Contains(p[0].Error(), "broken.jpg") {
		t.Errorf("problems: %v", p)
	}
}

func FuzzCSV(f *testing.F) {
	f.Add([]byte(peopleCSV))
	f.Add([]byte("sep=,\nCode,Name\n\"1\",\"A\nB\"\n"))
	f.Add([]byte{0xff, 0xfe, 'C', 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, name := range []string{"people.csv", "consents.csv", "licences.csv"} {
			r, err := LoadFS(fstest.MapFS{name: {Data: data}}, time.Time{})
			if (r == nil) != (err != nil) {
				t.Fatalf("got %v, %v", r, err)
			}
			if r == nil {
				continue
			}
			text := string(data)
			for _, m := range r.names.find(text, true) {
				if m.start < 0 || m.end > len(text) || m.start >= m.end {
					t.Fatalf("span [%d:%d] of %d bytes", m.start, m.end, len(text))
				}
			}
			r.Grounds(&scanner.Item{Text: text, Media: []scanner.Media{{File: text}}}, nil, []classify.Finding{{Label: classify.Stock}})
		}
	})
}

func BenchmarkLicences(b *testing.B) {
	var list strings.Builder
	list.WriteString("Code;Asset number;Social media\n")
	for i := range 20_000 {
		fmt.Fprintf(&list, "L%d;%d;yes\n", i, 100_000_000+i)
	}
	r, err := LoadFS(files2fs(map[string]string{"licences.csv": list.String()}), time.Time{})
	if err != nil {
		b.Fatal(err)
	}
	item := &scanner.Item{Text: "Foto: Adobe Stock", Media: []scanner.Media{{File: "AdobeStock_100000077.jpg"}}}
	for b.Loop() {
		if len(r.Grounds(item, nil, []classify.Finding{{Label: classify.Stock}})) != 1 {
			b.Fatal("the licence is not found")
		}
	}
}

func FuzzXLSX(f *testing.F) {
	ts, err := Templates("de")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(ts[1].Data)
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := LoadFS(fstest.MapFS{"people.xlsx": {Data: data}}, time.Time{})
		if (r == nil) != (err != nil) {
			t.Fatalf("got %v, %v", r, err)
		}
	})
}

func BenchmarkNames(b *testing.B) {
	r, err := LoadFS(files2fs(map[string]string{"personen.csv": peopleCSV}), time.Time{})
	if err != nil {
		b.Fatal(err)
	}
	const text = "Sie hält seit 25 Jahren den Laden am Laufen: Danke, Petra! Auch Jürgen Müller und Martin Schneider gratulieren, dazu das ganze Team an der Theke. #danketeam"
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		r.names.find(text, false)
	}
}

// BenchmarkTitles are the longest texts of nothing but words that stand before names.
func BenchmarkTitles(b *testing.B) {
	r, err := LoadFS(files2fs(map[string]string{"personen.csv": peopleCSV}), time.Time{})
	if err != nil {
		b.Fatal(err)
	}
	for _, word := range []string{"de ", "Von ", "Prof ", "Ba"} {
		text := strings.Repeat(word, maxText/len(word))
		if word == "Ba" {
			text = "#" + text
		}
		b.Run(strings.TrimSpace(word), func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				r.names.find(text, false)
			}
		})
	}
}
