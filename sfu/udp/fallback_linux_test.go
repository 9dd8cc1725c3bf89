package udp

import (
	"bytes"
	"errors"
	"net"
	"net/netip"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// What the kernel may refuse is injected at the system call; everything else is real.

// refuseRuns makes the kernel answer runs with an error, as it does when it or the network card knows no GSO.
func refuseRuns(c *Conn, errno syscall.Errno) (refused *int) {
	c.gso.Store(c.fastSend.Load())
	refused = new(int)
	c.kernel.calls.send = func(fd uintptr, first *unix.Mmsghdr, n int) (int, syscall.Errno) {
		for i, h := range unsafe.Slice(first, n) {
			if h.Hdr.Controllen > 0 {
				if i == 0 {
					*refused++
					return 0, errno
				}
				return sendmmsg(fd, first, i)
			}
		}
		return sendmmsg(fd, first, n)
	}
	return refused
}

// sendRuns sends a mix of runs and single datagrams to two sinks, and checks that all arrive in order.
func sendRuns(t *testing.T, c *Conn) (sent int) {
	t.Helper()
	s1, to1 := sink(t, c)
	s2, to2 := sink(t, c)
	b := c.NewBatch()
	var want [2][][]byte
	for n, size := range []int{900, 900, 900, 10, 1200, 1200, 700, 700, 700, 5, 900, 900} {
		to := n / 4 % 2
		p := fill(b.Space(size)[:size], n)
		want[to] = append(want[to], bytes.Clone(p))
		b.Commit(p, []netip.AddrPort{to1, to2}[to], Video)
		sent++
	}
	b.Flush()
	for i, s := range []*net.UDPConn{s1, s2} {
		expect(t, s, want[i])
	}
	return sent
}

func expect(t *testing.T, s *net.UDPConn, want [][]byte) {
	t.Helper()
	got := make([]byte, 2*MaxPacket)
	for n, w := range want {
		size, err := s.Read(got)
		if err != nil || !bytes.Equal(got[:size], w) {
			t.Fatalf("datagram %d has %d bytes instead of %d, or others: %v", n, size, len(w), err)
		}
	}
}

func TestRefusedGSOIsLeftForGood(t *testing.T) {
	for _, errno := range []syscall.Errno{unix.EINVAL, unix.EIO, unix.EOPNOTSUPP} {
		for _, c := range open(t, Config{Buffer: testBuffer}) {
			refused := refuseRuns(c, errno)
			sent := sendRuns(t, c)
			if *refused == 0 || c.gso.Load() || c.Mode() != "recvmmsg, sendmmsg" {
				t.Errorf("%v: %d runs refused, mode %s", errno, *refused, c.Mode())
			}
			*refused = 0
			sent += sendRuns(t, c)
			if *refused > 0 {
				t.Errorf("%v: GSO is tried again", errno)
			}
			if s := c.Stats(); s.Sent != uint64(sent) || s.GSOSegments != 0 || s.SendErrors != 0 {
				t.Errorf("%v: sent %d, and counted %+v", errno, sent, s)
			}
		}
	}
}

// The socket may be full at any moment while GSO is found not to work: within a run that is sent again, or after it.
func TestRefusedGSOAndAFullSocket(t *testing.T) {
	for full := 1; full <= 11; full++ {
		c := open(t, Config{Buffer: testBuffer})[0]
		refuseRuns(c, unix.EIO)
		refusing, calls := c.kernel.calls.send, 0
		c.kernel.calls.send = func(fd uintptr, first *unix.Mmsghdr, n int) (int, syscall.Errno) {
			if calls++; calls == full {
				return 0, unix.EAGAIN
			}
			return refusing(fd, first, min(n, 2))
		}
		run(t, c)
		sendRuns(t, c)
		if s := c.Stats(); s.Queued == 0 {
			t.Errorf("full at call %d: counted %+v", full, s)
		}
	}
}

// A segment that is too long for one path says nothing about the others.
func TestLongSegmentsKeepGSO(t *testing.T) {
	for _, errno := range []syscall.Errno{unix.EMSGSIZE, unix.EINVAL} {
		c := open(t, Config{Buffer: testBuffer})[0]
		if sendRuns(t, c); !c.gso.Load() {
			return // a kernel without GSO
		}
		refused := refuseRuns(c, errno)
		sent := sendRuns(t, c)
		if *refused == 0 || !c.gso.Load() {
			t.Errorf("%v: %d runs refused, mode %s", errno, *refused, c.Mode())
		}
		if s := c.Stats(); s.Sent != uint64(2*sent) {
			t.Errorf("%v: sent %d, and counted %+v", errno, 2*sent, s)
		}
	}
}

func TestMissingCallsMeanThePortablePath(t *testing.T) {
	c := open(t, Config{Buffer: testBuffer})[0]
	c.kernel.calls.send = func(uintptr, *unix.Mmsghdr, int) (int, syscall.Errno) { return 0, unix.ENOSYS }
	c.kernel.calls.receive = c.kernel.calls.send
	sent := sendRuns(t, c)
	if s := c.Stats(); s.Sent != uint64(sent) || s.SendErrors != 0 {
		t.Errorf("sent %d, and counted %+v", sent, s)
	}
	if got := c.Mode(); got != "recvmmsg, portable sends" {
		t.Errorf("mode %q", got)
	}
	testReadersReceive(t, c)
	if got := c.Mode(); got != "portable" {
		t.Errorf("mode %q", got)
	}
}

// A sandbox that forbids the calls, or a kernel that never had them, is noticed at once.
func TestMissingCallsAtTheStart(t *testing.T) {
	missing := func(uintptr, *unix.Mmsghdr, int) (int, syscall.Errno) { return -1, unix.ENOSYS }
	forbidden := func(uintptr, *unix.Mmsghdr, int) (int, syscall.Errno) { return -1, unix.EPERM }
	for _, c := range []struct {
		calls calls
		want  string
	}{
		{calls{missing, missing}, "portable"},
		{calls{forbidden, recvmmsg}, "recvmmsg, portable sends"},
		{calls{sendmmsg, forbidden}, "portable receives, sendmmsg"},
	} {
		conn := open(t, Config{Portable: true, Buffer: testBuffer})[0]
		conn.openKernel(c.calls)
		conn.gso.Store(false) // not every kernel has it
		if got := conn.Mode(); got != c.want {
			t.Errorf("mode %q instead of %q", got, c.want)
		}
		sendRuns(t, conn)
		testReadersReceive(t, conn)
	}
}

// The drain finds out that sendmmsg is missing, too.
func TestMissingCallInTheDrain(t *testing.T) {
	c := open(t, Config{Buffer: testBuffer})[0]
	errnos := []syscall.Errno{unix.EAGAIN, unix.ENOSYS}
	c.kernel.calls.send = func(uintptr, *unix.Mmsghdr, int) (int, syscall.Errno) {
		errno := errnos[0]
		errnos = errnos[min(1, len(errnos)-1):]
		return 0, errno
	}
	run(t, c)
	sent := sendRuns(t, c)
	if s := c.Stats(); s.Queued != uint64(sent) || c.fastSend.Load() {
		t.Errorf("%s: sent %d, and counted %+v", c.Mode(), sent, s)
	}
}

// A refused datagram is skipped wherever it is: alone, in a run, in the backlog.
func TestRefusedByTheKernel(t *testing.T) {
	for _, errno := range []syscall.Errno{unix.EPERM, unix.ENETUNREACH, unix.EMSGSIZE, unix.EINVAL, unix.ECONNREFUSED} {
		c := open(t, Config{Buffer: testBuffer})[0]
		good, to := sink(t, c)
		bad := netip.AddrPortFrom(to.Addr(), 9)
		c.kernel.calls.send = func(fd uintptr, first *unix.Mmsghdr, n int) (int, syscall.Errno) {
			for i, h := range unsafe.Slice(first, n) {
				if a, _ := readName((*unix.RawSockaddrInet6)(unsafe.Pointer(h.Hdr.Name))); a == bad {
					if i == 0 {
						return 0, errno
					}
					return sendmmsg(fd, first, i)
				}
			}
			return sendmmsg(fd, first, n)
		}
		b := c.NewBatch()
		var want [][]byte
		send := func() {
			for n := range 20 {
				to := to
				if n%7 < 3 {
					to = bad
				}
				p := fill(b.Space(500)[:500], n)
				if to != bad {
					want = append(want, bytes.Clone(p))
				}
				b.Commit(p, to, Video)
			}
			b.Flush()
		}
		send()
		expect(t, good, want)
		c.waiting.Store(true) // as if the socket had been full
		want = nil
		send()
		c.drain()
		expect(t, good, want)
		if s := c.Stats(); s.SendErrors != 18 || s.Sent != 22 || s.Queued != 20 || s.Backlog != 0 {
			t.Errorf("%v: counted %+v", errno, s)
		}
	}
}

// Errors that pass are swallowed by the reader, and counted.
func TestReaderSurvivesErrors(t *testing.T) {
	c := open(t, Config{Buffer: testBuffer})[0]
	s, _ := sink(t, c)
	errnos := []syscall.Errno{unix.ECONNREFUSED, unix.EINTR, unix.ENOBUFS, unix.EHOSTUNREACH, unix.ENOMEM}
	left := errnos
	c.kernel.calls.receive = func(fd uintptr, first *unix.Mmsghdr, n int) (int, syscall.Errno) {
		if len(left) > 0 {
			errno := left[0]
			left = left[1:]
			return -1, errno
		}
		return recvmmsg(fd, first, n)
	}
	if _, err := s.WriteToUDPAddrPort([]byte("x"), loopback(c)); err != nil {
		t.Fatal(err)
	}
	if n, err := c.NewReader(4).Receive(); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if got := c.Stats().ReceiveErrors; got != uint64(len(errnos)-1) { // EINTR is none
		t.Errorf("%d errors counted", got)
	}
	c.kernel.calls.receive = func(uintptr, *unix.Mmsghdr, int) (int, syscall.Errno) { return -1, unix.ENOTCONN }
	if _, err := c.NewReader(4).Receive(); !errors.Is(err, unix.ENOTCONN) {
		t.Errorf("a broken socket says %v", err)
	}
}
