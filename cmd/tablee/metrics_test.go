package main

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
)

// startLocal runs the server on this machine's loopback, and returns where it is.
func startLocal(t *testing.T) (address string) {
	t.Helper()
	s := localServer(t, options(map[string]string{"data": filepath.Join(t.TempDir(), "data")}), deps{})
	begin(t, s)
	return s.listener.Addr().String()
}

// fetch asks for a page of a server on this machine.
func fetch(t *testing.T, address, path string) (status int, body string) {
	t.Helper()
	resp, err := http.Get("http://" + address + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// TestMetricsTellSumsAndNobody: the figures follow what happens, and hold no name, room or address.
func TestMetricsTellSumsAndNobody(t *testing.T) {
	address := startLocal(t)
	resp, err := http.Post("http://"+address+"/api/v1/rooms", "application/json", strings.NewReader(`{"name":"conseil secret"}`))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if status, _ := fetch(t, address, "/api/v1/rooms/no-such-room"); status != http.StatusNotFound {
		t.Errorf("a room that is not there is %d", status)
	}
	ws, _, err := websocket.DefaultDialer.Dial("ws://"+address+"/ws/room/conseil-secret", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	if err := ws.WriteJSON(map[string]any{"t": "hello", "v": 1, "name": "Margaux"}); err != nil {
		t.Fatal(err)
	}
	await(t, ws, "welcome")

	status, text := fetch(t, address, "/metrics")
	if status != http.StatusOK {
		t.Fatalf("/metrics is %d", status)
	}
	for _, line := range []string{
		"tablee_rooms 1", "tablee_participants 1", "tablee_websockets 1", `tablee_refused_total{code="room_unknown"} 1`,
		`tablee_refused_total{code="room_full"} 0`, "tablee_media_packets_forwarded_total 0", "tablee_panics_total 0",
		`tablee_media_packets_dropped_total{reason="repeat"} 0`,
	} {
		if !strings.Contains(text, "\n"+line+"\n") {
			t.Errorf("%q is not told", line)
		}
	}
	for _, secret := range []string{"Margaux", "secret", "127.0.0.1", address} {
		if strings.Contains(text, secret) {
			t.Errorf("%q is told:\n%s", secret, text)
		}
	}
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "metrics.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range regexp.MustCompile(`(?m)^# TYPE (\w+)`).FindAllStringSubmatch(text, -1) {
		if !strings.Contains(string(page), "`"+name[1]) {
			t.Errorf("docs/metrics.md does not explain %s", name[1])
		}
	}
}
