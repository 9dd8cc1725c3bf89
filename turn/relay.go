package turn

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// The way of a relayed packet:
//  1. pion/turn reads it from the client and unwraps it, and writes it to the client's allocation
//  2. the allocation asks the policy where it goes, and its bucket whether it may; it is copied into a packet of the pool,
//     which is the queue's from then on
//  3. the media engine reads it from the Relay, which is a net.PacketConn, as coming from the allocation's relayed address;
//     the packet goes back to the pool
//  4. the engine's answer, written to that address, is copied into a packet of the allocation's queue, as coming from the
//     media address that the client wrote to; pion/turn reads it, wraps it and sends it to the client

// Sizes of queues, in packets. 512 are half a second of a lively meeting; an allocation has one person's.
const (
	toEngine = 512
	toClient = 256
)

// tries is how often a made-up address may be taken already before we give up.
const tries = 16

// Errors of writing to a relay. None of them reaches a client: a relay drops packets, as networks do.
var (
	errForbidden = errors.New("the relay leads to the media port only")
	errUnknown   = errors.New("nobody has this relayed address")
	errNoPeer    = errors.New("the client has not sent anything yet")
	errFull      = errors.New("no relayed address is free")
)

// RelayConfig is what a Relay is made of.
type RelayConfig struct {
	Bandwidth int // bytes a second for each allocation, each way
	PerUser   int // allocations of one person
	Total     int // allocations of all
}

// RelayStats are the counters of a Relay.
type RelayStats struct {
	Allocations int
	In, Out     int64            // packets to the engine, and to clients
	Dropped     map[string]int64 // packets that went nowhere, by reason
}

// Relay is a network in memory between the TURN server and the media engine, which reads and writes it like a UDP socket.
// All of its addresses are Relayed.
type Relay struct {
	cfg   RelayConfig
	in    *queue
	pool  pool
	start time.Time

	policy   atomic.Pointer[policy]
	inCount  atomic.Int64
	outCount atomic.Int64
	dropped  struct{ forbidden, rate, full, unknown, size atomic.Int64 }

	mu    sync.RWMutex
	conns map[netip.AddrPort]*allocation // guarded by mu
	users map[string]int                 // guarded by mu
}

// NewRelay makes a relay that leads to the media addresses given; see SetMedia.
func NewRelay(cfg RelayConfig, media []netip.AddrPort) *Relay {
	r := &Relay{cfg: cfg, in: newQueue(toEngine), start: time.Now(), conns: map[netip.AddrPort]*allocation{}, users: map[string]int{}}
	r.SetMedia(media)
	return r
}

// SetMedia says which addresses are the media engine's, as clients know them: those of its candidates.
func (r *Relay) SetMedia(media []netip.AddrPort) { r.policy.Store(newPolicy(media)) }

func (r *Relay) now() int64 { return int64(time.Since(r.start)) }

// mayAllocate says if a person may have one more allocation.
func (r *Relay) mayAllocate(user string) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.users[user] < r.cfg.PerUser && len(r.conns) < r.cfg.Total
}

// allocate makes an allocation's side of the relay. port is 0, or the port it must have.
func (r *Relay) allocate(user string, v6 bool, port int) (*allocation, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.conns) >= r.cfg.Total {
		return nil, errFull
	}
	for range tries {
		at := madeUp(v6, port)
		if r.conns[at] != nil {
			continue
		}
		a := &allocation{relay: r, user: user, at: at, addr: net.UDPAddrFromAddrPort(at), out: newQueue(toClient),
			up: newBucket(int64(r.cfg.Bandwidth)), down: newBucket(int64(r.cfg.Bandwidth))}
		r.conns[at] = a
		r.users[user]++
		return a, nil
	}
	return nil, errFull
}

// madeUp is a random address of the ranges for relayed ones.
func madeUp(v6 bool, port int) netip.AddrPort {
	range4, range6 := relayedRanges()
	if port == 0 {
		port = 49152 + rand.IntN(16384)
	}
	if !v6 {
		b := range4.Addr().As4()
		host := rand.Uint32N(1<<17-2) + 1
		b[1] |= byte(host >> 16)
		b[2], b[3] = byte(host>>8), byte(host)
		return netip.AddrPortFrom(netip.AddrFrom4(b), uint16(port))
	}
	b := range6.Addr().As16()
	host := rand.Uint64()
	for i := range 8 {
		b[8+i] = byte(host >> (8 * i))
	}
	return netip.AddrPortFrom(netip.AddrFrom16(b), uint16(port))
}

func (r *Relay) release(a *allocation) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.conns[a.at] != a {
		return
	}
	delete(r.conns, a.at)
	if r.users[a.user]--; r.users[a.user] <= 0 {
		delete(r.users, a.user)
	}
}

// ReadFrom implements net.PacketConn: a packet of a relayed participant.
func (r *Relay) ReadFrom(b []byte) (int, net.Addr, error) {
	k, err := r.in.pop()
	if err != nil {
		return 0, nil, err
	}
	n, addr := copy(b, k.data[:k.n]), k.addr
	r.pool.put(k)
	return n, addr, nil
}

// ReadFromUDPAddrPort is ReadFrom as net.UDPConn has it, without an allocation.
func (r *Relay) ReadFromUDPAddrPort(b []byte) (int, netip.AddrPort, error) {
	k, err := r.in.pop()
	if err != nil {
		return 0, netip.AddrPort{}, err
	}
	n, from := copy(b, k.data[:k.n]), k.from
	r.pool.put(k)
	return n, from, nil
}

// WriteTo implements net.PacketConn. Nobody at an address is no error, as with UDP.
func (r *Relay) WriteTo(b []byte, addr net.Addr) (int, error) {
	u, ok := addr.(*net.UDPAddr)
	if !ok {
		return 0, fmt.Errorf("relay a packet to %T: %w", addr, errUnknown)
	}
	return r.WriteToUDPAddrPort(b, u.AddrPort())
}

// WriteToUDPAddrPort is WriteTo as net.UDPConn has it.
func (r *Relay) WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error) {
	to = netip.AddrPortFrom(to.Addr().Unmap(), to.Port())
	r.mu.RLock()
	a := r.conns[to]
	r.mu.RUnlock()
	if a == nil {
		r.dropped.unknown.Add(1)
		return len(b), nil
	}
	if err := a.deliver(b); err == nil {
		r.outCount.Add(1)
	}
	return len(b), nil
}

// LocalAddr implements net.PacketConn. It is in the relay's own range: no candidate for anybody outside.
func (r *Relay) LocalAddr() net.Addr {
	v4, _ := relayedRanges()
	return &net.UDPAddr{IP: v4.Addr().AsSlice(), Port: 1}
}

// SetDeadline implements net.PacketConn; writing never waits.
func (r *Relay) SetDeadline(t time.Time) error { return r.SetReadDeadline(t) }

// SetReadDeadline implements net.PacketConn.
func (r *Relay) SetReadDeadline(t time.Time) error {
	r.in.setDeadline(t)
	return nil
}

// SetWriteDeadline implements net.PacketConn.
func (r *Relay) SetWriteDeadline(time.Time) error { return nil }

// Close implements net.PacketConn.
func (r *Relay) Close() error {
	r.in.close()
	return nil
}

// Stats reads the counters.
func (r *Relay) Stats() RelayStats {
	r.mu.RLock()
	n := len(r.conns)
	r.mu.RUnlock()
	return RelayStats{Allocations: n, In: r.inCount.Load(), Out: r.outCount.Load(), Dropped: map[string]int64{
		"forbidden": r.dropped.forbidden.Load(), "rate": r.dropped.rate.Load(), "full": r.dropped.full.Load(),
		"unknown": r.dropped.unknown.Load(), "size": r.dropped.size.Load(),
	}}
}
