package report

import (
	"math"
	"math/rand/v2"

	"tablee/loadtest/result"
)

// sample is a believable report of people in a meeting of so many seconds: made by hand, the same for the same arguments.
// A bad one has losses, freezes and a participant who never came in.
func sample(people, length int, bad bool) *result.Report {
	rng := rand.New(rand.NewPCG(7, 7))
	r := result.New()
	share := 99.1
	r.Version, r.Scenario, r.Seed, r.DurationS = "0.4.0", "meeting", 7, float64(length)
	r.Participants, r.Joined, r.Networks = people, people, map[string]int{"fibre": people - people/3, "4g": people / 3}
	r.TracksExpected, r.SpurtsExpected = people*(people-1)*2, length*people/4
	r.PacketsSent, r.PacketsExpected = 123_456, 1_734_567
	r.PacketsReceived, r.PacketsRepaired, r.PacketsDuplicated = 1_734_501, 8_412, 12
	r.LossPercent, r.LossBeforePercent, r.VoiceLossPercent, r.VideoLossPercent = 0.04, 0.49, 0.41, 0.01
	r.BytesSent, r.BytesReceived = 104_857_600, 1_473_000_000
	r.LatencyMS = &result.Percentiles{P50: 14.2, P95: 41.7, P99: 87.3, Max: 412, Count: 1_734_000}
	r.LatencyHistogram = bell(rng, 14.2)
	r.JitterMS = &result.Percentiles{P50: 1.8, P95: 6.1, P99: 11, Max: 19, Count: 4100}
	r.SwitchMS = &result.Percentiles{P50: 88, P95: 190, P99: 260, Max: 301, Count: 96}
	r.JoinMS = &result.Percentiles{P50: 180, P95: 310, P99: 350, Max: 350, Count: 15}
	r.FirstFrameMS = &result.Percentiles{P50: 260, P95: 420, P99: 510, Max: 510, Count: 15}
	r.PictureMS = &result.Percentiles{P50: 80, P95: 210, P99: 300, Max: 340, Count: 210}
	r.HeardMS = &result.Percentiles{P50: 17, P95: 44, P99: 90, Max: 130, Count: 840}
	r.FramesDecodable, r.FramesBroken, r.FrozenSeconds, r.FrozenPercent = 301_223, 112, 3.2, 0.03
	r.AudioGaps, r.LayerMatchPercent, r.NACKs, r.PLIs = 9, &share, 8_555, 61
	r.Server = &result.Server{CPUSeconds: 0.38 * float64(length), CPUPercent: 38, CPUs: 4, RSSBytes: 84_000_000, RSSMaxBytes: 88_000_000,
		MemoryLimit: 1_000_000_000, CPUUsPerPacket: 6.4, Goroutines: 211, GCCycles: 41, GCPauseMS: 3.1, AllocsPerPacket: 0.02, Source: result.FromBoth}
	r.Client = &result.Client{CPUSeconds: 60, CPUPercent: 21, CPUs: 4, RSSBytes: 61_000_000, CPUUsPerPacket: 3.4}
	for i := range people {
		r.People = append(r.People, samplePerson(rng, i, length))
	}
	for s := 1; s <= length+4; s++ {
		r.Series = append(r.Series, sampleSecond(rng, s, length, people, bad))
	}
	if bad {
		spoil(r)
	}
	r.Judge(result.DefaultBar())
	return r
}

// spoil makes a report that fails the bar.
func spoil(r *result.Report) {
	n := len(r.People)
	r.Joined--
	r.LatencyMS.P95, r.LatencyMS.P99, r.LatencyMS.Max = 340, 812, 2400
	r.LossPercent, r.LossBeforePercent, r.FrozenPercent, r.FrozenSeconds = 3.1, 9.4, 2.4, 61.5
	r.TracksSilent = 2
	r.Client.CPUPercent, r.Server.CPUPercent = 181, 188
	r.Violations.WrongSource = 3
	r.Errors = []string{"participant 15: room_full: the room is full", "participant 4: the connection was lost (ICE disconnected)"}
	r.PicturesPausedPercent, r.PicturesWithheld = map[string]float64{"your-line": 0.71, "host-line": 12.4}, 2
	last := &r.People[n-1]
	*last = result.Person{Index: n - 1, Net: last.Net, PicturesPausedPercent: map[string]float64{}, Spans: []result.Span{}}
	if n > 4 {
		r.People[3].FrozenS, r.People[3].LossPercent, r.People[3].TracksSilent = 12.4, 6.2, 2
		r.People[3].LatencyMS.P99 = 812
	}
}

func bell(rng *rand.Rand, median float64) (h [][2]float64) {
	for ms := 0.5; ms < 500; ms *= 1.03 {
		d := math.Log(ms / median)
		n := math.Floor(90_000*math.Exp(-d*d/0.7)*(0.9+0.2*rng.Float64()) + 40*math.Exp(-math.Abs(d-2)))
		if n > 0 {
			h = append(h, [2]float64{math.Round(ms*1000) / 1000, n})
		}
	}
	return h
}

func sampleSecond(rng *rand.Rand, s, length, people int, bad bool) result.Second {
	x := result.Second{TS: float64(s), Phase: result.Meeting, Joined: people, PacketsS: 5700 + 400*rng.Float64(), LatencyP50MS: 13 + 3*rng.Float64(),
		LatencyP99MS: 60 + 50*rng.Float64(), KbpsUp: 3400 + 500*rng.Float64(), KbpsDown: 37_000 + 5000*rng.Float64(),
		LossBeforePercent: 0.3 + 0.4*rng.Float64(), LossPercent: 0.08 * rng.Float64(),
		Server: &result.ServerSecond{CPUPercent: 34 + 8*rng.Float64(), RSSBytes: 70_000_000 + uint64(min(s, 60))*200_000, Goroutines: 211}}
	if s < 3 {
		x.Phase, x.Joined = result.Joining, people*s/3
		x.PacketsS, x.KbpsUp, x.KbpsDown = x.PacketsS*float64(s)/5, x.KbpsUp*float64(s)/4, x.KbpsDown*float64(s)/5
	}
	if s > length+2 {
		x.Phase, x.Joined, x.KbpsUp, x.KbpsDown, x.PacketsS = result.Leaving, 0, 10, 100, 20
	}
	if bad && s > length/2 && s < length/2+length/6+2 {
		x.LossPercent, x.LossBeforePercent, x.LatencyP99MS, x.Frozen = 5+6*rng.Float64(), 18+8*rng.Float64(), 500+500*rng.Float64(), 2*rng.Float64()
	}
	return x
}

func samplePerson(rng *rand.Rand, i, length int) result.Person {
	join, first, share := 150+200*rng.Float64(), 260+200*rng.Float64(), 98+2*rng.Float64()
	net := "fibre"
	if i%3 == 2 {
		net = "4g"
	}
	end := float64(length) + 2.5
	p := result.Person{Index: i, Net: net, JoinMS: &join, FirstFrameMS: &first, PacketsReceived: 115_000, PacketsExpected: 115_040,
		LossPercent: 0.03, LossBeforePercent: 0.5 + 0.3*rng.Float64(), JitterMS: 1 + 2*rng.Float64(),
		LatencyMS: &result.Percentiles{P50: 13 + 4*rng.Float64(), P95: 40, P99: 70 + 30*rng.Float64(), Max: 300, Count: 115_000}, FrozenS: 0.2,
		AudioGaps: uint64(i % 2), AudioGapMSMax: 80, KbpsUp: 240 + 20*rng.Float64(), KbpsDown: 2600 + 200*rng.Float64(),
		TracksExpected: 28, LayerMatchPercent: &share, PicturesPausedPercent: map[string]float64{}, SwitchMS: &result.Percentiles{P50: 80, P95: 190, P99: 200, Max: 200, Count: 6}}
	in := 0.1 * float64(i)
	span := func(from, to float64, what string) {
		p.Spans = append(p.Spans, result.Span{FromS: from, ToS: min(to, end), What: what})
	}
	if i == 5 {
		span(in, end*0.4, result.SpanIn)
		span(end*0.4, end*0.55, result.SpanAway)
		span(end*0.55, end, result.SpanIn)
	} else {
		span(in, end, result.SpanIn)
	}
	if i%4 == 1 {
		span(end*0.3, end*0.6, result.SpanCameraOff)
	}
	if i == 2 {
		span(end*0.5, end*0.8, result.SpanScreen)
	}
	for t := in + 3*rng.Float64(); t < end; t += 20 * (0.4 + rng.Float64()) {
		span(t, t+1.5+2.5*rng.Float64(), result.SpanTalk)
	}
	return p
}
