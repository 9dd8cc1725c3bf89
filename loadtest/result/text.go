package result

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

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
		fmt.Fprintf(&b, "\nNot good: %s.\n", strings.Join(r.Quality.Failed, "; "))
	} else {
		fmt.Fprintf(&b, "\nGood: everybody joined, everybody was seen and heard, and the quality bar was met.\n")
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
