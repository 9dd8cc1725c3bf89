package report

import (
	"math"
	"strconv"

	"tablee/loadtest/result"
)

// Bounds of what is drawn and listed, whatever the length of a run.
const (
	maxPoints = 240
	maxRows   = 60
)

// moment is one second of a run, or several as one.
type moment struct {
	t            float64 // its end, in seconds
	joined       int
	loss, before float64
	p50, p99     float64 // p99 the highest
	up, down     float64
	frozen       float64 // the sum
	cpu, memory  float64 // memory the most
	served       bool    // whether the server's figures are known
	packets      float64 // a second
}

// moments joins the seconds of a run to at most limit ones, and says how many seconds each of them covers.
func moments(series []result.Second, limit int) (all []moment, each int) {
	each = max(1, (len(series)+limit-1)/limit)
	for i := 0; i < len(series); i += each {
		all = append(all, joinSeconds(series[i:min(len(series), i+each)]))
	}
	return all, each
}

// joinSeconds makes one moment of some seconds.
func joinSeconds(some []result.Second) moment {
	m := moment{t: finite(some[len(some)-1].TS), joined: some[len(some)-1].Joined}
	n, seen, packets := float64(len(some)), 0.0, 0.0
	for _, s := range some {
		m.packets += finite(s.PacketsS) / n
		m.up, m.down = m.up+finite(s.KbpsUp)/n, m.down+finite(s.KbpsDown)/n
		m.p50, m.p99 = m.p50+finite(s.LatencyP50MS)/n, max(m.p99, finite(s.LatencyP99MS))
		m.frozen += finite(s.Frozen)
		weight := max(finite(s.PacketsS), 1e-3) // losses count by how many packets there were to lose
		packets += weight
		m.loss, m.before = m.loss+weight*finite(s.LossPercent), m.before+weight*finite(s.LossBeforePercent)
		if s.Server != nil {
			m.served = true
			seen++
			m.cpu += finite(s.Server.CPUPercent)
			m.memory = max(m.memory, float64(s.Server.RSSBytes)/1e6)
		}
	}
	m.loss, m.before = m.loss/packets, m.before/packets
	if seen > 0 {
		m.cpu /= seen
	}
	return m
}

// course is a run along the x axis.
type course struct {
	points []moment
	rows   []moment // fewer, for tables
	each   int
	length float64 // seconds
	ticks  []tick
	bands  []band
}

// newCourse prepares a run's series; without any it has no points.
func newCourse(series []result.Second, length float64) course {
	c := course{length: max(1, finite(length))}
	c.points, c.each = moments(series, maxPoints)
	c.rows, _ = moments(series, maxRows)
	for _, p := range c.points {
		c.length = max(c.length, p.t)
	}
	c.ticks = timeTicks(c.length)
	c.bands = quietPhases(series, c.length)
	return c
}

// at is where a time is, in percent of the width.
func (c course) at(t float64) float64 { return round2(100 * ratio(t, c.length)) }

// timeTicks are the labels of the time axis.
func timeTicks(length float64) []tick {
	const most = 10
	step := 86400.0
	for _, s := range []float64{1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 43200} {
		if length/s <= most {
			step = s
			break
		}
	}
	var all []tick
	for i := 0; i < 2*most && step*float64(i) <= length*1.0001; i++ {
		t := step * float64(i)
		x := round2(100 * ratio(t, length))
		all = append(all, tick{X: x, Label: stopwatch(t, length), Anchor: anchor(x), Minor: i%2 == 1})
	}
	return all
}

// stopwatch writes a time on an axis of that length.
func stopwatch(t, length float64) string {
	s := int(math.Round(t))
	switch {
	case length < 120:
		return strconv.Itoa(s) + " s"
	case length < 7200:
		return strconv.Itoa(s/60) + ":" + pad2(s%60)
	default:
		return strconv.Itoa(s/3600) + " h " + pad2(s/60%60)
	}
}

// quietPhases are the stretches in which people were still coming, or already going.
func quietPhases(series []result.Second, length float64) []band {
	var all []band
	from := 0.0
	for i, s := range series {
		last := i == len(series)-1 || series[i+1].Phase != s.Phase
		if !last {
			continue
		}
		if s.Phase != result.Meeting {
			x := round2(100 * ratio(from, length))
			all = append(all, band{x, round2(max(0, 100*ratio(s.TS, length)-x))})
		}
		from = finite(s.TS)
	}
	return all
}
