package harness

import "github.com/squall-go/squall/harness/explore"

// Allow is faults that may strike, and where; [Strike] makes one.
type Allow = explore.Allow
