package srtp

import (
	"encoding/binary"
	"math/rand"
	"testing"
)

// No nonce twice: whatever numbers the caller asks to seal, in whatever order and how often, the nonces under which
// packets were encrypted are all different, over all SSRCs of one key.
func TestNoNonceTwice(t *testing.T) {
	forKinds(t, func(t *testing.T, profile Profile, fast bool) {
		rnd := rand.New(rand.NewSource(6))
		keys := newKeys(t, profile, fast)
		const first = 0xcafe0000
		var outs [4]Outbound
		var at [4]int
		for i := range outs {
			outs[i].Init(keys, first+uint32(i))
		}
		nonces := map[[16]byte]uint16{}
		refused := 0
		for range 100_000 {
			i := rnd.Intn(len(outs))
			seq := pick(rnd, i, &at[i])
			_, err := outs[i].Seal(simpleRTP(first+uint32(i), seq, rnd.Intn(40)), rtpHeaderSize)
			if err == ErrReused {
				refused++
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			nonce := outs[i].work.iv
			clear(nonce[14:]) // the counter of blocks of AES128CM, nothing of AES128GCM
			if before, twice := nonces[nonce]; twice {
				t.Fatalf("SSRC %d: packet %d has the nonce of packet %d: %x", i, seq, before, nonce)
			}
			nonces[nonce] = seq
		}
		if refused < 1000 || len(nonces) < 50_000 {
			t.Fatalf("the test is too tame: %d sealed, %d refused", len(nonces), refused)
		}
	})
}

// pick returns a sequence number: a lively stream with repeats, one that wraps quickly, one that goes back and forth
// by halves, and pure noise.
func pick(rnd *rand.Rand, how int, at *int) uint16 {
	switch how {
	case 0:
		*at += rnd.Intn(3)
		return uint16(*at - rnd.Intn(2)*rnd.Intn(2*WindowSize))
	case 1:
		*at += 1 + rnd.Intn(2000)
		return uint16(*at - rnd.Intn(2)*rnd.Intn(3000))
	case 2:
		*at += 1<<15 - 1 + rnd.Intn(3)
		return uint16(*at)
	default:
		return uint16(rnd.Intn(1 << 16))
	}
}

func TestNoRTCPNonceTwice(t *testing.T) {
	forKinds(t, func(t *testing.T, profile Profile, fast bool) {
		rnd := rand.New(rand.NewSource(7))
		var out OutboundRTCP
		out.Init(newKeys(t, profile, fast))
		nonces := map[[16]byte]bool{}
		for n := range 10_000 {
			if _, err := out.Seal(plainRTCP(rnd, rnd.Uint32()&3, 4*rnd.Intn(5))); err != nil {
				t.Fatal(err)
			}
			nonce := out.work.iv
			clear(nonce[14:])
			if nonces[nonce] {
				t.Fatalf("packet %d has a nonce that was used before: %x", n, nonce)
			}
			nonces[nonce] = true
		}
	})
}

// A packet that was overtaken by the wrap is sealed in the round to which it belongs.
func TestLatePacketsKeepTheirRound(t *testing.T) {
	forKinds(t, func(t *testing.T, profile Profile, fast bool) {
		keys := newKeys(t, profile, fast)
		var out Outbound
		var in Inbound
		out.Init(keys, 7)
		in.Init(keys)
		const round = 1 << 16
		for _, index := range []int{30000, 60000, round - 6, round + 3, round - 5, round - 1, round + 2, round + 30000,
			round + 60000, 2*round + 25000, 2*round + 50000, 3*round - 9, 3*round + 900, 3*round - 8} {
			sealed, err := out.Seal(simpleRTP(7, uint16(index), 20), rtpHeaderSize)
			if err != nil {
				t.Fatalf("index %d: %v", index, err)
			}
			if got := roundOf(&out.work.iv, &keys.rtp.salt, profile); got != uint32(index>>16) {
				t.Errorf("index %d was sealed in round %d", index, got)
			}
			if _, err := in.Open(sealed); err != nil {
				t.Errorf("index %d is not opened: %v", index, err)
			}
		}
	})
}

// roundOf reads the roll-over counter out of a nonce.
func roundOf(iv, salt *[16]byte, profile Profile) uint32 {
	at := 8
	if profile == AES128GCM {
		at = 6
	}
	return binary.BigEndian.Uint32(iv[at:]) ^ binary.BigEndian.Uint32(salt[at:])
}
