package racelog

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

const (
	envDetector = "GORACE"
	// envUsers has the user's own GORACE beside the one that squall has made of it.
	envUsers = "SQUALL_GORACE"
)

const logPath = "log_path"

// Environ is env, changed so that the race detector of a process writes to path
// with a dot and the process' id behind it. The user's other options stay. So does
// all of it if the user has set a log_path, or if path cannot be written as an
// option: the detector writes then where it always does.
func Environ(env []string, path string) []string {
	users := ""
	for _, entry := range env { // of two the last one counts
		if value, ok := strings.CutPrefix(entry, envDetector+"="); ok {
			users = value
		}
	}
	if _, set := option(users, logPath); set {
		return env
	}
	value, ok := quoted(path)
	if !ok {
		return env
	}
	ours := strings.TrimLeft(users+" "+logPath+"="+value, " ")
	return append(slices.Clone(env), envDetector+"="+ours, envUsers+"="+users)
}

// Collect is what the detector of a process wrote, which has ended and was started
// with [Environ] of path, in whole lines; the file is removed. "" if it wrote
// nothing there.
func Collect(path string, pid int) string {
	name := fileOf(path, pid)
	text := readFrom(name, 0)
	_ = os.Remove(name)
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n" // it was killed while it wrote, and what is shown next is no part of it
	}
	return text
}

func fileOf(path string, pid int) string { return fmt.Sprintf("%s.%d", path, pid) }

// maxRead bounds what is read of a log at a time.
const maxRead = 1 << 20

// readFrom is what a file has from the offset on, "" if there is no such file.
func readFrom(name string, offset int64) string {
	f, err := os.Open(name)
	if err != nil {
		return ""
	}
	defer f.Close()
	text, _ := io.ReadAll(io.NewSectionReader(f, offset, maxRead))
	return string(text)
}
