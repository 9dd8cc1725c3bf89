package srtp

import (
	"bytes"
	"math/rand"
	"testing"
)

// FuzzOpen gives us what the network may send: nothing panics, and what we open Pion opens too, and finds the same in it.
func FuzzOpen(f *testing.F) {
	rnd := rand.New(rand.NewSource(11))
	for i, k := range kinds {
		plain, _ := plainRTP(rnd, 7, uint16(i), 30)
		f.Add(uint8(i), must(oracle(f, k.profile).EncryptRTP(nil, plain, nil)))
		f.Add(uint8(i), must(oracle(f, k.profile).EncryptRTP(nil, simpleRTP(7, 1, 0), nil)))
		f.Add(uint8(i), bytes.Repeat([]byte{0x9f}, 64))
		f.Add(uint8(i), []byte{0x90, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xbe, 0xde, 0xff, 0xff})
	}
	f.Fuzz(func(t *testing.T, kind uint8, data []byte) {
		k := kinds[int(kind)%len(kinds)]
		var in Inbound
		in.Init(newKeys(t, k.profile, k.fast))
		got, err := in.Open(clone(data))
		if err != nil {
			if len(in.streams.ssrcs) > 0 {
				t.Fatalf("%v, and there is state", err)
			}
			return
		}
		if want, err := oracle(t, k.profile).DecryptRTP(nil, data, nil); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("opened %s, Pion %s, %v", show(got), show(want), err)
		}
	})
}

// FuzzOpenRTCP is the same for RTCP.
func FuzzOpenRTCP(f *testing.F) {
	rnd := rand.New(rand.NewSource(12))
	for i, k := range kinds {
		f.Add(uint8(i), must(oracle(f, k.profile).EncryptRTCP(nil, plainRTCP(rnd, 7, 24), nil)))
		f.Add(uint8(i), must(oracle(f, k.profile).EncryptRTCP(nil, plainRTCP(rnd, 7, 0), nil)))
		f.Add(uint8(i), bytes.Repeat([]byte{0x81}, 40))
	}
	f.Fuzz(func(t *testing.T, kind uint8, data []byte) {
		k := kinds[int(kind)%len(kinds)]
		var in InboundRTCP
		in.Init(newKeys(t, k.profile, k.fast))
		got, err := in.Open(clone(data))
		if err != nil {
			if len(in.streams.ssrcs) > 0 {
				t.Fatalf("%v, and there is state", err)
			}
			return
		}
		if want, err := oracle(t, k.profile).DecryptRTCP(nil, data, nil); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("opened %s, Pion %s, %v", show(got), show(want), err)
		}
	})
}

// FuzzSealOpen seals whatever parses as a packet: it opens to the same, once, and is sealed once; nothing of it may be
// changed on the way.
func FuzzSealOpen(f *testing.F) {
	rnd := rand.New(rand.NewSource(13))
	for i := range kinds {
		for _, n := range []int{0, 1, 15, 16, 17, 300} {
			plain, _ := plainRTP(rnd, 7, uint16(n), n)
			f.Add(uint8(i), uint16(n), plain)
		}
	}
	f.Fuzz(func(t *testing.T, kind uint8, flip uint16, plain []byte) {
		header, ok := headerSize(plain)
		if !ok {
			return
		}
		k := kinds[int(kind)%len(kinds)]
		keys := newKeys(t, k.profile, k.fast)
		var out Outbound
		var in Inbound
		out.Init(keys, uint32(plain[8])<<24|uint32(plain[9])<<16|uint32(plain[10])<<8|uint32(plain[11]))
		in.Init(keys)
		sealed, err := out.Seal(clone(plain), header)
		if err != nil || len(sealed) != len(plain)+out.Overhead() || !bytes.Equal(sealed[:header], plain[:header]) {
			t.Fatalf("sealed %s, %v", show(sealed), err)
		}
		if _, err := out.Seal(clone(plain), header); err != ErrReused {
			t.Fatalf("sealed again: %v", err)
		}
		bad := clone(sealed)
		bad[int(flip)/8%len(bad)] ^= 1 << (flip % 8)
		if _, err := in.Open(bad); err == nil {
			t.Fatalf("opened with bit %d changed", flip)
		}
		if got, err := in.Open(clone(sealed)); err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("opened %s, %v, want %s", show(got), err, show(plain))
		}
		if _, err := in.Open(sealed); err != ErrReplayed {
			t.Fatalf("opened again: %v", err)
		}
	})
}
