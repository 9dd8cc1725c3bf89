package loadtest

import (
	"context"
	"log/slog"
	"net"
	"time"

	"github.com/pion/transport/v5"

	"tablee/loadtest/impair"
	"tablee/loadtest/result"
	"tablee/signaling"
)

// Bounds and defaults of Options.
const (
	// MaxParticipants is the most that one process simulates.
	MaxParticipants = 500
	// DefaultParticipants is the meeting that Tablée is built for.
	DefaultParticipants = 15
	// DefaultDuration is how long everybody stays once all are in.
	DefaultDuration = 20 * time.Second
	// DefaultJoinTimeout is how long a participant may take from its first packet to the room to connected media.
	DefaultJoinTimeout = 20 * time.Second
)

// Options says which meeting to simulate. Only URL is required.
type Options struct {
	// URL is the room's link, http://host/r/name. The room is opened when it does not exist.
	URL string
	// Participants is how many join, 1 to MaxParticipants; 0 means DefaultParticipants.
	Participants int
	// Duration is the length of the steady phase, after everybody has joined; 0 means DefaultDuration.
	Duration time.Duration
	// JoinTimeout bounds one participant's way in; 0 means DefaultJoinTimeout.
	JoinTimeout time.Duration
	// Seed makes the course of the meeting repeatable: who talks when, and every random wait.
	Seed uint64
	// Scenario says who comes and goes when; the zero value is Meeting.
	Scenario Scenario
	// Networks are what the participants have at home, in their order; those beyond the list have the first one, or
	// nothing between them and the server when it is empty.
	Networks []impair.Profile
	// Version is the program's, copied into the report.
	Version string
	// Bar is the quality that the run is held against; the zero value means result.DefaultBar.
	Bar result.Bar
	// Watch gets once a second how the run goes, from Run's goroutine; nil for nobody.
	Watch func(result.Progress)
	// Observe is told of single events; for tests.
	Observe Observe
	// Log gets what happens to single participants; nil for none.
	Log *slog.Logger

	// DialContext replaces the network of HTTP and WebSocket, so that a meeting runs in memory; nil for TCP.
	// With it, the server is not looked for on this machine.
	DialContext func(ctx context.Context, network, address string) (net.Conn, error)
	// Net gives the network of participant i's media, counted from 0; nil for the machine's.
	Net func(i int) (transport.Net, error)
}

// Observe is who is told of single events, by the goroutines of the participants, in the middle of their work: it must be
// quick, and safe to be called at the same time.
type Observe struct {
	Picture func(participant int, p Picture)        // one that can be shown
	Line    func(participant int, l signaling.Line) // what the server says of the participant's line
}

// Picture is one that a participant can show.
type Picture struct {
	Source uint32 // the number of whose it is
	Layer  int    // 0 for the smallest
	Screen bool
	At     time.Time
}
