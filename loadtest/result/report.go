package result

// Report is what a run measured. Its JSON is documented in docs/loadtest.md; fields are added, never renamed.
// Times are milliseconds, and null where nothing was measured.
type Report struct {
	Version   string  `json:"version"`
	Scenario  string  `json:"scenario"`
	Seed      uint64  `json:"seed"`
	DurationS float64 `json:"duration_s"` // of the steady phase, as it was

	Interrupted bool `json:"interrupted"` // it was ended early, and is about what was until then

	Participants int            `json:"participants"` // asked for
	Networks     map[string]int `json:"networks"`     // how many of them had which network
	Joined       int            `json:"joined"`       // of those, how many had media connected at least once

	TracksExpected int `json:"tracks_expected"` // pairs of receiver and source that must have been received
	TracksSilent   int `json:"tracks_silent"`   // of those, how many got nothing
	SpurtsExpected int `json:"spurts_expected"` // pairs of receiver and spurt of speech that must have been heard
	SpurtsUnheard  int `json:"spurts_unheard"`  // of those, how many were not heard within a second

	PacketsSent       uint64  `json:"packets_sent"`     // media packets published, retransmissions not counted
	PacketsReceived   uint64  `json:"packets_received"` // different media packets, repaired ones included
	PacketsExpected   uint64  `json:"packets_expected"` // by sequence numbers
	PacketsRepaired   uint64  `json:"packets_repaired"` // came by retransmission
	PacketsDuplicated uint64  `json:"packets_duplicated"`
	LossPercent       float64 `json:"loss_percent"`               // after repair
	VoiceLossPercent  float64 `json:"voice_loss_percent"`         // after repair; voices are not repaired
	VideoLossPercent  float64 `json:"video_loss_percent"`         // after repair
	LossBeforePercent float64 `json:"loss_before_repair_percent"` // what the network lost
	BytesSent         uint64  `json:"bytes_sent"`                 // RTP, before encryption
	BytesReceived     uint64  `json:"bytes_received"`

	LatencyMS *Percentiles `json:"latency_ms"` // one way, of stamped media packets
	// EchoMS is the part of LatencyMS that is this program's and its machine's: the same way by a bare echo, without a server.
	EchoMS *Percentiles `json:"echo_ms"`
	// LatencyHistogram is the distribution behind LatencyMS: pairs of a bucket's upper bound in milliseconds and how
	// many packets fell into it, ascending, empty buckets left out.
	LatencyHistogram [][2]float64 `json:"latency_histogram"`
	JitterMS         *Percentiles `json:"jitter_ms"`      // interarrival jitter (RFC 3550) of the slots, read once a second
	SwitchMS         *Percentiles `json:"switch_ms"`      // from a change of demand to the first packet of what was asked for
	RoamMS           *Percentiles `json:"roam_ms"`        // from a change of address to the first packet at the new one
	JoinMS           *Percentiles `json:"join_ms"`        // from dialling to connected media
	FirstFrameMS     *Percentiles `json:"first_frame_ms"` // from dialling to the first whole key frame of anybody
	PictureMS        *Percentiles `json:"picture_ms"`     // of each camera: from when it could come to its first whole key frame
	HeardMS          *Percentiles `json:"heard_ms"`       // from the start of a spurt to its first packet at a listener

	FramesDecodable uint64  `json:"frames_decodable"`
	FramesBroken    uint64  `json:"frames_broken"` // incomplete, or after an incomplete one and before a key frame
	FrozenSeconds   float64 `json:"frozen_seconds"`
	FrozenPercent   float64 `json:"frozen_percent"` // of the time for which pictures were shown, over all of them
	AudioGaps       uint64  `json:"audio_gaps"`     // silences inside a spurt of speech
	// LayerMatchPercent is the share of the time for which a camera was received in the layer that its demanded height
	// asks for; null when no camera was.
	LayerMatchPercent *float64 `json:"layer_match_percent"`
	NACKs             uint64   `json:"nacks"`
	PLIs              uint64   `json:"plis"`
	Reconnects        int      `json:"reconnects"`

	Violations Violations `json:"violations"`
	Quality    Quality    `json:"quality"`
	Server     *Server    `json:"server"` // null when nothing is known of it
	Client     *Client    `json:"client"` // this program; null where it cannot be seen
	Errors     []string   `json:"errors"`

	Series []Second `json:"series"` // sums over all participants, one a second
	People []Person `json:"people"` // one for each participant, by index
}

// New is a report without figures, whose lists are empty rather than null.
func New() *Report {
	return &Report{
		Networks: map[string]int{}, LatencyHistogram: [][2]float64{}, Errors: []string{}, Series: []Second{}, People: []Person{},
	}
}

// Percentiles of a distribution, in milliseconds.
type Percentiles struct {
	P50   float64 `json:"p50"`
	P95   float64 `json:"p95"`
	P99   float64 `json:"p99"`
	Max   float64 `json:"max"`
	Count uint64  `json:"count"`
}

// Violations counts what a correct server never does, whatever the network loses.
type Violations struct {
	SequenceJumps   uint64 `json:"sequence_jumps"`    // a slot's sequence number leapt
	TimeBackwards   uint64 `json:"time_backwards"`    // a slot's timestamp went back
	TimeJumps       uint64 `json:"time_jumps"`        // a slot's timestamp ran ahead of the clock
	PictureIDGaps   uint64 `json:"picture_id_gaps"`   // neighbouring frames whose picture ids are not neighbours
	SwitchNotOnKey  uint64 `json:"switch_not_on_key"` // a new source did not begin with a key frame
	WrongSource     uint64 `json:"wrong_source"`      // CSRC unlike the stamp, or unlike signaling for long
	Malformed       uint64 `json:"malformed"`         // a packet that does not parse
	ProtocolErrors  uint64 `json:"protocol_errors"`   // a message that breaks docs/protocol.md
	UnknownStreams  uint64 `json:"unknown_streams"`   // packets of an SSRC the answer did not name
	WrongRetransmit uint64 `json:"wrong_retransmit"`  // a retransmission of nothing that can have been sent
}

// Total is the sum of all violations.
func (v Violations) Total() uint64 {
	return v.SequenceJumps + v.TimeBackwards + v.TimeJumps + v.PictureIDGaps + v.SwitchNotOnKey + v.WrongSource +
		v.Malformed + v.ProtocolErrors + v.UnknownStreams + v.WrongRetransmit
}

// Server is what the server's process used during the steady phase.
type Server struct {
	CPUSeconds      float64 `json:"cpu_seconds"`
	CPUPercent      float64 `json:"cpu_percent"` // of one core
	CPUs            int     `json:"cpus"`        // cores that it may use, 0 for unknown
	RSSBytes        uint64  `json:"rss_bytes"`   // at the end
	RSSMaxBytes     uint64  `json:"rss_max_bytes"`
	MemoryLimit     uint64  `json:"memory_limit_bytes"` // of its control group or machine, 0 for unknown
	CPUUsPerPacket  float64 `json:"cpu_us_per_packet"`  // of packets that participants received
	Goroutines      int     `json:"goroutines"`         // at the end; this and what follows only from its metrics
	GCCycles        uint64  `json:"gc_cycles"`
	GCPauseMS       float64 `json:"gc_pause_ms"` // in all
	AllocsPerPacket float64 `json:"allocs_per_packet"`
	Source          string  `json:"source"` // process, metrics, or both
}

// Where figures about the server came from.
const (
	FromProcess = "process"
	FromMetrics = "metrics"
	FromBoth    = "both"
)

// Client is what the load test itself used during the steady phase: when it is short of CPU, the figures are its own.
type Client struct {
	CPUSeconds     float64 `json:"cpu_seconds"`
	CPUPercent     float64 `json:"cpu_percent"` // of one core
	CPUs           int     `json:"cpus"`
	RSSBytes       uint64  `json:"rss_bytes"`
	CPUUsPerPacket float64 `json:"cpu_us_per_packet"`
	MachinePercent float64 `json:"machine_percent"` // of one core: everything that ran on its machine; 0 for unknown
}

// Failed is true when the quality bar was not met: exit status 1.
func (r *Report) Failed() bool { return !r.Quality.Met }
