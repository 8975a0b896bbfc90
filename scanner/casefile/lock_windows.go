package casefile

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

const errorSharingViolation = syscall.Errno(32)

// acquire opens the lock file without sharing: a second open is refused until this process ends, however it ends.
func acquire(path string) (*os.File, error) {
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return nil, fmt.Errorf("lock the case: %w", err)
	}
	h, err := syscall.CreateFile(name, syscall.GENERIC_READ|syscall.GENERIC_WRITE, 0, nil,
		syscall.OPEN_ALWAYS, syscall.FILE_ATTRIBUTE_NORMAL, 0)
	if errors.Is(err, errorSharingViolation) {
		return nil, fmt.Errorf("lock the case: %w", ErrLocked)
	}
	if err != nil {
		return nil, fmt.Errorf("lock the case: %w", err)
	}
	return os.NewFile(uintptr(h), path), nil
}

func release(f *os.File) { f.Close() }
