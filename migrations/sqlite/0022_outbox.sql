-- What is to be done outside of the database, once: mails and calls to the homeserver. Written in the
-- transaction of whatever makes it necessary.
CREATE TABLE outbox (
    id           BLOB NOT NULL PRIMARY KEY,
    kind         TEXT NOT NULL,
    -- While the row is there, nothing with the same key is done again.
    dedup_key    TEXT NOT NULL UNIQUE,
    -- Sealed with a key of the program's own; gone once the item has ended.
    payload      BLOB,
    -- The person it is about: erasing them deletes what waits.
    user_id      BLOB,
    created_at   INTEGER NOT NULL,
    due_at       INTEGER NOT NULL,
    attempts     INTEGER NOT NULL,
    -- Until then somebody is at it.
    leased_until INTEGER NOT NULL,
    done_at      INTEGER,
    -- It was given up.
    failed_at    INTEGER,
    -- What went wrong last; no personal data.
    error        TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX outbox_due_idx ON outbox (due_at) WHERE done_at IS NULL AND failed_at IS NULL;
CREATE INDEX outbox_done_idx ON outbox (done_at) WHERE done_at IS NOT NULL;
CREATE INDEX outbox_failed_idx ON outbox (failed_at) WHERE failed_at IS NOT NULL;
CREATE INDEX outbox_user_idx ON outbox (user_id) WHERE user_id IS NOT NULL;

-- Work that comes round again. Whoever takes the lease runs it, so that several processes do it once.
CREATE TABLE job_runs (
    name              TEXT NOT NULL PRIMARY KEY,
    due_at            INTEGER NOT NULL,
    leased_until      INTEGER NOT NULL,
    last_succeeded_at INTEGER
) STRICT, WITHOUT ROWID;

-- For the job that removes expired tokens.
CREATE INDEX oauth2_access_tokens_expires_idx ON oauth2_access_tokens (expires_at)
    WHERE expires_at IS NOT NULL;
