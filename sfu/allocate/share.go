package allocate

// The way of an allocation:
//
//  1. build makes each source's ladder of steps; those beyond the number of pictures are off.
//  2. For each receiver, fit finds the level up to which all its steps fit into its line.
//  3. For all receivers outside the LAN together, fit finds the level up to which they fit into the host's line.
//  4. Both happen twice: with all of the budgets for the most that may be sent, and with some of them set aside for what
//     may be raised to.
//  5. choose moves each source from its last step to within the two, and finds a layer that flows.

// spare is what a step up must leave free of a budget, in percent.
const spare = 10

// Allocator holds the scratch memory. One serves any number of meetings that share an uplink, from one goroutine.
type Allocator struct {
	ladders []ladder
	most    []int16 // per source: the step that may be sent
	upTo    []int16 // and the one that may be raised to
	whose   []Reason
	levels  []int64 // per receiver
}

// New makes an allocator.
func New() *Allocator { return &Allocator{} }

// Share fills in the Choice of each source and the Plan of each receiver. uplink is what the host's line carries for all
// receivers that are not in the LAN, in bit/s; 0 or less for no limit.
func (a *Allocator) Share(now int64, uplink int, receivers []Receiver) {
	a.prepare(receivers)
	a.fill(receivers, uplink, 100, a.most)
	a.fill(receivers, uplink, 100-spare, a.upTo)
	at := 0
	for i := range receivers {
		r := &receivers[i]
		a.receiver(now, r, at)
		at += len(r.Sources)
	}
	a.instead(receivers, uplink)
}

// prepare builds the ladders.
func (a *Allocator) prepare(receivers []Receiver) {
	n := 0
	for i := range receivers {
		n += len(receivers[i].Sources)
	}
	if cap(a.ladders) < n {
		a.ladders = make([]ladder, n)
		a.most, a.upTo, a.whose = make([]int16, n), make([]int16, n), make([]Reason, n)
	}
	if cap(a.levels) < len(receivers) {
		a.levels = make([]int64, len(receivers))
	}
	a.ladders, a.most, a.upTo, a.whose = a.ladders[:n], a.most[:n], a.upTo[:n], a.whose[:n]
	a.levels = a.levels[:len(receivers)]
	at := 0
	for i := range receivers {
		r := &receivers[i]
		r.Plan = Plan{Audio: max(r.Voices, 0) * max(r.VoiceRate, 0)}
		places := [Screen + 1]int{}
		for j := range r.Sources {
			class := min(r.Sources[j].Class, Screen)
			a.ladders[at+j].build(&r.Sources[j], places[class])
			places[class]++
		}
		a.cut(r, at)
		at += len(r.Sources)
	}
}

// cut turns off what is beyond the number of pictures: the last of the lowest class first.
func (a *Allocator) cut(r *Receiver, at int) {
	videos, faces := r.MaxVideos, r.MaxFaces
	for c := int(Screen); c >= 0; c-- {
		for j := range r.Sources {
			l := &a.ladders[at+j]
			if int(min(r.Sources[j].Class, Screen)) != c || l.n == 0 {
				continue
			}
			switch {
			case r.Sources[j].Barred, c == int(Thumbnail) && faces == 0:
				l.off = Economy
				continue
			case videos == 0:
				l.off = ServerBusy
				continue
			}
			videos--
			if c == int(Thumbnail) {
				faces--
			}
		}
	}
}

// fill finds the step of each source within percent of the budgets.
func (a *Allocator) fill(receivers []Receiver, uplink, percent int, steps []int16) {
	audio, at := int64(0), 0
	for i := range receivers {
		r := &receivers[i]
		end := at + len(r.Sources)
		budget := max(int64(r.Estimate)*int64(percent)/100-int64(r.Plan.Audio), 0)
		a.levels[i] = fit(a.ladders[at:end], budget)
		total := int64(0)
		for j := at; j < end; j++ {
			steps[j] = int16(a.ladders[j].at(a.levels[i]))
			total += a.ladders[j].rate(int(steps[j]))
		}
		raiseOne(a.ladders[at:end], steps[at:end], a.levels[i], budget-total)
		if !r.LAN {
			audio += int64(r.Plan.Audio)
		}
		for j := at; j < end; j++ {
			a.whose[j] = YourLine
		}
		at = end
	}
	if uplink > 0 {
		a.fillUplink(receivers, max(int64(uplink)*int64(percent)/100-audio, 0), steps)
	}
}

// raiseOne takes steps of the first level that did not fit as a whole, in order, while they fit.
func raiseOne(ladders []ladder, steps []int16, level, left int64) {
	next := nextLevel(ladders, level)
	if next == noLevel {
		return
	}
	for j := range ladders {
		l := &ladders[j]
		up := l.at(next)
		if up <= int(steps[j]) {
			continue
		}
		cost := l.rate(up) - l.rate(int(steps[j]))
		if cost > left {
			return
		}
		left -= cost
		steps[j] = int16(up)
	}
}

// nextLevel is the lowest level above that some ladder has, noLevel for none.
func nextLevel(ladders []ladder, level int64) int64 {
	next := int64(noLevel)
	for j := range ladders {
		l := &ladders[j]
		if i := l.at(level) + 1; i < l.n && l.off == Nothing && (next == noLevel || l.levels[i] < next) {
			next = l.levels[i]
		}
	}
	return next
}

// fit returns the highest level whose steps all together fit into the budget, noLevel when not even the first does.
func fit(ladders []ladder, budget int64) int64 {
	low, high := int64(noLevel), int64(noLevel)
	for j := range ladders {
		high = max(high, ladders[j].highest())
	}
	if total(ladders, high) <= budget {
		return high
	}
	for high-low > 1 { // low fits, high does not
		if middle := low + (high-low)/2; total(ladders, middle) <= budget {
			low = middle
		} else {
			high = middle
		}
	}
	return low
}

func total(ladders []ladder, level int64) (sum int64) {
	for j := range ladders {
		l := &ladders[j]
		sum += l.rate(l.at(level))
	}
	return sum
}
