-- Step 3: which master keys seal the keys at rest, how many vectors an IMPI was given lately, and S-CSCFs
-- that nobody names go.

-- The master keys that records are sealed under (hss/seal.h): one, or two while the keys are rotated. No key stands here,
-- only what shows whether the right one was given.
CREATE TABLE master_key (
	-- The key id that records carry.
	id INTEGER PRIMARY KEY CHECK (id BETWEEN 1 AND 255),
	-- A fixed text sealed under the key, of the same form as the keys of subscribers.
	check_value BLOB NOT NULL CHECK (length(check_value) = 64),
	-- 1: new records are sealed under it; 0: it is being rotated out.
	active INTEGER NOT NULL CHECK (active IN (0, 1)),
	-- Of the active key, while others are being rotated out: the name of the last IMPI up to which every record
	-- that opens is sealed under it, in the order of impi's key. '': none yet.
	rotated_to TEXT NOT NULL DEFAULT '',
	-- How many IMPIs up to there have a record that does not open.
	unopened INTEGER NOT NULL DEFAULT 0 CHECK (unopened >= 0)
) STRICT;

CREATE UNIQUE INDEX master_key_active ON master_key (active) WHERE active = 1;

-- auth_rate: vectors handed out since auth_since, in seconds since 1970. 0 and 0: none counted.
ALTER TABLE registration ADD COLUMN auth_since INTEGER NOT NULL DEFAULT 0 CHECK (auth_since >= 0);
ALTER TABLE registration ADD COLUMN auth_count INTEGER NOT NULL DEFAULT 0 CHECK (auth_count BETWEEN 0 AND 2147483647);

-- S-CSCF names and Diameter addresses of step 1, which were for ever. Now a row goes when no registration names it, but its
-- number never comes again: programs remember what a number means.
CREATE TABLE scscf_3 (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	-- Server-Name (TS 29.229 6.3.3).
	name TEXT NOT NULL UNIQUE CHECK (length(CAST(name AS BLOB)) BETWEEN 1 AND 511)
) STRICT;

INSERT INTO scscf_3 (id, name) SELECT id, name FROM scscf;
DROP TABLE scscf;
ALTER TABLE scscf_3 RENAME TO scscf;

CREATE TABLE diameter_peer_3 (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	-- Origin-Host and Origin-Realm (RFC 6733 6.3, 6.4); the realm is '' when it is not known.
	host TEXT NOT NULL CHECK (length(CAST(host AS BLOB)) BETWEEN 1 AND 255),
	realm TEXT NOT NULL CHECK (length(CAST(realm AS BLOB)) <= 255),
	UNIQUE (host, realm)
) STRICT;

INSERT INTO diameter_peer_3 (id, host, realm) SELECT id, host, realm FROM diameter_peer;
DROP TABLE diameter_peer;
ALTER TABLE diameter_peer_3 RENAME TO diameter_peer;
