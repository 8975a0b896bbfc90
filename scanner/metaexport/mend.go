package metaexport

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Mend repairs a string of Meta's JSON exports, which escape each byte of a character's UTF-8 as if it were a
// character of its own ("Ã¼" for "ü"). It is to be called once on each string, after JSON parsing. ASCII and strings
// with any character above U+00FF are real text already and stay.
func Mend(s string) string { return mend(s, true) }

// mend without pieces leaves a string alone that does not decode as a whole: right for files that somebody saved again.
func mend(s string, pieces bool) string {
	ascii := true
	for _, r := range s {
		if r > 0xff {
			return s
		}
		ascii = ascii && r < utf8.RuneSelf
	}
	if ascii {
		return s
	}
	raw := make([]byte, 0, len(s))
	for _, r := range s {
		raw = append(raw, byte(r))
	}
	if utf8.Valid(raw) {
		return string(raw)
	}
	if !pieces {
		return s
	}
	// A name that was cut in the middle of a character: all but the stump can be read.
	var b strings.Builder
	for len(raw) > 0 {
		r, n := utf8.DecodeRune(raw)
		if r == utf8.RuneError && n == 1 {
			r = rune(raw[0])
		}
		b.WriteRune(r)
		raw = raw[n:]
	}
	return b.String()
}

// mention is Meta's mark of a person or page in a text: "@[100064:274:Name]".
var mention = regexp.MustCompile(`@\[\d+:\d+:([^\]]*)\]`)

// clean makes a mended string fit to show and to compare.
func clean(s string) string {
	if strings.Contains(s, "@[") {
		s = mention.ReplaceAllString(s, "$1")
	}
	return norm.NFC.String(s)
}
