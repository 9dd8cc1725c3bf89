package udp

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
)

func TestListen(t *testing.T) {
	for _, readers := range []int{1, 4} {
		conns := open(t, Config{Readers: readers, Buffer: testBuffer})
		families := map[bool]int{}
		for _, c := range conns {
			a := c.LocalAddr()
			if a.Port() != conns[0].LocalAddr().Port() || a.Port() == 0 || !a.Addr().IsUnspecified() {
				t.Errorf("listens on %v", a)
			}
			families[a.Addr().Is6()]++
		}
		if families[false] != readers || families[true] != readers && families[true] != 0 {
			t.Errorf("%v sockets with IPv6 and without", families)
		}
		if conns[0].LocalAddr().Addr().Is6() {
			t.Error("IPv4 does not come first")
		}
	}
}

// A second server gets an error that says what to do, however many sockets each wants.
func TestPortIsNotShared(t *testing.T) {
	for _, c := range []struct{ first, second int }{{1, 1}, {1, 3}, {3, 1}, {3, 3}} {
		port := int(open(t, Config{Readers: c.first})[0].LocalAddr().Port())
		conns, err := Listen(Config{Port: port, Readers: c.second})
		if err == nil {
			t.Errorf("%d and %d readers share a port (%d sockets)", c.first, c.second, len(conns))
			for _, c := range conns {
				_ = c.Close()
			}
			continue
		}
		if !strings.Contains(err.Error(), fmt.Sprint(port)) || !strings.Contains(err.Error(), "choose another with media.port") {
			t.Errorf("the error says %q", err)
		}
	}
}

// A port that is taken for IPv6 only is taken too.
func TestPortTakenForIPv6(t *testing.T) {
	other, err := net.ListenUDP("udp6", &net.UDPAddr{})
	if err != nil {
		t.Skip("no IPv6 on this machine")
	}
	defer func() { _ = other.Close() }()
	port := other.LocalAddr().(*net.UDPAddr).Port
	if conns, err := Listen(Config{Port: port}); err == nil || !strings.Contains(err.Error(), fmt.Sprint(port)) {
		t.Errorf("%d sockets, %v", len(conns), err)
	}
}

// All of one sender's datagrams come through one socket, in order, and all sockets are used.
func TestAffinity(t *testing.T) {
	const readers, senders, each = 3, 48, 20
	conns := open(t, Config{Readers: readers, Buffer: testBuffer})
	if len(conns) < readers {
		t.Skip("this system has one socket for each port")
	}
	for family := 0; family < len(conns); family += readers {
		testAffinity(t, conns[family:family+readers], senders, each)
	}
}

func testAffinity(t *testing.T, conns []*Conn, senders, each int) {
	var mu sync.Mutex // guards all below
	by, next, used := map[netip.AddrPort]int{}, map[netip.AddrPort]int{}, map[int]bool{}
	left := senders * each
	done := make(chan struct{})
	var wg sync.WaitGroup
	for i, c := range conns {
		wg.Go(func() {
			for r := c.NewReader(16); ; {
				n, err := r.Receive()
				if errors.Is(err, net.ErrClosed) {
					return
				}
				mu.Lock()
				for k := range n {
					p, from := r.Packet(k)
					if owner, known := by[from]; known && owner != i {
						t.Errorf("%v comes through sockets %d and %d", from, owner, i)
					}
					if number(p) != next[from] {
						t.Errorf("datagram %d from %v, expected %d", number(p), from, next[from])
					}
					by[from], used[i] = i, true
					next[from]++
					if left--; left == 0 {
						close(done)
					}
				}
				mu.Unlock()
			}
		})
	}
	sinks := make([]*net.UDPConn, senders)
	for i := range sinks {
		sinks[i], _ = sink(t, conns[0])
	}
	for n := range each {
		for _, s := range sinks {
			if _, err := s.WriteToUDPAddrPort(fill(make([]byte, 100), n), loopback(conns[0])); err != nil {
				t.Fatal(err)
			}
		}
	}
	<-done
	for _, c := range conns {
		_ = c.Close()
	}
	wg.Wait()
	if len(used) != len(conns) {
		t.Errorf("%d of %d sockets are used", len(used), len(conns))
	}
}
