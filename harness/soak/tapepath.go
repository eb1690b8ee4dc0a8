package soak

import "github.com/squall-go/squall/harness/batch"

// TapePath is where a soak in dir keeps the finding's tape.
func TapePath(dir string, f *batch.Finding) string { return tapePath(dir, f) }
