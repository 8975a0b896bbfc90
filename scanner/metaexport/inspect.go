package metaexport

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"time"

	"pagerisk/scanner"
)

// Summary says what an export is, without a case.
type Summary struct {
	Parts    []PartSummary    `json:"parts"`
	Accounts []AccountSummary `json:"accounts"`
	// Tally counts archive entries and list elements; media are counted per account.
	Tally scanner.Tally `json:"tally"`
	// Notes counts the notes by code, promises left out.
	Notes map[scanner.Code]int `json:"notes"`
}

// PartSummary is one archive or folder.
type PartSummary struct {
	Name    string `json:"name"`
	Files   int    `json:"files"`
	Damaged bool   `json:"damaged,omitempty"`
}

// AccountSummary is one page, profile or Instagram account.
type AccountSummary struct {
	Platform scanner.Platform `json:"platform"`
	Name     string           `json:"name,omitempty"`
	Category string           `json:"category,omitempty"`
	Page     bool             `json:"page,omitempty"` // a Facebook page or additional profile, not a person
	// Generation is the years in which Meta wrote archives of this layout: "2023–", "2019–2020".
	Generation string `json:"generation"`
	JSON       bool   `json:"json"`
	HTML       bool   `json:"html"`
	// First and Last publication that the archive lists; zero where none has a date.
	First time.Time `json:"first,omitzero"`
	Last  time.Time `json:"last,omitzero"`
	// From and To are the window that the archive itself states, which only HTML does.
	From time.Time `json:"from,omitzero"`
	To   time.Time `json:"to,omitzero"`
	// Items by kind and by state, Years the published ones by year; a picture in several lists counts once.
	Items  int                    `json:"items"`
	Kinds  map[scanner.Kind]int   `json:"kinds"`
	States map[scanner.State]int  `json:"states"`
	Years  map[int]int            `json:"years"`
	Media  map[scanner.Status]int `json:"media"`
	Lacks  []Lack                 `json:"lacks,omitempty"`
}

// Lack is something that an archive should have and has not.
type Lack string

const (
	NoPosts  Lack = "no_posts"  // no list of posts
	NoMedia  Lack = "no_media"  // lists, but not one of the files that they name
	Gaps     Lack = "gaps"      // some of the files that its lists name
	OnlyHTML Lack = "only_html" // no JSON: times without zone
	NoItems  Lack = "no_items"  // nothing published at all
	Damaged  Lack = "damaged"   // a part is cut or a list cannot be read
	OldForm  Lack = "old_form"  // a layout that Meta no longer writes
)

// Grave tells whether a lack takes items, or what was said in them, out of everything that is said of a page. The others
// cost a picture here and there, or accuracy.
func (l Lack) Grave() bool { return l == NoPosts || l == NoMedia || l == NoItems || l == Damaged }

// Product is what an account is, as the export tells: "page", "profile", "facebook" or "instagram".
func (a *AccountSummary) Product() string {
	switch {
	case a.Page:
		return "page"
	case a.Platform == scanner.Facebook:
		return "profile"
	}
	return string(a.Platform)
}

// Inspect reads the whole archive without looking into media. It must not run while Read does.
func (s *Source) Inspect(ctx context.Context) (*Summary, error) {
	sum := &Summary{Notes: make(map[scanner.Code]int)}
	files := make([]int, len(s.t.parts))
	for i := range s.t.files {
		files[s.t.files[i].part]++
	}
	damaged := false
	for i, p := range s.t.parts {
		if files[i] > 0 || p.root == nil { // a folder that holds nothing but zips is no part
			sum.Parts = append(sum.Parts, PartSummary{Name: p.name, Files: files[i], Damaged: p.cut != ""})
		}
		damaged = damaged || p.cut != ""
	}
	type tallied struct {
		owned map[uint64]bool // media of items counted
		keys  map[scanner.Key]bool
	}
	counted := make([]tallied, len(s.t.accounts))
	for i := range s.t.accounts {
		sum.Accounts = append(sum.Accounts, AccountSummary{Kinds: map[scanner.Kind]int{}, States: map[scanner.State]int{}, Years: map[int]int{}, Media: map[scanner.Status]int{}})
		counted[i] = tallied{make(map[uint64]bool), make(map[scanner.Key]bool)}
	}
	for e, err := range s.Read(ctx, "") {
		if err != nil {
			return nil, err
		}
		if n := e.Note; n != nil {
			if n.Code != scanner.CodePromise {
				sum.Notes[n.Code]++
			}
			switch n.Code.Class() {
			case scanner.Skipped:
				sum.Tally.Seen++
				sum.Tally.Skipped++
			case scanner.Failed:
				sum.Tally.Seen++
				sum.Tally.Failed++
				damaged = damaged || n.Code == scanner.CodeCorrupt
			}
			continue
		}
		sum.Tally.Seen++
		sum.Tally.Read++
		if e.Item == nil {
			continue
		}
		i := s.accountOf(e.Item)
		have, a := &counted[i], &sum.Accounts[i]
		joins := have.keys[e.Item.Key]
		for _, m := range e.Item.Media {
			d := mediumDigest(m.ID)
			if have.owned[d] {
				joins = joins || e.Item.Origins[0].Rank > 0
				continue
			}
			have.owned[d] = true
			a.Media[m.Status]++
		}
		if joins {
			continue
		}
		have.keys[e.Item.Key] = true
		a.Items++
		a.Kinds[e.Item.Kind]++
		a.States[e.Item.State]++
		if t := e.Item.Created; e.Item.State == scanner.Published && !t.IsZero() {
			t = t.In(s.zone)
			a.Years[t.Year()]++
			if a.First.IsZero() || t.Before(a.First) {
				a.First = t
			}
			if t.After(a.Last) {
				a.Last = t
			}
		}
	}
	for i, a := range s.t.accounts {
		s.describe(a, &sum.Accounts[i])
		if damaged {
			sum.Accounts[i].Lacks = append(sum.Accounts[i].Lacks, Damaged)
		}
	}
	return sum, nil
}

// accountOf finds the account of an item by its place.
func (s *Source) accountOf(item *scanner.Item) int {
	for i, a := range s.t.accounts {
		if a.platform == item.Platform && strings.HasPrefix(item.Origins[0].Where, a.prefix) {
			return i
		}
	}
	return 0
}

var pageFolder = regexp.MustCompile(`^this_profile`)

func (s *Source) describe(a *account, out *AccountSummary) {
	out.Platform, out.Name, out.Category, out.From, out.To = a.platform, a.name, a.category, a.from, a.to
	own := false
	for _, in := range a.lists {
		if in.list.form == personal {
			continue
		}
		out.JSON = out.JSON || !in.html
		out.HTML = out.HTML || in.html
		own = own || in.list.kind == scanner.Post && in.list.rank <= 1 && in.list.state == scanner.Published
	}
	for f := range a.folders {
		out.Page = out.Page || pageFolder.MatchString(f)
	}
	var old bool
	out.Generation, old = s.generation(a)
	listed := 0
	for _, n := range out.Media {
		listed += n
	}
	there := listed - out.Media[scanner.Missing] - out.Media[scanner.Remote]
	for _, l := range []struct {
		lack Lack
		is   bool
	}{
		{NoItems, out.Items == 0},
		{NoPosts, out.Items > 0 && !own},
		{NoMedia, listed > 0 && there == 0},
		{Gaps, there > 0 && there < listed},
		{OnlyHTML, out.HTML && !out.JSON},
		{OldForm, old},
	} {
		if l.is {
			out.Lacks = append(out.Lacks, l.lack)
		}
	}
}

// generation tells the layout by the folders of lists and media.
func (s *Source) generation(a *account) (years string, old bool) {
	under := func(prefix string) bool {
		return slices.ContainsFunc(a.byPath, func(i int32) bool { return strings.HasPrefix(s.t.files[i].path, prefix) })
	}
	if a.platform == scanner.Instagram {
		switch {
		case under("media/posts.json"):
			return "2026–", false
		case a.folders != nil && under("content/"):
			return "2023–2024", true
		case a.folders != nil:
			return "2025–", false
		case under("media.json"):
			return "–2020", true
		}
		return "2021–2023", true
	}
	for f := range a.folders {
		switch {
		case pageFolder.MatchString(f):
			return "2023–", false
		case f == "your_facebook_activity":
			return "2024–", false
		case f == "your_activity_across_facebook":
			return "2023–2024", true
		}
	}
	switch {
	case under("html/timeline.htm"):
		return "–2017", true
	case under("photos_and_videos/"):
		return "2019–2020", true
	case under("posts/your_posts.json") || under("photos/"):
		return "2018", true
	}
	return "2021–2023", true
}
