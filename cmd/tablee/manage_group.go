package main

import (
	"context"
	"strings"
)

// groupLine is what the commands show of a group.
type groupLine struct {
	ID, Name string
	Members  []struct {
		Login   string
		Manager bool
	}
}

func groupVerbs() []verb {
	seat := func(manager bool) func(context.Context, *console, ask) error {
		return func(ctx context.Context, c *console, a ask) error {
			return c.call(ctx, "PUT", at("groups/%s/members/%s", a.args[0], a.args[1]), map[string]bool{"manager": manager}, nil)
		}
	}
	return []verb{
		{"list", "", "all groups, and who is in them; * manages the rights", 0, 0, nil, listGroups},
		{"add", "NAME", "make a group", 1, 1, nil, func(ctx context.Context, c *console, a ask) error {
			return c.call(ctx, "POST", at("groups"), map[string]string{"name": a.args[0]}, nil)
		}},
		{"rename", "NAME NEW", "give it another name; its folders stay", 2, 2, nil, func(ctx context.Context, c *console, a ask) error {
			return c.call(ctx, "PATCH", at("groups/%s", a.args[0]), map[string]string{"name": a.args[1]}, nil)
		}},
		{"remove", "NAME", "delete a group and its files, for good", 1, 1, nil, func(ctx context.Context, c *console, a ask) error {
			return c.call(ctx, "DELETE", at("groups/%s", a.args[0]), nil, nil)
		}},
		{"join", "NAME LOGIN", "take somebody into it", 2, 2, nil, seat(false)},
		{"manager", "NAME LOGIN", "let somebody in it decide on rights", 2, 2, nil, seat(true)},
		quotaVerb("NAME", "groups/%s/quota"),
		{"leave", "NAME LOGIN", "take somebody out of it", 2, 2, nil, func(ctx context.Context, c *console, a ask) error {
			return c.call(ctx, "DELETE", at("groups/%s/members/%s", a.args[0], a.args[1]), nil, nil)
		}},
	}
}

func listGroups(ctx context.Context, c *console, a ask) error {
	var all listed[groupLine]
	if err := c.call(ctx, "GET", at("groups"), nil, &all); err != nil {
		return err
	}
	rows := [][]string{{"NAME", "MEMBERS"}}
	for _, g := range all.Items {
		var names []string
		for _, m := range g.Members {
			if m.Manager {
				m.Login += "*"
			}
			names = append(names, m.Login)
		}
		rows = append(rows, []string{g.Name, strings.Join(names, ", ")})
	}
	return a.table(rows)
}
