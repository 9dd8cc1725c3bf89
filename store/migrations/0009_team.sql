-- Groups of accounts, and what members and groups may in folders.
CREATE TABLE groups (
	id      TEXT PRIMARY KEY,
	name    TEXT NOT NULL,
	fold    TEXT NOT NULL UNIQUE,        -- the name as names are compared
	created INTEGER NOT NULL             -- milliseconds since 1970
) WITHOUT ROWID;
CREATE TABLE group_members (
	grp     TEXT NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
	account TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
	manager INTEGER NOT NULL,            -- decides on rights in the group's folders
	PRIMARY KEY (grp, account)
) WITHOUT ROWID;
CREATE INDEX group_members_account ON group_members (account);

CREATE TABLE file_grants (
	space TEXT NOT NULL,
	node  TEXT NOT NULL,                 -- the folder, '' for the top
	who   TEXT NOT NULL,                 -- "member/ID", "group/ID" or "all"
	level INTEGER NOT NULL,              -- files.Level
	PRIMARY KEY (space, node, who)
) WITHOUT ROWID;
CREATE INDEX file_grants_who ON file_grants (who);

ALTER TABLE file_links ADD COLUMN owner TEXT NOT NULL DEFAULT ''; -- "member/ID" who made it; '' for a drop

CREATE TRIGGER file_nodes_go AFTER DELETE ON file_nodes BEGIN
	DELETE FROM file_grants WHERE space = old.space AND node = old.id;
	DELETE FROM file_links WHERE space = old.space AND node = old.id;
END;

-- Whose room, account or group is gone has no files any more from that moment on: whoever takes the name next finds
-- nothing. Contents are taken off the disk from "gone/…" (files.Run).
CREATE TRIGGER rooms_files_go AFTER DELETE ON rooms BEGIN
	DELETE FROM file_links WHERE space = 'room/' || old.name;
	UPDATE file_props SET space = 'gone/room/' || old.name WHERE space = 'room/' || old.name;
	UPDATE file_uploads SET space = 'gone/room/' || old.name WHERE space = 'room/' || old.name;
	UPDATE file_nodes SET space = 'gone/room/' || old.name, trashed = 1 WHERE space = 'room/' || old.name;
END;
CREATE TRIGGER accounts_files_go AFTER DELETE ON accounts BEGIN
	DELETE FROM file_links WHERE space = 'user/' || old.id OR owner = 'member/' || old.id;
	DELETE FROM file_grants WHERE space = 'user/' || old.id OR who = 'member/' || old.id;
	UPDATE file_props SET space = 'gone/user/' || old.id WHERE space = 'user/' || old.id;
	UPDATE file_uploads SET space = 'gone/user/' || old.id WHERE space = 'user/' || old.id;
	UPDATE file_nodes SET space = 'gone/user/' || old.id, trashed = 1 WHERE space = 'user/' || old.id;
END;
CREATE TRIGGER groups_files_go AFTER DELETE ON groups BEGIN
	DELETE FROM file_links WHERE space = 'team/' || old.id;
	DELETE FROM file_grants WHERE space = 'team/' || old.id OR who = 'group/' || old.id;
	UPDATE file_props SET space = 'gone/team/' || old.id WHERE space = 'team/' || old.id;
	UPDATE file_uploads SET space = 'gone/team/' || old.id WHERE space = 'team/' || old.id;
	UPDATE file_nodes SET space = 'gone/team/' || old.id, trashed = 1 WHERE space = 'team/' || old.id;
END;
