package files

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"tablee/room"
)

// The tus resumable upload protocol 1.0.0 (https://tus.io/protocols/resumable-upload): core, creation,
// creation-with-upload, creation-defer-length, expiration, termination and checksum.
const (
	tusVersion    = "1.0.0"
	tusExtensions = "creation,creation-with-upload,creation-defer-length,expiration,termination,checksum"
	tusChecksums  = "sha1,sha256,md5"
	tusType       = "application/offset+octet-stream"
)

// maxMetadata bounds an Upload-Metadata header, in bytes.
const maxMetadata = 4 << 10

// fileHeader tells which file an upload became.
const fileHeader = "Tablee-File"

// serveTus answers below …/tus: OPTIONS and POST at base itself, HEAD, PATCH and DELETE at base/ID.
func (f *Files) serveTus(w http.ResponseWriter, r *http.Request, space Space, a Actor, base, id string) {
	header := w.Header()
	header.Set("Tus-Resumable", tusVersion)
	header.Set("Cache-Control", "no-store")
	method := r.Method
	if override := r.Header.Get("X-HTTP-Method-Override"); override != "" {
		method = override
	}
	if method == http.MethodOptions {
		header.Set("Tus-Version", tusVersion)
		header.Set("Tus-Extension", tusExtensions)
		header.Set("Tus-Checksum-Algorithm", tusChecksums)
		header.Set("Tus-Max-Size", strconv.FormatInt(f.limits.Load().Server, 10)) // of all: what a space may hold is nobody's business who only asks
		w.WriteHeader(http.StatusOK)
		return
	}
	if r.Header.Get("Tus-Resumable") != tusVersion {
		header.Set("Tus-Version", tusVersion)
		f.refuseStatus(w, http.StatusPreconditionFailed, room.CodeVersion, "the header Tus-Resumable must be "+tusVersion)
		return
	}
	if !a.Write {
		f.refuse(w, r, refuse(room.CodeForbidden, "you may not put files here; ask the host"))
		return
	}
	if method == http.MethodPost && id == "" {
		f.tusCreate(w, r, space, a, base)
		return
	}
	if !isID(id) {
		f.refuse(w, r, refuse(room.CodeFileUnknown, "this upload is not known, or it has expired; begin it anew"))
		return
	}
	if method == http.MethodDelete { // who gives an upload up does not always stay for the answer, and would leave it lying for a day
		r = r.WithContext(context.WithoutCancel(r.Context()))
	}
	u, err := f.cfg.Store.Upload(r.Context(), id)
	if err == nil && (u.Space != space || u.Owner != a.Owner) {
		err = refuse(room.CodeFileUnknown, "this upload is not known, or it has expired; begin it anew")
	}
	if err == nil && a.rights != nil && u.Node == "" { // rights may have been taken away since it began
		var now Actor
		if now, err = a.in(r.Context(), u.Parent); err == nil {
			err = f.mayPut(now)
		}
	}
	if err != nil {
		f.refuse(w, r, err)
		return
	}
	switch method {
	case http.MethodHead:
		f.tusHead(w, r, u)
	case http.MethodPatch:
		f.tusPatch(w, r, u)
	case http.MethodDelete:
		f.tusDelete(w, r, u)
	default:
		header.Set("Allow", "HEAD, PATCH, DELETE, OPTIONS")
		f.refuseStatus(w, http.StatusMethodNotAllowed, room.CodeBadMessage, "the method must be HEAD, PATCH or DELETE")
	}
}

// tusCreate is POST: it makes an upload, and takes what the request brings of it.
func (f *Files) tusCreate(w http.ResponseWriter, r *http.Request, space Space, a Actor, base string) {
	length, err := uploadLength(r.Header)
	meta, merr := parseMetadata(r.Header.Get("Upload-Metadata"))
	if err = errors.Join(err, merr); err != nil {
		f.refuse(w, r, err)
		return
	}
	u := Upload{Space: space, Parent: meta["folder"], Name: meta["filename"], Length: length, Owner: a.Owner, By: a.Name, Seat: a.Seat}
	if u.Name == "" {
		u.Name = meta["name"]
	}
	if a.enter != nil {
		if u.Parent, a, err = a.enter(r.Context(), u.Parent); err == nil {
			err = f.mayPut(a)
		}
		if err != nil {
			f.refuse(w, r, err)
			return
		}
	}
	if err := f.clash(r.Context(), &u, a, meta["clash"]); err != nil {
		f.refuse(w, r, err)
		return
	}
	if u, err = f.begin(r.Context(), u); err != nil {
		f.refuse(w, r, err)
		return
	}
	w.Header().Set("Location", base+"/"+u.ID)
	if r.Header.Get("Content-Type") == tusType || length == 0 {
		u, err = f.tusFirst(f.source(w, r), u)
		if err != nil && u.Offset == 0 && room.CodeOf(err) != room.CodeInternal {
			f.refuse(w, r, errors.Join(err, f.abandon(r.Context(), u.ID)))
			return
		}
		w.Header().Set("Upload-Offset", strconv.FormatInt(u.Offset, 10))
	}
	f.tusState(w, u)
	w.WriteHeader(http.StatusCreated)
}

// tusFirst takes the body of a POST.
func (f *Files) tusFirst(from *source, u Upload) (Upload, error) {
	release, err := f.hold(u.ID, from.stop)
	if err != nil {
		return u, err
	}
	defer release()
	return f.receive(from, u)
}

// tusState puts what is known of an upload into the header.
func (f *Files) tusState(w http.ResponseWriter, u Upload) {
	w.Header().Set("Upload-Expires", u.Expires.UTC().Format(http.TimeFormat))
	if u.Node != "" {
		w.Header().Set(fileHeader, u.Node)
	}
}

func (f *Files) tusHead(w http.ResponseWriter, r *http.Request, u Upload) {
	f.interrupt(r.Context(), u.ID)
	u, err := f.cfg.Store.Upload(r.Context(), u.ID)
	if err != nil {
		f.refuse(w, r, err)
		return
	}
	if u.Node == "" && u.Offset == u.Length { // all of it came: somebody is making it a file now, or something went wrong then
		if u, err = f.tusEnd(r.Context(), u.ID); err != nil {
			f.refuse(w, r, err)
			return
		}
	}
	header := w.Header()
	header.Set("Upload-Offset", strconv.FormatInt(u.Offset, 10))
	if u.Length == Unknown {
		header.Set("Upload-Defer-Length", "1")
	} else {
		header.Set("Upload-Length", strconv.FormatInt(u.Length, 10))
	}
	f.tusState(w, u)
	w.WriteHeader(http.StatusOK)
}

// tusEnd makes an upload a file of which all has come. Who made it one meanwhile is not disturbed: any answer but 423 makes
// clients begin the whole upload anew.
func (f *Files) tusEnd(ctx context.Context, id string) (Upload, error) {
	release, err := f.hold(id, func() {})
	if err != nil {
		return Upload{}, err
	}
	defer release()
	u, err := f.cfg.Store.Upload(ctx, id)
	if err != nil || u.Node != "" {
		return u, err
	}
	return f.stretch(ctx, u, strings.NewReader(""), nil)
}

func (f *Files) tusPatch(w http.ResponseWriter, r *http.Request, u Upload) {
	if r.Header.Get("Content-Type") != tusType {
		f.refuseStatus(w, http.StatusUnsupportedMediaType, room.CodeBadMessage, "the Content-Type must be "+tusType)
		return
	}
	offset, err := strconv.ParseInt(r.Header.Get("Upload-Offset"), 10, 64)
	if err != nil || offset < 0 {
		f.refuse(w, r, refuse(room.CodeBadMessage, "the header Upload-Offset must be a number of bytes"))
		return
	}
	if u.Length == Unknown && r.Header.Get("Upload-Length") != "" {
		length, err := uploadLength(r.Header)
		if err == nil && length < u.Offset {
			err = refuse(room.CodeBadMessage, "more has come already than Upload-Length says")
		}
		if err == nil {
			err = f.roomOnDisk(length - u.Offset)
		}
		if err == nil {
			longer := u
			longer.Length = length
			err = f.cfg.Store.Progress(r.Context(), longer, f.allowance(u.Space))
		}
		if err != nil {
			f.refuse(w, r, err)
			return
		}
		u.Length = length
	}
	if u.Node != "" { // finished: the client did not hear of it
		f.tusAnswer(w, r, u, offset)
		return
	}
	if r.ContentLength > 0 && u.Length != Unknown && r.ContentLength > u.Length-offset {
		f.refuse(w, r, refuse(room.CodeTooBig, "this is more than was announced; begin the upload anew"))
		return
	}
	from := f.source(w, r)
	release, err := f.hold(u.ID, from.stop)
	if err != nil {
		f.refuse(w, r, err)
		return
	}
	defer release()
	if u, err = f.cfg.Store.Upload(r.Context(), u.ID); err != nil || u.Node != "" || u.Offset != offset {
		if err == nil {
			f.tusAnswer(w, r, u, offset)
			return
		}
		f.refuse(w, r, err)
		return
	}
	if u, err = f.receive(from, u); err != nil {
		w.Header().Set("Upload-Offset", strconv.FormatInt(u.Offset, 10))
		f.refuse(w, r, err)
		return
	}
	w.Header().Set("Upload-Offset", strconv.FormatInt(u.Offset, 10))
	f.tusState(w, u)
	w.WriteHeader(http.StatusNoContent)
}

// tusAnswer answers a PATCH that brings nothing new: right when the client is where we are.
func (f *Files) tusAnswer(w http.ResponseWriter, r *http.Request, u Upload, offset int64) {
	w.Header().Set("Upload-Offset", strconv.FormatInt(u.Offset, 10))
	if offset != u.Offset {
		f.refuse(w, r, refuse(room.CodeFileOffset, "the upload goes on at another offset; ask for it with HEAD"))
		return
	}
	f.tusState(w, u)
	w.WriteHeader(http.StatusNoContent)
}

func (f *Files) tusDelete(w http.ResponseWriter, r *http.Request, u Upload) {
	f.interrupt(r.Context(), u.ID)
	release, err := f.hold(u.ID, func() {})
	if err != nil {
		f.refuse(w, r, err)
		return
	}
	defer release()
	if u, err = f.cfg.Store.Upload(r.Context(), u.ID); err == nil {
		if u.Node != "" { // the file stays; only the upload's name goes
			err = f.cfg.Store.Abandon(r.Context(), u.ID)
		} else {
			err = f.abandon(r.Context(), u.ID)
		}
	}
	if err != nil {
		f.refuse(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// uploadLength reads Upload-Length or Upload-Defer-Length.
func uploadLength(h http.Header) (int64, error) {
	text, deferred := h.Get("Upload-Length"), h.Get("Upload-Defer-Length")
	if text == "" && deferred == "1" {
		return Unknown, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || deferred != "" {
		return 0, refuse(room.CodeBadMessage, "one of the headers Upload-Length (a number of bytes) and Upload-Defer-Length: 1 is needed")
	}
	return n, nil
}

// parseMetadata reads Upload-Metadata: pairs of a key and a value in base64, separated by commas. Keys come once.
func parseMetadata(text string) (map[string]string, error) {
	wrong := refuse(room.CodeBadMessage, "the header Upload-Metadata must be keys with values in base64, each once")
	if len(text) > maxMetadata {
		return nil, wrong
	}
	meta := map[string]string{}
	if strings.TrimSpace(text) == "" {
		return meta, nil
	}
	for pair := range strings.SplitSeq(text, ",") {
		key, value, _ := strings.Cut(strings.TrimSpace(pair), " ")
		plain, err := base64.StdEncoding.DecodeString(strings.TrimSpace(value))
		_, twice := meta[key]
		if key == "" || err != nil || twice {
			return nil, wrong
		}
		meta[key] = string(plain)
	}
	return meta, nil
}

// parseChecksum reads Upload-Checksum: an algorithm and its value in base64; nil when there is none.
func parseChecksum(text string) (*checksum, error) {
	if text == "" {
		return nil, nil
	}
	algorithm, value, _ := strings.Cut(text, " ")
	h := newHash(algorithm)
	want, err := base64.StdEncoding.DecodeString(value)
	if h == nil || err != nil || len(want) != h.Size() {
		return nil, refuse(room.CodeBadMessage, "the header Upload-Checksum must be one of "+tusChecksums+" and a value in base64")
	}
	return &checksum{hash: h, want: want}, nil
}
