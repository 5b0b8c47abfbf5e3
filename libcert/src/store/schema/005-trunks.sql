-- The store, schema 5: secure SIP trunks. What each means: docs/formats/store.md 10.

CREATE TABLE trunk_profiles (
    name           TEXT NOT NULL PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 64 AND name NOT GLOB '*[^A-Za-z0-9 ._-]*'),
    mode           TEXT NOT NULL CHECK (mode IN ('non-secure', 'authenticated', 'encrypted')),
    outgoing       TEXT NOT NULL CHECK (outgoing IN ('udp', 'tcp', 'tls')),
    incoming       TEXT NOT NULL CHECK (incoming IN ('udp', 'tcp', 'tls', 'tcp+udp')),
    port           INTEGER NOT NULL CHECK (port BETWEEN 1 AND 65535),   -- where calls come in
    digest         INTEGER NOT NULL CHECK (digest IN (0, 1)),
    nonce_validity INTEGER NOT NULL CHECK (nonce_validity BETWEEN 1 AND 86400), -- seconds
    UNIQUE (name, port),
    CHECK ((mode <> 'non-secure' AND outgoing = 'tls' AND incoming = 'tls') OR
           (mode = 'non-secure' AND outgoing <> 'tls' AND incoming <> 'tls'))
) STRICT;

-- A call that comes in is told by name and port: which profile it belongs to must be plain.
CREATE TABLE trunk_profile_names (
    profile TEXT NOT NULL,
    ordinal INTEGER NOT NULL CHECK (ordinal > 0),
    name    TEXT NOT NULL CHECK (name <> ''),
    folded  TEXT NOT NULL CHECK (folded <> ''),                         -- name in lower case
    port    INTEGER NOT NULL,                                           -- the profile's
    PRIMARY KEY (profile, ordinal),
    UNIQUE (folded, port),
    FOREIGN KEY (profile, port) REFERENCES trunk_profiles (name, port)
) STRICT;

CREATE TABLE trunks (
    name    TEXT NOT NULL PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 64 AND name NOT GLOB '*[^A-Za-z0-9._-]*'),
    profile TEXT NOT NULL REFERENCES trunk_profiles (name)
) STRICT;

CREATE INDEX trunks_profile ON trunks (profile);

CREATE TABLE trunk_destinations (
    trunk   TEXT NOT NULL REFERENCES trunks (name),
    ordinal INTEGER NOT NULL CHECK (ordinal BETWEEN 1 AND 16),
    host    TEXT NOT NULL CHECK (length(host) BETWEEN 1 AND 253 AND host NOT GLOB '*[^a-z0-9._:-]*'),
    port    INTEGER NOT NULL CHECK (port BETWEEN 1 AND 65535),
    PRIMARY KEY (trunk, ordinal),
    UNIQUE (trunk, host, port)
) STRICT;

-- Which of what stands in CallManager-trust belongs to which trunk.
CREATE TABLE trunk_certificates (
    trunk   TEXT NOT NULL REFERENCES trunks (name),
    binding TEXT NOT NULL REFERENCES bindings (id) ON DELETE CASCADE,
    device  INTEGER NOT NULL CHECK (device IN (0, 1)),                  -- 1 the device's own, 0 an issuer of it
    brought INTEGER NOT NULL CHECK (brought IN (0, 1)),                 -- 1 put there for a trunk, 0 stood there before
    PRIMARY KEY (trunk, binding)
) STRICT;

CREATE INDEX trunk_certificates_binding ON trunk_certificates (binding);

-- For people with a database shell; no program reads it.

CREATE VIEW v_trunks AS
SELECT t.name AS trunk, t.profile, p.mode, d.host, d.port,
       (SELECT group_concat(x.fingerprint, ' ') FROM trunk_certificates c JOIN bindings x ON x.id = c.binding
         WHERE c.trunk = t.name AND c.device = 1) AS certificates
  FROM trunks t JOIN trunk_profiles p ON p.name = t.profile LEFT JOIN trunk_destinations d ON d.trunk = t.name
 ORDER BY t.name, d.ordinal;
