-- The store, schema 7: how far logs that are followed have been read. What each means: docs/formats/store.md 8.7.

CREATE TABLE followed_logs (
    path   TEXT NOT NULL PRIMARY KEY CHECK (path GLOB '/*'),
    inode  INTEGER NOT NULL,                                       -- of the file that stood there, or was moved away
    offset INTEGER NOT NULL CHECK (offset >= 0),                   -- the next byte to read
    head   TEXT NOT NULL CHECK (length(head) = 64 AND head NOT GLOB '*[^0-9a-f]*'), -- SHA-256 of its beginning
    read   TEXT NOT NULL CHECK (length(read) = 20)
) STRICT, WITHOUT ROWID;
