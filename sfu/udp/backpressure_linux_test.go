package udp

import (
	"context"
	"net/netip"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// run starts Conn.Run and stops it with the test.
func run(t *testing.T, c *Conn) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.Run(ctx)
	}()
	stop = func() {
		cancel()
		<-done
	}
	t.Cleanup(stop)
	return stop
}

// A socket that says it is full, once or at every other call, loses and swaps nothing.
func TestFullSocketKeepsOrder(t *testing.T) {
	for _, errno := range []syscall.Errno{unix.EAGAIN, unix.ENOBUFS} {
		for _, c := range open(t, Config{Buffer: testBuffer}) {
			var calls atomic.Int64
			c.kernel.calls.send = func(fd uintptr, first *unix.Mmsghdr, n int) (int, syscall.Errno) {
				switch k := calls.Add(1); {
				case errno == unix.EAGAIN && k == 2, errno == unix.ENOBUFS && k%2 == 0:
					return 0, errno
				}
				return sendmmsg(fd, first, min(n, 2))
			}
			run(t, c)
			for range 3 {
				sendRuns(t, c)
			}
			if s := c.Stats(); s.Queued == 0 || s.SendErrors != 0 || s.Dropped != [3]uint64{} {
				t.Errorf("%v: counted %+v", errno, s)
			}
		}
	}
}

// The same with several senders at once, and the drain between them.
func TestFullSocketWithManySenders(t *testing.T) {
	c := open(t, Config{Buffer: testBuffer})[0]
	var calls atomic.Int64
	c.kernel.calls.send = func(fd uintptr, first *unix.Mmsghdr, n int) (int, syscall.Errno) {
		if calls.Add(1)%30 == 0 {
			return 0, unix.ENOBUFS
		}
		return sendmmsg(fd, first, min(n, 3))
	}
	stop := run(t, c)
	var wg sync.WaitGroup
	for range 4 {
		s, to := sink(t, c)
		wg.Go(func() { sendAndCheck(t, c, s, to, Control) })
	}
	wg.Wait()
	stop() // what it has sent is counted now
	if s := c.Stats(); s.Queued == 0 || s.Sent != 4*100*9 || s.SendErrors != 0 || s.Dropped != [3]uint64{} {
		t.Errorf("counted %+v", s)
	}
}

// What is urgent overtakes, and each class keeps its order.
func TestDrainSendsTheUrgentFirst(t *testing.T) {
	c := open(t, Config{Buffer: testBuffer})[0]
	s, to := sink(t, c)
	full := true
	c.kernel.calls.send = func(fd uintptr, first *unix.Mmsghdr, n int) (int, syscall.Errno) {
		if full {
			return 0, unix.EAGAIN
		}
		if !c.waiting.Load() {
			t.Error("others may overtake what is in the drain's hands")
		}
		return sendmmsg(fd, first, n)
	}
	b := c.NewBatch()
	for n := range 90 {
		b.Commit(fill(b.Space(40)[:40], n), to, Class(n%classes))
	}
	b.Flush()
	_, _ = c.WriteTo(fill(make([]byte, 40), 90), to)
	if st := c.Stats(); st.Backlog != 91 || st.Sent != 0 {
		t.Fatalf("counted %+v", st)
	}
	full = false
	c.drain()
	var want [][]byte
	for class := classes - 1; class >= 0; class-- {
		for n := class; n < 90; n += classes {
			want = append(want, fill(make([]byte, 40), n))
		}
		if Class(class) == Control {
			want = append(want, fill(make([]byte, 40), 90))
		}
	}
	expect(t, s, want)
	if c.waiting.Load() {
		t.Error("an empty backlog still makes others wait")
	}
}

// The backlog stays bounded, and what it drops is counted by class. Run ends although the socket stays full.
func TestFullSocketDropsVideo(t *testing.T) {
	c := open(t, Config{})[0]
	tried := make(chan struct{}, 1)
	c.kernel.calls.send = func(uintptr, *unix.Mmsghdr, int) (int, syscall.Errno) {
		select {
		case tried <- struct{}{}:
		default:
		}
		return 0, unix.EAGAIN
	}
	b, to := c.NewBatch(), netip.MustParseAddrPort("127.0.0.1:9")
	for n := range 3 * backlogPackets {
		b.Commit(b.Space(100)[:100], to, Class(n%classes))
	}
	b.Flush()
	<-tried
	stop := run(t, c)
	<-tried // by Run, which waits now
	stop()
	s := c.Stats()
	if s.Backlog != backlogPackets || s.Dropped != [3]uint64{backlogPackets, backlogPackets, 0} || s.Sent != 0 {
		t.Errorf("counted %+v", s)
	}
}
