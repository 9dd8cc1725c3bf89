package api

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"tablee/pad"
	"tablee/ratelimit"
	"tablee/reply"
	"tablee/room"
)

// Bounds of bodies, in bytes.
const (
	maxBody = 4 << 10 // of a call
	maxText = 1 << 20 // of a call that brings a text
)

// Config is what a Handler is made of.
type Config struct {
	Hub *pad.Hub
	Log *slog.Logger

	Pictures Pictures // of the rooms' files; nil for none

	APIKey string // of the Etherpad API, "" for none; see SetAPIKey

	Client func(*http.Request) netip.Addr // who asks, for bounds on guessing, never kept; nil for no bounds
	Now    func() time.Time               // the same; nil for the clock
}

// Handler answers /api/v1/pads…, /ws/pad/{id} and /pub/{secret}. The security headers are its caller's.
type Handler struct {
	cfg Config
	mux *http.ServeMux
	key atomic.Pointer[string] // of the Etherpad API

	links *ratelimit.Limiter // that lead nowhere
}

// SetAPIKey changes the key of the Etherpad API while it may be in use; "" ends the API.
func (h *Handler) SetAPIKey(key string) { h.key.Store(&key) }

// call is one request with what every call has.
type call struct {
	h   *Handler
	w   http.ResponseWriter
	r   *http.Request
	pad room.Pad
	who pad.Who
}

// New makes a handler.
func New(c Config) *Handler {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	h := &Handler{cfg: c, mux: http.NewServeMux(), links: ratelimit.New(ratelimit.Links())}
	h.mux.HandleFunc("GET /api/v1/pads", h.list)
	h.mux.HandleFunc("POST /api/v1/pads", h.create)
	for pattern, c := range map[string]struct {
		right room.PadRight
		do    func(*call) error
	}{
		"GET /api/v1/pads/{id}":                 {room.PadRead, (*call).show},
		"PATCH /api/v1/pads/{id}":               {room.PadWrite, (*call).change},
		"DELETE /api/v1/pads/{id}":              {room.PadOwn, (*call).remove},
		"GET /api/v1/pads/{id}/links":           {room.PadOwn, (*call).links},
		"POST /api/v1/pads/{id}/links":          {room.PadOwn, (*call).addLink},
		"DELETE /api/v1/pads/{id}/links/{n}":    {room.PadOwn, (*call).removeLink},
		"GET /api/v1/pads/{id}/text":            {room.PadRead, (*call).text},
		"GET /api/v1/pads/{id}/export":          {room.PadRead, (*call).export},
		"POST /api/v1/pads/{id}/import":         {room.PadWrite, (*call).bringIn},
		"GET /api/v1/pads/{id}/authors":         {room.PadRead, (*call).authors},
		"GET /api/v1/pads/{id}/history":         {room.PadRead, (*call).history},
		"GET /api/v1/pads/{id}/history/{n}":     {room.PadRead, (*call).step},
		"DELETE /api/v1/pads/{id}/history":      {room.PadOwn, (*call).forget},
		"POST /api/v1/pads/{id}/restore":        {room.PadWrite, (*call).restore},
		"GET /api/v1/pads/{id}/versions":        {room.PadRead, (*call).versions},
		"POST /api/v1/pads/{id}/versions":       {room.PadWrite, (*call).addVersion},
		"GET /api/v1/pads/{id}/versions/{n}":    {room.PadRead, (*call).version},
		"DELETE /api/v1/pads/{id}/versions/{n}": {room.PadOwn, (*call).removeVersion},
		"POST /api/v1/pads/{id}/publish":        {room.PadOwn, (*call).publish},
		"DELETE /api/v1/pads/{id}/publish":      {room.PadOwn, (*call).unpublish},
		"POST /api/v1/pads/{id}/recover":        {room.PadOwn, (*call).recover},
	} {
		h.mux.HandleFunc(pattern, h.guessed(h.onPad(c.right, c.do)))
	}
	h.mux.HandleFunc("GET /ws/pad/{id}", h.guessed(c.Hub.ServeWS))
	h.mux.HandleFunc("GET /pub/{secret}", h.published)
	h.mux.HandleFunc("GET /pub/{secret}/picture/{id}", h.picture)
	h.mux.HandleFunc("GET "+stylePath, style)
	h.SetAPIKey(c.APIKey)
	h.mux.HandleFunc("/api/{version}/{call}", h.etherpad)
	h.mux.HandleFunc("/", noCall)
	return h
}

func noCall(w http.ResponseWriter, _ *http.Request) {
	reply.Refuse(w, http.StatusNotFound, &room.Error{Code: room.CodeBadMessage, Message: "there is no such call"})
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.mux.ServeHTTP(w, r) }

// access is what a request presents, "" for nothing.
func access(r *http.Request) string {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return ""
	}
	return token
}

// onPad finds the pad of a request and checks its right before anything else.
func (h *Handler) onPad(right room.PadRight, do func(*call) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c := &call{h: h, w: w, r: r}
		var err error
		if c.pad, c.who, err = h.cfg.Hub.Find(r.Context(), r.PathValue("id"), access(r), right); err == nil {
			err = do(c)
		}
		if err != nil {
			h.refuseError(w, r, err)
		}
	}
}

// refuseError answers with what a user may see of err, and logs what only we should see.
func (h *Handler) refuseError(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		return // nobody is there to read an answer
	}
	public := room.Public(err)
	if public.Code == room.CodeInternal {
		h.cfg.Log.Error("cannot answer a request", "route", r.Pattern, "error", err)
	}
	reply.Refuse(w, public.Code.HTTPStatus(), &room.Error{Code: public.Code, Message: public.Message})
}

// read reads a JSON body strictly.
func read(w http.ResponseWriter, r *http.Request, most int64, into any) error {
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, most))
	d.DisallowUnknownFields()
	err := d.Decode(into)
	if tooBig, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return &room.Error{Code: room.CodeTooBig, Message: "the body may have " + strconv.FormatInt(tooBig.Limit, 10) + " bytes at most"}
	}
	if err != nil || d.More() {
		return &room.Error{Code: room.CodeBadMessage, Message: "the body is not the JSON that docs/pads.md describes"}
	}
	return nil
}

func (c *call) hub() *pad.Hub { return c.h.cfg.Hub }

func (c *call) ok(body any) error {
	reply.JSON(c.w, http.StatusOK, body)
	return nil
}

func (c *call) done(err error) error {
	if err == nil {
		c.w.WriteHeader(http.StatusNoContent)
	}
	return err
}

// number is the n of the path.
func (c *call) number() (int64, error) {
	n, err := strconv.ParseInt(c.r.PathValue("n"), 10, 63)
	if err != nil || n < 0 {
		return 0, &room.Error{Code: room.CodeBadMessage, Message: "the number is none"}
	}
	return n, nil
}
