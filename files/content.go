package files

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"tablee/room"
)

// contentPolicy goes with every content: whatever it is, it is nobody's script, and nobody frames it.
const contentPolicy = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"

// sendSize is how much goes out between two looks at the throttle and the clock, in bytes.
const sendSize = 256 << 10

// served is one content as it goes out.
type served struct {
	name, mediaType, blob string
	size                  int64
	modified              time.Time
	show                  bool // in place, if its type may be
}

func (n Node) served(r *http.Request) served {
	return served{n.Name, n.Type, n.Blob, n.Size, n.Modified, r.URL.Query().Has("show")}
}

// disposition is a Content-Disposition with the name in UTF-8 (RFC 6266, RFC 8187), and in ASCII for who cannot.
func disposition(kind, name string) string {
	ascii := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '"' || r == '\\' || r == '%' {
			return '_'
		}
		return r
	}, name)
	return kind + `; filename="` + ascii + `"; filename*=UTF-8''` + strings.ReplaceAll(url.QueryEscape(name), "+", "%20")
}

// safetyHeaders make an answer harmless whatever is in it.
func safetyHeaders(h http.Header) {
	h.Set("Content-Security-Policy", contentPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "private, no-cache") // what was stored may be used once we said that it is still allowed
}

// send answers with a content: whole, a range of it, or that the client has it. A content never changes, so the blob's
// name is a strong tag.
func (f *Files) send(w http.ResponseWriter, r *http.Request, s served) {
	file, err := f.blobs.open(s.blob)
	if err != nil {
		f.refuse(w, r, fmt.Errorf("opening a content: %w", err))
		return
	}
	defer file.Close()
	h := w.Header()
	safetyHeaders(h)
	kind := "attachment"
	if s.show && inline(s.mediaType) {
		kind = "inline"
	}
	h.Set("Content-Type", servedType(s.mediaType))
	h.Set("Content-Disposition", disposition(kind, s.name))
	h.Set("ETag", `"`+s.blob+`"`)
	f.counts.downloads.Add(1)
	http.ServeContent(&pacedWriter{ResponseWriter: w, f: f, r: r, control: http.NewResponseController(w)}, r, "", s.modified.Truncate(time.Second), file)
}

// pacedWriter sends at the pace of the throttle to a client that may be slow but not dead. What comes from a file goes
// by sendfile where the connection can.
type pacedWriter struct {
	http.ResponseWriter
	f       *Files
	r       *http.Request
	control *http.ResponseController
}

// Unwrap lets http.ResponseController through.
func (p *pacedWriter) Unwrap() http.ResponseWriter { return p.ResponseWriter }

func (p *pacedWriter) pace(n int) error {
	if err := p.f.throttle.wait(p.r.Context(), outwards, n); err != nil {
		return err
	}
	_ = p.control.SetWriteDeadline(time.Now().Add(2 * stalled)) // a connection in memory has none
	return nil
}

// Write implements io.Writer.
func (p *pacedWriter) Write(b []byte) (int, error) {
	if err := p.pace(len(b)); err != nil {
		return 0, err
	}
	n, err := p.ResponseWriter.Write(b)
	p.f.counts.out.Add(int64(n))
	return n, err
}

// ReadFrom implements io.ReaderFrom: io.CopyN over a file comes here.
func (p *pacedWriter) ReadFrom(src io.Reader) (sent int64, err error) {
	limited, ok := src.(*io.LimitedReader)
	into, can := p.ResponseWriter.(io.ReaderFrom)
	if !ok || !can {
		return io.Copy(struct{ io.Writer }{p}, src)
	}
	for limited.N > 0 {
		part := &io.LimitedReader{R: limited.R, N: min(limited.N, sendSize)}
		if err := p.pace(int(part.N)); err != nil {
			return sent, err
		}
		n, err := into.ReadFrom(part)
		sent += n
		limited.N -= n
		p.f.counts.out.Add(n)
		if err != nil || n == 0 {
			return sent, err
		}
	}
	return sent, nil
}

// sendHead sends the beginning of a content.
func (f *Files) sendHead(w http.ResponseWriter, r *http.Request, n Node) {
	file, err := f.blobs.open(n.Blob)
	if err != nil {
		f.refuse(w, r, fmt.Errorf("opening a content: %w", err))
		return
	}
	defer file.Close()
	safetyHeaders(w.Header())
	w.Header().Set("Content-Type", typeBinary)
	w.Header().Set("Content-Disposition", disposition("attachment", n.Name))
	w.Header().Set("Content-Length", strconv.FormatInt(min(n.Size, headSize), 10))
	if r.Method == http.MethodGet {
		_, _ = io.CopyN(w, file, headSize) // who has gone away does not need the answer
	}
}

// version finds an older content by its number.
func version(list []Version, number string) (Version, error) {
	n, err := strconv.Atoi(number)
	for _, v := range list {
		if err == nil && v.N == n {
			return v, nil
		}
	}
	return Version{}, refuse(room.CodeFileUnknown, "there is no such older version any more")
}
