package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"pagerisk/classify/picture"
	"pagerisk/scanner"
)

// newPictureCommand prints what is read from pictures: for lawyers who want to see the credit line in the file, and for
// whoever wants to know what the program saw.
func newPictureCommand(p *program) *cobra.Command {
	var s settings
	var asJSON, metadataOnly bool
	cmd := p.verb("picture", "FILE...")
	f := cmd.Flags()
	f.BoolVar(&asJSON, "json", false, p.say("flag_json"))
	f.BoolVar(&metadataOnly, "metadata-only", false, p.say("picture.flag_metadata_only"))
	f.StringVar(&s.people, "people", "", p.say("flag_people"))
	f.StringVar(&s.model, "people-model", "", p.say("flag_people_model"))
	cmd.Args = func(_ *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usageError{errors.New(p.say("picture.no_file"))}
		}
		return nil
	}
	cmd.RunE = func(cmd *cobra.Command, files []string) error {
		o := picture.Options{MetadataOnly: metadataOnly}
		if !metadataOnly {
			people, err := p.people(&s)
			if err != nil {
				return err
			}
			o.People, o.FFmpeg = people, p.ffmpeg()
		}
		return p.pictures(cmd.Context(), picture.NewLooker(o), files, asJSON)
	}
	return cmd
}

// pictureLine is one line of "picture --json".
type pictureLine struct {
	File     string           `json:"file"`
	Status   scanner.Status   `json:"status"`
	Format   string           `json:"format"`
	Width    int              `json:"width"`
	Height   int              `json:"height"`
	Bytes    int64            `json:"bytes"`
	SHA256   string           `json:"sha256"`
	People   *int             `json:"people"`
	Boxes    []pictureBox     `json:"boxes"`
	Possible []pictureBox     `json:"possible,omitempty"` // of the second threshold, not counted in people
	Detector string           `json:"detector"`
	Metadata picture.Metadata `json:"metadata"`
	PHash    string           `json:"phash"`
	DHash    string           `json:"dhash,omitempty"`
	Flat     bool             `json:"flat,omitempty"`
	Video    bool             `json:"video,omitempty"`
	Missing  []string         `json:"missing,omitempty"`
	Error    string           `json:"error,omitempty"`
}

type pictureBox struct {
	X     int     `json:"x"`
	Y     int     `json:"y"`
	W     int     `json:"w"`
	H     int     `json:"h"`
	Score float64 `json:"score"`
}

// pictures looks at files side by side and prints them in the order in which they were named.
func (p *program) pictures(ctx context.Context, looker picture.Looker, files []string, asJSON bool) error {
	workers := runtime.GOMAXPROCS(0)
	// Each file has a place to put its result; the printer takes them in order, and workers wait for it.
	lines := make([]chan pictureLine, len(files))
	for i := range lines {
		lines[i] = make(chan pictureLine, 1)
	}
	g, ctx := errgroup.WithContext(ctx)
	ahead := make(chan struct{}, 16*workers)
	work := make(chan int)
	g.Go(func() error {
		defer close(work)
		for i := range files {
			select {
			case ahead <- struct{}{}:
			case <-ctx.Done():
				return ctx.Err()
			}
			select {
			case work <- i:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	for range workers {
		g.Go(func() error {
			for i := range work {
				lines[i] <- lookAtFile(ctx, looker, files[i])
			}
			return nil
		})
	}
	partly := false
	g.Go(func() error {
		enc := json.NewEncoder(p.stdout)
		enc.SetEscapeHTML(false)
		for i := range lines {
			var line pictureLine
			select {
			case line = <-lines[i]:
			case <-ctx.Done():
				return ctx.Err()
			}
			<-ahead
			partly = partly || line.Status != scanner.OK
			var err error
			if asJSON {
				err = enc.Encode(line)
			} else {
				_, err = io.WriteString(p.stdout, p.pictureText(line))
			}
			if err != nil {
				return fmt.Errorf("print %q: %w", filepath.Base(line.File), err)
			}
		}
		return nil
	})
	if err := g.Wait(); err != nil {
		return err
	}
	if partly {
		return errPartly
	}
	return nil
}

// lookAtFile reads one file once: its hash goes over all bytes, also those behind what the looker wanted.
func lookAtFile(ctx context.Context, looker picture.Looker, name string) pictureLine {
	line := pictureLine{File: name, Boxes: []pictureBox{}}
	file, err := os.Open(name)
	if err != nil {
		line.Status, line.Error = scanner.Missing, err.Error()
		if !errors.Is(err, os.ErrNotExist) {
			line.Status = scanner.Unreadable
		}
		return line
	}
	defer file.Close()
	hash := sha256.New()
	facts, err := looker.Look(ctx, io.TeeReader(file, hash), pictureLimits)
	line.Status = scanner.OK
	if _, copyErr := io.Copy(hash, file); copyErr != nil {
		err = copyErr
	} else {
		line.SHA256 = hex.EncodeToString(hash.Sum(nil))
	}
	if info, statErr := file.Stat(); statErr == nil {
		line.Bytes = info.Size()
	}
	switch {
	case err == nil:
	case errors.Is(err, picture.ErrTooLarge):
		line.Status = scanner.TooLarge
	case errors.Is(err, picture.ErrUnsupported):
		line.Status = scanner.Unsupported
	default:
		line.Status = scanner.Unreadable
	}
	if err != nil {
		line.Error = err.Error()
	}
	if facts == nil {
		return line
	}
	line.Format, line.Video, line.Width, line.Height = facts.Format, facts.Video, facts.Width, facts.Height
	line.People, line.Detector, line.Metadata = facts.People, facts.Detector, facts.Metadata
	line.Flat, line.Missing = facts.Flat, facts.Missing
	for _, b := range facts.Boxes {
		box := pictureBox{b.X, b.Y, b.W, b.H, b.Score}
		if b.Sure {
			line.Boxes = append(line.Boxes, box)
		} else {
			line.Possible = append(line.Possible, box)
		}
	}
	if facts.PHash != 0 || facts.DHash != 0 {
		line.PHash, line.DHash = fmt.Sprintf("%016x", facts.PHash), fmt.Sprintf("%016x", facts.DHash)
	}
	return line
}

// pictureText is what a person reads about one file.
func (p *program) pictureText(line pictureLine) string {
	var b strings.Builder
	say := func(key, value string) {
		if value != "" {
			value = strings.ReplaceAll(value, "\n", " / ")
			fmt.Fprintf(&b, "  %-*s %s\n", 22, p.say("picture."+key)+":", value)
		}
	}
	fmt.Fprintln(&b, line.File)
	if line.Status != scanner.OK {
		say("status", p.say("picture.status_"+string(line.Status)))
		say("reason", line.Error)
	}
	if line.Format != "" {
		format := strings.ToUpper(line.Format)
		if line.Width > 0 {
			format += fmt.Sprintf(", %d × %d", line.Width, line.Height)
		}
		say("format", format)
	}
	switch {
	case line.People != nil && *line.People == 0 && len(line.Possible) == 0:
		say("people", p.say("picture.people_none", "Detector", line.Detector))
	case line.People != nil:
		say("people", p.say("picture.people_count", "Number", *line.People, "Possible", len(line.Possible), "Detector", line.Detector))
	default:
		say("people", p.say("picture.people_unknown"))
	}
	m := line.Metadata
	for _, f := range []struct{ key, value string }{
		{"creator", m.Creator}, {"credit", m.Credit}, {"copyright", m.Copyright}, {"source", m.Source},
		{"licensor", m.Licensor}, {"web_statement", m.WebStatement}, {"instructions", m.Instructions},
		{"transmission", m.Transmission}, {"persons", strings.Join(m.Persons, "; ")}, {"model_release", m.ModelRelease},
		{"data_mining", m.DataMining}, {"digital_source_type", m.DigitalSourceType}, {"c2pa", strings.Join(m.C2PA, "; ")},
		{"software", m.Software}, {"taken", m.Taken}, {"title", m.Title}, {"headline", m.Headline},
		{"description", m.Description}, {"keywords", strings.Join(m.Keywords, "; ")},
	} {
		say(f.key, f.value)
	}
	if m.Facebook {
		say("facebook", p.say("picture.yes"))
	}
	say("phash", line.PHash)
	say("sha256", line.SHA256)
	var missing []string
	for _, code := range line.Missing {
		part, cut := strings.CutSuffix(code, "_cut")
		switch part {
		case "pixels", "people", "text", "metadata", "panic":
			part = p.say("picture.part_" + part)
		default: // exif, iptc, xmp, c2pa: names
			part = strings.ToUpper(part)
		}
		if cut {
			part = p.say("picture.part_cut", "Part", part)
		}
		missing = append(missing, part)
	}
	say("missing", strings.Join(missing, ", "))
	return b.String()
}
