package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/onsi/ginkgo/v2/reporters"

	"github.com/squall-go/squall/internal/atomicfile"
)

// checkWritable verifies that a file can be written at path, and leaves no
// trace: hours of work must not end in a file that cannot be written.
func checkWritable(path string) error {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return errors.New("it is a directory")
	}
	probe, err := os.CreateTemp(filepath.Dir(path), ".squall-*")
	var inner *fs.PathError
	if errors.As(err, &inner) {
		return inner.Err
	}
	return errors.Join(err, probe.Close(), os.Remove(probe.Name()))
}

func absolute(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	return path, nil
}

// mergeJUnit makes one report of those that the suites wrote. A suite that died
// wrote none.
func mergeJUnit(sources []string, target string) error {
	var written []string
	for _, source := range sources {
		if _, err := os.Stat(source); err == nil {
			written = append(written, source)
		}
	}
	merged := target
	if len(sources) > 0 {
		merged = sources[0] + ".merged"
	}
	messages, err := reporters.MergeAndCleanupJUnitReports(written, merged)
	if err != nil || len(messages) > 0 {
		return fmt.Errorf("--junit=%s: %v %w", target, messages, err)
	}
	content, err := os.ReadFile(merged)
	if err != nil {
		return err
	}
	return atomicfile.Write(target, content)
}
