package wall

import "github.com/squall-go/squall/faults"

var queryPoint = faults.Site{
	Name:   "query",
	Doc:    "the driver is about to run a query on a connection",
	Allows: faults.Error | faults.CancelTask | faults.CancelParent | faults.Wedge | faults.Close,
}

var rowsPoint = faults.Site{
	Name:   "rows",
	Doc:    "the driver has run a query and its rows have not been read",
	Allows: faults.Error | faults.CancelTask | faults.CancelParent | faults.Close,
}
