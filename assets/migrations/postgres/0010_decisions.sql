-- The keys that a decision was made with, and the hash of the text that would have been written before it and after it.
ALTER TABLE decision ADD COLUMN pressed TEXT;
ALTER TABLE decision ADD COLUMN hash_before TEXT;
ALTER TABLE decision ADD COLUMN hash_after TEXT;
