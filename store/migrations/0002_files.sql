CREATE TABLE file_nodes (
	id       TEXT PRIMARY KEY,
	space    TEXT NOT NULL,              -- "room/NAME", "drop/ID", …
	parent   TEXT NOT NULL,              -- the folder, '' for the top
	name     TEXT NOT NULL,
	fold     TEXT NOT NULL,              -- the name as names are compared
	folder   INTEGER NOT NULL,
	blob     TEXT NOT NULL,              -- '' for a folder
	size     INTEGER NOT NULL,
	type     TEXT NOT NULL,
	created  INTEGER NOT NULL,           -- milliseconds since 1970
	modified INTEGER NOT NULL,
	author   TEXT NOT NULL,              -- shown name
	seat     INTEGER NOT NULL,
	owner    TEXT NOT NULL,
	trashed  INTEGER NOT NULL DEFAULT 0, -- when it went to the trash, 0 for not
	top      INTEGER NOT NULL DEFAULT 0  -- it was put there itself, not with a folder above
) WITHOUT ROWID;
CREATE UNIQUE INDEX file_nodes_names ON file_nodes (space, parent, fold) WHERE trashed = 0;
CREATE INDEX file_nodes_parents ON file_nodes (space, parent);
CREATE INDEX file_nodes_trash ON file_nodes (trashed) WHERE trashed > 0;

CREATE TABLE file_versions (
	node     TEXT NOT NULL REFERENCES file_nodes (id) ON DELETE CASCADE,
	n        INTEGER NOT NULL,
	blob     TEXT NOT NULL,
	size     INTEGER NOT NULL,
	type     TEXT NOT NULL,
	modified INTEGER NOT NULL,
	author   TEXT NOT NULL,
	seat     INTEGER NOT NULL,
	PRIMARY KEY (node, n)
) WITHOUT ROWID;

CREATE TABLE file_uploads (
	id       TEXT PRIMARY KEY,           -- also the blob's name
	space    TEXT NOT NULL,
	parent   TEXT NOT NULL,
	name     TEXT NOT NULL,
	length   INTEGER NOT NULL,           -- -1 when it is not known yet
	done     INTEGER NOT NULL,           -- bytes that are on the disk
	owner    TEXT NOT NULL,
	author   TEXT NOT NULL,
	seat     INTEGER NOT NULL,
	again    INTEGER NOT NULL,           -- a name that is taken gets a number
	expires  INTEGER NOT NULL,
	node     TEXT NOT NULL DEFAULT ''    -- what it became
) WITHOUT ROWID;

CREATE TABLE file_links (
	hash      BLOB PRIMARY KEY,          -- SHA-256 of the token
	space     TEXT NOT NULL,
	node      TEXT NOT NULL,
	kind      TEXT NOT NULL,
	title     TEXT NOT NULL,
	sealed    INTEGER NOT NULL,
	created   INTEGER NOT NULL,
	expires   INTEGER NOT NULL,          -- 0 for never
	password  BLOB,
	downloads INTEGER NOT NULL DEFAULT 0,
	most      INTEGER NOT NULL           -- downloads, 0 for any number
) WITHOUT ROWID;
CREATE INDEX file_links_spaces ON file_links (space);
