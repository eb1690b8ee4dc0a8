package soak

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/batch"
	"github.com/squall-go/squall/harness/linear"
	"github.com/squall-go/squall/harness/picture"
	"github.com/squall-go/squall/harness/result"
)

// sized is a finding of that kind, a quarter of it the tape.
func sized(kind string, bytes int) *batch.Finding {
	quarter := bytes / 4
	f := &batch.Finding{Scenario: "S1", Verdict: result.Broken, Signature: "P-X " + kind, Message: kind + " broke", Batch: 9,
		Tape: strings.Repeat("x", quarter), Text: kind + "\n" + strings.Repeat("t", quarter), Dump: strings.Repeat("d", quarter),
		Storm: make([]string, 50), Picture: &picture.Picture{Tasks: []picture.Task{{Path: strings.Repeat("p", quarter)}}},
		Linear: &linear.Picture{Ops: []linear.PictureOp{{Text: "get"}}}}
	f.Trim()
	return f
}

// The findings of one soak have only so much room: the first are kept in full, later
// ones in short, and the last without their tapes. Of each it is told what it lacks.
func TestFindingsHaveOnlySoMuchRoom(t *testing.T) {
	g := NewWithT(t)
	var told []string
	store, _, err := openStore(t.TempDir())
	g.Expect(err).NotTo(HaveOccurred())
	store.disk = room{full: 1 << 20, short: 2 << 20}
	s := &soak{config: Config{Dir: store.dir, Tell: func(line string) { told = append(told, line) }}, state: newState(1, Shard{1, 1}, 0), store: store,
		lastLog: map[string]time.Time{}}
	const kinds = 60
	for n := range kinds {
		s.hear(event{finding: sized(letters(n), 200<<10)})
	}
	g.Expect(bytesIn(t, store.dir)).To(And(BeNumerically("<", 3<<20), BeNumerically(">", 2<<20)))

	found, torn, err := ReadFindings(store.dir)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(torn).To(BeEmpty())
	g.Expect(found).To(HaveLen(kinds), "none is left out")
	var full, short, without int
	for _, f := range found {
		g.Expect(f.Message).To(HaveSuffix(" broke"))
		left := ""
		if _, after, ok := strings.Cut(f.Text, "\n  left out, since the findings of this soak are too large: "); ok {
			left = strings.TrimSpace(after)
		}
		replays := ContainElement(ContainSubstring("replay: squall replay " + TapePath(store.dir, f)))
		switch left {
		case "":
			full++
			g.Expect(f.Dump).NotTo(BeEmpty())
			g.Expect(f.Picture).NotTo(BeNil())
			g.Expect(f.Linear).NotTo(BeNil())
			g.Expect(told).To(replays)
		case "dump, picture, porcupine's picture, end of the storm, end of this text":
			short++
			g.Expect(f.Dump).To(BeEmpty())
			g.Expect(os.ReadFile(TapePath(store.dir, f))).To(BeEquivalentTo(f.Tape))
			g.Expect(told).To(replays)
		case "dump, picture, porcupine's picture, tape, end of the storm, end of this text":
			without++
			g.Expect(TapePath(store.dir, f)).NotTo(BeAnExistingFile())
			g.Expect(told).NotTo(replays, "there is nothing to replay")
		default:
			t.Errorf("what is left out of %s: %q", f.Message, left)
		}
	}
	g.Expect([]bool{full > 2, short > 2, without > 2}).To(HaveEach(true), "%d, %d, %d", full, short, without)
	g.Expect(told).To(ContainElement(HavePrefix("incident: a finding is kept in short: ")))
	again, torn, err := openStore(store.dir)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(torn).To(BeEmpty())
	g.Expect(again.saved.sum).To(Equal(store.saved.sum), "a soak that is gone on with has as little room")
	for _, f := range append(store.list(), again.list()...) {
		g.Expect(inJSON(f)).To(BeNumerically("<", 1000), "what is on disk is not in memory too")
	}
	g.Expect(bytesIn(t, store.dir)).To(Equal(again.saved.sum))
}

func bytesIn(t *testing.T, dir string) (sum int64) {
	files, err := filepath.Glob(filepath.Join(dir, findingsDir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		sum += info.Size()
	}
	return sum
}

// Of one kind the first in the order of batches is kept, but never for a tape that was
// told already.
func TestATapeThatWasToldIsNotGivenUp(t *testing.T) {
	g := NewWithT(t)
	store, _, err := openStore(t.TempDir())
	g.Expect(err).NotTo(HaveOccurred())
	store.disk = room{full: 200 << 10, short: 400 << 10}
	small := sized("a", 4<<10)
	_, _, err = store.add(small)
	g.Expect(err).NotTo(HaveOccurred())
	earlier := sized("a", 1600<<10)
	earlier.Batch = 1
	kept, _, err := store.add(earlier)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(kept == nil).To(BeTrue())
	g.Expect(os.ReadFile(TapePath(store.dir, small))).To(BeEquivalentTo(small.Tape))

	fits := sized("a", 4<<10)
	fits.Batch, fits.Tape = 2, "another\n"
	kept, isNew, err := store.add(fits)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(kept).To(BeIdenticalTo(fits))
	g.Expect(isNew).To(BeFalse())
	g.Expect(os.ReadFile(TapePath(store.dir, fits))).To(BeEquivalentTo("another\n"))
	g.Expect(bytesIn(t, store.dir)).To(Equal(store.saved.sum), "what was replaced takes no room")
}

// On a disk that is full findings wait in memory, which has an end as well.
func TestFindingsThatCannotBeWrittenAreBoundedToo(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	store, _, err := openStore(dir)
	g.Expect(err).NotTo(HaveOccurred())
	store.memory = room{full: 1 << 20, short: 2 << 20}
	g.Expect(os.WriteFile(filepath.Join(dir, findingsDir), nil, 0o644)).To(Succeed()) // no folder
	for n := range 60 {
		_, _, err := store.add(sized(letters(n), 200<<10))
		g.Expect(err).To(HaveOccurred())
	}
	lost := store.lost()
	g.Expect(lost).To(HaveLen(60))
	var bytes int64
	for _, f := range lost {
		bytes += inJSON(f)
	}
	g.Expect(bytes).To(And(Equal(store.unsaved.sum), BeNumerically("<", 3<<20)))
	g.Expect(os.Remove(filepath.Join(dir, findingsDir))).To(Succeed())
	for _, f := range lost {
		_, err := store.save(f)
		g.Expect(err).NotTo(HaveOccurred())
	}
	g.Expect(store.lost()).To(BeEmpty())
	g.Expect(store.unsaved.sum).To(BeZero())
}

// Merged are as many as there are, in full as long as there is room, and the verdict is
// that of all of them.
func TestWhatIsMergedIsBounded(t *testing.T) {
	g := NewWithT(t)
	found := &gathered{known: map[string]*batch.Finding{}}
	large := sized("large", 400<<10)
	for n := range 5 { // of 100 MB each, as the files say
		f := *large
		f.Signature = "P-X " + letters(n)
		found.take(&f, 100<<20)
	}
	all, short := found.list()
	g.Expect(all).To(HaveLen(5))
	g.Expect(short).To(Equal(3))
	g.Expect(all[0].Dump).NotTo(BeEmpty())
	g.Expect(all[4].Dump).To(BeEmpty())
	g.Expect(all[4].Tape).To(Equal(large.Tape))

	many := &gathered{known: map[string]*batch.Finding{}}
	verdicts := func() (worst result.Verdict) {
		all, _ := many.list()
		for _, f := range all {
			worst = result.Worst(worst, f.Verdict)
		}
		return worst
	}
	take := func(n int, verdict result.Verdict) {
		many.take(&batch.Finding{Scenario: "S1", Signature: "P-X " + letters(n), Verdict: verdict}, 100)
	}
	for n := range maxMerged + 3 {
		take(n, result.Flaky)
	}
	g.Expect(many.known).To(HaveLen(maxMerged))
	g.Expect(many.more).To(Equal(3))
	g.Expect(verdicts()).To(Equal(result.Flaky))
	take(maxMerged+10, result.Broken)
	take(maxMerged+11, result.Broken)
	g.Expect(verdicts()).To(Equal(result.Broken), "there is always room for what is worse")
	g.Expect(many.more).To(Equal(4))
	many.take(&batch.Finding{Scenario: "S1", Signature: "P-X " + letters(0), Verdict: result.Flaky, Batch: -1}, 100)
	g.Expect(many.known["S1  P-X "+letters(0)].Batch).To(BeEquivalentTo(-1), "and for what takes the place of another")
}

// Ten thousand kinds in any number of scenarios: a state is written every few seconds,
// and has to be read again.
func TestAStateOfTooManyKindsIsBounded(t *testing.T) {
	g := NewWithT(t)
	s := newState(1, Shard{1, 1}, 0)
	for n := range 12 {
		o := &batch.Outcome{Index: int64(n), Scenario: fmt.Sprintf("S%d", n), Runs: 200}
		for kind := range maxFindings + 50 {
			o.Failed = append(o.Failed, batch.Failed{Kind: letters(kind), Count: 1})
		}
		for h := range maxHandovers/10 + 10 {
			o.Handovers = append(o.Handovers, fmt.Sprintf("S%d > %d", n, h))
		}
		s.add(o)
	}
	g.Expect(s.kinds()).To(And(BeNumerically(">=", maxKinds), BeNumerically("<=", maxKinds+12)))
	g.Expect(s.Handovers).To(HaveLen(maxHandovers))
	var failed int64
	for _, t := range s.Tallies {
		for _, n := range t.Failed {
			failed += n
		}
	}
	g.Expect(failed).To(BeEquivalentTo(12*(maxFindings+50)), "each is counted")
	g.Expect(s.Tallies["S11"].Failed).To(HaveKeyWithValue(otherKinds, int64(maxFindings+50)), "of the last only how many")
	dir := t.TempDir()
	g.Expect(s.write(dir)).To(Succeed())
	info, err := os.Stat(filepath.Join(dir, stateFile))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(info.Size()).To(BeNumerically("<", 8<<20))
	g.Expect(ReadState(dir)).To(HaveField("Tallies", Equal(s.Tallies)))
}

// letters is n without digits, which make no kind, as long as last words may be.
func letters(n int) string {
	return strings.Map(func(r rune) rune { return r + ('a' - '0') }, fmt.Sprintf("%0100d", n))
}
