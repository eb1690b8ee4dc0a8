package explore

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/engine"
	"github.com/squall-go/squall/harness/history"
)

// silence is what an exploration knows of faults that have not struck.
type silence struct {
	reached  map[string]map[string]int // failpoint → task → the most visits in a run
	taskless map[string]bool           // failpoints reached in a context without a task
	chose    bool                      // some run had a choice to make
}

// notice takes in a run.
func (s *silence) notice(e *engine.Engine) {
	s.chose = s.chose || e.Chose()
	for _, site := range e.Taskless() {
		if s.taskless == nil {
			s.taskless = map[string]bool{}
		}
		s.taskless[site] = true
	}
}

// visit takes in who came where.
func (s *silence) visit(run *history.Run) {
	if s.reached == nil {
		s.reached = map[string]map[string]int{}
	}
	for _, step := range run.Steps {
		if s.reached[step.Site] == nil {
			s.reached[step.Site] = map[string]int{}
		}
		s.reached[step.Site][step.Task.Path] = max(s.reached[step.Site][step.Task.Path], step.Hit)
	}
}

// impossible says why no fault of a can strike in this binary, "" if one can.
func (a Allow) impossible(sites []*faults.Site) string {
	var allows []string
	for _, site := range sites {
		if site.Matches(a.Sites) {
			if site.Allows&a.Kinds != 0 {
				return ""
			}
			allows = append(allows, fmt.Sprintf("%s allows %s", site, site.Allows))
		}
	}
	if len(allows) > 0 {
		slices.Sort(allows)
		return fmt.Sprintf("%s: %s: no failpoint that matches allows it: %s", a.Sites, a.Kinds, few(allows))
	}
	if bare := a.bare(); len(bare) > 0 {
		return fmt.Sprintf("%s: matches bare pingcap markers alone (%s), which strike by their own terms; give each of them a faults.Site", a.Sites, few(bare))
	}
	return fmt.Sprintf("%s: matches no failpoint%s; squall sites lists them all", a.Sites, faults.Meant(a.Sites, patternsLike(a.Sites, sites)))
}

// bare is the markers that match and have no site.
func (a Allow) bare() (names []string) {
	for _, m := range faults.Markers() {
		if m.Site == nil && faults.Match(a.Sites, m.Name) {
			names = append(names, m.Name)
		}
	}
	return slices.Compact(names)
}

// patternsLike is what could have been written in place of the pattern.
func patternsLike(pattern string, sites []*faults.Site) (names []string) {
	for _, site := range sites {
		name := site.String()
		if strings.HasSuffix(pattern, "...") {
			name = name[:strings.LastIndexByte(name, '/')+1] + "..."
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// whyUnstruck says why none of the faults of a has struck, where one could.
func (x *explorer) whyUnstruck(a Allow) string {
	var names, taskless []string
	for _, site := range faults.Sites() {
		name := site.String()
		switch {
		case !site.Matches(a.Sites) || site.Allows&a.Kinds == 0:
		case len(x.reached[name]) > 0:
			return fmt.Sprintf("%s: %s: reached, and struck in none of %d runs (after Run.Heal nothing strikes); give --runs more", a.Sites, a.Kinds, x.report.Runs)
		case x.taskless[name]:
			taskless = append(taskless, name)
		default:
			names = append(names, name)
		}
	}
	if len(taskless) > 0 {
		slices.Sort(taskless)
		return fmt.Sprintf("%s: %s: %s", a.Sites, a.Kinds, withoutTask(few(taskless)))
	}
	slices.Sort(names)
	return fmt.Sprintf("%s: %s: no run reached %s; call the code there from the body", a.Sites, a.Kinds, few(names))
}

func withoutTask(sites string) string {
	return sites + " was reached only in a context without a task; hand r.Context() down to it, or what is derived from it, in place of context.Background()"
}

// whyNotPlanned says why a planned fault has not struck.
func (x *explorer) whyNotPlanned(s faults.Strike) string {
	came := x.reached[s.Site]
	switch tasks := slices.Sorted(maps.Keys(came)); {
	case len(tasks) == 0 && x.taskless[s.Site]:
		return fmt.Sprintf("%s: %s", s, withoutTask(s.Site))
	case len(tasks) == 0:
		return fmt.Sprintf("%s: no run reached %s; call the code there from the body", s, s.Site)
	case came[s.Task] == 0:
		return fmt.Sprintf("%s: no task %s came there%s; these did: %s", s, faults.QuoteWord(s.Task), faults.Meant(s.Task, tasks), few(tasks))
	case came[s.Task] < s.Hit:
		return fmt.Sprintf("%s: its last visit there is #%d", s, came[s.Task])
	}
	return fmt.Sprintf("%s: it came there after Run.Heal, when nothing strikes", s)
}

// few names the first: a pattern may match hundreds.
func few(names []string) string {
	const most = 5
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}
