package estimate

import "math"

// Constants of the trendline filter; those with a section are of draft-ietf-rmcat-gcc-02.
const (
	burst       = 5 * millisecond // packets sent within it are one group (section 5.2)
	window      = 20              // groups that the line is laid through
	smoothing   = 0.9
	gain        = 4
	gainGroups  = 60
	firstLimit  = 12.5 // ms (section 5.4)
	leastLimit  = 6
	mostLimit   = 600
	limitUp     = 0.0087 // section 5.4 has 0.01 and 0.00018; these are the later ones, of libwebrtc
	limitDown   = 0.039
	limitJump   = 15 // ms beyond the limit that say nothing of it
	overuseTime = 10 // ms (section 5.4)
)

type usage uint8

const (
	normal usage = iota
	over
	under
)

// trend sees a queue grow before it is long: it lays a line through the delay of the last groups, and calls its slope
// overuse when it is steeper than a limit that adapts to the line's jitter and to flows that fill the queue.
type trend struct {
	group, before group
	groups        int // since the last reset

	times, delays [window]float64 // ms
	n, next       int
	origin        int64
	sum, smooth   float64

	limit    float64
	limitAt  int64
	overFor  float64 // ms for which it was steeper
	overs    int
	previous float64
	usage    usage
}

// group is a burst of packets.
type group struct {
	first, sent, arrived int64
	packets              int
}

func (t *trend) reset() { *t = trend{limit: firstLimit} }

// add takes the next packet in the order of sending.
func (t *trend) add(p Packet) {
	g := &t.group
	switch {
	case g.packets == 0:
		*g = group{p.SentAt, p.SentAt, p.ArrivedAt, 1}
		return
	case p.SentAt < g.first:
		return // it was overtaken, and its group is closed
	case p.SentAt-g.first <= burst || t.together(p):
		g.sent, g.arrived = max(g.sent, p.SentAt), max(g.arrived, p.ArrivedAt)
		g.packets++
		return
	}
	if t.before.packets > 0 {
		t.measure(g.sent-t.before.sent, g.arrived-t.before.arrived)
	}
	t.before = *g
	*g = group{p.SentAt, p.SentAt, p.ArrivedAt, 1}
}

// together says whether a packet arrived in one burst with the group, as after a pause of the radio (section 5.2).
func (t *trend) together(p Packet) bool {
	g := &t.group
	return p.ArrivedAt-g.arrived <= burst && p.ArrivedAt-g.arrived < p.SentAt-g.sent && p.SentAt-g.first < 100*millisecond
}

// measure takes the time between two groups at both ends.
func (t *trend) measure(sent, arrived int64) {
	at := t.group.arrived
	if t.groups == 0 {
		t.origin = at
	}
	t.groups++
	t.sum += float64(arrived-sent) / float64(millisecond)
	t.smooth = smoothing*t.smooth + (1-smoothing)*t.sum
	t.times[t.next], t.delays[t.next] = float64(at-t.origin)/float64(millisecond), t.smooth
	t.next = (t.next + 1) % window
	t.n = min(t.n+1, window)
	if t.n < window/2 {
		return
	}
	t.judge(t.slope()*gain*float64(min(t.groups, gainGroups)), float64(sent)/float64(millisecond), at)
}

// slope is that of the least squares.
func (t *trend) slope() float64 {
	var x, y float64
	for i := range t.n {
		x += t.times[i]
		y += t.delays[i]
	}
	x /= float64(t.n)
	y /= float64(t.n)
	var up, down float64
	for i := range t.n {
		dx := t.times[i] - x
		up += dx * (t.delays[i] - y)
		down += dx * dx
	}
	if down == 0 {
		return 0
	}
	return up / down
}

// judge compares with the limit (section 5.4).
func (t *trend) judge(m, sent float64, at int64) {
	switch {
	case m > t.limit:
		t.overFor += sent
		t.overs++
		if t.overFor > overuseTime && t.overs > 1 && m >= t.previous {
			t.usage = over
		}
	case m < -t.limit:
		t.overFor, t.overs, t.usage = 0, 0, under
	default:
		t.overFor, t.overs, t.usage = 0, 0, normal
	}
	t.previous = m
	size := math.Abs(m)
	if t.limitAt != 0 && size <= t.limit+limitJump {
		k := limitUp
		if size < t.limit {
			k = limitDown
		}
		passed := float64(min(max(at-t.limitAt, 0), 100*millisecond)) / float64(millisecond)
		t.limit = min(max(t.limit+k*(size-t.limit)*passed, leastLimit), mostLimit)
	}
	t.limitAt = at
}
