package report

import (
	"fmt"

	"tablee/loadtest/result"
)

// track is one line of a plot over time.
type track struct {
	class, name string
	of          func(moment) (float64, bool)
	area        bool
}

// overTime draws tracks along the course. limit, where it is not 0, is drawn when the lines come near it.
func (c course) overTime(id, title, unit string, limit float64, tracks ...track) plot {
	most := 0.0
	for _, m := range c.points {
		for _, t := range tracks {
			if v, ok := t.of(m); ok {
				most = max(most, finite(v))
			}
		}
	}
	near := limit > 0 && most > limit/4
	if near {
		most = max(most, limit)
	}
	p, y := newPlot(id, title, most, unit)
	p.Ticks, p.Bands = c.ticks, c.bands
	if near {
		p.Limit = &gridLine{round2(y(limit)), "limit " + short(limit) + " " + unit}
	}
	for _, t := range tracks {
		points := make([]point, len(c.points))
		for i, m := range c.points {
			v, ok := t.of(m)
			points[i] = point{c.at(m.t) * plotWidth / 100, y(v), ok}
		}
		if t.area {
			p.Areas = append(p.Areas, path{t.class, drawArea(points, p.Floor)})
		}
		p.Lines = append(p.Lines, path{t.class, drawLine(points)})
		p.Legend = append(p.Legend, legend{t.class, t.name})
	}
	p.Table = c.table(unit, tracks)
	return p
}

// table is the course as numbers.
func (c course) table(unit string, tracks []track) table {
	t := table{Head: []string{"Until"}}
	for _, k := range tracks {
		t.Head = append(t.Head, k.name+", "+unit)
	}
	for _, m := range c.rows {
		cells := []string{stopwatch(m.t, c.length)}
		for _, k := range tracks {
			cell := "–"
			if v, ok := k.of(m); ok {
				cell = digits(v)
			}
			cells = append(cells, cell)
		}
		t.Rows = append(t.Rows, cells)
	}
	return t
}

// sure is a track's value that is always known.
func sure(of func(moment) float64) func(moment) (float64, bool) {
	return func(m moment) (float64, bool) { return of(m), true }
}

// served is a track's value that is known when the server's figures are.
func served(of func(moment) float64) func(moment) (float64, bool) {
	return func(m moment) (float64, bool) { return of(m), m.served }
}

// arrived is a latency, which is 0 when no packet came.
func arrived(of func(moment) float64) func(moment) (float64, bool) {
	return func(m moment) (float64, bool) { return of(m), of(m) > 0 }
}

// spread is the mean and the most of a track, 0 and 0 of nothing.
func (c course) spread(of func(moment) float64) (mean, most float64) {
	for _, m := range c.points {
		mean += of(m) / float64(len(c.points))
		most = max(most, of(m))
	}
	return mean, most
}

// flow are the plots of the meeting over time.
func flow(c course, b result.Bar) []plot {
	if len(c.points) == 0 {
		return nil
	}
	up, down := func(m moment) float64 { return m.up / 1000 }, func(m moment) float64 { return m.down / 1000 }
	line := c.overTime("line", "On the line", "Mbit/s", 0,
		track{"b", "to all participants", sure(down), true}, track{"a", "from all participants", sure(up), false})
	meanUp, mostUp := c.spread(up)
	meanDown, mostDown := c.spread(down)
	line.Summary = fmt.Sprintf("To all participants together %s Mbit/s went on average, %s at most; from them came %s on average, %s at most.",
		digits(meanDown), digits(mostDown), digits(meanUp), digits(mostUp))

	after, before := func(m moment) float64 { return m.loss }, func(m moment) float64 { return m.before }
	loss := c.overTime("loss", "Lost packets", "%", b.LossPercent,
		track{"a", "before repair", sure(before), false}, track{"b", "after repair", sure(after), true})
	_, mostAfter := c.spread(after)
	_, mostBefore := c.spread(before)
	loss.Summary = fmt.Sprintf("At worst, %s of the packets did not come at first, and %s were still missing after repair.",
		percent(mostBefore), percent(mostAfter))

	p50, p99 := func(m moment) float64 { return m.p50 }, func(m moment) float64 { return m.p99 }
	latency := c.overTime("latency", "Latency, one way", "ms", b.LatencyP99MS,
		track{"b", "99 of 100 packets within", arrived(p99), true}, track{"a", "half of them within", arrived(p50), false})
	meanP50, _ := c.spread(p50)
	_, mostP99 := c.spread(p99)
	latency.Summary = fmt.Sprintf("Half of the packets took %s or less on average; in the worst moment, one in a hundred took more than %s.",
		milliseconds(meanP50), milliseconds(mostP99))

	frozen := c.overTime("frozen", "Frozen pictures", "s", 0,
		track{"b", "time for which pictures stood still, of all together", sure(func(m moment) float64 { return m.frozen }), true})
	sum := 0.0
	for _, m := range c.points {
		sum += m.frozen
	}
	frozen.Summary = fmt.Sprintf("Pictures stood still for %s in all, all of them together.", seconds(sum))
	if sum == 0 {
		frozen.Summary = "No picture ever stood still."
	}
	return []plot{line, loss, latency, frozen}
}

// load are the plots of what the server used; none when nothing is known of it.
func load(c course, s *result.Server) []plot {
	known := false
	for _, m := range c.points {
		known = known || m.served
	}
	if !known {
		return nil
	}
	cpu := func(m moment) float64 { return m.cpu }
	memory := func(m moment) float64 { return m.memory }
	all, cores := 0.0, ""
	if s != nil && s.CPUs > 0 {
		all, cores = 100*float64(s.CPUs), fmt.Sprintf(" The machine has %s.", plural(s.CPUs, "core", "cores"))
	}
	a := c.overTime("cpu", "Processor of the server", "%", all, track{"b", "of one core", served(cpu), true})
	mean, most := c.spread(cpu)
	a.Summary = fmt.Sprintf("The server used %s of one core on average, %s at most.%s", whole(mean), whole(most), cores)
	limit := 0.0
	if s != nil {
		limit = float64(s.MemoryLimit) / 1e6
	}
	b := c.overTime("memory", "Memory of the server", "MB", limit, track{"b", "resident memory", served(memory), true})
	_, most = c.spread(memory)
	b.Summary = fmt.Sprintf("The server held %s of memory at most.", megabytes(uint64(most*1e6)))
	if limit > 0 {
		b.Summary = fmt.Sprintf("The server held %s of memory at most, of %s.", megabytes(uint64(most*1e6)), megabytes(s.MemoryLimit))
	}
	return []plot{a, b}
}
