-- The store, schema 9: lists that some phones try first. What each table means: docs/formats/store.md 13.

CREATE TABLE canaries (
    id      TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 32 AND id NOT GLOB '*[^0-9a-f]*'),
    kind    TEXT NOT NULL CHECK (kind IN ('ctl', 'itl')),
    dir     TEXT NOT NULL CHECK (dir <> ''),
    step    TEXT NOT NULL CHECK (step IN ('growing', 'open', 'promoting', 'promoted', 'withdrawing', 'withdrawn')),
    sha256  TEXT NOT NULL CHECK (length(sha256) = 64), -- of the list: its bytes stand in known_lists
    started TEXT NOT NULL CHECK (length(started) = 20),
    changed TEXT NOT NULL CHECK (length(changed) = 20)
) STRICT, WITHOUT ROWID;

-- One at a time of a kind in a folder.
CREATE UNIQUE INDEX canaries_open ON canaries (kind, dir) WHERE step <> 'promoted' AND step <> 'withdrawn';

CREATE TABLE canary_phones (
    canary TEXT NOT NULL REFERENCES canaries (id),
    name   TEXT NOT NULL CHECK (name <> ''),
    PRIMARY KEY (canary, name)
) STRICT, WITHOUT ROWID;
