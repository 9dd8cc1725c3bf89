package main

import (
	"testing"

	"tablee/room"
)

// The actions that concern the whole server, asked for over HTTP by each role: an action that is new and has no call here fails.
func TestServerMatrix(t *testing.T) {
	type call struct{ method, path, body string }
	asks := map[room.Action][]call{
		room.OpenRoom:     {{"POST", "/api/v1/rooms", `{"name":"fresh"}`}},
		room.OwnRooms:     {{"GET", "/api/v1/rooms", ""}, {"PUT", "/api/v1/rooms/own", `{}`}},
		room.ManageRooms:  {{"GET", "/api/v1/rooms/salon/settings", ""}, {"GET", "/api/v1/rooms/salon/links", ""}, {"PATCH", "/api/v1/rooms/salon", `{"title":"x"}`}},
		room.ManageServer: {{"GET", "/api/v1/server/now", ""}, {"GET", "/api/v1/accounts", ""}, {"PATCH", "/api/v1/server/settings", `{"values":{}}`}},
	}
	inServer(t, func(t *testing.T, v *virtual) {
		who := map[room.Role]visitor{room.Guest: {v: v}}
		_, who[room.Admin] = v.account(t, "anne", room.Admin)
		_, who[room.AccountHolder] = v.account(t, "bob", room.AccountHolder)
		if status, body, _ := who[room.Guest].ask(t, "POST", "/api/v1/rooms", `{"name":"salon"}`); status >= 300 {
			t.Fatal(status, body)
		}
		for _, a := range room.Actions()[room.OpenRoom:] {
			if len(asks[a]) == 0 {
				t.Errorf("nobody can ask for %q in this test", a)
			}
			for role, c := range who {
				for _, ask := range asks[a] {
					path := ask.path
					if a == room.OwnRooms && ask.method == "PUT" {
						path += role.String()
					}
					status, body, _ := c.ask(t, ask.method, path, ask.body)
					if refused := status == 401 || status == 403; refused == role.May(a) || !refused && status >= 300 {
						t.Errorf("a %s asks for %q by %s %s: %d %s", role, a, ask.method, path, status, body)
					}
				}
			}
		}
	})
}
