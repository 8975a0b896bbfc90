//go:build unix

package casefile

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// acquire takes the lock file. The kernel releases it when the process dies, however it dies, so that a killed run
// leaves nothing to clean up.
func acquire(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the case: %w", err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		f.Close()
		return nil, fmt.Errorf("lock the case: %w", ErrLocked)
	}
	// Some network file systems know no locks; SQLite's own locking still keeps the file whole there.
	if err != nil && !errors.Is(err, syscall.ENOTSUP) && !errors.Is(err, syscall.ENOLCK) {
		f.Close()
		return nil, fmt.Errorf("lock the case: %w", err)
	}
	return f, nil
}

// release keeps the file: removing it would let two processes hold two different lock files of one name.
func release(f *os.File) { f.Close() }
