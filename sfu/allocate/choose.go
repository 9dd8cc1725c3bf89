package allocate

import "tablee/sfu/layer"

// For how long there must be room before a step up.
const (
	holdShown  = 1500 * millisecond // a picture is there already
	holdPaused = 500 * millisecond
	holdMost   = 24 * second // a step up that had to be undone makes the next wait twice as long
	undone     = 8 * second  // so soon after it
)

// receiver chooses for one receiver, whose first source is number at.
func (a *Allocator) receiver(now int64, r *Receiver, at int) {
	p := &r.Plan
	all, next, nextLevel := 0, 0, int64(-1)
	for j := range r.Sources {
		s, l := &r.Sources[j], &a.ladders[at+j]
		planned := move(now, s, l, int(a.most[at+j]), int(a.upTo[at+j]))
		s.Choice.Limit = limit(s, l, planned, int(a.upTo[at+j]), a.whose[at+j])
		take(s, l, planned)
		p.Video += s.Choice.Rate
		if l.off != Nothing || l.n == 0 {
			continue
		}
		if s.Choice.Limit == HostLine { // no use in knowing whether the receiver's line carries more
			all += s.Choice.Rate
		} else {
			all += int(l.steps[l.n-1].rate)
		}
		if s.Choice.Limit == YourLine && planned+1 < l.n {
			if level := l.levels[planned+1]; nextLevel < 0 || level < nextLevel {
				next, nextLevel = int(l.rate(planned+1)-l.rate(planned)), level
			}
		}
	}
	p.Want = withSpare(p.Audio + all)
	if nextLevel >= 0 {
		p.Next = withSpare(p.Audio + p.Video + next)
	}
}

// withSpare is the budget of which rate is all but what is set aside.
func withSpare(rate int) int { return int((int64(rate)*100 + 99 - spare) / (100 - spare)) }

// move returns the step to plan: no more than most at once, up to upTo when there has been room for a while.
func move(now int64, s *Source, l *ladder, most, upTo int) int {
	c := &s.Choice
	if !c.known || c.top != l.top || c.class != s.Class { // something else is wanted: nobody should wait for it
		if !c.known {
			*c = Choice{planned: -1}
		}
		c.known, c.top, c.class, c.roomAt, c.raisedAt = true, l.top, s.Class, 0, 0
		c.hold = max(c.hold, holdShown)
		to := min(max(l.find(c.planned), upTo), most)
		c.plan(l, to)
		return to
	}
	current := l.find(c.planned)
	if l.off != Nothing {
		current = -1
	}
	switch {
	case current > most:
		if c.raisedAt != 0 && now-c.raisedAt < undone {
			c.hold = min(2*c.hold, holdMost)
		}
		current, c.roomAt, c.raisedAt = most, 0, 0
	case current >= upTo:
		c.roomAt = 0
	case c.roomAt == 0:
		c.roomAt = now
	default:
		hold := c.hold
		if current < 0 {
			hold = min(hold, max(holdPaused, hold/2))
		}
		if now-c.roomAt >= hold {
			current, c.roomAt, c.raisedAt = upTo, 0, now
		}
	}
	if c.raisedAt != 0 && now-c.raisedAt > 2*undone {
		c.hold, c.raisedAt = holdShown, 0 // it went well
	}
	c.plan(l, current)
	return current
}

func (c *Choice) plan(l *ladder, to int) {
	if c.planned = -1; to >= 0 {
		c.planned = l.steps[to].number()
	}
}

// limit says why a source is not planned as large as wanted. whose line it is says so for what it may be raised to;
// until it is raised, what limited it before still does.
func limit(s *Source, l *ladder, planned, upTo int, whose Reason) Reason {
	switch last := s.Choice.Limit; {
	case s.Want <= 0:
		return NotWanted
	case len(s.Layers) == 0:
		return NotSent
	case l.off != Nothing:
		return l.off
	case planned >= l.n-1:
		return Nothing
	case upTo > planned && (last == HostLine || last >= ServerBusy):
		return last
	default:
		return whose
	}
}

// take chooses a layer that flows and costs no more than the plan. instead tries the others.
func take(s *Source, l *ladder, planned int) {
	c := &s.Choice
	c.Layer, c.Temporal, c.Wish, c.Rate = Paused, 0, Paused, 0
	if planned < 0 {
		return
	}
	c.Wish, c.Rate = int(l.steps[planned].layer), int(l.rate(planned))
	for i := planned; i >= 0; i-- {
		if st := &l.steps[i]; s.Layers[st.layer].Live {
			c.Layer, c.Temporal = int(st.layer), int(st.temporal)
			return
		}
	}
	if c.Limit == Nothing {
		c.Limit = NotSent
	}
}

// instead gives a source of which only larger layers flow the least of them, when all budgets have room for it: its
// sender has paused the right one and has to start it first.
func (a *Allocator) instead(receivers []Receiver, uplink int) {
	sum := int64(0)
	for i := range receivers {
		if r := &receivers[i]; !r.LAN {
			sum += int64(r.Plan.Audio + r.Plan.Video)
		}
	}
	for i := range receivers {
		r := &receivers[i]
		p := &r.Plan
		for j := range r.Sources {
			s := &r.Sources[j]
			c := &s.Choice
			if c.Wish != Paused && c.Layer == Paused {
				extra, index := dearer(s)
				fits := p.Audio+p.Video+extra <= r.Estimate && (r.LAN || uplink <= 0 || sum+int64(extra) <= int64(uplink))
				if index >= 0 && fits {
					c.Layer, c.Temporal = index, max(s.Temporals, 1)-1
					c.Rate += extra
					p.Video += extra
					if !r.LAN {
						sum += int64(extra)
					}
				}
			}
			if c.Layer != Paused {
				p.Videos++
			}
			if p.Limit == Nothing && c.Limit > NotSent {
				p.Limit = c.Limit
			}
		}
	}
}

// dearer finds the lowest layer above the wish that flows, and what it costs more; index is -1 for none.
func dearer(s *Source) (extra, index int) {
	for i := s.Choice.Wish + 1; i < len(s.Layers) && i < layer.MaxLayers; i++ {
		if s.Layers[i].Live {
			return max(rateOf(s.Layers, i)-s.Choice.Rate, 0), i
		}
	}
	return 0, -1
}
