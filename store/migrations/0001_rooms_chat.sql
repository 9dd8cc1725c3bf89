CREATE TABLE settings (
	key   TEXT PRIMARY KEY,
	value BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE rooms (
	name    TEXT PRIMARY KEY,
	title   TEXT NOT NULL,
	created INTEGER NOT NULL,          -- milliseconds since 1970
	host    BLOB NOT NULL,             -- SHA-256 of the host token
	chat_n  INTEGER NOT NULL DEFAULT 0 -- number of the last chat message; outlives the messages
) WITHOUT ROWID;

CREATE TABLE chat (
	room   TEXT NOT NULL REFERENCES rooms (name) ON DELETE CASCADE,
	n      INTEGER NOT NULL,
	author TEXT NOT NULL,    -- member id, which means nothing outside the meeting
	name   TEXT NOT NULL,
	seat   INTEGER NOT NULL,
	at     INTEGER NOT NULL, -- milliseconds since 1970
	text   TEXT NOT NULL,
	PRIMARY KEY (room, n)
) WITHOUT ROWID;
