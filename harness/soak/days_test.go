//go:build !race

// Sizes are no matter of the race detector, which would take minutes.

package soak

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/batch"
	"github.com/squall-go/squall/harness/result"
)

// calendar is a soak of many days without its workers: whoever drives it says what
// they answered, and when. The clock is that of a bubble.
type calendar struct {
	t     *testing.T
	soak  *soak
	dir   string
	ticks int
	kinds int // of findings so far
	busy  []batch.Batch
	slots int
	curve int // points that it had at most
	// spoil, if not nil, is called after every tick: it makes a soak that forgets nothing.
	spoil func(*soak)
}

// month are scenarios as a suite has them.
func month() (scenarios []batch.Scenario) {
	for n := range 20 {
		scenarios = append(scenarios, batch.Scenario{ID: fmt.Sprintf("S%d", n), Version: 1, Title: "a story", Controls: []string{"deaf"}, Controlled: true})
	}
	return append(scenarios, batch.Scenario{ID: "canary", Version: 1, Controlled: true, Canary: true})
}

func newCalendar(t *testing.T, dir string) *calendar {
	c := &calendar{t: t, dir: dir, slots: 8}
	c.begin(false)
	return c
}

// begin begins the soak, or goes on with it, as [open] does, without workers.
func (c *calendar) begin(resume bool) {
	g := NewWithT(c.t)
	config := Config{Dir: c.dir, Seed: 7, Shard: Shard{1, 1}, Workers: c.slots, Resume: resume, View: func(*View) {}}
	s := &soak{config: config, late: make(chan struct{}), began: time.Now(), lastLog: map[string]time.Time{}}
	var err error
	s.claimed, err = claim(c.dir)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(s.resume()).To(Succeed())
	sweep(c.dir)
	var torn []string
	s.store, torn, err = openStore(c.dir)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(torn).To(BeEmpty())
	s.store.disk = room{full: 1 << 20, short: 2 << 20} // that writing so many takes no minutes
	for range c.slots {
		s.idle = append(s.idle, &slot{})
	}
	s.state.Scenarios = month()
	s.schedule = scheduleOf(config.Seed, config.Runs, s.state.Scenarios)
	c.soak, c.busy = s, nil
}

// work hands out so many batches and takes in what comes of them. One is slow: thousands
// of others overtake it.
func (c *calendar) work(batches int) {
	s := c.soak
	for range batches {
		for len(s.idle) > 0 {
			b, ok := s.take()
			if !ok {
				c.t.Fatal("the soak is over")
			}
			s.busy++
			s.idle = s.idle[1:]
			c.busy = append(c.busy, b)
		}
		at := 1 // the first one is slow
		if c.busy[0].Index+3000 < s.next {
			at = 0
		}
		b := c.busy[at]
		c.busy = append(c.busy[:at], c.busy[at+1:]...)
		s.settle(over{&slot{}, b.Index, outcomeOf(b), nil})
	}
}

// outcomeOf is a batch that showed a part of what there is to be seen.
func outcomeOf(b batch.Batch) *batch.Outcome {
	o := &batch.Outcome{Index: b.Index, Scenario: b.Scenario, Control: b.Control, Caught: b.Control != "", Runs: int64(b.Runs), Steps: 90 * int64(b.Runs),
		Hash: fmt.Sprintf("%016x", b.Seed), Facts: []string{"overlap"}, Unseen: []string{"never"}}
	for i := range uint64(6) {
		n := (b.Seed >> (8 * i)) % 100
		o.Struck = append(o.Struck, batch.Struck{Cell: batch.Cell{Site: fmt.Sprintf("till/point-%d", n/4), Fault: fmt.Sprintf("fault-%d", n%4)}, Count: 3})
		o.Handovers = append(o.Handovers, fmt.Sprintf("till/point-%d > till/point-%d", n/4, (b.Seed>>(8*i+3))%25))
	}
	return o
}

// find tells of so many kinds of failures that nobody has seen.
func (c *calendar) find(kinds int) {
	for range kinds {
		c.kinds++
		name := letters(c.kinds)
		f := &batch.Finding{Scenario: "S1", Verdict: result.Broken, Signature: "P-X " + name, Message: "it broke in " + name,
			Batch: c.soak.next, Tape: "squall tape 1\nend\n", Text: strings.Repeat("so it was\n", 50), Dump: strings.Repeat("goroutine\n", 400)}
		f.Trim()
		c.soak.hear(event{finding: f})
		c.soak.state.fail(c.soak.state.tally(f.Scenario), batch.Kind(f.Signature), 1)
		c.soak.hear(event{incident: "a worker died of " + name})
	}
}

// until goes on to that time of the soak in so many ticks, each with its save.
func (c *calendar) until(end time.Duration, ticks, batches, kinds int) {
	step := (end - c.soak.elapsed()) / time.Duration(ticks)
	for range ticks {
		c.work(batches)
		c.find(kinds)
		time.Sleep(step)
		c.ticks += 5 // each of them saves
		c.soak.tick(c.ticks)
		c.curve = max(c.curve, len(c.soak.state.Series))
		if c.spoil != nil {
			c.spoil(c.soak)
		}
	}
}

// sizes are the bytes of every file, those of findings as one, and of the live heap.
func (c *calendar) sizes() map[string]int64 {
	c.t.Helper()
	sizes := map[string]int64{}
	err := filepath.WalkDir(c.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(c.dir, path)
		if folder, _ := filepath.Split(name); folder != "" {
			name = filepath.Clean(folder)
		}
		sizes[name] += info.Size()
		return nil
	})
	NewWithT(c.t).Expect(err).NotTo(HaveOccurred())
	var memory runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&memory)
	sizes["heap"] = int64(memory.HeapAlloc)
	return sizes
}

// bounds are what docs/soak.md says of a soak whose findings have room for 2 MB.
var bounds = map[string]int64{
	stateFile: 2 << 20, heartbeatFile: 64 << 10, lockFile: 0, findingsDir: 3 << 20, "heap": 64 << 20,
}

// grown is what has no bound, or is above it, or grew from the third day to the last.
func grown(early, late map[string]int64) (names []string) {
	for _, name := range sortedKeys(late) {
		bound, known := bounds[name]
		const few = 8 // per cent, and what the curve has more at the one time than at the other
		if !known || late[name] > bound || early[name] > bound || late[name] > early[name]+early[name]*few/100+maxPoints*45 {
			names = append(names, name)
		}
	}
	return names
}

// pace is how much of a day's work is stepped through.
type pace struct{ part, batches, kinds int }

// aMonth is what a soak of 30 days has after the third, and in the end.
func aMonth(t *testing.T, p pace, spoil func(*soak)) (early, late map[string]int64, c *calendar) {
	dir := memoryDir(t)
	synctest.Test(t, func(t *testing.T) {
		c = newCalendar(t, dir)
		c.spoil = spoil
		c.until(3*24*time.Hour, 620/p.part, p.batches, p.kinds)
		early = c.sizes()
		c.until(15*24*time.Hour, 60/p.part, p.batches, p.kinds)
		c.soak.claimed.Close()
		c.begin(true) // killed, and gone on with
		c.until(30*24*time.Hour, 100/p.part, p.batches, p.kinds)
		late = c.sizes()
		c.soak.claimed.Close()
	})
	return early, late, c
}

// memoryDir is a folder that takes no disk, where there are such: thousands of files are
// synced to it.
func memoryDir(t *testing.T) string {
	dir, err := os.MkdirTemp("/dev/shm", "soak-days-*")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// A soak goes on for weeks beside what it tests: neither its files nor its memory may
// grow with time, with the batches, or with what it finds. Its own code is stepped
// through thirty days; a tick stands for many, and a batch for a thousand.
func TestAMonthTakesNoMoreThanThreeDays(t *testing.T) {
	g := NewWithT(t)
	early, late, c := aMonth(t, pace{part: 1, batches: 30, kinds: 2}, nil)
	t.Logf("after 3 days: %v", early)
	t.Logf("after 30 days: %v", late)
	s := c.soak.state
	g.Expect(s.Elapsed).To(BeNumerically("~", 30*24*time.Hour, time.Hour))
	g.Expect(grown(early, late)).To(BeEmpty(), "%v, then %v", early, late)

	// It was a soak that had seen everything by the third day, and went on finding.
	g.Expect(s.Tallies["S1"].Runs).To(BeNumerically(">", 200_000))
	g.Expect(s.Cells()).To(Equal(100))
	g.Expect(c.curve).To(BeNumerically("~", maxPoints, 1), "there were more, and they were thinned")
	g.Expect(len(s.Series)).To(BeNumerically(">", maxPoints/4))
	g.Expect(s.Tallies["S1"].Failed).To(HaveLen(maxFindings + 1))
	g.Expect(s.Tallies["S1"].Failed[otherKinds]).To(BeNumerically(">", 500), "it went on to find")
	g.Expect(c.soak.store.known).To(HaveLen(maxFindings))
	g.Expect(s.Incidents.Count).To(BeNumerically(">", c.kinds))
	g.Expect(len(s.Done.Above)).To(BeNumerically("<=", c.slots))
	g.Expect(c.soak.again).To(BeEmpty())
}

// What would grow is noticed: the test above can fail.
func TestWhatGrowsOverAMonthIsNoticed(t *testing.T) {
	var all []Point
	var held [][]byte
	for name, test := range map[string]struct {
		spoil func(*soak)
		want  string
	}{
		"a curve that is not thinned": {func(s *soak) {
			for range 60 {
				all = append(all, s.state.Series[len(s.state.Series)-1])
			}
			s.state.Series = append(s.state.Series[:0:0], all...)
			_ = s.state.write(s.config.Dir)
		}, stateFile},
		"incidents that all stay": {func(s *soak) {
			for range 3 {
				s.state.Incidents.Last = append(s.state.Incidents.Last, Incident{Text: strings.Repeat("x", 1000)})
			}
			_ = s.state.write(s.config.Dir)
		}, stateFile},
		"memory that nobody gives back": {func(*soak) { held = append(held, make([]byte, 200<<10)) }, "heap"},
		"a file a night": {func(s *soak) {
			_ = os.WriteFile(filepath.Join(s.config.Dir, findingsDir, s.state.Elapsed.String()), make([]byte, 5000), 0o644)
		}, findingsDir},
		"a file that nobody knows": {func(s *soak) { _ = os.WriteFile(filepath.Join(s.config.Dir, "log"), nil, 0o644) }, "log"},
	} {
		t.Run(name, func(t *testing.T) {
			all, held = nil, nil
			early, late, _ := aMonth(t, pace{part: 5, batches: 1}, test.spoil)
			NewWithT(t).Expect(grown(early, late)).To(ContainElement(test.want), "%v, then %v", early, late)
		})
	}
}
