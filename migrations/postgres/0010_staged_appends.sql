-- Used when the log of record is EventStoreDB: what goes with an append but not into its events, kept
-- from before the events are written until they are here. A row whose place in the log has been
-- taken by something else belongs to an append that never came.
CREATE TABLE staged_appends (
    first_event_id UUID NOT NULL PRIMARY KEY,
    head           BIGINT NOT NULL,
    body           TEXT NOT NULL
);
