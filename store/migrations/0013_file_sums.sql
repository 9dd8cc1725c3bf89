-- What each content is to have, and how the last look at it went. A content without a row gets one when it is first read.
CREATE TABLE file_sums (
	blob    TEXT PRIMARY KEY,
	sum     BLOB NOT NULL,               -- SHA-256; empty while it could not be read at all
	checked INTEGER NOT NULL,            -- milliseconds since 1970
	bad     INTEGER NOT NULL             -- since when it is not what it was; 0 while it is
) WITHOUT ROWID;
ALTER TABLE file_uploads ADD COLUMN hash BLOB; -- how far SHA-256 is with what is on the disk
