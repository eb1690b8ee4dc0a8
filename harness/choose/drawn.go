package choose

import (
	"cmp"
	"math"
	"time"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/engine"
)

// Settings are what a seed needs besides itself.
type Settings struct {
	// Kinds is every fault that the scenario allows somewhere; swarm takes its half
	// from it.
	Kinds faults.Kind
	// Durations are the scenario's own: injected delays fall on them, and a
	// nanosecond to either side, as often as anywhere else.
	Durations []time.Duration
	// LongestDelay bounds the injected delays; 0 is 20 s.
	LongestDelay time.Duration
	// Steps is how many steps the last runs took, for strategies that ask.
	Steps int
	// Plan, if not nil, is what strikes, in place of what the seed would draw.
	Plan faults.Plan
}

// Drawn is the chooser that a seed decides. Faults, parameters and the cases of
// selects are a hash of (seed, place): the schedule has no influence on them.
type Drawn struct {
	settings Settings
	seed     uint64
	rng      engine.Rand
	strategy Strategy
	kinds    faults.Kind // those that swarm left in
	odds     uint32      // of a strike at a visit, in 2^32
	clock    uint32      // of a move of the clock at a choice, in 2^32
	planned  map[tapePlace]faults.Fault
}

// Draw makes the chooser of the run with the given number under seed.
func Draw(seed uint64, run int, strategy Strategy, settings Settings) *Drawn {
	d := &Drawn{settings: settings, seed: engine.Fold(seed, uint64(run)), strategy: strategy}
	d.rng = engine.Rand(d.seed)
	d.swarm()
	strategy.Begin(&d.rng, settings.Steps)
	if settings.Plan != nil {
		d.planned = map[tapePlace]faults.Fault{}
		for _, s := range settings.Plan {
			d.planned[tapePlace{task: s.Task, site: s.Site, hit: s.Hit}] = s.Fault
		}
	}
	return d
}

// swarm draws which faults take part, and how often they strike: between every
// second visit and every 64th.
func (d *Drawn) swarm() {
	d.kinds = d.settings.Kinds & faults.Kind(d.rng.Uint64())
	if n := d.settings.Kinds.Len(); d.kinds == 0 && n > 0 {
		d.kinds = d.settings.Kinds.Nth(d.rng.Below(n))
	}
	d.odds = math.MaxUint32 >> (1 + d.rng.Below(6))
	if d.rng.Below(4) == 0 {
		d.clock = math.MaxUint32 / 8
	}
}

// Param is a hash of the seed, the task and the name.
func (d *Drawn) Param(t *engine.Task, name string, n int) int {
	h := engine.Fold(engine.Fold(d.seed, t.Hash), engine.HashString(name))
	return int((h >> 32) * uint64(n) >> 32)
}

// Strike is a hash of the seed, the task, the failpoint and the visit.
func (d *Drawn) Strike(t *engine.Task, s *faults.Site, hit int, allowed faults.Kind) faults.Fault {
	if d.planned != nil {
		return d.planned[tapePlace{task: t.Path, site: s.String(), hit: hit}]
	}
	allowed &= d.kinds
	if allowed == 0 {
		return faults.Fault{}
	}
	h := engine.Rand(engine.Fold(engine.Fold(d.seed, t.Hash), engine.SiteHash(s)+uint64(hit)))
	if uint32(h.Uint64()) >= d.odds {
		return faults.Fault{}
	}
	f := faults.Fault{Kind: allowed.Nth(h.Below(allowed.Len()))}
	switch {
	case f.Is(faults.Error | faults.Panic):
		f.Text = "boom"
	case f.Is(faults.Delay | faults.Late):
		f.Delay = d.delay(&h)
	}
	return f
}

// Select is a hash of the seed, the task, the select and the visit; any case is as
// likely as any other. In one run of four it is the default.
func (d *Drawn) Select(t *engine.Task, p *faults.SelectPoint, hit, n int) int {
	if engine.Fold(d.seed, engine.HashString("selects"))%4 == 0 {
		return 0
	}
	h := engine.Rand(engine.Fold(engine.Fold(d.seed, t.Hash), engine.SiteHash(p.Reached())+uint64(hit)))
	return h.Below(n)
}

// delay is log-uniform between 1 µs and 20 s, or beside one of the scenario's
// own durations; no longer than the settings allow.
func (d *Drawn) delay(h *engine.Rand) time.Duration {
	longest := cmp.Or(d.settings.LongestDelay, longestDelay)
	if n := len(d.settings.Durations); n > 0 && h.Below(2) == 0 {
		own := d.settings.Durations[h.Below(n)] + time.Duration(h.Below(3)-1)
		if d.settings.LongestDelay > 0 {
			return min(own, longest)
		}
		return own
	}
	return time.Duration(h.Log(1e3, uint64(longest)))
}

const longestDelay = 20 * time.Second

// Next asks the strategy.
func (d *Drawn) Next(_ engine.Place, ready []*engine.Task) int { return d.strategy.Next(ready) }

// Clock moves the clock at one choice in eight, in one run of four: a bubble's
// clock moves only when everything is blocked, so a timer that fires while
// others still run would never be seen.
func (d *Drawn) Clock(engine.Place) time.Duration {
	if d.clock == 0 || uint32(d.rng.Uint64()) >= d.clock {
		return 0
	}
	return time.Duration(d.rng.Log(1, 2e6))
}
