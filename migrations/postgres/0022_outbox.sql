-- What is to be done outside of the database, once: mails and calls to the homeserver. Written in the
-- transaction of whatever makes it necessary.
CREATE TABLE outbox (
    id           UUID NOT NULL PRIMARY KEY,
    kind         TEXT NOT NULL,
    -- While the row is there, nothing with the same key is done again.
    dedup_key    TEXT NOT NULL UNIQUE,
    -- Sealed with a key of the program's own; gone once the item has ended.
    payload      BYTEA,
    -- The person it is about: erasing them deletes what waits.
    user_id      UUID,
    created_at   BIGINT NOT NULL,
    due_at       BIGINT NOT NULL,
    attempts     BIGINT NOT NULL,
    -- Until then somebody is at it.
    leased_until BIGINT NOT NULL,
    done_at      BIGINT,
    -- It was given up.
    failed_at    BIGINT,
    -- What went wrong last; no personal data.
    error        TEXT
);
CREATE INDEX outbox_due_idx ON outbox (due_at) WHERE done_at IS NULL AND failed_at IS NULL;
CREATE INDEX outbox_done_idx ON outbox (done_at) WHERE done_at IS NOT NULL;
CREATE INDEX outbox_failed_idx ON outbox (failed_at) WHERE failed_at IS NOT NULL;
CREATE INDEX outbox_user_idx ON outbox (user_id) WHERE user_id IS NOT NULL;

-- Work that comes round again. Whoever takes the lease runs it, so that several processes do it once.
CREATE TABLE job_runs (
    name              TEXT NOT NULL PRIMARY KEY,
    due_at            BIGINT NOT NULL,
    leased_until      BIGINT NOT NULL,
    last_succeeded_at BIGINT
);

-- For the job that removes expired tokens.
CREATE INDEX oauth2_access_tokens_expires_idx ON oauth2_access_tokens (expires_at)
    WHERE expires_at IS NOT NULL;
