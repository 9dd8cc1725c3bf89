package loadtest

import (
	"cmp"
	"slices"
	"time"

	"tablee/loadtest/measure"
	"tablee/loadtest/receive"
	"tablee/loadtest/result"
)

// person gathers what one participant saw in all its lives.
type person struct {
	out   result.Person
	first int64 // when the run began
	over  int64 // when it ended

	counters                   receive.Counters
	latency, jitter, switching measure.Histogram // microseconds
	match                      measure.Share
	gaps                       gaps
	up, down                   uint64 // bytes
	could                      int64  // nanoseconds in which demanded pictures were published, over all pictures
	paused                     map[string]int64
	present                    int64 // nanoseconds
}

// newPeople makes an account for each participant.
func newPeople(m *meeting) []*person {
	var all []*person
	for i := range m.o.Participants {
		all = append(all, &person{
			out:   result.Person{Index: i, Net: m.o.network(i).Name, Spans: []result.Span{}},
			first: m.seconds.first, over: m.clock.now(), paused: make(map[string]int64),
		})
	}
	return all
}

// life adds one stay.
func (p *person) life(l *life, c receive.Counters) {
	d := l.down
	p.counters = addCounters(p.counters, c)
	p.latency.Merge(&d.latency)
	p.jitter.Merge(&d.jitter)
	p.switching.Merge(&d.switching)
	p.match.Merge(d.match)
	p.gaps.merge(d.gaps)
	p.up, p.down = p.up+l.up.bytes.Load(), p.down+d.bytes
	p.present += l.record.present.total(p.over)
	if l.joinedAt != 0 && p.out.JoinMS == nil {
		p.out.JoinMS = milliseconds(l.joinedAt - l.startedAt)
	}
	if at, ok := d.firstFrame(); ok && p.out.FirstFrameMS == nil {
		p.out.FirstFrameMS = milliseconds(at - l.startedAt)
	}
	var talk spans
	for _, s := range l.up.logs {
		talk = append(talk, span(s))
	}
	r := &l.record
	p.spans(result.SpanIn, r.present)
	p.spans(result.SpanTalk, talk)
	p.spans(result.SpanScreen, r.screen)
	p.spans(result.SpanAway, r.away)
	if l.cast.camera {
		p.spans(result.SpanCameraOff, without(r.present, r.camera))
	}
}

// spans adds what happened in some times.
func (p *person) spans(what string, times spans) {
	at := func(ns int64) float64 { return round2(since(p.first, ns).Seconds()) }
	for _, s := range times {
		p.out.Spans = append(p.out.Spans, result.Span{FromS: at(s.from), ToS: at(min(s.end(), p.over)), What: what})
	}
}

// without returns the times of a that are not in b.
func without(a, b spans) (out spans) {
	for _, s := range a {
		at, end := s.from, s.end()
		for _, x := range b {
			if x.end() <= at || x.from >= end {
				continue
			}
			if x.from > at {
				out = append(out, span{at, x.from})
			}
			at = x.end()
		}
		if at < end {
			out = append(out, span{at, end})
		}
	}
	return out
}

// finish computes what follows from sums.
func (p *person) finish() result.Person {
	o, c := &p.out, p.counters
	o.PacketsReceived, o.PacketsExpected = c.Received, c.Expected
	o.LossPercent, o.LossBeforePercent = loss(c), percent(c.LostBefore, c.Expected)
	o.JitterMS = round2(float64(p.jitter.Percentile(50)) / 1000)
	o.LatencyMS, o.SwitchMS = percentiles(&p.latency), percentiles(&p.switching)
	o.FrozenS = round2(time.Duration(c.Frozen).Seconds())
	o.AudioGaps, o.AudioGapMSMax = p.gaps.n, round2(float64(p.gaps.most)/1e6)
	if p.present > 0 {
		o.KbpsUp, o.KbpsDown = kbps(p.up, time.Duration(p.present)), kbps(p.down, time.Duration(p.present))
	}
	o.LayerMatchPercent, o.PicturesPausedPercent = share(p.match), shares(p.paused, p.could)
	slices.SortStableFunc(o.Spans, func(a, b result.Span) int { return cmp.Compare(a.FromS, b.FromS) })
	return *o
}

// milliseconds is a time for the report.
func milliseconds(ns int64) *float64 {
	ms := round2(float64(ns) / 1e6)
	return &ms
}
