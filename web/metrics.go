package web

import (
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics are for who runs the server, on the machine itself: a Prometheus there, or the load test. Everybody else gets
// the answer of a page that is not there, so that nobody learns when this house is at home.

// metricsHandler answers GET /metrics.
func (h *Handler) metricsHandler() http.HandlerFunc {
	tell := promhttp.HandlerFor(newRegistry(func(m *Metrics) { h.cfg.Metrics(m) }), promhttp.HandlerOpts{DisableCompression: true})
	return func(w http.ResponseWriter, r *http.Request) {
		if h.cfg.Metrics == nil || !fromThisMachine(r) {
			h.page(w, r)
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		tell.ServeHTTP(w, r)
	}
}

// fromThisMachine says if a request was made on this machine, by somebody who knows it: from a loopback address, for a
// loopback name (so neither through a proxy that hands on Host, nor by a page whose name was bound anew to 127.0.0.1),
// and without any sign of a proxy, whose guests come from anywhere.
func fromThisMachine(r *http.Request) bool {
	if !hostOf(r.RemoteAddr).IsLoopback() || !loopbackName(r.Host) {
		return false
	}
	for name := range r.Header {
		if name == "Forwarded" || name == "Via" || name == "X-Real-Ip" || strings.HasPrefix(name, "X-Forwarded-") {
			return false
		}
	}
	return true
}

// loopbackName says if HOST or HOST:PORT, of a Host header, names this machine to itself.
func loopbackName(hostport string) bool {
	host := hostport
	if h, port, err := net.SplitHostPort(hostport); err == nil {
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return false
		}
		host = h
	} else if inner, ok := strings.CutPrefix(hostport, "["); ok { // an IPv6 address without a port
		host = strings.TrimSuffix(inner, "]")
	}
	a, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && a.Zone() == "" && a.Unmap().IsLoopback()
}
