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
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, world{
		environ: os.Environ(), stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
		now: time.Now, transport: http.DefaultTransport,
	}, os.Args[1:])
	stop()
	os.Exit(code)
}
