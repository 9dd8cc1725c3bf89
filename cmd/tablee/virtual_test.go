package main

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/logging"
	"github.com/pion/transport/v5"
	"github.com/pion/transport/v5/vnet"

	"tablee/cmd/tablee/config"
	"tablee/loadtest"
	"tablee/loadtest/report"
	"tablee/sfu/udp"
)

// Virtual meetings: the whole server and the load test's participants, HTTP and WebSocket over pipes, media over Pion's
// virtual network, in virtual time. Half a minute of fifteen people takes some seconds, and synctest fails a test
// that leaves a goroutine behind.

// town is a virtual network with a server that can be stopped and started again.
type town struct {
	t      *testing.T
	quiet  logging.LoggerFactory
	wan    *vnet.Router
	host   *vnet.Net // the server's
	cfg    config.Config
	abroad func(i int) bool // participants who are outside the server's network; nil for none

	mu     sync.Mutex // guards the rest
	pipes  *pipes
	loss   int // percent, both ways
	meter  meter
	random *rand.Rand
}

// inTown runs f in virtual time on a network with this loss in percent.
func inTown(t *testing.T, loss int, f func(v *town)) { inTownOver(t, false, loss, f) }

// inTownOver is inTown over the direct transport, or over stock Pion.
func inTownOver(t *testing.T, stock bool, loss int, f func(v *town)) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		quiet := &logging.DefaultLoggerFactory{DefaultLogLevel: logging.LogLevelDisabled}
		wan, err := vnet.NewRouter(&vnet.RouterConfig{CIDR: "1.0.0.0/8", MinDelay: 15 * time.Millisecond, QueueSize: 1 << 20, LoggerFactory: quiet})
		check(t, err)
		v := &town{t: t, quiet: quiet, wan: wan, loss: loss, random: rand.New(rand.NewSource(int64(loss) + 1))}
		wan.AddChunkFilter(func(c vnet.Chunk) bool {
			v.mu.Lock()
			defer v.mu.Unlock()
			v.meter.count(c)
			return v.random.Intn(100) >= v.loss
		})
		v.host = v.net("1.2.9.9")
		check(t, wan.Start())
		v.cfg, err = config.Load(config.Source{NoFile: true})
		check(t, err)
		v.cfg.Data, v.cfg.Media.Stock = dir, stock
		f(v)
		check(t, wan.Stop())
		time.Sleep(time.Minute) // the last timers
	})
}

// atHome is the server's network as its machine knows it: 1.2.0.0/16 is at home, all else is on the Internet.
type atHome struct{ *vnet.Net }

func (h atHome) Interfaces() ([]*transport.Interface, error) {
	all, err := h.Net.Interfaces()
	if err != nil {
		return nil, fmt.Errorf("list the server's interfaces: %w", err)
	}
	var out []*transport.Interface
	for _, i := range all {
		narrow := transport.NewInterface(i.Interface)
		addresses, err := i.Addrs()
		if err != nil {
			return nil, fmt.Errorf("list the server's addresses: %w", err)
		}
		for _, a := range addresses {
			if n, ok := a.(*net.IPNet); ok {
				narrow.AddAddress(&net.IPNet{IP: n.IP, Mask: net.CIDRMask(16, 32)})
			}
		}
		out = append(out, narrow)
	}
	return out, nil
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (v *town) net(ip string) *vnet.Net {
	n, err := vnet.NewNet(&vnet.NetConfig{StaticIPs: []string{ip}})
	check(v.t, err)
	check(v.t, v.wan.AddNet(n))
	return n
}

// start starts the server; stop ends it as SIGTERM does.
func (v *town) start() (stop func()) {
	v.t.Helper()
	conn, err := v.host.ListenUDP("udp4", &net.UDPAddr{IP: net.ParseIP("1.2.9.9"), Port: 8443})
	check(v.t, err)
	l := newPipes()
	v.mu.Lock()
	v.pipes = l
	v.mu.Unlock()
	s, err := newServer(v.cfg, deps{Listener: l, MediaConns: []*udp.Conn{udp.New(conn)}, Net: atHome{v.host}, Log: slog.New(slog.DiscardHandler)})
	check(v.t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	return func() {
		cancel()
		check(v.t, <-done)
	}
}

// dial reaches the server that runs now.
func (v *town) dial(ctx context.Context, network, address string) (net.Conn, error) {
	v.mu.Lock()
	l := v.pipes
	v.mu.Unlock()
	return l.DialContext(ctx, network, address)
}

// meet runs a load test in the town.
func (v *town) meet(o loadtest.Options) *loadtest.Report {
	v.t.Helper()
	o.URL = "http://1.2.9.9/r/virtual"
	o.DialContext = v.dial
	hosts := 0
	o.Net = func(i int) (transport.Net, error) {
		v.mu.Lock()
		hosts++
		n := hosts
		v.mu.Unlock()
		network := 2
		if v.abroad != nil && v.abroad(i) {
			network = 3
		}
		return v.net(fmt.Sprintf("1.%d.%d.%d", network, 10+n/200, 1+n%200)), nil
	}
	r, err := loadtest.Run(context.Background(), o)
	check(v.t, err)
	return r
}

// whole fails the test unless everybody was in, nobody stayed silent, and every slot kept its promise.
func whole(t *testing.T, r *loadtest.Report) {
	t.Helper()
	var b strings.Builder
	_ = report.WriteText(&b, r, report.Options{}) // a strings.Builder takes all
	t.Log(b.String())
	if r.Joined != r.Participants || r.TracksSilent != 0 || r.TracksExpected == 0 || r.SpurtsExpected == 0 || r.SpurtsUnheard != 0 {
		t.Errorf("%d of %d joined; %d of %d tracks silent; %d of %d spurts of speech not heard within a second", r.Joined, r.Participants,
			r.TracksSilent, r.TracksExpected, r.SpurtsUnheard, r.SpurtsExpected)
	}
	if r.Violations.Total() != 0 {
		t.Errorf("broken promises: %+v", r.Violations)
	}
	if len(r.Errors) != 0 {
		t.Errorf("errors: %q", r.Errors)
	}
}

func TestVirtualMeetings(t *testing.T) {
	for _, loss := range []int{0, 5, 30} {
		for _, s := range []loadtest.Scenario{loadtest.Meeting(), loadtest.Burst()} {
			t.Run(fmt.Sprintf("%s with %d%% loss", s.Name, loss), func(t *testing.T) {
				inTown(t, loss, func(v *town) {
					stop := v.start()
					whole(t, v.meet(loadtest.Options{Participants: 15, Duration: 20 * time.Second, JoinTimeout: time.Minute, Scenario: s, Seed: uint64(loss)}))
					stop()
				})
			})
		}
	}
}

// The same over stock Pion, which is the fallback.
func TestVirtualMeetingOverStockPion(t *testing.T) {
	for _, loss := range []int{0, 30} {
		t.Run(fmt.Sprintf("%d%% loss", loss), func(t *testing.T) {
			inTownOver(t, true, loss, func(v *town) {
				stop := v.start()
				whole(t, v.meet(loadtest.Options{Participants: 15, Duration: 20 * time.Second, JoinTimeout: time.Minute, Seed: uint64(loss)}))
				stop()
			})
		})
	}
}

// People leave, vanish, lose their WebSocket and come back, and the rest do not notice.
func TestVirtualComingsAndGoings(t *testing.T) {
	inTown(t, 0, func(v *town) {
		stop := v.start()
		r := v.meet(loadtest.Options{Participants: 15, Duration: 60 * time.Second, Scenario: loadtest.Scenario{Name: "comings and goings", Events: []loadtest.Event{
			{At: 5 * time.Second, Who: 1, Do: loadtest.Leave},
			{At: 8 * time.Second, Who: 2, Do: loadtest.Vanish},
			{At: 10 * time.Second, Who: 3, Do: loadtest.DropSignaling},
			{At: 12 * time.Second, Who: 4, Do: loadtest.DropSignaling},
			{At: 12 * time.Second, Who: 5, Do: loadtest.DropSignaling},
			{At: 20 * time.Second, Who: 1, Do: loadtest.Return},
			{At: 35 * time.Second, Who: 2, Do: loadtest.Return},
		}}})
		whole(t, r)
		if r.Reconnects < 3 {
			t.Errorf("%d came back after losing their WebSocket, want 3", r.Reconnects)
		}
		stop()
	})
}

// The server is restarted in mid-meeting: everybody comes back by themselves, with media.
func TestVirtualRestart(t *testing.T) {
	inTown(t, 0, func(v *town) {
		stop := v.start()
		again := make(chan func(), 1)
		go func() {
			time.Sleep(15 * time.Second)
			stop()
			time.Sleep(2 * time.Second)
			again <- v.start()
		}()
		r := v.meet(loadtest.Options{Participants: 15, Duration: 45 * time.Second, Seed: 7})
		var b strings.Builder
		_ = report.WriteText(&b, r, report.Options{}) // a strings.Builder takes all
		t.Log(b.String())
		if r.Joined != 15 || r.TracksSilent != 0 || r.Reconnects < 15 {
			t.Errorf("%d of 15 joined, %d tracks silent, %d came back", r.Joined, r.TracksSilent, r.Reconnects)
		}
		if r.Violations.Total() != 0 {
			t.Errorf("broken promises: %+v", r.Violations)
		}
		(<-again)()
	})
}
