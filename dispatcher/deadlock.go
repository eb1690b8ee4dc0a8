package dispatcher

import (
	"slices"
	"strings"
)

// deadlock says who waits for whom if d is stuck, else "".
func (d *Dispatcher) deadlock() string {
	if d.queue.length == 0 || !d.pool.stuckGates()[d] {
		return ""
	}
	var holders []string
	for _, it := range d.running() {
		holder := it.label()
		if awaited := it.awaits.Load(); awaited != nil {
			holder += " (awaits " + awaited.label() + ")"
		}
		holders = append(holders, holder)
	}
	for _, it := range d.upstream() {
		holders = append(holders, it.label()+" (waits for a place in "+it.gate.name+")")
	}
	return d.queue.first.label() + " waits for a place in " + d.name + ", held by " + strings.Join(holders, ", ")
}

// stuckGates is the gates in which no place will ever come free by itself: each
// is held by those who await what is queued at a stuck gate, or who stand in
// the queue of one. It starts from the suspicion that all are stuck which have
// a queue, and lets go of those with a holder that can move, until no more can.
func (p *pool) stuckGates() map[*Dispatcher]bool {
	stuck := map[*Dispatcher]bool{}
	gates := p.root.family()
	for _, g := range gates {
		stuck[g] = g.queue.length > 0
	}
	for moved := true; moved; {
		moved = false
		for _, g := range gates {
			if stuck[g] && g.canMove(stuck) {
				stuck[g], moved = false, true
			}
		}
	}
	return stuck
}

// canMove reports whether one who holds a place in d is not stuck.
func (d *Dispatcher) canMove(stuck map[*Dispatcher]bool) bool {
	if slices.ContainsFunc(d.running(), func(it *item) bool { return !it.stuck(stuck) }) {
		return true
	}
	return slices.ContainsFunc(d.upstream(), func(it *item) bool { return !stuck[it.gate] })
}

// stuck reports whether running work waits for what is queued at a stuck gate,
// itself or by way of other running work: an outer call waits for an inner one
// that has a place and waits for a third. Work of another pool ends the search.
func (it *item) stuck(gates map[*Dispatcher]bool) bool {
	p, seen := it.leaf.pool, map[*item]bool{}
	for !seen[it] {
		seen[it] = true
		if it = it.awaits.Load(); it == nil || it.leaf.pool != p {
			return false
		}
		if it.gate != nil {
			return gates[it.gate]
		}
	}
	return true // they wait for each other
}
