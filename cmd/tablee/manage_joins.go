package main

import (
	"context"
	"fmt"

	"tablee/cmd/tablee/cli"
)

// joinKeyLine is what the commands show of a key by which another site lets people in.
type joinKeyLine struct{ ID, Label, Room, Role, Created, Secret string }

func listJoinKeys(ctx context.Context, c *console, a ask) error {
	var all listed[joinKeyLine]
	if err := c.call(ctx, "GET", at("joinkeys"), nil, &all); err != nil {
		return err
	}
	rows := [][]string{{"ID", "LABEL", "ROOM", "ROLE", "CREATED"}}
	for _, x := range all.Items {
		if x.Room == "" {
			x.Room = "any"
		}
		rows = append(rows, []string{x.ID, x.Label, x.Room, x.Role, x.Created})
	}
	return a.table(rows)
}

func addJoinKey(ctx context.Context, c *console, a ask) error {
	var made joinKeyLine
	body := map[string]any{"label": a.args[0], "room": a.options["room"], "role": a.options["role"]}
	if err := c.call(ctx, "POST", at("joinkeys"), body, &made); err != nil {
		return err
	}
	_, err := fmt.Fprintf(a.out, "kid: %s\nsecret: %s\n", made.ID, made.Secret)
	return err
}

func signJoinToken(ctx context.Context, c *console, a ask) error {
	hours, err := a.number("hours")
	if err != nil {
		return err
	}
	uses, err := a.number("uses")
	if err != nil {
		return err
	}
	if uses > 1 {
		return &cli.UsageError{Message: "--uses is 1, or left out for any number"}
	}
	var made struct{ URL string }
	body := map[string]any{"room": a.args[1], "role": a.options["role"], "name": a.options["name"], "minutes": 60 * hours, "once": uses == 1}
	if err := c.call(ctx, "POST", at("joinkeys/%s/tokens", a.args[0]), body, &made); err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.out, "%s%s\n", a.base, made.URL)
	return err
}
