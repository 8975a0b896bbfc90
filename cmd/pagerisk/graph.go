package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pagerisk/scanner/graphapi"
)

// graphSettings are what a verb is told about the Graph API.
type graphSettings struct {
	tokenFile string
	url       string
	maxWait   time.Duration
	keepMedia bool
}

func (g *graphSettings) register(p *program, cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&g.tokenFile, "token-file", "", p.say("graph.flag_token_file"))
	f.StringVar(&g.url, "graph-url", "", p.say("graph.flag_url"))
	f.DurationVar(&g.maxWait, "max-wait", graphapi.DefaultMaxWait, p.say("graph.flag_max_wait"))
	if cmd.Name() != "doctor" {
		f.BoolVar(&g.keepMedia, "keep-media", false, p.say("graph.flag_keep_media"))
	}
}

// maxTokenFile bounds a token's file; tokens have about 200 bytes.
const maxTokenFile = 16 << 10

// graphOptions collects what the API needs. The token comes from --token-file, else from PAGERISK_TOKEN; never from a flag,
// which would stand in the list of processes.
func (p *program) graphOptions(s *settings, page string) (graphapi.Options, error) {
	o := graphapi.Options{
		Page: page, BaseURL: s.graph.url, MaxWait: s.graph.maxWait, Offline: s.offline,
		Token: strings.TrimSpace(p.env("PAGERISK_TOKEN")), Secret: strings.TrimSpace(p.env("PAGERISK_APP_SECRET")),
		Transport: p.transport, Now: p.now,
	}
	if s.graph.maxWait <= 0 {
		return o, usageError{errors.New(p.say("graph.bad_max_wait"))}
	}
	if s.graph.keepMedia {
		o.KeepMedia = filepath.Join(s.caseDir, "media")
	}
	if s.graph.tokenFile != "" {
		token, err := p.readToken(s.graph.tokenFile)
		if err != nil {
			return o, err
		}
		o.Token = token
	}
	if o.Token == "" {
		return o, usageError{errors.New(p.say("graph.no_token"))}
	}
	return o, nil
}

func (p *program) readToken(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("read token: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", fmt.Errorf("read token: %w", err)
	}
	// Windows keeps rights elsewhere, and its mode bits say nothing.
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		p.note("graph.token_file_open", "File", filepath.Base(path))
	}
	data, err := io.ReadAll(io.LimitReader(f, maxTokenFile+1))
	if err != nil {
		return "", fmt.Errorf("read token: %w", err)
	}
	token := strings.TrimSpace(string(data))
	if token == "" || len(data) > maxTokenFile || strings.ContainsAny(token, " \t\r\n") {
		return "", usageError{errors.New(p.say("graph.bad_token_file", "File", filepath.Base(path)))}
	}
	return token, nil
}

// openGraph opens a page over the Graph API.
func (p *program) openGraph(s *settings, page string) (*graphapi.Source, error) {
	o, err := p.graphOptions(s, page)
	if err != nil {
		return nil, err
	}
	if p.hide(page) != page {
		// A key pasted for the page would become the name of the case and of the source.
		return nil, usageError{errors.New(p.say("graph.bad_page", "Value", bare(page)))}
	}
	src, err := graphapi.New(o)
	var fault *graphapi.Error
	if err == nil || errors.As(err, &fault) {
		return src, err
	}
	// Without the address it turns out which of the two is wrong. An address is not repeated: it may hold a key.
	o.BaseURL = ""
	if _, err := graphapi.New(o); err == nil {
		return nil, usageError{errors.New(p.say("graph.bad_url"))}
	}
	return nil, usageError{errors.New(p.say("graph.bad_page", "Value", bare(page)))}
}

// graphHint is what a person can do about an error of the API, "" if it is none.
func (p *program) graphHint(err error) string {
	var fault *graphapi.Error
	if !errors.As(err, &fault) {
		return ""
	}
	return p.say("graph_" + string(fault.Cause))
}
