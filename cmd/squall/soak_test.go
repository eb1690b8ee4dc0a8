package main

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/batch"
	"github.com/squall-go/squall/harness/result"
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
	content, err := os.ReadFile("go.mod")
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	content = append(content, "\ntool github.com/squall-go/squall/cmd/squall\n"...)
	NewWithT(t).Expect(os.WriteFile("go.mod", content, 0o644)).To(Succeed())
	t.Setenv("SQUALL_WATCHDOG", "500ms")
}

// workers are the processes that work for a soak of the shop.
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
		environment, _ := os.ReadFile(filepath.Join(filepath.Dir(link), "environ"))
		if pid, err := strconv.Atoi(strings.Split(link, "/")[2]); err == nil && bytes.Contains(environment, []byte(result.EnvWorker+"=1")) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// signalWorker waits for a worker and sends it a signal.
func signalWorker(t *testing.T, signal syscall.Signal) {
	t.Helper()
	NewWithT(t).Eventually(func() error {
		for _, pid := range workers(t) {
			return syscall.Kill(pid, signal)
		}
		return errors.New("there is no worker")
	}).WithTimeout(time.Minute).Should(Succeed())
}

// soakResult is what a soak came to, without what differs from time to time.
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
	g.Expect(stdout).To(ContainSubstring("\nreport: go tool squall report whole\n"))
	replay := regexp.MustCompile(`(?m)^FOUND  the thirteenth breaks: .*\n       replay: go tool squall replay (whole/findings/\S+\.tape)$`).FindStringSubmatch(stderr)
	g.Expect(replay).To(HaveLen(2), stderr)
	code, stdout, stderr = squall("replay", replay[1])
	g.Expect(code).To(Equal(1), stdout+stderr)
	g.Expect(stdout).To(ContainSubstring("the thirteenth was charged twice"))
	crash, err := filepath.Glob("whole/findings/the-late-ones-*.tape")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(crash).To(HaveLen(1))
	code, stdout, stderr = squall("replay", crash[0])
	g.Expect(code).To(Equal(1), stdout+stderr)
	g.Expect(stdout).To(MatchRegexp(`^the late ones end the process: BROKEN  P-CRASH: .*
  the process died: panic: nobody recovers this
  .*storm \(2 choices of 3\):
    1\. parameter customer of main .*
    2\. till/charge #2 in main: error "boom"
  last words:
    panic: nobody recovers this
      till\.init\.func3\.1 till_test\.go:\d+\n`))

	t.Run("too short", func(t *testing.T) {
		g := NewWithT(t)
		code, stdout, stderr := squall("soak", "--runs=200", "--seed=7", "--workers=1", "--out=short", "--resume")
		g.Expect(code).To(Equal(3), stdout+stderr)
		g.Expect(stderr).To(MatchRegexp(`(?m)^resume: .*/short has no soak to go on with; this one begins$`))
		g.Expect(stdout).To(MatchRegexp(`(?m)^  blind: \d of \d scenarios were not run \(.*\): give --for or --runs more$`))
		g.Expect(stdout).NotTo(ContainSubstring("shards together"))

		code, stdout, stderr = squall("soak", "--runs=200", "--seed=7", "--workers=1", "--out=short", "--resume")
		g.Expect(code).To(Equal(3), stdout+stderr)
		g.Expect(stderr).To(MatchRegexp(`(?m)^resume: .*/short is finished: the 200 runs of seed 7 are done; `))

		code, stdout, stderr = squall("soak", "--runs=200", "--seed=7", "--workers=1", "--out=part", "--shard=1/2")
		g.Expect(stdout).To(ContainSubstring("shard 1/2: whether everything was run is for all 2 shards together to say"), stderr)
		g.Expect(stdout).NotTo(ContainSubstring("scenarios were not run"))
		g.Expect(code).To(Or(Equal(0), Equal(3)), "3 if it had nothing to run at all")
	})

	t.Run("in two shards", func(t *testing.T) {
		g := NewWithT(t)
		one, two := startSquall(t, arguments("one", "--shard=1/2")...), startSquall(t, arguments("two", "--shard=2/2")...)
		code, output := one.wait()
		g.Expect(code).To(Or(Equal(0), Equal(1)), output)
		code, output = two.wait()
		g.Expect(code).To(Or(Equal(0), Equal(1)), output)
		g.Expect(soakResultOf(t, "two", "one")).To(Equal(want))
	})

	t.Run("killed and resumed", func(t *testing.T) {
		if _, err := os.Stat("/proc/self/cwd"); err != nil {
			t.Skip("the workers are found in /proc")
		}
		g := NewWithT(t)
		g.SetDefaultEventuallyTimeout(time.Minute)
		t.Setenv("SHOP_CROWD", "") // one scenario is slower, and has another result
		soaking := startSquall(t, arguments("killed")...)
		g.Eventually(func() int { return files("killed/findings/*.json") }).Should(BeNumerically(">", 0))
		signalWorker(t, syscall.SIGKILL)
		g.Expect(soaking.cmd.Process.Kill()).To(Succeed())
		soaking.wait()
		g.Eventually(func() []int { return workers(t) }).Should(BeEmpty(), "workers end by themselves")
		g.Expect(files("killed/soak.json")).To(Equal(1))

		soaking = startSquall(t, arguments("killed", "--resume")...)
		g.Eventually(func() int { return len(workers(t)) }).Should(Equal(2), "it has begun: the first one alone was asked what there is")
		signalWorker(t, syscall.SIGSTOP)
		g.Expect(soaking.cmd.Process.Signal(syscall.SIGTERM)).To(Succeed())
		code, output := soaking.wait()
		g.Expect(code).To(Equal(1), output)
		g.Expect(workers(t)).To(BeEmpty())
		state, err := soak.ReadState("killed")
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(state.Finished).To(BeFalse())

		code, stdout, stderr := squall(arguments("killed", "--resume")...)
		g.Expect(code).To(Equal(1), stdout+stderr)
		got := soakResultOf(t, "killed")
		g.Expect(got.Findings).To(Equal(want.Findings))
		for id, tally := range want.Tallies {
			if id != slow {
				g.Expect(got.Tallies[id]).To(Equal(tally), id)
			}
		}
	})

	t.Run("killed before its worker is ready", func(t *testing.T) {
		if _, err := os.Stat("/proc/self/cwd"); err != nil {
			t.Skip("the workers are found in /proc")
		}
		t.Setenv("SHOP", "never opens")
		g := NewWithT(t)
		g.SetDefaultEventuallyTimeout(time.Minute)
		soaking := startSquall(t, arguments("unready")...)
		g.Eventually(func() []int { return workers(t) }).Should(HaveLen(1))
		g.Expect(soaking.cmd.Process.Kill()).To(Succeed())
		soaking.wait()
		g.Eventually(func() []int { return workers(t) }).Should(BeEmpty(), "it ends by itself")
	})

	t.Run("wedged", func(t *testing.T) {
		t.Setenv("SHOP", "spins")
		g := NewWithT(t)
		code, stdout, stderr := squall("soak", "--runs=400", "--workers=1", "--out=wedged", "--focus=one customer spins")
		g.Expect(code).To(Equal(4), stdout+stderr)
		g.Expect(stdout).To(ContainSubstring("  wedged one customer spins: "))
	})
}

// slow is the scenario that a crowd makes slow.
const slow = "a failed charge is not booked"

func files(pattern string) int {
	found, _ := filepath.Glob(pattern)
	return len(found)
}

func TestSoakIsRefusedBeforeAnythingIsBuilt(t *testing.T) {
	t.Chdir(t.TempDir()) // there is nothing to build
	g := NewWithT(t)
	g.Expect(os.WriteFile("file", nil, 0o644)).To(Succeed())
	g.Expect(os.Mkdir("old", 0o755)).To(Succeed())
	g.Expect(os.WriteFile("old/soak.json", []byte(`{"format": 1, "shard": {"number": 1, "of": 1}, "seed": 1}`), 0o644)).To(Succeed())
	here, err := os.Getwd()
	g.Expect(err).NotTo(HaveOccurred())
	for args, want := range map[string]string{
		"--out=file":                     "soak: " + here + "/file: cannot write there: mkdir " + here + "/file: not a directory; name a directory that may be written",
		"--out=/proc/self/soak":          "soak: /proc/self/soak: cannot write there: mkdir /proc/self/soak: no such file or directory; name a directory that may be written",
		"--out=old":                      "soak: " + here + "/old has the results of a soak; go on with it by --resume, or name another directory",
		"--out=old --resume --seed=2":    "soak: " + here + "/old is of seed 1, shard 1/1 and no number of runs, and cannot go on with seed 2, shard 1/1 and no number of runs; give those, or name another directory",
		"--out=old --resume --shard=3/2": `soak: shard "3/2": write the number of this one, from 1, and how many there are, as in 2/5`,
		"--out=new --runs=0":             "--runs=0: nothing would run; give at least 1",
		"--out=new --for=-1s":            "--for=-1s: nothing would run; give a positive duration, as in 8h",
		"--out=new --workers=0":          "--workers=0: nobody would work; give at least 1",
		"--out=new --workers=5000":       fmt.Sprintf("--workers=5000: the machine would do nothing else; give at most %d, 32 for each processor", 32*runtime.GOMAXPROCS(0)),
		"--out=new --memory=1":           "--memory=1: a worker needs more to start; give at least 64",
	} {
		code, stdout, stderr := squall(append([]string{"soak"}, strings.Fields(args)...)...)
		g.Expect(code).To(Equal(2), args)
		g.Expect(stdout).To(BeEmpty())
		g.Expect(stderr).To(Equal("squall: "+want+"\n"), args)
	}
	g.Expect("new").NotTo(BeAnExistingFile())
}
