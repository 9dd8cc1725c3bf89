package loadtest

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"tablee/loadtest/measure"
)

func itoa(n int) string { return strconv.Itoa(n) }

// progress writes one line about how the run goes, over the line before.
func (m *meeting) progress(phase string) {
	in := m.joined()
	var latency measure.Histogram
	var expected, received uint64
	for _, l := range m.lives {
		c := l.down.total()
		expected, received = expected+c.Expected, received+c.Received
		l.down.mu.Lock()
		latency.Merge(&l.down.latency)
		l.down.mu.Unlock()
	}
	loss := 0.0
	if expected > 0 {
		loss = 100 * float64(expected-received) / float64(expected)
	}
	left := ""
	if m.begin != 0 {
		rest := m.o.Duration - since(m.begin, m.clock.now())
		left = fmt.Sprintf(" · %d s left", max(0, int(rest.Round(time.Second).Seconds())))
	}
	line := fmt.Sprintf("%s: %d of %d in · %d packets · loss %.2f %% · latency p99 %.1f ms%s",
		phase, in, m.o.Participants, received, loss, float64(latency.Percentile(99))/1000, left)
	_, _ = fmt.Fprintf(m.o.Progress, "\r%-100s", line)
}

// WriteText writes the report for people.
func (r *Report) WriteText(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%d of %d participants joined", r.Joined, r.Participants)
	if r.DurationS > 0 {
		fmt.Fprintf(&b, "; scenario %s, seed %d, %.1f s together", r.Scenario, r.Seed, r.DurationS)
	}
	fmt.Fprintf(&b, ".\n\n")
	fmt.Fprintf(&b, "  silent tracks    %d of %d\n", r.TracksSilent, r.TracksExpected)
	fmt.Fprintf(&b, "  speech unheard   %d of %d spurts\n", r.SpurtsUnheard, r.SpurtsExpected)
	fmt.Fprintf(&b, "  packets          %d received of %d expected, %d published\n", r.PacketsReceived, r.PacketsExpected, r.PacketsSent)
	fmt.Fprintf(&b, "  loss             %.2f %% before repair, %.2f %% after (voices %.2f %%, pictures %.2f %%)\n",
		r.LossBeforePercent, r.LossPercent, r.VoiceLossPercent, r.VideoLossPercent)
	for _, l := range []struct {
		name string
		p    *Percentiles
	}{
		{"latency", r.LatencyMS}, {"joining", r.JoinMS}, {"first picture", r.FirstFrameMS},
		{"each picture", r.PictureMS}, {"being heard", r.HeardMS},
	} {
		if l.p != nil {
			fmt.Fprintf(&b, "  %-16s %s ms median, %s p95, %s p99, %s most\n", l.name, number(l.p.P50), number(l.p.P95), number(l.p.P99), number(l.p.Max))
		}
	}
	fmt.Fprintf(&b, "  pictures         %d decodable, %d not; frozen for %.1f s in all\n", r.FramesDecodable, r.FramesBroken, r.FrozenSeconds)
	if r.Server != nil {
		fmt.Fprintf(&b, "  server           %.2f s of CPU, %.1f µs per packet received, %.1f MB of memory\n",
			r.Server.CPUSeconds, r.Server.CPUUsPerPacket, float64(r.Server.RSSBytes)/1e6)
	}
	if n := r.Violations.Total(); n > 0 {
		fmt.Fprintf(&b, "  violations       %d: %+v\n", n, r.Violations)
	}
	for _, e := range r.Errors {
		fmt.Fprintf(&b, "  ! %s\n", e)
	}
	if r.Failed() {
		fmt.Fprintf(&b, "\nNot good: somebody could not join, or was not seen or heard.\n")
	} else {
		fmt.Fprintf(&b, "\nGood: everybody joined, and everybody was seen and heard.\n")
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write the summary: %w", err)
	}
	return nil
}

// number writes milliseconds with as many digits as mean something.
func number(ms float64) string {
	if ms >= 100 {
		return strconv.FormatFloat(ms, 'f', 0, 64)
	}
	return strconv.FormatFloat(ms, 'f', 1, 64)
}
