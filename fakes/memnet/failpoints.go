package memnet

import "github.com/squall-go/squall/faults"

var dialPoint = faults.Site{
	Name:   "dial",
	Doc:    "a connection is about to be asked for",
	Allows: faults.Error | faults.Delay | faults.Hang | faults.CancelTask | faults.CancelParent | faults.CancelRoot | faults.Deadline,
}
