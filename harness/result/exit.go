package result

// The exit codes of the command; [ExitWedged] is a suite's process' too.
const (
	ExitHeld   = 0 // everything held
	ExitBroken = 1 // a guarantee was broken, or a suite died
	ExitUsage  = 2 // bad use: nothing was run
	ExitUnsure = 3 // vacuous, flaky or inconclusive
	ExitWedged = 4 // the watchdog ended a suite
)

// ExitCode is the exit code that the verdict calls for.
func (v Verdict) ExitCode() int {
	switch v {
	case Held:
		return ExitHeld
	case Broken:
		return ExitBroken
	case Wedged:
		return ExitWedged
	}
	return ExitUnsure
}
