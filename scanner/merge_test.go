package scanner

import "testing"

func TestMergeKeepsWhatALookFound(t *testing.T) {
	const ref = "posts/media/1.mp4"
	hash := Hash{1}
	item := func(where string, rank int, status Status, hash Hash) *Item {
		return &Item{Key: Key(where), Platform: "facebook", Origins: []Origin{{Source: "export:x", Where: where, Rank: rank}},
			Media: []Media{{Ref: ref, Status: status, SHA256: hash}}}
	}
	for _, test := range []struct {
		name     string
		looked   Status
		hash     Hash
		status   Status
		wantHash Hash
	}{
		{"broken, then listed again", Unreadable, Hash{}, Unreadable, Hash{}},
		{"read, then listed again", OK, hash, OK, hash},
		{"unsupported, then listed again", Unsupported, hash, Unsupported, hash},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, ranks := range [][2]int{{0, 2}, {2, 0}, {2, 2}} {
				looked := item("a", ranks[0], test.looked, test.hash)
				again := item("b", ranks[1], OK, Hash{})
				for _, m := range []*Item{Merge(looked, again), Merge(again, looked)} {
					if got := m.Media[0]; got.Status != test.status || got.SHA256 != test.wantHash || len(m.Media) != 1 {
						t.Errorf("ranks %v: media %+v, want status %s, hash %v", ranks, m.Media, test.status, test.wantHash)
					}
				}
			}
		})
	}
}
