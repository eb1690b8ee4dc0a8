package judge

import "github.com/squall-go/squall/harness/history"

// Radii are the blast radii of a run, for pictures: what [Blast] judges, told of every task.
type Radii struct {
	// Affected are the tasks that a failure or an injected cancellation reached,
	// and those that it came from.
	Affected map[*history.Task]bool
	// Allowed are the tasks that one of the failures of the run may reach.
	Allowed map[*history.Task]bool
}

// Reach is how far the failures of the run came, and how far they may. An
// injected cancellation has no bounds here: it may reach whom it reached.
func Reach(run *history.Run, terms Terms) Radii {
	v := open(run, terms)
	defer v.close()
	r := Radii{Affected: map[*history.Task]bool{}, Allowed: map[*history.Task]bool{}}
	failures := v.trace()
	for i := range v.lives {
		if l := &v.lives[i]; v.hit(l, failures) {
			r.Affected[l.task] = true
			r.Allowed[l.task] = injectedCancel(v.cause(l)) || injectedCancel(v.endErr(l))
		}
	}
	for i := range failures {
		f := &failures[i]
		allowed := v.radiusOf(f)
		for k := range v.lives {
			if l := &v.lives[k]; f.beganIn(l) || v.mayAffect(f, &allowed, l) {
				r.Allowed[l.task] = true
			}
		}
	}
	return r
}
