package scenarios

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/onsi/gomega"

	"github.com/squall-go/squall/dispatcher"
	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/scope"
)

// D10 closes a dispatcher, or one view of it, while letters are queued there and
// workers die. Each letter is posted, or refused with the reason, and its sender
// knows which; what a worker has begun is finished; what comes later is turned
// away; and a worker that died does not take its place with it.
var D10 = harness.Scenario{
	ID: "D10", Title: "closing a dispatcher with queued work",
	Source:     ComplexFeatures + "; " + InProduction,
	Properties: []string{"P-CONSERVE", "P-STARVE", "P-CANCEL", "P-BLAST", "P-ERROR", "P-LEAK", "P-HEAL"},
	Faults: []explore.Allow{
		harness.Strike("scope/run", faults.Failure|faults.Delay|faults.CancelTask),
		harness.Strike("dispatcher/close", faults.Delay|faults.CancelTask),
		harness.Strike("dispatcher/submit", faults.Error|faults.Delay|faults.CancelTask),
		harness.Strike("dispatcher/call", faults.Failure|faults.Delay|faults.CancelTask),
		harness.Strike("dispatcher/run", faults.Delay|faults.CancelTask),
		harness.Strike("dispatcher/wait-resume", faults.Delay|faults.CancelTask),
		harness.Strike("dispatcher/worker-start", faults.LoseWorker|faults.Delay),
		harness.Strike("dispatcher/dequeue", faults.LoseWorker|faults.Delay),
		harness.Strike("dispatcher/done", faults.LoseWorker|faults.Delay),
	},
	Terms: judge.Terms{
		Radius: failedAlone, EndWithin: clockNoise, DispatchWithin: clockNoise, HealWithin: longestDelay + clockNoise,
		Limits: map[string]int{"post-1": 1, "post-2": 2, "post-3": 3},
	},
	Facts: []string{
		"queued letters were refused by Close", "a letter was posted while its office closed", "a letter came after closing time",
		"the view was closed, and its base went on", "a letter was taken back by its sender", "a letter blew up, and the next one was posted",
		"everything was posted before closing time",
	},
	Durations: []time.Duration{postTakes},
	Body:      func(r *harness.Run) { closePost(r, openPost) },
	Controls: []harness.Control{{
		Name: "dropped-queue", Story: "a close that forgets what is queued, and tells the senders that all is well",
		Breaks: "P-CONSERVE", Task: "letter",
		Body: func(r *harness.Run) { closePost(r, openForgetfulPost) },
	}, {
		Name: "dead-worker-keeps-its-place", Story: "a pool of threads that are not replaced when a letter blows up",
		Breaks: "P-STARVE", Task: "waits for threads",
		Body: func(r *harness.Run) { closePost(r, openMortalPost) },
	}},
}

const postTakes = 10 * time.Millisecond

var (
	errClosingTime = errors.New("closing time")
	errBlewUp      = errors.New("the letter blew up")
)

// post is a dispatcher that letters are handed to, at two counters.
type post interface {
	// hand hands a letter over; wait is over when the letter is.
	hand(ctx context.Context, counter int, name string, fn func(ctx context.Context) error) (wait func() error, err error)
	// close closes one counter, or all if it is 0.
	close(ctx context.Context, counter int)
	// quiet returns when nothing is under way.
	quiet()
	// end is called when the story is over.
	end()
}

// poolPost is a pool, counter 0, and a view of it, counter 1.
type poolPost struct {
	r        *harness.Run
	counters []*dispatcher.Dispatcher
}

func openPost(r *harness.Run, places int) post {
	pool := dispatcher.NewFixed(r.Context(), fmt.Sprintf("post-%d", places), places)
	return &poolPost{r, []*dispatcher.Dispatcher{pool, pool.Limited("counter", r.Int("places at the counter", 1, places))}}
}

func (p *poolPost) hand(ctx context.Context, counter int, name string, fn func(ctx context.Context) error) (func() error, error) {
	ticket, err := dispatcher.Submit(ctx, p.counters[counter], name, fn)
	if err != nil {
		return nil, err
	}
	return func() error { return ticket.Wait(context.WithoutCancel(ctx)) }, nil
}

func (p *poolPost) close(ctx context.Context, counter int) {
	d := p.counters[counter]
	d.Close(ctx, errClosingTime)
	s := d.Snapshot()
	p.r.Expect(s.Closed).NotTo(gomega.BeNil())
	p.r.Expect(s.Waiting).To(gomega.BeEmpty(), "letters in the queue of %s when it has been closed", d.Name())
}

func (p *poolPost) end() { p.quiet() }

func (p *poolPost) quiet() {
	p.r.Expect(p.counters[0].Drain(context.WithoutCancel(p.r.Context()))).To(gomega.Succeed())
}

// forgetfulPost takes a letter that was thrown away for one that was posted.
type forgetfulPost struct{ *poolPost }

func openForgetfulPost(r *harness.Run, places int) post {
	return forgetfulPost{openPost(r, places).(*poolPost)}
}

func (p forgetfulPost) hand(ctx context.Context, counter int, name string, fn func(ctx context.Context) error) (func() error, error) {
	wait, err := p.poolPost.hand(ctx, counter, name, fn)
	var closed *dispatcher.ClosedError
	return func() error {
		if err := wait(); !errors.As(err, &closed) {
			return err
		}
		return nil
	}, err
}

// mortalPost is threads that take letters out of a channel.
type mortalPost struct {
	r       *harness.Run
	letters chan func(thread context.Context)
}

func openMortalPost(r *harness.Run, places int) post {
	p := &mortalPost{r, make(chan func(context.Context), 64)}
	for i := range places {
		r.Go(r.Context(), fmt.Sprintf("thread-%d", i+1), p.thread)
	}
	return p
}

func (p *mortalPost) thread(ctx context.Context) error {
	for letter := range p.letters {
		p.r.Step(ctx)
		letter(ctx) // may panic, and that is the end of the thread
	}
	return nil
}

func (p *mortalPost) hand(ctx context.Context, _ int, name string, fn func(ctx context.Context) error) (func() error, error) {
	ctx = faults.WithTask(ctx, name)
	over, err := make(chan struct{}), error(nil)
	faults.Note(ctx, faults.Event{Kind: faults.Queued, Name: "threads"})
	p.letters <- func(context.Context) {
		defer close(over)
		faults.Note(ctx, faults.Event{Kind: faults.Running, Name: "threads"})
		defer faults.Note(ctx, faults.Event{Kind: faults.Finished, Name: "threads"})
		err = errBlewUp // unless it returns
		err = fn(ctx)
	}
	return func() error {
		<-over
		p.r.Step(ctx)
		return err
	}, nil
}

func (p *mortalPost) close(context.Context, int) {}
func (p *mortalPost) quiet()                     {}
func (p *mortalPost) end()                       { close(p.letters) }

// letter is one letter, as its sender knows it.
type letter struct {
	name    string
	counter int
	handed  bool // it was accepted
	opened  bool // its work began
	err     error
}

// posting is one run.
type posting struct {
	r       *harness.Run
	post    post
	ledger  *harness.Ledger
	letters [][]*letter // by sender
	closes  int         // the counter; 0 is all
	closed  bool
	open    atomic.Int32 // letters whose work is under way
}

func closePost(r *harness.Run, open func(r *harness.Run, places int) post) {
	places := r.Int("places", 1, 3)
	p := &posting{r: r, post: open(r, places), ledger: r.Ledger("letters"), closes: r.Int("closes the view alone", 0, 1)}
	at := r.Duration("closing time", postTakes/2, 0, postTakes, 3*postTakes, 20*postTakes)
	blows := r.Int("letter that blows up", 0, 3) // 0: none
	for i := range r.Int("senders", 1, 3) {
		var batch []*letter
		for k := range r.Int("letters of each", 1, 4) {
			batch = append(batch, &letter{name: fmt.Sprintf("letter-%d-%d", i+1, k+1), counter: r.Int("counter", 0, 1)})
		}
		p.letters = append(p.letters, batch)
	}
	err := scope.Supervise(r.Context(), "office", func(s *scope.Scope) error {
		var senders []*scope.Deferred[struct{}]
		for i, batch := range p.letters {
			senders = append(senders, scope.Async(s, fmt.Sprintf("sender-%d", i+1), func(ctx context.Context) (struct{}, error) {
				p.send(ctx, batch, blows)
				return struct{}{}, nil
			}))
		}
		closer := scope.Async(s, "closer", func(ctx context.Context) (struct{}, error) {
			_ = r.Sleep(ctx, at)
			r.Sometimes("a letter was posted while its office closed", p.open.Load() > 0)
			p.post.close(ctx, p.closes)
			p.closed = true
			return struct{}{}, nil
		})
		for _, j := range append(senders, closer) {
			_, err := j.Await(s.Context())
			r.Expect(unexplained(err)).To(gomega.BeNil(), "what %s failed with", j.Path())
		}
		return nil
	})
	r.Expect(err).NotTo(gomega.HaveOccurred())
	p.judge()
	r.Heal()
	p.later(places)
	r.Recovered("the post")
	p.post.end()
}

// send hands all letters over and then waits for each.
func (p *posting) send(ctx context.Context, batch []*letter, blows int) {
	waits := make([]func() error, len(batch))
	for i, l := range batch {
		p.ledger.Sent(ctx, l.name)
		waits[i], l.err = p.post.hand(ctx, l.counter, l.name, func(ctx context.Context) error {
			p.ledger.Received(ctx, l.name)
			l.opened = true
			if i+1 == blows {
				panic(errBlewUp)
			}
			p.open.Add(1)
			defer p.open.Add(-1)
			return p.r.Sleep(ctx, postTakes)
		})
		l.handed = l.err == nil
		if !l.handed {
			p.ledger.Refused(ctx, l.name)
		}
	}
	for i, l := range batch {
		if !l.handed {
			continue
		}
		if l.err = waits[i](); l.err != nil && !l.opened {
			p.ledger.Refused(ctx, l.name)
		}
	}
}

// judge: who was not served knows why, and what was begun was finished.
func (p *posting) judge() {
	r, all, posted, sent := p.r, true, 0, 0
	for i, batch := range p.letters {
		sender := fmt.Sprintf("office/sender-%d", i+1)
		for k, l := range batch {
			sent++
			var closed *dispatcher.ClosedError
			refused := errors.As(l.err, &closed)
			switch {
			case l.opened:
				r.Expect(refused).To(gomega.BeFalse(), "%s had begun, and was told: %v", l.name, l.err)
				posted++
			case refused:
				r.Expect(errors.Is(l.err, errClosingTime)).To(gomega.BeTrue(), "%s is not told why: %v", l.name, l.err)
				r.Expect(p.closes == 0 || l.counter == p.closes).To(gomega.BeTrue(), "%s was refused by a dispatcher that is open", l.name)
			}
			all = all && l.opened && l.err == nil
			blew := l.opened && errors.Is(l.err, errBlewUp)
			known := l.err == nil || refused || blew || injectedInto(l.err, sender) || exitedOnPool(l.err)
			r.Expect(known).To(gomega.BeTrue(), "%s: %v", l.name, l.err)
			r.Sometimes("queued letters were refused by Close", refused && l.handed)
			r.Sometimes("a letter came after closing time", refused && !l.handed)
			r.Sometimes("a letter was taken back by its sender", l.handed && !l.opened && !refused && injectedAs(l.err, faults.Cancels))
			r.Sometimes("a letter blew up, and the next one was posted", blew && k+1 < len(batch) && batch[k+1].opened)
		}
	}
	r.Sometimes("everything was posted before closing time", all && sent > 1 && p.closed)
}

// later: what was closed stays closed; and what is open has all of its places.
func (p *posting) later(places int) {
	r := p.r
	for counter := range 2 {
		wait, err := p.post.hand(r.Context(), counter, "later", func(context.Context) error { return nil })
		if err == nil {
			err = wait()
		}
		if !p.closed || p.closes == 1 && counter == 0 {
			r.Expect(err).NotTo(gomega.HaveOccurred())
			continue
		}
		var closed *dispatcher.ClosedError
		r.Expect(errors.As(err, &closed)).To(gomega.BeTrue(), "handed over after Close: %v", err)
	}
	if p.closed && p.closes == 0 {
		return
	}
	p.post.quiet()
	var inside, all atomic.Int32
	var waits []func() error
	for i := range places {
		wait, err := p.post.hand(r.Context(), 0, fmt.Sprintf("probe-%d", i+1), func(ctx context.Context) error {
			if inside.Add(1) == int32(places) {
				all.Add(1)
			}
			defer inside.Add(-1)
			return r.Sleep(ctx, postTakes)
		})
		r.Expect(err).NotTo(gomega.HaveOccurred())
		waits = append(waits, wait)
	}
	for _, wait := range waits {
		r.Expect(wait()).To(gomega.Succeed())
	}
	r.Expect(all.Load()).To(gomega.BeEquivalentTo(1), "how often %d letters were posted at one time", places)
	r.Sometimes("the view was closed, and its base went on", p.closed)
}
