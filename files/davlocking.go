package files

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/webdav"

	"tablee/room"
)

// LOCK (RFC 4918, section 9.10), which x/net/webdav has for exclusive locks only.

// lockInfo is the body of a LOCK (section 14.11).
type lockInfo struct {
	XMLName   xml.Name  `xml:"DAV: lockinfo"`
	Exclusive *struct{} `xml:"DAV: lockscope>exclusive"`
	Shared    *struct{} `xml:"DAV: lockscope>shared"`
	Write     *struct{} `xml:"DAV: locktype>write"`
	Owner     struct {
		XML string `xml:",innerxml"`
	} `xml:"DAV: owner"`
}

// supportedLocks is the value of DAV:supportedlock.
const supportedLocks = `<D:lockentry xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockentry>` +
	`<D:lockentry xmlns:D="DAV:"><D:lockscope><D:shared/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockentry>`

// lock answers LOCK of a path below prefix.
func (d *davFS) lock(w http.ResponseWriter, r *http.Request, prefix, name string, body []byte) {
	status, token, created := d.lockStatus(r, name, body)
	if status != http.StatusOK {
		if status == http.StatusLocked {
			w.Header().Set("Content-Type", "application/xml; charset=utf-8")
			w.WriteHeader(status)
			_, _ = w.Write([]byte(`<?xml version="1.0" encoding="utf-8"?><D:error xmlns:D="DAV:"><D:no-conflicting-lock/></D:error>`))
			return
		}
		w.WriteHeader(status)
		return
	}
	now := d.f.cfg.Now()
	l := d.locks.shown(now, d.lockPath(name))[token]
	href := (&url.URL{Path: prefix + path.Join("/", name)}).EscapedPath()
	if len(bytes.TrimSpace(body)) > 0 { // a new one, not one that is refreshed
		w.Header().Set("Lock-Token", "<"+token+">")
	}
	w.Header().Set("Content-Type", "application/xml; charset=utf-8")
	if created {
		w.WriteHeader(http.StatusCreated)
	}
	_, _ = w.Write([]byte(`<?xml version="1.0" encoding="utf-8"?><D:prop xmlns:D="DAV:"><D:lockdiscovery>` +
		l.active(token, href, now) + `</D:lockdiscovery></D:prop>`)) // who has gone away does not need the answer
}

// lockStatus makes or refreshes a lock.
func (d *davFS) lockStatus(r *http.Request, name string, body []byte) (status int, token string, created bool) {
	now, lasts := d.f.cfg.Now(), lockTimeout(r.Header.Get("Timeout"))
	if len(bytes.TrimSpace(body)) == 0 {
		token := onlyToken(r.Header.Get("If"))
		if token == "" {
			return http.StatusBadRequest, "", false
		}
		if _, err := d.locks.refresh(now, token, d.lockPath(name), lasts); err != nil {
			return http.StatusPreconditionFailed, "", false
		}
		return http.StatusOK, token, false
	}
	var info lockInfo
	if xml.Unmarshal(body, &info) != nil || info.Write == nil || (info.Exclusive == nil) == (info.Shared == nil) {
		return http.StatusBadRequest, "", false
	}
	depth := r.Header.Get("Depth")
	if depth != "" && depth != "0" && !strings.EqualFold(depth, "infinity") {
		return http.StatusBadRequest, "", false
	}
	there, err := d.mayLock(r, name)
	if err != nil {
		return d.statusOf(err), "", false
	}
	token, err = d.locks.add(now, davLock{root: d.lockPath(name), deep: depth != "0", shared: info.Shared != nil, owner: info.Owner.XML, lasts: lasts})
	if err != nil {
		return http.StatusLocked, "", false
	}
	if !there { // an empty file keeps the name (section 7.3)
		file, err := d.OpenFile(r.Context(), name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0)
		if err == nil {
			err = file.Close()
		}
		if err != nil {
			_ = d.locks.remove(token) // nobody was told of it
			return d.statusOf(err), "", false
		}
	}
	return http.StatusOK, token, !there
}

// mayLock says if a path is there, and refuses who may not write there: a lock keeps others away.
func (d *davFS) mayLock(r *http.Request, name string) (there bool, err error) {
	n, err := d.find(r.Context(), name)
	switch {
	case room.CodeOf(err) == room.CodeFileUnknown:
		parent, _, err := d.parent(r.Context(), name)
		if err == nil {
			err = d.mayPut(r.Context(), parent)
		}
		return false, err
	case err != nil:
		return false, err
	}
	on, err := d.actor.on(r.Context(), n)
	if err == nil {
		err = d.f.mayPut(on)
	}
	return true, err
}

// statusOf is the status of an error in a LOCK.
func (d *davFS) statusOf(err error) int {
	if d.failed != nil {
		err = d.failed
	}
	code := room.CodeOf(err)
	switch {
	case code == room.CodeFileUnknown, errors.Is(err, fs.ErrNotExist): // the folder above it is not there
		return http.StatusConflict
	case code == room.CodeQuotaFull, code == room.CodeDiskFull:
		return http.StatusInsufficientStorage
	case code == room.CodeForbidden, code == room.CodeFileName:
		return http.StatusForbidden
	}
	return http.StatusInternalServerError
}

// onlyToken is the one lock token of an If header that has nothing else in it.
func onlyToken(header string) string {
	_, token, ok := strings.Cut(header, "(<")
	token, _, end := strings.Cut(token, ">)")
	if !ok || !end || strings.ContainsAny(token, "<>() ") {
		return ""
	}
	return token
}

// lockTimeout reads the first of a Timeout header (section 10.7); 0 is as long as may be.
func lockTimeout(header string) time.Duration {
	first, _, _ := strings.Cut(header, ",")
	n, err := strconv.ParseUint(strings.TrimPrefix(strings.TrimSpace(first), "Second-"), 10, 32)
	if err != nil {
		return 0
	}
	return time.Duration(n) * time.Second
}

// active is an activelock element (section 14.1); href is "" where it is not known.
func (l *davLock) active(token, href string, now time.Time) string {
	depth, scope := "0", "exclusive"
	if l.deep {
		depth = "infinity"
	}
	if l.shared {
		scope = "shared"
	}
	if href != "" {
		href = `<D:lockroot><D:href>` + href + `</D:href></D:lockroot>`
	}
	return `<D:activelock xmlns:D="DAV:"><D:locktype><D:write/></D:locktype><D:lockscope><D:` + scope + `/></D:lockscope><D:depth>` + depth +
		`</D:depth><D:owner>` + l.owner + `</D:owner><D:timeout>Second-` + strconv.Itoa(int(l.until.Sub(now).Seconds())) + `</D:timeout><D:locktoken><D:href>` +
		token + `</D:href></D:locktoken>` + href + `</D:activelock>`
}

// discovery is the value of DAV:lockdiscovery of a path (section 15.8): its own locks, and those from above.
func (d *davFS) discovery(name string) []byte {
	now := d.f.cfg.Now()
	var out strings.Builder
	for token, l := range d.locks.shown(now, d.lockPath(name)) {
		out.WriteString(l.active(token, "", now))
	}
	return []byte(out.String())
}

var _ webdav.LockSystem = requestLocks{}
