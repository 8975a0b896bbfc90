package classify

import (
	"strings"
	"testing"
)

// TestBeside says of captions whether they speak of anybody beside those who are named.
func TestBeside(t *testing.T) {
	r, err := BuiltinRules()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		text, names string
		want        bool
	}{
		// One person, and what is said of that person.
		{"Gitte Rau", "Gitte Rau", false},
		{"Gitte Rau sorgt für Ordnung im Lager.", "Gitte Rau", false},
		{"Gitte Rau, unsere neue Azubi", "Gitte Rau", false},
		{"Unsere Kollegin Gitte Rau feiert heute. Danke, Gitte!", "Gitte Rau", false},
		{"Wir danken unserem Kollegen Ole Kunz", "Ole Kunz", false},
		{"Frau Gitte Rau ist seit Mai unsere neue Kollegin.", "Gitte Rau", false},
		{"Unsere Neue an der Theke heißt Gitte Rau.", "Gitte Rau", false},
		{"Unsere neue Auszubildende heißt Gitte Rau.", "Gitte Rau", false},
		{"Gitte Rau verstärkt seit Mai unser Team.", "Gitte Rau", false},
		{"Gitte Rau macht bei uns ein Praktikum.", "Gitte Rau", false},
		{"Gitte Rau, Leitung Vertrieb", "Gitte Rau", false},
		{"Glückwunsch zur bestandenen Prüfung, Gitte Rau! Im August geht es weiter.", "Gitte Rau", false},
		{"Gitte Rau und Veit Lund", "Gitte Rau|Veit Lund", false},
		{"Meet Gitte Rau, our new apprentice.", "Gitte Rau", false},
		{"Gitte Rau joins our team.", "Gitte Rau", false},
		{"Gitte Rau & Veit Lund am Stand", "Gitte Rau|Veit Lund", false},

		// Somebody else.
		{"Gitte Rau und Veit Lund", "Gitte Rau", true},
		{"Veit Lund und Gitte Rau", "Gitte Rau", true},
		{"Gitte Rau, Petra Holm und Ole Kunz", "Gitte Rau", true},
		{"Gitte Rau, Wiebke Harkensee", "Gitte Rau", true},
		{"Gitte Rau mit Wiebke Harkensee am Steg", "Gitte Rau", true},
		{"Gitte Rau und Gitte Holm", "Gitte Rau", true},
		{"Gitte Rau & ihr ganzes Team", "Gitte Rau", true},
		{"Gitte Rau + 3", "Gitte Rau", true},
		{"Gitte Rau mit ihren Kindern", "Gitte Rau", true},
		{"Gitte Rau zeigt dem Azubi die Säge", "Gitte Rau", true},
		{"Gitte Rau berät eine Kundin", "Gitte Rau", true},
		{"Gitte Rau mit Praktikantin Mia", "Gitte Rau", true},
		{"Hedwig Sandmann und ihre Kolleginnen", "Hedwig Sandmann", true},
		{"Unser Team: Hedwig Sandmann", "Hedwig Sandmann", true},
		{"Gitte Rau (links) am Grill", "Gitte Rau", true},
		{"Gitte Rau (2. v. l.)", "Gitte Rau", true},
		{"Gitte Rau begrüßt Herrn Petersen", "Gitte Rau", true},
		{"Gitte Rau freut sich: beide haben bestanden", "Gitte Rau", true},
		{"Gitte Rau with her kids", "Gitte Rau", true},
		{"Gitte Rau and friends", "Gitte Rau", true},
		{"Gitte Rau welcomes a customer", "Gitte Rau", true},
		{"Our crew with Gitte Rau", "Gitte Rau", true},
	} {
		if got := r.Beside(tt.text, strings.Split(tt.names, "|")); (len(got) > 0) != tt.want {
			t.Errorf("%q beside %q: %q, want somebody: %v", tt.text, tt.names, got, tt.want)
		}
	}
}

func FuzzBeside(f *testing.F) {
	r, err := BuiltinRules()
	if err != nil {
		f.Fatal(err)
	}
	f.Add("Gitte Rau & ihr Team (2. v. l.) #GitteRau 👋", "Gitte Rau")
	f.Add("", "")
	f.Fuzz(func(t *testing.T, text, name string) {
		for _, quote := range r.Beside(text, []string{name}) {
			if !strings.Contains(text, quote) {
				t.Errorf("%q is not in %q", quote, text)
			}
		}
	})
}
