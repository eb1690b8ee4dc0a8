package tape_test

import (
	"math"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/tape"
)

func TestParseReadsATapeWrittenByHand(t *testing.T) {
	g := NewWithT(t)
	text := "squall tape 1\r\n\r\n# what I suspect\r\n  scenario   S3   version   2\r\n" +
		"switch  at  wake  #1  in  wake  to  x\r\n\tfault a/b #2 in c: drop\r\nend\r\n\r\n# done"
	g.Expect(tape.Parse([]byte(text))).To(Equal(&tape.Tape{
		Scenario: "S3", Version: 2,
		Choices: []tape.Choice{
			{Kind: tape.Switch, Place: tape.Place{Site: "wake", Hit: 1, Task: "wake"}, To: "x"},
			{Kind: tape.Strike, Place: tape.Place{Site: "a/b", Hit: 2, Task: "c"}, Fault: faults.Fault{Kind: faults.Drop}},
		},
	}))
}

func TestNamesOfUsersSurvive(t *testing.T) {
	for _, name := range []string{
		"plain", "a b", `"`, `a "b" c`, "#", "# no comment", ":", "a: drop", "=", "in", "to", "end", "version", "wake", "at",
		"größe", "✓", "\t", "\n", "\x00", "\xff", "\u2028", " ", "a\\b", "'", "`", "of 3", "+1ms", "#1",
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			place := tape.Place{Site: name, Hit: math.MaxInt, Task: name}
			fault := faults.Fault{Kind: faults.Panic, Text: name}
			want := &tape.Tape{
				Scenario: name, Version: 1, Control: name, Strategy: name, Failure: name, Seed: math.MaxUint64,
				Choices: []tape.Choice{
					{Kind: tape.Param, Name: name, Place: tape.Place{Task: name}, Value: math.MaxInt},
					{Kind: tape.Strike, Place: place, Fault: fault},
					{Kind: tape.Switch, Place: place, To: name},
					{Kind: tape.Switch, Place: tape.Place{}, To: ""},
					{Kind: tape.Clock, Place: place, Advance: math.MaxInt64},
					{Kind: tape.Select, Place: place, Value: math.MaxInt - 1},
				},
			}
			g.Expect(tape.Parse([]byte(want.String()))).To(Equal(want))
		})
	}
}

func TestTextOfAFailureSurvives(t *testing.T) {
	for _, text := range []string{
		"P-BLAST fanout/A", "in: # \"quoted\"", ` leading`, `trailing `, `"quoted"`, `"`, "two\nlines", "\x00", "\xff", "\ufffd", "\u00a0x",
	} {
		t.Run(text, func(t *testing.T) {
			g := NewWithT(t)
			want := &tape.Tape{Scenario: "S", Failure: text}
			g.Expect(tape.Parse([]byte(want.String()))).To(Equal(want))
		})
	}
}

func TestDurationsSurvive(t *testing.T) {
	g := NewWithT(t)
	for _, d := range []time.Duration{1, 999, 1500, time.Millisecond + 1, time.Hour + 1, math.MaxInt64} {
		want := &tape.Tape{Scenario: "S", Choices: []tape.Choice{
			{Kind: tape.Clock, Place: tape.Place{Hit: 1}, Advance: d},
			{Kind: tape.Strike, Place: tape.Place{Site: "a", Hit: 1}, Fault: faults.Fault{Kind: faults.Late, Delay: d}},
		}}
		g.Expect(tape.Parse([]byte(want.String()))).To(Equal(want))
	}
}

func TestUnknownIsLeftOut(t *testing.T) {
	g := NewWithT(t)
	want := &tape.Tape{Scenario: "S"}
	g.Expect(want.String()).To(Equal("squall tape 1\nscenario S version 0\nseed 0 run 0\nchoices 0\nend\n"))
	g.Expect(tape.Parse([]byte(want.String()))).To(Equal(want))
}

func TestParseRefusesWhatIsNoTape(t *testing.T) {
	for text, message := range map[string]string{
		"":                                  "is empty: it was cut short when it was written or copied; restore it, or delete it and let squall find the failure again",
		"\n":                                `line 1: "" is not "squall tape 1": this is no tape; check the path`,
		"hello":                             `line 1: "hello" is not "squall tape 1": this is no tape; check the path`,
		"squall tape":                       `line 1: "squall tape" is not "squall tape 1": this is no tape; check the path`,
		"squall tape 0\nend\n":              `line 1: "squall tape 0" is not "squall tape 1": this is no tape; check the path`,
		"squall tape 2\nanything":           "line 1: format 2 was written by a newer squall, this one reads format 1: update squall, or delete the tape and let it find the failure again",
		"squall tape 1\n\x00":               "line 2: byte 0x00 is no text: this is a binary file; check the path",
		"\x7fELF\x02":                       `line 1: "\x7fELF\x02" is not "squall tape 1": this is no tape; check the path`,
		"squall tape 1\n\n\xff\xfe":         "line 3: byte 0xff is no text: this is a binary file; check the path",
		strings.Repeat("x", tape.MaxSize+1): "is bigger than 1 MiB, which no tape and no plan is; check the path",
	} {
		t.Run(message, func(t *testing.T) {
			g := NewWithT(t)
			got, err := tape.Parse([]byte(text))
			g.Expect(err).To(MatchError("tape: " + message))
			g.Expect(got).To(BeNil())
		})
	}
}

func TestParseRefusesEveryTapeThatWasCutShort(t *testing.T) {
	g := NewWithT(t)
	whole := exampleText(t)
	for n := range len(whole) - 1 { // the last line break alone may miss
		got, err := tape.Parse([]byte(whole[:n]))
		g.Expect(err).To(HaveOccurred(), "cut after %q", whole[:n])
		g.Expect(got).To(BeNil())
		g.Expect(err.Error()).NotTo(ContainSubstring("\n"))
	}
	_, err := tape.Parse([]byte(strings.TrimSuffix(whole, "end\n")))
	g.Expect(err).To(MatchError(`tape: line 17: the text stops without the line "end": it was cut short; restore it, or delete it and let squall find the failure again`))
}

func TestParseSaysWhichLineIsWrong(t *testing.T) {
	for line, message := range map[string]string{
		`jump`:                             `unknown word "jump"; a line starts with scenario, control, seed, failure, hash, choices, param, fault, switch, clock, select, end or #`,
		`scenario S4 version 1`:            `"scenario" stands in line 2 already: keep one of them`,
		`control`:                          `expected a control (in double quotes if it contains spaces, ", # or :), found ""`,
		`control ""`:                       `expected a control that is not empty, found "\"\""`,
		`control a b`:                      `expected the end of the line, found "b"`,
		`control a:b`:                      `expected a control (in double quotes if it contains spaces, ", # or :), found "a:b"`,
		`seed -1`:                          `expected a seed (an unsigned number of base 10 and 64 bits), found "-1"`,
		`seed 1 2`:                         `expected "run", found "2"`,
		`seed 1 run -1`:                    `expected the number of the run (a whole number from 0), found "-1"`,
		`seed 1 run 1 strategy`:            `expected a strategy (in double quotes if it contains spaces, ", # or :), found ""`,
		`failure`:                          `expected what failed, found ""`,
		`failure "a`:                       `expected what failed with a closing quote at the end of the line, found "\"a"`,
		`hash xyz`:                         `expected a trace hash (an unsigned number of base 16 and 64 bits), found "xyz"`,
		`choices 2`:                        `2 choices are announced and 0 follow: restore the tape, or if you edited it correct the number`,
		`select a #1 in b takes case 1`:    `expected a case below the first one, which needs no line (a whole number from 2), found "1"`,
		`select at a #1 in b takes case 2`: `expected #HIT after the failpoint, as in #1, found "a #1 in b takes case 2"`,
		`select a #1 in b to c`:            `expected "takes", found "to c"`,
		`choices 0 from 1`:                 `expected "of", found "from 1"`,
		`param a = 0`:                      `expected a value above the smallest one, which needs no line (a whole number from 1), found "0"`,
		`param a 1`:                        `expected "=", found "1"`,
		`param a in b c = 1`:               `expected "=", found "c = 1"`,
		`fault a #1 in b`:                  `faults: "a #1 in b" is no strike; write FAILPOINT #HIT in TASK: FAULT, as in scope/run #1 in fanout/B: error "boom" (quote a TASK that contains spaces, # or :)`,
		`switch a #1 in b to c`:            `expected "at" or "after" before the place, found "#1 in b to c"`,
		`switch at a 1 in b to c`:          `expected #HIT after the failpoint, as in #1, found "1 in b to c"`,
		`switch at a #0 in b to c`:         `expected the hit (a whole number from 1), found "0 in b to c"`,
		`switch at "" #1 in b to c`:        `expected a failpoint that is not empty, found "\"\" #1 in b to c"`,
		`switch at a #1 to c`:              `expected "in", found "to c"`,
		`switch at a #1 in b`:              `expected "to", found ""`,
		`switch at wake x to c`:            `expected the number of the wake-up (a whole number from 0), found "x to c"`,
		`clock at wake 1 1ms`:              `expected + and a positive duration, as in +1.5ms, found "1ms"`,
		`clock at wake 1 +0s`:              `expected + and a positive duration, as in +1.5ms, found "+0s"`,
		`clock at wake 1 +1ms please`:      `expected the end of the line, found "please"`,
		`end of it`:                        `expected the end of the line, found "of it"`,
	} {
		t.Run(line, func(t *testing.T) {
			g := NewWithT(t)
			got, err := tape.Parse([]byte("squall tape 1\nscenario S3 version 1\n" + line + "\nend\n"))
			g.Expect(err).To(MatchError("tape: line 3: " + message))
			g.Expect(got).To(BeNil())
		})
	}
}

func TestParseRefusesWhatFollowsTheEnd(t *testing.T) {
	g := NewWithT(t)
	_, err := tape.Parse([]byte("squall tape 1\nscenario S3 version 1\nend\nparam a = 1\n"))
	g.Expect(err).To(MatchError(`tape: line 4: "param a = 1" follows the line "end": take it away, or move "end" to the end`))
}

func TestParseWantsAScenario(t *testing.T) {
	g := NewWithT(t)
	_, err := tape.Parse([]byte("squall tape 1\nend\n"))
	g.Expect(err).To(MatchError("tape: line 2: no scenario is named: add a line as in scenario S3 version 1"))
}

func TestErrorsQuoteNoMoreThanAReaderCanTake(t *testing.T) {
	g := NewWithT(t)
	long := strings.Repeat("x", 100_000)
	for _, line := range []string{long, "hash " + long, "fault " + long, "switch at " + long, "failure \"" + long} {
		_, err := tape.Parse([]byte("squall tape 1\nscenario S3 version 1\n" + line + "\nend\n"))
		g.Expect(err).To(HaveOccurred())
		g.Expect(len(err.Error())).To(BeNumerically("<", 400))
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(example().String()))
	f.Fuzz(func(t *testing.T, data []byte) {
		read, err := tape.Parse(data)
		if err != nil {
			if read != nil || strings.Contains(err.Error(), "\n") || len(err.Error()) > 1000 {
				t.Fatalf("bad error %q, tape %v", err, read)
			}
			return
		}
		again, err := tape.Parse([]byte(read.String()))
		if err != nil || again.String() != read.String() || !again.SameStorm(read) {
			t.Fatalf("%q was written as %q and read again as %v, %v", data, read, again, err)
		}
	})
}

// FuzzNames puts any text wherever a name goes.
func FuzzNames(f *testing.F) {
	f.Add("fanout/B", "scope/run", "boom")
	f.Add("order 7", "", "a\nb")
	f.Fuzz(func(t *testing.T, task, site, text string) {
		place := tape.Place{Site: "s" + site, Hit: 1, Task: task}
		want := &tape.Tape{Scenario: "s" + site, Control: task, Strategy: task, Failure: text, Choices: []tape.Choice{
			{Kind: tape.Param, Name: "s" + site, Place: tape.Place{Task: task}, Value: 1},
			{Kind: tape.Strike, Place: place, Fault: faults.Fault{Kind: faults.Error, Text: text}},
			{Kind: tape.Switch, Place: place, To: task},
			{Kind: tape.Clock, Place: place, Advance: 1},
			{Kind: tape.Select, Place: place, Value: 1},
		}}
		got, err := tape.Parse([]byte(want.String()))
		if len(want.String()) > tape.MaxSize {
			return
		}
		NewWithT(t).Expect(got, err).To(Equal(want))
	})
}
