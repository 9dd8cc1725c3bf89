package files

import (
	"context"
	"net/http"
	"strings"

	"tablee/room"
)

// Actor is who asks, and what they may do in the space that they ask about.
type Actor struct {
	Owner  string // names them for ever in this space; "" is nobody
	Name   string // as the others see it
	Seat   int
	Read   bool
	Write  bool // add files and folders, and change what is one's own
	Manage bool // change everything
	Share  bool // say who may, and make links

	rights *rights // what differs from folder to folder; nil when nothing does
	// enter is where an upload goes for the folder that it names, and whether it may; nil lets it through.
	enter func(ctx context.Context, folder string) (string, Actor, error)
}

// may says if the actor may change a node.
func (a Actor) may(n Node) bool { return a.Manage || a.Write && a.Owner != "" && a.Owner == n.Owner }

// Kind is the part of a space's name before the slash.
func (s Space) Kind() string {
	kind, _, _ := strings.Cut(string(s), "/")
	return kind
}

// passCookie keeps a pass for what cannot send a header: pictures, downloads, a second tab. It is sent to one room's
// files only, and only reading is allowed by it, so that no other site can make a browser change anything.
const passCookie = "tablee_files"

// bearer is the token of an Authorization header.
func bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// roomActor finds out who asks for a room's files: somebody who sits in its meeting, or its host.
func (f *Files) roomActor(r *http.Request, name string) (Actor, error) {
	token, byHeader := bearer(r), true
	if token == "" {
		if c, err := r.Cookie(passCookie); err == nil {
			token, byHeader = c.Value, false
		}
	}
	var a Actor
	if pass, ok := f.cfg.Passes.Pass(name, token); ok && token != "" {
		a = Actor{Owner: "seat/" + name + "/" + pass.ID, Name: pass.Name, Seat: pass.Seat,
			Read: pass.Role.May(room.Watch), Write: pass.May(room.UploadFile), Manage: pass.Role == room.Host}
	} else if token != "" && f.cfg.Hosts.IsHost(r.Context(), name, token) {
		a = Actor{Owner: "host/" + name, Read: true, Write: true, Manage: true}
	}
	if !a.Read {
		return Actor{}, refuse(room.CodeForbidden, "only who sits at this table sees its files; take a seat first")
	}
	if !byHeader {
		a.Write, a.Manage = false, false
	}
	return a, nil
}

// setPass answers POST …/pass: whoever shows a pass in the header gets it as a cookie.
func (f *Files) setPass(w http.ResponseWriter, r *http.Request, path string) {
	http.SetCookie(w, &http.Cookie{Name: passCookie, Value: bearer(r), Path: path, HttpOnly: true, Secure: f.cfg.Secure(r), SameSite: http.SameSiteStrictMode})
	w.WriteHeader(http.StatusNoContent)
}
