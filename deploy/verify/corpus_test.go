package verify

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// replays is a squall whose replay of a tape is what stands in the tape: the exit
// code, and under it what it prints. It lists the suites "suites" only.
const replays = `#!/bin/sh
for tape; do :; done
if [ "$1" = list ]; then
	test "$tape" = suites || { echo "squall: --binaries=$tape: no such directory" >&2; exit 2; }
	exit 0
fi
sed 1d "$tape"
exit "$(head -n 1 "$tape")"
`

func tapeThat(code, verdict string) string {
	return code + "\nS5 transfer: " + strings.ToUpper(verdict) + "  why\n  more\n  replay:  squall replay a.tape\n\nscenario  verdict\nS5  " + verdict +
		"\nsquall 0.1.0: 1 " + verdict + "; seed 1\n"
}

func TestTheCorpusTellsWhatNoLongerFitsFromWhatStillBreaks(t *testing.T) {
	for _, test := range []struct {
		name, tape, says, sums string
		fails, kept            bool
	}{
		{"it holds", tapeThat("0", "held"), "", "0 still break, 0 cannot be replayed, 1 hold, 0 no longer fit and 0 stale", false, true},
		{"it breaks", tapeThat("1", "broken"), "still breaks (exit 1)", "1 still break, 0 cannot be replayed, 0 hold, 0 no longer fit and 0 stale", true, true},
		{"it wedges", tapeThat("4", "wedged"), "still breaks (exit 4)", "1 still break, 0 cannot be replayed, 0 hold, 0 no longer fit and 0 stale", true, true},
		{"it does not fit", tapeThat("3", "vacuous"), "a.tape: S5 transfer: VACUOUS why more \n", "0 still break, 0 cannot be replayed, 0 hold, 1 no longer fit and 0 stale", false, false},
		{"it is flaky", tapeThat("3", "flaky"), "neither breaks nor holds (exit 3)", "1 still break, 0 cannot be replayed, 0 hold, 0 no longer fit and 0 stale", true, true},
		{"it is inconclusive", tapeThat("3", "inconclusive"), "neither breaks nor holds (exit 3)", "1 still break, 0 cannot be replayed, 0 hold, 0 no longer fit and 0 stale", true, true},
		{"another version", "2\nsquall: tape a.tape: recorded by version 1 of scenario S5, which is at version 2 now\n", "a.tape: squall: tape a.tape: recorded by version 1", "0 still break, 0 cannot be replayed, 0 hold, 0 no longer fit and 1 stale", false, false},
		{"its scenario is gone", "2\nsquall: tape a.tape: unknown scenario \"S5\"; known are S1\n", "a.tape: squall: tape a.tape: unknown scenario", "0 still break, 0 cannot be replayed, 0 hold, 0 no longer fit and 1 stale", false, false},
		{"its control is gone", "2\nsquall: tape a.tape: scenario S5 has no control \"deaf\"; squall list shows them\n", "a.tape: squall: tape a.tape: scenario S5 has no control", "0 still break, 0 cannot be replayed, 0 hold, 0 no longer fit and 1 stale", false, false},
		{"its suite dies at start", "2\nsquall: suites/shop: did not start: exit status 1\n", "a.tape cannot be replayed (exit 2)\nsquall: suites/shop", "0 still break, 1 cannot be replayed, 0 hold, 0 no longer fit and 0 stale", true, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			squall, tape := filepath.Join(dir, "squall"), filepath.Join(dir, "a.tape")
			for path, content := range map[string]string{squall: replays, tape: test.tape} {
				if err := os.WriteFile(path, []byte(content), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			out, err := exec.Command(filepath.Join("..", "corpus"), "replay", dir, squall, "suites").CombinedOutput()
			if (err != nil) != test.fails {
				t.Errorf("it ends with %v", err)
			}
			for _, want := range []string{test.says, "corpus: " + test.sums + " ones dropped\n"} {
				if !strings.Contains(string(out), want) {
					t.Errorf("it does not say %q:\n%s", want, out)
				}
			}
			if _, err := os.Stat(tape); (err == nil) != test.kept {
				t.Errorf("the tape: %v", err)
			}
		})
	}
}

func TestTheCorpusOutlivesSuitesThatAreNotThere(t *testing.T) {
	dir := t.TempDir()
	squall, tape := filepath.Join(dir, "squall"), filepath.Join(dir, "a.tape")
	stale := "2\nsquall: tape a.tape: unknown scenario \"S5\"; known are none\n"
	for path, content := range map[string]string{squall: replays, tape: stale} {
		if err := os.WriteFile(path, []byte(content), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	out, err := exec.Command(filepath.Join("..", "corpus"), "replay", dir, squall, "/nonexistent").CombinedOutput()
	if err == nil {
		t.Error("it is green")
	}
	if want := "no such directory\ncorpus: /nonexistent cannot be listed: nothing was replayed, and nothing dropped\n"; !strings.Contains(string(out), want) {
		t.Errorf("it does not say %q:\n%s", want, out)
	}
	if _, err := os.Stat(tape); err != nil {
		t.Error(err)
	}
}
