//go:build unix

package scratch

import (
	"io/fs"
	"os"
	"syscall"
)

// withoutWaiting opens what is no regular file after all without waiting for whoever
// is at its other end, and follows no link.
const withoutWaiting = syscall.O_NONBLOCK | syscall.O_NOFOLLOW

// owned reports whether the file is this user's.
func owned(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Geteuid()
}
