package report

import (
	"fmt"
	"math"

	"tablee/loadtest/result"
)

// even is the ratio up to which two figures count as the same: runs on a busy machine differ by as much.
const even = 1.05

// change is a figure now and then.
type change struct {
	Name      string
	Now, Then string
	Ratio     string // now divided by then; a dash where then was nothing
	Arrow     string // ↑, ↓ or →
	Word      string // better, worse, or same
}

// compare sets each figure that both runs know beside the earlier one.
func compare(r *result.Report, b *Baseline) []change {
	then := map[string]figure{}
	for _, f := range figures(b.Report) {
		then[f.name] = f
	}
	var all []change
	for _, now := range figures(r) {
		if was, ok := then[now.name]; ok && now.known && was.known {
			all = append(all, changed(now, was))
		}
	}
	return all
}

// changed weighs one figure against the earlier one.
func changed(now, was figure) change {
	c := change{Name: now.name, Now: now.text, Then: was.text, Ratio: "–", Arrow: "→", Word: "same"}
	a, b := finite(now.value), finite(was.value)
	if b != 0 {
		c.Ratio = "× " + times(a/b)
	}
	if math.Abs(a-b) <= now.grain || a == b || b != 0 && a/b < even && a/b > 1/even {
		return c
	}
	c.Arrow = "↓"
	if a > b {
		c.Arrow = "↑"
	}
	c.Word = "worse"
	if (a < b) == now.less {
		c.Word = "better"
	}
	return c
}

// times writes a ratio.
func times(x float64) string {
	if x = finite(x); x >= 1000 {
		return "over 1000"
	}
	return digits(x)
}

// unlike says what makes the two runs hard to compare.
func unlike(r *result.Report, b *Baseline) []string {
	var all []string
	differ := func(what string, now, then any) {
		if fmt.Sprint(now) != fmt.Sprint(then) {
			all = append(all, fmt.Sprintf("%s was %v then, and is %v now.", what, then, now))
		}
	}
	differ("The scenario", r.Scenario, b.Report.Scenario)
	differ("The number of participants", r.Participants, b.Report.Participants)
	if b.Report.Networks != nil {
		differ("The network", networks(r), networks(b.Report))
	}
	if s, t := r.Server, b.Report.Server; s != nil && t != nil && s.CPUs > 0 && t.CPUs > 0 {
		differ("The number of cores", s.CPUs, t.CPUs)
	}
	return all
}

// tally counts what became better and worse, as a sentence.
func tally(changes []change) string {
	better, worse := 0, 0
	for _, c := range changes {
		switch c.Word {
		case "better":
			better++
		case "worse":
			worse++
		}
	}
	return fmt.Sprintf("Of %s, %d became better and %d worse.", plural(len(changes), "figure", "figures"), better, worse)
}
