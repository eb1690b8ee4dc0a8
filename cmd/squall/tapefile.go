package main

import (
	"os"
	"path/filepath"
)

// tapeFile is where the tape is that a replay names: a failure's last line names
// it from the module's root, and may be pasted in any folder below.
func tapeFile(path string) string {
	if filepath.IsAbs(path) || exists(path) {
		return path
	}
	dir, err := os.Getwd()
	if err != nil {
		return path
	}
	for !exists(filepath.Join(dir, "go.mod")) {
		above := filepath.Dir(dir)
		if above == dir {
			return path
		}
		dir = above
	}
	if fromRoot := filepath.Join(dir, path); exists(fromRoot) {
		return fromRoot
	}
	return path
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
