package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tablee/loadtest/result"
)

// shownPeople is for how many participants there is a row; of more, those with the most trouble are shown.
const shownPeople = 60

// The lanes of a participant's row, as y in pixels within it.
const (
	rowHeight   = 28
	cameraLane  = 9  // pictures: camera and screen
	voiceLane   = 18 // speech
	presentLane = 23.5
)

// peopleColours is how many colours of people the page has.
const peopleColours = 15

// timeline is what each participant did when.
type timeline struct {
	Height int
	Rows   []timelineRow
	Ticks  []tick
	Bands  []band
	Left   string // says who is left out; empty when nobody is
	Table  table
}

// timelineRow is one participant's.
type timelineRow struct {
	Name, Net string
	Colour    int
	Paths     []path
	Lines     float64 // y of the line between rows
	Trouble   string
}

// newTimeline draws the spans of the participants along the course.
func newTimeline(r *result.Report, c course) timeline {
	shown := interesting(r)
	t := timeline{Height: rowHeight*len(shown) + plotBottom, Ticks: c.ticks, Bands: c.bands,
		Table: table{Head: []string{"Participant", "What", "From", "To"}}}
	if len(shown) < len(r.People) {
		t.Left = fmt.Sprintf("Shown are the %d participants of %d who had the most trouble; the JSON report has all.", len(shown), len(r.People))
	}
	for i, p := range shown {
		row := timelineRow{Name: strconv.Itoa(p.Index + 1), Net: p.Net, Colour: colour(p.Index), Lines: float64(rowHeight * (i + 1)),
			Trouble: strings.Join(troubles(p, r.Quality.Bar), ", ")}
		for _, lane := range []struct {
			class, what string
			y           float64
		}{
			{"in", result.SpanIn, presentLane}, {"camera", cameraOn, cameraLane}, {"screen", result.SpanScreen, cameraLane},
			{"talk", result.SpanTalk, voiceLane}, {"away", result.SpanAway, presentLane},
		} {
			if d := dashes(spansOf(p, lane.what), c, float64(i*rowHeight)+lane.y); d != "" {
				row.Paths = append(row.Paths, path{lane.class, d})
			}
		}
		t.Rows = append(t.Rows, row)
		for _, s := range p.Spans {
			if len(t.Table.Rows) < 10*maxRows {
				t.Table.Rows = append(t.Table.Rows, []string{row.Name, strings.ReplaceAll(plain(s.What), "_", " "), seconds(s.FromS), seconds(s.ToS)})
			}
		}
	}
	return t
}

// cameraOn are the times in which somebody is in and has not switched the camera off.
const cameraOn = "camera on"

// spansOf are a participant's spans of one kind.
func spansOf(p result.Person, what string) []result.Span {
	if what == cameraOn {
		return without(spansOf(p, result.SpanIn), spansOf(p, result.SpanCameraOff))
	}
	var all []result.Span
	for _, s := range p.Spans {
		if s.What == what && finite(s.ToS) > finite(s.FromS) {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, func(a, b result.Span) int { return cmp.Compare(a.FromS, b.FromS) })
	return all
}

// without takes the times of off out of those of on; both are sorted.
func without(on, off []result.Span) []result.Span {
	var all []result.Span
	for _, s := range on {
		for _, o := range off {
			if o.ToS <= s.FromS || o.FromS >= s.ToS {
				continue
			}
			if o.FromS > s.FromS {
				all = append(all, result.Span{FromS: s.FromS, ToS: o.FromS})
			}
			s.FromS = o.ToS
		}
		if s.FromS < s.ToS {
			all = append(all, s)
		}
	}
	return all
}

// dashes draws spans as one path. Spans that are too near each other to be told apart become one.
func dashes(spans []result.Span, c course, y float64) string {
	const near = 1.0 // thousandths of the width
	var b strings.Builder
	from, to := -1.0, -1.0
	flush := func() {
		if from >= 0 {
			b.WriteString("M" + place(from) + " " + place(y) + "H" + place(max(to, from+near)))
		}
	}
	for _, s := range spans {
		f, t := c.at(s.FromS)*plotWidth/100, c.at(s.ToS)*plotWidth/100
		if from >= 0 && f-to < near {
			to = max(to, t)
			continue
		}
		flush()
		from, to = min(f, plotWidth-near), t
	}
	flush()
	return b.String()
}

// interesting are the participants to show, by index.
func interesting(r *result.Report) []result.Person {
	if len(r.People) <= shownPeople {
		return r.People
	}
	all := slices.Clone(r.People)
	slices.SortStableFunc(all, func(a, b result.Person) int {
		return cmp.Or(cmp.Compare(len(troubles(b, r.Quality.Bar)), len(troubles(a, r.Quality.Bar))), cmp.Compare(b.FrozenS, a.FrozenS))
	})
	all = all[:shownPeople]
	slices.SortFunc(all, func(a, b result.Person) int { return cmp.Compare(a.Index, b.Index) })
	return all
}

// colour is a participant's colour on the page.
func colour(index int) int { return (index%peopleColours + peopleColours) % peopleColours }

// troubles say what went wrong for one participant.
func troubles(p result.Person, b result.Bar) []string {
	var all []string
	if p.JoinMS == nil {
		all = append(all, "could not join")
	}
	if p.TracksSilent > 0 {
		all = append(all, plural(p.TracksSilent, "silent track", "silent tracks"))
	}
	if p.FrozenS >= 1 {
		all = append(all, seconds(p.FrozenS)+" frozen")
	}
	if b == (result.Bar{}) {
		return all
	}
	if p.LossPercent > b.LossPercent {
		all = append(all, percent(p.LossPercent)+" lost")
	}
	if p.LatencyMS != nil && p.LatencyMS.P99 > b.LatencyP99MS {
		all = append(all, "p99 "+milliseconds(p.LatencyMS.P99))
	}
	return all
}
