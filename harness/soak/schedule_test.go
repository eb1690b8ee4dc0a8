package soak

import (
	"math"
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
