// Package commandline writes commands of squall that a person can paste.
package commandline

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const module = "github.com/squall-go/squall"

// Caller is how squall is called, and where. The zero value is an installed
// squall, and paths stay as they are.
type Caller struct {
	Squall   string // "" for squall
	Dir      string // absolute; where the commands are to be typed; "" for anywhere
	Binaries string // the folder of squall build that a replay needs, "" if it can build
}

// Here is how squall is called where this process stands: from the root of the
// Go module, as a tool of it if its go.mod has the line; without that line the
// module does not require what the command is made of, go run would be refused,
// and squall must have been installed. Where there is no module nothing can be
// built, and binaries, a folder of squall build or "", stands in.
func Here(binaries string) Caller {
	dir, err := os.Getwd()
	if err != nil {
		return Caller{Binaries: binaries}
	}
	for up := dir; ; up = filepath.Dir(up) {
		if mod, err := os.ReadFile(filepath.Join(up, "go.mod")); err == nil {
			return Caller{Squall: squallOf(mod), Dir: up}
		}
		if up == filepath.Dir(up) {
			return Caller{Dir: dir, Binaries: binaries}
		}
	}
}

// squallOf is how squall is called in the module of a go.mod.
func squallOf(mod []byte) string {
	tool := false
	for lines := bufio.NewScanner(bytes.NewReader(mod)); lines.Scan(); {
		line, _, _ := strings.Cut(lines.Text(), "//")
		words := strings.Fields(line)
		if slices.Equal(words, []string{"module", module}) {
			return "go run ./cmd/squall"
		}
		tool = tool || slices.Contains(words, module+"/cmd/squall")
	}
	if tool {
		return "go tool squall"
	}
	return ""
}

// String is how squall is called.
func (c Caller) String() string {
	if c.Squall == "" {
		return "squall"
	}
	return c.Squall
}

// Replay is the command that replays a tape, with the race detector if it is
// a race that broke it.
func (c Caller) Replay(tape string, race bool) string {
	command := c.String() + " replay "
	if race {
		command += "--race "
	}
	if c.Binaries != "" {
		command += "--binaries " + Quoted(c.path(c.Binaries)) + " "
	}
	return command + Quoted(c.path(tape))
}

// Report is the command that makes the report of a soak.
func (c Caller) Report(dir string) string {
	command := c.String() + " report "
	if c.Binaries != "" {
		command += "--binaries " + Quoted(c.path(c.Binaries)) + " "
	}
	return command + Quoted(c.path(dir))
}

// path is as it is written in Dir; an absolute one that leads out of there stays.
func (c Caller) path(path string) string {
	if c.Dir == "" {
		return path
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	relative, err := filepath.Rel(c.Dir, absolute)
	if err != nil || filepath.IsAbs(path) && !filepath.IsLocal(relative) {
		return absolute
	}
	return filepath.ToSlash(relative)
}
