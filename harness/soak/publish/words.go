package publish

import (
	"fmt"
	"strconv"
	"time"

	"github.com/squall-go/squall/harness/result"
)

// count is n with its thousands apart.
func count(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// brief is n in at most five characters.
func brief(n int64) string {
	switch {
	case n >= 10_000_000:
		return strconv.FormatInt(n/1_000_000, 10) + "M"
	case n >= 1_000_000:
		return fmt.Sprintf("%.1fM", float64(n)/1e6)
	case n >= 10_000:
		return strconv.FormatInt(n/1000, 10) + "k"
	case n >= 1000:
		return fmt.Sprintf("%.1fk", float64(n)/1e3)
	}
	return strconv.FormatInt(n, 10)
}

func span(d time.Duration) string {
	switch {
	case d < 0:
		return "0s"
	case d < 10*time.Second:
		return d.Round(10 * time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}

func plural(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return count(n) + " " + many
}

// sentence says what the verdict means for whoever looks at the report.
func sentence(v result.Verdict) string {
	switch v {
	case result.Held:
		return "Every run was judged, and no guarantee was broken."
	case result.Broken:
		return "A guarantee was broken, and a tape shows it again."
	case result.Wedged:
		return "A run did not come to its end in real time: a watchdog ended it."
	case result.Flaky:
		return "A run broke, and the same tape did not break it again: something is decided outside it."
	case result.Inconclusive:
		return "Nothing was found broken, and not everything that was to be looked at was."
	}
	return "Nothing was proved: what should have been seen was not."
}

// Headline is the report in one line.
func (r *Report) Headline() string {
	return fmt.Sprintf("%s: %s, %s in %s; %s; seed %s",
		r.Verdict, plural(r.Runs, "run", "runs"), plural(r.Steps, "step", "steps"), span(r.Elapsed),
		plural(int64(len(r.Findings)), "kind of finding", "kinds of findings"), r.Seed)
}
