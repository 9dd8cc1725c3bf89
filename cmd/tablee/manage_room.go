package main

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
)

// roomLine is what the commands show of a room.
type roomLine struct {
	Name, Title, Owner, URL string
	HostURL                 string `json:"host_url"`
	People                  int
	Password                bool
}

// linkLine is what they show of a room's link.
type linkLine struct {
	ID, Role, Label, Expires, URL string
	Uses                          int
}

func roomVerbs() []verb {
	return []verb{
		{"list", "[WORD]", "all rooms, or those with a word in their names", 0, 1, nil, listRooms},
		{"add", "NAME", "make a room, and print the link that makes whoever opens it a host", 1, 1, []string{"password-file"}, addRoom},
		{"remove", "NAME", "delete a room and all that is in it", 1, 1, nil, func(ctx context.Context, c *console, a ask) error {
			return c.call(ctx, "DELETE", at("rooms/%s", a.args[0]), nil, nil)
		}},
		{"close", "NAME", "end its meeting for all", 1, 1, nil, func(ctx context.Context, c *console, a ask) error {
			return c.call(ctx, "POST", at("rooms/%s/close", a.args[0]), nil, nil)
		}},
		{"password", "NAME", "give it a password, or take it away without --password-file", 1, 1, []string{"password-file"}, setRoomPassword},
		quotaVerb("NAME", "rooms/%s/quota"),
		{"links", "NAME", "its invitation links", 1, 1, nil, listLinks},
		{"link", "NAME", "make an invitation link, and print it this once", 1, 1, []string{"role", "label", "hours", "uses"}, addLink},
		{"unlink", "NAME ID", "make a link worthless", 2, 2, nil, func(ctx context.Context, c *console, a ask) error {
			return c.call(ctx, "DELETE", at("rooms/%s/links/%s", a.args[0], a.args[1]), nil, nil)
		}},
	}
}

func listRooms(ctx context.Context, c *console, a ask) error {
	search := ""
	if len(a.args) > 0 {
		search = a.args[0]
	}
	rows := [][]string{{"NAME", "TITLE", "PEOPLE", "PASSWORD"}}
	for after := ""; ; {
		var all listed[roomLine]
		if err := c.call(ctx, "GET", at("rooms")+"?"+url.Values{"search": {search}, "after": {after}}.Encode(), nil, &all); err != nil {
			return err
		}
		for _, x := range all.Items {
			password := "no"
			if x.Password {
				password = "yes"
			}
			rows = append(rows, []string{x.Name, x.Title, strconv.Itoa(x.People), password})
		}
		if after = all.More; after == "" {
			return a.table(rows)
		}
	}
}

func addRoom(ctx context.Context, c *console, a ask) error {
	password, err := a.secret()
	if err != nil {
		return err
	}
	var made roomLine
	if err := c.call(ctx, "PUT", at("rooms/%s", a.args[0]), map[string]string{"password": password}, &made); err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.out, "%s%s\nFor its host: %s%s\n", a.base, made.URL, a.base, made.HostURL)
	return err
}

func setRoomPassword(ctx context.Context, c *console, a ask) error {
	password, err := a.secret()
	if err != nil {
		return err
	}
	return c.call(ctx, "PUT", at("rooms/%s/password", a.args[0]), map[string]string{"password": password}, nil)
}

func listLinks(ctx context.Context, c *console, a ask) error {
	var all listed[linkLine]
	if err := c.call(ctx, "GET", at("rooms/%s/links", a.args[0]), nil, &all); err != nil {
		return err
	}
	rows := [][]string{{"ID", "ROLE", "LABEL", "EXPIRES", "USES"}}
	for _, x := range all.Items {
		uses := "any"
		if x.Uses >= 0 {
			uses = strconv.Itoa(x.Uses)
		}
		if x.Expires == "" {
			x.Expires = "never"
		}
		rows = append(rows, []string{x.ID, x.Role, x.Label, x.Expires, uses})
	}
	return a.table(rows)
}

func addLink(ctx context.Context, c *console, a ask) error {
	hours, err := a.number("hours")
	if err != nil {
		return err
	}
	uses, err := a.number("uses")
	if err != nil {
		return err
	}
	role := a.options["role"]
	if role == "" {
		role = "guest"
	}
	var made linkLine
	body := map[string]any{"role": role, "label": a.options["label"], "hours": hours, "uses": uses}
	if err := c.call(ctx, "POST", at("rooms/%s/links", a.args[0]), body, &made); err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.out, "%s%s\n", a.base, made.URL)
	return err
}
