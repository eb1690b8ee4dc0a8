package publish

import (
	"encoding/json"
	"math"
	"testing"

	. "github.com/onsi/gomega"
)

func TestTheTrace(t *testing.T) {
	g := NewWithT(t)
	r := Of(merge(t, night))
	traced := 0
	for _, f := range r.Findings {
		trace, err := Trace(f)
		g.Expect(err).NotTo(HaveOccurred())
		if f.Picture == nil {
			g.Expect(trace).To(BeNil())
			continue
		}
		traced++
		checkTrace(g, trace)
	}
	g.Expect(traced).To(BeNumerically(">=", 8))
}

// checkTrace: the rules of the format, as importers hold it to.
func checkTrace(g *WithT, content []byte) {
	var trace struct {
		TraceEvents []struct {
			Name, Ph, S, Bp string
			Ts, Dur         json.Number
			Pid, Tid, ID    int
		}
	}
	g.Expect(json.Unmarshal(content, &trace)).To(Succeed())
	type slice struct{ from, to int64 }
	slices := map[int][]slice{}
	begun, ended := map[int]int64{}, map[int]int64{}
	threads, instants, last := map[int]bool{}, 0, int64(-1)
	for _, e := range trace.TraceEvents {
		g.Expect(e.Name).NotTo(BeEmpty())
		g.Expect(e.Pid).To(Equal(1))
		ts := nanos(g, e.Ts)
		switch e.Ph {
		case "M":
			threads[e.Tid] = threads[e.Tid] || e.Name == "thread_name"
		case "X":
			g.Expect(threads[e.Tid]).To(BeTrue(), "a slice of a thread without a name")
			slices[e.Tid] = append(slices[e.Tid], slice{ts, ts + nanos(g, e.Dur)})
		case "i":
			g.Expect(e.S).To(Or(Equal("t"), Equal("g")))
			if e.S == "t" {
				instants++
				g.Expect(ts).To(BeNumerically(">", last), "time goes on")
				last = ts
			}
		case "s":
			g.Expect(begun).NotTo(HaveKey(e.ID))
			begun[e.ID] = ts
			g.Expect(slices[e.Tid]).To(ContainElement(Satisfy(func(s slice) bool { return s.from <= ts && ts <= s.to })), "an arrow begins in a slice")
		case "f":
			ended[e.ID] = ts
			g.Expect(e.Bp).To(Equal("e"))
			g.Expect(slices[e.Tid]).To(ContainElement(Satisfy(func(s slice) bool { return s.from <= ts && ts <= s.to })), "an arrow ends in a slice")
		default:
			g.Expect(e.Ph).To(BeElementOf("M", "X", "i", "s", "f"))
		}
	}
	g.Expect(instants).To(BeNumerically(">", 0))
	g.Expect(len(ended)).To(Equal(len(begun)))
	for id, from := range begun {
		g.Expect(ended).To(HaveKeyWithValue(id, BeNumerically(">=", from)))
	}
	for _, list := range slices {
		for i, a := range list {
			for _, b := range list[i+1:] {
				nested := b.from >= a.from && b.to <= a.to || b.from >= a.to || b.to <= a.from
				g.Expect(nested).To(BeTrue(), "slices of a thread nest: %v %v", a, b)
			}
		}
	}
}

// nanos reads microseconds as importers do: some cut off what is behind the point.
func nanos(g *WithT, n json.Number) int64 {
	if n == "" {
		return 0
	}
	us, err := n.Float64()
	g.Expect(err).NotTo(HaveOccurred())
	ns := int64(us * 1000)
	g.Expect(int64(math.Round(us*1000))).To(Equal(ns), "%s: rounded it is another time than cut", n)
	g.Expect(ns).To(BeNumerically(">=", 0))
	return ns
}
