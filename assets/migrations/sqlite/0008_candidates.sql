-- All rewrites of one candidate, of whatever batch.
CREATE INDEX rewrite_candidate ON rewrite (candidate);
