-- The steps of all pads in the order in which they are committed, until a pad is unloaded: then they go to pad_steps. A row
-- at the end of a table takes one page of a commit, one in the middle of pad_steps three, and an SD card wears by the page.
-- There is no index for the same reason: the table is short, and is read as a whole.
CREATE TABLE pad_log (
	id      INTEGER PRIMARY KEY,
	pad     INTEGER NOT NULL REFERENCES pads (key) ON DELETE CASCADE,
	n       INTEGER NOT NULL, -- of two rows with one number the later counts
	at      INTEGER NOT NULL,
	authors TEXT NOT NULL,
	crc     INTEGER NOT NULL,
	data    BLOB NOT NULL
);
