package explore

import (
	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/engine"
	"github.com/squall-go/squall/harness/history"
)

func (x *explorer) count(run *history.Run) {
	r := &x.report
	r.Runs++
	r.Steps += len(run.Steps)
	r.Hash = engine.Fold(r.Hash, run.Hash)
	r.Last = run
	x.draw.Steps = (x.draw.Steps*7 + len(run.Steps) + 7) / 8
	for i := range run.Events {
		if e := &run.Events[i]; e.Kind == history.Struck {
			r.Struck++
			r.Coverage[Cell{e.Site, e.Fault.Kind}]++
			if len(x.planned) > 0 {
				delete(x.planned, faults.Strike{Site: e.Site, Hit: e.Hit, Task: e.Task.Path, Fault: e.Fault}.String())
			}
		}
	}
	for _, f := range run.Facts {
		if f.Seen {
			x.seen[f.Name] = true
		}
	}
}

// conclude gives the verdict of an exploration without a broken run.
func (x *explorer) conclude() {
	r := &x.report
	for _, name := range x.subject.Facts {
		if !x.seen[name] {
			r.Unseen = append(r.Unseen, name)
		}
	}
	for _, strike := range x.settings.Plan {
		if x.planned[strike.String()] {
			r.Dead = append(r.Dead, strike.String())
		}
	}
	r.Unstruck = len(x.subject.Faults) > 0 && r.Struck == 0
	r.Verdict = Held
	if r.Stopped {
		r.Verdict = Inconclusive
		return
	}
	if len(r.Unseen) > 0 || len(r.Dead) > 0 || r.Unstruck {
		r.Verdict = Vacuous
	}
}
