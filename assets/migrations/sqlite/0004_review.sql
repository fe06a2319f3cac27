-- Who has which rewrite open now. A session holds one at the most, and a lease that ran out holds nothing.
CREATE TABLE review_lease (
    rewrite     INTEGER PRIMARY KEY REFERENCES rewrite (seq),
    holder      TEXT NOT NULL,
    session     TEXT NOT NULL UNIQUE,
    taken_at    INTEGER NOT NULL,
    lease_until INTEGER NOT NULL
);

-- Filters that people gave a name.
CREATE TABLE saved_filter (
    name     TEXT NOT NULL PRIMARY KEY,
    filter   TEXT NOT NULL,
    saved_by TEXT NOT NULL,
    saved_at INTEGER NOT NULL
);

-- How it is known who decided: kernel, sshkey, token or asserted.
ALTER TABLE decision ADD COLUMN strength TEXT NOT NULL DEFAULT 'asserted';
