//go:build !unix

package soak

import "os"

func lock(*os.File) bool { return true }
