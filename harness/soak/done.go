package soak

import "slices"

// done is the batches of a shard that are over: all below Below, and some above,
// since workers are not equally fast.
type done struct {
	Below int64   `json:"below"`
	Above []int64 `json:"above,omitempty"` // sorted
}

func (d *done) has(index int64) bool {
	_, found := slices.BinarySearch(d.Above, index)
	return index < d.Below || found
}

// add marks a batch of the shard as over.
func (d *done) add(index int64, shard Shard) {
	at, found := slices.BinarySearch(d.Above, index)
	if found || index < d.Below {
		return
	}
	d.Above = slices.Insert(d.Above, at, index)
	for d.skipForeign(shard); len(d.Above) > 0 && d.Above[0] == d.Below; d.skipForeign(shard) {
		d.Above = d.Above[1:]
		d.Below++
	}
}

// skipForeign moves Below to the next batch of this shard.
func (d *done) skipForeign(shard Shard) {
	for !shard.has(d.Below) {
		d.Below++
	}
}
