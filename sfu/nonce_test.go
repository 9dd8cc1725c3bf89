package sfu

import (
	"bytes"
	"encoding/binary"
	"slices"
	"sync"
	"testing"
	"time"

	pion "github.com/pion/srtp/v3"

	"tablee/sfu/srtp"
)

// capture is every media datagram that came to one visitor, under one pair of keys.
type capture struct {
	v   *visitor
	mu  sync.Mutex // guards all
	all [][]byte
}

func (c *capture) took(b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = append(c.all, slices.Clone(b))
}

// watchVisitor captures all that comes to a visitor.
func watchVisitor(v *visitor) *capture {
	c := &capture{v: v}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.tap = c.took
	return c
}

// No nonce twice, in a whole meeting: sources are switched, begin anew, come out of order and twice; ICE restarts, addresses
// change, participants reconnect. Whatever arrives under one key has an SSRC and an index that nothing else has, and Pion's own
// SRTP opens it.
func TestNoNonceIsUsedTwice(t *testing.T) {
	inWorldOver(t, false, func(w *world) {
		w.t = t
		a, b := w.visit("a", 2, 2), w.visit("b", 2, 2)
		captures := []*capture{watchVisitor(a), watchVisitor(b)}
		invite := func(id string) *visitor { // watched from the first packet on
			v := w.invite(id, 2, 2)
			captures = append(captures, watchVisitor(v))
			v.enter()
			return v
		}
		c := invite("c")
		repeated := map[int]bool{3: true, 7: true}
		w.setDrop(func(from, to string, x []byte) bool { return lost(from, x) })
		for k := range 240 {
			cam := Want{ID: []string{"a", "b"}[k/10%2], Kind: Camera, Height: 180 << (k / 5 % 2)}
			c.peer.Demand([]Want{cam, {ID: "b", Kind: Camera, Height: 180}})
			a.peer.Demand([]Want{{ID: "b", Kind: Camera, Height: 180 << (k / 7 % 2)}})
			for who, v := range []*visitor{a, b} {
				for layer := range 2 {
					if k%6 == 2 {
						v.late()
					}
					v.film(k, layer, k%4 == who)
					if repeated[k%10] {
						v.again(encodings[layer].ssrc, uint16(k%5))
					}
				}
				v.talk(k, uint8(20+90*(k/20%2)))
			}
			switch k {
			case 50, 90:
				a.jump(200, 20000)
			case 70:
				b.jump(100, 30000)
			case 100, 180: // reconnects, as another participant of the same name
				c.leave()
				c = invite("c")
			case 120, 150: // ICE restart
				a.Renew()
				a.offer()
			case 160: // another address
				old := b.Move(w.socket())
				time.Sleep(100 * time.Millisecond)
				_ = old.Close()
			case 210: // reconnects while a is filming
				b.leave()
				b = invite("b")
			}
			time.Sleep(33 * time.Millisecond)
		}
		time.Sleep(3 * time.Second)
		for _, v := range []*visitor{a, b, c} {
			v.leave()
		}
		total := 0
		for _, c := range captures {
			total += c.check(t)
		}
		if s := w.engine.Stats(); total < 2000 || s.Retransmitted < 20 || s.Repeats < 20 || w.engine.port.Counters().Replayed.Load() < 20 {
			t.Errorf("%d packets were looked at, %+v: not everything was tried", total, s)
		}
		t.Logf("%d packets under %d keys", total, len(captures))
	})
}

// again sends one of the last packets of a layer again: late, and twice.
func (v *visitor) again(ssrc uint32, back uint16) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if p := v.kept[ssrc][v.heads[ssrc]-back]; p != nil {
		v.repairLocked(ssrc, p)
		v.repairLocked(ssrc, p)
	}
}

// check opens all packets with Pion's SRTP and looks for a nonce that was used twice; it returns how many there were.
func (c *capture) check(t *testing.T) int {
	t.Helper()
	_, theirs := c.v.Keys()
	open, err := pion.CreateContext(theirs.Key, theirs.Salt, pion.ProtectionProfile(theirs.Profile))
	if err != nil {
		t.Error(err)
		return 0
	}
	type nonce struct {
		ssrc  uint32
		index uint64
		rtcp  bool
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	used := map[nonce][]byte{}
	head := map[uint32]uint64{}
	for _, b := range c.all {
		n := nonce{}
		if n.rtcp = b[1] >= 192 && b[1] <= 223; n.rtcp {
			n.ssrc = binary.BigEndian.Uint32(b[4:])
			n.index = uint64(binary.BigEndian.Uint32(b[len(b)-4:]) &^ (1 << 31)) // at the end with GCM
			if theirs.Profile == srtp.AES128CM {
				n.index = uint64(binary.BigEndian.Uint32(b[len(b)-14:]) &^ (1 << 31)) // before the tag
			}
			_, err = open.DecryptRTCP(nil, b, nil)
		} else {
			n.ssrc = binary.BigEndian.Uint32(b[8:])
			seq, last := binary.BigEndian.Uint16(b[2:]), head[n.ssrc]
			n.index = last + uint64(int64(int16(seq-uint16(last)))) // RFC 3711, section 3.3.1
			head[n.ssrc] = max(last, n.index)
			_, err = open.DecryptRTP(nil, b, nil)
		}
		if err != nil {
			t.Errorf("%s: Pion does not open packet %d of %d (RTCP: %v): %v", c.v.id, n.index, n.ssrc, n.rtcp, err)
			break
		}
		if old, twice := used[n]; twice {
			t.Errorf("%s: packet %d of %d (RTCP: %v) was encrypted twice; the same bytes: %v", c.v.id, n.index, n.ssrc, n.rtcp, bytes.Equal(old, b))
			break
		}
		used[n] = b
	}
	return len(c.all)
}
