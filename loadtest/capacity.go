package loadtest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tablee/loadtest/impair"
	"tablee/loadtest/result"
)

// The search for a server's capacity: the load is raised in steps until one does not meet the bar, twice in a row; then
// halved between the last that did and the first that did not, until they are close.

// Defaults of CapacityOptions.
const (
	DefaultStep   = 10 * time.Second
	DefaultWithin = 6 * time.Minute
)

// joinAll is the time in which all participants of a step come in: people do not come one by one when there are many.
const joinAll = 4 * time.Second

// ladder are the loads that are tried until one breaks.
func ladder() []int { return []int{2, 5, 10, 15, 25, 40, 60, 90, 130, 180, 250, 350, 500} }

// CapacityOptions say what to search for. Options.Participants does not count; Options.Duration is that of a step, 0
// for DefaultStep.
type CapacityOptions struct {
	Options
	Most    int                                              // participants, 0 for MaxParticipants
	Within  time.Duration                                    // how long the search may take, 0 for DefaultWithin
	Mix     func(participants int) ([]impair.Profile, error) // the networks of a step; nil for Options.Networks
	Stepped func(result.Step)                                // is told of each step that is over; nil for nobody
}

// FindCapacity searches. The end of ctx ends the search with what was found until then, without an error.
func FindCapacity(ctx context.Context, o CapacityOptions) (*result.Capacity, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	s := &search{o: o, deadline: time.Now().Add(o.Within), found: &result.Capacity{
		Version: o.Version, Scenario: o.Scenario.Name, Bar: o.Bar, Steps: []result.Step{},
	}}
	if err := s.limit(ctx); err != nil {
		return nil, err
	}
	for _, n := range ladder() {
		if n = min(n, s.most); n == s.found.Carries {
			break
		}
		if more, err := s.try(ctx, n); err != nil || !more {
			return s.conclude(), err
		}
		if s.found.Breaks != 0 {
			break
		}
	}
	for c := s.found; c.Breaks > ladder()[0] && c.Breaks-c.Carries > max(1, c.Carries/10); {
		if more, err := s.try(ctx, (c.Carries+c.Breaks)/2); err != nil || !more {
			return s.conclude(), err
		}
	}
	return s.conclude(), nil
}

// complete fills in defaults.
func (o *CapacityOptions) complete() error {
	if o.Duration == 0 {
		o.Duration = DefaultStep
	}
	if o.Within == 0 {
		o.Within = DefaultWithin
	}
	if o.Most == 0 {
		o.Most = MaxParticipants
	}
	if o.Most < 1 || o.Most > MaxParticipants || o.Within < 0 {
		return fmt.Errorf("%w: at most %d participants, within %v", ErrOptions, o.Most, o.Within)
	}
	return o.Options.complete()
}

// search is the state of a search.
type search struct {
	o        CapacityOptions
	deadline time.Time
	most     int
	seats    bool // most is what the room has free
	broken   *Report
	found    *result.Capacity
}

// limit opens the room and finds out how many fit in it.
func (s *search) limit(ctx context.Context) error {
	target, err := parseTarget(s.o.URL)
	if err != nil {
		return err
	}
	target.dial = s.o.DialContext
	if err := target.open(ctx); err != nil {
		return err
	}
	s.most = s.o.Most
	if free, known := target.free(ctx); known && free < s.most {
		s.most, s.seats = free, true
	}
	if s.most < 1 {
		return fmt.Errorf("%w: the room has no free seat", ErrFull)
	}
	return nil
}

// try runs a step; more is false when the search has to end. A step that does not meet the bar has a second try: the
// machine may have been busy with something else.
func (s *search) try(ctx context.Context, n int) (more bool, err error) {
	var last *Report
	for range 2 {
		if time.Until(s.deadline) < s.o.Duration+joinAll && len(s.found.Steps) > 0 {
			s.found.Ended = true
			return false, nil
		}
		o := s.o.Options
		o.Participants = n
		o.Scenario.JoinEvery = min(o.Scenario.JoinEvery, joinAll/time.Duration(n))
		if s.o.Mix != nil {
			if o.Networks, err = s.o.Mix(n); err != nil {
				return false, err
			}
		}
		r, err := Run(ctx, o)
		if errors.Is(err, ErrFull) && s.found.Carries > 0 { // another limit than the room's own, or somebody else came in
			s.most, s.seats = s.found.Carries, true
			s.found.Breaks = 0
			return false, nil
		}
		if err != nil {
			return false, err
		}
		if r.Interrupted {
			s.found.Ended = true
			return false, nil
		}
		step := result.Step{Participants: n, Met: !r.Failed(), Report: r}
		s.found.Steps = append(s.found.Steps, step)
		if s.o.Stepped != nil {
			s.o.Stepped(step)
		}
		if step.Met {
			s.found.Carries = n
			return true, nil
		}
		last = r
	}
	s.found.Breaks, s.broken = n, last
	return true, nil
}

// conclude says in a sentence what was found.
func (s *search) conclude() *result.Capacity {
	c := s.found
	carries := fmt.Sprintf("This server carries %d participants of the scenario %s", c.Carries, c.Scenario)
	if c.Carries == 0 {
		carries = fmt.Sprintf("This server does not carry the scenario %s", c.Scenario)
	}
	switch {
	case len(c.Steps) == 0:
		c.Sentence = "The search ended before its first step: nothing is known."
	case c.Breaks == 0 && c.Carries == s.most && s.seats:
		c.First = result.FirstRoom
		c.Sentence = carries + ", which is all that its room seats (rooms.max_participants): the room gives first."
	case c.Breaks == 0 && c.Carries == s.most:
		c.First = result.FirstTool
		c.Sentence = carries + " and more: that is the most that was to be tried."
	case c.Breaks == 0:
		c.Sentence = carries + " at least; the search ended early."
	default:
		why := ""
		c.First, why = givesFirst(s.broken)
		c.Sentence = fmt.Sprintf("%s; with %d, %s: %s.", carries, c.Breaks, why, s.broken.Quality.Failed[0])
	}
	return c
}

// Shares from which a resource counts as used up, of 1.
const (
	cpuFull    = 0.85
	memoryFull = 0.9
)

// lineFull is the loss before repair, in percent, from which the line is to blame.
const lineFull = 1.0

// givesFirst judges from the report of a run that broke what was short.
func givesFirst(r *Report) (word, why string) {
	server, client := r.Server, r.Client
	if server != nil && server.CPUs > 0 {
		all := 100 * float64(server.CPUs)
		busy := server.CPUPercent
		if client != nil && server.Source != result.FromMetrics {
			busy = max(busy+client.CPUPercent, client.MachinePercent)
		}
		switch {
		case server.CPUPercent >= cpuFull*all:
			return result.FirstCPU, fmt.Sprintf("the CPU gives first (the server used %.0f %% of %.0f %%)", server.CPUPercent, all)
		case busy >= cpuFull*all:
			return result.FirstCPU, fmt.Sprintf("the CPU gives first (%.0f %% of %.0f %% were in use, %.0f %% by the server and %.0f %% "+
				"by the load test: tested from another machine it will carry more)", busy, all, server.CPUPercent, client.CPUPercent)
		}
	}
	switch {
	case server != nil && server.MemoryLimit > 0 && float64(server.RSSMaxBytes) >= memoryFull*float64(server.MemoryLimit):
		return result.FirstMemory, fmt.Sprintf("the memory gives first (the server used %d MB of %d MB)",
			server.RSSMaxBytes>>20, server.MemoryLimit>>20)
	case server == nil && client != nil && client.CPUs > 0 && client.CPUPercent >= cpuFull*100*float64(client.CPUs):
		return result.FirstTester, "the machine that runs the load test gives first, so that the server may carry more"
	case r.LossBeforePercent >= lineFull:
		return result.FirstLine, fmt.Sprintf("the line gives first (%.2f %% of the packets were lost before repair)", r.LossBeforePercent)
	}
	return result.FirstUnknown, "what gives first is not known"
}
