package report

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pagerisk/scanner"
)

// An archive of one account says nothing about the other account that an earlier pass read together with it.
func TestOvertakenCountsByAccount(t *testing.T) {
	s := &survey{listed: make(map[lineage]map[string]int), both: make(map[lineage]map[[2]string]int)}
	for account, sources := range map[string][]string{"page": {"export:both", "export:page"}, "insta": {"export:both"}} {
		item := &scanner.Item{Platform: scanner.Facebook, Account: account}
		for _, id := range sources {
			item.Origins = append(item.Origins, scanner.Origin{Source: id})
		}
		s.countSources(item)
	}
	at := time.Date(2026, 11, 25, 8, 0, 0, 0, time.UTC)
	got := s.overtaken([]scanner.Pass{
		{ID: 1, Source: "export:both", Name: "page.zip + insta.zip", Begun: at.Add(-time.Hour), Ended: at.Add(-time.Hour)},
		{ID: 2, Source: "export:page", Name: "page.zip", Begun: at, Ended: at},
	})
	want := map[overtaken]time.Time{{lineage{scanner.Facebook, "page", "export"}, "export:both"}: at}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(overtaken{}, lineage{})); diff != "" {
		t.Errorf("overtaken() (-want +got):\n%s", diff)
	}
}
