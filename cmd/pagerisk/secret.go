package main

import (
	"io"
	"net/url"
	"regexp"
	"strings"
)

// secrets are the keys of the environment, as they may turn up in a text.
type secrets []string

// minSecret keeps a mistyped variable of a few letters from blotting out every message.
const minSecret = 8

func secretsOf(w world) (all secrets) {
	for _, name := range []string{"PAGERISK_TOKEN", "PAGERISK_APP_SECRET"} {
		if v := strings.TrimSpace(w.env(name)); len(v) >= minSecret {
			all = append(all, v, url.QueryEscape(v))
		}
	}
	return all
}

const hidden = "[…]"

var (
	// secretNamed is what stands behind a name as in an address, a variable or an answer of the API.
	secretNamed = regexp.MustCompile(`(?i)((?:token|secret|proof|password)(?:=|%3D|\\?"\s*:\s*\\?"))[^&\s"'\\<>»«]+`)
	// secretUser stands before the host of an address.
	secretUser = regexp.MustCompile(`(://)[^/@\s"'\\<>»«]+@`)
	// secretShaped is what Meta's tokens look like: of people and pages, of Instagram, and of an app. They have far more
	// letters than the name of a page may have, which may begin with EAA, too.
	secretShaped = regexp.MustCompile(`(?:EAA|IGQV|IGAA)[A-Za-z0-9_-]{40,}|\d{10,}(?:\||%7C)[A-Za-z0-9_-]{20,}`)
)

// hide takes keys out of a text.
func (s secrets) hide(text string) string {
	for _, v := range s {
		text = strings.ReplaceAll(text, v, hidden)
	}
	text = secretNamed.ReplaceAllString(text, "${1}"+hidden)
	text = secretUser.ReplaceAllString(text, "${1}"+hidden+"@")
	return secretShaped.ReplaceAllLiteralString(text, hidden)
}

// screen hides keys in all that is printed. People paste addresses with their key from Meta's tools wherever a name is
// wanted, and send the message that follows to whoever helps them; every message repeats what was named, so that one
// place for all is safer than a rule for each.
type screen struct {
	to io.Writer
	secrets
}

func (s screen) Write(b []byte) (int, error) {
	if _, err := io.WriteString(s.to, s.hide(string(b))); err != nil {
		return 0, err
	}
	return len(b), nil
}

// bare is a wrong source without what follows the place that it names: there an address has its keys, under whatever name.
func bare(arg string) string {
	if i := strings.IndexAny(arg, "?#&="); i >= 0 {
		return arg[:i] + hidden
	}
	return arg
}
