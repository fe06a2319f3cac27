-- The posting of a candidate's own, which the platform links it to, with its title as it was at the start of the batch,
-- and that in lower case, to search in. Where the batch has a posting for all, there is none here.
ALTER TABLE rewrite ADD COLUMN posting TEXT;
ALTER TABLE rewrite ADD COLUMN posting_title TEXT;
ALTER TABLE rewrite ADD COLUMN posting_key TEXT;
