package soak

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"github.com/squall-go/squall/internal/atomicfile"
)

// View is a look at a soak under way, and the file heartbeat.json.
type View struct {
	At        time.Time     `json:"at"`
	Shard     string        `json:"shard"`
	Elapsed   time.Duration `json:"elapsed_ns"`
	Left      time.Duration `json:"left_ns"` // 0 if it is not known
	Runs      int64         `json:"runs"`
	Steps     int64         `json:"steps"`
	RunsPerS  float64       `json:"runs_per_s"` // since it was started or resumed
	StepsPerS float64       `json:"steps_per_s"`
	Cells     int           `json:"cells"` // pairs of a failpoint and a fault that have struck
	Handovers int           `json:"handovers"`
	New       int           `json:"new"` // cells and handovers that were new in the last minute
	Findings  int           `json:"findings"`
	Workers   int           `json:"workers"`          // that are busy
	Ending    bool          `json:"ending,omitempty"` // it waits for the batches under way
	Incidents int64         `json:"incidents"`
	Rows      []Row         `json:"scenarios"`
}

// Row is one scenario of a View.
type Row struct {
	ID       string `json:"id"`
	Runs     int64  `json:"runs"`
	Steps    int64  `json:"steps"`
	Struck   int64  `json:"struck"`
	Failed   int64  `json:"failed"`
	Controls string `json:"controls"` // "2 of 3"
}

func (s *soak) view() *View {
	runs, steps := s.state.Totals()
	v := &View{
		At: time.Now().UTC(), Shard: s.config.Shard.String(), Elapsed: s.elapsed(), Runs: runs, Steps: steps,
		Cells: s.state.Cells(), Handovers: len(s.state.Handovers), Findings: len(s.store.known),
		Workers: s.busy, Ending: s.ending, Incidents: s.state.Incidents.Count,
	}
	if v.Elapsed > 0 {
		v.RunsPerS, v.StepsPerS = float64(runs)/v.Elapsed.Seconds(), float64(steps)/v.Elapsed.Seconds()
	}
	v.New = v.Cells + v.Handovers - s.coveredBefore(v.Elapsed-time.Minute)
	v.Left = s.left(v)
	for _, scenario := range s.state.Scenarios {
		v.Rows = append(v.Rows, s.row(scenario.ID, len(scenario.Controls), scenario.Controls))
	}
	return v
}

// coveredBefore is the coverage at the last point of the curves before at.
func (s *soak) coveredBefore(at time.Duration) (covered int) {
	for _, p := range s.state.Series {
		if p.At <= at {
			covered = p.Cells + p.Handovers
		}
	}
	return covered
}

// left is what is known of the time left.
func (s *soak) left(v *View) time.Duration {
	var left []time.Duration
	if s.config.For > 0 {
		left = append(left, max(0, s.config.For-v.Elapsed))
	}
	if share := s.config.Runs / int64(s.config.Shard.Of); share > 0 && v.RunsPerS > 0 {
		left = append(left, max(0, time.Duration(float64(share-v.Runs)/v.RunsPerS*float64(time.Second))))
	}
	if len(left) == 0 {
		return 0
	}
	return slices.Min(left)
}

func (s *soak) row(id string, controls int, names []string) Row {
	row := Row{ID: id}
	if t := s.state.Tallies[id]; t != nil {
		row.Runs, row.Steps = t.Runs, t.Steps
		for _, n := range t.Failed {
			row.Failed += n
		}
		for _, byFault := range t.Struck {
			for _, n := range byFault {
				row.Struck += n
			}
		}
	}
	caught := 0
	for _, name := range names {
		if c := s.state.Controls[id+"/"+name]; c != nil && c.Caught {
			caught++
		}
	}
	row.Controls = fmt.Sprintf("%d of %d", caught, controls)
	return row
}

const heartbeatFile = "heartbeat.json"

func (v *View) write(dir string) error {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("soak: heartbeat: %w", err)
	}
	return atomicfile.Write(filepath.Join(dir, heartbeatFile), append(data, '\n'))
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
