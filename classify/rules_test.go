package classify

import "testing"

func TestBuiltinRules(t *testing.T) {
	r, err := BuiltinRules()
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range r.Check() {
		t.Error(err)
	}
}
