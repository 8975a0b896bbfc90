package main

import (
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"pagerisk/fixtures/graph"
)

// Whatever wrong call a key stands in, no message repeats it, and nothing is named after it.
func TestKeysAreNotRepeated(t *testing.T) {
	t.Chdir(t.TempDir())
	token := "EAAG" + strings.Repeat("m0PX4ZCpsBA7", 14)
	for _, tt := range []struct {
		name, key string
		args      []string
	}{
		{"address", token, []string{"run", "https://graph.facebook.com/v23.0/123?access_token=" + token}},
		{"address with a key under another name", "Ab3-x9", []string{"run", "https://www.example.com/meineseite?k=Ab3-x9"}},
		{"address with a password", "Ab3-x9", []string{"scan", "https://anna:Ab3-x9@example.com/"}},
		{"page with a query", token, []string{"run", "graph:123?access_token=" + token}},
		{"page with a key under another name", "Ab3-x9", []string{"run", "graph:123&k=Ab3-x9"}},
		{"page that is an address", token, []string{"doctor", "graph:https://graph.facebook.com/123?access_token=" + token}},
		{"address whose key is a part of the path", token, []string{"run", "https://graph.facebook.com/" + token}},
		{"escaped address", token, []string{"run", "https%3A%2F%2Fgraph.facebook.com%2F123%3Faccess_token%3D" + token}},
		{"address without its beginning", token, []string{"run", "graph.facebook.com/123?fields=id&access_token=" + token}},
		{"key for a page", token, []string{"run", "graph:" + token}},
		{"key of the environment for a page", "4711-0815-abcdef", []string{"run", "graph:4711-0815-abcdef"}},
		{"key for a source", token, []string{"run", token}},
		{"key of an app", "123456789012345|Zx_9-kQ2mLp0vTr8sWn4bYc6dHf", []string{"run", "123456789012345|Zx_9-kQ2mLp0vTr8sWn4bYc6dHf"}},
		{"Instagram's key", "IGQVJ" + token[4:], []string{"inspect", "IGQVJ" + token[4:]}},
		{"several sources", token, []string{"run", "a.zip,graph:1?access_token=" + token}},
		{"key for a verb", token, []string{token}},
		{"variable for a verb", "Ab3-x9-4711", []string{"PAGERISK_TOKEN=Ab3-x9-4711", "run", "graph:123"}},
		{"secret of an app for a verb", "0123456789abcdef", []string{"PAGERISK_APP_SECRET=0123456789abcdef", "doctor", "graph:123"}},
		{"key for help", token, []string{"help", token}},
		{"flag that there is not", token, []string{"run", "--access-token=" + token, "graph:123"}},
		{"flag that there is not, apart", token, []string{"run", "--access-token", token, "graph:123"}},
		{"key for a flag", token, []string{"run", "--" + token}},
		{"key for short flags", token, []string{"run", "-" + token}},
		{"key for the file of the key", token, []string{"doctor", "--token-file", token, "graph:123"}},
		{"key for the address of the API", token, []string{"doctor", "--graph-url", "https://graph.facebook.com/?access_token=" + token, "graph:123"}},
		{"key for a language", token, []string{"--lang", token, "run"}},
		{"key for a time zone", token, []string{"inspect", "--timezone", token, "x.zip"}},
		{"key for a duration", token, []string{"run", "--max-wait", token, "graph:1"}},
		{"key for a switch", token, []string{"run", "--csv=" + token, "x.zip"}},
		{"key for people", token, []string{"run", "--people", token, "x.zip"}},
		{"key for a model", token, []string{"run", "--people-model", token, "x.zip"}},
		{"key for rules", token, []string{"classify", "--rules", token}},
		{"key for a case", token, []string{"status", "--case", token}},
		{"key behind a verb without names", token, []string{"status", token}},
		{"key to explain", token, []string{"explain", token}},
		{"key for a law", token, []string{"law", "show", token}},
		{"key for a rule", token, []string{"rules", "show", token}},
		{"key for a picture", token, []string{"picture", "https://graph.facebook.com/1?access_token=" + token}},
		{"key to compare", token, []string{"diff", token, token}},
		{"key to forget", token, []string{"forget", token}},
	} {
		for _, lang := range []string{"de_DE.UTF-8", "en_US.UTF-8"} {
			t.Run(tt.name+"/"+lang[:2], func(t *testing.T) {
				code, stdout, stderr := call(t, graph.Demo(), []string{"LANG=" + lang, "PAGERISK_TOKEN=4711-0815-abcdef"}, tt.args...)
				if code == exitDone || stdout+stderr == "" || strings.Contains(stdout+stderr, tt.key) {
					t.Errorf("exit code %d:\n%s%s", code, stdout, stderr)
				}
			})
		}
	}
	err := filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		if path != "." {
			t.Errorf("%q was written", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// What is no key is repeated as it was written: people look for what they typed.
func TestOnlyKeysAreHidden(t *testing.T) {
	for _, text := range []string{
		"»graph:EAAviationClubHamburgEV« nennt keine Seite.", `read token: open "token.txt": no such file or directory`,
		"facebook-2026-11-22-aBcD1234.zip", "--token-file=schluessel.txt fehlt", "fb:104000000000001_9001",
		"Bitte an anna@example.com schreiben: https://www.facebook.com/permalink.php?story_fbid=1&id=2", "1|2",
		"sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
	} {
		if got := (secrets{"4711-0815-abcdef"}).hide(text); got != text {
			t.Errorf("hide(%q) = %q", text, got)
		}
	}
	if got := secretsOf(world{environ: []string{"PAGERISK_TOKEN=x", "PAGERISK_APP_SECRET= "}}); len(got) > 0 {
		t.Errorf("secrets of a mistyped environment: %q", got)
	}
}
