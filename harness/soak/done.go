package soak

import (
	"cmp"
	"encoding/json"
	"slices"
)

// done is the batches of a shard that are over: all below Below, and some above,
// since workers are not equally fast. A batch that takes an hour is overtaken by
// hundreds of thousands of others, which are few spans.
type done struct {
	Below int64  `json:"below"`
	Above []span `json:"above,omitempty"` // sorted, with gaps between
}

// span is a batch and those of the same shard behind it, up to another. It is written
// as both, and read from a number too, which is one batch.
type span struct{ from, to int64 }

// MarshalJSON writes [from, to].
func (s span) MarshalJSON() ([]byte, error) { return json.Marshal([2]int64{s.from, s.to}) }

// UnmarshalJSON reads [from, to], or one number.
func (s *span) UnmarshalJSON(data []byte) error {
	if json.Unmarshal(data, &s.from) == nil {
		s.to = s.from
		return nil
	}
	var both [2]int64
	if err := json.Unmarshal(data, &both); err != nil {
		return err
	}
	s.from, s.to = both[0], both[1]
	return nil
}

// at is where the span that has the index is, or would be.
func (d *done) at(index int64) (at int, found bool) {
	return slices.BinarySearchFunc(d.Above, index, func(s span, index int64) int {
		if s.from <= index && index <= s.to {
			return 0
		}
		return cmp.Compare(s.from, index)
	})
}

func (d *done) has(index int64) bool {
	_, found := d.at(index)
	return index < d.Below || found
}

// add marks a batch of the shard as over.
func (d *done) add(index int64, shard Shard) {
	at, found := d.at(index)
	if found || index < d.Below {
		return
	}
	apart := int64(shard.Of)
	behind := at > 0 && d.Above[at-1].to+apart == index
	before := at < len(d.Above) && d.Above[at].from-apart == index
	switch {
	case behind && before:
		d.Above[at-1].to = d.Above[at].to
		d.Above = slices.Delete(d.Above, at, at+1)
	case behind:
		d.Above[at-1].to = index
	case before:
		d.Above[at].from = index
	default:
		d.Above = slices.Insert(d.Above, at, span{index, index})
	}
	for d.skipForeign(shard); len(d.Above) > 0 && d.Above[0].from == d.Below; d.skipForeign(shard) {
		d.Below = d.Above[0].to + 1
		d.Above = slices.Delete(d.Above, 0, 1)
	}
}

// skipForeign moves Below to the next batch of this shard.
func (d *done) skipForeign(shard Shard) {
	for !shard.has(d.Below) {
		d.Below++
	}
}
