package soak

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/squall-go/squall/harness/batch"
)

// slot is a place for one worker at a time. It runs batches one after another,
// whatever becomes of the workers.
type slot struct {
	box     *box
	choices *os.File // of a run that may end its worker
	scratch string   // for what workers leave while they live, "" for none
	limits  Limits
	late    <-chan struct{} // closed when no batch is to begin any more
	quit    <-chan struct{} // closed when batches under way are to be given up

	binary *Binary // of the worker
	worker *process
	ready  *batch.Ready // what the last worker said
}

func newSlot(dir string, limits Limits, late, quit <-chan struct{}) (*slot, error) {
	box, err := newBox(dir)
	if err != nil {
		return nil, err
	}
	choices, err := nameless(dir)
	if err != nil {
		box.file.Close()
		return nil, err
	}
	return &slot{box: box, choices: choices, limits: limits, late: late, quit: quit}, nil
}

// deaths is how many workers may die of one batch before it is given up.
const deaths = 25

// The batch was given up because the soak is over.
var (
	errStopped = errors.New("soak: stopped before it began")
	errUnended = errors.New("soak: stopped before it came to its end")
)

// errGivenUp comes with an outcome: too many workers died of the batch.
var errGivenUp = errors.New("soak: given up")

// run runs a batch. events are told in the order in which they happen. A run that
// ends its worker is a finding and left out when the batch is begun again: so the
// outcome is always one of the whole batch, or, when too many workers died of it,
// of those runs alone.
func (s *slot) run(binary *Binary, b batch.Batch, tell func(event)) (*batch.Outcome, error) {
	b.Familiar = slices.Clone(b.Familiar)
	lethal := map[string]int64{} // runs by kind of signature
	until := s.late              // a worker that is not ready by then has nothing to begin
	for attempt := range deaths {
		if err := s.provide(binary, until); err != nil {
			if attempt > 0 && errors.Is(err, errStopped) {
				return nil, errUnended
			}
			return nil, err
		}
		until = s.quit
		told := ""
		outcome, err := s.worker.ask(b, s.limits, s.quit, func(f *batch.Finding) {
			told = f.Signature
			b.Familiar = append(b.Familiar, batch.Kind(f.Signature)) // when it is begun again
			tell(event{finding: f})
		})
		var d *died
		switch {
		case err == nil:
			if s.worker.spent {
				s.release()
			}
			return withDeaths(outcome, lethal), nil
		case !errors.As(err, &d):
			return nil, err
		}
		s.worker = nil
		kind, known := s.learn(binary, &b, d, told, tell)
		if s.stopping() {
			return nil, errUnended
		}
		if known {
			b.Skip = append(b.Skip, d.run)
			lethal[kind]++
		}
	}
	tell(event{incident: fmt.Sprintf("batch %d of %s was given up: %d workers died of it", b.Index, name(b), deaths)})
	return withDeaths(&batch.Outcome{Index: b.Index, Scenario: b.Scenario, Control: b.Control}, lethal), errGivenUp
}

// learn finds out what a worker died of, and tells it. known: it was the run, and
// of which kind.
func (s *slot) learn(binary *Binary, b *batch.Batch, d *died, told string, tell func(event)) (kind string, known bool) {
	switch {
	case d.by == stopped:
		return "", false
	case d.run < 0:
		tell(event{incident: fmt.Sprintf("a worker died before it began a run of batch %d of %s (%s); begun again", b.Index, name(*b), d.how)})
		return "", false
	case told == wedged:
		if b.Control != "" {
			tell(event{incident: fmt.Sprintf("run %d of %s wedged its worker; left out", d.run, name(*b))})
		}
		return wedged, true
	}
	kind = batch.Kind(crash + headline(d))
	if slices.Contains(b.Familiar, kind) {
		return kind, true
	}
	if !s.examine(binary, *b, d, tell) {
		return "", false
	}
	b.Familiar = append(b.Familiar, kind)
	return kind, true
}

// name is the scenario of a batch, or its control.
func name(b batch.Batch) string {
	if b.Control == "" {
		return b.Scenario
	}
	return control{b.Scenario, b.Control}.String()
}

// withDeaths adds the runs that ended a worker.
func withDeaths(o *batch.Outcome, lethal map[string]int64) *batch.Outcome {
	for _, kind := range sortedKeys(lethal) {
		o.Runs += lethal[kind]
		o.Failed = append(o.Failed, batch.Failed{Kind: kind, Count: lethal[kind]})
	}
	return o
}

// wedged is the signature of a run that the worker itself gave up.
const wedged = "wedged"

// event is what a slot tells while a batch runs: one of its fields is set.
type event struct {
	finding  *batch.Finding
	incident string
}

// provide makes sure that there is a worker of this binary, or gives up when until
// is closed.
func (s *slot) provide(binary *Binary, until <-chan struct{}) error {
	if closed(until) {
		return errStopped
	}
	if s.worker != nil && s.binary == binary {
		return nil
	}
	s.release()
	w, err := start(*binary, s.box, s.choices, s.scratch, s.limits, until)
	if err != nil {
		return err
	}
	if binary.met != nil && !slices.EqualFunc(binary.met, w.ready.Scenarios, sameScenario) {
		w.kill()
		return fmt.Errorf("soak: %s: the suite was built anew meanwhile, and has other scenarios; begin anew in another directory", binary.Path)
	}
	s.worker, s.binary, s.ready = w, binary, w.ready
	return nil
}

func (s *slot) stopping() bool { return closed(s.quit) }

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// release ends the worker.
func (s *slot) release() {
	if s.worker != nil {
		s.worker.kill()
		s.worker = nil
	}
}

// close ends the worker.
func (s *slot) close() {
	s.release()
	s.box.file.Close()
	s.choices.Close()
}
