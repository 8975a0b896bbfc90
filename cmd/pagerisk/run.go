package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pagerisk/classify"
	"pagerisk/classify/picture"
	"pagerisk/report"
	"pagerisk/scanner"
	"pagerisk/scanner/casefile"
	"pagerisk/scanner/metaexport"
)

// newRunCommand is the verb that most people need: scan, classify and report in one.
func newRunCommand(p *program) *cobra.Command {
	var s settings
	cmd := p.verb("run", "SOURCE...")
	p.scanFlags(cmd, &s)
	p.reportFlags(cmd, &s)
	cmd.Args = p.atLeastOneSource
	cmd.RunE = func(cmd *cobra.Command, sources []string) error {
		return p.run(cmd.Context(), &s, sources)
	}
	return cmd
}

// run reads the sources, classifies and reports.
func (p *program) run(ctx context.Context, s *settings, sources []string) error {
	opened, err := p.openSources(ctx, s, sources)
	if err != nil {
		return err
	}
	defer opened.close()
	// Rules and catalogue are needed last; that they are wrong must not be told after hours of reading.
	if _, err := p.rules(s); err != nil {
		return err
	}
	if _, err := report.LawFrom(s.law); err != nil {
		return err
	}
	c, err := s.open(ctx, true)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := p.scan(ctx, c, s, opened); err != nil {
		return err
	}
	if err := p.classify(ctx, c, s); err != nil {
		return err
	}
	return p.report(ctx, c, s)
}

// newScanCommand reads sources into the case and stops there.
func newScanCommand(p *program) *cobra.Command {
	var s settings
	cmd := p.verb("scan", "SOURCE...")
	p.scanFlags(cmd, &s)
	cmd.Args = p.atLeastOneSource
	cmd.RunE = func(cmd *cobra.Command, sources []string) error {
		ctx := cmd.Context()
		opened, err := p.openSources(ctx, &s, sources)
		if err != nil {
			return err
		}
		defer opened.close()
		c, err := s.open(ctx, true)
		if err != nil {
			return err
		}
		defer c.Close()
		if err := p.scan(ctx, c, &s, opened); err != nil {
			return err
		}
		return p.sayTally(ctx, c)
	}
	return cmd
}

// newClassifyCommand applies the rules to what was read.
func newClassifyCommand(p *program) *cobra.Command {
	var s settings
	cmd := p.verb("classify", "")
	s.caseFlag(p, cmd)
	cmd.Flags().StringVar(&s.rules, "rules", "", p.say("flag_rules"))
	cmd.Args = p.noArguments
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		ctx := cmd.Context()
		if err := s.findCase(p); err != nil {
			return err
		}
		c, err := p.existing(ctx, &s)
		if err != nil {
			return err
		}
		defer c.Close()
		if err := p.classify(ctx, c, &s); err != nil {
			return err
		}
		fmt.Fprintln(p.stdout, p.say("classified"))
		return nil
	}
	return cmd
}

// newReportCommand writes the register from what was classified.
func newReportCommand(p *program) *cobra.Command {
	var s settings
	cmd := p.verb("report", "")
	s.caseFlag(p, cmd)
	p.reportFlags(cmd, &s)
	cmd.Args = p.noArguments
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		ctx := cmd.Context()
		if err := s.findCase(p); err != nil {
			return err
		}
		c, err := p.existing(ctx, &s)
		if err != nil {
			return err
		}
		defer c.Close()
		return p.report(ctx, c, &s)
	}
	return cmd
}

// existing opens a case that a scan must have made before, for writing.
func (p *program) existing(ctx context.Context, s *settings) (*casefile.Case, error) {
	probe, err := casefile.Open(ctx, s.caseDir)
	if err != nil {
		return nil, err
	}
	if err := probe.Close(); err != nil {
		return nil, err
	}
	return s.open(ctx, true)
}

func (p *program) scanFlags(cmd *cobra.Command, s *settings) {
	s.caseFlag(p, cmd)
	f := cmd.Flags()
	f.StringVar(&s.people, "people", "", p.say("flag_people"))
	f.StringVar(&s.model, "people-model", "", p.say("flag_people_model"))
	f.StringVar(&s.timezone, "timezone", "", p.say("flag_timezone"))
	f.BoolVar(&s.offline, "offline", false, p.say("flag_offline"))
	s.graph.register(p, cmd)
}

func (p *program) reportFlags(cmd *cobra.Command, s *settings) {
	f := cmd.Flags()
	if f.Lookup("rules") == nil && cmd.Name() == "run" {
		f.StringVar(&s.rules, "rules", "", p.say("flag_rules"))
	}
	f.StringVar(&s.law, "law", "", p.say("flag_law"))
	f.BoolVar(&s.csv, "csv", false, p.say("flag_csv"))
	f.BoolVar(&s.redact, "redact", false, p.say("flag_redact"))
}

func (p *program) atLeastOneSource(_ *cobra.Command, args []string) error {
	if len(args) == 0 {
		return usageError{errors.New(p.say("no_source"))}
	}
	return nil
}

func (p *program) noArguments(cmd *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return nil
	case cmd.Flags().Lookup("case") != nil:
		return usageError{errors.New(p.say("no_argument_case", "Name", args[0], "Verb", cmd.Name()))}
	}
	return usageError{errors.New(p.say("no_argument", "Name", args[0]))}
}

// source is one thing to scan, with the name that the register gives it.
type source struct {
	scanner.Source
	name  string
	parts []string // as scanner.Options has them
	live  bool     // read again although it was read to its end before
}

// sources are what one call reads.
type sources struct {
	all    []source
	names  []string        // as the user gave them, without folders
	people *picture.People // who looks for people in their pictures, nil for nobody
	close  func()
	export *metaexport.Source
	paths  []string // of archives and folders
	graphs []hostLister
}

// hostLister is a source that lives in the network: it tells which hosts were contacted, for the register, and asks which
// items an earlier run has read.
type hostLister interface {
	Hosts() []string
	Remembers(known func(ctx context.Context, key scanner.Key) bool)
}

// openSources opens everything that was named before anything is written, so that a wrong name leaves no trace. All
// archives and folders of one call are one source: parts of one export belong together.
func (p *program) openSources(ctx context.Context, s *settings, args []string) (*sources, error) {
	if s.caseDir == "" {
		s.caseDir = caseOf(args)
	}
	if err := s.load(); err != nil {
		return nil, err
	}
	zone, err := s.location(p)
	if err != nil {
		return nil, err
	}
	people, err := p.people(s)
	if err != nil {
		return nil, err
	}
	out := &sources{names: sourceNames(args), people: people, close: func() {}}
	var paths []string
	for _, arg := range args {
		if page, ok := strings.CutPrefix(arg, graphPrefix); ok {
			if s.offline {
				return nil, plainError{p.say("hint_offline")}
			}
			src, err := p.openGraph(s, page)
			if err != nil {
				return nil, err
			}
			out.all = append(out.all, source{Source: src, name: arg, live: true})
			out.graphs = append(out.graphs, src)
			continue
		}
		if err := p.notASource(arg); err != nil {
			return nil, err
		}
		paths = append(paths, arg)
	}
	if len(paths) > 0 {
		src, err := metaexport.Open(ctx, paths, metaexport.Options{Zone: zone})
		if err != nil {
			return nil, err
		}
		out.export, out.paths = src, paths
		out.close = func() { src.Close() }
		// The export first: what the API knows better joins it.
		out.all = append([]source{{Source: src, name: strings.Join(sourceNames(paths), scanner.PartsJoin), parts: src.Parts()}}, out.all...)
	}
	return out, nil
}

// notASource says what to do with what people take for a source.
func (p *program) notASource(arg string) error {
	if strings.Contains(arg, "://") {
		return usageError{errors.New(p.say("source_address", "Name", bare(arg)))}
	}
	if _, err := os.Stat(filepath.Join(arg, "case.db")); err == nil {
		return usageError{errors.New(p.say("source_case", "Name", arg))}
	}
	if _, err := os.Stat(arg); errors.Is(err, fs.ErrNotExist) && strings.ContainsAny(arg, ",;") {
		return usageError{errors.New(p.say("source_several", "Name", arg))}
	}
	return nil
}

// pictureLimits bound what one file may cost. 64 MiB and 100 megapixels are far above what Meta delivers; 5,000 fields
// are far above what a camera or an agency writes.
var pictureLimits = picture.Limits{Bytes: 64 << 20, Pixels: 100_000_000, Fields: 5000}

// scan reads all sources into the case.
func (p *program) scan(ctx context.Context, c *casefile.Case, s *settings, opened *sources) error {
	looker := picture.NewLooker(picture.Options{People: opened.people, FFmpeg: p.ffmpeg()})
	bar := p.progress("reading")
	defer bar.done()
	for _, g := range opened.graphs {
		g.Remembers(func(ctx context.Context, key scanner.Key) bool {
			item, err := scanner.FindItem(ctx, c, key)
			return err == nil && item != nil
		})
	}
	var done, current int64
	fresh := false
	for _, src := range opened.all {
		if already, err := p.readTogether(ctx, c, src, classify.LookerID(looker)); err != nil {
			return err
		} else if already {
			continue
		}
		fresh = true
		o := scanner.Options{
			Name: src.name, Parts: src.parts, Again: src.live, Now: p.now, Look: classify.NewLook(c, looker, pictureLimits), Looker: classify.LookerID(looker),
			Progress: func(t scanner.Tally) { current = t.Seen; bar.set(done + current) },
		}
		if src.live && !s.graph.keepMedia {
			o.Recall = classify.NewRecall(c, o.Looker)
		}
		if err := scanner.Scan(ctx, c, src, o); err != nil {
			// Also a pull that broke off has contacted hosts.
			return errors.Join(err, p.remember(context.WithoutCancel(ctx), c, opened))
		}
		done, current = done+current, 0
	}
	bar.done()
	if !fresh {
		return nil
	}
	if err := p.remember(ctx, c, opened); err != nil {
		return err
	}
	if err := p.rememberGaps(ctx, c, opened.export); err != nil {
		return err
	}
	return p.rememberInputs(ctx, c, opened.paths)
}

// readTogether reports whether the case has all of a source already, as part of what was read together, and says so. It also
// says where inputs will count twice, or may: nobody but the user can tell whether a new archive under an old name takes
// the place of the old one.
func (p *program) readTogether(ctx context.Context, c *casefile.Case, src source, looker string) (bool, error) {
	whole, err := scanner.ReadTogether(ctx, c, src.parts)
	if err != nil {
		return false, err
	}
	if whole != nil {
		p.note("read_together", "Name", src.name, "Whole", whole.Name)
		if whole.Looker != looker {
			p.note("read_together_again")
		}
		return true, nil
	}
	passes, err := scanner.Passes(ctx, c)
	if err != nil || len(src.parts) == 0 || slices.ContainsFunc(passes, func(pass scanner.Pass) bool { return !pass.Replaced && pass.Source == src.ID() }) {
		return false, err
	}
	for _, pass := range passes {
		switch {
		case pass.Shares(src.name, src.parts):
			p.note("read_shared", "Name", src.name, "Other", pass.Name)
		case pass.Namesake(src.name):
			p.note("read_namesake", "Name", src.name, "Other", pass.Name)
		}
	}
	return false, nil
}

// gapsOf are the gaps of an export that change what can be said of a page.
func gapsOf(sum *metaexport.Summary) report.Gaps {
	var g report.Gaps
	for _, part := range sum.Parts {
		if part.Damaged {
			g.Parts = append(g.Parts, part.Name)
		}
	}
	for i := range sum.Accounts {
		a := &sum.Accounts[i]
		l := report.Lack{Platform: a.Platform, Product: a.Product(), Account: a.Name}
		for _, lack := range a.Lacks {
			if lack.Grave() {
				l.What = append(l.What, string(lack))
			}
		}
		if len(l.What) > 0 {
			g.Lacks = append(g.Lacks, l)
		}
	}
	return g
}

// rememberGaps keeps what an export lacks, for the register and the terminal. That takes its lists once more and no pictures;
// the same export is not asked twice.
func (p *program) rememberGaps(ctx context.Context, c *casefile.Case, export *metaexport.Source) error {
	if export == nil {
		return nil
	}
	if _, known, err := report.ReadGaps(ctx, c, export.ID()); known || err != nil {
		return err
	}
	sum, err := export.Inspect(ctx)
	if err != nil {
		return err
	}
	return report.SetGaps(ctx, c, export.ID(), gapsOf(sum))
}

// remember keeps what only the call knows and the register says: names, hosts, and who looked for people.
func (p *program) remember(ctx context.Context, c *casefile.Case, opened *sources) error {
	name := ""
	if opened.people != nil {
		name = opened.people.String()
	}
	p.recommendModel(opened.people)
	if err := c.SetMeta(ctx, metaPeople, name); err != nil {
		return err
	}
	var hosts []string
	for _, g := range opened.graphs {
		hosts = append(hosts, g.Hosts()...)
	}
	if err := report.AddSources(ctx, c, opened.names); err != nil {
		return err
	}
	return report.AddHosts(ctx, c, hosts)
}

// classify applies the rules, and the owner's records beside them, to what was read.
func (p *program) classify(ctx context.Context, c *casefile.Case, s *settings) error {
	classifier, err := p.classifier(c, s)
	if err != nil {
		return err
	}
	bar := p.progress("classifying")
	defer bar.done()
	return classify.Run(ctx, c, classifier, func(done int) { bar.set(int64(done)) })
}

// classifier has the rules, and the owner's records beside them.
func (p *program) classifier(c *casefile.Case, s *settings) (*classify.Classifier, error) {
	rules, err := p.rules(s)
	if err != nil {
		return nil, err
	}
	owner, err := p.owner(c.Path(listsFolder))
	if err != nil {
		return nil, err
	}
	return classify.New(rules, owner.Detectors()...), nil
}

// rules are those of --rules, read once, or the built-in ones.
func (p *program) rules(s *settings) (*classify.Rules, error) {
	if s.rules == "" {
		return classify.BuiltinRules()
	}
	if r, ok := p.ruled[s.rules]; ok {
		return r, nil
	}
	if _, err := os.Stat(s.rules); err != nil {
		return nil, err
	}
	r, err := classify.LoadRules(os.DirFS(s.rules))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errRules, err)
	}
	if err := report.RulesWording(r); err != nil {
		return nil, err
	}
	if p.ruled == nil {
		p.ruled = map[string]*classify.Rules{}
	}
	p.ruled[s.rules] = r
	return r, nil
}

// errRules are rules of the user's own that cannot be used.
var errRules = errors.New("own rules")

// register builds the register of a case in the language of the call.
func (p *program) register(ctx context.Context, c *casefile.Case, s *settings) (*report.Register, error) {
	rules, err := p.rules(s)
	if err != nil {
		return nil, err
	}
	law, err := report.LawFrom(s.law)
	if err != nil {
		return nil, err
	}
	owner, err := p.owner(c.Path(listsFolder))
	if err != nil {
		return nil, err
	}
	zone, err := s.location(p)
	if err != nil {
		return nil, err
	}
	people, err := c.Meta(ctx, metaPeople)
	if err != nil {
		return nil, err
	}
	objection, _ := time.ParseInLocation(time.DateOnly, s.config.Objection, zone) // both were checked when they were read
	confirmed, _ := time.ParseInLocation(time.DateOnly, s.config.Confirmed, zone)
	return report.Build(ctx, c, report.BuildOptions{
		Version: buildVersion(), Lang: p.texts.Lang, Organisation: s.config.Organisation, Started: p.now(), Zone: zone,
		Objection: objection, Confirmed: confirmed, Law: law, Rules: rules, Records: owner, Redact: s.redact, People: people,
		Settings: []report.Setting{
			{Name: p.say("setting_rules"), Value: p.builtinOr(s.rules)}, {Name: p.say("setting_law"), Value: p.builtinOr(s.law)},
		},
	})
}

// builtinOr says whether something built in was used, or the user's own; never where that lies on this machine.
func (p *program) builtinOr(path string) string {
	if path == "" {
		return p.say("setting_builtin")
	}
	return filepath.Base(path)
}

// metaPeople is who looked for people in the pictures of a case.
const metaPeople = "cmd.people"

// report takes in what people entered in the last register, and writes the new one.
func (p *program) report(ctx context.Context, c *casefile.Case, s *settings) error {
	bar := p.progress("writing")
	defer bar.done()
	taken, err := p.takeIn(ctx, c)
	if err != nil {
		return err
	}
	reg, err := p.register(ctx, c, s)
	if err != nil {
		return err
	}
	if _, err := report.Reopen(ctx, reg.Log, reg.Last, reg.Rows(ctx), reg.Texts, p.now()); err != nil {
		return err
	}
	kept, err := keepOld(c)
	if err != nil {
		return err
	}
	for _, w := range p.writers(s) {
		if err := w.Write(ctx, c.Dir(), reg); err != nil {
			if kept != "" {
				os.Remove(kept) // the register itself is still in place
			}
			return err
		}
	}
	if err := report.KeepShown(ctx, c, reg); err != nil {
		return err
	}
	bar.done()
	return p.sayDone(ctx, c, s, reg, taken, kept)
}

// sayTally prints the account of the case, and fails with errPartly where something could not be read.
func (p *program) sayTally(ctx context.Context, c *casefile.Case) error {
	passes, err := scanner.Passes(ctx, c)
	if err != nil {
		return err
	}
	t := scanner.Sum(passes)
	fmt.Fprintln(p.stdout, p.say("tally", "Seen", t.Seen, "Read", t.Read, "Skipped", t.Skipped, "Failed", t.Failed))
	if t.Failed > 0 {
		return errPartly
	}
	return nil
}

// ffmpeg is the path of the program that gets frames out of videos, "" where it is not installed.
func (p *program) ffmpeg() string {
	for _, dir := range filepath.SplitList(p.env("PATH")) {
		for _, name := range []string{"ffmpeg", "ffmpeg.exe"} {
			path := filepath.Join(dir, name)
			if info, err := os.Stat(path); filepath.IsAbs(path) && err == nil && info.Mode().IsRegular() {
				return path
			}
		}
	}
	return ""
}

// rememberInputs keeps size and SHA-256 of the archives that were read, so that a register can be held against them later.
// A folder has neither. An archive that is as large and as old as when it was read last is the same, and is not read again
// for its digest: that takes minutes where an export has 50 GB.
func (p *program) rememberInputs(ctx context.Context, c *casefile.Case, paths []string) error {
	have, err := report.FilesRead(ctx, c)
	if err != nil {
		return err
	}
	bar := p.progress("digesting")
	defer bar.done()
	var done int64
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return fmt.Errorf("digest %q: %w", filepath.Base(path), err)
		}
		in := report.Input{Name: filepath.Base(path)}
		if info.Mode().IsRegular() {
			in.Bytes, in.Modified = info.Size(), info.ModTime().UTC()
			if slices.ContainsFunc(have, func(h report.Input) bool {
				return h.Name == in.Name && h.Bytes == in.Bytes && h.Modified.Equal(in.Modified) && h.SHA256 != ""
			}) {
				continue
			}
			in.Bytes, in.SHA256, err = digest(ctx, path, func(n int64) { bar.set((done + n) >> 20) })
			if err != nil {
				return fmt.Errorf("digest %q: %w", in.Name, err)
			}
			done += in.Bytes
		}
		// One by one: whoever interrupts a long export need not wait for its first parts again.
		if err := report.AddInputs(ctx, c, []report.Input{in}); err != nil {
			return err
		}
	}
	return nil
}

// digestPiece is how much is hashed before an interrupt is looked for: some 50 ms.
const digestPiece = 16 << 20

func digest(ctx context.Context, path string, progress func(done int64)) (int64, string, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, "", err
	}
	defer f.Close()
	hash := sha256.New()
	var size int64
	for ctx.Err() == nil {
		n, err := io.CopyN(hash, f, digestPiece)
		size += n
		progress(size)
		if err == io.EOF {
			return size, hex.EncodeToString(hash.Sum(nil)), nil
		}
		if err != nil {
			return 0, "", err
		}
	}
	return 0, "", ctx.Err()
}
