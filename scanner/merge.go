package scanner

import (
	"cmp"
	"slices"
	"strings"
)

// Joins reports whether b, found under an alias of a, is the same publication. Two records of one source that both
// are publications of their own (rank 0) are two publications, even when they show the same picture; a list that only
// shows pictures again joins whatever already has them.
func Joins(a, b *Item) bool {
	if a.Platform != b.Platform {
		return false
	}
	if a.Key == b.Key {
		return true
	}
	for _, oa := range a.Origins {
		for _, ob := range b.Origins {
			if oa.Source == ob.Source && oa.Rank == 0 && ob.Rank == 0 {
				return false
			}
		}
	}
	return true
}

// Merge returns one item for two descriptions of the same publication. The better origin gives kind, date, text and
// order; the other one fills what is empty. The result does not depend on which of the two came first, but for the key:
// the key of a stays, because decisions may already hang on it.
func Merge(a, b *Item) *Item {
	best, other := a, b
	if c := cmp.Compare(rank(a), rank(b)); c > 0 || c == 0 && where(b) < where(a) {
		best, other = b, a
	}
	m := *best
	m.Key = a.Key
	m.State = mergeState(best, other)
	fill(&m.Account, other.Account)
	fill(&m.Text, other.Text)
	fill(&m.Lang, other.Lang)
	fill(&m.Album, other.Album)
	fill(&m.Place, other.Place)
	fill(&m.Link, other.Link)
	fill(&m.Permalink, other.Permalink)
	if m.Created.IsZero() || m.ZoneAssumed && !other.ZoneAssumed && !other.Created.IsZero() {
		m.Created, m.ZoneAssumed = other.Created, other.ZoneAssumed
	}
	m.Tags = union(best.Tags, other.Tags)
	m.Aliases = union(union(best.Aliases, other.Aliases), []Key{b.Key})
	m.Aliases = slices.DeleteFunc(m.Aliases, func(k Key) bool { return k == m.Key })
	slices.Sort(m.Aliases)
	m.Origins = mergeOrigins(a.Origins, b.Origins)
	m.Media = mergeMedia(best, other)
	return &m
}

// Renew returns what a later source of the same kind says of a publication that an earlier one listed: the later one knows
// better. Key, names and origins stay, and what sources of another kind told beside it.
func Renew(old, now *Item) *Item {
	if rank(old) < rank(now) || !sameKind(old, now) {
		return Merge(old, now)
	}
	m := Merge(old, now)
	m.Kind, m.State, m.Text, m.Created, m.ZoneAssumed = now.Kind, now.State, now.Text, now.Created, now.ZoneAssumed
	m.Album, m.Place, m.Link, m.Tags = now.Album, now.Place, now.Link, now.Tags
	m.Media = slices.Clone(now.Media)
	for i := range m.Media {
		if j := slices.IndexFunc(old.Media, func(o Media) bool { return sameMedium(o, m.Media[i]) }); j >= 0 {
			fill(&m.Media[i].Alt, old.Media[j].Alt)
		}
	}
	return m
}

// sameKind reports whether the best origins of both are archives, or both the API.
func sameKind(a, b *Item) bool {
	if len(a.Origins) == 0 || len(b.Origins) == 0 {
		return false
	}
	kind := func(i *Item) string { kind, _, _ := strings.Cut(i.Origins[0].Source, ":"); return kind }
	return kind(a) == kind(b)
}

func rank(i *Item) int {
	if len(i.Origins) == 0 {
		return 1 << 20
	}
	return i.Origins[0].Rank
}

func where(i *Item) string {
	if len(i.Origins) == 0 {
		return ""
	}
	return i.Origins[0].Where
}

func fill(field *string, with string) {
	if *field == "" {
		*field = with
	}
}

func union[T comparable](a, b []T) []T {
	out := slices.Clone(a)
	for _, v := range b {
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

// mergeState: a picture in the trash or in the archive is not live, wherever else it is listed; otherwise the better
// origin knows.
func mergeState(best, other *Item) State {
	for _, s := range []State{Deleted, Archived, Draft} {
		if other.State == s && len(best.Media) <= len(other.Media) {
			return s
		}
	}
	if best.State == StateUnknown || best.State == Unlisted && other.State != StateUnknown {
		return other.State
	}
	return best.State
}

func mergeOrigins(a, b []Origin) []Origin {
	out := union(a, b)
	slices.SortStableFunc(out, func(x, y Origin) int {
		return cmp.Or(cmp.Compare(x.Rank, y.Rank), cmp.Compare(x.Where, y.Where), cmp.Compare(x.Source, y.Source))
	})
	return out
}

// mergeMedia keeps the order of the better origin. A list that shows a post's picture again adds what only it knows of
// that picture; a whole second description of the post (the API beside an export), and a list that says by its key that
// the picture belongs to this very post, add pictures that the first lacks.
func mergeMedia(best, other *Item) []Media {
	out := slices.Clone(best.Media)
	for _, m := range other.Media {
		i := slices.IndexFunc(out, func(o Media) bool { return sameMedium(o, m) })
		switch {
		case i >= 0:
			have := &out[i]
			fill(&have.Alt, m.Alt)
			if m.Caption != best.Text {
				fill(&have.Caption, m.Caption)
			}
			fill(&have.Cover, m.Cover)
			have.GenAI = have.GenAI || m.GenAI
			// A medium that another list shows again is not opened again: its status is then only what the list promises.
			if seen := m.SHA256 != (Hash{}); seen && m.Status == OK && (have.Status != OK || have.SHA256 == Hash{}) ||
				m.Status != OK && have.Status == OK && have.SHA256 == (Hash{}) {
				have.Ref, have.Status, have.SHA256, have.Bytes = m.Ref, m.Status, m.SHA256, m.Bytes
				have.Format, have.Width, have.Height = m.Format, m.Width, m.Height
			}
		case len(best.Media) == 0 || rank(other) > 0 && rank(best) > 0 || best.Key == other.Key || adds(best, other, m):
			out = append(out, m)
		}
	}
	return out
}

// adds reports whether m is surely a picture that best lacks: both describe the whole publication, and every picture
// of best has an identity, so that none of them can be m under another name.
func adds(best, other *Item, m Media) bool {
	return rank(best) == 0 && rank(other) == 0 && m.ID != "" &&
		!slices.ContainsFunc(best.Media, func(o Media) bool { return o.ID == "" })
}

func sameMedium(a, b Media) bool {
	return a.ID != "" && a.ID == b.ID || a.Ref != "" && a.Ref == b.Ref || a.SHA256 != (Hash{}) && a.SHA256 == b.SHA256
}
