package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"tablee/cmd/tablee/cli"
	"tablee/loadtest"
)

// maxLoadtest bounds --duration: a test that is left alone must end.
const maxLoadtest = 24 * time.Hour

func loadtestHelp() cli.Help {
	return cli.Help{
		Usage: "tablee loadtest [options] URL\n       tablee loadtest capacity [options] URL",
		Intro: "Lets simulated participants meet in a room of a server, each with a voice, a camera in three sizes, " +
			"and eyes on everybody else, and reports what they received. URL is the room's link, such as " +
			"http://localhost:8080/r/test; the room is opened if it is not there.",
		Options: slices.Concat([]cli.Option{
			{Name: "participants", Value: "N", Default: strconv.Itoa(loadtest.DefaultParticipants),
				Help: fmt.Sprintf("How many join, 1 to %d.", loadtest.MaxParticipants)},
			{Name: "duration", Value: "TIME", Default: loadtest.DefaultDuration.String(),
				Help: "How long they stay once all are in, such as 90s or 5m."},
			{Name: "json", Value: "FILE", Help: "Where to write the whole report as JSON; - for standard output."},
			{Name: "html", Value: "FILE", Help: "Where to write the report as one page with plots, which needs no other file."},
			{Name: "baseline", Value: "FILE", Help: "The JSON report of an earlier run, to compare with."},
		}, meetingOptions()),
		Notes: []string{
			"`tablee loadtest capacity` finds out how many participants a server carries.",
			"The exit status is 0 when everybody joined and the quality bar was met, 1 when not, and 2 when the test could " +
				"not be run: a wrong link, no server, a full room, a server that died in the middle.",
		},
	}
}

// runLoadtest is `tablee loadtest`.
func runLoadtest(ctx context.Context, args []string, w world) int {
	if len(args) > 0 && args[0] == "capacity" {
		return runCapacity(ctx, args[1:], w)
	}
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
	if err := readMeeting(parsed, &o); err != nil {
		return o, err
	}
	if err := number(parsed, "participants", &o.Participants, 1, loadtest.MaxParticipants); err != nil {
		return o, err
	}
	if err := duration(parsed, "duration", &o.Duration, 1, maxLoadtest, "a time up to 24h, such as 90s or 5m"); err != nil {
		return o, err
	}
	var err error
	o.Networks, err = readNetworks(parsed, o.Participants)
	return o, err
}
