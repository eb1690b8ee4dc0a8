package scope

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/squall-go/squall/faults"
)

// Node is one live task as [Snapshot] saw it.
type Node struct {
	Kind     string // "scope", "supervisor", "job", "async", "island", "section" (non-cancellable), "call" (CloseOnCancel)
	Name     string
	Path     string
	State    string    // "new", "queued", "running", "waiting", "stuck" or "ended"
	Waiting  string    // what it waits for: "page/A (await)", "lock till (held by page/B)", "its children"
	Cancel   error     // cause of its cancellation, nil if it is not cancelled; see [Snapshot]
	Since    time.Time // waiting since; else when it was created
	Seen     time.Time // when the snapshot was taken
	Created  string    // file:line of the call that created it
	Origin   string    // of an island, see [Islands]: path of the task that made it
	Children []Node    // oldest first
}

// Snapshot is everything alive, as a forest in order of creation. It is not one
// instant: tasks go on while it is taken.
//
// It may be taken from anywhere at any time, also from outside a testing/synctest
// bubble of the tasks it shows: those tell what they know by themselves, which is
// all but a cancellation that came from a context made by somebody else, and, from
// outside, a timeout.
func Snapshot() []Node { return snapshots(roots.list()) }

// Dump writes everything alive as a tree, one task a line, and returns the
// writer's error.
func Dump(w io.Writer) error { return write(w, Snapshot()) }

func init() { faults.RegisterDump("scope", dumpRun) }

// dumpRun is [Dump] of what belongs to one run of the harness.
func dumpRun(w io.Writer, of faults.Engine) error {
	var nodes []Node
	for _, n := range roots.list() {
		if of == nil || n.task.RunBy(of) {
			nodes = append(nodes, n.snapshot())
		}
	}
	return write(w, nodes)
}

// Snapshot is the scope and everything below it.
func (s *Scope) Snapshot() Node { return s.snapshot() }

// Dump writes the scope and everything below it; see the function [Dump].
func (s *Scope) Dump(w io.Writer) error { return write(w, []Node{s.snapshot()}) }

// Snapshot is the job and everything below it.
func (j *Job) Snapshot() Node { return j.snapshot() }

// Dump writes the job and everything below it; see the function [Dump].
func (j *Job) Dump(w io.Writer) error { return write(w, []Node{j.snapshot()}) }

func snapshots(nodes []*node) (seen []Node) {
	for _, n := range nodes {
		seen = append(seen, n.snapshot())
	}
	return seen
}

func (n *node) children() (children []*node) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for c := n.first; c != nil; c = c.next {
		children = append(children, c)
	}
	return children
}

func (n *node) snapshot() Node {
	n.mu.Lock()
	waiting, state := n.waitingFor(), n.state.Load()
	n.mu.Unlock()

	seen := Node{
		Kind: kindNames[n.kind], Name: n.name(), Path: n.path(), State: stateNames[state],
		Since: n.born, Seen: time.Now(), Created: n.created.String(), Origin: n.origin(), Children: snapshots(n.children()),
	}
	if n.severed() {
		seen.Origin = n.parent.path()
	}
	if state != stateEnded {
		seen.Cancel = n.told()
	}
	if waiting.real() {
		seen.State, seen.Waiting, seen.Since = "waiting", waiting.String(), waiting.since
	}
	return seen
}

// told is why n was cancelled. A context of another test's bubble must not be
// asked: looking at its channel ends the process. So in bubbles, which are told
// by their clock, it is what this package knows by itself.
func (n *node) told() error {
	if onRealClock(n.born) {
		cause, _ := n.cancelled()
		return cause
	}
	switch {
	case n.asked() != nil:
		return n.asked()
	case n.overdue():
		return n.rare.late
	case n.shielded():
		return nil
	}
	return n.parent.told()
}

func (n *node) asked() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.shown == nil {
		return nil
	}
	return n.shown.cause
}

func (n *node) overdue() bool {
	now := time.Now()
	return n.rare != nil && n.rare.late != nil && !onRealClock(now) && !now.Before(n.rare.due)
}

// onRealClock: times of a bubble have no monotonic clock reading.
func onRealClock(t time.Time) bool { return t != t.Round(0) }

var stateNames = [...]string{"new", "queued", "running", "stuck", "ended"}

func write(w io.Writer, nodes []Node) error {
	var b strings.Builder
	for i := range nodes {
		nodes[i].write(&b, 0)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// String is the task and everything below it as [Dump] writes them.
func (n Node) String() string {
	var b strings.Builder
	n.write(&b, 0)
	return b.String()
}

func (n *Node) write(b *strings.Builder, depth int) {
	fmt.Fprintf(b, "%s%s %s: %s\n", strings.Repeat("  ", depth), n.Kind, n.Name, n.describe())
	for i := range n.Children {
		n.Children[i].write(b, depth+1)
	}
}

func (n *Node) describe() string {
	var b strings.Builder
	b.WriteString(n.State)
	if n.Waiting != "" {
		b.WriteString(" for " + n.Waiting)
	}
	if n.Cancel != nil {
		b.WriteString(", cancelling (" + n.Cancel.Error() + ")")
	}
	fmt.Fprintf(&b, ", since %s, created at %s", age(n.Since, n.Seen), short(n.Created))
	switch {
	case n.Origin == "":
	case n.Kind == kindNames[kindIsland]:
		b.WriteString(", detached from " + n.Origin)
	default:
		b.WriteString(", cut off from " + n.Origin)
	}
	return b.String()
}

// age is how long before now t was; of another bubble's clock, when.
func age(t, now time.Time) string {
	if onRealClock(t) != onRealClock(now) || now.Before(t) {
		return t.Format("2006-01-02 15:04:05.999999999") + " of another clock"
	}
	return now.Sub(t).Round(time.Millisecond).String()
}

// short is the last two elements of a path.
func short(path string) string {
	dir, file := filepath.Split(path)
	return filepath.Join(filepath.Base(dir), file)
}
