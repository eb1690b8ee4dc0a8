//go:build unix

package soak

import (
	"errors"
	"os"
	"syscall"
)

// lock takes the file for this process alone; it is free again when f is closed,
// or the process dies. Where the system cannot do that, nobody is kept out.
func lock(f *os.File) (taken bool) {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	return !errors.Is(err, syscall.EWOULDBLOCK)
}
