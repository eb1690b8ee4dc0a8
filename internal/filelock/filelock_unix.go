//go:build unix

package filelock

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// Take takes the lock of f without waiting: [ErrHeld] if somebody else has it,
// another error where the system, or the file system, has no such locks
// (errors.ErrUnsupported). It is free again when f is closed or the process
// ends, however it does. Processes that it starts do not inherit it.
func Take(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.EWOULDBLOCK):
		return ErrHeld
	}
	return fmt.Errorf("filelock: %s: %w", f.Name(), err)
}
