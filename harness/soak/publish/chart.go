package publish

import (
	"fmt"
	"strings"
	"time"

	"github.com/squall-go/squall/harness/soak"
)

// Chart is a line over time, in a box of 320 by 90.
type Chart struct {
	Title  string
	Points string // of a polyline
	Area   string // of a polygon below it
	Top    string // the largest value, in words
	Last   string
	Left   string // what the x axis begins and ends with
	Right  string
	LastX  string
	LastY  string
	Text   string // the same for those who do not see it
}

const (
	chartWidth  = 320.0
	chartHeight = 90.0
)

type xy struct{ x, y float64 }

func chart(title string, points []xy, left, right string) Chart {
	c := Chart{Title: title, Left: left, Right: right}
	if len(points) == 0 {
		return c
	}
	first, last := points[0], points[len(points)-1]
	top := 0.0
	for _, p := range points {
		top = max(top, p.y)
	}
	place := func(p xy) (float64, float64) {
		x, y := chartWidth, chartHeight
		if last.x > first.x {
			x = (p.x - first.x) / (last.x - first.x) * chartWidth
		}
		if top > 0 {
			y = chartHeight - p.y/top*(chartHeight-4)
		}
		return x, y
	}
	var line strings.Builder
	for _, p := range points {
		x, y := place(p)
		fmt.Fprintf(&line, "%.1f,%.1f ", x, y)
	}
	x, y := place(last)
	begin, _ := place(first)
	c.Points = strings.TrimSpace(line.String())
	c.Area = fmt.Sprintf("%.1f,%.0f %s %.1f,%.0f", begin, chartHeight, c.Points, x, chartHeight)
	c.LastX, c.LastY = fmt.Sprintf("%.1f", x), fmt.Sprintf("%.1f", y)
	c.Top, c.Last = count(int64(top)), count(int64(last.y))
	c.Text = fmt.Sprintf("%s: from %s at %s to %s at %s; at most %s", title, count(int64(first.y)), left, c.Last, right, c.Top)
	return c
}

// Charts are the curves over the time of the soak.
func (r *Report) Charts() []Chart {
	if len(r.Curve) < 2 {
		return nil
	}
	left, right := span(r.Curve[0].At), span(r.Curve[len(r.Curve)-1].At)
	over := func(title string, value func(soak.Point) float64) Chart {
		var points []xy
		for _, p := range r.Curve {
			points = append(points, xy{p.At.Seconds(), value(p)})
		}
		return chart(title, points, left, right)
	}
	return []Chart{
		over("Runs", func(p soak.Point) float64 { return float64(p.Runs) }),
		over("Cells struck", func(p soak.Point) float64 { return float64(p.Cells) }),
		over("Handovers seen", func(p soak.Point) float64 { return float64(p.Handovers) }),
		over("Kinds of findings", func(p soak.Point) float64 { return float64(p.Findings) }),
	}
}

// Sample is at most n of the curve's points.
func (r *Report) Sample() (some []soak.Point) {
	const n = 12
	for i, p := range r.Curve {
		if i == len(r.Curve)-1 || i%max(1, len(r.Curve)/n) == 0 {
			some = append(some, p)
		}
	}
	return some
}

// Trend are the curves over the nights.
func (r *Report) Trend() []Chart {
	if len(r.Nights) < 2 {
		return nil
	}
	left, right := r.Nights[0].Date.Format(time.DateOnly), r.Nights[len(r.Nights)-1].Date.Format(time.DateOnly)
	over := func(title string, value func(Night) int64) Chart {
		var points []xy
		for i, n := range r.Nights {
			points = append(points, xy{float64(i), float64(max(0, value(n)))})
		}
		return chart(title, points, left, right)
	}
	return []Chart{
		over("Kinds of findings", func(n Night) int64 { return int64(n.Findings) }),
		over("Runs", func(n Night) int64 { return n.Runs }),
		over("Cells struck", func(n Night) int64 { return int64(n.Cells) }),
		over("Controls not caught", func(n Night) int64 { return int64(n.Missed) }),
	}
}

// LastNights are the newest ones, the newest first.
func (r *Report) LastNights() (last []Night) {
	for i := len(r.Nights) - 1; i >= 0 && len(last) < 14; i-- {
		last = append(last, r.Nights[i])
	}
	return last
}
