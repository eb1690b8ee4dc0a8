package peers

import (
	"context"
	"errors"
	"strings"
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

func TestFindsEveryCaseByItsID(t *testing.T) {
	g := NewWithT(t)
	seen := map[string]bool{}
	for _, c := range Cases() {
		found, ok := Find(c.ID())
		g.Expect(ok).To(BeTrue())
		g.Expect(found.ID()).To(Equal(c.ID()))
		g.Expect(seen[c.ID()]).To(BeFalse(), "two cases are called %s", c.ID())
		seen[c.ID()] = true
	}
	_, ok := Find("errgroup/none")
	g.Expect(ok).To(BeFalse())
}

// A question without a reason not to apply has a form to be asked with.
func TestEveryCellHasAFormOrAReason(t *testing.T) {
	for _, l := range append([]Library{HandMade(Sound)}, Libraries...) {
		for _, s := range Stories {
			for _, q := range s.Questions {
				if s.Applies(l, q) == "" && s.form(l) == nil {
					t.Errorf("%s has nothing to tell %s %s with, and no reason why it does not apply", l.Name, s.ID, q.Property)
				}
			}
		}
	}
}

func TestReadingsAndReasonsAreOfCells(t *testing.T) {
	known := map[string]bool{}
	for _, s := range Stories {
		known[s.ID] = true
		for _, q := range s.Questions {
			known[s.ID+" "+q.Property] = true
		}
	}
	for _, l := range Libraries {
		for key, r := range l.Readings {
			if !known[key] {
				t.Errorf("%s has a reading of %q: no such story or property", l.Name, key)
			}
			if strings.Contains(r.Text, "\n") || r.Text == "" {
				t.Errorf("%s: the reading of %q is not one line", l.Name, key)
			}
		}
		for key := range l.Not {
			if !known[key] {
				t.Errorf("%s says why %q does not apply: no such story or property", l.Name, key)
			}
		}
		for key := range l.Special {
			if !known[key] {
				t.Errorf("%s has a form for %q: no such story", l.Name, key)
			}
		}
	}
}

// Without a flaw that it has to catch, a cell that holds would mean nothing.
func TestThereIsAFlawForEveryStoryAndProperty(t *testing.T) {
	g := NewWithT(t)
	for _, s := range Stories {
		for _, q := range s.Questions {
			g.Expect(Flaws).To(ContainElement(And(HaveField("Story", s.ID), HaveField("Property", q.Property))), s.ID+" "+q.Property)
		}
	}
}

func TestLastWords(t *testing.T) {
	g := NewWithT(t)
	m := injected.FindStringSubmatch("panic: boom (injected at harness/run #1 in request/group/B) [recovered, repanicked]\n")
	g.Expect(m).To(HaveExactElements(ContainSubstring("panic: "), "boom", "harness/run", "1", "request/group/B"))
	g.Expect(injected.MatchString("panic: runtime error: index out of range\n")).To(BeFalse())
	g.Expect(lastWords.FindStringSubmatch("x\nfatal error: send on synctest channel from outside bubble\ny")[1]).To(Equal("send on synctest channel from outside bubble"))
	g.Expect(lastWords.MatchString("exit status 1")).To(BeFalse())
	bubbles, _ := Find("ants/bubbles")
	panics, _ := Find("ants/panic")
	for text, deaths := range map[string][2]bool{ // of bubbles, of panics
		"panic: boom (injected at harness/run #1 in request/group/B)\n": {true, true},
		"fatal error: send on synctest channel from outside bubble\n":   {true, false},
		"panic: runtime error: index out of range\n":                    {false, false},
	} {
		g.Expect([2]bool{bubbles.isDeath(text), panics.isDeath(text)}).To(Equal(deaths), text)
	}
}

// A failure is known by its value, and by a text that was made of it; of several
// the first counts.
func TestFirstIn(t *testing.T) {
	g := NewWithT(t)
	a := errors.New("boom (injected at harness/run #1 in request/group/A)")
	b := errors.New("bang (injected at harness/run #2 in request/group/B)")
	g.Expect(firstIn(errors.Join(b, a))).To(Equal("(injected at harness/run #2 in request/group/B)"))
	g.Expect(firstIn(errors.New("no fault"))).To(BeEmpty())
}
