package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"tablee/room"
	"tablee/webhook"
)

var _ webhook.Store = (*Store)(nil)

// CreateWebhook implements webhook.Store.
func (s *Store) CreateWebhook(ctx context.Context, h webhook.Hook, max int) error {
	return wrap("storing a webhook", s.write(ctx, func(tx *sql.Tx) error {
		if err := mustFit(ctx, tx, max, &room.Error{Code: room.CodeLinksFull, Message: "the server has as many webhooks as it may; remove some that are not needed"},
			"SELECT count(*) FROM webhooks"); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO webhooks (id, url, created) VALUES (?, ?, ?)", h.ID, h.URL, h.Created.UnixMilli())
		return err
	}))
}

func scanWebhook(row scanner) (h webhook.Hook, err error) {
	var created, tried int64
	err = row.Scan(&h.ID, &h.URL, &created, &tried, &h.Last.Status, &h.Last.Reason, &h.Waiting)
	h.Created, h.Last.At = fromMillis(created), fromMillis(tried)
	return h, err
}

// Webhooks implements webhook.Store.
func (s *Store) Webhooks(ctx context.Context) (list []webhook.Hook, err error) {
	err = s.read(ctx, func(db *sql.DB) (err error) {
		list, err = listRows(ctx, db, scanWebhook, `SELECT id, url, created, tried, status, reason,
			(SELECT count(*) FROM webhook_queue q WHERE q.hook = webhooks.id) FROM webhooks ORDER BY created, id`)
		return err
	})
	return list, wrap("listing webhooks", err)
}

// DeleteWebhook implements webhook.Store.
func (s *Store) DeleteWebhook(ctx context.Context, id string) error {
	return wrap("removing a webhook", s.write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM webhook_queue WHERE hook = ?", id); err != nil {
			return err
		}
		gone, err := tx.ExecContext(ctx, "DELETE FROM webhooks WHERE id = ?", id)
		if err != nil {
			return err
		}
		if n, err := gone.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, webhook.ErrUnknown())
		}
		return nil
	}))
}

// QueueWebhooks implements webhook.Store.
func (s *Store) QueueWebhooks(ctx context.Context, list []webhook.Delivery, max int) (dropped int, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		dropped = 0
		var count int
		if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM webhook_queue").Scan(&count); err != nil {
			return err
		}
		for _, d := range list {
			if count >= max {
				dropped++
				continue
			}
			// A commit of unknown outcome is asked for again; a hook may have been removed meanwhile.
			added, err := tx.ExecContext(ctx, `INSERT OR IGNORE INTO webhook_queue (id, hook, body, tries, due)
				SELECT ?, id, ?, ?, ? FROM webhooks WHERE id = ?`, d.ID, d.Body, d.Tries, d.Due.UnixMilli(), d.Hook)
			if err != nil {
				return err
			}
			n, err := added.RowsAffected()
			if err != nil {
				return err
			}
			count += int(n)
		}
		return nil
	})
	return dropped, wrap("queueing for webhooks", err)
}

func scanDelivery(row scanner) (d webhook.Delivery, err error) {
	var due int64
	err = row.Scan(&d.ID, &d.Hook, &d.Body, &d.Tries, &due)
	d.Due = fromMillis(due)
	return d, err
}

// WaitingWebhooks implements webhook.Store.
func (s *Store) WaitingWebhooks(ctx context.Context) (list []webhook.Delivery, err error) {
	err = s.read(ctx, func(db *sql.DB) (err error) {
		list, err = listRows(ctx, db, scanDelivery, "SELECT id, hook, body, tries, due FROM webhook_queue ORDER BY due, id")
		return err
	})
	return list, wrap("reading the webhooks' queue", err)
}

// noteTry notes how the last try at a hook ended. One that was removed meanwhile stays so.
func noteTry(ctx context.Context, tx *sql.Tx, hook string, r webhook.Result) error {
	_, err := tx.ExecContext(ctx, "UPDATE webhooks SET tried = ?, status = ?, reason = ? WHERE id = ?", millis(r.At), r.Status, r.Reason, hook)
	return err
}

// NoteWebhook implements webhook.Store.
func (s *Store) NoteWebhook(ctx context.Context, hook string, r webhook.Result) error {
	return wrap("noting a try at a webhook", s.write(ctx, func(tx *sql.Tx) error { return noteTry(ctx, tx, hook, r) }))
}

// PutOffWebhook implements webhook.Store.
func (s *Store) PutOffWebhook(ctx context.Context, d webhook.Delivery, due time.Time, r webhook.Result) error {
	return wrap("putting off a webhook", s.write(ctx, func(tx *sql.Tx) error {
		if err := noteTry(ctx, tx, d.Hook, r); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "UPDATE webhook_queue SET tries = tries + 1, due = ? WHERE hook = ? AND id = ?", due.UnixMilli(), d.Hook, d.ID)
		return err
	}))
}

// DropWebhook implements webhook.Store.
func (s *Store) DropWebhook(ctx context.Context, d webhook.Delivery, r webhook.Result) error {
	return wrap("ending a webhook's delivery", s.write(ctx, func(tx *sql.Tx) error {
		if err := noteTry(ctx, tx, d.Hook, r); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "DELETE FROM webhook_queue WHERE hook = ? AND id = ?", d.Hook, d.ID)
		return err
	}))
}
