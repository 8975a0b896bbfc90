package workbook

import (
	"testing"
)

// TestHeadHeight: a heading that takes more lines than two in its narrow column is not cut.
func TestHeadHeight(t *testing.T) {
	b, err := newBook(t.Context(), synthetic("de", 1), t.TempDir(), Writer{})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		code   string
		column column
		least  float64
		most   float64
	}{
		{"narrow", column{code: "hits_confirmed", width: 5}, 40, maxRow},
		{"hidden", column{code: "hits_confirmed", width: 5, hidden: true}, 32, 32},
		{"wide", column{code: "hits_confirmed", width: 40}, 32, 32},
	} {
		if err := b.addSheetNamed(tt.code, tt.code); err != nil {
			t.Fatal(err)
		}
		s := b.sheets[tt.code]
		if err := s.table([]column{tt.column}, 0); err != nil {
			t.Fatal(err)
		}
		if err := s.sw.Flush(); err != nil {
			t.Fatal(err)
		}
		got, err := b.f.GetRowHeight(tt.code, 1)
		if err != nil {
			t.Fatal(err)
		}
		if got < tt.least || got > tt.most {
			t.Errorf("%s: the head is %v points high, want %v to %v", tt.code, got, tt.least, tt.most)
		}
	}
}
