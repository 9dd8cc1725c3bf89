package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tablee/web/api"
)

// mirrorPoll is how often `tablee mirror run` asks whether the run has ended.
const mirrorPoll = time.Second

func mirrorVerbs() []verb {
	return []verb{
		{name: "run", help: "brings the mirror up to date now, and tells how it went", do: runMirror},
		{name: "status", help: "tells how the last run went", do: mirrorStatus},
	}
}

// errMirror makes a run that was not whole end with a status of its own for scripts.
var errMirror = errors.New("the mirror is not up to date; what failed is said above")

func runMirror(ctx context.Context, c *console, a ask) error {
	var m api.Mirror
	if err := c.call(ctx, "POST", at("server/mirror"), nil, &m); err != nil {
		return err
	}
	for m.Running {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(mirrorPoll):
		}
		if err := c.call(ctx, "GET", at("server/mirror"), nil, &m); err != nil {
			return err
		}
	}
	a.mirror(m)
	if !m.Whole {
		return errMirror
	}
	return nil
}

func mirrorStatus(ctx context.Context, c *console, a ask) error {
	var m api.Mirror
	if err := c.call(ctx, "GET", at("server/mirror"), nil, &m); err != nil {
		return err
	}
	a.mirror(m)
	return nil
}

// mirror shows a report.
func (a ask) mirror(m api.Mirror) {
	switch {
	case !m.Configured:
		fmt.Fprintln(a.out, "There is no mirror; mirror.url sets one up.")
		return
	case m.Started == "":
		fmt.Fprintln(a.out, "The mirror has not run yet.")
		return
	case m.Running:
		fmt.Fprintf(a.out, "Running since %s.\n", m.Started)
	default:
		fmt.Fprintf(a.out, "Last run: %s to %s.\n", m.Started, m.Ended)
	}
	fmt.Fprintf(a.out, "Sent: %d files, %d bytes. There already: %d. Deleted there: %d. Failed: %d.\n", m.Files, m.Bytes, m.Kept, m.Deleted, m.Failed)
	for _, f := range m.Failures {
		if f.Folder == "" {
			fmt.Fprintf(a.out, "- %s\n", f.Text)
		} else {
			fmt.Fprintf(a.out, "- %s (%d): %s\n", f.Folder, f.Files, f.Text)
		}
	}
}
