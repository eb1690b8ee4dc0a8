package scope

import "time"

// Option changes what one call of this package makes. An option that makes no
// sense for a call panics there: that is misuse.
type Option struct {
	name  string
	verbs verb
	apply func(*options)
}

type options struct {
	timeout    time.Duration
	timed      bool
	handler    func(*Failure) error
	supervisor bool
	dispatcher Dispatcher
	grace      time.Duration
	origin     string // of an island
	onTimeout  func(*TimeoutError, Node)
}

type verb uint8

const (
	onRun verb = 1 << iota // Run and Supervise
	onLaunch
	onAsync
	onNew
	onDetach
	onCall
)

var verbNames = map[verb]string{
	onRun: "Run and Supervise", onLaunch: "Launch", onAsync: "Async", onNew: "New", onDetach: "Detach", onCall: "CloseOnCancel",
}

// collect is nil without options, so that the usual call allocates nothing.
func collect(p verb, opts []Option) *options {
	if len(opts) == 0 {
		return nil
	}
	o := &options{}
	for _, opt := range opts {
		if opt.verbs&p == 0 {
			panic("scope: option " + opt.name + " does not apply to " + verbNames[p])
		}
		opt.apply(o)
	}
	if o.onTimeout != nil && !o.timed {
		panic("scope: option OnTimeout needs a Timeout in the same call")
	}
	return o
}

// Timeout fails the task with a [*TimeoutError] when it is not over after d,
// children included. The clock starts at the call, time in a dispatcher's queue
// included; a d of zero or less means that the function does not run. When an
// outer deadline is due at the same time or before, the outer one is the one
// that fires. For Run, Supervise, Launch, Async and Detach.
func Timeout(d time.Duration) Option {
	return Option{"Timeout", onRun | onLaunch | onAsync | onDetach, func(o *options) { o.timeout, o.timed = d, true }}
}

// Handler gets the failures that have no awaiter and no parent to own them: of
// the job it is given to, or of everything below the scope it is given to that
// has no nearer one. See [SetHandler] for the whole chain. For Run, Supervise,
// New, Launch and Detach.
func Handler(h func(*Failure) error) Option {
	return Option{"Handler", onRun | onNew | onLaunch | onDetach, func(o *options) { o.handler = h }}
}

// Plain makes a scope that dies with its first failed child. It is the default
// of New.
func Plain() Option {
	return Option{"Plain", onNew, func(o *options) { o.supervisor = false }}
}

// Supervisor makes a scope that a failed child does not affect. For New.
func Supervisor() Option {
	return Option{"Supervisor", onNew, func(o *options) { o.supervisor = true }}
}

// On runs the job's function on d instead of in a goroutine of its own. For
// Launch, Async and Detach.
func On(d Dispatcher) Option {
	return Option{"On", onLaunch | onAsync | onDetach, func(o *options) { o.dispatcher = d }}
}

// Grace is how long CloseOnCancel waits for the call to return after closing
// its resource; a second by default. For CloseOnCancel.
func Grace(d time.Duration) Option {
	return Option{"Grace", onCall, func(o *options) { o.grace = d }}
}
