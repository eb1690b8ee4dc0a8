package listener

import "github.com/squall-go/squall/faults"

var acceptPoint = faults.Site{
	Name:   "accept",
	Doc:    "a connection is about to be accepted",
	Allows: faults.Error | faults.Panic | faults.Goexit | faults.Delay | faults.CancelTask | faults.CancelParent | faults.CancelRoot | faults.Deadline | faults.Wedge,
}

var wakePoint = faults.Site{
	Name: "wake",
	Doc:  "accept blocked and has not looked yet what ended it",
}

var connectPoint = faults.Site{
	Name:   "connect",
	Doc:    "a peer is about to connect",
	Allows: faults.Error | faults.Delay | faults.CancelTask | faults.CancelParent | faults.CancelRoot | faults.Deadline | faults.Hang | faults.Drop,
}

var closePoint = faults.Site{
	Name:   "close",
	Doc:    "the listener is about to be closed",
	Allows: faults.Error | faults.Delay | faults.Wedge,
}
