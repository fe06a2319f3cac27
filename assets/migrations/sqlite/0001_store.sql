-- redraft's own tables. Times are microseconds since 1970 in UTC, money is nano-dollars, texts of candidates stand
-- in rewrite_text alone. A batch is known inside by its number, a rewrite by its seq.

CREATE TABLE redraft_migrations (
    version  INTEGER NOT NULL PRIMARY KEY,
    name     TEXT NOT NULL,
    checksum TEXT NOT NULL,
    at       INTEGER NOT NULL
);

CREATE TABLE setting (
    name  TEXT NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL
);

CREATE TABLE batch (
    number        INTEGER PRIMARY KEY AUTOINCREMENT,
    id            TEXT NOT NULL UNIQUE,
    state         TEXT NOT NULL CHECK (
        state IN ('queued', 'running', 'paused', 'finishing', 'finished', 'cancelled', 'failed')),
    -- JSON: why it is paused, or why it failed.
    reason        TEXT CHECK ((reason IS NOT NULL) = (state IN ('paused', 'failed'))),
    posting       TEXT,
    posting_title TEXT,
    -- The title in lower case, for searches.
    posting_key   TEXT,
    instructions  TEXT NOT NULL,
    model         TEXT NOT NULL,
    model_key     TEXT NOT NULL,
    price_input   INTEGER NOT NULL CHECK (price_input >= 0),
    price_cached  INTEGER NOT NULL CHECK (price_cached >= 0),
    price_output  INTEGER NOT NULL CHECK (price_output >= 0),
    prompt        TEXT NOT NULL,
    started_by    TEXT NOT NULL,
    tokens_in     INTEGER NOT NULL DEFAULT 0 CHECK (tokens_in >= 0),
    tokens_out    INTEGER NOT NULL DEFAULT 0 CHECK (tokens_out >= 0),
    created_at    INTEGER NOT NULL,
    started_at    INTEGER,
    ended_at      INTEGER CHECK ((ended_at IS NOT NULL) = (state IN ('finished', 'cancelled', 'failed'))),
    moved_at      INTEGER NOT NULL,
    moved_by      TEXT NOT NULL,
    moved_how     TEXT NOT NULL
);
CREATE INDEX batch_state ON batch (state);

-- One row a batch ('b38') and a month ('2026-08').
CREATE TABLE budget (
    scope     TEXT NOT NULL PRIMARY KEY,
    cap       INTEGER NOT NULL CHECK (cap >= 0),
    spent     INTEGER NOT NULL DEFAULT 0 CHECK (spent >= 0),
    reserved  INTEGER NOT NULL DEFAULT 0 CHECK (reserved >= 0),
    -- The part of spent that is the worst case of requests with an unknown outcome.
    estimated INTEGER NOT NULL DEFAULT 0 CHECK (estimated BETWEEN 0 AND spent),
    -- What was billed beyond the cap: nothing, unless a worst case was no worst case.
    overshoot INTEGER NOT NULL DEFAULT 0 CHECK (overshoot >= 0),
    CHECK (spent + reserved <= cap)
);

CREATE TABLE rewrite (
    seq             INTEGER PRIMARY KEY AUTOINCREMENT,
    id              TEXT NOT NULL UNIQUE,
    batch           INTEGER NOT NULL REFERENCES batch (number),
    candidate       TEXT NOT NULL,
    name            TEXT NOT NULL,
    -- The name in lower case, to sort by; name, key and posting in lower case, to search in.
    name_key        TEXT NOT NULL,
    search          TEXT NOT NULL,
    state           TEXT NOT NULL DEFAULT 'queued' CHECK (
        state IN ('queued', 'running', 'ready', 'approved', 'writing', 'written', 'reverting', 'rejected', 'failed',
                  'skipped', 'cancelled', 'conflict')),
    revision        INTEGER NOT NULL DEFAULT 1 CHECK (revision >= 1),
    -- The queue.
    run_after       INTEGER NOT NULL,
    worker          TEXT,
    lease_until     INTEGER,
    fence           INTEGER NOT NULL DEFAULT 0 CHECK (fence >= 0),
    attempts        INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    cost            INTEGER NOT NULL DEFAULT 0 CHECK (cost >= 0),
    -- The review.
    changed_percent INTEGER CHECK (changed_percent BETWEEN 0 AND 100),
    findings        INTEGER NOT NULL DEFAULT 0 CHECK (findings >= 0),
    blocking        INTEGER NOT NULL DEFAULT 0 CHECK (blocking BETWEEN 0 AND findings),
    finding_kinds   INTEGER NOT NULL DEFAULT 0,
    risk            INTEGER NOT NULL DEFAULT 0 CHECK (risk >= 0),
    edited          INTEGER NOT NULL DEFAULT 0 CHECK (edited IN (0, 1)),
    opened_at       INTEGER,
    decided_by      TEXT,
    decided_at      INTEGER CHECK ((decided_at IS NULL) = (decided_by IS NULL)),
    written_at      INTEGER CHECK ((written_at IS NOT NULL) = (state IN ('written', 'reverting'))),
    -- Why it failed, was skipped or is in conflict.
    failure_reason  TEXT CHECK (
        failure_reason IS NULL OR state IN ('failed', 'skipped', 'conflict', 'cancelled')),
    failure_detail  TEXT CHECK ((failure_detail IS NULL) = (failure_reason IS NULL)),
    failure_key     TEXT,
    updated_at      INTEGER NOT NULL,
    moved_by        TEXT NOT NULL,
    moved_how       TEXT NOT NULL,
    CHECK (state <> 'running' OR (worker IS NOT NULL AND lease_until IS NOT NULL))
);
CREATE INDEX rewrite_queue ON rewrite (batch, state);
CREATE INDEX rewrite_oldest ON rewrite (state);
CREATE INDEX rewrite_risk ON rewrite (state, risk DESC);
CREATE INDEX rewrite_recent ON rewrite (state, updated_at);
CREATE INDEX rewrite_name ON rewrite (state, name_key);

-- All that lists never read.
CREATE TABLE rewrite_text (
    rewrite     INTEGER PRIMARY KEY REFERENCES rewrite (seq),
    before_text TEXT NOT NULL,
    after_text  TEXT,
    approved    TEXT,
    found       TEXT,
    choices     TEXT NOT NULL DEFAULT '{}',
    findings    TEXT NOT NULL DEFAULT '[]',
    raw_reply   TEXT
);

-- How many rewrites of a batch are in each state, kept by the triggers below.
CREATE TABLE batch_count (
    batch INTEGER NOT NULL REFERENCES batch (number),
    state TEXT NOT NULL,
    n     INTEGER NOT NULL CHECK (n >= 0),
    PRIMARY KEY (batch, state)
) WITHOUT ROWID;

CREATE TABLE attempt (
    id                TEXT NOT NULL PRIMARY KEY,
    rewrite           INTEGER NOT NULL REFERENCES rewrite (seq),
    batch             INTEGER NOT NULL REFERENCES batch (number),
    fence             INTEGER NOT NULL,
    worker            TEXT NOT NULL,
    -- The month whose budget holds the reservation.
    month             TEXT NOT NULL REFERENCES budget (scope),
    prompt_hash       TEXT NOT NULL,
    started_at        INTEGER NOT NULL,
    ended_at          INTEGER CHECK ((ended_at IS NULL) = (outcome = 'open')),
    outcome           TEXT NOT NULL DEFAULT 'open' CHECK (
        outcome IN ('open', 'done', 'unusable', 'refused', 'unknown')),
    reserved          INTEGER NOT NULL CHECK (reserved >= 0),
    cost              INTEGER NOT NULL DEFAULT 0 CHECK (cost >= 0),
    prompt_tokens     INTEGER,
    cached_tokens     INTEGER,
    completion_tokens INTEGER,
    request_id        TEXT,
    reason            TEXT
);
CREATE INDEX attempt_rewrite ON attempt (rewrite);
CREATE INDEX attempt_open ON attempt (rewrite) WHERE outcome = 'open';

-- Who decided what: append-only.
CREATE TABLE decision (
    seq          INTEGER PRIMARY KEY AUTOINCREMENT,
    id           TEXT NOT NULL UNIQUE,
    rewrite      INTEGER NOT NULL REFERENCES rewrite (seq),
    decided_by   TEXT NOT NULL,
    at           INTEGER NOT NULL,
    state_before TEXT NOT NULL,
    state_after  TEXT NOT NULL,
    action       TEXT NOT NULL,
    -- JSON: the action with all that undoing it needs.
    detail       TEXT NOT NULL,
    undoes       INTEGER UNIQUE REFERENCES decision (seq)
);
CREATE INDEX decision_rewrite ON decision (rewrite);
CREATE INDEX decision_by ON decision (decided_by);

-- The write-back journal.
CREATE TABLE intent (
    id          TEXT NOT NULL PRIMARY KEY,
    rewrite     INTEGER NOT NULL REFERENCES rewrite (seq),
    candidate   TEXT NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('write', 'revert')),
    state       TEXT NOT NULL DEFAULT 'open' CHECK (
        state IN ('open', 'applied', 'conflict', 'refused', 'abandoned')),
    before_text TEXT NOT NULL,
    after_text  TEXT NOT NULL,
    asked_by    TEXT NOT NULL,
    worker      TEXT NOT NULL,
    lease_until INTEGER NOT NULL,
    fence       INTEGER NOT NULL CHECK (fence >= 1),
    tries       INTEGER NOT NULL CHECK (tries >= 1),
    detail      TEXT,
    begun_at    INTEGER NOT NULL,
    ended_at    INTEGER CHECK ((ended_at IS NULL) = (state = 'open'))
);
CREATE INDEX intent_rewrite ON intent (rewrite);
-- Two intents on one candidate could not tell whose text stands there after a crash.
CREATE UNIQUE INDEX intent_open ON intent (candidate) WHERE state = 'open';

-- Every move of a batch or a rewrite, by people and workers: append-only, written by the triggers below.
CREATE TABLE audit (
    seq          INTEGER PRIMARY KEY AUTOINCREMENT,
    at           INTEGER NOT NULL,
    actor        TEXT NOT NULL,
    what         TEXT NOT NULL,
    batch        INTEGER,
    rewrite      INTEGER,
    state_before TEXT,
    state_after  TEXT
);
CREATE INDEX audit_rewrite ON audit (rewrite) WHERE rewrite IS NOT NULL;

CREATE TRIGGER rewrite_added AFTER INSERT ON rewrite
BEGIN
    INSERT INTO batch_count (batch, state, n) VALUES (NEW.batch, NEW.state, 1)
    ON CONFLICT (batch, state) DO UPDATE SET n = n + 1;
END;

CREATE TRIGGER rewrite_moves BEFORE UPDATE OF state ON rewrite
WHEN OLD.state <> NEW.state AND (NEW.revision <> OLD.revision + 1 OR NEW.batch <> OLD.batch)
BEGIN
    SELECT RAISE(ABORT, 'a move makes the revision grow by one and stays in its batch');
END;

CREATE TRIGGER rewrite_moved AFTER UPDATE OF state ON rewrite
WHEN OLD.state <> NEW.state
BEGIN
    UPDATE batch_count SET n = n - 1 WHERE batch = OLD.batch AND state = OLD.state;
    INSERT INTO batch_count (batch, state, n) VALUES (NEW.batch, NEW.state, 1)
    ON CONFLICT (batch, state) DO UPDATE SET n = n + 1;
    INSERT INTO audit (at, actor, what, batch, rewrite, state_before, state_after)
    VALUES (NEW.updated_at, NEW.moved_by, NEW.moved_how, NEW.batch, NEW.seq, OLD.state, NEW.state);
END;

CREATE TRIGGER rewrite_removed AFTER DELETE ON rewrite
BEGIN
    UPDATE batch_count SET n = n - 1 WHERE batch = OLD.batch AND state = OLD.state;
END;

CREATE TRIGGER batch_added AFTER INSERT ON batch
BEGIN
    INSERT INTO audit (at, actor, what, batch, rewrite, state_before, state_after)
    VALUES (NEW.created_at, NEW.moved_by, NEW.moved_how, NEW.number, NULL, NULL, NEW.state);
END;

CREATE TRIGGER batch_moved AFTER UPDATE OF state, reason ON batch
WHEN OLD.state <> NEW.state OR OLD.reason IS NOT NEW.reason
BEGIN
    INSERT INTO audit (at, actor, what, batch, rewrite, state_before, state_after)
    VALUES (NEW.moved_at, NEW.moved_by, NEW.moved_how, NEW.number, NULL, OLD.state, NEW.state);
END;

CREATE TRIGGER decision_stays BEFORE UPDATE ON decision
BEGIN
    SELECT RAISE(ABORT, 'decisions are append-only');
END;
CREATE TRIGGER decision_remains BEFORE DELETE ON decision
BEGIN
    SELECT RAISE(ABORT, 'decisions are append-only');
END;
CREATE TRIGGER audit_stays BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit is append-only');
END;
CREATE TRIGGER audit_remains BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit is append-only');
END;
