-- The store, schema 6: security profiles of phones. What each means: docs/formats/store.md 11.

CREATE TABLE phone_profiles (
    name       TEXT NOT NULL PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 64 AND name NOT GLOB '*[^A-Za-z0-9 ._-]*'),
    model      TEXT NOT NULL CHECK (length(model) IN (0, 4)),           -- '8841', '88xx'; '' any
    protocol   TEXT NOT NULL CHECK (protocol IN ('sip', 'sccp')),
    mode       TEXT NOT NULL CHECK (mode IN ('non-secure', 'authenticated', 'encrypted')),
    transport  TEXT NOT NULL CHECK (transport IN ('udp', 'tcp', 'tls', 'tcp+udp')),
    port       INTEGER NOT NULL CHECK (port BETWEEN 0 AND 65535),       -- of SIP; 0 with SCCP
    proof      TEXT NOT NULL CHECK (proof IN ('string', 'null', 'lsc', 'mic')),
    key_order  TEXT NOT NULL CHECK (key_order IN ('rsa', 'ec', 'ec-preferred')),
    rsa_key    TEXT NOT NULL CHECK (rsa_key = '' OR rsa_key GLOB 'rsa:*'),
    ec_key     TEXT NOT NULL CHECK (ec_key = '' OR ec_key GLOB 'ec:*'),
    encrypted_config INTEGER NOT NULL CHECK (encrypted_config IN (0, 1)),
    CHECK ((mode = 'non-secure') = (transport <> 'tls')),
    CHECK ((protocol = 'sccp') = (port = 0)),
    CHECK ((key_order = 'ec') = (rsa_key = '') AND (key_order = 'rsa') = (ec_key = ''))
) STRICT;

-- Phones that were given one, known or not yet.
CREATE TABLE phone_assignments (
    device  TEXT NOT NULL PRIMARY KEY CHECK (length(device) BETWEEN 1 AND 15 AND device NOT GLOB '*[^A-Z0-9._-]*'),
    profile TEXT NOT NULL REFERENCES phone_profiles (name)
) STRICT, WITHOUT ROWID;

CREATE INDEX phone_assignments_profile ON phone_assignments (profile);

-- What all others have, by their model: the universal device template.
CREATE TABLE phone_template (
    model   TEXT NOT NULL PRIMARY KEY CHECK (length(model) IN (0, 4)),  -- '8841', '88xx'; '' any
    profile TEXT NOT NULL REFERENCES phone_profiles (name)
) STRICT, WITHOUT ROWID;

CREATE INDEX phone_template_profile ON phone_template (profile);

-- For people with a database shell; no program reads it.

CREATE VIEW v_phone_profiles AS
SELECT p.name, p.model, p.protocol, p.mode, p.transport, p.port, p.proof, p.key_order, p.rsa_key, p.ec_key, p.encrypted_config,
       (SELECT count(*) FROM phone_assignments a WHERE a.profile = p.name) AS assigned,
       (SELECT group_concat(CASE WHEN t.model = '' THEN 'any' ELSE t.model END, ' ') FROM phone_template t WHERE t.profile = p.name) AS template
  FROM phone_profiles p ORDER BY p.name;
