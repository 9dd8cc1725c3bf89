package srtp

import (
	"bytes"
	"errors"
	"math/rand"
	"testing"
)

func TestNewKeysRefuses(t *testing.T) {
	for _, c := range []struct {
		profile   Profile
		key, salt int
		want      error
	}{
		{AES128GCM, 16, 12, nil},
		{AES128CM, 16, 14, nil},
		{AES128GCM, 16, 14, ErrKeySize},
		{AES128CM, 16, 12, ErrKeySize},
		{AES128GCM, 32, 12, ErrKeySize},
		{AES128CM, 0, 0, ErrKeySize},
		{0x0002, 16, 14, ErrProfile},
		{0x0008, 32, 12, ErrProfile},
		{0, 16, 14, ErrProfile},
	} {
		_, err := NewKeys(c.profile, make([]byte, c.key), make([]byte, c.salt), false)
		if !errors.Is(err, c.want) {
			t.Errorf("%v with %d + %d bytes: %v, want %v", c.profile, c.key, c.salt, err, c.want)
		}
	}
}

func TestSealRefuses(t *testing.T) {
	forKinds(t, func(t *testing.T, profile Profile, fast bool) {
		var out Outbound
		out.Init(newKeys(t, profile, fast), 7)
		at := func(seq uint16) []byte { return simpleRTP(7, seq, 20) }
		for _, seq := range []uint16{1000, 1000 + WindowSize} {
			must(out.Seal(at(seq), rtpHeaderSize))
		}
		full := at(3000)
		for name, c := range map[string]struct {
			packet []byte
			header int
			want   error
		}{
			"nothing":                   {nil, rtpHeaderSize, ErrShort},
			"a header that is cut":      {at(3000)[:11], 11, ErrShort},
			"a header without its size": {at(3000), 0, ErrShort},
			"a header past the end":     {at(3000), 33, ErrShort},
			"no room":                   {full[: len(full) : len(full)+out.Overhead()-1], rtpHeaderSize, ErrRoom},
			"another SSRC":              {simpleRTP(8, 3000, 20), rtpHeaderSize, ErrForeign},
			"the newest again":          {at(1000 + WindowSize), rtpHeaderSize, ErrReused},
			"one that fell out":         {at(1000), rtpHeaderSize, ErrReused},
		} {
			before := clone(c.packet)
			if _, err := out.Seal(c.packet, c.header); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", name, err, c.want)
			}
			if !bytes.Equal(c.packet, before) {
				t.Errorf("%s: the packet was changed", name)
			}
		}
		if _, err := out.Seal(at(1001), rtpHeaderSize); err != nil {
			t.Errorf("the oldest that is remembered: %v", err)
		}
		if _, err := out.Seal(full[:len(full):len(full)+out.Overhead()], rtpHeaderSize); err != nil {
			t.Errorf("just enough room: %v", err)
		}
		if _, err := out.Seal(at(3001)[:rtpHeaderSize], rtpHeaderSize); err != nil {
			t.Errorf("no payload: %v", err)
		}
	})
}

// Behind the last index of a key there is nothing; RFC 3711, section 9.2.
func TestKeysAreExhausted(t *testing.T) {
	forKinds(t, func(t *testing.T, profile Profile, fast bool) {
		keys := newKeys(t, profile, fast)
		var out Outbound
		var in Inbound
		out.Init(keys, 7)
		in.Init(keys)
		sealed := must(out.Seal(simpleRTP(7, 5, 20), rtpHeaderSize))
		must(in.Open(sealed))
		out.window.use(maxIndex - 1)
		in.streams.known[0].use(maxIndex - 1)
		must(in.Open(must(out.Seal(simpleRTP(7, 0xffff, 20), rtpHeaderSize))))
		if _, err := out.Seal(simpleRTP(7, 0, 20), rtpHeaderSize); err != ErrExhausted {
			t.Errorf("sealed beyond the last index: %v", err)
		}
		if _, err := in.Open(simpleRTP(7, 0, 40)); err != ErrExhausted {
			t.Errorf("opened beyond the last index: %v", err)
		}
		var rtcp OutboundRTCP
		rtcp.Init(keys)
		rtcp.last = maxIndexRTCP - 1
		rnd := rand.New(rand.NewSource(1))
		must(rtcp.Seal(plainRTCP(rnd, 7, 20)))
		if _, err := rtcp.Seal(plainRTCP(rnd, 7, 20)); err != ErrExhausted {
			t.Errorf("sealed beyond the last RTCP index: %v", err)
		}
	})
}

func TestSealRTCPRefuses(t *testing.T) {
	forKinds(t, func(t *testing.T, profile Profile, fast bool) {
		var out OutboundRTCP
		out.Init(newKeys(t, profile, fast))
		for n := range 65 {
			packet := make([]byte, n, n+out.Overhead())
			_, err := out.Seal(packet)
			if want := map[bool]error{true: ErrShort}[n < rtcpHeaderSize]; err != want {
				t.Errorf("%d bytes: %v, want %v", n, err, want)
			}
			if n >= rtcpHeaderSize {
				if _, err = out.Seal(packet[: n : n+out.Overhead()-1]); err != ErrRoom {
					t.Errorf("%d bytes without room: %v", n, err)
				}
			}
		}
	})
}

// opener is Inbound or InboundRTCP.
type opener interface {
	Init(*Keys)
	Open([]byte) ([]byte, error)
}

// sealed returns openers with a packet that each opens, of size bytes at least.
func sealedBoth(t *testing.T, profile Profile, fast bool, size int) map[string]struct {
	in     opener
	packet []byte
} {
	keys := newKeys(t, profile, fast)
	rnd := rand.New(rand.NewSource(8))
	var out Outbound
	out.Init(keys, 7)
	var control OutboundRTCP
	control.Init(keys)
	rtp, header := plainRTP(rnd, 7, 9, size)
	for header < 40 { // with CSRCs and extension
		rtp, header = plainRTP(rnd, 7, 9, size)
	}
	in, inControl := &Inbound{}, &InboundRTCP{}
	in.Init(keys)
	inControl.Init(keys)
	return map[string]struct {
		in     opener
		packet []byte
	}{
		"RTP":  {in, must(out.Seal(rtp, header))},
		"RTCP": {inControl, must(control.Seal(plainRTCP(rnd, 7, size)))},
	}
}

func TestOpenRefusesWhatWasCut(t *testing.T) {
	forKinds(t, func(t *testing.T, profile Profile, fast bool) {
		for name, c := range sealedBoth(t, profile, fast, 64) {
			for n := range c.packet {
				if _, err := c.in.Open(clone(c.packet[:n])); err == nil {
					t.Errorf("%s: the first %d bytes were opened", name, n)
				}
				if _, err := c.in.Open(clone(c.packet[n+1:])); err == nil {
					t.Errorf("%s: all but the first %d bytes were opened", name, n+1)
				}
			}
			if _, err := c.in.Open(c.packet); err != nil {
				t.Errorf("%s: the whole packet: %v", name, err)
			}
		}
	})
}

// Who has the keys is not thereby honest: a packet whose tag, though right, begins inside its header is refused before
// anything is cut out of it.
func TestOpenRefusesATagInsideTheHeader(t *testing.T) {
	forKinds(t, func(t *testing.T, profile Profile, fast bool) {
		keys := newKeys(t, profile, fast)
		var in Inbound
		var control InboundRTCP
		in.Init(keys)
		control.Init(keys)
		for n := range rtpHeaderSize + 9 {
			packet := append(simpleRTP(7, 1, 8)[:max(n, rtpHeaderSize)], make([]byte, profile.Overhead())...)
			packet[0] |= 2 // two CSRCs: the header has 20 bytes
			if n := len(packet) - cmTagSize; profile == AES128CM {
				in.work.cm.signRTP(&keys.rtp.mac, packet, n, 1)
				copy(packet[n:], in.work.cm.sum[:])
			}
			if _, err := in.Open(packet); err != ErrShort && len(packet) < rtpHeaderSize+8+profile.Overhead() {
				t.Errorf("an RTP packet of %d bytes: %v", len(packet), err)
			}
		}
		for n := range rtcpHeaderSize + profile.OverheadRTCP() {
			packet := bytes.Repeat([]byte{0x80}, n)
			if n >= cmTagSize && profile == AES128CM {
				keys.rtcp.mac.sign(control.work.cm, packet[:n-cmTagSize])
				copy(packet[n-cmTagSize:], control.work.cm.sum[:])
			}
			if _, err := control.Open(packet); err != ErrShort {
				t.Errorf("an RTCP packet of %d bytes: %v", n, err)
			}
		}
	})
}

func TestOpenRefusesEveryBitChanged(t *testing.T) {
	forKinds(t, func(t *testing.T, profile Profile, fast bool) {
		for name, c := range sealedBoth(t, profile, fast, 64) {
			for i := range 8 * len(c.packet) {
				bad := clone(c.packet)
				bad[i/8] ^= 1 << (i % 8)
				if _, err := c.in.Open(bad); err == nil {
					t.Errorf("%s: opened with bit %d of byte %d changed", name, i%8, i/8)
				}
			}
			if _, err := c.in.Open(c.packet); err != nil {
				t.Errorf("%s: the packet itself: %v", name, err)
			}
		}
	})
}

func TestOpenRefusesNoise(t *testing.T) {
	forKinds(t, func(t *testing.T, profile Profile, fast bool) {
		rnd := rand.New(rand.NewSource(9))
		for name, c := range sealedBoth(t, profile, fast, 64) {
			for n := range 2000 {
				noise := make([]byte, n%100)
				rnd.Read(noise)
				if _, err := c.in.Open(noise); err == nil {
					t.Fatalf("%s: noise was opened", name)
				}
			}
		}
	})
}

func TestOpenRefusesReplays(t *testing.T) {
	forKinds(t, func(t *testing.T, profile Profile, fast bool) {
		for name, c := range sealedBoth(t, profile, fast, 20) {
			must(c.in.Open(clone(c.packet)))
			if _, err := c.in.Open(clone(c.packet)); err != ErrReplayed {
				t.Errorf("%s: the second time: %v", name, err)
			}
		}
	})
}

// A forged packet leaves nothing behind, and a real one still opens; a real one with a new SSRC does not, when there are
// too many.
func TestForgeriesCostNoMemory(t *testing.T) {
	forKinds(t, func(t *testing.T, profile Profile, fast bool) {
		keys := newKeys(t, profile, fast)
		var in Inbound
		var control InboundRTCP
		var outControl OutboundRTCP
		in.Init(keys)
		control.Init(keys)
		outControl.Init(keys)
		rnd := rand.New(rand.NewSource(10))
		for i := range uint32(MaxSSRCs + 1) {
			for range 3 {
				if _, err := in.Open(simpleRTP(rnd.Uint32()|1<<31, 1, 50)); err == nil {
					t.Fatal("a forgery was opened")
				}
				forged := append(plainRTCP(rnd, rnd.Uint32()|1<<31, 20), bytes.Repeat([]byte{0x80}, 20)...)
				if _, err := control.Open(forged); err == nil {
					t.Fatal("a forgery was opened")
				}
			}
			if n := len(in.streams.ssrcs); n != int(min(i, MaxSSRCs)) || n != len(control.streams.ssrcs) || n != len(in.streams.known) {
				t.Fatalf("after %d SSRCs there is state of %d", i, n)
			}
			var out Outbound
			out.Init(keys, i)
			want := map[bool]error{true: ErrTooMany}[i == MaxSSRCs]
			if _, err := in.Open(must(out.Seal(simpleRTP(i, 1, 20), rtpHeaderSize))); err != want {
				t.Fatalf("SSRC %d: %v, want %v", i, err, want)
			}
			if _, err := control.Open(must(outControl.Seal(plainRTCP(rnd, i, 20)))); err != want {
				t.Fatalf("RTCP of SSRC %d: %v, want %v", i, err, want)
			}
		}
	})
}
