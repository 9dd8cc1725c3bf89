-- Properties that WebDAV clients keep with files and folders (RFC 4918, section 4).
CREATE TABLE file_props (
	space  TEXT NOT NULL,
	node   TEXT NOT NULL, -- '' for the top of the space
	ns     TEXT NOT NULL,
	name   TEXT NOT NULL,
	lang   TEXT NOT NULL,
	value  BLOB NOT NULL, -- XML
	PRIMARY KEY (space, node, ns, name)
) WITHOUT ROWID;
CREATE TRIGGER file_props_go AFTER DELETE ON file_nodes BEGIN
	DELETE FROM file_props WHERE space = old.space AND node = old.id;
END;
