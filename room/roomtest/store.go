package roomtest

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"tablee/room"
)

// Store is a room.Store in memory. It may be used from many goroutines; Set and Count are the tests' way in.
type Store struct {
	mu    sync.Mutex // guards what follows
	rooms map[string]room.Room
	hosts map[string][]byte
	links []link
	fail  error
	races int
}

type link struct {
	room.Link
	hash []byte
}

var _ room.Store = (*Store)(nil)

// New is an empty store.
func New() *Store {
	return &Store{rooms: map[string]room.Room{}, hosts: map[string][]byte{}}
}

// Fail makes every call fail with err from now on; nil ends that.
func (s *Store) Fail(err error) { s.lock(func() { s.fail = err }) }

// Race lets somebody be faster at the next n rooms that are made.
func (s *Store) Race(n int) { s.lock(func() { s.races = n }) }

// Put stores a room behind everybody's back.
func (s *Store) Put(r room.Room) { s.lock(func() { s.rooms[r.Name] = r }) }

// Count counts the rooms.
func (s *Store) Count() (n int) { s.lock(func() { n = len(s.rooms) }); return n }

// HostHash is what is stored of a room's host token.
func (s *Store) HostHash(name string) (hash []byte) {
	s.lock(func() { hash = s.hosts[name] })
	return hash
}

func (s *Store) lock(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

// CreateRoom implements room.Store.
func (s *Store) CreateRoom(_ context.Context, r room.Room, hash []byte, most int) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.races > 0 {
		s.races--
		s.rooms[r.Name], s.hosts[r.Name] = room.Room{Name: r.Name, Title: "faster"}, []byte("x")
	}
	switch _, there := s.rooms[r.Name]; {
	case s.fail != nil:
		return false, s.fail
	case there:
		return false, nil
	case len(s.rooms) >= most:
		return false, &room.Error{Code: room.CodeRoomsFull, Message: "full"}
	}
	s.rooms[r.Name], s.hosts[r.Name] = r, hash
	return true, nil
}

// Room implements room.Store.
func (s *Store) Room(_ context.Context, name string) (room.Room, []byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.roomLocked(name)
	return r, s.hosts[name], err
}

func (s *Store) roomLocked(name string) (room.Room, error) {
	r, ok := s.rooms[name]
	switch {
	case s.fail != nil:
		return room.Room{}, s.fail
	case !ok:
		return room.Room{}, &room.Error{Code: room.CodeRoomUnknown, Message: "no such room"}
	}
	return r, nil
}

// Rooms implements room.Store.
func (s *Store) Rooms(_ context.Context, f room.Filter) ([]room.Room, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return nil, s.fail
	}
	list := []room.Room{}
	for _, r := range s.rooms {
		search := strings.ToLower(f.Search)
		found := strings.Contains(r.Name, search) || strings.Contains(strings.ToLower(r.Title), search)
		if r.Name > f.After && (f.Owner == "" || f.Owner == r.Owner) && found {
			list = append(list, r)
		}
	}
	slices.SortFunc(list, func(a, b room.Room) int { return strings.Compare(a.Name, b.Name) })
	return list[:min(len(list), f.Limit)], nil
}

// UpdateRoom implements room.Store.
func (s *Store) UpdateRoom(_ context.Context, name string, change func(*room.Room) error) (room.Room, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.roomLocked(name)
	if err == nil {
		err = change(&r)
	}
	if err != nil {
		return room.Room{}, err
	}
	s.rooms[name] = r
	return r, nil
}

// DeleteRoom implements room.Store.
func (s *Store) DeleteRoom(_ context.Context, name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.roomLocked(name); err != nil {
		return err
	}
	delete(s.rooms, name)
	delete(s.hosts, name)
	s.links = slices.DeleteFunc(s.links, func(l link) bool { return l.Room == name })
	return nil
}

// CreateRoomLink implements room.Store.
func (s *Store) CreateRoomLink(ctx context.Context, l room.Link, hash []byte, most int) error {
	list, err := s.RoomLinks(ctx, l.Room)
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, unknown := s.roomLocked(l.Room); err == nil {
		err = unknown
	}
	switch {
	case err != nil:
		return err
	case len(list) >= most:
		return &room.Error{Code: room.CodeLinksFull, Message: "full"}
	}
	s.links = append(s.links, link{l, hash})
	return nil
}

// RoomLinks implements room.Store.
func (s *Store) RoomLinks(_ context.Context, name string) ([]room.Link, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []room.Link{}
	for _, l := range s.links {
		if l.Room == name {
			list = append(list, l.Link)
		}
	}
	return list, s.fail
}

// DeleteRoomLink implements room.Store.
func (s *Store) DeleteRoomLink(_ context.Context, name, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.links = slices.DeleteFunc(s.links, func(l link) bool { return l.Room == name && l.ID == id })
	return s.fail
}

// UseRoomLink implements room.Store.
func (s *Store) UseRoomLink(_ context.Context, name string, hash []byte, now time.Time, take bool) (room.Link, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return room.Link{}, s.fail
	}
	for i, l := range s.links {
		if l.Room != name || !bytes.Equal(l.hash, hash) || l.Uses == 0 || !l.Expires.IsZero() && !now.Before(l.Expires) {
			continue
		}
		if take && l.Uses != room.UsesUnlimited {
			s.links[i].Uses--
		}
		return s.links[i].Link, nil
	}
	return room.Link{}, &room.Error{Code: room.CodeLinkInvalid, Message: "the invitation is no good"}
}
