package soak

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/squall-go/squall/harness/batch"
	"github.com/squall-go/squall/harness/result"
)

// resume reads what an earlier soak left, or makes sure that there is nothing.
func (s *soak) resume() error {
	c := s.config
	_, err := os.Stat(filepath.Join(c.Dir, stateFile))
	switch {
	case errors.Is(err, os.ErrNotExist):
		s.state = newState(c.Seed, c.Shard, c.Runs)
		s.state.Begun, s.state.Version = time.Now().UTC().Round(time.Second), result.Version
		if c.Resume { // a pod of a Job that has not begun yet is given it too
			s.tell(fmt.Sprintf("resume: %s has no soak to go on with; this one begins", c.Dir))
		}
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
		return fmt.Errorf("soak: %s is of seed %d, shard %v and %s, and cannot go on with seed %d, shard %v and %s; give those, or name another directory",
			c.Dir, s.state.Seed, s.state.Shard, wanted(s.state.Runs), c.Seed, c.Shard, wanted(c.Runs))
	}
	if s.state.Version != result.Version {
		return fmt.Errorf("soak: %s is by Squall %s, and this is %s: its batches may mean something else now; go on with that version, or begin anew in another directory",
			c.Dir, cmp.Or(s.state.Version, "unknown"), result.Version)
	}
	s.before, s.next = s.state.Elapsed, s.state.Done.Below
	s.ended, s.state.Finished = s.state.Finished, false
	return nil
}

// wanted is a number of runs as it was asked for.
func wanted(runs int64) string {
	if runs == 0 {
		return "no number of runs"
	}
	return fmt.Sprintf("%d runs", runs)
}

// tellNothingLeft says that there is nothing to go on with, if so, and how to go
// further.
func (s *soak) tellNothingLeft() {
	if !s.inTime() {
		s.tell(fmt.Sprintf("resume: %s is finished: it has soaked for %s, and --for is %s; give a longer --for to go on",
			s.config.Dir, s.elapsed().Round(time.Second), s.config.For))
	} else if _, ok := s.schedule.batch(s.upcoming()); !ok {
		s.tell(fmt.Sprintf("resume: %s is finished: the %d runs of seed %d are done; for more soak with more --runs, or another --seed, in another directory",
			s.config.Dir, s.config.Runs, s.config.Seed))
	}
}

// meet starts a worker of each binary, to learn what there is to do.
func (s *soak) meet(ctx context.Context) error {
	var scenarios []batch.Scenario
	sites := map[string]batch.Site{}
	first := s.slots[0]
	for i := range s.config.Binaries {
		b := &s.config.Binaries[i]
		if err := first.provide(b, ctx.Done()); err != nil {
			return err
		}
		b.met = first.ready.Scenarios
		for _, scenario := range first.ready.Scenarios {
			if other := s.binaries[scenario.ID]; other != nil && s.focused(scenario) {
				return fmt.Errorf("soak: scenario %q is in %s and in %s; give one of them another id, or soak one package at a time",
					scenario.ID, other.Package, b.Package)
			}
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
		return errors.New("soak: there is no scenario to soak: it has to be one whose runs a seed decides; squall run runs the others")
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

// wants leaves out what no seed decides and what is out of focus. Each binary has
// the canary; one is enough.
func (s *soak) wants(scenario batch.Scenario) bool {
	if scenario.Canary {
		return s.binaries[scenario.ID] == nil
	}
	return s.focused(scenario)
}

func (s *soak) focused(scenario batch.Scenario) bool {
	return !scenario.Canary && scenario.Controlled && (s.config.Focus == nil || s.config.Focus(scenario.ID))
}

func sameScenario(a, b batch.Scenario) bool {
	return a.ID == b.ID && a.Version == b.Version && slices.Equal(a.Controls, b.Controls)
}
