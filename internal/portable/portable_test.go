//go:build portable

package portable

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/result"
)

// architectures are the ones to compare, and what runs their binaries here.
var architectures = []struct{ name, emulator string }{
	{"386", ""},
	{"arm64", "qemu-aarch64"},
}

// runs of each scenario: enough for every strategy and for most faults.
const runs = 20

// report is what a suite wrote, without regard to whether it held: few runs leave
// some scenarios vacuous.
func report(t *testing.T, binary, emulator, seed string) result.Result {
	g := NewWithT(t)
	path := filepath.Join(t.TempDir(), "result.json")
	args := []string{binary, "-squall.runs", fmt.Sprint(runs), "-squall.seed", seed, "-squall.watchdog", "10m", "-squall.json", path,
		"-squall.corpus", t.TempDir(), "-ginkgo.label-filter", "!peers", "-ginkgo.succinct"}
	if emulator != "" {
		args = append([]string{emulator}, args...)
	}
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = suites(t)
	out, _ := cmd.CombinedOutput()
	r, err := result.Read(path)
	g.Expect(err).NotTo(HaveOccurred(), "%s", out)
	g.Expect(len(r.Scenarios)).To(BeNumerically(">", 40), "%s", out)
	return r
}

func suites(t *testing.T) string {
	dir, err := filepath.Abs("../../suites")
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return dir
}

// build makes the catalogue's test binary for an architecture.
func build(t *testing.T, overlay, architecture string) string {
	binary := filepath.Join(t.TempDir(), architecture+".test")
	cmd := exec.Command("go", "test", "-c", "-vet=off", "-overlay", overlay, "-ldflags=-w", "-o", binary, ".")
	cmd.Dir, cmd.Env = suites(t), append(os.Environ(), "GOARCH="+architecture, "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	NewWithT(t).Expect(err).NotTo(HaveOccurred(), "%s", out)
	return binary
}

func overlay(t *testing.T) string {
	cmd := exec.Command("go", "run", "./cmd/squall", "overlay", "./...")
	cmd.Dir = filepath.Dir(suites(t))
	out, err := cmd.Output()
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return strings.TrimSpace(string(out))
}

// unlike lists what two results differ in. Vacuity is part of it: which faults
// struck is decided by the seed.
func unlike(a, b result.Result) (differences []string) {
	other := map[string]result.Scenario{}
	for _, s := range b.Scenarios {
		other[s.ID] = s
	}
	for _, s := range a.Scenarios {
		o := other[s.ID]
		if s.TraceHash == "" || s.TraceHash != o.TraceHash || s.Verdict != o.Verdict || s.Steps != o.Steps {
			differences = append(differences, fmt.Sprintf("%s: %s, %d steps, trace %s; %s, %d steps, trace %s",
				s.ID, s.Verdict, s.Steps, s.TraceHash, o.Verdict, o.Steps, o.TraceHash))
		}
		for i, c := range s.Controls {
			if i >= len(o.Controls) || c.RunsToCatch != o.Controls[i].RunsToCatch || c.ShrunkChoices != o.Controls[i].ShrunkChoices {
				differences = append(differences, fmt.Sprintf("%s, control %s: %+v", s.ID, c.Name, c))
			}
		}
	}
	return differences
}

func TestASeedMeansTheSameOnEveryArchitecture(t *testing.T) {
	overlay := overlay(t)
	binary := build(t, overlay, runtime.GOARCH)
	here := report(t, binary, "", "1")
	t.Run("control: another seed differs", func(t *testing.T) {
		NewWithT(t).Expect(len(unlike(here, report(t, binary, "", "2")))).To(BeNumerically(">=", len(here.Scenarios)))
	})
	for _, a := range architectures {
		t.Run(a.name, func(t *testing.T) {
			if a.name == runtime.GOARCH {
				t.Skip("compared with itself")
			}
			if a.emulator != "" {
				if _, err := exec.LookPath(a.emulator); err != nil {
					t.Fatalf("%s is not here; install the package qemu-user", a.emulator)
				}
			}
			NewWithT(t).Expect(unlike(here, report(t, build(t, overlay, a.name), a.emulator, "1"))).To(BeEmpty())
		})
	}
}
