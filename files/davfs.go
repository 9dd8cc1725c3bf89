package files

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"

	"golang.org/x/net/webdav"

	"tablee/room"
)

// davFS is a space as a webdav.FileSystem, for one request.
type davFS struct {
	f        *Files
	space    Space
	start    string // the folder that is the top here, "" for that of the space
	actor    Actor
	above    string // the path of start, for locks
	locks    *spaceLocks
	body     *source   // of a PUT
	modified time.Time // of its content, as the header says; zero for now
	sum      *checksum // of its content, as the header says; nil for none
	failed   error     // what went wrong, for the status
	replaced bool      // a PUT gave a file that was there another content
	usage    *Usage    // once it was asked for
	byName   bool      // a PROPFIND that names what it wants
	getTime  bool      // a PROPPATCH named getlastmodified
}

// find walks to a node; the top is a folder without an ID.
func (d *davFS) find(ctx context.Context, name string) (Node, error) {
	n := Node{Space: d.space, ID: d.start, Folder: true, Type: typeFolder}
	for part := range strings.SplitSeq(strings.Trim(path.Clean("/"+name), "/"), "/") {
		if part == "" {
			continue
		}
		if !n.Folder {
			return Node{}, refuse(room.CodeFileUnknown, "there is no such file")
		}
		clean, err := CleanName(part)
		if err != nil {
			return Node{}, refuse(room.CodeFileUnknown, "there can be no such file")
		}
		if n, err = d.f.cfg.Store.Child(ctx, d.space, n.ID, Fold(clean)); err != nil {
			return Node{}, err
		}
		if on, err := d.actor.on(ctx, n); err != nil || !on.Read {
			return Node{}, errors.Join(err, refuse(room.CodeFileUnknown, "there is no such file"))
		}
	}
	return n, nil
}

// parent walks to the folder of a name that need not be there.
func (d *davFS) parent(ctx context.Context, name string) (Node, string, error) {
	dir, base := path.Split(path.Clean("/" + name))
	base, err := CleanName(base)
	if err != nil {
		return Node{}, "", err
	}
	n, err := d.find(ctx, dir)
	if err == nil && !n.Folder {
		err = refuse(room.CodeFileUnknown, "there is no such folder")
	}
	return n, base, err
}

// mayPut refuses who may not write in a folder.
func (d *davFS) mayPut(ctx context.Context, folder Node) error {
	in, err := d.actor.in(ctx, folder.ID)
	if err != nil {
		return err
	}
	return d.f.mayPut(in)
}

// mayChange refuses who may not move or delete a node; what is the top here stays.
func (d *davFS) mayChange(ctx context.Context, n Node) error {
	if n.ID == d.start {
		return refuse(room.CodeForbidden, "the top stays")
	}
	on, err := d.actor.on(ctx, n)
	if err == nil && !on.may(n) {
		err = refuse(room.CodeForbidden, "you may not change what is here; ask who manages the folder")
	}
	return err
}

// fail notes an error for the status, and gives it the form in which x/net/webdav knows it.
func (d *davFS) fail(err error) error {
	if err == nil {
		return nil
	}
	d.failed = err
	switch room.CodeOf(err) {
	case room.CodeFileUnknown:
		return fs.ErrNotExist
	case room.CodeFileExists:
		return fs.ErrExist
	case room.CodeForbidden:
		return fs.ErrPermission
	}
	return err
}

// Mkdir implements webdav.FileSystem.
func (d *davFS) Mkdir(ctx context.Context, name string, _ os.FileMode) error {
	parent, base, err := d.parent(ctx, name)
	if err == nil {
		err = d.mayPut(ctx, parent)
	}
	if err == nil {
		_, err = d.f.makeFolder(ctx, d.space, parent.ID, base, d.actor)
	}
	return d.fail(err)
}

// RemoveAll implements webdav.FileSystem: into the trash.
func (d *davFS) RemoveAll(ctx context.Context, name string) error {
	n, err := d.find(ctx, name)
	if err == nil {
		err = d.mayChange(ctx, n)
	}
	if err == nil {
		err = d.f.cfg.Store.PutInTrash(ctx, d.space, n.ID, d.f.cfg.Now())
	}
	return d.fail(err)
}

// Rename implements webdav.FileSystem.
func (d *davFS) Rename(ctx context.Context, from, to string) error {
	n, err := d.find(ctx, from)
	if err == nil {
		err = d.mayChange(ctx, n)
	}
	var parent Node
	var base string
	if err == nil {
		parent, base, err = d.parent(ctx, to)
	}
	if err == nil {
		err = d.mayPut(ctx, parent)
	}
	if err == nil {
		err = d.f.cfg.Store.Move(ctx, d.space, n.ID, parent.ID, base, Fold(base))
	}
	return d.fail(err)
}

// Stat implements webdav.FileSystem.
func (d *davFS) Stat(ctx context.Context, name string) (os.FileInfo, error) {
	n, err := d.find(ctx, name)
	if err != nil {
		return nil, d.fail(err)
	}
	return davInfo{n}, nil
}

// OpenFile implements webdav.FileSystem.
func (d *davFS) OpenFile(ctx context.Context, name string, flag int, _ os.FileMode) (webdav.File, error) {
	n, err := d.find(ctx, name)
	if flag&os.O_CREATE == 0 {
		if err != nil {
			return nil, d.fail(err)
		}
		return &davFile{fs: d, ctx: ctx, node: n, path: path.Clean("/" + name)}, nil
	}
	if err == nil && n.Folder {
		return nil, d.fail(refuse(room.CodeForbidden, "a folder is no file"))
	}
	there := err == nil
	parent, base, err := d.parent(ctx, name)
	if err != nil {
		return nil, d.fail(err)
	}
	if err := d.mayPut(ctx, parent); err != nil {
		return nil, d.fail(err)
	}
	d.replaced = there && d.body != nil
	if there {
		base = n.Name
	}
	return &davFile{fs: d, ctx: ctx, node: Node{Space: d.space, Parent: parent.ID, Name: base}, path: path.Clean("/" + name), writing: true}, nil
}

// davFile is an open file or folder.
type davFile struct {
	fs      *davFS
	ctx     context.Context
	node    Node
	path    string
	file    *os.File // once something was read
	writing bool
	stored  bool
	listed  []Node
	looked  bool
}

// ReadFrom implements io.ReaderFrom: the whole content of a PUT or a COPY.
func (o *davFile) ReadFrom(r io.Reader) (int64, error) {
	if !o.writing || o.stored {
		return 0, fs.ErrPermission
	}
	o.stored = true
	f, u := o.fs.f, Upload{Space: o.fs.space, Parent: o.node.Parent, Name: o.node.Name, Length: Unknown, Owner: o.fs.actor.Owner, By: o.fs.actor.Name}
	if o.fs.body != nil && o.fs.body.r.ContentLength >= 0 {
		u.Length = o.fs.body.r.ContentLength
	}
	u.Modified = o.fs.modified
	if from, copied := r.(*davFile); copied && u.Modified.IsZero() {
		u.Modified = from.node.Modified
	}
	ctx := context.WithoutCancel(o.ctx)
	u, err := f.begin(ctx, u)
	if err != nil {
		return 0, o.fs.fail(err)
	}
	whole := &ending{r: r}
	u, err = f.stretch(ctx, u, whole, o.fs.sum)
	if err == nil && u.Node == "" && u.Length == Unknown && errors.Is(whole.err, io.EOF) {
		u.Length = u.Offset
		if err = f.cfg.Store.Progress(ctx, u, f.allowance(u.Space)); err == nil {
			u, err = f.stretch(ctx, u, strings.NewReader(""), nil)
		}
	}
	if err == nil && u.Node == "" {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return u.Offset, o.fs.fail(errors.Join(err, f.abandon(ctx, u.ID)))
	}
	if err := f.cfg.Store.Abandon(ctx, u.ID); err != nil {
		return u.Offset, o.fs.fail(err)
	}
	o.node, err = f.cfg.Store.Node(ctx, o.fs.space, u.Node)
	if o.fs.body != nil { // the answer gets time of its own
		_ = o.fs.body.control.SetWriteDeadline(time.Now().Add(stalled))
	}
	return u.Offset, o.fs.fail(err)
}

// ending remembers how a reader ended.
type ending struct {
	r   io.Reader
	err error
}

// Read implements io.Reader.
func (e *ending) Read(b []byte) (int, error) {
	n, err := e.r.Read(b)
	e.err = err
	return n, err
}

// Write implements io.Writer. io.Copy uses ReadFrom.
func (o *davFile) Write([]byte) (int, error) { return 0, fs.ErrPermission }

// Close implements io.Closer. A file that was opened to be made and got nothing is made empty (LOCK of a free name).
func (o *davFile) Close() error {
	if o.file != nil {
		return o.file.Close()
	}
	if o.writing && !o.stored {
		_, err := o.ReadFrom(strings.NewReader(""))
		return err
	}
	return nil
}

func (o *davFile) opened() (err error) {
	if o.node.Folder || o.writing {
		return fs.ErrInvalid
	}
	if o.file == nil {
		o.file, err = o.fs.f.blobs.open(o.node.Blob)
	}
	return err
}

// Read implements io.Reader.
func (o *davFile) Read(b []byte) (int, error) {
	if err := o.opened(); err != nil {
		return 0, err
	}
	return o.file.Read(b)
}

// Seek implements io.Seeker.
func (o *davFile) Seek(offset int64, whence int) (int64, error) {
	if err := o.opened(); err != nil {
		return 0, err
	}
	return o.file.Seek(offset, whence)
}

// Stat implements http.File.
func (o *davFile) Stat() (fs.FileInfo, error) { return davInfo{o.node}, nil }

// Readdir implements http.File.
func (o *davFile) Readdir(count int) ([]fs.FileInfo, error) {
	if !o.node.Folder {
		return nil, fs.ErrInvalid
	}
	if !o.looked {
		var err error
		if o.listed, err = o.fs.f.cfg.Store.Children(o.ctx, o.fs.space, o.node.ID); err != nil {
			return nil, o.fs.fail(err)
		}
		if o.listed, err = o.fs.actor.seen(o.ctx, o.listed); err != nil {
			return nil, o.fs.fail(err)
		}
		o.looked = true
	}
	if count <= 0 || count > len(o.listed) {
		if count > 0 && len(o.listed) == 0 {
			return nil, io.EOF
		}
		count = len(o.listed)
	}
	out := make([]fs.FileInfo, count)
	for i, n := range o.listed[:count] {
		out[i] = davInfo{n}
	}
	o.listed = o.listed[count:]
	return out, nil
}

// davInfo is a node as a fs.FileInfo, with its own tag and type.
type davInfo struct{ n Node }

// Name implements fs.FileInfo.
func (i davInfo) Name() string { return i.n.Name }

// Size implements fs.FileInfo.
func (i davInfo) Size() int64 { return i.n.Size }

// ModTime implements fs.FileInfo.
func (i davInfo) ModTime() time.Time { return i.n.Modified }

// IsDir implements fs.FileInfo.
func (i davInfo) IsDir() bool { return i.n.Folder }

// Sys implements fs.FileInfo.
func (i davInfo) Sys() any { return nil }

// Mode implements fs.FileInfo.
func (i davInfo) Mode() fs.FileMode {
	if i.n.Folder {
		return fs.ModeDir | 0o700
	}
	return 0o600
}

// ETag implements webdav.ETager.
func (i davInfo) ETag(context.Context) (string, error) { return `"` + i.n.Blob + `"`, nil }

// ContentType implements webdav.ContentTyper.
func (i davInfo) ContentType(context.Context) (string, error) { return servedType(i.n.Type), nil }
