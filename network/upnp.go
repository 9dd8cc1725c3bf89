package network

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// UPnP-IGD: the router is found by a multicast question (SSDP), describes itself in XML over HTTP, and takes calls in XML.
// Only an answer of the router itself is believed, and only an address on it is called.

const (
	ssdpGroup    = "239.255.255.250:1900"
	upnpPatience = 3 * time.Second
	maxXML       = 256 << 10 // bytes of a description or an answer
)

var errUPnP = errors.New("the router does not answer UPnP as it should")

// services are those that forward ports, the newest first.
func services() []string {
	const prefix = "urn:schemas-upnp-org:service:"
	return []string{prefix + "WANIPConnection:2", prefix + "WANIPConnection:1", prefix + "WANPPPConnection:1"}
}

// upnp is a router's port forwarding.
type upnp struct {
	control string // URL
	service string
	client  *http.Client
}

// findUPnP looks for it on the router.
func findUPnP(ctx context.Context, group string, router netip.Addr) (*upnp, error) {
	ctx, cancel := context.WithTimeout(ctx, upnpPatience)
	defer cancel()
	location, err := ssdp(ctx, group, router)
	if err != nil {
		return nil, fmt.Errorf("look for the router by UPnP: %w", err)
	}
	u := &upnp{client: &http.Client{Timeout: upnpPatience, CheckRedirect: func(*http.Request, []*http.Request) error { return errUPnP },
		Transport: &http.Transport{DisableKeepAlives: true}}}
	text, err := u.do(ctx, http.MethodGet, location, "", nil)
	if err != nil {
		return nil, fmt.Errorf("read the router's description: %w", err)
	}
	path, service, err := readDescription(text)
	if err != nil {
		return nil, fmt.Errorf("read the router's description: %w", err)
	}
	base, err := url.Parse(location)
	if err != nil {
		return nil, fmt.Errorf("read the router's description: %w", err)
	}
	control, err := base.Parse(path)
	if err != nil || control.Host != base.Host {
		return nil, fmt.Errorf("read the router's description: %w: it leads elsewhere", errUPnP)
	}
	u.control, u.service = control.String(), service
	return u, nil
}

// ssdp asks who is an internet gateway, and returns where the router describes itself.
func ssdp(ctx context.Context, group string, router netip.Addr) (string, error) {
	to, err := net.ResolveUDPAddr("udp4", group)
	if err != nil {
		return "", err
	}
	c, err := (&net.ListenConfig{}).ListenPacket(ctx, "udp4", ":0")
	if err != nil {
		return "", err
	}
	defer c.Close()
	stop := context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	for _, target := range []string{"urn:schemas-upnp-org:device:InternetGatewayDevice:2", "urn:schemas-upnp-org:device:InternetGatewayDevice:1"} {
		question := "M-SEARCH * HTTP/1.1\r\nHOST: " + ssdpGroup + "\r\nMAN: \"ssdp:discover\"\r\nMX: 1\r\nST: " + target + "\r\n\r\n"
		if _, err := c.WriteTo([]byte(question), to); err != nil {
			return "", err
		}
	}
	for b := make([]byte, 2048); ; {
		n, from, err := c.ReadFrom(b)
		if err != nil {
			return "", err
		}
		at, err := netip.ParseAddrPort(from.String())
		if err != nil || at.Addr().Unmap() != router {
			continue // another device, or somebody who would like to be our router
		}
		if location, ok := readSSDP(b[:n], router); ok {
			return location, nil
		}
	}
}

// readSSDP takes the address of the description out of an answer; it must be on the router.
func readSSDP(b []byte, router netip.Addr) (string, bool) {
	head, rest, _ := strings.Cut(string(b), "\r\n")
	if !strings.HasPrefix(head, "HTTP/1.1 200") {
		return "", false
	}
	for line := range strings.SplitSeq(rest, "\r\n") {
		name, value, _ := strings.Cut(line, ":")
		if !strings.EqualFold(name, "LOCATION") {
			continue
		}
		u, err := url.Parse(strings.TrimSpace(value))
		if err != nil || u.Scheme != "http" {
			return "", false
		}
		a, err := netip.ParseAddr(u.Hostname())
		return u.String(), err == nil && a.Unmap() == router
	}
	return "", false
}

// readDescription finds the service that forwards ports, and where it is called.
func readDescription(text []byte) (path, service string, err error) {
	found := map[string]string{}
	d := xml.NewDecoder(bytes.NewReader(text))
	var kind, element string
	for {
		t, err := d.Token()
		if err != nil {
			break // the end, or what we cannot read: what was found until then counts
		}
		switch t := t.(type) {
		case xml.StartElement:
			element = t.Name.Local
			if element == "service" {
				kind = ""
			}
		case xml.EndElement:
			element = ""
		case xml.CharData:
			switch value := strings.TrimSpace(string(t)); element {
			case "serviceType":
				kind = value
			case "controlURL":
				if kind != "" && len(found) < 64 {
					found[kind] = value
				}
			}
		}
	}
	for _, s := range services() {
		if path := found[s]; path != "" {
			return path, s, nil
		}
	}
	return "", "", fmt.Errorf("%w: it forwards no ports", errUPnP)
}

// external asks for the public address.
func (u *upnp) external(ctx context.Context) (netip.Addr, error) {
	answer, err := u.call(ctx, "GetExternalIPAddress", nil)
	if err != nil {
		return netip.Addr{}, err
	}
	a, err := netip.ParseAddr(answer["NewExternalIPAddress"])
	if err != nil {
		return netip.Addr{}, fmt.Errorf("%w: it says no address", errUPnP)
	}
	return a.Unmap(), nil
}

// protocol is UPnP's name for the port's.
func (p Port) protocol() string {
	if p.TCP {
		return "TCP"
	}
	return "UDP"
}

// forward asks for a port to be forwarded to one of our addresses, or with a life of 0 not to be any more.
func (u *upnp) forward(ctx context.Context, p Port, us netip.Addr, life time.Duration) error {
	args := [][2]string{{"NewRemoteHost", ""}, {"NewExternalPort", fmt.Sprint(p.Outside)}, {"NewProtocol", p.protocol()}}
	if life == 0 {
		_, err := u.call(ctx, "DeletePortMapping", args)
		return err
	}
	_, err := u.call(ctx, "AddPortMapping", append(args, [2]string{"NewInternalPort", fmt.Sprint(p.Inside)},
		[2]string{"NewInternalClient", us.String()}, [2]string{"NewEnabled", "1"}, [2]string{"NewPortMappingDescription", "Tablee"},
		[2]string{"NewLeaseDuration", fmt.Sprint(int(life / time.Second))}))
	return err
}

// forwards says if it still forwards a port: it does not tell that it was restarted.
func (u *upnp) forwards(ctx context.Context, p Port) bool {
	_, err := u.call(ctx, "GetSpecificPortMappingEntry", [][2]string{{"NewRemoteHost", ""}, {"NewExternalPort", fmt.Sprint(p.Outside)}, {"NewProtocol", p.protocol()}})
	return err == nil
}

// call calls an action, and returns what it answers by name.
func (u *upnp) call(ctx context.Context, action string, args [][2]string) (map[string]string, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, `<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" `+
		`s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><s:Body><u:%s xmlns:u="%s">`, action, u.service)
	for _, a := range args { // names and values are ours, and need no escaping
		fmt.Fprintf(&b, "<%s>%s</%s>", a[0], a[1], a[0])
	}
	fmt.Fprintf(&b, "</u:%s></s:Body></s:Envelope>", action)
	text, err := u.do(ctx, http.MethodPost, u.control, `"`+u.service+"#"+action+`"`, b.Bytes())
	if err != nil {
		return nil, fmt.Errorf("ask the router by UPnP (%s): %w", action, err)
	}
	out := map[string]string{}
	d := xml.NewDecoder(bytes.NewReader(text))
	for element := ""; len(out) < 64; {
		t, err := d.Token()
		if err != nil {
			return out, nil
		}
		switch t := t.(type) {
		case xml.StartElement:
			element = t.Name.Local
		case xml.EndElement:
			element = ""
		case xml.CharData:
			if element != "" {
				out[element] = strings.TrimSpace(string(t))
			}
		}
	}
	return out, nil
}

func (u *upnp) do(ctx context.Context, method, address, action string, body []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, upnpPatience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if action != "" {
		r.Header.Set("SOAPAction", action)
		r.Header.Set("Content-Type", `text/xml; charset="utf-8"`)
	}
	answer, err := u.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxXML))
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%w: it answers %s", errUPnP, answer.Status)
	}
	return text, err
}
