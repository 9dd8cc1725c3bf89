package files

import (
	"encoding/xml"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// The tree that a member sees by WebDAV, the same places that the page shows:
//
//	/dav/Home/…           their own
//	/dav/Team/…           what all members share
//	/dav/Groups/NAME/…    their groups
//	/dav/Shared/NAME/…    folders that others share with them

// Collections of collections.
const (
	davGroups = "Groups"
	davShared = "Shared"
)

// davTree finds the place that a request is about.
func (f *Files) davTree(w http.ResponseWriter, r *http.Request, m Member) {
	places, err := f.placesOf(r.Context(), m)
	if err != nil {
		f.refuse(w, r, err)
		return
	}
	first, below, _ := strings.Cut(strings.Trim(strings.TrimPrefix(r.URL.Path, DavPrefix), "/"), "/")
	second, _, _ := strings.Cut(below, "/")
	kind := map[string]string{davGroups: "group", davShared: "shared"}[first]
	switch {
	case first == "":
		f.davShelf(w, r, "", []string{davHome, davTeam, davGroups, davShared})
		return
	case kind != "" && second == "":
		names := []string{}
		for _, p := range places {
			if p.Kind == kind {
				names = append(names, p.Name)
			}
		}
		f.davShelf(w, r, first, names)
		return
	}
	for _, p := range places {
		prefix := DavPrefix + "/" + first
		switch {
		case (p.Kind == "home" || p.Kind == "team") && p.Name == first:
		case kind != "" && p.Kind == kind && Fold(p.Name) == Fold(second):
			prefix += "/" + second
		default:
			continue
		}
		actor, err := f.memberActor(r.Context(), p.space, m)
		if err != nil {
			f.refuse(w, r, err)
			return
		}
		f.serveSpace(w, r, p.space, p.Folder, actor, prefix)
		return
	}
	w.WriteHeader(http.StatusNotFound)
}

// davShelf answers for a collection that is ours: it has other collections in it, and cannot be changed.
func (f *Files) davShelf(w http.ResponseWriter, r *http.Request, name string, below []string) {
	switch r.Method {
	case http.MethodOptions:
		w.Header().Set("Allow", "OPTIONS, PROPFIND")
		w.Header().Set("DAV", "1, 2")
		w.Header().Set("MS-Author-Via", "DAV")
	case "PROPFIND":
		var b strings.Builder
		b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><D:multistatus xmlns:D="DAV:">`)
		base := DavPrefix + "/"
		if name != "" {
			base += name + "/"
		}
		line := func(path, shown string) {
			b.WriteString("<D:response><D:href>" + (&url.URL{Path: path}).EscapedPath() +
				"</D:href><D:propstat><D:prop><D:resourcetype><D:collection/></D:resourcetype><D:displayname>")
			_ = xml.EscapeText(&b, []byte(shown)) // a strings.Builder takes everything
			b.WriteString("</D:displayname></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>")
		}
		line(base, name)
		if r.Header.Get("Depth") != "0" {
			for _, n := range below {
				line(base+n+"/", n)
			}
		}
		b.WriteString("</D:multistatus>")
		w.Header().Set("Content-Type", "application/xml; charset=utf-8")
		w.WriteHeader(http.StatusMultiStatus)
		_, _ = io.WriteString(w, b.String()) // who has gone away does not need the answer
	default:
		w.Header().Set("Allow", "OPTIONS, PROPFIND")
		w.WriteHeader(http.StatusForbidden)
	}
}
