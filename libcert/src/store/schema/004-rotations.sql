-- The store, schema 4: certificates that are being replaced. What each table means: docs/formats/store.md 9.

CREATE TABLE rotations (
    id      TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 32 AND id NOT GLOB '*[^0-9a-f]*'),
    place   TEXT NOT NULL CHECK (place <> ''),
    node    TEXT NOT NULL,
    step    TEXT NOT NULL CHECK (step IN ('staging', 'staged', 'activating', 'activated', 'retiring', 'retired',
                                          'rolling-back', 'rolled-back')),
    old     TEXT NOT NULL, -- id of the binding that is replaced
    new     TEXT NOT NULL, -- id of the one that replaces it
    started TEXT NOT NULL CHECK (length(started) = 20),
    changed TEXT NOT NULL CHECK (length(changed) = 20)
) STRICT, WITHOUT ROWID;

-- One at a time for a service of a node.
CREATE UNIQUE INDEX rotations_open ON rotations (place, node) WHERE step <> 'retired' AND step <> 'rolled-back';

-- Lists that were served when it began: what a rollback puts back.
CREATE TABLE rotation_lists (
    rotation TEXT NOT NULL REFERENCES rotations (id),
    number   INTEGER NOT NULL REFERENCES lists (number),
    PRIMARY KEY (rotation, number)
) STRICT, WITHOUT ROWID;
