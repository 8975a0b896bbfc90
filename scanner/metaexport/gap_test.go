package metaexport_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pagerisk/fixtures"
	"pagerisk/scanner"
	"pagerisk/scanner/metaexport"
)

// TestJSONBesideHTML: where both variants of one account lie side by side, JSON leads and HTML fills gaps.
func TestJSONBesideHTML(t *testing.T) {
	for _, g := range []fixtures.Generation{fixtures.FacebookPage, fixtures.Facebook2021, fixtures.Instagram25, fixtures.Instagram26} {
		t.Run(string(g), func(t *testing.T) {
			asJSON := fixtures.Build(g, fixtures.JSON, everything(), fixtures.Options{})
			asHTML := fixtures.Build(g, fixtures.HTML, everything(), fixtures.Options{NoMedia: true})
			want := scanPaths(t, write(t, asJSON)...)
			got := scanPaths(t, write(t, asJSON, asHTML)...)
			if diff := cmp.Diff(want.lines(), got.lines()); diff != "" {
				t.Errorf("items of JSON alone and with HTML (-alone +both):\n%s", diff)
			}
			checkTally(t, got, len(asJSON)+len(asHTML))

			// The timeline exists as HTML only.
			noPosts := asJSON.Without("posts_1.json", "media/posts.json")
			got = scanPaths(t, write(t, noPosts, asHTML)...)
			var texts []string
			for _, i := range got.items {
				if len(i.Media) > 0 && i.Text == "Wir begrüßen Änne im Team! 🎉" {
					texts = append(texts, got.lines()[slices.Index(got.items, i)])
				}
			}
			if len(texts) != 1 || !strings.Contains(texts[0], "411200000000001.jpg ok, 411200000000002.jpg ok") {
				t.Errorf("post that only HTML tells: %q", texts)
			}
			if len(got.items) != len(want.items) {
				t.Errorf("%d items, want %d:\n%s", len(got.items), len(want.items), strings.Join(got.lines(), "\n"))
			}
		})
	}
	t.Run("JSON lost the media of a post", func(t *testing.T) {
		lossy := everything()
		lossy.Posts[0].Media = nil
		lossy.Albums = nil
		full := everything()
		full.Albums = nil
		asJSON := fixtures.Build(fixtures.FacebookPage, fixtures.JSON, lossy, fixtures.Options{})
		asHTML := fixtures.Build(fixtures.FacebookPage, fixtures.HTML, full, fixtures.Options{})
		got := scanPaths(t, write(t, asJSON, asHTML)...)
		if l := got.lines()[0]; !strings.HasPrefix(l, lineTwo+" posts/profile_posts_1.json[3] posts/profile_posts_1.html[") {
			t.Errorf("post completed from HTML: %s", l)
		}
	})
}

// TestAcceptance runs the suite that every source passes.
func TestAcceptance(t *testing.T) {
	for _, g := range fixtures.Generations {
		t.Run(string(g), func(t *testing.T) {
			paths := write(t, fixtures.Build(g, fixtures.JSON, everything(), fixtures.Options{}).Split(2)...)
			fixtures.TestSource(t, func() (scanner.Source, error) {
				return metaexport.Open(t.Context(), paths, metaexport.Options{})
			})
		})
	}
}

func TestInspect(t *testing.T) {
	inspect := func(trees ...fixtures.Tree) *metaexport.Summary {
		t.Helper()
		src, err := metaexport.Open(t.Context(), write(t, trees...), metaexport.Options{})
		must(t, err)
		defer src.Close()
		sum, err := src.Inspect(t.Context())
		must(t, err)
		return sum
	}
	generations := map[fixtures.Generation]string{
		fixtures.Facebook2018: "2018", fixtures.Facebook2019: "2019–2020", fixtures.Facebook2021: "2021–2023", fixtures.Facebook2023: "2023–2024",
		fixtures.Facebook2024: "2024–", fixtures.FacebookPage: "2023–", fixtures.Instagram20: "–2020", fixtures.Instagram21: "2021–2023",
		fixtures.Instagram23: "2023–2024", fixtures.Instagram25: "2025–", fixtures.Instagram26: "2026–",
	}
	for _, g := range fixtures.Generations {
		paths := write(t, fixtures.Build(g, fixtures.JSON, everything(), fixtures.Options{}))
		src, err := metaexport.Open(t.Context(), paths, metaexport.Options{})
		must(t, err)
		sum, err := src.Inspect(t.Context())
		must(t, err)
		must(t, src.Close())
		s := scanPaths(t, paths...)
		a := sum.Accounts[0]
		states := map[scanner.State]int{}
		for _, i := range s.items {
			states[i.State]++
		}
		if diff := cmp.Diff(states, a.States); diff != "" {
			t.Errorf("%s: items by state of a scan and of Inspect (-scan +inspect):\n%s", g, diff)
		}
		if len(sum.Accounts) != 1 || a.Generation != generations[g] || a.Page != (g == fixtures.FacebookPage) || !a.JSON || a.HTML {
			t.Errorf("%s: %+v", g, sum.Accounts)
		}
	}
	page := fixtures.Build(fixtures.FacebookPage, fixtures.JSON, everything(), fixtures.Options{})
	for _, test := range []struct {
		name  string
		trees []fixtures.Tree
		want  []metaexport.Lack
	}{
		{"whole", []fixtures.Tree{page}, nil},
		{"no timeline", []fixtures.Tree{page.Without("profile_posts_1")}, []metaexport.Lack{metaexport.NoPosts}},
		{"no media", []fixtures.Tree{page.Without("posts/media")}, []metaexport.Lack{metaexport.NoMedia}},
		{"some media", []fixtures.Tree{page.Without("411200000000002")}, []metaexport.Lack{metaexport.Gaps}},
		{"HTML", []fixtures.Tree{fixtures.Build(fixtures.FacebookPage, fixtures.HTML, everything(), fixtures.Options{})}, []metaexport.Lack{metaexport.OnlyHTML}},
		{"old", []fixtures.Tree{fixtures.Build(fixtures.Facebook2021, fixtures.JSON, everything(), fixtures.Options{})}, []metaexport.Lack{metaexport.OldForm}},
		{"nothing", []fixtures.Tree{below(pageRoot, map[string]string{"posts/no-data.txt": "x"})}, []metaexport.Lack{metaexport.NoItems}},
		{"broken", []fixtures.Tree{page.With(below(pageRoot, map[string]string{"stories/archived_stories.json": "[object Object]"}))}, []metaexport.Lack{metaexport.Damaged}},
	} {
		if diff := cmp.Diff(test.want, inspect(test.trees...).Accounts[0].Lacks); diff != "" {
			t.Errorf("%s: lacks (-want +got):\n%s", test.name, diff)
		}
	}
}
