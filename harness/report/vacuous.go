package report

// Emptiness is why a scenario's runs, green as they may be, prove nothing.
type Emptiness struct {
	ScenarioID, Title, Control string
	Runs                       int
	Unbuilt                    bool     // no failpoint is built into the binary
	Unknown                    []string // failpoints that were named and do not exist
	NeverStruck                []string // failpoints or faults, as plans write them
	NeverSeen                  []string // names of facts that had to happen sometimes
	Uncaught                   []string // controls that no run caught
	Misfits                    []string // what is to be said of each tape that does not fit any more
	AllTheSame                 string   // the way out, if there was nothing to decide in any run
	Replay                     string
}

// Vacuous says what has to happen before the scenario proves anything.
func Vacuous(e Emptiness) string {
	var p page
	p.headline(e.ScenarioID, e.Title, e.Control, "vacuous", e.why())
	if e.Unbuilt {
		p.say("  ", "no failpoint is built into this binary: run it with squall run, or build it with the overlay")
	}
	if e.AllTheSame != "" {
		p.say("  ", "no run came to a failpoint or had a choice to make: each was the first one again")
		p.say("  ", e.AllTheSame)
	}
	list(&p, "no such failpoint:  ", e.Unknown)
	list(&p, "never struck:       ", e.NeverStruck)
	list(&p, "never seen:         ", e.NeverSeen)
	list(&p, "control not caught: ", e.Uncaught)
	for i, misfit := range e.Misfits {
		if i == maxChoices {
			p.say("  ", "and "+count(len(e.Misfits)-i)+" more")
			break
		}
		p.say("  ", misfit)
	}
	p.replay(e.Replay)
	return p.String()
}

// why is the headline: of runs that proved something, beside a tape that did not,
// it says no less.
func (e Emptiness) why() string {
	alone := !e.Unbuilt && e.AllTheSame == "" && len(e.Unknown)+len(e.NeverStruck)+len(e.NeverSeen)+len(e.Uncaught) == 0
	switch n := len(e.Misfits); {
	case alone && n == 1:
		return counted(e.Runs, "run") + " held, and 1 tape does not fit any more"
	case alone && n > 1:
		return counted(e.Runs, "run") + " held, and " + count(n) + " tapes do not fit any more"
	}
	return counted(e.Runs, "run") + ", and nothing is proved"
}

func list(p *page, title string, items []string) {
	for i, item := range items {
		if i == maxChoices {
			p.say("                      ", "and "+count(len(items)-i)+" more")
			return
		}
		p.say("  "+title, item)
		title = "                    "
	}
}
