//go:build !race

// Sizes are no matter of the race detector, which would take minutes.

package publish

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"html"
	"math/rand/v2"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/batch"
	"github.com/squall-go/squall/harness/linear"
	"github.com/squall-go/squall/harness/picture"
	"github.com/squall-go/squall/harness/result"
	"github.com/squall-go/squall/harness/soak"
)

// largest is a merged soak of so many findings, with names as long as are shown, and
// texts and tapes of that size.
func largest(n, size int) *soak.Merged {
	m := &soak.Merged{State: &soak.State{Format: soak.Format, Shard: soak.Shard{Number: 1, Of: 1}, Finished: true,
		Scenarios: []batch.Scenario{{ID: "S1", Properties: []string{"P-LEAK"}}}, Tallies: map[string]*soak.Tally{"S1": {Runs: 1 << 40, Failed: map[string]int64{}}}}}
	words := strings.Repeat("<w>&\"", size/6)
	noise := rand.New(rand.NewPCG(1, 2))
	of := func(n int) string { // that takes its room packed too
		letters := make([]byte, n)
		for i := range letters {
			letters[i] = "<&>\"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"[noise.IntN(66)]
		}
		return string(letters)
	}
	for i := range n {
		m.Findings = append(m.Findings, &batch.Finding{
			Scenario: "S1", Title: of(short), Verdict: result.Broken, Signature: fmt.Sprintf("P-LEAK %05d %s", i, of(long)), Property: "P-LEAK",
			Guarantee: of(long), Subject: of(short), Message: fmt.Sprintf("no. %d %s", i, of(long)), Unshrunk: of(long),
			Tape: words, Text: fmt.Sprintf("no. %d %s%s", i, of(3*long), words), Storm: []string{of(long), of(long)},
		})
	}
	return m
}

// The most findings that are shown: the page and the summary are bounded, name all of
// them, and say what they leave out.
func TestThePageOfTheLargestSoakIsBounded(t *testing.T) {
	g := NewWithT(t)
	m := largest(maxFindings+1, 100)
	m.Short = 7
	r := Of(m)
	g.Expect(r.Findings).To(HaveLen(maxFindings))
	g.Expect(r.Cut).To(ContainElements(HavePrefix("1 findings are left out"), HavePrefix("the dumps and pictures of 7 findings are left out: ")))
	page, err := r.HTML()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(len(page)).To(BeNumerically("<=", MaxHTML))
	g.Expect(bytes.Contains(page, []byte("This page would be too large"))).To(BeTrue())
	g.Expect(bytes.Count(page, []byte(`<details class="finding"`))).To(Equal(maxFindings), "none is left out")
	g.Expect(len(r.Markdown())).To(BeNumerically("<=", MaxMarkdown))
}

// What reads tests gets texts and tapes as long as there is room, of the first ones at
// any rate, and of all of them what failed and how to see it again.
func TestFilesOfTestsOfTheLargestSoakAreBounded(t *testing.T) {
	g := NewWithT(t)
	const n = 100
	r := Of(largest(n, body))
	specs, err := r.Ginkgo()
	g.Expect(err).NotTo(HaveOccurred())
	junit, err := r.JUnit()
	g.Expect(err).NotTo(HaveOccurred())
	var all junitSuites
	g.Expect(xml.Unmarshal(junit, &all)).To(Succeed())
	text := all.Suites[0].Cases[0].Failure.Text
	g.Expect(len(text)).To(And(BeNumerically("<", maxTold), BeNumerically(">", maxTold/4)))
	g.Expect(strings.HasPrefix(text, r.Findings[0].Text)).To(BeTrue(), "the first is told in full")
	g.Expect(len(specs)).To(BeNumerically("<", 8*maxTold), "it has tapes twice, and a character may be written as six")
	for name, content := range map[string][]byte{"junit": junit, "ginkgo": specs} {
		g.Expect(bytes.Contains(content, []byte(" more, without texts and tapes: this file would be too large"))).To(BeTrue(), name)
		for i := range n {
			g.Expect(bytes.Contains(content, fmt.Appendf(nil, "no. %d ", i))).To(BeTrue(), "%s %d", name, i)
		}
	}
}

// A report that has room leaves nothing out.
func TestASmallReportHasAllOfItsTexts(t *testing.T) {
	g := NewWithT(t)
	r := Of(largest(3, 1000))
	junit, err := r.JUnit()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(junit)).NotTo(ContainSubstring("without texts"))
	specs, err := r.Ginkgo()
	g.Expect(err).NotTo(HaveOccurred())
	tapes := 0
	for _, spec := range decoded(g, specs).SpecReports {
		for _, e := range spec.ReportEntries {
			if e.Name == "tape" {
				tapes++
			}
		}
	}
	g.Expect(tapes).To(Equal(3))
	g.Expect(r.Cut).To(BeEmpty())
}

func TestThePageIsBounded(t *testing.T) {
	g := NewWithT(t)
	var findings []*batch.Finding
	noise := rand.New(rand.NewPCG(1, 2))
	text := func(n int) string { // that takes its room packed too
		letters := make([]byte, n)
		for i := range letters {
			letters[i] = "<&>\"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"[noise.IntN(66)]
		}
		return string(letters)
	}
	for i := range 60 {
		f := broken()
		f.Signature += " " + strings.Repeat("x", i)
		f.Text, f.Dump, f.Tape = text(9<<10), text(14<<10), text(500)
		f.Linear = stale()
		for range 200 {
			f.Picture.Events = append(f.Picture.Events, picture.Event{Text: text(20)})
			f.Linear.Ops = append(f.Linear.Ops, linear.PictureOp{Text: text(20)})
		}
		findings = append(findings, f)
	}
	r := Of(merge(t, shard(t, 1, 1, failing, findings...)))
	for limit, told := range map[int]string{
		2600 << 10: `porcupine's pictures of \d+ findings, the last ones,`,
		2000 << 10: `porcupine's pictures of 60 findings, pictures of \d+ findings, the last ones,`,
		1000 << 10: `porcupine's pictures of 60 findings, pictures of 60 findings, dumps of \d+ findings, the last ones,`,
		500 << 10:  `porcupine's pictures of 60 findings, pictures of 60 findings, dumps of 60 findings, tapes of 60 findings, texts of \d+ findings, the last ones,`,
	} {
		page, err := r.html(limit)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(len(page)).To(And(BeNumerically("<=", limit), BeNumerically(">", limit*3/4)), "it is cut no more than it has to be")
		g.Expect(html.UnescapeString(string(page))).To(MatchRegexp("This page would be too large: " + told))
		g.Expect(strings.Count(string(page), `<details class="finding"`)).To(Equal(60))
	}
	g.Expect(len(r.Markdown())).To(BeNumerically("<=", MaxMarkdown))
	g.Expect(r.Annotations()).To(HaveLen(maxAnnotations))
}
