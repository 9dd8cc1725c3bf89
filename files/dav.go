package files

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"strings"

	"golang.org/x/net/webdav"

	"tablee/room"
)

// WebDAV (RFC 4918), at /dav/: for Finder, Explorer, GNOME, rclone and their like. Each member has two spaces there,
// /dav/Home/ of their own and /dav/Team/ of all. golang.org/x/net/webdav speaks the protocol over davFS (davfs.go); what
// it does not do well enough is done here: downloads, statuses, malformed bodies, and the two names at the top.

// Member is somebody who has an account.
type Member struct{ ID, Name string }

// Members tells who shows a login and an app password.
type Members interface {
	Member(ctx context.Context, client netip.Addr, login, password string) (Member, error)
}

// DavPrefix is where WebDAV answers.
const DavPrefix = "/dav"

// The collections at the top, and the id of the space that all members share.
const (
	davHome = "Home"
	davTeam = "Team"
	allTeam = "all"
)

// maxDavBody bounds the XML of a request, in bytes.
const maxDavBody = 256 << 10

// davMethods are those that a read of a collection may use.
const davMethods = "OPTIONS, GET, HEAD, PUT, DELETE, MKCOL, COPY, MOVE, PROPFIND, PROPPATCH, LOCK, UNLOCK"

// ServeDAV answers everything below DavPrefix.
func (f *Files) ServeDAV(w http.ResponseWriter, r *http.Request) {
	login, password, ok := r.BasicAuth()
	if f.cfg.Members == nil || !ok {
		f.askLogin(w)
		return
	}
	member, err := f.cfg.Members.Member(r.Context(), f.cfg.Client(r), login, password)
	switch {
	case room.CodeOf(err) == room.CodeRateLimited:
		w.Header().Set("Retry-After", "30")
		f.refuse(w, r, err)
		return
	case err != nil:
		f.askLogin(w)
		return
	}
	if f.cfg.Team == nil {
		f.askLogin(w)
		return
	}
	f.davTree(w, r, member)
}

func (f *Files) askLogin(w http.ResponseWriter) {
	w.Header().Set("WWW-Authenticate", `Basic realm="Tablée", charset="UTF-8"`)
	f.refuseStatus(w, http.StatusUnauthorized, room.CodePasswordNeeded, "a login and an app password are needed")
}

// serveSpace answers below prefix, which is the top of a space, or one folder of it.
func (f *Files) serveSpace(w http.ResponseWriter, r *http.Request, space Space, start string, actor Actor, prefix string) {
	fs := &davFS{f: f, space: space, start: start, actor: actor, locks: f.locks.of(space)}
	path := strings.TrimPrefix(r.URL.Path, prefix)
	if above, err := f.path(r.Context(), space, start); err == nil {
		for _, n := range above {
			fs.above += "/" + n.Name
		}
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		f.davGet(w, r, fs, path)
		return
	case http.MethodPut:
		if status := fs.precondition(r, path); status != 0 {
			w.WriteHeader(status)
			return
		}
		if r.ContentLength > 0 {
			if err := f.roomOnDisk(r.ContentLength); err != nil {
				w.WriteHeader(http.StatusInsufficientStorage)
				return
			}
		}
		fs.modified, _ = parseSeconds(r.Header.Get(mtimeHeader)) // what is no time is not heeded
		fs.sum = parseOCChecksum(r.Header.Get("OC-Checksum"))
		from := f.source(w, r)
		fs.body = from
		r = r.Clone(r.Context())
		r.Body = io.NopCloser(from)
	case "PROPFIND", "PROPPATCH", "LOCK":
		body, err := io.ReadAll(io.LimitReader(r.Body, maxDavBody+1))
		if err != nil || len(body) > maxDavBody {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			return
		}
		if !wellFormed(body) {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		switch r.Method {
		case "LOCK":
			fs.lock(w, r, prefix, path, body)
			return
		case "PROPPATCH":
			body, fs.getTime = settable(body)
		case "PROPFIND":
			fs.byName = bytes.Contains(body, []byte(lockKinds))
		}
		r = r.Clone(r.Context())
		r.Body = io.NopCloser(bytes.NewReader(body))
		if r.Method == "PROPFIND" && r.Header.Get("Depth") == "" { // all of a tree is never sent (section 9.1 allows that)
			r.Header.Set("Depth", "1")
		}
	}
	if r.Method == "PROPFIND" && r.Header.Get("Depth") == "infinity" {
		w.Header().Set("Content-Type", "application/xml; charset=utf-8")
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `<?xml version="1.0" encoding="UTF-8"?><D:error xmlns:D="DAV:"><D:propfind-finite-depth/></D:error>`)
		return
	}
	h := webdav.Handler{Prefix: prefix, FileSystem: fs, LockSystem: requestLocks{fs.locks, r.Context(), fs}}
	h.ServeHTTP(&davWriter{ResponseWriter: w, fs: fs}, r)
}

// parseOCChecksum reads what ownCloud's clients and rclone say of a content: ALGORITHM:HEX; nil for what we do not know.
func parseOCChecksum(text string) *checksum {
	algorithm, value, _ := strings.Cut(text, ":")
	h := newHash(strings.ToLower(algorithm))
	want, err := hex.DecodeString(value)
	if h == nil || err != nil || len(want) != h.Size() {
		return nil
	}
	return &checksum{hash: h, want: want}
}

// davGet sends a file as everywhere else; a collection is not to be read.
func (f *Files) davGet(w http.ResponseWriter, r *http.Request, fs *davFS, path string) {
	n, err := fs.find(r.Context(), path)
	switch {
	case room.CodeOf(err) == room.CodeFileUnknown:
		w.WriteHeader(http.StatusNotFound)
	case err != nil:
		f.refuse(w, r, err)
	case n.Folder:
		w.Header().Set("Allow", davMethods)
		w.WriteHeader(http.StatusMethodNotAllowed)
	default:
		f.send(w, r, n.served(r))
	}
}

// precondition checks If-Match and If-None-Match of a PUT (RFC 9110, section 13); 0 lets it through.
func (fs *davFS) precondition(r *http.Request, path string) int {
	match, none := r.Header.Get("If-Match"), r.Header.Get("If-None-Match")
	if match == "" && none == "" {
		return 0
	}
	n, err := fs.find(r.Context(), path)
	there := err == nil && !n.Folder
	fits := func(list string) bool {
		for tag := range strings.SplitSeq(list, ",") {
			if tag = strings.TrimSpace(tag); there && (tag == "*" || tag == `"`+n.Blob+`"`) {
				return true
			}
		}
		return false
	}
	if match != "" && !fits(match) || none != "" && fits(none) {
		return http.StatusPreconditionFailed
	}
	return 0
}

// wellFormed says if a body is nothing, or XML with namespaces as they should be: encoding/xml lets through a prefix
// that is bound to nothing (Namespaces in XML 1.0, section 2.2).
func wellFormed(body []byte) bool {
	if len(bytes.TrimSpace(body)) == 0 {
		return true
	}
	d := xml.NewDecoder(bytes.NewReader(body))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return true
		}
		if err != nil {
			return false
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		for _, a := range start.Attr {
			if a.Name.Space == "xmlns" && a.Value == "" {
				return false
			}
		}
	}
}

// davWriter gives the statuses that x/net/webdav cannot know: what went wrong is in fs.
type davWriter struct {
	http.ResponseWriter
	fs *davFS
}

// Unwrap lets http.ResponseController through.
func (d *davWriter) Unwrap() http.ResponseWriter { return d.ResponseWriter }

// WriteHeader implements http.ResponseWriter.
func (d *davWriter) WriteHeader(status int) {
	if status >= 400 && d.fs.failed != nil {
		switch room.CodeOf(d.fs.failed) {
		case room.CodeQuotaFull, room.CodeDiskFull, room.CodeTooBig:
			status = http.StatusInsufficientStorage
		case room.CodeFileUnknown:
			if status == http.StatusForbidden {
				status = http.StatusNotFound
			}
		case room.CodeFileName:
			status = http.StatusForbidden
		case room.CodeFileBusy:
			status = http.StatusLocked
		case room.CodeFileDamaged:
			status = http.StatusBadRequest
		}
	}
	if status == http.StatusCreated && !d.fs.modified.IsZero() {
		d.Header().Set(mtimeHeader, "accepted")
	}
	if status == http.StatusCreated && d.fs.replaced { // RFC 9110, section 9.3.4: only a new resource is 201
		status = http.StatusNoContent
	}
	d.ResponseWriter.WriteHeader(status)
}
