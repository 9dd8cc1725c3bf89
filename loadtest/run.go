package loadtest

import (
	"context"
	"errors"
)

// Errors of Run: the test could not be carried out, whatever the server's quality.
var (
	// ErrURL is a URL that is not a room's link.
	ErrURL = errors.New("not a room's link (http://host/r/name)")
	// ErrServer is a server that does not answer, or not as a Tablée server does.
	ErrServer = errors.New("server unusable")
	// ErrRefused is a server that let nobody in.
	ErrRefused = errors.New("refused by the server")
	// ErrDied is a server that went away in mid-run and did not come back.
	ErrDied = errors.New("server died")
)

// Run simulates the meeting and reports. It returns when the steady phase is over and everything it started has
// stopped. The end of ctx ends the meeting early: the report of what was measured is returned without an error.
// With an error, the report is what was measured until then, or nil if that is nothing.
func Run(ctx context.Context, o Options) (*Report, error) {
	return nil, ErrServer
}
