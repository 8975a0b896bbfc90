package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"pagerisk/fixtures"
	"pagerisk/fixtures/graph"
	"pagerisk/scanner/graphapi"
)

// demoDir is where the demo leaves its archives and its case, in the working directory.
const demoDir = "pagerisk-demo"

// newDemoCommand runs the main job on the archives of an invented company that the program carries.
func newDemoCommand(p *program) *cobra.Command {
	var s settings
	cmd := p.verb("demo", "")
	var overGraph bool
	cmd.Flags().BoolVar(&overGraph, "graph", false, p.say("flag_demo_graph"))
	cmd.Flags().StringVar(&s.people, "people", "", p.say("flag_people"))
	p.reportFlags(cmd, &s)
	cmd.Args = p.noArguments
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := os.MkdirAll(demoDir, 0o700); err != nil {
			return err
		}
		if overGraph {
			return p.demoGraph(cmd.Context(), &s)
		}
		var archives []string
		for name, data := range fixtures.Demo() {
			path := filepath.Join(demoDir, name)
			if err := os.WriteFile(path, data, 0o600); err != nil {
				return err
			}
			archives = append(archives, path)
		}
		slices.Sort(archives)
		fmt.Fprintln(p.stdout, p.say("demo_written", "Dir", demoDir))
		s.caseDir = filepath.Join(demoDir, "demo.case")
		err := p.run(cmd.Context(), &s, archives)
		if errors.Is(err, errPartly) {
			// The files that these archives lack are part of what they show: for whoever tries the program nothing went wrong.
			fmt.Fprintln(p.stdout, p.say("demo_missing"))
			return nil
		}
		return err
	}
	return cmd
}

// demoGraph runs the main job against a stand-in of the Graph API that the program carries: no connection is made.
func (p *program) demoGraph(ctx context.Context, s *settings) error {
	server := graph.Demo()
	server.Paint()
	p.transport = server
	p.environ = append(p.environ, "PAGERISK_TOKEN="+graph.PageToken)
	s.graph.maxWait = graphapi.DefaultMaxWait
	s.caseDir = filepath.Join(demoDir, "demo-graph.case")
	return p.run(ctx, s, []string{graphPrefix + server.Page})
}
