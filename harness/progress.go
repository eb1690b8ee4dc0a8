package harness

import (
	"os"

	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/result"
)

// progress appends to the progress file, nil if there is none. A total of 0 is
// not known.
func progress(id string, total int) func(done, total int) {
	if *flagProgress == "" {
		return nil
	}
	return func(done, _ int) { tell(result.Progress{Scenario: id, Done: done, Total: total}) }
}

// through tells that a scenario is over, after however many runs that took.
func through(id string, report *explore.Report) {
	if *flagProgress != "" {
		tell(result.Progress{Scenario: id, Done: report.Runs, Total: report.Runs})
	}
}

func tell(p result.Progress) {
	f, err := os.OpenFile(*flagProgress, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return // progress is a courtesy
	}
	defer f.Close()
	_ = p.WriteLine(f)
}
