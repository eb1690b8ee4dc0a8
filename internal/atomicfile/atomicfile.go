// Package atomicfile writes whole files: whoever reads the path, now or after a
// crash, finds the old content or the new one, never a part of either.
package atomicfile

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
)

// Write replaces the file at path by data: it writes a file beside it, syncs
// that to disk and renames it. The folder must exist. A new file has mode 0644
// less the umask; a symbolic link at path is replaced, not followed. On error
// the old file is as it was and nothing is left beside it; only a process that
// is killed half-way leaves a file, whose name starts with a dot and ends in
// ".tmp". Any number of goroutines and processes may write one path at once:
// one of them is last.
//
// What is there already and is no regular file, a device or a pipe, is written
// to as it is: replacing /dev/stdout by a file would help nobody.
func Write(path string, data []byte) error { return write(system{}, path, data) }

// disk is what makes a change last. A test has one that forgets, when the power goes,
// what it was not told to keep.
type disk interface {
	Sync(*os.File) error
	Rename(from, to string) error
}

type system struct{}

func (system) Sync(f *os.File) error        { return f.Sync() }
func (system) Rename(from, to string) error { return os.Rename(from, to) }

func write(on disk, path string, data []byte) error {
	if special(path) {
		if err := writeThrough(path, data); err != nil {
			return fmt.Errorf("atomicfile: %w", err)
		}
		return nil
	}
	folder, base := filepath.Split(path)
	beside := filepath.Join(folder, "."+base+"."+rand.Text()+".tmp")
	if err := writeNew(on, beside, data); err != nil {
		return fmt.Errorf("atomicfile: %w", err)
	}
	if err := on.Rename(beside, path); err != nil {
		return fmt.Errorf("atomicfile: %w", errors.Join(err, os.Remove(beside)))
	}
	syncFolder(on, filepath.Dir(path))
	return nil
}

// Leftover reports whether a file of this name, without its folder, is what a [Write]
// or [Check] that was killed has left behind.
func Leftover(name string) bool { return leftover.MatchString(name) }

var leftover = regexp.MustCompile(`^\..+\.[A-Z2-7]{26}\.tmp$|^\.(squall|soak)-[0-9]+\.tmp$`)

// Check reports why a [Write] to path would fail, as far as that can be known
// before. It leaves no trace. The error does not name path.
func Check(path string) error {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return errors.New("it is a directory")
	}
	if special(path) {
		return nil
	}
	probe, err := os.CreateTemp(filepath.Dir(path), ".squall-*.tmp")
	var inner *fs.PathError
	if errors.As(err, &inner) {
		return inner.Err
	}
	if err != nil {
		return err
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}

// special tells a device, a pipe or a socket, or a link to one.
func special(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.Mode().IsRegular() && !info.IsDir()
}

func writeThrough(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

// writeNew makes the file path, which must not exist, and leaves none if it fails.
func writeNew(on disk, path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = on.Sync(f)
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// syncFolder makes the rename itself durable where the system can do that. Its
// failure is no failure of Write: the new content is in place.
func syncFolder(on disk, path string) {
	if d, err := os.Open(path); err == nil {
		_ = on.Sync(d)
		_ = d.Close()
	}
}
