package report

import (
	"cmp"
	"fmt"
	"strconv"

	"tablee/loadtest/result"
)

// whatWasRun is what somebody needs to run the same again.
func whatWasRun(r *result.Report) []fact {
	all := []fact{{"Version", cmp.Or(r.Version, "–")}, {"Scenario", cmp.Or(r.Scenario, "–")}, {"Seed", strconv.FormatUint(r.Seed, 10)},
		{"Together for", seconds(r.DurationS)}, {"Participants", fmt.Sprintf("%d, of whom %d joined", r.Participants, r.Joined)}}
	if n := networks(r); n != "" {
		all = append(all, fact{"Networks", n})
	}
	if s := r.Server; s != nil && s.CPUs > 0 {
		all = append(all, fact{"Cores for the server", strconv.Itoa(s.CPUs)})
	}
	if s := r.Server; s != nil && s.MemoryLimit > 0 {
		all = append(all, fact{"Memory for the server", megabytes(s.MemoryLimit)})
	}
	if c := r.Client; c != nil {
		all = append(all, fact{"This load test used", fmt.Sprintf("%s of a core (of %d), %s µs for each packet, %s of memory",
			whole(c.CPUPercent), c.CPUs, digits(c.CPUUsPerPacket), megabytes(c.RSSBytes))})
	}
	return all
}

// ledger is everything else that was counted.
func ledger(r *result.Report) []fact {
	all := []fact{
		{"Packets published", count(r.PacketsSent)},
		{"Packets received, of those expected", count(r.PacketsReceived) + " of " + count(r.PacketsExpected)},
		{"Packets that came by retransmission", count(r.PacketsRepaired)},
		{"Packets that came twice", count(r.PacketsDuplicated)},
		{"Packets asked for again", count(r.NACKs)},
		{"Key frames asked for", count(r.PLIs)},
		{"Voice lost", percent(r.VoiceLossPercent)},
		{"Pictures lost", percent(r.VideoLossPercent)},
		{"Bytes published", megabytes(r.BytesSent)},
		{"Bytes received", megabytes(r.BytesReceived)},
		{"Frames that could be shown", count(r.FramesDecodable)},
		{"Frames that could not", count(r.FramesBroken)},
		{"Frozen, over all pictures", seconds(r.FrozenSeconds)},
		{"Spurts of speech unheard", fmt.Sprintf("%d of %d", r.SpurtsUnheard, r.SpurtsExpected)},
		{"Gaps within speech", count(r.AudioGaps)},
		{"Sessions taken up again", strconv.Itoa(r.Reconnects)},
	}
	for _, d := range []struct {
		name string
		p    *result.Percentiles
	}{
		{"Latency", r.LatencyMS}, {"Of it without a server", r.EchoMS}, {"Jitter", r.JitterMS}, {"Joining", r.JoinMS}, {"First picture", r.FirstFrameMS},
		{"Each picture", r.PictureMS}, {"Being heard", r.HeardMS}, {"Change of layer", r.SwitchMS}, {"Change of address", r.RoamMS},
	} {
		if d.p != nil {
			all = append(all, fact{d.name, fmt.Sprintf("median %s, p95 %s, p99 %s, most %s (%s measured)", milliseconds(d.p.P50),
				milliseconds(d.p.P95), milliseconds(d.p.P99), milliseconds(d.p.Max), count(d.p.Count))})
		}
	}
	if r.LayerMatchPercent != nil {
		all = append(all, fact{"Time with the layer that was asked for", whole(*r.LayerMatchPercent)})
	}
	all = append(all, ofServerProcess(r.Server)...)
	for _, v := range violations(r) {
		all = append(all, fact{"Violation: " + v.name, count(v.count)})
	}
	return all
}

// ofServerProcess is what is known of the server.
func ofServerProcess(s *result.Server) []fact {
	if s == nil {
		return nil
	}
	all := []fact{
		{"Server: processor", fmt.Sprintf("%s s, %s of a core, %s µs for each packet received", digits(s.CPUSeconds), whole(s.CPUPercent), digits(s.CPUUsPerPacket))},
		{"Server: memory", fmt.Sprintf("%s at the end, %s at most", megabytes(s.RSSBytes), megabytes(max(s.RSSBytes, s.RSSMaxBytes)))},
	}
	if s.Goroutines > 0 {
		all = append(all, fact{"Server: goroutines", strconv.Itoa(s.Goroutines)},
			fact{"Server: garbage collection", fmt.Sprintf("%s, %s of pauses in all", plural(int(s.GCCycles), "cycle", "cycles"), milliseconds(s.GCPauseMS))},
			fact{"Server: allocations", digits(s.AllocsPerPacket) + " for each packet received"})
	}
	return all
}
