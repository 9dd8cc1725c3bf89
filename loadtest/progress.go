package loadtest

import (
	"time"

	"tablee/loadtest/measure"
	"tablee/loadtest/receive"
	"tablee/loadtest/result"
)

// seconds keeps what is needed to tell what happened in each second.
type seconds struct {
	list  []result.Second
	first int64 // when the first participant began to join
	at    int64 // when the last second ended
	last  sums  // at that time
	usage *usage

	steady struct { // at the beginning and at the end of the steady phase
		packets [2]uint64
		server  [2]*usage
		client  [2]*processUsage
	}
}

// sums is what all participants counted so far.
type sums struct {
	counters receive.Counters
	up, down uint64 // bytes
}

// sums adds up.
func (m *meeting) sums() (s sums) {
	for _, l := range m.lives {
		s.counters = addCounters(s.counters, l.down.total())
		s.up += l.up.bytes.Load()
		s.down += l.down.received()
	}
	return s
}

// second notes what happened since the last one, and tells who watches.
func (m *meeting) second() {
	s, now := &m.seconds, m.clock.now()
	took := since(s.at, now)
	if took < shortest {
		return
	}
	var latency measure.Histogram
	for _, l := range m.lives {
		l.down.second(&latency)
	}
	sums, usage := m.sums(), m.server.read(m.life)
	c, was := sums.counters, s.last.counters
	received, expected := c.Received-was.Received, c.Expected-was.Expected
	x := result.Second{
		TS: round2(since(s.first, now).Seconds()), Phase: m.phase, Joined: m.joined(),
		PacketsS:          round2(float64(received) / took.Seconds()),
		LossPercent:       percent(expected-min(expected, received), expected),
		LossBeforePercent: percent(c.LostBefore-was.LostBefore, expected),
		LatencyP50MS:      round2(float64(latency.Percentile(50)) / 1000),
		LatencyP99MS:      round2(float64(latency.Percentile(99)) / 1000),
		KbpsUp:            kbps(sums.up-s.last.up, took), KbpsDown: kbps(sums.down-s.last.down, took),
		Frozen: round2(time.Duration(c.Frozen - was.Frozen).Seconds()),
		Server: usage.since(s.usage, took, received),
	}
	s.list = append(s.list, x)
	s.at, s.last, s.usage = now, sums, usage
	m.watched(x)
}

// shortest is the shortest time that is worth an entry: the end of a phase need not be the end of a second.
const shortest = 200 * time.Millisecond

// watched tells who watches how the run goes.
func (m *meeting) watched(x result.Second) {
	if m.o.Watch == nil {
		return
	}
	p := result.Progress{Phase: m.phase, Joined: x.Joined, Participants: m.o.Participants, ElapsedS: x.TS, Last: x}
	if m.begin != 0 {
		p.LeftS = max(0, (m.o.Duration - since(m.begin, m.clock.now())).Seconds())
	}
	m.o.Watch(p)
}

// mark notes what has been used at the beginning (0) or the end (1) of the steady phase.
func (m *meeting) mark(i int) {
	s := &m.seconds.steady
	s.packets[i], s.server[i], s.client[i] = m.sums().counters.Received, m.server.read(m.life), ownUsage()
}

// usageOf is what server and client used in the steady phase.
func (m *meeting) usageOf() (*result.Server, *result.Client) {
	s, over := &m.seconds.steady, since(m.begin, m.ended)
	packets := s.packets[1] - s.packets[0]
	var server *result.Server
	if m.server != nil {
		server = m.server.report(s.server[0], s.server[1], over, packets)
	}
	return server, clientReport(s.client[0], s.client[1], over, packets)
}

// kbps is a bitrate in kbit/s.
func kbps(bytes uint64, over time.Duration) float64 {
	return round2(float64(bytes) * 8 / 1000 / over.Seconds())
}
