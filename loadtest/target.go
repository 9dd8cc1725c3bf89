package loadtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// httpTimeout bounds the request that opens the room.
const httpTimeout = 10 * time.Second

// maxAnswer bounds what is read of an HTTP answer, in bytes: a room of 500 who have names, or the server's metrics.
const maxAnswer = 256 << 10

// target is a room, taken apart from its link.
type target struct {
	base url.URL // of the server, without a path
	room string
	dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// parseTarget reads a room's link.
func parseTarget(link string) (*target, error) {
	u, err := url.Parse(link)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrURL, err)
	}
	name, found := strings.CutPrefix(u.Path, "/r/")
	name = strings.TrimSuffix(name, "/")
	if (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || !found || name == "" || strings.Contains(name, "/") {
		return nil, fmt.Errorf("%w: %q", ErrURL, link)
	}
	return &target{base: url.URL{Scheme: u.Scheme, Host: u.Host}, room: name}, nil
}

// socket is the address of the room's WebSocket.
func (t *target) socket() string {
	u := t.base
	u.Scheme = "ws" + strings.TrimPrefix(u.Scheme, "http")
	u.Path = "/ws/room/" + t.room
	return u.String()
}

// loopback says whether the server is reached through the machine's loopback.
func (t *target) loopback() bool {
	host := t.base.Hostname()
	if ip := net.ParseIP(host); ip != nil {
		return ip.IsLoopback()
	}
	return host == "localhost"
}

// refusal is an error of docs/protocol.md that the server answered with.
type refusal struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

func (r *refusal) Error() string {
	if r.Message == "" {
		return r.Code
	}
	return r.Code + " (" + r.Message + ")"
}

// open opens the room, or finds it open.
func (t *target) open(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, httpTimeout)
	defer cancel()
	client := http.Client{Transport: &http.Transport{DialContext: t.dial, DisableKeepAlives: true}}
	body, err := json.Marshal(map[string]string{"name": t.room})
	if err != nil {
		return fmt.Errorf("encode the room's name: %w", err)
	}
	u := t.base
	u.Path = "/api/v1/rooms"
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrURL, err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("%w: open the room: %w", ErrServer, err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("%w: open the room: %w", ErrServer, err)
	}
	if resp.StatusCode == http.StatusOK || resp.StatusCode == http.StatusCreated {
		return nil
	}
	if r := parseRefusal(answer); r != nil {
		return fmt.Errorf("%w: open the room: %w", ErrRefused, r)
	}
	return fmt.Errorf("%w: open the room: the answer is %s; is this a Tablée server?", ErrServer, resp.Status)
}

// seats refuses a room that has not enough free seats. A server that does not say how many there are finds out itself.
func (t *target) seats(ctx context.Context, participants int) error {
	free, known := t.free(ctx)
	if !known || free >= participants {
		return nil
	}
	return fmt.Errorf("%w: the room has %d free, and %d were to come; choose fewer participants, or raise "+
		"rooms.max_participants of the server", ErrFull, free, participants)
}

// free is how many seats the room has left, if the server says so.
func (t *target) free(ctx context.Context) (seats int, known bool) {
	u := t.base
	u.Path = "/api/v1/rooms/" + t.room
	body, err := t.get(ctx, u.String())
	var room struct {
		Max    int        `json:"max"`
		Seated []struct{} `json:"seated"`
	}
	if err != nil || json.Unmarshal(body, &room) != nil || room.Max == 0 {
		return 0, false
	}
	return max(0, room.Max-len(room.Seated)), true
}

// get fetches something small from the server.
func (t *target) get(ctx context.Context, address string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, httpTimeout)
	defer cancel()
	client := http.Client{Transport: &http.Transport{DialContext: t.dial, DisableKeepAlives: true}}
	return fetch(ctx, &client, address)
}

// fetch gets a small body.
func fetch(ctx context.Context, client *http.Client, address string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrURL, err)
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrServer, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrServer, err)
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%w: the answer is %s", ErrServer, resp.Status)
	}
	return body, nil
}

// parseRefusal reads the error of an HTTP answer, nil when there is none.
func parseRefusal(body []byte) *refusal {
	var e struct {
		Error refusal `json:"error"`
	}
	if json.Unmarshal(body, &e) != nil || e.Error.Code == "" {
		return nil
	}
	return &e.Error
}

// passing says whether a refusal may be gone at the next try.
func passing(err error) bool {
	var r *refusal
	if !errors.As(err, &r) {
		return true
	}
	switch r.Code {
	case "shutting_down", "internal", "rate_limited":
		return true
	default:
		return false
	}
}
