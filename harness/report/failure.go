package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/squall-go/squall/harness/history"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/harness/racelog"
	"github.com/squall-go/squall/harness/tape"
)

// Counterexample is a run that broke a guarantee, with what is known about it.
// Every field may be left out; the text then says less.
type Counterexample struct {
	ScenarioID string // "S3"
	Title      string // "supervisor fan-out"
	Control    string // name of the broken variant that was run
	Verdict    string // one word; "" is "broken"
	// Property is the one that broke first; its Check is not used.
	Property judge.Property
	// Findings of the run; those of other properties are told as such.
	Findings []judge.Finding

	Tape  *tape.Tape // the smallest storm, or, Unshrunk, the storm as it was found
	Found *tape.Tape // the storm as it was found
	// RunsUntilFound counts the runs up to the one that broke, it included.
	RunsUntilFound int
	ShrinkRuns     int
	ShrinkTime     time.Duration // real time; 0 is not told
	Unshrunk       string        // why the storm was not made smaller; "" if it was

	Races  []racelog.Race // what the race detector said
	Run    *history.Run   // of Tape
	Replay string         // a shell command
	// LastWords is what the process printed when it died of the run, stacks and all;
	// "" if it did not.
	LastWords string
	// Picture is a file that shows more than text can; "" is none.
	Picture string
}

// maxFindings, maxChoices and maxPanic are how many lines of each are told.
const (
	maxFindings = 8
	maxChoices  = 20
	maxPanic    = 12
)

// Failure writes the counterexample: what broke against what is guaranteed, what
// the race detector said, the smallest storm, the timeline, who is stuck or left behind, and the command
// that replays it, which is never broken inside a word.
func Failure(f Counterexample) string {
	var p page
	p.headline(f.ScenarioID, f.Title, f.Control, or(f.Verdict, "broken"), f.promise())
	f.findings(&p)
	f.races(&p)
	f.storm(&p)
	var choices []tape.Choice
	if f.Tape != nil {
		choices = f.Tape.Choices
	}
	p.block(timeline(f.Run, Width-2, f.Findings, choices))
	p.block(stuckText(f.Run, Width-2))
	f.crash(&p)
	f.lastWords(&p)
	if f.Picture != "" {
		p.lines = append(p.lines, "  picture: "+clean(f.Picture))
	}
	p.replay(f.Replay)
	return p.String()
}

// promise is the guarantee that was broken.
func (f Counterexample) promise() string {
	title, guarantee := or(f.Property.Title, f.Property.ID), f.Property.Guarantee
	if title != "" && guarantee != "" {
		return title + ": " + guarantee
	}
	return title + guarantee
}

func (f Counterexample) findings(p *page) {
	for i, finding := range f.Findings {
		if i == maxFindings {
			p.say("  ", "and "+counted(len(f.Findings)-i, "finding")+" more")
			break
		}
		first := "  "
		if finding.Property != f.Property.ID {
			first = "  also " + clean(finding.Property) + ": "
		}
		for _, line := range head(finding.Message, maxPanic) {
			p.hang(first, line)
			first = "    "
		}
	}
}

func (f Counterexample) storm(p *page) {
	if f.Tape == nil {
		return
	}
	name := "smallest storm ("
	if f.Unshrunk != "" {
		name = "storm (not shrunk: " + f.Unshrunk + "; "
	}
	p.say("  ", name+strings.Join(f.effort(), "; ")+"):")
	for i, sentence := range Storm(f.Tape.Choices) {
		if i == maxChoices {
			p.say("    ", "and "+counted(len(f.Tape.Choices)-i, "choice")+" more: see the tape")
			break
		}
		number, text, numbered := strings.Cut(sentence, ". ")
		if !numbered || len(f.Tape.Choices) == 0 {
			number, text = "", sentence
		} else {
			number += ". "
		}
		p.say("    "+number, text)
	}
}

// effort says how small the storm is and what it cost to find it.
func (f Counterexample) effort() []string {
	size := counted(len(f.Tape.Choices), "choice")
	if f.Tape.Total > 0 {
		size += " of " + count(f.Tape.Total)
	}
	effort := []string{size}
	if f.RunsUntilFound > 0 {
		found := "broke in run " + count(f.RunsUntilFound)
		if f.Found != nil {
			found += " with " + counted(len(f.Found.Choices), "choice")
		}
		effort = append(effort, found)
	}
	switch {
	case f.Unshrunk != "": // said already
	case f.ShrinkRuns > 0 && f.ShrinkTime > 0:
		effort = append(effort, fmt.Sprintf("shrunk in %s, %.1f s", counted(f.ShrinkRuns, "run"), f.ShrinkTime.Seconds()))
	case f.ShrinkRuns > 0:
		effort = append(effort, "shrunk in "+counted(f.ShrinkRuns, "run"))
	}
	return effort
}

func (f Counterexample) crash(p *page) {
	if f.Run == nil || f.Run.Panic == "" {
		return
	}
	value, stack, _ := strings.Cut(f.Run.Panic, "\ngoroutine ")
	p.say("  ", "the program would have crashed:")
	for _, line := range head(value, maxPanic) {
		p.say("    ", line)
	}
	if stack != "" {
		for _, frame := range frames("goroutine "+stack, maxFrames) {
			p.say("      ", frame)
		}
	}
}

// head is the first n lines of text that are not empty.
func head(text string, n int) []string {
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		if line = clean(line); line == "" {
			continue
		}
		if len(lines) == n {
			return append(lines, "…")
		}
		lines = append(lines, line)
	}
	return lines
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
