package network

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"
)

// Port is a port that is to be reached from the outside.
type Port struct {
	Inside, Outside uint16
	TCP             bool
}

// Config is what a Watch is made of.
type Config struct {
	Detect   bool         // look for the public address
	MapPorts bool         // ask the router to forward Ports
	STUN     []string     // HOST:PORT
	Names    []string     // our public names, whose IPv4 address is ours
	Fixed    []netip.Addr // from the settings
	Ports    []Port
	Busy     func() bool // whether a meeting is on, in which a change must be noticed soon; nil for never
	Log      *slog.Logger

	// For tests: another router, on other ports; the zero values stand for the real ones.
	Router     func() (netip.Addr, bool)
	NATPMPPort uint16
	SSDPGroup  string
	Locals     func() []netip.Addr
	Resolver   *net.Resolver
	Idle, Tick time.Duration
}

// How often things are looked at. Interfaces cost nothing to look at. The router is asked every few seconds while a
// meeting is on, since running meetings must be told within five; and rarely otherwise.
const (
	tick      = 2 * time.Second
	idleEvery = time.Minute
	findEvery = 10 * time.Minute // to look for a router that has not answered
	lease     = 20 * time.Minute // of a forwarded port; renewed at half of it
)

// Watch follows our addresses. Make one with New, and Run it.
type Watch struct {
	cfg Config

	mu   sync.Mutex
	have Addresses // guarded by mu

	// What follows belongs to Run.
	igd      *upnp
	pmp      *natpmp
	router   netip.Addr
	sought   time.Time // when the router was last looked for
	asked    time.Time // when the public address was last asked for
	mapped   time.Time // when ports were last asked to be forwarded
	missed   bool      // the router that used to answer says nothing: it is being restarted, or another one is there
	complain string    // what was logged last
}

// New makes a Watch that knows what can be known without asking anybody.
func New(cfg Config) *Watch {
	if cfg.Router == nil {
		cfg.Router = Gateway
	}
	if cfg.NATPMPPort == 0 {
		cfg.NATPMPPort = natpmpPort
	}
	if cfg.SSDPGroup == "" {
		cfg.SSDPGroup = ssdpGroup
	}
	if cfg.Locals == nil {
		cfg.Locals = localAddresses
	}
	if cfg.Resolver == nil {
		cfg.Resolver = net.DefaultResolver
	}
	if cfg.Idle == 0 {
		cfg.Idle = idleEvery
	}
	if cfg.Tick == 0 {
		cfg.Tick = tick
	}
	if cfg.Busy == nil {
		cfg.Busy = func() bool { return false }
	}
	w := &Watch{cfg: cfg}
	w.have = w.without(cfg.Locals())
	return w
}

// without is what is known without asking.
func (w *Watch) without(local []netip.Addr) Addresses {
	a := Addresses{Local: local, Fixed: w.cfg.Fixed}
	for _, f := range w.cfg.Fixed {
		if f.Is4() {
			a.Public4, a.Source = f, FromSettings
			return a
		}
	}
	for _, l := range local {
		if l.Is4() && Public(l) {
			a.Public4, a.Source = l, FromMachine
			return a
		}
	}
	return a
}

// Now is what is known at the moment.
func (w *Watch) Now() Addresses {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.have
}

// Run looks again and again until ctx ends, and calls changed whenever something has. Ports that were forwarded are given
// back.
func (w *Watch) Run(ctx context.Context, changed func(Addresses)) error {
	t := time.NewTicker(w.cfg.Tick)
	defer t.Stop()
	for {
		w.look(ctx, time.Now(), changed)
		select {
		case <-ctx.Done():
			w.giveBack(context.WithoutCancel(ctx))
			return nil
		case <-t.C:
		}
	}
}

// look looks once.
func (w *Watch) look(ctx context.Context, now time.Time, changed func(Addresses)) {
	before := w.Now()
	next := w.without(w.cfg.Locals())
	moved := !equalAddrs(next.Local, before.Local)
	if !next.Public4.IsValid() && w.cfg.Detect {
		next.Public4, next.Source = before.Public4, before.Source
		every := w.cfg.Idle
		if w.cfg.Busy() && (w.pmp != nil || w.igd != nil || w.missed || len(w.cfg.STUN) > 0) { // name servers are not asked that often
			every = w.cfg.Tick
		}
		if moved || w.asked.IsZero() || now.Sub(w.asked) >= every {
			w.asked = now
			if a, source, err := w.ask(ctx, now, moved); err == nil {
				next.Public4, next.Source = a, source
			} else if ctx.Err() == nil && w.complain != err.Error() {
				w.complain = err.Error()
				w.cfg.Log.Info("the public address could not be found out; what was known stays in use", "error", err)
			}
		}
	}
	// A router that was restarted has forgotten what it was asked for; one with another address may have.
	forgot := w.pmp != nil && w.pmp.restarted() || next.Public4 != before.Public4
	if w.missed && (w.pmp != nil || w.igd != nil) {
		forgot, w.missed = true, false
	}
	if w.cfg.MapPorts && (moved || forgot || w.mapped.IsZero() || now.Sub(w.mapped) >= lease/2) {
		w.mapped = now
		w.mapPorts(ctx, now, next.Local)
	}
	if next.Equal(before) {
		return
	}
	w.mu.Lock()
	w.have = next
	w.mu.Unlock()
	w.cfg.Log.Info("our addresses have changed", "local", len(next.Local), "public_from", next.Source)
	changed(next)
}

func equalAddrs(a, b []netip.Addr) bool {
	return Addresses{Local: a}.Equal(Addresses{Local: b})
}

// errNotPublic is an answer that the outside cannot reach either.
var errNotPublic = errors.New("the router itself has no public address: there is another router before it, or the provider shares one among customers")

// ask asks those who may know, the nearest first.
func (w *Watch) ask(ctx context.Context, now time.Time, again bool) (netip.Addr, string, error) {
	w.findRouter(ctx, now, again)
	var errs []error
	try := func(a netip.Addr, err error) bool {
		if err == nil && !Public(a) {
			err = errNotPublic
		}
		if err != nil {
			errs = append(errs, err)
		}
		return err == nil
	}
	if w.pmp != nil {
		a, err := w.pmp.external(ctx)
		if try(a, err) {
			return a, FromNATPMP, nil
		}
		if ctx.Err() == nil && !errors.Is(err, errNATPMP) { // else it is not the router that ended the question
			w.pmp, w.missed = nil, true
			w.findRouter(ctx, now, false) // another one may be there, which speaks another language
		}
	}
	if w.igd != nil {
		if a, err := w.igd.external(ctx); try(a, err) {
			w.missed = w.cfg.MapPorts && len(w.cfg.Ports) > 0 && !w.igd.forwards(ctx, w.cfg.Ports[0])
			return a, FromUPnP, nil
		}
		if ctx.Err() == nil {
			w.igd, w.missed = nil, true // it may have been restarted with another address of its service
		}
	}
	if len(w.cfg.STUN) > 0 {
		if a, err := askSTUN(ctx, w.cfg.STUN); try(a, err) {
			return a, FromSTUN, nil
		}
	}
	for _, name := range w.cfg.Names {
		all, err := w.cfg.Resolver.LookupNetIP(ctx, "ip4", name)
		if err == nil && len(all) == 0 {
			err = errors.New("its name leads nowhere")
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if try(all[0].Unmap(), nil) {
			return all[0].Unmap(), FromDNS, nil
		}
	}
	if len(errs) == 0 {
		errs = append(errs, errors.New("there is nobody to ask: the router answers neither NAT-PMP nor UPnP, and neither domain nor network.stun is set"))
	}
	return netip.Addr{}, "", errors.Join(errs...)
}

// findRouter looks what the router speaks, now and then.
func (w *Watch) findRouter(ctx context.Context, now time.Time, again bool) {
	known := w.pmp != nil || w.igd != nil
	if !again && (known || !w.sought.IsZero() && now.Sub(w.sought) < findEvery && !w.missed) {
		return
	}
	w.sought = now
	router, ok := w.cfg.Router()
	if !ok {
		return
	}
	w.router, w.pmp, w.igd = router, nil, nil
	pmp := natpmp{router: netip.AddrPortFrom(router, w.cfg.NATPMPPort)}
	if _, err := pmp.external(ctx); err == nil {
		w.pmp = &pmp
		return
	}
	if igd, err := findUPnP(ctx, w.cfg.SSDPGroup, router); err == nil {
		w.igd = igd
	}
}

// mapPorts asks the router to forward our ports.
func (w *Watch) mapPorts(ctx context.Context, now time.Time, local []netip.Addr) {
	w.findRouter(ctx, now, false)
	for _, p := range w.cfg.Ports {
		if err := w.forward(ctx, p, local, lease); err != nil {
			w.cfg.Log.Warn("the router does not forward a port; it has to be told by hand", "port", p.Outside, "tcp", p.TCP, "error", err)
		}
	}
}

func (w *Watch) forward(ctx context.Context, p Port, local []netip.Addr, life time.Duration) error {
	switch {
	case w.pmp != nil:
		return w.pmp.forward(ctx, p, life)
	case w.igd != nil:
		return w.igd.forward(ctx, p, w.inside(local), life)
	default:
		return errors.New("the router answers neither NAT-PMP nor UPnP")
	}
}

// inside is the address that the router knows us by: the one from which we would send to it.
func (w *Watch) inside(local []netip.Addr) netip.Addr {
	if c, err := net.Dial("udp", netip.AddrPortFrom(w.router, 9).String()); err == nil { // nothing is sent
		defer c.Close()
		if a, err := netip.ParseAddrPort(c.LocalAddr().String()); err == nil {
			return a.Addr().Unmap()
		}
	}
	for _, a := range local {
		if a.Is4() {
			return a
		}
	}
	return netip.Addr{}
}

// giveBack ends the forwarding of our ports.
func (w *Watch) giveBack(ctx context.Context) {
	if !w.cfg.MapPorts || w.pmp == nil && w.igd == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, upnpPatience)
	defer cancel()
	for _, p := range w.cfg.Ports {
		_ = w.forward(ctx, p, w.Now().Local, 0) // if this fails, the lease ends by itself
	}
}

// AskRouter asks the router for its public address, by what it speaks.
func AskRouter(ctx context.Context, router netip.Addr) (netip.Addr, error) {
	a, err := (&natpmp{router: netip.AddrPortFrom(router, natpmpPort)}).external(ctx)
	if err == nil {
		return a, nil
	}
	u, errFind := findUPnP(ctx, ssdpGroup, router)
	if errFind != nil {
		return netip.Addr{}, errors.Join(err, errFind)
	}
	return u.external(ctx)
}

// LocalAddresses are the machine's own, that others on its network can use.
func LocalAddresses() []netip.Addr { return localAddresses() }
