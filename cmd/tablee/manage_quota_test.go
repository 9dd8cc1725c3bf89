package main

import (
	"net/http"
	"path/filepath"
	"testing"

	"tablee/room"
)

// TestQuotasOfOne sets quotas from the shell, and has the running server keep to them.
func TestQuotasOfOne(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	s := localServer(t, options(map[string]string{"data": data}), deps{Console: true})
	defer begin(t, s)()
	anne, token := newMember(t, s, "anne", room.AccountHolder)
	do(t, data, exitOK, "group", "add", "Board")
	do(t, data, exitOK, "group", "join", "Board", "anne")
	g, err := s.accounts.Group(t.Context(), "Board")
	if err != nil {
		t.Fatal(err)
	}
	var made struct{ Host string }
	askPages(t, s, "POST", "/api/v1/rooms", "", `{"name":"choir"}`, http.StatusCreated, &made)
	for _, c := range []struct{ what, name, base, token string }{
		{"user", "anne", "/api/v1/files/user/" + anne.ID, token},
		{"group", "Board", "/api/v1/files/team/" + g.ID, token},
		{"room", "choir", "/api/v1/rooms/choir/files", made.Host},
	} {
		put := func(content string, want int) {
			t.Helper()
			askPages(t, s, "POST", c.base+"/upload?clash=rename&name=a", c.token, content, want, nil)
		}
		do(t, data, exitOK, c.what, "quota", c.name, "1K")
		var list struct{ Usage struct{ Quota int64 } }
		askPages(t, s, "GET", c.base, c.token, "", http.StatusOK, &list)
		if list.Usage.Quota != 1024 {
			t.Errorf("%s: the page shows %d", c.what, list.Usage.Quota)
		}
		put(string(make([]byte, 1000)), http.StatusCreated)
		put(string(make([]byte, 25)), http.StatusRequestEntityTooLarge)
		do(t, data, exitOK, c.what, "quota", c.name, "0")
		put("x", http.StatusRequestEntityTooLarge)
		do(t, data, exitOK, c.what, "quota", c.name, "default")
		put(string(make([]byte, 2000)), http.StatusCreated)
		do(t, data, exitFailed, c.what, "quota", c.name, "much")
		do(t, data, exitFailed, c.what, "quota", "nobody", "1K")
	}
	do(t, data, exitOK, "room", "quota", "choir", "1T")
	do(t, data, exitOK, "room", "remove", "choir")
	if all, err := s.store.FileQuotas(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("%v, %v", all, err)
	}
}

func TestSizes(t *testing.T) {
	for text, want := range map[string]int64{"0": 0, "7": 7, "1K": 1024, "500M": 500 << 20, "20G": 20 << 30, "1024T": 1 << 50, "": -1, "K": -1, "1k": -1, "-1": -1, "1025T": -1, "1.5G": -1} {
		if got, err := parseSize(text); got != want && (err == nil || want >= 0) {
			t.Errorf("%q is %d, %v", text, got, err)
		}
	}
}
