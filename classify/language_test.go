package classify

import "testing"

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
