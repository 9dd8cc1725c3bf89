package signaling

import (
	"context"
	"time"

	"tablee/room"
)

// administer carries out what is stored: it is answered, and told to the others, once it is on the disk.
func (c *conn) administer(o Order) error {
	ctx, cancel := context.WithTimeout(context.Background(), roomWait)
	defer cancel()
	m, g, in := c.meeting.top(), c.hub.rooms, o.Message
	name := m.info.Name
	switch o.Kind {
	case "lock":
		_, err := g.Update(ctx, name, func(r *room.Room) error {
			r.Settings.Locked = *in.On
			return nil
		})
		return err
	case "room":
		return c.edit(ctx, name, *in.Settings)
	case "invite":
		return c.invite(ctx, name, in)
	case "revoke":
		if err := g.RevokeLink(ctx, name, in.ID); err != nil {
			return err
		}
	}
	links, err := g.Links(ctx, name)
	if err != nil {
		return err
	}
	out := Links{T: "links", Links: []Link{}}
	for _, l := range links {
		out.Links = append(out.Links, wireLink(l))
	}
	c.send(out)
	return nil
}

// edit changes the room's settings.
func (c *conn) edit(ctx context.Context, name string, p SettingsPatch) error {
	if p.Password != nil {
		if _, err := c.hub.rooms.SetPassword(ctx, name, *p.Password); err != nil {
			return err
		}
		p.Password = nil
	}
	if p == (SettingsPatch{}) {
		return nil
	}
	_, err := c.hub.rooms.Update(ctx, name, func(r *room.Room) error { return p.apply(r) })
	return err
}

// apply changes a room as a patch says.
func (p SettingsPatch) apply(r *room.Room) error {
	s := &r.Settings
	set(&r.Title, p.Title)
	set(&s.Temporary, p.Temporary)
	set(&s.Lobby, p.Lobby)
	set(&s.Locked, p.Locked)
	set(&s.Max, p.Max)
	set(&s.StartMuted, p.StartMuted)
	set(&s.Profile, p.Profile)
	set(&s.Minutes, p.Minutes)
	set(&s.ChatHours, p.ChatHours)
	set(&s.Origins, p.Origins)
	for _, t := range []struct {
		to   *time.Time
		from *int64
	}{{&s.Opens, p.Opens}, {&s.Starts, p.Starts}} {
		switch {
		case t.from == nil:
		case *t.from <= 0 || *t.from > maxMillis:
			*t.to = time.Time{}
		default:
			*t.to = time.UnixMilli(*t.from).UTC()
		}
	}
	for _, l := range []struct {
		to   *room.Role
		from *string
	}{{&s.Arrive, p.Arrive}, {&s.Talk, p.Talk}, {&s.Camera, p.Camera}, {&s.Share, p.Share}, {&s.Chat, p.Chat}, {&s.Pad, p.Pad}, {&s.Upload, p.Upload}} {
		if l.from == nil {
			continue
		}
		if err := l.to.UnmarshalText([]byte(*l.from)); err != nil {
			return badMessage("there is no such role")
		}
	}
	return nil
}

// maxMillis is the last moment that a calendar has (the year 9999), in milliseconds since 1970.
const maxMillis = 253_402_300_799_000

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

// invite makes a link. Moderators invite people up to speakers; hosts appoint moderators by link, too.
func (c *conn) invite(ctx context.Context, name string, in ClientMessage) error {
	role, _ := room.ParseRole(in.Role)
	may := room.Rights(c.seat.rights.Load())
	if role > room.Speaker && !may.May(room.Appoint) || role > room.Moderator {
		return &room.Error{Code: room.CodeForbidden, Message: "you may not invite people to that role"}
	}
	l, token, err := c.hub.rooms.NewLink(ctx, name, room.LinkWish{Role: role, Label: in.Label, Life: time.Duration(in.Hours) * time.Hour, Uses: in.Uses})
	if err != nil {
		return err
	}
	out := wireLink(l)
	out.Token = token
	c.send(Invited{T: "invited", Link: out})
	return nil
}
