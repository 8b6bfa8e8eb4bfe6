-- Step 1: subscriptions, identities, registration state.
--
-- The program runs a step in one transaction and sets user_version to the number in the file's
-- name: that number is the schema version, and stands nowhere else. application_id is set
-- with the first step. A released step is never edited; a change is a new step.
--
-- Identities are canonical (hss/identity.h), so that equality is octet by octet. Lengths of text
-- are counted in octets, hence the casts. STRICT and CHECK cost nothing measurable; the foreign
-- keys stand on what provisioning writes, none on the table that every MAR writes.

-- An IMS subscription: what one S-CSCF serves as a whole (TS 23.228 4.3.3.4, TS 29.228 8.1).
CREATE TABLE subscription (
	-- AUTOINCREMENT: an id is never used again, so that a stale one finds nothing.
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	-- Whether registration is permitted at all (TS 29.228 6.1.1.1 step 5).
	registration_allowed INTEGER NOT NULL CHECK (registration_allowed IN (0, 1))
) STRICT;

-- Private user identities (TS 23.003 13.3) and their authentication data (TS 33.203 6.1). Here and in impu the
-- name is the key of the table: a request knows the name, and with a million subscribers each further tree that it
-- has to go down is a page not in memory.
CREATE TABLE impi (
	subscription_id INTEGER NOT NULL REFERENCES subscription (id),
	-- Number within the subscription; registration refers to it.
	no INTEGER NOT NULL CHECK (no BETWEEN 1 AND 2147483647),
	-- User-Name (RFC 6733 8.14): an NAI of at most 253 octets (RFC 4282 2.2).
	name TEXT NOT NULL PRIMARY KEY CHECK (length(CAST(name AS BLOB)) BETWEEN 1 AND 253),
	-- K and OPc (TS 35.206 2.3), sealed as hss/seal.h draws it. NULL: the private service
	-- identity of a PSI (TS 23.003 13.5), which never authenticates.
	sealed_key BLOB NULL CHECK (length(sealed_key) = 64),
	-- Authentication management field (TS 33.102 6.3.2, annex H).
	amf BLOB NOT NULL CHECK (length(amf) = 2),
	-- SIP-Authentication-Scheme (TS 29.229 6.3.9): 1 is Digest-AKAv1-MD5.
	scheme INTEGER NOT NULL CHECK (scheme IN (1))
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX impi_subscription ON impi (subscription_id, no);

-- Service profiles (TS 23.228 4.3.3.4, TS 29.228 annex B). The place for initial filter criteria:
-- a table of their own that refers to this one comes with a later numbered step.
CREATE TABLE service_profile (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	-- For people only; it is not part of the profile document.
	name TEXT NOT NULL UNIQUE CHECK (length(CAST(name AS BLOB)) BETWEEN 1 AND 511),
	-- SubscribedMediaProfileId (TS 29.228 annex E); NULL: none.
	media_profile INTEGER NULL CHECK (media_profile BETWEEN 0 AND 4294967295),
	-- Whether services for the unregistered state exist (TS 29.228 6.1.4.1 step 3).
	unregistered_services INTEGER NOT NULL CHECK (unregistered_services IN (0, 1))
) STRICT;

INSERT INTO service_profile (name, media_profile, unregistered_services)
VALUES ('default', NULL, 0);

-- Public identities (TS 23.003 13.4, 13.5).
CREATE TABLE impu (
	subscription_id INTEGER NOT NULL REFERENCES subscription (id),
	-- Implicit registration set (TS 23.228 5.2.1a), numbered within the subscription.
	irs INTEGER NOT NULL CHECK (irs BETWEEN 1 AND 2147483647),
	-- Place in the set; the first one not barred is its default identity (TS 23.228 5.2.1a.1).
	position INTEGER NOT NULL CHECK (position BETWEEN 1 AND 2147483647),
	-- Public-Identity AVP (TS 29.229 6.3.2).
	name TEXT NOT NULL PRIMARY KEY CHECK (length(CAST(name AS BLOB)) BETWEEN 1 AND 511),
	-- IdentityType (TS 29.228 annex F): 0 user identity, 1 PSI, 2 wildcarded PSI, 4 wildcarded
	-- user identity.
	kind INTEGER NOT NULL CHECK (kind BETWEEN 0 AND 4 AND kind <> 3),
	-- BarringIndication (TS 29.228 annex E): usable for registration only.
	barred INTEGER NOT NULL CHECK (barred IN (0, 1)),
	-- PSI activation state (TS 29.228 6.1.4.1 step 2).
	psi_active INTEGER NOT NULL CHECK (psi_active IN (0, 1)),
	-- Application server for direct routing of a PSI (TS 29.228 6.1.4.1 step 2); NULL: none.
	as_name TEXT NULL CHECK (length(CAST(as_name AS BLOB)) BETWEEN 1 AND 511),
	-- DisplayName (TS 29.228 annex E); NULL: none.
	display_name TEXT NULL CHECK (length(CAST(display_name AS BLOB)) BETWEEN 1 AND 511),
	profile_id INTEGER NOT NULL REFERENCES service_profile (id)
) STRICT, WITHOUT ROWID;

-- In the order of the profile document.
CREATE UNIQUE INDEX impu_subscription ON impu (subscription_id, irs, position);

-- Networks that the subscription may register from (Visited-Network-Identifier, TS 29.229 6.3.1;
-- TS 29.228 6.1.1.1 step 5). No row: any network.
CREATE TABLE visited_network (
	subscription_id INTEGER NOT NULL REFERENCES subscription (id),
	network TEXT NOT NULL CHECK (length(CAST(network AS BLOB)) BETWEEN 1 AND 253),
	PRIMARY KEY (subscription_id, network)
) STRICT, WITHOUT ROWID;

-- S-CSCF names (Server-Name, TS 29.229 6.3.3), so that the hot row carries a small number. A row is
-- never removed or changed: programs remember what a number means.
CREATE TABLE scscf (
	id INTEGER PRIMARY KEY,
	name TEXT NOT NULL UNIQUE CHECK (length(CAST(name AS BLOB)) BETWEEN 1 AND 511)
) STRICT;

-- Diameter addresses of S-CSCFs (Origin-Host and Origin-Realm, RFC 6733 6.3 and 6.4); likewise
-- for ever.
CREATE TABLE diameter_peer (
	id INTEGER PRIMARY KEY,
	host TEXT NOT NULL CHECK (length(CAST(host AS BLOB)) BETWEEN 1 AND 255),
	-- '' when it is not known.
	realm TEXT NOT NULL CHECK (length(CAST(realm AS BLOB)) <= 255),
	UNIQUE (host, realm)
) STRICT;

-- Registration state: one row for each IMPI and implicit registration set that belong together.
-- This is the table that every MAR and SAR writes: integers only, and everything that changes in
-- one row, so that the common subscriber (one IMPI, one set) costs one dirty page.
--
-- scscf and peer belong to the subscription, sqn and sqn_scscf to the IMPI. Where a subscription
-- has several rows they are copies: one transaction writes them to all rows concerned, and a reader
-- takes the highest sqn of an IMPI's rows, never a lower one. So no copy, even a stale one,
-- can make an SQN come twice.
CREATE TABLE registration (
	subscription_id INTEGER NOT NULL,
	-- impi.no and impu.irs of the same subscription; no foreign key on the hot table.
	impi INTEGER NOT NULL CHECK (impi BETWEEN 1 AND 2147483647),
	irs INTEGER NOT NULL CHECK (irs BETWEEN 1 AND 2147483647),
	-- 0 Not Registered, 1 Unregistered, 2 Registered (TS 29.228 3.1). Not IN (0, 1, 2): SQLite makes a
	-- temporary table for that list, at every UPDATE.
	state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 2),
	-- Authentication pending since, in seconds since 1970 (TS 29.228 6.3); 0: not pending.
	pending_since INTEGER NOT NULL CHECK (pending_since >= 0),
	-- The last SQN issued, SEQ || IND, 48 bits (TS 33.102 6.3.2, annex C.1.1.1); 0: none yet.
	sqn INTEGER NOT NULL CHECK (sqn BETWEEN 0 AND 281474976710655),
	-- scscf.id of the S-CSCF that holds the IND of sqn (TS 33.102 annex C.3.4); NULL: none yet.
	sqn_scscf INTEGER NULL,
	-- scscf.id of the S-CSCF assigned (TS 29.228 6.1.2, 6.3); NULL: none.
	scscf INTEGER NULL,
	-- diameter_peer.id of that S-CSCF (TS 29.228 6.1.3: where RTR and PPR go); NULL: not known.
	peer INTEGER NULL,
	PRIMARY KEY (subscription_id, impi, irs)
) STRICT, WITHOUT ROWID;
