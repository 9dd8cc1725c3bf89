package result

import (
	"fmt"
	"strconv"
)

// Bar is the quality that a run is held against. What exceeds a value fails it.
type Bar struct {
	LatencyP99MS  float64 `json:"latency_p99_ms"`
	LossPercent   float64 `json:"loss_after_repair_percent"`
	FrozenPercent float64 `json:"frozen_percent"`
	SilentTracks  int     `json:"silent_tracks"`
}

// DefaultBar is a meeting that nobody complains about: one-way latency well under the 400 ms beyond which people talk
// over each other (ITU-T G.114), losses that a voice's concealment hides, pictures that stand still for one second of
// a hundred at most, and nobody unseen or unheard.
func DefaultBar() Bar { return Bar{LatencyP99MS: 300, LossPercent: 2, FrozenPercent: 1} }

// Quality says whether the bar was met and, if not, why.
type Quality struct {
	Met    bool     `json:"met"`
	Bar    Bar      `json:"bar"`
	Failed []string `json:"failed"` // sentences, in the order of importance
}

// Judge holds the report against a bar and notes the outcome in it.
func (r *Report) Judge(b Bar) {
	q := Quality{Bar: b, Failed: []string{}}
	fail := func(format string, args ...any) { q.Failed = append(q.Failed, fmt.Sprintf(format, args...)) }
	if r.Joined < r.Participants && !r.Interrupted { // else some may not have begun to
		fail("%d of %d participants could not join", r.Participants-r.Joined, r.Participants)
	}
	if r.TracksSilent > b.SilentTracks {
		fail("%d of %d tracks stayed silent (limit: %d)", r.TracksSilent, r.TracksExpected, b.SilentTracks)
	}
	if r.LatencyMS != nil && r.LatencyMS.P99 > b.LatencyP99MS {
		fail("latency was %s ms at the 99th percentile (limit: %s ms)", number(r.LatencyMS.P99), number(b.LatencyP99MS))
	}
	if r.LossPercent > b.LossPercent {
		fail("%.2f %% of the packets were lost after repair (limit: %.2f %%)", r.LossPercent, b.LossPercent)
	}
	if r.FrozenPercent > b.FrozenPercent {
		fail("pictures stood still for %.2f %% of the time (limit: %.2f %%)", r.FrozenPercent, b.FrozenPercent)
	}
	q.Met = len(q.Failed) == 0
	r.Quality = q
}

// number writes milliseconds with as many digits as mean something.
func number(ms float64) string {
	if ms >= 100 {
		return strconv.FormatFloat(ms, 'f', 0, 64)
	}
	return strconv.FormatFloat(ms, 'f', 1, 64)
}

// Fail notes that the run itself failed: whatever was measured until then, the bar is not met.
func (r *Report) Fail(sentence string) {
	r.Quality.Met = false
	r.Quality.Failed = append([]string{sentence}, r.Quality.Failed...)
}
