package report

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

//go:embed texts/*.toml
var textFiles embed.FS

// Languages that every text exists in.
var Languages = []string{"de", "en"}

// Texts is the catalogue of one language: every word that the program shows to people. One file per subject and
// language: texts/<subject>.<language>.toml.
type Texts struct {
	Lang string
	loc  *i18n.Localizer
}

var bundle = loadBundle()

func loadBundle() *i18n.Bundle {
	b := i18n.NewBundle(language.German)
	b.RegisterUnmarshalFunc("toml", toml.Unmarshal)
	names, err := fs.Glob(textFiles, "texts/*.toml")
	if err != nil {
		panic(err)
	}
	for _, name := range names {
		data, err := textFiles.ReadFile(name)
		if err != nil {
			panic(err)
		}
		if _, err := b.ParseMessageFileBytes(data, path.Base(name)); err != nil {
			panic(fmt.Sprintf("text catalogue %q: %v", name, err)) // embedded: a bug, found by any test
		}
	}
	return b
}

// NewTexts returns the catalogue of a language; unknown languages get German.
func NewTexts(lang string) *Texts {
	if lang != "en" {
		lang = "de"
	}
	return &Texts{Lang: lang, loc: i18n.NewLocalizer(bundle, lang)}
}

// Say returns the text of a key with its gaps filled: Say("cli.done", "File", name). A number under the name "Count"
// chooses singular or plural. A key that is not there is shown as itself in brackets; a test finds it.
func (t *Texts) Say(key string, pairs ...any) string {
	data := make(map[string]any, len(pairs)/2)
	var count any
	for i := 0; i+1 < len(pairs); i += 2 {
		name := fmt.Sprint(pairs[i])
		v := pairs[i+1]
		if name == "Count" {
			count = v
		}
		switch n := v.(type) {
		case int:
			v = t.Int(int64(n))
		case int64:
			v = t.Int(n)
		case time.Time:
			v = t.Date(n)
		}
		data[name] = v
	}
	s, err := t.loc.Localize(&i18n.LocalizeConfig{MessageID: key, TemplateData: data, PluralCount: count})
	if err != nil && s == "" {
		return "[" + key + "]"
	}
	return s
}

// Has reports whether the catalogue has a text for the key.
func (t *Texts) Has(key string) bool {
	s := t.Say(key)
	return s != "["+key+"]"
}

// Int writes a whole number as people of the language do: 1.234 or 1,234.
func (t *Texts) Int(n int64) string {
	s := fmt.Sprint(n)
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	sep := "."
	if t.Lang == "en" {
		sep = ","
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + sep + s[i:]
	}
	return sign + s
}

// Date writes a day: 27.05.2025 or 2025-05-27; "" for no day.
func (t *Texts) Date(d time.Time) string {
	switch {
	case d.IsZero():
		return ""
	case t.Lang == "en":
		return d.Format("2006-01-02")
	default:
		return d.Format("02.01.2006")
	}
}
