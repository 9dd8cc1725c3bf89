package report

import (
	"fmt"
	"strconv"

	"tablee/loadtest/result"
)

// figure is one figure of a report that says how good the meeting was, or what it cost.
type figure struct {
	name  string
	known bool
	value float64 // in the unit that text names, or a share in percent
	text  string
	note  string // what else belongs to it, such as other percentiles

	limited bool // whether there is a bar
	limit   float64
	bound   string  // the bar for people, such as "limit 300 ms"
	over    bool    // beyond the bar
	share   float64 // of the bar or of what there is, 0 to 1, for a meter; below 0 for none

	less  bool    // less of it is better
	grain float64 // differences smaller than this are chance
	tile  bool    // among the first things to see
}

// figures are the key figures of a report, the most important first.
func figures(r *result.Report) []figure {
	all := append(felt(r), ways(r)...)
	return append(all, costs(r)...)
}

// felt are what people in the meeting feel, and what the bar is about.
func felt(r *result.Report) []figure {
	b := r.Quality.Bar
	barred := b != result.Bar{}
	in := figure{name: "Joined", known: true, value: 100 * ratio(float64(r.Joined), float64(r.Participants)), tile: true,
		limited: true, limit: 100, text: fmt.Sprintf("%d of %d", r.Joined, r.Participants), bound: "everybody",
		over: r.Joined < r.Participants, share: ratio(float64(r.Joined), float64(r.Participants))}
	if r.JoinMS != nil {
		in.note = "95 of 100 within " + milliseconds(r.JoinMS.P95)
	}
	if in.over {
		in.bound = plural(r.Participants-r.Joined, "is", "are") + " missing"
	}
	silent := figure{name: "Silent tracks", known: true, value: float64(r.TracksSilent), less: true, tile: true,
		text: fmt.Sprintf("%d of %d", r.TracksSilent, r.TracksExpected), note: "voices and pictures of which nothing came"}
	silent = silent.held(barred, float64(b.SilentTracks), "limit "+strconv.Itoa(b.SilentTracks))
	latency := ofTimes("Latency, p99", r.LatencyMS, func(p *result.Percentiles) float64 { return p.P99 }, 1)
	latency = latency.held(barred, b.LatencyP99MS, "limit "+milliseconds(b.LatencyP99MS))
	if r.LatencyMS != nil {
		latency.note = "half of the packets within " + milliseconds(r.LatencyMS.P50)
	}
	loss := figure{name: "Loss after repair", known: true, value: r.LossPercent, less: true, grain: 0.05, tile: true,
		text: percent(r.LossPercent), note: percent(r.LossBeforePercent) + " before repair"}
	loss = loss.held(barred, b.LossPercent, "limit "+short(b.LossPercent)+" %")
	frozen := figure{name: "Frozen pictures", known: true, value: r.FrozenPercent, less: true, grain: 0.05, tile: true,
		text: percent(r.FrozenPercent), note: "of the time; " + seconds(r.FrozenSeconds) + " over all"}
	frozen = frozen.held(barred, b.FrozenPercent, "limit "+short(b.FrozenPercent)+" %")
	latency.tile = true
	return []figure{in, latency, loss, frozen, silent}
}

// ways are how quickly and how well things came.
func ways(r *result.Report) []figure {
	p95 := func(p *result.Percentiles) float64 { return p.P95 }
	all := []figure{
		ofTimes("Joining, p95", r.JoinMS, p95, 20), ofTimes("First picture, p95", r.FirstFrameMS, p95, 20),
		ofTimes("Being heard, p95", r.HeardMS, p95, 5), ofTimes("Change of layer, p95", r.SwitchMS, p95, 20),
		ofTimes("Jitter, p95", r.JitterMS, p95, 1),
		{name: "Gaps in speech", known: true, value: float64(r.AudioGaps), less: true, share: -1,
			text: strconv.FormatUint(r.AudioGaps, 10)},
	}
	all[1].tile, all[1].note = true, "95 of 100 participants saw somebody by then"
	if r.LayerMatchPercent != nil {
		all = append(all, figure{name: "Layer as asked", known: true, value: *r.LayerMatchPercent, grain: 1, share: -1,
			text: whole(*r.LayerMatchPercent)})
	}
	if len(r.PicturesPausedPercent) > 0 {
		sum := 0.0
		for _, p := range r.PicturesPausedPercent {
			sum += p
		}
		all = append(all, figure{name: "Paused pictures", known: true, value: sum, less: true, grain: 0.5, share: -1, text: percent(sum),
			note: pausedPictures(r)})
	}
	if n := r.Violations.Total(); n > 0 {
		all = append(all, figure{name: "Violations", known: true, value: float64(n), less: true, share: -1,
			text: strconv.FormatUint(n, 10)})
	}
	return all
}

// costs are what the meeting cost the server.
func costs(r *result.Report) []figure {
	s := r.Server
	if s == nil {
		return nil
	}
	cpu := figure{name: "Server CPU", known: true, value: s.CPUPercent, less: true, grain: 1, tile: true, share: -1,
		text: whole(s.CPUPercent), bound: "of a core"}
	if s.CPUs > 0 {
		cpu.share = ratio(s.CPUPercent, 100*float64(s.CPUs))
		cpu.bound = "of one core; it has " + strconv.Itoa(s.CPUs)
	}
	memory := figure{name: "Server memory", known: s.RSSBytes > 0, value: float64(s.RSSBytes) / 1e6, less: true, grain: 1,
		tile: true, share: -1, text: megabytes(s.RSSBytes)}
	if s.RSSMaxBytes > 0 {
		memory.note = "most " + megabytes(s.RSSMaxBytes)
	}
	if s.MemoryLimit > 0 {
		memory.share = ratio(float64(s.RSSBytes), float64(s.MemoryLimit))
		memory.bound = "of " + megabytes(s.MemoryLimit)
	}
	perPacket := figure{name: "CPU per packet", known: s.CPUUsPerPacket > 0, value: s.CPUUsPerPacket, less: true, grain: 0.1,
		share: -1, text: digits(s.CPUUsPerPacket) + " µs"}
	if perPacket.known {
		cpu.note = perPacket.text + " per packet received"
	}
	all := []figure{cpu, memory, perPacket}
	if s.AllocsPerPacket > 0 {
		all = append(all, figure{name: "Allocations per packet", known: true, value: s.AllocsPerPacket, less: true,
			grain: 0.01, share: -1, text: digits(s.AllocsPerPacket)})
	}
	return all
}

// ofTimes is the figure of a distribution, unknown where nothing was measured.
func ofTimes(name string, p *result.Percentiles, of func(*result.Percentiles) float64, grain float64) figure {
	f := figure{name: name, less: true, grain: grain, share: -1, text: "not measured"}
	if p != nil {
		f.known, f.value, f.text = true, of(p), milliseconds(of(p))
	}
	return f
}

// held holds a figure of which less is better against a limit.
func (f figure) held(barred bool, limit float64, bound string) figure {
	f.share = -1
	if !barred {
		return f
	}
	f.limited, f.limit, f.bound = true, limit, bound
	f.over = f.known && f.value > limit
	switch {
	case limit > 0:
		f.share = ratio(f.value, limit)
	case f.over:
		f.share = 1
	default:
		f.share = 0
	}
	return f
}

// ratio is part of whole, between 0 and 1.
func ratio(part, whole float64) float64 {
	if whole <= 0 {
		return 0
	}
	return min(1, max(0, finite(part/whole)))
}
