package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/batch"
	"github.com/squall-go/squall/harness/result"
	"github.com/squall-go/squall/harness/soak"
)

// attack is text from outside that wants to be obeyed; and how it is shown.
const (
	attack    = "\x1b]0;owned\a \u202e \xff ##[stop-commands]zap\n \t::error::owned"
	disarmed  = "␛]0;owned␇ ⟨U+202E⟩ \uFFFD ##[stop-commands]zap\n \t::error::owned"
	onARunner = "␛]0;owned␇ ⟨U+202E⟩ \uFFFD ## [stop-commands]zap\n \t: :error::owned"
)

// readers are who reads what is printed, and what they are to get of an attack.
var readers = map[string]string{"": disarmed, "true": onARunner}

func TestASuiteCannotDriveTheTerminal(t *testing.T) {
	shop(t)
	t.Setenv("STUB_S10", "attack")
	for github, want := range readers {
		t.Setenv("GITHUB_ACTIONS", github)
		g := NewWithT(t)
		code, stdout, stderr := squall("run", "-v")
		g.Expect(code).To(Equal(1))
		g.Expect(stderr).To(ContainSubstring(want), "all that it prints")
		g.Expect(stderr).NotTo(ContainSubstring("\x1b"))
		g.Expect(stdout).To(ContainSubstring(want))
		g.Expect(stdout).NotTo(ContainSubstring("\x1b"))
	}
}

func TestFailuresAndTitlesAreShown(t *testing.T) {
	for github, want := range map[bool]string{false: disarmed, true: onARunner} {
		g := NewWithT(t)
		var out bytes.Buffer
		report(shown(&out, github), result.Result{Scenarios: []result.Scenario{{ID: "S1", Title: "\x1b[2Jpay", Failure: attack, Verdict: result.Broken}}})
		g.Expect(out.String()).To(HavePrefix(want + "\n\n"))
		g.Expect(out.String()).To(ContainSubstring("␛[2Jpay"))
		g.Expect(out.String()).NotTo(ContainSubstring("\x1b"))
	}
}

func TestASoakShowsItsFindings(t *testing.T) {
	for github, want := range readers {
		t.Setenv("GITHUB_ACTIONS", github)
		g := NewWithT(t)
		var out, told bytes.Buffer
		s := &session{stdout: &out}
		s.soaked(&soak.State{}, []*batch.Finding{{Scenario: "S1", Verdict: result.Broken, Message: attack}}, "")
		g.Expect(out.String()).To(ContainSubstring("  broken S1: " + want + "\n"))

		newLive(&told).tell(attack)
		g.Expect(told.String()).To(Equal(want + "\n"))

		told.Reset()
		line, err := json.Marshal(result.Progress{Scenario: attack, Done: 1, Total: 3})
		g.Expect(err).NotTo(HaveOccurred())
		newProgress(&told, 1).follow(bytes.NewReader(line))
		g.Expect(told.String()).To(Equal(want + "\n"))
	}
}

func TestReportGivesTheRunnerNoCommands(t *testing.T) {
	night := aNight(t)
	for _, test := range []struct {
		github string
		flags  []string
		want   string
	}{
		{"", nil, "##[stop-commands]zap"},
		{"true", nil, "## [stop-commands]zap"},
		{"", []string{"--github"}, "## [stop-commands]zap"},
	} {
		g := NewWithT(t)
		t.Chdir(t.TempDir())
		t.Setenv("GITHUB_ACTIONS", test.github)
		t.Setenv("GITHUB_STEP_SUMMARY", "")
		g.Expect(os.CopyFS("night", os.DirFS(night))).To(Succeed())
		path := filepath.Join("night", "findings", "D3.json")
		content, err := os.ReadFile(path)
		g.Expect(err).NotTo(HaveOccurred())
		hostile := strings.Replace(string(content), `"message": "`, `"message": "##[stop-commands]zap `, 1)
		g.Expect(hostile).NotTo(Equal(string(content)))
		g.Expect(os.WriteFile(path, []byte(hostile), 0o644)).To(Succeed())
		code, stdout, _ := squall(append([]string{"report", "night", "--json=r.json"}, test.flags...)...)
		g.Expect(code).To(Equal(1), stdout)
		headlines, _, _ := strings.Cut(stdout, "::stop-commands::")
		g.Expect(headlines).To(ContainSubstring("  broken D3: " + test.want))
	}
}

func TestErrorsAreShown(t *testing.T) {
	g := NewWithT(t)
	t.Chdir(t.TempDir())
	t.Setenv("GITHUB_ACTIONS", "true")
	code, _, stderr := squall("report", attack)
	g.Expect(code).To(Equal(2))
	g.Expect(stderr).To(ContainSubstring(onARunner))
	g.Expect(stderr).NotTo(ContainSubstring("\x1b"))
}

func TestLinesThatAPipeCutsAreShownWhole(t *testing.T) {
	g := NewWithT(t)
	var out bytes.Buffer
	lines := &shownLines{out: shown(&out, true)}
	for i := range len(attack) {
		_, err := lines.Write([]byte{attack[i]})
		g.Expect(err).NotTo(HaveOccurred())
	}
	lines.flush()
	g.Expect(out.String()).To(Equal(onARunner))
}
