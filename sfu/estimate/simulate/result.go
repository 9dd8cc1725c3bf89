package simulate

import (
	"math"
	"slices"
)

// Result is what one run shows.
type Result struct {
	// Found is how long it took, after the start and each change of what there is, until the estimate was at 90 % of it,
	// or back at no more than 110 %; the longest, in ns.
	Found int64
	Never bool // in one of these phases it never was; Found is as long as the phase
	// Used is the share of what we could have had that passed the line, without padding.
	Used float64
	// Padding is the share of it that only probes took.
	Padding float64
	// Queue is how long packets waited, in ns.
	QueueMean, Queue95 int64
	// Lost is the share of packets that a full queue dropped.
	Lost float64
	// Swing is how much the estimate moves when it has found the rate: its deviation over its mean.
	Swing float64
	// Share is our part of what passed while a download ran.
	Share float64
	// Rates are the estimates, ten a second.
	Rates []int
}

// collector gathers it.
type collector struct {
	c              Case
	waits          []int64
	drops, packets int
	passedBytes    int64
	padding        int64
	rivalBytes     int64 // ours, while the rival ran
	samples        []int
	phases         []int64
	could          float64
}

func (r *collector) start(c Case) {
	r.c = c
	edges := []int64{0, c.Rival[0], c.Rival[1], c.Length}
	for _, s := range slices.Concat(c.Steps, c.Demand) {
		edges = append(edges, s.At)
	}
	slices.Sort(edges)
	r.phases = slices.Compact(edges)
	for t := int64(0); t < c.Length; t += 10 * millisecond {
		r.could += c.available(t) / 8 / 100
	}
}

func (r *collector) dropped() { r.drops++; r.packets++ }

func (r *collector) passed(at int64, size int, waited int64, padding bool) {
	r.packets++
	r.waits = append(r.waits, waited)
	if at < r.c.Length && padding {
		r.padding += int64(size)
	} else if at < r.c.Length {
		r.passedBytes += int64(size)
	}
	if at >= r.c.Rival[0] && at < r.c.Rival[1] {
		r.rivalBytes += int64(size)
	}
}

func (r *collector) sample(rate int) { r.samples = append(r.samples, rate) }

func (r *collector) finish(m *meeting) Result {
	out := Result{Rates: r.samples}
	slices.Sort(r.waits)
	var sum float64
	for _, w := range r.waits {
		sum += float64(w)
	}
	if n := len(r.waits); n > 0 {
		out.QueueMean, out.Queue95 = int64(sum/float64(n)), r.waits[n*95/100]
		out.Lost = float64(r.drops) / float64(r.packets)
	}
	out.Used, out.Padding = float64(r.passedBytes)/r.could, float64(r.padding)/r.could
	if r.c.Rival[1] > 0 {
		out.Share = float64(r.rivalBytes) / float64(r.rivalBytes+m.rival.delivered)
	}
	out.Found, out.Never, out.Swing = r.phasesOf()
	return out
}

// phasesOf looks at each stretch over which what there is stays the same; many short ones are one.
func (r *collector) phasesOf() (found int64, never bool, swing float64) {
	phases := r.phases
	if len(phases) > 8 {
		phases = []int64{0, r.c.Length}
	}
	var swings float64
	for i := range len(phases) - 1 {
		from, to := phases[i], phases[i+1]
		could := r.c.available(from)
		took, settled := to-from, from
		before := 0.0
		if i > 0 {
			before = r.c.available(from - 1)
		}
		for t := from; t < to; t += 100 * millisecond {
			rate := float64(r.at(t))
			if could >= before && rate >= 0.9*could || could < before && rate <= 1.1*could {
				took, settled = t-from, t
				break
			}
		}
		found, never = max(found, took), never || took == to-from
		swings += deviation(r.samples[r.index(settled):r.index(to)])
	}
	return found, never, swings / float64(len(phases)-1)
}

func (r *collector) index(t int64) int { return min(int(t/(100*millisecond)), len(r.samples)) }

func (r *collector) at(t int64) int { return r.samples[min(r.index(t), len(r.samples)-1)] }

// deviation is the standard deviation over the mean.
func deviation(rates []int) float64 {
	if len(rates) < 2 {
		return 0
	}
	var mean, sum float64
	for _, r := range rates {
		mean += float64(r) / float64(len(rates))
	}
	for _, r := range rates {
		sum += (float64(r) - mean) * (float64(r) - mean)
	}
	return math.Sqrt(sum/float64(len(rates))) / mean
}

// Mean is that of several runs of one case; Never is when one never found the rate.
func Mean(all []Result) Result {
	var m Result
	n := int64(len(all))
	for _, r := range all {
		m.Found += r.Found / n
		m.Never = m.Never || r.Never
		m.QueueMean += r.QueueMean / n
		m.Queue95 += r.Queue95 / n
		m.Used += r.Used / float64(n)
		m.Padding += r.Padding / float64(n)
		m.Lost += r.Lost / float64(n)
		m.Swing += r.Swing / float64(n)
		m.Share += r.Share / float64(n)
	}
	return m
}
