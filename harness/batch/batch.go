// Package batch is what a soak and its workers say to each other. A worker is
// the suite's own test binary, started with SQUALL_WORKER set; it reads batches
// from its standard input and answers on file descriptor 3, both as one JSON
// value a line:
//
//	worker: {"ready": {"scenarios": […]}}
//	soak:   {"index": 7, "scenario": "S3", "seed": 42, "runs": 200}
//	worker: {"finding": {…}}          any number of them, as they are found
//	worker: {"outcome": {…}}          the batch is over
//
// A batch is a function of its index: the same index is the same scenario, seed
// and runs in every soak with the same seed, on every machine, whatever was found
// before. An outcome counts only when its batch is over, so that one which was
// cut short can be run again.
//
// File descriptor 4 is a file of [BoxSize] bytes in which the worker notes what it
// is about to do, little endian: the batch, the run, and how many runs have begun
// in all. File descriptor 5 is one for the choices of a run that may end it. Both
// outlive the worker.
//
// The worker ends when its standard input does.
//
// [Deaths] are what squall run says to a suite that it starts once more, because a run
// has ended the process before.
package batch

// The file descriptors of a worker, beside its standard input.
const (
	AnswersFD = 3
	BoxFD     = 4
	ChoicesFD = 5
)

// BoxSize is the number of bytes of the file in which a worker takes notes.
const BoxSize = 24

// Batch is some runs of one scenario, or of one of its controls.
type Batch struct {
	Index    int64  `json:"index"`
	Scenario string `json:"scenario"`
	Control  string `json:"control,omitempty"` // it has to be caught: the batch ends when it is
	Seed     uint64 `json:"seed"`
	Runs     int    `json:"runs"`
	// Skip are runs that ended a worker before.
	Skip []int `json:"skip,omitempty"`
	// Familiar are kinds of signatures that need not be shrunk again.
	Familiar []string `json:"familiar,omitempty"`
	// Autopsy: the choices of the run with the number AutopsyRun are written to
	// ChoicesFD as they are made, and it is the last one of the batch.
	Autopsy    bool `json:"autopsy,omitempty"`
	AutopsyRun int  `json:"autopsy_run,omitempty"`
	// Tape, if set, is the text of a tape to replay in place of all that.
	Tape string `json:"tape,omitempty"`
}

// Answer is one line of a worker. One of its fields is set.
type Answer struct {
	Ready   *Ready   `json:"ready,omitempty"`
	Finding *Finding `json:"finding,omitempty"`
	Outcome *Outcome `json:"outcome,omitempty"`
	// Refused says why the batch cannot be run: it names an unknown scenario, or
	// its tape does not fit.
	Refused string `json:"refused,omitempty"`
}

// Ready is the first line: what the worker can run.
type Ready struct {
	Scenarios []Scenario `json:"scenarios"`
	Sites     []Site     `json:"sites"`
}

// Scenario is a scenario of the worker's suite.
type Scenario struct {
	ID         string   `json:"id"`
	Version    int      `json:"version"`
	Title      string   `json:"title"`
	Source     string   `json:"source"`
	Properties []string `json:"properties"`
	Controls   []string `json:"controls"`
	NoControl  string   `json:"no_control,omitempty"`
	// Controlled: a seed decides its runs. Others are not soaked.
	Controlled bool `json:"controlled"`
	// Canary: it must fail, or the soak has gone blind.
	Canary bool `json:"canary,omitempty"`
	// Faults are the cells that may strike in it.
	Faults []Cell `json:"faults"`
}

// Site is a failpoint that is built in, and the faults it allows.
type Site struct {
	Name   string   `json:"name"`
	Faults []string `json:"faults"`
}

// Cell is a failpoint and a fault.
type Cell struct {
	Site  string `json:"site"`
	Fault string `json:"fault"`
}

// Struck counts the strikes of a cell.
type Struck struct {
	Cell
	Count int64 `json:"count"`
}

// Failed counts the runs that did not hold in one way.
type Failed struct {
	Kind  string `json:"kind"`
	Count int64  `json:"count"`
}

// Outcome is what a whole batch came to. Its lists are sorted.
type Outcome struct {
	Index     int64    `json:"index"`
	Scenario  string   `json:"scenario"`
	Control   string   `json:"control,omitempty"`
	Caught    bool     `json:"caught,omitempty"` // of a control
	Runs      int64    `json:"runs"`
	Steps     int64    `json:"steps"`
	Hash      string   `json:"hash"` // of the histories of all runs
	Struck    []Struck `json:"struck,omitempty"`
	Failed    []Failed `json:"failed,omitempty"`
	Handovers []string `json:"handovers,omitempty"` // "from > to", between tasks
	Unseen    []string `json:"unseen,omitempty"`    // facts that no run showed
	Facts     []string `json:"facts,omitempty"`     // facts that some run showed
	// Memory is what the worker has from the system now, in bytes; Goroutines
	// how many it has. They say when to recycle it, and are no result.
	Memory     uint64 `json:"memory"`
	Goroutines int    `json:"goroutines"`
	// Spent: the race detector spoke up in this worker, and it tells of each race
	// once a process. What a batch comes to must not depend on those before it: the
	// next one needs another worker.
	Spent bool `json:"spent,omitempty"`
}
