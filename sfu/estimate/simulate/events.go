package simulate

// event is something that happens at a time. do is called then.
type event struct {
	at    int64
	order int // those of the same time happen as they were planned
	do    func(now int64)
}

// agenda is a heap of events.
type agenda struct {
	heap  []event
	count int
}

func (a *agenda) plan(at int64, do func(now int64)) {
	a.count++
	a.heap = append(a.heap, event{at, a.count, do})
	for i := len(a.heap) - 1; i > 0; {
		up := (i - 1) / 2
		if !a.before(i, up) {
			return
		}
		a.heap[i], a.heap[up] = a.heap[up], a.heap[i]
		i = up
	}
}

// take removes the next event. There must be one.
func (a *agenda) take() event {
	first, last := a.heap[0], len(a.heap)-1
	a.heap[0] = a.heap[last]
	a.heap[last] = event{}
	a.heap = a.heap[:last]
	for i := 0; ; {
		least := i
		for _, down := range []int{2*i + 1, 2*i + 2} {
			if down < last && a.before(down, least) {
				least = down
			}
		}
		if least == i {
			return first
		}
		a.heap[i], a.heap[least] = a.heap[least], a.heap[i]
		i = least
	}
}

func (a *agenda) before(i, j int) bool {
	x, y := &a.heap[i], &a.heap[j]
	return x.at < y.at || x.at == y.at && x.order < y.order
}
