package faults_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/faults"
)

const written = `scope/run #1 in fanout/B: error "boom"
queue/send #3 in "order 7": drop
`

func TestPlanIsWrittenAndReadAlike(t *testing.T) {
	g := NewWithT(t)
	plan, err := faults.ParsePlan(written)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(plan).To(Equal(faults.Plan{
		{Site: "scope/run", Hit: 1, Task: "fanout/B", Fault: boom},
		{Site: "queue/send", Hit: 3, Task: "order 7", Fault: faults.Fault{Kind: faults.Drop}},
	}))
	g.Expect(plan.String()).To(Equal(written))
}

func TestParsePlanSkipsCommentsAndEmptyLines(t *testing.T) {
	g := NewWithT(t)
	text := "# a storm\r\n\r\n  scope/run #1 in fanout/B: drop  \r\n\t# the end"
	g.Expect(faults.ParsePlan(text)).To(Equal(faults.Plan{
		{Site: "scope/run", Hit: 1, Task: "fanout/B", Fault: faults.Fault{Kind: faults.Drop}},
	}))
	g.Expect(faults.ParsePlan("# nothing\n")).To(BeEmpty())
}

func TestParsePlanNamesTheLine(t *testing.T) {
	g := NewWithT(t)
	plan, err := faults.ParsePlan(written + "# fine\nrubbish\n")
	g.Expect(err).To(MatchError(ContainSubstring(`line 4: faults: "rubbish" is no strike`)))
	g.Expect(plan).To(BeNil())
}

func TestCheckAcceptsWhatFailpointsAllow(t *testing.T) {
	g := NewWithT(t)
	register(t, "check-accepts", faults.Error|faults.Drop)
	plan := faults.Plan{
		{Site: "faultstest/check-accepts", Hit: 1, Task: "a", Fault: boom},
		{Site: "faultstest/check-accepts", Hit: 2, Task: "a", Fault: faults.Fault{Kind: faults.Drop}},
	}
	g.Expect(plan.Check()).To(Succeed())
	g.Expect(faults.Plan(nil).Check()).To(Succeed())
}

func TestCheckRefusesAnUnknownFailpoint(t *testing.T) {
	g := NewWithT(t)
	register(t, "check-unknown", faults.Error)
	plan := faults.Plan{{Site: "faultstest/chekc", Hit: 1, Task: "a", Fault: boom}}
	g.Expect(plan.Check()).To(MatchError(ContainSubstring(`unknown failpoint "faultstest/chekc"; squall sites lists them all`)))
	plan[0].Site = "elsewhere/check-unknown"
	g.Expect(plan.Check()).To(MatchError(ContainSubstring(`unknown failpoint "elsewhere/check-unknown" (did you mean "faultstest/check-unknown"?); squall sites`)))
}

func TestCheckRefusesAFaultThatIsNotAllowed(t *testing.T) {
	g := NewWithT(t)
	register(t, "check-refuses", faults.Error|faults.Drop)
	plan := faults.Plan{
		{Site: "faultstest/check-refuses", Hit: 1, Task: "a", Fault: boom},
		{Site: "faultstest/check-refuses", Hit: 1, Task: "a", Fault: faults.Fault{Kind: faults.Hang}},
	}
	g.Expect(plan.Check()).To(MatchError(ContainSubstring(`failpoint "faultstest/check-refuses" does not allow hang; it allows error|drop`)))
}

func TestCheckRefusesAFaultAtAPlainSchedulingPoint(t *testing.T) {
	g := NewWithT(t)
	register(t, "check-plain", 0)
	plan := faults.Plan{{Site: "faultstest/check-plain", Hit: 1, Task: "a", Fault: boom}}
	g.Expect(plan.Check()).To(MatchError(ContainSubstring(`"faultstest/check-plain" does not allow error; it allows none`)))
}

func FuzzParsePlan(f *testing.F) {
	f.Add(written)
	f.Add("# x\n\n" + written)
	f.Fuzz(func(t *testing.T, text string) {
		plan, err := faults.ParsePlan(text)
		if err != nil {
			return
		}
		again, err := faults.ParsePlan(plan.String())
		if err != nil || again.String() != plan.String() || len(again) != len(plan) {
			t.Fatalf("%q was written as %q and read again as %q, %v", text, plan, again, err)
		}
	})
}
