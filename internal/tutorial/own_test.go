package tutorial

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

func TestABlockThatNobodyChecksIsRefused(t *testing.T) {
	g := NewWithT(t)
	_, err := steps([]string{"a", "```go", "x", "```"})
	g.Expect(err).To(MatchError(ContainSubstring("line 2: nobody checks this block")))
	_, err = steps([]string{"<!-- frm a.go -->", "```go", "x", "```"})
	g.Expect(err).To(MatchError(ContainSubstring("line 2: nobody checks this block")))
	_, err = steps([]string{"```console", "$ ls"})
	g.Expect(err).To(MatchError("line 1: the block has no end"))
}

func TestSteps(t *testing.T) {
	g := NewWithT(t)
	list, err := steps([]string{"<!-- write a.go -->", "```go", "x", "```", "<!-- undo -->", "```console", "$ ls", "```"})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(list).To(Equal([]step{
		{line: 2, verb: "write", arg: "a.go", from: 2, to: 3},
		{line: 5, verb: "undo"},
		{line: 6, verb: "console", from: 6, to: 7},
	}))
}

func TestPatch(t *testing.T) {
	g := NewWithT(t)
	text, err := patch("a\nb\nc\nd\n", []string{" a", "-b", "+B", "", "-d"})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(text).To(Equal("a\nB\nc\n"))
	_, err = patch("a\na\n", []string{"-a"})
	g.Expect(err).To(MatchError(ContainSubstring("stand 2 times")))
	_, err = patch("a\n", []string{"-b"})
	g.Expect(err).To(MatchError(ContainSubstring("stand 0 times")))
	_, err = patch("a\n", []string{"a"})
	g.Expect(err).To(MatchError(ContainSubstring("no line of a diff")))
}

func TestCompare(t *testing.T) {
	lines := func(s string) []string { return strings.Fields(s) }
	for _, c := range []struct {
		promised, came string
		same           bool
	}{
		{"a b", "a b", true},
		{"a b", "a c", false},
		{"a", "a b", false},
		{"a b", "a", false},
		{"", "", true},
		{"", "a", false},
		{"a … c", "a b b c", true},
		{"a … c", "a c", true},
		{"a … c", "a b", false},
		{"…", "", true},
	} {
		NewWithT(t).Expect(same(lines(c.promised), lines(c.came))).To(Equal(c.same), c.promised+" | "+c.came)
	}
	g := NewWithT(t)
	g.Expect(tidy("ok  \tx\t1.234s  \n\n")).To(Equal([]string{"ok  \tx\t0.01s"}))
	g.Expect(within("a\n\tb\n\tc\n", []string{"b", "c"})).To(BeTrue())
	g.Expect(within("a\n\tb\n\tc\n", []string{"b", "d"})).To(BeFalse())
}
