package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/result"
)

// realShop makes a module with a suite on the real harness the current
// directory: scenarios inside of a container, as the README has them.
func realShop(t *testing.T) {
	t.Helper()
	realModule(t, "till/till.go", "till/till_test.go")
}

// realModule makes a module of files of testdata/real the current directory.
func realModule(t *testing.T, files ...string) {
	t.Helper()
	root, dir := filepath.Dir(goEnv(t, "GOMOD")), t.TempDir()
	t.Setenv("GOCACHE", goEnv(t, "GOCACHE"))
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("GOFLAGS", "-mod=mod")
	t.Setenv("GOPROXY", "off")
	for _, name := range []string{result.EnvCorpus, result.EnvRuns, result.EnvFor, result.EnvSeed, "SQUALL_MODE"} {
		t.Setenv(name, "")
	}
	install(t, filepath.Join(root, "go.sum"), dir, "go.sum")
	for _, file := range files {
		install(t, "testdata/real/"+filepath.Base(file)+".txt", dir, file)
	}
	writeModule(t, root, dir, root)
	t.Chdir(dir)
}

func TestAModuleOfAUser(t *testing.T) {
	realShop(t)
	tests := []struct {
		shop     string
		code     int
		verdicts []result.Verdict // of its scenarios, in the order of their names
	}{
		{"", 0, []result.Verdict{result.Held, result.Held}},
		{"spins", 4, []result.Verdict{result.Held, result.Wedged, result.Held}},
		{"differs", 3, []result.Verdict{result.Held, result.Flaky, result.Held}},
	}
	for _, test := range tests {
		t.Run(test.shop, func(t *testing.T) {
			t.Setenv("SHOP", test.shop)
			t.Setenv("SQUALL_WATCHDOG", "1s")
			g := NewWithT(t)
			code, stdout, stderr := squall("run", "--json=r.json")
			g.Expect(code).To(Equal(test.code), stdout+stderr)
			r, err := result.Read("r.json")
			g.Expect(err).NotTo(HaveOccurred())
			var verdicts []result.Verdict
			for _, s := range r.Scenarios {
				verdicts = append(verdicts, s.Verdict)
			}
			g.Expect(verdicts).To(ConsistOf(test.verdicts), stdout)
		})
	}
	g := NewWithT(t)
	saved, err := filepath.Glob("till/testdata/squall/*/*.tape")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(saved).To(HaveLen(1), "the storm that wedged")
	t.Setenv("SHOP", "spins")
	t.Setenv("SQUALL_WATCHDOG", "1s")
	code, stdout, stderr := squall("replay", saved[0])
	g.Expect(code).To(Equal(4), stdout+stderr)
	g.Expect(os.WriteFile("p.plan", []byte("till/charge #1 in main: error \"boom\"\n"), 0o644)).To(Succeed())
	t.Setenv("SHOP", "")
	code, stdout, stderr = squall("run", "--plan=p.plan", "--focus=the last one")
	g.Expect(code).To(Equal(0), stdout+stderr)
	g.Expect(stdout).To(MatchRegexp(`held +50 +50 +50 `), "runs, steps, faults struck")
}

// TestAModuleWithoutFailpoints: what faults strike there is the harness' own, and
// there is nothing else to strike.
func TestAModuleWithoutFailpoints(t *testing.T) {
	realModule(t, "letters/letters_test.go")
	g := NewWithT(t)
	code, stdout, stderr := squall("run")
	g.Expect(code).To(Equal(0), stdout+stderr)
	g.Expect(stdout).To(MatchRegexp(`held +50 .* 1 of 1 caught`))
	code, stdout, _ = squall("sites")
	g.Expect(code).To(Equal(0))
	g.Expect(stdout).To(MatchRegexp(`(?m)^harness/run +harness/run.go:\d+ +error panic `))

	out, err := exec.Command("go", "test", "./letters").CombinedOutput()
	g.Expect(err).To(HaveOccurred())
	g.Expect(string(out)).To(ContainSubstring("vacuous: no failpoint is built into this test binary"), "no overlay is not an empty overlay")
	code, file, stderr := squall("overlay")
	g.Expect(code).To(Equal(0), stderr)
	out, err = exec.Command("go", "test", "-overlay="+strings.TrimSpace(file), "./letters").CombinedOutput()
	g.Expect(err).NotTo(HaveOccurred(), string(out))

	t.Run("other failpoints", func(t *testing.T) {
		t.Setenv("SITES", "letters/...")
		g := NewWithT(t)
		code, stdout, stderr := squall("run")
		g.Expect(code).To(Equal(3), stdout+stderr)
		g.Expect(stdout).To(MatchRegexp(`VACUOUS (.*\n)*  never struck: +letters/\.\.\.`))
	})
	t.Run("control of another property", func(t *testing.T) {
		t.Setenv("BREAKS", "P-LEAK")
		g := NewWithT(t)
		code, stdout, stderr := squall("run")
		g.Expect(code).To(Equal(3), stdout+stderr)
		g.Expect(stdout).To(ContainSubstring("it was broken otherwise: P-EXPECT in main: "))
	})
	t.Run("plan", func(t *testing.T) {
		g := NewWithT(t)
		g.Expect(os.WriteFile("p.plan", []byte("harness/rum #1 in letter: error \"boom\"\n"), 0o644)).To(Succeed())
		code, _, stderr := squall("run", "--plan=p.plan")
		g.Expect(code).To(Equal(2))
		g.Expect(stderr).To(Equal("squall: --plan=p.plan: unknown failpoint \"harness/rum\" (did you mean \"harness/run\"?); squall sites lists them all\n"))
	})
}
