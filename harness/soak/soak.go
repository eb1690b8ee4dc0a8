package soak

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/squall-go/squall/harness/batch"
)

// Config is what a soak is asked for.
type Config struct {
	Dir      string // for its files; made if it is not there
	Seed     uint64
	Shard    Shard
	Runs     int64         // of all shards together; 0 for no limit
	For      time.Duration // of real time, resumptions included; 0 for no limit; with Runs, what comes first
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
	// Replay is the command that replays a tape, with the race detector or without;
	// nil is that of an installed squall.
	Replay func(tape string, race bool) string
	// Scratch is a folder that lives as long as the soak, for what the race detectors
	// of the workers write; "": they write to the standard error, and findings of
	// races do not have what they said.
	Scratch string

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
	late    chan struct{} // closed when ending begins to be true
	quit    chan struct{} // closed to give up what is under way
	giveUp  func()        // closes quit
	hurry   <-chan time.Time

	cut     bool          // a batch was given up when time was over
	ended   bool          // the soak that is gone on with had come to its end
	began   time.Time     // of this resumption
	before  time.Duration // soaked in earlier ones
	failing time.Time     // since when no batch could be begun; zero if one could
	gaveUp  error
	lastLog map[string]time.Time // of troubles, so that each is told once a minute
}

// Run soaks until the limits are reached or ctx is done, and returns the state
// and the findings, whose texts, tapes and pictures are on disk. Within ten
// seconds of ctx's end it has returned, with nothing lost that was told.
//
// The error is about the soak itself: a directory that cannot be written, a
// binary that does not start. A scenario that does not hold is no error. With an
// error and a state, the soak came to a bad end: it could begin no batch for long,
// or what it came to is not on disk.
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
	s := &soak{config: c, binaries: map[string]*Binary{}, late: make(chan struct{}), quit: make(chan struct{}), events: make(chan event),
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
		slot, err := newSlot(c.Dir, c.Limits, s.late, s.quit)
		if err != nil {
			return nil, err
		}
		slot.scratch = c.Scratch
		s.slots = append(s.slots, slot)
	}
	s.idle = slices.Clone(s.slots)
	if err := s.meet(ctx); err != nil {
		return nil, err
	}
	s.began = time.Now() // what it took to meet the workers is not soaking
	if s.ended {
		s.tellNothingLeft()
	}
	return s, s.state.write(c.Dir)
}

func (s *soak) finish(ctx context.Context) {
	s.state.Elapsed = s.elapsed()
	s.state.Finished = ctx.Err() == nil && s.gaveUp == nil && !s.cut
	err := s.save()
	for _, f := range s.store.lost() {
		s.tell("NOT SAVED  this finding is nowhere but here:\n" + f.Text + "\n" + f.Tape)
	}
	if lost := Lost(s.state, s.store.list()); len(lost) > 0 {
		s.tell(lostLine(lost))
	}
	switch {
	case s.gaveUp == nil:
		s.gaveUp = err
	case err != nil:
		s.gaveUp = fmt.Errorf("%w; and %w", s.gaveUp, err)
	}
}

func (s *soak) close() {
	for _, slot := range s.slots {
		slot.close()
	}
	s.claimed.Close()
}
