package report

import "testing"

func TestBuiltinLawLoads(t *testing.T) {
	l := BuiltinLaw()
	if len(l.Records) < 200 || len(l.Providers) != 15 || len(l.Scenarios) != 12 {
		t.Fatalf("records %d, providers %d, scenarios %d", len(l.Records), len(l.Providers), len(l.Scenarios))
	}
}
