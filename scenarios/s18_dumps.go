package scenarios

import (
	"context"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/squall-go/squall/fakes/services"
	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/scope"
)

// S18 lets tasks hang wherever they can, and looks at the dump a minute later:
// it names each task that is stuck, its state, what it waits for and where it was
// created, and nobody else. A call with a timeout is dumped when that fires, as it
// stood just before (CoroutinesTimeout).
var S18 = harness.Scenario{
	ID: "S18", Title: "dumps",
	Source:     ToastCaseStudy + "; " + InProduction,
	Properties: []string{"P-STARVE", "P-LEAK", "P-ERROR", "P-BLAST", "P-CANCEL", "P-HEAL"},
	Faults: []explore.Allow{
		harness.Strike("scope/run", faults.Hang|faults.Wedge),
		harness.Strike("scope/section-begin", faults.Hang|faults.Wedge),
		harness.Strike("scope/call", faults.Wedge),
		harness.Strike("fakes/services/call", faults.Hang|faults.Wedge),
	},
	Terms: judge.Terms{EndWithin: promptly, HealWithin: time.Second},
	Facts: []string{
		"nobody was stuck", "a task hung before its function began", "a task hung in a call", "a task waited for a lock that a stuck one held",
		"a task awaited a stuck one", "a task joined a stuck one", "a scope waited for a stuck child", "a section was stuck",
		"a blocking call was stuck", "a timeout was dumped", "a timed-out task was stuck and is cancelling",
	},
	Body: func(r *harness.Run) { stuckAnywhere(r, faithful) },
	Controls: []harness.Control{{
		Name: "lists-waits-only", Story: "a dump that leaves out who does not say what it waits for",
		Breaks: "P-EXPECT", Task: "the dump does not name it",
		Body: func(r *harness.Run) { stuckAnywhere(r, edited(waitsOnly)) },
	}, {
		Name: "stale-state", Story: "a dump in which a task that has run once is running for ever",
		Breaks: "P-EXPECT", Task: "the dump says running for",
		Body: func(r *harness.Run) { stuckAnywhere(r, edited(alwaysRunning)) },
	}, {
		Name: "blames-nobody", Story: "a dump that says that a task waits, but not for whom",
		Breaks: "P-EXPECT", Task: "the dump says waiting for",
		Body: func(r *harness.Run) { stuckAnywhere(r, edited(forNobody)) },
	}, {
		Name: "born-in-the-library", Story: "a dump that says where the go statement is, and not who launched",
		Breaks: "P-EXPECT", Task: "created at job.go",
		Body: func(r *harness.Run) { stuckAnywhere(r, edited(bornInTheLibrary)) },
	}, {
		Name: "hides-cancellations", Story: "a dump that does not tell who is stuck although it was cancelled",
		Breaks: "P-EXPECT", Task: "cancelling, created at",
		Body: func(r *harness.Run) { stuckAnywhere(r, edited(uncancelled)) },
	}, {
		Name: "dumps-afterwards", Story: "a timeout that is dumped by whoever was told of it, when the task is over",
		Breaks: "P-EXPECT", Task: "when it timed out; the dump",
		Body: func(r *harness.Run) { stuckAnywhere(r, looking{node: (*scope.Scope).Snapshot, dumpsLate: true}) },
	}},
}

const (
	replyWithin  = time.Second
	lookAfter    = time.Minute // everything that moves is over by then
	cleanupBound = time.Hour
)

// looking is how the dump is taken.
type looking struct {
	node      func(*scope.Scope) scope.Node
	dumpsLate bool
}

var faithful = looking{node: (*scope.Scope).Snapshot}

// told is one task of a dump, as it should be.
type told struct {
	state, waiting, created string
	cancelled               bool
}

func (t told) String() string {
	text := t.state
	if t.waiting != "" {
		text += " for " + t.waiting
	}
	if t.cancelled {
		text += ", cancelling"
	}
	return text + ", created at " + t.created
}

// ledger is what everybody really does, kept beside the scope.
type ledger struct {
	r     *harness.Run
	look  looking
	till  *scope.Mutex
	a, b  *services.Service
	due   time.Time // the timeout of "reply"
	dumps []scope.Node

	guard   sync.Mutex
	created map[string]string // of every task: path and file:line
	does    map[string]told   // of those whose function has begun and is not over
	holder  string            // of the lock
}

func stuckAnywhere(r *harness.Run, look looking) {
	l := &ledger{
		r: r, look: look, till: scope.NewMutex("till"),
		a: services.New("A", time.Millisecond), b: services.New("B", 2*time.Millisecond),
		created: map[string]string{}, does: map[string]told{},
	}
	tellers := r.Int("tellers", 1, 2)
	err := scope.Supervise(r.Context(), "server", func(s *scope.Scope) error {
		ctx := s.Context()
		reply := scope.Async(s, "reply", l.reply, scope.Timeout(replyWithin), scope.OnTimeout(l.dumped))
		l.born("server/reply", -1)
		l.due = time.Now().Add(replyWithin)
		holder := s.Launch("holder", l.holding)
		l.born("server/holder", -1)
		for i := range tellers {
			name := fmt.Sprintf("teller%d", i+1)
			s.Launch(name, l.teller("server/"+name))
			l.born("server/"+name, -1)
		}
		s.Launch("reader", l.reader(reply))
		l.born("server/reader", -1)
		s.Launch("joiner", l.joiner(holder))
		l.born("server/joiner", -1)
		s.Launch("group", l.group)
		l.born("server/group", -1)
		s.Launch("cleaner", l.cleaner)
		l.born("server/cleaner", -1)
		s.Launch("acceptor", l.acceptor)
		l.born("server/acceptor", -1)
		if err := r.Sleep(ctx, lookAfter); err != nil {
			return err
		}
		l.check(s)
		r.Heal()
		_, _ = reply.Await(ctx)
		return nil
	}, scope.Handler(func(*scope.Failure) error { return nil }))
	if err != nil {
		r.Broken("", "server failed: %v", err)
	}
	r.Recovered("server")
	l.checkDumps()
}

// born notes where the task of that path was created: so many lines from here.
func (l *ledger) born(path string, lines int) {
	_, file, line, _ := runtime.Caller(1)
	l.guard.Lock()
	defer l.guard.Unlock()
	l.created[path] = fmt.Sprintf("%s:%d", filepath.Base(file), line+lines)
}

// is notes what the task does from now on; "" is that it goes on.
func (l *ledger) is(path, waiting string) {
	l.guard.Lock()
	defer l.guard.Unlock()
	t := told{state: "running"}
	if waiting != "" {
		t = told{state: "waiting", waiting: waiting}
	}
	l.does[path] = t
}

// over notes that the task's function has returned.
func (l *ledger) over(path string) {
	l.guard.Lock()
	defer l.guard.Unlock()
	delete(l.does, path)
}

// within runs fn as what the task does.
func (l *ledger) within(path string, fn func() error) error {
	l.is(path, "")
	defer l.over(path)
	return fn()
}

func (l *ledger) reply(ctx context.Context) (value int, err error) {
	err = l.within("server/reply", func() error {
		_, err := l.a.Call(ctx, "user")
		return err
	})
	return 1, err
}

func (l *ledger) holding(ctx context.Context) error {
	return l.within("server/holder", func() error { return l.locked(ctx, "server/holder") })
}

func (l *ledger) teller(path string) func(context.Context) error {
	return func(ctx context.Context) error {
		return l.within(path, func() error { return l.locked(ctx, path) })
	}
}

const waitsForLock = "lock till"

// locked asks a service with the lock held.
func (l *ledger) locked(ctx context.Context, path string) error {
	l.is(path, waitsForLock)
	if err := l.till.Lock(ctx); err != nil {
		return err
	}
	defer l.till.Unlock()
	l.is(path, "")
	l.holds(path)
	defer l.holds("")
	_, err := l.b.Call(ctx, path)
	return err
}

func (l *ledger) holds(path string) {
	l.guard.Lock()
	defer l.guard.Unlock()
	l.holder = path
}

func (l *ledger) reader(reply *scope.Deferred[int]) func(context.Context) error {
	return func(ctx context.Context) error {
		return l.within("server/reader", func() error {
			l.is("server/reader", "server/reply (await)")
			_, err := reply.Await(ctx)
			if isTimeout(err) {
				if l.look.dumpsLate {
					l.dumps = append(l.dumps, reply.Snapshot())
				}
				return nil
			}
			return err
		})
	}
}

func (l *ledger) joiner(holder *scope.Job) func(context.Context) error {
	return func(ctx context.Context) error {
		return l.within("server/joiner", func() error {
			l.is("server/joiner", "server/holder (join)")
			return holder.Join(ctx)
		})
	}
}

// group opens a scope of its own and leaves its children to it.
func (l *ledger) group(ctx context.Context) error {
	return l.within("server/group", func() error {
		l.born("server/group/parts", 2)
		defer l.over("server/group/parts")
		return scope.Run(ctx, "parts", func(s *scope.Scope) error {
			l.is("server/group/parts", "its children")
			for _, name := range []string{"left", "right"} {
				path := "server/group/parts/" + name
				s.Launch(name, func(ctx context.Context) error {
					return l.within(path, func() error {
						_, err := l.a.Call(ctx, path)
						return err
					})
				})
				l.born(path, -6)
			}
			return nil
		})
	})
}

func (l *ledger) cleaner(ctx context.Context) error {
	return l.within("server/cleaner", func() error {
		l.born("server/cleaner/section", 1)
		return scope.NonCancellable(ctx, "section", cleanupBound, func(ctx context.Context) error {
			return l.within("server/cleaner/section", func() error {
				_, err := l.b.Call(ctx, "section")
				return err
			})
		})
	})
}

func (l *ledger) acceptor(ctx context.Context) error {
	return l.within("server/acceptor", func() error {
		l.is("server/acceptor", "server/acceptor/accept (call)")
		l.born("server/acceptor/accept", 1)
		return scope.CloseOnCancel(ctx, "accept", io.NopCloser(nil), func() error { return nil })
	})
}

// dumped gets the dump of the reply's timeout.
func (l *ledger) dumped(_ *scope.TimeoutError, task scope.Node) {
	l.guard.Lock()
	defer l.guard.Unlock()
	if !l.look.dumpsLate {
		l.dumps = append(l.dumps, task)
	}
}

// expected is what the dump has to tell: who is in the ledger, and who was struck
// before its function had begun.
func (l *ledger) expected() map[string]told {
	l.guard.Lock()
	defer l.guard.Unlock()
	all := maps.Clone(l.does)
	for _, strike := range l.r.Struck() {
		path, state := strike.Task, "running"
		if strike.Site == "scope/call" {
			state = "new" // the call is not made yet
		}
		if path == "server/reply" && strike.Fault.Is(faults.Hang) {
			continue // the timeout ended it
		}
		if _, begun := all[path]; !begun {
			all[path] = told{state: state}
		}
	}
	for path, t := range all {
		t.created = l.created[path]
		t.cancelled = path == "server/reply"
		if t.waiting == waitsForLock {
			t.waiting += " (held by " + l.holder + ")"
		}
		all[path] = t
	}
	return all
}

func (l *ledger) check(s *scope.Scope) {
	want, root := l.expected(), l.look.node(s)
	got := map[string]told{}
	for _, n := range root.Children {
		collectTold(got, n)
	}
	for _, path := range slices.Sorted(maps.Keys(want)) {
		seen, ok := got[path]
		switch {
		case !ok:
			l.r.Broken("", "%s is stuck (%s), and the dump does not name it", path, want[path])
			return
		case seen != want[path]:
			l.r.Broken("", "%s is %s; the dump says %s", path, want[path], seen)
			return
		case !strings.Contains(root.String(), seen.created):
			l.r.Broken("", "the text of the dump does not say that %s was created at %s", path, seen.created)
			return
		}
	}
	for _, path := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[path]; !ok {
			l.r.Broken("", "%s is over; the dump says %s", path, got[path])
			return
		}
	}
	l.witness(want)
}

func collectTold(all map[string]told, n scope.Node) {
	all[n.Path] = told{state: n.State, waiting: n.Waiting, created: filepath.Base(n.Created), cancelled: n.Cancel != nil}
	for _, c := range n.Children {
		collectTold(all, c)
	}
}

func (l *ledger) witness(want map[string]told) {
	r := l.r
	r.Sometimes("nobody was stuck", len(want) == 0)
	r.Sometimes("a task waited for a lock that a stuck one held", strings.HasPrefix(want["server/teller1"].waiting, waitsForLock))
	r.Sometimes("a task awaited a stuck one", want["server/reader"].waiting != "")
	r.Sometimes("a task joined a stuck one", want["server/joiner"].waiting != "")
	r.Sometimes("a scope waited for a stuck child", want["server/group/parts"].waiting != "")
	r.Sometimes("a section was stuck", want["server/cleaner/section"].state != "")
	r.Sometimes("a blocking call was stuck", want["server/acceptor/accept"].state != "")
	r.Sometimes("a timed-out task was stuck and is cancelling", want["server/reply"].cancelled)
	for _, strike := range r.Struck() {
		r.Sometimes("a task hung before its function began", strike.Site == "scope/run")
		r.Sometimes("a task hung in a call", strike.Site == "fakes/services/call")
	}
}

// checkDumps: the dump of a timeout shows the task as it was before.
func (l *ledger) checkDumps() {
	struck := slices.ContainsFunc(l.r.Struck(), func(s faults.Strike) bool { return s.Task == "server/reply" })
	l.r.Sometimes("a timeout was dumped", struck && len(l.dumps) == 1)
	switch {
	case !struck && len(l.dumps) > 0:
		l.r.Broken("", "server/reply was in time, and its timeout was dumped")
	case struck && len(l.dumps) != 1:
		l.r.Broken("", "server/reply timed out, and that was dumped %d times", len(l.dumps))
	case struck:
		n := l.dumps[0]
		want := told{state: "running", created: l.created["server/reply"], cancelled: !n.Seen.Before(l.due)}
		if got := (told{n.State, n.Waiting, filepath.Base(n.Created), n.Cancel != nil}); got != want || n.Path != "server/reply" {
			l.r.Broken("", "server/reply was %s when it timed out; the dump says that %s was %s", want, n.Path, got)
		}
	}
}

// edited is a dump that is wrong in one way.
func edited(edit func(*scope.Node)) looking {
	return looking{node: func(s *scope.Scope) scope.Node {
		n := s.Snapshot()
		edit(&n)
		return n
	}}
}

func waitsOnly(n *scope.Node) {
	silent := func(c scope.Node) bool { return c.Waiting == "" && len(c.Children) == 0 }
	n.Children = slices.DeleteFunc(n.Children, silent)
	for i := range n.Children {
		waitsOnly(&n.Children[i])
	}
}

func everyNode(n *scope.Node, edit func(*scope.Node)) {
	edit(n)
	for i := range n.Children {
		everyNode(&n.Children[i], edit)
	}
}

func alwaysRunning(n *scope.Node) {
	everyNode(n, func(n *scope.Node) { n.State = strings.Replace(n.State, "waiting", "running", 1) })
}

func forNobody(n *scope.Node) {
	everyNode(n, func(n *scope.Node) { n.Waiting, _, _ = strings.Cut(n.Waiting, " (held by") })
}

func bornInTheLibrary(n *scope.Node) {
	everyNode(n, func(n *scope.Node) { n.Created = "scope/job.go:119" })
}

func uncancelled(n *scope.Node) {
	everyNode(n, func(n *scope.Node) { n.Cancel = nil })
}
