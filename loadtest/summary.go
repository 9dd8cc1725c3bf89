package loadtest

import (
	"math"
	"time"

	"tablee/loadtest/measure"
	"tablee/loadtest/receive"
	"tablee/loadtest/result"
)

// What counts as expected (docs/loadtest.md, "Tracks").
const (
	// leastTogether is how long two participants must be in together for one's camera to be expected by the other.
	leastTogether = int64(3 * time.Second)
	// leastSpurt is the shortest spurt of speech that must be heard.
	leastSpurt = int64(time.Second)
	// heardWithin is how soon it must be heard.
	heardWithin = int64(time.Second)
	// leastBefore is how long a listener must have been in before it.
	leastBefore = int64(time.Second)
)

// report puts together what was measured. All lives must have ended.
func (m *meeting) report() *Report {
	r := result.New()
	r.Version, r.Scenario, r.Seed, r.Participants = m.o.Version, m.o.Scenario.Name, m.o.Seed, m.o.Participants
	r.Joined, r.Server = m.joinedEver(), m.server
	if m.begin != 0 {
		r.DurationS = round2(since(m.begin, m.ended).Seconds())
	}
	r.Errors = append(r.Errors, m.errors...)
	if m.more > 0 {
		r.Errors = append(r.Errors, "and "+itoa(m.more)+" more")
	}
	t := totals{report: r}
	for _, l := range m.lives {
		t.life(l)
	}
	for _, to := range m.lives {
		for _, from := range m.lives {
			if to.index != from.index && to.joinedAt != 0 && from.joinedAt != 0 {
				t.camera(to, from)
				t.voice(to, from)
			}
		}
	}
	t.finish()
	r.Judge(m.o.Bar)
	return r
}

// totals gathers the report.
type totals struct {
	report                                     *Report
	latency, join, firstFrame, picture, voiced measure.Histogram // microseconds
	kinds                                      [2]receive.Counters
}

// life adds what one participant counted.
func (t *totals) life(l *life) {
	r, c, d := t.report, l.down.total(), l.down
	r.PacketsReceived += c.Received
	r.PacketsExpected += c.Expected
	r.PacketsRepaired += c.Repaired
	r.PacketsDuplicated += c.Duplicates
	for kind, k := range d.byKind() {
		t.kinds[kind] = addCounters(t.kinds[kind], k)
	}
	r.PacketsSent += l.up.packets.Load()
	r.BytesSent += l.up.bytes.Load()
	r.BytesReceived += d.bytes
	r.FramesDecodable += c.Decodable
	r.FramesBroken += c.Broken
	r.FrozenSeconds += time.Duration(c.Frozen).Seconds()
	r.NACKs += c.NACKs
	r.PLIs += d.plis
	r.Reconnects += l.record.reconnects

	v := &r.Violations
	v.SequenceJumps += c.SequenceJumps
	v.TimeBackwards += c.TimeBackwards
	v.TimeJumps += c.TimeJumps
	v.PictureIDGaps += c.PictureIDGaps
	v.SwitchNotOnKey += c.SwitchNotOnKey
	v.WrongRetransmit += c.WrongRetransmit
	v.WrongSource += d.wrong
	v.Malformed += d.malformed
	v.UnknownStreams += d.strangers
	v.ProtocolErrors += l.record.protocolErrors

	t.latency.Merge(&d.latency)
	if l.joinedAt != 0 {
		t.join.Add((l.joinedAt - l.startedAt) / 1000)
	}
	first := int64(math.MaxInt64)
	for _, s := range d.sources {
		if s.firstFrame != 0 {
			first = min(first, s.firstFrame)
		}
	}
	if first != math.MaxInt64 {
		t.firstFrame.Add((first - l.startedAt) / 1000)
	}
}

// camera judges one participant's picture at another.
func (t *totals) camera(to, from *life) {
	wanted, ok := to.record.wanted[from.record.num]
	if !ok {
		return
	}
	begin, long := int64(0), false
	for _, a := range to.record.present {
		for _, b := range from.record.present {
			if a.together(b, wanted) >= leastTogether {
				if !long {
					begin = max(a.from, b.from, wanted)
				}
				long = true
			}
		}
	}
	if !long {
		return
	}
	t.report.TracksExpected++
	s := to.down.sources[from.record.num]
	if s == nil || s.camera == 0 {
		t.report.TracksSilent++
	} else if s.firstFrame >= begin {
		t.picture.Add((s.firstFrame - begin) / 1000)
	}
}

// voice judges how one participant was heard by another.
func (t *totals) voice(to, from *life) {
	expected := 0
	s := to.down.sources[from.record.num]
	for _, spurt := range from.up.logs {
		deadline := spurt.from + heardWithin
		if spurt.to-spurt.from < leastSpurt || !from.record.covered(spurt.from, spurt.to) ||
			!to.record.covered(spurt.from-leastBefore, deadline) {
			continue
		}
		expected++
		t.report.SpurtsExpected++
		came, ok := s.heardOf(spurt)
		if !ok || came > deadline {
			t.report.SpurtsUnheard++
		}
		if ok {
			t.voiced.Add((came - spurt.from) / 1000)
		}
	}
	if expected == 0 {
		return
	}
	t.report.TracksExpected++
	if s == nil || s.voice == 0 {
		t.report.TracksSilent++
	}
}

// heardOf is when a spurt began to be heard.
func (s *source) heardOf(spurt spoken) (came int64, ok bool) {
	if s == nil {
		return 0, false
	}
	for _, h := range s.heard {
		if h.sent >= spurt.from && h.sent <= spurt.to {
			return h.came, true
		}
	}
	return 0, false
}

// finish computes what follows from sums.
func (t *totals) finish() {
	r := t.report
	all := addCounters(t.kinds[0], t.kinds[1])
	r.LossPercent, r.VoiceLossPercent, r.VideoLossPercent = loss(all), loss(t.kinds[0]), loss(t.kinds[1])
	r.LossBeforePercent = percent(all.LostBefore, all.Expected)
	r.FrozenSeconds = round2(r.FrozenSeconds)
	r.LatencyMS = percentiles(&t.latency)
	r.JoinMS = percentiles(&t.join)
	r.FirstFrameMS = percentiles(&t.firstFrame)
	r.PictureMS = percentiles(&t.picture)
	r.HeardMS = percentiles(&t.voiced)
}

// loss is what is missing after repair, in percent.
func loss(c receive.Counters) float64 { return percent(c.Expected-c.Received, c.Expected) }

// percent is a share of a whole that may be nothing.
func percent(part, whole uint64) float64 {
	if whole == 0 {
		return 0
	}
	return round2(100 * float64(part) / float64(whole))
}

// percentiles reads a histogram of microseconds, nil when it is empty.
func percentiles(h *measure.Histogram) *Percentiles {
	if h.Count() == 0 {
		return nil
	}
	ms := func(us int64) float64 { return round2(float64(us) / 1000) }
	return &Percentiles{
		P50: ms(h.Percentile(50)), P95: ms(h.Percentile(95)), P99: ms(h.Percentile(99)), Max: ms(h.Max()), Count: h.Count(),
	}
}

// round2 rounds to two decimals.
func round2(v float64) float64 { return math.Round(v*100) / 100 }
