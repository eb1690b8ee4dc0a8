package faults_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/faults"
)

// closedList is the catalogue's list, in its order.
var closedList = []string{
	"error", "panic", "goexit", "delay", "cancel-task", "cancel-parent", "cancel-root", "deadline", "hang", "wedge",
	"drop", "duplicate", "late", "reorder", "corrupt", "lose-worker", "close",
}

func TestAllIsTheClosedListInItsOrder(t *testing.T) {
	g := NewWithT(t)
	g.Expect(faults.All.Names()).To(Equal(closedList))
	g.Expect(faults.All.Len()).To(Equal(len(closedList)))
	for i, name := range closedList {
		g.Expect(faults.All.Nth(i).String()).To(Equal(name))
	}
}

func TestSetsOfKindsDoNotOverlap(t *testing.T) {
	g := NewWithT(t)
	g.Expect(faults.Failure.Names()).To(Equal([]string{"error", "panic", "goexit"}))
	g.Expect(faults.Cancels.Names()).To(Equal([]string{"cancel-task", "cancel-parent", "cancel-root", "deadline"}))
	g.Expect(faults.Carried.Names()).To(Equal(closedList[10:]))
	g.Expect(faults.Failure & faults.Cancels).To(BeZero())
	g.Expect((faults.Failure | faults.Cancels) & faults.Carried).To(BeZero())
}

func TestParseKindIsTheInverseOfString(t *testing.T) {
	g := NewWithT(t)
	for i := range faults.All.Len() {
		kind := faults.All.Nth(i)
		g.Expect(faults.ParseKind(kind.String())).To(Equal(kind))
	}
}

func TestParseKindNamesTheUnknownOneAndTheKnownOnes(t *testing.T) {
	for _, name := range []string{"", "none", "explode", "Error", "error|panic"} {
		g := NewWithT(t)
		_, err := faults.ParseKind(name)
		g.Expect(err).To(MatchError(HavePrefix(`faults: unknown fault "` + name + `"; known are error, panic,`)))
	}
}

func TestHasWantsEveryKindAndAtLeastOne(t *testing.T) {
	g := NewWithT(t)
	set := faults.Error | faults.Delay
	g.Expect(set.Has(faults.Error)).To(BeTrue())
	g.Expect(set.Has(set)).To(BeTrue())
	g.Expect(set.Has(faults.Error | faults.Panic)).To(BeFalse())
	g.Expect(set.Has(faults.Drop)).To(BeFalse())
	g.Expect(set.Has(0)).To(BeFalse())
	g.Expect(faults.Kind(0).Has(faults.Error)).To(BeFalse())
}

func TestNthWalksASparseSet(t *testing.T) {
	g := NewWithT(t)
	set := faults.Close | faults.Panic | faults.Hang
	g.Expect([]faults.Kind{set.Nth(0), set.Nth(1), set.Nth(2)}).To(Equal([]faults.Kind{faults.Panic, faults.Hang, faults.Close}))
}

func TestNthPanicsBeyondTheSet(t *testing.T) {
	g := NewWithT(t)
	set := faults.Error | faults.Drop
	g.Expect(func() { set.Nth(2) }).To(PanicWith(`faults: no kind 2 in "error|drop"`))
	g.Expect(func() { set.Nth(-1) }).To(PanicWith(`faults: no kind -1 in "error|drop"`))
	g.Expect(func() { faults.Kind(0).Nth(0) }).To(PanicWith(`faults: no kind 0 in "none"`))
}

func TestStringOfASetJoinsNames(t *testing.T) {
	g := NewWithT(t)
	g.Expect((faults.Drop | faults.Error).String()).To(Equal("error|drop"))
	g.Expect(faults.Kind(0).String()).To(Equal("none"))
}
