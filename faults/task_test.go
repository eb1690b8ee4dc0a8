package faults_test

import (
	"context"
	"errors"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/faults"
)

// recorder is an engine that writes down what it is told.
type recorder struct {
	spawned []*faults.Task
	visits  []*faults.Site
	noted   []faults.Event
	by      []*faults.Task
	answer  faults.Fault
}

func (r *recorder) Spawn(t *faults.Task) { r.spawned = append(r.spawned, t) }

func (r *recorder) At(_ context.Context, t *faults.Task, s *faults.Site) faults.Fault {
	r.visits, r.by = append(r.visits, s), append(r.by, t)
	return r.answer
}

func (r *recorder) Note(_ context.Context, t *faults.Task, e faults.Event) {
	r.noted, r.by = append(r.noted, e), append(r.by, t)
}

type canceler struct{}

func (canceler) Cancel(error) {}

func TestOutsideARunNothingHappens(t *testing.T) {
	g := NewWithT(t)
	ctx := t.Context()
	site := &faults.Site{Name: "outside", Allows: faults.All}
	g.Expect(faults.TaskOf(ctx)).To(BeNil())
	g.Expect(faults.WithTask(ctx, "child")).To(BeIdenticalTo(ctx))
	g.Expect(site.At(ctx)).To(BeZero())
	g.Expect(site.Err(ctx)).To(Succeed())
	faults.Note(ctx, faults.Event{Kind: faults.Opened}) // must not panic
}

func TestTaskWithoutAnEngineDecidesNothing(t *testing.T) {
	g := NewWithT(t)
	var parent, task faults.Task
	parent.Init(nil, "parent", nil)
	task.Init(&parent, "task", nil)
	ctx := context.WithValue(t.Context(), faults.Key{}, &task)
	site := &faults.Site{Name: "no-engine", Allows: faults.All}
	g.Expect(site.At(ctx)).To(BeZero())
	g.Expect(faults.WithTask(ctx, "child")).To(BeIdenticalTo(ctx))
	task.Note(ctx, faults.Event{}) // must not panic
	g.Expect(task.Path()).To(Equal("parent/task"))
}

func TestEngineDecidesForTheTaskOfTheContext(t *testing.T) {
	g := NewWithT(t)
	engine := &recorder{answer: faults.Fault{Kind: faults.Error, Err: errors.New("boom")}}
	ctx := faults.WithTask(faults.Root(t.Context(), engine, "root", nil), "child")
	site := &faults.Site{Name: "inside"}
	g.Expect(site.At(ctx)).To(Equal(engine.answer))
	g.Expect(site.Err(ctx)).To(MatchError("boom"))
	g.Expect(engine.visits).To(Equal([]*faults.Site{site, site}))
	g.Expect(engine.by[0]).To(BeIdenticalTo(faults.TaskOf(ctx)))
	faults.Note(ctx, faults.Event{Kind: faults.Waiting, Name: "lock"})
	g.Expect(engine.noted).To(Equal([]faults.Event{{Kind: faults.Waiting, Name: "lock"}}))
	g.Expect(engine.by[2]).To(BeIdenticalTo(faults.TaskOf(ctx)))
}

func TestEveryTaskOfARunIsSpawnedOnceParentsFirst(t *testing.T) {
	g := NewWithT(t)
	engine := &recorder{}
	root := faults.Root(t.Context(), engine, "root", canceler{})
	a := faults.WithTask(root, "a")
	b := faults.WithTask(a, "b")
	var paths []string
	for _, task := range engine.spawned {
		paths = append(paths, task.Path())
	}
	g.Expect(paths).To(Equal([]string{"root", "root/a", "root/a/b"}))
	g.Expect(faults.TaskOf(b).Parent()).To(BeIdenticalTo(faults.TaskOf(a)))
	g.Expect(faults.TaskOf(b).Name()).To(Equal("b"))
	g.Expect(faults.TaskOf(b).Owner()).To(BeNil())
	g.Expect(faults.TaskOf(root).Owner()).To(Equal(canceler{}))
	g.Expect(faults.TaskOf(root).Parent()).To(BeNil())
}

func TestPathLeavesOutEmptyNames(t *testing.T) {
	g := NewWithT(t)
	var root, middle, leaf faults.Task
	root.Init(nil, "root", nil)
	middle.Init(&root, "", nil)
	leaf.Init(&middle, "leaf/with slash", nil)
	g.Expect(leaf.Path()).To(Equal("root/leaf/with slash"))
	g.Expect(middle.Path()).To(Equal("root"))
	g.Expect(root.Path()).To(Equal("root"))
}

func TestRecordIsKeptForTheEngine(t *testing.T) {
	g := NewWithT(t)
	var task faults.Task
	g.Expect(task.Record()).To(BeNil())
	task.SetRecord(42)
	g.Expect(task.Record()).To(Equal(42))
}

func TestTaskIsFoundThroughDerivedContexts(t *testing.T) {
	g := NewWithT(t)
	root := faults.Root(t.Context(), &recorder{}, "root", nil)
	derived, cancel := context.WithCancel(root)
	defer cancel()
	g.Expect(faults.TaskOf(derived)).To(BeIdenticalTo(faults.TaskOf(root)))
	g.Expect(faults.TaskOf(context.WithoutCancel(derived))).To(BeIdenticalTo(faults.TaskOf(root)))
}

func TestEveryEventKindHasAName(t *testing.T) {
	g := NewWithT(t)
	names := map[string]bool{}
	for kind := faults.Opened; kind <= faults.Waiting; kind++ {
		g.Expect(kind.String()).NotTo(BeEmpty())
		names[kind.String()] = true
	}
	g.Expect(names).To(HaveLen(int(faults.Waiting)))
}
