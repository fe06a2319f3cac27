-- How a batch is run, as JSON; and where a finished rewrite of the same work is found.
ALTER TABLE batch ADD COLUMN options TEXT NOT NULL DEFAULT '{}';
CREATE INDEX attempt_hash ON attempt (prompt_hash) WHERE outcome = 'done';
