-- How a decision came about: in which way, after how many seconds on the reviewer's screen, and in which step: the first
-- decision of those about many.
ALTER TABLE decision ADD COLUMN way TEXT CHECK (way IN ('single', 'bulk', 'undo', 'command'));
ALTER TABLE decision ADD COLUMN seconds INTEGER CHECK (seconds >= 0);
ALTER TABLE decision ADD COLUMN step TEXT;
CREATE INDEX decision_step ON decision (step) WHERE step IS NOT NULL;

-- A further look at an approved rewrite before it is written: a spot check or a second opinion, and what came of it.
ALTER TABLE rewrite ADD COLUMN look TEXT CHECK (look IN ('spot', 'second', 'passed', 'failed', 'disputed'));
CREATE INDEX rewrite_look ON rewrite (look) WHERE look IS NOT NULL;
-- Who is to decide about it.
ALTER TABLE rewrite ADD COLUMN assigned_to TEXT;
-- The words of the after text.
ALTER TABLE rewrite ADD COLUMN words INTEGER CHECK (words >= 0);

-- Whether a spot check that failed keeps the rewrites of the batch from being written.
ALTER TABLE batch ADD COLUMN write_stopped INTEGER NOT NULL DEFAULT 0 CHECK (write_stopped IN (0, 1));
