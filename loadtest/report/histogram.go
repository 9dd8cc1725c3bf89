package report

import (
	"fmt"
	"math"
	"strconv"

	"tablee/loadtest/result"
)

// binsPerDecade is how many bars a factor of ten gets: each wider than the buckets of the measurement.
const binsPerDecade = 16

// Bounds of the axis of times, in milliseconds.
const (
	leastMS = 0.01
	mostMS  = 1e6
)

// markRow is how far the labels of marks are apart, in pixels.
const markRow = 18

// distribution draws how the latencies of packets are distributed, on a logarithmic axis.
func distribution(r *result.Report) (plot, bool) {
	from, to, total := extent(r.LatencyHistogram)
	if total == 0 {
		return plot{}, false
	}
	at := func(ms float64) float64 {
		return round2(100 * ratio(math.Log10(clampMS(ms))-from, to-from))
	}
	n := int(math.Round((to - from) * binsPerDecade))
	shares := make([]float64, n)
	spread(r.LatencyHistogram, shares, from, total)
	most := 0.0
	for _, s := range shares {
		most = max(most, s)
	}
	const height, top = 290, 96
	p, _ := newPlot("distribution", "How long packets took", most, "% of packets")
	p.Height, p.Floor, p.XName = height, height-plotBottom, "milliseconds from sender to receiver, on a logarithmic axis"
	p.Grid = restack(p.Grid, top, p.Floor)
	highest, _ := nice(most, 4)
	for i, s := range shares {
		if s == 0 {
			continue
		}
		h := max(1.5, ratio(s, highest)*float64(p.Floor-top)) // the rarest packets stay visible
		x := round2(100 * float64(i) / float64(n))
		p.Bars = append(p.Bars, bar{x, round2(100/float64(n)*0.9 - 0.02), round2(float64(p.Floor) - h), round2(h)})
	}
	p.Ticks = logTicks(from, to, at)
	p.Marks = marks(r, at, from, to)
	p.Summary = inWords(r)
	p.Table = histogramTable(shares, from)
	return p, true
}

// bucketRatio is how far the bounds of a bucket of the measurement are apart at most (33 to 32).
const bucketRatio = 33.0 / 32

// spread fills bins with the shares of the buckets, in percent. A bucket that lies in two bins is divided between them,
// for else the bins would be full by turns.
func spread(h [][2]float64, bins []float64, from, total float64) {
	before := 0.0
	for _, b := range h {
		if b[1] <= 0 || math.IsInf(b[1], 0) || math.IsNaN(b[1]) {
			continue
		}
		upper := clampMS(b[0])
		lower := clampMS(max(before, upper/bucketRatio))
		before = upper
		low, high := (math.Log10(lower)-from)*binsPerDecade, (math.Log10(upper)-from)*binsPerDecade
		first := min(len(bins)-1, max(0, int(low)))
		last := min(len(bins)-1, max(first, int(high)))
		for i := first; i <= last; i++ {
			part := 1.0
			if first < last {
				part = max(0, min(high, float64(i+1))-max(low, float64(i))) / (high - low)
			}
			bins[i] += 100 * b[1] / total * part
		}
	}
}

// extent gives the axis for a histogram, in powers of ten, and how many values it holds.
func extent(h [][2]float64) (from, to, total float64) {
	least, most := math.Inf(1), 0.0
	for _, b := range h {
		if b[1] > 0 && !math.IsInf(b[1], 0) {
			least, most = min(least, clampMS(b[0])), max(most, clampMS(b[0]))
			total += b[1]
		}
	}
	if total == 0 || math.IsInf(total, 0) {
		return 0, 1, 0
	}
	from = math.Floor(math.Log10(least)*2) / 2 // half decades: 1, 3.16, 10
	to = max(math.Floor(math.Log10(most)*2)/2+0.5, from+1)
	return from, to, total
}

// clampMS keeps a time on the axis.
func clampMS(ms float64) float64 { return min(mostMS, max(leastMS, finite(ms))) }

// restack moves the grid of a new plot into a place of another height.
func restack(grid []gridLine, top, floor int) []gridLine {
	for i := range grid {
		share := (grid[i].Y - plotTop) / float64(plotHeight-plotBottom-plotTop)
		grid[i].Y = round2(float64(top) + share*float64(floor-top))
	}
	return grid
}

// logTicks are 1, 2 and 5 times the powers of ten; for long axes only the powers.
func logTicks(from, to float64, at func(float64) float64) []tick {
	var all []tick
	for e := int(math.Floor(from)); e <= int(math.Ceil(to)); e++ {
		for _, m := range []float64{1, 2, 5} {
			ms := m * math.Pow(10, float64(e))
			if l := math.Log10(ms); l < from-1e-9 || l > to+1e-9 || m != 1 && to-from > 3.5 {
				continue
			}
			label := short(ms)
			if ms < 0.001 {
				label = strconv.FormatFloat(ms, 'g', 1, 64)
			}
			all = append(all, tick{X: at(ms), Label: label, Anchor: anchor(at(ms)), Minor: m != 1 && to-from > 1.6})
		}
	}
	return all
}

// marks are the percentiles and the limit, each with its label on a row of its own.
func marks(r *result.Report, at func(float64) float64, from, to float64) []mark {
	var all []mark
	add := func(class string, ms float64, label string) {
		m := mark{Class: class, X: at(ms), Y: float64(14 + markRow*len(all)), Label: label, Anchor: "start", Shift: "6"}
		if m.X > 55 {
			m.Anchor, m.Shift = "end", "-6"
		}
		all = append(all, m)
	}
	if limit := r.Quality.Bar.LatencyP99MS; limit > 0 && math.Log10(limit) >= from && math.Log10(limit) <= to {
		add("limit", limit, "limit for p99: "+milliseconds(limit))
	}
	if l := r.LatencyMS; l != nil {
		add("p99", l.P99, "p99 "+milliseconds(l.P99))
		add("p95", l.P95, "p95 "+milliseconds(l.P95))
		add("p50", l.P50, "p50 "+milliseconds(l.P50))
	}
	return all
}

// inWords says what the distribution shows.
func inWords(r *result.Report) string {
	l := r.LatencyMS
	if l == nil {
		return "The latency of single packets, without percentiles."
	}
	s := fmt.Sprintf("Half of the packets took %s or less, 95 of 100 took %s or less, 99 of 100 took %s or less; the slowest took %s.",
		milliseconds(l.P50), milliseconds(l.P95), milliseconds(l.P99), milliseconds(l.Max))
	if limit := r.Quality.Bar.LatencyP99MS; limit > 0 {
		s += fmt.Sprintf(" The limit for 99 of 100 is %s.", milliseconds(limit))
	}
	return s
}

// histogramTable lists the bars that are not empty.
func histogramTable(shares []float64, from float64) table {
	t := table{Head: []string{"Up to", "Share of packets"}}
	for i, s := range shares {
		if s > 0 {
			upper := math.Pow(10, from+float64(i+1)/binsPerDecade)
			t.Rows = append(t.Rows, []string{milliseconds(upper), strconv.FormatFloat(s, 'f', 3, 64) + " %"})
		}
	}
	return t
}
