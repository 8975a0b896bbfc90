package classify

import (
	"fmt"
	"maps"
	"slices"
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
		kind, sector   string
	}{
		{"Zahnarztpraxis Dr. Lindqvist", "", nil, PagePractice, "practice"},
		{"Tierarztpraxis Pfotenhügel", "", nil, PageVet, "animal"},
		{"Tanzschule Wiegeschritt", "", nil, PageCourse, "course"},
		{"Berufskolleg Nordtal", "", nil, PageSchool, "school"},
		{"Kita Rappelkiste", "", nil, PageNursery, "nursery"},
		{"TSV Kirchhagen 1898 e. V.", "", nil, PageClub, "sport"},
		{"Freiwillige Feuerwehr Barnstedt", "", nil, PageBrigade, "brigade"},
		{"Gemeinde Oberwiesbach", "", nil, PageAuthority, "authority"},
		{"Stadt Ostheim", "", nil, PageAuthority, "authority"},
		{"Evangelische Kirchengemeinde St. Martin", "", nil, PageChurch, "church"},
		{"Wohnungsgenossenschaft Süderaue eG", "", nil, PageHousing, "housing"},
		{"Pflegedienst Lavendelweg", "", nil, PageCare, "care"},
		{"Hotel Seeblick", "", nil, PageLodging, "lodging"},
		{"Industriemuseum Kohlfurt", "", nil, PageCulture, "culture"},
		{"Bäckerei Sonnkorn", "", nil, "", "food"},
		{"Schreinerei Zumstadel", "", nil, "", "craft"},
		{"Salon Kopfsalat", "", nil, "", "salon"},
		{"Steuerkanzlei Abele", "", nil, "", "office"},
		{"Sonnkorn", "", nil, "", ""},
		{"Sonnkorn", "Bakery", nil, "", "food"},
		{"Sonnkorn", "Restaurant", nil, PageLodging, "gastro"},
		{"Lindenhof", "", []string{"Unsere Patienten sind die besten", "Neue Sprechstunde ab Mai", "Das Praxisteam grüßt", "Therapie mit Herz", "Die Ärztin berät Sie"}, PagePractice, "food"},
		{"Lindenhof", "", []string{"Heute Kuchen", "Der Arzt hat recht", "Morgen auch", "Immer Kuchen", "Nur Kuchen"}, "", "food"},
	}
	for _, tt := range tests {
		if got := PageOf(tt.name, tt.category, tt.sample); got.Kind != tt.kind || got.Sector != tt.sector {
			t.Errorf("PageOf(%q, %q, %d texts) is %q of sector %q, want %q of %q", tt.name, tt.category, len(tt.sample), got.Kind, got.Sector, tt.kind, tt.sector)
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
		{"two names", []string{"Anna und Ole backen", "Danke, Anna!", "Ole rührt"}, []string{"anna", "ole"}},
		{"twice in one caption", []string{"Anna und Anna", "Ole kauft ein"}, nil},
		{"with an address", []string{"Gruß von Frau Ohlsen", "Es kommt Frau Ohlsen"}, []string{"frau ohlsen"}},
		{"one caption under two pictures", []string{"Anna backt", "Anna backt", "Ole kauft ein"}, nil},
		{"no capital letter", []string{"anna backt", "danke anna"}, nil},
		{"a rare name among many captions", many, []string{"ole"}},
		{"nothing", nil, nil},
	}
	for _, tt := range tests {
		got := slices.Sorted(maps.Keys(PageOf("Laden", "", tt.sample).Regulars))
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tt.name, diff)
		}
	}
}

// A word set leaves out its exceptions.
func TestWordSet(t *testing.T) {
	s := newWordSet([]string{"*meister", "-buergermeister"})
	for word, want := range map[string]bool{"hausmeister": true, "buergermeister": false, "geselle": false} {
		if got := s.has([]byte(word)); got != want {
			t.Errorf("has(%q) = %v, want %v", word, got, want)
		}
	}
}
