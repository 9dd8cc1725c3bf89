package web

import (
	"net"
	"net/http"
	"strings"
)

// HTTP in the clear, where TLS is on: it leads to TLS, and does nothing else.

// toTLS leads who came in the clear to the same address by TLS. The machine itself is left alone: /metrics and /healthz
// are asked for there by name, and no certificate is for localhost.
func (h *Handler) toTLS(next http.Handler) http.Handler {
	if !h.cfg.Secure {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if overTLS(r) || fromThisMachine(r) || r.URL.Path == "/trust" || r.URL.Path == "/trust/tablee-ca.crt" {
			next.ServeHTTP(w, r) // whoever does not trust the authority yet gets to know it in the clear
			return
		}
		_, port, err := net.SplitHostPort(r.Host)
		if err != nil {
			port = ""
		}
		redirect(w, r, port) // they found this port by http://, so it is the right one by https:// too
	})
}

// Redirect answers http:// on a port of its own: challenge first (a certificate authority's check; it says if it was
// one), the internal authority's page if there is one, and for everything else the same address by https, at the port
// given ("" for 443).
func (h *Handler) Redirect(challenge func(http.ResponseWriter, *http.Request) bool, port string) http.Handler {
	return h.withHeaders(h.withPanicsTold(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case challenge != nil && challenge(w, r):
		case h.cfg.Authority != nil && (r.URL.Path == "/trust" || r.URL.Path == "/trust/tablee-ca.crt"):
			h.mux().ServeHTTP(w, r)
		default:
			redirect(w, r, port)
		}
	})))
}

// redirect leads to https:// on the same host. The host is what the client itself has asked for, so nobody else can be
// led astray; one that is no host gets none.
func redirect(w http.ResponseWriter, r *http.Request, port string) {
	host := r.Host
	if bare, _, err := net.SplitHostPort(host); err == nil {
		host = bare
	}
	host = strings.Trim(host, "[]")
	if !plausibleHost(host) {
		http.Error(w, "400 the Host header is not a host", http.StatusBadRequest)
		return
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port != "" && port != "443" {
		host += ":" + port
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Connection", "close")
	http.Redirect(w, r, "https://"+host+r.URL.RequestURI(), http.StatusPermanentRedirect)
}

// plausibleHost lets letters, digits, dots, hyphens and the colons of IPv6 through: what a URL can have as its host.
func plausibleHost(host string) bool {
	if host == "" || len(host) > 253 {
		return false
	}
	return !strings.ContainsFunc(host, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '.' && r != '-' && r != ':'
	})
}
