ALTER TABLE accounts ADD COLUMN vouched INTEGER NOT NULL DEFAULT 0; -- when source last vouched for it, milliseconds; 0 for never
