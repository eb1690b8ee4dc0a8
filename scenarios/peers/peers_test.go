package peers

import (
	"context"
	"errors"
	"testing"

	. "github.com/onsi/gomega"
	"github.com/sourcegraph/conc/pool"
)

// Why the story of late children is told with conc.WaitGroup.
func TestPoolTakesNoTaskAfterWait(t *testing.T) {
	g := NewWithT(t)
	p := pool.New()
	p.Go(func() {})
	p.Wait()
	g.Expect(func() { p.Go(func() {}) }).To(PanicWith(MatchError("send on closed channel")))
}

func TestChildContext(t *testing.T) {
	var errOuter, errOwn = errors.New("outer"), errors.New("own")
	for name, trial := range map[string]struct {
		act  func(c *childContext, cancelOuter, cancelInner context.CancelCauseFunc)
		want error
	}{
		"nothing is cancelled":   {func(*childContext, context.CancelCauseFunc, context.CancelCauseFunc) {}, nil},
		"the group is cancelled": {func(_ *childContext, _, inner context.CancelCauseFunc) { inner(errOuter) }, errOuter},
		"the group's parent is":  {func(_ *childContext, outer, _ context.CancelCauseFunc) { outer(errOuter) }, errOuter},
		"the child is":           {func(c *childContext, _, _ context.CancelCauseFunc) { c.cancel(errOwn) }, errOwn},
	} {
		t.Run(name, func(t *testing.T) {
			for _, early := range []bool{false, true} {
				g := NewWithT(t)
				outer, cancelOuter := context.WithCancelCause(context.Background())
				defer cancelOuter(nil)
				inner, cancelInner := context.WithCancelCause(outer)
				defer cancelInner(nil)
				c := &childContext{outer: outer}
				if early {
					trial.act(c, cancelOuter, cancelInner)
				}
				c.begin(inner)
				below, cancel := context.WithCancel(c)
				defer cancel()
				if !early {
					trial.act(c, cancelOuter, cancelInner)
				}
				if trial.want == nil {
					g.Expect(below.Err()).NotTo(HaveOccurred())
					continue
				}
				g.Expect(below.Done()).To(BeClosed())
				g.Expect(context.Cause(below)).To(BeIdenticalTo(trial.want))
			}
		})
	}
}

func TestFindsEveryCellByItsName(t *testing.T) {
	g := NewWithT(t)
	seen := map[string]bool{}
	for _, l := range Libraries {
		for _, s := range Stories {
			for _, c := range Cells(l, s) {
				found, ok := Find(c.String())
				g.Expect(ok).To(BeTrue())
				g.Expect(found.String()).To(Equal(c.String()))
				g.Expect(seen[c.String()]).To(BeFalse(), "two cells are called %s", c)
				seen[c.String()] = true
			}
		}
	}
	_, ok := Find("errgroup/S1/P-NONE")
	g.Expect(ok).To(BeFalse())
}

// A process's last words count only if a fault is what it died of.
func TestInjected(t *testing.T) {
	g := NewWithT(t)
	m := injected.FindStringSubmatch("panic: boom (injected at harness/run #1 in request/group/B) [recovered, repanicked]\n")
	g.Expect(m).To(HaveExactElements(ContainSubstring("panic: "), "boom", "harness/run", "1", "request/group/B"))
	g.Expect(injected.MatchString("panic: runtime error: index out of range\n")).To(BeFalse())
	g.Expect(injected.MatchString("fatal error: all goroutines are asleep")).To(BeFalse())
}
