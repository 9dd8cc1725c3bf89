package sfu

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"tablee/sfu/history"
	"tablee/sfu/rtcp"
	"tablee/sfu/udp"
)

// meeting is what TestForwardDoesNotAllocate measures: two who speak and film, fourteen who are sent it, all on real sockets.
type meeting struct {
	*hall
	a, b      *guest
	receivers []*guest
	packets   [2][][]byte // of a and b: the two layers, key frames of them, the voice
	sent      uint64
	frames    int
}

const receivers = 14

func openMeeting(t testing.TB, cfg udp.Config, loopback netip.Addr) *meeting {
	m := &meeting{hall: openHall(t, cfg, loopback, true)}
	m.a, m.b = m.join("a", true, 1, 1), m.join("b", true, 1, 1)
	for i := range receivers {
		m.receivers = append(m.receivers, m.join(fmt.Sprint("r", i), false, 3, 1))
	}
	m.receivers[0].check(t)
	for i := range m.packets {
		for layer, l := range encodings {
			for _, key := range []bool{false, true} {
				m.packets[i] = append(m.packets[i], template(96, l.ssrc, "1", l.rid, append(frame(1, key, 180<<layer), make([]byte, 600)...)))
			}
		}
		m.packets[i] = append(m.packets[i], template(111, 100, "0", "", make([]byte, 80)))
	}
	return m
}

// What a guest sends, as an index into meeting.packets.
const (
	low, lowKey, high, highKey, voice = 0, 1, 2, 3, 4
)

// send sends one packet of a guest. It does not allocate. One that is lost is only numbered.
func (m *meeting) send(g *guest, who, what int, lost bool) {
	p := m.packets[who][what]
	ssrc := binary.BigEndian.Uint32(p[8:])
	g.seq[ssrc]++
	if lost {
		return
	}
	g.seq[0]++ // transport-wide
	g.raw = append(g.raw[:0], p...)
	binary.BigEndian.PutUint16(g.raw[2:], g.seq[ssrc])
	step := uint32(1000)
	if what == voice {
		step = 960
	}
	binary.BigEndian.PutUint32(g.raw[4:], uint32(g.seq[ssrc])*step)
	binary.BigEndian.PutUint16(g.raw[17:], g.seq[0]) // the first extension: behind 12 bytes, profile, length, and its own head
	sealed, err := g.SealRTP(g.raw)
	if err != nil {
		m.t.Fatal(err)
	}
	g.Send(sealed)
	m.sent++
}

// burst is a frame of a's camera in both layers, its voice, and now and then something of b; then everybody catches up.
func (m *meeting) burst() {
	m.frames++
	m.pass(33 * time.Millisecond) // as fast as people send: for more, lines have no room
	a, b := m.a, m.b
	key := 0
	if m.frames%16 == 0 {
		key = 1
	}
	for i := range 3 {
		m.send(a, 0, low+key, m.frames%50 == 25 && i == 1)
		key = 0
		m.send(a, 0, high+(m.frames+8)%16/15, false)
	}
	m.send(a, 0, voice, false)
	if m.frames%2 == 0 {
		m.send(b, 1, low+m.frames/2%8/7, false)
	}
	m.settled(m.sent)
}

// comment sends what receivers say by RTCP: of losses, of pictures, of what came.
func (m *meeting) comment(round int) {
	for i, r := range m.receivers {
		b := r.raw[:0]
		b = rtcp.AppendReceiverReport(b, 1, []rtcp.Block{{SSRC: r.video}})
		if round%2 == 0 {
			b = rtcp.AppendNACK(b, 1, r.video, []history.NackPair{{PID: uint16(r.last.Load()) - uint16(i), BLP: 1}})
		}
		if (round+i)%5 == 0 {
			b = rtcp.AppendPLI(b, 1, r.video)
		}
		b = r.feedback(b)
		sealed, err := r.SealRTCP(b)
		if err != nil {
			m.t.Fatal(err)
		}
		r.Send(sealed)
	}
	for i, g := range []*guest{m.a, m.b} {
		b := rtcp.AppendSenderReport(g.raw[:0], rtcp.SenderInfo{SSRC: encodings[0].ssrc, NTP: uint64(round) << 32, RTPTime: uint32(round) * 90000, Packets: uint32(i)}, nil)
		sealed, err := g.SealRTCP(b)
		if err != nil {
			m.t.Fatal(err)
		}
		g.Send(sealed)
	}
}

// turn makes the receivers show something else: the other layer, or the other camera.
func (m *meeting) turn(round int) {
	want := []Want{{ID: "a", Kind: Camera, Height: 180}, {ID: "a", Kind: Camera, Height: 360}, {ID: "b", Kind: Camera, Height: 180}}
	for i, r := range m.receivers {
		at := (round + i/5) % len(want)
		r.peer.Demand(want[at : at+1])
	}
}

// reported says whether everybody was told how things are: then all memory is there that this takes.
func (m *meeting) reported() bool {
	return !slices.ContainsFunc(m.guests, func(g *guest) bool { return g.rtcp.Load() == 0 })
}

// sites are where memory was taken on the goroutines of the engine, by the stack.
type sites map[string]int64

// allocations lists what the engine has ever allocated since MemProfileRate is 1, without what belongs to ICE.
func allocations() sites {
	for range 3 { // the profile is of what the last but one collection saw
		runtime.GC()
	}
	records := make([]runtime.MemProfileRecord, 0)
	for n, ok := runtime.MemProfile(nil, true); !ok; n, ok = runtime.MemProfile(records, true) {
		records = make([]runtime.MemProfileRecord, n+200)
	}
	out := sites{}
	for i := range records {
		if r := &records[i]; r.AllocObjects > 0 {
			if s := engineStack(r.Stack()); s != "" {
				out[s] += r.AllocObjects
			}
		}
	}
	return out
}

// engineStack writes a stack down, if it is one of a goroutine that handles packets or works for the engine. What Go's scheduler
// takes for a goroutine that waits is not its fault; it comes from a store that each garbage collection empties.
func engineStack(pcs []uintptr) string {
	var lines []string
	ours := false
	for frames := runtime.CallersFrames(pcs); ; {
		f, more := frames.Next()
		lines = append(lines, fmt.Sprintf("%s:%d", f.Function, f.Line))
		switch f.Function {
		case "tablee/sfu.(*worker).read", "tablee/sfu.(*Engine).work", "tablee/sfu/udp.(*Conn).Run":
			ours = true
		case "runtime.acquireSudog":
			return ""
		}
		if !more {
			break
		}
	}
	if !ours {
		return ""
	}
	return strings.Join(lines, " < ")
}

// control says whether an allocation is not a packet's: routing a room anew, delivering notices, a new audience, a history
// that grows to what it needs, ICE.
func control(stack string) bool {
	for _, f := range []string{"(*room).route", "(*room).listen", "(*room).remind", "(*Engine).share", "(*room).rateLines", "(*notes).deliver", "(*stream).prune", "(*Ring).Resized", "direct.(*Port).steer"} {
		if strings.Contains(stack, f) {
			return true
		}
	}
	return false
}

// Socket in to socket out, for fourteen receivers, with losses repaired, slots that go over, and RTCP under way: no packet
// takes memory.
func TestForwardDoesNotAllocate(t *testing.T) {
	v4, v6 := netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()
	for _, c := range []struct {
		name     string
		cfg      udp.Config
		loopback netip.Addr
	}{
		{"IPv4", udp.Config{}, v4},
		{"IPv6", udp.Config{}, v6},
		{"IPv4 without GSO", udp.Config{NoGSO: true}, v4},
		{"IPv6 without GSO", udp.Config{NoGSO: true}, v6},
		{"IPv4 portable", udp.Config{Portable: true}, v4},
	} {
		t.Run(c.name, func(t *testing.T) { forwardAll(t, openMeeting(t, c.cfg, c.loopback)) })
	}
}

func forwardAll(t *testing.T, m *meeting) {
	defer func(rate int) { runtime.MemProfileRate = rate }(runtime.MemProfileRate)
	runtime.MemProfileRate = 1
	round := 0
	play := func(packets uint64) {
		for until := m.sent + packets; m.sent < until; round++ {
			for range 12 {
				m.burst()
			}
			m.comment(round)
			if round%4 == 0 {
				m.turn(round / 4)
			}
		}
	}
	for round < 40 || !m.reported() {
		play(100)
	}
	before, stats := allocations(), m.engine.Stats()
	play(measured)
	after, done := allocations(), m.engine.Stats()
	forwarded, routing := done.Forwarded-stats.Forwarded, int64(0)
	for stack, n := range after {
		switch n -= before[stack]; {
		case n <= 0:
		case control(stack):
			routing += n
		default:
			t.Errorf("%d allocations at %s", n, stack)
		}
	}
	t.Logf("%d packets in, %d out, %d repaired, %d refused; %d allocations by routing", done.Received-stats.Received, forwarded, done.Retransmitted-stats.Retransmitted, done.RTXRefused-stats.RTXRefused, routing)
	if forwarded < 5*measured || done.Retransmitted == stats.Retransmitted || done.KeyFrames == 0 {
		t.Errorf("not everything was under way: %+v", done)
	}
	if n := m.receivers[0].faulty.Load(); n != 0 {
		t.Errorf("%d packets could not be opened", n)
	}
}

// One packet in, fourteen out, from socket to socket; nothing but what that takes.
func BenchmarkForward14(b *testing.B) {
	m := openMeeting(b, udp.Config{}, netip.AddrFrom4([4]byte{127, 0, 0, 1}))
	m.receivers[0].open.Store(nil)
	for _, r := range m.receivers {
		r.peer.Demand([]Want{{ID: "a", Kind: Camera, Height: 180}})
	}
	m.send(m.a, 0, lowKey, false)
	c := &m.engine.counters
	m.until("everybody is shown the camera", func() bool { return c.forwarded.Load() >= receivers })
	m.settled(m.sent)
	before := c.forwarded.Load()
	b.ReportAllocs()
	for b.Loop() {
		m.pass(33 * time.Millisecond)
		for range 8 {
			m.send(m.a, 0, low, false)
		}
		m.settled(m.sent)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(c.forwarded.Load()-before), "ns/forwarded")
}
