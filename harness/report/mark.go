package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/squall-go/squall/harness/history"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/harness/linear"
	"github.com/squall-go/squall/harness/tape"
)

// word is what e looks like on its task's line, and how much it weighs.
func (p *picture) word(e history.Event) (mark, int) {
	name := clean(e.Name)
	switch e.Kind {
	case history.Started:
		return mark{glyph: "●"}, telling
	case history.Cancelled:
		return p.cancelled(e)
	case history.Done:
		return p.cancelled(e)
	case history.Ended:
		return p.ended(e)
	case history.Refused:
		return mark{glyph: "✗", text: because("refused", e.Err), short: "refused"}, essential + 5
	case history.Detached:
		return mark{text: "detached"}, telling + 10
	case history.Severed:
		return mark{text: "cut off"}, telling + 10
	case history.Strayed:
		return mark{glyph: "◆", text: "makes the island " + name}, telling + 10
	case history.Delivered:
		return p.delivered(e)
	case history.Queued:
		return mark{text: "queued " + name, then: waits}, telling
	case history.Running:
		return mark{text: "on " + name}, dull + 10
	case history.Finished:
		return mark{text: "off " + name}, dull
	case history.Acquired:
		return mark{text: "holds " + name}, telling
	case history.Released:
		return mark{text: "frees " + name}, telling
	case history.Waiting:
		return mark{text: "awaits " + name, then: waits}, telling
	case history.Struck:
		return mark{glyph: "↯" + p.number(e), text: strikeText(e.Fault), short: e.Fault.Kind.String()}, strike
	case history.Healed:
		return mark{glyph: "◆", text: "faults stop"}, essential
	case history.Recovered:
		return mark{glyph: "✓", text: name + " answers again"}, essential
	case history.Said:
		return mark{glyph: "◆", text: `"` + name + `"`}, telling + 10
	case history.Owned:
		weight := dull + 5
		if p.isAtIssue(e) {
			weight = essential + 5
		}
		return mark{glyph: "◆", text: "owns " + clean(judge.Value(e.Name, e.Value)), short: clean(e.Value)}, weight
	case history.Carried:
		return mark{text: "has " + clean(judge.Value(e.Name, e.Value))}, dull
	case history.Sent, history.Received, history.TurnedAway, history.Kept, history.Asked, history.Answered, history.Unanswered:
		return mark{glyph: inLedger[e.Kind], text: clean(e.Value)}, telling + 5
	case history.Called:
		return mark{text: clean(linear.Describe(e.Op, false))}, dull + 15
	case history.Returned:
		return mark{text: clean(linear.Describe(e.Op, true))}, telling + 15
	case history.Expected:
		return mark{glyph: "✗", text: message(e.Err)}, strike - 10
	}
	return mark{text: fmt.Sprintf("event %d", e.Kind)}, dull
}

// cancelled is one mark for two events: the layer's word and the harness's
// observation. The second one tells nothing new, and neither does one after the
// task's end: they give no mark.
func (p *picture) cancelled(e history.Event) (mark, int) {
	if p.told[e.Task] {
		return mark{}, 0
	}
	p.told[e.Task] = true
	m := mark{glyph: "⊘", text: because("cancelled", e.Err)}
	if !plainCancel(e.Err) {
		m.short = reason(e.Err)
	}
	return m, essential + 10
}

func (p *picture) ended(e history.Event) (mark, int) {
	p.told[e.Task] = true
	switch {
	case e.Err == nil:
		return mark{glyph: "✓", then: over}, telling - 5
	case p.cast.endedByCancel(e):
		return mark{glyph: "⊘", then: over}, telling + 5
	}
	return mark{glyph: "✗", text: reason(e.Err), then: over}, essential + 15
}

func (p *picture) delivered(e history.Event) (mark, int) {
	if e.Name == "crash" {
		return mark{glyph: "✗", text: because("crash", e.Err)}, strike - 10
	}
	from := reason(e.Err)
	if e.Of != nil {
		from = element(e.Of)
	}
	return mark{glyph: "←", text: from + " (" + clean(e.Name) + ")", short: from}, telling
}

// isAtIssue reports whether a finding tells of the value that e gives.
func (p *picture) isAtIssue(e history.Event) bool {
	return slices.ContainsFunc(p.findings, func(f judge.Finding) bool {
		return f.Property == judge.Context.ID && strings.Contains(f.Message, strconv.Quote(e.Value)) &&
			(strings.Contains(f.Message, "carried "+e.Name+" ") || strings.Contains(f.Message, "carried no "+e.Name))
	})
}

// number is the number of the strike e in the storm, or nothing.
func (p *picture) number(e history.Event) string {
	for i, c := range p.storm {
		if c.Kind == tape.Strike && c.Place.Site == e.Site && c.Place.Hit == e.Hit && e.Task != nil && c.Place.Task == e.Task.Path {
			return fmt.Sprint(i + 1)
		}
	}
	return ""
}

// inLedger is the signs of what is told in ledgers: out of one's hands, into them,
// and neither.
var inLedger = map[history.Kind]string{
	history.Sent: "⇢", history.Asked: "⇢", history.Received: "⇠", history.Answered: "⇠",
	history.TurnedAway: "⇍", history.Kept: "⇥", history.Unanswered: "⇍",
}
