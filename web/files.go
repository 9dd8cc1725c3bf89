package web

import (
	"net/http"
	"net/netip"

	"tablee/room"
)

// Files answers whatever is about files.
type Files interface {
	ServeRoom(w http.ResponseWriter, r *http.Request, name, rest string)
	ServeDrops(w http.ResponseWriter, r *http.Request, rest string)
	ServeTeam(w http.ResponseWriter, r *http.Request, rest string)
	ServeDAV(w http.ResponseWriter, r *http.Request)
}

// filesRoutes are the calls of docs/files.md. Methods are its own affair.
func (h *Handler) filesRoutes(m *http.ServeMux) {
	if h.cfg.Files == nil {
		return
	}
	inRoom := h.whenReady(func(w http.ResponseWriter, r *http.Request) {
		name, _, err := room.NormalizeName(r.PathValue("name"))
		if err != nil {
			h.refuseError(w, r, err)
			return
		}
		h.cfg.Files.ServeRoom(w, r, name, r.PathValue("rest"))
	})
	drops := h.whenReady(func(w http.ResponseWriter, r *http.Request) { h.cfg.Files.ServeDrops(w, r, r.PathValue("rest")) })
	m.HandleFunc("/api/v1/rooms/{name}/files", inRoom)
	m.HandleFunc("/api/v1/rooms/{name}/files/{rest...}", inRoom)
	team := h.whenReady(func(w http.ResponseWriter, r *http.Request) { h.cfg.Files.ServeTeam(w, r, r.PathValue("rest")) })
	m.HandleFunc("/api/v1/files", team)
	m.HandleFunc("/api/v1/files/{rest...}", team)
	m.HandleFunc("/api/v1/drops", drops)
	m.HandleFunc("/api/v1/drops/{rest...}", drops)
	dav := h.whenReady(h.cfg.Files.ServeDAV)
	m.HandleFunc("/dav", dav)
	m.HandleFunc("/dav/", dav)
	shell := h.only(h.shell, http.MethodGet, http.MethodHead)
	m.HandleFunc("/r/{name}/files", h.only(h.roomPage, http.MethodGet, http.MethodHead))
	m.HandleFunc("/files", shell)
	m.HandleFunc("/files/{place...}", shell)
	m.HandleFunc("/f", shell)
	m.HandleFunc("/f/{token}", shell)
}

// ClientAddr is who asks, as far as it can be told behind a proxy on this machine. It must not be kept.
func ClientAddr(r *http.Request) netip.Addr { return clientAddr(r) }

// OverTLS says if the client speaks TLS.
func OverTLS(r *http.Request) bool { return overTLS(r) }

// SameOrigin says if a request comes from our own page, or from something that is not a browser.
func SameOrigin(r *http.Request) bool { return sameOrigin(r) }
