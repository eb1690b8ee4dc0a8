package dispatcher

import "github.com/squall-go/squall/faults"

// Reached with the context of the dispatched task.
var (
	submitPoint = faults.Site{
		Name:   "submit",
		Doc:    "work is handed to a dispatcher, before it is accepted",
		Allows: faults.Error | faults.Delay | faults.Cancels,
	}
	runPoint = faults.Site{
		Name:   "run",
		Doc:    "a worker has claimed the task and decides whether it still runs",
		Allows: faults.Delay | faults.Cancels | faults.Hang | faults.Wedge,
	}
	callPoint = faults.Site{
		Name:   "call",
		Doc:    "the function given to Do or Submit is about to be called",
		Allows: faults.Failure | faults.Delay | faults.Cancels | faults.Hang | faults.Wedge,
	}
)

// Reached with the context of a worker.
var (
	workerStartPoint = faults.Site{
		Name:   "worker-start",
		Doc:    "a worker begins, its first task assigned but not claimed",
		Allows: faults.Delay | faults.LoseWorker,
	}
	dequeuePoint = faults.Site{
		Name:   "dequeue",
		Doc:    "a worker has taken a task and has not claimed it",
		Allows: faults.Delay | faults.LoseWorker,
	}
	donePoint = faults.Site{
		Name:   "done",
		Doc:    "a worker is through with a task and still holds its place",
		Allows: faults.Delay | faults.LoseWorker,
	}
	workerEndPoint = faults.Site{
		Name:   "worker-end",
		Doc:    "a worker found nothing queued and is about to end",
		Allows: faults.Delay,
	}
)

// Reached with the context of whoever waits, closes or watches.
var (
	waitResumePoint = faults.Site{
		Name:   "wait-resume",
		Doc:    "Do or Ticket.Wait woke up and has not looked why",
		Allows: faults.Delay | faults.Cancels,
	}
	closePoint = faults.Site{
		Name:   "close",
		Doc:    "a dispatcher is about to be closed",
		Allows: faults.Delay | faults.Cancels,
	}
	drainResumePoint = faults.Site{
		Name:   "drain-resume",
		Doc:    "Drain woke up and has not looked why",
		Allows: faults.Delay | faults.Cancels,
	}
	stallPoint = faults.Site{
		Name:   "stall",
		Doc:    "the stall timer fired and has not looked who waits",
		Allows: faults.Delay,
	}
)
