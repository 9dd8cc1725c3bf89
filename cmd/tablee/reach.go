package main

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"tablee/certs"
	"tablee/cmd/tablee/config"
	"tablee/front"
	"tablee/icetcp"
	"tablee/network"
	"tablee/signaling"
	"tablee/turn"
	"tablee/web"
)

// How the server is reached: the front on the page's port, certificates, the relay, and the addresses of it all.

// Folders in the data folder.
const (
	certificatesDir = "certificates" // of public authorities
	authorityDir    = "authority"    // our own
)

// Bounds of the relay: a browser makes an allocation for each way to the relay on each of its networks, and does so again
// when it looks for a way anew.
const (
	allocationsEach  = 12
	allocationsExtra = 64 // beyond four for each participant
)

// lineUser is whose credentials pages get that only try their line. They are one user together, so that all the strangers
// of the world have a few relayed connections at a time, which lead nowhere without a meeting.
const lineUser = "line"

// reach holds the parts.
type reach struct {
	cfg    config.Config
	log    *slog.Logger
	key    []byte
	front  *front.Front
	keeper certs.Keeper // nil without TLS
	auto   *certs.Auto  // nil in other modes
	local  *certs.Internal
	relay  *turn.Relay // nil without TURN
	turn   *turn.Server
	ice    *icetcp.Conn
	plain  net.Listener // http://, nil for none
	web    *web.Server  // on plain
	net    *network.Watch

	examining chan struct{} // holds one token for each examination that runs; see checks
	instance  string        // names this run of the server
	mediaPort uint16
	turnPort  int
	turnTCP   []net.Listener
	dns       []net.PacketConn
	names     *network.Names
	busy      func() bool // whether a meeting is on; set before start
	engine    addressed   // set before start; nil for one that cannot be told
	addresses atomic.Pointer[network.Addresses]
	outside4  atomic.Bool // somebody has come from outside by IPv4
	outside6  atomic.Bool // or by IPv6
	warned    string      // the warnings about certificates that were logged last; only watchCertificates touches it
}

// newReach makes the parts. It owns d.HTTP and d.TURN from then on.
func newReach(cfg config.Config, d deps, key []byte) (*reach, error) {
	r := &reach{examining: make(chan struct{}, 1), instance: rand.Text(), cfg: cfg, log: d.Log, key: key, plain: d.HTTP, mediaPort: d.MediaConns[0].LocalAddr().Port(), dns: d.DNS,
		names: network.NewNames(slices.Concat(cfg.Domains, cfg.Network.Names), machineAddresses)}
	if err := r.newKeeper(); err != nil {
		return nil, err
	}
	f := front.Config{Bound: front.BoundFor(cfg.Rooms.MaxParticipantsTotal), TURN: cfg.TURN.On, ICE: cfg.TURN.On, Came: r.came}
	if r.keeper != nil {
		f.TLS = certs.Config(r.keeper)
	}
	r.front = front.New(f)
	if cfg.TURN.On {
		if err := r.newRelay(d); err != nil {
			return nil, err
		}
	}
	r.net = network.New(network.Config{
		Detect: cfg.Network.Detect, MapPorts: cfg.Network.MapPorts, STUN: cfg.Network.STUN, Names: cfg.Domains,
		Fixed: cfg.Media.Addresses, Ports: r.ports(), Busy: func() bool { return r.busy != nil && r.busy() }, Log: d.Log,
	})
	r.follow(r.net.Now())
	return r, nil
}

// came notes that somebody from outside has found the way, which nobody in the house can try. The address is not kept.
func (r *reach) came(from netip.Addr) {
	way := &r.outside6
	if from.Unmap().Is4() {
		way = &r.outside4
	}
	if a := r.addresses.Load(); !way.Load() && a.Outside(from) {
		way.Store(true)
	}
}

// newKeeper makes what keeps the certificates.
func (r *reach) newKeeper() (err error) {
	c := r.cfg
	if !c.TLS.Secure() {
		return nil
	}
	if c.TLS.Mode == config.TLSInternal || len(c.Network.Names) > 0 || c.Network.MDNS != "off" {
		r.local, err = certs.NewInternal(filepath.Join(c.Data, authorityDir), r.localNames, machineAddresses, time.Now, r.log)
		if err != nil {
			return err
		}
	}
	switch c.TLS.Mode {
	case config.TLSInternal:
		r.keeper = r.local
		return nil
	case config.TLSFiles:
		r.keeper, err = certs.NewFiles(c.TLS.Certificate, c.TLS.Key, time.Now, r.log)
	case config.TLSAuto:
		r.auto, err = r.newAuto()
		r.keeper = r.auto
	}
	if err == nil && r.local != nil {
		r.keeper = certs.Both{Local: r.local, Public: r.keeper}
	}
	return err
}

func (r *reach) newAuto() (*certs.Auto, error) {
	roots, err := readRoots(r.cfg.TLS.CARoots)
	if err != nil {
		return nil, err
	}
	var others []certs.Authority
	if r.cfg.TLS.CA != "" {
		others = append(others, certs.Authority{URL: r.cfg.TLS.CA, Roots: roots})
	}
	return certs.NewAuto(certs.AutoConfig{
		Dir: filepath.Join(r.cfg.Data, certificatesDir), Email: r.cfg.TLS.Email, Authorities: others,
		HTTPPort: portIn(r.cfg.TLS.HTTP, 80), TLSPort: portIn(r.cfg.Listen, 443), Now: time.Now, Log: r.log,
	}, certified(r.cfg, network.Addresses{})), nil
}

// localNames are those that the internal authority vouches for.
func (r *reach) localNames() []string {
	names := append([]string{"localhost"}, r.cfg.Network.Names...)
	if host, err := os.Hostname(); err == nil && !strings.ContainsAny(host, "._") {
		names = append(names, strings.ToLower(host)+".local")
	}
	if r.cfg.Network.MDNS != "off" {
		names = append(names, r.cfg.Network.MDNS+".local")
	}
	if r.cfg.TLS.Mode == config.TLSInternal {
		names = append(names, r.cfg.Domains...)
	}
	return names
}

// newRelay makes the relay and its server.
func (r *reach) newRelay(d deps) error {
	r.relay = turn.NewRelay(turn.RelayConfig{
		Bandwidth: r.cfg.TURN.Bandwidth * 1000 / 8, PerUser: allocationsEach,
		Total: 4*r.cfg.Rooms.MaxParticipantsTotal + allocationsExtra,
	}, nil)
	r.ice = icetcp.New(netip.AddrPortFrom(netip.IPv4Unspecified(), uint16(portIn(r.cfg.Listen, 443))))
	r.turnPort = int(portOf(d.TURN))
	r.turnTCP = d.TURNTCP
	var err error
	r.turn, err = turn.New(turn.Config{Key: r.key, Packets: d.TURN, Listeners: []net.Listener{r.front.TURN()}, Relay: r.relay, Now: time.Now})
	return err
}

// turnKey is the relay's key, made of the server's: what is signed with one is worth nothing for the other.
func turnKey(server []byte) []byte {
	mac := hmac.New(sha256.New, server)
	mac.Write([]byte("turn")) // a hash takes everything
	return mac.Sum(nil)
}

// ports are those that a router is asked to forward.
func (r *reach) ports() []network.Port {
	page := uint16(portIn(r.cfg.Listen, 443))
	all := []network.Port{{Inside: r.mediaPort, Outside: r.mediaPort}, {Inside: page, Outside: page, TCP: true}}
	if r.plain != nil {
		all = append(all, network.Port{Inside: uint16(portIn(r.cfg.TLS.HTTP, 80)), Outside: 80, TCP: true})
	}
	if p := uint16(r.turnPort); p != 0 {
		all = append(all, network.Port{Inside: p, Outside: p}, network.Port{Inside: p, Outside: p, TCP: true})
	}
	return all
}

// MediaConns are the sockets that the media engine reads besides those of the media port: relayed participants, and those
// who come by ICE over TCP.
func (r *reach) MediaConns() []net.PacketConn {
	if r.relay == nil {
		return nil
	}
	return []net.PacketConn{r.relay, r.ice}
}

// tcpPort is the port of the page at which participants come by ICE over TCP; 0 when none can.
func (r *reach) tcpPort() int {
	host, _, err := net.SplitHostPort(r.cfg.Listen)
	if r.relay == nil || err != nil || host == "localhost" || strings.HasPrefix(host, "127.") || host == "::1" {
		return 0 // nobody but this machine reaches it
	}
	return portIn(r.cfg.Listen, 443)
}

// addressed is a media engine that can be told where it is reached.
type addressed interface {
	// SetAddresses replaces what is advertised besides the machine's own addresses, and lets running clients know.
	SetAddresses(more []netip.Addr)
}

// follow takes note of our addresses, at the start and whenever they have changed.
func (r *reach) follow(a network.Addresses) {
	r.addresses.Store(&a)
	if r.engine != nil {
		r.engine.SetAddresses(a.Extra())
	}
	if r.relay != nil {
		r.relay.SetMedia(a.Media(r.mediaPort))
	}
	if r.auto != nil {
		if err := r.auto.SetNames(certified(r.cfg, a)); err != nil {
			r.log.Warn("cannot ask for a certificate for the new address", "error", err)
		}
	}
}

// certified are the names and addresses for which a public authority is asked: without a name, and without addresses in the
// settings, the public address as it is at the moment.
func certified(cfg config.Config, a network.Addresses) (names []string) {
	switch {
	case len(cfg.Domains) > 0:
		return cfg.Domains
	case len(cfg.Media.Addresses) > 0:
		for _, m := range cfg.Media.Addresses {
			names = append(names, m.String())
		}
	case a.Public4.IsValid():
		names = append(names, a.Public4.String())
	}
	return names
}

// iceServers are the ICE servers of a member, who knows us as host.
func (r *reach) iceServers(host, member string) []signaling.ICE {
	if r.turn == nil {
		return nil
	}
	page := portIn(r.cfg.Listen, 443)
	if bare, port, err := net.SplitHostPort(host); err == nil {
		host = bare
		if n, err := strconv.Atoi(port); err == nil {
			page = n
		}
	} else if r.cfg.TLS.Mode == config.TLSProxy {
		page = 443
	}
	host = strings.Trim(host, "[]")
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	at := fmt.Sprintf("%s:%d", host, r.turnPort)
	urls := []string{"turn:" + at + "?transport=udp", "turn:" + at + "?transport=tcp"}
	if r.cfg.TLS.Public() { // in the mode proxy the proxy passes TLS through, or this one does not answer
		urls = append(urls, fmt.Sprintf("turns:%s:%d?transport=tcp", host, page))
	}
	c := turn.Issue(r.key, member, time.Now())
	return []signaling.ICE{{URLs: urls, Username: c.Username, Credential: c.Password}}
}

// authority is what /trust offers.
func (r *reach) authority() []byte {
	if r.local == nil {
		return nil
	}
	return r.local.CA()
}

// wirePlain makes the server of http://.
func (r *reach) wirePlain(pages *web.Handler) {
	if r.plain == nil {
		return
	}
	var challenge func(http.ResponseWriter, *http.Request) bool
	if r.auto != nil {
		challenge = r.auto.Challenge
	}
	_, port, err := net.SplitHostPort(r.cfg.Listen)
	if err != nil {
		port = ""
	}
	r.web = web.NewServer(pages.Redirect(challenge, port), web.BoundFor(r.cfg.Rooms.MaxParticipantsTotal), r.log)
}

// watchEvery is how often the certificates are looked at for what the admin should know.
const watchEvery = 10 * time.Minute

// watchCertificates logs each new warning once, until ctx ends.
func (r *reach) watchCertificates(ctx context.Context) error {
	t := time.NewTicker(watchEvery)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
			r.warn()
		}
	}
}

func (r *reach) warn() {
	var all []string
	for _, s := range r.keeper.Status() {
		if s.Warning != "" {
			all = append(all, s.Warning)
		}
	}
	text := strings.Join(all, " ")
	if text != "" && text != r.warned {
		r.log.Warn("certificates need attention", "what", text)
	}
	r.warned = text
}

// start begins everything that is not the page itself.
func (r *reach) start(failed chan<- error, l net.Listener) (parts []*part) {
	parts = append(parts, start(failed, "the front", func(ctx context.Context) error { return r.front.Serve(ctx, l) }))
	if r.plain != nil {
		parts = append(parts, start(failed, "the http:// port", func(context.Context) error { return r.web.Serve(r.plain) }))
	}
	if r.auto != nil {
		parts = append(parts, start(failed, "the certificates", r.auto.Run))
	}
	if r.keeper != nil {
		parts = append(parts, start(failed, "the watch over certificates", r.watchCertificates))
	}
	if r.turn != nil {
		parts = append(parts, start(failed, "the TURN server", r.turn.Run),
			start(failed, "ICE over TCP", func(context.Context) error { return r.ice.Serve(r.front.ICE()) }))
		for _, l := range r.turnTCP {
			parts = append(parts, start(failed, "the relay's TCP port", func(ctx context.Context) error { return r.front.Serve(ctx, l) }))
		}
	}
	for _, c := range r.dns {
		parts = append(parts, start(failed, "the name server for the house", func(ctx context.Context) error { return r.names.Serve(ctx, c) }))
	}
	if name := r.cfg.Network.MDNS; name != "off" {
		parts = append(parts, start(failed, "the .local name", func(ctx context.Context) error { return network.ServeLocalName(ctx, name) }))
	}
	return append(parts, start(failed, "the watch over our addresses", func(ctx context.Context) error { return r.net.Run(ctx, r.follow) }))
}

// stop ends it.
func (r *reach) stop(ctx context.Context, parts []*part) error {
	var errs []error
	if r.web != nil {
		short, cancel := context.WithTimeout(context.WithoutCancel(ctx), webGrace)
		if err := r.web.Shutdown(short); err != nil && !errors.Is(err, context.DeadlineExceeded) {
			errs = append(errs, fmt.Errorf("stop the http:// port: %w", err))
		}
		cancel()
	}
	for _, p := range parts {
		p.cancel()
	}
	errs = append(errs, r.front.Close())
	if r.ice != nil {
		errs = append(errs, r.ice.Close(), r.relay.Close())
	}
	for _, p := range parts {
		errs = append(errs, p.stop(partGrace))
	}
	return errors.Join(errs...)
}

// portIn is the port of HOST:PORT.
func portIn(address string, otherwise int) int {
	if _, port, err := net.SplitHostPort(address); err == nil {
		if n, err := strconv.Atoi(port); err == nil {
			return n
		}
	}
	return otherwise
}

// portOf is the port of the first socket, 0 for none.
func portOf(conns []net.PacketConn) uint16 {
	if len(conns) > 0 {
		if ap, err := netip.ParseAddrPort(conns[0].LocalAddr().String()); err == nil {
			return ap.Port()
		}
	}
	return 0
}
