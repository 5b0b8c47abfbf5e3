-- Keys of phones that wait for a CA that is not on the machine, and its answers that the phone has not confirmed.

CREATE TABLE ca_requests (
    device       TEXT NOT NULL PRIMARY KEY REFERENCES phones (name) ON DELETE CASCADE, -- one each: a newer key replaces the older
    request      TEXT NOT NULL UNIQUE CHECK (length(request) = 32 AND request NOT GLOB '*[^0-9a-f]*'),
    operation_id TEXT NOT NULL,                                                 -- the phone's when it came
    key          TEXT NOT NULL,                                                 -- what it was told to make
    evidence     TEXT NOT NULL CHECK (length(evidence) = 64 AND evidence NOT GLOB '*[^0-9a-f]*'),
    asked        TEXT NOT NULL,
    public_key   BLOB NOT NULL CHECK (length(public_key) BETWEEN 1 AND 2048)    -- SubjectPublicKeyInfo, as the phone sent it
) STRICT;
