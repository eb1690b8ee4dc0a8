package trace

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/picture"
)

// run is a picture with what is hard to draw: several events at one instant, two
// bands that touch, one that has no end, a task that was left, one that was never
// seen, one that was seen before its parent, and an event of no task.
func run() *picture.Picture {
	const later = 4_000_030 // times that a floating-point number does not hold
	event := func(task int, at int64) picture.Event {
		return picture.Event{Task: task, At: at, Kind: "said", Text: fmt.Sprint("of ", task), Of: -1}
	}
	return &picture.Picture{
		Tasks: []picture.Task{
			{Path: "main", Name: "main", Parent: -1, State: picture.Ended},
			{Path: "main/a", Name: "a", Parent: 0, State: picture.Failed, Why: "boom"},
			{Path: "main/b", Name: "b", Parent: 0, State: picture.Leaked},
			{Path: "main/never", Name: "never", Parent: 0, State: picture.Refused},
			{Path: "late", Name: "late", Parent: -1, State: picture.Ended},
			{Path: "late/early", Name: "early", Parent: 4, State: picture.Ended},
		},
		Events: []picture.Event{
			event(0, 0), event(1, 0), event(2, 0), event(1, 0), event(1, later), event(5, later), event(4, later), event(1, later), event(-1, later), event(0, later),
		},
		Bands: []picture.Band{
			{Task: 1, From: 3, To: 4, Number: 1, Site: "p/q", Fault: "error"},
			{Task: 1, From: 4, To: 7, Number: 2, Site: "p/q", Fault: "delay"},
			{Task: 0, From: 9, To: 9, Site: "p/r", Fault: "hang"},
		},
		Broken: 7, End: later + 1_000,
	}
}

// read is an event of a trace as an importer has it that cuts off what is behind
// the point.
type read struct {
	Name, Cat, Ph, S, Bp string
	Ts, Dur              nanos
	Pid, Tid, ID         int
}

type nanos int64

func (n *nanos) UnmarshalJSON(text []byte) error {
	us, err := strconv.ParseFloat(string(text), 64)
	*n = nanos(us * 1000)
	return err
}

func imported(g *WithT, content []byte) (events []read) {
	var trace struct{ TraceEvents []read }
	g.Expect(json.Unmarshal(content, &trace)).To(Succeed())
	return trace.TraceEvents
}

func of(events []read, phase string) []read {
	return slices.DeleteFunc(slices.Clone(events), func(e read) bool { return e.Ph != phase })
}

// dropped are the slices of a thread that overlap another one, and the instants
// and ends of arrows that no slice has in it. A slice does not have its own end.
func dropped(events []read) (names []string) {
	all := of(events, "X")
	for _, e := range events {
		switch {
		case e.Ph == "X":
			for _, other := range all {
				if other.Tid == e.Tid && other.Ts < e.Ts && e.Ts < other.Ts+other.Dur && other.Ts+other.Dur < e.Ts+e.Dur {
					names = append(names, e.Name)
				}
			}
		case e.Ph != "M" && e.S != "g" && e.Tid != thread(-1):
			if !slices.ContainsFunc(all, func(s read) bool { return s.Tid == e.Tid && s.Ts <= e.Ts && e.Ts < s.Ts+s.Dur }) {
				names = append(names, e.Name)
			}
		}
	}
	return names
}

func TestATraceHasThePicture(t *testing.T) {
	g := NewWithT(t)
	content, err := Of(run(), About{Name: "S1 held", Notes: map[string]string{"replay": "squall replay x"}})
	g.Expect(err).NotTo(HaveOccurred())
	events := imported(g, content)
	g.Expect(dropped(events)).To(BeEmpty())
	g.Expect(of(events, "M")).To(HaveLen(1+2*5), "a process, and each task that was seen, with its place")
	g.Expect(of(events, "X")).To(HaveLen(5 + 3))
	g.Expect(of(events, "i")).To(HaveLen(10+1), "each event, and where it went wrong")
	g.Expect(of(events, "s")).To(HaveLen(3), "not to the one that was never seen")
	g.Expect(of(events, "f")).To(HaveLen(3))
	late, early := of(events, "X")[3], of(events, "X")[4]
	g.Expect(late.Ts).To(Equal(early.Ts), "who made a task was there before it")
	left := of(events, "X")[2]
	g.Expect(left.Ts+left.Dur).To(BeEquivalentTo(4_000_030+1_000+1), "what was left lasts to the end")
	g.Expect(string(content)).To(And(ContainSubstring(`"replay":"squall replay x"`), ContainSubstring(`"time":"virtual;`), ContainSubstring(`"name":"S1 held"`)))
}

// Should the drawing be wrong, the test above has to see it.
func TestWhatDoesNotNestIsSeen(t *testing.T) {
	g := NewWithT(t)
	content, err := Of(run(), About{})
	g.Expect(err).NotTo(HaveOccurred())
	events := imported(g, content)
	for _, spoil := range []func(e *read) bool{
		func(e *read) bool { e.Dur -= 2; return e.Name == "a" },       // a life ends before its last event
		func(e *read) bool { e.Dur++; return e.Cat == "fault" },       // a band runs into the next one
		func(e *read) bool { e.Ts += 4_001_000; return e.Ph == "s" },  // an arrow begins after all
		func(e *read) bool { e.Ts, e.Dur = 0, 0; return e.Ph == "X" }, // a life is nothing
	} {
		spoilt := slices.Clone(events)
		i := slices.IndexFunc(spoilt, func(e read) bool { return spoil(&e) })
		spoil(&spoilt[i])
		g.Expect(dropped(spoilt)).NotTo(BeEmpty(), "%+v", spoilt[i])
	}
}

// Perfetto reads some times as text, and some as a number that it cuts off.
func TestTimesAreReadAsTheyWereWritten(t *testing.T) {
	g := NewWithT(t)
	plainIsWrong := 0
	for _, base := range []int64{0, 1e6, 1e9, 30e9, 3600e9, 1e15} {
		for n := base; n < base+2_000; n++ {
			text, err := micros(n).MarshalJSON()
			g.Expect(err).NotTo(HaveOccurred())
			plain := fmt.Sprintf("%d.%03d", n/1000, n%1000)
			if cut(plain) != n {
				plainIsWrong++
			}
			if cut(string(text)) != n || string(text[:len(plain)]) != plain {
				t.Fatalf("%d ns are written as %s", n, text)
			}
		}
	}
	g.Expect(plainIsWrong).To(BeNumerically(">", 0), "three digits are enough: the longer ones have no reason")
}

func cut(text string) int64 {
	us, _ := strconv.ParseFloat(text, 64)
	return int64(us * 1000)
}
