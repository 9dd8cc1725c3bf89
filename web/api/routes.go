package api

import (
	"net/http"
	"strings"
)

// need is what somebody must be for a call.
type need uint8

const (
	anybody need = iota
	member       // has an account
	admin        // manages the server
	console      // sits at the machine itself: came by the socket in the data folder
)

// route is one call. do returns the answer, nil for none, or a refusal.
type route struct {
	method, path string
	need         need
	do           func(*call) (any, error)
}

// routes is the table of all calls.
func (a *API) routes() []route {
	return append([]route{
		{"GET", "/api/v1/me", anybody, showMe},
		{"PATCH", "/api/v1/me", member, changeMe},
		{"PUT", "/api/v1/me/password", member, changePassword},
		{"GET", "/api/v1/me/secrets", member, listSecrets},
		{"DELETE", "/api/v1/me/secrets/{id}", member, revokeSecret},
		{"POST", "/api/v1/me/apps", member, newApp},
		{"POST", "/api/v1/me/tokens", member, newToken},

		{"POST", "/api/v1/login", anybody, login},
		{"POST", "/api/v1/logout", anybody, logout},
		{"POST", "/api/v1/setup", anybody, guessed(setup)},
		{"POST", "/api/v1/invitation", anybody, guessed(lookAtInvitation)},
		{"POST", "/api/v1/invitation/accept", anybody, guessed(acceptInvitation)},
		{"POST", "/api/v1/reset", anybody, guessed(resetPassword)},

		{"GET", "/api/v1/accounts", admin, listAccounts},
		{"POST", "/api/v1/accounts", admin, createAccount},
		{"GET", "/api/v1/accounts/{id}", admin, showAccount},
		{"PATCH", "/api/v1/accounts/{id}", admin, changeAccount},
		{"DELETE", "/api/v1/accounts/{id}", admin, deleteAccount},
		{"POST", "/api/v1/accounts/{id}/reset", admin, newReset},
		{"DELETE", "/api/v1/accounts/{id}/secrets", admin, endSecrets},
		{"GET", "/api/v1/accounts/{id}/tokens", admin, listTokens},
		{"POST", "/api/v1/accounts/{id}/tokens", console, newTokenFor},
		{"DELETE", "/api/v1/accounts/{id}/tokens/{token}", admin, revokeToken},
		{"GET", "/api/v1/invitations", admin, listInvitations},
		{"POST", "/api/v1/invitations", admin, invite},
		{"DELETE", "/api/v1/invitations/{id}", admin, revokeInvitation},

		{"GET", "/api/v1/groups", admin, listGroups},
		{"POST", "/api/v1/groups", admin, createGroup},
		{"PATCH", "/api/v1/groups/{id}", admin, renameGroup},
		{"DELETE", "/api/v1/groups/{id}", admin, deleteGroup},
		{"PUT", "/api/v1/groups/{id}/members/{account}", admin, seatMember},
		{"DELETE", "/api/v1/groups/{id}/members/{account}", admin, unseatMember},

		{"GET", "/api/v1/rooms", member, listRooms},
		{"PUT", "/api/v1/rooms/{name}", member, createRoom},
		{"PATCH", "/api/v1/rooms/{name}", member, changeRoom},
		{"DELETE", "/api/v1/rooms/{name}", member, deleteRoom},
		{"GET", "/api/v1/rooms/{name}/settings", member, showRoom},
		{"PUT", "/api/v1/rooms/{name}/password", member, setRoomPassword},
		{"POST", "/api/v1/rooms/{name}/close", member, closeRoom},
		{"GET", "/api/v1/rooms/{name}/links", member, listLinks},
		{"POST", "/api/v1/rooms/{name}/links", member, newLink},
		{"DELETE", "/api/v1/rooms/{name}/links/{id}", member, revokeLink},

		{"GET", "/api/v1/joinkeys", admin, listJoinKeys},
		{"POST", "/api/v1/joinkeys", admin, newJoinKey},
		{"DELETE", "/api/v1/joinkeys/{id}", admin, revokeJoinKey},
		{"POST", "/api/v1/joinkeys/{id}/tokens", admin, signJoinToken},

		{"GET", "/api/v1/webhooks", admin, listWebhooks},
		{"POST", "/api/v1/webhooks", admin, newWebhook},
		{"DELETE", "/api/v1/webhooks/{id}", admin, removeWebhook},
		{"POST", "/api/v1/webhooks/{id}/test", admin, testWebhook},

		{"GET", "/api/v1/server/now", admin, serverNow},
		{"GET", "/api/v1/server/history", admin, serverHistory},
		{"GET", "/api/v1/server/health", admin, serverHealth},
		{"GET", "/api/v1/server/network", admin, serverNetwork},
		{"GET", "/api/v1/server/storage", admin, serverStorage},
		{"POST", "/api/v1/server/storage/purge", admin, purge},
		{"GET", "/api/v1/server/log", admin, serverLog},
		{"GET", "/api/v1/server/settings", admin, serverSettings},
		{"PATCH", "/api/v1/server/settings", admin, changeServer},
		{"POST", "/api/v1/server/snapshot", admin, snapshot},
		{"GET", "/api/v1/server/mirror", admin, serverMirror},
		{"POST", "/api/v1/server/mirror", admin, runMirror},
	}, quotaRoutes()...)
}

// pattern says if a path fits a route's, which has {names} in it.
func pattern(route, path string) bool {
	want, got := strings.Split(route, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return false
	}
	for i, w := range want {
		if w != got[i] && (!strings.HasPrefix(w, "{") || got[i] == "") {
			return false
		}
	}
	return true
}

// allowed lists the methods at a path.
func (a *API) allowed(path string) string {
	var methods []string
	for _, rt := range a.routes() {
		if pattern(rt.path, path) {
			methods = append(methods, rt.method)
		}
	}
	return strings.Join(methods, ", ")
}

// Handles says if the call is one of the table's: the way to rooms is shared with others.
func (a *API) Handles(r *http.Request) bool {
	for _, rt := range a.routes() {
		if rt.method == r.Method && pattern(rt.path, r.URL.Path) {
			return true
		}
	}
	return false
}
