package publish

import (
	"encoding/json"
	"fmt"

	"github.com/squall-go/squall/harness/batch"
	"github.com/squall-go/squall/harness/result"
	"github.com/squall-go/squall/harness/soak"
)

// merged is what [JSON] writes.
type merged struct {
	*soak.State
	Handovers int              `json:"handovers"` // how many
	Done      *struct{}        `json:"done,omitempty"`
	Verdict   result.Verdict   `json:"verdict"`
	Blind     []string         `json:"blind"`
	Problems  []string         `json:"problems"`
	Lost      []lostJSON       `json:"lost"`
	Shards    []shardJSON      `json:"shards"`
	Findings  []*batch.Finding `json:"findings"`
}

type lostJSON struct {
	Scenario string         `json:"scenario"`
	Kind     string         `json:"kind"`
	Runs     int64          `json:"runs"`
	Verdict  result.Verdict `json:"verdict"`
}

type shardJSON struct {
	Dir       string     `json:"dir"`
	Seed      uint64     `json:"seed"`
	Shard     soak.Shard `json:"shard"`
	Runs      int64      `json:"runs"`
	ElapsedNS int64      `json:"elapsed_ns"`
	Finished  bool       `json:"finished"`
}

// JSON is the merged soak for programs: the fields of soak.json, all shards
// together, with verdict, blind, problems, lost, shards and findings beside them.
// handovers is a number here. Seeds are whole numbers of up to 64 bits: a program
// whose numbers are floating point has to read them as text.
func JSON(m *soak.Merged) ([]byte, error) {
	r := Of(m)
	out := merged{
		State: m.State, Handovers: len(m.Handovers), Verdict: r.Verdict,
		Blind: none(m.Blind()), Problems: none(m.Problems), Lost: []lostJSON{}, Shards: []shardJSON{}, Findings: none(m.Findings),
	}
	for _, l := range r.Lost {
		out.Lost = append(out.Lost, lostJSON(l))
	}
	for _, s := range m.Shards {
		out.Shards = append(out.Shards, shardJSON{s.Dir, s.Seed, s.Shard, s.Runs, int64(s.Elapsed), s.Finished})
	}
	data, err := json.MarshalIndent(out, "", " ")
	if err != nil {
		return nil, fmt.Errorf("publish: %w", err)
	}
	return append(data, '\n'), nil
}

// none is list, empty and not nil: programs expect a list.
func none[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
