-- The sections that the after text changes, in lower case, each between line ends; empty if it changes none. Of rewrites
-- from before it is known once their text changes again.
ALTER TABLE rewrite ADD COLUMN sections TEXT;
