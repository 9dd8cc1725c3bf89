package loadtest

import (
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"tablee/loadtest/measure"
	"tablee/loadtest/payload"
)

// How much of a latency is the load test's own: while the meeting lasts, one more sender stamps a packet every 20 ms and
// sends it to an echo, which is a bare socket of UDP in this program, and the echo sends it to as many receivers as a
// participant has, each with a socket and a goroutine as participants have them. It is the way that media take, without a
// server, without encryption, and with all the waiting for this machine's processors. What remains of latency_ms when echo_ms
// is taken away is what the server adds.

const (
	echoEvery     = 20 * time.Millisecond
	echoReceivers = 14
	echoSize      = 200 // bytes, about a voice packet
)

// echo is the probe.
type echo struct {
	clock   clock
	sockets []*net.UDPConn // sender, echo, receivers
	heard   []measure.Histogram
	count   atomic.Uint64
	quit    chan struct{}
	running sync.WaitGroup
}

// echoes is how many were received so far.
func (e *echo) echoes() uint64 { return e.count.Load() }

// startEcho starts the probe for a meeting of so many.
func startEcho(participants int, c clock) (*echo, error) {
	n := max(1, min(participants-1, echoReceivers))
	e := &echo{clock: c, heard: make([]measure.Histogram, n), quit: make(chan struct{})}
	for range 2 + n {
		s, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			e.stop()
			return nil, fmt.Errorf("open a socket to echo: %w", err)
		}
		e.sockets = append(e.sockets, s)
	}
	e.running.Go(e.send)
	e.running.Go(e.reflect)
	for i := range e.heard {
		e.running.Go(func() { e.receive(e.sockets[2+i], &e.heard[i]) })
	}
	return e, nil
}

// stop ends the probe, and returns the latencies in microseconds.
func (e *echo) stop() (all measure.Histogram) {
	close(e.quit)
	for _, s := range e.sockets {
		_ = s.Close() // nothing is lost
	}
	e.running.Wait()
	for i := range e.heard {
		all.Merge(&e.heard[i])
	}
	return all
}

func (e *echo) send() {
	t := time.NewTicker(echoEvery)
	defer t.Stop()
	to := e.sockets[1].LocalAddr().(*net.UDPAddr).AddrPort()
	for b := make([]byte, 0, echoSize); ; {
		select {
		case <-t.C:
		case <-e.quit:
			return
		}
		b = payload.Stamp{At: e.clock.now()}.Append(b[:echoSize-payload.StampSize])
		if _, err := e.sockets[0].WriteToUDPAddrPort(b, to); err != nil {
			return
		}
	}
}

func (e *echo) reflect() {
	for b := make([]byte, echoSize); ; {
		n, _, err := e.sockets[1].ReadFromUDPAddrPort(b)
		if err != nil {
			return
		}
		for _, to := range e.sockets[2:] {
			if _, err := e.sockets[1].WriteToUDPAddrPort(b[:n], to.LocalAddr().(*net.UDPAddr).AddrPort()); err != nil {
				return
			}
		}
	}
}

func (e *echo) receive(from *net.UDPConn, to *measure.Histogram) {
	for b := make([]byte, echoSize); ; {
		n, _, err := from.ReadFromUDPAddrPort(b)
		if err != nil {
			return
		}
		if s, ok := payload.ReadStamp(b[:n]); ok {
			to.Add((e.clock.now() - s.At) / 1000)
			e.count.Add(1)
		}
	}
}
