-- How the last try at a webhook ended.
ALTER TABLE webhooks ADD COLUMN tried INTEGER NOT NULL DEFAULT 0;  -- milliseconds since 1970, 0 for never
ALTER TABLE webhooks ADD COLUMN status INTEGER NOT NULL DEFAULT 0; -- that it answered, 0 for none
ALTER TABLE webhooks ADD COLUMN reason TEXT NOT NULL DEFAULT '';   -- why it was none; webhook.Reason
