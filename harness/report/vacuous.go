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
	Replay                     string
}

// Vacuous says what has to happen before the scenario proves anything.
func Vacuous(e Emptiness) string {
	var p page
	p.headline(e.ScenarioID, e.Title, e.Control, "vacuous", counted(e.Runs, "run")+", and nothing is proved")
	if e.Unbuilt {
		p.say("  ", "no failpoint is built into this binary: run it with squall run, or build it with the overlay")
	}
	list(&p, "no such failpoint:  ", e.Unknown)
	list(&p, "never struck:       ", e.NeverStruck)
	list(&p, "never seen:         ", e.NeverSeen)
	list(&p, "control not caught: ", e.Uncaught)
	p.replay(e.Replay)
	return p.String()
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
