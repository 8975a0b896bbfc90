package main

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"testing"

	"pagerisk/report"
)

// TestSettingsAreTold: the read-me files show each setting of config.toml, in a file that can be taken as it stands.
func TestSettingsAreTold(t *testing.T) {
	block := regexp.MustCompile("(?s)```toml\n(.*?)```")
	for _, name := range []string{"README.md", "README.de.md"} {
		text, err := os.ReadFile(filepath.Join("..", "..", name))
		if err != nil {
			t.Fatal(err)
		}
		m := block.FindSubmatch(text)
		if m == nil {
			t.Fatalf("%s shows no settings", name)
		}
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "config.toml"), m[1], 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := readConfig(dir)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for i, v := 0, reflect.ValueOf(c); i < v.NumField(); i++ {
			if v.Field(i).IsZero() {
				t.Errorf("%s does not tell of %s", name, v.Type().Field(i).Tag.Get("toml"))
			}
		}
	}
}

// TestRulesOnce: rules of the user's own are read and checked once in a run.
func TestRulesOnce(t *testing.T) {
	p := &program{texts: report.NewTexts("de")}
	s := &settings{rules: filepath.Join("..", "..", "classify", "rules")}
	first, err := p.rules(s)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := p.rules(s); err != nil || again != first {
		t.Errorf("read twice (%v)", err)
	}
}

// TestConfigDays refuses days of an objection that cannot be.
func TestConfigDays(t *testing.T) {
	for _, tt := range []struct {
		config string
		ok     bool
	}{
		{"objection = \"2025-08-15\"\n", true},
		{"objection = \"2025-08-15\"\nobjection_confirmed = \"2025-08-15\"\n", true},
		{"objection = \"2025-08-15\"\nobjection_confirmed = \"2025-08-17\"\n", true},
		{"objection = \"2025-08-15\"\nobjection_confirmed = \"2025-08-01\"\n", false},
		{"objection_confirmed = \"2025-08-17\"\n", false},
		{"objection = \"15.08.2025\"\n", false},
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "config.toml"), []byte(tt.config), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := readConfig(dir); (err == nil) != tt.ok || err != nil && !errors.Is(err, errConfig) {
			t.Errorf("%q: %v, want ok %v", tt.config, err, tt.ok)
		}
	}
}
