package impair

import (
	"errors"
	"math"
	"net/netip"
	"testing"
	"time"
)

const ms = int64(time.Millisecond)

// send pushes n packets of a size, one every so often, and returns when each that arrived was sent and came.
func send(p *pipe, n, size int, every int64) (sent, came []int64) {
	data := make([]byte, size)
	var addr netip.AddrPort
	drain := func(now int64) {
		for {
			due, ok := p.next()
			if !ok || due > now {
				return
			}
			x, _ := p.pop(due)
			i := int64(x.data[0])<<24 | int64(x.data[1])<<16 | int64(x.data[2])<<8 | int64(x.data[3])
			sent, came = append(sent, i*every), append(came, due)
			p.reuse(x.data)
		}
	}
	for i := range n {
		now := int64(i) * every
		drain(now)
		data[0], data[1], data[2], data[3] = byte(i>>24), byte(i>>16), byte(i>>8), byte(i)
		p.push(now, data, addr)
	}
	drain(math.MaxInt64)
	return sent, came
}

// Asked 10 % loss gives 10 %, within four standard deviations, and the same with the same seed.
func TestLossIsWhatWasAskedFor(t *testing.T) {
	const n = 100_000
	for _, loss := range []float64{0, 0.001, 0.1, 0.5, 1} {
		p := newPipe(Way{Loss: loss}, 0, false, 7)
		sent, _ := send(p, n, 100, ms)
		got := 1 - float64(len(sent))/n
		if off := math.Abs(got - loss); off > 4*math.Sqrt(loss*(1-loss)/n) {
			t.Errorf("asked for a loss of %v, got %v", loss, got)
		}
		again, _ := send(newPipe(Way{Loss: loss}, 0, false, 7), n, 100, ms)
		if len(again) != len(sent) {
			t.Errorf("loss %v: %d and %d packets with the same seed", loss, len(sent), len(again))
		}
	}
}

// Losses do not come in clusters: what follows a loss is lost as often as anything.
func TestLossesAreIndependent(t *testing.T) {
	const n = 100_000
	sent, _ := send(newPipe(Way{Loss: 0.1}, 0, false, 3), n, 100, 1)
	here := make([]bool, n)
	for _, s := range sent {
		here[s] = true
	}
	pairs := 0
	for i := 1; i < n; i++ {
		if !here[i] && !here[i-1] {
			pairs++
		}
	}
	if got := float64(pairs) / n; math.Abs(got-0.01) > 4*math.Sqrt(0.01*0.99/n) {
		t.Errorf("two losses in a row in %.4f of the cases, not 0.01", got)
	}
}

func TestDelayAndJitterAreKept(t *testing.T) {
	for _, reorder := range []bool{false, true} {
		p := newPipe(Way{Delay: 40 * time.Millisecond, Jitter: 20 * time.Millisecond}, 0, reorder, 1)
		sent, came := send(p, 20_000, 100, 5*ms)
		if len(sent) != 20_000 {
			t.Fatalf("%d arrived", len(sent))
		}
		sum, overtaken := int64(0), 0
		for i := range sent {
			d := came[i] - sent[i]
			if d < 40*ms || d > 60*ms {
				t.Fatalf("a packet took %v", time.Duration(d))
			}
			sum += d
			if i > 0 && sent[i] < sent[i-1] {
				overtaken++
			}
		}
		mean := time.Duration(sum / int64(len(sent)))
		least, most := 49*time.Millisecond, 51*time.Millisecond
		if !reorder { // who would overtake waits
			most = 57 * time.Millisecond
		}
		if mean < least || mean > most {
			t.Errorf("reorder %v: %v in the mean", reorder, mean)
		}
		if (overtaken > 0) != reorder {
			t.Errorf("reorder %v: %d overtook", reorder, overtaken)
		}
	}
}

// A line that is asked to carry twice its rate carries its rate, its queue is as long as it may be, and the rest is lost.
func TestRateAndQueueAreKept(t *testing.T) {
	const rate, size = 1_000_000, 1000 - overhead
	p := newPipe(Way{Rate: rate, Delay: 10 * time.Millisecond}, 100*time.Millisecond, false, 1)
	sent, came := send(p, 25_000, size, 4*ms) // 2 Mbit/s for 100 s
	bits, took := float64(len(sent)*1000*8), time.Duration(came[len(came)-1]-came[0])
	if got := bits / took.Seconds(); math.Abs(got-rate) > 0.01*rate {
		t.Errorf("%.0f bit/s", got)
	}
	longest := int64(0)
	for i := range sent {
		longest = max(longest, came[i]-sent[i])
	}
	if d := time.Duration(longest); d < 100*time.Millisecond || d > 120*time.Millisecond {
		t.Errorf("a packet took %v, of which 18 ms are delay and its own length", d)
	}
	if p.dropped != p.pushed-uint64(len(sent)) || p.lost != 0 {
		t.Errorf("%d dropped and %d lost of %d, %d arrived", p.dropped, p.lost, p.pushed, len(sent))
	}
	// At less than its rate a line does nothing but delay.
	sent, came = send(newPipe(Way{Rate: rate, Delay: 10 * time.Millisecond}, 0, false, 1), 1000, size, 16*ms)
	for i := range sent {
		if d := came[i] - sent[i]; d != 18*ms {
			t.Fatalf("a packet took %v", time.Duration(d))
		}
	}
}

// Memory is bounded, whatever the delay.
func TestQueueIsBounded(t *testing.T) {
	p := newPipe(Way{Delay: MostDelay}, 0, false, 1)
	for range 3 * maxQueued {
		p.push(0, []byte{1}, netip.AddrPort{})
	}
	if len(p.waiting) != maxQueued || p.dropped != 2*maxQueued {
		t.Errorf("%d wait, %d dropped", len(p.waiting), p.dropped)
	}
	for range maxQueued {
		x, ok := p.pop(int64(MostDelay))
		if !ok {
			t.Fatal("nothing arrived")
		}
		p.reuse(x.data)
	}
	if len(p.spare) != maxSpare {
		t.Errorf("%d buffers are kept", len(p.spare))
	}
}

func TestProfilesAreChecked(t *testing.T) {
	for _, p := range known() {
		if err := p.Check(); err != nil || p.Name == "" || p.Clear() != (p.Name == "lan") {
			t.Errorf("%+v: %v", p, err)
		}
	}
	for _, w := range []Way{
		{Loss: -0.1}, {Loss: 1.1}, {Loss: math.NaN()}, {Delay: -1}, {Delay: MostDelay + 1}, {Jitter: -1}, {Jitter: MostDelay + 1},
		{Rate: 1}, {Rate: -1},
	} {
		if err := (Profile{Up: w}).Check(); !errors.Is(err, ErrProfile) {
			t.Errorf("up %+v: %v", w, err)
		}
		if err := (Profile{Down: w}).Check(); !errors.Is(err, ErrProfile) {
			t.Errorf("down %+v: %v", w, err)
		}
	}
	if err := (Profile{Queue: -1}).Check(); !errors.Is(err, ErrProfile) {
		t.Errorf("queue: %v", err)
	}
}

func TestMixes(t *testing.T) {
	for _, c := range []struct {
		text string
		n    int
		want string // first letters
	}{
		{"lan", 3, "lll"}, {"fibre:2,4g:1", 3, "ff4"}, {"fibre:1,4g", 3, "f44"}, {"fibre,4g", 3, "f44"}, {" bad , lan:1 ", 2, "bl"},
		{"fibre:2", 3, ""}, {"fibre:4", 3, ""}, {"fibre:0,4g", 3, ""}, {"fibre:x", 3, ""}, {"wet string", 3, ""}, {"", 3, ""},
		{"fibre,4g,bad,lan", 3, ""}, {"fibre:3,4g", 3, ""},
	} {
		got := ""
		profiles, err := ParseMix(c.text, c.n)
		for _, p := range profiles {
			got += p.Name[:1]
		}
		if got != c.want || (err == nil) != (c.want != "") || err != nil && !errors.Is(err, ErrProfile) {
			t.Errorf("%q for %d: %q, %v", c.text, c.n, got, err)
		}
	}
}

func FuzzParseMix(f *testing.F) {
	f.Add("fibre:10,4g:5", 15)
	f.Add("lan,bad:1,", 2)
	f.Fuzz(func(t *testing.T, text string, n int) {
		if n < 1 || n > 500 {
			return
		}
		if got, err := ParseMix(text, n); err == nil && len(got) != n {
			t.Fatalf("%d networks for %d", len(got), n)
		}
	})
}

func BenchmarkPipe(b *testing.B) {
	p := newPipe(Way{Rate: 1e9, Delay: 20 * time.Millisecond, Jitter: 5 * time.Millisecond, Loss: 0.01}, 0, false, 1)
	data := make([]byte, 1200)
	b.ReportAllocs()
	for i := range b.N {
		now := int64(i) * ms
		p.push(now, data, netip.AddrPort{})
		for {
			x, ok := p.pop(now)
			if !ok {
				break
			}
			p.reuse(x.data)
		}
	}
}
