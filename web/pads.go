package web

import (
	"net/http"
	"strconv"

	"tablee/ratelimit"
	"tablee/room"
)

// padsRoutes are the calls of docs/pads.md, and the shell of the pads' pages. Methods are the pads' own affair.
func (h *Handler) padsRoutes(m *http.ServeMux) {
	if h.cfg.Pads == nil {
		return
	}
	calls := h.whenReady(h.cfg.Pads.ServeHTTP)
	m.HandleFunc("/api/v1/pads", h.whenReady(h.padsCall))
	m.HandleFunc("/api/v1/pads/", calls)
	m.HandleFunc("/pub/{secret}", h.only(calls, http.MethodGet, http.MethodHead))
	m.HandleFunc("/pub/{secret}/picture/{id}", h.only(calls, http.MethodGet, http.MethodHead))
	if h.cfg.PadAPI { // Etherpad's
		m.HandleFunc("/api/{version}/{call}", h.whenReady(h.etherpadCall))
	}
	m.HandleFunc("/ws/pad/{id}", h.only(h.whenReady(h.padSocket), http.MethodGet))
	shell := h.only(func(w http.ResponseWriter, r *http.Request) {
		h.serveFile(w, r, h.pages.files[indexName], http.StatusOK)
	}, http.MethodGet, http.MethodHead)
	m.HandleFunc("/p", shell) // the pads that a browser knows
	m.HandleFunc("/p/{id}", shell)
	m.HandleFunc("/p/sw.js", h.only(h.page, http.MethodGet, http.MethodHead)) // the pads' service worker; its folder is its scope
}

// padsCall charges the client's rate for a pad on its own, which anybody may make and which takes no access.
func (h *Handler) padsCall(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost && r.Header.Get("Authorization") == "" {
		if !sameOrigin(r) {
			h.refuse(w, http.StatusForbidden, room.CodeForbidden, "the Origin must be this server")
			return
		}
		if wait := h.newPads.Take(h.cfg.Now(), h.newPads.Client(clientAddr(r))); wait > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(ratelimit.Seconds(wait)))
			h.refuse(w, http.StatusTooManyRequests, room.CodeRateLimited, "too many new pads at once; wait a little")
			return
		}
	}
	h.cfg.Pads.ServeHTTP(w, r)
}

// etherpadCall takes calls of Etherpad's versions, /api/1/… and /api/1.2.13/…, and hands ours on.
func (h *Handler) etherpadCall(w http.ResponseWriter, r *http.Request) {
	if v := r.PathValue("version"); v[0] < '1' || v[0] > '9' {
		if h.cfg.API == nil {
			h.noSuchCall(w, r)
			return
		}
		h.cfg.API.ServeHTTP(w, r)
		return
	}
	h.cfg.Pads.ServeHTTP(w, r)
}

// padSocket lets our own pages in, and programs that are no browser.
func (h *Handler) padSocket(w http.ResponseWriter, r *http.Request) {
	if !sameOrigin(r) {
		h.refuse(w, http.StatusForbidden, room.CodeForbidden, "pages of other sites may not connect")
		return
	}
	h.cfg.Pads.ServeHTTP(w, r)
}
