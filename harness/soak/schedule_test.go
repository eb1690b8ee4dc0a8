package soak

import (
	"encoding/json"
	"math"
	"slices"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/batch"
)

var shop = []batch.Scenario{{ID: "S1", Controls: []string{"a", "b"}}, {ID: "S2"}, {ID: "S3", Controls: []string{"c"}}}

func TestScheduleSharesOutEveryRunOnce(t *testing.T) {
	g := NewWithT(t)
	s := scheduleOf(7, 1950, shop)
	var runs int
	controls, seeds := map[string]int{}, map[uint64]bool{}
	for index := int64(0); ; index++ {
		b, ok := s.batch(index)
		if !ok {
			_, ok = s.batch(index + 1)
			g.Expect(ok).To(BeFalse())
			g.Expect(index).To(BeEquivalentTo(3 + 10))
			break
		}
		again, _ := s.batch(index)
		g.Expect(again).To(Equal(b), "a function of the index")
		owners := 0
		for n := range 4 {
			if (Shard{n + 1, 4}).has(index) {
				owners++
			}
		}
		g.Expect(owners).To(Equal(1))
		if b.Control != "" {
			controls[name(b)]++
			continue
		}
		runs += b.Runs
		g.Expect(seeds).NotTo(HaveKey(b.Seed))
		seeds[b.Seed] = true
	}
	g.Expect(runs).To(Equal(1950))
	g.Expect(controls).To(Equal(map[string]int{"S1/a": 1, "S1/b": 1, "S3/c": 1}))
	endless := scheduleOf(7, 0, shop)
	b, ok := endless.batch(1 << 40)
	g.Expect(ok).To(BeTrue())
	g.Expect(b.Runs).To(Equal(batchRuns))
}

func TestShardsThatHaveNothingButControls(t *testing.T) {
	g := NewWithT(t)
	short := scheduleOf(7, 400, shop) // two batches of runs, and three controls
	for n := range 8 {
		want := false
		for index := int64(n); index < 100; index += 8 {
			b, ok := short.batch(index)
			want = want || ok && b.Control == ""
		}
		g.Expect(short.hasRuns(Shard{n + 1, 8})).To(Equal(want), "%d", n)
	}
	g.Expect(short.hasRuns(Shard{1, 1})).To(BeTrue())
	g.Expect(short.hasRuns(Shard{8, 8})).To(BeFalse())
	g.Expect(scheduleOf(7, 0, shop).hasRuns(Shard{10_000, 10_000})).To(BeTrue())
}

// The largest number that --runs takes is a number like others.
func TestAsManyRunsAsThereCanBe(t *testing.T) {
	g := NewWithT(t)
	most, endless := scheduleOf(7, math.MaxInt64, shop), scheduleOf(7, 0, shop)
	for index := range int64(20) {
		want, _ := endless.batch(index)
		got, ok := most.batch(index)
		g.Expect(ok).To(BeTrue())
		g.Expect(got).To(Equal(want))
	}
}

func TestParseShard(t *testing.T) {
	g := NewWithT(t)
	g.Expect(ParseShard("2/5")).To(Equal(Shard{2, 5}))
	for _, text := range []string{"", "2", "0/5", "6/5", "-1/5", "2/5/6", "a/b", "2/", "1/0", "99999999999999999999/99999999999999999999"} {
		_, err := ParseShard(text)
		g.Expect(err).To(MatchError(HavePrefix("soak: shard ")), text)
	}
	g.Expect(ParseShard("1/10000")).To(Equal(Shard{1, 10_000}))
	_, err := ParseShard("1/10001")
	g.Expect(err).To(MatchError(ErrTooManyShards))
	g.Expect(err).To(MatchError(`soak: shard "1/10001": there are at most 10000 shards; share the soak out among fewer, with more --workers each`))
}

// Whatever the order in which batches end, what is done is what was added.
func TestDone(t *testing.T) {
	g := NewWithT(t)
	for _, shard := range []Shard{{1, 1}, {1, 3}, {3, 3}} {
		var d done
		var own []int64
		for i := range int64(60) {
			if shard.has(i) {
				own = append(own, i)
			}
		}
		added := map[int64]bool{}
		for i := range own {
			index := own[(i*7+3)%len(own)] // neither 60 nor 20 has the factor 7
			d.add(index, shard)
			d.add(index, shard)
			added[index] = true
			for _, other := range own {
				g.Expect(d.has(other)).To(Equal(added[other]), "%v %d", shard, other)
			}
		}
		g.Expect(d.Above).To(BeEmpty())
		g.Expect(d.Below).To(BeNumerically(">=", own[len(own)-1]))
	}
}

// A batch that takes an hour is overtaken by hundreds of thousands: what is written of
// them every few seconds is as little as of a few.
func TestABatchThatTakesLongMakesNoStateLarge(t *testing.T) {
	for _, shard := range []Shard{{1, 1}, {2, 3}} {
		g := NewWithT(t)
		var d done
		first, of := int64(shard.Number-1), int64(shard.Of)
		slow := []int64{first, first + 50_000*of}
		for n := range int64(50_000) { // from both sides
			for _, index := range []int64{first + n*of, first + (99_999-n)*of} {
				if !slices.Contains(slow, index) {
					d.add(index, shard)
				}
			}
			g.Expect(len(d.Above)).To(BeNumerically("<=", 3))
		}
		last := first + 99_999*of
		g.Expect(d.Below).To(BeNumerically("<=", first))
		g.Expect(d.Above).To(Equal([]span{{first + of, slow[1] - of}, {slow[1] + of, last}}))
		written, err := json.Marshal(d)
		g.Expect(err).NotTo(HaveOccurred())
		var read done
		g.Expect(json.Unmarshal(written, &read)).To(Succeed())
		g.Expect(read).To(Equal(d))
		for _, index := range []int64{first, first + of, slow[1] - of, slow[1], slow[1] + of, last, last + of} {
			g.Expect(read.has(index)).To(Equal(!slices.Contains(slow, index) && index <= last), "%d", index)
		}
		read.add(slow[1], shard)
		g.Expect(read.Above).To(Equal([]span{{first + of, last}}))
		read.add(slow[0], shard)
		g.Expect(read.Above).To(BeEmpty())
		g.Expect(read.Below).To(Equal(last + of))
	}
	// As it was written before there were spans.
	var read done
	g := NewWithT(t)
	g.Expect(json.Unmarshal([]byte(`{"below": 3, "above": [5, 9]}`), &read)).To(Succeed())
	g.Expect(read).To(Equal(done{Below: 3, Above: []span{{5, 5}, {9, 9}}}))
}

// Seeds stand in tapes, reports and trends that others keep: what a batch of a seed is
// must never change, or a soak that was published cannot be run again. These are not to
// be brought up to date: who has to change them makes another version of Squall's soak.
func TestTheBatchesOfASeedAreWhatTheyAlwaysWere(t *testing.T) {
	const seed = 1<<63 + 5
	runs := func(index int64, scenario string, seed uint64, runs int) batch.Batch {
		return batch.Batch{Index: index, Scenario: scenario, Seed: seed, Runs: runs}
	}
	control := func(index int64, scenario, name string, seed uint64) batch.Batch {
		return batch.Batch{Index: index, Scenario: scenario, Control: name, Seed: seed}
	}
	for name, test := range map[string]struct {
		schedule schedule
		want     []batch.Batch
	}{
		"some runs": {scheduleOf(7, 1950, shop), []batch.Batch{
			control(0, "S1", "a", 7), runs(1, "S1", 0xe099ec6cd7363ca5, 200), runs(2, "S2", 0xb9f24f7bae4a6586, 200), control(3, "S1", "b", 7),
			runs(4, "S3", 0x2298eb42cbbefdb8, 200), control(5, "S3", "c", 7), runs(6, "S1", 0xebb1ae25f75e1f5e, 200), runs(12, "S1", 0xc9917d1979d9dde5, 150),
		}},
		"no end": {scheduleOf(seed, 0, shop), []batch.Batch{
			runs(0, "S1", 0x9e31f1bc812e8432, 200), control(1, "S1", "a", seed), control(2, "S1", "b", seed), runs(3, "S2", 0xd7a59e5667427fad, 200),
			control(4, "S3", "c", seed), runs(5, "S3", 0xb173d2f521fc5265, 200), runs(1_000_000_000_000, "S2", 0xb866ced064c5cb50, 200),
		}},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			for _, want := range test.want {
				got, ok := test.schedule.batch(want.Index)
				g.Expect(ok).To(BeTrue())
				g.Expect(got).To(Equal(want))
			}
		})
	}
}
