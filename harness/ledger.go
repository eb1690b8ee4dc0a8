package harness

import (
	"context"
	"errors"
	"fmt"

	"github.com/squall-go/squall/harness/engine"
	"github.com/squall-go/squall/harness/history"
)

// Ledger keeps account of what a scenario sends or asks, for P-CONSERVE: what
// was sent is received, refused or kept, each id once, and an answer comes to
// the task that asked. Ids are compared as fmt.Sprint writes them, and are used
// once in a ledger.
//
// Note what is sent or asked before it is out of your hands, so that nobody can
// have it earlier than the ledger does, and everything else when it is certain.
// What may be cut short (by a panic, a Goexit) settles its entries in a defer.
// The methods may be called from any goroutine of the run; the task is that of
// the context.
type Ledger struct {
	engine *engine.Engine
	name   string
}

// Ledger is the run's ledger of that name; messages and pictures show the name.
// Asking for it again gives the same ledger.
func (r *Run) Ledger(name string) *Ledger { return &Ledger{r.engine, name} }

// Sent opens the entry of a message that the task of ctx is about to hand over.
func (l *Ledger) Sent(ctx context.Context, id any) { l.enter(ctx, history.Sent, id) }

// Received settles it: the task of ctx has the message.
func (l *Ledger) Received(ctx context.Context, id any) { l.enter(ctx, history.Received, id) }

// Refused settles it: the message did not go out, and who sent it knows.
func (l *Ledger) Refused(ctx context.Context, id any) { l.enter(ctx, history.TurnedAway, id) }

// Kept settles it when the story ends: the message is still queued, where
// somebody looked.
func (l *Ledger) Kept(ctx context.Context, id any) { l.enter(ctx, history.Kept, id) }

// Asked opens the entry of a call that the task of ctx is about to make.
func (l *Ledger) Asked(ctx context.Context, id any) { l.enter(ctx, history.Asked, id) }

// Answered settles it: the task of ctx, which has to be the one that asked, was
// given the answer to this call.
func (l *Ledger) Answered(ctx context.Context, id any) { l.enter(ctx, history.Answered, id) }

// Unanswered settles it: the call is over without an answer, and who made it
// knows. Messages quote why, which may be left out.
func (l *Ledger) Unanswered(ctx context.Context, id any, why ...error) {
	l.engine.RecordValue(ctx, history.Unanswered, l.name, fmt.Sprint(id), errors.Join(why...))
}

func (l *Ledger) enter(ctx context.Context, kind history.Kind, id any) {
	l.engine.RecordValue(ctx, kind, l.name, fmt.Sprint(id), nil)
}
