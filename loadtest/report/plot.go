package report

import (
	"math"
	"strconv"
	"strings"
)

// A plot is as wide as the page gives it, and so many pixels high as it says. What lies along x is in percent of the
// width, or in thousandths inside paths, which are stretched; what lies along y is in pixels. So text and strokes keep
// their size on a phone, without a script.
const (
	plotWidth  = 1000 // of the stretched paths' view box
	plotHeight = 190
	plotTop    = 22 // for the topmost label
	plotBottom = 24 // for the labels of the x axis
)

// plot is what the page's template needs to draw one plot.
type plot struct {
	ID, Title string
	Summary   string // what it shows, in words: the text alternative
	Height    int
	Floor     int // y of the x axis
	XName     string
	Grid      []gridLine
	Ticks     []tick
	Bands     []band
	Areas     []path
	Lines     []path
	Bars      []bar
	Marks     []mark
	Limit     *gridLine
	Legend    []legend
	Table     table
}

// gridLine is a horizontal line with its label.
type gridLine struct {
	Y     float64
	Label string
}

// tick is a place on the x axis. Every other one is Minor and left out on narrow pages.
type tick struct {
	X      float64 // percent
	Label  string
	Anchor string // start, middle or end
	Minor  bool
}

// band is a stretch of the x axis, such as a phase.
type band struct{ X, Width float64 } // percent

// path is a line or an area in the stretched view box.
type path struct{ Class, D string }

// bar is a bar of a histogram.
type bar struct{ X, Width, Y, Height float64 } // percent, percent, pixels, pixels

// mark is a vertical line with a label, on one of several rows so that labels do not meet.
type mark struct {
	Class  string
	X      float64 // percent
	Y      float64 // of the label, pixels
	Label  string
	Anchor string
	Shift  string // of the label, pixels
}

// legend names a line.
type legend struct{ Class, Label string }

// table is the same as numbers.
type table struct {
	Head []string
	Rows [][]string
}

// newPlot begins a plot with a y axis from 0 to at least most.
func newPlot(id, title string, most float64, unit string) (plot, func(float64) float64) {
	p := plot{ID: id, Title: title, Height: plotHeight, Floor: plotHeight - plotBottom}
	top, step := nice(most, 4)
	y := func(v float64) float64 {
		return plotTop + (1-min(1, max(0, finite(v)/top)))*float64(p.Floor-plotTop)
	}
	for i := 0; ; i++ {
		v := step * float64(i)
		if v > top*1.0001 {
			break
		}
		label := short(v)
		if v+step > top*1.0001 {
			label += " " + unit
		}
		p.Grid = append(p.Grid, gridLine{round2(y(v)), label})
	}
	return p, y
}

// nice gives a round number not below most, and a round step that divides it in parts or fewer.
func nice(most float64, parts int) (top, step float64) {
	most = finite(most)
	if most < 1e-9 {
		most = 1
	}
	most = min(most, 1e15)
	unit := math.Pow(10, math.Floor(math.Log10(most/float64(parts))))
	for _, m := range []float64{1, 2, 2.5, 5, 10} {
		step = unit * m
		if n := math.Ceil(most/step - 1e-9); n <= float64(parts) {
			return step * n, step
		}
	}
	return most, most
}

// round2 rounds to what can be seen, which keeps the page small.
func round2(x float64) float64 { return math.Round(finite(x)*100) / 100 }

// place writes a coordinate of a path.
func place(x float64) string { return strconv.FormatFloat(math.Round(finite(x)*10)/10, 'f', -1, 64) }

// point is a place in the stretched view box; without y, the line is broken there.
type point struct {
	x, y  float64
	known bool
}

// drawLine joins points. A single one becomes a dot, by a line without length that has round ends.
func drawLine(points []point) string {
	var b strings.Builder
	alone := false
	for i, p := range points {
		if !p.known {
			continue
		}
		if i == 0 || !points[i-1].known {
			if alone {
				b.WriteString("h0")
			}
			b.WriteByte('M')
			alone = true
		} else {
			b.WriteByte('L')
			alone = false
		}
		b.WriteString(place(p.x) + " " + place(p.y))
	}
	if alone {
		b.WriteString("h0")
	}
	return b.String()
}

// drawArea fills what is below points, down to floor.
func drawArea(points []point, floor int) string {
	var b strings.Builder
	bottom := strconv.Itoa(floor)
	for i, p := range points {
		if !p.known {
			continue
		}
		if i == 0 || !points[i-1].known {
			b.WriteString("M" + place(p.x) + " " + bottom)
		}
		b.WriteString("L" + place(p.x) + " " + place(p.y))
		if i == len(points)-1 || !points[i+1].known {
			b.WriteString("V" + bottom + "Z")
		}
	}
	return b.String()
}

// anchor is how a label at x percent of the width is aligned, so that it stays inside.
func anchor(x float64) string {
	switch {
	case x < 6:
		return "start"
	case x > 94:
		return "end"
	default:
		return "middle"
	}
}
