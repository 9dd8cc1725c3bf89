package files

import (
	"net/http"
	"strings"

	"tablee/room"
)

// ServePicture answers with a picture of a room, for whoever asks: that it may be seen (it stands in a published pad, say)
// is for its caller to know. What is no picture, or lies in the trash, is not there.
func (f *Files) ServePicture(w http.ResponseWriter, r *http.Request, name, id string) {
	unknown := refuse(room.CodeFileUnknown, "there is no such picture any more")
	if !isID(id) {
		f.refuse(w, r, unknown)
		return
	}
	n, err := f.cfg.Store.Node(r.Context(), SpaceOf(KindRoom, name), id)
	if err == nil && (n.Folder || !n.Trashed.IsZero() || !strings.HasPrefix(n.Type, "image/") || !inline(n.Type)) {
		err = unknown
	}
	if err != nil {
		f.refuse(w, r, err)
		return
	}
	s := n.served(r)
	s.show = true
	f.send(w, r, s)
}
