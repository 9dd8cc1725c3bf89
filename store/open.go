package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// errCorrupt: the file is there, and it is no database, or a damaged one.
var errCorrupt = errors.New("the database is corrupt")

// connect opens one connection and keeps it. The exclusive lock is set before write-ahead logging: so SQLite needs no
// shared memory (which crashed on 32-bit ARM), and a second process is refused. The driver runs _pragma values in
// alphabetical order, before _journal_mode and _synchronous; journal_mode as a _pragma would come too early.
func connect(ctx context.Context, path string) (*sql.DB, error) {
	if err := createPrivate(path); err != nil {
		return nil, err
	}
	query := url.Values{
		"_pragma":       {"locking_mode(EXCLUSIVE)", "foreign_keys(ON)", "secure_delete(ON)"},
		"_journal_mode": {"WAL"},
		"_synchronous":  {"FULL"},
		"_txlock":       {"immediate"},
		"_dqs":          {"false"},
		"_error_rc":     {"true"},
	}
	connector, err := sqlite.NewConnector((&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: query.Encode()}).String())
	if err != nil {
		return nil, fmt.Errorf("preparing the database: %w", err)
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(1) // with MaxIdle: the one connection stays, and with it the lock
	db.SetMaxIdleConns(1)
	if err := db.PingContext(ctx); err != nil {
		db.Close()
		return nil, openError(err)
	}
	return db, nil
}

// createPrivate makes an empty database file that others cannot read. An existing file is never opened here: closing
// it would drop the POSIX locks that SQLite holds on it in the same process.
func createPrivate(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	switch {
	case errors.Is(err, os.ErrExist):
		return nil
	case err != nil:
		return fmt.Errorf("creating the database: %w: %w", ErrUnavailable, err)
	}
	return f.Close()
}

// openChecked connects, checks every page's structure and migrates.
func openChecked(ctx context.Context, path string) (*sql.DB, error) {
	db, err := connect(ctx, path)
	if err != nil {
		return nil, err
	}
	var verdict string
	err = db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&verdict)
	switch {
	case err != nil:
		err = openError(err)
	case verdict != "ok":
		err = fmt.Errorf("%w: %s", errCorrupt, verdict)
	default:
		err = migrate(ctx, db)
		if !errors.Is(err, ErrNewer) {
			err = openError(err)
		}
	}
	if err != nil {
		db.Close()
		return nil, err
	}
	return db, nil
}

// openError says in our words why a database cannot be opened.
func openError(err error) error {
	if err == nil {
		return nil
	}
	switch primaryCode(err) {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return ErrInUse
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("%w: %w", errCorrupt, err)
	}
	return fmt.Errorf("opening the database: %w: %w", ErrUnavailable, err)
}

// primaryCode is SQLite's result code without its extension, 0 for an error that is not SQLite's.
func primaryCode(err error) int {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code() & 0xff
	}
	return 0
}

// setAside renames a corrupt database and its log, so that they can still be repaired by hand.
func setAside(path string, now time.Time) (string, error) {
	aside := path + ".corrupt-" + now.UTC().Format("20060102T150405.000Z")
	if err := os.Rename(path, aside); err != nil {
		return "", fmt.Errorf("setting the corrupt database aside: %w", err)
	}
	for _, suffix := range []string{"-wal", "-shm", "-journal"} {
		err := os.Rename(path+suffix, aside+suffix)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return "", fmt.Errorf("setting the corrupt database's log aside: %w", err)
		}
	}
	return aside, syncDir(filepath.Dir(path))
}

// syncDir makes renames in dir last.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("opening the data folder: %w", err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("syncing the data folder: %w", err)
	}
	return nil
}
