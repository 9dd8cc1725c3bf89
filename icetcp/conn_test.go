package icetcp

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"testing"
	"time"
)

const patience = 20 * time.Second

func serve(t *testing.T) (*Conn, string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := New(netip.MustParseAddrPort("203.0.113.10:443"))
	served := make(chan error, 1)
	go func() { served <- c.Serve(l) }()
	t.Cleanup(func() {
		_ = l.Close()
		if err := <-served; err != nil {
			t.Error(err)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c, l.Addr().String()
}

func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return c
}

func framed(text string) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(text))), text...)
}

func TestPacketsGoBothWays(t *testing.T) {
	c, addr := serve(t)
	for _, drip := range []bool{false, true} {
		client := dial(t, addr)
		text := append(append(framed("one"), 0, 0), framed("two")...) // with an empty packet between them
		if drip {
			go func() {
				for _, b := range text {
					if _, err := client.Write([]byte{b}); err != nil {
						t.Error(err)
					}
				}
			}()
		} else if _, err := client.Write(text); err != nil {
			t.Fatal(err)
		}
		b := make([]byte, maxPacket)
		var from net.Addr
		for _, want := range []string{"one", "two"} {
			n, addr, err := c.ReadFrom(b)
			if err != nil || string(b[:n]) != want || addr.String() != client.LocalAddr().String() {
				t.Fatalf("got %q from %v, error %v", b[:n], addr, err)
			}
			from = addr
		}
		if !c.Serves(from.(*net.UDPAddr).AddrPort()) {
			t.Error("the client is not known")
		}
		for _, text := range []string{"back", "again"} {
			if _, err := c.WriteTo([]byte(text), from); err != nil {
				t.Fatal(err)
			}
			var got [maxPacket]byte
			if n, err := readPacket(client, &got); err != nil || string(got[:n]) != text {
				t.Errorf("the client got %q, error %v", got[:n], err)
			}
		}
	}
	if c.Stats().Received != 4 {
		t.Errorf("%+v", c.Stats())
	}
}

func TestWhatIsNotUnderstoodEndsTheConnection(t *testing.T) {
	c, addr := serve(t)
	client := dial(t, addr)
	if _, err := client.Write([]byte{0xff, 0xff, 1, 2, 3}); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, client); err != nil && errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("it is still open")
	}
	if _, err := c.WriteTo([]byte("to nobody"), &net.UDPAddr{IP: net.IPv4(203, 0, 113, 5), Port: 1}); err != nil {
		t.Errorf("a packet to nobody: %v", err)
	}
}

func TestASlowClientLosesTheOldestPackets(t *testing.T) {
	c, addr := serve(t)
	client := dial(t, addr)
	if _, err := client.Write(framed("hello")); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, maxPacket)
	_, from, err := c.ReadFrom(b)
	if err != nil {
		t.Fatal(err)
	}
	payload := make([]byte, 1200)
	for i := 0; c.Stats().Dropped < 1000; i++ { // more than all buffers between us hold
		binary.BigEndian.PutUint32(payload, uint32(i))
		if _, err := c.WriteTo(payload, from); err != nil {
			t.Fatal(err)
		}
		if i > 1_000_000 {
			t.Fatal("nothing is dropped")
		}
	}
	last := uint32(0)
	for n, gaps := 0, 0; gaps == 0 || n < toClient; n++ {
		var got [maxPacket]byte
		if size, err := readPacket(client, &got); err != nil || size != len(payload) {
			t.Fatalf("%d bytes, error %v, after %d packets with %d gaps", size, err, n, gaps)
		}
		now := binary.BigEndian.Uint32(got[:])
		if now < last {
			t.Fatal("packets out of order")
		}
		if now > last+1 {
			gaps++
		}
		last = now
	}
}

func TestDeadlineAndClose(t *testing.T) {
	c, addr := serve(t)
	if err := c.SetReadDeadline(time.Now().Add(time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.ReadFrom(make([]byte, 10)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("after the deadline: %v", err)
	}
	if err := c.SetReadDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	client := dial(t, addr)
	if _, err := client.Write(framed("hello")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.ReadFrom(make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.ReadFrom(make([]byte, 10)); !errors.Is(err, net.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	if _, err := io.Copy(io.Discard, client); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("the client is still connected")
	}
}

func TestNoAllocations(t *testing.T) {
	c := New(netip.MustParseAddrPort("203.0.113.10:443"))
	p := &peer{at: netip.MustParseAddrPort("203.0.113.5:40000"), out: make(chan *packet, toClient)}
	c.clients[p.at] = p
	payload, b := make([]byte, 1200), make([]byte, maxPacket)
	for range 10 {
		c.release(c.packet())
	}
	if n := testing.AllocsPerRun(1000, func() {
		if _, err := c.WriteToUDPAddrPort(payload, p.at); err != nil {
			t.Fatal(err)
		}
		k := <-p.out
		k.from = p
		c.in <- k
		if _, _, err := c.ReadFromUDPAddrPort(b); err != nil {
			t.Fatal(err)
		}
	}); n > 0 {
		t.Errorf("%v allocations for each packet", n)
	}
}

func FuzzReadPacket(f *testing.F) {
	f.Add([]byte("\x00\x03one\x00\x00\x00\x03two"))
	f.Add([]byte("\xff\xff"))
	f.Add([]byte("\x05\xdc"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var b [maxPacket]byte
		for r := bytes.NewReader(raw); ; {
			n, err := readPacket(r, &b)
			if err != nil {
				return
			}
			if n < 1 || n > maxPacket {
				t.Fatalf("a packet of %d bytes", n)
			}
		}
	})
}
