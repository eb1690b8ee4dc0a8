package peers

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/squall-go/squall/harness/engine"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/history"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/harness/result"
	"github.com/squall-go/squall/harness/tape"
)

// Case is a library in a story: a few cells of the table, one a question.
type Case struct {
	Library Library
	Story   Story
}

// Version is that of all stories: tapes of another one are not replayed.
const Version = 1

// ID is what --focus and tapes name: "errgroup/goexit".
func (c Case) ID() string { return c.Library.Name + "/" + c.Story.ID }

// Cases are all of them, library by library; those too that do not apply.
func Cases() []Case {
	var all []Case
	for _, l := range Libraries {
		for _, s := range Stories {
			all = append(all, Case{l, s})
		}
	}
	return all
}

// Questions are those that apply to the library.
func (c Case) Questions() []Question {
	return slices.DeleteFunc(slices.Clone(c.Story.Questions), func(q Question) bool {
		return c.Story.Applies(c.Library, q) != ""
	})
}

// Find is the case with that id.
func Find(id string) (Case, bool) {
	for _, c := range Cases() {
		if c.ID() == id {
			return c, true
		}
	}
	return Case{}, false
}

// Settings say how much of a case is run.
type Settings struct {
	Seed uint64
	Runs int
	// Known, if not nil, is replayed, and nothing else is run.
	Known *tape.Tape
}

// Outcome is what one cell came to.
type Outcome struct {
	Peer result.Peer `json:"peer"`
	// Broke is the property of the finding: the cell's own, or P-EXPECT for a
	// crash, or P-STARVE for a call that never returns. "" if nothing broke.
	Broke string `json:"broke,omitempty"`
	// Tape is the smallest storm of a broken cell.
	Tape string `json:"tape,omitempty"`
	// Picture is the timeline of that storm.
	Picture string `json:"picture,omitempty"`
}

// budget is the virtual time of a run: more than anybody here waits for. A pool
// with a ticker spends it all when nothing goes on.
const budget = time.Minute

// mostShrink bounds the runs that shrinking takes; the storms are small.
const mostShrink = 400

// InProcess explores the case in this process, which a story that [Story.MayKill]
// may end. A question that is broken is settled, and the others are asked again.
//
// It takes one processor for that time: what a library's own goroutines do between
// two points of ours nobody decides, and on one processor it is nearly always the
// same.
func (c Case) InProcess(set Settings) []Outcome {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if set.Known != nil {
		return c.replay(set)
	}
	var settled []Outcome
	for open := c.Questions(); len(open) > 0; {
		var said []string
		report := explore.Explore(c.subject(open, &said), explore.Settings{Seed: set.Seed, Runs: set.Runs, MaxShrink: mostShrink})
		x := report.Counterexample
		if x == nil {
			for _, q := range open {
				settled = append(settled, c.unbroken(q, report, said))
			}
			break
		}
		about := func(q Question) bool { return q.Property == x.Findings[0].Property }
		all := !slices.ContainsFunc(open, about)
		var rest []Question
		for _, q := range open {
			if all || about(q) {
				settled = append(settled, c.broken(q, x))
			} else {
				rest = append(rest, q)
			}
		}
		open = rest
	}
	return c.inOrder(settled)
}

// replay replays the tape, and judges the question that it is about.
func (c Case) replay(set Settings) []Outcome {
	property, _, _ := strings.Cut(set.Known.Failure, " ")
	open := slices.DeleteFunc(c.Questions(), func(q Question) bool { return q.Property != property })
	if len(open) == 0 {
		open = c.Questions() // a tape of somebody's own
	}
	var settled []Outcome
	for range max(1, c.Story.Bubbles) {
		report, err := explore.Replay(c.subject(open, new([]string)), set.Known, 0)
		about, x := open[0], report
		switch {
		case err != nil:
			out := Outcome{Peer: c.peer(about, result.Flaky)}
			out.Peer.Detail = err.Error()
			settled = append(settled, out)
		case x.Counterexample != nil:
			for _, q := range open {
				if q.Property == x.Counterexample.Findings[0].Property {
					about = q
				}
			}
			settled = append(settled, c.broken(about, x.Counterexample))
		default:
			settled = append(settled, c.unbroken(about, report, nil))
		}
	}
	slices.SortStableFunc(settled, func(a, b Outcome) int { return rank(a.Broke != "") - rank(b.Broke != "") })
	return settled[:1]
}

func rank(first bool) int {
	if first {
		return 0
	}
	return 1
}

// inOrder is the order of the story's questions.
func (c Case) inOrder(outcomes []Outcome) []Outcome {
	at := func(o Outcome) int {
		return slices.IndexFunc(c.Story.Questions, func(q Question) bool { return q.Property == o.Peer.Property })
	}
	slices.SortStableFunc(outcomes, func(a, b Outcome) int { return at(a) - at(b) })
	return outcomes
}

func (c Case) broken(q Question, x *explore.Counterexample) Outcome {
	f := x.Findings[0]
	x.Tape.Failure = q.Property + " " + f.Subject // a replay judges that question
	out := Outcome{Peer: c.peer(q, result.Broken), Broke: f.Property, Tape: x.Tape.String(), Picture: picture(x)}
	out.Peer.Detail = f.Message
	if f.Property == judge.Expect.ID {
		out.Peer.Detail = f.Property + ": " + f.Message
	}
	return out
}

func (c Case) unbroken(q Question, report *explore.Report, said []string) Outcome {
	out := Outcome{Peer: c.peer(q, report.Verdict)}
	text := fmt.Sprintf("%s in %d runs", report.Verdict, report.Runs)
	if report.Verdict == explore.Flaky {
		text += ": " + parted(report)
	}
	if len(report.Unseen) > 0 {
		text += "; never seen: " + strings.Join(report.Unseen, ", ")
	}
	for _, remark := range said {
		if rest, ok := strings.CutPrefix(remark, q.Property+" "); ok {
			text += "; " + rest
		}
	}
	out.Peer.Detail = text
	return out
}

// parted says where two runs of one tape went different ways.
func parted(report *explore.Report) string {
	if report.First == nil || report.Second == nil {
		return report.Shared
	}
	a, b := report.First.Steps, report.Second.Steps
	for i := range min(len(a), len(b)) {
		if a[i].Task.Path != b[i].Task.Path || a[i].Site != b[i].Site || a[i].At != b[i].At {
			return fmt.Sprintf("two runs of one tape part at step %d: %s at %s (%v), %s at %s (%v)", i, a[i].Task.Path, a[i].Site, a[i].At, b[i].Task.Path, b[i].Site, b[i].At)
		}
	}
	return fmt.Sprintf("two runs of one tape have %d and %d steps, %d and %d events; left %v and %v", len(a), len(b), len(report.First.Events), len(report.Second.Events), report.First.Left, report.Second.Left)
}

func (c Case) peer(q Question, v result.Verdict) result.Peer {
	p := result.Peer{
		Library: c.Library.Name, Version: c.Library.Version(),
		Scenario: c.Story.ID, Property: q.Property, Verdict: v,
	}
	if v == result.Broken || v == result.Wedged {
		if r, ok := lookup(c.Library.Readings, c.Story.ID, q.Property); ok {
			p.Reading = string(r.Kind) + ": " + r.Text
		}
	}
	return p
}

// subject is the case as the explorer runs it, judged by those questions. said
// collects what was to be remarked, each once.
func (c Case) subject(questions []Question, said *[]string) explore.Subject {
	form := c.Story.form(c.Library)
	s := explore.Subject{
		ID: c.ID(), Title: c.Story.Title, Version: Version,
		Faults: c.Story.allow(), Terms: c.Story.terms, Facts: c.Story.facts, Durations: latencies, Budget: budget,
		Body: func(ctx context.Context, e *engine.Engine) {
			c.Story.body(&stage{ctx: ctx, engine: e, library: c.Library, form: form})
		},
	}
	for _, q := range questions {
		p := q.judge(c.Library)
		p = judge.Property{ID: p.ID, Title: p.Title, Guarantee: p.Guarantee, Check: listening(q, p.Check, said)}
		s.Properties = append(s.Properties, p)
	}
	s.Properties = append(s.Properties, comesToAnEnd(c.Library), judge.Expect)
	return s
}

// listening collects the remarks of every run that is judged.
func listening(q Question, check func(*history.Run, judge.Terms) []judge.Finding, said *[]string) func(*history.Run, judge.Terms) []judge.Finding {
	return func(run *history.Run, terms judge.Terms) []judge.Finding {
		for _, of := range q.remarks {
			text := of(read(run))
			if text = q.Property + " " + text; text != q.Property+" " && !slices.Contains(*said, text) {
				*said = append(*said, text)
			}
		}
		return check(run, terms)
	}
}
