package web

import (
	"net/http"
	"runtime/debug"
	"strings"

	"tablee/room"
)

// contentSecurityPolicy lets the page load its own files and nothing else: no other host, no inline script or style,
// nobody's frame (CSP Level 3).
const contentSecurityPolicy = "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob: mediastream:; " +
	"object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// permissionsPolicy keeps what a meeting needs for the page itself and gives the rest to nobody.
const permissionsPolicy = "camera=(self), microphone=(self), display-capture=(self), " +
	"geolocation=(), midi=(), payment=(), serial=(), usb=()"

// strictTransport asks browsers to come back over TLS for a year (RFC 6797).
const strictTransport = "max-age=31536000"

// withHeaders puts the security headers on everything, errors and redirects too.
func (h *Handler) withHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", contentSecurityPolicy)
		header.Set("X-Frame-Options", "DENY") // for what knows no frame-ancestors
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Permissions-Policy", permissionsPolicy)
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		if overTLS(r) {
			header.Set("Strict-Transport-Security", strictTransport)
		}
		next.ServeHTTP(w, r)
	})
}

// letEmbed lets the sites show the page in a frame, and nobody else (CSP Level 3, section 6.4.2). X-Frame-Options can name
// no site; a browser that knows frame-ancestors passes it over anyway.
func letEmbed(header http.Header, origins []string) {
	if len(origins) == 0 {
		return
	}
	policy, _ := strings.CutSuffix(contentSecurityPolicy, "'none'")
	header.Set("Content-Security-Policy", policy+strings.Join(origins, " "))
	header.Set("Cross-Origin-Resource-Policy", "cross-origin")
	header.Del("X-Frame-Options")
}

// withPanicsTold logs and counts a panic in a handler and breaks the connection off. net/http would swallow it as
// well, but with the client's address in the log.
func (h *Handler) withPanicsTold(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if p != http.ErrAbortHandler {
				h.refused.panics.Add(1)
				h.refused.byCode[room.CodeInternal].Add(1)
				h.cfg.Log.Error("a handler panicked; this is a bug in Tablée", "route", r.Pattern, "panic", p,
					"stack", string(debug.Stack()))
			}
			panic(http.ErrAbortHandler)
		}()
		next.ServeHTTP(w, r)
	})
}
