//go:build unix

package main

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The first interrupt lets the work end in good order; a second one ends the process whatever it waits for. What it waits
// for is a pipe in the place of a file: no context ends that.
func TestInterrupts(t *testing.T) {
	for _, tt := range []struct {
		name  string
		again bool
	}{{"once", false}, {"twice", true}} {
		t.Run(tt.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			pipe := filepath.Join(t.TempDir(), "pipe")
			if err := syscall.Mkfifo(pipe, 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(ctx, "pagerisk-main", "run", "--lang", "en", "--case", filepath.Join(t.TempDir(), "x.case"), "--token-file", pipe, "graph:1")
			stderr, err := cmd.StderrPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			// Opening waits until the program reads: its signals are set up by then.
			w, err := os.OpenFile(pipe, os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer w.Close()
			if err := cmd.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewScanner(stderr)
			if !lines.Scan() || !strings.Contains(lines.Text(), "Ctrl+C once more") {
				t.Errorf("after the first interrupt the program said %q", lines.Text())
			}
			if tt.again {
				cmd.Process.Signal(os.Interrupt)
			} else {
				w.WriteString("token")
				w.Close()
			}
			var rest strings.Builder
			for lines.Scan() {
				rest.WriteString(lines.Text())
			}
			cmd.Wait()
			status := cmd.ProcessState.Sys().(syscall.WaitStatus)
			if ctx.Err() != nil || status.Signaled() != tt.again || tt.again && status.Signal() != syscall.SIGINT {
				t.Errorf("the program ended with %v", cmd.ProcessState)
			}
			if !tt.again && (cmd.ProcessState.ExitCode() != exitInterrupted || !strings.Contains(rest.String(), "same command")) {
				t.Errorf("the program ended with %d and said %q", cmd.ProcessState.ExitCode(), rest.String())
			}
		})
	}
}
