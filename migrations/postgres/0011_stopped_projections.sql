-- Read models that could not take the event at this position, and why. They are left alone, where they
-- stand, until they are rebuilt. Usually empty, and asked for with every read that somebody's rights
-- hang on; hence apart from `projections`, which changes with every append.
CREATE TABLE stopped_projections (
    name                TEXT   NOT NULL PRIMARY KEY,
    stopped_at_position BIGINT NOT NULL,
    reason              TEXT   NOT NULL
);
