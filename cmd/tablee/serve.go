package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
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
	cfg, err := config.Load(config.Source{Flags: parsed.Options, Env: w.env, Dir: w.dir})
	if err != nil {
		fmt.Fprintf(w.err, "tablee: %v\n", err)
		return exitUsage
	}
	if !filepath.IsAbs(cfg.Data) {
		cfg.Data = filepath.Join(w.dir, cfg.Data)
	}
	log := slog.New(slog.NewTextHandler(w.err, &slog.HandlerOptions{Level: cfg.Log.Level}))
	d, err := openPorts(cfg, log)
	if err != nil {
		return fail(w, err)
	}
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
	if err := s.Run(ctx); err != nil {
		return fail(w, err)
	}
	fmt.Fprintln(w.out, "Tablée has stopped.")
	return exitOK
}

// openPorts opens the ports of the page and of the media.
func openPorts(cfg config.Config, log *slog.Logger) (deps, error) {
	l, err := net.Listen("tcp", cfg.Listen)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return deps{}, fmt.Errorf("another program already listens on %s (TCP); stop it, or choose another port "+
			"with --listen HOST:PORT", cfg.Listen)
	case errors.Is(err, syscall.EACCES):
		return deps{}, fmt.Errorf("this user may not listen on %s; choose a port from 1024 up with --listen "+
			"HOST:PORT", cfg.Listen)
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
	return deps{Listener: l, MediaConns: conns, Log: log}, nil
}

// welcome tells where to go, in plain words.
func welcome(cfg config.Config, d deps) string {
	var b strings.Builder
	local, others := pageURLs(cfg.Listen, d.Listener.Addr(), machineAddresses())
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
	if len(others) == 0 && isLocal(d.Listener.Addr()) {
		b.WriteString("\nOnly this machine can open the page. `tablee serve --listen :8080` lets others in.\n")
	} else {
		b.WriteString("\nBrowsers give camera and microphone only to https:// pages and to localhost: for other\n" +
			"machines, put a reverse proxy with TLS before Tablée.\n")
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
