-- Addresses that are told when meetings begin and end. Their secrets are derived, and stored nowhere.
CREATE TABLE webhooks (
	id      TEXT PRIMARY KEY,
	url     TEXT NOT NULL,
	created INTEGER NOT NULL
) WITHOUT ROWID;

-- What is still to be told, to whom, and when to try next.
CREATE TABLE webhook_queue (
	id    TEXT NOT NULL, -- of the message
	hook  TEXT NOT NULL,
	body  BLOB NOT NULL,
	tries INTEGER NOT NULL, -- that failed
	due   INTEGER NOT NULL,
	PRIMARY KEY (hook, id)
) WITHOUT ROWID;
CREATE INDEX webhook_queue_due ON webhook_queue (due);
