package allocate

// fillUplink lowers the steps of all receivers outside the LAN to a common level at which they fit into the budget.
func (a *Allocator) fillUplink(receivers []Receiver, budget int64, steps []int16) {
	low, high := int64(noLevel), int64(noLevel)
	for at, i := 0, 0; i < len(receivers); i++ {
		end := at + len(receivers[i].Sources)
		if !receivers[i].LAN {
			for j := at; j < end; j++ {
				high = max(high, a.ladders[j].highest())
			}
		}
		at = end
	}
	if a.outside(receivers, steps, high) <= budget {
		return
	}
	for high-low > 1 {
		if middle := low + (high-low)/2; a.outside(receivers, steps, middle) <= budget {
			low = middle
		} else {
			high = middle
		}
	}
	a.lower(receivers, steps, low, high, budget-a.outside(receivers, steps, low))
}

// outside is what receivers outside the LAN would be sent at a level of the host's line.
func (a *Allocator) outside(receivers []Receiver, steps []int16, level int64) (sum int64) {
	at := 0
	for i := range receivers {
		end := at + len(receivers[i].Sources)
		if !receivers[i].LAN {
			for j := at; j < end; j++ {
				l := &a.ladders[j]
				sum += l.rate(min(int(steps[j]), l.at(level)))
			}
		}
		at = end
	}
	return sum
}

// lower sets the steps to that level, and in order to the next above while that fits: source by source over all
// receivers, so that the first pictures of everybody come before the last ones of anybody.
func (a *Allocator) lower(receivers []Receiver, steps []int16, level, next, left int64) {
	most := 0
	for i := range receivers {
		most = max(most, len(receivers[i].Sources))
	}
	for place := range most {
		at := 0
		for i := range receivers {
			r := &receivers[i]
			j := at + place
			at += len(r.Sources)
			if r.LAN || place >= len(r.Sources) {
				continue
			}
			l := &a.ladders[j]
			wanted, to := int(steps[j]), min(int(steps[j]), l.at(level))
			if up := min(wanted, l.at(next)); up > to && left >= 0 {
				if cost := l.rate(up) - l.rate(to); cost <= left {
					left -= cost
					to = up
				} else {
					left = -1 // what follows in order does not jump the queue
				}
			}
			if to < wanted {
				a.whose[j] = HostLine
			}
			steps[j] = int16(to)
		}
	}
}
