package mirror

import (
	"context"
	"crypto/tls"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"
)

// target speaks WebDAV (RFC 4918) to a server, as far as a mirror needs it.
type target struct {
	base           *url.URL
	user, password string
	client         *http.Client
	wait           func(context.Context, int) error
}

// mark is how a file looks there; another one is another file.
type mark struct {
	Size int64  `json:"size"`
	Tag  string `json:"tag,omitempty"` // its entity tag, or else when it was changed
}

// found is one name in a folder there.
type found struct {
	folder bool
	mark   mark
}

// statusError is a refusal.
type statusError struct{ status int }

func (e *statusError) Error() string {
	return fmt.Sprintf("the server there refuses with %d %s", e.status, http.StatusText(e.status))
}

// lineError is a request that found no answer.
type lineError struct{ err error }

func (e *lineError) Error() string { return "ask the mirror: " + e.err.Error() }
func (e *lineError) Unwrap() error { return e.err }

func newTarget(base *url.URL, cfg Config) *target {
	elsewhere := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse } // no password, no file for another host
	transport := &http.Transport{
		Proxy: http.ProxyFromEnvironment, DialContext: (&net.Dialer{Timeout: idle}).DialContext, TLSHandshakeTimeout: idle,
		TLSClientConfig: &tls.Config{RootCAs: cfg.Roots, MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true, IdleConnTimeout: idle,
	}
	return &target{base: base, user: cfg.User, password: cfg.Password, wait: cfg.Wait, client: &http.Client{Transport: transport, CheckRedirect: elsewhere}}
}

// at is the address of a path there.
func (t *target) at(p string) *url.URL {
	u := *t.base // JoinPath would take a % in a name for an escape
	if p != "" {
		u.Path += "/" + p
	}
	return &u
}

// answer is what came back; its body is read.
type answer struct {
	status int
	body   []byte
}

// ask sends a request. It ends when no byte has passed for a minute, however long it takes as a whole.
func (t *target) ask(ctx context.Context, method string, u *url.URL, body io.Reader, size int64, headers ...string) (answer, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	silence := time.AfterFunc(idle, func() { cancel(errSilent) })
	defer silence.Stop()
	if body != nil {
		body = &paced{ctx: ctx, from: body, wait: t.wait, silence: silence}
	}
	r, err := http.NewRequestWithContext(ctx, method, u.String(), body)
	if err != nil {
		return answer{}, fmt.Errorf("%w: %w", errTarget, err)
	}
	r.ContentLength = size
	if size == 0 {
		r.Body = http.NoBody
	}
	r.SetBasicAuth(t.user, t.password)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := t.client.Do(r)
	if _, unknown := errors.AsType[*tls.CertificateVerificationError](err); unknown {
		return answer{}, errCert
	}
	if err != nil {
		if context.Cause(ctx) != nil {
			err = errors.Join(context.Cause(ctx), err)
		}
		return answer{}, &lineError{err}
	}
	defer resp.Body.Close()
	silence.Reset(idle)
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return answer{}, &lineError{err}
	}
	return answer{resp.StatusCode, data}, refusal(resp.StatusCode)
}

// refusal is the error of a status; nil for success.
func refusal(status int) error {
	switch {
	case status >= 200 && status < 300:
		return nil
	case status >= 300 && status < 400:
		return errElsewher
	case status == http.StatusUnauthorized:
		return errLogin
	case status == http.StatusInsufficientStorage, status == http.StatusRequestEntityTooLarge:
		return errFull
	}
	return &statusError{status}
}

// refused says if err is a refusal with one of these statuses.
func refused(err error, statuses ...int) bool {
	s, ok := errors.AsType[*statusError](err)
	for _, want := range statuses {
		if ok && s.status == want {
			return true
		}
	}
	return false
}

// paced is a content on its way, at the pace that meetings leave. Waiting for them is no silence.
type paced struct {
	ctx     context.Context
	from    io.Reader
	wait    func(context.Context, int) error
	silence *time.Timer
}

// Read implements io.Reader.
func (p *paced) Read(b []byte) (int, error) {
	p.silence.Stop()
	n, err := p.from.Read(b)
	pause := idle
	if err != nil {
		pause = answerWait
	}
	defer p.silence.Reset(pause)
	if n > 0 {
		if werr := p.wait(p.ctx, n); werr != nil {
			return n, werr
		}
	}
	return n, err
}

const propfind = `<?xml version="1.0"?><propfind xmlns="DAV:"><prop><resourcetype/><getcontentlength/><getetag/><getlastmodified/></prop></propfind>`

// list tells what is in a folder there, by name; ok is false when the folder is not there.
func (t *target) list(ctx context.Context, folder string) (all map[string]found, ok bool, err error) {
	u := t.at(folder)
	u.Path += "/"
	a, err := t.ask(ctx, "PROPFIND", u, strings.NewReader(propfind), int64(len(propfind)), "Depth", "1", "Content-Type", "application/xml")
	if refused(err, http.StatusNotFound) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	all, err = parseListing(a.body, u.Path)
	return all, err == nil, err
}

// look tells how one file is there; ok is false when nothing has the name.
func (t *target) look(ctx context.Context, p string) (f found, ok bool, err error) {
	u := t.at(p)
	a, err := t.ask(ctx, "PROPFIND", u, strings.NewReader(propfind), int64(len(propfind)), "Depth", "0", "Content-Type", "application/xml")
	if refused(err, http.StatusNotFound) {
		return f, false, nil
	}
	if err != nil {
		return f, false, err
	}
	all, err := parseListing(a.body, strings.TrimSuffix(path.Dir(u.Path), "/")+"/")
	if err != nil {
		return f, false, err
	}
	if f, ok = all[path.Base(u.Path)]; !ok {
		return f, false, errGarbled
	}
	return f, true, nil
}

// multistatus is the answer to PROPFIND (RFC 4918, section 14.16), as far as it is read.
type multistatus struct {
	XMLName   xml.Name `xml:"DAV: multistatus"`
	Responses []struct {
		Href  string `xml:"DAV: href"`
		Stats []struct {
			Status string `xml:"DAV: status"`
			Prop   struct {
				Collection *struct{} `xml:"DAV: resourcetype>collection"`
				Length     string    `xml:"DAV: getcontentlength"`
				ETag       string    `xml:"DAV: getetag"`
				Modified   string    `xml:"DAV: getlastmodified"`
			} `xml:"DAV: prop"`
		} `xml:"DAV: propstat"`
	} `xml:"DAV: response"`
}

// parseListing reads what is in a folder, whose path ends with a slash, by name.
func parseListing(data []byte, folder string) (map[string]found, error) {
	if len(data) > maxAnswer {
		return nil, fmt.Errorf("%w: a folder there has too many files in it", errGarbled)
	}
	var ms multistatus
	if err := xml.Unmarshal(data, &ms); err != nil {
		return nil, fmt.Errorf("%w: %w", errGarbled, err)
	}
	all := map[string]found{}
	for _, r := range ms.Responses {
		u, err := url.Parse(r.Href)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errGarbled, err)
		}
		name, below := strings.CutPrefix(strings.TrimSuffix(u.Path, "/"), folder)
		if !below || name == "" || strings.Contains(name, "/") { // the folder itself
			continue
		}
		f := found{}
		for _, s := range r.Stats {
			if !strings.Contains(s.Status, " 200") {
				continue
			}
			f.folder = f.folder || s.Prop.Collection != nil
			if n, err := strconv.ParseInt(s.Prop.Length, 10, 64); err == nil {
				f.mark.Size = n
			}
			switch {
			case s.Prop.ETag != "":
				f.mark.Tag = s.Prop.ETag
			case f.mark.Tag == "":
				f.mark.Tag = s.Prop.Modified
			}
		}
		all[name] = f
	}
	return all, nil
}

// makeFolder makes a folder; one that is there is fine.
func (t *target) makeFolder(ctx context.Context, folder string) error {
	u := t.at(folder)
	u.Path += "/"
	_, err := t.ask(ctx, "MKCOL", u, nil, 0)
	switch {
	case refused(err, http.StatusMethodNotAllowed):
		return nil
	case refused(err, http.StatusConflict):
		return errNoParent
	}
	return err
}

func (t *target) put(ctx context.Context, p string, content io.Reader, size int64) error {
	_, err := t.ask(ctx, http.MethodPut, t.at(p), content, size, "Content-Type", "application/octet-stream")
	return err
}

// move gives a file its name. over says that there is one of ours to make place.
func (t *target) move(ctx context.Context, from, to string, over bool) error {
	overwrite := "F"
	if over {
		overwrite = "T"
	}
	_, err := t.ask(ctx, "MOVE", t.at(from), nil, 0, "Destination", t.at(to).String(), "Overwrite", overwrite)
	if refused(err, http.StatusPreconditionFailed) {
		return errForeign
	}
	return err
}

// remove deletes a file; one that is not there is fine.
func (t *target) remove(ctx context.Context, p string) error {
	_, err := t.ask(ctx, http.MethodDelete, t.at(p), nil, 0)
	if refused(err, http.StatusNotFound) {
		return nil
	}
	return err
}

// removeFolder deletes a folder; one that is not there is fine.
func (t *target) removeFolder(ctx context.Context, folder string) error {
	u := t.at(folder)
	u.Path += "/" // without it some servers lead elsewhere
	_, err := t.ask(ctx, http.MethodDelete, u, nil, 0)
	if refused(err, http.StatusNotFound) {
		return nil
	}
	return err
}
