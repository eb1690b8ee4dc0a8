package scenarios

import (
	"context"
	"slices"
	"time"

	"github.com/squall-go/squall/fakes/cardreader"
	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/judge"
)

// CardReader is what stands between a till and the device: one call, one answer.
// One that can connect has StartUSB too, as [cardreader.Extension].
type CardReader interface {
	DeviceInfo(ctx context.Context) cardreader.DeviceInfoResult
}

// OpenCardReader puts a reader before the device, all of whose calls take at most
// timeout from their turn on. The run is for its Step.
type OpenCardReader func(r *harness.Run, c *cardreader.Controller, timeout time.Duration) CardReader

// promise is one thing that a reader has to keep to, told so that only what
// breaks this one shows.
type promise struct {
	name, title string
	faults      []explore.Allow
	may         faults.Kind
	properties  []string
	terms       judge.Terms
	facts       []string
	flaws       []flaw // that break the promise, beside the properties
	atOnce      bool   // the device takes no time
	story       func(t *till)
	brokenBy    []breach
}

// breach is a naive reader that breaks the promise, and how that shows.
type breach struct{ reader, property, message string }

const callback = "fakes/cardreader/callback"

var promises = []promise{{
	name: "one-answer", title: "one call, one answer, as soon as it is there",
	properties: []string{"P-CONSERVE", "P-LEAK"},
	flaws:      []flaw{flawHung, flawThrown, flawMistimed, flawStillBusy, flawUnexplained},
	facts:      []string{"a call was answered"},
	story:      func(t *till) { t.callInTurn(); t.answeredAtOnce() },
	brokenBy: []breach{
		{"polling", "P-EXPECT", "the device had answered"}, {"impatient", "P-EXPECT", "the device had answered"},
		{"busy", "P-EXPECT", "the device had answered"},
	},
}, {
	name: "device-error", title: "an error fails its own call, as a value, and no other",
	faults:     []explore.Allow{harness.Strike("fakes/cardreader/command", faults.Error), harness.Strike(callback, faults.Error|faults.Duplicate)},
	may:        faults.Error | faults.Duplicate,
	properties: []string{"P-ERROR", "P-LEAK"},
	flaws:      []flaw{flawForeign, flawThrown, flawUnexplained},
	facts:      []string{"a call failed"},
	story:      func(t *till) { t.callInTurn() },
	brokenBy: []breach{
		{"polling", "P-EXPECT", "had left behind"}, {"impatient", "P-EXPECT", "had left behind"},
		{"busy", "P-EXPECT", "had left behind"}, {"signal", "P-EXPECT", "had left behind"},
	},
}, {
	name: "timeout", title: "a call without a callback times out at its deadline",
	faults:     []explore.Allow{harness.Strike(callback, faults.Drop)},
	may:        faults.Drop,
	properties: []string{"P-LEAK"},
	flaws:      []flaw{flawHung, flawThrown, flawMistimed},
	facts:      []string{"a call timed out"},
	story:      func(t *till) { t.callInTurn() },
	brokenBy: []breach{
		{"polling", "P-EXPECT", "its callback was lost"}, {"signal", "P-EXPECT", "its callback was lost"},
	},
}, {
	name: "late-callback", title: "an answer that is too late answers nothing",
	faults:     []explore.Allow{harness.Strike(callback, faults.Late)},
	may:        faults.Late,
	properties: []string{"P-CONSERVE", "P-LEAK"},
	flaws:      []flaw{flawThrown},
	facts:      []string{"a call was answered"},
	story:      func(t *till) { t.callInTurn() },
	brokenBy:   []breach{{"impatient", "P-CONSERVE", "had given up at"}},
}, {
	name: "duplicate-callback", title: "a second callback answers nothing",
	faults:     []explore.Allow{harness.Strike(callback, faults.Duplicate)},
	may:        faults.Duplicate,
	properties: []string{"P-CONSERVE", "P-LEAK"},
	flaws:      []flaw{flawThrown},
	facts:      []string{"a call was answered"},
	story:      func(t *till) { t.callInTurn() },
	brokenBy: []breach{
		{"polling", "P-CONSERVE", "had answered"}, {"impatient", "P-CONSERVE", "had answered"},
		{"busy", "P-CONSERVE", "had answered"}, {"signal", "P-CONSERVE", "had answered"},
	},
}, {
	name: "reordered-callbacks", title: "a callback that was overtaken answers nothing",
	faults:     []explore.Allow{harness.Strike(callback, faults.Reorder)},
	may:        faults.Reorder,
	properties: []string{"P-CONSERVE", "P-LINEAR", "P-LEAK"},
	flaws:      []flaw{flawThrown},
	facts:      []string{"a call was answered"},
	story:      func(t *till) { t.oneByOne(); t.callInTurn() },
	brokenBy:   []breach{{"impatient", "P-CONSERVE", "had given up at"}},
}, {
	name: "early-callback", title: "an answer that comes before its caller listens is not lost",
	properties: []string{"P-CONSERVE", "P-LEAK"},
	flaws:      []flaw{flawHung, flawThrown, flawMistimed},
	facts:      []string{"a call was answered"},
	atOnce:     true,
	story:      func(t *till) { t.callInTurn() },
	brokenBy:   []breach{{"signal", "P-EXPECT", "although the device made its callback"}},
}, {
	name: "unplugged", title: "a pulled cable ends the call at once, and when it is in again the reader works",
	properties: []string{"P-HEAL", "P-LEAK"},
	terms:      judge.Terms{HealWithin: readerLatency + accountPoll + readerNoise},
	flaws:      []flaw{flawHung, flawThrown},
	facts:      []string{"a call failed"},
	story:      (*till).pullTheCable,
	brokenBy: []breach{
		{"polling", "P-EXPECT", "although the cable was pulled"}, {"signal", "P-EXPECT", "although the cable was pulled"},
		{"impatient", "P-EXPECT", "after the cable was pulled"}, {"busy", "P-EXPECT", "after the cable was pulled"},
	},
}, {
	name: "turns", title: "one call at a time, first come, first served",
	properties: []string{"P-CONSERVE", "P-LINEAR", "P-LEAK"},
	flaws:      []flaw{flawHung, flawThrown, flawTurnedDown, flawStillBusy, flawUnexplained},
	facts:      []string{"a call was answered"},
	story:      func(t *till) { t.oneByOne(); t.callTogether(); t.servedInTurn() },
	brokenBy: []breach{
		{"polling", "P-CONSERVE", "still waits"}, {"impatient", "P-CONSERVE", "still waits"},
		{"busy", "P-EXPECT", "was at the reader"}, {"signal", "P-CONSERVE", "still waits"},
	},
}, {
	name: "cancel", title: "a call that is cancelled ends, and the reader is free",
	faults:     []explore.Allow{harness.Strike(callback, faults.Drop)},
	may:        faults.Drop | faults.Cancels,
	properties: []string{"P-CANCEL", "P-HEAL", "P-LEAK"},
	terms:      judge.Terms{EndWithin: accountPoll + readerNoise, HealWithin: readerLatency + accountPoll + readerNoise},
	flaws:      []flaw{flawThrown},
	facts:      []string{"a call was cancelled"},
	story:      (*till).leaveMidCall,
	brokenBy: []breach{
		{"polling", "P-CANCEL", "till/call-1"}, {"signal", "P-CANCEL", "till/call-1"},
		{"busy", "P-HEAL", "nothing answered normally again"},
	},
}, {
	name: "garbage", title: "nonsense is a typed failure",
	faults:     []explore.Allow{harness.Strike("fakes/cardreader/payload", faults.Corrupt), harness.Strike(callback, faults.Corrupt)},
	may:        faults.Corrupt,
	properties: []string{"P-CONSERVE", "P-LEAK"},
	flaws:      []flaw{flawGarbageUsed, flawThrown, flawUnexplained},
	facts:      []string{"a call failed"},
	story:      func(t *till) { t.callInTurn() },
	brokenBy: []breach{
		{"polling", "P-EXPECT", "took garbage"}, {"impatient", "P-EXPECT", "took garbage"},
		{"busy", "P-EXPECT", "took garbage"}, {"signal", "P-EXPECT", "took garbage"},
	},
}}

// CardReaderContract is the promises as scenarios for the reader that open makes;
// see package readercontract.
func CardReaderContract(name string, open OpenCardReader) []harness.Scenario {
	specs := make([]harness.Scenario, 0, len(promises))
	for _, p := range promises {
		s := harness.Scenario{
			ID: name + "-" + p.name, Title: p.title, Source: ToastCaseStudy, Faults: p.faults,
			Properties: p.properties, Terms: p.terms, Facts: p.facts, Runs: 200,
			Durations: []time.Duration{readerTimeout - readerLatency},
			Body:      p.body(open),
		}
		for _, b := range p.brokenBy {
			s.Controls = append(s.Controls, harness.Control{
				Name: b.reader, Story: "the " + b.reader + " reader of the account", Breaks: b.property, Task: b.message,
				Body: p.body(naiveReader(b.reader).Open),
			})
		}
		specs = append(specs, s)
	}
	return specs
}

// contractFacts is what a promise may want to have seen.
var contractFacts = map[string]func(*tillCall) bool{
	"a call was answered": (*tillCall).answered, "a call failed": (*tillCall).erred,
	"a call timed out": (*tillCall).timedOut, "a call was cancelled": (*tillCall).wasCancelled,
}

func (p promise) body(open OpenCardReader) func(r *harness.Run) {
	return func(r *harness.Run) {
		latency := readerLatency
		if p.atOnce {
			latency = 0
		}
		t := openTill(r, func(c *cardreader.Controller) tillReader { return open(r, c, readerTimeout) }, latency, p.may)
		t.only = p.flaws
		p.story(t)
		for _, fact := range p.facts {
			r.Sometimes(fact, t.count(contractFacts[fact]) > 0)
		}
	}
}

// NaiveReader is one of the readers that people write first.
type NaiveReader struct {
	Name string
	Open OpenCardReader
}

// NaiveReaders lists them, in the order in which one writes them.
func NaiveReaders() []NaiveReader {
	naive := func(open openReader) OpenCardReader {
		return func(_ *harness.Run, c *cardreader.Controller, _ time.Duration) CardReader { return open(c) }
	}
	return []NaiveReader{
		{"polling", naive(withNaive)}, {"impatient", naive(withImpatient)}, {"busy", naive(withBusy)}, {"signal", naive(withSignal)},
	}
}

func naiveReader(name string) NaiveReader {
	all := NaiveReaders()
	return all[slices.IndexFunc(all, func(n NaiveReader) bool { return n.Name == name })]
}
