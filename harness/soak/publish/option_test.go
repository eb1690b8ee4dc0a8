package publish

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/soak"
)

// Whatever shows a replay command shows the one that works where the report is
// made, and the page says where that is.
func TestReplayCommandsAreThoseOfTheCaller(t *testing.T) {
	g := NewWithT(t)
	f := broken()
	dir := shard(t, 1, 1, failing, f)
	command := func(tape string, _ bool) string { return "go tool squall replay " + tape }
	r := Of(merge(t, dir), Replay(command, "/home/x/shop"))
	want := "go tool squall replay " + soak.TapePath(dir, f)
	g.Expect(r.Findings[0].Replay).To(Equal(want))
	page, err := r.HTML()
	g.Expect(err).NotTo(HaveOccurred())
	for name, text := range map[string]string{"page": string(page), "summary": string(r.Markdown()), "annotation": r.Annotations()[0]} {
		g.Expect(text).To(ContainSubstring("go tool squall replay "), name)
		g.Expect(text).NotTo(MatchRegexp("[^l] squall replay "), name)
	}
	g.Expect(string(page)).To(ContainSubstring("<p>The replay commands are for the directory <code>/home/x/shop</code>.</p>"))

	r = Of(merge(t, dir))
	g.Expect(r.Findings[0].Replay).To(Equal("squall replay " + soak.TapePath(dir, f)))
	page, err = r.HTML()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(page)).NotTo(ContainSubstring("The replay commands are for"))
}
