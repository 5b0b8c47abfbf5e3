-- The store, schema 3: which lists phones hold. What each table means: docs/formats/store.md 8.

CREATE TABLE inventory (
    name     TEXT NOT NULL PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 15 AND name NOT GLOB '*[^A-Z0-9._-]*'),
    model    TEXT NOT NULL,                                       -- '8841'; '' not known
    address  TEXT NOT NULL,                                       -- the last one; '' not known
    seen     TEXT NOT NULL CHECK (length(seen) IN (0, 20)),       -- last heard of
    how      TEXT NOT NULL,                                       -- from what: 'dnsmasq', 'csv' ...
    ctl      TEXT NOT NULL CHECK (length(ctl) IN (0, 4, 64)),     -- SHA-256 of the list, 'none', '' not known
    ctl_seen TEXT NOT NULL CHECK (length(ctl_seen) IN (0, 20)),   -- when that became known
    itl      TEXT NOT NULL CHECK (length(itl) IN (0, 4, 64)),
    itl_seen TEXT NOT NULL CHECK (length(itl_seen) IN (0, 20))
) STRICT, WITHOUT ROWID;

-- What phones would do is asked once for each combination, not once for each phone.
CREATE INDEX inventory_held ON inventory (ctl, itl, model);

-- Lists that phones hold and that were not published from here.
CREATE TABLE known_lists (
    sha256 TEXT NOT NULL PRIMARY KEY CHECK (length(sha256) = 64 AND sha256 NOT GLOB '*[^0-9a-f]*'),
    kind   TEXT NOT NULL CHECK (kind = 'ctl' OR kind = 'itl'),
    added  TEXT NOT NULL CHECK (length(added) = 20),
    note   TEXT NOT NULL,
    data   BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- For people with a database shell; no program reads it.
CREATE VIEW v_inventory AS
SELECT i.name, i.model, i.address, i.seen, i.how,
       coalesce((SELECT max(number) FROM lists l WHERE l.sha256 = i.ctl), i.ctl) AS ctl, i.ctl_seen,
       coalesce((SELECT max(number) FROM lists l WHERE l.sha256 = i.itl), i.itl) AS itl, i.itl_seen
  FROM inventory i ORDER BY i.name;
