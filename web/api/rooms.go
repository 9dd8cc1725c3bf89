package api

import (
	"strconv"
	"time"

	"tablee/room"
)

// roomBody is a room as who manages it sees it. Its password is never told, only that there is one.
type roomBody struct {
	Name     string        `json:"name"`
	Title    string        `json:"title"`
	Created  string        `json:"created"`
	Owner    string        `json:"owner"` // id of an account; "" for none
	People   int           `json:"people"`
	Password bool          `json:"password"`
	Settings room.Settings `json:"settings"`
}

func (c *call) roomOf(r room.Room, people int) roomBody {
	b := roomBody{Name: r.Name, Title: r.Title, Created: r.Created.Format(stamp), Owner: r.Owner, People: people,
		Password: r.Settings.PasswordHash != "", Settings: r.Settings}
	b.Settings.PasswordHash = ""
	return b
}

// managed is the room that the path names, if who asks may manage it. Others learn no more than that they may not.
func (c *call) managed() (room.Room, error) {
	r, err := c.cfg.Rooms.Get(c.r.Context(), c.r.PathValue("name"))
	if err != nil {
		return room.Room{}, err
	}
	if !c.who.Identity().MayManage(r) {
		return room.Room{}, refused(room.CodeForbidden, "this room is not yours")
	}
	return r, nil
}

// listRooms lists all rooms for admins, and one's own for others.
func listRooms(c *call) (any, error) {
	q := c.r.URL.Query()
	f := room.Filter{Search: q.Get("search"), After: q.Get("after"), Limit: room.MaxPage}
	if !c.who.Role.May(room.ManageRooms) || q.Get("mine") != "" {
		id, err := c.self()
		if err != nil {
			return nil, err
		}
		f.Owner = id
	}
	if text := q.Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > room.MaxPage {
			return nil, refused(room.CodeBadMessage, "limit is a number from 1 to 500")
		}
		f.Limit = n
	}
	rooms, err := c.cfg.Rooms.List(c.r.Context(), f)
	if err != nil {
		return nil, err
	}
	heads := c.cfg.Heads()
	l := listOf(rooms, func(r room.Room) roomBody { return c.roomOf(r, heads[r.Name]) })
	if len(rooms) == f.Limit {
		l.More = rooms[len(rooms)-1].Name
	}
	return l, nil
}

func showRoom(c *call) (any, error) {
	r, err := c.managed()
	return c.roomOf(r, c.cfg.Heads()[r.Name]), err
}

// createRoom makes a room with settings; the name in the path may be as somebody types it.
func createRoom(c *call) (any, error) {
	var b struct {
		Settings room.Settings
		Password string
	}
	if err := c.body(&b); err != nil {
		return nil, err
	}
	b.Settings.PasswordHash = ""
	r, token, err := c.cfg.Rooms.Create(c.r.Context(), c.r.PathValue("name"), c.who.Identity(), b.Settings)
	if err == nil && b.Password != "" {
		r, err = c.cfg.Rooms.SetPassword(c.r.Context(), r.Name, b.Password)
	}
	if err != nil {
		return nil, err
	}
	return struct {
		roomBody
		URL     string `json:"url"`
		HostURL string `json:"host_url"` // makes whoever opens it a host; told this once
	}{c.roomOf(r, 0), "/r/" + r.Name, "/r/" + r.Name + "#host=" + token}, nil
}

func changeRoom(c *call) (any, error) {
	var b struct {
		Title    *string
		Owner    *string
		Settings *room.Settings
	}
	if err := c.body(&b); err != nil {
		return nil, err
	}
	r, err := c.managed()
	if err != nil {
		return nil, err
	}
	if b.Owner != nil && *b.Owner != "" {
		acc, err := c.cfg.Accounts.Get(c.r.Context(), *b.Owner)
		if err != nil {
			return nil, err
		}
		b.Owner = &acc.ID
	}
	r, err = c.cfg.Rooms.Update(c.r.Context(), r.Name, func(r *room.Room) error {
		if b.Title != nil {
			r.Title = *b.Title
		}
		if b.Owner != nil {
			r.Owner = *b.Owner
		}
		if b.Settings != nil {
			r.Settings = *b.Settings
		}
		return nil
	})
	return c.roomOf(r, c.cfg.Heads()[r.Name]), err
}

func setRoomPassword(c *call) (any, error) {
	var b struct{ Password string }
	if err := c.body(&b); err != nil {
		return nil, err
	}
	r, err := c.managed()
	if err != nil {
		return nil, err
	}
	_, err = c.cfg.Rooms.SetPassword(c.r.Context(), r.Name, b.Password)
	return nil, err
}

func closeRoom(c *call) (any, error) {
	r, err := c.managed()
	if err != nil {
		return nil, err
	}
	return nil, c.cfg.Rooms.Close(c.r.Context(), r.Name)
}

func deleteRoom(c *call) (any, error) {
	r, err := c.managed()
	if err != nil {
		return nil, err
	}
	return nil, c.cfg.Rooms.Delete(c.r.Context(), r.Name)
}

// linkBody is an invitation into a room.
type linkBody struct {
	ID      string    `json:"id"`
	Role    room.Role `json:"role"`
	Label   string    `json:"label"`
	Created string    `json:"created"`
	Expires string    `json:"expires,omitempty"`
	Uses    int       `json:"uses"` // -1 for any number
}

func linkOf(l room.Link) linkBody {
	b := linkBody{ID: l.ID, Role: l.Role, Label: l.Label, Created: l.Created.Format(stamp), Uses: l.Uses}
	if !l.Expires.IsZero() {
		b.Expires = l.Expires.Format(stamp)
	}
	return b
}

func listLinks(c *call) (any, error) {
	r, err := c.managed()
	if err != nil {
		return nil, err
	}
	all, err := c.cfg.Rooms.Links(c.r.Context(), r.Name)
	return listOf(all, linkOf), err
}

func newLink(c *call) (any, error) {
	var b struct {
		Role        room.Role
		Label       string
		Hours, Uses int
	}
	if err := c.body(&b); err != nil {
		return nil, err
	}
	r, err := c.managed()
	if err != nil {
		return nil, err
	}
	if b.Hours < 0 || b.Hours > int(room.MaxLinkLife/time.Hour) {
		return nil, refused(room.CodeBadMessage, "a link is good for ten years at most; 0 is for ever")
	}
	l, token, err := c.cfg.Rooms.NewLink(c.r.Context(), r.Name, room.LinkWish{Role: b.Role, Label: b.Label, Life: time.Duration(b.Hours) * time.Hour, Uses: b.Uses})
	return struct {
		linkBody
		URL string `json:"url"` // told this once
	}{linkOf(l), "/r/" + r.Name + "#link=" + token}, err
}

func revokeLink(c *call) (any, error) {
	r, err := c.managed()
	if err != nil {
		return nil, err
	}
	return nil, c.cfg.Rooms.RevokeLink(c.r.Context(), r.Name, c.r.PathValue("id"))
}
