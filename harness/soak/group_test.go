//go:build unix

package soak

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

// What a worker has started goes with it: a night of servers that nobody ends fills a
// machine. The pipe that the process holds tells of its end.
func TestAWorkerGoesWithWhatItStarted(t *testing.T) {
	g := NewWithT(t)
	c := fakeConfig(t, 400, "starts a process")
	var dir string
	for _, entry := range c.Binaries[0].Env {
		if after, ok := strings.CutPrefix(entry, envDir+"="); ok {
			dir = after
		}
	}
	pipe := filepath.Join(dir, "pipe")
	g.Expect(syscall.Mkfifo(pipe, 0o600)).To(Succeed())
	// A reader that does not wait for a writer, nor the writer for it.
	read, err := os.OpenFile(pipe, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	g.Expect(err).NotTo(HaveOccurred())
	defer read.Close()
	t.Cleanup(func() { endChildren(t, c) })
	s := runSoak(t, t.Context(), c)
	g.Expect(s.err).NotTo(HaveOccurred())
	g.Expect(s.incidents()).To(BeEmpty())
	g.Expect(filepath.Join(dir, "started")).To(BeAnExistingFile())
	g.Expect(filepath.Glob(filepath.Join(dir, "child*"))).To(HaveLen(1))
	g.Expect(read.SetReadDeadline(time.Now().Add(time.Minute))).To(Succeed())
	g.Expect(io.ReadAll(read)).To(BeEmpty(), "at the end: nobody has it open any more")
}
