// Package shelf says over HTTP what is on the shelf.
package shelf

import (
	"fmt"
	"net/http"

	"github.com/pingcap/failpoint"

	"github.com/squall-go/squall/faults"
)

var lookPoint = faults.Site{Name: "look", Doc: "before the shelf is looked at",
	Allows: faults.Error | faults.Delay | faults.Hang}

// Look answers what is there.
func Look(w http.ResponseWriter, req *http.Request) {
	ctx := faults.WithTask(req.Context(), "request")
	failpoint.Inject("look", func() {
		if err := lookPoint.Err(ctx); err != nil {
			http.Error(w, "out of reach", http.StatusServiceUnavailable)
			failpoint.Return()
		}
	})
	fmt.Fprint(w, "tea")
}
