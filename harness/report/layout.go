package report

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"
)

// fit decides which moments are kept and where they stand, and returns how
// many columns their texts may have. Text is given up before events are, and
// dull events before telling ones.
func (p *picture) fit() (limit int) {
	byWeight := p.byWeight()
	tries := [...]struct{ limit, weight int }{{32, 0}, {22, 0}, {22, telling}, {14, telling}, {14, essential}, {8, essential}, {0, 0}}
	for _, try := range tries {
		kept := p.most(byWeight, try.limit)
		if kept == len(p.moments) || kept < len(byWeight) && kept > 0 && byWeight[kept].weight < try.weight {
			return try.limit
		}
	}
	return 0
}

// most keeps as many moments as fit, the weightiest first, and returns their number.
func (p *picture) most(byWeight []*moment, limit int) int {
	// Each moment takes a column at least.
	low, high := 0, min(len(byWeight), p.width)
	for low < high {
		middle := (low + high + 1) / 2
		if p.keep(byWeight, middle, limit) {
			low = middle
		} else {
			high = middle - 1
		}
	}
	p.keep(byWeight, low, limit)
	return low
}

// byWeight orders the moments: heavy ones first, and among equals those that
// are next to a strike or to the place where it broke.
func (p *picture) byWeight() []*moment {
	distance := make(map[*moment]int, len(p.moments))
	near := len(p.moments)
	for _, m := range p.moments {
		near++
		if m.weight >= strike {
			near = 0
		}
		distance[m] = near
	}
	for _, m := range slices.Backward(p.moments) {
		near++
		if m.weight >= strike {
			near = 0
		}
		distance[m] = min(distance[m], near)
	}
	ordered := slices.Clone(p.moments)
	slices.SortStableFunc(ordered, func(a, b *moment) int {
		return cmp.Or(cmp.Compare(b.weight, a.weight), cmp.Compare(distance[a], distance[b]))
	})
	return ordered
}

// keep keeps the first n moments of byWeight, places them, and reports whether
// they fit.
func (p *picture) keep(byWeight []*moment, n, limit int) bool {
	for i, m := range byWeight {
		m.kept = i < n
	}
	p.used = p.place(limit)
	return p.used <= p.width
}

const never = time.Duration(math.MinInt64)

// place gives each kept moment a column of its own: behind the ones before it,
// behind what its lines already hold, and, if the clock has moved, behind the
// last time in the head. It returns the columns used.
func (p *picture) place(limit int) (used int) {
	ends := make([]int, len(p.tasks))
	x, headEnd, now := -1, 0, never
	for _, m := range p.moments {
		if !m.kept {
			continue
		}
		x++
		for _, k := range m.marks {
			if ends[k.row] > 0 {
				x = max(x, ends[k.row]+1)
			}
		}
		if m.at != now {
			x = max(x, headEnd)
			headEnd = x + columns(p.time(m.at, x == 0)) + 1
			now = m.at
			used = max(used, headEnd-1)
		}
		m.x = x
		for _, k := range m.marks {
			ends[k.row] = x + columns(k.show(limit))
			used = max(used, ends[k.row])
		}
	}
	return used
}

func (p *picture) time(at time.Duration, first bool) string {
	if first {
		return "t=" + clock(at)
	}
	return clock(at)
}

// head is the line with the times.
func (p *picture) head() string {
	var b strings.Builder
	now := never
	for _, m := range p.moments {
		if m.kept && m.at != now {
			text := p.time(m.at, m.x == 0)
			b.WriteString(strings.Repeat(" ", max(0, m.x-columns(b.String()))) + text)
			now = m.at
		}
	}
	return b.String()
}

// line is the line of one task.
func (p *picture) line(row, limit int) string {
	var b strings.Builder
	at, then, hidden, begun := 0, goesOn, false, false
	for _, m := range p.moments {
		for _, k := range m.marks {
			switch {
			case k.row != row:
			case !m.kept:
				then, hidden = k.then, true
			default:
				text := k.show(limit)
				b.WriteString(p.stretch(at, m.x, then, hidden, begun))
				b.WriteString(text)
				at, then, hidden, begun = m.x+columns(text), k.then, false, true
			}
		}
	}
	switch {
	case then != over && begun:
		b.WriteString(p.stretch(at, p.used, then, hidden, begun))
	case hidden:
		b.WriteString(p.stretch(at, min(at+2, p.used), then, hidden, begun))
	}
	return b.String()
}

// stretch is the line between two marks.
func (p *picture) stretch(from, to int, then rest, hidden, begun bool) string {
	n := max(0, to-from)
	switch {
	case !begun && hidden && n > 0:
		return strings.Repeat(" ", n-1) + "┄"
	case !begun || then == over && !hidden:
		return strings.Repeat(" ", n)
	case hidden:
		return strings.Repeat("┄", n)
	case then == waits:
		return dots(from, n)
	}
	return strings.Repeat("─", n)
}

// dots stand in even columns, so that those of different lines are in line.
func dots(from, n int) string {
	var b strings.Builder
	for x := from; x < from+n; x++ {
		if x%2 == 0 && x > from {
			b.WriteString("·")
		} else {
			b.WriteString(" ")
		}
	}
	return b.String()
}

// show is the mark with at most limit columns of text.
func (k mark) show(limit int) string {
	text := k.text
	if limit < columns(text) {
		text = ""
		if limit >= 3 {
			text = clip(k.text, limit)
		}
	}
	switch {
	case k.glyph == "" && text == "":
		return "•"
	case k.glyph == "" || text == "":
		return k.glyph + text
	}
	return k.glyph + " " + text
}
