-- The log. Columns up to `metadata` are those of cqrs-es's event tables.
CREATE TABLE events (
    aggregate_type TEXT    NOT NULL,
    aggregate_id   TEXT    NOT NULL,
    sequence       INTEGER NOT NULL CHECK (sequence > 0),
    event_type     TEXT    NOT NULL,
    event_version  TEXT    NOT NULL,
    payload        TEXT    NOT NULL,
    metadata       TEXT    NOT NULL,
    position       INTEGER NOT NULL PRIMARY KEY,
    event_id       BLOB    NOT NULL UNIQUE,
    recorded_at    INTEGER NOT NULL,
    actor          TEXT    NOT NULL,
    correlation_id BLOB    NOT NULL,
    causation_id   BLOB,
    subject        BLOB,
    leaf_hash      BLOB    NOT NULL,
    UNIQUE (aggregate_type, aggregate_id, sequence)
) STRICT;

CREATE INDEX events_subject_idx ON events (subject, position) WHERE subject IS NOT NULL;

-- Values that are taken, as keyed hashes.
CREATE TABLE claims (
    kind      TEXT NOT NULL,
    digest    BLOB NOT NULL,
    owner     BLOB NOT NULL,
    reference BLOB NOT NULL,
    PRIMARY KEY (kind, digest, reference)
) STRICT, WITHOUT ROWID;
CREATE INDEX claims_reference_idx ON claims (kind, reference);

CREATE TABLE idempotency_keys (
    key            TEXT    NOT NULL PRIMARY KEY,
    digest         BLOB    NOT NULL,
    first_position INTEGER NOT NULL,
    last_position  INTEGER NOT NULL,
    recorded_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX idempotency_keys_recorded_at_idx ON idempotency_keys (recorded_at);

-- The vault: what must never enter an event.
CREATE TABLE user_passwords (
    id             BLOB    NOT NULL PRIMARY KEY,
    user_id        BLOB    NOT NULL,
    scheme_version INTEGER NOT NULL,
    hash           TEXT    NOT NULL,
    position       INTEGER NOT NULL
) STRICT;
CREATE INDEX user_passwords_user_idx ON user_passwords (user_id, position);

CREATE TABLE oauth2_access_tokens (
    token_hash BLOB    NOT NULL PRIMARY KEY,
    id         BLOB    NOT NULL,
    session_id BLOB    NOT NULL,
    user_id    BLOB,
    created_at INTEGER NOT NULL,
    expires_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX oauth2_access_tokens_session_idx ON oauth2_access_tokens (session_id);
CREATE INDEX oauth2_access_tokens_user_idx ON oauth2_access_tokens (user_id)
    WHERE user_id IS NOT NULL;
CREATE INDEX oauth2_access_tokens_expires_at_idx ON oauth2_access_tokens (expires_at);
