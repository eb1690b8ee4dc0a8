package explore

import (
	"maps"
	"slices"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/engine"
	"github.com/squall-go/squall/harness/history"
	"github.com/squall-go/squall/harness/judge"
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
	if len(x.planned) > 0 || r.Struck == 0 && len(x.subject.Faults) > 0 {
		x.visit(run)
	}
	x.idle = slices.DeleteFunc(x.idle, func(p judge.Property) bool { return p.HasMatter(run) })
	if r.Handovers != nil {
		for i := 1; i < len(run.Steps); i++ {
			if from, to := &run.Steps[i-1], &run.Steps[i]; from.Task != to.Task {
				r.Handovers[Handover{from.Site, to.Site}]++
			}
		}
	}
	for _, f := range run.Facts {
		if seen, mentioned := x.seen[f.Name]; !mentioned {
			x.mentioned = append(x.mentioned, f.Name)
			x.seen[f.Name] = f.Seen
		} else {
			x.seen[f.Name] = seen || f.Seen
		}
	}
}

// unseen lists the facts that were declared or mentioned, and that no run showed.
// Under a plan every run is the same storm, which need not show them; in free
// mode it is luck which ones show, and luck must not decide a verdict.
func (x *explorer) unseen() (names []string) {
	if x.settings.Plan != nil || x.subject.Mode == engine.Free {
		return nil
	}
	for _, name := range append(slices.Clone(x.subject.Facts), x.mentioned...) {
		if !x.seen[name] && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, p := range x.idle {
		names = append(names, MatterOf(p))
	}
	return names
}

// MatterOf is the fact that a property has found anything to judge.
func MatterOf(p judge.Property) string { return "anything for " + p.ID + " to judge" }

// shown lists the facts that some run showed.
func (x *explorer) shown() (names []string) {
	for _, name := range append(slices.Clone(x.subject.Facts), x.mentioned...) {
		if x.seen[name] && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, p := range x.subject.Properties {
		if p.IsParticular() && !slices.ContainsFunc(x.idle, func(idle judge.Property) bool { return idle.ID == p.ID }) {
			names = append(names, MatterOf(p))
		}
	}
	return names
}

// conclude gives the verdict of an exploration without a broken run.
func (x *explorer) conclude() {
	r := &x.report
	r.Unseen, r.Seen = x.unseen(), x.shown()
	for _, strike := range x.settings.Plan {
		if x.planned[strike.String()] {
			r.Dead = append(r.Dead, x.whyNotPlanned(strike))
		}
	}
	r.Unstruck = len(x.subject.Faults) > 0 && r.Struck == 0
	if r.Unstruck && x.settings.Plan == nil {
		r.Dead = append(r.Dead, x.unstruck()...)
	}
	r.Unvisited, r.Taskless = x.unvisited(), slices.Sorted(maps.Keys(x.taskless))
	r.Verdict = Held
	if len(r.Failures) > 0 {
		r.Verdict = Broken
		return
	}
	if r.Stopped {
		r.Verdict = Inconclusive
		return
	}
	if len(r.Unseen) > 0 || len(r.Dead) > 0 || r.Unstruck || r.Unvisited || len(r.Misfits) > 0 {
		r.Verdict = Vacuous
	}
}

// unstruck says of each pattern of which something could strike why nothing did.
func (x *explorer) unstruck() (why []string) {
	for _, a := range x.subject.Faults {
		if a.impossible(faults.Sites()) == "" {
			why = append(why, x.whyUnstruck(a))
		}
	}
	return why
}

// unvisited reports whether there was nothing to decide in any run. On the real
// clock no two runs are the same all the same.
func (x *explorer) unvisited() bool {
	return x.report.Runs > 0 && x.report.Steps == 0 && !x.chose && x.subject.Mode != engine.Wall
}
