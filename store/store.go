package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// FileName is the database's name in the data folder. SQLite keeps a write-ahead log beside it.
const FileName = "tablee.db"

// reopenAfter is how long a store rests after a disk error before it tries the disk again.
const reopenAfter = 5 * time.Second

// Errors.
var (
	// ErrUnavailable: the disk is full, read-only or failing. What was asked was not done, or, after an error in
	// the middle of a commit, may or may not have been done. Meetings go on without the store.
	ErrUnavailable = errors.New("storage is unavailable")
	// ErrInUse: another process has the data folder open.
	ErrInUse = errors.New("another Tablée is running on this data folder; stop it first, or choose another folder with --data")
	// ErrNewer: the database was written by a newer program.
	ErrNewer = errors.New("the database was written by a newer version of Tablée; install that version, or restore an older backup")
	// errClosed: used after Close, a mistake of the caller's.
	errClosed = errors.New("the store is closed")
)

// Store is an open data folder. Its methods may be called from many goroutines; they share one connection.
type Store struct {
	dir      string
	log      *slog.Logger
	fault    func(Point) error
	rest     time.Duration // after a disk error, before the disk is tried again
	setAside string
	restored string

	mu      sync.Mutex // guards what follows
	db      *sql.DB    // nil while down or closed
	retryAt time.Time  // when a store that is down may try the disk again
	closed  bool
}

// Option changes how a store is opened.
type Option func(*Store)

// WithLog sends warnings (a corrupt database, a failing disk) to log instead of nowhere.
func WithLog(log *slog.Logger) Option { return func(s *Store) { s.log = log } }

// WithFault asks f at each Point of every write and takes the error it returns for one of the disk's. Tests use it.
func WithFault(f func(Point) error) Option { return func(s *Store) { s.fault = f } }

// Open opens the data folder dir, which is made (mode 0700) when it is not there, checks the database and brings its
// schema up to date. A corrupt database is renamed, a new one is begun, and SetAside tells where the old one is. It
// fails with ErrInUse, ErrNewer, or ErrUnavailable.
func Open(dir string, opts ...Option) (*Store, error) {
	s := &Store{dir: dir, log: slog.New(slog.DiscardHandler), fault: func(Point) error { return nil }, rest: reopenAfter}
	for _, opt := range opts {
		opt(s)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the data folder: %w", err)
	}
	db, err := openChecked(context.Background(), s.path())
	if errors.Is(err, errCorrupt) {
		if s.setAside, err = setAside(s.path(), time.Now()); err != nil {
			return nil, err
		}
		if s.restored, err = s.restoreSnapshot(context.Background()); err != nil {
			return nil, err
		}
		s.log.Error("the database is corrupt: it was set aside, and the last snapshot or a new one is in its place; restore a backup, or keep the file for repair",
			"file", filepath.Base(s.setAside), "snapshot", s.restored)
		db, err = openChecked(context.Background(), s.path())
	}
	if err != nil {
		return nil, err
	}
	s.db = db
	if err := s.settle(context.Background(), "1"); err != nil { // it is read where it is, too
		s.log.Warn("what a crash left of pads stays in their log", "err", err)
	}
	return s, nil
}

func (s *Store) path() string { return filepath.Join(s.dir, FileName) }

// SetAside is the file that a corrupt database was renamed to when the store was opened, "" when all was well.
func (s *Store) SetAside() string { return s.setAside }

// Restored is the snapshot that took the place of a corrupt database, "" for none.
func (s *Store) Restored() string { return s.restored }

// Close writes the log back into the database and closes it. Everything acknowledged is safe without it.
func (s *Store) Close() error {
	s.mu.Lock()
	db := s.db
	s.db, s.closed = nil, true
	s.mu.Unlock()
	if db == nil {
		return nil
	}
	if err := db.Close(); err != nil {
		return fmt.Errorf("closing the database: %w", err)
	}
	return nil
}
