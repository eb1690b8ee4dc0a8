//go:build !unix

package filelock

import (
	"errors"
	"fmt"
	"os"
)

// Take says that this system has no such locks: errors.ErrUnsupported.
func Take(f *os.File) error {
	return fmt.Errorf("filelock: %s: %w", f.Name(), errors.ErrUnsupported)
}
