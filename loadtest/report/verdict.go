package report

import (
	"fmt"
	"slices"
	"strings"

	"tablee/loadtest/result"
)

// full is the share of all cores from which on a machine has no time left for the next packet.
const full = 0.85

// verdict is the answer to the question for which the test was run, and in a second sentence why.
func verdict(r *result.Report) (answer, why string) {
	box := "This server"
	if r.Server != nil {
		box = "This box"
	}
	if r.Quality.Met && r.Interrupted {
		return box + " carried this meeting as far as it went.", "The run was ended early; until then, nothing was beyond its limit."
	}
	if r.Quality.Met {
		return box + " carries this meeting.", "Everybody joined, everybody was seen and heard, and nothing was beyond its limit."
	}
	answer = box + " does not carry this meeting."
	if len(r.Quality.Failed) > 0 {
		why = sentence(r.Quality.Failed[0])
	}
	return answer, why
}

// others are the further reasons why the bar was not met.
func others(r *result.Report) []string {
	var more []string
	for i, f := range r.Quality.Failed {
		if i > 0 {
			more = append(more, sentence(f))
		}
	}
	return more
}

// sentence begins with a capital letter and ends with a full stop.
func sentence(s string) string {
	if s = strings.TrimSpace(s); s == "" {
		return ""
	}
	s = strings.ToUpper(s[:1]) + s[1:]
	if !strings.ContainsAny(s[len(s)-1:], ".!?") {
		s += "."
	}
	return s
}

// cautions say what to keep in mind before believing the figures.
func cautions(r *result.Report) []string {
	var all []string
	if c := r.Client; c != nil && c.CPUs > 0 {
		used, who := c.CPUPercent, "The load test alone"
		if r.Server != nil && r.Server.Source != "metrics" { // on the same machine
			used, who = used+r.Server.CPUPercent, "The load test and the server together"
		}
		if cores := 100 * float64(c.CPUs); used > full*cores {
			all = append(all, fmt.Sprintf("%s used %s of this machine's %s: some of the latency and of the loss is the tool's own. "+
				"Run the load test on another machine to know the server's.", who, whole(100*used/cores), plural(c.CPUs, "core", "cores")))
		}
	}
	if r.Interrupted && !r.Quality.Met {
		all = append(all, "The run was ended early: the figures are about what was until then.")
	}
	if n := r.Violations.Total(); n > 0 {
		all = append(all, fmt.Sprintf("The server did %s that a correct one never does (the violations below). Please report them.",
			plural(int(min(n, 1<<30)), "thing", "things")))
	}
	if r.DurationS > 0 && r.DurationS < 10 {
		all = append(all, fmt.Sprintf("Everybody was together for only %s: too short for a percentile to mean much.", seconds(r.DurationS)))
	}
	return all
}

// setting says in one sentence what was run.
func setting(r *result.Report) string {
	s := fmt.Sprintf("%d of %s joined", r.Joined, plural(r.Participants, "participant", "participants"))
	if r.DurationS > 0 {
		s += fmt.Sprintf("; scenario %s, seed %d, %s together", r.Scenario, r.Seed, seconds(r.DurationS))
	}
	if n := networks(r); n != "" {
		s += "; networks: " + n
	}
	return s + "."
}

// networks lists the networks that were used, by name.
func networks(r *result.Report) string {
	var all []string
	for name, n := range r.Networks {
		all = append(all, fmt.Sprintf("%s × %d", name, n))
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}
