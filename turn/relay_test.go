package turn

import (
	"net"
	"net/netip"
	"testing"
)

func TestRelayingAllocatesNothing(t *testing.T) {
	r := NewRelay(RelayConfig{Bandwidth: 1 << 30, PerUser: 1, Total: 1}, media())
	a, err := r.allocate("m1", false, 0)
	if err != nil {
		t.Fatal(err)
	}
	var peer net.Addr = net.UDPAddrFromAddrPort(media()[0])
	b, packet := make([]byte, maxPacket), make([]byte, 1200)
	packet[0] = 0x80
	round := func() {
		if _, err := a.WriteTo(packet, peer); err != nil {
			t.Fatal(err)
		}
		_, from, err := r.ReadFromUDPAddrPort(b)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.WriteToUDPAddrPort(packet, from); err != nil {
			t.Fatal(err)
		}
		if _, addr, err := a.ReadFrom(b); err != nil || addr.String() == "" {
			t.Fatal(err)
		}
	}
	round()
	n := testing.AllocsPerRun(1000, func() {
		if _, err := a.WriteTo(packet, peer); err != nil {
			t.Fatal(err)
		}
		_, from, _ := r.ReadFromUDPAddrPort(b)
		_, _ = r.WriteToUDPAddrPort(packet, from)
		if _, _, err := a.ReadFrom(b); err != nil {
			t.Fatal(err)
		}
	})
	if n > 0 {
		t.Errorf("%v allocations for a packet each way", n)
	}
}

func TestAnswersComeFromWhereTheClientAsked(t *testing.T) {
	r := NewRelay(RelayConfig{Bandwidth: 1 << 20, PerUser: 1, Total: 1}, media())
	a, err := r.allocate("m1", false, 0)
	if err != nil {
		t.Fatal(err)
	}
	request := func(id byte) []byte {
		b := make([]byte, 20)
		b[1] = 1
		copy(b[4:], "\x21\x12\xa4\x42")
		b[8] = id
		return b
	}
	answer := func(id byte) []byte {
		b := request(id)
		b[0] = 1
		return b
	}
	put := func(b []byte, to netip.AddrPort) {
		t.Helper()
		if _, err := a.WriteTo(b, net.UDPAddrFromAddrPort(to)); err != nil {
			t.Fatal(err)
		}
	}
	want := func(what string, b []byte, from netip.AddrPort) {
		t.Helper()
		if _, err := r.WriteTo(b, a.addr); err != nil {
			t.Fatal(err)
		}
		_, addr, err := a.ReadFrom(make([]byte, maxPacket))
		if err != nil || addr.String() != from.String() {
			t.Errorf("%s comes from %v, error %v; want %v", what, addr, err, from)
		}
	}
	m := media()
	if _, err := r.WriteTo(answer(9), a.addr); err != nil || r.Stats().Dropped["unknown"] != 1 {
		t.Error("a packet for a client that has not sent anything is not dropped")
	}
	put(request(1), m[0])
	put(request(2), m[1])
	want("the first answer", answer(1), m[0])
	want("the second answer", answer(2), m[1])
	want("the engine's own check", request(7), m[1])
	put([]byte("\x80 media"), m[0])
	put(request(3), m[1])
	want("media", []byte("\x80 media"), m[0])
	want("the engine's next check", request(8), m[0])
	want("the third answer", answer(3), m[1])
	for i := range 300 { // the ring is bounded, and forgets
		put(request(byte(i)), m[1])
		_, _, _ = r.ReadFromUDPAddrPort(make([]byte, maxPacket))
	}
	want("an answer that comes too late", answer(3), m[1])
}

func TestNobodyAtARelayedAddress(t *testing.T) {
	r := NewRelay(RelayConfig{Bandwidth: 1 << 20, PerUser: 2, Total: 2}, media())
	a, err := r.allocate("m1", true, 4000)
	if err != nil {
		t.Fatal(err)
	}
	if a.at.Port() != 4000 || !a.at.Addr().Is6() {
		t.Errorf("asked for IPv6 and port 4000, got %v", a.at)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if n, err := r.WriteTo([]byte("late"), a.addr); n != 4 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if s := r.Stats(); s.Allocations != 0 || s.Dropped["unknown"] != 1 {
		t.Errorf("%+v", s)
	}
	if _, _, err := a.ReadFrom(make([]byte, 10)); err == nil {
		t.Error("a closed allocation reads")
	}
}
