package signaling

import (
	"context"
	"log/slog"
	"net/http"

	"tablee/room"
)

// HubConfig is what a Hub needs.
type HubConfig struct {
	Rooms  *room.Registry
	Media  Media
	Chat   ChatLog
	Key    []byte      // the server's secret; what signs resume tokens is derived from it
	Limits room.Limits // MaxParticipants, MaxParticipantsTotal
	Voices int         // voice slots worth offering
	// HostToken finds the host token of a room in a request's cookies, "" for none; may be nil. A token in hello
	// goes before it.
	HostToken func(r *http.Request, name string) string
	Log       *slog.Logger // nowhere when nil
}

// Seated is somebody who is seated in a room, for those who look in from outside.
type Seated struct {
	Name string `json:"name"`
	Seat int    `json:"seat"`
}

// Stats are counters since the start, and gauges. They name nobody.
type Stats struct {
	Rooms   int                 // live meetings
	Members int                 // seated, those away included
	Conns   int                 // open WebSockets
	Refused map[room.Code]int64 // refused input by code
	Slow    int64               // connections closed because they read too slowly
}

// Hub is the signaling of all rooms.
type Hub struct{}

// NewHub is a hub that takes connections at once; Run must be running for seats to expire.
func NewHub(c HubConfig) *Hub { return &Hub{} }

// ServeHTTP is the WebSocket of the room r.PathValue("name").
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {}

// Run expires seats until ctx ends; then it says `bye shutdown` to all, closes, and returns when nothing runs any more.
func (h *Hub) Run(ctx context.Context) error { <-ctx.Done(); return nil }

// Seated lists who is seated in the room (normal form), by seat.
func (h *Hub) Seated(name string) []Seated { return nil }

// Stats are the counters of this moment.
func (h *Hub) Stats() Stats { return Stats{} }
