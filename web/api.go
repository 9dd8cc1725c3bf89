package web

import (
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"

	"tablee/ratelimit"
	"tablee/reply"
	"tablee/room"
	"tablee/signaling"
)

// maxBody bounds the body of an API request, in bytes. A room's name needs at most 256, escaped six times that.
const maxBody = 4 << 10

// opened answers POST /api/v1/rooms. Host and HostURL are there only for who made the room.
type opened struct {
	Room    signaling.RoomInfo `json:"room"`
	URL     string             `json:"url"`
	Host    string             `json:"host,omitempty"`
	HostURL string             `json:"host_url,omitempty"`
}

// shown answers GET /api/v1/rooms/{name}.
type shown struct {
	Room   signaling.RoomInfo `json:"room"`
	Max    int                `json:"max"`
	Seated []signaling.Seated `json:"seated"`
	// What awaits who comes by the room's link alone. Nobody is told who is inside of a room that has any of it.
	Password bool  `json:"password"`
	Lobby    bool  `json:"lobby"`
	Locked   bool  `json:"locked"`
	Opens    int64 `json:"opens"`  // milliseconds since 1970; 0 when it is open
	Starts   int64 `json:"starts"` // of the planned meeting, the same; 0 for none
	Listen   bool  `json:"listen"` // one comes as a listener

	Origins []string `json:"origins,omitempty"` // the sites that may embed the room, which frame-ancestors of its page tells as well
}

// openRoom makes a room or finds it.
func (h *Handler) openRoom(w http.ResponseWriter, r *http.Request) {
	if !sameOrigin(r) {
		h.refuse(w, http.StatusForbidden, room.CodeForbidden, "the Origin must be this server")
		return
	}
	if !isJSON(r) {
		h.refuse(w, http.StatusUnsupportedMediaType, room.CodeBadMessage, "the Content-Type must be application/json")
		return
	}
	name, err := readName(http.MaxBytesReader(w, r.Body, maxBody))
	if tooBig, ok := errors.AsType[*http.MaxBytesError](err); ok {
		h.refuse(w, http.StatusRequestEntityTooLarge, room.CodeTooBig,
			"the body may have "+strconv.FormatInt(tooBig.Limit, 10)+" bytes at most")
		return
	}
	if err != nil {
		h.refuse(w, http.StatusBadRequest, room.CodeBadMessage, `the body must be {"name":"…"}, each key once`)
		return
	}
	if !h.mayOpen(w, r, name) {
		return
	}
	found, token, created, err := h.cfg.Rooms.Open(r.Context(), name, h.cfg.Identify(r))
	if err != nil {
		h.refuseError(w, r, err)
		return
	}
	link := "/r/" + found.Name // the normal form needs no escaping
	body := opened{Room: signaling.RoomInfo{Name: found.Name, Title: found.Title}, URL: link}
	status := http.StatusOK
	if created {
		status = http.StatusCreated
		body.Host, body.HostURL = token, link+"#host="+token
		http.SetCookie(w, hostCookie(found.Name, token, overTLS(r)))
	}
	reply.JSON(w, status, body)
}

// mayOpen charges the client's rate for a room that is not there yet, and answers when that is too much. Coming to a
// room that is there costs nothing: a whole class may do so at once.
func (h *Handler) mayOpen(w http.ResponseWriter, r *http.Request, name string) bool {
	if _, err := h.cfg.Rooms.Get(r.Context(), name); err == nil {
		return true
	}
	wait := h.creation.Take(h.cfg.Now(), h.creation.Client(clientAddr(r)))
	if wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(ratelimit.Seconds(wait)))
		h.refuse(w, http.StatusTooManyRequests, room.CodeRateLimited, "too many new rooms at once; wait a little")
	}
	return wait == 0
}

// creationRate is how fast one client may open new rooms, and make pads: a class that arrives together behind one router is
// fine, a program that fills the disk is not.
func creationRate() ratelimit.Rate {
	return ratelimit.Rate{Burst: creationBurst, Every: creationInterval}
}

const (
	creationBurst    = 30
	creationInterval = 4 * time.Second
)

// showRoom tells who is in a room, for the page before one joins.
func (h *Handler) showRoom(w http.ResponseWriter, r *http.Request) {
	found, err := h.cfg.Rooms.Get(r.Context(), r.PathValue("name"))
	if err != nil {
		h.refuseError(w, r, err)
		return
	}
	most, seated := h.cfg.MaxParticipants(), h.cfg.Seated(found.Name)
	if seated == nil {
		seated = []signaling.Seated{}
	}
	reply.JSON(w, http.StatusOK, shown{
		Room:   signaling.RoomInfo{Name: found.Name, Title: found.Title},
		Max:    cmp.Or(min(found.Settings.Max, most), most),
		Seated: seated, Password: found.Settings.PasswordHash != "", Lobby: found.Settings.Lobby, Locked: found.Settings.Locked,
		Opens: futureMillis(found.Settings.Opens, h.cfg.Now()), Starts: millis(found.Settings.Starts), Listen: found.Settings.Newcomer() == room.Listener, Origins: found.Settings.Origins,
	})
}

// millis is a time in milliseconds since 1970, 0 for none.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func futureMillis(t, now time.Time) int64 {
	if !now.Before(t) {
		return 0
	}
	return millis(t)
}

// isJSON says if the body is declared as plain JSON in UTF-8. A form of another site cannot declare that.
func isJSON(r *http.Request) bool {
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	charset, given := params["charset"]
	return err == nil && kind == "application/json" && (!given || charset == "utf-8" || charset == "UTF-8") &&
		r.Header.Get("Content-Encoding") == ""
}

// errBody is a body that is JSON but not ours.
var errBody = errors.New("unexpected JSON")

// readName reads {"name":"…"} and nothing else: encoding/json alone would take {"NAME":"…"}, and the last of several.
// An empty object is an empty name.
func readName(body io.Reader) (name string, err error) {
	d := json.NewDecoder(body)
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return "", errors.Join(errBody, err)
	}
	for seen := false; d.More(); seen = true {
		key, err := d.Token()
		if err != nil || key != "name" || seen {
			return "", errors.Join(errBody, err)
		}
		value, err := d.Token()
		text, ok := value.(string)
		if err != nil || !ok {
			return "", errors.Join(errBody, err)
		}
		name = text
	}
	if _, err := d.Token(); err != nil { // the closing brace
		return "", errors.Join(errBody, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return "", errors.Join(errBody, err)
	}
	return name, nil
}
