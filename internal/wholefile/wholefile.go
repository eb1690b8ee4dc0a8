// Package wholefile writes files whole or not at all: beside the target, then
// renamed, so that a reader sees the old content or all of the new one, and
// nothing is lost when the process is killed.
package wholefile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Write replaces the content of path. The error names path.
func Write(path string, content []byte) error {
	beside, err := os.CreateTemp(filepath.Dir(path), ".squall-*")
	if err != nil {
		return cannotWrite(path, err)
	}
	_, err = beside.Write(content)
	err = errors.Join(err, beside.Chmod(0o644), beside.Close())
	if err == nil {
		err = os.Rename(beside.Name(), path)
	}
	if err != nil {
		os.Remove(beside.Name())
		return cannotWrite(path, err)
	}
	return nil
}

// CheckWritable verifies that path can be written, and leaves no trace. Call it
// before hours of work whose outcome goes there.
func CheckWritable(path string) error {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return fmt.Errorf("%s is a directory; name a file in it", path)
	}
	probe, err := os.CreateTemp(filepath.Dir(path), ".squall-*")
	if err != nil {
		return cannotWrite(path, err)
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}

// cannotWrite names the target in place of the file beside it.
func cannotWrite(path string, err error) error {
	var inner *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &inner):
		err = inner.Err
	case errors.As(err, &link):
		err = link.Err
	}
	return fmt.Errorf("cannot write %s: %w", path, err)
}
