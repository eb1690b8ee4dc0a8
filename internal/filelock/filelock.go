// Package filelock takes files for one process alone.
package filelock

import "errors"

// ErrHeld says that another process, or another open file of this one, has the lock.
var ErrHeld = errors.New("filelock: held by another process")
