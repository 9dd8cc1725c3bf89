package wheel

import (
	"cmp"
	"math"
	"math/rand"
	"slices"
	"testing"
)

const ms = int64(1e6)

func pop(w *Wheel[int], now int64) (values []int) {
	for n := w.Pop(now); n != nil; n = w.Pop(now) {
		values = append(values, n.Value)
	}
	return values
}

func TestNodesComeWhenTheyAreDue(t *testing.T) {
	var w Wheel[int]
	nodes := make([]Node[int], 6)
	for i, at := range []int64{12 * ms, 5 * ms, 7 * ms, 3600_000 * ms, 13 * ms, 320 * ms} {
		nodes[i].Value = i
		w.Arm(&nodes[i], at)
	}
	for _, c := range []struct {
		now  int64
		want []int
	}{
		{0, nil}, {5*ms - 1, nil}, {5 * ms, []int{1}}, {9 * ms, nil}, {10 * ms, []int{2}}, {15 * ms, []int{0, 4}},
		{320*ms - 1, nil}, {320 * ms, []int{5}}, {3600_000*ms - 1, nil}, {3600_000 * ms, []int{3}}, {math.MaxInt64, nil},
	} {
		if got := pop(&w, c.now); !slices.Equal(got, c.want) {
			t.Errorf("at %d ns: %v, want %v", c.now, got, c.want)
		}
	}
	if _, ok := w.Next(); ok {
		t.Error("an empty wheel wants to be woken")
	}
}

func TestArmAgainMovesBothWays(t *testing.T) {
	var w Wheel[int]
	a, b := Node[int]{Value: 1}, Node[int]{Value: 2}
	w.Arm(&a, 1000*ms)
	w.Arm(&b, 50*ms)
	w.Arm(&a, 20*ms)
	w.Arm(&b, 90000*ms)
	if got := pop(&w, 60*ms); !slices.Equal(got, []int{1}) {
		t.Errorf("%v at 60 ms, want [1]", got)
	}
	if a.Armed() || !b.Armed() {
		t.Error("a popped node is armed, or a waiting one is not")
	}
	if got := pop(&w, 90000*ms); !slices.Equal(got, []int{2}) {
		t.Errorf("%v at 90 s, want [2]", got)
	}
}

func TestCancel(t *testing.T) {
	var w Wheel[int]
	nodes := make([]Node[int], 3)
	for i := range nodes {
		nodes[i].Value = i
		w.Arm(&nodes[i], 10*ms)
	}
	if n := w.Pop(10 * ms); n != &nodes[0] {
		t.Fatal("the first armed did not come first")
	}
	w.Cancel(&nodes[1]) // due already, but not popped
	w.Cancel(&nodes[0]) // not armed
	if got := pop(&w, 10*ms); !slices.Equal(got, []int{2}) {
		t.Errorf("%v, want [2]", got)
	}
}

func TestAPassedDeadlineComesAtTheNextTickAndARoundEnds(t *testing.T) {
	var w Wheel[int]
	var n Node[int]
	w.Pop(100 * ms)
	for _, at := range []int64{math.MinInt64, -1, 0, 1, 99 * ms, 100 * ms, 101 * ms} {
		w.Arm(&n, at)
		if next, ok := w.Next(); !ok || next != 105*ms {
			t.Errorf("armed for %d: due at %d, %v", at, next, ok)
		}
	}
	// A minute passes unseen; a node that counts in its own steps of 20 ms does not come 3000 times.
	rounds, at := 0, int64(0)
	for got := w.Pop(60000 * ms); got != nil; got = w.Pop(60000 * ms) {
		at += 20 * ms
		w.Arm(got, at)
		rounds++
	}
	if rounds != 1 {
		t.Errorf("came %d times in one round", rounds)
	}
	if w.Pop(1 * ms); w.Pop(60005*ms) != &n {
		t.Error("a clock that went back lost the node")
	}
}

func TestTheFarthestDeadlines(t *testing.T) {
	for _, from := range []int64{0, 1, math.MaxInt64 / 2} {
		var w Wheel[int]
		var n Node[int]
		w.Pop(from)
		w.Arm(&n, math.MaxInt64)
		for range levels { // by the starts of the lists that hold it
			at, ok := w.Next()
			if !ok || at <= from {
				t.Fatalf("woken at %d from %d, %v", at, from, ok)
			}
			if from = at; at == math.MaxInt64 {
				break
			}
			if w.Pop(at) != nil {
				t.Fatalf("came at %d", at)
			}
		}
		if from != math.MaxInt64 {
			t.Errorf("more than %d steps to the end of time", levels)
		}
	}
}

// model is a wheel that is obviously right: it sorts by tick.
type model struct {
	until int64
	ticks map[int]int64
}

func (m *model) arm(id int, at int64) {
	tick := at / Tick
	if tick*Tick < at {
		tick++
	}
	m.ticks[id] = max(tick, m.until+1)
}

// check advances both to now and compares what comes.
func (m *model) check(t *testing.T, w *Wheel[int], now int64) {
	t.Helper()
	next, ok := w.Next()
	earliest := int64(math.MaxInt64)
	for _, tick := range m.ticks {
		earliest = min(earliest, tick)
	}
	if ok != (len(m.ticks) > 0) || ok && (next > earliest*Tick || next <= m.until*Tick) {
		t.Fatalf("woken at %d, %v; the earliest of %d nodes is due at %d, it is %d", next, ok, len(m.ticks), earliest*Tick, m.until*Tick)
	}
	m.until = max(m.until, now/Tick)
	type item struct {
		id   int
		tick int64
	}
	var want []item
	for id, tick := range m.ticks {
		if tick <= m.until {
			want = append(want, item{id, tick})
			delete(m.ticks, id)
		}
	}
	slices.SortFunc(want, func(a, b item) int { return cmp.Compare(a.tick, b.tick) })
	got := pop(w, now)
	if len(got) != len(want) {
		t.Fatalf("%d nodes at %d, want %d", len(got), now, len(want))
	}
	for len(want) > 0 { // tick by tick, as the order within one is free
		n := 1
		for n < len(want) && want[n].tick == want[0].tick {
			n++
		}
		for _, item := range want[:n] {
			if !slices.Contains(got[:n], item.id) {
				t.Fatalf("node %d is not among those of its tick", item.id)
			}
		}
		got, want = got[n:], want[n:]
	}
}

// play interprets data as operations on both, three bytes each.
func play(t *testing.T, data []byte) {
	var w Wheel[int]
	m := model{ticks: map[int]int64{}}
	nodes := make([]Node[int], 32)
	now := int64(0)
	for ; len(data) >= 3 && now < 1<<62; data = data[3:] {
		id := int(data[0]) % len(nodes)
		span := int64(data[1]) << (data[2] % 32) * 1000 // up to six days
		switch data[0] >> 5 {
		case 0, 1, 2:
			nodes[id].Value = id
			w.Arm(&nodes[id], now+span)
			m.arm(id, now+span)
		case 3:
			w.Arm(&nodes[id], now-span)
			nodes[id].Value = id
			m.arm(id, now-span)
		case 4:
			w.Cancel(&nodes[id])
			delete(m.ticks, id)
		case 5:
			now += span
			m.check(t, &w, now)
		default:
			now += int64(data[1]) * ms / 4
			m.check(t, &w, now)
		}
		if _, ok := m.ticks[id]; ok != nodes[id].Armed() {
			t.Fatalf("node %d armed: %v", id, nodes[id].Armed())
		}
	}
	m.check(t, &w, now+1<<50)
}

func TestAgainstASortedList(t *testing.T) {
	rnd := rand.New(rand.NewSource(3))
	data := make([]byte, 3000)
	for range 200 {
		rnd.Read(data)
		play(t, data)
	}
}

func FuzzWheel(f *testing.F) {
	f.Add([]byte{1, 10, 9, 2, 255, 30, 170, 1, 8, 97, 3, 3, 129, 0, 0, 200, 100, 0, 161, 255, 28})
	f.Add([]byte{0, 64, 6, 1, 63, 6, 2, 65, 6, 160, 64, 6, 225, 20, 0, 225, 20, 0})
	f.Fuzz(play)
}

func TestDoesNotAllocate(t *testing.T) {
	var w Wheel[int]
	nodes := make([]Node[int], 100)
	now := int64(0)
	if n := testing.AllocsPerRun(1000, func() {
		now += 3 * ms
		for i := range nodes {
			if !nodes[i].Armed() {
				w.Arm(&nodes[i], now+int64(i)*7*ms)
			}
		}
		w.Cancel(&nodes[50])
		w.Next()
		for w.Pop(now) != nil {
			continue
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// BenchmarkRound is the work of one tick with 10 000 deadlines spread over a second, each armed again when it comes.
func BenchmarkRound(b *testing.B) {
	var w Wheel[int]
	nodes := make([]Node[int], 10000)
	rnd := rand.New(rand.NewSource(4))
	for i := range nodes {
		w.Arm(&nodes[i], rnd.Int63n(1000*ms))
	}
	b.ReportAllocs()
	now, popped := int64(0), 0
	for b.Loop() {
		now += Tick
		for n := w.Pop(now); n != nil; n = w.Pop(now) {
			w.Arm(n, now+1000*ms)
			popped++
		}
		w.Next()
	}
	b.ReportMetric(float64(popped)/float64(b.N), "nodes/op")
}

// BenchmarkArm moves one of 10 000 deadlines.
func BenchmarkArm(b *testing.B) {
	var w Wheel[int]
	nodes := make([]Node[int], 10000)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		w.Arm(&nodes[i*7919%len(nodes)], int64(i%1000)*ms)
		i++
	}
}

// BenchmarkJump pops 10 000 deadlines spread over ten minutes at once.
func BenchmarkJump(b *testing.B) {
	var w Wheel[int]
	nodes := make([]Node[int], 10000)
	b.ReportAllocs()
	now := int64(0)
	for b.Loop() {
		for i := range nodes {
			w.Arm(&nodes[i], now+int64(i)*60*ms)
		}
		now += 600000 * ms
		for w.Pop(now) != nil {
			continue
		}
	}
}
