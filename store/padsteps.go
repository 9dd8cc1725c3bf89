package store

import (
	"context"
	"database/sql"
	"hash/crc32"
	"strconv"
	"strings"
	"time"

	"tablee/room"
)

// checksum is CRC-32C: SQLite itself does not notice a flipped bit inside a row.
func checksum(data []byte) int64 {
	return int64(crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli)))
}

// Where steps are: AppendPads puts them at the end of pad_log, which all pads share; SettlePad moves those of a pad that is
// no longer open to pad_steps, and so does Open with what a crash has left; ReplaceSteps writes to pad_steps. Who reads
// reads both.

// AppendPads commits steps of any pads in one transaction: after nil all are on the disk. One whose pad is gone is left out.
func (s *Store) AppendPads(ctx context.Context, batches []room.PadBatch) error {
	return wrap("storing pads", s.write(ctx, func(tx *sql.Tx) error {
		for _, b := range batches {
			var there int
			if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM pads WHERE key = ?", b.Key).Scan(&there); err != nil {
				return err
			}
			if there == 0 {
				continue
			}
			if err := appendPad(ctx, tx, b); err != nil {
				return err
			}
		}
		return nil
	}))
}

func appendPad(ctx context.Context, tx *sql.Tx, b room.PadBatch) error {
	for _, a := range b.Authors {
		_, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO pad_authors (pad, n, key, name, color) VALUES (?, ?, ?, ?, ?)",
			b.Key, a.N, a.Key, a.Name, a.Color)
		if err != nil {
			return err
		}
	}
	for client, author := range b.Clients {
		_, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO pad_clients (pad, client, author) VALUES (?, ?, ?)", b.Key, int64(client), author)
		if err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, "INSERT INTO pad_log (pad, n, at, authors, crc, data) VALUES (?, ?, ?, ?, ?, ?)",
		b.Key, b.Step.N, b.Step.At.UnixMilli(), joinNumbers(b.Step.Authors), checksum(b.Step.Data), b.Step.Data)
	return err
}

// SettlePad moves what the log has of a pad to its steps.
func (s *Store) SettlePad(ctx context.Context, key int64) error {
	return wrap("settling a pad", s.settle(ctx, "pad = ?", key))
}

// settle moves rows of the log.
func (s *Store) settle(ctx context.Context, where string, args ...any) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT OR REPLACE INTO pad_steps (pad, n, at, authors, crc, data)
			SELECT pad, n, at, authors, crc, data FROM pad_log WHERE `+where+" ORDER BY id", args...)
		if err == nil {
			_, err = tx.ExecContext(ctx, "DELETE FROM pad_log WHERE "+where, args...)
		}
		return err
	})
}

func putStep(ctx context.Context, tx *sql.Tx, key int64, st room.PadStep) error {
	_, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO pad_steps (pad, n, at, authors, crc, data) VALUES (?, ?, ?, ?, ?, ?)",
		key, st.N, st.At.UnixMilli(), joinNumbers(st.Authors), checksum(st.Data), st.Data)
	return err
}

// ReplaceSteps puts base and steps in the place of the steps up to the number upTo.
func (s *Store) ReplaceSteps(ctx context.Context, key, upTo int64, base room.PadStep, steps []room.PadStep) error {
	return wrap("joining a pad's steps", s.write(ctx, func(tx *sql.Tx) error {
		for _, table := range []string{"pad_steps", "pad_log"} {
			if _, err := tx.ExecContext(ctx, "DELETE FROM "+table+" WHERE pad = ? AND n <= ?", key, upTo); err != nil {
				return err
			}
		}
		if base.Data != nil {
			if err := putStep(ctx, tx, key, base); err != nil {
				return err
			}
		}
		for _, st := range steps {
			if err := putStep(ctx, tx, key, st); err != nil {
				return err
			}
		}
		return nil
	}))
}

// ForgetHistory is ReplaceSteps with a base alone, after which nothing of the former steps is left on the disk.
func (s *Store) ForgetHistory(ctx context.Context, key, upTo int64, base room.PadStep) error {
	if err := s.ReplaceSteps(ctx, key, upTo, base, nil); err != nil {
		return err
	}
	return wrap("forgetting a pad's history", s.truncateLog(ctx))
}

// SetStepsAside moves all steps of a pad out of the way and puts base in their place.
func (s *Store) SetStepsAside(ctx context.Context, key int64, base room.PadStep) error {
	return wrap("setting a pad's steps aside", s.write(ctx, func(tx *sql.Tx) error {
		for _, query := range []string{
			"INSERT INTO pad_aside (pad, n, at, data) SELECT pad, n, at, data FROM pad_steps WHERE pad = ?",
			"DELETE FROM pad_steps WHERE pad = ?",
			"INSERT INTO pad_aside (pad, n, at, data) SELECT pad, n, at, data FROM pad_log WHERE pad = ? ORDER BY id",
			"DELETE FROM pad_log WHERE pad = ?",
			"UPDATE pads SET broken = 0 WHERE key = ?",
		} {
			if _, err := tx.ExecContext(ctx, query, key); err != nil {
				return err
			}
		}
		return putStep(ctx, tx, key, base)
	}))
}

// PadContent reads all that is written in a pad. A step that is not as it was stored is marked.
func (s *Store) PadContent(ctx context.Context, key int64) (c room.PadContent, err error) {
	c.Clients = map[uint64]int{}
	err = s.read(ctx, func(db *sql.DB) error {
		if err := s.readSteps(ctx, db, key, &c); err != nil {
			return err
		}
		var err error
		if c.Authors, err = listRows(ctx, db, func(row scanner) (a room.PadAuthor, err error) {
			return a, row.Scan(&a.N, &a.Key, &a.Name, &a.Color)
		}, "SELECT n, key, name, color FROM pad_authors WHERE pad = ? ORDER BY n", key); err != nil {
			return err
		}
		return readClients(ctx, db, key, c.Clients)
	})
	return c, wrap("reading a pad", err)
}

func (s *Store) readSteps(ctx context.Context, db *sql.DB, key int64, c *room.PadContent) error {
	return eachRow(ctx, db, func(row scanner) error {
		var st room.PadStep
		var at, crc int64
		var authors string
		if err := row.Scan(&st.N, &at, &authors, &crc, &st.Data); err != nil {
			return err
		}
		st.At, st.Authors, st.Damaged = time.UnixMilli(at).UTC(), splitNumbers(authors), checksum(st.Data) != crc
		switch last := len(c.Steps) - 1; {
		case st.N == 0:
			c.Base = st
		case last >= 0 && c.Steps[last].N == st.N: // it was not known whether the first one is on the disk
			c.Steps[last] = st
		default:
			c.Steps = append(c.Steps, st)
		}
		return nil
	}, `SELECT n, at, authors, crc, data FROM (SELECT n, 0 AS id, at, authors, crc, data FROM pad_steps WHERE pad = ?1
		UNION ALL SELECT n, id, at, authors, crc, data FROM pad_log WHERE pad = ?1) ORDER BY n, id`, key)
}

func readClients(ctx context.Context, db *sql.DB, key int64, clients map[uint64]int) error {
	return eachRow(ctx, db, func(row scanner) error {
		var client int64
		var author int
		err := row.Scan(&client, &author)
		if err == nil {
			clients[uint64(client)] = author
		}
		return err
	}, "SELECT client, author FROM pad_clients WHERE pad = ?", key)
}

func joinNumbers(list []int) string {
	var b strings.Builder
	for i, n := range list {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.Itoa(n))
	}
	return b.String()
}

// splitNumbers reads what joinNumbers wrote; what is none is left out.
func splitNumbers(text string) []int {
	var list []int
	for word := range strings.SplitSeq(text, ",") {
		if n, err := strconv.Atoi(word); err == nil {
			list = append(list, n)
		}
	}
	return list
}
