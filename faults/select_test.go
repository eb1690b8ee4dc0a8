package faults_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/faults"
)

// scripted is a selector that answers alike always, and writes down what it is told.
type scripted struct {
	first int
	woken func()
	told  []string
}

func (s *scripted) Select(p *faults.SelectPoint, n int) faults.SelectTurn {
	turn := faults.SelectTurn{First: s.first, Took: func() { s.told = append(s.told, "took") }}
	if s.woken != nil {
		turn.Woken = func() { s.told = append(s.told, "woken"); s.woken() }
	}
	return turn
}

func holding(values ...int) chan int {
	c := make(chan int, 4)
	for _, v := range values {
		c <- v
	}
	return c
}

func TestSelectTakesTheFirstReadyCaseOfItsTurn(t *testing.T) {
	for _, test := range []struct {
		first, want int
		told        []string
	}{
		{first: 0, want: 1}, {first: 1, want: 1, told: []string{"took"}},
		{first: 2, want: 2, told: []string{"took"}},
		{first: 3, want: 1}, // not ready, and so no choice
	} {
		g := NewWithT(t)
		s := &scripted{first: test.first}
		stop := faults.DecideSelects(s)
		taken := faults.Select(nil, false, faults.Receiving(holding()), faults.Receiving(holding(1)), faults.Sending(holding()).This(2), faults.Receiving(holding()))
		stop()
		g.Expect(taken).To(Equal(test.want))
		g.Expect(s.told).To(Equal(test.told))
	}
}

// TestSelectWithoutASelectorIsTheRuntimes: over many times it takes each.
func TestSelectWithoutASelectorIsTheRuntimes(t *testing.T) {
	g := NewWithT(t)
	count := map[int]int{}
	for range 200 {
		count[faults.Select(nil, true, faults.Receiving(holding(1)), faults.Sending(holding()).This(2))]++
	}
	g.Expect(count).To(HaveLen(2))
	g.Expect(count).To(HaveKey(0))
	g.Expect(count).To(HaveKey(1))
	g.Expect(faults.Select(nil, true, faults.Receiving(holding()))).To(Equal(-1))
	g.Expect(faults.Select(nil, true, faults.Receiving(holding()), faults.Receiving(holding()))).To(Equal(-1))
	g.Expect(faults.Select(nil, true)).To(Equal(-1))
}

func TestAValueGoesBeforeAChannelThatClosed(t *testing.T) {
	for _, test := range []struct {
		name      string
		first     int
		meanwhile func(jobs chan int)
		want      int
	}{
		{"nothing else", 0, func(chan int) {}, 0},
		{"a value", 0, func(jobs chan int) { jobs <- 7 }, 1},
		{"two closed channels, the first by default", 0, func(jobs chan int) { close(jobs) }, 0},
		{"two closed channels, the other by choice", 1, func(jobs chan int) { close(jobs) }, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			g := NewWithT(t)
			quit, jobs := make(chan int), make(chan int, 1)
			s := &scripted{first: test.first, woken: func() { test.meanwhile(jobs) }}
			defer faults.DecideSelects(s)()
			go close(quit)
			job := faults.Receiving(jobs)
			g.Expect(faults.Select(nil, false, faults.Receiving(quit), job, faults.Sending((chan int)(nil)).This(1))).To(Equal(test.want))
			g.Expect(s.told[0]).To(Equal("woken"))
			g.Expect(job.OK).To(Equal(test.name == "a value"))
		})
	}
}

func TestWhoWaitsWithAValueKeepsIt(t *testing.T) {
	g := NewWithT(t)
	quit, jobs := make(chan int), make(chan int)
	defer faults.DecideSelects(&scripted{woken: func() { close(quit) }})()
	go func() { jobs <- 7 }()
	job := faults.Receiving(jobs)
	g.Expect(faults.Select(nil, false, faults.Receiving(quit), job)).To(Equal(1))
	g.Expect(job.Value).To(Equal(7))
}

func TestSelectsAreFoundByTheirNames(t *testing.T) {
	g := NewWithT(t)
	const select2 = "lib/pool/(*Pool).Submit/select-2"
	point := func() *faults.SelectPoint { return &faults.SelectPoint{Function: "(*Pool).Submit", Ordinal: 2} }
	if faults.LookupSelect("example.com/one/"+select2) == nil { // -count runs a test again
		faults.RegisterSelect("example.com/one", "example.com/one/lib/pool", point())
		g.Expect(faults.LookupSelect(select2)).NotTo(BeNil(), "alone")
		faults.RegisterSelect("example.com/two", "example.com/two/lib/pool", point())
	}
	g.Expect(faults.SelectNames()).To(ContainElements("example.com/one/"+select2, "example.com/two/"+select2))
	g.Expect(faults.LookupSelect(select2)).To(BeNil(), "whichever was told of first, neither has the short name")
	g.Expect(faults.CountSelects()).To(Equal(len(faults.SelectNames())))
	p := faults.LookupSelect("example.com/two/" + select2)
	g.Expect(p.Reached().String()).To(Equal(p.String()))
	g.Expect(p.Woken().String()).To(Equal(p.String() + "/woken"))
	g.Expect(p.Reached().ID()).To(Equal(-1), "no failpoint: nothing strikes there")
	again := func() { faults.RegisterSelect("example.com/two", "example.com/two/lib/pool", point()) }
	g.Expect(again).To(PanicWith(`faults: two selects are named "lib/pool/(*Pool).Submit/select-2"`))
}
