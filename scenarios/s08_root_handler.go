package scenarios

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/onsi/gomega"

	"github.com/squall-go/squall/fakes/services"
	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/scope"
)

// S8 is the last line of defence. A failure that nobody awaits and no parent
// owns goes to the job's own handler, else to the nearest scope's, else to the
// process-wide one, else the program crashes; a handler that fails hands over
// to the next; a failure that is awaited never comes near them.
//
// What strikes a handler strikes inside it (harness/run): it was called, and
// failed. A fault at scope/handler would take the place of the call, and nobody
// could tell a handler that was skipped from one that was struck.
var S8 = harness.Scenario{
	ID: "S8", Title: "root handler",
	Source:     ToastCaseStudy + "; " + TipsAndTricks + "; " + InProduction,
	Properties: []string{"P-ERROR", "P-BLAST", "P-CANCEL", "P-LEAK", "P-STARVE"},
	Faults: []explore.Allow{
		harness.Strike("scope/run", faults.Failure|faults.Delay|faults.CancelTask),
		harness.Strike("scope/end", faults.Failure|faults.Delay),
		harness.Strike("scope/launch", faults.Error),
		harness.Strike("scope/handler", faults.Delay),
		harness.Strike("fakes/services/call", faults.Failure|faults.Delay),
		harness.Strike("harness/run", faults.Failure|faults.Delay),
	},
	Facts: []string{
		"its own handler took it", "the screen's handler took it", "the app's handler took it",
		"the process handler took it", "nobody took it: the program would crash",
		"a handler that failed handed over to one that took it", "an awaited failure went to its awaiter",
		"a plain scope died and its handler was told", "a handler was told of a refused launch",
	},
	Body: func(r *harness.Run) { lastDefence(r, defence{}) },
	Controls: []harness.Control{{
		Name: "reports-awaited", Story: "an async call that hands its failure to the process handler as well as to its awaiter",
		Breaks: "P-ERROR", Task: "app/screen/query",
		Body: func(r *harness.Run) { lastDefence(r, defence{reportsAwaited: true}) },
	}, {
		Name: "nobody-awaits", Story: "async used for launch: the failure waits for an awaiter who never comes",
		Breaks: "P-ERROR", Task: "app/screen/save",
		Body: func(r *harness.Run) { lastDefence(r, defence{launch: asyncForLaunch}) },
	}, {
		Name: "claims-what-it-lost", Story: "a handler that recovers from its own failure and says that it took the other one",
		Breaks: "P-EXPECT", Task: "app/screen",
		Body: func(r *harness.Run) { lastDefence(r, defence{guard: recovering}) },
	}},
}

// The handlers, from the innermost.
const (
	ownHandler     = "own handler"
	screenHandler  = "screen's handler"
	appHandler     = "app's handler"
	processHandler = "process handler"
)

// defence is the handlers of a run, and what they were told.
type defence struct {
	r     *harness.Run
	chain []string // those that there are, from the innermost

	mu   sync.Mutex
	told []*told

	// What the controls break.
	reportsAwaited bool
	launch         func(*scope.Scope, string, func(context.Context) error, ...scope.Option) *scope.Job
	guard          func(func() error) error
}

// told is one call of a handler.
type told struct {
	who  string
	path string // of the task that failed
	errs []error
	took bool
}

func lastDefence(r *harness.Run, d defence) {
	d.r = r
	if d.launch == nil {
		d.launch = (*scope.Scope).Launch
	}
	own := d.option(ownHandler)
	onScreen := d.option(screenHandler)
	onApp := d.option(appHandler)
	onProcess := d.handler(processHandler)
	defer scope.SetHandler(onProcess)()

	plain := r.Bool("the screen is all-or-nothing")
	if !plain {
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
		reply, err := db.Call(ctx, "query")
		if err != nil && d.reportsAwaited {
			_ = onProcess.orNone()(&scope.Failure{Path: "app/screen/query", Err: err, Context: ctx})
			faults.Note(ctx, faults.Event{Kind: faults.Delivered, Of: faults.TaskOf(ctx), Name: "process handler", Err: err})
		}
		return reply, err
	})
	_, err := query.Await(r.Context())
	r.Expect(err == query.Err()).To(gomega.BeTrue(), "the awaiter got %v, the query failed with %v", err, query.Err())
	r.Expect(app.Close(r.Context())).To(gomega.Succeed())

	var owed []duty
	for _, job := range []*scope.Job{save, track} {
		if refused(job.Err()) || !plain && failed(job.Err()) {
			owed = append(owed, d.duty(job.Path(), job.Err(), job == save))
		}
	}
	if plain && screen.Err() != nil {
		owed = append(owed, d.duty(screen.Path(), screen.Err(), false))
	}
	d.settle(owed)
	r.Sometimes("an awaited failure went to its awaiter", !plain && failed(err))
	r.Sometimes("a plain scope died and its handler was told", plain && slices.Contains(d.chain, screenHandler) && screen.Err() != nil)
}
