package faults_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/faults"
)

var boom = faults.Fault{Kind: faults.Error, Text: "boom"}

// writtenStrikes holds the task paths that users think of.
var writtenStrikes = map[string]faults.Strike{
	`scope/run #1 in fanout/B: error "boom"`:             {Site: "scope/run", Hit: 1, Task: "fanout/B", Fault: boom},
	`a.b/c-d_e #12 in x/größe: drop`:                     {Site: "a.b/c-d_e", Hit: 12, Task: "x/größe", Fault: faults.Fault{Kind: faults.Drop}},
	`scope/run #1 in "fanout/order 7": error "boom"`:     {Site: "scope/run", Hit: 1, Task: "fanout/order 7", Fault: boom},
	`scope/run #1 in "B#2": delay 3ms`:                   {Site: "scope/run", Hit: 1, Task: "B#2", Fault: faults.Fault{Kind: faults.Delay, Delay: 3 * time.Millisecond}},
	`scope/run #1 in "a: error \"x\" in b": hang`:        {Site: "scope/run", Hit: 1, Task: `a: error "x" in b`, Fault: faults.Fault{Kind: faults.Hang}},
	`scope/run #1 in "": goexit`:                         {Site: "scope/run", Hit: 1, Fault: faults.Fault{Kind: faults.Goexit}},
	`scope/run #1 in "a\nb\x00\xff\u00a0": panic "\xff"`: {Site: "scope/run", Hit: 1, Task: "a\nb\x00\xff\u00a0", Fault: faults.Fault{Kind: faults.Panic, Text: "\xff"}},
	`"my site" #1 in in: drop`:                           {Site: "my site", Hit: 1, Task: "in", Fault: faults.Fault{Kind: faults.Drop}},
}

func TestStrikeIsWrittenAndReadAlike(t *testing.T) {
	for text, strike := range writtenStrikes {
		t.Run(text, func(t *testing.T) {
			g := NewWithT(t)
			g.Expect(strike.String()).To(Equal(text))
			g.Expect(faults.ParseStrike(text)).To(Equal(strike))
		})
	}
}

func TestParseStrikeRefusesWhatIsNoPlace(t *testing.T) {
	for _, text := range []string{
		``,
		`scope/run`,
		`scope/run #1`,
		`scope/run #1 in fanout/B`,
		`scope/run #0 in fanout/B: drop`,
		`scope/run #-1 in fanout/B: drop`,
		`scope/run #x in fanout/B: drop`,
		`scope/run 1 in fanout/B: drop`,
		`#1 in fanout/B: drop`,
		`"" #1 in fanout/B: drop`,
		`scope run #1 in fanout/B: drop`,
		`scope/run #1 in : drop`,
		`scope/run #1 in order 7: drop`,
		`scope/run #1 in a#b: drop`,
		`scope/run #1 in "a: drop`,
		`scope/run #1 in "a"b: drop`,
		`scope/run #99999999999999999999 in a: drop`,
	} {
		t.Run(text, func(t *testing.T) {
			g := NewWithT(t)
			strike, err := faults.ParseStrike(text)
			g.Expect(err).To(MatchError(HavePrefix(fmt.Sprintf("faults: %q is no strike; write FAILPOINT #HIT in TASK: FAULT, as in", text))))
			g.Expect(strike).To(BeZero())
		})
	}
}

func TestParseStrikeReportsItsFault(t *testing.T) {
	g := NewWithT(t)
	_, err := faults.ParseStrike(`scope/run #1 in fanout/B: explode`)
	g.Expect(err).To(MatchError(HavePrefix(`faults: unknown fault "explode"`)))
	_, err = faults.ParseStrike(`scope/run #1 in a:b: drop`) // a path that had to be quoted
	g.Expect(err).To(MatchError(HavePrefix(`faults: unknown fault "b:"`)))
}

func TestParseStrikeQuotesNoMoreThanAReaderCanTake(t *testing.T) {
	g := NewWithT(t)
	for _, text := range []string{strings.Repeat("x", 1<<20), "a #1 in b: " + strings.Repeat("x", 1<<20), "a #1 in b: delay " + strings.Repeat("x", 1<<20)} {
		_, err := faults.ParseStrike(text)
		g.Expect(err).To(HaveOccurred())
		g.Expect(len(err.Error())).To(BeNumerically("<", 400))
	}
}

func TestWordsAreQuotedOnlyWhenNeeded(t *testing.T) {
	g := NewWithT(t)
	for _, plain := range []string{"fanout/B", "größe", "a=b,c;d|e(f)[g]{h}<i>'j'`k`\\l", "✓", "in", "to"} {
		g.Expect(faults.QuoteWord(plain)).To(Equal(plain))
	}
	for word, quoted := range map[string]string{
		"": `""`, "a b": `"a b"`, "a:b": `"a:b"`, "a#b": `"a#b"`, `a"b`: `"a\"b"`, "a\tb": `"a\tb"`,
		"a\u2028b": `"a\u2028b"`, "a\xffb": `"a\xffb"`, "a\u00a0b": `"a\u00a0b"`,
	} {
		g.Expect(faults.QuoteWord(word)).To(Equal(quoted))
	}
}

func TestCutWordLeavesTheRest(t *testing.T) {
	g := NewWithT(t)
	for text, want := range map[string][2]string{
		`a b c`: {"a", " b c"}, `"a b" c`: {"a b", " c"}, `a`: {"a", ""}, `a: b`: {"a", ": b"}, `a#b`: {"a", "#b"}, `a"b"`: {"a", `"b"`}, `""`: {"", ""},
	} {
		word, rest, ok := faults.CutWord(text)
		g.Expect(ok).To(BeTrue(), text)
		g.Expect([2]string{word, rest}).To(Equal(want), text)
	}
	for _, text := range []string{``, ` a`, `:`, `#1`, `"a`, `"\q"`, "\"a\nb\""} {
		word, rest, ok := faults.CutWord(text)
		g.Expect(ok).To(BeFalse(), text)
		g.Expect([2]string{word, rest}).To(Equal([2]string{"", text}), text)
	}
}

func FuzzQuoteWord(f *testing.F) {
	f.Add("fanout/B", ": drop")
	f.Add("order 7", " to x")
	f.Fuzz(func(t *testing.T, word, tail string) {
		// What follows a word is always a space, a colon or the end.
		tail = " " + tail
		got, rest, ok := faults.CutWord(faults.QuoteWord(word) + tail)
		if !ok || got != word || rest != tail {
			t.Fatalf("%q came back as %q, rest %q, %v", word, got, rest, ok)
		}
	})
}

func FuzzParseStrike(f *testing.F) {
	for text := range writtenStrikes {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		strike, err := faults.ParseStrike(text)
		if err != nil {
			return
		}
		again, err := faults.ParseStrike(strike.String())
		if err != nil || again != strike {
			t.Fatalf("%q was read as %#v, written as %q, and read again as %#v, %v", text, strike, strike, again, err)
		}
	})
}
