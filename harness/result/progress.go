package result

import (
	"encoding/json"
	"fmt"
	"io"
)

// Progress is one line that a suite appends to the file of SQUALL_PROGRESS.
type Progress struct {
	Scenario string `json:"scenario"`
	Done     int    `json:"done"`
	Total    int    `json:"total"` // 0: not known, as under SQUALL_FOR
}

// WriteLine writes p as one line of JSON, in a single Write.
func (p Progress) WriteLine(w io.Writer) error {
	line, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("result: progress of %q: %w", p.Scenario, err)
	}
	_, err = w.Write(append(line, '\n'))
	return err
}
