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

	"pagerisk/classify"
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
	names, err := fs.Glob(textFiles, "texts/*.toml")
	if err != nil {
		panic(err)
	}
	for _, name := range names {
		var tree map[string]any
		if _, err := toml.DecodeFS(textFiles, name, &tree); err != nil {
			panic(fmt.Sprintf("text catalogue %q: %v", name, err)) // embedded: a bug, found by any test
		}
		_, lang, _ := strings.Cut(strings.TrimSuffix(path.Base(name), ".toml"), ".")
		messages, err := flatten("", tree)
		if err == nil {
			err = b.AddMessages(language.Make(lang), messages...)
		}
		if err != nil {
			panic(fmt.Sprintf("text catalogue %q: %v", name, err))
		}
	}
	return b
}

// flatten makes messages of nested tables: "cli" and "done" become "cli.done". A table with "one" and "other" is the
// singular and plural of one message. The library's own reader would take words like "description" for such forms.
func flatten(prefix string, tree map[string]any) ([]*i18n.Message, error) {
	var out []*i18n.Message
	for name, v := range tree {
		key := prefix + name
		switch v := v.(type) {
		case string:
			out = append(out, &i18n.Message{ID: key, Other: v})
		case map[string]any:
			one, isOne := v["one"].(string)
			other, isOther := v["other"].(string)
			if isOne && isOther && len(v) == 2 {
				out = append(out, &i18n.Message{ID: key, One: one, Other: other})
				continue
			}
			below, err := flatten(key+".", v)
			if err != nil {
				return nil, err
			}
			out = append(out, below...)
		default:
			return nil, fmt.Errorf("%s is no text", key)
		}
	}
	return out, nil
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

// Family is the plain name of a family of rules, as the findings are summed up by. Rules of the user's own may have others;
// those stand as they are.
func (t *Texts) Family(code string) string {
	if learned := classify.LearnedFamily(code); learned != "" {
		code = learned
	}
	if key := "family." + code; t.Has(key) {
		return t.Say(key)
	}
	return code
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
