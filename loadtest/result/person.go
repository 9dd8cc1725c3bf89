package result

// Person is what one participant saw, over all its stays in the meeting.
type Person struct {
	Index        int      `json:"index"` // from 0
	Net          string   `json:"net"`   // its network, as in Report.Networks
	JoinMS       *float64 `json:"join_ms"`
	FirstFrameMS *float64 `json:"first_frame_ms"`

	PacketsReceived       uint64             `json:"packets_received"`
	PacketsExpected       uint64             `json:"packets_expected"`
	LossPercent           float64            `json:"loss_percent"`
	LossBeforePercent     float64            `json:"loss_before_repair_percent"`
	JitterMS              float64            `json:"jitter_ms"` // median of its slots' readings
	LatencyMS             *Percentiles       `json:"latency_ms"`
	FrozenS               float64            `json:"frozen_s"`
	AudioGaps             uint64             `json:"audio_gaps"`
	AudioGapMSMax         float64            `json:"audio_gap_ms_max"`
	KbpsUp                float64            `json:"kbps_up"` // while it was in
	KbpsDown              float64            `json:"kbps_down"`
	TracksExpected        int                `json:"tracks_expected"`
	TracksSilent          int                `json:"tracks_silent"`
	LayerMatchPercent     *float64           `json:"layer_match_percent"`
	PicturesPausedPercent map[string]float64 `json:"pictures_paused_percent"`
	SwitchMS              *Percentiles       `json:"switch_ms"`

	Spans []Span `json:"spans"` // by beginning; different kinds overlap
}

// What a Span tells.
const (
	SpanIn        = "in"
	SpanTalk      = "talk"
	SpanScreen    = "screen"
	SpanCameraOff = "camera_off"
	SpanAway      = "away"
)

// Span is a time in which a participant did something, in seconds since the first one began to join.
type Span struct {
	FromS float64 `json:"from_s"`
	ToS   float64 `json:"to_s"`
	What  string  `json:"what"`
}
