package soak

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/squall-go/squall/harness/batch"
	"github.com/squall-go/squall/harness/result"
)

// Config is what a soak is asked for.
type Config struct {
	Dir      string // for its files; made if it is not there
	Seed     uint64
	Shard    Shard
	Runs     int64         // of all shards together; 0 for no limit
	For      time.Duration // of real time, resumptions included; 0 for no limit
	Workers  int           // at a time
	Binaries []Binary
	Resume   bool // go on with what is in Dir
	Limits   Limits
	// Focus leaves out the scenarios for which it is false; nil leaves out none.
	Focus func(id string) bool
	// View, if not nil, is called every second with the state; it must not keep it.
	View func(*View)
	// Tell, if not nil, is told what happens, a line at a time. A finding is told
	// when its files are on disk.
	Tell func(string)

	pace     time.Duration // of looks and views; 0 is a second
	patience time.Duration // how long no worker may start; 0 is a minute
}

// soak is a soak under way. One goroutine owns it; the slots work beside.
type soak struct {
	config   Config
	claimed  *os.File
	state    *State
	store    *store
	schedule schedule
	binaries map[string]*Binary // by scenario
	slots    []*slot

	next    int64   // index to look at
	again   []int64 // that could not be begun
	idle    []*slot
	resting []*slot // idle from the next tick on: they could start no worker
	busy    int
	ending  bool // no batch is begun any more
	events  chan event
	over    chan over
	quit    chan struct{} // closed to give up what is under way
	giveUp  func()        // closes quit
	hurry   <-chan time.Time

	began   time.Time     // of this resumption
	before  time.Duration // soaked in earlier ones
	failing time.Time     // since when no batch could be begun; zero if one could
	gaveUp  error
	lastLog map[string]time.Time // of troubles, so that each is told once a minute
}

// over is a batch that is over, or was given up.
type over struct {
	slot    *slot
	index   int64
	outcome *batch.Outcome
	err     error
}

// Run soaks until the limits are reached or ctx is done, and returns the state
// and the findings, whose texts, tapes and pictures are on disk. Within ten
// seconds of ctx's end it has returned, with nothing lost that was told.
//
// The error is about the soak itself: a directory that cannot be written, a
// binary that does not start. A scenario that does not hold is no error. With an
// error and a state, the soak came to a bad end.
func Run(ctx context.Context, c Config) (*State, []*batch.Finding, error) {
	s, err := open(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	defer s.close()
	s.loop(ctx)
	s.finish(ctx)
	return s.state, s.store.list(), s.gaveUp
}

func open(ctx context.Context, c Config) (_ *soak, err error) {
	c.pace, c.patience, c.Limits = cmp.Or(c.pace, time.Second), cmp.Or(c.patience, time.Minute), c.Limits.orDefault()
	s := &soak{config: c, binaries: map[string]*Binary{}, quit: make(chan struct{}), events: make(chan event),
		over: make(chan over), began: time.Now(), lastLog: map[string]time.Time{}}
	s.giveUp = sync.OnceFunc(func() { close(s.quit) })
	if s.claimed, err = claim(c.Dir); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if err := s.resume(); err != nil {
		return nil, err
	}
	sweep(c.Dir)
	var torn []string
	if s.store, torn, err = openStore(c.Dir); err != nil {
		return nil, err
	}
	for _, text := range torn {
		s.incident(text)
	}
	for range max(1, c.Workers) {
		slot, err := newSlot(c.Dir, c.Limits, s.quit)
		if err != nil {
			return nil, err
		}
		s.slots = append(s.slots, slot)
	}
	s.idle = slices.Clone(s.slots)
	if err := s.meet(ctx); err != nil {
		return nil, err
	}
	return s, s.state.write(c.Dir)
}

// resume reads what an earlier soak left, or makes sure that there is nothing.
func (s *soak) resume() error {
	c := s.config
	_, err := os.Stat(filepath.Join(c.Dir, stateFile))
	switch {
	case errors.Is(err, os.ErrNotExist):
		s.state = newState(c.Seed, c.Shard, c.Runs)
		s.state.Begun, s.state.Version = time.Now().UTC().Round(time.Second), result.Version
		return nil
	case err != nil:
		return fmt.Errorf("soak: %w", err)
	case !c.Resume:
		return fmt.Errorf("soak: %s has the results of a soak; go on with it by --resume, or name another directory", c.Dir)
	}
	if s.state, err = ReadState(c.Dir); err != nil {
		return err
	}
	if s.state.Seed != c.Seed || s.state.Shard != c.Shard || s.state.Runs != c.Runs {
		return fmt.Errorf("soak: %s is of seed %d, shard %v and %d runs, and cannot go on with seed %d, shard %v and %d runs",
			c.Dir, s.state.Seed, s.state.Shard, s.state.Runs, c.Seed, c.Shard, c.Runs)
	}
	s.before, s.next = s.state.Elapsed, s.state.Done.Below
	s.state.Finished = false
	return nil
}

// meet starts a worker of each binary, to learn what there is to do.
func (s *soak) meet(ctx context.Context) error {
	var scenarios []batch.Scenario
	sites := map[string]batch.Site{}
	first := s.slots[0]
	first.quit = ctx.Done()
	defer func() { first.quit = s.quit }()
	for i := range s.config.Binaries {
		b := &s.config.Binaries[i]
		if err := first.provide(b); err != nil {
			return err
		}
		for _, scenario := range first.ready.Scenarios {
			if s.wants(scenario) {
				scenarios = append(scenarios, scenario)
				s.binaries[scenario.ID] = b
			}
		}
		for _, site := range first.ready.Sites {
			sites[site.Name] = site
		}
	}
	if len(scenarios) < 2 { // the canary
		return errors.New("soak: there is no scenario to soak: it has to be one whose runs a seed decides")
	}
	slices.SortFunc(scenarios, func(a, b batch.Scenario) int { return result.CompareIDs(a.ID, b.ID) })
	if old := s.state.Scenarios; len(old) > 0 && !slices.EqualFunc(old, scenarios, sameScenario) {
		return fmt.Errorf("soak: %s was soaking other scenarios; its batches mean something else now: begin anew in another directory", s.config.Dir)
	}
	s.state.Scenarios = scenarios
	s.state.Sites = nil
	for _, name := range sortedKeys(sites) {
		s.state.Sites = append(s.state.Sites, sites[name])
	}
	s.schedule = scheduleOf(s.config.Seed, s.config.Runs, scenarios)
	return nil
}

// wants leaves out what no seed decides, what is out of focus, and what an earlier
// binary has as well: the canary, for one.
func (s *soak) wants(scenario batch.Scenario) bool {
	if s.binaries[scenario.ID] != nil {
		return false
	}
	return scenario.Canary || scenario.Controlled && (s.config.Focus == nil || s.config.Focus(scenario.ID))
}

func sameScenario(a, b batch.Scenario) bool {
	return a.ID == b.ID && a.Version == b.Version && slices.Equal(a.Controls, b.Controls)
}

// loop hands out batches and takes in what comes of them. It returns when no slot
// is busy: nobody is left to tell it anything.
func (s *soak) loop(ctx context.Context) {
	tick := time.NewTicker(s.config.pace)
	defer tick.Stop()
	for ticks, stop := 1, ctx.Done(); ; {
		if left := s.handOut(); s.busy == 0 && !left {
			return
		}
		select {
		case e := <-s.events:
			s.hear(e)
		case o := <-s.over:
			s.settle(o)
		case <-tick.C:
			s.tick(ticks)
			ticks++
		case <-stop:
			stop = nil
			s.end(grace)
		case <-s.hurry:
			s.giveUp()
		}
	}
}

// grace is how long batches under way may take to end when the soak is stopped,
// overtime when its time is over: one may be shrinking a crash.
const (
	grace    = 2 * time.Second
	overtime = 2 * time.Minute
)

// end lets no batch begin, and gives up those under way after limit.
func (s *soak) end(limit time.Duration) {
	s.ending = true
	s.hurry = time.After(limit)
}

// handOut gives batches to idle slots; false if none is left to give.
func (s *soak) handOut() (left bool) {
	if !s.ending && !s.inTime() {
		s.end(overtime)
	}
	for !s.ending && len(s.idle) > 0 {
		b, ok := s.take()
		if !ok {
			return false
		}
		s.busy++
		go s.work(s.idle[0], b)
		s.idle = s.idle[1:]
	}
	return !s.ending
}

func (s *soak) inTime() bool { return s.config.For == 0 || s.elapsed() < s.config.For }

// elapsed is by the monotonic clock: a jump of the wall clock changes nothing.
func (s *soak) elapsed() time.Duration { return s.before + time.Since(s.began) }

// take is the next batch of this shard that is not over.
func (s *soak) take() (batch.Batch, bool) {
	index := s.next
	if len(s.again) > 0 {
		index = s.again[0]
		s.again = s.again[1:]
	} else {
		for !s.config.Shard.has(index) || s.state.Done.has(index) {
			index++
		}
		s.next = index
	}
	b, ok := s.schedule.batch(index)
	if !ok {
		return b, false
	}
	s.next = max(s.next, index+1)
	b.Familiar = s.store.familiar(b)
	if s.isCanary(b.Scenario) {
		b.Familiar = sortedKeys(s.state.tally(b.Scenario).Failed)
	}
	return b, true
}

func (s *soak) work(slot *slot, b batch.Batch) {
	outcome, err := slot.run(s.binaries[b.Scenario], b, func(e event) { s.events <- e })
	s.over <- over{slot, b.Index, outcome, err}
}

// hear takes in what a slot told.
func (s *soak) hear(e event) {
	if e.incident != "" {
		s.incident(e.incident)
		return
	}
	f := e.finding
	if f.Control != "" || s.isCanary(f.Scenario) {
		return // it has to fail
	}
	kept, isNew, err := s.store.add(f)
	switch {
	case errors.Is(err, errTooMany):
		s.trouble("a finding is counted, and not kept", err)
	case err != nil:
		s.trouble("a finding could not be written; it is kept in memory and tried again", err)
	case kept && isNew:
		s.tellFinding(f)
	}
}

func (s *soak) isCanary(id string) bool {
	return slices.ContainsFunc(s.state.Scenarios, func(known batch.Scenario) bool { return known.ID == id && known.Canary })
}

func (s *soak) tellFinding(f *batch.Finding) {
	text := fmt.Sprintf("FOUND  %s: %s", f.Scenario, f.Message)
	if f.Tape != "" {
		text += "\n       replay: squall replay " + tapePath(s.config.Dir, f)
	}
	s.tell(text)
}

// settle takes in a batch that is over. One that could not be begun is tried
// again: what is missing may come back, memory or a free process.
func (s *soak) settle(o over) {
	s.busy--
	var refused refusal
	switch {
	case errors.Is(o.err, errStopped):
	case o.err == nil:
		s.failing = time.Time{}
		s.state.add(o.outcome)
	case errors.As(o.err, &refused):
		s.incident(o.err.Error())
		s.state.Done.add(o.index, s.config.Shard)
	default:
		s.trouble("a batch could not be begun; it is tried again", o.err)
		s.again = append(s.again, o.index)
		s.resting = append(s.resting, o.slot)
		s.despair(o.err)
		return
	}
	s.idle = append(s.idle, o.slot)
}

// despair ends a soak that could begin no batch for long.
func (s *soak) despair(err error) {
	if s.failing.IsZero() {
		s.failing = time.Now()
	}
	if time.Since(s.failing) > s.config.patience && s.gaveUp == nil {
		s.gaveUp = err
		s.end(overtime)
	}
}

// tick is called once a pace.
func (s *soak) tick(ticks int) {
	s.idle, s.resting = append(s.idle, s.resting...), nil
	s.state.Elapsed = s.elapsed()
	if ticks%5 == 0 {
		s.save()
	}
	if s.config.View != nil {
		s.config.View(s.view())
	}
}

// save writes what has changed. What cannot be written is tried again.
func (s *soak) save() {
	for _, f := range s.store.lost() {
		if err := s.store.save(f); err != nil {
			s.trouble("findings cannot be written", err)
		} else {
			s.tellFinding(f)
		}
	}
	s.state.point(len(s.store.known))
	if err := s.state.write(s.config.Dir); err != nil {
		s.trouble("the state cannot be written", err)
	}
	if err := s.view().write(s.config.Dir); err != nil {
		s.trouble("the heartbeat cannot be written", err)
	}
}

func (s *soak) finish(ctx context.Context) {
	s.state.Elapsed = s.elapsed()
	s.state.Finished = ctx.Err() == nil && s.gaveUp == nil
	s.save()
	for _, f := range s.store.lost() {
		s.tell("NOT SAVED  this finding is nowhere but here:\n" + f.Text + "\n" + f.Tape)
	}
}

func (s *soak) close() {
	for _, slot := range s.slots {
		slot.close()
	}
	s.claimed.Close()
}

func (s *soak) tell(line string) {
	if s.config.Tell != nil {
		s.config.Tell(line)
	}
}

func (s *soak) incident(text string) {
	s.state.Incidents.add(time.Now().UTC(), text)
	s.tell("incident: " + text)
}

// trouble is an incident that may go on for hours: it is told once a minute.
func (s *soak) trouble(what string, err error) {
	if last, ok := s.lastLog[what]; ok && time.Since(last) < time.Minute {
		return
	}
	s.lastLog[what] = time.Now()
	s.incident(what + ": " + err.Error())
}
