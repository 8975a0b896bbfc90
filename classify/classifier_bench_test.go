package classify

import (
	"testing"

	"pagerisk/classify/picture"
	"pagerisk/scanner"
)

// captions are typical in length and kind; together 1,050 bytes.
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

func benchSubjects() []*Subject {
	var out []*Subject
	two := 2
	for _, text := range captions {
		out = append(out, &Subject{
			Item: &scanner.Item{Key: "fb:1", Platform: scanner.Facebook, Kind: scanner.Post, Text: text, Album: "Chronikfotos",
				Media: []scanner.Media{{File: "67526328_72713033569360160_8983187882975265800_n.jpg", Alt: "Möglicherweise ein Bild von 2 Personen und Innenbereich"}}},
			Facts: []*picture.Facts{{People: &two, Detector: "bench"}},
			Page:  Page{Name: "Bäckerei Sonnkorn"},
		})
	}
	return out
}

// BenchmarkClassify measures one caption on one core. A million captions in 60 s on two cores allow 120 µs.
func BenchmarkClassify(b *testing.B) {
	c, subjects := New(builtin(b)), benchSubjects()
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		if _, err := c.Classify(subjects[n%len(subjects)]); err != nil {
			b.Fatal(err)
		}
		n++
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N), "µs/caption")
}

// BenchmarkClassifyAll measures captions on all cores: "-benchtime 1000000x" is a million.
func BenchmarkClassifyAll(b *testing.B) {
	c, subjects := New(builtin(b)), benchSubjects()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for n := 0; pb.Next(); n++ {
			if _, err := c.Classify(subjects[n%len(subjects)]); err != nil {
				b.Error(err)
				return
			}
		}
	})
}
