package files

import (
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	"tablee/room"
)

// Rights and public links of a folder, for who manages it:
//
//	GET    base/ID/rights           who may what there; "top" instead of ID for the top
//	PUT    base/ID/rights           {"rights":[{"who","level"}]} in the place of what was said there
//	GET    base/ID/links            public links to it
//	POST   base/ID/links            {"title","days","password","downloads","receive"}, the link is told this once
//	DELETE base/ID/links/LINK       ends one

// topName stands for the top of a space in an address.
const topName = "top"

// MaxLinks bounds the links into one space.
const MaxLinks = 500

type shownGrant struct {
	Who   string `json:"who"`
	Level string `json:"level"`
}

type shownLink struct {
	ID        string     `json:"id"`
	Kind      string     `json:"kind"`
	Title     string     `json:"title"`
	Created   time.Time  `json:"created"`
	Expires   *time.Time `json:"expires,omitempty"`
	Password  bool       `json:"password"`
	Downloads int        `json:"downloads"`
	Most      int        `json:"most"`
	URL       string     `json:"url,omitempty"`
}

func linkID(hash []byte) string { return base64.RawURLEncoding.EncodeToString(hash[:12]) }

func showLink(l Link) shownLink {
	s := shownLink{ID: linkID(l.Hash), Kind: l.Kind, Title: l.Title, Created: l.Created, Password: l.Password != nil, Downloads: l.Downloads, Most: l.Most}
	if !l.Expires.IsZero() {
		s.Expires = &l.Expires
	}
	return s
}

// sharing answers what is about the rights and links of a folder; n is the zero Node for the top.
func (a *area) sharing(w http.ResponseWriter, r *http.Request, n Node, what string) {
	if a.actor.rights == nil || a.link != nil || !a.actor.Share || n.ID != "" && (!n.Folder || !n.Trashed.IsZero()) {
		a.f.refuse(w, r, refuse(room.CodeForbidden, "only who manages a folder may share it"))
		return
	}
	what, id, _ := strings.Cut(what, "/")
	switch {
	case what == "rights" && r.Method == http.MethodGet:
		out := []shownGrant{}
		for _, g := range a.actor.rights.grants[n.ID] {
			out = append(out, shownGrant{g.Who, g.Level.String()})
		}
		a.f.answer(w, http.StatusOK, map[string]any{"rights": out})
	case what == "rights" && r.Method == http.MethodPut:
		a.setRights(w, r, n)
	case what == "links" && r.Method == http.MethodGet:
		list, err := a.f.cfg.Store.Links(r.Context(), a.space)
		out := []shownLink{}
		for _, l := range list {
			if l.Node == n.ID {
				out = append(out, showLink(l))
			}
		}
		a.f.answerOr(w, r, map[string]any{"links": out}, err)
	case what == "links" && r.Method == http.MethodPost && n.ID != "":
		a.makeLink(w, r, n)
	case what == "links" && r.Method == http.MethodDelete && id != "":
		a.endLink(w, r, n, id)
	default:
		a.f.refuse(w, r, refuse(room.CodeBadMessage, "there is no such call"))
	}
}

func (a *area) setRights(w http.ResponseWriter, r *http.Request, n Node) {
	var b struct {
		Rights []shownGrant `json:"rights"`
	}
	if err := readJSON(r, &b); err != nil {
		a.f.refuse(w, r, err)
		return
	}
	people, err := a.f.cfg.Team.People(r.Context())
	known := map[string]bool{Everyone: true}
	for _, p := range people {
		known[p.Who] = true
	}
	grants, said := []Grant{}, map[string]bool{}
	for _, g := range b.Rights {
		l, ok := ParseLevel(g.Level)
		if err == nil && (!ok || said[g.Who] || len(grants) >= maxSaid) {
			err = refuse(room.CodeBadMessage, "rights are none, read, write or manage, once for each, and 100 at most")
		}
		if err == nil && !known[g.Who] {
			err = refuse(room.CodeAccountUnknown, "there is no such member or group any more; load the list again")
		}
		said[g.Who] = true
		grants = append(grants, Grant{Node: n.ID, Who: g.Who, Level: l})
	}
	if err == nil {
		err = a.f.cfg.Store.SetGrants(r.Context(), a.space, n.ID, grants, MaxGrants)
	}
	if err != nil {
		a.f.refuse(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (a *area) makeLink(w http.ResponseWriter, r *http.Request, n Node) {
	var want wish
	err := readJSON(r, &want)
	switch {
	case err != nil:
	case want.Sealed:
		err = refuse(room.CodeBadMessage, "a folder that is here already cannot be sealed; use a drop")
	case want.Days < 0 || want.Days > MaxDropDays || want.Downloads < 0 || want.Downloads > maxDownloads || len(want.Password) > MaxPassword:
		err = refuse(room.CodeBadMessage, "a link lasts 1 to 365 days, or 0 for ever, and a password has 256 bytes at most")
	}
	if err == nil {
		if want.Title == "" {
			want.Title = n.Name
		}
		want.Title, err = CleanName(shorten(want.Title, maxTitle))
	}
	there, lerr := a.f.cfg.Store.Links(r.Context(), a.space)
	if err == nil {
		err = lerr
	}
	if err == nil && len(there) >= MaxLinks {
		err = refuse(room.CodeLinksFull, "there are too many links here; end some first")
	}
	if err != nil {
		a.f.refuse(w, r, err)
		return
	}
	now, token := a.f.cfg.Now(), newID()
	l := Link{Hash: hashLink(token), Space: a.space, Node: n.ID, Kind: LinkGet, Title: want.Title, Created: now, Most: want.Downloads, Owner: a.actor.Owner}
	if want.Receive {
		l.Kind = LinkPut
	}
	if want.Days > 0 {
		l.Expires = now.AddDate(0, 0, want.Days)
	}
	if want.Password != "" {
		l.Password = []byte(a.f.cfg.Passwords.Hash(want.Password))
	}
	if err := a.f.cfg.Store.AddLinks(r.Context(), l); err != nil {
		a.f.refuse(w, r, err)
		return
	}
	s := showLink(l)
	s.URL = "/f/" + token
	a.f.answer(w, http.StatusCreated, s)
}

func (a *area) endLink(w http.ResponseWriter, r *http.Request, n Node, id string) {
	list, err := a.f.cfg.Store.Links(r.Context(), a.space)
	found := false
	for _, l := range list {
		if err == nil && l.Node == n.ID && linkID(l.Hash) == id {
			found = true
			err = a.f.cfg.Store.RemoveLink(r.Context(), l.Hash)
		}
	}
	if err == nil && !found {
		err = refuse(room.CodeLinkUnknown, "there is no such link any more")
	}
	if err != nil {
		a.f.refuse(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// stands finds out what a folder's link still shows: no more than its maker may, as long as they manage the folder, and
// nothing of a folder in the trash.
func (f *Files) stands(r *http.Request, l Link, a Actor) (Actor, error) {
	if l.Owner == "" {
		return a, nil
	}
	gone := refuse(room.CodeLinkExpired, "this link has ended; ask for a new one")
	if f.cfg.Team == nil {
		return a, gone
	}
	n, err := f.cfg.Store.Node(r.Context(), l.Space, l.Node)
	if room.CodeOf(err) == room.CodeFileUnknown || err == nil && !n.Trashed.IsZero() {
		return a, gone
	}
	if err != nil {
		return a, err
	}
	rights, err := f.rightsOf(r.Context(), l.Space, strings.TrimPrefix(l.Owner, memberOwner("")))
	if err != nil {
		return a, err
	}
	level, err := rights.level(r.Context(), l.Node)
	if err != nil || level < Manage {
		return a, gone
	}
	if l.Kind == LinkPut { // adds to this one folder, and sees nothing
		return a, nil
	}
	rights.most = Read
	a.rights = rights
	return a, nil
}
