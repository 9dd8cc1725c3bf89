package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"

	"tablee/reply"
	"tablee/room"
)

// counters counts refused requests by code. The map itself never changes, so it needs no lock.
type counters struct {
	byCode map[room.Code]*atomic.Int64
	panics atomic.Int64
}

func newCounters() *counters {
	c := &counters{byCode: map[room.Code]*atomic.Int64{}}
	for _, code := range room.Codes() {
		c.byCode[code] = new(atomic.Int64)
	}
	return c
}

// Stats are the handler's counters since the start.
type Stats struct {
	Refused map[room.Code]int64 // answered with this code; only those that occurred
	Panics  int64               // bugs of ours that broke an answer
}

// Stats reads the counters.
func (h *Handler) Stats() Stats {
	s := Stats{Refused: map[room.Code]int64{}, Panics: h.refused.panics.Load()}
	for code, n := range h.refused.byCode {
		if n := n.Load(); n > 0 {
			s.Refused[code] = n
		}
	}
	return s
}

// refuse answers with an error and counts it.
func (h *Handler) refuse(w http.ResponseWriter, status int, code room.Code, message string) {
	if n := h.refused.byCode[code]; n != nil {
		n.Add(1)
	}
	reply.Refuse(w, status, &room.Error{Code: code, Message: message})
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
	h.refuse(w, public.Code.HTTPStatus(), public.Code, public.Message)
}

// only lets some methods through.
func (h *Handler) only(next http.HandlerFunc, methods ...string) http.HandlerFunc {
	allow := strings.Join(methods, ", ")
	return func(w http.ResponseWriter, r *http.Request) {
		if !slices.Contains(methods, r.Method) {
			w.Header().Set("Allow", allow)
			h.refuse(w, http.StatusMethodNotAllowed, room.CodeBadMessage, "the method must be "+allow)
			return
		}
		next(w, r)
	}
}

// whenReady refuses while the server starts or stops.
func (h *Handler) whenReady(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !h.cfg.Ready() {
			w.Header().Set("Retry-After", "2")
			h.refuse(w, http.StatusServiceUnavailable, room.CodeShuttingDown, "the server starts or stops; try again soon")
			return
		}
		next(w, r)
	}
}
