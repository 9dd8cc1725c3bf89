package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/pion/transport/v5"

	"tablee/accounts"
	"tablee/chat"
	"tablee/cmd/tablee/config"
	"tablee/cmd/tablee/login"
	"tablee/files"
	"tablee/jointoken"
	"tablee/pad"
	"tablee/pad/api"
	"tablee/password"
	"tablee/room"
	"tablee/sfu"
	"tablee/sfu/udp"
	"tablee/signaling"
	"tablee/store"
	"tablee/web"
	"tablee/webhook"
)

// How long the parts may take to stop, one after the other.
const (
	hubGrace  = 5 * time.Second // to tell the participants
	webGrace  = 3 * time.Second // to finish answers under way
	partGrace = 5 * time.Second // anything else, such as the last chat messages on a slow card
)

// deps are the server's ways to the outside. Tests put a network in memory there.
type deps struct {
	Listener   net.Listener     // of the page
	MediaConns []*udp.Conn      // of the media port; see sfu.Listen
	HTTP       net.Listener     // http:// beside https://; nil for none
	TURN       []net.PacketConn // the relay's port, UDP; none without TURN
	TURNTCP    []net.Listener   // the same, TCP
	Console    bool             // whether the machine itself has its own way to the API
	Settings   []config.Shown   // all settings, to be shown to admins
	Level      *slog.LevelVar   // of the log; nil for one that does not change
	Lines      *lines           // the log, to be shown to admins; nil for none
	DNS        []net.PacketConn // where our own names are answered; none for nowhere
	Net        transport.Net    // the network that MediaConns are of; nil for the machine's
	Log        *slog.Logger
}

// close closes what a server that was never made would have closed.
func (d deps) close() error {
	errs := []error{d.Listener.Close()}
	if d.HTTP != nil {
		errs = append(errs, d.HTTP.Close())
	}
	for _, l := range d.TURNTCP {
		errs = append(errs, l.Close())
	}
	for _, c := range d.MediaConns {
		errs = append(errs, c.Close())
	}
	for _, c := range slices.Concat(d.TURN, d.DNS) {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}

// server is the whole of Tablée, put together. Make one with newServer, and Run it once.
type server struct {
	log      *slog.Logger
	listener net.Listener
	ready    atomic.Bool

	store  *store.Store
	engine *sfu.Engine
	chat   *chat.Log
	hub    *signaling.Hub
	files  *files.Files
	pads   *pad.Hub
	padAPI *api.Handler
	mirror *mirroring
	pages  *web.Handler
	web    *web.Server
	reach  *reach

	box      *box
	accounts *accounts.Accounts
	ways     login.Ways // in, besides our own passwords
	joins    *jointoken.Tokens
	webhooks *webhook.Hooks
	console  *http.Server // nil for none
	consoleL net.Listener
}

// newServer wires the server from top to bottom. It owns what is in d from then on, even when it fails. Nothing runs
// until Run.
func newServer(cfg config.Config, d deps) (*server, error) {
	s := &server{log: d.Log, listener: d.Listener}
	if err := s.wire(cfg, d); err != nil {
		errs := []error{err, d.close()}
		if s.store != nil {
			errs = append(errs, s.store.Close())
		}
		return nil, errors.Join(errs...)
	}
	return s, nil
}

func (s *server) wire(cfg config.Config, d deps) (err error) {
	if s.store, err = store.Open(cfg.Data, store.WithLog(d.Log)); err != nil {
		return fmt.Errorf("open the data folder %s: %w", cfg.Data, err)
	}
	key, err := s.store.ServerKey(context.Background())
	if err != nil {
		return fmt.Errorf("read the server's key: %w", err)
	}

	if s.box, err = newBox(s.store, cfg, d); err != nil {
		return err
	}
	cfg = *s.box.config()

	limits := room.Limits{
		MaxRooms:             cfg.Rooms.Max,
		MaxParticipants:      cfg.Rooms.MaxParticipants,
		MaxParticipantsTotal: cfg.Rooms.MaxParticipantsTotal,
	}
	hasher := password.NewHasher()
	rooms := room.NewRegistry(s.store, limits, time.Now, room.WithPasswords(hasher), room.WithOpeners(s.box.Openers),
		room.WithMaxRooms(func() int { return s.box.config().Rooms.Max }))
	if err = s.knowPeople(cfg, hasher, d.Log); err != nil {
		return err
	}
	s.joins = jointoken.New(s.store, key, time.Now)
	s.webhooks = newWebhooks(s.store, key, cfg, d.Log)
	calls := newAPI(s.box, s.accounts, rooms, s.joins, s.webhooks, s.ways, s.ready.Load)

	if s.reach, err = newReach(cfg, d, turnKey(key)); err != nil {
		return err
	}

	s.engine, err = sfu.New(sfu.Config{
		Conns: d.MediaConns, Net: d.Net, Others: s.reach.MediaConns(), TCPPort: s.reach.tcpPort(), Addresses: s.reach.addresses.Load().Extra(), Voices: cfg.Media.Voices, Stock: cfg.Media.Stock, Log: d.Log,
		Uplink: 1000 * cfg.Media.Uplink, Profile: cfg.Media.Profile,
	})
	if err != nil {
		return err
	}

	s.chat = chat.New(chat.Config{Store: s.store, Keep: keepsChat(rooms), Log: d.Log})
	s.hub = signaling.NewHub(signaling.HubConfig{
		Rooms: rooms, Media: media{s.engine}, Chat: s.chat, Key: key, Limits: limits, Voices: cfg.Media.Voices, Profile: cfg.Media.Profile,
		Admit: media{s.engine}.admit, HostToken: web.HostToken, Identify: calls.Identify, JoinTokens: s.joins, Browser: web.Browser, Address: web.ClientAddr, ICE: s.reach.iceServers, Breakouts: &parted{store: s.store}, Happens: tellWebhooks(s.webhooks), Log: d.Log,
	})

	s.reach.engine = s.engine
	s.reach.busy = func() bool { return s.hub.Members() > 0 }

	if s.files, err = s.newFiles(cfg, rooms, hasher, key, calls.Identify); err != nil {
		return err
	}
	s.pads = pad.New(pad.Config{Store: s.store, Pass: s.hub.Pass, Expelled: s.hub.Expelled, IsHost: rooms.IsHost, Now: time.Now, Log: d.Log})

	s.padAPI = api.New(api.Config{Hub: s.pads, Log: d.Log, Pictures: s.files, APIKey: cfg.Pads.APIKey, Client: web.ClientAddr})

	s.pages, err = web.New(web.Config{
		Rooms: rooms, Hub: s.hub, Seated: s.hub.Seated, MaxParticipants: func() int { return s.box.config().Rooms.MaxParticipants },
		Ready: s.ready.Load, Now: time.Now, Log: d.Log, Metrics: s.metrics, Files: s.files, API: calls, Identify: calls.Identify,
		Pads: s.padAPI, PadAPI: true,
		Secure: cfg.TLS.Secure(), Authority: s.reach.authority(),
		Instance: s.reach.instance, Status: func() any { return s.reach.status() },
		Line: func(host string) []signaling.ICE { return s.reach.iceServers(host, lineUser) },
	})
	if err != nil {
		return err
	}
	s.reach.wirePlain(s.pages)
	s.web = web.NewServer(s.pages, web.BoundFor(limits.MaxParticipantsTotal), d.Log)
	if d.Console {
		if s.consoleL, err = listenConsole(cfg.Data); err != nil { // such as a path that is too long for a socket
			d.Log.Warn("the tablee command cannot reach this server", "error", err)
		} else {
			s.console = consoleServer(calls)
		}
	}
	s.box.server = s
	return s.wireMirror(cfg)
}

// knowPeople makes the accounts of this server, and asks whoever else knows people for it.
func (s *server) knowPeople(cfg config.Config, hasher *password.Hasher, log *slog.Logger) (err error) {
	if s.ways, err = login.New(cfg.Login, web.OverTLS, log); err != nil {
		return err
	}
	opts := []accounts.Option{accounts.WithTrust(cfg.Login.Trust), accounts.WithEnded(func(id string) { s.hub.Dismiss(id) })}
	if s.ways.Directory != nil {
		opts = append(opts, accounts.WithDirectory(s.ways.Directory))
	}
	s.accounts = accounts.New(s.store, hasher, time.Now, opts...)
	return nil
}

// Run serves until ctx ends or a part fails, and then stops the parts in an order in which nothing is lost: first the
// meetings are told, while the rest still works; then the page, the chat's last commit, the media, the store. It
// returns nil when ctx ended and everything stopped in time.
func (s *server) Run(ctx context.Context) error {
	failed := make(chan error, 32) // more than there are parts, so that none waits
	engine := start(failed, "the media engine", s.engine.Run)
	chat := start(failed, "the chat", s.chat.Run)
	hub := start(failed, "signaling", s.hub.Run)
	keeper := start(failed, "the files", s.files.Run)
	pads := start(failed, "the pads", s.pads.Run)
	mirror := start(failed, "the mirror", s.mirror.Run)
	page := start(failed, "the web server", func(context.Context) error { return s.web.Serve(s.reach.front.HTTP()) })
	reach := s.reach.start(failed, s.listener)
	watch := start(failed, "the watch", s.box.Run)
	ways := start(failed, "the logins elsewhere", s.ways.Run)
	members := start(failed, "the accounts", s.recheck)
	hooks := start(failed, "the webhooks", s.webhooks.Run)
	console := start(failed, "the console", s.serveConsole)
	s.ready.Store(true)
	s.log.Info("serving", "media", s.engine.Mode())

	var errs []error
	select {
	case <-ctx.Done():
	case err := <-failed:
		errs = append(errs, err)
	}
	s.log.Info("stopping")
	s.ready.Store(false)

	errs = append(errs, hub.stop(hubGrace), hooks.stop(partGrace), s.stopWeb(ctx), page.stop(partGrace), mirror.stop(partGrace), watch.stop(partGrace), console.stop(partGrace), ways.stop(partGrace), members.stop(partGrace), keeper.stop(partGrace), pads.stop(partGrace), s.reach.stop(ctx, reach), chat.stop(partGrace),
		engine.stop(partGrace))
	errs = append(errs, s.engine.Close(), s.store.Close())
	s.log.Info("stopped", "requests_refused", s.pages.Stats().Refused, "panics", s.pages.Stats().Panics,
		"connections_refused", s.web.Connections().Refused, "messages_refused", s.hub.Stats().Refused)
	return errors.Join(errs...)
}

// serveConsole answers the machine's own commands until ctx ends.
func (s *server) serveConsole(ctx context.Context) error {
	if s.console == nil {
		return nil
	}
	defer context.AfterFunc(ctx, func() { s.console.Close() })() // the listener's error is Serve's
	if err := s.console.Serve(s.consoleL); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// recheck asks the directory, if there is one, whether its members still are. The directory itself logs when it is down.
func (s *server) recheck(ctx context.Context) error {
	return s.accounts.Run(ctx, func(err error) {
		if room.CodeOf(err) != room.CodeLoginDown {
			s.log.Warn("cannot bring the directory's members up to date", "error", err)
		}
	})
}

// stopWeb lets answers under way finish. Cutting off one that takes too long is not a failure.
func (s *server) stopWeb(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), webGrace)
	defer cancel()
	if err := s.web.Shutdown(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("stop the web server: %w", err)
	}
	return nil
}

// part is something that runs until it is told to stop.
type part struct {
	name   string
	cancel context.CancelFunc
	done   chan error
}

// start runs a part. One that ends by itself says so on failed.
func start(failed chan<- error, name string, run func(context.Context) error) *part {
	ctx, cancel := context.WithCancel(context.Background())
	p := &part{name: name, cancel: cancel, done: make(chan error, 1)}
	go func() {
		err := run(ctx)
		if ctx.Err() == nil && err != nil {
			failed <- fmt.Errorf("%s failed: %w", name, err)
			err = nil // it is told
		}
		p.done <- err
	}()
	return p
}

// stop ends a part and waits for it.
func (p *part) stop(grace time.Duration) error {
	p.cancel()
	late := time.NewTimer(grace)
	defer late.Stop()
	select {
	case err := <-p.done:
		if err != nil && !errors.Is(err, context.Canceled) {
			return fmt.Errorf("stop %s: %w", p.name, err)
		}
		return nil
	case <-late.C:
		return fmt.Errorf("stop %s: it still ran after %v", p.name, grace)
	}
}
