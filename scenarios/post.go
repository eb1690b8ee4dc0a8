package scenarios

import (
	"context"
	"fmt"
	"path"

	"github.com/onsi/gomega"

	"github.com/squall-go/squall/dispatcher"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/scope"
)

// handing hands a letter over; wait is over when the letter is.
type handing func(ctx context.Context, counter int, name string, fn func(ctx context.Context) error) (wait func() error, err error)

// post is a dispatcher that letters are handed to, at two counters.
type post interface {
	// hand hands a letter over as a call.
	hand(ctx context.Context, counter int, name string, fn func(ctx context.Context) error) (wait func() error, err error)
	// launch hands it over as a job of s.
	launch(s *scope.Scope, counter int, name string, fn func(ctx context.Context) error) (wait func() error, err error)
	// close closes one counter, or all if it is 0, and lists the letters that
	// workers have.
	close(ctx context.Context, counter int) []string
	// drain returns when nothing is under way at the counter, or when ctx is done.
	drain(ctx context.Context, counter int) error
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

func (p *poolPost) launch(s *scope.Scope, counter int, name string, fn func(ctx context.Context) error) (func() error, error) {
	job := scope.Async(s, name, func(ctx context.Context) (struct{}, error) { return struct{}{}, fn(ctx) }, scope.On(p.counters[counter]))
	wait := func() error {
		_, err := job.Await(context.WithoutCancel(s.Context()))
		return err
	}
	if job.Err() != nil { // it was over at once
		return nil, wait()
	}
	return wait, nil
}

func (p *poolPost) close(ctx context.Context, counter int) []string {
	d := p.counters[counter]
	d.Close(ctx, errClosingTime)
	s := d.Snapshot()
	p.r.Expect(s.Closed).NotTo(gomega.BeNil())
	p.r.Expect(s.Waiting).To(gomega.BeEmpty(), "letters in the queue of %s when it has been closed", d.Name())
	return lettersOf(s.Running)
}

func lettersOf(entries []dispatcher.Entry) (names []string) {
	for _, e := range entries {
		names = append(names, path.Base(e.Name))
	}
	return names
}

func (p *poolPost) drain(ctx context.Context, counter int) error {
	return p.counters[counter].Drain(ctx)
}

func (p *poolPost) end() { p.quiet() }

func (p *poolPost) quiet() {
	p.r.Expect(p.counters[0].Drain(context.WithoutCancel(p.r.Context()))).To(gomega.Succeed())
}
