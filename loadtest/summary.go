package loadtest

import (
	"math"
	"strconv"
	"time"

	"tablee/loadtest/measure"
	"tablee/loadtest/receive"
	"tablee/loadtest/result"
)

// report puts together what was measured. All lives must have ended.
func (m *meeting) report(interrupted bool) *Report {
	r := result.New()
	r.Version, r.Scenario, r.Seed, r.Participants = m.o.Version, m.o.Scenario.Name, m.o.Seed, m.o.Participants
	r.Joined, r.Interrupted = m.joinedEver(), interrupted
	if m.begin != 0 {
		r.DurationS = round2(since(m.begin, m.ended).Seconds())
		r.Server, r.Client = m.usageOf()
	}
	for i := range m.o.Participants {
		r.Networks[m.o.network(i).Name]++
	}
	r.Errors = append(r.Errors, m.errors...)
	if m.more > 0 {
		r.Errors = append(r.Errors, "and "+itoa(m.more)+" more")
	}
	r.Series = append(r.Series, m.seconds.list...)
	t := totals{report: r, people: newPeople(m)}
	for _, l := range m.lives {
		t.life(l)
	}
	for _, to := range m.lives {
		for _, from := range m.lives {
			if to.index != from.index && to.joinedAt != 0 && from.joinedAt != 0 {
				t.picture(to, from, false)
				t.picture(to, from, true)
				t.voice(to, from)
			}
		}
	}
	r.EchoMS = percentiles(&m.echoed)
	t.finish()
	r.Judge(m.o.Bar)
	return r
}

// totals gathers the report.
type totals struct {
	report *Report
	people []*person

	latency, join, firstFrame, first, voiced, jitter, switching, roaming measure.Histogram // microseconds

	kinds [2]receive.Counters
	match measure.Share
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
	t.jitter.Merge(&d.jitter)
	t.switching.Merge(&d.switching)
	t.roaming.Merge(&d.roaming)
	t.match.Merge(d.match)
	if l.joinedAt != 0 {
		t.join.Add((l.joinedAt - l.startedAt) / 1000)
	}
	if at, ok := d.firstFrame(); ok {
		t.firstFrame.Add((at - l.startedAt) / 1000)
	}
	t.people[l.index].life(l, c)
}

// firstFrame is when the first picture of anybody could be shown.
func (d *downstream) firstFrame() (at int64, ok bool) {
	at = math.MaxInt64
	for _, s := range d.sources {
		for _, p := range []shown{s.camera, s.screen} {
			if p.first != 0 {
				at = min(at, p.first)
			}
		}
	}
	return at, at != math.MaxInt64
}

// finish computes what follows from sums.
func (t *totals) finish() {
	r := t.report
	all := addCounters(t.kinds[0], t.kinds[1])
	r.LossPercent, r.VoiceLossPercent, r.VideoLossPercent = loss(all), loss(t.kinds[0]), loss(t.kinds[1])
	r.LossBeforePercent = percent(all.LostBefore, all.Expected)
	r.FrozenSeconds = round2(r.FrozenSeconds)
	r.FrozenPercent = percent(uint64(all.Frozen), uint64(all.Shown))
	r.LatencyMS = percentiles(&t.latency)
	r.JitterMS = percentiles(&t.jitter)
	r.SwitchMS = percentiles(&t.switching)
	r.RoamMS = percentiles(&t.roaming)
	r.JoinMS = percentiles(&t.join)
	r.FirstFrameMS = percentiles(&t.firstFrame)
	r.PictureMS = percentiles(&t.first)
	r.HeardMS = percentiles(&t.voiced)
	r.LayerMatchPercent = share(t.match)
	t.latency.Each(func(upper int64, n uint32) {
		r.LatencyHistogram = append(r.LatencyHistogram, [2]float64{round3(float64(upper) / 1000), float64(n)})
	})
	for _, p := range t.people {
		r.People = append(r.People, p.finish())
		r.AudioGaps += p.gaps.n
	}
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

// share is a share in percent, nil when it is of nothing.
func share(s measure.Share) *float64 {
	p, ok := s.Percent()
	if !ok {
		return nil
	}
	p = round2(p)
	return &p
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

// round2 and round3 round to so many decimals.
func round2(v float64) float64 { return math.Round(v*100) / 100 }
func round3(v float64) float64 { return math.Round(v*1000) / 1000 }

func itoa(n int) string { return strconv.Itoa(n) }
