package harness

import (
	"context"
	"errors"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/engine"
	"github.com/squall-go/squall/harness/judge"
)

// conserved runs body once, and returns what P-CONSERVE has to say of it.
func conserved(body func(r *Run, l *Ledger)) []string {
	e := engine.Run(engine.Config{Chooser: engine.Calm{}}, adapt(func(r *Run) { body(r, r.Ledger("queue")) }))
	var messages []string
	for _, f := range judge.Conserve.Check(e.History(), judge.Terms{}) {
		messages = append(messages, f.Message)
	}
	return messages
}

func TestLedgerThatAddsUp(t *testing.T) {
	NewWithT(t).Expect(conserved(func(r *Run, l *Ledger) {
		ctx := r.Context()
		consumer := faults.WithTask(ctx, "consumer")
		for id := range 3 {
			l.Sent(ctx, id)
		}
		l.Received(consumer, 0)
		l.Refused(ctx, 1)
		r.Ledger("queue").Kept(ctx, 2) // the same one
		l.Asked(ctx, "a")
		l.Answered(ctx, "a")
		l.Asked(consumer, "b")
		l.Unanswered(consumer, "b")
	})).To(BeEmpty())
}

func TestLedgerNamesTasksAndReasons(t *testing.T) {
	task := func(r *Run, name string) context.Context { return faults.WithTask(r.Context(), name) }
	for want, body := range map[string]func(r *Run, l *Ledger){
		"queue: c received 7, which nobody had sent": func(r *Run, l *Ledger) { l.Received(task(r, "c"), 7) },
		"queue: b was given the answer to 1, for which a still waits": func(r *Run, l *Ledger) {
			a := task(r, "a")
			l.Asked(a, 1)
			l.Answered(task(r, "b"), 1)
		},
		"queue: b was given the answer to 1, on which a had given up at 0s (no time)": func(r *Run, l *Ledger) {
			a := task(r, "a")
			l.Asked(a, 1)
			l.Unanswered(a, 1, errors.New("no time"))
			l.Answered(task(r, "b"), 1)
		},
		"queue: 1 sent = 0 received + 0 refused + 0 still queued, and 1 lost: x of p at 0s": func(r *Run, l *Ledger) {
			l.Sent(task(r, "p"), "x")
			r.Ledger("other").Sent(r.Context(), "x")
			r.Ledger("other").Received(r.Context(), "x")
		},
	} {
		NewWithT(t).Expect(conserved(body)).To(Equal([]string{want}))
	}
}
