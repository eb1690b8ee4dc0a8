// Package picture is a run as data that can be drawn: its tasks, what happened to
// them and when, what struck, where it went wrong and what led there. It holds
// text and numbers only, so that it can be stored; whoever draws it escapes them.
package picture

// Picture is one run.
type Picture struct {
	Tasks  []Task  `json:"tasks"`  // in the order of creation; the first is the root
	Events []Event `json:"events"` // in the order in which they happened
	Bands  []Band  `json:"bands"`  // the faults
	End    int64   `json:"end"`    // virtual time of the last event, in ns
	Left   []Left  `json:"left,omitempty"`
	// Broken is the index of the event at which it went wrong, -1 if none is.
	Broken int `json:"broken"`
	// Cut is how many events were left out, the least telling ones first.
	Cut int `json:"cut,omitempty"`
	// CutTasks is how many tasks were, with their events, which Cut has too.
	CutTasks int `json:"cut_tasks,omitempty"`
}

// Task is one task.
type Task struct {
	Path   string `json:"path"`
	Name   string `json:"name"`
	Parent int    `json:"parent"` // index; -1 for the root
	Kind   string `json:"kind"`   // as it was opened: "scope", "supervisor", "launch", …
	State  State  `json:"state"`
	Why    string `json:"why,omitempty"` // the failure or the cause, one line
	// Struck: a fault of the storm struck it. Accused: the finding is about it.
	Struck  bool `json:"struck,omitempty"`
	Accused bool `json:"accused,omitempty"`
	// Affected: the blast reached it. Allowed: the scope's boundary lets it.
	Affected bool `json:"affected,omitempty"`
	Allowed  bool `json:"allowed,omitempty"`
}

// State is how a task ended: one of the closed list below.
type State string

// The states.
const (
	Ended     State = "ended"     // well
	Failed    State = "failed"    // with an error of its own, a panic or a Goexit
	Cancelled State = "cancelled" // with the cause of its cancellation
	Refused   State = "refused"   // it never ran
	Leaked    State = "left"      // it had not ended when the run was over
)

// Event is one thing that happened to a task.
type Event struct {
	Task int    `json:"task"` // index
	Step int    `json:"step"` // number of steps taken before it
	At   int64  `json:"at"`   // virtual time since the start of the run, in ns
	Kind string `json:"kind"` // as in package history
	Text string `json:"text"` // one line, for a person
	Of   int    `json:"of"`   // another task that it is about; -1 if none
	// Cause: it is in the causal past of where it went wrong.
	Cause bool `json:"cause,omitempty"`
}

// Band is one fault, from its strike until its effect is over.
type Band struct {
	Task   int    `json:"task"`
	From   int    `json:"from"`   // index of the event
	To     int    `json:"to"`     // index of the last event of its effect
	Number int    `json:"number"` // in the storm, from 1; 0 if it is not on the tape
	Site   string `json:"site"`
	Fault  string `json:"fault"`
}

// Left is a goroutine that was left behind.
type Left struct {
	Task  int    `json:"task"` // index; -1 if it passed no failpoint
	State string `json:"state"`
	Stack string `json:"stack,omitempty"`
}
