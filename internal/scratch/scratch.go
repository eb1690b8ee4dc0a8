// Package scratch makes folders for the time that a process lives, and clears
// those away that killed processes left behind: a night of them fills a disk.
package scratch

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/squall-go/squall/internal/filelock"
)

const (
	prefix   = "squall-"
	lockFile = ".lock"
)

// Dir is a temporary folder of this process.
type Dir struct {
	Path string
	lock *os.File // nil where there are no locks
}

// New makes a folder in the system's folder for temporary files, and removes
// there what processes that are gone had made by New. Where there are no file
// locks it removes nothing. Any number of processes may do so at once.
func New() (*Dir, error) {
	sweep(os.TempDir())
	path, err := os.MkdirTemp("", prefix+"*")
	if err != nil {
		return nil, fmt.Errorf("no temporary folder: %w; set TMPDIR to one that may be written", err)
	}
	return &Dir{Path: path, lock: hold(path)}, nil
}

// Close removes the folder and all that is in it.
func (d *Dir) Close() {
	os.RemoveAll(d.Path)
	if d.lock != nil {
		d.lock.Close()
	}
}

// hold marks the folder as one that is used. The lock has its name only when it is
// held: there is no moment in which somebody else could take it.
func hold(path string) *os.File {
	f, err := os.CreateTemp(path, lockFile+"-*")
	if err != nil {
		return nil
	}
	if filelock.Take(f) != nil || os.Rename(f.Name(), filepath.Join(path, lockFile)) != nil {
		f.Close()
		return nil
	}
	return f
}
