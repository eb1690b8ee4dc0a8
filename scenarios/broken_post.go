package scenarios

import (
	"context"
	"errors"
	"fmt"

	"github.com/squall-go/squall/dispatcher"
	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/scope"
)

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

// unlockedPost has a sign that says closed.
type unlockedPost struct{ *poolPost }

func openUnlockedPost(r *harness.Run, places int) post {
	return unlockedPost{openPost(r, places).(*poolPost)}
}

func (p unlockedPost) close(_ context.Context, counter int) []string {
	return lettersOf(p.counters[counter].Snapshot().Running)
}

// stubbornPost has a porter without a clock.
type stubbornPost struct{ *poolPost }

func openStubbornPost(r *harness.Run, places int) post {
	return stubbornPost{openPost(r, places).(*poolPost)}
}

func (p stubbornPost) drain(ctx context.Context, counter int) error {
	return p.poolPost.drain(context.WithoutCancel(ctx), counter)
}

// carelessPost has a porter without eyes.
type carelessPost struct{ *poolPost }

func openCarelessPost(r *harness.Run, places int) post {
	return carelessPost{openPost(r, places).(*poolPost)}
}

func (carelessPost) drain(context.Context, int) error { return nil }

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

func (p *mortalPost) launch(s *scope.Scope, counter int, name string, fn func(ctx context.Context) error) (func() error, error) {
	return p.hand(s.Context(), counter, name, fn)
}

func (p *mortalPost) close(context.Context, int) []string { return nil }
func (p *mortalPost) drain(context.Context, int) error    { return nil }
func (p *mortalPost) quiet()                              {}
func (p *mortalPost) end()                                { close(p.letters) }
