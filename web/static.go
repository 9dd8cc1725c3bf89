package web

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strconv"
	"strings"

	"tablee/room"
)

// How long a browser may use a file without asking: one whose name changes with its content for a year, any other never.
const (
	cacheForever = "public, max-age=31536000, immutable"
	cacheAsking  = "no-cache"
)

// notFoundPage is for people; it uses nothing of the built page, which may be another version.
const notFoundPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>404 · Tablée</title>
<h1>There is nothing here</h1>
<p>The link may be incomplete. <a href="/">Go to the start page</a></p>
<h1 lang="fr">Il n’y a rien ici</h1>
<p lang="fr">Le lien est peut-être incomplet. <a href="/">Aller à la page d’accueil</a></p>
</html>
`

// roomPage answers a room's link. The page itself says what is wrong with a name; the status says it to programs.
func (h *Handler) roomPage(w http.ResponseWriter, r *http.Request) {
	status := http.StatusOK
	if _, _, err := room.NormalizeName(r.PathValue("name")); err != nil {
		h.refused.byCode[room.CodeRoomNameInvalid].Add(1)
		status = http.StatusBadRequest
	} else if found, err := h.cfg.Rooms.Get(r.Context(), r.PathValue("name")); err == nil { // one that is not there is embedded nowhere
		letEmbed(w.Header(), found.Settings.Origins)
	}
	h.serveFile(w, r, h.pages.files[indexName], status)
}

// page answers / and the files of the built page.
func (h *Handler) page(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/")
	if name == "" {
		name = indexName
	}
	f := h.pages.files[name]
	if f == nil || r.URL.Path == "/"+indexName { // one address for one page
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, notFoundPage) // who has gone away does not need the answer
		return
	}
	h.serveFile(w, r, f, http.StatusOK)
}

// serveFile sends a file as it is stored when the client takes gzip, and uncompressed otherwise.
func (h *Handler) serveFile(w http.ResponseWriter, r *http.Request, f *file, status int) {
	header := w.Header()
	header.Set("Content-Type", f.mediaType)
	header.Set("Cache-Control", cacheAsking)
	if f.immutable {
		header.Set("Cache-Control", cacheForever)
	}
	if f == h.pages.files[embedName] { // what other sites load
		header.Set("Cross-Origin-Resource-Policy", "cross-origin")
	}
	packed := f.gzipped && acceptsGzip(r.Header.Values("Accept-Encoding"))
	tag := `"` + f.tag + `"`
	if f.gzipped {
		header.Set("Vary", "Accept-Encoding")
	}
	if packed { // a strong tag names bytes, and these are others (RFC 9110, section 8.8.3.3)
		tag = `"` + f.tag + `-gz"`
	}
	header.Set("ETag", tag)
	if status == http.StatusOK && matches(r.Header.Values("If-None-Match"), f.tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	length := f.size
	if packed {
		header.Set("Content-Encoding", "gzip")
		length = len(f.content)
	}
	header.Set("Content-Length", strconv.Itoa(length))
	w.WriteHeader(status)
	if r.Method == http.MethodHead {
		return
	}
	if packed || !f.gzipped {
		_, _ = w.Write(f.content) // who has gone away does not need the answer
		return
	}
	z, err := gzip.NewReader(bytes.NewReader(f.content))
	if err != nil {
		panic(err) // it was read when the handler was made
	}
	_, _ = io.Copy(w, z)
}

// acceptsGzip reads Accept-Encoding (RFC 9110, section 12.5.3): gzip, x-gzip or *, unless with a weight of 0. A name
// goes before the star.
func acceptsGzip(values []string) bool {
	star := false
	for part := range strings.SplitSeq(strings.Join(values, ","), ",") {
		coding, params, _ := strings.Cut(part, ";")
		weight, found := strings.CutPrefix(strings.ToLower(strings.ReplaceAll(params, " ", "")), "q=")
		q, err := strconv.ParseFloat(weight, 64)
		wanted := !found || err == nil && q > 0
		switch strings.ToLower(strings.TrimSpace(coding)) {
		case "gzip", "x-gzip":
			return wanted
		case "*":
			star = wanted
		}
	}
	return star
}

// matches compares If-None-Match with a tag, weakly (RFC 9110, section 13.1.2): either encoding will do, because the
// client has the content then.
func matches(values []string, tag string) bool {
	for part := range strings.SplitSeq(strings.Join(values, ","), ",") {
		part = strings.TrimPrefix(strings.TrimSpace(part), "W/")
		if part == "*" || part == `"`+tag+`"` || part == `"`+tag+`-gz"` {
			return true
		}
	}
	return false
}
