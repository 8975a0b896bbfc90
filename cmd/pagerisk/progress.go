package main

import (
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// meter shows how far a long step has come. Results go to standard output and notes are always printed; the meter is the
// only thing that --quiet and a missing terminal silence.
type meter struct{ bar *progressbar.ProgressBar }

// redrawEvery keeps the meter readable and its cost out of the measurement.
const redrawEvery = 200 * time.Millisecond

func (p *program) progress(key string) *meter {
	f, ok := p.stderr.(*os.File)
	if s, screened := p.stderr.(screen); screened {
		f, ok = s.to.(*os.File)
	}
	if p.quiet || !ok || !term.IsTerminal(int(f.Fd())) {
		return &meter{}
	}
	return &meter{progressbar.NewOptions64(-1,
		progressbar.OptionSetWriter(f), progressbar.OptionSetDescription(p.say(key)), progressbar.OptionThrottle(redrawEvery),
		progressbar.OptionShowCount(), progressbar.OptionClearOnFinish(), progressbar.OptionSpinnerType(14))}
}

func (m *meter) set(n int64) {
	if m.bar != nil {
		m.bar.Set64(n)
	}
}

func (m *meter) done() {
	if m.bar != nil {
		m.bar.Finish()
	}
}
