package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"time"

	"tablee/cmd/tablee/config"
	"tablee/network"
)

// patience is how long anything of this machine or its router may take.
const patience = 5 * time.Second

// StatusPath is where a running server tells this machine about itself.
const StatusPath = "/api/v1/status"

// InstanceHeader names the running server in the answer of /healthz.
const InstanceHeader = "Tablee-Instance"

// maxStatus bounds what a server tells, in bytes.
const maxStatus = 1 << 20

// askServer asks the server on this machine.
func askServer(ctx context.Context, listen string) (*Status, error) {
	_, port, err := net.SplitHostPort(listen)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://localhost:"+port+StatusPath, nil)
	if err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	var s Status
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("it answers %s", answer.Status)
	}
	if err := json.NewDecoder(io.LimitReader(answer.Body, maxStatus)).Decode(&s); err != nil || s.Instance == "" {
		return nil, errors.New("another program answers there")
	}
	return &s, nil
}

func (e *examination) server(context.Context) []Check {
	const id, title = "server", "Server"
	if e.status == nil {
		return one(id, title, Warn, "Start it with `tablee serve` and the same settings, and run `tablee doctor` again: much can only be checked then.",
			"no server runs at %s (%v).", e.Config.Listen, e.why)
	}
	return one(id, title, OK, "", "version %s runs.", e.status.Version)
}

// wanted are the ports of the settings, as text for people and for opening.
func wanted(c config.Config) (all []struct{ network, address, what string }) {
	add := func(network, address, what string) {
		all = append(all, struct{ network, address, what string }{network, address, what})
	}
	add("tcp", c.Listen, "the page")
	add("udp", fmt.Sprintf(":%d", c.Media.Port), "voices and pictures")
	if c.TLS.Secure() && c.TLS.HTTP != "off" {
		add("tcp", c.TLS.HTTP, "http://")
	}
	if c.TURN.On {
		add("udp", fmt.Sprintf(":%d", c.TURN.Port), "the relay")
		add("tcp", fmt.Sprintf(":%d", c.TURN.Port), "the relay")
	}
	return all
}

// portList names them for a router's settings.
func portList(c config.Config) string {
	var out []string
	for _, w := range wanted(c) {
		_, port, err := net.SplitHostPort(w.address)
		if err == nil && port != "0" {
			out = append(out, strings.ToUpper(w.network)+" "+port)
		}
	}
	slices.Sort(out)
	return strings.Join(slices.Compact(out), ", ")
}

// ports checks that each is ours, or could be.
func (e *examination) ports(context.Context) (all []Check) {
	for _, w := range wanted(e.Config) {
		id, title := "port-"+w.network+"-"+strings.ReplaceAll(w.what, " ", "-"), fmt.Sprintf("Port %s/%s", w.address, w.network)
		err := tryListen(w.network, w.address)
		busy := errors.Is(err, syscall.EADDRINUSE)
		switch {
		case err == nil && strings.HasSuffix(w.address, ":0"):
			all = append(all, one(id, title, OK, "", "the system chooses one at each start, for %s.", w.what)...)
		case busy && e.status != nil:
			all = append(all, one(id, title, OK, "", "it is open, for %s.", w.what)...)
		case err == nil && e.status != nil:
			all = append(all, one(id, title, Fail, "Run `tablee doctor` with the same settings as `tablee serve`.",
				"the server that runs does not listen there, for %s.", w.what)...)
		case busy:
			all = append(all, one(id, title, Fail, "Stop the other program (`sudo ss -tulpn` names it), or choose another port.", "another program holds it.")...)
		case errors.Is(err, syscall.EACCES):
			all = append(all, one(id, title, Warn, "Run the server by systemd (docs/install.md), or `sudo setcap cap_net_bind_service=+ep` on the program.",
				"this user may not open it.")...)
		case err != nil:
			all = append(all, one(id, title, Fail, "", "it cannot be opened: %v.", err)...)
		default:
			all = append(all, one(id, title, OK, "", "it is free, for %s.", w.what)...)
		}
	}
	return all
}

func tryListen(network, address string) error {
	if network == "tcp" {
		l, err := net.Listen(network, address)
		if err != nil {
			return err
		}
		return l.Close()
	}
	c, err := net.ListenPacket(network, address)
	if err != nil {
		return err
	}
	return c.Close()
}

// publicAddress says how the world knows us.
func (e *examination) publicAddress(ctx context.Context) []Check {
	const id, title = "public-address", "Public address"
	if a, ok := e.public(); ok {
		return one(id, title, OK, "", "%v, as %s says.", a, source(e.status.Source))
	}
	if e.Config.TLS.Mode == config.TLSOff {
		return one(id, title, Unknown, "", "nobody asked for it, since this server is not public.")
	}
	if router, ok := network.Gateway(); ok {
		if a, err := network.AskRouter(ctx, router); err == nil {
			if !network.Public(a) {
				return one(id, title, Fail, sharedAddress(), "the router has %v, which is not public.", a)
			}
			return one(id, title, OK, "", "%v, as the router says.", a)
		}
	}
	return one(id, title, Warn, "Set media.addresses to the public address (and keep it right), or allow UPnP or NAT-PMP in the router, "+
		"or name a STUN server in network.stun.", "it could not be found out: the router does not tell it.")
}

func source(s string) string {
	switch s {
	case network.FromSettings:
		return "the setting media.addresses"
	case network.FromMachine:
		return "this machine, which has it itself,"
	case network.FromDNS:
		return "the name server"
	case network.FromSTUN:
		return "a STUN server"
	default:
		return "the router (" + s + ")"
	}
}

// names checks where our names lead.
func (e *examination) names(ctx context.Context) (all []Check) {
	for _, name := range e.Config.Domains {
		id, title := "name-"+name, "Name "+name
		ctx, cancel := context.WithTimeout(ctx, patience)
		found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", name)
		cancel()
		public, known := e.public()
		switch {
		case err != nil || len(found) == 0:
			all = append(all, one(id, title, Fail, "At the provider of the name, add an A record to the public IPv4 address, and an AAAA record to this machine's IPv6 address if it has one.",
				"it leads nowhere (%v).", err)...)
		case e.here(found):
			all = append(all, one(id, title, OK, "", "it leads to this machine.")...)
		case known && slices.ContainsFunc(found, func(a netip.Addr) bool { return a.Unmap() == public }):
			all = append(all, one(id, title, OK, "", "it leads to the public address.")...)
		case !known:
			all = append(all, one(id, title, Unknown, "", "it leads to %v; the public address is not known.", found)...)
		default:
			all = append(all, one(id, title, Fail, "Change the name's A record, or let the box keep it up to date (look for DynDNS).",
				"it leads to %v, but the public address is %v.", found, public)...)
		}
	}
	return all
}

func (e *examination) here(found []netip.Addr) bool {
	local := network.LocalAddresses()
	return slices.ContainsFunc(found, func(a netip.Addr) bool { return slices.Contains(local, a.Unmap()) })
}

func (e *examination) ipv6(context.Context) []Check {
	const id, title = "ipv6", "IPv6"
	for _, a := range network.LocalAddresses() {
		if a.Is6() && network.Public(a) {
			return one(id, title, OK, "", "this machine has %v; let the router's firewall pass %s to it.", a, portList(e.Config))
		}
	}
	return one(id, title, Warn, "Switch IPv6 on in the router (French providers all offer it): it needs no forwarding, and no hairpin.",
		"this machine has no public IPv6 address.")
}

// udp checks that UDP gets out and back, and what the NAT makes of it.
func (e *examination) udp(ctx context.Context) []Check {
	const id, title = "udp", "UDP and the NAT"
	servers := e.Config.Network.STUN
	if len(servers) == 0 {
		return one(id, title, Unknown, "", "it can be checked when network.stun names one or two servers.")
	}
	ctx, cancel := context.WithTimeout(ctx, 2*patience)
	defer cancel()
	second := servers[len(servers)-1]
	kind, at, err := network.NATType(ctx, servers[0], second)
	switch {
	case err != nil:
		return one(id, title, Fail, "A firewall before this machine lets no UDP out; meetings need UDP "+fmt.Sprint(e.Config.Media.Port)+".", "no answer comes back (%v).", err)
	case kind == network.NATSymmetric:
		return one(id, title, Warn, forwarding(portList(e.Config)), "it works, from %v; the NAT is symmetric, so the media port must be forwarded.", at.Addr())
	case kind == network.NATNone:
		return one(id, title, OK, "", "it works, and there is no NAT.")
	case len(servers) < 2:
		return one(id, title, OK, "", "it works, from %v; a second server in network.stun would tell the NAT's type.", at.Addr())
	default:
		return one(id, title, OK, "", "it works, from %v; the NAT keeps its ports (%s).", at.Addr(), kind)
	}
}
