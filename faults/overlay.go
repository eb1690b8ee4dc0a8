package faults

import "sync/atomic"

var overlaid atomic.Bool

// MarkOverlay is called by a file that the overlay adds to every suite, in an init
// function.
func MarkOverlay() { overlaid.Store(true) }

// Overlaid reports whether this binary was built with an overlay: what has a
// marker is then in [Markers], be it nothing at all.
func Overlaid() bool { return overlaid.Load() }
