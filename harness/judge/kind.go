package judge

// The Names of Opened events: what the task is.
const (
	Launch         = "launch"         // a job whose failure goes up, or to a handler
	Async          = "async"          // a job whose failure goes to its awaiters, and up
	Scope          = "scope"          // all-or-nothing
	Supervisor     = "supervisor"     // a failed child affects nobody
	Noncancellable = "noncancellable" // a section that its parent's cancellation does not reach
	Detached       = "detached"       // an island, outside every scope
	Call           = "call"           // a blocking call, and its goroutine
)

// kind is what a task is, as its Opened event tells.
type kind uint8

const (
	other kind = iota // not opened, or by a name that is not in the list
	launch
	async
	plain
	supervisor
	section
	island
	call
)

func kindOf(name string, supervises bool) kind {
	switch name {
	case Launch:
		return launch
	case Async:
		return async
	case Noncancellable:
		return section
	case Detached:
		return island
	case Call:
		return call
	case Supervisor:
		return supervisor
	case Scope:
		if supervises {
			return supervisor
		}
		return plain
	}
	if supervises {
		return supervisor
	}
	return other
}

// isScope: its failure is returned by the function that made it, or goes to a
// handler if it is long-lived.
func (k kind) isScope() bool { return k == plain || k == supervisor }

// isJob: its body is a function of its own that may fail by itself.
func (k kind) isJob() bool { return k == launch || k == async || k == island || k == other }

// shields: the cancellation of what is above does not reach it.
func (k kind) shields() bool { return k == section || k == island }
