package network

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/stun/v4"
)

// A router on loopback that speaks the real protocols on real sockets.

type router struct {
	mu     sync.Mutex
	public netip.Addr        // guarded by mu
	ports  map[string]string // guarded by mu; "udp/8443" → what it leads to
	asked  int               // guarded by mu
	epoch  uint32            // guarded by mu; seconds since it was started
	mute   bool              // guarded by mu; it does not speak NAT-PMP any more

	pmp  uint16 // port
	ssdp string // address
}

func loopback() (netip.Addr, bool) { return netip.MustParseAddr("127.0.0.1"), true }

func newRouter(public string) *router {
	return &router{public: netip.MustParseAddr(public), ports: map[string]string{}, epoch: 1000}
}

func (r *router) move(to string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.public = netip.MustParseAddr(to)
}

// restart makes it forget everything.
func (r *router) restart(public string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.public, r.epoch = netip.MustParseAddr(public), 0
	clear(r.ports)
}

// replace puts another one in its place, with the same address, which speaks UPnP alone.
func (r *router) replace() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.mute = true
	clear(r.ports)
}

// forwards waits until it forwards a port.
func (r *router) forwards(t *testing.T, port string) {
	t.Helper()
	every, late := time.NewTicker(time.Millisecond), time.After(patience)
	defer every.Stop()
	for r.leads(port) == "" {
		select {
		case <-late:
			t.Fatalf("%s is not forwarded", port)
		case <-every.C:
		}
	}
}

func (r *router) leads(port string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ports[port]
}

// packets opens a socket and answers what comes with what reply returns.
func packets(t *testing.T, reply func(b []byte, from net.Addr) []byte) netip.AddrPort {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for b := make([]byte, 2048); ; {
			n, from, err := c.ReadFrom(b)
			if err != nil {
				return
			}
			if answer := reply(b[:n], from); answer != nil {
				_, _ = c.WriteTo(answer, from)
			}
		}
	}()
	t.Cleanup(func() {
		_ = c.Close()
		<-done
	})
	return netip.MustParseAddrPort(c.LocalAddr().String())
}

// speakNATPMP makes it a router that speaks NAT-PMP.
func (r *router) speakNATPMP(t *testing.T) *router {
	t.Helper()
	r.pmp = packets(t, func(b []byte, _ net.Addr) []byte {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.asked++; r.mute {
			return nil
		}
		if len(b) == 2 && b[1] == 0 {
			ip := r.public.As4()
			return append(binary.BigEndian.AppendUint32([]byte{0, 128, 0, 0}, r.epoch), ip[:]...)
		}
		if len(b) != 12 || b[1] > 2 {
			return []byte{0, 128 + b[1], 0, 5, 0, 0, 0, 1}
		}
		inside, outside := binary.BigEndian.Uint16(b[4:]), binary.BigEndian.Uint16(b[6:])
		name := fmt.Sprintf("%s/%d", []string{"", "udp", "tcp"}[b[1]], inside)
		if binary.BigEndian.Uint32(b[8:]) == 0 {
			delete(r.ports, name)
		} else if outside == 9999 { // taken by somebody else
			outside = 10000
		} else {
			r.ports[name] = "us"
		}
		answer := binary.BigEndian.AppendUint32([]byte{0, 128 + b[1], 0, 0}, r.epoch)
		answer = binary.BigEndian.AppendUint16(answer, inside)
		answer = binary.BigEndian.AppendUint16(answer, outside)
		return append(answer, b[8:12]...)
	}).Port()
	return r
}

const description = `<?xml version="1.0"?><root xmlns="urn:schemas-upnp-org:device-1-0"><device><deviceList><device><serviceList>
<service><serviceType>urn:schemas-upnp-org:service:WANCommonInterfaceConfig:1</serviceType><controlURL>/no</controlURL></service>
<service><serviceType>urn:schemas-upnp-org:service:WANIPConnection:1</serviceType><controlURL>/control</controlURL></service>
</serviceList></device></deviceList></device></root>`

// speakUPnP makes it a router that speaks UPnP.
func (r *router) speakUPnP(t *testing.T) *router {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: http.HandlerFunc(r.serve)}
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close() })
	r.ssdp = packets(t, func(b []byte, _ net.Addr) []byte {
		if !strings.HasPrefix(string(b), "M-SEARCH * HTTP/1.1\r\n") || !strings.Contains(string(b), "InternetGatewayDevice:1") {
			return nil
		}
		return []byte("HTTP/1.1 200 OK\r\nST: urn:schemas-upnp-org:device:InternetGatewayDevice:1\r\nlocation: http://" + l.Addr().String() + "/root.xml\r\n\r\n")
	}).String()
	return r
}

func (r *router) serve(w http.ResponseWriter, q *http.Request) {
	if q.URL.Path == "/root.xml" {
		_, _ = io.WriteString(w, description)
		return
	}
	body, _ := io.ReadAll(q.Body)
	value := func(name string) string {
		_, rest, _ := strings.Cut(string(body), "<"+name+">")
		v, _, _ := strings.Cut(rest, "<")
		return v
	}
	_, action, _ := strings.Cut(strings.Trim(q.Header.Get("SOAPAction"), `"`), "#")
	port := strings.ToLower(value("NewProtocol")) + "/" + value("NewExternalPort")
	r.mu.Lock()
	defer r.mu.Unlock()
	inner := ""
	switch action {
	case "GetExternalIPAddress":
		inner = "<NewExternalIPAddress>" + r.public.String() + "</NewExternalIPAddress>"
	case "AddPortMapping":
		r.ports[port] = value("NewInternalClient") + ":" + value("NewInternalPort")
	case "GetSpecificPortMappingEntry":
		if r.ports[port] == "" {
			w.WriteHeader(http.StatusInternalServerError) // with 714, NoSuchEntryInArray
			return
		}
	case "DeletePortMapping":
		delete(r.ports, port)
	default:
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	_, _ = fmt.Fprintf(w, `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><u:%sResponse xmlns:u="x">%s</u:%sResponse></s:Body></s:Envelope>`,
		action, inner, action)
}

// stunServer answers binding requests with the address that see makes of the sender's.
func stunServer(t *testing.T, see func(netip.AddrPort) netip.AddrPort) string {
	t.Helper()
	return packets(t, func(b []byte, from net.Addr) []byte {
		m := &stun.Message{Raw: append([]byte(nil), b...)}
		if m.Decode() != nil {
			return nil
		}
		at := see(netip.MustParseAddrPort(from.String()))
		answer, err := stun.Build(m, stun.BindingSuccess, &stun.XORMappedAddress{IP: at.Addr().AsSlice(), Port: int(at.Port())})
		if err != nil {
			return nil
		}
		return answer.Raw
	}).String()
}
