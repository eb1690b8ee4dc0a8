package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/squall-go/squall/internal/atomicfile"
)

// checkOutput verifies that the file of a flag can be written, and that it is
// none of the files that the command reads: hours of work must not end in a
// file that cannot be written, nor a tape in a report.
func checkOutput(flag, path string, inputs ...string) error {
	if err := atomicfile.Check(path); err != nil {
		return fmt.Errorf("--%s=%s: cannot write there: %w; name a file in a directory that exists and may be written", flag, path, err)
	}
	for _, input := range inputs {
		if input != "" && sameFile(input, path) {
			return fmt.Errorf("--%s=%s would overwrite %s, which is read; name another file", flag, path, input)
		}
	}
	return nil
}

// sameFile reports whether both paths name one regular file, or would.
func sameFile(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	if errA == nil && errB == nil {
		return os.SameFile(infoA, infoB) && infoA.Mode().IsRegular()
	}
	absoluteA, _ := filepath.Abs(a)
	absoluteB, _ := filepath.Abs(b)
	return absoluteA == absoluteB
}

// cause is what the system says, without the path that it says it of: one that the
// user did not give.
func cause(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}

func absolute(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	return path, nil
}
