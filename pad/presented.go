package pad

import (
	"net/http"
	"strings"
)

// Presented is the access that a request shows, over HTTP or to open a WebSocket; "" for none.
func Presented(r *http.Request) string {
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return token
	}
	for p := range strings.SplitSeq(r.Header.Get("Sec-WebSocket-Protocol"), ",") {
		if access, ok := strings.CutPrefix(strings.TrimSpace(p), accessProtocol); ok {
			return access
		}
	}
	return r.URL.Query().Get("access")
}

// IsLink says if an access is that of a link, and no seat's.
func IsLink(access string) bool { return strings.HasPrefix(access, byLink) }
