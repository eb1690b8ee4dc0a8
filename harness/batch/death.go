package batch

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/squall-go/squall/harness/result"
	"github.com/squall-go/squall/internal/atomicfile"
)

// Death is a run that ended the process of a suite. squall run hands it to the next
// process, in the file of SQUALL_DEATHS: that one tells of it, and runs the rest.
type Death struct {
	Note result.Note `json:"note"` // where the process was
	// Finding is what is known of it; nil if the run is left out, and no more, as
	// those of controls are.
	Finding *Finding `json:"finding,omitempty"`
}

// Deaths are those of the processes before.
type Deaths struct {
	All []Death `json:"deaths"`
	// GivenUp is why nothing else is run any more; "" if it is.
	GivenUp string `json:"given_up,omitempty"`
}

// Of are the deaths of a scenario, or of its control.
func (d *Deaths) Of(scenario, control string) (all []Death) {
	for _, death := range d.All {
		if death.Note.Scenario == scenario && death.Note.Control == control {
			all = append(all, death)
		}
	}
	return all
}

// Write writes the deaths to path, whole or not at all.
func (d *Deaths) Write(path string) error {
	content, err := json.Marshal(d)
	if err == nil {
		err = atomicfile.Write(path, content)
	}
	if err != nil {
		return fmt.Errorf("batch: deaths: %w", err)
	}
	return nil
}

// ReadDeaths reads what [Deaths.Write] wrote.
func ReadDeaths(path string) (*Deaths, error) {
	var d Deaths
	content, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(content, &d)
	}
	if err != nil {
		return nil, fmt.Errorf("batch: deaths: %w", err)
	}
	return &d, nil
}
