package judge

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/history"
)

func TestAllAndByID(t *testing.T) {
	g := gomega.NewWithT(t)
	var ids []string
	for _, p := range All() {
		ids = append(ids, p.ID)
		found, ok := ByID(p.ID)
		g.Expect(ok).To(gomega.BeTrue())
		g.Expect(found.Title).To(gomega.Equal(p.Title))
		g.Expect(p.Title).NotTo(gomega.BeEmpty())
		g.Expect(p.Guarantee).NotTo(gomega.BeEmpty())
		g.Expect(p.Check(&history.Run{}, Terms{})).To(gomega.BeEmpty(), "an empty run")
	}
	g.Expect(ids).To(gomega.Equal([]string{"P-CANCEL", "P-BLAST", "P-ERROR", "P-CONTEXT", "P-CONSERVE", "P-STARVE", "P-LEAK", "P-LINEAR", "P-HEAL", "P-EXPECT"}))
	_, ok := ByID("P-NONE")
	g.Expect(ok).To(gomega.BeFalse())
	All()[0].ID = "changed"
	g.Expect(All()[0].ID).To(gomega.Equal("P-CANCEL"), "the list is the caller's own")
}

func TestJudgeStopsAtTheFirstBrokenProperty(t *testing.T) {
	g := gomega.NewWithT(t)
	run := tell(twoIn(Supervisor) + "fan/B ended: boom\nfan/A done: boom\nfan/A ended\nfan ended\nfan/A acquired m")
	g.Expect(Judge(run, Terms{}, All())).To(gomega.Equal([]Finding{{Property: "P-BLAST", Subject: "fan/A", Message: "fan/A was cancelled (cause: boom in fan/B), allowed radius {fan/B}, observed {fan/A, fan/B}"}}))
	g.Expect(Judge(run, Terms{}, []Property{Leak, Blast})).To(gomega.Equal([]Finding{{Property: "P-LEAK", Subject: "fan/A", Message: "fan/A holds m since 0s and never released it"}}), "in the order given")
}

func TestJudgeAsksPropertiesOfTheScenario(t *testing.T) {
	g := gomega.NewWithT(t)
	own := Property{ID: "P-OWN", Check: func(run *history.Run, terms Terms) []Finding {
		return []Finding{{Property: "P-OWN", Subject: "", Message: fmt.Sprint(len(run.Events), terms.HealWithin)}}
	}}
	g.Expect(Judge(tell("main said hello"), Terms{HealWithin: time.Second}, append(All(), own))).To(gomega.Equal(
		[]Finding{{Property: "P-OWN", Subject: "", Message: "1 1s"}}))
}

func TestFilteredKeepsSomeFindings(t *testing.T) {
	g := gomega.NewWithT(t)
	run := tell("fan/A acquired m\nfan opened scope")
	of := func(subject string) func(Finding) bool {
		return func(f Finding) bool { return f.Subject == subject }
	}
	g.Expect(verdict(Leak.Filtered(of("fan")), run, Terms{})).To(gomega.Equal([]string{"fan | fan never ended"}))
	g.Expect(verdict(Leak.Filtered(of("other")), run, Terms{})).To(gomega.BeEmpty())
	own := Property{ID: "P-OWN", Check: func(*history.Run, Terms) []Finding {
		return []Finding{{Property: "P-OWN", Subject: "a", Message: "x"}, {Property: "P-OWN", Subject: "b", Message: "y"}}
	}}
	g.Expect(Judge(run, Terms{}, []Property{own.Filtered(of("b"))})).To(gomega.Equal([]Finding{{Property: "P-OWN", Subject: "b", Message: "y"}}))
}

// TestJudgingInParallel: judges share nothing, whatever they keep for speed.
func TestJudgingInParallel(t *testing.T) {
	g := gomega.NewWithT(t)
	stories := []string{held, twoIn(Supervisor) + "fan/B ended: boom\nfan/A done: boom", "a waiting m\nstalled"}
	var wg sync.WaitGroup
	results := make([]string, 12)
	for i := range results {
		wg.Go(func() {
			run := tell(stories[i%len(stories)])
			for range 20 {
				results[i] = fmt.Sprint(Judge(run, Terms{}, All()))
			}
		})
	}
	wg.Wait()
	for i, got := range results {
		g.Expect(got).To(gomega.Equal(results[i%len(stories)]))
	}
}

// held is S3 with four children, one of which fails, as the layers tell it.
const held = `
	fan opened supervisor
	fan started
	fan/A opened async
	fan/A started
	fan/B opened launch
	fan/B queued io
	fan/B running io
	fan/B started
	fan/C opened launch
	fan/C started
	fan/D opened async
	fan/D started
	fan waiting fan/A
	@1ms fan/B struck scope/run #1 error "boom"
	fan/B delivered handler of fan/B: boom
	& fan/B ended: boom
	fan/B finished io
	fan/C acquired the lock
	fan/C released the lock
	fan/D struck scope/end #1 cancel-task
	& fan/D cancelled: cancel-task
	& fan/D done: cancel-task
	fan/D ended
	@2ms fan/A ended: bang
	fan delivered await of fan/A: bang
	main healed
	main recovered the page
	fan struck scope/leave #1 cancel-task
	& fan cancelled: cancel-task
	& fan done: cancel-task
	& fan/C done: cancel-task
	fan waiting its children
	fan/C/tidy opened noncancellable
	fan/C/tidy started
	fan/C/tidy ended
	fan/C ended
	& fan/C done: canceled
	fan ended
	complete
`

func BenchmarkJudgeHeld(b *testing.B) {
	run := tell(held)
	b.ReportAllocs()
	for b.Loop() {
		if found := Judge(run, Terms{}, all); len(found) > 0 {
			b.Fatal(found)
		}
	}
}
