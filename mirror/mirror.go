package mirror

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Bounds.
const (
	MaxFiles    = 200_000         // of all sources together
	maxAnswer   = 32 << 20        // bytes of a listing of one folder there
	maxFailures = 3               // in a row, of the line or the server, that end a run
	idle        = time.Minute     // without a byte passing
	answerWait  = 5 * time.Minute // for the answer to a whole file, which a server may still be putting away
)

// The files of a mirror in the data folder.
const (
	manifestName = "mirror.jsonl"
	reportName   = "mirror-report.json"
)

// Entry is one file of a source.
type Entry struct {
	Path    string // with slashes, below the source's folder
	Version string // another one when the content is another
	Trashed bool   // it is deleted here and can be had back still: what is there stays, and nothing is sent
}

// Files is what is mirrored.
type Files interface {
	// List tells all files there are now.
	List(ctx context.Context) ([]Entry, error)
	// Open reads one of them; size is exact, in bytes. os.ErrNotExist is one that went away meanwhile.
	Open(ctx context.Context, path string) (content io.ReadCloser, size int64, err error)
}

// Source is a named folder of the mirror.
type Source struct {
	Folder string // its name there
	Files  Files
	// NeverEmpty is a folder that always has something in it: that it is empty is a fault, and deletes nothing there.
	NeverEmpty bool
	// KeepGone is how long what is gone here stays there; 0 for not at all.
	KeepGone time.Duration
}

// Config is what a mirror is made of.
type Config struct {
	Dir      string // the data folder, for what it remembers
	URL      string // of a folder there, which is made if its parent is there; see CheckURL
	User     string
	Password string // an app password
	Sources  []Source
	Wait     func(ctx context.Context, n int) error // holds a run up until n bytes may pass; nil for never
	Roots    *x509.CertPool                         // whom to trust with the target's certificate; nil for whom the system trusts
	Now      func() time.Time
	Log      *slog.Logger
}

// ErrGone is what List says of a folder that is not here any more: nothing is deleted there for that.
var ErrGone = errors.New("this folder is not here any more; what is there was left as it is: correct mirror.folder")

// ErrRunning says that a run is under way.
var ErrRunning = errors.New("the mirror is being brought up to date already")

// Mirror is one target. Make it with New.
type Mirror struct {
	cfg    Config
	target *target

	running sync.Mutex // held while one runs

	mu     sync.Mutex
	report Report // guarded by mu
}

// New reads what the last run told. Nothing is sent until Run.
func New(cfg Config) (*Mirror, error) {
	base, err := CheckURL(cfg.URL)
	if err != nil {
		return nil, err
	}
	if cfg.Wait == nil {
		cfg.Wait = func(context.Context, int) error { return nil }
	}
	m := &Mirror{cfg: cfg, target: newTarget(base, cfg)}
	m.report, err = ReadReport(cfg.Dir)
	return m, err
}

// CheckURL reads the address of a target: https, or http to this machine itself.
func CheckURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("%w: the address of the mirror must be like https://cloud.example.org/remote.php/dav/files/USER/Tablee", errTarget)
	}
	ip := net.ParseIP(u.Hostname())
	here := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	if u.Scheme != "https" && (u.Scheme != "http" || !here) {
		return nil, fmt.Errorf("%w: the address of the mirror must begin with https://, so that nobody on the way reads along", errTarget)
	}
	u.Path, u.RawPath = strings.TrimRight(u.Path, "/"), ""
	return u, nil
}

// Report tells of the run under way, or else of the last one.
func (m *Mirror) Report() Report {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.report.copy()
}

// change writes into the report.
func (m *Mirror) change(do func(*Report)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	do(&m.report)
}

// Run brings the target up to date and tells how it went; goOn is asked before each file whether there is still time for
// it. The error is ErrRunning, or that the report could not be kept.
func (m *Mirror) Run(ctx context.Context, goOn func() bool) (Report, error) {
	if !m.running.TryLock() {
		return m.Report(), ErrRunning
	}
	defer m.running.Unlock()
	m.change(func(r *Report) { *r = Report{Running: true, Started: m.cfg.Now().UTC()} })
	err := m.run(ctx, goOn)
	m.change(func(r *Report) {
		r.Running, r.Ended = false, m.cfg.Now().UTC()
		if err != nil {
			r.fail("", words(err))
		}
	})
	r := m.Report()
	m.cfg.Log.Info("mirror", "files", r.Files, "bytes", r.Bytes, "deleted", r.Deleted, "failed", r.Failed, "whole", r.Whole)
	return r, r.write(m.cfg.Dir)
}

// writeFile puts a file in the place of another, for good.
func writeFile(path string, data []byte) error {
	f, err := os.OpenFile(path+".part", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(path+".part", path); err != nil {
		return err
	}
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
