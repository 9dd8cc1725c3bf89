CREATE TABLE pads (
	key       INTEGER PRIMARY KEY AUTOINCREMENT, -- never used again: an open pad in memory goes by it
	id        TEXT NOT NULL UNIQUE,
	room      TEXT REFERENCES rooms (name) ON DELETE CASCADE, -- NULL for a pad on its own
	kind      TEXT NOT NULL,
	title     TEXT NOT NULL,
	created   INTEGER NOT NULL,           -- milliseconds since 1970
	changed   INTEGER NOT NULL,
	size      INTEGER NOT NULL DEFAULT 0,
	guests    INTEGER NOT NULL,           -- room.PadRight
	retain    INTEGER NOT NULL DEFAULT 0, -- days
	published TEXT UNIQUE,
	main      INTEGER NOT NULL DEFAULT 0,
	broken    INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX pads_main ON pads (room) WHERE main = 1;
CREATE INDEX pads_room ON pads (room, changed);

-- Step 0 is the base. No row beside it is written per commit: an SD card takes a page for each table that is touched.
CREATE TABLE pad_steps (
	pad     INTEGER NOT NULL REFERENCES pads (key) ON DELETE CASCADE,
	n       INTEGER NOT NULL,
	at      INTEGER NOT NULL,
	authors TEXT NOT NULL,    -- numbers, separated by commas
	crc     INTEGER NOT NULL, -- CRC-32C of data
	data    BLOB NOT NULL,
	PRIMARY KEY (pad, n)
) WITHOUT ROWID;

-- What was set aside, for repair by hand.
CREATE TABLE pad_aside (
	pad  INTEGER NOT NULL REFERENCES pads (key) ON DELETE CASCADE,
	n    INTEGER NOT NULL,
	at   INTEGER NOT NULL,
	data BLOB NOT NULL
);

CREATE TABLE pad_authors (
	pad   INTEGER NOT NULL REFERENCES pads (key) ON DELETE CASCADE,
	n     INTEGER NOT NULL,
	key   TEXT NOT NULL,
	name  TEXT NOT NULL,
	color TEXT NOT NULL,
	PRIMARY KEY (pad, n)
) WITHOUT ROWID;

CREATE TABLE pad_clients (
	pad    INTEGER NOT NULL REFERENCES pads (key) ON DELETE CASCADE,
	client INTEGER NOT NULL, -- a Yjs client id
	author INTEGER NOT NULL,
	PRIMARY KEY (pad, client)
) WITHOUT ROWID;

CREATE TABLE pad_links (
	pad     INTEGER NOT NULL REFERENCES pads (key) ON DELETE CASCADE,
	n       INTEGER NOT NULL,
	hash    BLOB NOT NULL UNIQUE, -- SHA-256 of the secret
	access  INTEGER NOT NULL,     -- room.PadRight
	expires INTEGER NOT NULL,     -- 0 for never
	created INTEGER NOT NULL,
	note    TEXT NOT NULL,
	PRIMARY KEY (pad, n)
);

CREATE TABLE pad_versions (
	pad    INTEGER NOT NULL REFERENCES pads (key) ON DELETE CASCADE,
	n      INTEGER NOT NULL,
	name   TEXT NOT NULL,
	at     INTEGER NOT NULL,
	author TEXT NOT NULL,
	crc    INTEGER NOT NULL,
	data   BLOB NOT NULL,
	PRIMARY KEY (pad, n)
);

-- Names that other programs gave through the Etherpad API.
CREATE TABLE pad_names (
	name     TEXT PRIMARY KEY,
	pad      INTEGER NOT NULL REFERENCES pads (key) ON DELETE CASCADE,
	readonly TEXT NOT NULL
) WITHOUT ROWID;

CREATE VIRTUAL TABLE pad_search USING fts5 (title, body, tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3');
INSERT INTO pad_search (pad_search, rank) VALUES ('secure-delete', 1);
CREATE TRIGGER pads_search AFTER DELETE ON pads BEGIN
	DELETE FROM pad_search WHERE rowid = old.key;
END;
