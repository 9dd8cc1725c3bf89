package api

import (
	"net/http"
	"strconv"

	"tablee/pad"
	"tablee/ratelimit"
	"tablee/reply"
	"tablee/room"
)

// Links that lead nowhere are limited, by client: those of pads and of published pages, together. Seats are not:
// who comes back after a meeting shows one that is none any more.

// client is the key of who asks.
func (h *Handler) client(r *http.Request) ratelimit.Key {
	if h.cfg.Client == nil {
		return ratelimit.Key{}
	}
	return h.links.Client(h.cfg.Client(r))
}

// slow answers when who asks has to wait before they may show another link.
func (h *Handler) slow(w http.ResponseWriter, r *http.Request) bool {
	wait := h.links.Wait(h.cfg.Now(), h.client(r))
	if wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(ratelimit.Seconds(wait)))
		reply.Refuse(w, http.StatusTooManyRequests, &room.Error{Code: room.CodeRateLimited, Message: "too many links that lead nowhere; wait a little"})
	}
	return wait > 0
}

// led counts a link that led nowhere.
func (h *Handler) led(r *http.Request, err error) {
	if room.CodeOf(err) == room.CodePadUnknown {
		h.links.Take(h.cfg.Now(), h.client(r))
	}
}

// guessed lets a request through to do, unless it shows a link and who asks has to wait; a link that leads to no pad counts.
func (h *Handler) guessed(do http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		access := pad.Presented(r)
		if pad.IsLink(access) {
			if h.slow(w, r) {
				return
			}
			_, _, err := h.cfg.Hub.Find(r.Context(), r.PathValue("id"), access, room.PadRead)
			h.led(r, err)
		}
		do(w, r)
	}
}
