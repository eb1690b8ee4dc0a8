package judge

import (
	"fmt"

	"github.com/squall-go/squall/harness/history"
)

// Conserve is P-CONSERVE, in five clauses over the entries of each ledger:
//
//  1. nothing from nowhere: what is received, refused, kept, answered or given
//     up was sent or asked before;
//  2. no id is sent or asked twice;
//  3. an answer comes to the task that asked;
//  4. nothing twice: an entry is settled once;
//  5. nothing is lost: in a run that is complete each entry was settled, so
//     that sent = received + refused + kept.
//
// Of the first four, the first event that breaks one is told. A run without
// ledgers has nothing to judge.
var Conserve = property("P-CONSERVE", "conservation",
	"what was sent is received, refused or still queued; nothing twice, nothing from nowhere, and no answer to the wrong caller",
	(*view).conserve).onlyAbout("call Sent or Asked of a Run.Ledger in the body", history.Sent, history.Asked)

func (v *view) conserve() []Finding {
	var found []Finding
	b := books{v: v}
	for i := range v.run.Events {
		if e := v.at(i); !ofLedger(e.Kind) || e.Task == nil {
			continue
		}
		if wrong := b.enter(i); wrong != "" && len(found) == 0 {
			found = append(found, b.finding(i, wrong))
		}
	}
	if v.run.Outcome == history.Complete {
		found = append(found, b.losses()...)
	}
	return found
}

func ofLedger(k history.Kind) bool { return k >= history.Sent && k <= history.Unanswered }

// books is the entries of a run's ledgers.
type books struct {
	v       *view
	entries []entry // in the order of opening
	index   map[entryID]int
}

type entryID struct{ ledger, item string }

// entry is one message or call. Its fields are events.
type entry struct{ opened, settled int }

// enter puts event i down, and says what is wrong with it.
func (b *books) enter(i int) (wrong string) {
	e := b.v.at(i)
	id := entryID{e.Name, e.Value}
	k, known := b.index[id]
	switch {
	case (e.Kind == history.Sent || e.Kind == history.Asked) && known:
		return b.had(b.entries[k].opened)
	case e.Kind == history.Sent || e.Kind == history.Asked:
		if b.index == nil {
			b.index = map[entryID]int{}
		}
		b.index[id] = len(b.entries)
		b.entries = append(b.entries, entry{i, never})
		return ""
	case !known && e.Kind < history.Asked:
		return "which nobody had sent"
	case !known:
		return "which nobody had asked"
	}
	return b.settle(&b.entries[k], i)
}

// settle puts down that event i settles the entry.
func (b *books) settle(had *entry, i int) (wrong string) {
	if had.settled != never {
		return b.had(had.settled)
	}
	had.settled = i
	settled, opened := b.v.at(i), b.v.at(had.opened)
	if settled.Kind == history.Answered && opened.Kind == history.Asked && settled.Task != opened.Task {
		return "for which " + b.v.of(opened.Task).path() + " still waits"
	}
	return ""
}

// finding is what event i tells, and what is wrong with that.
func (b *books) finding(i int, wrong string) Finding {
	e := b.v.at(i)
	who := b.v.of(e.Task).path()
	return Finding{
		Property: "P-CONSERVE", Subject: who,
		Message: oneLine(fmt.Sprintf("%s: %s %s, %s", e.Name, who, Entry(e), wrong)),
	}
}

// Entry is what an event of a ledger tells of its task, as in "received 3".
func Entry(e *history.Event) string {
	switch e.Kind {
	case history.Sent:
		return "sent " + e.Value
	case history.Received:
		return "received " + e.Value
	case history.TurnedAway:
		return "was refused with " + e.Value
	case history.Kept:
		return "found " + e.Value + " still queued"
	case history.Asked:
		return "asked " + e.Value
	case history.Answered:
		return "was given the answer to " + e.Value
	}
	return "gave up on " + e.Value
}

// had is what event i, an earlier one, told of the same item.
func (b *books) had(i int) string {
	e := b.v.at(i)
	who, at := b.v.of(e.Task).path(), e.At.String()
	switch e.Kind {
	case history.Sent:
		return "which " + who + " had sent at " + at
	case history.Received:
		return "which " + who + " had received at " + at
	case history.TurnedAway:
		return "with which " + who + " had been refused at " + at
	case history.Kept:
		return "which " + who + " had found still queued at " + at
	case history.Asked:
		return "which " + who + " had asked at " + at
	case history.Answered:
		return "which had answered " + who + " at " + at
	}
	if e.Err != nil {
		at += " (" + e.Err.Error() + ")"
	}
	return "on which " + who + " had given up at " + at
}

// losses tells of the first ledger with lost messages, and of the first with
// calls that nobody knows the end of.
func (b *books) losses() []Finding {
	var found []Finding
	for _, opening := range [...]history.Kind{history.Sent, history.Asked} {
		for _, lost := range b.entries {
			if e := b.v.at(lost.opened); e.Kind == opening && lost.settled == never {
				found = append(found, b.sums(e))
				break
			}
		}
	}
	return found
}

// sums is the account of first's ledger, of which first is the first loss.
func (b *books) sums(first *history.Event) Finding {
	var count [history.Unanswered + 1]int
	var lost names
	for _, one := range b.entries {
		switch e := b.v.at(one.opened); {
		case e.Name != first.Name || e.Kind != first.Kind:
			continue
		case one.settled == never:
			lost.add(fmt.Sprintf("%s of %s at %v", e.Value, b.v.of(e.Task).path(), e.At))
		default:
			count[b.v.at(one.settled).Kind]++
		}
		count[first.Kind]++
	}
	account := fmt.Sprintf("%d asked = %d answered + %d given up, and %d without an end",
		count[history.Asked], count[history.Answered], count[history.Unanswered], lost.n)
	if first.Kind == history.Sent {
		account = fmt.Sprintf("%d sent = %d received + %d refused + %d still queued, and %d lost",
			count[history.Sent], count[history.Received], count[history.TurnedAway], count[history.Kept], lost.n)
	}
	return Finding{
		Property: "P-CONSERVE", Subject: b.v.of(first.Task).path(),
		Message: oneLine(fmt.Sprintf("%s: %s: %s", first.Name, account, &lost)),
	}
}
