package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"strings"
)

// Whether devices of the house find the page: this machine is one of them.

// hairpin asks our own public name, and compares who answers: a router's own page is no success.
func (e *examination) hairpin(ctx context.Context) []Check {
	const id, title = "hairpin", "The page by its public name, from inside"
	if len(e.Config.Domains) == 0 || e.status == nil {
		return one(id, title, Unknown, "", "it can be checked when there is a domain and the server runs.")
	}
	name := e.Config.Domains[0]
	answer, err := e.fetch(ctx, name)
	var cert *tls.CertificateVerificationError
	switch {
	case errors.As(err, &cert):
		return one(id, title, Fail, noHairpin(), "%s answers with a certificate that is not ours: most likely the router itself.", name)
	case err != nil:
		return one(id, title, Warn, noHairpin(), "%s cannot be reached from here (%v). The router does not lead its own public address back inside, or the ports are not forwarded.", name, err)
	case answer != e.status.Instance:
		return one(id, title, Fail, noHairpin(), "%s is answered by another program than this server.", name)
	default:
		return one(id, title, OK, "", "it is reached.")
	}
}

// inside asks the names that are for the house alone.
func (e *examination) inside(ctx context.Context) (all []Check) {
	port := "" // nothing between a device of the house and us changes it, as a router may for who comes from outside
	if _, p, err := net.SplitHostPort(e.Config.Listen); err == nil && p != "443" && e.Config.TLS.Secure() {
		port = ":" + p
	}
	for _, name := range e.Config.Network.Names {
		id, title := "inside-"+name, "The page by its name "+name
		if e.status == nil {
			all = append(all, one(id, title, Unknown, "", "it can be checked when the server runs.")...)
			continue
		}
		switch answer, err := e.fetch(ctx, name+port); {
		case err != nil:
			all = append(all, one(id, title, Fail, insideName(), "it cannot be reached from here (%v).", err)...)
		case answer != e.status.Instance:
			all = append(all, one(id, title, Fail, insideName(), "it is answered by another program than this server.")...)
		default:
			all = append(all, one(id, title, OK, "", "it is reached.")...)
		}
	}
	return all
}

// outside says what the running server has seen: nobody else could be asked but somebody out there.
func (e *examination) outside(context.Context) []Check {
	const id, title = "outside", "The page from outside"
	switch {
	case e.status == nil || !e.Config.TLS.Public():
		return one(id, title, Unknown, "", "it can be seen when the server runs, with https.")
	case len(e.status.Outside) == 0:
		return one(id, title, Unknown, "Open the page on a telephone with its Wi-Fi off, and ask again. If it does not open: "+forwarding(portList(e.Config)),
			"nobody has come from outside since the server was started, and this machine cannot try by itself.")
	default:
		return one(id, title, OK, "", "somebody has come from outside since the server was started (%s).", strings.Join(e.status.Outside, ", "))
	}
}

// fetch asks who answers at HOST or HOST:PORT, and returns which run of a server that is. Whom browsers trust is trusted, and our own
// authority.
func (e *examination) fetch(ctx context.Context, at string) (instance string, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+at+"/healthz", nil)
	if err != nil {
		return "", err
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool() // a machine without any; our own may do
	}
	if ca, err := x509.ParseCertificate(e.status.Authority); err == nil {
		roots.AddCert(ca)
	}
	t := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, DisableKeepAlives: true}
	c := &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := c.Do(r)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	return answer.Header.Get(InstanceHeader), nil
}
