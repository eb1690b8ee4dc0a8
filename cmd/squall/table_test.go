package main

import (
	"strings"
	"testing"

	"github.com/jedib0t/go-pretty/v6/text"
	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/result"
	"github.com/squall-go/squall/internal/overlay"
)

func TestListSaysWhyThereIsNoControl(t *testing.T) {
	g := NewWithT(t)
	var out strings.Builder
	listTable(&out, 0, result.List{
		{ID: "S1", Title: "pay", Controls: []string{"leaks"}},
		{ID: "S2", Title: "look", Controls: []string{}, NoControl: "nothing can break"},
	})
	g.Expect(out.String()).To(MatchRegexp(`S1 +pay .* leaks`))
	g.Expect(out.String()).To(MatchRegexp(`S2 +look .* none: nothing can break`))
}

func TestTablesFitTheTerminal(t *testing.T) {
	sites := []overlay.Site{
		{Name: "till/charge", File: "till/till.go", Line: 15, Faults: []string{"error", "delay"}, Doc: "before the card is charged"},
		{Name: "till/close", File: "till/till.go", Line: 99, Faults: strings.Fields(strings.Repeat("cancel-task ", 9)), Doc: strings.Repeat("the 世界 ", 30)},
	}
	list := result.List{
		{ID: "S1", Title: "pay", Source: "the manual", Properties: []string{"P-LEAK"}, Controls: []string{"leaks"}},
		{ID: "S2", Title: strings.Repeat("a long title ", 9), Source: strings.Repeat("a long source ", 9), Properties: strings.Fields(strings.Repeat("P-LEAK ", 9)), Controls: []string{"short", strings.Repeat("a-long-control", 9)}},
	}
	for name, write := range map[string]func(out *strings.Builder, width int){
		"sites": func(out *strings.Builder, width int) { siteTable(out, width, sites) },
		"list":  func(out *strings.Builder, width int) { listTable(out, width, list) },
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			lines := map[string]int{"sites": 4, "list": 5}[name] // with a header of two, and a control a line
			var whole strings.Builder
			write(&whole, 0)
			g.Expect(whole.String()).NotTo(ContainSubstring("…"), "what is no terminal gets everything")
			for _, width := range []int{70, 80, 100, 120, 200, 1000} {
				var out strings.Builder
				write(&out, width)
				g.Expect(text.LongestLineLen(out.String())).To(BeNumerically("<=", width), "%d:\n%s", width, out.String())
				g.Expect(strings.Count(out.String(), "\n")).To(Equal(lines), "no cell is wrapped")
				if width == 1000 {
					g.Expect(out.String()).NotTo(ContainSubstring("…"))
				}
			}
		})
	}
	g := NewWithT(t)
	var out strings.Builder
	listTable(&out, 0, list)
	g.Expect(strings.Fields(out.String())).To(ContainElements("S1", "S2", strings.Repeat("a-long-control", 9)), "no word is broken")
	for _, words := range []string{"long", "title", "source", "P-LEAK"} {
		g.Expect(strings.Count(out.String(), words)).To(BeNumerically(">=", 9), "%s: nothing is left out", words)
	}
	out.Reset()
	list[1].Controls = list[1].Controls[:1]
	listTable(&out, 0, list)
	g.Expect(text.LongestLineLen(out.String())).To(BeNumerically("<=", pageWidth), out.String())
	out.Reset()
	listTable(&out, 0, list[:1])
	g.Expect(out.String()).To(MatchRegexp(`\nS1 +pay +P-LEAK +leaks +the manual`))
	out.Reset()
	siteTable(&out, 100, sites)
	g.Expect(out.String()).To(ContainSubstring("till/charge  till/till.go:15"), "names are cut last")
}
