package queue

import "github.com/squall-go/squall/faults"

var putPoint = faults.Site{
	Name:   "put",
	Doc:    "a value is about to be offered to the queue",
	Allows: faults.Error | faults.Panic | faults.Goexit | faults.Delay | faults.CancelTask | faults.CancelParent | faults.CancelRoot | faults.Deadline | faults.Wedge,
}

var takePoint = faults.Site{
	Name:   "take",
	Doc:    "a value is about to be asked for",
	Allows: faults.Error | faults.Panic | faults.Goexit | faults.Delay | faults.CancelTask | faults.CancelParent | faults.CancelRoot | faults.Deadline | faults.Wedge,
}

var wakePoint = faults.Site{
	Name: "wake",
	Doc:  "the task waited at the queue and has not looked yet what ended the wait",
}
