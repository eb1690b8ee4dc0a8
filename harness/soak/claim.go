package soak

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/squall-go/squall/internal/atomicfile"
	"github.com/squall-go/squall/internal/filelock"
)

const lockFile = "soak.lock"

// Check makes sure that a soak could begin, before anything is built for it: it
// makes the directory, and looks whether it can be written, has the results of
// another soak, or is being written by one.
func Check(c Config) error {
	claimed, err := claim(c.Dir)
	if err != nil {
		return err
	}
	defer claimed.Close()
	return (&soak{config: c}).resume()
}

// claim makes the soak's directories, and takes them for this process alone until
// the file is closed.
func claim(dir string) (*os.File, error) {
	unwritable := func(err error) error {
		return fmt.Errorf("soak: %s: cannot write there: %w; name a directory that may be written", dir, err)
	}
	findings := filepath.Join(dir, findingsDir)
	if err := os.MkdirAll(findings, 0o755); err != nil {
		return nil, unwritable(err)
	}
	for _, file := range []string{filepath.Join(dir, stateFile), filepath.Join(findings, stateFile)} {
		if err := atomicfile.Check(file); err != nil {
			return nil, unwritable(err)
		}
	}
	f, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_WRONLY|os.O_CREATE, 0o644)
	if err != nil {
		return nil, unwritable(err)
	}
	if errors.Is(filelock.Take(f), filelock.ErrHeld) { // without locks, nobody is kept out
		f.Close()
		return nil, fmt.Errorf("soak: %s: another soak is at work there; wait for it, or name another directory", dir)
	}
	return f, nil
}

// sweep removes what a soak that was killed had half-written.
func sweep(dir string) {
	for _, folder := range []string{dir, filepath.Join(dir, findingsDir)} {
		entries, _ := os.ReadDir(folder)
		for _, entry := range entries {
			if atomicfile.Leftover(entry.Name()) {
				_ = os.Remove(filepath.Join(folder, entry.Name()))
			}
		}
	}
}
