package result

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fullReport has a value in every field.
func fullReport() *Report {
	p := &Percentiles{P50: 1.5, P95: 2, P99: 300, Max: 400, Count: 9}
	ms, share := 250.5, 97.5
	return &Report{
		Version: "1.0", Scenario: "meeting", Seed: 7, DurationS: 20, Interrupted: true, Participants: 15, Joined: 14,
		Networks: map[string]int{"fibre": 10, "4g": 5}, TracksExpected: 200,
		TracksSilent: 1, SpurtsExpected: 70, SpurtsUnheard: 2, PacketsSent: 1, PacketsReceived: 2, PacketsExpected: 3,
		PacketsRepaired: 4, PacketsDuplicated: 5, LossPercent: 0.5, LossBeforePercent: 5, VoiceLossPercent: 2,
		VideoLossPercent: 0.25, BytesSent: 6, BytesReceived: 7, LatencyMS: p, LatencyHistogram: [][2]float64{{1.5, 8}, {400, 1}},
		EchoMS: p, JitterMS: p, SwitchMS: p, RoamMS: p, JoinMS: p, FirstFrameMS: p, PictureMS: p, HeardMS: p, FramesDecodable: 8, FramesBroken: 9,
		FrozenSeconds: 1.25, FrozenPercent: 0.1, AudioGaps: 3, LayerMatchPercent: &share, NACKs: 10, PLIs: 11, Reconnects: 12,
		Violations: Violations{1, 2, 3, 4, 5, 6, 7, 8, 9, 10},
		Quality:    Quality{Bar: DefaultBar(), Failed: []string{"1 of 15 participants could not join"}},
		Server: &Server{CPUSeconds: 1, CPUPercent: 5, CPUs: 4, RSSBytes: 2, RSSMaxBytes: 3, MemoryLimit: 4, CPUUsPerPacket: 3,
			Goroutines: 90, GCCycles: 12, GCPauseMS: 1.5, AllocsPerPacket: 0.25, Source: FromBoth},
		Client: &Client{CPUSeconds: 2, CPUPercent: 10, CPUs: 4, RSSBytes: 5, CPUUsPerPacket: 1.5, MachinePercent: 180},
		Errors: []string{"participant 15: room_full"},
		Series: []Second{{TS: 1, Phase: Meeting, Joined: 14, PacketsS: 100, LossPercent: 0.5, LossBeforePercent: 5, LatencyP50MS: 1,
			LatencyP99MS: 2, KbpsUp: 3, KbpsDown: 4, Frozen: 0.5, Server: &ServerSecond{CPUPercent: 5, RSSBytes: 2, Goroutines: 90, GCCycles: 1,
				GCPauseMS: 0.1, AllocsPerPacket: 0.25}}},
		People: []Person{{Index: 1, Net: "4g", JoinMS: &ms, FirstFrameMS: &ms, PacketsReceived: 1, PacketsExpected: 2,
			LossPercent: 0.5, LossBeforePercent: 5, JitterMS: 1.5, LatencyMS: p, FrozenS: 0.25, AudioGaps: 3, AudioGapMSMax: 120,
			KbpsUp: 5, KbpsDown: 6, TracksExpected: 28, TracksSilent: 1, LayerMatchPercent: &share, SwitchMS: p,
			Spans: []Span{{FromS: 0.5, ToS: 20, What: SpanIn}}}},
	}
}

// The JSON is an interface for others' scripts: a change of this file is a change of docs/loadtest.md.
func TestReportJSON(t *testing.T) {
	for name, r := range map[string]*Report{
		"full": fullReport(), "empty": empty(),
	} {
		got, err := json.MarshalIndent(r, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join("testdata", "report-"+name+".json")
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if string(got)+"\n" != string(want) {
			t.Errorf("%s is no longer what a report looks like:\n%s", file, got)
		}
	}
}

// empty is the report of a run in which nothing was measured.
func empty() *Report {
	r := New()
	r.Judge(DefaultBar())
	return r
}

func TestVerdicts(t *testing.T) {
	good := Report{
		Participants: 2, Joined: 2, TracksExpected: 4, LatencyMS: &Percentiles{P99: 300}, LossPercent: 2, FrozenPercent: 1,
	}
	for _, c := range []struct {
		name   string
		worsen func(*Report)
		say    string
	}{
		{"as good as the bar", func(*Report) {}, ""},
		{"one outside", func(r *Report) { r.Joined = 1 }, "1 of 2 participants could not join"},
		{"one unseen", func(r *Report) { r.TracksSilent = 1 }, "1 of 4 tracks stayed silent"},
		{"late", func(r *Report) { r.LatencyMS = &Percentiles{P99: 301} }, "latency was 301 ms"},
		{"lossy", func(r *Report) { r.LossPercent = 2.5 }, "2.50 % of the packets were lost"},
		{"frozen", func(r *Report) { r.FrozenPercent = 1.2 }, "stood still for 1.20 % of the time"},
	} {
		r := good
		c.worsen(&r)
		r.Judge(DefaultBar())
		if said := strings.Join(r.Quality.Failed, "; "); r.Failed() != (c.say != "") || !strings.Contains(said, c.say) {
			t.Errorf("%s: %v: %s", c.name, r.Failed(), said)
		}
	}
	if n := fullReport().Violations.Total(); n != 55 {
		t.Errorf("%d violations of 55", n)
	}
}
