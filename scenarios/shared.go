package scenarios

import (
	"errors"

	"github.com/squall-go/squall/harness/history"
	"github.com/squall-go/squall/scope"
)

// failedAlone is the radius under a supervisor: the failed task and what it
// started.
func failedAlone(failed, other *history.Task) bool { return other.Within(failed) }

func isTimeout(err error) bool {
	var timeout *scope.TimeoutError
	return errors.As(err, &timeout)
}
