package accounts

import (
	"context"
	"fmt"
	"strings"
	"time"

	"tablee/room"
)

// Group is some accounts under one name: a choir, a committee. It has folders of its own (package files), and may be
// named where rights are given. Admins make groups; being an admin gives nobody a seat in one.
type Group struct {
	ID      string // made here; the same for ever
	Name    string
	Created time.Time
	Members []Seat // by login
}

// Seat is an account's place in a group.
type Seat struct {
	Account string // id
	Login   string
	Name    string
	Manager bool // decides on rights in the group's folders
}

// Bounds of groups.
const (
	MaxGroups    = 200
	MaxGroupName = 64 // characters, as names of people have
)

// GroupStore keeps groups. One that is not there is refused with group_unknown.
type GroupStore interface {
	// CreateGroup refuses a name that is taken with group_exists, and more than max groups with accounts_full.
	CreateGroup(ctx context.Context, g Group, fold string, max int) error
	RenameGroup(ctx context.Context, id, name, fold string) error
	DeleteGroup(ctx context.Context, id string) error
	// Groups lists all groups with their members, by name.
	Groups(ctx context.Context) ([]Group, error)
	// SetSeat gives an account a place in a group, or changes it; nil takes it away.
	SetSeat(ctx context.Context, group, account string, manager *bool) error
}

// groupName makes a name that can be shown and can be a folder's, and the form in which names are compared.
func groupName(raw string) (name, fold string, err error) {
	if name, err = room.CleanPersonName(raw); err != nil {
		return "", "", err
	}
	if strings.ContainsAny(name, `/\`) || strings.HasPrefix(name, ".") {
		return "", "", refuse(room.CodeNameInvalid, "a group is named without slashes, and not with a dot first: its folder has the same name")
	}
	return name, strings.ToLower(name), nil
}

// Groups lists all groups by name.
func (a *Accounts) Groups(ctx context.Context) ([]Group, error) { return a.store.Groups(ctx) }

// Group finds a group by its id, or else by its name.
func (a *Accounts) Group(ctx context.Context, idOrName string) (Group, error) {
	all, err := a.store.Groups(ctx)
	if err != nil {
		return Group{}, err
	}
	_, fold, _ := groupName(idOrName) // what can be no name is none
	found := -1
	for i, g := range all {
		if g.ID == idOrName {
			return g, nil
		}
		if fold != "" && strings.ToLower(g.Name) == fold {
			found = i
		}
	}
	if found < 0 {
		return Group{}, refuse(room.CodeGroupUnknown, "there is no such group; `tablee group list` shows those that there are")
	}
	return all[found], nil
}

// CreateGroup makes a group without members.
func (a *Accounts) CreateGroup(ctx context.Context, rawName string) (Group, error) {
	name, fold, err := groupName(rawName)
	if err != nil {
		return Group{}, err
	}
	g := Group{ID: newID(), Name: name, Created: a.now().UTC().Truncate(time.Millisecond)}
	if err := a.store.CreateGroup(ctx, g, fold, MaxGroups); err != nil {
		return Group{}, fmt.Errorf("making a group: %w", err)
	}
	return g, nil
}

// RenameGroup gives a group another name; its folders stay.
func (a *Accounts) RenameGroup(ctx context.Context, idOrName, rawName string) (Group, error) {
	name, fold, err := groupName(rawName)
	if err != nil {
		return Group{}, err
	}
	g, err := a.Group(ctx, idOrName)
	if err != nil {
		return Group{}, err
	}
	if err := a.store.RenameGroup(ctx, g.ID, name, fold); err != nil {
		return Group{}, fmt.Errorf("naming a group: %w", err)
	}
	g.Name = name
	return g, nil
}

// DeleteGroup deletes a group and its folders, for good.
func (a *Accounts) DeleteGroup(ctx context.Context, idOrName string) error {
	g, err := a.Group(ctx, idOrName)
	if err != nil {
		return err
	}
	return a.store.DeleteGroup(ctx, g.ID)
}

// SetSeat gives an account a place in a group, as a manager or not; nil takes it away.
func (a *Accounts) SetSeat(ctx context.Context, idOrName, idOrLogin string, manager *bool) (Group, error) {
	g, err := a.Group(ctx, idOrName)
	if err != nil {
		return Group{}, err
	}
	acc, err := a.Get(ctx, idOrLogin)
	if err != nil {
		return Group{}, err
	}
	if err := a.store.SetSeat(ctx, g.ID, acc.ID, manager); err != nil {
		return Group{}, fmt.Errorf("changing a group: %w", err)
	}
	return a.Group(ctx, g.ID)
}
