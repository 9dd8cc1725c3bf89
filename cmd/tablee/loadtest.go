package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"tablee/cmd/tablee/cli"
	"tablee/loadtest"
)

// maxLoadtest bounds --duration: a test that is left alone must end.
const maxLoadtest = 24 * time.Hour

func loadtestHelp() cli.Help {
	return cli.Help{
		Usage: "tablee loadtest [options] URL",
		Intro: "Lets simulated participants meet in a room of a server, each with a voice, a camera in three sizes, " +
			"and eyes on everybody else, and reports what they received. URL is the room's link, such as " +
			"http://localhost:8080/r/test; the room is opened if it is not there.",
		Options: []cli.Option{
			{Name: "participants", Value: "N", Default: strconv.Itoa(loadtest.DefaultParticipants),
				Help: fmt.Sprintf("How many join, 1 to %d.", loadtest.MaxParticipants)},
			{Name: "duration", Value: "TIME", Default: loadtest.DefaultDuration.String(),
				Help: "How long they stay once all are in, such as 90s or 5m."},
			{Name: "json", Value: "FILE", Help: "Where to write the whole report as JSON; - for standard output."},
			{Name: "html", Value: "FILE", Help: "Where to write the report as one page with plots, which needs no other file."},
			{Name: "baseline", Value: "FILE", Help: "The JSON report of an earlier run, to compare with."},
			{Name: "seed", Value: "N", Default: "1", Help: "The same number gives the same meeting: who talks when."},
		},
		Notes: []string{
			"The exit status is 0 when all went well, 1 when a participant could not join or a track stayed silent, " +
				"and 2 when the test could not be run.",
		},
	}
}

// runLoadtest is `tablee loadtest`.
func runLoadtest(ctx context.Context, args []string, w world) int {
	parsed, done, status := parse(args, loadtestHelp(), 1, "loadtest", w)
	if done {
		return status
	}
	o, err := loadtestOptions(parsed)
	if err != nil {
		return usage(w, err, "tablee loadtest --help")
	}
	o.Version = versionName()
	out, err := reportOutputs(parsed, w)
	if err != nil {
		fmt.Fprintf(w.err, "tablee: %v\n", err)
		return exitUsage
	}
	live := liveView(o, w)
	if live != nil {
		o.Watch = live.Show
	}
	report, err := loadtest.Run(ctx, o)
	if live != nil {
		live.Close()
	}
	if report != nil {
		if err := out.write(report, w); err != nil {
			fmt.Fprintf(w.err, "tablee: %v\n", err)
			return exitUsage
		}
	}
	switch {
	case err != nil:
		fmt.Fprintf(w.err, "tablee: %v\n", err)
		return exitUsage
	case report.Failed():
		return exitFailed
	default:
		return exitOK
	}
}

// loadtestOptions reads the command line.
func loadtestOptions(parsed cli.Args) (loadtest.Options, error) {
	o := loadtest.Options{
		Participants: loadtest.DefaultParticipants, Duration: loadtest.DefaultDuration, Seed: 1, Scenario: loadtest.Meeting(),
	}
	if len(parsed.Rest) != 1 {
		return o, &cli.UsageError{Message: "the room's link is missing, such as http://localhost:8080/r/test"}
	}
	o.URL = parsed.Rest[0]
	wrong := func(name, allowed string) error {
		return &cli.UsageError{Message: fmt.Sprintf("--%s is %.60q; allowed is %s", name, parsed.Options[name], allowed)}
	}
	var err error
	if v, ok := parsed.Options["participants"]; ok {
		if o.Participants, err = strconv.Atoi(v); err != nil || o.Participants < 1 || o.Participants > loadtest.MaxParticipants {
			return o, wrong("participants", fmt.Sprintf("a number from 1 to %d", loadtest.MaxParticipants))
		}
	}
	if v, ok := parsed.Options["duration"]; ok {
		if o.Duration, err = time.ParseDuration(v); err != nil || o.Duration <= 0 || o.Duration > maxLoadtest {
			return o, wrong("duration", "a time up to 24h, such as 90s or 5m")
		}
	}
	if v, ok := parsed.Options["seed"]; ok {
		if o.Seed, err = strconv.ParseUint(v, 10, 64); err != nil {
			return o, wrong("seed", "a whole number from 0 up")
		}
	}
	return o, nil
}
