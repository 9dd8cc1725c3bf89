package web

import "net/http"

// API answers whatever is about accounts and the server itself; package web/api does.
type API interface {
	http.Handler
	Handles(r *http.Request) bool // says if the call is one of its own
}

// apiRoutes are the calls of docs/api.md, and the pages that make them.
func (h *Handler) apiRoutes(m *http.ServeMux) {
	if h.cfg.API == nil {
		m.HandleFunc("/api/", h.noSuchCall)
		return
	}
	m.Handle("/api/", h.cfg.API)
	m.Handle("/sso", h.cfg.API)
	shell := h.only(h.shell, http.MethodGet, http.MethodHead)
	for _, page := range []string{"/login", "/setup", "/welcome", "/reset", "/account", "/admin", "/admin/{part}"} {
		m.HandleFunc(page, shell)
	}
}

// shell answers with the page, which finds by its address what to show.
func (h *Handler) shell(w http.ResponseWriter, r *http.Request) {
	h.serveFile(w, r, h.pages.files[indexName], http.StatusOK)
}

// orAPI hands the calls that are the API's own on to it: rooms are made and shown here, and managed there.
func (h *Handler) orAPI(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if h.cfg.API != nil && h.cfg.API.Handles(r) {
			h.cfg.API.ServeHTTP(w, r)
			return
		}
		next(w, r)
	}
}
