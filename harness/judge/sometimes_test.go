package judge

import (
	"testing"

	"github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/history"
)

func TestSometimes(t *testing.T) {
	g := gomega.NewWithT(t)
	var s Sometimes
	g.Expect(s.Unseen()).To(gomega.BeEmpty())
	g.Expect(s.Findings()).To(gomega.BeEmpty())

	s.Declare("overlap")
	s.Add([]history.Fact{{Name: "timeout", Seen: false}, {Name: "retry", Seen: true}})
	s.Add([]history.Fact{{Name: "retry", Seen: false}, {Name: "timeout", Seen: false}})
	s.Add(nil)
	g.Expect(s.Unseen()).To(gomega.Equal([]string{"overlap", "timeout"}))
	g.Expect(s.Tallies()).To(gomega.Equal([]Tally{{"overlap", 0, 0}, {"timeout", 2, 0}, {"retry", 2, 1}}))
	g.Expect(s.Findings()).To(gomega.Equal([]Finding{
		{Property: "P-SOMETIMES", Subject: "overlap", Message: `"overlap" was never seen in 0 runs that declare it`},
		{Property: "P-SOMETIMES", Subject: "timeout", Message: `"timeout" was never seen in 2 runs that declare it`},
	}))

	s.Add([]history.Fact{{Name: "timeout", Seen: true}, {Name: "overlap", Seen: true}})
	g.Expect(s.Unseen()).To(gomega.BeEmpty())
	g.Expect(s.Findings()).To(gomega.BeEmpty())
}
