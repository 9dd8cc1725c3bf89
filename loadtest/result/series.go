package result

// Phases of a run, as Second.Phase and Progress.Phase name them.
const (
	Joining = "joining"
	Meeting = "meeting"
	Leaving = "leaving"
)

// Second is what happened in one second, summed over all participants.
type Second struct {
	TS                float64       `json:"t_s"` // its end, since the first participant began to join
	Phase             string        `json:"phase"`
	Joined            int           `json:"joined"`                     // in at its end
	PacketsS          float64       `json:"packets_s"`                  // received in a second
	LossPercent       float64       `json:"loss_percent"`               // of what was expected in it, missing at its end
	LossBeforePercent float64       `json:"loss_before_repair_percent"` // of what was expected in it, what did not come at first
	LatencyP50MS      float64       `json:"latency_p50_ms"`             // 0 when no stamped packet came
	LatencyP99MS      float64       `json:"latency_p99_ms"`
	KbpsUp            float64       `json:"kbps_up"` // published by all
	KbpsDown          float64       `json:"kbps_down"`
	Frozen            float64       `json:"frozen"` // seconds of frozen pictures that ended in it
	Server            *ServerSecond `json:"server"`
}

// ServerSecond is what the server used in one second.
type ServerSecond struct {
	CPUPercent      float64 `json:"cpu_percent"` // of one core
	RSSBytes        uint64  `json:"rss_bytes"`
	Goroutines      int     `json:"goroutines"` // this and what follows are 0 without the server's metrics
	GCCycles        uint64  `json:"gc_cycles"`
	GCPauseMS       float64 `json:"gc_pause_ms"`
	AllocsPerPacket float64 `json:"allocs_per_packet"`
}

// Progress is what a live view shows: it is given once a second while a run lasts.
type Progress struct {
	Phase        string
	Joined       int
	Participants int
	ElapsedS     float64 // since the first participant began to join
	LeftS        float64 // of the steady phase; 0 before it
	Last         Second
}
