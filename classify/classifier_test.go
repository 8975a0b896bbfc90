package classify

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pagerisk/classify/picture"
	"pagerisk/scanner"
)

func builtin(t testing.TB) *Rules {
	t.Helper()
	r, err := BuiltinRules()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// checkQuotes holds that every piece of evidence in a text quotes what stands there.
func checkQuotes(t *testing.T, s *Subject, findings []Finding) {
	t.Helper()
	fields := map[string]string{"text": s.Item.Text, "album": s.Item.Album, "place": s.Item.Place, "link": s.Item.Link}
	for i, tag := range s.Item.Tags {
		fields[fmt.Sprintf("tags[%d]", i)] = tag
	}
	for i, m := range s.Item.Media {
		p := fmt.Sprintf("media[%d].", i)
		fields[p+"alt"], fields[p+"file"], fields[p+"caption"] = m.Alt, m.File, m.Caption
		if i < len(s.Facts) && s.Facts[i] != nil {
			md := s.Facts[i].Metadata
			fields[p+"metadata.creator"], fields[p+"metadata.credit"], fields[p+"metadata.copyright"] = md.Creator, md.Credit, md.Copyright
		}
	}
	for _, f := range findings {
		for _, e := range f.Evidence {
			text, ok := fields[e.Field]
			if !ok {
				if e.Start != 0 || e.End != 0 {
					t.Errorf("%s: evidence in %q has a place: [%d:%d]", f.Label, e.Field, e.Start, e.End)
				}
				continue
			}
			if e.End > len(text) || text[e.Start:e.End] != e.Quote {
				t.Errorf("%s: %s[%d:%d] is not %q", f.Label, e.Field, e.Start, e.End, e.Quote)
			}
		}
	}
}

func intp(n int) *int { return &n }

// TestSpans finds what is marked with «» in the text, by the rule that is named.
func TestSpans(t *testing.T) {
	c := New(builtin(t))
	tests := []struct {
		text, rule string
	}{
		{"Zur Begrüßung gab es Blumen: «Unser Hauswart Kalle» ist 60!", "employee.our-role"},
		{"Nach drei Jahren «bestanden»! Müllers Mut zahlt sich aus.", "employee.exam"},
		{"Grüße! «Schlüsselübergabe» in der Tulpenstraße 🔑", "customer.ceremony"},
		{"Danke fürs Kommen, «Pastorin Ahrens»!", "special.religion"},
		{"Äpfel & Öl. «Foto: Ulf Behrmann»", "work.credit-name"},
		{"Ü30! «Bild: kadrino / Fotolia».com", "stock.credit-line"},
		{"Tüchtig: «Marla (10)» tanzt", "minor.age"},
		{"Wir feiern #«Dienstjubiläum»", "employee.jubilee"},
		{"Alle «Mitarbeiter:innen» sind da", "employee.staff-word"},
	}
	for _, tt := range tests {
		text := strings.NewReplacer("«", "", "»", "").Replace(tt.text)
		start := strings.Index(tt.text, "«")
		end := strings.Index(tt.text, "»") - len("«")
		s, err := Example{Text: text, People: intp(1)}.subject()
		if err != nil {
			t.Fatal(err)
		}
		j := c.judge(s)
		found := false
		for _, sig := range j.signals {
			if sig.Evidence.Rule != tt.rule {
				continue
			}
			found = true
			want := Evidence{Rule: tt.rule, Field: "text", Start: start, End: end, Quote: text[start:end], Weight: sig.Evidence.Weight}
			if diff := cmp.Diff(want, sig.Evidence); diff != "" {
				t.Errorf("%q: (-want +got)\n%s", text, diff)
			}
		}
		if !found {
			t.Errorf("%q: rule %s does not answer", text, tt.rule)
		}
	}
}

// labels shows findings in short: "employee:likely minor:sure".
func labels(findings []Finding) string {
	var out []string
	for _, f := range findings {
		out = append(out, string(f.Label))
	}
	return strings.Join(out, " ")
}

func photo(people *int) (scanner.Media, *picture.Facts) {
	return scanner.Media{File: "1_2_n.jpg", Status: scanner.OK}, &picture.Facts{People: people, Detector: "test@1"}
}

func TestClassify(t *testing.T) {
	c := New(builtin(t))
	business := Page{Name: "Schreinerei Zumstadel"}
	tests := []struct {
		name  string
		text  string
		page  Page
		kind  scanner.Kind
		alt   string
		file  string
		meta  picture.Metadata
		who   *int // people
		looks string
		want  string
	}{
		{name: "staff", text: "Sie hält seit 25 Jahren den Laden am Laufen: Danke, Petra!", who: intp(1), want: "employee"},
		{name: "a counter", text: "Unsere Neue an der Theke", who: intp(1), want: "employee"},
		{name: "patient", text: "Herr B. läuft wieder ohne Stock", page: Page{Kind: PagePractice}, who: intp(1), want: "customer special_category"},
		{name: "handover", text: "Schlüsselübergabe 🔑 Viel Freude im neuen Zuhause!", who: intp(2), want: "customer"},
		{name: "nobody can say", text: "Frühling 🌷", who: intp(1), want: "other_person"},
		{name: "nobody seen", text: "Unsere Kollegin Petra hat gebacken", who: intp(0), want: ""},
		{name: "overlooked by a weak detector", text: "Unsere neue Kollegin Petra ist da", who: intp(0), looks: "pigo@1", want: "employee"},
		{name: "description against a weak detector", text: "Frühling", alt: "Möglicherweise ein Bild von 2 Personen", who: intp(0), looks: "pigo@1", want: "other_person"},
		{name: "description against a good detector", text: "Frühling", alt: "Möglicherweise ein Bild von 2 Personen", who: intp(0), want: ""},
		{name: "nobody looked, words only", text: "Unsere neue Kollegin Petra ist da", want: "employee"},
		{name: "nobody looked, no words", text: "Frühling", want: ""},
		{name: "nobody looked, no words, a profile", kind: scanner.ProfilePhoto, want: ""},
		{name: "models", text: "Unser Team sucht dich", file: "AdobeStock_224509318.jpeg", who: intp(3), want: "stock"},
		{name: "storey", text: "Wir sitzen jetzt im 3. Stock", who: intp(0), want: ""},
		{name: "in stock", text: "Back in stock: 600 bottles", who: intp(0), want: ""},
		{name: "own credit", text: "Neue Küche. Foto: Schreinerei Zumstadel", who: intp(0), want: ""},
		{name: "own credit in the file", text: "", meta: picture.Metadata{Creator: "Leni Z.", Copyright: "© Zumstadel AG"}, who: intp(0), want: ""},
		{name: "foreign credit in the file", text: "", meta: picture.Metadata{Creator: "Gian Luzi"}, who: intp(0), want: "third_party_work"},
		{name: "agency is no third party", text: "Foto: dpa", who: intp(0), want: "stock"},
		{name: "remote software", text: "Fernwartung mit Teamviewer", who: intp(0), want: ""},
		{name: "mayor", text: "Bürgermeister Hitz besucht uns", who: intp(1), want: "other_person"},
		{name: "the mayor's own page", text: "Bürgermeisterin Ostermann eröffnet die Brücke", page: PageOf("Stadt Ostheim", "", nil), who: intp(1), want: "employee"},
		{name: "apprentice under age", text: "Willkommen im Team! Seraina (15) beginnt ihre Lehre bei uns.", who: intp(1), want: "employee minor"},
		{name: "nursery visits", text: "Die Kita Wiesental war da: 24 Kinder", who: intp(8), want: "other_person minor"},
		{name: "profile", kind: scanner.ProfilePhoto, who: intp(1), want: "employee"},
		{name: "made by a machine", text: "Winter", meta: picture.Metadata{DigitalSourceType: "trainedAlgorithmicMedia"}, who: intp(1), want: ""},
		{name: "one person, one label", text: "Unsere Kundin Giulia mit neuer Brille", who: intp(1), want: "customer"},
		{name: "several people, two labels", text: "Unser Hausmeister Kalle gratuliert unserer Mieterin Frau Adler", page: Page{Kind: PageHousing}, who: intp(2), want: "employee customer"},
		{name: "Turkish", text: "Yeni çalışma arkadaşımız Emre bugün başladı, ekibimiz büyüyor", who: intp(1), want: "employee"},
		{name: "French", text: "Bienvenue à Mathis, notre nouvel apprenti !", who: intp(1), want: "employee"},
		{name: "Polish", text: "Nasza klientka pani Halina ma 90 lat", who: intp(1), want: "customer"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, f := photo(tt.who)
			m.Alt = tt.alt
			if tt.file != "" {
				m.File = tt.file
			}
			f.Metadata = tt.meta
			if tt.looks != "" {
				f.Detector = tt.looks
			}
			page := tt.page
			if page.Name == "" {
				page.Name = business.Name
			}
			kind := tt.kind
			if kind == "" {
				kind = scanner.Post
			}
			s := &Subject{Item: &scanner.Item{Key: "fb:1", Kind: kind, Text: tt.text, Media: []scanner.Media{m}}, Facts: []*picture.Facts{f}, Page: page}
			got, err := c.Classify(s)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, labels(got)); diff != "" {
				t.Errorf("(-want +got)\n%s%+v", diff, got)
			}
			checkQuotes(t, s, got)
		})
	}
}

// A text post has no label, whatever it says.
func TestNoMedia(t *testing.T) {
	got, err := New(builtin(t)).Classify(&Subject{Item: &scanner.Item{Key: "fb:1", Text: "Unser ganzes Team grüßt unsere Kundin Petra"}})
	if err != nil || got != nil {
		t.Errorf("got %v, %v; want nothing", got, err)
	}
}

// A stock picture speaks for itself only: people in the other picture of the post are no models.
func TestStockBesidePeople(t *testing.T) {
	stock, stockFacts := photo(intp(1))
	stock.File = "shutterstock_123456789.jpg"
	own, ownFacts := photo(intp(2))
	s := &Subject{Item: &scanner.Item{Key: "fb:1", Kind: scanner.Post, Text: "Unser Team", Media: []scanner.Media{stock, own}}, Facts: []*picture.Facts{stockFacts, ownFacts}}
	got, err := New(builtin(t)).Classify(s)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("employee stock", labels(got)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// The score of a finding is what its evidence adds up to: of each family the strongest for and the strongest against.
func TestScoreCanBeRedone(t *testing.T) {
	r := builtin(t)
	c := New(r)
	learned := 0
	for _, s := range captionSubjects() {
		got, err := c.Classify(s)
		if err != nil {
			t.Fatal(err)
		}
		checkQuotes(t, s, got)
		for _, f := range got {
			sum := map[string]float64{}
			for _, e := range f.Evidence {
				family := e.Rule // what the classifier itself adds stands for itself
				if rule := r.Rule(e.Rule); rule != nil {
					family = rule.Family
				}
				if strings.HasPrefix(e.Rule, LearnedPrefix) {
					learned++
				}
				key := fmt.Sprint(family, e.Weight < 0)
				if e.Weight < 0 && e.Weight < sum[key] || e.Weight > 0 && e.Weight > sum[key] {
					sum[key] = e.Weight
				}
			}
			total := 0.0
			for _, w := range sum {
				total += w
			}
			if d := total - f.Score; d > 0.011 || d < -0.011 {
				t.Errorf("%q: %s: evidence adds up to %.2f, score is %.2f", s.Item.Text, f.Label, total, f.Score)
			}
			if want := r.Settings.band(f.Score); f.Band != want {
				t.Errorf("%q: band %s, want %s", s.Item.Text, f.Band, want)
			}
		}
	}
	if learned == 0 {
		t.Error("no finding rests on learned words")
	}
}

// What the learned words said can be redone to the last step: shares, groups and their odds.
func TestExplain(t *testing.T) {
	c := New(builtin(t))
	close := func(a, b float64) bool { return math.Abs(a-b) < 0.006 }
	weighed := 0
	seen := map[Label]bool{}
	subjects := captionSubjects()
	for _, text := range []string{"Kinderfest mit vielen Kindern: Emma (15) hilft am Grill", "Der Gottesdienst zum CSD mit Pfarrerin Wolters", "Drei Monate nach der Chemo steht Herr B. wieder am Herd"} {
		s, err := Example{Text: text, People: intp(2)}.subject()
		if err != nil {
			t.Fatal(err)
		}
		subjects = append(subjects, s)
	}
	for _, s := range subjects {
		plain, err := c.Classify(s)
		if err != nil {
			t.Fatal(err)
		}
		findings, all, err := c.Explain(s)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(plain, findings); diff != "" {
			t.Errorf("%q: explaining changes the findings (-plain +explained)\n%s", s.Item.Text, diff)
		}
		own := map[Label]float64{}
		for _, w := range all {
			own[w.Label] = w.Own
		}
		for _, w := range all {
			seen[w.Label] = seen[w.Label] || w.Found
			// Somebody who is seen is lifted to "possible" after the words had their say.
			found := slices.ContainsFunc(findings, func(f Finding) bool {
				return f.Label == w.Label && (f.Score == w.Score || f.Score == c.rules.Settings.Possible && w.Score < f.Score)
			})
			if w.Found && !found {
				t.Errorf("%q: %s is found with %v, but not among the findings", s.Item.Text, w.Label, w.Score)
			}
			sum := w.Held
			for _, share := range w.Shares {
				features := 0.0
				for _, f := range share.Features {
					features += f.Weight
					if _, ok := c.model.rows.find(hashParts(f.Name)); !ok {
						t.Errorf("%q: %s: no row %q in learned.tsv", s.Item.Text, w.Label, f.Name)
					}
				}
				if !close(features, share.Weight) {
					t.Errorf("%q: %s: features of %q add up to %.3f, want %.3f", s.Item.Text, w.Label, share.Quote, features, share.Weight)
				}
				if share.Kind == ShareWords && share.Quote == "" {
					t.Errorf("%q: %s: words without a quote: %+v", s.Item.Text, w.Label, share)
				}
				sum += share.Weight
			}
			if !close(sum, w.Own) {
				t.Errorf("%q: %s: rules and shares add up to %.3f, want %.3f", s.Item.Text, w.Label, sum, w.Own)
			}
			if len(w.Groups) == 0 {
				if !close(w.Weighed, w.Own-w.Line) {
					t.Errorf("%q: %s: weighed %.3f, want %.3f", s.Item.Text, w.Label, w.Weighed, w.Own-w.Line)
				}
				continue
			}
			weighed++
			with, total := 0.0, 0.0
			for _, g := range w.Groups {
				points := g.Together
				for _, l := range g.Labels {
					points += own[l] - c.rules.Settings.Possible
				}
				if !close(points, g.Points) {
					t.Errorf("%q: the group %v has %.3f points, its labels have %.3f", s.Item.Text, g.Labels, g.Points, points)
				}
				total += g.Chance
				if slices.Contains(g.Labels, w.Label) {
					with += g.Chance
				}
			}
			odds := max(-certain, min(math.Log(with)-math.Log(total-with), certain))
			if want := c.rules.Settings.Possible + PointsPerOdds*odds - w.Line; !close(total, 1) || !close(w.Weighed, want) {
				t.Errorf("%q: %s: chances %v of %v: weighed %.3f, want %.3f", s.Item.Text, w.Label, with, total, w.Weighed, want)
			}
		}
	}
	if weighed == 0 {
		t.Error("nothing was weighed")
	}
	for _, l := range learnedLabels[:shownLabels] {
		if !seen[l] {
			t.Errorf("no derivation of %s was looked at", l)
		}
	}
}

type stubDetector struct {
	signals []Signal
	err     error
	panics  bool
}

func (stubDetector) Name() string { return "stub" }
func (stubDetector) Version() int { return 1 }
func (d stubDetector) Detect(*Subject) ([]Signal, error) {
	if d.panics {
		panic("broken")
	}
	return d.signals, d.err
}

func TestDetectors(t *testing.T) {
	broken := errors.New("broken")
	m, f := photo(intp(1))
	s := &Subject{Item: &scanner.Item{Key: "fb:1", Kind: scanner.Post, Text: "Frühling", Media: []scanner.Media{m}}, Facts: []*picture.Facts{f}}
	record := Signal{Label: Employee, Family: "records", Evidence: Evidence{Rule: "records.people", Field: "records", Quote: "M-17", Weight: 3}}

	got, err := New(builtin(t), stubDetector{signals: []Signal{record}}).Classify(s)
	if err != nil || labels(got) != "employee" {
		t.Errorf("with a record: %s, %v; want employee", labels(got), err)
	}
	got, err = New(builtin(t), stubDetector{err: broken}).Classify(s)
	if !errors.Is(err, broken) || labels(got) != "other_person" {
		t.Errorf("with a failing detector: %s, %v; want the other findings and its error", labels(got), err)
	}
	got, err = New(builtin(t), stubDetector{panics: true}).Classify(s)
	if err == nil || !strings.Contains(err.Error(), "stub: panic") || labels(got) != "other_person" {
		t.Errorf("with a panicking detector: %s, %v; want the other findings and an error that names it", labels(got), err)
	}
}

func TestConcurrentUse(t *testing.T) {
	c := New(builtin(t))
	subjects := captionSubjects()
	var want []string
	for _, s := range subjects {
		f, err := c.Classify(s)
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, fmt.Sprint(f))
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 20 {
				for i, s := range subjects {
					f, err := c.Classify(s)
					if err != nil || fmt.Sprint(f) != want[i] {
						t.Errorf("subject %d differs under concurrent use: %v", i, err)
						return
					}
				}
			}
		})
	}
	wg.Wait()
}

// Ids are stored: they must never change.
func TestFindingID(t *testing.T) {
	if got := FindingID("fb:1", Employee); got != "2fc4ad0fd01cab759e5998657715f9b2" {
		t.Errorf("got %q", got)
	}
	if FindingID("fb:1", Employee) == FindingID("fb:1", Customer) || FindingID("fb:1", Employee) == FindingID("fb:2", Employee) {
		t.Error("ids of different findings are equal")
	}
}

func TestAltPeople(t *testing.T) {
	tests := []struct {
		alt  string
		want int
	}{
		{"Möglicherweise ein Bild von 6 Personen, Kind und Buch", 6},
		{"Bild könnte enthalten: 1 Person, lächelt", 1},
		{"May be an image of 2 people and indoor", 2},
		{"Möglicherweise ein Bild von Personen, die stehen, und Feuerwehrauto", 2},
		{"Photo by X on April 12, 2021. May be an image of 1 person.", 1},
		{"Peut être une image de 3 personnes", 3},
		{"Puede ser una imagen de 1 persona", 1},
		{"Möglicherweise ein Bild von Text „3 PERSONEN GESUCHT“", 0},
		{"Keine Fotobeschreibung verfügbar.", 0},
		{"", 0},
	}
	for _, tt := range tests {
		if got, _ := altPeople(tt.alt); got != tt.want {
			t.Errorf("%q: %d, want %d", tt.alt, got, tt.want)
		}
	}
}

// captions are typical in length and kind.
var captions = []string{
	"Herzlich willkommen im Team, liebe Jana! Seit Montag verstärkt sie unsere Backstube, und schon jetzt wissen wir nicht mehr, wie es ohne sie ging. 🥐 #teamsonnkorn #ausbildung",
	"Wegen Betriebsferien bleibt unsere Filiale am Markt bis 14. August geschlossen. Ab dem 15. August sind wir wieder wie gewohnt ab 6 Uhr für Sie da.",
	"Schlüsselübergabe bei Familie Brandt 🔑 Wir wünschen viel Freude im neuen Zuhause und sagen Danke für das Vertrauen!",
	"Grundsteinlegung am Auepark: Bürgermeisterin Ostermann und Architekt Sörensen versenkten die Zeitkapsel. Foto: Ulf Behrmann",
	"What a week at the conference in Leipzig! Huge thanks to everyone who came by our booth and to our speaker Dr. Weir.",
	"Neu in der Theke: Roggenkruste mit Walnuss. Nur freitags, nur solange der Vorrat reicht. Wer zuerst kommt, mahlt zuerst – wie früher an der Mühle.",
	"3 Monate trainieren, 2 bezahlen! © fizkes – stock.adobe.com",
	"",
}

func captionSubjects() []*Subject {
	var out []*Subject
	two := 2
	for _, text := range captions {
		out = append(out, &Subject{
			Item: &scanner.Item{Key: "fb:1", Platform: scanner.Facebook, Kind: scanner.Post, Text: text, Album: "Chronikfotos",
				Media: []scanner.Media{{File: "67526328_72713033569360160_8983187882975265800_n.jpg", Alt: "Möglicherweise ein Bild von 2 Personen und Innenbereich"}}},
			Facts: []*picture.Facts{{People: &two, Detector: "test"}},
			Page:  Page{Name: "Bäckerei Sonnkorn"},
		})
	}
	return out
}
