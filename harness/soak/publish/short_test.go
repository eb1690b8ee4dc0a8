package publish

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/batch"
	"github.com/squall-go/squall/harness/result"
	"github.com/squall-go/squall/harness/soak"
)

// A soak that was too short is vacuous, and every report says of what in a line.
func TestASoakThatWasTooShort(t *testing.T) {
	g := NewWithT(t)
	const line = "1 of 2 scenarios was not run (S2): give --for or --runs more"
	texts := func(edit func(*soak.State)) (verdict result.Verdict, all []string) {
		m := merge(t, shard(t, 1, 1, edit))
		r := Of(m)
		page, err := r.HTML()
		g.Expect(err).NotTo(HaveOccurred())
		junit, err := r.JUnit()
		g.Expect(err).NotTo(HaveOccurred())
		data, err := JSON(m)
		g.Expect(err).NotTo(HaveOccurred())
		return r.Verdict, []string{string(page), string(r.Markdown()), string(junit), string(data)}
	}
	verdict, all := texts(nil)
	g.Expect(verdict).To(Equal(result.Held))
	g.Expect(all).NotTo(ContainElement(ContainSubstring("not run (")))
	verdict, all = texts(func(s *soak.State) { s.Scenarios = append(s.Scenarios, batch.Scenario{ID: "S2"}) })
	g.Expect(verdict).To(Equal(result.Vacuous))
	g.Expect(all).To(HaveEach(ContainSubstring(line)))
}
