package web

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// What a request says about where it comes from. A reverse proxy is believed only when it runs on this machine.

// clientAddr is the address of the client, the zero Addr when there is none (a connection in memory). Behind a proxy on
// this machine it is the last entry of X-Forwarded-For: the one that the proxy itself wrote.
func clientAddr(r *http.Request) netip.Addr {
	addr := hostOf(r.RemoteAddr)
	if !addr.IsLoopback() {
		return addr
	}
	chain := r.Header.Values("X-Forwarded-For")
	if len(chain) == 0 {
		return addr
	}
	last := chain[len(chain)-1]
	last = strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])
	if forwarded, err := netip.ParseAddr(last); err == nil {
		return forwarded.Unmap().WithZone("")
	}
	return addr
}

// hostOf takes the address out of ADDRESS:PORT.
func hostOf(remote string) netip.Addr {
	ap, err := netip.ParseAddrPort(remote)
	if err != nil {
		return netip.Addr{}
	}
	return ap.Addr().Unmap().WithZone("")
}

// overTLS says if the client speaks TLS, to us or to a proxy on this machine.
func overTLS(r *http.Request) bool {
	return r.TLS != nil || hostOf(r.RemoteAddr).IsLoopback() && r.Header.Get("X-Forwarded-Proto") == "https"
}

// sameOrigin says if a request comes from our own page, or from something that is not a browser. Both what the browser
// says of the origin (RFC 6454) and what it says of the relation (Fetch Metadata) must agree.
func sameOrigin(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
	default:
		return false
	}
	origins := r.Header.Values("Origin")
	if len(origins) == 0 {
		return true
	}
	u, err := url.Parse(origins[0])
	return len(origins) == 1 && err == nil && (u.Scheme == "http" || u.Scheme == "https") &&
		strings.EqualFold(u.Host, r.Host) && r.Host != ""
}
