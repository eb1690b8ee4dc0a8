package scope

import "github.com/squall-go/squall/faults"

// The failpoints of this package, in the order in which a task meets them.
// Those of a job are reached with the job's own task, also launch, which the
// launcher's goroutine passes on the job's behalf.

var enterPoint = faults.Site{
	Name:   "enter",
	Doc:    "first step of Run and Supervise, before the scope's function",
	Allows: faults.Delay | faults.Cancels,
}

var leavePoint = faults.Site{
	Name:   "leave",
	Doc:    "the scope's function returned, its children are not waited for yet",
	Allows: faults.Failure | faults.Delay | faults.Cancels,
}

var waitResumePoint = faults.Site{
	Name:   "wait-resume",
	Doc:    "a task that waited for its children woke up",
	Allows: faults.Delay | faults.Cancels,
}

var launchPoint = faults.Site{
	Name:   "launch",
	Doc:    "in the launcher, before the job is admitted; an error is the job's failure",
	Allows: faults.Error | faults.Delay | faults.Cancels,
}

var startPoint = faults.Site{
	Name:   "start",
	Doc:    "first step of a job's goroutine",
	Allows: faults.Delay | faults.Cancels,
}

var runPoint = faults.Site{
	Name:   "run",
	Doc:    "in the job, just before its function",
	Allows: faults.Failure | faults.Delay | faults.Cancels | faults.Hang | faults.Wedge,
}

var endPoint = faults.Site{
	Name:   "end",
	Doc:    "the job's function returned, nobody knows it yet",
	Allows: faults.Failure | faults.Delay | faults.Cancels,
}

var timeoutPoint = faults.Site{
	Name:   "timeout",
	Doc:    "a task with a timeout is over, which of result and timeout came first is not decided yet",
	Allows: faults.Delay,
}

var unqueuePoint = faults.Site{
	Name:   "unqueue",
	Doc:    "a job was cancelled while it waited for its dispatcher",
	Allows: faults.Delay,
}

var awaitPoint = faults.Site{
	Name:   "await",
	Doc:    "entry of Await",
	Allows: faults.Delay | faults.Cancels,
}

var awaitResumePoint = faults.Site{
	Name:   "await-resume",
	Doc:    "Await woke up, result and cancellation are not looked at yet",
	Allows: faults.Delay | faults.Cancels,
}

var joinPoint = faults.Site{
	Name:   "join",
	Doc:    "entry of Join",
	Allows: faults.Delay | faults.Cancels,
}

var joinResumePoint = faults.Site{
	Name:   "join-resume",
	Doc:    "Join woke up, completion and cancellation are not looked at yet",
	Allows: faults.Delay | faults.Cancels,
}

var closePoint = faults.Site{
	Name:   "close",
	Doc:    "entry of a scope's Close, launches are still admitted",
	Allows: faults.Delay | faults.Cancels,
}

var closeResumePoint = faults.Site{
	Name:   "close-resume",
	Doc:    "Close woke up, completion and cancellation are not looked at yet",
	Allows: faults.Delay | faults.Cancels,
}

var handlerPoint = faults.Site{
	Name:   "handler",
	Doc:    "a failure handler is about to be called; a failure here is the handler's",
	Allows: faults.Error | faults.Panic | faults.Delay,
}

var crashPoint = faults.Site{
	Name: "crash",
	Doc:  "a failure that nobody took is about to crash the program; a run records it and goes on",
}

var lockPoint = faults.Site{
	Name:   "lock",
	Doc:    "entry of Mutex.Lock",
	Allows: faults.Delay | faults.Cancels,
}

var lockResumePoint = faults.Site{
	Name:   "lock-resume",
	Doc:    "a waiter of a Mutex woke up: it was handed the lock, or was cancelled, or both",
	Allows: faults.Delay | faults.Cancels,
}

var unlockPoint = faults.Site{
	Name:   "unlock",
	Doc:    "the holder of a Mutex is about to unlock it",
	Allows: faults.Delay | faults.Cancels,
}

var sectionBeginPoint = faults.Site{
	Name:   "section-begin",
	Doc:    "first step of a non-cancellable section",
	Allows: faults.Failure | faults.Delay | faults.Cancels | faults.Hang | faults.Wedge,
}

var sectionEndPoint = faults.Site{
	Name:   "section-end",
	Doc:    "the function of a non-cancellable section returned; whether it overran is not decided yet",
	Allows: faults.Failure | faults.Delay | faults.Cancels,
}

var callPoint = faults.Site{
	Name:   "call",
	Doc:    "in CloseOnCancel's goroutine, just before the blocking call",
	Allows: faults.Failure | faults.Delay | faults.Cancels | faults.Wedge,
}

var callEndPoint = faults.Site{
	Name:   "call-end",
	Doc:    "the blocking call returned, its caller does not know it yet",
	Allows: faults.Failure | faults.Delay | faults.Cancels,
}

var callResumePoint = faults.Site{
	Name:   "call-resume",
	Doc:    "CloseOnCancel woke up, result and cancellation are not looked at yet",
	Allows: faults.Delay | faults.Cancels,
}

var callClosePoint = faults.Site{
	Name:   "call-close",
	Doc:    "CloseOnCancel is about to close the resource; an error is that of Close, which then is not called",
	Allows: faults.Failure | faults.Delay | faults.Wedge,
}

var callGraceResumePoint = faults.Site{
	Name:   "call-grace-resume",
	Doc:    "CloseOnCancel woke up from waiting for a call whose resource is closed",
	Allows: faults.Delay,
}

var alarmPoint = faults.Site{
	Name:   "alarm",
	Doc:    "a timeout is about to fire, the task is not looked at yet",
	Allows: faults.Delay,
}

var alarmResumePoint = faults.Site{
	Name:   "alarm-resume",
	Doc:    "a timeout fired or its task is over, nobody has been told",
	Allows: faults.Delay,
}

var alarmOverPoint = faults.Site{
	Name:   "alarm-over",
	Doc:    "a task that is over waited until its timeout had been told of",
	Allows: faults.Delay,
}
