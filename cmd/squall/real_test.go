package main

import (
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/result"
)

// realShop makes a module with a suite on the real harness the current
// directory: scenarios inside of a container, as the README has them.
func realShop(t *testing.T) {
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
	for _, file := range []string{"till.go", "till_test.go"} {
		install(t, "testdata/real/"+file+".txt", dir, "till/"+file)
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
