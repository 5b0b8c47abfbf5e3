-- The store, schema 8: of which certificates people were told that they end. What each means: docs/formats/store.md 12.

CREATE TABLE notices (
    fingerprint TEXT NOT NULL PRIMARY KEY REFERENCES certificates (fingerprint) ON DELETE CASCADE,
    days        INTEGER NOT NULL CHECK (days BETWEEN 0 AND 36500),  -- the threshold that was told last; 0: it has ended
    told        TEXT NOT NULL CHECK (told <> '')
) STRICT;
