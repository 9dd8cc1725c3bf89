package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"time"

	"tablee/cmd/tablee/cli"
	"tablee/loadtest"
	"tablee/loadtest/impair"
	"tablee/loadtest/result"
)

func capacityHelp() cli.Help {
	return cli.Help{
		Usage: "tablee loadtest capacity [options] URL",
		Intro: "Finds out how many participants a server carries: raises their number until the quality bar breaks, searches " +
			"between the last that met it and the first that did not, and says in one sentence how many it is and what gives first.",
		Options: slices.Concat([]cli.Option{
			{Name: "most", Value: "N", Default: strconv.Itoa(loadtest.MaxParticipants), Help: "The most participants to try."},
			{Name: "duration", Value: "TIME", Default: loadtest.DefaultStep.String(), Help: "How long each step lasts once all are in."},
			{Name: "within", Value: "TIME", Default: loadtest.DefaultWithin.String(), Help: "How long the whole search may take."},
			{Name: "json", Value: "FILE", Help: "Where to write what was found, with the report of each step; - for standard output."},
		}, meetingOptions()),
		Notes: []string{
			"The room must seat as many (rooms.max_participants), else it is the room that gives first.",
			"The exit status is 0 when something was found, 1 when not even the first step met the bar, and 2 when the search " +
				"could not be carried out.",
		},
	}
}

// runCapacity is `tablee loadtest capacity`.
func runCapacity(ctx context.Context, args []string, w world) int {
	parsed, done, status := parse(args, capacityHelp(), 1, "loadtest capacity", w)
	if done {
		return status
	}
	o, err := capacityOptions(parsed)
	if err != nil {
		return usage(w, err, "tablee loadtest capacity --help")
	}
	o.Version = versionName()
	out, err := reportOutputs(parsed, w)
	if err != nil {
		fmt.Fprintf(w.err, "tablee: %v\n", err)
		return exitUsage
	}
	o.Stepped = func(s result.Step) { tellStep(w.err, s) }
	found, err := loadtest.FindCapacity(ctx, o)
	if found != nil && len(found.Steps) > 0 {
		if err := writeCapacity(found, out.json, w); err != nil {
			fmt.Fprintf(w.err, "tablee: %v\n", err)
			return exitUsage
		}
	}
	switch {
	case err != nil:
		fmt.Fprintf(w.err, "tablee: %v\n", err)
		return exitUsage
	case len(found.Steps) == 0:
		fmt.Fprintf(w.err, "tablee: %s\n", found.Sentence)
		return exitUsage
	case found.Carries == 0:
		return exitFailed
	default:
		return exitOK
	}
}

// capacityOptions reads the command line.
func capacityOptions(parsed cli.Args) (loadtest.CapacityOptions, error) {
	o := loadtest.CapacityOptions{
		Options: loadtest.Options{Duration: loadtest.DefaultStep, Seed: 1, Scenario: loadtest.Meeting()},
		Most:    loadtest.MaxParticipants, Within: loadtest.DefaultWithin,
	}
	if err := readMeeting(parsed, &o.Options); err != nil {
		return o, err
	}
	if err := number(parsed, "most", &o.Most, 1, loadtest.MaxParticipants); err != nil {
		return o, err
	}
	if err := duration(parsed, "duration", &o.Duration, time.Second, time.Hour, "a time from 1s to 1h"); err != nil {
		return o, err
	}
	if err := duration(parsed, "within", &o.Within, time.Second, maxLoadtest, "a time up to 24h"); err != nil {
		return o, err
	}
	if _, err := readNetworks(parsed, 1); err != nil { // a mix with numbers is for one size of meeting
		return o, err
	}
	o.Mix = func(participants int) ([]impair.Profile, error) { return readNetworks(parsed, participants) }
	return o, nil
}

// tellStep writes a line about a step.
func tellStep(to io.Writer, s result.Step) {
	r := s.Report
	verdict := "good"
	if !s.Met {
		verdict = "not good: " + r.Quality.Failed[0]
	}
	latency, server := "–", ""
	if r.LatencyMS != nil {
		latency = strconv.FormatFloat(r.LatencyMS.P99, 'f', 1, 64) + " ms"
	}
	if r.Server != nil {
		server = fmt.Sprintf(" · server %.0f %% CPU, %d MB", r.Server.CPUPercent, r.Server.RSSBytes>>20)
	}
	fmt.Fprintf(to, "%3d participants: latency p99 %s · loss %.2f %% · frozen %.2f %%%s · %s\n",
		s.Participants, latency, r.LossPercent, r.FrozenPercent, server, verdict)
}

// writeCapacity writes the sentence, and all that was found where it is wanted.
func writeCapacity(c *result.Capacity, file string, w world) error {
	data, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return fmt.Errorf("write what was found: %w", err)
	}
	data = append(data, '\n')
	switch file {
	case "-":
		_, err = w.out.Write(data)
		return err
	case "":
	default:
		if err := os.WriteFile(file, data, 0o644); err != nil {
			return fmt.Errorf("write what was found: %w", err)
		}
	}
	_, err = fmt.Fprintln(w.out, c.Sentence)
	return err
}
