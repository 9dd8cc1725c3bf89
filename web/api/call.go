package api

import (
	"encoding/json"
	"errors"
	"io"
	"math"
	"mime"
	"net/http"
	"strconv"

	"tablee/ratelimit"
	"tablee/reply"
	"tablee/room"
	"tablee/web"
)

// maxBody bounds the body of a request, in bytes.
const maxBody = 16 << 10

// call is one request on its way.
type call struct {
	*API
	w   http.ResponseWriter
	r   *http.Request
	who who
}

// handler is the way of every call: who asks, may they, do it, answer.
func (a *API) handler(rt route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c := &call{API: a, w: w, r: r}
		answer, err := c.allowed(rt)
		if err == nil {
			answer, err = rt.do(c)
		}
		switch {
		case err != nil:
			a.refuse(w, r, err)
		case answer == nil:
			w.Header().Set("Cache-Control", "no-store")
			w.WriteHeader(http.StatusNoContent)
		default:
			reply.JSON(w, http.StatusOK, answer)
		}
	}
}

// allowed finds out who asks, and refuses who may not. The first result is always nil.
func (c *call) allowed(rt route) (_ any, err error) {
	if !c.cfg.Ready() {
		return nil, &room.Error{Code: room.CodeShuttingDown, Message: "the server starts or stops; try again soon"}
	}
	if c.who, err = c.identify(c.r); err != nil {
		return nil, err
	}
	switch {
	case !trusted(c.r, c.who):
		return nil, refused(room.CodeForbidden, "the Origin must be this server; programs send a token in the Authorization header")
	case rt.need > anybody && c.who.Role == room.Nobody:
		return nil, refused(room.CodeAccountNeeded, "log in first")
	case rt.need == console && !c.who.console:
		return nil, refused(room.CodeForbidden, "this can be done on the machine itself only, by the tablee command")
	case rt.need == admin && !c.who.Role.May(room.ManageServer):
		return nil, refused(room.CodeForbidden, "only admins may do that")
	}
	return nil, nil
}

// guessed is a call that takes a secret of a link from anybody: who comes with one that leads nowhere again and again waits.
func guessed(do func(*call) (any, error)) func(*call) (any, error) {
	return func(c *call) (any, error) {
		client := c.links.Client(web.ClientAddr(c.r))
		if wait := c.links.Wait(c.cfg.Now(), client); wait > 0 {
			return nil, &room.Error{Code: room.CodeRateLimited, Message: "too many links that lead nowhere; wait a little", Args: map[string]int{"seconds": ratelimit.Seconds(wait)}}
		}
		answer, err := do(c)
		if room.CodeOf(err) == room.CodeLinkInvalid {
			c.links.Take(c.cfg.Now(), client)
		}
		return answer, err
	}
}

// self is the id of the account that asks; the console has none.
func (c *call) self() (string, error) {
	if c.who.ID == "" {
		return "", refused(room.CodeForbidden, "the console is nobody's account")
	}
	return c.who.ID, nil
}

// body reads the request's JSON.
func (c *call) body(into any) error {
	kind, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return refused(room.CodeBadMessage, "the Content-Type must be application/json")
	}
	d := json.NewDecoder(http.MaxBytesReader(c.w, c.r.Body, maxBody))
	d.DisallowUnknownFields()
	err = d.Decode(into)
	if err == nil {
		if _, more := d.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("there is more than one value")
		}
	}
	if _, tooBig := errors.AsType[*http.MaxBytesError](err); tooBig {
		return refused(room.CodeTooBig, "the body may have 16 KiB at most")
	}
	if err != nil {
		return refused(room.CodeBadMessage, "the body is not what this call takes: "+err.Error())
	}
	return nil
}

func refused(code room.Code, message string) error { return &room.Error{Code: code, Message: message} }

// refuse answers with what a user may see of err, and logs what only we should see.
func (a *API) refuse(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		return // nobody is there to read an answer
	}
	public := room.Public(err)
	if public.Code == room.CodeInternal {
		a.cfg.Log.Error("cannot answer a request", "route", r.Pattern, "error", err)
	}
	if wait := public.Args["seconds"]; public.Code == room.CodeRateLimited && wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(min(wait, math.MaxInt32)))
	}
	reply.Refuse(w, public.Code.HTTPStatus(), public)
}
