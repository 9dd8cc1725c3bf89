package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"tablee/room"
)

// scanner is one row of an answer: *sql.Row or *sql.Rows.
type scanner interface{ Scan(into ...any) error }

// querier is a connection or a transaction.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// millis is a time in the database: milliseconds since 1970, 0 for none.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// fromMillis reads what millis gives.
func fromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// wrap says what was being done when err came; nil stays nil.
func wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// mustFit refuses with full when the query already counts max, so that one more is too many.
func mustFit(ctx context.Context, q querier, max int, full *room.Error, query string, args ...any) error {
	var count int
	if err := q.QueryRowContext(ctx, query, args...).Scan(&count); err != nil {
		return err
	}
	if count >= max {
		return full
	}
	return nil
}

// eachRow hands every row of an answer to f, until an error.
func eachRow(ctx context.Context, q querier, f func(scanner) error, query string, args ...any) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// listRows is every row of an answer, as scan reads it; nil without any.
func listRows[T any](ctx context.Context, q querier, scan func(scanner) (T, error), query string, args ...any) (list []T, err error) {
	err = eachRow(ctx, q, func(row scanner) error {
		x, err := scan(row)
		if err == nil {
			list = append(list, x)
		}
		return err
	}, query, args...)
	return list, err
}

// texts is listRows for rows of one text.
func texts(ctx context.Context, q querier, query string, args ...any) ([]string, error) {
	return listRows(ctx, q, func(row scanner) (text string, err error) { return text, row.Scan(&text) }, query, args...)
}
