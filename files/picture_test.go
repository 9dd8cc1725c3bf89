package files_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// A picture that is published is seen by anybody; nothing else comes out by that door, whatever it is called.
func TestServePicture(t *testing.T) {
	h := open(t, limits())
	picture := h.put("Ada", "a.png", "\x89PNG\r\n\x1a\n"+strings.Repeat("x", 600))
	page, text := h.put("Ada", "b.png", "<html><script>alert(1)</script>"), h.put("Ada", "c.txt", "words")
	trashed := h.put("Ada", "d.png", "\x89PNG\r\n\x1a\n"+strings.Repeat("y", 600))
	h.ask("Ada", "DELETE", base+"/"+trashed, nil).want(t, 204, "")
	see := func(room, id string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		h.ServePicture(w, httptest.NewRequest(http.MethodGet, "/pub/x/picture/"+id, nil), room, id)
		return w
	}
	if w := see("salon", picture); w.Code != http.StatusOK || w.Header().Get("Content-Type") != "image/png" || !strings.HasPrefix(w.Header().Get("Content-Disposition"), "inline") {
		t.Error(w.Code, w.Header())
	}
	for _, c := range [][2]string{{"salon", page}, {"salon", text}, {"salon", trashed}, {"salon", h.folder("Ada", base, "e", "")}, {"salon", "../" + picture}, {"salon", ""}, {"other", picture}} {
		if w := see(c[0], c[1]); w.Code != http.StatusNotFound {
			t.Errorf("%v: %d", c, w.Code)
		}
	}
}
