package linear

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/anishathalye/porcupine"
	"github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/history"
)

// torn is a history of which two orders work as far as they go: each of the last
// reads fits behind one order of the writes. One more write never returned.
func torn() *told {
	return tell("x", Register(0)).call("a", Write{1}).call("b", Write{2}).ret("a", nil).ret("b", nil).
		call("c", Read{}).call("d", Read{}).ret("c", 1).ret("d", 2).call("e", Write{3})
}

func TestPicture(t *testing.T) {
	g := gomega.NewWithT(t)
	p := PictureOf(tell("x", Register(0)).do("a", Write{1}, nil).call("b", Read{}).do("a", Write{2}, nil).ret("b", 0).call("c", Write{3}).run)
	g.Expect(p).To(gomega.Equal(&Picture{
		Ops: []PictureOp{
			{Row: 0, From: 0, To: 1, Text: "write(1) of a"}, {Row: 1, From: 2, To: 5, Text: "read() → 0 of b"},
			{Row: 0, From: 3, To: 4, Text: "write(2) of a"}, {Row: 2, From: 6, To: 14, Text: "write(3) → ? of c"}},
		Orders: [][]PictureStep{{{0, "1"}, {2, "2"}}},
	}))
	g.Expect(PictureOf(torn().run)).To(gomega.Equal(PictureOf(torn().run)))
	g.Expect(PictureOf(tell("x", Register(0)).do("b", Read{}, 7).run).Orders).To(gomega.BeEmpty())
	g.Expect(PictureOf(tell("x", Register(0)).do("b", Read{}, 0).run)).To(gomega.BeNil())
}

// TestThePageIsPorcupines: what the page is given is what porcupine gives it for the
// same history; but for the times, of which only the order counts there.
func TestThePageIsPorcupines(t *testing.T) {
	g := gomega.NewWithT(t)
	h := torn()
	p := PictureOf(h.run)
	g.Expect(p.Orders).To(gomega.HaveLen(2))

	c := &checker{object: h.object, n: len(h.run.Events), limit: maxSteps}
	m := c.model()
	_, info := porcupine.CheckOperationsVerbose(m, c.operations(h.object.Ops), 0)
	m.DescribeOperation = func(input, _ any) string { return c.did(input.(*history.Op)) }
	m.DescribeState = c.state
	var theirs strings.Builder
	g.Expect(porcupine.Visualize(m, info, &theirs)).To(gomega.Succeed())
	page, err := p.Page()
	g.Expect(err).NotTo(gomega.HaveOccurred())

	before, after, err := Frame()
	g.Expect(err).NotTo(gomega.HaveOccurred())
	read := func(page string) (data pageData) {
		t.Helper()
		g.Expect(page).To(gomega.And(gomega.HavePrefix(before), gomega.HaveSuffix(after)))
		in := json.NewDecoder(strings.NewReader(strings.TrimSuffix(strings.TrimPrefix(page, before), after)))
		in.DisallowUnknownFields()
		g.Expect(in.Decode(&data)).To(gomega.Succeed())
		for i := range data.Partitions[0].History {
			op := &data.Partitions[0].History[i]
			op.Start, op.End = 0, 0
		}
		return data
	}
	ours, want := read(string(page)), read(theirs.String())
	g.Expect(ours.Partitions[0].History).To(gomega.Equal(want.Partitions[0].History))
	g.Expect(ours.Partitions[0].PartialLinearizations).To(gomega.ConsistOf(want.Partitions[0].PartialLinearizations))
	for op, i := range want.Partitions[0].Largest { // of two of one length, either
		own := ours.Partitions[0].Largest[op]
		g.Expect(ours.Partitions[0].PartialLinearizations[own]).To(gomega.HaveLen(len(want.Partitions[0].PartialLinearizations[i])))
		g.Expect(ours.Partitions[0].PartialLinearizations[own]).To(gomega.ContainElement(gomega.HaveField("Index", op)))
	}
	g.Expect(ours.Partitions[0].Largest).To(gomega.HaveLen(len(want.Partitions[0].Largest)))
}

func TestNothingInThePictureBecomesMarkup(t *testing.T) {
	g := gomega.NewWithT(t)
	evil := `</script><img src=x onerror=alert(1)>`
	h := tell(evil, Register(evil)).do("main/"+evil, Write{evil}, nil).do("b", Read{}, evil+"2")
	page, err := PictureOf(h.run).Page()
	g.Expect(err).NotTo(gomega.HaveOccurred())
	text := string(page)
	g.Expect(text).To(gomega.HavePrefix("<!doctype html>"))
	g.Expect(strings.Count(text, "</script>")).To(gomega.Equal(1), "the page's own")
	g.Expect(text).NotTo(gomega.ContainSubstring("<img"))
	g.Expect(text).To(gomega.ContainSubstring(`"StateDescription":"\u0026lt;/script\u0026gt;\u0026lt;img`), "the script writes it as HTML")
	g.Expect(text).To(gomega.ContainSubstring(`"Description":"read() → \u003c/script\u003e\u003cimg src=x onerror=alert(1)\u003e2 of b"`), "the script writes it as text")
	g.Expect(text).NotTo(gomega.MatchRegexp(`(src|href)="`), "nothing from outside")
}
