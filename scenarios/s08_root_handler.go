package scenarios

import (
	"context"
	"errors"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/onsi/gomega"

	"github.com/squall-go/squall/fakes/services"
	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/history"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/scope"
)

// S8 is the last line of defence. A failure that nobody awaits and no parent
// owns goes to the job's own handler, else to the nearest scope's, else to the
// process-wide one, else the program crashes; a handler that fails hands over
// to the next; a failure that is awaited never comes near them. Each is told where
// the task was made.
//
// What strikes a handler strikes inside it (harness/run): it was called, and
// failed. A fault at scope/handler would take the place of the call, and nobody
// could tell a handler that was skipped from one that was struck.
var S8 = harness.Scenario{
	ID: "S8", Title: "root handler", Version: 2,
	Source:     ToastCaseStudy + "; " + TipsAndTricks + "; " + InProduction,
	Properties: []string{"P-ERROR", "P-BLAST", "P-CANCEL", "P-LEAK", "P-STARVE"},
	Faults: []explore.Allow{
		harness.Strike("scope/run", faults.Failure|faults.Delay|faults.CancelTask),
		harness.Strike("scope/end", faults.Failure|faults.Delay),
		harness.Strike("scope/launch", faults.Error),
		harness.Strike("scope/handler", faults.Delay),
		harness.Strike("fakes/services/call", faults.Error|faults.Delay),
		harness.Strike("harness/run", faults.Error|faults.Panic|faults.Delay),
	},
	Terms: judge.Terms{EndWithin: promptly, Slack: delaysOfHandlers},
	Facts: []string{
		"the own handler took it", "the screen's handler took it", "the app's handler took it",
		"the process handler took it", "nobody took it: the program would crash",
		"a handler that failed handed over to one that took it", "a handler that exited handed over to one that took it", "an awaited failure went to its awaiter alone",
		"a plain scope died and its handler was told", "a handler was told of a refused launch",
	},
	Body: func(r *harness.Run) { lastDefence(r, soundDefence()) },
	Controls: []harness.Control{{
		Name: "reports-awaited", Story: "an async call that hands its failure to the process handler as well as to its awaiter",
		Breaks: "P-ERROR", Task: "app/screen/query",
		Body: func(r *harness.Run) {
			d := soundDefence()
			d.awaited = reportAwaited
			lastDefence(r, d)
		},
	}, {
		Name: "nobody-awaits", Story: "async in place of launch: the failure waits for an awaiter who never comes",
		Breaks: "P-ERROR", Task: "app/screen/save",
		Body: func(r *harness.Run) {
			d := soundDefence()
			d.launch = asyncInPlaceOfLaunch
			lastDefence(r, d)
		},
	}, {
		Name: "claims-what-it-lost", Story: "a handler that recovers from its own failure and says that it took the other one",
		Breaks: "P-EXPECT", Task: "app/screen",
		Body: func(r *harness.Run) {
			d := soundDefence()
			d.guard = swallow
			lastDefence(r, d)
		},
	}, {
		Name: "helper", Story: "a launch by way of a helper, where all jobs seem to come from",
		Breaks: "P-EXPECT", Task: "was made here",
		Body: func(r *harness.Run) {
			d := soundDefence()
			d.launch = launchElsewhere
			lastDefence(r, d)
		},
	}},
}

// delaysOfHandlers: a job is not over before the handlers of its failure are,
// which are tasks of their own beside it.
func delaysOfHandlers(run *history.Run) (sum time.Duration) {
	for i := range run.Events {
		if e := &run.Events[i]; e.Kind == history.Struck && e.Site == "harness/run" && e.Fault.Is(faults.Delay) {
			sum += e.Fault.Delay
		}
	}
	return sum
}

func soundDefence() *defence {
	return &defence{
		launch:  (*scope.Scope).Launch,
		awaited: func(*defence, context.Context, error) {},
		guard:   func(handle func() error) error { return handle() },
	}
}

// reportAwaited notes what a layer would note that did this.
func reportAwaited(d *defence, ctx context.Context, err error) {
	if err != nil && ctx.Err() == nil {
		_ = d.handle(processHandler, &scope.Failure{Path: scope.Path(ctx), Err: err, Context: ctx})
		faults.Note(ctx, faults.Event{Kind: faults.Delivered, Of: faults.TaskOf(ctx), Name: processHandler, Err: err})
	}
}

func asyncInPlaceOfLaunch(s *scope.Scope, name string, fn func(context.Context) error, _ ...scope.Option) *scope.Job {
	return &scope.Async(s, name, func(ctx context.Context) (struct{}, error) { return struct{}{}, fn(ctx) }).Job
}

func swallow(handle func() error) error {
	defer func() { _ = recover() }()
	_ = handle()
	return nil
}

// The handlers, from the innermost.
const (
	ownHandler     = "own handler"
	screenHandler  = "screen's handler"
	appHandler     = "app's handler"
	processHandler = "process handler"
)

// defence is the handlers of a run, and what they were told. The functions are
// what the controls replace.
type defence struct {
	launch  func(*scope.Scope, string, func(context.Context) error, ...scope.Option) *scope.Job
	awaited func(d *defence, ctx context.Context, err error)
	guard   func(handle func() error) error

	r     *harness.Run
	chain []string // those that there are, from the innermost
	exits bool     // the own handler calls runtime.Goexit

	mu   sync.Mutex
	told []*handlerCall
}

// handlerCall is one call of a handler.
type handlerCall struct {
	who  string
	path string // of the task that failed
	errs []error
	took bool
}

func lastDefence(r *harness.Run, d *defence) {
	d.r = r
	own, onScreen, onApp := d.option(ownHandler), d.option(screenHandler), d.option(appHandler)
	defer scope.SetHandler(d.handler(processHandler))()

	plain := r.Bool("the screen is all-or-nothing")
	// A plain screen may refuse the launch, and then tells the handler in the
	// launcher's goroutine: no place to exit from.
	if !plain {
		d.exits = len(own) > 0 && r.Bool("the own handler exits")
		onScreen = append(onScreen, scope.Supervisor())
	}
	app := scope.New(r.Context(), "app", append(onApp, scope.Supervisor())...)
	screen := scope.New(app.Context(), "screen", onScreen...)
	db := services.New("db", r.Duration("latency", 0, 5*time.Millisecond))
	call := func(ctx context.Context) error {
		_, err := db.Call(ctx, scope.Name(ctx))
		return err
	}
	save := d.launch(screen, "save", call, own...)
	track := screen.Launch("track", call)
	query := scope.Async(screen, "query", func(ctx context.Context) (services.Reply, error) {
		_, err := db.Call(ctx, "count")
		for row := 0; row < 2 && err == nil; row++ {
			_, err = db.Call(ctx, "row")
		}
		d.awaited(d, ctx, err)
		return services.Reply{}, err
	})
	_, err := query.Await(r.Context())
	r.Expect(app.Close(r.Context())).To(gomega.Succeed())
	if err != query.Err() {
		r.Broken("P-ERROR", "%s failed (%v), and its awaiter was told something else: %v", query.Path(), query.Err(), err)
	}

	var owed []handlersDuty
	for _, job := range []*scope.Job{save, track} {
		if wasRefused(job.Err()) || !plain && isFailure(job.Err()) {
			owed = append(owed, d.duty(job.Path(), job.Err(), job == save))
		}
	}
	if plain && screen.Err() != nil {
		owed = append(owed, d.duty(screen.Path(), screen.Err(), false))
		r.Sometimes("a plain scope died and its handler was told", slices.Contains(d.chain, screenHandler))
	}
	d.settle(owed)
	r.Sometimes("an awaited failure went to its awaiter alone", !plain && isFailure(err))
}

// handler is the handler of that name, nil if the run has none.
func (d *defence) handler(name string) func(*scope.Failure) error {
	if !d.r.Bool(name) {
		return nil
	}
	d.chain = append(d.chain, name)
	return func(f *scope.Failure) error {
		if !strings.Contains(f.Created, "s08_root_handler.go:") {
			d.r.Broken("", "%s, which was made here, is said to have been made at %s", f.Path, filepath.Base(f.Created))
		}
		return d.handle(name, f)
	}
}

func (d *defence) option(name string) []scope.Option {
	if h := d.handler(name); h != nil {
		return []scope.Option{scope.Handler(h)}
	}
	return nil
}

// handle is what every handler does: it takes the failure, unless it is struck.
func (d *defence) handle(name string, f *scope.Failure) error {
	call := &handlerCall{who: name, path: f.Path, errs: eachFailure(f.Err)}
	d.mu.Lock()
	d.told = append(d.told, call)
	d.mu.Unlock()
	return d.guard(harness.Instrument(d.r.Context(), name, func(context.Context) error {
		if name == ownHandler && d.exits {
			runtime.Goexit()
		}
		call.took = true
		return nil
	}))
}

// handlersDuty is a failure that has to go along the handlers of chain.
type handlersDuty struct {
	path  string
	err   error
	chain []string
}

func (d *defence) duty(path string, err error, own bool) handlersDuty {
	chain := d.chain
	if len(chain) > 0 && chain[0] == ownHandler && !own {
		chain = chain[1:]
	}
	return handlersDuty{path, err, chain}
}

// settle compares what the handlers were told with what they had to be told.
func (d *defence) settle(owed []handlersDuty) {
	calls := 0
	for _, o := range owed {
		calls += d.keep(o)
	}
	d.r.Expect(calls).To(gomega.Equal(len(d.told)), "calls of handlers about failures that are theirs, of all calls")
}

// keep checks one duty: its handlers, in their order, up to the first that took
// it, each told of the failure and of how those before it failed.
func (d *defence) keep(o handlersDuty) (calls int) {
	var who, want []string
	taken := false
	for _, t := range d.told {
		if t.path != o.path {
			continue
		}
		own := eachFailure(o.err)
		d.r.Expect(len(t.errs)).To(gomega.Equal(len(own)+len(who)), "failures that the %s was told of with %s's", t.who, o.path)
		d.r.Expect(slices.Equal(t.errs[:len(own)], own)).To(gomega.BeTrue(), "the %s was told of %v, but %s failed with %v", t.who, t.errs, o.path, o.err)
		who = append(who, t.who)
		taken = taken || t.took
		d.witness(t, len(who) > 1, wasRefused(o.err))
	}
	for _, name := range o.chain {
		want = append(want, name)
		if n := len(want); n <= len(who) && d.took(o.path, n-1) {
			break
		}
	}
	d.r.Expect(who).To(gomega.Equal(want), "the handlers that were told of %s's failure (%v), up to the first that took it", o.path, o.err)
	d.r.Expect(unexplained(o.err)).To(gomega.BeNil(), "part of %s's failure that nothing in the run explains", o.path)
	d.r.Sometimes("nobody took it: the program would crash", !taken && !wasRefused(o.err))
	return len(who)
}

// took reports whether the i-th handler that was told of path's failure took it.
func (d *defence) took(path string, i int) bool {
	for _, t := range d.told {
		if t.path == path {
			if i == 0 {
				return t.took
			}
			i--
		}
	}
	return false
}

func (d *defence) witness(t *handlerCall, handedOver, refused bool) {
	d.r.Sometimes("the "+t.who+" took it", t.took)
	d.r.Sometimes("a handler that failed handed over to one that took it", t.took && handedOver)
	d.r.Sometimes("a handler that exited handed over to one that took it", t.took && handedOver && d.exits)
	d.r.Sometimes("a handler was told of a refused launch", refused)
}

// eachFailure is the failures that err lists, or err alone.
func eachFailure(err error) []error {
	if all, ok := err.(*scope.Failures); ok {
		return all.Unwrap()
	}
	return []error{err}
}

func wasRefused(err error) bool {
	var r *scope.RefusedError
	return errors.As(err, &r)
}

// isFailure reports whether err is more than a task's report of its cancellation.
func isFailure(err error) bool {
	injected, ok := err.(*faults.Injected)
	return err != nil && !(ok && injected.Strike.Fault.Is(faults.Cancels))
}
