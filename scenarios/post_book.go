package scenarios

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/onsi/gomega"

	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/scope"
)

// postBook is where each letter of D10 is, as those who handle it know.
type postBook struct {
	r *harness.Run

	mu      sync.Mutex
	entries map[*letter]*bookEntry
	closed  bool
	at      time.Time
	counter int      // that was closed; 0 is all
	taken   []string // letters that workers had then
}

type bookEntry struct {
	handed, begun, ended bool
	queued               bool // when its counter was closed
	seenOff              bool // a porter was told that it is not under way
}

// of is the letter's entry. Called with b.mu held.
func (b *postBook) of(l *letter) *bookEntry {
	if b.entries == nil {
		b.entries = map[*letter]*bookEntry{}
	}
	if b.entries[l] == nil {
		b.entries[l] = &bookEntry{}
	}
	return b.entries[l]
}

func (b *postBook) hand(l *letter) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.of(l).handed = true
}

// begin: a letter begins in an open office, or in the hands of a worker who had it
// when the office closed; and not after it was seen off.
func (b *postBook) begin(l *letter) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e := b.of(l)
	e.begun = true
	if e.seenOff {
		b.r.Broken("", "the porter saw nothing under way, and then %s, which had been handed over, is begun", l.name)
	}
	if !b.closesOn(l) {
		return
	}
	had := slices.Contains(b.taken, l.name)
	if !had {
		b.r.Broken("", "%s is begun by a dispatcher which is closed, and no worker had it then", l.name)
	}
	b.r.Sometimes("a letter that a worker had was begun after closing time", had)
}

// closesOn: the letter's counter is closed. Called with b.mu held.
func (b *postBook) closesOn(l *letter) bool {
	return b.closed && (b.counter == 0 || l.counter == b.counter)
}

// owed: the letter was queued when its counter was closed, before its time was
// over, so that Close had to refuse it.
func (b *postBook) owed(l *letter) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.of(l).queued && b.at.Before(l.due)
}

func (b *postBook) end(l *letter) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.of(l).ended = true
}

func (b *postBook) close(counter int, taken []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed, b.at, b.counter, b.taken = true, time.Now(), counter, taken
	for l, e := range b.entries {
		e.queued = b.closesOn(l) && e.handed && !e.begun && !slices.Contains(taken, l.name)
	}
}

// underWay is the letters at a counter that were handed over and have not ended.
// One that was refused meanwhile may be among them.
func (b *postBook) underWay(counter int) (letters []*letter) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for l, e := range b.entries {
		if e.handed && !e.ended && (counter == 0 || l.counter == counter) {
			letters = append(letters, l)
		}
	}
	slices.SortFunc(letters, func(a, b *letter) int { return strings.Compare(a.name, b.name) })
	return letters
}

// seeOff: each of the letters has ended, or will never be begun.
func (b *postBook) seeOff(letters []*letter) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, l := range letters {
		e := b.of(l)
		e.seenOff = true
		if e.begun && !e.ended {
			b.r.Broken("", "the porter saw nothing under way, and %s, which had been handed over before, is", l.name)
		}
	}
}

// porter draws what the porter does: he comes at some time, and waits until
// nothing is under way at a counter, or until his patience ends.
func (p *posting) porter() func(ctx context.Context) {
	r := p.r
	comes := r.Duration("porter comes", postTakes, 0, 2*postTakes)
	patience := r.Duration("porter's patience", 100*postTakes, postTakes/2, postTakes, 2*postTakes)
	counter := r.Int("porter's counter", 0, 1)
	return func(ctx context.Context) {
		if r.Sleep(ctx, comes) != nil {
			return
		}
		err := scope.WithTimeout(ctx, "lock-up", patience, func(ctx context.Context) error {
			letters := p.book.underWay(counter)
			err := p.post.drain(ctx, counter)
			if err == nil {
				p.book.seeOff(letters)
				r.Sometimes("the porter saw the last letter off", len(letters) > 0)
				return nil
			}
			r.Expect(err).To(gomega.BeIdenticalTo(context.Cause(ctx)), "what a porter is told who has not seen the last letter off")
			return err
		})
		r.Sometimes("the porter lost patience", isTimeout(err))
	}
}
