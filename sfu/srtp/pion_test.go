package srtp

import (
	"bytes"
	"math/rand"
	"testing"

	pion "github.com/pion/srtp/v3"
)

// Two streams with loss, reorder and three wraps each: what we seal is to the byte what Pion seals, and we open what Pion
// opens of it, and nothing else.
func TestStreamsAgreeWithPion(t *testing.T) {
	forKinds(t, func(t *testing.T, profile Profile, fast bool) {
		rnd := rand.New(rand.NewSource(1))
		keys := newKeys(t, profile, fast)
		theirs, reader := oracle(t, profile), oracle(t, profile, pion.SRTPReplayProtection(WindowSize))
		var outs [2]Outbound
		var at [2]int
		for i := range outs {
			outs[i].Init(keys, 0xfedcba98+uint32(i))
			at[i] = rnd.Intn(1 << 15)
		}
		var in Inbound
		in.Init(keys)
		var air flying
		reused, late := 0, 0
		for range 5000 {
			i := rnd.Intn(len(outs))
			at[i] += 1 + rnd.Intn(20)*rnd.Intn(20)
			seq := uint16(at[i] - rnd.Intn(3)*rnd.Intn(min(300, at[i])))
			plain, header := plainRTP(rnd, outs[i].ssrc, seq, rnd.Intn(200))
			sealed, err := outs[i].Seal(clone(plain), header)
			if err == ErrReused {
				reused++
				continue
			}
			if want := must(theirs.EncryptRTP(nil, plain, nil)); err != nil || !bytes.Equal(sealed, want) {
				t.Fatalf("packet %d: %v\n got %s\nwant %s", seq, err, show(sealed), show(want))
			}
			plain, sealed = air.pass(rnd, plain, sealed)
			if sealed == nil {
				continue
			}
			want, wantErr := reader.DecryptRTP(nil, sealed, nil)
			got, err := in.Open(clone(sealed))
			if (err == nil) != (wantErr == nil) || !bytes.Equal(got, want) || err == nil && !bytes.Equal(got, plain) {
				t.Fatalf("opened %s, %v, Pion %s, %v, sealed from %s", show(got), err, show(want), wantErr, show(plain))
			}
			if err == ErrReplayed {
				late++
			}
		}
		if reused == 0 || late == 0 || late > 500 || at[0] < 3<<16 || at[1] < 3<<16 {
			t.Fatalf("the test is too tame: %d refused, %d came too late, up to %d", reused, late, at)
		}
	})
}

// flying are packets on a way that loses some and lets others overtake.
type flying [][2][]byte

// pass puts a packet on the way and returns one that comes out, or nil.
func (f *flying) pass(rnd *rand.Rand, plain, sealed []byte) (p, s []byte) {
	if rnd.Intn(10) > 0 {
		*f = append(*f, [2][]byte{plain, sealed})
	}
	if len(*f) < 5 {
		return nil, nil
	}
	i, last := rnd.Intn(len(*f)), len(*f)-1
	p, s = (*f)[i][0], (*f)[i][1]
	(*f)[i] = (*f)[last]
	*f = (*f)[:last]
	return p, s
}

func TestAllSizesAgreeWithPion(t *testing.T) {
	forKinds(t, func(t *testing.T, profile Profile, fast bool) {
		rnd := rand.New(rand.NewSource(2))
		keys, theirs := newKeys(t, profile, fast), oracle(t, profile)
		var out Outbound
		out.Init(keys, 7)
		var in Inbound
		in.Init(keys)
		for n := range 1401 {
			packet, header := plainRTP(rnd, 7, uint16(n), n)
			plain := clone(packet)
			want := must(theirs.EncryptRTP(nil, plain, nil))
			got, err := out.Seal(packet, header)
			if err != nil || !bytes.Equal(got, want) {
				t.Fatalf("%d bytes: %v\n got %s\nwant %s", n, err, show(got), show(want))
			}
			if got, err = in.Open(want); err != nil || !bytes.Equal(got, plain) {
				t.Fatalf("%d bytes: %v\n got %s\nwant %s", n, err, show(got), show(plain))
			}
		}
	})
}

// A packet may be larger than any datagram of ours, and than the 256 blocks that a run of the fast mode covers.
func TestHugePacketAgreesWithPion(t *testing.T) {
	forKinds(t, func(t *testing.T, profile Profile, fast bool) {
		for _, n := range []int{4095, 4096, 4097, 8192, 65000} {
			packet := simpleRTP(7, uint16(n), n)
			want := must(oracle(t, profile).EncryptRTP(nil, clone(packet), nil))
			var out Outbound
			out.Init(newKeys(t, profile, fast), 7)
			if got, err := out.Seal(packet, rtpHeaderSize); err != nil || !bytes.Equal(got, want) {
				t.Fatalf("%d bytes: %v, differs", n, err)
			}
		}
	})
}

func TestRTCPAgreesWithPion(t *testing.T) {
	forKinds(t, func(t *testing.T, profile Profile, fast bool) {
		rnd := rand.New(rand.NewSource(3))
		keys, theirs := newKeys(t, profile, fast), oracle(t, profile)
		reader := oracle(t, profile, pion.SRTCPReplayProtection(WindowSize))
		var out OutboundRTCP
		out.Init(keys)
		var ours, in InboundRTCP
		ours.Init(keys)
		in.Init(keys)
		for n := range 1401 {
			ssrc := uint32(n % 3) // Pion counts the packets of each SSRC by themselves
			plain := plainRTCP(rnd, ssrc, n)
			theirs.SetIndex(ssrc, out.last)
			want := must(theirs.EncryptRTCP(nil, plain, nil))
			got, err := out.Seal(clone(plain))
			if err != nil || !bytes.Equal(got, want) {
				t.Fatalf("%d bytes: %v\n got %s\nwant %s", n, err, show(got), show(want))
			}
			if got := must(reader.DecryptRTCP(nil, got, nil)); !bytes.Equal(got, plain) {
				t.Fatalf("%d bytes: Pion reads %s, want %s", n, show(got), show(plain))
			}
			if got, err = ours.Open(got); err != nil || !bytes.Equal(got, plain) {
				t.Fatalf("%d bytes: %v\n got %s\nwant %s", n, err, show(got), show(plain))
			}
		}
	})
}

// Browsers and Pion count the RTCP packets of each SSRC by themselves: the same index under two SSRCs is no replay.
func TestRTCPIndexesOfEachSSRC(t *testing.T) {
	forKinds(t, func(t *testing.T, profile Profile, fast bool) {
		rnd := rand.New(rand.NewSource(4))
		theirs := oracle(t, profile)
		var in InboundRTCP
		in.Init(newKeys(t, profile, fast))
		for n := range 100 {
			plain := plainRTCP(rnd, uint32(n%5), 4*n)
			got, err := in.Open(must(theirs.EncryptRTCP(nil, plain, nil)))
			if err != nil || !bytes.Equal(got, plain) {
				t.Fatalf("packet %d: %v", n, err)
			}
		}
	})
}
