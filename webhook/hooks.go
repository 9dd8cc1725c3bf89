package webhook

import (
	"context"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"tablee/room"
)

// Bounds.
const (
	MaxHooks  = 10               // of a server
	MaxURL    = 1024             // bytes of an address
	MaxQueue  = 1000             // messages that wait in the store, of all hooks together; the next ones are dropped
	MaxFresh  = 256              // events that wait in memory for the store
	MaxTry    = 10 * time.Second // one request, from the name's look-up to the end of the answer
	MaxAnswer = 4096             // bytes of an answer's body that are read, and thrown away
	maxHeader = 16 << 10         // bytes of an answer's header
	storeRest = 10 * time.Second // before a store that failed is asked again
	idLength  = 16               // characters of an id
	hkdfInfo  = "tablee webhook v1 "
)

// Hook is an address that is told; its secret is told once, when it is made.
type Hook struct {
	ID      string
	URL     string
	Created time.Time
	Last    Result
	Waiting int // messages that it is still to be told
}

// Result is how a try ended.
type Result struct {
	At     time.Time // zero for none yet
	Status int       // that the receiver answered, 0 for none
	Reason Reason
}

// Reason is why a try was none.
type Reason string

// Reasons.
const (
	Taken     Reason = ""        // it was one
	BadURL    Reason = "address" // the address cannot be called
	Private   Reason = "private" // it leads to this machine or to a private network
	NoAnswer  Reason = "network" // nobody is there, or too slow
	BadStatus Reason = "status"  // another status than 2xx
)

// Delivery is one message for one hook.
type Delivery struct {
	ID    string // the header webhook-id
	Hook  string // its id
	Body  []byte
	Tries int // that failed
	Due   time.Time
}

// Store keeps hooks, and what they are still to be told.
type Store interface {
	// CreateWebhook stores a hook, and refuses with links_full when there are max of them.
	CreateWebhook(ctx context.Context, h Hook, max int) error
	Webhooks(ctx context.Context) ([]Hook, error) // the oldest first
	// DeleteWebhook deletes a hook and what waits for it, or answers link_unknown.
	DeleteWebhook(ctx context.Context, id string) error
	// QueueWebhooks stores messages; of those beyond max in all it tells how many. One that is there already stays as it is.
	QueueWebhooks(ctx context.Context, list []Delivery, max int) (dropped int, err error)
	WaitingWebhooks(ctx context.Context) ([]Delivery, error) // by Due
	// PutOffWebhook counts a failed try, and says when the next is.
	PutOffWebhook(ctx context.Context, d Delivery, due time.Time, r Result) error
	// DropWebhook ends a delivery, with the last try at it.
	DropWebhook(ctx context.Context, d Delivery, r Result) error
	// NoteWebhook notes a try that was of no delivery.
	NoteWebhook(ctx context.Context, hook string, r Result) error
}

// Config is what Hooks are made of.
type Config struct {
	Store   Store
	Key     []byte // the server's secret, from which those of hooks are derived
	Private bool   // whether this machine, private networks and http:// are allowed
	Now     func() time.Time
	Log     *slog.Logger // nowhere when nil
}

// fresh is an event that the store does not have yet. Its id does not change when the store is asked again.
type fresh struct {
	id    string
	event Event
}

// Hooks are the webhooks of a server. They may be used from many goroutines.
type Hooks struct {
	store    Store
	master   []byte
	private  bool
	now      func() time.Time
	log      *slog.Logger
	client   *http.Client
	counters counters
	kick     chan struct{} // something is fresh

	mu    sync.Mutex // guards what follows
	fresh []fresh    // what the store does not have yet, the oldest first
}

// New is hooks of which Run must run for events to be told.
func New(c Config) *Hooks {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Hooks{store: c.Store, master: c.Key, private: c.Private, now: c.Now, log: c.Log, client: newClient(c.Private), kick: make(chan struct{}, 1)}
}

// ErrUnknown refuses what is asked of a hook that is not there.
func ErrUnknown() error {
	return &room.Error{Code: room.CodeLinkUnknown, Message: "there is no such webhook, or it was removed"}
}

// key is what requests to a hook are signed with.
func (h *Hooks) key(id string) []byte {
	key, err := hkdf.Key(sha256.New, h.master, nil, hkdfInfo+id, sha256.Size)
	if err != nil {
		panic("webhook: " + err.Error()) // only for an absurd length
	}
	return key
}

// Add makes a hook. The secret cannot be had again.
func (h *Hooks) Add(ctx context.Context, address string) (made Hook, secret string, err error) {
	if err := h.checkURL(address); err != nil {
		return Hook{}, "", err
	}
	made = Hook{ID: newID(), URL: address, Created: h.now().UTC().Truncate(time.Millisecond)}
	if err := h.store.CreateWebhook(ctx, made, MaxHooks); err != nil {
		return Hook{}, "", fmt.Errorf("making a webhook: %w", err)
	}
	return made, "whsec_" + base64.StdEncoding.EncodeToString(h.key(made.ID)), nil
}

// checkURL refuses what is no address for a hook. Where its name leads is looked at when it is dialled.
func (h *Hooks) checkURL(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || len(address) > MaxURL || u.Hostname() == "" || u.User != nil || u.Fragment != "":
		return &room.Error{Code: room.CodeBadMessage,
			Message: "a webhook is an address such as https://example.org/tablee, without a name or password in it, of up to 1024 characters"}
	case u.Scheme == "https", u.Scheme == "http" && h.private:
		return nil
	}
	return &room.Error{Code: room.CodeBadMessage, Message: "a webhook's address begins with https://; http:// is for one's own network, with the setting webhooks.private"}
}

// List lists the hooks, the oldest first.
func (h *Hooks) List(ctx context.Context) ([]Hook, error) { return h.store.Webhooks(ctx) }

// Remove deletes a hook and what waits for it.
func (h *Hooks) Remove(ctx context.Context, id string) error { return h.store.DeleteWebhook(ctx, id) }

// Ping sends a hook a message of type ping, once and at once. problem says in plain words what went wrong, "" for nothing.
func (h *Hooks) Ping(ctx context.Context, id string) (r Result, problem string, err error) {
	all, err := h.store.Webhooks(ctx)
	if err != nil {
		return Result{}, "", err
	}
	for _, hook := range all {
		if hook.ID == id {
			now := h.now()
			out := h.send(ctx, hook, Delivery{ID: "msg_" + newID(), Hook: id, Body: pingBody(now)}, now)
			if err := h.store.NoteWebhook(ctx, id, out.Result); err != nil { // who asks is told all the same
				h.log.Warn("cannot note how a webhook's test ended", "error", err)
			}
			return out.Result, out.problem, nil
		}
	}
	return Result{}, "", ErrUnknown()
}

func newID() string { return strings.ToLower(rand.Text()[:idLength]) }
