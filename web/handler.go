package web

import (
	"embed"
	"io/fs"
	"log/slog"
	"net/http"
	"time"

	"tablee/ratelimit"
	"tablee/reply"
	"tablee/room"
	"tablee/signaling"
)

// dist is the page as `make web` builds it: text is there only as .gz.
//
//go:embed dist
var dist embed.FS

// Config is what the handler is made of. All but Metrics and Pages is required.
type Config struct {
	Rooms           *room.Registry
	Hub             http.Handler                         // the WebSocket of room PathValue("name")
	Seated          func(room string) []signaling.Seated // who is in a room, by its normal name
	MaxParticipants func() int                           // seats of a room, told to the page
	Ready           func() bool                          // false while the server starts or stops
	Now             func() time.Time                     // the clock of the rate limit
	Log             *slog.Logger
	Metrics         func(*Metrics)                    // adds what /metrics tells besides the process; nil for no /metrics
	Pages           fs.FS                             // the built page, instead of the embedded one
	Secure          bool                              // whoever comes by http:// from elsewhere is led to https://
	Instance        string                            // names this run of the server in answers of /healthz
	Line            func(host string) []signaling.ICE // what a page tries its line with before it joins; nil for nothing
	Status          func() any                        // told as JSON to this machine alone; nil for no such call
	Identify        func(*http.Request) room.Identity // who a request's session says it is; nil when nobody has an account
	Files           Files                             // nil for no files
	API             API                               // accounts and all that admins do; nil for none
	Pads            http.Handler                      // the calls of docs/pads.md; nil for no pads
	PadAPI          bool                              // Pads answers Etherpad's API as well
	Authority       []byte                            // the internal certificate authority in DER, which /trust offers; nil for none
}

// Handler answers all HTTP requests. It may be used from many goroutines.
type Handler struct {
	cfg      Config
	pages    *pages
	creation *ratelimit.Limiter // of rooms
	newPads  *ratelimit.Limiter
	refused  *counters
	routes   http.Handler
}

// New makes the handler. It fails if the built page cannot be read, which is a mistake in the build.
func New(cfg Config) (*Handler, error) {
	files := cfg.Pages
	if files == nil {
		sub, err := fs.Sub(dist, "dist")
		if err != nil {
			return nil, err
		}
		files = sub
	}
	if cfg.Identify == nil {
		cfg.Identify = func(*http.Request) room.Identity { return room.Identity{} }
	}
	p, err := loadPages(files)
	if err != nil {
		return nil, err
	}
	h := &Handler{
		cfg:      cfg,
		pages:    p,
		creation: ratelimit.New(creationRate()),
		newPads:  ratelimit.New(creationRate()),
		refused:  newCounters(),
	}
	h.routes = h.withHeaders(h.withPanicsTold(h.toTLS(h.mux())))
	return h, nil
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.routes.ServeHTTP(w, r) }

// mux is the table of what answers what. Patterns are without a method, so that a wrong one is refused in our words.
func (h *Handler) mux() *http.ServeMux {
	m := http.NewServeMux()
	m.HandleFunc("/healthz", h.only(h.health, http.MethodGet, http.MethodHead))
	m.HandleFunc("/metrics", h.only(h.metricsHandler(), http.MethodGet, http.MethodHead))
	m.HandleFunc("/api/v1/rooms", h.orAPI(h.only(h.whenReady(h.openRoom), http.MethodPost)))
	m.HandleFunc("/api/v1/rooms/{name}", h.orAPI(h.only(h.whenReady(h.showRoom), http.MethodGet, http.MethodHead)))
	h.apiRoutes(m)
	m.HandleFunc("/api/v1/rooms/{name}/event.ics", h.only(h.whenReady(h.event), http.MethodGet, http.MethodHead))
	m.HandleFunc("/api/v1/line", h.only(h.whenReady(h.line), http.MethodGet))
	m.HandleFunc("/api/v1/status", h.only(h.status, http.MethodGet))
	h.filesRoutes(m)
	h.padsRoutes(m)
	m.HandleFunc("/ws/room/{name}", h.only(h.whenReady(h.cfg.Hub.ServeHTTP), http.MethodGet))
	m.HandleFunc("/ws/", h.noSuchCall)
	m.HandleFunc("/r/{name}", h.only(h.roomPage, http.MethodGet, http.MethodHead))
	if h.cfg.Authority != nil {
		m.HandleFunc("/trust", h.only(h.trustPage, http.MethodGet, http.MethodHead))
		m.HandleFunc("/trust/tablee-ca.crt", h.only(h.authority, http.MethodGet, http.MethodHead))
	}
	m.HandleFunc("/", h.only(h.page, http.MethodGet, http.MethodHead))
	return m
}

// health answers whoever watches the server: 200 when it can hold meetings.
func (h *Handler) health(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	if h.cfg.Instance != "" { // so that the doctor can tell us from a router's own page
		w.Header().Set("Tablee-Instance", h.cfg.Instance)
	}
	if !h.cfg.Ready() {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte("starting or stopping\n")) // who has gone away does not need the answer
		return
	}
	_, _ = w.Write([]byte("ok\n"))
}

// line tells a page what it can try its line with.
func (h *Handler) line(w http.ResponseWriter, r *http.Request) {
	if !sameOrigin(r) {
		h.refuse(w, http.StatusForbidden, room.CodeForbidden, "the Origin must be this server")
		return
	}
	servers := []signaling.ICE{}
	if h.cfg.Line != nil {
		servers = append(servers, h.cfg.Line(r.Host)...)
	}
	reply.JSON(w, http.StatusOK, struct {
		ICE []signaling.ICE `json:"ice"`
	}{servers})
}

// status tells this machine how the server is reached. Others learn nothing, not even that there is such a call.
func (h *Handler) status(w http.ResponseWriter, r *http.Request) {
	if h.cfg.Status == nil || !fromThisMachine(r) || r.Header.Get("Sec-Fetch-Site") != "" {
		h.noSuchCall(w, r)
		return
	}
	reply.JSON(w, http.StatusOK, h.cfg.Status())
}

func (h *Handler) noSuchCall(w http.ResponseWriter, r *http.Request) {
	h.refuse(w, http.StatusNotFound, room.CodeBadMessage, "there is no such call: "+shortPath(r))
}

// shortPath is the request's path, cut so that an answer never grows with the question.
func shortPath(r *http.Request) string {
	const most = 80
	if len(r.URL.Path) > most {
		return r.URL.Path[:most] + "…"
	}
	return r.URL.Path
}
