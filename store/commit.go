package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	sqlite3 "modernc.org/sqlite/lib"

	"tablee/room"
)

// How a write travels: write() takes the connection (reopening a store that was down), begins, runs the caller's
// statements, commits with an fsync, and only then returns nil: that is the acknowledgement. An error of the disk is
// an unknown outcome: the connection is closed and nothing is tried for reopenAfter, then the database is opened anew,
// which replays or drops what was in doubt. Nothing is ever repeated blindly.

// Point is a moment in a write at which tests may inject an error of the disk.
type Point uint8

// Points.
const (
	BeforeCommit Point = iota // the write is lost
	AfterCommit               // the write is kept, and its caller does not know
)

// errInjected marks an error from the seam, which counts as one of the disk's.
var errInjected = errors.New("injected fault")

// write runs fn in a transaction and commits it. Errors of fn that are room.Errors come back as they are.
func (s *Store) write(ctx context.Context, fn func(*sql.Tx) error) error {
	db, err := s.conn(ctx)
	if err != nil {
		return err
	}
	return s.outcome(db, s.transact(ctx, db, fn))
}

func (s *Store) transact(ctx context.Context, db *sql.DB, fn func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // does nothing after Commit
	if err := fn(tx); err != nil {
		return err
	}
	if err := s.fault(BeforeCommit); err != nil {
		return fmt.Errorf("%w: %w", errInjected, err)
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	if err := s.fault(AfterCommit); err != nil {
		return fmt.Errorf("%w: %w", errInjected, err)
	}
	return nil
}

// read runs fn on the connection.
func (s *Store) read(ctx context.Context, fn func(*sql.DB) error) error {
	db, err := s.conn(ctx)
	if err != nil {
		return err
	}
	return s.outcome(db, fn(db))
}

// conn is the connection, opened again when the store was down for long enough.
func (s *Store) conn(ctx context.Context) (*sql.DB, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, errClosed)
	case s.db != nil:
		return s.db, nil
	case time.Now().Before(s.retryAt):
		return nil, ErrUnavailable
	}
	db, err := connect(ctx, s.path())
	if err != nil {
		s.retryAt = time.Now().Add(s.rest)
		return nil, fmt.Errorf("reopening: %w: %w", ErrUnavailable, err)
	}
	s.log.Info("the database is open again")
	s.db = db
	return db, nil
}

// outcome sorts errors: refusals for users and "not found" pass; a full disk was rolled back cleanly and may be tried
// again; any other error of the disk takes the store down.
func (s *Store) outcome(db *sql.DB, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrNoRows), room.CodeOf(err) != room.CodeInternal:
		return err
	case errors.Is(err, errInjected):
		s.takeDown(db, err)
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	switch primaryCode(err) {
	case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CANTOPEN:
		s.takeDown(db, err)
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}

func (s *Store) takeDown(db *sql.DB, cause error) {
	s.mu.Lock()
	if s.db != db { // somebody was faster
		s.mu.Unlock()
		return
	}
	s.db, s.retryAt = nil, time.Now().Add(s.rest)
	s.mu.Unlock()
	s.log.Error("the disk failed: nothing is stored until it works again", "err", cause)
	if err := db.Close(); err != nil {
		s.log.Error("closing the database after a failure", "err", err)
	}
}
