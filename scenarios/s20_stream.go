package scenarios

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/onsi/gomega"

	"github.com/squall-go/squall/fakes/services"
	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/scope"
)

// S20 is a stream: a source, a stage that asks a service about each element, a
// catch around both, and a consumer. When the stage fails the source stops, the
// consumer has everything that came through before, and then the error, once;
// when the consumer has had enough, everyone upstream stops.
var S20 = harness.Scenario{
	ID: "S20", Title: "stream with a failing stage and a catch",
	Source:     InProduction,
	Properties: []string{"P-CONSERVE", "P-CANCEL", "P-ERROR", "P-BLAST", "P-LEAK", "P-STARVE"},
	Faults: []explore.Allow{
		harness.Strike("fakes/services/...", faults.Failure|faults.Delay|faults.Hang|faults.Cancels),
		harness.Strike("scope/start", faults.Delay|faults.Cancels),
		harness.Strike("scope/run", faults.Failure|faults.Delay|faults.Cancels|faults.Hang),
		harness.Strike("scope/end", faults.Error|faults.Delay|faults.CancelTask),
		harness.Strike("scope/join-resume", faults.Delay|faults.CancelTask),
	},
	Terms: judge.Terms{EndWithin: promptly},
	Facts: []string{
		"the whole stream arrived", "a stage failed, and its error arrived behind the elements",
		"the consumer had enough, and upstream stopped", "the source waited for a slow consumer",
		"the stage failed with elements still queued", "the page gave up on its stream",
	},
	Durations: []time.Duration{streamWithin, stageTakes},
	Body:      func(r *harness.Run) { streamed(r, soundStream()) },
	Controls: []harness.Control{{
		Name: "source-goes-on", Story: "a source that nobody stops when the stage behind it has failed",
		Breaks: "P-LEAK", Task: "/source",
		Body: func(r *harness.Run) {
			d := soundStream()
			d.launch = goSource
			streamed(r, d)
		},
	}, {
		Name: "drops-when-slow", Story: "a stage that throws away what a slow consumer has no room for",
		Breaks: "P-CONSERVE", Task: "results",
		Body: func(r *harness.Run) {
			d := soundStream()
			d.forward = (*stream).forwardOrDrop
			streamed(r, d)
		},
	}, {
		Name: "catch-swallows", Story: "a catch that ends the stream as if it were complete",
		Breaks: "P-EXPECT", Task: "nobody was told",
		Body: func(r *harness.Run) {
			d := soundStream()
			d.tell = 0
			streamed(r, d)
		},
	}, {
		Name: "catch-repeats", Story: "a catch that tells of the error and hands it on",
		Breaks: "P-EXPECT", Task: "told of one failure",
		Body: func(r *harness.Run) {
			d := soundStream()
			d.tell = 2
			streamed(r, d)
		},
	}},
}

const (
	streamWithin = 30 * time.Second
	stageTakes   = 10 * time.Millisecond
)

var (
	errStage  = errors.New("no such element")
	errEnough = errors.New("the consumer has had enough")
)

// streamDesign is what the broken variants do in another way.
type streamDesign struct {
	// launch starts the source; wait is over when the source is, and returns what
	// it failed with.
	launch  func(st *stream, up *scope.Scope) (over <-chan struct{}, wait func(ctx context.Context) error)
	forward func(st *stream, ctx context.Context, v int) error
	tell    int // how often the catch tells of a failure
}

func soundStream() streamDesign {
	return streamDesign{launchSource, (*stream).pass, 1}
}

func launchSource(st *stream, up *scope.Scope) (<-chan struct{}, func(context.Context) error) {
	job := scope.Async(up, "source", func(ctx context.Context) (struct{}, error) { return struct{}{}, st.source(ctx) })
	return job.Done(), func(ctx context.Context) error {
		_, err := job.Await(ctx)
		return err
	}
}

// goSource starts a source that hears of nobody's failure.
func goSource(st *stream, up *scope.Scope) (<-chan struct{}, func(context.Context) error) {
	over := make(chan struct{})
	st.r.Go(up.Context(), "source", func(ctx context.Context) error {
		defer close(over)
		return st.source(context.WithoutCancel(ctx))
	})
	return over, func(context.Context) error { return nil }
}

// stream is one run: the source's elements are the numbers from 1.
type stream struct {
	r        *harness.Run
	design   streamDesign
	service  *services.Service
	length   int
	fails    int           // the element that the stage fails with; 0: none
	enough   int           // results that the consumer wants; 0: all
	slow     time.Duration // that the consumer takes for each
	elements chan int
	results  chan streamItem

	sent, done *harness.Ledger
	blocked    atomic.Bool // the source had to wait

	got  []int   // by the consumer
	told []error // to the consumer
	full bool    // it had enough
}

// streamItem is what the consumer gets: a value, or the error behind the last.
type streamItem struct {
	value int
	err   error
}

func streamed(r *harness.Run, design streamDesign) {
	st := &stream{
		r: r, design: design, service: services.New("service", stageTakes),
		length: r.Int("elements", 1, 5), slow: r.Duration("consumer takes", 0, stageTakes, 3*stageTakes, streamWithin/4),
		elements: make(chan int, r.Int("room for elements", 0, 2)), results: make(chan streamItem, r.Int("room for results", 0, 2)),
		sent: r.Ledger("elements"), done: r.Ledger("results"),
	}
	st.fails, st.enough = r.Int("element that fails", 0, st.length), r.Int("enough", 0, st.length)
	var flow *scope.Job
	err := scope.Run(r.Context(), "page", func(s *scope.Scope) error {
		flow = s.Launch("flow", st.flow)
		if err := st.consume(s.Context(), flow.Done()); err != nil {
			return err
		}
		flow.Cancel(errEnough)
		return flow.Join(s.Context())
	}, scope.Timeout(streamWithin))
	st.leftover()
	st.judge(err, flow)
}

// flow runs what is upstream, and catches its failure.
func (st *stream) flow(ctx context.Context) error {
	err := scope.Run(ctx, "upstream", func(up *scope.Scope) error {
		over, wait := st.design.launch(st, up)
		return st.stage(up.Context(), over, wait)
	})
	if err == nil || ctx.Err() != nil {
		return err
	}
	for range st.design.tell {
		if err := hand(st.r, ctx, st.results, streamItem{err: err}, func() {}); err != nil {
			return err
		}
	}
	return nil
}

func (st *stream) source(ctx context.Context) error {
	for i := range st.length {
		st.sent.Sent(ctx, i+1)
		if err := hand(st.r, ctx, st.elements, i+1, func() { st.blocked.Store(true) }); err != nil {
			st.sent.Refused(ctx, i+1)
			return err
		}
	}
	return nil
}

// stage asks the service about each element, until the source is over.
func (st *stream) stage(ctx context.Context, over <-chan struct{}, wait func(ctx context.Context) error) error {
	for {
		v, more, err := take(st.r, ctx, st.elements, over)
		if err != nil {
			return err
		}
		if !more {
			return wait(ctx)
		}
		st.sent.Received(ctx, v)
		if v == st.fails {
			return fmt.Errorf("element %d: %w", v, errStage)
		}
		if _, err := st.service.Call(ctx, strconv.Itoa(v)); err != nil {
			return err
		}
		st.done.Sent(ctx, v)
		if err := st.design.forward(st, ctx, v); err != nil {
			st.done.Refused(ctx, v)
			return err
		}
	}
}

func (st *stream) pass(ctx context.Context, v int) error {
	return hand(st.r, ctx, st.results, streamItem{value: v}, func() {})
}

func (st *stream) forwardOrDrop(_ context.Context, v int) error {
	select {
	case st.results <- streamItem{value: v}:
	default:
	}
	return nil
}

// consume takes results until there are no more, or enough.
func (st *stream) consume(ctx context.Context, over <-chan struct{}) error {
	for {
		result, more, err := take(st.r, ctx, st.results, over)
		if err != nil || !more {
			return err
		}
		if result.err != nil {
			st.told = append(st.told, result.err)
			continue
		}
		st.done.Received(ctx, result.value)
		st.got = append(st.got, result.value)
		if st.full = len(st.got) == st.enough; st.full {
			return nil
		}
		if err := st.r.Sleep(ctx, st.slow); err != nil {
			return err
		}
	}
}

// hand sends v, or returns the cause of ctx. waits is called if there is no room.
func hand[T any](r *harness.Run, ctx context.Context, to chan<- T, v T, waits func()) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	select {
	case to <- v:
		return nil
	default:
		waits()
	}
	select {
	case to <- v:
		r.Step(ctx)
		return nil
	case <-ctx.Done():
		r.Step(ctx)
		return context.Cause(ctx)
	}
}

// take receives the next value; more is false when over is closed and there is
// none left. A value wins over that, and both over the cause of ctx.
func take[T any](r *harness.Run, ctx context.Context, from <-chan T, over <-chan struct{}) (v T, more bool, err error) {
	for {
		ended := isClosed(over) // before the look at what is left
		select {
		case v := <-from:
			return v, true, nil
		default:
		}
		switch {
		case ended:
			return v, false, nil
		case ctx.Err() != nil:
			return v, false, context.Cause(ctx)
		}
		select {
		case v := <-from:
			r.Step(ctx)
			return v, true, nil
		case <-over:
		case <-ctx.Done():
		}
		r.Step(ctx)
	}
}

// leftover notes what is queued when all is over.
func (st *stream) leftover() {
	ctx, queued := st.r.Context(), len(st.elements) > 0
	for len(st.elements) > 0 {
		st.sent.Kept(ctx, <-st.elements)
	}
	for len(st.results) > 0 {
		if result := <-st.results; result.err == nil {
			st.done.Kept(ctx, result.value)
		}
	}
	st.r.Sometimes("the stage failed with elements still queued", queued && len(st.told) > 0)
}

// judge: what arrived is the beginning of the stream, and how it ended is known.
func (st *stream) judge(err error, flow *scope.Job) {
	r := st.r
	for i, v := range st.got {
		r.Expect(v).To(gomega.Equal(i+1), "results arrived as %v", st.got)
	}
	r.Expect(len(st.told)).To(gomega.BeNumerically("<=", 1), "the consumer was told of one failure %d times: %v", len(st.told), st.told)
	known := []error{errStage}
	if st.full {
		known = append(known, errEnough)
	}
	r.Expect(unexplained(err, known...)).To(gomega.BeNil(), "part of the page's failure that nothing in the run explains")
	r.Sometimes("the page gave up on its stream", isTimeout(err))
	if err != nil || st.full || flow.Err() != nil {
		r.Sometimes("the consumer had enough, and upstream stopped", err == nil && st.full && st.enough < st.length)
		return
	}
	if len(st.told) == 0 {
		r.Expect(st.got).To(gomega.HaveLen(st.length), "the stream ended early, and nobody was told")
		r.Sometimes("the whole stream arrived", true)
		r.Sometimes("the source waited for a slow consumer", st.blocked.Load())
		return
	}
	r.Expect(unexplained(st.told[0], errStage)).To(gomega.BeNil(), "part of the stream's failure that nothing in the run explains")
	if errors.Is(st.told[0], errStage) {
		r.Expect(st.got).To(gomega.HaveLen(st.fails-1), "results that arrived before the error of element %d", st.fails)
		r.Sometimes("a stage failed, and its error arrived behind the elements", st.fails > 1)
	}
}
