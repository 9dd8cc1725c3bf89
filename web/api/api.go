package api

import (
	"context"
	_ "embed"
	"log/slog"
	"net/http"
	"time"

	"tablee/accounts"
	"tablee/jointoken"
	"tablee/ratelimit"
	"tablee/reply"
	"tablee/room"
	"tablee/webhook"
)

// Config is what the API is made of. Everything but Provider, SSO and Directory is required.
type Config struct {
	Accounts  *accounts.Accounts
	Rooms     *room.Registry
	Joins     *jointoken.Tokens
	Webhooks  *webhook.Hooks
	Heads     func() map[string]int // how many are in each live meeting, by the room's normal name
	Server    Server
	Quotas    Quotas
	Provider  Provider         // an OpenID provider to log in by; nil for none
	SSO       SSO              // a proxy before us that vouches for people; nil for none
	Directory string           // the name of the directory whose logins are good here, too; "" for none
	Ready     func() bool      // false while the server starts or stops
	Now       func() time.Time // the clock of calendars and limits
	Log       *slog.Logger
}

// Server is the server itself, as far as admins look at it and change it.
type Server interface {
	Watched
	Changed
}

// Watched is what there is to see. Nothing of it is about anybody.
type Watched interface {
	Now() Now
	History() History
	Health(ctx context.Context) Health
	Network(ctx context.Context) Report
	Storage(ctx context.Context) (Storage, error)
	Log() []Line
	Front() Front
	Mirror() Mirror
}

// Changed is what there is to change, and to do.
type Changed interface {
	Settings() []Setting
	// Openers is the least role that makes rooms.
	Openers() room.Role
	// Change gives settings that may change while the server runs other values, by name; nil for what they are without us.
	// What it refuses it refuses whole.
	Change(ctx context.Context, values map[string]*string) error
	// Snapshot stores a copy of the database on the server's own disk.
	Snapshot(ctx context.Context) (Snapshot, error)
	// Purge takes away for good what can be done without, of these sorts and put there longer than age ago, and tells for
	// each what became of it.
	Purge(ctx context.Context, what []string, age time.Duration) ([]Freed, error)
	// RunMirror has the mirror brought up to date soon.
	RunMirror() error
	// Backup writes everything as a tar archive.
	Backup(ctx context.Context, w http.ResponseWriter) error
}

// API answers the calls. It may be used from many goroutines.
type API struct {
	cfg   Config
	mux   *http.ServeMux
	links *ratelimit.Limiter // of secrets that lead nowhere, by client
}

// New makes the API.
func New(cfg Config) *API {
	a := &API{cfg: cfg, mux: http.NewServeMux(), links: ratelimit.New(ratelimit.Links())}
	for _, rt := range a.routes() {
		a.mux.HandleFunc(rt.method+" "+rt.path, a.handler(rt))
	}
	a.mux.HandleFunc("GET /api/openapi.json", a.describe)
	a.mux.HandleFunc("GET /api/v1/login/provider", a.toProvider)
	a.mux.HandleFunc("GET /api/v1/login/provider/back", a.fromProvider)
	a.mux.HandleFunc("POST /api/v1/login/provider/ended", a.endedThere)
	a.mux.HandleFunc("GET /sso", a.fromProxy)
	a.mux.HandleFunc("GET /api/v1/server/backup.tar", a.backup)
	a.mux.HandleFunc("/", a.nothing)
	return a
}

// ServeHTTP implements http.Handler.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.mux.ServeHTTP(w, r) }

// openAPI describes the calls.
//
//go:embed openapi.json
var openAPI string

// describe answers with openapi.json.
func (a *API) describe(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write([]byte(openAPI)) // who has gone away does not need the answer
}

// nothing answers what there is not: the path, or the method at it.
func (a *API) nothing(w http.ResponseWriter, r *http.Request) {
	for _, rt := range a.routes() {
		if pattern(rt.path, r.URL.Path) {
			w.Header().Set("Allow", a.allowed(r.URL.Path))
			reply.Refuse(w, http.StatusMethodNotAllowed, &room.Error{Code: room.CodeBadMessage, Message: "the method must be " + a.allowed(r.URL.Path)})
			return
		}
	}
	reply.Refuse(w, http.StatusNotFound, &room.Error{Code: room.CodeBadMessage, Message: "there is no such call; /api/openapi.json lists those that there are"})
}
