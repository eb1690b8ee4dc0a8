package scratch

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/squall-go/squall/internal/filelock"
)

// sweep removes the folders whose lock nobody holds any more. One without a lock is
// not ours, or not yet.
func sweep(parent string) {
	entries, _ := os.ReadDir(parent)
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), prefix) {
			clearAway(filepath.Join(parent, entry.Name()))
		}
	}
}

// clearAway removes the folder if its process is gone. Anybody may put anything beside
// ours: a link that leads elsewhere, a pipe that makes wait whoever opens it, the
// folder of another user.
func clearAway(folder string) {
	info, err := os.Lstat(folder)
	if err != nil || !info.IsDir() || !owned(info) {
		return
	}
	lock := openLock(filepath.Join(folder, lockFile))
	if lock == nil {
		return
	}
	defer lock.Close()
	if filelock.Take(lock) == nil {
		os.RemoveAll(folder)
	}
}

// openLock opens the file if it is one of ours, and is so still when it is open.
func openLock(path string) *os.File {
	info, err := os.Lstat(path)
	if err != nil || !lockable(info) {
		return nil
	}
	f, err := os.OpenFile(path, os.O_WRONLY|withoutWaiting, 0)
	if err != nil {
		return nil // it has just gone
	}
	if opened, err := f.Stat(); err != nil || !lockable(opened) {
		f.Close()
		return nil
	}
	return f
}

func lockable(info fs.FileInfo) bool { return info.Mode().IsRegular() && owned(info) }
