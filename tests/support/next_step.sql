-- For tests only: a schema step after the last released one, as steps come to be. A table is made
-- anew with a column more, every row of another one changes. tests/crash.cmake gives it its number.
CREATE TABLE impu_next (
	subscription_id INTEGER NOT NULL REFERENCES subscription (id),
	irs INTEGER NOT NULL,
	position INTEGER NOT NULL,
	name TEXT NOT NULL,
	kind INTEGER NOT NULL,
	barred INTEGER NOT NULL,
	psi_active INTEGER NOT NULL,
	as_name TEXT NULL,
	display_name TEXT NULL,
	profile_id INTEGER NOT NULL REFERENCES service_profile (id),
	alias_group TEXT NULL,
	loose_route INTEGER NOT NULL,
	privileged_sender INTEGER NOT NULL,
	note TEXT NULL,
	PRIMARY KEY (subscription_id, irs, position)
) STRICT, WITHOUT ROWID;

INSERT INTO impu_next SELECT subscription_id, irs, position, name, kind, barred, psi_active, as_name,
	display_name, profile_id, alias_group, loose_route, privileged_sender, 'stepped up' FROM impu;
DROP TABLE impu;
ALTER TABLE impu_next RENAME TO impu;
CREATE UNIQUE INDEX impu_name ON impu (name);
CREATE INDEX impu_wildcarded ON impu (name) WHERE kind IN (2, 4);
UPDATE registration SET pending_since = 1;
