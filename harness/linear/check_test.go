package linear

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/anishathalye/porcupine"
	"github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/history"
)

func TestHistories(t *testing.T) {
	for _, c := range []struct {
		name string
		told *told
		want string // message; "" if it holds
	}{
		{"nothing happened", tell("x", Register(0)), ""},
		{"one after the other", tell("x", Register(0)).do("a", Write{1}, nil).do("b", Read{}, 1), ""},
		{"a read that is behind", tell("x", Register(0)).do("a", Write{1}, nil).do("a", Write{2}, nil).do("b", Read{}, 1),
			"x: read() → 1 of b fits in no order: write(2) of a had returned when it was called; the longest that works is write(1) of a, write(2) of a, and then it is 2"},
		{"a read during the write may see the old value", tell("x", Register(0)).call("a", Write{1}).do("b", Read{}, 0).ret("a", nil), ""},
		{"or the new one", tell("x", Register(0)).call("a", Write{1}).do("b", Read{}, 1).ret("a", nil), ""},
		{"but not the new one and then the old one", tell("x", Register(0)).call("a", Write{1}).do("b", Read{}, 1).do("c", Read{}, 0).ret("a", nil),
			"x: read() → 0 of c fits in no order: read() → 1 of b had returned when it was called; the longest that works is write(1) of a, read() → 1 of b, and then it is 1"},
		{"a read of what nobody wrote", tell("x", Register(0)).do("b", Read{}, 7),
			"x: read() → 7 of b fits in no order; at the beginning it is 0"},
		{"neither the order of calls nor that of returns", tell("x", Register(0)).
			call("a", Write{1}).call("b", Write{2}).do("c", Read{}, 2).do("c", Read{}, 1).ret("b", nil).do("c", Read{}, 1).ret("a", nil), ""},

		{"a write that never returned took effect", tell("x", Register(0)).call("a", Write{1}).do("b", Read{}, 1).do("b", Read{}, 1), ""},
		{"or not", tell("x", Register(0)).call("a", Write{1}).do("b", Read{}, 0).do("b", Read{}, 0), ""},
		{"or late", tell("x", Register(0)).call("a", Write{1}).do("b", Read{}, 0).do("b", Read{}, 1), ""},
		{"but not before its call", tell("x", Register(0)).do("b", Read{}, 1).call("a", Write{1}),
			"x: read() → 1 of b fits in no order; at the beginning it is 0"},
		{"and not twice", tell("x", Register(0)).call("a", Write{1}).do("b", Read{}, 1).do("c", Write{0}, nil).do("b", Read{}, 1),
			"x: read() → 1 of b fits in no order: write(0) of c had returned when it was called; the longest that works is write(1) → ? of a, read() → 1 of b, write(0) of c, and then it is 0"},

		{"two updates, one after the other", tell("n", Counter()).call("a", Add{1}).call("b", Add{1}).ret("a", 1).ret("b", 2), ""},
		{"a lost update", tell("n", Counter()).call("a", Add{1}).call("b", Add{1}).ret("a", 1).ret("b", 1),
			"n: add(1) → 1 of b fits in no order; the longest that works is add(1) → 1 of a, and then it is 1"},
		{"a lost update of those who do not look", tell("n", Counter()).do("a", Add{1}, nil).do("b", Add{1}, nil).do("c", Get{}, 1),
			"n: get() → 1 of c fits in no order: add(1) of b had returned when it was called; the longest that works is add(1) of a, add(1) of b, and then it is 2"},

		{"an update that failed", tell("n", Counter()).do("a", Add{1}, false).do("b", Get{}, 0), ""},
		{"an update that failed and was counted", tell("n", Counter()).do("a", Add{1}, false).do("b", Get{}, 1),
			"n: get() → 1 of b fits in no order: add(1) → false of a had returned when it was called; the longest that works is add(1) → false of a, and then it is 0"},

		{"first in, first out", tell("q", Queue(0)).do("a", Put{1}, true).do("a", Put{2}, true).do("b", Take{}, 1).do("c", Take{}, 2).do("b", Take{}, Nothing{}), ""},
		{"out of order", tell("q", Queue(0)).do("a", Put{1}, true).do("a", Put{2}, true).do("b", Take{}, 2),
			"q: take() → 2 of b fits in no order: put(2) → true of a had returned when it was called; the longest that works is put(1) → true of a, put(2) → true of a, and then it is [1 2]"},
		{"one too many", tell("q", Queue(1)).do("a", Put{1}, true).do("b", Put{2}, true),
			"q: put(2) → true of b fits in no order: put(1) → true of a had returned when it was called; the longest that works is put(1) → true of a, and then it is [1]"},
		{"refused although there is room", tell("q", Queue(1)).do("a", Put{1}, false),
			"q: put(1) → false of a fits in no order; at the beginning it is []"},
		{"put that waited for room", tell("q", Queue(1)).do("a", Put{1}, true).call("a", Put{2}).do("b", Take{}, 1).ret("a", true), ""},
		{"empty although nothing was taken", tell("q", Queue(0)).do("a", Put{1}, true).do("b", Take{}, Nothing{}),
			"q: take() → nothing of b fits in no order: put(1) → true of a had returned when it was called; the longest that works is put(1) → true of a, and then it is [1]"},
		{"a take that never returned may have eaten it", tell("q", Queue(0)).do("a", Put{1}, true).call("b", Take{}).do("c", Take{}, Nothing{}), ""},

		{"one owner after the other", tell("m", Mutex()).do("a", Lock{"a"}, true).call("b", Lock{"b"}).do("a", Unlock{"a"}, nil).ret("b", true), ""},
		{"two owners", tell("m", Mutex()).do("a", Lock{"a"}, true).do("b", Lock{"b"}, true),
			"m: lock(b) → true of b fits in no order: lock(a) → true of a had returned when it was called; the longest that works is lock(a) → true of a, and then it is held by a"},
		{"one that gave up", tell("m", Mutex()).do("a", Lock{"a"}, true).do("b", Lock{"b"}, false).do("a", Unlock{"a"}, nil), ""},
		{"one that tried", tell("m", Mutex()).do("a", Lock{"a"}, true).do("b", TryLock{"b"}, false).do("a", Unlock{"a"}, nil).do("b", TryLock{"b"}, true), ""},
		{"one that tried a free lock in vain", tell("m", Mutex()).do("b", TryLock{"b"}, false),
			"m: try(b) → false of b fits in no order; at the beginning it is free"},
		{"another one's lock", tell("m", Mutex()).do("a", Lock{"a"}, true).do("b", Unlock{"b"}, nil),
			"m: unlock(b) of b fits in no order: lock(a) → true of a had returned when it was called; the longest that works is lock(a) → true of a, and then it is held by a"},

		{"one thing at a time", tell("reader", Turns()).do("a", Begin{"info"}, nil).do("a", End{"info"}, nil).do("b", Begin{"scan"}, nil), ""},
		{"two at a time", tell("reader", Turns()).do("a", Begin{"info"}, nil).do("b", Begin{"scan"}, nil).do("a", End{"info"}, nil),
			"reader: begin(scan) of b fits in no order: begin(info) of a had returned when it was called; the longest that works is begin(info) of a, and then it is busy with info"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := gomega.NewWithT(t)
			r := c.told.check()
			g.Expect(r.Message).To(gomega.Equal(c.want))
			g.Expect(r.Verdict == Broken).To(gomega.Equal(c.want != ""))
			g.Expect(c.told.check()).To(gomega.Equal(r), "checking it again")
		})
	}
}

// TestOnlyWhatHadHappenedCounts: a history that is cut does not know what came
// later.
func TestOnlyWhatHadHappenedCounts(t *testing.T) {
	g := gomega.NewWithT(t)
	h := tell("x", Register(0)).call("a", Write{1}).do("b", Read{}, 1).ret("a", nil).do("b", Read{}, 0)
	g.Expect(h.check().Verdict).To(gomega.Equal(Broken))
	for n := range len(h.run.Events) {
		g.Expect(Check(h.object, n).Verdict).To(gomega.Equal(Holds), "%d events", n)
	}
}

// TestLongHistoriesAreToldShortly: the message lists the last operations only.
func TestLongHistoriesAreToldShortly(t *testing.T) {
	g := gomega.NewWithT(t)
	h := tell("n", Counter())
	for i := range 40 {
		h.do("a", Add{1}, i+1)
	}
	g.Expect(h.do("b", Get{}, 39).check().Message).To(gomega.Equal("n: get() → 39 of b fits in no order: add(1) → 40 of a had returned when it was called; " +
		"the longest that works is 35 others, add(1) → 36 of a, add(1) → 37 of a, add(1) → 38 of a, add(1) → 39 of a, add(1) → 40 of a, and then it is 40"))
}

// hard is a history that takes a search of many steps: writes that overlap, and
// a read of what nobody wrote at the end.
func hard(tasks int) *told {
	h := tell("x", Register(0))
	for i := range tasks {
		h.call(fmt.Sprint("t", i), Write{i})
	}
	for i := range tasks {
		h.ret(fmt.Sprint("t", i), nil)
	}
	return h.do("reader", Read{}, -1)
}

func TestWhatIsNotDecidedDoesNotHold(t *testing.T) {
	g := gomega.NewWithT(t)
	h := hard(10)
	g.Expect(h.check().Verdict).To(gomega.Equal(Broken))
	r := check(h.object, len(h.run.Events), 100)
	g.Expect(r.Verdict).To(gomega.Equal(Undecided))
	g.Expect(r.Message).To(gomega.Equal("x: whether an order of its 11 operations works was not decided in 100 steps; let fewer tasks use it at once, or give its model a Partition"))
	g.Expect(hard(30).check().Verdict).To(gomega.Equal(Undecided), "and it comes back")
}

// TestSequentialHistoriesNeedNoSearch, however long they are.
func TestSequentialHistoriesNeedNoSearch(t *testing.T) {
	g := gomega.NewWithT(t)
	h := tell("n", Counter())
	for i := range maxSteps + 1 {
		h.do("a", Add{1}, i+1)
	}
	g.Expect(h.check().Verdict).To(gomega.Equal(Holds))
}

func TestPartitions(t *testing.T) {
	type key struct {
		name string
		op   any
	}
	m := Register(0)
	inner := m.Step
	m.Step = func(state, input, output any) (bool, any) { return inner(state, input.(key).op, output) }
	m.DescribeOperation = func(input, output any) string { return fmt.Sprint(input.(key).name, output) }
	m.Partition = func(ops []porcupine.Operation) [][]porcupine.Operation {
		var parts [2][]porcupine.Operation
		for _, op := range ops {
			i := int(op.Input.(key).name[0] - 'a')
			parts[i] = append(parts[i], op)
		}
		return parts[:]
	}
	g := gomega.NewWithT(t)
	h := tell("kv", m).do("t", key{"a", Write{1}}, nil).do("t", key{"b", Write{2}}, nil).do("t", key{"a", Read{}}, 1)
	g.Expect(h.check()).To(gomega.Equal(Result{}))
	h.do("u", key{"b", Read{}}, 1)
	g.Expect(h.check().Message).To(gomega.Equal("kv: b1 of u fits in no order: b<nil> of t had returned when it was called; the longest that works is b<nil> of t, and then it is 2"))
	h.object.Model.Partition = func(ops []porcupine.Operation) [][]porcupine.Operation {
		return [][]porcupine.Operation{ops[1:]}
	}
	g.Expect(h.check().Message).To(gomega.Equal("kv: the model's Partition makes 3 operations of 4"))
}

// TestModelsThatPanic: in a goroutine of porcupine's that would end the process.
func TestModelsThatPanic(t *testing.T) {
	broken := func(change func(m *porcupine.Model)) string {
		m := Register(0)
		change(&m)
		h := tell("x", m).call("a", Write{1}).call("b", Write{2}).ret("b", nil).ret("a", nil).do("c", Read{}, 2).do("c", Read{}, 3)
		r := h.check()
		if r.Verdict != Broken {
			return fmt.Sprint("verdict ", r.Verdict)
		}
		return r.Message
	}
	g := gomega.NewWithT(t)
	g.Expect(broken(func(m *porcupine.Model) { m.Init = func() any { panic("boom") } })).To(gomega.Equal("x: the model's Init panicked: boom"))
	g.Expect(broken(func(m *porcupine.Model) { m.Step = Counter().Step })).To(gomega.Equal(
		"x: the model's Step panicked at linear.Write write(1) → <nil>: linear: Counter has no operation linear.Write write(1)"))
	g.Expect(broken(func(m *porcupine.Model) { m.Equal = func(any, any) bool { panic("boom") } })).To(gomega.Equal("x: the model's Equal panicked: boom"))
	g.Expect(broken(func(m *porcupine.Model) { m.Hash = func(any) uint64 { panic("boom") } })).To(gomega.Equal("x: the model's Hash panicked: boom"))
	g.Expect(broken(func(m *porcupine.Model) {
		m.Partition = func([]porcupine.Operation) [][]porcupine.Operation { panic("boom") }
	})).To(gomega.Equal("x: the model's Partition panicked: boom"))
	g.Expect(broken(func(m *porcupine.Model) { m.DescribeState = func(any) string { panic("boom") } })).To(gomega.HaveSuffix("then it is a int"))
	g.Expect(broken(func(m *porcupine.Model) { m.DescribeOperation = func(any, any) string { panic("boom") } })).To(gomega.HavePrefix("x: a linear.Read of c"))
}

func TestAModelWithAContext(t *testing.T) {
	g := gomega.NewWithT(t)
	m := (&porcupine.NondeterministicModel{
		Init: func() []any { return []any{0} },
		Step: func(state, input, output any) []any { // a coin that may be tossed once more
			if input == "toss" {
				return []any{0, 1}
			}
			if is(output, state) {
				return []any{state}
			}
			return nil
		},
	}).ToModel()
	m.Step = nil
	g.Expect(tell("coin", m).do("a", "toss", nil).do("b", "look", 1).check().Verdict).To(gomega.Equal(Holds))
	g.Expect(tell("coin", m).do("a", "toss", nil).do("b", "look", 1).do("b", "look", 0).check().Message).To(gomega.Equal(
		"coin: look -> 0 of b fits in no order: look -> 1 of b had returned when it was called; the longest that works is toss -> <nil> of a, look -> 1 of b, and then it is {1}"))
}

// lived is what a queue of the given size does with tasks that use it at once:
// each operation takes effect at one instant between its call and its return.
// Some never return, and some of those take effect.
func lived(r *rand.Rand, capacity int) *told {
	h := tell("q", Queue(capacity))
	var values []int
	type act struct {
		input  any
		output any
		did    bool
	}
	under := map[string]*act{}
	next := 0
	for range 10 + r.IntN(20) {
		who := string(rune('a' + r.IntN(3)))
		a := under[who]
		switch {
		case a == nil:
			if a = (&act{input: Take{}}); r.IntN(2) == 0 {
				next++
				a.input = Put{next}
			}
			under[who] = a
			h.call(who, a.input)
		case !a.did:
			a.did = true
			switch put, ok := a.input.(Put); {
			case ok && len(values) == capacity:
				a.output = false
			case ok:
				a.output, values = true, append(values, put.Value.(int))
			case len(values) == 0:
				a.output = Nothing{}
			default:
				a.output, values = values[0], values[1:]
			}
		default:
			h.ret(who, a.output)
			delete(under, who)
		}
	}
	return h
}

// TestWhatWasLivedHolds, and what is altered is judged as porcupine judges it
// where nothing is pending.
func TestWhatWasLivedHolds(t *testing.T) {
	g := gomega.NewWithT(t)
	r := rand.New(rand.NewPCG(1, 2))
	broken, same := 0, 0
	for range 3000 {
		h := lived(r, 2)
		g.Expect(h.check()).To(gomega.Equal(Result{}), "%v", h)
		done := slices.DeleteFunc(slices.Clone(h.object.Ops), func(op *history.Op) bool { return op.Returned < 0 })
		if len(done) == 0 {
			continue
		}
		altered := done[r.IntN(len(done))]
		switch out := altered.Output.(type) {
		case bool:
			altered.Output = !out
		case int:
			altered.Output = out + 1
		default:
			altered.Output = 1
		}
		if h.check().Verdict == Broken {
			broken++
		}
		if len(done) == len(h.object.Ops) {
			same++
			var ops []porcupine.Operation
			for _, op := range done {
				ops = append(ops, porcupine.Operation{Input: op.Input, Output: op.Output, Call: int64(op.Called), Return: int64(op.Returned)})
			}
			g.Expect(h.check().Verdict == Holds).To(gomega.Equal(porcupine.CheckOperations(Queue(2), ops)))
		}
	}
	g.Expect(broken).To(gomega.BeNumerically(">", 2000))
	g.Expect(same).To(gomega.BeNumerically(">", 50))
}

func BenchmarkCheck(b *testing.B) {
	sequential := tell("n", Counter())
	for i := range 20 {
		sequential.do("a", Add{1}, i+1)
	}
	searched := tell("x", Register(0)).
		call("a", Write{1}).call("b", Write{2}).do("c", Read{}, 2).do("c", Read{}, 1).ret("b", nil).do("c", Read{}, 1).ret("a", nil)
	for name, h := range map[string]*told{"sequential": sequential, "searched": searched} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if h.check().Verdict != Holds {
					b.Fatal("broken")
				}
			}
		})
	}
}
