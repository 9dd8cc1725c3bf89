package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"slices"
	"time"

	"tablee/cmd/tablee/cli"
	"tablee/cmd/tablee/config"
	"tablee/cmd/tablee/doctor"
	"tablee/turn"
	"tablee/web"
)

// lineOption asks for the measurement of the line.
const lineOption = "line-speed"

func doctorHelp() cli.Help {
	return cli.Help{
		Usage: "tablee doctor [--json] [options of serve]",
		Intro: "Finds out what keeps others from reaching the server, and says what to do about it: ports, public address, names, " +
			"the way back inside, IPv6, UDP, relay, certificate, clock, disk, memory, processor. Give it the settings of `tablee serve`, " +
			"and let that run meanwhile. The exit status is 0 when nothing is in the way, 1 otherwise. With --json it " +
			"tells programs.",
		Options: append([]cli.Option{{Name: lineOption, Value: "URL", Help: "Measure how fast a large file there is loaded, for ten seconds at most."}},
			config.Options()...),
	}
}

// runDoctor is `tablee doctor`.
func runDoctor(ctx context.Context, args []string, w world) int {
	asJSON := slices.Contains(args, "--json")
	args = slices.DeleteFunc(slices.Clone(args), func(a string) bool { return a == "--json" })
	parsed, done, status := parse(args, doctorHelp(), 0, "doctor", w)
	if done {
		return status
	}
	line := parsed.Options[lineOption]
	delete(parsed.Options, lineOption)
	cfg, ok := settings(parsed.Options, w)
	if !ok {
		return exitUsage
	}
	report := doctor.Run(ctx, doctor.Options{Config: cfg, LineSpeed: line})
	if asJSON {
		e := json.NewEncoder(w.out)
		e.SetIndent("", "  ")
		if err := e.Encode(report); err != nil {
			return fail(w, fmt.Errorf("write the report: %w", err))
		}
	} else {
		fmt.Fprint(w.out, report)
	}
	if report.Verdict == doctor.Fail {
		return exitFailed
	}
	return exitOK
}

// checks is what `tablee doctor` finds, asked by the server itself for the admin page: its ports are taken by ourselves. One
// examination runs at a time, since some write to the disk and others ask the router; who asks meanwhile waits, or gives up
// with ctx.
func (r *reach) checks(ctx context.Context) (doctor.Report, error) {
	select {
	case r.examining <- struct{}{}:
	case <-ctx.Done():
		return doctor.Report{}, fmt.Errorf("wait for another examination: %w", ctx.Err())
	}
	defer func() { <-r.examining }()
	s := r.status()
	return doctor.Run(ctx, doctor.Options{Config: r.cfg, Server: &s}), nil
}

// status is what the server tells this machine about itself: the doctor, and the admin page.
func (r *reach) status() doctor.Status {
	s := doctor.Status{Instance: r.instance, Version: versionName()}
	if r.keeper != nil {
		for _, c := range r.keeper.Status() {
			s.Certificates = append(s.Certificates, doctor.Certificate{Names: c.Names, Until: c.NotAfter, Warning: c.Warning})
		}
	}
	a := r.addresses.Load()
	if a.Public4.IsValid() {
		s.Public, s.Source = a.Public4.String(), a.Source
	}
	if r.outside4.Load() {
		s.Outside = append(s.Outside, doctor.OutsideTCP4)
	}
	if r.outside6.Load() {
		s.Outside = append(s.Outside, doctor.OutsideTCP6)
	}
	for _, m := range a.Media(r.mediaPort) {
		s.Media = append(s.Media, m.String())
	}
	if r.turn != nil {
		s.TURN = net.JoinHostPort("127.0.0.1", fmt.Sprint(r.turnPort))
		c := turn.Issue(r.key, "doctor", time.Now())
		s.Username, s.Password = c.Username, c.Password
	}
	if ca := r.authority(); ca != nil {
		s.Authority, s.Fingerprint = ca, web.Fingerprint(ca)
	}
	return s
}
