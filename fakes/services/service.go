// Package services is remote services that misbehave on demand: the services
// A and B whose answers *Observe and Report: Kotlin Coroutines on Backend
// Services* (Outbrain) puts together into one page, and the metadata services
// of *Kotlin Coroutines in Production* (The Async Nomad).
//
// # How it differs from a real client
//
//   - There is no network: a call costs its latency and nothing else, in the
//     caller's goroutine. Calls do not queue for connections.
//   - The latency is the same for every call; what varies is struck.
//   - The reply carries the request it answers and a seal, so that a judge can
//     tell an answer given to the wrong caller from a corrupted one.
//
// # How it is like one
//
//   - [Service.Call] honours its context and returns as soon as it is done.
//   - A call that was cancelled may have been carried out all the same.
//   - What arrives is not checked: [Reply.Check] is the caller's business.
//
// # Failpoints
//
//   - services/call: before the request leaves.
//   - services/wake: between the wait and the look at what ended it.
//   - services/reply: between the reply's arrival and the caller.
package services

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/pingcap/failpoint"
	"github.com/squall-go/squall/faults"
)

// Handler answers a request. It runs in the caller's goroutine, with the
// caller's context, when the latency is over.
type Handler func(ctx context.Context, request string) (body string, err error)

// Service is one remote service. It may be used by many goroutines at once.
type Service struct {
	name    string
	latency time.Duration
	handle  Handler

	called, answered atomic.Int64
}

// New is a service whose reply to "x" is "name(x)", latency after the call.
func New(name string, latency time.Duration) *Service {
	return NewFunc(name, latency, func(_ context.Context, request string) (string, error) {
		return name + "(" + request + ")", nil
	})
}

// NewFunc is a service that is answered for by handle.
func NewFunc(name string, latency time.Duration, handle Handler) *Service {
	return &Service{name: name, latency: latency, handle: handle}
}

// Name is the service's name, as in its errors.
func (s *Service) Name() string { return s.name }

// Stats is what a service has seen. Called minus Answered is the calls that
// failed, were cancelled, or are still under way.
type Stats struct {
	Called   int64
	Answered int64
}

// Stats counts the calls so far.
func (s *Service) Stats() Stats {
	return Stats{Called: s.called.Load(), Answered: s.answered.Load()}
}

// Call sends request and waits for the reply. Errors are [*CallError]s around
// the failure or the cause of ctx. A reply wins over a cancellation that is
// ready at the same time.
func (s *Service) Call(ctx context.Context, request string) (Reply, error) {
	s.called.Add(1)
	failpoint.Inject("call", func() {
		if err := callPoint.Err(ctx); err != nil {
			failpoint.Return(Reply{}, s.failed(request, err))
		}
	})
	if ctx.Err() != nil {
		return Reply{}, s.failed(request, context.Cause(ctx))
	}
	if err := s.wait(ctx); err != nil {
		return Reply{}, s.failed(request, err)
	}
	failpoint.Inject("reply", func() {
		f := replyPoint.At(ctx)
		if f.Err != nil {
			failpoint.Return(Reply{}, s.failed(request, f.Err))
		}
		if f.Is(faults.Corrupt) {
			failpoint.Return(garbled(s.name, request), nil)
		}
	})
	body, err := s.handle(ctx, request)
	if err != nil {
		return Reply{}, s.failed(request, err)
	}
	s.answered.Add(1)
	return sealed(s.name, request, body), nil
}

// wait lets the latency pass, or returns the cause of ctx.
func (s *Service) wait(ctx context.Context) error {
	failpoint.Inject("note", func() {
		faults.Note(ctx, faults.Event{Kind: faults.Waiting, Name: s.name})
	})
	due := time.Now().Add(s.latency)
	timer := time.NewTimer(s.latency)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	failpoint.Inject("wake", func() { wakePoint.At(ctx) })
	// Both may be ready by now: the clock decides, not the select.
	if time.Now().Before(due) {
		return context.Cause(ctx)
	}
	return nil
}

func (s *Service) failed(request string, err error) error {
	return &CallError{Service: s.name, Request: request, Err: err}
}

// CallError is a call that brought no reply.
type CallError struct {
	Service string
	Request string
	Err     error
}

// Error names the service and the request.
func (e *CallError) Error() string {
	return fmt.Sprintf("services: %s: call %q: %v", e.Service, e.Request, e.Err)
}

// Unwrap is the failure, or the cause of the cancelled context.
func (e *CallError) Unwrap() error { return e.Err }
