package main

import (
	"context"
	"fmt"
)

// accountLine is what the commands show of an account.
type accountLine struct {
	ID, Login, Name, Role, Source, Created string
	Disabled                               bool
}

// secretLine is what they show of a token or an invitation.
type secretLine struct{ ID, Label, Role, Created, Expires, Secret, URL string }

// listed is an answer that lists.
type listed[T any] struct {
	Items []T
	More  string
}

func userVerbs() []verb {
	return []verb{
		{"list", "", "all accounts", 0, 0, nil, listUsers},
		{"add", "LOGIN", "make an account; without a password, print a link by which its holder sets one", 1, 1, []string{"name", "role", "password-file"}, addUser},
		{"remove", "LOGIN", "delete an account; its rooms stay", 1, 1, nil, func(ctx context.Context, c *console, a ask) error {
			return c.call(ctx, "DELETE", at("accounts/%s", a.args[0]), nil, nil)
		}},
		{"role", "LOGIN", "make somebody a member or an admin", 1, 1, []string{"role"}, func(ctx context.Context, c *console, a ask) error {
			return c.call(ctx, "PATCH", at("accounts/%s", a.args[0]), map[string]string{"role": a.options["role"]}, nil)
		}},
		{"disable", "LOGIN", "let somebody in no more", 1, 1, nil, setDisabled(true)},
		{"enable", "LOGIN", "let somebody in again", 1, 1, nil, setDisabled(false)},
		{"reset", "LOGIN", "print a link by which somebody sets a new password", 1, 1, nil, resetUser},
		{"password", "LOGIN", "set a password", 1, 1, []string{"password-file"}, setUserPassword},
		quotaVerb("LOGIN", "accounts/%s/quota"),
		{"invite", "", "print a link by which somebody makes an account", 0, 0, []string{"role", "label", "hours"}, inviteUser},
	}
}

func listUsers(ctx context.Context, c *console, a ask) error {
	var all listed[accountLine]
	if err := c.call(ctx, "GET", at("accounts"), nil, &all); err != nil {
		return err
	}
	rows := [][]string{{"LOGIN", "NAME", "ROLE", "FROM", "STATE"}}
	for _, x := range all.Items {
		state := "active"
		if x.Disabled {
			state = "disabled"
		}
		rows = append(rows, []string{x.Login, x.Name, x.Role, x.Source, state})
	}
	return a.table(rows)
}

func addUser(ctx context.Context, c *console, a ask) error {
	password, err := a.secret()
	if err != nil {
		return err
	}
	body := map[string]string{"login": a.args[0], "name": a.options["name"], "role": a.options["role"], "password": password}
	if err := c.call(ctx, "POST", at("accounts"), body, nil); err != nil {
		return err
	}
	if password == "" {
		return resetUser(ctx, c, a)
	}
	return nil
}

func resetUser(ctx context.Context, c *console, a ask) error {
	var s secretLine
	if err := c.call(ctx, "POST", at("accounts/%s/reset", a.args[0]), nil, &s); err != nil {
		return err
	}
	_, err := fmt.Fprintf(a.out, "%s%s\nGood once, until %s.\n", a.base, s.URL, s.Expires)
	return err
}

func setDisabled(disabled bool) func(context.Context, *console, ask) error {
	return func(ctx context.Context, c *console, a ask) error {
		return c.call(ctx, "PATCH", at("accounts/%s", a.args[0]), map[string]bool{"disabled": disabled}, nil)
	}
}

func setUserPassword(ctx context.Context, c *console, a ask) error {
	password, err := a.secret()
	if err != nil {
		return err
	}
	return c.call(ctx, "PATCH", at("accounts/%s", a.args[0]), map[string]string{"password": password}, nil)
}

func inviteUser(ctx context.Context, c *console, a ask) error {
	hours, err := a.number("hours")
	if err != nil {
		return err
	}
	var s secretLine
	body := map[string]any{"role": a.options["role"], "label": a.options["label"], "hours": hours}
	if err := c.call(ctx, "POST", at("invitations"), body, &s); err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.out, "%s%s\nGood once, until %s.\n", a.base, s.URL, s.Expires)
	return err
}

func tokenVerbs() []verb {
	return []verb{
		{"list", "LOGIN", "somebody's API tokens", 1, 1, nil, listTokens},
		{"add", "LOGIN", "make a token that may do what somebody may; it is printed this once", 1, 1, []string{"label", "days"}, addToken},
		{"remove", "LOGIN ID", "make a token worthless", 2, 2, nil, func(ctx context.Context, c *console, a ask) error {
			return c.call(ctx, "DELETE", at("accounts/%s/tokens/%s", a.args[0], a.args[1]), nil, nil)
		}},
		{"keys", "", "keys by which other sites let people into rooms", 0, 0, nil, listJoinKeys},
		{"key", "LABEL", "make such a key; its secret is printed this once", 1, 1, []string{"room", "role"}, addJoinKey},
		{"unkey", "ID", "make a key and all its tokens worthless", 1, 1, nil, func(ctx context.Context, c *console, a ask) error {
			return c.call(ctx, "DELETE", at("joinkeys/%s", a.args[0]), nil, nil)
		}},
		{"sign", "ID ROOM", "sign a join token by a key, good for an hour or --hours; --uses 1 makes it good once", 2, 2, []string{"role", "name", "hours", "uses"}, signJoinToken},
	}
}

func listTokens(ctx context.Context, c *console, a ask) error {
	var all listed[secretLine]
	if err := c.call(ctx, "GET", at("accounts/%s/tokens", a.args[0]), nil, &all); err != nil {
		return err
	}
	rows := [][]string{{"ID", "LABEL", "CREATED", "EXPIRES"}}
	for _, x := range all.Items {
		if x.Expires == "" {
			x.Expires = "never"
		}
		rows = append(rows, []string{x.ID, x.Label, x.Created, x.Expires})
	}
	return a.table(rows)
}

func addToken(ctx context.Context, c *console, a ask) error {
	days, err := a.number("days")
	if err != nil {
		return err
	}
	var s secretLine
	if err := c.call(ctx, "POST", at("accounts/%s/tokens", a.args[0]), map[string]any{"label": a.options["label"], "days": days}, &s); err != nil {
		return err
	}
	_, err = fmt.Fprintln(a.out, s.Secret)
	return err
}
