package soak

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// childProcesses are those of this process, zombies included. Where there is no
// /proc, nothing is known.
func childProcesses() (children []string) {
	tasks, _ := filepath.Glob("/proc/self/task/*/children")
	for _, file := range tasks {
		data, _ := os.ReadFile(file)
		for _, pid := range strings.Fields(string(data)) {
			status, _ := os.ReadFile(fmt.Sprintf("/proc/%s/cmdline", pid))
			children = append(children, pid+" "+string(status))
		}
	}
	return children
}

// endChildren ends what fakes have left behind on purpose.
func endChildren(t *testing.T, c Config) {
	t.Helper()
	for _, b := range c.Binaries {
		for _, entry := range b.Env {
			dir, ok := strings.CutPrefix(entry, envDir+"=")
			if !ok {
				continue
			}
			files, _ := filepath.Glob(filepath.Join(dir, "child*"))
			for _, file := range files {
				pid, err := strconv.Atoi(strings.TrimPrefix(filepath.Base(file), "child"))
				if err == nil && pid > 1 {
					_ = syscall.Kill(pid, syscall.SIGKILL)
				}
			}
		}
	}
}
