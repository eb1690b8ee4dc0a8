package legacydb

import "github.com/squall-go/squall/faults"

var connectPoint = faults.Site{
	Name:   "connect",
	Doc:    "a connection is about to be asked of the pool",
	Allows: faults.Error | faults.Panic | faults.Goexit | faults.Delay | faults.CancelTask | faults.CancelParent | faults.CancelRoot | faults.Deadline,
}

var wakePoint = faults.Site{
	Name: "wake",
	Doc:  "the task waited, for a connection or for the database, and has not looked yet what ended the wait",
}

var dialPoint = faults.Site{
	Name:   "dial",
	Doc:    "a lost connection is about to be opened again",
	Allows: faults.Error | faults.Delay | faults.Wedge,
}

var queryPoint = faults.Site{
	Name:   "query",
	Doc:    "the query is about to run on its connection",
	Allows: faults.Error | faults.Panic | faults.Goexit | faults.Delay | faults.CancelTask | faults.CancelParent | faults.CancelRoot | faults.Deadline | faults.Wedge | faults.Close,
}

var rowsPoint = faults.Site{
	Name:   "rows",
	Doc:    "the query has run and its rows have not been read",
	Allows: faults.Error | faults.Delay | faults.Close,
}
