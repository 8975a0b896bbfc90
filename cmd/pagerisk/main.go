// Command pagerisk reads a company's Facebook page or Instagram account and writes a risk register. This package is the
// only one that wires the others together; its one rule: everything that touches the world is handed in, so that tests
// can run the whole program without a process.
package main

import (
	"context"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"pagerisk/report"
)

func main() {
	w := world{
		environ: os.Environ(), stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
		now: time.Now, transport: http.DefaultTransport,
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first interrupt ends the work where the next run can go on. From then on the system has its way again: a second
	// one ends the process, whatever it waits for.
	finished := context.AfterFunc(ctx, func() {
		stop()
		(&program{world: w, texts: report.NewTexts(language(w, os.Args[1:]))}).note("interrupting")
	})
	code := run(ctx, w, os.Args[1:])
	finished()
	stop()
	os.Exit(code)
}
