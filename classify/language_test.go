package classify

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLanguage(t *testing.T) {
	tests := []struct {
		text, fallback, want string
	}{
		{"Wir haben heute für euch geöffnet und freuen uns auf euch!", "", "de"},
		{"We are open today and look forward to seeing you", "de", "en"},
		{"Nous sommes ouverts aujourd'hui et nous vous attendons avec plaisir", "de", "fr"},
		{"Oggi siamo aperti per voi con il nostro team", "de", "it"},
		{"Hoy estamos con los alumnos en el parque y es muy bonito", "de", "es"},
		{"Wij zijn vandaag open voor jullie, het is een mooie dag", "de", "nl"},
		{"Dziękujemy za dzień z nami, jest nas już dużo na zdjęciu", "de", "pl"},
		{"Bugün çok güzel bir gün, yeni ekibimiz için teşekkürler", "de", "tr"},
		{"Hüt isch d Seraina bi üs, mir händ vil Freud und si het scho gschafft", "de", "gsw"},
		{"I bin da Flo und mia san heid ned dahoam, des is schee", "de", "bar"},
		{"🤝", "de", "de"},
		{"", "en", "en"},
		{"#team", "pl", "pl"},
	}
	for _, tt := range tests {
		if got := Language(tt.text, tt.fallback); got != tt.want {
			t.Errorf("Language(%q, %q) = %q, want %q", tt.text, tt.fallback, got, tt.want)
		}
	}
}

func TestPageOf(t *testing.T) {
	tests := []struct {
		name, category string
		sample         []string
		want           string
	}{
		{"Zahnarztpraxis Dr. Lindqvist", "", nil, PagePractice},
		{"Tierarztpraxis Pfotenhügel", "", nil, PageVet},
		{"Tanzschule Wiegeschritt", "", nil, PageCourse},
		{"Berufskolleg Nordtal", "", nil, PageSchool},
		{"Kita Rappelkiste", "", nil, PageNursery},
		{"TSV Kirchhagen 1898 e. V.", "", nil, PageClub},
		{"Freiwillige Feuerwehr Barnstedt", "", nil, PageBrigade},
		{"Gemeinde Oberwiesbach", "", nil, PageAuthority},
		{"Evangelische Kirchengemeinde St. Martin", "", nil, PageChurch},
		{"Wohnungsgenossenschaft Süderaue eG", "", nil, PageHousing},
		{"Pflegedienst Lavendelweg", "", nil, PageCare},
		{"Hotel Seeblick", "", nil, PageLodging},
		{"Industriemuseum Kohlfurt", "", nil, PageCulture},
		{"Bäckerei Sonnkorn", "", nil, ""},
		{"Sonnkorn", "Restaurant", nil, PageLodging},
		{"Lindenhof", "", []string{"Unsere Patienten sind die besten", "Neue Sprechstunde ab Mai", "Das Praxisteam grüßt", "Therapie mit Herz", "Die Ärztin berät Sie"}, PagePractice},
		{"Lindenhof", "", []string{"Heute Kuchen", "Der Arzt hat recht", "Morgen auch", "Immer Kuchen", "Nur Kuchen"}, ""},
	}
	for _, tt := range tests {
		if got := PageOf(tt.name, tt.category, tt.sample).Kind; got != tt.want {
			t.Errorf("PageOf(%q, %q, %d texts) is %q, want %q", tt.name, tt.category, len(tt.sample), got, tt.want)
		}
	}
}

func TestSector(t *testing.T) {
	tests := []struct{ name, category, want string }{
		{"Bäckerei Sonnkorn", "", "food"},
		{"Schreinerei Zumstadel", "", "craft"},
		{"Salon Kopfsalat", "", "salon"},
		{"Steuerkanzlei Abele", "", "office"},
		{"Stadt Ostheim", "", "authority"},
		{"Hotel Seeblick", "", "lodging"},
		{"Sonnkorn", "Bakery", "food"},
		{"Sonnkorn", "", ""},
	}
	for _, tt := range tests {
		if got := PageOf(tt.name, tt.category, nil).Sector; got != tt.want {
			t.Errorf("PageOf(%q, %q) is of sector %q, want %q", tt.name, tt.category, got, tt.want)
		}
	}
}

// People of the house come back on a page, guests come once.
func TestRegulars(t *testing.T) {
	many := make([]string, 300)
	for i := range many {
		many[i] = fmt.Sprint("Heute Kuchen Nummer ", i)
	}
	many[3], many[70], many[71], many[72], many[73] = "Anna war da", "Anna backt", "Ole backt", "Ole rührt", "Ole putzt"
	tests := []struct {
		name   string
		sample []string
		want   []string
	}{
		{"twice", []string{"Anna backt", "Danke, Anna!", "Ole kauft ein"}, []string{"anna"}},
		{"twice in one caption", []string{"Anna und Anna", "Ole kauft ein"}, nil},
		{"with an address", []string{"Gruß von Frau Ohlsen", "Es kommt Frau Ohlsen"}, []string{"frau ohlsen"}},
		{"one caption under two pictures", []string{"Anna backt", "Anna backt", "Ole kauft ein"}, nil},
		{"no capital letter", []string{"anna backt", "danke anna"}, nil},
		{"a rare name among many captions", many, []string{"ole"}},
		{"nothing", nil, nil},
	}
	for _, tt := range tests {
		var got []string
		for name := range PageOf("Laden", "", tt.sample).Regulars {
			got = append(got, name)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tt.name, diff)
		}
	}
}
