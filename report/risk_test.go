package report

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pagerisk/classify"
	"pagerisk/classify/picture"
	"pagerisk/classify/records"
	"pagerisk/scanner"
)

var updateGolden = flag.Bool("update-explain", false, "write testdata/explain.*.golden anew")

func day(s string) time.Time {
	if s == "" {
		return time.Time{}
	}
	d, err := time.ParseInLocation(time.DateOnly, s, Berlin)
	if err != nil {
		panic(err)
	}
	return d
}

func found(label classify.Label, band classify.Band, evidence ...classify.Evidence) classify.Finding {
	return classify.Finding{ID: string(label), Label: label, Band: band, Score: 2.5, Evidence: evidence}
}

func ev(rule, quote string) classify.Evidence {
	return classify.Evidence{Rule: rule, Field: "text", End: len(quote), Quote: quote, Weight: 2}
}

func people(n int) *picture.Facts { return &picture.Facts{People: &n, Width: 1000, Height: 1000} }

// faces is a picture of n people whose faces have a side of so many pixels of 1000.
func faces(n, side int) *picture.Facts {
	f := people(n)
	for range n {
		f.Boxes = append(f.Boxes, picture.Box{W: side, H: side, Sure: true})
	}
	return f
}

func assessment(facts *picture.Facts, findings ...classify.Finding) Assessment {
	return Assessment{
		Item: &scanner.Item{Key: "fb:1", Platform: scanner.Facebook, Kind: scanner.Post, State: scanner.Published, Created: day("2024-03-01").Add(10 * time.Hour),
			Media: []scanner.Media{{File: "1_n.jpg"}}, Origins: []scanner.Origin{{Where: "posts/profile_posts_1.json[3]"}}},
		Facts: []*picture.Facts{facts}, Findings: findings, StatusDate: day("2026-11-22"),
	}
}

func decide(a Assessment, pairs ...string) Assessment {
	a.Decided = map[Field]Decision{}
	for i := 0; i+1 < len(pairs); i += 2 {
		a.Decided[Field(pairs[i])] = Decision{Field: Field(pairs[i]), Value: pairs[i+1]}
	}
	return a
}

// TestAssess is the table of ratings: today, after the objection, after clean-up, as likelihood × severity.
func TestAssess(t *testing.T) {
	employee := found(classify.Employee, classify.Likely, ev("employee.staff-word", "Kollegin"))
	named := found(classify.Employee, classify.Likely, ev("employee.our-name", "unsere Petra"))
	former := found(classify.Employee, classify.Sure, classify.Evidence{Rule: "records.person.former", Field: "records", Quote: "MA-2", Weight: 3.6})
	customer := found(classify.Customer, classify.Sure, ev("customer.served", "läuft wieder"))
	other := found(classify.OtherPerson, classify.Likely, ev("other.seen", "3"))
	minor := found(classify.Minor, classify.Sure, ev("minor.word", "Kinder"))
	special := found(classify.SpecialCategory, classify.Sure, ev("special.health", "Reha"))
	adobe := found(classify.Stock, classify.Sure, ev("stock.credit-line", "Adobe Stock"))
	unsplash := found(classify.Stock, classify.Sure, ev("stock.credit-line", "Foto: Unsplash"))
	imago := found(classify.Stock, classify.Sure, ev("stock.credit-line", "imago images"))
	getty := found(classify.Stock, classify.Sure, ev("stock.credit-line", "Getty Images"))
	somewhere := found(classify.Stock, classify.Sure, ev("stock.admitted", "Symbolbild"))
	photographer := found(classify.ThirdPartyWork, classify.Sure, ev("work.credit-name", "Foto: Jana Licht"))
	repost := found(classify.ThirdPartyWork, classify.Sure, ev("work.shared-again", "Repost"))
	thanked := found(classify.ThirdPartyWork, classify.Sure, ev("work.credit-by", "Danke @lea_w für"), ev("work.thanks-photographer", "Danke @lea_w für das Foto"))
	thankedStudio := found(classify.ThirdPartyWork, classify.Sure, ev("work.credit-by", "Danke @studio_sieben für"), ev("work.thanks-photographer", "Danke @studio_sieben für das Foto"))
	sentIn := found(classify.ThirdPartyWork, classify.Likely, ev("work.sent-in", "eingeschickt von"))
	graphic := found(classify.ThirdPartyWork, classify.Likely, ev("work.sent-in", "Infografik der Krankenkasse"))
	captioned := func(text, quote string, more ...classify.Evidence) Assessment {
		a := assessment(people(0), found(classify.ThirdPartyWork, classify.Likely, append(more, ev("work.credit-short", quote))...))
		a.Item.Text = text
		e := &a.Findings[0].Evidence[len(more)]
		e.Start = strings.Index(text, quote)
		e.End = e.Start + len(quote)
		return a
	}
	embedded := func(kind string, more ...classify.Evidence) Assessment {
		f := people(0)
		f.Metadata.DigitalSourceType = kind
		return assessment(f, found(classify.ThirdPartyWork, classify.Likely, append(more, classify.Evidence{Rule: "work.embedded-creator", Field: "media[0].metadata.creator", Quote: "Jana Licht", Weight: 2.8})...))
	}
	unknownWork := found(classify.ThirdPartyWork, classify.Sure, ev("work.press", "Plakat von"))
	prohibited := people(0)
	prohibited.Metadata.DataMining = "DMI-PROHIBITED-GENAIMLTRAINING"
	released := people(1)
	released.Metadata.ModelRelease = "MR-UMR"
	consent := func(scope records.Scope, until, withdrawn string) []records.GroundMatch {
		return []records.GroundMatch{{Kind: records.Consent, Code: "E-1", By: "person", Person: "MA-1", Scope: scope, Until: day(until), Withdrawn: day(withdrawn)}}
	}
	licence := func(social, ai records.Clause) []records.GroundMatch {
		return []records.GroundMatch{{Kind: records.Licence, Code: "L", By: "asset", Social: social, AI: ai}}
	}
	with := func(a Assessment, g []records.GroundMatch) Assessment { a.Grounds = g; return a }
	objected := func(a Assessment, on, confirmed string) Assessment {
		a.Objection, a.Confirmed = day(on), day(confirmed)
		return a
	}
	at := func(a Assessment, created string) Assessment {
		a.Item.Created = day(created)
		return a
	}

	for _, tt := range []struct {
		name     string
		a        Assessment
		view     View
		heaviest classify.Label
		rating   string // today, after objection, after clean-up
		ground   Ground
		measure  string
		scenes   string
	}{
		{"thanks to an account for its picture", assessment(people(0), thanked), Organisation, classify.ThirdPartyWork, "3×2 2×2 1×2", Unknown, "get_consent", "R-08"},
		{"thanks to a studio's account", assessment(people(0), thankedStudio), Organisation, classify.ThirdPartyWork, "2×2 1×2 1×2", Unknown, "check_licence", "R-07"},
		{"a picture that was sent in", assessment(people(0), sentIn), Organisation, classify.ThirdPartyWork, "3×2 2×2 1×2", Unknown, "get_consent", "R-08"},
		{"a customer's picture", captioned("Foto: Kundin", "Foto: Kundin"), Organisation, classify.ThirdPartyWork, "3×2 2×2 1×2", Unknown, "get_consent", "R-08"},
		{"somebody's graphic", assessment(people(0), graphic), Organisation, classify.ThirdPartyWork, "3×3 2×3 1×3", Unknown, "check_licence", "R-07"},
		{"made with AI, says the credit", captioned("Bild: KI-generiert mit Midjourney", "Bild: KI"), Organisation, classify.ThirdPartyWork, "2×1 1×1 1×1", Unknown, "keep", ""},
		{"made with AI, and the credit says no more", captioned("Foto: KI | Mehr auf unserer Seite", "Foto: KI"), Organisation, classify.ThirdPartyWork, "2×1 1×1 1×1", Unknown, "keep", ""},
		{"made with AI, and somebody's picture beside it", captioned("Bild: KI-generiert. Foto: Jana Licht", "Bild: KI", classify.Evidence{Rule: "work.credit-name", Field: "text", Quote: "Foto: Jana Licht", Weight: 5}), Organisation, classify.ThirdPartyWork, "2×2 1×2 1×2", Unknown, "check_licence", "R-07"},
		{"an institute, not a machine", captioned("Bild: KI-Institut", "Bild: KI"), Organisation, classify.ThirdPartyWork, "2×2 1×2 1×2", Unknown, "check_licence", "R-07"},
		{"an institute of two words", captioned("Bild: KI Institut", "Bild: KI"), Organisation, classify.ThirdPartyWork, "2×2 1×2 1×2", Unknown, "check_licence", "R-07"},
		{"made with AI, says the file", embedded("trainedAlgorithmicMedia"), Organisation, classify.ThirdPartyWork, "2×1 1×1 1×1", Unknown, "keep", ""},
		{"partly made with AI, says the file", embedded("compositeWithTrainedAlgorithmicMedia"), Organisation, classify.ThirdPartyWork, "2×2 1×2 1×2", Unknown, "check_licence", "R-07"},
		{"made with AI, says the file; the text names a photographer", embedded("trainedAlgorithmicMedia", ev("work.credit-name", "Foto: Mira Vogt")), Organisation, classify.ThirdPartyWork, "2×2 1×2 1×2", Unknown, "check_licence", "R-07"},
		{"staff in the picture", assessment(people(2), employee), Persons, classify.Employee, "3×2 2×2 1×2", Unknown, "get_consent", "R-01"},
		{"staff, named", assessment(people(2), named), Persons, classify.Employee, "3×3 2×3 1×3", Unknown, "get_consent", "R-01 R-10"},
		{"staff, tagged", func() Assessment {
			a := assessment(people(2), found(classify.Employee, classify.Likely, classify.Evidence{Rule: "x", Field: "tags[0]", Quote: "Petra", Weight: 2}))
			return a
		}(), Persons, classify.Employee, "3×3 2×3 1×3", Unknown, "get_consent", "R-01 R-10"},
		{"staff, named, in a group", assessment(faces(7, 60), named), Persons, classify.Employee, "3×2 2×2 1×2", Unknown, "get_consent", "R-01 R-10"},
		{"staff, weak hint", assessment(people(2), found(classify.Employee, classify.Possible, ev("x", "x"))), Persons, classify.Employee, "2×2 1×2 1×2", Unknown, "get_consent", "R-01"},
		{"weak hint, confirmed", decide(assessment(people(2), found(classify.Employee, classify.Possible, ev("x", "x"))), "status", "confirmed"), Persons, classify.Employee, "3×2 2×2 1×2", Unknown, "get_consent", "R-01"},
		{"staff, seven people, nobody knows where", assessment(people(7), named), Persons, classify.Employee, "3×3 2×3 1×3", Unknown, "get_consent", "R-01 R-10"},
		{"staff, a crowd, nobody knows where", assessment(people(picture.CrowdCount), named), Persons, classify.Employee, "3×2 2×2 1×2", Unknown, "get_consent", "R-01 R-10"},
		{"trainee", assessment(people(1), found(classify.Employee, classify.Sure, ev("employee.our-role", "Azubi"))), Persons, classify.Employee, "3×2 2×2 1×2", Unknown, "get_consent", "R-01 R-03"},
		{"former staff by the list", assessment(people(2), former), Persons, classify.Employee, "3×4 2×4 1×4", Unknown, "delete", "R-02 R-10"},
		{"former staff by the reviewer", decide(assessment(people(2), employee), "left", "yes"), Persons, classify.Employee, "3×3 2×3 1×3", Unknown, "delete", "R-02"},
		{"not former, says the reviewer", decide(assessment(people(2), former), "left", "no"), Persons, classify.Employee, "3×3 2×3 1×3", Unknown, "get_consent", "R-01 R-10"},
		{"customer", assessment(people(1), customer), Persons, classify.Customer, "3×3 2×3 1×3", Unknown, "get_consent", "R-04"},
		{"minor beats customer", assessment(people(1), customer, minor), Persons, classify.Minor, "3×4 2×4 1×4", Unknown, "delete", "R-03 R-04"},
		{"special category beats minor", assessment(people(1), minor, special), Persons, classify.SpecialCategory, "3×4 2×4 1×4", Unknown, "delete", "R-03 R-09"},
		{"minor, weak hint", assessment(people(1), found(classify.Minor, classify.Possible, ev("x", "x"))), Persons, classify.Minor, "2×4 1×4 1×4", Unknown, "hide", "R-03"},
		{"somebody", assessment(people(3), other), Persons, classify.OtherPerson, "3×2 2×2 2×2", Unknown, "keep", "R-05"},
		{"somebody singled out", assessment(faces(1, 300), other), Persons, classify.OtherPerson, "3×3 2×3 1×2", Unknown, "blur", "R-05"},
		{"a crowd", assessment(faces(30, 20), other), Persons, classify.OtherPerson, "3×1 2×1 2×1", Statutory, "keep", "R-05"},
		{"a crowd begins where pictures say so", assessment(faces(picture.CrowdCount, 60), other), Persons, classify.OtherPerson, "3×1 2×1 2×1", Statutory, "keep", "R-05"},
		{"a crowd, and somebody singled out in the next picture", func() Assessment {
			a := assessment(faces(30, 20), other)
			a.Item.Media, a.Facts = append(a.Item.Media, scanner.Media{File: "2_n.jpg"}), append(a.Facts, faces(1, 300))
			return a
		}(), Persons, classify.OtherPerson, "3×3 2×3 1×2", Unknown, "blur", "R-05"},
		{"people far away", assessment(faces(3, 30), other), Persons, classify.OtherPerson, "3×1 2×1 2×1", Statutory, "keep", "R-05"},
		{"event", assessment(people(3), found(classify.OtherPerson, classify.Likely, ev("other.visit", "Stadtfest"))), Persons, classify.OtherPerson, "3×2 2×2 2×2", Statutory, "keep", "R-05"},
		{"stock, provider allows social media", assessment(people(1), adobe), Organisation, classify.Stock, "2×1 1×1 1×1", Unknown, "check_licence", "R-06"},
		{"stock, provider restricts machine learning", assessment(people(1), unsplash), Organisation, classify.Stock, "3×2 2×2 1×2", Unknown, "check_licence", "R-06"},
		{"stock, editorial agency", assessment(people(1), imago), Organisation, classify.Stock, "2×3 1×3 1×3", Unknown, "check_licence", "R-06"},
		{"stock, an agency whose terms nobody read", assessment(people(1), found(classify.Stock, classify.Sure, ev("stock.credit-line", "ullstein bild"))), Organisation, classify.Stock, "2×2 1×2 1×2", Unknown, "check_licence", "R-06"},
		{"stock, uncertain clauses change nothing", assessment(people(1), getty), Organisation, classify.Stock, "2×2 1×2 1×2", Unknown, "check_licence", "R-06"},
		{"stock of unknown origin", assessment(people(1), somewhere), Organisation, classify.Stock, "3×3 2×3 2×3", Unknown, "hide", "R-06"},
		{"stock, the file prohibits", assessment(prohibited, somewhere), Organisation, classify.Stock, "3×3 3×3 2×3", Unknown, "hide", "R-06 R-11"},
		{"photographer", assessment(people(0), photographer), Organisation, classify.ThirdPartyWork, "2×2 1×2 1×2", Unknown, "check_licence", "R-07"},
		{"shared again", assessment(people(0), repost), Organisation, classify.ThirdPartyWork, "3×2 2×2 1×2", Unknown, "get_consent", "R-08"},
		{"work of unknown origin", assessment(people(0), unknownWork), Organisation, classify.ThirdPartyWork, "3×3 2×3 1×3", Unknown, "check_licence", "R-07"},
		{"watermark: a concrete fact", assessment(people(0), found(classify.Stock, classify.Sure, ev("stock.watermark", "Muster"))), Organisation, classify.Stock, "4×3 3×3 2×3", Unknown, "hide", "R-06"},
		{"staff in a photographer's picture: two views", assessment(people(2), employee, photographer), Persons, classify.Employee, "3×2 2×2 1×2", Unknown, "get_consent", "R-01 R-07"},

		{"consent names AI training", with(assessment(people(1), named), consent(records.Training, "", "")), Persons, classify.Employee, "1×3 1×3 1×3", CoversAI, "keep", "R-10"},
		{"consent for fewer people than shown", with(assessment(people(3), named), consent(records.Training, "", "")), Persons, classify.Employee, "3×3 2×3 1×3", Unknown, "get_consent", "R-01 R-10"},
		{"consent, nobody counted", with(assessment(nil, named), consent(records.Training, "", "")), Persons, classify.Employee, "3×3 2×3 1×3", Unknown, "get_consent", "R-01 R-10"},
		{"consent to publication", with(assessment(people(1), named), consent(records.Publish, "", "")), Persons, classify.Employee, "3×3 2×3 1×3", PublishOnly, "get_consent", "R-01 R-10"},
		{"consent ended: a fact lifts to 4", with(assessment(people(1), named), consent(records.Publish, "2025-12-31", "")), Persons, classify.Employee, "4×3 3×3 1×3", Expired, "delete", "R-01 R-10"},
		{"consent withdrawn", with(assessment(people(1), named), consent(records.Training, "", "2026-01-01")), Persons, classify.Employee, "4×3 3×3 1×3", Expired, "delete", "R-01 R-10"},
		{"a withdrawal is one fact, counted once", with(assessment(people(1), former), consent(records.Training, "", "2026-01-01")), Persons, classify.Employee, "4×4 3×4 1×4", Expired, "delete", "R-02 R-10"},
		{"consent to publication for fewer people than shown", with(assessment(people(3), named), consent(records.Publish, "", "")), Persons, classify.Employee, "3×3 2×3 1×3", Unknown, "get_consent", "R-01 R-10"},
		{"consent withdrawn later than the status date", with(assessment(people(1), named), consent(records.Training, "", "2027-01-01")), Persons, classify.Employee, "1×3 1×3 1×3", CoversAI, "keep", "R-10"},
		{"a licence says nothing of people", with(assessment(people(1), employee, photographer), []records.GroundMatch{{Kind: records.Licence, Code: "L", By: "file", AI: records.ClauseYes}}), Persons, classify.Employee, "3×2 2×2 1×2", Unknown, "get_consent", "R-01 R-07"},
		{"licence with AI clause", with(assessment(people(0), photographer), []records.GroundMatch{{Kind: records.Licence, Code: "L", By: "file", Social: records.ClauseYes, AI: records.ClauseYes}}), Organisation, classify.ThirdPartyWork, "1×1 1×1 1×1", CoversAI, "keep", "R-07"},
		{"licence for social media only", with(assessment(people(0), somewhere), []records.GroundMatch{{Kind: records.Licence, Code: "L", By: "file", Social: records.ClauseYes}}), Organisation, classify.Stock, "2×1 1×1 1×1", PublishOnly, "check_licence", "R-06"},
		{"licence without social media", with(assessment(people(0), photographer), []records.GroundMatch{{Kind: records.Licence, Code: "L", By: "file", Social: records.ClauseNo}}), Organisation, classify.ThirdPartyWork, "3×2 2×2 1×2", NoGround, "check_licence", "R-07"},
		{"a line about the picture beats the provider's", with(assessment(people(0), adobe), []records.GroundMatch{{Kind: records.Licence, Code: "A", By: "provider", AI: records.ClauseYes}, {Kind: records.Licence, Code: "B", By: "asset", AI: records.ClauseNo}}), Organisation, classify.Stock, "3×2 2×2 1×2", PublishOnly, "check_licence", "R-06"},
		{"a photographer's licence for an agency's picture", with(assessment(people(0), getty), []records.GroundMatch{{Kind: records.Licence, Code: "A", By: "provider", Names: []string{"Mira Vogt"}, Social: records.ClauseYes, AI: records.ClauseYes}}), Organisation, classify.Stock, "2×2 1×2 1×2", Unknown, "check_licence", "R-06"},
		{"an agency's licence for its picture", with(assessment(people(0), getty), []records.GroundMatch{{Kind: records.Licence, Code: "A", By: "provider", Names: []string{"iStock"}, Social: records.ClauseYes, AI: records.ClauseYes}}), Organisation, classify.Stock, "1×1 1×1 1×1", CoversAI, "keep", ""},
		{"own licence leaves out AI training: the provider's leave for social media does not make up for it", with(assessment(people(0), adobe), licence(records.ClauseYes, records.ClauseNo)), Organisation, classify.Stock, "3×2 2×2 1×2", PublishOnly, "check_licence", "R-06"},
		{"own licence leaves out AI training, photographer", with(assessment(people(0), photographer), licence(records.ClauseYes, records.ClauseNo)), Organisation, classify.ThirdPartyWork, "3×2 2×2 1×2", PublishOnly, "check_licence", "R-07"},
		{"own licence says nothing of AI", with(assessment(people(0), adobe), licence(records.ClauseYes, "")), Organisation, classify.Stock, "2×1 1×1 1×1", PublishOnly, "check_licence", "R-06"},
		{"own licence allows what the provider's terms restrict", with(assessment(people(0), unsplash), licence(records.ClauseYes, records.ClauseYes)), Organisation, classify.Stock, "1×1 1×1 1×1", CoversAI, "keep", ""},
		{"own licence without social media, the provider's terms allow them", with(assessment(people(0), adobe), licence(records.ClauseNo, "")), Organisation, classify.Stock, "3×2 2×2 1×2", NoGround, "check_licence", "R-06"},
		{"known stock, own licence leaves out AI training: its origin is known", with(assessment(people(0), somewhere), []records.GroundMatch{{Kind: records.Licence, Code: "L", By: "known", Media: []int{0}, Social: records.ClauseYes, AI: records.ClauseNo}}), Organisation, classify.Stock, "3×2 2×2 1×2", PublishOnly, "check_licence", "R-06"},
		{"own licence has ended", with(assessment(people(0), adobe), []records.GroundMatch{{Kind: records.Licence, Code: "L", By: "file", Media: []int{0}, Social: records.ClauseYes, Until: day("2025-12-31")}}), Organisation, classify.Stock, "3×2 2×2 1×2", Expired, "delete", "R-06"},
		{"a licence for one of three pictures", func() Assessment {
			a := with(assessment(people(0), adobe), []records.GroundMatch{{Kind: records.Licence, Code: "L", By: "file", Media: []int{1}, Social: records.ClauseYes}})
			a.Item.Media = append(a.Item.Media, scanner.Media{}, scanner.Media{})
			return a
		}(), Organisation, classify.Stock, "2×1 1×1 1×1", Unknown, "check_licence", "R-06"},
		{"a licence for all three pictures", func() Assessment {
			a := with(assessment(people(0), adobe), []records.GroundMatch{{Kind: records.Licence, Code: "L", By: "file", Media: []int{0, 1, 2}, Social: records.ClauseYes}})
			a.Item.Media = append(a.Item.Media, scanner.Media{}, scanner.Media{})
			return a
		}(), Organisation, classify.Stock, "2×1 1×1 1×1", PublishOnly, "check_licence", "R-06"},
		{"a known picture and a number in the caption may be one picture of two", func() Assessment {
			a := with(assessment(people(0), photographer), []records.GroundMatch{
				{Kind: records.Licence, Code: "K", By: "known", Media: []int{0}, Social: records.ClauseYes, AI: records.ClauseYes},
				{Kind: records.Licence, Code: "L", By: "asset", Social: records.ClauseYes, AI: records.ClauseYes},
			})
			a.Item.Media = append(a.Item.Media, scanner.Media{})
			return a
		}(), Organisation, classify.ThirdPartyWork, "2×1 1×1 1×1", Unknown, "check_licence", "R-07"},
		{"two numbers, each of its own picture", func() Assessment {
			a := with(assessment(people(0), photographer), []records.GroundMatch{
				{Kind: records.Licence, Code: "K", By: "asset", Media: []int{0}, Social: records.ClauseYes, AI: records.ClauseYes},
				{Kind: records.Licence, Code: "L", By: "asset", Media: []int{1}, Social: records.ClauseYes, AI: records.ClauseYes},
			})
			a.Item.Media = append(a.Item.Media, scanner.Media{})
			return a
		}(), Organisation, classify.ThirdPartyWork, "1×1 1×1 1×1", CoversAI, "keep", "R-07"},

		{"reviewer beats the lists", decide(with(assessment(people(1), named), consent(records.Training, "", "")), "ground", "none"), Persons, classify.Employee, "3×3 3×3 1×3", NoGround, "get_consent", "R-01 R-10"},
		{"reviewer's ground has ended", decide(assessment(people(1), named), "ground", "covers_ai", "ground_until", "2026-11-21"), Persons, classify.Employee, "4×3 3×3 1×3", Expired, "delete", "R-01 R-10"},
		{"reviewer's ground ends today", decide(assessment(people(1), named), "ground", "covers_ai", "ground_until", "2026-11-22"), Persons, classify.Employee, "1×3 1×3 1×3", CoversAI, "keep", "R-10"},
		{"reviewer: not needed", decide(assessment(people(1), other), "ground", "not_needed"), Persons, classify.OtherPerson, "1×2 1×2 1×2", NotNeeded, "keep", "R-05"},
		{"reviewer: no ground, whatever the lists say of social media", decide(with(assessment(people(0), adobe), licence(records.ClauseYes, "")), "ground", "none"), Organisation, classify.Stock, "3×2 2×2 1×2", NoGround, "check_licence", "R-06"},
		{"reviewer: ended, whatever the provider allows", decide(assessment(people(0), adobe), "ground", "expired"), Organisation, classify.Stock, "3×2 2×2 1×2", Expired, "delete", "R-06"},
		{"reviewer: no ground, whatever the file says of a release", decide(assessment(released, customer), "ground", "none"), Persons, classify.Customer, "3×3 3×3 1×3", NoGround, "get_consent", "R-04"},
		{"reviewer: consent, and a photographer's work", decide(assessment(people(1), employee, photographer), "ground", "covers_ai"), Persons, classify.Employee, "1×2 1×2 1×2", CoversAI, "keep", "R-07"},
		{"reviewer: statutory permission says nothing of training", decide(assessment(people(1), employee), "ground", "statutory"), Persons, classify.Employee, "3×2 2×2 2×2", Statutory, "keep", "R-01"},
		{"reviewer: statutory permission, work", decide(assessment(people(0), photographer), "ground", "statutory"), Organisation, classify.ThirdPartyWork, "2×2 1×2 1×2", Statutory, "check_licence", "R-07"},
		{"reviewer sees customers", decide(assessment(people(1), named), "shown", "clients"), Persons, classify.Customer, "3×3 2×3 1×3", Unknown, "get_consent", "R-04"},
		{"reviewer sees models", decide(assessment(people(1), named), "shown", "models"), Organisation, classify.Stock, "3×3 2×3 2×3", Unknown, "hide", "R-06"},

		{"objection before training began, confirmed", objected(assessment(people(1), named), "2025-05-20", "2025-05-21"), Persons, classify.Employee, "2×3 2×3 1×3", Unknown, "get_consent", "R-01 R-10"},
		{"objection before training began, not confirmed", objected(assessment(people(1), named), "2025-05-20", ""), Persons, classify.Employee, "3×3 2×3 1×3", Unknown, "get_consent", "R-01 R-10"},
		{"confirmed before it was filed", objected(assessment(people(1), named), "2025-05-20", "2025-05-19"), Persons, classify.Employee, "3×3 2×3 1×3", Unknown, "get_consent", "R-01 R-10"},
		{"confirmed, and nobody entered when it was filed", objected(assessment(people(1), named), "", "2025-05-19"), Persons, classify.Employee, "3×3 2×3 1×3", Unknown, "get_consent", "R-01 R-10"},
		{"confirmed on the day it was filed", objected(assessment(people(1), named), "2025-05-20", "2025-05-20"), Persons, classify.Employee, "2×3 2×3 1×3", Unknown, "get_consent", "R-01 R-10"},
		{"objection on the last day before", objected(assessment(people(1), named), "2025-05-26", "2025-05-30"), Persons, classify.Employee, "2×3 2×3 1×3", Unknown, "get_consent", "R-01 R-10"},
		{"objection on the day itself: the item was open to training", objected(assessment(people(1), named), "2025-05-27", "2025-05-30"), Persons, classify.Employee, "3×3 2×3 1×3", Unknown, "get_consent", "R-01 R-10"},
		{"published since, before the objection", objected(at(assessment(people(1), named), "2025-06-10"), "2025-07-01", "2025-07-02"), Persons, classify.Employee, "3×3 2×3 1×3", Unknown, "get_consent", "R-01 R-10"},
		{"published after the objection", objected(at(assessment(people(1), named), "2025-07-10"), "2025-07-01", "2025-07-02"), Persons, classify.Employee, "2×3 2×3 1×3", Unknown, "get_consent", "R-01 R-10"},
		{"published after the objection, not confirmed", objected(at(assessment(people(1), named), "2025-07-10"), "2025-07-01", ""), Persons, classify.Employee, "3×3 2×3 1×3", Unknown, "get_consent", "R-01 R-10"},
		{"published after the objection, confirmed later than the status date", objected(at(assessment(people(1), named), "2025-07-10"), "2025-07-01", "2026-12-01"), Persons, classify.Employee, "3×3 2×3 1×3", Unknown, "get_consent", "R-01 R-10"},
		{"undated, late objection", objected(at(assessment(people(1), named), ""), "2025-07-01", "2025-07-02"), Persons, classify.Employee, "3×3 2×3 1×3", Unknown, "get_consent", "R-01 R-10"},
		{"undated, objection before training began", objected(at(assessment(people(1), named), ""), "2025-05-01", "2025-05-02"), Persons, classify.Employee, "2×3 2×3 1×3", Unknown, "get_consent", "R-01 R-10"},
		{"objection planned", objected(assessment(people(1), named), "2026-12-24", "2026-12-25"), Persons, classify.Employee, "3×3 2×3 1×3", Unknown, "get_consent", "R-01 R-10"},
		{"deletion done", decide(assessment(people(1), named), "measure", "delete", "done", "2026-11-01"), Persons, classify.Employee, "1×3 2×3 1×3", Unknown, "get_consent", "R-01 R-10"},
		{"deletion planned", decide(assessment(people(1), named), "measure", "delete", "done", "2026-12-01"), Persons, classify.Employee, "3×3 2×3 1×3", Unknown, "get_consent", "R-01 R-10"},
		{"reviewer keeps it", decide(assessment(people(1), named), "measure", "keep"), Persons, classify.Employee, "3×3 2×3 2×3", Unknown, "get_consent", "R-01 R-10"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := Assess(tt.a)
			if r == nil {
				t.Fatal("no risk")
			}
			rating := fmt.Sprintf("%d×%d %d×%d %d×%d", r.Today.Likelihood, r.Today.Severity, r.AfterObjection.Likelihood, r.AfterObjection.Severity, r.AfterCleanup.Likelihood, r.AfterCleanup.Severity)
			got := []any{r.View, r.Heaviest, rating, r.Ground, r.Measure, strings.Join(r.Scenarios, " ")}
			want := []any{tt.view, tt.heaviest, tt.rating, tt.ground, tt.measure, tt.scenes}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("risk (-want +got):\n%s", diff)
			}
			checkPencil(t, r, day("2026-11-22"))
		})
	}
}

// checkPencil redoes every rating from its steps, and looks at what must hold of all of them.
func checkPencil(t *testing.T, r *Risk, status time.Time) {
	t.Helper()
	for _, w := range r.Weighed {
		for _, rating := range []Rating{w.Today, w.AfterObjection, w.AfterCleanup} {
			l, s, fact := 0, 0, false
			for _, step := range rating.Steps {
				l, s = l+step.Likelihood, s+step.Severity
				fact = fact || slices.Contains([]string{"risk.change.watermark", "risk.ground.expired"}, step.Key)
				for _, lang := range Languages {
					if text := NewTexts(lang).Sentence(step); text == "" || strings.HasPrefix(text, "[") || strings.Contains(text, "<no value>") {
						t.Errorf("%s in %s: %q", step.Key, lang, text)
					}
				}
				for _, id := range step.Law {
					switch rec := BuiltinLaw().Find(id); {
					case rec == nil || !rec.Known(status):
						t.Errorf("%s cites %q, which is not known", step.Key, id)
					case rec.Confidence == Uncertain && (step.Likelihood > 0 || step.Severity > 0):
						t.Errorf("%s raises with uncertain %s", step.Key, id)
					}
				}
			}
			if l != rating.Likelihood || s != rating.Severity {
				t.Errorf("%s/%s: steps add up to %d×%d, rating says %d×%d", w.Label, w.View, l, s, rating.Likelihood, rating.Severity)
			}
			if l < 1 || l > 4 || s < 1 || s > 4 {
				t.Errorf("%s/%s: %d×%d is off the scale", w.Label, w.View, l, s)
			}
			if l == 4 && !fact {
				t.Errorf("%s/%s: likelihood 4 without a concrete fact", w.Label, w.View)
			}
		}
	}
}

// What the method proposes is possible; what a person entered stands as it was entered.
func TestStatutoryName(t *testing.T) {
	crowd := assessment(faces(30, 20), found(classify.OtherPerson, classify.Likely, ev("other.seen", "30")))
	entered := decide(crowd, "ground", "statutory")
	for _, tt := range []struct {
		a    Assessment
		want string
	}{{crowd, "gesetzliche Erlaubnis möglich"}, {entered, "gesetzliche Erlaubnis"}} {
		if got := NewTexts("de").GroundOf(&Row{Item: tt.a.Item, Decided: tt.a.Decided, Risk: Assess(tt.a)}); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}

// Without a list of consents or licences nobody can have looked one up.
func TestNoLists(t *testing.T) {
	for _, tt := range []struct {
		label classify.Label
		lists records.Counts
		want  string
	}{
		{classify.Employee, records.Counts{}, "Es liegt keine Liste Ihrer Einwilligungen vor (siehe „Anleitung“). Nachweis fehlt."},
		{classify.Employee, records.Counts{Consents: 1}, "In Ihren Listen steht keine Einwilligung für diesen Beitrag. Nachweis fehlt."},
		{classify.ThirdPartyWork, records.Counts{Consents: 1}, "Es liegt keine Liste Ihrer Lizenzen vor (siehe „Anleitung“). Nachweis fehlt."},
		{classify.ThirdPartyWork, records.Counts{Licences: 1}, "In Ihren Listen steht keine Lizenz für dieses Bild. Nachweis fehlt."},
	} {
		a := assessment(nil, found(tt.label, classify.Sure, ev("x", "x")))
		a.Lists = tt.lists
		if got := NewTexts("de").GroundReasons(Assess(a)); !slices.Contains(got, tt.want) {
			t.Errorf("%s with %+v: %q, want %q", tt.label, tt.lists, got, tt.want)
		}
	}
}

// TestConsents is the table of what lines about one person give together.
func TestConsents(t *testing.T) {
	line := func(code, person string, scope records.Scope, given, until, withdrawn string) records.GroundMatch {
		return records.GroundMatch{Kind: records.Consent, Code: code, By: "person", Person: person, Scope: scope, Given: day(given), Until: day(until), Withdrawn: day(withdrawn)}
	}
	for _, tt := range []struct {
		name  string
		shown *picture.Facts
		lines []records.GroundMatch
		want  Ground
		why   []string // parts of the sentences
	}{
		{"one person, one consent", people(1), []records.GroundMatch{line("A", "P", records.Publish, "2020-01-01", "", "")}, PublishOnly, []string{"Einwilligung A nennt nur"}},
		{"five people, one consent", people(5), []records.GroundMatch{line("A", "P", records.Publish, "2020-01-01", "", "")}, Unknown,
			[]string{"Einwilligung A nennt nur", "gezählte Personen: 5; davon mit gültiger Einwilligung in Ihren Listen: 1; ohne Nachweis mindestens: 4"}},
		{"five people, one of two consents ended", people(5), []records.GroundMatch{line("A", "P", records.Publish, "2020-01-01", "", ""), line("B", "Q", records.Publish, "2020-01-01", "2021-01-01", "")}, Expired,
			[]string{"Einwilligung A nennt nur", "Einwilligung B galt bis 01.01.2021", "Listen: 1; ohne Nachweis mindestens: 4"}},
		{"nobody could look", nil, []records.GroundMatch{line("A", "P", records.Publish, "2020-01-01", "", "")}, Unknown, []string{"Einwilligung A nennt nur", "Auf 1 von 1 Bildern ist niemand gezählt"}},
		{"everybody agreed", people(5), []records.GroundMatch{line("A", "", records.Publish, "2020-01-01", "", "")}, PublishOnly, []string{"Einwilligung A nennt nur"}},
		{"everybody agreed, and that has ended", people(5), []records.GroundMatch{line("A", "", records.Publish, "2020-01-01", "2021-01-01", "")}, Expired, []string{"Einwilligung A galt bis", "Listen: 0; ohne Nachweis mindestens: 5"}},
		{"withdrawal beats an earlier consent of another line", people(1), []records.GroundMatch{line("A", "P", records.Training, "2020-01-01", "", "2022-02-01"), line("B", "P", records.Publish, "2018-01-01", "", "")}, Expired,
			[]string{"Einwilligung A wurde am 01.02.2022 widerrufen"}},
		{"the order of lines does not matter", people(1), []records.GroundMatch{line("B", "P", records.Publish, "2018-01-01", "", ""), line("A", "P", records.Training, "2020-01-01", "", "2022-02-01")}, Expired,
			[]string{"Einwilligung A wurde am 01.02.2022 widerrufen"}},
		{"a consent of the day of the withdrawal is not later", people(1), []records.GroundMatch{line("A", "P", records.Training, "2020-01-01", "", "2022-02-01"), line("B", "P", records.Publish, "2022-02-01", "", "")}, Expired,
			[]string{"Einwilligung A wurde am 01.02.2022 widerrufen"}},
		{"a consent without a day cannot be shown to be later", people(1), []records.GroundMatch{line("A", "P", records.Training, "2020-01-01", "", "2022-02-01"), line("B", "P", records.Publish, "", "2030-01-01", "")}, Expired,
			[]string{"Einwilligung A wurde am 01.02.2022 widerrufen"}},
		{"given again", people(1), []records.GroundMatch{line("A", "P", records.Training, "2020-01-01", "", "2022-02-01"), line("B", "P", records.Publish, "2023-01-01", "", "")}, PublishOnly,
			[]string{"Einwilligung B nennt nur", "Der Widerruf vom 01.02.2022 (A) liegt davor"}},
		{"given again, and withdrawn again", people(1), []records.GroundMatch{line("A", "P", records.Training, "2020-01-01", "", "2022-02-01"), line("B", "P", records.Publish, "2023-01-01", "", "2024-01-01")}, Expired,
			[]string{"Einwilligung B wurde am 01.01.2024 widerrufen"}},
		{"withdrawn on a day to come", people(1), []records.GroundMatch{line("A", "P", records.Training, "2020-01-01", "", "2027-01-01"), line("B", "P", records.Publish, "2018-01-01", "", "")}, CoversAI, []string{"Einwilligung A nennt das KI-Training"}},
		{"another person's withdrawal", people(2), []records.GroundMatch{line("A", "P", records.Training, "2020-01-01", "", "2022-02-01"), line("B", "Q", records.Publish, "2018-01-01", "", "")}, Expired,
			[]string{"Einwilligung A wurde am 01.02.2022 widerrufen", "Einwilligung B nennt nur"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := assessment(tt.shown, found(classify.Employee, classify.Sure, ev("x", "x")))
			a.Grounds = tt.lines
			r := Assess(a)
			got := NewTexts("de").GroundReasons(r)
			if r.Ground != tt.want || len(got) != len(tt.why) {
				t.Fatalf("ground %s, want %s: %q", r.Ground, tt.want, got)
			}
			for i, part := range tt.why {
				if !strings.Contains(got[i], part) {
					t.Errorf("reason %d: %q, want %q in it", i, got[i], part)
				}
			}
			checkPencil(t, r, a.StatusDate)
		})
	}

	text := assessment(nil, found(classify.Employee, classify.Sure, ev("x", "x")))
	text.Item.Media, text.Facts = nil, nil
	text.Grounds = []records.GroundMatch{line("A", "P", records.Publish, "2020-01-01", "", "")}
	if r := Assess(text); r.Ground != PublishOnly {
		t.Errorf("an item without pictures shows nobody else: %s", r.Ground)
	}
}

// TestOthers is the table of what speaks for somebody beside the people who agreed.
func TestOthers(t *testing.T) {
	gitte := records.GroundMatch{Kind: records.Consent, Code: "C4", By: "person", Person: "GR", Names: []string{"Gitte Rau"}, Scope: records.Training}
	veit := records.GroundMatch{Kind: records.Consent, Code: "C5", By: "person", Person: "VL", Names: []string{"Veit Lund"}, Scope: records.Training}
	portrait := func(m records.GroundMatch, at ...int) records.GroundMatch { m.Portraits = at; return m }
	unnamed := func(m records.GroundMatch) records.GroundMatch { m.By, m.Names = "known", nil; return m }
	everybody := records.GroundMatch{Kind: records.Consent, Code: "C9", By: "event", Scope: records.Training}
	by := func(code string) classify.Evidence {
		return classify.Evidence{Rule: "records.person.name", Field: "records", Quote: code, Weight: 3.6}
	}
	staff := found(classify.Employee, classify.Sure, by("GR"), by("VL"))
	mixed := found(classify.Employee, classify.Sure, by("GR"), by("PH"))
	child := found(classify.Minor, classify.Possible, ev("minor.age", "7"))
	client := found(classify.Customer, classify.Possible, ev("customer.word", "x"))
	somebody := found(classify.OtherPerson, classify.Possible, ev("other.seen", "1"))
	pictures := func(n ...int) []*picture.Facts {
		out := []*picture.Facts{}
		for _, n := range n {
			out = append(out, people(n))
		}
		return out
	}
	for _, tt := range []struct {
		text     string
		pictures []*picture.Facts
		lines    []records.GroundMatch
		findings []classify.Finding
		want     Ground
		reason   string // part of the last one, in German
	}{
		// One person alone, and two who both agreed.
		{"Gitte Rau hat die Prüfung bestanden. Glückwunsch, Gitte!", pictures(1), []records.GroundMatch{gitte}, nil, CoversAI, ""},
		{"Unsere Azubi Gitte Rau verstärkt das Team im Lager", pictures(1), []records.GroundMatch{gitte}, nil, CoversAI, ""},
		{"Veit Lund und Gitte Rau", pictures(2), []records.GroundMatch{gitte, veit}, nil, CoversAI, ""},
		{"Veit Lund und Gitte Rau", pictures(1, 1), []records.GroundMatch{gitte, veit}, nil, CoversAI, ""},
		{"Neu im Laden", pictures(1), []records.GroundMatch{unnamed(portrait(gitte, 0))}, nil, CoversAI, ""},
		{"Neu im Laden", pictures(1, 1), []records.GroundMatch{unnamed(portrait(gitte, 0, 1))}, nil, CoversAI, ""},
		{"Gitte Rau ist neu im Laden", pictures(1, 1), []records.GroundMatch{portrait(gitte, 0, 1)}, nil, CoversAI, ""},
		{"Hafenfest mit Gitte Rau und vielen Gästen", pictures(9), []records.GroundMatch{everybody, gitte}, nil, CoversAI, ""},

		// More in the pictures.
		{"Gitte Rau", pictures(2), []records.GroundMatch{gitte}, nil, Unknown, "Personen: 2; davon"},
		{"Gitte Rau", pictures(1, 1), []records.GroundMatch{gitte}, nil, Unknown, "zusammen 2 Personen"},
		{"Veit Lund, Gitte Rau", pictures(2, 1), []records.GroundMatch{gitte, veit}, nil, Unknown, "zusammen 3 Personen"},
		{"Wechsel im Laden", pictures(1, 1), []records.GroundMatch{unnamed(portrait(gitte, 0))}, nil, Unknown, "zusammen 2 Personen"},
		{"Gitte Rau geht, wer kommt?", pictures(1, 1), []records.GroundMatch{portrait(gitte, 0)}, nil, Unknown, "zusammen 2 Personen"},
		{"Neu im Laden", pictures(2), []records.GroundMatch{unnamed(portrait(gitte, 0))}, nil, Unknown, "Personen: 2; davon"},
		{"Gitte Rau", pictures(0), []records.GroundMatch{gitte}, nil, Unknown, "Auf 1 von 1 Bildern"},
		{"Gitte Rau", pictures(1, 0), []records.GroundMatch{gitte}, nil, Unknown, "Auf 1 von 2 Bildern"},
		{"Gitte Rau", []*picture.Facts{people(1), nil}, []records.GroundMatch{gitte}, nil, Unknown, "Auf 1 von 2 Bildern"},

		// More in the words.
		{"Gitte Rau & ihre Söhne", pictures(1), []records.GroundMatch{gitte}, nil, Unknown, "ihre Söhne"},
		{"Gitte Rau samt Mannschaft", pictures(1), []records.GroundMatch{gitte}, nil, Unknown, "samt Mannschaft"},
		{"Gitte Rau, Veit Lund, Petra Holm", pictures(1), []records.GroundMatch{gitte, veit}, nil, Unknown, "Petra"},
		{"Gitte Rau lernt unseren Azubi Jan an", pictures(1), []records.GroundMatch{gitte}, nil, Unknown, "Azubi"},
		{"Our crew: Gitte Rau, Joe, Kim", pictures(1), []records.GroundMatch{gitte}, nil, Unknown, "crew"},

		// More by the lists, and other groups of people.
		{"Gitte Rau", pictures(1), []records.GroundMatch{gitte}, []classify.Finding{mixed}, Unknown, "nennen hier auch PH"},
		{"Gitte Rau am Schultor", pictures(1), []records.GroundMatch{gitte}, []classify.Finding{staff, child}, Unknown, "Hinweis auf ein Kind"},
		{"Gitte Rau am Tresen", pictures(1), []records.GroundMatch{gitte}, []classify.Finding{staff, client}, Unknown, "verschiedene Gruppen"},
		{"Gitte Rau am Tresen", pictures(1), []records.GroundMatch{gitte}, []classify.Finding{staff, somebody}, Unknown, "verschiedene Gruppen"},
	} {
		t.Run(tt.text, func(t *testing.T) {
			if tt.findings == nil {
				tt.findings = []classify.Finding{found(classify.Employee, classify.Sure, ev("x", "x"))}
			}
			a := assessment(nil, tt.findings...)
			a.Item.Text, a.Item.Media, a.Facts, a.Grounds = tt.text, make([]scanner.Media, len(tt.pictures)), tt.pictures, tt.lines
			r := Assess(a)
			if r.Ground != tt.want || r.Ground != r.Proposed {
				t.Errorf("ground %s, want %s: %q", r.Ground, tt.want, NewTexts("de").GroundReasons(r))
			}
			if got := NewTexts("de").GroundReasons(r); !strings.Contains(got[len(got)-1], tt.reason) {
				t.Errorf("reasons %q, want %q in the last", got, tt.reason)
			}
			checkPencil(t, r, a.StatusDate)
		})
	}

	a := assessment(people(1), found(classify.Employee, classify.Sure, ev("x", "x")))
	a.Item.Text, a.Item.Tags, a.Item.Account, a.Grounds = "Gitte Rau", []string{"Gitte Rau", "Werft Nordlicht"}, "Werft Nordlicht", []records.GroundMatch{gitte}
	if r := Assess(a); r.Ground != CoversAI {
		t.Errorf("tags of the person and of the page: %s", r.Ground)
	}
	a.Item.Tags = append(a.Item.Tags, "wharfie77")
	if r := Assess(a); r.Ground != Unknown {
		t.Errorf("somebody else is tagged: %s", r.Ground)
	}
}

// TestReviewedWorks keeps a reviewer's entry about people from speaking for works.
func TestReviewedWorks(t *testing.T) {
	both := []classify.Finding{found(classify.Employee, classify.Likely, ev("x", "x")), found(classify.ThirdPartyWork, classify.Sure, ev("work.credit-name", "Foto: Mira Vogt"))}
	for _, tt := range []struct {
		entry  string
		ground Ground // of the item
		people string // their rating, today
		works  string // the organisation's rating of the work
	}{
		{"", Unknown, "3×2", "2×2"},
		{"covers_ai", CoversAI, "1×2", "2×2"},
		{"not_needed", NotNeeded, "1×2", "2×2"},
		{"unknown", Unknown, "3×2", "2×2"},
		{"none", NoGround, "3×2", "3×2"},
		{"expired", Expired, "4×2", "3×2"},
	} {
		a := assessment(people(1), both...)
		if tt.entry != "" {
			a = decide(a, "ground", tt.entry)
		}
		r := Assess(a)
		var persons, works string
		for _, w := range r.Weighed {
			rating := fmt.Sprintf("%d×%d", w.Today.Likelihood, w.Today.Severity)
			switch {
			case w.Label == classify.Employee && w.View == Persons:
				persons = rating
			case w.Label == classify.ThirdPartyWork:
				works = rating
			}
		}
		if r.Ground != tt.ground || persons != tt.people || works != tt.works {
			t.Errorf("entry %q: ground %s, people %s, works %s; want %s, %s, %s", tt.entry, r.Ground, persons, works, tt.ground, tt.people, tt.works)
		}
		checkPencil(t, r, a.StatusDate)
	}
}

// TestReviewed keeps a reviewer's words for reviewers, and the lists' proposal beside them.
func TestReviewed(t *testing.T) {
	a := assessment(people(0), found(classify.Stock, classify.Sure, ev("stock.credit-line", "Adobe Stock")))
	a.Grounds = []records.GroundMatch{{Kind: records.Licence, Code: "L", By: "asset", Social: records.ClauseNo}}
	ground := func(r *Risk) string {
		return NewTexts("de").Sentence(r.Today.Steps[len(r.Today.Steps)-1])
	}
	if r := Assess(a); r.Ground != NoGround || strings.Contains(ground(r), "prüfend") || !strings.Contains(ground(r), "Listen") {
		t.Errorf("by the lists: %s, %q", r.Ground, ground(r))
	}
	for _, g := range Grounds {
		r := Assess(decide(a, "ground", string(g)))
		if r.Ground != g || r.Proposed != NoGround || !strings.HasPrefix(ground(r), "Eintrag der prüfenden Person: ") {
			t.Errorf("entered %s: %s, proposed %s, %q", g, r.Ground, r.Proposed, ground(r))
		}
		if why := NewTexts("de").ProposedReasons(r); len(why) != 1 || !strings.Contains(why[0], "Lizenz L umfasst soziale Medien nicht") {
			t.Errorf("proposed because %q", why)
		}
	}
}

// TestFormer tells former staff from the list and from the reviewer.
func TestFormer(t *testing.T) {
	staff := found(classify.Employee, classify.Sure, ev("x", "x"))
	listed := assessment(people(1), found(classify.Employee, classify.Sure, classify.Evidence{Rule: "records.person.former", Field: "records", Quote: "MA-2", Weight: 3.6}))
	for name, tt := range map[string]struct {
		a            Assessment
		want, listed bool
	}{
		"staff": {assessment(people(1), staff), false, false}, "by the list": {listed, true, true},
		"the reviewer says no": {decide(listed, "left", "no"), false, true}, "the reviewer says yes": {decide(assessment(people(1), staff), "left", "yes"), true, false},
	} {
		if r := Assess(tt.a); r.Former != tt.want || r.ProposedFormer != tt.listed {
			t.Errorf("%s: former %v, by the list %v", name, r.Former, r.ProposedFormer)
		}
	}
}

func TestAssessNothing(t *testing.T) {
	employee := found(classify.Employee, classify.Likely, ev("x", "x"))
	for name, a := range map[string]Assessment{
		"no finding":      assessment(people(1)),
		"nobody is shown": decide(assessment(people(1), employee), "shown", "nobody"),
		"draft":           func() Assessment { a := assessment(people(1), employee); a.Item.State = scanner.Draft; return a }(),
		"deleted":         func() Assessment { a := assessment(people(1), employee); a.Item.State = scanner.Deleted; return a }(),
	} {
		if r := Assess(a); r != nil {
			t.Errorf("%s: got %+v", name, r)
		}
	}
}

// TestViews keeps the organisation's number out of the persons' and the other way round.
func TestViews(t *testing.T) {
	unknown := found(classify.ThirdPartyWork, classify.Sure, ev("work.press", "Plakat"))
	r := Assess(assessment(people(30), found(classify.OtherPerson, classify.Sure, ev("x", "x")), unknown))
	if r.View != Persons || r.Today.Score() != 3 {
		t.Errorf("persons: view %s, score %d; the organisation's higher score must not decide", r.View, r.Today.Score())
	}
	if r.Other == nil || r.Other.Score() != 9 || r.In(Organisation) != r.Other || r.In(Persons) != &r.Today {
		t.Errorf("organisation beside it: %+v", r.Other)
	}
	if r := Assess(assessment(people(0), unknown)); r.View != Organisation || r.Other != nil {
		t.Errorf("works alone: view %s, other %+v", r.View, r.Other)
	}
}

// A name raises the severity where it makes somebody in a picture known: not where everybody looked and saw nobody.
func TestNamedNobody(t *testing.T) {
	text := found(classify.Employee, classify.Sure, ev("employee.our-name", "Anna"))
	tag := found(classify.Employee, classify.Sure, classify.Evidence{Rule: "x", Field: "tags[0]", Quote: "Anna", Weight: 1})
	half := assessment(people(0), text)
	half.Item.Media, half.Facts = append(half.Item.Media, scanner.Media{}), append(half.Facts, nil)
	for _, tt := range []struct {
		name string
		a    Assessment
		want bool
	}{
		{"somebody seen", assessment(people(1), text), true},
		{"nobody seen", assessment(people(0), text), false},
		{"nobody looked", assessment(nil, text), true},
		{"one of two looked at", half, true},
		{"tagged", assessment(people(0), tag), true},
		{"shown, says the reviewer", decide(assessment(people(0), text), "shown", "staff"), true},
	} {
		r := Assess(tt.a)
		raised := slices.ContainsFunc(r.Today.Steps, func(s Step) bool { return s.Key == "risk.change.named" })
		if raised != tt.want || slices.Contains(r.Scenarios, "R-10") != tt.want {
			t.Errorf("%s: raised %t, scenarios %v, want %t", tt.name, raised, r.Scenarios, tt.want)
		}
	}
}

// Nobody knows for how long a story was public; that is said, and the rating is not lowered by it.
func TestStory(t *testing.T) {
	staff := found(classify.Employee, classify.Sure, ev("x", "x"))
	post, story := assessment(people(1), staff), assessment(people(1), staff)
	story.Item.Kind = scanner.Story
	p, s := Assess(post), Assess(story)
	if p.Today.Score() != s.Today.Score() {
		t.Errorf("a story is rated %d, a post %d", s.Today.Score(), p.Today.Score())
	}
	checkPencil(t, s, story.StatusDate)
	if days, ok := (&Row{Item: story.Item, Risk: s}).ExposedDays(); ok {
		t.Errorf("a story was public for %d days", days)
	}
	if days, ok := (&Row{Item: post.Item, Risk: p}).ExposedDays(); !ok || days != p.Exposed || days == 0 {
		t.Errorf("a post was public for %d days, known %t, want %d", days, ok, p.Exposed)
	}
	for _, tt := range []struct{ lang, says, not string }{
		{"de", "als Story nur begrenzte Zeit öffentlich", "Tage öffentlich"}, {"en", "as a story public for a limited time only", "days public"},
	} {
		row := &Row{Item: story.Item, Findings: story.Findings, Risk: s}
		text := strings.Join(ExplainRisk(NewTexts(tt.lang), nil, row), "\n")
		if !strings.Contains(text, tt.says) || strings.Contains(text, tt.not) || !strings.Contains(text, NewTexts(tt.lang).Say("risk.change.story")) {
			t.Errorf("%s:\n%s", tt.lang, text)
		}
	}
	story.Objection, story.Confirmed = day("2025-06-01"), day("2025-06-02")
	step := slices.IndexFunc(Assess(story).Today.Steps, func(s Step) bool { return s.Key == "risk.objection_late" })
	if step < 0 {
		t.Fatal("the objection came too late for nothing")
	}
	if text := NewTexts("de").Sentence(Assess(story).Today.Steps[step]); !strings.Contains(text, "ob sie für das Training offen stand, ist nicht bekannt") {
		t.Error(text)
	}
}

func TestGone(t *testing.T) {
	a := assessment(people(1), found(classify.Customer, classify.Sure, ev("x", "x")))
	a.Gone = day("2026-01-01")
	r := Assess(a)
	if r.Today.Likelihood != 1 || r.Exposed != 219 {
		t.Errorf("gone since 2026-01-01: likelihood %d, exposed %d days", r.Today.Likelihood, r.Exposed)
	}
	checkPencil(t, r, a.StatusDate)
}

func TestPeriod(t *testing.T) {
	at := func(s string) time.Time {
		d, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, tt := range []struct {
		created, objection string
		want               Period
		exposed            int
	}{
		{"2025-05-26T23:59:59+02:00", "", BeforeTraining, 544},
		{"2025-05-26T21:59:59Z", "2025-06-01", BeforeTraining, 544},
		{"2025-05-26T22:00:00Z", "", ObjectionOpen, 544}, // midnight in Berlin
		{"2025-05-27T00:00:00+02:00", "2025-06-01", UntilObjection, 544},
		{"2025-06-01T23:00:00+02:00", "2025-06-01", UntilObjection, 539}, // the day itself
		{"2025-06-02T00:00:00+02:00", "2025-06-01", AfterObjection, 538},
		{"2026-11-22T12:00:00+01:00", "", ObjectionOpen, 0},
		{"2026-11-01T12:00:00+01:00", "2027-01-01", ObjectionOpen, 21}, // not made yet
	} {
		a := assessment(people(1), found(classify.Customer, classify.Sure, ev("x", "x")))
		a.Item.Created, a.Objection = at(tt.created).UTC(), day(tt.objection)
		r := Assess(a)
		if r.Period != tt.want || r.Exposed != tt.exposed {
			t.Errorf("created %s, objection %q: got %s, %d days; want %s, %d days", tt.created, tt.objection, r.Period, r.Exposed, tt.want, tt.exposed)
		}
	}
	if p := PeriodOf(time.Time{}, time.Time{}, day("2026-11-22"), nil); p != PeriodUnknown {
		t.Errorf("no date: %s", p)
	}
}

// TestLawOfTheDay keeps a register from citing what was not known on its day.
func TestLawOfTheDay(t *testing.T) {
	a := assessment(people(1), found(classify.Employee, classify.Sure, ev("x", "x")), found(classify.ThirdPartyWork, classify.Sure, ev("work.credit-name", "Foto")))
	a.StatusDate = day("2025-03-31")
	r := Assess(a)
	for _, id := range append(slices.Clone(r.Law), r.Doubtful...) {
		if rec := BuiltinLaw().Find(id); !rec.Known(a.StatusDate) {
			t.Errorf("cites %s of %s", id, rec.Decided)
		}
	}
	if slices.Contains(r.Law, "TL-34") || slices.Contains(r.Doubtful, "CA-12") || slices.Contains(r.Doubtful, "CA-01") {
		t.Errorf("law of 2026 in March 2025: %v, %v", r.Law, r.Doubtful)
	}
	a.StatusDate = day("2026-11-22")
	if r := Assess(a); !slices.Contains(r.Law, "TL-34") || !slices.Contains(r.Doubtful, "CA-12") || !slices.Contains(r.Doubtful, "CA-01") {
		t.Errorf("law of November 2026: %v, %v", r.Law, r.Doubtful)
	}
}

func TestRated(t *testing.T) {
	row := &Row{Risk: &Risk{Today: Rating{Likelihood: 3, Severity: 2}}}
	for _, tt := range []struct {
		l, s string
		want [2]int
	}{{"", "", [2]int{3, 2}}, {"4", "", [2]int{3, 2}}, {"4", "4", [2]int{4, 4}}, {"5", "1", [2]int{3, 2}}, {"x", "1", [2]int{3, 2}}} {
		row.Decided = map[Field]Decision{FieldLikelihood: {Value: tt.l}, FieldSeverity: {Value: tt.s}}
		if l, s := row.Rated(); [2]int{l, s} != tt.want {
			t.Errorf("own %q × %q: got %d×%d, want %v", tt.l, tt.s, l, s, tt.want)
		}
	}
}

func TestScenarios(t *testing.T) {
	s := NewScenarios(nil, day("2026-11-22"))
	add := func(n int, a Assessment) {
		row := &Row{Item: a.Item, Number: n, Risk: Assess(a), Decided: a.Decided}
		row.Item.Key = scanner.Key(fmt.Sprintf("fb:%d", n))
		s.Add(row)
	}
	employee := found(classify.Employee, classify.Sure, ev("x", "x"))
	named := found(classify.Employee, classify.Sure, ev("employee.our-name", "Petra"))
	for n := range 30 {
		a := assessment(people(1), employee)
		a.Item.Created = day("2020-01-01").AddDate(0, n, 0)
		add(n+1, a)
	}
	insta := assessment(people(1), named)
	insta.Item.Platform = scanner.Instagram
	add(31, insta)
	add(32, decide(assessment(people(1), named), "status", "no_risk"))
	add(33, decide(assessment(people(1), employee), "status", "confirmed"))
	add(34, decide(assessment(people(1), employee), "status", "confirmed", "done", "2026-11-01", "measure", "delete"))
	add(35, decide(assessment(people(1), employee), "lik_own", "4", "sev_own", "4"))
	s.Note(scanner.Note{Code: scanner.CodeMissing})
	s.Note(scanner.Note{Code: scanner.CodeZone})

	totals := s.Totals()
	if len(totals) != 12 {
		t.Fatalf("%d scenarios", len(totals))
	}
	r1 := totals[0]
	type sum struct {
		ID                                             string
		Items, Confirmed, Open, Undone, SetAside, More int
		Numbers                                        int
		First                                          []int
		From, To                                       string
		Today, After, Clean                            int
		Heaviest                                       scanner.Key
		Platforms                                      string
	}
	got := sum{r1.ID, r1.Items, r1.Confirmed, r1.Open, r1.Undone, r1.SetAside, r1.More, len(r1.Numbers), r1.Numbers[:3], r1.From.Format(time.DateOnly), r1.To.In(Berlin).Format(time.DateOnly),
		r1.Today.Score(), r1.AfterObjection.Score(), r1.AfterCleanup.Score(), r1.Heaviest, fmt.Sprint(r1.Platforms)}
	want := sum{"R-01", 34, 2, 32, 1, 1, 14, 20, []int{35, 31, 1}, "2020-01-01", "2024-03-01", 16, 6, 3, "fb:35", "[facebook instagram]"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("R-01 (-want +got):\n%s", diff)
	}
	for _, x := range totals {
		switch x.ID {
		case "R-01":
		case "R-10":
			if x.Items != 1 || x.SetAside != 1 {
				t.Errorf("R-10: %d items, %d set aside", x.Items, x.SetAside)
			}
		case "R-12":
			if x.Items != 1 || x.Level() != Medium || x.AfterCleanup.Score() >= x.Today.Score() {
				t.Errorf("R-12: %d items, %s, %d → %d", x.Items, x.Level(), x.Today.Score(), x.AfterCleanup.Score())
			}
		default:
			if x.Items != 0 || x.Level() != "" {
				t.Errorf("%s: %d items, level %q", x.ID, x.Items, x.Level())
			}
		}
	}
}

// TestScenarioRating keeps what else an item shows out of a scenario's number.
func TestScenarioRating(t *testing.T) {
	s := NewScenarios(nil, day("2026-11-22"))
	a := assessment(people(1), found(classify.Employee, classify.Sure, ev("x", "x")), found(classify.Minor, classify.Sure, ev("y", "y")))
	s.Add(&Row{Item: a.Item, Risk: Assess(a)})
	for _, x := range s.Totals() {
		if want := map[string]int{"R-01": 6, "R-03": 12}[x.ID]; x.Today.Score() != want {
			t.Errorf("%s: score %d, want %d", x.ID, x.Today.Score(), want)
		}
	}
}

// TestNamedScenario keeps what a named person's picture shows beside out of the scenario of names, unless nothing else is there.
func TestNamedScenario(t *testing.T) {
	name, special := ev("employee.our-name", "Anna"), found(classify.SpecialCategory, classify.Sure, ev("special.belief", "Gemeinde"))
	for _, tt := range []struct {
		name string
		a    Assessment
		want int
	}{
		{"staff at a service", assessment(people(1), found(classify.Employee, classify.Sure, name), special), 9},
		{"a service", assessment(people(1), found(classify.SpecialCategory, classify.Sure, ev("special.belief-name", "Anna"))), 12},
	} {
		s := NewScenarios(nil, day("2026-11-22"))
		s.Add(&Row{Item: tt.a.Item, Risk: Assess(tt.a)})
		for _, x := range s.Totals() {
			if want := map[string]int{"R-09": 12, "R-10": tt.want}[x.ID]; want > 0 && x.Today.Score() != want {
				t.Errorf("%s: %s has score %d, want %d", tt.name, x.ID, x.Today.Score(), want)
			}
		}
	}
}

func explained() (*Register, *Row) {
	a := assessment(faces(1, 300),
		classify.Finding{ID: "a", Label: classify.Employee, Band: classify.Sure, Score: 3.9, Evidence: []classify.Evidence{
			{Rule: "records.person.former", Field: "text", Start: 13, End: 28, Quote: "Jürgen Müller", Weight: 3.6},
			{Rule: "records.person.former", Field: "records", Quote: "MA-2", Weight: 3.6},
			{Rule: "employee.seen", Field: "media[0]", Quote: "1", Weight: 0.3}}},
		classify.Finding{ID: "b", Label: classify.Stock, Band: classify.Possible, Score: 1, Evidence: []classify.Evidence{
			{Rule: "stock.credit-line", Field: "media[0].metadata.credit", End: 13, Quote: "Getty Images", Weight: 1}}})
	a.Item.Text = "Abschied von Jürgen Müller"
	a.Grounds = []records.GroundMatch{{Kind: records.Consent, Code: "E-7", By: "person", Person: "MA-2", Names: []string{"Jürgen Müller"}, Scope: records.Publish}}
	row := &Row{Item: a.Item, Facts: a.Facts, Findings: a.Findings, Number: 17, Risk: Assess(a)}
	reg := &Register{Law: BuiltinLaw(), Bands: &classify.Settings{Possible: 1, Likely: 2.2, Sure: 3.5}, Rules: []RuleInfo{
		{ID: "employee.seen", Label: classify.Employee, Family: "people", Weight: 0.3, Why: "Im Bild sind Menschen zu sehen."},
		{ID: "stock.credit-line", Label: classify.Stock, Family: "credit", Weight: 1, Why: "Ein Bildnachweis nennt eine Bilddatenbank."}}}
	return reg, row
}

func TestExplain(t *testing.T) {
	reg, row := explained()
	for _, lang := range Languages {
		got := strings.Join(ExplainRisk(NewTexts(lang), reg, row), "\n") + "\n"
		name := "testdata/explain." + lang + ".golden"
		if *updateGolden {
			if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("explain in %s (-want +got):\n%s", lang, diff)
		}
	}
}

// TestExplainEntered shows a reviewer's entry as such, and the owner's licence beside what is known of its provider.
func TestExplainEntered(t *testing.T) {
	reg, row := explained()
	a := Assessment{Item: row.Item, Facts: row.Facts, Findings: row.Findings, StatusDate: day("2026-11-22"), Grounds: []records.GroundMatch{
		{Kind: records.Consent, Code: "E-7", By: "person", Person: "MA-2", Names: []string{"Jürgen Müller"}, Scope: records.Publish},
		{Kind: records.Licence, Code: "L-3", By: "asset", Social: records.ClauseYes, AI: records.ClauseNo},
	}}
	a.Decided = map[Field]Decision{FieldGround: {Field: FieldGround, Value: string(CoversAI), Reviewer: "AB", At: day("2026-11-20")}}
	row.Risk, row.Decided = Assess(a), a.Decided
	text := strings.Join(ExplainRisk(NewTexts("de"), reg, row), "\n")
	for _, want := range []string{
		"Einwilligung oder Lizenz: ja – umfasst KI-Training\n    Eintrag der prüfenden Person (AB) vom 20.11.2026.\n    Der Eintrag zählt für die Personen. Für das fremde Werk zählt, was Ihre Listen zeigen: ja – nur Veröffentlichung.\n  Aus Ihren Listen ergäbe sich: ja – nur Veröffentlichung\n    Einwilligung E-7 nennt nur",
		"Eintrag der prüfenden Person: Die Grundlage umfasst das KI-Training.",
		"Ihre Lizenz L-3 (soziale Medien: erlaubt; KI-Klausel: untersagt",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in:\n%s", want, text)
		}
	}
	if strings.Contains(text, "Bitte nennen Sie die Klausel") {
		t.Errorf("asks what the owner's licence answers:\n%s", text)
	}
}

// TestExplainLearned: each learned word counts, so that the numbers without brackets are the sum.
func TestExplainLearned(t *testing.T) {
	for _, lang := range Languages {
		reg, row := explained()
		texts := NewTexts(lang)
		reg.Rules = append(reg.Rules, RecordRules(texts)...)
		row.Findings = []classify.Finding{{ID: "a", Label: classify.Employee, Band: classify.Possible, Score: 1.32, Evidence: []classify.Evidence{
			{Rule: "learned.word-1", Field: "text", End: 8, Quote: "Abschied", Weight: 0.91},
			{Rule: "learned.word-2", Field: "text", Start: 9, End: 12, Quote: "von", Weight: 0.11},
			{Rule: "employee.seen", Field: "media[0]", Quote: "1", Weight: 0.3}}}}
		text := strings.Join(ExplainRisk(texts, reg, row), "\n")
		name, why := texts.Family("learned.words"), texts.Say("ground.rule.learned.words")
		if strings.Contains(text, "(+") || strings.Count(text, name+" · learned.word-") != 2 || strings.Count(text, why) != 2 || !strings.Contains(texts.Say("risk.explain.findings"), name) {
			t.Errorf("learned words:\n%s", text)
		}
	}
}

// TestRecordRules: each rule that stands in no file has one line with a reason, whatever number a finding gives it.
func TestRecordRules(t *testing.T) {
	for _, lang := range Languages {
		seen := map[string]RuleInfo{}
		for _, r := range RecordRules(NewTexts(lang)) {
			if _, twice := seen[r.ID]; twice || r.Family == "" || strings.HasPrefix(r.Why, "[") {
				t.Errorf("%s: %+v (twice: %v)", lang, r, twice)
			}
			seen[r.ID] = r
		}
		for _, id := range classify.OwnRules() {
			if seen[RuleName(id)].ID == "" {
				t.Errorf("%s: %s has no line", lang, id)
			}
		}
		for _, r := range records.Rules() {
			if got := seen[r.ID]; got.Weight != r.Weight || got.Label != r.Label || got.Family != r.Family {
				t.Errorf("%s: %+v, want %+v", lang, got, r)
			}
		}
	}
}

func TestExplainNothing(t *testing.T) {
	_, row := explained()
	row.Risk, row.Findings = nil, nil
	if text := strings.Join(ExplainRisk(NewTexts("de"), nil, row), "\n"); !strings.Contains(text, "Keine Hinweise.") || !strings.Contains(text, "Es gibt keinen Befund.") {
		t.Errorf("item without finding:\n%s", text)
	}
	row.Item.Media[0].File = "a\x1b[31m.jpg"
	if text := strings.Join(ExplainRisk(NewTexts("de"), nil, row), "\n"); strings.Contains(text, "\x1b") {
		t.Errorf("a file name reaches the terminal as it is: %q", text)
	}
	row.Item.State = scanner.Draft
	if text := strings.Join(ExplainRisk(NewTexts("de"), nil, row), "\n"); !strings.Contains(text, "nicht veröffentlicht (Entwurf)") {
		t.Errorf("draft:\n%s", text)
	}
}

func BenchmarkAssess(b *testing.B) {
	a := assessment(faces(2, 100), found(classify.Employee, classify.Sure, ev("employee.our-name", "Petra")), found(classify.Stock, classify.Sure, ev("stock.credit-line", "Adobe Stock")))
	for b.Loop() {
		Assess(a)
	}
}
