package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"tablee/cmd/tablee/cli"
	"tablee/cmd/tablee/config"
	"tablee/sfu"
	"tablee/sfu/udp"
)

func serveHelp() cli.Help {
	return cli.Help{
		Usage: "tablee serve [options]",
		Intro: "Starts the server. Without any option it serves the page on http://localhost:8080 and keeps its " +
			"data in ./data; Ctrl-C stops it.",
		Options: config.Options(),
		Notes: []string{
			"Each option can also be set by an environment variable (--media-port is TABLEE_MEDIA_PORT) or in the " +
				"settings file; an option goes before the environment, and the environment before the file.",
		},
	}
}

// serve is `tablee serve`.
func serve(ctx context.Context, args []string, w world) int {
	parsed, done, status := parse(args, serveHelp(), 0, "serve", w)
	if done {
		return status
	}
	cfg, ok := settings(parsed.Options, w)
	if !ok {
		return exitUsage
	}
	kept, level := &lines{}, &slog.LevelVar{}
	level.Set(cfg.Log.Level)
	log := slog.New(tee{Handler: slog.NewTextHandler(w.err, &slog.HandlerOptions{Level: level}), keep: kept})
	shown, err := config.Show(config.Source{Flags: parsed.Options, Env: w.env, Dir: w.dir})
	if err != nil {
		return fail(w, err)
	}
	d, err := openPorts(cfg, log)
	if err != nil {
		return fail(w, err)
	}
	d.Console, d.Settings, d.Level, d.Lines = true, shown, level, kept
	s, err := newServer(cfg, d)
	if err != nil {
		return fail(w, err)
	}
	stop, err := profile(w)
	if err != nil {
		return fail(w, err)
	}
	defer stop()
	fmt.Fprint(w.out, welcome(cfg, d))
	fmt.Fprint(w.out, s.setupLink(cfg))
	if err := s.Run(ctx); err != nil {
		return fail(w, err)
	}
	fmt.Fprintln(w.out, "Tablée has stopped.")
	return exitOK
}

// settings loads those of a server from options, environment and file. When they are wrong it says why, and ok is false.
func settings(options map[string]string, w world) (cfg config.Config, ok bool) {
	cfg, err := config.Load(config.Source{Flags: options, Env: w.env, Dir: w.dir})
	if err != nil {
		fmt.Fprintf(w.err, "tablee: %v\n", err)
		return config.Config{}, false
	}
	if !filepath.IsAbs(cfg.Data) {
		cfg.Data = filepath.Join(w.dir, cfg.Data)
	}
	return cfg, true
}

// openPorts opens the ports of the page and of the media.
func openPorts(cfg config.Config, log *slog.Logger) (deps, error) {
	l, err := net.Listen("tcp", cfg.Listen)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return deps{}, fmt.Errorf("another program already listens on %s (TCP); stop it, or choose another port "+
			"with --listen HOST:PORT", cfg.Listen)
	case errors.Is(err, syscall.EACCES):
		return deps{}, portError(err, cfg.Listen, "TCP", "--listen HOST:PORT")
	case err != nil:
		return deps{}, fmt.Errorf("listen on %s: %w", cfg.Listen, err)
	}
	listen := sfu.Listen
	if cfg.Media.Stock {
		listen = sfu.ListenStock
	}
	conns, err := listen(cfg.Media.Port)
	if err != nil {
		if errors.Is(err, syscall.EADDRINUSE) {
			err = fmt.Errorf("another program already uses UDP port %d, which is to carry the media; stop it (is it "+
				"another Tablée?), or choose another port with --media-port N", cfg.Media.Port)
		}
		return deps{}, errors.Join(err, l.Close())
	}
	d := deps{Listener: l, MediaConns: conns, Log: log}
	if err := openReach(cfg, &d); err != nil {
		return deps{}, errors.Join(err, d.close())
	}
	return d, nil
}

// openReach opens the ports beside those of the page and of the media.
func openReach(cfg config.Config, d *deps) (err error) {
	if cfg.TLS.Secure() && cfg.TLS.HTTP != "off" {
		if d.HTTP, err = net.Listen("tcp", cfg.TLS.HTTP); err != nil {
			return portError(err, cfg.TLS.HTTP, "TCP", "--tls-http HOST:PORT, or --tls-http off")
		}
	}
	if cfg.TURN.On {
		if d.TURN, err = listenBoth(cfg.TURN.Port); err != nil {
			return portError(err, fmt.Sprintf("port %d", cfg.TURN.Port), "UDP", "--turn-port N, or --turn-mode off")
		}
		l, err := net.Listen("tcp", fmt.Sprintf(":%d", portOf(d.TURN)))
		if err != nil {
			return portError(err, fmt.Sprintf("port %d", portOf(d.TURN)), "TCP", "--turn-port N, or --turn-mode off")
		}
		d.TURNTCP = append(d.TURNTCP, l)
	}
	if cfg.Network.DNS != "off" {
		c, err := net.ListenPacket("udp", cfg.Network.DNS)
		if err != nil {
			return portError(err, cfg.Network.DNS, "UDP", "--network-dns HOST:PORT, or --network-dns off")
		}
		d.DNS = append(d.DNS, c)
	}
	return nil
}

// listenBoth opens a UDP port on IPv4 and IPv6; one of the two is enough, on a machine that has only that.
func listenBoth(port int) (conns []net.PacketConn, err error) {
	var errs []error
	for _, family := range []string{"udp4", "udp6"} {
		c, err := net.ListenPacket(family, fmt.Sprintf(":%d", port))
		if err != nil {
			errs = append(errs, err)
			continue
		}
		conns = append(conns, c)
		port = int(portOf(conns))
	}
	for _, err := range errs {
		if len(conns) == 0 || errors.Is(err, syscall.EADDRINUSE) {
			for _, c := range conns {
				errs = append(errs, c.Close())
			}
			return nil, errors.Join(errs...)
		}
	}
	return conns, nil
}

// portError says in plain words why a port could not be opened, and which option chooses another.
func portError(err error, what, protocol, option string) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("another program already listens on %s (%s); stop it, or choose another with %s", what, protocol, option)
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("this user may not listen on %s (%s); ports below 1024 need root, or AmbientCapabilities="+
			"CAP_NET_BIND_SERVICE in systemd, or `sudo setcap cap_net_bind_service=+ep` on the program; or choose another with %s", what, protocol, option)
	default:
		return fmt.Errorf("listen on %s (%s): %w", what, protocol, err)
	}
}

// readRoots reads the roots of a certificate authority's own certificate; nil for those of the system.
func readRoots(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read tls.ca_roots: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("read tls.ca_roots: %s has no certificate in it", file)
	}
	return pool, nil
}

// welcome tells where to go, in plain words.
func welcome(cfg config.Config, d deps) string {
	var b strings.Builder
	local, others := pageURLs(cfg.Listen, d.Listener.Addr(), machineAddresses())
	if cfg.TLS.Public() {
		local, others = secureURLs(cfg, d.Listener.Addr())
	}
	fmt.Fprintf(&b, "Tablée is ready.\n\n  Open      %s\n", local)
	for _, u := range others {
		fmt.Fprintf(&b, "            %s\n", u)
	}
	data, err := filepath.Abs(cfg.Data)
	if err != nil {
		data = cfg.Data
	}
	fmt.Fprintf(&b, "  Data      %s\n  Media     UDP port %s\n", data, mediaPort(d.MediaConns))
	if cfg.File != "" {
		fmt.Fprintf(&b, "  Settings  %s\n", cfg.File)
	}
	if len(d.TURN) > 0 {
		fmt.Fprintf(&b, "  Relay     UDP and TCP port %d\n", portOf(d.TURN))
	}
	switch {
	case cfg.TLS.Mode == config.TLSInternal:
		b.WriteString("\nEach device must be taught once to trust this server: /trust on the page explains how.\n")
	case cfg.TLS.Public():
		b.WriteString("\n`tablee doctor` checks whether others can reach it.\n")
	case len(others) == 0 && isLocal(d.Listener.Addr()):
		b.WriteString("\nOnly this machine can open the page. `tablee serve --listen :8080` lets others in.\n")
	default:
		b.WriteString("\nBrowsers give camera and microphone only to https:// pages and to localhost: for other\n" +
			"machines, use --domain, or --tls-mode internal on a LAN.\n")
	}
	b.WriteString("Ctrl-C stops the server.\n\n")
	return b.String()
}

// pageURLs are the addresses of the page: the best one, and, when everybody may come, those for other machines.
func pageURLs(listen string, bound net.Addr, machine []netip.Addr) (local string, others []string) {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		host = ""
	}
	_, port, err := net.SplitHostPort(bound.String())
	if err != nil {
		return bound.String(), nil // not TCP: a test's
	}
	if ip, err := netip.ParseAddr(host); host != "" && (err != nil || !ip.IsUnspecified()) {
		return "http://" + net.JoinHostPort(host, port), nil
	}
	for _, a := range machine {
		others = append(others, "http://"+net.JoinHostPort(a.String(), port))
	}
	return "http://" + net.JoinHostPort("localhost", port), others
}

// secureURLs are the addresses of the page by https://: of its names, or else of the machine.
func secureURLs(cfg config.Config, bound net.Addr) (first string, others []string) {
	port := ""
	if n := portIn(bound.String(), 443); n != 443 && cfg.TLS.Mode != config.TLSProxy {
		port = fmt.Sprintf(":%d", n)
	}
	var all []string
	for _, name := range slices.Concat(cfg.Domains, cfg.Network.Names) {
		all = append(all, "https://"+name+port)
	}
	if cfg.Network.MDNS != "off" && cfg.TLS.Secure() {
		all = append(all, "https://"+cfg.Network.MDNS+".local"+port)
	}
	addresses := cfg.Media.Addresses
	if cfg.TLS.Mode != config.TLSAuto {
		addresses = machineAddresses()
	} else if len(all)+len(addresses) == 0 {
		return "https://, and the public address, when it has been found out (`tablee doctor` tells it)", nil
	}
	if len(all) == 0 {
		for _, a := range addresses {
			host := a.String()
			if a.Is6() {
				host = "[" + host + "]"
			}
			all = append(all, "https://"+host+port)
		}
	}
	if len(all) == 0 {
		return "https://localhost" + port, nil
	}
	return all[0], all[1:]
}

// machineAddresses are the addresses under which others on the network may know this machine.
func machineAddresses() []netip.Addr {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return nil // the message is the poorer for it, nothing else
	}
	var out []netip.Addr
	for _, a := range all {
		if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr().IsGlobalUnicast() {
			out = append(out, p.Addr())
		}
	}
	return out
}

func isLocal(a net.Addr) bool {
	ap, err := netip.ParseAddrPort(a.String())
	return err == nil && ap.Addr().IsLoopback()
}

// mediaPort tells the port and the families of the media sockets.
func mediaPort(conns []*udp.Conn) string {
	var port string
	var families []string
	for _, c := range conns {
		port = fmt.Sprint(c.LocalAddr().Port())
		family := "IPv6"
		if c.LocalAddr().Addr().Is4() {
			family = "IPv4"
		}
		if !slices.Contains(families, family) { // there may be several sockets of each
			families = append(families, family)
		}
	}
	return fmt.Sprintf("%s (%s)", port, strings.Join(families, " and "))
}
