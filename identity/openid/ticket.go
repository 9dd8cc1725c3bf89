package openid

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

// ticket is what a browser keeps between leaving for the provider and coming back: it makes the login its own. It is good
// once, and for ticketLife.
type ticket struct {
	state    string // comes back in the address: nobody else's login is finished here
	nonce    string // comes back in the ID token: no older token is passed off
	verifier string // of the code (RFC 7636): a code that was seen on the way is worth nothing
	to       string // where to go in the end
}

// Bounds of a ticket.
const (
	ticketLife   = 10 * time.Minute
	randomLength = 26 // of rand.Text
	maxTo        = 512
	maxTicket    = 1024
)

func newTicket(to string) ticket {
	if len(to) > maxTo {
		to = ""
	}
	return ticket{state: rand.Text(), nonce: rand.Text(), verifier: oauth2.GenerateVerifier(), to: to}
}

// String is the ticket as a cookie's value.
func (t ticket) String() string {
	return t.state + "." + t.nonce + "." + t.verifier + "." + base64.RawURLEncoding.EncodeToString([]byte(t.to))
}

// parseTicket reads what String wrote.
func parseTicket(value string) (t ticket, ok bool) {
	parts := strings.Split(value, ".")
	if len(value) > maxTicket || len(parts) != 4 {
		return ticket{}, false
	}
	to, err := base64.RawURLEncoding.Strict().DecodeString(parts[3])
	t = ticket{parts[0], parts[1], parts[2], string(to)}
	ok = err == nil && len(t.state) == randomLength && len(t.nonce) == randomLength && len(t.verifier) >= 43 && len(t.verifier) <= 128 && len(t.to) <= maxTo
	if !ok {
		return ticket{}, false
	}
	return t, true
}

// ticketCookie is the cookie's name; over TLS it has the prefix __Host-, so that no other name of the same domain can plant
// one (RFC 6265bis, section 4.1.3.2).
const ticketCookie = "tablee_login"

func (p *Provider) cookieName(r *http.Request) string {
	if p.cfg.Secure(r) {
		return "__Host-" + ticketCookie
	}
	return ticketCookie
}

// keep gives the browser its ticket, or takes it away ("").
func (p *Provider) keep(w http.ResponseWriter, r *http.Request, value string) {
	c := &http.Cookie{Name: p.cookieName(r), Value: value, Path: "/", MaxAge: int(ticketLife / time.Second), HttpOnly: true,
		Secure: p.cfg.Secure(r), SameSite: http.SameSiteLaxMode} // Strict would not come back with the browser
	if value == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// take reads the browser's ticket, which is used up with that.
func (p *Provider) take(w http.ResponseWriter, r *http.Request) (ticket, bool) {
	c, err := r.Cookie(p.cookieName(r))
	if err != nil {
		return ticket{}, false
	}
	p.keep(w, r, "")
	return parseTicket(c.Value)
}
