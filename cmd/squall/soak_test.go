package main

import (
	"bytes"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/batch"
	"github.com/squall-go/squall/harness/soak"
)

// envMain makes this test binary the command itself, for tests that kill it.
const envMain = "SQUALL_TEST_MAIN"

// commanded is the command as a process of its own.
type commanded struct {
	cmd            *exec.Cmd
	stdout, stderr bytes.Buffer
}

func startSquall(t *testing.T, args ...string) *commanded {
	t.Helper()
	g := NewWithT(t)
	own, err := os.Executable()
	g.Expect(err).NotTo(HaveOccurred())
	c := &commanded{cmd: exec.Command(own, args...)}
	c.cmd.Env = append(os.Environ(), envMain+"=1")
	c.cmd.Stdout, c.cmd.Stderr = &c.stdout, &c.stderr
	g.Expect(c.cmd.Start()).To(Succeed())
	t.Cleanup(func() { _ = c.cmd.Process.Kill() })
	return c
}

func (c *commanded) wait() (code int, output string) {
	_ = c.cmd.Wait()
	return c.cmd.ProcessState.ExitCode(), c.stdout.String() + c.stderr.String()
}

// soakShop is realShop with scenarios to soak.
func soakShop(t *testing.T) {
	t.Helper()
	from, err := filepath.Abs("testdata/soak/till_test.go.txt")
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	realShop(t)
	install(t, from, ".", "till/till_test.go")
	t.Setenv("SQUALL_WATCHDOG", "500ms")
}

// workersOf are the processes that work for a soak whose directory is dir: those
// whose parent it is, or was.
func workers(t *testing.T) (pids []int) {
	t.Helper()
	mine, err := os.Getwd()
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	links, _ := filepath.Glob("/proc/[0-9]*/cwd")
	for _, link := range links {
		dir, err := os.Readlink(link)
		if err != nil || dir != filepath.Join(mine, "till") {
			continue
		}
		if pid, err := strconv.Atoi(strings.Split(link, "/")[2]); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// result is what a soak came to, without what differs from time to time.
type soakResult struct {
	Tallies   map[string]*soak.Tally
	Controls  map[string]*soak.Caught
	Handovers []string
	Findings  []batch.Finding
}

func soakResultOf(t *testing.T, dirs ...string) soakResult {
	t.Helper()
	g := NewWithT(t)
	m, err := soak.Merge(dirs)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(m.Problems).To(BeEmpty())
	r := soakResult{Tallies: m.Tallies, Controls: m.Controls, Handovers: slices.Sorted(maps.Keys(m.Handovers))}
	for _, f := range m.Findings {
		short := *f
		if f.Property == "P-CRASH" {
			short.Text, short.Dump = "", "" // addresses and numbers of goroutines
		}
		short.Dump = ""
		r.Findings = append(r.Findings, short)
	}
	return r
}

// One test, because the suite is built once.
func TestSoak(t *testing.T) {
	soakShop(t)
	g := NewWithT(t)
	arguments := func(out string, more ...string) []string {
		return append([]string{"soak", "--runs=12000", "--seed=7", "--workers=2", "--out=" + out}, more...)
	}
	code, stdout, stderr := squall(arguments("whole")...)
	g.Expect(code).To(Equal(1), stdout+stderr)
	want := soakResultOf(t, "whole")
	var messages []string
	for _, f := range want.Findings {
		messages = append(messages, f.Scenario+": "+f.Message)
		g.Expect(f.Tape).NotTo(BeEmpty())
	}
	g.Expect(messages).To(ConsistOf("the thirteenth breaks: the thirteenth was charged twice", "the late ones end the process: the process died: panic: nobody recovers this"))
	g.Expect(stdout).To(ContainSubstring("12000 runs"))

	t.Run("in two shards", func(t *testing.T) {
		g := NewWithT(t)
		one, two := startSquall(t, arguments("one", "--shard=1/2")...), startSquall(t, arguments("two", "--shard=2/2")...)
		code, output := one.wait()
		g.Expect(code).To(Or(Equal(0), Equal(1)), output)
		code, output = two.wait()
		g.Expect(code).To(Or(Equal(0), Equal(1)), output)
		g.Expect(soakResultOf(t, "two", "one")).To(Equal(want))
	})

	t.Run("killed, resumed, with workers killed", func(t *testing.T) {
		g := NewWithT(t)
		t.Setenv("SHOP_CROWD", "") // the result is another one, but for the two that fail
		killed := startSquall(t, arguments("killed")...)
		g.Eventually(func() []int { return workers(t) }).WithTimeout(time.Minute).ShouldNot(BeEmpty())
		g.Eventually("killed/findings").WithTimeout(time.Minute).Should(BeADirectory())
		g.Eventually(func() int { return files("killed/findings/*.json") }).WithTimeout(time.Minute).Should(BeNumerically(">", 0))
		for _, pid := range workers(t) {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		g.Expect(killed.cmd.Process.Kill()).To(Succeed())
		killed.wait()
		g.Eventually(func() []int { return workers(t) }).WithTimeout(10 * time.Second).Should(BeEmpty())
		reported := files("killed/findings/*.json")

		again := startSquall(t, arguments("killed", "--resume")...)
		var once sync.Once
		done := make(chan struct{})
		go func() {
			defer close(done)
			for again.cmd.Process.Signal(syscall.Signal(0)) == nil {
				for _, pid := range workers(t) {
					once.Do(func() { _ = syscall.Kill(pid, syscall.SIGKILL) })
				}
			}
		}()
		code, output := again.wait()
		<-done
		g.Expect(code).To(Equal(1), output)
		got := soakResultOf(t, "killed")
		g.Expect(got.Findings).To(Equal(want.Findings))
		g.Expect(len(got.Findings)).To(BeNumerically(">=", reported))
		for id := range want.Tallies {
			if id != "a failed charge is not booked" {
				g.Expect(got.Tallies[id]).To(Equal(want.Tallies[id]), id)
			}
		}
	})
}

func files(pattern string) int {
	found, _ := filepath.Glob(pattern)
	return len(found)
}
