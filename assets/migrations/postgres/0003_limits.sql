-- What is left of the provider's limits for all workers: one row a model and what is counted. A level refills by its
-- limit each minute; it is below zero when more was used than was expected. Both are in thousandths.
CREATE TABLE allowance (
    pool    TEXT NOT NULL PRIMARY KEY,
    minute  BIGINT NOT NULL CHECK (minute > 0),
    level   BIGINT NOT NULL CHECK (level <= minute),
    at      BIGINT NOT NULL
) WITH (fillfactor = 50);
