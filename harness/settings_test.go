package harness

import (
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/engine"
)

// with sets a setting for the time of a test.
func with(t *testing.T, setting *string, value string) {
	t.Helper()
	old := *setting
	*setting = value
	t.Cleanup(func() { *setting = old })
}

func TestBadSettingsAreRefusedByName(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, c := range []struct {
		name    string
		setting *string
		value   string
		says    string
	}{
		{"runs is a word", flagRuns, "many", "-squall.runs=many: not a number of runs"},
		{"runs is zero", flagRuns, "0", "-squall.runs=0: not a number of runs of at least 1"},
		{"for is no duration", flagFor, "soon", "-squall.for=soon: not a positive duration"},
		{"for is negative", flagFor, "-3s", "-squall.for=-3s: not a positive duration"},
		{"watchdog", flagWatchdog, "0s", "-squall.watchdog=0s: not a positive duration"},
		{"seed", flagSeed, "-1", "-squall.seed=-1: not a number between"},
		{"mode", flagMode, "fast", "-squall.mode=fast: not controlled or free"},
		{"plan is missing", flagPlan, filepath.Join(dir, "none"), "none"},
		{"plan names no failpoint", flagPlan, file("unknown.plan", "scope/nowhere #1 in main: drop\n"), `unknown failpoint "scope/nowhere"`},
		{"plan asks for what is not allowed", flagPlan, file("kind.plan", "harness/step #1 in main: drop\n"), `failpoint "harness/step" does not allow drop`},
		{"tape is rubbish", flagReplay, file("rubbish.tape", "\x00\x01\x02"), "rubbish.tape"},
		{"result has no directory", flagJSON, filepath.Join(dir, "no", "r.json"), "r.json: cannot write there: no such file or directory"},
		{"tape is cut short", flagReplay, file("short.tape", "squall tape 1\nscenario S3 version 1\n"), "short.tape"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			with(t, c.setting, c.value)
			_, err := readConfig()
			g.Expect(err).To(MatchError(ContainSubstring(c.says)))
			g.Expect(err.Error()).NotTo(ContainSubstring("\n"), "one line")
		})
	}
}

func TestContradictionsAreRefused(t *testing.T) {
	g := NewWithT(t)
	with(t, flagRuns, "5")
	with(t, flagFor, "1s")
	_, err := readConfig()
	g.Expect(err).To(MatchError(ContainSubstring("-squall.runs=5 and -squall.for=1s contradict each other")))
	with(t, flagFor, "")
	c, err := readConfig()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(c.runs).To(Equal(5))
	g.Expect(c.seed).To(Equal(uint64(1)))
	g.Expect(c.corpus).To(Equal("testdata/squall"))
}

func TestASettingIsNamedAsItWasGiven(t *testing.T) {
	g := NewWithT(t)
	t.Setenv("SQUALL_RUNS", "many")
	with(t, flagRuns, "many")
	_, err := readConfig()
	g.Expect(err).To(MatchError("SQUALL_RUNS=many: not a number of runs of at least 1; give one, as in 200"))
}

func TestRegisterRefuses(t *testing.T) {
	body := func(*Run) {}
	for name, c := range map[string]struct {
		scenario Scenario
		says     string
	}{
		"no body":          {Scenario{ID: "X1", NoControl: "a test"}, "has no body"},
		"no control":       {Scenario{ID: "X1", Body: body}, "has no control"},
		"unknown property": {Scenario{ID: "X1", Body: body, NoControl: "a test", Properties: []string{"P-LUCK"}}, `unknown property "P-LUCK"`},
		"control breaks nothing known": {Scenario{ID: "X1", Body: body, Controls: []Control{{Name: "c", Breaks: "P-LUCK"}}},
			`unknown property "P-LUCK"`},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			g.Expect(func() { register(c.scenario) }).To(PanicWith(ContainSubstring(c.says)))
			g.Expect(registered).To(BeEmpty())
		})
	}
	t.Run("two of one id", func(t *testing.T) {
		g := NewWithT(t)
		t.Cleanup(func() { registered = nil })
		s := Scenario{ID: "X1", Body: body, NoControl: "a test"}
		register(s)
		g.Expect(func() { register(s) }).To(PanicWith(ContainSubstring(`two scenarios have the id "X1"`)))
	})
}

func TestFreeModeLeavesWallModeAlone(t *testing.T) {
	g := NewWithT(t)
	current.free = true
	t.Cleanup(func() { current.free = false })
	g.Expect(mode(engine.Controlled)).To(Equal(engine.Free))
	g.Expect(mode(engine.Wall)).To(Equal(engine.Wall))
}

func TestControlMustNameTheTask(t *testing.T) {
	g := NewWithT(t)
	s := Scenario{ID: "X1", Body: func(r *Run) { r.Broken("P-ERROR", "swallowed in fanout/B") }}
	for part, caught := range map[string]int{"fanout/B": 1, "fanout/C": 0, "main": 1} {
		subject := s.control(Control{Breaks: "P-EXPECT", Task: part, Body: s.Body})
		e := engine.Run(engine.Config{Chooser: engine.Calm{}}, subject.Body)
		g.Expect(subject.Properties).To(HaveLen(1))
		g.Expect(subject.Properties[0].Check(e.History(), subject.Terms)).To(HaveLen(caught), part)
	}
}
