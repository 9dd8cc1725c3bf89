package api

import "tablee/accounts"

// groupBody is a group as admins see it: who is in it, nothing of its files.
type groupBody struct {
	ID      string     `json:"id"`
	Name    string     `json:"name"`
	Created string     `json:"created"`
	Members []seatBody `json:"members"`
}

// seatBody is a member of a group.
type seatBody struct {
	Account string `json:"account"`
	Login   string `json:"login"`
	Name    string `json:"name"`
	Manager bool   `json:"manager"` // decides on rights in the group's folders
}

func groupOf(g accounts.Group) groupBody {
	b := groupBody{ID: g.ID, Name: g.Name, Created: g.Created.Format(stamp), Members: []seatBody{}}
	for _, m := range g.Members {
		b.Members = append(b.Members, seatBody(m))
	}
	return b
}

func listGroups(c *call) (any, error) {
	all, err := c.cfg.Accounts.Groups(c.r.Context())
	return listOf(all, groupOf), err
}

func createGroup(c *call) (any, error) {
	var b struct{ Name string }
	if err := c.body(&b); err != nil {
		return nil, err
	}
	g, err := c.cfg.Accounts.CreateGroup(c.r.Context(), b.Name)
	return groupOf(g), err
}

func renameGroup(c *call) (any, error) {
	var b struct{ Name string }
	if err := c.body(&b); err != nil {
		return nil, err
	}
	g, err := c.cfg.Accounts.RenameGroup(c.r.Context(), c.r.PathValue("id"), b.Name)
	return groupOf(g), err
}

func deleteGroup(c *call) (any, error) {
	return nil, c.cfg.Accounts.DeleteGroup(c.r.Context(), c.r.PathValue("id"))
}

func seatMember(c *call) (any, error) {
	var b struct{ Manager bool }
	if err := c.body(&b); err != nil {
		return nil, err
	}
	g, err := c.cfg.Accounts.SetSeat(c.r.Context(), c.r.PathValue("id"), c.r.PathValue("account"), &b.Manager)
	return groupOf(g), err
}

func unseatMember(c *call) (any, error) {
	g, err := c.cfg.Accounts.SetSeat(c.r.Context(), c.r.PathValue("id"), c.r.PathValue("account"), nil)
	return groupOf(g), err
}
