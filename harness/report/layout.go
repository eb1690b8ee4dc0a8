package report

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"
)

// room is how many columns the text of a mark may have.
type room struct {
	words int // of plain words
	signs int // behind a sign: these tell the most
}

// fit decides which moments are kept and where they stand, and returns the room
// that their texts have. Text is given up before events are, and dull events
// before telling ones.
func (p *picture) fit() room {
	byWeight := p.byWeight()
	tries := [...]struct {
		room
		weight int // every moment of this weight has to be kept
	}{
		{room{32, 40}, 0}, {room{20, 30}, 0}, {room{14, 24}, 0}, {room{14, 12}, 0}, {room{9, 12}, 0}, {room{7, 10}, 0},
		{room{14, 24}, telling}, {room{14, 12}, telling}, {room{7, 10}, telling}, {room{0, 16}, telling}, {room{0, 10}, telling},
		{room{14, 24}, essential}, {room{14, 12}, essential}, {room{7, 10}, essential}, {room{0, 10}, essential}, {room{0, 0}, essential},
	}
	for _, try := range tries {
		if n := p.most(byWeight, try.room); n == len(p.moments) || byWeight[n].weight < try.weight {
			return try.room
		}
	}
	return room{}
}

// most keeps as many moments as fit, the weightiest first, and returns their number.
func (p *picture) most(byWeight []*moment, room room) int {
	// Each moment takes a column at least.
	low, high := 0, min(len(byWeight), p.width)
	for low < high {
		middle := (low + high + 1) / 2
		if p.keep(byWeight, middle, room) {
			low = middle
		} else {
			high = middle - 1
		}
	}
	p.keep(byWeight, low, room)
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
func (p *picture) keep(byWeight []*moment, n int, room room) bool {
	for i, m := range byWeight {
		m.kept = i < n
	}
	p.used = p.place(room)
	return p.used <= p.width
}

const never = time.Duration(math.MinInt64)

// place gives each kept moment a column of its own: behind the ones before it,
// behind what its lines already hold, and, if the clock has moved, behind the
// last time in the head. It returns the columns used.
func (p *picture) place(room room) (used int) {
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
			ends[k.row] = x + columns(k.show(room))
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
func (p *picture) line(row int, room room) string {
	var b strings.Builder
	at, then, hidden, begun := 0, goesOn, false, false
	for _, m := range p.moments {
		for _, k := range m.marks {
			switch {
			case k.row != row:
			case !m.kept:
				then, hidden = k.then, true
			default:
				text := k.show(room)
				b.WriteString(p.stretch(at, m.x, then, hidden, begun))
				b.WriteString(text)
				at, then, hidden, begun = m.x+columns(text), k.then, false, true
			}
		}
	}
	switch {
	case begun:
		b.WriteString(p.stretch(at, p.used, then, hidden, begun))
	case hidden:
		b.WriteString("┄")
	}
	return b.String()
}

// stretch is the line between two marks.
func (p *picture) stretch(from, to int, then rest, hidden, begun bool) string {
	n := max(0, to-from)
	switch {
	case !begun && hidden && n > 0:
		return strings.Repeat(" ", n-1) + "┄"
	case !begun:
		return strings.Repeat(" ", n)
	case hidden:
		gap := min(n, 3)
		return strings.Repeat("┄", gap) + p.stretch(from+gap, to, then, false, begun)
	case then == over:
		return strings.Repeat(" ", n)
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

// show is the mark with as much of its text as there is room for.
func (k mark) show(room room) string {
	text := k.text
	width := room.words
	if k.glyph != "" {
		width = room.signs
	}
	if columns(text) > width && k.short != "" {
		text = k.short
	}
	if columns(text) > width && width < 3 {
		text = ""
	}
	text = clip(text, width)
	switch {
	case k.glyph == "" && text == "":
		return "•"
	case k.glyph == "" || text == "":
		return k.glyph + text
	}
	return k.glyph + " " + text
}
