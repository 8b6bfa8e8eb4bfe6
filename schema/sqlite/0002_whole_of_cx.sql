-- Step 2: filter criteria and shared sets of them, charging, capabilities, SIP Digest, restoration, and the outbox of what
-- the HSS tells S-CSCFs by itself.

-- Charging-Information (TS 29.229 6.3.19 to 6.3.23): the document as it was applied, and the DiameterURIs drawn from it.
CREATE TABLE charging (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	-- For people only.
	name TEXT NOT NULL UNIQUE CHECK (length(CAST(name AS BLOB)) BETWEEN 1 AND 511),
	document TEXT NOT NULL,
	primary_ecf TEXT NULL CHECK (length(CAST(primary_ecf AS BLOB)) BETWEEN 1 AND 511),
	secondary_ecf TEXT NULL CHECK (length(CAST(secondary_ecf AS BLOB)) BETWEEN 1 AND 511),
	primary_ccf TEXT NULL CHECK (length(CAST(primary_ccf AS BLOB)) BETWEEN 1 AND 511),
	secondary_ccf TEXT NULL CHECK (length(CAST(secondary_ccf AS BLOB)) BETWEEN 1 AND 511),
	-- One of the primary ones is required (TS 29.228 table 6.1.2.2).
	CHECK (primary_ecf IS NOT NULL OR primary_ccf IS NOT NULL)
) STRICT;

-- Server-Capabilities (TS 29.229 6.3.4): names of S-CSCFs, or else capabilities that an S-CSCF must or should have.
CREATE TABLE capabilities (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	name TEXT NOT NULL UNIQUE CHECK (length(CAST(name AS BLOB)) BETWEEN 1 AND 511),
	document TEXT NOT NULL
) STRICT;

CREATE TABLE capability (
	capabilities_id INTEGER NOT NULL REFERENCES capabilities (id),
	-- 0 Mandatory-Capability, 1 Optional-Capability, 2 Server-Name (TS 29.229 6.3.5, 6.3.6, 6.3.3).
	kind INTEGER NOT NULL CHECK (kind BETWEEN 0 AND 2),
	-- Order within the kind, from 1.
	position INTEGER NOT NULL CHECK (position BETWEEN 1 AND 2147483647),
	number INTEGER NULL CHECK (number BETWEEN 0 AND 4294967295),
	server_name TEXT NULL CHECK (length(CAST(server_name AS BLOB)) BETWEEN 1 AND 511),
	PRIMARY KEY (capabilities_id, kind, position),
	CHECK ((kind = 2) = (server_name IS NOT NULL) AND (kind = 2) = (number IS NULL))
) STRICT, WITHOUT ROWID;

-- Shared sets of initial filter criteria (SharedIFCSetID, TS 29.228 annex B.2.2 and E); the id is the one on the wire.
CREATE TABLE ifc_set (
	id INTEGER PRIMARY KEY CHECK (id BETWEEN 0 AND 2147483647),
	document TEXT NOT NULL,
	-- The InitialFilterCriteria elements, for S-CSCFs that do not know the set.
	criteria TEXT NOT NULL,
	-- Whether one of them is for the unregistered part (TS 29.228 6.1.4.1 step 3).
	unregistered_services INTEGER NOT NULL CHECK (unregistered_services IN (0, 1))
) STRICT;

-- The document of a profile as it was applied; NULL: made without one.
ALTER TABLE service_profile ADD COLUMN document TEXT NULL;
-- Its own InitialFilterCriteria elements (TS 29.228 annex B.2.2), ready for the profile document.
ALTER TABLE service_profile ADD COLUMN criteria TEXT NOT NULL DEFAULT '';
-- ServiceIds of the ListOfServiceIds (TS 29.228 annex E), one a line; NULL: none.
ALTER TABLE service_profile ADD COLUMN service_ids TEXT NULL;

CREATE TABLE service_profile_ifc_set (
	profile_id INTEGER NOT NULL REFERENCES service_profile (id),
	ifc_set_id INTEGER NOT NULL REFERENCES ifc_set (id),
	PRIMARY KEY (profile_id, ifc_set_id)
) STRICT, WITHOUT ROWID;

ALTER TABLE subscription ADD COLUMN charging_id INTEGER NULL REFERENCES charging (id);
ALTER TABLE subscription ADD COLUMN capabilities_id INTEGER NULL REFERENCES capabilities (id);

-- AliasIdentityGroupID (TS 29.228 annex E): IMPUs of a set with one value are aliases of each other; NULL: of none.
ALTER TABLE impu ADD COLUMN alias_group TEXT NULL CHECK (length(CAST(alias_group AS BLOB)) BETWEEN 1 AND 511);
-- Loose-Route-Indication and Priviledged-Sender-Indication (TS 29.229 6.3.45 and 6.3.58).
ALTER TABLE impu ADD COLUMN loose_route INTEGER NOT NULL DEFAULT 0 CHECK (loose_route IN (0, 1));
ALTER TABLE impu ADD COLUMN privileged_sender INTEGER NOT NULL DEFAULT 0 CHECK (privileged_sender IN (0, 1));

-- Wildcarded identities are few, and are looked for when no distinct one is found (TS 29.228 6.1.4.1).
CREATE INDEX impu_wildcarded ON impu (name) WHERE kind IN (2, 4);

-- A CHECK cannot be changed in place: the table is made anew. The schemes that an IMPI may use become a set, and SIP Digest
-- brings a key of its own.
CREATE TABLE impi_2 (
	subscription_id INTEGER NOT NULL REFERENCES subscription (id),
	-- Number within the subscription; registration refers to it.
	no INTEGER NOT NULL CHECK (no BETWEEN 1 AND 2147483647),
	-- User-Name (RFC 6733 8.14): an NAI of at most 253 octets (RFC 4282 2.2).
	name TEXT NOT NULL PRIMARY KEY CHECK (length(CAST(name AS BLOB)) BETWEEN 1 AND 253),
	-- K and OPc (TS 35.206 2.3), sealed as hss/seal.h draws it. NULL: none; then Digest-AKAv1-MD5 is not among the schemes.
	sealed_key BLOB NULL CHECK (length(sealed_key) = 64),
	-- Authentication management field (TS 33.102 6.3.2, annex H).
	amf BLOB NOT NULL CHECK (length(amf) = 2),
	-- SIP-Authentication-Scheme (TS 29.229 6.3.9) that "Unknown" stands for: 1 Digest-AKAv1-MD5, 2 SIP Digest.
	scheme INTEGER NOT NULL CHECK (scheme BETWEEN 1 AND 2),
	-- All that are allowed: bit 1 Digest-AKAv1-MD5, bit 2 SIP Digest. No other is ever used: no downgrade.
	schemes INTEGER NOT NULL DEFAULT 2 CHECK (schemes BETWEEN 2 AND 6 AND schemes & (1 << scheme) <> 0),
	-- HA1 of SIP Digest (RFC 2617 3.2.2.2), sealed likewise, and the realm that it was made with.
	sealed_ha1 BLOB NULL CHECK (length(sealed_ha1) = 64),
	digest_realm TEXT NULL CHECK (length(CAST(digest_realm AS BLOB)) BETWEEN 1 AND 255),
	CHECK ((sealed_ha1 IS NULL) = (digest_realm IS NULL))
) STRICT, WITHOUT ROWID;

INSERT INTO impi_2 (subscription_id, no, name, sealed_key, amf, scheme)
SELECT subscription_id, no, name, sealed_key, amf, scheme FROM impi;
DROP TABLE impi;
ALTER TABLE impi_2 RENAME TO impi;
CREATE UNIQUE INDEX impi_subscription ON impi (subscription_id, no);

-- Of the subscription, copied to all its rows as scscf is: the Feature-List of the S-CSCF assigned, as its last SAR told it
-- (TS 29.229 7.1.1), and whether an I-CSCF asked for another S-CSCF to be assigned (TS 29.228 8.1, IMS restoration).
ALTER TABLE registration ADD COLUMN features INTEGER NOT NULL DEFAULT 0 CHECK (features BETWEEN 0 AND 4294967295);
ALTER TABLE registration ADD COLUMN reassign INTEGER NOT NULL DEFAULT 0 CHECK (reassign BETWEEN 0 AND 1);

-- S-CSCF restoration information (SCSCF-Restoration-Info, TS 29.229 6.3.46), kept for (IMPI, implicit set) as it came: what
-- stands behind the User-Name in the group, AVPs octet for octet.
CREATE TABLE restoration (
	subscription_id INTEGER NOT NULL,
	impi INTEGER NOT NULL CHECK (impi BETWEEN 1 AND 2147483647),
	irs INTEGER NOT NULL CHECK (irs BETWEEN 1 AND 2147483647),
	info BLOB NOT NULL CHECK (length(info) BETWEEN 1 AND 32768),
	PRIMARY KEY (subscription_id, impi, irs)
) STRICT, WITHOUT ROWID;

-- The outbox: an RTR or PPR that is owed to an S-CSCF (TS 29.228 6.1.3, 6.2.2). A row is made in the transaction of the change
-- that it tells of, and stays with its outcome. No foreign key: the subscription may be gone when its S-CSCF is told.
CREATE TABLE push (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	subscription_id INTEGER NOT NULL,
	-- Command code: 304 RTR, 305 PPR.
	command INTEGER NOT NULL CHECK (command IN (304, 305)),
	-- 0 waiting, 1 done, 2 failed, 3 cancelled.
	state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 3),
	-- Destination-Host and Destination-Realm; the S-CSCF's name.
	host TEXT NOT NULL CHECK (length(CAST(host AS BLOB)) BETWEEN 1 AND 255),
	realm TEXT NOT NULL CHECK (length(CAST(realm AS BLOB)) BETWEEN 1 AND 255),
	scscf TEXT NULL CHECK (length(CAST(scscf AS BLOB)) BETWEEN 1 AND 511),
	-- User-Name, and the implicit registration set that it is about.
	impi TEXT NOT NULL CHECK (length(CAST(impi AS BLOB)) BETWEEN 1 AND 253),
	irs INTEGER NOT NULL CHECK (irs BETWEEN 1 AND 2147483647),
	-- RTR: Reason-Code, Reason-Info, every Public-Identity, and the other IMPIs (Associated-Identities), one a line.
	reason INTEGER NULL CHECK (reason BETWEEN 0 AND 3),
	reason_info TEXT NULL,
	impus TEXT NULL,
	associated TEXT NULL,
	-- PPR: 1 User-Data, 2 Charging-Information, 4 SIP-Auth-Data-Item; made from what is stored when it is sent.
	content INTEGER NULL CHECK (content BETWEEN 1 AND 7),
	-- Seconds since 1970. No attempt is made before next_at.
	created_at INTEGER NOT NULL CHECK (created_at >= 0),
	next_at INTEGER NOT NULL CHECK (next_at >= 0),
	ended_at INTEGER NULL CHECK (ended_at >= 0),
	-- How often it was sent.
	attempts INTEGER NOT NULL CHECK (attempts >= 0),
	-- What became of it, in words; NULL: nothing yet.
	outcome TEXT NULL,
	CHECK ((command = 304) = (reason IS NOT NULL) AND (command = 304) = (impus IS NOT NULL) AND
	       (command = 305) = (content IS NOT NULL) AND (state = 0) = (ended_at IS NULL))
) STRICT;

-- The oldest of a subscription, what is due, all in order, what waits for a peer, and what may be forgotten.
CREATE INDEX push_waiting ON push (subscription_id, id) WHERE state = 0;
CREATE INDEX push_due ON push (next_at) WHERE state = 0;
CREATE INDEX push_order ON push (id, next_at) WHERE state = 0;
CREATE INDEX push_peer ON push (host COLLATE NOCASE, next_at) WHERE state = 0;
CREATE INDEX push_ended ON push (ended_at) WHERE ended_at IS NOT NULL;

-- A change of something that many subscriptions share (a profile, a shared set, charging): the subscriptions that an S-CSCF
-- serves are looked through in portions, in the order of their ids, and what is owed to their S-CSCFs goes to push.
CREATE TABLE push_scan (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	-- 1 service profile, 2 shared set of criteria, 3 charging.
	kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 3),
	object_id INTEGER NOT NULL,
	-- Subscriptions up to this id are done.
	after INTEGER NOT NULL CHECK (after >= 0)
) STRICT;
