package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"tablee/accounts"
	"tablee/cmd/tablee/config"
	"tablee/cmd/tablee/login"
	"tablee/jointoken"
	"tablee/password"
	"tablee/room"
	"tablee/store"
	"tablee/web/api"
	"tablee/webhook"
)

// The console is the machine's own way to the API: a socket in the data folder, which only who may read that folder can
// open. `tablee user`, `room`, `token` and `backup` speak to a running server by it, and open the store themselves when
// none runs.

// consoleName is the socket's name in the data folder.
const consoleName = "console.sock"

// listenConsole opens the socket. A socket file that is left of a killed server makes place: the store's lock tells that
// it has no other owner.
func listenConsole(data string) (net.Listener, error) {
	path := filepath.Join(data, consoleName)
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("open the console: %w", err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("open the console: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("open the console: %w", err), l.Close())
	}
	return l, nil
}

// consoleServer answers the console.
func consoleServer(h http.Handler) *http.Server {
	return &http.Server{Handler: api.Console(h), ReadHeaderTimeout: 5 * time.Second}
}

// console speaks to the API on behalf of a command.
type console struct {
	client *http.Client
	close  func() error
}

// openConsole reaches the running server, or else opens the store and answers itself, at the same socket.
func openConsole(cfg config.Config) (*console, error) {
	path := filepath.Join(cfg.Data, consoleName)
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}
	c := &console{client: &http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}, close: func() error { return nil }}
	if conn, err := dial(context.Background(), "", ""); err == nil {
		return c, conn.Close()
	}
	if _, err := os.Stat(filepath.Join(cfg.Data, store.FileName)); err != nil {
		return nil, fmt.Errorf("there is no data in %s yet; start `tablee serve` once, or name the folder with --data", cfg.Data)
	}
	st, err := store.Open(cfg.Data)
	if err != nil {
		return nil, err
	}
	h, err := offline(st, cfg)
	if err != nil {
		return nil, errors.Join(err, st.Close())
	}
	l, err := listenConsole(cfg.Data)
	if err != nil {
		return nil, errors.Join(err, st.Close())
	}
	answering := consoleServer(h)
	done := make(chan error, 1)
	go func() { done <- answering.Serve(l) }()
	c.close = func() error {
		err := answering.Close()
		<-done
		return errors.Join(err, st.Close())
	}
	return c, nil
}

// offline is the API where no server runs.
func offline(st *store.Store, cfg config.Config) (http.Handler, error) {
	b, err := newBox(st, cfg, deps{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	key, err := st.ServerKey(context.Background())
	if err != nil {
		return nil, err
	}
	hasher := password.NewHasher()
	rooms := room.NewRegistry(st, room.Limits{MaxRooms: cfg.Rooms.Max}, time.Now, room.WithPasswords(hasher))
	return newAPI(b, accounts.New(st, hasher, time.Now), rooms, jointoken.New(st, key, time.Now), newWebhooks(st, key, cfg, b.log), login.Ways{}, func() bool { return true }), nil
}

// newAPI puts the API together.
func newAPI(b *box, who *accounts.Accounts, rooms *room.Registry, joins *jointoken.Tokens, hooks *webhook.Hooks, ways login.Ways, ready func() bool) *api.API {
	c := api.Config{Accounts: who, Rooms: rooms, Joins: joins, Webhooks: hooks, Server: b, Quotas: b.store, Ready: ready, Now: time.Now, Log: b.log, Heads: b.heads}
	if ways.OpenID != nil {
		c.Provider = ways.OpenID
	}
	if ways.Proxy != nil {
		c.SSO = ways.Proxy
	}
	if ways.Directory != nil {
		c.Directory = cmp.Or(b.base.Login.LDAP.Name, "LDAP")
	}
	return api.New(c)
}

// call asks for something and reads the answer into answer, unless that is nil. A refusal comes back in the server's words.
func (c *console) call(ctx context.Context, method, path string, body, answer any) error {
	resp, err := c.send(ctx, method, path, body)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if answer == nil || resp.StatusCode == http.StatusNoContent {
		return nil
	}
	if err := json.NewDecoder(resp.Body).Decode(answer); err != nil {
		return fmt.Errorf("read the server's answer: %w", err)
	}
	return nil
}

func (c *console) send(ctx context.Context, method, path string, body any) (*http.Response, error) {
	var content io.Reader = http.NoBody
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return nil, fmt.Errorf("write the request: %w", err)
		}
		content = bytes.NewReader(data)
	}
	r, err := http.NewRequestWithContext(ctx, method, "http://console"+path, content)
	if err != nil {
		return nil, fmt.Errorf("write the request: %w", err)
	}
	r.Header.Set("Content-Type", "application/json")
	resp, err := c.client.Do(r)
	if err != nil {
		if u, ok := errors.AsType[*url.Error](err); ok {
			err = u.Err
		}
		return nil, fmt.Errorf("ask the server: %w", err)
	}
	if resp.StatusCode < 300 {
		return resp, nil
	}
	defer resp.Body.Close()
	var refusal struct {
		Error struct {
			Code    room.Code
			Message string
		}
	}
	if err := json.NewDecoder(resp.Body).Decode(&refusal); err != nil || refusal.Error.Message == "" {
		return nil, fmt.Errorf("the server answered %s", resp.Status)
	}
	return nil, errors.New(refusal.Error.Message)
}
