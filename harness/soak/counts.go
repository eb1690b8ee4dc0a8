package soak

import "fmt"

// maxCount bounds what a file may say of a count, and what its counts of one kind
// may come to: sums over shards do not overflow, and programs that read JSON do not
// spoil them.
const maxCount = 1 << 53

// sums are what the counts of a state come to, by what they count.
type sums map[string]int64

func (s sums) add(of, what string, n int64) error {
	switch {
	case n < 0 || n > maxCount:
		return fmt.Errorf("%s: no soak comes to %d %s", of, n, what)
	case n > maxCount-s[what]:
		return fmt.Errorf("%s: no soak comes to so many %s in all", of, what)
	}
	s[what] += n
	return nil
}

// countable says which count no soak comes to.
func (s *State) countable() error {
	all := sums{}
	for _, id := range sortedKeys(s.Tallies) {
		if err := s.Tallies[id].countable(id, all); err != nil {
			return err
		}
	}
	for _, name := range sortedKeys(s.Controls) {
		if err := all.add("control "+name, "runs of controls", s.Controls[name].Runs); err != nil {
			return err
		}
	}
	for _, p := range s.Series {
		if err := (sums{}).add("a point of the series", "runs", p.Runs); err != nil {
			return err
		}
	}
	if s.Runs < 0 {
		return fmt.Errorf("no soak is given %d runs", s.Runs)
	}
	if err := all.add("soak", "batches that were given up", s.GivenUp); err != nil {
		return err
	}
	return all.add("soak", "incidents", s.Incidents.Count)
}

func (t *Tally) countable(id string, all sums) error {
	for _, c := range []struct {
		what string
		n    int64
	}{{"batches", t.Batches}, {"runs", t.Runs}, {"steps", t.Steps}} {
		if err := all.add(id, c.what, c.n); err != nil {
			return err
		}
	}
	for _, kind := range sortedKeys(t.Failed) {
		if err := all.add(id+" "+kind, "runs that failed", t.Failed[kind]); err != nil {
			return err
		}
	}
	for _, site := range sortedKeys(t.Struck) {
		for _, fault := range sortedKeys(t.Struck[site]) {
			if err := all.add(id+" "+site+" "+fault, "strikes", t.Struck[site][fault]); err != nil {
				return err
			}
		}
	}
	return nil
}
