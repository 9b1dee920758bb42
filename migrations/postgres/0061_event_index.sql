-- What events are found by, besides their stream and the person whom they are about. Filled behind
-- the log, from the events alone (store/src/index).
CREATE TABLE event_facets (
    facet    BIGINT NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (facet, position)
);

-- Up to where the log is indexed, and by which version of the rules. One row.
CREATE TABLE event_index (
    id       BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    version  BIGINT NOT NULL,
    position BIGINT NOT NULL
);
INSERT INTO event_index (id, version, position) VALUES (1, 0, 0);
