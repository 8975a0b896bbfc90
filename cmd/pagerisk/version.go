package main

import (
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"

	"pagerisk/classify"
	"pagerisk/report"
)

// version is the release; the linker may set another one.
var version = "0.1.0"

// newVersionCommand names the versions of everything that decides what a register says.
func newVersionCommand(p *program) *cobra.Command {
	cmd := p.verb("version", "")
	cmd.Args = p.noArguments
	cmd.RunE = func(*cobra.Command, []string) error {
		rules, err := classify.BuiltinRules()
		if err != nil {
			return err
		}
		fmt.Fprintln(p.stdout, p.say("version_line", "Version", buildVersion(), "Rules", rules.Fingerprint(), "Law", report.BuiltinLaw().Version))
		return nil
	}
	return cmd
}

// buildVersion is the release, with the revision it was built from where Go noted it.
func buildVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return version
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 7 {
			return version + "+" + s.Value[:7]
		}
	}
	return version
}
