package report

import (
	"fmt"
	"strings"

	"github.com/squall-go/squall/harness/history"
	"github.com/squall-go/squall/harness/judge"
)

// maxTree is how many tasks a tree shows.
const maxTree = 40

// Tree draws the tree of tasks with what happened to each of them; ▒ marks the
// blast radius: the tasks that failed or were cancelled. "" for a run without
// tasks.
func Tree(run *history.Run, findings ...judge.Finding) string {
	if run == nil {
		return ""
	}
	t := &tree{cast: castOf(run, findings), remarks: map[*history.Task][]string{}}
	t.shown = t.cast.stage(maxTree)
	if len(t.shown) == 0 {
		return ""
	}
	t.remark(run, findings)
	return t.draw()
}

type tree struct {
	cast    *cast
	shown   []*history.Task
	remarks map[*history.Task][]string
}

// remark collects what is said behind each task.
func (t *tree) remark(run *history.Run, findings []judge.Finding) {
	p := &picture{run: run, cast: t.cast, told: map[*history.Task]bool{}}
	for _, e := range run.Events {
		if e.Task == nil {
			continue
		}
		switch e.Kind {
		case history.Opened:
			if e.Flag {
				t.note(e.Task, "supervisor")
			}
		case history.Struck, history.Cancelled, history.Done, history.Ended, history.Refused, history.Detached:
			m, _ := p.word(e)
			if m.text != "" {
				t.note(e.Task, m.show(room{words: Width, signs: Width}))
			}
		}
	}
	for _, l := range run.Waiters {
		t.note(l.Task, "✗ stuck")
	}
	for _, l := range run.Left {
		t.note(l.Task, "✗ left behind")
	}
	for _, f := range findings {
		if task := t.cast.find(f.Subject); task != nil {
			t.note(task, "! "+clean(f.Property))
		}
	}
}

func (t *tree) note(task *history.Task, remark string) {
	t.remarks[task] = append(t.remarks[task], remark)
}

func (t *tree) draw() string {
	names := t.names()
	wide := 0
	for i, name := range names {
		names[i] = clip(name, Width/2)
		wide = max(wide, columns(names[i]))
	}
	var lines []string
	for i, task := range t.shown {
		sign := "  "
		if t.cast.parts[task].is(failed | cancelled) {
			sign = "▒ "
		}
		line := sign + pad(names[i], wide) + "  " + strings.Join(t.remarks[task], "  ")
		lines = append(lines, strings.TrimRight(clip(line, Width), " "))
	}
	return strings.Join(append(lines, t.radius()...), "\n") + "\n"
}

// names draws the branches.
func (t *tree) names() []string {
	on := map[*history.Task]bool{}
	for _, task := range t.shown {
		on[task] = true
	}
	above := func(task *history.Task) *history.Task {
		a := task.Parent
		for a != nil && !on[a] {
			a = a.Parent
		}
		return a
	}
	last := map[*history.Task]*history.Task{}
	for _, task := range t.shown {
		last[above(task)] = task
	}
	names := make([]string, len(t.shown))
	indents := map[*history.Task]string{}
	for i, task := range t.shown {
		a := above(task)
		branch, below := "├─ ", "│  "
		switch {
		case a == nil:
			branch, below = "", ""
		case last[a] == task:
			branch, below = "└─ ", "   "
		}
		name := element(task)
		if a != task.Parent {
			name = "…/" + name
		}
		names[i] = indents[a] + branch + name
		indents[task] = indents[a] + below
	}
	return names
}

// radius counts the tasks hit, and those not shown.
func (t *tree) radius() []string {
	affected := 0
	for _, task := range t.cast.tasks {
		if t.cast.parts[task].is(failed | cancelled) {
			affected++
		}
	}
	text := fmt.Sprintf("▒ blast radius: %s of %s", count(affected), counted(len(t.cast.tasks), "task"))
	if n := len(t.cast.tasks) - len(t.shown); n > 0 {
		text += fmt.Sprintf("; %s not shown", count(n))
	}
	return []string{text}
}
