package classify

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pagerisk/classify/picture"
	"pagerisk/scanner"
)

func TestOdds(t *testing.T) {
	apart := [len(together)]float64{-4, -4, -4}
	free := [len(together)]float64{}
	tests := []struct {
		name  string
		alone [peopleLabels]float64
		both  [len(together)]float64
		size  int
		want  [peopleLabels]float64 // chances in percent
	}{
		{"nothing known, one person", [peopleLabels]float64{}, free, 1, [peopleLabels]float64{33, 33, 33}},
		{"nothing known, two: two of three kinds as likely as one", [peopleLabels]float64{}, free, 2, [peopleLabels]float64{50, 50, 50}},
		{"nothing known, a group", [peopleLabels]float64{}, free, 3, [peopleLabels]float64{57, 57, 57}},
		{"one is clear", [peopleLabels]float64{3, -3, -3}, free, 1, [peopleLabels]float64{99, 1, 1}},
		{"all weak: somebody is shown all the same", [peopleLabels]float64{-2, -5, -5}, free, 1, [peopleLabels]float64{91, 5, 5}},
		{"two strong in a group", [peopleLabels]float64{3, 3, -3}, free, 4, [peopleLabels]float64{95, 95, 5}},
		{"two strong that do not go together", [peopleLabels]float64{3, 3, -3}, apart, 4, [peopleLabels]float64{58, 58, 1}},
		{"two strong, one person", [peopleLabels]float64{3, 3, -3}, free, 1, [peopleLabels]float64{50, 50, 1}},
		{"nobody counted", [peopleLabels]float64{3, 3, 3}, free, 0, [peopleLabels]float64{95, 95, 95}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got [peopleLabels]float64
			for l, v := range odds(tt.alone, &tt.both, tt.size) {
				got[l] = math.Round(100 * logistic(v))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// However extreme the weights are, the answer is a number.
func TestOddsExtreme(t *testing.T) {
	for _, v := range odds([peopleLabels]float64{1e6, -1e6, 1e6}, &[len(together)]float64{1e6, -1e6, 0}, 0) {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			t.Errorf("odds %v", v)
		}
	}
}

func TestReadModel(t *testing.T) {
	const numbers = "\t50\t-100\t0\t0\t200\t0"
	m, err := readModel([]byte("// by hand\n" + rowLine + numbers + "\n" + rowSure + numbers + "\n" + rowBoth + "2" + numbers + "\nw:theke" + numbers + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := perLabel{0.5, -1, 0, 0, 2, 0}
	if diff := cmp.Diff([]perLabel{want, want}, []perLabel{m.line, m.sure}); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	row, ok := m.rows.find(hashParts("w:", "theke"))
	if diff := cmp.Diff([]hundredths{{50, -100, 0, 0, 200, 0}}, m.weights); !ok || row != 0 || diff != "" {
		t.Errorf("row %d, %v (-want +got)\n%s", row, ok, diff)
	}
	if diff := cmp.Diff([len(together)]float64{0.5, -1, 0}, m.both[2]); diff != "" {
		t.Errorf("both (-want +got)\n%s", diff)
	}
	for _, broken := range []string{"=lime" + numbers + "\n", "=both 99" + numbers + "\n", "=both x" + numbers + "\n", "w:theke\t1\n", "w:theke" + numbers + "\t1\n", "w:theke\ta\tb\tc\td\te\tf\n",
		"w:theke\t32768\t0\t0\t0\t0\t0\n"} {
		if _, err := readModel([]byte(broken)); err == nil || !strings.Contains(err.Error(), "learned.tsv:1") {
			t.Errorf("readModel(%q) = %v, want an error with its line", broken, err)
		}
	}
}

// What was learned decides, and where it was wrong too often it does not make sure.
func TestLearned(t *testing.T) {
	model := func(rows string) *model {
		m, err := readModel([]byte(rows))
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	const quiet = "=both 1\t-400\t-400\t-400\t0\t0\t0\n"
	tests := []struct {
		name, rows, text string
		want             string
	}{
		{"a word for staff", "w:glimmerknolle\t300\t0\t0\t0\t0\t0\n", "Die Glimmerknolle", "employee:likely"},
		{"a strong word", "w:glimmerknolle\t900\t0\t0\t0\t0\t0\n", "Die Glimmerknolle", "employee:sure"},
		{"a strong word that was wrong too often", "=sure\t9900\t0\t0\t0\t0\t0\nw:glimmerknolle\t900\t0\t0\t0\t0\t0\n", "Die Glimmerknolle", "employee:likely"},
		{"two words against each other", "w:glimmerknolle\t900\t0\t0\t0\t0\t0\nw:wunderruebe\t0\t1200\t0\t0\t0\t0\n", "Glimmerknolle und Wunderrübe", "customer:likely"},
		{"a word against it", "w:glimmerknolle\t0\t0\t300\t0\t0\t0\nnot:glimme\t300\t0\t0\t0\t0\t0\n", "Keine Glimmerknolle", "employee:likely"},
		{"a word that says little", "w:glimmerknolle\t20\t0\t0\t0\t0\t0\nw:beere\t0\t-900\t-900\t0\t0\t0\nalbum:w:glimmerknolle\t0\t-900\t-900\t0\t0\t0\n", "Glimmerknolle", "employee:possible"},
		{"no word at all", "kind:post\t900\t0\t-900\t0\t0\t0\n", "Glimmerknolle", "other_person:possible"},
		{"a word that means nothing by itself", "w:fuer\t900\t0\t-900\t0\t0\t0\n", "Für", "other_person:possible"},
		{"an album", "album:w:glimmerknolle\t0\t300\t0\t0\t0\t0\n", "", "customer:likely"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := New(builtin(t))
			c.model = model(quiet + tt.rows)
			m, f := photo(intp(1))
			s := &Subject{Item: &scanner.Item{Key: "fb:1", Kind: scanner.Post, Text: tt.text, Album: "Glimmerknolle", Media: []scanner.Media{m}}, Page: Page{Name: "Laden"}}
			s.Facts = append(s.Facts, f)
			got, err := c.Classify(s)
			if err != nil {
				t.Fatal(err)
			}
			var short []string
			for _, f := range got {
				short = append(short, string(f.Label)+":"+string(f.Band))
			}
			if diff := cmp.Diff(tt.want, strings.Join(short, " ")); diff != "" {
				t.Errorf("(-want +got)\n%s%+v", diff, got)
			}
		})
	}
}

func FuzzReadModel(f *testing.F) {
	f.Add([]byte("// x\n=line\t0\t0\t0\t0\t0\t0\nw:a\t1\t2\t3\t4\t5\t6\n"))
	f.Add([]byte("=both 99\t0\t0\t0\t0\t0\t0\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := readModel(data)
		if err == nil && m.rows.count != len(m.weights) {
			t.Errorf("%d names for %d weights", m.rows.count, len(m.weights))
		}
	})
}

// Where a weak detector saw nobody, words speak for themselves only, and make nothing likely.
func TestLearnedOfNobody(t *testing.T) {
	for _, tt := range []struct{ name, weight, detector, want string }{
		{"a strong word", "900", "pigo@2", "employee:possible"},
		{"a word that would be the best guess if somebody were seen", "100", "pigo@2", ""},
		{"a strong word and a good detector", "900", "yunet", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := New(builtin(t))
			m, err := readModel([]byte("w:glimmerknolle\t" + tt.weight + "\t0\t0\t0\t0\t0\n"))
			if err != nil {
				t.Fatal(err)
			}
			c.model = m
			medium, f := photo(intp(0))
			f.Detector = tt.detector
			findings, err := c.Classify(&Subject{Item: &scanner.Item{Key: "fb:1", Kind: scanner.Post, Text: "Wir und die Glimmerknolle", Media: []scanner.Media{medium}}, Page: Page{Name: "Laden"},
				Facts: []*picture.Facts{f}})
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, f := range findings {
				got += string(f.Label) + ":" + string(f.Band)
			}
			if got != tt.want {
				t.Errorf("got %q, want %q: %+v", got, tt.want, findings)
			}
		})
	}
}

// A word like "und" stands in the sum under a name of its own, however much it says; one that is only short does not.
func TestTelling(t *testing.T) {
	c := New(builtin(t))
	m, err := readModel([]byte("=both 1\t-400\t-400\t-400\t0\t0\t0\nw:und\t300\t0\t0\t0\t0\t0\nw:csd\t400\t0\t0\t0\t0\t0\nw:glimmerknolle\t500\t0\t0\t0\t0\t0\n"))
	if err != nil {
		t.Fatal(err)
	}
	c.model = m
	medium, f := photo(intp(1))
	findings, err := c.Classify(&Subject{Item: &scanner.Item{Key: "fb:1", Kind: scanner.Post, Text: "Glimmerknolle und CSD", Media: []scanner.Media{medium}}, Page: Page{Name: "Laden"},
		Facts: []*picture.Facts{f}})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for _, f := range findings {
		for _, e := range f.Evidence {
			if LearnedFamily(e.Rule) == LearnedPrefix+"words" {
				got[e.Quote] = e.Telling()
			}
		}
	}
	if diff := cmp.Diff(map[string]bool{"Glimmerknolle": true, "und": false, "CSD": true}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// Whatever hashes come, among them those that fall onto one place, each row is found and no other.
func TestRowTable(t *testing.T) {
	var hashes []uint64
	for n := range uint64(300) {
		hashes = append(hashes, n, n<<48, n<<56|7, hashParts(strconv.FormatUint(n, 10)))
	}
	slices.Sort(hashes)
	hashes = slices.Compact(hashes)
	table := newRowTable(len(hashes))
	for n, h := range hashes {
		if _, ok := table.find(h); ok {
			t.Fatalf("%#x is found before it is added", h)
		}
		if !table.add(h) || table.add(h) {
			t.Fatalf("%#x is not added once", h)
		}
		if table.count != n+1 {
			t.Fatalf("%d rows, want %d", table.count, n+1)
		}
	}
	for n, h := range hashes {
		if row, ok := table.find(h); !ok || int(row) != n {
			t.Errorf("%#x: row %d, %v, want %d", h, row, ok, n)
		}
	}
}
