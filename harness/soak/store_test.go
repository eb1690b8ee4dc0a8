package soak

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/batch"
	"github.com/squall-go/squall/harness/linear"
	"github.com/squall-go/squall/harness/result"
	"github.com/squall-go/squall/internal/commandline"
)

func notLinear(batchIndex int64, text string) *batch.Finding {
	return &batch.Finding{Scenario: "D7", Verdict: result.Broken, Signature: "P-LINEAR object counter", Property: "P-LINEAR", Batch: batchIndex,
		Tape: "squall tape 1\nend\n", Linear: &linear.Picture{Ops: []linear.PictureOp{{From: 0, To: 1, Text: text}}, Orders: [][]linear.PictureStep{}}}
}

func TestPorcupinesPictureIsBesideTheTape(t *testing.T) {
	g := NewWithT(t)
	store, _, err := openStore(t.TempDir())
	g.Expect(err).NotTo(HaveOccurred())
	add := func(f *batch.Finding) {
		t.Helper()
		_, _, err := store.add(f)
		g.Expect(err).NotTo(HaveOccurred())
	}
	picture := picturePath(store.dir, notLinear(0, ""))

	add(notLinear(9, "get() → 7 of b"))
	page, err := os.ReadFile(picture)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(page)).To(And(HavePrefix("<!doctype html>"), ContainSubstring("get() → 7 of b")))

	add(notLinear(8, "get() → 6 of a"))
	page, err = os.ReadFile(picture)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(page)).To(ContainSubstring("get() → 6 of a"), "it is that of the finding that is kept")

	without := notLinear(7, "")
	without.Linear = nil
	add(without)
	g.Expect(picture).NotTo(BeAnExistingFile(), "another finding's picture would be taken for its own")
	names, err := filepath.Glob(filepath.Join(store.dir, findingsDir, "*"))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(names).To(HaveLen(2))
}

func TestPorcupinesPictureIsTold(t *testing.T) {
	g := NewWithT(t)
	var told []string
	s := &soak{config: Config{Dir: "night", Replay: commandline.Caller{}.Replay, Tell: func(line string) { told = append(told, line) }}}
	f := notLinear(1, "get() → 7 of b")
	f.Message = "no order explains it"
	s.tellFinding(f)
	f.Linear = nil
	s.tellFinding(f)
	replay := "FOUND  D7: no order explains it\n       replay: squall replay " + TapePath("night", f)
	g.Expect(told).To(Equal([]string{replay + "\n       picture: " + picturePath("night", f), replay}))
}

// TestPorcupinesPictureComesFromAnyShard: the finding that is kept brings its own.
func TestPorcupinesPictureComesFromAnyShard(t *testing.T) {
	g := NewWithT(t)
	var dirs []string
	for number, f := range []*batch.Finding{notLinear(9, "late"), notLinear(8, "early")} {
		dir := t.TempDir()
		s := newState(1, Shard{number + 1, 2}, 0)
		g.Expect(s.write(dir)).To(Succeed())
		store, _, err := openStore(dir)
		g.Expect(err).NotTo(HaveOccurred())
		_, _, err = store.add(f)
		g.Expect(err).NotTo(HaveOccurred())
		dirs = append(dirs, dir)
	}
	m, err := Merge(dirs)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(m.Findings).To(HaveLen(1))
	g.Expect(m.Findings[0].Linear.Ops[0].Text).To(Equal("early"))
}

// The .json is written first: what is beside it can be made again, and is.
func TestWhatIsBesideAFindingIsThatFindings(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	store, _, err := openStore(dir)
	g.Expect(err).NotTo(HaveOccurred())
	late, early := notLinear(9, "late"), notLinear(8, "early")
	late.Tape, early.Tape = "late\n", "early\n"
	_, _, err = store.add(late)
	g.Expect(err).NotTo(HaveOccurred())
	tape, picture := TapePath(dir, early), picturePath(dir, early)

	// A folder in its place: the tape cannot be written.
	g.Expect(os.Remove(tape)).To(Succeed())
	g.Expect(os.MkdirAll(filepath.Join(tape, "x"), 0o755)).To(Succeed())
	_, _, err = store.add(early)
	g.Expect(err).To(HaveOccurred())
	g.Expect(store.lost()).To(ConsistOf(early), "it is tried again")
	onDisk, _, err := ReadFindings(dir)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(onDisk).To(HaveLen(1))
	g.Expect(onDisk[0].Tape).To(Equal("early\n"))

	again, torn, err := openStore(dir)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(torn).To(ConsistOf(ContainSubstring(filepath.Base(tape))))
	g.Expect(again.lost()).To(HaveLen(1))
	g.Expect(os.RemoveAll(tape)).To(Succeed())
	_, err = again.save(again.lost()[0])
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(again.lost()).To(BeEmpty())
	g.Expect(os.ReadFile(tape)).To(BeEquivalentTo("early\n"))

	for _, spoil := range []func() error{
		func() error { return os.Remove(tape) },
		func() error { return os.WriteFile(tape, []byte("late\n"), 0o644) },
		func() error { return os.Remove(picture) },
		func() error { return os.WriteFile(picture, []byte("late"), 0o644) },
	} {
		g.Expect(spoil()).To(Succeed())
		_, torn, err := openStore(dir)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(torn).To(BeEmpty())
		g.Expect(os.ReadFile(tape)).To(BeEquivalentTo("early\n"))
		page, err := os.ReadFile(picture)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(string(page)).To(ContainSubstring("early"))
	}
}

func TestMoreFindingsThanASoakWrites(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	folder := filepath.Join(dir, findingsDir)
	g.Expect(os.Mkdir(folder, 0o755)).To(Succeed())
	for n := range maxFiles + 3 {
		content := fmt.Sprintf(`{"scenario": "S1", "signature": "P-X %04d", "verdict": "broken"}`, n)
		g.Expect(os.WriteFile(filepath.Join(folder, fmt.Sprintf("%04d.json", n)), []byte(content), 0o644)).To(Succeed())
	}
	found, torn, err := ReadFindings(dir)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(found).To(HaveLen(maxFiles))
	g.Expect(found[maxFiles-1].Signature).To(Equal("P-X 1999"))
	g.Expect(torn).To(Equal([]string{"soak: " + folder + ": 3 findings are left out: a soak keeps at most 1000, and here are 2003; restore it, or do without its directory"}))
	g.Expect(os.Remove(filepath.Join(folder, "2000.json"))).To(Succeed())
	g.Expect(os.Remove(filepath.Join(folder, "2001.json"))).To(Succeed())
	g.Expect(os.Remove(filepath.Join(folder, "2002.json"))).To(Succeed())
	_, torn, err = ReadFindings(dir)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(torn).To(BeEmpty())
}

func TestAFindingThatHeldIsBroken(t *testing.T) {
	g := NewWithT(t)
	for given, want := range map[string]result.Verdict{`, "verdict": "held"`: result.Broken, ``: result.Broken, `, "verdict": "flaky"`: result.Flaky} {
		path := filepath.Join(t.TempDir(), "a.json")
		g.Expect(os.WriteFile(path, []byte(`{"scenario": "S1", "signature": "P-X a"`+given+`}`), 0o644)).To(Succeed())
		f, _, err := readFinding(path)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(f.Verdict).To(Equal(want))
	}
}

// Workers are not equally fast: a later batch may have found a kind that an earlier one,
// begun again, finds too. What was found later must not keep it from telling the first.
func TestTheFirstOfAKindIsKeptInWhateverOrderWorkersFinish(t *testing.T) {
	find := func(index int64) *batch.Finding {
		return &batch.Finding{Scenario: "S1", Verdict: result.Broken, Signature: "P-X a", Batch: index, Tape: fmt.Sprintf("of %d\n", index)}
	}
	for _, order := range [][]int64{{2, 5, 9}, {9, 5, 2}, {5, 9, 2}, {9, 2, 5}} {
		t.Run(fmt.Sprint(order), func(t *testing.T) {
			g := NewWithT(t)
			store, _, err := openStore(t.TempDir())
			g.Expect(err).NotTo(HaveOccurred())
			s := &soak{config: Config{Shard: Shard{1, 1}}, state: newState(1, Shard{1, 1}, 0), store: store,
				schedule: scheduleOf(1, 0, []batch.Scenario{{ID: "S1"}, {ID: "canary", Canary: true}})}
			first := int64(math.MaxInt64)
			for _, index := range order {
				index *= 2 // the others are the canary's
				s.again = []int64{index}
				b, ok := s.take()
				g.Expect(ok).To(BeTrue())
				g.Expect(b.Scenario).To(Equal("S1"))
				if index < first {
					g.Expect(b.Familiar).To(BeEmpty(), "a worker tells nothing of what is familiar")
				} else {
					g.Expect(b.Familiar).To(ConsistOf("P-X a"))
				}
				if !slices.Contains(b.Familiar, "P-X a") {
					s.hear(event{finding: find(index)})
				}
				first = min(first, index)
			}
			onDisk, _, err := ReadFindings(store.dir)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(onDisk).To(HaveExactElements(HaveField("Batch", first)))
			g.Expect(os.ReadFile(TapePath(store.dir, find(first)))).To(BeEquivalentTo(find(first).Tape))
		})
	}
}

// What is found in another scenario, or in a control, is not familiar here.
func TestWhatIsFamiliar(t *testing.T) {
	g := NewWithT(t)
	store, _, err := openStore(t.TempDir())
	g.Expect(err).NotTo(HaveOccurred())
	for _, f := range []*batch.Finding{
		{Scenario: "S1", Signature: "P-X b#2", Batch: 3}, {Scenario: "S1", Signature: "P-X a", Batch: 4},
		{Scenario: "S2", Signature: "P-X c"}, {Scenario: "S1", Control: "deaf", Signature: "P-X d"},
	} {
		_, _, err := store.add(f)
		g.Expect(err).NotTo(HaveOccurred())
	}
	at := func(index int64) []string { return store.familiar(batch.Batch{Scenario: "S1", Index: index}) }
	g.Expect(at(3)).To(BeEmpty())
	g.Expect(at(4)).To(Equal([]string{"P-X b#N"}))
	g.Expect(at(5)).To(Equal([]string{"P-X a", "P-X b#N"}))
}
