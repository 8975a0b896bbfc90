package classify

import (
	"maps"
	"slices"
	"strings"
)

// Kinds of pages. What a page is decides whom it serves: a practice has patients, a school pupils, a club members.
const (
	PagePractice  = "practice"  // doctors, therapists, clinics: patients
	PageCare      = "care"      // nursing, homes: residents, patients
	PageVet       = "vet"       // animals and the people who bring them
	PageSchool    = "school"    // pupils, students
	PageCourse    = "course"    // dance, music, driving and language schools: pupils of any age
	PageNursery   = "nursery"   // children
	PageClub      = "club"      // members
	PageBrigade   = "brigade"   // fire brigades and rescue: those on duty are its staff
	PageAuthority = "authority" // residents
	PageHousing   = "housing"   // tenants
	PageLodging   = "lodging"   // hotels, camp sites, restaurants: guests
	PageCulture   = "culture"   // museums, theatres: visitors
	PageChurch    = "church"    // a parish
	PageParty     = "party"     // a political party
	PageUnion     = "union"     // a trade union
)

// PageOf guesses what kind of organisation publishes the page, from its name, the platform's category and the words of
// some of its captions. Kind "" is a business like others: it has customers.
func PageOf(name, category string, sample []string) Page {
	p := Page{Name: name, Category: category}
	r, err := BuiltinRules()
	if err != nil {
		return p // the rules that were handed in may be broken; the page is then a business like others
	}
	p.Kind = r.pageKind(name, category, sample)
	p.Sector = r.sector(name, category)
	p.Regulars = r.regulars(sample)
	return p
}

// sector finds what the page's name and category say of its trade: the list that knows most letters of them.
func (r *Rules) sector(name, category string) string {
	points := make(map[string]int)
	var f folded
	f.take(name+"\n"+category, nil)
	for i := range f.words {
		for sector, words := range r.sectors {
			if words.has(f.form(i)) {
				points[sector] += len(f.form(i))
			}
		}
	}
	best := ""
	for _, sector := range slices.Sorted(maps.Keys(points)) {
		if best == "" || points[sector] > points[best] {
			best = sector
		}
	}
	return best
}

// regularShare is the share of captions in which a name must stand to be a regular of the page, beside standing in two:
// among a thousand guests some Annas come twice.
const regularShare = 0.01

// regulars are the names that come back in the captions. The same caption under several pictures counts once.
func (r *Rules) regulars(sample []string) map[string]bool {
	count := make(map[string]int)
	different := make(map[string]bool)
	var f folded
	for _, text := range sample {
		if different[text] {
			continue
		}
		different[text] = true
		f.take(text, nil)
		here := make(map[string]bool)
		for i := range f.words {
			if name := r.nameAt(&f, i); name != "" && !here[name] {
				here[name] = true
				count[name]++
			}
		}
	}
	out := make(map[string]bool)
	for name, n := range count {
		if n >= 2 && float64(n) >= regularShare*float64(len(different)) {
			out[name] = true
		}
	}
	return out
}

// nameAt returns the name that stands at a word: a first name, or a surname after a form of address, which is then part
// of it; else "".
func (r *Rules) nameAt(f *folded, i int) string {
	w := &f.words[i]
	if w.flags&capital == 0 || w.flags&(digits|symbol) != 0 {
		return ""
	}
	form := string(f.form(i))
	if i > 0 && w.flags&first == 0 {
		switch before := string(f.form(i - 1)); before {
		case "frau", "herr", "herrn", "mrs", "mr", "ms", "miss", "dr", "schwester", "bruder", "madame", "monsieur", "signora", "pani", "pan":
			return before + " " + form
		}
	}
	if r.firstName(f, i) {
		return form
	}
	return ""
}

// pageOrder decides between kinds with the same score: the more special one first.
var pageOrder = []string{PageVet, PageCare, PageNursery, PageBrigade, PageCourse, PageHousing, PageUnion, PageParty, PageChurch, PageCulture, PageSchool,
	PagePractice, PageLodging, PageAuthority, PageClub}

func (r *Rules) pageKind(name, category string, sample []string) string {
	points := map[string]float64{}
	var f folded
	f.take(name+"\n"+category, nil)
	for kind, m := range r.pageWords {
		for i := range f.words {
			if m.has(f.form(i)) {
				points[kind] += 100
			}
		}
	}
	const enough = 400 // captions; more do not change what a page is
	for n, text := range sample {
		if n == enough {
			break
		}
		f.take(text, nil)
		for kind, m := range r.pageTalk {
			for i := range f.words {
				if m.has(f.form(i)) {
					points[kind] += 1
					break
				}
			}
		}
	}
	// Vocabulary alone must be frequent and clearly ahead: a shop speaks of a doctor now and then.
	const share, least = 0.2, 3
	best, most := "", 0.0
	second := 0.0
	for _, kind := range pageOrder {
		p := points[kind]
		if p >= 100 {
			p = 100 // the words of the name are equal; the order of kinds decides
		} else if p < least || p < share*float64(min(len(sample), enough)) {
			p = 0
		}
		if p > most {
			best, most, second = kind, p, most
		} else {
			second = max(second, p)
		}
	}
	if most < 100 && most < 1.4*second {
		best = ""
	}
	if best == "" && most < 100 {
		if lower := strings.ToLower(name); strings.Contains(lower, "e.v") || strings.Contains(lower, "e. v") {
			return PageClub
		}
	}
	return best
}

// wordSet is a list of word patterns without atoms.
type wordSet struct{ v *vocabulary }

func newWordSet(words []string) wordSet {
	v := newVocabulary()
	for _, w := range words {
		v.add(w, atomFree) // not atomAny: it has no negative for exceptions
	}
	return wordSet{v}
}

func (s wordSet) has(b []byte) bool { return len(s.v.find(b, nil)) > 0 }

// pageLists are the names of lists that speak for a kind of page: "page_care" in its name, "talk_care" in its captions.
func (r *Rules) pageLists() {
	r.pageWords, r.pageTalk, r.sectors = map[string]wordSet{}, map[string]wordSet{}, map[string]wordSet{}
	for list, words := range r.lists {
		if sector, ok := strings.CutPrefix(list, "sector_"); ok {
			r.sectors[sector] = newWordSet(words)
		}
	}
	r.youngPages = newWordSet(r.lists["young_pages"])
	for _, kind := range pageOrder {
		if w := r.lists["page_"+kind]; len(w) > 0 {
			r.pageWords[kind] = newWordSet(w)
		}
		if w := r.lists["talk_"+kind]; len(w) > 0 {
			r.pageTalk[kind] = newWordSet(w)
		}
	}
}
