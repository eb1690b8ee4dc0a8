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
// workers die. Letters are handed over as calls or as jobs. Each is posted, or
// refused with the reason, and its sender knows which; what a worker has is
// finished, and nothing else begins once its office is closed; what comes later is
// turned away; and a worker that died does not take its place with it. A porter
// waits until nothing is under way, for as long as his patience lasts.
var D10 = harness.Scenario{
	ID: "D10", Title: "closing a dispatcher with queued work", Version: 2,
	Source:     ComplexFeatures + "; " + InProduction,
	Properties: []string{"P-CONSERVE", "P-STARVE", "P-CANCEL", "P-BLAST", "P-ERROR", "P-LEAK", "P-HEAL"},
	Faults: []explore.Allow{
		harness.Strike("scope/run", faults.Failure|faults.Delay|faults.CancelTask),
		harness.Strike("dispatcher/close", faults.Delay|faults.CancelTask),
		harness.Strike("dispatcher/submit", faults.Error|faults.Delay|faults.CancelTask),
		harness.Strike("dispatcher/call", faults.Failure|faults.Delay|faults.CancelTask),
		// A delay there would hold a place in the name of a job that may have timed out.
		harness.Strike("dispatcher/run", faults.CancelTask),
		harness.Strike("dispatcher/wait-resume", faults.Delay|faults.CancelTask),
		harness.Strike("dispatcher/drain-resume", faults.Delay|faults.CancelTask),
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
		"everything was posted before closing time", "a job was refused by Close", "a job timed out in the queue",
		"a letter that a worker had was begun after closing time", "the porter saw the last letter off", "the porter lost patience",
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
	}, {
		Name: "unlocked", Story: "a close that tells nobody, and leaves the queue to the workers",
		Breaks: "P-EXPECT", Task: "which is closed",
		Body: func(r *harness.Run) { closePost(r, openUnlockedPost) },
	}, {
		Name: "stubborn-porter", Story: "a porter who waits for the last letter, however long that takes",
		Breaks: "P-CANCEL", Task: "office/porter/lock-up",
		Body: func(r *harness.Run) { closePost(r, openStubbornPost) },
	}, {
		Name: "careless-porter", Story: "a porter who locks up without a look at what is under way",
		Breaks: "P-EXPECT", Task: "the porter saw nothing under way",
		Body: func(r *harness.Run) { closePost(r, openCarelessPost) },
	}},
}

const postTakes = 10 * time.Millisecond

var (
	errClosingTime = errors.New("closing time")
	errBlewUp      = errors.New("the letter blew up")
)

// letter is one letter, as its sender knows it.
type letter struct {
	name    string
	counter int
	handed  bool      // it was accepted
	opened  bool      // its work began
	due     time.Time // of a job: when its sender's patience ends
	err     error
}

// posting is one run.
type posting struct {
	r       *harness.Run
	post    post
	ledger  *harness.Ledger
	letters [][]*letter  // by sender
	closes  int          // the counter; 0 is all
	blows   int          // the letter of each sender that blows up; 0: none
	open    atomic.Int32 // letters whose work is under way
	book    postBook
}

func closePost(r *harness.Run, open func(r *harness.Run, places int) post) {
	places := r.Int("places", 1, 3)
	p := &posting{r: r, post: open(r, places), ledger: r.Ledger("letters"), closes: r.Int("closes the view alone", 0, 1)}
	p.book.r = r
	at := r.Duration("closing time", postTakes/2, 0, postTakes, 3*postTakes, 20*postTakes)
	p.blows = r.Int("letter that blows up", 0, 3)
	var rounds []round
	for i := range r.Int("senders", 1, 3) {
		rounds = append(rounds, round{r.Bool("as jobs"), r.Duration("sender's patience", 100*postTakes, postTakes/2, 2*postTakes)})
		var batch []*letter
		for k := range r.Int("letters of each", 1, 4) {
			batch = append(batch, &letter{name: fmt.Sprintf("letter-%d-%d", i+1, k+1), counter: r.Int("counter", 0, 1)})
		}
		p.letters = append(p.letters, batch)
	}
	porter := p.porter()
	err := scope.Supervise(r.Context(), "office", func(s *scope.Scope) error {
		var all []*scope.Deferred[struct{}]
		work := func(name string, fn func(ctx context.Context)) {
			all = append(all, scope.Async(s, name, func(ctx context.Context) (struct{}, error) {
				fn(ctx)
				return struct{}{}, nil
			}))
		}
		for i, batch := range p.letters {
			work(fmt.Sprintf("sender-%d", i+1), func(ctx context.Context) { p.send(ctx, batch, rounds[i]) })
		}
		work("closer", func(ctx context.Context) {
			_ = r.Sleep(ctx, at)
			r.Sometimes("a letter was posted while its office closed", p.open.Load() > 0)
			p.book.close(p.closes, p.post.close(ctx, p.closes))
		})
		work("porter", porter)
		for _, j := range all {
			_, err := j.Await(s.Context())
			r.Expect(unexplained(err)).To(gomega.BeNil(), "what %s failed with", j.Path())
		}
		return nil
	})
	r.Expect(err).NotTo(gomega.HaveOccurred())
	p.judge()
	r.Heal()
	p.post.quiet() // a worker may still hold a job that timed out
	p.later(places)
	r.Recovered("the post")
	p.post.end()
}

// round is how a sender hands letters over.
type round struct {
	asJobs   bool
	patience time.Duration // with jobs: how long they may take
}

// send hands all letters over and then waits for each.
func (p *posting) send(ctx context.Context, batch []*letter, by round) {
	if !by.asJobs {
		p.sendBy(ctx, batch, p.post.hand)
		return
	}
	for _, l := range batch {
		l.due = time.Now().Add(by.patience)
	}
	_ = scope.Supervise(ctx, "round", func(s *scope.Scope) error {
		p.sendBy(s.Context(), batch, func(_ context.Context, counter int, name string, fn func(context.Context) error) (func() error, error) {
			return p.post.launch(s, counter, name, fn)
		})
		for _, l := range batch {
			var closed *dispatcher.ClosedError
			p.r.Sometimes("a job was refused by Close", l.handed && errors.As(l.err, &closed))
			p.r.Sometimes("a job timed out in the queue", l.handed && !l.opened && isTimeout(l.err))
		}
		return nil
	}, scope.Timeout(by.patience))
}

func (p *posting) sendBy(ctx context.Context, batch []*letter, hand handing) {
	waits := make([]func() error, len(batch))
	for i, l := range batch {
		p.ledger.Sent(ctx, l.name)
		waits[i], l.err = hand(ctx, l.counter, l.name, func(ctx context.Context) error { return p.work(ctx, l, i+1 == p.blows) })
		l.handed = l.err == nil
		if l.handed {
			p.book.hand(l)
		} else {
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

// work is what becomes of a letter that is posted.
func (p *posting) work(ctx context.Context, l *letter, blows bool) error {
	p.ledger.Received(ctx, l.name)
	l.opened = true
	p.book.begin(l)
	defer p.book.end(l)
	if blows {
		panic(errBlewUp)
	}
	p.open.Add(1)
	defer p.open.Add(-1)
	return p.r.Sleep(ctx, postTakes)
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
			if l.handed && !l.opened && isTimeout(l.err) {
				r.Expect(p.book.owed(l)).To(gomega.BeFalse(), "%s was in the queue of a dispatcher that was closed, and was told later: %v", l.name, l.err)
			}
			all = all && l.opened && l.err == nil
			blew := l.opened && errors.Is(l.err, errBlewUp)
			known := l.err == nil || refused || isTimeout(l.err) || blew || injectedInto(l.err, sender) || exitedOnPool(l.err) || endedByGoexit(l.err)
			r.Expect(known).To(gomega.BeTrue(), "%s: %v", l.name, l.err)
			r.Sometimes("queued letters were refused by Close", refused && l.handed)
			r.Sometimes("a letter came after closing time", refused && !l.handed)
			r.Sometimes("a letter was taken back by its sender", l.handed && !l.opened && !refused && injectedAs(l.err, faults.Cancels))
			r.Sometimes("a letter blew up, and the next one was posted", blew && k+1 < len(batch) && batch[k+1].opened)
		}
	}
	r.Sometimes("everything was posted before closing time", all && sent > 1 && p.book.closed)
}

// later: what was closed stays closed; and what is open has all of its places.
func (p *posting) later(places int) {
	r := p.r
	for counter := range 2 {
		wait, err := p.post.hand(r.Context(), counter, "later", func(context.Context) error { return nil })
		if err == nil {
			err = wait()
		}
		if !p.book.closed || p.closes == 1 && counter == 0 {
			r.Expect(err).NotTo(gomega.HaveOccurred())
			continue
		}
		var closed *dispatcher.ClosedError
		r.Expect(errors.As(err, &closed)).To(gomega.BeTrue(), "handed over after Close: %v", err)
	}
	if p.book.closed && p.closes == 0 {
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
	r.Sometimes("the view was closed, and its base went on", p.book.closed)
}
