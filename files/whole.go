package files

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// Item is a file of a space by its path, for who copies a whole space elsewhere.
type Item struct {
	Path    string // with slashes, from the top of the space
	Blob    string // its content, which never changes
	Size    int64  // bytes
	Trashed bool   // it lies in the trash
}

// Items lists all files of a space, also those in the trash whose path nothing else has taken.
func (f *Files) Items(ctx context.Context, space Space) ([]Item, error) {
	nodes, err := f.cfg.Store.AllNodes(ctx, space)
	if err != nil {
		return nil, err
	}
	byID := make(map[string]Node, len(nodes))
	for _, n := range nodes {
		byID[n.ID] = n
	}
	taken := map[string]bool{} // live paths: true for those of files
	var list, trashed []Item
	for _, n := range nodes {
		path, ok := pathIn(byID, n)
		item := Item{Path: path, Blob: n.Blob, Size: n.Size, Trashed: !n.Trashed.IsZero()}
		switch {
		case !ok:
		case item.Trashed && !n.Folder:
			trashed = append(trashed, item)
		case !item.Trashed:
			taken[path] = !n.Folder
			if !n.Folder {
				list = append(list, item)
			}
		}
	}
	for _, item := range trashed {
		if _, there := taken[item.Path]; !there && !belowFile(taken, item.Path) {
			taken[item.Path] = true
			list = append(list, item)
		}
	}
	return list, nil
}

// pathIn is the path of a node, or that it hangs on nothing.
func pathIn(byID map[string]Node, n Node) (path string, ok bool) {
	path = n.Name
	for depth := 0; n.Parent != ""; depth++ {
		if n, ok = byID[n.Parent]; !ok || depth > 2*MaxDepth {
			return "", false
		}
		path = n.Name + "/" + path
	}
	return path, true
}

// belowFile says if a part of a path is that of a file now.
func belowFile(taken map[string]bool, path string) bool {
	for i := range len(path) {
		if path[i] == '/' && taken[path[:i]] {
			return true
		}
	}
	return false
}

// Spaces lists the spaces of a kind that have something in them.
func (f *Files) Spaces(ctx context.Context, kind string) ([]Space, error) {
	return f.cfg.Store.Spaces(ctx, kind)
}

// OpenItem opens a content. One that was deleted meanwhile is os.ErrNotExist; one that is not as long as it was is damaged.
func (f *Files) OpenItem(i Item) (*os.File, error) {
	file, err := f.blobs.open(i.Blob)
	if err != nil {
		return nil, fmt.Errorf("opening a content: %w", err)
	}
	info, err := file.Stat()
	if err == nil && info.Size() != i.Size {
		err = errors.New("a content is shorter or longer than it was stored")
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}
