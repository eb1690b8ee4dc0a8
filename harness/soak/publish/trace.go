package publish

import (
	"fmt"

	"github.com/squall-go/squall/harness/picture/trace"
)

// Trace is the finding's run as a Chrome trace, nil without an error if the
// finding has no picture.
func Trace(f *Finding) ([]byte, error) {
	if f.Picture == nil {
		return nil, nil
	}
	out, err := trace.Of(f.Picture, trace.About{Name: f.Scenario + " " + f.Property, Notes: map[string]string{
		"scenario": f.Scenario, "property": f.Property, "message": f.Message, "replay": f.Replay,
	}})
	if err != nil {
		return nil, fmt.Errorf("publish: %w", err)
	}
	return out, nil
}
