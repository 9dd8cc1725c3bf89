ALTER TABLE rooms ADD COLUMN owner TEXT NOT NULL DEFAULT '';      -- id of an account, '' for none
ALTER TABLE rooms ADD COLUMN settings TEXT NOT NULL DEFAULT '{}'; -- room.Settings in JSON

CREATE INDEX rooms_owner ON rooms (owner) WHERE owner <> '';

CREATE TABLE room_links (
	room    TEXT NOT NULL REFERENCES rooms (name) ON DELETE CASCADE,
	id      TEXT NOT NULL,
	hash    BLOB NOT NULL UNIQUE, -- SHA-256 of the token
	role    TEXT NOT NULL,
	label   TEXT NOT NULL,
	created INTEGER NOT NULL,     -- milliseconds since 1970
	expires INTEGER NOT NULL,     -- the same, 0 for never
	uses    INTEGER NOT NULL,     -- how many are left, -1 for any number
	PRIMARY KEY (room, id)
) WITHOUT ROWID;
