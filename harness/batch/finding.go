package batch

import (
	"github.com/squall-go/squall/harness/linear"
	"github.com/squall-go/squall/harness/picture"
	"github.com/squall-go/squall/harness/result"
)

// Finding is a run that did not hold, told in full.
type Finding struct {
	Scenario  string         `json:"scenario"`
	Title     string         `json:"title"`
	Control   string         `json:"control,omitempty"`
	Verdict   result.Verdict `json:"verdict"`
	Signature string         `json:"signature"` // in which way it failed: findings with the same one are one
	Property  string         `json:"property,omitempty"`
	Guarantee string         `json:"guarantee,omitempty"`
	Subject   string         `json:"subject,omitempty"` // path of the task it is about
	Message   string         `json:"message"`           // one line

	Batch int64  `json:"batch"` // where it was found first
	Run   int    `json:"run"`   // of the batch
	Seed  uint64 `json:"seed"`  // of the batch

	Tape  string   `json:"tape,omitempty"`  // text of the smallest tape, or, unshrunk, the one that found it
	Storm []string `json:"storm,omitempty"` // its choices, as a person reads them
	// Unshrunk is why the tape was left as it was found; "" if it was made smaller.
	Unshrunk string `json:"unshrunk,omitempty"`
	Choices  int    `json:"choices"` // of the storm that found it
	Total    int    `json:"total"`   // choices that the run had, defaults included
	Text     string `json:"text"`    // the failure, as squall run prints it
	// Dump is what was left of the goroutines, or of the process; of a race, what the
	// detector said.
	Dump    string           `json:"dump,omitempty"`
	Picture *picture.Picture `json:"picture,omitempty"`
	// Linear is porcupine's picture of an object that is not linearizable.
	Linear *linear.Picture `json:"linear,omitempty"`
}
