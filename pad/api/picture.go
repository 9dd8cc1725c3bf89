package api

import (
	"net/http"
	"strings"

	"tablee/pad"
	"tablee/room"
)

// Pictures answers with a picture of a room's files; who may see it is asked before.
type Pictures interface {
	ServePicture(w http.ResponseWriter, r *http.Request, roomName, id string)
}

// pictureBase is where the pictures of a room's pads lie: BASE/ID/content (docs/files.md).
func pictureBase(roomName string) string { return "/api/v1/rooms/" + roomName + "/files/" }

// publicPicture is where a page for readers finds such a picture: they may not see the room's files, but those that stand
// in the text are published with it. "" for what is no picture of the room.
func publicPicture(p room.Pad, secret, src string) string {
	id, ok := strings.CutPrefix(src, pictureBase(p.Room))
	id, _, found := strings.Cut(id, "/content")
	if p.Room == "" || !ok || !found || id == "" || strings.Contains(id, "/") {
		return ""
	}
	return pad.PublishedPath + secret + "/picture/" + id
}

// picture sends one that stands in the text of a published pad, and no other.
func (h *Handler) picture(w http.ResponseWriter, r *http.Request) {
	p, err := h.cfg.Hub.Published(r.Context(), r.PathValue("secret"))
	text := ""
	if err == nil {
		text, err = h.cfg.Hub.Text(r.Context(), p)
	}
	id := r.PathValue("id")
	if err != nil || h.cfg.Pictures == nil || p.Room == "" || !strings.Contains(text, "]("+pictureBase(p.Room)+id+"/content") {
		http.NotFound(w, r)
		return
	}
	h.cfg.Pictures.ServePicture(w, r, p.Room, id)
}
