-- The store, schema 2: phones, whom CAPF has heard from, and the ledger. What each means: docs/formats/store.md 6 and 7.

-- OR in the checks: with IN a temporary table is made for each list, at each change of a phone.
CREATE TABLE phones (
    name           TEXT NOT NULL PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 15 AND name NOT GLOB '*[^A-Z0-9._-]*'),
    operation      TEXT NOT NULL CHECK (operation = 'none' OR operation = 'install' OR operation = 'fetch' OR operation = 'delete'),
    proof          TEXT NOT NULL CHECK (proof = 'string' OR proof = 'null' OR proof = 'lsc' OR proof = 'mic'),
    key            TEXT NOT NULL,                                            -- rsa:2048, ec:P-384
    operation_id   TEXT NOT NULL CHECK (length(operation_id) <= 32),         -- '' before the first operation
    not_before     TEXT NOT NULL CHECK (length(not_before) IN (0, 20)),      -- '' at once
    complete_by    TEXT NOT NULL CHECK (length(complete_by) IN (0, 20)),     -- '' whenever
    string         TEXT NOT NULL CHECK (length(string) IN (0, 64)),          -- keyed hash; '' for none
    string_expires TEXT NOT NULL CHECK (length(string_expires) IN (0, 20)),
    state          TEXT NOT NULL CHECK (state = 'none' OR state = 'pending' OR state = 'in-progress' OR
                                        state = 'issued' OR state = 'delivered' OR state = 'failed'),
    reason         TEXT NOT NULL,
    state_since    TEXT NOT NULL CHECK (length(state_since) IN (0, 20)),
    wrong          INTEGER NOT NULL CHECK (wrong >= 0),                      -- authentication strings, in a row
    locked_until   TEXT NOT NULL CHECK (length(locked_until) IN (0, 20)),
    lsc            TEXT NOT NULL CHECK (length(lsc) IN (0, 64)),             -- fingerprint of the one delivered
    lsc_not_after  TEXT NOT NULL CHECK (length(lsc_not_after) IN (0, 20))
) STRICT, WITHOUT ROWID;

-- Counting by state, lock and end reads this alone.
CREATE INDEX phones_overview ON phones (state, locked_until, lsc_not_after);

-- Addresses from which wrong authentication strings came.
CREATE TABLE phone_sources (
    source       TEXT NOT NULL PRIMARY KEY CHECK (source <> ''),
    wrong        INTEGER NOT NULL CHECK (wrong > 0),
    locked_until TEXT NOT NULL CHECK (length(locked_until) IN (0, 20)),
    last         TEXT NOT NULL CHECK (length(last) = 20)
) STRICT, WITHOUT ROWID;

CREATE INDEX phone_sources_last ON phone_sources (last);

-- der decides; serial to not_after are what it says. Rows are added, get their delivery, and stay.
CREATE TABLE ledger (
    number      INTEGER NOT NULL PRIMARY KEY CHECK (number > 0),
    request     TEXT NOT NULL UNIQUE CHECK (length(request) = 32 AND request NOT GLOB '*[^0-9a-f]*'),
    device      TEXT NOT NULL CHECK (length(device) BETWEEN 1 AND 15 AND device NOT GLOB '*[^A-Z0-9._-]*'),
    serial      TEXT NOT NULL UNIQUE,
    fingerprint TEXT NOT NULL CHECK (length(fingerprint) = 64 AND fingerprint NOT GLOB '*[^0-9a-f]*'),
    spki        TEXT NOT NULL CHECK (length(spki) = 64 AND spki NOT GLOB '*[^0-9a-f]*'), -- SHA-256 of the public key
    not_before  TEXT NOT NULL CHECK (length(not_before) = 20),
    not_after   TEXT NOT NULL CHECK (length(not_after) = 20),
    issued      TEXT NOT NULL CHECK (length(issued) = 20),
    delivered   TEXT NOT NULL CHECK (length(delivered) IN (0, 20)),          -- '' until the phone has confirmed it
    der         BLOB NOT NULL
) STRICT;

CREATE INDEX ledger_device ON ledger (device, number);
CREATE INDEX ledger_spki ON ledger (spki);

-- For people with a database shell; no program reads them.

CREATE VIEW v_phones AS
SELECT name, state, reason, operation, proof, key, not_before, complete_by,
       CASE WHEN string = '' THEN 'no' ELSE 'until ' || string_expires END AS has_string,
       CASE WHEN locked_until > strftime('%Y-%m-%dT%H:%M:%SZ', 'now') THEN locked_until ELSE '' END AS locked_until,
       wrong, CASE WHEN lsc_not_after = '' THEN NULL
       ELSE CAST(julianday(date(lsc_not_after)) - julianday(date('now')) AS INTEGER) END AS days_left, lsc
  FROM phones ORDER BY name;

CREATE VIEW v_ledger AS
SELECT number, issued, delivered, device, serial, not_before, not_after, fingerprint, request FROM ledger
 ORDER BY number DESC;
