package main

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"tablee/cmd/tablee/config"
	"tablee/signaling"
	"tablee/store"
	"tablee/webhook"
)

func newWebhooks(st *store.Store, key []byte, cfg config.Config, log *slog.Logger) *webhook.Hooks {
	return webhook.New(webhook.Config{Store: st, Key: key, Private: cfg.Webhooks.Private, Now: time.Now, Log: log})
}

// tellWebhooks translates between signaling and the webhooks.
func tellWebhooks(h *webhook.Hooks) func(signaling.Happening) {
	return func(what signaling.Happening) {
		h.Tell(webhook.Event{Room: what.Room, Began: what.Began, Ended: what.Ended, Most: what.Most})
	}
}

// webhookLine is what the commands show of a webhook.
type webhookLine struct {
	ID, URL, Created, Secret string
	Waiting                  int
	Last                     *struct {
		Status int
		Reason string
	}
}

// last is how the last try ended, in a word.
func (l webhookLine) last() string {
	switch {
	case l.Last == nil:
		return "-"
	case l.Last.Status > 0:
		return strconv.Itoa(l.Last.Status)
	}
	return l.Last.Reason
}

func webhookVerbs() []verb {
	return []verb{
		{"list", "", "the addresses that are told", 0, 0, nil, listWebhooks},
		{"add", "URL", "tell an address; the secret of its signatures is printed this once", 1, 1, nil, addWebhook},
		{"remove", "ID", "tell an address no more", 1, 1, nil, func(ctx context.Context, c *console, a ask) error {
			return c.call(ctx, "DELETE", at("webhooks/%s", a.args[0]), nil, nil)
		}},
		{"test", "ID", "send an address a ping", 1, 1, nil, testWebhook},
	}
}

func listWebhooks(ctx context.Context, c *console, a ask) error {
	var all listed[webhookLine]
	if err := c.call(ctx, "GET", at("webhooks"), nil, &all); err != nil {
		return err
	}
	rows := [][]string{{"ID", "URL", "CREATED", "LAST", "WAITING"}}
	for _, x := range all.Items {
		rows = append(rows, []string{x.ID, x.URL, x.Created, x.last(), strconv.Itoa(x.Waiting)})
	}
	return a.table(rows)
}

func addWebhook(ctx context.Context, c *console, a ask) error {
	var made webhookLine
	if err := c.call(ctx, "POST", at("webhooks"), map[string]string{"url": a.args[0]}, &made); err != nil {
		return err
	}
	_, err := fmt.Fprintf(a.out, "id: %s\nsecret: %s\n", made.ID, made.Secret)
	return err
}

func testWebhook(ctx context.Context, c *console, a ask) error {
	var got struct {
		Status  int
		Problem string
	}
	if err := c.call(ctx, "POST", at("webhooks/%s/test", a.args[0]), nil, &got); err != nil {
		return err
	}
	if got.Problem != "" {
		return fmt.Errorf("the webhook did not take the ping: %s", strings.TrimSuffix(got.Problem, "."))
	}
	_, err := fmt.Fprintf(a.out, "It answered %d.\n", got.Status)
	return err
}
