-- Who uses GraphQL with bearer tokens, and for what: clients, and users by tokens of their own.
CREATE TABLE graphql_calls (
    caller_id       BLOB NOT NULL,
    kind            TEXT NOT NULL,
    operation       TEXT NOT NULL,
    calls           INTEGER NOT NULL,
    first_called_at INTEGER NOT NULL,
    last_called_at  INTEGER NOT NULL,
    PRIMARY KEY (caller_id, operation)
) STRICT, WITHOUT ROWID;
CREATE INDEX graphql_calls_last_idx ON graphql_calls (last_called_at);
