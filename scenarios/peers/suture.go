package peers

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/thejerf/suture/v4"
)

var sutureLibrary = func() Library {
	const restarts = "suture restarts services: a failure stops nobody, and there is no result to join for"
	l := Library{
		Name: "suture", Path: "github.com/thejerf/suture/v4", Waits: "Serve", Hands: "Add", symbol: suture.New,
		Note: "A supervisor of services that are restarted when they fail; the adapters' services give up on their second start (ErrDoNotRestart), and the supervisor's context is cancelled when all have. What the EventHook is told counts as told.",
		Not: map[string]string{
			"S1": restarts, "S6": restarts, "panic P-CANCEL": restarts, "goexit P-CANCEL": restarts,
			"S11 P-ERROR": "a race that no tape decides: the supervisor cancels beside the context's own propagation, and whichever comes first leaves the parent's cause or context.Canceled",
			"S7":          "no join: a supervisor runs until its context is cancelled",
		},
		Readings: map[string]Reading{
			"stubborn": documented("a service that does not stop within Spec.Timeout (10 s) is logged and leaked (doc of Service)"),
			"unjoined": documented("ServeBackground runs until its context is cancelled (doc of ServeBackground)"),
			"late":     documented("Add to a stopped supervisor is a no-op that returns an empty token (doc of Supervisor.Add)"),
		},
	}
	l.Supervise = &Form{How: "suture.New with a Timeout of an hour, ServeBackground, Add", enclose: l.foreign(sutureSupervisor(time.Hour))}
	l.Special = map[string]*Form{
		"stubborn": {How: "suture.New with the default Timeout of 10 s, ServeBackground, Add", enclose: l.foreign(sutureSupervisor(0))},
	}
	return l
}()

// sutureSupervisor gives services that long to stop, 0 is the default.
func sutureSupervisor(timeout time.Duration) open {
	return func(ctx context.Context, _ int) session {
		s := &sutured{gone: make(chan struct{})}
		own, stop := context.WithCancel(ctx)
		supervisor := suture.New(groupName, suture.Spec{EventHook: s.hear, Timeout: timeout})
		ended := supervisor.ServeBackground(own)
		return session{
			start: func(fn work) (func(), error) {
				s.count(1)
				token := supervisor.Add(&service{fn: fn, over: func() { s.count(-1) }})
				return func() { _ = supervisor.Remove(token) }, nil
			},
			join: func() error {
				s.waitFor(own)
				stop()
				<-ended
				return s.failures()
			},
		}
	}
}

// sutured counts the services and keeps what the supervisor told.
type sutured struct {
	mu    sync.Mutex
	live  int
	told  []error
	gone  chan struct{}
	joins bool
}

func (s *sutured) count(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.live += n
	s.look()
}

// look lets the one who joins go on when no service is left.
func (s *sutured) look() {
	if s.joins && s.live == 0 {
		select {
		case <-s.gone:
		default:
			close(s.gone)
		}
	}
}

func (s *sutured) waitFor(ctx context.Context) {
	s.mu.Lock()
	s.joins = true
	s.look()
	s.mu.Unlock()
	select {
	case <-s.gone:
	case <-ctx.Done():
	}
}

func (s *sutured) hear(e suture.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch e := e.(type) {
	case suture.EventServicePanic:
		s.told = append(s.told, fmt.Errorf("panic: %s\n%s", e.PanicMsg, e.Stacktrace))
	case suture.EventServiceTerminate:
		if err, ok := e.Err.(error); ok {
			s.told = append(s.told, err)
		} else {
			s.told = append(s.told, errors.New("a service terminated"))
		}
	}
}

func (s *sutured) failures() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return errors.Join(s.told...)
}

// service runs fn once, and gives up when it is started again.
type service struct {
	fn      work
	over    func()
	started bool
}

// Serve is called again after a failure.
func (s *service) Serve(ctx context.Context) error {
	if s.started {
		s.over()
		return suture.ErrDoNotRestart
	}
	s.started = true
	if err := s.fn(ctx); err != nil && ctx.Err() == nil {
		return err
	}
	s.over()
	return suture.ErrDoNotRestart
}

// String keeps the supervisor from printing the service's fields.
func (s *service) String() string { return "service" }
