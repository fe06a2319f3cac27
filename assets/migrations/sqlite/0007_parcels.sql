-- Files of requests that the provider works off in its own time. A rewrite in one is leased to 'parcel:' and its id, the
-- parcel to a worker. It is 'packing' until its file is whole, 'sending' while nobody knows whether it has arrived, then
-- 'away'; 'clearing' when all its attempts are settled and its files are to be deleted, and 'cleared' when they are.
CREATE TABLE parcel (
    id           TEXT NOT NULL PRIMARY KEY,
    batch        INTEGER NOT NULL REFERENCES batch (number),
    stage        TEXT NOT NULL DEFAULT 'packing' CHECK (
        stage IN ('packing', 'sending', 'away', 'clearing', 'cleared')),
    worker       TEXT NOT NULL,
    lease_until  INTEGER NOT NULL,
    fence        INTEGER NOT NULL CHECK (fence >= 1),
    -- How many requests are in it, and how many of them the provider has done.
    size         INTEGER NOT NULL DEFAULT 0 CHECK (size >= 0),
    done         INTEGER NOT NULL DEFAULT 0 CHECK (done >= 0),
    -- The provider's names: of the file of requests, of the parcel, of the files of results.
    input        TEXT,
    remote       TEXT CHECK (remote IS NOT NULL OR stage <> 'away'),
    output       TEXT,
    errors       TEXT,
    -- What keeps it from going on, a sentence.
    trouble      TEXT,
    created_at   INTEGER NOT NULL,
    submitted_at INTEGER,
    cleared_at   INTEGER CHECK ((cleared_at IS NOT NULL) = (stage = 'cleared'))
);
CREATE INDEX parcel_open ON parcel (batch) WHERE stage <> 'cleared';
ALTER TABLE attempt ADD COLUMN parcel TEXT REFERENCES parcel (id);
CREATE INDEX attempt_parcel ON attempt (parcel) WHERE parcel IS NOT NULL;
