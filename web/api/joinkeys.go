package api

import (
	"time"

	"tablee/jointoken"
	"tablee/room"
)

// joinKeyBody is a key by which another site lets people into rooms.
type joinKeyBody struct {
	ID      string    `json:"id"`
	Label   string    `json:"label"`
	Room    string    `json:"room"` // "" for all
	Role    room.Role `json:"role"` // the most that it gives
	Created string    `json:"created"`
}

func joinKeyOf(k jointoken.Key) joinKeyBody {
	return joinKeyBody{ID: k.ID, Label: k.Label, Room: k.Room, Role: k.Role, Created: k.Created.Format(stamp)}
}

func listJoinKeys(c *call) (any, error) {
	all, err := c.cfg.Joins.Keys(c.r.Context())
	return listOf(all, joinKeyOf), err
}

func newJoinKey(c *call) (any, error) {
	var b struct {
		Label, Room string
		Role        room.Role
	}
	if err := c.body(&b); err != nil {
		return nil, err
	}
	k, secret, err := c.cfg.Joins.NewKey(c.r.Context(), jointoken.Key{Label: b.Label, Room: b.Room, Role: b.Role})
	return struct {
		joinKeyBody
		Secret string `json:"secret"` // told this once
	}{joinKeyOf(k), secret}, err
}

func revokeJoinKey(c *call) (any, error) {
	return nil, c.cfg.Joins.Revoke(c.r.Context(), c.r.PathValue("id"))
}

func signJoinToken(c *call) (any, error) {
	var b struct {
		Room, Name string
		Role       room.Role
		Minutes    int
		Once       bool
	}
	if err := c.body(&b); err != nil {
		return nil, err
	}
	if b.Minutes < 0 || b.Minutes > int(jointoken.MaxLife/time.Minute) {
		return nil, refused(room.CodeBadMessage, "a join token is good for 31 days at most; 0 is an hour")
	}
	r, err := c.cfg.Rooms.Get(c.r.Context(), b.Room)
	if err != nil {
		return nil, err
	}
	token, expires, err := c.cfg.Joins.Sign(c.r.Context(), c.r.PathValue("id"), jointoken.Wish{Room: r.Name, Role: b.Role, Name: b.Name,
		Life: time.Duration(b.Minutes) * time.Minute, Once: b.Once})
	return struct {
		Token   string `json:"token"`
		Expires string `json:"expires"`
		URL     string `json:"url"`
	}{token, expires.UTC().Format(stamp), "/r/" + r.Name + "#token=" + token}, err
}
