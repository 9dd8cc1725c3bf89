-- Keys of other sites, by which they let people into rooms. Their secrets are derived, and stored nowhere.
CREATE TABLE join_keys (
	id      TEXT PRIMARY KEY,
	label   TEXT NOT NULL,
	room    TEXT NOT NULL, -- '' for all
	role    TEXT NOT NULL, -- the most that they give
	created INTEGER NOT NULL
) WITHOUT ROWID;

-- Join tokens that are good once, and were used; forgotten when they have expired.
CREATE TABLE join_used (
	hash    BLOB PRIMARY KEY, -- SHA-256 of key and jti
	expires INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX join_used_expires ON join_used (expires);
