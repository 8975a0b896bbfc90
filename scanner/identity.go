package scanner

import (
	"crypto/sha256"
	"encoding/hex"
	"path"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// maxNumber is how many digits a platform's number may have. Today's have up to 18; longer ones are not identities but
// hashes or garbage, and a Key has an end.
const maxNumber = 32

// minFileNumber is how many digits the number in a file's name must have to be a platform's: "photo_1234.jpg" is not.
const minFileNumber = 8

func (p Platform) prefix() string {
	if p == Instagram {
		return "ig"
	}
	return "fb"
}

// NumberKey is the key of what the platform itself gives a number: a post ("fb:<page>_<post>"), a story, an Instagram
// media object. "" where id is not made of digits and single underscores.
func NumberKey(p Platform, id string) Key {
	for part := range strings.SplitSeq(id, "_") {
		if !isNumber(part) {
			return ""
		}
	}
	return Key(p.prefix() + ":" + id)
}

// MediaID is the identity of one picture or video wherever it is listed: "fb:m:<platform number>". "" where the
// number is none.
func MediaID(p Platform, number string) Key {
	if !isNumber(number) {
		return ""
	}
	return Key(p.prefix() + ":m:" + number)
}

// FileMediaID is the MediaID that the name of a delivered file carries: the whole base name ("<id>.jpg", since 2024)
// or what follows the last "_n_" ("<n>_<n>_<n>_n_<id>.jpg", before). "" where the name carries none.
func FileMediaID(p Platform, file string) Key {
	base := path.Base(file)
	base = strings.TrimSuffix(base, path.Ext(base))
	if _, after, ok := strings.Cut(base, "_n_"); ok {
		base = after
	}
	if len(base) < minFileNumber {
		return ""
	}
	return MediaID(p, base)
}

func isNumber(s string) bool {
	if s == "" || len(s) > maxNumber {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// TextAlias names a publication by its second and its words: "fb:t:<unix>:<12 hex digits>". It ties together what an
// export and the API tell of one post where neither knows the other's numbers. Only letters and digits count, in lower
// case: the API leaves out the @ of mentions, and white space and emoji variants differ between deliveries. "" where
// time or text is missing.
func TextAlias(p Platform, created time.Time, text string) Key {
	folded := foldText(text)
	if created.IsZero() || folded == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(folded))
	return Key(p.prefix() + ":t:" + strconv.FormatInt(created.Unix(), 10) + ":" + hex.EncodeToString(sum[:6]))
}

func foldText(text string) string {
	folded := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) && r != '\ufe0f' && r != '\ufe0e' {
			return unicode.ToLower(r)
		}
		return -1
	}, norm.NFC.String(text))
	if folded == "" { // emoji only: all that there is
		folded = strings.Join(strings.Fields(text), "")
	}
	return folded
}
