package sfu

import (
	"fmt"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtp"
)

// The same meeting over both transports gives the same packets: every receiver gets, on every slot, the same payloads with the
// same marks, steps of sequence numbers and timestamps, sources and payload types, and the same retransmissions. Where streams
// begin, and in which order slots take turns, is not compared.
func TestBothTransportsSendTheSamePackets(t *testing.T) {
	var results [2]map[string][]string
	for i, stock := range []bool{false, true} {
		inWorldOver(t, stock, func(w *world) {
			w.t = t
			results[i] = playMeeting(w)
		})
	}
	direct, stock := results[0], results[1]
	total := 0
	for slot, want := range stock {
		got := direct[slot]
		total += len(want)
		for i := range max(len(want), len(got)) {
			switch {
			case i >= len(got):
				t.Errorf("%s: %d packets directly, %d by stock Pion", slot, len(got), len(want))
			case i >= len(want) || got[i] != want[i]:
				t.Errorf("%s: packet %d is\n%s directly, and by stock Pion\n%s", slot, i, got[i], append(want, "nothing")[min(i, len(want))])
			default:
				continue
			}
			break
		}
	}
	for slot := range direct {
		if len(stock[slot]) == 0 {
			t.Errorf("%s is used directly, and not by stock Pion", slot)
		}
	}
	t.Logf("%d packets on %d slots", total, len(stock))
	for _, slot := range []string{"a v0 rtx", "b v0", "c v0 rtx", "d v0", "d a0", "a a0", "b a1", "c a0"} {
		if len(stock[slot]) == 0 {
			t.Errorf("nothing came on %s: not everything was tried", slot)
		}
	}
}

// beat is one step of the script: a frame of video, and three packets of sound. Participants send 1, 2, 3 ms after it, and each
// packet apart from the one before: what comes at one instant is handled on several goroutines, in any order. The engine's
// timers run every 5 ms.
const (
	beat  = 60 * time.Millisecond
	apart = 100 * time.Microsecond
)

// playMeeting plays the script and returns what came, in words, by receiver and slot.
func playMeeting(w *world) map[string][]string {
	born := time.Now()
	a, b, c := w.visit("a", 2, 2), w.visit("b", 2, 2), w.visit("c", 2, 2)
	all := []*visitor{a, b, c}
	w.setDrop(func(from, to string, x []byte) bool { return lost(from, x) })
	time.Sleep(time.Until(born.Add(20 * time.Second))) // by then all are connected, whatever the transport
	var d *visitor
	var joining sync.WaitGroup
	want := func(v *visitor, wants ...Want) { v.peer.Demand(wants) }
	cam := func(id string, height int) Want { return Want{ID: id, Kind: Camera, Height: height} }
	script := map[int]func(){
		0:  func() { want(a, cam("b", 180)); want(b, cam("a", 180)); want(c, cam("a", 180), cam("b", 180)) },
		40: func() { want(b, cam("a", 360)) },
		60: func() { want(c, cam("b", 360), cam("a", 180)) },
		80: func() { want(b, cam("c", 180)); want(a) },
		90: func() { // everybody is silent: when a joins, who is heard does not depend on how long that takes
			d = w.invite("d", 2, 2)
			joining.Go(d.enter)
		},
		125: func() { joining.Wait(); want(d, cam("a", 180), cam("c", 360)) },
		140: func() { a.jump(200, 20000); want(a, cam("c", 360), cam("b", 180)) },
		160: func() { b.jump(100, 40000) },
		170: func() { want(b, cam("a", 180)); want(c) },
	}
	level := func(who, k int) uint8 {
		if speaks := [3]bool{k < 30 || k > 130, k > 20 && k < 60 || k > 150, k > 130 && k < 170}[who]; speaks {
			return uint8(20 + 5*who)
		}
		return 127
	}
	for k := range 200 {
		if do := script[k]; do != nil {
			do()
		}
		for third := range 3 {
			for who, v := range all {
				time.Sleep(time.Millisecond - 4*apart)
				if third == 0 {
					v.film(k, 0, k%16 == 4*who)
					time.Sleep(apart)
					v.film(k, 1, k%16 == 4*who)
				} else {
					time.Sleep(3 * apart)
				}
				time.Sleep(apart)
				v.talk(3*k+third, level(who, k))
			}
			time.Sleep(beat/3 - 3*time.Millisecond)
		}
	}
	time.Sleep(5 * time.Second)
	out := map[string][]string{}
	for _, v := range append(all, d) {
		v.leave()
		for mid, packets := range v.got {
			out[v.id+" "+mid] = inWords(packets)
		}
		if v.bad > 0 {
			w.t.Errorf("%s: %d packets could not be opened", v.id, v.bad)
		}
	}
	return out
}

// lost is which packets do not arrive: now and then one of a layer on its way in, now and then one of a slot on its way out.
func lost(from string, b []byte) bool {
	if len(b) < 12 || b[0]>>6 != 2 || b[1]&0x7f != 96 {
		return false
	}
	seq := int(b[2])<<8 | int(b[3])
	host, _, _ := net.SplitHostPort(from)
	if host == visitServer.Addr().String() {
		return seq%29 == 11
	}
	return seq%37 == 5
}

// inWords describes packets, each by how it differs from the first.
func inWords(packets []rtp.Packet) (out []string) {
	first := packets[0]
	for _, p := range packets {
		csrc := slices.Clone(p.CSRC)
		out = append(out, fmt.Sprintf("+%d at +%d, type %d, marked %v, of %v: %x", p.SequenceNumber-first.SequenceNumber, p.Timestamp-first.Timestamp, p.PayloadType, p.Marker, csrc, p.Payload))
	}
	return out
}
