package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"tablee/cmd/tablee/cli"
	"tablee/loadtest"
	"tablee/loadtest/impair"
	"tablee/loadtest/result"
)

// meetingOptions are those that a single run and the search for the capacity have in common.
func meetingOptions() []cli.Option {
	bar := result.DefaultBar()
	number := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	return []cli.Option{
		{Name: "scenario", Value: "NAME", Default: "meeting",
			Help: "What they do: voice (no pictures), meeting (all see and hear each other), lecture (one speaks and shares a " +
				"screen), burst (all join at once), churn (all the time somebody leaves, returns, reloads, pins, scrolls), roam (one " +
				"address after the other changes), everything (all send all the time), still (nobody sends), fanout and trickle " +
				"(one sends 2000 packets a second, in bursts or one by one; slowfanout and slowtrickle: 500)."},
		{Name: "seed", Value: "N", Default: "1", Help: "The same number gives the same meeting: who talks when, who does what."},
		{Name: "net", Value: "NETWORKS", Default: "lan",
			Help: "What they have at home: " + strings.Join(impair.Names(), ", ") + "; or a mix, such as fibre:10,4g:5."},
		{Name: "loss", Value: "PERCENT", Help: "Packets lost in each direction, instead of the network's own."},
		{Name: "delay", Value: "TIME", Help: "One-way delay in each direction, such as 40ms, instead of the network's own."},
		{Name: "jitter", Value: "TIME", Help: "Added delay, from none to this, instead of the network's own."},
		{Name: "rate", Value: "RATE", Help: "Bits per second, such as 2M, or 16M/1M down and up, instead of the network's own."},
		{Name: "max-latency", Value: "TIME", Default: number(bar.LatencyP99MS) + "ms",
			Help: "The quality bar: one-way latency that 99 of 100 packets may have."},
		{Name: "max-loss", Value: "PERCENT", Default: number(bar.LossPercent), Help: "The quality bar: packets lost after repair."},
		{Name: "max-frozen", Value: "PERCENT", Default: number(bar.FrozenPercent),
			Help: "The quality bar: time for which pictures stand still."},
	}
}

// scenarioNames are what --scenario takes.
func scenarioNames() (names []string) {
	for _, s := range loadtest.Scenarios() {
		names = append(names, s.Name)
	}
	return names
}

// wrong says what is allowed for an option.
func wrong(parsed cli.Args, name, allowed string) error {
	return &cli.UsageError{Message: fmt.Sprintf("--%s is %.60q; allowed is %s", name, parsed.Options[name], allowed)}
}

// duration reads an option that is a time, if it is there.
func duration(parsed cli.Args, name string, to *time.Duration, least, most time.Duration, allowed string) error {
	v, ok := parsed.Options[name]
	if !ok {
		return nil
	}
	d, err := time.ParseDuration(v)
	if err != nil || d < least || d > most {
		return wrong(parsed, name, allowed)
	}
	*to = d
	return nil
}

// number reads an option that is a whole number, if it is there.
func number(parsed cli.Args, name string, to *int, least, most int) error {
	v, ok := parsed.Options[name]
	if !ok {
		return nil
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < least || n > most {
		return wrong(parsed, name, fmt.Sprintf("a number from %d to %d", least, most))
	}
	*to = n
	return nil
}

// percent reads an option that is a share, if it is there.
func percent(parsed cli.Args, name string, to *float64) error {
	v, ok := parsed.Options[name]
	if !ok {
		return nil
	}
	p, err := strconv.ParseFloat(strings.TrimSuffix(v, "%"), 64)
	if err != nil || !(p >= 0 && p <= 100) {
		return wrong(parsed, name, "a number from 0 to 100")
	}
	*to = p
	return nil
}

// readMeeting reads the options in common.
func readMeeting(parsed cli.Args, o *loadtest.Options) error {
	if len(parsed.Rest) != 1 {
		return &cli.UsageError{Message: "the room's link is missing, such as http://localhost:8080/r/test"}
	}
	o.URL = parsed.Rest[0]
	if v, ok := parsed.Options["seed"]; ok {
		var err error
		if o.Seed, err = strconv.ParseUint(v, 10, 64); err != nil {
			return wrong(parsed, "seed", "a whole number from 0 up")
		}
	}
	if v, ok := parsed.Options["scenario"]; ok {
		if o.Scenario, ok = loadtest.Named(v); !ok {
			return wrong(parsed, "scenario", strings.Join(scenarioNames(), ", "))
		}
	}
	o.Bar = result.DefaultBar()
	latency := time.Duration(o.Bar.LatencyP99MS * float64(time.Millisecond))
	if err := duration(parsed, "max-latency", &latency, time.Millisecond, time.Minute, "a time from 1ms to 1m"); err != nil {
		return err
	}
	o.Bar.LatencyP99MS = float64(latency) / float64(time.Millisecond)
	if err := percent(parsed, "max-loss", &o.Bar.LossPercent); err != nil {
		return err
	}
	return percent(parsed, "max-frozen", &o.Bar.FrozenPercent)
}

// readNetworks reads what so many participants have at home; none for nothing between them and the server.
func readNetworks(parsed cli.Args, participants int) ([]impair.Profile, error) {
	mix, ok := parsed.Options["net"]
	if !ok {
		mix = "lan"
	}
	networks, err := impair.ParseMix(mix, participants)
	if err != nil {
		return nil, &cli.UsageError{Message: "--net: " + err.Error()}
	}
	for i := range networks {
		if err := override(parsed, &networks[i]); err != nil {
			return nil, err
		}
	}
	return networks, nil
}

// override replaces a network's figures by explicit ones.
func override(parsed cli.Args, p *impair.Profile) error {
	loss, most := -1.0, impair.MostDelay
	delay, jitter := time.Duration(-1), time.Duration(-1)
	allowed := fmt.Sprintf("a time from 0 to %v, such as 40ms", most)
	if err := percent(parsed, "loss", &loss); err != nil {
		return err
	}
	if err := duration(parsed, "delay", &delay, 0, most, allowed); err != nil {
		return err
	}
	if err := duration(parsed, "jitter", &jitter, 0, most, allowed); err != nil {
		return err
	}
	changed := false
	for _, w := range []*impair.Way{&p.Up, &p.Down} {
		if loss >= 0 {
			w.Loss, changed = loss/100, true
		}
		if delay >= 0 {
			w.Delay, changed = delay, true
		}
		if jitter >= 0 {
			w.Jitter, changed = jitter, true
		}
	}
	if v, ok := parsed.Options["rate"]; ok {
		down, up, two := strings.Cut(v, "/")
		if !two {
			up = down
		}
		var okDown, okUp bool
		p.Down.Rate, okDown = readRate(down)
		p.Up.Rate, okUp = readRate(up)
		if changed = true; !okDown || !okUp {
			return wrong(parsed, "rate", "bits per second from 8k on, such as 500k, 2M, or 16M/1M down and up")
		}
	}
	if changed {
		p.Name += " (changed)"
	}
	return nil
}

// readRate reads bits per second with k, M or G.
func readRate(s string) (bits int, ok bool) {
	factor := 1.0
	for unit, f := range map[string]float64{"k": 1e3, "M": 1e6, "G": 1e9} {
		if rest, found := strings.CutSuffix(s, unit); found {
			s, factor = rest, f
			break
		}
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || !(v*factor >= impair.LeastRate && v*factor <= 1e12) {
		return 0, false
	}
	return int(v * factor), true
}
