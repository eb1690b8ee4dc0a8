package faults

import (
	"reflect"
	"sync/atomic"
)

// Selector decides the selects of the goroutines of one run: the engine in
// controlled mode.
type Selector interface {
	// Select is a select of n cases, reached by the calling goroutine.
	Select(p *SelectPoint, n int) SelectTurn
}

// SelectTurn is how one execution of a select goes: the case First is looked at
// first, then the others in the order of the source.
type SelectTurn struct {
	First int
	// Took, if not nil, is told that First was ready; it is called for First > 0.
	Took func()
	// Woken, if not nil, is called after the select had to wait.
	Woken func()
}

var selector atomic.Pointer[Selector]

// DecideSelects sets the process's selector, until stop is called or another one
// is set.
func DecideSelects(s Selector) (stop func()) {
	selector.Store(&s)
	return func() { selector.CompareAndSwap(&s, nil) }
}

// Select is the select statement p in a package that the overlay rewrote: it
// returns the index of the case that was taken, -1 if it is default. Without a
// selector it does what the statement does. Else the cases are looked at in the
// order of the turn, and the first that is ready is taken.
//
// Who waits is woken by the first case that becomes ready. If that is a closed
// channel, the others are looked at once more when it is the task's turn again,
// and one that has a value goes before a channel that is closed: of what becomes
// ready at one instant, the runtime would take any.
func Select(p *SelectPoint, orDefault bool, cases ...SelectCase) int {
	s := selector.Load()
	if s == nil {
		return undecided(orDefault, cases)
	}
	turn := (*s).Select(p, len(cases))
	taken := turn.look(cases)
	if taken < 0 && !orDefault {
		taken = await(cases)
		if turn.Woken != nil {
			turn.Woken()
			taken = turn.lookAgain(cases, taken)
		}
	}
	if taken > 0 && taken == turn.First && turn.Took != nil {
		turn.Took()
	}
	return taken
}

// nth is the index of the case that is looked at as the i-th.
func (t SelectTurn) nth(i int) int {
	switch {
	case i == 0:
		return t.First
	case i <= t.First:
		return i - 1
	}
	return i
}

func (t SelectTurn) look(cases []SelectCase) int {
	for i := range cases {
		if i := t.nth(i); cases[i].try() {
			return i
		}
	}
	return -1
}

// lookAgain is look for who was woken by a closed channel. It does not try to
// send: who waited has done with that, and the channel may be closed since.
func (t SelectTurn) lookAgain(cases []SelectCase, woken int) int {
	if receive, closed := cases[woken].receives(); !receive || !closed {
		return woken
	}
	first := -1
	for i := range cases {
		i := t.nth(i)
		receive, _ := cases[i].receives()
		if !receive || i != woken && !cases[i].try() {
			continue
		}
		if _, closed := cases[i].receives(); !closed {
			return i
		}
		if first < 0 {
			first = i
		}
	}
	return first
}

// await blocks until a case is ready, and takes it.
func await(cases []SelectCase) int {
	if len(cases) == 1 {
		cases[0].wait()
		return 0
	}
	return blind(cases, false)
}

// undecided is Go's own select.
func undecided(orDefault bool, cases []SelectCase) int {
	switch {
	case len(cases) == 1 && !orDefault:
		cases[0].wait()
		return 0
	case len(cases) == 1 && cases[0].try():
		return 0
	case len(cases) == 1:
		return -1
	}
	return blind(cases, orDefault)
}

// blind leaves the choice to the runtime.
func blind(cases []SelectCase, orDefault bool) int {
	list := make([]reflect.SelectCase, 0, len(cases)+1)
	for _, c := range cases {
		list = append(list, c.reflected())
	}
	if orDefault {
		list = append(list, reflect.SelectCase{Dir: reflect.SelectDefault})
	}
	i, value, ok := reflect.Select(list)
	if i == len(cases) {
		return -1
	}
	cases[i].took(value, ok)
	return i
}
