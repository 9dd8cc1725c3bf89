package files

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"tablee/room"
)

// mostFound bounds what a search answers.
const mostFound = 200

// shownNode is a node in an answer.
type shownNode struct {
	ID       string     `json:"id"`
	Folder   bool       `json:"folder,omitempty"`
	Name     string     `json:"name"`
	Size     int64      `json:"size"`
	Type     string     `json:"type"`
	Show     bool       `json:"show,omitempty"` // ?show gives it in place
	Modified time.Time  `json:"modified"`
	By       string     `json:"by"`
	Seat     int        `json:"seat"`
	Parent   string     `json:"parent"`
	Versions int        `json:"versions,omitempty"`
	Trashed  *time.Time `json:"trashed,omitempty"`
	Mine     bool       `json:"mine"`            // the asker may change it
	Share    bool       `json:"share,omitempty"` // a folder of which they may say who may what
	URL      string     `json:"url,omitempty"`
}

func (a *area) shown(n Node) shownNode {
	s := shownNode{ID: n.ID, Folder: n.Folder, Name: n.Name, Size: n.Size, Type: n.Type, Show: inline(n.Type), Modified: n.Modified, By: n.By,
		Seat: n.Seat, Parent: n.Parent, Versions: n.Versions, Mine: a.actor.may(n),
		Share: n.Folder && n.Trashed.IsZero() && a.actor.Share}
	if !n.Trashed.IsZero() {
		s.Trashed = &n.Trashed
	}
	if !n.Folder {
		s.URL = a.base + "/" + n.ID + "/content"
	}
	return s
}

// listing answers GET base.
type listing struct {
	Path    []shownNode `json:"path"` // from the top down to the folder
	Entries []shownNode `json:"entries"`
	Usage   struct {
		Used  int64 `json:"used"`
		Quota int64 `json:"quota"`
	} `json:"usage"`
	May struct {
		Write  bool `json:"write"`
		Manage bool `json:"manage"`
		Share  bool `json:"share,omitempty"`
	} `json:"may"`
}

func (a *area) list(w http.ResponseWriter, r *http.Request) {
	ctx, q := r.Context(), r.URL.Query()
	var found []Node
	folder, here, err := a.enter(ctx, q.Get("folder"))
	if err != nil {
		a.f.refuse(w, r, err)
		return
	}
	out := listing{Path: []shownNode{}, Entries: []shownNode{}}
	switch {
	case q.Has("trash") && a.link == nil:
		found, err = a.f.cfg.Store.Trash(ctx, a.space)
	case strings.TrimSpace(q.Get("q")) != "" && a.start() == "":
		found, err = a.f.cfg.Store.Search(ctx, a.space, strings.Fields(Fold(shorten(q.Get("q"), MaxName))), mostFound)
	default:
		var path []Node
		if path, err = a.within(ctx, folder); err == nil {
			path, err = a.actor.seen(ctx, path)
		}
		for _, n := range path {
			out.Path = append(out.Path, a.shown(n))
		}
		if err == nil {
			found, err = a.f.cfg.Store.Children(ctx, a.space, folder)
		}
	}
	if err == nil {
		found, err = a.actor.seen(ctx, found)
	}
	var u Usage
	if err == nil {
		u, err = a.f.cfg.Store.Usage(ctx, a.space)
	}
	if err != nil {
		a.f.refuse(w, r, err)
		return
	}
	for _, n := range found {
		b := *a
		if b.actor, err = a.actor.on(ctx, n); err != nil {
			a.f.refuse(w, r, err)
			return
		}
		out.Entries = append(out.Entries, b.shown(n))
	}
	out.Usage.Used, out.Usage.Quota = u.Bytes+u.Reserved, u.quota(a.f.allowance(a.space))
	// How full somebody's home is, is no business of who has a link into it, or is shared a folder of it.
	if a.start() != "" || a.actor.rights != nil && a.actor.rights.base == None {
		out.Usage.Used, out.Usage.Quota = 0, 0
	}
	out.May.Write, out.May.Manage, out.May.Share = here.Write, here.Manage, here.Share
	a.f.answer(w, http.StatusOK, out)
}

// within is the path from the area's start down to id; what lies outside the area, or in the trash, is not known.
func (a *area) within(ctx context.Context, id string) ([]Node, error) {
	path, err := a.f.path(ctx, a.space, id)
	if err != nil {
		return nil, err
	}
	if start := a.start(); start != "" {
		i := slices.IndexFunc(path, func(n Node) bool { return n.ID == start })
		if i < 0 {
			return nil, refuse(room.CodeFileUnknown, "there is no such folder here")
		}
		path = path[i+1:]
	}
	for _, n := range path {
		if !n.Folder || !n.Trashed.IsZero() {
			return nil, refuse(room.CodeFileUnknown, "there is no such folder any more; load the list again")
		}
	}
	return path, nil
}

// node answers base/ID and below.
func (a *area) node(w http.ResponseWriter, r *http.Request, id, rest string) {
	n, err := a.f.cfg.Store.Node(r.Context(), a.space, id)
	if err == nil && a.start() != "" {
		_, err = a.within(r.Context(), n.Parent)
	}
	if err == nil && a.actor.rights != nil {
		b := *a
		if b.actor, err = a.actor.on(r.Context(), n); err == nil && !b.actor.Read {
			err = refuse(room.CodeFileUnknown, "there is no such file or folder any more; load the list again")
		}
		a = &b
	}
	if err == nil && !a.actor.Read && !a.actor.may(n) {
		err = refuse(room.CodeForbidden, "you may not look at what is here")
	}
	if err != nil {
		a.f.refuse(w, r, err)
		return
	}
	reading := r.Method == http.MethodGet || r.Method == http.MethodHead
	switch {
	case rest == "" && reading:
		a.f.answer(w, http.StatusOK, a.shown(n))
	case rest == "" && r.Method == http.MethodPatch:
		a.patch(w, r, n)
	case rest == "" && r.Method == http.MethodDelete:
		a.remove(w, r, n)
	case rest == "content" && reading && !n.Folder:
		a.content(w, r, n)
	case rest == "zip" && reading && n.Folder && n.Trashed.IsZero():
		if a.admit(w, r, n.ID) {
			a.f.sendZip(w, r, a.space, n.ID, n.Name, a.actor)
		}
	case rest == "rights" || rest == "links" || strings.HasPrefix(rest, "links/"):
		a.sharing(w, r, n, rest)
	case rest == "versions" || strings.HasPrefix(rest, "versions/"):
		a.versions(w, r, n, strings.TrimPrefix(strings.TrimPrefix(rest, "versions"), "/"))
	default:
		a.f.refuse(w, r, refuse(room.CodeBadMessage, "there is no such call"))
	}
}

// content sends a file, and counts it when it was reached by a link. ?head sends only its beginning.
func (a *area) content(w http.ResponseWriter, r *http.Request, n Node) {
	if r.URL.Query().Has("head") {
		a.f.sendHead(w, r, n)
		return
	}
	if a.admit(w, r, n.ID) {
		a.f.send(w, r, n.served(r))
	}
}

func (a *area) patch(w http.ResponseWriter, r *http.Request, n Node) {
	var c change
	err := readJSON(r, &c)
	if err == nil && !a.actor.may(n) {
		err = refuse(room.CodeForbidden, "only who put it there and the host may change this")
	}
	ctx := r.Context()
	switch {
	case err != nil:
	case c.Restore:
		if err = a.mayRestore(ctx, n); err != nil {
			break
		}
		err = a.f.cfg.Store.Restore(ctx, a.space, n.ID, freeName)
	default:
		name, parent := n.Name, n.Parent
		if c.Folder != nil {
			parent = *c.Folder
			if parent == "" {
				parent = a.start()
			}
			var into Actor
			if parent, into, err = a.enter(ctx, parent); err == nil && a.actor.rights != nil {
				err = a.f.mayPut(into)
			}
			if path, perr := a.within(ctx, parent); err == nil && (perr != nil || len(path) >= MaxDepth) {
				err = errors.Join(perr, refuse(room.CodeTooBig, "there are too many folders in folders here"))
			}
		}
		if c.Name != nil && err == nil {
			name, err = CleanName(*c.Name)
		}
		if err == nil {
			err = a.f.cfg.Store.Move(ctx, a.space, n.ID, parent, name, Fold(name))
		}
	}
	if err == nil {
		n, err = a.f.cfg.Store.Node(ctx, a.space, n.ID)
	}
	if err != nil {
		a.f.refuse(w, r, err)
		return
	}
	a.f.answer(w, http.StatusOK, a.shown(n))
}

// mayRestore asks for the top of the space as well when the folder of n is in the trash itself: n comes back there then.
func (a *area) mayRestore(ctx context.Context, n Node) error {
	if a.actor.rights == nil || n.Parent == "" {
		return nil
	}
	parent, err := a.f.cfg.Store.Node(ctx, a.space, n.Parent)
	if err != nil || parent.Trashed.IsZero() {
		return err
	}
	top, err := a.actor.in(ctx, "")
	if err != nil {
		return err
	}
	return a.f.mayPut(top)
}

// remove puts a node into the trash, or deletes it for good from there.
func (a *area) remove(w http.ResponseWriter, r *http.Request, n Node) {
	var err error
	switch {
	case !a.actor.may(n):
		err = refuse(room.CodeForbidden, "only who put it there and the host may delete this")
	case r.URL.Query().Has("forever"):
		var gone []string
		if gone, err = a.f.cfg.Store.Delete(r.Context(), a.space, n.ID); err == nil {
			err = a.f.blobs.remove(gone...)
		}
	default:
		err = a.f.cfg.Store.PutInTrash(r.Context(), a.space, n.ID, a.f.cfg.Now())
	}
	if err != nil {
		a.f.refuse(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// shownVersion is an older content in an answer.
type shownVersion struct {
	N        int       `json:"n"`
	Size     int64     `json:"size"`
	Type     string    `json:"type"`
	Modified time.Time `json:"modified"`
	By       string    `json:"by"`
	Seat     int       `json:"seat"`
	URL      string    `json:"url"`
}

func (a *area) versions(w http.ResponseWriter, r *http.Request, n Node, rest string) {
	list, err := a.f.cfg.Store.Versions(r.Context(), n.ID)
	if err != nil {
		a.f.refuse(w, r, err)
		return
	}
	if rest == "" {
		out := []shownVersion{}
		for _, v := range list {
			out = append(out, shownVersion{v.N, v.Size, v.Type, v.Modified, v.By, v.Seat, a.base + "/" + n.ID + "/versions/" + strconv.Itoa(v.N) + "/content"})
		}
		a.f.answer(w, http.StatusOK, map[string]any{"versions": out})
		return
	}
	number, what, _ := strings.Cut(rest, "/")
	v, err := version(list, number)
	switch {
	case err != nil:
	case what == "content" && r.Method == http.MethodGet:
		a.f.send(w, r, served{n.Name, v.Type, v.Blob, v.Size, v.Modified, r.URL.Query().Has("show")})
		return
	case what == "" && r.Method == http.MethodPost && a.actor.may(n):
		err = a.f.cfg.Store.UseVersion(r.Context(), a.space, n.ID, v.N, a.f.cfg.Now())
	default:
		err = refuse(room.CodeForbidden, "only who put it there and the host may change this")
	}
	if err != nil {
		a.f.refuse(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// redact takes addresses and paths out of an error before it is logged.
func redact(err error) string {
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Op + ": " + op.Err.Error()
	}
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Op + ": " + path.Err.Error()
	}
	return err.Error()
}
