package srtp

import (
	"encoding/binary"
	"math/rand"
	"testing"
)

func TestPacketsDoNotAllocate(t *testing.T) {
	forKinds(t, func(t *testing.T, profile Profile, fast bool) {
		keys := newKeys(t, profile, fast)
		var out Outbound
		var in Inbound
		out.Init(keys, 7)
		in.Init(keys)
		packet, seq := simpleRTP(7, 0, 1200), uint16(0)
		round := func() {
			seq++
			binary.BigEndian.PutUint16(packet[2:], seq)
			sealed, err := out.Seal(packet, rtpHeaderSize)
			if err != nil {
				t.Fatal(err)
			}
			if _, err = in.Open(sealed); err != nil {
				t.Fatal(err)
			}
		}
		round() // the SSRC is new
		if n := testing.AllocsPerRun(1000, round); n != 0 {
			t.Errorf("%v allocations per packet", n)
		}
		forged := clone(packet)
		if n := testing.AllocsPerRun(1000, func() {
			binary.BigEndian.PutUint32(forged[8:], rand.Uint32())
			if _, err := in.Open(forged); err != ErrAuth {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%v allocations per forged packet", n)
		}
	})
}

func TestRTCPPacketsDoNotAllocate(t *testing.T) {
	forKinds(t, func(t *testing.T, profile Profile, fast bool) {
		keys := newKeys(t, profile, fast)
		var out OutboundRTCP
		var in InboundRTCP
		out.Init(keys)
		in.Init(keys)
		packet := plainRTCP(rand.New(rand.NewSource(1)), 7, 100)
		round := func() {
			sealed, err := out.Seal(packet)
			if err != nil {
				t.Fatal(err)
			}
			if _, err = in.Open(sealed); err != nil {
				t.Fatal(err)
			}
		}
		round() // the SSRC is new
		if n := testing.AllocsPerRun(1000, round); n != 0 {
			t.Errorf("%v allocations per packet", n)
		}
	})
}
