-- The store, schema 1. What each table means: docs/formats/store.md.
-- Times are RFC 3339 in UTC, fingerprints SHA-256 in lower-case hex, ids 128 random bits in lower-case hex.

CREATE TABLE settings (
    key   TEXT NOT NULL PRIMARY KEY CHECK (key <> ''),
    value TEXT NOT NULL
) STRICT;

CREATE TABLE nodes (
    name     TEXT NOT NULL PRIMARY KEY CHECK (name <> ''),
    dns      TEXT NOT NULL,
    ip       TEXT NOT NULL,
    services INTEGER NOT NULL CHECK (services BETWEEN 0 AND 15) -- 1 ccm, 2 tftp, 4 capf, 8 tvs; added up
) STRICT;

-- der decides; the columns before it are what it says, for people.
CREATE TABLE certificates (
    fingerprint TEXT NOT NULL PRIMARY KEY CHECK (length(fingerprint) = 64 AND fingerprint NOT GLOB '*[^0-9a-f]*'),
    subject     TEXT NOT NULL,
    issuer      TEXT NOT NULL,
    serial      TEXT NOT NULL,
    not_before  TEXT NOT NULL CHECK (length(not_before) = 20),
    not_after   TEXT NOT NULL CHECK (length(not_after) = 20),
    key         TEXT NOT NULL,
    der         BLOB NOT NULL
) STRICT;

CREATE TABLE bindings (
    id          TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 32 AND id NOT GLOB '*[^0-9a-f]*'),
    fingerprint TEXT REFERENCES certificates (fingerprint), -- NULL: a request that waits for its certificate
    place       TEXT NOT NULL CHECK (place <> ''),          -- service or trust store
    node        TEXT NOT NULL,                              -- '' for the cluster
    role        INTEGER NOT NULL CHECK (role BETWEEN -1 AND 65535),
    state       TEXT NOT NULL CHECK (state IN ('pending', 'active', 'retiring', 'retired')),
    key_source  TEXT NOT NULL,                              -- where the private key is; never the key
    request     TEXT NOT NULL,                              -- PKCS#10 as PEM, '' for none
    added       TEXT NOT NULL CHECK (length(added) = 20),
    ordinal     INTEGER NOT NULL,                           -- order of adding, finer than seconds
    CHECK (fingerprint IS NOT NULL OR request <> '')
) STRICT;

CREATE UNIQUE INDEX bindings_live ON bindings (place, node, fingerprint) WHERE state <> 'retired';
CREATE INDEX bindings_fingerprint ON bindings (fingerprint);

CREATE TABLE lists (
    number    INTEGER NOT NULL PRIMARY KEY CHECK (number > 0),
    kind      TEXT NOT NULL CHECK (kind IN ('ctl', 'itl')),
    name      TEXT NOT NULL CHECK (name <> ''),
    dir       TEXT NOT NULL,
    published TEXT NOT NULL CHECK (length(published) = 20),
    sha256    TEXT NOT NULL CHECK (length(sha256) = 64 AND sha256 NOT GLOB '*[^0-9a-f]*'),
    signer    TEXT NOT NULL,
    note      TEXT NOT NULL,
    current   INTEGER NOT NULL CHECK (current IN (0, 1)),
    data      BLOB NOT NULL
) STRICT;

CREATE UNIQUE INDEX lists_current ON lists (name, dir) WHERE current = 1;

CREATE TABLE audit (
    number INTEGER NOT NULL PRIMARY KEY CHECK (number > 0),
    time   TEXT NOT NULL,
    who    TEXT NOT NULL,
    what   TEXT NOT NULL,
    result TEXT NOT NULL,
    hash   TEXT NOT NULL CHECK (length(hash) = 64 AND hash NOT GLOB '*[^0-9a-f]*')
) STRICT;

-- The chain's end; see docs/formats/store.md 4.1.
INSERT INTO settings (key, value) VALUES
    ('audit.count', '0'),
    ('audit.head', '0000000000000000000000000000000000000000000000000000000000000000');

-- For people with a database shell; no program reads them.

CREATE VIEW v_certificates AS
SELECT b.place, b.node, b.state, b.role, c.subject, c.issuer, c.serial, c.not_before, c.not_after, c.key,
       b.fingerprint, b.key_source, b.added, b.id
  FROM bindings b LEFT JOIN certificates c ON c.fingerprint = b.fingerprint
 ORDER BY b.place, b.node, b.ordinal;

CREATE VIEW v_expiring AS
SELECT CAST(julianday(date(c.not_after)) - julianday(date('now')) AS INTEGER) AS days_left, c.not_after, b.place,
       b.node, b.state, c.subject, b.fingerprint
  FROM bindings b JOIN certificates c ON c.fingerprint = b.fingerprint
 WHERE b.state <> 'retired' AND julianday(c.not_after) - julianday('now') < 90
 ORDER BY c.not_after, b.place, b.node;
