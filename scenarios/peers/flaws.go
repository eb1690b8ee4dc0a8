package peers

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// Flaw is what is wrong with a hand-made group; [Sound] has none.
type Flaw string

// The flaws.
const (
	Sound             Flaw = "none"
	SiblingsGoOn      Flaw = "a failure does not stop the siblings"
	LastWins          Flaw = "Wait returns the last failure in place of the first"
	ReturnsEarly      Flaw = "Wait returns at the first failure, though children run"
	StopsSiblings     Flaw = "the supervisor stops the siblings of a failed child"
	KeepsOne          Flaw = "the supervisor tells of one failure only"
	MissesLate        Flaw = "Wait does not wait for children that were started after it was called"
	Deaf              Flaw = "children do not hear of their parent's cancellation"
	CancelStopsAll    Flaw = "a cancelled child stops its siblings"
	CancelIsReported  Flaw = "a cancelled child is told to be a failure"
	SwallowsPanics    Flaw = "a panic is recovered and forgotten"
	ForgetsGoexit     Flaw = "a Goexit passes for a success"
	WaitsForTheExited Flaw = "a Goexit is not counted down"
)

// Caught says which cells have to catch a flaw, and by which property.
type Caught struct {
	Flaw            Flaw
	Story, Property string
	By              string // "" is Property
}

// Flaws has at least one flaw for each story and property.
var Flaws = []Caught{
	{Flaw: SiblingsGoOn, Story: "S1", Property: "P-CANCEL"},
	{Flaw: LastWins, Story: "S1", Property: "P-ERROR"},
	{Flaw: ReturnsEarly, Story: "S1", Property: "P-LEAK"},
	{Flaw: StopsSiblings, Story: "S3", Property: "P-BLAST"},
	{Flaw: KeepsOne, Story: "S3", Property: "P-ERROR"},
	{Flaw: MissesLate, Story: "S7", Property: "P-LEAK"},
	{Flaw: Deaf, Story: "S11", Property: "P-CANCEL"},
	{Flaw: CancelStopsAll, Story: "S11", Property: "P-BLAST"},
	{Flaw: CancelIsReported, Story: "S11", Property: "P-ERROR"},
	{Flaw: SiblingsGoOn, Story: "panic", Property: "P-CANCEL"},
	{Flaw: SwallowsPanics, Story: "panic", Property: "P-ERROR"},
	{Flaw: ReturnsEarly, Story: "panic", Property: "P-LEAK"},
	{Flaw: SiblingsGoOn, Story: "goexit", Property: "P-CANCEL"},
	{Flaw: ForgetsGoexit, Story: "goexit", Property: "P-ERROR"},
	{Flaw: ReturnsEarly, Story: "goexit", Property: "P-LEAK"},
	{Flaw: WaitsForTheExited, Story: "goexit", Property: "P-LEAK", By: "P-STARVE"},
}

// HandMade is a group as one writes it in an afternoon, with that flaw.
func HandMade(flaw Flaw) Library {
	form := func(supervises bool) Form {
		return Form{"hand-made; flaw: " + string(flaw), foreign(func(ctx context.Context) (func(func(context.Context) error), func() error) {
			g := &handMade{flaw: flaw, supervises: supervises}
			g.changed = sync.NewCond(&g.mu)
			g.ctx, g.cancel = context.WithCancelCause(ctx)
			if flaw == Deaf {
				g.ctx = context.WithoutCancel(ctx)
			}
			return g.start, g.wait
		})}
	}
	return Library{Name: "hand-made", Waits: "Wait", symbol: HandMade, FailFast: form(false), Supervise: form(true), Grow: form(false)}
}

// handMade is the group. It knows a cancelled child by the stories' own error.
type handMade struct {
	flaw       Flaw
	supervises bool
	ctx        context.Context
	cancel     context.CancelCauseFunc

	mu       sync.Mutex
	changed  *sync.Cond
	live     int
	waiting  bool
	failures []error
}

var errExited = errors.New("a child called runtime.Goexit")

func (g *handMade) start(f func(context.Context) error) {
	g.mu.Lock()
	counted := !g.waiting || g.flaw != MissesLate
	if counted {
		g.live++
	}
	g.mu.Unlock()
	go func() {
		normal := false
		var err error
		defer func() {
			exited := false
			if !normal {
				if r := recover(); r != nil {
					err = g.panicked(r)
				} else {
					err, exited = g.exited(), true
				}
			}
			g.over(err, counted && !(exited && g.flaw == WaitsForTheExited))
		}()
		err = f(g.ctx)
		normal = true
	}()
}

func (g *handMade) panicked(r any) error {
	if g.flaw == SwallowsPanics {
		return nil
	}
	if err, ok := r.(error); ok {
		return fmt.Errorf("panic: %w", err)
	}
	return fmt.Errorf("panic: %v", r)
}

func (g *handMade) exited() error {
	if g.flaw == ForgetsGoexit {
		return nil
	}
	return errExited
}

// over counts the child down, after its failure has done what it does.
func (g *handMade) over(err error, counted bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err != nil {
		g.fail(err)
	}
	if counted {
		g.live--
	}
	g.changed.Broadcast()
}

func (g *handMade) fail(err error) {
	reports, stops := true, !g.supervises
	if errors.Is(err, errUnwanted) {
		reports, stops = g.flaw == CancelIsReported, g.flaw == CancelStopsAll
	}
	if reports {
		g.failures = append(g.failures, err)
	}
	if (stops || g.flaw == StopsSiblings) && g.flaw != SiblingsGoOn {
		g.cancel(err)
	}
}

func (g *handMade) wait() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.waiting = true
	for g.live > 0 && !(g.flaw == ReturnsEarly && len(g.failures) > 0) {
		g.changed.Wait()
	}
	n := len(g.failures)
	switch {
	case n == 0:
		return nil
	case g.flaw == LastWins:
		return g.failures[n-1]
	case g.supervises && g.flaw != KeepsOne:
		return errors.Join(g.failures...)
	}
	return g.failures[0]
}
