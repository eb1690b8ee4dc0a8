package peers

import "context"

// Library is a library as its users use it.
type Library struct {
	Name   string // "errgroup"
	Ours   bool
	Waits  string // the call that waits for the children, as messages name it
	symbol any    // a function of it, by which its version is found
	// FailFast is what one takes for a fan-out that is all-or-nothing, Supervise
	// for one in which failures stay apart, Grow for children that start children.
	FailFast, Supervise, Grow Form
	// Design says, by story, or by story and property ("S11 P-BLAST"), what the
	// library promises where that is less than the story asks for.
	Design map[string]string
}

// Form is one way of using a library.
type Form struct {
	How     string // as one writes it: "errgroup.WithContext"
	enclose enclose
}

// enclose opens a group, lets body launch children, and waits for them.
type enclose func(ctx context.Context, body func(launch)) error

// launch starts fn as a child; cancel asks this one child to stop.
type launch func(name string, fn func(ctx context.Context) error) (cancel func(cause error))

// Libraries are the rows of the table; the last one is our own.
var Libraries = []Library{errgroupLibrary, concLibrary, scopeLibrary}

// design is what the library promises about the story and property.
func (l Library) design(story, property string) string {
	if text := l.Design[story+" "+property]; text != "" {
		return text
	}
	return l.Design[story]
}
