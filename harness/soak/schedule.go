package soak

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/squall-go/squall/harness/batch"
	"github.com/squall-go/squall/harness/engine"
)

// batchRuns is how many runs a batch has: a fraction of a second of work, which is
// what is lost when a worker dies.
const batchRuns = 200

// Shard is one of several soaks that divide the batches of one seed among
// themselves.
type Shard struct {
	Number int `json:"number"` // from 1
	Of     int `json:"of"`
}

// ErrTooManyShards says that a shard is of more than can be merged.
var ErrTooManyShards = fmt.Errorf("there are at most %d shards; share the soak out among fewer, with more --workers each", maxShards)

// ParseShard reads "2/5". There are at most 10,000 shards ([ErrTooManyShards]).
func ParseShard(text string) (Shard, error) {
	number, of, ok := strings.Cut(text, "/")
	n, errN := strconv.Atoi(number)
	m, errM := strconv.Atoi(of)
	if !ok || errN != nil || errM != nil || n < 1 || n > m {
		return Shard{}, fmt.Errorf("soak: shard %q: write the number of this one, from 1, and how many there are, as in 2/5", text)
	}
	if m > maxShards {
		return Shard{}, fmt.Errorf("soak: shard %q: %w", text, ErrTooManyShards)
	}
	return Shard{Number: n, Of: m}, nil
}

// String is "2/5".
func (s Shard) String() string { return fmt.Sprintf("%d/%d", s.Number, s.Of) }

// has reports whether the batch is this shard's.
func (s Shard) has(index int64) bool { return index%int64(s.Of) == int64(s.Number-1) }

// schedule says what each batch is: a function of its index, the seed, and the
// list of scenarios, and of nothing that happens.
type schedule struct {
	seed      uint64
	runs      int64 // of all shards together; 0 for no limit
	scenarios []string
	controls  []control
}

type control struct{ scenario, name string }

// String is the control's name in states and reports.
func (c control) String() string { return c.scenario + "/" + c.name }

func scheduleOf(seed uint64, runs int64, ready []batch.Scenario) schedule {
	s := schedule{seed: seed, runs: runs}
	for _, scenario := range ready {
		s.scenarios = append(s.scenarios, scenario.ID)
		for _, name := range scenario.Controls {
			s.controls = append(s.controls, control{scenario.ID, name})
		}
	}
	return s
}

// batch is the one with this index, false if the soak has fewer. As long as there
// are controls that were not run, every second batch is one: a short soak has both.
func (s schedule) batch(index int64) (batch.Batch, bool) {
	n, isControl := s.place(index)
	if isControl {
		c := s.controls[n]
		return batch.Batch{Index: index, Scenario: c.scenario, Control: c.name, Seed: s.seed}, true
	}
	b := batch.Batch{
		Index: index, Scenario: s.scenarios[n%int64(len(s.scenarios))],
		Seed: engine.Fold(s.seed, uint64(n)), Runs: batchRuns,
	}
	if s.runs > 0 {
		b.Runs = int(min(batchRuns, s.runs-n*batchRuns))
	}
	return b, b.Runs > 0
}

// hasRuns reports whether the shard has a batch that is no control: of many shards
// of a short soak, the last ones have none.
func (s schedule) hasRuns(shard Shard) bool {
	for index := int64(shard.Number - 1); ; index += int64(shard.Of) {
		if b, ok := s.batch(index); !ok || b.Control == "" {
			return ok
		}
	}
}

// place is the number of the batch among the controls, or among the others. They
// go in pairs, either of the two first, or one of two shards would have them all.
func (s schedule) place(index int64) (n int64, isControl bool) {
	controls := int64(len(s.controls))
	pairs := controls
	if s.runs > 0 {
		pairs = min(controls, (s.runs-1)/batchRuns+1)
	}
	pair := index / 2
	switch {
	case pair < pairs:
		return pair, (index%2 == 1) != (engine.Fold(s.seed, uint64(pair))&1 == 1)
	case index-pairs < controls: // there are fewer others
		return index - pairs, true
	}
	return index - controls, false
}
