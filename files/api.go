package files

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"tablee/reply"
	"tablee/room"
)

// The API of one space, below a base such as /api/v1/rooms/{name}/files. docs/files.md describes it for its users.
//
//	GET    base?folder=ID | ?q=words | ?trash     what is there
//	POST   base                {"name","folder"}  a new folder
//	POST   base/pass                              the pass of the header, as a cookie for reading
//	POST   base/upload?name=&folder=              a whole file in the body (small ones; large ones by tus)
//	*      base/tus, base/tus/UPLOAD              tus 1.0
//	GET    base/zip            the whole space as an archive
//	PATCH  base/ID             {"name","folder"} or {"restore":true}
//	DELETE base/ID             into the trash; ?forever from there
//	GET    base/ID/content     the file; ?show in place
//	GET    base/ID/zip         the folder as an archive
//	GET    base/ID/versions    older contents; …/N/content one of them; POST …/N makes it the present one

// maxBody bounds the JSON of a request, in bytes.
const maxBody = 8 << 10

// area is a space, whoever asks, and where its API lies.
type area struct {
	f     *Files
	space Space
	actor Actor
	base  string
	link  *Link // when the space was reached by one
}

// ServeRoom answers base = /api/v1/rooms/{name}/files and what is below; rest is the part after it, without a slash.
func (f *Files) ServeRoom(w http.ResponseWriter, r *http.Request, name, rest string) {
	base := "/api/v1/rooms/" + name + "/files"
	if r.Method == http.MethodOptions && strings.HasPrefix(rest, "tus") {
		f.serveTus(w, r, SpaceOf(KindRoom, name), Actor{}, base+"/tus", "")
		return
	}
	actor, err := f.roomActor(r, name)
	if err != nil {
		f.refuse(w, r, err)
		return
	}
	if rest == "pass" {
		if r.Method != http.MethodPost || bearer(r) == "" {
			f.refuse(w, r, refuse(room.CodeBadMessage, "POST with a pass in the header"))
			return
		}
		f.setPass(w, r, base)
		return
	}
	a := &area{f: f, space: SpaceOf(KindRoom, name), actor: actor, base: base}
	a.serve(w, r, rest)
}

// serve answers what is below the base.
func (a *area) serve(w http.ResponseWriter, r *http.Request, rest string) {
	a.actor.enter = a.enter
	head, tail, _ := strings.Cut(rest, "/")
	switch {
	case rest == "":
		a.top(w, r)
	case head == "tus":
		a.f.serveTus(w, r, a.space, a.actor, a.base+"/tus", tail)
	case rest == "upload" && r.Method == http.MethodPost:
		a.upload(w, r)
	case rest == "zip" && (r.Method == http.MethodGet || r.Method == http.MethodHead):
		if a.mayRead(w, r) && a.admit(w, r, "zip") {
			_, name, _ := strings.Cut(string(a.space), "/")
			if a.link != nil {
				name = cmp.Or(a.link.Title, "files")
			}
			a.f.sendZip(w, r, a.space, a.start(), name, a.actor)
		}
	case head == topName && tail != "":
		a.sharingTop(w, r, tail)
	case isID(head):
		a.node(w, r, head, tail)
	default:
		a.f.refuse(w, r, refuse(room.CodeBadMessage, "there is no such call"))
	}
}

// enter is the folder that a request names, "" being where the area begins, and what the actor may in it.
func (a *area) enter(ctx context.Context, folder string) (string, Actor, error) {
	if folder == "" {
		folder = a.start()
	}
	actor := a.actor
	if folder != a.start() {
		if _, err := a.within(ctx, folder); err != nil {
			return folder, actor, err
		}
	}
	actor, err := actor.in(ctx, folder)
	if err == nil && actor.rights != nil && !actor.Read && folder != a.start() {
		err = refuse(room.CodeFileUnknown, "there is no such folder here")
	}
	return folder, actor, err
}

// start is the folder at which the area begins.
func (a *area) start() string {
	if a.link != nil {
		return a.link.Node
	}
	return ""
}

func (a *area) mayRead(w http.ResponseWriter, r *http.Request) bool {
	if !a.actor.Read {
		a.f.refuse(w, r, refuse(room.CodeForbidden, "you may not look at what is here"))
	}
	return a.actor.Read
}

// top lists (GET), or makes a folder (POST).
func (a *area) top(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		if a.mayRead(w, r) {
			a.list(w, r)
		}
	case http.MethodPost:
		a.makeFolder(w, r)
	default:
		w.Header().Set("Allow", "GET, HEAD, POST")
		a.f.refuseStatus(w, http.StatusMethodNotAllowed, room.CodeBadMessage, "the method must be GET or POST")
	}
}

// change is what PATCH and POST may say. Pointers tell what was said at all.
type change struct {
	Name    *string `json:"name"`
	Folder  *string `json:"folder"`
	Restore bool    `json:"restore"`
}

func (a *area) makeFolder(w http.ResponseWriter, r *http.Request) {
	var c change
	err := readJSON(r, &c)
	parent, actor := "", a.actor
	if c.Folder != nil {
		parent = *c.Folder
	}
	if err == nil {
		parent, actor, err = a.enter(r.Context(), parent)
	}
	if err == nil && (!actor.Write || c.Name == nil) {
		err = refuse(room.CodeForbidden, "you may not make a folder here; ask the host")
	}
	if err != nil {
		a.f.refuse(w, r, err)
		return
	}
	n, err := a.f.makeFolder(r.Context(), a.space, parent, *c.Name, actor)
	if err != nil {
		a.f.refuse(w, r, err)
		return
	}
	a.f.answer(w, http.StatusCreated, a.shown(n))
}

func (f *Files) makeFolder(ctx context.Context, space Space, parent, name string, by Actor) (Node, error) {
	name, err := CleanName(name)
	if err != nil {
		return Node{}, err
	}
	if path, err := f.path(ctx, space, parent); err != nil || len(path) >= MaxDepth {
		return Node{}, errors.Join(err, refuse(room.CodeTooBig, "there are too many folders in folders here"))
	}
	now := f.cfg.Now()
	n := Node{ID: newID(), Space: space, Parent: parent, Name: name, Folder: true, Type: typeFolder, Created: now, Modified: now,
		By: by.Name, Seat: by.Seat, Owner: by.Owner}
	return n, f.cfg.Store.AddFolder(ctx, n, Fold(name), MaxNodes)
}

// path lists the folders from the top down to id; "" has none.
func (f *Files) path(ctx context.Context, space Space, id string) (path []Node, err error) {
	for id != "" && len(path) <= MaxDepth {
		n, err := f.cfg.Store.Node(ctx, space, id)
		if err != nil {
			return nil, err
		}
		path = append([]Node{n}, path...)
		id = n.Parent
	}
	return path, nil
}

// upload takes a whole file in one body.
func (a *area) upload(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	u := Upload{Space: a.space, Parent: q.Get("folder"), Name: q.Get("name"), Length: r.ContentLength, Owner: a.actor.Owner, By: a.actor.Name,
		Seat: a.actor.Seat}
	parent, actor, err := a.enter(r.Context(), u.Parent)
	u.Parent = parent
	if err == nil {
		err = a.f.mayPut(actor)
	}
	if err == nil && q.Get("into") != "" && u.Parent == a.start() {
		u.Parent, err = a.f.folderNamed(r.Context(), a.space, u.Parent, q.Get("into"), actor)
		if err == nil {
			if actor, err = actor.in(r.Context(), u.Parent); err == nil {
				err = a.f.mayPut(actor)
			}
		}
	}
	if err == nil {
		err = a.f.clash(r.Context(), &u, actor, q.Get("clash"))
	}
	if err == nil {
		u, err = a.f.begin(r.Context(), u)
	}
	if err != nil {
		a.f.refuse(w, r, err)
		return
	}
	if u, err = a.f.takeWhole(w, r, u); err != nil {
		a.f.refuse(w, r, err)
		return
	}
	n, err := a.f.cfg.Store.Node(r.Context(), a.space, u.Node)
	if err != nil {
		a.f.refuse(w, r, err)
		return
	}
	a.f.answer(w, http.StatusCreated, a.shown(n))
}

// takeWhole receives a body of any length as all of an upload; a part of it is nothing.
func (f *Files) takeWhole(w http.ResponseWriter, r *http.Request, u Upload) (Upload, error) {
	ctx := context.WithoutCancel(r.Context())
	from := f.source(w, r)
	u, err := f.tusFirst(from, u)
	if err == nil && u.Node == "" && u.Length == Unknown && errors.Is(from.end, io.EOF) { // the body has ended: that is the length
		u.Length = u.Offset
		if err = f.cfg.Store.Progress(ctx, u, f.allowance(u.Space)); err == nil {
			u, err = f.stretch(ctx, u, strings.NewReader(""), nil)
		}
	}
	if err == nil && u.Node == "" {
		err = refuse(room.CodeBadMessage, "the body was shorter than announced; send it again")
	}
	if err != nil {
		return u, errors.Join(err, f.abandon(ctx, u.ID))
	}
	return u, f.cfg.Store.Abandon(ctx, u.ID) // nobody asks for this upload again
}

func (f *Files) mayPut(a Actor) error {
	if a.Write {
		return nil
	}
	return refuse(room.CodeForbidden, "you may not put files here; ask the host")
}

// folderNamed finds or makes a folder.
func (f *Files) folderNamed(ctx context.Context, space Space, parent, name string, by Actor) (string, error) {
	name, err := CleanName(name)
	if err != nil {
		return "", err
	}
	n, err := f.cfg.Store.Child(ctx, space, parent, Fold(name))
	switch {
	case err == nil && n.Folder:
		return n.ID, nil
	case err == nil:
		return parent, nil // a file of that name: the new one lies beside it
	case room.CodeOf(err) != room.CodeFileUnknown:
		return "", err
	}
	if n, err = f.makeFolder(ctx, space, parent, name, by); room.CodeOf(err) == room.CodeFileExists { // somebody was faster
		n, err = f.cfg.Store.Child(ctx, space, parent, Fold(name))
	}
	return n.ID, err
}

// clash decides what becomes of a file whose name is taken: a version of the one that is there, if the actor may change
// that and does not wish otherwise ("rename"); else it gets a number.
func (f *Files) clash(ctx context.Context, u *Upload, a Actor, wish string) error {
	if wish == "rename" || !a.Read { // who sees nothing must not overwrite what others put there
		u.Rename = true
		return nil
	}
	name, err := CleanName(u.Name)
	if err != nil {
		return err
	}
	old, err := f.cfg.Store.Child(ctx, u.Space, u.Parent, Fold(name))
	switch {
	case err == nil:
		u.Rename = !a.may(old) || old.Folder
	case room.CodeOf(err) == room.CodeFileUnknown:
		u.Rename = !a.Manage // nothing there now; what may come meanwhile is somebody else's
		err = nil
	}
	return err
}

// readJSON reads a small body that is declared as JSON, so that no form of another site can send it.
func readJSON(r *http.Request, into any) error {
	if kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); strings.TrimSpace(kind) != "application/json" {
		return refuse(room.CodeBadMessage, "the Content-Type must be application/json")
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil || len(body) > maxBody {
		return refuse(room.CodeTooBig, "the body is too long")
	}
	d := json.NewDecoder(strings.NewReader(string(body)))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil || d.More() {
		return refuse(room.CodeBadMessage, "the body is not the JSON that this call takes; see docs/files.md")
	}
	return nil
}

// refuse answers with what a user may see of err.
func (f *Files) refuse(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		return // nobody is there to read an answer
	}
	public := room.Public(err)
	if public.Code == room.CodeInternal && !errors.Is(err, errStopped) && !errors.Is(err, io.ErrUnexpectedEOF) {
		f.cfg.Log.Warn("files: a request failed", "error", redact(err))
	}
	f.refuseStatus(w, public.Code.HTTPStatus(), public.Code, public.Message)
}

// refuseStatus answers with an error and counts it.
func (f *Files) refuseStatus(w http.ResponseWriter, status int, code room.Code, message string) {
	f.counts.refused.Add(1)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	reply.Refuse(w, status, &room.Error{Code: code, Message: message})
}

// answer writes JSON.
func (f *Files) answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	reply.JSON(w, status, body)
}

// sharingTop is sharing for the top of a space.
func (a *area) sharingTop(w http.ResponseWriter, r *http.Request, what string) {
	actor, err := a.actor.in(r.Context(), "")
	if err != nil {
		a.f.refuse(w, r, err)
		return
	}
	b := *a
	b.actor = actor
	b.sharing(w, r, Node{Space: a.space, Folder: true}, what)
}
