package scope

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"
)

// Node is one live task as [Snapshot] saw it.
type Node struct {
	Kind     string // "scope", "supervisor", "job", "async", "island", "section" (non-cancellable), "call" (CloseOnCancel)
	Name     string
	Path     string
	State    string    // "new", "queued", "running", "waiting", "stuck" or "ended"
	Waiting  string    // what it waits for, "" if it does not
	Cancel   error     // cause of its cancellation, nil if it is not cancelled
	Since    time.Time // waiting since; else when it was created
	Created  string    // file:line of the call that created it
	Origin   string    // of an island: path of the task that made it
	Children []Node    // oldest first
}

// Snapshot is everything alive, as a forest in order of creation. It is not one
// instant: tasks go on while it is taken.
func Snapshot() []Node { return snapshots(roots.list()) }

// Islands lists the live tasks made by [Detach].
func Islands() []Node {
	var islands []*node
	for _, n := range roots.list() {
		if n.kind == kindIsland {
			islands = append(islands, n)
		}
	}
	return snapshots(islands)
}

// Dump writes everything alive as a tree, one task a line, and returns the
// writer's error.
func Dump(w io.Writer) error { return write(w, Snapshot()) }

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

func (n *node) snapshot() Node {
	n.mu.Lock()
	waiting, state := n.waitingFor(), n.state.Load()
	var children []*node
	for c := n.first; c != nil; c = c.next {
		children = append(children, c)
	}
	n.mu.Unlock()

	seen := Node{
		Kind: kindNames[n.kind], Name: n.name(), Path: n.path(), State: stateNames[state],
		Since: n.born, Created: n.created.String(), Origin: n.origin(), Children: snapshots(children),
	}
	if state != stateEnded {
		seen.Cancel, _ = n.cancelled()
	}
	if waiting.real() {
		seen.State, seen.Waiting, seen.Since = "waiting", waiting.String(), waiting.since
	}
	return seen
}

var stateNames = [...]string{"new", "queued", "running", "stuck", "ended"}

func write(w io.Writer, nodes []Node) error {
	var b strings.Builder
	for _, n := range nodes {
		n.write(&b, 0)
	}
	_, err := io.WriteString(w, b.String())
	return err
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
	fmt.Fprintf(&b, ", since %v, created at %s", time.Since(n.Since).Round(time.Millisecond), short(n.Created))
	if n.Origin != "" {
		b.WriteString(", detached from " + n.Origin)
	}
	return b.String()
}

// short is the last two elements of a path.
func short(path string) string {
	dir, file := filepath.Split(path)
	return filepath.Join(filepath.Base(dir), file)
}
