package racelog

import (
	"os"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// sample is what the detector of Go 1.26 wrote.
func sample(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile("testdata/go1.26.log")
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return string(text)
}

func TestReportsAreToldApartByWhatRaced(t *testing.T) {
	g := NewWithT(t)
	var signatures, gists []string
	for _, race := range Parse(sample(t)) {
		signatures = append(signatures, race.Signature())
		gists = append(gists, race.Gist())
	}
	g.Expect(signatures).To(Equal([]string{
		"P-RACE example.com/shop.(*cart[...]).add and example.com/shop.(*cart[...]).add",
		"P-RACE example.com/shop.(*cart[...]).put and example.com/shop.(*cart[...]).put",
		"P-RACE example.com/shop.(*cart[...]).put and example.com/shop.(*cart[...]).put",
		"P-RACE example.com/shop.TestAll.func4 and example.com/shop.set",
		"P-RACE example.com/shop.TestAll and sync/atomic.AddInt64",
		"P-RACE example.com/shop.TestAll and example.com/shop.TestAll.func6",
		"P-RACE example.com/shop.set and ?",
	}))
	g.Expect(gists[0]).To(Equal("read in shop.(*cart[...]).add (cart.go:12) and write in shop.(*cart[...]).add (cart.go:12): nothing orders the two"))
	g.Expect(gists[1]).To(Equal("write in shop.(*cart[...]).put (cart.go:13) and write in shop.(*cart[...]).put (cart.go:13): nothing orders the two"))
	g.Expect(gists[6]).To(Equal("write in shop.set (cart.go:14) and read in a function that the race detector no longer knew: nothing orders the two"))
}

// Nothing is left of a report that differs from one process to the next.
func TestAReportIsWrittenWithoutAddressesAndNumbers(t *testing.T) {
	g := NewWithT(t)
	g.Expect(Parse(sample(t))[3].String()).To(Equal(`WARNING: DATA RACE
Read by goroutine A:
  example.com/shop.TestAll.func4()
      /home/x/shop/cart_test.go:28

Previous write by goroutine B:
  example.com/shop.set()
      /home/x/shop/cart.go:14
  example.com/shop.TestAll.func3()
      /home/x/shop/cart_test.go:27

Goroutine A created at:
  sync.(*WaitGroup).Go()
      /opt/go/src/sync/waitgroup.go:238

Goroutine B created at:
  sync.(*WaitGroup).Go()
      /opt/go/src/sync/waitgroup.go:238
`))
	other := strings.NewReplacer("0x00c0000", "0x00c0007", "goroutine 8", "goroutine 71", "Goroutine 8", "Goroutine 71",
		"(running)", "(finished)", "+0x30", "+0x31").Replace(sample(t))
	g.Expect(other).NotTo(Equal(sample(t)))
	g.Expect(Parse(other)).To(Equal(Parse(sample(t))))
	g.Expect(Parse(strings.ReplaceAll(sample(t), "\n", "\r\n"))).To(Equal(Parse(sample(t))))
}

func TestTheDetectorsOwnFramesAreNoFunctionsThatRaced(t *testing.T) {
	g := NewWithT(t)
	frames := func(names ...string) Section {
		s := Section{Access: "write"}
		for _, name := range names {
			s.Stack = append(s.Stack, Frame{Function: name})
		}
		return s
	}
	for want, s := range map[string]Section{
		"shop.put":                  frames("runtime.mapassign_faststr", "internal/runtime/maps.(*Map).put", "shop.put", "runtime.goexit"),
		"shop.count":                frames("sync/atomic.AddInt64", "sync/atomic.(*Int64).Add", "shop.count"),
		"shop.read":                 frames("internal/race.WriteRange", "shop.read"),
		"runtimes.F":                frames("runtimes.F"),
		"runtime.mapassign_faststr": frames("runtime.mapassign_faststr"),
		unknown:                     frames(),
	} {
		g.Expect(s.by()).To(Equal(want))
	}
	// Whoever came first: it is one race.
	a, b := frames("a"), frames("b")
	g.Expect(Race{[]Section{a, b}}.Signature()).To(Equal("P-RACE a and b"))
	g.Expect(Race{[]Section{b, a}}.Signature()).To(Equal("P-RACE a and b"))
	g.Expect(Race{[]Section{frames(), b}}.Signature()).To(Equal("P-RACE b and ?"))
	g.Expect(Race{[]Section{frames(), frames()}}.Signature()).To(Equal(Property))
}

// A disk that was full, a process that was killed: a report counts when both of its
// accesses are there.
func TestReportsThatWereCutShort(t *testing.T) {
	g := NewWithT(t)
	whole := sample(t)
	first := whole[:strings.Index(whole, "\n==================\n==================\n")]
	races := func(text string) (signatures []string) {
		for _, race := range Parse(text) {
			signatures = append(signatures, race.Signature())
		}
		return signatures
	}
	g.Expect(races(first)).To(HaveLen(1), "without an end")
	second := strings.Index(first, "Previous write")
	function := second + strings.Index(first[second:], "\n  ") + 1
	place := function + strings.Index(first[function:], "\n") + 1
	g.Expect(races(first[:second])).To(BeEmpty())
	g.Expect(races(first[:function])).To(BeEmpty())
	g.Expect(races(first[:place-2])).To(BeEmpty(), "half a name is no name")
	g.Expect(races(first[:place])).To(Equal([]string{"P-RACE example.com/shop.(*cart[...]).add and example.com/shop.(*cart[...]).add"}))
	g.Expect(races(first[second:])).To(BeEmpty(), "without a beginning")
	g.Expect(races(first[:second]+"\n"+whole)).To(HaveLen(7), "what was cut short is left out")
	g.Expect(races("WARNING: DATA RACE\n==================\n")).To(BeEmpty())
	g.Expect(races("WARNING: DEADLOCK\n==================\n")).To(BeEmpty())
	for i := 0; i < len(whole); i += 31 {
		g.Expect(len(races(whole[:i]))).To(BeNumerically("<=", 7))
	}
}

func TestALogIsBounded(t *testing.T) {
	g := NewWithT(t)
	frame := "  shop." + strings.Repeat("x", 2*maxName) + "()\n      /home/x/cart.go:1 +0x1\n"
	access := "Write at 0x1 by goroutine 7:\n" + strings.Repeat(frame, maxFrames+5) + "\n"
	races := Parse("WARNING: DATA RACE\n" + strings.Repeat(access, maxSections+5) + "==================\n")
	g.Expect(races[0].Sections).To(HaveLen(maxSections))
	g.Expect(races[0].Sections[0].Stack).To(HaveLen(maxFrames))
	g.Expect(races[0].Sections[0].More).To(Equal(5))
	g.Expect(races[0].String()).To(ContainSubstring("\n  … and 5 more\n"))
	g.Expect(len(races[0].String())).To(BeNumerically("<", 200_000))
	g.Expect(races[0].Signature()).To(HaveLen(len("P-RACE  and ") + 2*(maxName+len("…"))))
	g.Expect(Parse(strings.Repeat(sample(t), maxRaces))).To(HaveLen(maxRaces))
}

func FuzzParse(f *testing.F) {
	f.Add(sample(f))
	f.Add("==================\nWARNING: DATA RACE\nWrite at 0x1 by main goroutine:\n  \x1b[2J()\n\nRead at 0x1 by goroutine 18446744073709551616:\n  f[[[()\n      :\n")
	f.Add("WARNING: DATA RACE\nPrevious atomic write at 0x1 by goroutine 1:\n  [failed to restore the stack]\n\nRead at 0x1 by goroutine 2:\n  a\u202eb()\n==================\n")
	f.Add("WARNING: DATA RACE\n  f()\n      g\nWARNING: DATA RACE\nHeap block of size 8 at 0x1 allocated by goroutine 7:\n")
	f.Add("WARNING: DATA RACE\nReAd at 0x0 by oroutine 0\nwrite at 0x0 by \n==================\n")
	f.Add("WARNING: DATA RACE\nwrite at 0x1 by \nwrite at 0x1 by \n\xff\xfe")
	f.Fuzz(func(t *testing.T, text string) {
		g := NewWithT(t)
		races := Parse(text)
		g.Expect(len(races)).To(BeNumerically("<=", maxRaces))
		for _, race := range races {
			for _, line := range []string{race.Gist(), race.Signature()} {
				g.Expect(line).NotTo(ContainSubstring("\n"))
				g.Expect(len(line)).To(BeNumerically("<", 4*maxName))
			}
			g.Expect(Signs(race.Signature())).To(BeTrue())
			two := race.Accesses()
			g.Expect([]string{two[0].Access, two[1].Access}).To(HaveEach(BeElementOf("read", "write")))
			g.Expect(race.String()).NotTo(MatchRegexp(`\x1b|\x{202e}`))
			for _, section := range race.Sections {
				g.Expect(section.Title).NotTo(MatchRegexp(`\b[Gg]oroutine [0-9]`))
			}
		}
	})
}
