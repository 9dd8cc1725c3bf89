package api

import (
	"crypto/subtle"
	"net/http"
	"strconv"
	"time"

	"tablee/pad"
	"tablee/pad/format"
	"tablee/pad/yjs"
	"tablee/reply"
	"tablee/room"
)

// Codes of Etherpad's API: https://etherpad.org/doc, "HTTP API".
const (
	etherpadOK       = 0
	etherpadBad      = 1
	etherpadInternal = 2
	etherpadNoCall   = 3
	etherpadBadKey   = 4
)

// Name of a pad that another program gives, in bytes.
const maxPadName = 200

// etherpadAnswer is the form of every answer, whose HTTP status is 200 as Etherpad's.
type etherpadAnswer struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Data    any    `json:"data"`
}

// etherpadCall is one call. It reaches pads only that were made by this API: a key of the admin's opens nobody's pad.
type etherpadCall struct {
	h    *Handler
	r    *http.Request
	name string
	pad  room.Pad
	ro   string
}

// etherpad answers /api/{version}/{call} for programs that speak to Etherpad.
func (h *Handler) etherpad(w http.ResponseWriter, r *http.Request) {
	key := *h.key.Load()
	if key == "" {
		noCall(w, r)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		reply.Refuse(w, http.StatusMethodNotAllowed, &room.Error{Code: room.CodeBadMessage, Message: "the method must be GET or POST"})
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxText)
	if err := r.ParseForm(); err != nil {
		reply.JSON(w, http.StatusOK, etherpadAnswer{etherpadBad, "the parameters cannot be read", nil})
		return
	}
	if subtle.ConstantTimeCompare([]byte(r.Form.Get("apikey")), []byte(key)) != 1 {
		reply.JSON(w, http.StatusUnauthorized, etherpadAnswer{etherpadBadKey, "no or wrong API Key", nil})
		return
	}
	c := &etherpadCall{h: h, r: r, name: r.Form.Get("padID")}
	data, err := c.do(r.PathValue("call"))
	switch code := room.CodeOf(err); {
	case err == nil:
		reply.JSON(w, http.StatusOK, etherpadAnswer{etherpadOK, "ok", data})
	case code == room.CodePadUnknown:
		reply.JSON(w, http.StatusOK, etherpadAnswer{etherpadBad, "padID does not exist", nil})
	case code == room.CodeVersion:
		reply.JSON(w, http.StatusOK, etherpadAnswer{etherpadNoCall, "no such function", nil})
	case code == room.CodeInternal:
		h.cfg.Log.Error("cannot answer a request", "route", r.Pattern, "error", err)
		reply.JSON(w, http.StatusOK, etherpadAnswer{etherpadInternal, "internal error", nil})
	default:
		reply.JSON(w, http.StatusOK, etherpadAnswer{etherpadBad, room.Public(err).Message, nil})
	}
}

// do carries a call out.
func (c *etherpadCall) do(name string) (any, error) {
	switch name {
	case "checkToken":
		return nil, nil
	case "listAllPads":
		names, err := c.h.cfg.Hub.Names(c.r.Context())
		if names == nil {
			names = []string{}
		}
		return map[string]any{"padIDs": names}, err
	case "createPad":
		return nil, c.createPad()
	}
	do, ok := map[string]func(*etherpadCall) (any, error){
		"getText": (*etherpadCall).getText, "setText": (*etherpadCall).setText, "appendText": (*etherpadCall).appendText,
		"getHTML": (*etherpadCall).getHTML, "setHTML": (*etherpadCall).setHTML, "deletePad": (*etherpadCall).deletePad,
		"getReadOnlyID": (*etherpadCall).getReadOnlyID, "getRevisionsCount": (*etherpadCall).getRevisionsCount,
		"restoreRevision": (*etherpadCall).restoreRevision, "getLastEdited": (*etherpadCall).getLastEdited, "saveRevision": (*etherpadCall).saveRevision,
		"getSavedRevisionsCount": (*etherpadCall).getSavedRevisionsCount, "padUsersCount": (*etherpadCall).padUsersCount,
		"listAuthorsOfPad": (*etherpadCall).listAuthors,
	}[name]
	if !ok {
		return nil, &room.Error{Code: room.CodeVersion, Message: "no such function"}
	}
	var err error
	if c.pad, c.ro, err = c.h.cfg.Hub.Named(c.r.Context(), c.name); err != nil {
		return nil, err
	}
	return do(c)
}

// who writes is the program, whose name the history shows.
func (c *etherpadCall) who() pad.Who {
	return pad.Who{Right: room.PadOwn, Key: "api", User: pad.User{Name: "API", Color: "#555555"}}
}

func (c *etherpadCall) createPad() error {
	if c.name == "" || len(c.name) > maxPadName {
		return &room.Error{Code: room.CodeBadMessage, Message: "padID must have 1 to 200 bytes"}
	}
	if _, _, err := c.h.cfg.Hub.Named(c.r.Context(), c.name); err == nil {
		return &room.Error{Code: room.CodeBadMessage, Message: "padID does already exist"}
	}
	return c.h.cfg.Hub.CreateNamed(c.r.Context(), c.name, c.r.Form.Get("text"), c.who())
}

// text is the pad's, or what it was at the revision that the call names.
func (c *etherpadCall) text() (string, error) {
	rev := c.r.Form.Get("rev")
	if rev == "" {
		return c.h.cfg.Hub.Text(c.r.Context(), c.pad)
	}
	n, err := strconv.ParseInt(rev, 10, 63)
	if err != nil || n < 0 {
		return "", &room.Error{Code: room.CodeBadMessage, Message: "rev is not a number"}
	}
	u, err := c.h.cfg.Hub.At(c.r.Context(), c.pad, n, false)
	if room.CodeOf(err) == room.CodePadUnknown {
		return "", &room.Error{Code: room.CodeBadMessage, Message: "there is no such revision, or none any more"}
	}
	if err != nil {
		return "", err
	}
	return yjs.NewDoc(u).Text(yjs.TextRoot), nil
}

func (c *etherpadCall) getText() (any, error) {
	text, err := c.text()
	return map[string]string{"text": text}, err
}

func (c *etherpadCall) edit(change func(string) string) (any, error) {
	_, err := c.h.cfg.Hub.Edit(c.r.Context(), c.pad, c.who(), change)
	return nil, err
}

func (c *etherpadCall) setText() (any, error) {
	return c.edit(func(string) string { return c.r.Form.Get("text") })
}

func (c *etherpadCall) appendText() (any, error) {
	return c.edit(func(was string) string { return was + c.r.Form.Get("text") })
}

func (c *etherpadCall) getHTML() (any, error) {
	text, err := c.text()
	body, _ := format.HTML(text, func(string) string { return "" })
	return map[string]string{"html": "<!DOCTYPE HTML><html><body>" + body + "</body></html>"}, err
}

func (c *etherpadCall) setHTML() (any, error) {
	md, err := format.Import("body.html", []byte(c.r.Form.Get("html")))
	if err != nil {
		return nil, &room.Error{Code: room.CodeBadMessage, Message: err.Error()}
	}
	return c.edit(func(string) string { return md })
}

func (c *etherpadCall) deletePad() (any, error) {
	return nil, c.h.cfg.Hub.Delete(c.r.Context(), c.pad)
}

func (c *etherpadCall) getReadOnlyID() (any, error) {
	return map[string]string{"readOnlyID": c.ro}, nil
}

func (c *etherpadCall) getRevisionsCount() (any, error) {
	_, steps, err := c.h.cfg.Hub.History(c.r.Context(), c.pad)
	count := int64(0)
	if len(steps) > 0 {
		count = steps[len(steps)-1].N
	}
	return map[string]int64{"revisions": count}, err
}

// restoreRevision makes the text what it was, as a change of its own.
func (c *etherpadCall) restoreRevision() (any, error) {
	if c.r.Form.Get("rev") == "" {
		return nil, &room.Error{Code: room.CodeBadMessage, Message: "rev is missing"}
	}
	text, err := c.text()
	if err != nil {
		return nil, err
	}
	return c.edit(func(string) string { return text })
}

func (c *etherpadCall) getLastEdited() (any, error) {
	at := c.pad.Changed
	_, steps, err := c.h.cfg.Hub.History(c.r.Context(), c.pad)
	if len(steps) > 0 {
		at = steps[len(steps)-1].At
	}
	return map[string]int64{"lastEdited": at.UnixMilli()}, err
}

func (c *etherpadCall) saveRevision() (any, error) {
	_, err := c.h.cfg.Hub.SaveVersion(c.r.Context(), c.pad, c.who(), "API "+time.Now().UTC().Format(time.DateTime))
	return nil, err
}

func (c *etherpadCall) getSavedRevisionsCount() (any, error) {
	list, err := c.h.cfg.Hub.Versions(c.r.Context(), c.pad)
	return map[string]int{"savedRevisions": len(list)}, err
}

func (c *etherpadCall) padUsersCount() (any, error) {
	return map[string]int{"padUsersCount": c.h.cfg.Hub.Present(c.pad)}, nil
}

func (c *etherpadCall) listAuthors() (any, error) {
	authors, _, err := c.h.cfg.Hub.Authors(c.r.Context(), c.pad)
	names := []string{}
	for _, a := range authors {
		names = append(names, a.Name)
	}
	return map[string]any{"authorIDs": names}, err
}
