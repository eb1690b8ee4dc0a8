package services

import "github.com/squall-go/squall/faults"

var callPoint = faults.Site{
	Name:   "call",
	Doc:    "the request is about to leave for the remote service",
	Allows: faults.Error | faults.Panic | faults.Goexit | faults.Delay | faults.CancelTask | faults.CancelParent | faults.CancelRoot | faults.Deadline | faults.Hang | faults.Wedge,
}

var wakePoint = faults.Site{
	Name: "wake",
	Doc:  "the caller waited for the reply and has not looked yet whether it came",
}

var replyPoint = faults.Site{
	Name:   "reply",
	Doc:    "the reply is here and has not been handed to the caller",
	Allows: faults.Error | faults.Delay | faults.CancelTask | faults.CancelParent | faults.CancelRoot | faults.Deadline | faults.Corrupt,
}
