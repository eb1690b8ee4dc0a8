package report_test

import (
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/report"
)

// inDump is goroutines as runtime.Stack writes them.
func inDump(parts ...string) string { return strings.Join(parts, "\n\n") }

const (
	ofSignals  = "goroutine 2 [syscall]:\nos/signal.signal_recv()\n\t/go/src/runtime/sigqueue.go:152 +0x1\ncreated by os/signal.Notify.func1.1 in goroutine 1\n\t/go/src/os/signal/signal.go:151 +0x1\n"
	ofTest     = "goroutine 1 [chan receive]:\nexample.com/shop/chaos.TestShop(0x1)\n\t/src/chaos/chaos_test.go:9\ntesting.tRunner(0x1, 0x2)\n\t/go/src/testing/testing.go:1 +0x1\n"
	ofExplorer = "goroutine 9 [running]:\ngithub.com/squall-go/squall/harness/explore.(*explorer).wedged(0x1)\n\t/squall/harness/explore/watch.go:40 +0x1\n"
	ofBubble   = "goroutine 20 [select (durable), synctest bubble 19]:\ntesting/synctest.testingSynctestTest(0x1)\n\t/go/src/testing/synctest/synctest.go:1 +0x1\n"
	ofElder    = "goroutine 12 [sync.Mutex.Lock, synctest bubble 7]:\nexample.com/shop/till.Given(0x1)\n\t/src/till/till.go:4 +0x1\n"
	ofOthers   = "goroutine 30 [chan receive]:\nexample.com/shop/cache.(*Cache).sweep(0x1)\n\t/src/cache/cache.go:7 +0x1\n"
	ofRun      = "goroutine 21 [chan receive (durable), synctest bubble 19]:\nexample.com/shop/till.Wait(0x1)\n\t/src/till/till.go:60 +0x1\n"
	suspect    = "goroutine 22 [sync.Mutex.Lock, synctest bubble 19]:\nexample.com/shop/till.Charge(0x1)\n\t/src/till/till.go:40 +0x1\n"
	inSocket   = "goroutine 23 [IO wait, synctest bubble 19]:\ninternal/poll.runtime_pollWait(0x1)\n\t/go/src/runtime/netpoll.go:1\ninternal/poll.(*FD).Read(0x1)\n\t/go/src/internal/poll/fd_unix.go:1\nnet.(*conn).Read(0x1)\n\t/go/src/net/net.go:1\nexample.com/shop/till.Dial(0x1)\n\t/src/till/till.go:80 +0x1\n"
)

func TestTheRunsGoroutinesComeFirst(t *testing.T) {
	g := NewWithT(t)
	text := report.Wedged(report.Standstill{ScenarioID: "D8", After: time.Second, Dump: inDump(ofExplorer, ofTest, ofSignals, ofOthers, ofElder, ofBubble, ofRun, suspect)})
	_, list, _ := strings.Cut(text, "  goroutines of the run:\n")
	g.Expect(list).To(Equal(`    1 × sync.Mutex.Lock
        till.Charge till.go:40
    1 × chan receive (durable)
        till.Wait till.go:60
  other goroutines:
    1 × sync.Mutex.Lock
        till.Given till.go:4
    1 × chan receive
        cache.(*Cache).sweep cache.go:7
  and 4 goroutines of the harness, Ginkgo and the test process
`))
}

func TestTheRunsGoroutinesOnTheRealClockAreInNoBubble(t *testing.T) {
	g := NewWithT(t)
	text := report.Wedged(report.Standstill{ScenarioID: "D8", After: time.Second, RealTime: true, At: time.Minute, Dump: inDump(ofExplorer, ofTest, ofOthers)})
	g.Expect(text).To(ContainSubstring("  goroutines of the run:\n    1 × chan receive\n        cache.(*Cache).sweep cache.go:7\n  and 2 goroutines of"))
	g.Expect(text).To(ContainSubstring("after 0 steps, at t=1m0s of real time\n"))
	g.Expect(text).NotTo(ContainSubstring("virtual"), "there is no such clock")
}

func TestAWedgeInASocketSaysWhatToTakeInstead(t *testing.T) {
	g := NewWithT(t)
	of := func(dump ...string) string {
		return strings.Join(strings.Fields(report.Wedged(report.Standstill{ScenarioID: "D8", Dump: inDump(dump...)})), " ")
	}
	const wayOut = "take connections in memory (fakes/memnet), or an http.RoundTripper of your own, in place of sockets; or run the scenario on the real clock, with Mode: engine.Wall"
	g.Expect(of(ofRun, inSocket)).To(ContainSubstring(wayOut))
	g.Expect(of(ofRun, suspect)).NotTo(ContainSubstring(wayOut))
	g.Expect(of(ofRun, strings.Replace(inSocket, ", synctest bubble 19", "", 1))).NotTo(ContainSubstring(wayOut), "another's socket is no matter")
}

// TestALockThatIsHeldAtASelectIsSuspected: the overlay does not see every lock.
func TestALockThatIsHeldAtASelectIsSuspected(t *testing.T) {
	const atSelect = "goroutine 24 [chan receive (durable), synctest bubble 19]:\ngithub.com/squall-go/squall/harness/engine.(*Engine).Select(0x1)\n\t/squall/harness/engine/selects.go:1\nexample.com/shop/till.Ring(0x1)\n\t/src/till/till.go:90 +0x1\n"
	const wayOut = "//squall:plain in the line above the select"
	g := NewWithT(t)
	of := func(dump ...string) string {
		return strings.Join(strings.Fields(report.Wedged(report.Standstill{ScenarioID: "D8", Dump: inDump(dump...)})), " ")
	}
	g.Expect(of(atSelect, suspect)).To(ContainSubstring(wayOut))
	g.Expect(of(atSelect, strings.Replace(suspect, "sync.Mutex.Lock", "sync.RWMutex.RLock", 1))).To(ContainSubstring(wayOut))
	g.Expect(of(atSelect, ofRun)).NotTo(ContainSubstring(wayOut))
	g.Expect(of(ofRun, suspect)).NotTo(ContainSubstring(wayOut))
}
