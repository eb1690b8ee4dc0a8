package main

import (
	"errors"
	"fmt"
	"os"
)

// checkOutputs finds what is wrong with the files that are to be written.
func (r *request) checkOutputs(set func(flag string) bool) error {
	trace := r.trace
	if r.replay == "" { // it is a folder then
		trace = ""
		if err := checkFolder("trace", r.trace, set("trace")); err != nil {
			return err
		}
	}
	files := []struct{ flag, path string }{{"json", r.json}, {"junit", r.junit}, {"ginkgo-json", r.ginkgo}, {"trace", trace}}
	for i, file := range files {
		if set(file.flag) && file.path == "" && (file.flag != "trace" || r.replay != "") {
			return fmt.Errorf("--%s= names no file; name one, or leave the flag out", file.flag)
		}
		if file.path == "" {
			continue
		}
		if err := checkOutput(file.flag, file.path, r.plan, r.replay); err != nil {
			return err
		}
		for _, other := range files[:i] {
			if other.path != "" && sameFile(other.path, file.path) {
				return fmt.Errorf("--%s=%s and --%s=%s are one file; name two", other.flag, other.path, file.flag, file.path)
			}
		}
	}
	return nil
}

// checkFolder verifies that path can be a folder for files, as far as that can be
// known without making it.
func checkFolder(flag, path string, set bool) error {
	if path == "" && set {
		return fmt.Errorf("--%s= names no folder; name one, or leave the flag out", flag)
	}
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		return fmt.Errorf("--%s=%s: it is a file; name a folder", flag, path)
	} else if path != "" && err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("--%s=%s: %w; name a folder that can be written", flag, path, cause(err))
	}
	return nil
}
