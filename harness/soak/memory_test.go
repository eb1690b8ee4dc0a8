//go:build unix

package soak

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

// What a process has started goes with it: the pipe that it holds is closed.
func TestAProcessThatGrowsIsKilledWithWhatItStarted(t *testing.T) {
	if _, known := resident(os.Getpid()); !known {
		t.Skip("the system does not tell")
	}
	g := NewWithT(t)
	read, write, err := os.Pipe()
	g.Expect(err).NotTo(HaveOccurred())
	defer read.Close()
	cmd := exec.Command("sh", "-c", "sleep 300 & wait")
	cmd.Stdout = write
	err = RunWithin(cmd, 1)
	write.Close()
	var grown *Grown
	g.Expect(errors.As(err, &grown)).To(BeTrue(), "%v", err)
	g.Expect(grown.Size).To(BeNumerically(">", 1))
	g.Expect((&Grown{Size: 300<<20 + 1, Allowed: 200 << 20}).Error()).To(Equal("its memory grew to 300 MB, and 200 are allowed"))
	g.Expect(read.SetReadDeadline(time.Now().Add(time.Minute))).To(Succeed())
	g.Expect(io.ReadAll(read)).To(BeEmpty())
}

func TestAProcessWithinItsMemoryEndsByItself(t *testing.T) {
	g := NewWithT(t)
	g.Expect(RunWithin(exec.Command("sh", "-c", "exit 0"), 1<<40)).To(Succeed())
	g.Expect(RunWithin(exec.Command("sh", "-c", "exit 7"), 1<<40)).To(MatchError("exit status 7"))
	g.Expect(RunWithin(exec.Command("./no such command"), 1<<40)).To(MatchError(os.ErrNotExist))
}
