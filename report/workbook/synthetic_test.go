package workbook

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"iter"
	"time"

	"pagerisk/classify"
	"pagerisk/classify/picture"
	"pagerisk/report"
	"pagerisk/scanner"
)

// captionsOf are invented; between them they have umlauts, emoji, line breaks and length.
var captionsOf = []string{
	"Unser Azubi-Team stellt sich vor! 🎉 Herzlich willkommen, liebe Kolleginnen und Kollegen.",
	"Frühlingsaktion: 20 % auf alle Räder.",
	"Danke an Familie Öztürk für den tollen Besuch – schön, dass Sie da waren!\nBis zum nächsten Mal.",
	"Foto: Agentur Lichtblick / stock.example.com",
	"Sommerfest 2023 mit über 200 Gästen, Musik, Kuchen und einer Hüpfburg für die Kleinen. Wir sagen Danke an alle Helferinnen und Helfer, ohne die dieser Tag nicht möglich gewesen wäre, und freuen uns schon auf das nächste Jahr, wenn es wieder heißt: Hereinspaziert in unsere Werkstatt am Hafen!",
	"",
}

// synthetic makes a register of n items, every third of them flagged, without a case behind it.
func synthetic(lang string, n int, opts ...func(*report.Register)) *report.Register {
	t := report.NewTexts(lang)
	start := time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)
	law := report.BuiltinLaw()
	r := &report.Register{
		Head: report.Head{
			Tool: "pagerisk", Version: "0.1.0", Organisation: "Radhaus Nord & Söhne GmbH", Lang: lang, Started: start, StatusDate: start,
			Sources:  []string{"facebook-radhaus.zip", "instagram-radhaus.zip"},
			Accounts: []report.Account{{Platform: scanner.Facebook, Name: "Radhaus Nord", Items: n/2 + n%2}, {Platform: scanner.Instagram, Name: "radhaus.nord", Items: n / 2}},
			Tally:    scanner.Tally{Seen: int64(3*n + 17), Read: int64(2*n + 5), Skipped: int64(n), Failed: 12},
			Detector: "pigo 1.4.6", Fingerprint: "5f2b7c1d9a", LawVersion: law.Version,
		},
		Texts: t, Law: law, Log: &report.Log{},
		Rates: &classify.Rates{Corpus: []string{"corpus.jsonl"}, Rows: 400,
			Labels: []classify.LabelRate{{Label: classify.Employee, TP: 80, FP: 20, FN: 20}, {Label: classify.Stock, TP: 0, FP: 0, FN: 3}},
			Families: []classify.FamilyRate{{Label: classify.Employee, Family: "ceremony", Hits: 24, Right: 21},
				{Label: classify.Employee, Family: "learned.words", Hits: 40, Right: 30}, {Label: classify.Stock, Family: "credit", Hits: 8, Right: 8}}},
		Rules: []report.RuleInfo{
			{ID: "employee.new-colleague", Label: classify.Employee, Family: "ceremony", Weight: 2.5, Why: "Der Text stellt eine neue Kollegin oder einen neuen Kollegen vor."},
			{ID: "customer.thanks", Label: classify.Customer, Family: "thanks", Weight: 1.5, Why: "Der Text dankt Kundschaft, die zu Besuch war."},
			{ID: "stock.credit", Label: classify.Stock, Family: "credit", Weight: 3, Why: "Ein Bildnachweis nennt eine Bildagentur."},
			{ID: "learned.words", Family: "learned.words", Why: "Das Wort spricht dafür."},
			{ID: "learned.word-2", Family: "learned.2", Why: "Das Wort spricht dafür."},
		},
	}
	r.Notes = func(context.Context) iter.Seq2[scanner.Note, error] {
		return func(yield func(scanner.Note, error) bool) {
			for i := range 12 {
				if !yield(scanner.Note{Code: scanner.CodeMissing, Where: fmt.Sprintf("posts/media/%d.jpg", i), Detail: "listed in posts_1.json, but in none of the parts"}, nil) {
					return
				}
			}
			for i := range 5 {
				if !yield(scanner.Note{Code: scanner.CodeNotContent, Where: fmt.Sprintf("preferences/%d.json", i)}, nil) {
					return
				}
			}
		}
	}
	r.Rows = func(context.Context) iter.Seq2[*report.Row, error] {
		return func(yield func(*report.Row, error) bool) {
			number := 0
			for i := range n {
				row := syntheticRow(r, i, &number)
				if !yield(row, nil) {
					return
				}
			}
		}
	}
	for _, o := range opts {
		o(r)
	}
	return r
}

func syntheticRow(r *report.Register, i int, number *int) *report.Row {
	platform, account := scanner.Facebook, "Radhaus Nord"
	link := fmt.Sprintf("https://www.facebook.com/radhaus.nord/posts/%d", 1000+i)
	if i%2 == 1 {
		platform, account = scanner.Instagram, "radhaus.nord"
		link = fmt.Sprintf("https://www.instagram.com/p/C%d/", 1000+i)
	}
	kinds := []scanner.Kind{scanner.Post, scanner.Post, scanner.AlbumPhoto, scanner.Reel, scanner.Story, scanner.ProfilePhoto}
	it := &scanner.Item{
		Key: scanner.Key(fmt.Sprintf("%s:%d", map[scanner.Platform]string{scanner.Facebook: "fb", scanner.Instagram: "ig"}[platform], 5000+i)), Platform: platform, Kind: kinds[i%len(kinds)],
		State: scanner.Published, Account: account, Created: time.Date(2019+i%7, time.Month(1+i%12), 1+i%28, 8+i%10, i%60, 0, 0, time.UTC),
		Text: captionsOf[i%len(captionsOf)], Permalink: link,
		Origins: []scanner.Origin{{Source: "export:1", Where: fmt.Sprintf("posts/profile_posts_1.json[%d]", i)}},
	}
	if i%5 == 0 {
		it.Album = "Sommerfest 2023"
	}
	if i%17 == 0 {
		it.State = scanner.Draft
	}
	media := 1 + i%3
	if i%6 == 5 {
		media = 1
	}
	row := &report.Row{Item: it, Change: report.New}
	for j := range media {
		m := scanner.Media{
			URI: fmt.Sprintf("posts/media/%d_%d.jpg", i, j), File: fmt.Sprintf("%d_%d.jpg", i, j), Status: scanner.OK, SHA256: scanner.Hash(sha256.Sum256(fmt.Appendf(nil, "%d/%d", i, j))),
			Bytes: int64(20000 + 37*i), Width: 1080, Height: 720,
		}
		people := (i + j) % 4
		f := &picture.Facts{Format: "jpeg", Width: 1080, Height: 720, People: &people, PHash: uint64(i*7919 + j), Detector: "pigo"}
		if people > 0 {
			f.Boxes = []picture.Box{{X: 100, Y: 80, W: 120, H: 120, Score: 0.9, Sure: true}}
		}
		if i%9 == 0 {
			f.Metadata.Credit = "Foto: Agentur Lichtblick"
			f.Metadata.Creator = "A. Beispiel"
		}
		if i%13 == 0 {
			m.Status, m.SHA256, f = scanner.Missing, scanner.Hash{}, nil
		}
		it.Media = append(it.Media, m)
		row.Facts = append(row.Facts, f)
	}
	if i%3 == 0 {
		labels := [][]classify.Label{{classify.Employee}, {classify.Customer}, {classify.Stock}, {classify.Employee, classify.Minor}, {classify.OtherPerson}, {classify.ThirdPartyWork}}[i/3%6]
		for k, l := range labels {
			ev := classify.Evidence{Rule: []string{"employee.new-colleague", "customer.thanks", "stock.credit"}[(i+k)%3], Field: "text", Weight: 2.5 - float64(k)}
			if len(it.Text) > 20 {
				ev.End = 16
				ev.Quote = it.Text[:16]
			}
			against := classify.Evidence{Rule: "customer.thanks", Field: "media[0].alt", Weight: -0.5}
			row.Findings = append(row.Findings, classify.Finding{ID: classify.FindingID(it.Key, l), Label: l, Band: []classify.Band{classify.Sure, classify.Likely, classify.Possible}[i%3], Score: 3 - float64(k), Evidence: []classify.Evidence{ev, against}})
		}
		row.Decided = r.Log.Of(it)
		row.Risk = report.Assess(report.Assessment{Item: it, Facts: row.Facts, Findings: row.Findings, Decided: row.Decided, Law: r.Law, StatusDate: r.Head.StatusDate, Objection: r.Head.Objection})
		*number++
		row.Number = *number
		row.Thumb = thumbOf(i)
		if i%24 == 0 {
			row.Group = 1 + i/48
		}
		if i%21 == 0 {
			row.Change = report.Changed
		}
	} else if i%31 == 1 && it.State == scanner.Published {
		row.Sample = true
		*number++
		row.Number = *number
		row.Decided = r.Log.Of(it)
		row.Thumb = thumbOf(i)
	}
	return row
}

var thumbCache = map[int][]byte{}

// thumbOf is a picture that differs from item to item: a face-like blob on a coloured ground.
func thumbOf(i int) []byte {
	i %= 1600
	if b, ok := thumbCache[i]; ok {
		return b
	}
	img := image.NewRGBA(image.Rect(0, 0, 160, 120))
	for y := range 120 {
		for x := range 160 {
			c := color.RGBA{uint8(40 + i*7%160), uint8(60 + x/2), uint8(90 + y/2 + i%7*9), 255}
			if dx, dy := x-80, y-60; dx*dx+dy*dy < 900 {
				c = color.RGBA{uint8(200 + i%50), 170, 140, 255}
			}
			img.Set(x, y, c)
		}
	}
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, img, &jpeg.Options{Quality: 80}); err != nil {
		panic(err)
	}
	thumbCache[i] = buf.Bytes()
	return buf.Bytes()
}
