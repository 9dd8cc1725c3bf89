package web

import (
	"crypto/rand"
	"net/http"
)

// hostCookiePrefix starts the name of the cookie that makes a browser the host of a room; the room's name follows.
const hostCookiePrefix = "tablee_host_"

// hostCookieAge is how long a browser keeps the cookie, in seconds: 400 days, the most that browsers grant
// (RFC 6265bis, section 5.5).
const hostCookieAge = 400 * 24 * 60 * 60

// hostCookie says that this browser is the host of a room. No script can read it, no other site can make the browser
// send it, and it is sent only to where it counts, the room's WebSocket, so that a host of hundreds of rooms does not
// carry them all along.
func hostCookie(name, token string, secure bool) *http.Cookie {
	return &http.Cookie{
		Name:     hostCookiePrefix + name,
		Value:    token,
		Path:     "/ws/room/" + name,
		MaxAge:   hostCookieAge,
		HttpOnly: true,
		Secure:   secure,
		SameSite: http.SameSiteStrictMode,
	}
}

// HostToken finds the host token of a room in a request's cookies, "" for none. It is what signaling.HubConfig asks for.
func HostToken(r *http.Request, name string) string {
	c, err := r.Cookie(hostCookiePrefix + name)
	if err != nil {
		return ""
	}
	return c.Value
}

// browserCookie is the name of the cookie by which a browser is known at the doors of rooms, until it is closed.
const browserCookie = "tablee_browser"

// browserLength is the length of its value: 128 random bits in base32.
const browserLength = 26

// Browser finds what a browser is known by, and makes it up for one that is new, with the cookie that says so. It is sent
// to WebSockets only, and serves to keep somebody out who was banned from a meeting. It is what signaling.HubConfig asks
// for.
func Browser(r *http.Request) (id string, set *http.Cookie) {
	if c, err := r.Cookie(browserCookie); err == nil && len(c.Value) == browserLength {
		return c.Value, nil
	}
	id = rand.Text()
	return id, &http.Cookie{Name: browserCookie, Value: id, Path: "/ws/", HttpOnly: true, Secure: overTLS(r), SameSite: http.SameSiteStrictMode}
}
