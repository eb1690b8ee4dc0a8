package main

import (
	"bytes"
	"testing"
	"unicode/utf8"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/soak"
)

func TestTheLiveViewFitsTheTerminal(t *testing.T) {
	v := &soak.View{Rows: make([]soak.Row, 50)}
	for _, size := range [][2]int{{1, 1}, {2, 5}, {40, 10}, {100, 40}, {500, 200}} {
		g := NewWithT(t)
		lines := viewed(v, size[0], size[1])
		g.Expect(len(lines)).To(BeNumerically("<=", max(3, size[1]-2)), "%v", size)
		for _, line := range lines {
			g.Expect(utf8.RuneCountInString(line)).To(BeNumerically("<", size[0]), "%v: the cursor stays in the last column", size)
		}
	}
}

// A pseudo-terminal that nobody has given a size has no columns and no rows.
func TestATerminalWithoutASizeHasAUsualOne(t *testing.T) {
	g := NewWithT(t)
	width, height := (&live{out: new(bytes.Buffer), terminal: true}).size()
	g.Expect([]int{width, height}).To(Equal([]int{100, 40}))
	if terminal := pseudoTerminal(t); terminal != nil {
		l := &live{out: terminal, terminal: true}
		width, height = l.size()
		g.Expect([]int{width, height}).To(Equal([]int{100, 40}))
		l.view(&soak.View{})
	}
}
