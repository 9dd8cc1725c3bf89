package estimate

import "math"

const (
	lossPeriod  = 250 * millisecond
	lossPackets = 20 // a period lasts until it has seen so many, or so long:
	lossPatient = second
	// muchLoss is the share beyond what the line always loses that makes us try a lower rate (gcc-02, section 6: 10 %).
	muchLoss = 0.10
	// trialPackets decide such a trial.
	trialPackets = 60
	// firstMost is how much of the loss in the first period may be the line's. Nothing is known then: no rate was lower
	// before, and where no queue is to be seen, the rate is not the likely reason.
	firstMost = 0.4
)

// losses tells loss that comes from the rate from loss that the line always has. A radio that loses 30 % loses as much
// at half the rate; a full queue does not. So much loss starts a trial: the rate falls to what arrives, where a queue
// would lose nothing more, and the loss that remains is the line's.
type losses struct {
	line  float64 // what the line always loses
	share float64 // smoothed

	lost, total int
	began       int64 // when the first packet of the period was sent
	judged      int64 // began, of the period that ended last
	known       bool  // a period has passed

	trial       bool
	trialFrom   float64 // the rate before
	trialLoss   float64
	trialLost   int
	trialTotal  int
	trialStarts int64 // packets sent before it do not count
}

type verdict uint8

const (
	nothing verdict = iota
	tryLower
	wasRate // the trial helped: it was the rate
	wasLine // it did not: go back to the rate before
)

// add counts a packet, and returns what a period's end says.
func (l *losses) add(p Packet, calm bool) verdict {
	lost := 0
	if !p.Received {
		lost = 1
	}
	if l.total == 0 {
		l.began = p.SentAt
	}
	l.total++
	l.lost += lost
	if l.trial && p.SentAt >= l.trialStarts {
		l.trialTotal++
		l.trialLost += lost
		if l.trialTotal >= trialPackets {
			return l.decide()
		}
	}
	long := p.SentAt - l.began
	if long < lossPeriod || l.total < lossPackets && long < lossPatient {
		return nothing
	}
	return l.period(calm)
}

// period ends one.
func (l *losses) period(calm bool) verdict {
	p, n := float64(l.lost)/float64(l.total), float64(l.total)
	l.lost, l.total, l.judged = 0, 0, l.began
	l.share += (p - l.share) * 0.4
	if p < l.line {
		l.line += (p - l.line) * 0.2
	}
	if l.trial {
		return nothing
	}
	if !l.known {
		l.known = true
		if calm {
			l.line = min(p, firstMost)
			return nothing
		}
	}
	excess := p - l.line
	if excess > muchLoss+2*math.Sqrt(l.line*(1-l.line)/n) && n >= lossPackets/2 {
		l.trialLoss = p
		return tryLower
	}
	if excess > 0 && calm {
		l.line += min(excess, muchLoss) * 0.1 // little loss beside an empty queue is the line's
	}
	return nothing
}

// start begins a trial with packets sent from now on, after the rate was from.
func (l *losses) start(now int64, from float64) {
	l.trial, l.trialFrom, l.trialStarts = true, from, now
	l.trialLost, l.trialTotal = 0, 0
}

// decide ends the trial: the loss that a full queue would leave is none.
func (l *losses) decide() verdict {
	p := float64(l.trialLost) / float64(l.trialTotal)
	l.trial = false
	if p-l.line > (l.trialLoss-l.line)/2 {
		l.line = min(p, l.trialLoss)
		return wasLine
	}
	return wasRate
}
