package soak

import (
	"cmp"
	"time"

	"github.com/squall-go/squall/harness/batch"
)

// Limits say when a worker is ended or replaced; what is 0 is that of
// [DefaultLimits].
type Limits struct {
	Memory  uint64        // resident bytes at which it is killed: a finding
	Stuck   time.Duration // real time of one run after which it is killed: a finding
	Ready   time.Duration // that it may take to start
	Recycle uint64        // bytes of the Go runtime at which it is replaced after a batch
	Batches int           // after which it is replaced
	Look    time.Duration // between two looks at it
}

// DefaultLimits are those of squall soak.
var DefaultLimits = Limits{
	Memory: 2 << 30, Stuck: 90 * time.Second, Ready: 2 * time.Minute, Recycle: 512 << 20, Batches: 500, Look: 500 * time.Millisecond,
}

func (l Limits) orDefault() Limits {
	return Limits{
		Memory: cmp.Or(l.Memory, DefaultLimits.Memory), Stuck: cmp.Or(l.Stuck, DefaultLimits.Stuck), Ready: cmp.Or(l.Ready, DefaultLimits.Ready),
		Recycle: cmp.Or(l.Recycle, DefaultLimits.Recycle), Batches: cmp.Or(l.Batches, DefaultLimits.Batches), Look: cmp.Or(l.Look, DefaultLimits.Look),
	}
}

func (l Limits) spent(batches int, o *batch.Outcome) bool {
	return o.Spent || batches >= l.Batches || o.Memory > l.Recycle || o.Goroutines > 1000
}
