package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"tablee/accounts"
	"tablee/room"
	"tablee/web"
)

// Who a request comes from, the strongest first: the machine's own console, a token in the header, the session in a
// cookie. A cookie is believed for reading always (no other site sees the answer), and for changing something only when
// the browser itself says that our own page asks.

// sessionCookie is the cookie's name; over TLS it has the prefix __Host-, so that no other name of the same domain, and
// nobody on the way, can set it (RFC 6265bis, section 4.1.3.2).
const sessionCookie = "tablee_session"

// who is whom a request comes from.
type who struct {
	accounts.Account
	session string // id of the session; "" for a token or the console
	console bool
}

// consoleKey is the key of a request's context that says that it came by the console's socket.
type consoleKey struct{}

// Console hands requests on as the machine's own: whoever may open the data folder may do everything in it anyway.
func Console(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), consoleKey{}, true)))
	})
}

// cookieName is the name of the session's cookie on this connection.
func cookieName(r *http.Request) string {
	if web.OverTLS(r) {
		return "__Host-" + sessionCookie
	}
	return sessionCookie
}

// setSession gives a browser its session, or takes it away ("").
func setSession(w http.ResponseWriter, r *http.Request, text string) {
	c := &http.Cookie{Name: cookieName(r), Value: text, Path: "/", MaxAge: int(accounts.SessionLife / time.Second),
		HttpOnly: true, Secure: web.OverTLS(r), SameSite: http.SameSiteLaxMode}
	if text == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// sessionOf is the text of a request's session, "" for none.
func sessionOf(r *http.Request) string {
	c, err := r.Cookie(cookieName(r))
	if err != nil {
		return ""
	}
	return c.Value
}

// bearer is the token of a request's Authorization header, "" for none.
func bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// identify finds out whom a request comes from; the zero who is somebody without an account. An error is a wrong token.
func (a *API) identify(r *http.Request) (who, error) {
	if r.Context().Value(consoleKey{}) != nil {
		return who{Account: accounts.Account{Name: "console", Role: room.Admin}, console: true}, nil
	}
	if token := bearer(r); strings.HasPrefix(token, accounts.TokenPrefix) {
		acc, err := a.cfg.Accounts.FromToken(r.Context(), web.ClientAddr(r), token)
		return who{Account: acc}, err
	}
	text := sessionOf(r)
	if text == "" {
		return who{}, nil
	}
	acc, s, err := a.cfg.Accounts.FromSession(r.Context(), text)
	if room.CodeOf(err) == room.CodeLoginWrong { // it has ended; that is nothing bad
		return who{}, nil
	}
	return who{Account: acc, session: s.ID}, err
}

// Identify tells who a request's session or token says that it is: what signaling and web ask for. Where the store is
// down, nobody has an account, and meetings go on.
func (a *API) Identify(r *http.Request) room.Identity {
	w, err := a.identify(r)
	if err != nil || w.ID == "" || !trusted(r, w) {
		return room.Identity{}
	}
	return w.Identity()
}

// trusted says if a request that changes something was made by whom its cookie names, and not by another site in their
// browser. A WebSocket is a GET and changes things; its own door looks at the origin.
func trusted(r *http.Request, w who) bool {
	switch {
	case w.console || r.Method == http.MethodGet || r.Method == http.MethodHead:
		return true
	case w.session != "" && r.Header.Get("Origin") == "" && r.Header.Get("Sec-Fetch-Site") == "":
		return false // no browser of today
	}
	return bearer(r) != "" || web.SameOrigin(r)
}
