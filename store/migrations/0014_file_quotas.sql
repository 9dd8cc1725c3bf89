-- How much a member, a room or a group may store, where an admin has said so; else the settings say.
CREATE TABLE file_quotas (
	space TEXT PRIMARY KEY,              -- "user/ID", "room/NAME", "team/ID"
	bytes INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TRIGGER rooms_quotas_go AFTER DELETE ON rooms BEGIN
	DELETE FROM file_quotas WHERE space = 'room/' || old.name;
END;
CREATE TRIGGER accounts_quotas_go AFTER DELETE ON accounts BEGIN
	DELETE FROM file_quotas WHERE space = 'user/' || old.id;
END;
CREATE TRIGGER groups_quotas_go AFTER DELETE ON groups BEGIN
	DELETE FROM file_quotas WHERE space = 'team/' || old.id;
END;
