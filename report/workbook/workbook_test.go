package workbook

import (
	"os"
	"testing"
)

func TestLook(t *testing.T) {
	dir := os.Getenv("LOOK")
	if dir == "" {
		dir = t.TempDir()
	}
	for _, lang := range []string{"de", "en"} {
		d := dir + "/" + lang
		os.MkdirAll(d, 0o700)
		os.Remove(d + "/register.xlsx")
		if err := (Writer{}).Write(t.Context(), d, synthetic(lang, 400)); err != nil {
			t.Fatal(err)
		}
	}
}
