CREATE TABLE accounts (
	id       TEXT PRIMARY KEY,
	login    TEXT NOT NULL UNIQUE,
	name     TEXT NOT NULL,
	role     TEXT NOT NULL,             -- member or admin
	source   TEXT NOT NULL,             -- who knows the password: local, oidc, ldap, sso
	subject  TEXT NOT NULL,             -- what they call them; '' for local
	password TEXT NOT NULL,             -- argon2id, '' for none
	disabled INTEGER NOT NULL DEFAULT 0,
	created  INTEGER NOT NULL           -- milliseconds since 1970
) WITHOUT ROWID;

CREATE UNIQUE INDEX accounts_subject ON accounts (source, subject) WHERE subject <> '';

CREATE TABLE secrets (
	hash    BLOB PRIMARY KEY,           -- SHA-256
	id      TEXT NOT NULL UNIQUE,
	kind    TEXT NOT NULL,              -- session, app, token, invite, reset
	account TEXT REFERENCES accounts (id) ON DELETE CASCADE, -- NULL for an invitation
	label   TEXT NOT NULL,
	role    TEXT NOT NULL,              -- what an invitation makes somebody
	created INTEGER NOT NULL,
	expires INTEGER NOT NULL            -- 0 for never
) WITHOUT ROWID;

CREATE INDEX secrets_account ON secrets (account, kind);
