package result

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
)

// Note is what a suite's process is about to do, in the file of SQUALL_BOX, which
// outlives it: the run that is under way, should the process end before its time.
type Note struct {
	Scenario string `json:"scenario,omitempty"` // "": nothing is run
	Control  string `json:"control,omitempty"`
	Seed     uint64 `json:"seed,omitempty"`
	Run      int    `json:"run,omitempty"` // that the seed draws, from 0
	// Tape is the path of the one that is replayed in place of a run of the seed,
	// from the directory of the suite's package.
	Tape string `json:"tape,omitempty"`
}

// Write writes the note over the one before, of which a rest may stay behind it.
func (n Note) Write(w io.WriterAt) error {
	line, err := json.Marshal(n)
	if err == nil {
		_, err = w.WriteAt(append(line, '\n'), 0)
	}
	if err != nil {
		return fmt.Errorf("result: note of %q: %w", n.Scenario, err)
	}
	return nil
}

// ReadNote reads the last note in the file at path; that of nothing if there is none.
func ReadNote(path string) (n Note) {
	f, err := os.Open(path)
	if err != nil {
		return Note{}
	}
	defer f.Close()
	if err := json.NewDecoder(f).Decode(&n); err != nil {
		return Note{}
	}
	return n
}
