package faults_test

import (
	"context"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/faults"
)

// silent is an engine that nothing strikes in.
type silent struct{}

func (silent) Spawn(*faults.Task)                                                 {}
func (silent) At(context.Context, *faults.Task, *faults.Site) (none faults.Fault) { return none }
func (silent) Note(context.Context, *faults.Task, faults.Event)                   {}

func TestAFailpointWithoutATaskIsToldToTheLastWatcher(t *testing.T) {
	g := NewWithT(t)
	point := &faults.Site{Name: "charge"}
	told := 0
	stopFirst := faults.WatchTaskless(func(*faults.Site) { t.Error("the first was told") })
	stop := faults.WatchTaskless(func(s *faults.Site) {
		g.Expect(s).To(BeIdenticalTo(point))
		told++
	})
	point.At(context.Background())
	g.Expect(told).To(Equal(1))
	point.At(faults.Root(context.Background(), silent{}, "main", nil))
	g.Expect(told).To(Equal(1), "there is a task")
	stopFirst() // it is not the one that watches any more
	point.At(context.Background())
	g.Expect(told).To(Equal(2))
	stop()
	point.At(context.Background())
	g.Expect(told).To(Equal(2))
}
