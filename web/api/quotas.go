package api

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"tablee/room"
)

// maxQuota bounds a quota, in bytes.
const maxQuota = 1 << 50

// Quotas keeps how much a member, a room or a group may store, where that is not what the settings say: in bytes, by
// "user/ID", "room/NAME" and "team/ID".
type Quotas interface {
	FileQuotas(ctx context.Context) (map[string]int64, error)
	SetFileQuota(ctx context.Context, space string, bytes *int64) error
}

// quotaBody is a quota that an admin has set.
type quotaBody struct {
	Kind  string `json:"kind"` // account, room or group
	ID    string `json:"id"`   // of an account or a group; the name of a room
	Bytes int64  `json:"bytes"`
}

// quotaRoutes are the calls about quotas.
func quotaRoutes() []route {
	return []route{
		{"GET", "/api/v1/quotas", admin, listQuotas},
		{"PUT", "/api/v1/accounts/{id}/quota", admin, accountQuota},
		{"DELETE", "/api/v1/accounts/{id}/quota", admin, accountQuota},
		{"PUT", "/api/v1/rooms/{name}/quota", admin, roomQuota},
		{"DELETE", "/api/v1/rooms/{name}/quota", admin, roomQuota},
		{"PUT", "/api/v1/groups/{id}/quota", admin, groupQuota},
		{"DELETE", "/api/v1/groups/{id}/quota", admin, groupQuota},
	}
}

func listQuotas(c *call) (any, error) {
	all, err := c.cfg.Quotas.FileQuotas(c.r.Context())
	list := []quotaBody{}
	for space, bytes := range all {
		kind, id, _ := strings.Cut(space, "/")
		list = append(list, quotaBody{map[string]string{"user": "account", "team": "group"}[kind], id, bytes})
		if kind == "room" {
			list[len(list)-1].Kind = kind
		}
	}
	slices.SortFunc(list, func(a, b quotaBody) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID)) })
	return listOf(list, func(q quotaBody) quotaBody { return q }), err
}

// quotaOf sets, or with DELETE takes away, the quota of what find finds.
func quotaOf(kind, prefix string, find func(c *call) (id string, err error)) func(c *call) (any, error) {
	return func(c *call) (any, error) {
		var bytes *int64
		if c.r.Method != "DELETE" {
			var b struct{ Bytes *int64 }
			if err := c.body(&b); err != nil {
				return nil, err
			}
			if b.Bytes == nil || *b.Bytes < 0 || *b.Bytes > maxQuota {
				return nil, &room.Error{Code: room.CodeBadMessage, Message: "bytes must be a number from 0 to 2^50"}
			}
			bytes = b.Bytes
		}
		id, err := find(c)
		if err == nil {
			err = c.cfg.Quotas.SetFileQuota(c.r.Context(), prefix+id, bytes)
		}
		if err != nil || bytes == nil {
			return nil, err
		}
		return quotaBody{kind, id, *bytes}, nil
	}
}

func accountQuota(c *call) (any, error) {
	return quotaOf("account", "user/", func(c *call) (string, error) {
		a, err := c.find()
		return a.ID, err
	})(c)
}

func roomQuota(c *call) (any, error) {
	return quotaOf("room", "room/", func(c *call) (string, error) {
		r, err := c.cfg.Rooms.Get(c.r.Context(), c.r.PathValue("name"))
		return r.Name, err
	})(c)
}

func groupQuota(c *call) (any, error) {
	return quotaOf("group", "team/", func(c *call) (string, error) {
		g, err := c.cfg.Accounts.Group(c.r.Context(), c.r.PathValue("id"))
		return g.ID, err
	})(c)
}
