package report_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rivo/uniseg"
	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/history"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/harness/racelog"
	"github.com/squall-go/squall/harness/report"
	"github.com/squall-go/squall/harness/tape"
)

// hostile is an error no method of which returns.
type hostile struct{}

func (hostile) Error() string   { panic("hostile") }
func (hostile) Is(error) bool   { panic("hostile") }
func (hostile) Unwrap() []error { panic("hostile") }

var escapes = regexp.MustCompile("\x1b\\[[0-9;]*m")

func stripped(text string) string { return escapes.ReplaceAllString(text, "") }

func joinShell(text string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(text, "\\\n", "")), " ")
}

// invented draws a history that need not make sense.
type invented struct {
	*rand.Rand
	tasks []*history.Task
}

var names = []string{"", "A", "a b", "B#2", "x\ny", "\x1b[31mred", "世界", "e\u0301", "\u0301", "👩‍👩‍👧‍👦", "☺\ufe0f", "🇩🇪", "🇩", "\xff\xfe", "\u200b\u202e",
	strings.Repeat("long", 80), strings.Repeat("世", 70), "tab\tbed", "#1", "─●✗"}

func (v invented) name() string {
	if v.IntN(2) == 0 {
		return fmt.Sprint("n", v.IntN(100))
	}
	return names[v.IntN(len(names))]
}

func (v invented) task() *history.Task {
	if len(v.tasks) == 0 || v.IntN(20) == 0 {
		return nil
	}
	return v.tasks[v.IntN(len(v.tasks))]
}

func (v invented) subject() string {
	if t := v.task(); t != nil {
		return t.Path
	}
	return v.name()
}

func (v invented) fault() faults.Fault {
	return faults.Fault{Kind: faults.Kind(1) << v.IntN(32), Delay: time.Duration(v.Int64()), Text: v.name()}
}

func (v invented) err() error {
	switch v.IntN(6) {
	case 0:
		return nil
	case 1:
		return hostile{}
	case 2:
		return errors.Join(errors.New(v.name()), hostile{})
	case 3:
		return &faults.Injected{Strike: faults.Strike{Site: v.name(), Task: v.name(), Fault: v.fault()}}
	case 4:
		var nothing *faults.Injected
		return fmt.Errorf("%w", nothing)
	}
	return errors.New(v.name())
}

func (v invented) live() []history.Live {
	var live []history.Live
	for range v.IntN(4) * v.IntN(8) {
		live = append(live, history.Live{Task: v.task(), State: v.name(), Stack: []string{"", parkedStack, v.name(), "\n\t\n\t"}[v.IntN(4)]})
	}
	return live
}

func (v invented) run() *history.Run {
	run := &history.Run{Outcome: history.Outcome(v.IntN(5)), End: time.Duration(v.Int64()), LastAct: time.Duration(v.Int64()), Hash: v.Uint64()}
	v.tasks = nil
	size := []int{0, 1, 3, 8, 30, 1000}[v.IntN(6)]
	for i := range size {
		t := &history.Task{ID: i, Name: v.name(), Parent: v.task()}
		t.Path = t.Name
		if t.Parent != nil && len(t.Parent.Path) < 800 {
			t.Path = t.Parent.Path + "/" + t.Name
		}
		v.tasks = append(v.tasks, t)
		if v.IntN(10) > 0 {
			run.Tasks = append(run.Tasks, t)
		}
	}
	if v.IntN(5) == 0 {
		run.Tasks = append(run.Tasks, nil)
	}
	var now time.Duration
	for range v.IntN(2) * v.IntN(400) {
		if v.IntN(3) == 0 {
			now += time.Duration(v.Int64N(1 << v.IntN(50)))
		}
		run.Steps = append(run.Steps, history.Step{At: now, Task: v.task(), Site: v.name(), Hit: v.IntN(3)})
		for range v.IntN(3) {
			run.Events = append(run.Events, history.Event{Step: v.IntN(len(run.Steps) + 2), At: now, Task: v.task(), Kind: history.Kind(v.IntN(45)),
				Of: v.task(), Name: v.name(), Site: v.name(), Hit: v.IntN(3), Fault: v.fault(), Err: v.err(), Flag: v.IntN(2) == 0})
		}
	}
	run.Left, run.Waiters = v.live(), v.live()
	if v.IntN(4) == 0 {
		run.Panic = v.name() + "\n" + parkedStack
	}
	return run
}

func (v invented) tape() *tape.Tape {
	t := &tape.Tape{Total: v.IntN(9999)}
	for range v.IntN(2) * v.IntN(40) {
		t.Choices = append(t.Choices, tape.Choice{Kind: tape.Kind(v.IntN(5)), Name: v.name(), To: v.subject(), Value: v.IntN(9), Fault: v.fault(),
			Place: tape.Place{Site: v.name(), Hit: v.IntN(3), Task: v.subject(), After: v.IntN(2) == 0}, Advance: time.Duration(v.Int64())})
	}
	return t
}

func (v invented) counterexample() report.Counterexample {
	c := report.Counterexample{ScenarioID: v.name(), Title: v.name(), Control: v.name(), Verdict: v.name(), Tape: v.tape(), Found: v.tape(),
		RunsUntilFound: v.IntN(9999), ShrinkRuns: v.IntN(3), ShrinkTime: time.Duration(v.IntN(1e9)), Run: v.run(), Replay: "squall replay x.tape"}
	c.Property = judge.Property{ID: "P-BLAST", Title: v.name(), Guarantee: v.name()}
	for range v.IntN(12) {
		c.Findings = append(c.Findings, judge.Finding{Property: []string{"P-BLAST", "P-LEAK", "P-STARVE", "P-ERROR", "P-HEAL", v.name()}[v.IntN(6)],
			Subject: v.subject(), Message: v.name() + "\n" + v.name()})
	}
	for range v.IntN(5) {
		section := racelog.Section{Title: v.name(), Access: "write"}
		for range v.IntN(9) {
			section.Stack = append(section.Stack, racelog.Frame{Function: v.name(), Place: v.name()})
		}
		c.Races = append(c.Races, racelog.Race{Sections: []racelog.Section{section, section}})
	}
	return c
}

// texts writes everything there is to write from one seed.
func texts(seed uint64) map[string]string {
	v := invented{Rand: rand.New(rand.NewPCG(seed, 1))}
	c := v.counterexample()
	narrow := 40 + v.IntN(80)
	return map[string]string{
		"failure":                          report.Failure(c),
		"timeline":                         report.Timeline(c.Run, report.Width, c.Findings...),
		fmt.Sprintf("timeline %d", narrow): report.Timeline(c.Run, narrow, c.Findings...),
		"tree":                             report.Tree(c.Run, c.Findings...),
		"stuck":                            report.Stuck(c.Run),
		"flaky":                            report.Flaky(report.Nondeterminism{Title: v.name(), First: c.Run, Second: v.run()}),
		"wedged":                           report.Wedged(report.Standstill{Title: v.name(), Last: v.name(), Dump: parkedStack + "\n" + v.name(), Tape: c.Tape}),
		"vacuous":                          report.Vacuous(report.Emptiness{Title: v.name(), NeverStruck: []string{v.name()}, NeverSeen: []string{v.name()}}),
	}
}

func check(t *testing.T, seed uint64) {
	again := texts(seed)
	for name, text := range texts(seed) {
		if again[name] != text {
			t.Fatalf("seed %d, %s: the same history gave two texts:\n%s\n%s", seed, name, text, again[name])
		}
		width := report.Width
		fmt.Sscanf(name, "timeline %d", &width)
		for line := range strings.SplitSeq(text, "\n") {
			if w := uniseg.StringWidth(line); w > width {
				t.Fatalf("seed %d, %s: %d columns:\n%s\nin\n%s", seed, name, w, line, text)
			}
			if strings.ContainsAny(line, "\x1b\t\r\u200b\u202e") || strings.HasSuffix(line, " ") {
				t.Fatalf("seed %d, %s: control characters or trailing blanks: %q", seed, name, line)
			}
		}
	}
}

// TestAnyHistory: no text panics, is too wide, or differs the second time,
// whatever the history.
func TestAnyHistory(t *testing.T) {
	for seed := range uint64(40) {
		check(t, seed)
	}
}

func FuzzAnyHistory(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(check)
}

func TestNoRunAtAll(t *testing.T) {
	if text := report.Timeline(nil, 100) + report.Tree(nil) + report.Stuck(nil); text != "" {
		t.Errorf("a nil run has the text %q", text)
	}
}

func TestTheStrikeAndTheBreakAreNeverLeftOut(t *testing.T) {
	for _, width := range []int{40, 60, 100} {
		for _, run := range []*history.Run{cycles(500), crowd(1000), siblings()} {
			subject := run.Tasks[len(run.Tasks)-1].Path
			text := report.Timeline(run, width, judge.Finding{Property: "P-CANCEL", Subject: subject})
			if !strings.Contains(text, "↯") || !strings.Contains(text, "▲") {
				t.Errorf("width %d: strike or break is missing:\n%s", width, text)
			}
		}
	}
}
