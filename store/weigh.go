package store

import (
	"context"
	"database/sql"
)

// Weight is what a room's pads and chat take in the database, in bytes; the room "" has the pads that are of none.
type Weight struct {
	Room     string
	Pads     int   // how many
	Steps    int64 // what is written in them, with its history
	Versions int64 // versions that somebody kept, and what was set aside for repair
	Messages int
	Chat     int64
}

// Weights is what the database holds.
type Weights struct {
	Rooms []Weight
	Free  int64 // bytes of its file that are empty, and used for what comes next
}

// weighAtOnce is how many pads are looked at before others have their turn at the only connection.
const weighAtOnce = 20

// Weigh adds up what takes room in the database. It reads much of it, a little at a time.
func (s *Store) Weigh(ctx context.Context) (w Weights, err error) {
	rooms := map[string]*Weight{}
	of := func(name string) *Weight {
		if rooms[name] == nil {
			rooms[name] = &Weight{Room: name}
		}
		return rooms[name]
	}
	for after, more := int64(0), true; more && err == nil; {
		after, more, err = s.weighPads(ctx, after, of)
	}
	if err == nil {
		err = s.weighChat(ctx, of)
	}
	for _, r := range rooms {
		w.Rooms = append(w.Rooms, *r)
	}
	if err == nil {
		err = s.read(ctx, func(db *sql.DB) error {
			return db.QueryRowContext(ctx, "SELECT freelist_count * page_size FROM pragma_freelist_count, pragma_page_size").Scan(&w.Free)
		})
	}
	return w, wrap("weighing the database", err)
}

// weighPads looks at the next pads after a key, and tells which was the last and whether there may be more.
func (s *Store) weighPads(ctx context.Context, after int64, of func(string) *Weight) (last int64, more bool, err error) {
	looked := 0
	err = s.read(ctx, func(db *sql.DB) error {
		return eachRow(ctx, db, func(row scanner) error {
			var name string
			var steps, versions int64
			if err := row.Scan(&last, &name, &steps, &versions); err != nil {
				return err
			}
			looked++
			w := of(name)
			w.Pads, w.Steps, w.Versions = w.Pads+1, w.Steps+steps, w.Versions+versions
			return nil
		}, `SELECT key, coalesce(room, ''), (SELECT coalesce(sum(length(data)), 0) FROM pad_steps WHERE pad = key) + (SELECT coalesce(sum(length(data)), 0) FROM pad_log WHERE pad = key),
			(SELECT coalesce(sum(length(data)), 0) FROM pad_versions WHERE pad = key) + (SELECT coalesce(sum(length(data)), 0) FROM pad_aside WHERE pad = key)
			FROM pads WHERE key > ? ORDER BY key LIMIT ?`, after, weighAtOnce)
	})
	return last, looked == weighAtOnce, err
}

func (s *Store) weighChat(ctx context.Context, of func(string) *Weight) error {
	return s.read(ctx, func(db *sql.DB) error {
		return eachRow(ctx, db, func(row scanner) error {
			var name string
			var messages int
			var bytes int64
			if err := row.Scan(&name, &messages, &bytes); err != nil {
				return err
			}
			w := of(name)
			w.Messages, w.Chat = messages, bytes
			return nil
		}, "SELECT room, count(*), sum(octet_length(text) + octet_length(name)) FROM chat GROUP BY room")
	})
}
