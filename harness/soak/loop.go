package soak

import (
	"context"
	"errors"
	"time"

	"github.com/squall-go/squall/harness/batch"
)

// over is a batch that is over, or was given up.
type over struct {
	slot    *slot
	index   int64
	outcome *batch.Outcome
	err     error
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
	if !s.ending {
		s.ending = true
		close(s.late)
	}
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
	var index int64
	if len(s.again) > 0 {
		index, s.again = s.again[0], s.again[1:]
	} else {
		index = s.upcoming()
		s.next = index
	}
	b, ok := s.schedule.batch(index)
	if !ok {
		return b, false
	}
	s.next = max(s.next, index+1)
	b.Familiar = s.store.familiar(b)
	if s.state.isCanary(b.Scenario) {
		b.Familiar = sortedKeys(s.state.tally(b.Scenario).Failed)
	}
	return b, true
}

// upcoming is the index of the next batch of this shard that is not over.
func (s *soak) upcoming() int64 {
	index := s.next
	for !s.config.Shard.has(index) || s.state.Done.has(index) {
		index++
	}
	return index
}

func (s *soak) work(slot *slot, b batch.Batch) {
	outcome, err := slot.run(s.binaries[b.Scenario], b, func(e event) { s.events <- e })
	s.over <- over{slot, b.Index, outcome, err}
}

// settle takes in a batch that is over. One that could not be begun is tried
// again: what is missing may come back, memory or a free process.
func (s *soak) settle(o over) {
	s.busy--
	var refused refusal
	switch {
	case errors.Is(o.err, errStopped):
	case errors.Is(o.err, errUnended):
		b, _ := s.schedule.batch(o.index)
		s.state.unend(name(b))
		s.cut = true
	case o.err == nil:
		s.failing = time.Time{}
		s.state.add(o.outcome)
	case errors.Is(o.err, errGivenUp):
		s.state.GivenUp++
		s.state.add(o.outcome)
	case errors.As(o.err, &refused):
		s.incident(o.err.Error())
		s.state.GivenUp++
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
