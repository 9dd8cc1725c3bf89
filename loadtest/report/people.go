package report

import (
	"fmt"
	"strconv"

	"tablee/loadtest/result"
)

// people is the table of participants.
type people struct {
	Head []heading
	Rows []personRow
	Left string
}

// heading is a column's name and unit.
type heading struct{ Name, Unit string }

// personRow is one participant.
type personRow struct {
	Name   string
	Colour int
	Cells  []cell
}

// cell is a figure, and whether it is beyond the bar.
type cell struct {
	Text string
	Over bool
}

// newPeople lists the participants.
func newPeople(r *result.Report) people {
	t := people{Head: []heading{{"Network", ""}, {"Joined", "after"}, {"Picture", "after"}, {"Latency", "p50"}, {"Latency", "p99"},
		{"Jitter", "ms"}, {"Lost", "before, %"}, {"Lost", "after, %"}, {"Frozen", "s"}, {"Gaps", "in speech"}, {"Up", "kbit/s"},
		{"Down", "kbit/s"}, {"Layer", "asked, %"}, {"Silent", "tracks"}}}
	shown := interesting(r)
	if len(shown) < len(r.People) {
		t.Left = fmt.Sprintf("The %d of %d with the most trouble.", len(shown), len(r.People))
	}
	for _, p := range shown {
		t.Rows = append(t.Rows, newPersonRow(p, r.Quality.Bar))
	}
	return t
}

func newPersonRow(p result.Person, b result.Bar) personRow {
	barred := b != result.Bar{}
	text := func(s string) cell { return cell{Text: s} }
	p50, p99 := text("–"), text("–")
	if l := p.LatencyMS; l != nil {
		p50, p99 = text(milliseconds(l.P50)), cell{milliseconds(l.P99), barred && l.P99 > b.LatencyP99MS}
	}
	join, first := text(since(p.JoinMS)), text(since(p.FirstFrameMS))
	join.Over = p.JoinMS == nil
	layer := text("–")
	if p.LayerMatchPercent != nil {
		layer = text(digits(*p.LayerMatchPercent))
	}
	return personRow{Name: strconv.Itoa(p.Index + 1), Colour: colour(p.Index), Cells: []cell{
		text(p.Net), join, first, p50, p99, text(digits(p.JitterMS)), text(digits(p.LossBeforePercent)),
		{digits(p.LossPercent), barred && p.LossPercent > b.LossPercent}, {digits(p.FrozenS), p.FrozenS >= 1},
		text(strconv.FormatUint(p.AudioGaps, 10)), text(digits(p.KbpsUp)), text(digits(p.KbpsDown)), layer,
		{fmt.Sprintf("%d of %d", p.TracksSilent, p.TracksExpected), p.TracksSilent > 0},
	}}
}

// since writes a time that may not have been measured.
func since(ms *float64) string {
	if ms == nil {
		return "never"
	}
	return milliseconds(*ms)
}
