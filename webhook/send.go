package webhook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"syscall"
	"time"
)

// errPrivate is of an address at which we do not call.
var errPrivate = errors.New("the address is of this machine or of a private network")

// outcome is of one try.
type outcome struct {
	Result
	problem string // Reason in plain words, "" when it was taken
	gone    bool   // it shall not be told any more (410)
}

// newClient calls without a proxy, follows no redirect, and keeps no connection.
func newClient(private bool) *http.Client {
	dialer := &net.Dialer{Timeout: MaxTry}
	if !private {
		// Here, after the look-up of the name: what a name led to a moment ago is worth nothing.
		dialer.Control = func(_, address string, _ syscall.RawConn) error {
			if a, err := netip.ParseAddrPort(address); err != nil || !public(a.Addr()) {
				return errPrivate
			}
			return nil
		}
	}
	return &http.Client{
		Timeout:       MaxTry,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true, MaxResponseHeaderBytes: maxHeader,
			TLSHandshakeTimeout: MaxTry},
	}
}

// public tells whether an address is of the public Internet, as far as one can see (RFC 6890).
func public(a netip.Addr) bool {
	a = a.Unmap()
	if netip.MustParsePrefix("64:ff9b::/96").Contains(a) { // NAT64 (RFC 6052): what counts is where it leads
		b := a.As16()
		a = netip.AddrFrom4([4]byte(b[12:]))
	}
	if !a.IsGlobalUnicast() || a.IsPrivate() || a.Zone() != "" {
		return false
	}
	for _, p := range [...]string{"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24",
		"203.0.113.0/24", "240.0.0.0/4", "::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "fec0::/10"} {
		if netip.MustParsePrefix(p).Contains(a) {
			return false
		}
	}
	return true
}

// sign is the header webhook-signature.
func sign(key []byte, id string, seconds int64, body []byte) string {
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%d.", id, seconds)
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// send tries once. now is the time of the try, which the receiver compares with its clock.
func (h *Hooks) send(ctx context.Context, to Hook, d Delivery, now time.Time) outcome {
	failed := func(why Reason, status int, problem string) outcome {
		return outcome{Result: Result{At: now, Status: status, Reason: why}, problem: problem, gone: status == http.StatusGone}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to.URL, bytes.NewReader(d.Body))
	if err != nil {
		h.counters.network.Add(1)
		return failed(BadURL, 0, "its address cannot be called")
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Tablee-Webhooks/1")
	r.Header.Set("webhook-id", d.ID)
	r.Header.Set("webhook-timestamp", strconv.FormatInt(now.Unix(), 10))
	r.Header.Set("webhook-signature", sign(h.key(to.ID), d.ID, now.Unix(), d.Body))
	resp, err := h.client.Do(r)
	switch {
	case errors.Is(err, errPrivate):
		h.counters.private.Add(1)
		return failed(Private, 0, "its name leads to this machine or to a private network; the setting webhooks.private allows that")
	case err != nil:
		h.counters.network.Add(1)
		return failed(NoAnswer, 0, "it cannot be reached, or did not answer in time; look at the address, and whether the receiver runs")
	}
	defer resp.Body.Close()
	io.CopyN(io.Discard, resp.Body, MaxAnswer) // what it says does not matter; an error neither: the status has come
	if resp.StatusCode/100 == 2 {
		h.counters.delivered.Add(1)
		return outcome{Result: Result{At: now, Status: resp.StatusCode}}
	}
	h.counters.status.Add(1)
	return failed(BadStatus, resp.StatusCode, fmt.Sprintf("it answered %d, and only 2xx counts; redirects are not followed", resp.StatusCode))
}
