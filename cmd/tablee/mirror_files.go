package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"tablee/accounts"
	"tablee/cmd/tablee/config"
	"tablee/files"
	"tablee/mirror"
	"tablee/room"
)

// allOfTeam is the space that all members share.
const allOfTeam = files.Space("team/all")

// keepMirrored is how long a file that is gone for good here, not only in the trash, stays there: a room that was deleted by
// mistake, or an older database that took a damaged one's place, takes nothing along that the mirror was for.
const keepMirrored = 7 * 24 * time.Hour

// spaceFiles are the files of some spaces as they lie there, without older versions. They implement mirror.Files for one
// run at a time.
type spaceFiles struct {
	files  *files.Files
	spaces func(ctx context.Context) (map[string]files.Space, error) // by their folders; "" for no folder of its own
	found  map[string]files.Item                                     // by path, since the last list
}

// List implements mirror.Files.
func (s *spaceFiles) List(ctx context.Context) (list []mirror.Entry, err error) {
	s.found = map[string]files.Item{}
	spaces, err := s.spaces(ctx)
	if err != nil {
		return nil, err
	}
	for folder, space := range spaces {
		items, err := s.files.Items(ctx, space)
		if err != nil {
			return nil, fmt.Errorf("list files to mirror: %w", err)
		}
		for _, i := range items {
			path := i.Path
			if folder != "" {
				path = folder + "/" + path
			}
			s.found[path] = i
			list = append(list, mirror.Entry{Path: path, Version: i.Blob, Trashed: i.Trashed})
		}
	}
	slices.SortFunc(list, func(a, b mirror.Entry) int { return strings.Compare(a.Path, b.Path) }) // a run that broke off is gone on with in order
	return list, nil
}

// Open implements mirror.Files.
func (s *spaceFiles) Open(_ context.Context, path string) (io.ReadCloser, int64, error) {
	i := s.found[path]
	file, err := s.files.OpenItem(i)
	if err != nil {
		return nil, 0, fmt.Errorf("read a file to mirror: %w", err)
	}
	return file, i.Size, nil
}

// fileSources are the folders of files that the settings name.
func (s *server) fileSources(cfg config.Mirror) (list []mirror.Source) {
	add := func(folder string, spaces func(context.Context) (map[string]files.Space, error)) {
		if !slices.ContainsFunc(list, func(s mirror.Source) bool { return s.Folder == folder }) {
			list = append(list, mirror.Source{Folder: folder, Files: &spaceFiles{files: s.files, spaces: spaces}, KeepGone: keepMirrored})
		}
	}
	if cfg.Files {
		add("Rooms", s.roomSpaces)
		add("Groups", s.groupSpaces)
		add("Team", func(context.Context) (map[string]files.Space, error) {
			return map[string]files.Space{"": allOfTeam}, nil
		})
	}
	if cfg.Homes {
		add("Homes", s.homeSpaces)
	}
	if cfg.Files {
		return list
	}
	for _, name := range cfg.Rooms {
		add("Rooms/"+mirrorName(name), func(ctx context.Context) (map[string]files.Space, error) {
			r, _, err := s.store.Room(ctx, name)
			return oneSpace(files.SpaceOf(files.KindRoom, r.Name), err)
		})
	}
	for _, name := range cfg.Groups {
		add("Groups/"+mirrorName(name), func(ctx context.Context) (map[string]files.Space, error) {
			g, err := s.accounts.Group(ctx, name)
			return oneSpace(files.SpaceOf(files.KindTeam, g.ID), err)
		})
	}
	return list
}

// oneSpace is a source of one space, unless there is none.
func oneSpace(space files.Space, err error) (map[string]files.Space, error) {
	if code := room.CodeOf(err); code == room.CodeRoomUnknown || code == room.CodeGroupUnknown {
		return nil, errors.Join(mirror.ErrGone, err)
	}
	return map[string]files.Space{"": space}, err
}

func (s *server) roomSpaces(ctx context.Context) (map[string]files.Space, error) {
	list, err := s.files.Spaces(ctx, files.KindRoom)
	return named(list, func(space files.Space) (name, kind, id string) {
		_, id, _ = strings.Cut(string(space), "/")
		return id, files.KindRoom, id
	}), err
}

func (s *server) groupSpaces(ctx context.Context) (map[string]files.Space, error) {
	list, err := s.accounts.Groups(ctx)
	return named(list, func(g accounts.Group) (name, kind, id string) { return g.Name, files.KindTeam, g.ID }), err
}

func (s *server) homeSpaces(ctx context.Context) (map[string]files.Space, error) {
	list, err := s.accounts.List(ctx)
	return named(list, func(a accounts.Account) (name, kind, id string) { return a.Login, files.KindUser, a.ID }), err
}

// named gives each space a folder of its name; of two that would have one name, one gets its ID with it.
func named[T any](list []T, of func(T) (name, kind, id string)) map[string]files.Space {
	spaces, taken := map[string]files.Space{}, map[string]bool{}
	for _, x := range list {
		name, kind, id := of(x)
		name = mirrorName(name)
		if fold := files.Fold(name); taken[fold] {
			name += " (" + id + ")"
		} else {
			taken[fold] = true
		}
		spaces[name] = files.SpaceOf(kind, id)
	}
	return spaces
}
