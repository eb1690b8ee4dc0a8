package faults

import (
	"fmt"
	"math/bits"
	"strings"
)

// Kind is one fault of the closed set, or a set of them joined by |.
type Kind uint32

// The faults that the engine carries out at a failpoint.
const (
	// Error makes the failpoint's operation fail with an [*Injected] error.
	Error Kind = 1 << iota
	// Panic panics with an [*Injected] error as the value.
	Panic
	// Goexit calls runtime.Goexit.
	Goexit
	// Delay lets virtual time pass before the operation goes on.
	Delay
	// CancelTask cancels the task that reached the failpoint.
	CancelTask
	// CancelParent cancels the parent of the task that reached the failpoint.
	CancelParent
	// CancelRoot cancels the outermost ancestor that can be cancelled.
	CancelRoot
	// Deadline cancels the task with a cause that matches context.DeadlineExceeded.
	Deadline
	// Hang blocks until the context is done, then fails with its cause.
	Hang
	// Wedge blocks and ignores cancellation; it is freed after judging, and
	// then fails with an [*Injected] error.
	Wedge
)

// The faults that the code at the failpoint carries out.
const (
	// Drop loses the message or callback.
	Drop Kind = 1 << (iota + 10)
	// Duplicate delivers the message or callback twice.
	Duplicate
	// Late delivers it after [Fault.Delay].
	Late
	// Reorder delivers it after the one that follows it.
	Reorder
	// Corrupt delivers garbage in its place.
	Corrupt
	// LoseWorker ends the worker that reached the failpoint.
	LoseWorker
	// Close closes the resource that reached the failpoint.
	Close
)

// Sets of faults that are often allowed together.
const (
	// Failure is every way in which a task can fail.
	Failure = Error | Panic | Goexit
	// Cancels is every way in which a task can be cancelled.
	Cancels = CancelTask | CancelParent | CancelRoot | Deadline
	// Carried is every fault that the code at the failpoint carries out.
	Carried = Drop | Duplicate | Late | Reorder | Corrupt | LoseWorker | Close
	// All is the whole closed set.
	All = Failure | Delay | Cancels | Hang | Wedge | Carried
)

var kindNames = [...]string{
	"error", "panic", "goexit", "delay", "cancel-task", "cancel-parent", "cancel-root",
	"deadline", "hang", "wedge", "drop", "duplicate", "late", "reorder", "corrupt",
	"lose-worker", "close",
}

// Has reports whether every kind of x is in k.
func (k Kind) Has(x Kind) bool { return x != 0 && k&x == x }

// Len is the number of kinds in the set.
func (k Kind) Len() int { return bits.OnesCount32(uint32(k)) }

// Nth is the i-th kind of the set, in the order of the closed list.
// It panics if i is not below [Kind.Len].
func (k Kind) Nth(i int) Kind {
	if i < 0 || i >= k.Len() {
		panic(fmt.Sprintf("faults: no kind %d in %q", i, k))
	}
	rest := uint32(k)
	for ; i > 0; i-- {
		rest &= rest - 1
	}
	return Kind(rest & -rest)
}

// Names lists the kinds of the set by name, in the order of the closed list.
func (k Kind) Names() []string {
	names := make([]string, 0, k.Len())
	for i, name := range kindNames {
		if k&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return names
}

// String is the name of the kind, or the names of the set joined by "|".
func (k Kind) String() string {
	if k == 0 {
		return "none"
	}
	return strings.Join(k.Names(), "|")
}

// ParseKind is the inverse of [Kind.String] for a single kind.
func ParseKind(name string) (Kind, error) {
	for i, known := range kindNames {
		if name == known {
			return 1 << i, nil
		}
	}
	return 0, fmt.Errorf("faults: unknown fault %.80q; known are %s", name, strings.Join(kindNames[:], ", "))
}
