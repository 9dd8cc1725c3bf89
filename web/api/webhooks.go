package api

import "tablee/webhook"

// webhookBody is an address that is told of meetings, and how the last try at it ended.
type webhookBody struct {
	ID      string       `json:"id"`
	URL     string       `json:"url"`
	Created string       `json:"created"`
	Waiting int          `json:"waiting"` // messages that it is still to be told
	Last    *webhookLast `json:"last,omitempty"`
}

// webhookLast is how a try ended.
type webhookLast struct {
	At     string `json:"at"`
	Status int    `json:"status"` // that the receiver answered, 0 for none
	Reason string `json:"reason"` // why it was none; "" when it was taken
}

func webhookOf(h webhook.Hook) webhookBody {
	b := webhookBody{ID: h.ID, URL: h.URL, Created: h.Created.Format(stamp), Waiting: h.Waiting}
	if !h.Last.At.IsZero() {
		b.Last = &webhookLast{At: h.Last.At.UTC().Format(stamp), Status: h.Last.Status, Reason: string(h.Last.Reason)}
	}
	return b
}

func listWebhooks(c *call) (any, error) {
	all, err := c.cfg.Webhooks.List(c.r.Context())
	return listOf(all, webhookOf), err
}

func newWebhook(c *call) (any, error) {
	var b struct{ URL string }
	if err := c.body(&b); err != nil {
		return nil, err
	}
	h, secret, err := c.cfg.Webhooks.Add(c.r.Context(), b.URL)
	return struct {
		webhookBody
		Secret string `json:"secret"` // told this once
	}{webhookOf(h), secret}, err
}

func removeWebhook(c *call) (any, error) {
	return nil, c.cfg.Webhooks.Remove(c.r.Context(), c.r.PathValue("id"))
}

func testWebhook(c *call) (any, error) {
	r, problem, err := c.cfg.Webhooks.Ping(c.r.Context(), c.r.PathValue("id"))
	return struct {
		Status  int    `json:"status"` // that the receiver answered, 0 for none
		Reason  string `json:"reason"`
		Problem string `json:"problem"` // reason in words; "" when it was taken
	}{r.Status, string(r.Reason), problem}, err
}
