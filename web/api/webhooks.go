package api

import "tablee/webhook"

// webhookBody is an address that is told of meetings.
type webhookBody struct {
	ID      string `json:"id"`
	URL     string `json:"url"`
	Created string `json:"created"`
}

func webhookOf(h webhook.Hook) webhookBody {
	return webhookBody{ID: h.ID, URL: h.URL, Created: h.Created.Format(stamp)}
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
	status, problem, err := c.cfg.Webhooks.Ping(c.r.Context(), c.r.PathValue("id"))
	return struct {
		Status  int    `json:"status"`  // that the receiver answered, 0 for none
		Problem string `json:"problem"` // "" when it was taken
	}{status, problem}, err
}
